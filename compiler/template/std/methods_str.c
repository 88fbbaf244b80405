// The methods of str, as Python 3.11 has them. In: a text and arguments. Out: a Value. Leaves
// str.format to format.c. A method of Markup gives Markup.
#include "../ops_access.h"
#include "format.h"
#include "std.h"
#include "std_text.h"

static Value like(Value self, Str s) {
  Value v = val_str(s);
  v.flags = self.flags & VAL_SAFE;
  return v;
}

// --- case
Value s_upper(Eval *ev, const Value *v) {
  return like(v[0], str_upper(eval_arena(ev), val_text(v[0])));
}

Value s_lower(Eval *ev, const Value *v) {
  return like(v[0], str_lower(eval_arena(ev), val_text(v[0])));
}

// Lower case of the upper case folds nearly all that has more than two spellings.
static Value s_casefold(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Str s = val_text(v[0]);
  Buf b = {.arena = a};
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    Str one = str_sub(s, from, at);
    if (c == 0x131)
      buf_add(&b, one);
    else if (c == 0x3c2 || c == 0x3a3)
      utf8_add(&b, 0x3c3);
    else
      buf_add(&b, str_lower(a, str_upper(a, one)));
  }
  return str_value(&b, v[0].flags);
}

Value s_capitalize(Eval *ev, const Value *v) {
  Value self = v[0];
  Str s = val_text(self);
  if (!s.len)
    return self;
  Buf b = {.arena = eval_arena(ev)};
  size_t at = 0;
  buf_title(&b, utf8_next(s, &at));
  Str low = str_lower(eval_arena(ev), s); // in full, for the final sigma
  size_t skip = 0, first = 0;
  utf8_next(s, &first);
  skip = str_lower(eval_arena(ev), str_sub(s, 0, first)).len;
  buf_add(&b, str_sub(low, skip, low.len));
  return str_value(&b, self.flags);
}

static Value s_title(Eval *ev, const Value *v) {
  Str s = val_text(v[0]);
  Arena *a = eval_arena(ev);
  Str low = {0};
  Buf b = {.arena = a};
  bool inside = false;
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    if (!inside)
      buf_title(&b, c);
    else if (c != 0x3a3)
      buf_add(&b, (low = str_lower(a, str_sub(s, from, at))));
    else
      utf8_add(&b, at >= s.len || !utf8_isalpha(utf8_next(s, &(size_t){at})) ? 0x3c2 : 0x3c3);
    inside = char_cased(c);
  }
  return str_value(&b, v[0].flags);
}

static Value s_swapcase(Eval *ev, const Value *v) {
  Str s = val_text(v[0]);
  Arena *a = eval_arena(ev);
  Str low = utf8_ascii(s) ? (Str){0} : str_lower(a, s); // in full, for the final sigma
  Buf b = {.arena = a};
  for (size_t at = 0, l = 0; at < s.len;) {
    size_t from = at, was = l;
    uint32_t c = utf8_next(s, &at);
    Str one = str_sub(s, from, at), lower = str_lower(a, one);
    l += lower.len;
    if (c == 0x3a3)
      lower = str_sub(low, was, l);
    buf_add(&b, utf8_isupper(c) ? lower : utf8_islower(c) ? str_upper(a, one) : one);
  }
  return str_value(&b, v[0].flags);
}

// --- classes
typedef bool CharTest(uint32_t cp);

static Value all_chars(Str s, CharTest *test, bool empty) {
  for (size_t at = 0; at < s.len;)
    if (!test(utf8_next(s, &at)))
      return val_bool(false);
  return val_bool(s.len ? true : empty);
}

static bool is_alnum(uint32_t c) {
  return utf8_isalpha(c) || utf8_isdecimal(c) || utf8_isdigit(c) || utf8_isnumeric(c);
}
static bool is_ascii(uint32_t c) { return c < 128; }

