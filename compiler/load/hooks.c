// In: on-run-start and on-run-end of each project file, selectors.yml. Out: operation nodes; the
// selectors' definitions, checked.
#include "hooks.h"

#include "../base/fs.h"
#include "../graph/select.h"
#include "files.h"
#include "models.h"

static void add_hook(Load *l, Package *p, Str text, int index, bool end) {
  File *f = arena_new(l->a, File);
  Source *src = arena_new(l->a, Source);
  const Yaml *y = yaml_get(p->yaml, end ? STR("on-run-end") : STR("on-run-start"));
  if (y && y->kind == YAML_LIST && (size_t)index < y->n)
    y = y->items[index];
  *src = (Source){.path = p->source.path, .text = text};
  if (y) {
    src->made_by = y->src;
    src->made_at = y->span;
  }
  const char *when = end ? "on-run-end" : "on-run-start";
  Str name = str_fmt(l->a, "%.*s-%s-%d", STR_ARG(p->name), when, index);
  *f = (File){
      .package = p, .source = src, .checksum = load_checksum(l, l->a, str_trim(p->source.text))};
  f->path = str_fmt(l->a, "hooks/%.*s.sql", STR_ARG(name));
  f->original_path = str_fmt(l->a, "./%.*s", STR_ARG(fs_basename(p->source.path)));
  Node *n = load_node(l, NODE_OPERATION, p, f, name);
  n->body = template_parse(l->a, src, l->diags);
  NodeMore *more = node_more(l->a, n);
  more->hook_index = index;
  more->hook_end = end;
  Value tags = val_list(l->a, 1);
  list_push(l->a, tags.list, val_str(str_c(when)));
  n->tags = tags;
  load_add_work(l, n, f, CONFIG_NODE);
}

void load_hooks(Load *l) {
  for (size_t i = 0; i < l->p->npackages; i++) {
    Package *p = l->p->packages[i];
    if (p->is_internal)
      continue;
    for (int end = 0; end < 2; end++) {
      Value hooks = end ? p->on_run_end : p->on_run_start;
      int index = 0;
      if (val_is(hooks, VAL_STR))
        add_hook(l, p, val_text(hooks), index, end);
      for (size_t k = 0; val_is_seq(hooks) && k < hooks.list->n; k++)
        if (val_is(hooks.list->items[k], VAL_STR))
          add_hook(l, p, val_text(hooks.list->items[k]), index++, end);
    }
  }
}

// --- selectors.yml of the root project

void load_selectors(Load *l) {
  Str path = fs_join(l->a, l->p->root, STR("selectors.yml"));
  if (!fs_exists(path))
    return;
  Source *src = arena_new(l->a, Source);
  src->path = STR("selectors.yml");
  if (!fs_read(l->a, path, src->path, &src->text, l->diags))
    return;
  Yaml *y = yaml_load(l->a, src, l->diags);
  if (!y)
    return;
  Yaml *list = yaml_get(y, STR("selectors"));
  if (!list) {
    if (y->kind == YAML_SCALAR && val_is(y->scalar, VAL_NONE))
      return;
    diag_at(l->diags, SEV_ERROR, CODE_MISSING_KEY, src, y->span,
            "selectors.yml needs the key 'selectors'");
    return;
  }
  // The whole file is a template: what is the default may depend on the target.
  if (!globals_render_scalars(l->a, &l->globals[0], list, l->diags))
    return;
  l->g->selectors_yaml = list;
  for (size_t i = 0; list->kind == YAML_LIST && i < list->n; i++) {
    Str name = yaml_str(yaml_get(list->items[i], STR("name")));
    if (!map_get(&l->g->selector_of, name))
      map_put(l->a, &l->g->selector_of, name, list->items[i]);
  }
  if (!select_check_selectors(l->a, l->g, l->diags))
    return; // a definition without an end may be among them
  l->g->selectors = select_selectors_value(l->a, list);
}
