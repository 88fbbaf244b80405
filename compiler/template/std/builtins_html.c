// Filters that know HTML and URLs. In: text or a mapping. Out: text, marked safe where Jinja does.
#include "../../base/regex.h"
#include "../../base/sort.h"
#include "../ops_access.h"
#include "methods_seq.h"
#include "std.h"
#include "std_text.h"

#include <stdlib.h>

Value f_escape(Eval *ev, const Value *v) { return html_escape(ev, v[0]); }

Value f_forceescape(Eval *ev, const Value *v) { return html_escape(ev, val_str(to_str(ev, v[0]))); }

Value f_xmlattr(Eval *ev, const Value *v) {
  if (v[0].kind == VAL_UNDEF)
    ops_undef_fail(ev, v[0]);
  if (v[0].kind != VAL_DICT)
    eval_fail(ev, "'%s' object has no attribute 'items'", val_type_name(v[0]));
  Buf b = {.arena = eval_arena(ev)};
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v[0].dict, &at));) {
    if (e->value.kind == VAL_NONE || e->value.kind == VAL_UNDEF)
      continue;
    Str key = need_str(ev, "xmlattr", e->key);
    for (size_t i = 0; i < key.len; i++)
      if (strchr(" \t\n\r\f\v/>=", key.ptr[i]))
        eval_fail(ev, "Invalid character in attribute name: '%.*s'", STR_ARG(key));
    if (b.len || val_truth(v[1]))
      buf_addc(&b, ' ');
    buf_add(&b, val_text(html_escape(ev, e->key)));
    buf_adds(&b, "=\"");
    buf_add(&b, val_text(html_escape(ev, e->value)));
    buf_addc(&b, '"');
  }
  return str_value(&b, 0);
}

// --- URLs
static void url_quote(Buf *out, Str s, bool query) {
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 (c && strchr("_.-~", c)) || (c == '/' && !query);
    if (plain)
      buf_addc(out, (char)c);
    else if (c == ' ' && query)
      buf_addc(out, '+');
    else
      buf_addf(out, "%%%02X", c);
  }
}

static void url_pair(Eval *ev, Buf *out, Value key, Value v) {
  if (out->len)
    buf_addc(out, '&');
  url_quote(out, to_str(ev, key), true);
  buf_addc(out, '=');
  url_quote(out, to_str(ev, v), true);
}

Value f_urlencode(Eval *ev, const Value *v) {
  Value item;
  Buf b = {.arena = eval_arena(ev)};
  bool many = val_is_seq(v[0]) || v[0].kind == VAL_DICT || v[0].kind == VAL_SET ||
              v[0].kind == VAL_UNDEF || (v[0].kind == VAL_OBJECT && v[0].obj->type->iter);
  if (!many) {
    url_quote(&b, to_str(ev, v[0]), false);
    return str_value(&b, 0);
  }
  Iter it;
  ops_iter(ev, v[0].kind == VAL_DICT ? dict_view(eval_arena(ev), v[0].dict, "items") : v[0], &it);
  while (iter_next(ev, &it, &item)) {
    Value pair = ops_list(ev, item);
    if (pair.list->n != 2)
      eval_fail(ev,
                pair.list->n < 2 ? "not enough values to unpack (expected 2, got %zu)"
                                 : "too many values to unpack (expected 2, got %zu)",
                pair.list->n);
    url_pair(ev, &b, pair.list->items[0], pair.list->items[1]);
  }
  return str_value(&b, 0);
}

// --- tags out, entities read
static Str cut_between(Arena *a, Str s, Str open, Str close) {
  Buf b = {.arena = a};
  size_t from = 0;
  for (ptrdiff_t start; (start = str_find(s, open, from)) >= 0;) {
    ptrdiff_t end = str_find(s, close, (size_t)start);
    if (end < 0)
      break;
    buf_add(&b, str_sub(s, from, (size_t)start));
    from = (size_t)end + close.len;
  }
  buf_add(&b, str_sub(s, from, s.len));
  return buf_str(&b);
}

