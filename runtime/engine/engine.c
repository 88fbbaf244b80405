// The choice among engines. Leaves the list to list.c.
#include "engine.h"
#include "util.h"

const Engine *engine_for(const Target *t, Arena *a, DbError *error) {
  Buf known = {.arena = a};
  Str names[8];
  size_t n = 0;
  for (const Engine *const *e = engines; *e; e++) {
    bool type = str_eq(t->type, str_c((*e)->type));
    if (type && str_eq(t->driver, str_c((*e)->driver)))
      return *e;
    names[n++] = type ? str_c((*e)->driver) : str_c((*e)->type);
    buf_addf(&known, "%s%s%s%s", known.len ? ", " : "", (*e)->type,
             *(*e)->driver ? " with driver " : "", (*e)->driver);
  }
  Str wrong = t->driver.len ? t->driver : t->type;
  engine_fail_hint(a, error, str_hint_for(a, wrong, names, n),
                   "no engine for type '%.*s'%s%.*s%s; there are: %.*s", STR_ARG(t->type),
                   t->driver.len ? " with driver '" : "", STR_ARG(t->driver),
                   t->driver.len ? "'" : "", STR_ARG(buf_str(&known)));
  return NULL;
}
