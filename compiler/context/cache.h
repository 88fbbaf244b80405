// What is known of the database's relations. They are kept as copies in the cache's own arena.
#ifndef STARC_CONTEXT_CACHE_H
#define STARC_CONTEXT_CACHE_H
#include "context.h"
#include "relation.h"

bool cache_has_schema(RelationCache *c, Str database, Str schema);
void cache_set_schema(RelationCache *c, Str database, Str schema, RelationObj *const *all,
                      size_t n);
// Whether the cache has of `identifier`, and of names that begin with `beside`, exactly what was
// found. Functions do not count.
bool cache_agrees(RelationCache *c, const Node *n, Str beside, const NamedRelation *found,
                  size_t nfound);
// Takes these names over from a new list of the schema; of others that begin with the relation's
// name those that were not known.
void cache_renew(RelationCache *c, const Node *n, Str beside, RelationObj *const *all, size_t nall);
void cache_put(RelationCache *c, const RelationObj *r);
void cache_drop(RelationCache *c, const RelationObj *r);
void cache_drop_schema(RelationCache *c, Str database, Str schema);
void cache_rename(RelationCache *c, const RelationObj *from, const RelationObj *to);
// Copies of all relations of a schema into `a`.
RelationObj **cache_list(RelationCache *c, Arena *a, Str database, Str schema, size_t *n);
// A copy of one relation, or NULL. *exact is false when only the case of its name differs.
RelationObj *cache_find(RelationCache *c, Arena *a, Str database, Str schema, Str identifier,
                        bool *exact);

RelationCache *relation_cache_new(void);
void relation_cache_free(RelationCache *c);

#endif
