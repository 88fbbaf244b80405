// In: patterns in Python's syntax, subjects. Out: spans of groups. The pattern is first spelled as
// PCRE2 wants it (and refused where Python refuses it), then compiled with JIT. Leaves match
// objects, templates and callbacks to template/modules_re.
#include "regex.h"

#include "memory.h"
#include "work.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct Regex {
  pcre2_code *code;
  size_t groups;
  char **names; // of groups 0..groups, NULL where a group has none
  Str pattern;  // as given, for the cache
  int flags;
  struct Regex *next;
};

// --- from Python's spelling to PCRE2's
typedef struct Speller {
  Str in;
  size_t at;
  Buf out; // heap
  int flags;
  Arena *arena;
  Str *error;
} Speller;

static bool refuse(Speller *s, size_t at, const char *why) {
  *s->error = str_fmt(s->arena, "%s at position %zu", why, at);
  return false;
}

static int peek(const Speller *s, size_t ahead) {
  return s->at + ahead < s->in.len ? (unsigned char)s->in.ptr[s->at + ahead] : -1;
}

static int hex_digit(int c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// n hex digits behind the escape's letter.
static bool hex_escape(Speller *s, size_t n) {
  uint32_t cp = 0;
  for (size_t i = 0; i < n; i++) {
    int d = hex_digit(peek(s, 2 + i));
    if (d < 0)
      return refuse(s, s->at, "incomplete escape");
    cp = cp * 16 + (uint32_t)d;
  }
  if (cp > 0x10ffff)
    return refuse(s, s->at, "bad escape");
  s->at += 2 + n;
  buf_addf(&s->out, "\\x{%x}", cp);
  return true;
}

// \1 to \99 is a group, \0.. and three octal digits are a character.
static bool digit_escape(Speller *s, bool in_class) {
  size_t n = 1;
  unsigned value = 0;
  int c = peek(s, 1);
  if (c == '0' || in_class) {
    while (n <= 3 && peek(s, n) >= '0' && peek(s, n) <= '7')
      value = value * 8 + (unsigned)(peek(s, n++) - '0');
    if (n == 1)
      return refuse(s, s->at, "bad escape");
    buf_addf(&s->out, "\\x{%x}", value);
  } else if (c <= '3' && peek(s, 2) >= '0' && peek(s, 2) <= '7' && peek(s, 3) >= '0' &&
             peek(s, 3) <= '7') {
    value = (unsigned)((c - '0') * 64 + (peek(s, 2) - '0') * 8 + peek(s, 3) - '0');
    buf_addf(&s->out, "\\x{%x}", value);
    n = 4;
  } else {
    while (n <= 2 && peek(s, n) >= '0' && peek(s, n) <= '9')
      value = value * 10 + (unsigned)(peek(s, n++) - '0');
    buf_addf(&s->out, "\\g{%u}", value);
  }
  s->at += n;
  return true;
}

static bool escape(Speller *s, bool in_class) {
  int c = peek(s, 1);
  if (c < 0)
    return refuse(s, s->at, "bad escape (end of pattern)");
  if (c >= '0' && c <= '9')
    return digit_escape(s, in_class);
  if (c == 'x')
    return hex_escape(s, 2);
  if (c == 'u')
    return hex_escape(s, 4);
  if (c == 'U')
    return hex_escape(s, 8);
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (letter && !strchr(in_class ? "abdDfnrsStvwW" : "AabBdDfnrsStvwWZ", c)) {
    *s->error = str_fmt(s->arena, "bad escape \\%c at position %zu", c, s->at);
    return false;
  }
  s->at += 2;
  if (c == 'Z')
    buf_adds(&s->out, "\\z");
  else if (c == 'v')
    buf_adds(&s->out, "\\x0b");
  else
    buf_addf(&s->out, "\\%c", c); // of a multibyte character the first byte: the rest follows
  return true;
}

// [...]: as it is, but "[" inside is always a plain character.
static bool char_class(Speller *s) {
  size_t start = s->at;
  buf_addc(&s->out, '[');
  s->at++;
  if (peek(s, 0) == '^') {
    buf_addc(&s->out, '^');
    s->at++;
  }
  if (peek(s, 0) == ']') {
    buf_adds(&s->out, "\\]");
    s->at++;
  }
  for (int c; (c = peek(s, 0)) != ']';) {
    if (c < 0)
      return refuse(s, start, "unterminated character set");
    if (c == '\\') {
      if (!escape(s, true))
        return false;
      continue;
    }
    if (c == '[')
      buf_addc(&s->out, '\\');
    buf_addc(&s->out, (char)c);
    s->at++;
  }
  buf_addc(&s->out, ']');
  s->at++;
  return true;
}

static int flag_bit(int c) {
  switch (c) {
  case 'i':
    return REGEX_IGNORECASE;
  case 'm':
    return REGEX_MULTILINE;
  case 's':
    return REGEX_DOTALL;
  case 'x':
    return REGEX_VERBOSE;
  case 'a':
    return REGEX_ASCII;
  default:
    return 0;
  }
}

// (?imsx-imsx: or, at the very start, (?imsxau).
static bool inline_flags(Speller *s, bool at_start) {
  size_t i = 2;
  int flags = 0;
  Buf kept = {.arena = s->arena};
  for (; peek(s, i) >= 0 && strchr("aiLmsux-", peek(s, i)); i++) {
    flags |= flag_bit(peek(s, i));
    if (strchr("imsx-", peek(s, i)))
      buf_addc(&kept, (char)peek(s, i));
  }
  if (peek(s, i) == ')') {
    if (!at_start)
      return refuse(s, s->at, "global flags not at the start of the expression");
    s->flags |= flags;
  } else if (peek(s, i) == ':') {
    buf_addf(&s->out, "(?%.*s:", STR_ARG(buf_str(&kept)));
  } else {
    return refuse(s, s->at + 1, "unknown flag");
  }
  s->at += i + 1;
  return true;
}

// Copies an opening that both know the same way.
static bool copy(Speller *s, size_t n) {
  buf_add(&s->out, str_sub(s->in, s->at, s->at + n));
  s->at += n;
  return true;
}

static bool opening(Speller *s) {
  if (peek(s, 1) == '*')
    return refuse(s, s->at + 1, "nothing to repeat");
  if (peek(s, 1) != '?')
    return copy(s, 1);
  int c = peek(s, 2), d = peek(s, 3);
  if (c < 0)
    return refuse(s, s->at + 1, "unexpected end of pattern");
  if (strchr(":=!>(", c))
    return copy(s, 3);
  if (c == '#') {
    ptrdiff_t end = str_find(s->in, STR(")"), s->at);
    if (end < 0)
      return refuse(s, s->at, "missing ), unterminated comment");
    s->at = (size_t)end + 1;
    return true;
  }
  if ((c == 'P' && (d == '<' || d == '=')) || (c == '<' && (d == '=' || d == '!')))
    return copy(s, 4);
  if (strchr("aiLmsux-", c))
    return inline_flags(s, s->out.len == 0);
  *s->error = str_fmt(s->arena, "unknown extension ?%c%s at position %zu", c,
                      c == 'P' && d > 0 ? (char[2]){(char)d, 0} : "", s->at + 1);
  return false;
}

// {,n} is {0,n} in Python and plain text in PCRE2 10.42.
static bool open_repeat(Speller *s) {
  size_t i = 2;
  while (peek(s, i) >= '0' && peek(s, i) <= '9')
    i++;
  return i > 2 && peek(s, i) == '}';
}

static void skip_comment(Speller *s) {
  while (peek(s, 0) >= 0 && peek(s, 0) != '\n')
    s->at++;
}

static bool spell(Speller *s) {
  for (int c; (c = peek(s, 0)) >= 0;) {
    bool ok = true;
    if (c == '\\')
      ok = escape(s, false);
    else if (c == '[')
      ok = char_class(s);
    else if (c == '(')
      ok = opening(s);
    else if (c == '#' && (s->flags & REGEX_VERBOSE))
      skip_comment(s);
    else if (c == '{' && peek(s, 1) == ',' && open_repeat(s)) {
      buf_adds(&s->out, "{0,");
      s->at += 2;
    } else
      ok = copy(s, 1);
    if (!ok)
      return false;
  }
  return true;
}

// --- compiling
static const struct {
  int code; // PCRE2's error number less 100
  const char *text;
} python_errors[] = {
    {6,  "unterminated character set"              },
    {8,  "bad character range"                     },
    {9,  "nothing to repeat"                       },
    {14, "missing ), unterminated subpattern"      },
    {15, "invalid group reference"                 },
    {22, "unbalanced parenthesis"                  },
    {25, "look-behind requires fixed-width pattern"},
    {42, "missing >, unterminated name"            },
    {43, "redefinition of group name"              },
    {44, "bad character in group name"             },
    {62, "missing group name"                      },
};

static void compile_error(Speller *s, int code, size_t at) {
  for (size_t i = 0; i < COUNT(python_errors); i++)
    if (python_errors[i].code + 100 == code) {
      refuse(s, at, python_errors[i].text);
      return;
    }
  char text[160];
  pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
  refuse(s, at, text);
}

static void read_names(Regex *r) {
  uint32_t n = 0, size = 0;
  PCRE2_SPTR table = NULL;
  pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &n);
  pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
  pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
  for (uint32_t i = 0; i < n; i++, table += size)
    r->names[table[0] << 8 | table[1]] = memory_must(strdup((const char *)table + 2));
}

