// In: the row that a data test's statement gave. Out: the verdict, or why there is none. What
// counts as true and false is what dbt takes for it. Leaves what a verdict means for the run to
// node_run.c.
#include "verdict.h"

#include "../../compiler/graph/config_place.h"

static const Value *cell(Value row, const char *name) {
  size_t at = 0;
  for (DictEntry *e; row.kind == VAL_DICT && (e = dict_next(row.dict, &at));)
    if (e->key.kind == VAL_STR && str_eq_nocase(val_text(e->key), str_c(name)))
      return &e->value;
  return NULL;
}

// --- values

// False: a text that means neither.
static bool boolean(Value v, bool *out) {
  static const char *const yes[] = {"y", "yes", "t", "true", "on", "1", NULL}, *const no[] = {
                                                                                   "n",   "no",
                                                                                   "f",   "false",
                                                                                   "off", "0",
                                                                                   NULL};
  *out = v.kind == VAL_STR ? str_in_nocase(val_text(v), yes) : val_truth(v);
  return v.kind != VAL_STR || *out || str_in_nocase(val_text(v), no);
}

// Digits, and nothing but zeros behind a point: databases give sums as decimals.
static bool digits(Str s, int64_t *out) {
  enum { LONGEST = 18 }; // fits into 64 bits
  size_t i = s.len && s.ptr[0] == '-', from = i;
  for (*out = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && i - from < LONGEST; i++)
    *out = *out * 10 + (s.ptr[i] - '0');
  bool any = i > from;
  *out = from ? -*out : *out;
  if (i < s.len && s.ptr[i] == '.')
    for (i++; i < s.len && s.ptr[i] == '0';)
      i++;
  return any && i == s.len;
}

static bool whole(Value v, int64_t *out) {
  *out = v.kind == VAL_BOOL ? v.b : v.kind == VAL_INT ? v.i : 0;
  if (v.kind == VAL_BOOL || v.kind == VAL_INT)
    return true;
  if (v.kind == VAL_FLOAT) {
    bool fits = v.f > -1e15 && v.f < 1e15;
    *out = fits ? (int64_t)v.f : 0;
    return fits && (double)*out == v.f;
  }
  if (v.kind == VAL_STR || val_is_absent(v))
    return false;
  Buf text = {0};
  val_print(&text, v);
  bool good = digits(buf_str(&text), out);
  buf_free(&text);
  return good;
}

// --- what is wrong

// At the config's key where it is written, else at the test.
static Diag *wrong(const Node *n, const Package *root, const char *key, Diags *diags, Str said) {
  const Source *src = n->source && n->source->made_by ? n->source->made_by : n->source;
  Span span = n->source && n->source->made_by ? n->source->made_at : (Span){0};
  if (key)
    node_config_place(n, root, str_c(key), &src, &span);
  return diag_at(diags, SEV_ERROR, CODE_TEST_VERDICT, src, span, "%.*s", STR_ARG(said));
}

static Str shown(Arena *a, Value v) {
  return v.kind == VAL_NONE  ? STR("NULL")
         : v.kind == VAL_STR ? str_fmt(a, "'%.*s'", STR_ARG(val_text(v)))
                             : val_to_str(a, v);
}

static bool no_number(const Node *n, const Package *root, Value v, Diags *diags) {
  Arena *a = &diags->arena;
  Diag *d = wrong(n, root, "fail_calc", diags,
                  str_fmt(a, "the number of failures of '%.*s' is %.*s, not a whole number",
                          STR_ARG(n->name), STR_ARG(shown(a, v))));
  diag_hint(diags, d,
            v.kind == VAL_NONE
                ? "without rows a sum is NULL: fail_calc: coalesce(sum(...), 0)"
                : "fail_calc counts the failures: count(*), or a sum of whole numbers");
  return false;
}

static bool no_boolean(const Node *n, const Package *root, const char *key, Value v, Diags *diags) {
  Arena *a = &diags->arena;
  Diag *d = wrong(n, root, key, diags,
                  str_fmt(a, "%s of '%.*s' gives %.*s, which is neither true nor false", key,
                          STR_ARG(n->name), STR_ARG(shown(a, v))));
  diag_hint(diags, d, "it is written behind fail_calc and compares it: \"> 10\"");
  return false;
}

bool verdict_read(const Node *test, const Package *root, Value rows, Verdict *out, Diags *diags) {
  Value row = rows.list->n == 1 ? rows.list->items[0] : val_none();
  const Value *failures = cell(row, "failures"), *warn = cell(row, "should_warn"),
              *error = cell(row, "should_error");
  if (!failures || !warn || !error) {
    Diag *d = wrong(test, root, NULL, diags,
                    str_fmt(&diags->arena,
                            "the query of '%.*s' gives %zu rows, or other columns than it has to",
                            STR_ARG(test->name), rows.list->n));
    diag_hint(diags, d, "get_test_sql() gives one row of failures, should_warn and should_error");
    return false;
  }
  if (!whole(*failures, &out->failures))
    return no_number(test, root, *failures, diags);
  if (!boolean(*warn, &out->should_warn))
    return no_boolean(test, root, "warn_if", *warn, diags);
  return boolean(*error, &out->should_error) || no_boolean(test, root, "error_if", *error, diags);
}
