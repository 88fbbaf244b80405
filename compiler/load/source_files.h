// Sources that are files.
#ifndef STARC_LOAD_SOURCE_FILES_H
#define STARC_LOAD_SOURCE_FILES_H
#include "internal.h"

// Where the config of an enabled source says where its files lie (`location`, or dbt-duckdb's
// `external_location`, also below `meta`): fills SourceInfo.location and .reads. What is wrong is
// recorded at its place; a target that cannot read files is, for `location`, too.
void load_source_files(Load *load, Node *n);

// Hides the secrets that the config of an external model has written out, before anything shows
// them.
void load_hide_model_keys(const Node *n);

#endif
