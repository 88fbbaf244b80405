// In: nodes with the refs and sources they were written with. Out: edges, lookup by name, an order,
// and a finding for whatever cannot be resolved. Leaves reading files to load/.
#include "graph.h"

#include "../base/memory.h"
#include "../base/vec.h"

#include <stdlib.h>

Graph *graph_new(Arena *a, Project *p) {
  Graph *g = arena_new(a, Graph);
  g->project = p;
  g->selectors = val_dict(a);
  return g;
}

static void append(Arena *a, Node ***list, size_t *n, Node *node) {
  if ((*n & (*n - 1)) == 0) // at 0, 1, 2, 4, ...: full
    *list = arena_grow(a, *list, *n * sizeof **list, (*n ? *n * 2 : 1) * sizeof **list);
  (*list)[(*n)++] = node;
}

// Behind the head of the chain, so that adding is quick however long it is.
static void chain(Arena *a, Map *m, Str key, Node *n) {
  Node *head = map_get(m, key);
  if (!head) {
    map_put(a, m, key, n);
    return;
  }
  n->same_name = head->same_name;
  head->same_name = n;
}

void graph_add(Arena *a, Graph *g, Node *n) {
  if (n->enabled) {
    n->index = (uint32_t)g->nnodes;
    append(a, &g->nodes, &g->nnodes, n);
    map_put(a, &g->by_id, n->id, n);
  } else {
    append(a, &g->disabled, &g->ndisabled, n);
  }
  if (node_is_refable(n))
    chain(a, &g->by_name, n->name, n);
  else if (n->kind == NODE_FUNCTION)
    chain(a, &g->by_function, n->name, n);
  else if (n->kind == NODE_SOURCE)
    chain(a, &g->by_source,
          str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name)), n);
}

// --- versions

static Str without_zeros(Str s) {
  while (s.len > 1 && s.ptr[0] == '0')
    s.ptr++, s.len--;
  return s;
}

// A number as sign-free digits or digits with a fraction; else compared as text.
static bool as_number(Str s, double *out) {
  char copy[64];
  if (!s.len || s.len >= sizeof copy)
    return false;
  memcpy(copy, s.ptr, s.len);
  copy[s.len] = 0;
  char *end;
  *out = strtod(copy, &end);
  return *end == 0;
}

int graph_version_cmp(Str a, Str b) {
  if (str_all_digits(a) && str_all_digits(b)) {
    a = without_zeros(a), b = without_zeros(b);
    return a.len != b.len ? (a.len < b.len ? -1 : 1) : str_cmp(a, b);
  }
  double x, y;
  if (as_number(a, &x) && as_number(b, &y))
    return (x > y) - (x < y);
  return str_cmp(a, b);
}

static Str latest_version(const Node *n, char *room, size_t size) {
  if (val_is(n->more->latest_version, VAL_STR))
    return val_text(n->more->latest_version);
  Buf b = {0};
  val_print(&b, n->more->latest_version);
  size_t len = b.len < size ? b.len : size;
  memcpy(room, buf_str(&b).ptr, len);
  buf_free(&b);
  return str_n(room, len);
}

bool graph_is_latest(const Node *n) {
  char room[64];
  return n->version.len && str_eq(n->version, latest_version(n, room, sizeof room));
}

// Whether a ref with this version (empty: none) means n.
static bool version_fits(const Node *n, Str version) {
  if (version.len)
    return str_eq(n->version, version);
  return !n->version.len || graph_is_latest(n);
}

// --- what a name means

// The packages that are searched, in order; NULL stands for any. A package's own nodes come after
// the root project's, unless the project says otherwise.
static size_t search_order(const Graph *g, const Node *from, const Package **order) {
  size_t n = 0;
  const Package *root = g->project ? g->project->packages[0] : NULL;
  const Package *own = from && from->package ? from->package : root;
  bool own_first = own == root || project_ref_searches_own_package_first(g->project);
  order[n++] = own_first ? own : root;
  if (root && own != root)
    order[n++] = own_first ? root : own;
  order[n++] = NULL;
  return n;
}

