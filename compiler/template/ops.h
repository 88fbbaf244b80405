// Operations on values that can fail or run template code. All take the running Eval and do not
// return on failure; messages are Python's where Jinja shows Python's.
#ifndef STARC_OPS_H
#define STARC_OPS_H
#include "eval.h"

// Binary operators by their Python spelling: + - * / // % ** and comparisons == != < <= > >= in
// "not in".  `~` is ops_concat.
typedef enum Op {
  OP_ADD,
  OP_SUB,
  OP_MUL,
  OP_DIV,
  OP_FLOORDIV,
  OP_MOD,
  OP_POW,
  OP_EQ,
  OP_NE,
  OP_LT,
  OP_LE,
  OP_GT,
  OP_GE,
  OP_IN,
  OP_NOTIN
} Op;
Value ops_binary(Eval *ev, Op op, Value l, Value r);
Value ops_negate(Eval *ev, Value v);
Value ops_plus(Eval *ev, Value v);
bool ops_in(Eval *ev, Value needle, Value hay);
// <0, 0, >0 as Python orders; fails for types that have no order.
int ops_compare(Eval *ev, Value l, Value r);

// The texts of n values joined, as `~` does.
Value ops_concat(Eval *ev, const Value *v, size_t n);

static inline bool iter_next(Eval *ev, Iter *it, Value *out) { return it->next(ev, it, out); }

// --- the tables of builtins.c and methods.c, which end with name NULL. A filter's or test's first
// value is the one it is applied to.
const Native *builtin_filter(Str name);
const Native *builtin_test(Str name);
extern const Native builtin_filters[], builtin_tests[], builtin_globals[];
// Jinja's own globals: range dict lipsum cycler joiner namespace. False: no such.
bool builtin_global(Arena *a, Str name, Value *out);
// A method of a native type (str, list, dict, tuple, int, float, set), bound to v. False: none.
bool method_lookup(Arena *a, Value v, Str name, Value *out);
// fmt % arg: printf-like formatting as Python's str has it.
Value str_percent(Eval *ev, Value fmt, Value arg);
// json.dumps(v): on one line, or indented by `indent` >= 0.
Str ops_json(Eval *ev, Value v, bool sort_keys, int indent);
// range(start, stop, step), lazy.
typedef struct Range {
  Object object;
  int64_t start, stop, step, n;
} Range;
extern const ObjectType range_type, namespace_type;
// `modules`: re, datetime, pytz, itertools as dbt offers them.
Value modules_value(Arena *a);

// A datetime value (aware, UTC) from a time in microseconds since 1970 (for run_started_at), a
// date or naive datetime from ISO text, and a Decimal from its digits (for query results).
// False: not in that form.
Value datetime_utc(Arena *a, int64_t micros);
bool datetime_parse(Arena *a, Str iso, Value *out);
// The same of a wall clock's text in a time zone of that name. False also when there is no such
// zone.
bool datetime_in_zone(Arena *a, Str iso, Str zone, Value *out);
// A timedelta; false: longer than Python has them.
bool timedelta_of(Arena *a, __int128 micros, Value *out);
// A copy of a date, or of a datetime that is naive or in UTC. False: it is neither.
bool moment_copy(Arena *a, Value v, Value *out);
bool decimal_parse(Arena *a, Str digits, Value *out);
// The whole number above or below a Decimal; none: it is infinite or no number.
Value decimal_whole(Arena *a, Value v, bool up);
extern const ObjectType datetime_type, date_type, time_type, timedelta_type, decimal_type;

#endif
