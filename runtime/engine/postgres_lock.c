// Locks on Postgres: advisory locks of the session, in a class of starc's own. They end with the
// session, also when the program is killed, and need no right and no table. In: a relation. Out:
// one round trip that takes the lock and then reads what is there of the relation's names.
#include "lock.h"
#include "postgres.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// "strc": the first of an advisory lock's two numbers. The second is the relation.
enum { LOCK_CLASS = 0x73747263 };

static void literal(Buf *b, Str s) {
  buf_adds(b, "'");
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\'')
      buf_addc(b, '\'');
    buf_addc(b, s.ptr[i]);
  }
  buf_addc(b, '\'');
}

static int32_t key_of(const Lock *lock) {
  return (int32_t)(uint32_t)lock_key(lock->schema, lock->identifier);
}

// --- taking

// What is there of a name and of those between two others. Planning it takes longer than the rest
// of a lock, so it is prepared. Names are compared by bytes, which their index serves.
static const char prepare_names[] =
    "prepare starc_names(name, name, name, name) as\n"
    "select c.relname, case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' "
    "else 'table' end\n"
    "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n"
    "where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname = $1\n"
    "  and (c.relname = $2 or c.relname >= $3 and c.relname < $4)";

// A text behind all names that begin with `s`: its last ASCII character is one more. What a name in
// other letters has behind that one is listed too, which does no harm.
static Str behind(Arena *a, Str s) {
  size_t n = s.len;
  while (n && (unsigned char)s.ptr[n - 1] >= 0x7e)
    n--;
  return n ? str_fmt(a, "%.*s%c", (int)n - 1, s.ptr, s.ptr[n - 1] + 1) : STR("~");
}

// A column that tells the server to look, in the middle of a statement, whether the client is still
// there: the statement and the lock of a killed run end soon. 14 and newer; other systems than
// Linux may refuse it.
static void watch_client(Buf *b, const Session *session) {
  if (pg_server_number(session) >= 140000)
    buf_addf(b,
             ", case when pg_catalog.version() ~ 'linux' and "
             "current_setting('client_connection_check_interval', true) = '0' then "
             "set_config('client_connection_check_interval', '%d', false) end",
             (int)(lock_beat_s() * 1000));
}

// The session's name tells the others who it is, and since when it has the lock.
static void name_session(Buf *b, const Lock *lock) {
  if (lock->named)
    return;
  buf_adds(b, ", set_config('application_name', ");
  literal(b, lock->who);
  buf_adds(b, " || to_char(clock_timestamp() at time zone 'utc', "
              "'\" since \"MM-DD\"T\"HH24:MI:SS\"Z\"'), false)");
}

// For this message: the server plans the look at the names once a session, not each time.
static void plan_once(Buf *b, const Session *session) {
  if (pg_server_number(session) >= 120000)
    buf_adds(b, ", set_config('plan_cache_mode', 'force_generic_plan', true)");
}

// The lock of a message, which ends with it. Prepared with the first lock that a session takes, by
// which it is known that there are some. What it fails with is no constant, which planning would
// stumble over.
static const char another_has_it[] = "starc: another run has the lock";
static const char not_in_this_way[] = "starc: no lock can be taken in this way";

static void prepare_along(Buf *b, const Session *session, const Lock *lock) {
  buf_addf(b,
           ";\nprepare starc_lock(int) as\n"
           "select cast(case when pg_backend_pid() <> %d\n"
           "    or current_setting('transaction_isolation') <> 'read committed' then '%s'\n"
           "  when not pg_try_advisory_xact_lock(%d, $1) then '%s' else '0' end as int)",
           pg_server_process(session), not_in_this_way, LOCK_CLASS, another_has_it);
  name_session(b, lock);
}

