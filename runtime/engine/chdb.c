// See chdb.h.
#include "chdb.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "clickhouse_common.h"
#include "confine.h"
#include "hand.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct ChdbConn ChdbConn;

// The library's functions, by their names without "chdb_".
typedef struct Chdb {
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
} Chdb;

// Of this process; the callers of chdb_load and chdb_open see to it that one at a time is there.
static struct {
  Chdb api;
  bool loaded;
  char *file; // that it was loaded from, NULL: not known
  bool ruled; // `rules` has been made
  int rules;  // confine.h; -1: threads of the library are not limited
} library = {.rules = -1};

// --- loading

static void *load_from(Arena *a, Buf *tried, Str path) {
  void *handle = dlopen(str_cstr(a, path), RTLD_NOW | RTLD_LOCAL);
  if (!handle && (access(str_cstr(a, path), F_OK) == 0 || !memchr(path.ptr, '/', path.len)))
    buf_addf(tried, "%s%s", tried->len ? "; " : "", dlerror());
  return handle;
}

Str chdb_file(void) { return library.file ? str_c(library.file) : (Str){0}; }

Str chdb_home_file(Arena *a) {
  const char *home = getenv("XDG_DATA_HOME");
  Str data = home && *home == '/' ? str_c(home) : fs_join(a, fs_home(a), STR(".local/share"));
  return fs_join(a, data, STR("starc/libchdb.so"));
}

static Str program_folder(Arena *a) {
  char path[4096];
  size_t n = system_program(path, sizeof path) ? strlen(path) : 0;
  while (n > 0 && path[n - 1] != '/')
    n--;
  return n > 0 ? str_dup(a, str_n(path, n)) : STR("./");
}

// The library has an allocator of its own: loaded into a program that a sanitizer watches, it jumps
// to address 0 in its first minute. So such a program has no embedded engine.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = true };
#elif defined(__has_feature)
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = false };
#endif

#if defined(__linux__) && !defined(__GLIBC__)
enum { OTHER_LIBC = true }; // the library needs glibc, and one process has one C library
#else
enum { OTHER_LIBC = false };
#endif

bool chdb_possible(Arena *a, DbError *error) {
  if (OTHER_LIBC)
    return engine_fail_hint(a, error,
                            STR("take the starc for glibc (linux-x86_64, linux-aarch64), or a "
                                "target with `driver: http` or of Postgres"),
                            "the embedded ClickHouse needs glibc, and this starc is built with "
                            "another C library (linux-musl)");
  return true;
}

// Places are searched in this order: the profile, the environment, beside the program as built,
// as installed, the user's data folder, and where the loader looks.
static void *load_library(const Target *t, Arena *a, DbError *error) {
  Str chosen = target_str(t, STR("library"), str_c(getenv("STARC_LIBCHDB")));
  Buf tried = {.arena = a};
  if (SANITIZED) {
    engine_fail_hint(a, error, STR("build it without SAN to use the embedded engine"),
                     "the embedded ClickHouse does not run in a program built with a sanitizer");
    return NULL;
  }
  if (!chdb_possible(a, error))
    return NULL;
  if (chosen.len) {
    void *handle = load_from(a, &tried, chosen);
    if (!handle)
      engine_fail_hint(a, error, STR("check `library` in profiles.yml or STARC_LIBCHDB"),
                       "cannot load the embedded ClickHouse from %.*s%s%.*s", STR_ARG(chosen),
                       tried.len ? ": " : ": no such file", STR_ARG(buf_str(&tried)));
    return handle;
  }
  Str folder = program_folder(a);
  const char *const places[] = {"chdb/", "../chdb/", "../../chdb/", "../lib/starc/", "../lib/"};
  for (size_t i = 0; i < COUNT(places); i++) {
    void *handle = load_from(a, &tried, str_fmt(a, "%.*s%slibchdb.so", STR_ARG(folder), places[i]));
    if (handle)
      return handle;
  }
  void *handle = load_from(a, &tried, chdb_home_file(a));
  if (!handle)
    handle = load_from(a, &tried, STR("libchdb.so"));
  if (handle)
    return handle;
  engine_fail_hint(a, error,
                   STR("`starc engine install` gets it; or set `library` in profiles.yml or "
                       "STARC_LIBCHDB to its path"),
                   "the embedded ClickHouse (libchdb.so) was not found: %.*s",
                   STR_ARG(buf_str(&tried)));
  return NULL;
}

static bool bind_functions(void *handle, Chdb *api, Arena *a, DbError *error) {
  const struct {
    const char *name;
    void *to;
  } functions[] = {
      {"chdb_connect",              &api->connect             },
      {"chdb_close_conn",           &api->close_conn          },
      {"chdb_query_n",              &api->query_n             },
      {"chdb_stream_query_n",       &api->stream_query_n      },
      {"chdb_stream_fetch_result",  &api->stream_fetch_result },
      {"chdb_stream_cancel_query",  &api->stream_cancel_query },
      {"chdb_destroy_query_result", &api->destroy_query_result},
      {"chdb_result_buffer",        &api->result_buffer       },
      {"chdb_result_length",        &api->result_length       },
      {"chdb_result_error",         &api->result_error        },
      {"chdb_result_rows_written",  &api->result_rows_written },
  };
  for (size_t i = 0; i < COUNT(functions); i++) {
    void *symbol = dlsym(handle, functions[i].name);
    if (!symbol)
      return engine_fail_hint(a, error, STR("get a newer one: `starc engine install`"),
                              "libchdb.so is too old: it has no %s", functions[i].name);
    memcpy(functions[i].to, &symbol, sizeof symbol);
  }
  return true;
}

