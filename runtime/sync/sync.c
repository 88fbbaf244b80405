// See sync.h. A file is written whole or not at all, and only if it is as it was when the project
// was read.
#include "sync.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/relation.h"
#include "../check/place.h"
#include "../check/sources.h"
#include "../check/types.h"

// --- columns

// Of a computed column of a source the type stands before a word.
static Str plain_type(Str type) {
  static const char *const words[] = {" ALIAS", " MATERIALIZED"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_ends(type, str_c(words[i])))
      type = str_sub(type, 0, type.len - strlen(words[i]));
  return type;
}

static void add_source(Run *r, const Check *k, const Node *n, SyncNodes *out) {
  Value columns = check_source_columns(k, n);
  const SourceInfo *info = n->info;
  if (columns.kind != VAL_LIST) {
    Span span;
    const Source *src = source_place(n, &span);
    Diag *d = diag_at(&r->diags, SEV_WARNING, CODE_UNKNOWN_COLUMNS, src, span,
                      "the columns of source '%.*s.%.*s' are not known", STR_ARG(info->source_name),
                      STR_ARG(n->name));
    diag_hint(&r->diags, d, "starc check --update-sources asks the target for them");
    return;
  }
  SyncColumn *own = arena_array(&r->arena, SyncColumn, columns.list->n + 1);
  for (size_t i = 0; i < columns.list->n; i++) {
    const Value *pair = columns.list->items[i].list->items;
    own[i] = (SyncColumn){.name = val_text(pair[0]), .type = plain_type(val_text(pair[1]))};
  }
  out->items[out->n++] = (SyncNode){n, own, columns.list->n};
}

static void add_checked(Run *r, const CheckedNode *c, SyncNodes *out) {
  SyncColumn *own = arena_array(&r->arena, SyncColumn, c->ncolumns + 1);
  for (size_t i = 0; i < c->ncolumns; i++)
    own[i] = (SyncColumn){.name = c->columns[i].name, .type = c->columns[i].type};
  out->items[out->n++] = (SyncNode){c->node, own, c->ncolumns};
}

SyncNodes sync_nodes(Run *r, const Check *k, const Checked *checked, const bool *bits) {
  SyncNodes out = {.items = arena_array(&r->arena, SyncNode, r->graph->nnodes + 1)};
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    if (bits[i] && n->kind == NODE_SOURCE && n->package->is_root)
      add_source(r, k, n, &out);
  }
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    if (bits[c->node->index] && c->node->package->is_root && node_is_refable(c->node) &&
        c->state == CHECK_GOOD && c->ncolumns)
      add_checked(r, c, &out);
  }
  return out;
}

// --- types

// The names of types that the files give, where these are not the relation's own, each once.
static Value written_types(SyncPlan *p, const SyncNodes *nodes) {
  Arena *a = &p->run->arena;
  Value types = val_list(a, 16);
  Map seen = {0};
  for (size_t i = 0; i < nodes->n; i++) {
    const Node *n = nodes->items[i].node;
    Map real = {0};
    for (size_t k = 0; k < nodes->items[i].n; k++)
      map_add(a, &real, nodes->items[i].columns[k].type);
    for (size_t k = 0; k < n->ncolumns; k++) {
      Str type = n->columns[k]->data_type;
      if (type.len && !map_get(&real, type) && type_is_one(p->run, type) && map_add(a, &seen, type))
        list_push(a, types.list, val_str(type));
    }
  }
  return types;
}

// Asks for types[from, to); of several that are refused each is asked for alone.
static void ask_types(SyncPlan *p, CheckPlace *place, const Node *n, Value types, size_t from,
                      size_t to) {
  Arena *a = &p->run->arena;
  Value some = val_list(a, to - from), names;
  for (size_t i = from; i < to; i++)
    list_push(a, some.list, types.list->items[i]);
  Value pos[2] = {relation_of_node(a, &p->run->shared, n), some};
  Args args = {pos, 2, NULL, 0};
  Diags ignored = {0};
  diags_init(&ignored);
  bool good = place_call(place, a, STR("starc_check_type_names"), &args, &names, &ignored);
  diags_free(&ignored);
  for (size_t i = from; good && i < to && i - from < val_count(names); i++)
    sync_same_type(p, val_text(types.list->items[i]), val_text(names.list->items[i - from]));
  for (size_t i = from; !good && to - from > 1 && i < to; i++)
    ask_types(p, place, n, types, i, i + 1);
}

