// The text that Postgres keeps of a resolved query (pg_rewrite.ev_action, also the other columns of
// type pg_node_tree), as nodes with fields by name. In: the text; out: values in an arena, which
// point into the text. What the fields mean is left to the reader: versions add, move and rename
// some, so ask for those you need by name and take what is not there as RULE_NONE.
//
//   {VAR :varno 1 :varattno 3}    a node: its label and its fields
//   (1 2) ({VAR ..} {VAR ..})     a list
//   ("id" "it\"s\ name")          texts; a backslash stands before what has a meaning
//   true 23 m\ y                  atoms; <> is nothing
#ifndef STARC_DIALECT_POSTGRES_RULE_H
#define STARC_DIALECT_POSTGRES_RULE_H
#include "../../base/str.h"

typedef enum RuleKind { RULE_NONE, RULE_ATOM, RULE_TEXT, RULE_LIST, RULE_NODE } RuleKind;

typedef struct RuleNode RuleNode;
// {0} is RULE_NONE.
typedef struct RuleValue {
  RuleKind kind;
  uint32_t n; // bytes of an atom or a text as it is written, items of a list
  union {
    const char *text; // of a text without its quotes
    const struct RuleValue *items;
    const RuleNode *node;
  };
} RuleValue;

typedef struct RuleField {
  Str name; // without the colon
  RuleValue value;
} RuleField;

struct RuleNode {
  Str label; // "VAR"
  const RuleField *fields;
  size_t n;
};

// Reads the value at text[*at] and moves *at behind it. False: there is none or it is broken; *why
// says so. Nesting costs no stack; more levels than any server makes are refused.
bool rule_read(Arena *a, Str text, size_t *at, RuleValue *out, const char **why);

// The value of a field; RULE_NONE: the node (which may be NULL) has none of that name.
RuleValue rule_value(const RuleNode *node, Str field);
// The same by kind: what is of another kind is NULL, 0, false, an empty text.
const RuleNode *rule_node(const RuleNode *node, Str field);
long rule_int(const RuleNode *node, Str field);
bool rule_true(const RuleNode *node, Str field);
Str rule_text(Arena *a, const RuleNode *node, Str field);

// A value alone: the node that it is or NULL; how many items it has; one of them; its text without
// backslashes (in the arena where there were some).
static inline const RuleNode *rule_as_node(RuleValue v) {
  return v.kind == RULE_NODE ? v.node : NULL;
}
static inline size_t rule_count(RuleValue v) { return v.kind == RULE_LIST ? v.n : 0; }
static inline RuleValue rule_item(RuleValue v, size_t i) {
  return i < rule_count(v) ? v.items[i] : (RuleValue){0};
}
Str rule_as_text(Arena *a, RuleValue v);

// Calls `visit` with `value` and all below it that are nodes, each before what it holds. Where it
// returns false, what that node holds is left out. `a` is for the work.
void rule_visit(Arena *a, RuleValue value, bool (*visit)(void *with, const RuleNode *node),
                void *with);
#endif
