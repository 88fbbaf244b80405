// A value that goes along with its place, while entries of one form are made of another: the newer
// form of semantic models, or a document of another tool. What is made keeps the places of what it
// was made of, so that what reads and checks entries finds them. Leaves the forms to its users.
#ifndef STARC_BOTH_H
#define STARC_BOTH_H
#include "internal.h"

typedef struct Both {
  Value value;
  Yaml *yaml; // where it stands; NULL: nothing
} Both;

static const Both both_nothing = {.value = {.kind = VAL_UNDEF}};

// The value of a key of a dict, an item of a list; nothing where there is none.
Both both_get(Both of, const char *key);
Both both_item(Both list, size_t i);
// Whether it is nothing, or null.
bool both_absent(Both b);
Both both_or(Both b, Both otherwise); // the first that is not absent

// How long the list under a key is; 0 where there is none, and an error where it is something else.
size_t both_count(Load *load, Both list, const char *key);
// An error where it is not: "a metric must be a dict, not text".
bool both_is_dict(Load *load, Both b, const char *what);

// A text, an empty dict, an empty list, at the place of `near`.
Both both_text(Load *load, Str text, const Yaml *near);
Both both_dict(Load *load, const Yaml *near);
Both both_list(Load *load, const Yaml *near);

// Sets a key of a dict to what there is of a value; nothing where there is none. Of a value alone,
// which has no place.
void both_put(Load *load, Both to, const char *key, Both b);
void both_put_value(Load *load, Both to, const char *key, Value v);
void both_push(Load *load, Both to, Both b);
// The keys (parted by one blank) that both forms have under one name.
void both_take(Load *load, Both to, Both from, const char *names);

// The whole of an entry, which is read only.
Both both_of_prop(const Prop *p);
// An entry of `kind` of what was made; src: its file. `written`: what it was made of, which the
// entry then holds under BOTH_WRITTEN; nothing: it is as if it stood in a schema file.
void both_prop(Load *load, PropKind kind, const Source *src, Both made, Both written, Prop *out);
#define BOTH_WRITTEN STR(" written")

#endif
