// In: a node with its file, its properties and its project's files. Out: the place of a config key.
// Leaves what the key means to those who complain about it.
#include "config_place.h"

#include "../project/config_parts.h"

#include <ctype.h>

const ConfigKind node_config_kinds[NODE_KINDS] = {
    CONFIG_MODEL,       CONFIG_SEED,      CONFIG_SNAPSHOT, CONFIG_TEST,   CONFIG_NODE,
    CONFIG_NODE,        CONFIG_SOURCE,    CONFIG_EXPOSURE, CONFIG_METRIC, CONFIG_SEMANTIC_MODEL,
    CONFIG_SAVED_QUERY, CONFIG_UNIT_TEST, CONFIG_FUNCTION};

typedef struct Written {
  const Source *src;
  Span span;  // what to show
  size_t end; // where the value ends at the latest
} Written;

// --- config() in the file

// The text in quotes that starts at `at`, behind blanks; an empty span when something else does.
static Span quoted_at(Str text, size_t at) {
  while (at < text.len && isspace((unsigned char)text.ptr[at]))
    at++;
  if (at >= text.len || (text.ptr[at] != '\'' && text.ptr[at] != '"'))
    return (Span){0};
  ptrdiff_t end = str_find(text, str_sub(text, at, at + 1), at + 1);
  return end < 0 ? (Span){0} : (Span){(uint32_t)at + 1, (uint32_t)((size_t)end - at - 1)};
}

static bool in_call(const Node *n, Str key, Written *w) {
  Span key_span;
  if (!n->source || val_get(n->config_call, key).kind == VAL_UNDEF ||
      !config_call_place(n->source, key, &key_span))
    return false;
  Str text = n->source->text;
  size_t value_at = key_span.at + key_span.len;
  while (value_at < text.len && text.ptr[value_at] != '=' && text.ptr[value_at] != ':')
    value_at++;
  Span value = quoted_at(text, value_at + 1);
  ptrdiff_t end = str_find(text, STR("}}"), value_at);
  *w = (Written){n->source, value.len ? value : key_span, end < 0 ? text.len : (size_t)end};
  return true;
}

// --- YAML

static size_t last_byte(const Yaml *y) {
  while (y->n && y->kind != YAML_SCALAR)
    y = y->kind == YAML_LIST ? y->items[y->n - 1] : y->entries[y->n - 1].value;
  return y->span.at + y->span.len;
}

static bool in_entry(const YamlEntry *e, Written *w) {
  if (!e)
    return false;
  bool one = e->value->kind == YAML_SCALAR && e->value->span.len;
  *w = (Written){e->key->src, one ? e->value->span : e->key->span, last_byte(e->value)};
  return true;
}

static bool look(const Node *n, const Package *root, Str key, Written *w) {
  const Yaml *config = n->patch ? yaml_get(n->patch, STR("config")) : NULL;
  ConfigKind kind = node_config_kinds[n->kind];
  return in_call(n, key, w) || in_entry(yaml_entry(config, key), w) ||
         in_entry(n->patch ? yaml_entry(n->patch, key) : NULL, w) ||
         (n->package != root && in_entry(config_tree_entry(root, kind, n->fqn, n->nfqn, key), w)) ||
         in_entry(config_tree_entry(n->package, kind, n->fqn, n->nfqn, key), w);
}

bool node_config_place(const Node *n, const Package *root, Str key, const Source **src,
                       Span *span) {
  Written w;
  if (!look(n, root, key, &w))
    return false;
  *src = w.src;
  *span = w.span;
  return true;
}

// --- words

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

// The first place of a whole word in [from, end); -1: none.
static ptrdiff_t word_at(Str text, Str word, size_t from, size_t end) {
  Str part = str_sub(text, 0, end);
  for (ptrdiff_t at; word.len && (at = str_find(part, word, from)) >= 0; from = (size_t)at + 1) {
    size_t after = (size_t)at + word.len;
    if ((!at || !word_char(part.ptr[at - 1])) && (after >= part.len || !word_char(part.ptr[after])))
      return at;
  }
  return -1;
}

static bool has_word(Value v, Str word) {
  if (v.kind == VAL_STR)
    return word_at(val_text(v), word, 0, val_text(v).len) >= 0;
  for (size_t i = 0; val_is_seq(v) && i < v.list->n; i++)
    if (has_word(v.list->items[i], word))
      return true;
  size_t at = 0;
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    if (has_word(e->value, word))
      return true;
  return false;
}

bool node_config_word_of(const Node *n, const Package *root, Str key, Str word, const Source **src,
                         Span *span) {
  Written w;
  if (!has_word(val_get(n->config, key), word) || !look(n, root, key, &w))
    return false;
  ptrdiff_t in = word_at(w.src->text, word, w.span.at, w.end);
  *src = w.src;
  *span = in < 0 ? w.span : (Span){(uint32_t)in, (uint32_t)word.len};
  return true;
}

