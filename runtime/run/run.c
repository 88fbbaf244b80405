// Opening a project for a task: options, profile, flags, graph; and what every task needs: events,
// findings, results, paths.
#include "run.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/program.h"

#include "../../compiler/artifacts/loads.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/graph/select.h"
#include "../../compiler/graph/state.h"
#include "../../compiler/project/check.h"
#include "../load/listing.h"
#include "../serve/share.h"
#include "../session/comment.h"
#include "args.h"
#include "errors.h"
#include "journal.h"
#include "reports.h"
#include "rounds.h"
#include "sessions.h"
#include "signals.h"
#include "user_settings.h"
#include "version.h"
#include "warn.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

// The layout of JSON lines, as dbt counts it.
enum { LOG_VERSION = 3 };

bool run_stopped(const Run *r) { return atomic_load(&r->stop.stop); }

// --- talking

NodeState *run_node_state(Run *r, const Node *n) {
  const Graph *g = r->graph;
  bool known = r->states && n->index < g->nnodes && str_eq(g->nodes[n->index]->id, n->id);
  return known ? &r->states[n->index] : &r->other_state;
}

static const Group *group_of(const Graph *g, const Node *n) {
  return g && n->group.len ? map_get(&g->by_group, n->group) : NULL;
}

void run_event(Run *r, Event e) {
  if (e.level == LEVEL_OWN)
    e.level = event_row(e.kind)->level;
  if (e.shown_with == LEVEL_OWN)
    e.shown_with = e.level;
  if (e.node) {
    e.group = group_of(r->graph, e.node);
    if (e.state.phase == PHASE_NONE)
      e.state = *run_node_state(r, e.node);
  }
  e.unseen |= r->options->rounds && rounds_hide(r->options->rounds, &e);
  r->report->event(r->report->data, &e);
}

__attribute__((format(printf, 3, 0))) static void tell(Run *r, Event e, const char *fmt,
                                                       va_list ap) {
  Arena a = {0};
  Buf b = {.arena = &a};
  buf_room(&b, 4096); // a statement, mostly
  buf_addvf(&b, program_words(&a, fmt), ap);
  e.msg = buf_str(&b);
  run_event(r, e);
  arena_free(&a);
}

void run_tell(Run *r, Event e, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  tell(r, e, fmt, ap);
  va_end(ap);
}

void run_say(Run *r, EventKind kind, const EventField *fields, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  tell(r, (Event){.kind = kind, .fields = fields}, fmt, ap);
  va_end(ap);
}

unsigned run_threads(const Run *r) {
  int64_t n = r->options->single_threaded ? 1
              : r->options->threads       ? r->options->threads
                                          : r->project->target->threads;
  return n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
}

void run_tell_work(Run *r, size_t nodes, unsigned threads, bool unseen) {
  run_tell(r,
           (Event){.kind = EV_ConcurrencyLine,
                   .fields = EVENT_FIELDS({"node_count", val_int((int64_t)nodes)},
                                          {"num_threads", val_int(threads)},
                                          {"target_name", val_str(r->project->target->name)}),
                   .unseen = unseen},
           "%zu node%s, %u thread%s", nodes, nodes == 1 ? "" : "s", threads,
           threads == 1 ? "" : "s");
}

void run_blank(Run *r, Level below) {
  run_event(r, (Event){.kind = EV_Formatting, .shown_with = below});
}

void run_print_as(Run *r, EventKind kind, Str text) {
  run_event(r, (Event){.kind = kind, .msg = text, .bare = true});
}

void run_print(Run *r, Str text) { run_print_as(r, EV_PrintEvent, text); }

