// dbt's named blocks of a file.
#ifndef STARC_BLOCKS_H
#define STARC_BLOCKS_H
#include "template.h"

typedef enum BlockKind {
  BLOCK_MACRO,
  BLOCK_MATERIALIZATION, // {% materialization name, adapter='x' %} or default
  BLOCK_TEST,            // {% test name(..) %}, {% data_test name(..) %}
  BLOCK_SNAPSHOT,
  BLOCK_DOCS
} BlockKind;

typedef struct Block {
  BlockKind kind;
  Str name;      // as written: "my_macro"; for a materialization the bare name
  Str adapter;   // materialization: adapter name or "default", else empty
  Span whole;    // from the opening tag to the end of the closing one
  Span head;     // the name in the opening tag, for messages
  Span contents; // between the tags
  struct Block *next;
} Block;

// Finds the blocks of the wanted kinds (a bit set of 1 << BlockKind) at the top level of src.
// Knows comments, raw, quotes in tags. *ok is false when an error was recorded (unclosed or nested
// blocks, a block inside if/for). Text between blocks is not looked at.
Block *template_blocks(Arena *arena, const Source *src, unsigned wanted, bool *ok, Diags *diags);

#endif
