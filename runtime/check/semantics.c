// See semantics.h. All expressions of a node are one query; where that is refused each is a query
// of its own, so that one that is wrong hides no other.
#include "semantics.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/project/yaml.h"

#include <string.h>

typedef struct Part {
  Value asked; // [expression, what is made of it, name]: see starc_check_expressions
  const Yaml *at;
} Part;

typedef struct Parts {
  Arena *a;
  Part *items;
  size_t n;
} Parts;

// --- what a node says

// An expression, or the name that stands for it, of an entry that was read and as it is written.
static void add(Parts *parts, Value read, const Yaml *written, Str otherwise, Str use) {
  Value expr = val_get(read, STR("expr"));
  const Yaml *at = yaml_get(written, STR("expr"));
  Str text = val_is_absent(expr) ? otherwise : val_to_str(parts->a, expr);
  if (!str_trim(text).len)
    return;
  Value asked = val_list(parts->a, 2);
  list_push(parts->a, asked.list, val_str(text));
  list_push(parts->a, asked.list, val_str(use));
  list_push(parts->a, asked.list, val_str(otherwise));
  if (!at)
    at = yaml_get(written, STR("name"));
  parts->items[parts->n++] = (Part){asked, at ? at : written};
}

static Str text_at(Value v, const char *key) {
  Value found = val_get(v, str_c(key));
  return found.kind == VAL_STR ? val_text(found) : (Str){0};
}

static void add_elements(Parts *parts, const Node *n, const char *section) {
  Value list = val_get(n->extra, str_c(section));
  const Yaml *written = yaml_get(n->patch, str_c(section));
  bool measures = !strcmp(section, "measures");
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    Value one = list.list->items[i];
    bool time = str_is(text_at(one, "type"), "time");
    Str use = measures ? text_at(one, "agg") : time ? STR("time") : (Str){0};
    const Yaml *at = yaml_item(written, i);
    add(parts, one, at ? at : n->patch, text_at(one, "name"), use);
  }
}

static void add_metric(Parts *parts, const Node *n) {
  Value params = val_get(n->extra, STR("type_params"));
  Str agg = text_at(val_get(params, STR("metric_aggregation_params")), "agg");
  const Yaml *written = yaml_get(n->patch, STR("type_params"));
  if (!agg.len) // of a measure, or of other metrics
    return;
  if (!yaml_get(written, STR("expr")))
    written = n->patch;
  add(parts, params, written, n->name, agg);
}

static void read_parts(Parts *parts, const Node *n) {
  static const char *const sections[] = {"entities", "dimensions", "measures"};
  size_t most = 1;
  for (size_t i = 0; i < COUNT(sections); i++)
    most += val_count(val_get(n->extra, str_c(sections[i])));
  parts->items = arena_array(parts->a, Part, most);
  if (n->kind == NODE_METRIC)
    add_metric(parts, n);
  for (size_t i = 0; n->kind == NODE_SEMANTIC_MODEL && i < COUNT(sections); i++)
    add_elements(parts, n, sections[i]);
}

// --- asking

static bool call(CheckPlace *p, Arena *a, Str macro, const Node *model, const Part *parts, size_t n,
                 Value *out, Diags *diags) {
  Value given[2] = {relation_of_node(a, &p->run->shared, model), val_list(a, n)};
  for (size_t i = 0; i < n; i++)
    list_push(a, given[1].list, parts[i].asked);
  Args args = {given, 2, NULL, 0};
  return place_call(p, a, macro, &args, out, diags);
}

static bool ask(CheckPlace *p, const Node *model, const Part *parts, size_t n, Diags *diags) {
  Arena a = {0};
  Value out;
  bool good = call(p, &a, STR("starc_check_expressions"), model, parts, n, &out, diags);
  arena_free(&a);
  return good;
}

// The first finding is that of the result, others are notes of it.
static void refused(Diags *to, Diag **first, const Part *part, const Diag *said) {
  const Yaml *at = part->at;
  if (*first) {
    diag_note(to, *first, at->src, at->span, "%.*s", STR_ARG(said->message));
    return;
  }
  *first = diag_at(to, SEV_ERROR, said->code, at->src, at->span, "%.*s", STR_ARG(said->message));
  if (said->hint.len)
    diag_hint(to, *first, "%.*s", STR_ARG(said->hint));
}

// Which of them are refused. NULL: none.
static Diag *find(CheckPlace *p, const Node *model, const Parts *parts, Diags *found) {
  Diag *first = NULL;
  Diags all = {0};
  diags_init(&all);
  bool good = ask(p, model, parts->items, parts->n, &all);
  for (size_t i = 0; !good && i < parts->n; i++) {
    Diags one = {0};
    diags_init(&one);
    if (!ask(p, model, &parts->items[i], 1, &one) && one.first)
      refused(found, &first, &parts->items[i], one.first);
    diags_free(&one);
  }
  diags_free(&all);
  return first;
}

// The model that it is about; NULL: none, or one without a relation.
static const Node *model_of(const Node *n) {
  while (semantics_is(n) && n->nneeds)
    n = n->needs[0];
  return node_is_refable(n) && !str_is(node_materialized(n), "ephemeral") ? n : NULL;
}

bool semantics_is(const Node *n) {
  return n->kind == NODE_SEMANTIC_MODEL || n->kind == NODE_METRIC;
}

Value semantics_queries(CheckPlace *p, Arena *a, const Node *n) {
  Parts parts = {.a = a};
  Diags ignored = {0};
  Value out = val_none();
  const Node *model = model_of(n);
  read_parts(&parts, n);
  diags_init(&ignored);
  bool good = model && parts.n &&
              call(p, a, STR("starc_check_expression_queries"), model, parts.items, parts.n, &out,
                   &ignored);
  diags_free(&ignored);
  return good ? out : val_none();
}

RunResult *semantics_look(CheckPlace *p, const Node *n) {
  Run *r = p->run;
  RunResult *res = result_new(r, n);
  Arena a = {0};
  Parts parts = {.a = &a};
  Diags found = {0};
  const Node *model = model_of(n);
  diags_init(&found);
  res->compile_start_us = res->compile_end_us = res->execute_start_us = clock_us();
  read_parts(&parts, n);
  Diag *d = model && parts.n ? find(p, model, &parts, &found) : NULL;
  res->status = d ? RUN_ERROR : RUN_SUCCESS;
  if (d) {
    res->diag = diag_copy(&r->results_arena, d);
    res->message = result_text(r, d->message);
    res->failed_in = "Database";
  }
  res->execute_end_us = clock_us();
  diags_free(&found);
  arena_free(&a);
  return res;
}
