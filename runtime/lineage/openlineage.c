// OpenLineage's events (openlineage.io, specification 2-0-2). In: a graph. Out: a line of JSON for
// each node that makes a relation, with what its columns are made of, and one for each relation
// that is only read. Ephemeral models are no data sets: what they are made of stands in their
// place.
#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/vec.h"
#include "forms.h"

#define PRODUCER "https://github.com/starc"
#define SPEC "https://openlineage.io/spec/"

// OpenLineage's words for LineageStep.
static const struct {
  const char *type, *subtype;
} words[LINEAGE_STEPS] = {
    [STEP_SAME] = {"DIRECT",   "IDENTITY"      },
    [STEP_COMPUTED] = {"DIRECT",   "TRANSFORMATION"},
    [STEP_AGGREGATED] = {"DIRECT",   "AGGREGATION"   },
    [STEP_CONDITION] = {"INDIRECT", "CONDITIONAL"   },
    [STEP_WINDOW] = {"INDIRECT", "WINDOW"        },
    [STEP_JOIN] = {"INDIRECT", "JOIN"          },
    [STEP_FILTER] = {"INDIRECT", "FILTER"        },
    [STEP_GROUP] = {"INDIRECT", "GROUP_BY"      },
    [STEP_SORT] = {"INDIRECT", "SORT"          },
};

typedef struct Events {
  Arena a; // of one event
  Json json;
  const LineageGraph *g;
  const Project *project;
  Str space; // the namespace of data sets
  char quote;
  Str now;
  // What a column is made of, with ephemeral models seen through.
  uint32_t *round, this_round; // by column: in which round it was reached last
  uint32_t *step;              // and by which step
  VEC(uint32_t) found;
  VEC(uint32_t) throughs; // ephemeral models that were seen through for this event
  bool *through, *read;   // by node
} Events;

// --- through ephemeral models

static bool is_ephemeral(const Events *e, uint32_t column) {
  return str_is(lineage_node_of(e->g, column)->made, "ephemeral");
}

static void reach(Events *e, uint32_t column, uint32_t step) {
  if (e->round[column] == e->this_round && e->step[column] <= step)
    return;
  e->round[column] = e->this_round;
  e->step[column] = step;
  vec_push(&e->a, &e->found, column);
}

static void reach_inputs(Events *e, uint32_t column, uint32_t at_least) {
  LineageEdges inputs = e->g->columns[column].inputs;
  for (uint32_t i = 0; i < inputs.n; i++)
    reach(e, inputs.items[i].column,
          inputs.items[i].step > at_least ? inputs.items[i].step : at_least);
}

static void look_through(Events *e, uint32_t node, bool rows) {
  if (!e->through[node])
    vec_push(&e->a, &e->throughs, node);
  if (!e->through[node] && rows)
    reach_inputs(e, e->g->nodes[node].rows, 0);
  e->through[node] = true;
}

// Fills `found`; a column may stand in it twice, with e->step saying how it is reached at last.
// `rows`: what decides the rows of ephemeral models too, also of those seen before.
static void see_through(Events *e, uint32_t column, bool rows) {
  e->this_round++;
  e->found.n = 0;
  reach_inputs(e, column, 0);
  for (size_t i = 0; rows && i < e->throughs.n; i++)
    reach_inputs(e, e->g->nodes[e->throughs.items[i]].rows, 0);
  for (size_t i = 0; i < e->found.n; i++) {
    uint32_t at = e->found.items[i];
    if (!is_ephemeral(e, at))
      continue;
    reach_inputs(e, at, e->step[at]);
    look_through(e, e->g->columns[at].node, rows);
  }
}

// --- data sets

// A relation's name without quotes: db.schema.table.
static Str plain_name(Arena *a, Str relation, char quote) {
  Buf out = {.arena = a};
  for (size_t i = 0; i < relation.len; i++) {
    bool twice = i + 1 < relation.len && relation.ptr[i] == quote && relation.ptr[i + 1] == quote;
    if (relation.ptr[i] == '\\' && quote == '`' && i + 1 < relation.len)
      buf_addc(&out, relation.ptr[++i]);
    else if (relation.ptr[i] != quote || twice)
      buf_addc(&out, relation.ptr[i += twice]);
  }
  return buf_str(&out);
}

static Str dataset_name(Events *e, const LineageNode *n) {
  return n->relation.len ? plain_name(&e->a, n->relation, e->quote) : n->name;
}

static void open_facet(Events *e, const char *name, const char *schema) {
  json_name(&e->json, str_c(name));
  json_open_object(&e->json);
  json_key_str(&e->json, "_producer", STR(PRODUCER));
  json_key_str(&e->json, "_schemaURL", str_fmt(&e->a, SPEC "facets/%s", schema));
}

static void schema_facet(Events *e, const LineageNode *n) {
  Json *j = &e->json;
  open_facet(e, "schema", "1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet");
  json_name(j, STR("fields"));
  json_open_array(j);
  for (uint32_t i = n->rows + 1; i <= n->rows + n->ncolumns; i++) {
    const LineageColumn *c = &e->g->columns[i];
    Str text = lineage_description(e->g, i);
    json_open_object(j);
    json_key_str(j, "name", c->name);
    if (c->type.len)
      json_key_str(j, "type", c->type);
    if (text.len)
      json_key_str(j, "description", text);
    json_close_object(j);
  }
  json_close_array(j);
  json_close_object(j);
}

