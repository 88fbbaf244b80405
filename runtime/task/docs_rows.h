// Rows that the documentation page shows: examples, and what charts are drawn from.
#ifndef STARC_TASK_DOCS_ROWS_H
#define STARC_TASK_DOCS_ROWS_H
#include "../run/run.h"
#include "../session/conn.h"

// The first rows of each relation whose `docs: {rows: N}` asks for some, or that a chart is drawn
// from (`meta: {chart: ..}` of it, or of an exposure that reads it): a dict in r->arena, by unique
// id, of {names, rows, more, at}. Columns with `meta: {mask: true}` are covered. chosen: which
// nodes, by index; NULL: all. A relation that cannot be read is left out, with a warning.
Value docs_rows(Run *r, Conn *conn, const bool *chosen);

#endif
