// See named.h. A text is looked through as it is written: what a template makes of it is known only
// when it runs.
#include "named.h"
#include "../../compiler/base/utf8.h"

static const char *const wheres[] = {"pre-hook", "post-hook", "loaded_at_field", "loaded_at_query",
                                     "freshness filter"};
enum { HOOKS = 2, WHERES = COUNT(wheres), DEEPEST = 20 };

typedef struct Words {
  Arena *a;
  Str column, node; // in lower case; node empty: the text is the node's own
} Words;

static bool text_names(const Words *w, Str text) {
  text = utf8_lower(w->a, text);
  return str_find_word(text, w->column, 0) >= 0 &&
         (!w->node.len || str_find_word(text, w->node, 0) >= 0);
}

// Whether any text in a value does; the keys of a dict are words of YAML.
static bool value_names(const Words *w, Value v, unsigned depth) {
  if (v.kind == VAL_STR)
    return text_names(w, val_text(v));
  bool found = false;
  for (size_t i = 0; depth < DEEPEST && val_is_seq(v) && i < v.list->n && !found; i++)
    found = value_names(w, v.list->items[i], depth + 1);
  size_t at = 0;
  if (v.kind == VAL_DICT && depth < DEEPEST)
    for (DictEntry *e; !found && (e = dict_next(v.dict, &at));)
      found = value_names(w, e->value, depth + 1);
  return found;
}

// What an operation does (on-run-end) is its whole text.
static bool reader_names(const Words *w, const Node *reader, size_t where) {
  if (where >= HOOKS)
    return false;
  if (reader->kind == NODE_OPERATION)
    return !where && text_names(w, reader->raw_code);
  return value_names(w, node_config(reader, str_c(wheres[where])), 0);
}

static bool own_names(const Words *w, const Node *n, size_t where) {
  if (where < HOOKS)
    return reader_names(w, n, where);
  if (!n->info)
    return false;
  const Value of_source[] = {val_str(n->info->loaded_at_field), val_str(n->info->loaded_at_query),
                             val_get(n->info->freshness, STR("filter"))};
  return value_names(w, of_source[where - HOOKS], 0);
}

bool named_next(const Node *n, Str column, size_t *at, NamedBy *by) {
  Arena a = {0};
  Words own = {&a, utf8_lower(&a, column), {0}};
  Words others = {&a, own.column, utf8_lower(&a, n->name)};
  bool found = false;
  for (; !found && *at < WHERES * ((size_t)n->nfeeds + 1); ++*at) {
    size_t reader = *at / WHERES, where = *at % WHERES;
    *by = (NamedBy){reader ? n->feeds[reader - 1] : n, wheres[where]};
    found = reader ? reader_names(&others, by->node, where) : own_names(&own, n, where);
  }
  arena_free(&a);
  return found;
}

bool named_is(const Node *n, Str column) {
  size_t at = 0;
  NamedBy by;
  return named_next(n, column, &at, &by);
}

Str named_why(Arena *a, const Node *n, const NamedBy *by) {
  if (by->node == n)
    return str_fmt(a, "its %s names it", by->where);
  if (by->node->kind == NODE_OPERATION)
    return str_fmt(a, "%.*s names it", STR_ARG(by->node->name));
  return str_fmt(a, "the %s of %.*s %.*s names it", by->where,
                 STR_ARG(node_kind_names[by->node->kind]), STR_ARG(by->node->name));
}