static Value s_isalpha(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isalpha, false);
}
static Value s_isalnum(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), is_alnum, false);
}
static Value s_isdigit(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isdigit, false);
}
static Value s_isdecimal(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isdecimal, false);
}
static Value s_isnumeric(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isnumeric, false);
}
static Value s_isspace(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isspace, false);
}
static Value s_isprintable(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), utf8_isprintable, true);
}
static Value s_isascii(Eval *ev, const Value *v) {
  (void)ev;
  return all_chars(val_text(v[0]), is_ascii, true);
}

// All cased characters are of one case, and there is one.
static Value one_case(Str s, CharTest *test) {
  bool any = false;
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (char_cased(c) && !test(c))
      return val_bool(false);
    any |= test(c);
  }
  return val_bool(any);
}

Value s_islower(Eval *ev, const Value *v) {
  (void)ev;
  return one_case(val_text(v[0]), utf8_islower);
}
Value s_isupper(Eval *ev, const Value *v) {
  (void)ev;
  return one_case(val_text(v[0]), utf8_isupper);
}

static Value s_istitle(Eval *ev, const Value *v) {
  (void)ev;
  Str s = val_text(v[0]);
  bool any = false, inside = false;
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    bool upper = utf8_isupper(c) || utf8_istitle(c), lower = utf8_islower(c);
    if ((upper && inside) || (lower && !inside))
      return val_bool(false);
    inside = upper || lower;
    any |= inside;
  }
  return val_bool(any);
}

static Value s_isidentifier(Eval *ev, const Value *v) {
  (void)ev;
  Str s = val_text(v[0]);
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    if (c != '_' && !utf8_isalpha(c) && (!from || !(utf8_isdecimal(c) || utf8_ismark(c))))
      return val_bool(false);
  }
  return val_bool(s.len > 0);
}

// --- searching
typedef struct Range2 {
  size_t from, to; // bytes
  bool ok;         // false: start lies past the end
} Range2;

// v: start and end, in characters; none: from the first, to the last.
static Range2 bounds(Eval *ev, const Value *v, Str s) {
  Range2 r = {0, s.len, true};
  Value start = v[0], end = v[1];
  if (start.kind == VAL_NONE && end.kind == VAL_NONE)
    return r;
  int64_t n = (int64_t)utf8_count(s);
  int64_t i = start.kind == VAL_NONE ? 0 : need_index(ev, start);
  int64_t j = end.kind == VAL_NONE ? n : need_index(ev, end);
  i = i < 0 ? (i + n < 0 ? 0 : i + n) : i;
  j = j < 0 ? (j + n < 0 ? 0 : j + n) : j > n ? n : j;
  r.ok = i <= j;
  r.from = utf8_offset(s, (size_t)(i > n ? n : i));
  r.to = utf8_offset(s, (size_t)j);
  return r;
}

static int64_t find_in(Eval *ev, const Value *v, const char *name, bool back) {
  Str s = val_text(v[0]), needle = need_str(ev, name, v[1]);
  Range2 r = bounds(ev, v + 2, s);
  if (!r.ok)
    return -1;
  Str part = str_sub(s, r.from, r.to);
  ptrdiff_t at = back ? str_rfind(part, needle) : str_find(part, needle, 0);
  return at < 0 ? -1 : (int64_t)utf8_count(str_sub(s, 0, r.from + (size_t)at));
}

static Value found(Eval *ev, int64_t at) {
  if (at < 0)
    eval_fail(ev, "substring not found");
  return val_int(at);
}

static Value s_find(Eval *ev, const Value *v) { return val_int(find_in(ev, v, "str.find", false)); }
static Value s_rfind(Eval *ev, const Value *v) {
  return val_int(find_in(ev, v, "str.rfind", true));
}
static Value s_index(Eval *ev, const Value *v) {
  return found(ev, find_in(ev, v, "str.index", false));
}
static Value s_rindex(Eval *ev, const Value *v) {
  return found(ev, find_in(ev, v, "str.rindex", true));
}

