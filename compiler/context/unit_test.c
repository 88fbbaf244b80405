// What a unit test puts over the names of its model: macros that give a fixed value, vars,
// environment variables. In: the overrides of its YAML. Out: names set in the context.
#include "unit_test.h"

#include "evaluation.h"
#include "internal.h"

// env_var() with the test's own values first, which are self.
static Value fn_env_var(Eval *ev, const Value *v) {
  const Value *own = v[1].kind == VAL_STR ? dict_gets(v[0].dict, val_text(v[1])) : NULL;
  if (own)
    return val_str(val_to_str(eval_arena(ev), *own));
  Value real;
  if (!context_base_name(context_of(ev), ev, STR("env_var"), &real))
    eval_fail_code(ev, CODE_UNIT_TEST, "there is no env_var() here");
  return eval_call(ev, real, &(Args){.pos = v + 1, .npos = native_given(v[2]) ? 2 : 1});
}

static const Native env_var = {"env_var", fn_env_var, "self, var, default=...",
                               "an environment variable, or what the unit test has for it"};

// "name" or "package.name". What is a macro without the test is one with it: it ignores its
// arguments. Any other name is the value itself.
static void override_macro(Context *c, Str name, Value value) {
  ptrdiff_t dot = str_find(name, STR("."), 0);
  Str package = str_sub(name, 0, dot < 0 ? 0 : (size_t)dot);
  bool macro = dot < 0 ? macros_find(c->shared->macros, c->package, name) != NULL
                       : macros_find_in(c->shared->macros, package,
                                        str_sub(name, (size_t)dot + 1, name.len)) != NULL;
  context_set(c, name, macro ? val_answer(c->arena, "macro", value) : value);
}

void context_unit_test(Context *c, const UnitTest *u) {
  size_t at = 0;
  for (DictEntry *e; u->macros.kind == VAL_DICT && (e = dict_next(u->macros.dict, &at));)
    if (e->key.kind == VAL_STR)
      override_macro(c, val_text(e->key), e->value);
  if (u->env_vars.kind == VAL_DICT)
    context_set(c, STR("env_var"), val_func(c->arena, &env_var, NULL, u->env_vars));
  if (u->vars.kind == VAL_DICT) {
    Value *over = &context_globals(c)->vars_cli;
    Value all = over->kind == VAL_DICT ? val_copy(c->arena, *over, false) : val_dict(c->arena);
    at = 0;
    for (DictEntry *e; (e = dict_next(u->vars.dict, &at));)
      dict_set(c->arena, all.dict, e->key, e->value);
    *over = all;
  }
}
