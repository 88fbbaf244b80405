"""docs/load-types.md, row by row, with both real databases: the type that a column gets, the value that arrives, the
values that are refused."""

import os
import pathlib
import random
import re
import pytest
from conftest import ROOT
from load_types import ClickHouse, Postgres, Refused, carry, load_text, move

PAGE = pathlib.Path(ROOT / "docs/load-types.md").read_text()


@pytest.fixture(scope="module")
def pg(postgres):
    it = Postgres(postgres)
    it.psql(
        "create extension if not exists citext",
        "create extension if not exists hstore",
        "create type public.mood as enum ('sad', 'it''s fine')",
        "create domain public.price as numeric(6,2)",
        "create type public.address as (street text, number text)",
    )
    yield it
    it.psql("drop type public.mood cascade", "drop domain public.price cascade", "drop type public.address cascade")


@pytest.fixture(scope="module")
def ch(clickhouse):
    return ClickHouse(clickhouse)


def rows_of(title):
    """The rows of the table below a heading: the texts in backquotes of each cell."""
    part = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    table = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[re.findall(r"`([^`]*)`", cell) for cell in line.strip("|").split(" | ")] for line in table]


def texts(source, table, columns):
    """A row of the database's texts: cells of each column's one value."""
    if source.kind == "postgres":
        cells = [f"replace({c}::text, E'\\n', '~')" for c in columns]
        out = source.psql(f"select {', '.join(cells)} from {table}")
        return out.decode()
    return source.run(f"select {', '.join(columns)} from default.{table} format TabSeparatedRaw").decode()


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def fill(source, table, columns):
    """A table of one row. columns: type and text of each."""
    named = [f"c{i} {type}" for i, (type, _) in enumerate(columns)]
    if source.kind == "postgres":
        values = [f"{literal(text)}::{type}" for type, text in columns]
        source.create(table, named, f"insert into {table} values ({', '.join(values)})")
        return
    source.create(table, named)
    cells = []
    for type, text in columns:
        byte = re.fullmatch(r"unhex\('(\w+)'\)", text)
        data = bytes.fromhex(byte[1]) if byte else text.encode()
        if not type.startswith(("Array", "Tuple", "Map")):  # these have escapes of their own
            data = data.replace(b"\\", b"\\\\").replace(b"\0", b"\\0")
        cells.append(data)
    source.write(table, b"\t".join(cells) + b"\n")


def cell_of(source, table, i):
    return texts(source, table, [f"c{i}"]).rstrip("\n")


def type_of(source, target, type, nullable):
    given = f"{type}\t{int(nullable)}\t\n".encode()
    return load_text("types", source.kind, target.kind, data=given).decode().split("\t")[0]


def refuses(source, target, type, value, wanted=""):
    fill(source, "src", [(type, value)])
    with pytest.raises(Refused) as e:
        carry(source, "src", target, {"c0": wanted})
    assert str(e.value).startswith("row 1, column 0, "), (type, value, wanted, str(e.value))


def test_from_postgres(pg, ch):
    rows = rows_of("From Postgres")
    assert len(rows) > 50
    columns = [(row[0][0], row[1][0]) for row in rows]
    fill(pg, "src", columns)
    had = move(pg, "src", ch, "dest")
    same = move(pg, "src", pg, "dest")
    for i, (type, value, in_ch, shown, in_pg, refused) in enumerate(rows):
        can_be_null = not in_ch[0].startswith("Array(")
        wanted = f"Nullable({in_ch[0]})" if can_be_null else in_ch[0]
        if in_ch[0] == "LowCardinality(String)":
            wanted = "LowCardinality(Nullable(String))"
        assert (had[i], same[i]) == (wanted, in_pg[0]), type
        assert cell_of(ch, "dest", i) == shown[0], type
        if "money" not in type[0]:
            assert cell_of(pg, "dest", i) == cell_of(pg, "src", i), type
    catalog = pg.types("src")
    for (type, _, in_ch, *_), (_, known, _) in zip(rows, catalog):
        assert type_of(pg, ch, known, False) == in_ch[0], type


