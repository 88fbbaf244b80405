// In: exposures, groups and unit tests of schema files. Out: nodes and groups. Metrics and what
// goes with them are semantic.c's.
#include "exposures.h"

#include "docs.h"
#include "models.h"
#include "node_fields.h"
#include "props.h"
#include "unit_tests.h"

// --- groups

// dbt reads a group's config from under models: in the project file too.
static Value group_config(Load *load, const File *f, const Prop *p) {
  ConfigInput in = {.project = load->p,
                    .package = f->package,
                    .kind = CONFIG_GROUP,
                    .properties = p->config,
                    .properties_unrendered = p->config,
                    .src = f->source,
                    .span = p->name_span};
  uint32_t nfqn;
  in.fqn = load_fqn(load->a, f->package, f->path, p->name, &nfqn);
  in.nfqn = nfqn;
  in.call = in.call_unrendered = val_undef(NULL);
  Value config, unrendered;
  config_merge(load->a, &in, &config, &unrendered, load->diags);
  dict_remove(config.dict, val_lit("pre-hook"));
  dict_remove(config.dict, val_lit("post-hook"));
  return config;
}

static void add_group(Load *load, const File *f, const Prop *p) {
  Str key = str_fmt(load->a, "%.*s.%.*s", STR_ARG(f->package->name), STR_ARG(p->name));
  const Prop *had = map_get(&load->groups, key);
  if (had) {
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, p->name_span,
                      "there are two groups named '%.*s'", STR_ARG(p->name));
    diag_note(load->diags, d, had->src, had->name_span, "the other one is here");
    return;
  }
  map_put(load->a, &load->groups, key, (void *)(uintptr_t)p);
  Group *g = arena_new(load->a, Group);
  *g = (Group){.name = p->name,
               .path = f->path,
               .original_path = f->original_path,
               .package = f->package,
               .owner = p->owner,
               .config = group_config(load, f, p)};
  g->id = str_fmt(load->a, "group.%.*s", STR_ARG(key));
  g->description =
      load_description(load, load->a, f->package, f->source, p->description, NULL, load->diags);
  load->g->groups[load->g->ngroups++] = g;
  if (!map_get(&load->g->by_group, p->name))
    map_put(load->a, &load->g->by_group, p->name, g);
}

void load_groups(Load *load) {
  size_t n = 0;
  for (size_t i = 0; i < load->files.n; i++)
    n +=
        load->files.items[i].kind == FILE_YAML ? load->files.items[i].props->nprops[PROP_GROUP] : 0;
  load->g->groups = arena_array(load->a, Group *, n);
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props->nprops[PROP_GROUP]; k++)
      add_group(load, f, f->props->props[PROP_GROUP][k]);
  }
}

// --- what an entry depends on: "ref('x')" as in a template

bool load_capture_reference(Load *load, const File *f, Node *n, Capture *k, Str text) {
  Source *src = arena_new(load->a, Source);
  *src = (Source){.path = f->source->path, .text = str_fmt(load->a, "{{ %.*s }}", STR_ARG(text))};
  size_t before = n->patch ? n->patch->span.at : 0;
  ptrdiff_t at = str_find(f->source->text, text, before);
  if (at >= 3 - (ptrdiff_t)f->source->at && at >= 0) {
    src->outer = f->source->outer;
    src->at = f->source->at + (size_t)at - 3;
  }
  Template *t = template_parse(load->a, src, load->diags);
  if (!t)
    return false;
  Context c;
  context_init(&c, CONTEXT_PARSE, load->shared, load->a, n, n->package, NULL);
  c.capture = k;
  EvalOptions o = context_options(&c, load->diags);
  Str ignored;
  return template_render(t, &o, &ignored);
}

void load_dependencies(Load *load, const File *f, Node *n, Value list) {
  Capture k = {.arena = load->a, .config = val_dict(load->a)};
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    if (val_is(list.list->items[i], VAL_STR))
      load_capture_reference(load, f, n, &k, val_text(list.list->items[i]));
  n->refs = k.refs;
  n->nrefs = k.nrefs;
  n->sources = k.sources;
  n->nsources = k.nsources;
  if (k.nmetrics) {
    NodeMore *more = node_more(load->a, n);
    more->metrics = k.metrics;
    more->nmetrics = k.nmetrics;
  }
}

// --- nodes

typedef struct Kind {
  PropKind prop;
  NodeKind node;
  ConfigKind config;
} Kind;
static const Kind kinds[] = {
    {PROP_EXPOSURE,  NODE_EXPOSURE,  CONFIG_EXPOSURE },
    {PROP_UNIT_TEST, NODE_UNIT_TEST, CONFIG_UNIT_TEST},
};

static void name_unit_test(Load *load, Node *n, const File *f, const PropVersion *v) {
  Str model = val_to_str(load->a, val_get(n->extra, STR("model")));
  n->id = str_fmt(load->a, "unit_test.%.*s.%.*s.%.*s%s%.*s", STR_ARG(n->package->name),
                  STR_ARG(model), STR_ARG(n->name), v ? "_v" : "", STR_ARG(v ? v->v : STR("")));
  if (v) {
    n->version = v->v;
    node_more(load->a, n)->version_value = v->v_value;
  }
  Ref *r = arena_new(load->a, Ref);
  const Yaml *at = yaml_get(n->patch, STR("model"));
  *r = (Ref){.name = model,
             .version = n->version,
             .src = f->source,
             .span = at ? at->span : n->patch->span};
  n->refs = r;
  n->nrefs = 1;
}

