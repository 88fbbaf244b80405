// A CSV file -> the tab-separated lines that engines take in bulk.
#ifndef STARC_SEED_STREAM_H
#define STARC_SEED_STREAM_H
#include "conn.h"

// Streams a CSV file into the statement `head` (a COPY or INSERT without data): constant memory.
bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error);

#endif
