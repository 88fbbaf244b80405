// In: a node with its file, its properties and its project's files. Out: the place of a config key.
// Leaves what the key means to those who complain about it.
#include "config_place.h"

#include <ctype.h>

const ConfigKind node_config_kinds[NODE_KINDS] = {
    CONFIG_MODEL,       CONFIG_SEED,      CONFIG_SNAPSHOT, CONFIG_TEST,   CONFIG_NODE,
    CONFIG_NODE,        CONFIG_SOURCE,    CONFIG_EXPOSURE, CONFIG_METRIC, CONFIG_SEMANTIC_MODEL,
    CONFIG_SAVED_QUERY, CONFIG_UNIT_TEST, CONFIG_FUNCTION, CONFIG_LOAD};

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

static bool in_call(const Node *n, Str key, ConfigWritten *w) {
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
  *w = (ConfigWritten){n->source, value.len ? value : key_span, end < 0 ? text.len : (size_t)end,
                       NULL};
  return true;
}

// --- YAML

static size_t last_byte(const Yaml *y) {
  while (y->n && y->kind != YAML_SCALAR)
    y = y->kind == YAML_LIST ? y->items[y->n - 1] : y->entries[y->n - 1].value;
  return y->span.at + y->span.len;
}

static bool in_entry(const YamlEntry *e, ConfigWritten *w) {
  if (!e)
    return false;
  bool one = e->value->kind == YAML_SCALAR && e->value->span.len;
  *w = (ConfigWritten){e->key->src, one ? e->value->span : e->key->span, last_byte(e->value),
                       e->value};
  return true;
}

// What YAML says of the node; of a generic test its own entry.
static const Yaml *yaml_of(const Node *n) {
  const Yaml *y = n->test && n->test->yaml ? n->test->yaml : n->patch;
  return n->test && y && y->kind == YAML_DICT && y->n == 1 ? y->entries[0].value : y;
}

// The entry of the node's version in the list of its model's; NULL: there is none.
static const Yaml *version_of(const Node *n) {
  const Yaml *list = n->version.len && n->patch ? yaml_get(n->patch, STR("versions")) : NULL;
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
    const Yaml *v = yaml_get(list->items[i], STR("v"));
    if (v && str_eq(v->text, n->version))
      return list->items[i];
  }
  return NULL;
}

bool node_config_written(const Node *n, const Package *root, Str key, ConfigWritten *w) {
  const Yaml *y = yaml_of(n), *config = y ? yaml_get(y, STR("config")) : NULL;
  const Yaml *version = version_of(n);
  ConfigKind kind = node_config_kinds[n->kind];
  bool made = n->source && n->source->made_by; // its config() was written by nobody
  return (!made && in_call(n, key, w)) ||
         in_entry(yaml_entry(yaml_get(version, STR("config")), key), w) ||
         in_entry(yaml_entry(version, key), w) || in_entry(yaml_entry(config, key), w) ||
         in_entry(y ? yaml_entry(y, key) : NULL, w) ||
         (n->package != root && in_entry(config_tree_entry(root, kind, n->fqn, n->nfqn, key), w)) ||
         in_entry(config_tree_entry(n->package, kind, n->fqn, n->nfqn, key), w);
}

bool node_config_place(const Node *n, const Package *root, Str key, const Source **src,
                       Span *span) {
  ConfigWritten w;
  if (!node_config_written(n, root, key, &w))
    return false;
  *src = w.src;
  *span = w.span;
  return true;
}

// --- words

// The first place of a whole word in [from, end); -1: none.
static ptrdiff_t word_at(Str text, Str word, size_t from, size_t end) {
  return str_find_word(str_sub(text, 0, end), word, from);
}

static bool has_word(Value v, Str word) {
  if (v.kind == VAL_STR)
    return word_at(val_text(v), word, 0, val_text(v).len) >= 0;
  for (size_t i = 0; val_is_seq(v) && i < v.list->n; i++)
    if (has_word(v.list->items[i], word))
      return true;
  size_t at = 0;
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    if (has_word(e->key, word) || has_word(e->value, word))
      return true;
  return false;
}

