// In: a filled graph. Out: errors of nodes in groups that nobody defines, and of models whose
// access does not go with how they are built. Who may read whom is the graph's (graph_barrier).
#include "../graph/config_place.h"
#include "internal.h"

// The place of a config key of a node, else its file.
static Span key_place(const Load *l, const Node *n, const char *key, const Source **src) {
  Span span = {0};
  *src = n->source;
  node_config_place(n, l->p->packages[0], str_c(key), src, &span);
  return span;
}

// --- groups

// What dbt looks at; the group of a generic test is that of what it tests.
static bool has_group(const Node *n) {
  bool generic = n->kind == NODE_TEST && n->test->generic;
  return n->group.len && !generic && n->kind != NODE_SOURCE && n->kind != NODE_UNIT_TEST;
}

static void check_group(Load *l, const Node *n) {
  Str *names = arena_array(l->a, Str, l->g->ngroups + 1);
  for (size_t i = 0; i < l->g->ngroups; i++) {
    names[i] = l->g->groups[i]->name;
    if (str_eq(names[i], n->group))
      return;
  }
  const Source *src;
  Span span = key_place(l, n, "group", &src);
  Severity sev = n->kind == NODE_EXPOSURE ? SEV_WARNING : SEV_ERROR; // dbt lets it be
  Diag *d = diag_at(l->diags, sev, CODE_UNKNOWN_GROUP, src, span,
                    "'%.*s' is put in the group '%.*s', which is not defined", STR_ARG(n->name),
                    STR_ARG(n->group));
  diag_lack(l->diags, d, LACK_ENTRY, n->group);
  if (!diag_nearest(l->diags, d, n->group, names, l->g->ngroups))
    diag_hint(l->diags, d, "define it: groups: [{name: %.*s, owner: {name: ..}}]",
              STR_ARG(n->group));
}

// --- access

// What is public is read by other projects, and an ephemeral model is no relation to read.
static void check_public(Load *l, const Node *n) {
  if (n->kind != NODE_MODEL || !str_is(n->access, "public") ||
      !str_is(node_materialized(n), "ephemeral"))
    return;
  const Source *src, *other;
  Span span = key_place(l, n, "access", &src), built = key_place(l, n, "materialized", &other);
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_CONFLICTING_KEYS, src, span,
                    "the model '%.*s' is ephemeral, so it cannot have the access 'public'",
                    STR_ARG(n->name));
  diag_hint(l->diags, d, "build it as a view or a table, or make the access protected");
  diag_note(l->diags, d, other, built, "it is made ephemeral here");
}

void load_check_access(Load *l) {
  for (size_t i = 0; i < l->g->nnodes; i++) {
    const Node *n = l->g->nodes[i];
    if (has_group(n))
      check_group(l, n);
    check_public(l, n);
  }
}
