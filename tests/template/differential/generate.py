"""Makes templates from a seed: whitespace control, scopes, loops, chains of filters, tests, slices,
methods, formats, macros, call blocks, namespaces, unicode, numbers of all sizes.

Expressions know the type they should have, so that most templates render; now and then one has the
wrong type on purpose.
"""

import random

WORDS = [
    "a",
    "b",
    "abc",
    "Hello World",
    "foo bar baz",
    "x-y",
    "",
    " ",
    "  pad  ",
    "it's",
    'say "hi"',
    "ÄöüßÉ",
    "naïve café",
    "日本語",
    "ǅ",
    "İstanbul",
    "ΑΣ",
    "1",
    "42",
    "-3.5",
    "1e3",
    "0x1f",
    "true",
    "none",
    "a,b,,c",
    "line1\\nline2\\n\\nline4",
    "tab\\there",
    "<b>bold</b> & more",
    "UPPER",
    "MiXeD CaSe",
    "under_score",
    "%s-%d",
    "{}",
    "{0}",
    "back\\\\slash",
    "\\u2028sep",
    "\\x1c",
    "very long text with many words in it to be cut or wrapped somewhere",
    "http://example.com/x?y=1",
    "well-known half-baked ideas",
    "ends.",
    "(paren)",
    "ﬁn",
    "👍 ok",
    "e\\u0301",
]
INTS = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "10",
    "42",
    "-1",
    "-7",
    "100",
    "1000",
    "12345",
    "255",
    "1000000",
    "2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "123456789012345678901234567890",
    "1_000",
    "0x1F",
    "0b101",
    "0o17",
]
SMALL = ["0", "1", "2", "3", "4", "5", "-1", "-2"]
FLOATS = [
    "0.0",
    "1.0",
    "0.5",
    "1.5",
    "2.5",
    "3.14159",
    "0.1",
    "1e3",
    "1e16",
    "1e-5",
    "123456.789",
    "-2.5",
    "2.675",
    "1e100",
    "0.30000000000000004",
    "1e22",
    "5e-324",
    "-0.0",
    "99.995",
]
VARS = {
    "items": [3, 1, 2],
    "names": ["bob", "Alice", "carol", "alice"],
    "n": 7,
    "f": 2.5,
    "s": "some text",
    "t": True,
    "nothing": None,
    "empty": [],
    "word": "Jinja",
    "nested": [[1, 2], [3, 4], [5]],
    "d": {"a": 1, "b": 2, "C": 3},
    "mixed": [1, "a", None, 2.5, True],
    "users": [
        {"name": "Ann", "age": 30, "tags": ["x", "y"]},
        {"name": "bob", "age": 25, "tags": []},
        {"name": "Cid", "age": 30, "tags": ["z"], "extra": {"k": "v"}},
    ],
    "deep": {"x": {"y": {"z": [10, 20, {"w": "end"}]}}},
    "big": 2**70,
    "u": "Ünïcödé ✓",
}
MACROS = [
    "{% macro greet(name, greeting='Hello', punct='!') %}{{ greeting }}, {{ name }}{{ punct }}{% endmacro %}",
    "{% macro va(a) %}{{ a }}|{{ varargs }}|{{ kwargs }}{% endmacro %}",
    "{% macro wrap(tag='p') %}<{{ tag }}>{{ caller() }}</{{ tag }}>{% endmacro %}",
    "{% macro each(xs) %}{% for x in xs %}[{{ caller(x, loop.index) }}]{% endfor %}{% endmacro %}",
    "{% macro ret(x) %}ignored{% if x %}{{ return([x, 1]) }}{% endif %}{{ return('falsy') }}{% endmacro %}",
    "{% macro fact(k) %}{% if k <= 1 %}{{ return(1) }}{% else %}{{ return(k * fact(k - 1)) }}{% endif %}{% endmacro %}",
    "{% macro dflt(a, b=2, c=a) %}{{ a }}-{{ b }}-{{ c }}{% endmacro %}",
    "{% macro join_all() %}{{ varargs | join('/') }}{% endmacro %}",
    "{%- macro trim_me(x) -%}\n   {{- x -}}   \n{%- endmacro -%}",
    "{% macro uses_ns(n) %}{% set ns = namespace(total=0) %}{% for i in range(n) %}{% set ns.total = ns.total + i %}"
    "{% endfor %}{{ ns.total }}{% endmacro %}",
]


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.names = []  # (name, type) set by the template
        self.loops = 0
        self.mistakes = True
        self.count = 0

    # --- small choices
    def pick(self, *xs):
        return self.r.choice(xs)

    def chance(self, p):
        return self.r.random() < p

    def quote(self, s):
        if '"' in s and "'" not in s:
            return "'%s'" % s
        return '"%s"' % s.replace('"', '\\"') if self.chance(0.5) or "'" in s else "'%s'" % s

    def var(self, kind):
        own = [n for n, k in self.names if k == kind]
        if own and self.chance(0.6):
            return self.r.choice(own)
        table = {
            "int": ["n", "big", "items[0]", "d.a", "users[0].age", "deep.x.y.z[1]"],
            "float": ["f"],
            "str": ["s", "word", "u", "users[0].name", "names[1]", "deep.x.y.z[2].w"],
            "list": ["items", "names", "nested", "mixed", "empty", "users", "users[0].tags"],
            "ints": ["items", "nested[0]"],
            "strs": ["names", "users[0].tags"],
            "dict": ["d", "users[0]", "deep", "deep.x"],
            "bool": ["t"],
            "any": ["nothing", "missing", "d.nope", "mixed"],
        }
        return self.r.choice(table[kind])

    # --- expressions by type
    def expr(self, kind, depth):
        if self.mistakes and self.chance(0.015):
            kind = self.pick("int", "str", "list", "dict", "any", "float")
        if depth <= 0:
            return self.leaf(kind)
        return getattr(self, "e_" + kind)(depth - 1)

    def leaf(self, kind):
        if kind == "any":
            kind = self.pick("int", "str", "float", "list", "bool", "any0")
        if kind == "any0":
            return self.pick("none", "missing", "d.nope", "nothing")
        if kind in ("int", "float", "str", "list", "dict", "bool", "ints", "strs") and self.chance(0.35):
            return self.var(kind)
        return {
            "int": lambda: self.r.choice(INTS if self.chance(0.3) else SMALL),
            "float": lambda: self.r.choice(FLOATS),
            "str": lambda: self.quote(self.r.choice(WORDS)),
            "bool": lambda: self.pick("true", "false"),
            "list": lambda: "[%s]" % ", ".join(self.leaf("any") for _ in range(self.r.randrange(4))),
            "ints": lambda: "[%s]" % ", ".join(self.r.choice(SMALL) for _ in range(self.r.randrange(6))),
            "strs": lambda: "[%s]" % ", ".join(self.leaf("str") for _ in range(self.r.randrange(5))),
            "dict": lambda: (
                "{%s}"
                % ", ".join(
                    "%s: %s" % (self.quote(self.pick("k", "a", "B", "key", "z")), self.leaf("any"))
                    for _ in range(self.r.randrange(4))
                )
            ),
        }[kind]()

    def small(self, depth):
        return self.r.choice(SMALL) if self.chance(0.8) else self.expr("int", min(depth, 1))

    def e_any(self, depth):
        return self.expr(self.pick("int", "str", "float", "list", "bool", "dict", "ints", "strs"), depth)

    def e_int(self, depth):
        k = self.r.randrange(22)
        e = self.expr
        if k < 5:
            return "(%s %s %s)" % (e("int", depth), self.pick("+", "-", "*", "//", "%", "+", "-"), e("int", depth))
        if k == 5:
            return "(%s ** %s)" % (self.small(depth), self.pick("0", "1", "2", "3", "10"))
        if k == 6:
            return "%s|length" % self.atom(self.pick("list", "str", "dict"), depth)
        if k == 7:
            return "%s|int%s" % (self.atom("any", depth), self.pick("", "(9)", "(default=3)", "(0, 16)"))
        if k == 8:
            return "%s|sum%s" % (self.atom("ints", depth), self.pick("", "(start=10)"))
        if k == 9:
            return "users|%s" % self.pick(
                "sum('age')", "map(attribute='age')|max", "map(attribute='age')|first", "sum(attribute='age')"
            )
        if k == 10:
            return "%s|abs" % self.atom("int", depth)
        if k == 11:
            return "%s|%s" % (self.atom("ints", depth), self.pick("max", "min", "first", "last"))
        if k == 12:
            return "%s.%s(%s)" % (
                self.atom("str", depth),
                self.pick("find", "rfind", "count", "index"),
                self.leaf("str"),
            )
        if k == 13:
            return "%s.count(%s)" % (self.atom("list", depth), self.leaf("any"))
        if k == 14:
            return "%s|wordcount" % self.atom("str", depth)
        if k == 15:
            return "(-%s)" % e("int", depth)
        if k == 16:
            return "(%s if %s else %s)" % (e("int", depth), e("bool", depth), e("int", depth))
        if k == 17:
            return "%s|round(%s)|int" % (self.atom("float", depth), self.pick("0", "1", "2", "-1"))
        if k == 18:
            return "d.get(%s, %s)" % (self.quote(self.pick("a", "b", "zzz")), e("int", depth))
        if k == 19:
            return "%s.bit_length()" % self.atom("int", depth)
        if k == 20:
            return "%s|round(%s, %s)|int" % (
                self.atom("float", depth),
                self.pick("0", "1"),
                self.quote(self.pick("ceil", "floor", "common")),
            )
        return self.leaf("int")

    def e_float(self, depth):
        k = self.r.randrange(8)
        if k < 3:
            return "(%s %s %s)" % (
                self.expr("float", depth),
                self.pick("+", "-", "*", "/", "//", "%"),
                self.expr(self.pick("float", "int"), depth),
            )
        if k == 3:
            return "%s|float%s" % (self.atom("any", depth), self.pick("", "(1.5)"))
        if k == 4:
            return "(%s / %s)" % (self.expr("int", depth), self.expr("int", depth))
        if k == 5:
            return "%s|round(%s%s)" % (
                self.atom("float", depth),
                self.pick("0", "1", "2", "3", "-1", "-2"),
                self.pick("", ", 'ceil'", ", 'floor'", ", method='common'"),
            )
        if k == 6:
            return "%s|abs" % self.atom("float", depth)
        return self.leaf("float")

    def e_bool(self, depth):
        k = self.r.randrange(12)
        e = self.expr
        if k == 0:
            return "(%s %s %s)" % (
                e("int", depth),
                self.pick("==", "!=", "<", "<=", ">", ">="),
                e(self.pick("int", "float"), depth),
            )
        if k == 1:
            return "(%s %s %s)" % (e("str", depth), self.pick("==", "!=", "<", ">", "in", "not in"), e("str", depth))
        if k == 2:
            return "(%s %s %s)" % (e("any", depth), self.pick("in", "not in"), e(self.pick("list", "dict"), depth))
        if k == 3:
            return "(%s %s %s)" % (e("bool", depth), self.pick("and", "or"), e("bool", depth))
        if k == 4:
            return "(not %s)" % e("bool", depth)
        if k == 5:
            test = self.pick(
                "none",
                "defined",
                "undefined",
                "string",
                "number",
                "integer",
                "float",
                "boolean",
                "mapping",
                "sequence",
                "iterable",
                "callable",
                "true",
                "false",
                "lower",
                "upper",
                "escaped",
            )
            return "(%s is %s%s)" % (e("any", depth), self.pick("", "not "), test)
        if k == 6:
            return "(%s is %s)" % (
                e("int", depth),
                self.pick(
                    "odd",
                    "even",
                    "divisibleby 3",
                    "divisibleby(2)",
                    "eq 3",
                    "ne 3",
                    "lt 3",
                    "gt(2)",
                    "ge 1",
                    "le 5",
                    "equalto 2",
                    "lessthan 9",
                    "greaterthan 0",
                    "in [1, 2, 3]",
                    "sameas 1",
                ),
            )
        if k == 7:
            return "%s.%s" % (
                self.atom("str", depth),
                self.pick(
                    "isdigit()",
                    "isalpha()",
                    "isupper()",
                    "islower()",
                    "isalnum()",
                    "isspace()",
                    "istitle()",
                    "isidentifier()",
                    "isnumeric()",
                    "isdecimal()",
                    "isascii()",
                    "isprintable()",
                    "startswith('a')",
                    "endswith(('c', 't'))",
                    "startswith('l', 1)",
                    "endswith('x', 0, 3)",
                ),
            )
        if k == 8:
            return "(%s == %s)" % (e("list", depth), e("list", depth))
        if k == 9:
            return "(%s < %s < %s)" % (e("int", depth), e("int", depth), e("float", depth))
        if k == 10:
            return "(%s is %s)" % (self.quote(self.pick("upper", "nope", "join", "odd")), self.pick("filter", "test"))
        return self.leaf("bool")

    def atom(self, kind, depth):
        """Something that a filter, method or subscript can be put behind."""
        e = self.expr(kind, depth)
        bare = (
            e.isidentifier() or (e[:1] in "([" and "|" not in e) or (e[:1] in "\"'" and " " not in e and "|" not in e)
        )
        return e if bare and self.chance(0.8) else "(%s)" % e

    def sliced(self, kind, depth):
        """Of the right type for sure: jinja2 folds a slice of a wrong constant to nothing."""
        was, self.mistakes = self.mistakes, False
        text = self.atom(kind, depth) + self.slice()
        self.mistakes = was
        return text

    def slice(self):
        a = self.pick("", "", "0", "1", "2", "-1", "-2", "5")
        b = self.pick("", "", "1", "3", "-1", "10")
        c = self.pick("", "", "", ":1", ":2", ":-1", ":-2")
        return "[%s:%s%s]" % (a, b, c)

    def e_str(self, depth):
        k = self.r.randrange(34)
        e, a = self.expr, self.atom
        if k < 3:
            return "(%s ~ %s)" % (e("any", depth), e("any", depth))
        if k == 3:
            return "(%s + %s)" % (e("str", depth), e("str", depth))
        if k == 4:
            return "(%s * %s)" % (e("str", depth), self.r.choice(SMALL))
        if k < 9:
            f = self.pick(
                "upper",
                "lower",
                "title",
                "capitalize",
                "trim",
                "string",
                "reverse",
                "escape",
                "e",
                "striptags",
                "urlencode",
                "forceescape",
                "first",
                "last",
                "center(20)",
                "indent",
                "indent(2, true)",
                "indent(width=3, blank=true)",
                "truncate(10)",
                "truncate(9, true)",
                "truncate(12, false, '…')",
                "truncate(7, true, '', 0)",
                "replace('a', 'X')",
                "replace('', '-')",
                "replace('o', '0', 1)",
                "trim('ab ')",
                "default('D')",
                "d('x', true)",
                "wordwrap(12)",
                "wordwrap(5, false)",
                "wordwrap(8, true, '|')",
                "wordwrap(10, break_on_hyphens=false)",
                "urlize",
                "safe",
                "pprint",
                "tojson",
                "list|join('.')",
                "batch(3)|list|string",
                "unique|join",
                "sort|join",
                "filesizeformat",
            )
            return "%s|%s" % (a("str", depth), f)
        if k < 14:
            m = self.pick(
                "upper()",
                "lower()",
                "title()",
                "capitalize()",
                "swapcase()",
                "casefold()",
                "strip()",
                "lstrip()",
                "rstrip()",
                "strip('a ')",
                "lstrip('H')",
                "zfill(8)",
                "center(11)",
                "center(10, '*')",
                "ljust(9, '.')",
                "rjust(9)",
                "replace('a', 'bb')",
                "replace('', '.')",
                "replace('l', 'L', 1)",
                "expandtabs()",
                "expandtabs(3)",
                "removeprefix('a')",
                "removesuffix('c')",
                "join(['x', 'y'])",
                "join('abc')",
                "format(1, 2)",
                "split()|string",
                "split(',')|string",
                "split(' ', 1)|string",
                "rsplit(None, 1)|string",
                "rsplit(',', 1)|string",
                "partition('-')|string",
                "rpartition(' ')|string",
                "splitlines()|string",
                "splitlines(true)|string",
                "translate({97: 'Q', 98: none})",
            )
            return "%s.%s" % (a("str", depth), m)
        if k == 14:
            return self.sliced("str", depth)
        if k == 15:
            return "%s|join(%s)" % (a("list", depth), self.leaf("str"))
        if k == 16:
            return "%s|join(', ')" % a("strs", depth)
        if k < 20:
            spec = self.pick("", ":>8", ":<8", ":^9", ":*^9", "!r", "!s:>6", "!a", ":s", ":.3", ":10.2")
            return "%s.format(%s)" % (self.quote("[{%s}]" % spec), e("str", depth))
        if k == 20:
            spec = self.pick(
                "d",
                "5d",
                "05d",
                "+d",
                ",",
                "_",
                "x",
                "X",
                "#x",
                "o",
                "b",
                "#b",
                "e",
                ".2f",
                "%",
                "10,",
                "<6",
                "^7d",
                "=+8d",
                "08,d",
                "n",
                " d",
                "g",
                "c",
            )
            return "%s.format(%s)" % (self.quote("[{:%s}]" % spec), e("int", depth))
        if k == 21:
            spec = self.pick(
                ".2f",
                "e",
                ".3e",
                "g",
                ".3g",
                "%",
                ".1%",
                ",",
                ",.2f",
                "+.1f",
                "010.3f",
                ">12.4f",
                "",
                ".5",
                "G",
                "E",
                "_.2f",
                "=+12.3f",
                "#.0f",
                ".0f",
                "z.1f",
                "n",
                "F",
                "015,.2f",
            )
            return "%s.format(%s)" % (self.quote("[{:%s}]" % spec), e("float", depth))
        if k == 22:
            return "%s.format(%s, %s, k=%s)" % (
                self.quote(self.pick("{0} {1} {k}", "{1}{0}", "{} {} {k!r}", "{k}", "{{{}}} {}", "{0:{1}}", "{0} {}")),
                e("any", depth),
                self.small(depth),
                e("any", depth),
            )
        if k == 23:
            return "%s.format(%s)" % (
                self.quote(self.pick("{0[a]} {0[b]}", "{0.a}", "{0}", "{0[zz]}", "{0[a]:>5}")),
                e("dict", depth),
            )
        if k < 26:
            conv = self.pick(
                "%d",
                "%5d",
                "%05d",
                "%-6d|",
                "%+d",
                "% d",
                "%x",
                "%#x",
                "%o",
                "%X",
                "%i",
                "%s",
                "%r",
                "%10s",
                "%-10s|",
                "%.2s",
                "%e",
                "%.3f",
                "%g",
                "%c",
                "%%%d",
                "%#o",
                "%.5d",
                "%a",
            )
            return "(%s %% %s)" % (self.quote(conv), self.atom(self.pick("int", "int", "str"), depth))
        if k == 26:
            return "(%s %% %s)" % (
                self.quote(
                    self.pick(
                        "%f",
                        "%.2f",
                        "%8.3f",
                        "%-9.1f|",
                        "%e",
                        "%.3e",
                        "%g",
                        "%G",
                        "%+.2f",
                        "%d",
                        "%s",
                        "%08.2f",
                        "%#g",
                        "%E",
                    )
                ),
                self.atom("float", depth),
            )
        if k == 27:
            return "(%s %% (%s, %s))" % (
                self.quote(self.pick("%s and %s", "%r-%s", "%s", "%s %s %s", "%*d", "%d%%%s")),
                e("any", depth),
                e("any", depth),
            )
        if k == 28:
            return "(%s %% %s)" % (self.quote(self.pick("%(a)s", "%(a)d-%(b)s", "%(zz)s", "no")), e("dict", depth))
        if k == 29:
            return "%s|format(%s)" % (self.quote(self.pick("%s", "%d", "%s!", "<%5s>")), e("any", depth))
        if k == 30:
            return "(%s if %s%s)" % (e("str", depth), e("bool", depth), self.pick("", " else " + e("str", depth)))
        if k == 31:
            return "%s|tojson%s" % (a("any", depth), self.pick("", "", "(indent=2)"))
        if k == 32:
            return "%s|%s" % (
                a(self.pick("int", "float"), depth),
                self.pick("filesizeformat", "filesizeformat(true)", "string", "pprint", "round|string"),
            )
        return self.leaf("str")

    def e_strs(self, depth):
        k = self.r.randrange(7)
        if k == 0:
            return "%s.split(%s)" % (self.atom("str", depth), self.pick("", "','", "' '", "'a', 1", "sep='o'"))
        if k == 1:
            return "%s|map(%s)|list" % (
                self.atom("strs", depth),
                self.quote(self.pick("upper", "lower", "title", "trim", "reverse", "length", "string", "capitalize")),
            )
        if k == 2:
            return "%s|list" % self.atom("str", depth)
        if k == 3:
            return "%s.splitlines()" % self.atom("str", depth)
        if k == 4:
            return "%s|sort" % self.atom("strs", depth)
        if k == 5:
            return "users|map(attribute='name')|list"
        return self.leaf("strs")

    def e_ints(self, depth):
        k = self.r.randrange(9)
        if k == 0:
            return "range(%s)|list" % ", ".join(self.r.choice(SMALL) for _ in range(self.r.randrange(1, 4)))
        if k == 1:
            return "%s|%s" % (
                self.atom("ints", depth),
                self.pick("sort", "sort(reverse=true)", "unique|list", "reverse|list", "list"),
            )
        if k == 2:
            return "%s|%s('%s')|list" % (
                self.atom("ints", depth),
                self.pick("select", "reject"),
                self.pick("odd", "even", "number", "none"),
            )
        if k == 3:
            return "%s|select(%s)|list" % (
                self.atom("ints", depth),
                self.pick("'gt', 1", "'divisibleby', 2", "'in', [1, 2]", "'<', 3", "'equalto', 2"),
            )
        if k == 4:
            return self.sliced("ints", depth)
        if k == 5:
            return "%s|map('int')|list" % self.atom("strs", depth)
        if k == 6:
            return "(%s + %s)" % (self.expr("ints", depth), self.expr("ints", depth))
        if k == 7:
            return "%s|map(%s)|list" % (
                self.atom("ints", depth),
                self.pick("'abs'", "'int'", "'float'", "'string'", "'default', 1", "'round'"),
            )
        return self.leaf("ints")

    def e_list(self, depth):
        k = self.r.randrange(20)
        e, a = self.expr, self.atom
        if k == 0:
            return e("ints", depth)
        if k == 1:
            return e("strs", depth)
        if k == 2:
            return "%s|%s|list" % (
                a("list", depth),
                self.pick(
                    "batch(2)",
                    "batch(3, 'fill')",
                    "slice(2)",
                    "slice(3, 0)",
                    "reverse",
                    "unique",
                    "select",
                    "reject",
                    "reject('none')",
                    "select('string')",
                    "select('number')",
                    "map('string')",
                ),
            )
        if k == 3:
            return "(%s + %s)" % (e("list", depth), e("list", depth))
        if k == 4:
            return self.sliced("list", depth)
        if k == 5:
            return "%s|dictsort%s" % (
                a("dict", depth),
                self.pick("", "(true)", "(reverse=true)", "(by='value')", "(false, 'value', true)"),
            )
        if k == 6:
            return "%s|items|list" % a("dict", depth)
        if k == 7:
            return "%s.%s()|list" % (a("dict", depth), self.pick("items", "keys", "values"))
        if k == 8:
            return "users|%s" % self.pick(
                "sort(attribute='age')",
                "sort(attribute='name', reverse=true)",
                "sort(attribute='age,name')",
                "sort(attribute='name', case_sensitive=true)",
                "selectattr('age', 'gt', 26)|list",
                "rejectattr('tags')|list",
                "selectattr('name', 'in', ['bob'])|list",
                "selectattr('extra')|list",
                "selectattr('extra', 'defined')|map(attribute='extra.k')|list",
                "map(attribute='tags')|list",
                "map(attribute='tags.0')|list",
                "map(attribute='tags.0', default='-')|list",
                "map(attribute='nope', default=0)|list",
                "rejectattr('age', 'equalto', 30)|map(attribute='name')|list",
                "groupby('age')|list",
                "groupby('age', default=1)|map(attribute='grouper')|list",
                "groupby('name', case_sensitive=true)|list",
                "unique(attribute='age')|list",
                "map('length')|list",
                "map(attribute='name')|map('upper')|list",
                "max(attribute='age')|list",
                "min(attribute='name')|items|list",
            )
        if k == 9:
            return "nested|%s" % self.pick(
                "sum(start=[])",
                "map('sum')|list",
                "map('first')|list",
                "map('join', '-')|list",
                "map(attribute=0)|list",
                "map(attribute='1')|list",
                "sort",
                "max",
                "list",
            )
        if k == 10:
            return "%s|sort%s" % (a("list", depth), self.pick("", "(true)", "(case_sensitive=true)"))
        if k == 11:
            return "(%s * %s)" % (e("list", depth), self.r.choice(SMALL))
        if k == 12:
            return "[%s]" % ", ".join(e("any", depth) for _ in range(self.r.randrange(4)))
        if k == 13:
            return "(%s, %s)" % (e("any", depth), e("any", depth))
        if k == 14:
            return "(%s if %s else %s)" % (e("list", depth), e("bool", depth), e("list", depth))
        if k == 15:
            return "%s.copy()" % self.pick("items", "names", "mixed", "empty")
        if k == 16:
            return "ret(%s)" % e("int", depth)
        if k == 17:
            return "modules.itertools.%s|list" % self.pick(
                "chain(items, names)",
                "islice(items, 2)",
                "product([1, 2], 'ab')",
                "permutations([1, 2, 3], 2)",
                "combinations('abcd', 2)",
                "accumulate([1, 2, 3])",
                "zip_longest(items, 'ab', fillvalue='-')",
                "repeat('x', 2)",
                "compress('abc', [1, 0, 1])",
                "islice(modules.itertools.count(5, 3), 1, 9, 2)",
                "combinations_with_replacement('ab', 2)",
            )
        if k == 18:
            return "modules.re.%s" % self.pick(
                "findall('[a-z]+', s)",
                "split(',\\\\s*', 'a, b,c')",
                "findall('(\\\\w)(\\\\d)', 'a1 b2')",
                "split('(-)', 'a-b-c')",
                "findall('', 'ab')",
                "findall('(?P<x>o+)', 'foo boo')",
                "sub('a', 'b', 'banana')|list",
                "sub('(\\\\w+) (\\\\w+)', '\\\\2 \\\\1', s)|list",
                "split('x*', 'axbc')",
                "findall('(?i)S', s)",
            )
        return self.leaf("list")

    def e_dict(self, depth):
        k = self.r.randrange(6)
        if k == 0:
            return "dict(%s, x=%s)" % (self.expr("dict", depth), self.expr("any", depth))
        if k == 1:
            return "dict(%s)" % ", ".join(
                "%s=%s" % (n, self.expr("any", depth)) for n in self.r.sample(["p", "q", "r"], self.r.randrange(3))
            )
        if k == 2:
            return "{%s}" % ", ".join(
                "%s: %s" % (self.leaf(self.pick("str", "int")), self.expr("any", depth))
                for _ in range(self.r.randrange(3))
            )
        if k == 3:
            return "%s.copy()" % self.pick("d", "users[0]", "deep")
        if k == 4:
            return "dict(%s|items)" % self.atom("dict", depth)
        return self.leaf("dict")

    # --- statements
    def open_tag(self):
        return self.pick("{% ", "{% ", "{% ", "{%- ", "{%", "{%+ ")

    def close_tag(self):
        return self.pick(" %}", " %}", " %}", " -%}", "%}", " +%}")

    def tag(self, text):
        return self.open_tag() + text + self.close_tag()

    def text(self):
        return self.pick(
            "",
            " ",
            "\n",
            "text",
            "  x\n",
            "\n\n  ",
            "select ",
            "a b\t",
            "é",
            "{ not }",
            "# no",
            "%",
            "\r\n",
            "'",
            "}}",
            "\n  indented\n",
        )

    def output(self, depth):
        kind = self.pick("str", "str", "int", "float", "list", "dict", "bool", "any", "ints", "strs")
        e = self.expr(kind, depth)
        o = self.pick("{{ ", "{{ ", "{{ ", "{{- ", "{{")
        if o == "{{" and e[:1] in "{-+":
            o = "{{ "
        c = self.pick(" }}", " }}", " }}", " -}}", "}}")
        if c == "}}" and e[-1:] == "}":
            c = " }}"
        if self.chance(0.1):
            e = (
                self.pick(
                    "loop.index",
                    "loop.first",
                    "loop.last",
                    "loop.length",
                    "loop.revindex",
                    "loop.previtem",
                    "loop.nextitem",
                    "loop.cycle('a', 'b')",
                    "loop.changed(1)",
                    "loop.depth",
                    "loop.index0",
                    "loop.revindex0",
                )
                if self.loops
                else e
            )
        return o + e + c

    def block(self, depth, n=None):
        mark = len(self.names)
        out = "".join(self.statement(depth) for _ in range(n or self.r.randrange(1, 4)))
        del self.names[mark:]
        return out

    def fresh(self, kind):
        self.count += 1
        name = "v%d" % self.count
        self.names.append((name, kind))
        return name

    def statement(self, depth):
        k = self.r.randrange(30)
        d = self.r.randrange(1, 4)
        if k < 9 or depth <= 0:
            return self.text() + self.output(d) + self.text()
        if k < 12:
            kind = self.pick("int", "str", "list", "dict", "ints", "strs", "float", "bool")
            e = self.expr(kind, d)  # before the name is known
            return self.tag("set %s = %s" % (self.fresh(kind), e)) + self.text()
        if k < 14:
            out = self.tag("if %s" % self.expr("bool", d)) + self.block(depth - 1)
            if self.chance(0.4):
                out += self.tag("elif %s" % self.expr("bool", d)) + self.block(depth - 1)
            if self.chance(0.5):
                out += self.tag("else") + self.block(depth - 1)
            return out + self.tag("endif")
        if k < 19:
            return self.for_loop(depth, d)
        if k == 19:
            body = self.block(depth - 1, 1)
            return (
                self.tag("set %s%s" % (self.fresh("str"), self.pick("", "", " | upper", " | trim | lower")))
                + body
                + self.tag("endset")
            )
        if k == 20:
            return (
                self.tag("filter %s" % self.pick("upper", "trim", "replace('a', 'b')", "indent(2)", "title|e", "lower"))
                + self.block(depth - 1, 1)
                + self.tag("endfilter")
            )
        if k == 21:
            name = self.fresh("ns")
            return (
                self.tag("set %s = namespace(x=%s)" % (name, self.expr("int", 1)))
                + self.tag("for i in %s" % self.expr("ints", d))
                + self.tag("set %s.x = %s.x + i" % (name, name))
                + self.tag("endfor")
                + "{{ %s.x }}" % name
            )
        if k == 22:
            return (
                self.tag(
                    "call%s %s"
                    % self.pick(
                        ("", "wrap()"), ("", "wrap('b')"), ("(x, i)", "each(items)"), ("(q, i=5)", "each(names)")
                    )
                )
                + self.block(depth - 1, 1)
                + self.tag("endcall")
            )
        if k == 23:
            return "{{ %s }}" % self.pick(
                "greet(%s)" % self.expr("str", d),
                "greet('x', punct=%s)" % self.expr("str", d),
                "va(1, 2, k=%s)" % self.expr("any", d),
                "va()",
                "dflt(%s)" % self.expr("any", d),
                "dflt(1, c=3)",
                "join_all(1, %s)" % self.expr("str", d),
                "fact(%s)" % self.pick("1", "5", "20", "30"),
                "trim_me(%s)" % self.expr("str", d),
                "uses_ns(5)",
                "greet()",
                "greet(1, 2, 3, 4)",
                "greet(zz=1)",
                "ret(0)",
            )
        if k == 24:
            a, b = self.fresh("any"), self.fresh("any")
            return (
                self.tag("with %s = %s, %s = %s" % (a, self.expr("int", d), b, self.expr("str", d)))
                + "{{ %s }}{{ %s }}" % (a, b)
                + self.block(depth - 1, 1)
                + self.tag("endwith")
            )
        if k == 25:
            return self.pick(
                "{# comment #}",
                "{#- c -#}",
                "{% raw %}{{ x }}{% endraw %}",
                "{%- raw -%} {% if %} {%- endraw -%}",
                "{# {{ #}",
                "{#+ c +#}",
            )
        if k == 26:
            return self.tag("do %s" % self.pick("[].append(1)", "{}.update(a=1)", "items|list|length")) + self.text()
        if k == 27:
            name = self.fresh("list")
            return (
                self.tag("set %s = []" % name)
                + self.tag("for x in %s" % self.expr("list", d))
                + self.tag("do %s.append(x)" % name)
                + self.tag("endfor")
                + "{{ %s }}" % name
            )
        if k == 28:
            name = self.fresh("list")
            ops = "".join(
                self.tag(
                    "do %s.%s"
                    % (
                        name,
                        self.pick(
                            "append(1)",
                            "insert(1, 'i')",
                            "extend([4, 5])",
                            "reverse()",
                            "pop()",
                            "remove(1)",
                            "sort(reverse=true)",
                            "sort()",
                            "clear()",
                            "insert(-1, 9)",
                            "pop(0)",
                        ),
                    )
                )
                for _ in range(self.r.randrange(1, 4))
            )
            return self.tag("set %s = [3, 1, 2]" % name) + ops + "{{ %s }}" % name
        name = self.fresh("dict")
        ops = "".join(
            self.tag(
                "do %s.%s"
                % (
                    name,
                    self.pick(
                        "update({'b': 2})",
                        "update(c=3)",
                        "pop('a')",
                        "pop('zz', none)",
                        "setdefault('q', [])",
                        "clear()",
                        "update([('t', 1)])",
                        "popitem()",
                    ),
                )
            )
            for _ in range(self.r.randrange(1, 4))
        )
        return self.tag("set %s = {'a': 1}" % name) + ops + "{{ %s }}{{ %s|length }}" % (name, name)

    def for_loop(self, depth, d):
        mark = len(self.names)
        kind = self.pick("ints", "strs", "list", "pairs", "str", "dict", "range")
        if kind == "pairs":
            over = self.pick(
                "d.items()",
                "users[0].items()",
                "d|dictsort",
                "users|groupby('age')",
                "[(1, 2), (3, 4)]",
                "d|items",
                "nested",
            )
            target = "%s, %s" % (self.fresh("str"), self.fresh("any"))
        elif kind == "range":
            over = "range(%s)" % self.pick("3", "1, 4", "5, 0, -2", "n")
            target = self.fresh("int")
        else:
            over = self.expr(kind, d)
            target = self.fresh({"ints": "int", "strs": "str", "str": "str", "dict": "str"}.get(kind, "any"))
        cond = " if %s" % self.expr("bool", 1) if self.chance(0.15) else ""
        self.loops += 1
        body = self.block(depth - 1)
        if self.chance(0.15):
            body += (
                self.tag("if " + self.pick("loop.index > 1", "loop.first", "loop.last", "true"))
                + self.tag(self.pick("break", "continue"))
                + self.tag("endif")
                + self.text()
            )
        self.loops -= 1
        del self.names[mark:]
        tail = self.tag("else") + self.block(depth - 1, 1) if self.chance(0.2) else ""
        return self.tag("for %s in %s%s" % (target, over, cond)) + body + tail + self.tag("endfor")

    def template(self):
        return "".join(self.statement(self.r.randrange(0, 4)) for _ in range(self.r.randrange(1, 6)))


def job(seed, number):
    return {"template": Generator("%s/%s" % (seed, number)).template(), "vars": VARS, "macros": MACROS}
