// See build.h. Relations in answers are matched with nodes by schema and name, as they stand in the
// check's place; a name that a model writes by hand is matched with the project's own.
#include "build.h"
#include "../../compiler/artifacts/loads.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/context/refs.h"
#include "../../compiler/dialect/sql_look.h"
#include "../check/reads.h"
#include "../check/semantics.h"
#include "../run/worker.h"
#include "ask.h"
#include "draft.h"
#include "others.h"

// A node that makes a relation, or a source that stands for it.
typedef struct Maker {
  const Node *node;
  struct Maker *next;
} Maker;

// What is asked of which node.
typedef struct Asked {
  const CheckedNode *of;
  DraftNode *draft;
  bool by_place; // the query's columns are the relation's by their place, not by their name
  bool test;
} Asked;

typedef struct LineageBuild Builder;
struct LineageBuild {
  Run *run;
  CheckPlace *place; // while it is asked
  Arena *a;          // the run's
  LineageDraft *draft;
  DraftNode **nodes; // by Node.index
  bool *filled;      // by Node.index: of an ephemeral model or a source, its columns are there
  Reads reads;
  Map makers; // "schema\0name" -> Maker *
  VEC(LineageQuestion) questions;
  VEC(Asked) asked; // for each question
  Value loads;      // what loads.json has of each, by its id
  Value sources;    // schemas of those that are new in a batch
  bool began;       // the makers are collected
  bool ended;       // the graph is made
  VEC(LineageMixed) mixed;
  Map mixed_seen; // what of which node is there
};

// --- nodes

static Str identifier(const Node *n) {
  return n->kind == NODE_SOURCE ? n->info->identifier : n->alias;
}

static Str relation_key(Arena *a, Str schema, Str name) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
}

static bool makes_relation(const Node *n) {
  return n->kind == NODE_SOURCE ||
         (node_is_refable(n) && !str_is(node_materialized(n), "ephemeral"));
}

static void add_maker(Builder *b, Str schema, Str name, const Node *n) {
  Maker *m = arena_new(b->a, Maker);
  Str key = relation_key(b->a, schema, name);
  *m = (Maker){n, map_get(&b->makers, key)};
  map_put(b->a, &b->makers, key, m);
}

// By the names that they have in the place, and by those of the project.
static void collect_makers(Builder *b) {
  const ProjectName *project = b->place->project;
  for (size_t i = b->run->graph->nnodes; i--;) {
    const Node *n = b->run->graph->nodes[i];
    if (!makes_relation(n))
      continue;
    add_maker(b, n->schema, identifier(n), n);
    if (project)
      add_maker(b, project[n->index].schema, project[n->index].name, n);
  }
}

static Str shown_name(Arena *a, const Node *n) {
  if (n->kind == NODE_SOURCE)
    return str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  return node_versioned_name(a, n);
}

LineageNode lineage_describe(Arena *a, const Node *n) {
  return (LineageNode){.node = n,
                       .id = n->id,
                       .name = shown_name(a, n),
                       .kind = node_kind_names[n->kind],
                       .made = node_materialized(n),
                       .relation = n->relation_name,
                       .description = n->description};
}

static DraftNode *draft_of(Builder *b, const Node *n) {
  if (b->nodes[n->index])
    return b->nodes[n->index];
  LineageNode what = lineage_describe(b->a, n);
  return b->nodes[n->index] = draft_node(b->draft, &what);
}

static void add_column(Builder *b, DraftNode *n, Str name, Str type) {
  draft_column_type(draft_column(b->draft, n, name), type);
}

