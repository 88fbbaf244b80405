// See codec.h.
#include "codec.h"

#include "../../compiler/base/memory.h"
#include "../engine/library.h"
#include "city.h"

#include <lz4.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <zlib.h>

#define LZ4_FUNCTIONS(X)                                                                           \
  X(LZ4_compress_default)                                                                          \
  X(LZ4_compressBound)                                                                             \
  X(LZ4_decompress_safe)                                                                           \
  X(LZ4F_createCompressionContext)                                                                 \
  X(LZ4F_freeCompressionContext)                                                                   \
  X(LZ4F_compressBegin)                                                                            \
  X(LZ4F_compressBound)                                                                            \
  X(LZ4F_compressUpdate)                                                                           \
  X(LZ4F_compressEnd)                                                                              \
  X(LZ4F_createDecompressionContext)                                                               \
  X(LZ4F_freeDecompressionContext)                                                                 \
  X(LZ4F_decompress)                                                                               \
  X(LZ4F_isError)

static struct { LZ4_FUNCTIONS(LIBRARY_MEMBER) } lz4;

static bool lz4_load(Arena *a, DbError *error) {
  static const LibraryFunction functions[] = {
      LZ4_FUNCTIONS(LIBRARY_FUNCTION){NULL, NULL}
  };
  static Library library = {
      .file = "liblz4.so.1", .package = "liblz4-1", .functions = functions, .table = &lz4};
  return library_load(&library, a, error);
}

// A block of ClickHouse's: checksum, then what it is of: method, sizes, data.
enum { CHECKSUM = 16, HEADER = 9, METHOD_LZ4 = 0x82, METHOD_NONE = 0x02 };
enum { BLOCK = 1 << 20, BLOCK_MOST = 128 << 20 };

struct Codec {
  CodecKind kind;
  bool encodes;
  bool ended; // a stream of a decoder is whole
  z_stream z;
  LZ4F_compressionContext_t to;
  LZ4F_decompressionContext_t from;
  bool begun;
  Buf held; // of blocks: what is not yet a whole one
};

static const struct {
  CodecKind kind;
  const char *name;
} names[] = {
    {CODEC_GZIP,    "gzip"   },
    {CODEC_DEFLATE, "deflate"},
    {CODEC_LZ4,     "lz4"    },
};

const char *codec_name(CodecKind kind) {
  for (size_t i = 0; i < COUNT(names); i++)
    if (names[i].kind == kind)
      return names[i].name;
  return NULL;
}

bool codec_of(Str name, CodecKind *kind) {
  *kind = CODEC_NONE;
  if (!name.len || str_eq_nocase(name, STR("identity")))
    return true;
  for (size_t i = 0; i < COUNT(names); i++)
    if (str_eq_nocase(name, str_c(names[i].name)))
      *kind = names[i].kind;
  return *kind != CODEC_NONE;
}

// "gzip;q=0" says that it is not wanted.
static bool is_wanted(Str item, Str *name) {
  Str rest = item;
  str_cut(&rest, ';', name);
  *name = str_trim(*name);
  ptrdiff_t at = rest.ptr ? str_find(rest, STR("q="), 0) : -1;
  for (size_t i = (size_t)at + 2; at >= 0 && i < rest.len; i++)
    if (rest.ptr[i] >= '1' && rest.ptr[i] <= '9')
      return true;
  return at < 0;
}

CodecKind codec_accepted(Str accept) {
  for (size_t i = 0; i < COUNT(names); i++)
    for (Str rest = accept, item, name; rest.ptr && str_cut(&rest, ',', &item);)
      if (is_wanted(item, &name) && str_eq_nocase(name, str_c(names[i].name)))
        return names[i].kind;
  return CODEC_NONE;
}

static Codec *codec_new(CodecKind kind, bool encodes, Arena *a, DbError *error) {
  if ((kind == CODEC_LZ4 || kind == CODEC_BLOCKS) && !lz4_load(a, error))
    return NULL;
  Codec *c = memory_must(calloc(1, sizeof *c));
  c->kind = kind;
  c->encodes = encodes;
  return c;
}

enum { WINDOW = 15, GZIP = 16, DETECT = 32 };

Codec *codec_encoder(CodecKind kind, int level, Arena *a, DbError *error) {
  Codec *c = codec_new(kind, true, a, error);
  if (!c)
    return NULL;
  if (kind == CODEC_GZIP || kind == CODEC_DEFLATE)
    deflateInit2(&c->z, level, Z_DEFLATED, WINDOW + (kind == CODEC_GZIP ? GZIP : 0), 8,
                 Z_DEFAULT_STRATEGY);
  if (kind == CODEC_LZ4)
    lz4.LZ4F_createCompressionContext(&c->to, LZ4F_VERSION);
  return c;
}

