// See newest.h. In: loaded_at_query, loaded_at_field, or else the database's own memory of changes
// (last_modified.h). Out: two moments, the node's and the database's.
#include "newest.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/context/results.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/graph/freshness.h"
#include "../../compiler/template/ops.h"
#include "../run/errors.h"
#include "../run/warehouse.h"
#include "../run/warn.h"
#include "last_modified.h"

// One question.
typedef struct Asked {
  Worker *worker;
  Context *context;
  const Node *node;
  FreshnessRules rules;
  const Source *src; // where it is said how its newest row is found
  Span span;
  Value times; // list: the newest moment and now
} Asked;

// The newest moment and now, put into starc_times. A macro of the project may give the table alone.
static const char query[] =
    "{%- if starc_query -%}"
    "{%- set r = adapter.starc_macro('collect_freshness_custom_sql')(source=starc_source, "
    "loaded_at_query=starc_query) -%}"
    "{%- else -%}"
    "{%- set r = adapter.starc_macro('collect_freshness')(source=starc_source, "
    "loaded_at_field=starc_field, filter=starc_filter) -%}"
    "{%- endif -%}"
    "{%- set rows = (r.table if r.table is defined else r).rows -%}"
    "{%- for value in rows[0] -%}{%- do starc_times.append(value) -%}{%- endfor -%}";

// The filter of the table, else of its source: there or in its config.
static const Yaml *filter_of(const Node *n) {
  const Yaml *both[] = {n->patch, n->kind == NODE_SOURCE ? n->info->yaml : NULL}, *found = NULL;
  for (size_t i = 0; i < 2 && !found; i++) {
    found = yaml_get(yaml_get(both[i], STR("freshness")), STR("filter"));
    if (!found)
      found = yaml_get(yaml_get(yaml_get(both[i], STR("config")), STR("freshness")), STR("filter"));
  }
  return found;
}

typedef struct Place {
  const Source *src;
  Span span;
} Place;

// The place of a word within another one. False: it is not there.
static bool narrow(Place *p, Str word) {
  Str text =
      p->src ? str_sub(p->src->text, p->span.at, (size_t)p->span.at + p->span.len) : (Str){0};
  ptrdiff_t at = word.len ? str_find(text, word, 0) : -1;
  if (at >= 0)
    p->span = (Span){p->span.at + (uint32_t)at, (uint32_t)word.len};
  return at >= 0;
}

// Where the source's YAML says what the database complains about.
static Place place_of(const Asked *q, const DbError *e) {
  const Node *n = q->node;
  const Yaml *filter = filter_of(n), *name = yaml_get(n->patch, STR("identifier"));
  name = name ? name : yaml_get(n->patch, STR("name"));
  if ((e->no_relation || e->denied) && name)
    return (Place){name->src, name->span};
  Str word;
  for (size_t i = 0; next_quoted(e->message, &i, &word);) {
    Place asked = {q->src, q->span};
    Place in_filter = filter ? (Place){filter->src, filter->span} : (Place){0};
    if (narrow(&asked, word))
      return asked;
    if (narrow(&in_filter, word))
      return in_filter;
  }
  return (Place){q->src, q->span};
}

// loaded_at_query is a template that sees `this`, the source.
static bool render_query(const Asked *q, Str *sql, Diags *diags) {
  Worker *w = q->worker;
  const Node *n = q->node;
  *sql = q->rules.loaded_at_query;
  if (!sql->len)
    return true;
  Context *c = arena_new(&w->arena, Context);
  context_init(c, CONTEXT_MODEL, &w->run->shared, &w->arena, n, n->package, &w->conn->db);
  Source *src = arena_new(c->arena, Source);
  *src = (Source){.path = n->original_path, .text = *sql, .made_by = q->src, .made_at = q->span};
  const Template *t = template_parse(c->arena, src, diags);
  EvalOptions o = context_options(c, diags);
  return t && template_render(t, &o, sql);
}

static void hint_cast(Diags *diags, Diag *d, const Asked *q) {
  bool asked = q->rules.loaded_at_query.len > 0;
  diag_hint(diags, d, "for example: cast(%.*s as timestamp)",
            STR_ARG(asked ? STR("...") : q->rules.loaded_at_field));
}

