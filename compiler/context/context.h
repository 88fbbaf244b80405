// The names a template of a dbt project can use, in each of dbt's contexts. In: a project, its
// macros, a node, a database or none. Out: a Host for template/eval.h.
#ifndef STARC_CONTEXT_H
#define STARC_CONTEXT_H
#include "../dialect/dialect.h"
#include "../graph/graph.h"
#include "../graph/result.h"
#include "../template/signature.h"
#include "db.h"
#include "macros.h"

// The relations that exist in the warehouse as starc knows them; one per run, shared by all
// workers, guarded by its own lock.
typedef struct RelationCache RelationCache;

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
// A load whose tables its source knows.
typedef struct LoadListing {
  const Package *package;
  Str name;                     // of the load
  const struct YamlEntry *from; // its connection
  const struct Yaml *at;        // what stands for the tables
} LoadListing;

// Who lists the tables of a source, for a graph that is being loaded.
typedef struct LoadLister {
  // Adds to a list the names, in the arena; those of an earlier time where the source is not to be
  // asked now. False: recorded.
  bool (*list)(void *data, Arena *a, const LoadListing *of, Value *names, Diags *diags);
  void *data;
} LoadLister;

typedef struct ContextShared {
  const Project *project;
  const Graph *graph; // NULL while it is being loaded
  const Macros *macros;
  const Dialect *dialect;
  const Flags *flags;
  RelationCache *cache;     // NULL at parse time
  const LoadLister *lister; // NULL: nobody knows the tables of sources
  // With --defer and for clone: nodes of an earlier manifest, unique id -> Value * (its dict).
  const Map *deferred;
  bool files_as_tables; // sources of files are named as tables: something stands for them
  Arena *arena;         // lives as long as all contexts
  // What log(), print() and exceptions.warn() do; called from any thread. info: log(.., info=true)
  void (*log)(void *data, const Node *node, Str text, bool info);
  void (*print)(void *data, Str text);
  // False: the warning is an error. src: NULL, or where the node's own text led to it.
  bool (*warn)(void *data, const Node *n, const Source *src, Span at, Str text);
  bool (*warn_at)(void *data, const Node *n, const Diag *d); // the same, told as a finding
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
  Value loaded;           // of a load: what its source said and what came, a dict; else undefined
  Capture *capture;       // CONTEXT_PARSE
  Capture *called;        // or NULL: notes the macros called `called_at` calls deep, and no more
  int called_at;
  Db *db;                        // NULL: execute is false
  const AnswerWatch *watch;      // of the answers to its text, or NULL
  const ResolvedWatch *resolves; // of what it looks at, or NULL
  bool asks_nothing;             // what would ask the database is an error, but lists of relations
  Arena *arena;                  // of this evaluation
  Value model;                   // the node as a dict, made on first use
  Map extra;                     // names set by context_set -> Value *
  Map results;                   // statement() results by name
  Str thread;                    // thread_id
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

// What the objects among the names have (natives.c).
extern const NativeTable context_natives[];

#endif
