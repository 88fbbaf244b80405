// The small project of tests/fuzz/project, loaded once, for the fuzzers that need a graph; and a
// folder of the fuzzer's own for files that can be read by their path alone.
#ifndef STARC_FUZZ_PROJECT_H
#define STARC_FUZZ_PROJECT_H
#include "../../compiler/base/fs.h"
#include "../../runtime/run/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

// No variable of the person who runs the fuzzer takes part: a few harmless ones stand there.
static void fuzz_environment(void) {
  clearenv();
  setenv("HOME", "/nonexistent", 1);
  setenv("PLAIN", "plain text", 1);
  setenv("NUMBER", "5432", 1);
  setenv("DBT_ENV_SECRET_TOKEN", "a-secret-of-the-environment", 1);
}

static char fuzz_dir[64];
static void fuzz_remove_dir(void) {
  Diags ignored = {0};
  fs_remove(str_c(fuzz_dir), &ignored);
  diags_free(&ignored);
}

// A folder that lasts as long as the program.
static Str fuzz_folder(void) {
  if (!*fuzz_dir) {
    snprintf(fuzz_dir, sizeof fuzz_dir, "/tmp/starc_fuzz.XXXXXX");
    if (!mkdtemp(fuzz_dir))
      abort();
    atexit(fuzz_remove_dir);
  }
  return str_c(fuzz_dir);
}

// Puts the text into a file of that folder, in place of what was there.
__attribute__((unused)) static void fuzz_file(const char *name, Str text) {
  Arena a = {0};
  int fd = open(str_cstr(&a, fs_join(&a, fuzz_folder(), str_c(name))),
                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len)
    abort();
  close(fd);
  arena_free(&a);
}

// Shows all findings, as a person would see them.
static void fuzz_show(Arena *a, Diags *diags) {
  Buf shown = {.arena = a};
  for (const Diag *f = diags->first; f; f = f->next)
    diag_print(&shown, f, DIAG_PLAIN);
  diags_free(diags);
}

// A run of the project with its graph. What an input makes belongs into a copy: fuzz_run().
__attribute__((unused)) static const Run *fuzz_base(RunOptions *options) {
  static Run base;
  *options = (RunOptions){.project_dir = STR("tests/fuzz/project"),
                          .profiles_dir = STR("tests/fuzz/project"),
                          .target_path = fuzz_folder()};
  Reporter silent = reporter_silent;
  if (!run_open(&base, options, &silent, OPEN_GRAPH)) {
    fputs("tests/fuzz/project does not load: run this from the repository's folder\n", stderr);
    exit(1);
  }
  base.report = (Reporter *)&reporter_silent;
  return &base;
}

// A copy with memory and findings of its own; both are freed by fuzz_run_end().
__attribute__((unused)) static Run fuzz_run(const Run *base, RunOptions *options) {
  Run r = *base;
  r.options = options;
  r.arena = r.results_arena = (Arena){0};
  diags_init(&r.diags);
  return r;
}
__attribute__((unused)) static void fuzz_run_end(Run *r) {
  fuzz_show(&r->arena, &r->diags);
  arena_free(&r->results_arena);
  arena_free(&r->arena);
}

#endif
