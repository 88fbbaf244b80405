// How a rendering template reaches the database: callbacks that runtime/ fills in. compiler/ knows
// no database client; at parse time there is no Db at all.
#ifndef STARC_DB_H
#define STARC_DB_H
#include "../base/diag.h"
#include "../dialect/cell.h"
#include "../value/value.h"

// A statement's result. Text lives in the arena given to the call.
typedef struct DbColumn {
  Str name;
  Str type; // the database's own name of the type: "integer", "Nullable(UInt64)"
} DbColumn;

// A relation of a schema: "orders", "table".
typedef struct NamedRelation {
  Str name, type;
} NamedRelation;

typedef struct DbResult {
  DbColumn *columns;
  size_t ncolumns;
  Value *rows; // each a tuple of ncolumns values, typed as dbt's agate would have them
  size_t nrows;
  Str code;         // "SELECT", "INSERT", "OK"
  Str message;      // "INSERT 0 3", "OK"
  int64_t affected; // rows affected, -1: not told
  Str query_id;     // empty: none
} DbResult;

// What load_csv reads and where each field goes.
typedef struct CsvColumn {
  Str name;               // as the file has it
  const CellType *type;   // what the table's column holds; NULL: the table has no such column
  const CellType *wanted; // what that of a table made for this file would hold
  bool loose;             // the type was found from the cells, which are read as dbt reads them
} CsvColumn;

typedef struct CsvLoad {
  Str path, shown; // the file, and its name in findings
  char delimiter;
  size_t ncolumns;
  const CsvColumn *columns;
  // Cells that do not fit: one error, with the next ones as notes. Cells that lose something: a
  // warning for each column.
  Diags *diags;
} CsvLoad;

typedef struct DbError {
  Str message;         // the database's text, secrets masked
  Str brief;           // the same without what helps nobody at a terminal, empty: message
  Str hint, detail;    // its own hint and detail
  Str nearest;         // the column that it thinks was meant; empty: it names none
  Str code;            // the database's own, for people
  ptrdiff_t at;        // byte in the statement's text, -1: not told
  Str name;            // the function, operator or word it is about, if it has no other place
  Str within;          // the part of the statement that it lies in, as the database writes it
  bool unmatched;      // a bracket has no partner
  bool no_relation;    // it names a table or view that is not there
  bool no_column;      // it names a column that is not there
  bool column_twice;   // what it makes would have two columns of one name, which is `name`
  bool wrong_type;     // a value does not fit its column's type
  bool wrong_argument; // a function or operator does not take an argument of that type
  bool syntax;         // the statement is not SQL
  bool denied;         // the user may not
  bool deadlock;       // it was undone since two waited for each other
  bool raced;          // another session may have made the same thing at the same moment
  Str constraint;      // of contracts, that a row breaks: "unique", "not_null" ..; empty: none
  Str unknown_type;    // a type that the database has not
  Str config;          // the config key that wrote the part of a table which it is about
  bool taken;          // another process has the database for itself, and may be done with it soon
  bool no_function;    // it names a function or the like of a whole server that is not there
  bool timed_out;      // it took longer than a limit
  bool locked;         // it waited too long for what another session has locked
  bool no_memory;      // it needed more memory than a limit
  bool alone;          // it cannot be done within a transaction
  bool not_checked;    // starc check leaves it: the message says why
  bool unconnected;    // it is about the connection: no statement was sent
  bool unsent;         // the process it was to go through did not take it: another one can
  bool elsewhere;      // the engine of another process opens no such file: its hint says which
  bool in_config;      // a key of the node's config is wrong: nothing was asked of the target
  bool of_source;      // it is of what a load reads: the database that is written answers
  bool busy;           // the database cannot do it now, or may not: no line of the project is wrong
  // Of rows loaded from a file: the row, from 1 (0: not told), and its column; then their place.
  int64_t row;
  Str column;
  const Source *src;
  Span span;
} DbError;

// What kind of finding it is.
static inline Code db_error_code(const DbError *e) {
  return e->not_checked                       ? CODE_NOT_CHECKED
         : e->unconnected                     ? CODE_CONNECTION_FAILED
         : e->busy                            ? CODE_DATABASE_UNAVAILABLE
         : e->no_column                       ? CODE_MISSING_COLUMN
         : e->no_relation                     ? CODE_MISSING_RELATION
         : e->in_config                       ? CODE_CONFIG_VALUE
         : e->no_function                     ? CODE_MISSING_FUNCTION
         : e->column_twice                    ? CODE_DUPLICATE_COLUMN
         : e->syntax || e->unmatched          ? CODE_SQL_SYNTAX
         : e->wrong_type || e->wrong_argument ? CODE_SQL_TYPE
                                              : CODE_DATABASE_ERROR;
}

// --- loads: rows that are brought from another database or from files

