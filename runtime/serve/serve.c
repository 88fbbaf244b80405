// See serve.h. A request goes: its headers (who asks, and what for), its body, the query, the
// answer. What fails before the answer's first byte is told by HTTP's status; what fails later,
// in the answer, as ClickHouse's server does it.
#include "serve.h"

#include "clients.h"
#include "exchange.h"
#include "listen.h"
#include "request.h"
#include "statement.h"

#include "../../compiler/base/hash.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/vec.h"
#include "../engine/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Seconds: to ask for something; to send the body; to take a piece of the answer; without a byte.
enum { ASK_S = 30, BODY_S = 600, TAKE_S = 60, SILENT_S = 30 };
// How many seconds a query waits for its turn.
enum { LINE_S = 10 };
enum { HEADERS_MOST = 1 << 20, HEAD = 1 << 20, PIECE = 128 * 1024 };
enum { CONNECTIONS = 1024, QUERIES = 32, BODY_MOST = 256 << 20 };

typedef struct Port {
  struct Port *next;
  Serve *serve;
  ServeListener listener;
  struct MHD_Daemon *daemon;
  Clients clients;
} Port;

struct Serve {
  ServeOptions options;
  Port *ports;
  atomic_bool gives_up; // queries are to be stopped
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t change;
  unsigned running;
};

// A request, from its headers on until its connection is done with it.
typedef struct Request {
  Arena arena;
  Port *port;
  struct MHD_Connection *connection;
  ServeRequest asked;
  const ServeUser *user;
  ServeProblem problem; // with which it is refused
  Buf body;             // heap
  Str sql, format;
  Str query_id;
  double started;
  bool read_only_method; // GET and HEAD change nothing
  bool runs;             // counted in Serve.running
  void *conn;
  Exchange *exchange;
  Buf head; // heap: the answer's first bytes
  size_t head_sent;
  bool ended;   // there is no more of the answer than head
  char tag[17]; // around an exception in the answer
} Request;

// --- queries that run at once

static bool enter_line(Serve *s) {
  double until = engine_now() + LINE_S;
  pthread_mutex_lock(&s->lock);
  while (s->running >= s->options.limits.queries && engine_now() < until &&
         !atomic_load(&s->gives_up))
    engine_cond_until(&s->change, &s->lock, until);
  bool enters = s->running < s->options.limits.queries && !atomic_load(&s->gives_up);
  s->running += enters;
  pthread_mutex_unlock(&s->lock);
  return enters;
}

static void leave_line(Serve *s) {
  pthread_mutex_lock(&s->lock);
  s->running--;
  pthread_cond_broadcast(&s->change);
  pthread_mutex_unlock(&s->lock);
}

unsigned serve_running(Serve *s) {
  pthread_mutex_lock(&s->lock);
  unsigned running = s->running;
  pthread_mutex_unlock(&s->lock);
  return running;
}

// --- answers

static void add_header(struct MHD_Response *r, const char *name, const char *value) {
  mhd.MHD_add_response_header(r, name, value);
}

static void add_text(Request *q, struct MHD_Response *r, const char *name, Str value) {
  if (value.len)
    add_header(r, name, str_cstr(&q->arena, value));
}

static enum MHD_Result send_response(Request *q, unsigned status, struct MHD_Response *r) {
  if (!r)
    return MHD_NO;
  add_header(r, "X-ClickHouse-Server-Display-Name", "starc");
  add_text(q, r, "X-ClickHouse-Query-Id", q->query_id);
  add_text(q, r, "X-ClickHouse-Timezone", q->port->serve->options.backend->timezone);
  add_header(r, "X-Content-Type-Options", "nosniff");
  clients_allow(&q->port->clients, q->connection, TAKE_S);
  enum MHD_Result done = mhd.MHD_queue_response(q->connection, status, r);
  mhd.MHD_destroy_response(r);
  return done;
}

