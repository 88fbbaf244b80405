// Text that the log of a CI job may hold. In: lines that starc prints. Out: the same, where no line
// is a command to what runs the job. Leaves control characters to utf8_shown().
#ifndef STARC_WORKFLOW_H
#define STARC_WORKFLOW_H
#include "../../compiler/base/buf.h"

// What a row, a message or a package says is not obeyed: GitHub's runner takes a line that begins
// with ::NAME::, blanks before it or not, and one that has ##[NAME] anywhere, for a command;
// Azure's takes ##vso[. A blank parts them. `json`: the text is lines of JSON, and stays the same
// values. The same slice when there is none, else in the arena.
Str workflow_unheard(Arena *a, Str text, bool json);

#endif
