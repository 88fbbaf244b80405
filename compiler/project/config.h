// Config keys: one table of all that are known, and the merge of the layers that set them. In: the
// project files' trees, a node's properties and its config() call. Out: the effective config.
#ifndef STARC_CONFIG_H
#define STARC_CONFIG_H
#include "globals.h"

typedef enum ConfigKind {
  CONFIG_MODEL,
  CONFIG_SEED,
  CONFIG_SNAPSHOT,
  CONFIG_TEST,
  CONFIG_SOURCE,
  CONFIG_EXPOSURE,
  CONFIG_UNIT_TEST,
  CONFIG_METRIC,
  CONFIG_SEMANTIC_MODEL,
  CONFIG_SAVED_QUERY,
  CONFIG_FUNCTION,
  CONFIG_LOAD,     // tables of loads, of which dbt knows nothing
  CONFIG_ANALYSIS, // where the project's flag gives analyses a tree of their own
  CONFIG_NODE, // analyses and operations: under models: in the trees, without what only models have
  CONFIG_GROUP, // the same, all but meta unknown
  CONFIG_KINDS
} ConfigKind;

typedef enum ConfigMerge {
  MERGE_REPLACE, // the later layer wins
  MERGE_APPEND,  // lists grow: tags, hooks, packages
  MERGE_UPDATE,  // dicts: later keys over earlier ones
  MERGE_GRANTS   // dict of lists; a key with + adds to its list
} ConfigMerge;

typedef enum ConfigType { // bits: what a value may be; none is always allowed where dbt allows it
  TYPE_ANY = 0,
  TYPE_BOOL = 1,
  TYPE_INT = 2,
  TYPE_STR = 4,
  TYPE_LIST = 8,
  TYPE_DICT = 16,
  TYPE_FLOAT = 32,
  TYPE_ANY_CASE = 64 // not a type: the words that a key takes may be written in any case
} ConfigType;

// A row of the table.
typedef struct ConfigKey {
  const char *name;  // as in the manifest ("pre-hook")
  unsigned kinds;    // bit set of 1 << ConfigKind
  unsigned types;    // bit set of ConfigType
  const char *alias; // another spelling that is accepted ("pre_hook"), or NULL
  ConfigMerge merge;
  const char *fallback; // default as YAML text ("view", "[]"); NULL: absent until set
  const char *values;   // the only words allowed, separated by spaces, or NULL
  DbtLevel since;       // an earlier release of dbt has no default for it
  const char *doc;      // one line for the reference page
  // How it is written: arguments of config() where models have the key, else lines of YAML; the
  // key's own name is in it.
  const char *example;
  ConfigKind of;    // the kind of its example, where that is not the first that has the key
  const char *more; // the page of docs/ that tells more, with its heading: "load.md#running"
  bool server;      // of ClickHouse: a server alone has what it is about
} ConfigKey;
extern const ConfigKey config_keys[]; // those of every database; ends with name NULL

enum { // sets of kinds and types that tables of keys are written with
  CONFIG_OF_MODELS = 1 << CONFIG_MODEL | 1 << CONFIG_NODE | 1 << CONFIG_ANALYSIS,
  CONFIG_OF_BUILT =
      CONFIG_OF_MODELS | 1 << CONFIG_SEED | 1 << CONFIG_SNAPSHOT | 1 << CONFIG_FUNCTION,
  CONFIG_OF_TABLES = CONFIG_OF_BUILT | 1 << CONFIG_LOAD,
  CONFIG_TEXTS = TYPE_STR | TYPE_LIST,
  CONFIG_WORD = TYPE_STR | TYPE_ANY_CASE
};

// The config of one database.
typedef struct ConfigRules {
  const ConfigKey *keys; // beside config_keys; ends with name NULL
  size_t n;              // how many
  // Those that come before others which are not standard, as dbt's adapter declares them; ends with
  // NULL.
  const char *const *order;
  // Keys of models in config_keys that this database alone does something with, for the reference
  // page; ends with NULL. NULL: none.
  const char *const *alone;
} ConfigRules;

// What analyses are: as of dbt 1.12, by the flag require_corrected_analysis_fqns, their tree is
// `analyses:`, else it is that of models.
ConfigKind config_of_analyses(const Project *p);
// The key of that name or alias for a kind, of every database; of two databases that of the target
// (NULL: none is chosen). NULL: not known.
const ConfigKey *config_key(ConfigKind kind, Str name, const Target *t);
// The database that alone has the key; NULL: every one has it.
const Dialect *config_key_owner(const ConfigKey *k);

// What config_merge puts together, lowest layer first: defaults, the package's own project tree,
// the properties file, config() in the file, and for an installed package the root's tree.
typedef struct ConfigInput {
  const Project *project;
  const Package *package; // the node's
  ConfigKind kind;
  const Str *fqn;
  size_t nfqn;
  Value properties; // dict or undefined: Prop.config
  Value properties_unrendered;
  Value call; // dict or undefined: config() calls merged by config_call_merge
  Value call_unrendered;
  const Source *src; // for messages: the node's file and place, properties' place
  Span span;
  const Yaml *properties_yaml; // the `config:` entry's tree, or NULL
  const Yaml *entry;           // what its keys stand in: an entry or one of its versions; or NULL
  const Yaml *call_yaml;       // the entry of a generic test, where `call` is written; else NULL
} ConfigInput;

// What each kind of node has where nothing is configured, by ConfigKind, frozen: for
// Project.config_defaults.
Value *config_defaults(Arena *a, DbtLevel level);

// The effective config (keys in the manifest's order) and unrendered_config. False: a value was
// wrong and an error recorded; *config is filled all the same.
bool config_merge(Arena *a, const ConfigInput *in, Value *config, Value *unrendered, Diags *diags);

// Whether unrendered_config has what the files say, so that state:modified does not see what
// variables came to; else config() and schema files count as what they came to.
bool config_is_as_written(const Project *p);

// The layers of the project tree alone that apply to an fqn, lowest first, without + and folders.
// Used for tests on what is enabled before a body is parsed.
Value config_tree(Arena *a, const Project *p, const Package *package, ConfigKind kind,
                  const Str *fqn, size_t nfqn);

// Where a config() call in a text names a key. False: nowhere.
bool config_call_place(const Source *src, Str key, Span *span);

// The deepest entry that sets a key for an fqn in a package's project file; NULL: none.
const YamlEntry *config_tree_entry(const Package *p, ConfigKind kind, const Str *fqn, size_t nfqn,
                                   Str key);

// Adds one config() call to what earlier calls of the same file said (both dicts).
void config_call_merge(Arena *a, Value *into, Value call);

// The fqn of a node, for the check below.
typedef struct ConfigFqn {
  ConfigKind kind;
  const Str *fqn;
  size_t nfqn;
} ConfigFqn;
// A warning for each path in the root project's trees that matches none of the nodes (enabled and
// disabled ones).
void config_check_unused(const Project *p, const ConfigFqn *nodes, size_t n, Diags *diags);

#endif
