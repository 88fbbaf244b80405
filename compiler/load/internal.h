// load/'s own: what its files share while a project is being read.
#ifndef STARC_LOAD_INTERNAL_H
#define STARC_LOAD_INTERNAL_H
#include "../base/vec.h"
#include "../project/config.h"
#include "../project/properties.h"
#include "../value/intern.h"
#include "load.h"

typedef enum FileKind {
  FILE_MACROS, // macros, materializations, generic tests
  FILE_MODEL,
  FILE_SEED,
  FILE_SNAPSHOT, // snapshot blocks
  FILE_TEST,     // a singular test
  FILE_ANALYSIS,
  FILE_FUNCTION, // the body of a function
  FILE_FIXTURE,  // rows of unit tests, CSV or a query
  FILE_DOCS,
  FILE_YAML,
  FILE_PYTHON
} FileKind;

// A macro block of a file.
typedef struct FoundMacro {
  const Block *block;
  const Macro *macro;
  const Source *source;
} FoundMacro;

// One file of a package. Read and parsed on any thread; from then on read only.
typedef struct File {
  FileKind kind;
  Package *package;
  Str absolute, root; // root: the resource folder, "models"
  Str path;           // below root
  Str original_path;  // below the package
  int64_t size;
  Source *source; // stripped text; line numbers count in the file
  bool ok;        // read and parsed
  Str checksum;   // sha256 of the stripped text, or of a seed's
  Template *body; // singular tests, analyses, functions, models in Python
  Block *blocks;  // snapshots, docs
  FoundMacro *macros;
  size_t nmacros;
  PropFile props;
  Diags diags;   // of this file, joined in order afterwards
  size_t follow; // findings that are left out since this file was not read
} File;

typedef VEC(File) FileVec;
typedef VEC(Node *) NodeVec;
typedef VEC(Str) StrVec;

// A node on its way: what is known of it before its body is evaluated.
typedef struct Work {
  Node *node;
  const File *file;
  const Prop *prop;           // the patch, or NULL
  const PropVersion *version; // of the patch
  const PropTest *test;       // generic tests
  ConfigKind kind;
  Value call, call_unrendered; // generic tests: their config
  const File **overloads;      // of a function: the files of their bodies
  size_t noverloads;
  bool plain_test; // a built-in test whose references are known without evaluating it
  const PropColumn *columns;
  size_t ncolumns;
  Diags diags;
} Work;
typedef VEC(Work) WorkVec;

typedef struct Load {
  Map overloads; // Prop of the function that a file of functions/ is an overload of, "package/name"
  bool has_overloads; // that is filled
  Arena *a;
  Project *p;
  ContextShared *shared;
  Graph *g;
  Macros *macros;
  Diags *diags;
  Globals *globals; // one per package, for YAML
  FileVec files;
  WorkVec work;
  NodeVec nodes;     // all, in the order they were made; sorted into the graph at the end
  Map props;         // "models/pkg/name" -> Prop
  Map macro_ids;     // "macro.pkg.name" -> MacroEntry
  Map macro_sources; // the bytes of a Source * -> that Source
  Map docs;          // "pkg.name" and "name" -> DocBlock
  Map fixtures;      // "pkg.name" -> File
  Map groups;        // "pkg.name" -> Prop
  Map models;        // "pkg.file" -> which version of which model it is
  Map bodies;        // text of generic tests -> Template
  Map by_id;         // ids, names and relations taken -> Node
  Map file_of;       // the bytes of a Source * -> File
  int64_t now_us;
  Value no_dict, no_list; // empty and frozen: of all nodes that have nothing
  Intern shared_values;   // configs, tags, contracts: nodes of one folder mostly have the same
  Value *test_config;     // per package: the config of tests that say nothing; undefined: none
  // generate_*_name: true when the built-in ones are in force
  bool plain_names[4];
} Load;

