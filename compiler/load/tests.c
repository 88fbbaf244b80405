// In: data_tests of a model, column, seed, snapshot or source table. Out: test nodes with dbt's
// names, hashes and text. Leaves evaluation to nodes.c.
#include "tests.h"
#include "../template/late.h"

#include "../base/fs.h"
#include "docs.h"
#include "files.h"
#include "models.h"
#include "names.h"
#include "node_fields.h"
#include "props.h"

typedef struct TestOf {
  Load *load;
  Node *node;
  const File *yaml;
  const PropColumn *column; // NULL: a test on the whole
  Value quote_columns;
} TestOf;

// --- pieces

static bool has_template(Str s) {
  return str_find(s, STR("{{"), 0) >= 0 || str_find(s, STR("{%"), 0) >= 0;
}

// The column's name as the test gets it.
static Str column_name(const TestOf *t) {
  const PropColumn *c = t->column;
  if (!c)
    return (Str){0};
  bool quote = val_truth(c->quote) || (val_is(c->quote, VAL_NONE) && val_truth(t->quote_columns));
  if (!quote || !t->load->shared->dialect)
    return c->name;
  // Double quotes on every database, as adapter.quote() of dbt has them: the test's hash needs
  // them.
  return str_fmt(t->load->a, "\"%.*s\"", STR_ARG(c->name));
}

// "{{ get_where_subquery(ref('m')) }}"
static Str model_text(const TestOf *t) {
  Load *load = t->load;
  const Node *n = t->node;
  if (n->kind == NODE_SOURCE)
    return str_fmt(load->a, "{{ get_where_subquery(source('%.*s', '%.*s')) }}",
                   STR_ARG(n->info->source_name), STR_ARG(n->name));
  if (n->version.len)
    return str_fmt(load->a, "{{ get_where_subquery(ref('%.*s', version='%.*s')) }}",
                   STR_ARG(n->name), STR_ARG(n->version));
  return str_fmt(load->a, "{{ get_where_subquery(ref('%.*s')) }}", STR_ARG(n->name));
}

// The arguments in the test's name: its own and column_name.
static Value arguments(const TestOf *t, const PropTest *test) {
  Load *load = t->load;
  Value args = val_dict(load->a);
  size_t own = val_is(test->args, VAL_DICT) ? test->args.dict->n : 0;
  dict_reserve(load->a, args.dict, own + (t->column ? 2 : 1)); // the column, then the model
  if (t->column)
    dict_sets(load->a, args.dict, STR("column_name"), val_str(column_name(t)));
  size_t at = 0;
  for (DictEntry *e; val_is(test->args, VAL_DICT) && (e = dict_next(test->args.dict, &at));)
    if (!t->column || test->column_given || !val_is_str(e->key, STR("column_name")))
      dict_set(load->a, args.dict, e->key, e->value);
  return args;
}

