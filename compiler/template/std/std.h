// Helpers shared by the native functions of builtins, methods, format and modules: reading
// arguments as Python's C functions do, numbers, sorting; and the tables of natives that these
// files fill. Private to those files; what one of them gives to others is in its own header.
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

// Sorts in place, stable, by keys[i] (NULL: by the items). Python's list.sort: equal keys are never
// ordered when `wrapped` (keys compared as one-item lists), so that [none, none] sorts.
void sort_values(Eval *ev, Value *items, Value *keys, size_t n, bool reverse, bool wrapped);

// An attribute as filters take it ("a.b.0", 1); `otherwise` (none: nothing) stands for undefined
// steps.
Value attr_of(Eval *ev, Value item, Value attribute, Value otherwise);
// Strings in lower case, all else as it is.
Value fold_case(Eval *ev, Value v);

// str.encode(), and what it gives (methods_bytes.c).
NativeFn bytes_encode;
extern const ObjectType bytes_type;

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

#endif
