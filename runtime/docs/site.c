// In: a linked graph and what was found of it. Out: one HTML file with its data: an index of all
// nodes as JSON, and chunks of nodes' details, packed, in files beside it where they are large.
// What the page shows of it is site/'s; site/src/data.ts has the form.
#include "site.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/base64.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/parallel.h"
#include "../../compiler/base/ptr_map.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/project/globals.h"
#include "chart.h"
#include "site_files.h"
#include "site_html.h"
#include "site_keys.h"

#include <stdlib.h>
#include <zlib.h>

// How many entries one chunk holds: a page unpacks so many in some milliseconds.
enum { CHUNK = 64 };

// A node, a macro, or an earlier manifest's entry of what is gone.
typedef struct Entry {
  const Node *node;
  const MacroEntry *macro;
  const Value *gone;
} Entry;

typedef struct Site {
  const Graph *graph;
  const SiteFound *found;
  Arena *arena;
  Entry *entries;
  size_t n;
  PtrMap places; // node -> its Entry
  Map by_id;     // the same of what is gone too, by unique id; where things are compared
  Map hidden;    // unique ids of nodes that are not shown
  Buf *chunks;   // packed
  size_t nchunks;
  Str *files; // where each stands beside the page; NULL: in it
} Site;

// --- what is shown

static bool hides(Value docs) {
  Value show = val_get(docs, STR("show"));
  return val_is(show, VAL_BOOL) && !show.b;
}

static bool is_open(const Site *s, const Node *n) {
  return n->kind != NODE_OPERATION && !hides(n->docs) &&
         (!s->found->chosen || s->found->chosen[n->index]);
}

// A test's name and text tell what it reads: it is shown where all of that is.
static bool is_shown(const Site *s, const Node *n) {
  bool open = is_open(s, n);
  for (size_t i = 0; open && (n->test || n->unit) && i < n->nneeds; i++)
    open = is_open(s, n->needs[i]);
  return open;
}

// Adds the macros that those call, and so on.
static void reach_macros(const Graph *g, Arena *a, Map *reached) {
  Map all = {0};
  for (size_t i = 0; i < g->nmacros; i++)
    map_put(a, &all, g->macros[i]->id, g->macros[i]);
  // The map grows while it is walked.
  for (size_t i = 0; i < reached->n; i++) {
    const MacroEntry *m = map_get(&all, reached->entries[i].key);
    for (size_t k = 0; m && k < m->nmacro_ids; k++)
      map_add(a, reached, m->macro_ids[k]);
  }
}

static bool is_hidden(const Site *s, Value v);

// What is gone, but what was not shown, and tests that read such.
static void choose_gone(Site *s) {
  const Value *const *gone;
  size_t n = site_diff_gone(s->found->diff, &gone);
  for (int tests = 0; tests < 2; tests++)
    for (size_t i = 0; i < n; i++) {
      Value id = val_get(*gone[i], STR("unique_id")), reads = val_none();
      bool test = !val_is_absent(val_get(*gone[i], STR("test_metadata"))) ||
                  val_is_str(val_get(*gone[i], STR("resource_type")), STR("test")) ||
                  val_is_str(val_get(*gone[i], STR("resource_type")), STR("unit_test"));
      if (test != tests || !val_is(id, VAL_STR))
        continue;
      bool hidden = s->found->chosen || hides(val_get(*gone[i], STR("docs"))) ||
                    hides(val_get(val_get(*gone[i], STR("config")), STR("docs")));
      if (tests)
        reads = val_get(val_get(*gone[i], STR("depends_on")), STR("nodes"));
      for (size_t k = 0; k < val_count(reads); k++)
        hidden = hidden || is_hidden(s, reads.list->items[k]);
      if (hidden)
        map_add(s->arena, &s->hidden, val_text(id));
      else
        s->entries[s->n++] = (Entry){.gone = gone[i]};
    }
  for (size_t i = 0; i < s->n; i++) {
    Entry *e = &s->entries[i];
    if (!e->macro)
      map_put(s->arena, &s->by_id,
              e->node ? e->node->id : val_text(val_get(*e->gone, STR("unique_id"))), e);
  }
}

