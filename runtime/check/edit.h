// The text of a model changes while its project is open (an editor): what is looked at again.
#ifndef STARC_CHECK_EDIT_H
#define STARC_CHECK_EDIT_H
#include "../run/run.h"

typedef enum Edit {
  EDIT_TAKEN, // the node has the text now
  EDIT_WRONG, // it is no template: the finding is in the run's diags, and the node is as it was
  EDIT_RELOAD // it says config() or reads other nodes than before: the project is to be read anew
} Edit;

// Gives a model of a file of its own another text, which is copied.
Edit edit_node(Run *r, Node *n, Str text);

#endif
