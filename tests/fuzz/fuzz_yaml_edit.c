// Any bytes as YAML that is edited: no crash, no hang; what closes reads as YAML again, is as long
// as its pieces say, and its diff counts its lines. The first three bytes tell what is added where.
#include "../../compiler/project/yaml_edit.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 3, MOST_NODES = 64, DEEPEST = 200 };

typedef struct Nodes {
  const Yaml *items[MOST_NODES];
  size_t n;
} Nodes;

// Lists and dicts in the order of the tree, the first ones.
static void collect(Nodes *to, const Yaml *y, unsigned depth) {
  if (to->n == MOST_NODES || depth == DEEPEST)
    return;
  if (y->kind != YAML_SCALAR || !depth)
    to->items[to->n++] = y;
  for (size_t i = 0; y->kind != YAML_SCALAR && i < y->n; i++)
    collect(to, y->kind == YAML_LIST ? y->items[i] : y->entries[i].value, depth + 1);
}

static Value column(Arena *a) {
  Value v = val_dict(a);
  dict_sets(a, v.dict, STR("name"), val_str(STR("it's: \"n\"")));
  dict_sets(a, v.dict, STR("data_type"), val_str(STR("Map(String, Int8)")));
  return v;
}

// One edit of a node. False: it cannot be made there.
static bool edit(YamlEdit *e, const Yaml *y, uint8_t how, uint8_t at) {
  Arena *a = e->arena;
  Value columns = val_list(a, 1);
  list_push(a, columns.list, column(a));
  Str key = y->kind == YAML_DICT && y->n ? yaml_str(y->entries[at % y->n].key) : (Str){0};
  switch (how % 5) {
  case 0:
    return yaml_add_item(e, y, y->kind == YAML_LIST && y->n ? at % (y->n + 1) : 0, column(a));
  case 1:
    return yaml_add_key(e, y, key, STR("description"), val_str(STR("two\nlines: #1")));
  case 2:
    return yaml_add_key(e, y, (Str){0}, STR("columns"), columns);
  case 3:
    return yaml_add_key(e, y, (Str){0}, key, columns); // one that it has
  default:
    return yaml_set_text(e, y, key, STR("- 'x'\\"));
  }
}

static size_t count(Str s, char c) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == c;
  return n;
}

// Of a diff: lines with this mark, behind the head.
static size_t marked(Str diff, char mark) {
  Str line;
  size_t n = 0, at = 0;
  while (str_cut(&diff, '\n', &line))
    n += at++ > 1 && line.len && line.ptr[0] == mark;
  return n;
}

static void check_closed(YamlEdit *e, Str old, Str text) {
  Diags d = {0};
  size_t len = old.len;
  for (size_t i = 0; i < e->patch.pieces.n; i++)
    len += e->patch.pieces.items[i].text.len - e->patch.pieces.items[i].drop;
  Source now = {.path = STR("now.yml"), .text = text};
  if (len != text.len || !yaml_load(e->arena, &now, &d))
    abort();
  diags_free(&d);
  Buf diff = {.arena = e->arena};
  patch_diff(&e->patch, old, (PatchDiff){STR("a"), STR("b"), false}, &diff);
  size_t lines = count(text, '\n') + (text.len && text.ptr[text.len - 1] != '\n');
  size_t before = count(old, '\n') + (old.len && old.ptr[old.len - 1] != '\n');
  if (before + marked(buf_str(&diff), '+') - marked(buf_str(&diff), '-') != lines)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < HEAD)
    return 0;
  Arena a = {0};
  Diags d = {0};
  Source src = {.path = STR("f.yml"), .text = str_n((const char *)data + HEAD, size - HEAD)};
  const Yaml *root = yaml_load(&a, &src, &d);
  Nodes nodes = {0};
  if (root)
    collect(&nodes, root, 0);
  YamlEdit e;
  if (nodes.n) {
    yaml_edit_open(&e, &a, &src, root);
    bool good = edit(&e, nodes.items[data[1] % nodes.n], data[0], data[2]);
    if (data[0] & 0x80) // a second one beside it
      good |= edit(&e, nodes.items[data[2] % nodes.n], data[0] / 5, data[1]);
    Str text;
    if (good && yaml_edit_close(&e, &text, &d))
      check_closed(&e, src.text, text);
  }
  Buf shown = {.arena = &a};
  for (const Diag *f = d.first; f; f = f->next)
    diag_print(&shown, f, DIAG_PLAIN);
  diags_free(&d);
  arena_free(&a);
  return 0;
}
