// project/: small projects written to a temporary folder, opened; what is read from them and the
// findings about what is wrong. A project is one text: "== path" before each file.
#include "../../compiler/base/fs.h"
#include "../../compiler/project/globals.h"
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct Fixture {
  Arena arena;
  Diags diags;
  char dir[64];
  ProjectOptions options;
  Project *project;
} Fixture;

static void write_files(Fixture *f, Str text) {
  while (text.len) {
    size_t line = (size_t)str_find(text, STR("\n"), 0);
    Str path = str_sub(text, 3, line);
    text = str_sub(text, line + 1, text.len);
    ptrdiff_t next = str_find(text, STR("== "), 0);
    size_t end = next < 0 ? text.len : (size_t)next;
    fs_write_quick(fs_join(&f->arena, str_c(f->dir), path), str_sub(text, 0, end), &f->diags);
    text = str_sub(text, end, text.len);
  }
}

static Fixture *prepare(const char *files) {
  Fixture *f = calloc(1, sizeof *f);
  if (!f)
    abort();
  diags_init(&f->diags);
  snprintf(f->dir, sizeof f->dir, "/tmp/test_project.XXXXXX");
  if (!mkdtemp(f->dir))
    abort();
  write_files(f, str_c(files));
  f->options = (ProjectOptions){.project_dir = str_c(f->dir), .vars = val_dict(&f->arena)};
  return f;
}

static Fixture *open_project(const char *files) {
  Fixture *f = prepare(files);
  f->project = project_open(&f->arena, &f->options, &f->diags);
  return f;
}

static void done(Fixture *f) {
  fs_remove(str_c(f->dir), &f->diags);
  diags_free(&f->diags);
  arena_free(&f->arena);
  free(f);
}

// The findings, one a line: "path:1:2: error: message (hint)". The temporary folder is cut out.
static Str findings(Fixture *f) {
  Buf b = {.arena = &f->arena};
  for (const Diag *d = f->diags.first; d; d = d->next) {
    diag_brief(&b, d);
    if (b.len && b.ptr[b.len - 1] != '\n')
      buf_addc(&b, '\n');
  }
  Str all = buf_str(&b), dir = str_c(f->dir);
  Buf out = {.arena = &f->arena};
  for (ptrdiff_t at; (at = str_find(all, dir, 0)) >= 0;
       all = str_sub(all, (size_t)at + dir.len, all.len)) {
    buf_add(&out, str_sub(all, 0, (size_t)at));
    buf_adds(&out, "DIR");
  }
  buf_add(&out, all);
  return buf_str(&out);
}

static Str show(Fixture *f, Value v) {
  Buf b = {.arena = &f->arena};
  val_repr(&b, v);
  return buf_str(&b);
}

#define PROFILES                                                                                   \
  "== profiles.yml\n"                                                                              \
  "shop:\n  target: dev\n  outputs:\n"                                                             \
  "    dev: {type: postgres, host: h, port: 5432, user: u, pass: s3cret!, dbname: d, schema: s}\n" \
  "    ch: {type: clickhouse, host: c, schema: w, threads: 3}\n"                                   \
  "    em: {type: clickhouse, driver: embedded, path: data/wh}\n"

static void defaults(void) {
  Fixture *f = open_project("== dbt_project.yml\nname: shop\nprofile: shop\n" PROFILES);
  Project *p = f->project;
  CHECK(p && !f->diags.first);
  if (p) {
    Package *root = p->packages[0];
    CHECK_STR(root->name, "shop");
    CHECK(root->nmodel_paths == 1 && root->nschema_paths == 1);
    CHECK_STR(root->model_paths[0], "models");
    CHECK_STR(root->schema_paths[0], "schemas");
    CHECK_STR(root->test_paths[0], "tests");
    CHECK(root->ndocs_paths == 8);
    CHECK_STR(root->target_path, "target");
    CHECK_STR(root->packages_path, "dbt_packages");
    CHECK_STR(show(f, root->clean_targets), "['target']");
    CHECK_STR(p->target->name, "dev");
    CHECK_STR(p->target->database, "d");
    CHECK_STR(p->target->password.hidden, "s3cret!");
    CHECK(target_value(p->target, STR("password")).kind == VAL_UNDEF);
    CHECK(target_int(p->target, STR("connect_timeout"), 0) == 10);
    CHECK(p->target->threads == 1);
    CHECK(p->npackages == 3);
    CHECK_STR(p->packages[1]->name, "dbt_postgres");
    CHECK_STR(p->packages[2]->name, "dbt");
    CHECK(p->packages[2]->is_internal && p->packages[2]->index == 2);
    CHECK(p->invocation_id.len == 36);
    Value t = globals_target(&f->arena, p->target);
    CHECK(val_get(t, STR("password")).kind == VAL_UNDEF &&
          val_get(t, STR("pass")).kind == VAL_UNDEF);
    CHECK_STR(show(f, val_get(t, STR("dbname"))), "'d'");
    CHECK_STR(show(f, val_get(t, STR("profile_name"))), "'shop'");
  }
  done(f);
}

