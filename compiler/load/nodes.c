// In: a node with its text and patch. Out: what its text refers to, its config, its names. Runs on
// any thread; each node touches only itself.
#include "../graph/config_place.h"
#include "../graph/manifest_node.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// --- evaluation at parse time

// A text of the project's files, which stays: a macro's, a schema file's.
static bool known_source(Load *l, const Source *src) {
  Str key = str_n((const char *)&src, sizeof src);
  return map_get(&l->macro_sources, key) || map_get(&l->file_of, key);
}

// Text made while rendering is gone afterwards: then the node's own text is the place.
static void keep_place(Load *l, const Node *n, const Source **src, Span *span) {
  if (*src == n->source || (*src && known_source(l, *src)))
    return;
  *src = n->source;
  *span = (Span){0};
}

static Ref *kept_refs(Load *l, Arena *a, const Node *n, const Ref *refs, size_t nrefs,
                      size_t room) {
  Ref *kept = arena_array(a, Ref, nrefs + room);
  for (size_t i = 0; i < nrefs; i++) {
    Ref r = refs[i];
    r.package = str_dup(a, r.package);
    r.name = str_dup(a, r.name);
    r.version = str_dup(a, r.version);
    if (n->test && n->test->generic && l->p->level >= DBT_1_12)
      r.version_is_text = false; // since then dbt reads what it makes of the test as it stands
    keep_place(l, n, &r.src, &r.span);
    kept[i] = r;
  }
  return kept;
}

// A model that dbt reads without evaluating it: it then notes each source once.
static bool is_static(const Load *l, const Node *n) {
  static const Str names[] = {STR_INIT("ref"), STR_INIT("source"), STR_INIT("config")};
  if (n->kind != NODE_MODEL || !n->body)
    return false;
  for (size_t i = 0; i < 3; i++)
    if (macros_find(l->macros, n->package, names[i]))
      return false;
  return template_only_calls(n->body, names, 3);
}

// Whether a source is named for the first time; `seen` remembers, in the scratch arena.
static bool is_first(Arena *scratch, Map *seen, const SourceRef *r) {
  return map_add(
      scratch, seen,
      str_fmt(scratch, "%zu:%.*s%.*s", r->source.len, STR_ARG(r->source), STR_ARG(r->table)));
}

// Copies what was captured out of the scratch arena.
static void keep_capture(Load *l, Arena *a, Work *w, const Capture *k) {
  Node *n = w->node;
  n->refs = kept_refs(l, a, n, k->refs, k->nrefs, n->nrefs);
  n->nrefs = k->nrefs;
  n->functions = kept_refs(l, a, n, k->functions, k->nfunctions, 0);
  n->nfunctions = k->nfunctions;
  n->metrics = kept_refs(l, a, n, k->metrics, k->nmetrics, 0);
  n->nmetrics = k->nmetrics;
  n->sources = arena_array(a, SourceRef, k->nsources);
  n->nsources = 0;
  bool once = is_static(l, n);
  Arena scratch = {0};
  Map sources = {0}, macros = {0};
  for (size_t i = 0; i < k->nsources; i++) {
    SourceRef r = k->sources[i];
    if (once && !is_first(&scratch, &sources, &r))
      continue;
    r.source = str_dup(a, r.source);
    r.table = str_dup(a, r.table);
    keep_place(l, n, &r.src, &r.span);
    n->sources[n->nsources++] = r;
  }
  // The test macro itself stands there already, maybe under the name of one that hides it.
  const MacroEntry *test = n->test && n->test->macro ? n->test->macro->owner : NULL;
  Str own = test ? test->id : (Str){0};
  Str *ids = arena_array(a, Str, k->nmacro_ids + n->nmacro_ids);
  size_t nids = 0;
  map_add(&scratch, &macros, own);
  for (size_t i = 0; i < n->nmacro_ids; i++) { // a test's own macro comes first
    ids[nids++] = n->macro_ids[i];
    map_add(&scratch, &macros, n->macro_ids[i]);
  }
  for (size_t i = 0; i < k->nmacro_ids; i++)
    if (map_add(&scratch, &macros, k->macro_ids[i]))
      ids[nids++] = k->macro_ids[i]; // ids are the registry's and stay
  arena_free(&scratch);
  n->macro_ids = ids;
  n->nmacro_ids = nids;
}

static void default_names(Load *l, Node *n) {
  const Target *t = l->p->target;
  n->database =
      t && l->shared->dialect && l->shared->dialect->has_databases ? t->database : (Str){0};
  n->schema = t ? t->schema : (Str){0};
  n->alias = n->name;
}

// The arguments of a generic test as its macro gets them.
static bool set_test_kwargs(Context *c, Arena *a, const Node *n, Diags *diags) {
  Value kwargs;
  if (!compile_test_kwargs(c, a, n, &kwargs, diags))
    return false;
  context_set(c, STR("_dbt_generic_test_kwargs"), kwargs);
  return true;
}

