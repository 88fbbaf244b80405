// Unit tests of graph/select: the grammar, each method, relatives, tests that come along.
#include "check.h"
#include "compiler/graph/select.h"

#include <stdio.h>

static Arena arena;
static Diags diags;
static Package root = {.name = STR_INIT("shop"), .is_root = true};
static Package *packages[] = {&root};
static Project project = {.packages = packages, .npackages = 1, .root = STR_INIT("/p")};
static Source source = {.path = STR_INIT("models/x.sql"), .text = STR_INIT("select 1")};
static Graph *g;

// "staging/stg_a" in models/, needing the named nodes.
static Node *node(NodeKind kind, const char *path, const char *needs) {
  Node *n = node_new(&arena);
  Str p = str_c(path);
  n->kind = kind;
  n->package = &root;
  n->enabled = true;
  n->source = &source;
  n->fqn = arena_array(&arena, Str, 8);
  n->fqn[n->nfqn++] = root.name;
  Str rest = p;
  for (Str part; str_cut(&rest, '/', &part);)
    n->fqn[n->nfqn++] = n->name = part;
  n->original_path = str_fmt(&arena, "models/%s.sql", path);
  n->id = str_fmt(&arena, "%s.shop.%.*s", node_kind_names[kind].ptr, STR_ARG(n->name));
  n->config = val_dict(&arena);
  n->tags = val_list(&arena, 1);
  if (kind == NODE_SOURCE) {
    n->info = arena_new(&arena, SourceInfo);
    n->info->source_name = n->fqn[1];
  }
  n->refs = arena_array(&arena, Ref, 8);
  Str names = str_c(needs);
  for (Str name; names.len && str_cut(&names, ' ', &name);)
    n->refs[n->nrefs++] = (Ref){.name = name, .src = &source};
  graph_add(&arena, g, n);
  return n;
}

static void tag(Node *n, const char *t) { list_push(&arena, n->tags.list, val_str(str_c(t))); }

static void build(void) {
  g = graph_new(&arena, &project);
  node(NODE_SOURCE, "raw/events", "");
  Node *a = node(NODE_MODEL, "staging/stg_a", ""), *b = node(NODE_MODEL, "staging/stg_b", "");
  tag(a, "nightly"), tag(b, "hourly");
  a->sources = arena_new(&arena, SourceRef);
  a->sources[a->nsources++] = (SourceRef){.source = STR("raw"), .table = STR("events")};
  Node *m = node(NODE_MODEL, "mart/dim", "stg_a");
  tag(m, "nightly");
  dict_sets(&arena, m->config.dict, STR("materialized"), val_lit("table"));
  dict_sets(&arena, m->config.dict, STR("full_refresh"), val_bool(true));
  Value meta = val_dict(&arena);
  dict_sets(&arena, meta.dict, STR("owner"), val_lit("ann"));
  dict_sets(&arena, m->config.dict, STR("meta"), meta);
  node(NODE_MODEL, "mart/fct", "stg_a stg_b dim");
  node(NODE_MODEL, "mart/top", "fct");
  Node *t = node(NODE_TEST, "t_one", "stg_a");
  t->test = arena_new(&arena, TestInfo);
  *t->test = (TestInfo){.generic = true, .test_name = STR("unique")};
  node(NODE_TEST, "t_two", "stg_a stg_b");
  node(NODE_SEED, "sd", "");
  node(NODE_EXPOSURE, "board", "top");
  for (int v = 1; v <= 3; v++) {
    Node *n = node_new(&arena);
    *n = (Node){.more = &node_has_no_more,
                .package = &root,
                .enabled = true,
                .source = &source,
                .name = STR("ver")};
    n->version = str_fmt(&arena, "%d", v);
    node_more(&arena, n)->latest_version = val_int(2);
    n->fqn = arena_array(&arena, Str, 3);
    n->nfqn = 3;
    n->fqn[0] = root.name, n->fqn[1] = n->name, n->fqn[2] = str_fmt(&arena, "v%d", v);
    n->id = str_fmt(&arena, "model.shop.ver.v%d", v);
    n->original_path = str_fmt(&arena, "models/ver_v%d.sql", v);
    graph_add(&arena, g, n);
  }
  if (!graph_link(&arena, g, &diags))
    printf("the graph does not link\n"), check_failed++;
}

