"""The music store's tables come from a Postgres, twice, with changes in between; the clean layer and the reports are
then what the source's own rows say, on all three targets."""

import shutil
from decimal import Decimal

import pytest
from conftest import ROOT, EMBEDDED, rows
from source_database import SourceDatabase
from test_chinook import environment

# What the store's own system has: its types, its names; when a row changed, where it knows that.
STORE = """
create table "Artist" ("ArtistId" serial primary key, "Name" varchar(120));
create table album (album_id int primary key, title varchar(160) not null, artist_id int not null);
create table genre (genre_id smallint primary key, name varchar(120));
create table media_type (media_type_id int primary key, name varchar(120));
create table track (track_id int primary key, name text not null, album_id int, media_type_id int not null,
  genre_id int, composer varchar(220), milliseconds int not null, bytes int, unit_price numeric(10,2) not null);
create table playlist (playlist_id int primary key, name varchar(120));
create table playlist_track (playlist_id int, track_id int, primary key (playlist_id, track_id));
create table employee (employee_id int primary key, last_name varchar(20) not null, first_name varchar(20) not null,
  title varchar(30), reports_to int, birth_date timestamp, hire_date timestamp, address text, city text, state text,
  country text, postal_code text, phone text, fax text, email text);
create table customer (customer_id int primary key, first_name text not null, last_name text not null, company text,
  address text, city text, state text, country text, postal_code text, phone text, fax text, email text not null,
  support_rep_id int);
create table invoice (invoice_id int primary key, customer_id int not null, invoice_date timestamp not null,
  billing_address text, billing_city text, billing_state text, billing_country text, billing_postal_code text,
  total numeric(10,2) not null);
create table invoice_line (invoice_line_id int primary key, invoice_id int not null, track_id int not null,
  unit_price numeric(10,2) not null, quantity int not null);
"""
TABLES = "Artist album genre media_type track playlist playlist_track employee customer invoice invoice_line".split()
CHANGED_AT = """
alter table track add changed_at timestamptz not null default '2012-01-01';
alter table customer add changed_at timestamptz not null default '2012-01-01', add deleted_at timestamptz;
alter table invoice add changed_at timestamptz not null default '2012-01-01';
alter table invoice_line add changed_at timestamptz not null default '2012-01-01';
"""
CURSOR = {"column": "changed_at", "lag": "1 hour"}
LOADS = [
    {"name": "Artist", "naming": "dlt", "prefix": "chinook", "alias": "artists_group6"},
    {"name": "album", "mode": "merge", "key": "album_id", "deletes": "compare"},
    {"name": "genre"},
    {"name": "media_type", "mode": "append"},
    {"name": "track", "mode": "merge", "key": ["track_id"], "cursor": CURSOR, "deletes": "compare"},
    {"name": "playlist"},
    {"name": "playlist_track", "mode": "merge", "key": ["playlist_id", "track_id"], "deletes": "compare"},
    {"name": "employee"},
    {"name": "customer", "mode": "merge", "key": ["customer_id"], "cursor": CURSOR, "deleted_at": "deleted_at"},
    {"name": "invoice", "mode": "merge", "key": ["invoice_id"], "cursor": CURSOR, "deletes": "compare"},
    {
        "name": "invoice_line",
        "mode": "merge",
        "key": ["invoice_line_id"],
        "cursor": "changed_at",
        "deletes": "compare",
        "naming": "dlt",
        "prefix": "chinook",
        "alias": "invoice_lines_group6",
    },
]
# New, changed and deleted rows; what the store's rules hold to, as that an invoice is the sum of its lines, stays.
CHANGES = """
update "Artist" set "Name" = 'U2 (Dublin)' where "Name" = 'U2';
insert into "Artist" values (276, 'Ünïcode "&" <Söhne>, \\ Ltd');
insert into album values (348, 'Ten Tracks', 276);
update album set title = upper(title) where album_id = 1;
insert into track values (3504, 'One More', 348, 1, 1, null, 1000, 3000000, 0.99, '2012-02-01');
update track set genre_id = 2, changed_at = '2012-02-01' where track_id in
  (select track_id from track where genre_id = 1 order by track_id limit 100);
delete from playlist_track where track_id in (select max(track_id) from track where track_id <= 3503 and track_id not in
  (select track_id from invoice_line));
delete from track where track_id <= 3503 and track_id not in (select track_id from playlist_track);
delete from playlist_track where playlist_id = 8;
delete from playlist where playlist_id = 8;
insert into playlist_track values (1, 3504);
update customer set country = 'Malta', changed_at = '2012-02-01' where customer_id in (6, 26);
insert into customer (customer_id, first_name, last_name, country, email, support_rep_id, changed_at) values
  (60, 'Ada', 'Ünal', 'Malta', 'ada@example.com', 3, '2012-01-31 23:30+00');
update customer set deleted_at = '2012-02-01', changed_at = '2012-02-01' where customer_id = 61;
delete from invoice_line where invoice_id in (5, 6, 7);
delete from invoice where invoice_id in (5, 6, 7);
insert into invoice (invoice_id, customer_id, invoice_date, billing_country, total, changed_at) values
  (413, 60, '2011-12-30', 'Malta', 51.98, '2012-02-01');
insert into invoice_line values (2241, 413, 3504, 0.99, 50, '2012-02-01'), (2242, 413, 1, 2.48, 1, '2012-02-01');
update invoice_line set quantity = 7, changed_at = '2012-02-01' where invoice_id = 1;
update invoice set total = (select sum(unit_price * quantity) from invoice_line l where l.invoice_id = 1),
  changed_at = '2012-02-01' where invoice_id = 1;
"""