// Later statements of one text see what was committed while the first one ran, in the isolation
// that the first line asks for.
static Str take_sql(Arena *a, const LockDb *db, const Lock *lock) {
  Buf b = {.arena = a};
  Str beside = lock_beside(a, lock->identifier);
  Str names[] = {lock->schema, lock->identifier, beside, behind(a, beside)};
  buf_addf(&b,
           "set transaction isolation level read committed;\n"
           "select case when pg_backend_pid() = %d then pg_try_advisory_lock(%d, %d) end",
           pg_server_process(db->session), LOCK_CLASS, (int)key_of(lock));
  name_session(&b, lock);
  plan_once(&b, db->session);
  if (!pg_prepared(db->session)->names)
    watch_client(&b, db->session);
  if (!pg_prepared(db->session)->names) {
    buf_addf(&b, ";\n%s", prepare_names);
    prepare_along(&b, db->session, lock);
  }
  buf_adds(&b, ";\nexecute starc_names(");
  for (size_t i = 0; i < COUNT(names); i++) {
    buf_add(&b, i ? STR(", ") : STR(""));
    literal(&b, names[i]);
  }
  buf_addc(&b, ')');
  return buf_str(&b);
}

typedef struct Taking {
  Arena *a;
  LockFound *found;
  int results;
  bool mine, pooled;
} Taking;

static bool take_columns(void *data, const DbColumn *columns, size_t n) {
  (void)columns, (void)n;
  ((Taking *)data)->results++;
  return true;
}

static bool take_row(void *data, const Cell *cells, size_t n) {
  Taking *t = data;
  if (t->results == 1) {
    t->pooled = cells[0].is_null;
    t->mine = !cells[0].is_null && str_is(cells[0].text, "t");
    return true;
  }
  if (n < 2)
    return true;
  NamedRelation one = {str_dup(t->a, cells[0].text), str_dup(t->a, cells[1].text)};
  vec_push(t->a, t->found, one);
  return true;
}

static Str leave_sql(Arena *a, const Lock *lock) {
  return str_fmt(a, "select pg_advisory_unlock(%d, %d)", LOCK_CLASS, (int)key_of(lock));
}

// A connection that is made anew in the middle of a node takes the lock again, or is given up.
static void keep_over_reconnect(const LockDb *db, Arena *a, const Lock *lock) {
  pg_on_reconnect(
      db->session, str_fmt(a, "select pg_try_advisory_lock(%d, %d)", LOCK_CLASS, (int)key_of(lock)),
      str_fmt(a,
              "the connection was lost, and with it the lock on %.*s.%.*s, which another run of "
              "starc has taken",
              STR_ARG(lock->schema), STR_ARG(lock->identifier)));
}

// The function is not there, or may not be called: a database that only speaks like Postgres.
static bool has_none(const DbError *e) {
  static const char *const codes[] = {"42883", "42501", "0A000", "42704"};
  for (size_t i = 0; i < COUNT(codes); i++)
    if (str_eq(e->code, str_c(codes[i])))
      return true;
  return false;
}

// The session has other statements prepared than it was seen to have: a hook or a pooler did it.
static bool not_prepared(const DbError *e) {
  return str_is(e->code, "26000") || str_is(e->code, "42P05");
}

// Sends it once. A lock that was taken and is followed by an error is given back.
static bool ask(const LockDb *db, Arena *a, const Lock *lock, Taking *t, DbError *error) {
  RowSink sink = {.data = t, .columns = take_columns, .row = take_row};
  *t = (Taking){.a = a, .found = t->found};
  *t->found = (LockFound){0};
  Str sql = take_sql(a, db, lock);
  pg_prepared(db->session)->names = true;
  if (db->rows(db->data, a, sql, &sink, error))
    return true;
  if (t->mine)
    pg_post(db->session, leave_sql(a, lock));
  return false;
}

