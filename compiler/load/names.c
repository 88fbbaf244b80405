// In: a generic test's type, target and arguments. Out: its full name, its short one, its hash.
#include "names.h"

#include "../base/hash.h"
#include "../base/sort.h"
#include "../base/utf8.h"
#include "../base/vec.h"

#include <stdlib.h>

// --- names

static bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// str(v) with each run of other characters as one "_".
static void add_clean(Buf *out, Value v) {
  Buf text = {0};
  if (val_is(v, VAL_STR))
    buf_add(&text, val_text(v));
  else
    val_print(&text, v);
  for (size_t i = 0; i < text.len; i++) {
    if (is_word_char(text.ptr[i]))
      buf_addc(out, text.ptr[i]);
    else if (i == 0 || is_word_char(text.ptr[i - 1]))
      buf_addc(out, '_');
  }
  buf_free(&text);
}

static void add_part(Buf *out, bool *first, Value v) {
  if (!*first)
    buf_adds(out, "__");
  *first = false;
  add_clean(out, v);
}

static int by_key(const void *x, const void *y) {
  const DictEntry *const *a = x, *const *b = y;
  if (val_is((*a)->key, VAL_STR) && val_is((*b)->key, VAL_STR))
    return str_cmp(val_text((*a)->key), val_text((*b)->key));
  Buf s = {0}, t = {0};
  val_print(&s, (*a)->key);
  val_print(&t, (*b)->key);
  int c = str_cmp(buf_str(&s), buf_str(&t));
  buf_free(&s);
  buf_free(&t);
  return c;
}

// Live entries in the order of their keys.
static DictEntry **sorted(Arena *a, const Dict *d) {
  DictEntry **out = arena_array(a, DictEntry *, d->n + 1);
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));)
    out[n++] = e;
  sort_items(out, n, sizeof *out, by_key);
  return out;
}

static void add_values(Buf *out, bool *first, Value v) {
  if (val_is_seq(v)) {
    for (size_t i = 0; i < v.list->n; i++)
      add_part(out, first, v.list->items[i]);
  } else if (val_is(v, VAL_DICT)) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      add_part(out, first, e->value);
  } else {
    add_part(out, first, v);
  }
}

enum { LONGEST = 64, KEPT = 30 };

Str test_full_name(Arena *a, Str type, Str target, Value args, Str *brief) {
  Arena scratch = {0};
  Buf out = {.arena = &scratch};
  buf_addf(&out, "%.*s_%.*s", STR_ARG(type), STR_ARG(target));
  size_t head = out.len;
  bool first = true;
  if (val_is(args, VAL_DICT)) {
    DictEntry **entries = sorted(&scratch, args.dict);
    buf_addc(&out, '_');
    for (size_t i = 0; i < args.dict->n; i++)
      if (!val_is_str(entries[i]->key, STR("model")))
        add_values(&out, &first, entries[i]->value);
  }
  Str full = str_dup(a, buf_str(&out));
  arena_free(&scratch);
  *brief = full;
  if (utf8_count(full) >= LONGEST) {
    char md5[33];
    hash_md5_hex(full, md5);
    Str identifier = str_sub(full, 0, head);
    Str start = str_sub(identifier, 0, utf8_offset(identifier, KEPT));
    *brief = str_fmt(a, "%.*s_%s", STR_ARG(start), md5);
  }
  return full;
}

// --- hashes

// repr() of the value with dict keys sorted and every leaf as its str().
static void add_hashable(Arena *a, Buf *out, Value v) {
  if (val_is(v, VAL_DICT)) {
    DictEntry **entries = sorted(a, v.dict);
    buf_addc(out, '{');
    for (size_t i = 0; i < v.dict->n; i++) {
      if (i)
        buf_adds(out, ", ");
      val_repr(out, entries[i]->key);
      buf_adds(out, ": ");
      add_hashable(a, out, entries[i]->value);
    }
    buf_addc(out, '}');
  } else if (val_is(v, VAL_LIST)) {
    buf_addc(out, '[');
    for (size_t i = 0; i < v.list->n; i++) {
      if (i)
        buf_adds(out, ", ");
      add_hashable(a, out, v.list->items[i]);
    }
    buf_addc(out, ']');
  } else {
    val_repr(out, val_str(val_to_str(a, v)));
  }
}

Str test_hash(Arena *a, Str full, Value kwargs, Str name, Str ns) {
  Arena scratch = {0};
  Buf out = {.arena = &scratch};
  buf_add(&out, full);
  buf_adds(&out, "{'kwargs': ");
  add_hashable(&scratch, &out, kwargs);
  buf_adds(&out, ", 'name': ");
  val_repr(&out, val_str(name));
  buf_adds(&out, ", 'namespace': ");
  val_repr(&out, ns.len ? val_str(ns) : val_lit("None"));
  buf_addc(&out, '}');
  char md5[33];
  hash_md5_hex(buf_str(&out), md5);
  arena_free(&scratch);
  return str_fmt(a, "%s", md5 + 22);
}
