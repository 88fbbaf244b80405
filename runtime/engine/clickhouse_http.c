// ClickHouse over HTTP, by libcurl: one connection per session, kept alive. In: statements, one a
// request, in the body. Out: rows as they arrive, errors also when they come behind a status 200.
// The password travels in a header only. A request whose body was sent is not sent again unless its
// statement is idempotent; curl itself is kept from doing so by a body that cannot be rewound.
#include "../../compiler/base/memory.h"
#include "../../compiler/dialect/sql.h"
#include "clickhouse_inside.h"
#include "libcurl.h"
#include "lock.h"
#include "waits.h"

#include "../../compiler/base/hash.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

typedef struct Http {
  Session base;
  CURLM *multi;
  CURL *easy;
  Arena arena;               // what follows lives as long as the session
  const char *url, *address; // "http://host:8123/"; "host:port", for people
  char *host_header_to;      // CURLOPT_CONNECT_TO
  char *client_cert, *client_key, *ca_cert;
  const char *user_header, *key_header;
  const char *socket; // of this machine, in place of the address; NULL: see ch_socket_open
  bool verify, gzip;
  double connect_timeout, idle_timeout;
  int retries;
  Str database;
  bool database_seen; // a statement ran with it
  bool fresh;         // the next request needs a new connection: see call_once
  bool reuse;         // false: each node has a connection of its own
  ChSetting *settings;
  size_t nsettings;
  Str version;
  char session_id[64]; // empty until a temporary table or SET needs one
  Bell stop;
  const atomic_bool *opening; // ends the wait for the first answer; NULL once there was one
  pthread_mutex_t lock;       // guards running
  bool running;
  char query_id[64];
} Http;

// Where a request's body comes from: a text, then a reader.
typedef struct Body {
  Str text;
  ptrdiff_t (*read)(void *data, char *to, size_t room);
  void *data;
  bool bad;     // the reader failed
  bool started; // bytes were handed to curl: the statement may run
  bool gzip, ended;
  z_stream z;
  char piece[16384]; // of the reader, on its way into z
} Body;

// One request and its answer.
typedef struct Call {
  Http *s;
  Arena *a;
  Body *body;
  TsvReader rows;
  Buf error; // heap: the body of an answer that is an error by its status or header
  long status;
  int exception; // X-ClickHouse-Exception-Code
  Str tag, format;
  int64_t written; // rows, from the summary; -1
  bool begun;      // the reader was opened
  bool spoke;      // a header is ClickHouse's own
  bool page;       // what says that all is well is a page for people, and no header is
  bool ending;     // it was not taken: that process takes nothing any more
  const RowSink *sink;
  char said[CURL_ERROR_SIZE]; // by curl, of what went wrong
  CurlProxy proxy;            // that it goes through
  Str location;               // where a redirect leads
  double last;                // when the answer got on last
  size_t moved;               // bytes of it since then
} Call;

static bool asked_to_stop(const Http *s) {
  return bell_rung(&s->stop) || (s->opening && atomic_load(s->opening));
}

// A server that is there but sends a byte now and then is none: an answer gets on by a whole row,
// or by so many bytes.
enum { SLOWEST = 1000 }; // bytes a second

static void gets_on(Call *c) {
  c->last = engine_now();
  c->moved = 0;
}

// --- settings of a handle

static size_t body_read(char *to, size_t size, size_t n, void *data);

static int body_rewind(void *data, curl_off_t offset, int origin) {
  Body *b = data;
  return !b->started && offset == 0 && origin == SEEK_SET ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void add_param(Buf *url, CURL *easy, Str name, Str value) {
  char *n = libcurl.curl_easy_escape(easy, name.ptr, (int)name.len);
  char *v = value.len ? libcurl.curl_easy_escape(easy, value.ptr, (int)value.len) : NULL;
  buf_addf(url, "%c%s=%s", memchr(url->ptr, '?', url->len) ? '&' : '?', n ? n : "", v ? v : "");
  libcurl.curl_free(n);
  libcurl.curl_free(v);
}

// What every request of the session has in common, also one from another thread.
static void common_options(const Http *s, CURL *e) {
  libcurl.curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  libcurl.curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  libcurl.curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  libcurl.curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(s->connect_timeout * 1000));
  libcurl.curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
  libcurl.curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
  libcurl.curl_easy_setopt(e, CURLOPT_MAXAGE_CONN,
                           2L); // servers close idle connections after 3 s or more
  libcurl.curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, s->verify ? 1L : 0L);
  libcurl.curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, s->verify ? 2L : 0L);
  libcurl.curl_easy_setopt(e, CURLOPT_SSLCERT, s->client_cert);
  libcurl.curl_easy_setopt(e, CURLOPT_SSLKEY, s->client_key);
  if (s->socket)
    libcurl.curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, s->socket);
  else
    libcurl_trust(e);
  if (s->ca_cert)
    libcurl.curl_easy_setopt(e, CURLOPT_CAINFO, s->ca_cert);
}

static struct curl_slist *header(struct curl_slist *list, const char *line) {
  struct curl_slist *more = memory_must(libcurl.curl_slist_append(list, line));
  return more;
}

static struct curl_slist *auth_headers(const Http *s) {
  struct curl_slist *list = header(NULL, s->user_header);
  if (s->key_header)
    list = header(list, s->key_header);
  list = header(list, s->socket ? "Expect: 100-continue" : "Expect:");
  return header(list, "Content-Type: text/plain; charset=utf-8");
}

