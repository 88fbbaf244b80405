// The tables of filters, tests and globals that templates can name, and the tests themselves.
// In: a name. Out: its row. The filters are in builtins_*.c.
#include "../ops_access.h"
#include "std.h"

static bool has_order(Value v) { // len() and []
  return v.kind == VAL_STR || val_is_seq(v) || v.kind == VAL_DICT || v.kind == VAL_UNDEF ||
         (v.kind == VAL_OBJECT && v.obj->type->len && v.obj->type->item);
}
static bool iterable(Value v) {
  return has_order(v) || v.kind == VAL_SET || (v.kind == VAL_OBJECT && v.obj->type->iter);
}
static bool callable(Value v) {
  return v.kind == VAL_FUNC || v.kind == VAL_UNDEF || (v.kind == VAL_OBJECT && v.obj->type->call);
}

static Value t_defined(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind != VAL_UNDEF);
}
static Value t_undefined(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_UNDEF);
}
static Value t_none(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_NONE);
}
static Value t_boolean(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_BOOL);
}
static Value t_is_false(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_BOOL && !v[0].b);
}
static Value t_is_true(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_BOOL && v[0].b);
}
static Value t_integer(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_INT || v[0].kind == VAL_BIGINT);
}
static Value t_float(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_FLOAT);
}
static Value t_number(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(val_is_number(v[0]) || val_is_type(v[0], &decimal_type));
}
static Value t_string(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_STR);
}
static Value t_mapping(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_DICT || (v[0].kind == VAL_OBJECT && v[0].obj->type->mapping));
}
static Value t_sequence(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(has_order(v[0]));
}
static Value t_iterable(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(iterable(v[0]));
}
static Value t_callable(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(callable(v[0]));
}
static Value t_escaped(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(v[0].kind == VAL_STR && (v[0].flags & VAL_SAFE));
}

static Value t_lower(Eval *ev, const Value *v) {
  return s_islower(ev, (Value[]){val_str(to_str(ev, v[0]))});
}
static Value t_upper(Eval *ev, const Value *v) {
  return s_isupper(ev, (Value[]){val_str(to_str(ev, v[0]))});
}

static Value rest_is(Eval *ev, Value v, Value by, int64_t rest) {
  return val_bool(val_eq(ops_binary(ev, OP_MOD, v, by), val_int(rest)));
}
static Value t_odd(Eval *ev, const Value *v) { return rest_is(ev, v[0], val_int(2), 1); }
static Value t_even(Eval *ev, const Value *v) { return rest_is(ev, v[0], val_int(2), 0); }
static Value t_divisibleby(Eval *ev, const Value *v) { return rest_is(ev, v[0], v[1], 0); }

// The very same object; numbers and texts are the same when they are equal and of one type.
static Value t_sameas(Eval *ev, const Value *v) {
  (void)ev;
  if (v[0].kind != v[1].kind)
    return val_bool(false);
  if (val_is_seq(v[0]))
    return val_bool(v[0].list == v[1].list ||
                    (v[0].kind == VAL_TUPLE && !v[0].list->n && !v[1].list->n));
  if (v[0].kind == VAL_DICT || v[0].kind == VAL_SET)
    return val_bool(v[0].dict == v[1].dict);
  if (v[0].kind == VAL_OBJECT)
    return val_bool(v[0].obj == v[1].obj);
  if (v[0].kind == VAL_UNDEF)
    return val_bool(v[0].undef && v[0].undef == v[1].undef);
  return val_bool(val_eq(v[0], v[1]));
}

static Value t_in(Eval *ev, const Value *v) { return val_bool(ops_in(ev, v[0], v[1])); }

static Value known(Eval *ev, Value v, const Native *find(Str)) {
  ops_need_hashable(ev, v);
  return val_bool(v.kind == VAL_STR && find(val_text(v)));
}
static Value t_filter(Eval *ev, const Value *v) { return known(ev, v[0], builtin_filter); }
static Value t_test(Eval *ev, const Value *v) { return known(ev, v[0], builtin_test); }

static Value t_eq(Eval *ev, const Value *v) { return ops_binary(ev, OP_EQ, v[0], v[1]); }
static Value t_ne(Eval *ev, const Value *v) { return ops_binary(ev, OP_NE, v[0], v[1]); }
static Value t_lt(Eval *ev, const Value *v) { return ops_binary(ev, OP_LT, v[0], v[1]); }
static Value t_le(Eval *ev, const Value *v) { return ops_binary(ev, OP_LE, v[0], v[1]); }
static Value t_gt(Eval *ev, const Value *v) { return ops_binary(ev, OP_GT, v[0], v[1]); }
static Value t_ge(Eval *ev, const Value *v) { return ops_binary(ev, OP_GE, v[0], v[1]); }