static bool render_hooks(Context *c, Arena *a, Value config, const Node *n, Diags *diags) {
  static const Str keys[] = {STR_INIT("pre-hook"), STR_INIT("post-hook")};
  bool ok = true;
  for (size_t k = 0; k < 2; k++) {
    Value hooks = val_get(config, keys[k]);
    for (size_t i = 0; val_is(hooks, VAL_LIST) && i < hooks.list->n; i++) {
      Value sql = val_get(hooks.list->items[i], STR("sql"));
      if (!val_is(sql, VAL_STR) || str_find(val_text(sql), STR("{"), 0) < 0)
        continue;
      Str key, ignored;
      const Source *src =
          node_hook_source(a, n, c->shared->project->packages[0], val_text(sql), &key);
      Template *t = template_parse(a, src, diags);
      EvalOptions o = context_options(c, diags);
      ok &= t && template_render(t, &o, &ignored);
    }
  }
  return ok;
}

// What a foreign key refers to ("to: ref('x')"), as a template at its place in the YAML.
static Source *key_source(Arena *a, const Node *n, Str to, const Yaml *yaml) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = n->source->path, .text = str_fmt(a, "{{ %.*s }}", STR_ARG(to))};
  ptrdiff_t at = yaml ? str_find(yaml->src->text, to, yaml->span.at) : -1;
  if (at < (ptrdiff_t)strlen("{{ "))
    return src;
  src->path = yaml->src->path;
  src->outer = yaml->src->outer.ptr ? yaml->src->outer : yaml->src->text;
  src->at = yaml->src->at + (size_t)at - strlen("{{ ");
  return src;
}

// It is built first. The refs of the key are kept with the place of the YAML, which outlives src.
static bool render_key(Context *c, Arena *a, Str to, const Yaml *yaml, const Node *n,
                       Diags *diags) {
  Capture *k = c->capture;
  size_t nrefs = k->nrefs, nsources = k->nsources;
  Template *t = template_parse(a, key_source(a, n, to, yaml), diags);
  EvalOptions o = context_options(c, diags);
  Str ignored;
  bool ok = t && template_render(t, &o, &ignored);
  for (size_t i = nrefs; yaml && i < k->nrefs; i++)
    k->refs[i].src = yaml->src, k->refs[i].span = yaml->span;
  for (size_t i = nsources; yaml && i < k->nsources; i++)
    k->sources[i].src = yaml->src, k->sources[i].span = yaml->span;
  return ok;
}

// Of all keys of one list; `yaml` is the entry that has it.
static bool render_keys(Context *c, Arena *a, Value constraints, const Yaml *yaml, const Node *n,
                        Diags *diags) {
  const Yaml *list = yaml_get(yaml, STR("constraints"));
  bool ok = true;
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++) {
    Value to = val_get(constraints.list->items[i], STR("to"));
    const Yaml *item = list && list->kind == YAML_LIST && i < list->n ? list->items[i] : NULL;
    if (to.kind == VAL_STR && compile_is_call(val_text(to)))
      ok &= render_key(c, a, val_text(to), yaml_get(item, STR("to")), n, diags);
  }
  return ok;
}

static bool render_foreign_keys(Context *c, Arena *a, const Work *w, Diags *diags) {
  if (!w->prop || w->node->kind != NODE_MODEL)
    return true;
  const PropVersion *v = w->version;
  size_t ncolumns;
  const PropColumn *columns = load_columns_of(a, w, &ncolumns);
  bool own = v && v->has_constraints;
  bool ok = render_keys(c, a, own ? v->constraints : w->prop->constraints,
                        own ? v->yaml : w->prop->yaml, w->node, diags);
  for (size_t i = 0; i < ncolumns; i++)
    ok &= render_keys(c, a, columns[i].constraints, columns[i].yaml, w->node, diags);
  return ok;
}

static bool has_foreign_keys(Arena *a, const Work *w) {
  if (!w->prop || w->node->kind != NODE_MODEL)
    return false;
  size_t ncolumns;
  const PropColumn *columns = load_columns_of(a, w, &ncolumns);
  bool any = val_is_seq(w->prop->constraints) && w->prop->constraints.list->n;
  for (size_t i = 0; i < ncolumns; i++)
    any |= val_is_seq(columns[i].constraints) && columns[i].constraints.list->n;
  return any || w->version;
}

// A seed is loaded before anything is known of other nodes.
static bool check_seed(const Work *w, const Capture *k, Diags *diags) {
  if (w->node->kind != NODE_SEED || (!k->nrefs && !k->nsources))
    return true;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_SEED_DEPENDENCY, w->node->source, (Span){0},
                    "the hooks of seed '%.*s' read other nodes. Seeds cannot depend on other nodes",
                    STR_ARG(w->node->name));
  diag_hint(diags, d, "put the hook on a model");
  return false;
}

