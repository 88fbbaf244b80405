// starc's own macros, as files of templates compiled into the program by scripts/embed.c.
#ifndef STARC_EMBEDDED_H
#define STARC_EMBEDDED_H
#include <stddef.h>

typedef struct EmbeddedMacro {
  const char *path; // below compiler/macros: "postgres/relations.sql"; the first folder is
                    // "default" or an adapter type
  const char *text;
  size_t len;
} EmbeddedMacro;
extern const EmbeddedMacro embedded_macros[]; // ends with path NULL

#endif
