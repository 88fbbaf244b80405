// What becomes of a field between two databases: checks that let it pass as it is, and writers of
// another form. Leaves to cell.c what a type holds of a text of unusual form, to the databases'
// folders which of these a column needs.
#include "load_cell.h"

#include "../base/utf8.h"

// --- lines

static char escape_of(char c) {
  switch (c) {
  case '\\':
    return '\\';
  case '\t':
    return 't';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case 0:
    return '0';
  default:
    return 0;
  }
}

void load_escape(Buf *out, Str text) {
  size_t from = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i], e = (unsigned char)c <= '\r' || c == '\\' ? escape_of(c) : 0;
    if (!e)
      continue;
    buf_add(out, str_sub(text, from, i));
    buf_add(out, str_n((char[]){'\\', e}, 2));
    from = i + 1;
  }
  buf_add(out, str_sub(text, from, text.len));
}

Str load_unescape(Arena *a, Str field) {
  static const char letters[] = "bfnrtv0", meant[] = "\b\f\n\r\t\v";
  if (!field.len || !memchr(field.ptr, '\\', field.len))
    return field;
  char *to = arena_alloc(a, field.len);
  size_t n = 0;
  for (size_t i = 0; i < field.len; i++) {
    char c = field.ptr[i];
    if (c == '\\' && i + 1 < field.len) {
      c = field.ptr[++i];
      const char *known = c ? strchr(letters, c) : NULL;
      c = known ? meant[known - letters] : c;
    }
    to[n++] = c;
  }
  return str_n(to, n);
}

// --- numbers

bool load_check_decimal(const LoadCell *c, Str text, Arena *a, Str *why) {
  size_t i = text.len && text.ptr[0] == '-', zeros = 0;
  long before = 0, behind = 0;
  bool digits = false;
  for (; i < text.len && text.ptr[i] == '0'; i++)
    digits = true;
  for (; i < text.len && str_digit_char(text.ptr[i]); i++)
    before++, digits = true;
  if (i < text.len && text.ptr[i] == '.')
    for (i++; i < text.len && str_digit_char(text.ptr[i]); i++, behind++) {
      zeros = text.ptr[i] == '0' ? zeros + 1 : 0;
      digits = true;
    }
  behind -= (long)zeros;
  if (digits && i == text.len && (c->before < 0 || before <= c->before) &&
      (c->behind < 0 || behind <= c->behind))
    return true;
  if (c->before < 0)
    *why = str_fmt(a, "%.*s takes decimal numbers", STR_ARG(c->type));
  else
    *why = str_fmt(a, "%.*s takes numbers of %ld digits before the point and %ld behind it",
                   STR_ARG(c->type), c->before, c->behind);
  return false;
}

bool load_write_bit(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  (void)c, (void)a;
  bool good = str_is(text, "t") || str_is(text, "f");
  *why = STR("it is neither true nor false");
  buf_addc(out, str_is(text, "t") ? '1' : '0');
  return good;
}
// --- days and moments

static bool is_digits(Str s, size_t from, size_t n) {
  for (size_t i = from; i < from + n; i++)
    if (i >= s.len || !str_digit_char(s.ptr[i]))
      return false;
  return true;
}

static bool in_days(const LoadCell *c, Str day, Arena *a, Str *why) {
  if (day.len == c->least.len && memcmp(day.ptr, c->least.ptr, day.len) >= 0 &&
      memcmp(day.ptr, c->most.ptr, day.len) <= 0 && is_digits(day, 0, 4))
    return true;
  *why = str_fmt(a, "%.*s holds %.*s to %.*s; a type of text holds any", STR_ARG(c->type),
                 STR_ARG(c->least), STR_ARG(c->most));
  return false;
}

bool load_check_day(const LoadCell *c, Str text, Arena *a, Str *why) {
  return !c->least.len || in_days(c, text, a, why);
}

// "2024-02-29 10:00:00.5" -> its first 19 bytes, and 5. What has another form is its own first
// part.
static Str moment_parts(Str text, Str *fraction) {
  enum { TIMED = sizeof "2024-02-29 10:00:00" - 1 };
  size_t end = text.len;
  *fraction = (Str){0};
  while (end > TIMED && str_digit_char(text.ptr[end - 1]))
    end--;
  if (end != TIMED + 1 || text.ptr[TIMED] != '.')
    return text;
  *fraction = str_sub(text, end, text.len);
  return str_sub(text, 0, TIMED);
}

bool load_check_moment(const LoadCell *c, Str text, Arena *a, Str *why) {
  Str fraction, rest = moment_parts(text, &fraction);
  if (c->least.len && !in_days(c, rest, a, why))
    return false;
  for (size_t i = c->behind < 0 ? fraction.len : (size_t)c->behind; i < fraction.len; i++)
    if (fraction.ptr[i] != '0') {
      *why = str_fmt(a, "%.*s has %ld digits of a second", STR_ARG(c->type), c->behind);
      return false;
    }
  return true;
}

