// In: `sources:` of schema files. Out: a node per table, with the source's settings under the
// table's own, and what `overrides:` of the root project changes.
#include "sources.h"

#include "../context/relation.h"
#include "docs.h"
#include "models.h"
#include "node_fields.h"
#include "source_files.h"
#include "source_overrides.h"
#include "tests.h"

// --- the source's and the table's settings together

Value load_laid_over(Arena *a, Value base, Value over) {
  Value d = val_dict(a), both[2] = {base, over};
  for (int b = 0; b < 2; b++) {
    size_t at = 0;
    for (DictEntry *e; val_is(both[b], VAL_DICT) && (e = dict_next(both[b].dict, &at));)
      dict_set(a, d.dict, e->key, e->value);
  }
  return d;
}

static Value threshold(Arena *a, Value base, Value over) {
  Value out = val_dict(a);
  static const Str keys[] = {STR_INIT("count"), STR_INIT("period")};
  for (int i = 0; i < 2; i++) {
    Value v = val_get(over, keys[i]);
    if (val_is_absent(v))
      v = val_get(base, keys[i]);
    dict_sets(a, out.dict, keys[i], val_is(v, VAL_UNDEF) ? val_none() : v);
  }
  return out;
}

// A fold of what is said at four places, each over those before. Undefined: not given; none:
// switched off.
static Value merge_freshness(Arena *a, Value base, Value over) {
  if (val_is(over, VAL_NONE))
    return val_none();
  if (val_is(over, VAL_UNDEF))
    return base;
  Value out = val_dict(a);
  static const Str limits[] = {STR_INIT("warn_after"), STR_INIT("error_after")};
  for (int i = 0; i < 2; i++) {
    Value v = val_get(over, limits[i]);
    if (val_is(v, VAL_NONE))
      dict_sets(a, out.dict, limits[i], val_none());
    else
      dict_sets(a, out.dict, limits[i], threshold(a, val_get(base, limits[i]), v));
  }
  Value filter = val_get(over, STR("filter"));
  if (val_is_absent(filter))
    filter = val_get(base, STR("filter"));
  dict_sets(a, out.dict, STR("filter"), val_is(filter, VAL_UNDEF) ? val_none() : filter);
  return out;
}

// --- a table's node

typedef SourceTable Table;

static Str pick(bool has, Str over, Str base) { return has ? over : base; }

// What the schema file says of the source and the table as one dict of config, in dbt's order.
static Value properties(Load *load, const Node *n, const Table *t, Value source, Value table) {
  const SourceInfo *i = n->info;
  Value d = load_laid_over(load->a, source, table);
  dict_remove(d.dict, val_lit("freshness"));
  if (!val_is(i->freshness, VAL_UNDEF))
    dict_sets(load->a, d.dict, STR("freshness"), i->freshness);
  dict_sets(load->a, d.dict, STR("loaded_at_field"), val_text_or_none(i->loaded_at_field));
  dict_sets(load->a, d.dict, STR("loaded_at_query"), val_text_or_none(i->loaded_at_query));
  dict_sets(load->a, d.dict, STR("meta"), load_laid_over(load->a, t->source->meta, t->table->meta));
  dict_sets(load->a, d.dict, STR("tags"),
            load_sorted_tags(load->a, t->source->tags, t->table->tags));
  return d;
}

static bool set_config(Load *load, Node *n, const Table *t) {
  const PropSource *s = t->source;
  ConfigInput in = {.project = load->p,
                    .package = n->package,
                    .kind = CONFIG_SOURCE,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .src = t->file->source,
                    .span = t->table->name_span};
  in.properties = properties(load, n, t, s->config, t->table->config);
  in.properties_unrendered =
      properties(load, n, t, s->unrendered_config, t->table->unrendered_config);
  in.properties_yaml = t->table->yaml;
  in.call = in.call_unrendered = val_undef(NULL);
  return config_merge(load->a, &in, &n->config, &n->unrendered_config, load->diags);
}

