// load/'s own: the steps in which OSI documents are read.
#ifndef STARC_OSI_READ_H
#define STARC_OSI_READ_H
#include "both.h"
#include "semantic.h"

// osi_shape.c: false: the document is not what it must be, and errors at the places were recorded.
bool osi_check(Load *l, Both whole);

// One semantic model of a document that osi_check found to be right.
typedef struct OsiModel {
  Load *l;
  const File *file;
  Both whole, datasets;
  Map metrics; // the document's by name -> Both
} OsiModel;

// The SQL of a field or metric: of ANSI SQL, else of the first dialect.
Both osi_sql_of(Both element);

// osi_metrics.c: the metrics of a semantic model as nodes.
void osi_add_metrics(OsiModel *m);

#endif
