// The pages of docs/reference/.
#ifndef STARC_CLI_REFERENCE_H
#define STARC_CLI_REFERENCE_H
#include "options.h"

extern const char *const reference_pages[]; // ends with NULL

// A page by name ("cli", "template", ...; empty: cli). False: no such page.
bool reference_page(Buf *out, Str page);

// The page of config keys (reference_config.c).
void reference_config(Buf *out);
// What it says of the keys of that name, for the terminal; `scratch` holds what is made on the way.
// False: there is none, and *near is the nearest name or empty.
bool reference_config_entry(Arena *scratch, Buf *out, Str key, Str *near);
// The names of all keys, a line each, for the terminal.
void reference_config_list(Arena *scratch, Buf *out);

#endif