static Str target_name(const TestOf *t) {
  const Node *n = t->node;
  if (n->kind == NODE_SOURCE)
    return str_fmt(t->load->a, "%.*s_%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
  if (n->version.len)
    return str_fmt(t->load->a, "%.*s_v%.*s", STR_ARG(n->name), STR_ARG(n->version));
  return n->name;
}

static Str type_name(const TestOf *t, const PropTest *test) {
  const char *source = t->node->kind == NODE_SOURCE ? "source_" : "";
  if (test->ns.len)
    return str_fmt(t->load->a, "%.*s_%s%.*s", STR_ARG(test->ns), source, STR_ARG(test->name));
  return str_fmt(t->load->a, "%s%.*s", source, STR_ARG(test->name));
}

// The config with its templates evaluated; keys that are none are left out.
static Value config_of(const TestOf *t, const PropTest *test) {
  Load *load = t->load;
  if (!val_truth(test->config))
    return load->no_dict;
  Value out = val_dict(load->a);
  size_t at = 0;
  for (DictEntry *e; val_is(test->config, VAL_DICT) && (e = dict_next(test->config.dict, &at));) {
    Value v = e->value;
    if (val_is(v, VAL_STR) && has_template(val_text(v))) {
      Source *src = arena_new(load->a, Source);
      *src = (Source){.path = t->yaml->source->path, .text = val_text(v)};
      if (!globals_render(load->a, &load->globals[t->yaml->package->index], src, &v, load->diags))
        continue;
    } else if (val_is(v, VAL_STR) && str_ends(val_text(v), STR("\n"))) {
      v = val_str(str_sub(val_text(v), 0, v.len - 1)); // as a template leaves a block scalar
    }
    if (!val_is(v, VAL_NONE))
      dict_set(load->a, out.dict, e->key, v);
  }
  return out;
}

static Str test_text(Load *load, const PropTest *test, Value config) {
  Arena scratch = {0};
  Buf out = {.arena = &scratch};
  buf_addf(&out, "{{ %.*s%stest_%.*s(**_dbt_generic_test_kwargs) }}", STR_ARG(test->ns),
           test->ns.len ? "." : "", STR_ARG(test->name));
  size_t at = 0, n = 0;
  for (DictEntry *e; (e = dict_next(config.dict, &at));) {
    buf_addf(&out, "%s%.*s=", n++ ? "," : "{{ config(", STR_ARG(val_to_str(load->a, e->key)));
    if (!val_is(e->value, VAL_STR)) {
      val_print(&out, e->value);
      continue;
    }
    Str s = val_text(e->value);
    buf_addc(&out, '"');
    for (size_t i = 0; i < s.len; i++) {
      if (s.ptr[i] == '"')
        buf_addc(&out, '\\');
      buf_addc(&out, s.ptr[i]);
    }
    buf_addc(&out, '"');
  }
  if (n)
    buf_adds(&out, ") }}");
  Str text = str_dup(load->a, buf_str(&out));
  arena_free(&scratch);
  return text;
}

static Value join_tags(Load *load, Value x, Value y) {
  if (!val_truth(x) && !val_truth(y))
    return load->no_list;
  Value out = val_list(load->a, 2), both[2] = {x, y};
  for (int b = 0; b < 2; b++) {
    if (val_is(both[b], VAL_STR))
      list_push(load->a, out.list, both[b]);
    for (size_t i = 0; val_is_seq(both[b]) && i < both[b].list->n; i++)
      list_push(load->a, out.list, both[b].list->items[i]);
  }
  return out;
}

// --- the test's macro

static bool hint_test(Load *load, Diag *d, Str name) {
  if (!str_may_search(load->g->nmacros))
    return false;
  Str *names = arena_array(load->a, Str, load->g->nmacros + 1);
  size_t n = 0;
  for (size_t i = 0; i < load->g->nmacros; i++)
    if (str_starts(load->g->macros[i]->name, STR("test_")))
      names[n++] = str_sub(load->g->macros[i]->name, 5, load->g->macros[i]->name.len);
  return diag_nearest(load->diags, d, name, names, n);
}

// NULL: nothing is named so. The test is a node all the same, which fails when it is compiled.
static const MacroEntry *find_macro(const TestOf *t, const PropTest *test) {
  Load *load = t->load;
  const MacroEntry *e = macros_generic_test(load->macros, t->yaml->package, test->ns, test->name);
  if (e)
    return e;
  Diag *d = diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_TEST, t->yaml->source, test->name_span,
                    "there is no generic test named '%.*s%s%.*s'", STR_ARG(test->ns),
                    test->ns.len ? "." : "", STR_ARG(test->name));
  diag_lack(load->diags, d, LACK_MACRO, test->name);
  if (!hint_test(load, d, test->name))
    diag_hint(load->diags, d, "a generic test is a {%% test %.*s(model) %%} block in tests/generic",
              STR_ARG(test->name));
  return NULL;
}

// Built-in tests whose text and arguments hold nothing that has to be evaluated.
static bool is_plain(const Load *load, const Node *n, const MacroEntry *e, const PropTest *test) {
  return e && e->package->is_internal && !macros_find(load->macros, n->package, STR("ref")) &&
         !macros_find(load->macros, n->package, STR("source")) &&
         (str_is(test->name, "unique") || str_is(test->name, "not_null")) &&
         val_is(test->args, VAL_DICT) && test->args.dict->n == 0;
}

