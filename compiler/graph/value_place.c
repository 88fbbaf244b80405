// In: the address of a text, and the node that used it. Out: the place in a file. Most texts of
// YAML and templates are slices of their files; those with escapes, folded ones and the values of a
// merged config are copies, which are found through the tree or the key that they stand at. Leaves
// what was never text of its own (numbers, texts put together) to others.
#include "value_place.h"

#include "config_place.h"

typedef struct Search {
  const Graph *g;
  const Node *n;
  Str text;
  bool whole;
  const Source **src;
  Span *span;
} Search;

static bool in_source(const Search *s, const Source *src) {
  if (!src || src->own || !str_holds(src->text, s->text))
    return false;
  *s->src = src;
  *s->span = (Span){(uint32_t)(s->text.ptr - src->text.ptr), s->whole ? 0 : (uint32_t)s->text.len};
  return true;
}

// --- YAML

// The place in a scalar of byte `at` of its text, which may stand there folded or with escapes.
static void place_in(const Search *s, const Yaml *y, size_t at) {
  Source made = {.text = y->text, .made_by = y->src, .made_at = y->span};
  const Source *src = &made;
  Span span = {(uint32_t)at, (uint32_t)s->text.len};
  source_in_file(&src, &span);
  *s->src = src;
  *s->span = s->whole ? y->span : span;
}

static bool in_tree(const Search *s, const Yaml *tree) {
  const Yaml *y = yaml_holding(tree, s->text);
  if (y && (s->whole || !in_source(s, y->src)))
    place_in(s, y, (size_t)(s->text.ptr - y->text.ptr));
  return y != NULL;
}

static bool in_trees(const Search *s) {
  const Project *p = s->g->project;
  const TestInfo *t = s->n->test;
  bool found = in_tree(s, s->n->patch) || (t && (in_tree(s, t->yaml) || in_tree(s, t->column)));
  for (size_t i = 0; i < p->npackages && !found; i++)
    found = in_tree(s, p->packages[i]->yaml) || in_tree(s, p->packages[i]->vars_yaml);
  return found;
}

// --- files

static bool in_sources(const Search *s) {
  const Graph *g = s->g;
  const ProjectOptions *o = g->project->options;
  bool found = in_source(s, s->n->source) || in_source(s, s->n->patch_source);
  for (size_t i = 0; i < COUNT(o->given) && !found; i++)
    found = in_source(s, &o->given[i]);
  for (size_t i = 0; i < g->nmacros && !found; i++)
    found = in_source(s, g->macros[i]->macro->source);
  for (size_t i = 0; i < g->nnodes && !found; i++)
    found = in_source(s, g->nodes[i]->source) || in_source(s, g->nodes[i]->patch_source);
  return found;
}

// --- the merged config, whose texts are copies

// A value that holds the text, in a config.
typedef struct Held {
  Str all;  // the value
  Str name; // the key of the innermost dict around it; empty: none
} Held;

static bool in_value(const Search *s, Value v, Str name, Held *held) {
  if (v.kind == VAL_STR && str_holds(val_text(v), s->text)) {
    *held = (Held){val_text(v), name};
    return true;
  }
  for (size_t i = 0; val_is_seq(v) && i < v.list->n; i++)
    if (in_value(s, v.list->items[i], name, held))
      return true;
  size_t at = 0;
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    if (in_value(s, e->value, e->key.kind == VAL_STR ? val_text(e->key) : name, held) ||
        in_value(s, e->key, (Str){0}, held))
      return true;
  return false;
}

// The scalar at or below y that says the same; `under`: only below the key of that name.
static const Yaml *saying(const Yaml *y, Str text, Str under) {
  if (y->kind == YAML_SCALAR)
    return !under.len && str_eq(str_trim(y->text), str_trim(text)) ? y : NULL;
  const Yaml *found = NULL;
  for (size_t i = 0; i < y->n && !found; i++) {
    bool is_list = y->kind == YAML_LIST;
    bool there = !is_list && str_eq(y->entries[i].key->text, under);
    found = saying(is_list ? y->items[i] : y->entries[i].value, text, there ? (Str){0} : under);
    if (!found && !is_list)
      found = saying(y->entries[i].key, text, under);
  }
  return found;
}

static void in_yaml_of_key(const Search *s, const ConfigWritten *w, const Held *held) {
  const Yaml *y = saying(w->value, held->all, held->name);
  y = y ? y : saying(w->value, held->all, (Str){0});
  size_t blanks = (size_t)(str_trim(held->all).ptr - held->all.ptr);
  size_t at = (size_t)(s->text.ptr - held->all.ptr);
  if (y)
    place_in(s, y, at > blanks ? at - blanks + (size_t)(str_trim(y->text).ptr - y->text.ptr) : 0);
}

// A text in quotes of a call of config(), behind the name that it has there.
static void in_call_of_key(const Search *s, const ConfigWritten *w, const Held *held) {
  Str file = w->src->text;
  ptrdiff_t name = held->name.len ? str_find_word(file, held->name, w->span.at) : -1;
  size_t i = name < 0 ? w->span.at : (size_t)name + held->name.len;
  for (i -= i > 0; i < w->end; i++) {
    Span rest = {(uint32_t)i, (uint32_t)(w->end - i)};
    if ((file.ptr[i] != '\'' && file.ptr[i] != '"') ||
        !source_is_written(held->all, str_sub(file, i, w->end)))
      continue;
    Source made = {.text = held->all, .made_by = w->src, .made_at = rest};
    const Source *src = &made;
    *s->span = (Span){(uint32_t)(s->text.ptr - held->all.ptr), (uint32_t)s->text.len};
    source_in_file(&src, s->span);
    return;
  }
}

static bool in_config(const Search *s) {
  size_t at = 0;
  Held held;
  ConfigWritten w;
  for (DictEntry *e; s->n->config.kind == VAL_DICT && (e = dict_next(s->n->config.dict, &at));) {
    if (e->key.kind != VAL_STR || !in_value(s, e->value, (Str){0}, &held))
      continue;
    if (!node_config_written(s->n, s->g->project->packages[0], val_text(e->key), &w))
      return false;
    *s->src = w.src;
    *s->span = w.span;
    if (!s->whole)
      (w.value ? in_yaml_of_key : in_call_of_key)(s, &w, &held);
    return true;
  }
  return false;
}

bool value_place(const Graph *g, const Node *n, Str text, bool whole, const Source **src,
                 Span *span) {
  Search s = {g, n, text, whole, src, span};
  return in_trees(&s) || in_sources(&s) || in_config(&s);
}
