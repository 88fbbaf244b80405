// starc's own macros as the build embeds them: what is known of each without parsing it is what its
// text says, each is well-formed, and is parsed once, by whichever thread asks first.
#include "check.h"
#include "compiler/macros/embedded.h"
#include "compiler/template/late.h"

#include <pthread.h>

// A macro of a file, late and parsed at once.
typedef struct Both {
  Macro *late, *now;
} Both;

static Both both_of(Arena *a, LateMacros *all, const EmbeddedFile *f, const EmbeddedBlock *b) {
  Source *src = arena_new(a, Source);
  src->path = str_c(f->path);
  src->text = str_n(f->text + b->whole.at, b->whole.len);
  Diags diags;
  diags_init(&diags);
  const Template *t = template_parse(a, src, &diags);
  size_t n = 0;
  Macro *const *macros = t ? template_macros(t, &n) : NULL;
  CHECK(n == 1 && !diags.first);
  diags_free(&diags);
  if (n != 1)
    return (Both){0};
  LateText text = {
      macros[0]->name, {b->head.at - b->whole.at, b->head.len},
       b->calls
  };
  return (Both){macro_late(a, all, src, &text), macros[0]};
}

static void note_call(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  (void)span;
  Buf *out = data;
  buf_addf(out, "%.*s(", STR_ARG(callee));
  for (size_t i = 0; i < nargs; i++)
    buf_addf(out, "%s%.*s,", args[i].ptr ? "=" : "-", STR_ARG(args[i]));
  buf_addc(out, ')');
}

static Str calls_of(Arena *a, const Macro *m) {
  Buf out = {.arena = a};
  macro_calls(m, note_call, &out);
  return buf_str(&out);
}

static void check_same(Arena *a, Both m) {
  CHECK(str_eq(calls_of(a, m.late), calls_of(a, m.now)));
  CHECK(m.late->head.at == m.now->head.at && m.late->head.len == m.now->head.len);
  CHECK(m.late->span.at == m.now->span.at && m.late->span.len == m.now->span.len);
  CHECK(!m.late->ast);
  size_t n, want;
  const Str *params = macro_params(m.late, &n), *wanted = macro_params(m.now, &want);
  CHECK(m.late->ast && n == want);
  for (size_t i = 0; i < n && i < want; i++)
    CHECK(str_eq(params[i], wanted[i]) &&
          macro_param_optional(m.late, i) == macro_param_optional(m.now, i));
}

// --- many threads

enum { THREADS = 8, MOST = 1000 };

typedef struct Race {
  pthread_barrier_t start;
  Macro *macros[MOST];
  size_t n;
  const void *seen[THREADS][MOST];
} Race;

typedef struct Racer {
  Race *race;
  size_t i;
  pthread_t thread;
} Racer;

static void *ask(void *data) {
  const Racer *r = data;
  pthread_barrier_wait(&r->race->start);
  for (size_t k = 0; k < r->race->n; k++) {
    size_t n;
    r->race->seen[r->i][k] = macro_params(r->race->macros[k], &n);
    r->race->seen[r->i][k] = r->race->macros[k]->ast;
  }
  return NULL;
}

static void race(Race *r) {
  Racer racers[THREADS];
  pthread_barrier_init(&r->start, NULL, THREADS);
  for (size_t i = 0; i < THREADS; i++) {
    racers[i] = (Racer){.race = r, .i = i};
    CHECK(pthread_create(&racers[i].thread, NULL, ask, &racers[i]) == 0);
  }
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(racers[i].thread, NULL);
  pthread_barrier_destroy(&r->start);
  for (size_t k = 0; k < r->n; k++)
    for (size_t i = 0; i < THREADS; i++)
      CHECK(r->seen[i][k] && r->seen[i][k] == r->seen[0][k]);
}

int main(void) {
  Arena a = {0};
  LateMacros *all = late_macros_new(&a);
  static Race r;
  for (const EmbeddedFile *f = embedded_files; f->path; f++)
    for (size_t i = 0; i < f->nblocks; i++) {
      Both m = both_of(&a, all, f, &f->blocks[i]);
      if (!m.late)
        continue;
      check_same(&a, m);
      if (r.n < MOST)
        r.macros[r.n++] = both_of(&a, all, f, &f->blocks[i]).late;
    }
  CHECK(r.n > 300);
  race(&r);
  late_macros_free(all);
  arena_free(&a);
  return check_done();
}
