// See body.h.
#include "body.h"

static bool missing_library(Arena *a, const DbError *error, ServeProblem *problem) {
  return request_fail(a, problem, 48, "NOT_IMPLEMENTED", "%.*s: %.*s", STR_ARG(error->message),
                      STR_ARG(error->hint));
}

bool body_open(Body *b, Arena *a, Str encoding, bool blocks, size_t most, ServeProblem *problem) {
  CodecKind kind;
  DbError error = {.at = -1};
  *b = (Body){.most = most};
  if (!codec_of(encoding, &kind))
    return request_fail(a, problem, 48, "NOT_IMPLEMENTED",
                        "Content-Encoding %.*s is not known: gzip, deflate and lz4 are",
                        STR_ARG(encoding));
  if (kind != CODEC_NONE && !(b->encoding = codec_decoder(kind, a, &error)))
    return missing_library(a, &error, problem);
  if (blocks && !(b->blocks = codec_decoder(CODEC_BLOCKS, a, &error)))
    return missing_library(a, &error, problem);
  return true;
}

static bool too_large(const Body *b, Arena *a, ServeProblem *problem) {
  return request_fail(a, problem, 229, "QUERY_IS_TOO_LARGE",
                      "the body of the request has more than %zu bytes", b->most);
}

static bool expand(Codec *c, Str piece, size_t most, Buf *out, Arena *a, ServeProblem *problem) {
  return codec_feed(c, piece, most, out) ||
         request_fail(a, problem, 271, "CANNOT_DECOMPRESS",
                      "the body of the request is not compressed as it says, or is too large");
}

bool body_add(Body *b, Arena *a, Str piece, ServeProblem *problem) {
  if (b->encoding) {
    b->between.len = 0;
    Buf *to = b->blocks ? &b->between : &b->kept;
    if (!expand(b->encoding, piece, b->most, to, a, problem))
      return false;
    piece = buf_str(&b->between);
  }
  if (b->blocks)
    return expand(b->blocks, piece, b->most, &b->kept, a, problem);
  if (!b->encoding && b->kept.len + piece.len > b->most)
    return too_large(b, a, problem);
  if (!b->encoding)
    buf_add(&b->kept, piece);
  return true;
}

bool body_end(Body *b, Arena *a, ServeProblem *problem) {
  bool whole = (!b->encoding || codec_end(b->encoding, &b->between)) &&
               (!b->blocks || codec_end(b->blocks, &b->kept));
  return whole || request_fail(a, problem, 271, "CANNOT_DECOMPRESS",
                               "the end of the compressed body is missing");
}

void body_close(Body *b) {
  codec_free(b->encoding);
  codec_free(b->blocks);
  buf_free(&b->kept);
  buf_free(&b->between);
}
