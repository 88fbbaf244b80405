// What schema files lack of the columns that relations have. In: nodes with their columns. Out: for
// each file the additions, not written yet. Leaves the columns to runtime/check, the text to
// project/yaml_edit.
#ifndef STARC_SYNC_PLAN_H
#define STARC_SYNC_PLAN_H
#include "../../compiler/project/yaml_edit.h"
#include "../run/run.h"

typedef struct SyncColumn {
  Str name, type;
  Str description; // of the column that it is the same as, as it is written there; empty: none
} SyncColumn;

typedef struct SyncNode {
  const Node *node; // model, seed, snapshot or source of the project itself
  SyncColumn *columns;
  size_t n;
} SyncNode;

typedef struct SyncCounts {
  size_t entries, columns, types, descriptions, retyped;
} SyncCounts;

// A file that is changed.
typedef struct SyncFile {
  Str path, shown; // absolute; for people
  Source *src;     // of a new file without text
  bool is_new;
  YamlEdit edit;
  SyncCounts added;
  // Where new entries go: what was added to each section that the file lacks.
  Value section[4]; // lists of entries, by kind; undefined: none
} SyncFile;

typedef struct SyncPlan {
  Run *run;
  VEC(SyncFile *) files;
  PtrMap of_source; // Source -> SyncFile
  Map of_path;      // absolute path -> SyncFile
  Map same_types;   // "written\0type": two names of one type -> anything
} SyncPlan;

// Two names that mean one type; added before sync_plan.
void sync_same_type(SyncPlan *p, Str written, Str type);
bool sync_is_same_type(const SyncPlan *p, Str written, Str type);

// Fills the plan. What differs and is not changed is a warning in the run's findings, what cannot
// be written an error.
void sync_plan(SyncPlan *p, const SyncNode *nodes, size_t n);

// The file in which a node without an entry gets one (where.c): beside those of its folder.
SyncFile *sync_file_for(SyncPlan *p, const Node *n);
// The file of that source, or of that path, which may not be there yet.
SyncFile *sync_file_of(SyncPlan *p, const Source *src);
SyncFile *sync_file_at(SyncPlan *p, Str path);

#endif
