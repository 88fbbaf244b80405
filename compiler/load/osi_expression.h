// What a metric of an OSI document computes, read from its SQL. Knows SQL's shape alone; which
// datasets and metrics there are is for osi.c.
#ifndef STARC_OSI_EXPRESSION_H
#define STARC_OSI_EXPRESSION_H
#include "../base/buf.h"

typedef enum OsiKind {
  OSI_OTHER,     // something that no metric of dbt says
  OSI_AGGREGATE, // SUM(amount), COUNT(DISTINCT id), PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY x)
  OSI_RATIO      // (SUM(a)) / (SUM(b))
} OsiKind;

typedef struct OsiExpression {
  OsiKind kind;
  const char *agg; // of an aggregate: dbt's word for it
  Str of;          // what it aggregates, as written
  double share;    // of a percentile
  bool discrete;   // of a percentile: PERCENTILE_DISC
  Str over, under; // of a ratio, as written, without brackets around it
} OsiExpression;

// Texts are slices of `text`. Brackets around the whole are not looked at.
OsiExpression osi_expression(Arena *a, Str text);

// A name before a dot, as the dataset in "orders.amount": without its quotes, from its first byte
// to behind the dot.
typedef struct OsiQualifier {
  Str name;
  size_t at, end;
} OsiQualifier;
// All of them, in order; returns how many.
size_t osi_qualifiers(Arena *a, Str text, OsiQualifier **out);

// The text with `dataset`, in any case, taken off the names that have it in front.
Str osi_unqualified(Arena *a, Str text, Str dataset);

// A name without the quotes around it.
Str osi_unquoted(Str name);

#endif
