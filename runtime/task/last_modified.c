// See last_modified.h. In: dbt's macro, the database's own or the project's. Out: its rows.
#include "last_modified.h"
#include "../../compiler/context/relation.h"

// The rows of dbt's macro as dicts. It may give the table alone.
static const char query[] =
    "{%- set r = adapter.starc_macro('get_relation_last_modified')("
    "information_schema=starc_relations[0].information_schema(), relations=starc_relations) -%}"
    "{%- set table = r.table if r.table is defined else r -%}"
    "{%- set names = table.column_names | map('lower') | list -%}"
    "{%- for row in table.rows -%}{%- do starc_rows.append(dict(zip(names, row))) -%}{%- endfor "
    "-%}";

static LastModified of_row(Value row) {
  Value why = val_get(row, STR("why"));
  return (LastModified){.changed = val_get(row, STR("last_modified")),
                        .now = val_get(row, STR("snapshotted_at")),
                        .why = why.kind == VAL_STR ? val_text(why) : (Str){0}};
}

static bool ask(Context *c, const Node *const *nodes, size_t n, Value rows, Diags *diags) {
  Value relations = val_list(c->arena, n), out;
  for (size_t i = 0; i < n; i++)
    list_push(c->arena, relations.list, relation_of_node(c->arena, c->shared, nodes[i]));
  context_set(c, STR("starc_relations"), relations);
  context_set(c, STR("starc_rows"), rows);
  return context_eval(c, str_c(query), &out, diags);
}

static Str row_key(Arena *a, Str schema, Str name) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
}

static void keep(Arena *a, const Node *const *nodes, size_t n, const List *rows, Map *found) {
  static const LastModified missing = {
      .why = STR_INIT("the database has no such relation, or this user may not see it"),
      .missing = true};
  Map by_name = {0};
  for (size_t i = 0; i < rows->n; i++) {
    Value row = rows->items[i], schema = val_get(row, STR("schema")),
          name = val_get(row, STR("identifier"));
    LastModified *kept = arena_new(a, LastModified);
    *kept = of_row(row);
    Value place = val_get(row, STR("place")); // of starc's own macros, among the relations
    if (place.kind == VAL_INT && place.i >= 0 && (size_t)place.i < n)
      map_put(a, found, nodes[place.i]->id, kept);
    else if (schema.kind == VAL_STR && name.kind == VAL_STR)
      map_put(a, &by_name, row_key(a, val_text(schema), val_text(name)), kept);
  }
  for (size_t i = 0; i < n; i++) {
    const LastModified *kept = map_get(&by_name, row_key(a, nodes[i]->schema, nodes[i]->alias));
    if (!map_get(found, nodes[i]->id))
      map_put(a, found, nodes[i]->id, (void *)(kept ? kept : &missing));
  }
}

void last_modified_read(Run *r, Conn *conn, const Node *const *nodes, size_t n, Map *found) {
  Arena *a = &r->arena;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &conn->db);
  Diags ignored = {0};
  diags_init(&ignored);
  Value rows = val_list(a, n);
  bool good = ask(c, nodes, n, rows, &ignored);
  context_settle(c, conn, good);
  if (good)
    keep(a, nodes, n, rows.list, found);
  diags_free(&ignored);
}

bool last_modified_ask(Context *c, const Node *n, const Map *found, LastModified *out,
                       Diags *diags) {
  const LastModified *known = map_get(found, n->id);
  if (known) {
    *out = *known;
    return true;
  }
  Value rows = val_list(c->arena, 1);
  if (!ask(c, &n, 1, rows, diags))
    return false;
  Map one = {0};
  keep(c->arena, &n, 1, rows.list, &one);
  *out = *(const LastModified *)map_get(&one, n->id);
  return true;
}
