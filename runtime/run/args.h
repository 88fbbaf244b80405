// The options of a command as artifacts and templates have them.
#ifndef STARC_ARGS_H
#define STARC_ARGS_H
#include "run.h"

// The options of a command as run_results.json has them.
Value run_args(Arena *a, const Project *p, const RunOptions *o);
// `flags` as templates see it: the names that dbt has, in upper case, and no other.
Value run_flags(Arena *a, const RunOptions *o);
// The dict that an option's YAML text says; empty where it says none.
Value run_dict_of(Arena *a, Value text);

#endif
