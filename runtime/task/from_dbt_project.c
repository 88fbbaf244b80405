// What is different in the project itself: outputs of its profile, packages, kinds of nodes,
// variables. In: the project as it was opened. Out: findings.
#include "from_dbt.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/context/macros.h"
#include "../../compiler/project/globals.h"
#include "../../compiler/project/requirements.h"
#include "../../compiler/template/calls.h"

#include <stdlib.h>

static Globals names_of(Look *l) {
  Globals g;
  globals_init(l->a, &g, l->project);
  g.target_dict = globals_no_target(l->a);
  g.secrets = true;
  return g;
}

// Findings of a reader that is only asked.
static void add_diags(Look *l, LookArea area, const Diags *diags) {
  for (const Diag *d = diags->first; d; d = d->next) {
    LookFinding f = {.area = area,
                     .weight = d->severity == SEV_ERROR ? LOOK_TODO : LOOK_OTHER,
                     .file = d->source ? d->source->path : d->file,
                     .line = d->source ? source_locate(d->source, d->span.at).line : 0,
                     .text = d->message,
                     .todo = d->hint};
    f.file = str_dup(l->a, f.file);
    f.text = str_dup(l->a, f.text);
    f.todo = str_dup(l->a, f.todo);
    look_add(l, f);
  }
}

// --- the profile

static void add_output(Look *l, const Target *t, bool chosen) {
  LookFinding f = look_at(LOOK_PROFILE, LOOK_GOOD, t->yaml);
  Str driver = yaml_str(yaml_get(t->yaml, STR("driver"))), type = t->type;
  const char *mark = chosen ? " (the one in use)" : "";
  bool template = str_find(type, STR("{{"), 0) >= 0;
  if (template || dialect_find(type)) {
    f.text = str_fmt(l->a, "the output '%.*s'%s is for dbt-%.*s: starc has it built in%s%.*s",
                     STR_ARG(t->name), mark, STR_ARG(type), driver.len ? ", driver " : "",
                     STR_ARG(driver));
  } else {
    f.weight = chosen ? LOOK_TODO : LOOK_OTHER;
    f.text = type.len ? str_fmt(l->a, "the output '%.*s'%s is for %.*s, which starc has not",
                                STR_ARG(t->name), mark, STR_ARG(type))
                      : str_fmt(l->a, "the output '%.*s'%s has no type", STR_ARG(t->name), mark);
    f.todo = STR("starc builds in ClickHouse and Postgres: --target names another output");
  }
  look_add(l, f);
}

void look_profile(Look *l) {
  Globals g = names_of(l);
  const Package *root = l->project->packages[0];
  ProjectOptions o = *l->project->options;
  Diags diags;
  diags_init(&diags);
  Profile *p = profile_outputs(l->a, &g, &o, l->project->root, root->profile_name,
                               yaml_get(root->yaml, STR("profile")), &diags);
  diags_free(&diags); // told by who opened it
  l->profile = p;
  for (size_t i = 0; p && i < p->ntargets; i++)
    add_output(l, p->targets[i], p->chosen.len && str_eq(p->chosen, p->targets[i]->name));
}

// --- packages

static const struct {
  const char *in; // the name
  const char *todo;
} for_others[] = {
    {"dbt_external_tables", "a source with `location:` reads files: docs/files.md"            },
    {"snowflake",           "it is for Snowflake: take it out, or what calls it fails"        },
    {"bigquery",            "it is for BigQuery: take it out, or what calls it fails"         },
    {"databricks",          "it is for Databricks: take it out, or what calls it fails"       },
    {"redshift",            "it is for Redshift: take it out, or what calls it fails"         },
    {"spark_utils",         "it gives other packages' macros for Spark: it is not needed"     },
    {"tsql_utils",          "it gives other packages' macros for SQL Server: it is not needed"},
};

static const char *const from_where[] = {[REQUIRE_HUB] = "comes from the hub",
                                         [REQUIRE_GIT] = "comes through git",
                                         [REQUIRE_LOCAL] = "is a folder",
                                         [REQUIRE_TARBALL] = "is an archive"};

static void add_package(Look *l, const Require *q) {
  LookFinding f = look_at(LOOK_PACKAGES, LOOK_GOOD, q->yaml);
  Str shown = url_shown(l->a, q->written);
  f.text = str_fmt(l->a, "%.*s %s: `starc deps` fetches it", STR_ARG(shown), from_where[q->kind]);
  if (q->kind == REQUIRE_LOCAL)
    f.text = str_fmt(l->a, "%.*s is a folder: read where it is", STR_ARG(shown));
  for (size_t i = 0; i < COUNT(for_others); i++)
    if (str_find(q->written, str_c(for_others[i].in), 0) >= 0) {
      f.weight = LOOK_OTHER;
      f.todo = str_c(for_others[i].todo);
    }
  if (q->is_private) {
    f.weight = LOOK_OTHER;
    f.text = str_fmt(l->a, "%.*s is private: `starc deps` asks git for it, with git's own keys",
                     STR_ARG(shown));
  }
  look_add(l, f);
}

