// In: texts. Out: their characters, case, pieces and HTML escapes as Python's str has them.
// Leaves the methods themselves to methods_str.c.
#include "std_text.h"

#include "std.h"

#include <stdlib.h>

Chars chars_of(Arena *a, Str s) {
  Chars r = {.c = arena_alloc(a, (s.len + 1) * sizeof(uint32_t))};
  for (size_t at = 0; at < s.len;)
    r.c[r.n++] = utf8_next(s, &at);
  return r;
}

Value chars_str(Eval *ev, const uint32_t *c, size_t n, uint8_t flags) {
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < n; i++)
    utf8_add(&b, c[i]);
  return str_value(&b, flags);
}

// Characters whose upper or title case is more than one character.
static const struct {
  uint32_t cp;
  const char *upper, *title;
} expansions[] = {
    {0xdf,   "SS",                       "Ss"                      },
    {0x149,
     "\xca\xbc"
     "N",                                "\xca\xbc"
     "N"                                                  },
    {0x1f0,  "J\xcc\x8c",                "J\xcc\x8c"               },
    {0x390,  "\xce\x99\xcc\x88\xcc\x81", "\xce\x99\xcc\x88\xcc\x81"},
    {0x3b0,  "\xce\xa5\xcc\x88\xcc\x81", "\xce\xa5\xcc\x88\xcc\x81"},
    {0x587,  "\xd4\xb5\xd5\x92",         "\xd4\xb5\xd6\x82"        },
    {0x1e96, "H\xcc\xb1",                "H\xcc\xb1"               },
    {0x1e97, "T\xcc\x88",                "T\xcc\x88"               },
    {0x1e98, "W\xcc\x8a",                "W\xcc\x8a"               },
    {0x1e99, "Y\xcc\x8a",                "Y\xcc\x8a"               },
    {0x1e9a, "A\xca\xbe",                "A\xca\xbe"               },
    {0x1f50, "\xce\xa5\xcc\x93",         "\xce\xa5\xcc\x93"        },
    {0x1f52, "\xce\xa5\xcc\x93\xcc\x80", "\xce\xa5\xcc\x93\xcc\x80"},
    {0x1f54, "\xce\xa5\xcc\x93\xcc\x81", "\xce\xa5\xcc\x93\xcc\x81"},
    {0x1f56, "\xce\xa5\xcc\x93\xcd\x82", "\xce\xa5\xcc\x93\xcd\x82"},
    {0x1f80, "\xe1\xbc\x88\xce\x99",     "\xe1\xbe\x88"            },
    {0x1f81, "\xe1\xbc\x89\xce\x99",     "\xe1\xbe\x89"            },
    {0x1f82, "\xe1\xbc\x8a\xce\x99",     "\xe1\xbe\x8a"            },
    {0x1f83, "\xe1\xbc\x8b\xce\x99",     "\xe1\xbe\x8b"            },
    {0x1f84, "\xe1\xbc\x8c\xce\x99",     "\xe1\xbe\x8c"            },
    {0x1f85, "\xe1\xbc\x8d\xce\x99",     "\xe1\xbe\x8d"            },
    {0x1f86, "\xe1\xbc\x8e\xce\x99",     "\xe1\xbe\x8e"            },
    {0x1f87, "\xe1\xbc\x8f\xce\x99",     "\xe1\xbe\x8f"            },
    {0x1f88, "\xe1\xbc\x88\xce\x99",     "\xe1\xbe\x88"            },
    {0x1f89, "\xe1\xbc\x89\xce\x99",     "\xe1\xbe\x89"            },
    {0x1f8a, "\xe1\xbc\x8a\xce\x99",     "\xe1\xbe\x8a"            },
    {0x1f8b, "\xe1\xbc\x8b\xce\x99",     "\xe1\xbe\x8b"            },
    {0x1f8c, "\xe1\xbc\x8c\xce\x99",     "\xe1\xbe\x8c"            },
    {0x1f8d, "\xe1\xbc\x8d\xce\x99",     "\xe1\xbe\x8d"            },
    {0x1f8e, "\xe1\xbc\x8e\xce\x99",     "\xe1\xbe\x8e"            },
    {0x1f8f, "\xe1\xbc\x8f\xce\x99",     "\xe1\xbe\x8f"            },
    {0x1f90, "\xe1\xbc\xa8\xce\x99",     "\xe1\xbe\x98"            },
    {0x1f91, "\xe1\xbc\xa9\xce\x99",     "\xe1\xbe\x99"            },
    {0x1f92, "\xe1\xbc\xaa\xce\x99",     "\xe1\xbe\x9a"            },
    {0x1f93, "\xe1\xbc\xab\xce\x99",     "\xe1\xbe\x9b"            },
    {0x1f94, "\xe1\xbc\xac\xce\x99",     "\xe1\xbe\x9c"            },
    {0x1f95, "\xe1\xbc\xad\xce\x99",     "\xe1\xbe\x9d"            },
    {0x1f96, "\xe1\xbc\xae\xce\x99",     "\xe1\xbe\x9e"            },
    {0x1f97, "\xe1\xbc\xaf\xce\x99",     "\xe1\xbe\x9f"            },
    {0x1f98, "\xe1\xbc\xa8\xce\x99",     "\xe1\xbe\x98"            },
    {0x1f99, "\xe1\xbc\xa9\xce\x99",     "\xe1\xbe\x99"            },
    {0x1f9a, "\xe1\xbc\xaa\xce\x99",     "\xe1\xbe\x9a"            },
    {0x1f9b, "\xe1\xbc\xab\xce\x99",     "\xe1\xbe\x9b"            },
    {0x1f9c, "\xe1\xbc\xac\xce\x99",     "\xe1\xbe\x9c"            },
    {0x1f9d, "\xe1\xbc\xad\xce\x99",     "\xe1\xbe\x9d"            },
    {0x1f9e, "\xe1\xbc\xae\xce\x99",     "\xe1\xbe\x9e"            },
    {0x1f9f, "\xe1\xbc\xaf\xce\x99",     "\xe1\xbe\x9f"            },
    {0x1fa0, "\xe1\xbd\xa8\xce\x99",     "\xe1\xbe\xa8"            },
    {0x1fa1, "\xe1\xbd\xa9\xce\x99",     "\xe1\xbe\xa9"            },
    {0x1fa2, "\xe1\xbd\xaa\xce\x99",     "\xe1\xbe\xaa"            },
    {0x1fa3, "\xe1\xbd\xab\xce\x99",     "\xe1\xbe\xab"            },
    {0x1fa4, "\xe1\xbd\xac\xce\x99",     "\xe1\xbe\xac"            },
    {0x1fa5, "\xe1\xbd\xad\xce\x99",     "\xe1\xbe\xad"            },
    {0x1fa6, "\xe1\xbd\xae\xce\x99",     "\xe1\xbe\xae"            },
    {0x1fa7, "\xe1\xbd\xaf\xce\x99",     "\xe1\xbe\xaf"            },
    {0x1fa8, "\xe1\xbd\xa8\xce\x99",     "\xe1\xbe\xa8"            },
    {0x1fa9, "\xe1\xbd\xa9\xce\x99",     "\xe1\xbe\xa9"            },
    {0x1faa, "\xe1\xbd\xaa\xce\x99",     "\xe1\xbe\xaa"            },
    {0x1fab, "\xe1\xbd\xab\xce\x99",     "\xe1\xbe\xab"            },
    {0x1fac, "\xe1\xbd\xac\xce\x99",     "\xe1\xbe\xac"            },
    {0x1fad, "\xe1\xbd\xad\xce\x99",     "\xe1\xbe\xad"            },
    {0x1fae, "\xe1\xbd\xae\xce\x99",     "\xe1\xbe\xae"            },
    {0x1faf, "\xe1\xbd\xaf\xce\x99",     "\xe1\xbe\xaf"            },
    {0x1fb2, "\xe1\xbe\xba\xce\x99",     "\xe1\xbe\xba\xcd\x85"    },
    {0x1fb3, "\xce\x91\xce\x99",         "\xe1\xbe\xbc"            },
    {0x1fb4, "\xce\x86\xce\x99",         "\xce\x86\xcd\x85"        },
    {0x1fb6, "\xce\x91\xcd\x82",         "\xce\x91\xcd\x82"        },
    {0x1fb7, "\xce\x91\xcd\x82\xce\x99", "\xce\x91\xcd\x82\xcd\x85"},
    {0x1fbc, "\xce\x91\xce\x99",         "\xe1\xbe\xbc"            },
    {0x1fc2, "\xe1\xbf\x8a\xce\x99",     "\xe1\xbf\x8a\xcd\x85"    },
    {0x1fc3, "\xce\x97\xce\x99",         "\xe1\xbf\x8c"            },
    {0x1fc4, "\xce\x89\xce\x99",         "\xce\x89\xcd\x85"        },
    {0x1fc6, "\xce\x97\xcd\x82",         "\xce\x97\xcd\x82"        },
    {0x1fc7, "\xce\x97\xcd\x82\xce\x99", "\xce\x97\xcd\x82\xcd\x85"},
    {0x1fcc, "\xce\x97\xce\x99",         "\xe1\xbf\x8c"            },
    {0x1fd2, "\xce\x99\xcc\x88\xcc\x80", "\xce\x99\xcc\x88\xcc\x80"},
    {0x1fd3, "\xce\x99\xcc\x88\xcc\x81", "\xce\x99\xcc\x88\xcc\x81"},
    {0x1fd6, "\xce\x99\xcd\x82",         "\xce\x99\xcd\x82"        },
    {0x1fd7, "\xce\x99\xcc\x88\xcd\x82", "\xce\x99\xcc\x88\xcd\x82"},
    {0x1fe2, "\xce\xa5\xcc\x88\xcc\x80", "\xce\xa5\xcc\x88\xcc\x80"},
    {0x1fe3, "\xce\xa5\xcc\x88\xcc\x81", "\xce\xa5\xcc\x88\xcc\x81"},
    {0x1fe4, "\xce\xa1\xcc\x93",         "\xce\xa1\xcc\x93"        },
    {0x1fe6, "\xce\xa5\xcd\x82",         "\xce\xa5\xcd\x82"        },
    {0x1fe7, "\xce\xa5\xcc\x88\xcd\x82", "\xce\xa5\xcc\x88\xcd\x82"},
    {0x1ff2, "\xe1\xbf\xba\xce\x99",     "\xe1\xbf\xba\xcd\x85"    },
    {0x1ff3, "\xce\xa9\xce\x99",         "\xe1\xbf\xbc"            },
    {0x1ff4, "\xce\x8f\xce\x99",         "\xce\x8f\xcd\x85"        },
    {0x1ff6, "\xce\xa9\xcd\x82",         "\xce\xa9\xcd\x82"        },
    {0x1ff7, "\xce\xa9\xcd\x82\xce\x99", "\xce\xa9\xcd\x82\xcd\x85"},
    {0x1ffc, "\xce\xa9\xce\x99",         "\xe1\xbf\xbc"            },
    {0xfb00, "FF",                       "Ff"                      },
    {0xfb01, "FI",                       "Fi"                      },
    {0xfb02, "FL",                       "Fl"                      },
    {0xfb03, "FFI",                      "Ffi"                     },
    {0xfb04, "FFL",                      "Ffl"                     },
    {0xfb05, "ST",                       "St"                      },
    {0xfb06, "ST",                       "St"                      },
    {0xfb13, "\xd5\x84\xd5\x86",         "\xd5\x84\xd5\xb6"        },
    {0xfb14, "\xd5\x84\xd4\xb5",         "\xd5\x84\xd5\xa5"        },
    {0xfb15, "\xd5\x84\xd4\xbb",         "\xd5\x84\xd5\xab"        },
    {0xfb16, "\xd5\x8e\xd5\x86",         "\xd5\x8e\xd5\xb6"        },
    {0xfb17, "\xd5\x84\xd4\xbd",         "\xd5\x84\xd5\xad"        },
};

