// Who may come by `starc serve`: users of a file, or one whose password is made or given. In:
// options, the project. Out: users and their rights, and what a person is told of them.
#ifndef STARC_TASK_SERVE_USERS_H
#define STARC_TASK_SERVE_USERS_H
#include "../run/run.h"
#include "../serve/users.h"

typedef struct ServeWho {
  ServeUsers users; // the last of its roles is that of starc's own processes
  Str file;         // of users; empty: there is none
  Str may, told;    // for who started it: what clients may in a few words; a line of who they are
} ServeWho;

// False: recorded. All of it lives in the run's arena.
bool serve_who(Run *r, ServeWho *who);
// Reads the file again. NULL: it is wrong, which is recorded, and who may come stays as it is.
const ServeAccess *serve_who_again(Run *r, ServeWho *who);

// Prints the hash of a password that it reads from standard input. An exit code.
int serve_hash_password(RunOptions *o, Reporter *report);

#endif