static void project_yml(void) {
  Fixture *f = open_project("== project.yml\nname: shop\nprofile: shop\nmodel-paths: [m/, "
                            "./n]\ntarget-path: out\nvars: {a: 1, shop: {a: 2}}\n"
                            "on-run-start: one\non-run-end: [two]\nmodels: {shop: {+materialized: "
                            "table}}\ntests: {+severity: warn}\n" PROFILES);
  Project *p = f->project;
  CHECK(p && !f->diags.first);
  if (p) {
    Package *root = p->packages[0];
    Value v;
    CHECK(root->nmodel_paths == 2);
    CHECK_STR(root->model_paths[0], "m");
    CHECK_STR(root->model_paths[1], "n");
    CHECK(str_ends(p->target_dir, STR("/out")));
    CHECK(project_var(p, root, STR("a"), &v) && val_eq(v, val_int(2))); // its own vars win
    CHECK(!project_var(p, root, STR("b"), &v));
    CHECK_STR(show(f, root->on_run_start), "['one']");
    CHECK_STR(show(f, root->tests), "{'+severity': 'warn'}");
  }
  done(f);
}

static void targets(void) {
  static const struct {
    const char *target, *type, *driver, *schema;
    int threads;
  } want[] = {
      {"dev", "postgres",   "",         "s",         1},
      {"ch",  "clickhouse", "http",     "w",         3},
      {"em",  "clickhouse", "embedded", "analytics", 4},
  };
  for (size_t i = 0; i < 3; i++) {
    Fixture *f = prepare("== dbt_project.yml\nname: shop\nprofile: shop\n" PROFILES);
    f->options.target = str_c(want[i].target);
    Project *p = project_open(&f->arena, &f->options, &f->diags);
    CHECK(p && !f->diags.first);
    if (p) {
      CHECK_STR(p->target->type, want[i].type);
      CHECK_STR(p->target->driver, want[i].driver);
      CHECK_STR(p->target->schema, want[i].schema);
      CHECK(p->target->threads == want[i].threads);
      CHECK(p->profile->ntargets == 3);
    }
    if (p && i == 2)
      CHECK(str_ends(target_str(p->target, STR("path"), STR("")), STR("/data/wh")));
    done(f);
  }
}

static void no_profile(void) {
  setenv("HOME", "/nonexistent", 1);
  Fixture *f = open_project("== project.yml\nname: shop\n");
  CHECK(f->project && !f->diags.first);
  if (f->project) {
    const Target *t = f->project->target;
    CHECK(t->is_default);
    CHECK_STR(t->driver, "embedded");
    CHECK_STR(t->schema, "analytics");
    CHECK(str_ends(target_str(t, STR("path"), STR("")), STR("/.starc/warehouse")));
  }
  done(f);
  f = prepare("== project.yml\nname: shop\n");
  f->options.target = STR("prod");
  CHECK(!project_open(&f->arena, &f->options, &f->diags));
  CHECK(str_starts(findings(f),
                   STR("--target: error: Could not find target named 'prod': there is no "
                       "profiles.yml (looked for DIR/profiles.yml, ~/.starc/")));
  done(f);
  f = prepare("== project.yml\nname: shop\nprofile: shop\n");
  CHECK(!project_open(&f->arena, &f->options, &f->diags));
  CHECK(str_starts(findings(f),
                   STR("project.yml:2:10: error: Could not find profile named 'shop': there is no "
                       "profiles.yml (looked for DIR/profiles.yml, ~/.starc/")));
  done(f);
  f = prepare("== project.yml\nname: shop\nprofile: shop\n");
  f->options.embedded = true;
  f->project = project_open(&f->arena, &f->options, &f->diags);
  CHECK(f->project && f->project->target->is_default);
  done(f);
}

