// The embedded ClickHouse by ADBC: _chdb.abi3.so of the Python package. In: SQL. Out: the same
// texts as by the C functions (chdb_c.c). Arrow has no words for many of ClickHouse's types (their
// names are lost, some are refused), so the engine itself writes the rows of a query as text, into
// a pipe: "INSERT INTO FUNCTION file(..) SELECT ..". Statements about the database answer in
// Arrow, in plain columns. Seen with 26.9.2: FORMAT and INTO OUTFILE have no effect here.
#include "chdb_face.h"
#include "clickhouse_common.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "../../compiler/dialect/sql_look.h"
#include "adbc.h"
#include "arrow_text.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static AdbcDriver driver;
static uint8_t (*driver_init)(int version, void *driver, AdbcError *error);

// The one database of the process, while connections are open.
static struct {
  pthread_mutex_t lock;
  AdbcHandle handle;
  size_t users;
} database = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct ChdbResult {
  Buf text, error; // an error of no bytes is none
  uint64_t written;
  size_t before; // bytes in front of the statement
  // of a stream
  AdbcHandle *conn, statement;
  Buf sql;        // as it is sent
  int from, into; // the pipe's ends; -1: there is none
  bool running, any;
  Hand *hand;
};

// --- errors

// The driver's text without its own name in front, so that both faces say the same.
static void take_error(ChdbResult *r, int status, AdbcError *e) {
  Str text = e->message ? str_c(e->message) : STR("the engine gave no reason");
  if (str_starts(text, STR("[chdb] ")))
    text = str_sub(text, 7, text.len);
  r->error.len = 0;
  if (str_find(text, STR("Code: "), 0) < 0)
    buf_addf(&r->error, "Code: %d. DB::Exception: ", status == ADBC_CANCELLED ? 394 : 1000);
  buf_add(&r->error, text);
  if (e->release)
    e->release(e);
  *e = (AdbcError){0};
}

static ChdbResult *result_new(void) {
  ChdbResult *r = memory_must(calloc(1, sizeof *r));
  r->from = r->into = -1;
  return r;
}

// --- connections

static const char *bind(void *(*find)(void *handle, const char *name), void *handle) {
  void *symbol = find(handle, "AdbcDriverInit");
  memcpy(&driver_init, &symbol, sizeof symbol);
  AdbcError e = {0};
  bool good = symbol && driver_init(ADBC_VERSION, &driver, &e) == 0;
  if (e.release)
    e.release(&e);
  return good ? NULL : "ADBC 1.1.0";
}

typedef struct Call {
  const char *folder;
  AdbcHandle *conn;
  ChdbResult *result;
  bool rows;
} Call;

static bool open_database(const char *folder, AdbcError *e) {
  if (driver.database_new(&database.handle, e))
    return false;
  database.handle.private_driver = &driver;
  if (driver.database_set(&database.handle, "path", folder, e) == 0 &&
      driver.database_init(&database.handle, e) == 0)
    return true;
  driver.database_release(&database.handle, &(AdbcError){0});
  return false;
}

static AdbcHandle *open_connection(AdbcError *e) {
  AdbcHandle *conn = memory_must(calloc(1, sizeof *conn));
  if (driver.connection_new(conn, e) == 0) {
    conn->private_driver = &driver;
    if (driver.connection_init(conn, &database.handle, e) == 0)
      return conn;
    driver.connection_release(conn, &(AdbcError){0});
  }
  free(conn);
  return NULL;
}

// Ctrl-C is the program's own business: what the engine does with signals is undone.
static void keep_signals(struct sigaction *kept, bool put_back) {
  static const int signals[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGSEGV,
                                SIGABRT, SIGBUS,  SIGILL, SIGFPE,  SIGTSTP, SIGCHLD};
  for (size_t i = 0; i < COUNT(signals); i++)
    sigaction(signals[i], put_back ? &kept[i] : NULL, put_back ? NULL : &kept[i]);
}

