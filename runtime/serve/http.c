// See http.h.
#include "http.h"

struct MhdLibrary mhd;

bool mhd_load(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      MHD_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {.file = "libmicrohttpd.so.12",
                            .package = "libmicrohttpd12 (libmicrohttpd12t64)",
                            .functions = functions,
                            .table = &mhd};
  return library_load(&library, a, error);
}