static pcre2_code *build(Speller *s) {
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  options |= s->flags & REGEX_IGNORECASE ? PCRE2_CASELESS : 0;
  options |= s->flags & REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
  options |= s->flags & REGEX_DOTALL ? PCRE2_DOTALL : 0;
  options |= s->flags & REGEX_VERBOSE ? PCRE2_EXTENDED : 0;
  options |= s->flags & REGEX_ASCII ? 0 : PCRE2_UCP;
  pcre2_compile_context *c = pcre2_compile_context_create(NULL);
  pcre2_set_newline(c, PCRE2_NEWLINE_LF);
  int error;
  PCRE2_SIZE at = 0;
  Str p = buf_str(&s->out);
  pcre2_code *code = pcre2_compile((PCRE2_SPTR)p.ptr, p.len, options, &error, &at, c);
  pcre2_compile_context_free(c);
  if (!code)
    compile_error(s, error, at < s->in.len ? at : s->in.len);
  else
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); // without it matching is only slower
  return code;
}

static Regex *compile(Arena *a, Str pattern, int flags, Str *error) {
  Speller s = {.in = pattern, .flags = flags, .arena = a, .error = error};
  pcre2_code *code = spell(&s) ? build(&s) : NULL;
  buf_free(&s.out);
  if (!code)
    return NULL;
  Regex *r = memory_must(calloc(1, sizeof *r));
  uint32_t groups = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  char **names = memory_must(calloc((size_t)groups + 1, sizeof *names));
  char *text = memory_must(malloc(pattern.len + 1));
  if (pattern.len)
    memcpy(text, pattern.ptr, pattern.len);
  *r = (Regex){.code = code, .groups = groups, .names = names, .flags = flags};
  r->pattern = str_n(text, pattern.len);
  read_names(r);
  return r;
}