static Str given_text(Value v) { return val_is(v, VAL_STR) ? val_text(v) : (Str){0}; }

static void set_freshness(Load *load, Node *n, const Table *t) {
  SourceInfo *i = n->info;
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  i->freshness = val_undef(NULL);
  for (int k = 0; k < 2; k++)
    i->freshness = merge_freshness(load->a, i->freshness, s->freshness[k]);
  for (int k = 0; k < 2; k++)
    i->freshness = merge_freshness(load->a, i->freshness, x->freshness[k]);
  i->loaded_at_field = pick(x->has_loaded_at_field, x->loaded_at_field, s->loaded_at_field);
  i->loaded_at_query = pick(x->loaded_at_query.len || x->has_loaded_at_field, x->loaded_at_query,
                            s->loaded_at_query);
  if (i->loaded_at_query.len && !x->has_loaded_at_field)
    i->loaded_at_field = (Str){0};
}

// The project's tree may have said what the schema file did not.
static void take_config(Node *n) {
  SourceInfo *i = n->info;
  Value tags = node_config(n, STR("tags")), meta = node_config(n, STR("meta"));
  Value freshness = node_config(n, STR("freshness")), docs = node_config(n, STR("docs"));
  i->loaded_at_field = given_text(node_config(n, STR("loaded_at_field")));
  i->loaded_at_query = given_text(node_config(n, STR("loaded_at_query")));
  i->freshness = val_is(freshness, VAL_DICT) ? freshness : val_none();
  if (val_is_seq(tags))
    n->tags = tags;
  if (val_is(meta, VAL_DICT))
    n->meta = meta;
  if (val_is(docs, VAL_DICT))
    n->docs = docs;
}

// Where the YAML says how the newest row is found, else the table's name.
static void set_asked(Node *n, const Table *t) {
  SourceInfo *i = n->info;
  Str key = i->loaded_at_query.len ? STR("loaded_at_query") : STR("loaded_at_field");
  const Yaml *entries[] = {t->table_over ? t->table_over->yaml : NULL, t->table->yaml,
                           t->over ? t->over->yaml : NULL, t->source->yaml};
  i->asked_src = t->file->source;
  i->asked_span = t->table->name_span;
  for (size_t k = 0; k < 4; k++) {
    const Yaml *at = yaml_get(entries[k], key);
    if (!at)
      at = yaml_get(yaml_get(entries[k], STR("config")), key);
    if (!at || at->kind != YAML_SCALAR || at->scalar.kind != VAL_STR)
      continue;
    i->asked_src = k % 2 ? t->file->source : t->over_file->source;
    i->asked_span = at->span;
    return;
  }
}

static void set_names(Load *load, Node *n, const Table *t) {
  const PropSource *s = t->source;
  const Target *target = load->p->target;
  bool databases = load->shared->dialect && load->shared->dialect->has_databases;
  n->database = pick(s->has_database && s->database.len, s->database,
                     target && databases ? target->database : (Str){0});
  n->schema = s->schema.len ? s->schema : s->name;
  n->alias = n->info->identifier;
  if (!load->shared->dialect)
    return;
  load_source_files(load, n);
  n->relation_name = relation_str(load->a, relation_obj_of_node(load->a, load->shared, n));
}

