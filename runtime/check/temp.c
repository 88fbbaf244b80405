// See temp.h.
#include "temp.h"
#include "../run/warehouse.h"
#include "../run/worker.h"

bool temp_ask(CheckPlace *p) {
  Run *r = p->run;
  Arena *a = &r->arena;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &p->conn->db);
  Value out = val_none();
  Args none = {0};
  if (!context_call(c, STR("starc_check_temp_schema"), &none, &out, &r->diags)) {
    warehouse_report(r, c);
    return false;
  }
  if (out.kind == VAL_STR)
    p->temp = val_text(out);
  return true;
}

// The name of a node's relation: a source's is its identifier.
static Str *name_of(Node *n) { return n->kind == NODE_SOURCE ? &n->info->identifier : &n->alias; }

// The name, with a number behind it where it is taken.
static Str free_name(Arena *a, Map *taken, Str name, size_t most) {
  Str own = name;
  for (size_t k = 2; !map_add(a, taken, own); k++) {
    Str end = str_fmt(a, "_%zu", k);
    size_t keep = most && name.len + end.len > most ? most - end.len : name.len;
    own = str_cat(a, str_sub(name, 0, keep), end);
  }
  return own;
}

void temp_names(CheckPlace *p) {
  Arena *a = &p->run->arena;
  const Graph *g = p->run->graph;
  Map taken = {0}, made = {0}; // names; relation name -> the name that it has here
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    if (!n->schema.len || !(node_is_refable(n) || n->kind == NODE_SOURCE))
      continue;
    const Str *same = map_get(&made, n->relation_name); // a source may name what a seed makes
    Str *name = name_of(n), first = name->len ? *name : n->name;
    p->project[n->index].name = first;
    *name = same ? *same : free_name(a, &taken, first, p->run->dialect->max_identifier);
    if (same)
      continue;
    map_put(a, &made, n->relation_name, name);
    map_put(a, &p->in_temp, *name, &p->project[n->index]);
  }
}

bool temp_renames(const CheckPlace *p, const Node *n) {
  Str was = p->temp.len ? p->project[n->index].name : (Str){0};
  return was.len && !str_eq(was, n->kind == NODE_SOURCE ? n->info->identifier : n->alias);
}

// --- texts

// A name in a text, with its quotes if it has both.
typedef struct Part {
  size_t at, end;
  Str name;
  bool quoted;
} Part;

static Part part_at(Str text, size_t at) {
  ptrdiff_t close = at < text.len && text.ptr[at] == '"' ? str_find(text, STR("\""), at + 1) : -1;
  size_t end = at;
  while (end < text.len && str_word_char(text.ptr[end]))
    end++;
  return close < 0 ? (Part){at, end, str_sub(text, at, end), false}
                   : (Part){at, (size_t)close + 1, str_sub(text, at + 1, (size_t)close), true};
}

// The schema: the next one from `from` on that a name follows. False: there is none.
static bool next_schema(const CheckPlace *p, Str text, size_t from, Part *out) {
  for (ptrdiff_t at; (at = str_find_word(text, p->temp, from)) >= 0; from = out->end) {
    size_t end = (size_t)at + p->temp.len;
    bool quoted = at && text.ptr[at - 1] == '"' && end < text.len && text.ptr[end] == '"';
    *out = (Part){(size_t)at - quoted, end + quoted, p->temp, quoted};
    if (out->end < text.len && text.ptr[out->end] == '.')
      return true;
  }
  return false;
}

static void add_name(Buf *out, Str name, bool quoted) {
  const char *quote = quoted ? "\"" : "";
  buf_addf(out, "%s%.*s%s", quote, STR_ARG(name), quote);
}

Str temp_project_names(const CheckPlace *p, Arena *a, Str text) {
  Buf out = {.arena = a};
  size_t from = 0;
  for (Part schema; next_schema(p, text, from, &schema);) {
    Part name = part_at(text, schema.end + 1);
    const ProjectName *project = map_get(&p->in_temp, name.name);
    buf_add(&out, str_sub(text, from, schema.at));
    if (project) {
      add_name(&out, project->schema, schema.quoted);
      buf_addc(&out, '.');
    }
    add_name(&out, project ? project->name : name.name, name.quoted);
    from = name.end;
  }
  buf_add(&out, str_sub(text, from, text.len));
  return buf_str(&out);
}