static void do_connect(void *data) {
  Call *c = data;
  AdbcError e = {0};
  // The engine's threads begin here, or in those that begin here, and take this over: a pipe that
  // nobody reads any more is an error to them, not the end of the program.
  sigset_t pipes;
  sigemptyset(&pipes);
  sigaddset(&pipes, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipes, NULL);
  struct sigaction kept[16];
  pthread_mutex_lock(&database.lock);
  keep_signals(kept, false);
  if (database.users || open_database(c->folder, &e)) {
    c->conn = open_connection(&e);
    database.users += c->conn != NULL;
    if (!database.users)
      driver.database_release(&database.handle, &(AdbcError){0});
  }
  keep_signals(kept, true);
  pthread_mutex_unlock(&database.lock);
  if (!c->conn && e.message)
    fprintf(stderr, "%s\n", e.message); // as the other face says it
  if (e.release)
    e.release(&e);
}

static void do_close(void *data) {
  Call *c = data;
  pthread_mutex_lock(&database.lock);
  driver.connection_release(c->conn, &(AdbcError){0});
  if (!--database.users) {
    driver.database_release(&database.handle, &(AdbcError){0});
    database.handle = (AdbcHandle){0};
  }
  pthread_mutex_unlock(&database.lock);
}

static void *connect_folder(Hand *hand, const char *folder) {
  Call c = {.folder = folder};
  hand_do(hand, do_connect, &c);
  return c.conn;
}

static void close_line(Hand *hand, void *conn) {
  hand_do(hand, do_close, &(Call){.conn = conn});
  free(conn);
}

// --- statements

// The statement, made ready. False: r->error says why.
static bool make_statement(ChdbResult *r) {
  AdbcError e = {0};
  int status = driver.statement_new(r->conn, &r->statement, &e);
  if (!status) {
    r->statement.private_driver = &driver;
    status = driver.set_query(&r->statement, buf_cstr(&r->sql), &e);
  }
  if (status)
    take_error(r, status, &e);
  return !status;
}

static void release_statement(ChdbResult *r) {
  if (r->statement.private_data)
    driver.statement_release(&r->statement, &(AdbcError){0});
  r->statement = (AdbcHandle){0};
}

// Runs the statement to its end; its rows, where they are wanted, become text.
static void run(ChdbResult *r, bool rows) {
  AdbcError e = {0};
  ArrowStream stream = {0};
  int64_t affected = 0;
  Buf why = {0};
  int status = driver.execute(&r->statement, rows ? &stream : NULL, &affected, &e);
  if (status)
    take_error(r, status, &e);
  else if (rows && !arrow_text(&stream, &r->text, &why))
    take_error(r, 0, &(AdbcError){.message = buf_cstr(&why)});
  r->written = affected > 0 ? (uint64_t)affected : 0;
  buf_free(&why);
}

static void do_query(void *data) {
  Call *c = data;
  if (make_statement(c->result))
    run(c->result, c->rows);
  release_statement(c->result);
}

static ChdbResult *query(Hand *hand, void *conn, Str sql, bool rows) {
  ChdbResult *r = result_new();
  r->conn = conn;
  buf_add(&r->sql, sql);
  hand_do(hand, do_query, &(Call){.result = r, .rows = rows || str_starts(sql, STR("("))});
  return r;
}

// --- rows, through a pipe

#define INTO                                                                                       \
  "INSERT INTO FUNCTION file('" SYSTEM_FD_FOLDER "/%d', " CH_FORMAT ") SETTINGS "                  \
  "min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0 "

// The other end of the pipe is closed by who wrote into it, so that its reader sees the end.
static void do_stream(void *data) {
  ChdbResult *r = data;
  run(r, false);
  close(r->into);
}

static void do_make(void *data) { make_statement(data); }

static bool is_query(Str sql, bool *plain) {
  Str word = sql_first_word(&sql_clickhouse, sql);
  *plain = str_eq_nocase(word, STR("select")) || str_eq_nocase(word, STR("with"));
  return *plain || str_eq_nocase(word, STR("from")) || str_starts(sql, STR("("));
}

