// The names a template of a dbt project can use, in each of dbt's contexts. In: a project, its
// macros, a node, a database or none. Out: a Host for template/eval.h.
#ifndef STARC_CONTEXT_H
#define STARC_CONTEXT_H
#include "../dialect/dialect.h"
#include "../graph/graph.h"
#include "../graph/result.h"
#include "../template/signature.h"
#include "db.h"

// All macros of all packages, found as dbt finds them: by the package of the node, the root, the
// namespaces, internal packages. Filled by load/ before any context is used; then immutable.
typedef struct Macros Macros;
Macros *macros_new(Arena *a, const Project *p);
LateMacros *macros_late(const Macros *m); // for those that are parsed when they are called
void macros_free(Macros *m); // what it caches beside its arena; may be left to the process's end
void macros_add(Arena *a, Macros *m, MacroEntry *e); // duplicates are the caller's to report
MacroEntry *macros_find(const Macros *m, const Package *of_node, Str name); // bare name
// What the adapter calls by a name: the root's macro, else any other package's, else the built-in.
MacroEntry *macros_find_anywhere(const Macros *m, Str name);
MacroEntry *macros_find_in(const Macros *m, Str package, Str name); // pkg.name
// The materialization for a name and adapter type: most specific adapter first, then root package
// over imported over internal. One of an imported package does not take the place of a built-in
// one, unless the project's flag lets it (dbt's rules). NULL: none.
MacroEntry *macros_materialization(const Macros *m, Str name, Str adapter_type);
bool macros_explicit_overrides(const Project *p); // that flag
// Whether a materialization of an imported package is the one of its name where the flag lets it,
// and there is a built-in one.
bool macros_replaces_builtin(const Macros *m, const MacroEntry *e, Str adapter_type);
Str *macros_materialization_names(Arena *a, const Macros *m, size_t *n); // for nearest-name hints
MacroEntry *macros_generic_test(const Macros *m, const Package *of_node, Str ns, Str name);
// The packages that adapter.dispatch(name, ns) searches, in order: the project's `dispatch:` for
// the namespace, else the root and the namespace. An empty name stands for the search of a bare
// name.
size_t macros_dispatch_packages(Arena *a, const Project *p, Str ns, Str **out);
// What adapter.dispatch(name) over these packages gives (an empty package: the search of a bare
// name), or NULL; *searched (may be NULL) collects the names that were tried.
MacroEntry *macros_dispatch(Arena *a, const Macros *m, const Dialect *d, const Package *of_node,
                            const Str *packages, size_t npackages, Str name, Buf *searched);

// The relations that exist in the warehouse as starc knows them; one per run, shared by all
// workers, guarded by its own lock.
typedef struct RelationCache RelationCache;
RelationCache *relation_cache_new(void);
void relation_cache_free(RelationCache *c);

// Command-line facts that templates see as flags.*, invocation_args_dict, selected_resources.
typedef struct Flags {
  Value dict;     // upper-case names -> values: FULL_REFRESH, STORE_FAILURES, WHICH, ...
  Value args;     // invocation_args_dict
  Value selected; // list of unique ids
  bool full_refresh, store_failures, empty, empty_seeds;
  bool bare;   // ephemeral models are named, and not put into the text that reads them
  bool defer;  // ref() of what is not built here reads the earlier run's relation
  bool sample; // --sample: what has an event_time is read from here to there, in
  int64_t sample_from, sample_to; // microseconds since 1970
  bool favor_state;               // and so does that of what is built here, unless it is selected
} Flags;

// What a node's template asked for while it was parsed (execute false).
typedef struct Capture {
  Arena *arena;
  Ref *refs;
  size_t nrefs, refs_cap;
  SourceRef *sources;
  size_t nsources, sources_cap;
  Ref *functions; // function() calls
  size_t nfunctions, functions_cap;
  Ref *metrics; // metric() calls
  size_t nmetrics, metrics_cap;
  Value config; // dict of config() keys, later calls merged over earlier ones
  Str *macro_ids;
  size_t nmacro_ids, macro_ids_cap; // macros called directly, without doubles
  Map macros_seen;                  // the same as a set
} Capture;

// Everything shared by all contexts of one invocation.
typedef struct ContextShared {
  const Project *project;
  const Graph *graph; // NULL while it is being loaded
  const Macros *macros;
  const Dialect *dialect;
  const Flags *flags;
  RelationCache *cache; // NULL at parse time
  // With --defer and for clone: nodes of an earlier manifest, unique id -> Value * (its dict).
  const Map *deferred;
  Arena *arena; // lives as long as all contexts
  // What log(), print() and exceptions.warn() do; called from any thread. info: log(.., info=true)
  void (*log)(void *data, const Node *node, Str text, bool info);
  void (*print)(void *data, Str text);
  bool (*warn)(void *data, const Node *n, Str text);         // false: the warning is an error
  bool (*warn_at)(void *data, const Node *n, const Diag *d); // the same, of one with a place
  // {{ write(..) }}: a file of the node under target/run.
  bool (*write)(void *data, const Node *n, Str text);
  void *data;
} ContextShared;

typedef enum ContextKind {
  CONTEXT_PARSE,     // a node's text, captured: execute false
  CONTEXT_MODEL,     // a node at compile and run time: execute true when there is a Db
  CONTEXT_OPERATION, // run-operation, macros called by starc itself: like MODEL without a node
  CONTEXT_NAMES,     // generate_schema_name and its kin: execute false, root package
  CONTEXT_DOCS,      // descriptions: doc()
  CONTEXT_COMMENT    // the query comment
} ContextKind;