static Str names_of(const bool *bits) {
  Buf b = {.arena = &arena};
  for (size_t i = 0; bits && i < g->nnodes; i++)
    if (bits[i]) {
      Node *n = g->nodes[i];
      buf_addf(&b, "%s%.*s%s%.*s", b.len ? " " : "", STR_ARG(n->name), n->version.len ? "." : "",
               STR_ARG(n->version));
    }
  return bits ? buf_str(&b) : STR("ERROR");
}

static void expect_full(Selection s, const char *what, const char *want, int line) {
  // Once as it is, once among so many criteria that an index is used.
  for (int with_index = 0; with_index < 2; with_index++) {
    Str many[41] = {{0}};
    if (with_index) {
      if (!s.nselect)
        break;
      many[0] = s.select[0];
      for (int i = 1; i < 41; i++)
        many[i] = STR("fqn:nothing_at_all");
      s.select = many;
      s.nselect = 41;
    }
    Str got = names_of(select_nodes(&arena, g, &s, ~0u, &diags));
    bool ok = str_eq(got, str_c(want));
    if (!check_count(ok))
      printf("line %d: %s%s\n  want %s\n  got  %.*s\n", line, what, with_index ? " (index)" : "",
             want, STR_ARG(got));
  }
}

static void expect(const char *select, const char *exclude, const char *indirect, const char *want,
                   int line) {
  Str in = str_c(select), out = str_c(exclude);
  Selection s = {.select = &in,
                 .nselect = select != NULL,
                 .exclude = &out,
                 .nexclude = exclude != NULL,
                 .indirect = str_c(indirect)};
  expect_full(s, select ? select : "(all)", want, line);
}
#define SEL(select, want) expect(select, NULL, NULL, want, __LINE__)
#define BUT(select, exclude, want) expect(select, exclude, NULL, want, __LINE__)
#define IND(how, select, want) expect(select, NULL, how, want, __LINE__)

static void grammar(void) {
  SEL("dim", "dim");
  SEL("stg_a", "stg_a t_one t_two");
  SEL("stg_b", "stg_b t_two");
  SEL("shop.mart.dim", "dim");
  SEL("mart.dim", "dim");
  SEL("mart", "dim fct top");
  SEL("mart.*", "dim fct top");
  SEL("*m", "dim");
  SEL("stg_?", "stg_a stg_b t_one t_two");
  SEL("stg_[!a]", "stg_b t_two");
  SEL("+dim", "events stg_a dim t_one t_two");
  SEL("1+fct", "stg_a stg_b dim fct t_one t_two");
  SEL("dim+", "dim fct top board");
  SEL("dim+1", "dim fct");
  SEL("1+dim+1", "stg_a dim fct t_one t_two");
  SEL("@dim", "events stg_a stg_b dim fct top t_one t_two board");
  SEL("dim top", "dim top");
  SEL("tag:nightly,mart", "dim");
  SEL("tag:nightly,mart stg_b", "stg_b dim t_two");
  BUT("mart", "dim", "fct top");
  BUT(NULL, "tag:*", "events fct top sd board ver.1 ver.2 ver.3");
  BUT("stg_a", "test_type:generic", "stg_a t_two");
  SEL("@dim+", "ERROR");
  SEL("tga:nightly", "ERROR");
  SEL("state:modified", "ERROR");
  SEL("nothing", "");
  SEL("99999999999999999999+dim", "events stg_a dim t_one t_two");
}