static void input_fields(Events *e, const char *key, uint32_t column) {
  Json *j = &e->json;
  see_through(e, column, !e->g->columns[column].name.len);
  json_name(j, str_c(key));
  json_open_array(j);
  for (size_t i = 0; i < e->found.n; i++) {
    uint32_t at = e->found.items[i];
    const LineageColumn *c = &e->g->columns[at];
    if (is_ephemeral(e, at) || e->round[at] != e->this_round)
      continue;
    e->round[at] = 0; // once
    e->read[c->node] = true;
    if (!c->name.len)
      continue;
    json_open_object(j);
    json_key_str(j, "namespace", e->space);
    json_key_str(j, "name", dataset_name(e, &e->g->nodes[c->node]));
    json_key_str(j, "field", c->name);
    json_name(j, STR("transformations"));
    json_open_array(j);
    json_open_object(j);
    json_key_str(j, "type", str_c(words[e->step[at]].type));
    json_key_str(j, "subtype", str_c(words[e->step[at]].subtype));
    json_close_object(j);
    json_close_array(j);
    json_close_object(j);
  }
  json_close_array(j);
}

static void lineage_facet(Events *e, const LineageNode *n) {
  Json *j = &e->json;
  open_facet(e, "columnLineage",
             "1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet");
  json_name(j, STR("fields"));
  json_open_object(j);
  for (uint32_t i = n->rows + 1; i <= n->rows + n->ncolumns; i++) {
    json_key(j, e->g->columns[i].name);
    json_open_object(j);
    input_fields(e, "inputFields", i);
    json_close_object(j);
  }
  json_close_object(j);
  input_fields(e, "dataset", n->rows);
  json_close_object(j);
}

static void dataset(Events *e, const LineageNode *n, bool made) {
  Json *j = &e->json;
  json_key_str(j, "namespace", e->space);
  json_key_str(j, "name", dataset_name(e, n));
  json_name(j, STR("facets"));
  json_open_object(j);
  if (n->ncolumns)
    schema_facet(e, n);
  if (n->description.len) {
    open_facet(e, "documentation",
               "1-0-1/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet");
    json_key_str(j, "description", n->description);
    json_close_object(j);
  }
  if (made)
    lineage_facet(e, n);
  json_close_object(j);
}

// --- events

static void open_event(Events *e, const char *definition) {
  Json *j = &e->json;
  *j = (Json){.out = j->out};
  json_open_object(j);
  json_key_str(j, "eventTime", e->now);
  json_key_str(j, "producer", STR(PRODUCER));
  json_key_str(j, "schemaURL", str_fmt(&e->a, SPEC "2-0-2/OpenLineage.json#/$defs/%s", definition));
}

static void run_event(Events *e, const LineageNode *n) {
  Json *j = &e->json;
  char id[37];
  hash_uuid4(id);
  open_event(e, "RunEvent");
  json_key_str(j, "eventType", STR("COMPLETE"));
  json_name(j, STR("run"));
  json_open_object(j);
  json_key_str(j, "runId", str_c(id));
  json_close_object(j);
  json_name(j, STR("job"));
  json_open_object(j);
  json_key_str(j, "namespace", e->project->packages[0]->name);
  json_key_str(j, "name", n->id);
  json_close_object(j);
  json_name(j, STR("outputs"));
  json_open_array(j);
  json_open_object(j);
  dataset(e, n, true);
  json_close_object(j);
  json_close_array(j);
  json_name(j, STR("inputs"));
  json_open_array(j);
  for (uint32_t i = 0; i < e->g->nnodes; i++) {
    if (!e->read[i])
      continue;
    e->read[i] = false;
    json_open_object(j);
    json_key_str(j, "namespace", e->space);
    json_key_str(j, "name", dataset_name(e, &e->g->nodes[i]));
    json_close_object(j);
  }
  json_close_array(j);
  json_close_object(j);
}

static void dataset_event(Events *e, const LineageNode *n) {
  open_event(e, "DatasetEvent");
  json_name(&e->json, STR("dataset"));
  json_open_object(&e->json);
  dataset(e, n, false);
  json_close_object(&e->json);
  json_close_object(&e->json);
}

static void event_of(Events *e, const LineageNode *n) {
  if (str_among(n->kind, "test analysis function") || !n->relation.len)
    return;
  if (lineage_is_end(n))
    dataset_event(e, n);
  else
    run_event(e, n);
  buf_addc(e->json.out, '\n');
  for (size_t i = 0; i < e->throughs.n; i++)
    e->through[e->throughs.items[i]] = false;
  e->throughs.items = e->found.items = NULL;
  e->throughs.n = e->throughs.cap = e->found.n = e->found.cap = 0;
  arena_reset(&e->a);
}

static Str space_of(Arena *a, const Target *t) {
  if (t->inside)
    return str_fmt(a, "%.*s://inside", STR_ARG(t->type));
  return str_fmt(a, "%.*s://%.*s:%lld", STR_ARG(t->type),
                 STR_ARG(target_str(t, STR("host"), STR("localhost"))),
                 (long long)target_int(t, STR("port"), 0));
}

void lineage_openlineage(Buf *out, const LineageGraph *g, const LineageAsked *asked,
                         const Project *p, const Target *target) {
  Arena a = {0};
  Events *e = arena_new(&a, Events);
  *e = (Events){.json = {.out = out},
                .g = g,
                .project = p,
                .space = space_of(&a, target),
                .quote = target->dialect->quote,
                .now = artifact_time(&a, clock_us()),
                .round = arena_array(&a, uint32_t, g->ncolumns + 1),
                .step = arena_array(&a, uint32_t, g->ncolumns + 1),
                .through = arena_array(&a, bool, g->nnodes + 1),
                .read = arena_array(&a, bool, g->nnodes + 1)};
  const bool *chosen = lineage_reached(&a, g, asked);
  for (uint32_t i = 0; i < g->nnodes; i++)
    if (chosen[i])
      event_of(e, &g->nodes[i]);
  arena_free(&e->a);
  arena_free(&a);
}