// Nodes in the graph's order, then macros: those of the project and its packages, and of those that
// come with the program what something of the project calls.
static void choose(Site *s) {
  const Graph *g = s->graph;
  const Value *const *gone;
  size_t ngone = s->found->diff ? site_diff_gone(s->found->diff, &gone) : 0;
  s->entries = arena_array(s->arena, Entry, g->nnodes + g->nmacros + ngone + 1);
  Map reached = {0};
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    if (!is_shown(s, n)) {
      map_add(s->arena, &s->hidden, n->id);
      continue;
    }
    for (size_t k = 0; k < n->nmacro_ids; k++)
      map_add(s->arena, &reached, n->macro_ids[k]);
    s->entries[s->n] = (Entry){.node = n};
    ptr_map_put(s->arena, &s->places, n, &s->entries[s->n++]);
  }
  for (size_t i = 0; i < g->nmacros; i++)
    if (!g->macros[i]->package->is_internal && !s->found->chosen)
      map_add(s->arena, &reached, g->macros[i]->id);
  reach_macros(g, s->arena, &reached);
  for (size_t i = 0; i < g->nmacros; i++)
    if (map_get(&reached, g->macros[i]->id) && !hides(g->macros[i]->docs) &&
        (!s->found->light || g->macros[i]->package->is_root))
      s->entries[s->n++] = (Entry){.macro = g->macros[i]};
  if (s->found->diff)
    choose_gone(s);
}

// --- the index

static void text(Json *j, const char *key, Str s) {
  if (s.len)
    json_name(j, str_c(key)), json_str(j, s);
}

static Str first_line(Str s) {
  Str line = {0};
  s = str_trim(s);
  str_cut(&s, '\n', &line);
  return str_trim(line);
}

static Value catalog_of(const Site *s, const Node *n) {
  return val_get(val_get(s->found->catalog, n->kind == NODE_SOURCE ? STR("sources") : STR("nodes")),
                 n->id);
}

// Columns as the database has them, or as YAML has; and how many of them are described.
static void columns(Json *j, const Site *s, const Node *n) {
  Value real = val_get(catalog_of(s, n), STR("columns"));
  bool known = val_is(real, VAL_DICT) && real.dict->n;
  if (!known && !n->ncolumns)
    return;
  json_name(j, STR("columns"));
  json_open_array(j);
  size_t at = 0, described = 0;
  for (DictEntry *e; known && (e = dict_next(real.dict, &at));)
    json_str(j, val_text(e->key));
  for (size_t i = 0; i < n->ncolumns; i++) {
    described += n->columns[i]->description.len > 0;
    if (!known)
      json_str(j, n->columns[i]->name);
  }
  json_close_array(j);
  json_name(j, STR("described"));
  json_int(j, (int64_t)described);
}

static void place(Json *j, const char *key, const Site *s, const Node *n) {
  const Entry *e = n ? ptr_map_get(&s->places, n) : NULL;
  if (e)
    json_name(j, str_c(key)), json_int(j, e - s->entries);
}

static void parents(Json *j, const Site *s, const Node *n) {
  if (!n->nneeds)
    return;
  json_name(j, STR("parents"));
  json_open_array(j);
  for (size_t i = 0; i < n->nneeds; i++) {
    const Entry *e = ptr_map_get(&s->places, n->needs[i]);
    if (e)
      json_int(j, e - s->entries);
  }
  json_close_array(j);
}

// Those of `ids`, unique ids, that the page has; of a node, those that it does not read.
static void places_of(Json *j, const char *key, const Site *s, Value ids, const Node *but) {
  bool any = false;
  for (size_t i = 0; i < val_count(ids); i++) {
    Value id = ids.list->items[i];
    const Entry *e = val_is(id, VAL_STR) ? map_get(&s->by_id, val_text(id)) : NULL;
    bool reads = false;
    for (size_t k = 0; e && but && k < but->nneeds; k++)
      reads = reads || but->needs[k] == e->node;
    if (!e || reads)
      continue;
    if (!any) {
      json_name(j, str_c(key));
      json_open_array(j);
    }
    any = true;
    json_int(j, e - s->entries);
  }
  if (any)
    json_close_array(j);
}

// What it reads now and did not read before.
static void gained(Json *j, const Site *s, const Node *n) {
  const Value *old = site_diff_old(s->found->diff, n->id);
  Value then = old ? val_get(val_get(*old, STR("depends_on")), STR("nodes")) : val_none();
  Value now = val_list(s->arena, 2);
  for (size_t i = 0; val_is_seq(then) && i < n->nneeds; i++) {
    bool known = false;
    for (size_t k = 0; !known && k < val_count(then); k++)
      known = val_is_str(then.list->items[k], n->needs[i]->id);
    if (!known)
      list_push(s->arena, now.list, val_str(n->needs[i]->id));
  }
  places_of(j, "gained", s, now, NULL);
}

