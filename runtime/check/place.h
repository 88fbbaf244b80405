// Where SQL is checked: an engine inside the process with an empty folder, or a transaction of the
// target's own database that is rolled back.
#ifndef STARC_CHECK_PLACE_H
#define STARC_CHECK_PLACE_H
#include "../run/run.h"

typedef struct ProjectName {
  Str schema, name;
} ProjectName;

typedef struct CheckPlace {
  Run *run;
  Conn *conn;        // what is checked goes through it; of one thread
  Str folder;        // of the engine inside; empty: a transaction
  int lock;          // that the folder is held by (folder.h)
  Str prefix;        // of the names of the check's own schemas
  Str temp;          // the schema of all relations, where none can be made (temp.h); else empty
  Str test_schema;   // where views stand that nothing reads
  Str (*renamed)[2]; // schemas: the check's own, the project's
  size_t nrenamed;
  ProjectName *project; // by Node.index: of its relation; NULL: nodes have their own names
  Map types;            // types that were asked for (types.h)
  Map in_temp;          // name in `temp` -> ProjectName *
  bool began;           // the transaction
  bool held;            // place_hold
  bool lost;            // it ended before its time, which is reported
  Target *aim;          // whose database the transaction is of
  const char *step_sql; // what ends the step before and begins the next one
} CheckPlace;

// Makes the folder, which an engine inside may open from its first use on: before the target is
// asked anything. False: reported.
bool place_init(CheckPlace *p, Run *r);
// Opens it. From then on the run's target is the place, and on a database with transactions the
// schemas of the graph's nodes are names of the check's own, so that ref(), source() and `this`
// render to them: no relation of the target is locked. Nodes need their schemas (place_schemas).
// False: reported.
bool place_open(CheckPlace *p);
// Makes the schemas of these nodes and fills the relation cache. False: reported.
bool place_schemas(CheckPlace *p, const Node *const *nodes, size_t n);
// Before each node: what fails after it undoes itself alone. False: the place is lost, which is
// reported.
bool place_next(CheckPlace *p);
// Asks the place: rows as text go to the sink, or none are wanted (NULL). What fails undoes itself
// alone. False: *error says why.
bool place_rows(CheckPlace *p, Arena *a, Str sql, const RowSink *sink, DbError *error);
// Calls a macro that asks the place or makes something in it; its value is in the arena. What fails
// undoes itself alone. False: *diags says why.
bool place_call(CheckPlace *p, Arena *a, Str macro, const Args *args, Value *out, Diags *diags);
// Until place_let_go all is one step, whatever fails, which is undone then. False: as place_next.
bool place_hold(CheckPlace *p);
void place_let_go(CheckPlace *p);
// What was made since place_next is undone by the next one; where there is a transaction.
void place_asked(CheckPlace *p);
// Begins anew, with nothing made but the schemas of these nodes. False: reported.
bool place_renew(CheckPlace *p, const Node *const *nodes, size_t n);
// A text of the database with the project's schemas in place of the check's own, in the arena.
// Where all relations stand in one schema: with the project's names of those that follow it.
Str place_names(const CheckPlace *p, Arena *a, Str text);
// Leaves nothing behind. Also after place_init or place_open failed.
void place_close(CheckPlace *p);

#endif
