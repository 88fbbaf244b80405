// In: a node with its text and patch. Out: what its text refers to, its config, its names. Runs on
// any thread; each node touches only itself.
#include "nodes.h"
#include "../template/calls.h"
#include "../template/written.h"
#include "threads.h"

#include "../graph/config_place.h"
#include "../graph/manifest_node.h"
#include "compile.h"
#include "contract.h"
#include "contract_check.h"
#include "node_fields.h"
#include "node_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// --- evaluation at parse time

// A text of the project's files, which stays: a macro's, a schema file's.
static bool known_source(Load *load, const Source *src) {
  return ptr_map_get(&load->macro_sources, src) || ptr_map_get(&load->file_of, src);
}

// Text made while rendering is gone afterwards: then the node's own text is the place.
static void keep_place(Load *load, const Node *n, const Source **src, Span *span) {
  if (*src == n->source || (*src && known_source(load, *src)))
    return;
  *src = n->source;
  *span = (Span){0};
}

static Ref *kept_refs(Load *load, Arena *a, const Node *n, const Ref *refs, size_t nrefs,
                      size_t room) {
  Ref *kept = arena_array(a, Ref, nrefs + room);
  for (size_t i = 0; i < nrefs; i++) {
    Ref r = refs[i];
    r.package = str_dup(a, r.package);
    r.name = str_dup(a, r.name);
    r.version = str_dup(a, r.version);
    if (n->test && n->test->generic && load->p->level >= DBT_1_12)
      r.version_is_text = false; // since then dbt reads what it makes of the test as it stands
    keep_place(load, n, &r.src, &r.span);
    kept[i] = r;
  }
  return kept;
}

// A model that dbt reads without evaluating it: it then notes each source once.
static bool is_static(const Load *load, const Node *n) {
  static const Str names[] = {STR_INIT("ref"), STR_INIT("source"), STR_INIT("config")};
  if (n->kind != NODE_MODEL || !n->body)
    return false;
  for (size_t i = 0; i < 3; i++)
    if (macros_find(load->macros, n->package, names[i]))
      return false;
  return template_only_calls(n->body, names, 3);
}

// Whether a source is named for the first time; `seen` remembers, in the scratch arena.
static bool is_first(Arena *scratch, Map *seen, const SourceRef *r) {
  return map_add(
      scratch, seen,
      str_fmt(scratch, "%zu:%.*s%.*s", r->source.len, STR_ARG(r->source), STR_ARG(r->table)));
}

// Calls of function() and metric().
static void keep_calls(Load *load, Arena *a, Node *n, const Capture *k) {
  if (!k->nfunctions && !k->nmetrics)
    return;
  NodeMore *more = node_more(a, n);
  more->functions = kept_refs(load, a, n, k->functions, k->nfunctions, 0);
  more->nfunctions = k->nfunctions;
  more->metrics = kept_refs(load, a, n, k->metrics, k->nmetrics, 0);
  more->nmetrics = k->nmetrics;
}

