// See name.h.
#include "name.h"
#include "../../compiler/base/vec.h"
#include "build.h"
#include "draft.h"

enum { SPELLINGS = 4 };

LineageGraph *lineage_names(Arena *a, const Graph *project) {
  LineageDraft *d = draft_new(a);
  for (size_t i = 0; i < project->nnodes; i++) {
    const Node *n = project->nodes[i];
    if (n->kind == NODE_OPERATION)
      continue;
    LineageNode what = lineage_describe(a, n);
    draft_node(d, &what);
  }
  return draft_close(d);
}

// The names of a node; some may be empty.
static void spellings(Arena *a, const LineageNode *n, Str out[SPELLINGS]) {
  out[0] = n->name;
  out[1] = n->id;
  out[2] = out[3] = (Str){0};
  if (!n->node || n->node->kind == NODE_SOURCE)
    return;
  if (n->node->kind == NODE_LOAD) // beside a source, which often has its name
    out[2] = str_cat(a, STR("load:"), n->name);
  if (n->node->kind == NODE_LOAD)
    return;
  out[2] = n->node->name; // without its version
  out[3] = str_fmt(a, "%.*s.%.*s", STR_ARG(n->node->package->name), STR_ARG(n->name));
}

// How much of a text a node's longest name takes; 0: none fits.
static size_t fits(const LineageNode *n, Str text) {
  Arena a = {0};
  Str names[SPELLINGS];
  size_t best = 0;
  spellings(&a, n, names);
  for (size_t i = 0; i < SPELLINGS; i++)
    if (names[i].len > best && str_starts(text, names[i]) &&
        (text.len == names[i].len || text.ptr[names[i].len] == '.'))
      best = names[i].len;
  arena_free(&a);
  return best;
}

// Of several versions the one that ref() finds without a version.
static bool is_latest(const LineageNode *n) {
  if (!n->node || !n->node->version.len)
    return false;
  Value latest = n->node->more->latest_version;
  Arena a = {0};
  bool same = !val_is_absent(latest) && str_eq(val_to_str(&a, latest), n->node->version);
  arena_free(&a);
  return same;
}

// Of the nodes with the longest name only relations are left, if there are any: a semantic model, a
// metric, an exposure often has the name of a model.
static void prefer_relations(const LineageGraph *g, size_t *lengths, size_t best) {
  bool any = false;
  for (uint32_t i = 0; i < g->nnodes; i++)
    any |= lengths[i] == best && lineage_makes_relation(&g->nodes[i]);
  for (uint32_t i = 0; any && i < g->nnodes; i++)
    if (!lineage_makes_relation(&g->nodes[i]))
      lengths[i] = 0;
}

static bool tell_several(const LineageGraph *g, Str text, const size_t *lengths, size_t best,
                         Diags *diags) {
  Buf ids = {0};
  size_t n = 0;
  for (uint32_t i = 0; i < g->nnodes; i++)
    if (lengths[i] == best)
      buf_add_listed(&ids, n++, g->nodes[i].id);
  buf_add_more(&ids, n);
  Diag *d = diag_error(diags, CODE_LINEAGE_NAME, (Str){0}, "several nodes are called '%.*s'",
                       STR_ARG(str_sub(text, 0, best)));
  diag_hint(diags, d, "write one of their ids: %.*s", STR_ARG(buf_str(&ids)));
  buf_free(&ids);
  return false;
}

bool lineage_find(const LineageGraph *g, Str text, const LineageNode **node, Str *column,
                  Diags *diags) {
  Arena a = {0};
  size_t *lengths = arena_array(&a, size_t, g->nnodes + 1), best = 0, same = 0;
  *node = NULL;
  *column = (Str){0};
  for (uint32_t i = 0; i < g->nnodes; i++) {
    lengths[i] = fits(&g->nodes[i], text);
    best = lengths[i] > best ? lengths[i] : best;
  }
  prefer_relations(g, lengths, best);
  for (uint32_t i = 0; i < g->nnodes; i++)
    same += lengths[i] == best;
  for (uint32_t i = 0; best && i < g->nnodes; i++)
    if (lengths[i] == best && (same == 1 || is_latest(&g->nodes[i])))
      *node = &g->nodes[i];
  bool good = !best || *node || tell_several(g, text, lengths, best, diags);
  if (*node && text.len > best)
    *column = str_sub(text, best + 1, text.len);
  arena_free(&a);
  return good;
}