void run_tell_finding(Run *r, EventKind kind, const Diag *d, const Node *n) {
  static const Level levels[] = {
      [SEV_ERROR] = LEVEL_ERROR, [SEV_WARNING] = LEVEL_WARN, [SEV_NOTE] = LEVEL_INFO};
  Buf plain = {0};
  diag_print(&plain, d, DIAG_PLAIN);
  Str text = str_trim(buf_str(&plain));
  enum { MOST = 16 };
  Value path = val_str(d->source ? d->source->path : d->file);
  EventField fields[MOST + 1] = {
      {"code",               val_str(str_c(code_row(d->code)->word))},
      {"exc",                val_str(text)                          },
      {"file",               path                                   },
      {"file_path",          path                                   },
      {"original_file_path", path                                   }
  };
  size_t n_fields = 5;
  for (const DiagPart *p = d->parts; p && n_fields < MOST; p = p->next)
    fields[n_fields++] = (EventField){p->name, val_str(p->text)};
  run_event(r, (Event){.kind = kind,
                       .level = levels[d->severity],
                       .msg = text,
                       .fields = fields,
                       .finding = d,
                       .node = n});
  buf_free(&plain);
}

static EventKind finding_kind(const Run *r, const Diag *d, const Node *n) {
  if (d->severity == SEV_ERROR)
    return n ? EV_RunResultError : r->error_kind ? r->error_kind : EV_MainEncounteredError;
  return d->severity == SEV_WARNING ? warn_event(d->code) : EV_FindingNote;
}

void run_finding(Run *r, const Diag *d, const Node *n) {
  run_tell_finding(r, finding_kind(r, d, n), d, n);
  run_keep_finding(r, d, n);
}

void run_keep_finding(Run *r, const Diag *d, const Node *n) {
  if (!r->options->reports.n)
    return;
  const Diag *copy = result_diag(r, d);
  pthread_mutex_lock(&r->lock);
  ReportFinding *kept = arena_new(&r->results_arena, ReportFinding);
  *kept = (ReportFinding){copy, n, NULL};
  if (r->last_finding)
    r->last_finding->next = kept;
  else
    r->findings = kept;
  r->last_finding = kept;
  pthread_mutex_unlock(&r->lock);
}

bool run_report(Run *r) {
  bool good = true;
  for (Diag *d = r->diags.first; d; d = d->next) {
    WarnRule rule = d->severity == SEV_WARNING ? warn_rule(r, d->code) : WARN_SHOWN;
    if (rule == WARN_SILENT)
      continue;
    if (rule == WARN_ERROR)
      d->severity = SEV_ERROR;
    good &= d->severity != SEV_ERROR;
    r->errors += d->severity == SEV_ERROR;
    r->warnings += d->severity == SEV_WARNING;
    r->profile_failed |=
        d->severity == SEV_ERROR && !strncmp(code_row(d->code)->word, "profile", 7);
    run_finding(r, d, NULL);
  }
  diags_free(&r->diags);
  diags_init(&r->diags);
  return good;
}

// --- what templates say

static void template_log(void *data, const Node *n, Str text, bool info) {
  run_event(data,
            (Event){.kind = info ? EV_JinjaLogInfo : EV_JinjaLogDebug, .msg = text, .node = n});
}

static void template_print(void *data, Str text) {
  Run *r = data;
  if (r->options->print)
    run_print(r, text);
}

// Its event has the words alone; reports have it as a finding.
static void keep_warning(Run *r, const Node *n, const Source *src, Span at, Str text) {
  if (!r->options->reports.n)
    return;
  Diags diags = {0};
  diags_init(&diags);
  Diag *d = diag_at(&diags, SEV_WARNING, CODE_RAISED_WARNING, src, at, "%.*s", STR_ARG(text));
  if (!d->source && n)
    d->file = n->original_path;
  run_keep_finding(r, d, n);
  diags_free(&diags);
}

static bool template_warn(void *data, const Node *n, const Source *src, Span at, Str text) {
  Run *r = data;
  WarnRule rule = warn_rule(r, CODE_RAISED_WARNING);
  if (rule != WARN_SHOWN)
    return rule == WARN_SILENT;
  run_event(r, (Event){.kind = EV_JinjaLogWarning, .msg = text, .node = n});
  keep_warning(r, n, src, at, text);
  return true;
}

