// In: the text of a .env file. Out: its names and values, read by the rules of python-dotenv:
//   file  = { blank | comment | entry }
//   entry = ["export "] key ["=" value] [comment] end-of-line
//   key   = 'text' | characters but = # and white space
//   value = 'text with \\ and \'' | "text with escapes" | the rest of the line up to " #"
// A quoted value may go over several lines. Findings never show a line: it may hold a secret.
#include "dotenv.h"
#include "../base/fs.h"
#include "../base/map.h"
#include "../base/utf8.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { MOST_BYTES = 1 << 20 };

typedef struct Reader {
  Arena *arena;
  Str text; // its lines end in \n
  size_t at;
  Dotenv *out;
  Map rows; // of out->items by name: DotenvEntry
  Diags *diags;
} Reader;

// --- characters
static char peek(const Reader *r) { return r->at < r->text.len ? r->text.ptr[r->at] : '\0'; }

// Behind the white space at `at`; `lines`: line ends are white space too.
static size_t behind_space(Str s, size_t at, bool lines) {
  for (size_t next = at; next < s.len; at = next) {
    uint32_t c = utf8_next(s, &next);
    if (!utf8_isspace(c) || (c == '\n' && !lines))
      break;
  }
  return at;
}

static size_t end_of_line(Str s, size_t at) {
  ptrdiff_t end = str_find(s, STR("\n"), at);
  return end < 0 ? s.len : (size_t)end;
}

// --- parts of an entry

// A text in quotes at r->at; backslashes stay. False: it does not end.
static bool quoted(Reader *r, char quote, bool escapes, Str *out) {
  size_t i = r->at + 1;
  for (; i < r->text.len && r->text.ptr[i] != quote; i++)
    if (escapes && r->text.ptr[i] == '\\')
      i++;
  if (i >= r->text.len)
    return false;
  *out = str_sub(r->text, r->at + 1, i);
  r->at = i + 1;
  return true;
}

static bool read_key(Reader *r, Str *key) {
  size_t from = r->at, next = from;
  if (peek(r) == '\'')
    return quoted(r, '\'', false, key) && key->len;
  while (r->at < r->text.len) {
    uint32_t c = utf8_next(r->text, &next);
    if (c == '=' || c == '#' || utf8_isspace(c))
      break;
    r->at = next;
  }
  *key = str_sub(r->text, from, r->at);
  return key->len;
}

// `of`: the characters that a backslash may stand before, `as` what they then are.
static Str without_escapes(Arena *a, Str s, const char *of, const char *as) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    const char *known = s.ptr[i] == '\\' && i + 1 < s.len ? strchr(of, s.ptr[i + 1]) : NULL;
    buf_addc(&b, known ? as[known - of] : s.ptr[i]);
    i += known != NULL;
  }
  return str_n(buf_cstr(&b), b.len);
}

// What stands before white space and '#', without white space behind it.
static Str bare_value(Str line) {
  size_t end = 0; // behind the last character that is no white space
  for (size_t at = 0; at < line.len;) {
    bool after_space = at > end;
    uint32_t c = utf8_next(line, &at);
    if (c == '#' && after_space)
      break;
    end = utf8_isspace(c) ? end : at;
  }
  return str_sub(line, 0, end);
}

static bool read_value(Reader *r, Str *value) {
  if (peek(r) == '\'') {
    bool ends = quoted(r, '\'', true, value);
    *value = ends ? without_escapes(r->arena, *value, "\\'", "\\'") : *value;
    return ends;
  }
  if (peek(r) == '"') {
    bool ends = quoted(r, '"', true, value);
    *value =
        ends ? without_escapes(r->arena, *value, "\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v") : *value;
    return ends;
  }
  size_t end = end_of_line(r->text, r->at);
  *value = bare_value(str_sub(r->text, r->at, end));
  r->at = end;
  return true;
}

