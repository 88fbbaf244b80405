// What clients send to serve, read without a socket or an engine: arguments and headers of a
// request, statements, compressed bodies.
#include "runtime/serve/codec.h"
#include "runtime/serve/request.h"
#include "runtime/serve/rights.h"
#include "runtime/serve/statement.h"

#include "compiler/base/vec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

// Lines "name=value"; those behind an empty one are headers.
static void requests(Arena *a, Str text) {
  VEC(ServePair) pairs[2] = {{0}, {0}};
  ServeRequest r;
  ServeProblem problem;
  ServeExternal external;
  size_t which = 0;
  for (Str rest = text, line, name; rest.ptr && str_cut(&rest, '\n', &line);) {
    if (!line.len)
      which = 1;
    str_cut(&line, '=', &name);
    vec_push(a, &pairs[which], ((ServePair){name, line.ptr ? line : STR("")}));
  }
  if (request_read(a, pairs[0].items, pairs[0].n, pairs[1].items, pairs[1].n, &r, &problem))
    for (size_t i = 0; i < pairs[0].n; i++)
      request_external(a, &r, pairs[0].items[i].name, text, &external, &problem);
  codec_accepted(r.accept);
  request_content_type(r.format);
}

static void statements(Arena *a, Str text) {
  Buf out = {.arena = a};
  Str sql;
  size_t at;
  static const Str seen[] = {
      {"shop", 4}
  };
  static const ServeRole some = {.reach = REACH_READ, .databases = seen, .ndatabases = 1};
  ServeProblem problem;
  if (statement_single(text, &sql))
    statement_into(&out, sql, "/f", STR("TSV"));
  if (statement_data(text, &at) && at > text.len)
    __builtin_trap();
  statement_from(&out, text, "/f");
  statement_uses(text);
  if (rights_suspects(text))
    for (int form = 0; form < 4; form++)
      rights_allow(a, text, form % 2 ? &some : NULL, form / 2, &problem);
}

static void bodies(Arena *a, Str bytes) {
  enum { MOST = 1 << 20, STEP = 97 };
  DbError error = {.at = -1};
  for (CodecKind kind = CODEC_NONE; kind <= CODEC_BLOCKS; kind++) {
    Buf out = {0};
    Codec *c = codec_decoder(kind, a, &error);
    bool good = c != NULL;
    for (size_t at = 0; at < bytes.len && good; at += STEP)
      good = codec_feed(c, str_sub(bytes, at, at + STEP), MOST, &out);
    if (good)
      codec_end(c, &out);
    codec_free(c);
    buf_free(&out);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  Arena a = {0};
  if (!n)
    return 0;
  Str text = str_n((const char *)data + 1, n - 1);
  if (data[0] % 3 == 0)
    requests(&a, text);
  else if (data[0] % 3 == 1)
    statements(&a, text);
  else
    bodies(&a, text);
  arena_free(&a);
  return 0;
}