// `projects:` of dependencies.yml are looked up by dbt Cloud alone.
static void add_projects(Look *l) {
  Str file = STR("dependencies.yml"), path = fs_join(l->a, l->project->root, file);
  Source *src = arena_new(l->a, Source);
  Diags diags;
  diags_init(&diags);
  src->path = file;
  const Yaml *y = fs_exists(path) && fs_read(l->a, path, file, &src->text, &diags)
                      ? yaml_load(l->a, src, &diags)
                      : NULL;
  const YamlEntry *e = y ? yaml_entry(y, STR("projects")) : NULL;
  if (e && e->value && e->value->kind == YAML_LIST && e->value->n) {
    LookFinding f = look_at(LOOK_PACKAGES, LOOK_TODO, e->key);
    f.text = STR("`projects:` are other projects of dbt Cloud, which starc does not look up");
    f.todo = STR("name the project as a package (`local:` or `git:`) in place of it");
    look_add(l, f);
  }
  diags_free(&diags);
}

static void add_dispatch(Look *l) {
  const Yaml *y = yaml_get(l->project->packages[0]->yaml, STR("dispatch"));
  for (size_t i = 0; y && y->kind == YAML_LIST && i < y->n; i++) {
    LookFinding f = look_at(LOOK_PACKAGES, LOOK_GOOD, y->items[i]);
    f.text = str_fmt(l->a, "macros of %.*s are looked for in the order that is said here",
                     STR_ARG(yaml_str(yaml_get(y->items[i], STR("macro_namespace")))));
    look_add(l, f);
  }
}

void look_packages(Look *l) {
  Globals g = names_of(l);
  Requirements q = {0};
  Diags diags;
  diags_init(&diags);
  (void)requirements_read(l->a, &g, l->project->root, &q, &diags);
  add_diags(l, LOOK_PACKAGES, &diags);
  diags_free(&diags);
  for (size_t i = 0; i < q.n; i++)
    add_package(l, &q.items[i]);
  add_projects(l);
  add_dispatch(l);
}

// --- what starc does not run, files of other tools

static void add_python(Look *l, const Node *n) {
  look_add(l,
           (LookFinding){.area = LOOK_PROJECT,
                         .weight = LOOK_TODO,
                         .file = n->original_path,
                         .line = 1,
                         .text = STR("models in Python are read, and not run"),
                         .todo = STR("write it in SQL, or leave it to dbt: `--exclude` its name")});
}

static void add_semantic(Look *l, const size_t n[NODE_KINDS]) {
  size_t only[NODE_KINDS] = {[NODE_METRIC] = n[NODE_METRIC],
                             [NODE_SEMANTIC_MODEL] = n[NODE_SEMANTIC_MODEL],
                             [NODE_SAVED_QUERY] = n[NODE_SAVED_QUERY]};
  Str line = node_kinds_counted(l->a, only);
  if (line.len)
    look_add(l,
             (LookFinding){.area = LOOK_PROJECT,
                           .weight = LOOK_OTHER,
                           .text = str_fmt(l->a,
                                           "%.*s: checked, and written to semantic_manifest.json; "
                                           "starc answers no queries of metrics",
                                           STR_ARG(line))});
}

static const struct {
  const char *file, *holds; // holds: a text that makes it concern us; NULL: it is there
  const char *text, *todo;
} of_dbt[] = {
    {"dbt_cloud.yml",           NULL,              "is for dbt Cloud's command line, and is not read", ""                                                                                     },
    {".sqlfluff",               "templater = dbt",
     "sqlfluff renders with dbt-core here, which it then still needs",                                 "`templater = jinja`, or keep dbt-core for sqlfluff; `starc check` finds errors of SQL"},
    {".pre-commit-config.yaml", "dbt-checkpoint",
     "dbt-checkpoint reads target/manifest.json and catalog.json, which starc writes too",             "`starc parse` and `starc docs generate` in place of its dbt hooks"                    },
};

static void add_files(Look *l) {
  for (size_t i = 0; i < COUNT(of_dbt); i++) {
    Str file = str_c(of_dbt[i].file), path = fs_join(l->a, l->project->root, file), text = {0};
    Diags diags;
    diags_init(&diags);
    bool there = fs_exists(path);
    ptrdiff_t at = 0;
    Source src = {.path = file};
    if (there && of_dbt[i].holds) {
      there = fs_read(l->a, path, file, &text, &diags);
      at = there ? str_find(text, str_c(of_dbt[i].holds), 0) : -1;
      src.text = text;
    }
    diags_free(&diags);
    if (there && at >= 0)
      look_add(l, (LookFinding){.area = LOOK_PROJECT,
                                .weight = LOOK_OTHER,
                                .file = file,
                                .line = of_dbt[i].holds ? source_locate(&src, (size_t)at).line : 0,
                                .text = str_c(of_dbt[i].text),
                                .todo = str_c(of_dbt[i].todo)});
  }
}