// A column on its way.
typedef struct LoadedColumn {
  Str name, type;           // in the table that is filled
  Str from_name, from_type; // in the source
  Str expression;           // in the source's SQL, that takes the column's place; empty: none
  bool nullable;            // NULL may come
  bool is_key;              // of the primary key, as the source says
} LoadedColumn;

// What is asked of the source of a load's node.
typedef struct LoadAsk {
  const struct Node *node;
  Str last;   // the cursor's value up to which rows were brought; empty: none were
  bool again; // all rows, whatever was brought before
  bool whole; // all at once, whatever the config says of batches
  bool empty; // no rows (--empty)
  // Of a table that is new, rows whose cursor, a time, is in [from, to), of others up to there
  // (--sample); "2024-01-31 12:00:00" in UTC; empty: all.
  Str sample_from, sample_to;
  Diags *diags; // what is wrong with the project's YAML
} LoadAsk;

typedef struct LoadPlan {
  const LoadedColumn *columns;
  size_t ncolumns;
  Str cursor;         // its column in the table; empty: there is none
  Str cursor_type;    // of the target
  Str from, last, to; // rows with a cursor from there on are asked for, up to `last` some were
                      // brought before, `to` is the greatest now; empty: none
  bool more;          // it is a batch: rows beyond `to` are there for the next one
  int64_t estimate;   // rows that the source's table has about, -1: not known
  Str what;           // of the source: "table", "view", "query"
} LoadPlan;

// A column of the table that takes one of the source.
typedef struct LoadWanted {
  Str name, type;
} LoadWanted;

// Which of the rows.
typedef enum LoadPart {
  LOAD_ALL,  // all that are asked for
  LOAD_NEW,  // those beyond `last`
  LOAD_EDGE, // those from `from` up to `last`, and those whose cursor is NULL
  LOAD_KEYS, // the keys alone, of all rows
} LoadPart;

typedef struct LoadCount {
  int64_t rows, bytes;
} LoadCount;

// How a statement puts a view in the place of one.
typedef struct DbPlace {
  Str view;      // the one that is replaced, as SQL names it; empty: nothing is there
  bool rights;   // its grants are made what the config says afterwards
  bool comments; // so are its comments
  bool opened;   // a transaction is open, and goes on where the statement is refused
  bool refused;  // the view cannot be replaced in place
} DbPlace;

// Sees the statements of a text that is rendered, before each is sent: false, with *error, and it
// is not; and the answers, and may put others in their place, in the same arena.
typedef struct AnswerWatch {
  void *data;
  bool (*may_send)(void *data, Arena *a, Str sql, DbError *error);
  void (*seen)(void *data, Arena *a, Str sql, int64_t limit, DbResult *out);
} AnswerWatch;

// Is told what the database resolved a query to that is only looked at, and says whether a build
// plans that query.
typedef struct ResolvedWatch {
  void *data;
  bool (*resolved)(void *data, Str sql, Str answer);
} ResolvedWatch;

// One worker's way to its session. Calls fail with false and *error; they block until the
// database answered. Used from one thread at a time.
typedef struct Db {
  void *data;
  // Runs one statement or several. `fetch`: bring rows (limit < 0: all).
  bool (*query)(void *data, Arena *a, Str sql, bool fetch, int64_t limit, DbResult *out,
                DbError *error);
  // A statement that makes a relation, where the database has transactions. Of a view that is there
  // (place->view) it is sent only where the view in place is then what a new one would be; false
  // with place->refused: nothing was done, a transaction that is open goes on.
  bool (*place)(void *data, Arena *a, Str sql, DbPlace *place, DbResult *out, DbError *error);
  // Transactions, where the database has them (Postgres); else they do nothing.
  bool (*begin)(void *data, DbError *error);
  bool (*commit)(void *data, DbError *error);
  bool (*rollback)(void *data, DbError *error);
  // Streams a CSV file into a table, in constant memory. False with an error in load->diags, or
  // *error where the database has failed. `sql` is the statement's head where the dialect
  // needs one ("copy t (a, b) from stdin ...", "insert into t (a, b) format CSV").
  bool (*load_csv)(void *data, Arena *a, Str sql, const CsvLoad *load, int64_t *rows,
                   DbError *error);
  // Opens the source of a node and asks it for its columns and its cursor. The source stays open,
  // at one moment of its data, until the connection turns to another node.
  bool (*load_open)(void *data, Arena *a, const LoadAsk *ask, LoadPlan *plan, DbError *error);
  // Brings n columns of rows of the source that is open into a table: `sql` is the statement's
  // head.
  bool (*load_rows)(void *data, Arena *a, Str sql, LoadPart part, const LoadWanted *columns,
                    size_t n, LoadCount *count, DbError *error);
  // Server version as text and as one number (150018, 26005003), the session's first answer.
  bool (*version)(void *data, Arena *a, Str *text, int64_t *number, DbError *error);
} Db;

#endif
