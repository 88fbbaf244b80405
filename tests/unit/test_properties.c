// project/properties: schema files as structs, and the findings about wrong ones.
#include "../../compiler/project/properties.h"
#include "check.h"

#include <stdlib.h>

static Arena arena;
static Diags diags;
static Globals globals;

static PropFile read_file(const char *text) {
  PropFile out;
  Source *src = arena_new(&arena, Source);
  *src = (Source){.path = STR("s.yml"), .text = str_c(text)};
  diags_free(&diags);
  diags_init(&diags);
  properties_read(&arena, &globals, src, &out, &diags);
  return out;
}

static Str show(Value v) {
  Buf b = {.arena = &arena};
  val_repr(&b, v);
  return buf_str(&b);
}

static Str findings(void) {
  Buf b = {.arena = &arena};
  for (const Diag *d = diags.first; d; d = d->next) {
    diag_brief(&b, d);
    if (b.len && b.ptr[b.len - 1] != '\n')
      buf_addc(&b, '\n');
  }
  return buf_str(&b);
}

// As Jinja leaves them: without the line end that a block of text ends with, templates or not.
static void block_texts(void) {
  PropFile f =
      read_file("models:\n- name: m\n  config:\n    meta:\n      a: |\n        one\n        two\n"
                "      b: |\n        {{ 1 + 1 }}\n      c: |+\n        x\n\n");
  CHECK(f.nprops[PROP_MODEL] == 1);
  if (f.nprops[PROP_MODEL] == 1)
    CHECK_STR(show(val_get(f.props[PROP_MODEL][0]->config, STR("meta"))),
              "{'a': 'one\\ntwo', 'b': '2', 'c': 'x\\n'}");
}

static void of_a_key_given_twice_the_later_holds(void) {
  PropFile f = read_file("models:\n- name: m\n  config: {alias: a}\n  config: {alias: b}\n");
  CHECK(f.nprops[PROP_MODEL] == 1 && diags.warnings == 1 && !diags.errors);
  if (f.nprops[PROP_MODEL] == 1)
    CHECK_STR(show(f.props[PROP_MODEL][0]->config), "{'alias': 'b'}");
}

static void models(void) {
  PropFile f = read_file("version: 2\nmodels:\n- name: m\n  description: \"{{ doc('m') }}\"\n  "
                         "meta: {q: 1}\n  docs: {show: false}\n"
                         "  access: public\n  config: {tags: [d], post_hook: '{{ this }}', alias: "
                         "zz}\n  constraints: [{type: check, expression: a > 0}]\n"
                         "  columns:\n  - name: id\n    meta: {a: 1}\n    tags: [t]\n    config: "
                         "{meta: {b: 2}, tags: t2}\n    codec: ZSTD\n"
                         "    quote: true\n    tests: [unique]\n  - name: x\n    data_type: int\n");
  CHECK_STR(findings(), "");
  CHECK(f.nprops[PROP_MODEL] == 1);
  if (f.nprops[PROP_MODEL] != 1)
    return;
  const Prop *p = f.props[PROP_MODEL][0];
  CHECK_STR(p->name, "m");
  CHECK_STR(p->description, "{{ doc('m') }}");
  CHECK_STR(show(p->config), "{'tags': ['d'], 'post_hook': '{{ this }}', 'alias': 'zz', 'meta': "
                             "{'q': 1}, 'docs': {'show': False}, 'access': 'public'}");
  CHECK_STR(show(p->unrendered_config),
            "{'tags': ['d'], 'post_hook': '{{ this }}', 'alias': 'zz', 'meta': {'q': 1}, 'docs': "
            "{'show': False}, 'access': 'public'}");
  CHECK_STR(show(p->constraints),
            "[{'type': 'check', 'name': None, 'expression': 'a > 0', 'warn_unenforced': True, "
            "'warn_unsupported': True, 'to': None, 'to_columns': [], 'columns': []}]");
  CHECK_STR(p->access, "public");
  CHECK(p->ncolumns == 2);
  const PropColumn *c = p->columns;
  CHECK_STR(show(c->meta), "{'a': 1, 'b': 2}");
  CHECK_STR(show(c->tags), "['t', 't2']");
  CHECK_STR(show(c->config), "{'meta': {'a': 1, 'b': 2}, 'tags': ['t', 't2']}");
  CHECK_STR(show(c->more->extra), "{'codec': 'ZSTD'}");
  CHECK(c->quote.kind == VAL_BOOL && c->quote.b && c->ntests == 1);
  CHECK_STR(c[1].data_type, "int");
  CHECK(c[1].quote.kind == VAL_NONE && c[1].ntests == 0);
}

