// Connections to Postgres. In: a target. Out: a connection that libpq drives without blocking, or
// an error with what usually stands behind it. Also how a server is told to stop, and how a wait
// for it ends. Statements are postgres.c's.
#include "postgres_session.h"

#include "../../compiler/base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct PgLibrary pq;

bool pg_load_library(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      PQ_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {
      .file = "libpq.so.5", .package = "libpq5", .functions = functions, .table = &pq};
  return library_load(&library, a, error);
}

// A connection's way to be told to stop. libpq's call for it has no limit of time, so it runs on a
// thread of its own, which may outlive the session.
struct Canceller {
  PGcancel *cancel;
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t change;
  int users;
  bool asking; // a thread is at it
};

static void add_option(Pg *s, size_t *n, const char *name, Str value) {
  if (!value.len)
    return;
  s->names[*n] = name;
  s->values[(*n)++] = str_cstr(&s->arena, value);
}

// search_path and the like travel as "-c name=value"; white space and backslashes are escaped.
static Str server_options(Arena *a, const Target *t) {
  Str path = target_str(t, STR("search_path"), STR(""));
  Buf b = {.arena = a};
  buf_add(&b, target_str(t, STR("options"), STR("")));
  if (path.len)
    buf_addf(&b, "%s-c search_path=", b.len ? " " : "");
  for (size_t i = 0; i < path.len; i++) {
    if (path.ptr[i] == ' ' || path.ptr[i] == '\\')
      buf_addc(&b, '\\');
    buf_addc(&b, path.ptr[i]);
  }
  return buf_str(&b);
}

static void quiet(void *data, const PGresult *notice) {
  ((Pg *)data)->heard = true;
  (void)notice;
}

void pg_read_target(Pg *s, const Target *t) {
  Arena *a = &s->arena;
  static const char *const passed[] = {
      "sslmode",     "sslcert",    "sslkey",          "sslrootcert",          "sslcrl",
      "sslpassword", "gssencmode", "channel_binding", "target_session_attrs", "krbsrvname",
      "hostaddr",    "passfile",   "service"};
  size_t npassed = COUNT(passed), n = 0;
  s->names = arena_array(a, const char *, npassed + 20);
  s->values = arena_array(a, const char *, npassed + 20);
  s->host = str_dup(a, target_str(t, STR("host"), STR("")));
  s->user = str_dup(a, target_str(t, STR("user"), STR("")));
  Str database = t->database.len ? t->database : target_str(t, STR("database"), STR(""));
  s->database = str_dup(a, database);
  bool service = target_str(t, STR("service"), STR("")).len; // which may say the port
  int64_t port = target_int(t, STR("port"), service ? 0 : 5432);
  int64_t idle = target_int(t, STR("keepalives_idle"), 0);
  s->connect_timeout = (double)target_int(t, STR("connect_timeout"), 10);
  s->retries = (int)target_int(t, STR("retries"), 1);
  s->role = str_dup(a, target_str(t, STR("role"), STR("")));
  add_option(s, &n, "host", s->host);
  if (port)
    add_option(s, &n, "port", str_fmt(a, "%lld", (long long)port));
  add_option(s, &n, "user", s->user);
  add_option(s, &n, "password", t->password.hidden);
  add_option(s, &n, "dbname", s->database);
  add_option(s, &n, "application_name", target_str(t, STR("application_name"), STR("starc")));
  add_option(s, &n, "client_encoding", STR("UTF8"));
  add_option(s, &n, "options", server_options(a, t));
  if (idle > 0)
    add_option(s, &n, "keepalives_idle", str_fmt(a, "%lld", (long long)idle));
  for (size_t i = 0; i < npassed; i++)
    add_option(s, &n, passed[i], target_str(t, str_c(passed[i]), STR("")));
}

// What usually stands behind a failed connection, by a piece of libpq's or the server's text.
// clang-format off
static const struct {
  const char *text;
  bool again; // worth another try
  const char *hint;
} connect_cures[] = {
    {"Connection refused",             true,  "nothing listens there: start Postgres, or check host and port"},
    {"No such file or directory",      true,  "no Postgres listens on that socket: start it, or set `host`"},
    {"could not translate host name",  false, "check `host` in profiles.yml"},
    {"password authentication failed", false, "check user and password in profiles.yml"},
    {"invalid port number",            false, "check `port` in profiles.yml"},
    {"no password supplied",           false, "set `password` in profiles.yml"},
    {"does not support SSL",           false, "the server has no TLS: set sslmode: prefer, or disable"},
    {"certificate verify failed",      false,
     "set sslrootcert to the authority that signed the server's certificate, or sslmode: require"},
    {"root certificate file",          false, "set sslrootcert, or sslmode: require"},
    {"server certificate for",         false,
     "`host` must be a name in the server's certificate; else sslmode: verify-ca"},
    {"could not load private key",     false, "check sslkey: its file and its rights (0600)"},
    {"private key file",               false, "check sslkey: its file and its rights (0600)"},
    {"no pg_hba.conf entry",           false,
     "the server allows this host, user or database no connection: pg_hba.conf"},
    {"remaining connection slots",     true,  "the server is full: fewer threads, or raise max_connections"},
    {"too many clients",               true,  "the server is full: fewer threads, or raise max_connections"},
    {"too many connections for",       true,
     "wait for others to end, use fewer threads, or raise its CONNECTION LIMIT; who is connected: select * from "
     "pg_stat_activity"},
    {"starting up",                    true,  "the server is starting up: try again in a moment"},
    {"shutting down",                  true,  "the server is shutting down"},
    {"timeout",                        false, "no answer: check host, port and firewall, or raise connect_timeout"},
    {"does not exist",                 false, "create it, or check `dbname` and `user` in profiles.yml"},
    {"server closed the connection",   true,  "is a Postgres server at that port?"},
    {"invalid response to SSL",        false, "is a Postgres server at that port?"},
    {"expected authentication",        false, "is a Postgres server at that port?"},
    {"SSL SYSCALL error",              true,  "is a Postgres server with TLS at that port?"},
    {"SSL error",                      false, "does the server speak TLS there? sslmode: disable does without"},
    {"permission denied for database", false, "the user may not connect: GRANT CONNECT"},
};
// clang-format on

