// What the codes of findings mean.
#ifndef STARC_CLI_ERROR_PAGES_H
#define STARC_CLI_ERROR_PAGES_H
#include "options.h"

void help_errors(Buf *out);           // the codes of findings, one a line
void help_error(Buf *out, Code code); // the page of one of them
void help_errors_page(Buf *out);      // docs/reference/errors.md

#endif
