// Relations that a model reads under a name of its own writing: no edge of the graph says that it
// reads them. In: an open check, which is watched. Out: findings.
//
//   names_init(&names, r);
//   Check *k = check_open(r, bits);
//   names_watch(&names, k);          // then check_nodes
//   names_tell(&names, &findings);
#ifndef STARC_CHECK_NAMES_H
#define STARC_CHECK_NAMES_H
#include "findings.h"

typedef struct ByHand ByHand;
typedef struct KnownReads KnownReads;

typedef struct Names {
  Run *run;
  bool inside; // the place is an engine without what others load
  Str *shown;  // by Node.index: its relation in the target
  Map there;   // schema and relation in the target -> the node that makes it, or the source
  Map here;    // the same in the place of the check
  Map named;   // relation -> the nodes that are called so
  KnownReads *known;
  ByHand *items;
  size_t n, cap;
} Names;

// Reads what the graph's nodes are called in the target: before check_open, which renames them.
void names_init(Names *w, Run *r);
// From now on the place is asked what the relations of good nodes read, while they stand.
void names_watch(Names *w, Check *k);
// Takes a warning for each name that is not from ref(), source() or `this`.
void names_tell(const Names *w, Findings *f);

// The node whose relation a failed node names by hand, going by what the database said. NULL: none.
const Node *names_missing(const Names *w, const Node *n, Str message);
// That as a finding.
Diag *names_missing_diag(const Names *w, Diags *d, const Node *n, const Node *of);

#endif
