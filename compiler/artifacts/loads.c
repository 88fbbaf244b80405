// In: a linked graph, what became of loads. Out: loads.json. See loads.h.
#include "loads.h"

#include "artifact.h"

bool loads_any(const Graph *g) {
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind == NODE_LOAD)
      return true;
  return false;
}

Value loads_read(Arena *a, Str path) {
  Source *src = arena_new(a, Source);
  Diags ignored = {0};
  Value whole = val_none();
  diags_init(&ignored);
  *src = (Source){.path = path};
  if (fs_exists(path) && fs_read(a, path, path, &src->text, &ignored) &&
      !json_read(a, src, &whole, &ignored))
    whole = val_none();
  diags_free(&ignored);
  Value loads = val_get(whole, STR("loads"));
  return val_is(loads, VAL_DICT) ? loads : val_dict(a);
}

// Where from: what is no secret of a connection, as it is written.
static void from(Json *j, const Node *n) {
  static const char *const keys[] = {"type",   "host", "port",     "dbname", "database",
                                     "schema", "path", "endpoint", "region"};
  json_key(j, STR("from"));
  json_open_object(j);
  for (size_t i = 0; i < COUNT(keys); i++) {
    const Yaml *y = yaml_get(n->load->from->value, str_c(keys[i]));
    if (!y || y->kind != YAML_SCALAR)
      continue;
    json_key(j, str_c(keys[i]));
    json_str(j, y->text);
  }
  json_close_object(j);
}

static void last_run(Json *j, Arena *a, const Project *p, const RunResult *r) {
  json_key(j, STR("last_run"));
  json_open_object(j);
  json_key_str(j, "status", run_status_names[r->status]);
  json_key_str(j, "message", r->message);
  json_key_str(j, "invocation_id", p->invocation_id);
  json_key_str(j, "started_at", artifact_time(a, r->execute_start_us));
  json_key_str(j, "ended_at", artifact_time(a, r->execute_end_us));
  json_key(j, STR("rows"));
  json_value(j, r->rows >= 0 ? val_int(r->rows) : val_none());
  static const char *const keys[] = {"bytes", "cursor", "cursor_from", "cursor_to"};
  for (size_t i = 0; i < COUNT(keys); i++) {
    Value v = val_get(r->loaded, str_c(keys[i]));
    json_key(j, str_c(keys[i]));
    json_value(j, val_is_absent(v) ? val_none() : v);
  }
  json_close_object(j);
}

// What this run found out, or an earlier one.
static void learnt(Json *j, Arena *a, const Project *p, const RunResult *r, Value had) {
  Value columns = r ? val_get(r->loaded, STR("columns")) : val_none();
  if (!val_is_seq(columns))
    columns = val_get(had, STR("columns"));
  if (val_is_seq(columns)) {
    json_key(j, STR("columns"));
    json_value(j, columns);
  }
  if (r && r->execute_start_us && r->status != RUN_SKIPPED) {
    last_run(j, a, p, r);
  } else if (val_is(val_get(had, STR("last_run")), VAL_DICT)) {
    json_key(j, STR("last_run"));
    json_value(j, val_get(had, STR("last_run")));
  }
}

static void one(Json *j, const Node *n) {
  json_key(j, n->id);
  json_open_object(j);
  json_key_str(j, "unique_id", n->id);
  json_key_str(j, "resource_type", node_kind_names[n->kind]);
  json_key_str(j, "package_name", n->package->name);
  json_key_str(j, "original_file_path", n->original_path);
  json_key_str(j, "name", n->name);
  json_key_str(j, "load", n->load->load);
  json_key_str(j, "table", n->load->table);
  json_key_str(j, "database", n->database);
  json_key_str(j, "schema", n->schema);
  json_key_str(j, "alias", n->alias);
  json_key_str(j, "relation_name", n->relation_name);
  json_key_str(j, "description", n->description);
  json_key(j, STR("tags"));
  json_value(j, n->tags);
  json_key(j, STR("config"));
  json_value(j, n->config);
  json_key(j, STR("listed"));
  json_bool(j, n->load->listed);
  json_key(j, STR("fills"));
  json_open_array(j);
  for (size_t i = 0; i < n->nfeeds; i++)
    json_str(j, n->feeds[i]->id);
  json_close_array(j);
  from(j, n);
}

static const RunResult *result_of(const Results *r, const Node *n) {
  for (size_t i = 0; r && i < r->n; i++)
    if (r->items[i]->node == n)
      return r->items[i];
  return NULL;
}

bool loads_write(const Graph *g, const Results *results, Str path, Diags *diags) {
  Artifact file;
  Arena a = {0};
  Value had = loads_read(&a, path);
  bool good = artifact_open(&file, path, diags);
  if (!good)
    goto done;
  Json *j = &file.json;
  artifact_metadata(j, g->project, STR("loads/v1"));
  json_close_object(j);
  json_key(j, STR("loads"));
  json_open_object(j);
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    if (n->kind != NODE_LOAD)
      continue;
    one(j, n);
    learnt(j, &a, g->project, result_of(results, n), val_get(had, n->id));
    json_close_object(j);
  }
  json_close_object(j);
  good = artifact_close(&file, true, diags);
done:
  arena_free(&a);
  return good;
}
