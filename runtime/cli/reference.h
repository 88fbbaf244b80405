// The pages of docs/reference/.
#ifndef STARC_CLI_REFERENCE_H
#define STARC_CLI_REFERENCE_H
#include "../../compiler/template/signature.h"
#include "options.h"

extern const char *const reference_pages[]; // ends with NULL

// A page by name ("cli", "template", ...; empty: cli). False: no such page.
bool reference_page(Buf *out, Str page);

// Its first lines; a cell of a table, in backquotes if it is code.
void reference_head(Buf *out, const char *title);
void reference_cell(Buf *out, const char *text, bool code);

// The pages of the language and of the names that templates have (reference_names.c).
void reference_template(Buf *out);
void reference_functions(Buf *out);
// What they say of a name ("ref", "adapter.dispatch", "upper"), as reference_config_entry().
bool reference_name_entry(Arena *scratch, Buf *out, Str name, Str *near);
// As reference_config_list(), of those names that stand alone.
void reference_names_list(Arena *scratch, Buf *out);

// The macros that projects call, for the page of names: those of every project, and those of
// package dbt (reference_macros.c); each ends with name NULL.
extern const Native public_macros[], public_dbt_macros[];

// The page of config keys (reference_config.c).
void reference_config(Buf *out);
// What it says of the keys of that name, for the terminal; `scratch` holds what is made on the way.
// False: there is none, and *near is the nearest name or empty.
bool reference_config_entry(Arena *scratch, Buf *out, Str key, Str *near);
// The names of all keys, a line each, for the terminal.
void reference_config_list(Arena *scratch, Buf *out);

#endif
