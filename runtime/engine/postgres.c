// Postgres through libpq, non-blocking. In: SQL text, sent with the simple protocol so that one
// text may hold several statements. Out: rows one at a time, errors with their byte in the text.
// Leaves transactions to whoever sends BEGIN; says whether one is open.
#include "postgres.h"
#include "library.h"
#include "lock.h"
#include "util.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

// The functions of libpq used here.
#define PQ_FUNCTIONS(X)                                                                            \
  X(PQbackendPID)                                                                                  \
  X(PQcancel)                                                                                      \
  X(PQclear)                                                                                       \
  X(PQcmdStatus)                                                                                   \
  X(PQcmdTuples)                                                                                   \
  X(PQconnectPoll)                                                                                 \
  X(PQconnectStartParams)                                                                          \
  X(PQconsumeInput)                                                                                \
  X(PQerrorMessage)                                                                                \
  X(PQescapeIdentifier)                                                                            \
  X(PQfinish)                                                                                      \
  X(PQflush)                                                                                       \
  X(PQfmod)                                                                                        \
  X(PQfname)                                                                                       \
  X(PQfreeCancel)                                                                                  \
  X(PQfreemem)                                                                                     \
  X(PQftype)                                                                                       \
  X(PQgetCancel)                                                                                   \
  X(PQgetCopyData)                                                                                 \
  X(PQgetResult)                                                                                   \
  X(PQgetisnull)                                                                                   \
  X(PQgetlength)                                                                                   \
  X(PQgetvalue)                                                                                    \
  X(PQisBusy)                                                                                      \
  X(PQnfields)                                                                                     \
  X(PQparameterStatus)                                                                             \
  X(PQputCopyData)                                                                                 \
  X(PQputCopyEnd)                                                                                  \
  X(PQresultErrorField)                                                                            \
  X(PQresultErrorMessage)                                                                          \
  X(PQresultStatus)                                                                                \
  X(PQsendQuery)                                                                                   \
  X(PQserverVersion)                                                                               \
  X(PQsetNoticeReceiver)                                                                           \
  X(PQsetSingleRowMode)                                                                            \
  X(PQsetnonblocking)                                                                              \
  X(PQsocket)                                                                                      \
  X(PQstatus)                                                                                      \
  X(PQtransactionStatus)

static struct { PQ_FUNCTIONS(LIBRARY_MEMBER) } pq; // filled by load_libpq

static bool load_libpq(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      PQ_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {
      .file = "libpq.so.5", .package = "libpq5", .functions = functions, .table = &pq};
  return library_load(&library, a, error);
}

// A connection's way to be told to stop. libpq's call for it has no limit of time, so it runs on a
// thread of its own, which may outlive the session.
typedef struct Canceller {
  PGcancel *cancel;
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t change;
  int users;
  bool asking; // a thread is at it
} Canceller;

typedef struct Pg {
  Session base;
  PGconn *conn;
  Arena arena;                    // connection parameters, role
  const char **names, **values;   // of PQconnectStartParams, ended by NULL
  Str role, host, user, database; // as shown in messages
  double connect_timeout;
  int retries;
  Bell stop;
  const atomic_bool *opening; // ends the wait for a first connection; NULL once there is one
  pthread_mutex_t lock;       // guards canceller and running
  Canceller *canceller;
  bool running;
  bool heard;               // a notice came: the server does something
  bool in_txn;              // after the last statement; survives the connection
  bool posted;              // an answer is to be read that nobody waits for
  PgPrepared prepared;      // postgres_lock.c's
  char *first, *first_lost; // pg_on_reconnect's texts, or NULL
} Pg;

// --- names of types

// The types a warehouse meets, by their fixed numbers. array: number of the array of it, or 0.
static const struct {
  Oid oid, array;
  const char *name;
} pg_types[] = {
    {16,   1000, "boolean"                    },
    {17,   1001, "bytea"                      },
    {18,   1002, "\"char\""                   },
    {19,   1003, "name"                       },
    {20,   1016, "bigint"                     },
    {21,   1005, "smallint"                   },
    {23,   1007, "integer"                    },
    {25,   1009, "text"                       },
    {26,   1028, "oid"                        },
    {114,  199,  "json"                       },
    {142,  143,  "xml"                        },
    {600,  1017, "point"                      },
    {650,  651,  "cidr"                       },
    {700,  1021, "real"                       },
    {701,  1022, "double precision"           },
    {774,  775,  "macaddr8"                   },
    {790,  791,  "money"                      },
    {829,  1040, "macaddr"                    },
    {869,  1041, "inet"                       },
    {1042, 1014, "character"                  },
    {1043, 1015, "character varying"          },
    {1082, 1182, "date"                       },
    {1083, 1183, "time without time zone"     },
    {1114, 1115, "timestamp without time zone"},
    {1184, 1185, "timestamp with time zone"   },
    {1186, 1187, "interval"                   },
    {1266, 1270, "time with time zone"        },
    {1560, 1561, "bit"                        },
    {1562, 1563, "bit varying"                },
    {1700, 1231, "numeric"                    },
    {2205, 2210, "regclass"                   },
    {2249, 2287, "record"                     },
    {2278, 0,    "void"                       },
    {2950, 2951, "uuid"                       },
    {3220, 3221, "pg_lsn"                     },
    {3614, 3643, "tsvector"                   },
    {3615, 3645, "tsquery"                    },
    {3802, 3807, "jsonb"                      },
    {3904, 3905, "int4range"                  },
    {3906, 3907, "numrange"                   },
    {3908, 3909, "tsrange"                    },
    {3910, 3911, "tstzrange"                  },
    {3912, 3913, "daterange"                  },
    {3926, 3927, "int8range"                  },
    {705,  0,    "text"                       }, // "unknown": a literal without a type
};

