// In: the entries of schema files that describe nodes. Out: the entry of a name, and which version
// of which model a file is; errors of names that stand there twice, warnings of entries that found
// no node.
#include "props.h"

static void add_key(Buf *out, PropKind kind, Str package, Str name) {
  buf_addf(out, "%.*s/%.*s/%.*s", STR_ARG(prop_sections[kind]), STR_ARG(package), STR_ARG(name));
}

static bool is_patch(PropKind k) {
  return k == PROP_MODEL || k == PROP_SEED || k == PROP_SNAPSHOT || k == PROP_ANALYSIS ||
         k == PROP_TEST || k == PROP_FUNCTION;
}

void load_described_twice(Load *load, const File *f, const Prop *prop, const Prop *had) {
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DESCRIBED_TWICE, f->source, prop->name_span,
                    "'%.*s' is described twice under '%.*s:'", STR_ARG(prop->name),
                    STR_ARG(prop_sections[prop->kind]));
  diag_note(load->diags, d, had->src, had->name_span, "the other place");
}

static Span version_span(const Prop *prop, const PropVersion *v) {
  const Yaml *file = yaml_get(v->yaml, STR("defined_in"));
  return file ? file->span : v->yaml ? v->yaml->span : prop->name_span;
}

static Str version_key(Arena *a, const Package *p, Str file) {
  return str_fmt(a, "%.*s.%.*s", STR_ARG(p->name), STR_ARG(file));
}

static void index_versions(Load *load, const File *f, Prop *prop) {
  for (size_t i = 0; i < prop->nversions; i++) {
    const PropVersion *v = &prop->versions[i];
    Str file = v->defined_in.len
                   ? v->defined_in
                   : str_fmt(load->a, "%.*s_v%.*s", STR_ARG(prop->name), STR_ARG(v->v));
    VersionOf *of = arena_new(load->a, VersionOf);
    *of = (VersionOf){prop, v};
    Str key = version_key(load->a, f->package, file);
    const VersionOf *had = map_get(&load->models, key);
    if (!had) {
      map_put(load->a, &load->models, key, of);
      continue;
    }
    if (had->prop == prop && str_eq(had->version->v, v->v))
      continue; // listed twice, which is told
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, version_span(prop, v),
                      "two versions are defined in the file '%.*s'", STR_ARG(file));
    diag_note(load->diags, d, had->prop->src, version_span(had->prop, had->version),
              "the other one is here");
  }
}

static void index_prop(Load *load, const File *f, Prop *prop) {
  Buf b = {.arena = load->a};
  add_key(&b, prop->kind, f->package->name, prop->name);
  Str key = buf_str(&b);
  Prop *had = map_get(&load->props, key);
  if (!had) {
    map_put(load->a, &load->props, key, prop);
    if (prop->kind == PROP_MODEL)
      index_versions(load, f, prop);
    return;
  }
  load_described_twice(load, f, prop, had);
}

void load_props(Load *load) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (f->kind != FILE_YAML)
      continue;
    for (int k = 0; k < PROP_KINDS; k++)
      for (size_t j = 0; is_patch((PropKind)k) && j < f->props->nprops[k]; j++)
        index_prop(load, f, f->props->props[k][j]);
  }
}

static Prop *find_prop(const Load *load, PropKind kind, Str package, Str name) {
  Buf key = {0};
  add_key(&key, kind, package, name);
  Prop *prop = map_get(&load->props, buf_str(&key));
  buf_free(&key);
  return prop;
}

const Prop *load_look_up_prop(const Load *load, PropKind kind, const Package *p, Str name) {
  return find_prop(load, kind, p->name, name);
}

const VersionOf *load_version_of(const Load *load, const Package *p, Str file) {
  return map_get(&load->models, version_key(load->a, p, file));
}

Prop *load_find_prop(Load *load, PropKind kind, const Package *p, Str name) {
  Prop *prop = find_prop(load, kind, p->name, name);
  if (prop)
    prop->used = true;
  return prop;
}

// --- patches that found nothing

typedef struct Section {
  PropKind prop;
  NodeKind kind;
  const char *what;
} Section;
static const Section sections[] = {
    {PROP_MODEL,    NODE_MODEL,    "model"        },
    {PROP_SEED,     NODE_SEED,     "seed"         },
    {PROP_SNAPSHOT, NODE_SNAPSHOT, "snapshot"     },
    {PROP_ANALYSIS, NODE_ANALYSIS, "analysis"     },
    {PROP_TEST,     NODE_TEST,     "singular test"},
    {PROP_FUNCTION, NODE_FUNCTION, "function"     },
};

bool load_prop_used(const Load *load, const Prop *p, const Package *of) {
  const Prop *of_name = find_prop(load, p->kind, of->name, p->name);
  return of_name && of_name->used;
}

