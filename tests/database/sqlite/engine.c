// libsqlite3 as an engine. In: a folder with a file for each schema, statements. Out: rows,
// failures with their place. A file that another session has made is attached before the next
// statement.
#include "../../../compiler/base/fs.h"
#include "../../../compiler/base/map.h"
#include "../../../compiler/base/vec.h"
#include "../../../runtime/engine/util.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 10000 };

typedef struct SqliteSession {
  Session session;
  sqlite3 *db;
  char *folder;
} SqliteSession;

static bool fail(SqliteSession *s, Arena *a, DbError *error) {
  *error = (DbError){.at = sqlite3_error_offset(s->db)};
  error->message = engine_text(a, str_c(sqlite3_errmsg(s->db)));
  error->code = str_fmt(a, "%d", sqlite3_extended_errcode(s->db));
  error->no_relation = str_starts(error->message, STR("no such table"));
  error->no_column = str_starts(error->message, STR("no such column"));
  return false;
}

// Attaches the files of the folder that are not yet.
static void attach_all(SqliteSession *s) {
  DIR *dir = opendir(s->folder);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    Arena a = {0};
    Str file = str_c(e->d_name);
    if (str_ends(file, STR(".db"))) {
      char *name = str_cstr(&a, str_sub(file, 0, file.len - 3));
      char *sql = sqlite3_mprintf("attach database '%q/%q.db' as \"%w\"", s->folder, name, name);
      if (!sqlite3_db_filename(s->db, name))
        sqlite3_exec(s->db, sql, NULL, NULL, NULL);
      sqlite3_free(sql);
    }
    arena_free(&a);
  }
  if (dir)
    closedir(dir);
}

extern const Engine engine_sqlite;

static Session *open_session(const Target *t, const atomic_bool *stop, Arena *a, DbError *error) {
  (void)stop;
  SqliteSession *s = calloc(1, sizeof *s);
  if (!s)
    abort();
  Str folder = target_str(t, STR("path"), STR(""));
  Diags ignored = {0};
  diags_init(&ignored);
  fs_mkdirs(folder, &ignored);
  diags_free(&ignored);
  s->session.engine = &engine_sqlite;
  s->folder = strndup(folder.ptr, folder.len);
  if (sqlite3_open(":memory:", &s->db) != SQLITE_OK) {
    fail(s, a, error);
    return NULL;
  }
  sqlite3_busy_timeout(s->db, BUSY_MS);
  sqlite3_exec(s->db, "pragma legacy_alter_table=on", NULL, NULL, NULL);
  return &s->session;
}

static const char *const storage[] = {[SQLITE_INTEGER] = "bigint",
                                      [SQLITE_FLOAT] = "double precision",
                                      [SQLITE_TEXT] = "text",
                                      [SQLITE_BLOB] = "blob",
                                      [SQLITE_NULL] = "text"};
static const struct {
  const char *affinity, *type;
} affinities[] = {
    {"INT",  "bigint"          },
    {"REAL", "double precision"},
    {"NUM",  "numeric"         },
    {"",     "text"            }
};

// A column's declared type, of an expression that of its first value.
static Str column_type(Arena *a, sqlite3_stmt *stmt, int i, bool row) {
  const char *declared = sqlite3_column_decltype(stmt, i);
  if (!declared)
    return str_c(storage[row ? sqlite3_column_type(stmt, i) : SQLITE_NULL]);
  for (size_t k = 0; k < COUNT(affinities); k++)
    if (!strcmp(declared, affinities[k].affinity))
      return str_c(affinities[k].type);
  return str_dup(a, str_c(declared));
}

static bool tell_columns(Arena *a, sqlite3_stmt *stmt, const RowSink *sink, bool row) {
  size_t n = (size_t)sqlite3_column_count(stmt);
  DbColumn *columns = arena_array(a, DbColumn, n + 1);
  for (size_t i = 0; i < n; i++)
    columns[i] = (DbColumn){str_dup(a, str_c(sqlite3_column_name(stmt, (int)i))),
                            column_type(a, stmt, (int)i, row)};
  return sink->columns(sink->data, columns, n);
}

static bool tell_row(Arena *a, sqlite3_stmt *stmt, const RowSink *sink) {
  size_t n = (size_t)sqlite3_column_count(stmt);
  Cell *cells = arena_array(a, Cell, n + 1);
  for (size_t i = 0; i < n; i++) {
    const char *text = (const char *)sqlite3_column_text(stmt, (int)i);
    size_t len = (size_t)sqlite3_column_bytes(stmt, (int)i);
    cells[i] = (Cell){text ? str_n(text, len) : STR(""), !text};
  }
  return sink->row(sink->data, cells, n);
}

// Runs one prepared statement to its end.
static int run(Arena *a, sqlite3_stmt *stmt, const RowSink *sink) {
  bool tells = sink && sqlite3_column_count(stmt), go_on = true;
  int code = sqlite3_step(stmt);
  if (tells && (code == SQLITE_ROW || code == SQLITE_DONE))
    go_on = tell_columns(a, stmt, sink, code == SQLITE_ROW);
  for (; code == SQLITE_ROW && go_on; code = sqlite3_step(stmt))
    go_on = !tells || tell_row(a, stmt, sink);
  return go_on ? code : SQLITE_DONE;
}

