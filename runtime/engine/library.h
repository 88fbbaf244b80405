// A shared library that is loaded when a target first needs it. Linked the usual way, libpq and
// libcurl bring thirty others along, and every start of the program, `--version` and completion
// included, would wait for the loader.
#ifndef STARC_LIBRARY_H
#define STARC_LIBRARY_H
#include "../../compiler/context/db.h"

// The functions of a library as members of a struct, each a pointer by the function's own name and
// type: #define F(X) X(PQexec) X(PQclear), struct { F(LIBRARY_MEMBER) } pq; then pq.PQexec(...).
#define LIBRARY_MEMBER(function) __typeof__(function) *function;
#define LIBRARY_NAME(function) #function,

typedef struct Library {
  const char *file;             // "libpq.so.5": the name with the number of its interface
  const char *package;          // who brings it: Debian's package, for the error
  const char *const *functions; // their names, NULL at the end
  void *table;                  // the struct of their addresses, in the same order
  bool loaded;
} Library;

// Loads l and fills its table; once, and from any thread. It stays for the life of the process.
// False: *error says what is missing and which package has it.
bool library_load(Library *l, Arena *a, DbError *error);
#endif