static bool template_warn_at(void *data, const Node *n, const Diag *d) {
  Run *r = data;
  WarnRule rule = warn_rule(r, d->code);
  if (rule == WARN_SHOWN)
    run_finding(r, d, n);
  return rule != WARN_ERROR;
}

static bool template_write(void *data, const Node *n, Str text) {
  Run *r = data;
  Arena a = {0};
  Diags diags = {0};
  diags_init(&diags);
  bool good = fs_write_quick(run_path(&a, r, "run", n), secret_mask(&a, text), &diags);
  diags_free(&diags);
  arena_free(&a);
  return good;
}

// --- opening

static void add_secrets(Arena *a, Value v) {
  size_t at = 0;
  if (val_is_seq(v))
    for (size_t i = 0; i < v.list->n; i++)
      add_secrets(a, v.list->items[i]);
  else if (v.kind == VAL_DICT)
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      add_secrets(a, e->value);
  else if (v.kind == VAL_STR || v.kind == VAL_INT || v.kind == VAL_FLOAT)
    secret_add(val_to_str(a, v));
}

// --vars as a dict. What stands under the name of a secret is masked from here on; a text with one
// that cannot be read is masked whole, since the error shows it.
static bool read_vars(Run *r, Str text) {
  Value *vars = &r->project_options.vars;
  r->project_options.given[0] = (Source){.path = STR("--vars"), .text = text};
  *vars = val_dict(&r->arena);
  if (text.len && !yaml_inline(&r->arena, text, STR("--vars"), vars, &r->diags)) {
    if (str_find(text, STR("DBT_EN"), 0) >= 0)
      secret_add(text);
    return false;
  }
  if (vars->kind == VAL_NONE)
    *vars = val_dict(&r->arena);
  size_t at = 0;
  for (DictEntry *e; vars->kind == VAL_DICT && (e = dict_next(vars->dict, &at));)
    if (e->key.kind == VAL_STR && secret_named(val_text(e->key)))
      add_secrets(&r->arena, e->value);
  if (vars->kind == VAL_DICT)
    return true;
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--vars"), "a mapping is needed, not %s",
                       check_kind(*vars));
  diag_hint(&r->diags, d, "for example: --vars '{key: value}'");
  return false;
}

// 1 or -1 where the command line or the environment says it, else 0.
static int version_check(const RunOptions *o) {
  bool said = o->explicit_options.kind == VAL_DICT &&
              dict_gets(o->explicit_options.dict, STR("version_check"));
  return !said ? 0 : o->version_check ? 1 : -1;
}

static void warn_of_variables(Run *r) {
  const Words *renamed = &r->options->renamed, *strange = &r->options->strange;
  for (size_t i = 0; i + 1 < renamed->n; i += 2)
    diag_hint(&r->diags,
              diag_warn(&r->diags, CODE_RENAMED_VARIABLE, STR(""), "the variable %.*s is %.*s now",
                        STR_ARG(renamed->items[i]), STR_ARG(renamed->items[i + 1])),
              "set that one in its place");
  for (size_t i = 0; i + 1 < strange->n; i += 2) {
    Diag *d = diag_warn(&r->diags, CODE_STRANGE_VARIABLE, STR(""),
                        "no option reads the variable %.*s", STR_ARG(strange->items[i]));
    Str near = strange->items[i + 1];
    if (near.len)
      diag_hint(&r->diags, d, "did you mean %.*s?", STR_ARG(near));
  }
}

static bool is_uuid(Str s) {
  bool good = s.len == 36;
  for (size_t i = 0; i < s.len && good; i++)
    good = i == 8 || i == 13 || i == 18 || i == 23 ? s.ptr[i] == '-'
                                                   : isxdigit((unsigned char)s.ptr[i]) != 0;
  return good;
}

