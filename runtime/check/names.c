// See names.h. In: what the database resolved, never names found in a text: rows of who reads what
// where the database keeps them, else the resolved query itself.
#include "names.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/dialect/lineage.h"
#include "place.h"
#include "reads.h"

// The nodes whose relations have one name, in several schemas.
typedef struct Named {
  const Node *node;
  const struct Named *next;
} Named;

// What a node reads; `of` NULL: no node makes it.
struct ByHand {
  const Node *node, *of;
  Str shown;
};

// What the graph knows that the node asked about last reads.
struct KnownReads {
  const Node *reader;
  const Node **items;
  size_t n;
  Reads reads;
};

static Str key(Arena *a, Str schema, Str name) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
}

static Str relation_of(const Node *n) {
  return n->kind == NODE_SOURCE ? n->info->identifier : n->alias;
}

static bool has_relation(const Node *n) {
  return (node_is_refable(n) || n->kind == NODE_SOURCE) && n->relation_name.len;
}

static bool same_relation(const Node *a, const Node *b) {
  return str_eq(a->schema, b->schema) && str_eq(relation_of(a), relation_of(b));
}

static bool take_read(void *data, const Node *read) {
  KnownReads *known = data;
  if (has_relation(read))
    known->items[known->n++] = read;
  return true;
}

// Whether the graph knows that a node reads it: also through its ephemeral parents.
static bool is_known(const Names *w, const Node *n, const Node *of) {
  KnownReads *known = w->known;
  if (known->reader != n) {
    known->reader = n;
    known->n = 0;
    reads_begin(&known->reads);
    reads_each(&known->reads, n, take_read, known);
  }
  bool found = n == of || same_relation(n, of);
  for (size_t i = 0; i < known->n && !found; i++)
    found = same_relation(known->items[i], of);
  return found;
}

// --- telling

// Where a name stands in the node's own text: with its schema, else alone.
static Span find_name(const Node *n, Str shown, Str bare) {
  Str text = n->source ? n->source->text : (Str){0};
  ptrdiff_t at = str_find(text, shown, 0);
  if (at >= 0)
    return (Span){(uint32_t)at, (uint32_t)shown.len};
  at = str_find_word(text, bare, 0);
  return at < 0 ? (Span){0} : (Span){(uint32_t)at, (uint32_t)bare.len};
}

static Diag *diag_of(Diags *diags, const ByHand *read, Severity severity) {
  const Node *n = read->node, *of = read->of;
  Str shown = read->shown;
  ptrdiff_t dot = str_rfind(shown, STR("."));
  Span at = find_name(n, shown, str_sub(shown, (size_t)(dot + 1), shown.len));
  Diag *d = diag_at(diags, severity, CODE_HAND_WRITTEN_NAME, at.len ? n->source : NULL, at,
                    "'%.*s' is written by hand, so nothing knows that this %.*s reads it",
                    STR_ARG(shown), STR_ARG(node_kind_names[n->kind]));
  if (!at.len)
    d->file = n->original_path;
  if (of && of->kind == NODE_SOURCE)
    diag_hint(diags, d, "it is a source: write {{ source('%.*s', '%.*s') }}",
              STR_ARG(of->info->source_name), STR_ARG(of->name));
  else if (of)
    diag_hint(diags, d, "it is a %.*s: write {{ ref('%.*s') }}", STR_ARG(node_kind_names[of->kind]),
              STR_ARG(of->name));
  else
    diag_hint(diags, d, "describe it as a source, and write {{ source('..', '..') }}");
  return d;
}

void names_tell(const Names *w, Findings *f) {
  for (size_t i = 0; i < w->n; i++) {
    diag_of(&w->run->diags, &w->items[i], SEV_WARNING);
    findings_take(f, w->items[i].node);
  }
}

static void add(Names *w, const Node *n, const Node *of, Str shown) {
  vec_room(&w->run->arena, w->items, w->n, w->cap);
  w->items[w->n++] = (ByHand){n, of, shown};
}

// --- asking

// A row of reader and read: schema and name each.
static void take_row(Names *w, const CheckPlace *p, const Map *readers, const Value *row) {
  Arena *a = &w->run->arena;
  const Node *n = map_get(readers, key(a, val_text(row[0]), val_text(row[1])));
  Str read = key(a, val_text(row[2]), val_text(row[3]));
  const Node *of = map_get(&w->here, read);
  if (!of)
    of = map_get(&w->there, read); // by the name that it has in the target
  if (!n || (of && is_known(w, n, of)))
    return;
  Str shown = of ? w->shown[of->index]
                 : str_fmt(a, "%.*s.%.*s", STR_ARG(place_names(p, a, val_text(row[2]))),
                           STR_ARG(val_text(row[3])));
  add(w, n, of, shown);
}

// False: the database keeps no rows of who reads what.
static bool ask_all(Names *w, CheckPlace *p, CheckedNode *const *nodes, size_t n) {
  Arena *a = &w->run->arena;
  Value schemas = val_list(a, 0), rows = val_none();
  Map readers = {0}, seen = {0};
  for (size_t i = 0; i < n; i++) {
    const Node *reader = nodes[i]->node;
    if (nodes[i]->state != CHECK_GOOD)
      continue;
    map_put(a, &readers, key(a, reader->schema, reader->alias), (void *)(uintptr_t)reader);
    if (map_add(a, &seen, reader->schema))
      list_push(a, schemas.list, val_str(reader->schema));
  }
  if (!schemas.list->n)
    return true;
  Args args = {&schemas, 1, NULL, 0};
  Diags ignored = {0};
  diags_init(&ignored);
  bool good = place_call(p, a, STR("starc_check_reads"), &args, &rows, &ignored);
  diags_free(&ignored);
  for (size_t i = 0; good && i < val_count(rows); i++)
    take_row(w, p, &readers, rows.list->items[i].list->items);
  return good && rows.kind == VAL_LIST;
}

