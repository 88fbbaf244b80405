// In: a YAML text. Out: a tree in an arena, with a place for every node. libyaml scans and parses;
// what PyYAML's safe loader does on top (types, merge keys, aliases) is done here. Duplicate keys
// are errors. Writing YAML is yaml_dump.c's.
#include "yaml.h"
#include "../base/map.h"
#include "../base/utf8.h"
#include "../base/vec.h"
#include "yaml_explain.h"
#include "yaml_scalar.h"

#include <yaml.h>

enum {
  NESTING = 1000,        // lists and dicts inside each other
  ALIASED = 1000 * 1000, // nodes that aliases may stand for in one file, all together
  BLOCK = 256            // characters between two known byte offsets
};

typedef struct Anchor {
  Yaml *node;      // NULL while it is being read
  uint32_t weight; // nodes in it, aliases expanded
} Anchor;

typedef struct Loader {
  Arena *arena;
  const Source *src;
  Diags *diags;
  yaml_parser_t parser;
  Map anchors;
  uint32_t *offsets; // byte offset of character i * BLOCK; NULL: all ASCII, index is offset
  size_t bom;        // bytes before the text proper
  uint64_t aliased;
  unsigned depth;
  bool bad; // an error was recorded; reading goes on to find more where it can
} Loader;

// --- places. libyaml counts characters, we count bytes.
static void index_offsets(Loader *l, Str text) {
  if (utf8_ascii(text))
    return;
  size_t n = 0;
  l->offsets = arena_array(l->arena, uint32_t, text.len / BLOCK + 2);
  for (size_t at = 0; at < text.len; at++)
    if (((unsigned char)text.ptr[at] & 0xC0) != 0x80 && n++ % BLOCK == 0)
      l->offsets[(n - 1) / BLOCK] = (uint32_t)at;
}

static uint32_t byte_of(const Loader *l, yaml_mark_t mark) {
  size_t len = l->src->text.len - l->bom;
  if (!l->offsets)
    return (uint32_t)(l->bom + (mark.index < len ? mark.index : len));
  const char *text = l->src->text.ptr + l->bom;
  size_t at = l->offsets[mark.index / BLOCK], left = mark.index % BLOCK;
  for (; left && at < len; left--)
    for (at++; at < len && ((unsigned char)text[at] & 0xC0) == 0x80;)
      at++;
  return (uint32_t)(l->bom + at);
}

static Span span_of(const Loader *l, const yaml_event_t *e) {
  uint32_t from = byte_of(l, e->start_mark), to = byte_of(l, e->end_mark);
  return (Span){from, to > from ? to - from : 0};
}

static Diag *complain(Loader *l, Span span, const char *what, const char *hint) {
  l->bad = true;
  Diag *f = diag_at(l->diags, SEV_ERROR, CODE_YAML_SYNTAX, l->src, span, "%s", what);
  if (hint)
    diag_hint(l->diags, f, "%s", hint);
  return f;
}

// --- errors of the scanner and parser, in our words where theirs do not help
static const struct {
  const char *problem; // a part of libyaml's text
  char found;          // the character at the place; 0: any
  const char *message, *hint;
} problems[] = {
    {"cannot start any token",              '\t', "a tab where YAML wants spaces",              "indent with spaces"},
    {"cannot start any token",              '@',  "a value cannot start with '@'",              "put it in quotes"  },
    {"cannot start any token",              '`',  "a value cannot start with '`'",              "put it in quotes"  },
    {"cannot start any token",              '%',  "a value cannot start with '%'",              "put it in quotes"  },
    {"found a tab character",               0,    "a tab where YAML wants spaces",              "indent with spaces"},
    {"mapping values are not allowed",      0,    "a ':' that does not belong here",
     "put the text in quotes if it holds ': ', else check the indent"                                               },
    {"could not find expected ':'",         0,    "a key without ':'",
     "check the indent and the quotes above"                                                                        },
    {"unexpected end of stream",            0,    "the quotes that open here are not closed",   NULL                },
    {"unexpected document indicator",       0,    "the quotes are not closed before '---'",     NULL                },
    {"did not find expected <block end>",   0,    "this does not fit the lines above",
     "check the indent: items of one list or dict start in one column"                                              },
    {"did not find expected key",           0,    "a key was expected here",
     "check the indent and the quotes above"                                                                        },
    {"did not find expected '-' indicator", 0,    "a list item ('- ...') was expected here",
     "check the indent"                                                                                             },
    {"',' or ']'",                          0,    "',' or ']' was expected here",               NULL                },
    {"',' or '}'",                          0,    "',' or '}' was expected here",               NULL                },
    {"undefined alias",                     0,    "no anchor of that name stands above",        NULL                },
    {"block sequence entries are not",      0,    "a list item ('- ...') does not belong here",
     "start it on a line of its own"                                                                                },
    {"unknown escape character",            0,    "no such escape in double quotes",
     "use single quotes for text with backslashes, or write '\\\\'"                                                 },
    {"control characters are not",          0,    "a control character",
     "remove it, or write it as an escape in double quotes"                                                         },
};

