// In: an open source, a part of its rows, a statement that takes rows. Out: the rows in it. A
// thread for each session of the source reads, writes the rows anew for the target and puts them
// into a queue; who asked takes them out of it for the target's session.
#include "stream.h"

#include "../../compiler/base/memory.h"
#include "../../compiler/dialect/load_cell.h"

#include "../engine/util.h"

#include <stdlib.h>

enum { PIECE = 256 * 1024, QUEUE = 16 }; // bytes that are rewritten at once; pieces that may wait

static const double EVERY_S = 0.2; // between two words about how far it is

typedef struct Stream {
  LoadSource *source;
  const LoadColumn *columns;
  size_t ncolumns;
  pthread_mutex_t lock; // guards what follows
  pthread_cond_t changed;
  Buf queue[QUEUE];
  size_t first, n;
  size_t readers; // that still read
  bool alone;     // one reader has all rows; set before it runs
  bool closed;    // nobody takes more
  bool failed;    // `error` says why
  DbError error;
  Arena texts; // of the error
  LoadCount count;
  LoadTell tell;
  double told; // when
  int64_t all;
  // Of who takes them.
  Buf taken;
  size_t sent;
} Stream;

// One session's part of the rows.
typedef struct Reader {
  Stream *s;
  Session *session;
  Str query;
  pthread_t thread;
  bool runs;
  Buf raw; // lines as they came, whole ones and the beginning of one
  Arena arena;
  int64_t row; // that were handed on
} Reader;

// --- the queue