static struct curl_slist *connect_to(const Http *s) {
  return s->host_header_to ? libcurl.curl_slist_append(NULL, s->host_header_to) : NULL;
}

// --- bodies

static ptrdiff_t body_source(Body *b, char *to, size_t room) {
  if (b->text.len) {
    size_t n = b->text.len < room ? b->text.len : room;
    memcpy(to, b->text.ptr, n);
    b->text = str_sub(b->text, n, b->text.len);
    return (ptrdiff_t)n;
  }
  ptrdiff_t got = b->read ? b->read(b->data, to, room) : 0;
  b->bad |= got < 0;
  return got;
}

static ptrdiff_t body_deflate(Body *b, char *to, size_t room) {
  b->z.next_out = (Bytef *)to;
  b->z.avail_out = (uInt)room;
  while (b->z.avail_out && !b->ended) {
    if (!b->z.avail_in) {
      ptrdiff_t got = body_source(b, b->piece, sizeof b->piece);
      if (got < 0)
        return -1;
      b->z.next_in = (Bytef *)b->piece;
      b->z.avail_in = (uInt)got;
    }
    int done = deflate(&b->z, b->z.avail_in ? Z_NO_FLUSH : Z_FINISH);
    b->ended = done == Z_STREAM_END;
  }
  return (ptrdiff_t)(room - b->z.avail_out);
}

