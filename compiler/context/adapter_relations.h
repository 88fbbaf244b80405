// Methods of the adapter about relations.
#ifndef STARC_ADAPTER_RELATIONS_H
#define STARC_ADAPTER_RELATIONS_H
#include "adapter.h"
#include "relation.h"

// Whether the database has the relation; its schema is listed when it was not yet.
bool adapter_has(Eval *ev, Context *c, const RelationObj *r);

// The names of a database's schemas, by the macro list_schemas.
Value adapter_list_schemas(Eval *ev, Context *c, Value database);

#endif
