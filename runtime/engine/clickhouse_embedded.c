// The embedded ClickHouse, whoever has its data folder: this process, with the engine inside, or
// another one, which is asked over its socket. In: statements. Out: rows, errors. A session begins
// the one way or the other, and where the process that it went through ends, goes on: as the next
// that has the folder, or through that one. Nothing is sent twice for it: a statement that was
// taken is done before its process ends, and if that one is killed, the statement fails.
#include "../../compiler/base/memory.h"
#include "../../compiler/dialect/sql.h"
#include "clickhouse_inside.h"
#include "data_folder.h"
#include "lock.h"
#include "waits.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Embedded {
  Session base;
  const Target *target;
  Bell stop; // ends a wait for the folder
  Buf kept;  // heap: what SET and USE said, each with its length before it; of a session that can
             // go on elsewhere
  char *folder; // its real path
  int dir;      // socket_path may lead through it; -1
  char socket_path[4096];
  pthread_mutex_t lock; // guards what follows: cancel is called from other threads
  Session *inner;       // NULL: there is none at the moment
  bool own;             // it is the engine of this process
  bool running, cancelled;
} Embedded;

// --- who has the folder

static Session *open_other(Embedded *s, const char *real, const atomic_bool *stop, Arena *a,
                           DbError *error) {
  if (s->dir >= 0)
    close(s->dir);
  if (!data_folder_socket(real, s->socket_path, sizeof s->socket_path, &s->dir)) {
    error->unsent = true;
    return NULL;
  }
  if (access(s->socket_path, R_OK | W_OK) != 0 && errno == EACCES) {
    engine_fail_hint(a, error, STR("wait for it to end, or work as that user"),
                     "the data folder %s is in use by %.*s of another user", real,
                     STR_ARG(data_folder_holder(a, real)));
    error->taken = true;
    return NULL;
  }
  return ch_socket_open(s->target, s->socket_path, data_folder_holder(a, real), stop, a, error);
}

static bool gives_up(Embedded *s, const atomic_bool *stop) {
  return bell_rung(&s->stop) || (stop && atomic_load(stop));
}

// Whose socket is not there yet, or not any more, is asked again for so long.
static double patience(const char *real) {
  static const double COMES_OR_GOES_S = 15, HAS_NOT_SAID_S = 1;
  return data_folder_is_shared(real) ? COMES_OR_GOES_S : HAS_NOT_SAID_S;
}

// Opens the session's inner one, with the engine of this process where the folder can be had. Seen
// from outside a process that is about to give the folder back has it, and lets nobody in.
static Session *find_way(Embedded *s, const atomic_bool *stop, bool *own, Arena *a,
                         DbError *error) {
  Str path = target_str(s->target, STR("path"), STR(".starc/warehouse"));
  double from = engine_now(), pause = 0.002;
  const char *real = NULL;
  if (!path.len) {
    engine_fail(a, error, STR(""), "the target's `path` is empty");
    return NULL;
  }
  for (;;) {
    DbError others = {.at = -1};
    *error = (DbError){.at = -1};
    FolderAnswer answer = data_folder_enter(a, path, &real, error);
    *own = answer == FOLDER_MINE;
    if (answer != FOLDER_FAILED && !s->folder)
      s->folder = memory_must(strdup(real));
    if (answer == FOLDER_MINE)
      return ch_line_open(s->target, real, a, error);
    if (answer == FOLDER_FAILED)
      return NULL;
    Session *inner = open_other(s, real, stop, a, &others);
    if (inner)
      return inner;
    if (!others.unsent) {
      *error = others;
      return NULL;
    }
    if (gives_up(s, stop) || engine_now() - from >= patience(real))
      return NULL; // `taken`
    bell_sleep(&s->stop, pause);
    pause = pause < 0.1 ? pause * 1.5 : pause;
  }
}

// --- what a session keeps

// SET and USE hold for the statements after them, wherever those are run.
static bool is_kept(Str sql) {
  static const char *const words[] = {"set", "use", NULL};
  Sql scan = sql_open(&sql_clickhouse, sql);
  SqlToken t;
  return sql_solid(&scan, &t) && sql_among(&scan, &t, words);
}

