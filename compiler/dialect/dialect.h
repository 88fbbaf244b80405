// What differs between databases. Here are the questions that need text alone: quoting, names of
// relations, types. Layers above have questions of their own, each declared where it is asked and
// answered through a pointer of this table. The answers of a database are in its folder here;
// nobody else asks which database it is. No connection here.
#ifndef STARC_DIALECT_H
#define STARC_DIALECT_H
#include "../base/buf.h"
#include "../value/value.h"
#include "cell.h"
#include "sql.h"

// A relation's name in parts; empty parts are left out.
typedef struct Relation {
  Str database, schema, identifier;
  bool quote_database, quote_schema, quote_identifier;
} Relation;

// What the cells of a seed's column are.
typedef enum SeedKind {
  SEED_TEXT,
  SEED_INTEGER,
  SEED_NUMBER,
  SEED_DATE,
  SEED_DATETIME,
  SEED_BOOLEAN
} SeedKind;

typedef struct Dialect {
  const char *type;           // its name in profiles and before macros: "postgres"
  const char *title;          // its name in sentences: "Postgres"
  const char *const *parents; // adapter types searched after it in dispatch (before default)
  const SqlRules *sql;        // how its SQL is cut into tokens
  char quote;                 // '"' or '`'
  bool has_databases;         // a database stands before a schema; false: schemas are the top
  bool functions_in_schemas;  // false: a function is the whole server's
  bool transactions;
  // Functions that open what lies outside of the database while a query is only analysed, or that
  // read whatever tables there are; ends with NULL. NULL: a query that is not run opens nothing.
  const char *const *opens;
  // Functions that write files, talk to other sessions or servers, or whose effects a rollback
  // leaves; ends with NULL. NULL: a check has an engine of its own.
  const char *const *lasts;
  bool replaces_at_once; // one statement puts a view or a function in the place of another
  const char
      *check_driver;   // of the engine inside the process that checks SQL; NULL: the target does
  bool batches_apart;  // each batch of a model builds beside under a name of its own
  bool subquery_alias; // a subquery in FROM needs one; false: only beside others
  bool wraps_limits;   // a limit is put around a query, not behind it
  bool quote_by_default[3]; // database, schema, identifier
  size_t max_identifier;    // bytes; 0: no limit
  // Quotes one identifier, doubling or escaping what needs it.
  void (*quote_name)(Buf *out, Str name);
  // Renders a relation's full name.
  void (*relation)(Buf *out, const Relation *r);
  // Types of a seed's columns: for each SeedKind those that a column may have, ended by NULL. The
  // first that holds every cell is taken.
  const char *const *const *seed_types;
  // What a column of that type holds.
  const CellType *(*cell_type)(Arena *a, Str type);
  // An exact number of so many digits, so many of them behind the point, where no type of
  // SEED_NUMBER holds every cell; NULL: there is none.
  Str (*exact_number)(Arena *a, long digits, long behind);
  // The type that takes NULL beside the values of a type, which is the type itself where there is
  // none; NULL: all types do.
  Str (*nullable)(Arena *a, Str type);
  // What stands before and behind "t (a, b" in the statement that rows are streamed into.
  const char *load[2];
  const char *const *strategies; // its incremental strategies among dbt's; ends with NULL
  // What stands before and after "2025-01-31 00:00:00", a moment in UTC: together they are compared
  // with a column of any type of time, and mean the same instant whatever zone the session has.
  const char *instant[2];
  // api.Column.translate_type: "string" -> the database's word; empty: as it is.
  Str (*translate_type)(Str type);
  const struct ProfileRules *profile;   // project/profile_parts.h: keys of a target
  const struct ConfigRules *config;     // project/config.h: keys of models that only it has
  const struct AdapterRules *adapter;   // context/adapter.h: relations, columns, methods
  const struct LineageRules *lineage;   // lineage.h: what columns are made of; NULL: cannot be told
  const struct LoadSourceRules *source; // load_source.h: rows that are brought out; NULL: none are
  const struct LoadRules *load_rules; // load_type.h: types between databases; NULL: none come or go
} Dialect;

extern const Dialect *const dialects[]; // ends with NULL
const Dialect *dialect_find(Str type);  // NULL: unknown

// "name" with inner double quotes doubled: standard SQL, which both databases read.
void dialect_double_quoted(Buf *out, Str name);

#endif