// Why a node's columns are not known, by what the check found.
static Str why_unknown(Arena *a, const CheckedNode *c) {
  switch (c->state) {
  case CHECK_WRONG:
    return STR("it failed its check");
  case CHECK_PARENT:
    return str_fmt(a, "'%.*s' failed its check", STR_ARG(c->because->name));
  case CHECK_UNKNOWN:
    return str_fmt(a, "the columns of source '%.*s' are not known",
                   STR_ARG(shown_name(a, c->because)));
  case CHECK_LEFT:
    return c->result && c->result->diag ? c->result->diag->message : STR("it is not checked");
  case CHECK_STOPPED:
    return STR("it was not reached");
  default:
    return (Str){0};
  }
}

static void add_checked(Builder *b, const CheckedNode *c) {
  DraftNode *n = draft_of(b, c->node);
  for (size_t i = 0; i < c->ncolumns; i++)
    add_column(b, n, c->columns[i].name, c->columns[i].type);
  draft_unknown(n, why_unknown(b->a, c));
  if (c->asks) // of which columns no graph tells
    draft_column_unknown(draft_column(b->draft, n, (Str){0}), STR("it asks for rows in its text"));
}

// --- sources

static bool add_source(void *data, const Node *source) {
  Builder *b = data;
  if (source->kind != NODE_SOURCE || b->filled[source->index])
    return true;
  b->filled[source->index] = true;
  draft_of(b, source);
  list_push(b->a, b->sources.list, val_str(source->schema));
  return true;
}

// Their columns, as they stand in the place.
static void read_source_columns(Builder *b, Value schemas) {
  Value rows;
  Args args = {&schemas, 1, NULL, 0};
  Diags ignored = {0};
  diags_init(&ignored);
  bool good = place_call(b->place, b->a, STR("starc_check_made_columns"), &args, &rows, &ignored);
  for (size_t i = 0; good && i < val_count(rows); i++) {
    const Value *row = rows.list->items[i].list->items;
    Arena a = {0};
    const Maker *m = map_get(&b->makers, relation_key(&a, val_text(row[0]), val_text(row[1])));
    for (; m; m = m->next)
      if (m->node->kind == NODE_SOURCE && b->nodes[m->node->index])
        add_column(b, b->nodes[m->node->index], val_text(row[2]), val_text(row[3]));
    arena_free(&a);
  }
  diags_free(&ignored);
}

static void add_sources(Builder *b, CheckedNode *const *nodes, size_t n) {
  Value schemas = val_list(b->a, 0);
  Map seen = {0};
  b->sources = val_list(b->a, 0);
  reads_begin(&b->reads);
  for (size_t i = 0; i < n; i++)
    reads_each(&b->reads, nodes[i]->node, add_source, b);
  for (size_t i = 0; i < b->sources.list->n; i++)
    if (map_add(b->a, &seen, val_text(b->sources.list->items[i])))
      list_push(b->a, schemas.list, b->sources.list->items[i]);
  if (schemas.list->n)
    read_source_columns(b, schemas);
}

// A source whose table a load fills: its columns are those of the load's source, as the last load
// of the table found them. Nothing is guessed of one that did not run.
static void link_load(Builder *b, const Node *source, const Node *load) {
  DraftNode *to = b->nodes[source->index], *from = draft_of(b, load);
  Value columns = val_get(val_get(b->loads, load->id), STR("columns"));
  draft_input(b->draft, draft_column(b->draft, to, (Str){0}),
              draft_column(b->draft, from, (Str){0}), STEP_SAME);
  if (!val_is_seq(columns))
    draft_unknown(from, STR("its columns are known after its first `starc load`"));
  for (size_t i = 0; i < val_count(columns); i++) {
    Value one = columns.list->items[i], name = val_get(one, STR("from_name")),
          type = val_get(one, STR("from_type")), as = val_get(one, STR("name")),
          expression = val_get(one, STR("expression"));
    if (!val_is(name, VAL_STR) || !val_is(as, VAL_STR))
      continue;
    DraftColumn *column = draft_known_column(to, val_text(as)),
                *origin = draft_column(b->draft, from, val_text(name));
    draft_column_type(origin, val_is(type, VAL_STR) ? val_text(type) : (Str){0});
    if (column)
      draft_input(b->draft, column, origin,
                  val_is(expression, VAL_STR) ? STEP_COMPUTED : STEP_SAME);
    if (column && val_is(expression, VAL_STR))
      draft_column_unknown(column, str_fmt(b->a, "its load reads %.*s in the source",
                                           STR_ARG(val_text(expression))));
  }
}

