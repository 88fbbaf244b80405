// Unit tests of context/: small templates rendered through real contexts of a project made by hand,
// for both databases. A case is a template and its text, or a piece of the error it ends with.
#include "../../compiler/graph/manifest_node.h"
#include "check.h"
#include "compiler/base/work.h"
#include "compiler/context/cache.h"
#include "compiler/context/context.h"
#include "compiler/context/internal.h"
#include "compiler/context/kept.h"
#include "compiler/context/macros.h"
#include "compiler/context/relation.h"
#include "compiler/context/results.h"
#include "compiler/project/globals.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void fail(const char *what, const char *template, Str want, Str got) {
  printf("%s: %s\n  want: %.*s\n  got:  %.*s\n", what, template, STR_ARG(want), STR_ARG(got));
}

// --- a database that gives what the test says

typedef struct Fake {
  Arena a;
  Str sql[32]; // what was sent
  size_t nsql;
  int begun, committed;
  const char *error; // the next statement fails with it
} Fake;

static bool fake_query(void *data, Arena *a, Str sql, bool fetch, int64_t limit, DbResult *out,
                       DbError *error) {
  Fake *f = data;
  (void)limit;
  if (f->nsql < 32)
    f->sql[f->nsql++] = str_dup(&f->a, str_trim(sql));
  if (f->error) {
    *error =
        (DbError){.message = str_c(f->error), .hint = STR("a hint"), .code = STR("42P01"), .at = 7};
    f->error = NULL;
    return false;
  }
  *out = (DbResult){
      .code = STR("SELECT"), .message = STR("SELECT 2"), .affected = 2, .query_id = STR("q1")};
  if (!fetch)
    return true;
  static const char *const listed[] = {"database", "name", "schema", "type"};
  bool list = str_find(sql, STR("LIST"), 0) >= 0;
  out->ncolumns = list ? 4 : 2;
  out->columns = arena_array(a, DbColumn, 4);
  for (size_t i = 0; i < out->ncolumns; i++)
    out->columns[i] = (DbColumn){str_c(list ? listed[i]
                                       : i  ? "name"
                                            : "id"),
                                 str_c(list || i ? "text" : "numeric(10,2)")};
  out->nrows = 2;
  out->rows = arena_array(a, Value, 2);
  for (int r = 0; r < 2; r++) {
    out->rows[r] = val_tuple(a, 4);
    List *l = out->rows[r].list;
    if (list) {
      list_push(a, l, val_lit("db"));
      list_push(a, l, r ? val_lit("Other") : val_lit("a"));
      list_push(a, l, val_lit("s"));
      list_push(a, l, r ? val_lit("view") : val_lit("table"));
    } else {
      list_push(a, l, val_int(r + 1));
      list_push(a, l, r ? val_none() : val_lit("x"));
    }
  }
  return true;
}
static bool fake_begin(void *data, DbError *error) {
  (void)error;
  ((Fake *)data)->begun++;
  return true;
}
static bool fake_commit(void *data, DbError *error) {
  (void)error;
  ((Fake *)data)->committed++;
  return true;
}
static bool fake_version(void *data, Arena *a, Str *text, int64_t *number, DbError *error) {
  (void)data, (void)a, (void)error;
  *text = STR("24.3.1.2");
  *number = 24003001;
  return true;
}

// --- a project

static Str said; // by log, print, warn
static Arena said_arena;
static void on_log(void *data, const Node *n, Str text, bool info) {
  (void)data, (void)n, (void)info;
  said = str_dup(&said_arena, text);
}
static void on_print(void *data, Str text) { on_log(data, NULL, text, true); }
static bool on_warn(void *data, const Node *n, const Source *src, Span at, Str text) {
  (void)n, (void)src, (void)at;
  on_log(data, NULL, text, true);
  return true;
}
static bool on_write(void *data, const Node *n, Str text) {
  (void)n;
  on_log(data, NULL, text, true);
  return true;
}

typedef struct Fixture {
  Arena a;
  Diags diags;
  ProjectOptions options;
  Project project;
  Package root, utils, internal;
  Package *packages[3];
  Profile profile;
  Target target;
  Graph *graph;
  Flags flags;
  ContextShared shared;
  Macros *macros;
  Node *a_model, *b_model, *eph, *seed, *source, *alone;
  Fake fake;
  Db db;
} Fixture;

static void add_macros(Fixture *f, Package *p, const char *text) {
  Source *src = arena_new(&f->a, Source);
  *src = (Source){.path = STR("macros/m.sql"), .text = str_c(text)};
  Template *t = template_parse(&f->a, src, &f->diags);
  size_t n = 0;
  Macro *const *all = t ? template_macros(t, &n) : NULL;
  for (size_t i = 0; i < n; i++) {
    MacroEntry *e = arena_new(&f->a, MacroEntry);
    e->name = all[i]->name;
    e->package = p;
    e->macro = all[i];
    e->id = str_fmt(&f->a, "macro.%.*s.%.*s", STR_ARG(p->name), STR_ARG(e->name));
    macros_add(&f->a, f->macros, e);
  }
}

static Value dict(Fixture *f, const char *text) { // "key=value key=value"
  Value d = val_dict(&f->a);
  Str rest = str_c(text), part;
  while (rest.len && str_cut(&rest, ' ', &part)) {
    ptrdiff_t eq = str_find(part, STR("="), 0);
    Str v = str_sub(part, (size_t)eq + 1, part.len);
    dict_sets(&f->a, d.dict, str_sub(part, 0, (size_t)eq),
              str_is(v, "none") ? val_none() : val_str(v));
  }
  return d;
}

static Node *node(Fixture *f, NodeKind kind, const char *name, const char *config) {
  Node *n = node_new(&f->a);
  n->kind = kind;
  n->name = n->alias = str_c(name);
  n->package = &f->root;
  n->id = str_fmt(&f->a, "%.*s.shop.%s", STR_ARG(node_kind_names[kind]), name);
  n->path = n->original_path = str_fmt(&f->a, "models/%s.sql", name);
  n->fqn = &n->name;
  n->nfqn = 1;
  n->enabled = true;
  n->config = dict(f, config);
  n->database = f->shared.dialect->has_databases ? STR("db") : STR("");
  n->schema = STR("s");
  n->meta = n->docs = n->contract = n->unrendered_config = val_none();
  n->constraints = n->tags = n->doc_blocks = n->config_call = val_none();
  n->checksum_name = STR("sha256");
  n->checksum = STR("00");
  return n;
}

