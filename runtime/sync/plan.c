// See plan.h. An entry of a schema file may be of several nodes (the versions of a model): what is
// said of a column for all of them must hold for all.
#include "plan.h"
#include "../../compiler/base/fs.h"

// What the nodes of an entry say of one of its columns.
typedef struct Fact {
  const Column *column; // as the file has it
  const SyncColumn *found;
  const Node *node; // the first one
  bool differs;     // nodes do not agree on its type
} Fact;

typedef struct Facts {
  Arena *arena;
  PtrMap of; // Yaml of a column -> Fact
  VEC(Fact *) all;
} Facts;

// --- files

static SyncFile *new_file(SyncPlan *p, Str path, Source *src, const Yaml *root) {
  Arena *a = &p->run->arena;
  SyncFile *f = arena_new(a, SyncFile);
  *f = (SyncFile){.path = path, .shown = run_shown(a, p->run, path), .src = src};
  for (size_t i = 0; i < COUNT(f->section); i++)
    f->section[i] = val_none();
  yaml_edit_open(&f->edit, a, src, root);
  vec_push(a, &p->files, f);
  map_put(a, &p->of_path, path, f);
  ptr_map_put(a, &p->of_source, src, f);
  return f;
}

// The tree of a file that was read with the project is made again, since of that only parts are
// known. NULL: it cannot be read, which is recorded.
static SyncFile *read_file(SyncPlan *p, Str path, const Source *known) {
  Arena *a = &p->run->arena;
  Source *src = arena_new(a, Source);
  *src = known ? *known : (Source){.path = run_shown(a, p->run, path)};
  bool is_new = !known && !fs_exists(path);
  if (!known && !is_new) {
    if (!fs_read(a, path, src->path, &src->outer, &p->run->diags))
      return NULL;
    Str text = src->outer;
    text = str_trim(str_starts(text, STR("\xEF\xBB\xBF")) ? str_sub(text, 3, text.len) : text);
    src->text = text;
    src->at = text.len ? (size_t)(text.ptr - src->outer.ptr) : 0;
  }
  Diags told = {0}; // its warnings were told when the project was read
  diags_init(&told);
  const Yaml *root = yaml_load(a, src, &told);
  diags_free(&told);
  SyncFile *f = root ? new_file(p, path, src, root) : NULL;
  if (f)
    f->is_new = is_new;
  return f;
}

SyncFile *sync_file_at(SyncPlan *p, Str path) {
  SyncFile *f = map_get(&p->of_path, path);
  return f ? f : read_file(p, path, NULL);
}

SyncFile *sync_file_of(SyncPlan *p, const Source *src) {
  SyncFile *f = ptr_map_get(&p->of_source, src);
  if (f)
    return f;
  Str path = fs_join(&p->run->arena, p->run->project->root, src->path);
  f = map_get(&p->of_path, path);
  f = f ? f : read_file(p, path, src);
  if (f)
    ptr_map_put(&p->run->arena, &p->of_source, src, f);
  return f;
}

// A warning: who has to add them by hand may have reasons not to.
static void cannot(SyncPlan *p, const Node *n, const Yaml *at, const char *what) {
  Diag *d = diag_at(&p->run->diags, SEV_WARNING, CODE_YAML_EDIT, at->src, at->span,
                    "%s of '%.*s' cannot be added here", what, STR_ARG(n->name));
  diag_hint(&p->run->diags, d,
            "an anchor may share the place, or it is written in an unusual way: add them by hand");
}

// --- types

static Str type_key(Arena *a, Str written, Str type) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(written), '\0', STR_ARG(type));
}

void sync_same_type(SyncPlan *p, Str written, Str type) {
  map_add(&p->run->arena, &p->same_types, type_key(&p->run->arena, written, type));
}

bool sync_is_same_type(const SyncPlan *p, Str written, Str type) {
  Arena a = {0};
  bool same = str_eq_nocase(written, type) || map_get(&p->same_types, type_key(&a, written, type));
  arena_free(&a);
  return same;
}

// --- columns that the file has

static const Column *listed(const Node *n, Str name, bool exact) {
  for (size_t i = 0; i < n->ncolumns; i++)
    if (n->columns[i]->yaml &&
        (exact ? str_eq(n->columns[i]->name, name) : str_eq_nocase(n->columns[i]->name, name)))
      return n->columns[i];
  return NULL;
}

static const SyncColumn *found_column(const SyncNode *s, Str name, bool exact) {
  for (size_t i = 0; i < s->n; i++)
    if (exact ? str_eq(s->columns[i].name, name) : str_eq_nocase(s->columns[i].name, name))
      return &s->columns[i];
  return NULL;
}