void look_features(Look *l) {
  size_t n[NODE_KINDS] = {0};
  for (size_t i = 0; l->graph && i < l->graph->nnodes; i++) {
    const Node *node = l->graph->nodes[i];
    n[node->kind]++;
    if (node->kind == NODE_MODEL && str_is(node->language, "python"))
      add_python(l, node);
  }
  add_semantic(l, n);
  add_files(l);
}

// --- variables of the environment

typedef struct Reading {
  Look *l;
  const Source *src;
  Buf *unset; // names without a value and without a default
  size_t nunset;
  LookFinding *first;
} Reading;

enum { SHOWN = 8 }; // of them

static void called(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  Reading *r = data;
  Look *l = r->l;
  if (!str_is(callee, "env_var") || !nargs || !args[0].ptr)
    return;
  for (size_t i = 0; i < l->variables.n; i++)
    if (str_eq(l->variables.items[i], args[0]))
      return;
  vec_push(l->a, &l->variables, str_dup(l->a, args[0]));
  if (getenv(str_cstr(l->a, args[0])) || nargs > 1)
    return;
  if (!r->unset->len)
    *r->first = (LookFinding){.area = LOOK_ENVIRONMENT,
                              .weight = LOOK_OTHER,
                              .file = r->src->path,
                              .line = source_locate(r->src, span.at).line};
  if (r->nunset++ < SHOWN)
    buf_addf(r->unset, "%s%.*s", r->unset->len ? ", " : "", STR_ARG(args[0]));
}

static void read_variables(Reading *r, Str path, Str shown) {
  Look *l = r->l;
  Source *src = arena_new(l->a, Source);
  Diags diags;
  diags_init(&diags);
  src->path = shown;
  const Template *t =
      fs_read(l->a, path, shown, &src->text, &diags) && str_find(src->text, STR("env_var"), 0) >= 0
          ? template_parse(l->a, src, &diags)
          : NULL;
  r->src = src;
  if (t)
    template_calls(t, called, r);
  diags_free(&diags);
}

static void read_below(Reading *r, Str folder) {
  Look *l = r->l;
  static const Str endings[] = {STR_INIT(".sql"), STR_INIT(".yml"), STR_INIT(".yaml")};
  Str root = l->project->root;
  FsEntry *files;
  size_t n = 0;
  Diags diags;
  diags_init(&diags);
  if (fs_walk(l->a, folder, endings, COUNT(endings), FS_LINKED_FILES, &files, &n, &diags))
    for (size_t i = 0; i < n; i++)
      if (files[i].size < 1 << 20)
        read_variables(r, files[i].path,
                       str_starts(files[i].path, root) && files[i].path.len > root.len
                           ? str_sub(files[i].path, root.len + 1, files[i].path.len)
                           : files[i].path);
  diags_free(&diags);
}

void look_environment(Look *l) {
  const Package *p = l->project->packages[0];
  const struct {
    const Str *paths;
    size_t n;
  } folders[] = {
      {p->model_paths,    p->nmodel_paths   },
      {p->macro_paths,    p->nmacro_paths   },
      {p->snapshot_paths, p->nsnapshot_paths},
      {p->test_paths,     p->ntest_paths    },
      {p->seed_paths,     p->nseed_paths    },
      {p->analysis_paths, p->nanalysis_paths},
  };
  static const Str own[] = {STR_INIT("packages.yml"), STR_INIT("dependencies.yml"),
                            STR_INIT("profiles.yml")};
  Buf unset = {.arena = l->a};
  LookFinding first = {.area = LOOK_ENVIRONMENT};
  Reading r = {.l = l, .unset = &unset, .first = &first};
  read_variables(&r, fs_join(l->a, p->root, p->source.path), p->source.path);
  for (size_t i = 0; i < COUNT(own); i++)
    if (fs_exists(fs_join(l->a, p->root, own[i])))
      read_variables(&r, fs_join(l->a, p->root, own[i]), own[i]);
  if (l->profile && l->profile->path.len)
    read_variables(&r, l->profile->path, l->profile->source.path);
  for (size_t i = 0; i < COUNT(folders); i++)
    for (size_t k = 0; k < folders[i].n; k++)
      read_below(&r, fs_join(l->a, p->root, folders[i].paths[k]));
  if (!l->variables.n)
    return;
  if (r.nunset > SHOWN)
    buf_addf(&unset, " and %zu more", r.nunset - SHOWN);
  first.todo = unset.len ? STR("set what is needed where starc runs, as for dbt") : STR("");
  first.text =
      str_fmt(l->a, "templates and profiles.yml read %zu variable%s of the environment%s%.*s",
              l->variables.n, l->variables.n == 1 ? "" : "s",
              unset.len ? "; not set here, and without a default: " : "", STR_ARG(buf_str(&unset)));
  look_add(l, first);
}
