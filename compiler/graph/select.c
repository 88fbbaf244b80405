// In: --select, --exclude, --selector. Out: one flag per node. Criteria come from spec.c and
// methods.c; here are relatives, the tests that come along, and the combining of sets.
#include "spec.h"

// Two sets as dbt keeps them: chosen for sure, and tests that wait for their other parents.
typedef struct Sets {
  uint64_t *direct, *indirect;
} Sets;

typedef struct Select {
  Search search;
  const Graph *g;
  size_t words;    // 64-bit words of a set
  uint64_t *free;  // sets given back, chained through their first word
  uint32_t *queue; // room for a walk over all nodes
} Select;

static uint64_t *set_new(Select *s) {
  uint64_t *bits = s->free;
  if (bits) {
    memcpy(&s->free, bits, sizeof s->free);
    memset(bits, 0, s->words * sizeof *bits);
    return bits;
  }
  return arena_array(s->search.a, uint64_t, s->words);
}

static void set_free(Select *s, uint64_t *bits) {
  memcpy(bits, &s->free, sizeof s->free);
  s->free = bits;
}

static uint64_t *set_copy(Select *s, const uint64_t *from) {
  uint64_t *bits = set_new(s);
  memcpy(bits, from, s->words * sizeof *bits);
  return bits;
}

static void set_or(Select *s, uint64_t *into, const uint64_t *from) {
  for (size_t i = 0; i < s->words; i++)
    into[i] |= from[i];
}

#define EACH_BIT(s, bits, i)                                                                       \
  for (size_t w_ = 0; w_ < (s)->words; w_++)                                                       \
    for (uint64_t b_ = (bits)[w_]; b_; b_ &= b_ - 1)                                               \
      for (size_t i = w_ * 64 + (size_t)__builtin_ctzll(b_), once_ = 1; once_; once_ = 0)

// --- relatives

// Adds all nodes within `depth` steps of `from` (up: parents) to `into`, which need not hold from.
static void add_relatives(Select *s, const uint64_t *from, uint64_t *into, bool up,
                          uint32_t depth) {
  uint64_t *seen = set_new(s);
  size_t n = 0, next = 0;
  EACH_BIT(s, from, i)
  s->queue[n++] = (uint32_t)i;
  // A node of `from` is queued once for its own sake; it is met again only as a relative.
  for (uint32_t step = 0; step < depth && next < n; step++) {
    for (size_t end = n; next < end; next++) {
      const Node *node = s->g->nodes[s->queue[next]];
      size_t count = up ? node->nneeds : node->nfeeds;
      for (size_t k = 0; k < count; k++) {
        uint32_t r = (up ? node->needs[k] : node->feeds[k])->index;
        if (bit_get(seen, r))
          continue;
        bit_set(seen, r);
        s->queue[n++] = r;
      }
    }
  }
  set_or(s, into, seen);
  set_free(s, seen);
}

static void add_neighbors(Select *s, const Spec *spec, uint64_t *bits) {
  if (!spec->childrens_parents && !spec->parents && !spec->children)
    return;
  if (method_is_by_column(spec->method)) {
    if (spec->childrens_parents) // what the family is built from
      add_relatives(s, bits, bits, true, UINT32_MAX);
    return;
  }
  uint64_t *start = set_copy(s, bits);
  if (spec->childrens_parents) {
    uint64_t *family = set_copy(s, start);
    add_relatives(s, start, family, false, UINT32_MAX);
    add_relatives(s, family, bits, true, UINT32_MAX);
    set_or(s, bits, family);
    set_free(s, family);
  }
  if (spec->parents)
    add_relatives(s, start, bits, true, spec->parents_depth);
  if (spec->children)
    add_relatives(s, start, bits, false, spec->children_depth);
  set_free(s, start);
}

// --- tests that come along with what they test

static bool all_parents_in(const Node *n, const uint64_t *bits) {
  for (size_t i = 0; i < n->nneeds; i++)
    if (!bit_get(bits, n->needs[i]->index))
      return false;
  return true;
}

// among: those that may come; NULL: all.
static void expand(Select *s, Indirect how, const uint64_t *among, Sets *sets) {
  uint64_t *selected = set_copy(s, sets->direct), *family = NULL;
  if (how == INDIRECT_BUILDABLE) {
    family = set_copy(s, selected);
    add_relatives(s, selected, family, true, UINT32_MAX);
    for (size_t i = 0; i < s->g->nnodes; i++)
      if (s->g->nodes[i]->kind == NODE_SOURCE)
        bit_set(family, i);
  }
  EACH_BIT(s, selected, i) {
    const Node *node = s->g->nodes[i];
    for (size_t k = 0; k < node->nfeeds; k++) {
      const Node *test = node->feeds[k];
      if (!node_is_test(test) || (among && !bit_get(among, test->index)))
        continue;
      bool now = how == INDIRECT_EAGER || all_parents_in(test, selected) ||
                 (family && all_parents_in(test, family));
      bit_set(now ? sets->direct : sets->indirect, test->index);
    }
  }
  set_free(s, selected);
  if (family)
    set_free(s, family);
}