static void add_node(Load *load, const File *f, Node *n, const Prop *p);

// A unit test of a model with versions is one test for each of them.
static void add_unit_test(Load *load, const File *f, Node *n, const Prop *p) {
  Str model = val_to_str(load->a, val_get(n->extra, STR("model")));
  const Prop *of = load_find_prop(load, PROP_MODEL, f->package, model);
  const PropVersion **versions =
      arena_array(load->a, const PropVersion *, of ? of->nversions + 1 : 1);
  size_t nversions;
  n->description = p->description; // as it is written: dbt does not render it
  if (!load_unit_rows(load, f, n) || !load_unit_versions(load, f, n, versions, &nversions))
    return;
  for (size_t i = 0; i < (nversions ? nversions : 1); i++) {
    Node *one = arena_new(load->a, Node);
    *one = *n;
    name_unit_test(load, one, f, nversions ? versions[i] : NULL);
    add_node(load, f, one, p);
  }
}

static bool first_of_its_name(Load *load, const File *f, const Node *n, const Prop *p) {
  const Node *had = map_get(&load->by_id, n->id);
  if (!had)
    return true;
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, p->name_span,
                    "there are two %.*s named '%.*s'", STR_ARG(node_kind_plurals[n->kind]),
                    STR_ARG(n->name));
  diag_note(load->diags, d, had->patch_source, load_name_span(had), "the other one is here");
  return false;
}

static void add_node(Load *load, const File *f, Node *n, const Prop *p) {
  if (n->enabled) {
    if (!first_of_its_name(load, f, n, p))
      return;
    map_put(&load->taken, &load->by_id, n->id, n);
  }
  vec_push(load->a, &load->nodes, n);
}

// A unit test stands below its model: config of the project file names it so.
static void put_below_model(Load *load, Node *n) {
  n->fqn[n->nfqn - 1] = val_to_str(load->a, val_get(n->extra, STR("model")));
  n->fqn[n->nfqn++] = n->name;
}

// What stands beside an exposure's config adds to it, and so do plain `tags` and `meta` right under
// the project's `exposures:`; within the config the later layer wins (dbt's ExposureParser).
static void join_beside(Load *load, Node *n, const Prop *p) {
  Value meta = val_dict(load->a), of_all = n->package->exposures, tags = p->tags;
  const Value layers[] = {val_get(of_all, STR("meta")), p->meta, node_config(n, STR("meta"))};
  for (size_t k = 0, at = 0; k < COUNT(layers); k++, at = 0)
    for (DictEntry *e; val_is(layers[k], VAL_DICT) && (e = dict_next(layers[k].dict, &at));)
      dict_set(load->a, meta.dict, e->key, e->value);
  n->meta = meta;
  if (val_is_seq(val_get(of_all, STR("tags"))))
    tags = load_sorted_tags(load->a, val_get(of_all, STR("tags")), tags);
  n->tags = load_sorted_tags(load->a, tags, node_config(n, STR("tags")));
  dict_sets(load->a, n->config.dict, STR("meta"), n->meta);
  dict_sets(load->a, n->config.dict, STR("tags"), n->tags);
}

static void add_entry(Load *load, const File *f, const Prop *p, const Kind *kind) {
  Node *n = load_node(load, kind->node, f->package, f, p->name);
  n->raw_code = n->checksum = n->checksum_name = (Str){0};
  n->patch = p->yaml;
  n->patch_source = f->source;
  n->extra = p->value;
  n->description = load_description(load, load->a, f->package, f->source, p->description,
                                    &n->doc_blocks, load->diags);
  if (kind->node == NODE_UNIT_TEST)
    put_below_model(load, n);
  ConfigInput in = {.project = load->p,
                    .package = f->package,
                    .kind = kind->config,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .properties = p->config,
                    .properties_unrendered = p->unrendered_config,
                    .src = f->source,
                    .span = p->name_span,
                    .properties_yaml = yaml_get(p->yaml, STR("config")),
                    .entry = p->yaml};
  in.call = in.call_unrendered = val_undef(NULL);
  config_merge(load->a, &in, &n->config, &n->unrendered_config, load->diags);
  if (kind->node != NODE_EXPOSURE && val_is_seq(p->tags))
    n->tags = p->tags;
  load_config_fields(load->a, n);
  if (kind->node == NODE_EXPOSURE)
    join_beside(load, n, p);
  else if (val_is(p->meta, VAL_DICT) && p->meta.dict->n && !n->meta.dict->n)
    n->meta = p->meta;
  n->enabled &= p->enabled;
  if (kind->node == NODE_EXPOSURE) {
    ExposureInfo *said = arena_new(load->a, ExposureInfo);
    *said = (ExposureInfo){p->type, p->maturity, p->url, p->label, p->owner};
    node_more(load->a, n)->exposure = said;
    load_dependencies(load, f, n, p->depends_on);
  }
  if (kind->node == NODE_UNIT_TEST)
    add_unit_test(load, f, n, p);
  else
    add_node(load, f, n, p);
}

void load_exposures(Load *load) {
  for (size_t k = 0; k < COUNT(kinds); k++)
    for (size_t i = 0; i < load->files.n; i++) {
      const File *f = &load->files.items[i];
      for (size_t j = 0; f->kind == FILE_YAML && j < f->props->nprops[kinds[k].prop]; j++)
        add_entry(load, f, f->props->props[kinds[k].prop][j], &kinds[k]);
    }
}
