// The names every template of dbt may use (dbt's base and target contexts): var, env_var, return,
// fromjson, tojson, set, zip, log, flags, target, ... In: a project, or less. Out: a lookup that
// context/ puts under its own names, and a Host for YAML values and profiles.
#ifndef STARC_GLOBALS_H
#define STARC_GLOBALS_H
#include "../template/eval.h"
#include "project.h"

// The manifest's and the log's word for starc itself is in the cli; require-starc-version reads it.
#ifndef STARC_VERSION
#define STARC_VERSION "0.1.0"
#endif

// What the names answer with. Read only while evaluations run, so threads may share one. Anything
// may be zero: a profile is rendered before there is a project or a target.
typedef struct Globals {
  const Project *project;  // var() of packages; NULL: vars_cli alone
  const Package *package;  // whose vars come first; NULL: the root's
  const Target *target;    // NULL: `target` is undefined
  Value vars_cli;          // --vars, a dict; undefined: none
  Value vars_file;         // of vars.yml, for the root's own file; undefined: none
  Value flags;             // dict of upper-case names; undefined: none. Unknown names: undefined
  bool vars_as_written;    // var() gives a var that is a template as its text (schema files of dbt)
  Value target_dict;       // `target` as templates see it; made by globals_target
  Str project_name;        // of the root package; empty: `project_name` is undefined
  Str invocation_id;       // UUID text
  Str thread;              // thread_id; empty: "MainThread"
  int64_t started_us;      // run_started_at
  DbtLevel level;          // dbt_version
  bool secrets;            // env_var may read DBT_ENV_SECRET_* (profiles.yml, packages.yml)
  bool execute;            // false: var() of a missing name is none instead of an error
  bool lenient_vars;       // as execute = false does, for parse-time contexts
  const struct Node *node; // whose text this is, for log(); NULL: none
  // NULL: dropped. info: log(.., info=true)
  void (*log)(void *data, const struct Node *node, Str text, bool info);
  void (*print)(void *data, Str text);
  void *data;
} Globals;

// Fills the struct from an opened project (its root package); `target` is made in the arena.
void globals_init(Arena *a, Globals *g, const Project *p);
// What the options say of `flags`, log() and print().
void globals_options(Globals *g, const ProjectOptions *o);

// A name of the base or target context: true and *out. `context` and `builtins` are context/'s.
// The lookup is a hash of const tables: no allocation but for the value.
bool globals_lookup(const Globals *g, Eval *ev, Str name, Value *out);
// The names it knows; NULL behind the last. One that is no function has no fn, and no signature
// where it cannot be called.
const Native *globals_name(size_t i);
extern const Native var_methods[];
// The names themselves, for nearest-name hints and the reference page.
const Str *globals_names(size_t *n);

// The dict that templates see as `target`: the profile's keys without passwords, and name,
// target_name, profile_name, type, threads, schema, database.
Value globals_target(Arena *a, const Target *t);

// `target` where no profile is read (deps, clean): an empty dict in which every key gives ''.
Value globals_no_target(Arena *a);

// A Host whose data is `g`: for YAML values and profiles.
Host globals_host(const Globals *g);

// Renders text natively (template_render_native) with these names. A text without "{{", "{%" and
// "{#" comes back as it is, without a template being made. False: an error was recorded.
bool globals_render(Arena *a, const Globals *g, const Source *src, Value *out, Diags *diags);

// Renders every string in a tree of YAML to a Value. `keep` (may be NULL) says for a path of keys
// (list positions are VAL_INT) that it is left as written.
typedef bool KeepFn(const void *data, const Value *path, size_t n);
bool globals_render_yaml(Arena *a, const Globals *g, const Yaml *y, KeepFn *keep, const void *data,
                         Value *out, Diags *diags);

// The same in place, so that the tree keeps its places: each string that is a template becomes what
// it gives.
bool globals_render_scalars(Arena *a, const Globals *g, Yaml *y, Diags *diags);

#endif