// A version's config over its model's: dicts one in the other, lists one after the other.
static Value update(Arena *a, Value base, Value over) {
  if (!val_is(over, VAL_DICT) || !over.dict->n)
    return base;
  if (!val_is(base, VAL_DICT) || !base.dict->n)
    return over;
  Value d = val_copy(a, base, false);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(over.dict, &at));) {
    const Value *had = dict_get(d.dict, e->key);
    Value v = e->value;
    if (had && val_is(*had, VAL_DICT) && val_is(v, VAL_DICT)) {
      v = update(a, *had, v);
    } else if (had && val_is(*had, VAL_LIST) && val_is(v, VAL_LIST)) {
      v = val_copy(a, v, false);
      for (size_t i = 0; i < had->list->n; i++)
        list_push(a, v.list, had->list->items[i]);
    }
    dict_set(a, d.dict, e->key, v);
  }
  return d;
}

// dbt lays the config of an entry as it is written over what it gives, and lists of both become
// one: what a list has stands in it twice.
static Value laid_over(Arena *a, Value given, Value written) {
  Value out = val_is(given, VAL_DICT) ? val_copy(a, given, false) : val_dict(a);
  size_t at = 0;
  for (DictEntry *e; val_is(written, VAL_DICT) && (e = dict_next(written.dict, &at));) {
    Value *had = dict_get(out.dict, e->key), v = e->value;
    if (val_is(v, VAL_DICT))
      v = laid_over(a, had ? *had : val_undef(NULL), v);
    else if (had && val_is(v, VAL_LIST) && val_is(*had, VAL_LIST))
      v = val_copy(a, v, false);
    for (size_t i = 0; had && val_is(v, VAL_LIST) && val_is(*had, VAL_LIST) && i < had->list->n;
         i++)
      list_push(a, v.list, had->list->items[i]);
    dict_set(a, out.dict, e->key, v);
  }
  return out;
}

// What unrendered_config has of the entry of a node: of one version only what is said of that.
static Value properties_as_written(Arena *a, const Work *w, Value given) {
  if (w->node->kind == NODE_TEST) // of a singular test dbt keeps what the entry gives
    return given;
  const Yaml *entry = w->version ? w->version->yaml : w->prop ? w->prop->yaml : NULL;
  const Yaml *written = yaml_get(entry, STR("config"));
  return laid_over(a, given, written ? yaml_value(a, written) : val_undef(NULL));
}

// Tests without a config of their own in a package whose project says nothing of tests either have
// the same one.
static bool take_shared_config(const Load *l, Work *w) {
  Value shared = l->test_config[w->node->package->index];
  if (!w->test || w->call.dict->n || !val_is(shared, VAL_DICT))
    return false;
  w->node->config = shared;
  w->node->config_call = w->call;
  return true;
}

static bool is_frozen(Value v) {
  return val_is(v, VAL_LIST) ? v.list->frozen : val_is(v, VAL_DICT) && v.dict->frozen;
}

// Values that were made in `made`, which is used up: as they are kept for all nodes, or, where one
// holds what cannot be shared, with all of it as the node's own. A frozen one is kept already.
static void keep_shared(Load *l, Arena *a, Arena *made, Value *const *values, size_t n) {
  bool shared = true;
  for (size_t i = 0; i < n; i++)
    shared = (is_frozen(*values[i]) || intern(&l->shared_values, values[i])) && shared;
  for (size_t i = 0; !shared && i < n; i++)
    *values[i] = val_copy(a, *values[i], true);
  if (shared)
    arena_free(made);
  else
    arena_adopt(a, made);
}

static bool merge_config(Load *l, Arena *into, Work *w) {
  Node *n = w->node;
  if (take_shared_config(l, w))
    return true;
  Arena made = {0}, *a = &made;
  ConfigInput in = {.project = l->p,
                    .package = n->package,
                    .kind = w->kind,
                    .fqn = n->fqn,
                    .nfqn = n->nfqn,
                    .src = n->source};
  in.properties = w->prop ? w->prop->config : val_undef(NULL);
  in.properties_unrendered = w->prop ? w->prop->unrendered_config : val_undef(NULL);
  if (w->version) {
    in.properties = update(a, in.properties, w->version->config);
    in.properties_unrendered = update(a, in.properties_unrendered, w->version->unrendered_config);
  }
  in.properties_yaml = w->prop ? yaml_get(w->prop->yaml, STR("config")) : NULL;
  in.entry = w->version ? w->version->yaml : w->prop ? w->prop->yaml : NULL;
  if (n->kind == NODE_MODEL && str_is(n->language, "python") &&
      val_get(in.properties, STR("materialized")).kind == VAL_UNDEF) {
    Value table = val_dict(a); // what dbt makes of a model in Python when its YAML does not say
    dict_sets(a, table.dict, STR("materialized"), val_lit("table"));
    in.properties = update(a, in.properties, table);
  }
  if (w->prop && config_is_as_written(l->p))
    in.properties_unrendered = properties_as_written(a, w, in.properties);
  in.call = w->call;
  in.call_unrendered = w->call_unrendered;
  if (w->test) { // a test's place is its line in the YAML
    in.src = w->file->source;
    in.span = w->test->name_span;
    in.call_yaml = w->test->yaml;
  } else if (n->kind == NODE_SNAPSHOT && w->prop && w->prop->relation.len) { // all of it is YAML
    in.src = w->file->source;
    in.span = w->prop->name_span;
  }
  n->config_call = w->call;
  bool ok = config_merge(a, &in, &n->config, &n->unrendered_config, &w->diags);
  keep_shared(l, into, &made, (Value *const[]){&n->config, &n->unrendered_config}, 2);
  return ok;
}

