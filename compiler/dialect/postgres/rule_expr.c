// The inputs of an expression. A node that is not in the table computes something of all that it
// holds; new kinds of nodes are so too. What is still to do is a stack of jobs: expressions nest as
// deep as they like, only queries within them call.
#include "rule_walk.h"

// What a node's reader works with.
typedef struct Spot {
  Walk *w;
  const RuleNode *node;
  Query *query;
  Place to;
  LineageStep step; // of what is around the node
} Spot;

static LineageStep weaker(LineageStep a, LineageStep b) { return a > b ? a : b; }

void expr_asked(Walk *w, RuleValue value, Query *q, Place to, LineageStep step) {
  if (value.kind >= RULE_LIST)
    vec_push(w->a, &w->jobs, ((Job){value, q, to, step}));
}

// Leaves a value for later, seen through one more step.
static void later(Spot *s, RuleValue value, LineageStep step) {
  expr_asked(s->w, value, s->query, s->to, weaker(s->step, step));
}
static void field_later(Spot *s, Str field, LineageStep step) {
  later(s, rule_value(s->node, field), step);
}
static void add(Spot *s, Place from, LineageStep step) {
  walk_add(s->w, s->to, from, weaker(s->step, step));
}

static void all_fields(Spot *s) {
  for (size_t i = 0; i < s->node->n; i++)
    later(s, s->node->fields[i].value, STEP_COMPUTED);
}

static void nothing(Spot *s) { (void)s; }

// What a VAR points to: in a query of set operations, all their branches.
static Entry *entry_of(Walk *w, const RuleNode *var, Query **q) {
  *q = query_outward(w, *q, rule_int(var, STR("varlevelsup")));
  if (*q && (*q)->nbranches)
    return &(*q)->united;
  return *q ? query_entry(*q, rule_int(var, STR("varno"))) : NULL;
}

// {VAR :varno :varattno :varlevelsup}
static void variable(Spot *s) {
  Query *q = s->query;
  Entry *entry = entry_of(s->w, s->node, &q);
  Place from = entry ? entry_place(s->w, q, entry, rule_int(s->node, STR("varattno")))
                     : unknown_place(s->w, "a column belongs to no relation");
  add(s, from, STEP_SAME);
}

// The same bytes under another type, collation or name.
static void same_value(Spot *s) { field_later(s, STR("arg"), STEP_SAME); }

// A field of a row: of a row that stands in FROM, its column; of row(..), what stands there.
static void field_of_row(Spot *s) {
  const RuleNode *row = rule_node(s->node, STR("arg"));
  Query *q = s->query;
  bool whole = row && str_is(row->label, "VAR") && !rule_int(row, STR("varattno"));
  Entry *entry = whole ? entry_of(s->w, row, &q) : NULL;
  RuleValue parts = {0};
  if (row && str_among(row->label, "ROW ROWEXPR"))
    parts = rule_value(row, STR("args"));
  long number = rule_int(s->node, STR("fieldnum"));
  if (entry && number > 0)
    add(s, entry_place(s->w, q, entry, number), STEP_SAME);
  else if (number > 0 && (size_t)number <= rule_count(parts))
    later(s, rule_item(parts, (size_t)number - 1), STEP_SAME);
  else
    all_fields(s);
}

// count(*): of the relations' rows as such.
static void rows_as_such(Spot *s, Query *q) {
  if (q)
    add(s, base_place(s->w, q), STEP_AGGREGATED);
}

// Arguments are a target list; those that only order the others are junk in it.
static void aggregate(Spot *s) {
  RuleValue args = rule_value(s->node, STR("args"));
  for (size_t i = 0; i < rule_count(args); i++) {
    const RuleNode *arg = rule_as_node(rule_item(args, i));
    later(s, rule_value(arg, STR("expr")),
          rule_true(arg, STR("resjunk")) ? STEP_SORT : STEP_AGGREGATED);
  }
  field_later(s, STR("aggdirectargs"), STEP_AGGREGATED);
  field_later(s, STR("aggfilter"), STEP_CONDITION);
  if (rule_true(s->node, STR("aggstar")))
    rows_as_such(s, query_outward(s->w, s->query, rule_int(s->node, STR("agglevelsup"))));
}

void refs_asked(Walk *w, RuleValue clauses, Query *q, Place to, LineageStep step) {
  for (size_t i = 0; i < rule_count(clauses) && walk_step(w); i++) {
    Output *output = query_ref(q, rule_as_node(rule_item(clauses, i)));
    if (output)
      walk_add(w, to, output_place(w, q, output), step);
  }
}

static void refs(Spot *s, RuleValue clauses) {
  refs_asked(s->w, clauses, s->query, s->to, weaker(s->step, STEP_WINDOW));
}

static void window_function(Spot *s) {
  field_later(s, STR("args"), rule_true(s->node, STR("winagg")) ? STEP_AGGREGATED : STEP_COMPUTED);
  field_later(s, STR("aggfilter"), STEP_CONDITION);
  if (rule_true(s->node, STR("winstar")))
    rows_as_such(s, s->query);
  long number = rule_int(s->node, STR("winref"));
  RuleValue windows = rule_value(s->query->node, STR("windowClause"));
  const RuleNode *window = number > 0 ? rule_as_node(rule_item(windows, (size_t)number - 1)) : NULL;
  refs(s, rule_value(window, STR("partitionClause")));
  refs(s, rule_value(window, STR("orderClause")));
  later(s, rule_value(window, STR("startOffset")), STEP_WINDOW);
  later(s, rule_value(window, STR("endOffset")), STEP_WINDOW);
}

