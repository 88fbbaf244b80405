// See sourcemap.h.
#include "sourcemap.h"

#include "../base/vec.h"

void source_map_add(SourceMap *m, SourceSpan span) {
  if (!span.len)
    return;
  vec_room(m->arena, m->spans, m->n, m->cap);
  m->spans[m->n++] = span;
}

// The first span that ends behind a byte, by halves.
static size_t first_behind(const SourceMap *m, size_t out) {
  size_t from = 0, to = m->n;
  while (from < to) {
    size_t mid = (from + to) / 2;
    if ((size_t)m->spans[mid].out + m->spans[mid].len <= out)
      from = mid + 1;
    else
      to = mid;
  }
  return from;
}

// The part of a span in bytes [from, to), which stand at byte `out` of another text.
static SourceSpan part_of(SourceSpan s, size_t from, size_t to, size_t out) {
  size_t start = s.out > from ? s.out : from, end = (size_t)s.out + s.len;
  end = end < to ? end : to;
  if (s.literal) {
    s.at += (uint32_t)(start - s.out);
    s.at_len = (uint32_t)(end - start);
  }
  if (s.value && !s.made)
    s.value += start - s.out;
  s.out = (uint32_t)(start - from + out);
  s.len = (uint32_t)(end - start);
  return s;
}

void source_map_copy(SourceMap *m, size_t out, const SourceMap *of, size_t from, size_t to) {
  for (size_t i = first_behind(of, from); i < of->n && of->spans[i].out < to; i++)
    source_map_add(m, part_of(of->spans[i], from, to, out));
}

void source_map_fill(SourceMap *m, size_t out, const SourceMap *of, size_t from, size_t to,
                     SourceSpan otherwise) {
  size_t done = from; // what comes before it has its spans
  for (size_t i = first_behind(of, from);; i++) {
    bool more = i < of->n && of->spans[i].out < to;
    size_t gap_end = more ? of->spans[i].out : to;
    if (gap_end > done) {
      otherwise.out = (uint32_t)(done - from + out);
      otherwise.len = (uint32_t)(gap_end - done);
      source_map_add(m, otherwise);
    }
    if (!more)
      return;
    source_map_add(m, part_of(of->spans[i], from, to, out));
    done = (size_t)of->spans[i].out + of->spans[i].len;
  }
}

const SourceSpan *source_map_find(const SourceMap *m, size_t out) {
  size_t i = first_behind(m, out);
  return i < m->n && m->spans[i].out <= out ? &m->spans[i] : NULL;
}

void call_notes(Diags *d, Diag *f, const CallSite *via) {
  enum { MOST = 8 };
  int n = 0;
  for (const CallSite *c = via; c && n < MOST; c = c->up) {
    if (!c->src || !c->macro.len)
      continue;
    diag_note(d, f, c->src, c->at, "in macro '%.*s' called here", STR_ARG(c->macro));
    n++;
  }
}

void source_notes(Diags *d, Diag *f, const Source *src, const CallSite *via) {
  const Source *outermost = NULL;
  for (const CallSite *c = via; c; c = c->up)
    outermost = c->src ? c->src : outermost;
  if (src != outermost)
    call_notes(d, f, via);
}

void source_map_cut(SourceMap *m, size_t out) {
  while (m->n && m->spans[m->n - 1].out >= out)
    m->n--;
}

// --- origins

typedef struct OriginRun {
  Origin *items;
  size_t n, cap;
} OriginRun;

enum { RUNS = 256 }; // more of them would make each look slow: what comes then has no origin
enum { MOST_COPIED = 1 << 19 }; // spans: 20 MB

bool origins_may_copy(const Origins *o) { return o->copied < MOST_COPIED; }

static OriginRun *run_for(Origins *o, const char *at) {
  OriginRun *last = o->n ? &o->runs[o->n - 1] : NULL;
  if (last && (uintptr_t)last->items[last->n - 1].text.ptr <= (uintptr_t)at)
    return last;
  if (o->n == RUNS)
    return NULL;
  vec_room(o->arena, o->runs, o->n, o->cap);
  o->runs[o->n] = (OriginRun){0};
  return &o->runs[o->n++];
}

void origins_add(Origins *o, Str text, const SourceMap *map) {
  OriginRun *r = text.len ? run_for(o, text.ptr) : NULL;
  if (!r)
    return;
  vec_room(o->arena, r->items, r->n, r->cap);
  r->items[r->n++] = (Origin){text, *map};
}

static Origin *find_in(const OriginRun *r, Str part) {
  size_t from = 0, to = r->n; // the last one that begins at or before it
  while (from < to) {
    size_t mid = (from + to) / 2;
    if ((uintptr_t)r->items[mid].text.ptr <= (uintptr_t)part.ptr)
      from = mid + 1;
    else
      to = mid;
  }
  return from && str_holds(r->items[from - 1].text, part) ? &r->items[from - 1] : NULL;
}

Origin *origins_find(const Origins *o, Str part) {
  for (size_t i = o->n; i-- && part.len;) {
    Origin *found = find_in(&o->runs[i], part);
    if (found)
      return found;
  }
  return NULL;
}