bool node_config_word_of(const Node *n, const Package *root, Str key, Str word, const Source **src,
                         Span *span) {
  ConfigWritten w;
  if (!has_word(val_get(n->config, key), word) || !node_config_written(n, root, key, &w))
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

// --- what else YAML says

// Texts for people, and what belongs to other nodes.
static bool is_prose(Str key) {
  static const char *const keys[] = {"description", "meta",  "docs",       "tags",
                                     "data_tests",  "tests", "unit_tests", "versions"};
  for (size_t i = 0; i < COUNT(keys); i++)
    if (str_eq(key, str_c(keys[i])))
      return true;
  return false;
}

// Calls `see` for each scalar at or below y, prose aside, until it is true.
static bool each_scalar(const Yaml *y, bool (*see)(void *data, const Yaml *scalar), void *data) {
  if (y->kind == YAML_SCALAR)
    return see(data, y);
  for (size_t i = 0; i < y->n; i++) {
    const Yaml *below = y->kind == YAML_LIST ? y->items[i] : y->entries[i].value;
    bool prose = y->kind == YAML_DICT && is_prose(y->entries[i].key->text);
    if (!prose && each_scalar(below, see, data))
      return true;
  }
  return false;
}

typedef struct WordSearch {
  Str word;
  ConfigWritten found;
} WordSearch;

static bool has_the_word(void *data, const Yaml *y) {
  WordSearch *s = data;
  ptrdiff_t in = word_at(y->src->text, s->word, y->span.at, last_byte(y));
  if (in >= 0)
    s->found = (ConfigWritten){
        .src = y->src, .span = {(uint32_t)in, (uint32_t)s->word.len}
    };
  return in >= 0;
}

bool node_yaml_word(const Node *n, Str word, const Source **src, Span *span) {
  const Yaml *y = yaml_of(n);
  WordSearch s = {.word = word};
  if (!y || !word.len || !each_scalar(y, has_the_word, &s))
    return false;
  *src = s.found.src;
  *span = s.found.span;
  return true;
}

// --- pieces of a statement

typedef struct Piece {
  Str text;
  size_t at, len; // of the text
  size_t best;    // how much was found in one place
  ConfigWritten found;
} Piece;

static void piece_between(Piece *p, const Source *src, size_t from, size_t end) {
  size_t at, same = str_find_around(str_sub(src->text, from, end), p->text, p->at, p->len, &at);
  if (same <= p->best)
    return;
  p->best = same;
  p->found = (ConfigWritten){
      .src = src, .span = {(uint32_t)(from + at), (uint32_t)p->len}
  };
}

static bool piece_of_scalar(void *data, const Yaml *y) {
  piece_between(data, y->src, y->span.at, last_byte(y));
  return false;
}

bool node_written_piece(const Node *n, const Package *root, Str text, size_t at, size_t len,
                        const Source **src, Span *span) {
  enum { LEAST = 4, IN_FILE = 8 }; // what is shorter stands everywhere
  Piece p = {.text = text, .at = at, .len = len};
  const Yaml *y = yaml_of(n);
  if (!len || at + len > text.len)
    return false;
  size_t next = 0;
  ConfigWritten w;
  for (DictEntry *e; n->config.kind == VAL_DICT && (e = dict_next(n->config.dict, &next));)
    if (e->key.kind == VAL_STR && node_config_written(n, root, val_text(e->key), &w))
      piece_between(&p, w.src, w.span.at, w.end);
  if (y)
    each_scalar(y, piece_of_scalar, &p);
  if (p.best < LEAST && n->source && !n->source->made_by) { // a header that the file sets
    p.best = IN_FILE - 1;
    p.found = (ConfigWritten){0};
    piece_between(&p, n->source, 0, n->source->text.len);
  }
  *src = p.found.src;
  *span = p.found.span;
  return p.found.src && p.best >= LEAST;
}

// --- constraints

static const Yaml *constraint_in(const Yaml *y, Str type) {
  const Yaml *list = yaml_get(y, STR("constraints"));
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
    const Yaml *said = yaml_get(list->items[i], STR("type"));
    if (said && str_eq_nocase(yaml_str(said), type))
      return said;
  }
  return NULL;
}

bool node_constraint_place(const Node *n, Str type, Str about, const Source **src, Span *span) {
  const Yaml *y = n->patch, *columns = y ? yaml_get(y, STR("columns")) : NULL, *found = NULL;
  for (int named = 1; named >= 0 && !found; named--) {
    for (size_t i = 0; columns && columns->kind == YAML_LIST && i < columns->n && !found; i++) {
      const Yaml *name = yaml_get(columns->items[i], STR("name"));
      if (!named || (name && str_find(about, name->text, 0) >= 0))
        found = constraint_in(columns->items[i], type);
    }
    found = found || !y ? found : constraint_in(y, type);
  }
  if (found) {
    *src = found->src;
    *span = found->span;
  }
  return found != NULL;
}
