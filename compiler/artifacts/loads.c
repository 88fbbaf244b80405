// In: a linked graph. Out: loads.json. See loads.h.
#include "loads.h"

#include "artifact.h"

bool loads_any(const Graph *g) {
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind == NODE_LOAD)
      return true;
  return false;
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
  json_key(j, STR("fills"));
  json_open_array(j);
  for (size_t i = 0; i < n->nfeeds; i++)
    json_str(j, n->feeds[i]->id);
  json_close_array(j);
  json_close_object(j);
}

bool loads_write(const Graph *g, Str path, Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  Json *j = &file.json;
  artifact_metadata(j, g->project, STR("loads/v1"));
  json_close_object(j);
  json_key(j, STR("loads"));
  json_open_object(j);
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind == NODE_LOAD)
      one(j, g->nodes[i]);
  json_close_object(j);
  return artifact_close(&file, true, diags);
}