static Str with_modifier(Arena *a, Oid oid, int mod, const char *name) {
  if (mod < 4)
    return str_c(name);
  if (oid == 1700)
    return str_fmt(a, "%s(%d,%d)", name, ((mod - 4) >> 16) & 0xffff, (mod - 4) & 0x7ff);
  if (oid == 1042 || oid == 1043)
    return str_fmt(a, "%s(%d)", name, mod - 4);
  return str_c(name);
}

static Str type_name(Arena *a, Oid oid, int mod) {
  for (size_t i = 0; i < COUNT(pg_types); i++) {
    if (pg_types[i].oid == oid)
      return with_modifier(a, oid, mod, pg_types[i].name);
    if (pg_types[i].array && pg_types[i].array == oid)
      return str_fmt(a, "%s[]", pg_types[i].name);
  }
  return str_fmt(a, "type %u", oid); // of the user's own making
}

// --- opening

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

static void read_target(Pg *s, const Target *t) {
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
  int64_t port = target_int(t, STR("port"), 5432);
  int64_t idle = target_int(t, STR("keepalives_idle"), 0);
  s->connect_timeout = (double)target_int(t, STR("connect_timeout"), 10);
  s->retries = (int)target_int(t, STR("retries"), 1);
  s->role = str_dup(a, target_str(t, STR("role"), STR("")));
  add_option(s, &n, "host", s->host);
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

// Asks the server to stop what it does. False: it does not answer in time.
static bool ask_to_stop(Pg *s) {
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

static void forget_connection(Pg *s) {
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

// Waits until the socket is ready for `events`. 1 ready, 0 the time is over, -1 asked to stop.
static int wait_socket(Pg *s, short events, double until) {
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
    int ready = wait_socket(s, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
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
    good = wait_socket(s, POLLOUT, until) > 0;
  for (;;) {
    while (good && pq.PQisBusy(s->conn))
      good = wait_socket(s, POLLIN, until) > 0 && pq.PQconsumeInput(s->conn);
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
    forget_connection(s);
    return false;
  }
  pq.PQsetNoticeReceiver(s->conn, quiet, s);
  pthread_mutex_lock(&s->lock);
  s->canceller = canceller_new(s->conn);
  pthread_mutex_unlock(&s->lock);
  if (pq.PQsetnonblocking(s->conn, 1) == 0 && set_role(s, a, until, error) &&
      run_first(s, a, until, error))
    return true;
  forget_connection(s);
  return false;
}

static bool pg_connect(Pg *s, Arena *a, DbError *error, int retries) {
  for (int attempt = 1;; attempt++) {
    bool again;
    if (connect_once(s, a, error, &again))
      return true;
    if (!again || attempt > retries || asked_to_stop(s) ||
        bell_sleep(&s->stop, engine_backoff(attempt + 1)))
      return false;
  }
}

// --- running

static ptrdiff_t byte_position(Str sql, const char *position) {
  long n = position ? strtol(position, NULL, 10) : 0;
  return n < 1 ? -1 : (ptrdiff_t)utf8_offset(sql, (size_t)n - 1);
}

static Str field(Arena *a, const PGresult *r, int code) {
  const char *text = pq.PQresultErrorField(r, code);
  return text ? engine_text(a, str_c(text)) : (Str){0};
}

static Str join_detail(Arena *a, Str detail, Str more) {
  if (!detail.len || !more.len)
    return detail.len ? detail : more;
  return str_fmt(a, "%.*s\n%.*s", STR_ARG(detail), STR_ARG(more));
}

// "COPY t, line 3, column id: "x"" -> 3, id. PostgreSQL counts lines from 1.
static void copy_place(DbError *e, Str context) {
  ptrdiff_t copy = str_starts(context, STR("COPY ")) ? 0 : str_find(context, STR("\nCOPY "), 0);
  ptrdiff_t at = copy < 0 ? -1 : str_find(context, STR(", line "), (size_t)copy);
  if (at < 0)
    return;
  size_t i = (size_t)at + 7;
  for (; i < context.len && isdigit((unsigned char)context.ptr[i]) && e->row < 1000000000; i++)
    e->row = e->row * 10 + (context.ptr[i] - '0');
  Str rest = str_sub(context, i, context.len);
  ptrdiff_t end = str_find(rest, STR(": "), 0), line = str_find(rest, STR("\n"), 0);
  if (end < 0 || (line >= 0 && line < end))
    end = line < 0 ? (ptrdiff_t)rest.len : line;
  if (str_starts(rest, STR(", column ")) && end > 9)
    e->column = str_sub(rest, 9, (size_t)end);
}

// The excerpt of a message may run over lines: "... at or near "'abc".
static Str one_line(Arena *a, Str message) {
  ptrdiff_t end = str_find(message, STR("\n"), 0);
  return end < 0 ? (Str){0} : str_cat(a, str_sub(message, 0, (size_t)end), STR("..."));
}

// "permission denied for schema x" -> what somebody with more rights can do about it.
static Str grant_hint(Arena *a, Str message) {
  static const char *const rights[][2] = {
      {"database", "CREATE ON DATABASE"     },
      {"schema",   "USAGE, CREATE ON SCHEMA"},
      {"table",    "SELECT ON"              },
      {"view",     "SELECT ON"              },
      {"sequence", "USAGE ON SEQUENCE"      },
      {"function", "EXECUTE ON FUNCTION"    },
  };
  Str rest = message, mark = STR("permission denied for ");
  if (!str_starts(rest, mark))
    return STR("the database user needs a right it does not have: GRANT it, or use another user");
  rest = str_sub(rest, mark.len, rest.len);
  ptrdiff_t space = str_find(rest, STR(" "), 0);
  for (size_t i = 0; space > 0 && i < COUNT(rights); i++)
    if (str_eq(str_sub(rest, 0, (size_t)space), str_c(rights[i][0])))
      return str_fmt(a, "the user of the target needs GRANT %s %.*s, or use another user or schema",
                     rights[i][1], STR_ARG(str_sub(rest, (size_t)space + 1, rest.len)));
  return STR("the database user needs a right it does not have: GRANT it, or use another user");
}

// What an error without a position is about: an operator, a type.
static Str named_by(Arena *a, Str code, Str message) {
  Str mark = STR("type "), rest = str_sub(message, mark.len, message.len);
  ptrdiff_t end = str_find(rest, STR(" does not exist"), 0);
  Str twice = engine_word(message, "column \"", "\" specified more than once");
  Str value = STR("invalid input syntax for type ");
  if (str_is(code, "22012"))
    return STR("/"); // division by zero
  if (twice.len)
    return str_dup(a, twice);
  if (str_starts(message, value)) { // it may be cast once: "x::date"
    ptrdiff_t colon = str_find(message, STR(":"), 0);
    return colon < 0 ? (Str){0} : str_dup(a, str_sub(message, value.len, (size_t)colon));
  }
  return str_starts(message, mark) && end > 0 ? str_dup(a, str_sub(rest, 0, (size_t)end))
                                              : (Str){0};
}

// What is the matter with the server or the session rather than with the statement.
static const struct {
  const char *code, *text; // the SQLSTATE, and what the message holds, NULL: anything
  const char *hint;
} busy_cures[] = {
    {"55P03", NULL,
     "another session holds a lock that this needs: wait for it, or raise lock_timeout; who "
     "it is: select pid, query from pg_stat_activity where state <> 'idle'"                             },
    {"57014", "statement timeout",
     "statement_timeout is too short for it: raise it for this user, or with `options` in "
     "profiles.yml"                                                                                     },
    {"57P01", NULL,                "the server ended the connection: is it shutting down?"              },
    {"57P02", NULL,                "the server ended: look at its log, then try again"                  },
    {"57P03", NULL,                "the server is starting up or shutting down: try again in a moment"  },
    {"53100", NULL,                "the disk of the server is full"                                     },
    {"53200", NULL,                "the server has no memory left: fewer threads, or a smaller work_mem"},
    {"53300", NULL,                "the server is full: fewer threads, or raise max_connections"        },
    {"40P01", NULL,                "another session waited for what this one held: run it again"        },
    {"25006", NULL,
     "the server or the session is read-only: is it a standby, or is "
     "default_transaction_read_only on?"                                                                },
};

static void note_busy(DbError *e) {
  for (size_t i = 0; i < COUNT(busy_cures) && !e->busy; i++) {
    Str text = str_c(busy_cures[i].text ? busy_cures[i].text : "");
    e->busy = str_eq(e->code, str_c(busy_cures[i].code)) && str_find(e->message, text, 0) >= 0;
    if (e->busy && !e->hint.len)
      e->hint = str_c(busy_cures[i].hint);
  }
}

// What the SQLSTATE tells beyond that.
// Of a hint as "Perhaps you meant to reference the column "a.id".": the bare name of the column.
static Str nearest_column(Str hint) {
  Str lead = STR("Perhaps you meant to reference the column \"");
  ptrdiff_t end = str_starts(hint, lead) ? str_find(hint, STR("\""), lead.len) : -1;
  Str name = end < 0 ? (Str){0} : str_sub(hint, lead.len, (size_t)end);
  ptrdiff_t dot = str_rfind(name, STR("."));
  return str_sub(name, (size_t)(dot + 1), name.len);
}

static void note_kind(DbError *e) {
  static const struct {
    const char *code, *constraint;
  } broken[] = {
      {"23502", "not_null"   },
      {"23503", "foreign_key"},
      {"42830", "foreign_key"},
      {"23514", "check"      },
      {"23505", "unique"     },
  };
  for (size_t i = 0; i < COUNT(broken); i++)
    if (str_eq(e->code, str_c(broken[i].code)))
      e->constraint = str_c(broken[i].constraint);
  e->syntax = str_is(e->code, "42601");
  e->denied = str_is(e->code, "42501");
  e->deadlock = str_is(e->code, "40P01");
  e->raced = str_is(e->code, "23505") || str_is(e->code, "42P06") || str_is(e->code, "XX000");
  e->unknown_type = engine_word(e->message, "type \"", "\" does not exist");
  e->nearest = nearest_column(e->hint);
}

static void statement_failed(Arena *a, DbError *e, Str sql, const PGresult *r) {
  Str message = field(a, r, PG_DIAG_MESSAGE_PRIMARY);
  if (!message.len)
    message = engine_text(a, str_c(pq.PQresultErrorMessage(r)));
  if (!message.len)
    message = STR("the server gives no reason");
  *e = (DbError){.message = message,
                 .hint = field(a, r, PG_DIAG_MESSAGE_HINT),
                 .code = field(a, r, PG_DIAG_SQLSTATE),
                 .at = byte_position(sql, pq.PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION))};
  e->brief = one_line(a, message);
  e->no_relation = str_is(e->code, "42P01") || str_is(e->code, "3F000");
  e->no_function = str_is(e->code, "42883") && str_starts(message, STR("function "));
  e->timed_out = str_is(e->code, "57014") && str_find(message, STR("statement timeout"), 0) >= 0;
  e->locked = str_is(e->code, "55P03");
  e->no_memory = str_is(e->code, "53200");
  e->alone = str_is(e->code, "25001") || str_is(e->code, "2D000");
  e->no_column = str_is(e->code, "42703");
  e->wrong_type = str_is(e->code, "42804");
  e->wrong_argument = str_is(e->code, "42883") && str_starts(message, STR("operator "));
  e->column_twice = str_is(e->code, "42701");
  note_kind(e);
  note_busy(e);
  e->name = named_by(a, e->code, message);
  copy_place(e, field(a, r, PG_DIAG_CONTEXT));
  if (str_is(e->code, "42501") && !e->hint.len)
    e->hint = grant_hint(a, message);
  e->detail = join_detail(a, field(a, r, PG_DIAG_MESSAGE_DETAIL), field(a, r, PG_DIAG_CONTEXT));
}

// A statement's way through libpq.
typedef struct Run {
  Pg *s;
  Arena *a;
  Str sql; // NUL-terminated
  const RowSink *sink;
  StmtResult *result;
  DbError *error;
  Cell *cells;
  int ncells;
  bool failed, stopped; // an error is recorded; the sink wants no more
  bool answered;        // a result came
  bool may_stop;        // the statement may be cut short without losing anything
  bool cut_short;       // and was
  double until;         // 0: no limit
  double give_up;       // after a cancel: when to stop waiting for the server, 0: not cancelled
  bool timed_out;
  int64_t rows;
  size_t waiting, pieces; // bytes since something of the answer was whole, and in how many pieces
  bool (*write)(void *data, const char *piece, size_t n); // takes what COPY gives, or NULL
  void *write_data;
  bool large, drips; // the answer was given up: too many of them, or too few in each
} Run;

enum { OBEY_S = 5, OBEY_READ_S = 1 };

// The time is over or a cancel came in: the server is told, and gets some seconds to obey.
static bool note_stop(Run *r, int ready) {
  if (r->give_up > 0)
    return engine_now() < r->give_up;
  r->timed_out = ready == 0;
  // again, should the cancel have come before the statement
  r->give_up = engine_now() + (ask_to_stop(r->s) ? OBEY_S : 0);
  return true;
}

static int wait_reply(Run *r, short events) {
  if (r->give_up > 0) { // the bell stays rung: only the socket counts now
    struct pollfd p = {.fd = pq.PQsocket(r->s->conn), .events = events};
    return poll(&p, 1, 200) > 0 ? 1 : 0;
  }
  return wait_socket(r->s, events, r->until);
}

// The sink has what it wanted. A statement that only reads is stopped; any other runs to its end.
static void stop_early(Run *r) {
  if (!r->stopped || !r->may_stop || r->cut_short)
    return;
  r->cut_short = true;
  r->give_up = engine_now() + (ask_to_stop(r->s) ? OBEY_READ_S : 0);
}

// Reads what has come. A message is kept until it is whole: one that gets too long, or that comes
// byte by byte, ends the connection. A server sends what it has in pieces of some KB; that it is
// silent in the middle of one means that it works.
static bool consume(Run *r) {
  enum { PIECES = 1000, SMALL = 64 };
  static const size_t most = (size_t)2 << 30; // no one asked for it
  int n = 0;
  ioctl(pq.PQsocket(r->s->conn), FIONREAD, &n);
  r->s->heard = false;
  if (!pq.PQconsumeInput(r->s->conn))
    return false;
  if (n <= 0)
    return true;
  bool busy = pq.PQisBusy(r->s->conn) && !r->s->heard;
  r->waiting = busy ? r->waiting + (size_t)n : 0;
  r->pieces = busy ? r->pieces + 1 : 0;
  r->large = r->waiting > (r->sink && r->sink->most ? r->sink->most : most);
  r->drips = r->pieces > PIECES && r->waiting < r->pieces * SMALL;
  return !r->large && !r->drips;
}

// Sends what is buffered and reads until a result is whole. False: the connection is of no use.
static bool flush_all(Run *r) {
  int more;
  while ((more = pq.PQflush(r->s->conn)) > 0) {
    int ready = wait_reply(r, POLLIN | POLLOUT);
    if (ready <= 0 && !note_stop(r, ready))
      return false;
    if (ready > 0 && !consume(r))
      return false;
  }
  return more == 0;
}

static bool await_result(Run *r) {
  if (r->give_up > 0 && engine_now() >= r->give_up)
    return false;
  while (pq.PQisBusy(r->s->conn)) {
    int ready = wait_reply(r, POLLIN);
    if (ready <= 0 && !note_stop(r, ready))
      return false;
    if (ready > 0 && !consume(r))
      return false;
  }
  return true;
}

static void tell_columns(Run *r, const PGresult *res) {
  r->ncells = pq.PQnfields(res);
  DbColumn *columns = arena_array(r->a, DbColumn, (size_t)r->ncells);
  r->cells = arena_array(r->a, Cell, (size_t)r->ncells);
  for (int i = 0; i < r->ncells; i++) {
    columns[i].name = str_dup(r->a, str_c(pq.PQfname(res, i)));
    columns[i].type = type_name(r->a, pq.PQftype(res, i), pq.PQfmod(res, i));
  }
  r->stopped =
      r->sink && r->sink->columns && !r->sink->columns(r->sink->data, columns, (size_t)r->ncells);
}

static void tell_row(Run *r, const PGresult *res) {
  r->rows++;
  if (r->stopped || !r->sink || !r->sink->row)
    return;
  size_t bytes = 0;
  for (int i = 0; i < r->ncells; i++)
    bytes += (size_t)pq.PQgetlength(res, 0, i);
  r->large = r->sink->most && bytes > r->sink->most;
  if (r->large)
    return;
  for (int i = 0; i < r->ncells; i++)
    r->cells[i] = (Cell){.text = str_n(pq.PQgetvalue(res, 0, i), (size_t)pq.PQgetlength(res, 0, i)),
                         .is_null = pq.PQgetisnull(res, 0, i)};
  r->stopped = !r->sink->row(r->sink->data, r->cells, (size_t)r->ncells);
}

// "INSERT 0 3" -> message as it is, code "INSERT", 3 rows.
static void command_done(Run *r, PGresult *res) {
  Str tag = str_c(pq.PQcmdStatus(res));
  const char *rows = pq.PQcmdTuples(res);
  size_t word = 0;
  while (word < tag.len && (tag.ptr[word] < '0' || tag.ptr[word] > '9'))
    word++;
  r->result->message = str_dup(r->a, tag);
  r->result->code = str_dup(r->a, str_trim(str_sub(tag, 0, word)));
  r->result->affected = *rows ? strtoll(rows, NULL, 10) : -1;
}

static void refuse_copy_in(Run *r) {
  while (pq.PQputCopyEnd(r->s->conn, "COPY FROM STDIN is not possible here") == 0)
    if (!flush_all(r))
      return;
  flush_all(r);
}

static void drain_copy_out(Run *r) {
  char *line;
  int n;
  while ((n = pq.PQgetCopyData(r->s->conn, &line, 1)) >= 0) {
    if (n > 0)
      pq.PQfreemem(line);
    else if (wait_reply(r, POLLIN) <= 0 || !pq.PQconsumeInput(r->s->conn))
      return;
  }
}

// Hands on what COPY gives, a row at a time. Nobody wants more: the statement is cut short. How it
// ended is the next result.
static void copy_out(Run *r) {
  char *line;
  for (int n; (n = pq.PQgetCopyData(r->s->conn, &line, 1)) >= 0;) {
    if (n > 0) {
      bool more = r->write(r->write_data, line, (size_t)n);
      pq.PQfreemem(line);
      if (more)
        continue;
      r->cut_short = true;
      ask_to_stop(r->s);
      return;
    }
    int ready = wait_reply(r, POLLIN);
    if ((ready <= 0 && !note_stop(r, ready)) || (ready > 0 && !pq.PQconsumeInput(r->s->conn)))
      return;
  }
}

static void one_result(Run *r, PGresult *res, bool *in_rows) {
  r->answered = true;
  switch (pq.PQresultStatus(res)) {
  case PGRES_SINGLE_TUPLE:
    if (!*in_rows)
      tell_columns(r, res);
    *in_rows = true;
    tell_row(r, res);
    break;
  case PGRES_TUPLES_OK:
    if (!*in_rows)
      tell_columns(r, res);
    *in_rows = false;
    command_done(r, res);
    break;
  case PGRES_COMMAND_OK:
    command_done(r, res);
    break;
  case PGRES_EMPTY_QUERY:
    break;
  case PGRES_COPY_IN:
    refuse_copy_in(r);
    break;
  case PGRES_COPY_OUT:
    r->write ? copy_out(r) : drain_copy_out(r);
    break;
  default:
    if (r->cut_short)
      break;
    if (!r->failed)
      statement_failed(r->a, r->error, r->sql, res);
    r->failed = true;
  }
}

static bool connection_lost(Run *r) {
  Str why = engine_text(r->a, str_c(pq.PQerrorMessage(r->s->conn)));
  if (r->large || r->drips)
    ask_to_stop(r->s);
  forget_connection(r->s);
  if (r->cut_short && !r->failed) // what was wanted of it has come
    return true;
  if (r->large)
    return engine_row_too_large(r->a, r->error, r->sink ? r->sink->most : r->waiting);
  if (r->drips)
    why = STR("it sends its answer byte by byte");
  if (r->give_up > 0)
    return engine_fail(r->a, r->error, STR("57014"),
                       "the statement was %s, and the server did not "
                       "confirm it: the connection was closed",
                       r->timed_out ? "stopped after its time limit" : "cancelled");
  return engine_fail_hint(r->a, r->error, STR("it may have run: look before you run it again"),
                          "the connection was lost while the statement ran: %.*s", STR_ARG(why));
}

static bool not_understood(Run *r) {
  forget_connection(r->s);
  return engine_fail_hint(r->a, r->error, STR("is it Postgres? Look before you run it again"),
                          "the server's answer says neither that the statement ran nor that it "
                          "failed");
}

// Reads all results of what was sent: one at least, also of a text without a statement. False:
// failed, r->error says why.
static bool read_results(Run *r) {
  bool in_rows = false;
  for (;;) {
    if (!await_result(r))
      return connection_lost(r);
    PGresult *res = pq.PQgetResult(r->s->conn);
    if (!res && !r->answered)
      return not_understood(r);
    if (!res)
      break;
    bool both = pq.PQresultStatus(res) == PGRES_COPY_BOTH; // of replication: it never ends
    one_result(r, res, &in_rows);
    pq.PQclear(res);
    stop_early(r);
    if (both)
      return not_understood(r);
    if (r->large || pq.PQstatus(r->s->conn) == CONNECTION_BAD)
      return connection_lost(r);
  }
  if (r->failed && r->timed_out)
    engine_fail(r->a, r->error, STR("57014"), "the statement took longer than its time limit");
  return !r->failed;
}

static void set_running(Pg *s, bool running) {
  PGTransactionStatusType t = s->conn ? pq.PQtransactionStatus(s->conn) : PQTRANS_IDLE;
  pthread_mutex_lock(&s->lock);
  s->running = running;
  if (!running) {
    bell_reset(&s->stop);
    s->in_txn = t == PQTRANS_INTRANS || t == PQTRANS_INERROR;
  }
  pthread_mutex_unlock(&s->lock);
}

static bool pg_in_transaction(const Session *session) { return ((const Pg *)session)->in_txn; }

// Whether the idle connection still stands. A server that went away has left a readable socket.
static bool alive(Pg *s) {
  if (!s->conn || pq.PQstatus(s->conn) != CONNECTION_OK)
    return false;
  struct pollfd p = {.fd = pq.PQsocket(s->conn), .events = POLLIN};
  if (poll(&p, 1, 0) > 0 && (!pq.PQconsumeInput(s->conn) || pq.PQstatus(s->conn) != CONNECTION_OK))
    return false;
  return true;
}

// Reads what pg_post's statement answered. False: the connection is of no use.
static bool take_posted(Pg *s) {
  s->posted = false;
  for (;;) {
    while (pq.PQisBusy(s->conn))
      if (wait_socket(s, POLLIN, engine_now() + 10) <= 0 || !pq.PQconsumeInput(s->conn))
        return false;
    PGresult *res = pq.PQgetResult(s->conn);
    if (!res)
      return pq.PQstatus(s->conn) == CONNECTION_OK;
    pq.PQclear(res);
  }
}

void pg_post(Session *session, Str sql) {
  Pg *s = (Pg *)session;
  Arena a = {0};
  if (alive(s) && (!s->posted || take_posted(s)) && pq.PQsendQuery(s->conn, str_cstr(&a, sql))) {
    s->posted = true;
    while (pq.PQflush(s->conn) > 0 && wait_socket(s, POLLIN | POLLOUT, engine_now() + 10) > 0 &&
           pq.PQconsumeInput(s->conn))
      ;
  }
  arena_free(&a);
}

PgPrepared *pg_prepared(Session *session) { return &((Pg *)session)->prepared; }

int pg_server_process(const Session *session) {
  const Pg *s = (const Pg *)session;
  return s->conn ? pq.PQbackendPID(s->conn) : 0;
}

int pg_server_number(const Session *session) {
  const Pg *s = (const Pg *)session;
  return s->conn ? pq.PQserverVersion(s->conn) : 0;
}

// Reopens a connection that was lost between statements.
static bool revive(Pg *s, Arena *a, DbError *error) {
  if (alive(s) && (!s->posted || take_posted(s)))
    return true;
  s->posted = false;
  if (s->conn)
    forget_connection(s);
  if (s->base.once)
    return engine_fail_hint(a, error, STR("nothing was written: run it again"),
                            "the connection was lost");
  if (s->in_txn) {
    s->in_txn = false;
    return engine_fail_hint(a, error, STR("what the transaction did was rolled back"),
                            "the connection was lost in the middle of a transaction");
  }
  return pg_connect(s, a, error, 4);
}

static bool nul_inside(Arena *a, Str sql, DbError *error) {
  const char *nul = sql.len ? memchr(sql.ptr, 0, sql.len) : NULL;
  if (!nul)
    return false;
  engine_fail(a, error, STR(""), "the statement has a NUL byte");
  error->at = nul - sql.ptr;
  return true;
}

static bool send_query(Run *r) {
  if (!pq.PQsendQuery(r->s->conn, r->sql.ptr) || !pq.PQsetSingleRowMode(r->s->conn) ||
      !flush_all(r))
    return connection_lost(r);
  return true;
}

static bool run_once(Run *r, const Stmt *stmt) {
  if (!revive(r->s, r->a, r->error))
    return false;
  if (bell_rung(&r->s->stop))
    return engine_fail(r->a, r->error, STR("57014"), "the statement was cancelled");
  r->until = stmt->timeout > 0 ? engine_now() + stmt->timeout : 0;
  return send_query(r) && read_results(r);
}

static bool pg_exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                    StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, stmt->sql, error))
    return false;
  Run r = {.s = s, .a = a, .sink = sink, .result = result, .error = error};
  r.may_stop = (stmt->idempotent || (sink && sink->cut)) && !s->in_txn;
  r.sql = str_n(str_cstr(a, stmt->sql), stmt->sql.len);
  set_running(s, true);
  bool good = run_once(&r, stmt);
  bool may_repeat = stmt->idempotent && !s->in_txn && !s->base.once && !r.rows;
  if (!good && !s->conn && may_repeat && r.give_up == 0) {
    Run again = {.s = s, .a = a, .sql = r.sql, .sink = sink, .result = result, .error = error};
    good = run_once(&again, stmt);
  }
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

// --- COPY

static bool copy_piece(Run *r, const char *data, size_t n) {
  int put;
  while ((put = pq.PQputCopyData(r->s->conn, data, (int)n)) == 0)
    if (!flush_all(r))
      return false;
  return put > 0 && flush_all(r);
}

static bool copy_data(Run *r, ptrdiff_t (*read)(void *, char *, size_t), void *data) {
  static const size_t room = 128 * 1024;
  char *piece = memory_must(malloc(room));
  ptrdiff_t got = 0;
  bool sent = true;
  while (sent && !bell_rung(&r->s->stop) && (got = read(data, piece, room)) > 0)
    sent = copy_piece(r, piece, (size_t)got);
  free(piece);
  const char *why = bell_rung(&r->s->stop) ? "cancelled"
                    : got < 0              ? "the data cannot be read"
                                           : NULL;
  while (sent && (got = pq.PQputCopyEnd(r->s->conn, why)) == 0)
    sent = flush_all(r);
  return sent && got > 0 && flush_all(r);
}

static bool run_copy(Run *r, ptrdiff_t (*read)(void *, char *, size_t), void *data) {
  if (!revive(r->s, r->a, r->error))
    return false;
  if (!pq.PQsendQuery(r->s->conn, r->sql.ptr) || !flush_all(r) || !await_result(r))
    return connection_lost(r);
  PGresult *res = pq.PQgetResult(r->s->conn);
  bool in_rows = false;
  if (pq.PQresultStatus(res) == PGRES_COPY_IN) {
    r->answered = true;
    pq.PQclear(res);
    if (!copy_data(r, read, data) && pq.PQstatus(r->s->conn) == CONNECTION_BAD)
      return connection_lost(r);
  } else {
    one_result(r, res, &in_rows);
    pq.PQclear(res);
    if (!r->failed)
      r->failed = !engine_fail(r->a, r->error, STR(""),
                               "the statement takes no data: expected COPY "
                               "... FROM STDIN");
  }
  return read_results(r);
}

static bool pg_insert(Session *session, Arena *a, Str head,
                      ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                      StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, head, error))
    return false;
  Run r = {.s = s, .a = a, .result = result, .error = error};
  r.sql = str_n(str_cstr(a, head), head.len);
  set_running(s, true);
  bool good = run_copy(&r, read, data);
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