static const char internal_macros[] =
    "{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') %}"
    "{% if execute %}{% set sql = caller() %}"
    "{% set res, table = adapter.execute(sql, auto_begin=auto_begin, fetch=fetch_result) %}"
    "{% if name is not none %}{{ store_result(name, response=res, agate_table=table) }}{% endif %}"
    "{% endif %}{% endmacro %}"
    "{% macro run_query(sql) %}{% call statement('q', fetch_result=true, auto_begin=false) %}{{ "
    "sql }}"
    "{% endcall %}{% do return(load_result('q').table) %}{% endmacro %}"
    "{% macro default__who() %}internal{% endmacro %}"
    "{% macro who() %}{{ return(adapter.dispatch('who', 'dbt')()) }}{% endmacro %}"
    "{% macro where_am_i() %}internal{% endmacro %}"
    "{% macro list_relations_without_caching(schema_relation) %}{{ return(run_query('LIST ' ~ "
    "schema_relation)) }}{% endmacro "
    "%}"
    "{% macro drop_relation(relation) %}{% call statement() %}drop {{ relation.type }} {{ relation "
    "}}{% endcall %}{% "
    "endmacro %}"
    "{% macro rename_relation(from_relation, to_relation) %}{% call statement() %}rename {{ "
    "from_relation }} to {{ to_relation }}{% endcall "
    "%}{% endmacro %}"
    "{% macro create_schema(relation) %}{% call statement() %}create schema {{ relation }}{% "
    "endcall %}{% "
    "endmacro %}"
    "{% macro get_columns_in_relation(relation) %}{{ return([api.Column('id', 'integer'), "
    "api.Column('t', 'text')]) }}{% endmacro %}"
    "{% macro get_incremental_append_sql(a) %}x{% endmacro %}";

static Fixture *fixture(const char *type) {
  Fixture *f = calloc(1, sizeof *f);
  Arena *a = &f->a;
  diags_init(&f->diags);
  f->packages[0] = &f->root, f->packages[1] = &f->utils, f->packages[2] = &f->internal;
  f->root = (Package){.name = STR("shop"), .is_root = true, .index = 0, .root = STR("/nowhere")};
  f->utils = (Package){.name = STR("utils"), .index = 1};
  f->internal = (Package){.name = STR("dbt"), .is_internal = true, .index = 2};
  for (int i = 0; i < 3; i++) {
    Package *p = f->packages[i];
    p->quoting = p->vars = p->flags = val_dict(a);
    p->dispatch = val_list(a, 0);
  }
  dict_sets(a, f->root.vars.dict, STR("v"), val_int(3));
  f->options.vars = val_dict(a);
  f->target = (Target){.name = STR("dev"),
                       .profile_name = STR("shop"),
                       .type = str_c(type),
                       .dialect = dialect_find(str_c(type)),
                       .database = STR("db"),
                       .schema = STR("s"),
                       .threads = 1};
  f->target.keys = dict(f, "host=h user=u cluster=");
  f->profile.target = &f->target;
  f->project = (Project){.arena = a,
                         .options = &f->options,
                         .packages = f->packages,
                         .npackages = 3,
                         .profile = &f->profile,
                         .target = &f->target,
                         .invocation_id = STR("00000000-0000-4000-8000-000000000000"),
                         .vars_cli = val_dict(a)};
  for (int i = 0; i < 3; i++)
    map_put(a, &f->project.by_name, f->packages[i]->name, f->packages[i]);
  f->macros = macros_new(a, &f->project);
  f->flags.dict = dict(f, "WHICH=run");
  f->flags.args = dict(f, "which=run");
  f->flags.selected = val_list(a, 0);
  f->shared = (ContextShared){.project = &f->project,
                              .macros = f->macros,
                              .dialect = dialect_find(str_c(type)),
                              .flags = &f->flags,
                              .arena = a,
                              .log = on_log,
                              .print = on_print,
                              .warn = on_warn,
                              .write = on_write};
  f->shared.cache = relation_cache_new();
  add_macros(f, &f->internal, internal_macros);
  add_macros(f, &f->root,
             "{% macro where_am_i() %}root{% endmacro %}"
             "{% macro shout(x) %}{{ x | upper }}{% endmacro %}");
  add_macros(f, &f->utils,
             "{% macro star() %}*{% endmacro %}"
             "{% macro where_am_i() %}utils{% endmacro %}"
             "{% macro calls() %}{{ where_am_i() }}{% endmacro %}"
             "{% macro default__two() %}two{% endmacro %}");
  Graph *g = graph_new(a, &f->project);
  f->a_model = node(f, NODE_MODEL, "a", "materialized=table unique_key=id empty=none");
  f->b_model = node(f, NODE_MODEL, "b", "materialized=view");
  f->alone = node(f, NODE_MODEL, "alone", "materialized=view");
  f->eph = node(f, NODE_MODEL, "eph", "materialized=ephemeral");
  f->seed = node(f, NODE_SEED, "sd", "materialized=seed");
  f->source = node(f, NODE_SOURCE, "cust", "");
  f->source->id = STR("source.shop.raw.cust");
  f->source->info = arena_new(a, SourceInfo);
  *f->source->info = (SourceInfo){.source_name = STR("raw"), .identifier = STR("customers")};
  f->source->info->freshness = f->source->info->external = val_none();
  f->source->info->quoting = f->source->info->source_meta = val_none();
  f->source->schema = STR("raw");
  Node **needs = arena_array(a, Node *, 4);
  needs[0] = f->a_model, needs[1] = f->eph, needs[2] = f->source, needs[3] = f->seed;
  f->b_model->needs = needs;
  f->b_model->nneeds = 4;
  Node *all[] = {f->a_model, f->b_model, f->alone, f->eph, f->seed, f->source};
  for (size_t i = 0; i < 6; i++)
    graph_add(a, g, all[i]);
  f->graph = g;
  f->shared.graph = g;
  f->db = (Db){.data = &f->fake,
               .query = fake_query,
               .begin = fake_begin,
               .commit = fake_commit,
               .version = fake_version};
  return f;
}

static void fixture_free(Fixture *f) {
  relation_cache_free(f->shared.cache);
  macros_free(f->macros);
  arena_free(&f->fake.a);
  diags_free(&f->diags);
  arena_free(&f->a);
  free(f);
}

// --- cases

typedef struct Case {
  const char *template, *want; // want: the text; with "!" in front a piece of the error
} Case;

static void run_in(Fixture *f, Context *c, const Case *k) {
  Diags diags = {0};
  diags_init(&diags);
  Source *src = arena_new(&f->a, Source);
  *src = (Source){.path = STR("models/b.sql"), .text = str_c(k->template)};
  EvalOptions o = context_options(c, &diags);
  Template *t = template_parse(&f->a, src, &diags);
  Str out = STR("");
  bool good = t && template_render(t, &o, &out), wants_error = k->want[0] == '!';
  Buf got = {0};
  if (good)
    buf_add(&got, out);
  for (const Diag *d = diags.first; d; d = d->next)
    diag_brief(&got, d);
  bool ok = wants_error ? !good && str_find(buf_str(&got), str_c(k->want + 1), 0) >= 0
                        : good && str_eq(out, str_c(k->want));
  if (!check_count(ok))
    fail(f->target.type.ptr, k->template, str_c(k->want), buf_str(&got));
  buf_free(&got);
  diags_free(&diags);
}

