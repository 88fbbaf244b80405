// See chdb.h.
#include "chdb.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/system.h"
#include "chdb_face.h"
#include "clickhouse_common.h"
#include "confine.h"
#include "elf_file.h"
#include "hand.h"
#include "util.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

// Of this process; the callers of chdb_load and chdb_open see to it that one at a time is there.
static struct {
  const ChdbFace *face; // NULL: none is loaded
  char *file;           // that it was loaded from, NULL: not known
  bool ruled;           // `rules` has been made
  int rules;            // confine.h; -1: threads of the library are not limited
} library = {.rules = -1};

// --- loading

// The file of a Python package wants names of Python's, which must be there before it is opened.
static void lend_names(const char *path) {
  int fd = elf_python_names(path);
  if (fd < 0)
    return;
  char name[64];
  snprintf(name, sizeof name, SYSTEM_FD_FOLDER "/%d", fd);
  dlopen(name, RTLD_NOW | RTLD_GLOBAL); // where it fails, the loader names what is missing
  close(fd);
}

static void *load_from(Arena *a, Buf *tried, Str path) {
  const char *problem = elf_problem(str_cstr(a, path));
  if (problem) {
    buf_addf(tried, "%s%.*s %s", tried->len ? "; " : "", STR_ARG(path), problem);
    return NULL;
  }
  lend_names(str_cstr(a, path));
  void *handle = dlopen(str_cstr(a, path), RTLD_NOW | RTLD_LOCAL);
  if (!handle && (access(str_cstr(a, path), F_OK) == 0 || !memchr(path.ptr, '/', path.len)))
    buf_addf(tried, "%s%s", tried->len ? "; " : "", dlerror());
  return handle;
}

Str chdb_file(void) { return library.file ? str_c(library.file) : (Str){0}; }

Str chdb_home(Arena *a) {
  const char *home = getenv("XDG_DATA_HOME");
  Str data = home && *home == '/' ? str_c(home) : fs_join(a, fs_home(a), STR(".local/share"));
  return fs_join(a, data, STR("starc"));
}

static Str program_folder(Arena *a) {
  char path[4096];
  size_t n = system_program(path, sizeof path) ? strlen(path) : 0;
  while (n > 0 && path[n - 1] != '/')
    n--;
  return n > 0 ? str_dup(a, str_n(path, n)) : STR("./");
}

