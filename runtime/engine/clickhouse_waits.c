// What ALTER and DELETE wait for on ClickHouse: mutations, which rewrite parts behind the scenes.
// In: a statement. Out: whether its mutation can still be done. Seen with 26.5:
// - A part that has no room on the disk is not begun with, and nothing fails: the statement waits
//   for ever, with the server's default settings.
// - A mutation that throws fails its statement (341), but stays, is tried again for ever, and fails
//   every later one of the table, until it is killed.
#include "clickhouse_common.h"
#include "waits.h"

#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/sql.h"

#include <stdlib.h>

// --- which table

typedef struct Table {
  Str schema, identifier; // without quotes; schema empty: the session's
} Table;

// A name as it is without its quotes.
static Str bare(Arena *a, Str name) {
  if (name.len < 2 || (name.ptr[0] != '`' && name.ptr[0] != '"'))
    return name;
  Buf out = {.arena = a};
  for (size_t i = 1; i + 1 < name.len; i++) {
    bool escapes = name.ptr[i] == '\\' || name.ptr[i] == name.ptr[0];
    i += escapes && i + 2 < name.len;
    buf_addc(&out, name.ptr[i]);
  }
  return buf_str(&out);
}

// Reads "a" or "a.b"; t is its first token.
static Table read_name(Sql *s, SqlToken *t, Arena *a) {
  Str first = bare(a, sql_text(s, t));
  if (!sql_solid(s, t) || !sql_is(s, t, ".") || !sql_solid(s, t))
    return (Table){.identifier = first};
  return (Table){first, bare(a, sql_text(s, t))};
}

// The table of "alter table x ..", "delete from x ..". False: it is another statement.
static bool table_of(Arena *a, Str sql, Table *out) {
  Sql s = sql_open(&sql_clickhouse, sql);
  SqlToken t;
  if (!sql_solid(&s, &t))
    return false;
  const char *second = sql_is(&s, &t, "alter") ? "table" : sql_is(&s, &t, "delete") ? "from" : NULL;
  if (!second || !sql_solid(&s, &t) || !sql_is(&s, &t, second) || !sql_solid(&s, &t))
    return false;
  *out = read_name(&s, &t, a);
  return true;
}

// Adds "(name of database, name of table), .." of a text's statements. False: none is of the kind.
static bool add_tables(Buf *b, Arena *a, Str sql) {
  size_t n, found = 0;
  ChPiece *pieces = ch_split(a, sql, &n);
  for (size_t i = 0; i < n; i++) {
    Table t;
    if (!table_of(a, pieces[i].sql, &t))
      continue;
    buf_add(b, found++ ? STR(", (") : STR("("));
    if (t.schema.len)
      ch_quote(b, t.schema);
    else
      buf_adds(b, "currentDatabase()");
    buf_adds(b, ", ");
    ch_quote(b, t.identifier);
    buf_addc(b, ')');
  }
  return found > 0;
}

static bool ch_may_wait(Arena *a, Str sql) {
  Buf b = {.arena = a};
  return add_tables(&b, a, sql);
}

// --- what is to be done

// A mutation that is not done. Bytes are of its largest part that is still to be rewritten.
typedef struct Mutation {
  Str database, table, id, reason, disk;
  double age, needs, free, inactive;
  bool at_work;
} Mutation;

typedef struct Mutations {
  Arena *arena;
  VEC(Mutation) all;
} Mutations;

static double number(Arena *a, Str text) { return strtod(str_cstr(a, text), NULL); }

static bool mutation_row(void *data, const Cell *c, size_t n) {
  Mutations *m = data;
  Arena *a = m->arena;
  if (n != 10)
    return true;
  Mutation one = {.database = str_dup(a, c[0].text),
                  .table = str_dup(a, c[1].text),
                  .id = str_dup(a, c[2].text),
                  .reason = str_dup(a, c[3].text),
                  .disk = str_dup(a, c[4].text),
                  .age = number(a, c[5].text),
                  .needs = number(a, c[6].text),
                  .free = number(a, c[7].text),
                  .inactive = number(a, c[8].text),
                  .at_work = str_is(c[9].text, "1")};
  vec_push(a, &m->all, one);
  return true;
}

static bool ask(Session *s, Arena *a, const Buf *sql, const RowSink *sink) {
  enum { LIMIT_S = 5 };
  Stmt stmt = {.sql = buf_str(sql), .timeout = LIMIT_S, .idempotent = true};
  StmtResult result;
  DbError ignored;
  return s->engine->exec(s, a, &stmt, sink, &result, &ignored);
}