// Nothing to evaluate: no template, no hooks that are templates.
static bool is_plain(const Work *w) {
  for (size_t i = 0; i < w->noverloads; i++)
    if (w->overloads[i]->body && !template_is_plain(w->overloads[i]->body))
      return false;
  return w->plain_test || !w->node->body || template_is_plain(w->node->body);
}

static bool has_hooks(Value config) {
  Value pre = val_get(config, STR("pre-hook")), post = val_get(config, STR("post-hook"));
  return (val_is(pre, VAL_LIST) && pre.list->n) || (val_is(post, VAL_LIST) && post.list->n);
}

// What config() was given, out of the scratch arena. Dates, relations and other objects live there:
// as in the manifest, their text is what stays.
static Value keep_value(Arena *a, Value v) {
  if (v.kind == VAL_OBJECT)
    return val_str(val_to_str(a, v));
  if (val_is_seq(v)) {
    Value out = val_copy(a, v, false);
    for (size_t i = 0; i < out.list->n; i++)
      out.list->items[i] = keep_value(a, v.list->items[i]);
    return out;
  }
  if (v.kind != VAL_DICT)
    return val_copy(a, v, true);
  Value out = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    dict_set(a, out.dict, val_copy(a, e->key, true), keep_value(a, e->value));
  return out;
}

// A generic test whose text dbt renders while it parses: each but two of its own.
static bool is_rendered_test(const Work *w) {
  const Node *n = w->node;
  return w->test && n->nmacro_ids && !str_is(n->macro_ids[0], "macro.dbt.test_not_null") &&
         !str_is(n->macro_ids[0], "macro.dbt.test_unique");
}

// dbt gives the config of a generic test to the node and then once more by the call in its text, so
// that its tags are there twice.
static Value with_tags_twice(Arena *a, const Work *w, Value given, Value call) {
  Value first = val_get(given, STR("tags")), then = val_get(call, STR("tags"));
  if (!is_rendered_test(w) || val_is(first, VAL_UNDEF) || val_is(then, VAL_UNDEF))
    return call;
  Value tags = val_list(a, 8), out = val_copy(a, call, false);
  const Value both[] = {first, then};
  for (size_t i = 0; i < 2; i++) {
    if (!val_is_seq(both[i]))
      list_push(a, tags.list, both[i]);
    for (size_t k = 0; val_is_seq(both[i]) && k < both[i].list->n; k++)
      list_push(a, tags.list, both[i].list->items[k]);
  }
  dict_sets(a, out.dict, STR("tags"), tags);
  return out;
}

// Of the macros that a test's arguments call dbt knows, while it reads them, get_where_subquery
// only; the others are noted when the test is compiled.
static void keep_where_alone(const Load *l, const Node *n, Capture *k) {
  const MacroEntry *where = macros_find(l->macros, n->package, STR("get_where_subquery"));
  size_t kept = 0;
  for (size_t i = 0; i < k->nmacro_ids; i++)
    if (where && str_eq(k->macro_ids[i], where->id))
      k->macro_ids[kept++] = k->macro_ids[i];
  k->nmacro_ids = kept;
}

// A generic test that calls what is not there, by its name or for this database, is a node all the
// same, which fails when it is compiled.
static bool test_lacks_macro(const Work *w) {
  if (!w->test)
    return false;
  const Diag *last = w->diags.last;
  return !w->node->test->macro || (w->diags.errors && last->code == CODE_UNKNOWN_MACRO);
}

// What the bodies of a function's overloads refer to is the function's.
static bool evaluate_overloads(const Work *w, EvalOptions *o) {
  bool ok = true;
  Str ignored;
  for (size_t i = 0; i < w->noverloads; i++) {
    o->source = w->overloads[i]->source;
    ok = (!w->overloads[i]->body || template_render(w->overloads[i]->body, o, &ignored)) && ok;
  }
  return ok;
}

// The config of a generic test as it stands in the call that dbt makes of it.
static Value texts_of_call(Arena *a, Value config) {
  Value out = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; val_is(config, VAL_DICT) && (e = dict_next(config.dict, &at));)
    dict_set(a, out.dict, e->key, val_str(val_to_str(a, e->value)));
  return out;
}