static bool exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                 StmtResult *result, DbError *error) {
  SqliteSession *s = (SqliteSession *)session;
  const char *rest = str_cstr(a, stmt->sql), *from = rest;
  *result = (StmtResult){.code = STR("OK"), .message = STR("OK"), .affected = -1};
  int64_t before = sqlite3_total_changes64(s->db);
  if (sqlite3_get_autocommit(s->db))
    attach_all(s);
  while (*rest) {
    sqlite3_stmt *one;
    const char *at = rest;
    if (sqlite3_prepare_v2(s->db, at, -1, &one, &rest) != SQLITE_OK) {
      fail(s, a, error);
      error->at = error->at < 0 ? -1 : error->at + (at - from);
      return false;
    }
    int code = one ? run(a, one, sink) : SQLITE_DONE;
    if (code != SQLITE_DONE)
      fail(s, a, error);
    sqlite3_finalize(one);
    if (code != SQLITE_DONE)
      return false;
  }
  int64_t changed = sqlite3_total_changes64(s->db) - before;
  result->affected = changed ? changed : -1;
  return true;
}

// --- rows of a file

typedef struct Load {
  SqliteSession *s;
  Str head;
  sqlite3_stmt *stmt; // made for the first line
  int64_t rows;
} Load;

// A cell as it was meant: COPY's escapes undone. False: NULL.
static bool plain_cell(Arena *a, Str cell, Str *out) {
  static const char from[] = "tnrbfv", to[] = "\t\n\r\b\f\v";
  Buf b = {.arena = a};
  if (str_is(cell, "\\N"))
    return false;
  for (size_t i = 0; i < cell.len; i++) {
    bool escaped = cell.ptr[i] == '\\' && i + 1 < cell.len;
    const char *known = escaped ? strchr(from, cell.ptr[++i]) : NULL;
    buf_addc(&b, known ? to[known - from] : cell.ptr[i]);
  }
  *out = buf_str(&b);
  return true;
}

static bool prepare_load(Load *l, Arena *a, size_t columns) {
  Buf sql = {.arena = a};
  buf_add(&sql, l->head);
  buf_adds(&sql, " values (");
  for (size_t i = 0; i < columns; i++)
    buf_add(&sql, i ? STR(", ?") : STR("?"));
  buf_adds(&sql, ")");
  return sqlite3_prepare_v2(l->s->db, buf_cstr(&sql), -1, &l->stmt, NULL) == SQLITE_OK;
}

static bool load_line(Load *l, Str line) {
  Arena a = {0};
  VEC(Str) cells = {0};
  for (Str rest = line, cell = {0}; str_cut(&rest, '\t', &cell);)
    vec_push(&a, &cells, cell);
  bool good = l->stmt || prepare_load(l, &a, cells.n);
  for (size_t i = 0; good && i < cells.n; i++) {
    Str text;
    if (plain_cell(&a, cells.items[i], &text))
      sqlite3_bind_text(l->stmt, (int)i + 1, text.ptr, (int)text.len, SQLITE_TRANSIENT);
    else
      sqlite3_bind_null(l->stmt, (int)i + 1);
  }
  good = good && sqlite3_step(l->stmt) == SQLITE_DONE;
  sqlite3_reset(l->stmt);
  l->rows += good;
  arena_free(&a);
  return good;
}

static bool insert(Session *session, Arena *a, Str head,
                   ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                   StmtResult *result, DbError *error) {
  Load l = {(SqliteSession *)session, head, NULL, 0};
  Buf text = {.arena = a};
  char piece[4096];
  ptrdiff_t n;
  while ((n = read(data, piece, sizeof piece)) > 0)
    buf_add(&text, str_n(piece, (size_t)n));
  bool good = n == 0;
  for (Str rest = buf_str(&text), line; good && rest.len && str_cut(&rest, '\n', &line);)
    good = load_line(&l, line);
  if (!good && n == 0)
    fail(l.s, a, error);
  sqlite3_finalize(l.stmt);
  *result = (StmtResult){.code = STR("INSERT"), .message = STR("INSERT"), .affected = l.rows};
  return good;
}

static void cancel(Session *s) { sqlite3_interrupt(((SqliteSession *)s)->db); }

static bool in_transaction(const Session *s) {
  return !sqlite3_get_autocommit(((const SqliteSession *)s)->db);
}

static bool version(Session *s, Arena *a, Str *text, int64_t *number, DbError *error) {
  (void)s, (void)a, (void)error;
  *text = str_c(sqlite3_libversion());
  *number = sqlite3_libversion_number();
  return true;
}

static void close_session(Session *session) {
  SqliteSession *s = (SqliteSession *)session;
  sqlite3_close_v2(s->db);
  free(s->folder);
  free(s);
}

const Engine engine_sqlite = {.type = "sqlite",
                              .driver = "",
                              .open = open_session,
                              .exec = exec,
                              .insert = insert,
                              .cancel = cancel,
                              .in_transaction = in_transaction,
                              .version = version,
                              .close = close_session};
