// In: files and what schema files say of them. Out: models, seeds, snapshots, singular tests and
// analyses as nodes ready to be evaluated. Leaves evaluation to nodes.c.
#include "models.h"

#include "../base/fs.h"
#include "files.h"
#include "props.h"

// --- nodes from files

Span load_name_span(const Node *n) {
  const Yaml *name = yaml_get(n->patch, STR("name"));
  return name ? name->span : n->patch->span;
}

Str *load_fqn(Arena *a, const Package *p, Str path, Str name, uint32_t *n) {
  size_t parts = 2;
  for (size_t i = 0; i < path.len; i++)
    parts += path.ptr[i] == '/';
  Str *out = arena_array(a, Str, parts + 2); // room for a version or a file
  *n = 0;
  out[(*n)++] = p->name;
  ptrdiff_t slash = str_rfind(path, STR("/"));
  Str dirs = str_sub(path, 0, slash < 0 ? 0 : (size_t)slash), part;
  while (dirs.len && str_cut(&dirs, '/', &part))
    out[(*n)++] = part;
  out[(*n)++] = name;
  return out;
}

Node *load_node_unnamed(Load *load, NodeKind kind, Package *p, const File *f, Str name) {
  Node *n = node_new(load->a);
  n->kind = kind;
  n->name = name;
  n->package = p;
  n->enabled = true;
  n->path = f->path;
  n->original_path = f->original_path;
  n->source = f->source;
  n->raw_code = f->source->text;
  n->checksum = f->checksum;
  n->checksum_name = STR("sha256");
  n->language = STR("sql");
  n->config = n->unrendered_config = n->config_call = n->meta = n->docs = load->no_dict;
  n->tags = n->constraints = n->doc_blocks = load->no_list;
  n->contract = val_none();
  n->extra = val_none();
  n->unread = !f->ok && (f->kind != FILE_YAML && f->kind != FILE_SNAPSHOT);
  n->created_us = load->now_us;
  return n;
}

Node *load_node(Load *load, NodeKind kind, Package *p, const File *f, Str name) {
  Node *n = load_node_unnamed(load, kind, p, f, name);
  n->id = str_fmt(load->a, "%.*s.%.*s.%.*s", STR_ARG(node_kind_names[kind]), STR_ARG(p->name),
                  STR_ARG(name));
  n->fqn = load_fqn(load->a, p, f->path, name, &n->nfqn);
  return n;
}

Work *load_add_work(Load *load, Node *n, const File *f, ConfigKind kind) {
  Work w = {.node = n, .file = f, .kind = kind};
  w.call = w.call_unrendered = val_undef(NULL);
  vec_push(load->a, &load->work, w);
  return &load->work.items[load->work.n - 1];
}

// The version that is the latest when nobody says which: the highest.
static Value latest_of(const Prop *prop) {
  if (prop->latest_version.kind != VAL_NONE)
    return prop->latest_version;
  const PropVersion *best = NULL;
  for (size_t i = 0; i < prop->nversions; i++)
    if (!best || graph_version_cmp(prop->versions[i].v, best->v) > 0)
      best = &prop->versions[i];
  return best ? best->v_value : val_none();
}

static void name_version(Load *load, Node *n, const VersionOf *of) {
  n->name = of->prop->name;
  n->version = of->version->v;
  NodeMore *more = node_more(load->a, n);
  more->version_value = of->version->v_value;
  more->latest_version = latest_of(of->prop);
  Str tail = str_fmt(load->a, "v%.*s", STR_ARG(n->version));
  n->id = str_fmt(load->a, "model.%.*s.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(n->name),
                  STR_ARG(tail));
  n->fqn[n->nfqn - 1] = n->name;
  n->fqn[n->nfqn++] = tail;
}

static const VersionOf *latest_in_plain_file(Load *load, const Package *p, Str name) {
  const Prop *prop = load_look_up_prop(load, PROP_MODEL, p, name);
  if (!prop || !prop->nversions)
    return NULL;
  Str latest = val_to_str(load->a, latest_of(prop));
  Str file = str_fmt(load->a, "%.*s_v%.*s", STR_ARG(name), STR_ARG(latest));
  for (size_t i = 0; i < prop->nversions; i++)
    if (str_eq(prop->versions[i].v, latest) && prop->versions[i].defined_in.len)
      file = prop->versions[i].defined_in;
  return load_version_of(load, p, file);
}

