// Locks on a ClickHouse server: a table beside the relation, made by a plain CREATE TABLE. In: a
// relation. Out: the table is ours, or what its comment says of the holder.
//
// Why one run at a time holds it: of several CREATEs of one name the server lets one succeed. The
// table's one column is named by a mark of this taking. A dead holder's lock is taken over by one
// ALTER that drops the column of the mark that was seen and adds one with the taker's own: it fails
// where the lock has a new holder or is gone, so of several takers one succeeds, and a sign of life
// of the old holder, which names its column too, fails from then on. A holder gives its table back
// only while nobody can have taken it: it was heard of a moment ago.
//
// A holder is dead when its process is gone from this machine, or when its sign of life has not
// changed while it was watched for lock_dead_s(). No clock of another machine is compared.
#include "clickhouse_common.h"
#include "clickhouse_inside.h"
#include "lock.h"

#include "../../compiler/base/hash.h"
#include "../../compiler/dialect/clickhouse/clickhouse.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "starc_lock_"
#define COLUMN "held_"

static Str table_name(Arena *a, const Lock *lock) {
  enum { WHOLE = 60 }; // a longer name is told from others by its key: files have short names
  if (lock->identifier.len <= WHOLE)
    return str_fmt(a, PREFIX "%.*s", STR_ARG(lock->identifier));
  return str_fmt(a, PREFIX "%08llx", (unsigned long long)lock_key(lock->schema, lock->identifier));
}

static void add_table(Buf *b, Arena *a, const Lock *lock) {
  ch_quote_name(b, lock->schema);
  buf_addc(b, '.');
  ch_quote_name(b, table_name(a, lock));
}

// --- the holder's words: who|machine|pid|its start|since|a number that changes|relation

static Str file_line(Arena *a, const char *path) {
  char text[1024];
  FILE *f = fopen(path, "re");
  size_t n = f ? fread(text, 1, sizeof text, f) : 0;
  if (f)
    fclose(f);
  return str_dup(a, str_trim(str_n(text, n)));
}

// Where process numbers mean the same processes: a boot of a machine, and a container on it. Empty:
// not known.
static Str machine(Arena *a) {
  char space[64];
  ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space);
  Str boot = file_line(a, "/proc/sys/kernel/random/boot_id");
  return n > 0 && boot.len ? str_fmt(a, "%.*s-%.*s", STR_ARG(boot), (int)n, space) : STR("");
}

// When a process was started, in the kernel's ticks; empty: there is none, or it is hidden from us.
// *over: it has ended, and nobody has asked for its exit code yet.
static Str process_start(Arena *a, long pid, bool *over) {
  enum { START = 19 }; // words behind the state
  Str line = file_line(a, str_cstr(a, str_fmt(a, "/proc/%ld/stat", pid))), word = {0};
  ptrdiff_t at = str_rfind(line, STR(") ")); // behind the name
  line = at < 0 ? STR("") : str_sub(line, (size_t)at + 2, line.len);
  *over = line.len && (line.ptr[0] == 'Z' || line.ptr[0] == 'X');
  for (int i = 0; i <= START && str_cut(&line, ' ', &word); i++)
    ;
  return str_dup(a, word);
}

static Str own_words(Arena *a, const Lock *lock, unsigned beats) {
  bool over;
  return str_fmt(a, "%.*s|%.*s|%ld|%.*s|%lld|%u|%.*s.%.*s", STR_ARG(lock->who), STR_ARG(machine(a)),
                 (long)getpid(), STR_ARG(process_start(a, getpid(), &over)), (long long)lock->since,
                 beats, STR_ARG(lock->schema), STR_ARG(lock->identifier));
}

typedef struct Words {
  Str who, machine, pid, start, since, beats, relation;
} Words;

static Words words_of(Str comment) {
  Words w = {0};
  Str *const parts[] = {&w.who, &w.machine, &w.pid, &w.start, &w.since, &w.beats};
  for (size_t i = 0; i < COUNT(parts); i++)
    if (!str_cut(&comment, '|', parts[i]))
      break;
  w.relation = comment; // whatever its name is made of
  return w;
}