typedef struct Find {
  const Node *head;
  Str version;
  bool (*fits)(const Node *n, Str version);
  Node *enabled, *disabled;
  size_t nenabled;
} Find;

// Of nodes of one name in one package the one that came last in dbt's order of reading is meant.
static int reading_order(const Node *n) {
  if (n->kind == NODE_SEED)
    return 2;
  if (n->kind != NODE_SNAPSHOT)
    return 0;
  return str_ends_nocase(n->original_path, STR(".sql")) ? 1 : 3;
}

const Node *graph_meant(const Node *a, const Node *b) {
  return reading_order(b) > reading_order(a) ? b : a;
}

static void find_in(Find *f, const Package *package, const Str *package_name) {
  f->enabled = NULL;
  f->nenabled = 0;
  for (const Node *c = f->head; c; c = c->same_name) {
    Node *n = (Node *)(uintptr_t)c;
    if (package && n->package != package)
      continue;
    if (package_name && !(n->package && str_eq(n->package->name, *package_name)))
      continue;
    if (!f->fits(n, f->version))
      continue;
    if (n->enabled) {
      bool one_package = f->enabled && f->enabled->package == n->package;
      if (!f->enabled || (one_package && graph_meant(f->enabled, n) == n))
        f->enabled = n;
      f->nenabled += !one_package;
    } else if (!f->disabled) {
      f->disabled = n;
    }
  }
}

static RefResult search(const Graph *g, const Node *from, Find *f, Str package, Node **found) {
  const Package *order[3];
  size_t n = package.len ? 1 : search_order(g, from, order);
  for (size_t i = 0; i < n; i++) {
    find_in(f, package.len ? NULL : order[i], package.len ? &package : NULL);
    if (f->nenabled) {
      *found = f->enabled;
      return f->nenabled > 1 && !package.len && !order[i] ? REF_AMBIGUOUS : REF_FOUND;
    }
  }
  *found = f->disabled;
  return f->disabled ? REF_DISABLED : REF_MISSING;
}

static bool any_version(const Node *n, Str version) {
  (void)n, (void)version;
  return true;
}

RefResult graph_ref(const Graph *g, const Node *from, Str package, Str name, Str version,
                    Node **found) {
  *found = NULL;
  Find f = {map_get(&g->by_name, name), version, version_fits, NULL, NULL, 0};
  ptrdiff_t dot = f.head || version.len ? -1 : str_rfind(name, STR(".v"));
  if (dot > 0) { // "fct.v2" is version 2 of fct
    f.head = map_get(&g->by_name, str_sub(name, 0, (size_t)dot));
    f.version = str_sub(name, (size_t)dot + 2, name.len);
  }
  RefResult r = search(g, from, &f, package, found);
  if (r != REF_MISSING || !f.head)
    return r;
  f.fits = any_version;
  Node *other;
  r = search(g, from, &f, package, &other);
  return r == REF_FOUND || r == REF_AMBIGUOUS ? REF_VERSION : REF_MISSING;
}

RefResult graph_source(const Graph *g, const Node *from, Str source, Str table, Node **found) {
  char room[256];
  size_t len = source.len + 1 + table.len;
  char *key = len <= sizeof room ? room : memory_must(malloc(len));
  memcpy(key, source.ptr ? source.ptr : "", source.len);
  key[source.len] = '.';
  memcpy(key + source.len + 1, table.ptr ? table.ptr : "", table.len);
  *found = NULL;
  Find f = {map_get(&g->by_source, str_n(key, len)), {0}, any_version, NULL, NULL, 0};
  if (key != room)
    free(key);
  RefResult r = search(g, from, &f, (Str){0}, found);
  return r == REF_AMBIGUOUS ? REF_FOUND : r;
}

