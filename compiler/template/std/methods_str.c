// The methods of str, as Python 3.11 has them. In: a text and arguments. Out: a Value. Leaves
// str.format to format.c. A method of Markup gives Markup.
#include "std.h"

#define M(name) static Value s_##name(Eval *ev, Value self, const Args *args)

static Str text_arg(Eval *ev, const char *fname, const Args *args, size_t i) {
  return need_str(ev, fname, args->pos[i]);
}

static Value like(Value self, Str s) {
  Value v = val_str(s);
  v.flags = self.flags & VAL_SAFE;
  return v;
}

// --- case
M(upper) {
  args_positional(ev, "str.upper", args, 0, 0);
  return like(self, str_upper(eval_arena(ev), val_text(self)));
}

M(lower) {
  args_positional(ev, "str.lower", args, 0, 0);
  return like(self, str_lower(eval_arena(ev), val_text(self)));
}

// Lower case of the upper case folds nearly all that has more than two spellings.
M(casefold) {
  args_positional(ev, "str.casefold", args, 0, 0);
  Arena *a = eval_arena(ev);
  Str s = val_text(self);
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
  return str_value(&b, self.flags);
}

M(capitalize) {
  args_positional(ev, "str.capitalize", args, 0, 0);
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

M(title) {
  args_positional(ev, "str.title", args, 0, 0);
  Str s = val_text(self);
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
  return str_value(&b, self.flags);
}

M(swapcase) {
  args_positional(ev, "str.swapcase", args, 0, 0);
  Str s = val_text(self);
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
  return str_value(&b, self.flags);
}

// --- classes
typedef bool CharTest(uint32_t cp);

static Value all_chars(Eval *ev, Value self, const Args *args, const char *name, CharTest *test,
                       bool empty) {
  args_positional(ev, name, args, 0, 0);
  Str s = val_text(self);
  for (size_t at = 0; at < s.len;)
    if (!test(utf8_next(s, &at)))
      return val_bool(false);
  return val_bool(s.len ? true : empty);
}

static bool is_alnum(uint32_t c) {
  return utf8_isalpha(c) || utf8_isdecimal(c) || utf8_isdigit(c) || utf8_isnumeric(c);
}
static bool is_ascii(uint32_t c) { return c < 128; }

M(isalpha) { return all_chars(ev, self, args, "str.isalpha", utf8_isalpha, false); }
M(isalnum) { return all_chars(ev, self, args, "str.isalnum", is_alnum, false); }
M(isdigit) { return all_chars(ev, self, args, "str.isdigit", utf8_isdigit, false); }
M(isdecimal) { return all_chars(ev, self, args, "str.isdecimal", utf8_isdecimal, false); }
M(isnumeric) { return all_chars(ev, self, args, "str.isnumeric", utf8_isnumeric, false); }
M(isspace) { return all_chars(ev, self, args, "str.isspace", utf8_isspace, false); }
M(isprintable) { return all_chars(ev, self, args, "str.isprintable", utf8_isprintable, true); }
M(isascii) { return all_chars(ev, self, args, "str.isascii", is_ascii, true); }

// All cased characters are of one case, and there is one.
static Value one_case(Eval *ev, Value self, const Args *args, const char *name, CharTest *test) {
  args_positional(ev, name, args, 0, 0);
  Str s = val_text(self);
  bool any = false;
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (char_cased(c) && !test(c))
      return val_bool(false);
    any |= test(c);
  }
  return val_bool(any);
}

M(islower) { return one_case(ev, self, args, "str.islower", utf8_islower); }
M(isupper) { return one_case(ev, self, args, "str.isupper", utf8_isupper); }