static void packages(void) {
  Fixture *f = open_project(
      "== dbt_project.yml\nname: shop\nprofile: shop\nvars: {lib: {x: root}, y: root}\n" PROFILES
      "== packages.yml\npackages:\n  - local: libs/near\n  - package: a/lib\n    version: 1.0.0\n"
      "  - local: libs/of-far\n"
      "== libs/near/dbt_project.yml\nname: near\n"
      "== libs/of-far/dbt_project.yml\nname: far\n"
      "== dbt_packages/far/dbt_project.yml\nname: far\n" // a copy where dbt has a link
      "== dbt_packages/lib/dbt_project.yml\nname: lib\nvars: {lib: {x: own, z: own}, y: own}\n");
  Project *p = f->project;
  CHECK_STR(findings(f), "");
  CHECK(p != NULL);
  if (p) {
    Package *lib = map_get(&p->by_name, STR("lib"));
    Value v;
    Package *far = map_get(&p->by_name, STR("far"));
    CHECK(p->npackages == 6);
    CHECK(far && str_ends(far->root, STR("/dbt_packages/far")));
    CHECK(map_get(&p->by_name, STR("near")) != NULL && lib != NULL);
    CHECK(project_var(p, lib, STR("x"), &v) && val_is_str(v, STR("root")));
    CHECK(project_var(p, lib, STR("y"), &v) && val_is_str(v, STR("root")));
    CHECK(project_var(p, lib, STR("z"), &v) && val_is_str(v, STR("own")));
    CHECK(!project_var(p, p->packages[0], STR("z"), &v));
  }
  done(f);
}

#define GOOD "== dbt_project.yml\nname: shop\nprofile: shop\n"

// The release of dbt that a project is read as: what it allows, unless the options say otherwise.
// clang-format off
static const struct {
  const char *require, *said, *want;
} levels[] = {
    {"",                                                "",       "1.12"},
    {"require-dbt-version: '>=1.3.0'\n",                "",       "1.12"},
    {"require-dbt-version: '<1.12.0'\n",                "",       "1.11"},
    {"require-dbt-version: ['>=1.5.0', '<1.12.0']\n",   "",       "1.11"},
    {"require-dbt-version: '>=1.5.0,<1.12'\n",          "",       "1.11"},
    {"require-dbt-version: '{{ \"<1.12.0\" }}'\n",      "",       "1.11"},
    {"require-dbt-version: ['>=1.0.0', '<2.0.0']\n",    "",       "1.12"},
    {"",                                                "1.11",   "1.11"},
    {"require-dbt-version: '>=1.0.0'\n",                "1.11",   "1.11"},
};
// clang-format on

static void releases(void) {
  for (size_t i = 0; i < COUNT(levels); i++) {
    Arena a = {0};
    Fixture *f = prepare(str_cstr(&a, str_fmt(&a, GOOD "%s" PROFILES, levels[i].require)));
    f->options.dbt_version = str_c(levels[i].said);
    Project *p = project_open(&f->arena, &f->options, &f->diags);
    CHECK(p);
    if (p) {
      CHECK_STR(str_c(dbt_releases[p->level].level), levels[i].want);
      CHECK(project_level(&f->arena, &f->options) == p->level);
      CHECK(project_flag(p, "validate_macro_args") == (p->level == DBT_1_12));
    }
    done(f);
    arena_free(&a);
  }
}

