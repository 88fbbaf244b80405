// Methods of the adapter about relations.
#ifndef STARC_ADAPTER_RELATIONS_H
#define STARC_ADAPTER_RELATIONS_H
#include "adapter.h"
#include "relation.h"

// Whether the database has the relation; its schema is listed when it was not yet.
bool adapter_has(Eval *ev, Context *c, const RelationObj *r);

// The names of a database's schemas, by the macro list_schemas.
Value adapter_list_schemas(Eval *ev, Context *c, Value database);

// What the cache has of a node's relation and of those beside it (names that begin with `beside`)
// is listed anew, where it is not what was found in the database, or `always`. A schema that was
// not listed yet stays so.
bool context_renew_relation(Context *c, const Node *n, Str beside, const NamedRelation *found,
                            size_t nfound, bool always, Diags *diags);

// Whether the cache has of a node's relation, and of those beside it, what was found in the
// database.
bool context_relation_agrees(const ContextShared *s, const Node *n, Str beside,
                             const NamedRelation *found, size_t nfound);

// The kind of what the cache has under a node's name; empty: nothing, or it is not known.
Str context_cached_type(const ContextShared *s, Arena *a, const Node *n);

#endif
