// The two forms in which the embedded ClickHouse comes, and how each is brought: from a registry,
// by its own client, or from a file. In: what is asked for. Out: a form's files in a folder of
// parts, whole, on the disk, looked at. Leaves to engine.c where they go.
#ifndef STARC_ENGINE_FILES_H
#define STARC_ENGINE_FILES_H
#include "../run/run.h"

// One row for each form. Paths go on from the user's data folder, which holds one of them.
typedef struct EngineForm {
  const char *place;      // what is put into place: a file, or a folder
  const char *library;    // the library, in it
  const char *package;    // what the registry has it as
  const char *size;       // of that, for people
  const char *in_package; // the library in the package
  const char *beside;     // a folder of the package whose files the library needs; NULL: none
  const char *archive;    // SHA-256 of the package; NULL: not looked at
  const char *digest;     // SHA-256 of the library; NULL: there is no such package for this machine
} EngineForm;

enum { ENGINE_FORMS = 2 };
extern const EngineForm engine_forms[ENGINE_FORMS];

typedef struct EngineParts {
  Run *run;
  Arena *a;
  Str folder; // that is there, and empty
} EngineParts;

// Whether it is what `with` (npm, pip, uv; empty: any) brings.
bool engine_form_is_of(const EngineForm *form, Str with);

// Whether the file has this digest.
bool engine_file_is(Arena *a, Str path, const char *sha256);

// Brings a form from its registry. `with`: "npm", "pip" or "uv"; empty: the first of them that is
// on this machine and has one for it. NULL: recorded.
const EngineForm *engine_fetch(EngineParts *p, Str with);

// Brings it from a file: libchdb.so, or the wheel of chdb-core. NULL: recorded.
const EngineForm *engine_take(EngineParts *p, Str file);

// Records why it failed, and what can be done (may be empty). False, so that a caller can end with
// it.
bool engine_fails(Run *run, Str hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