RefResult graph_function(const Graph *g, const Node *from, Str package, Str name, Node **found) {
  *found = NULL;
  Find f = {map_get(&g->by_function, name), {0}, any_version, NULL, NULL, 0};
  return search(g, from, &f, package, found);
}

static Str hint_of_keys(Arena *a, const Map *m, Str name) {
  if (!str_may_search(m->n))
    return (Str){0};
  Str *keys = arena_array(a, Str, m->n);
  for (size_t i = 0; i < m->n; i++)
    keys[i] = m->entries[i].key;
  return str_hint_for(a, name, keys, m->n);
}

Str graph_hint(Arena *a, const Graph *g, Str name) { return hint_of_keys(a, &g->by_name, name); }

Str graph_hint_source(Arena *a, const Graph *g, Str source, Str table) {
  return hint_of_keys(a, &g->by_source, str_fmt(a, "%.*s.%.*s", STR_ARG(source), STR_ARG(table)));
}

Str graph_hint_function(Arena *a, const Graph *g, Str name) {
  return hint_of_keys(a, &g->by_function, name);
}

// --- resolving

typedef struct Link {
  Arena scratch;
  Arena *a;
  Graph *g;
  Diags *diags;
  size_t errors;
  uint32_t *mark; // per node: 1 + the node that needs it, so that parents are listed once
} Link;

// A project that is wrong all over needs no thousand hints, and a long circle not all its links.
enum { MAX_HINTS = 50, MAX_CYCLES = 20, MAX_LINKS = 40 };

static const Source no_source = {0};

static Diag *complain(Link *l, const Node *n, const Source *src, Span span, Severity sev, Code code,
                      const char *fmt, ...) __attribute__((format(printf, 7, 8)));
static Diag *complain(Link *l, const Node *n, const Source *src, Span span, Severity sev, Code code,
                      const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  if (!src)
    src = n->source ? n->source : &no_source;
  Diag *d = diag_vat(l->diags, sev, code, src, span, fmt, ap);
  va_end(ap);
  diag_part(l->diags, d, "unique_id", n->id);
  l->errors += sev == SEV_ERROR;
  return d;
}

// What it was that was not found.
static void note_target(Link *l, Diag *d, Str package, Str name, Str kind) {
  diag_part(l->diags, d, "target_package", package);
  diag_part(l->diags, d, "target_name", name);
  diag_part(l->diags, d, "target_kind", kind);
  diag_part(l->diags, d, "disabled", STR("None"));
}

static Str full_name(Arena *a, const Ref *r) {
  Str s = r->package.len ? str_fmt(a, "%.*s.%.*s", STR_ARG(r->package), STR_ARG(r->name)) : r->name;
  return r->version.len ? str_fmt(a, "%.*s v%.*s", STR_ARG(s), STR_ARG(r->version)) : s;
}

static void add_parent(Link *l, Node *n, Node *parent, size_t *cap) {
  if (l->mark[parent->index] == n->index + 1)
    return;
  l->mark[parent->index] = n->index + 1;
  vec_room(l->a, n->needs, n->nneeds, *cap);
  n->needs[n->nneeds++] = parent;
}

static Str known_versions(Link *l, const Node *n, const Ref *r) {
  Buf b = {.arena = l->a};
  size_t found = 0;
  for (const Node *c = map_get(&l->g->by_name, r->name); c; c = c->same_name)
    if (c->enabled && c->version.len)
      buf_add_listed(&b, found++, c->version);
  buf_add_more(&b, found);
  (void)n;
  return buf_str(&b);
}

// The nearest name, or where there is none what to do.
static void add_hint(Link *l, Diag *d, Str nearest, const char *otherwise) {
  if (nearest.len)
    diag_hint(l->diags, d, "%.*s", STR_ARG(nearest));
  else if (l->errors <= MAX_HINTS)
    diag_hint(l->diags, d, "%s", otherwise);
}

