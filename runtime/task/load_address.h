// The address of a database in its parts, as `from:` of a load has them. In: the text of a person.
// Out: keys of a profile and their values, or what is wrong. Leaves connecting to load_init.c.
#ifndef STARC_LOAD_ADDRESS_H
#define STARC_LOAD_ADDRESS_H
#include "../../compiler/dialect/load_source.h"
#include "../../compiler/project/profile.h"

typedef struct LoadAddress {
  const Dialect *dialect;
  Value keys;   // name of a key -> its text, in the order of a file; without passwords
  Str password; // empty: it has none
  Str database; // or the schema, of databases that have only these; empty: it names none
} LoadAddress;

// Reads "scheme://user:password@host:port/database?key=value", or libpq's "key=value ..". Each of
// its parameters becomes a key or is refused by name. The texts are in the arena. False: `diags`
// has an error, which shows no password.
bool load_address_read(Arena *a, Str text, LoadAddress *out, Diags *diags);
// The text of a key; empty: the address has none.
Str load_address_text(const LoadAddress *address, const char *key);

#endif