static size_t body_read(char *to, size_t size, size_t n, void *data) {
  Call *c = data;
  Body *b = c->body;
  gets_on(c);
  b->started = true;
  ptrdiff_t got = b->gzip ? body_deflate(b, to, size * n) : body_source(b, to, size * n);
  return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

// --- answers

static bool header_is(Str line, const char *name, Str *value) {
  size_t n = strlen(name);
  if (line.len <= n || line.ptr[n] != ':' || !str_eq_nocase(str_sub(line, 0, n), str_n(name, n)))
    return false;
  *value = str_trim(str_sub(line, n + 1, line.len));
  return true;
}

// "written_rows":"3" in the summary.
static int64_t summary_number(Str summary, const char *name) {
  ptrdiff_t at = str_find(summary, str_c(name), 0);
  if (at < 0)
    return -1;
  size_t i = (size_t)at + strlen(name);
  while (i < summary.len && !isdigit((unsigned char)summary.ptr[i]) && summary.ptr[i] != ',')
    i++;
  int64_t n = 0;
  for (; i < summary.len && isdigit((unsigned char)summary.ptr[i]) && n < INT64_MAX / 20; i++)
    n = n * 10 + (summary.ptr[i] - '0');
  return n;
}

static size_t take_header(char *text, size_t size, size_t n, void *data) {
  Call *c = data;
  Str line = str_n(text, size * n), value;
  bool own = str_eq_nocase(str_sub(line, 0, sizeof "X-ClickHouse-" - 1), STR("X-ClickHouse-"));
  c->spoke |= own;
  if (!c->status || own) // it tells its progress
    gets_on(c);
  if (str_starts(line, STR("HTTP/"))) {
    ptrdiff_t space = str_find(line, STR(" "), 0);
    c->status =
        space < 0 ? 0 : strtol(str_cstr(c->a, str_sub(line, (size_t)space, line.len)), NULL, 10);
  } else if (header_is(line, "X-ClickHouse-Exception-Code", &value)) {
    c->exception = atoi(str_cstr(c->a, value));
  } else if (header_is(line, "X-ClickHouse-Exception-Tag", &value)) {
    c->tag = str_dup(c->a, value);
  } else if (header_is(line, CH_ENDING, &value)) {
    c->ending = true;
  } else if (header_is(line, "Location", &value)) {
    c->location = str_dup(c->a, value);
  } else if (header_is(line, "X-ClickHouse-Format", &value)) {
    c->format = str_dup(c->a, value);
  } else if (header_is(line, "X-ClickHouse-Summary", &value)) {
    c->written = summary_number(value, "\"written_rows\"");
  }
  return size * n;
}

enum { ERROR_BYTES = 1024 * 1024 };

static size_t take_body(char *text, size_t size, size_t n, void *data) {
  Call *c = data;
  size *= n;
  c->moved += size;
  if ((double)c->moved > SLOWEST * c->s->idle_timeout)
    gets_on(c);
  c->page |= !c->begun && !c->spoke && size && *text == '<';
  if (c->status != 200 || c->exception || c->page) {
    if (c->error.len > ERROR_BYTES)
      return size + 1;
    buf_add(&c->error, str_n(text, size));
    return size;
  }
  if (!c->begun) {
    c->begun = true;
    tsv_open(&c->rows, c->a, c->sink, c->tag);
  }
  uint64_t rows = c->rows.rows;
  bool more = tsv_feed(&c->rows, str_n(text, size));
  if (c->rows.rows > rows)
    gets_on(c);
  return more ? size : size + 1; // another number ends the transfer
}

// --- one request

typedef struct Request {
  Str sql;
  size_t at;      // where sql starts in the whole text, for places of errors
  bool rows;      // wanted and given
  double timeout; // seconds, 0: none
  bool idempotent;
  bool harmless; // it changes nothing, by its first word
} Request;

static Str request_url(Http *s, Arena *a, const Request *q) {
  Buf url = {.arena = a};
  buf_add(&url, str_c(s->url));
  add_param(&url, s->easy, STR("query_id"), str_c(s->query_id));
  add_param(&url, s->easy, STR("default_format"), STR(CH_FORMAT));
  if (!q->rows)
    add_param(&url, s->easy, STR("wait_end_of_query"), STR("1"));
  // Headers with the progress keep middlemen from closing a quiet connection.
  add_param(&url, s->easy, STR("send_progress_in_http_headers"), STR("1"));
  add_param(&url, s->easy, STR("http_headers_progress_interval_ms"), STR("20000"));
  if (s->gzip)
    add_param(&url, s->easy, STR("enable_http_compression"), STR("1"));
  if (*s->session_id) {
    add_param(&url, s->easy, STR("session_id"), str_c(s->session_id));
    add_param(&url, s->easy, STR("session_timeout"), STR("3600"));
  }
  for (size_t i = 0; i < s->nsettings; i++)
    add_param(&url, s->easy, s->settings[i].name, s->settings[i].value);
  if (q->timeout > 0)
    add_param(&url, s->easy, STR("max_execution_time"), str_fmt(a, "%.3f", q->timeout));
  return str_c(buf_cstr(&url));
}

static bool kill_query(const Http *s, const char *query_id);

// A statement that shall stop: the server is told, again and again since it may not know the query
// yet, and gets some seconds to obey; none where it does not even answer.
static void tell_server(const Call *c, double now, double *give_up, double *next) {
  const double every = 0.3, obey = 5;
  bool runs = c->body->started && !c->s->opening;
  if (*give_up == 0)
    *give_up = now + (runs ? obey : 0);
  if (!runs || now < *next)
    return;
  if (!kill_query(c->s, c->s->query_id))
    *give_up = now;
  *next = engine_now() + every;
}

// Runs the transfer until it ends, it is asked to stop, or nothing moves for too long.
static CURLcode transfer(Call *c, double until, const char **why) {
  Http *s = c->s;
  double give_up = 0, tell = 0;
  int running = 1;
  gets_on(c);
  libcurl.curl_multi_add_handle(s->multi, s->easy);
  for (;;) {
    libcurl.curl_multi_perform(s->multi, &running);
    double now = engine_now();
    if (asked_to_stop(s))
      tell_server(c, now, &give_up, &tell);
    if (!running)
      break;
    *why = give_up > 0 && now >= give_up      ? "cancelled"
           : until > 0 && now >= until        ? "its time limit is over"
           : now - c->last <= s->idle_timeout ? NULL
           : c->moved ? "it sends next to nothing of its answer for send_receive_timeout"
                      : "no answer within send_receive_timeout";
    if (*why)
      break;
    libcurl.curl_multi_poll(s->multi, NULL, 0, 200, NULL);
  }
  CURLcode code = running ? CURLE_OPERATION_TIMEDOUT : CURLE_OK;
  int left;
  for (CURLMsg *m; (m = libcurl.curl_multi_info_read(s->multi, &left));)
    if (m->msg == CURLMSG_DONE)
      code = m->data.result;
  libcurl.curl_multi_remove_handle(s->multi, s->easy);
  return code;
}

static CURLcode send_once(Call *c, const Request *q, const char **why) {
  Http *s = c->s;
  CURL *e = s->easy;
  Body *b = c->body;
  bool chunked = b->read || b->gzip;
  struct curl_slist *headers = auth_headers(s), *to = connect_to(s);
  if (s->database.len)
    headers =
        header(headers, str_fmt(c->a, "X-ClickHouse-Database: %.*s", STR_ARG(s->database)).ptr);
  if (b->gzip)
    headers = header(headers, "Content-Encoding: gzip");
  if (chunked)
    headers = header(headers, "Transfer-Encoding: chunked");
  libcurl.curl_easy_reset(e);
  common_options(s, e);
  libcurl.curl_easy_setopt(e, CURLOPT_URL, request_url(s, c->a, q).ptr);
  libcurl.curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->said);
  libcurl.curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
  libcurl.curl_easy_setopt(e, CURLOPT_CONNECT_TO, to);
  libcurl.curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, s->fresh ? 1L : 0L);
  libcurl.curl_easy_setopt(e, CURLOPT_POST, 1L);
  if (!chunked)
    libcurl.curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)b->text.len);
  libcurl.curl_easy_setopt(e, CURLOPT_READFUNCTION, body_read);
  libcurl.curl_easy_setopt(e, CURLOPT_READDATA, c);
  libcurl.curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, body_rewind);
  libcurl.curl_easy_setopt(e, CURLOPT_SEEKDATA, b);
  libcurl.curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
  libcurl.curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
  libcurl.curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
  libcurl.curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
  if (s->gzip)
    libcurl.curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (s->socket) // until it says that it takes the statement, that surely has not begun
    libcurl.curl_easy_setopt(e, CURLOPT_EXPECT_100_TIMEOUT_MS, LONG_MAX);
  libcurl_watch_proxy(e, &c->proxy);
  CURLcode code = transfer(c, q->timeout > 0 ? engine_now() + q->timeout + 10 : 0, why);
  libcurl.curl_easy_setopt(e, CURLOPT_ERRORBUFFER, NULL);
  libcurl_watch_proxy(e, NULL);
  libcurl.curl_slist_free_all(headers);
  libcurl.curl_slist_free_all(to);
  return code;
}