// The one source whose table has the name; empty: none, or several.
static Str source_of_table(const LineageGraph *g, Str table) {
  Str found = {0};
  for (uint32_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i].node;
    if (!n || n->kind != NODE_SOURCE || !str_eq_nocase(n->name, table))
      continue;
    if (found.len)
      return (Str){0};
    found = g->nodes[i].name;
  }
  return found;
}

static Str nearest_name(Arena *a, const LineageGraph *g, Str text) {
  VEC(Str) names = {0};
  for (uint32_t i = 0; i < g->nnodes; i++)
    if (!str_is(g->nodes[i].kind, "test"))
      vec_push(a, &names, g->nodes[i].name);
  Str nearest = {0};
  for (Str before = text; !nearest.len && before.len;) { // a column behind it
    nearest = source_of_table(g, before);
    if (!nearest.len)
      nearest = str_nearest(before, names.items, names.n);
    ptrdiff_t dot = str_rfind(before, STR("."));
    before = str_sub(before, 0, dot > 0 ? (size_t)dot : 0);
  }
  return nearest;
}

void lineage_not_found(const LineageGraph *g, Str text, Diags *diags) {
  Arena a = {0};
  Diag *d = diag_error(diags, CODE_LINEAGE_NAME, (Str){0},
                       "nothing in the project is called '%.*s'", STR_ARG(text));
  Str nearest = nearest_name(&a, g, text);
  if (nearest.len)
    diag_hint(diags, d, "did you mean '%.*s'?", STR_ARG(nearest));
  else
    diag_hint(diags, d, "'starc ls' lists what there is");
  arena_free(&a);
}

// --- columns

static Str without_quotes(Str s) {
  bool quoted = s.len > 1 && s.ptr[0] == s.ptr[s.len - 1] && (s.ptr[0] == '"' || s.ptr[0] == '`');
  return quoted ? str_sub(s, 1, s.len - 1) : s;
}

// The one column of that name in any case.
static uint32_t any_case(const LineageGraph *g, const LineageNode *n, Str name) {
  uint32_t found = LINEAGE_NONE;
  for (uint32_t i = n->rows + 1; i <= n->rows + n->ncolumns; i++) {
    if (!str_eq_nocase(g->columns[i].name, name))
      continue;
    if (found != LINEAGE_NONE)
      return LINEAGE_NONE;
    found = i;
  }
  return found;
}

static void tell_no_column(const LineageGraph *g, const LineageNode *n, Str name, Diags *diags) {
  Arena a = {0};
  Str *names = arena_array(&a, Str, n->ncolumns + 1);
  for (uint32_t i = 0; i < n->ncolumns; i++)
    names[i] = g->columns[n->rows + 1 + i].name;
  Diag *d = diag_error(diags, CODE_LINEAGE_NAME, (Str){0}, "'%.*s' has no column '%.*s'",
                       STR_ARG(n->name), STR_ARG(name));
  if (n->ncolumns)
    diag_nearest(diags, d, name, names, n->ncolumns);
  else if (n->unknown.len)
    diag_hint(diags, d, "its columns are not known: %.*s", STR_ARG(n->unknown));
  else
    diag_hint(diags, d, "its columns are not known");
  arena_free(&a);
}

uint32_t lineage_find_column(const LineageGraph *g, const LineageNode *n, Str name, Diags *diags) {
  uint32_t found = lineage_column(g, n, name);
  if (found == LINEAGE_NONE)
    found = lineage_column(g, n, without_quotes(name));
  if (found == LINEAGE_NONE)
    found = any_case(g, n, without_quotes(name));
  if (found == LINEAGE_NONE)
    tell_no_column(g, n, name, diags);
  return found;
}