static bool connect_failed(Pg *s, Arena *a, DbError *error, const char *text) {
  const char *hint = "", *why = text && *text ? text : "no reason given";
  bool again = false;
  for (size_t i = 0; i < COUNT(connect_cures) && !*hint; i++)
    if (strstr(why, connect_cures[i].text)) {
      hint = connect_cures[i].hint;
      again = connect_cures[i].again;
    }
  if (strstr(why, "database \"") && strstr(why, "\" does not exist"))
    hint = str_fmt(a, "create it (createdb %.*s), or check `dbname` in profiles.yml",
                   STR_ARG(s->database))
               .ptr;
  // libpq's own advice stands in further lines, which the hint says shorter.
  Str line = str_c(why);
  ptrdiff_t end = *hint ? str_find(line, STR("\n\t"), 0) : -1;
  if (end > 0)
    line = str_sub(line, 0, (size_t)end);
  engine_fail_hint(a, error, str_c(hint), "%.*s", STR_ARG(line));
  error->unconnected = true;
  return again;
}

static Canceller *canceller_new(PGconn *conn) {
  Canceller *c = memory_must(calloc(1, sizeof *c));
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->change, NULL);
  c->cancel = pq.PQgetCancel(conn);
  c->users = 1;
  return c;
}

static void canceller_leave(Canceller *c) {
  if (!c)
    return;
  pthread_mutex_lock(&c->lock);
  bool last = --c->users == 0;
  pthread_mutex_unlock(&c->lock);
  if (!last)
    return;
  pq.PQfreeCancel(c->cancel);
  pthread_cond_destroy(&c->change);
  pthread_mutex_destroy(&c->lock);
  free(c);
}

static void *cancel_main(void *data) {
  Canceller *c = data;
  char why[256];
  if (c->cancel)
    pq.PQcancel(c->cancel, why, sizeof why);
  pthread_mutex_lock(&c->lock);
  c->asking = false;
  pthread_cond_broadcast(&c->change);
  pthread_mutex_unlock(&c->lock);
  canceller_leave(c);
  return NULL;
}

// With c->lock: starts a thread that asks, unless one is at it.
static void cancel_start(Canceller *c) {
  pthread_t thread;
  if (c->asking)
    return;
  c->asking = true;
  c->users++;
  if (pthread_create(&thread, NULL, cancel_main, c) == 0) {
    pthread_detach(thread);
    return;
  }
  c->asking = false;
  c->users--;
}

bool pg_ask_to_stop(Pg *s) {
  enum { ANSWER_S = 3 };
  pthread_mutex_lock(&s->lock);
  Canceller *c = s->canceller;
  if (c) {
    pthread_mutex_lock(&c->lock);
    c->users++;
  }
  pthread_mutex_unlock(&s->lock);
  if (!c)
    return true;
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += ANSWER_S;
  cancel_start(c);
  while (c->asking && !pthread_cond_timedwait(&c->change, &c->lock, &until))
    ;
  bool answered = !c->asking;
  pthread_mutex_unlock(&c->lock);
  canceller_leave(c);
  return answered;
}

void pg_start_cancel(Pg *s) {
  Canceller *c = s->canceller;
  if (!c)
    return;
  pthread_mutex_lock(&c->lock);
  cancel_start(c);
  pthread_mutex_unlock(&c->lock);
}

void pg_forget(Pg *s) {
  pthread_mutex_lock(&s->lock);
  Canceller *c = s->canceller;
  s->canceller = NULL;
  pthread_mutex_unlock(&s->lock);
  canceller_leave(c);
  pq.PQfinish(s->conn);
  s->conn = NULL;
  s->prepared = (PgPrepared){0};
}

static bool asked_to_stop(const Pg *s) {
  return bell_rung(&s->stop) || (s->opening && atomic_load(s->opening));
}

