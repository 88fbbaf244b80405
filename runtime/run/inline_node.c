// See inline_node.h.
#include "inline_node.h"

Node *node_inline(Run *r, Str option, Str sql, bool direct, Diags *diags) {
  Arena *a = &r->arena;
  Node *n = node_new(a);
  Source *src = arena_new(a, Source);
  *src = (Source){.path = option, .text = sql};
  n->kind = NODE_ANALYSIS;
  n->name = STR("inline_query");
  n->package = r->project->packages[0];
  n->id = str_fmt(a, "sql_operation.%.*s.inline_query", STR_ARG(n->package->name));
  n->path = n->original_path = STR("inline_query.sql");
  n->fqn = arena_array(a, Str, 2);
  n->fqn[0] = n->package->name;
  n->fqn[1] = n->name;
  n->nfqn = 2;
  n->source = src;
  n->raw_code = sql;
  n->body = direct ? NULL : template_parse(a, src, diags);
  n->language = STR("sql");
  n->enabled = true;
  n->config = n->unrendered_config = n->config_call = val_dict(a);
  n->meta = n->docs = n->contract = val_dict(a);
  n->constraints = n->tags = n->doc_blocks = val_list(a, 0);
  n->extra = val_none();
  n->checksum_name = STR("none");
  n->database = r->project->target->database;
  n->schema = r->project->target->schema;
  n->alias = n->name;
  // ref() and source() of an inline query may name anything.
  n->needs = r->graph->nodes;
  n->nneeds = 0;
  return n->body || direct ? n : NULL;
}
