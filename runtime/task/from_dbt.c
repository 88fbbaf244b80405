// init --from-dbt: opens the project three times (its files alone; all of it; where the profile is
// what fails, all of it as for the embedded engine), and prints what all looks found.
#include "from_dbt.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/program.h"
#include "../../compiler/project/globals.h"
#include "../../compiler/template/eval.h"
#include "../../compiler/value/json.h"

#include <pthread.h>

enum { SHOWN = 5 }; // findings of one kind that are written out

static const char *const area_names[LOOK_AREAS] = {"project", "profile", "packages", "commands",
                                                   "environment"};
static const char *const weight_names[] = {"ok", "note", "to do"};

void look_add(Look *l, LookFinding f) {
  for (size_t i = 0; i < l->found.n; i++) {
    const LookFinding *was = &l->found.items[i];
    if (was->area == f.area && was->line == f.line && str_eq(was->file, f.file) &&
        str_eq(was->text, f.text))
      return;
  }
  vec_push(l->a, &l->found, f);
}

LookFinding look_at(LookArea area, LookWeight weight, const Yaml *y) {
  return (LookFinding){.area = area,
                       .weight = weight,
                       .file = y->src->path,
                       .line = source_locate(y->src, y->span.at).line};
}

// --- opening

// Keeps the findings that a Run reports.
typedef struct Told {
  Arena *a;
  pthread_mutex_t lock;
  VEC(Diag *) findings;
} Told;

static void told_event(void *data, const Event *e) {
  Told *t = data;
  if (!e->finding || e->finding->severity == SEV_NOTE)
    return;
  pthread_mutex_lock(&t->lock);
  vec_push(t->a, &t->findings, diag_copy(t->a, e->finding));
  pthread_mutex_unlock(&t->lock);
}

static void told_opened(void *data, Str root, Str log_dir, Str id) {
  (void)data, (void)root, (void)log_dir, (void)id;
}
static void told_progress(void *data, size_t total, unsigned workers) {
  (void)data, (void)total, (void)workers;
}
static void told_moved(void *data, const Node *n, int64_t rows, int64_t bytes, int64_t all) {
  (void)data, (void)n, (void)rows, (void)bytes, (void)all;
}

// One opening: its options, what it told.
typedef struct Opened {
  Run run;
  RunOptions options;
  Reporter report;
  Told told;
  bool good;
} Opened;

static void open_as(Look *l, Opened *o, const RunOptions *options, OpenLevel level) {
  o->options = *options;
  o->told = (Told){.a = l->a};
  pthread_mutex_init(&o->told.lock, NULL);
  o->report = (Reporter){.data = &o->told,
                         .opened = told_opened,
                         .event = told_event,
                         .progress = told_progress,
                         .moved = told_moved};
  o->good = run_open(&o->run, &o->options, &o->report, level);
}

static void close(Opened *o) {
  run_close(&o->run);
  pthread_mutex_destroy(&o->told.lock);
}

// The options of `starc parse`, as the environment and this command line have them.
static bool parse_options(Look *l, RunOptions *out) {
  Run *r = l->run;
  const RunOptions *own = r->options;
  char *words[] = {"starc", "parse", "--project-dir", str_cstr(l->a, own->init_from), NULL};
  Str message = {0};
  if (!own->parse(l->a, 4, words, out, &message)) {
    diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "%.*s", STR_ARG(message));
    return run_report(r) && false;
  }
  out->profiles_dir = own->profiles_dir.len ? own->profiles_dir : out->profiles_dir;
  out->profile = own->profile.len ? own->profile : out->profile;
  out->target = own->target.len ? own->target : out->target;
  out->vars = own->vars.len ? own->vars : out->vars;
  out->project_flags = own->project_flags;
  out->profiles_by_dotenv = own->profiles_by_dotenv;
  eval_allow((unsigned)out->template_memory, (unsigned)out->template_time);
  return true;
}

// --- what was told

static bool is_of_profile(const Diag *d) {
  return str_starts(str_c(code_row(d->code)->word), STR("profile"));
}

// A variable that is not set may be one that the profile reads.
static bool may_be_of_profile(const Diag *d) {
  return is_of_profile(d) || d->code == CODE_UNKNOWN_ENV_VAR;
}

static bool any_of_profile(const Told *t) {
  for (size_t i = 0; i < t->findings.n; i++)
    if (may_be_of_profile(t->findings.items[i]) && t->findings.items[i]->severity == SEV_ERROR)
      return true;
  return false;
}

