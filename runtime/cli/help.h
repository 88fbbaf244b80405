// Help, the manual page and docs/reference/cli.md, from the tables of commands and options.
#ifndef STARC_CLI_HELP_H
#define STARC_CLI_HELP_H
#include "options.h"

// Help texts: what stands on a terminal fits its usual width.
enum { HELP_WIDTH = 80 };
// Text broken at `width`, each further line behind `indent` blanks; starts at column `indent`.
void help_wrapped(Buf *out, const char *text, size_t indent, size_t width);
// "  head      text", the text broken behind `column`; a head too long for it has a line of its
// own.
void help_row(Buf *out, const char *head, const char *text, size_t column);
void help_short(Buf *out);
void help_command(Buf *out, const Command *c, bool all); // all: with what every command takes
void help_reference(Buf *out);                           // docs/reference/cli.md
void help_man(Buf *out);                                 // starc.1
void version_text(Buf *out, DbtLevel level);

#endif