def test_refused_from_postgres(pg, ch):
    count = 0
    for type, _, _, _, _, refused in rows_of("From Postgres"):
        for value in refused:
            refuses(pg, ch, type[0], value)
            count += 1
    assert count > 15
    fill(pg, "src", [("integer[]", "{1}")])
    pg.psql("update src set c0 = null")
    with pytest.raises(Refused, match="takes no NULL"):
        move(pg, "src", ch, "dest")
    move(pg, "src", ch, "dest", {"c0": "Nullable(String)"})
    assert cell_of(ch, "dest", 0) == "\\N"


def test_from_clickhouse(pg, ch):
    rows = rows_of("From ClickHouse")
    assert len(rows) > 35
    fill(ch, "src", [(row[0][0], row[1][0]) for row in rows])
    had = move(ch, "src", pg, "dest")
    move(ch, "src", ch, "dest")
    pg.psql("set timezone to 'UTC'")
    for i, (type, _, in_pg, shown, _) in enumerate(rows):
        assert had[i] == in_pg[0], type
        assert cell_of(pg, "dest", i) == shown[0], type
        assert cell_of(ch, "dest", i) == cell_of(ch, "src", i), type
    # Into the same database a column keeps its type.
    assert [line[1] for line in ch.types("dest")] == [line[1] for line in ch.types("src")]
    for type, _, _, _, refused in rows:
        for value in refused:
            refuses(ch, pg, type[0], value)
    ch.create("src", ["c0 AggregateFunction(sum, Int64)"])
    with pytest.raises(Refused, match="finalizeAggregation"):
        move(ch, "src", pg, "dest")


def test_given_types(pg, ch):
    sides = {"Postgres": pg, "ClickHouse": ch}
    rows = rows_of("Types that you give")
    part = PAGE.split("\n## Types that you give\n")[1]
    names = re.findall(r"^\| (Postgres|ClickHouse) `[^|]* \| (Postgres|ClickHouse) \|", part, re.M)
    assert len(names) == len(rows) > 30
    for (source, target), (type, _, given, value, becomes, refused) in zip(names, rows):
        source, target = sides[source], sides[target]
        fill(source, "src", [(type[0], value[0])])
        move(source, "src", target, "dest", {"c0": given[0]})
        assert cell_of(target, "dest", 0) == becomes[0], (type, given)
        for bad in refused:
            refuses(source, target, type[0], bad, given[0])


TAKES_NONE = [
    ("timestamp", "2024-02-29 10:00:00", "time(0)"),
    ("date", "2024-02-29", "time"),
    ("time", "10:00:00", "timetz"),
    ("timestamp", "2024-02-29 10:00:00", "time with time zone"),
    ("interval", "1 year", "interval year"),
    ("numeric", "1200", "numeric(5,-2)"),
]


@pytest.mark.parametrize("type, value, given", TAKES_NONE)
def test_types_that_would_cut_each_value_take_none(pg, type, value, given):
    fill(pg, "src", [(type, value)])
    with pytest.raises(Refused, match="does not hold such values"):
        move(pg, "src", pg, "dest", {"c0": given})


def test_nulls(pg, ch):
    """NULL arrives as NULL, and has no place in what is not Nullable: ClickHouse itself would make 0 of it."""
    fill(pg, "src", [("bigint", "1"), ("text", "x"), ("date", "2024-01-01")])
    pg.psql("insert into src values (null, null, null), (null, '', null)")
    move(pg, "src", ch, "dest")
    there = texts(ch, "dest", ["c0", "c1", "c2"]).splitlines()
    assert sorted(there) == ["1\tx\t2024-01-01", "\\N\t\t\\N", "\\N\t\\N\t\\N"]
    move(ch, "dest", pg, "back")
    assert pg.psql("select count(*) from (select * from src except all select * from back) as x").strip() == b"0"
    for i, given in enumerate(("Int64", "String", "Date32")):
        with pytest.raises(Refused, match=f"row 2, column {i}, .*: {given} takes no NULL"):
            move(pg, "src", ch, "dest", {f"c{i}": given})


