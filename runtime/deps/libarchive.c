// See libarchive.h.
#include "libarchive.h"

struct LibArchive libarchive;

bool libarchive_load(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      LIBARCHIVE_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {.file = "libarchive.so.13",
                            .package = "libarchive13",
                            .functions = functions,
                            .table = &libarchive};
  return library_load(&library, a, error);
}
