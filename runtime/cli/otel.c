// --log-format otel: each event as a record of OpenTelemetry. In: events. Out: one JSON object a
// line.
#include "otel.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/value/json.h"
#include "../run/run.h"

// OpenTelemetry's number and word of a level.
static const struct {
  int number;
  const char *text;
} severities[] = {
    [LEVEL_DEBUG] = {5,  "DEBUG"},
    [LEVEL_INFO] = {9,  "INFO" },
    [LEVEL_WARN] = {13, "WARN" },
    [LEVEL_ERROR] = {17, "ERROR"},
};

// A trace is an invocation: its id without the dashes.
static void json_trace(Json *j, Str invocation_id) {
  Buf id = {0};
  for (size_t i = 0; i < invocation_id.len; i++)
    if (invocation_id.ptr[i] != '-')
      buf_addc(&id, invocation_id.ptr[i]);
  json_key_str(j, "trace_id", buf_str(&id));
  buf_free(&id);
}

// Numbers of 64 bits are texts.
static void json_wide(Json *j, const char *key, int64_t n) {
  Buf text = {0};
  buf_addf(&text, "%lld", (long long)n);
  json_key(j, str_c(key));
  json_str(j, buf_str(&text));
  buf_free(&text);
}

void otel_message(Buf *out, Str invocation_id, Level level, Str msg) {
  Json j = {.out = out};
  json_open_object(&j);
  json_key_str(&j, "record_type", STR("LogRecord"));
  json_trace(&j, invocation_id);
  json_key_str(&j, "event_type", STR("v1.public.events.fusion.log.UserLogMessage"));
  json_wide(&j, "time_unix_nano", clock_us() * 1000);
  json_key(&j, STR("severity_number"));
  json_int(&j, severities[level].number);
  json_key_str(&j, "severity_text", str_c(severities[level].text));
  json_key_str(&j, "body", msg);
  json_key(&j, STR("attributes"));
  json_open_object(&j);
  json_close_object(&j);
  json_close_object(&j);
  buf_addc(out, '\n');
}

void otel_end(Buf *out, Str invocation_id, const OtelEnd *end) {
  Json j = {.out = out};
  json_open_object(&j);
  json_key_str(&j, "record_type", STR("SpanEnd"));
  json_trace(&j, invocation_id);
  json_key_str(&j, "event_type", STR("v1.public.events.fusion.invocation.Invocation"));
  json_wide(&j, "start_time_unix_nano", end->started_us * 1000);
  json_wide(&j, "end_time_unix_nano", end->ended_us * 1000);
  json_key(&j, STR("attributes"));
  json_open_object(&j);
  json_key(&j, STR("eval_args"));
  json_open_object(&j);
  json_key_str(&j, "command", end->command);
  if (end->target.len)
    json_key_str(&j, "target", end->target);
  json_close_object(&j);
  json_key(&j, STR("metrics"));
  json_open_object(&j);
  json_wide(&j, "total_warnings", (int64_t)end->warnings);
  json_wide(&j, "total_errors", (int64_t)end->errors);
  json_close_object(&j);
  json_close_object(&j);
  json_close_object(&j);
  buf_addc(out, '\n');
}
