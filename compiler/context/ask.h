// What an evaluation sends to the database, and what is kept of a failure there.
#ifndef STARC_CONTEXT_ASK_H
#define STARC_CONTEXT_ASK_H
#include "context.h"

// Whether adapter methods answer with stand-ins: no database here.
static inline bool context_standins(const Context *c) { return !c->db; }
// Fails the evaluation where this context asks the database nothing.
void context_may_ask(Eval *ev, const Context *c);
// Fails the evaluation with a database error, remembering it for context_db_error.
_Noreturn void context_db_fail(Eval *ev, Context *c, const DbError *error, Str sql);
// Remembers for context_db_error the failure of a statement that was sent for the context, but not
// by its templates.
void context_note_failure(Context *c, const DbError *error, Str sql);
// Begins a transaction where the database has them and none is open.
void context_begin(Eval *ev, Context *c);
// Tells warnings of what a template asked for, and frees them; one that is an error by an option
// ends the template.
void context_say_warnings(Eval *ev, Diags *d);
// Runs SQL; fails the evaluation when the database does.
void context_query(Eval *ev, Context *c, Str sql, bool begin, bool fetch, int64_t limit,
                   DbResult *out);

// Runs what makes a relation, as Db.place does; fails the evaluation when the database does. False:
// refused.
bool context_place(Eval *ev, Context *c, Str sql, DbPlace *place, DbResult *out);

#endif
