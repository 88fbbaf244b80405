// `context` and `builtins`: one name costs one lookup; keys(), items() and iterating make the dict.
#include "names.h"
#include "../template/ops.h"

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

static Value get_method(Eval *ev, Value self, const Args *args) {
  static const char *const names[] = {"key", "default"};
  Value v[2] = {val_undef(NULL), val_none()}, out;
  args_bind(ev, "get", args, names, 2, 1, v);
  return find(ev, self.obj, v[0], &out) ? out : v[1];
}

// update({..}, name=value): what these names stand for from now on.
static Value update_method(Eval *ev, Value self, const Args *args) {
  const NameSet *s = (const NameSet *)self.obj;
  if (args->npos > 1 || (args->npos && args->pos[0].kind != VAL_DICT))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "update() takes a dict of names, and names with their values");
  DictEntry *e;
  for (size_t at = 0; args->npos && (e = dict_next(args->pos[0].dict, &at));)
    if (e->key.kind == VAL_STR)
      s->put(s->data, val_text(e->key), e->value);
  for (size_t i = 0; i < args->nkw; i++)
    s->put(s->data, args->kw[i].name, args->kw[i].value);
  return val_none();
}

// get() looks up one name; the other methods are those of the dict of all.
static bool names_attr(Eval *ev, Object *o, Str name, Value *out) {
  static const char *const methods[] = {"keys", "values", "items", "copy"};
  if (str_is(name, "get")) {
    *out = val_raw(eval_arena(ev), "get", get_method, val_obj(o));
    return true;
  }
  if (((const NameSet *)o)->put && str_is(name, "update")) {
    *out = val_raw(eval_arena(ev), "update", update_method, val_obj(o));
    return true;
  }
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
