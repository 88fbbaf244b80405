// The ways by which columns of relations reach the outputs of a query. In: places of a query (an
// output, its rows), what stands in each of them and how. Out: the inputs of a place, each once, by
// its strongest way. Nothing recurses, so a query that reads itself ends, and one pass finds all.
// It leaves to a reader what the places are.
//
// A way is as strong as its weakest step: what is filtered by a computed column is filtered. Of two
// ways the stronger one counts.
#ifndef STARC_DIALECT_WAYS_H
#define STARC_DIALECT_WAYS_H
#include "../base/map.h"
#include "../base/vec.h"
#include "lineage.h"

typedef uint32_t Place; // a number; 0 is none: what is put there is dropped

typedef struct WaysRelation {
  Str schema, name;
  Map columns; // name -> &Leaf, made by ways_column()
} WaysRelation;

typedef struct Leaf {
  LineageInput input; // its step is not used
  Place place;
  uint32_t rank; // in the order of relation and column
} Leaf;

typedef struct Way {
  Place to, from;
  LineageStep step;
} Way;

// {.a = arena} is empty; all it holds is in that arena. Filled, then ways_close(), then asked.
typedef struct Ways {
  Arena *a;
  Map relations; // "schema\0name" -> WaysRelation
  VEC(Leaf *) leaves;
  VEC(Way) ways;
  struct PlaceInfo *places; // by Place, from ways_close() on
  uint32_t nplaces;
  VEC(struct Stop) stops;
  VEC(struct Hole) holes;
  const Way **sorted;       // by `to`
  struct WaysQueue *queues; // one a step
  VEC(struct Found) found;  // of the search at hand
  uint32_t mark;            // of the search at hand
  size_t work, given;       // ways looked at, inputs handed out so far
} Ways;

// New places, side by side. The first.
Place ways_places(Ways *w, uint32_t n);
// What is in `from` gets into `to`.
void ways_add(Ways *w, Place to, Place from, LineageStep step);
// A relation, the same one for each call with these names.
WaysRelation *ways_relation(Ways *w, Str schema, Str name);
// The place of a relation's column; an empty name: of its rows as such.
Place ways_column(Ways *w, WaysRelation *r, Str column);
// A place of which can only be said why it is not known. `why` must outlive w.
Place ways_unknown(Ways *w, Str why);
// What is in `place` is followed only in a search of this group (from 1 on); to all others it is
// the input `leaf` (0: nothing).
void ways_stop(Ways *w, Place place, Place leaf, uint32_t group);

// Nothing is added after this.
void ways_close(Ways *w);
// What gets into `place`, each column once, in order of relation and column. Sets *unknown where
// something was not known, or too much would have to be looked at. `group`: ways_stop().
const LineageInput *ways_inputs(Ways *w, Place place, uint32_t group, size_t *n, Str *unknown);

#endif
