// docs generate: catalog.json from the get_catalog macro, and the page. docs diff: the page alone,
// with what is other than it was (docs_diff.c).
#include "../../compiler/artifacts/catalog.h"
#include "../../compiler/artifacts/loads.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/load/compile.h"
#include "../../compiler/template/ops.h"
#include "../docs/site.h"
#include "../docs/site_results.h"
#include "../history/keep.h"
#include "../run/compile_nodes.h"
#include "../run/files.h"
#include "../run/remember.h"
#include "../run/signals.h"
#include "../run/source_files.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "docs_diff.h"
#include "docs_rows.h"
#include "lineage_beside.h"
#include "task.h"

// dbt's bound: of more nodes than these, the catalog of whole schemas is asked for.
enum { MOST_RELATIONS = 100 };
#define EVERY_KIND ((1u << NODE_KINDS) - 1 - (1u << NODE_OPERATION))

// The columns of a source of files, in rows as the catalog's.
static const char files_text[] =
    "{%- for column in adapter.get_columns_in_relation(starc_source) -%}"
    "{%- do starc_rows.append({'table_database': '', 'table_schema': starc_source.schema, "
    "'table_name': starc_source.identifier, 'table_type': 'external', 'table_comment': none, "
    "'table_owner': none, 'column_name': column.name, 'column_index': loop.index, "
    "'column_type': column.data_type, 'column_comment': none}) -%}{%- endfor -%}";

// Gives get_catalog's or get_catalog_relations' table, row by row as dicts.
static const char catalog_text[] =
    "{%- set s = api.Relation.create(database=target.database, schema=target.schema) -%}"
    "{%- set of = s.information_schema() -%}"
    "{%- if starc_schemas is not none -%}"
    "{%- set t = adapter.starc_macro('get_catalog')(information_schema=of, schemas=starc_schemas) "
    "-%}"
    "{%- else -%}"
    "{%- set t = adapter.starc_macro('get_catalog_relations')(information_schema=of, "
    "relations=starc_relations) -%}"
    "{%- endif -%}"
    "{%- for row in t -%}{%- do starc_rows.append(dict(zip(t.column_names, row))) -%}"
    "{%- endfor -%}";

// The schemas of all relations of the project.
static Value schemas_to_read(Run *r) {
  Value schemas = val_list(&r->arena, 4), seen = val_dict(&r->arena);
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    bool files = n->kind == NODE_SOURCE && n->info->reads.len;
    if (files || !n->relation_name.len || dict_gets(seen.dict, n->schema))
      continue;
    dict_sets(&r->arena, seen.dict, n->schema, val_none());
    list_push(&r->arena, schemas.list, val_str(n->schema));
  }
  return schemas;
}

// The relations of the chosen nodes, each once. False: they are too many to be named.
static bool relations_to_read(Run *r, const bool *chosen, Value *out) {
  Arena *a = &r->arena;
  size_t n = 0;
  Value seen = val_dict(a);
  *out = val_list(a, MOST_RELATIONS);
  for (size_t i = 0; chosen && i < r->graph->nnodes && n <= MOST_RELATIONS; i++) {
    const Node *node = r->graph->nodes[i];
    n += chosen[i];
    bool files = node->kind == NODE_SOURCE && node->info->reads.len;
    if (!chosen[i] || files || !node->relation_name.len ||
        dict_gets(seen.dict, node->relation_name))
      continue;
    dict_sets(a, seen.dict, node->relation_name, val_none());
    list_push(a, out->list, relation_of_node(a, &r->shared, node));
  }
  return chosen && n <= MOST_RELATIONS;
}

// The catalog's rows as dicts. chosen: which nodes it is about, by index; NULL: all.
static bool catalog_rows(Run *r, Conn *conn, const bool *chosen, Value *rows) {
  Context *c = arena_new(&r->arena, Context);
  Value relations, out;
  bool few = relations_to_read(r, chosen, &relations);
  *rows = val_list(&r->arena, 0);
  if (few && !relations.list->n)
    return true;
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &conn->db);
  context_set(c, STR("starc_schemas"), few ? val_none() : schemas_to_read(r));
  context_set(c, STR("starc_relations"), relations);
  context_set(c, STR("starc_rows"), *rows);
  bool good = context_eval(c, str_c(catalog_text), &out, &r->diags);
  context_settle(c, conn, good);
  if (!good)
    warehouse_report(r, c);
  return good;
}