static void add_model(Load *load, const File *f) {
  Str name = load_without_ending(f->path);
  Node *n = load_node(load, NODE_MODEL, f->package, f, name);
  n->body = f->body;
  if (f->kind == FILE_PYTHON)
    n->language = STR("python");
  const VersionOf *of = load_version_of(load, f->package, name);
  of = of ? of : latest_in_plain_file(load, f->package, name);
  Work *w = load_add_work(load, n, f, CONFIG_MODEL);
  if (of) {
    name_version(load, n, of);
    w->version = of->version;
  }
  w->prop = load_find_prop(load, PROP_MODEL, f->package, n->name);
}

static void add_seed(Load *load, const File *f) {
  Node *n = load_node(load, NODE_SEED, f->package, f, load_without_ending(f->path));
  n->raw_code = (Str){0};
  if (!f->checksum.len) {
    n->checksum_name = STR("path");
    n->checksum = f->original_path;
  }
  load_add_work(load, n, f, CONFIG_SEED)->prop =
      load_find_prop(load, PROP_SEED, f->package, n->name);
}

static void add_snapshot_block(Load *load, const File *f, const Block *b) {
  Node *n = load_node(load, NODE_SNAPSHOT, f->package, f, b->name);
  n->fqn[n->nfqn - 1] = load_without_ending(f->path);
  n->fqn[n->nfqn++] = b->name;
  n->source = load_cut(load->a, f->source, b->contents);
  n->raw_code = n->source->text;
  n->body = template_parse(load->a, n->source, load->diags);
  load_add_work(load, n, f, CONFIG_SNAPSHOT)->prop =
      load_find_prop(load, PROP_SNAPSHOT, f->package, n->name);
}

static void add_snapshot_yaml(Load *load, const File *f, const Prop *prop, Str checksum) {
  Node *n = load_node(load, NODE_SNAPSHOT, f->package, f, prop->name);
  n->path = load->p->level >= DBT_1_12
                ? str_fmt(load->a, "%.*s.sql", STR_ARG(prop->name))
                : str_fmt(load->a, "%.*s/%.*s.sql", STR_ARG(f->path), STR_ARG(prop->name));
  Source *src = arena_new(load->a, Source);
  *src = (Source){.path = f->source->path};
  src->text = str_fmt(load->a, "select * from {{ %.*s }}", STR_ARG(prop->relation));
  const Yaml *at = yaml_get(prop->yaml, STR("relation"));
  ptrdiff_t in_file = at ? str_find(f->source->text, prop->relation, at->span.at) : -1;
  bool is_call = str_find(prop->relation, STR("("), 0) >= 0;
  if (at && !is_call) {
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_WRONG_VALUE, f->source, at->span,
                      "the relation of a snapshot is a call of ref() or source(), not '%.*s'",
                      STR_ARG(prop->relation));
    diag_hint(load->diags, d, "ref('%.*s')?", STR_ARG(prop->relation));
  }
  size_t head = strlen("select * from {{ ");
  if (in_file >= 0 && f->source->at + (size_t)in_file >= head) { // messages show the YAML line
    src->outer = f->source->outer;
    src->at = f->source->at + (size_t)in_file - head;
  }
  n->source = src;
  n->raw_code = src->text;
  n->checksum = checksum;
  n->body = template_parse(load->a, src, load->diags);
  load_add_work(load, n, f, CONFIG_SNAPSHOT)->prop =
      load_find_prop(load, PROP_SNAPSHOT, f->package, n->name);
}

// Those that are made in YAML; all of a file have the checksum of the file.
static void add_yaml_snapshots(Load *load, const File *f) {
  Str checksum = load_checksum(load, load->a, f->source->text);
  for (size_t i = 0; i < f->props->nprops[PROP_SNAPSHOT]; i++)
    if (f->props->props[PROP_SNAPSHOT][i]->relation.len)
      add_snapshot_yaml(load, f, f->props->props[PROP_SNAPSHOT][i], checksum);
}

static void add_snapshots(Load *load, const File *f) {
  for (const Block *b = f->blocks; b; b = b->next)
    add_snapshot_block(load, f, b);
}

