// See functions.h. A function is named where all words of its name stand in the texts: a name in
// quotes can have several.
#include "functions.h"

#include <string.h>

// --- names

Str function_name(Str key) {
  size_t from = 0, at = 0;
  for (bool quoted = false; at < key.len && (quoted || key.ptr[at] != '('); at++) {
    quoted ^= key.ptr[at] == '"';
    if (!quoted && key.ptr[at] == '.')
      from = at + 1;
  }
  Str name = str_sub(key, from, at);
  bool quotes = name.len > 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"';
  return quotes ? str_sub(name, 1, name.len - 1) : name;
}

static Str lower(Arena *a, Str text) {
  char *out = arena_array(a, char, text.len + 1);
  for (size_t i = 0; i < text.len; i++)
    out[i] = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] + 32) : text.ptr[i];
  return (Str){out, text.len};
}

// The next word of a text at or after *at. False: there is none.
static bool next_word(Str text, size_t *at, Str *word) {
  while (*at < text.len && !str_word_char(text.ptr[*at]))
    ++*at;
  size_t from = *at;
  while (*at < text.len && str_word_char(text.ptr[*at]))
    ++*at;
  *word = str_sub(text, from, *at);
  return word->len > 0;
}

static void add_words(Arena *a, Map *words, Str text) {
  Str all = lower(a, text), word;
  for (size_t at = 0; next_word(all, &at, &word);)
    map_add(a, words, word);
}

static Map words_of_project(const Run *r, Arena *a) {
  Map words = {0};
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    if (n->source)
      add_words(a, &words, n->source->text);
    if (n->test)
      add_words(a, &words, val_to_str(a, n->test->kwargs));
  }
  for (size_t i = 0; i < r->graph->nmacros; i++) {
    const MacroEntry *m = r->graph->macros[i];
    if (!m->package->is_internal)
      add_words(a, &words,
                str_sub(m->macro->source->text, m->macro->span.at,
                        m->macro->span.at + m->macro->span.len));
  }
  return words;
}

static bool is_named(Arena *a, const Map *words, Str key) {
  Str name = lower(a, function_name(key)), word;
  for (size_t at = 0; next_word(name, &at, &word);)
    if (!map_get(words, word))
      return false;
  return true;
}

// Those that the project and a text name, and those that their texts name.
static Map all_named(const Run *r, Arena *a, const Dict *functions, Str text) {
  Map words = words_of_project(r, a), named = {0};
  size_t before, at;
  add_words(a, &words, text);
  do {
    before = named.n;
    at = 0;
    for (DictEntry *e; (e = dict_next(functions, &at));)
      if (is_named(a, &words, val_text(e->key)) && map_add(a, &named, val_text(e->key)))
        add_words(a, &words, val_text(e->value));
  } while (named.n > before);
  return named;
}

// --- secrets

// Whether what follows a word gives it a value: password=.., password => '..', 'password', '..'.
static bool has_value(Str rest) {
  size_t at = 0;
  bool quoted = false;
  for (; at < rest.len && (str_space_char(rest.ptr[at]) || strchr("'\"`", rest.ptr[at])); at++)
    quoted |= !str_space_char(rest.ptr[at]);
  char next = at < rest.len ? rest.ptr[at] : ' ';
  return next == '=' || next == ':' || (next == ',' && quoted);
}

// Whether an address has a password: what follows the slashes is `user:pass@`.
static bool has_user(Str rest) {
  size_t at = 0;
  bool colon = false;
  for (; at < rest.len && !str_space_char(rest.ptr[at]) && !strchr("/'\"?#", rest.ptr[at]); at++) {
    if (rest.ptr[at] == '@')
      return colon;
    colon |= rest.ptr[at] == ':';
  }
  return false;
}

static bool has_secret(Arena *a, Str text) {
  static const char *const words[] = {"password",   "passwd",  "passphrase", "secret",
                                      "access_key", "api_key", "token",      NULL};
  Str all = lower(a, text);
  for (size_t i = 0; words[i]; i++)
    for (ptrdiff_t at = 0; (at = str_find(all, str_c(words[i]), (size_t)at)) >= 0; at++)
      if (has_value(str_sub(all, (size_t)at + strlen(words[i]), all.len)))
        return true;
  for (ptrdiff_t at = 0; (at = str_find(all, STR("://"), (size_t)at)) >= 0; at++)
    if (has_user(str_sub(all, (size_t)at + 3, all.len)))
      return true;
  return false;
}

// --- what is kept

Value functions_kept(Run *r, Value functions) {
  Arena a = {0};
  Map all = all_named(r, &a, functions.dict, (Str){0});
  Value out = val_dict(&r->arena);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(functions.dict, &at));) {
    Str key = val_text(e->key), text = val_text(e->value);
    bool named = map_get(&all, key), secret = named && has_secret(&a, text);
    if (secret)
      run_tell(r, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN},
               "the text of function '%.*s' seems to have a password: schemas.lock.json has its "
               "name alone, and what needs it is not checked",
               STR_ARG(key));
    dict_sets(&r->arena, out.dict, key, val_str(named && !secret ? text : STR("")));
  }
  arena_free(&a);
  return out;
}

Value types_kept(Run *r, Value types, Str columns) {
  Arena a = {0};
  Map all = all_named(r, &a, types.dict, columns);
  Value out = val_dict(&r->arena);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(types.dict, &at));)
    if (map_get(&all, val_text(e->key)))
      dict_set(&r->arena, out.dict, e->key, e->value);
  arena_free(&a);
  return out;
}
