// Compression of bodies and answers, piece by piece: HTTP's encodings, and the blocks that
// ClickHouse's own clients ask for with compress=1 and send with decompress=1 (LZ4, with a checksum
// in front). In: bytes. Out: bytes, in bounded memory. Uses zlib and liblz4, which is loaded when
// it is first needed.
#ifndef STARC_SERVE_CODEC_H
#define STARC_SERVE_CODEC_H
#include "../engine/engine.h"

typedef enum CodecKind {
  CODEC_NONE,
  CODEC_GZIP,
  CODEC_DEFLATE,
  CODEC_LZ4,   // its frames
  CODEC_BLOCKS // ClickHouse's own
} CodecKind;

typedef struct Codec Codec;

// How HTTP names a kind; NULL: it does not.
const char *codec_name(CodecKind kind);
// The kind that Content-Encoding names. False: it is not known here.
bool codec_of(Str name, CodecKind *kind);
// The best of those that Accept-Encoding lists.
CodecKind codec_accepted(Str accept);

// Compresses (level: zlib's, 1 to 9), or the way back. NULL: *error says which library is missing.
Codec *codec_encoder(CodecKind kind, int level, Arena *a, DbError *error);
Codec *codec_decoder(CodecKind kind, Arena *a, DbError *error);
// Takes the next bytes and adds what comes of them to *out (heap). False: they are broken, or come
// to more than `most` bytes in *out.
bool codec_feed(Codec *c, Str bytes, size_t most, Buf *out);
// The same at the end of all. False: something is missing.
bool codec_end(Codec *c, Buf *out);
void codec_free(Codec *c);

#endif
