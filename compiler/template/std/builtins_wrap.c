// Filters that cut texts into lines. In: text. Out: text indented, wrapped or shortened.
#include "../ops_access.h"
#include "std.h"
#include "std_text.h"

static void spaces(Eval *ev, Buf *b, int64_t n) {
  if (n > (1 << 24))
    eval_fail(ev, "the text would be too long");
  for (; n > 0; n--)
    buf_addc(b, ' ');
}

Value f_indent(Eval *ev, const Value *v) {
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  if (v[0].kind != VAL_STR)
    eval_fail(ev, "unsupported operand type(s) for +=: '%s' and 'str'", val_type_name(v[0]));
  Arena *a = eval_arena(ev);
  Buf pad = {.arena = a}, b = {.arena = a};
  if (v[1].kind == VAL_STR)
    buf_add(&pad, val_text(v[1]));
  else
    spaces(ev, &pad, need_index(ev, v[1]));
  Value lines = str_splitlines(a, str_cat(a, val_text(v[0]), STR("\n")), false);
  for (size_t i = 0; i < lines.list->n; i++) {
    Str line = val_text(lines.list->items[i]);
    if (i)
      buf_addc(&b, '\n');
    if (i ? line.len || val_truth(v[3]) : val_truth(v[2])) {
      eval_step(ev, 1 + pad.len / 16);
      buf_add(&b, buf_str(&pad));
    }
    buf_add(&b, line);
  }
  return str_value(&b, v[0].flags);
}

Value f_truncate(Eval *ev, const Value *v) {
  int64_t end = ops_len(ev, v[3]), leeway = v[4].kind == VAL_NONE ? 5 : need_index(ev, v[4]);
  int64_t length = need_index(ev, v[1]);
  if (length < end)
    eval_fail(ev, "expected length >= %lld, got %lld", (long long)end, (long long)length);
  if (leeway < 0)
    eval_fail(ev, "expected leeway >= 0, got %lld", (long long)leeway);
  int64_t n = ops_len(ev, v[0]);
  if (leeway > INT64_MAX - length || n <= length + leeway)
    return v[0];
  Str s = need_str(ev, "truncate", v[0]), tail = need_str(ev, "truncate", v[3]);
  s = str_sub(s, 0, utf8_offset(s, (size_t)(length - end)));
  ptrdiff_t space = val_truth(v[2]) ? -1 : str_rfind(s, STR(" "));
  Buf b = {.arena = eval_arena(ev)};
  buf_add(&b, space < 0 ? s : str_sub(s, 0, (size_t)space));
  buf_add(&b, tail);
  return str_value(&b, v[0].flags);
}

// --- wordwrap, as Python's textwrap breaks lines
typedef struct Wrapper {
  Eval *ev;
  const uint32_t *c; // the line
  size_t n;
  int64_t width;
  bool break_words, on_hyphens;
  size_t *ends; // ends of chunks: words, hyphenated parts of words, white space
  size_t nends;
} Wrapper;