static void keep(Embedded *s, Str sql) {
  buf_add(&s->kept, str_n((const char *)&sql.len, sizeof sql.len));
  buf_add(&s->kept, sql);
}

static bool say_again(Session *inner, Str kept, Arena *a, DbError *error) {
  while (kept.len) {
    size_t n;
    StmtResult result;
    memcpy(&n, kept.ptr, sizeof n);
    Stmt stmt = {.sql = str_sub(kept, sizeof n, sizeof n + n)};
    if (!inner->engine->exec(inner, a, &stmt, NULL, &result, error))
      return false;
    kept = str_sub(kept, sizeof n + n, kept.len);
  }
  return true;
}

// --- the inner session

static void detach(Embedded *s) {
  pthread_mutex_lock(&s->lock);
  Session *inner = s->inner;
  s->inner = NULL;
  pthread_mutex_unlock(&s->lock);
  if (inner)
    inner->engine->close(inner);
}

// False: *error; another try may go well.
static bool attach(Embedded *s, const atomic_bool *stop, Arena *a, DbError *error) {
  bool own;
  if (s->inner)
    return true;
  Session *inner = find_way(s, stop, &own, a, error);
  if (!inner)
    return false;
  inner->once = s->base.once;
  pthread_mutex_lock(&s->lock);
  s->inner = inner;
  s->own = own;
  pthread_mutex_unlock(&s->lock);
  if (say_again(inner, buf_str(&s->kept), a, error))
    return true;
  detach(s);
  return false;
}

// --- statements

// What one does with the inner session.
typedef struct Work {
  const Stmt *stmt; // NULL: an insert
  const RowSink *sink;
  Str head;
  ptrdiff_t (*read)(void *data, char *to, size_t room);
  void *data;
} Work;

static bool do_work(Session *inner, Arena *a, const Work *w, StmtResult *result, DbError *error) {
  *error = (DbError){.at = -1};
  return w->stmt ? inner->engine->exec(inner, a, w->stmt, w->sink, result, error)
                 : inner->engine->insert(inner, a, w->head, w->read, w->data, result, error);
}

static void begin(Embedded *s) {
  pthread_mutex_lock(&s->lock);
  s->running = true;
  s->cancelled = false;
  pthread_mutex_unlock(&s->lock);
}

static void end(Embedded *s) {
  pthread_mutex_lock(&s->lock);
  s->running = false;
  bell_reset(&s->stop);
  pthread_mutex_unlock(&s->lock);
}

static bool cancelled(Embedded *s) {
  pthread_mutex_lock(&s->lock);
  bool yes = s->cancelled;
  pthread_mutex_unlock(&s->lock);
  return yes;
}

// Which files an engine opens is settled by the process that has it.
static void hint_files(const Embedded *s, Arena *a, DbError *error) {
  Str holder = data_folder_holder(a, s->folder);
  bool serves = str_ends(holder, STR(" serve)"));
  if (!holder.len)
    holder = STR("another process");
  Str hint = serves ? str_fmt(a,
                              "%.*s has the warehouse open: start that one with --project-files, "
                              "so that its engine opens files of the project",
                              STR_ARG(holder))
                    : str_fmt(a,
                              "%.*s has the warehouse open, and its engine opens the files of its "
                              "own project only: wait for it to end",
                              STR_ARG(holder));
  error->elsewhere = ch_hint_files(error, hint);
}

static bool work(Embedded *s, Arena *a, const Work *w, StmtResult *result, DbError *error) {
  for (;;) {
    bool good =
        attach(s, NULL, a, error) && !cancelled(s) && do_work(s->inner, a, w, result, error);
    if (good || cancelled(s))
      return good || error->code.len ||
             engine_fail(a, error, STR("394"), "the statement was cancelled");
    if (!error->unsent || s->base.once) {
      if (!s->own && !error->unsent)
        hint_files(s, a, error);
      return false;
    }
    detach(s);
  }
}