// What the options say together. Reads --now.
static bool check_options(Run *r) {
  const RunOptions *o = r->options;
  if (o->embedded && (o->profile.len || o->target.len)) {
    diag_error(&r->diags, CODE_OPTION_VALUE, STR("--embedded"),
               "%s names another place to build in: give one of them",
               o->profile.len ? "--profile" : "--target");
  } else if (o->now.len && !batch_time_parse(o->now, &r->project_options.now_us)) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--now"), "'%.*s' is not a time",
                         STR_ARG(o->now));
    diag_hint(&r->diags, d, "as in 2025-01-31, 2025-01-31T12:00 or 2025-01-31T12:00:00, in UTC");
  } else if (o->invocation_id.len && !is_uuid(o->invocation_id)) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--invocation-id"),
                         "'%.*s' is not the id of an invocation", STR_ARG(o->invocation_id));
    diag_hint(&r->diags, d, "it is a UUID, as in 0f3a8c1e-5b7d-4e2a-9c46-d1b8f7a02e35");
  }
  return !r->diags.errors;
}

static bool open_options(Run *r) {
  RunOptions *o = r->options;
  if (o->found)
    diags_move(&r->diags, o->found);
  if (r->diags.errors)
    return false;
  r->project_options = (ProjectOptions){.project_dir = o->project_dir,
                                        .profiles_dir = o->profiles_dir,
                                        .profile = o->profile,
                                        .target = o->target,
                                        .embedded = o->embedded,
                                        .allow_library = o->allow_library,
                                        .profiles_by_dotenv = o->profiles_by_dotenv,
                                        .allow_files = o->allow_files,
                                        .target_path = o->target_path,
                                        .version_check = version_check(o),
                                        .dbt_version = o->dbt_version,
                                        .invocation_id = o->invocation_id,
                                        .packages_path = o->packages_path,
                                        .flags = run_flags(&r->arena, o),
                                        .log = template_log,
                                        .print = template_print,
                                        .data = r};
  if (!check_options(r) || !reports_ready(o, &r->diags))
    return false;
  warn_of_variables(r);
  return read_vars(r, o->vars);
}

// The flags of the project stand beside the options: flags.REQUIRE_...
static void add_project_flags(Run *r, Value flags) {
  for (const FlagDefault *f = flag_defaults; f->name; f++) {
    char *name = str_cstr(&r->arena, str_c(f->name));
    for (char *c = name; *c; c++)
      *c = (char)toupper((unsigned char)*c);
    if (r->project->level >= f->since && !dict_gets(flags.dict, str_c(name)))
      dict_sets(&r->arena, flags.dict, str_c(name), val_bool(project_flag(r->project, f->name)));
  }
}

static void open_shared(Run *r) {
  r->flags =
      (Flags){.dict = run_flags(&r->arena, r->options),
              .args = run_args(&r->arena, r->project, r->options),
              .selected = val_list(&r->arena, 0),
              .full_refresh = r->options->full_refresh,
              .store_failures = r->options->store_failures,
              .bare = command_is(r->options, CMD_COMPILE) && !r->options->inject_ephemeral_ctes,
              .empty = r->options->empty,
              .empty_seeds = r->options->empty &&
                             (r->project->level >= DBT_1_12 || command_is(r->options, CMD_SEED))};
  add_project_flags(r, r->flags.dict);
  r->shared = (ContextShared){.project = r->project,
                              .dialect = r->dialect,
                              .flags = &r->flags,
                              .arena = &r->arena,
                              .log = template_log,
                              .print = template_print,
                              .warn = template_warn,
                              .warn_at = template_warn_at,
                              .write = template_write,
                              .data = r};
  r->sessions.most = (size_t)r->options->template_memory << 20;
}