static char char_at(const Loader *l, uint32_t at) {
  return at < l->src->text.len ? l->src->text.ptr[at] : 0;
}

typedef struct At {
  const Source *src;
  uint32_t at;
} At;

static bool starts_at(void *data, const Diag *f) {
  const At *at = data;
  return f->source == at->src && f->span.at == at->at && f->code == CODE_YAML_SYNTAX;
}

static void parser_failed(Loader *l) {
  const yaml_parser_t *p = &l->parser;
  yaml_mark_t mark = p->problem_mark;
  const char *problem = p->problem ? p->problem : "it cannot be read";
  Span span = {byte_of(l, mark), 0};
  if (p->error == YAML_READER_ERROR)
    span.at = (uint32_t)(l->bom + p->problem_offset);
  if (strstr(problem, "unexpected end of stream") && p->context)
    span.at = byte_of(l, p->context_mark);
  YamlWhy why;
  if (p->error != YAML_READER_ERROR && yaml_explain(l->arena, l->src->text, span.at, &why)) {
    diags_drop(l->diags, NULL, starts_at, &(At){l->src, why.span.at}); // the start of the same
    Diag *d = complain(l, why.span, why.message.ptr, NULL);
    if (why.hint.len)
      diag_hint(l->diags, d, "%.*s", STR_ARG(why.hint));
    return;
  }
  char found = char_at(l, span.at);
  span.len = found && found != '\n' && found != '\r';
  for (size_t i = 0; i < COUNT(problems); i++)
    if (strstr(problem, problems[i].problem) &&
        (!problems[i].found || problems[i].found == found)) {
      complain(l, span, problems[i].message, problems[i].hint);
      return;
    }
  char message[256];
  snprintf(message, sizeof message, "not valid YAML: %s%s%s", problem, p->context ? " " : "",
           p->context ? p->context : "");
  complain(l, span, message, NULL);
}

static bool next_event(Loader *l, yaml_event_t *e) {
  if (yaml_parser_parse(&l->parser, e))
    return true;
  parser_failed(l);
  return false;
}

// --- nodes
static Yaml *new_node(Loader *l, YamlKind kind, Span span) {
  Yaml *y = arena_alloc(l->arena, sizeof *y);
  *y = (Yaml){.kind = kind, .span = span, .src = l->src};
  return y;
}

static const struct {
  const char *tag;
  YamlTag means;
} tags[] = {
    {YAML_STR_TAG,               TAG_STR      },
    {YAML_INT_TAG,               TAG_INT      },
    {YAML_FLOAT_TAG,             TAG_FLOAT    },
    {YAML_BOOL_TAG,              TAG_BOOL     },
    {YAML_NULL_TAG,              TAG_NULL     },
    {YAML_TIMESTAMP_TAG,         TAG_TIMESTAMP},
    {"tag:yaml.org,2002:binary", TAG_BINARY   },
    {"tag:yaml.org,2002:merge",  TAG_MERGE    },
    {"tag:yaml.org,2002:value",  TAG_VALUE    },
};

static void unknown_tag(Loader *l, Span span, const char *tag) {
  char message[160];
  if (strncmp(tag, "tag:yaml.org,2002:", 18) == 0)
    snprintf(message, sizeof message, "the tag '!!%.100s' does not fit here", tag + 18);
  else
    snprintf(message, sizeof message, "unknown tag '%.100s'", tag);
  complain(l, span, message, "put the text in quotes if it should start with '!'");
}

