// Markdown for a terminal. In: a page of docs/. Out: plain lines of a width. Leaves colours, pages
// and where it is printed to the caller.
#ifndef STARC_CLI_MARKDOWN_H
#define STARC_CLI_MARKDOWN_H
#include "../../compiler/base/buf.h"

// Adds `text` to `out`, no line of prose wider than `width` columns, if no single word is: headings
// are underlined, paragraphs and lists wrapped, tables aligned (a table that is too wide as a list
// of its rows), code indented and as it is; comments are left out, a link is its text. `scratch`
// holds what is made on the way.
void markdown_terminal(Arena *scratch, Buf *out, Str text, size_t width);

#endif
