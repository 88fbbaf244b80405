// The relations that exist in the warehouse, as far as this run knows: filled schema by schema,
// kept up to date by what the run itself does. One per run, shared by all workers, one lock, which
// nobody holds while a statement runs.
#include "cache.h"

#include "relation.h"

#include "../base/vec.h"
#include "../base/work.h"

typedef struct CachedSchema {
  Str database, schema;
  bool known;  // false: only what the run itself made, not listed from the database
  Map by_name; // identifier -> RelationObj, NULL when it is gone
  Map folded;  // the same by the lower-case identifier, for near misses
} CachedSchema;

struct RelationCache {
  pthread_mutex_t lock;
  Arena arena;
  VEC(CachedSchema *) schemas;
};

RelationCache *relation_cache_new(void) {
  Arena first = {0};
  RelationCache *c = arena_new(&first, RelationCache);
  c->arena = first;
  pthread_mutex_init(&c->lock, NULL);
  return c;
}

void relation_cache_free(RelationCache *c) {
  if (!c)
    return;
  pthread_mutex_destroy(&c->lock);
  Arena a = c->arena; // it holds the cache itself
  arena_free(&a);
}

static CachedSchema *find(RelationCache *c, Str database, Str schema, bool make) {
  for (size_t i = 0; i < c->schemas.n; i++)
    if (str_eq(c->schemas.items[i]->schema, schema) &&
        str_eq_nocase(c->schemas.items[i]->database, database))
      return c->schemas.items[i];
  if (!make)
    return NULL;
  CachedSchema *s = arena_new(&c->arena, CachedSchema);
  s->database = str_dup(&c->arena, database);
  s->schema = str_dup(&c->arena, schema);
  vec_push(&c->arena, &c->schemas, s);
  return s;
}

RelationObj *relation_kept(Arena *a, const RelationObj *r) {
  RelationObj *o = relation_copy(a, r);
  o->r.database = str_dup(a, r->r.database);
  o->r.schema = str_dup(a, r->r.schema);
  o->r.identifier = str_dup(a, r->r.identifier);
  o->type = str_dup(a, r->type);
  o->reads = str_dup(a, r->reads);
  o->mvs = val_copy(a, r->mvs, true);
  o->limit = -1;
  o->event_filter = STR("");
  return o;
}

static Str folded(Arena *a, Str s) {
  char *lower = str_cstr(a, s);
  for (size_t i = 0; i < s.len; i++)
    if (lower[i] >= 'A' && lower[i] <= 'Z')
      lower[i] += 'a' - 'A';
  return str_n(lower, s.len);
}

static void remove_named(RelationCache *c, CachedSchema *s, Str identifier) {
  RelationObj *o = map_get(&s->by_name, identifier);
  if (!o)
    return;
  map_put(&c->arena, &s->by_name, o->r.identifier, NULL);
  Str low = folded(&c->arena, identifier);
  if (map_get(&s->folded, low) == o)
    map_put(&c->arena, &s->folded, low, NULL);
}

static void put(RelationCache *c, CachedSchema *s, const RelationObj *r) {
  RelationObj *o = relation_kept(&c->arena, r);
  map_put(&c->arena, &s->by_name, o->r.identifier, o);
  map_put(&c->arena, &s->folded, folded(&c->arena, o->r.identifier), o);
}

bool cache_has_schema(RelationCache *c, Str database, Str schema) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, database, schema, false);
  bool known = s && s->known;
  work_unlock(&c->lock, work);
  return known;
}

void cache_set_schema(RelationCache *c, Str database, Str schema, RelationObj *const *all,
                      size_t n) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, database, schema, true);
  if (!s->known) { // else another worker was first, and may have changed things since
    for (size_t i = 0; i < n; i++)
      put(c, s, all[i]);
    s->known = true;
  }
  work_unlock(&c->lock, work);
}

static bool belongs(Str name, const Node *n, Str beside) {
  return str_eq(name, n->alias) || str_starts(name, beside);
}

bool cache_agrees(RelationCache *c, const Node *n, Str beside, const NamedRelation *found,
                  size_t nfound) {
  size_t known = 0, same = 0;
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, n->database, n->schema, false);
  for (size_t i = 0; s && i < s->by_name.n; i++) {
    const RelationObj *o = s->by_name.entries[i].value;
    known += o && belongs(o->r.identifier, n, beside) && !str_is(o->type, "function");
  }
  for (size_t i = 0; s && i < nfound; i++) {
    const RelationObj *o = map_get(&s->by_name, found[i].name);
    same += o && str_eq(o->type, found[i].type);
  }
  work_unlock(&c->lock, work);
  return known == nfound && same == nfound;
}

void cache_renew(RelationCache *c, const Node *n, Str beside, RelationObj *const *all,
                 size_t nall) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, n->database, n->schema, true);
  for (size_t i = s->by_name.n; i-- > 0;) {
    const RelationObj *o = s->by_name.entries[i].value;
    if (o && belongs(o->r.identifier, n, beside))
      remove_named(c, s, o->r.identifier);
  }
  for (size_t i = 0; i < nall; i++) {
    Str name = all[i]->r.identifier; // also "orders_mv", where it was not there before
    if (belongs(name, n, beside) || (str_starts(name, n->alias) && !map_get(&s->by_name, name)))
      put(c, s, all[i]);
  }
  work_unlock(&c->lock, work);
}

void cache_put(RelationCache *c, const RelationObj *r) {
  Work *work = work_lock(&c->lock);
  put(c, find(c, r->r.database, r->r.schema, true), r);
  work_unlock(&c->lock, work);
}

void cache_drop(RelationCache *c, const RelationObj *r) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, r->r.database, r->r.schema, false);
  if (s)
    remove_named(c, s, r->r.identifier);
  work_unlock(&c->lock, work);
}

void cache_drop_schema(RelationCache *c, Str database, Str schema) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, database, schema, false);
  if (s)
    s->by_name = s->folded = (Map){0};
  work_unlock(&c->lock, work);
}

void cache_rename(RelationCache *c, const RelationObj *from, const RelationObj *to) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, from->r.database, from->r.schema, true);
  const RelationObj *known = map_get(&s->by_name, from->r.identifier);
  RelationObj moved = known ? *known : *to; // its type and flags go with it
  moved.r = to->r;
  remove_named(c, s, from->r.identifier);
  put(c, find(c, to->r.database, to->r.schema, true), &moved);
  work_unlock(&c->lock, work);
}

RelationObj **cache_list(RelationCache *c, Arena *a, Str database, Str schema, size_t *n) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, database, schema, false);
  size_t room = s ? s->by_name.n : 0;
  RelationObj **all = arena_array(a, RelationObj *, room + 1);
  *n = 0;
  for (size_t i = 0; i < room; i++)
    if (s->by_name.entries[i].value)
      all[(*n)++] = relation_kept(a, s->by_name.entries[i].value);
  work_unlock(&c->lock, work);
  return all;
}

RelationObj *cache_find(RelationCache *c, Arena *a, Str database, Str schema, Str identifier,
                        bool *exact) {
  Work *work = work_lock(&c->lock);
  CachedSchema *s = find(c, database, schema, false);
  RelationObj *o = s ? map_get(&s->by_name, identifier) : NULL;
  *exact = o != NULL;
  if (s && !o)
    o = map_get(&s->folded, folded(a, identifier));
  RelationObj *copy = o ? relation_kept(a, o) : NULL;
  work_unlock(&c->lock, work);
  return copy;
}
