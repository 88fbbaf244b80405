// The pages of docs/reference/.
#ifndef STARC_CLI_REFERENCE_H
#define STARC_CLI_REFERENCE_H
#include "options.h"

extern const char *const reference_pages[]; // ends with NULL

// A page by name ("cli", "template", ...; empty: cli). False: no such page.
bool reference_page(Buf *out, Str page);

#endif
