// In: a node of a load. Out: answers about its config and where that is written.
#include "load_node.h"

#include <ctype.h>

Str load_dlt_name(Arena *a, Str name) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < name.len; i++) {
    unsigned char c = (unsigned char)name.ptr[i], before = i ? (unsigned char)name.ptr[i - 1] : 0;
    unsigned char after = i + 1 < name.len ? (unsigned char)name.ptr[i + 1] : 0;
    bool word =
        isupper(c) && (islower(before) || isdigit(before) || (isupper(before) && islower(after)));
    if (word && b.len && b.ptr[b.len - 1] != '_')
      buf_addc(&b, '_');
    if (c == '+' || c == '*')
      buf_addc(&b, 'x');
    else if (c == '@' || c == '|')
      buf_addc(&b, c == '@' ? 'a' : 'l');
    else if (isalnum(c))
      buf_addc(&b, (char)tolower(c));
    else if (!b.len || b.ptr[b.len - 1] != '_')
      buf_addc(&b, '_');
  }
  size_t tail = 0;
  while (b.len > 1 && b.ptr[b.len - 1] == '_')
    b.len--, tail++;
  while (tail--)
    buf_addc(&b, 'x');
  Str out = buf_str(&b);
  return out.len && isdigit((unsigned char)out.ptr[0]) ? str_cat(a, STR("_"), out) : out;
}

Str load_text(const Node *n, const char *key) {
  Value v = node_config(n, str_c(key));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

bool load_has_dlt_names(const Node *n) { return str_is(load_text(n, "naming"), "dlt"); }

bool load_is_own_table(Str table) {
  return str_is(table, "starc_loads") || str_is(table, "starc_history") ||
         str_starts(table, STR("starc_lock")) || str_find(table, STR("__dbt_"), 0) > 0;
}

// --- columns

static Str said(Value of, const char *key) {
  Value v = val_get(of, str_c(key));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

LoadColumnConfig load_column_config(Arena *a, const Node *n, Str column) {
  Value columns = node_config(n, STR("columns"));
  (void)a;
  if (val_is_seq(columns)) {
    for (size_t i = 0; i < columns.list->n; i++)
      if (val_is_str(columns.list->items[i], column))
        return (LoadColumnConfig){0};
    return (LoadColumnConfig){.omit = columns.list->n > 0};
  }
  Value of = val_get(columns, column);
  if (val_is(of, VAL_STR)) // short for its type
    return (LoadColumnConfig){.type = val_text(of)};
  return (LoadColumnConfig){.type = said(of, "type"),
                            .name = said(of, "name"),
                            .expression = said(of, "expression"),
                            .omit = val_truth(val_get(of, STR("omit")))};
}

Str *load_columns_named(Arena *a, const Node *n, size_t *count) {
  Value columns = node_config(n, STR("columns"));
  bool dict = val_is(columns, VAL_DICT), list = val_is_seq(columns);
  Str *out = arena_array(a, Str, (dict ? columns.dict->n : list ? columns.list->n : 0) + 1);
  size_t at = 0;
  *count = 0;
  for (DictEntry *e; dict && (e = dict_next(columns.dict, &at));)
    if (val_is(e->key, VAL_STR))
      out[(*count)++] = val_text(e->key);
  for (size_t i = 0; list && i < columns.list->n; i++)
    if (val_is(columns.list->items[i], VAL_STR))
      out[(*count)++] = val_text(columns.list->items[i]);
  return out;
}

// --- places

static const Yaml *column_in(const Yaml *columns, Str column) {
  const YamlEntry *e = yaml_entry(columns, column);
  if (e)
    return e->key;
  for (size_t i = 0; columns && columns->kind == YAML_LIST && i < columns->n; i++)
    if (str_eq(columns->items[i]->text, column))
      return columns->items[i];
  return columns;
}

const Yaml *load_place(const Node *n, Str key, Str column) {
  const Yaml *table = n->patch, *load = n->load->load_yaml;
  const Yaml *at[] = {yaml_get(yaml_get(table, STR("config")), key), yaml_get(table, key),
                      yaml_get(yaml_get(load, STR("config")), key), yaml_get(load, key)};
  for (size_t i = 0; i < COUNT(at); i++)
    if (at[i])
      return column.len ? column_in(at[i], column) : at[i];
  const Yaml *name = table->kind == YAML_DICT ? yaml_get(table, STR("name")) : table;
  return name ? name : table;
}
