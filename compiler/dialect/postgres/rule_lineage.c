// Which columns a view's columns are made of. In: what the statement of ask() returns, one text of
// three values: the view's rule, the relations that it names and the functions that may read tables
// by themselves. Out: the form of ../lineage.h.
#include "../dialect.h"
#include "postgres.h"
#include "rule_walk.h"

enum { BUDGET = 20000000 }; // steps of work; large queries of people take some ten thousand

// clang-format off
// A name as rule_read() reads it: any byte that could have a meaning has a backslash before it.
#define NAME(of) "'\"' || regexp_replace(" of "::text, '([^a-zA-Z0-9_])', E'\\\\\\\\\\\\1', 'g') || '\"'"

// Between the first two parts stand the views, behind the next a view's number where there are many. Functions that may read by themselves: those of
// users that do not promise to be immutable, but for plain ones in C; of the server's, those that
// are given tables and SQL as texts.
static const char *const statement[] = {
    "with rule as (\n  select v.number, r.ev_action::text as t\n  from (values ",
    ") as v (number, made)\n"
    "  join pg_catalog.pg_rewrite r on r.ev_class = v.made and r.rulename = '_RETURN')\n"
    "select ",
    "t || ' (' || coalesce((\n"
    "  select string_agg('{RELATION :relid ' || c.oid || ' :schema ' || " NAME("n.nspname") "\n"
    "    || ' :name ' || " NAME("c.relname") " || ' :columns (' || coalesce((\n"
    "      select string_agg(case when a.attisdropped then '\"\"' else " NAME("a.attname") " end, ' ' order by a.attnum)\n"
    "      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '') || ')}', ' ')\n"
    "  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n"
    "  where c.oid in (select m[1]::oid from regexp_matches(t, ':relid ([0-9]+)', 'g') m)), '')\n"
    "|| ') (' || coalesce((\n"
    "  select string_agg('{FUNCTION :funcid ' || p.oid || ' :name ' || " NAME("p.proname") " || '}', ' ')\n"
    "  from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang\n"
    "  where p.oid in (select m[1]::oid from regexp_matches(t, 'funcid ([0-9]+)', 'g') m)\n"
    "    and case when p.oid >= 16384 then p.provolatile <> 'i' and (l.lanname <> 'c' or p.proretset)\n"
    "      else p.proname ~ '^((query|table|schema|database|cursor)_to_xml|ts_stat$)' end), '') || ')'\n"
    "from rule"};
// clang-format on

// A text as E'..', which reads the same under all settings.
static void literal(Buf *out, Str s) {
  buf_adds(out, "E'");
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\'' || s.ptr[i] == '\\')
      buf_addc(out, s.ptr[i]);
    buf_addc(out, s.ptr[i]);
  }
  buf_addc(out, '\'');
}

// (3, to_regclass('..')): what is not there is null.
static void add_view(Buf *out, size_t number, const Relation *made) {
  Relation quoted = *made;
  quoted.quote_database = quoted.quote_schema = quoted.quote_identifier = true;
  Buf name = {0};
  dialect_postgres.relation(&name, &quoted);
  buf_addf(out, "%s(%zu, pg_catalog.to_regclass(", number ? ", " : "", number);
  literal(out, buf_str(&name));
  buf_adds(out, "))");
  buf_free(&name);
}

static void ask_views(Buf *out, const Relation *made, size_t n, const char *columns) {
  buf_add(out, str_c(statement[0]));
  for (size_t i = 0; i < n; i++)
    add_view(out, i, &made[i]);
  buf_add(out, str_c(statement[1]));
  buf_add(out, str_c(columns));
  buf_add(out, str_c(statement[2]));
}

static void ask(Buf *out, const Relation *made, Str query) {
  (void)query;
  ask_views(out, made, 1, "");
}

static void ask_many(Buf *out, const Relation *made, size_t n) {
  ask_views(out, made, n, "number, ");
}

static void name_relations(Walk *w, RuleValue list) {
  for (size_t i = 0; i < rule_count(list); i++) {
    const RuleNode *node = rule_as_node(rule_item(list, i));
    Str name = rule_text(w->a, node, STR("name"));
    Holder *h = arena_new(w->a, Holder);
    *h = (Holder){.relation = ways_relation(&w->ways, rule_text(w->a, node, STR("schema")), name),
                  .columns = rule_value(node, STR("columns"))};
    map_put(w->a, &w->relations, rule_text(w->a, node, STR("relid")), h);
  }
}

