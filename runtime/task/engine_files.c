// See engine_files.h.
#include "engine_files.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/program.h"
#include "../deps/child.h"
#include "../deps/libarchive.h"
#include "../engine/chdb.h"
#include "../engine/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

#if defined(__linux__) && defined(__x86_64__)
#define NPM_DIGEST "4330da79405733f7572f27c1442f46c03a08301f00859dce0368645731b1e1dc"
#define WHEEL_PLATFORM "manylinux2014_x86_64"
#define WHEEL_SIZE "182 MB"
#define WHEEL_ARCHIVE "707e2ec3fe0f7953bac97942eaeb7a1ed1d66b1e56ecef3f0aa2130f61f6e735"
#define WHEEL_DIGEST "1ae0bd0fb1360812796d7d22f72590f68773b5c41ff4bdaf6f8cf779ba251673"
#elif defined(__linux__) && defined(__aarch64__)
#define NPM_DIGEST NULL
#define WHEEL_PLATFORM "manylinux2014_aarch64"
#define WHEEL_SIZE "161 MB"
#define WHEEL_ARCHIVE "46148d3fc1edd6d6f701922be0f18e2aa6e60349e418b430e69bbb87ab6b95a9"
#define WHEEL_DIGEST "98d00e5c4f8bd497638cf32605ad2df969af48221cfa2676dbebc127ab10bd73"
#else
#define NPM_DIGEST NULL
#define WHEEL_PLATFORM "any"
#define WHEEL_SIZE ""
#define WHEEL_ARCHIVE NULL
#define WHEEL_DIGEST NULL
#endif

const EngineForm engine_forms[ENGINE_FORMS] = {
    {.place = "libchdb.so",
     .library = CHDB_HOME_FILE,
     .package = "@chdb/lib-linux-x64-gnu@26.5.3",
     .size = "167 MB",
     .in_package = "package/libchdb.so",
     .digest = NPM_DIGEST  },
    { .place = "chdb-core",
     .library = CHDB_HOME_WHEEL,
     .package = "chdb-core==26.9.0",
     .size = WHEEL_SIZE,
     .in_package = "chdb/_chdb.abi3.so",
     .beside = "chdb_core.libs/",
     .archive = WHEEL_ARCHIVE,
     .digest = WHEEL_DIGEST},
};
enum { NPM, WHEEL }; // their rows

#define BRING "or bring the file: `starc engine install --from FILE`"

bool engine_fails(Run *run, Str hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str text = str_vfmt(&run->arena, fmt, ap);
  va_end(ap);
  Diag *d = diag_error(&run->diags, CODE_ENGINE_INSTALL, (Str){0}, "%.*s", STR_ARG(text));
  if (hint.len)
    diag_hint(&run->diags, d, "%.*s", STR_ARG(program_text(&run->arena, hint)));
  return false;
}

// --- bytes

// A file's bytes, as long as the process lasts: they are given back with munmap. False: *why.
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

static bool is(Str bytes, const char *sha256) {
  char digest[65];
  hash_sha256_hex(bytes, digest);
  return sha256 && strcmp(digest, sha256) == 0;
}

bool engine_file_is(Arena *a, Str path, const char *sha256) {
  Str bytes;
  const char *why;
  if (!sha256 || !map_file(path, a, &bytes, &why))
    return false;
  bool good = is(bytes, sha256);
  munmap((void *)bytes.ptr, bytes.len);
  return good;
}

// --- archives

// Where a file of the package goes, below the parts; empty: it is not needed. The archive's own
// paths are never followed: they are one of a form's names.
static Str wanted(EngineParts *p, const EngineForm *form, Str path) {
  if (str_eq(path, str_c(form->in_package)))
    return fs_join(p->a, p->folder, str_c(form->library));
  if (!form->beside || !str_starts(path, str_c(form->beside)))
    return (Str){0};
  Str name = str_sub(path, strlen(form->beside), path.len);
  if (!str_ends(name, STR(".so")) || str_find(name, STR("/"), 0) >= 0)
    return (Str){0};
  return str_fmt(p->a, "%.*s/%s/%s%.*s", STR_ARG(p->folder), form->place, form->beside,
                 STR_ARG(name));
}

