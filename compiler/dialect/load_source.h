// What a database is asked when rows are brought out of it: which columns a table has, from where
// on its rows are new, how a session sees one moment. In: names and texts. Out: SQL. Types and the
// text of values are load_type.h's; sending is runtime/load's.
#ifndef STARC_LOAD_SOURCE_H
#define STARC_LOAD_SOURCE_H
#include "../value/value.h"
#include "load_type.h"

// Files that are read as a table.
typedef struct LoadFiles {
  Str location, format; // format empty: what the names and the first rows say
  Str structure;        // columns with their types, as the database writes them; empty: found out
  bool in_store;        // an object store has them; else a folder or a server
  Str key_id, secret;   // of an object store; empty: none
  Str session_token;    // of keys that end some time; empty: none
  Value settings;       // dict of what the query that reads them sets; anything else: nothing
} LoadFiles;

typedef struct LoadSourceRules {
  // Statements that a session is told before it reads, so that all it reads is of one moment, and
  // so that it writes nothing. `snapshot` is what another session gave for `share`; empty: the
  // first. The result is in the arena; empty: the database cannot do that.
  Str (*begin)(Arena *a, Str snapshot);
  // A query that gives a row where a table can be locked against being written anew, and the
  // statement that does so, which goes along with `begin`. NULL: rows of a moment stay as they are.
  Str (*lockable)(Arena *a, Str schema, Str table);
  Str (*lock)(Arena *a, Str schema, Str table);
  // A query, in a transaction that has begun to read, that gives a row where something it reads was
  // written anew since its moment, so that rows are missing. NULL: that cannot be.
  const char *moved;
  const char *share; // a query for the name of the session's moment; NULL: it has none
  const char *default_schema;
  int port;   // that its servers listen on unless told otherwise
  bool pairs; // an address may also be "host=.. user=.."
  // A query for the columns of a table in their order: name, the text for LoadRules.type, whether
  // it takes no NULL ('t', 'f'), how many rows the table has about (-1: not known), what the table
  // is ('table', 'view' ..), whether it is part of the primary key. No rows: there is no such
  // table.
  Str (*columns)(Arena *a, const LoadRules *types, Str schema, Str table);
  // A query for the names of all tables of a schema and what they are.
  Str (*tables)(Arena *a, Str schema);
  // The table as SQL names it.
  Str (*relation)(Arena *a, Str schema, Str table);
  Str (*quoted)(Arena *a, Str name); // a column's name
  Str (*literal)(Arena *a, Str text);
  // The expression that a cursor, a column of type t, is compared and ordered by: texts byte by
  // byte. Empty: values of this type are in no order, or in none that the database tells max() of.
  Str (*ordered)(Arena *a, Str column, const LoadType *t);
  // A value of a cursor, as loads keep it, as an expression to compare with that; `lag` less, and
  // then no less than the least that the type holds: "1 hour", "100"; empty: none.
  Str (*less)(Arena *a, Str text, const LoadType *t, Str lag);
  // The same of a text that a person wrote, as the database reads it: with a zone it is that
  // zone's, without one it is UTC's.
  Str (*said)(Arena *a, Str text, const LoadType *t);
  // A table is cut into pieces for several that read it at once: a query for the number of units
  // that its rows lie in, and the condition for those of the units [from, to), to < 0: to the end.
  // NULL: it cannot be cut.
  Str (*units)(Arena *a, Str schema, Str table);
  Str (*piece)(Arena *a, int64_t from, int64_t to);
  // What is behind a query that reads, so that values come as load_rules->settings has them. NULL:
  // nothing, the session was told.
  Str (*behind)(Arena *a, const LoadRules *types);
  // The files of a location (a path, with wildcards, or an address) as SQL names a table. NULL: it
  // reads none.
  Str (*files)(Arena *a, const LoadFiles *files);
  // A query for how many there are, without reading them; empty: that is not known. NULL as above.
  Str (*count_files)(Arena *a, const LoadFiles *files);
  // A query for the paths of those files, which are of this machine.
  Str (*list_files)(Arena *a, const LoadFiles *files);
  // The format of files of such a name, unless it is given: where the database would find out
  // another one than a person expects. Empty: the database's own.
  Str (*format_of)(Str name);
  // What a session is told once the format is known, so that the columns of all files are the
  // table's, not those of the first. NULL: nothing.
  const char *(*all_columns)(const LoadFiles *files);
  // A statement after which a path in quotes is a table of a query: select * from 'data/x.csv'.
  // NULL: never.
  const char *paths_are_tables;
  const char *files_session; // what a session that reads files is told once; NULL as above
} LoadSourceRules;

#endif
