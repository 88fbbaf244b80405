// See others.h. In: what YAML and configs say. An exposure reads all of its nodes unless its meta
// lists columns; a unit test those that its rows name. A name counts where a column is called so.
#include "others.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/dialect/sql.h"
#include "../../compiler/graph/graph.h"
#include "build.h"
#include "listed.h"

typedef struct Others {
  LineageDraft *draft;
  const Run *run;
  DraftNode **nodes;
  Arena *a; // as long as the graph
} Others;

static DraftNode *node_of(Others *o, const Node *n) {
  LineageNode what = lineage_describe(o->a, n);
  if (!o->nodes[n->index])
    o->nodes[n->index] = draft_node(o->draft, &what);
  return o->nodes[n->index];
}

static DraftColumn *rows_of(Others *o, DraftNode *n) { return draft_column(o->draft, n, (Str){0}); }

// --- exposures

static void read_all(Others *o, DraftColumn *to, DraftNode *from) {
  const DraftColumn *column;
  for (size_t i = 0; (column = draft_column_at(from, i)); i++)
    draft_input(o->draft, to, column, STEP_SAME);
}

// Those that meta lists. False: one is no column of what the exposure depends on.
static bool read_listed(Others *o, const Node *n, Value listed) {
  bool known = true;
  for (size_t i = 0; i < val_count(listed); i++) {
    Value one = listed.list->items[i];
    Str text = one.kind == VAL_STR ? val_text(one) : (Str){0}, name;
    const Node *of = listed_node(n, text, &name);
    DraftNode *from = of ? o->nodes[of->index] : NULL;
    const DraftColumn *column = from ? draft_known_column(from, name) : NULL;
    known &= column || (of && !from); // of what was not looked at nothing is said
    if (column)
      draft_input(o->draft, rows_of(o, node_of(o, n)), column, STEP_SAME);
  }
  return known;
}

static void add_exposure(Others *o, const Node *n) {
  Value listed = val_get(n->meta, STR("columns"));
  bool all = listed.kind != VAL_LIST || !read_listed(o, n, listed);
  for (size_t i = 0; i < n->nneeds; i++) {
    DraftNode *from = o->nodes[n->needs[i]->index];
    if (!from)
      continue;
    DraftColumn *to = rows_of(o, node_of(o, n));
    draft_input(o->draft, to, rows_of(o, from), STEP_SAME);
    if (all)
      read_all(o, to, from);
  }
}

// --- unit tests

// The columns that rows name: given ones by their keys. Of rows that are a query none are known.
static void read_rows(Others *o, const Node *test, const Node *of, Value rows) {
  DraftNode *from = of ? o->nodes[of->index] : NULL;
  Map seen = {0};
  if (from && rows.kind == VAL_STR)
    draft_column_unknown(rows_of(o, node_of(o, test)), STR("its rows are a query"));
  for (size_t i = 0; from && rows.kind == VAL_LIST && i < rows.list->n; i++) {
    size_t at = 0;
    Value row = rows.list->items[i];
    for (DictEntry *e; row.kind == VAL_DICT && (e = dict_next(row.dict, &at));) {
      Str name = e->key.kind == VAL_STR ? val_text(e->key) : (Str){0};
      const DraftColumn *column = name.len ? draft_known_column(from, name) : NULL;
      if (column && map_add(o->a, &seen, name))
        draft_input(o->draft, rows_of(o, node_of(o, test)), column, STEP_FILTER);
    }
  }
}

static void add_unit_test(Others *o, const Node *n) {
  const UnitTest *unit = n->unit;
  if (!unit)
    return;
  for (size_t i = 0; i < unit->ninputs; i++)
    read_rows(o, n, unit->inputs[i].of, unit->inputs[i].stand_in->more->given_rows);
  read_rows(o, n, unit->tested, val_get(val_get(n->extra, STR("expect")), STR("rows")));
}

// --- metrics, saved queries

// A measure or dimension of one of the semantic models that a node is made of.
static const DraftColumn *semantic_column(const Others *o, const Node *n, Str name) {
  const DraftNode *from = o->nodes[n->index];
  if (n->kind == NODE_SEMANTIC_MODEL)
    return from && name.len ? draft_known_column(from, name) : NULL;
  const DraftColumn *found = NULL;
  for (size_t i = 0; i < n->nneeds && !found; i++)
    found = semantic_column(o, n->needs[i], name);
  return found;
}