static const struct {
  const char *name;
  uint32_t cp;
} entities[] = {
    {"amp",    '&'   },
    {"lt",     '<'   },
    {"gt",     '>'   },
    {"quot",   '"'   },
    {"apos",   '\''  },
    {"nbsp",   0xa0  },
    {"iexcl",  0xa1  },
    {"cent",   0xa2  },
    {"pound",  0xa3  },
    {"yen",    0xa5  },
    {"sect",   0xa7  },
    {"copy",   0xa9  },
    {"laquo",  0xab  },
    {"reg",    0xae  },
    {"deg",    0xb0  },
    {"plusmn", 0xb1  },
    {"sup2",   0xb2  },
    {"sup3",   0xb3  },
    {"micro",  0xb5  },
    {"para",   0xb6  },
    {"middot", 0xb7  },
    {"raquo",  0xbb  },
    {"frac14", 0xbc  },
    {"frac12", 0xbd  },
    {"frac34", 0xbe  },
    {"Agrave", 0xc0  },
    {"Aacute", 0xc1  },
    {"Auml",   0xc4  },
    {"Aring",  0xc5  },
    {"AElig",  0xc6  },
    {"Ccedil", 0xc7  },
    {"Egrave", 0xc8  },
    {"Eacute", 0xc9  },
    {"Ntilde", 0xd1  },
    {"Ouml",   0xd6  },
    {"times",  0xd7  },
    {"Oslash", 0xd8  },
    {"Uuml",   0xdc  },
    {"szlig",  0xdf  },
    {"agrave", 0xe0  },
    {"aacute", 0xe1  },
    {"acirc",  0xe2  },
    {"auml",   0xe4  },
    {"aring",  0xe5  },
    {"aelig",  0xe6  },
    {"ccedil", 0xe7  },
    {"egrave", 0xe8  },
    {"eacute", 0xe9  },
    {"ecirc",  0xea  },
    {"euml",   0xeb  },
    {"iacute", 0xed  },
    {"ntilde", 0xf1  },
    {"oacute", 0xf3  },
    {"ocirc",  0xf4  },
    {"ouml",   0xf6  },
    {"divide", 0xf7  },
    {"oslash", 0xf8  },
    {"uacute", 0xfa  },
    {"uuml",   0xfc  },
    {"ndash",  0x2013},
    {"mdash",  0x2014},
    {"lsquo",  0x2018},
    {"rsquo",  0x2019},
    {"ldquo",  0x201c},
    {"rdquo",  0x201d},
    {"bull",   0x2022},
    {"hellip", 0x2026},
    {"euro",   0x20ac},
    {"trade",  0x2122},
    {"larr",   0x2190},
    {"uarr",   0x2191},
    {"rarr",   0x2192},
    {"darr",   0x2193},
    {"minus",  0x2212},
    {"infin",  0x221e},
    {"ne",     0x2260},
    {"le",     0x2264},
    {"ge",     0x2265},
};

// Reads "&...;" at s[at]; false: not an entity.
static bool entity(Str s, size_t at, size_t *end, uint32_t *cp) {
  size_t i = at + 1;
  if (i < s.len && s.ptr[i] == '#') {
    bool hex = i + 1 < s.len && (s.ptr[i + 1] | 32) == 'x';
    i += 1 + hex;
    size_t from = i;
    uint32_t n = 0;
    for (; i < s.len && i - from < 8; i++) {
      char c = s.ptr[i];
      int d = c >= '0' && c <= '9'                        ? c - '0'
              : hex && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                          : -1;
      if (d < 0)
        break;
      n = n * (hex ? 16 : 10) + (uint32_t)d;
    }
    if (i == from)
      return false;
    *cp = !n || n > 0x10ffff || (n >= 0xd800 && n < 0xe000) ? 0xfffd : n;
    *end = i < s.len && s.ptr[i] == ';' ? i + 1 : i;
    return true;
  }
  ptrdiff_t semi = str_find(s, STR(";"), i);
  if (semi < 0 || semi - (ptrdiff_t)i > 8)
    return false;
  for (size_t k = 0; k < COUNT(entities); k++)
    if (str_eq(str_sub(s, i, (size_t)semi), str_c(entities[k].name))) {
      *cp = entities[k].cp;
      *end = (size_t)semi + 1;
      return true;
    }
  return false;
}

static void unescape(Buf *out, Str s) {
  for (size_t at = 0; at < s.len;) {
    size_t end;
    uint32_t cp;
    if (s.ptr[at] == '&' && entity(s, at, &end, &cp)) {
      utf8_add(out, cp);
      at = end;
    } else {
      buf_addc(out, s.ptr[at++]);
    }
  }
}

