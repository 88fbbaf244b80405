// Any bytes as a CSV file: no crash, no hang; what is read can be written and reads back the same,
// and every row goes to the database as one line with as many cells as the header has, or a cell is
// refused at its place. The first byte picks the delimiter, the database, the columns' types, and
// whether the file is read in parts.
#include "../../compiler/base/csv.h"
#include "../../compiler/base/vec.h"
#include "../../runtime/session/seed_stream.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef VEC(Str) Strs;

typedef struct Rows {
  Arena *a;
  Strs fields;  // of all rows
  Strs lengths; // of each row: a text of that many bytes, ptr unused
  size_t in_row;
} Rows;

static void add_field(void *data, size_t i, Str text) {
  Rows *r = data;
  if (i != r->in_row)
    abort();
  r->in_row++;
  vec_push(r->a, &r->fields, str_dup(r->a, text));
}

static bool next_row(Csv *c, size_t n, Rows *r) {
  r->in_row = 0;
  if (!csv_row(c, n, add_field, r))
    return false;
  vec_push(r->a, &r->lengths, ((Str){.ptr = "", .len = r->in_row}));
  return true;
}

// All rows; ncolumns is that of the first.
static bool read_all(Arena *a, Str path, char delimiter, Rows *r, size_t *ncolumns) {
  Csv c;
  *r = (Rows){.a = a};
  *ncolumns = 0;
  if (!csv_open(&c, a, path, delimiter))
    return false; // UTF-16
  if (next_row(&c, 0, r)) {
    *ncolumns = r->in_row;
    while (next_row(&c, *ncolumns, r))
      ;
  }
  bool good = !c.trouble.len;
  Span span;
  const Source *src = csv_source(&c, c.bad, STR("f.csv"), &span);
  if (src) {
    Diags d = {0};
    Buf shown = {.arena = a};
    diag_print(&shown,
               diag_at(&d, SEV_ERROR, CODE_CSV_SYNTAX, src, span, "%.*s", STR_ARG(c.trouble)),
               DIAG_PLAIN);
    diags_free(&d);
  } else if (!good) {
    abort(); // memory can be read: all trouble has a place
  }
  csv_close(&c);
  return good;
}

static void path_of(int fd, char path[64], const void *data, size_t size) {
  if (size && write(fd, data, size) != (ssize_t)size)
    abort();
  snprintf(path, 64, "/proc/self/fd/%d", fd);
}

static void write_back(Buf *out, const Rows *r, char delimiter) {
  size_t at = 0;
  for (size_t i = 0; i < r->lengths.n; i++) {
    for (size_t k = 0; k < r->lengths.items[i].len; k++, at++) {
      if (k)
        buf_addc(out, delimiter);
      Str s = r->fields.items[at];
      buf_addc(out, '"');
      for (size_t b = 0; b < s.len; b++) {
        if (s.ptr[b] == '"')
          buf_addc(out, '"');
        buf_addc(out, s.ptr[b]);
      }
      buf_addc(out, '"');
    }
    buf_addc(out, '\n');
  }
}

static void same_or_die(const Rows *x, const Rows *y) {
  if (x->fields.n != y->fields.n || x->lengths.n != y->lengths.n)
    abort();
  for (size_t i = 0; i < x->fields.n; i++)
    if (!str_eq(x->fields.items[i], y->fields.items[i]))
      abort();
}

// --- the way into a database: an engine that counts

static size_t lines, cells;

static bool count_insert(Session *s, Arena *a, Str head,
                         ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                         StmtResult *result, DbError *error) {
  (void)s, (void)a, (void)head, (void)result, (void)error;
  char piece[1000];
  ptrdiff_t n;
  while ((n = read(data, piece, sizeof piece)) > 0)
    for (ptrdiff_t i = 0; i < n; i++) {
      lines += piece[i] == '\n';
      cells += piece[i] == '\n' || piece[i] == '\t';
    }
  return n == 0;
}

static const char *const types[2][16] = {
    {"String", "Nullable(Int8)", "UInt256", "Float32", "Decimal(9, 3)", "Bool",    "Date",
     "LowCardinality(Nullable(Date32))",                                                             "DateTime", "DateTime64(9, 'UTC')",     "FixedString(3)",
     "Enum8('a' = 1, 'it\\'s' = -2)",                                                                                                                                        "Array(Array(Nullable(UInt8)))",
     "Map(String, Tuple(x Date, y Int64))",                                                                                                                                                                                             "IPv6",    "Time64(3)"},
    {"text",   "smallint",       "numeric", "real",    "numeric(9,3)",  "boolean", "date", "bigint",
     "timestamp(3) without time zone",                                                                           "timestamp with time zone", "character varying(3)", "json",
     "double precision",                                                                                                                                                                                      "time without time zone", "integer", "name"     },
};

static const CsvColumn *columns_of(Arena *a, uint8_t pick, size_t n, const Dialect *d) {
  CsvColumn *columns = arena_array(a, CsvColumn, n);
  for (size_t i = 0; i < n; i++) {
    const CellType *t = d->cell_type(a, str_c(types[pick & 1][(pick / 2 + i) % 16]));
    columns[i] = (CsvColumn){STR("c"), t, t, (pick + i) % 3 == 0};
  }
  return columns;
}

static void stream(Arena *a, const char *path, char delimiter, const Rows *r, size_t ncolumns,
                   uint8_t pick) {
  static const Engine engine = {.insert = count_insert};
  static const Flags flags = {.empty_seeds = false};
  const ContextShared context = {
      .dialect = dialect_find(pick & 1 ? STR("postgres") : STR("clickhouse")), .flags = &flags};
  Sessions sessions = {.engine = &engine, .context = &context};
  Conn conn = {.of = &sessions};
  Diags diags = {0};
  CsvLoad load = {str_c(path),
                  STR("f.csv"),
                  delimiter,
                  ncolumns,
                  columns_of(a, pick, ncolumns, context.dialect),
                  &diags};
  DbError error;
  int64_t rows;
  lines = cells = 0;
  bool good = seed_stream(&conn, a, STR("copy"), &load, &rows, &error);
  if (good ? (size_t)rows != lines || lines + 1 != r->lengths.n || cells != lines * ncolumns
           : !diags.errors)
    abort();
  Buf shown = {.arena = a};
  for (const Diag *d = diags.first; d; d = d->next)
    diag_print(&shown, d, DIAG_PLAIN);
  diags_free(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  char delimiter = ",;|\t"[*data % 4];
  setenv("STARC_TESTS", "1", 1);
  setenv("STARC_TEST_CSV_PART", *data & 64 ? "5" : "100000", 1); // several readers, or one
  Arena a = {0};
  char path[64], again[64];
  int fd = memfd_create("csv", 0), fd2 = memfd_create("again", 0);
  path_of(fd, path, data + 1, size - 1);
  Rows r, r2;
  size_t ncolumns, ncolumns2;
  if (read_all(&a, str_c(path), delimiter, &r, &ncolumns) && ncolumns) {
    stream(&a, path, delimiter, &r, ncolumns, *data / 4);
    Buf out = {.arena = &a};
    write_back(&out, &r, delimiter);
    path_of(fd2, again, out.ptr, out.len);
    if (!read_all(&a, str_c(again), delimiter, &r2, &ncolumns2) || ncolumns2 != ncolumns)
      abort();
    same_or_die(&r, &r2);
  }
  close(fd);
  close(fd2);
  arena_free(&a);
  return 0;
}