void sync_types(SyncPlan *p, Check *k, const SyncNodes *nodes) {
  Value types = written_types(p, nodes);
  if (types.list->n)
    ask_types(p, check_place(k), nodes->items[0].node, types, 0, types.list->n);
}

// --- writing

static void add_count(Buf *b, size_t n, const char *what) {
  if (n)
    buf_addf(b, "%s%zu %s%s", b->len ? ", " : "", n, what, n > 1 ? "s" : "");
}

static Str counted(Arena *a, const SyncFile *f) {
  Buf b = {.arena = a};
  if (f->added.entries)
    buf_addf(&b, "%zu new %s", f->added.entries, f->added.entries > 1 ? "entries" : "entry");
  add_count(&b, f->added.columns, "column");
  add_count(&b, f->added.types, "type");
  add_count(&b, f->added.retyped, "changed type");
  add_count(&b, f->added.descriptions, "description");
  return buf_str(&b);
}

// The whole file: what stands around the text that was read stays.
static Str whole(Arena *a, const SyncFile *f, Str text) {
  const Source *src = f->src;
  Buf b = {.arena = a};
  buf_add(&b, str_sub(src->outer, 0, src->at));
  buf_add(&b, text);
  buf_add(&b, str_sub(src->outer, src->at + src->text.len, src->outer.len));
  if (f->is_new)
    buf_add(&b, f->edit.style.eol);
  return buf_str(&b);
}

static bool is_as_read(Run *r, const SyncFile *f) {
  Arena a = {0};
  Str now = {0};
  bool there = fs_exists(f->path);
  bool same = f->is_new
                  ? !there
                  : fs_read(&a, f->path, f->shown, &now, &r->diags) && str_eq(now, f->src->outer);
  arena_free(&a);
  if (!same && there)
    diag_error(&r->diags, CODE_YAML_EDIT, f->shown,
               "the file was changed since the project was read: it is left as it is");
  return same;
}

// Pieces lie in the text without what stands around it.
static void show(Run *r, SyncFile *f) {
  Buf b = {.arena = &r->arena};
  Patch moved = {.arena = &r->arena};
  const Patch *own = &f->edit.patch;
  for (size_t i = 0; i < own->pieces.n; i++) {
    const PatchPiece *piece = &own->pieces.items[i];
    Str text = f->is_new ? str_cat(&r->arena, piece->text, f->edit.style.eol) : piece->text;
    patch_add(&moved, piece->at + f->src->at, piece->drop, text, piece->order);
  }
  patch_sort(&moved);
  PatchDiff how = {.old_path =
                       f->is_new ? STR("/dev/null") : str_cat(&r->arena, STR("a/"), f->shown),
                   .new_path = str_cat(&r->arena, STR("b/"), f->shown),
                   .color = r->report->colors};
  patch_diff(&moved, f->src->outer, how, &b);
  Str text = buf_str(&b);
  run_print(r, str_sub(text, 0, text.len - 1));
}

static bool write_file(Run *r, SyncFile *f) {
  Str text;
  if (!yaml_edit_close(&f->edit, &text, &r->diags) || !is_as_read(r, f))
    return false;
  if (r->options->dry_run)
    show(r, f);
  else if (!fs_write(f->path, whole(&r->arena, f, text), &r->diags))
    return false;
  run_say(r, EV_SyncFile, NULL, "%.*s: %.*s%s", STR_ARG(f->shown), STR_ARG(counted(&r->arena, f)),
          r->options->dry_run ? " would be written" : " written");
  return true;
}

bool sync_write(SyncPlan *p, size_t *changed) {
  bool good = true;
  *changed = 0;
  for (size_t i = 0; i < p->files.n; i++) {
    SyncFile *f = p->files.items[i];
    if (!f->edit.patch.pieces.n)
      continue;
    bool written = write_file(p->run, f);
    *changed += written;
    good &= written;
  }
  return run_report(p->run) && good;
}