// What evaluating such a test would have recorded, but for get_where_subquery, which dbt notes
// when it compiles one.
static void plain_references(const TestOf *t, const PropTest *test, Node *n) {
  Load *load = t->load;
  const Node *to = t->node;
  if (to->kind == NODE_SOURCE) {
    n->sources = arena_new(load->a, SourceRef);
    n->sources[n->nsources++] =
        (SourceRef){to->info->source_name, to->name, t->yaml->source, test->name_span};
    return;
  }
  n->refs = arena_new(load->a, Ref);
  n->refs[n->nrefs++] = (Ref){.name = to->name,
                              .version = to->version,
                              .version_is_text = to->more->version_value.kind == VAL_STR,
                              .src = t->yaml->source,
                              .span = test->name_span};
}

// --- the node

static Str *test_fqn(Load *load, const File *yaml, Str full, uint32_t *n) {
  Str path = yaml->original_path; // without its first folder
  ptrdiff_t slash = str_find(path, STR("/"), 0);
  return load_fqn(load->a, yaml->package, str_sub(path, (size_t)(slash + 1), path.len), full, n);
}

// The text is made up: what is wrong with it is shown where the test stands in the YAML.
static const Source *test_source(Load *load, const File *yaml, const PropTest *test, Str text) {
  Source *s = arena_new(load->a, Source);
  *s = (Source){.path = yaml->source->path,
                .text = text,
                .made_by = yaml->source,
                .made_at = test->name_span};
  return s;
}

static void bad_name(const TestOf *t, const PropTest *test) {
  Diag *d = diag_at(t->load->diags, SEV_ERROR, CODE_WRONG_VALUE, t->yaml->source, test->name_span,
                    "the name of a test may not hold spaces: '%.*s'", STR_ARG(test->custom_name));
  diag_hint(t->load->diags, d, "use _ instead");
}

static const Template *test_body(Load *load, const Source *src) {
  const Template *had = map_get(&load->bodies, src->text); // most tests share a few texts
  if (had)
    return had;
  const Template *t = template_parse(load->a, src, load->diags);
  if (t)
    map_put(load->a, &load->bodies, src->text, (void *)(uintptr_t)t);
  return t;
}

// Whether an argument is none of the macro's parameters: a slip that the call itself reports.
static bool has_unknown_argument(Value args, const Str *names, size_t n) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(args.dict, &at));) {
    size_t i = 0;
    while (i < n && !str_eq(names[i], val_text(e->key)))
      i++;
    if (i == n)
      return true;
  }
  return false;
}

// Warns of parameters that have no default and get no value: the SQL of the test lacks them.
static void check_arguments(const TestOf *t, const PropTest *test, const Macro *m, Value args) {
  size_t n;
  const Str *names = macro_params(m, &n);
  if (has_unknown_argument(args, names, n))
    return;
  for (size_t i = 0; i < n; i++) {
    if (macro_param_optional(m, i) || dict_get(args.dict, val_str(names[i])))
      continue;
    Diag *d = diag_at(t->load->diags, SEV_WARNING, CODE_WRONG_ARGUMENT, t->yaml->source,
                      test->name_span, "the test '%.*s' needs the argument '%.*s'",
                      STR_ARG(test->name), STR_ARG(names[i]));
    if (str_is(names[i], "column_name"))
      diag_hint(t->load->diags, d, "it stands under `columns:`, or takes `column_name:`");
    else
      diag_hint(t->load->diags, d, "write `%.*s:` under its `arguments:`", STR_ARG(names[i]));
  }
}

