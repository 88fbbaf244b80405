// `exceptions`: what templates raise. In: a message or what a message is made of. Out: an error at
// the place of the call, or a warning. One table of names.
#include "exceptions.h"
#include "../base/sort.h"
#include "../graph/config_place.h"
#include "../template/ops_access.h"

#include "config_object.h"
#include "evaluation.h"
#include "relation.h"

#include <stdlib.h>

static Value fn_raise(Eval *ev, const Value *v) {
  eval_fail_code(ev, CODE_RAISED_ERROR, "%.*s", STR_ARG(val_to_str(eval_arena(ev), v[0])));
}

// Where a key of the node's config was written, or a word of its value; else where it says what it
// is built as, else its file.
static void place_of_config(const Context *c, Str key, Str word, const Source **src, Span *span) {
  const Package *root = c->shared->project->packages[0];
  const Node *n = c->node;
  *src = n ? n->source : NULL;
  *span = (Span){0};
  if (n && !node_config_word_of(n, root, key, word, src, span) &&
      !node_config_place(n, root, key, src, span))
    node_config_place(n, root, STR("materialized"), src, span);
}

void context_fail_config(Eval *ev, Code code, Str key, Str hint, const char *fmt, ...) {
  const Source *src;
  Span span;
  place_of_config(context_of(ev), key, STR(""), &src, &span);
  Diags *diags = eval_options(ev)->diags;
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(diags, SEV_ERROR, code, src, span, fmt, ap);
  va_end(ap);
  if (hint.len)
    diag_hint(diags, d, "%.*s", STR_ARG(hint));
  eval_abort(ev);
}

// A finding about v: key, message, hint, word, known: at the word in the key's value where one is
// given; the nearest of the known names is the hint if there is one.
static Diag *config_finding(Eval *ev, const Value *v, Severity sev, Diags *d) {
  Arena *a = eval_arena(ev);
  Str hint = text_or_empty(a, v[2]), word = text_or_empty(a, v[3]);
  size_t n = val_is_seq(v[4]) ? v[4].list->n : 0;
  Str *known = arena_array(a, Str, n + 1);
  for (size_t i = 0; i < n; i++)
    known[i] = val_to_str(a, v[4].list->items[i]);
  const Source *src;
  Span span;
  place_of_config(context_of(ev), val_to_str(a, v[0]), word, &src, &span);
  Diag *f = diag_at(d, sev, CODE_CONFIG_VALUE, src, span, "%.*s", STR_ARG(val_to_str(a, v[1])));
  bool near = str_nearest(word, known, n).len > 0;
  if (hint.len && !near)
    diag_hint(d, f, "%.*s", STR_ARG(hint));
  else
    diag_nearest(d, f, word, known, n);
  return f;
}

static Value fn_config_error(Eval *ev, const Value *v) {
  config_finding(ev, v, SEV_ERROR, eval_options(ev)->diags);
  eval_abort(ev);
}

// The same, and the node goes on.
static Value fn_config_warn(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Diags diags = {0};
  diags_init(&diags);
  const Diag *d = config_finding(ev, v, SEV_WARNING, &diags);
  bool goes_on = !c->shared->warn_at || c->shared->warn_at(c->shared->data, c->node, d);
  diags_free(&diags);
  if (!goes_on)
    fn_config_error(ev, v);
  return val_lit("");
}

// Fails with the nearest of the known names, else all.
static Value fn_unknown_name(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  size_t n = val_is_seq(v[1]) ? v[1].list->n : 0;
  Str *known = arena_array(a, Str, n + 1);
  for (size_t i = 0; i < n; i++)
    known[i] = val_to_str(a, v[1].list->items[i]);
  eval_fail_unknown(ev, CODE_CONFIG_VALUE,
                    (Unknown){.name = val_to_str(a, v[0]), .names = known, .n = n}, "%.*s",
                    STR_ARG(val_to_str(a, v[2])));
}

