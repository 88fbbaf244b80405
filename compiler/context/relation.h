// Relations as templates see them: dbt's BaseRelation, and its parts.
#ifndef STARC_CONTEXT_RELATION_H
#define STARC_CONTEXT_RELATION_H
#include "context.h"

typedef struct RelationObj {
  Object object;
  const Dialect *dialect;
  Relation r;
  bool is_set[3]; // database, schema, identifier: not none
  bool include[3];
  Str type;         // empty: none
  int64_t limit;    // -1: none
  Str event_filter; // a where clause that restricts what is read, empty: none
  Str reads;        // what stands for it in a statement: a source of files; empty: its name
  bool created;     // dbt_created
  // Of databases that tell it
  bool can_exchange, can_on_cluster, is_temporary, is_refreshable, refreshable_append;
  Value mvs; // list of {schema, name}
} RelationObj;
extern const ObjectType schema_view_type;
bool is_relation(Value v);
bool relation_is_type(Str s); // "table", "view" ...
RelationObj *relation_new(Arena *a, const Dialect *d);
RelationObj *relation_copy(Arena *a, const RelationObj *o);
RelationObj *relation_kept(Arena *a,
                           const RelationObj *o); // with its texts, without limit and filter
Value relation_obj_value(const RelationObj *o);
RelationObj *relation_obj_of_node(Arena *a, const ContextShared *s, const Node *n);
// Where an earlier run has the node (NULL: nowhere, or nothing is deferred).
RelationObj *relation_obj_deferred(Arena *a, const ContextShared *s, const Node *n);
void relation_render(Buf *out, const RelationObj *o);  // the plain name
void relation_limited(Buf *out, const RelationObj *o); // str(): with limit and filter
Str relation_str(Arena *a, const RelationObj *o);
// Relation as an argument; fails naming the function when it is not one.
RelationObj *need_relation(Eval *ev, Value v, const char *fname);
// A schema as a relation without an identifier.
RelationObj *relation_of_schema(Arena *a, const ContextShared *s, Str database, Str schema);
// dbt's matching: NULL parts match anything. 1 match, 0 none, -1 only when case is ignored.
int relation_matches(const RelationObj *o, const Str *parts, const bool *given);
Value api_value(Context *c, Eval *ev);
// relation.path and its policies: an object of three fields that prints as NAME(database=...), and
// the dict of one (anything else comes back as it is).
Value relation_parts(Arena *a, const char *name, const Value v[3]);
Value relation_parts_dict(Arena *a, Value v);
// relation.information_schema(name); database may be none.
Value schema_view(Arena *a, Value database, bool quoted, Str name);
// Its kind by its name, none for absent; fails for what is no kind of relation.
void relation_set_type(Eval *ev, RelationObj *o, Value v);

bool relation_attr(Eval *ev, Object *o, Str name, Value *out);
void relation_print(const Object *o, Buf *out);
void relation_repr(const Object *o, Buf *out);
bool relation_eq(const Object *o, Value other);
uint64_t relation_hash(const Object *o);
bool relation_truth(const Object *o);
bool relation_contains(Eval *ev, Object *o, Value v);

// A relation object as templates see it, and back. type: "table", "view", ..., empty unknown.
Value relation_value(Arena *a, const ContextShared *s, const Relation *r, Str type);
Value relation_of_node(Arena *a, const ContextShared *s, const Node *n);
bool relation_from_value(Value v, Relation *r, Str *type);

#endif
