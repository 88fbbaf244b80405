// In: constraints as YAML has them, arguments of tests. Out: keys for the page's index, the tables
// that they lead to by their places. What is drawn of them is site/src/erd's.
#include "site_keys.h"

#include "../../compiler/template/calls.h"

// The keys of one entry, while they are written.
typedef struct Keys {
  Json *j;
  Arena *a;
  const Graph *graph;
  const Node *of;
  SitePlace *place;
  const void *site;
  bool any; // the member is open
} Keys;

// --- "ref('x')", "source('x', 'y')"

typedef struct Meant {
  const Keys *keys;
  Node *node;
} Meant;

// The version that the node's own ref to this name asks for.
static Str version_of(const Node *n, Str name) {
  for (size_t i = 0; i < n->nrefs; i++)
    if (str_eq(n->refs[i].name, name) && n->refs[i].version.len)
      return n->refs[i].version;
  return (Str){0};
}

static void called(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  Meant *m = data;
  const Keys *k = m->keys;
  (void)span;
  Node *found = NULL;
  bool there = false;
  if (m->node || !nargs || !args[nargs - 1].ptr)
    return;
  if (str_is(callee, "source") && nargs == 2)
    there = graph_source(k->graph, k->of, args[0], args[1], &found) == REF_FOUND;
  else if (str_is(callee, "ref"))
    there = graph_ref(k->graph, k->of, nargs > 1 ? args[0] : (Str){0}, args[nargs - 1],
                      version_of(k->of, args[nargs - 1]), &found) == REF_FOUND;
  if (there)
    m->node = found;
}

// The table that a text of YAML means; NULL: none that is known.
static const Node *meant(const Keys *k, Value to) {
  Meant m = {.keys = k};
  Diags none;
  if (!val_is(to, VAL_STR) || !val_text(to).len)
    return NULL;
  Str text = val_text(to);
  Source *src = arena_new(k->a, Source);
  *src = (Source){.path = STR("to"), .text = text};
  if (str_find(text, STR("{{"), 0) < 0)
    src->text = str_fmt(k->a, "{{ %.*s }}", STR_ARG(text));
  diags_init(&none);
  const Template *t = template_parse(k->a, src, &none);
  if (t)
    template_calls(t, called, &m);
  diags_free(&none);
  return m.node;
}

// --- what is written

static void names(Json *j, const char *key, Str one, Value list) {
  json_name(j, str_c(key));
  json_open_array(j);
  if (one.len)
    json_str(j, one);
  for (size_t i = 0; !one.len && i < val_count(list); i++)
    if (val_is(list.list->items[i], VAL_STR))
      json_str(j, val_text(list.list->items[i]));
  json_close_array(j);
}

static void open_key(Keys *k, Str type, Str column, Value columns) {
  if (!k->any) {
    json_name(k->j, STR("keys"));
    json_open_array(k->j);
    k->any = true;
  }
  json_open_object(k->j);
  json_key_str(k->j, "type", type);
  names(k->j, "columns", column, columns);
}

static void key(Keys *k, Str type, Str column, Value columns) {
  open_key(k, type, column, columns);
  json_close_object(k->j);
}

// A key to another table: to its column `field`, or to a list of them.
static void key_to(Keys *k, Str column, Value columns, Value to, Str field, Value fields) {
  const Node *table = meant(k, to);
  ptrdiff_t place = table ? k->place(k->site, table) : -1;
  if (place < 0 || (!field.len && !val_count(fields)))
    return;
  open_key(k, STR("foreign_key"), column, columns);
  json_name(k->j, STR("to"));
  json_int(k->j, place);
  names(k->j, "fields", field, fields);
  json_close_object(k->j);
}

// --- where they are said

static void of_constraints(Keys *k, Value constraints, Str column) {
  static const char plain[] = "primary_key unique not_null";
  for (size_t i = 0; i < val_count(constraints); i++) {
    Value c = constraints.list->items[i], type = val_get(c, STR("type")),
          columns = val_get(c, STR("columns"));
    if (!val_is(type, VAL_STR) || (!column.len && !val_count(columns)))
      continue;
    if (val_is_str(type, STR("foreign_key")))
      key_to(k, column, columns, val_get(c, STR("to")), (Str){0}, val_get(c, STR("to_columns")));
    else if (str_among(val_text(type), plain))
      key(k, val_text(type), column, columns);
  }
}

static Str text_of(Value v) { return val_is(v, VAL_STR) ? val_text(v) : (Str){0}; }

static void of_test(Keys *k, const TestInfo *t) {
  Value to = val_get(t->kwargs, STR("to")), field = val_get(t->kwargs, STR("field")),
        several = val_get(t->kwargs, STR("combination_of_columns"));
  Str column =
      t->column_name.len ? t->column_name : text_of(val_get(t->kwargs, STR("column_name")));
  if (column.len && text_of(field).len)
    key_to(k, column, val_none(), to, text_of(field), val_none());
  if (val_count(several))
    key(k, STR("unique"), (Str){0}, several);
}

void site_keys(Json *j, Arena *a, const Graph *g, const Node *n, SitePlace *place,
               const void *site) {
  Keys k = {.j = j, .a = a, .graph = g, .of = n, .place = place, .site = site};
  if (n->test && n->test->generic)
    of_test(&k, n->test);
  of_constraints(&k, n->constraints, (Str){0});
  for (size_t i = 0; i < n->ncolumns; i++)
    of_constraints(&k, n->columns[i]->constraints, n->columns[i]->name);
  if (k.any)
    json_close_array(j);
}
