// In: Python-like values. Out: their truth, the name of their type, copies, functions as values.
// Lists, dicts, equality and text have files of their own; what can fail or call back into a
// template is template/ops's.
#include "value.h"

#include "depth.h"

Value val_func(Arena *a, const Native *native, const char *of, Value self) {
  Func *f = arena_new(a, Func);
  *f = (Func){.native = native, .of = of, .self = self};
  return (Value){.kind = VAL_FUNC, .func = f};
}

static Value answer(Eval *ev, const Value *v) {
  (void)ev;
  return v[0];
}

Value val_answer(Arena *a, const char *name, Value v) {
  Native *n = arena_new(a, Native);
  *n = (Native){name, answer, "self, *args, **kwargs", "the same whatever it is called with"};
  return val_func(a, n, NULL, v);
}

bool val_truth(Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
  case VAL_NONE:
    return false;
  case VAL_BOOL:
    return v.b;
  case VAL_INT:
    return v.i != 0;
  case VAL_FLOAT:
    return v.f != 0;
  case VAL_STR:
    return v.len != 0;
  case VAL_LIST:
  case VAL_TUPLE:
    return v.list->n != 0;
  case VAL_DICT:
  case VAL_SET:
    return v.dict->n != 0;
  case VAL_OBJECT:
    if (v.obj->type->truth)
      return v.obj->type->truth(v.obj);
    return v.obj->type->len ? v.obj->type->len(v.obj) != 0 : true;
  case VAL_BIGINT:
  case VAL_FUNC:
    return true;
  }
  return true;
}

const char *val_type_name(Value v) {
  static const char *const names[] = {
      [VAL_UNDEF] = "Undefined", [VAL_NONE] = "NoneType", [VAL_BOOL] = "bool",
      [VAL_INT] = "int",         [VAL_BIGINT] = "int",    [VAL_FLOAT] = "float",
      [VAL_STR] = "str",         [VAL_LIST] = "list",     [VAL_TUPLE] = "tuple",
      [VAL_DICT] = "dict",       [VAL_SET] = "set",       [VAL_FUNC] = "function",
  };
  if (v.kind == VAL_OBJECT)
    return v.obj->type->name;
  return v.kind == VAL_STR && (v.flags & VAL_SAFE) ? "Markup" : names[v.kind];
}

static Value copy_items(Arena *a, Value v, bool texts) {
  Value c = val_list(a, v.list->n);
  c.kind = v.kind;
  for (size_t i = 0; i < v.list->n; i++)
    list_push(a, c.list, val_copy(a, v.list->items[i], texts));
  return c;
}

static Value copy_entries(Arena *a, Value v, bool texts) {
  Value c = {.kind = v.kind, .dict = arena_new(a, Dict)};
  size_t at = 0;
  dict_reserve(a, c.dict, v.dict->n);
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    dict_set(a, c.dict, val_copy(a, e->key, texts), val_copy(a, e->value, texts));
  return c;
}

Value val_copy(Arena *a, Value v, bool texts) {
  if (v.kind == VAL_STR && texts) {
    Value c = val_str(str_dup(a, val_text(v)));
    c.flags = v.flags;
    return c;
  }
  bool seq = val_is_seq(v);
  if (!seq && v.kind != VAL_DICT && v.kind != VAL_SET)
    return v;
  if (!val_enter())
    return val_none();
  Value c = seq ? copy_items(a, v, texts) : copy_entries(a, v, texts);
  val_leave();
  return c;
}

void val_freeze(Value v) {
  if (val_is_seq(v) && !v.list->frozen) {
    v.list->frozen = true;
    for (size_t i = 0; i < v.list->n; i++)
      val_freeze(v.list->items[i]);
  } else if ((v.kind == VAL_DICT || v.kind == VAL_SET) && !v.dict->frozen) {
    v.dict->frozen = true;
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      val_freeze(e->value);
  }
}
