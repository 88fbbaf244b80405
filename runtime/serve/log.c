// See log.h.
#include "log.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/dialect/sql.h"
#include "../../compiler/value/json.h"
#include "statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

// --- the statement

// What stands in a statement with a password or a key: users, what reads and writes elsewhere,
// encryption.
static const char *const words[] = {
    "identified", "password", "secret",    "token", "headers",    "s3",         "s3cluster",
    "gcs",        "cosn",     "oss",       "url",   "urlcluster", "remote",     "remotesecure",
    "postgresql", "mysql",    "mongodb",   "redis", "sqlite",     "jdbc",       "odbc",
    "hdfs",       "iceberg",  "icebergs3", "hudi",  "deltalake",  "nats",       "kafka",
    "rabbitmq",   "encrypt",  "decrypt",   "hmac",  "collection", "dictionary", NULL};

static bool is_secretive(Str sql) {
  Sql s = sql_open(&sql_clickhouse, sql);
  for (SqlToken t; sql_solid(&s, &t);) {
    Str text = sql_text(&s, &t);
    bool name = t.kind == SQL_WORD || t.kind == SQL_NAME;
    if (name && (sql_among(&s, &t, words) || str_starts(text, STR("azure")) ||
                 str_find(text, STR("password"), 0) >= 0 || str_find(text, STR("secret"), 0) >= 0 ||
                 str_find(text, STR("_key"), 0) >= 0))
      return true;
    if (t.kind == SQL_STRING && str_find(text, STR("://"), 0) >= 0)
      return true;
  }
  return false;
}

static Str without_texts(Arena *a, Str sql) {
  Buf out = {.arena = a};
  Sql s = sql_open(&sql_clickhouse, sql);
  for (SqlToken t; sql_next(&s, &t);) {
    bool hidden = t.kind == SQL_STRING || (t.kind == SQL_NAME && sql.ptr[t.at] == '"') || t.open;
    if (hidden)
      buf_adds(&out, "'[HIDDEN]'");
    else
      buf_add(&out, sql_text(&s, &t));
  }
  return buf_str(&out);
}

// A character is not cut in two, nor a secret that is known.
static Str shortened(Arena *a, Str sql) {
  enum { MOST = 4000, LOOKED_AT = 64 * 1024 };
  sql = secret_mask(a, str_sub(sql, 0, LOOKED_AT));
  size_t n = MOST;
  while (n && n < sql.len && (sql.ptr[n] & 0xc0) == 0x80)
    n--;
  return sql.len <= MOST ? sql : str_cat(a, str_sub(sql, 0, n), STR(".."));
}

Str serve_log_sql(Arena *a, Str sql) {
  enum { LOOKED_AT = 64 * 1024 }; // a text that this cuts is open, and so hidden with the others
  size_t at;
  if (statement_data(sql, &at))
    sql = str_sub(sql, 0, at);
  sql = str_sub(sql, 0, LOOKED_AT);
  return shortened(a, is_secretive(sql) ? without_texts(a, sql) : sql);
}

// --- a line

static Str now_text(Arena *a) {
  int64_t us = clock_us();
  time_t s = (time_t)(us / 1000000);
  struct tm tm;
  char text[32];
  gmtime_r(&s, &tm);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
  return str_fmt(a, "%s.%06dZ", text, (int)(us % 1000000));
}

static void add_counts(Json *j, const ServeOutcome *o) {
  const struct {
    const char *name;
    uint64_t n;
  } counts[] = {
      {"read_rows",     o->read_rows    },
      {"read_bytes",    o->read_bytes   },
      {"written_rows",  o->written_rows },
      {"written_bytes", o->written_bytes},
      {"result_rows",   o->result_rows  },
      {"result_bytes",  o->result_bytes },
  };
  for (size_t i = 0; i < COUNT(counts); i++) {
    json_name(j, str_c(counts[i].name));
    json_int(j, (int64_t)counts[i].n);
  }
}

// One write a line: lines of threads do not mix.
static void write_line(ServeLog *log, Str line) {
  pthread_mutex_lock(&log->lock);
  for (ssize_t put; line.len; line = str_sub(line, (size_t)put, line.len)) {
    put = write(log->fd, line.ptr, line.len);
    if (put < 0 && errno != EINTR)
      break; // a full disk stops no query
    put = put < 0 ? 0 : put;
  }
  pthread_mutex_unlock(&log->lock);
}

void serve_log_query(void *data, const ServeLogged *query) {
  static const ServeOutcome none;
  Arena a = {0};
  Buf out = {.arena = &a};
  Json j = {.out = &out, .masked = true};
  json_open_object(&j);
  json_key_str(&j, "time", now_text(&a));
  json_key_str(&j, "user", query->user);
  json_key_str(&j, "query_id", query->query_id);
  json_key_str(&j, "sql", serve_log_sql(&a, query->sql));
  json_name(&j, STR("status"));
  json_int(&j, query->status);
  json_name(&j, STR("exception_code"));
  json_int(&j, query->code);
  json_name(&j, STR("seconds"));
  json_float(&j, (double)(int64_t)(query->seconds * 1e6) / 1e6);
  add_counts(&j, query->outcome ? query->outcome : &none);
  json_close_object(&j);
  buf_addc(&out, '\n');
  write_line(data, buf_str(&out));
  arena_free(&a);
}

// --- the file

static int open_file(Str path) {
  Arena a = {0};
  int fd = str_is(path, "-") ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                             : open(str_cstr(&a, path),
                                    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  int why = errno;
  arena_free(&a);
  errno = why;
  return fd;
}

bool serve_log_open(ServeLog *log, Str path) {
  *log = (ServeLog){.path = path, .fd = open_file(path)};
  pthread_mutex_init(&log->lock, NULL);
  return log->fd >= 0;
}

bool serve_log_again(ServeLog *log) {
  int fd = open_file(log->path);
  if (fd < 0)
    return false;
  pthread_mutex_lock(&log->lock);
  close(log->fd);
  log->fd = fd;
  pthread_mutex_unlock(&log->lock);
  return true;
}

void serve_log_close(ServeLog *log) {
  if (log->fd >= 0)
    close(log->fd);
  pthread_mutex_destroy(&log->lock);
}