bool load_check_fraction(const LoadCell *c, Str text, Arena *a, Str *why) {
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '.')
      continue;
    size_t from = ++i;
    for (; i < text.len && str_digit_char(text.ptr[i]); i++)
      if (text.ptr[i] != '0' && (long)(i - from) >= c->behind) {
        *why = str_fmt(a, "%.*s has %ld digits of a second", STR_ARG(c->type), c->behind);
        return false;
      }
  }
  return true;
}

// Whether it has the characters of a moment alone: none is one that a line escapes.
static bool moment_like(Str text, Str *why) {
  for (size_t i = 0; i < text.len; i++)
    if (!str_word_char(text.ptr[i]) && !strchr("-+:. ", text.ptr[i] ? text.ptr[i] : '\n')) {
      *why = STR("it is no day or moment");
      return false;
    }
  return true;
}

bool load_write_moment(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  if (!moment_like(text, why) || !load_check_moment(c, text, a, why))
    return false;
  bool before_christ = str_ends(text, STR(" BC"));
  Str time = before_christ ? str_sub(text, 0, text.len - 3) : text;
  buf_add(out, time);
  if (time.len && str_digit_char(time.ptr[time.len - 1])) // infinity is in no zone
    buf_add(out, str_c(c->zone));
  if (before_christ)
    buf_adds(out, " BC");
  return true;
}

bool load_write_midnight(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  Str moment = str_cat(a, text, STR(" 00:00:00"));
  if (!moment_like(text, why))
    return false;
  if (c->least.len && !in_days(c, moment, a, why))
    return false;
  buf_add(out, moment);
  buf_add(out, str_c(c->zone));
  return true;
}

// --- bytes and texts

bool load_check_utf8(const LoadCell *c, Str text, Arena *a, Str *why) {
  uint64_t all = 0;
  bool ascii = str_until(text, (char[]){0, 0, 0, 0}, &all) == text.len;
  if (!ascii) {
    *why = str_fmt(a, "it has a byte 0, which %.*s cannot hold; bytea can", STR_ARG(c->type));
    return false;
  }
  ptrdiff_t bad = all & ABOVE_ASCII ? utf8_invalid(text) : -1;
  if (bad < 0)
    return true;
  *why = str_fmt(a, "byte %td of it is no UTF-8, which %.*s has to be; bytea holds any bytes",
                 bad + 1, STR_ARG(c->type));
  return false;
}

bool load_check_length(const LoadCell *c, Str text, Arena *a, Str *why) {
  if ((long)text.len == c->behind)
    return true;
  *why =
      str_fmt(a, "%.*s holds %ld bytes, and this has %zu", STR_ARG(c->type), c->behind, text.len);
  return false;
}

bool load_write_bytes(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  if (!str_starts(text, STR("\\x")) || text.len % 2) {
    *why = STR("these are no bytes in hexadecimal digits");
    return false;
  }
  size_t n = text.len / 2 - 1;
  char *to = buf_room(out, n);
  for (size_t i = 0; i < n; i++) {
    int high = str_hex_char(text.ptr[2 * i + 2]), low = str_hex_char(text.ptr[2 * i + 3]);
    if (high < 0 || low < 0) {
      *why = STR("these are no bytes in hexadecimal digits");
      return false;
    }
    to[i] = (char)(high * 16 + low);
  }
  out->len += n;
  return !c->behind || load_check_length(c, str_sub(buf_str(out), out->len - n, out->len), a, why);
}

bool load_write_hex(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  static const char digits[] = "0123456789abcdef";
  (void)c, (void)a, (void)why;
  char *to = buf_room(out, 2 * text.len + 2);
  *to++ = '\\';
  *to++ = 'x';
  for (size_t i = 0; i < text.len; i++) {
    *to++ = digits[(unsigned char)text.ptr[i] >> 4];
    *to++ = digits[text.ptr[i] & 15];
  }
  out->len += 2 * text.len + 2;
  return true;
}

// --- what people ask for

bool load_write_held(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  CellSaid said = {0};
  CellFit fit = cell_write(c->holds, text, false, out, &said);
  if (fit == CELL_FITS || fit == CELL_LEFT)
    return true;
  Str range = cell_range(a, said.type ? said.type : c->holds);
  if (fit == CELL_CUT && said.becomes[0])
    *why = str_fmt(a, "%.*s would make %s of it", STR_ARG(c->type), said.becomes);
  else if (range.len)
    *why = str_fmt(a, "%.*s takes %.*s", STR_ARG(c->type), STR_ARG(range));
  else
    *why = str_fmt(a, "%.*s does not hold it", STR_ARG(c->type));
  return false;
}

bool load_write_nothing(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  (void)text, (void)out;
  *why = str_fmt(a, "%.*s does not hold such values; a type of text does", STR_ARG(c->type));
  return false;
}

// --- arrays