// One test, its arguments and config.
// clang-format off
static const struct {
  const char *yaml, *ns, *name, *custom, *args, *config;
} tests[] = {
    {"unique",                                               "",   "unique", "",  "{}",               "{}"                               },
    {"u.unique",                                             "u",  "unique", "",  "{}",               "{}"                               },
    {"unique:",                                              "",   "unique", "",  "{}",               "{}"                               },
    {"{rel: {to: \"ref('x')\", field: id}}",                 "",   "rel",    "",  "{'to': \"ref('x')\", 'field': 'id'}", "{}"            },
    {"{acc: {arguments: {config: {where: q}, name: n, limit: 3, values: [a]}}}", "", "acc", "n", "{'values': ['a']}", "{'where': 'q', 'limit': 3}"},
    {"{acc: {arguments: {values: [a, 1]}}}",                 "",   "acc",    "",  "{'values': ['a', 1]}", "{}"                           },
    {"{acc: {values: [a], arguments: {values: [b], q: 1}}}", "",   "acc",    "",  "{'values': ['b'], 'q': 1}", "{}"                      },
    {"{t: {name: n, severity: warn, config: {where: x, my: 1, tags: [a]}}}", "", "t", "n", "{}",
     "{'severity': 'warn', 'tags': ['a'], 'where': 'x', 'my': 1}"                                                                         },
    {"{test_name: t, name: n, k: 1}",                        "",   "t",      "n", "{'k': 1}",         "{}"                               },
    {"{t: {v: '{{ kept }}', config: {where: '{{ kept }}', enabled: false}}}", "", "t", "", "{'v': '{{ kept }}'}",
     "{'enabled': False, 'where': '{{ kept }}'}"                                                                                          },
    {"{t: {description: d}}",                                "",   "t",      "",  "{}",               "{}"                               },
};
// clang-format on

static void forms_of_tests(void) {
  for (size_t i = 0; i < COUNT(tests); i++) {
    PropFile f = read_file(
        str_fmt(&arena, "models:\n- name: m\n  data_tests:\n  - %s\n", tests[i].yaml).ptr);
    CHECK_STR(findings(), "");
    CHECK(f.nprops[PROP_MODEL] == 1 && f.props[PROP_MODEL][0]->ntests == 1);
    if (diags.first)
      continue;
    const PropTest *t = f.props[PROP_MODEL][0]->tests;
    CHECK_STR(t->ns, tests[i].ns);
    CHECK_STR(t->name, tests[i].name);
    CHECK_STR(t->custom_name, tests[i].custom);
    CHECK_STR(show(t->args), tests[i].args);
    CHECK_STR(show(t->config), tests[i].config);
  }
}

static void sources(void) {
  PropFile f = read_file(
      "sources:\n- name: src\n  schema: raw\n  tags: a\n  meta: {m: 1}\n  loaded_at_field: ts\n"
      "  freshness: {warn_after: {count: 1, period: day}}\n  quoting: {identifier: true}\n"
      "  tables:\n  - name: t\n    identifier: tt\n    freshness:\n    loaded_at_field: null\n    "
      "config: {tags: [b], meta: {n: 2}}\n"
      "    columns: [{name: id, tests: [unique]}]\n  - name: u\n    config: {freshness: "
      "{error_after: {count: 2, period: hour}}, "
      "loaded_at_field: z}\n");
  CHECK_STR(findings(), "");
  CHECK(f.nsources == 1 && f.sources[0]->ntables == 2);
  if (f.nsources != 1)
    return;
  const PropSource *s = f.sources[0];
  CHECK_STR(s->schema, "raw");
  CHECK_STR(show(s->tags), "['a']");
  CHECK_STR(show(s->freshness[0]), "{'warn_after': {'count': 1, 'period': 'day'}}");
  CHECK(!s->has_database && s->has_loaded_at_field);
  const PropTable *t = s->tables;
  CHECK_STR(t->identifier, "tt");
  CHECK(t->freshness[0].kind == VAL_NONE && t->has_loaded_at_field && !t->loaded_at_field.len);
  CHECK_STR(show(t->tags), "['b']");
  CHECK_STR(show(t->meta), "{'n': 2}");
  CHECK(t->ncolumns == 1 && t->columns[0].ntests == 1);
  CHECK_STR(t[1].identifier, "u");
  CHECK_STR(show(t[1].freshness[1]), "{'error_after': {'count': 2, 'period': 'hour'}}");
  CHECK_STR(t[1].loaded_at_field, "z");
}

