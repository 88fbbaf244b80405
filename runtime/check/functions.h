// Functions and types of a server as schemas.lock.json has them: the text of one that
// the project names, an empty text for any other function, so that a file which many read has no
// more of a server than it needs.
// In: a dict of names and texts. Out: another one.
#ifndef STARC_CHECK_FUNCTIONS_H
#define STARC_CHECK_FUNCTIONS_H
#include "../run/run.h"

// The same functions; without their text those that no node, no argument of a test and no macro of
// the project or its packages names, nor a function that they name, and those whose text has a
// password, which is told.
Value functions_kept(Run *r, Value functions);

// What a key of such a dict is called in a message: "f" of `s.f(integer)`. A piece of the key.
Str function_name(Str key);

// The types that the same texts and `columns` name, a text, and those that these name in turn.
Value types_kept(Run *r, Value types, Str columns);

#endif
