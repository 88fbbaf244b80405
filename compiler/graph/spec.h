// graph/'s own: what a selection says, as a tree. In: text of a command line or selectors.yml.
#ifndef STARC_SPEC_H
#define STARC_SPEC_H
#include "select.h"

typedef enum Indirect {
  INDIRECT_EAGER,
  INDIRECT_CAUTIOUS,
  INDIRECT_BUILDABLE,
  INDIRECT_EMPTY
} Indirect;
typedef enum SpecKind { SPEC_CRITERION, SPEC_UNION, SPEC_INTERSECTION, SPEC_DIFFERENCE } SpecKind;
typedef struct Method Method;

typedef struct Spec {
  SpecKind kind;
  Str raw;           // as written, for messages
  const Source *src; // selectors.yml, or NULL
  Span span;
  Indirect indirect;
  bool expect;         // a warning when nothing matches
  struct Spec **parts; // of a union, intersection or difference (first less the others)
  size_t nparts, cap;
  // SPEC_CRITERION; one of method "selector" has the definitions it names as parts
  const Method *method;
  Str args; // "meta.owner" of config.meta.owner
  Value value;
  bool childrens_parents, parents, children;
  uint32_t parents_depth, children_depth; // UINT32_MAX: all
} Spec;

typedef struct SpecReader {
  Arena *a;
  const Graph *g;
  Diags *diags;
  Indirect indirect; // the command line's
  Str *open;         // names of selectors being read, against circles
  size_t nopen;
  size_t nnamed; // selectors that the one at hand has named, also through others
} SpecReader;

// One word like "2+tag:x+1". NULL: an error was recorded.
Spec *spec_word(SpecReader *r, Str raw, const Source *src, Span span);
// A union of arguments, each split at spaces (union) and commas (intersection).
Spec *spec_union(SpecReader *r, const Str *args, size_t n, bool expect);
// A named definition of selectors.yml. at: where the name was written there, NULL: on the command
// line.
Spec *spec_named(SpecReader *r, Str name, const Yaml *at);
// The name of the selector with default: true; empty when there is none.
Str spec_default(const Graph *g);
Spec *spec_new(Arena *a, SpecKind kind);
void spec_add(Arena *a, Spec *s, Spec *part);
bool spec_indirect(Str word, Indirect *out);

// --- methods.c
// What one search needs: the graph, its indexes, where findings go.
typedef struct Search {
  Arena *a;
  const Graph *g;
  const struct StateIndex *state;
  Diags *diags;
  const Spec *spec;
  const SelectColumns *columns;
  uint64_t *bits;  // the result, one bit per node
  uint64_t *tests; // of a method that finds them itself: the tests that may come along
  bool failed;
  bool loads_only; // nothing but loads is asked for: then names, packages and states find them too
  struct SelectIndex *index; // NULL until there are criteria enough to pay for one
} Search;

// A way to pick nodes: "tag", "path", ... In dbt's order.
struct Method {
  const char *name;
  void (*search)(Search *s, Str value);
};
extern const Method methods[]; // ends with name NULL
const Method *select_method(Str name);
// Whether its search finds relatives itself, and the tests that may come along.
bool method_is_by_column(const Method *m);
Str method_nearest(Str name);
void select_index_build(Search *s);

static inline void bit_set(uint64_t *bits, size_t i) { bits[i / 64] |= (uint64_t)1 << (i % 64); }
static inline bool bit_get(const uint64_t *bits, size_t i) { return bits[i / 64] >> (i % 64) & 1; }

#endif