// Letters count where both spellings are there.
static const SyncColumn *column_of(const SyncNode *s, const Column *c) {
  const SyncColumn *found = found_column(s, c->name, true);
  if (found)
    return found;
  found = found_column(s, c->name, false);
  return found && !listed(s->node, found->name, true) ? found : NULL;
}

static const Column *entry_of(const SyncNode *s, const SyncColumn *c) {
  const Column *entry = listed(s->node, c->name, true);
  if (entry)
    return entry;
  entry = listed(s->node, c->name, false);
  return entry && column_of(s, entry) == c ? entry : NULL;
}

// "address.city" of a column `address`: a part of it, which no relation lists.
static bool is_part_of_column(const SyncNode *s, Str name) {
  ptrdiff_t dot = str_find(name, STR("."), 0);
  return dot > 0 && found_column(s, str_sub(name, 0, (size_t)dot), false);
}

static void tell_gone(SyncPlan *p, const SyncNode *s, const Column *c) {
  const Yaml *name = yaml_get(c->yaml, STR("name")), *at = name ? name : c->yaml;
  Diag *d = diag_at(&p->run->diags, SEV_WARNING, CODE_LISTED_COLUMN, at->src, at->span,
                    "'%.*s' has no column '%.*s'", STR_ARG(s->node->name), STR_ARG(c->name));
  Str *names = arena_array(&p->run->arena, Str, s->n + 1);
  for (size_t i = 0; i < s->n; i++)
    names[i] = s->columns[i].name;
  diag_nearest(&p->run->diags, d, c->name, names, s->n);
}

static void note_facts(SyncPlan *p, Facts *facts, const SyncNode *s) {
  for (size_t i = 0; i < s->node->ncolumns; i++) {
    const Column *c = s->node->columns[i];
    const SyncColumn *found = c->yaml ? column_of(s, c) : NULL;
    if (c->yaml && !found && !is_part_of_column(s, c->name))
      tell_gone(p, s, c);
    if (!found)
      continue;
    Fact *f = ptr_map_get(&facts->of, c->yaml);
    if (f) {
      f->differs |= !str_eq(f->found->type, found->type);
      continue;
    }
    f = arena_new(facts->arena, Fact);
    *f = (Fact){c, found, s->node, false};
    ptr_map_put(facts->arena, &facts->of, c->yaml, f);
    vec_push(facts->arena, &facts->all, f);
  }
}

static void tell_type(SyncPlan *p, const Fact *f) {
  const Yaml *type = yaml_get(f->column->yaml, STR("data_type"));
  const Yaml *at = type ? type : f->column->yaml;
  Diag *d = diag_at(&p->run->diags, SEV_WARNING, CODE_LISTED_TYPE, at->src, at->span,
                    "the type of '%.*s.%.*s' is %.*s", STR_ARG(f->node->name),
                    STR_ARG(f->column->name), STR_ARG(f->found->type));
  diag_hint(&p->run->diags, d, "--update-types writes it here");
}

static bool is_given(const Yaml *column, Str key) {
  const Yaml *v = yaml_get(column, key);
  return v && (v->kind != YAML_SCALAR || v->text.len) &&
         !(v->kind == YAML_SCALAR && val_is_absent(v->scalar));
}

static void apply_type(SyncPlan *p, SyncFile *file, const Yaml *at, const Fact *f) {
  Str type = f->found->type, key = STR("data_type");
  if (!type.len || f->differs)
    return;
  if (!is_given(f->column->yaml, key)) {
    if (yaml_add_key(&file->edit, at, STR("name"), key, val_str(type)))
      file->added.types++;
    else
      cannot(p, f->node, at, "the type of a column");
  } else if (!sync_is_same_type(p, f->column->data_type, type)) {
    if (!p->run->options->update_types)
      tell_type(p, f);
    else if (yaml_set_text(&file->edit, at, key, type))
      file->added.retyped++;
    else
      cannot(p, f->node, at, "the type of a column");
  }
}

static void apply_fact(SyncPlan *p, const Fact *f) {
  const Yaml *column = f->column->yaml;
  SyncFile *file = sync_file_of(p, column->src);
  const Yaml *at = file ? yaml_same_place(file->edit.root, column) : NULL;
  if (!at)
    return;
  apply_type(p, file, at, f);
  Str key = STR("description");
  if (!f->found->description.len || is_given(column, key))
    return;
  Str behind = yaml_entry(column, STR("data_type")) ? STR("data_type") : STR("name");
  if (yaml_add_key(&file->edit, at, behind, key, val_str(f->found->description)))
    file->added.descriptions++;
}

// --- columns that it lacks

static Value column_value(Arena *a, const SyncColumn *c, SyncCounts *counts) {
  Value v = val_dict(a);
  dict_sets(a, v.dict, STR("name"), val_str(c->name));
  if (c->type.len)
    dict_sets(a, v.dict, STR("data_type"), val_str(c->type));
  if (c->description.len)
    dict_sets(a, v.dict, STR("description"), val_str(c->description));
  counts->columns++;
  counts->descriptions += c->description.len > 0;
  return v;
}

