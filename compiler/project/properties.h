// Schema files (*.yml): text -> plain structs with places. In: a file and the package it is in.
// Out: what it says, strings rendered as dbt renders them (descriptions, tests, hooks and filters
// are kept as written; load/ renders those later). Knows nothing of nodes: load/ joins the two.
#ifndef STARC_PROPERTIES_H
#define STARC_PROPERTIES_H
#include "column.h"
#include "globals.h"

// Which section of the file an entry came from; its key there.
typedef enum PropKind {
  PROP_MODEL,    // models:
  PROP_SEED,     // seeds:
  PROP_SNAPSHOT, // snapshots: (with `relation:` it is a whole snapshot in YAML)
  PROP_ANALYSIS, // analyses:
  PROP_TEST,     // data_tests: at the top of a file, patches of singular tests
  PROP_MACRO,    // macros:
  PROP_EXPOSURE,
  PROP_GROUP,
  PROP_METRIC, // the rest are kept as Values
  PROP_SEMANTIC_MODEL,
  PROP_SAVED_QUERY,
  PROP_UNIT_TEST,
  PROP_FUNCTION, // functions: arguments and returns of the files in functions/
  PROP_KINDS
} PropKind;
extern const Str prop_sections[PROP_KINDS]; // "models", "seeds", ...

// One entry of `data_tests:` (or `tests:`). Nothing in it is rendered.
typedef struct PropTest {
  Str name;        // "unique", without the package in front
  Str ns;          // "dbt_utils" of dbt_utils.star; empty: none
  Str custom_name; // `name:`, empty: made up from the arguments
  Value args;      // dict: the test's own arguments in order as written, `arguments:` laid over;
                   // without name, description, config and config keys; without column_name
  Value config;    // dict: config keys at the top level of the entry, `config:` laid over. dbt's
                   // order: severity tags enabled where limit warn_if error_if fail_calc ... first
  Str description;
  const Yaml *yaml;  // the entry
  Span name_span;    // the name, for messages
  bool column_given; // `arguments:` has a column_name, which wins over the column it stands at
} PropTest;

// A column of a model, seed, snapshot or source table.
typedef struct PropColumn {
  Str name, description, data_type; // empty: none
  Value quote;                      // bool or none
  Value meta;                       // dict: meta and config.meta joined as dbt does
  Value tags;                       // list of text: tags and config.tags
  Value constraints;                // list of dicts
  Value config;                     // dict as written: {} or with meta, tags, ...
  const ColumnMore *more;           // never NULL
  PropTest *tests;
  size_t ntests;
  const Yaml *yaml;
  Span name_span;
} PropColumn;

// One of a model's `versions:`.
typedef struct PropVersion {
  Str v;                               // as text; the suffix of names
  Value v_value;                       // int, float or text as written
  Str defined_in, description, access; // empty: none
  bool has_description, has_tests, has_columns, has_constraints, has_docs;
  Value config, unrendered_config; // dicts
  Value meta, docs, constraints;
  Value deprecation_date; // text or none
  Value include, exclude; // of the include/exclude element of columns: "*", list; none
  PropColumn *columns;    // its own columns
  size_t ncolumns;
  PropTest *tests;
  size_t ntests;
  const Yaml *yaml;
} PropVersion;

// A patch: what a file says about a model, seed, snapshot, analysis, singular test or macro; and
// exposures, groups and the kinds that are kept as a Value.
typedef struct Prop {
  PropKind kind;
  Str name;
  Span name_span;
  const Yaml *yaml; // the entry
  const Source *src;
  Str description;         // as written: doc() is not rendered yet
  Value config;            // dict, rendered but for hooks: `config:` with the keys that dbt moves
                           // into it laid under (meta, docs, tags, group, access, enabled, ...)
  Value unrendered_config; // the same as written
  Value meta, docs;        // dict; {} when absent
  Value constraints;       // list
  Str access, group;       // as written at the top level, empty: none
  Value quote_columns;     // bool or none
  PropColumn *columns;
  size_t ncolumns;
  PropTest *tests;
  size_t ntests;
  // models
  PropVersion *versions;
  size_t nversions;
  Value latest_version;   // none when absent
  Value deprecation_date; // text or none
  Value time_spine;       // dict or none
  // snapshots in YAML
  Str relation; // "ref('x')" or "source('a', 'b')" as written, empty: not a whole one
  // macros: list of {name, type, description}; functions: of {name, data_type, description,
  // default_value}
  Value arguments;
  Value returns; // functions: {data_type, description}
  // Functions: list of {defined_in, arguments, returns, description, raw_body, compiled_body}, with
  // no bodies yet; undefined: the release of dbt has none.
  Value overloads;
  // exposures
  Str type, maturity, url, label;
  Value owner;      // dict (also groups)
  Value depends_on; // list of text: "ref('x')", "source('a', 'b')"
  Value tags;       // list
  bool enabled;     // exposures and the like: config.enabled, else true
  bool used;        // by load/: it found its node
  Value value;      // the whole entry as a dict, rendered but for what dbt leaves
} Prop;

// A table of a source.
typedef struct PropTable {
  Str name, identifier, description; // identifier: the name when not given
  Value config, unrendered_config;   // dicts
  Value meta, tags; // own ones only (the source's are joined by load/), those of config: among them
  Value plain_tags; // those not in config:
  Value quoting;    // dict of what is given
  Str loaded_at_field, loaded_at_query; // empty: none given; see has_
  bool has_loaded_at_field;             // given, at the top perhaps as null
  Value freshness[2]; // at the top, in config: undefined: not given; none: null; else a dict
  Value external;     // dict or none
  Value docs;
  PropColumn *columns;
  size_t ncolumns;
  PropTest *tests;
  size_t ntests;
  const Yaml *yaml;
  Span name_span;
} PropTable;

// A source with its tables; with `overrides` it changes a package's source of that name.
typedef struct PropSource {
  Str name, description, database, schema, loader; // empty: none; schema: the name when not given
  bool has_description, has_schema, has_database, has_loader;
  Str overrides;                                // package, empty: none
  Value unrendered_database, unrendered_schema; // text as written when given, else none
  Value config, unrendered_config;
  Value meta, tags, plain_tags, quoting; // plain_tags: those not in config:
  Str loaded_at_field, loaded_at_query;
  bool has_loaded_at_field;
  Value freshness[2]; // as in PropTable
  PropTable *tables;
  size_t ntables;
  const Yaml *yaml;
  const Source *src;
  Span name_span;
} PropSource;

// One schema file. Arrays are in the order of the file, sections in the order of dbt's list.
typedef struct PropFile {
  const Source *src;
  const Yaml *yaml;
  Prop **props[PROP_KINDS];
  size_t nprops[PROP_KINDS];
  PropSource **sources;
  size_t nsources;
} PropFile;

// Reads one schema file. `g` gives the names its strings may use (var, env_var, target, ...); it
// is only read, so many threads may read files at once, each with its own arena. False: errors
// were recorded; `out` then holds what could be read.
bool properties_read(Arena *a, const Globals *g, const Source *src, PropFile *out, Diags *diags);

#endif