int pg_wait(Pg *s, short events, double until) {
  enum { LOOK_MS = 100 }; // at a flag that wakes nobody
  for (;;) {
    if (s->opening && atomic_load(s->opening))
      return -1;
    struct pollfd p[2] = {
        {.fd = pq.PQsocket(s->conn), .events = events},
        {.fd = s->stop.fd,           .events = POLLIN}
    };
    double left = until > 0 ? until - engine_now() : 1e6;
    int ms = left > 1e6 - 1 ? -1 : (int)(left * 1000) + 1;
    int n = left <= 0 ? 0 : poll(p, 2, s->opening && (ms < 0 || ms > LOOK_MS) ? LOOK_MS : ms);
    if (n > 0)
      return p[1].revents ? -1 : 1;
    if (n == 0 && until > 0 && engine_now() >= until)
      return 0;
    if (n < 0 && errno != EINTR)
      return 0;
  }
}

static bool connect_steps(Pg *s, double until, const char **why) {
  for (PostgresPollingStatusType step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK;
       step = pq.PQconnectPoll(s->conn)) {
    if (step == PGRES_POLLING_FAILED) {
      *why = pq.PQerrorMessage(s->conn);
      return false;
    }
    int ready = pg_wait(s, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
    if (ready <= 0) {
      *why = ready ? "cancelled" : "timeout expired while connecting";
      return false;
    }
  }
  return true;
}

// Runs one of the statements that a connection begins with, of which the first row's first cell
// counts. False: it failed, is not done in time, or gives another cell than `want` (NULL: any).
static bool run_in_time(Pg *s, const char *sql, double until, const char *want) {
  bool good = pq.PQsendQuery(s->conn, sql);
  while (good && pq.PQflush(s->conn) > 0)
    good = pg_wait(s, POLLOUT, until) > 0;
  for (;;) {
    while (good && pq.PQisBusy(s->conn))
      good = pg_wait(s, POLLIN, until) > 0 && pq.PQconsumeInput(s->conn);
    PGresult *r = good || pq.PQstatus(s->conn) == CONNECTION_BAD ? pq.PQgetResult(s->conn) : NULL;
    if (!r)
      return good;
    ExecStatusType status = pq.PQresultStatus(r);
    good &= want ? status == PGRES_TUPLES_OK && !strcmp(pq.PQgetvalue(r, 0, 0), want)
                 : status == PGRES_COMMAND_OK;
    pq.PQclear(r);
  }
}

static bool set_role(Pg *s, Arena *a, double until, DbError *error) {
  if (!s->role.len)
    return true;
  char *name = pq.PQescapeIdentifier(s->conn, s->role.ptr, s->role.len);
  Str sql = str_fmt(a, "SET ROLE %s", name ? name : "none");
  pq.PQfreemem(name);
  bool good = run_in_time(s, sql.ptr, until, NULL);
  const char *why = pq.PQerrorMessage(s->conn);
  return good || engine_fail_hint(a, error, STR("check `role` in profiles.yml"), "%s",
                                  *why ? why : "no answer within connect_timeout");
}

void pg_on_reconnect(Session *session, Str sql, Str lost) {
  Pg *s = (Pg *)session;
  free(s->first);
  free(s->first_lost);
  s->first = sql.len ? memory_must(strndup(sql.ptr, sql.len)) : NULL;
  s->first_lost = sql.len ? memory_must(strndup(lost.ptr, lost.len)) : NULL;
}

static bool run_first(Pg *s, Arena *a, double until, DbError *error) {
  return !s->first || run_in_time(s, s->first, until, "t") ||
         engine_fail_hint(a, error, STR("run it again"), "%s", s->first_lost);
}

// One attempt. *again: the failure may pass.
static bool connect_once(Pg *s, Arena *a, DbError *error, bool *again) {
  const char *why = NULL;
  double until = engine_now() + s->connect_timeout;
  *again = false;
  s->conn = memory_must(pq.PQconnectStartParams(s->names, s->values, 0));
  bool good = pq.PQstatus(s->conn) != CONNECTION_BAD && connect_steps(s, until, &why);
  if (!good) {
    *again = connect_failed(s, a, error, why ? why : pq.PQerrorMessage(s->conn));
    pg_forget(s);
    return false;
  }
  pq.PQsetNoticeReceiver(s->conn, quiet, s);
  pthread_mutex_lock(&s->lock);
  s->canceller = canceller_new(s->conn);
  pthread_mutex_unlock(&s->lock);
  if (pq.PQsetnonblocking(s->conn, 1) == 0 && set_role(s, a, until, error) &&
      run_first(s, a, until, error))
    return true;
  pg_forget(s);
  return false;
}

bool pg_connect(Pg *s, Arena *a, DbError *error, int retries) {
  for (int attempt = 1;; attempt++) {
    bool again;
    if (connect_once(s, a, error, &again))
      return true;
    if (!again || attempt > retries || asked_to_stop(s) ||
        bell_sleep(&s->stop, engine_backoff(attempt + 1)))
      return false;
  }
}
