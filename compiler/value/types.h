// The kinds of values and what each is made of; small ones are made and looked at here. A value is
// 16 bytes, passed by value; what it points to lives in an arena and is never freed alone.
#ifndef STARC_VALUE_TYPES_H
#define STARC_VALUE_TYPES_H
#include "../base/buf.h"

typedef struct Eval Eval; // a running evaluation, template/eval.h

typedef enum ValueKind {
  VAL_UNDEF, // Jinja's Undefined; .undef says which name was not there
  VAL_NONE,
  VAL_BOOL,
  VAL_INT,    // fits 64 bits
  VAL_BIGINT, // does not; value/bigint.h
  VAL_FLOAT,
  VAL_STR,
  VAL_LIST,
  VAL_TUPLE,
  VAL_DICT,
  VAL_SET,   // a Dict whose values are none
  VAL_FUNC,  // a native function, perhaps bound to a value
  VAL_OBJECT // anything else: macro, relation, loop, namespace, iterator, datetime, Decimal, ...
} ValueKind;

enum { VAL_SAFE = 1 }; // flag of VAL_STR: markupsafe.Markup (result of escape and safe)

typedef struct List List;
typedef struct Dict Dict;
typedef struct BigInt BigInt;
typedef struct Func Func;
typedef struct Object Object;

// Why a value is undefined. `name` is what was looked up; `owner` the kind of thing it was looked
// up in ("dict object", "str object"), empty for a plain name; `hint` replaces the usual message.
typedef struct Undef {
  Str name, owner, hint;
  const Object *of; // the object that has no such name, or NULL
  const Dict *in;   // the dict that has no such key, or NULL
} Undef;

typedef struct Value {
  uint8_t kind; // ValueKind
  uint8_t flags;
  uint16_t unused;
  uint32_t len; // VAL_STR: bytes (limit 4 GiB)
  union {
    bool b;
    int64_t i;
    double f;
    const char *s; // VAL_STR, not NUL-terminated
    List *list;    // VAL_LIST, VAL_TUPLE
    Dict *dict;    // VAL_DICT, VAL_SET
    BigInt *big;
    Func *func;
    Object *obj;
    const Undef *undef; // may be NULL
  };
} Value;

// Told before a template changes the list or dict that points to it. key: of the entry of a dict
// or set; of a list: its length where items are put behind the others, else NULL.
typedef struct Watcher {
  void (*changes)(struct Watcher *w, const Value *key);
} Watcher;

// Frozen containers are shared between evaluations (project data): templates that change one get
// an error; hand out value_copy()s where dbt lets templates change things.
struct List {
  Value *items;
  size_t n, cap;
  bool frozen;
  Watcher *watch; // or NULL; who changes items has to tell it
};

typedef struct DictEntry {
  Value key;
  Value value;
  uint64_t hash; // 0 with an Undefined key, whose hash is another: a removed entry
} DictEntry;

static inline bool dict_live(const DictEntry *e) { return e->key.kind != VAL_UNDEF || e->hash; }

// In order of insertion. Iterate entries[0..used) and skip removed ones, or use dict_next.
struct Dict {
  DictEntry *entries;
  size_t n;    // live entries
  size_t used; // entries in use, removed ones included
  size_t cap;
  uint32_t *slots; // index into entries + 1; NULL while small
  size_t nslots;
  bool frozen;
  Watcher *watch; // or NULL; told by dict_set and dict_remove
};

// The arguments of a call.
typedef struct Kwarg {
  Str name;
  Value value;
} Kwarg;
typedef struct Args {
  const Value *pos;
  size_t npos;
  const Kwarg *kw;
  size_t nkw;
} Args;

// A native function: gets the values of its signature's names, in their order. Fails through
// eval_fail (template/eval.h), which does not return. Allocates in eval_arena(ev).
typedef Value NativeFn(Eval *ev, const Value *v);

// Its row in a table: all that is known of it. The signature is one as Python writes them, without
// the brackets ("self, sep=none, maxsplit=-1"): template/signature.h says what stands in it.
typedef struct Native {
  const char *name; // as templates write it
  NativeFn *fn;
  const char *signature;
  const char *doc; // a line for the reference pages; behind it an example, a line "=> " with what
                   // it comes to
} Native;