static Value s_count(Eval *ev, const Value *v) {
  Str s = val_text(v[0]), needle = need_str(ev, "str.count", v[1]);
  Range2 r = bounds(ev, v + 2, s);
  if (!r.ok)
    return val_int(0);
  Str part = str_sub(s, r.from, r.to);
  if (!needle.len)
    return val_int((int64_t)utf8_count(part) + 1);
  int64_t n = 0;
  for (ptrdiff_t at = 0; (at = str_find(part, needle, (size_t)at)) >= 0;
       at += (ptrdiff_t)needle.len)
    n++;
  return val_int(n);
}

static Value affix(Eval *ev, const Value *v, const char *name, bool (*test)(Str, Str)) {
  Str s = val_text(v[0]);
  Range2 r = bounds(ev, v + 2, s);
  Str part = r.ok ? str_sub(s, r.from, r.to) : (Str){0};
  Value what = v[1];
  if (what.kind == VAL_TUPLE) {
    for (size_t i = 0; i < what.list->n; i++)
      if (test(part, need_str(ev, name, what.list->items[i])) && r.ok)
        return val_bool(true);
    return val_bool(false);
  }
  if (what.kind != VAL_STR)
    eval_fail(ev, "%s first arg must be str or a tuple of str, not %s", name, val_type_name(what));
  return val_bool(r.ok && test(part, val_text(what)));
}

static Value s_startswith(Eval *ev, const Value *v) {
  return affix(ev, v, "startswith", str_starts);
}
static Value s_endswith(Eval *ev, const Value *v) { return affix(ev, v, "endswith", str_ends); }

// --- cutting
static bool in_set(Str set, uint32_t c) {
  for (size_t at = 0; at < set.len;)
    if (utf8_next(set, &at) == c)
      return true;
  return false;
}

static Value strip(Eval *ev, const Value *v, const char *name, bool left, bool right) {
  Str s = val_text(v[0]);
  Value what = v[1];
  if (what.kind != VAL_NONE && what.kind != VAL_STR)
    eval_fail(ev, "%s arg must be None or str", name);
  bool space = what.kind == VAL_NONE, any = false;
  Str set = space ? (Str){0} : val_text(what);
  size_t from = 0, to = 0;
  for (size_t at = 0; at < s.len;) {
    size_t was = at;
    uint32_t c = utf8_next(s, &at);
    if (space ? utf8_isspace(c) : in_set(set, c))
      continue;
    if (!any)
      from = was;
    any = true;
    to = at;
  }
  if (!any)
    return like(v[0], STR(""));
  return like(v[0], str_sub(s, left ? from : 0, right ? to : s.len));
}

Value s_strip(Eval *ev, const Value *v) { return strip(ev, v, "strip", true, true); }
static Value s_lstrip(Eval *ev, const Value *v) { return strip(ev, v, "lstrip", true, false); }
static Value s_rstrip(Eval *ev, const Value *v) { return strip(ev, v, "rstrip", false, true); }

static Value s_removeprefix(Eval *ev, const Value *v) {
  Str s = val_text(v[0]), p = need_str(ev, "str.removeprefix", v[1]);
  return like(v[0], str_starts(s, p) ? str_sub(s, p.len, s.len) : s);
}

static Value s_removesuffix(Eval *ev, const Value *v) {
  Str s = val_text(v[0]), p = need_str(ev, "str.removesuffix", v[1]);
  return like(v[0], str_ends(s, p) ? str_sub(s, 0, s.len - p.len) : s);
}

// The list of pieces takes over the flag of the text they come from.
static Value pieces(Value self, Value list) {
  if (self.flags & VAL_SAFE)
    for (size_t i = 0; i < list.list->n; i++)
      list.list->items[i].flags |= VAL_SAFE;
  return list;
}

// split(None) from the right: the same words, but the rest stays on the left.
static Value rsplit_space(Eval *ev, Str s, int64_t most) {
  Arena *a = eval_arena(ev);
  Value words = str_split_space(a, s, -1);
  if (most < 0 || (int64_t)words.list->n <= most)
    return words;
  Value r = val_list(a, 4);
  size_t keep = words.list->n - (size_t)most;
  if (keep) {
    Str first = val_text(words.list->items[0]), last = val_text(words.list->items[keep - 1]);
    // The first piece keeps its leading white space only when nothing was cut off: as Python.
    const char *start = most == 0 || keep >= 1 ? s.ptr : first.ptr;
    list_push(a, r.list, val_str(str_n(start, (size_t)(last.ptr + last.len - start))));
  }
  for (size_t i = keep; i < words.list->n; i++)
    list_push(a, r.list, words.list->items[i]);
  return r;
}