// Whether the process ran on this machine and is gone.
static bool gone_here(Arena *a, const Words *w) {
  long pid = strtol(str_cstr(a, w->pid), NULL, 10);
  if (pid <= 0 || !w->machine.len || !str_eq(w->machine, machine(a)))
    return false;
  bool over;
  Str start = process_start(a, pid, &over); // of another user it may be hidden
  return (kill((pid_t)pid, 0) && errno == ESRCH) || over || (start.len && !str_eq(start, w->start));
}

// --- statements

static void new_mark(Lock *lock) {
  char id[37];
  size_t n = 0;
  hash_uuid4(id);
  for (size_t i = 0; id[i] && n + 1 < sizeof lock->mark; i++)
    if (id[i] != '-')
      lock->mark[n++] = id[i];
  lock->mark[n] = 0;
  lock->since = (int64_t)time(NULL);
}

static bool has_code(const DbError *e, const char *code) { return str_eq(e->code, str_c(code)); }

// row: what takes the rows; NULL: there are none.
static bool ask(const LockDb *db, Arena *a, const Buf *sql,
                bool (*row)(void *data, const Cell *cells, size_t n), void *data, DbError *error) {
  RowSink sink = {.data = data, .row = row};
  *error = (DbError){.at = -1};
  return db->rows(db->data, a, buf_str(sql), row ? &sink : NULL, error);
}

static bool send(const LockDb *db, Arena *a, const Buf *sql, DbError *error) {
  return ask(db, a, sql, NULL, NULL, error);
}

// The lock's one column: named by a new mark, with the taker's words.
static void add_column(Buf *b, Arena *a, Lock *lock) {
  new_mark(lock);
  buf_addf(b, COLUMN "%s UInt8 comment ", lock->mark);
  ch_quote(b, own_words(a, lock, 0));
}

static bool create(const LockDb *db, Arena *a, Lock *lock, DbError *error) {
  Buf b = {.arena = a};
  buf_adds(&b, "create table ");
  add_table(&b, a, lock);
  buf_adds(&b, " (");
  add_column(&b, a, lock);
  buf_adds(&b, ") engine = Null comment 'a run of starc writes the relation of this name: see "
               "`starc locks`'");
  return send(db, a, &b, error);
}

typedef struct Seen {
  Arena *a;
  Str column, comment;
} Seen;

static bool see_row(void *data, const Cell *cells, size_t n) {
  Seen *s = data;
  if (n == 2) {
    s->column = str_dup(s->a, cells[0].text);
    s->comment = str_dup(s->a, cells[1].text);
  }
  return true;
}

static bool look(const LockDb *db, Arena *a, const Lock *lock, Seen *seen, DbError *error) {
  Buf b = {.arena = a};
  *seen = (Seen){.a = a};
  buf_adds(&b, "select name, comment from system.columns where database = ");
  ch_quote(&b, lock->schema);
  buf_adds(&b, " and table = ");
  ch_quote(&b, table_name(a, lock));
  return ask(db, a, &b, see_row, seen, error);
}

static bool take_over(const LockDb *db, Arena *a, Lock *lock, Str column, DbError *error) {
  Buf b = {.arena = a};
  buf_adds(&b, "alter table ");
  add_table(&b, a, lock);
  buf_adds(&b, " add column ");
  add_column(&b, a, lock);
  buf_adds(&b, ", drop column ");
  ch_quote_name(&b, column);
  return send(db, a, &b, error);
}

// Whether the holder that is seen there is dead. Watches it from the first time on.
static bool is_dead(Arena *a, Lock *lock, const Seen *seen) {
  Words w = words_of(seen->comment);
  char sign[sizeof lock->sign];
  snprintf(sign, sizeof sign, "%.*s %.*s", STR_ARG(seen->column), STR_ARG(w.beats));
  if (strcmp(sign, lock->sign) != 0) {
    memcpy(lock->sign, sign, sizeof sign);
    lock->sign_at = engine_now();
  }
  return gone_here(a, &w) || engine_now() - lock->sign_at >= lock_dead_s();
}