static void add_test(Load *load, const File *f) {
  Node *n = load_node(load, NODE_TEST, f->package, f, load_without_ending(f->path));
  n->body = f->body;
  n->test = arena_new(load->a, TestInfo);
  n->test->kwargs = val_dict(load->a);
  load_add_work(load, n, f, CONFIG_TEST)->prop =
      load_find_prop(load, PROP_TEST, f->package, n->name);
}

static void add_analysis(Load *load, const File *f) {
  Node *n = load_node(load, NODE_ANALYSIS, f->package, f, load_without_ending(f->path));
  n->body = f->body;
  ConfigKind kind = config_of_analyses(load->p);
  if (kind != CONFIG_ANALYSIS) {
    n->path = str_fmt(load->a, "analysis/%.*s", STR_ARG(f->path));
    n->fqn = load_fqn(load->a, f->package, n->path, n->name, &n->nfqn);
  }
  load_add_work(load, n, f, kind)->prop = load_find_prop(load, PROP_ANALYSIS, f->package, n->name);
}

static Str function_key(Load *load, const Package *p, Str name) {
  return str_fmt(load->a, "%u/%.*s", p->index, STR_ARG(name));
}

static const Yaml *overload_place(const Prop *p, size_t i) {
  return yaml_get(yaml_item(yaml_get(p->yaml, STR("overloads")), i), STR("defined_in"));
}

// Notes which files are overloads, and of which function.
static void note_overloads(Load *load, const File *f, Prop *p) {
  for (size_t i = 0; val_is_seq(p->overloads) && i < p->overloads.list->n; i++) {
    const Yaml *at = overload_place(p, i);
    Str name = at ? yaml_str(at) : (Str){0}, key = function_key(load, f->package, name);
    const Prop *had = map_get(&load->overloads, key);
    bool itself = str_eq(name, p->name);
    if (name.len && (itself || had))
      diag_at(load->diags, SEV_ERROR, CODE_WRONG_VALUE, at->src, at->span,
              itself ? "the function '%.*s' is no overload of itself"
                     : "'%.*s' is an overload already: a file is one of one function",
              STR_ARG(name));
    else if (name.len)
      map_put(load->a, &load->overloads, key, p);
  }
}

static const Prop *overload_of(Load *load, const Package *package, Str name) {
  for (size_t i = 0; !load->has_overloads && i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props->nprops[PROP_FUNCTION]; k++)
      note_overloads(load, f, f->props->props[PROP_FUNCTION][k]);
  }
  load->has_overloads = true;
  return map_get(&load->overloads, function_key(load, package, name));
}

static const File *function_file(const Load *load, const Package *p, Str name) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (f->kind == FILE_FUNCTION && f->package == p && str_eq(load_without_ending(f->path), name))
      return f;
  }
  return NULL;
}

// The overloads with their bodies.
static Value with_bodies(Load *load, Work *w, const Package *package) {
  Value out = val_copy(load->a, w->prop->overloads, false);
  w->overloads = arena_array(load->a, const File *, out.list->n + 1);
  for (size_t i = 0; i < out.list->n; i++) {
    Value one = val_copy(load->a, out.list->items[i], false);
    Str name = val_to_str(load->a, val_get(one, STR("defined_in")));
    const File *f = name.len ? function_file(load, package, name) : NULL;
    const Yaml *at = overload_place(w->prop, i);
    out.list->items[i] = one;
    if (!f && at && name.len)
      diag_hint(load->diags,
                diag_at(load->diags, SEV_ERROR, CODE_WRONG_VALUE, at->src, at->span,
                        "there is no file of functions named '%.*s'", STR_ARG(name)),
                "its body is expected in functions/%.*s.sql", STR_ARG(name));
    if (!f)
      continue;
    w->overloads[w->noverloads++] = f;
    dict_sets(load->a, one.dict, STR("raw_body"), val_str(f->source->text));
  }
  return out;
}

