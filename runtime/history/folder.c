// The folder of records: a file for each invocation, whose name begins with its start, so that
// names in order are runs in order. A file is written beside and renamed, so nobody locks anything
// and a run that is killed leaves a whole record or none.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/vec.h"
#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 64 << 10, TEMP_AGE = 24 * 3600 };
#define ENDING ".jsonl"

typedef VEC(Str) Names;

static Str folder_of(Arena *a, Str root) { return fs_join(a, root, STR(HISTORY_FOLDER)); }

// "20260131T120000.000001Z-": a moment, as all names of records begin.
static bool is_record(Str name) {
  enum { STAMP = 24 };
  if (name.len <= STAMP || !str_ends(name, STR(ENDING)) || name.ptr[STAMP - 1] != '-')
    return false;
  for (size_t i = 0; i < STAMP - 1; i++)
    if (i == 8    ? name.ptr[i] != 'T'
        : i == 15 ? name.ptr[i] != '.'
        : i == 22 ? name.ptr[i] != 'Z'
                  : !str_digit_char(name.ptr[i]))
      return false;
  return true;
}

// What is in the folder, the newest first. `temps`: what killed runs left, too; NULL: not asked.
// False: it cannot be read (errno).
static bool list(Arena *a, Str folder, Names *records, Names *temps) {
  DIR *d = opendir(str_cstr(a, folder));
  for (struct dirent *e; d && (e = readdir(d));) {
    Str name = str_c(e->d_name);
    if (is_record(name))
      vec_push(a, records, str_dup(a, name));
    else if (temps && str_ends(name, STR(".tmp")))
      vec_push(a, temps, str_dup(a, name));
  }
  if (!d)
    return errno == ENOENT;
  closedir(d);
  if (records->n)
    qsort(records->items, records->n, sizeof *records->items, str_order);
  for (size_t i = 0, k = records->n; i + 1 < k; i++) { // the newest first
    Str t = records->items[i];
    records->items[i] = records->items[--k];
    records->items[k] = t;
  }
  return true;
}

// --- writing

static Str name_of(Arena *a, const HistoryRun *run) {
  time_t at = (time_t)(run->started_us / 1000000);
  struct tm t;
  char stamp[32];
  gmtime_r(&at, &t);
  strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &t);
  return str_fmt(a, "%s.%06dZ-%.*s" ENDING, stamp, (int)(run->started_us % 1000000),
                 STR_ARG(run->invocation_id));
}

// Who else prunes may be faster: that a file is gone is as good.
static void prune(Arena *a, Str folder, size_t keep) {
  Names records = {0}, temps = {0};
  int64_t bytes = 0;
  struct stat st;
  if (!list(a, folder, &records, &temps))
    return;
  for (size_t i = 0; i < records.n; i++) {
    const char *path = str_cstr(a, fs_join(a, folder, records.items[i]));
    bytes += lstat(path, &st) == 0 ? (int64_t)st.st_size : 0;
    if (i >= keep || (i && bytes > (int64_t)HISTORY_MOST_MIB << 20))
      unlink(path);
  }
  for (size_t i = 0; i < temps.n; i++) {
    const char *path = str_cstr(a, fs_join(a, folder, temps.items[i]));
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > TEMP_AGE)
      unlink(path);
  }
}

// git sees nothing of the folder, also in a project that does not leave .starc out.
static bool hide(Arena *a, Str folder, Diags *diags) {
  Str path = fs_join(a, folder, STR(".gitignore"));
  return fs_exists(path) || fs_write(path, STR("*\n"), diags);
}

bool history_keep(Str root, Str text, const HistoryRun *run, size_t keep, Diags *diags) {
  Arena a = {0};
  Str folder = folder_of(&a, root);
  bool good =
      hide(&a, folder, diags) && fs_write(fs_join(&a, folder, name_of(&a, run)), text, diags);
  prune(&a, folder, keep);
  arena_free(&a);
  return good;
}

// --- reading

// The first bytes of a file, up to its first newline where that is near. A pipe is not waited for.
static bool read_start(Arena *a, Str path, Str *text) {
  int fd = open(str_cstr(a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;
  char *to = arena_alloc(a, HEAD);
  ssize_t n = 0, got = 0;
  bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
  while (good && got < HEAD && !(got && memchr(to, '\n', (size_t)got))) {
    n = read(fd, to + got, (size_t)(HEAD - got));
    if (n < 0 && errno == EINTR)
      continue;
    good = n >= 0;
    if (n <= 0)
      break;
    got += n;
  }
  if (fd >= 0)
    close(fd);
  *text = str_n(to, (size_t)got);
  return good;
}

static bool read_all(Arena *a, Str path, Str *text) {
  Diags ignored;
  diags_init(&ignored);
  bool good = fs_read(a, path, path, text, &ignored);
  diags_free(&ignored);
  return good;
}

void history_read(Arena *a, const HistoryAsk *ask, History *out, Diags *diags) {
  Arena scratch = {0};
  Str folder = folder_of(&scratch, ask->root);
  Names names = {0};
  const char *why = NULL, *first_why = NULL;
  Str first = {0};
  *out = (History){0};
  if (!list(&scratch, folder, &names, NULL))
    diag_warn(diags, CODE_FILE_ACCESS, STR(HISTORY_FOLDER), "the run history cannot be read: %s",
              strerror(errno));
  for (size_t i = 0; i < names.n && (!ask->runs || out->nruns < ask->runs); i++) {
    Arena one = {0};
    Str path = fs_join(&one, folder, names.items[i]), text;
    bool there = ask->per_node ? read_all(&one, path, &text) : read_start(&one, path, &text);
    why = "it cannot be read";
    if (!(there && history_add(a, ask, out, text, &why)) && fs_exists(path)) {
      first = out->passed_over++ ? first : names.items[i];
      first_why = first_why ? first_why : why;
    }
    arena_free(&one);
  }
  if (out->passed_over) {
    Diag *d = diag_warn(diags, CODE_STATE_VERSION, STR(HISTORY_FOLDER),
                        "%zu record%s of the run history %s passed over; %.*s: %s",
                        out->passed_over, out->passed_over == 1 ? "" : "s",
                        out->passed_over == 1 ? "was" : "were", STR_ARG(first), first_why);
    diag_hint(diags, d, "what cannot be read may be removed from " HISTORY_FOLDER);
  }
  arena_free(&scratch);
}
