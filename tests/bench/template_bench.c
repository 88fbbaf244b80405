// Times the template engine: parses and renders every text of a list, round after round. In: a file
// with {"macros": text, "templates": [text...]}; the macros are parsed once. Out: {"seconds": the
// best round, "texts": what a round before them rendered}. What a model names (config, ref, this,
// is_incremental) are values of this file, found by name in a dict and as cheap as the Python ones
// that render.py gives to jinja2.
#include "compiler/base/fs.h"
#include "compiler/template/eval.h"
#include "compiler/template/ops.h"
#include "compiler/value/json.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 10 };

static Value f_empty(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_str(STR(""));
}

static Value f_ref(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  buf_adds(&out, "\"db\".\"analytics\".\"");
  buf_add(&out, val_text(v[0]));
  buf_addc(&out, '"');
  return val_str(buf_str(&out));
}

static Value f_true(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_bool(true);
}

static const Native functions[] = {
    {"config",         f_empty, "**kwargs",    "nothing"          },
    {"ref",            f_ref,   "name, *more", "a relation's name"},
    {"is_incremental", f_true,  "",            "true"             },
};

static bool lookup(void *data, Eval *ev, Str name, Value *out) {
  const Value *known = dict_gets(data, name);
  if (!known)
    return builtin_global(eval_arena(ev), name, out);
  *out = *known;
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

// What a model may name: the macros, and what stands for a project.
static Dict *read_names(Arena *a, Str macros, Diags *diags) {
  Dict *names = val_dict(a).dict;
  Template *t = parse(a, macros, diags);
  size_t n = 0;
  Macro *const *m = t ? template_macros(t, &n) : NULL;
  for (size_t i = 0; i < n; i++)
    dict_sets(a, names, m[i]->name, val_obj(&m[i]->object));
  for (size_t i = 0; i < COUNT(functions); i++)
    dict_sets(a, names, str_c(functions[i].name), val_func(a, &functions[i], NULL, val_none()));
  dict_sets(a, names, STR("this"), val_str(STR("db.this")));
  return names;
}

// One template, in an arena that is emptied before the next, as starc renders a model.
static bool render(Arena *a, Dict *names, Str text, Diags *diags, Str *out) {
  arena_reset(a);
  Template *t = parse(a, text, diags);
  Host host = {.data = names, .lookup = lookup};
  EvalOptions o = {.host = &host, .arena = a, .diags = diags};
  return t && template_render(t, &o, out);
}

// Every text, the results into *texts (NULL: nowhere). False: one failed, and diags says why.
static bool render_all(Arena *a, Dict *names, const List *all, Diags *diags, Json *texts) {
  Str text;
  for (size_t i = 0; i < all->n; i++) {
    if (!render(a, names, val_text(all->items[i]), diags, &text))
      return false;
    if (texts)
      json_str(texts, text);
  }
  return true;
}

static bool run(Arena *a, Dict *names, const List *all, Diags *diags, Buf *out) {
  Json j = {.out = out};
  json_open_object(&j);
  json_key(&j, STR("texts"));
  json_open_array(&j);
  bool good = render_all(a, names, all, diags, &j);
  json_close_array(&j);
  double best = 1e9;
  for (int round = 0; good && round < ROUNDS; round++) {
    double start = now();
    good = render_all(a, names, all, diags, NULL);
    double spent = now() - start;
    best = spent < best ? spent : best;
  }
  json_key(&j, STR("seconds"));
  json_float(&j, best);
  json_close_object(&j);
  return good;
}

int main(int argc, char **argv) {
  Arena a = {0}, scratch = {0};
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
  Dict *names = read_names(&a, val_text(val_get(input, STR("macros"))), &diags);
  Buf out = {0};
  bool good = val_is_seq(texts) && run(&scratch, names, texts.list, &diags, &out);
  if (good)
    fwrite(out.ptr, 1, out.len, stdout);
  else if (diags.first)
    fprintf(stderr, "%.*s\n", STR_ARG(diags.first->message));
  buf_free(&out);
  arena_free(&scratch);
  arena_free(&a);
  diags_free(&diags);
  return good ? 0 : 1;
}
