// Whether the types that a person or a file gives are types of the database: each is a piece of a
// statement, and must be no more than one type. In: columns. Out: which are refused, and why.
#ifndef STARC_CHECK_TYPES_H
#define STARC_CHECK_TYPES_H
#include "place.h"

// Whether a text is a piece of a statement that cannot end it, and hides nothing behind it.
bool type_is_one(const Run *r, Str type);

// Why a type is refused; `column`: its index; both are good during the call.
typedef void TypeRefused(void *data, size_t column, Str why);

// Asks for each type of `columns`, a list of [name, type], alone; once for a place. False: some
// were refused, each told once.
bool types_hold(CheckPlace *p, Value columns, TypeRefused *refused, void *data);

#endif
