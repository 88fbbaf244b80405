// The embedded ClickHouse by its own C functions: libchdb.so. In: SQL. Out: results as it gives
// them. See chdb_face.h.
#include "chdb_face.h"
#include "clickhouse_common.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct ChdbConn ChdbConn;

// The library's functions, by their names without "chdb_".
static struct {
  ChdbConn **(*connect)(int argc, char **argv);
  void (*close_conn)(ChdbConn **);
  ChdbResult *(*query_n)(ChdbConn *, const char *, size_t, const char *, size_t);
  ChdbResult *(*stream_query_n)(ChdbConn *, const char *, size_t, const char *, size_t);
  ChdbResult *(*stream_fetch_result)(ChdbConn *, ChdbResult *);
  void (*stream_cancel_query)(ChdbConn *, ChdbResult *);
  void (*destroy_query_result)(ChdbResult *);
  char *(*result_buffer)(ChdbResult *);
  size_t (*result_length)(ChdbResult *);
  const char *(*result_error)(ChdbResult *);
  uint64_t (*result_rows_written)(ChdbResult *);
  // Since 26; NULL: not told.
  uint64_t (*result_bytes_written)(ChdbResult *);
  uint64_t (*result_rows_read)(ChdbResult *);
  uint64_t (*result_bytes_read)(ChdbResult *);
  uint64_t (*result_storage_rows_read)(ChdbResult *);
  uint64_t (*result_storage_bytes_read)(ChdbResult *);
} api;

static void bind_counts(void *(*find)(void *handle, const char *name), void *handle) {
  const struct {
    const char *name;
    void *to;
  } functions[] = {
      {"chdb_result_bytes_written",      &api.result_bytes_written     },
      {"chdb_result_rows_read",          &api.result_rows_read         },
      {"chdb_result_bytes_read",         &api.result_bytes_read        },
      {"chdb_result_storage_rows_read",  &api.result_storage_rows_read },
      {"chdb_result_storage_bytes_read", &api.result_storage_bytes_read},
  };
  for (size_t i = 0; i < COUNT(functions); i++) {
    void *symbol = find(handle, functions[i].name);
    memcpy(functions[i].to, &symbol, sizeof symbol);
  }
}

static const char *bind(void *(*find)(void *handle, const char *name), void *handle) {
  const struct {
    const char *name;
    void *to;
  } functions[] = {
      {"chdb_connect",              &api.connect             },
      {"chdb_close_conn",           &api.close_conn          },
      {"chdb_query_n",              &api.query_n             },
      {"chdb_stream_query_n",       &api.stream_query_n      },
      {"chdb_stream_fetch_result",  &api.stream_fetch_result },
      {"chdb_stream_cancel_query",  &api.stream_cancel_query },
      {"chdb_destroy_query_result", &api.destroy_query_result},
      {"chdb_result_buffer",        &api.result_buffer       },
      {"chdb_result_length",        &api.result_length       },
      {"chdb_result_error",         &api.result_error        },
      {"chdb_result_rows_written",  &api.result_rows_written },
  };
  for (size_t i = 0; i < COUNT(functions); i++) {
    void *symbol = find(handle, functions[i].name);
    if (!symbol)
      return functions[i].name;
    memcpy(functions[i].to, &symbol, sizeof symbol);
  }
  bind_counts(find, handle);
  void (*signals)(int) = NULL;
  void *symbol = find(handle, "chdb_set_signal_handlers_enabled");
  memcpy(&signals, &symbol, sizeof symbol);
  if (signals)
    signals(0); // Ctrl-C is the program's own business
  return NULL;
}

// One call, for the hand.
typedef struct Call {
  ChdbConn **conn;
  const char *argument, *configuration, *form;
  Str sql;
  ChdbResult *stream, *result;
} Call;

#define GROUPS "/sys/fs/cgroup"

// Whether the library finds its memory's control group: version 2's from this process's group up,
// else version 1's (ClickHouse 26.5, MemoryWorker.cpp).
static bool has_memory_group(void) {
  char path[PATH_MAX + 1], file[PATH_MAX + sizeof GROUPS "/memory.stat"];
  if (access(GROUPS "/memory/memory.stat", R_OK) == 0)
    return true;
  FILE *f = fopen("/proc/self/cgroup", "re");
  bool found = false;
  while (f && !found && fgets(path, sizeof path, f))
    found = strncmp(path, "0::/", 4) == 0;
  if (f)
    fclose(f);
  if (!found || access(GROUPS "/cgroup.controllers", F_OK) != 0)
    return false;
  path[strcspn(path, "\n")] = 0;
  for (char *group = path + 3, *end = group + strlen(group); end; end = strrchr(group, '/')) {
    *end = 0;
    snprintf(file, sizeof file, GROUPS "%s/memory.stat", group);
    if (access(file, R_OK) == 0)
      return true;
  }
  return false;
}

