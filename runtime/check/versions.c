// See versions.h. A server may be asked before the place is open (sources) and long after it.
#include "versions.h"

typedef struct CheckVersions {
  Str place, server; // empty: not known
  int64_t place_number, server_number;
  bool told; // that they differ
} CheckVersions;

static CheckVersions *of_run(Run *r) {
  if (!r->versions) {
    r->versions = arena_new(&r->arena, CheckVersions);
    *r->versions = (CheckVersions){0};
  }
  return r->versions;
}

static void ask(Run *r, Conn *conn, Str *text, int64_t *number) {
  DbError error = {.at = -1};
  Str found;
  if (!text->len && conn->db.version(conn->db.data, &r->arena, &found, number, &error))
    *text = str_dup(&r->arena, found);
}

// The release, without what only mends it.
static int64_t release(int64_t number) { return number / 1000; }

static void tell_difference(Run *r, CheckVersions *v) {
  if (!v->place.len || !v->server.len || v->told ||
      release(v->place_number) == release(v->server_number))
    return;
  v->told = true;
  run_tell(r, (Event){.kind = EV_CheckNote, .level = LEVEL_WARN},
           "the target's server is %s %.*s: what it takes in another way than %.*s is not found",
           r->dialect->title, STR_ARG(v->server), STR_ARG(v->place));
}

void versions_of_place(Run *r, Conn *conn) {
  CheckVersions *v = of_run(r);
  ask(r, conn, &v->place, &v->place_number);
  if (v->place.len)
    run_say(r, EV_CheckNote, NULL, "%s %.*s inside starc stands for the server of the target",
            r->dialect->title, STR_ARG(v->place));
  tell_difference(r, v);
}

void versions_of_server(Run *r, Conn *conn) {
  Target unused = *r->project->target;
  if (r->project->target->inside || !target_inside(&r->arena, &unused, (Str){0}))
    return; // it is the place, or of the same engine
  CheckVersions *v = of_run(r);
  ask(r, conn, &v->server, &v->server_number);
  tell_difference(r, v);
}