// The arguments of config() as they are written, where dbt evaluates the text: of what it reads
// without that, and of config() in a macro, it keeps the values.
static Value config_as_written(const Load *l, Arena *a, const Node *n, Value called) {
  bool generic = n->test && n->test->generic;
  if (generic || !called.dict->n || !n->body || !config_is_as_written(l->p) ||
      (is_static(l, n) && template_is_bare(n->body)))
    return val_dict(a);
  return template_written(a, n->body, STR("config"));
}

static void evaluate_body(Load *l, Arena *a, Work *w) {
  Node *n = w->node;
  Value given = w->call, given_unrendered = w->call_unrendered;
  if (is_plain(w)) {
    w->call = with_tags_twice(a, w, given, given);
    w->call_unrendered = is_rendered_test(w) && config_is_as_written(l->p)
                             ? texts_of_call(a, given)
                             : with_tags_twice(a, w, given_unrendered, given_unrendered);
    merge_config(l, a, w);
    if (!has_hooks(n->config) && !has_foreign_keys(a, w))
      return;
  }
  Arena scratch = {0};
  Capture capture = {.arena = &scratch, .config = val_dict(&scratch)};
  Context c;
  context_init(&c, CONTEXT_PARSE, l->shared, &scratch, n, n->package, NULL);
  c.capture = &capture;
  bool ok = true;
  if (!is_plain(w)) {
    if (n->test && n->test->generic) {
      ok = set_test_kwargs(&c, &scratch, n, &w->diags);
      keep_where_alone(l, n, &capture);
    }
    EvalOptions o = context_options(&c, &w->diags);
    o.source = n->source;
    Str ignored;
    if (!test_lacks_macro(w))
      ok = ok && template_render(n->body, &o, &ignored) && evaluate_overloads(w, &o);
    if (test_lacks_macro(w)) {
      diags_soften(&w->diags);
      ok = true;
    } else { // what config() in the file or the test said
      Arena made = {0};
      w->call = keep_value(&made, capture.config);
      w->call_unrendered = config_as_written(l, &made, n, capture.config);
      keep_shared(l, a, &made, (Value *const[]){&w->call, &w->call_unrendered}, 2);
    }
    w->call = with_tags_twice(a, w, given, w->call);
    w->call_unrendered = with_tags_twice(a, w, given_unrendered, w->call_unrendered);
    if (is_rendered_test(w) && config_is_as_written(l->p))
      w->call_unrendered = texts_of_call(a, given);
    merge_config(l, a, w);
  }
  ok &= render_hooks(&c, &scratch, n->config, n, &w->diags);
  ok = ok && render_foreign_keys(&c, &scratch, w, &w->diags) && check_seed(w, &capture, &w->diags);
  keep_capture(l, a, w, &capture);
  if (ok)
    arena_free(&scratch);
  else
    arena_adopt(a, &scratch); // findings may point into it
}

// --- names

static Value config_text(const Node *n, Str key) {
  Value v = node_config(n, key);
  return val_is(v, VAL_UNDEF) ? val_none() : v;
}

static const char *const name_macros[] = {"generate_database_name", "generate_schema_name",
                                          "generate_alias_name",
                                          "generate_latest_version_pointer_alias"};
static const Str name_keys[] = {STR_INIT("database"), STR_INIT("schema"), STR_INIT("alias")};

static Str plain_name(Load *l, Arena *a, const Node *n, int which, Value custom) {
  Str text = val_truth(custom) ? str_trim(val_to_str(a, custom)) : (Str){0};
  switch (which) {
  case 0:
    return !l->shared->dialect->has_databases ? (Str){0} : text.len ? text : n->database;
  case 1:
    return text.len && val_truth(custom)
               ? str_fmt(a, "%.*s_%.*s", STR_ARG(n->schema), STR_ARG(text))
               : n->schema;
  default:
    if (text.len || !val_truth(n->version_value)) // as dbt: v: 0 adds nothing
      return text.len ? text : n->name;
    Str v = str_dup(a, n->version);
    for (size_t i = 0; i < v.len; i++)
      if (v.ptr[i] == '.')
        ((char *)(uintptr_t)v.ptr)[i] = '_';
    return str_fmt(a, "%.*s_v%.*s", STR_ARG(n->name), STR_ARG(v));
  }
}

enum { SCHEMA_MACRO = 1 }; // place in name_macros

// generate_schema_name gave none: an error by the project's flag.
static bool no_schema(const Load *l, const Node *n, Diags *diags) {
  static const char flag[] = "require_valid_schema_from_generate_schema_name";
  if (l->p->level < DBT_1_12 || !n->enabled)
    return true;
  bool forbidden = project_flag(l->p, flag);
  Diag *d = diag_at(diags, forbidden ? SEV_ERROR : SEV_WARNING, CODE_NO_SCHEMA, n->source,
                    (Span){0}, "generate_schema_name gave no schema for '%.*s'", STR_ARG(n->id));
  diag_hint(diags, d,
            forbidden ? "the project's flag %s forbids it: return a name"
                      : "return a name: a later dbt forbids it, as the flag %s does now",
            flag);
  diag_part(diags, d, "resource_unique_id", n->id);
  return !forbidden;
}

