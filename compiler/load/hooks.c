// In: on-run-start and on-run-end of each project file, selectors.yml. Out: operation nodes; the
// selectors' definitions, checked.
#include "hooks.h"

#include "../base/fs.h"
#include "../graph/select.h"
#include "files.h"
#include "models.h"

static void add_hook(Load *load, Package *p, Str text, int index, bool end) {
  File *f = arena_new(load->a, File);
  Source *src = arena_new(load->a, Source);
  const Yaml *y = yaml_get(p->yaml, end ? STR("on-run-end") : STR("on-run-start"));
  if (y && y->kind == YAML_LIST && (size_t)index < y->n)
    y = y->items[index];
  *src = (Source){.path = p->source.path, .text = text};
  if (y) {
    src->made_by = y->src;
    src->made_at = y->span;
  }
  const char *when = end ? "on-run-end" : "on-run-start";
  Str name = str_fmt(load->a, "%.*s-%s-%d", STR_ARG(p->name), when, index);
  *f = (File){.package = p,
              .source = src,
              .checksum = load_checksum(load, load->a, str_trim(p->source.text))};
  f->path = str_fmt(load->a, "hooks/%.*s.sql", STR_ARG(name));
  f->original_path = str_fmt(load->a, "./%.*s", STR_ARG(fs_basename(p->source.path)));
  Node *n = load_node(load, NODE_OPERATION, p, f, name);
  n->body = template_parse(load->a, src, load->diags);
  NodeMore *more = node_more(load->a, n);
  more->hook_index = index;
  more->hook_end = end;
  Value tags = val_list(load->a, 1);
  list_push(load->a, tags.list, val_str(str_c(when)));
  n->tags = tags;
  load_add_work(load, n, f, CONFIG_NODE);
}

void load_hooks(Load *load) {
  for (size_t i = 0; i < load->p->npackages; i++) {
    Package *p = load->p->packages[i];
    if (p->is_internal)
      continue;
    for (int end = 0; end < 2; end++) {
      Value hooks = end ? p->on_run_end : p->on_run_start;
      int index = 0;
      if (val_is(hooks, VAL_STR))
        add_hook(load, p, val_text(hooks), index, end);
      for (size_t k = 0; val_is_seq(hooks) && k < hooks.list->n; k++)
        if (val_is(hooks.list->items[k], VAL_STR))
          add_hook(load, p, val_text(hooks.list->items[k]), index++, end);
    }
  }
}

// --- selectors.yml of the root project

void load_selectors(Load *load) {
  Str path = fs_join(load->a, load->p->root, STR("selectors.yml"));
  if (!fs_exists(path))
    return;
  Source *src = arena_new(load->a, Source);
  src->path = STR("selectors.yml");
  if (!fs_read(load->a, path, src->path, &src->text, load->diags))
    return;
  Yaml *y = yaml_load(load->a, src, load->diags);
  if (!y)
    return;
  Yaml *list = yaml_get(y, STR("selectors"));
  if (!list) {
    if (y->kind == YAML_SCALAR && val_is(y->scalar, VAL_NONE))
      return;
    diag_at(load->diags, SEV_ERROR, CODE_MISSING_KEY, src, y->span,
            "selectors.yml needs the key 'selectors'");
    return;
  }
  // The whole file is a template: what is the default may depend on the target.
  if (!globals_render_scalars(load->a, &load->globals[0], list, load->diags))
    return;
  load->g->selectors_yaml = list;
  for (size_t i = 0; list->kind == YAML_LIST && i < list->n; i++) {
    Str name = yaml_str(yaml_get(list->items[i], STR("name")));
    if (!map_get(&load->g->selector_of, name))
      map_put(load->a, &load->g->selector_of, name, list->items[i]);
  }
  if (!select_check_selectors(load->a, load->g, load->diags))
    return; // a definition without an end may be among them
  load->g->selectors = select_selectors_value(load->a, list);
}
