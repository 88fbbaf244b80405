// In: rows of the get_catalog macros, one per column of each relation. Out: catalog.json (v1).

#include "catalog.h"

#include "../base/fs.h"
#include "artifact.h"

static Str text(Arena *a, Value row, Str key) {
  Value v = val_get(row, key);
  return val_is_absent(v) ? (Str){0} : val_to_str(a, v);
}

static Value text_value(Arena *a, Value row, Str key) {
  Value v = val_get(row, key);
  return val_is_absent(v) ? val_none() : val_str(val_to_str(a, v));
}

// How a relation is found: folded names joined, since databases differ in case. A database that
// has no catalogs of its own (ClickHouse) leaves the first part empty on both sides.
static Str relation_key(Arena *a, Str database, Str schema, Str name) {
  Str key = str_fmt(a, "%.*s\x1f%.*s\x1f%.*s", STR_ARG(database), STR_ARG(schema), STR_ARG(name));
  char *p = (char *)key.ptr;
  for (size_t i = 0; i < key.len; i++)
    if (p[i] >= 'A' && p[i] <= 'Z')
      p[i] = (char)(p[i] - 'A' + 'a');
  return key;
}

// Nodes of the same relation, chained: a source may be described twice, or be a seed as well.
typedef struct Owner {
  const Node *node;
  struct Owner *next;
} Owner;

static Map owners_of(Arena *a, const Graph *g, const bool *chosen) {
  Map m = {0};
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    if (!n->relation_name.len || n->kind == NODE_OPERATION || (chosen && !chosen[i]))
      continue;
    Str name = n->kind == NODE_SOURCE ? n->info->identifier : n->alias;
    Str key = relation_key(a, n->database, n->schema, name);
    Owner *o = arena_new(a, Owner);
    *o = (Owner){n, map_get(&m, key)};
    map_put(a, &m, key, o);
  }
  return m;
}

// Extra "stats:ID:label|value|description|include" columns become stats; has_stats says if any.
static Value stats_of(Arena *a, Value row) {
  Value stats = val_dict(a);
  bool any = false;
  size_t at = 0;
  for (DictEntry *e; row.kind == VAL_DICT && (e = dict_next(row.dict, &at));) {
    Str key = val_text(e->key), rest = key, part;
    if (e->key.kind != VAL_STR || !str_starts(key, STR("stats:")))
      continue;
    str_cut(&rest, ':', &part);
    Str id;
    str_cut(&rest, ':', &id);
    Value *known = dict_gets(stats.dict, id);
    Value stat = known ? *known : val_dict(a);
    if (!known) {
      dict_sets(a, stat.dict, STR("id"), val_str(id));
      dict_sets(a, stats.dict, id, stat);
    }
    if (rest.ptr)
      dict_sets(a, stat.dict, rest, e->value);
    any = true;
  }
  Value has = val_dict(a);
  dict_sets(a, has.dict, STR("id"), val_lit("has_stats"));
  dict_sets(a, has.dict, STR("label"), val_lit("Has Stats?"));
  dict_sets(a, has.dict, STR("value"), val_bool(any));
  dict_sets(a, has.dict, STR("include"), val_bool(false));
  dict_sets(a, has.dict, STR("description"),
            val_lit("Indicates whether there are statistics for this table"));
  dict_sets(a, stats.dict, STR("has_stats"), has);
  return stats;
}

static Value entry_of(Arena *a, const Node *n, Value row) {
  Value entry = val_dict(a), meta = val_dict(a);
  dict_sets(a, meta.dict, STR("type"), text_value(a, row, STR("table_type")));
  dict_sets(a, meta.dict, STR("schema"), text_value(a, row, STR("table_schema")));
  dict_sets(a, meta.dict, STR("name"), text_value(a, row, STR("table_name")));
  dict_sets(a, meta.dict, STR("database"), text_value(a, row, STR("table_database")));
  dict_sets(a, meta.dict, STR("comment"), text_value(a, row, STR("table_comment")));
  dict_sets(a, meta.dict, STR("owner"), text_value(a, row, STR("table_owner")));
  dict_sets(a, entry.dict, STR("metadata"), meta);
  dict_sets(a, entry.dict, STR("columns"), val_dict(a));
  dict_sets(a, entry.dict, STR("stats"), stats_of(a, row));
  dict_sets(a, entry.dict, STR("unique_id"), val_str(n->id));
  return entry;
}

static void add_column(Arena *a, Value entry, Value row) {
  Value column = val_dict(a);
  Str name = text(a, row, STR("column_name"));
  dict_sets(a, column.dict, STR("type"), text_value(a, row, STR("column_type")));
  dict_sets(a, column.dict, STR("index"), val_get(row, STR("column_index")));
  dict_sets(a, column.dict, STR("name"), val_str(name));
  dict_sets(a, column.dict, STR("comment"), text_value(a, row, STR("column_comment")));
  dict_sets(a, val_get(entry, STR("columns")).dict, name, column);
}

Value catalog_value(Arena *a, const Graph *g, const bool *chosen, const Value *rows, size_t nrows) {
  Map owners = owners_of(a, g, chosen);
  Value nodes = val_dict(a), sources = val_dict(a), out = val_dict(a);
  for (size_t i = 0; i < nrows; i++) {
    Str database = text(a, rows[i], STR("table_database"));
    Str schema = text(a, rows[i], STR("table_schema"));
    Str name = text(a, rows[i], STR("table_name"));
    Owner *o = map_get(&owners, relation_key(a, database, schema, name));
    if (!o)
      o = map_get(&owners, relation_key(a, (Str){0}, schema, name));
    for (; o; o = o->next) {
      Value part = o->node->kind == NODE_SOURCE ? sources : nodes;
      Value *known = dict_gets(part.dict, o->node->id);
      Value entry = known ? *known : entry_of(a, o->node, rows[i]);
      if (!known)
        dict_sets(a, part.dict, o->node->id, entry);
      add_column(a, entry, rows[i]);
    }
  }
  dict_sets(a, out.dict, STR("nodes"), nodes);
  dict_sets(a, out.dict, STR("sources"), sources);
  return out;
}

bool catalog_write(const Graph *g, Value catalog, Value errors, Str path, Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  Json *j = &file.json;
  artifact_metadata(j, g->project, STR("catalog/v1"));
  json_close_object(j);
  json_key(j, STR("nodes"));
  json_value(j, val_get(catalog, STR("nodes")));
  json_key(j, STR("sources"));
  json_value(j, val_get(catalog, STR("sources")));
  json_key(j, STR("errors"));
  if (errors.kind == VAL_LIST && errors.list->n)
    json_value(j, errors);
  else
    json_null(j);
  return artifact_close(&file, false, diags);
}