// case [arg] when expr then result .. else defresult
static void choice(Spot *s) {
  field_later(s, STR("arg"), STEP_CONDITION);
  RuleValue whens = rule_value(s->node, STR("args"));
  for (size_t i = 0; i < rule_count(whens); i++) {
    const RuleNode *when = rule_as_node(rule_item(whens, i));
    later(s, rule_value(when, STR("expr")), STEP_CONDITION);
    later(s, rule_value(when, STR("result")), STEP_COMPUTED);
  }
  field_later(s, STR("defresult"), STEP_COMPUTED);
}

// nullif(a, b): b is never the result.
static void null_if(Spot *s) {
  RuleValue args = rule_value(s->node, STR("args"));
  for (size_t i = 0; i < rule_count(args); i++)
    later(s, rule_item(args, i), i ? STEP_CONDITION : STEP_COMPUTED);
}

// A function that reads tables by itself is not seen into.
static void call(Spot *s) {
  Str oid = rule_text(s->w->a, s->node, STR("funcid"));
  if (!oid.len)
    oid = rule_text(s->w->a, s->node, STR("opfuncid"));
  const Place *unknown = map_get(&s->w->functions, oid);
  if (unknown)
    add(s, *unknown, STEP_COMPUTED);
  field_later(s, STR("args"), STEP_COMPUTED);
}

enum SublinkKind { EXISTS, ALL, ANY, ROW_COMPARE, VALUE, MULTI, ARRAY }; // :subLinkType

// Which step a query's columns are, by its kind: `where x in (select ..)` joins.
static LineageStep sublink_step(const Spot *s, long kind) {
  if (kind < VALUE)
    return s->step >= STEP_JOIN ? STEP_JOIN : weaker(s->step, STEP_COMPUTED);
  return weaker(s->step, kind == ARRAY ? STEP_AGGREGATED : STEP_SAME);
}

// A query among the expressions. Its rows' influence is on what it stands in; where that decides
// rows too, filters and joins within stay what they are.
static void sublink(Spot *s) {
  Query *sub = query_open(s->w, rule_node(s->node, STR("subselect")), s->query);
  long kind = rule_int(s->node, STR("subLinkType"));
  LineageStep step = sublink_step(s, kind);
  query_fill(s->w, sub);
  if (kind == EXISTS)
    walk_add(s->w, s->to, base_place(s->w, sub), weaker(step, STEP_JOIN));
  else
    expr_asked(s->w, rule_value(s->node, STR("testexpr")), s->query, s->to, step);
  for (size_t i = 0; kind != EXISTS && i < sub->nvisible; i++)
    walk_add(s->w, s->to, column_place(s->w, sub, i), step);
  walk_add(s->w, s->to, rows_place(s->w, sub), s->step >= STEP_JOIN ? STEP_SAME : s->step);
}

static const struct Reading {
  const char *labels; // of versions before 16 and since
  void (*read)(Spot *s);
} readings[] = {
    {"VAR",                                                    variable       },
    {"CONST PARAM GROUPINGFUNC CASETESTEXPR SQLVALUEFUNCTION", nothing        },
    {"RELABELTYPE COLLATEEXPR COERCETODOMAIN",                 same_value     },
    {"OPEXPR FUNCEXPR DISTINCTEXPR SCALARARRAYOPEXPR",         call           },
    {"AGGREF",                                                 aggregate      },
    {"WINDOWFUNC",                                             window_function},
    {"CASE CASEEXPR",                                          choice         },
    {"NULLIFEXPR",                                             null_if        },
    {"SUBLINK",                                                sublink        },
    {"FIELDSELECT",                                            field_of_row   },
};

static void read_node(Spot *s) {
  for (size_t i = 0; i < COUNT(readings); i++)
    if (str_among(s->node->label, readings[i].labels)) {
      readings[i].read(s);
      return;
    }
  all_fields(s);
}

void expr_read(Walk *w, Job job) {
  for (size_t i = 0; i < rule_count(job.value) && walk_step(w); i++)
    expr_asked(w, rule_item(job.value, i), job.query, job.to, job.step);
  Spot spot = {w, rule_as_node(job.value), job.query, job.to, job.step};
  if (spot.node)
    read_node(&spot);
}

typedef struct Multipliers {
  Walk *w;
  Query *query;
  Place to;
} Multipliers;

static bool multiplier(void *with, const RuleNode *node) {
  Multipliers *m = with;
  if (rule_true(node, STR("funcretset")) || rule_true(node, STR("opretset")))
    expr_asked(m->w, rule_value(node, STR("args")), m->query, m->to, STEP_JOIN);
  return !str_is(node->label, "SUBLINK") && walk_step(m->w); // that one has rows of its own
}

void multipliers_asked(Walk *w, RuleValue value, Query *q, Place to) {
  Multipliers m = {w, q, to};
  rule_visit(w->a, value, multiplier, &m);
}