// clang-format off
const Native builtin_tests[] = {
    // in order of name: name, function, signature, documentation
    {"!=",          t_ne,          "value, other, /", "the two differ"},
    {"<",           t_lt,          "value, other, /", "value is less"},
    {"<=",          t_le,          "value, other, /", "value is less or equal"},
    {"==",          t_eq,          "value, other, /", "the two are equal"},
    {">",           t_gt,          "value, other, /", "value is greater"},
    {">=",          t_ge,          "value, other, /", "value is greater or equal"},
    {"boolean",     t_boolean,     "value",           "true or false, and nothing else"},
    {"callable",    t_callable,    "value",           "a macro or function"},
    {"defined",     t_defined,     "value",           "the name or attribute exists"},
    {"divisibleby", t_divisibleby, "value, num",      "num divides it without a rest"},
    {"eq",          t_eq,          "value, other, /", "the two are equal"},
    {"equalto",     t_eq,          "value, other, /", "the two are equal"},
    {"escaped",     t_escaped,     "value",           "text marked as safe HTML"},
    {"even",        t_even,        "value",           "an even number"},
    {"false",       t_is_false,    "value",           "the value false itself"},
    {"filter",      t_filter,      "value",           "a filter of this name exists"},
    {"float",       t_float,       "value",           "a floating-point number"},
    {"ge",          t_ge,          "value, other, /", "value is greater or equal"},
    {"greaterthan", t_gt,          "value, other, /", "value is greater"},
    {"gt",          t_gt,          "value, other, /", "value is greater"},
    {"in",          t_in,          "value, seq",      "seq contains it"},
    {"integer",     t_integer,     "value",           "a whole number, not a boolean"},
    {"iterable",    t_iterable,    "value",           "can be looped over"},
    {"le",          t_le,          "value, other, /", "value is less or equal"},
    {"lessthan",    t_lt,          "value, other, /", "value is less"},
    {"lower",       t_lower,       "value",           "text in lower case"},
    {"lt",          t_lt,          "value, other, /", "value is less"},
    {"mapping",     t_mapping,     "value",           "a dict"},
    {"ne",          t_ne,          "value, other, /", "the two differ"},
    {"none",        t_none,        "value",           "the value none"},
    {"number",      t_number,      "value",           "any number, booleans included"},
    {"odd",         t_odd,         "value",           "an odd number"},
    {"sameas",      t_sameas,      "value, other",    "the very same object"},
    {"sequence",    t_sequence,    "value",           "has a length and items"},
    {"string",      t_string,      "value",           "a text"},
    {"test",        t_test,        "value",           "a test of this name exists"},
    {"true",        t_is_true,     "value",           "the value true itself"},
    {"undefined",   t_undefined,   "value",           "the name or attribute does not exist"},
    {"upper",       t_upper,       "value",           "text in upper case"},
    {0},
};
// clang-format on

