// See sources.h. In: YAML, and the target where it answers. Out: lists of [name, type].
#include "sources.h"
#include "../../compiler/context/relation.h"
#include "../run/warehouse.h"
#include "../run/worker.h"

Value columns_of_yaml(Arena *a, const Node *n) {
  Value columns = val_list(a, n->ncolumns);
  for (size_t i = 0; i < n->ncolumns; i++) {
    if (!n->columns[i]->data_type.len)
      return val_none();
    Value pair = val_list(a, 2);
    list_push(a, pair.list, val_str(n->columns[i]->name));
    list_push(a, pair.list, val_str(n->columns[i]->data_type));
    list_push(a, columns.list, pair);
  }
  return n->ncolumns ? columns : val_none();
}

static Value columns_of_target(Run *r, Conn *conn, const Node *source) {
  Arena *a = &r->arena;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &conn->db);
  Diags ignored = {0}; // a relation that is not there has no columns
  diags_init(&ignored);
  Value relation = relation_of_node(a, &r->shared, source), out = val_none();
  Args args = {&relation, 1, NULL, 0};
  bool good = context_call(c, STR("starc_check_columns"), &args, &out, &ignored);
  diags_free(&ignored);
  return good && out.kind == VAL_LIST && out.list->n ? out : val_none();
}

// Opens the target when it is first needed. NULL: it does not answer, which is told.
static Conn *open_target(Run *r) {
  DbError error = {.at = -1};
  Conn *conn = conn_take(&r->sessions, "sources");
  if (warehouse_open(conn, &r->arena, &error))
    return conn;
  run_tell(r, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN},
           "the target was not asked for the columns of sources: %.*s", STR_ARG(error.message));
  return NULL;
}

void sources_ask(Run *r, const Node *const *nodes, size_t n, Map *asked) {
  Conn *conn = NULL;
  bool opened = false;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < nodes[i]->nneeds; k++) {
      const Node *source = nodes[i]->needs[k];
      if (source->kind != NODE_SOURCE || map_get(asked, source->id))
        continue;
      Value *columns = arena_new(&r->arena, Value);
      *columns = columns_of_yaml(&r->arena, source);
      map_put(&r->arena, asked, source->id, columns);
      if (columns->kind == VAL_LIST)
        continue;
      if (!opened)
        conn = open_target(r);
      opened = true;
      if (conn)
        *columns = columns_of_target(r, conn, source);
    }
  if (conn)
    conn_close(conn);
}

bool relation_make(CheckPlace *p, const Node *n, Value columns) {
  Run *r = p->run;
  Arena a = {0};
  Value pos[2] = {relation_of_node(&a, &r->shared, n), columns}, out;
  Args args = {pos, 2, NULL, 0};
  Diags diags = {0};
  diags_init(&diags);
  bool good = place_call(p, &a, STR("starc_check_table"), &args, &out, &diags);
  if (!good && diags.first)
    run_tell(r, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN, .node = n},
             "the columns of '%.*s' are not taken: %.*s", STR_ARG(n->name),
             STR_ARG(diags.first->message));
  diags_free(&diags);
  arena_free(&a);
  return good;
}