static void run(Fixture *f, ContextKind kind, const Case *cases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    Arena a = {0};
    Context c;
    context_init(&c, kind, &f->shared, &a, kind == CONTEXT_OPERATION ? NULL : f->b_model, NULL,
                 kind == CONTEXT_MODEL || kind == CONTEXT_OPERATION ? &f->db : NULL);
    Capture capture = {.arena = &a, .config = val_dict(&a)};
    Value ephemeral = val_list(&a, 1);
    c.ephemeral = &ephemeral;
    if (kind == CONTEXT_PARSE)
      c.capture = &capture;
    run_in(f, &c, &cases[i]);
    arena_free(&a);
  }
}
#define RUN(f, kind, cases) run(f, kind, cases, COUNT(cases))

// clang-format off
static const Case both[] = {
    {"{{ execute }} {{ target.name }} {{ target['type'] is defined }}", "True dev True"},
    {"{{ model.name }} {{ model['unique_id'] }} {{ schema }} {{ sql_now }}", "b model.shop.b s now()"},
    {"{{ project_name }} {{ var('v') }} {{ var('w', 5) }}",            "shop 3 5"},
    {"{{ flags.WHICH }} [{{ flags.nope }}] {{ invocation_args_dict.which }}", "run [] run"},
    {"{{ where_am_i() }} {{ utils.where_am_i() }} {{ dbt.where_am_i() }} {{ shop.where_am_i() }}",
     "root utils internal root"},
    {"{{ utils.calls() }}",                                            "root"},
    {"{{ who() }} {{ adapter.dispatch('two', 'utils')() }}",           "internal two"},
    {"{{ adapter.dispatch('nope', 'utils') }}",                        "!utils.default__nope"},
    {"{{ adapter.dispatch('a.b') }}",                                  "!adapter.dispatch()"},
    {"{{ adapter.dispatch('a', packages=['x']) }}",                    "!packages"},
    {"{{ context['target'].name }} {{ builtins.ref('a').identifier }} {{ context.get('zz', 1) }}", "dev a 1"},
    {"[{{ nope }}]",                                                   "[]"},
    {"{{ nope() }}",                                                   "!'nope' is undefined"},
    {"[{{ config.get('unique_key', 'd') }}] [{{ config.get('zz', 'd') }}]", "[d] [d]"},
    {"{{ config.require('zz') }}",                                     "!zz"},
    {"{{ config(a=1) }}{{ config.set('q', 4) }}{{ config.get('q') }}", "4"},
    {"{{ config({'a': 1}, b=2) }}",                                    "!config()"},
    {"{{ config.persist_relation_docs() }}",                           "False"},
    {"{{ ref('zz') }}",                                                "!which was not found"},
    {"{{ ref('aa') }}",                                                "!'aa'"},
    {"{{ ref('alone') }}",                                             "!depends_on: {{ ref('alone') }}"},
    {"{{ ref(1) }}",                                                   "!ref()"},
    {"{{ ref() }}",                                                    "!ref()"},
    {"{{ ref('a', x=1) }}",                                            "!'x'"},
    {"{{ source('raw', 'zz') }}",                                      "!source('raw', 'zz')"},
    {"{{ source('raw') }}",                                            "!source()"},
    {"{{ exceptions.raise_compiler_error('bad thing') }}",             "!bad thing"},
    {"[{{ exceptions.warn('careful') }}]",                             "[]"},
    {"[{{ exceptions.nope }}]",                                        "[]"},
    {"[{{ validation.any[list, basestring] }}]",                       "[]"},
    {"{{ render('{{ 1 + 1 }}') }}",                                    "2"},
    {"[{{ write('x') }}]",                                             "[]"},
    {"{{ try_or_compiler_error('broke', tojson, {'a': 1}) }}",         "{\"a\": 1}"},
    {"{{ try_or_compiler_error('broke', exceptions.raise_compiler_error, 'why') }}", "!broke"},
    {"{{ load_result('zz') }}",                                        "None"},
    {"{{ store_raw_result('y', message='m', code='c', rows_affected='3') }}{% set r = load_result('y') %}{{ "
     "r.response }} {{ r.response.code }} {{ r['data'] }} {{ r.table.rows|length }}",
     "m c [] 0"},
    {"{{ store_raw_result('y') }}{% set x = load_result('y') %}{{ load_result('y') }}", "!already"},
    {"{{ load_agate_table() }}",                                       "!seeds"},
    {"{% set t = run_query('select 1') %}{{ t.column_names }} {{ t.rows[0] }} {{ t.columns[0].values() }} {{ "
     "t.rows[1]['name'] }} {{ t.rows[1][1] is none }}",
     "('id', 'name') <agate.Row: (1, 'x')> (1, 2) None True"},
    {"{% set t = run_query('x') %}{% for r in t %}{{ r.id }}{{ r['id'] }}{{ r.values()[0] }};{% endfor %}", "111;222;"},
    {"{% set t = run_query('x') %}{{ t.columns['id'].name }} {{ t.columns.get('zz') }} {{ t.columns['zz'] is defined "
     "}} {{ t.rows[7] is defined }} {{ t.rows|length }} {{ t.columns|length }}",
     "id None False False 2 2"},
    {"{% set t = run_query('x') %}{{ t.select(['name']).column_names }} {{ t.exclude('id').column_names }} {{ "
     "t.rename({'id': 'k'}).column_names }} {{ t.limit(1).rows|length }} {{ t.order_by('id', "
     "reverse=true).rows[0].id }} {{ t.group_by('id').keys()|list }}",
     "('name',) ('name',) ('k', 'name') 1 2 [1, 2]"},
    {"{% set t = run_query('x') %}{{ t.rows[0].keys() }} {{ t.rows[0].dict() }} {{ t.rows[0].get('id') }} {{ "
     "t.columns['name'].values_without_nulls() }}",
     "('id', 'name') {'id': 1, 'name': 'x'} 1 ('x',)"},
    {"{{ run_query('x') }}",
     "| column | data_type |\n| ------ | --------- |\n| id     | Integer   |\n| name   | Text      |\n"},
    {"{{ run_query('x').select('zz') }}",                              "!no column 'zz'"},
    {"{% set r = adapter.execute('x', fetch=true) %}{{ r[0] }} {{ r[0].rows_affected }} {{ r[0].query_id }} {{ "
     "r[1].rows[0].id }}",
     "SELECT 2 2 q1 1"},
    {"{{ adapter.type() == target.type }} [{{ adapter.nope }}]",       "True []"},
    {"{{ adapter.quote('a\"b') }} {{ adapter.quote_seed_column('a b', none) }} {{ adapter.quote_seed_column('a', "
     "false) }}",
     "\"a\"\"b\" \"a b\" a"},
    {"{{ adapter.quote_seed_column('a', 'x') }}",                      "!quote_columns"},
    {"{{ adapter.drop_relation(ref('a')) }}",                          "!type"},
    {"{{ adapter.drop_relation('x') }}",                               "!takes a relation"},
    {"{{ adapter.get_columns_in_relation(none) }}",                     "!takes a relation"},
    {"{{ adapter.get_columns_in_relation(ref('a'))|map(attribute='name')|join(',') }}", "id,t"},
    {"{{ adapter.get_missing_columns(ref('a'), this) }}",              "[]"},
    {"{{ adapter.valid_snapshot_target(ref('a')) }}",                  "!dbt_scd_id"},
    {"{{ adapter.get_hard_deletes_behavior(config) }} {{ adapter.get_hard_deletes_behavior({'hard_deletes': "
     "'new_record'}) }}",
     "ignore new_record"},
    {"{{ adapter.get_incremental_strategy_macro(context, 'append')({}) }}", "x"},
    {"{{ adapter.get_incremental_strategy_macro(context, 'zz') }}",    "!get_incremental_zz_sql"},
    {"{{ ref('a') == ref('a') }} {{ ref('a') == ref('a').incorporate(type='table') }} {{ ref('a') == 'x' }}",
     "True False False"},
    {"{{ this.incorporate(path={'identifier': 'z'}, type='table').identifier }} {{ this.type }} {{ "
     "this.incorporate(type='view').is_view }}",
     "z None True"},
    {"{{ this.incorporate(type='tabel') }}",                           "!'tabel'"},
    {"{{ this.incorporate(zz=1) == this }}",                           "True"},
    {"{{ api.Column.translate_type('foo') }} {{ api.Relation.Table }} {{ this.quoted('x')|length }}", "foo table 3"},
    {"{{ api.Column('a') }}",                                          "!dtype"},
    {"{{ graph.nodes['model.shop.a'].name }} {{ graph.sources.values()|map(attribute='name')|list }}", "a ['cust']"},
    {"{{ pre_hooks }} {{ defer_relation }} {{ selected_resources }}",  "[] None []"},
    {"{{ doc('x') }}",                                                 "!undefined"},
    {"{{ adapter.commit() }}",                                         "None"},
};
// clang-format on