static size_t count_tests(const Prop *prop) {
  size_t n = prop->ntests;
  for (size_t i = 0; i < prop->ncolumns; i++)
    n += prop->columns[i].ntests;
  return n;
}

// Whether a node of that name, of another kind, gets the entry's tests.
static bool tests_have_node(const Load *load, const Prop *prop, const Package *p) {
  for (size_t i = 0; i < load->work.n; i++) {
    const Node *n = load->work.items[i].node;
    if (n->package == p && node_is_refable(n) && str_eq(n->name, prop->name))
      return true;
  }
  return false;
}

static void warn_unused(Load *load, const Prop *prop, const Section *s, const Package *p) {
  size_t tests = tests_have_node(load, prop, p) ? 0 : count_tests(prop);
  Str left =
      tests ? str_fmt(load->a, "; its %zu test%s left out", tests, tests == 1 ? " is" : "s are")
            : (Str){0};
  Diag *d = diag_at(load->diags, SEV_WARNING, tests ? CODE_TESTS_WITHOUT_NODE : CODE_UNKNOWN_NODE,
                    prop->src, prop->name_span, "there is no %s named '%.*s'%.*s", s->what,
                    STR_ARG(prop->name), STR_ARG(left));
  diag_lack(load->diags, d, LACK_ENTRY, prop->name);
  diag_part(load->diags, d, "patch_name", prop->name);
  diag_part(load->diags, d, "yaml_key", prop_sections[prop->kind]);
  if (!str_may_search(load->work.n))
    return;
  Str *names = arena_array(load->a, Str, load->work.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < load->work.n; i++) {
    const Node *node = load->work.items[i].node;
    if (node->package != p || (node->test && node->test->generic))
      continue;
    if (node->kind == s->kind)
      names[n++] = node->name;
    else if (str_eq(node->name, prop->name)) {
      diag_hint(load->diags, d, "it is a %s: describe it under '%s:'",
                node_kind_names[node->kind].ptr, node_kind_plurals[node->kind].ptr);
      return;
    }
  }
  if (s->kind == NODE_SNAPSHOT && !yaml_get(prop->yaml, STR("relation"))) {
    diag_hint(load->diags, d, "one that is made in YAML says of what: relation: ref('x')");
    return;
  }
  diag_nearest(load->diags, d, prop->name, names, n);
}

static bool has_version(const Load *load, const PropVersion *v) {
  for (size_t i = 0; i < load->work.n; i++)
    if (load->work.items[i].version == v)
      return true;
  return false;
}

// Each version of a model is a file.
static void warn_versions(Load *load, const Prop *prop, const Package *p) {
  for (size_t i = 0; i < prop->nversions; i++) {
    const PropVersion *v = &prop->versions[i];
    Str file = v->defined_in.len
                   ? v->defined_in
                   : str_fmt(load->a, "%.*s_v%.*s", STR_ARG(prop->name), STR_ARG(v->v));
    const VersionOf *of = load_version_of(load, p, file);
    if (has_version(load, v) || (of && of->version != v)) // the file of two is told
      continue;
    Diag *d = diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, prop->src, version_span(prop, v),
                      "version %.*s of '%.*s' has no file '%.*s'", STR_ARG(v->v),
                      STR_ARG(prop->name), STR_ARG(file));
    diag_lack(load->diags, d, LACK_ENTRY, prop->name);
    diag_part(load->diags, d, "patch_name", file);
    diag_part(load->diags, d, "yaml_key", prop_sections[prop->kind]);
    diag_hint(load->diags, d, "add %.*s.sql, or say which it is with `defined_in:`", STR_ARG(file));
  }
}

// Those beyond the first ones are counted: to find out what each may have meant takes long.
static void warn_more(Load *load, const Prop *first, size_t n) {
  if (!n)
    return;
  Str rest = n > 1 ? str_fmt(load->a, "; of %zu more entries neither", n - 1) : (Str){0};
  diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, first->src, first->name_span,
          "there is nothing named '%.*s'%.*s", STR_ARG(first->name), STR_ARG(rest));
}

void load_unused_props(Load *load) {
  enum { MOST = 50 };
  size_t unused = 0;
  const Prop *more = NULL; // the first that is only counted
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (f->kind != FILE_YAML)
      continue;
    for (size_t s = 0; s < COUNT(sections); s++)
      for (size_t k = 0; k < f->props->nprops[sections[s].prop]; k++) {
        const Prop *prop = f->props->props[sections[s].prop][k];
        if (prop->nversions)
          warn_versions(load, prop, f->package);
        if (prop->nversions || load_prop_used(load, prop, f->package))
          continue;
        if (++unused <= MOST)
          warn_unused(load, prop, &sections[s], f->package);
        else if (!more)
          more = prop;
      }
  }
  warn_more(load, more, unused > MOST ? unused - MOST : 0);
}