static void versions(void) {
  PropFile f = read_file("models:\n- name: m\n  latest_version: 2\n  columns: [{name: a}, {name: "
                         "b}]\n  versions:\n  - v: 1\n    columns:\n"
                         "    - include: all\n      exclude: [b]\n    - name: c\n  - v: 2\n    "
                         "defined_in: m_now\n    config: {alias: x}\n");
  CHECK_STR(findings(), "");
  const Prop *p = f.props[PROP_MODEL][0];
  CHECK(p->nversions == 2 && val_eq(p->latest_version, val_int(2)));
  CHECK_STR(p->versions[0].v, "1");
  CHECK_STR(show(p->versions[0].include), "'all'");
  CHECK_STR(show(p->versions[0].exclude), "['b']");
  CHECK(p->versions[0].ncolumns == 1 && p->versions[0].has_columns && !p->versions[1].has_columns);
  CHECK_STR(p->versions[1].defined_in, "m_now");
  CHECK_STR(show(p->versions[1].config), "{'alias': 'x'}");
}

static void others(void) {
  PropFile f = read_file(
      "exposures:\n- name: e\n  type: dashboard\n  owner: {email: a@b.c}\n  depends_on: "
      "[\"ref('m')\"]\n  tags: [x]\n"
      "  config: {enabled: false, meta: {a: 1}}\n"
      "groups:\n- name: g\n  owner: {name: me}\n"
      "macros:\n- name: mc\n  arguments: [{name: a, type: text, description: d}]\n  docs: {show: "
      "false}\n"
      "snapshots:\n- name: sn\n  relation: \"{{ ref('m') }}\"\n  config: {strategy: check}\n"
      "metrics:\n- name: k\n  type: simple\n  filter: \"{{ Dimension('x') }}\"\n"
      "data_tests:\n- name: st\n  description: d\n"
      "unit_tests:\n- name: ut\n  model: m\n  given: []\n  expect: {rows: []}\n");
  CHECK_STR(findings(), "");
  const Prop *e = f.props[PROP_EXPOSURE][0];
  CHECK_STR(e->type, "dashboard");
  CHECK_STR(show(e->depends_on), "[\"ref('m')\"]");
  CHECK_STR(show(e->config), "{'enabled': False, 'meta': {'a': 1}}");
  CHECK_STR(show(e->tags), "['x']");
  CHECK(!e->enabled);
  CHECK_STR(show(f.props[PROP_GROUP][0]->owner), "{'name': 'me'}");
  CHECK_STR(show(f.props[PROP_MACRO][0]->arguments),
            "[{'name': 'a', 'type': 'text', 'description': 'd'}]");
  CHECK_STR(show(f.props[PROP_MACRO][0]->docs), "{'show': False}");
  CHECK_STR(f.props[PROP_SNAPSHOT][0]->relation, "ref('m')");
  CHECK_STR(show(f.props[PROP_METRIC][0]->value),
            "{'name': 'k', 'type': 'simple', 'filter': \"{{ Dimension('x') }}\"}");
  CHECK(f.nprops[PROP_TEST] == 1 && f.nprops[PROP_UNIT_TEST] == 1);
}

