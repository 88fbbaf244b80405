// In: a value. Out: YAML as PyYAML's safe_dump writes it in block style, through libyaml's emitter
// (the same rules of quoting and folding). Lists and dicts that occur twice get an anchor.
#include "../base/ptr_map.h"
#include "../base/sort.h"
#include "../template/ops.h"
#include "../value/bigint.h"
#include "../value/json.h"
#include "yaml.h"
#include "yaml_scalar.h"

#include <math.h>
#include <stdlib.h>
#include <yaml.h>

typedef struct Dumper {
  yaml_emitter_t emitter;
  Arena arena;
  bool sort_keys;
  PtrMap met;  // a list or dict -> Met
  int anchors; // handed out so far
  int depth;
} Dumper;

typedef struct Met {
  int anchor;   // number of its anchor; 0: it occurs once
  bool written; // its anchor is out: from now on an alias
} Met;

static int append(void *data, unsigned char *bytes, size_t n) {
  buf_add(data, str_n((const char *)bytes, n));
  return 1;
}

static const void *identity(Value v) {
  if (v.kind == VAL_LIST || (v.kind == VAL_TUPLE && v.list->n))
    return v.list;
  return v.kind == VAL_DICT || v.kind == VAL_SET ? (const void *)v.dict : NULL;
}

static Met *met(Dumper *d, const void *at) {
  Met *m = ptr_map_get(&d->met, at);
  if (m)
    return m;
  m = arena_new(&d->arena, Met);
  ptr_map_put(&d->arena, &d->met, at, m);
  return NULL;
}

// Finds what occurs twice, numbering anchors in the order in which the second places come up.
static void look_over(Dumper *d, Value v) {
  const void *at = identity(v);
  if (!at || d->depth >= JSON_DEPTH)
    return;
  Met *m = met(d, at);
  if (m) {
    if (!m->anchor)
      m->anchor = ++d->anchors;
    return;
  }
  d->depth++;
  if (val_is_seq(v)) {
    for (size_t i = 0; i < v.list->n; i++)
      look_over(d, v.list->items[i]);
  } else {
    size_t next = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &next));) {
      look_over(d, e->key);
      look_over(d, e->value);
    }
  }
  d->depth--;
}

static void emit(Dumper *d, yaml_event_t *e) { yaml_emitter_emit(&d->emitter, e); }

static void emit_scalar(Dumper *d, Str text, bool plain, bool quoted) {
  yaml_event_t e;
  yaml_scalar_event_initialize(&e, NULL, (const yaml_char_t *)YAML_STR_TAG,
                               (const yaml_char_t *)text.ptr, (int)text.len, plain, quoted,
                               YAML_ANY_SCALAR_STYLE);
  emit(d, &e);
}

static void emit_text(Dumper *d, Str text) {
  bool is_text = yaml_resolve(text) == TAG_STR;
  emit_scalar(d, text.ptr ? text : STR(""), is_text, true);
}

// Python's repr, in lower case, with a point before the exponent so that it reads back as a float.
static void emit_float(Dumper *d, double f) {
  if (isnan(f) || isinf(f)) {
    emit_scalar(d, isnan(f) ? STR(".nan") : f < 0 ? STR("-.inf") : STR(".inf"), true, false);
    return;
  }
  Buf b = {.arena = &d->arena};
  val_print_float(&b, f);
  const char *e = memchr(b.ptr, 'e', b.len);
  if (e && !memchr(b.ptr, '.', b.len)) {
    Str mantissa = str_n(b.ptr, (size_t)(e - b.ptr));
    Buf with = {.arena = &d->arena};
    buf_addf(&with, "%.*s.0%.*s", STR_ARG(mantissa), (int)(b.len - mantissa.len), e);
    b = with;
  }
  emit_scalar(d, buf_str(&b), true, false);
}

static void emit_value(Dumper *d, Value v);

typedef struct Pair {
  Value key, value;
} Pair;

static int by_key(const void *x, const void *y) {
  Value a = ((const Pair *)x)->key, b = ((const Pair *)y)->key;
  if (a.kind == VAL_STR)
    return str_cmp(val_text(a), val_text(b));
  if (a.kind == VAL_FLOAT || b.kind == VAL_FLOAT) {
    double l = a.kind == VAL_FLOAT ? a.f : bigint_to_double(a);
    double r = b.kind == VAL_FLOAT ? b.f : bigint_to_double(b);
    return (l > r) - (l < r);
  }
  return bigint_cmp(a, b);
}

// Keys that Python cannot order among each other stay in their order.
static bool can_order(const Pair *pairs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool text = pairs[i].key.kind == VAL_STR;
    if ((!text && !val_is_number(pairs[i].key)) || text != (pairs[0].key.kind == VAL_STR))
      return false;
  }
  return n > 0;
}