static bool write_entry(EngineParts *p, struct archive *archive, Str path) {
  enum { BLOCK = 1 << 20 };
  FsWriter w;
  if (!fs_writer_open(&w, path, &p->run->diags))
    return false;
  char *block = malloc(BLOCK);
  ssize_t n;
  while (block && (n = libarchive.archive_read_data(archive, block, BLOCK)) > 0)
    if (fwrite(block, 1, (size_t)n, w.file) != (size_t)n)
      break; // a failure stays with the stream, and the commit tells it
  free(block);
  if (!block || n < 0) {
    fs_writer_abort(&w);
    return engine_fails(p->run, (Str){0}, "the package is broken: %s",
                        block ? libarchive.archive_error_string(archive) : strerror(ENOMEM));
  }
  return fs_writer_commit(&w, &p->run->diags);
}

static bool unpack_all(EngineParts *p, const EngineForm *form, struct archive *archive) {
  struct archive_entry *e;
  bool found = false;
  int status;
  while ((status = libarchive.archive_read_next_header(archive, &e)) == ARCHIVE_OK) {
    const char *name = libarchive.archive_entry_pathname(e);
    Str path = wanted(p, form, name ? str_c(name) : (Str){0});
    if (!path.len || libarchive.archive_entry_filetype(e) != AE_IFREG)
      continue;
    if (!write_entry(p, archive, path))
      return false;
    found |= str_eq(str_c(name), str_c(form->in_package));
    if (found && !form->beside)
      return true;
  }
  if (status != ARCHIVE_EOF)
    return engine_fails(p->run, (Str){0}, "the package is broken: %s",
                        libarchive.archive_error_string(archive));
  return found || engine_fails(p->run, (Str){0}, "the package has no %s", form->in_package);
}

static bool unpack(EngineParts *p, const EngineForm *form, Str package) {
  DbError error = {.at = -1};
  if (!libarchive_load(p->a, &error))
    return engine_fails(p->run, error.hint, "%.*s", STR_ARG(error.message));
  struct archive *archive = libarchive.archive_read_new();
  libarchive.archive_read_support_filter_gzip(archive);
  libarchive.archive_read_support_format_tar(archive);
  libarchive.archive_read_support_format_zip(archive);
  bool good = libarchive.archive_read_open_memory(archive, package.ptr, package.len) == ARCHIVE_OK
                  ? unpack_all(p, form, archive)
                  : engine_fails(p->run, (Str){0}, "the package has no %s", form->in_package);
  libarchive.archive_read_free(archive);
  return good;
}

// --- from a file

static bool is_wheel(Str bytes) { return str_starts(bytes, STR("PK\3\4")); }

static void tell_unknown(EngineParts *p, Str path, bool known, const EngineForm *form) {
  if (!known)
    run_say(p->run, EV_DebugCmdOut, NULL, "%.*s is not the one that starc is tested with (%s)",
            STR_ARG(path), form->package);
}

static bool take_wheel(EngineParts *p, Str path, Str bytes) {
  const EngineForm *form = &engine_forms[WHEEL];
  if (!unpack(p, form, bytes))
    return false;
  Str library = fs_join(p->a, p->folder, str_c(form->library));
  const char *problem = elf_problem(str_cstr(p->a, library));
  if (problem)
    return engine_fails(p->run,
                        STR("it has to be a wheel of chdb-core for Linux on this processor"),
                        "the library in %.*s %s", STR_ARG(path), problem);
  tell_unknown(p, path, is(bytes, form->archive), form);
  return true;
}

