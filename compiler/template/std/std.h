// Helpers shared by the native functions of builtins, methods, format and modules: reading
// arguments as Python's C functions do, text by characters, sorting, JSON. Private to those files.
#ifndef STARC_STD_H
#define STARC_STD_H
#include "../../base/utf8.h"
#include "../../value/bigint.h"
#include "../ops.h"
#include "../signature.h"

// A whole number as Python's __index__ gives it (bool, int); bigger ones are clamped to 64 bits.
int64_t need_index(Eval *ev, Value v);
// A number that must fit a C int-like range.
int64_t need_int(Eval *ev, Value v, int64_t least, int64_t most, const char *what);
// float(v) for numbers; fails with "must be real number, not X".
double need_float(Eval *ev, Value v);
// The text of a str argument; fails with "FNAME() argument must be str, not X".
Str need_str(Eval *ev, const char *fname, Value v);
// str(v).
Str to_str(Eval *ev, Value v);
// A str value from a finished arena buffer; `flags` as of the value it was made from.
Value str_value(Buf *b, uint8_t flags);
static inline Value safe_str(Str s) {
  Value v = val_str(s);
  v.flags = VAL_SAFE;
  return v;
}
static inline Value str_c_value(const char *s) { return val_str(str_c(s)); }
// An undefined value with its own message ("No first item, sequence was empty.").
Value undef_hint(Arena *a, Str hint);
// The undefined result of looking up an attribute of v that is not there.
Value undef_attr(Arena *a, Value v, Str name);

// int(text, base) and float(text) as Python reads them; false: not a number.
bool parse_int(Arena *a, Str s, int64_t base, Value *out);
bool parse_float(Arena *a, Str s, double *out);
// round(f, digits), half to even on the exact value.
double round_float(double f, int64_t digits);

// Characters of a text as an array.
typedef struct Chars {
  uint32_t *c;
  size_t n;
} Chars;
Chars chars_of(Arena *a, Str s);
Value chars_str(Eval *ev, const uint32_t *c, size_t n, uint8_t flags);
// What changes case, with the expansions one character can have ("ß" -> "SS").
Str str_upper(Arena *a, Str s);
Str str_lower(Arena *a, Str s);
void buf_title(Buf *out, uint32_t cp); // one character in title case
bool char_cased(uint32_t cp);
// Python's str.splitlines and split(None), strip.
Value str_splitlines(Arena *a, Str s, bool keepends);
Value str_split_space(Arena *a, Str s, int64_t most);
Str str_strip_space(Str s);
Value html_escape(Eval *ev, Value v); // markupsafe.escape

// Sorts in place, stable, by keys[i] (NULL: by the items). Python's list.sort: equal keys are never
// ordered when `wrapped` (keys compared as one-item lists), so that [none, none] sorts.
void sort_values(Eval *ev, Value *items, Value *keys, size_t n, bool reverse, bool wrapped);

// An attribute as filters take it ("a.b.0", 1); `otherwise` (none: nothing) stands for undefined
// steps.
Value attr_of(Eval *ev, Value item, Value attribute, Value otherwise);
// Strings in lower case, all else as it is.
Value fold_case(Eval *ev, Value v);

// json.dumps; indent < 0: on one line.
void json_dump(Eval *ev, Buf *out, Value v, bool sort_keys, int indent);

// An iterator over reversed(v). False: v has no order to go back through.
bool reversed(Eval *ev, Value v, Value *out);

// format.c
Str format_value(Eval *ev, Value v, Str spec);                      // format(v, spec)
Value str_format(Eval *ev, Value fmt, const Args *args, Value map); // map: format_map's, or none

// Fills a dict as dict(...) and dict.update(...) do.
void dict_fill(Eval *ev, Dict *d, Value from, Value named);
Value tuple_of(Arena *a, const Value *items, size_t n);
// dict.items(), keys() and values() as views.
Value dict_view(Arena *a, Dict *d, const char *which);
extern const ObjectType dict_keys_type, dict_values_type, dict_items_type;
// A lazy iterator that can be gone through once, of an own type (list_reverseiterator, islice).
typedef struct Stream {
  Object object;
  bool (*next)(Eval *ev, void *state, Value *out);
  void *state;
} Stream;
Value stream_new(Arena *a, const ObjectType *t, bool (*next)(Eval *, void *, Value *), void *state);
bool stream_iter(Eval *ev, Object *o, Iter *it); // ObjectType.iter of Streams

