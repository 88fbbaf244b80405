// The one copy of libcurl's table.
#include "libcurl.h"

#include <pthread.h>
#include <stdlib.h>

struct LibCurl libcurl;

static void start(void) { libcurl.curl_global_init(CURL_GLOBAL_DEFAULT); }

bool libcurl_load(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      LIBCURL_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {
      .file = "libcurl.so.4", .package = "libcurl4", .functions = functions, .table = &libcurl};
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (!library_load(&library, a, error))
    return false;
  pthread_once(&once, start);
  return true;
}

void libcurl_trust(CURL *e) {
  const char *file = getenv("SSL_CERT_FILE"), *folder = getenv("SSL_CERT_DIR");
  if (file && *file)
    libcurl.curl_easy_setopt(e, CURLOPT_CAINFO, file);
  if (folder && *folder)
    libcurl.curl_easy_setopt(e, CURLOPT_CAPATH, folder);
}
