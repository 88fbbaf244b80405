// The files of a project, watched for changes. In: the folders that a project is read from. Out:
// which files are not as they were. The system wakes who waits, and what changed is found by
// looking at all files: so no event has to be believed, and where there are none it is looked every
// second. One thread at a time.
#ifndef STARC_WATCHED_H
#define STARC_WATCHED_H
#include "../../compiler/project/project.h"

typedef struct Watched Watched;

// polls: look every second whatever the system could tell.
Watched *watched_new(bool polls);
void watched_free(Watched *w);

// From now on the places of this project, which is opened, are watched, in place of those before;
// `env`: a file .env beside them, empty: none.
void watched_places(Watched *w, const Project *p, Str log_dir, Str env);
// The files are as they are now.
void watched_look(Watched *w);
// Waits until files are not as they were, and for a fifth of a second no more of them are, at most
// two seconds long. Sets *changed to their absolute paths, in memory that is good until the next
// call. Not 0: the signal that ends the program.
int watched_wait(Watched *w, const Str **changed, size_t *n);

// Why it is looked every second, for people; NULL: the system tells.
const char *watched_polls(const Watched *w);

#endif
