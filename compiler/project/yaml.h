// YAML as PyYAML's safe loader reads it, with the place of everything. The only module that
// includes libyaml.
#ifndef STARC_YAML_H
#define STARC_YAML_H
#include "../base/diag.h"
#include "../value/value.h"

typedef struct Yaml Yaml;

typedef struct YamlEntry {
  Yaml *key, *value;
} YamlEntry;

typedef enum YamlKind { YAML_SCALAR, YAML_LIST, YAML_DICT } YamlKind;

// A node of the tree. Aliases point at the same node; merge keys are already merged in.
struct Yaml {
  YamlKind kind : 8;
  bool quoted; // scalar: in quotes or a block: always text
  bool flow;   // list, dict: in brackets, which the span holds
  uint32_t n;  // of items or entries
  Span span;   // in the file
  const Source *src;
  Value scalar; // YAML_SCALAR: none, bool, int, float, str by YAML 1.1 rules as PyYAML's; else none
  union {
    Str text;           // YAML_SCALAR: the text before it was given a type
    Yaml **items;       // YAML_LIST
    YamlEntry *entries; // YAML_DICT, in order
  };
};

// Parses the first document (dbt reads one). An empty text gives a scalar none. NULL: an error was
// recorded at its place (tabs, unclosed quotes, anchors that nest past a limit, bytes that are not
// UTF-8, ...). A key that is given twice is a warning with both places; the later value holds.
Yaml *yaml_load(Arena *a, const Source *src, Diags *diags);

// The value of a key in a YAML_DICT (NULL y or other kinds: NULL), and its entry.
Yaml *yaml_get(const Yaml *y, Str key);
const YamlEntry *yaml_entry(const Yaml *y, Str key);
// The same where the entry is likely the `guess`-th: for who asks for all of them in their order.
const YamlEntry *yaml_entry_near(const Yaml *y, size_t guess, Str key);

// The scalar, or key, at or below y whose text holds a text by its address; NULL: none.
const Yaml *yaml_holding(const Yaml *y, Str part);

// Item i of a YAML_LIST (NULL y, other kinds, no such item: NULL).
Yaml *yaml_item(const Yaml *y, size_t i);

// As a Value: dicts, lists, scalars. Dates become date values' ISO text.
Value yaml_value(Arena *a, const Yaml *y);

// The scalar's text if y is a string scalar; else empty. yaml_as_text: the text of any scalar as
// Python's str() would give it.
Str yaml_str(const Yaml *y);
Str yaml_as_text(Arena *a, const Yaml *y);

// Reads YAML from text given on a command line (--vars, --args): no file; `name` is shown.
bool yaml_inline(Arena *a, Str text, Str name, Value *out, Diags *diags);

// Writes a value as YAML (PyYAML's safe_dump, for toyaml()).
void yaml_dump(Buf *out, Value v, bool sort_keys);

#endif
