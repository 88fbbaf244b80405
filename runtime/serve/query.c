// A request and its answer: its headers (who asks, and what for), its body, the query, the answer.
// What fails before the answer's first byte is told by HTTP's status; what fails later, in the
// answer, as ClickHouse's server does it. See inner.h.
#include "body.h"
#include "codec.h"
#include "exchange.h"
#include "inner.h"
#include "listen.h"
#include "origin.h"
#include "request.h"
#include "statement.h"

#include "../../compiler/base/hash.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/vec.h"
#include "../engine/clickhouse_inside.h"
#include "../engine/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TAKE_S = 60, TAKE_PAGE_S = 600 }; // seconds to take a piece of the answer; a page
enum { HEAD = 1 << 20, PIECE = 128 * 1024, FED_FROM = 1 << 20, SQL_MOST = 16 << 20 };

// A part of multipart/form-data.
typedef struct Part {
  Str name;
  bool file;
  Buf data; // in the query's arena
} Part;

struct Query {
  Arena arena;
  Port *port;
  struct MHD_Connection *connection;
  VEC(ServePair) arguments, headers;
  ServeRequest asked;
  const ServeUser *user;
  const char *origin;   // the other site whose page asks, and may; NULL: there is none
  ServeProblem problem; // with which it is refused
  Body body;
  struct MHD_PostProcessor *parts_reader;
  VEC(Part *) parts;
  VEC(ServeExternal) externals;
  Str sql, format, query_id;
  double started;
  bool reads_only;          // by its method: GET and HEAD change nothing
  bool runs;                // counted in Serve.line
  const ServeUser *in_line; // for whom; NULL: for nobody
  bool fed;                 // the rest of the body goes to the exchange
  void *conn;               // its own, or
  ServeSession *session;
  Exchange *exchange;
  Codec *blocks, *encoding; // of the answer; NULL: none
  CodecKind kind;
  Buf raw, head; // heap: as it comes; as it is sent
  size_t head_sent;
  size_t held; // of Serve.held
  bool ended;  // the answer has no more
  bool sends;  // its first bytes went out, with a status
  bool logged;
  char tag[17]; // around an exception in the answer
};

// --- answers

static void add_header(struct MHD_Response *r, const char *name, const char *value) {
  mhd.MHD_add_response_header(r, name, value);
}

static void add_text(Query *q, struct MHD_Response *r, const char *name, Str value) {
  if (value.len)
    add_header(r, name, str_cstr(&q->arena, value));
}

// How long the client may take for what comes now; negative: any time.
static void allow(Query *q, double seconds) {
  clients_allow(&q->port->clients, q->connection, q->port->listener.ours ? -1 : seconds);
}

static enum MHD_Result send_response(Query *q, unsigned status, struct MHD_Response *r) {
  if (!r)
    return MHD_NO;
  add_header(r, "X-ClickHouse-Server-Display-Name", "starc");
  add_text(q, r, "X-ClickHouse-Query-Id", q->query_id);
  add_text(q, r, "X-ClickHouse-Timezone", q->port->serve->options.backend->timezone);
  add_header(r, "X-Content-Type-Options", "nosniff");
  if (q->origin)
    origin_add(r, q->origin);
  allow(q, TAKE_S);
  enum MHD_Result done = mhd.MHD_queue_response(q->connection, status, r);
  mhd.MHD_destroy_response(r);
  return done;
}