// What is written and what is found.
// clang-format off
static const struct {
  const char *files, *want;
} cases[] = {
    {"== x\n",                                                         "DIR: error: there is no project.yml or dbt_project.yml in this folder (name the folder that has one with --project-dir)\n"},
    {GOOD "== project.yml\nname: x\n",                                 "DIR/project.yml: error: both project.yml and dbt_project.yml are there (they are two names of one file: remove one)\n"       },
    {"== dbt_project.yml\n",                                           "dbt_project.yml:1:1: error: the project file is empty (it starts with `name: my_shop`)\n"                                    },
    {"== dbt_project.yml\n- a\n",                                      "dbt_project.yml:1:1: error: the project file must be a dict of keys (it starts with `name: my_shop`)\n"                      },
    {"== dbt_project.yml\nname: shop\n\tx: 1\n",                       "dbt_project.yml:2:1: error: a tab where YAML wants spaces (indent with spaces)\n"                                            },
    {"== dbt_project.yml\nprofile: shop\n" PROFILES,                   "dbt_project.yml:1:1: error: the project needs a `name:` (as in `name: my_shop`)\n"                                           },
    {"== dbt_project.yml\nname: my-shop\nprofile: shop\n" PROFILES,    "dbt_project.yml:1:7: error: a project's name has letters, digits and _ and does not start with a digit (as in `name: my_shop`)\n"},
    {GOOD "model-path: [x]\n" PROFILES,                                "dbt_project.yml:3:1: warning: unknown key 'model-path' in the project file (did you mean 'model-paths'?)\n"                  },
    {GOOD "model-paths: {a: b}\n" PROFILES,                            "dbt_project.yml:3:14: error: 'model-paths' must be a list, not a dict\n"                                                     },
    {GOOD "model-paths: [a, 3]\n" PROFILES,                            "dbt_project.yml:3:18: error: 'model-paths' must be text, not a whole number\n"                                               },
    {GOOD "config-version: 1\n" PROFILES,                              "dbt_project.yml:3:17: error: config-version 1 is not supported (write 2 or leave the key out)\n"                             },
    {GOOD "require-dbt-version: '>=1.99.0'\n" PROFILES,                "dbt_project.yml:3:22: error: 'shop' does not work with this version: require-dbt-version is '>=1.99.0', this is 1.12.6"
     " (change the key, or go on at your own risk with --no-version-check)\n"                                                                                                                                    },
    {GOOD "require-dbt-version: ['>=1.0.0', '<2.0.0']\n" PROFILES,     ""                                                                                                                            },
    {GOOD "version: 2\n" PROFILES,                                     "dbt_project.yml:3:10: error: the project's `version:` is not one: '2' (as in '1.0' or '1.2.3', in quotes; or leave the key out)\n"},
    {GOOD "version: 1.0.0rc1\n" PROFILES,                              "dbt_project.yml:3:10: error: the project's `version:` is not one: '1.0.0rc1' (as in '1.0' or '1.2.3', in quotes; or leave the key out)\n"},
    {GOOD "version: [1.0]\n" PROFILES,                                 "dbt_project.yml:3:10: error: the project's `version:` is not one (as in '1.0' or '1.2.3', in quotes; or leave the key out)\n"},
    {GOOD "version: 1.0.0-rc.1+b\n" PROFILES,                          ""},
    {GOOD "version: 1.0\n" PROFILES,                                   ""},
    {GOOD "require-starc-version: '>=0.0.1'\n" PROFILES,               ""                                                                                                                            },
    {GOOD "dispatch: [{macro_namespace: x}]\n" PROFILES,               "dbt_project.yml:3:12: error: an item of `dispatch:` needs macro_namespace and a list search_order (as in {macro_namespace: dbt_utils, "
                                                         "search_order: [my_shop, dbt_utils]})\n"                                                                                                   },
    {GOOD "models:\n  shop:\n    +materialised: table\n" PROFILES,     "dbt_project.yml:5:5: warning: no config key is named 'materialised' (did you mean 'materialized'?)\n"                        },
    {GOOD "models:\n  +partition_by: {field: at}\n" PROFILES,           "" /* of another database: nobody reads it */                                                                                },
    {GOOD "models:\n  +unlogged: maybe\n" PROFILES,                    "dbt_project.yml:4:14: error: config 'unlogged' is text (it takes true or false)\n"                                          },
    {GOOD "models:\n  +enabled: maybe\n" PROFILES,                     "dbt_project.yml:4:13: error: config 'enabled' is text (it takes true or false)\n"                                            },
    {GOOD "name: again\n" PROFILES,                                    "dbt_project.yml:3:1: warning: the key 'name' is given twice: this one holds\n"                                                                 },
    {"== dbt_project.yml\nname: shop\nprofile: shpo\n" PROFILES,       "dbt_project.yml:2:10: error: Could not find profile named 'shpo' (did you mean 'shop'? (in profiles.yml; or --embedded: a warehouse inside starc, in .starc/warehouse))\n"                                                },
    {GOOD "== profiles.yml\nshop: {target: prod, outputs: {dev: {}}}\n", "profiles.yml:1:16: error: The profile 'shop' does not have a target named 'prod'. (there is only dev)\n"                                                     },
    {GOOD "== profiles.yml\nshop: {target: dev}\n",                    "profiles.yml:1:1: error: the profile 'shop' has no `outputs:` (it lists the targets: a name, and below it type, host, ...)\n"},
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: postgre}}}\n", "profiles.yml:1:30: error: unknown database type 'postgre' (did you mean 'postgres'?)\n"                                     },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: snowflake}}}\n", "profiles.yml:1:30: error: unknown database type 'snowflake' (starc builds in clickhouse and postgres)\n"                  },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: postgres, host: h}}}\n", "profiles.yml:1:18: error: the target 'dev' lacks port, user, password, database, schema\n"                        },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: clickhouse, hots: h}}}\n", "profiles.yml:1:42: warning: unknown key 'hots' in a target of profiles.yml (did you mean 'host'?)\n"           },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: clickhouse, port: many}}}\n", "profiles.yml:1:48: error: 'port' must be a whole number, not text\n"                                         },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: clickhouse, port: '8123', secure: 'true'}}}\n", ""                                                                                          },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: clickhouse, port: 9000}}}\n", "profiles.yml:1:48: error: starc does not speak ClickHouse's native protocol (use driver http with the server's HTTP "
                                                                            "port (8123, with TLS 8443))\n"                                                                                         },
    {GOOD "== profiles.yml\nshop: {outputs: {dev: {type: clickhouse, schema: a, database: b}}}\n", "profiles.yml:1:63: error: `database` and `schema` differ (in ClickHouse they are one thing: leave "
                                                                                        "`database` out)\n"                                                                                         },
    {GOOD PROFILES "== packages.yml\npackages:\n  - package: dbt-labs/dbt_utils\n    version: 1.0.0\n", "packages.yml:2:5: error: the package 'dbt_utils' is not installed (run `starc deps`)\n"      },
    {GOOD PROFILES "== dbt_packages/a/dbt_project.yml\nname: shop\n",  "dbt_packages/a/dbt_project.yml:1:7: error: two packages are named 'shop'\n"                                                  },
    {GOOD PROFILES "== dbt_packages/a/readme\nx\n",                    "DIR/dbt_packages/a: error: there is no project.yml or dbt_project.yml in this package (remove the folder and run `starc "
                                                 "deps`)\n"                                                                                                                                         },
};
// clang-format on