// Files that cannot be read leave their source without columns, which is told.
static void files_rows(Run *r, Conn *conn, const bool *chosen, Value rows) {
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    if (n->kind != NODE_SOURCE || !n->info->reads.len || (chosen && !chosen[i]))
      continue;
    Context *c = arena_new(&r->arena, Context);
    Diags ignored;
    Value out;
    diags_init(&ignored);
    context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &conn->db);
    context_set(c, STR("starc_source"), relation_of_node(&r->arena, &r->shared, n));
    context_set(c, STR("starc_rows"), rows);
    if (!context_eval(c, str_c(files_text), &out, &ignored)) {
      const DbError *e = context_db_error(c);
      Str hint = {0};
      Diag *d = e && source_files_blamed(r, &r->arena, context_failed_sql(c), e, &hint)
                    ? source_files_diag(n, e, hint, &r->diags)
                    : NULL;
      if (d)
        d->severity = SEV_WARNING;
    }
    diags_free(&ignored);
    context_settle(c, conn, false);
  }
}

// Whether only a part of the project was asked for.
static bool is_part(const Run *r) {
  const RunOptions *o = r->options;
  return !o->retry && (o->select.n || o->exclude.n || o->selector.len || o->models.n);
}

// Compiles what the selection holds, for the page, the manifest and the results; a node that fails
// is shown without its compiled text, and *good is false then. Gives which nodes are chosen, by
// index; NULL: the selection is wrong, reported. *shown: what the page has of all kinds; NULL: all.
static bool *compile_chosen(Run *r, bool *good, const bool **shown) {
  const Node **nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  unsigned kinds = r->options->command->kinds;
  bool *chosen = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  bool *all = run_select(r, is_part(r) ? EVERY_KIND : kinds);
  if (!all)
    return NULL;
  *shown = is_part(r) ? all : NULL;
  size_t n = 0;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    chosen[i] = all[i] && (kinds >> r->graph->nodes[i]->kind & 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (chosen[i] && r->graph->nodes[i]->kind != NODE_SOURCE)
      nodes[n++] = r->graph->nodes[i];
  compile_tell_selected(r, nodes, n);
  if (n)
    run_tell_work(r, n, run_threads(r), true);
  compile_nodes(r, nodes, n);
  for (size_t i = 0; i < r->nresults; i++) {
    *good &= r->results[i]->status != RUN_ERROR;
    if (r->results[i]->status == RUN_ERROR && r->results[i]->diag)
      warehouse_tell(r, r->results[i]->diag, r->results[i]->node);
  }
  return chosen;
}

// The folder of the page. Empty: something else stands there under the page's name; recorded.
static Str page_folder(Run *r) {
  Arena *a = &r->arena;
  Str given = r->options->output_dir, old;
  if (!given.len && command_is(r->options, CMD_DOCS_DIFF))
    return fs_join(a, r->project->target_dir, STR(DOCS_DIFF_FOLDER));
  if (!given.len)
    return r->project->target_dir;
  Str path = fs_join(a, fs_absolute(a, given), STR("index.html"));
  if (!fs_exists(path))
    return fs_absolute(a, given);
  Str shown = fs_join(a, given, STR("index.html"));
  if (!fs_read(a, path, shown, &old, &r->diags))
    return (Str){0};
  if (str_find(old, STR("<meta name=\"generator\" content=\"starc\">"), 0) >= 0)
    return fs_absolute(a, given);
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, shown,
                       "this file is not of `starc docs generate`, and stays as it is");
  diag_hint(&r->diags, d, "name a folder of the page's own with --output-dir");
  return (Str){0};
}

