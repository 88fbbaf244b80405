// What few columns say: the others share one of two that say nothing.
#ifndef STARC_PROJECT_COLUMN_H
#define STARC_PROJECT_COLUMN_H
#include "../value/value.h"

typedef struct ColumnMore {
  Str granularity;
  Value dimension, entity; // text, dict or none; undefined: the release of dbt knows no such key
  Value extra;             // dict of other keys as written: dbt keeps them (codec, ttl, ...)
} ColumnMore;

// [1]: of a release of dbt that knows dimension and entity.
extern const ColumnMore column_has_no_more[2];

#endif
