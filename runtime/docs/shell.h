// The documentation page as a server gives it: its script and style in files of their own, so that
// the policy need not allow any code inside a page.
#ifndef STARC_DOCS_SHELL_H
#define STARC_DOCS_SHELL_H
#include "../../compiler/base/buf.h"

// Under these names beside the page.
#define SHELL_SCRIPT "starc.js"
#define SHELL_STYLE "starc.css"

// The two files' text: slices of the program's own.
Str shell_script(void);
Str shell_style(void);
// Adds a page with links to the two in their place. False: another version wrote it, and nothing
// is added.
bool shell_linked(Buf *out, Str page);

#endif
