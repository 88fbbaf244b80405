// lineage: which columns a column is made of, and what is made of it. In: a check of what is needed
// for the answer, or a lineage.json. Out: a tree, or a form for other programs; without a name a
// summary.
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/vec.h"
#include "../check/check.h"
#include "../lineage/file.h"
#include "../lineage/forms.h"
#include "../lineage/keep.h"
#include "../lineage/name.h"
#include "../run/files.h"
#include "../run/signals.h"
#include "../run/table.h"
#include "task.h"

#include <stdlib.h>

static const struct {
  const char *name;
  LineageForm *write;
} forms[] = {
    {"json",        lineage_json       },
    {"mermaid",     lineage_mermaid    },
    {"openlineage", lineage_openlineage},
};

typedef struct Question {
  Str text;       // what was typed; empty: the whole
  const Node *of; // the node that it names, where the project has one
  bool up, down;
} Question;

// --- which nodes must be looked at

static void add_below(bool *bits, const Graph *g, Node *const *order, const Node *of) {
  bits[of->index] = true;
  for (size_t i = 0; i < g->nnodes; i++)
    for (size_t k = 0; k < order[i]->nneeds; k++)
      bits[order[i]->index] |= bits[order[i]->needs[k]->index];
}

// What a query can be asked about; others would only be rendered.
static bool is_checked(const Run *r, const Node *n) {
  return r->options->command->kinds >> n->kind & 1;
}

static void keep_checked(Run *r, bool *bits) {
  for (size_t i = 0; i < r->graph->nnodes; i++)
    bits[i] &= is_checked(r, r->graph->nodes[i]);
}

static bool *all_checked(Run *r) {
  bool *bits = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    bits[i] = is_checked(r, r->graph->nodes[i]);
  return bits;
}

// Of what no query is asked about what it reads, an exposure's models.
static void add_read(const Run *r, bool *bits, const Node *n) {
  for (size_t i = 0; i < n->nneeds && !is_checked(r, n); i++) {
    bits[n->needs[i]->index] = true;
    add_read(r, bits, n->needs[i]);
  }
}

// What is read is looked at anyway. An ephemeral model and a source are known by their readers.
// Who reads a node is asked of the whole project: a reader may write its name by hand.
static bool *bits_for(Run *r, const Question *q) {
  if (!q->of)
    return run_select(r, r->options->command->kinds);
  bool *bits = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    bits[i] = q->down || i == q->of->index;
  add_read(r, bits, q->of);
  if (q->of->kind == NODE_SOURCE || q->of->kind == NODE_LOAD ||
      str_is(node_materialized(q->of), "ephemeral"))
    add_below(bits, r->graph, graph_order(&r->arena, r->graph), q->of);
  keep_checked(r, bits);
  return bits;
}

// --- the graph

static LineageGraph *read_file(Run *r) {
  Str path = r->options->lineage_file, text;
  Source *src = arena_new(&r->arena, Source);
  if (!fs_read(&r->arena, path, path, &text, &r->diags))
    return run_report(r) ? NULL : NULL;
  *src = (Source){.path = path, .text = text};
  LineageGraph *g = lineage_read(&r->arena, src, r->graph, &r->diags);
  return run_report(r) ? g : NULL;
}

static LineageGraph *ask(Run *r, const Question *q) {
  bool *bits = bits_for(r, q);
  if (!bits)
    return NULL;
  signals_watch(r);
  Checked checked;
  LineageGraph *g = NULL;
  Check *k = check_open(r, q->of ? all_checked(r) : bits);
  LineageBuild *b = k ? lineage_begin(r, k) : NULL;
  bool good = k && check_nodes(k, bits, &checked);
  while (good && q->of && lineage_more(b, &checked, r->options->command->kinds, bits))
    good = check_nodes(k, bits, &checked);
  if (good)
    g = lineage_keep(b, r, &checked);
  check_close(k);
  diags_free(&r->diags); // what a check says of YAML is no answer here
  diags_init(&r->diags);
  if (g)
    lineage_tell_failed(r, &checked);
  return g;
}

// --- the answer

