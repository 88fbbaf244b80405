// See worker.h.
#include "worker.h"

#include "../../compiler/context/kept.h"

void worker_init(Worker *w, Run *r, unsigned number) {
  *w = (Worker){.run = r, .number = number};
  w->thread = result_text(r, str_fmt(&w->arena, "Thread-%u (worker)", number + 1));
}

void worker_free(Worker *w) {
  if (w->conn)
    conn_leave(w->conn);
  arena_free(&w->arena);
}

Conn *worker_conn(Worker *w) {
  if (!w->conn)
    w->conn = conn_take(&w->run->sessions, "worker");
  return w->conn;
}

// Also one that a text of several statements began itself ("begin; ...; commit") and, failing,
// left.
static bool in_transaction(const Context *c, const Conn *conn) {
  const Engine *e = conn->of->engine;
  return context_in_transaction(c) ||
         (conn->session && e->in_transaction && e->in_transaction(conn->session));
}

void context_settle(Context *c, Conn *conn, bool commit) {
  DbError error;
  context_keep(c);
  if (!in_transaction(c, conn))
    return;
  if (commit)
    conn->db.commit(conn->db.data, &error);
  else
    conn->db.rollback(conn->db.data, &error);
}

bool context_eval(Context *c, Str text, Value *out, Diags *diags) {
  Source *src = arena_new(c->arena, Source);
  *src = (Source){.path = STR("starc"), .text = text, .own = true};
  const Template *t = template_parse(c->arena, src, diags);
  EvalOptions o = context_options(c, diags);
  return t && template_render_native(t, &o, out);
}
