// Connection settings: profiles.yml rendered and read into a Target.
#ifndef STARC_PROFILE_H
#define STARC_PROFILE_H
#include "../base/secret.h"
#include "../dialect/dialect.h"
#include "yaml.h"

// One output of a profile: where to build. Keys are dbt's; what an engine needs is in `keys`.
typedef struct Target {
  Str name; // "dev"
  Str profile_name;
  Str type;               // the dialect's and the adapter's: "postgres"
  Str driver;             // where a database has several: "http", "embedded"; else empty
  const Dialect *dialect; // of the chosen target; NULL for others
  Str database, schema;
  int threads;
  Value keys; // dict of all keys as given (aliases resolved: pass -> password, dbname ->
              // database...), passwords left out
  Secret password;
  const Yaml *yaml; // for places in messages; NULL for the default target
  bool is_default;  // no profile was found: the database that needs none
  bool inside;      // it runs inside starc: there is no server
  bool reads_only;  // where the database has no transaction for that, a session refuses to write
  // Files that the embedded engine may open: those of the project, whose folder this is (of targets
  // that are inside; else empty), and below further folders; or any. Loads of each target read
  // them.
  Str root;
  const Str *folders;
  size_t nfolders;
  bool any_file;
} Target;

typedef struct Profile {
  Str name;
  Str path; // of profiles.yml; empty when there is none
  Str dir;
  Source source;
  Target **targets;
  size_t ntargets;
  Target *target; // the one chosen; NULL: of profile_outputs
  Str chosen;     // its name; empty: it could not be told
} Profile;

typedef struct ProjectOptions ProjectOptions;
typedef struct Globals Globals;

// Finds profiles.yml and reads the profile called `name` (of --profile or the project file; empty:
// none is named; `name_at`: where the project file says it, or NULL), rendered with the names of
// `g`. `root` is the project's folder. The target is the embedded one where the options ask for it,
// or where there is no profiles.yml and nothing is named. NULL: errors were recorded.
Profile *profile_open(Arena *a, const Globals *g, const ProjectOptions *o, Str root, Str name,
                      const Yaml *name_at, Diags *diags);

// The same profile with its targets by name, type and YAML, none of which is read, so that one of
// another database is listed too. NULL: there is no file, no such profile, or nothing in it
// (recorded).
Profile *profile_outputs(Arena *a, const Globals *g, const ProjectOptions *o, Str root, Str name,
                         const Yaml *name_at, Diags *diags);

// A database that is only read from: `entry` is the key `from` and the keys of a target of
// profiles.yml, of which it needs no schema and no password. Variables that hold secrets may be
// named. NULL: errors were recorded.
Target *profile_source(Arena *a, const Globals *g, Str root, const struct YamlEntry *entry,
                       Diags *diags);

// Passwords that are written in a file of connections are shown nowhere from then on: those of the
// YAML, or where it is none (y: NULL) those that stand in the text. Safe from any thread.
void profile_hide(const struct Yaml *y, Str text);
// So are the password and the signature that an address has: "https://user:password@host/x?sig=..".
void profile_hide_address(Str path);

// One key that a profile may have; the table feeds checks, defaults and the reference page.
typedef struct ProfileKey {
  const char *name;  // dbt's name
  unsigned types;    // bit set of TYPE_* (config.h)
  const char *alias; // another accepted name, or NULL
  bool required;
  bool secret;                      // never shown
  bool stands_for;                  // of a connection that is read from: for what is required
  const char *fallback;             // default as YAML text, NULL: none
  const char *unused;               // why it has no effect, told where it is set; NULL: it has one
  const char *cure;                 // what to do instead
  const struct ProfileGuard *guard; // NULL: whoever wrote the project may set it
  const char *doc;                  // one line for the reference page
} ProfileKey;
extern const ProfileKey profile_keys[]; // those of every database; ends with name NULL
// The keys of a database's targets one after the other, common ones first. NULL: no more.
const ProfileKey *profile_key_at(const Dialect *d, size_t i);

// Where `starc init` can start: the profile that it writes.
typedef struct ProfileStart {
  const char *type;   // of --type
  const char *text;   // %NAME% is the project's name
  const char *server; // the variables that it reads, as a person is told them; NULL: none
} ProfileStart;

// The start of that type; of no type: the first of all. NULL: there is none.
const ProfileStart *profile_start(Str type);
const char *profile_start_types(void); // "embedded|clickhouse", one text for the whole process

// Makes a target of the same database inside the process: its data are in this folder and may be
// lost; all else is as the profile says. False: no engine of it runs inside starc.
bool target_inside(Arena *a, Target *t, Str folder);

// Reads a key of the target as text / int / bool, with a default. The engine's only way in.
Str target_str(const Target *t, Str key, Str otherwise);
int64_t target_int(const Target *t, Str key, int64_t otherwise);
bool target_bool(const Target *t, Str key, bool otherwise);
Value target_value(const Target *t, Str key); // undefined when absent

#endif
