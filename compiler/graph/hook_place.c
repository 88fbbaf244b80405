// In: the text of a hook as a node's config has it. Out: the source of that text, followed to where
// somebody wrote it. Leaves what the hook does to those who send it.
#include "config_place.h"

#include "../project/config_parts.h"

// Keys of hooks are written with a dash or an underscore, in a project file maybe behind a plus.
static bool names_hook(Str written, Str key) {
  written = config_bare(written);
  for (size_t i = 0; i < key.len; i++)
    if (i >= written.len ||
        (written.ptr[i] != key.ptr[i] && !(key.ptr[i] == '-' && written.ptr[i] == '_')))
      return false;
  return written.len == key.len;
}

static const Yaml *scalar_of(const Yaml *y, Str text) {
  if (y->kind == YAML_SCALAR)
    return str_eq(str_trim(y->text), str_trim(text)) ? y : NULL;
  const Yaml *found = NULL;
  for (size_t i = 0; i < y->n && !found; i++)
    found = scalar_of(y->kind == YAML_LIST ? y->items[i] : y->entries[i].value, text);
  return found;
}

// The same of a list of hooks.
static const Yaml *item_of(const Yaml *y, Str text, HookPlace *after) {
  for (size_t i = 0; i < y->n; i++) {
    size_t at = (after->item + i) % y->n;
    const Yaml *found = scalar_of(y->items[at], text);
    if (!found)
      continue;
    after->item = at + 1;
    return found;
  }
  return NULL;
}

static const Yaml *hook_in(const Yaml *y, Str key, Str text, HookPlace *after) {
  const Yaml *found = NULL;
  for (size_t i = 0; y && y->kind == YAML_DICT && i < y->n && !found; i++)
    if (names_hook(y->entries[i].key->text, key)) {
      const Yaml *hooks = y->entries[i].value;
      found = hooks->kind == YAML_LIST ? item_of(hooks, text, after) : scalar_of(hooks, text);
    }
  return found;
}

static const Yaml *hook_in_tree(const Package *p, const Node *n, Str key, Str text,
                                HookPlace *after) {
  const Yaml *level = config_yaml_of(p, node_config_kinds[n->kind]);
  const Yaml *found = hook_in(level, key, text, after);
  for (size_t i = 0; i < n->nfqn && level && !found; i++) {
    level = yaml_get(level, n->fqn[i]);
    found = hook_in(level, key, text, after);
  }
  return found;
}

static const Yaml *hook_in_yaml(const Node *n, const Package *root, Str key, Str text,
                                HookPlace *after) {
  const Yaml *found =
      n->patch ? hook_in(yaml_get(n->patch, STR("config")), key, text, after) : NULL;
  if (!found && n->patch)
    found = hook_in(n->patch, key, text, after);
  if (!found)
    found = hook_in_tree(root, n, key, text, after);
  return found ? found : hook_in_tree(n->package, n, key, text, after);
}

// The place in [from, to) of a text in quotes that is the hook's; -1: there is none.
static ptrdiff_t quoted_in(Str file, size_t from, size_t to, Str text) {
  for (size_t i = from; i < to; i++)
    if ((file.ptr[i] == '\'' || file.ptr[i] == '"') &&
        source_is_written(text, str_sub(file, i, file.len)))
      return (ptrdiff_t)i;
  return -1;
}

// A text in quotes behind the key, or one that the file has elsewhere; else the key.
static bool hook_in_call(const Node *n, Str key, Str text, HookPlace *after, Source *out) {
  Span at;
  if (!n->source || val_get(n->config_call, key).kind == VAL_UNDEF ||
      !config_call_place(n->source, key, &at))
    return false;
  Str file = n->source->text;
  size_t behind = (size_t)at.at + at.len, from = after->at > behind ? after->at : behind;
  ptrdiff_t found = quoted_in(file, from, file.len, text);
  if (found < 0)
    found = quoted_in(file, behind, from, text);
  if (found >= 0)
    after->at = (size_t)found + 1;
  else
    found = str_find(file, str_trim(text), 0);
  out->made_by = n->source;
  out->made_at = found < 0 ? at : (Span){(uint32_t)found, (uint32_t)(file.len - (size_t)found)};
  return true;
}

static bool has_hook(const Node *n, Str key, Str text) {
  Value hooks = val_get(n->config, key);
  for (size_t i = 0; val_is_seq(hooks) && i < hooks.list->n; i++) {
    Value sql = val_get(hooks.list->items[i], STR("sql"));
    if (sql.kind == VAL_STR && str_eq(val_text(sql), text))
      return true;
  }
  return false;
}

const Source *node_hook_source_of(Arena *a, const Node *n, const Package *root, Str key, Str text,
                                  HookPlace *after) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = n->original_path, .text = text};
  const Yaml *y = hook_in_yaml(n, root, key, text, after);
  if (y) {
    src->made_by = y->src;
    src->made_at = y->span;
  } else if (!hook_in_call(n, key, text, after, src)) {
    src->made_by = n->source;
  }
  return src;
}

const Source *node_hook_source(Arena *a, const Node *n, const Package *root, Str text, Str *key) {
  static const Str keys[] = {STR_INIT("pre-hook"), STR_INIT("post-hook")};
  for (size_t k = 0; k < 2; k++) {
    if (!has_hook(n, keys[k], text))
      continue;
    *key = keys[k];
    return node_hook_source_of(a, n, root, keys[k], text, &(HookPlace){0});
  }
  return NULL;
}
