// Any bytes as a lineage.json: no crash, no hang; what is read can be walked, shown in each form,
// and what is written of it reads back with the same nodes, columns and inputs.
#include "../../compiler/value/json.h"
#include "../../runtime/lineage/file.h"
#include "../../runtime/lineage/forms.h"
#include "../../runtime/lineage/name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static LineageGraph *read(Arena *a, Str text, Diags *diags) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("lineage.json"), .text = text};
  return lineage_read(a, src, NULL, diags);
}

static size_t inputs_of(const LineageGraph *g) {
  size_t n = 0;
  for (uint32_t i = 0; i < g->ncolumns; i++)
    n += g->columns[i].inputs.n;
  return n;
}

// The whole graph in the file's form.
static Str written(Arena *a, const LineageGraph *g) {
  Buf out = {.arena = a};
  Json *j = arena_new(a, Json);
  *j = (Json){.out = &out};
  uint32_t *all = arena_array(a, uint32_t, g->nnodes + 1);
  for (uint32_t i = 0; i < g->nnodes; i++)
    all[i] = i;
  json_open_object(j);
  json_name(j, STR("metadata"));
  json_open_object(j);
  json_key_str(j, "form", STR("starc lineage"));
  json_name(j, STR("version"));
  json_int(j, LINEAGE_VERSION);
  json_close_object(j);
  lineage_write_nodes(j, g, all, g->nnodes);
  json_close_object(j);
  return buf_str(&out);
}

static void show(const LineageGraph *g, uint32_t column, bool influence) {
  LineageAsked asked = {
      .node = lineage_node_of(g, column),
      .starts = &column,
      .n = 1,
      .up = true,
      .down = true,
      .way = {.influence = influence, .depth = 5}
  };
  Buf out = {0};
  lineage_tree(&out, g, &asked, 80);
  lineage_json(&out, g, &asked, NULL, NULL);
  lineage_mermaid(&out, g, &asked, NULL, NULL);
  buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { SHOWN = 8 };
  Arena a = {0};
  Diags diags = {0};
  diags_init(&diags);
  LineageGraph *g = read(&a, str_dup(&a, str_n((const char *)data, size)), &diags);
  if (!g && !diags.errors)
    abort();
  for (uint32_t i = 0; g && i < g->ncolumns && i < SHOWN; i++)
    show(g, i, i & 1);
  LineageGraph *again = g ? read(&a, written(&a, g), &diags) : NULL;
  if (g && (!again || again->nnodes != g->nnodes || again->ncolumns != g->ncolumns ||
            inputs_of(again) != inputs_of(g)))
    abort();
  diags_free(&diags);
  arena_free(&a);
  return 0;
}
