// init --from-dbt: what is different for an existing dbt project. Each look takes the project as
// starc's own loader and command line read it, and adds findings; nothing is written.
#ifndef STARC_TASK_FROM_DBT_H
#define STARC_TASK_FROM_DBT_H
#include "../../compiler/base/vec.h"
#include "../run/run.h"

typedef enum LookArea {
  LOOK_PROJECT,
  LOOK_PROFILE,
  LOOK_PACKAGES,
  LOOK_COMMANDS,
  LOOK_ENVIRONMENT,
  LOOK_AREAS
} LookArea;

typedef enum LookWeight {
  LOOK_GOOD,  // taken as it is
  LOOK_OTHER, // otherwise than with dbt, or to be known; nothing stops
  LOOK_TODO   // has to be changed or set first
} LookWeight;

typedef struct LookFinding {
  LookArea area;
  LookWeight weight;
  Str file; // relative to the project; empty: none
  unsigned line;
  Str text, todo; // todo: what to write or to do; may be empty
} LookFinding;

typedef struct Look {
  Run *run; // of the command itself: its options, its terminal
  Arena *a;
  const Project *project; // its files alone: no profile, no packages
  const Graph *graph;     // NULL: the project does not parse
  const Profile *profile; // its outputs, none of them read; NULL: none was found
  bool embedded;          // the graph is read as for the embedded engine, for lack of a profile
  VEC(LookFinding) found;
  VEC(Str) variables; // that templates read
} Look;

// Adds a finding; texts live in l->a.
void look_add(Look *l, LookFinding f);
// The place of a node of YAML: "packages.yml", line 3.
LookFinding look_at(LookArea area, LookWeight weight, const Yaml *y);

// The outputs of the profile, and which driver each has.
void look_profile(Look *l);
// What packages.yml or dependencies.yml ask for, where macros are dispatched.
void look_packages(Look *l);
// Kinds of nodes that starc does not run, files that dbt's other tools read.
void look_features(Look *l);
// Command lines of dbt in files of CI, of containers and scripts: of the project's folder, and of
// the repository's around it. Each is read by the parser of starc's own command line.
void look_commands(Look *l);
// The variables that templates and profiles.yml read: which are not set.
void look_environment(Look *l);

// Looks at the project of r->options->init_from, and prints what is found. Gives the exit code: 0
// it is ready, 1 something has to be changed, 2 it cannot be read.
int from_dbt(Run *r);

#endif
