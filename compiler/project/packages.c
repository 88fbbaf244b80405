// In: the root project. Out: the packages it depends on, each with its own project file: what lies
// in the install folder, local ones of packages.yml, and the built-in ones. Fetching is not done.
#include "../base/fs.h"
#include "../base/sort.h"
#include "check.h"
#include "project_parts.h"

#include <dirent.h>
#include <stdlib.h>

static void append(Opening *o, Package *p) {
  Project *project = o->project;
  size_t n = project->npackages;
  project->packages =
      arena_grow(o->arena, project->packages, n * sizeof(Package *), (n + 1) * sizeof(Package *));
  p->index = (uint32_t)n;
  project->packages[project->npackages++] = p;
  map_put(o->arena, &project->by_name, p->name, p);
}

// Whether the package lies in the install folder.
static bool is_installed(const Opening *o, const Package *p) {
  const Package *root = o->project->packages[0];
  Str dir = fs_join(o->arena, o->project->root, root->packages_path);
  return p->root.len > dir.len && str_starts(p->root, dir) && p->root.ptr[dir.len] == '/';
}

// Reads the package in a folder. `local`: a folder that packages.yml names; its installed copy,
// where there is one, stands for it.
static bool add_folder(Opening *o, Str dir, bool local) {
  Str file;
  if (!project_file(o, dir, &file)) {
    if (o->ok) {
      Diag *f = diag_error(o->diags, CODE_PACKAGE_NOT_FOUND, dir,
                           "there is no project.yml or dbt_project.yml in this package");
      diag_hint(o->diags, f, "remove the folder and run `starc deps`");
    }
    return o->ok = false;
  }
  Package *p = package_read(o, dir, file);
  if (!p || !package_fill(o, p))
    return o->ok = false;
  const Package *there = map_get(&o->project->by_name, p->name);
  if (!there) {
    append(o, p);
    return true;
  }
  if (local && is_installed(o, there))
    return true;
  const Yaml *y = yaml_get(p->yaml, STR("name"));
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_PACKAGE_NAME, &p->source, y->span,
                    "two packages are named '%.*s'", STR_ARG(p->name));
  const Yaml *other = yaml_get(there->yaml, STR("name"));
  diag_note(o->diags, f, &there->source, other->span, "the other one");
  return o->ok = false;
}

// The folders in the install path, sorted.
static size_t installed(Opening *o, Str root, Str **out) {
  Str *names = NULL;
  size_t n = 0, cap = 0;
  DIR *d = opendir(str_cstr(o->arena, root));
  for (struct dirent *e; d && (e = readdir(d));) {
    Str name = str_c(e->d_name);
    if (name.ptr[0] == '.' || str_starts(name, STR("__")) ||
        !fs_is_dir(fs_join(o->arena, root, name)))
      continue;
    if (n == cap) {
      names = arena_grow(o->arena, names, cap * sizeof *names, (cap * 2 + 8) * sizeof *names);
      cap = cap * 2 + 8;
    }
    names[n++] = str_dup(o->arena, name);
  }
  if (d)
    closedir(d);
  if (n)
    sort_items(names, n, sizeof *names, str_order);
  *out = names;
  return n;
}

// --- what packages.yml or dependencies.yml ask for
typedef struct Wanted {
  Source *source;   // findings point into it
  const Yaml *list; // NULL: nothing
  Str file;         // its name
} Wanted;

static bool read_wanted(Opening *o, Wanted *w) {
  static const Str files[] = {STR_INIT("packages.yml"), STR_INIT("dependencies.yml")};
  for (size_t i = 0; i < 2 && !w->list; i++) {
    Str path = fs_join(o->arena, o->project->root, files[i]);
    if (!fs_exists(path))
      continue;
    w->file = files[i];
    w->source = arena_new(o->arena, Source);
    w->source->path = files[i];
    if (!fs_read(o->arena, path, files[i], &w->source->text, o->diags))
      return false;
    const Yaml *y = yaml_load(o->arena, w->source, o->diags);
    if (!y)
      return false;
    w->list = yaml_get(y, STR("packages"));
  }
  if (!w->list || (w->list->kind == YAML_SCALAR && w->list->scalar.kind == VAL_NONE)) {
    w->list = NULL;
    return true;
  }
  if (w->list->kind == YAML_LIST)
    return true;
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_WRONG_TYPE, w->list->src, w->list->span,
                    "`packages:` must be a list");
  diag_hint(o->diags, f, "each item starts with '- package:', '- local:' or '- git:'");
  return false;
}

// "dbt-labs/dbt_utils" and "https://host/org/dbt-utils.git" are both installed as dbt_utils.
static Str folder_name(Arena *a, const Yaml *item) {
  static const Str keys[] = {STR_INIT("package"), STR_INIT("git"), STR_INIT("local"),
                             STR_INIT("tarball"), STR_INIT("private")};
  Str s = yaml_str(yaml_get(item, STR("name")));
  for (size_t i = 0; i < COUNT(keys) && !s.len; i++)
    s = yaml_str(yaml_get(item, keys[i]));
  while (s.len && s.ptr[s.len - 1] == '/')
    s.len--;
  s = fs_basename(s);
  if (str_ends(s, STR(".git")))
    s.len -= 4;
  char *copy = str_cstr(a, s);
  for (size_t i = 0; i < s.len; i++)
    copy[i] = copy[i] == '-' ? '_' : copy[i];
  return str_n(copy, s.len);
}

