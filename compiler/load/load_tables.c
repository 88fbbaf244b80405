// See load_tables.h.
#include "load_tables.h"

#include "../graph/select.h"
#include "../project/check.h"

typedef VEC(LoadTable) TableVec;

Diag *load_yaml_wrong(Load *load, const Yaml *at, Code code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(load->diags, SEV_ERROR, code, at->src, at->span, fmt, ap);
  va_end(ap);
  return d;
}

Str load_yaml_text(Load *load, const File *f, const Yaml *y) {
  Value v = val_none();
  if (!y || !globals_render_yaml(load->a, &load->globals[f->package->index], y, NULL, NULL, &v,
                                 load->diags))
    return (Str){0};
  return val_is(v, VAL_STR)                                         ? val_text(v)
         : val_is_absent(v) || val_is_seq(v) || val_is(v, VAL_DICT) ? (Str){0}
                                                                    : val_to_str(load->a, v);
}

static bool is_pattern(Str name) {
  for (size_t i = 0; i < name.len; i++)
    if (name.ptr[i] == '*' || name.ptr[i] == '?' || name.ptr[i] == '[')
      return true;
  return false;
}

bool load_tables_may_come(const Yaml *y) {
  const Yaml *tables = yaml_get(y, STR("tables"));
  if (tables && tables->kind == YAML_SCALAR)
    return str_is(tables->text, "all");
  for (size_t i = 0; tables && tables->kind == YAML_LIST && i < tables->n; i++) {
    const Yaml *one = tables->items[i];
    const Yaml *name = one->kind == YAML_DICT ? yaml_get(one, STR("name")) : one;
    if (name && is_pattern(name->text))
      return true;
  }
  return false;
}

static bool has(const TableVec *all, Str name) {
  for (size_t i = 0; i < all->n; i++)
    if (str_eq(all->items[i].name, name))
      return true;
  return false;
}

// Patterns of `exclude:`. False: recorded.
static bool read_excluded(Load *load, const File *f, const Yaml *y, Str **out, size_t *n) {
  const Yaml *list = yaml_get(y, STR("exclude"));
  *n = 0;
  *out = arena_array(load->a, Str, list ? list->n + 1 : 1);
  if (!list)
    return true;
  if (list->kind != YAML_LIST) {
    diag_hint(load->diags,
              load_yaml_wrong(load, list, CODE_WRONG_TYPE, "`exclude:` of a load must be a list"),
              "as in exclude: [audit_*, tmp]");
    return false;
  }
  for (size_t i = 0; i < list->n; i++) {
    Str pattern = load_yaml_text(load, f, list->items[i]);
    if (pattern.len)
      (*out)[(*n)++] = pattern;
  }
  return true;
}

static bool is_excluded(Str name, const Str *patterns, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (select_glob(name, patterns[i]))
      return true;
  return false;
}

// The names that the source has, or had when it was last asked. False: recorded.
static bool list_source(Load *load, const File *f, const Yaml *y, Str name, const Yaml *at,
                        Value *names) {
  const Yaml *from = yaml_get(y, STR("from")), *type = yaml_get(from, STR("type"));
  const LoadLister *lister = load->shared->lister;
  *names = val_list(load->a, 0);
  if (type && str_is(type->text, "files")) {
    diag_hint(load->diags,
              load_yaml_wrong(load, at, CODE_WRONG_VALUE,
                              "'%.*s' loads files, which are no tables that could be listed",
                              STR_ARG(name)),
              "as in tables: [{name: people, files: \"people_*.csv\"}]");
    return false;
  }
  LoadListing asked = {f->package, name, yaml_entry(y, STR("from")), at};
  return !lister || lister->list(lister->data, load->a, &asked, names, load->diags);
}

static const Yaml *name_place(const Yaml *table) {
  const Yaml *name = table->kind == YAML_DICT ? yaml_get(table, STR("name")) : NULL;
  return name ? name : table;
}

LoadTable *load_tables(Load *load, const File *f, const Yaml *y, Str name, Span at, size_t *n) {
  const Yaml *tables = yaml_get(y, STR("tables")), *first = NULL;
  bool all = tables && tables->kind == YAML_SCALAR && str_is(tables->text, "all");
  TableVec exact = {0}, patterns = {0};
  Str *excluded;
  size_t nexcluded;
  *n = 0;
  if (!all && (!tables || tables->kind != YAML_LIST || !tables->n)) {
    Diag *d = tables ? load_yaml_wrong(load, tables, CODE_WRONG_TYPE,
                                       "`tables:` must be a list, or the word all")
                     : diag_at(load->diags, SEV_ERROR, CODE_MISSING_KEY, f->source, at,
                               "the load '%.*s' names no tables", STR_ARG(name));
    diag_hint(load->diags, d,
              "tables: all takes what the source has, `starc load init` writes them as a list");
    return NULL;
  }
  for (size_t i = 0; i < (all ? 1 : tables->n); i++) {
    const Yaml *one = all ? tables : tables->items[i], *place = name_place(one);
    bool named = one->kind != YAML_DICT || place != one;
    Str text = all ? STR("*") : named ? load_yaml_text(load, f, place) : (Str){0};
    if (!text.len) {
      diag_hint(load->diags,
                load_yaml_wrong(load, place, CODE_MISSING_KEY, "a table of a load needs a name"),
                "as in tables: [orders] or - {name: orders}");
      continue;
    }
    bool pattern = is_pattern(text);
    first = pattern && !first ? place : first;
    vec_push(load->a, pattern ? &patterns : &exact, ((LoadTable){text, one, false}));
  }
  if (!read_excluded(load, f, y, &excluded, &nexcluded))
    return NULL;
  if (!first && nexcluded) {
    diag_hint(
        load->diags,
        load_yaml_wrong(load, yaml_get(y, STR("exclude")), CODE_CONFIG_VALUE,
                        "`exclude:` of '%.*s' takes tables out of a list that names each of them",
                        STR_ARG(name)),
        "tables: all, or a pattern in the list, is what it is for");
    return NULL;
  }
  Value names = val_none();
  if (first && !list_source(load, f, y, name, first, &names))
    return NULL;
  for (size_t p = 0; p < patterns.n; p++) {
    bool any = false;
    for (size_t i = 0; i < names.list->n; i++) {
      Str one = val_text(names.list->items[i]);
      if (!select_glob(one, patterns.items[p].name))
        continue;
      any = true;
      if (!is_excluded(one, excluded, nexcluded) && !has(&exact, one))
        vec_push(load->a, &exact, ((LoadTable){one, patterns.items[p].yaml, true}));
    }
    if (names.list->n && !any && !all)
      diag_at(load->diags, SEV_WARNING, CODE_NOTHING_SELECTED, f->source,
              name_place(patterns.items[p].yaml)->span,
              "the source of '%.*s' has no table that is named like %.*s", STR_ARG(name),
              STR_ARG(patterns.items[p].name));
  }
  *n = exact.n;
  return exact.items;
}
