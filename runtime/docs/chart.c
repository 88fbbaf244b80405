// In: a node's meta. Out: whether a chart is wanted, and findings about what cannot be meant. How
// it is drawn is site/src/charts'.
#include "chart.h"

#include "../../compiler/graph/value_place.h"

// How many rows a page has for a chart, and at most.
enum { CHART_ROWS = 1000, MOST_CHART_ROWS = 5000 };

static Value chart_of(const Node *n) { return val_get(n->meta, STR("chart")); }

bool chart_wanted(const Node *n) {
  Value chart = chart_of(n);
  return val_is(chart, VAL_DICT) || (val_is(chart, VAL_BOOL) && chart.b);
}

int64_t chart_rows(const Node *n) {
  Value rows = val_get(chart_of(n), STR("rows"));
  if (!chart_wanted(n) || !val_is(rows, VAL_INT) || rows.i < 0)
    return chart_wanted(n) ? CHART_ROWS : 0;
  return rows.i < MOST_CHART_ROWS ? rows.i : MOST_CHART_ROWS;
}

bool chart_draws(const Node *by, const Node *n) {
  Value of = val_get(chart_of(by), STR("of"));
  return chart_wanted(by) &&
         (by == n || (by->kind == NODE_EXPOSURE &&
                      (val_is(of, VAL_STR) ? str_eq(val_text(of), n->name) : by->nneeds == 1)));
}

// A finding at a text of the chart; at the node's file where it cannot be found.
static Diag *wrong(const Graph *g, const Node *n, Str text, Diags *diags, const char *what) {
  const Source *src = n->patch_source ? n->patch_source : n->source;
  Span span = {0};
  value_place(g, n, text, false, &src, &span);
  return diag_at(diags, SEV_WARNING, CODE_UNKNOWN_KEY, src, span, "%s '%.*s' in the chart of %.*s",
                 what, STR_ARG(text), STR_ARG(n->name));
}

static void check_column(const Graph *g, const Node *n, Value said, Value names, Diags *diags) {
  if (!val_is(said, VAL_STR))
    return;
  Str text = val_text(said), *all = arena_array(&diags->arena, Str, names.list->n + 1);
  if (str_starts(text, STR("-")))
    text = str_sub(text, 1, text.len);
  for (size_t i = 0; i < names.list->n; i++) {
    all[i] = val_text(names.list->items[i]);
    if (str_eq(all[i], text))
      return;
  }
  diag_nearest(diags, wrong(g, n, text, diags, "there is no column"), text, all, names.list->n);
}

static void check_key(const Graph *g, const Node *n, Str key, const Str *keys, size_t nkeys,
                      Diags *diags) {
  for (size_t i = 0; i < nkeys; i++)
    if (str_eq(keys[i], key))
      return;
  diag_nearest(diags, wrong(g, n, key, diags, "unknown key"), key, keys, nkeys);
}

void chart_check(const Graph *g, const Node *n, Value names, Diags *diags) {
  static const Str keys[] = {
      STR_INIT("type"),  STR_INIT("x"),    STR_INIT("y"),     STR_INIT("color"),  STR_INIT("sort"),
      STR_INIT("limit"), STR_INIT("rows"), STR_INIT("title"), STR_INIT("format"), STR_INIT("of")};
  static const char types[] = "bar line area point number table";
  static const char *const columns[] = {"x", "y", "color", "sort"};
  Value chart = chart_of(n), type = val_get(chart, STR("type"));
  size_t at = 0;
  for (DictEntry *e; val_is(chart, VAL_DICT) && (e = dict_next(chart.dict, &at));)
    if (val_is(e->key, VAL_STR))
      check_key(g, n, val_text(e->key), keys, COUNT(keys), diags);
  if (val_is(type, VAL_STR) && !str_among(val_text(type), types))
    diag_nearest_word(diags, wrong(g, n, val_text(type), diags, "unknown type"), val_text(type),
                      types);
  for (size_t i = 0; i < COUNT(columns); i++)
    check_column(g, n, val_get(chart, str_c(columns[i])), names, diags);
}