static bool pg_extract(Session *session, Arena *a, Str sql,
                       bool (*write)(void *data, const char *piece, size_t n), void *data,
                       StmtResult *result, DbError *error) {
  Pg *s = (Pg *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1};
  if (nul_inside(a, sql, error))
    return false;
  Run r = {.s = s, .a = a, .result = result, .error = error, .write = write, .write_data = data};
  Str copy = str_fmt(a, "copy (%.*s) to stdout", STR_ARG(sql));
  r.sql = str_n(str_cstr(a, copy), copy.len);
  set_running(s, true);
  bool good = run_once(&r, &(Stmt){.sql = r.sql});
  if (r.cut_short)
    forget_connection(s);
  set_running(s, false);
  result->seconds = engine_now() - started;
  return good;
}

// --- the rest of the interface

static void pg_cancel(Session *session) {
  Pg *s = (Pg *)session;
  pthread_mutex_lock(&s->lock);
  if (s->running) {
    bell_ring(&s->stop);
    if (s->canceller) {
      pthread_mutex_lock(&s->canceller->lock);
      cancel_start(s->canceller);
      pthread_mutex_unlock(&s->canceller->lock);
    }
  }
  pthread_mutex_unlock(&s->lock);
}

static void pg_close(Session *session) {
  Pg *s = (Pg *)session;
  forget_connection(s);
  bell_close(&s->stop);
  pthread_mutex_destroy(&s->lock);
  free(s->first);
  free(s->first_lost);
  arena_free(&s->arena);
  free(s);
}

