// In: events.def. Out: its rows, and what is read off the text of a row's data.
#include "events.h"

#include <string.h>

// clang-format off
static const EventRow rows[EVENT_KINDS] = {
#define EVENT(name, code, level, data) [EV_##name] = {#name, code, LEVEL_##level, data},
#include "events.def"
#undef EVENT
};
// clang-format on

const EventRow *event_row(EventKind kind) { return &rows[kind]; }

bool event_next_key(const char **data, Str *key, Str *type) {
  const char *colon = strchr(*data, ':');
  if (!colon)
    return false;
  size_t n = strcspn(colon + 1, " ");
  *key = (Str){*data, (size_t)(colon - *data)};
  *type = (Str){colon + 1, n};
  *data = colon + 1 + n + strspn(colon + 1 + n, " ");
  return true;
}

Value event_empty(Arena *a, Str type) {
  static const struct {
    Str type;
    ValueKind kind;
  } kinds[] = {
      {STR_INIT("str"),   VAL_STR  },
      {STR_INIT("int"),   VAL_INT  },
      {STR_INIT("float"), VAL_FLOAT},
      {STR_INIT("bool"),  VAL_BOOL },
      {STR_INIT("list"),  VAL_LIST },
      {STR_INIT("dict"),  VAL_DICT },
  };
  for (size_t i = 0; i < COUNT(kinds); i++)
    if (str_eq(kinds[i].type, type))
      return kinds[i].kind == VAL_LIST   ? val_list(a, 0)
             : kinds[i].kind == VAL_DICT ? val_dict(a)
                                         : (Value){.kind = kinds[i].kind};
  return val_undef(NULL);
}