static bool open_dialect(Run *r) {
  DbError error = {.at = -1};
  r->dialect = dialect_find(r->project->target->type);
  r->sessions.engine = engine_for(r->project->target, &r->arena, &error);
  if (r->dialect && r->sessions.engine)
    return true;
  Diag *d = diag_error(&r->diags, CODE_CONNECTION_FAILED, r->project->profile->path, "%.*s",
                       STR_ARG(error.message));
  if (error.hint.len)
    diag_hint(&r->diags, d, "%.*s", STR_ARG(error.hint));
  return false;
}

static void announce(Run *r) {
  const Package *root = r->project->packages[0];
  Str log = r->options->log_path.len ? r->options->log_path : root->log_path;
  Str dir = r->options->log_path.len ? fs_absolute(&r->arena, log)
                                     : fs_join(&r->arena, r->project->root, log);
  r->target_shown = run_shown(&r->arena, r, r->project->target_dir);
  r->report->opened(r->report->data, r->project->root, dir, r->project->invocation_id);
  const Target *t = r->project->target;
  const char *dbt = dbt_releases[r->project->level].version;
  Value release = val_str(str_fmt(&r->arena, "=%s", dbt));
  const EventField *version =
      EVENT_FIELDS({"log_version", val_int(LOG_VERSION)}, {"version", release});
  if (!t) { // a command that works with files alone
    run_tell(r, (Event){.kind = EV_MainReportVersion, .fields = version, .unseen = true},
             "starc %s", STARC_VERSION);
    return;
  }
  if (t->is_default)
    run_say(r, EV_MainReportVersion, version,
            "starc %s, %s: the target is an embedded ClickHouse in .starc/warehouse", STARC_VERSION,
            r->options->embedded ? "--embedded" : "no profile found");
  else
    run_say(r, EV_MainReportVersion, version, "starc %s, target %.*s (%.*s%s%.*s)", STARC_VERSION,
            STR_ARG(t->name), STR_ARG(t->type), t->driver.len ? ", " : "", STR_ARG(t->driver));
  run_tell(r,
           (Event){.kind = EV_AdapterRegistered,
                   .level = LEVEL_INFO,
                   .fields = EVENT_FIELDS({"adapter_name", val_str(t->type)},
                                          {"adapter_version", release}),
                   .unseen = true},
           "Registered adapter: %.*s=%s", STR_ARG(t->type), dbt);
}

static void count_found(Run *r) {
  size_t n[NODE_KINDS] = {0};
  for (size_t i = 0; i < r->graph->nnodes; i++)
    n[r->graph->nodes[i]->kind]++;
  n[NODE_OPERATION] = 0;
  Str line = node_kinds_counted(&r->arena, n);
  if (!line.len)
    line = STR("no nodes: the model paths hold no files");
  run_say(r, EV_FoundStats, EVENT_FIELDS({"stat_line", val_str(line)}), "Found %.*s",
          STR_ARG(line));
}

// The folder is the project's own, as dbt has it. Read before anything is written to target/.
static bool open_state(Run *r, Str shown, StateIndex **out) {
  if (!shown.len)
    return true;
  Str dir = fs_join(&r->arena, r->project->root, shown);
  *out = state_load(&r->arena, dir, shown, r->project->target_dir, &r->diags);
  if (!*out)
    return run_report(r) && false;
  (*out)->as_written = config_is_as_written(r->project);
  if ((*out)->has_manifest)
    state_compare_macros(*out, &r->arena, r->graph);
  if (str_eq(fs_absolute(&r->arena, dir), r->project->target_dir) &&
      !command_is(r->options, CMD_DOCS_DIFF)) // which leaves it as it is
    run_say(r, EV_WarnStateTargetEqual, EVENT_FIELDS({"state_path", val_str(shown)}),
            "The state and target directories are the same: '%.*s'; each run writes over what it "
            "is compared with",
            STR_ARG(shown));
  return true;
}

static bool open_states(Run *r) {
  return open_state(r, r->options->state, &r->state) &&
         open_state(r, r->options->defer_state, &r->defer_state);
}