static void add_test(const TestOf *t, const PropTest *test) {
  Load *load = t->load;
  const MacroEntry *e = find_macro(t, test);
  if (str_find(test->custom_name, STR(" "), 0) >= 0) {
    bad_name(t, test);
    return;
  }
  Value args = arguments(t, test), config = config_of(t, test);
  Str brief, full = test_full_name(load->a, type_name(t, test), target_name(t), args, &brief);
  if (test->custom_name.len)
    full = brief = test->custom_name;
  else if (!str_eq(brief, full) && val_is(val_get(config, STR("alias")), VAL_UNDEF))
    dict_sets(load->a, (config = val_copy(load->a, config, false)).dict, STR("alias"),
              val_str(brief));
  dict_sets(load->a, args.dict, STR("model"), val_str(model_text(t)));
  if (e)
    check_arguments(t, test, e->macro, args);
  Str hash = test_hash(load->a, full, args, test->name, test->ns);

  Node *n = load_node_unnamed(load, NODE_TEST, t->yaml->package, t->yaml, full);
  n->id = str_fmt(load->a, "test.%.*s.%.*s.%.*s", STR_ARG(n->package->name), STR_ARG(full),
                  STR_ARG(hash));
  n->fqn = test_fqn(load, t->yaml, full, &n->nfqn);
  n->path = str_fmt(load->a, "%.*s.sql", STR_ARG(brief));
  n->checksum = (Str){0};
  n->checksum_name = STR("none");
  n->source = test_source(load, t->yaml, test, test_text(load, test, config));
  n->raw_code = n->source->text;
  n->body = test_body(load, n->source);
  Value of_source = t->node->kind == NODE_SOURCE ? t->node->info->test_tags : val_none();
  n->tags = join_tags(load, of_source, t->column ? t->column->tags : val_none());
  n->description = load_description(load, load->a, n->package, t->yaml->source, test->description,
                                    &n->doc_blocks, load->diags);
  n->test = arena_new(load->a, TestInfo);
  *n->test = (TestInfo){.generic = true,
                        .test_name = test->name,
                        .ns = test->ns,
                        .kwargs = args,
                        .column_name = column_name(t),
                        .macro = e ? e->macro : NULL,
                        .yaml = test->yaml,
                        .column = t->column ? yaml_get(t->column->yaml, STR("name")) : NULL};
  bool source = t->node->kind == NODE_SOURCE;
  n->test->attached = source || !t->node->enabled ? NULL : t->node; // NULL too: nothing is there
  n->test->on_source = source ? t->node : NULL;
  Str section = node_kind_plurals[t->node->kind];
  n->test->file_key_name = str_fmt(load->a, "%.*s.%.*s", STR_ARG(section),
                                   STR_ARG(source ? t->node->info->source_name : t->node->name));
  // dbt looks the first one up by its bare name, also when the test is called with a package.
  const MacroEntry *bare = macros_generic_test(load->macros, n->package, (Str){0}, test->name);
  n->macro_ids = arena_array(load->a, Str, 1);
  if (bare || e)
    n->macro_ids[n->nmacro_ids++] = bare ? bare->id : e->id;

  Work *w = load_add_work(load, n, t->yaml, CONFIG_TEST);
  w->test = test;
  w->call = config;
  w->call_unrendered = test->config;
  w->plain_test = is_plain(load, n, e, test);
  if (w->plain_test)
    plain_references(t, test, n);
}

void load_tests_of(Load *load, Node *target, const Tested *t) {
  for (size_t i = 0; i < t->ncolumns; i++) {
    TestOf of = {load, target, t->yaml, &t->columns[i], t->quote_columns};
    for (size_t k = 0; k < t->columns[i].ntests; k++)
      add_test(&of, &t->columns[i].tests[k]);
  }
  TestOf of = {load, target, t->yaml, NULL, t->quote_columns};
  for (size_t i = 0; i < t->ntests; i++)
    add_test(&of, &t->tests[i]);
}

// --- which nodes have tests

// A node by its package and name, as a key of a map.
static Str name_key(Arena *a, const Package *p, Str name) {
  return str_fmt(a, "%p %.*s", (const void *)p, STR_ARG(name));
}

// What a name may stand for, the first of each: place in load->work + 1 by name_key.
static Map named_work(Load *load) {
  Map all = {0};
  for (size_t i = 0; i < load->work.n; i++) {
    const Node *n = load->work.items[i].node;
    Str key = node_is_refable(n) ? name_key(load->a, n->package, n->name) : (Str){0};
    if (key.len && !map_get(&all, key))
      map_put(load->a, &all, key, (void *)(uintptr_t)(i + 1));
  }
  return all;
}

// What a test is made for when its section describes something that is not there.
static Node *nothing_named(Load *load, const File *f, NodeKind kind, Str name) {
  Node *n = load_node(load, kind, f->package, f, name);
  n->enabled = false;
  return n;
}

