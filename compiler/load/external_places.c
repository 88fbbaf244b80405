// In: nodes with their config. Out: errors of external models that would write over what is not
// theirs. What lies at a location already, and whether an external model made it, is looked at when
// the rows are written (dialect/clickhouse/external.c).
#include "external_places.h"

#include "../base/fs.h"
#include "../context/external_place.h"
#include "../dialect/file_place.h"
#include "../dialect/load_source.h"
#include "../graph/config_place.h"

typedef struct Place {
  const Node *node;
  Str said, path; // as it is shown; without links
  bool parts;
} Place;

static Diag *wrong(Load *load, const Place *x, Code code, const char *what) {
  const Source *src = x->node->source;
  Span span = {0};
  node_config_place(x->node, load->p->packages[0], STR("location"), &src, &span);
  return diag_at(load->diags, SEV_ERROR, code, src, span, "%s", what);
}

// --- the project's own

static bool is_within(Str path, Str folder) {
  return str_eq(path, folder) || fs_is_below(path, folder);
}

// Whether the folder has the place, or is in it. The project itself is no such folder: what lies in
// it is guarded one by one.
static bool owns(Arena *a, Str root, Str folder, const Place *x) {
  Str real = fs_real_part(a, fs_absolute(a, fs_join(a, root, folder)));
  return !is_within(fs_real_part(a, root), real) &&
         (is_within(x->path, real) || (x->parts && fs_is_below(real, x->path)));
}

// What of the project has its place there; NULL: nothing.
static const char *owner(Load *load, Arena *a, const Place *x) {
  const Project *p = load->p;
  for (size_t k = 0; k < p->npackages; k++) {
    const Package *pkg = p->packages[k];
    if (pkg->is_internal)
      continue;
    const struct {
      const char *key;
      const Str *paths;
      size_t n;
    } kinds[] = {
        {"model-paths",    pkg->model_paths,    pkg->nmodel_paths   },
        {"seed-paths",     pkg->seed_paths,     pkg->nseed_paths    },
        {"snapshot-paths", pkg->snapshot_paths, pkg->nsnapshot_paths},
        {"test-paths",     pkg->test_paths,     pkg->ntest_paths    },
        {"macro-paths",    pkg->macro_paths,    pkg->nmacro_paths   },
        {"analysis-paths", pkg->analysis_paths, pkg->nanalysis_paths},
        {"function-paths", pkg->function_paths, pkg->nfunction_paths},
        {"docs-paths",     pkg->docs_paths,     pkg->ndocs_paths    },
        {"asset-paths",    pkg->asset_paths,    pkg->nasset_paths   },
        {"schema-paths",   pkg->schema_paths,   pkg->nschema_paths  },
        {"load-paths",     pkg->load_paths,     pkg->nload_paths    },
        {"osi-paths",      pkg->osi_paths,      pkg->nosi_paths     },
    };
    if (!pkg->is_root && owns(a, pkg->root, STR(""), x))
      return str_fmt(a, "of the package '%.*s'", STR_ARG(pkg->name)).ptr;
    if (str_eq(x->path, fs_real_part(a, fs_join(a, p->root, pkg->source.path))))
      return "the project file";
    for (size_t i = 0; i < COUNT(kinds); i++)
      for (size_t j = 0; j < kinds[i].n; j++)
        if (owns(a, pkg->root, kinds[i].paths[j], x))
          return str_fmt(a, "in what the project reads (%s)", kinds[i].key).ptr;
  }
  const Package *root = p->packages[0];
  return owns(a, p->root, root->packages_path, x) ? "in the folder of packages"
         : owns(a, p->root, p->target_dir, x)     ? "in the folder of artifacts (target-path)"
         : owns(a, p->root, root->log_path, x)    ? "in the folder of logs (log-path)"
                                                  : NULL;
}

static void check_own(Load *load, Arena *a, const Place *x) {
  const char *what = owner(load, a, x);
  if (!what)
    return;
  Diag *d = wrong(
      load, x, CODE_CONFIG_VALUE,
      str_fmt(a, "an external model cannot write '%.*s': it is %s", STR_ARG(x->said), what).ptr);
  diag_hint(load->diags, d, "a folder of its own is safe: location: exports/{name}.parquet");
}

// --- what is read