// Dimensions in {{ Dimension('order__status') }}, or by that name alone.
static void read_dimensions(Others *o, const Node *n, Value in, LineageStep step) {
  size_t at = 0;
  for (size_t i = 0; in.kind == VAL_LIST && i < in.list->n; i++)
    read_dimensions(o, n, in.list->items[i], step);
  for (DictEntry *e; in.kind == VAL_DICT && (e = dict_next(in.dict, &at));)
    read_dimensions(o, n, e->value, step);
  Str rest = in.kind == VAL_STR ? val_text(in) : (Str){0}, part;
  while (str_cut(&rest, '\'', &part)) {
    ptrdiff_t entity = str_rfind(part, STR("__"));
    Str name = entity < 0 ? part : str_sub(part, (size_t)entity + 2, part.len);
    const DraftColumn *column = semantic_column(o, n, name);
    if (column)
      draft_input(o->draft, rows_of(o, node_of(o, n)), column, step);
  }
}

static Str name_in(Value v) {
  Value name = v.kind == VAL_DICT ? val_get(v, STR("name")) : v;
  return name.kind == VAL_STR ? val_text(name) : (Str){0};
}

// Of the measures that it names itself: a metric of metrics lists theirs too.
static void read_measures(Others *o, const Node *n, Value params) {
  Value measures = val_get(params, STR("input_measures"));
  LineageStep step =
      val_is_str(val_get(n->extra, STR("type")), STR("simple")) ? STEP_SAME : STEP_COMPUTED;
  for (size_t i = 0; i <= val_count(measures); i++) {
    Value one = i ? measures.list->items[i - 1] : val_get(params, STR("measure"));
    const DraftColumn *from = semantic_column(o, n, name_in(one));
    if (from)
      draft_input(o->draft, draft_column(o->draft, node_of(o, n), n->name), from, step);
    read_dimensions(o, n, val_get(one, STR("filter")), STEP_FILTER);
  }
}

static void add_metric(Others *o, const Node *n) {
  bool of_metrics = false;
  Value params = val_get(n->extra, STR("type_params"));
  for (size_t i = 0; i < n->nneeds; i++) {
    const Node *of = n->needs[i];
    if (!o->nodes[of->index] || of->kind != NODE_METRIC)
      continue;
    of_metrics = true;
    draft_input(o->draft, draft_column(o->draft, node_of(o, n), n->name),
                draft_column(o->draft, o->nodes[of->index], of->name), STEP_COMPUTED);
  }
  if (!of_metrics)
    read_measures(o, n, params);
  read_dimensions(o, n, val_get(n->extra, STR("filter")), STEP_FILTER);
}

static void add_saved_query(Others *o, const Node *n) {
  Value params = val_get(n->extra, STR("query_params"));
  for (size_t i = 0; i < n->nneeds; i++)
    if (o->nodes[n->needs[i]->index])
      read_all(o, rows_of(o, node_of(o, n)), o->nodes[n->needs[i]->index]);
  read_dimensions(o, n, val_get(params, STR("group_by")), STEP_GROUP);
  read_dimensions(o, n, val_get(params, STR("where")), STEP_FILTER);
}

// --- keys

// Configs that name columns of the node's own relation.
static const struct Key {
  Str config;
  const char
      *made; // it decides which rows the relation has, if it is one of these; empty: it does not
  const char *engine; // and where it is named, if the engine is one of these
  LineageStep step;
} keys[] = {
    {STR_INIT("unique_key"),             "incremental snapshot", "",                                                 STEP_GROUP },
    {STR_INIT("updated_at"),             "snapshot",             "",                                                 STEP_FILTER},
    {STR_INIT("check_cols"),             "snapshot",             "",                                                 STEP_FILTER},
    {STR_INIT("incremental_predicates"), "incremental",          "",                                                 STEP_FILTER},
    {STR_INIT("predicates"),             "incremental",          "",                                                 STEP_FILTER},
    {STR_INIT("ttl"),                    "table incremental",    "",                                                 STEP_FILTER},
    {STR_INIT("order_by"),               "table incremental",    "Replacing Collapsing Summing Aggregating",
     STEP_GROUP                                                                                                                 },
    {STR_INIT("engine"),                 "table incremental",    "Replacing Collapsing VersionedCollapsing Summing",
     STEP_GROUP                                                                                                                 },
    {STR_INIT("primary_key"),            "dictionary",           "",                                                 STEP_GROUP },
    {STR_INIT("partition_by"),           "",                     "",                                                 STEP_GROUP },
    {STR_INIT("sharding_key"),           "",                     "",                                                 STEP_GROUP },
    {STR_INIT("indexes"),                "",                     "",                                                 STEP_GROUP },
    {STR_INIT("projections"),            "",                     "",                                                 STEP_GROUP },
    {STR_INIT("constraints"),            "",                     "",                                                 STEP_GROUP },
};

