// The releases of dbt that starc behaves as, one of them for a project, and the flags whose
// defaults differ between them. Only data and lookup: which release a project means is chosen in
// version.c.
#ifndef STARC_LEVEL_H
#define STARC_LEVEL_H
#include "../base/str.h"

// In order of age: what a release brought holds for it and all behind it.
typedef enum DbtLevel { DBT_1_11, DBT_1_12, DBT_LEVELS, DBT_NEWEST = DBT_LEVELS - 1 } DbtLevel;

typedef struct DbtRelease {
  const char *level;   // "1.11", as --dbt-version takes it
  const char *version; // the patch that starc answers as: dbt_version, --version, artifacts
} DbtRelease;
extern const DbtRelease dbt_releases[DBT_LEVELS];

// The release that a text names: "1.11", "1.11.3". False: none of them.
bool dbt_level_parse(Str text, DbtLevel *out);

// A key of `flags:` that no option of the command line has.
typedef struct FlagDefault {
  const char *name;
  DbtLevel since;      // no earlier release knows it
  bool on[DBT_LEVELS]; // where the project says nothing
} FlagDefault;
extern const FlagDefault flag_defaults[]; // ends with name NULL

// The row of a flag; NULL: there is none of this name.
const FlagDefault *flag_default_find(Str name);

#endif