// clang-format off
static const Case postgres[] = {
    {"{{ ref('eph') }}",                                               "__dbt__cte__eph"},
    {"{{ ref('a') }} {{ ref('shop', 'a') }} {{ this }}",
     "\"db\".\"s\".\"a\" \"db\".\"s\".\"a\" \"db\".\"s\".\"b\""},
    {"{{ source('raw', 'cust') }}",                                    "\"db\".\"raw\".\"customers\""},
    {"{{ [this] }}",                                                   "[<PostgresRelation \"db\".\"s\".\"b\">]"},
    {"{{ this.include(database=false) }} {{ this.quote(false, true, false) }} {{ this.without_identifier() }}",
     "\"s\".\"b\" db.\"s\".b \"db\".\"s\""},
    {"{{ this.information_schema('tables') }} {{ this.information_schema() }}",
     "\"db\".INFORMATION_SCHEMA.tables \"db\".INFORMATION_SCHEMA"},
    {"{{ api.Relation.create(database='d', schema='s', identifier='a\"b') }}", "\"d\".\"s\".\"a\"\"b\""},
    {"{{ this is mapping }} {{ this.get('metadata').type }}",          "True PostgresRelation"},
    {"{{ api.Relation.create(schema='s', identifier='t', limit=0) }}",
     "(select * from \"s\".\"t\" where false limit 0) _dbt_limit_subq_t"},
    {"{{ api.Relation.create(identifier='a' * 64, type='table') }}",   "!63"},
    {"{{ this.matches(schema='s') }} {{ this.matches(identifier='zz') }}", "True False"},
    {"{{ this.matches(schema='S') }}",                                 "!case"},
    {"{{ this.matches() }}",                                           "!matches()"},
    {"{% set c = api.Column('n', 'character varying', 10) %}{{ c.data_type }} {{ c.is_string() }} {{ c.string_size() "
     "}} {{ c.quoted }} {{ c }}",
     "character varying(10) True 10 \"n\" PostgresColumn(column='n', dtype='character varying', char_size=10, "
     "numeric_precision=None, numeric_scale=None)"},
    {"{{ api.Column('n', 'numeric', none, 10, 2).data_type }} {{ api.Column.create('n', 'string').data_type }} {{ "
     "api.Column('n', 'int4').is_integer() }}",
     "numeric(10,2) TEXT True"},
    {"{{ api.Column('n', 'integer').string_size() }}",                 "!string_size()"},
    {"{{ api.Column.from_description('n', 'numeric(10,2)').data_type }} {{ api.Column.from_description('n', "
     "'varchar(9)').data_type }}",
     "numeric(10,2) character varying(9)"},
    {"{{ adapter.get_column_schema_from_query('select 1')|map(attribute='data_type')|list }}", "['DECIMAL', 'TEXT']"},
    {"{{ adapter.get_relation('db', 's', 'a') }} {{ adapter.get_relation('db', 's', 'a').type }} {{ "
     "adapter.get_relation('db', 's', 'zz') }}",
     "\"db\".\"s\".\"a\" table None"},
    {"{{ adapter.get_relation('db', 's', 'other') }}",                 "!case"},
    {"{% do adapter.rename_relation(adapter.get_relation('db', 's', 'a'), api.Relation.create(database='db', "
     "schema='s', identifier='n')) %}{{ adapter.get_relation('db', 's', 'a') }} {{ adapter.get_relation('db', 's', "
     "'n').is_table }}{% do adapter.drop_relation(adapter.get_relation('db', 's', 'n')) %} {{ "
     "adapter.get_relation('db', 's', 'n') }}",
     "None True None"},
    {"{{ adapter.parse_index({'columns': ['a'], 'unique': true}).render(this)|length }} {{ adapter.parse_index(none) "
     "}}",
     "32 None"},
    {"{{ adapter.parse_index({'colums': ['a']}) }}",                   "!did you mean 'columns'"},
    {"[{{ adapter.verify_database('DB') }}]",                          "[]"},
    {"{{ adapter.verify_database('x') }}",                             "!'x'"},
    {"{{ adapter.render_raw_columns_constraints({'a': {'name': 'a', 'data_type': 'int', 'quote': true, "
     "'constraints': [{'type': 'not_null'}, {'type': 'check', 'expression': 'a > 1'}, {'type': 'primary_key'}]}}) }}",
     "['\"a\" int not null check (a > 1) primary key']"},
    {"{{ adapter.render_raw_model_constraints([{'type': 'check', 'name': 'n', 'expression': 'a'}, {'type': "
     "'primary_key', 'columns': ['a', 'b']}, {'type': 'foreign_key', 'columns': ['a'], 'to': 'o', 'to_columns': "
     "['x']}]) }}",
     "['constraint n check (a)', 'primary key (a, b)', 'foreign key (a) references o (x)']"},
    {"{{ adapter.get_incremental_strategy_macro(context, 'insert_overwrite') }}", "!insert_overwrite"},
    {"[{{ adapter.can_exchange }}]",                                   "[]"},
    {"{{ adapter.quote_as_configured('x', 'schema') }} {{ adapter.quote_as_configured('x', 'y') }}", "\"x\" x"},
};
// clang-format on

