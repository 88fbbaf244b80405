// The data folder of an embedded database: one process at a time has it, by a lock on a file in it;
// others reach that process by a socket beside. In: a path. Out: the folder is this process's, or
// who has it and how to reach them. Leaves what is said on the socket to FolderSharing.
//
// The socket is there from when the folder is locked until shortly before it is given back; one
// that a killed process left behind refuses, and who has the lock replaces it. Only the same user
// can connect.
#ifndef STARC_DATA_FOLDER_H
#define STARC_DATA_FOLDER_H
#include "engine.h"

// How a process that has a folder lets others in, and ends it.
typedef struct FolderSharing {
  // `socket` listens and is this one's to close; statements can be sent from now on. What it gives
  // is for end; NULL: nobody is let in.
  void *(*begin)(const Target *t, const char *folder, int socket);
  // Lets nobody in any more, and returns when what the others do has ended.
  void (*end)(void *sharing);
} FolderSharing;

// To be set before the first folder is entered; NULL: folders are not shared.
void data_folder_share_by(const FolderSharing *how);

typedef enum FolderAnswer {
  FOLDER_MINE,
  FOLDER_OTHERS, // another process has it: *error says which
  FOLDER_FAILED  // *error
} FolderAnswer;

// Makes the folder (a path) this process's, once more if it is already: each FOLDER_MINE is ended
// by data_folder_leave. A process has one folder at a time. *real: its real path, the arena's, as
// soon as it is known. From any thread.
FolderAnswer data_folder_enter(Arena *a, Str path, const char **real, DbError *error);
// The database in it has been opened: others are let in.
void data_folder_opened(const Target *t);
// The last one gives the folder back. `closed` is called before the lock is let go, with the number
// of those that are left; nobody else enters meanwhile.
void data_folder_leave(void (*closed)(void *data, size_t left), void *data);
// Ends the sharing before the folder is given back: nobody is let in any more. Returns when what
// the others do has ended. Nothing, if it is not shared.
void data_folder_share_no_more(void);
// Whether no other process was let in since this one has the folder, which it had from the start:
// nobody else can have changed anything.
bool data_folder_was_alone(void);
// To be called by FolderSharing when somebody is let in.
void data_folder_has_guests(void);

// The socket of who has the folder, as a path that connect() takes; it may lead through *dir, which
// is the caller's to close (-1: it does not). False: none can be reached.
bool data_folder_socket(const char *real, char *path, size_t room, int *dir);
// Whether who has the folder lets others in, so that a socket that refuses is one that comes or
// goes.
bool data_folder_is_shared(const char *real);
// Who has it: "process 4711 (starc build)"; the arena's. Empty: not known.
Str data_folder_holder(Arena *a, const char *real);

#endif
