// The file .env: variables of the environment that belong to a folder, in the form of
// python-dotenv, which dbt reads it with. In: the file's text. Out: names and values, or findings.
// Setting them is the caller's.
#ifndef STARC_DOTENV_H
#define STARC_DOTENV_H
#include "../base/diag.h"

typedef struct DotenvEntry {
  Str name, value;
  bool has_value; // `NAME` alone has none: it is not set
} DotenvEntry;

typedef struct Dotenv {
  Str path;           // absolute
  DotenvEntry *items; // as the last line of each name has it, in order
  size_t n;
} Dotenv;

// The .env of `folder` or of the nearest folder above it that has one: a regular file. False: there
// is none, or PYTHON_DOTENV_DISABLED is on.
bool dotenv_find(Arena *a, Str folder, Str *path);

// Reads the file. ${NAME} in a value is what the environment says of it, else what an earlier line
// does. A line that is none is a warning with its number and without its text, which may be a
// secret. False: an error was recorded.
bool dotenv_read(Arena *a, Str path, Dotenv *out, Diags *diags);

// As dotenv_read, of a text.
void dotenv_parse(Arena *a, Str path, Str text, Dotenv *out, Diags *diags);

// Whether a variable makes the program, or one that it calls, load or run something: a file that
// came with a project may not set it.
bool dotenv_refuses(Str name);

#endif