// clang-format off
static const Case clickhouse[] = {
    {"{{ ref('eph') }}",                                               "`__dbt__cte__eph`"},
    {"{{ ref('a') }} {{ this }} {{ source('raw', 'cust') }}",          "`s`.`a` `s`.`b` `raw`.`customers`"},
    {"{{ [this] }} {{ this.derivative('_x', 'table') }} {{ this.without_identifier() }}",
     "[<ClickHouseRelation `s`.`b`>] `s`.`b_x` `s`"},
    {"{{ api.Relation.create(database='other', schema='s', identifier='t') }}", "!'other'"},
    {"{{ api.Relation.create(schema='s', identifier='a`b') }}",        "`s`.`a\\`b`"},
    {"{{ api.Relation.create(schema='s', identifier='t', limit=0) }}",
     "(select * from `s`.`t` where false limit 0) _dbt_limit_subq_t"},
    {"{% set c = api.Column('n', 'LowCardinality(Nullable(String))') %}{{ c.dtype }} {{ c.data_type }} {{ "
     "c.is_nullable }} {{ c.is_low_cardinality }} {{ c.is_string() }}",
     "String LowCardinality(Nullable(String)) True True True"},
    {"{{ api.Column('n', 'Decimal(10, 2)').data_type }} {{ api.Column('n', 'FixedString(5)').data_type }} {{ "
     "api.Column('n', 'UInt64').is_integer() }} {{ api.Column.create('n', 'string').data_type }}",
     "Decimal(10, 2) String True String"},
    {"{{ [api.Column('n', 'Nullable(Int8)')] }} {{ api.Column('n', 'Int8') }}",
     "[<ClickhouseColumn n (Nullable(Int8), is nullable: True)>] n Int8"},
    {"{{ adapter.get_model_query_settings({'config': {'query_settings': {'a': 1, 'b': 'x', 'c': \"'q'\", 'd': "
     "true}}})|trim }}",
     "SETTINGS a=1, b='x', c='q', d=1"},
    {"{{ adapter.get_model_settings({'config': {'materialized': 'table'}}, 'MergeTree()')|trim }} [{{ "
     "adapter.get_model_settings({'config': {'materialized': 'table'}}, 'Memory') }}]",
     "SETTINGS replicated_deduplication_window='0' []"},
    {"{{ adapter.calculate_incremental_strategy('') }} {{ adapter.calculate_incremental_strategy('delete+insert') }}",
     "legacy delete_insert"},
    {"{{ adapter.validate_incremental_strategy('delete_insert', [], none, none) }}", "!unique_key"},
    {"{{ adapter.validate_incremental_strategy('apend', [], none, none) }}", "!did you mean 'append'"},
    {"{{ adapter.is_before_version('24.4') }} {{ adapter.is_before_version('24.3') }} {{ "
     "adapter.is_at_or_after_version('24.3.1') }}",
     "True False True"},
    {"{{ adapter.get_credentials({'user': 'z'}) }}",
     "{'user': 'z', 'password': '', 'database': '', 'host': 'h', 'port': 8123}"},
    {"{{ adapter.s3source_clause('c', {}, 'bu', '/pa', 'CSV', ['a Int'], 'k', 'se', none, 'gz') }}",
     "s3('https://bu/pa', 'k', 'se', 'CSV', 'a Int', 'gz')"},
    {"[{{ adapter.clickhouse_db_engine_clause() }}] {{ adapter.get_clickhouse_cluster_name() }} {{ "
     "adapter.get_clickhouse_local_suffix() }}",
     "[] None _local"},
    {"{{ adapter.format_columns([api.Column('a', 'Int8')]) }}",        "[{'name': 'a', 'data_type': 'Int8'}]"},
    {"{{ adapter.render_raw_columns_constraints({'a': {'name': 'a', 'data_type': 'Int32', 'codec': 'ZSTD', 'ttl': "
     "'x'}}) }}",
     "['`a` Int32 CODEC(ZSTD) TTL x']"},
    {"{{ adapter.filter_settings_by_engine({'replicated_deduplication_window': 0}, 'Memory') }}", "{}"},
    {"[{{ adapter.parse_index }}]",                                    "[]"},
};
// clang-format on

// clang-format off
static const Case parsing[] = {
    {"{{ execute }} {{ ref('whatever') is defined }} [{{ config(materialized='table') }}]", "False True []"},
    {"[{{ config.get('x', 'dd') }}] [{{ config.require('x') }}] {{ config.persist_column_docs() }}", "[] [] False"},
    {"[{{ nope.a().b['c']() }}]",                                      "[]"},
    {"[{{ run_query('select 1') }}] {{ run_query('x') is none }}",     "[] False"},
    {"{{ adapter.get_relation('a', 'b', 'c') }} {{ adapter.get_columns_in_relation(this) }} {{ "
     "adapter.check_schema_exists('a', 'b') }} {{ adapter.add_query('x') }}",
     "None [] False (None, None)"},
    {"{{ adapter.execute('x')[1].rows|length }} {{ adapter.drop_relation('x') }}", "0 None"},
    {"{{ graph }} {{ load_result('x') }} {{ var('zz') }} {{ selected_resources }}", "{} None None []"},
    {"{{ ref('a', 'b', 'c') }}",                                       "!ref()"},
    {"{{ thread_id }}",                                                "MainThread"},
};
// clang-format on

static const Case operation[] = {
    {"[{{ this }}] [{{ model }}] {{ execute }}",                       "[] [] True"},
    {"{{ ref('alone').identifier }} {{ run_query('x').rows|length }}", "alone 2"   },
};