bool run_defer(Run *r, bool always) {
  if (!always && !r->options->defer)
    return true;
  const StateIndex *s = r->defer_state ? r->defer_state : r->state;
  if (!s) {
    Diag *d = diag_error(&r->diags, CODE_STATE_MISSING, STR(""),
                         "--state or --defer-state are required for deferral, but neither was "
                         "provided");
    diag_hint(&r->diags, d,
              "%s reads where another run built its relations: name the folder with "
              "its manifest.json",
              always ? "clone" : "--defer");
    return run_report(r);
  }
  if (!s->has_manifest) {
    state_missing(s, &r->diags, always ? "clone" : "--defer", "manifest.json");
    return run_report(r);
  }
  r->shared.deferred = &s->nodes;
  r->flags.defer = r->options->defer;
  r->flags.favor_state = r->options->favor_state;
  return true;
}

// Whether one of the criteria is of the method `load`, or a kind is `load`.
static bool names_loads(const Words *list) {
  for (size_t i = 0; i < list->n; i++) {
    Str word = list->items[i];
    if (str_is(word, "load"))
      return true;
    for (ptrdiff_t at = -1; (at = str_find(word, STR("load:"), (size_t)(at + 1))) >= 0;)
      if (!at || !str_word_char(word.ptr[at - 1]))
        return true;
  }
  return false;
}

// Sources are asked for their tables by what loads; retry goes on with those of the run before.
static bool lists_sources(const RunOptions *o) {
  if (command_is(o, CMD_LOAD))
    return true;
  return command_is(o, CMD_BUILD) && !o->retry &&
         (o->with_loads || names_loads(&o->select) || names_loads(&o->models) ||
          names_loads(&o->resource_types));
}

static bool open_graph(Run *r) {
  Str kept = fs_join(&r->arena, r->project->target_dir, STR("loads.json"));
  LoadLists lists = {r->project, lists_sources(r->options), loads_read(&r->arena, kept)};
  LoadLister lister = {load_listing, &lists};
  r->shared.lister = &lister;
  bool good = load_project(&r->arena, r->project, &r->shared, &r->loaded, &r->diags);
  r->shared.lister = NULL;
  if (!run_report(r) || !good)
    return false;
  r->graph = r->loaded.graph;
  r->states = arena_array(&r->arena, NodeState, r->graph->nnodes + 1);
  r->shared.graph = r->graph;
  r->shared.macros = r->loaded.macros;
  count_found(r);
  if (!comment_init(&r->sessions, &r->arena, &r->diags))
    return run_report(r);
  return open_states(r);
}

bool run_open(Run *r, RunOptions *o, Reporter *report, OpenLevel level) {
  *r = (Run){.options = o, .report = report, .started_us = clock_us(), .journal = -1};
  diags_init(&r->diags);
  pthread_mutex_init(&r->lock, NULL);
  run_sessions_init(r);
  bool good = open_options(r);
  r->project_options.no_profile = r->project_options.no_packages = level == OPEN_FILES;
  if (good)
    good = (r->project = project_open(&r->arena, &r->project_options, &r->diags)) != NULL;
  good = warn_read(r, o->warn_error_options) && good; // which names there are, its dbt says
  if (good && o->project_flags) {
    o->project_flags(&r->arena, o, user_settings_flags(r)); // the project's come over them
    o->project_flags(&r->arena, o, r->project->packages[0]->flags);
  }
  good = good && warn_read_flags(r);
  bool limited = o->seed_mib > 0 && o->seed_mib <= INT64_MAX >> 20;
  r->project_options.seed_hashed = limited ? o->seed_mib << 20 : INT64_MAX;
  if (good)
    announce(r);
  if (level != OPEN_FILES) {
    good = good && open_dialect(r);
    if (good)
      open_shared(r);
  }
  if (!run_report(r) || !good)
    return false;
  return level != OPEN_GRAPH || open_graph(r);
}

