// See sessions.h.
#include "sessions.h"

#include "../../compiler/base/memory.h"
#include "../engine/util.h"

#include <stdlib.h>

enum { MOST = 256 };

struct ServeSession {
  ServeSession *next;
  Buf name;
  void *conn;
  bool lent;
  double until;
};

void serve_sessions_init(ServeSessions *s, const ServeBackend *backend) {
  *s = (ServeSessions){.backend = backend};
  pthread_mutex_init(&s->lock, NULL);
}

void *session_connection(const ServeSession *session) { return session->conn; }

// Takes those out of the list that are over, or all. s->lock is held.
static ServeSession *cut_out(ServeSessions *s, bool all) {
  ServeSession *out = NULL;
  double now = engine_now();
  for (ServeSession **at = &s->first; *at;) {
    ServeSession *one = *at;
    if (one->lent || (!all && now < one->until)) {
      at = &one->next;
      continue;
    }
    *at = one->next;
    one->next = out;
    out = one;
    s->n--;
  }
  return out;
}

static void close_all(ServeSessions *s, ServeSession *list) {
  while (list) {
    ServeSession *one = list;
    list = one->next;
    if (one->conn)
      s->backend->close(one->conn);
    buf_free(&one->name);
    free(one);
  }
}

static void end_some(ServeSessions *s, bool all) {
  pthread_mutex_lock(&s->lock);
  ServeSession *over = cut_out(s, all);
  pthread_mutex_unlock(&s->lock);
  close_all(s, over);
}

void serve_sessions_expire(ServeSessions *s) { end_some(s, false); }

void serve_sessions_end(ServeSessions *s) {
  end_some(s, true);
  pthread_mutex_destroy(&s->lock);
}

static ServeSession *session_new(ServeSessions *s, Str name) {
  ServeSession *one = memory_must(calloc(1, sizeof *one));
  buf_add(&one->name, name);
  one->lent = true;
  one->next = s->first;
  s->first = one;
  s->n++;
  return one;
}

SessionFound serve_sessions_take(ServeSessions *s, Str name, bool must, ServeSession **session,
                                 Buf *error) {
  SessionFound found = SESSION_LENT;
  serve_sessions_expire(s);
  pthread_mutex_lock(&s->lock);
  ServeSession *one = s->first;
  while (one && !str_eq(buf_str(&one->name), name))
    one = one->next;
  if (one && one->lent)
    found = SESSION_LOCKED;
  else if (one)
    one->lent = true;
  else if (must)
    found = SESSION_MISSING;
  else if (s->n >= MOST)
    found = SESSION_MANY;
  else
    one = session_new(s, name);
  pthread_mutex_unlock(&s->lock);
  *session = found == SESSION_LENT ? one : NULL;
  if (!*session || one->conn)
    return found;
  one->conn = s->backend->open(s->backend->data, error);
  if (one->conn)
    return found;
  serve_sessions_give(s, one, 0);
  *session = NULL;
  return SESSION_FAILED;
}

void serve_sessions_give(ServeSessions *s, ServeSession *session, double seconds) {
  pthread_mutex_lock(&s->lock);
  session->lent = false;
  session->until = engine_now() + seconds;
  pthread_mutex_unlock(&s->lock);
  serve_sessions_expire(s);
}