def test_unusual_bytes(pg, ch):
    """Each byte that a text can have, and each that bytea has; there and back."""
    pg.create("src", ["i integer not null", "t text", "b bytea", "a text[]"])
    pg.psql(
        "insert into src select i, chr(i), decode(lpad(to_hex(i % 256), 2, '0'), 'hex'), array[chr(i), chr(i) || '\"'] "
        "from generate_series(1, 1100) as i",
        "insert into src select 0, string_agg(chr(i), ''), "
        "string_agg(decode(lpad(to_hex(i % 256), 2, '0'), 'hex'), ''), '{}' "
        "from generate_series(1, 1100) as i",
    )
    move(pg, "src", ch, "dest")
    assert ch.run("select count(), sum(length(b)), uniqExact(b) from default.dest") == b"1101\t2200\t257\n"
    move(ch, "dest", pg, "back", {"b": "bytea"})
    assert pg.psql("select count(*) from src join back using (i, t, b, a)").strip() == b"1101"
    move(pg, "src", pg, "back")
    assert pg.psql("select count(*) from src join back using (i, t, b, a)").strip() == b"1101"
    move(ch, "dest", ch, "again")
    both = "select * from default.dest intersect distinct select * from default.again"
    assert ch.run(f"select count() from ({both})").strip() == b"1101"


def test_no_clock_is_moved(pg, ch):
    """Each hour of days on which zones have 23 and 25 of them, in both databases' zones."""
    pg.create("src", ["w timestamp not null", "z timestamptz not null"])
    pg.psql(
        "set timezone to 'UTC'",
        "insert into src select t, t at time zone 'UTC' from generate_series('2024-03-30'::timestamp, '2024-04-01', "
        "'10 minutes') as t union all select t, t at time zone 'UTC' from generate_series('2024-10-26'::timestamp, "
        "'2024-10-28', '10 minutes') as t",
    )
    for given in ({}, {"z": "DateTime('Europe/Berlin')"}, {"z": "DateTime64(3, 'America/New_York')"}):
        move(pg, "src", ch, "dest", given)
        move(ch, "dest", ch, "again", given)
        move(ch, "again", pg, "back")
        assert pg.psql(
            "set timezone to 'Asia/Tokyo'",
            "select count(*) from src as s join back as b on s.z = b.z and s.w = b.w at time zone 'UTC'",
        ).strip() == pg.psql("select count(*) from src").strip(), given


def random_text(r):
    letters = "aZ09 '\"\\\\,{}()[]\t\n\r\x01\x0b\x7fé€😀\u2028N"
    return "".join(r.choice(letters) for _ in range(r.choice((0, 1, 3, 12))))


def random_array(r, item):
    def one():
        value = item(r)
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return "{" + ",".join(r.choice((one(), one(), "NULL")) for _ in range(r.randrange(4))) + "}"


def random_number(r, before, behind):
    digits = str(r.randrange(10 ** r.randrange(1, before + 1)))
    return r.choice(("", "-")) + digits + r.choice(("", "." + str(r.randrange(10**behind)).zfill(behind)))


def random_day(r):
    return f"{r.randrange(1900, 2300)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}"


def random_moment(r):
    fraction = r.choice(("", f".{r.randrange(10**6):06}", f".{r.randrange(10**3):03}"))
    return f"{random_day(r)} {r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}{fraction}"


# A type, what makes a value of it, and the type by which it comes back from ClickHouse where that is not its own.
RANDOM = {
    "bigint": (lambda r: str(r.randrange(-(2**63), 2**63) >> r.randrange(64)), ""),
    "boolean": (lambda r: r.choice("tf"), ""),
    "double precision": (lambda r: repr(r.choice((r.random(), r.gauss(0, 1e300), r.uniform(1, 99) * 1e-300))), ""),
    "real": (lambda r: f"{r.gauss(0, 10 ** r.randrange(-30, 30)):.9g}", ""),
    "numeric(12,3)": (lambda r: random_number(r, 9, 3), ""),
    "numeric": (lambda r: random_number(r, 38, 38), ""),
    "text": (random_text, ""),
    "bytea": (lambda r: "\\x" + r.randbytes(r.randrange(9)).hex(), "bytea"),
    "uuid": (lambda r: r.randbytes(16).hex(), ""),
    "date": (random_day, ""),
    "timestamp": (random_moment, "timestamp"),
    "timestamptz": (lambda r: random_moment(r) + "+00", ""),
    "interval": (lambda r: f"{r.randrange(-99, 99)} mons 5 days {r.gauss(0, 99999):f} secs", "interval"),
    "jsonb": (lambda r: '{"a": ' + str(r.randrange(10**20)) + ', "b": "\\\\ \\" é"}', "jsonb"),
    "bigint[]": (lambda r: random_array(r, RANDOM["bigint"][0]), ""),
    "text[]": (lambda r: random_array(r, random_text), ""),
    "bytea[]": (lambda r: random_array(r, RANDOM["bytea"][0]), "bytea[]"),
    "numeric(12,3)[]": (lambda r: random_array(r, RANDOM["numeric(12,3)"][0]), ""),
    "timestamptz[]": (lambda r: random_array(r, RANDOM["timestamptz"][0]), ""),
    "boolean[]": (lambda r: random_array(r, RANDOM["boolean"][0]), ""),
}