static void ways(void) {
  SEL("tag:night*", "stg_a dim t_one t_two");
  SEL("path:models/mart", "dim fct top");
  SEL("models/mart/", "dim fct top");
  SEL("path:models/*/d*.sql", "dim");
  SEL("path:models/**/dim.sql", "dim");
  SEL("dim.sql", "dim");
  SEL("file:dim", "dim");
  SEL("/p/models/mart/dim.sql", "dim");
  SEL("config.materialized:table", "dim");
  SEL("config.full_refresh:true", "dim");
  SEL("config.meta.owner:ann", "dim");
  SEL("resource_type:seed", "sd");
  SEL("resource_type:sed", "ERROR");
  SEL("source:raw", "events");
  SEL("source:raw.events+1", "events stg_a t_one t_two");
  SEL("source:a.b.c.d", "ERROR");
  SEL("exposure:board", "board");
  SEL("+exposure:board,resource_type:model", "stg_a stg_b dim fct top t_one t_two");
  SEL("package:this,resource_type:test", "t_one t_two");
  SEL("test_name:uni*", "t_one");
  SEL("test_type:singular", "t_two");
  SEL("version:latest", "ver.2");
  SEL("version:old", "ver.1");
  SEL("version:prerelease", "ver.3");
  SEL("ver", "ver.1 ver.2 ver.3");
  SEL("ver.v2", "ver.2");
  SEL("ver_v2", "ver.2");
}

static void indirect(void) {
  IND("eager", "stg_a", "stg_a t_one t_two");
  IND("cautious", "stg_a", "stg_a t_one");
  IND("cautious", "stg_a stg_b", "stg_a stg_b t_one t_two");
  IND("buildable", "stg_a", "stg_a t_one");
  IND("buildable", "fct", "fct");
  IND("empty", "stg_a", "stg_a");
  IND("nonsense", "stg_a", "ERROR");
}

static void kinds(void) {
  Str model = STR("model"), test = STR("test"), all = STR("+dim");
  Selection s = {.select = &all, .nselect = 1, .resource_types = &model, .nresource_types = 1};
  expect_full(s, "--resource-type model", "stg_a dim", __LINE__);
  s = (Selection){
      .select = &all, .nselect = 1, .exclude_resource_types = &test, .nexclude_resource_types = 1};
  expect_full(s, "--exclude-resource-type test", "events stg_a dim", __LINE__);
}

// YAML trees by hand: {key: value, ...} and [..].
static Yaml *scalar(const char *text) {
  Yaml *y = arena_new(&arena, Yaml);
  *y = (Yaml){.kind = YAML_SCALAR, .src = &source, .text = str_c(text)};
  y->scalar = str_is(y->text, "true") ? val_bool(true) : val_str(y->text);
  return y;
}
static Yaml *list(size_t n, Yaml **items) {
  Yaml *y = arena_new(&arena, Yaml);
  *y = (Yaml){.kind = YAML_LIST, .src = &source, .n = n};
  y->items = arena_array(&arena, Yaml *, n);
  memcpy(y->items, items, n * sizeof *items);
  return y;
}
static Yaml *dict(size_t n, Yaml **pairs) {
  Yaml *y = arena_new(&arena, Yaml);
  *y = (Yaml){.kind = YAML_DICT, .src = &source, .n = n};
  y->entries = arena_array(&arena, YamlEntry, n);
  for (size_t i = 0; i < n; i++)
    y->entries[i] = (YamlEntry){pairs[2 * i], pairs[2 * i + 1]};
  return y;
}
#define LIST(n, ...) list(n, (Yaml *[]){__VA_ARGS__})
#define DICT(n, ...) dict(n, (Yaml *[]){__VA_ARGS__})
#define T scalar

static Yaml *selector(const char *name, Yaml *definition) {
  return DICT(2, T("name"), T(name), T("definition"), definition);
}

static void named(const char *name, const char *want, int line) {
  Selection s = {.selector = str_c(name)};
  expect_full(s, name, want, line);
}

