// Times the template engine: parses and renders every text of a list, five rounds. In: a file with
// {"macros": text, "templates": [text...]}; the macros are parsed once. Out: {"seconds": the best
// round, "texts": what it rendered}. What a model names (config, ref, this, is_incremental) are
// functions of this file, as cheap as the Python ones that render.py gives to jinja2.
#include "compiler/base/fs.h"
#include "compiler/base/json.h"
#include "compiler/template/eval.h"
#include "compiler/template/ops.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 5 };

static Value f_empty(Eval *ev, Value self, const Args *args) {
  (void)ev, (void)self, (void)args;
  return val_str(STR(""));
}

static Value f_ref(Eval *ev, Value self, const Args *args) {
  (void)self;
  Str name = args->npos ? val_text(args->pos[0]) : STR("");
  return val_str(str_fmt(eval_arena(ev), "\"db\".\"analytics\".\"%.*s\"", STR_ARG(name)));
}

static Value f_true(Eval *ev, Value self, const Args *args) {
  (void)ev, (void)self, (void)args;
  return val_bool(true);
}

static bool lookup(void *data, Eval *ev, Str name, Value *out) {
  const Value *macro = dict_gets(data, name);
  Arena *a = eval_arena(ev);
  if (macro) {
    *out = *macro;
    return true;
  }
  if (str_is(name, "config"))
    *out = val_func(a, "config", f_empty, val_none());
  else if (str_is(name, "ref"))
    *out = val_func(a, "ref", f_ref, val_none());
  else if (str_is(name, "is_incremental"))
    *out = val_func(a, "is_incremental", f_true, val_none());
  else if (str_is(name, "this"))
    *out = val_str(STR("db.this"));
  else
    return builtin_global(a, name, out);
  return true;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static Template *parse(Arena *a, Str text, Diags *diags) {
  Source *source = arena_new(a, Source);
  *source = (Source){.path = STR("template"), .text = text};
  return template_parse(a, source, diags);
}

// Their names and values.
static Dict *read_macros(Arena *a, Str text, Diags *diags) {
  Value names = val_dict(a);
  Template *t = parse(a, text, diags);
  size_t n = 0;
  Macro *const *macros = t ? template_macros(t, &n) : NULL;
  for (size_t i = 0; i < n; i++)
    dict_sets(a, names.dict, macros[i]->name, val_obj(&macros[i]->object));
  return names.dict;
}

// One template, in an arena that is emptied before the next, as starc renders a model.
static bool render(Arena *a, Dict *macros, Str text, Diags *diags, Str *out) {
  Template *t = parse(a, text, diags);
  Host host = {.data = macros, .lookup = lookup};
  EvalOptions o = {.host = &host, .arena = a, .diags = diags};
  return t && template_render(t, &o, out);
}

int main(int argc, char **argv) {
  Arena a = {0};
  Diags diags;
  diags_init(&diags);
  Value input;
  Str path = str_c(argc == 2 ? argv[1] : ""), file;
  if (argc != 2 || !fs_read(&a, path, path, &file, &diags)) {
    fprintf(stderr, "usage: template_bench TEXTS.json\n");
    return 2;
  }
  Source source = {.path = path, .text = file};
  if (!json_read(&a, &source, &input, &diags))
    return 2;
  Value texts = val_get(input, STR("templates"));
  Dict *macros = read_macros(&a, val_text(val_get(input, STR("macros"))), &diags);
  double best = 1e9;
  Buf out = {0};
  Arena scratch = {0};
  for (int round = 0; round < ROUNDS; round++) {
    double spent = 0;
    Json j = {.out = &out};
    out.len = 0;
    json_open_object(&j);
    json_key(&j, STR("texts"));
    json_open_array(&j);
    for (size_t i = 0; texts.kind == VAL_LIST && i < texts.list->n; i++) {
      Str text;
      double start = now();
      bool good = render(&scratch, macros, val_text(texts.list->items[i]), &diags, &text);
      spent += now() - start;
      if (!good) {
        fprintf(stderr, "template %zu: %.*s\n", i, STR_ARG(diags.first->message));
        return 1;
      }
      json_str(&j, text);
      arena_reset(&scratch);
    }
    json_close_array(&j);
    best = spent < best ? spent : best;
    json_key(&j, STR("seconds"));
    json_float(&j, best);
    json_close_object(&j);
  }
  fwrite(out.ptr, 1, out.len, stdout);
  buf_free(&out);
  arena_free(&scratch);
  arena_free(&a);
  diags_free(&diags);
  return 0;
}