static LockAnswer pg_take(const LockDb *db, Arena *a, Lock *lock, LockFound *found,
                          DbError *error) {
  Taking t = {.a = a, .found = found};
  bool good = false, again = true;
  // Once more for each: what was prepared is otherwise than thought, and the session was lost and
  // made anew under the question, which names the process of the old one.
  for (int i = 0; i < 3 && again; i++) {
    int process = pg_server_process(db->session);
    good = ask(db, a, lock, &t, error);
    bool anew = process != pg_server_process(db->session);
    again = anew || (!good && !t.pooled && not_prepared(error));
    if (again && !good && not_prepared(error))
      pg_prepared(db->session)->names = str_is(error->code, "42P05");
  }
  if (!good && !(t.pooled && not_prepared(error)))
    return has_none(error) ? LOCK_CANNOT : LOCK_FAILED;
  if (t.pooled) {
    engine_fail(a, error, STR(""),
                "a connection pooler stands before the server, and may give each statement another "
                "session (pool_mode = session and a direct connection do not)");
    return LOCK_CANNOT;
  }
  if (!t.mine)
    return LOCK_OTHERS;
  keep_over_reconnect(db, a, lock);
  return LOCK_MINE;
}

static void pg_leave(const LockDb *db, Arena *a, Lock *lock) {
  pg_on_reconnect(db->session, STR(""), STR(""));
  pg_post(db->session, leave_sql(a, lock));
}

// --- with a statement that is all of a node

static Str pg_along(Session *session, Arena *a, const Lock *lock) {
  const PgPrepared *p = pg_prepared(session);
  return p->names && !p->alone ? str_fmt(a, "execute starc_lock(%d);\n", (int)key_of(lock))
                               : (Str){0};
}

// Also where what the statement makes is there already: made by another run, or by a person.
static bool pg_left_behind(Session *session, const DbError *error) {
  PgPrepared *p = pg_prepared(session);
  bool gone = not_prepared(error) && str_find(error->message, STR("starc_lock"), 0) >= 0;
  bool never = str_find(error->message, str_c(not_in_this_way), 0) >= 0 ||
               (has_none(error) && str_find(error->message, STR("pg_try_advisory_xact"), 0) >= 0);
  p->names &= !gone;
  p->alone |= never;
  return gone || never || str_find(error->message, str_c(another_has_it), 0) >= 0 ||
         str_is(error->code, "42P07");
}

// --- a view in the place of a view

// `create or replace view` keeps what hangs on the view. So that nothing depends on whether a view
// was replaced or made anew, it is replaced only where it has what a new one has: this owner, the
// rights that `alter default privileges` gives, no comment, trigger, rule or default. $2, $3:
// rights and comments are made what the config says afterwards; there may be no default privileges
// then, which that would take away. Prepared, since planning it takes longer than the rest. Where a
// view has rights, which most have not, they are compared by a longer form, from then on.
#define GUARD_OPENS                                                                                \
  "select cast(case when c.relkind <> 'v' or c.relhastriggers\n"                                   \
  "    or pg_catalog.pg_get_userbyid(c.relowner) <> current_user\n"                                \
  "    or exists (\n"                                                                              \
  "      select from pg_catalog.pg_attribute t\n"                                                  \
  "      where t.attrelid = c.oid and (t.atthasdef or t.attacl is not null)\n"                     \
  "      union all select from pg_catalog.pg_rewrite r\n"                                          \
  "      where r.ev_class = c.oid and r.rulename <> '_RETURN'\n"                                   \
  "      union all select from pg_catalog.pg_seclabel l\n"                                         \
  "      where l.objoid = c.oid and l.classoid = 'pg_catalog.pg_class'::regclass\n"                \
  "      union all select from pg_catalog.pg_description d\n"                                      \
  "      where d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass and not $3\n"     \
  "      union all select from pg_catalog.pg_default_acl d\n"                                      \
  "      where d.defaclobjtype = 'r' and d.defaclrole = c.relowner\n"                              \
  "        and d.defaclnamespace in (0, c.relnamespace) and ($2 or c.relacl is null))\n"
#define GUARD_ENDS                                                                                 \
  "  else '0' end as int)\n"                                                                       \
  "from pg_catalog.pg_class c where c.oid = to_regclass($1);\n"
