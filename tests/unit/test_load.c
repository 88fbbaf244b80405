// Unit tests of load/: small projects written to a temporary folder, their nodes, findings and
// compiled text. A project is one text: "== path" before each file.
#include "check.h"
#include "compiler/base/fs.h"
#include "compiler/load/compile.h"
#include "compiler/load/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BASE                                                                                       \
  "== dbt_project.yml\nname: shop\nversion: '1.0'\nprofile: shop\n"                                \
  "models: {shop: {staging: {+schema: stg, +tags: [s]}}}\n"                                        \
  "== profiles.yml\nshop: {target: dev, outputs: {dev: {type: postgres, host: localhost, user: "   \
  "u, "                                                                                            \
  "password: p, port: 5432, dbname: db, schema: dev, threads: 1}}}\n"

typedef struct Fixture {
  Arena a;
  Diags diags;
  char dir[64];
  ProjectOptions options;
  Flags flags;
  ContextShared shared;
  Loaded loaded;
  bool ok;
} Fixture;

static void ignore_log(void *data, const Node *n, Str text, bool info) {
  (void)data, (void)n, (void)text, (void)info;
}
static void ignore_print(void *data, Str text) { (void)data, (void)text; }
static bool ignore_warn(void *data, const Node *n, const Source *src, Span at, Str text) {
  (void)data, (void)n, (void)src, (void)at, (void)text;
  return true;
}

static void write_files(Fixture *f, Str text) {
  while (text.len) {
    ptrdiff_t line = str_find(text, STR("\n"), 0);
    Str path = str_sub(text, 3, (size_t)line);
    text = str_sub(text, (size_t)line + 1, text.len);
    ptrdiff_t next = str_find(text, STR("== "), 0);
    size_t end = next < 0 ? text.len : (size_t)next;
    fs_write(fs_join(&f->a, str_c(f->dir), path), str_sub(text, 0, end), &f->diags);
    text = str_sub(text, end, text.len);
  }
}

static Fixture *load(const char *files) {
  Fixture *f = calloc(1, sizeof *f);
  diags_init(&f->diags);
  snprintf(f->dir, sizeof f->dir, "/tmp/test_load.XXXXXX");
  if (!mkdtemp(f->dir))
    abort();
  write_files(f, str_cat(&f->a, STR(BASE), str_c(files)));
  f->options = (ProjectOptions){
      .project_dir = str_c(f->dir), .profiles_dir = str_c(f->dir), .vars = val_dict(&f->a)};
  Project *p = project_open(&f->a, &f->options, &f->diags);
  if (!p)
    return f;
  f->flags =
      (Flags){.dict = val_dict(&f->a), .args = val_dict(&f->a), .selected = val_list(&f->a, 0)};
  f->shared = (ContextShared){.project = p,
                              .dialect = dialect_find(p->target->type),
                              .flags = &f->flags,
                              .arena = &f->a,
                              .log = ignore_log,
                              .print = ignore_print,
                              .warn = ignore_warn};
  f->ok = load_project(&f->a, p, &f->shared, &f->loaded, &f->diags);
  return f;
}

static void done(Fixture *f) {
  if (f->loaded.macros)
    macros_free(f->loaded.macros);
  Diags ignored = {0};
  fs_remove(str_c(f->dir), &ignored);
  diags_free(&ignored);
  diags_free(&f->diags);
  arena_free(&f->a);
  free(f);
}

static void show(const Fixture *f) {
  Buf b = {0};
  for (const Diag *d = f->diags.first; d; d = d->next)
    diag_print(&b, d, DIAG_PLAIN);
  printf("%.*s", STR_ARG(buf_str(&b)));
  buf_free(&b);
}

static const Node *node(const Fixture *f, const char *id) {
  return f->loaded.graph ? map_get(&f->loaded.graph->by_id, str_c(id)) : NULL;
}

// --- a sound project