// Should the database stop at one of these columns, the hint is
// shown, at the config key if there is no better place. Columns alone: the names that a config key
// may have meant. Holds until it is called again; without arguments there is no advice.
static Value fn_advise(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  c->state->advice = (Advice){text_or_empty(c->arena, v[0]), text_or_empty(c->arena, v[2]), v[1]};
  return val_lit("");
}

static Value fn_warn(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Str text = val_to_str(eval_arena(ev), v[0]);
  const Source *src;
  Span at = eval_outer_place(ev, &src);
  if (c->shared->warn && !c->shared->warn(c->shared->data, c->node, src, at, text))
    eval_fail_code(ev, CODE_RAISED_WARNING, "%.*s", STR_ARG(text));
  return val_lit("");
}

// A column that the contract and the query do not agree about: a row of the table in the error.
typedef struct Mismatch {
  Str cells[4]; // name, type in the query, type in the contract, reason
} Mismatch;

static const Str mismatch_heads[4] = {STR_INIT("column_name"), STR_INIT("definition_type"),
                                      STR_INIT("contract_type"), STR_INIT("mismatch_reason")};

static int by_column(const void *x, const void *y) {
  return str_cmp(((const Mismatch *)x)->cells[0], ((const Mismatch *)y)->cells[0]);
}

static Str column_part(Eval *ev, Value column, const char *key) {
  return text_or_empty(eval_arena(ev), ops_item(ev, column, val_str(str_c(key))));
}

// The column of that name, undefined when there is none.
static Value column_named(Eval *ev, Value columns, Str name) {
  for (size_t i = 0; i < columns.list->n; i++)
    if (str_eq(column_part(ev, columns.list->items[i], "name"), name))
      return columns.list->items[i];
  return val_undef(NULL);
}

static size_t mismatches(Eval *ev, Value yaml, Value sql, Mismatch *rows) {
  size_t n = 0;
  for (size_t i = 0; i < sql.list->n; i++) {
    Value s = sql.list->items[i];
    Str name = column_part(ev, s, "name"), type = column_part(ev, s, "data_type");
    Value y = column_named(ev, yaml, name);
    Str want = y.kind == VAL_UNDEF ? STR("") : column_part(ev, y, "data_type");
    if (y.kind == VAL_UNDEF)
      rows[n++] = (Mismatch){
          {name, type, STR(""), STR("missing in contract")}
      };
    else if (!str_eq(type, want))
      rows[n++] = (Mismatch){
          {name, type, want, STR("data type mismatch")}
      };
  }
  for (size_t i = 0; i < yaml.list->n; i++) {
    Value y = yaml.list->items[i];
    Str name = column_part(ev, y, "name");
    if (column_named(ev, sql, name).kind == VAL_UNDEF)
      rows[n++] = (Mismatch){
          {name, STR(""), column_part(ev, y, "data_type"), STR("missing in definition")}
      };
  }
  sort_items(rows, n, sizeof *rows, by_column);
  return n;
}

static void mismatch_line(Buf *out, const Str *cells, const size_t *widths) {
  for (size_t i = 0; i < 4; i++)
    buf_addf(out, "| %-*.*s ", (int)widths[i], STR_ARG(cells[i]));
  buf_adds(out, "|\n");
}

static Value fn_contract(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  Value yaml = ops_list(ev, v[0]), sql = ops_list(ev, v[1]);
  if (!yaml.list->n)
    eval_fail_hint(ev, CODE_CONTRACT_MISMATCH,
                   STR("list every column with its data_type in the model's YAML"),
                   "the contract is enforced, and the model's YAML has no columns");
  Mismatch *rows = arena_array(a, Mismatch, yaml.list->n + sql.list->n + 1);
  size_t n = mismatches(ev, yaml, sql, rows), widths[4];
  Str rule[4];
  for (size_t i = 0; i < 4; i++) {
    widths[i] = mismatch_heads[i].len;
    for (size_t k = 0; k < n; k++)
      widths[i] = rows[k].cells[i].len > widths[i] ? rows[k].cells[i].len : widths[i];
    char *line = arena_alloc(a, widths[i]);
    memset(line, '-', widths[i]);
    rule[i] = (Str){line, widths[i]};
  }
  buf_adds(&out, "the query does not give what the model's enforced contract promises\n");
  mismatch_line(&out, mismatch_heads, widths);
  mismatch_line(&out, rule, widths);
  for (size_t k = 0; k < n; k++)
    mismatch_line(&out, rows[k].cells, widths);
  eval_fail_hint(ev, CODE_CONTRACT_MISMATCH,
                 STR("change the model's select or the columns in its YAML"), "%.*s",
                 STR_ARG(str_trim(buf_str(&out))));
}

