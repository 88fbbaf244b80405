// What the target itself says of sources and of what only a server has. In: a connection. Out:
// dicts in the form of a section of schemas.lock.json.
#ifndef STARC_CHECK_LIVE_H
#define STARC_CHECK_LIVE_H
#include "../run/run.h"

// Whether the target is inside the process, and nothing was ever built in it: it has nothing, and
// opening it would make its folder.
bool live_is_new(const Run *r);

// Opens the target. NULL: it does not answer, *error says why.
Conn *live_open(Run *r, DbError *error);

// Whether it is in a database that the target's connection cannot see. A name that is not quoted
// has no case.
bool live_is_elsewhere(const Run *r, const Node *source);

// Adds to *out, a dict, the sources that the target has, by unique id: {"relation", "kind",
// "columns": {name: type}}. Those that it could see and has not are gone_sources of the run, but
// for the tables that the project makes. False: *diags says why.
bool live_sources(Run *r, Conn *conn, const Node *const *sources, size_t n, Dict *out,
                  Diags *diags);

// What models can use and no file of the project makes: a part of lock_server_parts, a dict; none
// where the database has no such thing. False: *diags says why.
bool live_server(Run *r, Conn *conn, Str part, Value *out, Diags *diags);

#endif