static YamlTag scalar_tag(Loader *l, const yaml_event_t *e, Str text, Span span) {
  const char *tag = (const char *)e->data.scalar.tag;
  if (tag && strcmp(tag, "!") != 0) {
    for (size_t i = 0; i < COUNT(tags); i++)
      if (strcmp(tag, tags[i].tag) == 0)
        return tags[i].means;
    unknown_tag(l, span, tag);
    return TAG_STR;
  }
  return e->data.scalar.plain_implicit ? yaml_resolve(text) : TAG_STR;
}

// Most scalars stand in the file as they mean: these are slices of it.
static Str scalar_text(Loader *l, const yaml_event_t *e, Span span) {
  Str text = str_n((const char *)e->data.scalar.value, e->data.scalar.length);
  bool quoted = e->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                e->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  size_t from = span.at + quoted;
  bool as_written = from + text.len <= l->src->text.len &&
                    str_eq(str_sub(l->src->text, from, from + text.len), text);
  return as_written ? str_sub(l->src->text, from, from + text.len) : str_dup(l->arena, text);
}

static Yaml *scalar(Loader *l, const yaml_event_t *e, YamlTag *tag) {
  Yaml *y = new_node(l, YAML_SCALAR, span_of(l, e));
  y->text = scalar_text(l, e, y->span);
  y->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  *tag = scalar_tag(l, e, y->text, y->span);
  const char *why = yaml_construct(l->arena, *tag, y->text, &y->scalar);
  if (why) {
    char message[200];
    snprintf(message, sizeof message, "'%.*s' %s", (int)(y->text.len < 80 ? y->text.len : 80),
             y->text.ptr, why);
    complain(l, y->span, message, "put it in quotes to keep it as text");
    y->scalar = val_str(y->text);
  }
  return y;
}

// --- dicts
typedef VEC(YamlEntry) Entries;

// A dict being read: what merge keys bring goes in front, as PyYAML does it.
typedef struct Building {
  Entries own, merged;
  Dict seen; // keys of `own`, only used once there are many
} Building;

enum { FEW = 8 };

static bool same_key(const Yaml *a, const Yaml *b) {
  return a->kind == YAML_SCALAR && b->kind == YAML_SCALAR && val_eq(a->scalar, b->scalar);
}

static YamlEntry *earlier_key(Loader *l, Building *b, const Yaml *key) {
  if (b->own.n < FEW) {
    for (size_t i = 0; i < b->own.n; i++)
      if (same_key(b->own.items[i].key, key))
        return &b->own.items[i];
    return NULL;
  }
  for (size_t i = b->seen.n; i < b->own.n; i++)
    dict_set(l->arena, &b->seen, b->own.items[i].key->scalar, val_int((int64_t)i));
  const Value *at = dict_get(&b->seen, key->scalar);
  return at ? &b->own.items[at->i] : NULL;
}

// Of a key that is given twice the later value holds, at the place of the earlier, as in PyYAML.
static void add_own(Loader *l, Building *b, Yaml *key, Yaml *value) {
  YamlEntry *first = earlier_key(l, b, key);
  if (first) {
    Diag *f = diag_at(l->diags, SEV_WARNING, CODE_YAML_DUPLICATE_KEY, l->src, key->span,
                      "the key '%.*s' is given twice: this one holds",
                      (int)(key->text.len < 100 ? key->text.len : 100), key->text.ptr);
    diag_note(l->diags, f, l->src, first->key->span, "it is first given here");
    *first = (YamlEntry){key, value};
    return; // `seen` and `own` stay in step
  }
  YamlEntry entry = {key, value};
  vec_push(l->arena, &b->own, entry);
}

static void merge_dict(Loader *l, Building *b, const Yaml *from) {
  for (size_t i = 0; i < from->n; i++)
    vec_push(l->arena, &b->merged, from->entries[i]);
}

