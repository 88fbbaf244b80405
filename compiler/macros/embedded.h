// starc's own macros, as files of templates compiled into the program by scripts/embed.c, which
// parses them: a file that is not well-formed does not build.
#ifndef STARC_EMBEDDED_H
#define STARC_EMBEDDED_H
#include "../template/blocks.h"
#include "../template/template.h"

// What counts as a macro.
enum { EMBEDDED_KINDS = 1 << BLOCK_MACRO | 1 << BLOCK_MATERIALIZATION | 1 << BLOCK_TEST };

// A macro of a file: as Block and LateText have it.
typedef struct EmbeddedBlock {
  BlockKind kind;
  Span head, whole; // of the file
  const char *adapter;
  const char *calls;
} EmbeddedBlock;

typedef struct EmbeddedFile {
  const char *path; // below compiler/macros: "postgres/relations.sql"; the first folder is
                    // "default" or an adapter type
  const char *text;
  size_t len;
  const EmbeddedBlock *blocks;
  size_t nblocks;
} EmbeddedFile;
extern const EmbeddedFile embedded_files[]; // ends with path NULL

#endif
