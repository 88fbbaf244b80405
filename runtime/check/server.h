// What models use and no file of the project makes: SQL functions, dictionaries and named
// collections of a server. In: the lock file, else the target. Out: the same without rows and
// secrets in the place where nodes are looked at.
#ifndef STARC_CHECK_SERVER_H
#define STARC_CHECK_SERVER_H
#include "place.h"

typedef struct CheckServer {
  Run *run;
  Target *target;       // the run's own, before the place was opened
  const Engine *engine; // its
  Value parts;          // by name (lock_server_parts): a dict; what is missing is not known
  Map made;             // relations: dictionaries that were made
  Map unmade;           // functions by name that the server has, and the place does not
  bool asked;           // late
  bool known;           // what is not among them is not there
} CheckServer;

// What is known before the place is opened: from the lock file; without one from a target inside
// the process, which cannot be asked later.
void server_know(CheckServer *s, Run *r);

// Makes what is known in the place, where that is not the target itself.
void server_make(CheckServer *s, CheckPlace *p);

// Whether the relation of a source is a dictionary that was made.
bool server_has(const CheckServer *s, const Node *source);

// Whether a message of the database is about a function that the server has, and the place not.
bool server_lacks(const CheckServer *s, Str message);

// A node was refused: where it is because of what only a server may have, and that is not known,
// asks the target and makes what it has. Whether it answered; it is asked once.
bool server_ask(CheckServer *s, CheckPlace *p, const RunResult *res);

// The run's target is the project's own from now on, as it was before the place was opened; called
// again, it is that of the place.
void server_swap(CheckServer *s);

#endif
