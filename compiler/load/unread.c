// In: files that could not be read, and the findings so far. Out: the findings, each said once and
// without those that only follow from such a file, and a line that counts those. A file that failed
// may have held any name that stands in its text; a finding that misses such a name (diag_lack)
// says nothing new.
#include "unread.h"

#include <ctype.h>

static Lack holds(FileKind kind) {
  switch (kind) {
  case FILE_YAML:
  case FILE_SNAPSHOT:
    return LACK_ENTRY;
  case FILE_MACROS:
    return LACK_MACRO;
  case FILE_DOCS:
    return LACK_DOCS;
  default: // other files make a node of their own name, read or not
    return LACK_NOTHING;
  }
}

static bool in_word(Str s, size_t at) {
  return at < s.len && (isalnum((unsigned char)s.ptr[at]) || s.ptr[at] == '_');
}

// "default__x" is a form of x.
static bool word_starts(Str s, size_t at) {
  return !at || !in_word(s, at - 1) || str_ends(str_sub(s, 0, at), STR("__"));
}

static size_t count_word(Str text, Str word) {
  size_t n = 0;
  for (ptrdiff_t at = 0; (at = str_find(text, word, (size_t)at)) >= 0; at++)
    n += word_starts(text, (size_t)at) && !in_word(text, (size_t)at + word.len);
  return n;
}

// Whether every word of the name stands in the file, besides where the finding points to. Of a text
// that could not be had: it may.
static bool may_hold(const File *f, const Diag *d) {
  Str rest = d->lacking, word, text = f->source->text;
  size_t here = d->source == f->source;
  while (text.len && rest.len && str_cut(&rest, '.', &word))
    if (word.len && count_word(text, word) <= here)
      return false;
  return true;
}

typedef struct Unread {
  File **files;
  size_t n;
} Unread;

static bool follows(void *data, const Diag *d) {
  const Unread *u = data;
  for (size_t i = 0; d->lack && i < u->n; i++)
    if (holds(u->files[i]->kind) == d->lack && may_hold(u->files[i], d)) {
      u->files[i]->follow++;
      return true;
    }
  return false;
}

static void note(Load *load, const File *f) {
  if (f->follow)
    diag_at(load->diags, SEV_NOTE, CODE_NONE, NULL, (Span){0},
            "%zu finding%s that may follow from the errors of this file %s not shown", f->follow,
            f->follow == 1 ? "" : "s", f->follow == 1 ? "is" : "are")
        ->file = f->source->path;
}

// How many nodes wait for one whose text could not be read.
static void note_needed(Load *load, const Node *n) {
  if (n->unread && n->nfeeds)
    diag_at(load->diags, SEV_NOTE, CODE_NONE, NULL, (Span){0},
            "%u node%s '%.*s', which was not read", n->nfeeds, n->nfeeds == 1 ? " needs" : "s need",
            STR_ARG(n->name))
        ->file = n->source->path;
}

void load_drop_follow_ups(Load *load, const Diag *before) {
  Unread u = {.files = arena_array(load->a, File *, load->files.n + 1)};
  for (size_t i = 0; i < load->files.n; i++)
    if (!load->files.items[i].ok && holds(load->files.items[i].kind))
      u.files[u.n++] = &load->files.items[i];
  if (u.n)
    diags_drop(load->diags, before, follows, &u);
  diags_join(load->diags);
  for (size_t i = 0; i < u.n; i++)
    note(load, u.files[i]);
  for (size_t i = 0; i < load->g->nnodes; i++)
    note_needed(load, load->g->nodes[i]);
}
