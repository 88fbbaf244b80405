// What the database answered, as templates and artifacts have it.
#ifndef STARC_CONTEXT_RESULTS_H
#define STARC_CONTEXT_RESULTS_H
#include "context.h"

// The response that statement(name) or store_result(name) kept, as dbt's dict of it (_message,
// code, rows_affected, query_id); undefined when there is none. *table: its rows, may be NULL.
Value context_result(const Context *c, Str name, Value *table);

// What the database answered, as templates have it, and the dict of that for artifacts: _message,
// code, rows_affected, query_id.
Value response_value(Arena *a, const DbResult *r);
Value response_dict(Value response);

#endif
