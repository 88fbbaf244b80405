// The files of all packages, read.
#ifndef STARC_LOAD_FILES_H
#define STARC_LOAD_FILES_H
#include "internal.h"

// Fills load->files, in a fixed order, and reads and parses each of them.
void load_list_files(Load *load);
void load_read_files(Load *load);

// Finds the file of a Source from then on.
void load_index_files(Load *load);

// The file whose text it is, or NULL.
const File *load_file_of(const Load *load, const Source *src);

Str load_sha256(Arena *a, Str text); // hex

// The checksum of a file's text: since dbt 1.12 white space in it counts as one blank.
Str load_checksum(const Load *load, Arena *a, Str text);

// A text cut out of a file, so that messages show the file's lines.
Source *load_cut(Arena *a, const Source *of, Span span);

// The name that a file gives to its node.
Str load_without_ending(Str path);

#endif
