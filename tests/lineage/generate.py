"""Random queries over a few small tables, and values for these. In: a random.Random and the name of an engine
(clickhouse, postgres). Out: tables(), value() and changed() for a column, Generator(..).query(): a query's text.

A query's result must be one: what depends on the order of rows that is not given is not written (a limit stands behind
an order by all columns, a window that counts rows is ordered by keys of all that it reads).
"""

import dataclasses, re

# {table: {column: type}}; some names are in several, for USING. `id` is a key.
SHARED = {
    "t": {"id": "int", "a": "int", "b": "text", "d": "date", "g": "int", "arr": "arr"},
    "u": {"id": "int", "a": "int", "b": "text", "k": "int", "f": "bool"},
    "w": {"id": "int", "tid": "int", "k": "int", "v": "int", "s": "text", "d": "date"},
}
# Of each engine: what more there is, by table.
MORE = {
    "postgres": {"u": {"j": "json"}},
    "clickhouse": {"u": {"tu.p": "int", "tu.q": "text", "m": "map"}},
}
NOT_NULL = {"id", "g", "arr", "j", "m", "tu.p", "tu.q"}
TEXTS = ["x", "y", "xy", "Zed", ""]
OUTPUTS = ("int", "text", "date", "arr", "bool")


def tables(kind):
    return {table: {**columns, **MORE[kind].get(table, {})} for table, columns in SHARED.items()}


def value(rng, column, of, wide=False):
    """One value as Python holds it: of few, so that rows meet; `wide`: of others."""
    if column not in NOT_NULL and rng.random() < 0.2:
        return None
    if of == "int":
        return rng.randint(20, 29) if wide else rng.randint(0, 5)
    if of == "text":
        return rng.choice(["other", "yy", "q"]) if wide else rng.choice(TEXTS)
    if of == "date":
        return f"20{rng.randint(20, 21) if wide else 24}-01-0{rng.randint(1, 5)}"
    if of == "bool":
        return rng.random() < 0.5
    if of == "arr":
        return [rng.randint(6, 9) if wide else rng.randint(0, 4) for _ in range(rng.randint(0, 3))]
    return {key: rng.randint(6, 9) if wide else rng.randint(0, 4) for key in "xyz" if rng.random() < 0.6}


def changed(rng, column, of, old, how):
    """The column's values changed, in one of a few ways; those of a key stay different."""
    if column == "id":
        new = rng.sample(range(12), len(old))
        return [10 * v + 50 for v in new] if how == 2 else new
    if how == 1:  # one row
        at = rng.randrange(len(old))
        return [value(rng, column, of, rng.random() < 0.5) if i == at else v for i, v in enumerate(old)]
    if how == 3:
        return rng.sample(old, len(old))
    return [value(rng, column, of, how == 2) for _ in old]


@dataclasses.dataclass
class Source:
    columns: list  # (text, type)
    keys: list  # texts that are different in each row, or so that rows alike are the same in all columns


