// Statements of a template: what stands in tags.
#ifndef STARC_PARSE_STMT_H
#define STARC_PARSE_STMT_H
#include "parse.h"

void parse_statement(Parser *p, StmtList *l); // the current token is the tag's name

#endif
