// In: a linked graph and, if there is one, a catalog. Out: one HTML file with its data inside.
#include "page.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/graph/load_node.h"
#include "page_html.h"

#include <stdlib.h>

static bool is_text(Value v) { return v.kind == VAL_STR && v.len; }

static void columns(Json *j, const Node *n, Value known) {
  json_key(j, STR("columns"));
  json_open_array(j);
  for (size_t i = 0; i < n->ncolumns; i++) {
    Value real = val_get(known, n->columns[i]->name);
    Value type = val_get(real, STR("type"));
    json_open_object(j);
    json_key_str(j, "name", n->columns[i]->name);
    json_key_str(j, "type", type.kind == VAL_STR ? val_text(type) : n->columns[i]->data_type);
    json_key_str(j, "description", n->columns[i]->description);
    json_close_object(j);
  }
  // Columns that the database has and nobody described.
  size_t at = 0;
  for (DictEntry *e; known.kind == VAL_DICT && (e = dict_next(known.dict, &at));) {
    bool described = false;
    for (size_t i = 0; i < n->ncolumns && !described; i++)
      described = str_eq_nocase(n->columns[i]->name, val_text(e->key));
    if (described)
      continue;
    json_open_object(j);
    json_key_str(j, "name", val_text(e->key));
    Value type = val_get(e->value, STR("type"));
    json_key_str(j, "type", type.kind == VAL_STR ? val_text(type) : (Str){0});
    json_key_str(j, "description", (Str){0});
    json_close_object(j);
  }
  json_close_array(j);
}

// `owner` is what the link says, the email where it leads.
static void exposure(Json *j, const ExposureInfo *x) {
  Value name = val_get(x->owner, STR("name")), email = val_get(x->owner, STR("email"));
  // Several addresses may stand in a list; the first is the link.
  if (val_is_seq(email))
    email = email.list->n ? email.list->items[0] : val_none();
  json_key(j, STR("exposure"));
  json_open_object(j);
  json_key_str(j, "type", x->type);
  json_key_str(j, "maturity", x->maturity);
  json_key_str(j, "url", x->url);
  json_key_str(j, "owner",
               is_text(name)    ? val_text(name)
               : is_text(email) ? val_text(email)
                                : (Str){0});
  json_key_str(j, "email", is_text(email) ? val_text(email) : (Str){0});
  json_close_object(j);
}

// What a load's last run found, of a load that ran.
static void load(Json *j, const Node *n, Value known) {
  json_key(j, STR("load"));
  json_open_object(j);
  json_key_str(j, "mode", load_text(n, "mode"));
  static const char *const said[] = {"key", "cursor", "query", "where", "deleted_at", "deletes"};
  for (size_t i = 0; i < COUNT(said); i++) {
    Value v = node_config(n, str_c(said[i]));
    if (val_is_absent(v))
      continue;
    json_key(j, str_c(said[i]));
    json_value(j, v);
  }
  static const char *const found[] = {"from", "columns", "last_run"};
  for (size_t i = 0; i < COUNT(found); i++) {
    Value v = val_get(known, str_c(found[i]));
    if (val_is_absent(v))
      continue;
    json_key(j, str_c(found[i]));
    json_value(j, v);
  }
  json_close_object(j);
}

static void one_node(Json *j, Arena *a, const Node *n, const PageFound *found, Str compiled) {
  Value catalog = found->catalog;
  Value part = val_get(catalog, n->kind == NODE_SOURCE ? STR("sources") : STR("nodes"));
  json_open_object(j);
  json_key_str(j, "id", n->id);
  json_key_str(j, "kind", node_kind_names[n->kind]);
  Str label = n->name;
  if (n->kind == NODE_SOURCE)
    label = str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  json_key_str(j, "label", label);
  json_key_str(j, "description", n->description);
  json_key_str(j, "materialized", n->kind == NODE_MODEL ? node_materialized(n) : (Str){0});
  json_key_str(j, "relation", n->relation_name);
  json_key_str(j, "path", n->original_path);
  json_key(j, STR("tags"));
  json_value(j, n->tags.kind == VAL_LIST ? n->tags : val_list(a, 0));
  json_key(j, STR("parents"));
  json_open_array(j);
  for (size_t i = 0; i < n->nneeds; i++)
    json_str(j, n->needs[i]->id);
  json_close_array(j);
  columns(j, n, val_get(val_get(part, n->id), STR("columns")));
  if (n->kind == NODE_LOAD)
    load(j, n, val_get(found->loads, n->id));
  if (n->more->exposure)
    exposure(j, n->more->exposure);
  if (n->test) {
    const Node *tested = n->test->attached ? n->test->attached : n->test->on_source;
    json_key_str(j, "tested", tested ? tested->id : (Str){0});
    json_key_str(j, "column", n->test->column_name);
    json_key_str(j, "test", n->test->generic ? n->test->test_name : n->name);
  }
  json_key_str(j, "raw", n->raw_code);
  json_key_str(j, "compiled", compiled);
  json_close_object(j);
}

// Inside <script> a "<" could start "</script" or "<!--"; \u003c is the same text in JSON.
static void add_script_safe(Buf *out, Str json) {
  size_t from = 0;
  for (ptrdiff_t at; (at = str_find(json, STR("<"), from)) >= 0; from = (size_t)at + 1) {
    buf_add(out, str_sub(json, from, (size_t)at));
    buf_adds(out, "\\u003c");
  }
  buf_add(out, str_sub(json, from, json.len));
}

bool page_write(const Graph *g, const PageFound *found, Str (*compiled)(void *data, const Node *n),
                void *data, Str path, Diags *diags) {
  Arena scratch = {0};
  Buf json = {0}, out = {0};
  Json j = {.out = &json};
  json_open_object(&j);
  json_key_str(&j, "project", g->project->packages[0]->name);
  json_key_str(&j, "made", str_sub(artifact_time(&scratch, g->project->started_us), 0, 10));
  Str overview = {0};
  for (size_t i = 0; i < g->ndocs; i++)
    if (str_is(g->docs[i]->name, "__overview__") && g->docs[i]->package->is_root)
      overview = g->docs[i]->contents;
  json_key_str(&j, "overview", overview);
  json_key(&j, STR("nodes"));
  json_open_array(&j);
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind != NODE_OPERATION)
      one_node(&j, &scratch, g->nodes[i], found, compiled ? compiled(data, g->nodes[i]) : (Str){0});
  json_close_array(&j);
  json_close_object(&j);

  Str page = str_n(page_html, page_html_len), mark = STR("/*DATA*/");
  ptrdiff_t at = str_find(page, mark, 0);
  buf_add(&out, str_sub(page, 0, (size_t)at));
  add_script_safe(&out, secret_mask(&scratch, buf_str(&json)));
  buf_add(&out, str_sub(page, (size_t)at + mark.len, page.len));
  bool ok = fs_write_quick(path, buf_str(&out), diags);
  buf_free(&json);
  buf_free(&out);
  arena_free(&scratch);
  return ok;
}