static LookFinding of_diag(Look *l, const Diag *d) {
  Str code = str_c(code_row(d->code)->word);
  bool package = str_starts(code, STR("package"));
  LookFinding f = {.area = is_of_profile(d) ? LOOK_PROFILE
                           : package        ? LOOK_PACKAGES
                                            : LOOK_PROJECT,
                   .weight = d->severity == SEV_ERROR ? LOOK_TODO : LOOK_OTHER,
                   .file = d->file,
                   .text = d->message,
                   .todo = d->hint};
  if (d->source) {
    const Source *src = d->source;
    Span span = d->span;
    source_in_file(&src, &span);
    f.file = src->path;
    f.line = source_locate(src, span.at).line;
  }
  if (d->code == CODE_PACKAGE_NOT_INSTALLED)
    f.todo = STR("run `starc deps`, then look again: models are read with their packages");
  if (d->code == CODE_UNKNOWN_ENV_VAR)
    f.area = LOOK_ENVIRONMENT;
  if (d->code == CODE_PROFILES_MISSING) {
    f.weight = LOOK_OTHER; // who builds has one, or needs none
    f.text =
        STR("no profiles.yml is found, so the project is looked at as for the embedded engine");
    f.todo =
        STR("--profiles-dir names the folder of yours; or write one: docs/reference/profiles.md");
  }
  if (code.len)
    f.text = str_fmt(l->a, "%.*s [%.*s]", STR_ARG(f.text), STR_ARG(code));
  return f;
}

// The outputs are listed with their types (look_profile).
static bool is_of_outputs(const Diag *d) {
  return d->source && str_ends(d->source->path, STR("profiles.yml"));
}

// Those of one code beyond the first few are counted.
static void add_told(Look *l, const Told *t) {
  for (size_t i = 0; i < t->findings.n; i++) {
    const Diag *d = t->findings.items[i];
    size_t before = 0, all = 0;
    if (d->code == CODE_PROFILE_TYPE && is_of_outputs(d))
      continue;
    for (size_t k = 0; k < t->findings.n; k++) {
      bool same = t->findings.items[k]->code == d->code;
      all += same;
      before += same && k < i;
    }
    if (before >= SHOWN)
      continue;
    LookFinding f = of_diag(l, d);
    if (before == SHOWN - 1 && all > SHOWN)
      f.text = str_fmt(l->a, "%.*s, and %zu more of this kind", STR_ARG(f.text), all - SHOWN);
    look_add(l, f);
  }
}

static void add_nodes(Look *l) {
  size_t n[NODE_KINDS] = {0};
  for (size_t i = 0; i < l->graph->nnodes; i++)
    n[l->graph->nodes[i]->kind]++;
  n[NODE_OPERATION] = 0;
  Str line = node_kinds_counted(l->a, n);
  LookFinding f = {.area = LOOK_PROJECT, .text = STR("it has no models, seeds or tests")};
  if (line.len)
    f.text = str_fmt(l->a, "%.*s: read without a change", STR_ARG(line));
  look_add(l, f);
}

// The release of dbt that the project is read as.
static void add_release(Look *l) {
  const Yaml *y = yaml_get(l->project->packages[0]->yaml, STR("require-dbt-version"));
  LookFinding f =
      y ? look_at(LOOK_PROJECT, LOOK_GOOD, y)
        : (LookFinding){.area = LOOK_PROJECT, .file = l->project->packages[0]->source.path};
  f.text = str_fmt(l->a, "starc behaves as dbt %s: %.*s", dbt_releases[l->project->level].level,
                   STR_ARG(l->project->level_why));
  look_add(l, f);
}

// --- printing

static size_t count(const Look *l, LookWeight weight) {
  size_t n = 0;
  for (size_t i = 0; i < l->found.n; i++)
    n += l->found.items[i].weight == weight;
  return n;
}

// What to do next, in a line.
static Str closing(Look *l) {
  size_t n = count(l, LOOK_TODO);
  if (n)
    return str_fmt(l->a, "not ready: %zu thing%s to do first (marked `to do`)", n,
                   n == 1 ? "" : "s");
  Str dir = l->run->options->init_from;
  return str_fmt(l->a, "ready: try `%s check%s%.*s%s`, then `%s build`", program_name(),
                 str_is(dir, ".") ? "" : " --project-dir ",
                 STR_ARG(str_is(dir, ".") ? STR("") : dir), l->embedded ? " --embedded" : "",
                 program_name());
}

