// What project.c, packages.c, history_key.c and version.c share. Nobody else includes it.
#ifndef STARC_PROJECT_PARTS_H
#define STARC_PROJECT_PARTS_H
#include "globals.h"

// A project while it is opened.
typedef struct Opening {
  Arena *arena;
  Project *project;
  const ProjectOptions *options;
  Globals globals; // without a project: var() is --vars and, for the root's own file, nothing else
  Diags *diags;
  bool ok;
} Opening;

// The project file of a folder: project.yml or dbt_project.yml. False: there is none or (an error
// was recorded) both are there.
bool project_file(Opening *o, Str dir, Str *path);

// Reads the text and the tree of a project file into a new package. NULL: an error was recorded.
Package *package_read(Opening *o, Str dir, Str file);

// Renders the tree and fills the package's fields. False: errors were recorded.
bool package_fill(Opening *o, Package *p);

// Reads vars.yml, if it is there, into `vars_file` of the root and what its project file may name.
// False: an error was recorded.
bool vars_file_read(Opening *o, Package *root);

// Appends installed, local and built-in packages to the project.
bool packages_open(Opening *o);

// Sets the project's `level`: what the options say, else the newest that `require-dbt-version` of
// the root project allows. False: an error was recorded.
bool level_choose(Opening *o, const Package *root);

// Checks `require-dbt-version` and `require-starc-version` of a package.
bool version_check(Opening *o, const Package *p);

// Reads `history:` of a project file, whose value is rendered. False: an error was recorded.
bool history_key_read(Opening *o, Package *p, Value v);

#endif
