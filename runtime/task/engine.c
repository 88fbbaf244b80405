// engine: the embedded ClickHouse, put where every project finds it. In: a registry's client (npm),
// or a file. Out: libchdb.so in the user's data folder, whole and of the known digest; what fails
// or is killed leaves the one that was there. Where else it may be: engine/chdb.c.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../deps/child.h"
#include "../deps/libarchive.h"
#include "../engine/chdb.h"
#include "../run/run.h"
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION "26.5.3"
#define PACKAGE "@chdb/lib-linux-x64-gnu@" VERSION
#define IN_PACKAGE "package/libchdb.so"
#define SHA256 "4330da79405733f7572f27c1442f46c03a08301f00859dce0368645731b1e1dc"
#define PARTS "engine-" // the folder of an install that is under way

extern char **environ;

typedef struct Install {
  Run *run;
  Arena *a;
  Str file, folder; // libchdb.so and where it is put
  Str parts;        // the folder of what is fetched
} Install;

// False, so that a caller can end with it.
static bool fails(Install *i, Str hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool fails(Install *i, Str hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str text = str_vfmt(i->a, fmt, ap);
  va_end(ap);
  Diag *d = diag_error(&i->run->diags, CODE_ENGINE_INSTALL, (Str){0}, "%.*s", STR_ARG(text));
  if (hint.len)
    diag_hint(&i->run->diags, d, "%.*s", STR_ARG(hint));
  return false;
}

// --- bytes

// A file's bytes, as long as the process lasts: they are given back with munmap. NULL: *why.
static bool map_file(Str path, Arena *a, Str *bytes, const char **why) {
  struct stat st;
  int fd = open(str_cstr(a, path), O_RDONLY | O_CLOEXEC);
  void *at = MAP_FAILED;
  if (fd >= 0 && fstat(fd, &st) == 0 && (errno = EINVAL, S_ISREG(st.st_mode)) && st.st_size > 0)
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  *why = strerror(errno);
  if (fd >= 0)
    close(fd);
  if (at == MAP_FAILED)
    return false;
  *bytes = str_n(at, (size_t)st.st_size);
  return true;
}

static bool is_known(Str bytes) {
  char digest[65];
  hash_sha256_hex(bytes, digest);
  return strcmp(digest, SHA256) == 0;
}

// Whether the file is there and the one that this program was made with.
static bool is_there(Install *i) {
  Str bytes;
  const char *why;
  if (!map_file(i->file, i->a, &bytes, &why))
    return false;
  bool good = is_known(bytes);
  munmap((void *)bytes.ptr, bytes.len);
  return good;
}

// --- from a file

static bool is_library_of_this_machine(Str bytes) {
#if defined(__x86_64__)
  enum { MACHINE = 62 };
#elif defined(__aarch64__)
  enum { MACHINE = 183 };
#else
  enum { MACHINE = 0 };
#endif
  return bytes.len > 64 && memcmp(bytes.ptr, "\177ELF\2\1", 6) == 0 &&
         (unsigned char)bytes.ptr[18] == MACHINE && !bytes.ptr[19];
}

static bool put(Install *i, Str bytes) {
  FsWriter w;
  if (!fs_writer_open(&w, i->file, &i->run->diags))
    return false;
  fwrite(bytes.ptr, 1, bytes.len,
         w.file); // a failure stays with the stream, and the commit tells it
  return fs_writer_commit(&w, &i->run->diags);
}

static bool from_file(Install *i, Str path) {
  Str bytes;
  const char *why;
  if (!map_file(path, i->a, &bytes, &why))
    return fails(i, (Str){0}, "cannot read %.*s: %s", STR_ARG(path), why);
  bool good =
      is_library_of_this_machine(bytes) ||
      fails(i, STR("it has to be libchdb.so of ClickHouse's chdb, for Linux on this processor"),
            "%.*s is no shared library for this machine", STR_ARG(path));
  if (good && !is_known(bytes))
    run_say(i->run, EV_DebugCmdOut, NULL,
            "%.*s is not the one that starc is tested with (" VERSION ")", STR_ARG(path));
  good = good && put(i, bytes);
  munmap((void *)bytes.ptr, bytes.len);
  return good;
}

// --- from the registry

// Writes the library out of the package's archive.
static bool unpack_entry(Install *i, struct archive *archive) {
  enum { BLOCK = 1 << 20 };
  FsWriter w;
  if (!fs_writer_open(&w, fs_join(i->a, i->parts, STR("libchdb.so")), &i->run->diags))
    return false;
  char *block = arena_alloc(i->a, BLOCK);
  ssize_t n;
  while ((n = libarchive.archive_read_data(archive, block, BLOCK)) > 0)
    if (fwrite(block, 1, (size_t)n, w.file) != (size_t)n)
      break;
  if (n < 0) {
    fs_writer_abort(&w);
    return fails(i, (Str){0}, "the package is broken: %s",
                 libarchive.archive_error_string(archive));
  }
  return fs_writer_commit_quick(&w, &i->run->diags);
}

static bool unpack(Install *i, Str package) {
  DbError error = {.at = -1};
  if (!libarchive_load(i->a, &error))
    return fails(i, error.hint, "%.*s", STR_ARG(error.message));
  struct archive *archive = libarchive.archive_read_new();
  struct archive_entry *e;
  libarchive.archive_read_support_filter_gzip(archive);
  libarchive.archive_read_support_format_tar(archive);
  bool found = false, good = true;
  if (libarchive.archive_read_open_memory(archive, package.ptr, package.len) == ARCHIVE_OK)
    while (!found && libarchive.archive_read_next_header(archive, &e) == ARCHIVE_OK) {
      found = strcmp(libarchive.archive_entry_pathname(e), IN_PACKAGE) == 0;
      good = !found || unpack_entry(i, archive);
    }
  libarchive.archive_read_free(archive);
  return found ? good : fails(i, (Str){0}, "the package has no " IN_PACKAGE);
}

// Why npm failed, of all that it says.
static Str npm_reason(Str said) {
  ptrdiff_t at = str_find(said, STR("reason: "), 0);
  Str line = at < 0 ? said : str_sub(said, (size_t)at + 8, said.len), rest = line;
  str_cut(&rest, '\n', &line);
  return line;
}

// npm puts the package, as one file, into the folder of parts.
static bool fetch_package(Install *i, Str *file) {
  Str said;
  bool missing;
  char *const npm[] = {(char *)"npm",
                       (char *)"pack",
                       (char *)"--loglevel=error",
                       (char *)"--pack-destination",
                       str_cstr(i->a, i->parts),
                       (char *)PACKAGE,
                       NULL};
  run_say(i->run, EV_DebugCmdOut, NULL, "fetching " PACKAGE " (167 MB) with npm");
  if (child_run(i->a, npm, environ, &said, &missing)) {
    ptrdiff_t line = str_rfind(said, STR("\n"));
    *file = fs_join(i->a, i->parts, fs_basename(str_sub(said, (size_t)(line + 1), said.len)));
    return true;
  }
  if (missing)
    return fails(i,
                 STR("install npm (Debian: apt install npm), or bring the file: "
                     "starc engine install --from libchdb.so"),
                 "the program npm is needed to fetch the embedded ClickHouse");
  return fails(i,
               STR("npm's own settings hold (registry, proxy); or bring the file: "
                   "starc engine install --from libchdb.so"),
               "npm cannot fetch " PACKAGE "%s%.*s", said.len ? ": " : "",
               STR_ARG(npm_reason(said)));
}

static bool from_registry(Install *i) {
#if !defined(__x86_64__) || !defined(__linux__)
  return fails(i,
               STR("starc engine install --from libchdb.so takes the one that ClickHouse's chdb "
                   "has for this processor"),
               "the registry has the embedded ClickHouse for Linux on x86-64 only");
#endif
  Str file, bytes;
  const char *why;
  if (!fetch_package(i, &file))
    return false;
  if (!map_file(file, i->a, &bytes, &why))
    return fails(i, (Str){0}, "cannot read what npm fetched: %s", why);
  bool good = unpack(i, bytes);
  munmap((void *)bytes.ptr, bytes.len);
  Str made = fs_join(i->a, i->parts, STR("libchdb.so"));
  if (!good)
    return false;
  if (!map_file(made, i->a, &bytes, &why))
    return fails(i, (Str){0}, "cannot read %.*s: %s", STR_ARG(made), why);
  good = is_known(bytes) ||
         fails(i, STR("nothing was installed; try again, or bring the file: --from"),
               "what npm fetched is not the file that it should be (SHA-256)");
  munmap((void *)bytes.ptr, bytes.len);
  if (good && rename(str_cstr(i->a, made), str_cstr(i->a, i->file)) != 0)
    return fails(i, (Str){0}, "cannot put %.*s into place: %s", STR_ARG(i->file), strerror(errno));
  return good;
}

// --- the commands

// What an install that was killed left. Under the lock, so nobody is at work there.
static void remove_left(Install *i) {
  FsEntry *found;
  size_t n;
  Diags ignored = {0};
  diags_init(&ignored);
  fs_remove(i->parts, &ignored);
  if (fs_walk(i->a, i->folder, NULL, 0, FS_LINKED_FILES, &found, &n, &ignored))
    for (size_t k = 0; k < n; k++)
      if (str_starts(found[k].rel, STR("libchdb.so.")))
        fs_remove(found[k].path, &ignored);
  diags_free(&ignored);
}

// One install at a time; the second finds what the first one made. <0: recorded.
static int lock_folder(Install *i) {
  if (!fs_mkdirs(i->folder, &i->run->diags))
    return -1;
  Str path = fs_join(i->a, i->folder, STR("engine.lock"));
  int fd = open(str_cstr(i->a, path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
    ;
  if (fd < 0)
    fails(i, (Str){0}, "cannot write %.*s: %s", STR_ARG(path), strerror(errno));
  return fd;
}

static bool install(Install *i) {
  Str from = i->run->options->engine_from;
  DbError error = {.at = -1};
  if (!chdb_possible(i->a, &error))
    return fails(i, error.hint, "%.*s", STR_ARG(error.message));
  int lock = lock_folder(i);
  if (lock < 0)
    return false;
  bool there = !from.len && is_there(i), good = there;
  if (!there) {
    remove_left(i);
    good = from.len ? from_file(i, from) : fs_mkdirs(i->parts, &i->run->diags) && from_registry(i);
    remove_left(i);
  }
  close(lock);
  if (good)
    run_print_as(
        i->run, EV_DebugCmdOut,
        str_fmt(i->a, "%s %.*s", there ? "It is there already:" : "Installed", STR_ARG(i->file)));
  return good;
}

static bool remove_it(Install *i) {
  bool there = fs_exists(i->file);
  if (there && !fs_remove(i->file, &i->run->diags))
    return false;
  fs_remove(fs_join(i->a, i->folder, STR("engine.lock")), &i->run->diags);
  rmdir(str_cstr(i->a, i->folder)); // if nothing else is in it
  run_print_as(i->run, EV_DebugCmdOut,
               str_fmt(i->a, "%s %.*s", there ? "Removed" : "There is no", STR_ARG(i->file)));
  return true;
}

// Where the one is that a project would have, its profile aside.
static bool find(Install *i) {
  DbError error = {.at = -1};
  return chdb_load(&(Target){0}, i->a, &error) ||
         fails(i, error.hint, "%.*s", STR_ARG(error.message));
}

static bool tell_path(Install *i) {
  if (!find(i))
    return false;
  run_print_as(i->run, EV_DebugCmdOut, chdb_file());
  return true;
}

// Asked of the engine itself, over an empty folder.
static bool tell_version(Install *i) {
  const char *tmp = getenv("TMPDIR");
  char *folder =
      str_cstr(i->a, str_fmt(i->a, "%s/starc-engine-XXXXXX", tmp && *tmp ? tmp : "/tmp"));
  if (!find(i))
    return false;
  if (!mkdtemp(folder))
    return fails(i, (Str){0}, "cannot make a folder in %s: %s", tmp && *tmp ? tmp : "/tmp",
                 strerror(errno));
  ChdbLine *line = chdb_open(&(Target){.any_file = true}, folder);
  ChdbResult *answer = line ? chdb_query(line, STR("select version()"), true) : NULL;
  Str text = answer && !chdb_problem(answer) ? str_dup(i->a, chdb_text(answer)) : (Str){0};
  ptrdiff_t last = str_rfind(str_trim(text), STR("\n")); // behind two lines of header
  if (line) {
    chdb_free(line, answer);
    chdb_close(line);
  }
  fs_remove(str_c(folder), &i->run->diags);
  if (!text.len)
    return fails(i, (Str){0}, "the engine does not start");
  run_print_as(i->run, EV_DebugCmdOut, str_trim(str_sub(text, (size_t)(last + 1), text.len)));
  return true;
}

static const struct {
  const char *word;
  bool (*work)(Install *i);
} works[] = {
    {"install", install     },
    {"path",    tell_path   },
    {"version", tell_version},
    {"remove",  remove_it   },
};

static int engine(Run *r) {
  Install i = {.run = r, .a = &r->arena, .file = chdb_home_file(&r->arena)};
  i.folder = fs_dirname(i.a, i.file);
  i.parts = fs_join(i.a, i.folder, STR(PARTS "parts"));
  Str word = r->options->args.items[0];
  for (size_t k = 0; k < COUNT(works); k++)
    if (str_eq(word, str_c(works[k].word))) {
      bool good = works[k].work(&i);
      return run_report(r) && good ? EXIT_GOOD : EXIT_FAILED;
    }
  diag_hint(&r->diags,
            diag_error(&r->diags, CODE_OPTION_VALUE, (Str){0}, "engine does not know '%.*s'",
                       STR_ARG(word)),
            "it is install, path, version or remove");
  run_report(r);
  return EXIT_USAGE;
}

int task_engine(RunOptions *o, Reporter *report) {
  Run r = {.options = o, .report = report};
  diags_init(&r.diags);
  int code = engine(&r);
  diags_free(&r.diags);
  arena_free(&r.arena);
  return code;
}