// What was found before anything ran has scrolled away by the end.
static void repeat_counts(Run *r) {
  Buf b = {.arena = &r->arena};
  if (r->errors)
    buf_addf(&b, "%zu error%s", r->errors, r->errors == 1 ? "" : "s");
  if (r->warnings)
    buf_addf(&b, "%s%zu warning%s", b.len ? ", " : "", r->warnings, r->warnings == 1 ? "" : "s");
  if (b.len)
    run_tell(r, (Event){.kind = EV_FindingsAbove, .level = r->errors ? LEVEL_ERROR : LEVEL_WARN},
             "See above: %.*s", STR_ARG(buf_str(&b)));
}

// Asked while other processes' statements run here, and this one is done.
static bool stops_others(void *data, unsigned running, double seconds) {
  enum { SOON_S = 1 };
  Run *r = data;
  if (seconds >= SOON_S && !r->told_others) {
    r->told_others = true;
    run_tell(r, (Event){.kind = EV_LockWaiting, .level = LEVEL_WARN},
             "%u statement%s of other processes still run%s here: waiting (Ctrl-C stops %s)",
             running, running == 1 ? "" : "s", running == 1 ? "s" : "",
             running == 1 ? "it" : "them");
  }
  return !r->ended_by && r->signal;
}

// Others' work is not undone since this run was stopped, but by Ctrl-C while it waits for them.
static void end_sharing(Run *r) {
  r->ended_by = r->signal;
  serve_share_stops(stops_others, r);
  data_folder_share_no_more();
  serve_share_stops(NULL, NULL);
}

void run_close(Run *r) {
  repeat_counts(r);
  if (r->options->rounds)
    rounds_keep(r);
  sessions_settle(&r->sessions);
  end_sharing(r);
  signals_end(r);
  sessions_close(&r->sessions);
  journal_close(r);
  if (r->shared.cache)
    relation_cache_free(r->shared.cache);
  if (r->loaded.macros)
    macros_free(r->loaded.macros);
  diags_free(&r->diags);
  pthread_mutex_destroy(&r->lock);
  arena_free(&r->results_arena);
  arena_free(&r->arena);
}

// --- selecting

// retry: the nodes that are not done, where they are still there.
static bool *retried(Run *r) {
  bool *bits = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  const Words *ids = &r->options->retry_ids;
  for (size_t i = 0; i < ids->n; i++) {
    const Node *n = map_get(&r->graph->by_id, ids->items[i]);
    if (n)
      bits[n->index] = true;
    else
      run_say(r, EV_RetriedNodeGone, EVENT_FIELDS({"unique_id", val_str(ids->items[i])}),
              "'%.*s' did not end well last time and is no longer in the project: left out",
              STR_ARG(ids->items[i]));
  }
  return bits;
}

bool *run_select(Run *r, unsigned kinds) {
  RunOptions *o = r->options;
  if (o->retry)
    return retried(r);
  Selection s = {.select = o->select.items,
                 .nselect = o->select.n,
                 .exclude = o->exclude.items,
                 .nexclude = o->exclude.n,
                 .selector = o->selector,
                 .resource_types = o->resource_types.items,
                 .nresource_types = o->resource_types.n,
                 .exclude_resource_types = o->exclude_resource_types.items,
                 .nexclude_resource_types = o->exclude_resource_types.n,
                 .indirect = o->indirect_selection};
  if (o->selector.len && (o->select.n || o->exclude.n) && r->project->level >= DBT_1_12)
    run_say(
        r, EV_SelectExcludeIgnoredWithSelectorWarning, NULL,
        "--selector says which nodes: --select and --exclude beside it are ignored; as a method "
        "it goes with them, --select selector:%.*s",
        STR_ARG(o->selector));
  if (o->models.n) {
    s.select = o->models.items;
    s.nselect = o->models.n;
    kinds &= 1u << NODE_MODEL;
  }
  s.state = r->state;
  SelectColumns columns = {o->pick_columns, r};
  s.columns = o->pick_columns ? &columns : NULL;
  bool *bits = select_nodes(&r->arena, r->graph, &s, kinds, &r->diags);
  if (!run_report(r) || !bits)
    return NULL;
  if (o->rounds)
    rounds_select(r, bits);
  return bits;
}