static Value fn_wrong_type(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value type = is_relation(v[0]) ? val_text_or_none(((RelationObj *)v[0].obj)->type) : val_none();
  eval_fail_hint(
      ev, CODE_RELATION_KIND, STR("drop it, or run with --full-refresh where that is allowed"),
      "%.*s is a %.*s in the database, and a %.*s is wanted", STR_ARG(val_to_str(a, v[0])),
      STR_ARG(val_to_str(a, type)), STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_config(Eval *ev, const Value *v) {
  Str name = text_or_empty(eval_arena(ev), val_get(v[0], STR("name")));
  eval_fail_code(ev, CODE_MISSING_KEY,
                 "'%.*s' does not define the config '%.*s', which is required", STR_ARG(name),
                 STR_ARG(val_to_str(eval_arena(ev), v[1])));
}

static Value fn_missing_materialization(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  eval_fail_code(
      ev, CODE_UNKNOWN_MATERIALIZATION, "there is no materialization '%.*s' for %.*s",
      STR_ARG(text_or_empty(a, val_get(val_get(v[0], STR("config")), STR("materialized")))),
      STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_relation(Eval *ev, const Value *v) {
  eval_fail_code(ev, CODE_MISSING_RELATION, "relation %.*s does not exist",
                 STR_ARG(val_to_str(eval_arena(ev), v[0])));
}

static Value fn_column_type_missing(Eval *ev, const Value *v) {
  eval_fail_code(ev, CODE_CONTRACT_MISMATCH,
                 "a contract is enforced and these columns have no data_type: %.*s",
                 STR_ARG(val_to_str(eval_arena(ev), v[0])));
}

static Value fn_warn_snapshot(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (c->shared->warn)
    c->shared->warn(c->shared->data, c->node, NULL, (Span){0},
                    str_fmt(a,
                            "the type of the snapshot's timestamps (%.*s) is not the type of its "
                            "updated_at column (%.*s)",
                            STR_ARG(val_to_str(a, v[0])), STR_ARG(val_to_str(a, v[1]))));
  return val_lit("");
}

// The others say what they were given: n values.
static _Noreturn void say_given(Eval *ev, const char *what, const Value *v, size_t n) {
  Buf out = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < n; i++) {
    buf_adds(&out, " ");
    buf_add(&out, text_or_empty(out.arena, v[i]));
  }
  eval_fail_code(ev, CODE_RAISED_ERROR, "%s:%.*s", what, STR_ARG(buf_str(&out)));
}
static Value fn_dep_not_found(Eval *ev, const Value *v) {
  say_given(ev, "a dependency was not found", v, 3);
}
static Value fn_ambiguous_alias(Eval *ev, const Value *v) {
  say_given(ev, "two nodes make the same relation", v, 3);
}
static Value fn_ambiguous_catalog_match(Eval *ev, const Value *v) {
  say_given(ev, "two relations match one node", v, 3);
}
static Value fn_dataclass_not_dict(Eval *ev, const Value *v) {
  say_given(ev, "an object was used as a dict", v, 1);
}
static Value fn_duplicate_patch_name(Eval *ev, const Value *v) {
  say_given(ev, "a resource is described twice", v, 2);
}
static Value fn_duplicate_resource_name(Eval *ev, const Value *v) {
  say_given(ev, "two resources have one name", v, 2);
}
static Value fn_invalid_property_yml_version(Eval *ev, const Value *v) {
  say_given(ev, "a property file has a wrong version", v, 2);
}

// clang-format off
const Native exceptions_functions[] = {
    {"warn",                               fn_warn,                         "msg, node=none", "a warning"
     "\n{{ exceptions.warn('old rows are left out') }}\n=> prints: old rows are left out"},
    {"starc_config_error",                 fn_config_error,                 "key, message, hint=none, word=none, known=none",
     "an error at a key of the node's config"},
    {"starc_config_warn",                  fn_config_warn,                  "key, message, hint=none, word=none, known=none",
     "a warning there, and the node goes on"},
    {"starc_unknown_name",                 fn_unknown_name,                 "name, known, message",
     "an error with the nearest of the known names"},
    {"starc_advise",                       fn_advise,                       "key=none, columns=none, hint=none",
     "what to say should the database stop at one of these columns"},
    {"raise_compiler_error",               fn_raise,                        "msg, node=none",
     "an error with this message"
     "\n{{ exceptions.raise_compiler_error('there is no such year') }}\n=> fails: there is no such year"},
    {"raise_database_error",               fn_raise,                        "msg, node=none",
     "an error with this message"
     "\n{{ exceptions.raise_database_error('no rows') }}\n=> fails: no rows"},
    {"raise_not_implemented",              fn_raise,                        "msg",        "an error with this message"
     "\n{{ exceptions.raise_not_implemented('not here') }}\n=> fails: not here"},
    {"raise_fail_fast_error",              fn_raise,                        "msg, node=none",
     "an error with this message"},
    {"raise_dependency_error",             fn_raise,                        "msg",        "an error with this message"},
    {"raise_cache_inconsistent",           fn_raise,                        "message",    "an error with this message"},
    {"raise_contract_error",               fn_contract,                     "yaml_columns, sql_columns",
     "an error that shows how the two differ"},
    {"relation_wrong_type",                fn_wrong_type,                   "relation, expected_type, model=none",
     "an error: the relation is of another type"},
    {"missing_config",                     fn_missing_config,               "model, name",
     "an error: the model lacks a config"},
    {"missing_materialization",            fn_missing_materialization,      "model, adapter_type",
     "an error: there is no such materialization"},
    {"missing_relation",                   fn_missing_relation,             "relation, model=none",
     "an error: the relation does not exist"},
    {"column_type_missing",                fn_column_type_missing,          "column_names",
     "an error: a contract lacks data types"},
    {"warn_snapshot_timestamp_data_types", fn_warn_snapshot,                "snapshot_time_data_type, updated_at_data_type",
     "a warning: the two types differ"},
    {"raise_dep_not_found",                fn_dep_not_found,                "node, node_description, required_pkg",
     "an error: a dependency was not found"},
    {"raise_ambiguous_alias",              fn_ambiguous_alias,              "node_1, node_2, duped_name=none",
     "an error: two nodes make the same relation"},
    {"raise_ambiguous_catalog_match",      fn_ambiguous_catalog_match,      "unique_id, match_1, match_2",
     "an error: two relations match one node"},
    {"raise_dataclass_not_dict",           fn_dataclass_not_dict,           "obj",
     "an error: an object was used as a dict"},
    {"raise_duplicate_patch_name",         fn_duplicate_patch_name,         "patch_1, existing_patch_path",
     "an error: a resource is described twice"},
    {"raise_duplicate_resource_name",      fn_duplicate_resource_name,      "node_1, node_2",
     "an error: two resources have one name"},
    {"raise_invalid_property_yml_version", fn_invalid_property_yml_version, "path, issue",
     "an error: a property file has a wrong version"},
    {0},
};
// clang-format on

static bool exceptions_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  return native_find(eval_arena(ev), exceptions_functions, "exceptions", name, val_none(), out);
}

const ObjectType exceptions_type = {.name = "dict", .attr = exceptions_attr};
