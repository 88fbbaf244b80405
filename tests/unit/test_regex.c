// base/regex: Python's syntax where it differs from PCRE2's, what is refused, anchors, limits.
#include "compiler/base/regex.h"

#include "check.h"

static Arena arena;

// The whole match, or "-" for none, or the error.
static Str find(const char *pattern, int flags, const char *subject, RegexAnchor how, size_t from) {
  Str error = {0};
  Regex *r = regex_cached(&arena, str_c(pattern), flags, &error);
  if (!r)
    return error;
  RegexSpan *s;
  int n = regex_exec(r, str_c(subject), from, how, &arena, &s, &error);
  if (n < 0)
    return error;
  return n ? str_sub(str_c(subject), (size_t)s[0].start, (size_t)s[0].end) : STR("-");
}

static const struct {
  const char *pattern;
  int flags;
  const char *subject, *want;
} rows[] = {
    {"a+",                 0,                "baac",       "aa"      },
    {"(?P<x>a)(?P=x)",     0,                "baac",       "aa"      },
    {"c\\Z",               0,                "abc\n",      "-"       },
    {"c$",                 0,                "abc\n",      "c"       },
    {"b$",                 REGEX_MULTILINE,  "ab\nc",      "b"       },
    {"\\Ab",               REGEX_MULTILINE,  "a\nb",       "-"       },
    {"a.b",                0,                "a\rb",       "a\rb"    },
    {"a.b",                0,                "a\nb",       "-"       },
    {"a.b",                REGEX_DOTALL,     "a\nb",       "a\nb"    },
    {"HELLO",              REGEX_IGNORECASE, "say hello",  "hello"   },
    {"(?i)HELLO",          0,                "say hello",  "hello"   },
    {"(?i:H)ello",         0,                "say hello",  "hello"   },
    {"a b # comment (?R",  REGEX_VERBOSE,    "xab",        "ab"      },
    {"(?x) a b # c",       0,                "xab",        "ab"      },
    {"\\w+",               0,                "-żółć-", "żółć"},
    {"\\w+",               REGEX_ASCII,      "-żabc-",    "abc"     },
    {"(?a)\\w+",           0,                "-żabc-",    "abc"     },
    {"x{,2}y",             0,                "xxxy",       "xxy"     },
    {"x{a}",               0,                "x{a}",       "x{a}"    },
    {"[[]a]",              0,                "[a]",        "[a]"     },
    {"[]x]+",              0,                "a]x]",       "]x]"     },
    {"[^]]+",              0,                "]ab]",       "ab"      },
    {"[[:alpha:]]",        0,                "xa]:]",      "a]"      },
    {"\\u00e9\\x41\\101",  0,                "éAA",       "éAA"    },
    {"[\\u00e9-\\u00ff]+", 0,                "aéêb",     "éê"    },
    {"(a)|b\\1",           0,                "b",          "-"       },
    {"(a)(?(1)b|c)",       0,                "ab",         "ab"      },
    {"\\vx",               0,                "\vx",        "\vx"     },
    {"(?#note)a",          0,                "a",          "a"       },
    {"a(?=b)",             0,                "acab",       "a"       },
    {"(?<!a)b",            0,                "abb",        "b"       },
    {"\\.",                0,                "a.b",        "."       },
    {"é",                 REGEX_IGNORECASE, "É",         "É"      },
    {"a++b",               0,                "aab",        "aab"     },
    {"(?>a+)b",            0,                "aab",        "aab"     },
};

static const char *const refused[][2] = {
    {"(",       "missing ), unterminated subpattern at position"               },
    {")",       "unbalanced parenthesis at position 0"                         },
    {"[a",      "unterminated character set at position 0"                     },
    {"*a",      "nothing to repeat at position"                                },
    {"\\",      "bad escape (end of pattern) at position 0"                    },
    {"\\q",     "bad escape \\q at position 0"                                 },
    {"\\Q",     "bad escape \\Q at position 0"                                 },
    {"[\\z]",   "bad escape \\z at position 1"                                 },
    {"\\x1",    "incomplete escape at position 0"                              },
    {"(?R)",    "unknown extension ?R at position 1"                           },
    {"(?1)",    "unknown extension ?1 at position 1"                           },
    {"(?P>x)",  "unknown extension ?P> at position 1"                          },
    {"(?<n>a)", "unknown extension ?<"                                         },
    {"(*FAIL)", "nothing to repeat at position 1"                              },
    {"a(?i)b",  "global flags not at the start of the expression at position 1"},
    {"(?iq)",   "unknown flag at position 1"                                   },
    {"\\2(a)",  "invalid group reference at position"                          },
    {"[z-a]",   "bad character range at position"                              },
};

static void groups(void) {
  Str error;
  Regex *r = regex_cached(&arena, STR("(?P<year>\\d+)-(\\d+)(x)?"), 0, &error);
  CHECK(r && regex_groups(r) == 3);
  CHECK_STR(regex_group_name(r, 1), "year");
  CHECK(!regex_group_name(r, 2).len && !regex_group_name(r, 9).len);
  RegexSpan *s;
  CHECK(regex_exec(r, STR("in 2024-05"), 0, REGEX_SEARCH, &arena, &s, &error) == 1);
  CHECK(s[0].start == 3 && s[0].end == 10 && s[1].end == 7 && s[2].start == 8 && s[3].start == -1);
}

int main(void) {
  for (size_t i = 0; i < COUNT(rows); i++)
    CHECK_STR(find(rows[i].pattern, rows[i].flags, rows[i].subject, REGEX_SEARCH, 0), rows[i].want);
  for (size_t i = 0; i < COUNT(refused); i++) {
    Str got = find(refused[i][0], 0, "", REGEX_SEARCH, 0);
    if (!str_starts(got, str_c(refused[i][1])))
      CHECK_STR(got, refused[i][1]);
    else
      check_passed++;
  }
  CHECK_STR(find("b", 0, "abc", REGEX_MATCH, 0), "-");
  CHECK_STR(find("b", 0, "abc", REGEX_MATCH, 1), "b");
  CHECK_STR(find("a|ab", 0, "ab", REGEX_FULLMATCH, 0), "ab");
  CHECK_STR(find("a", 0, "ab", REGEX_FULLMATCH, 0), "-");
  CHECK_STR(find("x*", 0, "axb", REGEX_SEARCH, 0), "");
  CHECK_STR(find("x*", 0, "axb", REGEX_ADVANCE, 1), "x");
  CHECK_STR(find("a", 0, "a", REGEX_SEARCH, 5), "-");
  CHECK_STR(find("a", 0,
                 "\xff"
                 "a",
                 REGEX_SEARCH, 0),
            "a");
  Str slow = find("(a*)*(a*)*(a*)*\\Zb", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
                  REGEX_SEARCH, 0);
  CHECK(str_is(slow, "-") || str_starts(slow, STR("the pattern takes too long")));
  groups();
  arena_free(&arena);
  return check_done();
}