// --- ${NAME} and ${NAME:-otherwise}
static Str value_named(Reader *r, Str name, Str otherwise) {
  const char *set = getenv(str_cstr(r->arena, name));
  const DotenvEntry *earlier = map_get(&r->rows, name);
  return set ? str_c(set) : earlier ? earlier->value : otherwise;
}

// The place behind a reference that starts at `at`; `at` where there is none.
static size_t reference(Str s, size_t at, Str *name, Str *otherwise) {
  ptrdiff_t close = str_find(s, STR("}"), at);
  if (!str_starts(str_sub(s, at, s.len), STR("${")) || close < 0)
    return at;
  Str inner = str_sub(s, at + 2, (size_t)close);
  ptrdiff_t colon = str_find(inner, STR(":"), 0);
  *name = colon < 0 ? inner : str_sub(inner, 0, (size_t)colon);
  *otherwise = colon < 0 ? STR("") : str_sub(inner, (size_t)colon + 2, inner.len);
  bool plain = colon < 0 || str_starts(str_sub(inner, (size_t)colon, inner.len), STR(":-"));
  return plain ? (size_t)close + 1 : at;
}

static Str resolved(Reader *r, Str value) {
  Buf b = {.arena = r->arena};
  for (size_t at = 0; at < value.len;) {
    Str name, otherwise;
    size_t behind = reference(value, at, &name, &otherwise);
    if (behind > at)
      buf_add(&b, value_named(r, name, otherwise));
    else
      buf_addc(&b, value.ptr[behind++]);
    at = behind;
  }
  return str_n(buf_cstr(&b), b.len);
}

// --- the file
static void keep(Reader *r, Str name, Str value, bool has_value) {
  Dotenv *d = r->out;
  value = has_value ? resolved(r, value) : (Str){0}; // its own name means an earlier line
  DotenvEntry *row = map_get(&r->rows, name);
  if (!row) {
    row = &d->items[d->n++];
    row->name = name;
    map_put(r->arena, &r->rows, name, row);
  }
  row->has_value = has_value;
  row->value = value;
}

// What the system takes for a variable: no '=' in its name, no NUL anywhere.
static bool may_be_set(Str name, Str value) {
  return str_find(name, STR("="), 0) < 0 && !memchr(name.ptr, '\0', name.len) &&
         (!value.len || !memchr(value.ptr, '\0', value.len));
}

// An entry or a comment at r->at, up to the end of its line.
static bool entry(Reader *r) {
  Str rest = str_sub(r->text, r->at, r->text.len), key = {0}, value = {0};
  size_t blank = str_starts(rest, STR("export")) ? behind_space(rest, 6, false) : 0;
  r->at += blank > 6 ? blank : 0;
  if (peek(r) != '#' && !read_key(r, &key))
    return false;
  r->at = behind_space(r->text, r->at, false);
  bool has_value = peek(r) == '=';
  if (has_value) {
    size_t from = behind_space(r->text, ++r->at, false);
    bool comment = from > r->at && from < r->text.len && r->text.ptr[from] == '#';
    r->at = from;
    if (!comment && !read_value(r, &value))
      return false;
  }
  r->at = behind_space(r->text, r->at, false);
  if (peek(r) == '#')
    r->at = end_of_line(r->text, r->at);
  if (r->at < r->text.len && peek(r) != '\n')
    return false;
  if (key.len && !may_be_set(key, value))
    return false;
  if (key.len)
    keep(r, key, value, has_value);
  return true;
}

static void warn_line(Reader *r, size_t from) {
  Source all = {.text = r->text};
  Str place = str_fmt(r->arena, "%.*s:%u", STR_ARG(r->out->path), source_locate(&all, from).line);
  Diag *f = diag_warn(r->diags, CODE_DOTENV_LINE, place, "this is no variable: it is left out");
  diag_hint(r->diags, f, "as in NAME=value, NAME=\"a text\" # a comment, export NAME='a text'");
}