// << takes a dict, or a list of dicts of which the first wins.
static void merge(Loader *l, Building *b, const Yaml *value) {
  bool fits = value->kind == YAML_DICT;
  if (value->kind == YAML_LIST) {
    fits = true;
    for (size_t i = 0; i < value->n; i++)
      fits = fits && value->items[i]->kind == YAML_DICT;
  }
  if (!fits) {
    complain(l, value->span, "'<<' takes a dict or a list of dicts", "as in '<<: *name'");
    return;
  }
  if (value->kind == YAML_DICT)
    merge_dict(l, b, value);
  else
    for (size_t i = value->n; i-- > 0;)
      merge_dict(l, b, value->items[i]);
}

// Merged entries first, own ones over them; a key keeps the place where it came up first.
static void put_together(Loader *l, Yaml *y, Building *b) {
  if (!b->merged.n) {
    y->entries = b->own.items;
    y->n = b->own.n;
    return;
  }
  Dict places = {0};
  Entries all = {0};
  const Entries *parts[] = {&b->merged, &b->own};
  for (size_t part = 0; part < 2; part++)
    for (size_t i = 0; i < parts[part]->n; i++) {
      YamlEntry e = parts[part]->items[i];
      const Value *at = dict_get(&places, e.key->scalar);
      if (at) {
        all.items[at->i] = e;
        continue;
      }
      dict_set(l->arena, &places, e.key->scalar, val_int((int64_t)all.n));
      vec_push(l->arena, &all, e);
    }
  y->entries = all.items;
  y->n = all.n;
}

static Yaml *node(Loader *l, yaml_event_t *e, uint32_t *weight, YamlTag *tag);

static void bad_key(Loader *l, const Yaml *key) {
  bool braces = char_at(l, key->span.at) == '{';
  Str text = l->src->text;
  ptrdiff_t end = braces ? str_find(text, STR("}}"), key->span.at) : -1;
  if (end > 0 && key->span.at && text.ptr[key->span.at - 1] == '{') { // "{{ x }}"
    Span whole = {key->span.at - 1, (uint32_t)end + 3 - key->span.at};
    Str written = str_sub(text, whole.at, whole.at + whole.len);
    const char quote = str_find(written, STR("\""), 0) < 0 ? '"' : '\'';
    Diag *d = complain(l, whole, "a template must stand in quotes here", NULL);
    diag_hint(l->diags, d, "write %c%.*s%c", quote, STR_ARG(written), quote);
    return;
  }
  complain(l, key->span,
           key->kind == YAML_DICT ? "a dict cannot be a key" : "a list cannot be a key", NULL);
}

static bool collection_tag(Loader *l, const yaml_char_t *tag, Span span,
                           const char *const *allowed) {
  if (!tag || strcmp((const char *)tag, "!") == 0)
    return true;
  for (; *allowed; allowed++)
    if (strcmp((const char *)tag, *allowed) == 0)
      return true;
  unknown_tag(l, span, (const char *)tag);
  return false;
}

// Reads up to the end of the dict. False: the parser gave up.
static bool dict_entries(Loader *l, Yaml *y, uint32_t *weight) {
  Building b = {0};
  for (;;) {
    yaml_event_t e;
    if (!next_event(l, &e))
      return false;
    if (e.type == YAML_MAPPING_END_EVENT) {
      if (y->flow)
        y->span.len = byte_of(l, e.end_mark) - y->span.at;
      yaml_event_delete(&e);
      break;
    }
    YamlTag key_tag = TAG_STR, unused;
    Yaml *key = node(l, &e, weight, &key_tag);
    if (!key || !next_event(l, &e))
      return false;
    Yaml *value = node(l, &e, weight, &unused);
    if (!value)
      return false;
    if (key->kind != YAML_SCALAR)
      bad_key(l, key);
    else if (key_tag == TAG_MERGE)
      merge(l, &b, value);
    else
      add_own(l, &b, key, value);
  }
  put_together(l, y, &b);
  return true;
}

static bool list_items(Loader *l, Yaml *y, uint32_t *weight) {
  VEC(Yaml *) items = {0};
  for (;;) {
    yaml_event_t e;
    if (!next_event(l, &e))
      return false;
    if (e.type == YAML_SEQUENCE_END_EVENT) {
      if (y->flow)
        y->span.len = byte_of(l, e.end_mark) - y->span.at;
      yaml_event_delete(&e);
      break;
    }
    YamlTag unused;
    Yaml *item = node(l, &e, weight, &unused);
    if (!item)
      return false;
    vec_push(l->arena, &items, item);
  }
  y->items = items.items;
  y->n = items.n;
  return true;
}

