// See mixed.h.
#include "mixed.h"

// The one place where the text has the name; {0}: none, or several.
static Span only_place(Str text, Str name) {
  ptrdiff_t at = name.len ? str_find_word(text, name, 0) : -1;
  bool again = at >= 0 && str_find_word(text, name, (size_t)at + name.len) >= 0;
  return at < 0 || again ? (Span){0} : (Span){(uint32_t)at, (uint32_t)name.len};
}

// "'customer_id' (UInt64)", "a value (String)"
static Str shown(Arena *a, Str column, Str type) {
  return column.len ? str_fmt(a, "'%.*s' (%.*s)", STR_ARG(column), STR_ARG(type))
                    : str_fmt(a, "a value (%.*s)", STR_ARG(type));
}

Str mixed_shown(Arena *a, const MixedTypes *t) {
  return str_fmt(a, "%.*s is compared with %.*s", STR_ARG(shown(a, t->left, t->left_type)),
                 STR_ARG(shown(a, t->right, t->right_type)));
}

static void add(Findings *f, const LineageMixed *m) {
  const Node *n = m->node;
  const MixedTypes *t = &m->types;
  Diags *diags = &f->run->diags;
  Arena a = {0};
  Str text = n->source && n->kind != NODE_TEST ? n->source->text : (Str){0};
  Span at = only_place(text, t->left);
  at = at.len ? at : only_place(text, t->right);
  Diag *d = diag_at(diags, SEV_WARNING, CODE_MIXED_TYPES, at.len ? n->source : NULL, at, "%.*s",
                    STR_ARG(mixed_shown(&a, t)));
  if (!at.len)
    d->file = n->original_path;
  diag_hint(diags, d, "cast one of the two, so that it is plain how the values are compared");
  arena_free(&a);
  findings_take(f, n);
}

void mixed_find(const LineageBuild *b, Findings *f) {
  size_t n = 0;
  const LineageMixed *mixed = b ? lineage_mixed(b, &n) : NULL;
  for (size_t i = 0; i < n; i++)
    add(f, &mixed[i]);
}
