// See file.h. What is read may be of anybody: each part is looked at before it is taken.
#include "file.h"
#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/clock.h"
#include "draft.h"

// --- writing

static void text_or_nothing(Json *j, const char *key, Str s) {
  if (!s.len)
    return;
  json_name(j, str_c(key));
  json_str(j, s);
}

static void write_inputs(Json *j, const LineageGraph *g, const char *key, LineageEdges inputs) {
  json_name(j, str_c(key));
  json_open_array(j);
  for (uint32_t i = 0; i < inputs.n; i++) {
    const LineageColumn *from = &g->columns[inputs.items[i].column];
    json_open_object(j);
    json_key_str(j, "node", g->nodes[from->node].id);
    json_name(j, STR("column"));
    if (from->name.len)
      json_str(j, from->name);
    else
      json_null(j);
    json_key_str(j, "step", lineage_steps[inputs.items[i].step]);
    json_close_object(j);
  }
  json_close_array(j);
}

static void write_keys(Json *j, Str keys) {
  Str config;
  if (!keys.len)
    return;
  json_name(j, STR("keys"));
  json_open_array(j);
  while (str_cut(&keys, ' ', &config))
    json_str(j, config);
  json_close_array(j);
}

static void write_column(Json *j, const LineageGraph *g, const LineageColumn *c) {
  json_open_object(j);
  json_key_str(j, "name", c->name);
  text_or_nothing(j, "type", c->type);
  text_or_nothing(j, "unknown", c->unknown);
  write_keys(j, c->keys);
  write_inputs(j, g, "inputs", c->inputs);
  json_close_object(j);
}

static void write_node(Json *j, const LineageGraph *g, const LineageNode *n) {
  json_key(j, n->id);
  json_open_object(j);
  json_key_str(j, "name", n->name);
  json_key_str(j, "kind", n->kind);
  text_or_nothing(j, "materialized", n->made);
  text_or_nothing(j, "relation", n->relation);
  text_or_nothing(j, "unknown", n->unknown);
  json_name(j, STR("columns"));
  json_open_array(j);
  for (uint32_t i = 0; i < n->ncolumns; i++)
    write_column(j, g, &g->columns[n->rows + 1 + i]);
  json_close_array(j);
  write_inputs(j, g, "rows", g->columns[n->rows].inputs);
  text_or_nothing(j, "rows_unknown", g->columns[n->rows].unknown);
  json_close_object(j);
}

void lineage_write_nodes(Json *j, const LineageGraph *g, const uint32_t *nodes, size_t n) {
  json_name(j, STR("nodes"));
  json_open_object(j);
  for (size_t i = 0; i < n; i++)
    write_node(j, g, &g->nodes[nodes[i]]);
  json_close_object(j);
}

static void write_metadata(Json *j, const LineageGraph *g, const Project *p, Str type, Str stamp) {
  Arena a = {0};
  LineageCounts counts = lineage_count(g);
  json_name(j, STR("metadata"));
  json_open_object(j);
  json_key_str(j, "form", STR("starc lineage"));
  json_name(j, STR("version"));
  json_int(j, LINEAGE_VERSION);
  json_key_str(j, "generated_at", artifact_time(&a, clock_us()));
  json_key_str(j, "invocation_id", p->invocation_id);
  json_key_str(j, "project_name", p->packages[0]->name);
  json_key_str(j, "adapter_type", type);
  json_key_str(j, "made_from", stamp);
  json_name(j, STR("columns_made"));
  json_int(j, (int64_t)counts.made);
  json_name(j, STR("columns_exact"));
  json_int(j, (int64_t)counts.exact);
  json_close_object(j);
  arena_free(&a);
}

bool lineage_write(const LineageGraph *g, const Project *p, Str type, Str stamp, Str path,
                   Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  write_metadata(&file.json, g, p, type, stamp);
  uint32_t *all = arena_array(&file.scratch, uint32_t, g->nnodes + 1);
  for (uint32_t i = 0; i < g->nnodes; i++)
    all[i] = i;
  lineage_write_nodes(&file.json, g, all, g->nnodes);
  return artifact_close(&file, false, diags);
}

// --- reading

Str lineage_file_stamp(Str text) {
  enum { HEAD = 2000 };
  Str head = str_sub(text, 0, text.len < HEAD ? text.len : HEAD), key = STR("\"made_from\"");
  ptrdiff_t at = str_find(head, key, 0);
  ptrdiff_t open = at < 0 ? -1 : str_find(head, STR("\""), (size_t)at + key.len);
  ptrdiff_t close = open < 0 ? -1 : str_find(head, STR("\""), (size_t)open + 1);
  return close < 0 ? (Str){0} : str_sub(head, (size_t)open + 1, (size_t)close);
}

typedef struct Reader {
  const Source *src;
  Diags *diags;
  LineageDraft *draft;
  const Graph *project;
} Reader;

static bool refuse(Reader *r, const char *what, Str where) {
  Diag *d = diag_error(r->diags, CODE_LINEAGE_FILE, r->src->path, "%s%s%.*s", what,
                       where.len ? ": " : "", STR_ARG(where));
  diag_hint(r->diags, d, "write it anew with 'starc lineage'");
  return false;
}

// The text under a key; absent: empty. False: something else is there.
static bool text_of(Value dict, const char *key, Str *out) {
  Value v = val_get(dict, str_c(key));
  *out = v.kind == VAL_STR ? val_text(v) : (Str){0};
  return v.kind == VAL_STR || val_is_absent(v);
}

