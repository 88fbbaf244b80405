// In: `sources:` of schema files. Out: a node per table, with the source's settings under the
// table's own, and what `overrides:` of the root project changes.
#include "internal.h"

// --- the source's and the table's settings together

static Value laid_over(Arena *a, Value base, Value over) {
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
    if (val_is(v, VAL_UNDEF) || val_is(v, VAL_NONE))
      v = val_get(base, keys[i]);
    dict_sets(a, out.dict, keys[i], val_is(v, VAL_UNDEF) ? val_none() : v);
  }
  return out;
}

// Undefined: not given; none: switched off.
static Value merge_freshness(Arena *a, Value base, Value over) {
  if (val_is(over, VAL_NONE))
    return val_none();
  if (val_is(over, VAL_UNDEF) && !val_is(base, VAL_DICT))
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
  if (val_is(filter, VAL_UNDEF) || val_is(filter, VAL_NONE))
    filter = val_get(base, STR("filter"));
  dict_sets(a, out.dict, STR("filter"), val_is(filter, VAL_UNDEF) ? val_none() : filter);
  return out;
}

// --- overrides

// What the root project says about a package's source, or NULL.
static const PropSource *override_of(Load *l, const Package *p, Str name) {
  for (size_t i = 0; i < l->files.n; i++) {
    const File *f = &l->files.items[i];
    if (f->kind != FILE_YAML || f->package == p)
      continue;
    for (size_t k = 0; k < f->props.nsources; k++)
      if (str_eq(f->props.sources[k]->overrides, p->name) &&
          str_eq(f->props.sources[k]->name, name))
        return f->props.sources[k];
  }
  return NULL;
}

static const PropTable *table_of(const PropSource *s, Str name) {
  for (size_t i = 0; s && i < s->ntables; i++)
    if (str_eq(s->tables[i].name, name))
      return &s->tables[i];
  return NULL;
}

// --- a table's node

typedef struct Table {
  const File *file;
  const PropSource *source, *over;
  const PropTable *table, *table_over;
} Table;

static Str pick(bool has, Str over, Str base) { return has ? over : base; }

static Value text_or_none(Str s) { return s.len ? val_str(s) : val_none(); }

// What the schema file says of the source and the table as one dict of config, in dbt's order.
static Value properties(Load *l, const Node *n, const Table *t, Value source, Value table) {
  const SourceInfo *i = n->info;
  Value d = laid_over(l->a, source, table);
  dict_remove(d.dict, val_lit("freshness"));
  if (!val_is(i->freshness, VAL_UNDEF))
    dict_sets(l->a, d.dict, STR("freshness"), i->freshness);
  dict_sets(l->a, d.dict, STR("loaded_at_field"), text_or_none(i->loaded_at_field));
  dict_sets(l->a, d.dict, STR("loaded_at_query"), text_or_none(i->loaded_at_query));
  dict_sets(l->a, d.dict, STR("meta"), laid_over(l->a, t->source->meta, t->table->meta));
  dict_sets(l->a, d.dict, STR("tags"), load_sorted_tags(l->a, t->source->tags, t->table->tags));
  return d;
}

static bool set_config(Load *l, Node *n, const Table *t) {
  const PropSource *s = t->source;
  ConfigInput in = {.project = l->p,
                    .package = n->package,
                    .kind = CONFIG_SOURCE,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .src = t->file->source,
                    .span = t->table->name_span};
  in.properties = properties(l, n, t, s->config, t->table->config);
  in.properties_unrendered = properties(l, n, t, s->unrendered_config, t->table->unrendered_config);
  if (t->over)
    in.properties = laid_over(l->a, in.properties, t->over->config);
  if (t->table_over)
    in.properties = laid_over(l->a, in.properties, t->table_over->config);
  in.properties_yaml = yaml_get(t->table->yaml, STR("config"));
  in.call = in.call_unrendered = val_undef(NULL);
  return config_merge(l->a, &in, &n->config, &n->unrendered_config, l->diags);
}

static Str given_text(Value v) { return val_is(v, VAL_STR) ? val_text(v) : (Str){0}; }

static void set_freshness(Load *l, Node *n, const Table *t) {
  SourceInfo *i = n->info;
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  i->freshness = merge_freshness(l->a, s->freshness, x->freshness);
  if (t->over && !val_is(t->over->freshness, VAL_UNDEF))
    i->freshness = merge_freshness(l->a, i->freshness, t->over->freshness);
  i->loaded_at_field = pick(x->has_loaded_at_field, x->loaded_at_field, s->loaded_at_field);
  i->loaded_at_query = pick(x->loaded_at_query.len > 0, x->loaded_at_query, s->loaded_at_query);
  if (i->loaded_at_query.len && !x->has_loaded_at_field)
    i->loaded_at_field = (Str){0};
}

// The project's tree may have said what the schema file did not.
static void take_config(Node *n) {
  SourceInfo *i = n->info;
  Value tags = node_config(n, STR("tags")), meta = node_config(n, STR("meta"));
  Value freshness = node_config(n, STR("freshness"));
  i->loaded_at_field = given_text(node_config(n, STR("loaded_at_field")));
  i->loaded_at_query = given_text(node_config(n, STR("loaded_at_query")));
  i->freshness = val_is(freshness, VAL_DICT) ? freshness : val_none();
  if (val_is_seq(tags))
    n->tags = tags;
  if (val_is(meta, VAL_DICT))
    n->meta = meta;
}