// asset-paths stand beside the page under their own names.
static bool copy_assets(Run *r, Str folder) {
  const Package *p = r->project->packages[0];
  Arena *a = &r->arena;
  bool good = true;
  for (size_t i = 0; i < p->nasset_paths; i++) {
    FsEntry *files;
    size_t n;
    good &= fs_walk(a, fs_join(a, p->root, p->asset_paths[i]), NULL, 0, FS_LINKED_FOLDERS, &files,
                    &n, &r->diags);
    for (size_t k = 0; good && k < n; k++) {
      Str to = fs_join(a, fs_join(a, folder, p->asset_paths[i]), files[k].rel);
      Str text;
      good = fs_read(a, files[k].path, files[k].path, &text, &r->diags) &&
             fs_write(to, text, &r->diags);
    }
  }
  return good;
}

// The results of the folder that --results names, else of the target folder, before this command's
// own take their place there. False: the one that was named has none that can be read, recorded;
// what is wrong with the target's is only told.
static bool earlier_results(Run *r, StateIndex **out) {
  Arena *a = &r->arena;
  Str given = r->options->results;
  if (given.len) {
    *out = site_results_load(a, fs_absolute(a, given), given, &r->diags);
    if (*out && !(*out)->has_results && !(*out)->has_sources) {
      Diag *d = diag_error(&r->diags, CODE_STATE_MISSING, STR("--results"),
                           "'%.*s' has no run_results.json and no sources.json", STR_ARG(given));
      diag_hint(&r->diags, d, "give the folder with the artifacts of a run");
    }
    return run_report(r) && !r->diags.errors;
  }
  Diags own;
  diags_init(&own);
  *out = site_results_load(a, r->project->target_dir, r->target_shown, &own);
  if (!*out) {
    const Diag *why = own.last;
    Diag *d = diag_warn(&r->diags, why->code, why->source ? why->source->path : why->file, "%.*s",
                        STR_ARG(why->message));
    diag_hint(&r->diags, d, "the page is made without the results of the last run");
  }
  diags_free(&own);
  return run_report(r);
}

// So many runs of each node are in the page.
enum { RUNS_SHOWN = 30 };

// What the last run of a node sent, as its file in target/run has it.
static Str what_ran(void *data, Arena *a, const Node *n) {
  enum { MOST = 1 << 20 };
  Diags unread;
  Str text = {0};
  diags_init(&unread);
  Str path = run_path(a, data, "run", n);
  if (fs_exists(path) && !(fs_read(a, path, path, &text, &unread) && text.len <= MOST))
    text = (Str){0};
  diags_free(&unread);
  return str_trim(text);
}

// What is kept of this target's runs. NULL: results of another folder are wanted, or nothing can be
// read, which is told.
static const History *kept_runs(Run *r) {
  if (r->options->results.len)
    return NULL;
  History *kept = arena_new(&r->arena, History);
  HistoryAsk ask = {.target = r->project->profile->chosen, .per_node = RUNS_SHOWN};
  return run_history(r, &ask, kept) ? kept : NULL;
}

// Writes the page and what belongs to it: of docs generate catalog.json and the results too. False:
// reported.
static bool write_all(Run *r, const SiteFound *found, Str folder) {
  bool diff = command_is(r->options, CMD_DOCS_DIFF);
  Str catalog = fs_join(&r->arena, r->project->target_dir, STR("catalog.json"));
  bool good =
      (diff || catalog_write(r->graph, found->catalog, val_none(), catalog, &r->diags)) &&
      site_write(r->graph, found, fs_join(&r->arena, folder, STR("index.html")), &r->diags) &&
      copy_assets(r, folder) && (diff || run_write_results(r));
  return run_report(r) && good;
}