// The files of a load, an absolute path with wildcards; empty: they are of no folder, or it is not
// known yet, which the load itself tells.
static Str files_of_load(Load *load, Arena *a, const Node *n) {
  const Yaml *from = n->load->from ? n->load->from->value : NULL;
  const Yaml *type = yaml_get(from, STR("type")), *path = yaml_get(from, STR("path"));
  if (!path || !type || !str_is(type->text, "files"))
    return (Str){0};
  Diags ignored;
  diags_init(&ignored);
  Value v = val_none();
  Globals g = load->globals[n->package->index];
  g.secrets = true;
  bool good = globals_render_yaml(a, &g, path, NULL, NULL, &v, &ignored);
  diags_free(&ignored);
  Value named = node_config(n, STR("files"));
  Str names = val_is(named, VAL_STR) && val_text(named).len ? val_text(named)
                                                            : str_cat(a, n->load->table, STR(".*"));
  if (!good || !val_is(v, VAL_STR) || file_scheme(val_text(v)) || file_scheme(names))
    return (Str){0};
  Str all = fs_join(a, fs_join(a, load->p->root, val_text(v)), names);
  ptrdiff_t inner = str_find(all, STR("::"), 0); // files in an archive
  return fs_absolute(a, inner > 0 ? str_trim(str_sub(all, 0, (size_t)inner)) : all);
}

static void check_read(Load *load, Arena *a, const Place *x) {
  for (size_t i = 0; i < load->nodes.n && !x->parts; i++) {
    const Node *n = load->nodes.items[i];
    bool load_of = n->kind == NODE_LOAD && n->load;
    Str files = !n->enabled                         ? (Str){0}
                : load_of                           ? files_of_load(load, a, n)
                : n->kind == NODE_SOURCE && n->info ? n->info->location
                                                    : (Str){0};
    if (!files.len || files.ptr[0] != '/' || !file_matches(fs_real_part(a, files), x->path))
      continue;
    Diag *d = wrong(load, x, CODE_CONFIG_VALUE,
                    str_fmt(a, "an external model cannot write '%.*s': the %s '%.*s' reads it",
                            STR_ARG(x->said), load_of ? "load" : "source", STR_ARG(n->name))
                        .ptr);
    if (load_of)
      diag_note(load->diags, d, n->patch_source, n->patch ? n->patch->span : (Span){0},
                "the load is here");
    else
      diag_note(load->diags, d, n->info->location_src, n->info->location_span,
                "the source is here");
    diag_hint(load->diags, d, "name another file; what the model writes is read by ref('%.*s')",
              STR_ARG(x->node->name));
    return;
  }
}

// --- two models

static void check_two(Load *load, Arena *a, const Place *x, const Place *had) {
  bool same = str_eq(x->path, had->path);
  if (!same && !(x->parts && fs_is_below(had->path, x->path)) &&
      !(had->parts && fs_is_below(x->path, had->path)))
    return;
  Diag *d = wrong(load, x, CODE_DUPLICATE_RELATION,
                  str_fmt(a, "there are two external models that write '%.*s': '%.*s' and '%.*s'",
                          STR_ARG(x->said), STR_ARG(had->node->name), STR_ARG(x->node->name))
                      .ptr);
  const Source *src = had->node->source;
  Span span = {0};
  node_config_place(had->node, load->p->packages[0], STR("location"), &src, &span);
  diag_note(load->diags, d, src, span, "the other one is here");
  diag_hint(load->diags, d, "location: exports/{name}.parquet is another file for each model");
}

// An address, with the store that it is of; a path without links.
static Str full_path(Arena *a, const Node *n, Str place) {
  Value store = node_config(n, STR("endpoint"));
  return file_scheme(place)
             ? str_cat(a, val_is(store, VAL_STR) ? str_cat(a, val_text(store), STR(" ")) : (Str){0},
                       place)
             : fs_real_part(a, place);
}

void load_check_external_places(Load *load) {
  const Target *t = load->p->target;
  const Dialect *dialect = load->shared->dialect;
  if (!t || !dialect || !dialect->source || !dialect->source->files)
    return;
  Arena scratch = {0};
  VEC(Place) places = {0};
  for (size_t i = 0; i < load->nodes.n; i++) {
    const Node *n = load->nodes.items[i];
    if (n->kind != NODE_MODEL || !n->enabled || n->unread ||
        !str_is(node_materialized(n), "external"))
      continue;
    Str place = external_place(&scratch, n, load->p->root);
    if (!place.len || (!t->inside && !file_scheme(place)))
      continue; // told when it is built
    Place x = {n, place, full_path(&scratch, n, place), external_has_parts(n)};
    if (!file_scheme(place)) {
      if (fs_is_below(place, load->p->root))
        x.said = str_sub(place, load->p->root.len + 1, place.len);
      check_own(load, &scratch, &x);
      check_read(load, &scratch, &x);
    }
    for (size_t k = 0; k < places.n; k++)
      check_two(load, &scratch, &x, &places.items[k]);
    vec_push(&scratch, &places, x);
  }
  arena_free(&scratch);
}