static void set_names(Load *l, Node *n, const Table *t) {
  const PropSource *s = t->source, *o = t->over;
  const Target *target = l->p->target;
  bool databases = l->shared->dialect && l->shared->dialect->database_in_names;
  n->database = pick(s->has_database && s->database.len, s->database,
                     target && databases ? target->database : (Str){0});
  n->schema = s->schema.len ? s->schema : s->name;
  if (o && o->has_database)
    n->database = o->database;
  if (o && o->has_schema)
    n->schema = o->schema;
  if (t->table_over && yaml_get(t->table_over->yaml, STR("identifier")))
    n->info->identifier = t->table_over->identifier;
  n->alias = n->info->identifier;
  Relation r;
  Str type;
  if (!l->shared->dialect || !relation_from_value(relation_of_node(l->a, l->shared, n), &r, &type))
    return;
  Buf out = {.arena = l->a};
  l->shared->dialect->relation(&out, &r);
  n->relation_name = buf_str(&out);
}

static Node *make_node(Load *l, const Table *t) {
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  Node *n = load_node(l, NODE_SOURCE, t->file->package, t->file, x->name);
  n->id = str_fmt(l->a, "source.%.*s.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(s->name),
                  STR_ARG(x->name));
  n->path = n->original_path;
  n->fqn[n->nfqn - 1] = s->name;
  n->fqn[n->nfqn++] = x->name;
  n->raw_code = n->checksum = n->checksum_name = (Str){0};
  n->info = arena_new(l->a, SourceInfo);
  *n->info =
      (SourceInfo){.source_name = s->name, .identifier = x->identifier, .external = x->external};
  n->info->loader = t->over && t->over->has_loader ? t->over->loader : s->loader;
  n->info->source_meta = s->meta;
  n->info->quoting = laid_over(l->a, s->quoting, x->quoting);
  n->info->unrendered = val_dict(l->a);
  dict_sets(l->a, n->info->unrendered.dict, STR("unrendered_database"), s->unrendered_database);
  dict_sets(l->a, n->info->unrendered.dict, STR("unrendered_schema"), s->unrendered_schema);
  n->patch = x->yaml;
  n->patch_source = t->file->source;
  if (val_is(x->docs, VAL_DICT))
    n->docs = x->docs;
  return n;
}

// Descriptions, once it is known whether the table is enabled.
static void set_words(Load *l, Node *n, const Table *t) {
  const PropSource *s = t->source;
  const PropTable *x = t->table;
  Str about = t->over && t->over->has_description ? t->over->description : s->description;
  n->info->source_description =
      n->enabled ? load_description(l, l->a, n->package, t->file->source, about, NULL, l->diags)
                 : about;
  const PropTable *says = t->table_over && t->table_over->description.len ? t->table_over : x;
  n->description = load_description_of(l, l->a, n, t->file->source, says->description, l->diags);
  n->columns = load_columns(l, l->a, n, t->file->source, x->columns, x->ncolumns, l->diags);
  n->ncolumns = x->ncolumns;
}

static bool first_of_its_name(Load *l, const Node *n, const Table *t) {
  const Node *had = map_get(&l->by_id, n->id);
  if (!had)
    return true;
  if (had->patch_source == t->file->source)
    return false; // told when the file was read
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_DESCRIBED_TWICE, t->file->source, t->table->name_span,
                    "source '%.*s' has two tables named '%.*s'", STR_ARG(t->source->name),
                    STR_ARG(t->table->name));
  const Yaml *name = yaml_get(had->patch, STR("name"));
  diag_note(l->diags, d, had->patch_source, name ? name->span : had->patch->span,
            "the other one is here");
  return false;
}

static bool add_table(Load *l, const Table *t) {
  Node *n = make_node(l, t);
  set_freshness(l, n, t);
  bool ok = set_config(l, n, t);
  take_config(n);
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  set_words(l, n, t);
  set_names(l, n, t);
  if (n->enabled) {
    if (!first_of_its_name(l, n, t))
      return false;
    map_put(l->a, &l->by_id, n->id, n);
  }
  vec_push(l->a, &l->nodes, n);
  n->info->test_tags = load_sorted_tags(l->a, t->source->plain_tags, t->table->plain_tags);
  load_tests_of(l, n, t->file->source, t->file, t->table->tests, t->table->ntests,
                t->table->columns, t->table->ncolumns, val_get(n->info->quoting, STR("column")));
  return ok;
}

bool load_sources(Load *l) {
  bool ok = true, any_override = false;
  for (size_t i = 0; i < l->files.n; i++) {
    const File *f = &l->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props.nsources; k++)
      any_override |= f->props.sources[k]->overrides.len > 0;
  }
  for (size_t i = 0; i < l->files.n; i++) {
    const File *f = &l->files.items[i];
    for (size_t k = 0; f->kind == FILE_YAML && k < f->props.nsources; k++) {
      const PropSource *s = f->props.sources[k];
      if (s->overrides.len)
        continue;
      const PropSource *over = any_override ? override_of(l, f->package, s->name) : NULL;
      for (size_t t = 0; t < s->ntables; t++) {
        Table table = {f, s, over, &s->tables[t], table_of(over, s->tables[t].name)};
        ok &= add_table(l, &table);
      }
    }
  }
  return ok;
}