static void add_starts(Arena *a, LineageAsked *asked) {
  const LineageNode *n = asked->node;
  bool rows = asked->way.influence || !n->ncolumns;
  uint32_t *starts = arena_array(a, uint32_t, n->ncolumns + 1);
  for (uint32_t i = 0; i < n->ncolumns; i++)
    starts[asked->n++] = n->rows + 1 + i;
  if (rows)
    starts[asked->n++] = n->rows;
  asked->starts = starts;
  asked->whole = true;
  if (!asked->way.depth)
    asked->way.depth = 1;
}

static void print_answer(Run *r, const LineageGraph *g, const LineageAsked *asked,
                         const Target *target) {
  Buf out = {0};
  LineageForm *write = NULL;
  for (size_t i = 0; i < COUNT(forms); i++)
    if (str_eq(r->options->output, str_c(forms[i].name)))
      write = forms[i].write;
  if (write)
    write(&out, g, asked, r->project, target);
  else
    lineage_tree(&out, g, asked, terminal_width());
  run_print(r, buf_str(&out));
  buf_free(&out);
}

// --- the summary

typedef struct Reason {
  Str text;
  size_t n;
} Reason;

static int by_count(const void *a, const void *b) {
  const Reason *x = a, *y = b;
  return (x->n < y->n) - (x->n > y->n);
}

static void add_reasons(Arena *a, Buf *out, const LineageGraph *g) {
  Map known = {0};
  VEC(Reason) reasons = {0};
  for (uint32_t i = 0; i < g->ncolumns; i++) {
    Str why = lineage_unknown(g, i);
    if (!why.len || !g->columns[i].name.len || lineage_is_end(lineage_node_of(g, i)))
      continue;
    size_t *at = map_get(&known, why);
    if (!at) {
      at = arena_new(a, size_t);
      *at = reasons.n;
      map_put(a, &known, why, at);
      vec_push(a, &reasons, ((Reason){why, 0}));
    }
    reasons.items[*at].n++;
  }
  if (reasons.n)
    sort_items(reasons.items, reasons.n, sizeof *reasons.items, by_count);
  for (size_t i = 0; i < reasons.n && i < LISTED; i++)
    buf_addf(out, "  %6zu  %.*s\n", reasons.items[i].n, STR_ARG(reasons.items[i].text));
  if (reasons.n > LISTED)
    buf_addf(out, "          and %zu more reasons\n", reasons.n - LISTED);
}

static void add_kinds(Buf *out, const LineageGraph *g) {
  size_t counts[NODE_KINDS] = {0}, others = 0;
  Arena a = {0};
  for (uint32_t i = 0; i < g->nnodes; i++) {
    size_t kind = 0;
    while (kind < NODE_KINDS && !str_eq(node_kind_names[kind], g->nodes[i].kind))
      kind++;
    if (kind < NODE_KINDS)
      counts[kind]++;
    others += kind == NODE_KINDS;
  }
  buf_add(out, node_kinds_counted(&a, counts));
  if (others)
    buf_addf(out, ", %zu relation%s that no node makes", others, others == 1 ? "" : "s");
  arena_free(&a);
}

// Nodes of which not even the columns are known.
static void add_lost_nodes(Buf *out, const LineageGraph *g) {
  size_t n = 0;
  for (uint32_t i = 0; i < g->nnodes; i++) {
    const LineageNode *node = &g->nodes[i];
    if (!node->unknown.len || node->ncolumns || str_is(node->kind, "test"))
      continue;
    if (!n)
      buf_adds(out, "Without columns:\n");
    if (n++ < LISTED)
      buf_addf(out, "  %.*s: %.*s\n", STR_ARG(node->name), STR_ARG(node->unknown));
  }
  if (n > LISTED)
    buf_addf(out, "  and %zu more\n", n - LISTED);
}

static void print_summary(Run *r, const LineageGraph *g) {
  Buf out = {0};
  LineageCounts n = lineage_count(g);
  double share = n.made ? 100.0 * (double)n.exact / (double)n.made : 100.0;
  add_kinds(&out, g);
  buf_addf(&out,
           "\n%zu columns, %zu of them made by the project: of %zu (%.1f %%) it is known what "
           "they are made of\n",
           n.columns, n.made, n.exact, share);
  if (n.exact < n.made)
    buf_adds(&out, "Not known:\n");
  add_reasons(&r->arena, &out, g);
  add_lost_nodes(&out, g);
  buf_adds(&out, "'starc lineage NODE.COLUMN' shows the way of one\n");
  run_print(r, buf_str(&out));
  buf_free(&out);
}