static bool take_library(EngineParts *p, Str path, Str bytes) {
  const EngineForm *form = &engine_forms[NPM];
  const char *problem = elf_problem(str_cstr(p->a, path));
  if (problem)
    return engine_fails(p->run,
                        STR("it has to be libchdb.so of ClickHouse's chdb or the wheel of "
                            "chdb-core, for Linux on this processor"),
                        "%.*s %s", STR_ARG(path), problem);
  int names = elf_python_names(str_cstr(p->a, path));
  if (names >= 0) {
    close(names);
    return engine_fails(
        p->run, STR("bring the whole wheel: `starc engine install --from FILE.whl`"),
        "%.*s is the library of a Python package, without the files beside it", STR_ARG(path));
  }
  tell_unknown(p, path, is(bytes, form->digest), form);
  FsWriter w;
  if (!fs_writer_open(&w, fs_join(p->a, p->folder, str_c(form->library)), &p->run->diags))
    return false;
  fwrite(bytes.ptr, 1, bytes.len, w.file); // the commit tells a failure
  return fs_writer_commit(&w, &p->run->diags);
}

const EngineForm *engine_take(EngineParts *p, Str path) {
  Str bytes;
  const char *why;
  if (!map_file(path, p->a, &bytes, &why)) {
    engine_fails(p->run, (Str){0}, "cannot read %.*s: %s", STR_ARG(path), why);
    return NULL;
  }
  const EngineForm *form = &engine_forms[is_wheel(bytes) ? WHEEL : NPM];
  bool good = is_wheel(bytes) ? take_wheel(p, path, bytes) : take_library(p, path, bytes);
  munmap((void *)bytes.ptr, bytes.len);
  return good ? form : NULL;
}

// --- from a registry

// A registry's client. All put the package, as one file, into the folder that comes as PARTS.
#define PARTS ""
#define PIP_DOWNLOAD                                                                               \
  "download", "--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--platform",        \
      WHEEL_PLATFORM, "--implementation", "cp", "--abi", "abi3", "--python-version", "3.12",       \
      "--dest", PARTS, "chdb-core==26.9.0"
typedef struct Client {
  const char *name; // as --with has it
  int form;
  const char *argv[24];
} Client;
static const Client clients[] = {
    {"npm",
     NPM,          {"npm", "pack", "--loglevel=error", "--no-update-notifier", "--pack-destination", PARTS,
      "@chdb/lib-linux-x64-gnu@26.5.3"}                        },
    {"pip", WHEEL, {"pip", PIP_DOWNLOAD}                                },
    {"pip", WHEEL, {"pip3", PIP_DOWNLOAD}                               },
    {"uv",  WHEEL, {"uv", "tool", "run", "--quiet", "pip", PIP_DOWNLOAD}},
};

bool engine_form_is_of(const EngineForm *form, Str with) {
  for (size_t i = 0; i < COUNT(clients); i++)
    if (&engine_forms[clients[i].form] == form &&
        (!with.len || str_eq(with, str_c(clients[i].name))))
      return true;
  return false;
}

// What npm says before the error: "npm error code ENOSPC", "npm ERR! syscall write".
static bool is_detail(Str line) {
  static const char *const heads[] = {"npm error ", "npm ERR! "};
  static const char *const words[] = {"code ", "syscall ", "errno ", "file ", "path ", "dest "};
  for (size_t h = 0; h < COUNT(heads); h++)
    for (size_t w = 0; w < COUNT(words) && str_starts(line, str_c(heads[h])); w++)
      if (str_starts(str_sub(line, strlen(heads[h]), line.len), str_c(words[w])))
        return true;
  return false;
}

// Why a client failed, of all that it says: the network's reason, else its first error.
static Str reason(Str said) {
  static const char *const before[] = {"reason: ", "connection broken by '", "ERROR: ", "error: "};
  Str line = said, rest;
  for (size_t i = 0; i < COUNT(before); i++) {
    ptrdiff_t at = str_find(said, str_c(before[i]), 0);
    if (at < 0)
      continue;
    line = str_sub(said, (size_t)at + strlen(before[i]), said.len);
    break;
  }
  for (rest = line; str_cut(&rest, '\n', &line) && is_detail(line);)
    ;
  return line;
}

