// In: the `data_tests:` of a model, column, ... Out: name, arguments and config of each, as
// written.
#include "properties_tests.h"

#include "../base/vec.h"
#include "check.h"
#include "properties_parts.h"

// Keys of a test that are config wherever they stand, in dbt's order.
static const Str config_args[] = {
    STR_INIT("severity"),       STR_INIT("tags"),
    STR_INIT("enabled"),        STR_INIT("where"),
    STR_INIT("limit"),          STR_INIT("warn_if"),
    STR_INIT("error_if"),       STR_INIT("fail_calc"),
    STR_INIT("store_failures"), STR_INIT("store_failures_as"),
    STR_INIT("meta"),           STR_INIT("database"),
    STR_INIT("schema"),         STR_INIT("alias"),
};
enum { NCONFIG_ARGS = COUNT(config_args) };

static bool is_config_arg(Str key) {
  for (size_t i = 0; i < NCONFIG_ARGS; i++)
    if (str_eq(key, config_args[i]))
      return true;
  return false;
}

static bool is_name(Str s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i], low = c | 0x20;
    if (c != '_' && !(low >= 'a' && low <= 'z') && !(i && c >= '0' && c <= '9'))
      return false;
  }
  return s.len > 0;
}

// "unique" or "dbt_utils.unique".
static void split_name(PropReader *r, PropTest *t, const Yaml *at, Str text) {
  ptrdiff_t dot = str_find(text, STR("."), 0);
  t->ns = dot < 0 ? (Str){0} : str_sub(text, 0, (size_t)dot);
  t->name = str_sub(text, (size_t)(dot + 1), text.len);
  t->name_span = at->span;
  if (!is_name(t->name) || (dot >= 0 && !is_name(t->ns))) {
    Diag *f =
        prop_error(r, CODE_WRONG_VALUE, at, "'%.*s' is not the name of a test", STR_ARG(text));
    diag_hint(r->diags, f, "as in 'unique' or 'package.test'");
  }
}

// The rows of a test that are neither its arguments nor config.
static bool special(PropReader *r, PropTest *t, const YamlEntry *e) {
  Str key = e->key->text;
  if (str_is(key, "name"))
    t->custom_name = yaml_as_text(r->arena, e->value);
  else if (str_is(key, "description"))
    t->description = yaml_as_text(r->arena, e->value);
  else
    return str_is(key, "test_name") || str_is(key, "config") || is_config_arg(key);
  return true;
}

static void add_arg(PropReader *r, PropTest *t, const YamlEntry *e) {
  if (str_is(e->key->text, "model")) {
    Diag *f =
        prop_error(r, CODE_WRONG_ARGUMENT, e->key, "a test cannot be given an argument 'model'");
    diag_hint(r->diags, f, "it is what the test is attached to");
    return;
  }
  if (!t->args.dict->n)
    t->args = val_dict(r->arena);
  dict_sets(r->arena, t->args.dict, yaml_as_text(r->arena, e->key), yaml_value(r->arena, e->value));
}

static const Yaml *dict_at(PropReader *r, const Yaml *args, Str key) {
  const Yaml *y = yaml_get(args, key);
  if (!y || (y->kind == YAML_SCALAR && y->scalar.kind == VAL_NONE))
    return NULL;
  if (y->kind == YAML_DICT)
    return y;
  prop_error(r, CODE_WRONG_TYPE, y, "'%.*s' of a test must be a dict", STR_ARG(key));
  return NULL;
}

// Config keys beside the arguments first, in a fixed order, then the rest of `config:`.
static void set_config(PropReader *r, PropTest *t, Str key, Value v) {
  if (!t->config.dict->n)
    t->config = val_dict(r->arena);
  dict_sets(r->arena, t->config.dict, key, v);
}

static void read_config(PropReader *r, PropTest *t, const Yaml *args) {
  const Yaml *config = dict_at(r, args, STR("config"));
  for (size_t i = 0; i < NCONFIG_ARGS; i++) {
    const Yaml *top = yaml_get(args, config_args[i]), *in = yaml_get(config, config_args[i]);
    Value v = top ? yaml_value(r->arena, top) : val_none();
    if (val_truth(v) && in) {
      Diag *f = prop_error(r, CODE_CONFLICTING_KEYS, in, "'%.*s' is given twice",
                           STR_ARG(config_args[i]));
      diag_note(r->diags, f, top->src, top->span, "and here, outside of `config:`");
    }
    if (!val_truth(v) && in)
      v = yaml_value(r->arena, in);
    if (v.kind != VAL_NONE)
      set_config(r, t, config_args[i], v);
  }
  for (size_t i = 0; config && i < config->n; i++)
    if (!is_config_arg(config->entries[i].key->text))
      set_config(r, t, config->entries[i].key->text,
                 yaml_value(r->arena, config->entries[i].value));
}