static bool has_name(const Str *names, size_t n, Str name) {
  for (size_t i = 0; i < n; i++)
    if (str_eq_nocase(names[i], name))
      return true;
  return false;
}

// Whether a local package is read already, from its link in the install folder.
static bool same_folder(const Opening *o, Str dir) {
  Arena scratch = {0};
  char *real = realpath(str_cstr(&scratch, dir), NULL);
  bool found = false;
  for (size_t i = 0; real && i < o->project->npackages && !found; i++) {
    char *other = realpath(str_cstr(&scratch, o->project->packages[i]->root), NULL);
    found = other && strcmp(real, other) == 0;
    free(other);
  }
  free(real);
  arena_free(&scratch);
  return found;
}

// `all_installed`: as many packages are in the install folder as are asked for. Then a local one
// that is not at its place is among them, as in an image that the install folder alone was copied
// to.
static bool add_local(Opening *o, const Yaml *y, bool all_installed) {
  Value v;
  o->globals.secrets = true;
  o->globals.vars_file = o->project->packages[0]->vars_file;
  bool ok = globals_render_yaml(o->arena, &o->globals, y, NULL, NULL, &v, o->diags);
  o->globals.secrets = false;
  if (!ok || v.kind != VAL_STR)
    return o->ok = ok && check_value(o->diags, y, v, TYPE_STR, STR("local"));
  Str dir = fs_absolute(o->arena, fs_join(o->arena, o->project->root, val_text(v)));
  Str file;
  if (all_installed && !project_file(o, dir, &file) && o->ok)
    return true;
  if (!fs_is_dir(dir)) {
    diag_at(o->diags, SEV_ERROR, CODE_PACKAGE_NOT_FOUND, y->src, y->span,
            "there is no folder '%.*s'", STR_ARG(dir));
    return o->ok = false;
  }
  return same_folder(o, dir) || add_folder(o, dir, true);
}

// Local packages are read where they are, without an install, while they are there and no copy of
// them is installed (a link that was copied with what it points to). Of the others as many must be
// installed as are asked for; the message names one whose folder is not there.
static bool add_wanted(Opening *o, const Wanted *w, const Str *names, size_t n) {
  size_t others = 0;
  const Yaml *missing = NULL;
  for (size_t i = 0; i < w->list->n; i++) {
    const Yaml *item = w->list->items[i], *local = yaml_get(item, STR("local"));
    if (local && !has_name(names, n, folder_name(o->arena, item))) {
      add_local(o, local, n >= w->list->n);
      continue;
    }
    others++;
    if (!missing && !has_name(names, n, folder_name(o->arena, item)))
      missing = item;
  }
  if (others <= n || o->options->no_profile)
    return o->ok;
  const Yaml *at = missing ? missing : w->list;
  Str name = missing ? folder_name(o->arena, missing) : STR("one of the packages");
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_PACKAGE_NOT_INSTALLED, at->src, at->span,
                    "the package '%.*s' is not installed", STR_ARG(name));
  diag_hint(o->diags, f, "run `starc deps`");
  return o->ok = false;
}

// Built-in macros belong to packages of dbt's names, so that manifests read the same.
static void add_internal(Opening *o, Str name) {
  Package *p = arena_new(o->arena, Package);
  Value none = val_dict(o->arena);
  *p = (Package){.name = name,
                 .is_internal = true,
                 .config = none,
                 .models = none,
                 .seeds = none,
                 .snapshots = none,
                 .tests = none,
                 .sources = none,
                 .exposures = none,
                 .unit_tests = none,
                 .metrics = none,
                 .semantic_models = none,
                 .saved_queries = none,
                 .analyses = none,
                 .functions = none,
                 .loads = none,
                 .vars = none,
                 .quoting = none,
                 .flags = none};
  p->source.path = name;
  p->dispatch = p->on_run_start = p->on_run_end = p->clean_targets = val_list(o->arena, 0);
  if (!map_get(&o->project->by_name, name))
    append(o, p);
}

bool packages_open(Opening *o) {
  if (o->options->no_packages)
    return o->ok;
  Package *root = o->project->packages[0];
  Str dir = fs_join(o->arena, o->project->root, root->packages_path);
  Str *names;
  size_t n = installed(o, dir, &names);
  Wanted w = {0};
  if (!read_wanted(o, &w))
    return false;
  for (size_t i = 0; i < n; i++)
    add_folder(o, fs_join(o->arena, dir, names[i]), false);
  if (w.list)
    add_wanted(o, &w, names, n);
  if (o->project->target)
    add_internal(o, str_fmt(o->arena, "dbt_%.*s", STR_ARG(o->project->target->type)));
  add_internal(o, STR("dbt"));
  return o->ok;
}
