// What clients may do, in the engine's own means: roles for the configuration that it starts with;
// and the few statements that its rights do not reach, which are known by their words. In: rights
// of users; a statement, as the engine itself writes it out. Out: XML; whether it may be run. Pure.
#ifndef STARC_SERVE_RIGHTS_H
#define STARC_SERVE_RIGHTS_H
#include "request.h"

typedef enum ServeReach {
  REACH_READ,  // reads tables, makes temporary ones
  REACH_WRITE, // and changes tables, views and databases; neither files nor networks
  REACH_ALL    // whatever starc itself may: for its own processes
} ServeReach;

// What a query may take. Who reads can lower it for a query, not raise it; who writes can do both.
typedef struct ServeBounds {
  uint64_t memory;  // bytes, 0: any
  uint64_t seconds; // 0: any
  uint64_t rows;    // of its answer, 0: any
} ServeBounds;

// One set of rights; in a connection it stands under RIGHTS_ROLE.
typedef struct ServeRole {
  ServeReach reach;
  ServeBounds bounds;
  const Str *databases; // that REACH_READ sees; none: all
  size_t ndatabases;
} ServeRole;

// All that the engine starts with.
typedef struct ServeRights {
  const ServeRole *roles;
  size_t n;
  uint64_t memory; // bytes that all queries together may take; 0: what the engine thinks right
} ServeRights;

// printf's form of a role's name in the engine, by its number (size_t). The profile of settings
// that holds its bounds has the same name.
#define RIGHTS_ROLE "serve_%zu"
// The setting by which a running statement is found. It has no effect, and clients cannot have it.
#define RIGHTS_TAG "chdb_client_name"

// The users of an engine whose connections have all these roles until they SET ROLE one of them.
// Tables that builds in progress work in are not listed to REACH_READ, and what others run to
// REACH_ALL alone.
Str rights_config(Arena *a, const ServeRole *roles, size_t n);

// Adds the settings that a role's bounds are, as SET takes them, each behind ", ".
void rights_add_bounds(Buf *out, const ServeRole *role);

// Whether a statement may hold what rights_allow refuses, so that it is worth asking the engine for
// its plain form. A name can be written with escapes.
bool rights_suspects(Str sql);

// Whether a client may give a setting this value: some are expressions, which are not looked at;
// some hold what its rights are.
bool rights_allow_setting(Str name, Str value);

// Whether a statement in the form of formatQuerySingleLine may be run by a client: it does not read
// or write files beside the engine's rights (file(), INTO OUTFILE, FROM INFILE), nor changes its
// role or profile, nor does away with its bounds, nor makes a view that has others' rights, nor
// (`reads`) stops others' queries. role: the client's, NULL where none is known.
bool rights_allow(Arena *a, Str plain, const ServeRole *role, bool reads, ServeProblem *problem);

#endif