static Value split_by(Eval *ev, Str s, Str sep, int64_t most, bool back) {
  Arena *a = eval_arena(ev);
  Value r = val_list(a, 8);
  if (!sep.len)
    eval_fail(ev, "empty separator");
  if (!back) {
    size_t from = 0;
    for (ptrdiff_t at; (most < 0 || most-- > 0) && (at = str_find(s, sep, from)) >= 0;) {
      list_push(a, r.list, val_str(str_sub(s, from, (size_t)at)));
      from = (size_t)at + sep.len;
    }
    list_push(a, r.list, val_str(str_sub(s, from, s.len)));
    return r;
  }
  size_t to = s.len;
  for (ptrdiff_t at; (most < 0 || most-- > 0) && (at = str_rfind(str_sub(s, 0, to), sep)) >= 0;) {
    list_push(a, r.list, val_str(str_sub(s, (size_t)at + sep.len, to)));
    to = (size_t)at;
  }
  list_push(a, r.list, val_str(str_sub(s, 0, to)));
  for (size_t i = 0, j = r.list->n - 1; i < j; i++, j--) {
    Value t = r.list->items[i];
    r.list->items[i] = r.list->items[j];
    r.list->items[j] = t;
  }
  return r;
}

static Value split(Eval *ev, const Value *v, bool back) {
  int64_t most = need_index(ev, v[2]);
  Str s = val_text(v[0]);
  eval_step(ev, s.len / 16);
  if (v[1].kind == VAL_NONE)
    return pieces(v[0],
                  back ? rsplit_space(ev, s, most) : str_split_space(eval_arena(ev), s, most));
  if (v[1].kind != VAL_STR)
    eval_fail(ev, "must be str or None, not %s", val_type_name(v[1]));
  return pieces(v[0], split_by(ev, s, val_text(v[1]), most, back));
}

static Value s_split(Eval *ev, const Value *v) { return split(ev, v, false); }
static Value s_rsplit(Eval *ev, const Value *v) { return split(ev, v, true); }

static Value s_splitlines(Eval *ev, const Value *v) {
  return pieces(v[0], str_splitlines(eval_arena(ev), val_text(v[0]), val_truth(v[1])));
}

static Value three(Eval *ev, Value self, Str a, Str b, Str c) {
  Value t = val_tuple(eval_arena(ev), 3);
  list_push(eval_arena(ev), t.list, val_str(a));
  list_push(eval_arena(ev), t.list, val_str(b));
  list_push(eval_arena(ev), t.list, val_str(c));
  return pieces(self, t);
}

static Value partition(Eval *ev, const Value *v, const char *name, bool back) {
  Value self = v[0];
  Str s = val_text(self), sep = need_str(ev, name, v[1]);
  if (!sep.len)
    eval_fail(ev, "empty separator");
  ptrdiff_t at = back ? str_rfind(s, sep) : str_find(s, sep, 0);
  if (at < 0)
    return back ? three(ev, self, STR(""), STR(""), s) : three(ev, self, s, STR(""), STR(""));
  return three(ev, self, str_sub(s, 0, (size_t)at), sep, str_sub(s, (size_t)at + sep.len, s.len));
}

static Value s_partition(Eval *ev, const Value *v) {
  return partition(ev, v, "str.partition", false);
}
static Value s_rpartition(Eval *ev, const Value *v) {
  return partition(ev, v, "str.rpartition", true);
}