// What usually stands behind curl's codes while connecting.
// clang-format off
static const struct {
  CURLcode code;
  bool again;
  const char *hint;
} curl_cures[] = {
    {CURLE_COULDNT_RESOLVE_HOST,     false, "check `host` in profiles.yml"},
    {CURLE_COULDNT_CONNECT,          true,
     "nothing listens there: start ClickHouse, or check host and port (HTTP is 8123, HTTPS 8443)"},
    {CURLE_OPERATION_TIMEDOUT,       true,  "check host, port and firewall, or raise connect_timeout"},
    {CURLE_SSL_CONNECT_ERROR,        false, "does that port speak TLS? `secure: false` is for plain HTTP (8123)"},
    {CURLE_PEER_FAILED_VERIFICATION, false,
     "the server's certificate is not trusted: set ca_cert, or server_host_name to the name in it; `verify: false` "
     "gives up the check"},
    {CURLE_SSL_CERTPROBLEM,          false, "check client_cert and client_cert_key"},
    {CURLE_SSL_CACERT_BADFILE,       false, "it has to be a file of certificates (PEM)"},
    {CURLE_GOT_NOTHING,              true,  "is it ClickHouse's HTTP port? TLS ports need `secure: true`"},
    {CURLE_UNSUPPORTED_PROTOCOL,     false, "is it ClickHouse's HTTP port (8123, TLS 8443)?"},
    {CURLE_WEIRD_SERVER_REPLY,       false, "is it ClickHouse's HTTP port (8123, TLS 8443)?"},
    {CURLE_RECV_ERROR,               true,  "is it ClickHouse's HTTP port? TLS ports need `secure: true`"},
    {CURLE_PARTIAL_FILE,             true,  "is it ClickHouse's HTTP port? TLS ports need `secure: true`"},
    {CURLE_SEND_ERROR,               true,  ""},
    {CURLE_SEND_FAIL_REWIND,         true,  ""},
};
// clang-format on

// Whose file of certificates cannot be used.
static Str bad_trust(Arena *a, const Http *s) {
  const char *file = s->ca_cert ? s->ca_cert : getenv("SSL_CERT_FILE");
  return str_fmt(a, "the certificates of %s cannot be read%s%s",
                 s->ca_cert ? "ca_cert" : "SSL_CERT_FILE", file ? ": " : "", file ? file : "");
}

// What is told of the process that has the warehouse and ended, or was killed.
static void other_failed(Call *c, const Request *q, CURLcode code, const char *why, DbError *e) {
  if (code == CURLE_OPERATION_TIMEDOUT) {
    engine_fail_hint(c->a, e, STR("is it stopped? `kill -CONT` of its number lets it go on"),
                     "%s has the warehouse open, and does not answer", c->s->address);
    return;
  }
  bool unsent = !c->body->started || (q->harmless && !c->rows.rows);
  engine_fail_hint(c->a, e, unsent ? STR("") : STR("it may have run: look before you run it again"),
                   "%s, which had the warehouse open, has ended%s: %s", c->s->address,
                   unsent ? "" : " while it ran the statement", why);
  e->unsent = unsent;
}

static void curl_failed(Call *c, const Request *q, CURLcode code, const char *why, DbError *e,
                        bool *again) {
  const char *hint = "";
  *again = false;
  for (size_t i = 0; i < COUNT(curl_cures); i++)
    if (curl_cures[i].code == code) {
      hint = curl_cures[i].hint;
      *again = curl_cures[i].again;
    }
  long os_error = 0;
  if (code == CURLE_COULDNT_CONNECT)
    libcurl.curl_easy_getinfo(c->s->easy, CURLINFO_OS_ERRNO, &os_error);
  if (os_error == ECONNREFUSED)
    why = "connection refused";
  // The end and a reset are one thing, told by chance as the one or the other.
  if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE)
    why = "it closed the connection";
  if (code == CURLE_PEER_FAILED_VERIFICATION && *c->said) // which name, or which authority
    why = c->said;
  if (!why)
    why = code == CURLE_SEND_FAIL_REWIND ? "it was closed" : libcurl.curl_easy_strerror(code);
  if (code == CURLE_SSL_CACERT_BADFILE)
    why = bad_trust(c->a, c->s).ptr;
  Str proxy = libcurl_proxy_fault(c->a, c->s->easy, code, &c->proxy, c->said, again);
  if (proxy.len) {
    why = str_cstr(c->a, proxy);
    hint = LIBCURL_PROXY_HINT;
  }
  bool stopped = asked_to_stop(c->s);
  if (!stopped && c->s->socket && !c->body->bad)
    other_failed(c, q, code, why, e);
  else if (stopped)
    engine_fail(c->a, e, STR("394"), "the statement was cancelled%s",
                c->body->started ? "; the server did not confirm it" : "");
  else if (c->body->bad)
    engine_fail(c->a, e, STR(""), "the data to insert could not be read");
  else if (!c->body->started || !c->s->version.len) // the first request asks for the version
    e->unconnected = !engine_fail_hint(
        c->a, e, str_c(hint), "cannot connect to ClickHouse at %s: %s", c->s->address, why);
  else
    engine_fail_hint(c->a, e, STR("it may have run: look before you run it again"),
                     "the connection to %s was lost while the statement ran: %s", c->s->address,
                     why);
  *again = *again && !stopped;
}

