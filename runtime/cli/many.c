// In: findings, one after the other. Out: which of them are shown, and how many are not. A finding
// that nobody reads hides those of other kinds: of one code and one file, and of one code in all
// files, a limited number is shown. Counts, exit codes, logs and reports are of all.
#include "many.h"

enum { OF_FILE = 100, OF_ALL = 1000 };

typedef struct Kind {
  Severity severity;
  Code code;
  Str path; // empty: all files
  size_t shown, hidden;
} Kind;

static Kind *kind_of(Many *m, const Diag *d, Str path) {
  Arena scratch = {0};
  Str key = str_fmt(&scratch, "%d %d %.*s", d->severity, d->code, STR_ARG(path));
  Kind *k = map_get(&m->kinds, key);
  if (!k) {
    k = arena_new(&m->arena, Kind);
    *k = (Kind){.severity = d->severity, .code = d->code, .path = str_dup(&m->arena, path)};
    map_put(&m->arena, &m->kinds, str_dup(&m->arena, key), k);
  }
  arena_free(&scratch);
  return k;
}

bool many_shows(Many *m, const Diag *d) {
  Kind *file = kind_of(m, d, d->source ? d->source->path : d->file);
  Kind *all = file->path.len ? kind_of(m, d, STR("")) : file;
  Kind *full = file->shown >= OF_FILE && file != all ? file : all->shown >= OF_ALL ? all : NULL;
  file->shown += !full;
  all->shown += !full && file != all;
  if (full)
    full->hidden++;
  m->waiting |= full != NULL;
  return !full;
}

void many_rest(Many *m, Buf *out, const char *all) {
  static const char *const words[] = {"error", "warning", "note"};
  for (size_t i = 0; m->waiting && i < m->kinds.n; i++) {
    Kind *k = m->kinds.entries[i].value;
    if (!k->hidden)
      continue;
    buf_addf(out, "%.*s%sand %zu more %s%s", STR_ARG(k->path), k->path.len ? ": " : "", k->hidden,
             words[k->severity], k->hidden == 1 ? "" : "s");
    if (k->code)
      buf_addf(out, " [%s]", code_row(k->code)->word);
    buf_addf(out, ": %s\n", all);
    k->hidden = 0;
  }
  m->waiting = false;
}

void many_free(Many *m) {
  arena_free(&m->arena);
  *m = (Many){0};
}