static void bad_input(void) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    Fixture *f = open_project(cases[i].files);
    CHECK_STR(findings(f), cases[i].want);
    CHECK((f->project == NULL) == (f->diags.errors > 0));
    done(f);
  }
}

// Templates in both files: env_var, var, filters; what dbt leaves as it is.
static void rendered(void) {
  setenv("TEST_PORT", "6543", 1);
  setenv("DBT_ENV_SECRET_WORD", "p4ssword-x", 1);
  Fixture *f =
      prepare("== dbt_project.yml\nname: shop\nprofile: \"{{ env_var('NOPE', 'shop') }}\"\n"
              "models: {shop: {+schema: \"{{ target.schema }}_x\", +enabled: \"{{ var('on') }}\", "
              "+pre-hook: \"{{ this }}\"}}\n"
              "vars: {a: \"{{ kept }}\"}\non-run-start: [\"{{ kept }}\"]\n"
              "== profiles.yml\nshop:\n  target: \"{{ var('t') }}\"\n  outputs:\n    dev: {type: "
              "postgres, host: h, port: \"{{ "
              "env_var('TEST_PORT') | int }}\", user: u, password: \"{{ "
              "env_var('DBT_ENV_SECRET_WORD') }}\", dbname: d, schema: s}\n"
              "    other: {type: \"{{ env_var('NOT_SET_AND_NOT_READ') }}\"}\n");
  dict_sets(&f->arena, f->options.vars.dict, STR("t"), val_lit("dev"));
  dict_sets(&f->arena, f->options.vars.dict, STR("on"), val_bool(true));
  Project *p = project_open(&f->arena, &f->options, &f->diags);
  CHECK_STR(findings(f), "");
  CHECK(p != NULL);
  if (p) {
    CHECK_STR(show(f, p->packages[0]->models),
              "{'shop': {'+schema': 's_x', '+enabled': True, '+pre-hook': '{{ this }}'}}");
    CHECK_STR(show(f, p->packages[0]->vars), "{'a': '{{ kept }}'}");
    CHECK_STR(show(f, p->packages[0]->on_run_start), "['{{ kept }}']");
    CHECK(target_int(p->target, STR("port"), 0) == 6543);
    CHECK_STR(p->target->password.hidden, "p4ssword-x");
    CHECK_STR(secret_mask(&f->arena, STR("a p4ssword-x b")), "a ***** b");
  }
  done(f);
  f = open_project("== dbt_project.yml\nname: shop\nprofile: shop\nmodels: {+schema: \"{{ "
                   "env_var('TEST_PROT') }}\"}\n" PROFILES);
  CHECK(str_starts(findings(f), STR("dbt_project.yml:3:23: error: the environment variable "
                                    "'TEST_PROT' is not set (did you mean 'TEST_PORT'?)")));
  done(f);
  f = open_project("== dbt_project.yml\nname: shop\nprofile: shop\nmodels: {+schema: \"{{ "
                   "env_var('DBT_ENV_SECRET_WORD') }}\"}\n" PROFILES);
  CHECK(str_find(findings(f), STR("is a secret and cannot be used here"), 0) > 0);
  done(f);
}

int main(void) {
  defaults();
  project_yml();
  targets();
  no_profile();
  packages();
  bad_input();
  rendered();
  releases();
  return check_done();
}
