// What a check found, for people: in: checked nodes, and warnings that their columns, YAML and
// state give; what the configs and options say of each kind. Out: findings that are errors,
// warnings or silenced, and how many of each kind there are.
//
//   findings_init(&f, r);
//   findings_of_nodes(&f, &names, &checked);   // whoever finds something records it in r->diags,
//   diag_at(&r->diags, ..), findings_take(&f, n);   // and has it taken as about a node
//   good = findings_tell(&f);
#ifndef STARC_CHECK_FINDINGS_H
#define STARC_CHECK_FINDINGS_H
#include "check.h"

struct Names;

typedef struct Finding {
  Diag *diag; // in the run's arena
  const Node *node;
  bool held;     // a result holds it, for reports
  bool silenced; // by config or an option
} Finding;

typedef struct Findings {
  Run *run;
  Finding *items;
  size_t n, cap;
  const CheckedNode **of; // by Node.index; NULL: not looked at
  Map tested;             // places of columns that a test looks at and that are not there
} Findings;

void findings_init(Findings *f, Run *r);
// Takes what the run's diags hold as findings about a node.
void findings_take(Findings *f, const Node *n);

// Whether a finding of that code about a node is not told, by config or an option.
bool finding_is_silenced(const Run *r, const Node *n, Code code);

// What the database refused, where a test looks at a column that is not there told once; columns
// that YAML lists in vain; relations that are not there and are named by hand. Results of what is
// silenced, or made a warning, are good ones then.
void findings_of_nodes(Findings *f, const struct Names *names, const Checked *checked);

// A warning for each node that was left (guard.h); of those that miss the same thing one.
void findings_of_left(Findings *f, const Checked *checked);

// Tells them, warnings first. False: one is an error.
bool findings_tell(const Findings *f);

// "2 errors: 1 missing-column, 1 sql-type", and so for warnings and silenced ones: a line each.
void findings_tell_kinds(const Findings *f);

#endif