static bool ask_macro(Load *l, Arena *a, const Node *n, int which, Value custom, Str *out,
                      Diags *diags) {
  Context c;
  context_init(&c, CONTEXT_NAMES, l->shared, a, n, n->package, NULL);
  Value pos[2] = {custom, val_copy(a, node_value(a, l->g, n), false)}, v; // its own to change
  Args args = {pos, 2, NULL, 0};
  if (!context_call(&c, str_c(name_macros[which]), &args, &v, diags))
    return false;
  bool none = val_is_absent(v);
  *out = none ? (Str){0} : str_trim(val_to_str(a, v));
  return !none || which != SCHEMA_MACRO || no_schema(l, n, diags);
}

static Str relation_name(Load *l, Arena *a, const Node *n) {
  Relation r;
  Str type;
  if (!relation_from_value(relation_of_node(a, l->shared, n), &r, &type))
    return (Str){0};
  Buf out = {.arena = a};
  l->shared->dialect->relation(&out, &r);
  return buf_str(&out);
}

static bool has_relation(const Load *l, const Node *n) {
  if (n->kind == NODE_FUNCTION)
    return l->p->level >= DBT_1_12;
  if (node_is_refable(n))
    return !str_is(node_materialized(n), "ephemeral");
  if (n->kind != NODE_TEST)
    return n->kind == NODE_SOURCE;
  Value as = node_config(n, STR("store_failures_as"));
  if (val_is(as, VAL_STR))
    return !val_is_str(as, STR("ephemeral"));
  return val_truth(node_config(n, STR("store_failures")));
}

// Snapshots may say outright where they live.
static void take_snapshot_target(Node *n) {
  Value schema = node_config(n, STR("target_schema")), db = node_config(n, STR("target_database"));
  if (val_is(schema, VAL_STR) && schema.len)
    n->schema = val_text(schema);
  if (val_is(db, VAL_STR) && db.len && n->database.len)
    n->database = val_text(db);
}

// --- the view under the name of a model that reads its latest version

// `latest_version_pointer: true` is short for a mapping.
static Value pointer_config(Arena *a, Node *n) {
  Value said = node_config(n, STR("latest_version_pointer"));
  if (!val_is(said, VAL_BOOL))
    return said;
  Value whole = val_dict(a);
  dict_sets(a, whole.dict, STR("enabled"), said);
  dict_sets(a, whole.dict, STR("alias"), val_none());
  n->config = val_copy(a, n->config, false);
  dict_sets(a, n->config.dict, STR("latest_version_pointer"), whole);
  return whole;
}

static bool wants_pointer(const Load *l, const Node *n, Value config) {
  if (l->p->level < DBT_1_12 || n->kind != NODE_MODEL || !n->relation_name.len ||
      !graph_is_latest(n))
    return false;
  Value said = val_get(config, STR("enabled"));
  return val_is(said, VAL_BOOL) ? said.b
                                : project_flag(l->p, "latest_version_pointer_enabled_by_default");
}

static void load_pointer(Load *l, Arena *a, Node *n, Diags *diags) {
  enum { POINTER_MACRO = 3 };
  Value config = pointer_config(a, n);
  if (!wants_pointer(l, n, config))
    return;
  Value custom = val_get(config, STR("alias"));
  custom = val_truth(custom) ? val_str(str_trim(val_to_str(a, custom))) : val_none();
  if (l->plain_names[POINTER_MACRO])
    n->pointer = val_truth(custom) ? val_text(custom) : n->name;
  else if (!ask_macro(l, a, n, POINTER_MACRO, custom, &n->pointer, diags))
    return;
  if (n->pointer.len)
    return;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_CONFIG_VALUE, n->source, (Span){0},
                    "generate_latest_version_pointer_alias gave no name for the view of '%.*s'",
                    STR_ARG(n->name));
  diag_hint(diags, d, "the macro gives the name of the view as its text or with return()");
}

Str load_pointer_relation(Load *l, Arena *a, const Node *n) {
  Node view = *n;
  view.alias = n->pointer;
  return relation_name(l, a, &view);
}

void load_names(Load *l, Arena *a, Node *n, Diags *diags) {
  Str names[3];
  for (int i = 0; i < 3; i++) {
    Value custom = config_text(n, name_keys[i]);
    if (l->plain_names[i])
      names[i] = plain_name(l, a, n, i, custom);
    else if (!ask_macro(l, a, n, i, custom, &names[i], diags))
      return;
  }
  n->database = names[0];
  n->schema = names[1];
  n->alias = names[2];
  if (n->kind == NODE_SNAPSHOT)
    take_snapshot_target(n);
  n->relation_name = has_relation(l, n) ? relation_name(l, a, n) : (Str){0};
  load_pointer(l, a, n, diags);
}

// --- fields that repeat the config, as in the manifest

