// The name the program was called by, for messages that tell what to type next.
#ifndef STARC_PROGRAM_H
#define STARC_PROGRAM_H
#include "str.h"

// Sets it from argv[0]; argv0 must live as long as the program. Once, before any thread starts.
void program_called(const char *argv0);
// The last part of argv[0]; "starc" where there is none.
const char *program_name(void);

// A printf format of ours under that name: in messages commands stand in backquotes, "`starc
// deps`", and begin with it. Gives fmt itself where nothing changes, else a copy in the arena.
__attribute__((format_arg(2))) const char *program_words(Arena *a, const char *fmt);

// The same of a text of ours that is no format. Gives text itself where nothing changes.
Str program_text(Arena *a, Str text);

#endif
