// The events of structured logs (--log-format json): of each its name, code, level and what its
// data holds. In: events.def. Leaves what is said, and how it looks, to runtime/.
#ifndef STARC_EVENTS_H
#define STARC_EVENTS_H
#include "../value/value.h"

typedef enum Level {
  LEVEL_OWN, // of a row: the caller's; of a caller: the row's
  LEVEL_DEBUG,
  LEVEL_INFO,
  LEVEL_WARN,
  LEVEL_ERROR,
  LEVEL_NONE // above all
} Level;

typedef enum EventKind {
#define EVENT(name, code, level, data) EV_##name,
#include "events.def"
#undef EVENT
  EVENT_KINDS
} EventKind;

typedef struct EventRow {
  const char *name, *code;
  Level level;
  const char *data; // "key:type key:type"
} EventRow;

// A key of an event's data and its value; an array of them ends with one that has no name.
typedef struct EventField {
  const char *name;
  Value value;
} EventField;

// {"key", value}, ... as an array that lives as long as the block around the call.
// clang-format off
#define EVENT_FIELDS(...) ((const EventField[]){__VA_ARGS__, {NULL, {0}}})
// clang-format on

// The row of an event.
const EventRow *event_row(EventKind kind);

// The next "key:type" of a row's data. False: there is no more.
bool event_next_key(const char **data, Str *key, Str *type);

// What the data has under a key that the caller did not give: the empty value of the type,
// undefined where the key is then left out.
Value event_empty(Arena *a, Str type);

#endif
