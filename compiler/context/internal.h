// What the files of context/ share with each other and nobody else sees.
#ifndef STARC_CONTEXT_INTERNAL_H
#define STARC_CONTEXT_INTERNAL_H
#include "../base/hash.h"
#include "../base/vec.h"
#include "../project/globals.h"
#include "../template/ops.h"
#include "context.h"

#include <pthread.h>

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

// A name of the context: a function, or something `get` makes. get returns false: not there now.
typedef struct Name {
  const char *name;
  unsigned kinds;
  bool (*get)(Context *c, Eval *ev, Value *out);
  Func func;
  const char *doc;
} Name;
// Behind the function stands one line for the reference page.
#define NAME_FN(n, kinds, fn, ...)                                                                 \
  { n, kinds, NULL, {n, fn, {.kind = VAL_NONE}, NULL}, "" __VA_ARGS__ }
#define NAME_GET(n, kinds, get, ...)                                                               \
  { n, kinds, get, {NULL, NULL, {.kind = VAL_NONE}, NULL}, "" __VA_ARGS__ }

// Tables of names, each ended by a NULL name; all are gathered by macros_new.
extern const Name names_base[], names_refs[], names_results[];

// --- the registry (macros.c)
typedef VEC(MacroEntry *) EntryVec;

// All that one name may mean.
typedef struct Slot {
  EntryVec entries;
  const Name *name;
  const Object *ns; // a package's namespace
} Slot;

struct Macros {
  Arena *arena;
  const Project *project;
  Map slots; // name -> Slot
  EntryVec materializations;
  pthread_mutex_t lock; // guards what follows
  Arena shared;         // values that all contexts share, frozen
  const Graph *graph_of;
  Value graph;             // the `graph` name's dict
  struct Keeping *keeping; // what templates put into it; NULL: nothing yet (kept.c)
};

const Slot *macros_slot(const Macros *m, Str name);
// The name of a macro or of the context most like this one; empty: none.
Str macros_hint(const Macros *m, Arena *a, Str name);
// What a bare name means for a node of `of_node`: a macro or a namespace. False: neither.
bool macros_lookup(const Macros *m, const Slot *s, const Package *of_node, Value *out);
// A name that every context has, whatever macros or context_set put over it.
bool context_base_name(Context *c, Eval *ev, Str name, Value *out);
Globals *context_globals(Context *c); // var() and its kin of this context
// The value of `this` for the context's node: in a unit test the rows given for it.
Value refs_this(Eval *ev, Context *c);
// The span of time that a node reads: its batch's, that of --sample, or what both have in common
// (nothing, where from is not before to). False: all times.
bool context_span(const Context *c, int64_t *from, int64_t *to);
Value macro_entry_value(const MacroEntry *e);
// adapter.dispatch(name, ns): the macro; fails with the list of what was searched.
Value dispatch_find(Eval *ev, Context *c, Str name, Value ns);

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

// --- arguments
static inline Value arg(const Args *a, size_t i) {
  return i < a->npos ? a->pos[i] : val_undef(NULL);
}
// A text argument; fails naming the function and argument when it is not text.
Str context_text_arg(Eval *ev, Value v, const char *fname, const char *what);
// The text of v, or empty for none and undefined.
Str text_or_empty(Arena *a, Value v);

// A method of an object: a row of a table of n, found by its name and bound to `self` (context.c).
typedef struct Member {
  const char *name;
  NativeFn *fn;
} Member;
bool member_find(Arena *a, const Member *table, size_t n, Str name, Value self, Value *out);

// --- relations (relation.c)
typedef struct RelationObj {
  Object object;
  const Dialect *dialect;
  Relation r;
  bool is_set[3]; // database, schema, identifier: not none
  bool include[3];
  Str type;         // empty: none
  int64_t limit;    // -1: none
  Str event_filter; // a where clause that restricts what is read, empty: none
  bool created;     // dbt_created
  // Of databases that tell it
  bool can_exchange, can_on_cluster, is_temporary, is_refreshable, refreshable_append;
  Value mvs; // list of {schema, name}
} RelationObj;
extern const ObjectType schema_view_type;
bool is_relation(Value v);
bool relation_is_type(Str s); // "table", "view" ...
RelationObj *relation_new(Arena *a, const Dialect *d);
RelationObj *relation_copy(Arena *a, const RelationObj *o);
RelationObj *relation_kept(Arena *a,
                           const RelationObj *o); // with its texts, without limit and filter
