// What the connections of a run ask of it (session/conn.h). In: statements as they are sent and
// end. Out: events; locks that go along with a statement are node_lock.c's.
#include "sessions.h"

#include "../serve/share.h"
#include "node_lock.h"

static void sent(const Conn *c, Str sql) {
  run_tell(c->of->data,
           (Event){.kind = EV_SQLQuery,
                   .fields = EVENT_FIELDS({"conn_name", val_str(c->name)}, {"sql", val_str(sql)}),
                   .node = c->node},
           "On %.*s: %.*s", STR_ARG(c->name), STR_ARG(sql));
}

static void ended(const Conn *c, Str status, double seconds, Str query_id) {
  run_tell(
      c->of->data,
      (Event){.kind = EV_SQLQueryStatus,
              .fields = EVENT_FIELDS({"elapsed", val_float(seconds)},
                                     {"query_id", val_str(query_id)}, {"status", val_str(status)}),
              .node = c->node,
              .soon = c->node != NULL},
      "SQL status: %.*s in %.3f seconds", STR_ARG(status), seconds);
}

// In place of a status: readers of the log take a statement with a status as done.
static void refused(const Conn *c, Str message) {
  Str type = sessions_target(c->of)->type;
  run_tell(c->of->data,
           (Event){.kind = EV_AdapterEventDebug,
                   .fields = EVENT_FIELDS({"base_msg", val_str(message)}, {"name", val_str(type)}),
                   .node = c->node},
           "%.*s error: %.*s", STR_ARG(type), STR_ARG(message));
}

static void moved(const Conn *c, const LoadCount *count, int64_t all) {
  const Run *r = c->of->data;
  r->report->moved(r->report->data, c->node, count->rows, count->bytes, all);
}

static void finding(void *data, const Diag *d, const Node *n) { run_finding(data, d, n); }

void run_sessions_init(Run *r) {
  static const SessionCalls calls = {
      .sent = sent,
      .ended = ended,
      .refused = refused,
      .moved = moved,
      .finding = finding,
      .lock_along = node_lock_along,
      .lock_went_along = node_lock_went_along,
      .lock_now = node_lock_now,
  };
  r->sessions.calls = &calls;
  r->sessions.data = r;
  r->sessions.context = &r->shared;
  r->sessions.stop = &r->stop.stop;
  data_folder_share_by(&serve_sharing);
  sessions_init(&r->sessions);
}
