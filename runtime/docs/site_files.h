// The files beside the page of a large project: data/NNNN-HASH.js, one for each chunk of details,
// loaded as a script, which a page from the disk may do where it may not read a file.
#ifndef STARC_DOCS_SITE_FILES_H
#define STARC_DOCS_SITE_FILES_H
#include "../../compiler/base/arena.h"
#include "../../compiler/base/buf.h"
#include "../../compiler/base/diag.h"

// Packed chunks of more bytes than this stand beside the page. With STARC_TESTS=1,
// STARC_TEST_PAGE_BYTES is the limit. Any thread.
size_t site_files_limit(void);

// Writes one file for each of the n chunks below the folder of the page. Sets *names to n names,
// relative to the page, in the arena: each has a hash of what is in it, so that no cache mixes two
// pages. False: recorded; files that an earlier page names are as they were.
bool site_files_write(Arena *a, Str folder, const Buf *chunks, size_t n, Str **names, Diags *diags);

// Removes such files of earlier pages: those whose name and first bytes are as the above writes
// them and that are not among the n names. Others stay. False: recorded.
bool site_files_remove_old(Arena *a, Str folder, const Str *names, size_t n, Diags *diags);

#endif