static ChdbResult *fail(ChdbResult *r, const char *what) {
  buf_addf(&r->error, "Code: 1000. DB::Exception: %s: %s", what, strerror(errno));
  return r;
}

static ChdbResult *stream(Hand *hand, void *conn, Str sql) {
  enum { ROOM = 1 << 20 };
  bool plain;
  if (!is_query(sql, &plain)) {
    ChdbResult *r = query(hand, conn, sql, true);
    r->any = true;
    return r;
  }
  ChdbResult *r = result_new();
  r->conn = conn;
  r->hand = hand;
  int ends[2];
  if (!system_pipe(ends, ROOM))
    return fail(r, "cannot open a pipe");
  r->from = ends[0];
  r->into = ends[1];
  buf_addf(&r->sql, INTO "%s", r->into, plain ? "" : "SELECT * FROM (");
  r->before = r->sql.len;
  buf_add(&r->sql, sql);
  if (!plain)
    buf_adds(&r->sql, "\n)");
  hand_do(hand, do_make, r);
  if (r->error.len) {
    close(r->into);
    return r;
  }
  r->running = true;
  hand_begin(hand, do_stream, r);
  return r;
}

// A function's columns have names of their own each; where a query has one twice, Arrow carries it.
static bool names_twice(const ChdbResult *r) {
  return !r->any &&
         str_find(buf_str(&r->error), STR("column with this name already exists"), 0) >= 0;
}

static ChdbResult *last_piece(Hand *hand, void *conn, ChdbResult *of) {
  hand_wait(hand);
  of->running = false;
  if (names_twice(of)) {
    Str sql = str_sub(buf_str(&of->sql), of->before, of->sql.len);
    of->any = true;
    return query(hand, conn, sql, true);
  }
  if (!of->error.len)
    return NULL;
  ChdbResult *r = result_new();
  buf_add(&r->error, buf_str(&of->error));
  r->before = of->before;
  return r;
}

static ChdbResult *next(Hand *hand, void *conn, ChdbResult *of) {
  enum { PIECE = 256 * 1024 };
  ChdbResult *r = NULL;
  if (of->from < 0 && of->text.len) { // it came whole
    r = result_new();
    r->text = of->text;
    of->text = (Buf){0};
  }
  if (!of->running)
    return r;
  r = result_new();
  ssize_t got;
  do
    got = read(of->from, buf_room(&r->text, PIECE), PIECE);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    of->any = true;
    r->text.len = (size_t)got;
    return r;
  }
  buf_free(&r->text);
  free(r);
  return last_piece(hand, conn, of);
}

// The statement was killed, and if it waits for room in the pipe, it fails now. (The driver's own
// way to cancel does nothing to a statement whose rows it does not carry, and a pipe without a
// reader alone does not end it: it goes on to make rows.)
static void stop(Hand *hand, void *conn, ChdbResult *of) {
  (void)conn;
  if (!of->running)
    return;
  close(of->from);
  of->from = -1;
  hand_wait(hand);
  of->running = false;
}

static void do_release(void *data) { release_statement(data); }

static void free_result(Hand *hand, ChdbResult *r) {
  stop(hand, r->conn, r);
  if (r->statement.private_data)
    hand_do(hand, do_release, r);
  if (r->from >= 0)
    close(r->from);
  buf_free(&r->text);
  buf_free(&r->error);
  buf_free(&r->sql);
  free(r);
}

static const char *problem(ChdbResult *r) { return r->error.len ? buf_cstr(&r->error) : NULL; }
static Str text(ChdbResult *r) { return buf_str(&r->text); }
static uint64_t written(ChdbResult *r) { return r->written; }
static size_t before(ChdbResult *r) { return r->before; }

const ChdbFace chdb_face_adbc = {
    .name = "ADBC",
    .entry = "AdbcDriverInit",
    .bind = bind,
    .connect = connect_folder,
    .close = close_line,
    .query = query,
    .stream = stream,
    .next = next,
    .stop = stop,
    .free = free_result,
    .problem = problem,
    .text = text,
    .written = written,
    .before = before,
    .stops_by_kill = true,
};
