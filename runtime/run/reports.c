// See reports.h.
#include "reports.h"
#include "../../compiler/base/fs.h"
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_stdout(Str word) { return str_ends(word, STR("=-")); }

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
    mix |= is_stdout(o->reports.items[i]) && form && !form->among_lines;
  }
  arena_free(&a);
  return mix && run_prints_data(o);
}

// --- before the work

static bool refuse(Diags *diags, Str word, Str path, const char *why) {
  if (!diags)
    return false;
  Diag *d = diag_error(diags, CODE_FILE_ACCESS, path, "the report cannot be written: %s", why);
  diag_hint(diags, d, "--report %.*s asks for it", STR_ARG(word));
  return false;
}

// `diags` NULL: nothing is recorded. A new file is made beside the old one; what is no plain file,
// and the summary, is written to.
static bool may_write(Arena *a, Str word, Str file, Diags *diags) {
  Str path = fs_absolute(a, file), folder = fs_dirname(a, path);
  if (fs_is_dir(path))
    return refuse(diags, word, file, "it is a folder");
  if (fs_exists(path) && access(str_cstr(a, path), W_OK) != 0)
    return refuse(diags, word, file, strerror(errno));
  while (!fs_exists(folder) && !str_is(folder, "/"))
    folder = fs_dirname(a, folder);
  if (!fs_is_dir(folder))
    return refuse(diags, word, folder, "it is a file, and would have to be a folder");
  if (!fs_exists(path) && access(str_cstr(a, folder), W_OK | X_OK) != 0)
    return refuse(diags, word, folder, strerror(errno));
  return true;
}

bool reports_ready(const RunOptions *o, Diags *diags) {
  Arena a = {0};
  bool good = true;
  for (size_t i = 0; i < o->reports.n; i++) {
    Str word = o->reports.items[i], file, message;
    if (!is_stdout(word) && report_find(&a, word, &file, &message))
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

// The file to which each command of a step adds its part.
static bool is_shared(Arena *a, Str path) {
  Str summary = env("GITHUB_STEP_SUMMARY");
  return summary.len && str_eq(path, fs_absolute(a, summary));
}

static bool append(Arena *a, Str path, Str text, Diags *diags) {
  FILE *f = fopen(str_cstr(a, path), "ab");
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
  if (report->exit_code == EXIT_USAGE && !is_stdout(word) && !may_write(a, word, file, NULL))
    return true; // that is told already
  Buf out = {0};
  form->write(&out, report);
  Str path = fs_absolute(a, file);
  bool good = is_stdout(word)      ? print(o, buf_str(&out))
              : is_shared(a, path) ? append(a, path, buf_str(&out), diags)
                                   : fs_write(path, buf_str(&out), diags);
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
