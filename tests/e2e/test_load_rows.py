"""Nothing is lost and nothing doubled: a source whose rows come, change and go at random, loaded again and again."""

import collections, datetime, os, random

import pytest
from conftest import ENGINES, rows, profile_for
from source_database import SourceDatabase

START = datetime.datetime(2024, 1, 1)
LAG = datetime.timedelta(minutes=10)
TEXTS = ["a", "", "tab\there", "back\\slash", "Ünï'c\"öde", "\\N", "line\nend", None]
TABLE = """
create table happened (id int primary key, n int, at timestamptz, v text, gone_at timestamp);
"""
AT = {"column": "at", "lag": "10 minutes"}
LOADS = {
    "by_number": {"mode": "append", "cursor": "n"},
    "by_time": {"mode": "append", "cursor": AT},
    "merged": {"mode": "merge", "key": "id", "cursor": AT, "deletes": "compare"},
    "merged_whole": {"mode": "merge", "key": ["id"], "deletes": "compare"},
    "flagged": {"mode": "merge", "key": ["id"], "cursor": AT, "deleted_at": "gone_at"},
    "replaced": {},
}


@pytest.fixture
def source(postgres):
    """In a zone that is nobody's own, with dates as nobody writes them."""
    with SourceDatabase(postgres) as database:
        database(f"alter database {database.name} set timezone to 'Asia/Kolkata'")
        database(f"alter database {database.name} set datestyle to 'German'")
        database(TABLE)
        yield database


@pytest.fixture
def target(postgres):
    with SourceDatabase(postgres) as database:
        database(f"alter database {database.name} set timezone to 'America/New_York'")
        database(f"alter database {database.name} set datestyle to 'SQL, DMY'")
        yield database


def settings(name, request, target, schema):
    more = {"dbname": target.name} if name == "postgres" else {}
    return profile_for(name, request, schema, **more)


def quoted(value):
    if isinstance(value, datetime.datetime):
        return f"'{value}+00'"
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


class World:
    """The source's rows, and what each table must have after the loads so far."""

    def __init__(self, seed):
        self.random, self.now, self.n, self.last_id = random.Random(seed), START, 0, 0
        self.source, self.tables = {}, {name: [] for name in LOADS}
        self.last = {"by_number": None, "by_time": None}

    def row(self, id):
        r = self.random
        n = r.choice([None, self.n, self.n, max(0, self.n - 1), self.n + 1])
        self.n = max(self.n, n or 0)
        late = datetime.timedelta(seconds=r.choice([0, 0, 0, 1, 200, 600]))
        at = r.choice([None] + [self.now - late] * 5)
        gone = self.now.replace(microsecond=0) if r.random() < 0.2 else None
        return (id, n, at, r.choice(TEXTS), gone)

    def changes(self):
        r, out = self.random, []
        for _ in range(r.randint(0, 12)):
            what = r.random()
            self.now += datetime.timedelta(microseconds=r.choice([0, 0, 1, 1000000, 90000000]))
            if what < 0.5 or not self.source:
                self.last_id += 1
                row = self.row(self.last_id)
            elif what < 0.8:
                row = self.row(r.choice(list(self.source)))
                row = (row[0], row[1], row[2] and self.now, *row[3:])  # a change moves its time
            else:
                id = r.choice(list(self.source))
                del self.source[id]
                out.append(f"delete from happened where id = {id};")
                continue
            self.source[row[0]] = row
            values = ", ".join(quoted(v) for v in row)
            out.append(f"delete from happened where id = {row[0]}; insert into happened values ({values});")
        return "begin; set local timezone to 'UTC'; " + "\n".join(out) + "commit;"

    def append(self, name, column, lag):
        last, all_rows = self.last[name], list(self.source.values())
        cursors = [r[column] for r in all_rows if r[column] is not None]
        within = lambda r: r[column] is None or (last is not None and last - lag <= r[column] <= last)
        new = [r for r in all_rows if r[column] is not None and (last is None or r[column] > last)]
        edge = collections.Counter(filter(within, all_rows)) - collections.Counter(filter(within, self.tables[name]))
        self.tables[name] += new + list(edge.elements())
        self.last[name] = max(cursors + ([last] if last is not None else []), default=None)

    def loaded(self):
        everything = list(self.source.values())
        self.append("by_number", 1, 0)
        self.append("by_time", 2, LAG)
        for name in ("merged", "merged_whole", "replaced"):
            self.tables[name] = everything
        flagged = {row[0]: row for row in self.tables["flagged"]}
        flagged.update(self.source)
        self.tables["flagged"] = [row for row in flagged.values() if row[4] is None]


def text(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return "~" if value is None else str(value)


def expected(world):
    lines = lambda table: collections.Counter("|".join(text(v) for v in row) for row in table)
    return {name: lines(table) for name, table in world.tables.items()}


def there(starc, folder, kind):
    """The rows of all tables, each as one text."""
    zone = "to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')" if kind == "postgres" else "toString({})"
    moment = zone.format("at at time zone 'UTC'" if kind == "postgres" else "toTimeZone(at, 'UTC')")
    cast = "cast({} as text)" if kind == "postgres" else "cast({} as Nullable(String))"
    columns = [cast.format("id"), cast.format("n"), moment, cast.format("v"), zone.format("gone_at")]
    row = " || '|' || ".join(f"coalesce({c}, '~')" for c in columns)
    query = " union all ".join(f"select '{name}' as name, {row} as line from {name}.happened" for name in LOADS)
    found = {name: collections.Counter() for name in LOADS}
    for answer in rows(starc, folder, query):
        found[answer["name"]][answer["line"]] += 1
    return found


# An engine that starts anew for each round takes its time: STARC_LOAD_ROUNDS=50 has more of them.
ROUNDS = {"postgres": 8, "clickhouse": 4, "embedded": 2}


@pytest.mark.parametrize("kind, rounds", [(k, int(os.environ.get("STARC_LOAD_ROUNDS", ROUNDS[k]))) for k in ENGINES])
def test_rows_at_random(kind, rounds, request, starc, project, source, target):
    files = {"models/one.sql": "select 1 as one"}
    for name, config in LOADS.items():
        files[f"loads/{name}.yml"] = source.load([{"name": "happened", **config}], name=name, schema=name)
    folder = project(files, profile=settings(kind, request, target, "random_rows"))
    world, seed = World(7), 7
    for round in range(rounds):
        source(world.changes())
        r = starc("load", *(["--full-refresh"] if round == 0 else []), cwd=folder)
        assert r.code == 0, f"seed {seed}, round {round}:\n{r.text}"
        world.loaded()
        found, right = there(starc, folder, kind), expected(world)
        for name in LOADS:
            lost, more = right[name] - found[name], found[name] - right[name]
            assert not lost and not more, f"seed {seed}, round {round}, {name}: lost {lost}, too many {more}"