Value load_sorted_tags(Arena *a, Value x, Value y) {
  Value out = val_list(a, 4), both[2] = {x, y};
  for (int b = 0; b < 2; b++)
    for (size_t i = 0; val_is_seq(both[b]) && i < both[b].list->n; i++) {
      Value tag = both[b].list->items[i];
      size_t at = 0;
      while (at < out.list->n && str_cmp(val_text(out.list->items[at]), val_text(tag)) < 0)
        at++;
      if (at == out.list->n || !val_eq(out.list->items[at], tag))
        list_insert(a, out.list, at, tag);
    }
  return out;
}

static Value joined(Arena *a, Value first, Value then) {
  Value out = val_list(a, 4), both[2] = {first, then};
  for (int b = 0; b < 2; b++)
    for (size_t i = 0; val_is_seq(both[b]) && i < both[b].list->n; i++)
      list_push(a, out.list, both[b].list->items[i]);
  return out;
}

static bool holds_value(Value list, Value v) {
  for (size_t i = 0; i < list.list->n; i++)
    if (val_eq(list.list->items[i], v))
      return true;
  return false;
}

static Value each_once(Arena *a, Value list) {
  Arena scratch = {0};
  Map texts = {0};
  Value out = val_list(a, list.list->n);
  for (size_t i = 0; i < list.list->n; i++) {
    Value v = list.list->items[i];
    if (v.kind == VAL_STR ? map_add(&scratch, &texts, val_text(v)) : !holds_value(out, v))
      list_push(a, out.list, v);
  }
  arena_free(&scratch);
  return out.list->n < list.list->n ? out : list;
}

static Value no_contract(Arena *a) {
  Value c = val_dict(a);
  dict_sets(a, c.dict, STR("enforced"), val_bool(false));
  dict_sets(a, c.dict, STR("alias_types"), val_bool(true));
  dict_sets(a, c.dict, STR("checksum"), val_none());
  return c;
}

void load_config_fields(Load *l, Arena *a, Node *n) {
  (void)l;
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  Value v = node_config(n, STR("tags"));
  bool extra_tags = val_is_seq(n->tags) && n->tags.list->n;
  bool sorted = n->kind == NODE_TEST ? n->test && n->test->generic : extra_tags;
  if (val_is_seq(v) && n->kind == NODE_OPERATION)
    n->tags = each_once(a, joined(a, n->tags, v));
  else if (val_is_seq(v))
    n->tags = sorted ? load_sorted_tags(a, n->tags, v) : each_once(a, v);
  v = node_config(n, STR("meta"));
  n->meta = val_is(v, VAL_DICT) ? v : n->meta;
  v = node_config(n, STR("docs"));
  if (val_is(v, VAL_DICT))
    n->docs = v;
  v = node_config(n, STR("group"));
  if (val_is(v, VAL_STR))
    n->group = val_text(v);
  v = node_config(n, STR("access"));
  if (val_is(v, VAL_STR))
    n->access = val_text(v);
  else if (n->kind == NODE_MODEL && !n->access.len)
    n->access = STR("protected");
  v = node_config(n, STR("contract"));
  n->contract = no_contract(a);
  if (val_is(v, VAL_DICT)) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      dict_set(a, n->contract.dict, e->key, e->value);
  }
}

// --- what the patch says beside config

static Value names_in(Value list, Str name) {
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    if (val_is_str(list.list->items[i], name))
      return val_bool(true);
  return val_bool(val_is(list, VAL_STR) &&
                  (str_is(val_text(list), "*") || str_is(val_text(list), "all")));
}

const PropColumn *load_columns_of(Arena *a, const Work *w, size_t *n) {
  const Prop *p = w->prop;
  const PropVersion *v = w->version;
  if (!v || !v->has_columns) {
    *n = p->ncolumns;
    return p->columns;
  }
  PropColumn *out = arena_array(a, PropColumn, p->ncolumns + v->ncolumns + 1);
  *n = 0;
  bool listed = !val_is(v->include, VAL_NONE) && !val_is(v->include, VAL_UNDEF);
  for (size_t i = 0; i < p->ncolumns; i++) {
    bool in = !listed || names_in(v->include, p->columns[i].name).b;
    if (!in || names_in(v->exclude, p->columns[i].name).b)
      continue;
    bool own = false;
    for (size_t k = 0; k < v->ncolumns; k++)
      own |= str_eq(v->columns[k].name, p->columns[i].name);
    if (!own)
      out[(*n)++] = p->columns[i];
  }
  for (size_t k = 0; k < v->ncolumns; k++)
    out[(*n)++] = v->columns[k];
  return out;
}

