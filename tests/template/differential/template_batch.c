// Renders many templates: reads JSON lines {"template", "vars", "macros"} from a file (or standard
// input) and writes a JSON line for each: {"ok": text} or {"error": message, "class": "syntax" or
// "runtime"}. Macros are templates whose macros the others can call by name. For the differential
// tests, which compare with Python's jinja2.
#include "compiler/template/eval.h"
#include "compiler/template/ops.h"
#include "compiler/value/json.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Run {
  Arena arena;
  Diags diags;
  Value vars, macros;
} Run;

static Value do_return(Eval *ev, const Value *v) { eval_return(ev, v[0]); }
static const Native return_row = {"return", do_return, "data=none", "ends the macro with a value"};

// decimal('12.50'): templates get Decimals from queries only.
static Value do_decimal(Eval *ev, const Value *v) {
  Value out = val_none();
  if (v[0].kind != VAL_STR || !decimal_parse(eval_arena(ev), val_text(v[0]), &out))
    eval_fail(ev, "decimal() takes the text of a number");
  return out;
}
static const Native decimal_row = {"decimal", do_decimal, "text", "a Decimal"};

static bool lookup(void *data, Eval *ev, Str name, Value *out) {
  Run *r = data;
  Value *v = dict_gets(r->vars.dict, name);
  if (!v)
    v = dict_gets(r->macros.dict, name);
  if (v) {
    *out = *v;
    return true;
  }
  if (str_is(name, "return")) {
    *out = val_func(eval_arena(ev), &return_row, NULL, val_none());
    return true;
  }
  if (str_is(name, "decimal")) {
    *out = val_func(eval_arena(ev), &decimal_row, NULL, val_none());
    return true;
  }
  if (str_is(name, "modules")) {
    *out = modules_value(eval_arena(ev));
    return true;
  }
  return builtin_global(eval_arena(ev), name, out);
}

static Source *source(Run *r, Str name, Str text) {
  Source *s = arena_new(&r->arena, Source);
  *s = (Source){.path = name, .text = text};
  return s;
}

static bool add_macros(Run *r, Value texts) {
  for (size_t i = 0; texts.kind == VAL_LIST && i < texts.list->n; i++) {
    Template *t = template_parse(
        &r->arena, source(r, STR("macros"), val_text(texts.list->items[i])), &r->diags);
    if (!t)
      return false;
    size_t n;
    Macro *const *m = template_macros(t, &n);
    for (size_t k = 0; k < n; k++)
      dict_sets(&r->arena, r->macros.dict, m[k]->name, val_obj(&m[k]->object));
  }
  return true;
}

static void report(const Run *r, Buf *out, const char *class) {
  Json j = {.out = out};
  json_open_object(&j);
  json_key_str(&j, "error", r->diags.first ? r->diags.first->message : STR("no message"));
  json_key_str(&j, "class", str_c(class));
  json_close_object(&j);
}

static void render(Run *r, Value job, Buf *out) {
  Str text = val_text(val_get(job, STR("template"))), result;
  r->vars = val_get(job, STR("vars"));
  if (r->vars.kind != VAL_DICT)
    r->vars = val_dict(&r->arena);
  r->macros = val_dict(&r->arena);
  Template *t = NULL;
  if (add_macros(r, val_get(job, STR("macros"))))
    t = template_parse(&r->arena, source(r, STR("template"), text), &r->diags);
  if (!t) {
    report(r, out, "syntax");
    return;
  }
  Host host = {.data = r, .lookup = lookup};
  EvalOptions o = {.host = &host, .arena = &r->arena, .diags = &r->diags};
  o.limits.steps = 20000000;
  if (!template_render(t, &o, &result)) {
    report(r, out, "runtime");
    return;
  }
  Json j = {.out = out};
  json_open_object(&j);
  json_key_str(&j, "ok", result);
  json_close_object(&j);
}

static void line(Str s, Buf *out) {
  Run r = {0};
  diags_init(&r.diags);
  Value job;
  Source src = {.path = STR("job"), .text = s};
  if (json_read(&r.arena, &src, &job, &r.diags))
    render(&r, job, out);
  else
    report(&r, out, "job");
  diags_free(&r.diags);
  arena_free(&r.arena);
}

int main(int argc, char **argv) {
  FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
  if (!in) {
    perror(argv[1]);
    return 2;
  }
  char *text = NULL;
  size_t cap = 0;
  Buf out = {0};
  for (ssize_t n; (n = getline(&text, &cap, in)) > 0;) {
    out.len = 0;
    line(str_n(text, (size_t)n), &out);
    buf_addc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    fflush(stdout);
  }
  free(text);
  buf_free(&out);
  return 0;
}
