// Text that the log of a CI job may hold. In: what starc prints. Out: the same, where no line is a
// command to what runs the job. Leaves control characters to utf8_shown().
#ifndef STARC_WORKFLOW_H
#define STARC_WORKFLOW_H
#include "buf.h"

// What a text is, and so how a character can be written otherwise. But for lines it then says the
// same to who reads its form.
typedef enum WorkflowText {
  WORKFLOW_HEARD,  // its lines are commands, and shall be obeyed
  WORKFLOW_LINES,  // for people: a blank parts what would be a command
  WORKFLOW_JSON,   // as \u0023
  WORKFLOW_MARKUP, // XML or HTML: as &#35;
} WorkflowText;

// What a row, a message or a package says is not obeyed: GitHub's runner takes a line that begins
// with ::NAME::, blanks before it or not, and one that has ##[NAME] anywhere, for a command;
// Azure's takes ##vso[. The same slice when there is none, else in the arena.
Str workflow_unheard(Arena *a, Str text, WorkflowText form);

#endif
