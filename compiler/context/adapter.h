// What templates are told by a database's own rules: the kinds of its columns, what it lists of its
// relations, methods that only its adapter has. context/ asks these questions; each database
// answers them in its folder under dialect/, which Dialect.adapter points to.
#ifndef STARC_CONTEXT_ADAPTER_H
#define STARC_CONTEXT_ADAPTER_H
#include "column.h"
#include "internal.h"
#include "relation.h"

// --- `adapter` and its methods

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
  Native native;
  StandIn standin;
} Method;
extern const Method adapter_methods[], adapter_methods_relations[], adapter_methods_columns[],
    adapter_methods_constraints[];
bool adapter_value(Context *c, Eval *ev, Value *out);
// Which rows of a node have their event_time between two instants, as SQL; empty: it has none.
Str event_condition(const Context *c, const Node *n, int64_t from, int64_t to);
// Commits when a transaction is open.
void adapter_commit_open(Eval *ev, Context *c);

// --- columns

typedef struct ColumnRules {
  ObjectType type;        // made with COLUMN_TYPE
  size_t nfields;         // how many of its arguments Column() takes
  bool sized;             // "varchar(20)": sizes stand in brackets behind a type's name
  bool (*is_string)(Str); // of a type's name without its sizes
  bool (*is_integer)(Str);
  bool (*is_float)(Str);
  bool (*is_numeric)(Str);
  void (*read)(ColumnObj *c); // takes out of the type's text what it says; NULL: it is all name
  // How a type of a query's columns is called; NULL: as the database writes it.
  Str (*family)(Arena *a, Str type);
  Str (*data_type)(Arena *a, const ColumnObj *c); // as dbt's Column gives it
  Str (*string_type)(Arena *a, Value size);
  Str (*numeric_type)(Arena *a, Str word, Value precision, Value scale);
  Str (*literal)(Arena *a, const ColumnObj *c, Str text); // text as a value of the type
  // What its columns have beyond dbt's; NULL: nothing.
  bool (*attr)(const ColumnObj *c, Str name, Value *out);
} ColumnRules;

#define COLUMN_TYPE(shown, ...)                                                                    \
  { .name = (shown), .attr = column_attr, .eq = column_eq, .hash = column_hash, __VA_ARGS__ }

// --- relations

// What a row of list_relations_without_caching can tell.
typedef enum ListedField {
  LISTED_NAME,
  LISTED_SCHEMA,
  LISTED_TYPE,
  LISTED_DATABASE, // the one that is asked
  LISTED_ENGINE,
  LISTED_MVS,
  LISTED_REFRESHABLE,
  LISTED_APPEND,
  LISTED_ON_CLUSTER,
  LISTED_FIELDS
} ListedField;

#define RELATION_TYPE(shown)                                                                       \
  {                                                                                                \
    .name = (shown), .attr = relation_attr, .str = relation_print, .repr = relation_repr,          \
    .eq = relation_eq, .hash = relation_hash, .truth = relation_truth,                             \
    .contains = relation_contains, .mapping = true                                                 \
  }

// --- the adapter

extern const ObjectType adapter_type;

typedef struct AdapterRules {
  Object object;       // what templates call `adapter`; its type is adapter_type
  ObjectType relation; // made with RELATION_TYPE
  const ColumnRules *column;
  // Methods that other adapters have not, or have in another way; ended by {0}.
  const Method *methods;
  const NativeTable *natives; // its tables of natives, for the reference pages
  // Kinds of relations that can be renamed and replaced; ended by NULL.
  const char *const *movable;
  const char *other_kind; // of relations that are of none of dbt's kinds
  // What dbt's rows of list_relations_without_caching have, in their order.
  const ListedField *listed;
  size_t nlisted;
  // What a row tells beyond dbt's fields; NULL: nothing.
  void (*read_listed)(Arena *a, const Value cells[LISTED_FIELDS], RelationObj *o);
  // What is known of the relation of a node before anything is asked; NULL: nothing.
  void (*read_node)(const ContextShared *s, const Node *n, RelationObj *o);
  // Names that its relations have beyond dbt's; NULL: none.
  bool (*relation_attr)(Arena *a, RelationObj *o, Str name, Value *out);
  // A list or mapping of a unit test's rows, as the text of a value of the type.
  void (*fixture_text)(Eval *ev, Buf *out, Value v, Str type);
  // What is sent for a statement; NULL: itself.
  Str (*before_send)(Arena *a, const Target *t, Str sql);
} AdapterRules;

#endif
