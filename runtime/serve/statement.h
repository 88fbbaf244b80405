// A statement as it comes over HTTP -> as the engine in the process is told it. In: SQL. Out: the
// same with its answer led into a pipe. Where a clause stands is seen by tokens alone; the engine
// itself decides whether that was right (a wrong guess is a syntax error, before anything is done).
#ifndef STARC_SERVE_STATEMENT_H
#define STARC_SERVE_STATEMENT_H
#include "../../compiler/base/buf.h"

// The FORMAT clause that ends a statement.
typedef struct FormatClause {
  size_t
      at; // where its word FORMAT, or a SETTINGS behind which it comes, stands; no clause: the end
  size_t end; // behind the format's name
  Str name;   // of the format; empty: there is no clause
} FormatClause;
FormatClause statement_format(Str sql);

// The one statement of a text, without its semicolon and what is blank around it; an INSERT in a
// FORMAT with all that follows, which is its data. False: there are several, or none.
bool statement_single(Str text, Str *sql);

// Adds the statement with what leads its answer into a file (a path without quotes in it), in the
// format that it names, else in `otherwise`.
void statement_into(Buf *out, Str sql, const char *path, Str otherwise);

// Where the data of an INSERT begin, behind FORMAT and a name, or VALUES. False: `text` has none.
bool statement_data(Str text, size_t *at);

// Adds an INSERT, which ends in its FORMAT or VALUES, so that its data come from a file. False: it
// has no place for that.
bool statement_from(Buf *out, Str head, const char *path);

// Whether it is a USE.
bool statement_uses(Str sql);

// Whether it is KILL QUERY WHERE query_id = 'ID', perhaps with SYNC, ASYNC and FORMAT. *id points
// into the text; one with a backslash or a quote in it is no name that is looked for.
bool statement_kills(Str sql, Str *id);

// Whether it begins with INSERT, or does so behind WITH.
bool statement_inserts(Str sql);

#endif