// An answer that is not ClickHouse's: another server, a proxy, the native port.
static bool fail_foreign(Call *c, DbError *e) {
  Str text = str_trim(buf_str(&c->error));
  if (str_find(text, STR("clickhouse-client"), 0) >= 0)
    return engine_fail_hint(c->a, e, STR("`port` is the native one: HTTP is 8123, TLS 8443"),
                            "%.*s", STR_ARG(text));
  ptrdiff_t line = str_find(text, STR("\n"), 0);
  text = str_sub(text, 0, line < 0 || line > 200 ? 200 : (size_t)line);
  if (c->location.len)
    text = str_fmt(c->a, "it leads to %.*s", STR_ARG(c->location));
  Str proxy = libcurl_proxy_name(c->a, &c->proxy);
  if (proxy.len)
    return engine_fail_hint(c->a, e, STR(LIBCURL_PROXY_HINT),
                            "asked for %s, %.*s answered with HTTP status %ld%s%.*s", c->s->address,
                            STR_ARG(proxy), c->status, text.len ? ": " : "", STR_ARG(text));
  return engine_fail_hint(c->a, e, STR("is a proxy in between, or another server at that port?"),
                          "%s answered with HTTP status %ld%s%.*s", c->s->address, c->status,
                          text.len ? ": " : "", STR_ARG(text));
}

static bool is_no_clickhouse(const Http *s, Arena *a, DbError *e) {
  return engine_fail_hint(a, e, STR("is it ClickHouse's HTTP port (8123, TLS 8443)?"),
                          "%s does not answer as ClickHouse does", s->address);
}

// Reads the answer after the transfer. `whole`: it ended as HTTP wants it.
static bool judge(Call *c, const Request *q, bool whole, DbError *e) {
  if (c->page && c->status == 200 && !c->s->version.len)
    return is_no_clickhouse(c->s, c->a, e);
  if (c->status != 200 || c->exception || c->page) {
    Str text = buf_str(&c->error);
    if (ch_error_code(text))
      return ch_error(c->a, e, text, q->at);
    if (c->exception)
      return ch_error(c->a, e,
                      str_fmt(c->a, "Code: %d. DB::Exception: %.*s", c->exception, STR_ARG(text)),
                      q->at);
    return fail_foreign(c, e);
  }
  if (!c->begun)
    return true;
  if (tsv_end(&c->rows, whole))
    return true;
  if (!c->s->version.len && (c->rows.large || c->rows.odd))
    return is_no_clickhouse(c->s, c->a, e);
  if (c->rows.large)
    return engine_row_too_large(c->a, e, c->sink ? c->sink->most : 0);
  Str text = buf_str(&c->rows.error);
  if (!c->rows.odd)
    return ch_error(c->a, e, text, q->at);
  if (c->format.len && !str_is(c->format, CH_FORMAT))
    return engine_fail_hint(c->a, e, STR("leave the FORMAT clause out"),
                            "the answer is in the format %.*s, not in the one that was asked for",
                            STR_ARG(c->format));
  return engine_fail_hint(c->a, e, STR("is it ClickHouse, and no FORMAT clause in the statement?"),
                          "%s answered with something else than rows", c->s->address);
}

// Sends a request and reads its answer. *again: it failed before the statement began, or the
// statement may run twice.
static bool try_once(Call *c, const Request *q, DbError *e, bool *again) {
  const char *why = NULL;
  CURLcode code = send_once(c, q, &why);
  *again = false;
  if (c->ending) {
    other_failed(c, q, CURLE_OK, "it takes nothing any more", e);
    return false;
  }
  bool stopped = c->begun && c->rows.stopped;
  if (stopped) {
    kill_query(c->s, c->s->query_id);
    return true;
  }
  bool odd = c->begun && (c->rows.odd || c->rows.large);
  if (odd)
    kill_query(c->s, c->s->query_id);
  bool answered = c->status && (c->begun || c->error.len || code == CURLE_OK);
  if (code == CURLE_OK || odd)
    return judge(c, q, code == CURLE_OK, e);
  if (answered && !judge(c, q, false, e)) // cut off, but the reason came through
    return false;
  curl_failed(c, q, code, why, e, again);
  *again = *again && (!c->body->started || (q->idempotent && !c->rows.rows));
  return false;
}

// As try_once. A server closes the connection behind an answer that broke off with an exception
// (ClickHouse, also where the chunks end well), but not at once: a statement sent meanwhile would
// be lost without a word whether it ran. Hence after any failure a new connection.
static bool call_once(Call *c, const Request *q, DbError *e, bool *again) {
  bool good = try_once(c, q, e, again);
  c->s->fresh = !good || (c->begun && c->rows.stopped);
  return good;
}

static void new_query_id(Http *s, Str wanted) {
  if (wanted.len && wanted.len < sizeof s->query_id)
    snprintf(s->query_id, sizeof s->query_id, "%.*s", STR_ARG(wanted));
  else
    hash_uuid4(s->query_id);
}

