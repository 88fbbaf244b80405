// See reports.h.
#include "reports.h"
#include "../../compiler/base/fs.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// --- where a report goes

// What stands behind FORM=.
static Str file_of(Str word) {
  Str form;
  return str_cut(&word, '=', &form) ? word : (Str){0};
}

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

// The stream that is open already for a file: -, /dev/stdout, /dev/fd/3, or the file to which the
// shell sends standard output. To put another file in its place would lose its lines. -1: none.
static int stream_of(Str file) {
  static const char *const numbered[] = {"/dev/fd/", "/proc/self/fd/"};
  if (str_is(file, "-") || str_is(file, "/dev/stdout"))
    return STDOUT_FILENO;
  if (str_is(file, "/dev/stderr"))
    return STDERR_FILENO;
  Arena a = {0};
  const char *name = str_cstr(&a, file);
  int found = -1;
  for (size_t i = 0; i < COUNT(numbered); i++)
    if (str_starts(file, str_c(numbered[i])))
      found = atoi(name + strlen(numbered[i]));
  struct stat its, open;
  bool plain = stat(name, &its) == 0 && (S_ISREG(its.st_mode) || S_ISFIFO(its.st_mode));
  for (int fd = STDERR_FILENO; plain && found < 0 && fd >= STDOUT_FILENO; fd--)
    if (fstat(fd, &open) == 0 && is_same(&its, &open))
      found = fd;
  if (found == STDERR_FILENO && fstat(STDOUT_FILENO, &open) == 0 && is_same(&its, &open) && plain)
    found = STDOUT_FILENO;
  arena_free(&a);
  return found;
}

static bool is_stdout(Str word) { return stream_of(file_of(word)) == STDOUT_FILENO; }

bool reports_to_stdout(const RunOptions *o) {
  for (size_t i = 0; i < o->reports.n; i++)
    if (is_stdout(o->reports.items[i]))
      return true;
  return false;
}

bool reports_mix(const RunOptions *o) {
  Arena a = {0};
  bool mix = false;
  for (size_t i = 0; i < o->reports.n; i++) {
    Str file, message;
    const ReportForm *form = report_find(&a, o->reports.items[i], &file, &message);
    mix |= is_stdout(o->reports.items[i]) && form && form->text != WORKFLOW_HEARD;
  }
  arena_free(&a);
  return mix && run_prints_data(o);
}

// Whether two names are of one file, by links too. What is written to a device is not kept there.
static bool same_file(Arena *a, Str one, Str other) {
  struct stat x, y;
  if (stream_of(one) >= 0 || stream_of(other) >= 0)
    return stream_of(one) == stream_of(other);
  Str paths[] = {fs_absolute(a, one), fs_absolute(a, other)};
  if (stat(str_cstr(a, paths[0]), &x) == 0 && stat(str_cstr(a, paths[1]), &y) == 0)
    return is_same(&x, &y) && !S_ISCHR(x.st_mode);
  for (size_t i = 0; i < 2; i++) // not there yet: by its folder
    paths[i] = fs_join(a, fs_real(a, fs_dirname(a, paths[i])), fs_basename(paths[i]));
  return str_eq(paths[0], paths[1]);
}

bool reports_clash(const RunOptions *o, Str word) {
  Arena a = {0};
  bool clash = false;
  for (size_t i = 0; i < o->reports.n; i++)
    clash |= same_file(&a, file_of(o->reports.items[i]), file_of(word));
  arena_free(&a);
  return clash;
}

// --- before the work

static bool refuse(Diags *diags, Str word, Str path, const char *why) {
  if (!diags)
    return false;
  Diag *d = diag_error(diags, CODE_FILE_ACCESS, path, "the report cannot be written: %s", why);
  diag_hint(diags, d, "--report %.*s asks for it", STR_ARG(word));
  return false;
}

// The file to which each command of a step adds its part.
static bool is_shared(Arena *a, Str path) {
  Str summary = str_c(getenv("GITHUB_STEP_SUMMARY"));
  return summary.len && same_file(a, path, summary);
}

// Whether this name can be made; nothing stays of it.
static bool can_make(const char *name) {
  int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0)
    return errno == EEXIST; // a link to what is not there
  close(fd);
  unlink(name);
  return true;
}

// Whether something is mounted over the file, which can then not be replaced. Where the system does
// not say it, the file is tried when it is written.
static bool is_mounted(const char *name) {
#ifdef STATX_ATTR_MOUNT_ROOT
  struct statx st;
  return statx(AT_FDCWD, name, 0, 0, &st) == 0 && st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
#else
  (void)name;
  return false;
#endif
}

// A file that is there is written to, or replaced by a new one beside it.
static bool may_rewrite(Arena *a, Str path, bool shared) {
  const char *name = str_cstr(a, path);
  int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
  int code = errno;
  if (fd >= 0)
    close(fd);
  Str beside = str_fmt(a, "%.*s.%ld.tmp", STR_ARG(fs_real(a, path)), (long)getpid());
  bool good = fd >= 0 || (!shared && !is_mounted(name) && can_make(str_cstr(a, beside)));
  errno = code;
  return good;
}

// A pipe stays open till the end: who reads it waits for the report.
static bool may_send(const char *name) {
  return open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) >= 0;
}

