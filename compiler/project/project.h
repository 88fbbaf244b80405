// The project file (dbt_project.yml or project.yml), one per package, as structs.
#ifndef STARC_PROJECT_H
#define STARC_PROJECT_H
#include "../base/map.h"
#include "level.h"
#include "profile.h"
#include "yaml.h"

typedef struct Macro Macro;

// A package: the root project, one it depends on, or starc's own ("dbt", built-in macros).
typedef struct Package {
  Str name;
  Str root; // absolute folder; empty for built-in
  bool is_root, is_internal;
  uint32_t index; // in Project.packages
  Source source;  // the project file
  Yaml *yaml;     // its tree, as written
  Value config;   // the rendered file as a dict (vars and hooks not rendered, as dbt does)
  Str version;
  Str *model_paths, *seed_paths, *test_paths, *macro_paths, *snapshot_paths, *analysis_paths,
      *docs_paths, *asset_paths, *schema_paths, *function_paths, *osi_paths, *load_paths;
  size_t nmodel_paths, nseed_paths, ntest_paths, nmacro_paths, nsnapshot_paths, nanalysis_paths,
      ndocs_paths, nasset_paths, nschema_paths, nfunction_paths, nosi_paths, nload_paths;
  Value models, seeds, snapshots, tests, sources, exposures, unit_tests, metrics, semantic_models,
      saved_queries, analyses, functions,
      loads;             // config trees (dicts, keys as written with their +); empty dict if absent
  Value vars;            // as written
  const Yaml *vars_yaml; // the tree of vars.yml; NULL: there is none
  Value vars_file;       // of vars.yml, which then are its vars; undefined: there is none
  Value quoting;         // dict of database/schema/identifier -> bool, or empty
  Value dispatch;        // list of {macro_namespace, search_order}
  Value on_run_start, on_run_end;           // lists of text
  Value query_comment;                      // as written; undefined when absent
  Value flags;                              // `flags:` of the root project
  Str target_path, log_path, packages_path; // as written or the defaults
  Value clean_targets;
  Str profile_name;
  int64_t history_keep; // runs that the run history keeps; 0: none
  bool history_shared;  // in a table of the target, not in the project's folder
} Package;

struct Node; // of graph/

// What the command line and environment say that the compiler needs to know.
typedef struct ProjectOptions {
  Str project_dir;         // absolute or relative; empty: the working directory or a parent of it
  Str profiles_dir;        // empty: searched
  Str profile, target;     // empty: from the files
  bool allow_library;      // also a profile in the project's folder may name a library to load
  bool allow_files;        // and open files outside of it
  bool profiles_by_dotenv; // a file .env names the folder of profiles: it came with the project
  bool embedded;           // the target is the embedded warehouse, whatever the files say
  Value vars;              // --vars, a dict
  Source given[2];         // texts of the command line that values are slices of; empty: none
  int threads;             // of the compiler; 0: the machine's cores
  Str target_path;         // --target-path, empty: from the file
  int64_t now_us;          // what counts as the start of the run; 0: the clock's
  bool no_profile;         // the command works without one (deps, clean)
  bool no_packages;        // and without what the project depends on
  Str invocation_id;       // empty: a new one
  Str packages_path;       // empty: packages-install-path of the root project
  int64_t seed_hashed;     // bytes: bigger seeds are known by their path; 0: a MiB
  Str dbt_version;         // the release of dbt to behave as; empty: as the project allows
  int version_check; // whether a version that does not fit is an error: 1, -1: not, 0: as `flags:`
                     // say
  // What YAML can name beside the project: `flags` (a dict or undefined), log() and print().
  Value flags;
  void (*log)(void *data, const struct Node *node, Str text, bool info);
  void (*print)(void *data, Str text);
  void *data;
} ProjectOptions;

// One project being worked on: files read, profile chosen. Immutable after project_open and, for
// the graph, after load.
typedef struct Project {
  Arena *arena;
  const ProjectOptions *options;
  Str root;           // absolute folder of the root package
  Package **packages; // [0] is the root package, the last ones are internal
  size_t npackages;
  Map by_name;            // Package by name
  Profile *profile;       // NULL with options->no_profile
  Target *target;         // the chosen output of the profile
  Str target_dir;         // absolute, where artifacts go
  Value vars_cli;         // dict
  Str invocation_id;      // UUID text
  int64_t started_us;     // what counts as the start; microseconds since 1970, UTC
  Value *config_defaults; // by ConfigKind: what config_merge begins with, frozen
  DbtLevel level;         // the release of dbt that starc behaves as
  Str level_why;          // what chose it, for people
} Project;

// Reads the project file(s), the profile and the installed packages' project files. NULL: errors
// were recorded.
Project *project_open(Arena *a, const ProjectOptions *o, Diags *diags);

// var(name) as seen by a node of `package`, dbt's order: --vars, the root's vars for that package,
// the root's global vars, the package's own vars for itself, its global ones. False: nowhere.
bool project_var(const Project *p, const Package *package, Str name, Value *out);

// Its release of dbt alone, without a word about what is wrong with it; DBT_NEWEST where there is
// no project.
DbtLevel project_level(Arena *a, const ProjectOptions *o);

// On how many threads the compiler works: what was asked for, or the processors there are for us.
size_t project_threads(const Project *p);

// A flag of flag_defaults (level.h): what the root project's `flags:` say, else its default in the
// project's release of dbt. A flag that came with a later one is off.
bool project_flag(const Project *p, const char *name);
// Whether a ref in a package means the package's node before one of the root project.
bool project_ref_searches_own_package_first(const Project *p);

// Whether a required version that is not ours is an error; `root` is the root project's package.
bool versions_matter(const Project *project, const Package *root);

// One key of a project file; the table feeds checks, defaults and the reference page.
typedef struct ProjectKey {
  const char *name;
  unsigned types;       // bit set of TYPE_* (config.h)
  const char *fallback; // default as YAML text, NULL: none
  const char *doc;      // one line for the reference page
} ProjectKey;
extern const ProjectKey project_keys[]; // ends with name NULL

// The value of env_var(name): marks DBT_ENV_SECRET_* as secret. False: not set.
bool project_env(Arena *a, Str name, Str *out);

#endif
