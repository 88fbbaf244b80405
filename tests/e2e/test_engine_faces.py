"""The embedded engine by ADBC (the Python package's file), beside the one by C functions (libchdb.so): the same
texts, errors, counts, cancelling. `scripts/setup adbc` fetches the file; without it these are left out."""

import os, pathlib, re, subprocess
import pytest
import chdb
from conftest import STARC, EMBEDDED

FACES = {"c": chdb.find(), "adbc": chdb.find_adbc()}
pytestmark = pytest.mark.skipif(not (EMBEDDED and all(FACES.values())), reason="scripts/setup chdb adbc")

# One statement for each kind of value, as it is shown and as its type is told.
VALUES = """
select toInt8(-128), toUInt8(255), toInt16(-5), toUInt64(18446744073709551615)
select toInt128('-170141183460469231731687303715884105728')
select toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935'), toInt256(-1)
select toFloat32(0.1), toFloat64(1) / 3, inf, -inf, nan, 1e300, -0.0, 1e-7
select toDecimal32(1.5, 4), toDecimal64(-0.001, 3), toDecimal128(1, 20), toDecimal256('1e-30', 40)
select toDate('1970-01-01'), toDate('2149-06-06'), toDate32('1900-01-01'), toDate32('2299-12-31')
select toDateTime('2020-02-03 04:05:06', 'Asia/Tokyo'), toDateTime64('1901-02-03 04:05:06.789', 3, 'UTC')
select toDateTime('2020-02-03 04:05:06')
select toDateTime64('2020-01-01 00:00:00.123456789', 9, 'Europe/Berlin'), toIntervalDay(3), toIntervalMonth(-1)
select '', 'a\\tb\\nc\\\\d\\'e', 'äöü€😀', unhex('00FF80'), toFixedString('ab', 4), char(0, 1, 2)
select null, toNullable(1), cast(null as Nullable(String)), 'NULL', '\\\\N'
select [1, 2], ['a', 'b\\'c'], [[1], []], [null, 'x'], cast([] as Array(Nothing)), [toDate('2020-01-01')]
select (1, 'a'), (1, null, [2]), tuple(1), cast((1, 'x') as Tuple(a Int8, b String)), map('k', 1), map(1, ['a\\tb'])
select cast('b' as Enum8('a' = 1, 'b' = 2)) as e, cast('x y' as Enum16('x y' = -3)) as f
select toLowCardinality('l'), toLowCardinality(cast(null as Nullable(String)))
select toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toIPv4('1.2.3.4'), toIPv6('::1'), true, false, cast(1 as Bool)
select '{"a": {"b": [1, 2, {"c": null}]}, "d": "x"}'::JSON as j
select 1::Variant(Int32, String) as v, 'x'::Variant(Int32, String) as w, null::Variant(Int32, String) as n
select 1.5::Dynamic as d
select (1.0, 2.0)::Point, [(0., 0.), (1., 1.)]::Ring as r
select sumState(toUInt64(5)) as s, uniqState('a') as u
select number, toString(number) as t, if(number % 2, null, number) as n from numbers(5)
select 1 as `a b`, 2 as `q"'``t`, 3 as `naïve`
select 1 as x where 0
select 1 as x, 1 as x
select d, d from (select cast('it\\'s' as Enum8('it\\'s' = 1, 'b\\\\' = 2)) as d)
select d, d, 'ä' as `b\tc`, e from (select toDate('2020-01-01') as d, map('k', [1, null]) as e)
select null, null
from (select 1 as d) select d, d -- the end
with 3 as c select c + 1 as d
(select 1 as u) union all (select 1)
from numbers(3) select number order by number desc
select number from numbers(3) order by number desc settings max_threads = 1 -- the end
show databases like 'default'
describe (select 1 as a, 'x' as b, cast(null as Nullable(Int8)) as c)
exists table system.one
show create table system.one
""".strip().splitlines()

ERRORS = """
selec 1
select 1 +
select nope
select * from nope.nope
select 'ä' +
select 1, 1, nope
show tables from nope
with 1 as x insert into s.nope select x
with 1 as x insert into s.nope selec x y z
select * from (show tables)
select toInt8('x')
select throwIf(number = 90000, 'at the end') from numbers(100000)
select sum(number) from numbers(10) settings nope = 1
select /* ä */ 'x' || nope
(select 1) union all (select nope)
create table s.x (a Int8) engine = Nope
insert into s.nope values (1)
drop database nope
""".strip().splitlines()


BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """ask(face, statements) -> what engine_ask prints for each: names, types, rows, count, or code, place and text."""

    def run(face, statements):
        words = [BUILD / "tests/engine_ask", tmp_path_factory.mktemp(face) / "warehouse"]
        env = os.environ | {"STARC_LIBCHDB": FACES[face]}
        p = subprocess.run(words, input="\0".join(statements).encode(), env=env, capture_output=True, timeout=300)
        assert p.returncode == 0, p.stderr
        return p.stdout.decode("utf-8", "replace").split("\0")[:-1]

    return run


def test_the_same_texts_and_types(ask):
    wrong = [x for x in zip(VALUES, ask("c", VALUES), ask("adbc", VALUES), strict=True) if x[1] != x[2]]
    assert not wrong, "\n".join(f"{s}\n  C    {a!r}\n  ADBC {b!r}" for s, a, b in wrong)


def test_the_same_codes_and_places(ask):
    # the words differ from version to version
    told = re.compile(r"! (\d+) at (-?\d+): (?:.*at position (\d+))?")
    places = lambda face: [told.match(a.splitlines()[-1]).groups() for a in ask(face, ERRORS)]
    assert places("c") == places("adbc")
    assert ask("adbc", ["select 1 into outfile 'x.csv'"])[0].startswith("! 48 at -1: this engine writes nothing INTO")


def test_the_whole_interface_by_adbc(tmp_path):
    """Rows, columns, errors, streams cut short, bulk inserts, cancelling, limits of time, many threads."""
    words = [BUILD / "tests/test_engine", "clickhouse", "embedded", f"path={tmp_path}/data", "schema=eng"]
    env = os.environ | {"STARC_LIBCHDB": FACES["adbc"]}
    p = subprocess.run(words, env=env, capture_output=True, text=True, timeout=300)
    assert p.returncode == 0 and p.stdout.endswith(" passed, 0 failed\n"), p.stdout + p.stderr


def test_a_project_and_one_warehouse_for_both(tmp_path):
    def starc(face, *words, folder=tmp_path / "shop"):
        env = os.environ | {"STARC_LIBCHDB": face}
        p = subprocess.run([STARC, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
        return p.returncode, p.stdout + p.stderr

    assert starc(FACES["adbc"], "init", "shop", folder=tmp_path)[0] == 0
    days = None
    for face in ("adbc", "c", "adbc"):
        code, text = starc(FACES[face], "build")
        assert code == 0 and "ERROR=0" in text, text
        code, text = starc(FACES[face], "show", "--select", "orders_by_day", "--quiet")
        assert code == 0 and days in (None, text), text
        days = text
    assert starc(FACES["adbc"], "check")[0] == 0
    assert starc(FACES["adbc"], "engine", "path") == (0, FACES["adbc"] + "\n")
    assert starc(FACES["adbc"], "engine", "version")[1].startswith("26.9.")


def test_files_that_are_no_engine(tmp_path):
    whole, cut = pathlib.Path(FACES["adbc"]), tmp_path / "cut.so"
    with whole.open("rb") as f:
        start = f.read(1 << 20)
    cut.write_bytes(start)
    other = tmp_path / "other.so"
    other.write_bytes(start[:18] + bytes([183 if start[18] == 62 else 62]) + start[19:])
    text = tmp_path / "text.so"
    text.write_text("no library" * 100)
    stubs = next((whole.parent.parent / "chdb_core.libs").glob("*.so"))
    cases = [(cut, "is cut short"), (other, "is for another processor"), (text, "is no shared library")]
    cases += [(stubs, "is no embedded ClickHouse")]
    for path, why in cases:
        env = os.environ | {"STARC_LIBCHDB": str(path)}
        p = subprocess.run([STARC, "engine", "path"], env=env, capture_output=True, text=True, timeout=60)
        assert p.returncode == 1 and why in p.stdout + p.stderr, (path, p.stdout, p.stderr)