// From the Python environment in `folder`, whatever version Python has there.
static void *load_python(Arena *a, Buf *tried, Str folder) {
  glob_t found = {0};
  void *handle = NULL;
  Str all = fs_join(a, folder, STR("lib/python3*/site-packages/chdb/_chdb.abi3.so"));
  if (glob(str_cstr(a, all), 0, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc && !handle; i++)
      handle = load_from(a, tried, str_dup(a, str_c(found.gl_pathv[i])));
  globfree(&found);
  return handle;
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

// Both are found out here, since the library ends the whole process where it has too little.
bool chdb_has_room(Arena *a, DbError *error) {
  enum { LEAST = 64, WISHED = 1024 }; // open files; with 48 a small project builds
  struct rlimit files;
  if (access(SYSTEM_FD_FOLDER, X_OK) != 0)
    return engine_fail_hint(
        a, error, STR("mount it (mount -t proc proc /proc), or take another target"),
        "the embedded ClickHouse needs " SYSTEM_FD_FOLDER ", which is not there");
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= WISHED)
    return true;
  files.rlim_cur = files.rlim_max < WISHED ? files.rlim_max : WISHED;
  setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur >= LEAST ||
         engine_fail_hint(
             a, error, STR("raise the limit (ulimit -n 1024), or take another target"),
             "the embedded ClickHouse needs %d open files at least, and %llu are allowed", LEAST,
             (unsigned long long)files.rlim_cur);
}

// Places are searched in this order: the profile, the environment, beside the program as built,
// as installed, the Python environment that the program lies in, the one that is active, the user's
// data folder, and where the loader looks.
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
  void *handle = load_python(a, &tried, fs_join(a, folder, STR("..")));
  if (!handle && getenv("VIRTUAL_ENV"))
    handle = load_python(a, &tried, str_c(getenv("VIRTUAL_ENV")));
  if (!handle)
    handle = load_from(a, &tried, fs_join(a, chdb_home(a), STR(CHDB_HOME_FILE)));
  if (!handle)
    handle = load_from(a, &tried, fs_join(a, chdb_home(a), STR(CHDB_HOME_WHEEL)));
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

static void *find(void *handle, const char *name) { return dlsym(handle, name); }

const char *chdb_face(void) { return library.face ? library.face->name : ""; }

// The face is what the file exports; the file's name says nothing.
static bool bind_functions(void *handle, Arena *a, DbError *error) {
  static const ChdbFace *const faces[] = {&chdb_face_c, &chdb_face_adbc};
  for (size_t i = 0; i < COUNT(faces); i++) {
    void *entry = dlsym(handle, faces[i]->entry);
    if (!entry)
      continue;
    Dl_info file = {0};
    if (dladdr(entry, &file) && file.dli_fname && !library.file)
      library.file = memory_must(strdup(file.dli_fname));
    const char *missing = faces[i]->bind(find, handle);
    if (missing)
      return engine_fail_hint(a, error, STR("get a newer one: `starc engine install`"),
                              "%s is too old: it has no %s", library.file, missing);
    library.face = faces[i];
    return true;
  }
  return engine_fail_hint(a, error, STR("`starc engine install` gets the right one"),
                          "what was loaded is no embedded ClickHouse: it has neither chdb_connect "
                          "nor AdbcDriverInit");
}

// Loads the library once. It is never unloaded: its threads and static data outlive any dlclose.
bool chdb_load(const Target *t, Arena *a, DbError *error) {
  if (library.face)
    return true;
  void *handle = load_library(t, a, error);
  return handle && bind_functions(handle, a, error);
}

// --- what it can reach

static void allow(Str path, ConfineRights rights) {
  Arena a = {0};
  confine_allow(library.rules, str_cstr(&a, path), rights);
  arena_free(&a);
}

static bool alone;

void chdb_keep_to_folder(void) { alone = true; }

// The data folder; what the project holds, of which no hidden folder (.git) and nothing at its top
// can be changed; what the profile opens. Of these the data folder alone, where that is asked for.
static void make_rules(const Target *t, const char *folder) {
  Arena a = {0};
  library.rules = t->any_file && !alone ? -1 : confine_new();
  if (library.rules >= 0) {
    confine_allow_system(library.rules);
    if (library.file)
      confine_allow(library.rules, library.file, CONFINE_READ);
    confine_allow(library.rules, "/proc/self/exe", CONFINE_READ);
    confine_allow(library.rules, folder, CONFINE_WRITE);
    if (!alone) {
      allow(t->root, CONFINE_READ);
      confine_allow_inner(library.rules, str_cstr(&a, t->root), CONFINE_WRITE);
    }
    for (size_t i = 0; i < t->nfolders && !alone; i++)
      allow(t->folders[i], CONFINE_WRITE);
  }
  arena_free(&a);
}

bool chdb_is_limited(void) { return library.rules >= 0; }

// --- calls

static const char *configuration;

void chdb_configure(const char *file) { configuration = file; }

// Told of none, the engine starts with the `config.xml` of the current folder, which is the
// project's: it can let everybody do everything, or name files. The empty one stays open.
static bool configure_nothing(void) {
  static const char nothing[] = "<clickhouse></clickhouse>";
  static char path[64];
  int fd = system_memory_file("config", nothing, sizeof nothing - 1);
  if (fd < 0)
    return false;
  snprintf(path, sizeof path, SYSTEM_FD_FOLDER "/%d", fd);
  configuration = path;
  return true;
}

struct ChdbLine {
  Hand *hand;
  void *conn; // the face's
};

ChdbLine *chdb_open(const Target *t, const char *folder) {
  if (!library.ruled)
    make_rules(t, folder);
  library.ruled = true;
  if (!configuration && !configure_nothing())
    return NULL;
  ChdbLine *line = memory_must(calloc(1, sizeof *line));
  line->hand = hand_new(library.rules);
  if (line->hand)
    line->conn = library.face->connect(line->hand, folder, configuration);
  if (line->conn)
    return line;
  hand_free(line->hand);
  free(line);
  return NULL;
}

void chdb_close(ChdbLine *line) {
  library.face->close(line->hand, line->conn);
  hand_free(line->hand);
  free(line);
}

ChdbResult *chdb_query(ChdbLine *line, Str sql, bool rows) {
  return library.face->query(line->hand, line->conn, sql, rows, CH_FORMAT);
}

ChdbResult *chdb_query_as(ChdbLine *line, Str sql, const char *form) {
  return library.face->query(line->hand, line->conn, sql, true, form);
}

bool chdb_pours(void) { return library.face->pours; }

ChdbResult *chdb_stream(ChdbLine *line, Str sql) {
  return library.face->stream(line->hand, line->conn, sql);
}

ChdbResult *chdb_next(ChdbLine *line, ChdbResult *stream) {
  return library.face->next(line->hand, line->conn, stream);
}

void chdb_stop(ChdbLine *line, ChdbResult *stream) {
  library.face->stop(line->hand, line->conn, stream);
}

void chdb_free(ChdbLine *line, ChdbResult *result) {
  if (result)
    library.face->free(line->hand, result);
}

bool chdb_repeats_header(void) { return library.face->repeats_header; }

bool chdb_stops_by_kill(void) { return library.face->stops_by_kill; }

void chdb_wash(ChdbLine *line) {
  if (library.face->leaves_output)
    chdb_free(line, chdb_query(line, STR("SELECT 1"), true));
}

const char *chdb_problem(ChdbResult *result) {
  return result ? library.face->problem(result) : "Code: 1000. no answer from the engine";
}

Str chdb_text(ChdbResult *result) { return library.face->text(result); }
uint64_t chdb_written(ChdbResult *result) { return library.face->written(result); }

ChdbCounts chdb_counts(ChdbResult *result) {
  return result && library.face->counts ? library.face->counts(result) : (ChdbCounts){0};
}
