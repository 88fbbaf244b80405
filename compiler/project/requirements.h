// What a project asks for in packages.yml or dependencies.yml, and what package-lock.yml pins. In:
// a file, or a list out of a hub's index. Out: one struct per package, with its place. Fetching
// them is runtime/deps's.
#ifndef STARC_REQUIREMENTS_H
#define STARC_REQUIREMENTS_H
#include "globals.h"

typedef enum RequireKind { REQUIRE_HUB, REQUIRE_GIT, REQUIRE_LOCAL, REQUIRE_TARBALL } RequireKind;
extern const Str require_keys[]; // "package", "git", "local", "tarball"

// One item of `packages:`.
typedef struct Require {
  RequireKind kind;
  Str what;      // rendered: "org/name", a URL, a folder; may hold a token
  Str written;   // the same as written: what messages and the lock file show
  Str *versions; // hub: ">=1.0.0" ...
  size_t nversions;
  bool prerelease;
  Str revision, subdirectory; // git; empty: not given
  bool warn_unpinned;
  bool is_private;       // git: `private: org/repo`, which `written` is
  Str provider;          // of it, as written; empty: not given
  Str name;              // `name:`, empty: not given
  Value rendered, plain; // the item's dict, rendered and as written
  const Yaml *yaml;      // its place; NULL: out of a hub's index
} Require;

// A file of them.
typedef struct Requirements {
  Str file;             // "packages.yml"; empty: the project has none
  const Source *source; // in the arena: findings refer to it
  const Yaml *yaml;     // the list, NULL: there is none
  Require *items;
  size_t n;
  Str lock_hash; // package-lock.yml: sha1_hash
} Requirements;

// Reads packages.yml or dependencies.yml of a folder (no file: none of them). env_var in
// packages.yml may name secrets. False: errors were recorded.
bool requirements_read(Arena *a, const Globals *g, Str dir, Requirements *out, Diags *diags);
// Reads one file of that form, package-lock.yml.
bool requirements_read_file(Arena *a, const Globals *g, Str dir, Str file, Requirements *out,
                            Diags *diags);
// The same of a list in a hub's index; `shown` names it in messages.
bool requirements_of(Arena *a, Value list, Str shown, Requirements *out, Diags *diags);

// dbt's sha1 of a list of packages, hex: a lock file that holds it was made from that list.
Str requirements_hash(Arena *a, const Requirements *r);

// Text of a URL without what could be a password or token: for messages.
Str url_shown(Arena *a, Str url);
#endif