// What it read before and does not read now.
static void lost(Json *j, const Site *s, const Node *n) {
  const Value *old = site_diff_old(s->found->diff, n->id);
  if (old)
    places_of(j, "lost", s, val_get(val_get(*old, STR("depends_on")), STR("nodes")), n);
}

static Str owner(const Site *s, const Node *n) {
  const Group *group = n->group.len ? map_get(&s->graph->by_group, n->group) : NULL;
  Value of = n->more->exposure ? n->more->exposure->owner : group ? group->owner : val_none();
  Value name = val_get(of, STR("name")), email = val_get(of, STR("email"));
  if (val_count(email)) // several addresses may stand in a list
    email = email.list->items[0];
  return val_is(name, VAL_STR)    ? val_text(name)
         : val_is(email, VAL_STR) ? val_text(email)
                                  : (Str){0};
}

static ptrdiff_t place_in(const void *site, const Node *n) {
  const Site *s = site;
  const Entry *e = ptr_map_get(&s->places, n);
  return e ? e - s->entries : -1;
}

static void index_node(Json *j, const Site *s, const Node *n) {
  Str name = node_versioned_name(s->arena, n);
  if (n->kind == NODE_SOURCE)
    name = str_fmt(s->arena, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  json_open_object(j);
  text(j, "id", n->id);
  text(j, "kind", node_kind_names[n->kind]);
  text(j, "name", name);
  text(j, "package", n->package->name);
  text(j, "path", n->original_path);
  parents(j, s, n);
  text(j, "materialized", node_materialized(n));
  text(j, "schema", n->schema);
  text(j, "relation", n->relation_name);
  if (val_count(n->tags))
    json_name(j, STR("tags")), json_value(j, n->tags);
  text(j, "access", n->access);
  text(j, "group", n->group);
  text(j, "owner", owner(s, n));
  text(j, "says", first_line(n->description));
  if (chart_wanted(n))
    json_name(j, STR("chart")), json_bool(j, true);
  columns(j, s, n);
  site_keys(j, s->arena, s->graph, n, place_in, s);
  if (n->test) {
    place(j, "tested", s, n->test->attached ? n->test->attached : n->test->on_source);
    text(j, "column", n->test->column_name);
    text(j, "test", n->test->generic ? n->test->test_name : n->name);
  } else if (n->unit) {
    place(j, "tested", s, n->unit->tested);
  }
  site_result_last(j, s->arena, &s->found->results, n->id);
  if (s->found->diff) {
    site_diff_node(j, s->found->diff, n);
    gained(j, s, n);
    lost(j, s, n);
  }
  json_close_object(j);
}

static Str text_of(Value v) { return val_is(v, VAL_STR) ? val_text(v) : (Str){0}; }

static Str gone_name(const Site *s, Value old) {
  Str name = text_of(val_get(old, STR("name"))), source = text_of(val_get(old, STR("source_name")));
  Value version = val_get(old, STR("version"));
  if (source.len)
    return str_fmt(s->arena, "%.*s.%.*s", STR_ARG(source), STR_ARG(name));
  if (val_is_absent(version) || !str_starts(text_of(val_get(old, STR("unique_id"))), STR("model.")))
    return name;
  Buf b = {.arena = s->arena};
  buf_addf(&b, "%.*s.v", STR_ARG(name));
  val_print(&b, version);
  return buf_str(&b);
}

// What the index has of a node or macro that is gone.
static void index_gone(Json *j, const Site *s, Value old) {
  static const char *const same[][2] = {
      {"id",       "unique_id"         },
      {"package",  "package_name"      },
      {"path",     "original_file_path"},
      {"schema",   "schema"            },
      {"relation", "relation_name"     },
      {"access",   "access"            },
      {"group",    "group"             },
      {"column",   "column_name"       }
  };
  Value test = val_get(val_get(old, STR("test_metadata")), STR("name"));
  Value tested = val_get(old, STR("attached_node")), columns = val_get(old, STR("columns"));
  Str kind = text_of(val_get(old, STR("resource_type")));
  const Entry *at = val_is(tested, VAL_STR) ? map_get(&s->by_id, val_text(tested)) : NULL;
  json_open_object(j);
  for (size_t i = 0; i < COUNT(same); i++)
    text(j, same[i][0], text_of(val_get(old, str_c(same[i][1]))));
  text(j, "kind", kind);
  text(j, "name", gone_name(s, old));
  text(j, "materialized", text_of(val_get(val_get(old, STR("config")), STR("materialized"))));
  text(j, "says", first_line(text_of(val_get(old, STR("description")))));
  if (val_count(val_get(old, STR("tags"))))
    json_name(j, STR("tags")), json_value(j, val_get(old, STR("tags")));
  if (at)
    json_name(j, STR("tested")), json_int(j, at - s->entries);
  if (str_is(kind, "test"))
    text(j, "test", text_of(val_is(test, VAL_STR) ? test : val_get(old, STR("name"))));
  if (!str_is(kind, "macro"))
    places_of(j, "parents", s, val_get(val_get(old, STR("depends_on")), STR("nodes")), NULL);
  if (val_is(columns, VAL_DICT) && columns.dict->n) {
    json_name(j, STR("columns"));
    json_open_array(j);
    size_t i = 0;
    for (DictEntry *e; (e = dict_next(columns.dict, &i));)
      json_str(j, text_of(e->key));
    json_close_array(j);
  }
  json_name(j, STR("diff"));
  json_open_object(j);
  json_key_str(j, "how", STR("removed"));
  json_close_object(j);
  json_close_object(j);
}

static void index_macro(Json *j, const Site *s, const MacroEntry *m) {
  json_open_object(j);
  text(j, "id", m->id);
  text(j, "kind", STR("macro"));
  text(j, "name", m->name);
  text(j, "package", m->package->name);
  text(j, "path", m->original_path);
  text(j, "says", first_line(m->description));
  if (s->found->diff)
    site_diff_macro(j, s->found->diff, m);
  json_close_object(j);
}

static Str overview(const Graph *g) {
  for (size_t i = 0; i < g->ndocs; i++)
    if (str_is(g->docs[i]->name, "__overview__") && g->docs[i]->package->is_root)
      return g->docs[i]->contents;
  return (Str){0};
}

static void write_index(Json *j, const Site *s) {
  const Project *p = s->graph->project;
  json_open_object(j);
  json_name(j, STR("form"));
  json_int(j, 1);
  json_name(j, STR("project"));
  json_open_object(j);
  json_key_str(j, "name", p->packages[0]->name);
  json_key_str(j, "title", s->found->config.title);
  text(j, "repository", s->found->config.repository);
  text(j, "logo", s->found->config.logo);
  json_key_str(j, "made", artifact_time(s->arena, p->started_us));
  json_key_str(j, "starc", STR(STARC_VERSION));
  json_key_str(j, "target", s->found->target);
  json_key_str(j, "database", s->found->database);
  text(j, "commit", s->found->commit);
  json_key_str(j, "overview", overview(s->graph));
  json_close_object(j);
  if (s->found->diff)
    site_diff_against(j, s->found->diff);
  json_name(j, STR("entries"));
  json_open_array(j);
  for (size_t i = 0; i < s->n; i++)
    if (s->entries[i].node)
      index_node(j, s, s->entries[i].node);
    else if (s->entries[i].macro)
      index_macro(j, s, s->entries[i].macro);
    else
      index_gone(j, s, *s->entries[i].gone);
  json_close_array(j);
  json_name(j, STR("chunks"));
  json_open_array(j);
  for (size_t i = 0; i < s->n; i += CHUNK)
    json_int(j, (int64_t)i);
  json_close_array(j);
  if (s->files) {
    json_name(j, STR("files"));
    json_open_array(j);
    for (size_t i = 0; i < s->nchunks; i++)
      json_str(j, s->files[i]);
    json_close_array(j);
  }
  json_close_object(j);
}

// --- details

static void member(Json *j, const char *key, Value v) {
  if (!val_is_absent(v))
    json_name(j, str_c(key)), json_value(j, v);
}

static bool is_hidden(const Site *s, Value v) {
  if (v.kind == VAL_STR)
    return map_get(&s->hidden, val_text(v)) != NULL;
  size_t at = 0;
  for (DictEntry *e; v.kind == VAL_DICT && (e = dict_next(v.dict, &at));)
    if (e->value.kind == VAL_STR && is_hidden(s, e->value))
      return true;
  return false;
}

// What a foreign key says of its end, where that may be a node that is not shown: keys to those
// that are shown stand in the index.
static bool names_end(const Site *s, Value v, Value key) {
  static const char ends[] = "to to_columns expression";
  return s->hidden.n && val_is_str(val_get(v, STR("type")), STR("foreign_key")) &&
         val_is(key, VAL_STR) && str_among(val_text(key), ends);
}

// A value without the ids of nodes that are not shown, and without what is about those.
static void write_open(Json *j, const Site *s, Value v) {
  size_t at = 0;
  if (val_is_seq(v)) {
    json_open_array(j);
    for (size_t i = 0; i < v.list->n; i++)
      if (!is_hidden(s, v.list->items[i]))
        write_open(j, s, v.list->items[i]);
    json_close_array(j);
  } else if (v.kind == VAL_DICT) {
    json_open_object(j);
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      if (!is_hidden(s, e->key) && !is_hidden(s, e->value) && !names_end(s, v, e->key))
        json_value_key(j, e->key), write_open(j, s, e->value);
    json_close_object(j);
  } else {
    json_value(j, v);
  }
}

// What is taken out of a node of the manifest: names of what it reads, where some of it is not
// shown; SQL, where the page is light.
static bool drops(const Site *s, Str key) {
  static const Str reads[] = {STR_INIT("refs"), STR_INIT("sources")};
  static const Str sql[] = {STR_INIT("raw_code"), STR_INIT("compiled_code"), STR_INIT("macro_sql"),
                            STR_INIT("extra_ctes")};
  bool drop = false;
  for (size_t i = 0; s->hidden.n && i < COUNT(reads); i++)
    drop = drop || str_eq(key, reads[i]);
  for (size_t i = 0; s->found->light && i < COUNT(sql); i++)
    drop = drop || str_eq(key, sql[i]);
  return drop;
}

static void write_node(Json *j, Arena *scratch, const Site *s, const Entry *e) {
  Buf whole = {0};
  bool parted = s->hidden.n || s->found->light;
  Json own = {.out = &whole, .compact = true, .raw_utf8 = true}, *to = parted ? &own : j;
  if (e->node)
    node_write(to, scratch, s->graph, e->node, s->found->compiled[e->node->index]);
  else if (e->macro)
    macro_write(to, scratch, e->macro);
  else
    json_value(to, *e->gone);
  Source src = {.path = STR("node"), .text = buf_str(&whole)};
  Diags none;
  Value v = val_none();
  size_t at = 0;
  diags_init(&none);
  if (parted) {
    json_open_object(j);
    json_read(scratch, &src, &v, &none); // what was just written
    for (DictEntry *of; v.kind == VAL_DICT && (of = dict_next(v.dict, &at));)
      if (!drops(s, val_text(of->key)) && !is_hidden(s, of->value))
        json_value_key(j, of->key), write_open(j, s, of->value);
    json_close_object(j);
  }
  diags_free(&none);
  buf_free(&whole);
}

static void write_ran(Json *j, Arena *scratch, const SiteFound *found, const Node *n) {
  Str text = found->ran && !found->light ? found->ran(found->ran_data, scratch, n) : STR("");
  if (text.len)
    json_name(j, STR("ran")), json_str(j, text);
}

static void detail(Json *j, Arena *scratch, const Site *s, const Entry *e) {
  json_open_object(j);
  json_name(j, STR("node"));
  write_node(j, scratch, s, e);
  if (e->node) {
    member(j, "catalog", catalog_of(s, e->node));
    Value lineage = val_get(s->found->lineage, e->node->id);
    if (!val_is_absent(lineage))
      json_name(j, STR("lineage")), write_open(j, s, lineage);
    member(j, "load", val_get(s->found->loads, e->node->id));
    member(j, "rows", val_get(s->found->rows, e->node->id));
    site_result_history(j, scratch, &s->found->results, e->node->id);
    write_ran(j, scratch, s->found, e->node);
    if (s->found->diff)
      site_diff_before(j, scratch, s->found->diff, e->node, s->found->light);
  } else if (e->macro && s->found->diff) {
    site_diff_macro_before(j, s->found->diff, e->macro, s->found->light);
  } else if (e->gone) {
    member(j, "catalog", site_diff_gone_catalog(s->found->diff, *e->gone));
  }
  json_close_object(j);
}

// Adds text as gzip has it, in base64.
static void pack(Buf *out, Str text) {
  z_stream z = {0};
  Buf packed = {0};
  // 15 + 16: a gzip header round the largest window (zlib.h, deflateInit2).
  if (deflateInit2(&z, 4, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    memory_must(NULL);
  size_t most = deflateBound(&z, text.len);
  z.next_out = (Bytef *)buf_room(&packed, most);
  z.avail_out = (uInt)most;
  z.next_in = (Bytef *)(uintptr_t)text.ptr;
  z.avail_in = (uInt)text.len;
  deflate(&z, Z_FINISH);
  packed.len = z.total_out;
  deflateEnd(&z);
  base64_add(out, buf_str(&packed), base64_letters);
  buf_free(&packed);
}

static void write_chunk(void *data, Arena *scratch, size_t at) {
  Site *s = data;
  Buf json = {0};
  Json j = {.out = &json, .compact = true, .raw_utf8 = true};
  json_open_array(&j);
  for (size_t i = at * CHUNK; i < s->n && i < (at + 1) * CHUNK; i++)
    detail(&j, scratch, s, &s->entries[i]);
  json_close_array(&j);
  pack(&s->chunks[at], secret_mask(scratch, buf_str(&json)));
  buf_free(&json);
}

// --- the page

// Inside <script> a "<" could start "</script" or "<!--"; \u003c is the same text in JSON.
static void add_script_safe(Buf *out, Str json) {
  size_t from = 0;
  for (ptrdiff_t at; (at = str_find(json, STR("<"), from)) >= 0; from = (size_t)at + 1) {
    buf_add(out, str_sub(json, from, (size_t)at));
    buf_adds(out, "\\u003c");
  }
  buf_add(out, str_sub(json, from, json.len));
}

// Adds the shell up to a mark, which `shell` then stands behind.
static void up_to(Buf *out, Str *shell, Str mark) {
  ptrdiff_t at = str_find(*shell, mark, 0);
  buf_add(out, str_sub(*shell, 0, (size_t)at));
  *shell = str_sub(*shell, (size_t)at + mark.len, shell->len);
}

// Packs the chunks; those of a large project are written beside the page, before anything names
// them.
static bool make_chunks(Site *s, Str folder, Diags *diags) {
  size_t bytes = 0;
  s->nchunks = (s->n + CHUNK - 1) / CHUNK;
  s->chunks = arena_array(s->arena, Buf, s->nchunks + 1);
  parallel_for(s->nchunks, parallel_cores(), write_chunk, s, NULL);
  for (size_t i = 0; i < s->nchunks; i++)
    bytes += s->chunks[i].len;
  return bytes <= site_files_limit() ||
         site_files_write(s->arena, folder, s->chunks, s->nchunks, &s->files, diags);
}

static void add_data(Buf *out, const Site *s) {
  Buf json = {0};
  Json j = {.out = &json, .compact = true, .raw_utf8 = true};
  write_index(&j, s);
  buf_adds(out, "<script id=\"data\" type=\"application/json\">");
  add_script_safe(out, secret_mask(s->arena, buf_str(&json)));
  buf_adds(out, "</script>\n");
  for (size_t i = 0; !s->files && i < s->nchunks; i++) {
    buf_addf(out, "<script id=\"chunk-%zu\" type=\"text/plain\">", i);
    buf_add(out, buf_str(&s->chunks[i]));
    buf_adds(out, "</script>\n");
  }
  buf_free(&json);
}

bool site_write(const Graph *g, const SiteFound *found, Str path, Diags *diags) {
  Arena arena = {0};
  Site s = {.graph = g, .found = found, .arena = &arena};
  Buf out = {0};
  choose(&s);
  Str shell = str_n(site_html, site_html_len);
  up_to(&out, &shell, STR("<!--TITLE-->"));
  buf_add_spelled(&out, found->config.title, spelled_html);
  up_to(&out, &shell, STR("<!--DATA-->"));
  Str folder = fs_dirname(&arena, path);
  bool ok = make_chunks(&s, folder, diags);
  add_data(&out, &s);
  buf_add(&out, shell);
  ok = ok && fs_write_quick(path, buf_str(&out), diags) &&
       site_files_remove_old(&arena, folder, s.files, s.files ? s.nchunks : 0, diags);
  for (size_t i = 0; i < s.nchunks; i++)
    buf_free(&s.chunks[i]);
  buf_free(&out);
  arena_free(&arena);
  return ok;
}