// A number's digits ("12.50") under a spec's sign, filling, width and grouping.
Str format_digits(Eval *ev, bool negative, Str text, Str spec);

// str.encode(), and what it gives (methods_bytes.c).
NativeFn bytes_encode;
extern const ObjectType bytes_type;

// A tuple whose parts have names (named_tuple.c): its type, with the parts' names.
typedef struct NamedType {
  ObjectType type;
  const char *const *parts;
  size_t n;
} NamedType;
Value named_new(Arena *a, const NamedType *type, const Value *parts);
bool named_attr(Eval *ev, Object *o, Str name, Value *out);
bool named_item(Eval *ev, Object *o, Value key, Value *out);
bool named_iter(Eval *ev, Object *o, Iter *it);
int64_t named_len(const Object *o);
void named_repr(const Object *o, Buf *out);
bool named_eq(const Object *o, Value other);
uint64_t named_hash(const Object *o);
bool named_binary(Eval *ev, const char *op, Value l, Value r, Value *out);
#define NAMED_TYPE(shown)                                                                          \
  {                                                                                                \
    .name = (shown), .attr = named_attr, .item = named_item, .iter = named_iter, .len = named_len, \
    .repr = named_repr, .eq = named_eq, .hash = named_hash, .binary = named_binary                 \
  }

// The methods of each type, ended by name NULL.
extern const Native str_methods[], markup_methods[], list_methods[], tuple_methods[],
    dict_methods[], set_methods[], int_methods[], float_methods[];
extern const Native dict_functions[]; // of the class itself
// Those of str that filters and tests are too; each takes all its values.
extern NativeFn s_capitalize, s_center, s_islower, s_isupper, s_lower, s_replace, s_strip, s_upper;

// The filters and tests of each file, in the tables of builtins.c.
extern NativeFn f_abs, f_attr, f_batch, f_capitalize, f_center, f_default, f_dictsort, f_escape,
    f_filesizeformat, f_first, f_float, f_forceescape, f_format, f_groupby, f_indent, f_int,
    f_items, f_join, f_last, f_length, f_list, f_lower, f_map, f_max, f_min, f_pprint, f_random,
    f_reject, f_rejectattr, f_replace, f_reverse, f_round, f_safe, f_select, f_selectattr, f_slice,
    f_sort, f_string, f_striptags, f_sum, f_title, f_tojson, f_trim, f_truncate, f_unique, f_upper,
    f_urlencode, f_urlize, f_wordcount, f_wordwrap, f_xmlattr, f_is_list, f_as_text, f_as_bool,
    f_as_native, f_as_number;

// The tables of what values have, each in the file of its kind.
extern const Native range_methods[], cycler_methods[], bytes_methods[];
extern const Native itertools_functions[], re_functions[], pytz_functions[], datetime_makers[],
    date_functions[], datetime_functions[], time_functions[];
extern const Native pattern_methods[], match_methods[], tz_methods[], country_methods[],
    date_methods[], clock_methods[], datetime_methods[], timedelta_methods[], decimal_methods[];

// A class as a value: called to make an object, with functions of its own (datetime.now).
typedef struct Class {
  Object object;
  const char *name;   // "datetime.datetime"
  const Native *make; // NULL: it makes none
  const Native *functions;
  // Constants of the class (datetime.min); may be NULL.
  bool (*constant)(Eval *ev, Str name, Value *out);
  // Methods of its instances, which the class has as functions of one; up to a NULL.
  const Native *methods[4];
} Class;
extern const ObjectType class_type;

// modules*.c
// A module as a dict of its functions.
Value module_of(Arena *a, const Native *functions, const char *name);
Value module_datetime(Arena *a);
Value module_pytz(Arena *a);
Value module_re(Arena *a);
Value module_itertools(Arena *a);

#endif