M(istitle) {
  args_positional(ev, "str.istitle", args, 0, 0);
  Str s = val_text(self);
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

M(isidentifier) {
  args_positional(ev, "str.isidentifier", args, 0, 0);
  Str s = val_text(self);
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

// Optional start and end, in characters, from args[at].
static Range2 bounds(Eval *ev, const Args *args, size_t at, Str s) {
  Range2 r = {0, s.len, true};
  Value start = arg_or(args, at, val_none()), end = arg_or(args, at + 1, val_none());
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

static int64_t find_in(Eval *ev, Value self, const Args *args, const char *name, bool back) {
  args_positional(ev, name, args, 1, 3);
  Str s = val_text(self), needle = text_arg(ev, name, args, 0);
  Range2 r = bounds(ev, args, 1, s);
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

M(find) { return val_int(find_in(ev, self, args, "str.find", false)); }
M(rfind) { return val_int(find_in(ev, self, args, "str.rfind", true)); }
M(index) { return found(ev, find_in(ev, self, args, "str.index", false)); }
M(rindex) { return found(ev, find_in(ev, self, args, "str.rindex", true)); }

M(count) {
  args_positional(ev, "str.count", args, 1, 3);
  Str s = val_text(self), needle = text_arg(ev, "str.count", args, 0);
  Range2 r = bounds(ev, args, 1, s);
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

static Value affix(Eval *ev, Value self, const Args *args, const char *name,
                   bool (*test)(Str, Str)) {
  args_positional(ev, name, args, 1, 3);
  Str s = val_text(self);
  Range2 r = bounds(ev, args, 1, s);
  Str part = r.ok ? str_sub(s, r.from, r.to) : (Str){0};
  Value what = args->pos[0];
  if (what.kind == VAL_TUPLE) {
    for (size_t i = 0; i < what.list->n; i++)
      if (test(part, need_str(ev, name, what.list->items[i])) && r.ok)
        return val_bool(true);
    return val_bool(false);
  }
  if (what.kind != VAL_STR)
    eval_fail(ev, "%s first arg must be str or a tuple of str, not %s", name + 4,
              val_type_name(what));
  return val_bool(r.ok && test(part, val_text(what)));
}

M(startswith) { return affix(ev, self, args, "str.startswith", str_starts); }
M(endswith) { return affix(ev, self, args, "str.endswith", str_ends); }

// --- cutting
static bool in_set(Str set, uint32_t c) {
  for (size_t at = 0; at < set.len;)
    if (utf8_next(set, &at) == c)
      return true;
  return false;
}

static Value strip(Eval *ev, Value self, const Args *args, const char *name, bool left,
                   bool right) {
  args_positional(ev, name, args, 0, 1);
  Str s = val_text(self);
  Value what = arg_or(args, 0, val_none());
  if (what.kind != VAL_NONE && what.kind != VAL_STR)
    eval_fail(ev, "%s arg must be None or str", name + 4);
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
    return like(self, STR(""));
  return like(self, str_sub(s, left ? from : 0, right ? to : s.len));
}

M(strip) { return strip(ev, self, args, "str.strip", true, true); }
M(lstrip) { return strip(ev, self, args, "str.lstrip", true, false); }
M(rstrip) { return strip(ev, self, args, "str.rstrip", false, true); }

M(removeprefix) {
  args_positional(ev, "str.removeprefix", args, 1, 1);
  Str s = val_text(self), p = text_arg(ev, "str.removeprefix", args, 0);
  return like(self, str_starts(s, p) ? str_sub(s, p.len, s.len) : s);
}

M(removesuffix) {
  args_positional(ev, "str.removesuffix", args, 1, 1);
  Str s = val_text(self), p = text_arg(ev, "str.removesuffix", args, 0);
  return like(self, str_ends(s, p) ? str_sub(s, 0, s.len - p.len) : s);
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

static Value split(Eval *ev, Value self, const Args *args, const char *name, bool back) {
  Value v[2] = {val_none(), val_int(-1)};
  args_bind(ev, name, args, PARAMS("sep", "maxsplit"), 2, 0, v);
  int64_t most = need_index(ev, v[1]);
  Str s = val_text(self);
  eval_step(ev, s.len / 16);
  if (v[0].kind == VAL_NONE)
    return pieces(self,
                  back ? rsplit_space(ev, s, most) : str_split_space(eval_arena(ev), s, most));
  if (v[0].kind != VAL_STR)
    eval_fail(ev, "must be str or None, not %s", val_type_name(v[0]));
  return pieces(self, split_by(ev, s, val_text(v[0]), most, back));
}

M(split) { return split(ev, self, args, "split", false); }
M(rsplit) { return split(ev, self, args, "rsplit", true); }

M(splitlines) {
  Value v[1] = {val_bool(false)};
  args_bind(ev, "splitlines", args, PARAMS("keepends"), 1, 0, v);
  return pieces(self, str_splitlines(eval_arena(ev), val_text(self), val_truth(v[0])));
}

static Value three(Eval *ev, Value self, Str a, Str b, Str c) {
  Value t = val_tuple(eval_arena(ev), 3);
  list_push(eval_arena(ev), t.list, val_str(a));
  list_push(eval_arena(ev), t.list, val_str(b));
  list_push(eval_arena(ev), t.list, val_str(c));
  return pieces(self, t);
}

static Value partition(Eval *ev, Value self, const Args *args, const char *name, bool back) {
  args_positional(ev, name, args, 1, 1);
  Str s = val_text(self), sep = text_arg(ev, name, args, 0);
  if (!sep.len)
    eval_fail(ev, "empty separator");
  ptrdiff_t at = back ? str_rfind(s, sep) : str_find(s, sep, 0);
  if (at < 0)
    return back ? three(ev, self, STR(""), STR(""), s) : three(ev, self, s, STR(""), STR(""));
  return three(ev, self, str_sub(s, 0, (size_t)at), sep, str_sub(s, (size_t)at + sep.len, s.len));
}

M(partition) { return partition(ev, self, args, "str.partition", false); }
M(rpartition) { return partition(ev, self, args, "str.rpartition", true); }

// --- putting together
M(join) {
  args_positional(ev, "str.join", args, 1, 1);
  Value items = ops_list(ev, args->pos[0]);
  bool safe = self.flags & VAL_SAFE;
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < items.list->n; i++) {
    Value v = items.list->items[i];
    if (i)
      buf_add(&b, val_text(self));
    if (safe)
      v = html_escape(ev, v);
    if (v.kind != VAL_STR)
      eval_fail(ev, "sequence item %zu: expected str instance, %s found", i, val_type_name(v));
    buf_add(&b, val_text(v));
  }
  return str_value(&b, self.flags);
}

static Value replace(Eval *ev, Value self, Str old, Str new, int64_t most) {
  Str s = val_text(self);
  Buf b = {.arena = eval_arena(ev)};
  if (most < 0)
    most = INT64_MAX;
  size_t from = 0;
  if (old.len) {
    for (ptrdiff_t at; most-- > 0 && (at = str_find(s, old, from)) >= 0;) {
      buf_add(&b, str_sub(s, from, (size_t)at));
      buf_add(&b, new);
      from = (size_t)at + old.len;
      eval_step(ev, 1 + new.len / 64);
    }
    buf_add(&b, str_sub(s, from, s.len));
    return str_value(&b, self.flags);
  }
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

M(replace) {
  args_positional(ev, "str.replace", args, 2, 3);
  Value new = args->pos[1];
  Str old = text_arg(ev, "str.replace", args, 0);
  text_arg(ev, "str.replace", args, 1);
  if (self.flags & VAL_SAFE)
    new = html_escape(ev, new);
  return replace(ev, self, old, val_text(new), need_index(ev, arg_or(args, 2, val_int(-1))));
}

// --- filling
static Value fill(Eval *ev, Value self, const Args *args, const char *name, int where) {
  args_positional(ev, name, args, 1, 2);
  int64_t width = need_index(ev, args->pos[0]);
  Str s = val_text(self), with = args->npos > 1 ? text_arg(ev, name, args, 1) : STR(" ");
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

M(center) { return fill(ev, self, args, "str.center", 0); }
M(ljust) { return fill(ev, self, args, "str.ljust", -1); }
M(rjust) { return fill(ev, self, args, "str.rjust", 1); }

M(zfill) {
  args_positional(ev, "str.zfill", args, 1, 1);
  Str s = val_text(self);
  int64_t missing = need_index(ev, args->pos[0]) - (int64_t)utf8_count(s);
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

M(expandtabs) {
  Value v[1] = {val_int(8)};
  args_bind(ev, "expandtabs", args, PARAMS("tabsize"), 1, 0, v);
  int64_t size = need_int(ev, v[0], INT64_MIN / 2, 1 << 20, "tabsize"), col = 0;
  Str s = val_text(self);
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
  return str_value(&b, self.flags);
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

M(maketrans) {
  (void)self;
  args_positional(ev, "str.maketrans", args, 1, 3);
  Arena *a = eval_arena(ev);
  Value d = val_dict(a);
  if (args->npos == 1) {
    if (args->pos[0].kind != VAL_DICT)
      eval_fail(ev, "if you give only one argument to maketrans it must be a dict");
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(args->pos[0].dict, &at));)
      dict_set(a, d.dict, char_key(ev, e->key), e->value);
    return d;
  }
  Chars x = chars_of(a, text_arg(ev, "str.maketrans", args, 0));
  Chars y = chars_of(a, text_arg(ev, "str.maketrans", args, 1));
  if (x.n != y.n)
    eval_fail(ev, "the first two maketrans arguments must have equal length");
  for (size_t i = 0; i < x.n; i++)
    dict_set(a, d.dict, val_int(x.c[i]), val_int(y.c[i]));
  if (args->npos > 2) {
    Chars z = chars_of(a, text_arg(ev, "str.maketrans", args, 2));
    for (size_t i = 0; i < z.n; i++)
      dict_set(a, d.dict, val_int(z.c[i]), val_none());
  }
  return d;
}

M(translate) {
  args_positional(ev, "str.translate", args, 1, 1);
  ValueKind k = (ValueKind)args->pos[0].kind;
  if (k != VAL_DICT && k != VAL_STR && !val_is_seq(args->pos[0]) && k != VAL_OBJECT &&
      k != VAL_UNDEF)
    eval_fail(ev, "'%s' object is not subscriptable", val_type_name(args->pos[0]));
  Str s = val_text(self);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    Value to = ops_item(ev, args->pos[0], val_int(c));
    if (to.kind == VAL_UNDEF)
      buf_add(&b, str_sub(s, from, at));
    else if (to.kind == VAL_STR)
      buf_add(&b, val_text(to));
    else if (to.kind != VAL_NONE)
      utf8_add(&b, (uint32_t)need_int(ev, to, 0, 0x10ffff, "character mapping"));
  }
  return str_value(&b, self.flags);
}

// --- the rest
M(encode) { return bytes_encode(ev, self, args); }

M(format) { return str_format(ev, self, args, val_none()); }

M(format_map) {
  args_positional(ev, "format_map", args, 1, 1);
  return str_format(ev, self, &(Args){0}, args->pos[0]);
}

// Markup's own: the text with entities read, tags taken out.
M(striptags) {
  args_positional(ev, "Markup.striptags", args, 0, 0);
  return f_striptags(ev, val_none(), &(Args){.pos = &self, .npos = 1});
}

#define ROW(name)                                                                                  \
  { #name, s_##name }
const Method str_methods[] = {
    ROW(capitalize),   ROW(casefold),     ROW(center),    ROW(count),     ROW(encode),
    ROW(endswith),     ROW(expandtabs),   ROW(find),      ROW(format),    ROW(format_map),
    ROW(index),        ROW(isalnum),      ROW(isalpha),   ROW(isascii),   ROW(isdecimal),
    ROW(isdigit),      ROW(isidentifier), ROW(islower),   ROW(isnumeric), ROW(isprintable),
    ROW(isspace),      ROW(istitle),      ROW(isupper),   ROW(join),      ROW(ljust),
    ROW(lower),        ROW(lstrip),       ROW(maketrans), ROW(partition), ROW(removeprefix),
    ROW(removesuffix), ROW(replace),      ROW(rfind),     ROW(rindex),    ROW(rjust),
    ROW(rpartition),   ROW(rsplit),       ROW(rstrip),    ROW(split),     ROW(splitlines),
    ROW(startswith),   ROW(strip),        ROW(swapcase),  ROW(title),     ROW(translate),
    ROW(upper),        ROW(zfill),        {NULL, NULL},
};

// What Markup has besides: reached through method_lookup.
const Method markup_methods[] = {
    ROW(striptags), {NULL, NULL}
};
