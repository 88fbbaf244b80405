// The registry of macros and names from the inside: what a name means to a context. Only files of
// context/ look into it.
#ifndef STARC_CONTEXT_MACROS_PARTS_H
#define STARC_CONTEXT_MACROS_PARTS_H
#include "internal.h"
#include "macros.h"

#include <pthread.h>

typedef VEC(MacroEntry *) EntryVec;

// All that one name may mean.
typedef struct Slot {
  EntryVec entries;
  const Name *name;
  const Object *ns; // a package's namespace
} Slot;

struct Macros {
  Arena *arena;
  const Project *project;
  Map slots; // name -> Slot
  EntryVec materializations;
  LateMacros *late;     // starc's own
  pthread_mutex_t lock; // guards what follows
  Arena shared;         // values that all contexts share, frozen
  const Graph *graph_of;
  Value graph;             // the `graph` name's dict
  struct Keeping *keeping; // what templates put into it; NULL: nothing yet (kept.c)
};

const Slot *macros_slot(const Macros *m, Str name);
// The name of a macro or of the context most like this one; empty: none.
Str macros_hint(const Macros *m, Arena *a, Str name);
// What a bare name means for a node of `of_node`: a macro or a namespace. False: neither.
bool macros_lookup(const Macros *m, const Slot *s, const Package *of_node, Value *out);
Value macro_entry_value(const MacroEntry *e);
// adapter.dispatch(name, ns): the macro; fails with the list of what was searched.
Value dispatch_find(Eval *ev, Context *c, Str name, Value ns);

#endif