static Node *make_node(Load *load, const Table *t) {
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  Node *n = load_node(load, NODE_SOURCE, t->file->package, t->file, x->name);
  n->id = str_fmt(load->a, "source.%.*s.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(s->name),
                  STR_ARG(x->name));
  n->path = n->original_path;
  n->fqn[n->nfqn - 1] = s->name;
  n->fqn[n->nfqn++] = x->name;
  n->raw_code = n->checksum = n->checksum_name = (Str){0};
  n->info = arena_new(load->a, SourceInfo);
  *n->info =
      (SourceInfo){.source_name = s->name, .identifier = x->identifier, .external = x->external};
  n->info->yaml = s->yaml;
  n->info->loader = s->loader;
  n->info->source_meta = s->meta;
  n->info->quoting = load_laid_over(load->a, s->quoting, x->quoting);
  n->info->unrendered = val_dict(load->a);
  dict_sets(load->a, n->info->unrendered.dict, STR("unrendered_database"), s->unrendered_database);
  dict_sets(load->a, n->info->unrendered.dict, STR("unrendered_schema"), s->unrendered_schema);
  n->patch = x->yaml;
  n->patch_source = t->file->source;
  if (val_is(x->docs, VAL_DICT))
    n->docs = x->docs;
  return n;
}

// The file with the key: the override's where `over` has it.
static const Source *written_in(const Table *t, const Yaml *over, Str key) {
  return yaml_get(over, key) ? t->over_file->source : t->file->source;
}

// Descriptions, once it is known whether the table is enabled.
static void set_words(Load *load, Node *n, const Table *t) {
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  const Source *about = written_in(t, t->over ? t->over->yaml : NULL, STR("description")),
               *of_table =
                   written_in(t, t->table_over ? t->table_over->yaml : NULL, STR("description"));
  n->info->source_description = n->enabled ? load_description(load, load->a, n->package, about,
                                                              s->description, NULL, load->diags)
                                           : s->description;
  n->description = load_description_of(load, load->a, n, of_table, x->description, load->diags);
  n->columns =
      load_columns(load, load->a, n, t->columns_file->source, x->columns, x->ncolumns, load->diags);
  n->ncolumns = x->ncolumns;
}

static bool first_of_its_name(Load *load, const Node *n, const Table *t) {
  const Node *had = map_get(&load->by_id, n->id);
  if (!had)
    return true;
  if (had->patch_source == t->file->source)
    return false; // told when the file was read
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DESCRIBED_TWICE, t->file->source,
                    t->table->name_span, "source '%.*s' has two tables named '%.*s'",
                    STR_ARG(t->source->name), STR_ARG(t->table->name));
  const Yaml *name = yaml_get(had->patch, STR("name"));
  diag_note(load->diags, d, had->patch_source, name ? name->span : had->patch->span,
            "the other one is here");
  return false;
}

static void add_table(Load *load, const Table *t) {
  Node *n = make_node(load, t);
  set_freshness(load, n, t);
  set_config(load, n, t);
  take_config(n);
  set_asked(n, t);
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  set_words(load, n, t);
  set_names(load, n, t);
  if (n->enabled) {
    if (!first_of_its_name(load, n, t))
      return;
    map_put(&load->taken, &load->by_id, n->id, n);
  }
  vec_push(load->a, &load->nodes, n);
  n->info->test_tags = load_sorted_tags(load->a, t->source->plain_tags, t->table->plain_tags);
  const PropTable *x = t->table;
  Value quote = val_get(n->info->quoting, STR("column"));
  load_tests_of(load, n,
                &(Tested){.yaml = t->columns_file,
                          .columns = x->columns,
                          .ncolumns = x->ncolumns,
                          .quote_columns = quote});
  load_tests_of(
      load, n,
      &(Tested){
          .yaml = t->tests_file, .tests = x->tests, .ntests = x->ntests, .quote_columns = quote});
}

static void load_source(Load *load, Overrides *overrides, const File *f, const PropSource *s) {
  for (size_t i = 0; i < s->ntables; i++) {
    Table t = {.file = f, .source = s, .table = &s->tables[i]};
    load_override(load, overrides, &t);
    add_table(load, &t);
  }
}

void load_sources(Load *load) {
  Overrides overrides = {0};
  load_overrides(load, &overrides);
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props->nsources; k++)
      if (!f->props->sources[k]->overrides.len)
        load_source(load, &overrides, f, f->props->sources[k]);
  }
  load_unused_overrides(load, &overrides);
}