// --- taking

typedef struct Names {
  Arena *a;
  LockFound *found;
} Names;

static bool name_row(void *data, const Cell *cells, size_t n) {
  Names *k = data;
  if (n != 2)
    return true;
  NamedRelation one = {str_dup(k->a, cells[0].text), str_dup(k->a, cells[1].text)};
  vec_push(k->a, k->found, one);
  return true;
}

bool ch_find_names(const LockDb *db, Arena *a, const Lock *lock, LockFound *found, DbError *error) {
  Buf b = {.arena = a};
  Names k = {.a = a, .found = found};
  *found = (LockFound){0};
  buf_adds(&b, "select name, multiIf(engine = 'MaterializedView', 'materialized_view', engine = "
               "'View', 'view', engine = 'Dictionary', 'dictionary', 'table') from system.tables "
               "where database = ");
  ch_quote(&b, lock->schema);
  buf_adds(&b, " and (name = ");
  ch_quote(&b, lock->identifier);
  buf_adds(&b, " or startsWith(name, ");
  ch_quote(&b, lock_beside(a, lock->identifier));
  buf_adds(&b, "))");
  return ask(db, a, &b, name_row, &k, error);
}

static void ch_leave(const LockDb *db, Arena *a, Lock *lock) {
  Buf b = {.arena = a};
  DbError ignored;
  buf_adds(&b, "drop table if exists ");
  add_table(&b, a, lock);
  send(db, a, &b, &ignored);
}

static LockAnswer taken(const LockDb *db, Arena *a, Lock *lock, LockFound *found, DbError *error) {
  if (!found || ch_find_names(db, a, lock, found, error))
    return LOCK_MINE;
  ch_leave(db, a, lock);
  return LOCK_FAILED;
}

// The lock has another holder by now, or none.
static bool is_lost(const DbError *e) {
  return has_code(e, "10") || has_code(e, "16") || has_code(e, "60");
}

// This user may not make such a table, or the server takes none.
static bool may_not(const DbError *e) {
  static const char *const codes[] = {"497", "164", "344", "48", "242"};
  for (size_t i = 0; i < COUNT(codes); i++)
    if (has_code(e, codes[i]))
      return true;
  return false;
}

// Somebody has it: who, and is it dead? *gone: nobody has it any more.
static LockAnswer meet(const LockDb *db, Arena *a, Lock *lock, bool *gone, DbError *error) {
  Seen seen;
  *gone = false;
  if (!look(db, a, lock, &seen, error))
    return LOCK_FAILED;
  *gone = !seen.column.len;
  if (*gone || !is_dead(a, lock, &seen))
    return LOCK_OTHERS;
  lock->over = take_over(db, a, lock, seen.column, error);
  if (lock->over)
    return LOCK_MINE;
  if (may_not(error) || !error->code.len) // else another one was faster
    return error->code.len ? LOCK_CANNOT : LOCK_FAILED;
  *lock->sign = 0;
  return LOCK_OTHERS;
}

static LockAnswer ch_take(const LockDb *db, Arena *a, Lock *lock, LockFound *found,
                          DbError *error) {
  bool gone = true;
  LockAnswer answer = LOCK_OTHERS;
  if (*lock->sign) // who was met already is looked at first: a CREATE that fails is logged
    answer = meet(db, a, lock, &gone, error);
  if (gone && answer == LOCK_OTHERS) {
    if (create(db, a, lock, error))
      answer = LOCK_MINE;
    else if (!has_code(error, "57"))
      return may_not(error) ? LOCK_CANNOT : LOCK_FAILED;
    else
      answer = meet(db, a, lock, &gone, error);
  }
  return answer == LOCK_MINE ? taken(db, a, lock, found, error) : answer;
}

static bool ch_beat(const LockDb *db, Arena *a, Lock *lock, unsigned number, bool *lost,
                    DbError *error) {
  Buf b = {.arena = a};
  buf_adds(&b, "alter table ");
  add_table(&b, a, lock);
  buf_addf(&b, " comment column " COLUMN "%s ", lock->mark);
  ch_quote(&b, own_words(a, lock, number));
  bool good = send(db, a, &b, error);
  *lost = !good && is_lost(error);
  return good;
}

