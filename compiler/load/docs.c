// In: docs blocks of .md files and descriptions that name them. Out: descriptions as text.
#include "docs.h"
#include "../template/calls.h"

static Str doc_key(Arena *a, Str package, Str name) {
  return str_fmt(a, "%.*s.%.*s", STR_ARG(package), STR_ARG(name));
}

// Where a block was written, for messages about a second one.
typedef struct DocPlace {
  DocBlock block; // first: the maps hold DocBlock pointers
  const Source *src;
  Span head;
} DocPlace;

static bool has_template(Str s) {
  return str_find(s, STR("{{"), 0) >= 0 || str_find(s, STR("{%"), 0) >= 0 ||
         str_find(s, STR("{#"), 0) >= 0;
}

// Points into the file where the text is there as it is, so that a message shows its line.
static Source *description_source(Arena *a, const Source *file, Str text) {
  Source *s = arena_new(a, Source);
  *s = (Source){.path = file->path, .text = text};
  ptrdiff_t at = str_find(file->text, text, 0);
  if (at >= 0) {
    s->outer = file->outer.ptr ? file->outer : file->text;
    s->at = file->at + (size_t)at;
  }
  return s;
}

static bool no_names(void *data, Eval *ev, Str name, Value *out) {
  (void)data, (void)ev, (void)name, (void)out;
  return false;
}

// A block is a template too, one that knows no names: comments go, raw blocks are unwrapped.
static bool block_text(Load *load, const File *f, Str text, Str *out) {
  static const Host host = {.lookup = no_names};
  *out = str_trim(text);
  if (!has_template(text))
    return true;
  const Template *t =
      template_parse(load->a, description_source(load->a, f->source, text), load->diags);
  EvalOptions o = {.host = &host, .arena = load->a, .diags = load->diags};
  Str rendered;
  if (!t || !template_render(t, &o, &rendered))
    return false;
  *out = str_trim(rendered);
  return true;
}

static void add_doc(Load *load, const File *f, const Block *b) {
  DocPlace *place = arena_new(load->a, DocPlace);
  DocBlock *d = &place->block;
  place->src = f->source;
  place->head = b->head;
  d->id = str_fmt(load->a, "doc.%.*s.%.*s", STR_ARG(f->package->name), STR_ARG(b->name));
  d->name = b->name;
  Str text = str_sub(f->source->text, b->contents.at, b->contents.at + b->contents.len);
  if (!block_text(load, f, text, &d->contents))
    return;
  d->path = f->path;
  d->original_path = f->original_path;
  d->package = f->package;
  Str key = doc_key(load->a, f->package->name, b->name);
  DocPlace *had = map_get(&load->docs, key);
  if (had) {
    Diag *e = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, b->head,
                      "there are two docs blocks named '%.*s'", STR_ARG(b->name));
    diag_note(load->diags, e, had->src, had->head, "the other one is here");
    return;
  }
  map_put(load->a, &load->docs, key, place);
}

// The page that dbt shows when a project has no overview of its own.
static void add_overview(Load *load) {
  static const char text[] =
      "### Documentation\n\nThe pages of this project are made from its files: models, seeds, "
      "snapshots and sources\nwith their columns, tests and lineage.\n\nA docs block named "
      "`__overview__` in the project takes the place of this text.";
  for (size_t i = 0; i < load->p->npackages; i++) {
    Package *p = load->p->packages[i];
    if (!p->is_internal || !str_is(p->name, "dbt"))
      continue;
    DocPlace *place = arena_new(load->a, DocPlace);
    place->block = (DocBlock){.id = STR("doc.dbt.__overview__"),
                              .name = STR("__overview__"),
                              .contents = str_c(text),
                              .path = STR("overview.md"),
                              .original_path = STR("docs/overview.md"),
                              .package = p};
    map_put(load->a, &load->docs, doc_key(load->a, p->name, place->block.name), place);
  }
}

void load_docs(Load *load) {
  for (size_t i = 0; i < load->files.n; i++)
    if (load->files.items[i].kind == FILE_DOCS)
      for (const Block *b = load->files.items[i].blocks; b; b = b->next)
        add_doc(load, &load->files.items[i], b);
  add_overview(load);
  load->g->ndocs = load->docs.n;
  load->g->docs = arena_array(load->a, DocBlock *, load->docs.n + 1);
  for (size_t i = load->docs.n; i-- > 0;) { // so that the first of a name stands first in its chain
    DocBlock *d = load->g->docs[i] = load->docs.entries[i].value;
    d->same_name = map_put(load->a, &load->g->by_doc, d->name, d);
  }
}