static void hint_missing(Diags *diags, Diag *d, const Node *n) {
  if (n->kind == NODE_SOURCE)
    diag_hint(diags, d, "check the database, schema and name of the source");
  else
    diag_hint(diags, d, "build the model first: `starc run --select %.*s`", STR_ARG(n->name));
}

// What the database said of the query, where the YAML has it.
static void placed(Diags *diags, const Asked *q) {
  const DbError *e = context_db_error(q->context);
  if (!e)
    return;
  DbError error = *e; // its texts are the context's
  diags_free(diags);
  diags_init(diags);
  if (is_warehouse_error(&error)) {
    warehouse_diag(diags, &error);
    return;
  }
  Place p = place_of(q, &error);
  Diag *d = diag_at(diags, SEV_ERROR, db_error_code(&error), p.src, p.span, "%.*s",
                    STR_ARG(error.brief.len ? error.brief : error.message));
  if (error.wrong_argument && !error.hint.len)
    hint_cast(diags, d, q);
  else if (error.no_relation)
    hint_missing(diags, d, q->node);
  else if (error.hint.len)
    diag_hint(diags, d, "%.*s", STR_ARG(error.hint));
}

// A moment -> microseconds since 1970, 0 where no row has one. Without an offset it is in UTC, as
// dbt has it. False: the value is no moment, which is told.
static bool instant_of(Arena *a, const Asked *q, Value v, int64_t *out, Diags *diags) {
  *out = 0;
  if (v.kind == VAL_NONE ||
      (val_is_type(v, &datetime_type) && batch_time_parse(val_to_str(a, v), out)))
    return true;
  const char *what = q->rules.loaded_at_query.len   ? "loaded_at_query"
                     : q->rules.loaded_at_field.len ? "loaded_at_field"
                                                    : "time of the last change";
  Diag *d = diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, q->src, q->span,
                    "the %s of '%.*s' gives %s, not a timestamp", what,
                    STR_ARG(freshness_name(a, q->node)),
                    val_is_type(v, &date_type) ? "a date" : val_type_name(v));
  hint_cast(diags, d, q);
  return false;
}

// False: the answer is no pair of moments, which is told.
static bool ages(Arena *a, const Asked *q, Freshness *f, Diags *diags) {
  int64_t newest, now;
  if (q->times.list->n < 2) {
    diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, q->src, q->span, "no answer");
    return false;
  }
  if (!instant_of(a, q, q->times.list->items[0], &newest, diags) ||
      !instant_of(a, q, q->times.list->items[1], &now, diags))
    return false;
  newest = newest < 0 ? 0 : newest; // no rows at all: as old as can be
  f->loaded.max_loaded_us = newest + (newest == 0);
  f->loaded.snapshotted_us = now;
  f->loaded.age = (double)(now - newest) / 1e6;
  double warn = q->rules.warn_after, error = q->rules.error_after;
  f->status = error >= 0 && f->loaded.age > error ? RUN_ERROR
              : warn >= 0 && f->loaded.age > warn ? RUN_WARN
                                                  : RUN_PASS;
  return true;
}

// A limit alone says nothing about what to measure, and the database cannot tell.
static void untold(const Asked *q, Str why, bool missing, Diags *diags) {
  diags_free(diags);
  diags_init(diags);
  Diag *d = diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, q->src, q->span,
                    "'%.*s' has limits of freshness and no loaded_at_field: %.*s",
                    STR_ARG(freshness_name(q->context->arena, q->node)), STR_ARG(why));
  if (missing)
    hint_missing(diags, d, q->node);
  else
    diag_hint(diags, d,
              "name the column that says when a row came, or give loaded_at_query; freshness: "
              "null leaves %s out",
              q->node->kind == NODE_SOURCE ? "the table" : "the model");
}

