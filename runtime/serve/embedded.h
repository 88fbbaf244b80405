// The embedded engine as the backend of serve: one connection a statement, or a session. In: the
// open data folder. Out: a ServeBackend.
#ifndef STARC_SERVE_EMBEDDED_H
#define STARC_SERVE_EMBEDDED_H
#include "../engine/engine.h"
#include "backend.h"
#include "rights.h"

// Takes the data folder of an embedded target and holds it until serve_embedded_close. NULL: *error
// says why; who has the folder is named. The backend lives in `a`; ServeStatement.role counts
// `roles`, of which there are n. To be called before anything else opens the engine.
const ServeBackend *serve_embedded_open(Arena *a, const Target *t, const ServeRole *roles, size_t n,
                                        DbError *error);
void serve_embedded_close(const ServeBackend *backend);

#endif
