// Models written in Python. In: the file. Out: a template that makes the calls of dbt.ref(),
// dbt.source() and dbt.config() which the file holds, each at its place, so that messages about one
// point into the file; then it gives the file's text with what surrounds it. Nothing here runs
// Python: a database that does needs a materialization for it.
#include "python.h"

typedef struct Scan {
  Arena *a;
  const Source *src;
  Diags *diags;
  Str text;
  size_t at;
  Buf out;                  // the template: one list of calls, with blanks in place of all else
  Buf keys[2], defaults[2]; // of config.get() and config.meta_get()
  size_t models;            // functions of that name
} Scan;

static bool ahead(const Scan *s, size_t at, const char *word) {
  return str_starts(str_sub(s->text, at < s->text.len ? at : s->text.len, s->text.len),
                    str_c(word));
}

// The end of the string or comment that starts at `at`; `at` itself when neither does.
static size_t skip_quiet(const Scan *s, size_t at) {
  char c = s->text.ptr[at];
  if (c == '#') {
    while (at < s->text.len && s->text.ptr[at] != '\n')
      at++;
    return at;
  }
  if (c != '"' && c != '\'')
    return at;
  char three[4] = {c, c, c, 0};
  bool triple = ahead(s, at, three);
  for (at += triple ? 3 : 1; at < s->text.len; at++) {
    if (s->text.ptr[at] == '\\')
      at++;
    else if (triple ? ahead(s, at, three) : s->text.ptr[at] == c)
      return at + (triple ? 3 : 1);
    else if (!triple && s->text.ptr[at] == '\n')
      return at;
  }
  return s->text.len;
}

// What stands between the bracket at `open` and its partner, blanks in place of comments, and its
// first part and what follows that.
static bool bracketed(const Scan *s, size_t open, Str *inner, Str *first, Str *rest) {
  Buf b = {.arena = s->a};
  size_t depth = 0, comma = SIZE_MAX;
  for (size_t at = open; at < s->text.len;) {
    size_t end = skip_quiet(s, at);
    if (end > at) {
      for (bool comment = s->text.ptr[at] == '#'; at < end; at++)
        buf_addc(&b, comment ? ' ' : s->text.ptr[at]);
      continue;
    }
    char c = s->text.ptr[at++];
    if (c == '(' || c == '[' || c == '{') {
      if (++depth == 1)
        continue;
    } else if (c == ')' || c == ']' || c == '}') {
      if (--depth == 0) {
        *inner = buf_str(&b);
        *first = str_trim(str_sub(*inner, 0, comma == SIZE_MAX ? inner->len : comma));
        *rest = comma == SIZE_MAX ? (Str){0} : str_trim(str_sub(*inner, comma + 1, inner->len));
        return true;
      }
    } else if (c == ',' && depth == 1 && comma == SIZE_MAX) {
      comma = b.len;
    }
    buf_addc(&b, c);
  }
  return false;
}

static void call(Scan *s, size_t at, const char *name, Str args) {
  while (s->out.len < at)
    buf_addc(&s->out, s->text.ptr[s->out.len] == '\n' ? '\n' : ' ');
  buf_addf(&s->out, "%s(%.*s),", name, STR_ARG(args));
}

static void asked(Scan *s, size_t which, Str key, Str otherwise) {
  ptrdiff_t named = str_starts(otherwise, STR("default")) ? str_find(otherwise, STR("="), 0) : -1;
  if (named > 0)
    otherwise = str_trim(str_sub(otherwise, (size_t)named + 1, otherwise.len));
  buf_addf(&s->keys[which], "%s%.*s", s->keys[which].len ? ", " : "", STR_ARG(key));
  buf_addf(&s->defaults[which], "%s%.*s", s->defaults[which].len ? ", " : "",
           STR_ARG(otherwise.len ? otherwise : STR("none")));
}

// One of dbt's functions at s->at?
static void dbt_call(Scan *s) {
  static const char *const names[] = {"ref", "source", "config", "config.get", "config.meta_get"};
  size_t start = s->at + strlen("dbt.");
  for (size_t i = COUNT(names); i-- > 0;) {
    size_t end = start + strlen(names[i]);
    Str inner, first, rest;
    if (!ahead(s, start, names[i]))
      continue;
    while (end < s->text.len && s->text.ptr[end] == ' ')
      end++;
    if (end >= s->text.len || s->text.ptr[end] != '(' || !bracketed(s, end, &inner, &first, &rest))
      continue;
    if (i < 3)
      call(s, start, names[i], inner);
    else
      asked(s, i - 3, first, rest);
    return;
  }
}

static void scan(Scan *s) {
  while (s->at < s->text.len) {
    size_t end = skip_quiet(s, s->at);
    if (end > s->at) {
      s->at = end;
      continue;
    }
    char before = s->at ? s->text.ptr[s->at - 1] : '\n';
    if (before == '\n' && ahead(s, s->at, "def model("))
      s->models++;
    if (!str_word_char(before) && before != '.' && ahead(s, s->at, "dbt."))
      dbt_call(s);
    s->at++;
  }
}

static bool check(const Scan *s) {
  static const char *const tags[] = {"{{", "{%", "{#"};
  for (size_t i = 0; i < 3; i++) {
    ptrdiff_t at = str_find(s->text, str_c(tags[i]), 0);
    if (at >= 0) {
      Diag *d = diag_at(s->diags, SEV_ERROR, CODE_PYTHON_MODEL, s->src, (Span){(uint32_t)at, 2},
                        "a model in Python cannot hold templates");
      diag_hint(s->diags, d, "use dbt.ref(), dbt.source(), dbt.config.get()");
      return false;
    }
  }
  if (s->models == 1)
    return true;
  diag_at(s->diags, SEV_ERROR, CODE_PYTHON_MODEL, s->src, (Span){0, 0},
          "a model in Python has one function model(dbt, session), this file has %zu", s->models);
  return false;
}

Template *load_python_body(Arena *a, const Source *src, Diags *diags) {
  Scan s = {.a = a, .src = src, .diags = diags, .text = src->text, .out = {.arena = a}};
  for (size_t i = 0; i < 2; i++)
    s.keys[i] = s.defaults[i] = (Buf){.arena = a};
  buf_adds(&s.out, "{% do [");
  scan(&s);
  if (str_trim(s.text).len && !check(&s))
    return NULL;
  if (s.keys[0].len || s.keys[1].len)
    buf_addf(&s.out,
             "config(config_keys_used=[%.*s], config_keys_defaults=[%.*s], "
             "meta_keys_used=[%.*s], meta_keys_defaults=[%.*s])",
             STR_ARG(buf_str(&s.keys[0])), STR_ARG(buf_str(&s.defaults[0])),
             STR_ARG(buf_str(&s.keys[1])), STR_ARG(buf_str(&s.defaults[1])));
  buf_adds(&s.out, "] %}{% if execute %}{{ model.raw_code }}\n\n\n"
                   "{{ py_script_postfix(model) }}{% endif %}");
  Source *made = arena_new(a, Source);
  *made = (Source){.path = src->path, .text = buf_str(&s.out)};
  return template_parse(a, made, diags);
}
