// The one copy of libcurl's table, and what each request over it needs: whom it trusts, and a name
// for the proxy that stands in its way.
#include "libcurl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

// --- proxies

// Who a proxy is, libcurl alone knows for sure (its name may be in no_proxy, as a network too), and
// tells by words only: Uses proxy env variable https_proxy == 'http://10.0.0.9:3128'.
static int note(CURL *e, curl_infotype type, char *data, size_t size, void *to) {
  (void)e;
  CurlProxy *p = to;
  Str line = str_n(data, size), name, before = STR("Uses proxy env variable ");
  if (type != CURLINFO_TEXT || !str_starts(line, before))
    return 0;
  line = str_sub(line, before.len, line.len);
  ptrdiff_t from = str_find(line, STR(" == '"), 0), end = str_rfind(line, STR("'"));
  if (from < 0 || end < from + 5)
    return 0;
  name = str_sub(line, 0, (size_t)from);
  line = str_sub(line, (size_t)from + 5, (size_t)end);
  if (name.ptr[0] == 'n' || name.ptr[0] == 'N') // no_proxy
    return 0;
  ptrdiff_t user = str_rfind(line, STR("@"));
  ptrdiff_t scheme = str_find(line, STR("://"), 0);
  line = str_sub(line,
                 user >= 0     ? (size_t)user + 1
                 : scheme >= 0 ? (size_t)scheme + 3
                               : 0,
                 line.len);
  snprintf(p->variable, sizeof p->variable, "%.*s", STR_ARG(name));
  snprintf(p->address, sizeof p->address, "%.*s", STR_ARG(line));
  return 0;
}

void libcurl_watch_proxy(CURL *e, CurlProxy *p) {
  if (p)
    *p = (CurlProxy){0};
  libcurl.curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, p ? note : NULL);
  libcurl.curl_easy_setopt(e, CURLOPT_DEBUGDATA, p);
  libcurl.curl_easy_setopt(e, CURLOPT_VERBOSE, p ? 1L : 0L);
}

Str libcurl_proxy_name(Arena *a, const CurlProxy *p) {
  return *p->variable ? str_fmt(a, "the proxy %s (%s)", p->address, p->variable) : (Str){0};
}

static const CURLcode of_the_way[] = {
    CURLE_COULDNT_RESOLVE_PROXY,
    CURLE_PROXY,
    CURLE_COULDNT_CONNECT,
    CURLE_GOT_NOTHING,
    CURLE_RECV_ERROR,
    CURLE_SEND_ERROR,
    CURLE_WEIRD_SERVER_REPLY,
    CURLE_SSL_CONNECT_ERROR,
    CURLE_PEER_FAILED_VERIFICATION,
    CURLE_OPERATION_TIMEDOUT,
};

static bool is_of_the_way(CURL *e, CURLcode code) {
  double connected = 0;
  libcurl.curl_easy_getinfo(e, CURLINFO_CONNECT_TIME, &connected);
  for (size_t i = 0; i < COUNT(of_the_way); i++)
    if (code == of_the_way[i])
      return code != CURLE_OPERATION_TIMEDOUT || connected == 0;
  return false;
}

Str libcurl_proxy_fault(Arena *a, CURL *e, CURLcode code, const CurlProxy *p, const char *said,
                        bool *again) {
  long answer = 0, os_error = 0;
  Str who = libcurl_proxy_name(a, p);
  libcurl.curl_easy_getinfo(e, CURLINFO_HTTP_CONNECTCODE, &answer);
  libcurl.curl_easy_getinfo(e, CURLINFO_OS_ERRNO, &os_error);
  if (!who.len || answer / 100 == 2 || (!answer && !is_of_the_way(e, code)))
    return (Str){0};
  *again = false;
  if (answer)
    return str_fmt(a, "%.*s refuses with status %ld%s", STR_ARG(who), answer,
                   answer == 407 ? ": it wants a user and a password" : "");
  if (strncmp(said, "Unsupported proxy", 17) == 0) // what it goes on with may hold a password
    return str_fmt(a, "%.*s has no address that can be used", STR_ARG(who));
  if (code == CURLE_COULDNT_RESOLVE_PROXY)
    return str_fmt(a, "the host of %.*s is not known", STR_ARG(who));
  *again = true;
  if (code == CURLE_COULDNT_CONNECT && os_error)
    return str_fmt(a, "%.*s cannot be reached: %s", STR_ARG(who), strerror((int)os_error));
  return str_fmt(a, "%.*s does not do as a proxy does: %s", STR_ARG(who),
                 libcurl.curl_easy_strerror(code));
}
