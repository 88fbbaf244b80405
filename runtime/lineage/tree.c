// See tree.h. First the lines are made, without recursion; then their columns get their widths.
#include "tree.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/base/vec.h"
#include "doubt.h"

#include <stdlib.h>

enum {
  DEEPEST = 64, // levels that are drawn
  WIDEST_TYPE = 28,
  LEAST_TEXT = 12, // of a description that is shown at all
  LEAST_NAME = 12, // of a name with a mark behind it
  GAP = 2
};

typedef struct Line {
  Str lead; // the tree's own marks, then the name
  Str mark; // behind the lead, never cut off
  Str step, type, text;
  bool note; // the lead is a sentence
} Line;

typedef VEC(LineageEdge) Edges;

// A column whose next ones are being drawn.
typedef struct Level {
  uint32_t column;
  Edges next;
  size_t at;
  Str indent; // what stands before its marks
} Level;

typedef struct Tree {
  Arena *a;
  const LineageGraph *g;
  LineageWay way;
  uint8_t *drawn; // by column: what is below it stands above, begun at this level; 0: it does not
  bool *cut;      // by column: of what is below it the deepest was left out there
  VEC(Line) lines;
  Level levels[DEEPEST];
  size_t nlevels;
} Tree;

Str lineage_node_shown(Arena *a, const LineageNode *n) {
  if (lineage_makes_relation(n))
    return n->name;
  Buf b = {.arena = a};
  for (size_t i = 0; i < n->kind.len; i++)
    buf_addc(&b, n->kind.ptr[i] == '_' ? ' ' : n->kind.ptr[i]);
  buf_addf(&b, " %.*s", STR_ARG(n->name));
  return buf_str(&b);
}

Str lineage_shown(Arena *a, const LineageGraph *g, uint32_t column) {
  const LineageColumn *c = &g->columns[column];
  const LineageNode *n = &g->nodes[c->node];
  Str name = lineage_node_shown(a, n);
  bool of_its_name = str_is(n->kind, "metric"); // its one column has it
  if (c->name.len)
    return of_its_name ? name : str_fmt(a, "%.*s.%.*s", STR_ARG(name), STR_ARG(c->name));
  if (!n->ncolumns && str_among(n->kind, "test exposure metric unit_test saved_query"))
    return name;
  return str_fmt(a, "rows of %.*s", STR_ARG(name));
}

Str lineage_description(const LineageGraph *g, uint32_t column) {
  const LineageColumn *c = &g->columns[column];
  const Node *n = g->nodes[c->node].node;
  for (size_t i = 0; n && c->name.len && i < n->ncolumns; i++)
    if (str_eq_nocase(n->columns[i]->name, c->name))
      return n->columns[i]->description;
  return (Str){0};
}

// --- lines

static Str first_line(Arena *a, Str s) {
  Str rest = str_trim(s), line = {0};
  str_cut(&rest, '\n', &line);
  return utf8_shown(a, str_trim(line));
}

// `alone`: without its node's name.
static void add_line(Tree *t, Str indent, const char *mark, LineageEdge by, bool alone) {
  uint32_t column = by.column;
  const LineageColumn *c = &t->g->columns[column];
  Str name = alone && c->name.len ? c->name : lineage_shown(t->a, t->g, column);
  name = utf8_shown(t->a, name);
  Line line = {.lead = str_fmt(t->a, "%.*s%s%.*s", STR_ARG(indent), mark, STR_ARG(name)),
               .step = by.step < STEP_ROWS ? lineage_steps[by.step] : (Str){0},
               .type = utf8_shown(t->a, c->type),
               .text = first_line(t->a, lineage_description(t->g, column))};
  vec_push(t->a, &t->lines, line);
}

static void add_note(Tree *t, Str indent, const char *mark, Str what, Str more) {
  Line line = {.lead = str_fmt(t->a, "%.*s%s%.*s%.*s", STR_ARG(indent), mark, STR_ARG(what),
                               STR_ARG(utf8_shown(t->a, more))),
               .note = true};
  vec_push(t->a, &t->lines, line);
}

typedef struct Collecting {
  Arena *a;
  Edges *to;
} Collecting;

static void collect(void *data, LineageEdge next) {
  Collecting *c = data;
  vec_push(c->a, c->to, next);
}

// What gives its value first, then what has an influence; then in the graph's order.
static int by_strength(const void *a, const void *b) {
  const LineageEdge *x = a, *y = b;
  uint32_t left = x->step != y->step ? x->step : x->column;
  uint32_t right = x->step != y->step ? y->step : y->column;
  return (left > right) - (left < right);
}

