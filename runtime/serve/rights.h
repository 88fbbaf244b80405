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

// One set of rights; in a connection it stands under RIGHTS_ROLE.
typedef struct ServeRole {
  ServeReach reach;
  const Str *databases; // that REACH_READ sees; none: all
  size_t ndatabases;
} ServeRole;

// printf's form of a role's name in the engine, by its number (size_t).
#define RIGHTS_ROLE "serve_%zu"

// The users of an engine whose connections have all these roles until they SET ROLE one of them.
// Tables that builds in progress work in are not listed to REACH_READ.
Str rights_config(Arena *a, const ServeRole *roles, size_t n);

// Whether a statement may hold what rights_allow refuses, so that it is worth asking the engine for
// its plain form. A name can be written with escapes.
bool rights_suspects(Str sql);

// Whether a setting may have this value: some are expressions, which are not looked at.
bool rights_allow_setting(Str name, Str value);

// Whether a statement in the form of formatQuerySingleLine may be run by a client: it does not read
// or write files beside the engine's rights (file(), INTO OUTFILE, FROM INFILE), nor changes its
// role, nor (`reads`) stops others' queries. *values: it is an INSERT whose data may have
// expressions.
bool rights_allow(Arena *a, Str plain, bool reads, bool *values, ServeProblem *problem);

#endif