// Tests that waited and whose parents are all there now.
static void incorporate(Select *s, Indirect how, Sets *sets) {
  if (how != INDIRECT_CAUTIOUS && how != INDIRECT_BUILDABLE)
    return;
  uint64_t *family = set_copy(s, sets->direct);
  if (how == INDIRECT_BUILDABLE)
    add_relatives(s, sets->direct, family, true, UINT32_MAX);
  EACH_BIT(s, sets->indirect, i)
  if (s->g->nodes[i]->kind <= NODE_OPERATION &&
      all_parents_in(s->g->nodes[i], how == INDIRECT_CAUTIOUS ? sets->direct : family))
    bit_set(sets->direct, i);
  set_free(s, family);
}

// --- criteria and combinations

static Sets evaluate(Select *s, const Spec *spec);

static Sets criterion(Select *s, const Spec *spec) {
  Sets out = {set_new(s), set_new(s)};
  s->search.spec = spec;
  s->search.bits = out.direct;
  s->search.tests = method_is_by_column(spec->method) ? set_new(s) : NULL;
  spec->method->search(&s->search, val_to_str(s->search.a, spec->value));
  uint64_t *among = s->search.tests;
  for (size_t i = 0; i < spec->nparts; i++) {
    Sets part = evaluate(s, spec->parts[i]);
    set_or(s, out.direct, part.direct);
    set_free(s, part.direct);
    set_free(s, part.indirect);
  }
  add_neighbors(s, spec, out.direct);
  if (spec->indirect != INDIRECT_EMPTY)
    expand(s, spec->indirect, among, &out);
  if (among)
    set_free(s, among);
  return out;
}

static void combine_words(SpecKind kind, bool first, uint64_t *into, const uint64_t *part,
                          size_t n) {
  for (size_t i = 0; i < n; i++)
    into[i] = first                       ? part[i]
              : kind == SPEC_UNION        ? into[i] | part[i]
              : kind == SPEC_INTERSECTION ? into[i] & part[i]
                                          : into[i] & ~part[i];
}

static bool is_empty(const Select *s, const uint64_t *bits) {
  for (size_t i = 0; i < s->words; i++)
    if (bits[i])
      return false;
  return true;
}

// For a word that is a plain name: the nearest name of a node.
static void hint_name(Select *s, Diag *d, const Spec *spec) {
  while (spec->kind != SPEC_CRITERION && spec->nparts == 1)
    spec = spec->parts[0];
  if (spec->kind != SPEC_CRITERION || spec->value.kind != VAL_STR ||
      !str_is(str_c(spec->method->name), "fqn"))
    return;
  const Graph *g = s->search.g;
  Str *names = arena_array(s->search.a, Str, g->nnodes + 1), name = val_text(spec->value);
  size_t n = 0;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *node = g->nodes[i];
    bool hidden = node->kind == NODE_LOAD && !s->search.loads_only;
    if (hidden && (str_eq(name, node->name) || str_eq(name, node->load->table))) {
      diag_hint(s->search.diags, d, "a load is selected as load:%.*s", STR_ARG(node->name));
      return;
    }
    if (node->kind != NODE_TEST && !hidden)
      names[n++] = node->name;
  }
  if (name.len > 2)
    diag_nearest(s->search.diags, d, name, names, n);
}

static Sets combination(Select *s, const Spec *spec) {
  Sets out = {set_new(s), set_new(s)};
  for (size_t i = 0; i < spec->nparts; i++) {
    Sets part = evaluate(s, spec->parts[i]);
    set_or(s, part.indirect, part.direct);
    combine_words(spec->kind, i == 0, out.direct, part.direct, s->words);
    combine_words(spec->kind, i == 0, out.indirect, part.indirect, s->words);
    set_free(s, part.direct);
    set_free(s, part.indirect);
  }
  incorporate(s, spec->indirect, &out);
  if (spec->expect && !s->search.failed && is_empty(s, out.direct)) {
    Diag *d = diag_at(s->search.diags, SEV_WARNING, CODE_NOTHING_SELECTED, spec->src, spec->span,
                      "no enabled node matches the selection criterion '%.*s'", STR_ARG(spec->raw));
    diag_part(s->search.diags, d, "spec_raw", spec->raw);
    hint_name(s, d, spec);
  }
  return out;
}