# The reports, from the source's rows. `c`: customers that are not deleted.
ANSWERS = {
    "customers_per_tier": """
        select tier, count(*) as customers, sum(spent) as revenue from (
          select coalesce(sum(l.unit_price * l.quantity), 0) as spent, case
            when coalesce(sum(l.unit_price * l.quantity), 0) >= 45 then 'high'
            when coalesce(sum(l.unit_price * l.quantity), 0) >= 40 then 'medium' else 'low' end as tier
          from c left join invoice i using (customer_id) left join invoice_line l using (invoice_id)
          group by c.customer_id) as s group by tier""",
    "revenue_by_genre_and_country": """
        select c.country, g.name as genre_name, sum(l.unit_price * l.quantity) as revenue, sum(l.quantity) as units
        from invoice_line l join invoice i using (invoice_id) join c using (customer_id) join track t using (track_id)
          join genre g using (genre_id) group by 1, 2""",
    "average_unit_price_by_country": """
        select c.country, sum(l.quantity) as units, sum(l.unit_price * l.quantity) as revenue,
          round(sum(l.unit_price * l.quantity) / sum(l.quantity), 4) as average_unit_price
        from invoice_line l join invoice i using (invoice_id) join c using (customer_id) group by 1""",
    "revenue_by_month": """
        select date_trunc('month', invoice_date)::date as month_start, sum(l.unit_price * l.quantity) as revenue
        from invoice_line l join invoice i using (invoice_id) group by 1""",
    "top_tracks": """
        select track_id, t.name as track_name, a.title as album_title, ar."Name" as artist_name, sum(quantity) as units,
          sum(l.unit_price * l.quantity) as revenue
        from invoice_line l join track t using (track_id) join album a using (album_id)
          join "Artist" ar on ar."ArtistId" = a.artist_id
        group by 1, 2, 3, 4 order by sum(quantity) desc, sum(l.unit_price * l.quantity) desc, track_id limit 20""",
}


@pytest.fixture
def store(postgres):
    with SourceDatabase(postgres) as source:
        copies = "".join(f"\\copy \"{t}\" from '{ROOT}/seeds/{snake(t)}.csv' csv header\n" for t in TABLES)
        source(STORE + copies + CHANGED_AT)
        source(
            "insert into customer (customer_id, first_name, last_name, country, email, support_rep_id) values "
            "(61, 'Goes', 'Away', 'Malta', 'goes@example.com', 3)"
        )
        yield source


def snake(name):
    return name.lower()


@pytest.fixture
def target_database(postgres):
    """The rows of a target are alone in it: other tests fill schemas of the same names."""
    with SourceDatabase(postgres) as database:
        yield database.name


