// What the files of context/ share with each other and nobody else sees.
#ifndef STARC_CONTEXT_INTERNAL_H
#define STARC_CONTEXT_INTERNAL_H
#include "../base/hash.h"
#include "../base/vec.h"
#include "../project/globals.h"
#include "../template/ops.h"
#include "../template/signature.h"
#include "context.h"

// --- names (context.c)
enum { // which contexts know a name: 1 << ContextKind
  IN_PARSE = 1 << CONTEXT_PARSE,
  IN_MODEL = 1 << CONTEXT_MODEL,
  IN_OPERATION = 1 << CONTEXT_OPERATION,
  IN_NAMES = 1 << CONTEXT_NAMES,
  IN_DOCS = 1 << CONTEXT_DOCS,
  IN_COMMENT = 1 << CONTEXT_COMMENT,
  IN_NODE = IN_PARSE | IN_MODEL,
  IN_PROVIDER = IN_NODE | IN_OPERATION | IN_NAMES,
  IN_ALL = IN_PROVIDER | IN_DOCS | IN_COMMENT
};

// A name of the context: a function, or something `get` makes, which has no function. get returns
// false: not there now.
typedef struct Name {
  Native native;
  unsigned kinds;
  bool (*get)(Context *c, Eval *ev, Value *out);
} Name;

// Tables of names, each ended by a NULL name; all are gathered by macros_new.
extern const Name names_base[], names_refs[], names_results[];

// Tables of natives, each in the file of its kind; natives.c lists them.
extern const Native relation_functions[], relation_methods[], parts_methods[],
    schema_view_methods[], column_makers[], column_functions[], column_methods[], table_methods[],
    table_seq_methods[], table_column_methods[], table_kind_methods[], config_methods[],
    exceptions_functions[], metric_methods[];

// --- per evaluation (context.c)
typedef struct ContextState {
  Globals globals; // the base names
  Value config, target, self;
  Value graph;           // `graph` as this context sees it
  struct KeptCopy *kept; // what of it templates put there, others' with it
  bool has_target, has_self, has_graph;
  DbError error;
  bool has_error;
  Str failed_sql;
  SourceMap failed_map; // of it
  Origins origins;      // of texts in the context's arena
  Advice advice;
  const Rendered *rendered;
  bool in_transaction;
  bool listing; // relations are listed, which a context that asks nothing may too
  Value seed;   // load_agate_table()'s table, made on first use
} ContextState;

// The value of a bare name in the running context.
bool context_lookup(void *data, Eval *ev, Str name, Value *out);

// A name that every context has, whatever macros or context_set put over it.
bool context_base_name(Context *c, Eval *ev, Str name, Value *out);
Globals *context_globals(Context *c); // var() and its kin of this context

#endif
