// Where files lie that a database reads as a table. In: paths and addresses as people write them:
// "data/*.csv", "s3://bucket/key", "https://host/x.csv". Out: what they are, and addresses in the
// form that a database opens. Nothing is opened here.
#ifndef STARC_FILE_PLACE_H
#define STARC_FILE_PLACE_H
#include "../base/buf.h"

// The length of "https://" of an address; 0: a path.
size_t file_scheme(Str path);

// Whether an object store has it: s3://, gs://, oss://.
bool file_in_bucket(Str path);

// s3://bucket/key at an endpoint ("https://host:port", its scheme may be left out) or in a region,
// in the arena; both may be empty. What is no bucket's, or has neither, comes back as it is.
Str file_at_server(Arena *a, Str path, Str endpoint, Str region);

#endif