class Generator:
    def __init__(self, rng, kind):
        self.rng, self.kind, self.names = rng, kind, 0
        self.click = kind == "clickhouse"
        self.ctes = []  # (name, columns) that can be read

    def name(self, prefix="n"):
        self.names += 1
        return f"{prefix}{self.names}"

    def maybe(self, share):
        return self.rng.random() < share

    def pick(self, *makers):
        return self.rng.choice(makers)()

    # --- expressions

    def columns(self, scope, of):
        return [text for text, t in scope if t == of]

    def column(self, scope, of):
        found = self.columns(scope, of)
        return self.rng.choice(found) if found else self.literal(of)

    def literal(self, of):
        r = self.rng
        if of == "int":
            return str(r.randint(0, 6))
        if of == "text":
            return f"'{r.choice(TEXTS)}'"
        if of == "date":
            return f"toDate32('2024-01-0{r.randint(1, 5)}')" if self.click else f"date '2024-01-0{r.randint(1, 5)}'"
        if of == "bool":
            return r.choice(["true", "false"])
        return f"[{r.randint(0, 4)}]" if self.click else f"array[{r.randint(0, 4)}]"

    def expr(self, of, scope, depth):
        if depth <= 0 or self.maybe(0.3):
            return self.column(scope, of) if self.maybe(0.85) else self.literal(of)
        return {"int": self.int, "text": self.text, "date": self.date, "bool": self.bool, "arr": self.arr}[of](
            scope, depth - 1
        )

    def case(self, of, scope, depth):
        e = lambda: self.expr(of, scope, depth)
        p = lambda: self.bool(scope, depth)
        x = lambda: self.expr("int", scope, depth)
        forms = [
            lambda: f"case when {p()} then {e()} else {e()} end",
            lambda: f"case when {p()} then {e()} when {p()} then {e()} end",
            lambda: f"case {x()} when {x()} then {e()} else {e()} end",
            lambda: f"coalesce({e()}, {e()})",
            lambda: f"nullif({e()}, {e()})",
        ]
        if self.click:
            forms += [lambda: f"if({p()}, {e()}, {e()})", lambda: f"multiIf({p()}, {e()}, {p()}, {e()}, {e()})"]
        if of == "arr" and self.click:
            forms = forms[:1]
        return self.pick(*forms)

    def int(self, scope, depth):
        x = lambda: self.expr("int", scope, depth)
        s = lambda: self.expr("text", scope, depth)
        a = lambda: self.expr("arr", scope, depth)
        forms = [
            lambda: f"({x()} + {x()})",
            lambda: f"({x()} - {x()})",
            lambda: f"abs({x()})",
            lambda: self.case("int", scope, depth),
            lambda: self.case("int", scope, depth),
            lambda: self.scalar("int", scope, depth),
            lambda: f"greatest({x()}, {x()})",
        ]
        if self.click:
            e = self.name("e")
            inner = [*scope, (e, "int")]
            forms += [
                lambda: f"toInt64(length({s()}))",
                lambda: f"toInt64(length({a()}))",
                lambda: f"{a()}[1]",
                lambda: f"arraySum({e} -> ifNull({self.expr('int', inner, 1)}, 0), {a()})",
                lambda: f"toInt64(arrayCount({e} -> ifNull({self.bool(inner, 1)}, false), {a()}))",
                lambda: f"tuple({x()}, {s()}).1",
                lambda: f"map('k', {x()})['k']",
            ]
            forms += [lambda m=m: f"toInt64({m}['x'])" for m in self.columns(scope, "map")[:2]]
            forms.append(lambda: self.dictionary(*self.rng.choice([("t", "a"), ("u", "k"), ("w", "v")]), x))
        else:
            forms += [
                lambda: f"length({s()})",
                lambda: f"cardinality({a()})",
                lambda: f"({a()})[1]",
                lambda: f"(row({x()}, {s()})).f1",
                lambda: f"({x()})::bigint::int",
            ]
            forms += [lambda m=m: f"({m} ->> 'x')::int" for m in self.columns(scope, "json")[:2]]
        return self.pick(*forms)

    def text(self, scope, depth):
        s = lambda: self.expr("text", scope, depth)
        x = lambda: self.expr("int", scope, depth)
        forms = [
            lambda: f"concat({s()}, {s()})",
            lambda: f"upper({s()})",
            lambda: f"substring({s()}, 1, 1)",
            lambda: self.case("text", scope, depth),
            lambda: self.scalar("text", scope, depth),
            lambda: f"toString({x()})" if self.click else f"({x()})::text",
        ]
        if self.click:
            forms += [lambda m=m: f"toString(mapKeys({m}))" for m in self.columns(scope, "map")[:1]]
            forms.append(lambda: self.dictionary(*self.rng.choice([("t", "b"), ("u", "b"), ("w", "s")]), x))
        else:
            forms += [lambda m=m: f"({m})::text" for m in self.columns(scope, "json")[:1]]
        return self.pick(*forms)

    def date(self, scope, depth):
        d = lambda: self.expr("date", scope, depth)
        plus = (lambda: f"addDays({d()}, 1)") if self.click else (lambda: f"({d()} + 1)")
        return self.pick(plus, lambda: self.case("date", scope, depth), lambda: f"greatest({d()}, {d()})")

    def arr(self, scope, depth):
        a = lambda: self.expr("arr", scope, depth)
        x = lambda: self.expr("int", scope, depth)
        if self.click:
            e = self.name("e")
            inner = [*scope, (e, "int")]
            return self.pick(
                lambda: f"arrayFilter({e} -> ifNull({self.bool(inner, 1)}, true), {a()})",
                lambda: f"arrayMap({e} -> toInt32(ifNull({self.expr('int', inner, 1)}, 7)), {a()})",
                lambda: f"arrayConcat({a()}, {a()})",
                lambda: f"[toInt32(ifNull({x()}, 1))]",
                lambda: f"if({self.bool(scope, depth)}, {a()}, {a()})",
            )
        return self.pick(
            lambda: f"array[{x()}, {x()}]",
            lambda: f"({a()} || {a()})",
            lambda: f"array_append({a()}, {x()})",
            lambda: self.case("arr", scope, depth),
            lambda: self.listed(scope, depth),
        )

    def dictionary(self, table, attribute, key):
        return f"dictGet('d_{table}', '{attribute}', toUInt64(ifNull({key()}, 0)))"

    def listed(self, scope, depth):
        source, condition = self.correlated(scope, depth)
        x = self.column(source[1], "int")
        return f"array(select {x} from {source[0]} where {condition} order by {x})"

    def bool(self, scope, depth):
        of = self.rng.choice(["int", "int", "text", "date"])
        e = lambda of=of: self.expr(of, scope, depth)
        p = lambda: self.expr("bool", scope, depth)
        forms = [
            lambda: f"({e()} {self.rng.choice(['=', '<', '>=', '<>'])} {e()})",
            lambda: f"({e()} is {self.rng.choice(['null', 'not null'])})",
            lambda: f"({e('int')} in (1, 2, {self.literal('int')}))",
            lambda: f"({e('int')} between {e('int')} and {e('int')})",
            lambda: f"({e('text')} like 'x%')",
            lambda: f"({p()} and {p()})",
            lambda: f"({p()} or {p()})",
            lambda: f"(not {p()})",
            lambda: self.among(scope, depth),
            lambda: self.exists(scope, depth),
            lambda: self.column(scope, "bool"),
        ]
        if self.click:
            forms += [
                lambda: f"has({self.expr('arr', scope, depth)}, {e('int')})",
                lambda: f"isNotNull({e()})",
                lambda: f"({e('int')}, {e('text')}) in ((1, 'x'), (2, 'y'))",
            ]
        else:
            forms += [
                lambda: f"({e('int')} = any({self.expr('arr', scope, depth)}))",
                lambda: f"({e()} is distinct from {e()})",
                lambda: f"(row({e('int')}, {e('text')}) < row({e('int')}, {e('text')}))",
            ]
        return self.pick(*forms)

    # --- queries within expressions

    def correlated(self, scope, depth):
        """((FROM, its columns), a condition that often reads what is around it)"""
        source = self.table() if self.maybe(0.8) or depth < 1 else self.subquery(depth - 1)
        text, s = source
        outer = self.column(scope, "int") if self.maybe(0.75) else self.literal("int")
        condition = f"{self.column(s.columns, 'int')} {self.rng.choice(['=', '=', '<'])} {outer}"
        if self.maybe(0.3):
            condition += f" and {self.bool(s.columns, 0)}"
        return (text, s.columns), condition

    def scalar(self, of, scope, depth):
        (text, inner), condition = self.correlated(scope, depth)
        made = self.aggregate(of, inner, None, 1)
        where = f" where {condition}" if self.maybe(0.8) else ""
        return f"(select {made} from {text}{where})"

    def exists(self, scope, depth):
        (text, inner), condition = self.correlated(scope, depth)
        return f"{self.rng.choice(['', 'not '])}exists (select {self.rng.choice(['1', self.column(inner, 'int')])} from {text} where {condition})"

    def among(self, scope, depth):
        text, s = self.table() if self.maybe(0.7) or depth < 1 else self.subquery(depth - 1)
        of = self.rng.choice(["int", "text"])
        where = f" where {self.bool(s.columns, 0)}" if self.maybe(0.5) else ""
        return f"({self.expr(of, scope, depth)} {self.rng.choice(['in', 'not in'])} (select {self.column(s.columns, of)} from {text}{where}))"

    # --- aggregates and windows

    def aggregate(self, of, scope, keys, depth):
        """keys: texts to order by where order matters; None: what needs an order is not written."""
        x = lambda of=of: self.expr(of, scope, depth)
        p = lambda: self.bool(scope, 0)
        chosen = f" filter (where {p()})" if self.maybe(0.25) else ""
        if of == "int":
            forms = [
                lambda: f"sum({x()}){chosen}",
                lambda: f"min({x()}){chosen}",
                lambda: f"max({x()}){chosen}",
                lambda: f"count(*){chosen}",
                lambda: f"count({x(self.rng.choice(['int', 'text', 'date']))}){chosen}",
                lambda: f"count(distinct {x()}){chosen}",
            ]
            if self.click:
                forms += [
                    lambda: f"sumIf({x()}, {p()})",
                    lambda: f"countIf({p()})",
                    lambda: f"uniqExact({x('text')}, {x()})",
                ]
            if self.click:
                made = f"toInt64({self.pick(*forms)})" if self.maybe(0.5) else self.pick(*forms)
            else:
                made = f"({self.pick(*forms)})::int"
            if keys and self.click and self.maybe(0.3):
                made = f"{self.rng.choice(['argMax', 'argMin'])}({x()}, ({', '.join([x('text'), *keys])}))"
            return made
        if of == "bool":
            return f"(max({x('int')}) > 2)" if self.click or self.maybe(0.5) else f"bool_or({p()}){chosen}"
        if of == "arr":
            if self.click:
                return f"arraySort(groupArray(ifNull({x('int')}, 1))){''}"
            return f"array_agg({x('int')} order by {', '.join(keys)}){chosen}" if keys else f"array[min({x('int')})]"
        if of == "text" and not self.click and keys and self.maybe(0.5):
            return f"string_agg({x()}, ',' order by {', '.join([x('int'), *keys])}){chosen}"
        return f"{self.rng.choice(['min', 'max'])}({x()}){chosen}"

    def window(self, scope, keys):
        x = lambda of="int": self.expr(of, scope, 1)
        parts = f"partition by {x(self.rng.choice(['int', 'text']))}" if self.maybe(0.6) else ""
        total = ", ".join([x(self.rng.choice(["int", "date"])), *keys]) if self.maybe(0.5) else ", ".join(keys)
        frame = self.rng.choice(
            ["", "rows between 1 preceding and current row", "rows between unbounded preceding and 1 following"]
        )
        whole = "rows between unbounded preceding and unbounded following"
        forms = [
            lambda: f"sum({x()}) over ({parts})",
            lambda: f"count(*) over ({parts})",
            lambda: f"max({x()}) over ({parts} order by {x('date')})",
            lambda: f"rank() over ({parts} order by {x()})",
            lambda: f"row_number() over ({parts} order by {total})",
            lambda: f"sum({x()}) over ({parts} order by {total} {frame})",
            lambda: f"first_value({x()}) over ({parts} order by {total})",
            lambda: f"last_value({x()}) over ({parts} order by {total} {whole})",
        ]
        lag = "lagInFrame" if self.click else "lag"
        forms.append(lambda: f"{lag}({x()}) over ({parts} order by {total}{' ' + whole if self.click else ''})")
        if not self.click:
            forms.append(lambda: f"count(*) filter (where {self.bool(scope, 0)}) over ({parts})")
        made = self.pick(*forms)
        return f"toInt64({made})" if self.click else f"({made})::int"

    # --- what stands in FROM

    def table(self):
        if self.ctes and self.maybe(0.5):
            name, columns = self.rng.choice(self.ctes)
            alias = self.name("c")
            texts = [(f"{alias}.{c}", t) for c, t in columns]
            return f"{name} {'as ' if self.click else ''}{alias}", Source(texts, [c for c, t in texts if t in OUTPUTS])
        table, alias = self.rng.choice(sorted(SHARED)), self.name("t")
        texts = [(f"{alias}.{c}", t) for c, t in tables(self.kind)[table].items()]
        return f"{table} {alias}", Source(texts, [f"{alias}.id"])

    def subquery(self, depth):
        sql, columns = self.select(depth)
        alias = self.name("q")
        texts = [(f"{alias}.{c}", t) for c, t in columns]
        return f"({sql}) {alias}", Source(texts, [c for c, _ in texts])

    def made(self):
        """Rows that no table holds: values, a function."""
        alias, n, x = self.name("v"), self.name(), self.name()
        if self.maybe(0.3):
            made = (
                f"numbers({self.rng.randint(1, 4)})" if self.click else f"generate_series(1, {self.rng.randint(1, 4)})"
            )
            text = f"(select toInt32(number) as {n} from {made}) {alias}" if self.click else f"{made} as {alias}({n})"
            return text, Source([(f"{alias}.{n}", "int")], [f"{alias}.{n}"])
        rows = ", ".join(f"({i}, {self.literal('text')})" for i in self.rng.sample(range(6), self.rng.randint(1, 3)))
        text = (
            f"values('{n} Int32, {x} String', {rows}) {alias}" if self.click else f"(values {rows}) {alias}({n}, {x})"
        )
        return text, Source([(f"{alias}.{n}", "int"), (f"{alias}.{x}", "text")], [f"{alias}.{n}"])

    def one(self, depth):
        if self.maybe(0.06):
            return self.made()
        return self.subquery(depth - 1) if depth > 0 and self.maybe(0.35) else self.table()

    def on(self, left, right, depth):
        of = self.rng.choice(["int", "int", "text", "date"])
        l, r = self.columns(left, of), self.columns(right, of)
        if not l or not r:
            of, l, r = "int", self.columns(left, "int") or ["1"], self.columns(right, "int") or ["1"]
        condition = f"{self.rng.choice(l)} = {self.rng.choice(r)}"
        if self.maybe(0.15):
            condition += f" and {self.bool(right, 0)}"
        return condition

    def using(self):
        """t join u using (..): columns that both have, which then stand alone."""
        left, right, shared = self.rng.choice(
            [("t", "u", ["id", "a", "b"]), ("u", "w", ["id", "k"]), ("t", "w", ["id", "d"])]
        )
        on = self.rng.sample(shared, self.rng.randint(1, 2))
        l, r = self.name("t"), self.name("t")
        kind = self.rng.choice(["join", "left join", "right join", "full join"])
        if not self.click and self.maybe(0.2):
            join, on = (
                f"{left} {l} natural {kind} {right} {r}",
                [c for c in tables(self.kind)[left] if c in tables(self.kind)[right]],
            )
        else:
            join = f"{left} {l} {kind} {right} {r} using ({', '.join(on)})"
        texts = [(c, tables(self.kind)[left][c]) for c in on]
        for table, alias in ((left, l), (right, r)):
            texts += [(f"{alias}.{c}", t) for c, t in tables(self.kind)[table].items()]
        return join, Source(texts, [f"{l}.id", f"{r}.id"])

    def beside(self, s, depth):
        """What reads the columns before it: lateral, array join."""
        alias, n = self.name("x"), self.name("n")
        a = self.expr("arr", s.columns, 1)
        if self.click:
            left = self.rng.choice(["", "left "])
            return f" {left}array join {a} as {n}", [(n, "int")]
        x = self.column(s.columns, "int")
        if self.maybe(0.3):
            return f" cross join lateral unnest({a}) with ordinality as {alias}({n}, o{n})", [
                (f"{alias}.{n}", "int"),
                (f"{alias}.o{n}::int", "int"),
            ]
        if self.maybe(0.4):
            return f" cross join lateral generate_series(1, {x}) as {alias}({n})", [(f"{alias}.{n}", "int")]
        (text, inner), condition = self.correlated(s.columns, depth)
        join, on = self.rng.choice([("cross join", ""), ("left join", " on true")])
        return (
            f" {join} lateral (select {self.expr('int', inner, 1)} as {n} from {text} where {condition}) {alias}{on}",
            [(f"{alias}.{n}", "int")],
        )

    def source(self, depth):
        """(FROM, Source)"""
        if self.maybe(0.15):
            return self.using()
        text, s = self.one(depth)
        s = Source(list(s.columns), list(s.keys))
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            right, r = self.one(depth)
            kind = self.rng.choice(["join", "left join", "left join", "right join", "full join", "cross join"])
            if self.click and self.maybe(0.2):
                kind = self.rng.choice(["left semi join", "left anti join"])
            if kind == "cross join":
                text += f" cross join {right}"
            else:
                text += f" {kind} {right} on {self.on(s.columns, r.columns, depth)}"
            if "semi" in kind or "anti" in kind:
                continue
            s.columns += r.columns
            s.keys += r.keys
        if self.maybe(0.15):
            more, columns = self.beside(s, depth - 1)
            text, s.columns, s.keys = text + more, s.columns + columns, s.keys + [c for c, _ in columns]
        return text, s

    # --- queries

    def outputs(self):
        return [self.rng.choice(["int", "int", "text", "date", "arr", "bool"]) for _ in range(self.rng.randint(1, 4))]

    def select(self, depth, types=None):
        """(text, [(name, type)])"""
        types = types or self.outputs()
        names = [self.name() for _ in types]
        form = self.rng.choices(
            ["plain", "grouped", "all", "set", "limited"], [6, 4, 1, 2 if depth > 0 else 0, 1.5 if depth > 0 else 0]
        )[0]
        text = getattr(self, "make_" + form)(names, types, depth)
        return text, list(zip(names, types))

    def where(self, s, depth):
        return f" where {self.bool(s.columns, min(depth, 1))}" if self.maybe(0.45) else ""

    def make_plain(self, names, types, depth):
        text, s = self.source(depth)
        made = [
            self.window(s.columns, s.keys) if t == "int" and self.maybe(0.25) else self.expr(t, s.columns, 2)
            for t in types
        ]
        distinct, named = "distinct " if self.maybe(0.12) else "", ""
        if types[-1] == "int" and not distinct and self.maybe(0.06):
            n = self.name("w")
            made[-1] = f"toInt64(count(*) over {n})" if self.click else f"(count(*) over {n})::int"
            named = f" window {n} as (partition by {self.column(s.columns, 'int')} order by {', '.join(s.keys)})"
        listed = ", ".join(f"{e} as {n}" for e, n in zip(made, names))
        tail = ""
        if not self.click and not distinct and self.maybe(0.06):
            by = self.expr("int", s.columns, 0)
            by = by if "." in by else s.keys[0]
            distinct, tail = f"distinct on ({by}) ", f" order by {', '.join(dict.fromkeys([by, *s.keys]))}"
        if self.click and not distinct and self.maybe(0.06):
            tail = f" order by {', '.join(s.keys)} limit 1 by {self.column(s.columns, 'int')}"
        where = self.where(s, depth) + named
        if self.click and not distinct and not tail and not named and self.maybe(0.05):
            tail = f" qualify {self.window(s.columns, s.keys)} > {self.literal('int')}"
        return f"select {distinct}{listed} from {text}{where}{tail}"

    def make_grouped(self, names, types, depth):
        text, s = self.source(depth)
        groups = [t if t != "arr" else "int" for t in types[: self.rng.randint(1, 2)]]
        by = []
        for t in groups:
            e = self.expr(t, s.columns, 1)
            by.append(e if re.search("[a-z]", re.sub("'.*?'|true|false", "", e)) else s.keys[0])
        listed = []
        for i, (n, t) in enumerate(zip(names, types)):
            e = (
                by[i]
                if i < len(by) and groups[i] == t and self.maybe(0.85)
                else self.aggregate(t, s.columns, s.keys, 1)
            )
            listed.append(f"{e} as {n}")
        group = ", ".join(by)
        if self.maybe(0.1):
            group = f"rollup({group})" if self.maybe(0.5) else f"cube({group})"
            if types[-1] == "int" and len(types) > len(by) and self.maybe(0.4):
                listed[-1] = f"grouping({by[0]}) as {names[-1]}"
        having = (
            f" having {self.aggregate('int', s.columns, None, 0)} > {self.literal('int')}" if self.maybe(0.25) else ""
        )
        return f"select {', '.join(listed)} from {text}{self.where(s, depth)} group by {group}{having}"

    def make_all(self, names, types, depth):
        text, s = self.source(depth)
        listed = ", ".join(f"{self.aggregate(t, s.columns, s.keys, 1)} as {n}" for n, t in zip(names, types))
        return f"select {listed} from {text}{self.where(s, depth)}"

    def make_set(self, names, types, depth):
        op = self.rng.choice(["union all", "union all", "union distinct", "intersect", "except"])
        left, columns = self.select(depth - 1, types)
        right, _ = self.select(depth - 1, types)
        listed = ", ".join(f"{c} as {n}" for (c, _), n in zip(columns, names))
        alias = self.name("q")
        return f"select {listed} from (({left}) {op} ({right})) {alias}"

    def make_limited(self, names, types, depth):
        inner, columns = self.select(depth - 1, types)
        listed = ", ".join(f"{c} as {n}" for (c, _), n in zip(columns, names))
        order = self.rng.sample([c for c, _ in columns], len(columns))
        by = ", ".join(f"{c} {self.rng.choice(['asc', 'desc'])}" for c in order)
        return f"select {listed} from ({inner}) {self.name('q')} order by {by} limit {self.rng.randint(1, 4)}"

    def query(self, size):
        self.ctes, texts = [], []
        if self.maybe(0.3):
            for _ in range(self.rng.randint(1, 2)):
                sql, columns = self.select(size - 1)
                name = self.name("cte")
                texts.append(f"{name} as ({sql})")
                self.ctes.append((name, columns))
        sql, _ = self.select(size)
        return f"with {', '.join(texts)} {sql}" if texts else sql
