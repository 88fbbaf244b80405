// Runs the cases of .test files: renders each template and compares text or error.
//
// A case is three lines: template, variables (a JSON object), result ("error: MESSAGE" when it must
// fail). ␤ stands for a newline, ␍ for a carriage return, ␉ for a tab. Between cases: blank lines,
// "# comments", "@vars {..}" and "@macro TEXT", which hold for the rest of the file.
#include "compiler/template/eval.h"
#include "compiler/template/ops.h"
#include "compiler/value/json.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Run {
  Arena file, arena; // what lasts for the file; for one case
  Diags diags;
  Value vars, macros; // of the file
  Value own;          // variables of the case
  const char *path;
  size_t line, passed, failed;
} Run;

static Value do_return(Eval *ev, const Value *v) { eval_return(ev, v[0]); }
static const Native return_row = {"return", do_return, "data=none", "ends the macro with a value"};

static bool lookup(void *data, Eval *ev, Str name, Value *out) {
  Run *r = data;
  Value *v = dict_gets(r->own.dict, name);
  v = v ? v : dict_gets(r->vars.dict, name);
  v = v ? v : dict_gets(r->macros.dict, name);
  if (v)
    *out = *v;
  else if (str_is(name, "return"))
    *out = val_func(eval_arena(ev), &return_row, NULL, val_none());
  else if (str_is(name, "modules"))
    *out = modules_value(eval_arena(ev));
  else
    return builtin_global(eval_arena(ev), name, out);
  return true;
}

// Stand-ins to what they stand for, or back.
static const Str signs[][2] = {
    {STR_INIT("␤"), STR_INIT("\n")},
    {STR_INIT("␍"), STR_INIT("\r")},
    {STR_INIT("␉"), STR_INIT("\t")}
};

static Str replaced(Arena *a, Str s, bool back) {
  Buf b = {.arena = a};
  for (size_t at = 0; at < s.len;) {
    size_t i = 0;
    while (i < 3 && !str_starts(str_sub(s, at, s.len), signs[i][back]))
      i++;
    if (i < 3)
      buf_add(&b, signs[i][!back]);
    else
      buf_addc(&b, s.ptr[at]);
    at += i < 3 ? signs[i][back].len : 1;
  }
  return buf_str(&b);
}

static Source *source(Arena *a, Str name, Str text) {
  Source *s = arena_new(a, Source);
  *s = (Source){.path = name, .text = text};
  return s;
}

static Value read_vars(Run *r, Arena *a, Str json) {
  Value v;
  if (json_read(a, source(a, STR("variables"), json), &v, &r->diags) && v.kind == VAL_DICT)
    return v;
  printf("%s:%zu: the variables are not a JSON object\n", r->path, r->line);
  r->failed++;
  return val_dict(a);
}

static void add_macro(Run *r, Str text) {
  size_t n = 0;
  Template *t = template_parse(
      &r->file, source(&r->file, STR("macro"), replaced(&r->file, text, false)), &r->diags);
  Macro *const *m = t ? template_macros(t, &n) : NULL;
  for (size_t i = 0; i < n; i++)
    dict_sets(&r->file, r->macros.dict, m[i]->name, val_obj(&m[i]->object));
  if (!n) {
    printf("%s:%zu: no macro\n", r->path, r->line);
    r->failed++;
  }
}

// What came out, as a case's third line shows it.
static Str outcome(Run *r, Str text) {
  Host host = {.data = r, .lookup = lookup};
  EvalOptions o = {.host = &host, .arena = &r->arena, .diags = &r->diags};
  Str out;
  Template *t = template_parse(&r->arena, source(&r->arena, STR("template"), text), &r->diags);
  if (t && template_render(t, &o, &out))
    return replaced(&r->arena, out, true);
  Str message = r->diags.first ? r->diags.first->message : STR("(no finding)");
  return str_fmt(&r->arena, "error: %.*s", STR_ARG(replaced(&r->arena, message, true)));
}

static void run_case(Run *r, Str template, Str vars, Str want) {
  diags_init(&r->diags);
  r->own = read_vars(r, &r->arena, vars);
  Str got = outcome(r, replaced(&r->arena, template, false));
  if (str_eq(got, want)) {
    r->passed++;
  } else {
    r->failed++;
    printf("%s:%zu: %.*s\n  wanted %.*s\n  got    %.*s\n", r->path, r->line, STR_ARG(template),
           STR_ARG(want), STR_ARG(got));
  }
  diags_free(&r->diags);
  arena_reset(&r->arena);
}

static bool next_line(Run *r, Str *rest, Str *line) {
  r->line++;
  return str_cut(rest, '\n', line);
}

static void run_file(Run *r, Str rest) {
  Str line, vars, want;
  r->vars = r->macros = val_dict(&r->file);
  r->macros = val_dict(&r->file);
  r->line = 0;
  while (next_line(r, &rest, &line)) {
    if (!line.len || str_starts(line, STR("# ")))
      continue;
    if (str_starts(line, STR("@vars "))) {
      r->vars = read_vars(r, &r->file, str_sub(line, 6, line.len));
    } else if (str_starts(line, STR("@macro "))) {
      add_macro(r, str_sub(line, 7, line.len));
    } else if (next_line(r, &rest, &vars) && next_line(r, &rest, &want)) {
      run_case(r, line, vars, want);
    } else {
      printf("%s:%zu: an unfinished case\n", r->path, r->line);
      r->failed++;
    }
  }
}

static bool read_all(const char *path, Buf *out) {
  FILE *f = fopen(path, "rb");
  if (!f)
    return false;
  for (size_t n = 1; n;) {
    n = fread(buf_room(out, 65536), 1, 65536, f);
    out->len += n;
  }
  fclose(f);
  return true;
}

int main(int argc, char **argv) {
  Run r = {0};
  eval_allow(EVAL_MEMORY, 1);
  for (int i = 1; i < argc; i++) {
    Buf text = {0};
    r.path = argv[i];
    if (read_all(argv[i], &text)) {
      run_file(&r, buf_str(&text));
    } else {
      perror(argv[i]);
      r.failed++;
    }
    buf_free(&text);
    arena_free(&r.file);
  }
  arena_free(&r.arena);
  printf("%zu passed, %zu failed\n", r.passed, r.failed);
  return r.failed || !r.passed;
}