typedef struct Context {
  Host host; // pass &ctx->host to the evaluator
  ContextKind kind;
  const ContextShared *shared;
  const Node *node;       // NULL: none
  const Package *package; // whose macros come first
  Capture *capture;       // CONTEXT_PARSE
  Capture *called;        // or NULL: notes the macros called `called_at` calls deep, and no more
  int called_at;
  Db *db;            // NULL: execute is false
  bool asks_nothing; // what would ask the database is an error, but lists of relations
  Arena *arena;      // of this evaluation
  Value model;       // the node as a dict, made on first use
  Map extra;         // names set by context_set -> Value *
  Map results;       // statement() results by name
  Str thread;        // thread_id
  // What the compiled node is: set before the materialization runs.
  Str compiled_code;
  Value *ephemeral; // collects {id, sql} of ephemeral parents met by ref(), a list, or NULL
  struct ContextState *state; // context/'s own
} Context;

// Prepares a context. Nothing to free: all in `arena`. node may be NULL.
void context_init(Context *c, ContextKind kind, const ContextShared *shared, Arena *arena,
                  const Node *node, const Package *package, Db *db);
// Adds a name (sql, pre_hooks, results, schemas, model ...) over the standard ones.
void context_set(Context *c, Str name, Value v);
// What the templates of this context put into `graph` is there for those that come after: called
// when an evaluation is over.
void context_keep(Context *c);
// Puts the overrides of a unit test (macros, vars, env_vars) over the standard names.
void context_unit_test(Context *c, const UnitTest *u);
// Options to evaluate with this context.
EvalOptions context_options(Context *c, Diags *diags);

// Calls a macro by its bare name (dispatch is the macro's own business). False: an error was
// recorded, also when there is no such macro.
bool context_call(Context *c, Str macro, const Args *args, Value *out, Diags *diags);

// What the database said when an evaluation with this context failed in it (NULL: it did not), and
// the text that was sent, so that a position can be mapped back to the model.
const DbError *context_db_error(const Context *c);
Str context_failed_sql(const Context *c);
// The map of context_failed_sql(); empty: where it came from is not known.
const SourceMap *context_failed_map(const Context *c);
// Where a text comes from that templates of the context can name; it stays where it is.
void context_origin(Context *c, Str text, const SourceMap *map);
// Adds to the map of a text what is known of a piece of another one, which stands there at byte
// `out`.
void context_origin_of(const Context *c, Str piece, size_t out, SourceMap *map);
// The same of a statement that was sent for the context, but not by its templates.
void context_note_failure(Context *c, const DbError *error, Str sql);
// A text of the node's config that a macro rendered to send it: a hook.
typedef struct Rendered {
  Str key;       // "pre-hook"
  Str code;      // what was rendered
  SourceMap map; // of `code`, to where it was written
  const struct Rendered *next;
} Rendered;
const Rendered *context_rendered(const Context *c); // the latest first; NULL: none
// What a macro said to show should the database stop at columns (see starc_advise).
typedef struct Advice {
  Str key, hint; // the config key to show it at; what to do. Empty hint: no advice
  Value columns; // list of names
} Advice;
const Advice *context_advice(const Context *c);
// Whether a transaction that this context began is still open: the runner then commits or rolls
// back.
bool context_in_transaction(const Context *c);
// The response that statement(name) or store_result(name) kept, as dbt's dict of it (_message,
// code, rows_affected, query_id); undefined when there is none. *table: its rows, may be NULL.
Value context_result(const Context *c, Str name, Value *table);

// The name under which an ephemeral node's text is put in front of what refers to it.
Str context_cte_name(Arena *a, const Node *n);
bool context_cte_is_plain(Str name); // false: it is written in quotes

// A relation object as templates see it, and back. type: "table", "view", ..., empty unknown.
Value relation_value(Arena *a, const ContextShared *s, const Relation *r, Str type);
Value relation_of_node(Arena *a, const ContextShared *s, const Node *n);
bool relation_from_value(Value v, Relation *r, Str *type);

// What the database answered, as templates have it, and the dict of that for artifacts: _message,
// code, rows_affected, query_id.
Value response_value(Arena *a, const DbResult *r);
Value response_dict(Value response);

// The config of a node in `results`: its dict, in which a key that nobody set is none.
Value config_of_result(Arena *a, Value dict);

// A query result as an agate-like table.
Value table_value(Arena *a, const DbResult *r);

// What the cache has of a node's relation and of those beside it (names that begin with `beside`)
// is listed anew, where it is not what was found in the database, or `always`. A schema that was
// not listed yet stays so.
bool context_renew_relation(Context *c, const Node *n, Str beside, const NamedRelation *found,
                            size_t nfound, bool always, Diags *diags);

// Whether the cache has of a node's relation, and of those beside it, what was found in the
// database.
bool context_relation_agrees(const ContextShared *s, const Node *n, Str beside,
                             const NamedRelation *found, size_t nfound);

// The kind of what the cache has under a node's name; empty: nothing, or it is not known.
Str context_cached_type(const ContextShared *s, Arena *a, const Node *n);

// The names that the context adds to those of globals.h; NULL behind the last. One that is no
// function has no fn, and no signature where it cannot be called.
const Native *context_name(size_t i);
// What the objects among them have (natives.c).
extern const NativeTable context_natives[];

#endif
