// Addresses of databases and files as people write them: "postgres://user:password@host/db?a=b",
// or "host=.. password=..". In: text, maybe a wrong one. Out: where in it a password stands, or may
// stand. Leaves to others what the rest means.
#ifndef STARC_ADDRESS_H
#define STARC_ADDRESS_H
#include "buf.h"

// %40 -> @, in the arena. What is no such code stays.
Str address_decoded(Arena *a, Str s);

// The text, from what is secret in it on SECRET_SHOWN, in the arena: who wrote a password wrong has
// a part of it elsewhere. The same slice where it is no address or has no secret.
Str address_shown(Arena *a, Str s);

// Registers what is secret in it (secret.h), as it is written and decoded. What stands elsewhere in
// the same address is not: "postgres" in postgres://postgres:postgres@host.
void address_hide(Str s);

// Registers what is secret in the words of a command line and overwrites it in these, so that
// other users of the machine cannot read it there. Before any other thread is started.
void address_hide_words(int n, char **words);

#endif
