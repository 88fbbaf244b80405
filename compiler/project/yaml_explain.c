// In: a YAML text and where a parser stopped. Out: the mistake that a person most likely made, at
// the line that is off, which is often not the one where the parser noticed it. Goes by lines and
// their indents; leaves parsing to yaml.c.
#include "yaml_explain.h"

#include <ctype.h>

enum { LOOK_BACK = 60, NOT_FOUND = -1 };

typedef struct Line {
  Str text;      // without its end
  size_t at;     // its first byte in the whole text
  size_t indent; // spaces before its first character
  size_t key;    // the column of what follows the dashes: where a dict's key starts
} Line;

typedef struct Lines {
  Str text;
  Line before[LOOK_BACK]; // lines with content, the one of the parser's place first
  size_t n;
  size_t at;
} Lines;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static Line line_at(Str text, size_t start) {
  ptrdiff_t end = str_find(text, STR("\n"), start);
  Line l = {.at = start, .text = str_sub(text, start, end < 0 ? text.len : (size_t)end)};
  while (l.text.len && is_blank(l.text.ptr[l.text.len - 1]))
    l.text.len--;
  while (l.indent < l.text.len && l.text.ptr[l.indent] == ' ')
    l.indent++;
  l.key = l.indent;
  while (l.key + 1 < l.text.len && l.text.ptr[l.key] == '-' && l.text.ptr[l.key + 1] == ' ')
    for (l.key++; l.key < l.text.len && l.text.ptr[l.key] == ' ';)
      l.key++;
  return l;
}

static bool has_content(Line l) { return l.indent < l.text.len && l.text.ptr[l.indent] != '#'; }

static Lines lines_before(Str text, size_t at) {
  Lines s = {.text = text, .at = at};
  size_t start = at < text.len ? at : text.len;
  for (;;) {
    while (start && text.ptr[start - 1] != '\n')
      start--;
    Line l = line_at(text, start);
    if (has_content(l))
      s.before[s.n++] = l;
    if (!start || s.n == LOOK_BACK)
      return s;
    start--;
  }
}

static bool found(YamlWhy *w, const Line *l, size_t column, size_t len, Str message, Str hint) {
  *w = (YamlWhy){
      {(uint32_t)(l->at + column), (uint32_t)len},
      message, hint
  };
  return true;
}

// The first word of a dict's key on the line, as far as a name goes.
static Str key_word(const Line *l) {
  size_t end = l->key;
  while (end < l->text.len &&
         (isalnum((unsigned char)l->text.ptr[end]) || strchr("_-+.", l->text.ptr[end])))
    end++;
  return str_sub(l->text, l->key, end);
}

static Str rest_of(const Line *l) {
  return str_sub(l->text, l->key + key_word(l).len, l->text.len);
}

// "key: value" or "key:", so that what is deeper below belongs to it or is wrong.
static bool is_entry(const Line *l, bool *has_value) {
  Str rest = rest_of(l);
  if (!key_word(l).len || !rest.len || rest.ptr[0] != ':')
    return false;
  *has_value = str_trim(str_sub(rest, 1, rest.len)).len > 0;
  return rest.len == 1 || is_blank(rest.ptr[1]);
}

// --- the mistakes

static bool tab(Arena *a, const Line *l, YamlWhy *w) {
  (void)a;
  return l->indent < l->text.len && l->text.ptr[l->indent] == '\t' &&
         found(w, l, l->indent, 1, STR("a tab where YAML wants spaces"), STR("indent with spaces"));
}

// "-name: x"
static bool no_space_after_dash(Arena *a, const Line *l, YamlWhy *w) {
  Str s = str_sub(l->text, l->indent, l->text.len);
  if (s.len < 2 || s.ptr[0] != '-' || !isalpha((unsigned char)s.ptr[1]))
    return false;
  return found(w, l, l->indent, 1, STR("a space is missing after '-'"),
               str_fmt(a, "write '- %.*s'", STR_ARG(str_sub(s, 1, s.len))));
}

// "name:x", but not "http://x"
static bool no_space_after_colon(Arena *a, const Line *l, YamlWhy *w) {
  Str key = key_word(l), rest = rest_of(l);
  if (!key.len || rest.len < 2 || rest.ptr[0] != ':' || is_blank(rest.ptr[1]) || rest.ptr[1] == '/')
    return false;
  return found(w, l, l->key + key.len, 1, STR("a space is missing after ':'"),
               str_fmt(a, "write '%.*s: %.*s'", STR_ARG(key), STR_ARG(str_sub(rest, 1, rest.len))));
}