bool node_config_word(const Node *n, const Package *root, Str word, const Source **src,
                      Span *span) {
  size_t at = 0;
  for (DictEntry *e; n->config.kind == VAL_DICT && (e = dict_next(n->config.dict, &at));)
    if (e->key.kind == VAL_STR && node_config_word_of(n, root, val_text(e->key), word, src, span))
      return true;
  return false;
}

// --- types

// The first `data_type` at or below y that has the word.
static bool in_data_type(const Yaml *y, Str word, const Source **src, Span *span) {
  for (size_t i = 0; y->kind == YAML_LIST && i < y->n; i++)
    if (in_data_type(y->items[i], word, src, span))
      return true;
  for (size_t i = 0; y->kind == YAML_DICT && i < y->n; i++) {
    const Yaml *value = y->entries[i].value;
    if (!str_eq(yaml_str(y->entries[i].key), STR("data_type"))) {
      if (in_data_type(value, word, src, span))
        return true;
      continue;
    }
    ptrdiff_t in = value->kind == YAML_SCALAR
                       ? word_at(value->src->text, word, value->span.at, last_byte(value))
                       : -1;
    *src = value->src;
    *span = (Span){(uint32_t)in, (uint32_t)word.len};
    if (in >= 0)
      return true;
  }
  return false;
}

bool node_type_place(const Node *n, const Package *root, Str word, const Source **src, Span *span) {
  return (n->patch && in_data_type(n->patch, word, src, span)) ||
         node_config_word_of(n, root, STR("column_types"), word, src, span);
}

// --- hooks

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

static const Yaml *hook_in(const Yaml *y, Str key, Str text) {
  const Yaml *found = NULL;
  for (size_t i = 0; y && y->kind == YAML_DICT && i < y->n && !found; i++)
    if (names_hook(y->entries[i].key->text, key))
      found = scalar_of(y->entries[i].value, text);
  return found;
}

static const Yaml *hook_in_tree(const Package *p, const Node *n, Str key, Str text) {
  const Yaml *level = config_yaml_of(p, node_config_kinds[n->kind]);
  const Yaml *found = hook_in(level, key, text);
  for (size_t i = 0; i < n->nfqn && level && !found; i++) {
    level = yaml_get(level, n->fqn[i]);
    found = hook_in(level, key, text);
  }
  return found;
}

static const Yaml *hook_in_yaml(const Node *n, const Package *root, Str key, Str text) {
  const Yaml *found = n->patch ? hook_in(yaml_get(n->patch, STR("config")), key, text) : NULL;
  if (!found && n->patch)
    found = hook_in(n->patch, key, text);
  if (!found)
    found = hook_in_tree(root, n, key, text);
  return found ? found : hook_in_tree(n->package, n, key, text);
}

// A text in quotes behind the key, or one that the file has elsewhere; else the key.
static bool hook_in_call(const Node *n, Str key, Str text, Source *out) {
  Span at;
  if (!n->source || val_get(n->config_call, key).kind == VAL_UNDEF ||
      !config_call_place(n->source, key, &at))
    return false;
  Str file = n->source->text;
  out->made_by = n->source;
  out->made_at = at;
  for (size_t i = (size_t)at.at + at.len; i < file.len; i++) {
    Span rest = {(uint32_t)i, (uint32_t)(file.len - i)};
    if ((file.ptr[i] != '\'' && file.ptr[i] != '"') ||
        !source_is_written(text, str_sub(file, i, file.len)))
      continue;
    out->made_at = rest;
    return true;
  }
  ptrdiff_t whole = str_find(file, str_trim(text), 0);
  if (whole >= 0)
    out->made_at = (Span){(uint32_t)whole, (uint32_t)(file.len - (size_t)whole)};
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

const Source *node_hook_source(Arena *a, const Node *n, const Package *root, Str text, Str *key) {
  static const Str keys[] = {STR_INIT("pre-hook"), STR_INIT("post-hook")};
  for (size_t k = 0; k < 2; k++) {
    if (!has_hook(n, keys[k], text))
      continue;
    Source *src = arena_new(a, Source);
    *src = (Source){.path = n->original_path, .text = text};
    const Yaml *y = hook_in_yaml(n, root, keys[k], text);
    if (y) {
      src->made_by = y->src;
      src->made_at = y->span;
    } else if (!hook_in_call(n, keys[k], text, src)) {
      src->made_by = n->source;
    }
    *key = keys[k];
    return src;
  }
  return NULL;
}