// Where it finds none (a chroot, some sandboxes), the library prints a stack trace unless it is
// told not to look.
static void do_connect(void *data) {
  Call *c = data;
  char name[] = "clickhouse", no_group[] = "--memory_worker_use_cgroup=false";
  char *arguments[5] = {name, (char *)(uintptr_t)c->argument};
  int n = 2;
  if (c->configuration)
    arguments[n++] = (char *)(uintptr_t)c->configuration;
  if (!has_memory_group())
    arguments[n++] = no_group;
  c->conn = api.connect(n, arguments);
}

static void do_close(void *data) {
  Call *c = data;
  api.close_conn(c->conn);
}

static void do_query(void *data) {
  Call *c = data;
  c->result = api.query_n(*c->conn, c->sql.ptr, c->sql.len, c->form, strlen(c->form));
}

static void do_stream(void *data) {
  Call *c = data;
  c->result = api.stream_query_n(*c->conn, c->sql.ptr, c->sql.len, CH_FORMAT, sizeof CH_FORMAT - 1);
}

static void do_next(void *data) {
  Call *c = data;
  c->result = api.stream_fetch_result(*c->conn, c->stream);
}

static void do_stop(void *data) {
  Call *c = data;
  api.stream_cancel_query(*c->conn, c->stream);
}

static void do_free(void *data) {
  Call *c = data;
  api.destroy_query_result(c->result);
}

static void *connect_folder(Hand *hand, const char *folder, const char *configuration) {
  Arena a = {0};
  Call c = {.argument = str_cstr(&a, str_fmt(&a, "--path=%s", folder))};
  if (configuration)
    c.configuration = str_cstr(&a, str_fmt(&a, "--config-file=%s", configuration));
  hand_do(hand, do_connect, &c);
  arena_free(&a);
  return c.conn;
}

static void close_line(Hand *hand, void *conn) { hand_do(hand, do_close, &(Call){.conn = conn}); }

static ChdbResult *call(Hand *hand, void *conn, void (*work)(void *), Str sql, ChdbResult *stream) {
  Call c = {.conn = conn, .sql = sql, .stream = stream};
  hand_do(hand, work, &c);
  return c.result;
}

static ChdbResult *query(Hand *hand, void *conn, Str sql, bool rows, const char *form) {
  (void)rows; // they come with the answer
  Call c = {.conn = conn, .sql = sql, .form = form};
  hand_do(hand, do_query, &c);
  return c.result;
}

static ChdbResult *stream(Hand *hand, void *conn, Str sql) {
  return call(hand, conn, do_stream, sql, NULL);
}

static ChdbResult *next(Hand *hand, void *conn, ChdbResult *of) {
  return call(hand, conn, do_next, (Str){0}, of);
}

static void stop(Hand *hand, void *conn, ChdbResult *of) {
  call(hand, conn, do_stop, (Str){0}, of);
}

static void free_result(Hand *hand, ChdbResult *result) {
  hand_do(hand, do_free, &(Call){.result = result});
}

static const char *problem(ChdbResult *result) { return api.result_error(result); }

static Str text(ChdbResult *result) {
  size_t n = api.result_length(result);
  return n ? str_n(api.result_buffer(result), n) : (Str){0};
}

static uint64_t written(ChdbResult *result) { return api.result_rows_written(result); }

static uint64_t count(uint64_t (*of)(ChdbResult *), ChdbResult *result) {
  return of ? of(result) : 0;
}

static ChdbCounts counts(ChdbResult *result) {
  return (ChdbCounts){.read_rows = count(api.result_storage_rows_read, result),
                      .read_bytes = count(api.result_storage_bytes_read, result),
                      .written_rows = count(api.result_rows_written, result),
                      .written_bytes = count(api.result_bytes_written, result),
                      .result_rows = count(api.result_rows_read, result),
                      .result_bytes = count(api.result_bytes_read, result)};
}

const ChdbFace chdb_face_c = {
    .name = "C functions",
    .entry = "chdb_connect",
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
    .counts = counts,
    .pours = true,
    .repeats_header = true,
    .leaves_output = true,
};