// A test of an entry that describes nothing: the entry is told of (load/models.c).
static bool tests_nothing(const Node *n, const Ref *r) {
  if (!n->test || !n->test->generic || n->test->attached)
    return false;
  Str key = n->test->file_key_name;
  ptrdiff_t dot = str_find(key, STR("."), 0);
  return dot > 0 && !str_starts(key, STR("sources.")) &&
         str_eq(str_sub(key, (size_t)dot + 1, key.len), r->name);
}

static void missing_ref(Link *l, Node *n, const Ref *r) {
  if (tests_nothing(n, r))
    return;
  bool test = n->kind == NODE_TEST;
  Diag *d =
      complain(l, n, r->src, r->span, test ? SEV_WARNING : SEV_ERROR, CODE_UNKNOWN_REF,
               "no model, seed or snapshot is named '%.*s'%s%.*s%s", STR_ARG(full_name(l->a, r)),
               test ? "; test '" : "", test ? (int)n->name.len : 0, test ? n->name.ptr : "",
               test ? "' is left out" : "");
  if (r->package.len && map_get(&l->g->by_name, r->name))
    diag_hint(l->diags, d, "there is one of that name in another package");
  else
    add_hint(l, d, l->errors > MAX_HINTS ? (Str){0} : graph_hint(l->a, l->g, r->name),
             "a model, seed or snapshot has the name of its file, without the ending");
  diag_lack(l->diags, d, LACK_ENTRY, r->name);
  note_target(l, d, r->package, r->name, STR("node"));
}

// restrict-access of its project file: other projects read what is public.
static bool is_restricted(const Package *p) {
  return val_truth(val_get(p->config, STR("restrict-access")));
}

Barrier graph_barrier(const Node *from, const Package *package, const Node *to) {
  if (to->kind != NODE_MODEL ||
      (from && (from->kind == NODE_UNIT_TEST || str_starts(from->id, STR("sql_operation.")))))
    return BARRIER_NONE;
  bool outside = package != to->package && is_restricted(to->package);
  if (!str_is(to->access, "private"))
    return outside && str_is(to->access, "protected") ? BARRIER_PACKAGE : BARRIER_NONE;
  bool member = from && from->group.len && str_eq(from->group, to->group);
  return !member ? BARRIER_GROUP : outside ? BARRIER_PACKAGE : BARRIER_NONE;
}

static bool allowed(Link *l, Node *n, const Ref *r, const Node *to) {
  Barrier barrier = graph_barrier(n, n->package, to);
  if (barrier == BARRIER_NONE)
    return true;
  if (barrier == BARRIER_PACKAGE) {
    diag_hint(l->diags,
              complain(l, n, r->src, r->span, SEV_ERROR, CODE_PRIVATE_REF,
                       "'%.*s' is %.*s, and its package '%.*s' has restrict-access",
                       STR_ARG(to->name), STR_ARG(to->access), STR_ARG(to->package->name)),
              "other projects may read its public models only");
    return false;
  }
  Diag *d =
      complain(l, n, r->src, r->span, SEV_ERROR, CODE_PRIVATE_REF, "'%.*s' is private to %s%.*s%s",
               STR_ARG(to->name), to->group.len ? "the group '" : "its group, and it has none",
               STR_ARG(to->group), to->group.len ? "'" : "");
  diag_hint(l->diags, d, "%s",
            to->group.len ? "put this node in the group, or make the access protected"
                          : "give it a `group:`, or make the access protected");
  return false;
}

// The root project's node in place of one that the package may have meant.
static void doubt_package(Link *l, const Node *n, const Ref *r, const Node *to) {
  if (n->package->is_root || !to->package->is_root || str_eq(r->package, to->package->name) ||
      project_ref_searches_own_package_first(l->g->project))
    return;
  Diag *d = complain(l, n, r->src, r->span, SEV_WARNING, CODE_PACKAGE_READS_ROOT,
                     "'%.*s' of the package '%.*s' reads '%.*s' of the root project",
                     STR_ARG(n->name), STR_ARG(n->package->name), STR_ARG(to->name));
  diag_part(l->diags, d, "node_name", n->name);
  diag_part(l->diags, d, "package_name", n->package->name);
  diag_part(l->diags, d, "root_project_unique_id", to->id);
  diag_hint(l->diags, d,
            "flags: {require_ref_searches_node_package_before_root: true} in the project file "
            "looks in the package first");
}