static int by_cp(const void *key, const void *row) {
  uint32_t a = *(const uint32_t *)key, b = *(const uint32_t *)row;
  return a < b ? -1 : a > b;
}

static void add_upper(Buf *out, uint32_t cp, bool title) {
  if (cp < 0x80) {
    buf_addc(out, (char)(cp >= 'a' && cp <= 'z' ? cp - 32 : cp));
    return;
  }
  const char *row = bsearch(&cp, expansions, COUNT(expansions), sizeof *expansions, by_cp);
  if (row) {
    size_t i = (size_t)(row - (const char *)expansions) / sizeof *expansions;
    buf_add(out, str_c(title ? expansions[i].title : expansions[i].upper));
  } else {
    utf8_add(out, title ? utf8_totitle(cp) : utf8_toupper(cp));
  }
}

void buf_title(Buf *out, uint32_t cp) { add_upper(out, cp, true); }

bool char_cased(uint32_t cp) { return utf8_islower(cp) || utf8_isupper(cp) || utf8_istitle(cp); }

Str str_upper(Arena *a, Str s) {
  Buf b = {.arena = a};
  buf_room(&b, s.len + 1);
  for (size_t at = 0; at < s.len;)
    add_upper(&b, utf8_next(s, &at), false);
  return buf_str(&b);
}