// Whether the engine's name starts, behind "Replicated" and "Shared", with one of these words.
static bool engine_among(Value engine, const char *starts) {
  Str name = engine.kind == VAL_STR ? str_trim(val_text(engine)) : (Str){0}, word;
  Str words = str_c(starts);
  for (Str prefixes = STR("Replicated Shared"); str_cut(&prefixes, ' ', &word);)
    if (str_starts(name, word))
      name = str_sub(name, word.len, name.len);
  bool found = !words.len;
  while (!found && str_cut(&words, ' ', &word))
    found = str_starts(name, word);
  return found;
}

typedef struct KeyOf {
  Others *o;
  DraftNode *node;
  const struct Key *key;
  bool rows;
} KeyOf;

static bool is_key(const KeyOf *k, Str name) {
  DraftColumn *column = name.len ? draft_known_column(k->node, name) : NULL;
  if (!column)
    return false;
  draft_column_key(k->o->draft, column, k->key->config);
  if (k->rows)
    draft_input(k->o->draft, rows_of(k->o, k->node), column, k->key->step);
  return true;
}

// A column's name, or an expression of names.
static void key_text(const KeyOf *k, Str text) {
  if (is_key(k, text))
    return;
  Sql s = sql_open(k->o->run->dialect->sql, text);
  for (SqlToken t; sql_solid(&s, &t);) {
    Str word = sql_text(&s, &t);
    if (t.kind == SQL_NAME && word.len > 2)
      is_key(k, str_sub(word, 1, word.len - 1));
    else if (t.kind == SQL_WORD && !is_key(k, word))
      is_key(k, utf8_lower(k->o->a, word));
  }
}

static void key_value(const KeyOf *k, Value v) {
  size_t at = 0;
  if (v.kind == VAL_STR)
    key_text(k, val_text(v));
  for (size_t i = 0; val_is_seq(v) && i < v.list->n; i++)
    key_value(k, v.list->items[i]);
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    key_value(k, e->value);
}

static void all_columns(const KeyOf *k) {
  const DraftColumn *column;
  for (size_t i = 0; (column = draft_column_at(k->node, i)); i++)
    if (!str_starts(draft_column_name(column), STR("dbt_")))
      is_key(k, draft_column_name(column));
}

static void add_keys(Others *o, const Node *n) {
  KeyOf k = {.o = o, .node = o->nodes[n->index]};
  Str made = node_materialized(n);
  for (size_t i = 0; i < COUNT(keys); i++) {
    Value v = node_config(n, keys[i].config);
    k.key = &keys[i];
    k.rows = str_among(made, keys[i].made) &&
             engine_among(node_config(n, STR("engine")), keys[i].engine);
    if (str_is(keys[i].config, "check_cols") && val_is_str(v, STR("all")))
      all_columns(&k);
    else
      key_value(&k, v);
  }
  k.rows = false;
  k.key = &keys[COUNT(keys) - 1];
  key_value(&k, n->constraints);
  for (size_t i = 0; i < n->ncolumns; i++)
    if (val_count(n->columns[i]->constraints)) {
      is_key(&k, n->columns[i]->name);
      key_value(&k, n->columns[i]->constraints);
    }
}

// --- the whole

void lineage_add_others(LineageDraft *d, const Run *r, DraftNode **nodes) {
  Others o = {d, r, nodes, &((Run *)r)->arena};
  Node *const *order = graph_order(o.a, r->graph);
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = order[i];
    if (n->kind == NODE_EXPOSURE)
      add_exposure(&o, n);
    else if (n->kind == NODE_UNIT_TEST)
      add_unit_test(&o, n);
    else if (n->kind == NODE_METRIC)
      add_metric(&o, n);
    else if (n->kind == NODE_SAVED_QUERY)
      add_saved_query(&o, n);
    else if (nodes[n->index] && node_is_refable(n))
      add_keys(&o, n);
  }
}
