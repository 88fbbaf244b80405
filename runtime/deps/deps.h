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
#endif
