// Batches of a microbatch model: spans of time, one batch_size long, that are built one by one. In:
// a model's config and, perhaps, a span that the user named. Out: the list of batches. All times
// are UTC, in microseconds since 1970.
#ifndef STARC_BATCH_H
#define STARC_BATCH_H
#include "node.h"

typedef enum BatchSize { BATCH_HOUR, BATCH_DAY, BATCH_MONTH, BATCH_YEAR } BatchSize;

// One batch, as the node copy that is run for it refers to.
struct Batch {
  int64_t start, end; // end is the first moment that is not in it
  Str id;             // "20250131": what model.batch.id gives
  Str shown;          // "2025-01-31"
  bool adds;          // to a table that is there, whatever --full-refresh says
  bool adds_in_text;  // and its own text is told so
};

// The size of that name. False: it is none.
bool batch_size_parse(Str name, BatchSize *out);
// A date or time in ISO form, with an offset or else in UTC. False: it is neither.
bool batch_time_parse(Str text, int64_t *out);
// The start of the batch that holds `at`, moved by so many batches.
int64_t batch_floor(int64_t at, BatchSize size);
int64_t batch_move(int64_t at, BatchSize size, int64_t by);
// The end of the batch that holds `at`; `at` itself where one ends there.
int64_t batch_ceiling(int64_t at, BatchSize size);
// `at` so many hours, days, months or years later, the time of day kept; a day that its month has
// not is the last one of it.
int64_t batch_shift(int64_t at, BatchSize size, int64_t by);
// "2025-01-31T05", "2025-01-31", "2025-01", "2025".
Str batch_shown(Arena *a, int64_t start, BatchSize size);
// "2025-01-31 00:00:00", with ".000001" where there are microseconds: a dialect writes the instant.
Str batch_time_text(Arena *a, int64_t at);
// As artifacts have it: "2025-01-31T00:00:00+00:00".
Str batch_time_iso(Arena *a, int64_t at);

// From where to where batches are wanted.
typedef struct BatchSpan {
  BatchSize size;
  int64_t begin, lookback; // the model's
  bool incremental;        // its table is there and is added to
  bool has_from, has_to;   // the user's span
  int64_t from, to;
  int64_t now;
} BatchSpan;
// The batches of a span, earliest first; at least one.
Batch *batches_make(Arena *a, const BatchSpan *s, size_t *n);
// One batch from its start and end.
Batch batch_of(Arena *a, int64_t start, int64_t end, BatchSize size);

// Whether a model is built batch by batch, going by its config alone.
bool node_is_microbatch(const Node *n);

#endif
