// See libarchive.h.
#include "libarchive.h"

struct LibArchive libarchive;

bool libarchive_load(Arena *a, DbError *error) {
  static const char *const names[] = {LIBARCHIVE_FUNCTIONS(LIBRARY_NAME) NULL};
  static Library library = {.file = "libarchive.so.13",
                            .package = "libarchive13",
                            .functions = names,
                            .table = &libarchive};
  return library_load(&library, a, error);
}