static struct MHD_Response *of_text(Str text) {
  return mhd.MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.ptr,
                                             MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result plain(Query *q, unsigned status, Str text) {
  struct MHD_Response *r = of_text(text);
  if (r)
    add_header(r, "Content-Type", "text/plain; charset=UTF-8");
  return send_response(q, status, r);
}

static void log_query(Query *q, unsigned status, int code, const ServeOutcome *outcome) {
  const ServeOptions *o = &q->port->serve->options;
  ServeLogged line = {.user = q->user ? q->user->name : (Str){0},
                      .query_id = q->query_id,
                      .sql = q->sql,
                      .status = status,
                      .code = code,
                      .seconds = engine_now() - q->started,
                      .outcome = outcome};
  if (o->log && !q->logged)
    o->log(o->log_data, &line);
  q->logged = true;
}

// The engine has one user for all clients: a message that begins with its name gets the client's.
static Str with_own_name(Query *q, Str error) {
  static const Str begins = STR_INIT("DB::Exception: default: ");
  ptrdiff_t at = q->user ? str_find(error, begins, 0) : -1;
  if (at < 0)
    return error;
  size_t name = (size_t)at + begins.len - strlen("default: ");
  return str_fmt(&q->arena, "%.*s%.*s%.*s", STR_ARG(str_sub(error, 0, name)),
                 STR_ARG(q->user->name),
                 STR_ARG(str_sub(error, name + strlen("default"), error.len)));
}

static Str exception_text(Query *q, Str error) {
  return str_fmt(&q->arena, "%.*s (version %.*s)\n", STR_ARG(str_trim(with_own_name(q, error))),
                 STR_ARG(q->port->serve->options.backend->version));
}

// Who asks again right behind the answer finds the session free.
static void give_session(Query *q) {
  if (!q->session)
    return;
  exchange_free(q->exchange);
  q->exchange = NULL;
  serve_sessions_give(&q->port->serve->sessions, q->session, q->asked.session_timeout);
  q->session = NULL;
}

static enum MHD_Result refuse(Query *q, int code, Str error) {
  char number[16];
  unsigned status = request_status(code);
  log_query(q, status, code, NULL);
  struct MHD_Response *r = of_text(exception_text(q, error));
  give_session(q);
  snprintf(number, sizeof number, "%d", code);
  if (!r)
    return MHD_NO;
  add_header(r, "Content-Type", "text/plain; charset=UTF-8");
  add_header(r, "X-ClickHouse-Exception-Code", number);
  return send_response(q, status, r);
}

static enum MHD_Result refuse_problem(Query *q) {
  return refuse(q, q->problem.code, q->problem.text);
}

#define FAIL(q, code, name, ...) request_fail(&(q)->arena, &(q)->problem, code, name, __VA_ARGS__)

// Whether it may keep n bytes, in place of what it kept so far: all together keep so much at most.
static bool may_hold(Query *q, size_t n) {
  Serve *s = q->port->serve;
  size_t before = q->held, all = atomic_fetch_add(&s->held, n - before) + n - before;
  q->held = n;
  return n <= before || all <= s->options.limits.held || q->port->listener.ours ||
         FAIL(
             q, 241, "MEMORY_LIMIT_EXCEEDED",
             "requests and answers that are kept until their end take all the memory that there is "
             "for them");
}

static int code_of(const ServeOutcome *o) {
  ptrdiff_t at = str_find(buf_str(&o->error), STR("Code: "), 0);
  return at < 0 ? 1002 : atoi(o->error.ptr + at + 6);
}

static Str summary(Query *q, const ServeOutcome *o) {
  const struct {
    const char *name;
    uint64_t n;
  } counts[] = {
      {"read_rows",          o->read_rows                                 },
      {"read_bytes",         o->read_bytes                                },
      {"written_rows",       o->written_rows                              },
      {"written_bytes",      o->written_bytes                             },
      {"total_rows_to_read", o->read_rows                                 },
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

// --- the bytes of an answer

static bool open_codecs(Query *q) {
  DbError error = {.at = -1};
  q->kind = q->asked.encode ? codec_accepted(q->asked.accept) : CODEC_NONE;
  bool good =
      (!q->asked.compress || (q->blocks = codec_encoder(CODEC_BLOCKS, 0, &q->arena, &error))) &&
      (q->kind == CODEC_NONE ||
       (q->encoding = codec_encoder(q->kind, (int)q->asked.level, &q->arena, &error)));
  return good ||
         FAIL(q, 48, "NOT_IMPLEMENTED", "%.*s: %.*s", STR_ARG(error.message), STR_ARG(error.hint));
}

// From q->raw, which is empty then, to q->head.
static void encode(Query *q, bool last) {
  Buf between = {0};
  Buf *to = q->encoding ? &between : &q->head;
  if (q->blocks) {
    codec_feed(q->blocks, buf_str(&q->raw), SIZE_MAX, to);
    if (last)
      codec_end(q->blocks, to);
  } else if (q->encoding) {
    buf_add(&between, buf_str(&q->raw));
  } else {
    buf_add(&q->head, buf_str(&q->raw));
  }
  if (q->encoding) {
    codec_feed(q->encoding, buf_str(&between), SIZE_MAX, &q->head);
    if (last)
      codec_end(q->encoding, &q->head);
  }
  q->raw.len = 0;
  buf_free(&between);
}

// The next piece of the answer, at the end of q->raw. False: there is no more, or the client is
// gone.
static bool read_piece(Query *q) {
  ssize_t got = exchange_read(q->exchange, buf_room(&q->raw, PIECE), PIECE,
                              clients_socket(q->connection), &q->port->serve->gives_up);
  q->raw.len += got > 0 ? (size_t)got : 0;
  q->ended = got <= 0;
  return got > 0;
}

// The end of an answer that broke off, between marks that no row of it has.
static void add_exception(Query *q, Str error) {
  Str text = exception_text(q, error);
  buf_addf(&q->raw, "\r\n__exception__\r\n%s\r\n%.*s%zu %s\r\n__exception__\r\n", q->tag,
           STR_ARG(text), text.len, q->tag);
}

static void finish(Query *q) {
  const ServeOutcome *o = exchange_end(q->exchange);
  int code = o->error.len ? code_of(o) : 0;
  log_query(q, MHD_HTTP_OK, code, o);
  if (code)
    add_exception(q, buf_str(&o->error));
  q->problem.code = code;
  encode(q, true);
  exchange_free(q->exchange);
  q->exchange = NULL;
  give_session(q);
}

static ssize_t more(void *data, uint64_t at, char *to, size_t room) {
  (void)at;
  Query *q = data;
  if (q->head_sent == q->head.len)
    q->head.len = q->head_sent = 0;
  allow(q, -1);
  while (!q->head.len && q->exchange) {
    if (!q->ended && read_piece(q))
      encode(q, false);
    else
      finish(q);
  }
  allow(q, TAKE_S);
  if (!q->head.len)
    return q->problem.code ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
  size_t n = q->head.len - q->head_sent < room ? q->head.len - q->head_sent : room;
  memcpy(to, q->head.ptr + q->head_sent, n);
  q->head_sent += n;
  return (ssize_t)n;
}

static void add_query_headers(Query *q, struct MHD_Response *r, const ServeOutcome *o) {
  add_text(q, r, "X-ClickHouse-Format", q->format);
  add_header(r, "Content-Type", request_content_type(q->format));
  add_text(q, r, "X-ClickHouse-Summary", summary(q, o));
  if (q->encoding)
    add_header(r, "Content-Encoding", codec_name(q->kind));
}

// All of the answer is there.
static enum MHD_Result send_whole(Query *q, const ServeOutcome *o) {
  encode(q, true);
  struct MHD_Response *r =
      mhd.MHD_create_response_from_buffer(q->head.len, q->head.ptr, MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  log_query(q, MHD_HTTP_OK, 0, o);
  add_query_headers(q, r, o);
  give_session(q);
  return send_response(q, MHD_HTTP_OK, r);
}

static enum MHD_Result send_pieces(Query *q) {
  q->sends = true;
  encode(q, false);
  struct MHD_Response *r =
      mhd.MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, more, q, NULL);
  if (!r)
    return MHD_NO;
  add_query_headers(q, r, &(ServeOutcome){0});
  add_header(r, "X-ClickHouse-Exception-Tag", q->tag);
  return send_response(q, MHD_HTTP_OK, r);
}

// --- a query

static bool open_connection(Query *q) {
  Serve *s = q->port->serve;
  Buf error = {0};
  SessionFound found = SESSION_FAILED;
  if (q->asked.session_id.len) {
    Str name = str_fmt(&q->arena, "%.*s\n%zu\n%.*s", STR_ARG(q->user->name), q->user->role,
                       STR_ARG(q->asked.session_id));
    found = serve_sessions_take(&s->sessions, name, q->asked.session_check, &q->session, &error);
  } else {
    q->conn = s->options.backend->open(s->options.backend->data, &error);
    found = q->conn ? SESSION_LENT : SESSION_FAILED;
  }
  if (found == SESSION_FAILED)
    FAIL(q, 1000, "UNKNOWN", "%.*s", STR_ARG(buf_str(&error)));
  if (found == SESSION_LOCKED)
    FAIL(q, 373, "SESSION_IS_LOCKED", "Session %.*s is locked by a concurrent client",
         STR_ARG(q->asked.session_id));
  if (found == SESSION_MISSING)
    FAIL(q, 372, "SESSION_NOT_FOUND", "Session %.*s not found", STR_ARG(q->asked.session_id));
  if (found == SESSION_MANY)
    FAIL(q, 202, "TOO_MANY_SIMULTANEOUS_QUERIES", "there are too many sessions");
  buf_free(&error);
  return found == SESSION_LENT;
}

static bool start_query(Query *q, bool fed) {
  Serve *s = q->port->serve;
  allow(q, -1);
  LineTurn turn = q->runs ? LINE_TURN : line_enter(&s->line, q->user);
  if (turn == LINE_ENDS)
    return FAIL(q, 202, "TOO_MANY_SIMULTANEOUS_QUERIES",
                "starc serve is about to end: it begins no more queries");
  if (turn == LINE_FULL)
    return FAIL(q, 202, "TOO_MANY_SIMULTANEOUS_QUERIES",
                "too many queries run already, of all (%u at once) or of this user",
                s->options.limits.queries);
  q->in_line = q->runs ? NULL : q->user;
  q->runs = true;
  if (!open_codecs(q) || !open_connection(q))
    return false;
  ServeStatement statement = {.sql = q->sql,
                              .format = q->asked.format,
                              .database = q->asked.database,
                              .settings = q->asked.settings,
                              .nsettings = q->asked.nsettings,
                              .params = q->asked.params,
                              .nparams = q->asked.nparams,
                              .externals = q->externals.items,
                              .nexternals = q->externals.n,
                              .role = q->user->role,
                              .readonly = q->user->readonly || q->reads_only ? 2 : 0,
                              .trusted = q->user->trusted,
                              .keeps = q->session != NULL};
  q->exchange =
      exchange_start(&s->exchanges, q->query_id, q->user->name, s->options.backend,
                     q->session ? session_connection(q->session) : q->conn, &statement, fed);
  return q->exchange || FAIL(q, 439, "CANNOT_SCHEDULE_TASK", "no thread or pipe is to be had");
}

// All that the address and the body say so far.
static Str whole_text(Query *q) {
  Buf text = {.arena = &q->arena};
  buf_add(&text, q->asked.query);
  if (q->body.kept.len) {
    if (text.len)
      buf_addc(&text, '\n');
    buf_add(&text, buf_str(&q->body.kept));
  }
  return buf_str(&text);
}

static void read_format(Query *q) {
  FormatClause f = {0};
  if (!statement_inserts(q->sql))
    f = statement_format(q->sql);
  q->format = f.name.len ? f.name : q->asked.format;
}

// What the engine makes of a statement takes many times its room, which it does not count.
static bool too_long(Query *q) {
  return FAIL(
      q, 229, "QUERY_IS_TOO_LARGE",
      "the statement has more than %d MiB: data go behind INSERT .. FORMAT, or come along as "
      "a table (multipart/form-data)",
      SQL_MOST >> 20);
}

static bool read_sql(Query *q) {
  Str text = whole_text(q);
  if (!statement_single(text, &q->sql))
    return FAIL(q, 62, "SYNTAX_ERROR", "%s",
                str_trim(text).len ? "Syntax error: one statement at a time" : "Empty query");
  read_format(q);
  return q->sql.len <= SQL_MOST || q->user->trusted || too_long(q);
}

// Drivers cancel by KILL QUERY WHERE query_id = '..'. The engine does not know that name: queries
// of the same user that have it are stopped here, and the engine writes what came of it.
static void stop_own(Query *q) {
  Str id;
  if (q->reads_only || q->user->trusted || !statement_kills(q->sql, &id))
    return;
  bool found = exchange_cancel(&q->port->serve->exchanges, id, q->user->name);
  Buf sql = {.arena = &q->arena};
  buf_adds(&sql, "SELECT 'waiting' AS kill_status, ");
  ch_quote(&sql, id);
  buf_adds(&sql, " AS query_id, ");
  ch_quote(&sql, q->user->name);
  buf_adds(&sql, " AS user");
  if (!found)
    buf_adds(&sql, " WHERE 0");
  if (q->format.len)
    buf_addf(&sql, " FORMAT %.*s", STR_ARG(q->format));
  q->sql = buf_str(&sql);
}

static bool keep_answer(Query *q) {
  if (q->raw.len > q->port->serve->options.limits.body)
    return FAIL(q, 396, "TOO_MANY_ROWS_OR_BYTES",
                "the answer is too large to be kept until its end: leave out wait_end_of_query");
  return q->raw.len < HEAD || may_hold(q, q->raw.len);
}

static enum MHD_Result finish_query(Query *q) {
  while ((q->asked.wait_end || q->raw.len < HEAD) && read_piece(q))
    if (!keep_answer(q))
      return refuse_problem(q);
  if (!q->ended)
    return send_pieces(q);
  const ServeOutcome *o = exchange_end(q->exchange);
  if (o->error.len)
    return refuse(q, code_of(o), buf_str(&o->error));
  return send_whole(q, o);
}

// --- the body

static enum MHD_Result take_part(void *data, enum MHD_ValueKind kind, const char *name,
                                 const char *file, const char *type, const char *encoding,
                                 const char *bytes, uint64_t at, size_t n) {
  (void)kind, (void)type, (void)encoding;
  Query *q = data;
  if (!at) {
    Part *p = arena_new(&q->arena, Part);
    *p = (Part){.name = str_dup(&q->arena, str_c(name)),
                .file = file != NULL,
                .data = {.arena = &q->arena}};
    vec_push(&q->arena, &q->parts, p);
  }
  if (q->parts.n)
    buf_add(&q->parts.items[q->parts.n - 1]->data, str_n(bytes, n));
  return MHD_YES;
}

// Parts with a file's name are tables, the others arguments.
static bool read_parts(Query *q) {
  if (!q->parts_reader)
    return true;
  bool good = mhd.MHD_destroy_post_processor(q->parts_reader) == MHD_YES;
  q->parts_reader = NULL;
  if (!good)
    return FAIL(q, 36, "BAD_ARGUMENTS", "the body is no multipart/form-data");
  for (size_t i = 0; i < q->parts.n; i++)
    if (!q->parts.items[i]->file)
      vec_push(&q->arena, &q->arguments,
               ((ServePair){q->parts.items[i]->name, buf_str(&q->parts.items[i]->data)}));
  if (!request_read(&q->arena, q->arguments.items, q->arguments.n, q->headers.items, q->headers.n,
                    &q->asked, &q->problem))
    return false;
  for (size_t i = 0; i < q->parts.n; i++) {
    ServeExternal external;
    if (!q->parts.items[i]->file)
      continue;
    if (!request_external(&q->arena, &q->asked, q->parts.items[i]->name,
                          buf_str(&q->parts.items[i]->data), &external, &q->problem))
      return false;
    vec_push(&q->arena, &q->externals, external);
  }
  return true;
}

// An INSERT without its data, which go into it apart: they are no SQL, and end with nothing but
// themselves.
static bool feed(Query *q, Str text, size_t at) {
  q->sql = str_sub(text, 0, at);
  if (!start_query(q, true))
    return false;
  q->fed = true;
  exchange_write(q->exchange, str_sub(text, at, text.len));
  return true;
}

// One whose data are many begins before they are all there.
static void try_to_feed(Query *q) {
  Str text = whole_text(q);
  size_t at;
  if (!statement_data(text, &at))
    return;
  q->sql = str_sub(text, 0, at);
  read_format(q);
  if (feed(q, text, at))
    q->body.kept.len = 0;
}

static bool start_whole(Query *q) {
  size_t at;
  stop_own(q);
  return statement_data(q->sql, &at) ? feed(q, q->sql, at) : start_query(q, false);
}

static void take_piece(Query *q, Str piece) {
  if (!body_add(&q->body, &q->arena, piece, &q->problem))
    return;
  if (q->parts_reader) {
    size_t so_far = q->arena.total;
    if (so_far > q->port->serve->options.limits.body)
      FAIL(q, 229, "QUERY_IS_TOO_LARGE", "the body of the request is too large");
    else
      mhd.MHD_post_process(q->parts_reader, q->body.kept.ptr, q->body.kept.len);
    q->body.kept.len = 0;
  } else if (q->fed) {
    exchange_write(q->exchange, buf_str(&q->body.kept));
    buf_free(&q->body.kept);
  } else if (q->body.kept.len >= FED_FROM) {
    if (!q->sql.len)
      try_to_feed(q);
    if (!q->fed && !q->sql.len)
      q->sql = STR(" "); // it is no INSERT: that is not looked at again
    if (!q->fed && q->body.kept.len > SQL_MOST && !q->user->trusted)
      too_long(q);
  }
  if (!q->problem.code)
    may_hold(q, q->body.kept.len + (q->parts_reader ? q->arena.total : 0));
}

// Compressed, a piece can become a thousand times as much.
void query_body(Query *q, Str piece) {
  enum { STEP = 16 * 1024 };
  for (size_t at = 0; at < piece.len && !q->problem.code; at += STEP)
    take_piece(q, str_sub(piece, at, at + STEP));
}

enum MHD_Result query_answer(Query *q) {
  bool good = !q->problem.code && body_end(&q->body, &q->arena, &q->problem) && read_parts(q);
  good = good && (q->fed || (read_sql(q) && start_whole(q)));
  if (good && q->fed)
    exchange_written(q->exchange);
  return good ? finish_query(q) : refuse_problem(q);
}

// --- the headers

static enum MHD_Result add_pair(void *data, enum MHD_ValueKind kind, const char *name,
                                size_t name_len, const char *value, size_t value_len) {
  Query *q = data;
  ServePair pair = {str_n(name, name_len), str_n(value ? value : "", value_len)};
  if (kind == MHD_HEADER_KIND)
    vec_push(&q->arena, &q->headers, pair);
  else
    vec_push(&q->arena, &q->arguments, pair);
  return MHD_YES;
}

// What this user may do.
static bool know_user(Query *q) {
  const ServeAccess *access = atomic_load(&q->port->access);
  const ServeUser *user = NULL;
  AccessFound found = access_check(access, q->asked.user, q->asked.password, &user);
  if (found == ACCESS_GOOD)
    q->user = user;
  if (found == ACCESS_BUSY)
    return FAIL(q, 202, "TOO_MANY_SIMULTANEOUS_QUERIES", "too many passwords are looked at");
  return q->user ||
         FAIL(q, 516, "AUTHENTICATION_FAILED",
              "%.*s: Authentication failed: password is incorrect, or there is no user with such "
              "name",
              STR_ARG(q->asked.user));
}

// What it asks for, and who asks. False: q->problem.
static bool read_request(Query *q) {
  mhd.MHD_get_connection_values_n(q->connection, MHD_GET_ARGUMENT_KIND, add_pair, q);
  mhd.MHD_get_connection_values_n(q->connection, MHD_HEADER_KIND, add_pair, q);
  if (!request_read(&q->arena, q->arguments.items, q->arguments.n, q->headers.items, q->headers.n,
                    &q->asked, &q->problem))
    return false;
  if (q->asked.query_id.len)
    q->query_id = q->asked.query_id;
  if (!know_user(q))
    return false;
  if (str_starts(q->asked.content_type, STR("multipart/form-data")))
    q->parts_reader = mhd.MHD_create_post_processor(q->connection, FED_FROM, take_part, q);
  return body_open(&q->body, &q->arena, q->asked.encoding, q->asked.decompress,
                   q->port->serve->options.limits.body, &q->problem);
}

Query *query_new(Port *port, struct MHD_Connection *c, const char *method) {
  char id[37], tag[37];
  Query *q = memory_must(calloc(1, sizeof *q));
  q->port = port;
  q->connection = c;
  q->started = engine_now();
  q->reads_only = strcmp(method, "POST") != 0;
  hash_uuid4(id);
  hash_uuid4(tag);
  q->query_id = str_dup(&q->arena, str_c(id));
  for (size_t i = 0, n = 0; n < sizeof q->tag - 1; i++)
    if (tag[i] != '-')
      q->tag[n++] = tag[i];
  return q;
}

static enum MHD_Result say_ending(Query *q) {
  struct MHD_Response *r = of_text(STR("this process is about to end\n"));
  if (r) {
    add_header(r, CH_ENDING, "1");
    add_header(r, "Connection", "close");
  }
  return send_response(q, MHD_HTTP_SERVICE_UNAVAILABLE, r);
}

// A process of starc takes back what it asked for on another connection.
static enum MHD_Result stop_another(Query *q) {
  const char *id =
      mhd.MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "query_id");
  bool found = id && exchange_cancel(&q->port->serve->exchanges, str_c(id), (Str){0});
  return plain(q, found ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, STR("\n"));
}

// --- pages

// A browser asks its user for a password when it is told so.
static enum MHD_Result want_password(Query *q) {
  log_query(q, MHD_HTTP_UNAUTHORIZED, q->problem.code, NULL);
  struct MHD_Response *r = of_text(STR("a name and a password, please\n"));
  if (!r)
    return MHD_NO;
  add_header(r, "Content-Type", "text/plain; charset=UTF-8");
  add_header(r, "WWW-Authenticate", "Basic realm=\"starc\", charset=\"UTF-8\"");
  return send_response(q, MHD_HTTP_UNAUTHORIZED, r);
}

static enum MHD_Result to_pages(Query *q) {
  struct MHD_Response *r = of_text(STR("/docs/\n"));
  if (!r)
    return MHD_NO;
  add_header(r, "Location", "/docs/");
  return send_response(q, MHD_HTTP_FOUND, r);
}

// To whom queries are answered, pages are, too.
static enum MHD_Result give_page(Query *q, const char *address, bool asks) {
  enum { REQUIRED_PASSWORD = 194, AUTHENTICATION_FAILED = 516 };
  const ServePages *pages = &q->port->serve->options.pages;
  if (!asks)
    return plain(q, MHD_HTTP_METHOD_NOT_ALLOWED, STR("pages are read by GET and HEAD\n"));
  if (!read_request(q))
    return q->problem.code == AUTHENTICATION_FAILED || q->problem.code == REQUIRED_PASSWORD
               ? want_password(q)
               : refuse_problem(q);
  if (q->user->some_databases)
    return plain(q, MHD_HTTP_FORBIDDEN,
                 STR("the page tells of all databases, and this user sees only some\n"));
  if (!*address)
    return to_pages(q);
  allow(q, TAKE_PAGE_S);
  return (enum MHD_Result)pages->give(pages->data, q->connection, address);
}

static bool is_page(const Query *q, const char *path) {
  size_t n = strlen("/docs");
  return q->port->serve->options.pages.give && !q->port->listener.ours &&
         strncmp(path, "/docs", n) == 0 && (!path[n] || path[n] == '/');
}

enum MHD_Result query_begin(Query *q, const char *path, const char *method) {
  bool asks = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
  if (!listen_is_our_name(q->port->listener.host,
                          mhd.MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Host")))
    return plain(q, MHD_HTTP_FORBIDDEN,
                 STR("not served under this name: use localhost, an address, or the name that "
                     "--bind gives\n"));
  if (!origin_read(&q->port->serve->options, q->connection, &q->origin))
    return plain(q, MHD_HTTP_FORBIDDEN, STR("not for pages of other sites\n"));
  if (q->origin && strcmp(method, "OPTIONS") == 0)
    return origin_preflight(q->connection, q->origin);
  if (!asks && strcmp(method, "POST") != 0)
    return plain(q, MHD_HTTP_METHOD_NOT_ALLOWED, STR("only GET, HEAD and POST\n"));
  if (strcmp(path, "/ping") == 0)
    return plain(q, MHD_HTTP_OK, STR("Ok.\n"));
  if (q->port->listener.ours && strcmp(path, CH_STOP) == 0)
    return stop_another(q);
  if (is_page(q, path))
    return give_page(q, path + strlen("/docs"), asks);
  if (strcmp(path, "/") != 0)
    return plain(q, MHD_HTTP_NOT_FOUND, STR("There is no such path: queries go to /\n"));
  if (asks && !mhd.MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "query"))
    return plain(q, MHD_HTTP_OK, STR("Ok.\n"));
  if (q->port->listener.ours && !(q->runs = line_enter_at_once(&q->port->serve->line)))
    return say_ending(q);
  return read_request(q) ? MHD_YES : refuse_problem(q);
}

// Its client went away before the end.
static void log_broken_off(Query *q) {
  enum { CANCELLED = 394 };
  if (!q->exchange || q->logged)
    return;
  const ServeOutcome *o = exchange_stop(q->exchange);
  log_query(q, q->sends ? MHD_HTTP_OK : 0, o->error.len ? code_of(o) : CANCELLED, o);
}

void query_free(Query *q) {
  if (!q)
    return;
  Serve *s = q->port->serve;
  atomic_fetch_sub(&s->held, q->held);
  log_broken_off(q);
  exchange_free(q->exchange);
  q->exchange = NULL;
  if (q->conn)
    s->options.backend->close(q->conn);
  give_session(q);
  if (q->runs)
    line_leave(&s->line, q->in_line);
  if (q->parts_reader)
    mhd.MHD_destroy_post_processor(q->parts_reader);
  body_close(&q->body);
  codec_free(q->blocks);
  codec_free(q->encoding);
  buf_free(&q->raw);
  buf_free(&q->head);
  arena_free(&q->arena);
  free(q);
}
