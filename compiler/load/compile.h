// The text of a node that is run.
#ifndef STARC_LOAD_COMPILE_H
#define STARC_LOAD_COMPILE_H
#include "../context/context.h"

// Compiles one node's body with its context (execute as the context says), puts the CTEs of
// ephemeral parents in, and gives the text that is run. The map tells where each byte came from.
typedef struct Compiled {
  const Node *failed_in; // the ephemeral parent whose text could not be rendered, or NULL
  Str code;              // with CTEs
  Value extra_ctes;      // list of {id, sql}
  Value keys_to;         // what foreign keys refer to: the text in `to` -> the relation's name
  SourceMap map;         // of `code`
} Compiled;
bool compile_node(Context *c, const Graph *g, Compiled *out, Diags *diags);

// Whether a text is a call as YAML holds them: "ref('x')", "source('a', 'b')", "var('y')" ...
bool compile_is_call(Str s);

// The arguments of a generic test, rendered with its context: `model` and texts that hold
// templates keep the type of what they evaluate to. What the test macro is called with.
bool compile_test_kwargs(Context *c, Arena *a, const Node *n, Value *out, Diags *diags);

#endif
