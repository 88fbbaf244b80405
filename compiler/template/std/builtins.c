// The tables of filters, tests and globals that templates can name, and the tests themselves.
// In: a name. Out: its row. The filters are in builtins_*.c.
#include "std.h"

#define TEST(name) static Value t_##name(Eval *ev, Value self, const Args *args)

static Value only(Eval *ev, const char *name, const Args *args) {
  Value v[1];
  args_bind(ev, name, args, PARAMS("value"), 1, 1, v);
  return v[0];
}

// Tests of a value's kind: a row of code each.
#define IS(name, label, expr)                                                                      \
  TEST(name) {                                                                                     \
    (void)self;                                                                                    \
    Value v = only(ev, label, args);                                                               \
    return val_bool(expr);                                                                         \
  }

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

IS(defined, "defined", v.kind != VAL_UNDEF)
IS(undefined, "undefined", v.kind == VAL_UNDEF)
IS(none, "none", v.kind == VAL_NONE)
IS(boolean, "boolean", v.kind == VAL_BOOL)
IS(is_false, "false", v.kind == VAL_BOOL && !v.b)
IS(is_true, "true", v.kind == VAL_BOOL && v.b)
IS(integer, "integer", v.kind == VAL_INT || v.kind == VAL_BIGINT)
IS(float, "float", v.kind == VAL_FLOAT)
IS(number, "number", val_is_number(v) || val_is_type(v, &decimal_type))
IS(string, "string", v.kind == VAL_STR)
IS(mapping, "mapping", v.kind == VAL_DICT || (v.kind == VAL_OBJECT && v.obj->type->mapping))
IS(sequence, "sequence", has_order(v))
IS(iterable, "iterable", iterable(v))
IS(callable, "callable", callable(v))
IS(escaped, "escaped", v.kind == VAL_STR && (v.flags & VAL_SAFE))

static Value case_test(Eval *ev, const Args *args, const char *name, Str of) {
  Value v = only(ev, name, args);
  return method_find(str_methods, of)->fn(ev, val_str(to_str(ev, v)), &(Args){0});
}
TEST(lower) {
  (void)self;
  return case_test(ev, args, "lower", STR("islower"));
}
TEST(upper) {
  (void)self;
  return case_test(ev, args, "upper", STR("isupper"));
}

static Value rest_is(Eval *ev, Value v, Value by, int64_t rest) {
  return val_bool(val_eq(ops_binary(ev, OP_MOD, v, by), val_int(rest)));
}
TEST(odd) {
  (void)self;
  return rest_is(ev, only(ev, "odd", args), val_int(2), 1);
}
TEST(even) {
  (void)self;
  return rest_is(ev, only(ev, "even", args), val_int(2), 0);
}
TEST(divisibleby) {
  (void)self;
  Value v[2];
  args_bind(ev, "divisibleby", args, PARAMS("value", "num"), 2, 2, v);
  return rest_is(ev, v[0], v[1], 0);
}

