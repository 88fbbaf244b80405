// See unused.h. A column is read where the graph of columns says so, or where a text that is no
// query names it: keys, hooks. Of a reader that cannot be told, all is read.
#include "unused.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/value/json.h"
#include "../check/check.h"
#include "../run/signals.h"
#include "named.h"
#include "tree.h"
#include "whole.h"

typedef struct Unused {
  Run *run;
  Arena *a;
  const LineageGraph *g;
  size_t columns, nodes; // that are listed
  size_t last;           // nodes that nothing reads
  Buf taken;             // "stg_orders (model customers)"
  size_t ntaken;
} Unused;

// --- who reads what

static bool is_read(const Unused *u, const Node *n, uint32_t column) {
  const LineageColumn *c = &u->g->columns[column];
  return c->users.n || c->keys.len || named_is(n, c->name);
}

// Whether all that it reads is in the graph of columns.
static bool is_traced(const LineageGraph *g, const Node *n) {
  const LineageNode *as = lineage_node(g, n->id);
  if (!as)
    return false;
  for (uint32_t i = as->rows; i <= as->rows + as->ncolumns; i++)
    if (lineage_unknown(g, i).len)
      return false;
  return true;
}

// A reader of which it cannot be told; NULL: there is none.
static const Node *find_doubtful(const Unused *u, const Node *n) {
  for (size_t i = 0; i < n->nfeeds; i++) {
    const Node *reader = n->feeds[i];
    if (reader->kind != NODE_UNIT_TEST && !is_traced(u->g, reader))
      return reader;
  }
  return NULL;
}

static bool is_relation(const Node *n) { return n->kind == NODE_SOURCE || node_is_refable(n); }

// Whether a model or the like reads it; else its columns are for whoever queries it.
static bool has_readers(const Unused *u, const Node *n, const LineageNode *as) {
  for (size_t i = 0; i < n->nfeeds; i++)
    if (!node_is_test(n->feeds[i]))
      return true;
  for (uint32_t i = as->rows; i <= as->rows + as->ncolumns; i++)
    for (uint32_t k = 0; k < u->g->columns[i].users.n; k++) {
      const Node *user = lineage_node_of(u->g, u->g->columns[i].users.items[k].column)->node;
      if (user && user != n && !node_is_test(user))
        return true;
    }
  return false;
}

// Whether it fills the table of a source, at which its columns are listed.
static bool fills_source(const Unused *u, const LineageNode *as) {
  for (uint32_t i = as->rows; i <= as->rows + as->ncolumns; i++)
    for (uint32_t k = 0; k < u->g->columns[i].users.n; k++)
      if (str_is(lineage_node_of(u->g, u->g->columns[i].users.items[k].column)->kind, "source"))
        return true;
  return false;
}

// --- telling

static void print_json(const Unused *u, const LineageNode *as, const LineageColumn *c) {
  Buf b = {0};
  Json j = {.out = &b, .raw_utf8 = true};
  json_open_object(&j);
  json_key_str(&j, "node", as->id);
  json_key_str(&j, "name", as->name);
  json_key_str(&j, "kind", as->kind);
  json_key_str(&j, "column", c->name);
  json_key_str(&j, "type", c->type);
  json_close_object(&j);
  run_print(u->run, buf_str(&b));
  buf_free(&b);
}

static void list_columns(Unused *u, const LineageNode *as, const uint32_t *unread, size_t n) {
  bool json = str_is(u->run->options->output, "json");
  Buf b = {0};
  for (size_t i = 0; i < n; i++) {
    const LineageColumn *c = &u->g->columns[unread[i]];
    if (json)
      print_json(u, as, c);
    buf_addf(&b, "%s%.*s", i ? ", " : "", STR_ARG(c->name));
  }
  Str name = str_fmt(u->a, "%.*s:", STR_ARG(as->name));
  if (!json && n)
    run_print(u->run, str_fmt(u->a, "%-24s %.*s", str_cstr(u->a, name), STR_ARG(buf_str(&b))));
  buf_free(&b);
  u->columns += n;
  u->nodes += n > 0;
}

static void take_all(Unused *u, const LineageNode *as, const Node *reader) {
  enum { MOST = 5 };
  if (u->ntaken++ < MOST)
    buf_addf(&u->taken, "%s%.*s (%.*s %.*s)", u->ntaken > 1 ? ", " : "", STR_ARG(as->name),
             STR_ARG(node_kind_names[reader->kind]), STR_ARG(reader->name));
}

static void look_at(Unused *u, const Node *n) {
  const LineageNode *as = is_relation(n) ? lineage_node(u->g, n->id) : NULL;
  if (!as || !as->ncolumns || fills_source(u, as))
    return;
  const Node *doubtful = find_doubtful(u, n);
  if (n->kind != NODE_SOURCE && !has_readers(u, n, as)) {
    u->last++;
    return;
  }
  if (doubtful) {
    take_all(u, as, doubtful);
    return;
  }
  uint32_t *unread = arena_array(u->a, uint32_t, as->ncolumns + 1);
  size_t found = 0;
  for (uint32_t i = as->rows + 1; i <= as->rows + as->ncolumns; i++)
    if (!is_read(u, n, i))
      unread[found++] = i;
  list_columns(u, as, unread, found);
}

static void tell(const Unused *u) {
  Run *r = u->run;
  Event note = {.kind = EV_CheckDone, .level = LEVEL_INFO, .totals = true};
  run_tell(r, note, "%zu column%s of %zu node%s %s read by nothing in the project", u->columns,
           u->columns == 1 ? "" : "s", u->nodes, u->nodes == 1 ? "" : "s",
           u->columns == 1 ? "is" : "are");
  if (u->ntaken)
    run_tell(
        r, note,
        "of %zu node%s all columns count as read, since what a reader takes is not known: %.*s%s",
        u->ntaken, u->ntaken == 1 ? "" : "s", STR_ARG(buf_str(&u->taken)),
        u->ntaken > 5 ? " ..." : "");
  if (u->last)
    run_tell(r, note, "%zu node%s not looked at: no model or exposure reads %s", u->last,
             u->last == 1 ? " is" : "s are", u->last == 1 ? "it" : "them");
}

// --- the whole

int unused_check(Run *r, const bool *bits) {
  bool *all = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    all[i] = r->options->command->kinds >> r->graph->nodes[i]->kind & 1 ||
             r->graph->nodes[i]->kind == NODE_SOURCE;
  signals_watch(r);
  LineageGraph *g = lineage_of_check(r, all);
  if (!g || r->signal) // of a part nothing can be said
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  Unused u = {.run = r, .a = &r->arena, .g = g, .taken = {.arena = &r->arena}};
  Node **order = graph_order(&r->arena, r->graph);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[order[i]->index])
      look_at(&u, order[i]);
  tell(&u);
  return EXIT_GOOD;
}