static void tell_written(Run *r, const SiteFound *found) {
  Str given = r->options->output_dir;
  Str path = fs_join(&r->arena, r->project->target_dir, STR("catalog.json"));
  if (found->diff)
    docs_diff_tell(r, found->diff, found->chosen,
                   given.len ? given : fs_join(&r->arena, r->target_shown, STR(DOCS_DIFF_FOLDER)));
  else
    run_say(r, EV_CatalogWritten, EVENT_FIELDS({"path", val_str(path)}),
            "Catalog and page written: %.*s/index.html",
            STR_ARG(given.len ? given : r->target_shown));
}

static int generate(Run *r) {
  const RunOptions *o = r->options;
  StateIndex *outcome = NULL;
  SiteConfig config;
  SiteThen then = {0};
  bool diff = command_is(o, CMD_DOCS_DIFF);
  Str folder = page_folder(r);
  bool set = site_config(&r->arena, r->project, &config, &r->diags);
  if (!run_report(r) || !folder.len || !set || (diff && !docs_diff_open(r, &then)) ||
      !earlier_results(r, &outcome))
    return EXIT_USAGE;
  Str no_lineage = {0};
  bool looks = o->write_catalog_compile && !o->empty_catalog && !(diff && docs_diff_in_target(r));
  int stopped = looks ? lineage_beside(r, &no_lineage) : EXIT_GOOD;
  if (stopped)
    return stopped;
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  bool compiled = true, *chosen = NULL;
  const bool *shown = NULL;
  if (r->options->write_catalog_compile) {
    chosen = compile_chosen(r, &compiled, &shown);
    if (!chosen)
      return EXIT_USAGE;
    if (!diff && !run_write_manifest(r))
      return EXIT_FAILED;
  } else if (is_part(r)) {
    shown = run_select(r, EVERY_KIND);
    if (!shown)
      return EXIT_USAGE;
  }
  Value rows = val_list(&r->arena, 0);
  run_tell(r, (Event){.kind = EV_BuildingCatalog, .unseen = true}, "Building catalog");
  Conn *conn = r->options->empty_catalog ? NULL : warehouse_connect(r, "catalog");
  if (!r->options->empty_catalog && !(conn && catalog_rows(r, conn, chosen, &rows)))
    return r->signal ? 128 + r->signal : conn ? EXIT_FAILED : EXIT_USAGE;
  if (conn)
    files_rows(r, conn, chosen, rows);
  Str dir = r->project->target_dir;
  Value catalog = catalog_value(&r->arena, r->graph, chosen, rows.list->items, rows.list->n);
  const RunResult **results = arena_array(&r->arena, const RunResult *, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->nresults; i++)
    results[r->results[i]->node->index] = r->results[i];
  bool stale = diff && docs_diff_in_target(r); // lineage.json is of the earlier project
  Value lineage = stale ? val_none() : docs_lineage(r, dir);
  SiteFound found = {
      .catalog = catalog,
      .loads = loads_read(&r->arena, fs_join(&r->arena, dir, STR("loads.json"))),
      .lineage = lineage,
      .rows = conn ? docs_rows(r, conn, chosen) : val_none(),
      .results = {kept_runs(r), outcome},
      .config = config,
      .chosen = shown,
      .light = o->light,
      .compiled = results,
      .ran = diff || o->results.len ? NULL : what_ran,
      .ran_data = r,
      .target = r->project->profile->chosen,
      .database = r->project->profile->target->type,
      .commit = history_commit(&r->arena, r->project->root),
      .diff = diff ? docs_diff_compare(r, &then, catalog, lineage) : NULL,
  };
  if (!write_all(r, &found, folder))
    return EXIT_FAILED;
  if (no_lineage.len) // what ended the command for the same cause has told it
    run_tell(r, (Event){.kind = EV_LineageUnknown, .level = LEVEL_WARN},
             "lineage.json is not written: %.*s ('starc lineage' says more)", STR_ARG(no_lineage));
  tell_written(r, &found);
  return r->signal ? 128 + r->signal : compiled ? EXIT_GOOD : EXIT_USAGE;
}

int task_docs_generate(RunOptions *o, Reporter *report) { return run_task(o, report, generate); }
int task_docs_diff(RunOptions *o, Reporter *report) { return run_task(o, report, generate); }