// What a word's case is not told by: Unicode's Case_Ignorable, as far as text has it.
static bool case_ignorable(uint32_t c) {
  static const uint32_t some[] = {'\'', '.',  ':',  '^',    '`',    0xa8,   0xad,
                                  0xaf, 0xb4, 0xb7, 0x2018, 0x2019, 0x2024, 0x2027};
  for (size_t i = 0; i < COUNT(some); i++)
    if (c == some[i])
      return true;
  return c > 0x2ff && utf8_ismark(c);
}

// A capital sigma at the end of a word becomes the final one; `end` is behind it.
static bool word_ends(Str s, size_t end) {
  for (size_t i = end; i < s.len;) {
    uint32_t c = utf8_next(s, &i);
    if (!case_ignorable(c))
      return !char_cased(c);
  }
  return true;
}

Str str_lower(Arena *a, Str s) {
  Buf b = {.arena = a};
  buf_room(&b, s.len + 1);
  bool inside = false; // behind a cased character
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (c < 0x80)
      buf_addc(&b, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    else if (c == 0x3a3)
      utf8_add(&b, inside && word_ends(s, at) ? 0x3c2 : 0x3c3);
    else if (c == 0x130)
      buf_adds(&b, "i\xcc\x87");
    else
      utf8_add(&b, utf8_tolower(c));
    if (!case_ignorable(c))
      inside = c < 0x80 ? (c | 32) >= 'a' && (c | 32) <= 'z' : char_cased(c);
  }
  return buf_str(&b);
}

