// The projects that `starc init --example` writes: those of examples/ that are compiled into the
// program by scripts/embed.c, file by file as they lie there.
#ifndef STARC_TASK_EXAMPLE_H
#define STARC_TASK_EXAMPLE_H
#include "../run/run.h"

typedef struct ExampleFile {
  const char *path; // below examples/: "chinook/models/sources.yml"
  const char *text;
  size_t len; // of text, which has a NUL behind it
} ExampleFile;
extern const ExampleFile example_files[]; // sorted by path; ends with path NULL

// The values of --example: "chinook|incremental|..|list", one text for the whole process.
const char *example_choices(void);

// Lists the examples, or writes the one of r->options->init_example into the folder that is named
// (else: called as the example), with the profile of --type. Gives the exit code; all is reported.
int example_init(Run *r);

// A text of a project's file, with the name of the project where it says %NAME%.
// The lines that say what to set for the server of a profile; empty: it needs none.
Str init_server(Arena *a, const ProfileStart *start);
Str init_filled(Arena *a, const char *text, Str name);

#endif