// The mutations of a statement's tables that are not done, the oldest first.
static bool find(Session *s, Arena *a, Str sql, Mutations *m) {
  Buf b = {.arena = a};
  RowSink sink = {.data = m, .row = mutation_row};
  *m = (Mutations){.arena = a};
  buf_adds(&b,
           "select m.database, m.table, m.mutation_id, any(m.latest_fail_reason), "
           "(select argMax(path, free_space) from system.disks), "
           "any(toUnixTimestamp64Milli(now64(3)) / 1000 - toUnixTimestamp(m.create_time)), "
           "max(p.bytes_on_disk), "
           "(select max(free_space) from system.disks), "
           "(select sum(bytes_on_disk) from system.parts where not active), "
           "(m.database, m.table) in (select database, table from system.merges where is_mutation) "
           "from system.mutations m left join system.parts p on p.database = m.database and "
           "p.table = m.table and p.active and has(m.parts_to_do_names, p.name) "
           "where not m.is_done and (m.database, m.table) in (");
  if (!add_tables(&b, a, sql))
    return false;
  buf_adds(&b,
           ") group by 1, 2, 3, m.create_time order by m.create_time, length(m.mutation_id), 3");
  return ask(s, a, &b, &sink);
}

// --- looking

// ClickHouse begins with a part only where this times its size is free.
static const double ROOM = 1.1;

static WaitState no_room(Arena *a, const Mutation *m, DbError *e) {
  const double mib = 1024 * 1024;
  engine_fail_hint(a, e, str_fmt(a, "free space below %.*s and run it again", STR_ARG(m->disk)),
                   "the disk is full: to change %.*s.%.*s ClickHouse needs %.1f MiB, and %.1f MiB "
                   "are free (NOT_ENOUGH_SPACE)",
                   STR_ARG(m->database), STR_ARG(m->table), ROOM * m->needs / mib, m->free / mib);
  e->code = STR("243");
  e->busy = true;
  return m->needs * ROOM <= m->free + m->inactive ? WAIT_LONG : WAIT_STUCK;
}

static WaitState ch_look(Session *beside, Arena *a, Str sql, DbError *e) {
  Mutations m;
  if (!find(beside, a, sql, &m))
    return WAIT_FINE;
  for (size_t i = 0; i < m.all.n; i++) {
    const Mutation *one = &m.all.items[i];
    if (!one->at_work && one->reason.len)
      return ch_error(a, e, one->reason, 0) ? WAIT_FINE : WAIT_STUCK;
    if (!one->at_work && one->needs * ROOM > one->free)
      return no_room(a, one, e);
  }
  return WAIT_FINE;
}

// --- taking back

static void kill_mutation(Buf *b, const Mutation *m) {
  buf_adds(b, "KILL MUTATION WHERE database = ");
  ch_quote(b, m->database);
  buf_adds(b, " AND table = ");
  ch_quote(b, m->table);
  buf_adds(b, " AND mutation_id = ");
  ch_quote(b, m->id);
}

// One that was there before is nobody's here: the user is told how to be rid of it.
static void tell_other(Arena *a, const Mutation *m, DbError *e) {
  Buf b = {.arena = a};
  buf_adds(&b, "an earlier change of the table stands in the way: ");
  kill_mutation(&b, m);
  e->hint = buf_str(&b);
}

// Ours is what was begun since the statement was sent, if there is one such: other runs are kept
// away by the relation's lock, other programs may be at work on the table too. When a mutation was
// made is told in whole seconds, and asking for it takes a moment.
static void ch_take_back(Session *s, Arena *a, Str sql, double seconds, DbError *e) {
  static const double unsure = 1.25;
  Mutations m;
  if (!find(s, a, sql, &m))
    return;
  const Mutation *own = NULL, *other = NULL;
  size_t young = 0;
  for (size_t i = 0; i < m.all.n; i++) {
    const Mutation *one = &m.all.items[i];
    bool since = one->age < seconds + unsure;
    young += since;
    own = since ? one : own;
    other = !since && one->reason.len && !other ? one : other;
  }
  if (young == 1) {
    Buf b = {.arena = a};
    kill_mutation(&b, own);
    ask(s, a, &b, NULL);
  }
  if (other)
    tell_other(a, other, e);
}

const EngineWaits waits_clickhouse = {
    .may = ch_may_wait, .look = ch_look, .take_back = ch_take_back};