// An item in quotes; w->at stands behind the first one.
static ArrayStep quoted_item(ArrayWalk *w, Arena *a) {
  size_t from = w->at, i = from;
  bool escaped = false;
  for (; i < w->text.len && w->text.ptr[i] != '"'; i++)
    if (w->text.ptr[i] == '\\') {
      escaped = true;
      i++;
    }
  if (i >= w->text.len)
    return ARRAY_BAD;
  w->at = i + 1;
  w->item = str_sub(w->text, from, i);
  if (escaped) {
    char *to = arena_alloc(a, w->item.len);
    size_t n = 0;
    for (size_t k = 0; k < w->item.len; k++) {
      k += w->item.ptr[k] == '\\'; // a character follows: the quote was found behind it
      to[n++] = w->item.ptr[k];
    }
    w->item = str_n(to, n);
  }
  w->behind_item = true;
  return ARRAY_ITEM;
}

static ArrayStep bare_item(ArrayWalk *w) {
  size_t from = w->at;
  while (w->at < w->text.len && !strchr(",{}\"", w->text.ptr[w->at]))
    w->at++;
  w->item = str_sub(w->text, from, w->at);
  w->behind_item = true;
  return !w->item.len ? ARRAY_BAD : str_eq_nocase(w->item, STR("null")) ? ARRAY_NULL : ARRAY_ITEM;
}

ArrayStep load_array_step(ArrayWalk *w, Arena *a) {
  if (w->begun && !w->depth)
    return w->at == w->text.len ? ARRAY_END : ARRAY_BAD;
  bool comma = w->behind_item && w->at < w->text.len && w->text.ptr[w->at] == ',';
  w->at += comma;
  if (w->at >= w->text.len)
    return ARRAY_BAD;
  char c = w->text.ptr[w->at];
  if (c == '}' && w->depth && !comma) {
    w->at++;
    w->depth--;
    w->behind_item = true;
    return ARRAY_SHUT;
  }
  if ((w->behind_item && !comma) || (!w->begun && c != '{'))
    return ARRAY_BAD;
  w->begun = true;
  w->behind_item = false;
  if (c == '{') {
    w->at++;
    w->depth++;
    return ARRAY_OPEN;
  }
  w->at += c == '"';
  return c == '"' ? quoted_item(w, a) : bare_item(w);
}

// What stands in an array without quotes.
static bool without_quotes(const LoadType *t) {
  return t->kind == LOAD_INT || t->kind == LOAD_FLOAT || t->kind == LOAD_DECIMAL;
}

static bool add_number(Buf *out, Str text, Str *why) {
  for (size_t i = 0; i < text.len; i++)
    if (!str_word_char(text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '+' &&
        text.ptr[i] != '.') {
      *why = STR("an item of it is no number");
      return false;
    }
  buf_add(out, text);
  return true;
}

static bool write_item(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  Buf changed = {.arena = a};
  if (c->item && c->item->check && !c->item->check(c->item, text, a, why))
    return false;
  if (c->item && c->item->write) {
    if (!c->item->write(c->item, text, &changed, a, why))
      return false;
    text = buf_str(&changed);
  }
  if (c->leaf->kind == LOAD_BOOL)
    buf_add(out, str_c(c->array->truth[str_is(text, "t") || str_is(text, "true")]));
  else if (without_quotes(c->leaf))
    return add_number(out, text, why);
  else
    c->array->quote(out, text);
  return true;
}

static bool deep(const LoadCell *c, const ArrayWalk *w, ArrayStep step, Arena *a, Str *why) {
  if (!c->depth || (step == ARRAY_OPEN ? w->depth <= c->depth : w->depth == c->depth))
    return true;
  *why = str_fmt(a, "it is not as deep as %.*s: give the column a type that is, or one of text",
                 STR_ARG(c->type));
  return false;
}

bool load_write_array(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  ArrayWalk w = {.text = text};
  bool first = true;
  for (ArrayStep step; (step = load_array_step(&w, a)) != ARRAY_END;) {
    if (step == ARRAY_BAD) {
      *why = text.len && text.ptr[0] == '['
                 ? STR("it does not begin at its item 1, which only Postgres keeps; a type of text "
                       "holds it")
                 : STR("it is no array");
      return false;
    }
    if (!first && step != ARRAY_SHUT)
      buf_addc(out, ',');
    first = step == ARRAY_OPEN;
    if (step == ARRAY_SHUT) {
      buf_addc(out, c->array->shut);
    } else if (!deep(c, &w, step, a, why)) {
      return false;
    } else if (step == ARRAY_OPEN) {
      buf_addc(out, c->array->open);
    } else if (step == ARRAY_NULL && c->item && c->item->no_null) {
      *why = str_fmt(a, "an item is NULL, and those of %.*s are not Nullable", STR_ARG(c->type));
      return false;
    } else if (step == ARRAY_NULL) {
      buf_add(out, str_c(c->array->null));
    } else if (!write_item(c, w.item, out, a, why)) {
      return false;
    }
  }
  return true;
}