// A source whose table a node of the project fills has that one's columns.
static void link_source(Builder *b, const Node *source) {
  Arena a = {0};
  const Maker *m = map_get(&b->makers, relation_key(&a, source->schema, identifier(source)));
  arena_free(&a);
  while (m && (m->node->kind == NODE_SOURCE || !b->nodes[m->node->index]))
    m = m->next;
  DraftNode *to = b->nodes[source->index], *from = m ? b->nodes[m->node->index] : NULL;
  if (from)
    draft_input(b->draft, draft_column(b->draft, to, (Str){0}),
                draft_column(b->draft, from, (Str){0}), STEP_SAME);
  const DraftColumn *column;
  for (size_t i = 0; from && (column = draft_column_at(from, i)); i++)
    draft_input(b->draft, draft_column(b->draft, to, draft_column_name(column)), column, STEP_SAME);
}

static void link_sources(Builder *b) {
  for (size_t i = 0; i < b->run->graph->nnodes; i++) {
    const Node *n = b->run->graph->nodes[i];
    if (n->kind != NODE_SOURCE || !b->nodes[n->index])
      continue;
    if (n->nneeds && n->needs[0]->kind == NODE_LOAD)
      link_load(b, n, n->needs[0]);
    else
      link_source(b, n);
  }
}

// --- questions

static void add_question(Builder *b, const CheckedNode *c, Str query, bool has_view) {
  const Node *n = c->node;
  bool test = n->kind == NODE_TEST; // it was looked at as it is run, with the same text inside
  Str answer = test && c->answers ? c->answers->text : checked_answer(b->run, c, query);
  vec_push(b->a, &b->questions,
           ((LineageQuestion){query, n->schema, has_view ? n->alias : (Str){0}, answer}));
  vec_push(b->a, &b->asked,
           ((Asked){.of = c,
                    .draft = draft_of(b, n),
                    .by_place = str_is(node_materialized(n), "dictionary"),
                    .test = test}));
}

// The columns of a view that writes into the table of another node are that one's too.
static void feed_into(Builder *b, const Node *view, Str relation) {
  const Graph *g = b->run->graph;
  DraftNode *from = draft_of(b, view);
  for (size_t i = 0; i < g->nnodes; i++) {
    if (!node_is_refable(g->nodes[i]) || !str_eq(g->nodes[i]->relation_name, relation))
      continue;
    DraftNode *to = draft_of(b, g->nodes[i]);
    const DraftColumn *column;
    for (size_t k = 0; (column = draft_column_at(from, k)); k++)
      draft_input(b->draft, draft_column(b->draft, to, draft_column_name(column)), column,
                  STEP_SAME);
    return;
  }
}

// A node whose relation is filled by other queries than its text: a macro of the database gives
// them.
static void ask_macro(Builder *b, const CheckedNode *c, Str text) {
  const Node *n = c->node;
  Context *context = arena_new(b->a, Context);
  Value sql = val_str(text), out;
  Args args = {&sql, 1, NULL, 0};
  Diags diags = {0};
  diags_init(&diags);
  context_init(context, CONTEXT_MODEL, &b->run->shared, b->a, n, n->package, &b->place->conn->db);
  bool good = place_next(b->place) &&
              context_call(context, STR("starc_lineage_queries"), &args, &out, &diags);
  context_settle(context, b->place->conn, good);
  Value queries = good ? val_get(out, STR("queries")) : val_none(),
        into = good ? val_get(out, STR("into")) : val_none();
  for (size_t i = 0; i < val_count(queries); i++)
    if (queries.list->items[i].kind == VAL_STR)
      add_question(b, c, val_text(queries.list->items[i]), i == 0);
  if (!val_count(queries))
    draft_unknown(draft_of(b, n), STR("the queries that fill it are not known"));
  if (into.kind == VAL_STR)
    feed_into(b, n, val_text(into));
  diags_free(&diags);
}

