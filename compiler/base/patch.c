// See patch.h. In: a text and pieces. Out: the text with them, a unified diff.
#include "patch.h"
#include "sort.h"

#include <stdlib.h>

enum { CONTEXT = 3 }; // lines around a change

void patch_add(Patch *p, size_t at, size_t drop, Str text, unsigned order) {
  PatchPiece piece = {at, drop, text, order, p->pieces.n};
  vec_push(p->arena, &p->pieces, piece);
}

static int by_place(const void *x, const void *y) {
  const PatchPiece *a = x, *b = y;
  if (a->at != b->at)
    return a->at < b->at ? -1 : 1;
  if (a->order != b->order)
    return a->order < b->order ? -1 : 1;
  return a->number < b->number ? -1 : 1;
}

void patch_sort(Patch *p) {
  if (p->pieces.n)
    sort_items(p->pieces.items, p->pieces.n, sizeof *p->pieces.items, by_place);
}

// Adds what becomes of text[from, to); *next is the first piece that is not used yet, *skip where
// what was dropped ends.
static void apply_part(const Patch *p, Str text, size_t from, size_t to, size_t *next, size_t *skip,
                       Buf *out) {
  bool last = to == text.len;
  while (*next < p->pieces.n) {
    const PatchPiece *piece = &p->pieces.items[*next];
    if (piece->at > to || (piece->at == to && !last))
      break;
    from = from < *skip ? *skip : from;
    buf_add(out, str_sub(text, from, piece->at));
    buf_add(out, piece->text);
    from = piece->at;
    *skip = piece->at + piece->drop;
    (*next)++;
  }
  from = from < *skip ? *skip : from;
  if (from < to)
    buf_add(out, str_sub(text, from, to));
}

void patch_apply(const Patch *p, Str text, Buf *out) {
  size_t next = 0, skip = 0;
  apply_part(p, text, 0, text.len, &next, &skip, out);
}

// --- the difference

typedef struct DiffLine {
  char mark; // ' ', '-', '+'
  Str text;  // with its end, where it has one
} DiffLine;

typedef struct Diff {
  Arena arena;
  VEC(DiffLine) lines;
} Diff;

static Str next_line(Str *rest) {
  const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
  size_t len = end ? (size_t)(end - rest->ptr) + 1 : rest->len;
  Str line = str_sub(*rest, 0, len);
  *rest = str_sub(*rest, len, rest->len);
  return line;
}

static void add_lines(Diff *d, char mark, Str text) {
  while (text.len) {
    DiffLine line = {mark, next_line(&text)};
    vec_push(&d->arena, &d->lines, line);
  }
}

// A line, or several, that became `now`: where that still begins or ends with it, it stays.
static void add_change(Diff *d, Str line, Str now) {
  bool first = line.len && str_starts(now, line) && line.ptr[line.len - 1] == '\n';
  bool last = str_ends(now, line) &&
              (now.len == line.len || (line.len && now.ptr[now.len - line.len - 1] == '\n'));
  if (last)
    add_lines(d, '+', str_sub(now, 0, now.len - line.len));
  add_lines(d, first || last ? ' ' : '-', line);
  if (!last)
    add_lines(d, '+', first ? str_sub(now, line.len, now.len) : now);
}

// Takes what is changed together: a line, and those that it is joined with, since its end is
// dropped. `at`: where it starts; `next`: the first piece that is not used yet.
static Str next_lines(const Patch *p, Str *rest, size_t at, size_t next) {
  Str lines = next_line(rest);
  for (; next < p->pieces.n && p->pieces.items[next].at < at + lines.len; next++) {
    const PatchPiece *piece = &p->pieces.items[next];
    while (piece->drop && piece->at + piece->drop >= at + lines.len && rest->len)
      lines.len += next_line(rest).len;
  }
  return lines;
}

static void find_lines(const Patch *p, Str text, Diff *d) {
  size_t at = 0, next = 0, skip = 0;
  Str rest = text;
  do {
    Str lines = next_lines(p, &rest, at, next);
    Buf now = {.arena = &d->arena};
    apply_part(p, text, at, at + lines.len, &next, &skip, &now);
    add_change(d, lines, buf_str(&now));
    at += lines.len;
  } while (rest.len);
}

static void show_line(const DiffLine *line, bool color, Buf *out) {
  Str text = line->text;
  bool ended = str_ends(text, STR("\n"));
  text.len -= ended;
  if (color && line->mark != ' ')
    buf_add(out, line->mark == '+' ? STR("\033[32m") : STR("\033[31m"));
  buf_addc(out, line->mark);
  buf_add(out, text);
  if (color && line->mark != ' ')
    buf_adds(out, "\033[0m");
  buf_addc(out, '\n');
  if (!ended)
    buf_adds(out, "\\ No newline at end of file\n");
}

// "@@ -3,6 +3,8 @@" and lines[from, to), of which the first has these numbers.
static void show_hunk(const Diff *d, size_t from, size_t to, const size_t at[2], bool color,
                      Buf *out) {
  size_t n[2] = {0};
  for (size_t i = from; i < to; i++) {
    n[0] += d->lines.items[i].mark != '+';
    n[1] += d->lines.items[i].mark != '-';
  }
  buf_addf(out, "%s@@ -%zu,%zu +%zu,%zu @@%s\n", color ? "\033[36m" : "", at[0] - !n[0], n[0],
           at[1] - !n[1], n[1], color ? "\033[0m" : "");
  for (size_t i = from; i < to; i++)
    show_line(&d->lines.items[i], color, out);
}

// The end of the hunk whose first changed line is `i`: changes that are near stand together.
static size_t hunk_end(const Diff *d, size_t i) {
  size_t last = i;
  for (; i < d->lines.n && i <= last + 2 * CONTEXT + 1; i++)
    if (d->lines.items[i].mark != ' ')
      last = i;
  return last + CONTEXT + 1 < d->lines.n ? last + CONTEXT + 1 : d->lines.n;
}

void patch_diff(const Patch *p, Str text, PatchDiff how, Buf *out) {
  Diff d = {0};
  if (!p->pieces.n)
    return;
  find_lines(p, text, &d);
  buf_addf(out, "%s--- %.*s\n+++ %.*s%s\n", how.color ? "\033[1m" : "", STR_ARG(how.old_path),
           STR_ARG(how.new_path), how.color ? "\033[0m" : "");
  size_t at[2] = {1, 1}, done = 0; // the numbers of the line `done`
  for (size_t i = 0; i < d.lines.n; i++) {
    if (d.lines.items[i].mark == ' ')
      continue;
    size_t from = i - done > CONTEXT ? i - CONTEXT : done, to = hunk_end(&d, i);
    at[0] += from - done;
    at[1] += from - done;
    show_hunk(&d, from, to, at, how.color, out);
    for (size_t k = from; k < to; k++) {
      at[0] += d.lines.items[k].mark != '+';
      at[1] += d.lines.items[k].mark != '-';
    }
    done = to;
    i = to - 1;
  }
  arena_free(&d.arena);
}