// --- putting together
static Value s_join(Eval *ev, const Value *v) {
  Value items = ops_list(ev, v[1]);
  bool safe = v[0].flags & VAL_SAFE;
  MadeText text = eval_text(ev);
  for (size_t i = 0; i < items.list->n; i++) {
    Value item = items.list->items[i];
    if (i)
      eval_text_add(ev, &text, v[0]);
    if (safe)
      item = html_escape(ev, item);
    if (item.kind != VAL_STR)
      eval_fail(ev, "sequence item %zu: expected str instance, %s found", i, val_type_name(item));
    eval_text_add(ev, &text, item);
  }
  return eval_text_end(ev, &text, v[0].flags & VAL_SAFE);
}

static Value replace_words(Eval *ev, Value self, Str old, Str new, int64_t most) {
  Str s = val_text(self);
  MadeText text = eval_text(ev);
  size_t from = 0;
  for (ptrdiff_t at; most-- > 0 && (at = str_find(s, old, from)) >= 0;) {
    eval_text_add(ev, &text, val_str(str_sub(s, from, (size_t)at)));
    eval_text_add(ev, &text, val_str(new));
    from = (size_t)at + old.len;
    eval_step(ev, 1 + new.len / 64);
  }
  if (!from)
    return self;
  eval_text_add(ev, &text, val_str(str_sub(s, from, s.len)));
  return eval_text_end(ev, &text, self.flags & VAL_SAFE);
}

static Value replace(Eval *ev, Value self, Str old, Str new, int64_t most) {
  Str s = val_text(self);
  Buf b = {.arena = eval_arena(ev)};
  if (most < 0)
    most = INT64_MAX;
  size_t from = 0;
  if (old.len)
    return replace_words(ev, self, old, new, most);
  while (most-- > 0) { // before each character and at the end
    buf_add(&b, new);
    eval_step(ev, 1 + new.len / 64);
    if (from >= s.len)
      return str_value(&b, self.flags);
    size_t at = from;
    utf8_next(s, &at);
    buf_add(&b, str_sub(s, from, at));
    from = at;
  }
  buf_add(&b, str_sub(s, from, s.len));
  return str_value(&b, self.flags);
}

Value s_replace(Eval *ev, const Value *v) {
  Value new = v[2];
  Str old = need_str(ev, "str.replace", v[1]);
  need_str(ev, "str.replace", v[2]);
  if (v[0].flags & VAL_SAFE)
    new = html_escape(ev, new);
  return replace(ev, v[0], old, val_text(new), need_index(ev, v[3]));
}

// --- filling
static Value fill(Eval *ev, const Value *v, const char *name, int where) {
  Value self = v[0];
  int64_t width = need_index(ev, v[1]);
  Str s = val_text(self), with = need_str(ev, name, v[2]);
  if (utf8_count(with) != 1)
    eval_fail(ev, "The fill character must be exactly one character long");
  int64_t n = (int64_t)utf8_count(s);
  if (width <= n)
    return self;
  int64_t missing = width - n;
  int64_t left = where < 0 ? 0 : where > 0 ? missing : missing / 2 + (missing & width & 1);
  if (missing > (1 << 28))
    eval_fail(ev, "the text would be too long");
  eval_step(ev, (uint64_t)missing / 64);
  Buf b = {.arena = eval_arena(ev)};
  for (int64_t i = 0; i < left; i++)
    buf_add(&b, with);
  buf_add(&b, s);
  for (int64_t i = left; i < missing; i++)
    buf_add(&b, with);
  return str_value(&b, self.flags);
}

Value s_center(Eval *ev, const Value *v) { return fill(ev, v, "str.center", 0); }
static Value s_ljust(Eval *ev, const Value *v) { return fill(ev, v, "str.ljust", -1); }
static Value s_rjust(Eval *ev, const Value *v) { return fill(ev, v, "str.rjust", 1); }

static Value s_zfill(Eval *ev, const Value *v) {
  Value self = v[0];
  Str s = val_text(self);
  int64_t missing = need_index(ev, v[1]) - (int64_t)utf8_count(s);
  if (missing <= 0)
    return self;
  if (missing > (1 << 28))
    eval_fail(ev, "the text would be too long");
  Buf b = {.arena = eval_arena(ev)};
  size_t sign = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  buf_add(&b, str_sub(s, 0, sign));
  for (; missing > 0; missing--)
    buf_addc(&b, '0');
  buf_add(&b, str_sub(s, sign, s.len));
  return str_value(&b, self.flags);
}