static Session *pg_open(const Target *t, const atomic_bool *stop, Arena *a, DbError *error) {
  if (!load_libpq(a, error))
    return NULL;
  Pg *s = memory_must(calloc(1, sizeof *s));
  s->base.engine = &engine_postgres;
  s->opening = stop;
  pthread_mutex_init(&s->lock, NULL);
  read_target(s, t);
  if (!bell_open(&s->stop))
    engine_fail(a, error, STR(""), "cannot open a pipe: %s", strerror(errno));
  else if (pg_connect(s, a, error, s->retries)) {
    s->opening = NULL;
    return &s->base;
  }
  pg_close(&s->base);
  return NULL;
}

static bool pg_version(Session *session, Arena *a, Str *text, int64_t *number, DbError *error) {
  Pg *s = (Pg *)session;
  if (!revive(s, a, error))
    return false;
  const char *version = pq.PQparameterStatus(s->conn, "server_version");
  *text = str_dup(a, str_c(version ? version : ""));
  *number = pq.PQserverVersion(s->conn);
  return true;
}

const Engine engine_postgres = {
    .type = "postgres",
    .driver = "",
    .open = pg_open,
    .exec = pg_exec,
    .insert = pg_insert,
    .extract = pg_extract,
    .cancel = pg_cancel,
    .in_transaction = pg_in_transaction,
    .version = pg_version,
    .close = pg_close,
    .locks = &locks_postgres,
};