static void fail(Stream *s, const DbError *error) {
  pthread_mutex_lock(&s->lock);
  if (!s->failed && !s->closed) {
    Arena *a = &s->texts;
    s->error = *error;
    s->error.message = str_dup(a, error->message);
    s->error.brief = str_dup(a, error->brief);
    s->error.hint = str_dup(a, error->hint);
    s->error.detail = str_dup(a, error->detail);
    s->error.code = str_dup(a, error->code);
    s->failed = true;
  }
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

// Takes the buffer over. False: nobody wants more.
static bool put(Stream *s, Buf *piece, int64_t rows) {
  pthread_mutex_lock(&s->lock);
  while (s->n == QUEUE && !s->closed && !s->failed)
    pthread_cond_wait(&s->changed, &s->lock);
  bool wanted = !s->closed && !s->failed;
  if (wanted) {
    s->count.rows += rows;
    s->count.bytes += (int64_t)piece->len;
    s->queue[(s->first + s->n++) % QUEUE] = *piece;
    *piece = (Buf){0};
    pthread_cond_broadcast(&s->changed);
  }
  bool tells = wanted && engine_now() - s->told > EVERY_S;
  LoadCount count = s->count;
  if (tells)
    s->told = engine_now();
  pthread_mutex_unlock(&s->lock);
  if (tells)
    s->tell.moved(s->tell.data, &count, s->all);
  return wanted;
}

// The next piece; false: there is none, all is read or it failed.
static bool take(Stream *s) {
  buf_free(&s->taken);
  s->taken = (Buf){0};
  s->sent = 0;
  pthread_mutex_lock(&s->lock);
  while (!s->n && s->readers && !s->failed)
    pthread_cond_wait(&s->changed, &s->lock);
  bool got = s->n && !s->failed;
  if (got) {
    s->taken = s->queue[s->first];
    s->first = (s->first + 1) % QUEUE;
    s->n--;
    pthread_cond_broadcast(&s->changed);
  }
  pthread_mutex_unlock(&s->lock);
  return got;
}

static bool has_failed(Stream *s) {
  pthread_mutex_lock(&s->lock);
  bool failed = s->failed;
  pthread_mutex_unlock(&s->lock);
  return failed;
}

static ptrdiff_t read_piece(void *data, char *to, size_t room) {
  Stream *s = data;
  while (s->sent == s->taken.len)
    if (!take(s))
      return has_failed(s) ? -1 : 0;
  size_t left = s->taken.len - s->sent, n = left < room ? left : room;
  memcpy(to, s->taken.ptr + s->sent, n);
  s->sent += n;
  return (ptrdiff_t)n;
}

// --- reading

// Rewrites the whole lines that came and hands them on.
static bool hand_on(Reader *r, bool last) {
  Stream *s = r->s;
  size_t whole = r->raw.len;
  while (!last && whole && r->raw.ptr[whole - 1] != '\n')
    whole--;
  if (!whole)
    return true;
  Buf out = {0};
  LoadBad bad;
  int64_t rows = 0;
  arena_reset(&r->arena);
  if (!load_lines(s->columns, s->ncolumns, str_n(r->raw.ptr, whole), &out, &rows, &r->arena,
                  &bad)) {
    DbError error = {.at = -1};
    bad.row = s->alone ? r->row + bad.row : 0;
    pthread_mutex_lock(&s->lock); // the source's arena is used
    load_source_bad(s->source, s->columns, s->ncolumns, &bad, &r->arena, &error);
    pthread_mutex_unlock(&s->lock);
    fail(s, &error);
    buf_free(&out);
    return false;
  }
  r->row += rows;
  bool wanted = put(s, &out, rows);
  buf_free(&out);
  memmove(r->raw.ptr, r->raw.ptr + whole, r->raw.len - whole);
  r->raw.len -= whole;
  return wanted;
}

static bool write_piece(void *data, const char *piece, size_t n) {
  Reader *r = data;
  buf_add(&r->raw, str_n(piece, n));
  return r->raw.len < PIECE || hand_on(r, false);
}

// Rows that come one by one, as such lines.
static bool write_row(void *data, const Cell *cells, size_t n) {
  Reader *r = data;
  for (size_t i = 0; i < n; i++) {
    if (i)
      buf_addc(&r->raw, '\t');
    if (cells[i].is_null)
      buf_adds(&r->raw, "\\N");
    else
      load_escape(&r->raw, cells[i].text);
  }
  buf_addc(&r->raw, '\n');
  return r->raw.len < PIECE || hand_on(r, false);
}

static bool extract(Reader *r, Arena *a, DbError *error) {
  const Engine *engine = load_source_engine(r->s->source);
  StmtResult result;
  if (engine->extract)
    return engine->extract(r->session, a, r->query, write_piece, r, &result, error);
  RowSink sink = {.data = r, .row = write_row, .cut = true};
  return engine->exec(r->session, a, &(Stmt){.sql = r->query, .idempotent = true}, &sink, &result,
                      error);
}

static void *read_all(void *data) {
  Reader *r = data;
  Stream *s = r->s;
  Arena a = {0};

  DbError error = {.at = -1};
  bool good = extract(r, &a, &error);
  if (good) {
    hand_on(r, true);
  } else {
    pthread_mutex_lock(&s->lock);
    load_source_failed(s->source, &error);
    pthread_mutex_unlock(&s->lock);
    fail(s, &error);
  }
  arena_free(&a);
  pthread_mutex_lock(&s->lock);
  s->readers--;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
  return NULL;
}

// --- the whole

// All sessions are there before the first thread is: the source is used by one at a time.
static bool open_sessions(Stream *s, Reader *readers, size_t n, DbError *error) {
  for (size_t i = 0; i < n; i++) {
    readers[i].s = s;
    readers[i].session = load_source_session(s->source, i, error);
    if (!readers[i].session)
      return false;
  }
  return true;
}

static bool start(Stream *s, Reader *r, DbError *error) {
  pthread_mutex_lock(&s->lock);
  s->readers++;
  pthread_mutex_unlock(&s->lock);
  r->runs = pthread_create(&r->thread, NULL, read_all, r) == 0;
  if (!r->runs) {
    pthread_mutex_lock(&s->lock);
    s->readers--;
    pthread_mutex_unlock(&s->lock);
    *error = (DbError){.message = STR("no thread can be started to read the source"), .at = -1};
  }
  return r->runs;
}

static void end(Stream *s, Reader *readers, size_t n) {
  pthread_mutex_lock(&s->lock);
  s->closed = true;
  bool cut = s->readers;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
  if (cut)
    load_source_cancel(s->source);
  for (size_t i = 0; i < n; i++) {
    if (readers[i].runs)
      pthread_join(readers[i].thread, NULL);
    buf_free(&readers[i].raw);
    arena_free(&readers[i].arena);
  }
  for (; s->n; s->n--, s->first = (s->first + 1) % QUEUE)
    buf_free(&s->queue[s->first]);
  buf_free(&s->taken);
}

// The source's error is the cause of what the target says then.
static void take_error(Stream *s, Arena *a, DbError *error) {
  *error = s->error;
  error->message = str_dup(a, s->error.message);
  error->brief = str_dup(a, s->error.brief);
  error->hint = str_dup(a, s->error.hint);
  error->detail = str_dup(a, s->error.detail);
  error->code = str_dup(a, s->error.code);
}

bool load_stream(LoadSource *source, LoadPart part, const LoadWanted *wanted, size_t nwanted,
                 Session *to, Arena *a, Str head, LoadTell tell, LoadCount *count, DbError *error) {
  Stream s = {.source = source,
              .tell = tell,
              .told = engine_now(),
              .all = load_source_estimate(source, part)};
  Reader readers[LOAD_READERS] = {0};
  Str pieces[LOAD_READERS];
  pthread_mutex_init(&s.lock, NULL);
  pthread_cond_init(&s.changed, NULL);
  s.ncolumns = nwanted;
  Str query = load_source_query(source, part, wanted, nwanted, &s.columns);
  size_t n = 0;
  bool good =
      load_source_pieces(source, part, pieces, &n, error) && open_sessions(&s, readers, n, error);
  for (size_t i = 0; i < n; i++)
    readers[i].query = pieces[i].len
                           ? str_fmt(a, "%.*s and %.*s", STR_ARG(query), STR_ARG(pieces[i]))
                           : str_cat(a, query, load_source_behind(source));
  s.alone = n == 1;
  for (size_t i = 0; i < n && good; i++)
    good = start(&s, &readers[i], error);
  StmtResult result = {.affected = -1};
  // Without a row there is no statement: ClickHouse refuses an insert of nothing over HTTP.
  if (good && take(&s))
    good = to->engine->insert(to, a, head, read_piece, &s, &result, error);
  end(&s, readers, n);
  if (s.failed)
    take_error(&s, a, error);
  else if (good)
    good = load_source_same(source, error);
  if (good)
    tell.moved(tell.data, &s.count, s.all);
  *count = s.count;
  arena_free(&s.texts);
  pthread_cond_destroy(&s.changed);
  pthread_mutex_destroy(&s.lock);
  return good && !s.failed;
}
