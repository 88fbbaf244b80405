// `exceptions`: what templates raise. In: a message or what a message is made of. Out: an error at
// the place of the call, or a warning. One table of names.
#include "exceptions.h"
#include "../graph/config_place.h"

#include "config_object.h"
#include "relation.h"

#include <stdlib.h>

static Str message_arg(Eval *ev, const Args *args) {
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("msg"), val_lit(""));
  return val_to_str(eval_arena(ev), v);
}

static Value fn_raise(Eval *ev, Value self, const Args *args) {
  (void)self;
  Str message = message_arg(ev, args);
  eval_fail_code(ev, CODE_RAISED_ERROR, "%.*s", STR_ARG(message));
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

// A finding about (key, message, hint, word, known): at the word in the key's value where one is
// given; the nearest of the known names is the hint if there is one.
static Diag *config_finding(Eval *ev, const char *fname, const Args *args, Severity sev, Diags *d) {
  static const char *const names[] = {"key", "message", "hint", "word", "known"};
  Value v[5] = {val_undef(NULL), val_undef(NULL), val_none(), val_none(), val_none()};
  args_bind(ev, fname, args, names, 5, 2, v);
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

// starc_config_error(key, message, hint, word, known): what is wrong is shown at the key of the
// node's config.
static Value fn_config_error(Eval *ev, Value self, const Args *args) {
  (void)self;
  config_finding(ev, "starc_config_error", args, SEV_ERROR, eval_options(ev)->diags);
  eval_abort(ev);
}

// starc_config_warn(key, message, hint, word, known): the same, and the node goes on.
static Value fn_config_warn(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Diags diags = {0};
  diags_init(&diags);
  const Diag *d = config_finding(ev, "starc_config_warn", args, SEV_WARNING, &diags);
  bool goes_on = !c->shared->warn_at || c->shared->warn_at(c->shared->data, c->node, d);
  diags_free(&diags);
  if (!goes_on)
    fn_config_error(ev, self, args);
  return val_lit("");
}

// starc_unknown_name(name, known, message): fails with the nearest of the known names, else all.
static Value fn_unknown_name(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"name", "known", "message"};
  Value v[3] = {val_undef(NULL), val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "starc_unknown_name", args, names, 3, 3, v);
  Arena *a = eval_arena(ev);
  size_t n = val_is_seq(v[1]) ? v[1].list->n : 0;
  Str *known = arena_array(a, Str, n + 1);
  for (size_t i = 0; i < n; i++)
    known[i] = val_to_str(a, v[1].list->items[i]);
  eval_fail_unknown(ev, CODE_CONFIG_VALUE,
                    (Unknown){.name = val_to_str(a, v[0]), .names = known, .n = n}, "%.*s",
                    STR_ARG(val_to_str(a, v[2])));
}

// starc_advise(key, columns, hint): should the database stop at one of these columns, the hint is
// shown, at the config key if there is no better place. Columns alone: the names that a config key
// may have meant. Holds until it is called again; without arguments there is no advice.
static Value fn_advise(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"key", "columns", "hint"};
  Value v[3] = {val_lit(""), val_none(), val_lit("")};
  args_bind(ev, "starc_advise", args, names, 3, 0, v);
  Context *c = context_of(ev);
  c->state->advice = (Advice){text_or_empty(c->arena, v[0]), text_or_empty(c->arena, v[2]), v[1]};
  return val_lit("");
}

static Value fn_warn(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Str text = message_arg(ev, args);
  if (c->shared->warn && !c->shared->warn(c->shared->data, c->node, text))
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
  qsort(rows, n, sizeof *rows, by_column);
  return n;
}

static void mismatch_line(Buf *out, const Str *cells, const size_t *widths) {
  for (size_t i = 0; i < 4; i++)
    buf_addf(out, "| %-*.*s ", (int)widths[i], STR_ARG(cells[i]));
  buf_adds(out, "|\n");
}

static Value fn_contract(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"yaml_columns", "sql_columns"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "raise_contract_error", args, names, 2, 2, v);
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

static Value fn_wrong_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"relation", "expected_type", "model"};
  Value v[3] = {val_undef(NULL), val_undef(NULL), val_none()};
  args_bind(ev, "relation_wrong_type", args, names, 3, 2, v);
  Arena *a = eval_arena(ev);
  Value type = is_relation(v[0]) ? val_text_or_none(((RelationObj *)v[0].obj)->type) : val_none();
  eval_fail_hint(
      ev, CODE_RELATION_KIND, STR("drop it, or run with --full-refresh where that is allowed"),
      "%.*s is a %.*s in the database, and a %.*s is wanted", STR_ARG(val_to_str(a, v[0])),
      STR_ARG(val_to_str(a, type)), STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_config(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model", "name"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "missing_config", args, names, 2, 2, v);
  Str name = text_or_empty(eval_arena(ev), val_get(v[0], STR("name")));
  eval_fail_code(ev, CODE_MISSING_KEY,
                 "'%.*s' does not define the config '%.*s', which is required", STR_ARG(name),
                 STR_ARG(val_to_str(eval_arena(ev), v[1])));
}

static Value fn_missing_materialization(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model", "adapter_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "missing_materialization", args, names, 2, 2, v);
  Arena *a = eval_arena(ev);
  eval_fail_code(
      ev, CODE_UNKNOWN_MATERIALIZATION, "there is no materialization '%.*s' for %.*s",
      STR_ARG(text_or_empty(a, val_get(val_get(v[0], STR("config")), STR("materialized")))),
      STR_ARG(val_to_str(a, v[1])));
}

