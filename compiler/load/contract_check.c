// In: a model with its columns, constraints and config. Out: errors of contracts and constraints
// that dbt refuses while it reads the project, warnings of those that guard nothing or that the
// database is going to refuse. Leaves the comparison with the query's columns to the build.
#include "contract_check.h"

#include "../graph/config_place.h"
#include "compile.h"

typedef struct Checked {
  Load *load;
  Arena *a; // the thread's
  const Node *n;
  const Work *w;
  Diags *diags;
  bool enforced;
} Checked;

// A constraint where it stands. `column` NULL: of the model as a whole.
typedef struct Constraint {
  const Column *column;
  Value said;
  const Yaml *yaml;
} Constraint;

static Diag *found(const Checked *c, Severity sev, Code code, const Yaml *at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static Diag *found(const Checked *c, Severity sev, Code code, const Yaml *at, const char *fmt,
                   ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(c->diags, sev, code, at ? at->src : c->n->source, at ? at->span : (Span){0},
                     fmt, ap);
  va_end(ap);
  return d;
}

static const Yaml *key_or_all(const Yaml *y, const char *key) {
  const Yaml *value = yaml_get(y, str_c(key));
  return value ? value : y;
}

// --- each constraint, those of the model first

static const Yaml *item_of(const Yaml *entry, size_t i) {
  const Yaml *list = entry ? yaml_get(entry, STR("constraints")) : NULL;
  return list && list->kind == YAML_LIST && i < list->n ? list->items[i] : NULL;
}

static bool each_constraint(Checked *c, bool (*see)(Checked *c, const Constraint *one, void *data),
                            void *data) {
  const PropVersion *v = c->w->version;
  const Yaml *model = v && v->has_constraints ? v->yaml : c->n->patch;
  bool more = true;
  for (size_t i = 0; more && i < val_count(c->n->constraints); i++)
    more = see(c, &(Constraint){NULL, c->n->constraints.list->items[i], item_of(model, i)}, data);
  for (size_t k = 0; k < c->n->ncolumns; k++) {
    const Column *column = c->n->columns[k];
    for (size_t i = 0; more && i < val_count(column->constraints); i++)
      more = see(
          c, &(Constraint){column, column->constraints.list->items[i], item_of(column->yaml, i)},
          data);
  }
  return more;
}

static bool is_type(const Constraint *one, const char *type) {
  return val_is_str(val_get(one->said, STR("type")), str_c(type));
}

static bool says(const Constraint *one, const char *key) {
  return val_truth(val_get(one->said, str_c(key)));
}

// --- primary keys: one, of one place

static bool is_second_key(Checked *c, const Constraint *one, void *data) {
  Constraint *first = data;
  if (!is_type(one, "primary_key"))
    return true;
  if (!first->yaml) {
    *first = *one;
    return true;
  }
  bool levels = !first->column && one->column, twice = first->column && one->column;
  // Two of the whole model are left to the database, as with dbt.
  Diag *d = found(c, levels || twice ? SEV_ERROR : SEV_WARNING, CODE_CONSTRAINT,
                  key_or_all(one->yaml, "type"), "the model '%.*s' has more than one primary key",
                  STR_ARG(c->n->name));
  diag_hint(
      c->diags, d, "%s",
      twice
          ? "a key of several columns stands in the model's own `constraints:`, with columns: [..]"
          : "write it once: at the column or in the model's own `constraints:`");
  diag_note(c->diags, d, first->yaml->src, key_or_all(first->yaml, "type")->span, "the first one");
  return false;
}

// --- what a constraint names

// "ref('x')" or "source('x', 'y')".
static bool is_reference(Str s) {
  return compile_is_call(s) &&
         (str_starts(str_trim(s), STR("ref")) || str_starts(str_trim(s), STR("source")));
}

static void check_to(Checked *c, const Constraint *one) {
  Value to = val_get(one->said, STR("to"));
  if (!is_type(one, "foreign_key") || !val_is(to, VAL_STR) || !to.len || is_reference(val_text(to)))
    return;
  Diag *d = found(c, SEV_ERROR, CODE_CONSTRAINT, key_or_all(one->yaml, "to"),
                  "a foreign key goes to ref() or source(), not to '%.*s'", STR_ARG(val_text(to)));
  diag_hint(c->diags, d, "to: ref('%.*s'); of another table: expression: \"schema.table (id)\"",
            STR_ARG(val_text(to)));
}

static Str bare(Str name) {
  bool quoted = name.len > 1 && strchr("\"`", name.ptr[0]) && name.ptr[name.len - 1] == name.ptr[0];
  return quoted ? str_sub(name, 1, name.len - 1) : name;
}

static void check_columns(Checked *c, const Constraint *one) {
  Value names = val_get(one->said, STR("columns"));
  const Yaml *list = yaml_get(one->yaml, STR("columns"));
  Str *known = arena_array(c->a, Str, c->n->ncolumns + 1);
  for (size_t i = 0; i < c->n->ncolumns; i++)
    known[i] = c->n->columns[i]->name;
  for (size_t i = 0; !one->column && i < val_count(names); i++) {
    Str name = val_is(names.list->items[i], VAL_STR) ? val_text(names.list->items[i]) : (Str){0};
    bool is_known = false;
    for (size_t k = 0; k < c->n->ncolumns; k++)
      is_known |= str_eq_nocase(bare(name), bare(known[k]));
    if (is_known)
      continue;
    const Yaml *at = list && list->kind == YAML_LIST && i < list->n ? list->items[i] : one->yaml;
    Diag *d = found(c, SEV_WARNING, CODE_CONSTRAINT, at,
                    "the constraint names a column '%.*s' that the model '%.*s' does not list",
                    STR_ARG(name), STR_ARG(c->n->name));
    diag_nearest(c->diags, d, name, known, c->n->ncolumns);
  }
}

// What a type of constraint needs so that there is something to guard; NULL: it has it.
static const char *lacks(const Constraint *one) {
  bool key = is_type(one, "primary_key") || is_type(one, "unique");
  if ((is_type(one, "check") || is_type(one, "custom")) && !says(one, "expression"))
    return "expression";
  if (is_type(one, "foreign_key") && !says(one, "expression") && !says(one, "to"))
    return "to";
  if (is_type(one, "foreign_key") && says(one, "to") && !says(one, "to_columns"))
    return "to_columns";
  if (!one->column && (key || is_type(one, "foreign_key")) &&
      !val_count(val_get(one->said, STR("columns"))))
    return "columns";
  return NULL;
}

static void check_parts(Checked *c, const Constraint *one) {
  const char *key = lacks(one);
  const Yaml *at = key_or_all(one->yaml, "type");
  Str type = val_to_str(c->a, val_get(one->said, STR("type")));
  if (key)
    diag_hint(c->diags,
              found(c, SEV_WARNING, CODE_CONSTRAINT, at,
                    "a constraint '%.*s' without %s guards nothing", STR_ARG(type), key),
              "add `%s:%s`", key, str_ends(str_c(key), STR("columns")) ? " [..]" : "");
  else if (!one->column && is_type(one, "not_null"))
    diag_hint(c->diags,
              found(c, SEV_WARNING, CODE_CONSTRAINT, at,
                    "a constraint 'not_null' of the model as a whole guards nothing"),
              "put it under the column: constraints: [{type: not_null}]");
}

static bool check_reference(Checked *c, const Constraint *one, void *data) {
  (void)data;
  check_to(c, one);
  return true;
}

static bool check_one(Checked *c, const Constraint *one, void *data) {
  (void)data;
  check_parts(c, one);
  check_columns(c, one);
  return true;
}

// --- contracts

static bool is_table(const Node *n) {
  Str kind = node_materialized(n);
  return str_is(kind, "table") || str_is(kind, "incremental");
}

static bool warn_ignored(Checked *c, const Constraint *one, void *data) {
  (void)data;
  if (!says(one, "warn_unsupported"))
    return true;
  Diag *d = found(c, SEV_WARNING, CODE_CONSTRAINT_IGNORED, key_or_all(one->yaml, "type"),
                  "the constraints of '%.*s' are ignored: it is built as '%.*s', not as a table",
                  STR_ARG(c->n->name), STR_ARG(node_materialized(c->n)));
  diag_part(c->diags, d, "materialized", node_materialized(c->n));
  diag_hint(c->diags, d, "warn_unsupported: false silences this");
  return false;
}

static void check_types(Checked *c) {
  static const char *const naked[] = {"numeric", "decimal", "number"};
  for (size_t i = 0; i < c->n->ncolumns; i++) {
    const Column *column = c->n->columns[i];
    Str type = str_trim(column->data_type);
    if (!type.len)
      diag_hint(c->diags,
                found(c, SEV_WARNING, CODE_CONTRACT_MISMATCH, key_or_all(column->yaml, "name"),
                      "the column '%.*s' of an enforced contract has no data_type",
                      STR_ARG(column->name)),
                "add it: '%.*s' cannot be built without", STR_ARG(c->n->name));
    for (size_t k = 0; k < COUNT(naked); k++)
      if (str_eq_nocase(type, str_c(naked[k])))
        diag_hint(
            c->diags,
            found(c, SEV_WARNING, CODE_NUMERIC_PRECISION, key_or_all(column->yaml, "data_type"),
                  "the column '%.*s' says no precision and scale, so its values may be rounded",
                  STR_ARG(column->name)),
            "as in %.*s(38, 9)", STR_ARG(type));
  }
}

// False: nothing of the contract can be looked at.
static bool check_model(Checked *c) {
  bool sql = str_is(c->n->language, "sql");
  if (sql && c->n->ncolumns)
    return true;
  const Source *src = c->n->source;
  Span span = {0};
  node_config_place(c->n, c->load->p->packages[0], STR("contract"), &src, &span);
  Diag *d =
      diag_at(c->diags, SEV_ERROR, CODE_CONTRACT_MISMATCH, src, span,
              sql ? "the contract of '%.*s' is enforced, and its YAML lists no columns"
                  : "the contract of '%.*s' cannot be enforced: the model is written in Python",
              STR_ARG(c->n->name));
  diag_hint(c->diags, d, "%s",
            sql ? "list each column with its data_type under `columns:`"
                : "leave contract out, or write the model in SQL");
  return false;
}

void load_check_contract(Load *load, Arena *a, Work *w) {
  const Node *n = w->node;
  if (n->kind != NODE_MODEL || !n->patch)
    return;
  Checked c = {load, a, n, w, w->diags, val_truth(val_get(n->contract, STR("enforced")))};
  each_constraint(&c, is_second_key, &(Constraint){0});
  each_constraint(&c, check_reference, NULL);
  if (!c.enforced || !check_model(&c))
    return;
  if (!str_is(node_materialized(n), "ephemeral"))
    check_types(&c);
  if (is_table(n))
    each_constraint(&c, check_one, NULL);
  else
    each_constraint(&c, warn_ignored, NULL);
}
