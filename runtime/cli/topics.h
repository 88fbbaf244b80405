// The guides of docs/ inside the program: their list, and one of them for the terminal.
#ifndef STARC_CLI_TOPICS_H
#define STARC_CLI_TOPICS_H
#include "../../compiler/base/buf.h"

// A page, compiled in by scripts/embed.c. The table ends with a row without a name.
typedef struct ManualPage {
  const char *name;  // "hooks" of docs/guides/hooks.md; "guides/macros" where two are called macros
  const char *topic; // its path below docs/ without .md: "guides/hooks"; of a README, its folder
  const char *part;  // the folder below docs/, "" for docs/ itself
  const char *title; // its heading
  const char *packed; // Markdown, as zlib packs it: `len` bytes, which become `size`
  size_t len, size;
} ManualPage;
extern const ManualPage manual_pages[];

// The page of a name or a path. NULL: there is none, and *near is the nearest name, or empty.
const ManualPage *topic_find(Str name, Str *near);
// What may be meant where topic_find finds none since more than one has the name: the names of the
// pages whose path ends in `name`, "a' or 'b" (in `scratch`). Empty: none ends in it.
Str topic_namesakes(Arena *scratch, Str name);
// How many pages have this word in their name or title, in capitals or not, in the plural or not;
// *one is one of them, and `names` gets the names of all, "a, b".
size_t topics_of(Str word, const ManualPage **one, Buf *names);
// Adds the list of all topics to `out`.
void topics_list(Buf *out);
// Adds a page to `out` as the terminal shows it. What is made on the way is in `scratch`.
void topic_page(Arena *scratch, Buf *out, const ManualPage *page);
// Adds the names of all, `between` between two.
void topics_names(Buf *out, const char *between);

// Writes `text` to standard output; where that is a terminal, through $STARC_PAGER, else $PAGER,
// else less, and back when the reader has left it. A pager that is not found, "cat" or an empty
// name: without one. For the main thread, before there are others.
void topic_print(Str text);

#endif