static bool is_ws(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool is_word(uint32_t c) { return c == '_' || utf8_isalpha(c) || utf8_isnumeric(c); }
static bool is_letter(uint32_t c) { return is_word(c) && !utf8_isdecimal(c); }
static bool is_punct(uint32_t c) {
  return is_word(c) || c == '!' || c == '"' || c == '\'' || c == '&' || c == '.' || c == ',' ||
         c == '?';
}

// A run of two or more hyphens before a word character, at `at`: its length, else 0.
static size_t dashes(const Wrapper *w, size_t at) {
  size_t n = 0;
  while (at + n < w->n && w->c[at + n] == '-')
    n++;
  return n >= 2 && at + n < w->n && is_word(w->c[at + n]) ? n : 0;
}

// The hyphen at `at` joins two parts of a word that may be torn there.
static bool soft_hyphen(const Wrapper *w, size_t at) {
  if (w->c[at] != '-' || at < 2)
    return false;
  bool before =
      (is_letter(w->c[at - 1]) && is_letter(w->c[at - 2])) ||
      (at >= 3 && is_letter(w->c[at - 3]) && w->c[at - 2] == '-' && is_punct(w->c[at - 1]));
  if (!before || at + 2 >= w->n + 0 || !is_letter(w->c[at + 1]))
    return false;
  return is_letter(w->c[at + 2]) ||
         (w->c[at + 2] == '-' && at + 3 < w->n && is_letter(w->c[at + 3]));
}

static size_t chunk_end(const Wrapper *w, size_t at) {
  size_t i = at;
  if (is_ws(w->c[at])) {
    while (i < w->n && is_ws(w->c[i]))
      i++;
    return i;
  }
  if (!w->on_hyphens) {
    while (i < w->n && !is_ws(w->c[i]))
      i++;
    return i;
  }
  if (at && is_punct(w->c[at - 1]) && dashes(w, at))
    return at + dashes(w, at);
  for (i = at + 1; i < w->n && !is_ws(w->c[i]); i++) {
    if (soft_hyphen(w, i))
      return i + 1;
    if (is_punct(w->c[i - 1]) && dashes(w, i))
      return i;
  }
  return i;
}

static bool blank(const Wrapper *w, size_t from, size_t to) {
  for (; from < to; from++)
    if (!utf8_isspace(w->c[from]))
      return false;
  return true;
}

// Where a word longer than the room left is cut.
static size_t cut_word(const Wrapper *w, size_t from, size_t to, size_t room) {
  if (w->on_hyphens && to - from > room)
    for (size_t h = room; h-- > 1;)
      if (w->c[from + h] == '-') {
        for (size_t i = 0; i < h; i++)
          if (w->c[from + i] != '-')
            return from + h + 1;
        break;
      }
  return from + room;
}

static void add_line(Buf *b, const Wrapper *w, size_t from, size_t to, Str sep, size_t *lines) {
  if (from == to)
    return;
  if ((*lines)++)
    buf_add(b, sep);
  for (size_t i = from; i < to; i++)
    utf8_add(b, w->c[i]);
}

// One input line. Lines are pieces of it, as nothing inside is changed.
static void wrap_line(Wrapper *w, Buf *b, Str sep) {
  size_t lines = 0, at = 0; // at: the start of what is left of chunk k
  for (size_t k = 0; k < w->nends;) {
    if (lines && blank(w, at, w->ends[k])) { // no line but the first begins with white space
      at = w->ends[k++];
      if (k == w->nends)
        break;
    }
    size_t from = at, last = at; // last: the start of the newest piece on this line
    while (k < w->nends && (int64_t)(w->ends[k] - from) <= w->width) {
      last = at;
      at = w->ends[k++];
    }
    if (k < w->nends && (int64_t)(w->ends[k] - at) > w->width) {
      if (w->break_words) {
        last = at;
        at = cut_word(w, at, w->ends[k], (size_t)(w->width - (int64_t)(at - from)));
      } else if (at == from) {
        last = at;
        at = w->ends[k++];
      }
    }
    add_line(b, w, from, blank(w, last, at) ? last : at, sep, &lines);
    eval_step(w->ev, 1);
  }
}

Value f_wordwrap(Eval *ev, const Value *v) {
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  if (v[0].kind != VAL_STR)
    eval_fail(ev, "'%s' object has no attribute 'splitlines'", val_type_name(v[0]));
  Arena *a = eval_arena(ev);
  Str sep = v[3].kind == VAL_NONE ? STR("\n") : need_str(ev, "wordwrap", v[3]);
  Value lines = str_splitlines(a, val_text(v[0]), false);
  Buf b = {.arena = a};
  for (size_t i = 0; i < lines.list->n; i++) {
    Chars c = chars_of(a, val_text(lines.list->items[i]));
    Wrapper w = {.ev = ev, .c = c.c, .n = c.n, .break_words = val_truth(v[2])};
    w.on_hyphens = val_truth(v[4]);
    w.width = need_index(ev, v[1]);
    if (w.width <= 0)
      eval_fail(ev, "invalid width %lld (must be > 0)", (long long)w.width);
    w.ends = arena_alloc(a, (c.n + 1) * sizeof *w.ends);
    for (size_t at = 0; at < c.n;)
      w.ends[w.nends++] = at = chunk_end(&w, at);
    if (i)
      buf_add(&b, sep);
    wrap_line(&w, &b, sep);
  }
  return str_value(&b, 0);
}