// --- the whole

static bool text_form(const Run *r) { return str_is(r->options->output, "text"); }

// Finds what the question names in the graph. False: reported.
static bool find_asked(Run *r, const LineageGraph *g, const Question *q, LineageAsked *asked) {
  Str column;
  if (!lineage_find(g, q->text, &asked->node, &column, &r->diags))
    return run_report(r) && false;
  if (!asked->node) {
    lineage_not_found(lineage_names(&r->arena, r->graph), q->text, &r->diags);
    return run_report(r) && false;
  }
  if (!column.len) {
    add_starts(&r->arena, asked);
    return true;
  }
  uint32_t *start = arena_new(&r->arena, uint32_t);
  *start = lineage_find_column(g, asked->node, column, &r->diags);
  asked->starts = start;
  asked->n = 1;
  return *start != LINEAGE_NONE || (run_report(r) && false);
}

static int answer(Run *r, const LineageGraph *g, const Question *q, const Target *target) {
  LineageAsked asked = {
      .up = q->up,
      .down = q->down,
      .way = {.influence = r->options->influence, .depth = (uint32_t)r->options->depth}
  };
  if (!q->text.len && text_form(r)) {
    print_summary(r, g);
    return EXIT_GOOD;
  }
  if (q->text.len && !find_asked(r, g, q, &asked))
    return EXIT_USAGE;
  print_answer(r, g, q->text.len ? &asked : NULL, target);
  return EXIT_GOOD;
}

static bool names(Str text, Str word) { return str_find_word(text, word, 0) >= 0; }

// Whether a relation that no node makes may have the name: what stands before its first dot is
// where nodes stand, or some text has it. Such relations are known only once all was looked at.
static bool may_be_relation(const Run *r, Str text) {
  Str rest = text, first = text;
  const Graph *g = r->graph;
  str_cut(&rest, '.', &first);
  bool may = false;
  for (size_t i = 0; i < g->nnodes && !may; i++) {
    const Node *n = g->nodes[i];
    may = str_eq(n->schema, first) || str_eq(n->database, first) || names(n->raw_code, first);
  }
  for (size_t i = 0; i < g->nmacros && !may; i++)
    may = !g->macros[i]->macro->source->own && names(g->macros[i]->macro->source->text, first);
  return may;
}

// Finds the node of the question in the project. False: reported.
static bool read_question(Run *r, Question *q) {
  const RunOptions *o = r->options;
  *q = (Question){.text = o->args.n ? o->args.items[0] : (Str){0},
                  .down = o->downstream || o->both,
                  .up = o->upstream || o->both || !o->downstream};
  if (o->depth < 0 || o->depth > UINT32_MAX) {
    diag_error(&r->diags, CODE_OPTION_VALUE, (Str){0}, "--depth is a number of steps, at least 0");
    return run_report(r);
  }
  const LineageNode *node = NULL;
  const LineageGraph *all = lineage_names(&r->arena, r->graph);
  Str column;
  if (q->text.len && !lineage_find(all, q->text, &node, &column, &r->diags))
    return run_report(r);
  if (q->text.len && !node && !o->lineage_file.len && !may_be_relation(r, q->text)) {
    lineage_not_found(all, q->text, &r->diags);
    return run_report(r);
  }
  q->of = node ? node->node : NULL;
  return true;
}

static int lineage(Run *r) {
  Question q;
  if (!read_question(r, &q))
    return EXIT_USAGE;
  const Target *target = r->project->target;
  LineageGraph *g = r->options->lineage_file.len ? read_file(r) : ask(r, &q);
  if (!g)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  int code = answer(r, g, &q, target);
  return r->signal ? 128 + r->signal : code;
}

int task_lineage(RunOptions *o, Reporter *report) { return run_task(o, report, lineage); }