// The one file in the folder.
static bool find_package(EngineParts *p, const Client *c, Str *file) {
  FsEntry *found;
  size_t n = 0;
  if (!fs_walk(p->a, p->folder, NULL, 0, FS_LINKED_FILES, &found, &n, &p->run->diags))
    return false;
  if (n != 1)
    return engine_fails(p->run, (Str){0}, "%s brought %zu files, where one was asked for", c->name,
                        n);
  *file = found[0].path;
  return true;
}

// Runs the client. False: recorded, but for *missing: it is not on this machine.
static bool run_client(EngineParts *p, const Client *c, Str *file, bool *missing) {
  const EngineForm *form = &engine_forms[c->form];
  char *argv[COUNT(c->argv) + 1] = {0};
  for (size_t i = 0; i < COUNT(c->argv) && c->argv[i]; i++)
    argv[i] = *c->argv[i] ? (char *)c->argv[i] : str_cstr(p->a, p->folder);
  Str said;
  run_say(p->run, EV_DebugCmdOut, NULL, "fetching %s (%s) with %s", form->package, form->size,
          argv[0]);
  if (child_run(p->a, argv, environ, &said, missing))
    return find_package(p, c, file);
  return *missing ||
         engine_fails(p->run,
                      str_fmt(p->a, "%s's own settings hold (registry, proxy); " BRING, c->name),
                      "%s cannot fetch %s%s%.*s", c->name, form->package, said.len ? ": " : "",
                      STR_ARG(reason(said)));
}

// What was brought is the very package that is known, before anything of it is looked at where that
// is known of the package, and the very library.
static bool take_package(EngineParts *p, const Client *c, Str file) {
  const EngineForm *form = &engine_forms[c->form];
  Str bytes, hint = STR("nothing was installed; try again, " BRING);
  const char *why;
  if (!map_file(file, p->a, &bytes, &why))
    return engine_fails(p->run, (Str){0}, "cannot read what %s fetched: %s", c->name, why);
  bool good = !form->archive || is(bytes, form->archive) ||
              engine_fails(p->run, hint,
                           "what %s fetched is not the file that it should be (SHA-256)", c->name);
  good = good && unpack(p, form, bytes);
  munmap((void *)bytes.ptr, bytes.len);
  return good &&
         (engine_file_is(p->a, fs_join(p->a, p->folder, str_c(form->library)), form->digest) ||
          engine_fails(p->run, hint, "what %s fetched is not the file that it should be (SHA-256)",
                       c->name));
}

const EngineForm *engine_fetch(EngineParts *p, Str with) {
  bool possible = false;
  for (size_t i = 0; i < COUNT(clients); i++) {
    const Client *c = &clients[i];
    if (!engine_forms[c->form].digest || (with.len && !str_eq(with, str_c(c->name))))
      continue;
    possible = true;
    Str file = {0};
    bool missing = false;
    if (!run_client(p, c, &file, &missing))
      return NULL;
    if (!missing)
      return take_package(p, c, file) ? &engine_forms[c->form] : NULL;
  }
  if (possible)
    engine_fails(p->run,
                 STR("install one of them (Debian: apt install npm, or python3-pip), " BRING),
                 "%.*s is needed to fetch the embedded ClickHouse",
                 STR_ARG(with.len ? with : STR("one of the programs npm, pip and uv")));
  else
    engine_fails(p->run,
                 STR("`starc engine install --with pip` has it for Linux on x86-64 and "
                     "arm64; " BRING),
                 "%.*s has no embedded ClickHouse for this machine",
                 STR_ARG(with.len ? with : STR("no registry")));
  return NULL;
}