// What a parse-time context records.
static void test_capture(Fixture *f) {
  Arena a = {0};
  Context c;
  Capture k = {.arena = &a, .config = val_dict(&a)};
  context_init(&c, CONTEXT_PARSE, &f->shared, &a, f->b_model, NULL, NULL);
  c.capture = &k;
  Case one = {
      "{{ config(materialized='table', tags=['x'], pre_hook='p', enabled=var('zz', true)) }}"
      "{{ config(tags=['y'], a={'b': 1}) }}{{ ref('p', 'a', v=2) }}{{ ref('a') }}{{ ref('a') }}"
      "{{ source('raw', 'cust') }}{{ shout('x') }}{{ utils.star() }}{{ shout('y') }}",
      "`s`.`b``s`.`b``s`.`b``s`.`b`X*Y"};
  if (f->shared.dialect->has_databases)
    one.want = "\"db\".\"s\".\"b\"\"db\".\"s\".\"b\"\"db\".\"s\".\"b\"\"db\".\"s\".\"b\"X*Y";
  run_in(f, &c, &one);
  CHECK(k.nrefs == 3 && str_is(k.refs[0].package, "p") && str_is(k.refs[0].version, "2"));
  CHECK(k.nrefs == 3 && str_is(k.refs[2].name, "a") && k.refs[2].src && k.refs[2].span.len > 0);
  CHECK(k.nsources == 1 && str_is(k.sources[0].table, "cust"));
  CHECK(k.nmacro_ids == 2 && str_is(k.macro_ids[0], "macro.shop.shout"));
  Buf out = {0};
  val_repr(&out, k.config);
  CHECK(str_is(buf_str(&out), "{'materialized': 'table', 'tags': ['x', 'y'], 'pre-hook': ['p'], "
                              "'enabled': True, 'a': {'b': 1}}") ||
        str_find(buf_str(&out), STR("'tags': ['x', 'y']"), 0) >= 0);
  buf_free(&out);
  arena_free(&a);
}

// A database error ends the evaluation and keeps what the database said.
static void test_db_error(Fixture *f) {
  Arena a = {0};
  Context c;
  context_init(&c, CONTEXT_MODEL, &f->shared, &a, f->b_model, NULL, &f->db);
  f->fake.error = "relation \"x\" does not exist";
  Case one = {"{% call statement('main') %}select * from x{% endcall %}", "!does not exist"};
  run_in(f, &c, &one);
  const DbError *e = context_db_error(&c);
  CHECK(e && e->at == 7 && str_is(e->code, "42P01"));
  CHECK(str_is(context_failed_sql(&c), "select * from x"));
  CHECK(context_in_transaction(&c) == f->shared.dialect->transactions);
  arena_free(&a);
}

static void test_results(Fixture *f) {
  Arena a = {0};
  Context c;
  context_init(&c, CONTEXT_MODEL, &f->shared, &a, f->b_model, NULL, &f->db);
  int begun = f->fake.begun, committed = f->fake.committed;
  Case one = {"{% call statement('main') %}insert{% endcall %}{% do adapter.commit() %}", ""};
  run_in(f, &c, &one);
  Value v = context_result(&c, STR("main"), NULL);
  CHECK(val_is_str(val_get(v, STR("_message")), STR("SELECT 2")));
  CHECK(val_get(v, STR("rows_affected")).i == 2);
  CHECK(f->fake.begun - begun == f->shared.dialect->transactions);
  CHECK(f->fake.committed - committed == f->shared.dialect->transactions);
  CHECK(!context_in_transaction(&c));
  CHECK(context_result(&c, STR("zz"), NULL).kind == VAL_UNDEF);
  arena_free(&a);
}

static void test_empty(Fixture *f) {
  Arena a = {0};
  Context c;
  context_init(&c, CONTEXT_MODEL, &f->shared, &a, f->b_model, NULL, &f->db);
  f->flags.empty = true;
  Case pg = {"{{ ref('a') }}",
             "(select * from \"db\".\"s\".\"a\" where false limit 0) _dbt_limit_subq_a"};
  Case ch = {"{{ ref('a') }}", "(select * from `s`.`a` where false limit 0) _dbt_limit_subq_a"};
  run_in(f, &c, f->shared.dialect->has_databases ? &pg : &ch);
  f->flags.empty = false;
  Value list = val_list(&a, 1);
  c.ephemeral = &list;
  Case eph = {"{{ ref('eph').identifier }}{{ ref('eph').type }}", "__dbt__cte__ephcte"};
  run_in(f, &c, &eph);
  CHECK(list.list->n == 1 && val_is_str(val_get(list.list->items[0], STR("id")), f->eph->id));
  arena_free(&a);
}

// What is written without values in between has the same bytes.
static void check_written(Fixture *f, const Node *n) {
  Buf written = {0}, dumped = {0};
  Json w = {.out = &written, .masked = true, .remembers = true},
       d = {.out = &dumped, .masked = true};
  node_write(&w, &f->a, f->graph, n, NULL);
  json_value(&d, node_value(&f->a, f->graph, n));
  CHECK(str_eq(buf_str(&written), buf_str(&dumped)));
  buf_free(&written);
  buf_free(&dumped);
}

static void test_node_write(Fixture *f) {
  for (size_t i = 0; i < f->graph->nnodes; i++)
    check_written(f, f->graph->nodes[i]);
  Value extra = val_dict(&f->a), docs = val_dict(&f->a);
  dict_sets(&f->a, extra.dict, STR("codec"), val_lit("ZSTD"));
  dict_sets(&f->a, extra.dict, STR("quote"), val_lit("instead"));
  dict_sets(&f->a, docs.dict, STR("more"), val_int(1));
  dict_sets(&f->a, docs.dict, STR("show"), val_bool(false));
  const ColumnMore none = {.extra = val_none()}, codec = {.extra = extra};
  Column id = {.name = STR("id"), .description = STR("a \"key\""), .more = &none},
         other = {.name = STR("other"), .more = &none}, again = {.name = STR("id"), .more = &none},
         odd = {.name = STR("odd"), .more = &codec};
  Column *lists[][3] = {
      {&id, &other},
      {&id, &other, &again},
      {&id,   &odd      }
  };
  Ref calls[] = {
      {.package = STR("p"),  .name = STR("x"), .version = STR("2")},
      {.name = STR("y")}
  };
  for (size_t i = 0; i < 3; i++) {
    Node n = *f->a_model;
    n.columns = lists[i];
    n.ncolumns = i == 1 ? 3 : 2;
    n.docs = docs;
    n.refs = calls;
    n.nrefs = 2;
    NodeMore *more = node_more(&f->a, &n);
    more->functions = calls;
    more->nfunctions = 2;
    check_written(f, &n);
  }
}