Value f_striptags(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Str s = cut_between(a, to_str(ev, v[0]), STR("<!--"), STR("-->"));
  s = cut_between(a, s, STR("<"), STR(">"));
  Value words = str_split_space(a, s, -1);
  Buf joined = {.arena = a}, b = {.arena = a};
  for (size_t i = 0; i < words.list->n; i++) {
    if (i)
      buf_addc(&joined, ' ');
    buf_add(&joined, val_text(words.list->items[i]));
  }
  unescape(&b, buf_str(&joined));
  return str_value(&b, 0);
}

// --- urlize
// What counts as a URL: with a scheme or www., any lower-case top domain; bare, a well-known one;
// with a scheme, also an address; then a port and a path.
static const char url_pattern[] =
    "(?:(?:https?://|www\\.)(?:(?:[\\w%-]+\\.)+)?(?:[a-z]{2,63}|xn--[\\w%]{2,59})"
    "|(?:[\\w%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)"
    "|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))"
    "(?::\\d{1,5})?(?:[/?#]\\S*)?$";
static const char mail_pattern[] = "\\S+@\\w[\\w.-]*\\.\\w+$";

static bool matches(Eval *ev, const char *pattern, int flags, Str s) {
  Str error;
  RegexSpan *spans;
  Regex *r = regex_cached(eval_arena(ev), str_c(pattern), flags, &error);
  return r && regex_exec(r, s, 0, REGEX_MATCH, eval_arena(ev), &spans, &error) == 1;
}

typedef struct Links {
  Eval *ev;
  Buf out, attrs; // attrs: rel and target
  int64_t limit;  // characters shown of a URL; -1: all
  Value schemes;
} Links;

static void shown(Links *l, Str url) {
  if (l->limit < 0 || (int64_t)utf8_count(url) <= l->limit) {
    buf_add(&l->out, url);
    return;
  }
  buf_add(&l->out, str_sub(url, 0, utf8_offset(url, (size_t)l->limit)));
  buf_adds(&l->out, "...");
}

static void anchor(Links *l, const char *scheme, Str url, bool attrs, bool cut) {
  buf_adds(&l->out, "<a href=\"");
  buf_add(&l->out, str_c(scheme));
  buf_add(&l->out, url);
  buf_addc(&l->out, '"');
  if (attrs)
    buf_add(&l->out, buf_str(&l->attrs));
  buf_addc(&l->out, '>');
  if (cut)
    shown(l, url);
  else
    buf_add(&l->out, url);
  buf_adds(&l->out, "</a>");
}

static void middle_part(Links *l, Str m) {
  if (matches(l->ev, url_pattern, REGEX_IGNORECASE, m)) {
    bool has = str_starts(m, STR("https://")) || str_starts(m, STR("http://"));
    anchor(l, has ? "" : "https://", m, true, true);
    return;
  }
  if (str_starts(m, STR("mailto:")) && matches(l->ev, mail_pattern, 0, str_sub(m, 7, m.len))) {
    buf_adds(&l->out, "<a href=\"");
    buf_add(&l->out, m);
    buf_adds(&l->out, "\">");
    buf_add(&l->out, str_sub(m, 7, m.len));
    buf_adds(&l->out, "</a>");
    return;
  }
  if (str_find(m, STR("@"), 0) > 0 && !str_starts(m, STR("www.")) && str_find(m, STR(":"), 0) < 0 &&
      matches(l->ev, mail_pattern, 0, m)) {
    anchor(l, "mailto:", m, false, false);
    return;
  }
  for (size_t i = 0; i < l->schemes.list->n; i++) {
    Str scheme = val_text(l->schemes.list->items[i]);
    if (!str_eq(m, scheme) && str_starts(m, scheme)) {
      anchor(l, "", m, true, false);
      return;
    }
  }
  buf_add(&l->out, m);
}

static size_t opener(Str s) { // the length of one opening bracket at the start
  return str_starts(s, STR("(")) || str_starts(s, STR("<")) ? 1
         : str_starts(s, STR("&lt;"))                       ? 4
                                                            : 0;
}
static size_t closer(Str s) { // the length of one closing mark at the end
  if (str_ends(s, STR("&gt;")))
    return 4;
  return s.len && strchr(")>.,\n", s.ptr[s.len - 1]) ? 1 : 0;
}