typedef struct Answer {
  Arena *a;
  Buf text;
} Answer;

static bool take_line(void *data, const Cell *cells, size_t n) {
  Answer *answer = data;
  if (n)
    buf_add(&answer->text, cells[0].text);
  buf_addc(&answer->text, '\n');
  return true;
}

static void of_inputs(Names *w, const Node *n, const LineageInput *inputs, size_t ninputs,
                      Map *told) {
  Arena *a = &w->run->arena;
  for (size_t i = 0; i < ninputs; i++) {
    Str read = key(a, inputs[i].schema, inputs[i].relation);
    const Node *of = map_get(&w->here, read);
    if (of && map_add(a, told, read) && !is_known(w, n, of))
      add(w, n, of, w->shown[of->index]);
  }
}

// Whether the text has the name of a relation that the node is not known to read: as a CTE, an
// alias or a column it may be there too, which the database tells apart.
static bool may_read(const Names *w, const CheckedNode *c) {
  Sql s = sql_open(w->run->dialect->sql, c->result->compiled_code);
  for (SqlToken t; sql_solid(&s, &t);) {
    Str name = sql_text(&s, &t);
    if (t.kind == SQL_NAME && name.len > 2)
      name = str_sub(name, 1, name.len - 1);
    for (const Named *of = map_get(&w->named, name); of; of = of->next)
      if (!is_known(w, c->node, of->node))
        return true;
  }
  return false;
}

static void ask_one(Names *w, CheckPlace *p, const CheckedNode *c) {
  const LineageRules *rules = w->run->dialect->lineage;
  Relation made = {.schema = c->node->schema, .identifier = c->node->alias};
  Arena a = {0};
  Map told = {0};
  Answer answer = {.a = &a, .text = {.arena = &a}};
  RowSink sink = {.data = &answer, .row = take_line};
  Buf ask = {.arena = &a};
  rules->ask(&ask, &made, c->result->compiled_code);
  Str known = checked_answer(w->run, c, c->result->compiled_code);
  DbError error;
  if (known.len || place_rows(p, &a, buf_str(&ask), &sink, &error)) {
    QueryLineage lineage = rules->read(&a, known.len ? known : buf_str(&answer.text), (Str){0});
    of_inputs(w, c->node, lineage.rows, lineage.nrows, &told);
    for (size_t i = 0; i < lineage.ncolumns; i++)
      of_inputs(w, c->node, lineage.columns[i].inputs, lineage.columns[i].n, &told);
  }
  arena_free(&a);
}

static void made(void *data, CheckPlace *p, CheckedNode *const *nodes, size_t n) {
  Names *w = data;
  if (ask_all(w, p, nodes, n))
    return;
  for (size_t i = 0; w->run->dialect->lineage && i < n; i++) {
    const CheckedNode *c = nodes[i];
    if (c->state == CHECK_GOOD && has_relation(c->node) && c->result->compiled_code.len &&
        may_read(w, c))
      ask_one(w, p, c);
  }
}

// --- what the nodes are called

void names_init(Names *w, Run *r) {
  const Graph *g = r->graph;
  Arena *a = &r->arena;
  Target unused = *r->project->target;
  *w = (Names){.run = r, .shown = arena_array(a, Str, g->nnodes + 1)};
  w->known = arena_new(a, KnownReads);
  w->known->items = arena_array(a, const Node *, g->nnodes + 1);
  reads_init(&w->known->reads, a, g);
  w->inside = target_inside(a, &unused, (Str){0});
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    if (!has_relation(n))
      continue;
    w->shown[n->index] = str_fmt(a, "%.*s.%.*s", STR_ARG(n->schema), STR_ARG(relation_of(n)));
    map_put(a, &w->there, key(a, n->schema, relation_of(n)), n);
  }
}

void names_watch(Names *w, Check *k) {
  const Graph *g = w->run->graph;
  Arena *a = &w->run->arena;
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    if (!has_relation(n))
      continue;
    map_put(a, &w->here, key(a, n->schema, relation_of(n)), n);
    Named *named = arena_new(a, Named);
    *named = (Named){n, map_get(&w->named, relation_of(n))};
    map_put(a, &w->named, relation_of(n), named);
  }
  check_watch(k, (CheckWatch){made, w});
}

// --- of what is not there

const Node *names_missing(const Names *w, const Node *n, Str message) {
  const Graph *g = w->run->graph;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *of = g->nodes[i];
    if (has_relation(of) && !is_known(w, n, of) &&
        str_find_word(message, w->shown[of->index], 0) >= 0)
      return of;
  }
  return NULL;
}

Diag *names_missing_diag(const Names *w, Diags *d, const Node *n, const Node *of) {
  bool elsewhere = of->kind == NODE_SOURCE && w->inside; // it is in the target, which was not asked
  return diag_of(d, &(ByHand){n, of, w->shown[of->index]}, elsewhere ? SEV_WARNING : SEV_ERROR);
}