static Value fn_missing_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"relation", "model"};
  Value v[2] = {val_undef(NULL), val_none()};
  args_bind(ev, "missing_relation", args, names, 2, 1, v);
  eval_fail_code(ev, CODE_MISSING_RELATION, "relation %.*s does not exist",
                 STR_ARG(val_to_str(eval_arena(ev), v[0])));
}

static Value fn_column_type_missing(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  static const char *const names[] = {"column_names"};
  Value list = val_undef(NULL);
  args_bind(ev, "column_type_missing", args, names, 1, 1, &list);
  eval_fail_code(ev, CODE_CONTRACT_MISMATCH,
                 "a contract is enforced and these columns have no data_type: %.*s",
                 STR_ARG(val_to_str(a, list)));
}

// warn_snapshot_timestamp_data_types(snapshot type, updated_at type)
static Value fn_warn_snapshot(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"snapshot_time_data_type", "updated_at_data_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "warn_snapshot_timestamp_data_types", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (c->shared->warn)
    c->shared->warn(c->shared->data, c->node,
                    str_fmt(a,
                            "the type of the snapshot's timestamps (%.*s) is not the type of its "
                            "updated_at column (%.*s)",
                            STR_ARG(val_to_str(a, v[0])), STR_ARG(val_to_str(a, v[1]))));
  return val_lit("");
}

// The others say what they were given.
static Value fn_generic(Eval *ev, Value self, const Args *args) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  for (size_t i = 0; i < args->npos; i++) {
    buf_adds(&out, " ");
    buf_add(&out, val_to_str(a, args->pos[i]));
  }
  for (size_t i = 0; i < args->nkw; i++) {
    buf_addf(&out, " %.*s=", STR_ARG(args->kw[i].name));
    buf_add(&out, val_to_str(a, args->kw[i].value));
  }
  eval_fail_code(ev, CODE_RAISED_ERROR, "%.*s:%.*s", STR_ARG(val_text(self)),
                 STR_ARG(buf_str(&out)));
}

static const struct {
  const char *name;
  ArgsFn *fn;
  const char *what; // fn_generic: the start of the message
} members[] = {
    {"warn",                               fn_warn,                    NULL                                 },
    {"starc_config_error",                 fn_config_error,            NULL                                 },
    {"starc_config_warn",                  fn_config_warn,             NULL                                 },
    {"starc_unknown_name",                 fn_unknown_name,            NULL                                 },
    {"starc_advise",                       fn_advise,                  NULL                                 },
    {"raise_compiler_error",               fn_raise,                   NULL                                 },
    {"raise_database_error",               fn_raise,                   NULL                                 },
    {"raise_not_implemented",              fn_raise,                   NULL                                 },
    {"raise_fail_fast_error",              fn_raise,                   NULL                                 },
    {"raise_dependency_error",             fn_raise,                   NULL                                 },
    {"raise_contract_error",               fn_contract,                NULL                                 },
    {"relation_wrong_type",                fn_wrong_type,              NULL                                 },
    {"missing_config",                     fn_missing_config,          NULL                                 },
    {"missing_materialization",            fn_missing_materialization, NULL                                 },
    {"missing_relation",                   fn_missing_relation,        NULL                                 },
    {"column_type_missing",                fn_column_type_missing,     NULL                                 },
    {"warn_snapshot_timestamp_data_types", fn_warn_snapshot,           NULL                                 },
    {"raise_dep_not_found",                fn_generic,                 "a dependency was not found"         },
    {"raise_ambiguous_alias",              fn_generic,                 "two nodes make the same relation"   },
    {"raise_ambiguous_catalog_match",      fn_generic,                 "two relations match one node"       },
    {"raise_cache_inconsistent",           fn_raise,                   NULL                                 },
    {"raise_dataclass_not_dict",           fn_generic,                 "an object was used as a dict"       },
    {"raise_duplicate_patch_name",         fn_generic,                 "a resource is described twice"      },
    {"raise_duplicate_resource_name",      fn_generic,                 "two resources have one name"        },
    {"raise_invalid_property_yml_version", fn_generic,                 "a property file has a wrong version"},
};

static bool exceptions_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  for (size_t i = 0; i < COUNT(members); i++)
    if (str_eq(str_c(members[i].name), name)) {
      *out = val_raw(eval_arena(ev), members[i].name, members[i].fn,
                     members[i].what ? val_str(str_c(members[i].what)) : val_none());
      return true;
    }
  return false;
}

const ObjectType exceptions_type = {.name = "dict", .attr = exceptions_attr};
