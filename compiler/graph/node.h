// What a project is made of once compiled: nodes and their edges. Plain data; filled by load/,
// read by everybody, never changed after load_project returns except where a field says so.
#ifndef STARC_NODE_H
#define STARC_NODE_H
#include "../base/map.h"
#include "../base/ptr_map.h"
#include "../project/column.h"
#include "../project/project.h"
#include "../template/template.h"

typedef struct Node Node;
typedef struct Graph Graph;
typedef struct Batch Batch; // batch.h

typedef enum NodeKind {
  NODE_MODEL,
  NODE_SEED,
  NODE_SNAPSHOT,
  NODE_TEST, // generic and singular
  NODE_ANALYSIS,
  NODE_OPERATION, // on-run-start/end hooks
  NODE_SOURCE,
  NODE_EXPOSURE,
  NODE_METRIC,
  NODE_SEMANTIC_MODEL,
  NODE_SAVED_QUERY,
  NODE_UNIT_TEST,
  NODE_FUNCTION, // of the database, made from a file of functions/
  NODE_LOAD,     // a table that is brought from another database or from files
  NODE_KINDS
} NodeKind;
extern const Str node_kind_names[NODE_KINDS];   // "model", "seed", ...: dbt's resource_type
extern const Str node_kind_plurals[NODE_KINDS]; // "models", "saved queries", ...: for people

// ref() or source() as it was written, kept in order, duplicates too.
typedef struct Ref {
  Str package; // empty: any
  Str name;
  Str version;          // text of v=, empty: none
  bool version_is_text; // it was given as text
  const Source *src;    // where it was written, for messages
  Span span;
} Ref;
typedef struct SourceRef {
  Str source, table;
  const Source *src;
  Span span;
} SourceRef;

// A column described in YAML.
typedef struct Column {
  Str name;
  Str description;
  Str data_type;                         // empty: none
  Value quote;                           // bool or none
  Value meta, tags, constraints, config; // dict, list, list, dict
  Value doc_blocks;                      // list of doc unique_ids
  const ColumnMore *more;                // never NULL
  const Yaml *yaml;
} Column;

// What only some kinds have.
typedef struct TestInfo {
  bool generic;
  Str test_name;      // "unique"; empty for singular
  Str ns;             // package prefix of the test, empty: none
  Value kwargs;       // dict as dbt stores it (model included)
  Str column_name;    // empty: a test on the model
  Node *attached;     // the node the YAML hangs it on, or NULL
  Node *on_source;    // the source that it hangs on, which dbt calls no attached node, or NULL
  Str file_key_name;  // "models.orders"
  const Macro *macro; // the test macro
  const Yaml *yaml;   // generic: its entry
  const Yaml *column; // the name of the column that it stands at, or NULL
  Node *next_off;     // graph's own: the next in Graph.off_tests
} TestInfo;

typedef struct SourceInfo {
  Str source_name, source_description, loader, identifier;
  Value source_meta;
  Str location; // of its files, a path or an address with wildcards; empty: it is a table
  Str reads;    // what stands for it in a statement then, which may hold a secret
  const Source *location_src; // where it was written
  Span location_span;
  Str loaded_at_field, loaded_at_query;
  const Source *asked_src; // where YAML says how its newest row is found, else the table's name
  Span asked_span;
  Value freshness;                     // dict {warn_after, error_after, filter} or none
  Value quoting, external, unrendered; // unrendered: {unrendered_database, unrendered_schema}
  Value test_tags;                     // list: what its tests are tagged with
  const Yaml *yaml;                    // of the source; that of the table is Node.patch
} SourceInfo;

// A table of a load: what it is filled from. What becomes of the rows says its config.
typedef struct LoadInfo {
  Str load, table;       // the load's name; the table's, as the source has it
  const Yaml *load_yaml; // the entry of `loads:`
  const YamlEntry *from; // its connection or files
  Value quoting;         // dict: the relation's names are written as they are
  bool listed;           // a pattern stands for it: its source said that it is there
} LoadInfo;

typedef struct ExposureInfo {
  Str type, maturity, url, label;
  Value owner; // dict
} ExposureInfo;

// What a unit test gives to its model, once linked.
typedef struct UnitInput {
  const Node *of; // what the rows stand for: a parent of the model, or the model itself (`this`)
  Node *stand_in; // an ephemeral model that selects the rows
} UnitInput;
typedef struct UnitTest {
  Node *tested;
  Node *runner; // the model's text under the test's name: what is rendered and run
  UnitInput *inputs;
  size_t ninputs;
  bool has_this;
  const Diag *trouble; // why it cannot run: findings about its inputs, chained by next; NULL: none
  Value macros, vars, env_vars; // dicts of overrides, or undefined
} UnitTest;

// What few nodes have; the others share node_has_no_more.
typedef struct NodeMore {
  Value version_value, latest_version; // int or text, or none
  Value deprecation_date;              // ISO text with an offset, or none
  Value time_spine;                    // dict or none
  Str pointer;           // of a latest version: the name of the view that reads it; empty: none
  const Node *points_to; // of that view while it is built: the version; else NULL
  Ref *functions;        // function() calls, without versions
  size_t nfunctions;
  Ref *metrics; // metric() calls, without versions
  size_t nmetrics;
  ExposureInfo *exposure;
  int hook_index; // NODE_OPERATION: position; hook_end: on-run-end
  bool hook_end;
  Value given_rows;   // of a stand-in: list of dicts, or a query; undefined elsewhere
  Str cte_name;       // of a stand-in: its CTE's name; empty: made from the alias
  const Batch *batch; // of a copy that is made to run one batch; else NULL
} NodeMore;
extern const NodeMore node_has_no_more;

