// The embedded ClickHouse by ADBC: _chdb.abi3.so of the Python package. In: SQL. Out: the same
// texts as by the C functions (chdb_c.c). Arrow has no words for many of ClickHouse's types (their
// names are lost, some are refused), so the engine itself writes the rows of a query as text, into
// a pipe: "INSERT INTO FUNCTION file(..) SELECT ..". Statements about the database answer in
// Arrow, in plain columns. Seen with 26.9.2: FORMAT has no effect here, and INTO OUTFILE makes an
// empty file.
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
  // of a stream
  AdbcHandle *conn, statement;
  Buf query, sql; // as it was given, as it is sent
  bool plain;     // the query can stand behind INSERT
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

static void *connect_folder(Hand *hand, const char *folder, const char *configuration) {
  (void)configuration; // ADBC has no way for it
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

static ChdbResult *query(Hand *hand, void *conn, Str sql, bool rows, const char *form) {
  (void)form; // FORMAT has no effect here
  ChdbResult *r = result_new();
  r->conn = conn;
  buf_add(&r->sql, sql);
  hand_do(hand, do_query, &(Call){.result = r, .rows = rows || str_starts(sql, STR("("))});
  return r;
}

// --- rows, through a pipe

#define INTO                                                                                       \
  "INSERT INTO FUNCTION file('" SYSTEM_FD_FOLDER "/%d', %s) SETTINGS "                             \
  "min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0 "

// The other end of the pipe is closed by who wrote into it, so that its reader sees the end.
static void do_stream(void *data) {
  ChdbResult *r = data;
  run(r, false);
  close(r->into);
}

static void do_make(void *data) { make_statement(data); }

static ChdbResult *next(Hand *hand, void *conn, ChdbResult *of);
static void free_result(Hand *hand, ChdbResult *r);

static bool is_query(Str sql, bool *plain) {
  Str word = sql_first_word(&sql_clickhouse, sql);
  *plain = str_eq_nocase(word, STR("select")) || str_eq_nocase(word, STR("with"));
  return *plain || str_eq_nocase(word, STR("from")) || str_starts(sql, STR("("));
}

static bool fail(ChdbResult *r, const char *what) {
  buf_addf(&r->error, "Code: 1000. DB::Exception: %s: %s", what, strerror(errno));
  return false;
}

// Begins to write the rows of a query in this form into a pipe. False: r->error.
static bool begin(ChdbResult *r, const char *form) {
  enum { ROOM = 1 << 20 };
  int ends[2];
  if (!system_pipe(ends, ROOM))
    return fail(r, "cannot open a pipe");
  r->from = ends[0];
  r->into = ends[1];
  r->sql.len = 0;
  buf_addf(&r->sql, INTO, r->into, form);
  buf_addf(&r->sql, "%s%.*s%s", r->plain ? "" : "SELECT * FROM (", STR_ARG(buf_str(&r->query)),
           r->plain ? "" : "\n)");
  hand_do(r->hand, do_make, r);
  if (r->error.len) {
    close(r->into);
    return false;
  }
  r->running = true;
  hand_begin(r->hand, do_stream, r);
  return true;
}

static ChdbResult *stream(Hand *hand, void *conn, Str sql) {
  bool plain;
  if (!is_query(sql, &plain)) {
    ChdbResult *r = query(hand, conn, sql, true, CH_FORMAT);
    r->any = true;
    return r;
  }
  ChdbResult *r = result_new();
  r->conn = conn;
  r->hand = hand;
  r->plain = plain;
  buf_add(&r->query, sql);
  begin(r, "'" CH_FORMAT "'");
  return r;
}

// Field k of a line of text with tabs.
static Str field(Str line, size_t k) {
  Str one = {0};
  for (size_t i = 0; i <= k; i++)
    if (!str_cut(&line, '\t', &one))
      return (Str){0};
  return one;
}

// A text of a row, as it is escaped there, in a literal.
static void add_in_literal(Buf *out, Str text) {
  for (size_t i = 0; i < text.len; i++)
    buf_addf(out, "%s%c", text.ptr[i] == '\'' ? "\\" : "", text.ptr[i]);
}

// The two lines above the rows, and the columns for file(), by the rows of DESCRIBE.
static void take_columns(Str rows, Buf *header, Buf *columns) {
  enum { NAME, TYPE };
  Buf types = {0};
  Str line;
  for (int n = 0; str_cut(&rows, '\n', &line) && line.len; n++) {
    buf_addf(header, "%s%.*s", n ? "\t" : "", STR_ARG(field(line, NAME)));
    buf_addf(&types, "%s%.*s", n ? "\t" : "", STR_ARG(field(line, TYPE)));
    buf_addf(columns, "%sc%d ", n ? ", " : "", n);
    add_in_literal(columns, field(line, TYPE));
  }
  buf_addf(header, "\n%.*s\n", STR_ARG(buf_str(&types)));
  buf_free(&types);
}

// A function's columns have names of their own each. A query that has one twice is asked again,
// with names for the function; its own go into the header.
static void begin_named(ChdbResult *r) {
  Buf sql = {0}, form = {0};
  buf_addf(&sql, "DESCRIBE (%.*s\n)", STR_ARG(buf_str(&r->query)));
  ChdbResult *described = query(r->hand, r->conn, buf_str(&sql), true, CH_FORMAT);
  r->error.len = 0;
  buf_add(&r->error, buf_str(&described->error));
  if (!r->error.len) {
    Str rows = buf_str(&described->text), header;
    buf_adds(&form, "'TabSeparated', '");
    str_cut(&rows, '\n', &header);
    str_cut(&rows, '\n', &header);
    take_columns(rows, &r->text, &form);
    buf_addc(&form, '\'');
    begin(r, buf_cstr(&form));
  }
  free_result(r->hand, described);
  buf_free(&sql);
  buf_free(&form);
}

static bool says(const ChdbResult *r, Str what) {
  return str_find(buf_str(&r->error), what, 0) >= 0;
}

// What the stream ended with, before any row of it: true when there is a way yet to have them.
static bool begin_again(ChdbResult *of) {
  if (of->any || !says(of, STR("column with this name already exists")))
    return false;
  of->any = true;
  release_statement(of);
  close(of->from);
  of->from = -1;
  begin_named(of);
  return of->running;
}

// What can not stand behind INSERT: a query with a mistake, which is told at its own places; WITH
// .. INSERT; and INTO OUTFILE, which makes an empty file here.
static ChdbResult *query_alone(ChdbResult *of) {
  Buf sql = {0};
  buf_addf(&sql, "EXPLAIN AST %.*s", STR_ARG(buf_str(&of->query)));
  ChdbResult *tree = query(of->hand, of->conn, buf_str(&sql), true, CH_FORMAT);
  bool select = str_find(buf_str(&tree->text), STR("\nSelectWithUnionQuery"), 0) >= 0;
  free_result(of->hand, tree);
  buf_free(&sql);
  if (!select)
    return query(of->hand, of->conn, buf_str(&of->query), false, CH_FORMAT);
  ChdbResult *r = result_new();
  buf_adds(&r->error,
           "Code: 48. DB::Exception: this engine writes nothing INTO OUTFILE: it has INSERT "
           "INTO FUNCTION file('NAME', FORMAT) SELECT for that (NOT_IMPLEMENTED)");
  return r;
}

static ChdbResult *last_piece(Hand *hand, void *conn, ChdbResult *of) {
  hand_wait(hand);
  of->running = false;
  if (begin_again(of))
    return next(hand, conn, of);
  if (!of->error.len)
    return NULL;
  if (!of->any && says(of, STR("Code: 62.")))
    return query_alone(of);
  ChdbResult *r = result_new();
  buf_add(&r->error, buf_str(&of->error));
  return r;
}

static ChdbResult *next(Hand *hand, void *conn, ChdbResult *of) {
  enum { PIECE = 256 * 1024 };
  ChdbResult *r = NULL;
  if (of->text.len) { // it came whole, or goes above the rows
    r = result_new();
    r->text = of->text;
    of->text = (Buf){0};
    return r;
  }
  if (!of->running)
    return NULL;
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
  buf_free(&r->query);
  buf_free(&r->sql);
  free(r);
}

// While it runs, the error is its thread's.
static const char *problem(ChdbResult *r) {
  return !r->running && r->error.len ? buf_cstr(&r->error) : NULL;
}
static Str text(ChdbResult *r) { return buf_str(&r->text); }
static uint64_t written(ChdbResult *r) { return r->written; }

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
    .stops_by_kill = true,
};