Codec *codec_decoder(CodecKind kind, Arena *a, DbError *error) {
  Codec *c = codec_new(kind, false, a, error);
  if (!c)
    return NULL;
  if (kind == CODEC_GZIP || kind == CODEC_DEFLATE)
    inflateInit2(&c->z, WINDOW + DETECT);
  if (kind == CODEC_LZ4)
    lz4.LZ4F_createDecompressionContext(&c->from, LZ4F_VERSION);
  return c;
}

void codec_free(Codec *c) {
  if (!c)
    return;
  if (c->kind == CODEC_GZIP || c->kind == CODEC_DEFLATE) {
    if (c->encodes)
      deflateEnd(&c->z);
    else
      inflateEnd(&c->z);
  }
  if (c->to)
    lz4.LZ4F_freeCompressionContext(c->to);
  if (c->from)
    lz4.LZ4F_freeDecompressionContext(c->from);
  buf_free(&c->held);
  free(c);
}

// --- zlib

enum { STEP = 64 * 1024 };

static bool compress_z(Codec *c, Str in, int flush, Buf *out) {
  c->z.next_in = (Bytef *)(uintptr_t)in.ptr;
  c->z.avail_in = (uInt)in.len;
  do {
    c->z.next_out = (Bytef *)buf_room(out, STEP);
    c->z.avail_out = STEP;
    deflate(&c->z, flush);
    out->len += STEP - c->z.avail_out;
  } while (!c->z.avail_out);
  return true;
}

// A body may be several streams, one behind the other.
static bool expand_z(Codec *c, Str in, size_t most, Buf *out) {
  c->z.next_in = (Bytef *)(uintptr_t)in.ptr;
  c->z.avail_in = (uInt)in.len;
  int did = Z_OK;
  while (c->z.avail_in || (did == Z_OK && !c->z.avail_out)) {
    if (c->ended && c->z.avail_in) {
      inflateReset(&c->z);
      c->ended = false;
    }
    c->z.next_out = (Bytef *)buf_room(out, STEP);
    c->z.avail_out = STEP;
    did = inflate(&c->z, Z_NO_FLUSH);
    out->len += STEP - c->z.avail_out;
    c->ended = did == Z_STREAM_END;
    if ((did != Z_OK && did != Z_STREAM_END && did != Z_BUF_ERROR) || out->len > most)
      return false;
    if (did != Z_OK && !c->z.avail_in)
      break;
  }
  return true;
}

// --- frames of LZ4

static bool begin_frame(Codec *c, Buf *out) {
  enum { FRAME_HEADER = 64 };
  size_t n = lz4.LZ4F_compressBegin(c->to, buf_room(out, FRAME_HEADER), FRAME_HEADER, NULL);
  c->begun = !lz4.LZ4F_isError(n);
  out->len += c->begun ? n : 0;
  return c->begun;
}

static bool compress_lz4(Codec *c, Str in, Buf *out) {
  if (!c->begun && !begin_frame(c, out))
    return false;
  size_t room = lz4.LZ4F_compressBound(in.len, NULL);
  size_t n = lz4.LZ4F_compressUpdate(c->to, buf_room(out, room), room, in.ptr, in.len, NULL);
  out->len += lz4.LZ4F_isError(n) ? 0 : n;
  return !lz4.LZ4F_isError(n);
}

static bool end_lz4(Codec *c, Buf *out) {
  if (!c->begun && !begin_frame(c, out))
    return false;
  size_t room = lz4.LZ4F_compressBound(0, NULL);
  size_t n = lz4.LZ4F_compressEnd(c->to, buf_room(out, room), room, NULL);
  out->len += lz4.LZ4F_isError(n) ? 0 : n;
  return !lz4.LZ4F_isError(n);
}

static bool expand_lz4(Codec *c, Str in, size_t most, Buf *out) {
  bool full = false;
  while (in.len || full) {
    size_t made = STEP, taken = in.len;
    size_t wants = lz4.LZ4F_decompress(c->from, buf_room(out, STEP), &made, in.ptr, &taken, NULL);
    if (lz4.LZ4F_isError(wants))
      return false;
    out->len += made;
    in = str_sub(in, taken, in.len);
    full = made == STEP;
    c->ended = wants == 0;
    if (out->len > most)
      return false;
    if (!taken && !made)
      break;
  }
  return true;
}

// --- ClickHouse's blocks

static void put(char *to, uint64_t n, int bytes) {
  for (int i = 0; i < bytes; i++)
    to[i] = (char)(n >> 8 * i & 255);
}