static void sound(void) {
  Fixture *f = load(
      "== models/staging/a.sql\nselect * from {{ source('raw', 'events') }}\n"
      "== models/b.sql\n{{ config(materialized='table', alias='bee') }}\n"
      "select {{ twice('x') }} from {{ ref('a') }} join {{ ref('sd') }} using (id)\n"
      "== models/off.sql\n{{ config(enabled=false) }} select * from {{ ref('nowhere') }}\n"
      "== macros/m.sql\n{% macro twice(x) %}{{ x }} + {{ x }}{% endmacro %}\n"
      "== seeds/sd.csv\nid,name\n1,x\n"
      "== tests/one.sql\nselect * from {{ ref('b') }} where false\n"
      "== models/s.yml\nsources: [{name: raw, schema: rr, tables: [{name: events}]}]\n"
      "models: [{name: b, description: 'Bees', columns: [{name: id, data_tests: [unique]}]}]\n");
  CHECK(f->ok);
  if (!f->ok)
    show(f);
  const Node *a = node(f, "model.shop.a"), *b = node(f, "model.shop.b");
  const Node *source = node(f, "source.shop.raw.events"), *test = node(f, "test.shop.one");
  CHECK(a && b && source && test && f->loaded.graph->ndisabled == 1);
  if (a && b && source && test) {
    CHECK(str_is(a->schema, "dev_stg") && str_is(a->relation_name, "\"db\".\"dev_stg\".\"a\""));
    CHECK(a->nfqn == 3 && str_is(a->fqn[1], "staging") && a->nneeds == 1 && a->needs[0] == source);
    CHECK(str_is(b->relation_name, "\"db\".\"dev\".\"bee\"") &&
          str_is(node_materialized(b), "table"));
    CHECK(b->nneeds == 2 && b->needs[0] == a && str_is(b->description, "Bees") && b->ncolumns == 1);
    CHECK(b->nmacro_ids == 1 && str_is(b->macro_ids[0], "macro.shop.twice"));
    CHECK(str_is(source->relation_name, "\"db\".\"rr\".\"events\""));
    CHECK(test->nneeds == 1 && test->needs[0] == b && b->nfeeds == 2);
  }
  done(f);
}

// --- ephemeral models

static Str compiled(Fixture *f, const char *id, SourceMap *map) {
  Context *c = arena_new(&f->a, Context);
  const Node *n = node(f, id);
  Compiled out = {0};
  if (!n)
    return STR("(no node)");
  context_init(c, CONTEXT_MODEL, &f->shared, &f->a, n, n->package, NULL);
  bool ok = compile_node(c, f->loaded.graph, &out, &f->diags);
  *map = out.map;
  return ok ? out.code : STR("(error)");
}

// A circle of many models is shown by its first ones.
static void long_circle(void) {
  Buf files = {0};
  for (int i = 0; i < 60; i++)
    buf_addf(&files, "== models/m%d.sql\nselect * from {{ ref('m%d') }}\n", i, (i + 1) % 60);
  Fixture *f = load(buf_cstr(&files));
  bool told = false;
  for (const Diag *d = f->diags.first; d; d = d->next)
    told |= str_ends(d->message, STR(" -> ... and 20 more -> m0"));
  CHECK(!f->ok && told);
  done(f);
  buf_free(&files);
}

// A mistake in a var that is a template is shown where the var is written.
static void var_with_a_mistake(void) {
  Fixture *f =
      load("== dbt_project.yml\nname: shop\nprofile: shop\nvars:\n  since: \"{{ 1 + nosuch }}\"\n"
           "== models/a.sql\nselect {{ var('since') }}\n");
  const Diag *d = f->diags.first;
  Buf shown = {0};
  if (d)
    diag_print(&shown, d, DIAG_PLAIN);
  CHECK(!f->ok && d &&
        str_starts(buf_str(&shown), STR("dbt_project.yml:4:14: error: 'nosuch' is undefined")));
  CHECK(str_find(buf_str(&shown), STR("4 |   since: \"{{ 1 + nosuch }}\""), 0) > 0);
  buf_free(&shown);
  done(f);
}

