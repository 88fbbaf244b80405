// docs generate: catalog.json from the get_catalog macro, and the page. docs serve: the target
// folder over HTTP.
#include "../../compiler/artifacts/artifacts.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/load/compile.h"
#include "../../compiler/template/ops.h"
#include "../docs/page.h"
#include "../docs/server.h"
#include "../run/warehouse.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// dbt's bound: of more nodes than these, the catalog of whole schemas is asked for.
enum { MOST_RELATIONS = 100 };

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
    if (!n->relation_name.len || dict_gets(seen.dict, n->schema))
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
    if (!chosen[i] || !node->relation_name.len || dict_gets(seen.dict, node->relation_name))
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

static Str compiled_text(void *data, const Node *n) { return ((const Str *)data)[n->index]; }

// Compiles what the selection holds, for the page, the manifest and the results; a node that fails
// is shown without its compiled text, and *good is false then. Gives which nodes are chosen, by
// index; NULL: the selection is wrong, reported.
static bool *compile_nodes(Run *r, bool *good) {
  const unsigned kinds = 1u << NODE_MODEL | 1u << NODE_TEST | 1u << NODE_ANALYSIS |
                         1u << NODE_SNAPSHOT | 1u << NODE_OPERATION | 1u << NODE_SEED |
                         1u << NODE_FUNCTION;
  const Node **nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  bool *chosen = run_select(r, kinds | 1u << NODE_SOURCE);
  if (!chosen)
    return NULL;
  size_t n = 0;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (chosen[i] && r->graph->nodes[i]->kind != NODE_SOURCE)
      nodes[n++] = r->graph->nodes[i];
  run_tell_selected(r, nodes, n);
  if (n)
    run_tell_work(r, n, run_threads(r), true);
  run_compile(r, nodes, n);
  for (size_t i = 0; i < r->nresults; i++) {
    *good &= r->results[i]->status != RUN_ERROR;
    if (r->results[i]->status == RUN_ERROR && r->results[i]->diag)
      warehouse_tell(r, r->results[i]->diag, r->results[i]->node);
  }
  return chosen;
}

// asset-paths stand beside the page under their own names.
static bool copy_assets(Run *r) {
  const Package *p = r->project->packages[0];
  Arena *a = &r->arena;
  bool good = true;
  for (size_t i = 0; i < p->nasset_paths; i++) {
    FsEntry *files;
    size_t n;
    good &= fs_walk(a, fs_join(a, p->root, p->asset_paths[i]), NULL, 0, FS_LINKED_FOLDERS, &files,
                    &n, &r->diags);
    for (size_t k = 0; good && k < n; k++) {
      Str to = fs_join(a, fs_join(a, r->project->target_dir, p->asset_paths[i]), files[k].rel);
      Str text;
      good = fs_read(a, files[k].path, files[k].path, &text, &r->diags) &&
             fs_write(to, text, &r->diags);
    }
  }
  return good;
}

static int generate(Run *r) {
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  bool compiled = true, *chosen = NULL;
  if (r->options->write_catalog_compile) {
    chosen = compile_nodes(r, &compiled);
    if (!chosen)
      return EXIT_USAGE;
    if (!run_write_manifest(r))
      return EXIT_FAILED;
  }
  Value rows = val_list(&r->arena, 0);
  run_tell(r, (Event){.kind = EV_BuildingCatalog, .unseen = true}, "Building catalog");
  Conn *conn = r->options->empty_catalog ? NULL : warehouse_connect(r, "catalog");
  if (!r->options->empty_catalog && !(conn && catalog_rows(r, conn, chosen, &rows)))
    return r->signal ? 128 + r->signal : EXIT_FAILED;
  Str dir = r->project->target_dir;
  Value catalog = catalog_value(&r->arena, r->graph, chosen, rows.list->items, rows.list->n);
  Str *texts = arena_array(&r->arena, Str, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->nresults; i++)
    texts[r->results[i]->node->index] = r->results[i]->compiled_code;
  bool good = catalog_write(r->graph, catalog, val_none(),
                            fs_join(&r->arena, dir, STR("catalog.json")), &r->diags) &&
              page_write(r->graph, catalog, compiled_text, texts,
                         fs_join(&r->arena, dir, STR("index.html")), &r->diags) &&
              copy_assets(r) && run_write_results(r);
  if (!run_report(r) || !good)
    return EXIT_FAILED;
  Str path = fs_join(&r->arena, dir, STR("catalog.json"));
  run_say(r, EV_CatalogWritten, EVENT_FIELDS({"path", val_str(path)}),
          "Catalog and page written: %.*s/index.html", STR_ARG(r->target_shown));
  return r->signal ? 128 + r->signal : compiled ? EXIT_GOOD : EXIT_USAGE;
}

int task_docs_generate(RunOptions *o, Reporter *report) {
  Run r;
  int code = run_open(&r, o, report, OPEN_GRAPH) ? generate(&r) : EXIT_USAGE;
  return run_end(&r, code);
}

// --- serve

// Opens the page in the desktop's browser, where there is a desktop and somebody looks.
static void open_browser(const char *url) {
  if (!isatty(STDOUT_FILENO) || (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")))
    return;
  pid_t child;
  char *words[] = {(char[]){"xdg-open"}, (char *)(uintptr_t)url, NULL};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (!posix_spawnp(&child, words[0], &quiet, NULL, words, environ))
    waitpid(child, NULL, 0);
  posix_spawn_file_actions_destroy(&quiet);
}

static int serve(Run *r) {
  Arena *a = &r->arena;
  const RunOptions *o = r->options;
  Str page = fs_join(a, r->project->target_dir, STR("index.html"));
  if (!fs_exists(page)) {
    Diag *d =
        diag_error(&r->diags, CODE_DOCS_SERVER,
                   str_fmt(a, "%.*s/index.html", STR_ARG(r->target_shown)), "there is no page yet");
    diag_hint(&r->diags, d, "`starc docs generate` makes it");
  } else if (o->port < 0 || o->port > 65535) {
    diag_error(&r->diags, CODE_OPTION_VALUE, STR("--port"), "must be between 0 and 65535, not %lld",
               (long long)o->port);
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, NULL); // before the server's thread starts
  DocsServer *server =
      r->diags.errors ? NULL
                      : docs_server_start(a, r->project->target_dir, o->host, o->port, &r->diags);
  if (!run_report(r) || !server)
    return EXIT_USAGE;
  bool everywhere = str_is(o->host, "0.0.0.0") || str_is(o->host, "::");
  bool bracket = !everywhere && str_find(o->host, STR(":"), 0) >= 0;
  Str host = everywhere ? STR("localhost") : o->host;
  char *url = str_cstr(a, str_fmt(a, "http://%s%.*s%s:%u", bracket ? "[" : "", STR_ARG(host),
                                  bracket ? "]" : "", docs_server_port(server)));
  run_print(r, str_fmt(a,
                       "Serving docs at %u\nTo access from your browser, navigate to: %s\n"
                       "Press Ctrl+C to exit.\n",
                       docs_server_port(server), url));
  if (o->browser)
    open_browser(url);
  int got;
  sigwait(&ends, &got);
  docs_server_stop(server);
  return EXIT_GOOD;
}

int task_docs_serve(RunOptions *o, Reporter *report) {
  Run r;
  int code = run_open(&r, o, report, OPEN_PROJECT) ? serve(&r) : EXIT_USAGE;
  run_close(&r);
  return code;
}
