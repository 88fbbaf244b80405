// Tuples whose parts have names, as Python's functions give them: DecimalTuple, struct_time,
// IsoCalendarDate. In: a type and its parts. Out: values that are read by name, place and slice,
// and equal plain tuples.
#include "named_tuple.h"

#include "../ops_access.h"
#include "methods_seq.h"
#include "std.h"

typedef struct Named {
  Object object;
  Value parts; // a tuple
} Named;

static const NamedType *type_of(const Object *o) { return (const NamedType *)o->type; }
static Value parts_of(const Object *o) { return ((const Named *)o)->parts; }

bool named_attr(Eval *ev, Object *o, Str name, Value *out) {
  const NamedType *t = type_of(o);
  for (size_t i = 0; i < t->n; i++)
    if (str_eq(name, str_c(t->parts[i]))) {
      *out = parts_of(o).list->items[i];
      return true;
    }
  return method_lookup(eval_arena(ev), parts_of(o), name, out);
}

bool named_item(Eval *ev, Object *o, Value key, Value *out) {
  *out = ops_item(ev, parts_of(o), key);
  return key.kind != VAL_STR && out->kind != VAL_UNDEF;
}

bool named_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, parts_of(o), it);
  return true;
}

int64_t named_len(const Object *o) { return (int64_t)parts_of(o).list->n; }

void named_repr(const Object *o, Buf *out) {
  const NamedType *t = type_of(o);
  buf_addf(out, "%s(", t->type.name);
  for (size_t i = 0; i < t->n; i++) {
    buf_addf(out, "%s%s=", i ? ", " : "", t->parts[i]);
    val_repr(out, parts_of(o).list->items[i]);
  }
  buf_addc(out, ')');
}

static Value plain(Value v) {
  return v.kind == VAL_OBJECT && v.obj->type->iter == named_iter ? parts_of(v.obj) : v;
}

bool named_eq(const Object *o, Value other) { return val_eq(parts_of(o), plain(other)); }

uint64_t named_hash(const Object *o) {
  uint64_t h = 0;
  val_hash(parts_of(o), &h);
  return h;
}

bool named_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  static const struct {
    const char *spelling;
    Op op;
  } ops[] = {
      {"+",  OP_ADD},
      {"*",  OP_MUL},
      {"<",  OP_LT },
      {"<=", OP_LE },
      {">",  OP_GT },
      {">=", OP_GE }
  };
  for (size_t i = 0; i < COUNT(ops); i++)
    if (!strcmp(op, ops[i].spelling)) {
      *out = ops_binary(ev, ops[i].op, plain(l), plain(r));
      return true;
    }
  return false;
}

Value named_new(Arena *a, const NamedType *type, const Value *parts) {
  Named *n = arena_new(a, Named);
  *n = (Named){{&type->type}, tuple_of(a, parts, type->n)};
  return val_obj(n);
}