// --- looking

typedef struct Listing {
  void (*each)(void *data, const LockHolder *h);
  void *data;
  Arena *a;
} Listing;

// schema, table, column, comment, seconds since it last changed.
static bool list_row(void *data, const Cell *c, size_t n) {
  Listing *l = data;
  if (n != 5)
    return true;
  Words w = words_of(c[3].text);
  LockHolder h = {.who = w.who,
                  .id = str_fmt(l->a, "%.*s.%.*s", STR_ARG(c[0].text), STR_ARG(c[1].text)),
                  .mark = c[2].text,
                  .relation = w.relation,
                  .since = strtoll(str_cstr(l->a, w.since), NULL, 10)};
  h.dead = gone_here(l->a, &w) || strtod(str_cstr(l->a, c[4].text), NULL) > lock_dead_s();
  l->each(l->data, &h);
  return true;
}

static bool ch_list(const LockDb *db, Arena *a, const Lock *lock,
                    void (*each)(void *data, const LockHolder *h), void *data, DbError *error) {
  Listing l = {each, data, a};
  Buf b = {.arena = a};
  buf_adds(&b, "select c.database, c.table, c.name, c.comment, toUnixTimestamp(now()) - "
               "greatest(toUnixTimestamp(t.metadata_modification_time), toUnixTimestamp(now()) * "
               "(toUnixTimestamp(t.metadata_modification_time) = 0)) from system.columns c join "
               "system.tables t on t.database = c.database and t.name = c.table where ");
  if (lock) {
    buf_adds(&b, "c.database = ");
    ch_quote(&b, lock->schema);
    buf_adds(&b, " and c.table = ");
    ch_quote(&b, table_name(a, lock));
  } else {
    buf_adds(&b, "startsWith(c.table, '" PREFIX "') and t.engine = 'Null'");
  }
  buf_adds(&b, " and startsWith(c.name, '" COLUMN "') order by 1, 2");
  return ask(db, a, &b, list_row, &l, error);
}

static void note_gone(void *data, const LockHolder *h) {
  const Str *wanted = ((void **)data)[0];
  bool *gone = ((void **)data)[1];
  *gone |= str_eq(h->id, *wanted);
}

// A dead run's lock may be taken over in the meantime: it is made nobody's first, if it is still
// the dead one's.
static bool ch_remove(const LockDb *db, Arena *a, Str id, Str mark, bool *gone, DbError *error) {
  void *search[] = {&id, gone};
  ptrdiff_t dot = str_find(id, STR("." PREFIX), 0);
  *gone = false;
  if (dot < 0 || !ch_list(db, a, NULL, note_gone, search, error))
    return dot < 0;
  if (!*gone)
    return true;
  Buf name = {.arena = a}, alter = {.arena = a}, drop = {.arena = a};
  ch_quote_name(&name, str_sub(id, 0, (size_t)dot));
  buf_addc(&name, '.');
  ch_quote_name(&name, str_sub(id, (size_t)dot + 1, id.len));
  buf_addf(&alter, "alter table %.*s add column removed UInt8, drop column ",
           STR_ARG(buf_str(&name)));
  ch_quote_name(&alter, mark);
  buf_addf(&drop, "drop table if exists %.*s", STR_ARG(buf_str(&name)));
  *gone = !mark.len || send(db, a, &alter, error);
  return *gone ? send(db, a, &drop, error) : is_lost(error);
}

// On a cluster the refusal of one of its servers may come as another error.
static bool ch_refuses_twins(const Target *t) { return !clickhouse_on_cluster(t); }

const EngineLocks locks_clickhouse = {.take = ch_take,
                                      .beat = ch_beat,
                                      .refuses_twins = ch_refuses_twins,
                                      .leave = ch_leave,
                                      .list = ch_list,
                                      .remove = ch_remove};
