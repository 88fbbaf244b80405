// Where the bytes of a rendered text came from. A map belongs to one text; origins are the maps of
// many texts, found by where these lie in memory, so that a text keeps its map on every way that
// leaves its bytes alone: a variable, an argument, a return value, a slice.
#ifndef STARC_SOURCEMAP_H
#define STARC_SOURCEMAP_H
#include "../base/diag.h"

// A call that was being made when a piece of text was written: of a macro, a call block.
typedef struct CallSite {
  const struct CallSite *up; // the call around it; NULL: none
  const Source *src;         // where the call is written; NULL: it was made from C
  Span at;
  Str macro; // its name; empty: it has none
} CallSite;

// Bytes [out, out + len) of a text came from `src` at byte `at`: literally (byte k of them is byte
// at + k there) or as the value of the expression there.
// A value of unknown origin is known by where it lies in memory too: who knows what was put there
// can tell where that was written.
typedef struct SourceSpan {
  uint32_t out, len;
  const Source *src; // NULL: only the value is known
  uint32_t at;
  uint32_t at_len : 30;
  bool literal : 1;
  bool made : 1;       // the bytes were made of the value; else they are its own, one by one
  const CallSite *via; // the calls on the way there; NULL: the text of the template itself
  const char *value;   // the first byte of the value; NULL: its origin is known, or it is no text
} SourceSpan;

// In order of `out`, without overlaps; gaps come from nowhere in particular.
typedef struct SourceMap {
  Arena *arena;
  SourceSpan *spans;
  size_t n, cap;
} SourceMap;

// Adds a span behind those there are; an empty one is left out.
void source_map_add(SourceMap *m, SourceSpan span);

// Adds the spans of bytes [from, to) of a text, which stand at byte `out` of another one.
void source_map_copy(SourceMap *m, size_t out, const SourceMap *of, size_t from, size_t to);

// The same, and where `of` has a gap it is as `otherwise` says (its out and len are not read).
void source_map_fill(SourceMap *m, size_t out, const SourceMap *of, size_t from, size_t to,
                     SourceSpan otherwise);

// The span that made output byte `out`; NULL when none did.
const SourceSpan *source_map_find(const SourceMap *m, size_t out);

// A note for each macro that was being called, the innermost first.
void call_notes(Diags *d, Diag *f, const CallSite *via);

// The same for a finding at `src`, which was come to by `via`. None where that is the text that
// made the outermost call: it stands there.
void source_notes(Diags *d, Diag *f, const Source *src, const CallSite *via);

// Forgets the spans from byte `out` on; one that begins before it is not cut.
void source_map_cut(SourceMap *m, size_t out);

typedef struct Origin {
  Str text;
  SourceMap map; // of it
} Origin;

// The maps of texts that never move or change while the origins are used. Of one thread. All that
// they need is in `arena`.
typedef struct Origins {
  Arena *arena;
  struct OriginRun *runs; // texts in the order of their addresses; a new run where that goes back
  size_t n, cap;
  size_t copied; // spans that a text took over from another
} Origins;

// Whether texts may still take over spans from others. A loop that puts pieces in front of a text
// copies all that it has each time: what comes when so many were copied has spans of its own alone.
bool origins_may_copy(const Origins *o);

// A text, and its map (copied, its spans are not). An empty one is left out.
void origins_add(Origins *o, Str text, const SourceMap *map);

// The text that `part` is a piece of; NULL: none is known.
Origin *origins_find(const Origins *o, Str part);

#endif
