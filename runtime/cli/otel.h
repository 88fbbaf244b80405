// The lines of --log-format otel, which dbt-core reads of a program that parses in its place: a
// record of OpenTelemetry each. In: what an event says. Out: JSON, a line each.
#ifndef STARC_OTEL_H
#define STARC_OTEL_H
#include "../run/report.h"

// One message. `invocation_id` is the trace of which it is a part.
void otel_message(Buf *out, Str invocation_id, Level level, Str msg);

// The end of a command: what dbt-core makes its last line of.
typedef struct OtelEnd {
  Str command, target;
  int64_t started_us, ended_us;
  size_t warnings, errors;
} OtelEnd;
void otel_end(Buf *out, Str invocation_id, const OtelEnd *end);

#endif
