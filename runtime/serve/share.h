// The data folder that this process has, for other processes of starc: they send their statements
// over its socket as to a server, with the same rights. In: FolderSharing's calls. Out: answers, as
// serve gives them.
#ifndef STARC_SERVE_SHARE_H
#define STARC_SERVE_SHARE_H
#include "../engine/data_folder.h"

// For data_folder_share_by. It costs a socket and a thread that sleeps until somebody comes.
extern const FolderSharing serve_sharing;

// What is asked while the sharing ends and others' statements still run: whether they are to be
// stopped. `seconds`: for how long that is so. NULL: they are not.
void serve_share_stops(bool (*stops)(void *data, unsigned running, double seconds), void *data);

#endif
