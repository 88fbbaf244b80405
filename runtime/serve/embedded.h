// The embedded engine as the backend of serve: one connection a statement, or a session. In: the
// open data folder. Out: a ServeBackend.
#ifndef STARC_SERVE_EMBEDDED_H
#define STARC_SERVE_EMBEDDED_H
#include "../engine/engine.h"
#include "backend.h"
#include "rights.h"

typedef struct ServeEmbedded {
  ServeRights rights; // ServeStatement.role counts their roles
  bool project_files; // the engine opens what it opens for a build, not its data folder alone
} ServeEmbedded;

// Takes the data folder of an embedded target and holds it until serve_embedded_close. NULL: *error
// says why; who has the folder is named (DbError.taken). The backend lives in `a`, the roles stay
// the caller's. To be called before anything else opens the engine. Processes that come by the
// folder's socket have all roles.
const ServeBackend *serve_embedded_open(Arena *a, const Target *t, const ServeEmbedded *how,
                                        DbError *error);
// The same over a data folder (its real path) that this process has open in another way and as long
// as this lasts; connections have all rights. NULL: the engine cannot do it.
const ServeBackend *serve_embedded_share(Arena *a, const Target *t, const char *folder);
void serve_embedded_close(const ServeBackend *backend);

#endif