// --- descriptions

// doc(name): the node's package, then the root's, then any.
static const DocBlock *find_doc(Load *load, const Package *p, Str package, Str name) {
  Arena tmp = {0};
  const DocBlock *d = NULL;
  if (package.len) {
    d = map_get(&load->docs, doc_key(&tmp, package, name));
  } else {
    d = map_get(&load->docs, doc_key(&tmp, p->name, name));
    if (!d)
      d = map_get(&load->docs, doc_key(&tmp, load->p->packages[0]->name, name));
    for (size_t i = 1; !d && i < load->p->npackages; i++)
      d = map_get(&load->docs, doc_key(&tmp, load->p->packages[i]->name, name));
  }
  arena_free(&tmp);
  return d;
}

typedef struct DocCalls {
  Load *load;
  Arena *a;
  const Package *package;
  Value *blocks;
  const DocBlock *last;
  size_t n;
} DocCalls;

static void doc_called(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  (void)span;
  DocCalls *c = data;
  c->n++;
  if (!str_is(callee, "doc") || !nargs || !args[nargs - 1].ptr)
    return;
  c->last = find_doc(c->load, c->package, nargs > 1 ? args[0] : (Str){0}, args[nargs - 1]);
}

// doc_blocks names the plain ones only, as dbt has it (parser/manifest.py, _get_doc_blocks).
static void doc_plain(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  DocCalls *c = data;
  c->last = NULL;
  doc_called(data, callee, args, nargs, span);
  if (c->last && c->blocks && c->blocks->list->frozen)
    *c->blocks = val_list(c->a, 1);
  if (c->last && c->blocks)
    list_push(c->a, c->blocks->list, val_str(c->last->id));
}

// "{{ doc('x') }}" or "{{ doc('p', 'x') }}" and nothing else.
static bool is_one_call(Str text) {
  if (!str_starts(text, STR("{{")) || text.len < 4 || !str_ends(text, STR("}}")))
    return false;
  text = str_trim(str_sub(text, 2, text.len - 2));
  if (!str_starts(text, STR("doc(")) || !str_ends(text, STR(")")))
    return false;
  text = str_sub(text, 4, text.len - 1);
  for (size_t i = 0; i < text.len; i++)
    if (strchr("(){}|~+.[]%", text.ptr[i]))
      return false;
  return true;
}

Str load_description(Load *load, Arena *a, const Package *p, const Source *src, Str text,
                     Value *blocks, Diags *diags) {
  if (blocks)
    *blocks = load->no_list;
  if (!has_template(text))
    return text;
  Source *s = description_source(a, src, text);
  Template *t = template_parse(a, s, diags);
  if (!t)
    return text;
  DocCalls calls = {.load = load, .a = a, .package = p, .blocks = blocks};
  template_plain_calls(t, doc_plain, &calls);
  calls.n = 0;
  template_calls(t, doc_called, &calls);
  if (calls.n == 1 && calls.last && is_one_call(text))
    return calls.last->contents;
  Context c;
  context_init(&c, CONTEXT_DOCS, load->shared, a, NULL, p, NULL);
  EvalOptions o = context_options(&c, diags);
  Str out;
  return template_render(t, &o, &out) ? out : text;
}

Str load_description_of(Load *load, Arena *a, Node *n, const Source *src, Str text, Diags *diags) {
  if (n->enabled)
    return load_description(load, a, n->package, src, text, &n->doc_blocks, diags);
  n->doc_blocks = val_list(a, 0);
  return text;
}

Value load_described(Load *load, const File *f, Value list) {
  Value out = val_copy(load->a, list, false);
  for (size_t i = 0; i < out.list->n; i++) {
    Value one = out.list->items[i], text = val_get(one, STR("description"));
    if (one.kind == VAL_DICT && text.kind == VAL_STR)
      dict_sets(load->a, one.dict, STR("description"),
                val_str(load_description(load, load->a, f->package, f->source, val_text(text), NULL,
                                         load->diags)));
  }
  return out;
}