static Edges next_of(Tree *t, uint32_t column) {
  Edges next = {0};
  lineage_next(t->g, column, t->way, collect, &(Collecting){t->a, &next});
  if (next.n > 1)
    sort_items(next.items, next.n, sizeof *next.items, by_strength);
  return next;
}

// --- drawing

// What is below a column stands above already, as far as it can be drawn from here.
static bool is_drawn(const Tree *t, uint32_t column) {
  return t->drawn[column] && (!t->cut[column] || t->drawn[column] <= t->nlevels + 1);
}

// Something is left out below all that are being drawn.
static void mark_cut(Tree *t) {
  for (size_t i = 0; i < t->nlevels; i++)
    t->cut[t->levels[i].column] = true;
}

// What is below a column, one level further in.
static void open_level(Tree *t, uint32_t column, Str indent) {
  Edges next = next_of(t, column);
  Str unknown = t->way.down ? (Str){0} : lineage_unknown(t->g, column);
  bool deep = t->nlevels == DEEPEST || (t->way.depth && t->nlevels >= t->way.depth);
  if (unknown.len)
    add_note(t, indent, next.n && !deep ? "├─ " : "└─ ", STR("not known: "), unknown);
  if (next.n && t->nlevels == DEEPEST)
    add_note(t, indent, "└─ ", STR("..., as --output json shows"), (Str){0});
  if (deep && next.n)
    mark_cut(t);
  if (!deep) {
    t->drawn[column] = (uint8_t)(t->nlevels + 1);
    t->cut[column] = false;
  }
  if (next.n && !deep)
    t->levels[t->nlevels++] = (Level){column, next, 0, indent};
}

static void draw_next(Tree *t) {
  Level *l = &t->levels[t->nlevels - 1];
  LineageEdge edge = l->next.items[l->at++];
  bool last = l->at == l->next.n;
  Str indent = str_fmt(t->a, "%.*s%s", STR_ARG(l->indent), last ? "   " : "│  ");
  add_line(t, l->indent, last ? "└─ " : "├─ ", edge, false);
  if (!is_drawn(t, edge.column)) {
    open_level(t, edge.column, indent);
  } else if (next_of(t, edge.column).n) {
    t->lines.items[t->lines.n - 1].mark = STR(" (see above)");
    if (t->cut[edge.column])
      mark_cut(t);
  }
}

static void draw(Tree *t, const LineageAsked *asked) {
  for (uint32_t i = 0; i < asked->n; i++) {
    bool last = i + 1 == asked->n;
    if (asked->whole)
      add_line(t, (Str){0}, last ? "└─ " : "├─ ", (LineageEdge){asked->starts[i], STEP_ROWS}, true);
    open_level(t, asked->starts[i], !asked->whole ? (Str){0} : last ? STR("   ") : STR("│  "));
    while (t->nlevels) {
      Level *l = &t->levels[t->nlevels - 1];
      if (l->at == l->next.n)
        t->nlevels--;
      else
        draw_next(t);
    }
  }
}

// --- printing

typedef struct Widths {
  size_t lead, step, type, text;
} Widths;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static Widths measure(const Tree *t, size_t width) {
  Widths w = {0};
  for (size_t i = 0; i < t->lines.n; i++) {
    const Line *l = &t->lines.items[i];
    if (l->note)
      continue;
    w.lead = larger(w.lead, utf8_width(l->lead) + utf8_width(l->mark));
    w.step = larger(w.step, utf8_width(l->step));
    w.type = larger(w.type, utf8_width(l->type));
  }
  w.type = w.type > WIDEST_TYPE ? WIDEST_TYPE : w.type;
  size_t others = (w.step ? GAP + w.step : 0) + (w.type ? GAP + w.type : 0);
  size_t least = others + LEAST_TEXT < width ? width - others : LEAST_TEXT;
  w.lead = w.lead > least ? least : w.lead;
  size_t used = w.lead + others + GAP;
  w.text = used + LEAST_TEXT <= width ? width - used : 0;
  return w;
}

// One column of the page: what stands before it is filled up to `col`.
static void add_cell(Arena *a, Buf *out, size_t *at, size_t col, Str s, size_t width) {
  if (!s.len || !width)
    return;
  for (; *at < col; (*at)++)
    buf_addc(out, ' ');
  Str fitted = utf8_fit(a, s, width);
  buf_add(out, fitted);
  *at += utf8_width(fitted);
}

// The name is cut where there is no room, not its mark.
static Str lead_cell(Arena *a, const Line *l, size_t width) {
  if (!l->mark.len)
    return l->lead;
  Str name = utf8_fit(a, l->lead, width - utf8_width(l->mark));
  return str_fmt(a, "%.*s%.*s", STR_ARG(name), STR_ARG(l->mark));
}