static bool body_begin(Body *b, const Http *s) {
  b->gzip = s->gzip && (b->read || b->text.len > 1024);
  return !b->gzip || deflateInit2(&b->z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
}

// One statement with its retries. `from` is the body; it starts over only while nothing was sent
// or, without a reader, when the statement is idempotent.
static bool run_request(Http *s, Arena *a, const Request *q, const Body *from, const RowSink *sink,
                        int retries, StmtResult *result, DbError *e) {
  for (int attempt = 1;; attempt++) {
    Body *body = memory_must(malloc(sizeof *body));
    *body = *from;
    if (!body_begin(body, s))
      memory_none(); // the only reason
    Call c = {.s = s, .a = a, .body = body, .sink = sink, .written = -1};
    bool again;
    bool good = call_once(&c, q, e, &again);
    if (good && result)
      result->affected = q->rows ? (int64_t)c.rows.rows : c.written;
    again = again && (!body->started || !body->read);
    if (c.begun)
      tsv_close(&c.rows);
    buf_free(&c.error);
    if (body->gzip)
      deflateEnd(&body->z);
    free(body);
    if (good || !again || attempt > retries || s->socket || asked_to_stop(s) ||
        bell_sleep(&s->stop, engine_backoff(attempt)))
      return good;
  }
}

// The database of the target need not exist yet: then names without one mean `default`. Its name
// is looked for as the message has it: a secret may be the same word.
static bool run_statement(Http *s, Arena *a, const Request *q, const Body *body,
                          const RowSink *sink, StmtResult *result, DbError *e) {
  bool good = run_request(s, a, q, body, sink, 5, result, e);
  s->database_seen |= good;
  if (good || s->database_seen || !s->database.len || !str_is(e->code, "81") ||
      str_find(e->message, engine_text(a, s->database), 0) < 0)
    return good;
  Str database = s->database;
  s->database = (Str){0};
  good = run_request(s, a, q, body, sink, 5, result, e);
  s->database = database;
  return good;
}

// An insert's data can be read once only: whether the database exists is found out before.
static bool run_insert(Http *s, Arena *a, const Request *q, const Body *body, StmtResult *result,
                       DbError *e) {
  Str database = s->database;
  Request probe = {.sql = STR("SELECT 1"), .idempotent = true, .harmless = true};
  Body probe_body = {.text = probe.sql};
  if (!s->database_seen && database.len) {
    s->database_seen = run_request(s, a, &probe, &probe_body, NULL, 5, NULL, e);
    if (!s->database_seen && str_is(e->code, "81"))
      s->database = (Str){0};
  }
  bool good = run_request(s, a, q, body, NULL, 5, result, e);
  s->database = database;
  return good;
}

// --- the interface

static void begin(Http *s) {
  pthread_mutex_lock(&s->lock);
  s->running = true;
  pthread_mutex_unlock(&s->lock);
}

static void end(Http *s) {
  pthread_mutex_lock(&s->lock);
  s->running = false;
  bell_reset(&s->stop);
  pthread_mutex_unlock(&s->lock);
}

// SET, USE and temporary tables live in a session of the server.
static void session_if_needed(Http *s, Str sql) {
  static const char *const alone[] = {"set", "use", NULL};
  Sql scan = sql_open(&sql_clickhouse, sql);
  SqlToken t;
  if (*s->session_id || !sql_solid(&scan, &t))
    return;
  bool needed = sql_among(&scan, &t, alone), creates = sql_is(&scan, &t, "create");
  for (int i = 0; creates && i < 3 && !needed && sql_solid(&scan, &t); i++)
    needed = sql_is(&scan, &t, "temporary"); // create [or replace] temporary
  if (!needed)
    return;
  char id[37];
  hash_uuid4(id);
  snprintf(s->session_id, sizeof s->session_id, "starc-%s", id);
}

// Whether a statement can be done twice. WITH may stand before an INSERT.
static bool is_harmless(Str sql) {
  static const char *const reads[] = {"select", "show", "describe", "desc", "exists", NULL};
  Sql scan = sql_open(&sql_clickhouse, sql);
  SqlToken first, t;
  if (!sql_solid(&scan, &first))
    return false;
  bool creates = sql_is(&scan, &first, "create"), drops = sql_is(&scan, &first, "drop");
  bool what =
      (creates || drops) && sql_solid(&scan, &t) && (drops || sql_is(&scan, &t, "database"));
  return sql_among(&scan, &first, reads) ||
         (what && sql_solid(&scan, &t) && sql_is(&scan, &t, "if"));
}

// USE holds for what follows, which is sent with the database's name.
static void keep_use(Http *s, Str sql) {
  Sql scan = sql_open(&sql_clickhouse, sql);
  SqlToken t;
  if (s->socket && sql_solid(&scan, &t) && sql_is(&scan, &t, "use") && sql_solid(&scan, &t))
    s->database = ch_name(&s->arena, sql_text(&scan, &t));
}

static bool cancelled(Http *s, Arena *a, DbError *e) {
  return asked_to_stop(s) && !engine_fail(a, e, STR("394"), "the statement was cancelled");
}

static bool http_exec(Session *session, Arena *a, const Stmt *stmt, const RowSink *sink,
                      StmtResult *result, DbError *error) {
  Http *s = (Http *)session;
  double started = engine_now();
  size_t n;
  ChPiece *pieces = ch_split(a, stmt->sql, &n);
  *result = (StmtResult){.affected = -1, .code = STR("OK"), .message = STR("OK")};
  begin(s);
  bool good = true;
  for (size_t i = 0; i < n && good; i++) {
    new_query_id(s, n == 1 ? stmt->query_id : STR(""));
    session_if_needed(s, pieces[i].sql);
    Request q = {.sql = pieces[i].sql,
                 .at = pieces[i].at,
                 .rows = pieces[i].rows && sink,
                 .timeout = stmt->timeout,
                 .idempotent = stmt->idempotent,
                 .harmless = is_harmless(pieces[i].sql)};
    Body body = {.text = pieces[i].sql};
    good = !cancelled(s, a, error) && run_statement(s, a, &q, &body, sink, result, error);
    if (good)
      keep_use(s, pieces[i].sql);
  }
  result->query_id = str_dup(a, str_c(s->query_id));
  end(s);
  result->seconds = engine_now() - started;
  return good;
}

static bool http_insert(Session *session, Arena *a, Str head,
                        ptrdiff_t (*read)(void *data, char *to, size_t room), void *data,
                        StmtResult *result, DbError *error) {
  Http *s = (Http *)session;
  double started = engine_now();
  *result = (StmtResult){.affected = -1, .code = STR("OK"), .message = STR("OK")};
  begin(s);
  new_query_id(s, STR(""));
  Request q = {.sql = head};
  Body body = {.text = ch_insert_head(a, head, (Str){0}), .read = read, .data = data};
  bool good = run_insert(s, a, &q, &body, result, error);
  result->query_id = str_dup(a, str_c(s->query_id));
  end(s);
  result->seconds = engine_now() - started;
  return good;
}

static size_t discard(char *text, size_t size, size_t n, void *data) {
  (void)text;
  (void)data;
  return size * n;
}

// Asks the server to stop a query, on a connection of its own. False: it gives no answer.
static bool kill_query(const Http *s, const char *query_id) {
  CURL *e = libcurl.curl_easy_init();
  if (!e)
    return true;
  Buf sql = {0}, url = {0};
  buf_adds(&sql, "KILL QUERY WHERE query_id = ");
  ch_quote(&sql, str_c(query_id));
  buf_adds(&sql, " ASYNC");
  if (s->socket)
    buf_addf(&url, "http://localhost" CH_STOP "?query_id=%s", query_id);
  else
    buf_add(&url, str_c(s->url));
  struct curl_slist *headers = auth_headers(s), *to = connect_to(s);
  common_options(s, e);
  libcurl.curl_easy_setopt(e, CURLOPT_URL, buf_cstr(&url));
  libcurl.curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
  libcurl.curl_easy_setopt(e, CURLOPT_CONNECT_TO, to);
  libcurl.curl_easy_setopt(e, CURLOPT_POSTFIELDS, buf_cstr(&sql));
  libcurl.curl_easy_setopt(e, CURLOPT_TIMEOUT, 3L);
  libcurl.curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, discard);
  bool answered = libcurl.curl_easy_perform(e) == CURLE_OK;
  buf_free(&sql);
  buf_free(&url);
  libcurl.curl_slist_free_all(headers);
  libcurl.curl_slist_free_all(to);
  libcurl.curl_easy_cleanup(e);
  return answered;
}

