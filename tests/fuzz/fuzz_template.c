// Any bytes as a template: no crash, no endless loop, no more memory than the limits allow. A text
// without template syntax comes out as it went in; the same template gives the same text twice; a
// failure has a finding that can be shown.
#include "../../compiler/template/eval.h"
#include "../../compiler/template/ops.h"
#include "compiler/template/blocks.h"
#include "compiler/template/calls.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Value do_return(Eval *ev, const Value *v) { eval_return(ev, v[0]); }
static const Native return_row = {"return", do_return, "data=none", "ends the macro with a value"};

typedef struct Names {
  Arena *arena;
  Value vars;
} Names;

static bool lookup(void *data, Eval *ev, Str name, Value *out) {
  Names *n = data;
  Value *v = dict_gets(n->vars.dict, name);
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

// A few values of each kind, and the macros of the template itself.
static void make_names(Names *n, Arena *a, const Template *t) {
  Value l = val_list(a, 3), d = val_dict(a);
  list_push(a, l.list, val_int(3));
  list_push(a, l.list, val_str(STR("b<é")));
  list_push(a, l.list, val_none());
  dict_sets(a, d.dict, STR("k"), l);
  dict_sets(a, d.dict, STR("f"), val_float(-1.5));
  *n = (Names){.arena = a, .vars = val_dict(a)};
  dict_sets(a, n->vars.dict, STR("l"), l);
  dict_sets(a, n->vars.dict, STR("d"), d);
  dict_sets(a, n->vars.dict, STR("s"), val_str(STR("a text")));
  dict_sets(a, n->vars.dict, STR("n"), val_int(7));
  dict_sets(a, n->vars.dict, STR("b"), val_bool(true));
  size_t count;
  Macro *const *m = template_macros(t, &count);
  for (size_t i = 0; i < count; i++)
    dict_sets(a, n->vars.dict, m[i]->name, val_obj(&m[i]->object));
}

static void seen_call(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  (void)args;
  size_t *n = data;
  *n += callee.len + nargs + span.len;
}

static bool once(const Template *t, const EvalOptions *base, Arena *a, Diags *d, Str *out) {
  Names names;
  make_names(&names, a, t);
  Host host = {.data = &names, .lookup = lookup};
  EvalOptions o = *base;
  o.host = &host;
  o.arena = a;
  o.diags = d;
  return template_render(t, &o, out);
}

// What differs from run to run by design: addresses, the clock.
static bool repeatable(Str text) {
  static const char *const words[] = {"cycle", "joiner", "random", "now",
                                      "today", "lipsum", "0x",     "macro"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_find(text, str_c(words[i]), 0) >= 0)
      return false;
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  eval_allow(64, 1); // values that are too many to look at end by the clock
  Arena a = {0}, b = {0}, c = {0};
  Diags d = {0}, ignored = {0};
  Source src = {.path = STR("f.sql"), .text = str_n((const char *)data, size)};
  bool ok;
  template_blocks(&a, &src, ~0u, &ok, &ignored);
  Template *t = template_parse(&a, &src, &d);
  if (t) {
    size_t sum = 0;
    template_calls(t, seen_call, &sum);
    SourceMap map = {.arena = &b};
    EvalOptions o = {
        .limits = {.steps = 200000, .output = 4 << 20},
          .map = &map
    };
    Str one = {0}, two = {0};
    bool good = once(t, &o, &b, &d, &one);
    if (good && template_is_plain(t) && !str_eq(one, src.text))
      abort();
    for (size_t i = 0; good && i < one.len; i += 1 + one.len / 64)
      source_map_find(&map, i);
    o.map = NULL;
    if (once(t, &o, &c, &ignored, &two) != good ||
        (good && repeatable(src.text) && repeatable(one) && !str_eq(one, two)))
      abort();
    o.lenient = true;
    once(t, &o, &c, &ignored, &two);
    if (!good && !d.errors)
      abort();
  } else if (!d.errors) {
    abort();
  }
  Buf shown = {.arena = &a};
  for (const Diag *f = d.first; f; f = f->next)
    diag_print(&shown, f, DIAG_PLAIN);
  diags_free(&d);
  diags_free(&ignored);
  arena_free(&a);
  arena_free(&b);
  arena_free(&c);
  return 0;
}