static size_t item_of(const Yaml *list, const Yaml *column) {
  for (size_t i = 0; list && i < list->n; i++)
    if (list->items[i]->span.at == column->span.at)
      return i;
  return SIZE_MAX;
}

// Behind what a version's list includes.
static size_t first_place(const Yaml *list) {
  size_t at = 0;
  while (at < list->n && yaml_get(list->items[at], STR("include")))
    at++;
  return at;
}

// The columns `wanted` of s go into the list of an entry, each behind the column before it in the
// relation. `lead`: items that stand first in a new list, or none.
static void add_columns(SyncPlan *p, SyncFile *file, const SyncNode *s, const bool *wanted,
                        const Yaml *entry, Value lead) {
  Arena *a = &p->run->arena;
  const Yaml *list = yaml_get(entry, STR("columns"));
  bool has_items = list && list->kind == YAML_LIST && list->n;
  Value fresh = val_list(a, s->n + 1);
  size_t at = has_items ? first_place(list) : 0;
  bool good = true;
  SyncCounts before = file->added;
  if (lead.kind == VAL_DICT)
    list_push(a, fresh.list, lead);
  for (size_t i = 0; i < s->n; i++) {
    const Column *here = entry_of(s, &s->columns[i]);
    size_t place = here && has_items ? item_of(list, here->yaml) : SIZE_MAX;
    if (place != SIZE_MAX)
      at = place + 1;
    if (!wanted[i])
      continue;
    Value v = column_value(a, &s->columns[i], &file->added);
    if (has_items)
      good = yaml_add_item(&file->edit, list, at, v) && good;
    else
      list_push(a, fresh.list, v);
  }
  if (!has_items && file->added.columns > before.columns)
    good = yaml_add_key(&file->edit, entry, (Str){0}, STR("columns"), fresh);
  if (good)
    return;
  file->added = before;
  cannot(p, s->node, entry, "columns");
}

// The node's version in the list of the entry; NULL: it has none.
static const Yaml *version_of(const Yaml *entry, const Node *n) {
  const Yaml *versions = n->version.len ? yaml_get(entry, STR("versions")) : NULL;
  Arena a = {0};
  const Yaml *found = NULL;
  for (size_t i = 0; versions && versions->kind == YAML_LIST && i < versions->n; i++)
    if (str_eq(yaml_as_text(&a, yaml_get(versions->items[i], STR("v"))), n->version))
      found = versions->items[i];
  arena_free(&a);
  return found;
}

// Whether include: or exclude: has the name.
static bool has_name(const Yaml *names, Str name) {
  if (names && names->kind == YAML_SCALAR)
    return str_is(names->text, "all") || str_is(names->text, "*");
  for (size_t i = 0; names && names->kind == YAML_LIST && i < names->n; i++)
    if (names->items[i]->kind == YAML_SCALAR && str_eq(names->items[i]->text, name))
      return true;
  return false;
}

// Whether a column at the top of the entry would be one of the version too.
static bool takes(const Yaml *version, Str name) {
  const Yaml *columns = yaml_get(version, STR("columns"));
  for (size_t i = 0; columns && columns->kind == YAML_LIST && i < columns->n; i++) {
    const Yaml *include = yaml_get(columns->items[i], STR("include"));
    if ((include && !has_name(include, name)) ||
        has_name(yaml_get(columns->items[i], STR("exclude")), name))
      return false;
  }
  return true;
}

// Whether all versions lack the column, have it with one type, and would have it from the top.
static bool is_common(const SyncNode *group, size_t n, size_t all, const Yaml *entry,
                      const SyncColumn *c) {
  for (size_t i = 0; i < n; i++) {
    const SyncColumn *own = found_column(&group[i], c->name, true);
    const Yaml *version = version_of(entry, group[i].node);
    if (!own || !str_eq(own->type, c->type) || entry_of(&group[i], own) ||
        (version && !takes(version, c->name)))
      return false;
  }
  return n == all;
}

static void add_to_version(SyncPlan *p, SyncFile *file, const SyncNode *s, const bool *wanted,
                           const Yaml *entry) {
  const Yaml *version = version_of(entry, s->node);
  Value lead = val_none();
  if (version && !yaml_get(version, STR("columns"))) {
    lead = val_dict(&p->run->arena);
    dict_sets(&p->run->arena, lead.dict, STR("include"), val_str(STR("all")));
  }
  add_columns(p, file, s, wanted, version ? version : entry, lead);
}

