// Names of a template, and the slots that they are bound to.
#ifndef STARC_SCOPE_H
#define STARC_SCOPE_H
#include "parse.h"

Name *scope_intern(Parser *p, Str text);
Scope *scope_open(Parser *p, Function *fn);
void scope_close(Parser *p);

// Closes the innermost scope for a while, and opens it again.
void scope_suspend(Parser *p);
void scope_resume(Parser *p, Scope *s);
Sym *scope_load(Parser *p, Str name);
Sym *scope_store(Parser *p, Str name);
Sym *scope_param(Parser *p, Str name);

// Binds all names of the template to slots.
void scope_bind(Parser *p);

// A copy of a target with its names bound as stored in p->scope.
Expr *scope_target(Parser *p, const Expr *target);

#endif
