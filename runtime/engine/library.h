// A shared library that is loaded when a target first needs it. Linked the usual way, libpq and
// libcurl bring thirty others along, and every start of the program, `--version` and completion
// included, would wait for the loader. A release has them linked in (STARC_STATIC, packaging/):
// then there is nothing to load.
#ifndef STARC_LIBRARY_H
#define STARC_LIBRARY_H
#include "../../compiler/context/db.h"

// The functions of a library as members of a struct, each a pointer by the function's own name and
// type: #define F(X) X(PQexec) X(PQclear), struct { F(LIBRARY_MEMBER) } pq; then pq.PQexec(...).
#define LIBRARY_MEMBER(function) __typeof__(function) *function;
#ifdef STARC_STATIC
#define LIBRARY_FUNCTION(function) {#function, (void (*)(void))function},
#else
#define LIBRARY_FUNCTION(function) {#function, NULL},
#endif

typedef struct LibraryFunction {
  const char *name;     // NULL at the end of a list
  void (*linked)(void); // its address where it is linked in, else NULL
} LibraryFunction;

typedef struct Library {
  const char *file;    // "libpq.so.5": the name with the number of its interface
  const char *package; // who brings it: Debian's package, for the error
  const LibraryFunction *functions;
  void *table; // the struct of their addresses, in the same order
  bool loaded;
} Library;

// Loads l and fills its table; once, and from any thread. It stays for the life of the process.
// False: *error says what is missing and which package has it. Where libraries are linked in, it
// also tells OpenSSL where this system keeps its certificates, by SSL_CERT_FILE if that is not set.
bool library_load(Library *l, Arena *a, DbError *error);
#endif