static size_t count_of(Str s, Str what) {
  size_t n = 0;
  for (ptrdiff_t at = 0; (at = str_find(s, what, (size_t)at)) >= 0; at += (ptrdiff_t)what.len)
    n++;
  return n;
}

static void link_word(Links *l, Str word) {
  static const Str pairs[][2] = {
      {STR_INIT("("),    STR_INIT(")")   },
      {STR_INIT("<"),    STR_INIT(">")   },
      {STR_INIT("&lt;"), STR_INIT("&gt;")}
  };
  size_t head = 0, end = word.len;
  for (size_t n; (n = opener(str_sub(word, head, word.len)));)
    head += n;
  for (size_t n; end > head && (n = closer(str_sub(word, head, end)));)
    end -= n;
  // Closing brackets whose opening one is inside belong to the URL.
  for (size_t p = 0; p < COUNT(pairs); p++) {
    size_t open = count_of(str_sub(word, head, end), pairs[p][0]);
    if (open <= count_of(str_sub(word, head, end), pairs[p][1]))
      continue;
    size_t tail = count_of(str_sub(word, end, word.len), pairs[p][1]);
    for (size_t i = 0; i < (open < tail ? open : tail); i++)
      end = (size_t)str_find(word, pairs[p][1], end) + pairs[p][1].len;
  }
  buf_add(&l->out, str_sub(word, 0, head));
  middle_part(l, str_sub(word, head, end));
  buf_add(&l->out, str_sub(word, end, word.len));
}

static int by_text(const void *x, const void *y) {
  return str_cmp(val_text(*(const Value *)x), val_text(*(const Value *)y));
}

// rel="..." in order, each word once; noopener always.
static void rel_attr(Links *l, Value rel, bool nofollow) {
  Arena *a = eval_arena(l->ev);
  Value words = rel.kind == VAL_NONE ? val_list(a, 2)
                                     : str_split_space(a, need_str(l->ev, "urlize", rel), -1);
  list_push(a, words.list, val_lit("noopener"));
  if (nofollow)
    list_push(a, words.list, val_lit("nofollow"));
  sort_items(words.list->items, words.list->n, sizeof(Value), by_text);
  buf_adds(&l->attrs, " rel=\"");
  for (size_t i = 0; i < words.list->n; i++) {
    if (i && val_eq(words.list->items[i], words.list->items[i - 1]))
      continue;
    if (i)
      buf_addc(&l->attrs, ' ');
    buf_add_spelled(&l->attrs, val_text(words.list->items[i]), spelled_html);
  }
  buf_addc(&l->attrs, '"');
}

Value f_urlize(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Links l = {.ev = ev, .out = {.arena = a}, .attrs = {.arena = a}, .limit = -1};
  l.schemes = v[5].kind == VAL_NONE ? val_list(a, 0) : ops_list(ev, v[5]);
  for (size_t i = 0; i < l.schemes.list->n; i++) {
    Str scheme = need_str(ev, "urlize", l.schemes.list->items[i]);
    if (!matches(ev, "[\\w.+-]{2,}:(?:/){0,2}\\Z", 0, scheme))
      eval_fail(ev, "'%.*s' is not a valid URI scheme prefix.", STR_ARG(scheme));
  }
  if (v[1].kind != VAL_NONE)
    l.limit = need_int(ev, v[1], 0, INT32_MAX, "trim_url_limit");
  rel_attr(&l, v[4], val_truth(v[2]));
  if (v[3].kind != VAL_NONE && val_truth(v[3]))
    buf_addf(&l.attrs, " target=\"%.*s\"", STR_ARG(val_text(html_escape(ev, v[3]))));
  Str s = val_text(html_escape(ev, v[0]));
  size_t from = 0;
  for (size_t at = 0; at <= s.len;) {
    size_t was = at;
    bool space = at < s.len && utf8_isspace(utf8_next(s, &at));
    if (space || was == s.len) {
      link_word(&l, str_sub(s, from, was));
      buf_add(&l.out, str_sub(s, was, at));
      from = at;
    }
    if (was == s.len)
      break;
  }
  return str_value(&l.out, 0);
}