Value str_value(Buf *b, uint8_t flags) {
  Value v = val_str(buf_str(b));
  v.flags = flags & VAL_SAFE;
  return v;
}

Str str_strip_space(Str s) {
  size_t from = 0, to = 0;
  bool any = false;
  for (size_t at = 0; at < s.len;) {
    size_t was = at;
    if (utf8_isspace(utf8_next(s, &at)))
      continue;
    if (!any)
      from = was;
    any = true;
    to = at;
  }
  return any ? str_sub(s, from, to) : str_n(s.ptr, 0);
}

static bool line_end(uint32_t c) {
  return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

Value str_splitlines(Arena *a, Str s, bool keepends) {
  Value r = val_list(a, 8);
  size_t start = 0;
  for (size_t at = 0; at < s.len;) {
    size_t was = at;
    uint32_t c = utf8_next(s, &at);
    if (!line_end(c))
      continue;
    if (c == '\r' && at < s.len && s.ptr[at] == '\n')
      at++;
    list_push(a, r.list, val_str(str_sub(s, start, keepends ? at : was)));
    start = at;
  }
  if (start < s.len)
    list_push(a, r.list, val_str(str_sub(s, start, s.len)));
  return r;
}

Value str_split_space(Arena *a, Str s, int64_t most) {
  Value r = val_list(a, 8);
  size_t at = 0;
  for (;;) {
    size_t start = at;
    while (at < s.len) {
      start = at;
      if (!utf8_isspace(utf8_next(s, &at)))
        break;
      start = at;
    }
    if (start >= s.len)
      return r;
    if (most >= 0 && (int64_t)r.list->n == most) {
      list_push(a, r.list, val_str(str_sub(s, start, s.len)));
      return r;
    }
    size_t end = at;
    while (at < s.len) {
      size_t was = at;
      if (utf8_isspace(utf8_next(s, &at)))
        break;
      end = at;
      (void)was;
    }
    list_push(a, r.list, val_str(str_sub(s, start, end)));
  }
}

Value html_escape(Eval *ev, Value v) {
  if (v.kind == VAL_STR && (v.flags & VAL_SAFE))
    return v;
  Buf b = {.arena = eval_arena(ev)};
  buf_add_spelled(&b, to_str(ev, v), spelled_html);
  return str_value(&b, VAL_SAFE);
}
