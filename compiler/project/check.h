// Messages about YAML that does not have the expected shape, the same for all files of a project.
#ifndef STARC_CHECK_H
#define STARC_CHECK_H
#include "config.h"

// "a list", "a dict", "text", "a whole number", ... for messages.
const char *check_kind(Value v);

// "a list or text" for a set of TYPE_* bits, in the arena.
Str check_types(Arena *a, unsigned types);

// Whether v is one of the types. none fits always; TYPE_ANY takes anything.
bool check_fits(Value v, unsigned types);

// Records "'KEY' must be A LIST, not TEXT" at y unless v fits. False: it did not.
bool check_value(Diags *diags, const Yaml *y, Value v, unsigned types, Str key);

// Of a dict that lacks a key it needs: an error at the key that was most likely meant to be it, in
// place of the warning about that one. NULL: there is none.
Diag *check_misspelled(Diags *diags, const Yaml *y, const char *what, Str key);

// Records a warning "unknown key 'x' in WHAT" with the nearest of the names.
void check_unknown(Diags *diags, const Yaml *key, const char *what, const Str *names, size_t n);

// The same as an error, where a key that is passed over would change what is done.
void check_refuse(Diags *diags, const Yaml *key, const char *what, const Str *names, size_t n);

// Text read as the type a key wants: "5432" as a whole number, "true" as a bool. Others unchanged.
Value check_coerce(Arena *a, Value v, unsigned types);

#endif