// The rest is transfer's.
static void http_cancel(Session *session) {
  Http *s = (Http *)session;
  pthread_mutex_lock(&s->lock);
  if (s->running) {
    bell_ring(&s->stop);
    libcurl.curl_multi_wakeup(s->multi);
  }
  pthread_mutex_unlock(&s->lock);
}

static void http_close(Session *session) {
  Http *s = (Http *)session;
  if (s->easy)
    libcurl.curl_easy_cleanup(s->easy);
  if (s->multi)
    libcurl.curl_multi_cleanup(s->multi);
  bell_close(&s->stop);
  pthread_mutex_destroy(&s->lock);
  arena_free(&s->arena);
  free(s);
}

// --- opening

static char *path_key(Http *s, const Target *t, Str key) {
  Str path = target_str(t, key, STR(""));
  return path.len ? str_cstr(&s->arena, path) : NULL;
}

static bool clean_header(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || !s.ptr[i])
      return false;
  return true;
}

// IPv6 addresses stand in brackets in a URL.
static Str url_host(Arena *a, Str host) {
  bool bare = memchr(host.ptr, ':', host.len) && host.ptr[0] != '[';
  return bare ? str_fmt(a, "[%.*s]", STR_ARG(host)) : host;
}

static bool wants_compression(const Target *t) {
  Str text = target_str(t, STR("compression"), STR(""));
  return text.len && !str_eq_nocase(text, STR("false")) && !str_is(text, "0");
}