// clang-format off
static const struct {
  const char *text, *want;
} wrong[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"- a\n", "s.yml:1:1: error: a schema file must be a dict (it has sections: `models:`, `sources:`, ...)\n"},
    {"model:\n- name: x\n", "s.yml:1:1: warning: unknown key 'model' in a schema file (did you mean 'models'?)\n"},
    {"models: {a: 1}\n", "s.yml:1:9: error: `models:` must be a list (each entry starts with '- name:')\n"},
    {"models: [a]\n", "s.yml:1:10: error: a model must be a dict, not text (as in '- name: a')\n"},
    {"models:\n- description: x\n", "s.yml:2:3: error: a model without a `name:`\n"},
    {"models:\n- name: 12\n", "s.yml:2:9: error: 'name' must be text, not a whole number\n"},
    {"models:\n- name: m\n  descripton: x\n", "s.yml:3:3: warning: unknown key 'descripton' in a model (did you mean 'description'?)\n"},
    {"models:\n- name: m\n  materialized: table\n", "s.yml:3:3: warning: 'materialized' does not stand here, so it is not used (put it under `config:`)\n"},
    {"models:\n- name: m\n  columns: id\n", "s.yml:3:12: error: 'columns' must be a list, not text\n"},
    {"models:\n- name: m\n  columns: [id]\n", "s.yml:3:13: error: a column must be a dict, not text (as in '- name: id')\n"},
    {"models:\n- name: m\n  columns: [{name: a, desciption: x, mine: 1}]\n", "s.yml:3:23: warning: unknown key 'desciption' in a column (did you mean 'description'?)\n"},
    {"models:\n- name: m\n  columns: [{name: a}, {name: a}]\n", "s.yml:3:31: warning: the column 'a' is described twice\n"},
    {"models:\n- name: m\n  tests: [a]\n  data_tests: [b]\n", "s.yml:3:3: error: both `tests:` and `data_tests:` are given\n"},
    {"models:\n- name: m\n  tests: unique\n", "s.yml:3:10: error: 'tests' must be a list, not text\n"},
    {"models:\n- name: m\n  tests:\n  - unique:\n    where: x\n", "s.yml:4:5: error: a test is a name, or a name with its arguments below (indent what belongs to 'unique' further than the name)\n"},
    {"models:\n- name: m\n  tests: [not null]\n", "s.yml:3:11: error: 'not null' is not the name of a test (as in 'unique' or 'package.test')\n"},
    {"models:\n- name: m\n  tests: [{t: {model: x}}]\n", "s.yml:3:16: error: a test cannot be given an argument 'model' (it is what the test is attached to)\n"},
    {"models:\n- name: m\n  tests: [{t: [1]}]\n", "s.yml:3:15: error: the arguments of 't' must be a dict\n"},
    {"models:\n- name: m\n  tests: [{t: {where: a, config: {where: b}}}]\n", "s.yml:3:42: error: 'where' is given twice\n"},
    {"models:\n- name: m\n  meta: {a: 1}\n  config: {meta: {b: 1}}\n", "s.yml:3:3: error: 'meta' is given twice\n"},
    {"models:\n- name: m\n  constraints: [{type: chek}]\n", "s.yml:3:24: error: 'chek' is not a type of constraint (did you mean 'check'?)\n"},
    {"models:\n- name: m\n  latest_version: 3\n  versions: [{v: 1}]\n", "s.yml:3:19: error: latest_version is none of the versions (list it under `versions:`)\n"},
    {"models:\n- name: m\n  versions: [{v: 1}, {v: 1}]\n", "s.yml:3:22: error: the version '1' is listed twice\n"},
    {"sources:\n- name: s\n  tables: [{name: t}, {name: t}]\n", "s.yml:3:30: error: the source 's' lists the table 't' twice\n"},
    {"sources:\n- name: s\n  freshness: {warn_after: {count: 1, period: week}}\n", "s.yml:3:46: error: 'week' is not a period (there are minute, hour and day)\n"},
    {"sources:\n- name: s\n  freshness: {warn_after: {count: one, period: day}}\n", "s.yml:3:35: error: 'count' must be a whole number, not text\n"},
    {"sources:\n- name: s\n  quoting: {identifier: 3}\n", "s.yml:3:25: error: 'identifier' must be true or false, not a whole number\n"},
    {"exposures:\n- name: e\n  type: dashbord\n  owner: {name: a}\n", "s.yml:3:9: error: 'dashbord' is not a type (did you mean 'dashboard'?)\n"},
    {"exposures:\n- name: e\n  type: ml\n", "s.yml:2:9: error: an exposure needs an owner (as in owner: {name: Sales, email: sales@example.com})\n"},
    {"models:\n- name: m\n  name: n\n", "s.yml:3:3: warning: the key 'name' is given twice: this one holds\n"},
    {"models:\n- name: m\n  description: a: b\n", "s.yml:3:17: error: a ':' inside text that has no quotes (put the text in quotes)\n"},
    {"models:\n\t- name: m\n", "s.yml:2:1: error: a tab where YAML wants spaces (indent with spaces)\n"},
    {"models:\n- name: {{ var('x') }}\n", "s.yml:2:9: error: a template must stand in quotes here (write \"{{ var('x') }}\")\n"},
    {"models:\n- name: 'm\n", "s.yml:2:9: error: the quotes that open here are not closed\n"},
    {"models:\n- name: \xff\n", "s.yml:2:9: error: byte 17 (0xff) is not UTF-8 (save the file as UTF-8)\n"},
    {"\xef\xbb\xbfmodels:\r\n- name: m\r\n", ""},
};
// clang-format on

static void bad_input(void) {
  for (size_t i = 0; i < COUNT(wrong); i++) {
    read_file(wrong[i].text);
    CHECK_STR(findings(), wrong[i].want);
  }
}

int main(void) {
  diags_init(&diags);
  models();
  block_texts();
  of_a_key_given_twice_the_later_holds();
  forms_of_tests();
  sources();
  versions();
  others();
  bad_input();
  diags_free(&diags);
  arena_free(&arena);
  return check_done();
}
