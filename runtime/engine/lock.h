// Who writes a relation: what runs of starc agree on, so that two of them at one target do not
// write it at the same time. In: a relation, a session. Out: it is this run's, or who has it. An
// engine says here how; runtime/run/node_lock.c decides when.
//
// Nobody waits in these calls, and a session has one lock at most: who asks for one holds none, and
// no transaction is open, so no two runs can wait for each other.
#ifndef STARC_ENGINE_LOCK_H
#define STARC_ENGINE_LOCK_H
#include "engine.h"

#include "../../compiler/base/vec.h"

// A way to send a statement that is logged like any other.
typedef struct LockDb {
  void *data;
  bool (*rows)(void *data, Arena *a, Str sql, const RowSink *sink, DbError *error);
  Session *session;
} LockDb;

typedef struct Lock {
  Str database, schema, identifier; // the relation
  Str who;                          // "starc build ana@laptop:4711", for others to read
  bool named;                       // the profile has a name of its own for its sessions
  bool over;                        // it was a dead run's; set by take
  bool alone;                       // set by take: nobody else can have changed the relation
  // The engine's own.
  char mark[33];  // of this taking
  int64_t since;  // its time, seconds since 1970
  char sign[192]; // of another's lock: its last sign of life, as it was first seen
  double sign_at; // when that was (engine_now)
  int file;       // that is open for it
} Lock;

// What the database has of the relation's name and of those beside it ("orders__dbt_tmp").
typedef VEC(NamedRelation) LockFound;

typedef enum LockAnswer {
  LOCK_MINE,
  LOCK_OTHERS, // somebody else has it
  LOCK_CANNOT, // there can be none for this user or on this server: *error says why
  LOCK_FAILED  // *error
} LockAnswer;

typedef struct LockHolder {
  Str who;       // "starc build ana@laptop:4711", or what else is known of the session
  Str id, mark;  // what remove() takes
  Str relation;  // "schema.identifier", as far as the lock itself tells; else empty
  int64_t key;   // lock_key() of the relation
  int64_t since; // seconds since 1970, 0: not known
  bool dead;     // it was not heard of for so long that the next run may take the lock
} LockHolder;

typedef struct EngineLocks EngineLocks;
struct EngineLocks {
  // Asks once. With LOCK_MINE *found is what is there, read after the lock was taken, unless
  // Lock.alone; NULL: it is not asked for.
  LockAnswer (*take)(const LockDb *db, Arena *a, Lock *lock, LockFound *found, DbError *error);
  // A lock that does not end with the session shows a sign of life every lock_beat_s() seconds.
  // *lost: another run has taken it, as none was seen for lock_dead_s(). NULL: the session is the
  // sign.
  bool (*beat)(const LockDb *db, Arena *a, Lock *lock, unsigned number, bool *lost, DbError *error);
  // Whether what makes a relation fails with DbError.raced where one of its name is. Who makes one
  // where nothing was need not ask then what is there. NULL: no.
  bool (*refuses_twins)(const Target *t);
  // Gives it back. Without beat nobody waits for the answer.
  void (*leave)(const LockDb *db, Arena *a, Lock *lock);
  // What goes before a statement in its message, and takes the lock for that message alone; empty:
  // it cannot be taken so. NULL: nor ever.
  Str (*along)(Session *session, Arena *a, const Lock *lock);
  // Whether the message failed because it did not get the lock, or since what it makes is there.
  bool (*left_behind)(Session *session, const DbError *error);
  // What goes before the statement of a DbPlace in its message: it fails where the view that is
  // there is not to be replaced in place. NULL: such statements are not sent here.
  Str (*guard)(Session *session, Arena *a, const DbPlace *place);
  // Whether the message failed only because the guard did not look at all there is, or was not
  // known to the session. Outside of a transaction it is sent again then, with one that does.
  bool (*looks_closer)(Session *session, const DbPlace *place, const DbError *error);
  // Whether the message failed for that reason, or since the view cannot be replaced so.
  bool (*refuses)(Session *session, const DbPlace *place, const DbError *error);
  // Calls `each` with every lock, of `lock` alone where that is not NULL.
  bool (*list)(const LockDb *db, Arena *a, const Lock *lock,
               void (*each)(void *data, const LockHolder *h), void *data, DbError *error);
  // Takes a lock away from its holder; with a mark only if it is still that taking's. *gone: it was
  // there, and is not any more.
  bool (*remove)(const LockDb *db, Arena *a, Str id, Str mark, bool *gone, DbError *error);
};

extern const EngineLocks locks_postgres, locks_clickhouse, locks_folder;

// For how many seconds a holder shows no sign of life before it counts as dead, and how often one
// is shown. For tests: with STARC_TESTS=1, STARC_TEST_DEAD is the first.
double lock_dead_s(void);
double lock_beat_s(void);
// The relation as a number that fits into 32 bits.
int64_t lock_key(Str schema, Str identifier);
// Where the names beside a relation begin: "orders__dbt"; of a long name only its first part, since
// those beside it are shortened.
Str lock_beside(Arena *a, Str identifier);

#endif