static bool read_target(Http *s, const Target *t, Arena *a, DbError *error) {
  bool secure = target_bool(t, STR("secure"), false);
  Str host = url_host(a, target_str(t, STR("host"), STR("localhost")));
  Str name = url_host(a, target_str(t, STR("server_host_name"), host));
  long long port = target_int(t, STR("port"), secure ? 8443 : 8123);
  Str user = target_str(t, STR("user"), STR("default"));
  s->url = str_cstr(&s->arena,
                    str_fmt(a, "http%s://%.*s:%lld/", secure ? "s" : "", STR_ARG(name), port));
  s->address = str_cstr(&s->arena, str_fmt(a, "%.*s:%lld", STR_ARG(host), port));
  if (!str_eq(host, name))
    s->host_header_to =
        str_cstr(&s->arena, str_fmt(a, "%.*s:%lld:%s", STR_ARG(name), port, s->address));
  s->verify = target_bool(t, STR("verify"), true);
  s->client_cert = path_key(s, t, STR("client_cert"));
  s->client_key = path_key(s, t, STR("client_cert_key"));
  s->ca_cert = path_key(s, t, STR("ca_cert"));
  s->gzip = wants_compression(t);
  s->connect_timeout = (double)target_int(t, STR("connect_timeout"), 10);
  s->idle_timeout = (double)target_int(t, STR("send_receive_timeout"), 300);
  s->retries = (int)target_int(t, STR("retries"), 1);
  s->reuse = target_bool(t, STR("reuse_connections"), true);
  if (!clean_header(user) || !clean_header(t->password.hidden) || !clean_header(t->schema))
    return engine_fail(a, error, STR(""), "user, password and schema cannot hold line breaks");
  if (!host.len || port < 1 || port > 65535)
    return engine_fail(a, error, STR(""), "host or port of the target is not valid: %s",
                       s->address);
  s->user_header = str_cstr(&s->arena, str_fmt(a, "X-ClickHouse-User: %.*s", STR_ARG(user)));
  if (t->password.hidden.len)
    s->key_header =
        str_cstr(&s->arena, str_fmt(a, "X-ClickHouse-Key: %.*s", STR_ARG(t->password.hidden)));
  return true;
}

typedef struct Hello {
  Arena *arena;
  Str version;
} Hello;

static bool hello_row(void *data, const Cell *cells, size_t n) {
  Hello *h = data;
  h->version = n ? str_dup(h->arena, cells[0].text) : (Str){0};
  return true;
}

// The first question shows whether all is well, and tells which settings the server knows.
static bool say_hello(Http *s, const Target *t, Arena *a, DbError *error) {
  Hello hello = {.arena = &s->arena};
  RowSink sink = {.data = &hello, .row = hello_row, .most = ERROR_BYTES};
  Body body = {.text = STR("SELECT version()")};
  Request q = {.sql = body.text, .rows = true, .idempotent = true, .harmless = true};
  new_query_id(s, STR(""));
  if (!run_request(s, a, &q, &body, &sink, s->retries, NULL, error))
    return false;
  int64_t number = ch_version_number(hello.version);
  if (!number)
    return is_no_clickhouse(s, a, error);
  s->version = hello.version;
  s->settings = ch_settings(&s->arena, t, number, &s->nsettings);
  s->database = str_dup(&s->arena, t->schema.len ? t->schema : t->database);
  return true;
}

static Http *http_new(const atomic_bool *stop) {
  Http *s = memory_must(calloc(1, sizeof *s));
  s->base.engine = &engine_clickhouse_http;
  s->opening = stop;
  pthread_mutex_init(&s->lock, NULL);
  s->multi = libcurl.curl_multi_init();
  s->easy = libcurl.curl_easy_init();
  if (s->multi) // a connection that was given up is closed when the next one is done
    libcurl.curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, 1L);
  return s;
}

static bool has_handles(Http *s, Arena *a, DbError *error) {
  bool bell = bell_open(&s->stop);
  return (s->multi && s->easy && bell) ||
         engine_fail(a, error, STR(""), "no memory or file handles for a connection");
}

static Session *opened(Http *s, bool good) {
  if (!good) {
    http_close(&s->base);
    return NULL;
  }
  s->opening = NULL;
  return &s->base;
}

static Session *http_open(const Target *t, const atomic_bool *stop, Arena *a, DbError *error) {
  if (!libcurl_load(a, error))
    return NULL;
  Http *s = http_new(stop);
  return opened(s, has_handles(s, a, error) && read_target(s, t, a, error) &&
                       say_hello(s, t, a, error));
}

// Who listens says before the body is sent whether it takes the statement (Expect: 100-continue,
// RFC 9110 10.1.1), so that none is sent twice and none is lost when it ends.
Session *ch_socket_open(const Target *t, const char *socket, Str holder, const atomic_bool *stop,
                        Arena *a, DbError *error) {
  // Seconds. It may be opening a large warehouse, or be stopped; its end is noticed.
  static const double ANSWERS = 60, EVER = 1e9;
  if (!libcurl_load(a, error))
    return NULL;
  Http *s = http_new(stop);
  s->socket = str_cstr(&s->arena, str_c(socket));
  s->url = "http://localhost/";
  s->address = str_cstr(&s->arena, holder.len ? holder : STR("another process"));
  s->user_header = "X-ClickHouse-User: default";
  s->connect_timeout = s->idle_timeout = number_or_test(ANSWERS, "STARC_TEST_ANSWERS");
  s->reuse = true;
  bool good = has_handles(s, a, error) && say_hello(s, t, a, error);
  s->idle_timeout = EVER;
  return opened(s, good);
}

// So that a balancer before several servers can choose anew.
static void http_next_node(Session *base) {
  Http *s = (Http *)base;
  s->fresh |= !s->reuse;
}

const Engine engine_clickhouse_http = {
    .type = "clickhouse",
    .driver = "http",
    .names_statements = true,
    .open = http_open,
    .exec = http_exec,
    .insert = http_insert,
    .cancel = http_cancel,
    .next_node = http_next_node,
    .version = ch_version,
    .waits = &waits_clickhouse,
    .close = http_close,
    .locks = &locks_clickhouse,
};