static void print_text(Look *l) {
  Buf b = {.arena = l->a};
  buf_addf(&b, "%.*s in %.*s (nothing is changed)\n", STR_ARG(l->project->packages[0]->name),
           STR_ARG(l->project->root));
  for (int area = 0; area < LOOK_AREAS; area++) {
    bool any = false;
    for (size_t i = 0; i < l->found.n; i++) {
      const LookFinding *f = &l->found.items[i];
      if ((int)f->area != area)
        continue;
      if (!any)
        buf_addf(&b, "\n%s\n", area_names[area]);
      any = true;
      buf_addf(&b, "  %-6s  ", weight_names[f->weight]);
      if (f->line)
        buf_addf(&b, "%.*s:%u: ", STR_ARG(f->file), f->line);
      else if (f->file.len)
        buf_addf(&b, "%.*s: ", STR_ARG(f->file));
      buf_addf(&b, "%.*s\n", STR_ARG(f->text));
      Str rest = f->todo, line;
      while (rest.len && str_cut(&rest, '\n', &line))
        buf_addf(&b, "          = %.*s\n", STR_ARG(line));
    }
  }
  buf_addf(&b, "\n%.*s", STR_ARG(closing(l)));
  run_print_as(l->run, EV_DebugCmdOut, buf_str(&b));
}

static void print_json(Look *l) {
  Buf b = {.arena = l->a};
  Json j = {.out = &b, .masked = true};
  json_open_object(&j);
  json_key_str(&j, "project", l->project->packages[0]->name);
  json_key_str(&j, "folder", l->project->root);
  json_key_str(&j, "dbt_version", str_c(dbt_releases[l->project->level].level));
  json_key(&j, STR("ready"));
  json_bool(&j, !count(l, LOOK_TODO));
  json_key(&j, STR("findings"));
  json_open_array(&j);
  for (size_t i = 0; i < l->found.n; i++) {
    const LookFinding *f = &l->found.items[i];
    json_open_object(&j);
    json_key_str(&j, "area", str_c(area_names[f->area]));
    json_key_str(&j, "weight", str_c(weight_names[f->weight]));
    json_key(&j, STR("file"));
    f->file.len ? json_str(&j, f->file) : json_null(&j);
    json_key(&j, STR("line"));
    f->line ? json_int(&j, f->line) : json_null(&j);
    json_key_str(&j, "text", f->text);
    json_key_str(&j, "todo", f->todo);
    json_close_object(&j);
  }
  json_close_array(&j);
  json_close_object(&j);
  run_print(l->run, buf_str(&b));
}

// --- all of it

// With the files read: what they say without a profile and packages, then all that is there.
static int look(Look *l, Opened *files, const RunOptions *options) {
  Opened whole, inside;
  l->project = files->run.project;
  add_release(l);
  open_as(l, &whole, options, OPEN_GRAPH);
  bool again = !whole.good && !whole.run.project && any_of_profile(&whole.told);
  add_told(l, &whole.told);
  if (again) {
    RunOptions embedded = *options;
    embedded.embedded = l->embedded = true;
    embedded.target = embedded.profile = (Str){0}; // they name another place
    open_as(l, &inside, &embedded, OPEN_GRAPH);
    add_told(l, &inside.told);
  }
  const Opened *best = again ? &inside : &whole;
  l->graph = best->good ? best->run.graph : NULL;
  if (l->graph)
    add_nodes(l);
  look_features(l);
  look_profile(l);
  look_packages(l);
  look_environment(l);
  look_commands(l);
  bool json = str_is(l->run->options->output, "json");
  json ? print_json(l) : print_text(l);
  int code = count(l, LOOK_TODO) ? EXIT_FAILED : EXIT_GOOD;
  if (again)
    close(&inside);
  close(&whole);
  return code;
}

int from_dbt(Run *r) {
  Look l = {.run = r, .a = &r->arena};
  RunOptions options;
  Opened files;
  if (!parse_options(&l, &options))
    return EXIT_USAGE;
  RunOptions lenient = options;
  lenient.version_check = false; // told with the rest
  lenient.dbt_version = options.dbt_version;
  open_as(&l, &files, &lenient, OPEN_FILES);
  int code = EXIT_USAGE;
  if (files.good) {
    code = look(&l, &files, &options);
  } else {
    for (size_t i = 0; i < files.told.findings.n; i++)
      diag_add(&r->diags, files.told.findings.items[i], files.told.findings.items[i]->severity);
    run_report(r);
  }
  close(&files);
  return code;
}