// False: the node (a test) has to go.
static bool link_ref(Link *l, Node *n, const Ref *r, size_t *cap) {
  Node *to;
  Str name = full_name(l->a, r);
  switch (graph_ref(l->g, n, r->package, r->name, r->version, &to)) {
  case REF_FOUND:
    if (to == n) {
      Diag *d = complain(l, n, r->src, r->span, SEV_ERROR, CODE_SELF_REF, "'%.*s' refers to itself",
                         STR_ARG(name));
      diag_hint(
          l->diags, d, "%s",
          r->src && r->src == n->patch_source && n->kind == NODE_MODEL
              ? "a foreign key to the table itself names it: expression: \"schema.table (id)\""
              : "use {{ this }} for the relation being built");
    } else if (allowed(l, n, r, to)) {
      add_parent(l, n, to, cap);
      doubt_package(l, n, r, to);
    }
    return true;
  case REF_DISABLED:
    if (node_is_test(n))
      return false;
    complain(l, n, r->src, r->span, SEV_ERROR, CODE_DISABLED_REF, "'%.*s' is disabled",
             STR_ARG(name));
    return true;
  case REF_AMBIGUOUS: {
    Diag *d = complain(l, n, r->src, r->span, SEV_ERROR, CODE_AMBIGUOUS_REF,
                       "several packages have a '%.*s'", STR_ARG(name));
    diag_hint(l->diags, d, "name the package: ref('%.*s', '%.*s')", STR_ARG(to->package->name),
              STR_ARG(r->name));
    return true;
  }
  case REF_VERSION: {
    Severity sev = n->kind == NODE_TEST ? SEV_WARNING : SEV_ERROR;
    Diag *d = r->version.len ? complain(l, n, r->src, r->span, sev, CODE_UNKNOWN_VERSION,
                                        "the model '%.*s' has no version %.*s", STR_ARG(r->name),
                                        STR_ARG(r->version))
                             : complain(l, n, r->src, r->span, sev, CODE_UNKNOWN_VERSION,
                                        "'%.*s' has no version that is its latest", STR_ARG(name));
    note_target(l, d, r->package, r->name, STR("node"));
    diag_lack(l->diags, d, LACK_ENTRY, r->name);
    Str versions = known_versions(l, n, r);
    if (versions.len)
      diag_hint(l->diags, d, "versions: %.*s", STR_ARG(versions));
    else
      diag_hint(l->diags, d, "it has no versions");
    return n->kind != NODE_TEST;
  }
  case REF_MISSING:
    missing_ref(l, n, r);
    return n->kind != NODE_TEST;
  }
  return true;
}

static bool link_source(Link *l, Node *n, const SourceRef *r, size_t *cap) {
  Node *to;
  RefResult found = graph_source(l->g, n, r->source, r->table, &to);
  bool test = n->kind == NODE_TEST;
  if (found == REF_FOUND) {
    add_parent(l, n, to, cap);
    return true;
  }
  if (found == REF_DISABLED) {
    if (!test)
      complain(l, n, r->src, r->span, SEV_ERROR, CODE_DISABLED_REF,
               "source '%.*s.%.*s' is disabled", STR_ARG(r->source), STR_ARG(r->table));
    return !test;
  }
  Diag *d = complain(l, n, r->src, r->span, test ? SEV_WARNING : SEV_ERROR, CODE_UNKNOWN_SOURCE,
                     "no source is named '%.*s.%.*s'", STR_ARG(r->source), STR_ARG(r->table));
  add_hint(l, d,
           l->errors > MAX_HINTS ? (Str){0} : graph_hint_source(l->a, l->g, r->source, r->table),
           "a YAML file beside the models names it under `sources:`");
  diag_lack(l->diags, d, LACK_ENTRY,
            str_fmt(l->a, "%.*s.%.*s", STR_ARG(r->source), STR_ARG(r->table)));
  note_target(l, d, STR(""), str_fmt(l->a, "%.*s.%.*s", STR_ARG(r->source), STR_ARG(r->table)),
              STR("source"));
  return !test;
}