// Selectors that name each other without an end in sight: one finding, at its place.
static void endless_selectors(void) {
  static const char *const messages[] = {"stand for more than 100000 definitions",
                                         "nested more than 100 deep"};
  static const int many[] = {40, 120};
  Arena files_arena = {0};
  for (size_t k = 0; k < 2; k++) {
    Buf files = {0};
    buf_adds(&files, "== selectors.yml\nselectors:\n");
    for (int i = many[k]; i > 0; i--) {
      Str next = str_fmt(&files_arena, "{method: selector, value: s%d}", i - 1);
      buf_addf(&files, "  - name: s%d\n    definition: ", i);
      if (k == 0)
        buf_addf(&files, "{union: [%.*s, %.*s]}\n", STR_ARG(next), STR_ARG(next));
      else
        buf_addf(&files, "%.*s\n", STR_ARG(next));
    }
    buf_adds(&files, "  - {name: s0, definition: a}\n");
    Fixture *f = load(buf_cstr(&files));
    CHECK(!f->ok && f->diags.first &&
          str_find(f->diags.first->message, str_c(messages[k]), 0) > 0 && f->diags.first->source &&
          f->diags.first->span.at > 0);
    done(f);
    buf_free(&files);
  }
  arena_free(&files_arena);
}

static void ephemeral(void) {
  Fixture *f = load(
      "== models/e1.sql\n{{ config(materialized='ephemeral') }}select 1 as id\n"
      "== models/e2.sql\n{{ config(materialized='ephemeral') }}select * from {{ ref('e1') }}\n"
      "== models/m.sql\nselect * from {{ ref('e2') }}\n"
      "== models/w.sql\n-- note\nWITH recursive x as (select * from {{ ref('e1') }}) select 2\n"
      "== models/plain.sql\nselect * from {{ ref('m') }}\n");
  CHECK(f->ok);
  if (!f->ok)
    show(f);
  SourceMap map;
  Str m = compiled(f, "model.shop.m", &map);
  CHECK(str_is(m,
               "with __dbt__cte__e1 as (\nselect 1 as id\n),  __dbt__cte__e2 as (\nselect * from "
               "__dbt__cte__e1\n) select * from __dbt__cte__e2"));
  const SourceSpan *s = source_map_find(&map, (size_t)str_find(m, STR("1 as id"), 0));
  CHECK(s && str_ends(s->src->path, STR("e1.sql")));
  s = source_map_find(&map, (size_t)str_rfind(m, STR("select")));
  CHECK(s && str_ends(s->src->path, STR("m.sql")) && s->literal);
  CHECK(
      str_is(compiled(f, "model.shop.w", &map),
             "-- note\nWITH recursive  __dbt__cte__e1 as (\nselect 1 as id\n), x as (select * from "
             "__dbt__cte__e1) select 2"));
  CHECK(str_is(compiled(f, "model.shop.plain", &map), "select * from \"db\".\"dev\".\"m\""));
  done(f);
}

// A text that grows at its front takes over the map of what it had each time, within bounds.
static void long_joins(void) {
  Fixture *f = load("== models/few.sql\n{% set x = 'b' %}{% set x = 'a + ' ~ x %}select {{ x }}\n"
                    "== models/many.sql\nselect {% set ns = namespace(x='0') %}{% for i in "
                    "range(3000) %}{% set ns.x = i ~ ' + ' ~ ns.x %}{% endfor %}{{ ns.x }}\n");
  SourceMap map;
  Str few = compiled(f, "model.shop.few", &map);
  const SourceSpan *s = source_map_find(&map, (size_t)str_rfind(few, STR("b")));
  CHECK(str_is(few, "select a + b") && s && s->literal && s->at == 12);
  size_t had = f->a.total;
  CHECK(compiled(f, "model.shop.many", &map).len > 3000);
  CHECK(f->a.total - had < 128 << 20);
  done(f);
}

// --- what is wrong is said at its place

typedef struct Wrong {
  const char *files, *place, *message, *hint;
} Wrong;

