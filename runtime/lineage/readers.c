// See readers.h. In: the graph's edges, those of columns. Out: nodes, and their names for a
// message.
#include "readers.h"
#include "../../compiler/base/fs.h"
#include "file.h"
#include "named.h"

enum { MOST_NAMES = 5 };

static const LineageColumn *find_column(const LineageGraph *g, const Node *source, Str column) {
  const LineageNode *n = g && column.len ? lineage_node(g, source->id) : NULL;
  uint32_t at = n ? lineage_column(g, n, column) : LINEAGE_NONE;
  return at == LINEAGE_NONE ? NULL : &g->columns[at];
}

// Whether the column graph has all that a node reads.
static bool is_traced(const LineageGraph *g, const Node *n, const LineageNode *as) {
  bool asked = n->kind == NODE_MODEL || n->kind == NODE_SNAPSHOT || n->kind == NODE_TEST ||
               n->kind == NODE_ANALYSIS || n->kind == NODE_EXPOSURE || n->kind == NODE_UNIT_TEST;
  if (!asked || !as || as->unknown.len)
    return false;
  for (uint32_t i = 0; i <= as->ncolumns; i++)
    if (g->columns[as->rows + i].unknown.len)
      return false;
  return true;
}

// Whether a hook of the reader names it.
static bool hook_names(const Node *source, Str column, const Node *reader) {
  bool found = false;
  size_t at = 0;
  for (NamedBy by; !found && named_next(source, column, &at, &by);)
    found = by.node == reader;
  return found;
}

// What of the source itself does: "its loaded_at_field names it"; empty: nothing.
static Str own_naming(Arena *a, const Node *source, Str column) {
  size_t at = 0;
  NamedBy by;
  bool own = named_next(source, column, &at, &by) && by.node == source;
  return own ? named_why(a, source, &by) : (Str){0};
}

// c NULL: who reads the source may read it.
static bool may_read(const LineageGraph *g, const LineageColumn *c, const Node *n) {
  const LineageNode *as = c ? lineage_node(g, n->id) : NULL;
  bool found = !c || !is_traced(g, n, as);
  for (uint32_t i = 0; !found && i < c->users.n; i++)
    found = lineage_node_of(g, c->users.items[i].column) == as;
  return found;
}

Readers readers_of(Arena *a, const LineageGraph *columns, const Node *source, Str column) {
  const LineageColumn *c = find_column(columns, source, column);
  Readers r = {.items = arena_array(a, const Node *, source->nfeeds + 1),
               .of_source = column.len && !c,
               .own = own_naming(a, source, column)};
  for (int exposures = 0; exposures < 2; exposures++)
    for (size_t i = 0; i < source->nfeeds; i++) {
      const Node *n = source->feeds[i];
      bool test = n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST;
      if (!may_read(columns, c, n) && !hook_names(source, column, n))
        continue;
      if (!test && (n->kind == NODE_EXPOSURE) == exposures)
        r.items[r.n++] = n;
      r.tests += test && !exposures;
    }
  return r;
}

Str readers_text(Arena *a, const Readers *readers) {
  Buf out = {.arena = a};
  if (!readers->n && !readers->tests)
    return readers->own.len ? readers->own : STR("nothing reads it");
  buf_addf(&out, "%sread by ", readers->of_source ? "the source is " : "");
  for (size_t i = 0; i < readers->n && i < MOST_NAMES; i++)
    buf_addf(&out, "%s%.*s", i ? ", " : "", STR_ARG(readers->items[i]->name));
  if (readers->n > MOST_NAMES)
    buf_addf(&out, " and %zu more", readers->n - MOST_NAMES);
  if (readers->tests)
    buf_addf(&out, "%s%zu test%s", readers->n ? ", and by " : "", readers->tests,
             readers->tests == 1 ? "" : "s");
  if (readers->own.len)
    buf_addf(&out, "; %.*s", STR_ARG(readers->own));
  return buf_str(&out);
}

static const LineageGraph *read_columns(Run *r) {
  Arena *a = &r->arena;
  Source *src = arena_new(a, Source);
  Diags ignored = {0};
  src->path = fs_join(a, r->project->target_dir, STR("lineage.json"));
  if (!fs_exists(src->path))
    return NULL;
  diags_init(&ignored);
  const LineageGraph *g = fs_read(a, src->path, src->path, &src->text, &ignored)
                              ? lineage_read(a, src, r->graph, &ignored)
                              : NULL;
  diags_free(&ignored);
  return g;
}

Str readers_tell(void *data, const Node *source, Str column) {
  ReadersTold *told = data;
  Arena *a = &told->run->arena;
  if (column.len && !told->looked) {
    told->columns = read_columns(told->run);
    told->looked = true;
  }
  Readers readers = readers_of(a, told->columns, source, column);
  return readers_text(a, &readers);
}