// What a data test asks, without what is behind the end of its text.
static Str test_query(Builder *b, const Node *n, Str text) {
  Value given = node_config(n, STR("fail_calc"));
  Str calc = given.kind == VAL_STR ? val_text(given) : STR("count(*)");
  SqlShape shape = sql_shape(b->run->dialect->sql, text);
  return str_fmt(b->a, "select %.*s as failures from (\n%.*s\n) as starc_test", STR_ARG(calc),
                 STR_ARG(str_sub(text, 0, shape.end)));
}

// The expressions of a semantic model or a metric, under their names.
static void ask_semantics(Builder *b, const CheckedNode *c) {
  Value queries = semantics_queries(b->place, b->a, c->node);
  for (size_t i = 0; i < val_count(queries); i++)
    add_question(b, c, val_text(queries.list->items[i]), false);
}

static void ask_of(Builder *b, const CheckedNode *c) {
  const Node *n = c->node;
  Str text = c->result ? c->result->compiled_code : (Str){0};
  if (c->state == CHECK_GOOD && semantics_is(n))
    ask_semantics(b, c);
  if (c->state != CHECK_GOOD || !text.len)
    return;
  if (n->kind == NODE_TEST) {
    add_question(b, c, test_query(b, n, text), false);
  } else if (n->kind == NODE_ANALYSIS) {
    add_question(b, c, text, false);
  } else if (n->kind == NODE_SNAPSHOT || str_is(node_materialized(n), "materialized_view")) {
    ask_macro(b, c, text);
  } else if (n->kind == NODE_MODEL) {
    add_question(b, c, text, true);
    if (c->later && !str_eq(c->later->compiled_code, text))
      add_question(b, c, c->later->compiled_code, false);
  }
}

// --- answers

// The ephemeral model of a CTE, by the ids of those that were put into the node's text.
static const Node *find_ephemeral(const Builder *b, const Asked *q, Str cte) {
  Value ctes = q->of->result->extra_ctes;
  Arena a = {0};
  const Node *found = NULL;
  for (size_t i = 0; i < val_count(ctes) && !found; i++) {
    Value id = val_get(ctes.list->items[i], STR("id"));
    const Node *n = id.kind == VAL_STR ? map_get(&b->run->graph->by_id, val_text(id)) : NULL;
    if (n && str_eq(context_cte_name(&a, n), cte))
      found = n;
  }
  arena_free(&a);
  return found;
}

static bool needs(const Node *reader, const Node *n) {
  for (size_t i = 0; i < reader->nneeds; i++)
    if (reader->needs[i] == n)
      return true;
  return false;
}

// Of several that stand for a relation one that the reader names, a source before what fills it;
// else the first.
static const Node *choose(const Maker *m, const Node *reader) {
  const Node *found = NULL;
  for (const Maker *k = m; m->next && k; k = k->next)
    if ((!found || k->node->kind == NODE_SOURCE) && needs(reader, k->node))
      found = k->node;
  return found ? found : m->node;
}

static DraftNode *nobodys(Builder *b, const LineageInput *in) {
  Str whole = in->schema.len
                  ? str_fmt(b->a, "%.*s.%.*s", STR_ARG(in->schema), STR_ARG(in->relation))
                  : in->relation;
  Str name = place_names(b->place, b->a, whole);
  return draft_node(
      b->draft,
      &(LineageNode){.id = name, .name = name, .kind = STR("relation"), .relation = name});
}