static void print_line(Tree *t, Buf *out, const Line *l, const Widths *w, size_t width) {
  size_t at = 0, step = w->lead + GAP, type = step + (w->step ? w->step + GAP : 0),
         text = type + (w->type ? w->type + GAP : 0);
  size_t marked = l->mark.len ? LEAST_NAME + utf8_width(l->mark) : 0;
  size_t lead = l->note ? width : larger(w->lead, marked);
  add_cell(t->a, out, &at, 0, lead_cell(t->a, l, lead), lead);
  add_cell(t->a, out, &at, step, l->step, w->step);
  add_cell(t->a, out, &at, type, l->type, w->type);
  add_cell(t->a, out, &at, text, l->text, w->text);
  buf_addc(out, '\n');
}

static void print_way(Arena *a, Buf *out, const LineageGraph *g, const LineageAsked *asked,
                      bool down, size_t width) {
  Tree *t = arena_new(a, Tree);
  *t = (Tree){.a = a,
              .g = g,
              .way = asked->way,
              .drawn = arena_array(a, uint8_t, g->ncolumns + 1),
              .cut = arena_array(a, bool, g->ncolumns + 1)};
  t->way.down = down;
  draw(t, asked);
  Widths w = measure(t, width);
  for (size_t i = 0; i < t->lines.n; i++)
    print_line(t, out, &t->lines.items[i], &w, width);
}

// How many columns are reached by influence alone.
static size_t only_influenced(Arena *a, const LineageGraph *g, const LineageAsked *asked,
                              bool down) {
  LineageWay all = {.down = down, .influence = true}, values = {.down = down};
  return lineage_walk(a, g, asked->starts, asked->n, all).n -
         lineage_walk(a, g, asked->starts, asked->n, values).n;
}

static void print_nothing(Buf *out, const LineageAsked *asked, bool down) {
  const LineageNode *n = asked->node;
  if (down)
    buf_adds(out, "(no column takes its value)\n");
  else if (lineage_is_end(n))
    buf_addf(out, "(a %.*s: nothing in the project makes it)\n", STR_ARG(n->kind));
  else
    buf_adds(out, "(no column: it is a constant, or counts rows)\n");
}

static void print_doubts(Arena *a, Buf *out, const LineageGraph *g, const LineageAsked *asked) {
  LineageDoubts doubts = lineage_doubts(a, g, asked);
  for (size_t i = 0; i < doubts.n; i++)
    buf_addf(out, "not known: %.*s\n", STR_ARG(lineage_doubt_shown(a, g, &doubts.items[i])));
}

static void print_part(Arena *a, Buf *out, const LineageGraph *g, const LineageAsked *asked,
                       bool down, size_t width) {
  buf_addf(out, "\n%s\n", down ? "gets into" : "made of");
  size_t before = out->len;
  print_way(a, out, g, asked, down, width);
  if (down)
    print_doubts(a, out, g, asked);
  if (out->len == before)
    print_nothing(out, asked, down);
  size_t more = asked->way.influence ? 0 : only_influenced(a, g, asked, down);
  if (more)
    buf_addf(out, "%zu more by influence alone (filters, joins, ..): --influence shows %s\n", more,
             more == 1 ? "it" : "them");
}

static void print_head(Arena *a, Buf *out, const LineageGraph *g, const LineageAsked *asked) {
  const LineageNode *n = asked->node;
  Str type = asked->whole ? (Str){0} : g->columns[asked->starts[0]].type, about = n->description;
  Str name = asked->whole ? n->name : lineage_shown(a, g, asked->starts[0]);
  buf_add(out, utf8_shown(a, name));
  buf_addf(out, "%s%.*s\n  %.*s", type.len ? "  " : "", STR_ARG(type), STR_ARG(n->kind));
  if (n->made.len && !str_eq(n->made, n->kind))
    buf_addf(out, " (%.*s)", STR_ARG(n->made));
  if (n->relation.len && !str_eq(n->relation, n->name))
    buf_addf(out, " %.*s", STR_ARG(n->relation));
  buf_addc(out, '\n');
  if (!asked->whole)
    about = lineage_description(g, asked->starts[0]);
  if (str_trim(about).len)
    buf_addf(out, "  %.*s\n", STR_ARG(first_line(a, about)));
  if (n->unknown.len)
    buf_addf(out, "  not known how its columns are made: %.*s\n",
             STR_ARG(utf8_shown(a, n->unknown)));
}

void lineage_tree(Buf *out, const LineageGraph *g, const LineageAsked *asked, size_t width) {
  Arena a = {0};
  print_head(&a, out, g, asked);
  if (asked->up)
    print_part(&a, out, g, asked, false, width);
  if (asked->down)
    print_part(&a, out, g, asked, true, width);
  arena_free(&a);
}
