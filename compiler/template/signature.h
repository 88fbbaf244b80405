// How a native function declares itself, and how it is called. Its row (Native in value/types.h)
// holds its name, its signature as Python writes one, a line of documentation and the C function;
// from the row come the binding of arguments, the errors of a wrong call and docs/reference/.
// Behind the line of documentation may stand an example and, in a line of its own behind "=> ",
// what it comes to; the tests render it.
//
//   {"trim", f_trim, "value, chars=none", "without white space at both ends"}
//
// A signature is a list of names: `name` must be given, `name=default` may be; those before `/` by
// place only, those behind `*` by name only; `*name` takes all other places as a tuple, `**name`
// all other names as a dict. A default is none, true, false, a number, a text in single quotes, []
// or {} (a new one at each call), or `...`: native_given() is false of it. A first name `self` is
// what a method is called on, which no call gives.
//
// The function gets a Value for each name, in this order, in an array of its own or the caller's.
#ifndef STARC_SIGNATURE_H
#define STARC_SIGNATURE_H
#include "eval.h"

enum { SIGNATURE_MOST = 32 }; // names in one

typedef struct Param {
  Str name;
  Value otherwise; // what it is when it is not given
} Param;

typedef struct Signature {
  const char *text;  // what it was read from
  const char *wrong; // NULL, or what in the text is no signature
  struct Signature *next;
  bool self;         // the first is what a method is called on
  unsigned n;        // values that the function gets
  unsigned only_at;  // so many, from the first, are given by place only
  unsigned by_at;    // so many, from the first, may be given by place
  unsigned rest;     // which one is *name; n: none
  unsigned named;    // which one is **name; n: none
  uint32_t required; // a bit for each that must be given
  Param params[];
} Signature;

// The signature that a text describes, read when it is first asked for and kept for good. The text
// stays as it is as long as the program runs.
const Signature *signature_of(const char *text);

// Binds arguments to the function's signature and runs it. Fails with Python's words and the
// signature where they do not fit.
Value native_call(Eval *ev, const Func *f, const Args *args);
// Whether an argument whose default is `...` was given.
bool native_given(Value v);
// The arguments that *name and **name took, as those of another call. They are good as long as the
// two values are.
Args native_args(Eval *ev, Value rest, Value named);
// "trim(value, chars=none)", as a template writes the call: without self.
Str native_usage(Arena *a, const char *of, const Native *n);

// A table of natives, for the reference pages and the tests: what it is called there, what stands
// before the names of its rows ("str"; NULL: nothing), what they are; ended by title NULL.
typedef struct NativeTable {
  const char *title, *of, *kind;
  const Native *rows;
  size_t size; // of a row, which may begin with a Native and hold more
} NativeTable;
static inline const Native *native_next(const NativeTable *t, const Native *n) {
  return (const Native *)(const void *)((const char *)n + t->size);
}
extern const NativeTable native_tables[]; // of the language itself (std/natives.c)

// The row of a table, which ends with name NULL; NULL: it has none of that name.
const Native *native_in(const Native *rows, Str name);
// The same as a function of `of` ("str") bound to self. False: none of that name.
bool native_find(Arena *a, const Native *rows, const char *of, Str name, Value self, Value *out);

#endif
