// See edit.h. Both texts are evaluated as when the project is read, and what they say beside their
// SQL is compared: refs, sources, functions, metrics and config().
#include "edit.h"

static bool capture(Run *r, const Node *n, const Template *body, const Source *src, Arena *a,
                    Capture *out, Diags *diags) {
  Context *c = arena_new(a, Context);
  *out = (Capture){.arena = a, .config = val_dict(a)};
  context_init(c, CONTEXT_PARSE, &r->shared, a, n, n->package, NULL);
  c->capture = out;
  EvalOptions o = context_options(c, diags);
  o.source = src;
  Str ignored;
  return body && template_render(body, &o, &ignored);
}

static bool has_ref(const Ref *refs, size_t n, const Ref *r) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(refs[i].name, r->name) && str_eq(refs[i].package, r->package) &&
        str_eq(refs[i].version, r->version))
      return true;
  return false;
}

static bool refs_within(const Ref *a, size_t na, const Ref *b, size_t nb) {
  for (size_t i = 0; i < na; i++)
    if (!has_ref(b, nb, &a[i]))
      return false;
  return true;
}

static bool same_refs(const Ref *a, size_t na, const Ref *b, size_t nb) {
  return refs_within(a, na, b, nb) && refs_within(b, nb, a, na);
}

static bool sources_within(const Capture *a, const Capture *b) {
  for (size_t i = 0; i < a->nsources; i++) {
    size_t k = 0;
    while (k < b->nsources && !(str_eq(a->sources[i].source, b->sources[k].source) &&
                                str_eq(a->sources[i].table, b->sources[k].table)))
      k++;
    if (k == b->nsources)
      return false;
  }
  return true;
}

static bool same_capture(const Capture *a, const Capture *b) {
  return val_eq(a->config, b->config) && same_refs(a->refs, a->nrefs, b->refs, b->nrefs) &&
         same_refs(a->functions, a->nfunctions, b->functions, b->nfunctions) &&
         same_refs(a->metrics, a->nmetrics, b->metrics, b->nmetrics) && sources_within(a, b) &&
         sources_within(b, a);
}

Edit edit_node(Run *r, Node *n, Str text) {
  Arena a = {0};
  Diags ignored = {0};
  diags_init(&ignored);
  Source *src = arena_new(&r->arena, Source);
  Str file = str_dup(&r->arena, text), stripped = str_trim(file);
  *src = (Source){.path = n->source->path, .text = stripped, .outer = file};
  src->at = (size_t)(stripped.ptr - file.ptr);
  Capture before, after;
  const Template *old = n->body ? n->body : template_parse(&a, n->source, &ignored);
  const Template *body = template_parse(&r->arena, src, &r->diags);
  Edit edit = EDIT_RELOAD;
  if (!body || !capture(r, n, body, src, &a, &after, &r->diags))
    edit = EDIT_WRONG;
  else if (n->kind == NODE_MODEL && capture(r, n, old, n->source, &a, &before, &ignored) &&
           same_capture(&before, &after))
    edit = EDIT_TAKEN;
  if (edit == EDIT_TAKEN) {
    n->source = src;
    n->raw_code = src->text;
    n->body = body;
  }
  diags_free(&ignored);
  if (edit == EDIT_WRONG)
    arena_adopt(&r->arena, &a); // the finding may point into it
  else
    arena_free(&a);
  return edit;
}