static DraftNode *read_by(Builder *b, const Asked *q, const Node *reader, const LineageInput *in) {
  Arena a = {0};
  const Maker *m = map_get(&b->makers, relation_key(&a, in->schema, in->relation));
  arena_free(&a);
  const Node *n = in->schema.len ? NULL : find_ephemeral(b, q, in->relation);
  if (!n && m)
    n = choose(m, reader);
  return n ? draft_of(b, n) : nobodys(b, in);
}

// The column of that name. What a database names by a path is a part of one: t.a of the tuple t.
static DraftColumn *input_column(Builder *b, DraftNode *of, Str name, LineageStep *step) {
  DraftColumn *c = draft_known_column(of, name);
  ptrdiff_t dot;
  for (Str whole = name; !c && (dot = str_rfind(whole, STR("."))) > 0;) {
    whole = str_sub(whole, 0, (size_t)dot);
    c = draft_known_column(of, whole);
    if (c && *step < STEP_COMPUTED)
      *step = STEP_COMPUTED;
  }
  return c ? c : draft_column(b->draft, of, name);
}

static void add_inputs(Builder *b, const Asked *q, const Node *reader, DraftColumn *to,
                       const LineageInput *inputs, size_t n) {
  DraftNode *of = NULL;
  for (size_t i = 0; i < n; i++) {
    bool again = i && str_eq(inputs[i].relation, inputs[i - 1].relation) &&
                 str_eq(inputs[i].schema, inputs[i - 1].schema);
    of = again ? of : read_by(b, q, reader, &inputs[i]);
    LineageStep step = inputs[i].step;
    const DraftColumn *from = input_column(b, of, inputs[i].column, &step);
    draft_input(b->draft, to, from, step);
  }
}

static void add_query(Builder *b, const Asked *q, const Node *reader, DraftNode *n,
                      const QueryLineage *of) {
  DraftColumn *rows = draft_column(b->draft, n, (Str){0});
  if (!of->ncolumns)
    draft_unknown(n, place_names(b->place, b->a, of->unknown));
  for (size_t i = 0; i < of->ncolumns; i++) {
    const LineageOutput *out = &of->columns[i];
    DraftColumn *c = q->by_place ? draft_column_at(n, i) : NULL;
    if (!c)
      c = q->test ? rows : draft_column(b->draft, n, out->name);
    add_inputs(b, q, reader, c, out->inputs, out->n);
    draft_column_unknown(c, place_names(b->place, b->a, out->unknown));
  }
  add_inputs(b, q, reader, rows, of->rows, of->nrows);
  draft_column_unknown(rows, place_names(b->place, b->a, of->unknown));
}

static void add_mixed(Builder *b, const Node *n, const MixedTypes *m) {
  Str key = str_fmt(b->a, "%.*s %.*s %.*s=%.*s %.*s", STR_ARG(n->id), STR_ARG(m->left),
                    STR_ARG(m->left_type), STR_ARG(m->right), STR_ARG(m->right_type));
  if (!map_add(b->a, &b->mixed_seen, key))
    return;
  MixedTypes kept = {str_dup(b->a, m->left),
                     str_dup(b->a, m->right),
                     str_dup(b->a, m->left_type),
                     str_dup(b->a, m->right_type),
                     {0}};
  vec_push(b->a, &b->mixed, ((LineageMixed){n, kept}));
}

static void take_answer(void *data, size_t question, const QueryLineage *of) {
  Builder *b = data;
  Asked q = b->asked.items[question];
  for (size_t i = 0; i < of->nmixed; i++) {
    const Node *n = of->mixed[i].cte.len ? find_ephemeral(b, &q, of->mixed[i].cte) : NULL;
    add_mixed(b, n ? n : q.of->node, &of->mixed[i]);
  }
  q.by_place = q.test = false;
  for (size_t i = 0; i < of->nctes; i++) {
    const Node *n = find_ephemeral(b, &q, of->ctes[i].name);
    LineageInput unnamed = {.relation = of->ctes[i].name};
    if (n && b->filled[n->index])
      continue;
    if (n)
      b->filled[n->index] = true;
    add_query(b, &q, n ? n : q.of->node, n ? draft_of(b, n) : nobodys(b, &unnamed),
              &of->ctes[i].lineage);
  }
  q = b->asked.items[question];
  add_query(b, &q, q.of->node, q.draft, of);
}