static Yaml *collection(Loader *l, const yaml_event_t *e, uint32_t *weight) {
  static const char *const for_dicts[] = {YAML_MAP_TAG, "tag:yaml.org,2002:set", NULL};
  static const char *const for_lists[] = {YAML_SEQ_TAG, "tag:yaml.org,2002:omap",
                                          "tag:yaml.org,2002:pairs", NULL};
  bool dict = e->type == YAML_MAPPING_START_EVENT;
  Yaml *y = new_node(l, dict ? YAML_DICT : YAML_LIST, (Span){byte_of(l, e->start_mark), 0});
  y->flow = dict ? e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                 : e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
  collection_tag(l, dict ? e->data.mapping_start.tag : e->data.sequence_start.tag, y->span,
                 dict ? for_dicts : for_lists);
  if (++l->depth > NESTING) {
    complain(l, y->span, "it nests more than 1000 deep", NULL);
    return NULL;
  }
  if (!(dict ? dict_entries : list_items)(l, y, weight))
    return NULL;
  l->depth--;
  return y;
}

static Yaml *alias(Loader *l, const yaml_event_t *e, uint32_t *weight) {
  Span span = span_of(l, e);
  const Anchor *a = map_get(&l->anchors, str_c((const char *)e->data.alias.anchor));
  if (!a) {
    complain(l, span, "no anchor of that name stands above",
             "write '&name' before the value it is for");
    return NULL;
  }
  if (!a->node) {
    complain(l, span, "an alias inside the value that it stands for", NULL);
    return NULL;
  }
  l->aliased += a->weight;
  if (l->aliased > ALIASED) {
    complain(l, span, "aliases that stand for more than a million values",
             "write less of it with aliases");
    return NULL;
  }
  *weight += a->weight;
  return a->node;
}

static Anchor *new_anchor(Loader *l, const yaml_event_t *e) {
  const yaml_char_t *name = e->type == YAML_SCALAR_EVENT          ? e->data.scalar.anchor
                            : e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.anchor
                                                                  : e->data.sequence_start.anchor;
  if (!name)
    return NULL;
  Anchor *a = arena_new(l->arena, Anchor);
  map_put(l->arena, &l->anchors, str_dup(l->arena, str_c((const char *)name)), a);
  return a;
}

// The node that starts with this event, which it consumes. NULL: reading cannot go on.
static Yaml *node(Loader *l, yaml_event_t *e, uint32_t *weight, YamlTag *tag) {
  Yaml *y;
  uint32_t own = 1;
  *tag = TAG_STR;
  if (e->type == YAML_ALIAS_EVENT) {
    y = alias(l, e, weight);
    yaml_event_delete(e);
    return y;
  }
  Anchor *anchor = new_anchor(l, e);
  y = e->type == YAML_SCALAR_EVENT ? scalar(l, e, tag) : collection(l, e, &own);
  yaml_event_delete(e);
  if (anchor && y)
    *anchor = (Anchor){y, own};
  *weight += own;
  return y;
}

// --- the document
static Yaml *nothing(Loader *l) {
  Yaml *y = new_node(l, YAML_SCALAR, (Span){0, 0});
  y->scalar = val_none();
  return y;
}

// From the start of the stream to its end.
static Yaml *document(Loader *l) {
  Yaml *root = NULL;
  for (;;) {
    yaml_event_t e;
    if (!next_event(l, &e))
      return NULL;
    yaml_event_type_t type = e.type;
    if (type == YAML_STREAM_END_EVENT || type == YAML_STREAM_START_EVENT ||
        type == YAML_DOCUMENT_END_EVENT) {
      yaml_event_delete(&e);
    } else if (type == YAML_DOCUMENT_START_EVENT) {
      Span span = span_of(l, &e);
      yaml_event_delete(&e);
      if (root) {
        complain(l, span, "a second document", "one file holds one: remove the '---'");
        return NULL;
      }
    } else {
      uint32_t weight = 0;
      YamlTag unused;
      root = node(l, &e, &weight, &unused);
      if (!root)
        return NULL;
    }
    if (type == YAML_STREAM_END_EVENT)
      return root ? root : nothing(l);
  }
}

