// In: entries of `sources:` with `overrides:`. Out: a package's source and table with what the
// override says in the place of what the package says. Two overrides of one source are an error;
// one that changes nothing is told of. Leaves nodes to sources.c.
#include "source_overrides.h"

#include "sources.h"

#include <stddef.h>

static bool gives(const Yaml *over, Str key) {
  return yaml_get(over, key) || yaml_get(yaml_get(over, STR("config")), key);
}

// --- what an override's key stands for in the structs

typedef struct Field {
  Str key;
  size_t at, size;
} Field;

#define OF(type, key, member)                                                                      \
  { STR_INIT(key), offsetof(type, member), sizeof((const type *)0)->member }
#define SOURCE(key, member) OF(PropSource, key, member)
#define TABLE(key, member) OF(PropTable, key, member)

// Of the two that say when rows came the one that is given takes the place of both.
static const Field of_source[] = {
    SOURCE("description", description),
    SOURCE("database", database),
    SOURCE("database", has_database),
    SOURCE("database", unrendered_database),
    SOURCE("schema", schema),
    SOURCE("schema", has_schema),
    SOURCE("schema", unrendered_schema),
    SOURCE("loader", loader),
    SOURCE("meta", meta),
    SOURCE("tags", tags),
    SOURCE("tags", plain_tags),
    SOURCE("quoting", quoting),
    SOURCE("freshness", freshness),
    SOURCE("loaded_at_field", loaded_at_field),
    SOURCE("loaded_at_field", loaded_at_query),
    SOURCE("loaded_at_field", has_loaded_at_field),
    SOURCE("loaded_at_query", loaded_at_field),
    SOURCE("loaded_at_query", loaded_at_query),
    SOURCE("loaded_at_query", has_loaded_at_field),
};
static const Field of_table[] = {
    TABLE("description", description),
    TABLE("identifier", identifier),
    TABLE("meta", meta),
    TABLE("tags", tags),
    TABLE("tags", plain_tags),
    TABLE("quoting", quoting),
    TABLE("external", external),
    TABLE("docs", docs),
    TABLE("freshness", freshness),
    TABLE("loaded_at_field", loaded_at_field),
    TABLE("loaded_at_field", loaded_at_query),
    TABLE("loaded_at_field", has_loaded_at_field),
    TABLE("loaded_at_query", loaded_at_field),
    TABLE("loaded_at_query", loaded_at_query),
    TABLE("loaded_at_query", has_loaded_at_field),
    TABLE("columns", columns),
    TABLE("columns", ncolumns),
    TABLE("data_tests", tests),
    TABLE("data_tests", ntests),
    TABLE("tests", tests),
    TABLE("tests", ntests),
};

static void take(void *to, const void *from, const Yaml *over, const Field *fields, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (gives(over, fields[i].key))
      memcpy((char *)to + fields[i].at, (const char *)from + fields[i].at, fields[i].size);
}

static void lay_source(Load *load, SourceTable *t) {
  PropSource *s = arena_new(load->a, PropSource);
  *s = *t->source;
  take(s, t->over, t->over->yaml, of_source, COUNT(of_source));
  s->config = load_laid_over(load->a, s->config, t->over->config);
  s->unrendered_config = load_laid_over(load->a, s->unrendered_config, t->over->unrendered_config);
  t->source = s;
}

static void lay_table(Load *load, SourceTable *t) {
  PropTable *x = arena_new(load->a, PropTable);
  *x = *t->table;
  const Yaml *y = t->table_over->yaml;
  take(x, t->table_over, y, of_table, COUNT(of_table));
  x->config = load_laid_over(load->a, x->config, t->table_over->config);
  x->unrendered_config =
      load_laid_over(load->a, x->unrendered_config, t->table_over->unrendered_config);
  t->table = x;
  if (gives(y, STR("columns")))
    t->columns_file = t->over_file;
  if (gives(y, STR("tests")) || gives(y, STR("data_tests")))
    t->tests_file = t->over_file;
}

// --- which override is whose

// What the override's file holds becomes part of the package, at the place where it was written.
static const File *in_the_package(Load *load, const File *written, const File *of) {
  File *f = arena_new(load->a, File);
  *f = *written;
  f->package = of->package;
  f->root = of->root;
  f->path = of->path;
  f->original_path = of->original_path;
  return f;
}

static Str override_key(Arena *a, Str package, Str source) {
  return str_fmt(a, "%.*s %.*s", STR_ARG(package), STR_ARG(source));
}