#define NOT_AS_NEW "starc: not what a new view would be"
#define HAS_RIGHTS "starc: the view has rights"

static const char prepare_guard[] =
    "prepare starc_as_new(text, bool, bool) as\n" GUARD_OPENS "  then '" NOT_AS_NEW
    "' when not $2 and c.relacl is not null then '" HAS_RIGHTS "'\n" GUARD_ENDS;
static const char prepare_guard_of_rights[] =
    "prepare starc_as_new_with_rights(text, bool, bool) as\n" GUARD_OPENS
    "    or (not $2 and c.relacl is not null\n"
    "      and (select array_agg(distinct a::text order by a::text)\n"
    "        from pg_catalog.aclexplode(c.relacl) a)\n"
    "      is distinct from (select array_agg(distinct a::text order by a::text) from (\n"
    "        select pg_catalog.acldefault('r', c.relowner) as acl\n"
    "        where not exists (select from pg_catalog.pg_default_acl d\n"
    "          where d.defaclobjtype = 'r' and d.defaclrole = c.relowner and d.defaclnamespace = "
    "0)\n"
    "        union all select d.defaclacl from pg_catalog.pg_default_acl d\n"
    "        where d.defaclobjtype = 'r' and d.defaclrole = c.relowner\n"
    "          and d.defaclnamespace in (0, c.relnamespace)\n"
    "      ) s, pg_catalog.aclexplode(s.acl) a))\n"
    "  then '" NOT_AS_NEW "'\n" GUARD_ENDS;

// What follows a failure in a transaction is not this statement again.
static Str pg_guard(Session *session, Arena *a, const DbPlace *place) {
  Buf b = {.arena = a};
  PgPrepared *p = pg_prepared(session);
  bool rights = p->rights || place->opened;
  bool *prepared = rights ? &p->guard_of_rights : &p->guard;
  if (!place->view.len)
    return (Str){0};
  if (!*prepared)
    buf_add(&b, str_c(rights ? prepare_guard_of_rights : prepare_guard));
  *prepared = true;
  buf_addf(&b, "execute starc_as_new%s(", rights ? "_with_rights" : "");
  literal(&b, place->view);
  buf_addf(&b, ", %s, %s);\n", place->rights ? "true" : "false",
           place->comments ? "true" : "false");
  return buf_str(&b);
}

// Also where the session proves to have other statements prepared: an earlier message failed before
// it prepared one, or a hook or a pooler did it.
static bool pg_looks_closer(Session *session, const DbPlace *place, const DbError *error) {
  PgPrepared *p = pg_prepared(session);
  if (!place->view.len || place->opened)
    return false;
  bool other = not_prepared(error) && str_find(error->message, STR("starc_as_new"), 0) >= 0;
  bool rights = !p->rights && str_find(error->message, STR(HAS_RIGHTS), 0) >= 0;
  if (other)
    p->guard = p->guard_of_rights = str_is(error->code, "42P05");
  p->rights |= rights;
  return other || rights;
}

// Columns that went, got another name or type; no view; the guard's own; a session that the guard
// is not prepared in, as a pooler or a hook may see to.
static bool pg_refuses(Session *session, const DbPlace *place, const DbError *error) {
  static const char *const codes[] = {"42P16", "42809"};
  bool no_guard = not_prepared(error);
  bool refuses = no_guard || str_find(error->message, STR(NOT_AS_NEW), 0) >= 0;
  if (no_guard) {
    PgPrepared *p = pg_prepared(session);
    p->guard = p->guard_of_rights = str_is(error->code, "42P05");
  }
  for (size_t i = 0; i < COUNT(codes); i++)
    refuses |= str_eq(error->code, str_c(codes[i]));
  return place->view.len && refuses;
}

// --- looking

typedef struct Listing {
  void (*each)(void *data, const LockHolder *h);
  void *data;
} Listing;

