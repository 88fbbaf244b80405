// An Arrow stream of plain columns -> ClickHouse's TabSeparatedWithNamesAndTypes. What statements
// about the database answer (SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK): texts, numbers, true or
// false.
#ifndef STARC_ARROW_TEXT_H
#define STARC_ARROW_TEXT_H
#include "../../compiler/base/buf.h"
#include "adbc.h"

// Reads it to its end and releases it. False: *why is the stream's own word, or ours: a column of a
// type that is not read here.
bool arrow_text(ArrowStream *stream, Buf *out, Buf *why);

#endif