// Tests that stand under the section of another kind, a seed's under `models:`, say what they test
// all the same; those of a name that nothing has are nodes that lose their target when they are
// linked. The warning about the section comes with the other unused entries.
static void add_misplaced_tests(Load *load, const File *f, Map *named, size_t nwork) {
  static const PropKind kinds[] = {PROP_MODEL, PROP_SEED, PROP_SNAPSHOT};
  static const NodeKind nodes[] = {NODE_MODEL, NODE_SEED, NODE_SNAPSHOT};
  for (size_t k = 0; f->kind == FILE_YAML && k < 3; k++)
    for (size_t i = 0; i < f->props->nprops[kinds[k]]; i++) {
      const Prop *p = f->props->props[kinds[k]][i];
      if (load_prop_used(load, p, f->package))
        continue;
      if (!named->n) // few projects get here
        *named = named_work(load);
      size_t at = (uintptr_t)map_get(named, name_key(load->a, f->package, p->name));
      if (at > nwork)
        continue;
      Node *of = at ? load->work.items[at - 1].node : nothing_named(load, f, nodes[k], p->name);
      load_tests_of(load, of,
                    &(Tested){f, p->tests, p->ntests, p->columns, p->ncolumns, p->quote_columns});
    }
}

// Of nodes that one entry describes (nodes of one name, of which all but one are disabled) the
// first gets the tests: which are enabled is known once they are evaluated.
static bool first_of_entry(Arena *a, PtrMap *seen, const Work *w) {
  return ptr_map_add(a, seen, w->version ? (const void *)w->version : w->prop);
}

static size_t count_tests(size_t own, const PropColumn *columns, size_t n) {
  size_t all = own;
  for (size_t i = 0; i < n; i++)
    all += columns[i].ntests;
  return all;
}

// About how many nodes the files of YAML make: with room for them load->work grows but once.
static size_t count_entries(const File *f) {
  size_t n = 0;
  for (size_t kind = 0; f->props && kind < PROP_KINDS; kind++)
    for (size_t i = 0; i < f->props->nprops[kind]; i++) {
      const Prop *p = f->props->props[kind][i];
      n += count_tests(p->ntests, p->columns, p->ncolumns);
    }
  for (size_t i = 0; f->props && i < f->props->nsources; i++)
    for (size_t k = 0; k < f->props->sources[i]->ntables; k++) {
      const PropTable *t = &f->props->sources[i]->tables[k];
      n += 1 + count_tests(t->ntests, t->columns, t->ncolumns);
    }
  return n;
}

void load_tests(Load *load) {
  size_t n = load->work.n, more = 0; // tests are added behind
  for (size_t i = 0; i < load->files.n; i++)
    more += count_entries(&load->files.items[i]);
  vec_reserve(load->a, &load->work, more);
  Arena scratch = {0};
  PtrMap seen = {0};
  for (size_t i = 0; i < n; i++) {
    const Work w = load->work.items[i];
    if (!w.prop || w.node->kind == NODE_ANALYSIS || w.node->kind == NODE_TEST ||
        w.node->kind == NODE_FUNCTION || !first_of_entry(&scratch, &seen, &w))
      continue;
    const PropTest *tests = w.prop->tests;
    size_t ntests = w.prop->ntests, ncolumns;
    if (w.version && w.version->has_tests) {
      tests = w.version->tests;
      ntests = w.version->ntests;
    }
    const PropColumn *columns = load_columns_of(load->a, &w, &ncolumns);
    load_tests_of(load, w.node,
                  &(Tested){load_file_of(load, w.prop->src), tests, ntests, columns, ncolumns,
                            w.prop->quote_columns});
  }
  Map named = {0};
  for (size_t i = 0; i < load->files.n; i++)
    add_misplaced_tests(load, &load->files.items[i], &named, n);
  arena_free(&scratch);
}

// A node by what a test says of its target.
static Str target_key(Arena *a, const Node *n) {
  return str_fmt(a, "%d %p %zu:%.*s%.*s", n->kind, (const void *)n->package, n->name.len,
                 STR_ARG(n->name), STR_ARG(n->version));
}

void load_move_tests(Load *load) {
  Arena scratch = {0};
  Map enabled = {0}; // the last of each, found when a test needs it
  bool found = false;
  for (size_t i = 0; i < load->work.n; i++) {
    TestInfo *t = load->work.items[i].node->test;
    if (!t || !t->attached || t->attached->enabled)
      continue;
    for (size_t k = 0; !found && k < load->work.n; k++) {
      Node *n = load->work.items[k].node;
      if (n->enabled)
        map_put(&scratch, &enabled, target_key(&scratch, n), n);
    }
    found = true;
    Node *n = map_get(&enabled, target_key(&scratch, t->attached));
    t->attached = n ? n : t->attached;
  }
  arena_free(&scratch);
}