static void test_node_value(Fixture *f) {
  Value v = node_value(&f->a, f->graph, f->a_model);
  static const char *const keys[] = {"database",
                                     "schema",
                                     "name",
                                     "resource_type",
                                     "package_name",
                                     "path",
                                     "original_file_path",
                                     "unique_id",
                                     "fqn",
                                     "alias",
                                     "checksum",
                                     "config",
                                     "tags",
                                     "description",
                                     "columns",
                                     "meta",
                                     "group",
                                     "docs",
                                     "patch_path",
                                     "build_path",
                                     "unrendered_config",
                                     "created_at",
                                     "relation_name",
                                     "raw_code",
                                     "doc_blocks",
                                     "language",
                                     "refs",
                                     "sources",
                                     "metrics",
                                     "functions",
                                     "depends_on",
                                     "compiled_path",
                                     "contract",
                                     "access",
                                     "constraints",
                                     "version",
                                     "latest_version",
                                     "deprecation_date",
                                     "primary_key",
                                     "time_spine"};
  size_t at = 0, i = 0;
  DictEntry *e;
  bool same = true;
  while ((e = dict_next(v.dict, &at)) && i < COUNT(keys))
    same &= val_is_str(e->key, str_c(keys[i++]));
  CHECK(same && i == COUNT(keys) && !dict_next(v.dict, &at));
}

// A seed's file: what dbt takes its columns for, and its rows.
static void seed_case(Fixture *f, const char *csv, const Case *k) {
  char path[] = "/tmp/test_context.XXXXXX";
  int fd = mkstemp(path);
  if (fd < 0 || write(fd, csv, strlen(csv)) != (ssize_t)strlen(csv))
    abort();
  close(fd);
  Arena a = {0};
  Context c;
  f->root.root = STR("/tmp");
  f->seed->original_path = str_c(path + strlen("/tmp/"));
  context_init(&c, CONTEXT_MODEL, &f->shared, &a, f->seed, NULL, &f->db);
  run_in(f, &c, k);
  arena_free(&a);
  remove(path);
}

static void test_seeds(Fixture *f) {
#define TYPES                                                                                      \
  "{% set t = load_agate_table() %}{% for n in t.column_names %}{{ n }}:{{ "                       \
  "adapter.convert_type(t, loop.index0) }} {% endfor %}"
  bool pg = f->shared.dialect->has_databases;
  Case types = {
      TYPES,
      pg ? "i:integer n:float8 d:date ts:timestamp without time zone b:boolean "
           "t:text e:integer w:bigint "
         : "i:Int32 n:Float32 d:Date ts:DateTime b:Bool t:String e:Nullable(Int32) w:Int64 "};
  seed_case(f,
            "i,n,d,ts,b,t,e,w\n1,1.5,2020-01-02,2020-01-02 03:04:05,true,x,,3000000000\n"
            "007,2,2020-02-29,2020-01-03 00:00:00,FALSE,\"a, \"\"b\"\"\",null,1\n",
            &types);
  Case mixed = {TYPES,
                pg ? "a:text b:text c:text d:float8 " : "a:String b:String c:String d:Float32 "};
  seed_case(f, "a,b,c,d\n1,2020-01-01,true,1e5\nx,2020-01-01 00:00:00,1,.5\n", &mixed);
  Case dates = {TYPES, pg ? "a:text b:text " : "a:String b:String "};
  seed_case(f, "a,b\n2021-02-29,2020-01-01 25:00:00\n", &dates);
  Case rows = {"{% set t = load_agate_table() %}{{ t.rows|length }} {{ t.rows[0]['a'] }} {{ "
               "t.rows[1]['b'] }} {{ t.columns[1].values() }}",
               "2 1 None ('x', None)"};
  seed_case(f,
            "\xEF\xBB\xBF"
            "a,b\r\n1,x\r\n2,\r\n",
            &rows);
  Case wrong[] = {
      {"{{ load_agate_table() }}", "!is empty"                               },
      {"{{ load_agate_table() }}", "!this row has 3 fields, the header has 2"},
      {"{{ load_agate_table() }}", "!never closed"                           }
  };
  seed_case(f, "", &wrong[0]);
  seed_case(f, "a,b\n1,2,3\n", &wrong[1]);
  seed_case(f, "a,b\n1,\"x\n", &wrong[2]);
}

static void test_macros(Fixture *f) {
  CHECK(macros_find(f->macros, &f->root, STR("star")) == NULL);
  CHECK(macros_find_in(f->macros, STR("utils"), STR("star")) != NULL);
  CHECK(macros_find_in(f->macros, STR("dbt"), STR("where_am_i"))->package == &f->internal);
  CHECK(macros_find(f->macros, &f->utils, STR("where_am_i"))->package == &f->utils);
  CHECK(macros_materialization(f->macros, STR("nope"), str_c(f->shared.dialect->type)) == NULL);
  Str bare = STR("");
  Buf tried = {.arena = &f->a};
  CHECK(
      !macros_dispatch(&f->a, f->macros, f->shared.dialect, &f->root, &bare, 1, STR("zz"), &tried));
  CHECK(str_find(buf_str(&tried), STR("default__zz"), 0) > 0);
  Value v = macro_value(&f->a, macros_find(f->macros, &f->root, STR("shout")));
  CHECK(val_is_str(val_get(v, STR("unique_id")), STR("macro.shop.shout")));
  CHECK(val_is_str(val_get(v, STR("macro_sql")),
                   STR("{% macro shout(x) %}{{ x | upper }}{% endmacro %}")));
}