static void emit_dict(Dumper *d, const Dict *dict, bool is_set, const yaml_char_t *anchor) {
  yaml_event_t e;
  const char *tag = is_set ? "tag:yaml.org,2002:set" : YAML_MAP_TAG;
  yaml_mapping_start_event_initialize(&e, anchor, (const yaml_char_t *)tag, !is_set,
                                      YAML_BLOCK_MAPPING_STYLE);
  emit(d, &e);
  Pair *pairs = arena_array(&d->arena, Pair, dict->n);
  size_t next = 0, n = 0;
  for (DictEntry *entry; (entry = dict_next(dict, &next));)
    pairs[n++] = (Pair){entry->key, is_set ? val_none() : entry->value};
  if ((d->sort_keys || is_set) && can_order(pairs, n))
    sort_items(pairs, n, sizeof *pairs, by_key);
  for (size_t i = 0; i < n; i++) {
    emit_value(d, pairs[i].key);
    emit_value(d, pairs[i].value);
  }
  yaml_mapping_end_event_initialize(&e);
  emit(d, &e);
}

static void emit_list(Dumper *d, const List *list, const yaml_char_t *anchor) {
  yaml_event_t e;
  yaml_sequence_start_event_initialize(&e, anchor, (const yaml_char_t *)YAML_SEQ_TAG, 1,
                                       YAML_BLOCK_SEQUENCE_STYLE);
  emit(d, &e);
  for (size_t i = 0; i < list->n; i++)
    emit_value(d, list->items[i]);
  yaml_sequence_end_event_initialize(&e);
  emit(d, &e);
}

static void emit_collection(Dumper *d, Value v) {
  Met *m = met(d, identity(v) ? identity(v) : (const void *)v.list);
  char name[24] = "";
  if (m && m->anchor)
    snprintf(name, sizeof name, "id%03d", m->anchor);
  if (m && m->written) {
    yaml_event_t e;
    yaml_alias_event_initialize(&e, (const yaml_char_t *)name);
    emit(d, &e);
    return;
  }
  if (d->depth >= JSON_DEPTH) {
    emit_scalar(d, STR("null"), true, false);
    return;
  }
  if (m)
    m->written = m->anchor != 0;
  const yaml_char_t *anchor = *name ? (const yaml_char_t *)name : NULL;
  d->depth++;
  if (val_is_seq(v))
    emit_list(d, v.list, anchor);
  else
    emit_dict(d, v.dict, v.kind == VAL_SET, anchor);
  d->depth--;
}

static void emit_value(Dumper *d, Value v) {
  Buf b = {.arena = &d->arena};
  switch ((ValueKind)v.kind) {
  case VAL_NONE:
  case VAL_UNDEF:
    emit_scalar(d, STR("null"), true, false);
    break;
  case VAL_BOOL:
    emit_scalar(d, v.b ? STR("true") : STR("false"), true, false);
    break;
  case VAL_INT:
  case VAL_BIGINT:
    val_print(&b, v);
    emit_scalar(d, buf_str(&b), true, false);
    break;
  case VAL_FLOAT:
    emit_float(d, v.f);
    break;
  case VAL_LIST:
  case VAL_TUPLE:
  case VAL_DICT:
  case VAL_SET:
    emit_collection(d, v);
    break;
  case VAL_STR:
    emit_text(d, val_text(v));
    break;
  case VAL_FUNC:
  case VAL_OBJECT:
    val_print(&b, v);
    if (val_is_type(v, &date_type) || val_is_type(v, &datetime_type))
      emit_scalar(d, buf_str(&b), true, false);
    else
      emit_text(d, buf_str(&b));
    break;
  }
}

void yaml_dump(Buf *out, Value v, bool sort_keys) {
  Dumper d = {.sort_keys = sort_keys};
  look_over(&d, v);
  d.depth = 0;
  size_t from = out->len;
  yaml_event_t e;
  if (!yaml_emitter_initialize(&d.emitter))
    return;
  yaml_emitter_set_output(&d.emitter, append, out);
  yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING);
  emit(&d, &e);
  yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1);
  emit(&d, &e);
  emit_value(&d, v);
  yaml_document_end_event_initialize(&e, 1);
  emit(&d, &e);
  yaml_stream_end_event_initialize(&e);
  emit(&d, &e);
  yaml_emitter_delete(&d.emitter);
  arena_free(&d.arena);
  // A bare scalar without quotes ends the document itself.
  bool bare = out->len > from && !identity(v) && out->ptr[from] != '\'' && out->ptr[from] != '"';
  if (bare && !(out->len - from >= 4 && memcmp(out->ptr + out->len - 4, "...\n", 4) == 0))
    buf_adds(out, "...\n");
}