static void add_function(Load *load, const File *f) {
  if (overload_of(load, f->package, load_without_ending(f->path)))
    return;
  Node *n = load_node(load, NODE_FUNCTION, f->package, f, load_without_ending(f->path));
  n->body = f->body;
  if (str_ends_nocase(f->path, STR(".py")))
    n->language = STR("python");
  Work *w = load_add_work(load, n, f, CONFIG_FUNCTION);
  w->prop = load_find_prop(load, PROP_FUNCTION, f->package, n->name);
  if (w->prop) {
    n->extra = val_dict(load->a);
    dict_sets(load->a, n->extra.dict, STR("arguments"), w->prop->arguments);
    dict_sets(load->a, n->extra.dict, STR("returns"), w->prop->returns);
    if (val_is_seq(w->prop->overloads))
      dict_sets(load->a, n->extra.dict, STR("overloads"), with_bodies(load, w, f->package));
    val_freeze(n->extra);
    return;
  }
  Diag *d =
      diag_at(load->diags, SEV_ERROR, CODE_MISSING_KEY, f->source, (Span){0},
              "no schema file says what the function '%.*s' takes and returns", STR_ARG(n->name));
  diag_lack(load->diags, d, LACK_ENTRY, n->name);
  diag_hint(load->diags, d,
            "as in functions: [{name: %.*s, arguments: [{name: x, data_type: int}], returns: "
            "{data_type: int}}]",
            STR_ARG(n->name));
}

// --- patches of another package's node

static bool tree_disables(const Load *load, const Work *w) {
  const Node *n = w->node;
  Value tree = config_tree(load->a, load->p, n->package, w->kind, n->fqn, n->nfqn);
  Value on = val_get(tree, STR("enabled"));
  return on.kind == VAL_BOOL && !val_truth(on);
}

static Str kind_and_name(Arena *a, NodeKind kind, Str name) {
  return str_fmt(a, "%d/%.*s", kind, STR_ARG(name));
}

static const struct {
  PropKind prop;
  NodeKind node;
} patched[] = {
    {PROP_MODEL,    NODE_MODEL   },
    {PROP_SEED,     NODE_SEED    },
    {PROP_SNAPSHOT, NODE_SNAPSHOT}
};

static Work *work_of(const Load *load, const Prop *prop) {
  for (size_t i = 0; i < load->work.n; i++)
    if (load->work.items[i].prop == prop)
      return &load->work.items[i];
  return NULL;
}

static void adopt(Load *load, const Map *bare, const File *f, Prop *prop, NodeKind kind) {
  Work *other = map_get(bare, kind_and_name(load->a, kind, prop->name));
  if (!other || other->prop || prop->nversions || tree_disables(load, other))
    return;
  if (load_prop_used(load, prop, f->package)) {
    Work *own = work_of(load, prop);
    if (!own || !tree_disables(load, own))
      return;
    own->prop = NULL;
  }
  other->prop = load_find_prop(load, prop->kind, f->package, prop->name);
}

// A package's description goes to the node of that name that another package has, when its own is
// switched off by the project's tree or is not there: a project that puts its own model or seed in
// a package's place keeps the package's tests.
static void adopt_props(Load *load) {
  Map bare = {0};
  for (size_t i = 0; i < load->work.n && load->p->npackages > 1; i++) {
    Work *w = &load->work.items[i];
    Str key = kind_and_name(load->a, w->node->kind, w->node->name);
    if (!w->prop && node_is_refable(w->node) && !map_get(&bare, key))
      map_put(load->a, &bare, key, w);
  }
  for (size_t i = 0; bare.n && i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < COUNT(patched); k++)
      for (size_t j = 0; j < f->props->nprops[patched[k].prop]; j++)
        adopt(load, &bare, f, f->props->props[patched[k].prop][j], patched[k].node);
  }
}

// --- all of them

static void (*const adders[])(Load *, const File *) = {
    [FILE_MODEL] = add_model,  [FILE_SEED] = add_seed,         [FILE_SNAPSHOT] = add_snapshots,
    [FILE_TEST] = add_test,    [FILE_ANALYSIS] = add_analysis, [FILE_FUNCTION] = add_function,
    [FILE_PYTHON] = add_model,
};

void load_nodes(Load *load) {
  vec_reserve(load->a, &load->work, load->files.n);
  vec_reserve(load->a, &load->nodes, load->files.n);
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (adders[f->kind]) // the name of one that could not be read is known all the same
      adders[f->kind](load, f);
    if (f->kind == FILE_YAML && f->props->nprops[PROP_SNAPSHOT])
      add_yaml_snapshots(load, f);
  }
  adopt_props(load);
}
