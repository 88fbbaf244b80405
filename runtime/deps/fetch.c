// Downloads over HTTP with a few attempts, and the cache of earlier ones: a file per URL beside its
// sha256, so that a damaged one is never used.
#include "fetch.h"
#include "deps.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../engine/libcurl.h"
#include "../engine/util.h"

#include <unistd.h>

enum { ATTEMPTS = 3, MOST_BYTES = 1 << 30 };
enum {
  SLOWEST = 1000,
  SLOW_S = 30,
  MOST_S = 3600
}; // bytes a second, seconds at less, seconds in all

// --- the cache

static Str cache_path(Deps *d, Str keep) {
  char hex[65];
  hash_sha256_hex(keep, hex);
  return fs_join(d->a, d->cache, str_dup(d->a, str_c(hex)));
}

static bool cache_read(Deps *d, Str keep, Str *body) {
  if (!d->cache.len || !keep.len)
    return false;
  Diags quiet = {0};
  diags_init(&quiet);
  Str path = cache_path(d, keep), sum, sum_path = str_cat(d->a, path, STR(".sha256"));
  char hex[65];
  bool good = fs_exists(path) && fs_read(d->a, path, path, body, &quiet) &&
              fs_read(d->a, sum_path, sum_path, &sum, &quiet);
  if (good) {
    hash_sha256_hex(*body, hex);
    good = str_eq(str_trim(sum), str_c(hex));
  }
  diags_free(&quiet);
  return good;
}

// Not being able to keep a download is no error.
static void cache_write(Deps *d, Str keep, Str body) {
  if (!d->cache.len || !keep.len)
    return;
  Diags quiet = {0};
  diags_init(&quiet);
  char hex[65];
  hash_sha256_hex(body, hex);
  Str path = cache_path(d, keep);
  if (fs_write_quick(path, body, &quiet))
    fs_write_quick(str_cat(d->a, path, STR(".sha256")), str_c(hex), &quiet);
  diags_free(&quiet);
}

// --- the network

typedef struct Body {
  Buf text;
  bool too_long;
} Body;

static size_t take(char *data, size_t size, size_t n, void *to) {
  Body *b = to;
  if (b->text.len + size * n > MOST_BYTES) {
    b->too_long = true;
    return 0;
  }
  buf_add(&b->text, str_n(data, size * n));
  return size * n;
}

// What failed before a server could answer, and what to set then; the proxy aside.
static const char *way_out(CURLcode code) {
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return "SSL_CERT_FILE=FILE names the certificates to trust";
  if (code == CURLE_SSL_CACERT_BADFILE)
    return "see SSL_CERT_FILE";
  return NULL;
}

// One request. False: no whole answer came; *again says whether trying once more may help.
static bool get(Deps *d, CURL *e, Str url, Fetched *out, bool *again) {
  Body body = {.text = {.arena = d->a}};
  libcurl.curl_easy_reset(e);
  libcurl.curl_easy_setopt(e, CURLOPT_URL, str_cstr(d->a, url));
  libcurl.curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  libcurl.curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https,file");
  libcurl.curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  libcurl.curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L);
  libcurl.curl_easy_setopt(e, CURLOPT_MAXREDIRS, 10L);
  libcurl.curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, 15L);
  libcurl.curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST); // silent, or as good as it
  libcurl.curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME,
                           (long)number_or_test(SLOW_S, "STARC_TEST_SLOW"));
  libcurl.curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)MOST_S);
  libcurl.curl_easy_setopt(e, CURLOPT_USERAGENT, "starc");
  libcurl.curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take);
  libcurl.curl_easy_setopt(e, CURLOPT_WRITEDATA, &body);
  libcurl_trust(e);
  char said[CURL_ERROR_SIZE] = "";
  libcurl.curl_easy_setopt(e, CURLOPT_ERRORBUFFER, said);
  CurlProxy via;
  libcurl_watch_proxy(e, &via);
  CURLcode code = libcurl.curl_easy_perform(e);
  libcurl.curl_easy_setopt(e, CURLOPT_ERRORBUFFER, NULL);
  libcurl_watch_proxy(e, NULL);
  bool may_help = true;
  Str proxy = libcurl_proxy_fault(d->a, e, code, &via, said, &may_help);
  Str who = *via.variable ? libcurl_proxy_name(d->a, &via) : STR("the server");
  out->status = 0;
  libcurl.curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &out->status);
  out->body = buf_str(&body.text);
  *again = code != CURLE_URL_MALFORMAT && code != CURLE_UNSUPPORTED_PROTOCOL &&
           code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_OPERATION_TIMEDOUT &&
           !body.too_long && !way_out(code) && may_help;
  if (body.too_long)
    out->why = STR("it is longer than 1 GiB");
  else if (proxy.len)
    out->why = str_fmt(d->a, "%.*s; " LIBCURL_PROXY_HINT, STR_ARG(proxy));
  else if (code == CURLE_OPERATION_TIMEDOUT && *said) // which of the limits
    out->why = str_dup(d->a, str_c(said));
  else if (*said && way_out(code))
    out->why = str_fmt(d->a, "%s; %s", said, way_out(code));
  else if (code != CURLE_OK)
    out->why = str_dup(d->a, str_c(libcurl.curl_easy_strerror(code)));
  else if (out->status != 200 && !str_starts(url, STR("file://")))
    out->why = str_fmt(d->a, "%.*s answered %ld", STR_ARG(who), out->status);
  else
    return true;
  if (code == CURLE_OK)
    *again = out->status >= 500 || out->status == 429;
  return false;
}

static bool get_often(Deps *d, Str url, Fetched *out) {
  DbError error = {.at = -1};
  if (!libcurl_load(d->a, &error)) {
    out->why = error.message;
    return false;
  }
  CURL *e = libcurl.curl_easy_init();
  bool good = false, again = e != NULL;
  for (int i = 0; i < ATTEMPTS && again && !good; i++) {
    if (i)
      usleep(300000u << (i - 1));
    good = get(d, e, url, out, &again);
  }
  libcurl.curl_easy_cleanup(e);
  return good;
}

bool fetch(Deps *d, Str url, Str keep, bool frozen, Fetched *out) {
  *out = (Fetched){0};
  if (frozen && cache_read(d, keep, &out->body))
    return true;
  if (get_often(d, url, out)) {
    cache_write(d, keep, out->body);
    return true;
  }
  // An answer like 404 is an answer; only silence is made up for.
  Str body;
  if ((out->status && out->status < 500) || !cache_read(d, keep, &body))
    return false;
  out->body = body;
  return out->from_cache = true;
}
