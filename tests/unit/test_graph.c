// Unit tests of graph/: names, versions, packages, cycles, order.
#include "check.h"
#include "compiler/graph/graph.h"

#include <stdio.h>

static Arena arena;
static Diags diags;
static Package root = {.name = STR_INIT("shop"), .is_root = true},
               other = {.name = STR_INIT("utils"), .index = 1};
static Package *packages[] = {&root, &other};
static Project project = {.packages = packages, .npackages = 2};
static Source source = {.path = STR_INIT("models/x.sql"), .text = STR_INIT("select 1")};

static Node *add(Graph *g, Package *p, const char *name, bool enabled) {
  Node *n = node_new(&arena);
  n->kind = NODE_MODEL;
  n->name = str_c(name);
  n->package = p;
  n->enabled = enabled;
  n->id = str_fmt(&arena, "model.%s.%s", p->name.ptr, name);
  n->source = &source;
  graph_add(&arena, g, n);
  return n;
}

static void ref(Node *n, const char *name) {
  Ref *refs = arena_array(&arena, Ref, n->nrefs + 1);
  if (n->nrefs)
    memcpy(refs, n->refs, n->nrefs * sizeof *refs);
  refs[n->nrefs++] = (Ref){
      .name = str_c(name), .src = &source, .span = {0, 6}
  };
  n->refs = refs;
}

static Node *version(Graph *g, const char *name, int v, int latest) {
  Node *n = node_new(&arena);
  *n = (Node){.more = &node_has_no_more,
              .name = str_c(name),
              .package = &root,
              .enabled = true,
              .source = &source};
  n->version = str_fmt(&arena, "%d", v);
  node_more(&arena, n)->latest_version = val_int(latest);
  n->id = str_fmt(&arena, "model.shop.%s.v%d", name, v);
  graph_add(&arena, g, n);
  return n;
}

static void names(void) {
  Graph *g = graph_new(&arena, &project);
  Node *a = add(g, &root, "a", true), *ua = add(g, &other, "a", true);
  Node *off = add(g, &root, "off", false), *lib = add(g, &other, "lib", true), *found;
  Str none = {0};
  CHECK(graph_ref(g, a, none, STR("a"), none, &found) == REF_FOUND && found == a);
  CHECK(graph_ref(g, ua, none, STR("a"), none, &found) == REF_FOUND && found == a);
  root.flags = val_dict(&arena);
  dict_sets(&arena, root.flags.dict, STR("require_ref_searches_node_package_before_root"),
            val_bool(true));
  CHECK(graph_ref(g, ua, none, STR("a"), none, &found) == REF_FOUND && found == ua);
  root.flags = val_undef(NULL);
  CHECK(graph_ref(g, a, STR("utils"), STR("a"), none, &found) == REF_FOUND && found == ua);
  CHECK(graph_ref(g, a, none, STR("lib"), none, &found) == REF_FOUND && found == lib);
  CHECK(graph_ref(g, a, STR("shop"), STR("lib"), none, &found) == REF_MISSING);
  CHECK(graph_ref(g, a, none, STR("off"), none, &found) == REF_DISABLED && found == off);
  CHECK(graph_ref(g, a, none, STR("zz"), none, &found) == REF_MISSING && !found);
  CHECK(str_is(graph_hint(&arena, g, STR("lyb")), "did you mean 'lib'?"));
}

static void versions(void) {
  Graph *g = graph_new(&arena, &project);
  Node *v1 = version(g, "fct", 1, 2), *v2 = version(g, "fct", 2, 2), *found;
  version(g, "fct", 10, 2);
  Str none = {0};
  CHECK(graph_ref(g, NULL, none, STR("fct"), none, &found) == REF_FOUND && found == v2);
  CHECK(graph_ref(g, NULL, none, STR("fct"), STR("1"), &found) == REF_FOUND && found == v1);
  CHECK(graph_ref(g, NULL, none, STR("fct.v1"), none, &found) == REF_FOUND && found == v1);
  CHECK(graph_ref(g, NULL, none, STR("fct"), STR("7"), &found) == REF_VERSION);
  CHECK(graph_version_cmp(STR("2"), STR("10")) < 0);
  CHECK(graph_version_cmp(STR("b"), STR("a")) > 0);
  CHECK(graph_version_cmp(STR("1.5"), STR("1.50")) == 0);
}

static void links(void) {
  Graph *g = graph_new(&arena, &project);
  Node *c = add(g, &root, "c", true), *b = add(g, &root, "b", true), *a = add(g, &root, "a", true);
  ref(c, "b"), ref(c, "a"), ref(c, "b"), ref(b, "a");
  CHECK(graph_link(&arena, g, &diags));
  CHECK(c->nneeds == 2 && c->needs[0] == b && c->needs[1] == a);
  CHECK(a->nfeeds == 2 && a->feeds[0] == c && a->feeds[1] == b);
  Node **order = graph_order(&arena, g);
  CHECK(order[0] == a && order[1] == b && order[2] == c && !order[3]);
}

static bool has(const char *text) {
  for (const Diag *d = diags.first; d; d = d->next)
    if (str_find(d->message, str_c(text), 0) >= 0 || str_find(d->hint, str_c(text), 0) >= 0)
      return true;
  return false;
}

static void wrong(void) {
  Graph *g = graph_new(&arena, &project);
  Node *a = add(g, &root, "alpha", true), *b = add(g, &root, "beta", true);
  Node *c = add(g, &root, "gamma", true), *t = add(g, &root, "t", true);
  t->kind = NODE_TEST;
  ref(a, "beta"), ref(b, "gamma"), ref(c, "alpha"), ref(a, "alphs"), ref(b, "beta"), ref(t, "nope");
  CHECK(!graph_link(&arena, g, &diags));
  CHECK(has("alpha -> beta -> gamma -> alpha"));
  CHECK(has("'alphs'") && has("did you mean 'alpha'?"));
  CHECK(has("'beta' refers to itself"));
  CHECK(has("'nope'") && diags.warnings == 1 && !t->enabled && g->ndisabled == 1);
  CHECK(diags.errors == 3);
}

static void deep(void) {
  enum { N = 100000 };
  Graph *g = graph_new(&arena, &project);
  for (int i = 0; i < N; i++) {
    Node *n = add(g, &root, str_fmt(&arena, "n%d", i).ptr, true);
    ref(n, str_fmt(&arena, "n%d", (i + 1) % N).ptr);
  }
  size_t before = diags.errors;
  CHECK(!graph_link(&arena, g, &diags));
  CHECK(diags.errors == before + 1);
}

int main(void) {
  names();
  versions();
  links();
  wrong();
  deep();
  diags_free(&diags);
  arena_free(&arena);
  return check_done();
}
