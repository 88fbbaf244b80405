// Files and folders. Failures are recorded with the path and the system's reason.
#ifndef STARC_FS_H
#define STARC_FS_H
#include "diag.h"

#include <stdio.h>

// Reads a whole file into the arena (NUL behind it, not counted): a regular one of at most 1 GiB.
// `shown` is the path for messages.
bool fs_read(Arena *a, Str path, Str shown, Str *text, Diags *diags);

// Replaces a file atomically: written beside it, synced, renamed. The old file stays when anything
// fails (disk full, no rights). Makes missing parent folders. What stands there and is no file (a
// device, a pipe with a reader) is written to and stays.
bool fs_write(Str path, Str text, Diags *diags);

// The same, but where no new file can stand beside the old one or in its place (a file that is
// mounted alone, a folder that is read-only), the file itself is written: then it may be half
// written when the disk is full.
bool fs_write_in_place(Str path, Str text, Diags *diags);

// The same without waiting for the disk: for files that can be made again (compiled SQL). Still all
// or nothing for a reader; after a power cut it may be empty. A file that holds the text already is
// left alone.
bool fs_write_quick(Str path, Str text, Diags *diags);

// The same for a file that is streamed.
typedef struct FsWriter {
  FILE *file;
  char *path, *temp;
} FsWriter;
bool fs_writer_open(FsWriter *w, Str path, Diags *diags);
bool fs_writer_commit(FsWriter *w, Diags *diags);       // false: old file kept, temp removed
bool fs_writer_commit_quick(FsWriter *w, Diags *diags); // as fs_write_quick
void fs_writer_abort(FsWriter *w);

// One file below a folder.
typedef struct FsEntry {
  Str path;     // root joined with rel
  Str rel;      // below the root, '/' between parts
  int64_t size; // bytes
  int64_t mtime_ns;
} FsEntry;
typedef enum FsLinks {
  FS_LINKED_FILES,  // links to files are followed; to folders only where root is one
  FS_LINKED_FOLDERS // links to folders too, 1000 of them; a loop is cut
} FsLinks;
// All regular files below root whose names end in one of `exts`, whatever the case of their letters
// (n of them; 0: all), hidden files and folders skipped, sorted by rel. False only when root exists
// and cannot be read; a missing root gives none.
bool fs_walk(Arena *a, Str root, const Str *exts, size_t nexts, FsLinks links, FsEntry **out,
             size_t *n, Diags *diags);

bool fs_exists(Str path);
bool fs_is_dir(Str path);
bool fs_mkdirs(Str path, Diags *diags);
// Removes a folder with all it holds, or a file. Never follows links.
bool fs_remove(Str path, Diags *diags);
Str fs_join(Arena *a, Str dir, Str name); // name as it is when it is absolute
Str fs_dirname(Arena *a, Str path);
Str fs_basename(Str path);
Str fs_absolute(Arena *a, Str path); // relative to the working directory; "." and ".." resolved
Str fs_real(Arena *a, Str path);     // without links, where it is there; else fs_absolute
Str fs_real_part(Arena *a,
                 Str path); // of an absolute path, of which the last parts may not be there
bool fs_is_below(Str path, Str folder); // of two absolute paths, by their text; not itself
Str fs_home(Arena *a);                  // $HOME or the password entry

#endif
