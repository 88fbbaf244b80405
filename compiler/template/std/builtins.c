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
    {"!=",          t_ne,          "value, other, /", "the two differ"
     "\n{{ [1, 2, 3] | select('!=', 2) | list }}\n=> [1, 3]"},
    {"<",           t_lt,          "value, other, /", "value is less"
     "\n{{ [1, 2, 3] | select('<', 2) | list }}\n=> [1]"},
    {"<=",          t_le,          "value, other, /", "value is less or equal"
     "\n{{ [1, 2, 3] | select('<=', 2) | list }}\n=> [1, 2]"},
    {"==",          t_eq,          "value, other, /", "the two are equal"
     "\n{{ [1, 2, 3] | select('==', 2) | list }}\n=> [2]"},
    {">",           t_gt,          "value, other, /", "value is greater"
     "\n{{ [1, 2, 3] | select('>', 2) | list }}\n=> [3]"},
    {">=",          t_ge,          "value, other, /", "value is greater or equal"
     "\n{{ [1, 2, 3] | select('>=', 2) | list }}\n=> [2, 3]"},
    {"boolean",     t_boolean,     "value",           "true or false, and nothing else"
     "\n{{ true is boolean }}\n=> True"},
    {"callable",    t_callable,    "value",           "a macro or function"
     "\n{{ ref is callable }}\n=> True"},
    {"defined",     t_defined,     "value",           "the name or attribute exists"
     "\n{{ nothing is defined }}\n=> False"},
    {"divisibleby", t_divisibleby, "value, num",      "num divides it without a rest"
     "\n{{ 9 is divisibleby(3) }}\n=> True"},
    {"eq",          t_eq,          "value, other, /", "the two are equal"
     "\n{{ 1 is eq(1) }}\n=> True"},
    {"equalto",     t_eq,          "value, other, /", "the two are equal"
     "\n{{ 'a' is equalto('b') }}\n=> False"},
    {"escaped",     t_escaped,     "value",           "text marked as safe HTML"
     "\n{{ 'a' | escape is escaped }}\n=> True"},
    {"even",        t_even,        "value",           "an even number"
     "\n{{ 2 is even }}\n=> True"},
    {"false",       t_is_false,    "value",           "the value false itself"
     "\n{{ false is false }}\n=> True"},
    {"filter",      t_filter,      "value",           "a filter of this name exists"
     "\n{{ 'upper' is filter }}\n=> True"},
    {"float",       t_float,       "value",           "a floating-point number"
     "\n{{ 1.5 is float }}\n=> True"},
    {"ge",          t_ge,          "value, other, /", "value is greater or equal"
     "\n{{ 2 is ge(2) }}\n=> True"},
    {"greaterthan", t_gt,          "value, other, /", "value is greater"
     "\n{{ 2 is greaterthan(1) }}\n=> True"},
    {"gt",          t_gt,          "value, other, /", "value is greater"
     "\n{{ 1 is gt(2) }}\n=> False"},
    {"in",          t_in,          "value, seq",      "seq contains it"
     "\n{{ 'a' is in(['a', 'b']) }}\n=> True"},
    {"integer",     t_integer,     "value",           "a whole number, not a boolean"
     "\n{{ 1 is integer }}\n=> True"},
    {"iterable",    t_iterable,    "value",           "can be looped over"
     "\n{{ 'abc' is iterable }}\n=> True"},
    {"le",          t_le,          "value, other, /", "value is less or equal"
     "\n{{ 2 is le(1) }}\n=> False"},
    {"lessthan",    t_lt,          "value, other, /", "value is less"
     "\n{{ 1 is lessthan(2) }}\n=> True"},
    {"lower",       t_lower,       "value",           "text in lower case"
     "\n{{ 'id' is lower }}\n=> True"},
    {"lt",          t_lt,          "value, other, /", "value is less"
     "\n{{ 1 is lt(2) }}\n=> True"},
    {"mapping",     t_mapping,     "value",           "a dict"
     "\n{{ {'a': 1} is mapping }}\n=> True"},
    {"ne",          t_ne,          "value, other, /", "the two differ"
     "\n{{ 1 is ne(2) }}\n=> True"},
    {"none",        t_none,        "value",           "the value none"
     "\n{{ none is none }}\n=> True"},
    {"number",      t_number,      "value",           "any number, booleans included"
     "\n{{ 1.5 is number }}\n=> True"},
    {"odd",         t_odd,         "value",           "an odd number"
     "\n{{ 2 is odd }}\n=> False"},
    {"sameas",      t_sameas,      "value, other",    "the very same object"
     "\n{{ 1 is sameas(true) }}\n=> False"},
    {"sequence",    t_sequence,    "value",           "has a length and items"
     "\n{{ [1] is sequence }}\n=> True"},
    {"string",      t_string,      "value",           "a text"
     "\n{{ 'a' is string }}\n=> True"},
    {"test",        t_test,        "value",           "a test of this name exists"
     "\n{{ 'odd' is test }}\n=> True"},
    {"true",        t_is_true,     "value",           "the value true itself"
     "\n{{ 1 is true }}\n=> False"},
    {"undefined",   t_undefined,   "value",           "the name or attribute does not exist"
     "\n{{ nothing is undefined }}\n=> True"},
    {"upper",       t_upper,       "value",           "text in upper case"
     "\n{{ 'Id' is upper }}\n=> False"},
    {0},
};
// clang-format on

