// See listed.h. The same name in the graph of columns (others.c) makes an exposure read all of
// them.
#include "listed.h"
#include "../../compiler/project/yaml.h"
#include "build.h"

const Node *listed_node(const Node *exposure, Str text, Str *column) {
  Arena a = {0};
  const Node *found = NULL;
  for (size_t i = 0; i < exposure->nneeds && !found; i++) {
    Str name = lineage_describe(&a, exposure->needs[i]).name;
    if (!str_starts(text, name) || text.len < name.len + 2 || text.ptr[name.len] != '.')
      continue;
    found = exposure->needs[i];
    *column = str_sub(text, name.len + 1, text.len);
  }
  arena_free(&a);
  return found;
}

// Where YAML has the entry; NULL: not in the exposure's own.
static const Yaml *place_of(const Node *exposure, size_t entry) {
  const Yaml *config = yaml_get(exposure->patch, STR("config"));
  const Yaml *own = yaml_get(yaml_get(exposure->patch, STR("meta")), STR("columns"));
  if (!own && config)
    own = yaml_get(yaml_get(config, STR("meta")), STR("columns"));
  return own ? yaml_item(own, entry) : NULL;
}

static Diag *warn(Findings *f, const Node *exposure, size_t entry, Str said) {
  const Yaml *at = place_of(exposure, entry);
  Diag *d = diag_at(&f->run->diags, SEV_WARNING, CODE_LISTED_COLUMN, at ? at->src : NULL,
                    at ? at->span : (Span){0}, "%.*s", STR_ARG(said));
  if (!at)
    d->file = exposure->original_path;
  return d;
}

// A name of no column of the node, whose columns are known.
static void tell_column(Findings *f, const LineageGraph *g, const Node *exposure, size_t entry,
                        const Node *of, Str column) {
  const LineageNode *n = lineage_node(g, of->id);
  if (!n || !n->ncolumns || lineage_column(g, n, column) != LINEAGE_NONE)
    return;
  Arena a = {0};
  Str *names = arena_array(&a, Str, n->ncolumns);
  for (uint32_t i = 0; i < n->ncolumns; i++)
    names[i] = g->columns[n->rows + 1 + i].name;
  Diag *d = warn(f, exposure, entry,
                 str_fmt(&a, "'%.*s' has no column '%.*s'", STR_ARG(n->name), STR_ARG(column)));
  diag_nearest(&f->run->diags, d, column, names, n->ncolumns);
  findings_take(f, exposure);
  arena_free(&a);
}

static void tell_node(Findings *f, const Node *exposure, size_t entry, Str text) {
  Arena a = {0};
  Str *names = arena_array(&a, Str, exposure->nneeds + 1);
  for (size_t i = 0; i < exposure->nneeds; i++)
    names[i] = lineage_describe(&a, exposure->needs[i]).name;
  Str node = text;
  ptrdiff_t dot = str_rfind(text, STR("."));
  if (dot > 0)
    node = str_sub(text, 0, (size_t)dot);
  Diag *d = warn(f, exposure, entry,
                 str_fmt(&a, "exposure '%.*s' depends on nothing that '%.*s' is a column of",
                         STR_ARG(exposure->name), STR_ARG(text)));
  if (!diag_nearest(&f->run->diags, d, node, names, exposure->nneeds))
    diag_hint(&f->run->diags, d, "write NODE.COLUMN, with a node of its depends_on");
  findings_take(f, exposure);
  arena_free(&a);
}

void listed_find(Findings *f, const LineageGraph *g) {
  const Graph *project = f->run->graph;
  for (size_t i = 0; g && i < project->nnodes; i++) {
    const Node *n = project->nodes[i];
    Value listed = n->kind == NODE_EXPOSURE ? val_get(n->meta, STR("columns")) : val_none();
    for (size_t k = 0; listed.kind == VAL_LIST && k < listed.list->n; k++) {
      Value one = listed.list->items[k];
      Str text = one.kind == VAL_STR ? val_text(one) : (Str){0}, column;
      const Node *of = listed_node(n, text, &column);
      if (of)
        tell_column(f, g, n, k, of, column);
      else
        tell_node(f, n, k, text);
    }
  }
}