// Loads the library once. It is never unloaded: its threads and static data outlive any dlclose.
bool chdb_load(const Target *t, Arena *a, DbError *error) {
  if (library.loaded)
    return true;
  void *handle = load_library(t, a, error);
  if (!handle || !bind_functions(handle, &library.api, a, error))
    return false;
  Dl_info file;
  void *any;
  memcpy(&any, &library.api.connect, sizeof any);
  if (dladdr(any, &file) && file.dli_fname)
    library.file = memory_must(strdup(file.dli_fname));
  void (*signals)(int) = NULL;
  void *symbol = dlsym(handle, "chdb_set_signal_handlers_enabled");
  memcpy(&signals, &symbol, sizeof symbol);
  if (signals)
    signals(0); // Ctrl-C is the program's own business
  library.loaded = true;
  return true;
}

// --- what it can reach

static void allow(Str path, ConfineRights rights) {
  Arena a = {0};
  confine_allow(library.rules, str_cstr(&a, path), rights);
  arena_free(&a);
}

// The data folder; what the project holds, of which no hidden folder (.git) and nothing at its top
// can be changed; what the profile opens.
static void make_rules(const Target *t, const char *folder) {
  Arena a = {0};
  library.rules = t->any_file ? -1 : confine_new();
  if (library.rules >= 0) {
    confine_allow_system(library.rules);
    if (library.file)
      confine_allow(library.rules, library.file, CONFINE_READ);
    confine_allow(library.rules, "/proc/self/exe", CONFINE_READ);
    confine_allow(library.rules, folder, CONFINE_WRITE);
    allow(t->root, CONFINE_READ);
    confine_allow_inner(library.rules, str_cstr(&a, t->root), CONFINE_WRITE);
    for (size_t i = 0; i < t->nfolders; i++)
      allow(t->folders[i], CONFINE_WRITE);
  }
  arena_free(&a);
}

bool chdb_is_limited(void) { return library.rules >= 0; }

// --- calls

struct ChdbLine {
  Hand *hand;
  ChdbConn **conn;
};

// One call, for the line's thread.
typedef struct Call {
  ChdbLine *line;
  const char *argument;
  Str sql;
  ChdbResult *stream, *result;
} Call;

// Where the system mounts no control groups (a chroot, some sandboxes), the library prints a stack
// trace for want of them (26.5) unless it is told not to look.
static void do_connect(void *data) {
  Call *c = data;
  bool groups = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ||
                access("/sys/fs/cgroup/memory", F_OK) == 0;
  char *arguments[] = {(char *)"clickhouse", (char *)c->argument,
                       groups ? NULL : (char *)"--memory_worker_use_cgroup=false", NULL};
  c->line->conn = library.api.connect(groups ? 2 : 3, arguments);
}

static void do_close(void *data) {
  Call *c = data;
  library.api.close_conn(c->line->conn);
}

static void do_query(void *data) {
  Call *c = data;
  c->result =
      library.api.query_n(*c->line->conn, c->sql.ptr, c->sql.len, CH_FORMAT, sizeof CH_FORMAT - 1);
}

static void do_stream(void *data) {
  Call *c = data;
  c->result = library.api.stream_query_n(*c->line->conn, c->sql.ptr, c->sql.len, CH_FORMAT,
                                         sizeof CH_FORMAT - 1);
}

static void do_next(void *data) {
  Call *c = data;
  c->result = library.api.stream_fetch_result(*c->line->conn, c->stream);
}

static void do_stop(void *data) {
  Call *c = data;
  library.api.stream_cancel_query(*c->line->conn, c->stream);
}

static void do_free(void *data) {
  Call *c = data;
  library.api.destroy_query_result(c->result);
}

ChdbLine *chdb_open(const Target *t, const char *folder) {
  Arena a = {0};
  if (!library.ruled)
    make_rules(t, folder);
  library.ruled = true;
  ChdbLine *line = memory_must(calloc(1, sizeof *line));
  line->hand = hand_new(library.rules);
  Call call = {.line = line, .argument = str_cstr(&a, str_fmt(&a, "--path=%s", folder))};
  if (line->hand)
    hand_do(line->hand, do_connect, &call);
  arena_free(&a);
  if (line->conn)
    return line;
  hand_free(line->hand);
  free(line);
  return NULL;
}

void chdb_close(ChdbLine *line) {
  hand_do(line->hand, do_close, &(Call){.line = line});
  hand_free(line->hand);
  free(line);
}

static ChdbResult *call(ChdbLine *line, void (*work)(void *), Str sql, ChdbResult *stream) {
  Call c = {.line = line, .sql = sql, .stream = stream};
  hand_do(line->hand, work, &c);
  return c.result;
}

ChdbResult *chdb_query(ChdbLine *line, Str sql) { return call(line, do_query, sql, NULL); }
ChdbResult *chdb_stream(ChdbLine *line, Str sql) { return call(line, do_stream, sql, NULL); }

ChdbResult *chdb_next(ChdbLine *line, ChdbResult *stream) {
  return call(line, do_next, (Str){0}, stream);
}

void chdb_stop(ChdbLine *line, ChdbResult *stream) { call(line, do_stop, (Str){0}, stream); }

void chdb_free(ChdbLine *line, ChdbResult *result) {
  if (result)
    hand_do(line->hand, do_free, &(Call){.result = result});
}

const char *chdb_problem(ChdbResult *result) {
  return result ? library.api.result_error(result) : "Code: 1000. no answer from libchdb";
}

Str chdb_text(ChdbResult *result) {
  size_t n = library.api.result_length(result);
  return n ? str_n(library.api.result_buffer(result), n) : (Str){0};
}

uint64_t chdb_written(ChdbResult *result) { return library.api.result_rows_written(result); }