static Sets evaluate(Select *s, const Spec *spec) {
  return spec->kind == SPEC_CRITERION ? criterion(s, spec) : combination(s, spec);
}

// --- reading the request

static Spec *everything(Arena *a, Indirect indirect) {
  Spec *any = spec_new(a, SPEC_UNION);
  static const char *const names[] = {"fqn", "source", "load"};
  for (int i = 0; i < (int)COUNT(names); i++) {
    Spec *all = spec_new(a, SPEC_CRITERION);
    all->method = select_method(str_c(names[i]));
    all->value = val_lit("*");
    all->raw = STR("*");
    all->indirect = indirect;
    spec_add(a, any, all);
  }
  any->indirect = indirect;
  return any;
}

static Spec *request(Arena *a, const Graph *g, const Selection *sel, Diags *diags) {
  SpecReader r = {.a = a, .g = g, .diags = diags};
  if (sel->indirect.len && !spec_indirect(sel->indirect, &r.indirect)) {
    Diag *d = diag_error(diags, CODE_OPTION_VALUE, STR("--indirect-selection"),
                         "unknown way '%.*s'", STR_ARG(sel->indirect));
    diag_hint(diags, d, "eager, cautious, buildable or empty");
    return NULL;
  }
  if (sel->selector.len)
    return spec_named(&r, sel->selector, NULL);
  if (!sel->nselect && !sel->nexclude && spec_default(g).len)
    return spec_named(&r, spec_default(g), NULL);
  Spec *include =
      sel->nselect ? spec_union(&r, sel->select, sel->nselect, true) : everything(a, r.indirect);
  Spec *exclude = spec_union(&r, sel->exclude, sel->nexclude, true);
  if (!include || !exclude)
    return NULL;
  if (!exclude->nparts)
    return include;
  Spec *d = spec_new(a, SPEC_DIFFERENCE);
  spec_add(a, d, include);
  spec_add(a, d, exclude);
  return d;
}

static size_t count_criteria(const Spec *s) {
  size_t n = s->kind == SPEC_CRITERION;
  for (size_t i = 0; i < s->nparts; i++)
    n += count_criteria(s->parts[i]);
  return n;
}

static const Str kind_words[] = {STR_INIT("all"), STR_INIT("default")};

// The kinds that a list of --resource-type words names.
static bool kind_mask(const Str *words, size_t n, unsigned *mask, Diags *diags) {
  *mask = 0;
  for (size_t i = 0; i < n; i++) {
    unsigned bit = str_eq(words[i], kind_words[0]) || str_eq(words[i], kind_words[1]) ? ~0u : 0;
    for (unsigned k = 0; k < NODE_KINDS; k++)
      if (str_eq(node_kind_names[k], words[i]))
        bit = 1u << k;
    if (!bit) {
      Diag *d = diag_error(diags, CODE_OPTION_VALUE, STR("--resource-type"),
                           "unknown resource type '%.*s'", STR_ARG(words[i]));
      diag_nearest(diags, d, words[i], node_kind_names, NODE_KINDS);
      return false;
    }
    *mask |= bit;
  }
  return true;
}

// Depth of what the arguments say is bounded by spec.c, so that evaluate() may recurse.
bool *select_nodes(Arena *a, const Graph *g, const Selection *sel, unsigned kinds, Diags *diags) {
  unsigned only, not ;
  if (!kind_mask(sel->resource_types, sel->nresource_types, &only, diags) ||
      !kind_mask(sel->exclude_resource_types, sel->nexclude_resource_types, &not, diags))
    return NULL;
  kinds &= sel->nresource_types ? only : ~0u;
  kinds &= ~not ;
  Spec *spec = request(a, g, sel, diags);
  if (!spec)
    return NULL;
  enum { INDEX_PAYS = 24 };
  Select s = {
      .search = {.a = a,
                 .g = g,
                 .state = sel->state,
                 .columns = sel->columns,
                 .loads_only = kinds == 1u << NODE_LOAD || (!sel->nselect && !sel->selector.len),
                 .diags = diags},
      .g = g
  };
  s.words = g->nnodes / 64 + 1;
  s.queue = arena_array(a, uint32_t, g->nnodes * 2 + 1);
  if (count_criteria(spec) >= INDEX_PAYS)
    select_index_build(&s.search);
  Sets sets = evaluate(&s, spec);
  if (s.search.failed)
    return NULL;
  bool *out = arena_array(a, bool, g->nnodes + 1);
  for (size_t i = 0; i < g->nnodes; i++)
    out[i] = bit_get(sets.direct, i) && kinds >> g->nodes[i]->kind & 1;
  return out;
}