Value relation_obj_value(const RelationObj *o);
RelationObj *relation_obj_of_node(Arena *a, const ContextShared *s, const Node *n);
// Where an earlier run has the node (NULL: nowhere, or nothing is deferred).
RelationObj *relation_obj_deferred(Arena *a, const ContextShared *s, const Node *n);
void relation_render(Buf *out, const RelationObj *o);  // the plain name
void relation_limited(Buf *out, const RelationObj *o); // str(): with limit and filter
Str relation_str(Arena *a, const RelationObj *o);
// Relation as an argument; fails naming the function when it is not one.
RelationObj *need_relation(Eval *ev, Value v, const char *fname);
// A schema as a relation without an identifier.
RelationObj *relation_of_schema(Arena *a, const ContextShared *s, Str database, Str schema);
// dbt's matching: NULL parts match anything. 1 match, 0 none, -1 only when case is ignored.
int relation_matches(const RelationObj *o, const Str *parts, const bool *given);
Value api_value(Context *c, Eval *ev);
// relation.path and its policies: an object of three fields that prints as NAME(database=...), and
// the dict of one (anything else comes back as it is).
Value relation_parts(Arena *a, const char *name, const Value v[3]);
Value relation_parts_dict(Arena *a, Value v);
// relation.information_schema(name); database may be none.
Value schema_view(Arena *a, Value database, bool quoted, Str name);
// Its kind by its name, none for absent; fails for what is no kind of relation.
void relation_set_type(Eval *ev, RelationObj *o, Value v);

// --- columns (column.c)
typedef struct ColumnObj {
  Object object;
  const Dialect *dialect;
  Str name, dtype;
  Str whole_type; // as the database writes it, with all that dbt's fields leave out; may be empty
  Value char_size, precision, scale;
  bool nullable, low_cardinality; // where the type's text says it
} ColumnObj;
bool is_column(Value v);
Value column_new(Eval *ev, Arena *a, const Dialect *d, Str name, Str dtype, Value size,
                 Value precision, Value scale);
Value column_from_db(Eval *ev, Arena *a, const Dialect *d, const DbColumn *c);
Value column_class(const Dialect *d);
Str column_data_type(Arena *a, const ColumnObj *c);  // as dbt's Column gives it
Str column_whole_type(Arena *a, const ColumnObj *c); // for statements that make a column
bool column_can_expand(Eval *ev, const ColumnObj *from, const ColumnObj *to);
int64_t column_string_size(Eval *ev, const ColumnObj *c);
bool column_is_string(const ColumnObj *c);

// --- rows of unit tests (fixture_value.c)
// adapter.starc_fixture_text(value, data_type): a list or mapping as the text of a value of the
// type; what fits no parts of the type as JSON.
Value fn_fixture_text(Eval *ev, Value self, const Args *args);

// --- tables (table.c, table_types.c)
typedef enum TableKind {
  KIND_NULL, // no value seen
  KIND_INTEGER,
  KIND_NUMBER,
  KIND_BOOLEAN,
  KIND_DATE,
  KIND_DATETIME,
  KIND_TEXT
} TableKind;
typedef struct TableObj {
  Object object;
  size_t ncolumns, nrows;
  Str *names;
  uint8_t *kinds;          // TableKind
  struct CellNeeds *needs; // seeds, by column; else NULL
  Value *rows;             // Row objects
  size_t rows_cap;
  // A seed's file: rows are read when somebody asks for them.
  Str path;
  char delimiter;
  bool unread;
} TableObj;
extern const ObjectType table_type;
TableObj *table_new(Arena *a, const Str *names, size_t ncolumns);
void table_add_row(Arena *a, TableObj *t, Value cells); // cells: a tuple or list
// Finds the type of each column from its values, and makes all values of a column of that type.
void table_settle(Arena *a, TableObj *t);
Value *table_place(TableObj *t, size_t row, size_t column); // where a cell is kept
// v as a column of that type has it. False: it cannot be one.
bool table_cast(Arena *a, TableKind kind, Value v, Value *out);
Value table_kind_value(Arena *a, uint8_t kind); // a column's data_type

TableObj *need_table(Eval *ev, Value v, const char *fname);
// The cells of a row as a list or tuple value; fails for anything but a Row.
Value row_cells(Eval *ev, Value row);
// Position of a column by its name, case-folded; -1: none.
ptrdiff_t table_column(const TableObj *t, Str name);
Value table_cell(const TableObj *t, size_t row, ptrdiff_t column);       // none when column < 0
Value table_cell_named(const TableObj *t, size_t row, const char *name); // none: no such column

// A column by name or position; fails when there is none.
size_t table_need_column(Eval *ev, const TableObj *t, Value key);
// Methods of tables that are in table_join.c and table_print.c.
NativeFn table_join, table_merge, table_pivot, table_homogenize;
NativeFn table_print, table_print_csv, table_structure;
Str table_csv(Eval *ev, TableObj *t);      // as CSV text with a head line
extern const char *const table_kinds[];    // by TableKind: "Integer", "Text" ...
void table_str(const Object *o, Buf *out); // its columns and their types

