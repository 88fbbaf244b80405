// In: nodes. Out: answers about one node. Leaves edges to graph.c.
#include "node.h"
#include "result.h"

const Str node_kind_names[NODE_KINDS] = {
    STR_INIT("model"),          STR_INIT("seed"),        STR_INIT("snapshot"),
    STR_INIT("test"),           STR_INIT("analysis"),    STR_INIT("operation"),
    STR_INIT("source"),         STR_INIT("exposure"),    STR_INIT("metric"),
    STR_INIT("semantic_model"), STR_INIT("saved_query"), STR_INIT("unit_test"),
    STR_INIT("function"),       STR_INIT("load"),
};

const Str node_kind_plurals[NODE_KINDS] = {
    STR_INIT("models"),          STR_INIT("seeds"),         STR_INIT("snapshots"),
    STR_INIT("tests"),           STR_INIT("analyses"),      STR_INIT("operations"),
    STR_INIT("sources"),         STR_INIT("exposures"),     STR_INIT("metrics"),
    STR_INIT("semantic models"), STR_INIT("saved queries"), STR_INIT("unit tests"),
    STR_INIT("functions"),       STR_INIT("loads"),
};

Str node_kinds_counted(Arena *a, const size_t counts[NODE_KINDS]) {
  Buf b = {.arena = a};
  for (size_t k = 0; k < NODE_KINDS; k++) {
    if (!counts[k])
      continue;
    Str name = counts[k] > 1 ? node_kind_plurals[k] : node_kind_names[k];
    buf_addf(&b, "%s%zu ", b.len ? ", " : "", counts[k]);
    for (size_t i = 0; i < name.len; i++)
      buf_addc(&b, name.ptr[i] == '_' ? ' ' : name.ptr[i]);
  }
  return b.len ? buf_str(&b) : (Str){0};
}

const NodeMore node_has_no_more = {
    .version_value = {.kind = VAL_NONE},
    .latest_version = {.kind = VAL_NONE},
    .deprecation_date = {.kind = VAL_NONE},
    .time_spine = {.kind = VAL_NONE},
    .given_rows = {.kind = VAL_UNDEF},
};

Node *node_new(Arena *a) {
  Node *n = arena_new(a, Node);
  n->more = &node_has_no_more;
  return n;
}

NodeMore *node_more(Arena *a, Node *n) {
  NodeMore *more = arena_new(a, NodeMore);
  *more = *n->more;
  n->more = more;
  return more;
}

Value node_config(const Node *n, Str key) { return val_get(n->config, key); }

Str node_materialized(const Node *n) {
  Value v = node_config(n, STR("materialized"));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

bool node_is_refable(const Node *n) {
  return n->kind == NODE_MODEL || n->kind == NODE_SEED || n->kind == NODE_SNAPSHOT;
}

Str node_unit_test_name(const Node *n) {
  size_t at = n->id.len;
  while (at && n->id.ptr[at - 1] != '.')
    at--;
  return str_sub(n->id, at, n->id.len);
}

Str node_versioned_name(Arena *a, const Node *n) {
  return n->version.len ? str_fmt(a, "%.*s.v%.*s", STR_ARG(n->name), STR_ARG(n->version)) : n->name;
}