// --- the whole

static void ask_about(void *data, CheckPlace *p, CheckedNode *const *nodes, size_t n) {
  Builder *b = data;
  if (b->ended)
    return;
  b->place = p;
  if (!b->began)
    collect_makers(b);
  b->began = true;
  for (size_t i = 0; i < n; i++)
    if (nodes[i]->node->kind != NODE_UNIT_TEST)
      add_checked(b, nodes[i]);
  add_sources(b, nodes, n);
  b->questions.n = b->asked.n = 0;
  for (size_t i = 0; i < n; i++)
    ask_of(b, nodes[i]);
  lineage_ask(p, b->questions.items, b->questions.n, take_answer, b);
}

LineageBuild *lineage_begin(Run *r, Check *k) {
  Builder *b = arena_new(&r->arena, Builder);
  *b = (Builder){.run = r,
                 .a = &r->arena,
                 .draft = draft_new(&r->arena),
                 .loads = loads_any(r->graph)
                              ? loads_read(&r->arena, fs_join(&r->arena, r->project->target_dir,
                                                              STR("loads.json")))
                              : val_none(),
                 .nodes = arena_array(&r->arena, DraftNode *, r->graph->nnodes + 1),
                 .filled = arena_array(&r->arena, bool, r->graph->nnodes + 1)};
  reads_init(&b->reads, b->a, r->graph);
  check_watch(k, (CheckWatch){ask_about, b});
  return b;
}

const LineageMixed *lineage_mixed(const LineageBuild *b, size_t *n) {
  *n = b->mixed.n;
  return b->mixed.items;
}

// An ephemeral model is known by its readers: where none could be checked, it says so.
static void add_lost_ephemerals(Builder *b, const Node *reader) {
  for (size_t i = 0; i < reader->nneeds; i++) {
    const Node *n = reader->needs[i];
    if (!str_is(node_materialized(n), "ephemeral") || b->filled[n->index])
      continue;
    b->filled[n->index] = true;
    draft_unknown(draft_of(b, n), STR("it has no reader that could be checked"));
    add_lost_ephemerals(b, n);
  }
}

bool lineage_more(const LineageBuild *b, const Checked *checked, unsigned kinds, bool *bits) {
  const Graph *g = b->run->graph;
  Arena a = {0};
  bool more = false, *looked = arena_array(&a, bool, g->nnodes + 1);
  for (size_t i = 0; i < checked->n; i++)
    looked[checked->nodes[i].node->index] = true;
  for (size_t i = 0; i < g->nnodes; i++) {
    bool left = b->nodes[i] && !looked[i] && !bits[i] && (kinds >> g->nodes[i]->kind & 1);
    bits[i] |= left;
    more |= left;
  }
  arena_free(&a);
  return more;
}

LineageGraph *lineage_end(LineageBuild *b, const Checked *checked) {
  if (run_stopped(b->run))
    return NULL;
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    if (c->node->kind == NODE_UNIT_TEST || b->nodes[c->node->index])
      continue;
    add_checked(b, c);
    draft_unknown(b->nodes[c->node->index], STR("it was not asked about"));
  }
  for (size_t i = 0; i < checked->n; i++)
    if (checked->nodes[i].state != CHECK_GOOD)
      add_lost_ephemerals(b, checked->nodes[i].node);
  link_sources(b);
  lineage_add_others(b->draft, b->run, b->nodes);
  b->ended = true;
  return draft_close(b->draft);
}