// --- seeds (seed.c)
// What the cells of a column need of its type.
typedef struct CellNeeds {
  // Bits of the dialect's types of that kind which hold every cell so far.
  uint16_t integer, number, date, datetime;
  bool gaps;           // there are empty cells
  bool fraction;       // numbers that are not whole
  bool finite;         // numbers that are not nan or inf
  bool words;          // nan or inf
  long before, behind; // digits before the point and behind it, at most
} CellNeeds;
void cell_needs_init(CellNeeds *n);
// The type that a column of the table would be given.
Str seed_type(Eval *ev, const TableObj *t, size_t column);
// A seed's file as a table: names and types now, rows when somebody asks for them.
TableObj *context_seed_table(Eval *ev, Context *c, const Node *n);
// load_seed_rows(model, table, relation) of adapters.
NativeFn seed_load_rows;
void context_seed_rows(Eval *ev, TableObj *t);

// --- adapter (adapter*.c)
typedef enum StandIn {
  REAL, // called at parse too
  GIVE_NONE,
  GIVE_FALSE,
  GIVE_LIST,  // []
  GIVE_DICT,  // {}
  GIVE_PAIR,  // (none, none)
  GIVE_RESULT // ('', empty table)
} StandIn;
typedef struct Method {
  const char *name;
  StandIn standin;
  Func func;
} Method;
#define METHOD(n, standin, fn)                                                                     \
  {                                                                                                \
    n, standin, { n, fn, {.kind = VAL_NONE}, NULL }                                                \
  }
extern const Method adapter_methods_relations[], adapter_methods_columns[],
    adapter_methods_constraints[];
bool adapter_value(Context *c, Eval *ev, Value *out);
// Which rows of a node have their event_time between two instants, as SQL; empty: it has none.
Str event_condition(const Context *c, const Node *n, int64_t from, int64_t to);
// The one argument `relation`, the two `from_relation` and `to_relation` of a method.
Value adapter_one_relation(Eval *ev, const char *fname, const Args *args);
void adapter_from_to(Eval *ev, const char *fname, const Args *args, Value v[2]);
// Commits when a transaction is open.
void adapter_commit_open(Eval *ev, Context *c);
// Whether the database has the relation; its schema is listed when it was not yet.
bool adapter_has(Eval *ev, Context *c, const RelationObj *r);
// What get_columns_in_relation's macro gives, which a project may have of its own: any value. The
// same as a list, in which built-in code looks for columns.
Value adapter_columns(Eval *ev, Context *c, Value relation);
Value adapter_column_list(Eval *ev, Context *c, Value relation);
// The columns of an empty query: a list of column objects.
Value adapter_query_columns(Eval *ev, Context *c, Str sql);
// The names of a database's schemas, by the macro list_schemas.
Value adapter_list_schemas(Eval *ev, Context *c, Value database);

// --- cache (cache.c): relations are kept as copies in the cache's own arena.
bool cache_has_schema(RelationCache *c, Str database, Str schema);
void cache_set_schema(RelationCache *c, Str database, Str schema, RelationObj *const *all,
                      size_t n);
// Whether the cache has of `identifier`, and of names that begin with `beside`, exactly what was
// found. Functions do not count.
bool cache_agrees(RelationCache *c, const Node *n, Str beside, const NamedRelation *found,
                  size_t nfound);
// Takes these names over from a new list of the schema; of others that begin with the relation's
// name those that were not known.
void cache_renew(RelationCache *c, const Node *n, Str beside, RelationObj *const *all, size_t nall);
void cache_put(RelationCache *c, const RelationObj *r);
void cache_drop(RelationCache *c, const RelationObj *r);
void cache_drop_schema(RelationCache *c, Str database, Str schema);
void cache_rename(RelationCache *c, const RelationObj *from, const RelationObj *to);
// Copies of all relations of a schema into `a`.
RelationObj **cache_list(RelationCache *c, Arena *a, Str database, Str schema, size_t *n);
// A copy of one relation, or NULL. *exact is false when only the case of its name differs.
RelationObj *cache_find(RelationCache *c, Arena *a, Str database, Str schema, Str identifier,
                        bool *exact);

// --- others
// What metric() gives. found: its node, or NULL while files are read.
Value metric_value(Arena *a, Str package, Str name, const Node *found);
Value project_object(Context *c, Eval *ev); // builtins.ref.config
bool config_value(Context *c, Eval *ev, Value *out);
extern const ObjectType exceptions_type;
// Fails at the place where the node's config has `key`, else where it says `materialized`.
_Noreturn void context_fail_config(Eval *ev, Code code, Str key, Str hint, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
Value config_of(const Context *c); // the node's config dict or undefined
Value graph_value(Context *c);
// A dict of this context over the project's graph, with what templates put there so far.
Value kept_open(Context *c, Value graph);
void kept_free(Macros *m);

#endif
