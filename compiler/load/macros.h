// The macros of all packages.
#ifndef STARC_LOAD_MACROS_H
#define STARC_LOAD_MACROS_H
#include "internal.h"

// Registers what load_read_files found.
Str load_macro_name(Load *load, const Block *b); // dbt's internal one
void load_macros(Load *load);

// depends_on.macros of all macros.
void load_macro_depends(Load *load);

// What schema files say of macros.
void load_macro_patches(Load *load);

#endif