def test_random_values(pg, ch):
    """Values at random go to ClickHouse and come back, and go to another Postgres table, as they were."""
    seed = int(os.environ.get("STARC_TEST_SEED") or random.randrange(10**6))
    r = random.Random(seed)
    columns = [f"c{i} {type}" for i, type in enumerate(RANDOM)]
    pg.create("src", ["i integer not null", *columns])
    lines = []
    for i in range(500):
        cells = [str(i)]
        for type, (make, _) in RANDOM.items():
            value = None if r.random() < 0.1 and "[]" not in type else make(r)
            escaped = (value or "").replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
            cells.append("\\N" if value is None else escaped)
        lines.append("\t".join(cells) + "\n")
    pg.write("src", "".join(lines).encode())
    back = {f"c{i}": wanted for i, (_, wanted) in enumerate(RANDOM.values()) if wanted}
    move(pg, "src", ch, "dest")
    move(ch, "dest", pg, "back", back)
    move(pg, "src", pg, "beside")
    move(ch, "dest", ch, "again")
    everything = ", ".join(["i", *(f"c{i}" for i in range(len(RANDOM)))])
    for other in ("back", "beside"):
        for i, type in enumerate(RANDOM):
            query = (
                f"select src.i, src.c{i}::text, o.c{i}::text from src join {other} as o using (i) "
                f"where src.c{i} is distinct from o.c{i}"
            )
            assert pg.psql(query) == b"", (seed, other, type)
    query = f"select {everything} from default.{{}} order by i format TabSeparated"
    assert ch.run(query.format("dest")) == ch.run(query.format("again")), seed


def test_random_values_of_clickhouse(pg, ch):
    """The same from ClickHouse: to Postgres and back, by the types that they had."""
    types = (
        "Int8 Int64 Int256 UInt8 UInt32 UInt64 UInt256 Float32 Float64 Decimal(9,2) Decimal(76,20) Bool UUID IPv4 IPv6 "
        "Date DateTime('Europe/Berlin') Nullable(Int32) Nullable(String) LowCardinality(String) Array(Nullable(Int16)) "
        "Array(String) Array(Array(UInt64)) Array(UUID) Array(Float64) Nullable(Decimal(18,9)) Array(DateTime)"
    ).split(" ")
    seed = int(os.environ.get("STARC_TEST_SEED") or random.randrange(10**6))
    columns = [f"c{i} {type}" for i, type in enumerate(types)]
    ch.create("src", ["i UInt32", *columns])
    structure = ", ".join(columns).replace("'", "\\'")
    made = f"generateRandom('{structure}', {seed}, 20, 3)"
    # numbers that ClickHouse cannot read exactly are refused on their way back: the page of types has one
    floats = ", ".join(f"c{i}" for i, type in enumerate(types) if type == "Float64")
    arrays = ", ".join(f"c{i}" for i, type in enumerate(types) if type == "Array(Float64)")
    large = f"not arrayExists(x -> x != 0 and abs(x) < 1e-300, arrayConcat([{floats}], {arrays}))"
    ch.run(f"insert into default.src select rowNumberInAllBlocks(), * from {made} where {large} limit 300")
    known = {line[0]: line[1] for line in ch.types("src")}
    move(ch, "src", pg, "there")
    nested = {name for name, type in known.items() if type.startswith("Array(Array(")}
    move(pg, "there", ch, "back", {name: type for name, type in known.items() if name not in nested})
    for i, type in enumerate(types):
        if f"c{i}" not in nested:
            query = f"select i, c{i} from default.{{}} order by i format TabSeparated"
            assert ch.run(query.format("back")) == ch.run(query.format("src")), (seed, type)
    for name in nested:
        query = f"select replaceAll(toString({name}), ',', ', ') from default.src order by i format TabSeparatedRaw"
        assert ch.run(query) == pg.psql(f"select {name} from there order by i"), (seed, name)