static void name_functions(Walk *w, RuleValue list) {
  for (size_t i = 0; i < rule_count(list); i++) {
    const RuleNode *node = rule_as_node(rule_item(list, i));
    Str name = rule_text(w->a, node, STR("name"));
    Place *unknown = arena_new(w->a, Place);
    *unknown = ways_unknown(
        &w->ways, str_fmt(w->a, "it calls %.*s, which may read more by itself", STR_ARG(name)));
    map_put(w->a, &w->functions, rule_text(w->a, node, STR("funcid")), unknown);
  }
}

// Asks for all that is told of a query.
static void query_asked(Walk *w, Query *q) {
  query_fill(w, q);
  rows_place(w, q);
  for (size_t i = 0; i < q->nvisible; i++)
    column_place(w, q, i);
  walk_all(w);
}

static const LineageInput *inputs_of(Walk *w, Arena *a, Place place, size_t *n, Str *unknown) {
  const LineageInput *found = ways_inputs(&w->ways, place, 0, n, unknown);
  LineageInput *inputs = arena_array(a, LineageInput, *n);
  for (size_t i = 0; i < *n; i++)
    inputs[i] = (LineageInput){.schema = str_dup(a, found[i].schema),
                               .relation = str_dup(a, found[i].relation),
                               .column = str_dup(a, found[i].column),
                               .step = found[i].step};
  if (!w->budget)
    *unknown = STR("the query is too large to be looked through");
  *unknown = str_dup(a, *unknown);
  return inputs;
}

// `names` of the columns where they have others than in the query.
static QueryLineage lineage_of(Walk *w, Arena *a, Query *q, RuleValue names) {
  LineageOutput *columns = arena_array(a, LineageOutput, q->nvisible);
  for (size_t i = 0; i < q->nvisible; i++) {
    LineageOutput *out = &columns[i];
    out->name =
        str_dup(a, i < rule_count(names) ? rule_as_text(w->a, rule_item(names, i))
                                         : rule_text(w->a, q->visible[i]->node, STR("resname")));
    out->inputs = inputs_of(w, a, q->visible[i]->place, &out->n, &out->unknown);
  }
  QueryLineage lineage = {.columns = columns, .ncolumns = q->nvisible};
  lineage.rows = inputs_of(w, a, q->rows, &lineage.nrows, &lineage.unknown);
  return lineage;
}

static QueryLineage not_read(Arena *a, const char *why) {
  return (QueryLineage){.unknown = str_fmt(a, "the view's rule cannot be read: %s", why)};
}

// All is asked for before anything is told. Reading a CTE where reading stopped may stop at others.
static QueryLineage tell(Walk *w, Arena *a, Query *q) {
  query_asked(w, q);
  for (size_t i = 0; i < w->stopped.n; i++)
    query_asked(w, w->stopped.items[i]->query);
  ways_close(&w->ways);
  QueryLineage out = lineage_of(w, a, q, (RuleValue){0});
  CteLineage *ctes = arena_array(a, CteLineage, w->stopped.n);
  for (size_t i = 0; i < w->stopped.n; i++) {
    const Cte *cte = w->stopped.items[i];
    ctes[i].name = str_dup(a, cte->name);
    ctes[i].lineage = lineage_of(w, a, cte->query, rule_value(cte->node, STR("ctecolnames")));
  }
  out.ctes = ctes;
  out.nctes = w->stopped.n;
  return out;
}

static QueryLineage read_into(Walk *w, Arena *a, Str answer) {
  const char *why = NULL;
  size_t at = 0;
  RuleValue rule, relations, functions;
  if (!rule_read(w->a, answer, &at, &rule, &why))
    return not_read(a, why);
  const RuleNode *query = rule_as_node(rule_item(rule, 0));
  if (!query || !str_is(query->label, "QUERY") || rule_int(query, STR("commandType")) != 1)
    return not_read(a, "it is not one of a query");
  if (!rule_read(w->a, answer, &at, &relations, &why) ||
      !rule_read(w->a, answer, &at, &functions, &why))
    return not_read(a, why);
  name_relations(w, relations);
  name_functions(w, functions);
  return tell(w, a, query_open(w, query, NULL));
}

// The work is done in memory of its own, for it takes several times what the result does.
static QueryLineage read_rule(Arena *a, Str answer, Str stop) {
  Arena work = {0};
  Walk w = {.a = &work, .stop = stop, .ways.a = &work, .budget = BUDGET};
  QueryLineage out = read_into(&w, a, answer);
  arena_free(&work);
  return out;
}

const LineageRules postgres_lineage = {.ask = ask, .read = read_rule, .ask_many = ask_many};
