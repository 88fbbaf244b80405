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

Context *context_of(Eval *ev);
// Whether adapter methods answer with stand-ins: no database here.
static inline bool context_standins(const Context *c) { return !c->db; }
// Fails the evaluation where this context asks the database nothing.
void context_may_ask(Eval *ev, const Context *c);
// Fails the evaluation with a database error, remembering it for context_db_error.
_Noreturn void context_db_fail(Eval *ev, Context *c, const DbError *error, Str sql);
// The macro of that bare name as dbt's adapters find it: the project's own, then a package's, then
// the built-in one. Fails when there is none.
Value context_macro(Eval *ev, const Context *c, Str name);
// Calls it, as dbt's adapters do: arguments by their names.
Value context_call_macro(Eval *ev, Context *c, const char *name, const Kwarg *kw, size_t nkw);
// The value of a bare name in the running context.
bool context_lookup(void *data, Eval *ev, Str name, Value *out);
// Begins a transaction where the database has them and none is open.
void context_begin(Eval *ev, Context *c);
// Runs SQL; fails the evaluation when the database does.
void context_query(Eval *ev, Context *c, Str sql, bool begin, bool fetch, int64_t limit,
                   DbResult *out);

// Runs what makes a relation, as Db.place does; fails the evaluation when the database does. False:
// refused.
bool context_place(Eval *ev, Context *c, Str sql, DbPlace *place, DbResult *out);

// A name that every context has, whatever macros or context_set put over it.
bool context_base_name(Context *c, Eval *ev, Str name, Value *out);
Globals *context_globals(Context *c); // var() and its kin of this context

// --- arguments
// A text argument; fails naming the function and argument when it is not text.
Str context_text_arg(Eval *ev, Value v, const char *fname, const char *what);
// The text of v, or empty for none and undefined.
Str text_or_empty(Arena *a, Value v);

#endif