// --- threads.c
// Calls fn(data, arena, i) for i in [0, n) on all threads. `arena` is the thread's own; what is
// made there lives as long as l->a.
void load_parallel(Load *l, size_t n, void (*fn)(Load *l, Arena *arena, size_t i));

// --- ignore.c
typedef struct Ignore {
  StrVec patterns;
} Ignore;
void load_read_ignore(Load *l, const Package *p, Ignore *out);
bool load_is_ignored(const Ignore *ignore, Str path); // path below the package

// --- files.c
void load_list_files(Load *l);
void load_read_files(Load *l);
Str load_sha256(Arena *a, Str text); // hex
// The checksum of a file's text: since dbt 1.12 white space in it counts as one blank.
Str load_checksum(const Load *l, Arena *a, Str text);
// A model in Python as a template that makes the calls of dbt.ref() and its like (python.c).
Template *load_python_body(Arena *a, const Source *src, Diags *diags);
// A text cut out of a file, so that messages show the file's lines.
Source *load_cut(Arena *a, const Source *of, Span span);

// --- macros.c
void load_macros(Load *l);        // registers what load_read_files found
void load_macro_depends(Load *l); // depends_on.macros of all macros
void load_macro_patches(Load *l);
// The error that a schema file describes again what one has described.
void load_described_twice(Load *l, const File *f, const Prop *prop, const Prop *had);

// --- docs.c
void load_docs(Load *l);
// A description with its doc() calls carried out; *blocks: ids of the docs blocks used (a list).
Str load_description(Load *l, Arena *a, const Package *p, const Source *src, Str text,
                     Value *blocks, Diags *diags);

// The same for a node: one that is disabled keeps its description as written.
Str load_description_of(Load *l, Arena *a, Node *n, const Source *src, Str text, Diags *diags);
// A list of dicts, each with its `description` rendered: arguments, the parts of semantic models.
Value load_described(Load *l, const File *f, Value list);

// --- contract.c
// The checksum of an enforced contract: changes when a column, type or constraint does.
void load_contract_checksum(Arena *a, Node *n);

// --- contract_check.c: findings about what a model's contract and constraints promise
void load_check_contract(Load *l, Arena *a, Work *w);

// --- access.c: findings about groups and access, of all nodes of the graph
void load_check_access(Load *l);

// --- config_values.c: errors at values of config that no key of the table can tell
void load_check_config(Load *l);

// --- microbatch.c: errors of microbatch models whose config says too little
void load_check_batches(Load *l);

// --- models.c: models, seeds, snapshots, singular tests, analyses, functions
void load_props(Load *l); // indexes the patches of all schema files
void load_nodes(Load *l);
void load_unused_props(Load *l);
bool load_prop_used(const Load *l, const Prop *p, const Package *of); // it found its node
Str load_without_ending(Str path); // the name that a file gives to its node
Node *load_node(Load *l, NodeKind kind, Package *p, const File *f, Str name);
// The same without id and fqn, for nodes that are not named after their file.
Node *load_node_unnamed(Load *l, NodeKind kind, Package *p, const File *f, Str name);
Work *load_add_work(Load *l, Node *n, const File *f, ConfigKind kind);
Column **load_columns(Load *l, Arena *a, const Node *of, const Source *src, const PropColumn *cs,
                      size_t n, Diags *diags);
Str *load_fqn(Arena *a, const Package *p, Str path, Str name, size_t *n);
Prop *load_find_prop(Load *l, PropKind kind, const Package *p, Str name);
// Where the entry of a node in a schema file has its name.
Span load_name_span(const Node *n);
// The columns of a node's patch; for a version those of the model it includes, then its own.
const PropColumn *load_columns_of(Arena *a, const Work *w, size_t *n);