// A native function as a value.
struct Func {
  const Native *native;
  const char *of; // what it belongs to ("str", "adapter"), for messages; NULL: nothing
  Value self;     // what it is called on, where the signature begins with self
};

// A step through something iterable; see ops_iter.
typedef struct Iter Iter;

// What a kind of object can do; NULL where it cannot. Python's name of the type is shown to users.
typedef struct ObjectType {
  const char *name;
  // Attribute (".x") and item ("[x]"). Return false when there is no such thing: the other way is
  // tried, then the result is Undefined.
  bool (*attr)(Eval *ev, Object *o, Str name, Value *out);
  bool (*item)(Eval *ev, Object *o, Value key, Value *out);
  bool (*set_attr)(Eval *ev, Object *o, Str name, Value v); // {% set o.x = v %}
  Value (*call)(Eval *ev, Object *o, const Args *args);
  void (*str)(const Object *o, Buf *out);  // NULL: repr
  void (*repr)(const Object *o, Buf *out); // NULL: "<NAME object>"
  bool (*iter)(Eval *ev, Object *o, Iter *it);
  bool (*truth)(const Object *o); // NULL: len if there is one, else true
  int64_t (*len)(const Object *o);
  bool (*eq)(const Object *o, Value other); // NULL: identity
  uint64_t (*hash)(const Object *o);        // NULL: identity; must agree with eq
  const char *unhashable; // the type of what is in it and has no hash; NULL: it has one
  bool (*contains)(Eval *ev, Object *o, Value v); // NULL: iterate and compare
  // Binary operators and ordering; op is a Python spelling ("+", "<", ...). Called when either
  // side is such an object. False: not supported, a TypeError follows.
  bool (*binary)(Eval *ev, const char *op, Value l, Value r, Value *out);
  bool mapping; // `is mapping` holds
  // Names of its attributes, for the nearest one to a name that is none; NULL: not told.
  size_t (*names)(Arena *a, const Object *o, const Str **out);
  // What a slice is, of the items (a tuple) that are in it; NULL: the tuple.
  Value (*slice)(Arena *a, Value items);
} ObjectType;

// Objects start with this.
struct Object {
  const ObjectType *type;
};

struct Iter {
  bool (*next)(Eval *ev, Iter *it, Value *out); // false: done
  Value over;
  size_t at;
  int64_t left; // items still to come, -1 unknown
  void *state;
};

// --- making values; none of these fail
static inline Value val_none(void) { return (Value){.kind = VAL_NONE}; }
static inline Value val_undef(const Undef *u) { return (Value){.kind = VAL_UNDEF, .undef = u}; }
static inline Value val_bool(bool b) { return (Value){.kind = VAL_BOOL, .b = b}; }
static inline Value val_int(int64_t i) { return (Value){.kind = VAL_INT, .i = i}; }
static inline Value val_float(double f) { return (Value){.kind = VAL_FLOAT, .f = f}; }
static inline Value val_str(Str s) {
  return (Value){.kind = VAL_STR, .len = (uint32_t)s.len, .s = s.ptr};
}
#define val_lit(literal) val_str(STR(literal))
static inline Value val_obj(void *o) { return (Value){.kind = VAL_OBJECT, .obj = o}; }

static inline Str val_text(Value v) { return (Str){v.s, v.len}; } // of a VAL_STR
static inline bool val_is(Value v, ValueKind k) { return v.kind == k; }
static inline bool val_is_absent(Value v) { return v.kind == VAL_NONE || v.kind == VAL_UNDEF; }
static inline Value val_text_or_none(Str s) { return s.len ? val_str(s) : val_none(); }
static inline bool val_is_str(Value v, Str s) {
  return v.kind == VAL_STR && str_eq(val_text(v), s);
}
// Of a whole number, booleans included; of any number.
static inline bool val_is_whole(Value v) {
  return v.kind == VAL_INT || v.kind == VAL_BOOL || v.kind == VAL_BIGINT;
}
static inline bool val_is_number(Value v) { return val_is_whole(v) || v.kind == VAL_FLOAT; }
static inline bool val_is_seq(Value v) { return v.kind == VAL_LIST || v.kind == VAL_TUPLE; }
static inline size_t val_count(Value v) { return val_is_seq(v) ? v.list->n : 0; } // items of a list
static inline bool val_is_type(Value v, const ObjectType *t) {
  return v.kind == VAL_OBJECT && v.obj->type == t;
}

#endif
