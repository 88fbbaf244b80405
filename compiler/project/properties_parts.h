// What properties.c and its two parts (entries and tests) share. Nobody else includes it.
#ifndef STARC_PROPERTIES_PARTS_H
#define STARC_PROPERTIES_PARTS_H
#include "properties.h"

// Bits: which thing of a schema file a key may stand in.
enum {
  IN_MODEL = 1 << 0,
  IN_SEED = 1 << 1,
  IN_SNAPSHOT = 1 << 2,
  IN_ANALYSIS = 1 << 3,
  IN_SINGULAR = 1 << 4,
  IN_MACRO = 1 << 5,
  IN_EXPOSURE = 1 << 6,
  IN_GROUP = 1 << 7,
  IN_COLUMN = 1 << 8,
  IN_VERSION = 1 << 9,
  IN_SOURCE = 1 << 10,
  IN_TABLE = 1 << 11,
  IN_FRESHNESS = 1 << 12,
  IN_LIMIT = 1 << 13,
  IN_ARGUMENT = 1 << 14,
  IN_UNIT_TEST = 1 << 15,
  IN_FUNCTION = 1 << 16,
  IN_FUNCTION_ARGUMENT = 1 << 17,
  IN_RETURNS = 1 << 18,
  IN_UNIT_VERSIONS = 1 << 19, // of a unit test
  IN_UNIT_OVERRIDES = 1 << 20,
  IN_DOCS = 1 << 21,
  IN_OVERLOAD = 1 << 23,
  SINCE_1_12 = 1 << 22, // of a key: no earlier release of dbt knows it
};

// A file while it is read.
typedef struct PropReader {
  Arena *arena;
  const Globals *g;
  const Source *src;
  Diags *diags;
  bool ok;
  bool
      in_source; // what is rendered is a source: its keys of object stores stay as they are written
  Value no_dict, no_list, no_config; // shared by all that is empty; frozen. no_config: a column's
} PropReader;

// Records an error at y and marks the file as wrong. Returns it for a hint.
Diag *prop_error(PropReader *r, Code code, const Yaml *y, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// Checks the keys of a dict against the table: unknown ones are warned of, wrong types are errors
// and taken out of the rendered `v`. False: y is not a dict (an error was recorded).
bool prop_check(PropReader *r, const Yaml *y, Value v, unsigned where, const char *what);

// The type bits of a key in the table, for messages; the key's text when it has one.
Str prop_text(Value v, Str key);
// The dict (list) under a key, or an empty one.
Value prop_dict(PropReader *r, Value v, Str key);
Value prop_list(PropReader *r, Value v, Str key);
// A list of text from a list or one text.
Value prop_texts(PropReader *r, Value v, Str key);
// b's keys over a's, as a new dict.
Value prop_over(PropReader *r, Value a, Value b);

// The `name:` of a dict and its place; an error when it is missing or not text.
bool prop_name(PropReader *r, const Yaml *y, Value v, const char *what, Str *name, Span *span);

// `columns:` of a dict and of its rendered value. Elements that are not columns (include/exclude of
// versions) are skipped.
void prop_columns(PropReader *r, const Yaml *y, Value v, PropColumn **columns, size_t *n);

// `constraints:`, checked.
Value prop_constraints(PropReader *r, const Yaml *y, Value v, bool on_model);

// Renders a dict but for what dbt keeps as written.
bool prop_render(PropReader *r, const Yaml *y, Value *out);

#endif