static struct MHD_Response *of_text(Str text) {
  return mhd.MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.ptr,
                                             MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result plain(Request *q, unsigned status, Str text) {
  struct MHD_Response *r = of_text(text);
  if (r)
    add_header(r, "Content-Type", "text/plain; charset=UTF-8");
  return send_response(q, status, r);
}

static void log_query(Request *q, unsigned status, int code, const ServeOutcome *outcome) {
  const ServeOptions *o = &q->port->serve->options;
  ServeLogged line = {.user = q->user ? q->user->name : (Str){0},
                      .query_id = q->query_id,
                      .sql = q->sql,
                      .status = status,
                      .code = code,
                      .seconds = engine_now() - q->started,
                      .outcome = outcome};
  if (o->log)
    o->log(o->log_data, &line);
}

static Str exception_text(Request *q, Str error) {
  return str_fmt(&q->arena, "%.*s (version %.*s)\n", STR_ARG(str_trim(error)),
                 STR_ARG(q->port->serve->options.backend->version));
}

static enum MHD_Result refuse(Request *q, int code, Str error) {
  char number[16];
  unsigned status = request_status(code);
  log_query(q, status, code, NULL);
  struct MHD_Response *r = of_text(exception_text(q, error));
  snprintf(number, sizeof number, "%d", code);
  if (!r)
    return MHD_NO;
  add_header(r, "Content-Type", "text/plain; charset=UTF-8");
  add_header(r, "X-ClickHouse-Exception-Code", number);
  if (status == MHD_HTTP_UNAUTHORIZED)
    add_header(r, "WWW-Authenticate", "Basic realm=\"starc\"");
  return send_response(q, status, r);
}

static enum MHD_Result refuse_problem(Request *q) {
  return refuse(q, q->problem.code, q->problem.text);
}

#define FAIL(q, code, name, ...) request_fail(&(q)->arena, &(q)->problem, code, name, __VA_ARGS__)

// --- a query

static int code_of(const ServeOutcome *o) {
  ptrdiff_t at = str_find(buf_str(&o->error), STR("Code: "), 0);
  return at < 0 ? 1002 : atoi(o->error.ptr + at + 6);
}

static Str summary(Request *q, const ServeOutcome *o) {
  const struct {
    const char *name;
    uint64_t n;
  } counts[] = {
      {"read_rows",          o->read_rows                                 },
      {"read_bytes",         o->read_bytes                                },
      {"written_rows",       o->written_rows                              },
      {"written_bytes",      o->written_bytes                             },
      {"total_rows_to_read", 0                                            },
      {"result_rows",        o->result_rows                               },
      {"result_bytes",       o->result_bytes                              },
      {"elapsed_ns",         (uint64_t)((engine_now() - q->started) * 1e9)},
  };
  Buf out = {.arena = &q->arena};
  for (size_t i = 0; i < COUNT(counts); i++)
    buf_addf(&out, "%s\"%s\":\"%" PRIu64 "\"", i ? "," : "{", counts[i].name, counts[i].n);
  buf_addc(&out, '}');
  return buf_str(&out);
}

// The next piece of the answer, at the end of `to`. False: there is no more, or the client is gone.
static bool read_piece(Request *q, Buf *to) {
  ssize_t got = exchange_read(q->exchange, buf_room(to, PIECE), PIECE,
                              clients_socket(q->connection), &q->port->serve->gives_up);
  to->len += got > 0 ? (size_t)got : 0;
  q->ended = got <= 0;
  return got > 0;
}

// The end of an answer that broke off, between marks that no row of it has.
static void add_exception(Request *q, Buf *out, Str error) {
  Str text = exception_text(q, error);
  buf_addf(out, "\r\n__exception__\r\n%s\r\n%.*s%zu %s\r\n__exception__\r\n", q->tag, STR_ARG(text),
           text.len, q->tag);
}

static ssize_t more(void *data, uint64_t at, char *to, size_t room) {
  (void)at;
  Request *q = data;
  if (q->head_sent == q->head.len) {
    q->head.len = q->head_sent = 0;
    clients_allow(&q->port->clients, q->connection, -1);
    if (q->ended || !read_piece(q, &q->head)) {
      if (!q->exchange)
        return q->problem.code ? MHD_CONTENT_READER_END_WITH_ERROR
                               : MHD_CONTENT_READER_END_OF_STREAM;
      const ServeOutcome *o = exchange_end(q->exchange);
      int code = o->error.len ? code_of(o) : 0;
      log_query(q, 200, code, o);
      if (code) {
        q->problem.code = code;
        add_exception(q, &q->head, buf_str(&o->error));
      }
      exchange_free(q->exchange);
      q->exchange = NULL;
      if (!q->head.len)
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    clients_allow(&q->port->clients, q->connection, TAKE_S);
  }
  size_t n = q->head.len - q->head_sent < room ? q->head.len - q->head_sent : room;
  memcpy(to, q->head.ptr + q->head_sent, n);
  q->head_sent += n;
  return (ssize_t)n;
}

static void add_query_headers(Request *q, struct MHD_Response *r) {
  add_text(q, r, "X-ClickHouse-Format", q->format);
  add_header(r, "Content-Type", request_content_type(q->format));
}

// All of the answer is there.
static enum MHD_Result send_whole(Request *q, const ServeOutcome *o) {
  struct MHD_Response *r =
      mhd.MHD_create_response_from_buffer(q->head.len, q->head.ptr, MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  log_query(q, 200, 0, o);
  add_query_headers(q, r);
  add_text(q, r, "X-ClickHouse-Summary", summary(q, o));
  return send_response(q, MHD_HTTP_OK, r);
}

static enum MHD_Result send_pieces(Request *q) {
  struct MHD_Response *r =
      mhd.MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, more, q, NULL);
  if (!r)
    return MHD_NO;
  add_query_headers(q, r);
  add_header(r, "X-ClickHouse-Exception-Tag", q->tag);
  add_text(q, r, "X-ClickHouse-Summary", summary(q, &(ServeOutcome){0}));
  return send_response(q, MHD_HTTP_OK, r);
}

static enum MHD_Result run_query(Request *q) {
  Serve *s = q->port->serve;
  const ServeBackend *backend = s->options.backend;
  Buf error = {0};
  q->conn = backend->open(backend->data, &error);
  if (!q->conn) {
    Str text = str_dup(&q->arena, buf_str(&error));
    buf_free(&error);
    return refuse(q, 1000, text);
  }
  ServeStatement statement = {.sql = q->sql,
                              .format = q->asked.format,
                              .database = q->asked.database,
                              .settings = q->asked.settings,
                              .nsettings = q->asked.nsettings,
                              .params = q->asked.params,
                              .nparams = q->asked.nparams,
                              .readonly = q->user->readonly || q->read_only_method};
  q->exchange = exchange_start(backend, q->conn, &statement);
  if (!q->exchange)
    return refuse(q, 439,
                  STR("Code: 439. DB::Exception: no thread or pipe is to be had "
                      "(CANNOT_SCHEDULE_TASK)"));
  while (q->head.len < HEAD && read_piece(q, &q->head))
    ;
  if (!q->ended)
    return send_pieces(q);
  const ServeOutcome *o = exchange_end(q->exchange);
  if (o->error.len)
    return refuse(q, code_of(o), buf_str(&o->error));
  return send_whole(q, o);
}

static bool read_sql(Request *q) {
  Buf text = {.arena = &q->arena};
  buf_add(&text, q->asked.query);
  if (q->body.len) {
    if (text.len)
      buf_addc(&text, '\n');
    buf_add(&text, buf_str(&q->body));
  }
  if (!statement_single(buf_str(&text), &q->sql))
    return FAIL(q, 62, "SYNTAX_ERROR", "%s",
                str_trim(buf_str(&text)).len ? "Syntax error: one statement at a time"
                                             : "Empty query");
  FormatClause f = statement_format(q->sql);
  q->format = f.name.len ? f.name : q->asked.format;
  return true;
}

static enum MHD_Result answer_query(Request *q) {
  Serve *s = q->port->serve;
  clients_allow(&q->port->clients, q->connection, -1);
  if (!read_sql(q))
    return refuse_problem(q);
  if (!enter_line(s)) {
    FAIL(q, 202, "TOO_MANY_SIMULTANEOUS_QUERIES", "%u queries run already",
         s->options.limits.queries);
    return refuse_problem(q);
  }
  q->runs = true;
  return run_query(q);
}

// --- requests

typedef struct Pairs {
  Arena *a;
  VEC(ServePair) list;
} Pairs;

static enum MHD_Result add_pair(void *data, enum MHD_ValueKind kind, const char *name,
                                size_t name_len, const char *value, size_t value_len) {
  (void)kind;
  Pairs *p = data;
  vec_push(p->a, &p->list,
           ((ServePair){str_n(name, name_len), str_n(value ? value : "", value_len)}));
  return MHD_YES;
}

static Pairs pairs(Request *q, enum MHD_ValueKind kind) {
  Pairs p = {.a = &q->arena};
  mhd.MHD_get_connection_values_n(q->connection, kind, add_pair, &p);
  return p;
}

// What it asks for, and who asks. False: q->problem.
static bool read_request(Request *q) {
  Pairs arguments = pairs(q, MHD_GET_ARGUMENT_KIND), headers = pairs(q, MHD_HEADER_KIND);
  if (!request_read(&q->arena, arguments.list.items, arguments.list.n, headers.list.items,
                    headers.list.n, &q->asked, &q->problem))
    return false;
  if (q->asked.query_id.len)
    q->query_id = q->asked.query_id;
  q->user = access_check(q->port->listener.access, q->asked.user, q->asked.password);
  return q->user || FAIL(q, 516, "AUTHENTICATION_FAILED",
                         "%.*s: Authentication failed: password is incorrect, or there is no user "
                         "with such name",
                         STR_ARG(q->asked.user));
}

static Request *request_new(Port *port, struct MHD_Connection *c, const char *method) {
  char id[37], tag[37];
  Request *q = memory_must(calloc(1, sizeof *q));
  q->port = port;
  q->connection = c;
  q->started = engine_now();
  q->read_only_method = strcmp(method, "POST") != 0;
  hash_uuid4(id);
  hash_uuid4(tag);
  q->query_id = str_dup(&q->arena, str_c(id));
  for (size_t i = 0, n = 0; n < sizeof q->tag - 1; i++)
    if (tag[i] != '-')
      q->tag[n++] = tag[i];
  return q;
}

static void completed(void *data, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode how) {
  (void)how;
  Port *port = data;
  Request *q = *state;
  *state = NULL;
  if (q) {
    exchange_free(q->exchange);
    if (q->conn)
      port->serve->options.backend->close(q->conn);
    if (q->runs)
      leave_line(port->serve);
    buf_free(&q->body);
    buf_free(&q->head);
    arena_free(&q->arena);
    free(q);
  }
  clients_asks(&port->clients, connection);
}

// The head of a request: what can be refused or answered without its body. MHD_YES without an
// answer: the body is wanted.
static enum MHD_Result begin(Request *q, const char *path, const char *method) {
  bool asks = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
  if (!listen_is_our_name(q->port->listener.host,
                          mhd.MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Host")))
    return plain(q, MHD_HTTP_FORBIDDEN,
                 STR("not served under this name: use localhost, an address, or the name that "
                     "--bind gives\n"));
  if (!asks && strcmp(method, "POST") != 0)
    return plain(q, MHD_HTTP_METHOD_NOT_ALLOWED, STR("only GET, HEAD and POST\n"));
  if (strcmp(path, "/ping") == 0)
    return plain(q, MHD_HTTP_OK, STR("Ok.\n"));
  if (strcmp(path, "/") != 0)
    return plain(q, MHD_HTTP_NOT_FOUND, STR("There is no such path: queries go to /\n"));
  bool bare =
      asks && !mhd.MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "query");
  if (bare)
    return plain(q, MHD_HTTP_OK, STR("Ok.\n"));
  return read_request(q) ? MHD_YES : refuse_problem(q);
}

static enum MHD_Result handle(void *data, struct MHD_Connection *c, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_len, void **state) {
  (void)version;
  Port *port = data;
  Request *q = *state;
  if (!q) {
    *state = q = request_new(port, c, method);
    clients_allow(&port->clients, c, BODY_S);
    return begin(q, path, method);
  }
  if (!*body_len)
    return q->problem.code ? refuse_problem(q) : answer_query(q);
  if (!q->problem.code && q->body.len + *body_len > port->serve->options.limits.body)
    FAIL(q, 229, "QUERY_IS_TOO_LARGE", "the body of the request has more than %zu bytes",
         port->serve->options.limits.body);
  if (!q->problem.code)
    buf_add(&q->body, str_n(body, *body_len));
  *body_len = 0;
  return MHD_YES;
}

// --- start and stop

Serve *serve_start(const ServeOptions *options, Arena *a, DbError *error) {
  if (!mhd_load(a, error))
    return NULL;
  Serve *s = memory_must(calloc(1, sizeof *s));
  s->options = *options;
  ServeLimits *limits = &s->options.limits;
  limits->connections = limits->connections ? limits->connections : CONNECTIONS;
  limits->queries = limits->queries ? limits->queries : QUERIES;
  limits->body = limits->body ? limits->body : BODY_MOST;
  pthread_mutex_init(&s->lock, NULL);
  engine_cond_init(&s->change);
  return s;
}

bool serve_listen(Serve *s, const ServeListener *listener, Arena *a, DbError *error) {
  enum { STACK = 256 * 1024 };
  Port *p = memory_must(calloc(1, sizeof *p));
  p->serve = s;
  p->listener = *listener;
  bool cuts = clients_start(&p->clients, seconds_or_test(ASK_S, "STARC_TEST_ASK"));
  if (cuts)
    p->daemon = mhd.MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
            MHD_USE_ITC,
        0, NULL, NULL, handle, p, MHD_OPTION_LISTEN_SOCKET, listener->fd,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S, MHD_OPTION_CONNECTION_LIMIT,
        s->options.limits.connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MOST,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_NOTIFY_CONNECTION, clients_event,
        (void *)&p->clients, MHD_OPTION_NOTIFY_COMPLETED, completed, (void *)p, MHD_OPTION_END);
  if (!p->daemon) {
    if (cuts)
      clients_end(&p->clients);
    free(p);
    return engine_fail(a, error, STR(""), "the web server does not start");
  }
  p->next = s->ports;
  s->ports = p;
  return true;
}

void serve_stop(Serve *s, double seconds, const atomic_bool *hurry) {
  static const double TICK_S = 0.1;
  double until = engine_now() + seconds;
  for (Port *p = s->ports; p; p = p->next) {
    int fd = mhd.MHD_quiesce_daemon(p->daemon);
    if (fd >= 0)
      close(fd);
  }
  pthread_mutex_lock(&s->lock);
  while (s->running && engine_now() < until && !(hurry && atomic_load(hurry)))
    engine_cond_until(&s->change, &s->lock, engine_now() + TICK_S);
  atomic_store(&s->gives_up, true);
  pthread_cond_broadcast(&s->change);
  pthread_mutex_unlock(&s->lock);
  while (s->ports) {
    Port *p = s->ports;
    s->ports = p->next;
    mhd.MHD_stop_daemon(p->daemon);
    clients_end(&p->clients);
    free(p);
  }
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->change);
  free(s);
}
