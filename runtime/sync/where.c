// In which file a node is described that no file describes yet: as the nodes of its folder are.
#include "../../compiler/base/fs.h"
#include "plan.h"

typedef struct Described {
  const Source *file;
  const Node *node; // one of those it describes
  size_t here, all; // of the folder; of the project
} Described;

static bool is_beside(const Node *x, const Node *y) {
  Arena a = {0};
  bool same = x->kind == y->kind && x->package == y->package &&
              str_eq(fs_dirname(&a, x->original_path), fs_dirname(&a, y->original_path));
  arena_free(&a);
  return same;
}

// The file that describes the most nodes of the folder, the first of these.
static Described nearest_file(const Graph *g, const Node *n) {
  Described best = {0};
  Arena a = {0};
  PtrMap counts = {0}; // Source -> Described
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *other = g->nodes[i];
    if (!other->patch_source || other->kind == NODE_SOURCE || !node_is_refable(other))
      continue;
    Described *d = ptr_map_get(&counts, other->patch_source);
    if (!d) {
      d = arena_new(&a, Described);
      *d = (Described){.file = other->patch_source};
      ptr_map_put(&a, &counts, other->patch_source, d);
    }
    d->all++;
    if (!is_beside(other, n))
      continue;
    d->here++;
    d->node = d->node ? d->node : other;
    if (d->here > best.here || d->file == best.file)
      best = *d;
  }
  arena_free(&a);
  return best;
}

// A file for each node, named by it: "orders.yml", "_orders.yml". Gives that of another node.
static bool names_its_node(Arena *a, const Described *d, const Node *n, Str *path) {
  Str name = fs_basename(d->file->path);
  ptrdiff_t at = str_find(name, d->node->name, 0);
  if (d->all != 1 || at < 0)
    return false;
  Str before = str_sub(name, 0, (size_t)at);
  Str after = str_sub(name, (size_t)at + d->node->name.len, name.len);
  Str folder = fs_dirname(a, d->file->path);
  bool begins = !before.len || strchr("_.-", before.ptr[before.len - 1]);
  if (!begins || !after.len || !strchr("_.-", after.ptr[0]))
    return false;
  *path = fs_join(a, folder,
                  str_fmt(a, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(n->name), STR_ARG(after)));
  return true;
}

// "_staging__models.yml", as projects of dbt have it; in the topmost folder "_models.yml".
static Str new_name(Arena *a, const Node *n) {
  Str folder = fs_dirname(a, n->original_path), inside = fs_dirname(a, n->path);
  const char *kind = node_kind_plurals[n->kind].ptr;
  bool top = !inside.len || str_is(inside, ".");
  Str name = top ? str_fmt(a, "_%s.yml", kind)
                 : str_fmt(a, "_%.*s__%s.yml", STR_ARG(fs_basename(folder)), kind);
  return fs_join(a, folder, name);
}

SyncFile *sync_file_for(SyncPlan *p, const Node *n) {
  Arena *a = &p->run->arena;
  Described d = nearest_file(p->run->graph, n);
  Str path;
  if (d.file && !names_its_node(a, &d, n, &path))
    return sync_file_of(p, d.file);
  if (!d.file)
    path = fs_join(a, n->package->root, new_name(a, n));
  return sync_file_at(p, fs_join(a, p->run->project->root, path));
}