static Value s_expandtabs(Eval *ev, const Value *v) {
  int64_t size = need_int(ev, v[1], INT64_MIN / 2, 1 << 20, "tabsize"), col = 0;
  Str s = val_text(v[0]);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    if (c != '\t') {
      buf_add(&b, str_sub(s, from, at));
      col = c == '\n' || c == '\r' ? 0 : col + 1;
      continue;
    }
    int64_t n = size > 0 ? size - col % size : 0;
    eval_step(ev, (uint64_t)n / 64 + 1);
    for (int64_t i = 0; i < n; i++)
      buf_addc(&b, ' ');
    col += n;
  }
  return str_value(&b, v[0].flags);
}

// --- tables of characters
static Value char_key(Eval *ev, Value v) {
  if (v.kind == VAL_INT)
    return v;
  Str s = need_str(ev, "str.maketrans", v);
  if (utf8_count(s) != 1)
    eval_fail(ev, "string keys in translate table must be of length 1");
  size_t at = 0;
  return val_int(utf8_next(s, &at));
}

static Value s_maketrans(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value d = val_dict(a);
  if (!native_given(v[1])) {
    if (v[0].kind != VAL_DICT)
      eval_fail(ev, "if you give only one argument to maketrans it must be a dict");
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v[0].dict, &at));)
      dict_set(a, d.dict, char_key(ev, e->key), e->value);
    return d;
  }
  Chars x = chars_of(a, need_str(ev, "str.maketrans", v[0]));
  Chars y = chars_of(a, need_str(ev, "str.maketrans", v[1]));
  if (x.n != y.n)
    eval_fail(ev, "the first two maketrans arguments must have equal length");
  for (size_t i = 0; i < x.n; i++)
    dict_set(a, d.dict, val_int(x.c[i]), val_int(y.c[i]));
  if (native_given(v[2])) {
    Chars z = chars_of(a, need_str(ev, "str.maketrans", v[2]));
    for (size_t i = 0; i < z.n; i++)
      dict_set(a, d.dict, val_int(z.c[i]), val_none());
  }
  return d;
}

static Value s_translate(Eval *ev, const Value *v) {
  ValueKind k = (ValueKind)v[1].kind;
  if (k != VAL_DICT && k != VAL_STR && !val_is_seq(v[1]) && k != VAL_OBJECT && k != VAL_UNDEF)
    eval_fail(ev, "'%s' object is not subscriptable", val_type_name(v[1]));
  Str s = val_text(v[0]);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    Value to = ops_item(ev, v[1], val_int(c));
    if (to.kind == VAL_UNDEF)
      buf_add(&b, str_sub(s, from, at));
    else if (to.kind == VAL_STR)
      buf_add(&b, val_text(to));
    else if (to.kind != VAL_NONE)
      utf8_add(&b, (uint32_t)need_int(ev, to, 0, 0x10ffff, "character mapping"));
  }
  return str_value(&b, v[0].flags);
}

// --- the rest
static Value s_format(Eval *ev, const Value *v) {
  Args args = native_args(ev, v[1], v[2]);
  return str_format(ev, v[0], &args, val_none());
}

static Value s_format_map(Eval *ev, const Value *v) {
  return str_format(ev, v[0], &(Args){0}, v[1]);
}

// Markup's own: the text with entities read, tags taken out.
static Value s_striptags(Eval *ev, const Value *v) { return f_striptags(ev, v); }

