// The users of serve: a file of YAML, rendered as profiles are. In: its text. Out: who may come,
// with which password, and with which rights; or what is wrong, each at its place.
#ifndef STARC_SERVE_USERS_H
#define STARC_SERVE_USERS_H
#include "../../compiler/project/globals.h"
#include "access.h"
#include "rights.h"

typedef struct ServeUsers {
  ServeAccess access;
  ServeRights rights; // ServeUser.role counts its roles
} ServeUsers;

// What all queries together may take of memory in bytes where nobody says it, and what one may take
// then: half of that, and of who only reads half an hour.
uint64_t users_memory(void);
ServeBounds users_bounds(uint64_t memory, ServeReach reach);

// Reads the users of a file, whose text stays; `g` has what its templates may name. Rights are made
// when the engine starts: those of a file that is read again have to be among `running`'s (NULL: it
// has not started). All of it lives in `a`. False: recorded.
bool users_read(Arena *a, const Globals *g, const Source *file, const ServeUsers *running,
                ServeUsers *out, Diags *diags);

// One key of a user, for the file's checks and the page that lists them.
typedef struct UserKey {
  const char *name;
  unsigned types; // bits of TYPE_* (project/config.h)
  const char *doc;
} UserKey;
extern const UserKey user_keys[]; // ends with name NULL

#endif