// False: they are no list of texts.
static bool read_keys(Reader *r, DraftColumn *column, Value keys) {
  bool good = val_is_absent(keys) || keys.kind == VAL_LIST;
  for (size_t i = 0; good && i < val_count(keys); i++) {
    good = keys.list->items[i].kind == VAL_STR;
    if (good)
      draft_column_key(r->draft, column, val_text(keys.list->items[i]));
  }
  return good;
}

static bool read_columns(Reader *r, DraftNode *n, Value node, Str id) {
  Value columns = val_get(node, STR("columns"));
  Str name, type, unknown;
  if (columns.kind != VAL_LIST)
    return refuse(r, "a node has no list of columns", id);
  for (size_t i = 0; i < columns.list->n; i++) {
    Value c = columns.list->items[i];
    if (!text_of(c, "name", &name) || !name.len || !text_of(c, "type", &type) ||
        !text_of(c, "unknown", &unknown))
      return refuse(r, "a column is not of this form", id);
    DraftColumn *column = draft_column(r->draft, n, name);
    draft_column_type(column, type);
    draft_column_unknown(column, unknown);
    if (!read_keys(r, column, val_get(c, STR("keys"))))
      return refuse(r, "a column is not of this form", id);
  }
  if (!text_of(node, "rows_unknown", &unknown))
    return refuse(r, "a node is not of this form", id);
  draft_column_unknown(draft_column(r->draft, n, (Str){0}), unknown);
  return true;
}

static bool read_node(Reader *r, Str id, Value node) {
  LineageNode what = {.id = id};
  if (!id.len || node.kind != VAL_DICT || !text_of(node, "name", &what.name) ||
      !text_of(node, "kind", &what.kind) || !what.name.len || !what.kind.len ||
      !text_of(node, "materialized", &what.made) || !text_of(node, "relation", &what.relation) ||
      !text_of(node, "unknown", &what.unknown))
    return refuse(r, "a node is not of this form", id);
  what.node = r->project ? map_get(&r->project->by_id, id) : NULL;
  if (what.node)
    what.description = what.node->description;
  return read_columns(r, draft_node(r->draft, &what), node, id);
}

static bool step_of(Str word, LineageStep *out) {
  for (unsigned i = 0; i < LINEAGE_STEPS; i++)
    if (str_eq(lineage_steps[i], word)) {
      *out = (LineageStep)i;
      return true;
    }
  return false;
}

static bool read_inputs(Reader *r, DraftColumn *to, Value inputs, Str id) {
  Str node, name, word;
  LineageStep step;
  if (inputs.kind != VAL_LIST)
    return refuse(r, "inputs are no list", id);
  for (size_t i = 0; i < inputs.list->n; i++) {
    Value in = inputs.list->items[i];
    if (!text_of(in, "node", &node) || !text_of(in, "column", &name) ||
        !text_of(in, "step", &word) || !step_of(word, &step))
      return refuse(r, "an input is not of this form", id);
    DraftNode *of = draft_find(r->draft, node);
    DraftColumn *from = of ? draft_known_column(of, name) : NULL;
    if (!from)
      return refuse(r, "an input is a column that is not there", id);
    draft_input(r->draft, to, from, step);
  }
  return true;
}

static bool read_edges(Reader *r, Str id, Value node) {
  DraftNode *n = draft_find(r->draft, id);
  const List *columns = val_get(node, STR("columns")).list;
  for (size_t i = 0; i < columns->n; i++) {
    Value c = columns->items[i];
    DraftColumn *to = draft_known_column(n, val_text(val_get(c, STR("name"))));
    if (!read_inputs(r, to, val_get(c, STR("inputs")), id))
      return false;
  }
  return read_inputs(r, draft_known_column(n, (Str){0}), val_get(node, STR("rows")), id);
}

static bool right_version(Reader *r, Value document) {
  Value metadata = val_get(document, STR("metadata"));
  Value version = val_get(metadata, STR("version"));
  if (!val_is_str(val_get(metadata, STR("form")), STR("starc lineage")) || version.kind != VAL_INT)
    return refuse(r, "this is no lineage file of starc", (Str){0});
  if (version.i == LINEAGE_VERSION)
    return true;
  Diag *d = diag_error(r->diags, CODE_LINEAGE_FILE, r->src->path,
                       "the lineage file has version %lld, and this starc reads version %d",
                       (long long)version.i, LINEAGE_VERSION);
  diag_hint(r->diags, d, "%swrite it anew with this starc: 'starc lineage'",
            version.i > LINEAGE_VERSION ? "a newer starc wrote it: use that one, or " : "");
  return false;
}

static bool read_all(Reader *r, Value nodes) {
  size_t at = 0;
  if (nodes.kind != VAL_DICT)
    return refuse(r, "it has no nodes", (Str){0});
  for (DictEntry *e; (e = dict_next(nodes.dict, &at));)
    if (!read_node(r, val_text(e->key), e->value))
      return false;
  at = 0;
  for (DictEntry *e; (e = dict_next(nodes.dict, &at));)
    if (!read_edges(r, val_text(e->key), e->value))
      return false;
  return true;
}

LineageGraph *lineage_read(Arena *a, const Source *src, const Graph *project, Diags *diags) {
  Reader r = {.src = src, .diags = diags, .draft = draft_new(a), .project = project};
  Value document;
  Diags broken = {0};
  diags_init(&broken);
  bool good = json_read(a, src, &document, &broken);
  diags_free(&broken);
  if (!good)
    refuse(&r, "this is no JSON", (Str){0});
  if (!good || !right_version(&r, document) || !read_all(&r, val_get(document, STR("nodes"))))
    return NULL;
  return draft_close(r.draft);
}
