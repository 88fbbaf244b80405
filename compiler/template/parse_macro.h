// Tags that define something: macros, tests, materializations, docs, call blocks. As
// parse_statement, of one tag.
#ifndef STARC_PARSE_MACRO_H
#define STARC_PARSE_MACRO_H
#include "parse.h"

void parse_macro(Parser *p, StmtList *l); // also test and data_test
void parse_materialization(Parser *p, StmtList *l);
void parse_docs(Parser *p, StmtList *l);
void parse_call_block(Parser *p, StmtList *l);

#endif