// --- results

Str result_text(Run *r, Str s) {
  pthread_mutex_lock(&r->lock);
  Str out = str_dup(&r->results_arena, s);
  pthread_mutex_unlock(&r->lock);
  return out;
}

Value result_value(Run *r, Value v) {
  pthread_mutex_lock(&r->lock);
  Value out = val_copy(&r->results_arena, v, true);
  pthread_mutex_unlock(&r->lock);
  return out;
}

RunResult *result_new(Run *r, const Node *n) {
  pthread_mutex_lock(&r->lock);
  RunResult *res = arena_new(&r->results_arena, RunResult);
  pthread_mutex_unlock(&r->lock);
  *res = (RunResult){.node = n, .failures = -1, .rows = -1};
  res->adapter_response = res->extra_ctes = res->keys_to = val_none();
  return res;
}

void result_add(Run *r, RunResult *res) {
  pthread_mutex_lock(&r->lock);
  vec_room(&r->results_arena, r->results, r->nresults, r->results_cap);
  r->results[r->nresults++] = res;
  pthread_mutex_unlock(&r->lock);
}

// --- paths

// Tests from YAML share one file: each has its own name below it.
Str run_path(Arena *a, const Run *r, const char *folder, const Node *n) {
  Str dir = str_fmt(a, "%.*s/%s/%.*s", STR_ARG(r->project->target_dir), folder,
                    STR_ARG(n->package->name));
  bool nested = (n->kind == NODE_TEST && n->test && n->test->generic) || n->kind == NODE_OPERATION;
  Str path = n->original_path;
  // Loads stand in a file together, and beside tests of what they fill.
  bool own_file =
      n->kind == NODE_LOAD || (n->kind == NODE_SNAPSHOT && r->project->level >= DBT_1_12);
  // Snapshots in YAML share a file too; as of dbt 1.12 any may.
  nested |= n->kind == NODE_SNAPSHOT && !str_ends_nocase(path, STR(".sql"));
  if (n->kind == NODE_UNIT_TEST) { // models/a/tests.yml/models/a/NAME.sql
    ptrdiff_t slash = str_rfind(path, STR("/"));
    path = str_fmt(a, "%.*s/%.*s%.*s.sql", STR_ARG(path),
                   STR_ARG(str_sub(path, 0, (size_t)(slash + 1))), STR_ARG(n->unit->runner->name));
  } else if (own_file) {
    path = str_fmt(a, "%.*s/%.*s.sql", STR_ARG(path), STR_ARG(n->name));
  } else if (nested) {
    path = str_fmt(a, "%.*s/%.*s", STR_ARG(path), STR_ARG(n->path));
  }
  if (n->more->batch) { // models/m.sql: models/m/m_2025-01-31.sql
    ptrdiff_t slash = str_rfind(path, STR("/")), dot = str_rfind(path, STR("."));
    Str stem = str_sub(path, 0, dot > slash ? (size_t)dot : path.len);
    Str name = str_sub(stem, (size_t)(slash + 1), stem.len);
    path = str_fmt(a, "%.*s/%.*s_%.*s%.*s", STR_ARG(stem), STR_ARG(name),
                   STR_ARG(n->more->batch->shown), STR_ARG(str_sub(path, stem.len, path.len)));
  }
  return fs_join(a, dir, path);
}

Str run_shown(Arena *a, const Run *r, Str path) {
  Str root = str_fmt(a, "%.*s/", STR_ARG(r->project->root));
  return str_starts(path, root) ? str_sub(path, root.len, path.len) : path;
}