static void selectors(void) {
  g->selectors_yaml = LIST(
      7, selector("text", T("+dim")), selector("short", DICT(1, T("tag"), T("hourly"))),
      selector("full", DICT(4, T("method"), T("fqn"), T("value"), T("dim"), T("parents"), T("true"),
                            T("indirect_selection"), T("empty"))),
      selector("any", DICT(1, T("union"),
                           LIST(3, T("dim"), T("top"), DICT(1, T("exclude"), LIST(1, T("top")))))),
      selector("both",
               DICT(1, T("intersection"), LIST(2, T("tag:nightly"), T("path:models/mart")))),
      selector("again",
               DICT(1, T("union"),
                    LIST(2, DICT(2, T("method"), T("selector"), T("value"), T("both")), T("sd")))),
      selector("self", DICT(2, T("method"), T("selector"), T("value"), T("self"))));
  for (size_t i = 0; i < g->selectors_yaml->n; i++) { // as load/hooks.c keeps them
    const Yaml *y = g->selectors_yaml->items[i];
    map_put(&arena, &g->selector_of, yaml_str(yaml_get(y, STR("name"))), (void *)(uintptr_t)y);
  }
  named("text", "events stg_a dim t_one t_two", __LINE__);
  named("short", "stg_b t_two", __LINE__);
  named("full", "events stg_a dim", __LINE__);
  named("any", "dim", __LINE__);
  named("both", "dim", __LINE__);
  named("again", "dim sd", __LINE__);
  named("self", "ERROR", __LINE__);
  named("agian", "ERROR", __LINE__);
  // as a method: operators, wildcards, sets; a definition's own indirect selection ends with it
  SEL("selector:both", "dim");
  SEL("selector:both+1", "dim fct");
  SEL("+selector:both", "events stg_a dim t_one t_two");
  SEL("selector:sh*,tag:hourly", "stg_b t_two");
  SEL("selector:bo*,dim top", "dim top");
  BUT("stg_b dim", "selector:short", "dim");
  SEL("selector:agian", "ERROR");
  SEL("selector:self", "ERROR");
}

// Who knows columns here: stg_a has one, fct reads it, t_one and t_two look at it.
static bool pick(void *data, const ColumnCriterion *c, bool *picked, bool *tests, Diags *d) {
  (void)data;
  for (size_t i = 0; i < g->nnodes; i++) {
    Str name = g->nodes[i]->name;
    picked[i] = str_is(name, "stg_a") || (c->children && c->children_depth && str_is(name, "fct"));
    tests[i] = str_is(name, "t_one") || str_is(name, "t_two");
  }
  if (str_is(c->text, "stg_a.id"))
    return true;
  diag_error(d, CODE_LINEAGE_NAME, (Str){0}, "no such column");
  return false;
}

static void by_column(const char *select, const char *indirect, const char *want, int line) {
  Str in = str_c(select);
  SelectColumns columns = {.pick = pick};
  Selection s = {.select = &in, .nselect = 1, .indirect = str_c(indirect), .columns = &columns};
  expect_full(s, select, want, line);
}

// Relatives are those of the column, and only its tests come along.
static void columns(void) {
  by_column("column:stg_a.id", NULL, "stg_a t_one t_two", __LINE__);
  by_column("column:stg_a.id", "empty", "stg_a", __LINE__);
  by_column("column:stg_a.id", "cautious", "stg_a t_one", __LINE__);
  by_column("column:stg_a.id+", "empty", "stg_a fct", __LINE__);
  by_column("column:stg_a.id+0", "empty", "stg_a", __LINE__);
  by_column("@column:stg_a.id", "empty", "events stg_a stg_b dim fct", __LINE__);
  by_column("column:stg_a.id+,dim+", "empty", "fct", __LINE__);
  by_column("column:stg_a.nope", NULL, "ERROR", __LINE__);
  SEL("column:stg_a.id", "ERROR"); // nobody knows columns
}

int main(void) {
  build();
  grammar();
  ways();
  indirect();
  kinds();
  selectors();
  columns();
  diags_free(&diags);
  arena_free(&arena);
  return check_done();
}
