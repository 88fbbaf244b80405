// Why a YAML text does not parse, said of the line that is off. Part of yaml.
#ifndef STARC_YAML_EXPLAIN_H
#define STARC_YAML_EXPLAIN_H
#include "../base/diag.h"

typedef struct YamlWhy {
  Span span;
  Str message, hint; // in the arena
} YamlWhy;

// What a person most likely did wrong, of a text in which a parser stopped at byte `at`. False:
// none of the usual mistakes is seen.
bool yaml_explain(Arena *a, Str text, size_t at, YamlWhy *out);

#endif