// clang-format off
const Native str_methods[] = {
    {"capitalize",   s_capitalize,   "self",                  "the first character upper, the rest lower case"
     "\n{{ 'new ORDER'.capitalize() }}\n=> New order"},
    {"casefold",     s_casefold,     "self",                  "lower case for comparing: ß is ss"
     "\n{{ 'Straße'.casefold() }}\n=> strasse"},
    {"center",       s_center,       "self, width, fillchar=' ', /", "the text in the middle of width"
     "\n[{{ 'a'.center(5) }}]\n=> [ a ]"},
    {"count",        s_count,        "self, sub, start=none, end=none, /", "how often sub is in it"
     "\n{{ 'banana'.count('an') }}\n=> 2"},
    {"encode",       bytes_encode,   "self, encoding='utf-8', errors='strict'", "its bytes"
     "\n{{ 'é'.encode() | length }}\n=> 2"},
    {"endswith",     s_endswith,     "self, suffix, start=none, end=none, /",
     "whether it ends with suffix, or with one of a tuple"
     "\n{{ 'order_id'.endswith('_id') }}\n=> True"},
    {"expandtabs",   s_expandtabs,   "self, tabsize=8",       "spaces in the place of tabs"
     "\n{{ 'a\\tb'.expandtabs(4) | length }}\n=> 5"},
    {"find",         s_find,         "self, sub, start=none, end=none, /", "the place of the first sub, or -1"
     "\n{{ 'order_id'.find('_') }}\n=> 5"},
    {"format",       s_format,       "self, *args, **kwargs", "the text with {} and {name} filled in"
     "\n{{ '{} of {n}'.format('a', n=3) }}\n=> a of 3"},
    {"format_map",   s_format_map,   "self, mapping, /",      "the text with {name} filled in from a dict"
     "\n{{ '{n} rows'.format_map({'n': 3}) }}\n=> 3 rows"},
    {"index",        s_index,        "self, sub, start=none, end=none, /",
     "the place of the first sub; an error when there is none"
     "\n{{ 'abc'.index('c') }}\n=> 2"},
    {"isalnum",      s_isalnum,      "self",                  "letters and digits only"
     "\n{{ 'a1'.isalnum() }}\n=> True"},
    {"isalpha",      s_isalpha,      "self",                  "letters only"
     "\n{{ 'a1'.isalpha() }}\n=> False"},
    {"isascii",      s_isascii,      "self",                  "ASCII characters only"
     "\n{{ 'é'.isascii() }}\n=> False"},
    {"isdecimal",    s_isdecimal,    "self",                  "decimal digits only"
     "\n{{ '12'.isdecimal() }}\n=> True"},
    {"isdigit",      s_isdigit,      "self",                  "digits only"
     "\n{{ '12'.isdigit() }}\n=> True"},
    {"isidentifier", s_isidentifier, "self",                  "a name of Python"
     "\n{{ 'order_id'.isidentifier() }}\n=> True"},
    {"islower",      s_islower,      "self",                  "in lower case"
     "\n{{ 'id'.islower() }}\n=> True"},
    {"isnumeric",    s_isnumeric,    "self",                  "numeric characters only"
     "\n{{ '½'.isnumeric() }}\n=> True"},
    {"isprintable",  s_isprintable,  "self",                  "printable characters only"
     "\n{{ 'a'.isprintable() }}\n=> True"},
    {"isspace",      s_isspace,      "self",                  "white space only"
     "\n{{ '  '.isspace() }}\n=> True"},
    {"istitle",      s_istitle,      "self",                  "Each Word Begins With An Upper Case Letter"
     "\n{{ 'New Orders'.istitle() }}\n=> True"},
    {"isupper",      s_isupper,      "self",                  "in upper case"
     "\n{{ 'ID'.isupper() }}\n=> True"},
    {"join",         s_join,         "self, iterable, /",     "the texts of a list with this one between them"
     "\n{{ ', '.join(['id', 'name']) }}\n=> id, name"},
    {"ljust",        s_ljust,        "self, width, fillchar=' ', /", "filled up to width on the right"
     "\n[{{ 'a'.ljust(3) }}]\n=> [a ]"},
    {"lower",        s_lower,        "self",                  "in lower case"
     "\n{{ 'ID'.lower() }}\n=> id"},
    {"lstrip",       s_lstrip,       "self, chars=none, /",   "without white space, or these characters, on the left"
     "\n{{ '__id'.lstrip('_') }}\n=> id"},
    {"maketrans",    s_maketrans,    "x, y=..., z=..., /",    "a table for translate()"
     "\n{{ 'a-b'.translate(''.maketrans('-', '_')) }}\n=> a_b"},
    {"partition",    s_partition,    "self, sep, /",          "what is before the first sep, sep, what is behind it"
     "\n{{ 'raw.orders'.partition('.') }}\n=> ('raw', '.', 'orders')"},
    {"removeprefix", s_removeprefix, "self, prefix, /",       "without prefix, where it begins with it"
     "\n{{ 'stg_orders'.removeprefix('stg_') }}\n=> orders"},
    {"removesuffix", s_removesuffix, "self, suffix, /",       "without suffix, where it ends with it"
     "\n{{ 'orders_v2'.removesuffix('_v2') }}\n=> orders"},
    {"replace",      s_replace,      "self, old, new, count=-1, /",
     "each old, or the first count ones, replaced by new"
     "\n{{ 'a-b-c'.replace('-', '_', 1) }}\n=> a_b-c"},
    {"rfind",        s_rfind,        "self, sub, start=none, end=none, /", "the place of the last sub, or -1"
     "\n{{ 'a.b.c'.rfind('.') }}\n=> 3"},
    {"rindex",       s_rindex,       "self, sub, start=none, end=none, /",
     "the place of the last sub; an error when there is none"
     "\n{{ 'a.b.c'.rindex('.') }}\n=> 3"},
    {"rjust",        s_rjust,        "self, width, fillchar=' ', /", "filled up to width on the left"
     "\n[{{ 'a'.rjust(3) }}]\n=> [ a]"},
    {"rpartition",   s_rpartition,   "self, sep, /",          "what is before the last sep, sep, what is behind it"
     "\n{{ 'a.b.c'.rpartition('.') }}\n=> ('a.b', '.', 'c')"},
    {"rsplit",       s_rsplit,       "self, sep=none, maxsplit=-1",
     "the pieces between sep, at most maxsplit cuts from the right"
     "\n{{ 'a.b.c'.rsplit('.', 1) }}\n=> ['a.b', 'c']"},
    {"rstrip",       s_rstrip,       "self, chars=none, /",   "without white space, or these characters, on the right"
     "\n{{ 'id__'.rstrip('_') }}\n=> id"},
    {"split",        s_split,        "self, sep=none, maxsplit=-1", "the pieces between sep, or between white space"
     "\n{{ 'a,b,c'.split(',') }}\n=> ['a', 'b', 'c']"},
    {"splitlines",   s_splitlines,   "self, keepends=false",  "its lines"
     "\n{{ 'a\\nb'.splitlines() }}\n=> ['a', 'b']"},
    {"startswith",   s_startswith,   "self, prefix, start=none, end=none, /",
     "whether it begins with prefix, or with one of a tuple"
     "\n{{ 'stg_orders'.startswith('stg_') }}\n=> True"},
    {"strip",        s_strip,        "self, chars=none, /",   "without white space, or these characters, at both ends"
     "\n[{{ '  a '.strip() }}]\n=> [a]"},
    {"swapcase",     s_swapcase,     "self",                  "upper case for lower, lower for upper"
     "\n{{ 'Id'.swapcase() }}\n=> iD"},
    {"title",        s_title,        "self",                  "Each Word Begins With An Upper Case Letter"
     "\n{{ 'new orders'.title() }}\n=> New Orders"},
    {"translate",    s_translate,    "self, table, /",        "each character as the table has it"
     "\n{{ 'abc'.translate({97: 'A'}) }}\n=> Abc"},
    {"upper",        s_upper,        "self",                  "IN UPPER CASE"
     "\n{{ 'id'.upper() }}\n=> ID"},
    {"zfill",        s_zfill,        "self, width, /",        "zeros in front, behind the sign"
     "\n{{ '7'.zfill(3) }}\n=> 007"},
    {0},
};
// clang-format on

// What Markup has besides: reached through method_lookup.
// clang-format off
const Native markup_methods[] = {
    {"striptags", s_striptags, "self", "the text without HTML tags"},
    {0},
};
// clang-format on