// "starc build ana@laptop:4711 since 11-29T14:03:12Z", as it was set by take_sql, in its two parts.
static Str split_since(Str name, int64_t *since) {
  struct tm t = {0}, now;
  time_t clock = time(NULL);
  ptrdiff_t at = str_rfind(name, STR(" since "));
  Str text = at < 0 ? STR("") : str_sub(name, (size_t)at + 7, name.len);
  Arena a = {0};
  gmtime_r(&clock, &now);
  int got = sscanf(str_cstr(&a, text), "%2d-%2dT%2d:%2d:%2dZ", &t.tm_mon, &t.tm_mday, &t.tm_hour,
                   &t.tm_min, &t.tm_sec);
  arena_free(&a);
  *since = 0;
  if (got != 5 || !str_starts(name, STR("starc ")))
    return name;
  t.tm_mon--;
  t.tm_year = now.tm_year - (t.tm_mon > now.tm_mon); // it was in the old year
  *since = (int64_t)timegm(&t);
  return str_sub(name, 0, (size_t)at);
}

static bool list_row(void *data, const Cell *c, size_t n) {
  Listing *l = data;
  LockHolder h = {.id = c[0].text};
  Arena a = {0};
  (void)n;
  h.key = strtoll(str_cstr(&a, c[1].text), NULL, 10);
  h.who = split_since(c[2].text, &h.since);
  if (!h.since) // a name that the profile gives
    h.who = str_fmt(&a, "%.*s%suser %.*s%s%.*s, server process %.*s", STR_ARG(c[2].text),
                    c[2].text.len ? ", " : "", STR_ARG(c[3].text), c[4].text.len ? " at " : "",
                    STR_ARG(c[4].text), STR_ARG(c[0].text));
  l->each(l->data, &h);
  arena_free(&a);
  return true;
}

static bool pg_list(const LockDb *db, Arena *a, const Lock *lock,
                    void (*each)(void *data, const LockHolder *h), void *data, DbError *error) {
  Listing l = {each, data};
  RowSink sink = {.data = &l, .columns = NULL, .row = list_row};
  Str one = lock ? str_fmt(a, " and l.objid::bigint = %lld",
                           (long long)lock_key(lock->schema, lock->identifier))
                 : STR("");
  return db->rows(
      db->data, a,
      str_fmt(a,
              "select l.pid, l.objid::bigint, coalesce(s.application_name, ''), "
              "coalesce(s.usename::text, ''), coalesce(host(s.client_addr), '')\n"
              "from pg_catalog.pg_locks l\n"
              "left join pg_catalog.pg_stat_activity s on s.pid = l.pid\n"
              "where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and "
              "l.classid::bigint = %d and l.database = (select d.oid from pg_catalog.pg_database "
              "d where d.datname = current_database())%.*s\norder by 1, 2",
              LOCK_CLASS, STR_ARG(one)),
      &sink, error);
}

static bool remove_row(void *data, const Cell *c, size_t n) {
  (void)n;
  *(bool *)data = !c[0].is_null && str_is(c[0].text, "t");
  return true;
}

// The lock is the session's: the session is ended.
static bool pg_remove(const LockDb *db, Arena *a, Str id, Str mark, bool *gone, DbError *error) {
  RowSink sink = {.data = gone, .columns = NULL, .row = remove_row};
  (void)mark;
  *gone = false;
  return db->rows(db->data, a,
                  str_fmt(a,
                          "select pg_terminate_backend(pid) from (select distinct pid from "
                          "pg_catalog.pg_locks where locktype = 'advisory' and objsubid = 2 and "
                          "classid::bigint = %d) l where pid = %lld",
                          LOCK_CLASS, strtoll(str_cstr(a, id), NULL, 10)),
                  &sink, error);
}

const EngineLocks locks_postgres = {.take = pg_take,
                                    .leave = pg_leave,
                                    .along = pg_along,
                                    .left_behind = pg_left_behind,
                                    .guard = pg_guard,
                                    .looks_closer = pg_looks_closer,
                                    .refuses = pg_refuses,
                                    .list = pg_list,
                                    .remove = pg_remove};