void load_override(Load *load, Overrides *all, SourceTable *t) {
  t->columns_file = t->tests_file = t->file;
  if (!all->n)
    return;
  Override *o =
      map_get(&all->by_name, override_key(load->a, t->file->package->name, t->source->name));
  if (!o)
    return;
  o->used = true;
  t->over = o->source;
  t->over_file = in_the_package(load, o->file, t->file);
  for (size_t i = 0; i < t->over->ntables; i++)
    if (str_eq(t->over->tables[i].name, t->table->name)) {
      o->used_table[i] = true;
      t->table_over = &t->over->tables[i];
    }
  lay_source(load, t);
  if (t->table_over)
    lay_table(load, t);
}

static void add_override(Load *load, Overrides *all, const File *f, const PropSource *s) {
  Str key = override_key(load->a, s->overrides, s->name);
  const Override *same = map_get(&all->by_name, key);
  if (same) {
    const PropSource *had = same->source;
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DESCRIBED_TWICE, f->source, s->name_span,
                      "the source '%.*s' of the package '%.*s' is overridden twice",
                      STR_ARG(s->name), STR_ARG(s->overrides));
    diag_note(load->diags, d, had->src, had->name_span, "the other place");
    diag_hint(load->diags, d, "put both into one entry");
    return;
  }
  Override *o = arena_new(load->a, Override);
  *o = (Override){f, s, false, arena_array(load->a, bool, s->ntables + 1)};
  vec_push(load->a, all, o);
  map_put(load->a, &all->by_name, key, o);
}

void load_overrides(Load *load, Overrides *out) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props->nsources; k++)
      if (f->props->sources[k]->overrides.len)
        add_override(load, out, f, f->props->sources[k]);
  }
}

// --- overrides of nothing

static void hint_names(Load *load, Diag *d, Str name, const Str *names, size_t n,
                       const char *what) {
  if (!diag_nearest(load->diags, d, name, names, n))
    diag_hint(load->diags, d, "%s", what);
}

static const Package *package_named(const Load *load, Str name) {
  for (size_t i = 0; i < load->p->npackages; i++)
    if (str_eq(load->p->packages[i]->name, name))
      return load->p->packages[i];
  return NULL;
}

static void warn_package(Load *load, const Override *o) {
  const Yaml *at = yaml_get(o->source->yaml, STR("overrides"));
  Diag *d = diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, o->file->source,
                    at ? at->span : o->source->name_span,
                    "there is no package named '%.*s': this override has no effect",
                    STR_ARG(o->source->overrides));
  Str *names = arena_array(load->a, Str, load->p->npackages + 1);
  for (size_t i = 0; i < load->p->npackages; i++)
    names[i] = load->p->packages[i]->name;
  hint_names(load, d, o->source->overrides, names, load->p->npackages,
             "install it, or remove the entry");
}

// The names of a package's sources, or of the tables of one of them (`of` is not empty).
static size_t names_in(const Load *load, const Package *p, Str of, StrVec *out) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && f->package == p && k < f->props->nsources; k++) {
      const PropSource *s = f->props->sources[k];
      if (!of.len && !s->overrides.len)
        vec_push(load->a, out, s->name);
      for (size_t t = 0; str_eq(s->name, of) && t < s->ntables; t++)
        vec_push(load->a, out, s->tables[t].name);
    }
  }
  return out->n;
}

static void warn_source(Load *load, const Override *o, const Package *p, size_t all_sources) {
  Diag *d =
      diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, o->file->source, o->source->name_span,
              "the package '%.*s' has no source named '%.*s': this override has no effect",
              STR_ARG(p->name), STR_ARG(o->source->name));
  StrVec names = {0};
  size_t n = str_may_search(all_sources) ? names_in(load, p, (Str){0}, &names) : 0;
  hint_names(load, d, o->source->name, names.items, n, "correct the name, or remove the entry");
}

static void warn_table(Load *load, const Override *o, const Package *p, const PropTable *t) {
  Diag *d = diag_at(
      load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, o->file->source, t->name_span,
      "the source '%.*s' of the package '%.*s' has no table named '%.*s': an override adds none",
      STR_ARG(o->source->name), STR_ARG(p->name), STR_ARG(t->name));
  StrVec names = {0};
  size_t n = names_in(load, p, o->source->name, &names);
  hint_names(load, d, t->name, names.items, n,
             "a source of the project's own, without `overrides:`, can name it");
}

void load_unused_overrides(Load *load, const Overrides *all) {
  for (size_t i = 0; i < all->n; i++) {
    const Override *o = all->items[i];
    const Package *p = package_named(load, o->source->overrides);
    if (!p)
      warn_package(load, o);
    else if (!o->used)
      warn_source(load, o, p, all->n);
    for (size_t k = 0; o->used && k < o->source->ntables; k++)
      if (!o->used_table[k])
        warn_table(load, o, p, &o->source->tables[k]);
  }
}
