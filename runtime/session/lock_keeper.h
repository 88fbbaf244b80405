// Locks that do not end with the session of who holds them (engine/lock.h, beat): one thread with a
// session of its own shows their signs of life, and gives back those that nobody needs any more, so
// that no node waits for that.
#ifndef STARC_LOCK_KEEPER_H
#define STARC_LOCK_KEEPER_H
#include "../engine/lock.h"
#include "conn.h"

// From now on the lock, which `c` has just taken, is kept.
void keeper_add(Conn *c, const Lock *lock);
// The lock that `c` has is given back, soon.
void keeper_leave(Conn *c);
// Whether what `c` holds is still its own, if anything. False: *error says that another run may
// have it; nothing more is to be written. True: *error is as it was.
bool keeper_holds(const Conn *c, Arena *a, DbError *error);
// Gives back all that is to be given back, and ends the thread.
void keeper_end(Sessions *s);

#endif
