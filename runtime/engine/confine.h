// Limits which files some threads of this process can open, by Linux' Landlock (5.19 and later).
// In: folders and files. Out: threads to which nothing else can be opened, nor what they start; all
// other threads stay as they are.
#ifndef STARC_CONFINE_H
#define STARC_CONFINE_H
#include <stdbool.h>

typedef enum ConfineRights {
  CONFINE_READ, // files and folders can be read
  CONFINE_WRITE // and made, changed, moved and removed; never run
} ConfineRights;

// Whether this system can do it.
bool confine_possible(void);

// Rules that allow nothing yet, as a file descriptor; -1: there can be none.
int confine_new(void);

// Allows what a path leads to, all that lies below included. What is not there is passed over.
void confine_allow(int rules, const char *path, ConfineRights rights);

// Allows the folders right below a folder; neither those whose names begin with a dot nor links.
void confine_allow_inner(int rules, const char *folder, ConfineRights rights);

// What any program reads: shared libraries, zones, certificates, names of hosts, the machine's
// size. Neither other processes nor this one's environment.
void confine_allow_system(int rules);

// From now on the rules hold for the calling thread and for those that it starts. False: they do
// not.
bool confine_enter(int rules);

#endif