static bool link_function(Link *l, Node *n, const Ref *r, size_t *cap) {
  Node *to;
  RefResult found = graph_function(l->g, n, r->package, r->name, &to);
  bool test = n->kind == NODE_TEST;
  if (found == REF_FOUND && to != n) {
    add_parent(l, n, to, cap);
    return true;
  }
  if (found == REF_FOUND) {
    complain(l, n, r->src, r->span, SEV_ERROR, CODE_SELF_REF, "the function '%.*s' calls itself",
             STR_ARG(r->name));
    return true;
  }
  if (found == REF_DISABLED) {
    if (!test)
      complain(l, n, r->src, r->span, SEV_ERROR, CODE_DISABLED_REF, "function '%.*s' is disabled",
               STR_ARG(r->name));
    return !test;
  }
  Str name = full_name(l->a, r);
  Diag *d = complain(l, n, r->src, r->span, test ? SEV_WARNING : SEV_ERROR, CODE_UNKNOWN_FUNCTION,
                     found == REF_AMBIGUOUS ? "several packages have a function '%.*s'"
                                            : "no function is named '%.*s'",
                     STR_ARG(name));
  diag_lack(l->diags, d, LACK_ENTRY, r->name);
  note_target(l, d, r->package, r->name, STR("function"));
  if (found == REF_AMBIGUOUS) {
    diag_hint(l->diags, d, "name the package: function('%.*s', '%.*s')", STR_ARG(to->package->name),
              STR_ARG(r->name));
    return true;
  }
  add_hint(l, d, l->errors > MAX_HINTS ? (Str){0} : graph_hint_function(l->a, l->g, r->name),
           "a function has a file in functions/, and an entry under `functions:`");
  return !test;
}

Node *graph_metric(const Graph *g, const Node *from, Str package, Str name) {
  Node *found = NULL;
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *m = g->nodes[i];
    if (m->kind != NODE_METRIC || !str_eq(m->name, name))
      continue;
    if (package.len ? str_eq(m->package->name, package)
                    : !found || (from && m->package == from->package))
      found = m;
  }
  return found;
}

static bool link_metric(Link *l, Node *n, const Ref *r, size_t *cap) {
  Node *to = graph_metric(l->g, n, r->package, r->name);
  if (to) {
    add_parent(l, n, to, cap);
    return true;
  }
  bool search = str_may_search(l->g->nnodes);
  Str *names = arena_array(l->a, Str, search ? l->g->nnodes : 0);
  size_t nnames = 0;
  for (size_t i = 0; i < l->g->nnodes && search; i++)
    if (l->g->nodes[i]->kind == NODE_METRIC)
      names[nnames++] = l->g->nodes[i]->name;
  bool test = n->kind == NODE_TEST;
  Diag *d = complain(l, n, r->src, r->span, test ? SEV_WARNING : SEV_ERROR, CODE_UNKNOWN_METRIC,
                     "no metric is named '%.*s'", STR_ARG(full_name(l->a, r)));
  diag_lack(l->diags, d, LACK_ENTRY, r->name);
  diag_nearest(l->diags, d, r->name, names, nnames);
  return !test;
}

