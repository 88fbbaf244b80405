// The line of a node that has ended: "3 of 12  OK     table        shop.orders    12 rows 0.03s".
#ifndef STARC_NODE_LINE_H
#define STARC_NODE_LINE_H
#include "../../compiler/base/buf.h"
#include "../run/report.h"

// Adds the line of e, whose result is there. colored: whether the status has its colour. columns:
// how wide the terminal is; the line with the clock before it (10 columns) stays within it, and
// names have the room that is left. 0: no terminal, nothing is cut.
void node_line(Buf *out, const NodeStep *e, bool colored, size_t columns);

#endif
