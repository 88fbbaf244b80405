// The one copy of libcurl's table.
#include "libcurl.h"

#include <pthread.h>

struct LibCurl libcurl;

static void start(void) { libcurl.curl_global_init(CURL_GLOBAL_DEFAULT); }

bool libcurl_load(Arena *a, DbError *error) {
  static const char *const names[] = {LIBCURL_FUNCTIONS(LIBRARY_NAME) NULL};
  static Library library = {
      .file = "libcurl.so.4", .package = "libcurl4", .functions = names, .table = &libcurl};
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (!library_load(&library, a, error))
    return false;
  pthread_once(&once, start);
  return true;
}