static void link_node(Link *l, Node *n) {
  size_t cap = n->nneeds;
  bool stays = true;
  for (size_t i = 0; i < n->nneeds; i++) // what load/ put there itself
    l->mark[n->needs[i]->index] = n->index + 1;
  for (size_t i = 0; i < n->nsources; i++)
    stays &= link_source(l, n, &n->sources[i], &cap);
  for (size_t i = 0; i < n->nrefs; i++)
    stays &= link_ref(l, n, &n->refs[i], &cap);
  for (size_t i = 0; i < n->more->nmetrics; i++)
    stays &= link_metric(l, n, &n->more->metrics[i], &cap);
  for (size_t i = 0; i < n->more->nfunctions; i++)
    stays &= link_function(l, n, &n->more->functions[i], &cap);
  if (stays)
    return;
  n->enabled = false;
  n->lost_target = n->kind == NODE_TEST;
  if (n->config.kind == VAL_DICT) {
    n->config = val_copy(l->a, n->config, false);
    dict_sets(l->a, n->config.dict, STR("enabled"), val_bool(false));
    val_freeze(n->config);
  }
}

// Takes out the tests that lost their target.
static void drop_disabled(Link *l) {
  Graph *g = l->g;
  size_t kept = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    kept += g->nodes[i]->enabled;
  if (kept == g->nnodes)
    return;
  Node **all = g->nodes;
  size_t n = g->nnodes;
  g->nodes = NULL;
  g->nnodes = 0;
  Map by_id = {0};
  for (size_t i = 0; i < n; i++) {
    if (all[i]->enabled) {
      all[i]->index = (uint32_t)g->nnodes;
      append(l->a, &g->nodes, &g->nnodes, all[i]);
      map_put(l->a, &by_id, all[i]->id, all[i]);
    } else {
      append(l->a, &g->disabled, &g->ndisabled, all[i]);
    }
  }
  g->by_id = by_id;
}

// In their order, so from the last on.
static void index_off_tests(Arena *a, Graph *g) {
  for (size_t i = g->ndisabled; i-- > 0;) {
    TestInfo *t = g->disabled[i]->test;
    if (t && t->generic && t->attached)
      t->next_off = ptr_map_put(a, &g->off_tests, t->attached, g->disabled[i]);
  }
}

static void fill_feeds(Arena *a, Graph *g) {
  for (size_t i = 0; i < g->nnodes; i++)
    g->nodes[i]->nfeeds = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    for (size_t k = 0; k < g->nodes[i]->nneeds; k++)
      g->nodes[i]->needs[k]->nfeeds++;
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    n->feeds = n->nfeeds ? arena_array(a, Node *, n->nfeeds) : NULL;
    n->nfeeds = 0;
  }
  for (size_t i = 0; i < g->nnodes; i++)
    for (size_t k = 0; k < g->nodes[i]->nneeds; k++) {
      Node *p = g->nodes[i]->needs[k];
      p->feeds[p->nfeeds++] = g->nodes[i];
    }
}

// --- cycles: one walk in depth, its stack kept so that the path can be shown

typedef struct Frame {
  Node *node;
  size_t next; // which parent comes next
} Frame;

static const Ref *ref_to(const Graph *g, const Node *from, const Node *to) {
  for (size_t i = 0; i < from->nrefs; i++) {
    Node *found;
    const Ref *r = &from->refs[i];
    if (graph_ref(g, from, r->package, r->name, r->version, &found) == REF_FOUND && found == to)
      return r;
  }
  return NULL;
}

// stack[from..n) is the cycle: each needs the next, the last needs the first.
static void report_cycle(Link *l, const Frame *stack, size_t from, size_t n) {
  Buf path = {.arena = l->a};
  size_t shown = n - from > MAX_LINKS + 1 ? from + MAX_LINKS : n;
  for (size_t i = from; i < shown; i++)
    buf_addf(&path, "%.*s -> ", STR_ARG(stack[i].node->name));
  if (shown < n)
    buf_addf(&path, "... and %zu more -> ", n - shown);
  buf_add(&path, stack[from].node->name);
  const Node *first = stack[from].node;
  const Ref *r = ref_to(l->g, first, stack[from + 1 < n ? from + 1 : from].node);
  Diag *d = complain(l, first, r ? r->src : NULL, r ? r->span : (Span){0}, SEV_ERROR,
                     CODE_DEPENDENCY_CYCLE, "models depend on each other in a circle: %.*s",
                     STR_ARG(buf_str(&path)));
  for (size_t i = from + 1; i < n && i < from + MAX_LINKS; i++) {
    const Node *x = stack[i].node, *y = stack[i + 1 < n ? i + 1 : from].node;
    r = ref_to(l->g, x, y);
    diag_note(l->diags, d,
              r && r->src ? r->src
              : x->source ? x->source
                          : &no_source,
              r ? r->span : (Span){0}, "'%.*s' needs '%.*s' here", STR_ARG(x->name),
              STR_ARG(y->name));
  }
}

