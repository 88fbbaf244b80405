// The embedded engine as the backend of serve: one connection a statement, or a session. In: the
// open data folder. Out: a ServeBackend.
#ifndef STARC_SERVE_EMBEDDED_H
#define STARC_SERVE_EMBEDDED_H
#include "../engine/engine.h"
#include "backend.h"

// Takes the data folder of an embedded target and holds it until serve_embedded_close. NULL: *error
// says why; who has the folder is named. The backend lives in `a`.
const ServeBackend *serve_embedded_open(Arena *a, const Target *t, DbError *error);
void serve_embedded_close(const ServeBackend *backend);

#endif
