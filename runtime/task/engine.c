// engine: the embedded ClickHouse, put where every project finds it. In: what engine_files.h
// brings. Out: one form of it in the user's data folder, whole; what fails or is killed leaves the
// one that was there. Where else it may be: engine/chdb.c.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/system.h"
#include "../engine/chdb.h"
#include "engine_files.h"
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Install {
  Run *run;
  Arena *a;
  Str folder; // the user's, for engines
  Str parts;  // in it, of an install that is under way
} Install;

static Str library_of(Install *i, const EngineForm *form) {
  return fs_join(i->a, i->folder, str_c(form->library));
}

static Str place_of(Install *i, const EngineForm *form) {
  return fs_join(i->a, i->folder, str_c(form->place));
}

// --- the commands

// What an install that was killed left. Under the lock, so nobody is at work there.
static void remove_left(Install *i) {
  Diags ignored = {0};
  diags_init(&ignored);
  fs_remove(i->parts, &ignored);
  diags_free(&ignored);
}

// Waits for the lock. False: it is of a file that another one has removed meanwhile.
static bool lock_file(int fd) {
  struct stat st;
  while (flock(fd, LOCK_EX) && errno == EINTR)
    ;
  return fstat(fd, &st) != 0 || st.st_nlink > 0;
}

// One install or removal at a time; the second finds what the first one made. <0: recorded.
static int lock_folder(Install *i) {
  Str path = fs_join(i->a, i->folder, STR("engine.lock"));
  int fd = -1;
  do {
    if (fd >= 0)
      close(fd);
    if (!fs_mkdirs(i->folder, &i->run->diags))
      return -1;
    fd = open(str_cstr(i->a, path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  } while (fd >= 0 ? !lock_file(fd) : errno == ENOENT); // the folder too may go meanwhile
  if (fd < 0)
    engine_fails(i->run, (Str){0}, "cannot write %.*s: %s", STR_ARG(path), strerror(errno));
  return fd;
}

// The form that is there already, of those that `with` brings, as this program knows it. NULL:
// none.
static const EngineForm *there(Install *i, Str with) {
  for (size_t k = 0; k < ENGINE_FORMS; k++) {
    const EngineForm *form = &engine_forms[k];
    if (engine_form_is_of(form, with) && engine_file_is(i->a, library_of(i, form), form->digest))
      return form;
  }
  return NULL;
}

// From the parts into place, in one step where the file system has that; then there is no other.
static bool put(Install *i, const EngineForm *form) {
  char *made = str_cstr(i->a, fs_join(i->a, i->parts, str_c(form->place)));
  char *place = str_cstr(i->a, place_of(i, form));
  if (rename(made, place) != 0 && !system_exchange(made, place)) {
    Str old = fs_join(i->a, i->parts, STR("old"));
    if (rename(place, str_cstr(i->a, old)) != 0 || rename(made, place) != 0)
      return engine_fails(i->run, (Str){0}, "cannot put %s into place: %s", place, strerror(errno));
  }
  for (size_t k = 0; k < ENGINE_FORMS; k++)
    if (&engine_forms[k] != form && fs_exists(place_of(i, &engine_forms[k])))
      fs_remove(place_of(i, &engine_forms[k]), &i->run->diags);
  return true;
}

static const EngineForm *bring(Install *i) {
  const RunOptions *o = i->run->options;
  if (!fs_mkdirs(i->parts, &i->run->diags))
    return NULL;
  EngineParts parts = {.run = i->run, .a = i->a, .folder = i->parts};
  const EngineForm *form = o->engine_from.len ? engine_take(&parts, o->engine_from)
                                              : engine_fetch(&parts, o->engine_with);
  return form && put(i, form) ? form : NULL;
}

static bool install(Install *i) {
  const RunOptions *o = i->run->options;
  DbError error = {.at = -1};
  if (!chdb_possible(i->a, &error))
    return engine_fails(i->run, error.hint, "%.*s", STR_ARG(error.message));
  int lock = lock_folder(i);
  if (lock < 0)
    return false;
  const EngineForm *had = o->engine_from.len ? NULL : there(i, o->engine_with), *form = had;
  if (!form) {
    remove_left(i);
    form = bring(i);
    remove_left(i);
  }
  close(lock);
  if (form)
    run_print_as(i->run, EV_DebugCmdOut,
                 str_fmt(i->a, "%s %.*s", had ? "It is there already:" : "Installed",
                         STR_ARG(library_of(i, form))));
  return form;
}

// Under the lock. False: recorded.
static bool remove_forms(Install *i, bool *any) {
  for (size_t k = 0; k < ENGINE_FORMS; k++) {
    Str place = place_of(i, &engine_forms[k]);
    if (!fs_exists(place))
      continue;
    if (!fs_remove(place, &i->run->diags))
      return false;
    run_print_as(i->run, EV_DebugCmdOut, str_fmt(i->a, "Removed %.*s", STR_ARG(place)));
    *any = true;
  }
  return true;
}

static bool remove_it(Install *i) {
  bool any = false;
  if (fs_exists(i->folder)) {
    int lock = lock_folder(i);
    bool good = lock >= 0 && remove_forms(i, &any);
    if (good) {
      remove_left(i);
      fs_remove(fs_join(i->a, i->folder, STR("engine.lock")), &i->run->diags);
      rmdir(str_cstr(i->a, i->folder)); // if nothing else is in it
    }
    if (lock >= 0)
      close(lock);
    if (!good)
      return false;
  }
  if (!any)
    run_print_as(i->run, EV_DebugCmdOut,
                 str_fmt(i->a, "There is no embedded ClickHouse in %.*s", STR_ARG(i->folder)));
  return true;
}

// Where the one is that a project would have, its profile aside.
static bool find(Install *i) {
  DbError error = {.at = -1};
  return chdb_load(&(Target){0}, i->a, &error) ||
         engine_fails(i->run, error.hint, "%.*s", STR_ARG(error.message));
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
    return engine_fails(i->run, (Str){0}, "cannot make a folder in %s: %s",
                        tmp && *tmp ? tmp : "/tmp", strerror(errno));
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
    return engine_fails(i->run, (Str){0}, "the engine does not start");
  Str version = str_trim(str_sub(text, (size_t)(last + 1), text.len));
  run_print_as(i->run, EV_DebugCmdOut, str_fmt(i->a, "%.*s (%s)", STR_ARG(version), chdb_face()));
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
  Install i = {.run = r, .a = &r->arena, .folder = chdb_home(&r->arena)};
  i.parts = fs_join(i.a, i.folder, STR("engine-parts"));
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
