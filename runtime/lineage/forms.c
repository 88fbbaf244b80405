// See forms.h.
#include "forms.h"
#include "doubt.h"
#include "file.h"

// Both ways that were asked for, one after the other.
static LineageVisits reach(Arena *a, const LineageGraph *g, const LineageAsked *asked, bool down) {
  LineageWay way = asked->way;
  way.down = down;
  return lineage_walk(a, g, asked->starts, asked->n, way);
}

bool *lineage_reached(Arena *a, const LineageGraph *g, const LineageAsked *asked) {
  bool *nodes = arena_array(a, bool, g->nnodes + 1);
  for (uint32_t i = 0; !asked && i < g->nnodes; i++)
    nodes[i] = true;
  for (int down = 0; asked && down < 2; down++) {
    LineageVisits v = {0};
    if (down ? asked->down : asked->up)
      v = reach(a, g, asked, down);
    for (size_t i = 0; i < v.n; i++)
      nodes[g->columns[v.items[i].column].node] = true;
  }
  return nodes;
}

// --- JSON

static void json_column(Json *j, const LineageGraph *g, uint32_t column) {
  const LineageColumn *c = &g->columns[column];
  json_key_str(j, "node", g->nodes[c->node].id);
  json_name(j, STR("column"));
  json_value(j, val_text_or_none(c->name));
}

static void json_visits(Json *j, const LineageGraph *g, const char *key, LineageVisits v) {
  json_name(j, str_c(key));
  json_open_array(j);
  for (size_t i = 0; i < v.n; i++) {
    const LineageVisit *visit = &v.items[i];
    if (!visit->depth)
      continue;
    json_open_object(j);
    json_column(j, g, visit->column);
    json_name(j, STR("type"));
    json_value(j, val_text_or_none(g->columns[visit->column].type));
    json_key_str(j, "step", lineage_steps[visit->step]);
    json_name(j, STR("depth"));
    json_int(j, visit->depth);
    json_name(j, STR("from"));
    json_open_object(j);
    json_column(j, g, v.items[visit->from].column);
    json_close_object(j);
    json_name(j, STR("unknown"));
    json_value(j, val_text_or_none(lineage_unknown(g, visit->column)));
    json_close_object(j);
  }
  json_close_array(j);
}

// What is not known of what was asked for, and downward of who reads it; empty: nothing.
static Str all_unknown(Arena *a, const LineageGraph *g, const LineageAsked *asked) {
  Buf out = {.arena = a};
  LineageDoubts doubts = {0};
  buf_add(&out, asked->whole ? asked->node->unknown : lineage_unknown(g, asked->starts[0]));
  if (asked->down)
    doubts = lineage_doubts(a, g, asked);
  for (size_t i = 0; i < doubts.n; i++)
    buf_addf(&out, "%s%.*s", out.len ? "; " : "",
             STR_ARG(lineage_doubt_shown(a, g, &doubts.items[i])));
  return buf_str(&out);
}

void lineage_json(Buf *out, const LineageGraph *g, const LineageAsked *asked, const Project *p,
                  const Target *target) {
  (void)p, (void)target;
  Arena a = {0};
  Json *j = arena_new(&a, Json);
  *j = (Json){.out = out, .indent = 2};
  json_open_object(j);
  if (!asked) {
    uint32_t *all = arena_array(&a, uint32_t, g->nnodes + 1);
    for (uint32_t i = 0; i < g->nnodes; i++)
      all[i] = i;
    lineage_write_nodes(j, g, all, g->nnodes);
  } else {
    json_key_str(j, "node", asked->node->id);
    json_name(j, STR("column"));
    json_value(j, asked->whole ? val_none() : val_text_or_none(g->columns[asked->starts[0]].name));
    json_name(j, STR("unknown"));
    json_value(j, val_text_or_none(all_unknown(&a, g, asked)));
    if (asked->up)
      json_visits(j, g, "upstream", reach(&a, g, asked, false));
    if (asked->down)
      json_visits(j, g, "downstream", reach(&a, g, asked, true));
  }
  json_close_object(j);
  buf_addc(out, '\n');
  arena_free(&a);
}

// --- Mermaid

static const Spelling spelled_mermaid[] = {
    {'"',  "#quot;"},
    {'#',  "#35;"  },
    {'<',  "#lt;"  },
    {'>',  "#gt;"  },
    {'\n', " "     },
    {0,    NULL    }
};

typedef struct Chart {
  Buf *out;
  const LineageGraph *g;
  bool *shown; // by column
  uint32_t at; // the column whose arrows are drawn
} Chart;

static void add_box(Chart *c, uint32_t node) {
  const LineageNode *n = &c->g->nodes[node];
  bool open = false;
  for (uint32_t i = n->rows; i <= n->rows + n->ncolumns; i++) {
    if (!c->shown[i])
      continue;
    if (!open) {
      buf_addf(c->out, "  subgraph n%u[\"", node);
      buf_add_spelled(c->out, n->name, spelled_mermaid);
      buf_adds(c->out, "\"]\n");
    }
    open = true;
    buf_addf(c->out, "    c%u[\"", i);
    buf_add_spelled(c->out, i == n->rows ? STR("(rows)") : c->g->columns[i].name, spelled_mermaid);
    buf_adds(c->out, "\"]\n");
  }
  if (open)
    buf_adds(c->out, "  end\n");
}

static void add_arrow(void *data, LineageEdge input) {
  Chart *c = data;
  if (!c->shown[input.column])
    return;
  const char *arrow = lineage_is_value(input.step) ? "-->" : "-.->";
  buf_addf(c->out, "  c%u %s", input.column, arrow);
  if (input.step != STEP_SAME)
    buf_addf(c->out, "|%.*s|", STR_ARG(lineage_steps[input.step]));
  buf_addf(c->out, " c%u\n", c->at);
}

static void show_columns(Arena *a, Chart *c, const LineageAsked *asked) {
  for (uint32_t i = 0; !asked && i < c->g->ncolumns; i++)
    c->shown[i] = c->g->columns[i].name.len > 0;
  for (int down = 0; asked && down < 2; down++) {
    LineageVisits v = {0};
    if (down ? asked->down : asked->up)
      v = reach(a, c->g, asked, down);
    for (size_t i = 0; i < v.n; i++)
      c->shown[v.items[i].column] = true;
  }
}

void lineage_mermaid(Buf *out, const LineageGraph *g, const LineageAsked *asked, const Project *p,
                     const Target *target) {
  (void)p, (void)target;
  Arena a = {0};
  Chart c = {out, g, arena_array(&a, bool, g->ncolumns + 1), 0};
  LineageWay up = {.influence = asked && asked->way.influence};
  show_columns(&a, &c, asked);
  buf_adds(out, "flowchart LR\n");
  for (uint32_t i = 0; i < g->nnodes; i++)
    add_box(&c, i);
  for (c.at = 0; c.at < g->ncolumns; c.at++)
    if (c.shown[c.at])
      lineage_next(g, c.at, up, add_arrow, &c);
  arena_free(&a);
}
