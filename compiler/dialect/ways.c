// See ways.h. A search takes places in the order of their strength, a queue a step, so a place is
// done when it is first met. The sum of all searches of a query is bounded: what a server sends
// could name a hundred thousand outputs of a hundred thousand inputs each.
#include "ways.h"

#include "../base/sort.h"

#include <stdlib.h>

enum { STEPS = STEP_SORT + 1 };
static const size_t most_work = 40000000, most_given = 2000000;

struct Stop {
  Place place, leaf;
  uint32_t group;
};

struct Hole {
  Place place;
  Str why;
};

struct PlaceInfo {
  uint32_t first; // of its ways in Ways.sorted; they end where those of the next place start
  uint32_t mark;  // the last search that was here
  uint32_t stop;  // in Ways.stops + 1
  const Leaf *leaf;
  const Str *why;
};

struct WaysQueue {
  VEC(Place) places;
};

Place ways_places(Ways *w, uint32_t n) {
  Place first = w->nplaces + 1;
  w->nplaces += n;
  return first;
}

void ways_add(Ways *w, Place to, Place from, LineageStep step) {
  if (to && from)
    vec_push(w->a, &w->ways, ((Way){to, from, step}));
}

WaysRelation *ways_relation(Ways *w, Str schema, Str name) {
  Buf key = {0};
  buf_add(&key, schema);
  buf_addc(&key, 0);
  buf_add(&key, name);
  WaysRelation *r = map_get(&w->relations, buf_str(&key));
  if (!r) {
    r = arena_new(w->a, WaysRelation);
    *r = (WaysRelation){.schema = schema, .name = name};
    map_put(w->a, &w->relations, str_dup(w->a, buf_str(&key)), r);
  }
  buf_free(&key);
  return r;
}

Place ways_column(Ways *w, WaysRelation *r, Str column) {
  Leaf *leaf = map_get(&r->columns, column);
  if (!leaf) {
    leaf = arena_new(w->a, Leaf);
    leaf->input = (LineageInput){.schema = r->schema, .relation = r->name, .column = column};
    leaf->place = ways_places(w, 1);
    map_put(w->a, &r->columns, column, leaf);
    vec_push(w->a, &w->leaves, leaf);
  }
  return leaf->place;
}

Place ways_unknown(Ways *w, Str why) {
  Place place = ways_places(w, 1);
  vec_push(w->a, &w->holes, ((struct Hole){place, why}));
  return place;
}

void ways_stop(Ways *w, Place place, Place leaf, uint32_t group) {
  vec_push(w->a, &w->stops, ((struct Stop){place, leaf, group}));
}

static int by_name(const void *a, const void *b) {
  const LineageInput *x = &(*(Leaf *const *)a)->input, *y = &(*(Leaf *const *)b)->input;
  int order = str_cmp(x->schema, y->schema);
  if (!order)
    order = str_cmp(x->relation, y->relation);
  return order ? order : str_cmp(x->column, y->column);
}

// The ways in order of the place that they lead to.
static void sort_ways(Ways *w) {
  w->sorted = arena_array(w->a, const Way *, w->ways.n);
  for (size_t i = 0; i < w->ways.n; i++)
    w->places[w->ways.items[i].to].first++;
  uint32_t sum = 0;
  for (uint32_t i = 0; i <= w->nplaces + 1; i++) // where each ends; filled from behind below
    w->places[i].first = sum += w->places[i].first;
  for (size_t i = w->ways.n; i-- > 0;)
    w->sorted[--w->places[w->ways.items[i].to].first] = &w->ways.items[i];
}

void ways_close(Ways *w) {
  w->places = arena_array(w->a, struct PlaceInfo, (size_t)w->nplaces + 2);
  w->queues = arena_array(w->a, struct WaysQueue, STEPS);
  sort_ways(w);
  if (w->leaves.n)
    sort_items(w->leaves.items, w->leaves.n, sizeof *w->leaves.items, by_name);
  for (size_t i = 0; i < w->leaves.n; i++) {
    w->leaves.items[i]->rank = (uint32_t)i;
    w->places[w->leaves.items[i]->place].leaf = w->leaves.items[i];
  }
  for (size_t i = 0; i < w->holes.n; i++)
    w->places[w->holes.items[i].place].why = &w->holes.items[i].why;
  for (size_t i = 0; i < w->stops.n; i++)
    w->places[w->stops.items[i].place].stop = (uint32_t)i + 1;
}

struct Found {
  uint32_t rank;
  LineageStep step;
};
typedef struct Found Found;

typedef struct Search {
  Ways *w;
  uint32_t group;
  Str *unknown;
} Search;

static void ask_for(Search *s, Place place, LineageStep step) {
  if (place && s->w->places[place].mark != s->w->mark)
    vec_push(s->w->a, &s->w->queues[step].places, place);
}

static void follow(Search *s, Place place, LineageStep step) {
  Ways *w = s->w;
  for (uint32_t i = w->places[place].first; i < w->places[place + 1].first; i++) {
    LineageStep next = w->sorted[i]->step;
    ask_for(s, w->sorted[i]->from, next > step ? next : step);
  }
  w->work += w->places[place + 1].first - w->places[place].first;
}

static void visit(Search *s, Place place, LineageStep step) {
  struct PlaceInfo *p = &s->w->places[place];
  if (p->mark == s->w->mark)
    return;
  p->mark = s->w->mark;
  if (p->leaf)
    vec_push(s->w->a, &s->w->found, ((Found){p->leaf->rank, step}));
  else if (p->why)
    *s->unknown = s->unknown->len ? *s->unknown : *p->why;
  else if (p->stop && s->w->stops.items[p->stop - 1].group != s->group)
    ask_for(s, s->w->stops.items[p->stop - 1].leaf, step);
  else
    follow(s, place, step);
}

static int by_rank(const void *a, const void *b) {
  uint32_t x = ((const Found *)a)->rank, y = ((const Found *)b)->rank;
  return (x > y) - (x < y);
}

static const LineageInput *in_order(Search *s) {
  if (!s->w->found.n)
    return NULL;
  sort_items(s->w->found.items, s->w->found.n, sizeof *s->w->found.items, by_rank);
  LineageInput *inputs = arena_array(s->w->a, LineageInput, s->w->found.n);
  for (size_t i = 0; i < s->w->found.n; i++) {
    inputs[i] = s->w->leaves.items[s->w->found.items[i].rank]->input;
    inputs[i].step = s->w->found.items[i].step;
  }
  return inputs;
}

const LineageInput *ways_inputs(Ways *w, Place place, uint32_t group, size_t *n, Str *unknown) {
  *n = 0;
  if (w->work > most_work || w->given > most_given) {
    *unknown = STR("the query has too many columns that depend on each other");
    return NULL;
  }
  Search s = {.w = w, .group = group, .unknown = unknown};
  w->mark++;
  w->found.n = 0;
  ask_for(&s, place, STEP_SAME);
  for (int step = 0; step < STEPS; step++)
    while (w->queues[step].places.n) // a step never leads to a stronger one
      visit(&s, w->queues[step].places.items[--w->queues[step].places.n], (LineageStep)step);
  *n = w->found.n;
  w->given += w->found.n;
  return in_order(&s);
}