// clang-format off
const Native builtin_filters[] = {
    // in order of name: name, function, signature, documentation
    {"abs",            f_abs,            "x",                                "the number without its sign"
     "\n{{ -3 | abs }}\n=> 3"},
    {"as_bool",        f_as_bool,        "value",                            "in YAML: read the text as a boolean"
     "\n{{ 'true' | as_bool }}\n=> true"},
    {"as_native",      f_as_native,      "value",                            "in YAML: read the text as a literal"
     "\n{{ '[1, 2]' | as_native }}\n=> [1, 2]"},
    {"as_number",      f_as_number,      "value",                            "in YAML: read the text as a number"
     "\n{{ '7' | as_number }}\n=> 7"},
    {"as_text",        f_as_text,        "value",                            "in YAML: keep the text as it is"
     "\n{{ 7 | as_text }}\n=> 7"},
    {"attr",           f_attr,           "obj, name",                        "an attribute, never an item"
     "\n{{ namespace(n=3) | attr('n') }}\n=> 3"},
    {"batch",          f_batch,          "value, linecount, fill_with=none", "lists of linecount items"
     "\n{{ [1, 2, 3] | batch(2) | list }}\n=> [[1, 2], [3]]"},
    {"capitalize",     f_capitalize,     "s",                                "first letter upper, the rest lower case"
     "\n{{ 'new ORDER' | capitalize }}\n=> New order"},
    {"center",         f_center,         "value, width=80",                  "the text in the middle of width"
     "\n[{{ 'a' | center(5) }}]\n=> [ a ]"},
    {"count",          f_length,         "obj",                              "the number of items"
     "\n{{ [1, 2, 3] | count }}\n=> 3"},
    {"d",              f_default,        "value, default_value='', boolean=false",
     "the value, or if undefined another"
     "\n{{ nothing | d('none') }}\n=> none"},
    {"default",        f_default,        "value, default_value='', boolean=false",
     "the value, or if undefined another"
     "\n{{ '' | default('none', true) }}\n=> none"},
    {"dictsort",       f_dictsort,       "value, case_sensitive=false, by='key', reverse=false",
     "pairs of a dict in order"
     "\n{{ {'b': 1, 'a': 2} | dictsort }}\n=> [('a', 2), ('b', 1)]"},
    {"e",              f_escape,         "s",                                "&, <, >, ' and \" as HTML entities"
     "\n{{ '<a>' | e }}\n=> &lt;a&gt;"},
    {"escape",         f_escape,         "s",                                "&, <, >, ' and \" as HTML entities"
     "\n{{ '<a>' | escape }}\n=> &lt;a&gt;"},
    {"filesizeformat", f_filesizeformat, "value, binary=false",              "bytes as kB, MB, ..."
     "\n{{ 1500000 | filesizeformat }}\n=> 1.5 MB"},
    {"first",          f_first,          "seq",                              "the first item"
     "\n{{ [3, 1, 2] | first }}\n=> 3"},
    {"float",          f_float,          "value, default=0.0",               "the value as a floating-point number"
     "\n{{ '1.5' | float + 1 }}\n=> 2.5"},
    {"forceescape",    f_forceescape,    "value",                            "escape, even when already safe"
     "\n{{ '<a>' | safe | forceescape }}\n=> &lt;a&gt;"},
    {"format",         f_format,         "value, *args, **kwargs",           "printf-like formatting"
     "\n{{ '%s of %d' | format('a', 3) }}\n=> a of 3"},
    {"groupby",        f_groupby,        "value, attribute, default=none, case_sensitive=false",
     "(grouper, list) pairs"
     "\n{% for k, rows in [{'k': 1, 'v': 'a'}, {'k': 1, 'v': 'b'}] | groupby('k') %}{{ k }}: {{ rows | length }}{% endfor %}\n=> 1: 2"},
    {"indent",         f_indent,         "s, width=4, first=false, blank=false", "lines moved to the right"
     "\n{{ 'a' | indent(2, first=true) | length }}\n=> 3"},
    {"int",            f_int,            "value, default=0, base=10",        "the value as a whole number"
     "\n{{ '7' | int + 1 }}\n=> 8"},
    {"is_list",        f_is_list,        "value",                            "whether it is a list"
     "\n{{ [1] | is_list }}\n=> True"},
    {"items",          f_items,          "value",                            "the (key, value) pairs of a dict"
     "\n{{ {'a': 1} | items | list }}\n=> [('a', 1)]"},
    {"join",           f_join,           "value, d='', attribute=none",      "the items as one text"
     "\n{{ ['id', 'amount'] | join(', ') }}\n=> id, amount"},
    {"last",           f_last,           "seq",                              "the last item"
     "\n{{ [3, 1, 2] | last }}\n=> 2"},
    {"length",         f_length,         "obj",                              "the number of items"
     "\n{{ 'orders' | length }}\n=> 6"},
    {"list",           f_list,           "value",                            "the items as a list"
     "\n{{ 'abc' | list }}\n=> ['a', 'b', 'c']"},
    {"lower",          f_lower,          "s",                                "the text in lower case"
     "\n{{ 'ID' | lower }}\n=> id"},
    {"map",            f_map,            "value, *args, **kwargs",           "a filter or attribute of each item"
     "\n{{ ['id', 'name'] | map('upper') | join(', ') }}\n=> ID, NAME"},
    {"max",            f_max,            "value, case_sensitive=false, attribute=none", "the greatest item"
     "\n{{ [3, 1, 2] | max }}\n=> 3"},
    {"min",            f_min,            "value, case_sensitive=false, attribute=none", "the least item"
     "\n{{ [3, 1, 2] | min }}\n=> 1"},
    {"pprint",         f_pprint,         "value",                            "the value spread over lines"
     "\n{{ [1, 'a'] | pprint }}\n=> [1, 'a']"},
    {"random",         f_random,         "seq",                              "any item"
     "\n{{ [1, 1] | random }}\n=> 1"},
    {"reject",         f_reject,         "value, *args, **kwargs",           "items that fail a test"
     "\n{{ [1, 2, 3] | reject('odd') | list }}\n=> [2]"},
    {"rejectattr",     f_rejectattr,     "value, *args, **kwargs",           "items whose attribute fails a test"
     "\n{{ [{'n': 1}, {'n': 2}] | rejectattr('n', 'equalto', 1) | list }}\n=> [{'n': 2}]"},
    {"replace",        f_replace,        "s, old, new, count=none",          "each old replaced by new"
     "\n{{ 'a-b' | replace('-', '_') }}\n=> a_b"},
    {"reverse",        f_reverse,        "value",                            "backwards"
     "\n{{ [1, 2] | reverse | list }}\n=> [2, 1]"},
    {"round",          f_round,          "value, precision=0, method='common'",
     "rounded, half to even; or 'ceil', 'floor'"
     "\n{{ 2.567 | round(1) }}\n=> 2.6"},
    {"safe",           f_safe,           "value",                            "marked as safe HTML"
     "\n{{ 'a < b' | safe }}\n=> a < b"},
    {"select",         f_select,         "value, *args, **kwargs",           "items that pass a test"
     "\n{{ [1, 2, 3] | select('odd') | list }}\n=> [1, 3]"},
    {"selectattr",     f_selectattr,     "value, *args, **kwargs",           "items whose attribute passes a test"
     "\n{{ [{'n': 1}, {'n': 2}] | selectattr('n', 'gt', 1) | list }}\n=> [{'n': 2}]"},
    {"slice",          f_slice,          "value, slices, fill_with=none",    "the items in so many lists"
     "\n{{ [1, 2, 3] | slice(2) | list }}\n=> [[1, 2], [3]]"},
    {"sort",           f_sort,           "value, reverse=false, case_sensitive=false, attribute=none",
     "the items in order"
     "\n{{ [3, 1, 2] | sort(reverse=true) }}\n=> [3, 2, 1]"},
    {"string",         f_string,         "value",                            "the value as text"
     "\n{{ (7 | string) ~ '%' }}\n=> 7%"},
    {"striptags",      f_striptags,      "value",                            "the text without HTML tags"
     "\n{{ '<b>new</b>' | striptags }}\n=> new"},
    {"sum",            f_sum,            "iterable, attribute=none, start=0", "the sum of the items"
     "\n{{ [{'n': 1}, {'n': 2}] | sum(attribute='n') }}\n=> 3"},
    {"title",          f_title,          "s",                                "Each Word Capitalised"
     "\n{{ 'new orders' | title }}\n=> New Orders"},
    {"tojson",         f_tojson,         "value, indent=none",               "JSON, keys sorted, safe in HTML"
     "\n{{ {'a': [1, none]} | tojson }}\n=> {\"a\": [1, null]}"},
    {"trim",           f_trim,           "value, chars=none",                "without white space at both ends"
     "\n[{{ '  a ' | trim }}]\n=> [a]"},
    {"truncate",       f_truncate,       "s, length=255, killwords=false, end='...', leeway=5", "cut to a length"
     "\n{{ 'a text that is too long' | truncate(12) }}\n=> a text..."},
    {"unique",         f_unique,         "value, case_sensitive=false, attribute=none", "each item once"
     "\n{{ [1, 2, 1] | unique | list }}\n=> [1, 2]"},
    {"upper",          f_upper,          "s",                                "THE TEXT IN UPPER CASE"
     "\n{{ 'id' | upper }}\n=> ID"},
    {"urlencode",      f_urlencode,      "value",                            "quoted for a URL; a dict as a query"
     "\n{{ 'a b&c' | urlencode }}\n=> a%20b%26c"},
    {"urlize",         f_urlize,         "value, trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none",
     "URLs as links"
     "\n{{ 'https://example.com' | urlize }}\n=> <a href=\"https://example.com\" rel=\"noopener\">https://example.com</a>"},
    {"wordcount",      f_wordcount,      "s",                                "the number of words"
     "\n{{ 'three small words' | wordcount }}\n=> 3"},
    {"wordwrap",       f_wordwrap,       "s, width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true",
     "lines of at most width"
     "\n{{ 'a bb ccc' | wordwrap(4) | replace('\\n', '/') }}\n=> a bb/ccc"},
    {"xmlattr",        f_xmlattr,        "d, autospace=true",                "a dict as XML attributes"
     "\n{{ {'id': 1} | xmlattr }}\n=> id=\"1\""},
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