static bool decodes(Loader *l) {
  Str text = l->src->text;
  if (str_starts(text, STR("\xFF\xFE")) || str_starts(text, STR("\xFE\xFF"))) {
    complain(l, (Span){0, 0}, "the file is UTF-16", "save it as UTF-8");
    return false;
  }
  ptrdiff_t bad = utf8_invalid(text);
  if (bad < 0)
    return true;
  char message[96];
  snprintf(message, sizeof message, "byte %td (0x%02x) is not UTF-8", bad + 1,
           (unsigned char)text.ptr[bad]);
  complain(l, (Span){(uint32_t)bad, 1}, message, "save the file as UTF-8");
  return false;
}

Yaml *yaml_load(Arena *a, const Source *src, Diags *diags) {
  Loader l = {.arena = a, .src = src, .diags = diags};
  if (!decodes(&l))
    return NULL;
  l.bom = str_starts(src->text, STR("\xEF\xBB\xBF")) ? 3 : 0;
  Str text = str_sub(src->text, l.bom, src->text.len);
  index_offsets(&l, text);
  if (!yaml_parser_initialize(&l.parser))
    return NULL;
  yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&l.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                               text.len);
  Yaml *root = document(&l);
  yaml_parser_delete(&l.parser);
  return l.bad ? NULL : root;
}

// --- reading the tree
const YamlEntry *yaml_entry_near(const Yaml *y, size_t guess, Str key) {
  bool right =
      y && y->kind == YAML_DICT && guess < y->n && val_is_str(y->entries[guess].key->scalar, key);
  return right ? &y->entries[guess] : yaml_entry(y, key);
}

const YamlEntry *yaml_entry(const Yaml *y, Str key) {
  if (!y || y->kind != YAML_DICT)
    return NULL;
  for (size_t i = 0; i < y->n; i++)
    if (val_is_str(y->entries[i].key->scalar, key))
      return &y->entries[i];
  return NULL;
}

Yaml *yaml_get(const Yaml *y, Str key) {
  const YamlEntry *e = yaml_entry(y, key);
  return e ? e->value : NULL;
}

Yaml *yaml_item(const Yaml *y, size_t i) {
  return y && y->kind == YAML_LIST && i < y->n ? y->items[i] : NULL;
}

const Yaml *yaml_holding(const Yaml *y, Str part) {
  if (!y || y->kind == YAML_SCALAR)
    return y && str_holds(y->text, part) ? y : NULL;
  const Yaml *found = NULL;
  for (size_t i = 0; i < y->n && !found; i++) {
    found = yaml_holding(y->kind == YAML_LIST ? y->items[i] : y->entries[i].value, part);
    if (!found && y->kind == YAML_DICT)
      found = yaml_holding(y->entries[i].key, part);
  }
  return found;
}

Value yaml_value(Arena *a, const Yaml *y) {
  if (!y)
    return val_none();
  if (y->kind == YAML_SCALAR)
    return y->scalar;
  if (y->kind == YAML_LIST) {
    Value v = val_list(a, y->n);
    for (size_t i = 0; i < y->n; i++)
      list_push(a, v.list, yaml_value(a, y->items[i]));
    return v;
  }
  Value v = val_dict(a);
  dict_reserve(a, v.dict, y->n);
  for (size_t i = 0; i < y->n; i++)
    dict_set(a, v.dict, y->entries[i].key->scalar, yaml_value(a, y->entries[i].value));
  return v;
}

Str yaml_str(const Yaml *y) {
  return y && y->kind == YAML_SCALAR && y->scalar.kind == VAL_STR ? val_text(y->scalar) : (Str){0};
}

Str yaml_as_text(Arena *a, const Yaml *y) {
  return y && y->kind == YAML_SCALAR ? val_to_str(a, y->scalar) : (Str){0};
}

bool yaml_inline(Arena *a, Str text, Str name, Value *out, Diags *diags) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = name, .text = text};
  const Yaml *y = yaml_load(a, src, diags);
  if (!y)
    return false;
  *out = yaml_value(a, y);
  return true;
}