def without_seeds(folder, loads):
    """The bundled project with a real ingestion: the seeds and the line with ref() go, nothing else changes."""
    shutil.rmtree(folder / "seeds")
    macro = (folder / "macros/raw.sql").read_text()
    assert "{%- do ref(table) -%}" in macro
    (folder / "macros/raw.sql").write_text(macro.replace("{%- do ref(table) -%}", ""))
    raw = (folder / "schemas/raw.yml").read_text()
    raw = raw[: raw.index("seeds:")] + raw[raw.index("sources:") :]
    for table in loads:
        if "alias" in table:
            name = f"- name: {snake(table['name'])}\n"
            raw = raw.replace(name, f"{name}        identifier: chinook___{table['alias']}\n")
    (folder / "schemas/raw.yml").write_text(raw)
    project = (folder / "project.yml").read_text()
    (folder / "project.yml").write_text(project[: project.index("seeds:\n")] + project[project.index("models:\n") :])


def same(answer):
    """Rows as a set, numbers as numbers."""
    number = lambda v: Decimal(str(v)).normalize() if str(v).replace(".", "", 1).isdigit() else v
    return sorted(tuple(sorted((k, str(number(v))) for k, v in row.items())) for row in answer)


def check_answers(run, folder, store):
    for report, query in ANSWERS.items():
        expected = store.rows("with c as (select * from customer where deleted_at is null)" + query)
        names = ", ".join(expected[0])
        assert same(rows(run, folder, f"select {names} from {{{{ ref('{report}') }}}}")) == same(expected), report


TARGETS = (["demo"] if EMBEDDED else []) + ["clickhouse", "postgres"]


def runner(target, request, starc, target_database):
    env = environment(target, request)
    if target == "postgres":
        env["POSTGRES_DB"] = target_database
    return lambda *a, cwd: starc(*a, "--target", target, cwd=cwd, env=env)


@pytest.mark.parametrize("target", TARGETS)
def test_loaded_twice_with_changes_in_between(target, request, chinook, starc, store, target_database):
    without_seeds(chinook, LOADS)
    (chinook / "loads").mkdir()
    (chinook / "loads/chinook.yml").write_text(store.load(LOADS, name="chinook"))
    run = runner(target, request, starc, target_database)
    for attempt in ("first", "changed", "again"):
        if attempt == "changed":
            store(CHANGES)
        r = run("load", "--full-refresh" if attempt == "first" else "--quiet", cwd=chinook)
        assert r.code == 0, f"{attempt}:\n{r.text}"
        r = run("build", "--full-refresh", cwd=chinook)
        assert r.code == 0, f"{attempt}:\n{r.text}"
        check_answers(run, chinook, store)
        if attempt == "first":
            ask = "select sum(line_total) as n from {{ ref('fct_invoice_line') }}"
            assert Decimal(str(rows(run, chinook, ask)[0]["n"])) == Decimal("2328.60")
    names = rows(run, chinook, "select count(*) as n from raw.chinook___artists_group6 where name = 'U2 (Dublin)'")
    assert int(names[0]["n"]) == 1
    assert int(rows(run, chinook, "select count(*) as n from raw.media_type")[0]["n"]) == 15  # appended three times
    assert int(rows(run, chinook, "select count(*) as n from raw.customer")[0]["n"]) == 60


@pytest.mark.parametrize("target", TARGETS)
def test_rows_that_are_only_appended_repeat_and_the_clean_layer_has_each_once(
    target, request, chinook, starc, store, target_database
):
    loads = [{"name": t, "naming": "dlt", "prefix": "chinook", "alias": f"{snake(t)}s_group6"} for t in TABLES]
    without_seeds(chinook, loads)
    (chinook / "loads").mkdir()
    (chinook / "loads/chinook.yml").write_text(store.load(loads, name="chinook", mode="append"))
    run = runner(target, request, starc, target_database)
    for again in ("--full-refresh", "--quiet"):
        r = run("load", again, cwd=chinook)
        assert r.code == 0, r.text
    for table in TABLES:
        there = rows(run, chinook, f"select count(*) as n from raw.chinook___{snake(table)}s_group6")[0]["n"]
        assert int(there) == 2 * int(store(f'select count(*) from "{table}"')), table
    r = run("build", "--full-refresh", cwd=chinook)
    assert r.code == 0, r.text
    check_answers(run, chinook, store)