// Line ends as Python reads them, and no mark of the byte order.
static Str as_lines(Arena *a, Str text) {
  Buf b = {.arena = a};
  if (str_starts(text, STR("\xef\xbb\xbf")))
    text = str_sub(text, 3, text.len);
  for (size_t i = 0; i < text.len; i++) {
    bool lone = text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n');
    if (lone || text.ptr[i] != '\r')
      buf_addc(&b, lone ? '\n' : text.ptr[i]);
  }
  return str_n(buf_cstr(&b), b.len);
}

static size_t count_lines(Str s) {
  size_t n = 1;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == '\n';
  return n;
}

void dotenv_parse(Arena *a, Str path, Str text, Dotenv *out, Diags *diags) {
  Reader r = {.arena = a, .text = as_lines(a, text), .out = out, .diags = diags};
  size_t most = count_lines(r.text); // an entry has a line at least
  *out = (Dotenv){.path = path, .items = arena_array(a, DotenvEntry, most)};
  while ((r.at = behind_space(r.text, r.at, true)) < r.text.len) {
    size_t from = r.at;
    if (!entry(&r)) {
      warn_line(&r, from);
      r.at = end_of_line(r.text, r.at);
    }
  }
}

bool dotenv_read(Arena *a, Str path, Dotenv *out, Diags *diags) {
  Str text;
  *out = (Dotenv){.path = path};
  if (!fs_read(a, path, path, &text, diags))
    return false;
  ptrdiff_t bad = utf8_invalid(text);
  if (text.len > MOST_BYTES) {
    diag_hint(diags,
              diag_error(diags, CODE_DOTENV_FILE, path, "a file of variables has at most 1 MiB"),
              "is it one? PYTHON_DOTENV_DISABLED=1 leaves it unread");
    return false;
  }
  if (bad >= 0) {
    Source all = {.text = text};
    Str place = str_fmt(a, "%.*s:%u", STR_ARG(path), source_locate(&all, (size_t)bad).line);
    diag_hint(diags, diag_error(diags, CODE_DOTENV_FILE, place, "this is not UTF-8"),
              "save the file as UTF-8");
    return false;
  }
  dotenv_parse(a, path, text, out, diags);
  return true;
}

static bool is_off(void) {
  const char *v = getenv("PYTHON_DOTENV_DISABLED");
  return v && str_among_nocase(str_c(v), "1 true t yes y");
}

bool dotenv_find(Arena *a, Str folder, Str *path) {
  struct stat st;
  if (is_off())
    return false;
  for (Str dir = fs_absolute(a, folder);; dir = fs_dirname(a, dir)) {
    *path = fs_join(a, dir, STR(".env"));
    if (stat(str_cstr(a, *path), &st) == 0 && S_ISREG(st.st_mode))
      return true;
    if (str_is(dir, "/"))
      return false;
  }
}

bool dotenv_refuses(Str name) {
  // Names, and beginnings of names, which end in '*'.
  static const char *const loading[] = {
      "LD_*",        "GIT_SSH*",     "GIT_ASKPASS",   "GIT_PROXY*",  "GIT_ALLOW_PROTOCOL",
      "GIT_CONFIG*", "GIT_EXEC*",    "SSH_ASKPASS*",  "OPENSSL_*",   "KRB5_CONFIG",
      "PATH",        "BROWSER",      "STARC_LIBCHDB", "STARC_TEST*", "STARC_ALLOW_LIBRARY",
      "PGSSLKEY",    "PGSYSCONFDIR", "PGSERVICEFILE", "GCONV_PATH",  "STARC_PACKAGE_CHECKSUMS",
      "HOME",        "XDG_CONFIG_*", "BASH_*", // settings of git and ssh; what a shell begins with
  };
  for (size_t i = 0; i < COUNT(loading); i++) {
    Str row = str_c(loading[i]);
    bool prefix = str_ends(row, STR("*"));
    if (prefix ? str_starts(name, str_sub(row, 0, row.len - 1)) : str_eq(name, row))
      return true;
  }
  return false;
}