static uint64_t get(const char *from, int bytes) {
  uint64_t n = 0;
  for (int i = bytes - 1; i >= 0; i--)
    n = n << 8 | (unsigned char)from[i];
  return n;
}

static bool compress_block(Str in, Buf *out) {
  int bound = lz4.LZ4_compressBound((int)in.len);
  char *to = buf_room(out, CHECKSUM + HEADER + (size_t)bound);
  char *of = to + CHECKSUM;
  int n = lz4.LZ4_compress_default(in.ptr, of + HEADER, (int)in.len, bound);
  if (n <= 0)
    return false;
  put(of, METHOD_LZ4, 1);
  put(of + 1, (uint64_t)n + HEADER, 4);
  put(of + 5, in.len, 4);
  City128 sum = city_hash128(str_n(of, (size_t)n + HEADER));
  put(to, sum.low, 8);
  put(to + 8, sum.high, 8);
  out->len += CHECKSUM + HEADER + (size_t)n;
  return true;
}

// Whole blocks only: small pieces would make many small ones.
static bool compress_blocks(Codec *c, Str in, bool last, Buf *out) {
  buf_add(&c->held, in);
  Str rest = buf_str(&c->held);
  bool good = true;
  while (good && (rest.len >= BLOCK || (last && rest.len))) {
    Str one = str_sub(rest, 0, BLOCK);
    good = compress_block(one, out);
    rest = str_sub(rest, one.len, rest.len);
  }
  if (rest.len && rest.ptr != c->held.ptr)
    memmove(c->held.ptr, rest.ptr, rest.len);
  c->held.len = rest.len;
  return good;
}

static bool expand_block(Str block, size_t size, Buf *out) {
  City128 sum = city_hash128(str_sub(block, CHECKSUM, block.len));
  const char *at = block.ptr;
  Str data = str_sub(block, CHECKSUM + HEADER, block.len);
  if (get(at, 8) != sum.low || get(at + 8, 8) != sum.high)
    return false;
  unsigned method = (unsigned)get(at + CHECKSUM, 1);
  if (method == METHOD_NONE && data.len == size) {
    buf_add(out, data);
    return true;
  }
  char *to = buf_room(out, size ? size : 1);
  int n =
      method == METHOD_LZ4 ? lz4.LZ4_decompress_safe(data.ptr, to, (int)data.len, (int)size) : -1;
  out->len += n > 0 ? (size_t)n : 0;
  return n >= 0 && (size_t)n == size;
}

static bool expand_blocks(Codec *c, Str in, size_t most, Buf *out) {
  buf_add(&c->held, in);
  Str rest = buf_str(&c->held);
  bool good = true;
  while (good && rest.len >= CHECKSUM + HEADER) {
    size_t packed = (size_t)get(rest.ptr + CHECKSUM + 1, 4);
    size_t size = (size_t)get(rest.ptr + CHECKSUM + 5, 4);
    if (packed < HEADER || packed > BLOCK_MOST || size > BLOCK_MOST || size > most ||
        out->len > most - size)
      return false;
    if (rest.len < CHECKSUM + packed)
      break;
    good = expand_block(str_sub(rest, 0, CHECKSUM + packed), size, out);
    rest = str_sub(rest, CHECKSUM + packed, rest.len);
  }
  if (rest.len && rest.ptr != c->held.ptr)
    memmove(c->held.ptr, rest.ptr, rest.len);
  c->held.len = rest.len;
  c->ended = !rest.len;
  return good;
}

// --- all of them

bool codec_feed(Codec *c, Str bytes, size_t most, Buf *out) {
  if (!bytes.len)
    return true;
  c->begun = c->begun || !c->encodes;
  switch (c->kind) {
  case CODEC_NONE:
    buf_add(out, bytes);
    return out->len <= most;
  case CODEC_GZIP:
  case CODEC_DEFLATE:
    return c->encodes ? compress_z(c, bytes, Z_NO_FLUSH, out) : expand_z(c, bytes, most, out);
  case CODEC_LZ4:
    return c->encodes ? compress_lz4(c, bytes, out) : expand_lz4(c, bytes, most, out);
  case CODEC_BLOCKS:
    return c->encodes ? compress_blocks(c, bytes, false, out) : expand_blocks(c, bytes, most, out);
  }
  return false;
}

bool codec_end(Codec *c, Buf *out) {
  if (!c->encodes)
    return c->kind == CODEC_NONE || c->ended || !c->begun;
  if (c->kind == CODEC_GZIP || c->kind == CODEC_DEFLATE)
    return compress_z(c, (Str){0}, Z_FINISH, out);
  if (c->kind == CODEC_LZ4)
    return end_lz4(c, out);
  return c->kind != CODEC_BLOCKS || compress_blocks(c, (Str){0}, true, out);
}