// The very same object; numbers and texts are the same when they are equal and of one type.
TEST(sameas) {
  (void)self;
  Value v[2];
  args_bind(ev, "sameas", args, PARAMS("value", "other"), 2, 2, v);
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

TEST(in) {
  (void)self;
  Value v[2];
  args_bind(ev, "in", args, PARAMS("value", "seq"), 2, 2, v);
  return val_bool(ops_in(ev, v[0], v[1]));
}

static Value known(Eval *ev, const Args *args, const char *name, const Builtin *find(Str)) {
  Value v = only(ev, name, args);
  ops_need_hashable(ev, v);
  return val_bool(v.kind == VAL_STR && find(val_text(v)));
}
TEST(filter) {
  (void)self;
  return known(ev, args, "filter", builtin_filter);
}
TEST(test) {
  (void)self;
  return known(ev, args, "test", builtin_test);
}

#define COMPARE(name, op)                                                                          \
  TEST(name) {                                                                                     \
    (void)self;                                                                                    \
    args_positional(ev, #name, args, 2, 2);                                                        \
    return ops_binary(ev, op, args->pos[0], args->pos[1]);                                         \
  }
COMPARE(eq, OP_EQ)
COMPARE(ne, OP_NE)
COMPARE(lt, OP_LT)
COMPARE(le, OP_LE)
COMPARE(gt, OP_GT)
COMPARE(ge, OP_GE)

// clang-format off
const Builtin builtin_tests[] = {
    // in order of name: name, function, least and most arguments, signature, documentation
    {"!=",          t_ne,          1, 1, "!=(value, other)",          "the two differ"},
    {"<",           t_lt,          1, 1, "<(value, other)",           "value is less"},
    {"<=",          t_le,          1, 1, "<=(value, other)",          "value is less or equal"},
    {"==",          t_eq,          1, 1, "==(value, other)",          "the two are equal"},
    {">",           t_gt,          1, 1, ">(value, other)",           "value is greater"},
    {">=",          t_ge,          1, 1, ">=(value, other)",          "value is greater or equal"},
    {"boolean",     t_boolean,     0, 0, "boolean(value)",            "true or false, and nothing else"},
    {"callable",    t_callable,    0, 0, "callable(value)",           "a macro or function"},
    {"defined",     t_defined,     0, 0, "defined(value)",            "the name or attribute exists"},
    {"divisibleby", t_divisibleby, 1, 1, "divisibleby(value, num)",   "num divides it without a rest"},
    {"eq",          t_eq,          1, 1, "eq(value, other)",          "the two are equal"},
    {"equalto",     t_eq,          1, 1, "equalto(value, other)",     "the two are equal"},
    {"escaped",     t_escaped,     0, 0, "escaped(value)",            "text marked as safe HTML"},
    {"even",        t_even,        0, 0, "even(value)",               "an even number"},
    {"false",       t_is_false,    0, 0, "false(value)",              "the value false itself"},
    {"filter",      t_filter,      0, 0, "filter(value)",             "a filter of this name exists"},
    {"float",       t_float,       0, 0, "float(value)",              "a floating-point number"},
    {"ge",          t_ge,          1, 1, "ge(value, other)",          "value is greater or equal"},
    {"greaterthan", t_gt,          1, 1, "greaterthan(value, other)", "value is greater"},
    {"gt",          t_gt,          1, 1, "gt(value, other)",          "value is greater"},
    {"in",          t_in,          1, 1, "in(value, seq)",            "seq contains it"},
    {"integer",     t_integer,     0, 0, "integer(value)",            "a whole number, not a boolean"},
    {"iterable",    t_iterable,    0, 0, "iterable(value)",           "can be looped over"},
    {"le",          t_le,          1, 1, "le(value, other)",          "value is less or equal"},
    {"lessthan",    t_lt,          1, 1, "lessthan(value, other)",    "value is less"},
    {"lower",       t_lower,       0, 0, "lower(value)",              "text in lower case"},
    {"lt",          t_lt,          1, 1, "lt(value, other)",          "value is less"},
    {"mapping",     t_mapping,     0, 0, "mapping(value)",            "a dict"},
    {"ne",          t_ne,          1, 1, "ne(value, other)",          "the two differ"},
    {"none",        t_none,        0, 0, "none(value)",               "the value none"},
    {"number",      t_number,      0, 0, "number(value)",             "any number, booleans included"},
    {"odd",         t_odd,         0, 0, "odd(value)",                "an odd number"},
    {"sameas",      t_sameas,      1, 1, "sameas(value, other)",      "the very same object"},
    {"sequence",    t_sequence,    0, 0, "sequence(value)",           "has a length and items"},
    {"string",      t_string,      0, 0, "string(value)",             "a text"},
    {"test",        t_test,        0, 0, "test(value)",               "a test of this name exists"},
    {"true",        t_is_true,     0, 0, "true(value)",               "the value true itself"},
    {"undefined",   t_undefined,   0, 0, "undefined(value)",          "the name or attribute does not exist"},
    {"upper",       t_upper,       0, 0, "upper(value)",              "text in upper case"},
    {0},
};
// clang-format on

// clang-format off
const Builtin builtin_filters[] = {
    // in order of name: name, function, least and most arguments, signature, documentation
    {"abs",            f_abs,            0, 0,  "abs(x)",                       "the number without its sign"},
    {"as_bool",        f_as_bool,        0, 0,  "as_bool(value)",               "in YAML: read the text as a boolean"},
    {"as_native",      f_as_native,      0, 0,  "as_native(value)",             "in YAML: read the text as a literal"},
    {"as_number",      f_as_number,      0, 0,  "as_number(value)",             "in YAML: read the text as a number"},
    {"as_text",        f_as_text,        0, 0,  "as_text(value)",               "in YAML: keep the text as it is"},
    {"attr",           f_attr,           1, 1,  "attr(obj, name)",              "an attribute, never an item"},
    {"batch",          f_batch,          1, 2,  "batch(value, linecount, fill_with=none)", "lists of linecount items"},
    {"capitalize",     f_capitalize,     0, 0,  "capitalize(s)",
     "first letter upper, the rest lower case"},
    {"center",         f_center,         0, 1,  "center(value, width=80)",      "the text in the middle of width"},
    {"count",          f_length,         0, 0,  "count(obj)",                   "the number of items"},
    {"d",              f_default,        0, 2,  "d(value, default_value='', boolean=false)",
     "the value, or if undefined another"},
    {"default",        f_default,        0, 2,  "default(value, default_value='', boolean=false)",
     "the value, or if undefined another"},
    {"dictsort",       f_dictsort,       0, 3,  "dictsort(value, case_sensitive=false, by='key', reverse=false)",
     "pairs of a dict in order"},
    {"e",              f_escape,         0, 0,  "e(s)",                         "&, <, >, ' and \" as HTML entities"},
    {"escape",         f_escape,         0, 0,  "escape(s)",                    "&, <, >, ' and \" as HTML entities"},
    {"filesizeformat", f_filesizeformat, 0, 1,  "filesizeformat(value, binary=false)", "bytes as kB, MB, ..."},
    {"first",          f_first,          0, 0,  "first(seq)",                   "the first item"},
    {"float",          f_float,          0, 1,  "float(value, default=0.0)",    "the value as a floating-point number"},
    {"forceescape",    f_forceescape,    0, 0,  "forceescape(value)",           "escape, even when already safe"},
    {"format",         f_format,         0, -1, "format(value, *args, **kwargs)", "printf-like formatting"},
    {"groupby",        f_groupby,        1, 3,  "groupby(value, attribute, default=none, case_sensitive=false)",
     "(grouper, list) pairs"},
    {"indent",         f_indent,         0, 3,  "indent(s, width=4, first=false, blank=false)",
     "lines moved to the right"},
    {"int",            f_int,            0, 2,  "int(value, default=0, base=10)", "the value as a whole number"},
    {"is_list",        f_is_list,        0, 0,  "is_list(value)",               "whether it is a list"},
    {"items",          f_items,          0, 0,  "items(value)",                 "the (key, value) pairs of a dict"},
    {"join",           f_join,           0, 2,  "join(value, d='', attribute=none)", "the items as one text"},
    {"last",           f_last,           0, 0,  "last(seq)",                    "the last item"},
    {"length",         f_length,         0, 0,  "length(obj)",                  "the number of items"},
    {"list",           f_list,           0, 0,  "list(value)",                  "the items as a list"},
    {"lower",          f_lower,          0, 0,  "lower(s)",                     "the text in lower case"},
    {"map",            f_map,            0, -1, "map(value, name, *args) or map(value, attribute=, default=)",
     "a filter or attribute of each item"},
    {"max",            f_max,            0, 2,  "max(value, case_sensitive=false, attribute=none)",
     "the greatest item"},
    {"min",            f_min,            0, 2,  "min(value, case_sensitive=false, attribute=none)", "the least item"},
    {"pprint",         f_pprint,         0, 0,  "pprint(value)",                "the value spread over lines"},
    {"random",         f_random,         0, 0,  "random(seq)",                  "any item"},
    {"reject",         f_reject,         0, -1, "reject(value, test=none, *args)", "items that fail a test"},
    {"rejectattr",     f_rejectattr,     0, -1, "rejectattr(value, attribute, test=none, *args)",
     "items whose attribute fails a test"},
    {"replace",        f_replace,        2, 3,  "replace(s, old, new, count=none)", "each old replaced by new"},
    {"reverse",        f_reverse,        0, 0,  "reverse(value)",               "backwards"},
    {"round",          f_round,          0, 2,  "round(value, precision=0, method='common')",
     "rounded, half to even; or 'ceil', 'floor'"},
    {"safe",           f_safe,           0, 0,  "safe(value)",                  "marked as safe HTML"},
    {"select",         f_select,         0, -1, "select(value, test=none, *args)", "items that pass a test"},
    {"selectattr",     f_selectattr,     0, -1, "selectattr(value, attribute, test=none, *args)",
     "items whose attribute passes a test"},
    {"slice",          f_slice,          1, 2,  "slice(value, slices, fill_with=none)", "the items in so many lists"},
    {"sort",           f_sort,           0, 3,  "sort(value, reverse=false, case_sensitive=false, attribute=none)",
     "the items in order"},
    {"string",         f_string,         0, 0,  "string(value)",                "the value as text"},
    {"striptags",      f_striptags,      0, 0,  "striptags(value)",             "the text without HTML tags"},
    {"sum",            f_sum,            0, 2,  "sum(iterable, attribute=none, start=0)", "the sum of the items"},
    {"title",          f_title,          0, 0,  "title(s)",                     "Each Word Capitalised"},
    {"tojson",         f_tojson,         0, 1,  "tojson(value, indent=none)",   "JSON, keys sorted, safe in HTML"},
    {"trim",           f_trim,           0, 1,  "trim(value, chars=none)",      "without white space at both ends"},
    {"truncate",       f_truncate,       0, 4,  "truncate(s, length=255, killwords=false, end='...', leeway=5)",
     "cut to a length"},
    {"unique",         f_unique,         0, 2,  "unique(value, case_sensitive=false, attribute=none)",
     "each item once"},
    {"upper",          f_upper,          0, 0,  "upper(s)",                     "THE TEXT IN UPPER CASE"},
    {"urlencode",      f_urlencode,      0, 0,  "urlencode(value)",             "quoted for a URL; a dict as a query"},
    {"urlize",         f_urlize,         0, 5,
     "urlize(value, trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none)", "URLs as links"},
    {"wordcount",      f_wordcount,      0, 0,  "wordcount(s)",                 "the number of words"},
    {"wordwrap",       f_wordwrap,       0, 4,
     "wordwrap(s, width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true)", "lines of at most width"},
    {"xmlattr",        f_xmlattr,        0, 1,  "xmlattr(d, autospace=true)",   "a dict as XML attributes"},
    {0},
};
// clang-format on

// The tables are in order of name.
static const Builtin *find(const Builtin *table, size_t n, Str name) {
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

const Builtin *builtin_filter(Str name) {
  return find(builtin_filters, COUNT(builtin_filters) - 1, name);
}
const Builtin *builtin_test(Str name) {
  return find(builtin_tests, COUNT(builtin_tests) - 1, name);
}