// "columns" or "description Orders", where the line above is complete: not a text that goes on.
static bool no_colon(Arena *a, const Line *l, const Line *above, const Line *below, YamlWhy *w) {
  Str key = key_word(l);
  bool is_item = l->key > l->indent, is_dict = below && below->indent == l->key;
  bool has_value = true, open = above && is_entry(above, &has_value) && !has_value;
  if (!key.len || isdigit((unsigned char)key.ptr[0]) || str_find(l->text, STR(":"), 0) >= 0 ||
      (above && !open && l->indent > above->key) || (is_item && !is_dict))
    return false;
  if (rest_of(l).len && !is_blank(rest_of(l).ptr[0]))
    return false;
  return found(w, l, l->key, key.len, str_fmt(a, "a ':' is missing after '%.*s'", STR_ARG(key)),
               str_fmt(a, "write '%.*s:%.*s'", STR_ARG(key), STR_ARG(rest_of(l))));
}

// "description: Orders: by day"
static bool colon_in_text(Arena *a, const Lines *s, YamlWhy *w) {
  const Line *l = &s->before[0];
  bool has_value;
  size_t column = s->at - l->at;
  (void)a;
  if (!is_entry(l, &has_value) || !has_value || column <= l->key + key_word(l).len ||
      column >= l->text.len || l->text.ptr[column] != ':')
    return false;
  return found(w, l, column, 1, STR("a ':' inside text that has no quotes"),
               STR("put the text in quotes"));
}

// Where the quotes that open at `from` end: behind them, or past the text.
static size_t quotes_end(Str text, size_t from) {
  char quote = text.ptr[from];
  size_t i = from + 1;
  while (i < text.len) {
    if (text.ptr[i] == '\\' && quote == '"')
      i++;
    else if (text.ptr[i] == quote && quote == '\'' && i + 1 < text.len && text.ptr[i + 1] == quote)
      i++;
    else if (text.ptr[i] == quote)
      return i + 1;
    i++;
  }
  return text.len + 1;
}

// The column of a value in quotes, NOT_FOUND: the line's value has none.
static ptrdiff_t value_quotes(const Line *l) {
  bool has_value;
  size_t i = is_entry(l, &has_value) ? l->key + key_word(l).len + 1 : l->key;
  while (i < l->text.len && is_blank(l->text.ptr[i]))
    i++;
  return i < l->text.len && (l->text.ptr[i] == '"' || l->text.ptr[i] == '\'') ? (ptrdiff_t)i
                                                                              : NOT_FOUND;
}

// 'it's', or quotes that end where those of a later line should begin.
static bool quotes(Arena *a, const Lines *s, YamlWhy *w) {
  for (size_t i = s->n; i-- > 0;) {
    const Line *l = &s->before[i];
    ptrdiff_t at = value_quotes(l);
    if (at < 0)
      continue;
    size_t from = l->at + (size_t)at, end = quotes_end(s->text, from);
    if (end > s->text.len)
      return found(w, l, (size_t)at, 1, STR("the quotes that open here are not closed"), (Str){0});
    if (end > l->at + l->text.len && end + 1 >= s->at && i)
      return found(w, l, (size_t)at, 1,
                   STR("the quotes that open here are not closed on this line"),
                   STR("they end inside a later line"));
    bool more = end < l->at + l->text.len && s->text.ptr[end] != '#' && s->text.ptr[end] != ':';
    Str behind = str_trim(str_sub(s->text, end, l->at + l->text.len));
    if (!i && more && behind.len && behind.ptr[0] != '#' && behind.ptr[0] != ',')
      return found(w, l, end - l->at - 1, 1, STR("text stands behind the quotes that end here"),
                   s->text.ptr[from] == '\'' ? STR("a ' inside '...' is written '', or use \"...\"")
                                             : str_fmt(a, "a \" inside \"...\" is written \\\""));
  }
  return false;
}

// --- indents

// How many spaces a level of the file has: what nearly all lines are a multiple of; 0: no such.
static size_t unit_of(Str text) {
  size_t n = 0, fours = 0, twos = 0;
  for (size_t at = 0; at < text.len;) {
    Line l = line_at(text, at);
    if (has_content(l) && l.indent) {
      n++;
      twos += l.indent % 2 == 0;
      fours += l.indent % 4 == 0;
    }
    ptrdiff_t end = str_find(text, STR("\n"), at);
    at = end < 0 ? text.len : (size_t)end + 1;
  }
  return n && fours * 10 >= n * 9 ? 4 : n > 2 && twos * 10 >= n * 7 ? 2 : 0;
}

static const char *spaces(size_t n) { return n == 1 ? "space" : "spaces"; }