// Copies what was captured out of the scratch arena.
static void keep_capture(Load *load, Arena *a, Work *w, const Capture *k) {
  Node *n = w->node;
  n->refs = kept_refs(load, a, n, k->refs, k->nrefs, n->nrefs);
  n->nrefs = k->nrefs;
  keep_calls(load, a, n, k);
  n->sources = arena_array(a, SourceRef, k->nsources);
  n->nsources = 0;
  bool once = is_static(load, n);
  Arena scratch = {0};
  Map sources = {0}, macros = {0};
  for (size_t i = 0; i < k->nsources; i++) {
    SourceRef r = k->sources[i];
    if (once && !is_first(&scratch, &sources, &r))
      continue;
    r.source = str_dup(a, r.source);
    r.table = str_dup(a, r.table);
    keep_place(load, n, &r.src, &r.span);
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

static void default_names(Load *load, Node *n) {
  const Target *t = load->p->target;
  n->database =
      t && load->shared->dialect && load->shared->dialect->has_databases ? t->database : (Str){0};
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
    HookPlace after = {0};
    for (size_t i = 0; val_is(hooks, VAL_LIST) && i < hooks.list->n; i++) {
      Value sql = val_get(hooks.list->items[i], STR("sql"));
      if (!val_is(sql, VAL_STR) || str_find(val_text(sql), STR("{"), 0) < 0)
        continue;
      Str ignored;
      const Source *src = node_hook_source_of(a, n, c->shared->project->packages[0], keys[k],
                                              val_text(sql), &after);
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
static bool take_shared_config(const Load *load, Work *w) {
  Value shared = load->test_config[w->node->package->index];
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
static void keep_shared(Load *load, Arena *a, Arena *made, Value *const *values, size_t n) {
  bool shared = true;
  for (size_t i = 0; i < n; i++)
    shared = (is_frozen(*values[i]) || intern(&load->shared_values, values[i])) && shared;
  for (size_t i = 0; !shared && i < n; i++)
    *values[i] = val_copy(a, *values[i], true);
  if (shared)
    arena_free(made);
  else
    arena_adopt(a, made);
}

static bool merge_config(Load *load, Arena *into, Work *w) {
  Node *n = w->node;
  if (take_shared_config(load, w))
    return true;
  Arena made = {0}, *a = &made;
  ConfigInput in = {.project = load->p,
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
  if (w->prop && config_is_as_written(load->p))
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
  bool ok = config_merge(a, &in, &n->config, &n->unrendered_config, w->diags);
  keep_shared(load, into, &made, (Value *const[]){&n->config, &n->unrendered_config}, 2);
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
static void keep_where_alone(const Load *load, const Node *n, Capture *k) {
  const MacroEntry *where = macros_find(load->macros, n->package, STR("get_where_subquery"));
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
  const Diag *last = w->diags->last;
  return !w->node->test->macro || (w->diags->errors && last->code == CODE_UNKNOWN_MACRO);
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
static Value config_as_written(const Load *load, Arena *a, const Node *n, Value called) {
  bool generic = n->test && n->test->generic;
  if (generic || !called.dict->n || !n->body || !config_is_as_written(load->p) ||
      (is_static(load, n) && template_is_bare(n->body)))
    return val_dict(a);
  return template_written(a, n->body, STR("config"));
}

static void evaluate_body(Load *load, Arena *a, Work *w) {
  Node *n = w->node;
  Value given = w->call, given_unrendered = w->call_unrendered;
  if (is_plain(w)) {
    w->call = with_tags_twice(a, w, given, given);
    w->call_unrendered = is_rendered_test(w) && config_is_as_written(load->p)
                             ? texts_of_call(a, given)
                             : with_tags_twice(a, w, given_unrendered, given_unrendered);
    merge_config(load, a, w);
    if (!has_hooks(n->config) && !has_foreign_keys(a, w))
      return;
  }
  Arena scratch = {0};
  Capture capture = {.arena = &scratch, .config = val_dict(&scratch)};
  Context c;
  context_init(&c, CONTEXT_PARSE, load->shared, &scratch, n, n->package, NULL);
  c.capture = &capture;
  bool ok = true;
  if (!is_plain(w)) {
    if (n->test && n->test->generic) {
      ok = set_test_kwargs(&c, &scratch, n, w->diags);
      keep_where_alone(load, n, &capture);
    }
    EvalOptions o = context_options(&c, w->diags);
    o.source = n->source;
    Str ignored;
    if (!test_lacks_macro(w))
      ok = ok && template_render(n->body, &o, &ignored) && evaluate_overloads(w, &o);
    if (test_lacks_macro(w)) {
      diags_soften(w->diags);
      ok = true;
    } else { // what config() in the file or the test said
      Arena made = {0};
      w->call = keep_value(&made, capture.config);
      w->call_unrendered = config_as_written(load, &made, n, capture.config);
      keep_shared(load, a, &made, (Value *const[]){&w->call, &w->call_unrendered}, 2);
    }
    w->call = with_tags_twice(a, w, given, w->call);
    w->call_unrendered = with_tags_twice(a, w, given_unrendered, w->call_unrendered);
    if (is_rendered_test(w) && config_is_as_written(load->p))
      w->call_unrendered = texts_of_call(a, given);
    merge_config(load, a, w);
  }
  ok &= render_hooks(&c, &scratch, n->config, n, w->diags);
  ok = ok && render_foreign_keys(&c, &scratch, w, w->diags) && check_seed(w, &capture, w->diags);
  keep_capture(load, a, w, &capture);
  if (ok)
    arena_free(&scratch);
  else
    arena_adopt(a, &scratch); // findings may point into it
}

void load_share_test_config(Load *load) {
  load->test_config = arena_array(load->a, Value, load->p->npackages);
  Value root = load->p->packages[0]->tests;
  for (size_t i = 0; i < load->p->npackages; i++) {
    const Package *p = load->p->packages[i];
    bool empty = !val_truth(root) && !val_truth(p->tests);
    ConfigInput in = {
        .project = load->p, .package = p, .kind = CONFIG_TEST, .fqn = &p->name, .nfqn = 1};
    in.properties = in.properties_unrendered = in.call = in.call_unrendered = val_undef(NULL);
    Value unrendered;
    if (empty && !p->is_internal &&
        config_merge(load->a, &in, &load->test_config[i], &unrendered, load->diags))
      val_freeze(load->test_config[i]);
  }
}

// Templates get the node's values as they are, so nobody may change them from here on.
static void freeze(Node *n) {
  Value *all[] = {&n->config, &n->unrendered_config, &n->meta,        &n->tags,
                  &n->docs,   &n->contract,          &n->constraints, &n->doc_blocks};
  for (size_t i = 0; i < COUNT(all); i++)
    val_freeze(*all[i]);
}

static void evaluate(Load *load, Arena *a, Work *w) {
  Node *n = w->node;
  default_names(load, n);
  Arena parsed = {0};
  bool anew = !n->body && n->source->well_formed;
  if (anew)
    n->body = template_parse(&parsed, n->source, w->diags);
  evaluate_body(load, a, w);
  if (anew)
    n->body = NULL;
  if (w->diags->first) // findings may point into it
    arena_adopt(a, &parsed);
  arena_free(&parsed);
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  if (w->prop)
    load_apply_patch(load, a, w);
  Arena made = {0};
  load_config_fields(&made, n);
  load_contract_checksum(&made, n);
  keep_shared(load, a, &made, (Value *const[]){&n->tags, &n->contract}, 2);
  load_check_contract(load, a, w);
  if (!n->enabled && w->diags->errors) // a disabled node may be as broken as it likes
    diags_free(w->diags);
  load_names(load, a, n, w->diags);
  freeze(n);
}

void load_evaluate(Load *load, Arena *a, size_t i) {
  Work *w = &load->work.items[i];
  Diags found = {0};
  w->diags = &found;
  evaluate(load, a, w);
  w->diags = load_keep_diags(a, &found);
}