// The nodes of one entry; `all`: how many nodes of the project have it.
static void plan_entry(SyncPlan *p, const SyncNode *group, size_t n, size_t all) {
  SyncFile *file = sync_file_of(p, group->node->patch_source);
  const Yaml *entry = file ? yaml_same_place(file->edit.root, group->node->patch) : NULL;
  if (!entry)
    return;
  bool versions = yaml_get(entry, STR("versions"));
  for (size_t i = 0; i < n; i++) {
    const SyncNode *s = &group[i];
    bool *own = arena_array(&p->run->arena, bool, s->n + 1), any = false;
    bool *common = arena_array(&p->run->arena, bool, s->n + 1), top = false;
    for (size_t k = 0; k < s->n; k++) {
      if (entry_of(s, &s->columns[k]))
        continue;
      bool shared = !versions || is_common(group, n, all, entry, &s->columns[k]);
      common[k] = shared && !i;
      own[k] = !shared;
      top |= common[k];
      any |= own[k];
    }
    if (any)
      add_to_version(p, file, s, own, entry);
    if (top)
      add_columns(p, file, s, common, entry, val_none());
  }
}

// --- entries

static const Str sections[] = {STR_INIT("models"), STR_INIT("seeds"), STR_INIT("snapshots")};

static size_t section_of(const Node *n) {
  return n->kind == NODE_SEED ? 1 : n->kind == NODE_SNAPSHOT ? 2 : 0;
}

static void add_entry(SyncPlan *p, const SyncNode *s) {
  Arena *a = &p->run->arena;
  SyncFile *file = sync_file_for(p, s->node);
  if (!file)
    return;
  Value entry = val_dict(a), columns = val_list(a, s->n);
  SyncCounts before = file->added;
  for (size_t i = 0; i < s->n; i++)
    list_push(a, columns.list, column_value(a, &s->columns[i], &file->added));
  dict_sets(a, entry.dict, STR("name"), val_str(s->node->name));
  dict_sets(a, entry.dict, STR("columns"), columns);
  file->added.entries++;
  size_t kind = section_of(s->node);
  const Yaml *list = yaml_get(file->edit.root, sections[kind]);
  if (!list || list->kind != YAML_LIST || !list->n) {
    if (file->section[kind].kind != VAL_LIST)
      file->section[kind] = val_list(a, 4);
    list_push(a, file->section[kind].list, entry);
  } else if (!yaml_add_item(&file->edit, list, list->n, entry)) {
    file->added = before;
    cannot(p, s->node, list, "an entry");
  }
}

// Sections that files lack are written whole.
static void add_sections(SyncPlan *p) {
  for (size_t i = 0; i < p->files.n; i++)
    for (size_t k = 0; k < COUNT(sections); k++) {
      SyncFile *f = p->files.items[i];
      if (f->section[k].kind == VAL_LIST &&
          !yaml_add_key(&f->edit, f->edit.root, (Str){0}, sections[k], f->section[k]))
        diag_at(&p->run->diags, SEV_ERROR, CODE_YAML_EDIT, f->src, (Span){0},
                "there is no place for '%.*s:' in this file", STR_ARG(sections[k]));
    }
}

static size_t nodes_of(const Graph *g, const Yaml *patch) {
  size_t n = 0;
  for (size_t i = 0; i < g->nnodes; i++)
    n += g->nodes[i]->patch == patch;
  return n;
}

// Those of the entry of nodes[at], side by side.
static size_t take_group(const SyncNode *nodes, size_t n, size_t at, SyncNode *group) {
  size_t taken = 0;
  for (size_t i = at; i < n; i++)
    if (nodes[i].node->patch == nodes[at].node->patch)
      group[taken++] = nodes[i];
  return taken;
}

void sync_plan(SyncPlan *p, const SyncNode *nodes, size_t n) {
  Facts facts = {.arena = &p->run->arena};
  PtrMap done = {0};
  SyncNode *group = arena_array(facts.arena, SyncNode, n + 1);
  for (size_t i = 0; i < n; i++)
    if (nodes[i].node->patch)
      note_facts(p, &facts, &nodes[i]);
  for (size_t i = 0; i < facts.all.n; i++)
    apply_fact(p, facts.all.items[i]);
  for (size_t i = 0; i < n; i++) {
    const Yaml *patch = nodes[i].node->patch;
    if (!patch || !ptr_map_add(facts.arena, &done, patch))
      continue;
    bool versions = yaml_get(patch, STR("versions"));
    size_t taken = versions ? take_group(nodes, n, i, group) : 1;
    if (!versions)
      group[0] = nodes[i];
    plan_entry(p, group, taken, versions ? nodes_of(p->run->graph, patch) : 1);
  }
  for (size_t i = 0; i < n; i++)
    if (!nodes[i].node->patch)
      add_entry(p, &nodes[i]);
  add_sections(p);
}