enum { NEW = 0, OPEN = 1, DONE = 2 };

static void find_cycles(Link *l) {
  Graph *g = l->g;
  size_t found = 0;
  uint8_t *seen = arena_array(&l->scratch, uint8_t, g->nnodes);
  Frame *stack = arena_array(&l->scratch, Frame, g->nnodes + 1);
  size_t *depth = arena_array(&l->scratch, size_t, g->nnodes);
  for (size_t i = 0; i < g->nnodes; i++) {
    if (seen[i] != NEW)
      continue;
    size_t top = 0;
    stack[top++] = (Frame){g->nodes[i], 0};
    seen[i] = OPEN;
    depth[i] = 0;
    while (top) {
      Frame *f = &stack[top - 1];
      if (f->next == f->node->nneeds) {
        seen[f->node->index] = DONE;
        top--;
        continue;
      }
      Node *p = f->node->needs[f->next++];
      if (seen[p->index] == OPEN) {
        if (found++ < MAX_CYCLES)
          report_cycle(l, stack, depth[p->index], top);
      } else if (seen[p->index] == NEW) {
        seen[p->index] = OPEN;
        depth[p->index] = top;
        stack[top++] = (Frame){p, 0};
      }
    }
  }
}

bool graph_link(Arena *a, Graph *g, Diags *diags) {
  Link l = {.a = a, .g = g, .diags = diags};
  l.mark = arena_array(&l.scratch, uint32_t, g->nnodes);
  for (size_t i = 0; i < g->nnodes; i++)
    link_node(&l, g->nodes[i]);
  drop_disabled(&l);
  fill_feeds(a, g);
  index_off_tests(a, g);
  find_cycles(&l);
  arena_free(&l.scratch);
  return l.errors == 0;
}

// --- order: parents first; among those that are ready the one with the lowest index

static void heap_push(uint32_t *heap, size_t *n, uint32_t x) {
  size_t i = (*n)++;
  for (; i && heap[(i - 1) / 2] > x; i = (i - 1) / 2)
    heap[i] = heap[(i - 1) / 2];
  heap[i] = x;
}

static uint32_t heap_pop(uint32_t *heap, size_t *n) {
  uint32_t least = heap[0], last = heap[--*n];
  size_t i = 0;
  for (size_t c; (c = 2 * i + 1) < *n; i = c) {
    if (c + 1 < *n && heap[c + 1] < heap[c])
      c++;
    if (heap[c] >= last)
      break;
    heap[i] = heap[c];
  }
  heap[i] = last;
  return least;
}

Node **graph_order(Arena *a, const Graph *g) {
  Node **out = arena_array(a, Node *, g->nnodes + 1);
  uint32_t *heap = arena_array(a, uint32_t, g->nnodes + 1);
  size_t *waits = arena_array(a, size_t, g->nnodes + 1);
  size_t nheap = 0, n = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    if (!(waits[i] = g->nodes[i]->nneeds))
      heap_push(heap, &nheap, (uint32_t)i);
  while (nheap) {
    Node *node = g->nodes[heap_pop(heap, &nheap)];
    out[n++] = node;
    for (size_t k = 0; k < node->nfeeds; k++)
      if (--waits[node->feeds[k]->index] == 0)
        heap_push(heap, &nheap, node->feeds[k]->index);
  }
  return out;
}
