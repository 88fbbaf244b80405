// In: pieces of rendered text with where they came from, in order. Out: a search by output byte.
#include "../base/vec.h"
#include "interp.h"

void source_map_add(SourceMap *m, uint32_t out, uint32_t len, const Source *src, Span at,
                    bool literal) {
  if (!len)
    return;
  vec_room(m->arena, m->spans, m->n, m->cap);
  m->spans[m->n++] = (SourceSpan){out, len, src, at.at, at.len, literal};
}

void source_map_copy(SourceMap *m, size_t out, const SourceMap *of, size_t from, size_t to) {
  for (size_t i = 0; i < of->n; i++) {
    const SourceSpan *s = &of->spans[i];
    size_t start = s->out > from ? s->out : from, end = (size_t)s->out + s->len;
    end = end < to ? end : to;
    if (start >= end)
      continue;
    uint32_t into = s->literal ? (uint32_t)(start - s->out) : 0;
    uint32_t len = s->literal ? (uint32_t)(end - start) : s->at_len;
    source_map_add(m, (uint32_t)(start - from + out), (uint32_t)(end - start), s->src,
                   (Span){s->at + into, len}, s->literal);
  }
}

const SourceSpan *source_map_find(const SourceMap *m, size_t out) {
  size_t from = 0, to = m->n;
  while (from < to) {
    size_t mid = (from + to) / 2;
    const SourceSpan *s = &m->spans[mid];
    if (out < s->out)
      to = mid;
    else if (out >= (size_t)s->out + s->len)
      from = mid + 1;
    else
      return s;
  }
  return NULL;
}