// A date as dbt keeps it: with a time and the offset of a time zone, the machine's when none is
// given.
static Value deprecation_date(Load *l, Arena *a, Value written) {
  struct tm t = {.tm_isdst = -1};
  (void)l;
  if (!val_is(written, VAL_STR))
    return val_none();
  Str s = str_dup(a, val_text(written));
  if (s.len != 10 && s.len < 19)
    return written;
  if (s.len > 10)
    ((char *)(uintptr_t)s.ptr)[10] = 'T';
  ptrdiff_t zone = str_find(s, STR("+"), 10);
  zone = zone < 0 ? str_find(s, STR("-"), 10) : zone;
  if (s.len > 10 && zone >= 0)
    return val_str(s);
  if (str_ends(s, STR("Z")))
    return val_str(str_cat(a, str_sub(s, 0, s.len - 1), STR("+00:00")));
  s = s.len == 10 ? str_cat(a, s, STR("T00:00:00")) : s;
  if (sscanf(s.ptr, "%d-%d-%dT%d:%d:%d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
             &t.tm_sec) != 6)
    return val_str(s);
  t.tm_year -= 1900;
  t.tm_mon--;
  mktime(&t); // finds the offset of that moment
  long minutes = labs(t.tm_gmtoff) / 60;
  return val_str(str_fmt(a, "%.*s%c%02ld:%02ld", STR_ARG(s), t.tm_gmtoff < 0 ? '-' : '+',
                         minutes / 60, minutes % 60));
}

// A time spine with all that dbt's has.
static Value whole_spine(Arena *a, Value spine) {
  Value list = val_get(spine, STR("custom_granularities"));
  if (!val_is_seq(list))
    return spine;
  Value out = val_copy(a, spine, false), all = val_list(a, list.list->n);
  for (size_t i = 0; i < list.list->n; i++) {
    Value one = list.list->items[i];
    if (val_is(one, VAL_DICT) && val_is(val_get(one, STR("column_name")), VAL_UNDEF)) {
      one = val_copy(a, one, false);
      dict_sets(a, one.dict, STR("column_name"), val_none());
    }
    list_push(a, all.list, one);
  }
  dict_sets(a, out.dict, STR("custom_granularities"), all);
  return out;
}

static void apply_patch(Load *l, Arena *a, Work *w) {
  Node *n = w->node;
  const Prop *p = w->prop;
  const PropVersion *v = w->version;
  n->patch = p->yaml;
  n->patch_source = p->src;
  Str description = v && v->has_description ? v->description : p->description;
  n->description = load_description_of(l, a, n, p->src, description, &w->diags);
  w->columns = load_columns_of(a, w, &w->ncolumns);
  n->columns = load_columns(l, a, n, p->src, w->columns, w->ncolumns, &w->diags);
  n->ncolumns = w->ncolumns;
  n->constraints = v && v->has_constraints ? v->constraints : p->constraints;
  if (p->group.len)
    n->group = p->group;
  if (p->access.len)
    n->access = p->access;
  if (v && v->access.len)
    n->access = v->access;
  n->deprecation_date = deprecation_date(l, a, v ? v->deprecation_date : p->deprecation_date);
  n->time_spine = v ? val_none() : whole_spine(a, p->time_spine);
}

void load_share_test_config(Load *l) {
  l->test_config = arena_array(l->a, Value, l->p->npackages);
  Value root = l->p->packages[0]->tests;
  for (size_t i = 0; i < l->p->npackages; i++) {
    const Package *p = l->p->packages[i];
    bool empty = !val_truth(root) && !val_truth(p->tests);
    ConfigInput in = {
        .project = l->p, .package = p, .kind = CONFIG_TEST, .fqn = &p->name, .nfqn = 1};
    in.properties = in.properties_unrendered = in.call = in.call_unrendered = val_undef(NULL);
    Value unrendered;
    if (empty && !p->is_internal &&
        config_merge(l->a, &in, &l->test_config[i], &unrendered, l->diags))
      val_freeze(l->test_config[i]);
  }
}

// Templates get the node's values as they are, so nobody may change them from here on.
static void freeze(Node *n) {
  Value *all[] = {&n->config, &n->unrendered_config, &n->meta,        &n->tags,
                  &n->docs,   &n->contract,          &n->constraints, &n->doc_blocks};
  for (size_t i = 0; i < COUNT(all); i++)
    val_freeze(*all[i]);
}

void load_evaluate(Load *l, Arena *a, size_t i) {
  Work *w = &l->work.items[i];
  Node *n = w->node;
  default_names(l, n);
  Arena parsed = {0};
  bool anew = !n->body && n->source->well_formed;
  if (anew)
    n->body = template_parse(&parsed, n->source, &w->diags);
  evaluate_body(l, a, w);
  if (anew)
    n->body = NULL;
  if (w->diags.first) // findings may point into it
    arena_adopt(a, &parsed);
  arena_free(&parsed);
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  if (w->prop)
    apply_patch(l, a, w);
  Arena made = {0};
  load_config_fields(l, &made, n);
  load_contract_checksum(&made, n);
  keep_shared(l, a, &made, (Value *const[]){&n->tags, &n->contract}, 2);
  load_check_contract(l, a, w);
  if (!n->enabled && w->diags.errors) // a disabled node may be as broken as it likes
    diags_free(&w->diags);
  load_names(l, a, n, &w->diags);
  freeze(n);
}