// clang-format off
static const Wrong wrongs[] = {
    {"== models/a.sql\nselect * from {{ ref('bb') }}\n== models/bbb.sql\nselect 1\n", "models/a.sql:1:18",
     "no model, seed or snapshot is named 'bb'", "did you mean 'bbb'?"},
    {"== models/a.sql\nselect 1\n== models/x/a.sql\nselect 2\n", "models/x/a.sql:1:1", "two models named 'a'", ""},
    {"== models/a.sql\nselect 1\n== seeds/a.csv\nx\n1\n", "seeds/a.csv", "build the relation", ""},
    {"== models/a.sql\n{{ config(alias='t') }}\n== models/b.sql\n{{ config(alias='t') }}\n", "models/b.sql:1:1",
     "build the relation", ""},
    {"== models/a.sql\nselect {{ ref('a') }}\n", "models/a.sql:1:11", "'a' refers to itself", "{{ this }}"},
    {"== models/a.sql\nselect {{ ref('b') }}\n== models/b.sql\nselect {{ ref('a') }}\n", "models/a.sql:1:11",
     "a -> b -> a", ""},
    {"== models/a.sql\nselect {{ ref('b') }}\n== models/b.sql\n{{ config(enabled=false) }}\n", "models/a.sql:1:11",
     "'b' is disabled", ""},
    {"== models/a.sql\nselect {{ source('raw', 'x') }}\n== models/s.yml\nsources: [{name: raw, tables: [{name: "
     "xy}]}]\n",
     "models/a.sql:1:11", "no source is named 'raw.x'", "did you mean 'raw.xy'?"},
    {"== models/a.sql\nselect {% if x %}\n", "models/a.sql", "", ""},
    {"== macros/m.sql\n{% macro a() %}{% endmacro %}\n\n{% macro a() %}{% endmacro %}\n", "macros/m.sql:3:",
     "two macros named 'a'", ""},
    {"== models/a.sql\nselect 1\n== models/s.yml\nmodels: [{name: a}]\n== models/t.yml\nmodels: [{name: a}]\n",
     "models/t.yml:1:", "described twice", ""},
    {"== models/a.py\nx\n", "models/a.py:1:1", "one function model(dbt, session)", ""},
    {"== models/a.py\ndef model(dbt, session):\n    return \"{{ x }}\"\n", "models/a.py:2:13", "cannot hold templates",
     ""},
    {"== models/a.py\ndef model(dbt, session):\n    return dbt.ref(\"nix\")\n", "models/a.py:2:16", "named 'nix'", ""},
    {"== models/d.md\n{% docs x %}1{% enddocs %}\n{% docs x %}2{% enddocs %}\n", "models/d.md:2:",
     "docs blocks named 'x'", ""},
    {"== models/s.yml\nsources: [{name: r, tables: [{name: t}, {name: t}]}]\n", "models/s.yml:1:",
     "lists the table 't' twice", ""},
    {"== models/a.sql\nselect 1\n== models/s.yml\nmodels: [{name: a, description: \"{{ doc('nix') }}\"}]\n",
     "models/s.yml:1:", "'nix'", ""},
    {"== selectors.yml\nselectors: [{name: a, definition: {tga: x}}]\n", "selectors.yml:1:", "'tga'", "tag"},
};
// clang-format on

static bool found(const Fixture *f, const Wrong *w) {
  bool yes = false;
  for (const Diag *d = f->diags.first; d; d = d->next) {
    Buf b = {0};
    diag_brief(&b, d);
    yes |= str_starts(buf_str(&b), str_c(w->place)) && d->severity == SEV_ERROR &&
           str_find(d->message, str_c(w->message), 0) >= 0 &&
           str_find(d->hint, str_c(w->hint), 0) >= 0;
    buf_free(&b);
  }
  return yes;
}

static void wrong(void) {
  for (size_t i = 0; i < COUNT(wrongs); i++) {
    Fixture *f = load(wrongs[i].files);
    bool ok = !f->ok && found(f, &wrongs[i]);
    if (!check_count(ok)) {
      printf("case %zu: want %s ... %s (%s), got:\n", i, wrongs[i].place, wrongs[i].message,
             wrongs[i].hint);
      show(f);
    }
    done(f);
  }
}

// --- warnings

static void warnings(void) {
  Fixture *f = load("== models/orders.sql\nselect 1\n"
                    "== models/s.yml\nmodels: [{name: ordres}]\nmacros: [{name: nix}]\n");
  CHECK(f->ok && f->diags.warnings >= 2);
  bool near = false;
  for (const Diag *d = f->diags.first; d; d = d->next)
    near |= str_is(d->hint, "did you mean 'orders'?");
  CHECK(near);
  done(f);
}

int main(void) {
  sound();
  ephemeral();
  long_joins();
  long_circle();
  endless_selectors();
  var_with_a_mistake();
  wrong();
  warnings();
  return check_done();
}
