// Packages: what packages.yml asks for, found, pinned in package-lock.yml and put into the
// packages folder. In: a project's file and the network (or git, or folders). Out: a folder per
// package, swapped in whole, so that a failure leaves the earlier ones.
#ifndef STARC_DEPS_H
#define STARC_DEPS_H
#include "../../compiler/artifacts/events.h"
#include "../../compiler/project/requirements.h"

// How one call of `starc deps` goes.
typedef struct DepsOptions {
  bool lock_only, upgrade;
  Str add, source; // --add-package NAME@VERSION, --source; empty: none
} DepsOptions;

// A message for the user.
typedef void DepsSay(void *data, EventKind kind, const EventField *fields, Str text);

typedef struct Deps {
  Arena *a;
  Diags *diags;
  const Project *project;
  Globals globals;
  Str root, install; // absolute
  Str staging;       // beside `install`: everything is made there
  Str hub, cache;    // the hub's URL, the folder of kept downloads (empty: none)
  Map fetched;       // what was unpacked or checked out already -> its folder as a Str *
  Map indexes;       // "org/name" -> its page of the hub's index as a Value *
  unsigned made;     // folders made in staging, for their names
  Str foreign;       // in `install`, and no package; empty: nothing
  DepsSay *say;
  void *data;
} Deps;

// Does what the command asks. False: errors were recorded; the installed packages are as before.
bool deps_run(Deps *d, const DepsOptions *o);

// --- for the files of this folder

// A message under the name that the program was called by.
void deps_say(Deps *d, EventKind kind, const EventField *fields, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// An error about a requirement, at its place in packages.yml if it has one.
Diag *deps_error(Deps *d, const Require *r, Code code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
// A new, empty folder in the staging area. Empty: recorded.
Str deps_folder(Deps *d);
// The folder of a package in that of its repository. Empty: it lies outside; recorded.
Str deps_subdirectory(Deps *d, const Require *r, Str folder);
// The `name:` of the project in a folder. Empty: recorded.
Str deps_project_name(Deps *d, const Require *r, Str dir);
bool deps_good_name(Deps *d, const Require *r, Str name);

#endif
