// libcurl, loaded at its first use: libcurl.curl_easy_perform(...). The only file that includes
// curl's headers; types and constants are curl's own.
#ifndef STARC_LIBCURL_H
#define STARC_LIBCURL_H
#define CURL_DISABLE_TYPECHECK // its macros would call the functions by name
#include <curl/curl.h>

#include "library.h"

#define LIBCURL_FUNCTIONS(X)                                                                       \
  X(curl_global_init)                                                                              \
  X(curl_easy_init)                                                                                \
  X(curl_easy_setopt)                                                                              \
  X(curl_easy_perform)                                                                             \
  X(curl_easy_getinfo)                                                                             \
  X(curl_easy_strerror)                                                                            \
  X(curl_easy_escape)                                                                              \
  X(curl_easy_reset)                                                                               \
  X(curl_easy_cleanup)                                                                             \
  X(curl_free)                                                                                     \
  X(curl_slist_append)                                                                             \
  X(curl_slist_free_all)                                                                           \
  X(curl_multi_init)                                                                               \
  X(curl_multi_setopt)                                                                             \
  X(curl_multi_add_handle)                                                                         \
  X(curl_multi_perform)                                                                            \
  X(curl_multi_poll)                                                                               \
  X(curl_multi_wakeup)                                                                             \
  X(curl_multi_info_read)                                                                          \
  X(curl_multi_remove_handle)                                                                      \
  X(curl_multi_cleanup)

// Filled by libcurl_load; not to be used before.
extern struct LibCurl { LIBCURL_FUNCTIONS(LIBRARY_MEMBER) } libcurl;

// Loads and starts libcurl, once, from any thread. False: *error says why.
bool libcurl_load(Arena *a, DbError *error);

// A request trusts what the files of SSL_CERT_FILE and SSL_CERT_DIR hold, where these are set. Not
// each build of libcurl looks at them itself.
void libcurl_trust(CURL *e);

// The proxy that a request goes through, as the environment names it: for what is said of a
// failure.
typedef struct CurlProxy {
  char variable[16]; // "https_proxy"; empty: no proxy
  char address[256]; // its value without user and password
} CurlProxy;

// Notes in *p the proxy that the next request of e uses. NULL: it is noted no more, to be called
// before *p ends.
void libcurl_watch_proxy(CURL *e, CurlProxy *p);

// "the proxy 10.0.0.9:3128 (https_proxy)", in a; empty: there was none.
Str libcurl_proxy_name(Arena *a, const CurlProxy *p);

// Why a request that ended with `code` never got past its proxy, in a; empty: there was none, or it
// is not at fault. `said` is of CURLOPT_ERRORBUFFER. *again: another try may help.
Str libcurl_proxy_fault(Arena *a, CURL *e, CURLcode code, const CurlProxy *p, const char *said,
                        bool *again);

// What to do then.
#define LIBCURL_PROXY_HINT "check the variable; no_proxy=HOST goes to that host without the proxy"
#endif