// What the database does by itself knows no rows apart.
static void tell_filter(const Asked *q) {
  const Yaml *filter = filter_of(q->node);
  if (!q->rules.filter.len || warn_rule(q->worker->run, CODE_SOURCE_FRESHNESS) == WARN_SILENT)
    return;
  Diags diags;
  diags_init(&diags);
  Diag *d = diag_at(&diags, SEV_WARNING, CODE_SOURCE_FRESHNESS, filter ? filter->src : q->src,
                    filter ? filter->span : q->span,
                    "the filter of '%.*s' is not used: its age is that of the whole table",
                    STR_ARG(freshness_name(q->context->arena, q->node)));
  diag_hint(&diags, d, "a filter goes with loaded_at_field");
  run_finding(q->worker->run, d, q->node);
  diags_free(&diags);
}

static bool ask_metadata(Asked *q, const Map *changed, Diags *diags) {
  Arena *a = q->context->arena;
  LastModified found;
  tell_filter(q);
  if (!last_modified_ask(q->context, q->node, changed, &found, diags)) {
    if (context_db_error(q->context))
      placed(diags, q);
    else if (diags->first)
      untold(q, str_dup(a, diags->first->message), false, diags);
    return false;
  }
  if (found.why.len) {
    untold(q, str_dup(a, found.why), found.missing, diags);
    return false;
  }
  list_push(a, q->times.list, found.changed);
  list_push(a, q->times.list, found.now);
  return true;
}

// Lets the database tell the newest moment and its own.
static bool ask_times(Asked *q, const Map *changed, Diags *diags) {
  Context *c = q->context;
  Value out;
  Str sql, field = q->rules.loaded_at_field;
  if (q->node->kind == NODE_MODEL && str_is(node_materialized(q->node), "ephemeral")) {
    diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, q->src, q->span,
            "the age of '%.*s' cannot be told: an ephemeral model has no rows of its own",
            STR_ARG(q->node->name));
    return false;
  }
  if (!q->rules.loaded_at_query.len && !field.len)
    return ask_metadata(q, changed, diags);
  if (!render_query(q, &sql, diags))
    return false;
  context_set(c, STR("starc_times"), q->times);
  context_set(c, STR("starc_source"), relation_of_node(c->arena, c->shared, q->node));
  context_set(c, STR("starc_field"), val_str(field));
  context_set(c, STR("starc_filter"), q->rules.filter.len ? val_str(q->rules.filter) : val_none());
  context_set(c, STR("starc_query"), val_str(sql));
  if (context_eval(c, str_c(query), &out, diags))
    return true;
  placed(diags, q);
  return false;
}

// What the adapter said of the query, without what it did not say.
static Value response_of(Run *r, Context *c) {
  Value response = context_result(c, STR("collect_freshness"), NULL), said = val_dict(c->arena);
  size_t at = 0;
  for (DictEntry *e; response.kind == VAL_DICT && (e = dict_next(response.dict, &at));)
    if (e->value.kind != VAL_NONE && e->value.kind != VAL_UNDEF)
      dict_set(c->arena, said.dict, e->key, e->value);
  return result_value(r, said);
}

void newest_ask(Worker *w, const Node *n, const Map *changed, Freshness *f, Diags *diags) {
  Run *r = w->run;
  Arena *a = &w->arena;
  arena_reset(a);
  Conn *conn = worker_conn(w);
  Asked q = {.worker = w, .context = arena_new(a, Context), .node = n, .times = val_list(a, 2)};
  conn_for(conn, n);
  context_init(q.context, CONTEXT_OPERATION, &r->shared, a, n, n->package, &conn->db);
  freshness_rules(n, &q.rules);
  freshness_place(n, r->project->packages[0], &q.src, &q.span);
  *f = (Freshness){.node = n, .start_us = clock_us(), .thread = w->thread};
  f->metadata = !q.rules.loaded_at_field.len && !q.rules.loaded_at_query.len;
  bool good = ask_times(&q, changed, diags);
  f->adapter_response = response_of(r, q.context);
  context_settle(q.context, conn, good);
  f->end_us = clock_us();
  f->seconds = (double)(f->end_us - f->start_us) / 1e6;
  if (good && ages(a, &q, f, diags))
    return;
  f->status = RUN_RUNTIME_ERROR;
  f->error = result_text(r, diags->first ? diags->first->message : STR("no answer"));
}
