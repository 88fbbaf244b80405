// Which type a YAML scalar has by YAML 1.1 as PyYAML reads it, and its value. Part of yaml.
#ifndef STARC_YAML_SCALAR_H
#define STARC_YAML_SCALAR_H
#include "../value/value.h"

typedef enum YamlTag {
  TAG_STR,
  TAG_NULL,
  TAG_BOOL,
  TAG_INT,
  TAG_FLOAT,
  TAG_TIMESTAMP,
  TAG_MERGE, // <<
  TAG_VALUE, // =
  TAG_BINARY
} YamlTag;

// The type of a scalar without quotes and without a tag.
YamlTag yaml_resolve(Str plain);

// The value of text as that type. NULL: *out is set; else why not ("is not a date").
const char *yaml_construct(Arena *a, YamlTag tag, Str text, Value *out);

#endif