// clang-format off
const Native builtin_filters[] = {
    // in order of name: name, function, signature, documentation
    {"abs",            f_abs,            "x",                                "the number without its sign"},
    {"as_bool",        f_as_bool,        "value",                            "in YAML: read the text as a boolean"},
    {"as_native",      f_as_native,      "value",                            "in YAML: read the text as a literal"},
    {"as_number",      f_as_number,      "value",                            "in YAML: read the text as a number"},
    {"as_text",        f_as_text,        "value",                            "in YAML: keep the text as it is"},
    {"attr",           f_attr,           "obj, name",                        "an attribute, never an item"},
    {"batch",          f_batch,          "value, linecount, fill_with=none", "lists of linecount items"},
    {"capitalize",     f_capitalize,     "s",                                "first letter upper, the rest lower case"},
    {"center",         f_center,         "value, width=80",                  "the text in the middle of width"},
    {"count",          f_length,         "obj",                              "the number of items"},
    {"d",              f_default,        "value, default_value='', boolean=false",
     "the value, or if undefined another"},
    {"default",        f_default,        "value, default_value='', boolean=false",
     "the value, or if undefined another"},
    {"dictsort",       f_dictsort,       "value, case_sensitive=false, by='key', reverse=false",
     "pairs of a dict in order"},
    {"e",              f_escape,         "s",                                "&, <, >, ' and \" as HTML entities"},
    {"escape",         f_escape,         "s",                                "&, <, >, ' and \" as HTML entities"},
    {"filesizeformat", f_filesizeformat, "value, binary=false",              "bytes as kB, MB, ..."},
    {"first",          f_first,          "seq",                              "the first item"},
    {"float",          f_float,          "value, default=0.0",               "the value as a floating-point number"},
    {"forceescape",    f_forceescape,    "value",                            "escape, even when already safe"},
    {"format",         f_format,         "value, *args, **kwargs",           "printf-like formatting"},
    {"groupby",        f_groupby,        "value, attribute, default=none, case_sensitive=false",
     "(grouper, list) pairs"},
    {"indent",         f_indent,         "s, width=4, first=false, blank=false", "lines moved to the right"},
    {"int",            f_int,            "value, default=0, base=10",        "the value as a whole number"},
    {"is_list",        f_is_list,        "value",                            "whether it is a list"},
    {"items",          f_items,          "value",                            "the (key, value) pairs of a dict"},
    {"join",           f_join,           "value, d='', attribute=none",      "the items as one text"},
    {"last",           f_last,           "seq",                              "the last item"},
    {"length",         f_length,         "obj",                              "the number of items"},
    {"list",           f_list,           "value",                            "the items as a list"},
    {"lower",          f_lower,          "s",                                "the text in lower case"},
    {"map",            f_map,            "value, *args, **kwargs",           "a filter or attribute of each item"},
    {"max",            f_max,            "value, case_sensitive=false, attribute=none", "the greatest item"},
    {"min",            f_min,            "value, case_sensitive=false, attribute=none", "the least item"},
    {"pprint",         f_pprint,         "value",                            "the value spread over lines"},
    {"random",         f_random,         "seq",                              "any item"},
    {"reject",         f_reject,         "value, *args, **kwargs",           "items that fail a test"},
    {"rejectattr",     f_rejectattr,     "value, *args, **kwargs",           "items whose attribute fails a test"},
    {"replace",        f_replace,        "s, old, new, count=none",          "each old replaced by new"},
    {"reverse",        f_reverse,        "value",                            "backwards"},
    {"round",          f_round,          "value, precision=0, method='common'",
     "rounded, half to even; or 'ceil', 'floor'"},
    {"safe",           f_safe,           "value",                            "marked as safe HTML"},
    {"select",         f_select,         "value, *args, **kwargs",           "items that pass a test"},
    {"selectattr",     f_selectattr,     "value, *args, **kwargs",           "items whose attribute passes a test"},
    {"slice",          f_slice,          "value, slices, fill_with=none",    "the items in so many lists"},
    {"sort",           f_sort,           "value, reverse=false, case_sensitive=false, attribute=none",
     "the items in order"},
    {"string",         f_string,         "value",                            "the value as text"},
    {"striptags",      f_striptags,      "value",                            "the text without HTML tags"},
    {"sum",            f_sum,            "iterable, attribute=none, start=0", "the sum of the items"},
    {"title",          f_title,          "s",                                "Each Word Capitalised"},
    {"tojson",         f_tojson,         "value, indent=none",               "JSON, keys sorted, safe in HTML"},
    {"trim",           f_trim,           "value, chars=none",                "without white space at both ends"},
    {"truncate",       f_truncate,       "s, length=255, killwords=false, end='...', leeway=5", "cut to a length"},
    {"unique",         f_unique,         "value, case_sensitive=false, attribute=none", "each item once"},
    {"upper",          f_upper,          "s",                                "THE TEXT IN UPPER CASE"},
    {"urlencode",      f_urlencode,      "value",                            "quoted for a URL; a dict as a query"},
    {"urlize",         f_urlize,         "value, trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none",
     "URLs as links"},
    {"wordcount",      f_wordcount,      "s",                                "the number of words"},
    {"wordwrap",       f_wordwrap,       "s, width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true",
     "lines of at most width"},
    {"xmlattr",        f_xmlattr,        "d, autospace=true",                "a dict as XML attributes"},
    {0},
};
// clang-format on

// The tables are in order of name.
static const Native *find(const Native *table, size_t n, Str name) {
  size_t from = 0, to = n;
  while (from < to) {
    size_t mid = (from + to) / 2;
    int c = str_cmp(name, str_c(table[mid].name));
    if (!c)
      return &table[mid];
    if (c < 0)
      to = mid;
    else
      from = mid + 1;
  }
  return NULL;
}

const Native *builtin_filter(Str name) {
  return find(builtin_filters, COUNT(builtin_filters) - 1, name);
}
const Native *builtin_test(Str name) { return find(builtin_tests, COUNT(builtin_tests) - 1, name); }