// The line near the place that is not on the file's grid.
static bool off_grid(Arena *a, const Lines *s, YamlWhy *w) {
  enum { NEAR = 8 };
  size_t unit = unit_of(s->text);
  for (size_t i = 0; unit && i < s->n && i < NEAR; i++) {
    const Line *l = &s->before[i];
    if (l->indent % unit == 0)
      continue;
    size_t less = l->indent - l->indent % unit, more = less + unit;
    return found(w, l, l->indent, 1,
                 str_fmt(a, "this line is indented by %zu %s, so it stands between two levels",
                         l->indent, spaces(l->indent)),
                 str_fmt(a, "it needs %zu or %zu, like the lines it belongs with", less, more));
  }
  return false;
}

// The line that starts in no column in which one above it starts.
static bool off_column(Arena *a, const Lines *s, YamlWhy *w) {
  const Line *l = &s->before[0];
  for (size_t i = 1; i < s->n; i++) {
    const Line *above = &s->before[i];
    bool has_value = false;
    if (above->indent == l->indent || above->key == l->indent)
      return false;
    if (i == 1 && l->indent > above->key && is_entry(above, &has_value) && has_value)
      return found(
          w, l, l->indent, 1,
          str_fmt(a, "this line is deeper than '%.*s', which has its value already",
                  STR_ARG(key_word(above))),
          str_fmt(a, "it needs %zu %s, like the line above", above->key, spaces(above->key)));
    if (above->indent < l->indent)
      return i > 1 && found(w, l, l->indent, 1,
                            str_fmt(a, "this line is indented by %zu %s, unlike any line above",
                                    l->indent, spaces(l->indent)),
                            STR("items of one list, and keys of one dict, start in one column"));
  }
  return false;
}

// A key among the items of a list.
static bool no_dash(Arena *a, const Lines *s, YamlWhy *w) {
  const Line *l = &s->before[0];
  bool has_value, is_item = l->key > l->indent;
  for (size_t i = 1; i < s->n && !is_item && is_entry(l, &has_value); i++) {
    const Line *above = &s->before[i];
    if (above->indent == l->indent && above->key > above->indent)
      return found(w, l, l->indent, 1, STR("this line stands among the items of a list"),
                   str_fmt(a, "an item starts with '- %.*s'; a key of the item above needs %zu %s",
                           STR_ARG(key_word(l)), above->key, spaces(above->key)));
    if (above->indent <= l->indent)
      return false;
  }
  return false;
}

// An item of a list among the keys of a dict.
static bool stray_item(Arena *a, const Lines *s, YamlWhy *w) {
  const Line *l = &s->before[0], *item = NULL;
  for (size_t i = 1; i < s->n && l->key > l->indent; i++) {
    const Line *above = &s->before[i];
    if (above->key > above->indent && (!item || above->indent < item->indent))
      item = above;
    if (above->indent > l->indent)
      continue;
    if (above->indent < l->indent || above->key > above->indent || !item)
      return false;
    return found(
        w, l, l->indent, 1, STR("this item of a list stands among the keys of a dict"),
        str_fmt(a, "it needs %zu %s, like the items above", item->indent, spaces(item->indent)));
  }
  return false;
}

// "key: {{ x }}_y"
static bool bare_template(Arena *a, const Line *l, YamlWhy *w) {
  bool has_value;
  if (!is_entry(l, &has_value) || !has_value)
    return false;
  size_t at = l->key + key_word(l).len + 1;
  while (at < l->text.len && is_blank(l->text.ptr[at]))
    at++;
  Str value = str_sub(l->text, at, l->text.len);
  if (!str_starts(value, STR("{{")) && !str_starts(value, STR("{%")))
    return false;
  char quote = str_find(value, STR("\""), 0) < 0 ? '"' : '\'';
  return found(w, l, at, value.len, STR("a template must stand in quotes here"),
               str_fmt(a, "write %c%.*s%c", quote, STR_ARG(value), quote));
}

bool yaml_explain(Arena *a, Str text, size_t at, YamlWhy *out) {
  Lines s = lines_before(text, at);
  for (size_t i = 0; i < s.n && i < 2; i++)
    if (tab(a, &s.before[i], out))
      return true;
  if (!s.n)
    return false;
  if (bare_template(a, &s.before[0], out) || quotes(a, &s, out) || colon_in_text(a, &s, out))
    return true;
  for (size_t i = 0; i < s.n && i < 2; i++) {
    const Line *l = &s.before[i], *above = i + 1 < s.n ? &s.before[i + 1] : NULL;
    if (no_space_after_dash(a, l, out) || no_space_after_colon(a, l, out) ||
        no_colon(a, l, above, i ? &s.before[i - 1] : NULL, out))
      return true;
  }
  return off_grid(a, &s, out) || no_dash(a, &s, out) || stray_item(a, &s, out) ||
         off_column(a, &s, out);
}