// --- nodes.c: evaluates a node's body, merges its config, gives it its names
void load_evaluate(Load *l, Arena *arena, size_t i); // l->work.items[i]
// database, schema, alias and relation name from the config
void load_names(Load *l, Arena *a, Node *n, Diags *diags);
// The relation of the view that n->pointer names.
Str load_pointer_relation(Load *l, Arena *a, const Node *n);
void load_share_test_config(Load *l); // before load_evaluate
void load_config_fields(Load *l, Arena *a, Node *n);
Value load_sorted_tags(Arena *a, Value x, Value y); // both lists, each tag once

// --- tests.c
// What a schema file says of tests: of the whole, and of its columns.
typedef struct Tested {
  const File *yaml;
  const PropTest *tests;
  size_t ntests;
  const PropColumn *columns;
  size_t ncolumns;
  Value quote_columns;
} Tested;
// The tests of a node (with its version) or of a source table.
void load_tests_of(Load *l, Node *target, const Tested *tested);

// --- source_overrides.c
// A source with `overrides:`.
typedef struct Override {
  const File *file;
  const PropSource *source;
  bool used;        // the package has this source
  bool *used_table; // by the override's tables
} Override;
typedef struct Overrides {
  Override **items;
  size_t n, cap;
  Map by_name; // "package source" -> Override
} Overrides;

// A table of a source as it holds, with the entries of its override, NULL where there is none.
typedef struct SourceTable {
  const File *file;
  const PropSource *source;
  const PropTable *table;
  const PropSource *over;
  const PropTable *table_over;
  const File *over_file, *columns_file, *tests_file; // where these are written
} SourceTable;

// All overrides of the project and its packages. False: two of one source, which is told.
void load_overrides(Load *l, Overrides *out);
// Puts what an override says in the place of what file, source and table say.
void load_override(Load *l, Overrides *all, SourceTable *t);
void load_unused_overrides(Load *l, const Overrides *all);

// --- sources.c, exposures.c, hooks.c
void load_sources(Load *l);
// The keys of `over` over those of `base`, as a new dict; either may be none.
Value load_laid_over(Arena *a, Value base, Value over);
void load_exposures(Load *l);
// The refs and sources of a list of "ref('x')" and the like.
void load_dependencies(Load *l, const File *f, Node *n, Value list);
// Evaluates "ref('x')" or "source('a', 'b')" as written in a file and captures what it names.
bool load_capture_reference(Load *l, const File *f, Node *n, Capture *k, Str text);
void load_groups(Load *l);
void load_hooks(Load *l);
void load_selectors(Load *l);

// --- catalogs.c: catalogs.yml, which no database here can use
void load_check_catalogs(Load *l);

// --- osi.c: OSI documents, which are not read
void load_check_osi(Load *l);

// --- deprecated.c: after the graph is linked
void load_check_deprecated(Load *l);
// Blanks in names of sources and semantic models, where the project's flag forbids them.
void load_check_blanks(Load *l);
void load_check_spines(Load *l); // semantic models need a time spine

// --- unread.c
// Takes out the findings behind `before` that only follow from files that were not read, and says
// how many there were.
void load_drop_follow_ups(Load *l, const Diag *before);

// --- semantic.c: metrics, semantic models, saved queries
bool load_semantic(Load *l);
// A column's granularity in small letters; its dimension and entity with every key of the manifest,
// where they are dicts.
void semantic_column(Arena *a, Column *c);
// Findings about what semantic models, metrics, saved queries and time spines say; when all nodes
// have their patches.
void load_check_semantic(Load *l);

// --- unit_tests.c
void load_fixtures(Load *l); // indexes them; false: two of one name, which is told
// The rows of a unit test's `given` and `expect`, from YAML, fixtures and seeds, put into n->extra.
bool load_unit_rows(Load *l, const File *f, Node *n);
// The versions of its model that the test is for, into out (room for all); none: no versions.
bool load_unit_versions(Load *l, const File *f, const Node *n, const PropVersion **out,
                        size_t *nout);
void load_unit_tests(Load *l); // after linking: resolves inputs

#endif