static struct {
  pthread_mutex_t lock;
  Regex *buckets[512];
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

Regex *regex_cached(Arena *a, Str pattern, int flags, Str *error) {
  size_t at = (str_hash(pattern) ^ (uint64_t)flags) % COUNT(cache.buckets);
  Work *work = work_lock(&cache.lock);
  Regex *r = cache.buckets[at];
  while (r && (r->flags != flags || !str_eq(r->pattern, pattern)))
    r = r->next;
  if (!r && (r = compile(a, pattern, flags, error))) {
    r->next = cache.buckets[at];
    cache.buckets[at] = r;
  }
  work_unlock(&cache.lock, work);
  return r;
}

size_t regex_groups(const Regex *r) { return r->groups; }

Str regex_group_name(const Regex *r, size_t i) {
  return i <= r->groups ? str_c(r->names[i]) : (Str){0};
}

// --- matching
static int match(const Regex *r, Str subject, size_t from, uint32_t options, pcre2_match_data *md) {
  pcre2_match_context *c = pcre2_match_context_create(NULL);
  pcre2_set_match_limit(c, 5000000);
  pcre2_set_heap_limit(c, 65536); // KiB
  PCRE2_SPTR text = (PCRE2_SPTR)(subject.ptr ? subject.ptr : "");
  int n = pcre2_match(r->code, text, subject.len, from, options, md, c);
  if (n == PCRE2_ERROR_JIT_STACKLIMIT)
    n = pcre2_match(r->code, text, subject.len, from, options | PCRE2_NO_JIT, md, c);
  pcre2_match_context_free(c);
  return n;
}

int regex_exec(const Regex *r, Str subject, size_t from, RegexAnchor how, Arena *a,
               RegexSpan **spans, Str *error) {
  static const uint32_t anchors[] = {[REGEX_SEARCH] = 0,
                                     [REGEX_MATCH] = PCRE2_ANCHORED,
                                     [REGEX_FULLMATCH] = PCRE2_ANCHORED | PCRE2_ENDANCHORED,
                                     [REGEX_ADVANCE] = PCRE2_NOTEMPTY_ATSTART};
  uint32_t options = anchors[how];
  if (from > subject.len)
    return 0;
  pcre2_match_data *md = pcre2_match_data_create_from_pattern(r->code, NULL);
  int n = match(r, subject, from, options, md);
  if (n < 0) {
    pcre2_match_data_free(md);
    if (n == PCRE2_ERROR_NOMATCH)
      return 0;
    char text[160];
    pcre2_get_error_message(n, (PCRE2_UCHAR *)text, sizeof text);
    *error = str_fmt(a, "the pattern takes too long to match (%s)", text);
    return -1;
  }
  const PCRE2_SIZE *o = pcre2_get_ovector_pointer(md);
  *spans = arena_array(a, RegexSpan, r->groups + 1);
  for (size_t i = 0; i <= r->groups; i++) {
    bool unset = i >= (size_t)n || o[2 * i] == PCRE2_UNSET;
    (*spans)[i] =
        unset ? (RegexSpan){-1, -1} : (RegexSpan){(ptrdiff_t)o[2 * i], (ptrdiff_t)o[2 * i + 1]};
  }
  pcre2_match_data_free(md);
  return 1;
}