// Another process takes one statement at a time, and knows which it took.
static bool work_pieces(Embedded *s, Arena *a, const Stmt *stmt, const RowSink *sink,
                        StmtResult *result, DbError *error) {
  size_t n;
  ChPiece *pieces = ch_split(a, stmt->sql, &n);
  *result = (StmtResult){.affected = -1, .code = STR("OK"), .message = STR("OK")};
  for (size_t i = 0; i < n; i++) {
    Stmt one = *stmt;
    one.sql = pieces[i].sql;
    one.query_id = n == 1 ? stmt->query_id : STR("");
    bool good = work(s, a, &(Work){.stmt = &one, .sink = sink}, result, error);
    if (!good && error->at >= 0)
      error->at += (ptrdiff_t)pieces[i].at;
    if (!good)
      return false;
    if (is_kept(one.sql))
      keep(s, one.sql);
  }
  return true;
}

static bool embedded_exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                          StmtResult *result, DbError *error) {
  Embedded *s = (Embedded *)session;
  double started = engine_now();
  begin(s);
  bool good = s->inner && s->own
                  ? do_work(s->inner, a, &(Work){.stmt = stmt, .sink = sink}, result, error)
                  : work_pieces(s, a, stmt, sink, result, error);
  end(s);
  result->seconds = engine_now() - started;
  return good;
}

static bool embedded_insert(Session *session, Arena *a, Str head,
                            ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                            StmtResult *result, DbError *error) {
  Embedded *s = (Embedded *)session;
  begin(s);
  bool good = work(s, a, &(Work){.head = head, .read = read, .data = data}, result, error);
  end(s);
  return good;
}

static void embedded_cancel(Session *session) {
  Embedded *s = (Embedded *)session;
  pthread_mutex_lock(&s->lock);
  bool running = s->running;
  s->cancelled = running;
  if (running)
    bell_ring(&s->stop);
  Session *inner = running ? s->inner : NULL;
  if (inner)
    inner->engine->cancel(inner);
  pthread_mutex_unlock(&s->lock);
}

// --- open and close

static void embedded_close(Session *session) {
  Embedded *s = (Embedded *)session;
  detach(s);
  if (s->dir >= 0)
    close(s->dir);
  bell_close(&s->stop);
  buf_free(&s->kept);
  free(s->folder);
  pthread_mutex_destroy(&s->lock);
  free(s);
}

static Session *embedded_open(const Target *t, const atomic_bool *stop, Arena *a, DbError *error) {
  Embedded *s = memory_must(calloc(1, sizeof *s));
  s->base.engine = &engine_clickhouse_embedded;
  s->target = t;
  s->dir = -1;
  pthread_mutex_init(&s->lock, NULL);
  if (!bell_open(&s->stop))
    engine_fail(a, error, STR(""), "no file handles for a connection");
  else if (attach(s, stop, a, error))
    return &s->base;
  embedded_close(&s->base);
  return NULL;
}

Str ch_embedded_folder(const Session *session) {
  return str_c(((const Embedded *)session)->folder);
}

Session *ch_embedded_own(const Target *t, Arena *a, DbError *error) {
  const char *real;
  Str path = target_str(t, STR("path"), STR(".starc/warehouse"));
  return data_folder_enter(a, path, &real, error) == FOLDER_MINE ? ch_line_open(t, real, a, error)
                                                                 : NULL;
}

bool ch_hint_files(DbError *e, Str hint) {
  bool refused = str_find(e->message, STR("ermission denied"), 0) >= 0 ||
                 str_find(e->message, STR("errno: 13"), 0) >= 0;
  if (!refused)
    return false;
  e->busy = false; // a line of the project is wrong
  e->hint = hint;
  return true;
}

const Engine engine_clickhouse_embedded = {
    .type = "clickhouse",
    .driver = "embedded",
    .names_statements = true,
    .open = embedded_open,
    .exec = embedded_exec,
    .insert = embedded_insert,
    .cancel = embedded_cancel,
    .version = ch_version,
    .waits = &waits_clickhouse,
    .close = embedded_close,
    .locks = &locks_folder,
};