struct Node {
  NodeKind kind;
  uint32_t index; // in Graph.nodes; runtime keeps its jobs in the same order
  bool enabled;
  bool unread;      // its file could not be parsed: what the text says, config() too, is not known
  bool lost_target; // a test that is disabled because what it looks at is: dbt keeps it among nodes
  uint32_t nfqn, ncolumns, nrefs, nsources, nmacro_ids, nneeds, nfeeds; // of the arrays below
  Str id; // "model.shop.fct_invoice_line"
  Str name;
  Package *package;
  Str path;          // relative to the resource root
  Str original_path; // relative to the package root
  Str *fqn;
  const Source *source; // the file (for tests from YAML: the generated text)
  Str raw_code;         // stripped text; empty for sources
  const Template *body; // NULL: made again from a source that is well_formed, else there is none
  Str checksum;         // hex; checksum_name "sha256", "none", "path"
  Str checksum_name;
  Str language; // "sql"

  Value config; // effective config, dbt's keys in dbt's order; dict
  Value unrendered_config;
  Value config_call;           // what config() in the file said, dict
  Str database, schema, alias; // empty database: none (ClickHouse)
  Str relation_name;           // rendered; empty: none (ephemeral, tests)
  Str description;
  Column **columns;
  Value meta, docs, constraints, contract, doc_blocks; // as in the manifest
  Value tags;                                          // list
  Str group, access;                                   // access: "private", "protected", "public"
  Str version;                                         // text, empty: none
  Str patch_path;                                      // "pkg://models/schema.yml", empty: none
  const Yaml *patch;                                   // its YAML entry
  const Source *patch_source;
  int64_t created_us;

  Ref *refs; // as captured at parse time
  SourceRef *sources;
  Str *macro_ids; // depends_on.macros, in order
  Node **needs;   // parents: depends_on.nodes, in order of first mention
  Node **feeds;   // children, filled by graph_link

  TestInfo *test;   // NODE_TEST
  SourceInfo *info; // NODE_SOURCE
  LoadInfo *load;   // NODE_LOAD
  Value extra;      // other kinds: their YAML as a dict in the manifest's shape; of a function its
                    // {arguments, returns}
  UnitTest *unit;   // NODE_UNIT_TEST, and the stand-ins it made
  Node *same_name;  // graph's own: the next refable node (or source) of this name
  const NodeMore *more; // never NULL
};

// A docs block.
typedef struct DocBlock DocBlock;
struct DocBlock {
  Str id, name, contents, path, original_path;
  Package *package;
  DocBlock *same_name; // the next one of this name
};

typedef struct Group {
  Str id, name, path, original_path;
  Package *package;
  Value owner, config;
  Str description;
} Group;

// A macro that was registered, for the manifest and for lookup.
typedef struct MacroEntry {
  Str id; // "macro.dbt_utils.star"
  Str name;
  Package *package;
  const Macro *macro;
  Str path, original_path;
  Str description;
  Value meta, docs, arguments;
  Str patch_path;
  Str *macro_ids; // macros it calls
  size_t nmacro_ids;
  Value supported_languages;
} MacroEntry;

struct Graph {
  Project *project;
  Node **nodes; // enabled ones, in a fixed order (by package, kind, path, position)
  size_t nnodes;
  Node **disabled;
  size_t ndisabled;
  PtrMap off_tests; // node -> the first of the disabled generic tests that hang on it
  Map by_id;        // Node by unique id (enabled)
  Map by_name;      // name of what ref() finds -> Node (first of a chain); use graph_ref
  Map by_source;    // "source.table" -> Node (first of a chain); use graph_source
  Map by_function;  // name -> Node (first of a chain); use graph_function
  DocBlock **docs;
  size_t ndocs;
  Map by_doc; // name -> DocBlock (first of a chain)
  Group **groups;
  size_t ngroups;
  Map by_group; // name -> Group, the first of it
  MacroEntry **macros;
  size_t nmacros;
  Value selectors;            // selectors.yml as a dict name -> definition, in the manifest's shape
  const Yaml *selectors_yaml; // its list of selectors as written; NULL: none
  Map selector_of;            // name -> the first Yaml of that list with it
};

// A node without anything.
Node *node_new(Arena *a);

// What the node has more than others, anew in the arena, to be changed: a copy of a node keeps what
// the node had.
NodeMore *node_more(Arena *a, Node *n);

// The value of a config key of a node, undefined when absent.
Value node_config(const Node *n, Str key);
Str node_materialized(const Node *n);            // "view", "table", ... ; empty where there is none
bool node_is_refable(const Node *n);             // model, seed, snapshot
static inline bool node_is_test(const Node *n) { // a data test or a unit test
  return n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST;
}
// "2 models, 1 saved query": how many there are of each kind, for people; empty where there is
// none.
Str node_kinds_counted(Arena *a, const size_t counts[NODE_KINDS]);
// Of a unit test: its name with its model's version ("adds_up_v2"), as the id ends.
Str node_unit_test_name(const Node *n);
// The name with its version where there is one ("orders.v2"), in the arena or the node's own.
Str node_versioned_name(Arena *a, const Node *n);

#endif