// What stands under `arguments:` is as if it stood beside it, and wins.
static const Yaml *flattened(PropReader *r, const Yaml *args) {
  const Yaml *arguments = dict_at(r, args, STR("arguments"));
  Yaml *all = arena_new(r->arena, Yaml);
  *all = *args;
  all->n = 0;
  all->entries = arena_array(r->arena, YamlEntry, args->n + (arguments ? arguments->n : 0));
  for (size_t i = 0; i < args->n; i++) {
    YamlEntry e = args->entries[i];
    const YamlEntry *inner = yaml_entry(arguments, e.key->text);
    if (!str_is(e.key->text, "arguments"))
      all->entries[all->n++] = inner ? *inner : e;
  }
  for (size_t i = 0; arguments && i < arguments->n; i++)
    if (!yaml_entry(args, arguments->entries[i].key->text))
      all->entries[all->n++] = arguments->entries[i];
  return all;
}

static void read_args(PropReader *r, PropTest *t, const Yaml *args) {
  const Yaml *arguments = yaml_get(args, STR("arguments"));
  t->column_given = yaml_entry(arguments, STR("column_name")) != NULL;
  if (arguments)
    args = flattened(r, args);
  for (size_t i = 0; i < args->n; i++)
    if (!special(r, t, &args->entries[i]))
      add_arg(r, t, &args->entries[i]);
  read_config(r, t, args);
}

static void bad_shape(PropReader *r, const Yaml *y) {
  bool below = y->kind == YAML_DICT && y->n > 1 && y->entries[0].value->kind == YAML_SCALAR &&
               y->entries[0].value->scalar.kind == VAL_NONE;
  Diag *f =
      prop_error(r, CODE_WRONG_TYPE, y, "a test is a name, or a name with its arguments below");
  diag_hint(r->diags, f,
            below ? "indent what belongs to '%.*s' further than the name"
                  : "as in '- unique' or '- accepted_values: {arguments: {values: [a, b]}}'%.*s",
            below ? (int)y->entries[0].key->text.len : 0,
            y->kind == YAML_DICT && y->n ? y->entries[0].key->text.ptr : "");
}

// Three forms: text, {NAME: {...}}, {test_name: NAME, ...}. False: an error was recorded.
static bool read_test(PropReader *r, const Yaml *y, PropTest *t) {
  *t = (PropTest){.yaml = y, .args = r->no_dict, .config = r->no_dict};
  if (y->kind == YAML_SCALAR && y->scalar.kind == VAL_STR) {
    split_name(r, t, y, y->text);
    return true;
  }
  const Yaml *named = yaml_get(y, STR("test_name"));
  if (named && yaml_str(named).len) {
    split_name(r, t, named, yaml_str(named));
    read_args(r, t, y);
    return true;
  }
  if (y->kind != YAML_DICT || y->n != 1 || y->entries[0].key->scalar.kind != VAL_STR) {
    bad_shape(r, y);
    return false;
  }
  const YamlEntry *e = &y->entries[0];
  split_name(r, t, e->key, e->key->text);
  if (e->value->kind == YAML_DICT)
    read_args(r, t, e->value);
  else if (e->value->kind != YAML_SCALAR || e->value->scalar.kind != VAL_NONE)
    prop_error(r, CODE_WRONG_TYPE, e->value, "the arguments of '%.*s' must be a dict",
               STR_ARG(e->key->text));
  return true;
}

void prop_tests(PropReader *r, const Yaml *y, PropTest **tests, size_t *n, bool *given) {
  const YamlEntry *now = yaml_entry(y, STR("data_tests")), *old = yaml_entry(y, STR("tests"));
  const YamlEntry *e = now ? now : old;
  if (given)
    *given = e != NULL;
  *tests = NULL;
  *n = 0;
  if (now && old) {
    Diag *f =
        prop_error(r, CODE_CONFLICTING_KEYS, old->key, "both `tests:` and `data_tests:` are given");
    diag_note(r->diags, f, r->src, now->key->span, "they are two names of one thing");
  }
  if (!e || (e->value->kind == YAML_SCALAR && e->value->scalar.kind == VAL_NONE))
    return;
  if (e->value->kind != YAML_LIST)
    return; // prop_check has said so
  *tests = arena_array(r->arena, PropTest, e->value->n);
  for (size_t i = 0; i < e->value->n; i++)
    *n += read_test(r, e->value->items[i], &(*tests)[*n]);
}
