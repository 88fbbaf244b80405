// In: a filled graph. Out: errors of nodes in groups that nobody defines, and of models whose
// access does not go with how they are built. Who may read whom is the graph's (graph_barrier).
#include "access.h"

#include "../graph/config_place.h"

// The place of a config key of a node, else its file.
static Span key_place(const Load *load, const Node *n, const char *key, const Source **src) {
  Span span = {0};
  *src = n->source;
  node_config_place(n, load->p->packages[0], str_c(key), src, &span);
  return span;
}

// --- groups

// What dbt looks at; the group of a generic test is that of what it tests.
static bool has_group(const Node *n) {
  bool generic = n->kind == NODE_TEST && n->test->generic;
  return n->group.len && !generic && n->kind != NODE_SOURCE && n->kind != NODE_UNIT_TEST;
}

typedef struct Grouped {
  const Node *node;
  const Source *src; // where its group is written: one line of the project file may be for many
  Span span;
  bool told;
} Grouped;

static void hint_group(Load *load, Diag *d, Str group) {
  size_t nnames = str_may_search(load->g->ngroups) ? load->g->ngroups : 0;
  Str *names = arena_array(load->a, Str, nnames);
  for (size_t i = 0; i < nnames; i++)
    names[i] = load->g->groups[i]->name;
  diag_lack(load->diags, d, LACK_ENTRY, group);
  if (!diag_nearest(load->diags, d, group, names, nnames))
    diag_hint(load->diags, d, "define it: groups: [{name: %.*s, owner: {name: ..}}]",
              STR_ARG(group));
}

// One finding for the first of `all` and for those behind it whose group is written at its place.
static void unknown_group(Load *load, Grouped *all, size_t n) {
  const Node *first = all->node;
  size_t others = 0;
  for (size_t i = 1; i < n; i++)
    if (all[i].src == all->src && all[i].span.len && all[i].span.at == all->span.at &&
        (all[i].node->kind == NODE_EXPOSURE) == (first->kind == NODE_EXPOSURE))
      all[i].told = ++others;
  Str more = others ? str_fmt(load->a, " (so are %zu more nodes)", others) : STR("");
  if (others == 1)
    more = STR(" (so is 1 more node)");
  Severity sev = first->kind == NODE_EXPOSURE ? SEV_WARNING : SEV_ERROR; // dbt lets it be
  Diag *d = diag_at(load->diags, sev, CODE_UNKNOWN_GROUP, all->src, all->span,
                    "'%.*s' is put in the group '%.*s', which is not defined%.*s",
                    STR_ARG(first->name), STR_ARG(first->group), STR_ARG(more));
  hint_group(load, d, first->group);
}

static void check_groups(Load *load) {
  Arena scratch = {0};
  Grouped *bad = arena_array(&scratch, Grouped, load->g->nnodes + 1);
  size_t n = 0;
  for (size_t i = 0; i < load->g->nnodes; i++) {
    const Node *node = load->g->nodes[i];
    if (!has_group(node) || map_get(&load->g->by_group, node->group))
      continue;
    bad[n] = (Grouped){.node = node};
    bad[n].span = key_place(load, node, "group", &bad[n].src);
    n++;
  }
  for (size_t i = 0; i < n; i++)
    if (!bad[i].told)
      unknown_group(load, bad + i, n - i);
  arena_free(&scratch);
}

// --- access

// What is public is read by other projects, and an ephemeral model is no relation to read.
static void check_public(Load *load, const Node *n) {
  if (n->kind != NODE_MODEL || !str_is(n->access, "public") ||
      !str_is(node_materialized(n), "ephemeral"))
    return;
  const Source *src, *other;
  Span span = key_place(load, n, "access", &src),
       built = key_place(load, n, "materialized", &other);
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_CONFLICTING_KEYS, src, span,
                    "the model '%.*s' is ephemeral, so it cannot have the access 'public'",
                    STR_ARG(n->name));
  diag_hint(load->diags, d, "build it as a view or a table, or make the access protected");
  diag_note(load->diags, d, other, built, "it is made ephemeral here");
}

void load_check_access(Load *load) {
  check_groups(load);
  for (size_t i = 0; i < load->g->nnodes; i++)
    check_public(load, load->g->nodes[i]);
}