static bool may_make(Arena *a, Str word, Str file, Str path, Diags *diags) {
  Str folder = fs_dirname(a, path), above = folder;
  Diags ignored;
  while (!fs_exists(above) && !str_is(above, "/"))
    above = fs_dirname(a, above);
  if (!fs_is_dir(above))
    return refuse(diags, word, above, "it is a file, and would have to be a folder");
  diags_init(&ignored);
  bool made = fs_mkdirs(folder, &ignored);
  int code = errno;
  diags_free(&ignored);
  if (!made)
    return refuse(diags, word, folder, strerror(code));
  return can_make(str_cstr(a, path)) || refuse(diags, word, file, strerror(errno));
}

// Tries what writing it will do. `diags` NULL: nothing is recorded.
static bool may_write(Arena *a, Str word, Str file, Diags *diags) {
  int stream = stream_of(file);
  Str path = fs_absolute(a, file);
  const char *name = str_cstr(a, path);
  struct stat st;
  if (stream == STDOUT_FILENO)
    return true; // told by who writes it
  if (stream >= 0)
    return (fcntl(stream, F_GETFL) & O_ACCMODE) != O_RDONLY && fcntl(stream, F_GETFL) >= 0
               ? true
               : refuse(diags, word, file, "it is not open to be written");
  if (stat(name, &st) != 0)
    return may_make(a, word, file, path, diags);
  if (S_ISDIR(st.st_mode))
    return refuse(diags, word, file, "it is a folder");
  if (S_ISREG(st.st_mode)    ? may_rewrite(a, path, is_shared(a, path))
      : S_ISFIFO(st.st_mode) ? may_send(name)
                             : access(name, W_OK) == 0 && (errno = ENXIO, !S_ISSOCK(st.st_mode)))
    return true;
  return refuse(diags, word, file,
                errno == ENXIO ? "nobody reads what is written there" : strerror(errno));
}

bool reports_ready(const RunOptions *o, Diags *diags) {
  Arena a = {0};
  bool good = true;
  for (size_t i = 0; i < o->reports.n; i++) {
    Str word = o->reports.items[i], file, message;
    if (report_find(&a, word, &file, &message))
      good &= may_write(&a, word, file, diags);
  }
  arena_free(&a);
  return good;
}

// --- where the project lies

static Str env(const char *name) { return str_c(getenv(name)); }

static bool lies_in(Str path, Str folder) {
  return str_eq(path, folder) ||
         (str_starts(path, folder) && path.len > folder.len && path.ptr[folder.len] == '/');
}

// The workspace of the job, the folder above with a repository, else the project itself.
static Str repository_of(Arena *a, Str root) {
  Str workspace = env("GITHUB_WORKSPACE");
  if (workspace.len && lies_in(root, fs_real(a, workspace)))
    return fs_real(a, workspace);
  for (Str folder = root; !str_is(folder, "/"); folder = fs_dirname(a, folder))
    if (fs_exists(fs_join(a, folder, STR(".git"))))
      return folder;
  return root;
}

// Of a job on GitHub: "https://github.com/me/shop/blob/SHA/".
static Str link_of(Arena *a) {
  Str server = env("GITHUB_SERVER_URL"), name = env("GITHUB_REPOSITORY"), sha = env("GITHUB_SHA");
  if (!server.len || !name.len || !sha.len)
    return (Str){0};
  return str_fmt(a, "%.*s/%.*s/blob/%.*s/", STR_ARG(server), STR_ARG(name), STR_ARG(sha));
}

// --- writing

static bool to_stream(FILE *f, Str path, Str text, Diags *diags) {
  bool good = f && fwrite(text.ptr, 1, text.len, f) == text.len;
  good = f && !fclose(f) && good;
  if (!good)
    diag_error(diags, CODE_FILE_ACCESS, path, "the report cannot be written: %s", strerror(errno));
  return good;
}

// A report among lines goes where lines go, when something else is printed.
static bool print(const RunOptions *o, Str text) {
  FILE *to = run_prints_data(o) ? stderr : stdout;
  return fwrite(text.ptr, 1, text.len, to) == text.len && !fflush(to);
}

static bool write_one(Arena *a, const RunOptions *o, const Report *report, Str word, Diags *diags) {
  Str file, message;
  const ReportForm *form = report_find(a, word, &file, &message);
  if (!form)
    return true; // the command line was not taken
  if (report->exit_code == EXIT_USAGE && !may_write(a, word, file, NULL))
    return true; // that is told already
  Buf out = {0};
  form->write(&out, report);
  Str path = fs_absolute(a, file), text = workflow_unheard(a, buf_str(&out), form->text);
  int stream = stream_of(file);
  bool good = stream == STDOUT_FILENO ? print(o, text)
              : stream >= 0           ? to_stream(fdopen(dup(stream), "a"), file, text, diags)
              : is_shared(a, path)    ? to_stream(fopen(str_cstr(a, path), "ab"), path, text, diags)
                                      : fs_write_in_place(path, text, diags);
  buf_free(&out);
  return good;
}

bool reports_write(const RunOptions *o, Report *report, Diags *diags) {
  Arena a = {0};
  bool good = true;
  report->root = fs_real(&a, report->root);
  report->repository = repository_of(&a, report->root);
  report->link = link_of(&a);
  report_gather(&a, report);
  for (size_t i = 0; i < o->reports.n; i++)
    good &= write_one(&a, o, report, o->reports.items[i], diags);
  arena_free(&a);
  return good;
}
