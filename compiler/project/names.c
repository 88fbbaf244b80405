// `context` and `builtins`: one name costs one lookup; keys(), items() and iterating make the dict.
#include "names.h"
#include "../template/ops.h"
#include "../template/ops_access.h"
#include "../template/signature.h"

static Value all_names(Eval *ev, const NameSet *s) {
  Value all = val_dict(eval_arena(ev));
  s->list(s->data, ev, all.dict);
  return all;
}

static bool find(Eval *ev, const Object *o, Value key, Value *out) {
  const NameSet *s = (const NameSet *)o;
  return key.kind == VAL_STR && s->lookup(s->data, ev, val_text(key), out);
}

static bool names_item(Eval *ev, Object *o, Value key, Value *out) { return find(ev, o, key, out); }

static Value get_method(Eval *ev, const Value *v) {
  Value out;
  return find(ev, v[0].obj, v[1], &out) ? out : v[2];
}

// What these names stand for from now on.
static Value update_method(Eval *ev, const Value *v) {
  const NameSet *s = (const NameSet *)v[0].obj;
  if (native_given(v[1]) && v[1].kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "update() takes a dict of names, and names with their values");
  DictEntry *e;
  for (size_t at = 0; v[1].kind == VAL_DICT && (e = dict_next(v[1].dict, &at));)
    if (e->key.kind == VAL_STR)
      s->put(s->data, val_text(e->key), e->value);
  for (size_t at = 0; (e = dict_next(v[2].dict, &at));)
    s->put(s->data, val_text(e->key), e->value);
  return val_none();
}

// clang-format off
const Native name_set_methods[] = {
    {"get",    get_method,    "self, key, default=none",      "what the name stands for, or default"},
    {"update", update_method, "self, names=..., /, **kwargs", "lets names stand for other values"},
    {0},
};
// clang-format on

// get() looks up one name; the other methods are those of the dict of all.
static bool names_attr(Eval *ev, Object *o, Str name, Value *out) {
  static const char *const methods[] = {"keys", "values", "items", "copy"};
  bool own = ((const NameSet *)o)->put || !str_is(name, "update");
  if (own && native_find(eval_arena(ev), name_set_methods, "context", name, val_obj(o), out))
    return true;
  for (size_t i = 0; i < COUNT(methods); i++)
    if (str_eq(name, str_c(methods[i])))
      return method_lookup(eval_arena(ev), all_names(ev, (const NameSet *)o), name, out);
  return find(ev, o, val_str(name), out);
}

static bool names_contains(Eval *ev, Object *o, Value key) {
  Value out;
  return find(ev, o, key, &out);
}

static bool names_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, all_names(ev, (const NameSet *)o), it);
  return true;
}

static const ObjectType names_type = {.name = "dict",
                                      .attr = names_attr,
                                      .item = names_item,
                                      .contains = names_contains,
                                      .iter = names_iter,
                                      .mapping = true};

Value name_set(Arena *a, NameSet set) {
  NameSet *s = arena_new(a, NameSet);
  *s = set;
  s->object.type = &names_type;
  return val_obj(s);
}