// What two contexts that work at the same time put into `graph`, step by step. A step without a
// template is the end of the context: what it put there is kept, and its memory is gone.
static const struct {
  int context;
  Case step;
} keeping[] = {
    {0,
     {"{% do graph.setdefault('k', {}).setdefault('seen', []).append('a') %}{{ graph.k }}",
      "{'seen': ['a']}"}                                                                          },
    {1,
     {"{{ graph.k is defined }}{% do graph.setdefault('k', {}).setdefault('seen', []).append('b') "
      "%}",
      "False"}                                                                                    },
    {1,
     {"{% do graph.k.update({'by': {'b': 1}}) %}{{ graph.k }}", "{'seen': ['b'], 'by': {'b': 1}}"}},
    {0, {NULL, NULL}                                                                              },
    {1, {"{{ graph.k.seen }}", "['b']"}                                                           }, // until its own end
    {1, {NULL, NULL}                                                                              },
    {0, {"{{ graph.k }}", "{'seen': ['a', 'b'], 'by': {'b': 1}}"}                                 },
 // Both put behind a list, change keys of a dict and make the same dict.
    {1,
     {"{% do graph.k.seen.extend(['c', 'd']) %}{% do graph.k.by.update({'c': [1, {}], 'b': 2}) "
      "%}{{ graph.k.by }}",
      "{'b': 2, 'c': [1, {}]}"}                                                                   },
    {0,
     {"{% do graph.k.seen.append('e') %}{% do graph.k.by.update({'e': 5}) %}{% do "
      "graph.k.by.pop('b') %}{{ graph.k.by }}",
      "{'e': 5}"}                                                                                 },
    {0, {NULL, NULL}                                                                              },
    {1, {NULL, NULL}                                                                              },
    {0,
     {"{{ graph.k }}",
      "{'seen': ['a', 'b', 'e', 'c', 'd'], 'by': {'e': 5, 'c': [1, {}], 'b': 2}}"}                },
 // A dict in a list; a list in another order; a new dict in place of one.
    {0, {"{% do graph.k.by.c[1].update({'x': 1}) %}{% do graph.k.seen.sort(reverse=true) %}", ""} },
    {1,
     {"{% do graph.k.update({'by': dict(graph.k.by, f=6)}) %}{% do graph.k.by.update({'g': 7}) %}",
      ""}                                                                                         },
    {0, {NULL, NULL}                                                                              },
    {1, {NULL, NULL}                                                                              },
    {1,
     {"{{ graph.k }}", "{'seen': ['e', 'd', 'c', 'b', 'a'], 'by': {'e': 5, 'c': [1, {'x': "
                       "1}], 'b': 2, 'f': 6, 'g': 7}}"}                                           },
 // Emptied and filled; taken away; what is not there any more is not changed by another.
    {1,
     {"{% do graph.k.by.clear() %}{% do graph.k.by.update({'h': [8]}) %}{% do graph.k.seen.clear() "
      "%}",
      ""}                                                                                         },
    {0, {"{% do graph.k.by.c.append(2) %}{% do graph.k.by.update({'i': 9}) %}", ""}               },
    {1, {NULL, NULL}                                                                              },
    {0, {NULL, NULL}                                                                              },
    {0, {"{{ graph.k }}", "{'seen': [], 'by': {'h': [8], 'i': 9}}"}                               },
    {0,
     {"{% do graph.pop('k') %}{% do graph.update({'k2': none}) %}{{ graph.k is defined }}",
      "False"}                                                                                    },
    {1, {"{% do graph.k.by.update({'j': 10}) %}", ""}                                             },
    {0, {NULL, NULL}                                                                              },
    {1, {NULL, NULL}                                                                              },
    {1,
     {"{{ graph.k is defined }} {{ graph.k2 }} {{ graph.nodes is defined }}", "False None True"}  },
    {1, {NULL, NULL}                                                                              },
};

static void test_keeping(Fixture *f) {
  Arena arenas[2] = {{0}, {0}};
  Context contexts[2];
  bool open[2] = {false, false};
  for (size_t i = 0; i < COUNT(keeping); i++) {
    int k = keeping[i].context;
    Context *c = &contexts[k];
    if (!open[k])
      context_init(c, CONTEXT_MODEL, &f->shared, &arenas[k], f->b_model, NULL, &f->db);
    open[k] = keeping[i].step.template != NULL;
    if (open[k]) {
      run_in(f, c, &keeping[i].step);
    } else {
      context_keep(c);
      arena_free(&arenas[k]);
    }
  }
}

// Many dicts and lists grow, context after context, in copies that take turns.
static void test_keeping_much(Fixture *f) {
  static const Case step = {
      "{% set k = graph.setdefault('much', {}) %}{% do k.update({k | length: [k | length]}) %}"
      "{% do graph.setdefault('all', []).append(k | length) %}",
      ""};
  static const Case end = {"{{ graph.much | length }} {{ graph.much[299] }} {{ graph.all | length "
                           "}} {{ graph.all | sum }}",
                           "300 [299] 300 45150"};
  for (int i = 0; i <= 300; i++) {
    Arena a = {0};
    Context c;
    context_init(&c, CONTEXT_MODEL, &f->shared, &a, f->b_model, NULL, &f->db);
    run_in(f, &c, i < 300 ? &step : &end);
    context_keep(&c);
    arena_free(&a);
  }
}

// --- a limit that is met under a lock

static jmp_buf met_limit;

static void limit_met(Work *w, WorkEnd why) {
  (void)w, (void)why;
  longjmp(met_limit, 1);
}

static void ask_cache_and_end(RelationCache *c, Arena *a, Str schema) {
  size_t n = 0;
  if (setjmp(met_limit))
    return;
  cache_list(c, a, schema, schema, &n);
  arena_alloc(a, 1 << 20);
  CHECK(!"the limit is met");
}

// Work that may take nothing more asks what all share: it ends, and leaves no lock behind.
static void test_limit_under_lock(Fixture *f) {
  Arena a = {0};
  Str schema = STR("limited");
  RelationObj *r = relation_new(&f->a, f->shared.dialect);
  r->r.database = r->r.schema = schema;
  for (int i = 0; i < 100; i++) {
    r->r.identifier = str_fmt(&f->a, "a_relation_with_a_name_of_its_own_%d", i);
    cache_put(f->shared.cache, r);
  }
  Work w = {.arena = &a, .memory = 0, .end = limit_met};
  work_begin(&w);
  ask_cache_and_end(f->shared.cache, &a, schema);
  work_end(&w);
  alarm(10); // else it waits for ever
  bool exact;
  CHECK(cache_find(f->shared.cache, &a, schema, schema, r->r.identifier, &exact));
  alarm(0);
  arena_free(&a);
}

static void all_of(const char *type, const Case *own, size_t nown) {
  Fixture *f = fixture(type);
  CHECK(f->diags.errors == 0);
  for (const Diag *d = f->diags.first; d; d = d->next)
    printf("  %.*s\n", STR_ARG(d->message));
  run(f, CONTEXT_MODEL, own, nown);
  RUN(f, CONTEXT_MODEL, both);
  RUN(f, CONTEXT_PARSE, parsing);
  RUN(f, CONTEXT_OPERATION, operation);
  test_capture(f);
  test_db_error(f);
  test_results(f);
  test_empty(f);
  test_node_value(f);
  test_node_write(f);
  test_seeds(f);
  test_macros(f);
  test_keeping(f);
  test_keeping_much(f);
  test_limit_under_lock(f);
  fixture_free(f);
}

int main(void) {
  all_of("postgres", postgres, COUNT(postgres));
  all_of("clickhouse", clickhouse, COUNT(clickhouse));
  arena_free(&said_arena);
  return check_done();
}
