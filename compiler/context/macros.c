// The registry of macros: one map from name to all that the name may mean, so that a lookup is one
// hash whatever the number of packages. In: macros as load/ finds them. Out: dbt's choice among
// those of a name, dispatch, materializations, generic tests. Leaves running them to template/.
#include "macros.h"

#include "../template/late.h"
#include "../template/ops_access.h"
#include "macros_parts.h"

#include "evaluation.h"
#include "kept.h"

#include <stdio.h>

// A package as a name: `dbt_utils.star`. package NULL: `dbt`, all internal packages merged.
typedef struct Namespace {
  Object object;
  const Macros *macros;
  const Package *package;
} Namespace;

static Slot *slot_of(Arena *a, Macros *m, Str name) {
  Slot *s = map_get(&m->slots, name);
  if (!s) {
    s = arena_new(a, Slot);
    map_put(a, &m->slots, name, s);
  }
  return s;
}

Str macros_hint(const Macros *m, Arena *a, Str name) {
  if (!str_may_search(m->slots.n))
    return (Str){0};
  Str *names = arena_array(a, Str, m->slots.n + 128);
  size_t n = 0;
  for (size_t i = 0; i < m->slots.n; i++)
    names[n++] = m->slots.entries[i].key;
  const Native *global;
  for (size_t i = 0; i < 128 && (global = globals_name(i)); i++)
    names[n++] = str_c(global->name);
  return str_hint_for(a, name, names, n);
}

const Slot *macros_slot(const Macros *m, Str name) { return map_get(&m->slots, name); }

Value macro_entry_value(const MacroEntry *e) {
  return val_obj((void *)(uintptr_t)&e->macro->object);
}

// Internal packages are one to templates; the adapter's own wins over `dbt`.
static MacroEntry *internal_entry(const Slot *s) {
  MacroEntry *found = NULL;
  for (size_t i = 0; i < s->entries.n; i++) {
    MacroEntry *e = s->entries.items[i];
    if (e->package->is_internal && (!found || !str_is(e->package->name, "dbt")))
      found = e;
  }
  return found;
}

static MacroEntry *entry_in(const Slot *s, const Package *p) {
  for (size_t i = 0; s && p && i < s->entries.n; i++)
    if (s->entries.items[i]->package == p)
      return s->entries.items[i];
  return NULL;
}

static const Package *root_of(const Macros *m) { return m->project->packages[0]; }

static MacroEntry *project_entry(const Macros *m, const Slot *s, const Package *of_node) {
  MacroEntry *e = of_node && !of_node->is_internal ? entry_in(s, of_node) : NULL;
  return e ? e : entry_in(s, root_of(m));
}

bool macros_lookup(const Macros *m, const Slot *s, const Package *of_node, Value *out) {
  MacroEntry *e = project_entry(m, s, of_node);
  if (!e && s->ns) {
    *out = val_obj((void *)(uintptr_t)s->ns);
    return true;
  }
  e = e ? e : internal_entry(s);
  if (e)
    *out = macro_entry_value(e);
  return e != NULL;
}

MacroEntry *macros_find(const Macros *m, const Package *of_node, Str name) {
  const Slot *s = macros_slot(m, name);
  if (!s)
    return NULL;
  MacroEntry *e = project_entry(m, s, of_node);
  return e ? e : internal_entry(s);
}

MacroEntry *macros_find_anywhere(const Macros *m, Str name) {
  const Slot *s = macros_slot(m, name);
  MacroEntry *found = s ? entry_in(s, root_of(m)) : NULL;
  for (size_t i = 0; s && !found && i < s->entries.n; i++)
    if (!s->entries.items[s->entries.n - 1 - i]->package->is_internal)
      found = s->entries.items[s->entries.n - 1 - i];
  return found || !s ? found : internal_entry(s);
}

MacroEntry *macros_find_in(const Macros *m, Str package, Str name) {
  const Slot *s = macros_slot(m, name);
  if (!s)
    return NULL;
  const Package *p = map_get(&m->project->by_name, package);
  if (str_is(package, "dbt") || (p && p->is_internal))
    return internal_entry(s);
  return entry_in(s, p);
}

// package.name as a unit test overrides it.
static bool overridden(Eval *ev, const Namespace *ns, Str name, Value *out) {
  const Context *c = context_of(ev);
  if (!c->node || !c->node->unit)
    return false;
  Str full = str_fmt(eval_arena(ev), "%.*s.%.*s",
                     STR_ARG(ns->package ? ns->package->name : STR("dbt")), STR_ARG(name));
  Value *set = map_get(&c->extra, full);
  if (set)
    *out = *set;
  return set != NULL;
}

static MacroEntry *entry_of(const Namespace *ns, const Slot *s) {
  return !s ? NULL : ns->package ? entry_in(s, ns->package) : internal_entry(s);
}

static bool namespace_find(Eval *ev, const Namespace *ns, Str name, Value *out) {
  if (overridden(ev, ns, name, out))
    return true;
  MacroEntry *e = entry_of(ns, macros_slot(ns->macros, name));
  if (e)
    *out = macro_entry_value(e);
  return e != NULL;
}

static bool namespace_item(Eval *ev, Object *o, Value key, Value *out) {
  return key.kind == VAL_STR && namespace_find(ev, (const Namespace *)o, val_text(key), out);
}

// dbt's namespaces are dicts: get(), keys(), `in` and loops work.
static Value namespace_dict(Eval *ev, const Namespace *ns) {
  Arena *a = eval_arena(ev);
  Value all = val_dict(a);
  for (size_t i = 0; i < ns->macros->slots.n; i++) {
    MacroEntry *e = entry_of(ns, ns->macros->slots.entries[i].value);
    if (e)
      dict_set(a, all.dict, val_str(e->name), macro_entry_value(e));
  }
  return all;
}

static bool namespace_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Namespace *ns = (const Namespace *)o;
  return namespace_find(ev, ns, name, out) ||
         method_lookup(eval_arena(ev), namespace_dict(ev, ns), name, out);
}

static bool namespace_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, namespace_dict(ev, (const Namespace *)o), it);
  return true;
}

static bool namespace_contains(Eval *ev, Object *o, Value v) {
  Value found;
  return namespace_item(ev, o, v, &found);
}

static bool namespace_truth(const Object *o) {
  (void)o;
  return true;
}

static const ObjectType package_ns_type = {.name = "MacroNamespace",
                                           .attr = namespace_attr,
                                           .item = namespace_item,
                                           .iter = namespace_iter,
                                           .contains = namespace_contains,
                                           .truth = namespace_truth,
                                           .mapping = true};

static void add_namespace(Arena *a, Macros *m, Str name, const Package *p) {
  Namespace *ns = arena_new(a, Namespace);
  *ns = (Namespace){{&package_ns_type}, m, p};
  slot_of(a, m, name)->ns = &ns->object;
}

static const Name *const name_tables[] = {names_base, names_refs, names_results};
enum { NAME_TABLES = COUNT(name_tables) };

const Native *context_name(size_t i) {
  for (size_t t = 0; t < NAME_TABLES; t++)
    for (const Name *n = name_tables[t]; n->native.name; n++)
      if (i-- == 0)
        return &n->native;
  return NULL;
}

Macros *macros_new(Arena *a, const Project *p) {
  Macros *m = arena_new(a, Macros);
  m->arena = a;
  m->project = p;
  m->late = late_macros_new(a);
  pthread_mutex_init(&m->lock, NULL);
  for (size_t t = 0; t < NAME_TABLES; t++)
    for (const Name *n = name_tables[t]; n->native.name; n++)
      slot_of(a, m, str_c(n->native.name))->name = n;
  for (size_t i = 0; i < p->npackages; i++)
    if (!p->packages[i]->is_internal)
      add_namespace(a, m, p->packages[i]->name, p->packages[i]);
  add_namespace(a, m, STR("dbt"), NULL);
  return m;
}

LateMacros *macros_late(const Macros *m) { return m->late; }

void macros_free(Macros *m) {
  kept_free(m);
  arena_free(&m->shared);
  late_macros_free(m->late);
  pthread_mutex_destroy(&m->lock);
}

void macros_add(Arena *a, Macros *m, MacroEntry *e) {
  if (e->macro) // a registered macro knows its entry, so that a call can be recorded
    ((Macro *)(uintptr_t)e->macro)->owner = e;
  Slot *s = slot_of(a, m, e->name);
  vec_push(a, &s->entries, e);
  if (str_starts(e->name, STR("materialization_")))
    vec_push(a, &m->materializations, e);
}

// --- dispatch

static const Value *dispatch_order(const Project *p, Str ns) {
  Value list = p->packages[0]->dispatch;
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    const Value *name = list.list->items[i].kind == VAL_DICT
                            ? dict_gets(list.list->items[i].dict, STR("macro_namespace"))
                            : NULL;
    if (name && val_is_str(*name, ns))
      return dict_gets(list.list->items[i].dict, STR("search_order"));
  }
  return NULL;
}

size_t macros_dispatch_packages(Arena *a, const Project *p, Str ns, Str **out) {
  VEC(Str) names = {0};
  const Value *order = ns.len ? dispatch_order(p, ns) : NULL;
  if (order && val_is_seq(*order) && order->list->n) {
    for (size_t i = 0; i < order->list->n; i++)
      if (order->list->items[i].kind == VAL_STR)
        vec_push(a, &names, val_text(order->list->items[i]));
  } else if (ns.len && (str_is(ns, "dbt") || map_get(&p->by_name, ns))) {
    vec_push(a, &names, p->packages[0]->name);
    if (!str_eq(ns, p->packages[0]->name))
      vec_push(a, &names, ns);
  } else {
    vec_push(a, &names, STR(""));
  }
  *out = names.items;
  return names.n;
}

static size_t dispatch_prefixes(const Dialect *d, const char *out[8]) {
  size_t n = 0;
  out[n++] = d->type;
  for (size_t i = 0; d->parents[i] && n < 7; i++)
    out[n++] = d->parents[i];
  out[n++] = "default";
  return n;
}

MacroEntry *macros_dispatch(Arena *a, const Macros *m, const Dialect *d, const Package *of_node,
                            const Str *packages, size_t npackages, Str name, Buf *searched) {
  const char *prefixes[8];
  size_t nprefixes = dispatch_prefixes(d, prefixes);
  for (size_t i = 0; i < npackages; i++)
    for (size_t j = 0; j < nprefixes; j++) {
      Buf text = {.arena = a};
      buf_add(&text, str_c(prefixes[j]));
      buf_adds(&text, "__");
      buf_add(&text, name);
      Str full = buf_str(&text);
      MacroEntry *e =
          packages[i].len ? macros_find_in(m, packages[i], full) : macros_find(m, of_node, full);
      if (e)
        return e;
      if (searched)
        buf_addf(searched, "%s%.*s%s%.*s", searched->len ? ", " : "", STR_ARG(packages[i]),
                 packages[i].len ? "." : "", STR_ARG(full));
    }
  return NULL;
}

Value dispatch_find(Eval *ev, Context *c, Str name, Value ns) {
  ptrdiff_t dot = str_find(name, STR("."), 0);
  if (dot >= 0) {
    Str package = str_sub(name, 0, (size_t)dot), bare = str_sub(name, (size_t)dot + 1, name.len);
    eval_fail_hint(ev, CODE_WRONG_ARGUMENT,
                   str_fmt(eval_arena(ev), "write adapter.dispatch('%.*s', '%.*s')", STR_ARG(bare),
                           STR_ARG(package)),
                   "'%.*s' is not the name of a macro: adapter.dispatch() takes the package as its "
                   "second argument",
                   STR_ARG(name));
  }
  Arena *a = eval_arena(ev);
  if (!val_is_absent(ns) && ns.kind != VAL_STR)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "adapter.dispatch() takes the name of a package as macro_namespace, not %s",
                   val_type_name(ns));
  Str *packages;
  size_t n = macros_dispatch_packages(a, c->shared->project,
                                      ns.kind == VAL_STR ? val_text(ns) : STR(""), &packages);
  Buf searched = {.arena = a};
  const ContextShared *s = c->shared;
  MacroEntry *e = macros_dispatch(a, s->macros, s->dialect, c->package, packages, n, name, NULL);
  if (!e)
    macros_dispatch(a, s->macros, s->dialect, c->package, packages, n, name, &searched);
  if (!e)
    eval_fail_unknown(ev, CODE_UNKNOWN_MACRO, (Unknown){.name = name, .lack = LACK_MACRO},
                      "adapter.dispatch() found no macro for '%.*s'%s%.*s%s; searched for: %.*s",
                      STR_ARG(name), ns.kind == VAL_STR ? " in '" : "",
                      STR_ARG(ns.kind == VAL_STR ? val_text(ns) : STR("")),
                      ns.kind == VAL_STR ? "'" : "", STR_ARG(buf_str(&searched)));
  return macro_entry_value(e);
}

// --- materializations and tests

// Which of the same name and adapter is meant: the root's over imported ones over built-in ones.
static int package_rank(const Package *p) { return p->is_root ? 0 : p->is_internal ? 2 : 1; }

enum { LONGEST_NAME = 512 };

// The one of the most specific adapter, among those the one of the best package. *builtin: the
// same without imported packages, or NULL.
static MacroEntry *best_materialization(const Macros *m, Str name, Str adapter_type,
                                        MacroEntry **builtin) {
  const Dialect *d = dialect_find(adapter_type);
  const char *prefixes[8] = {"default"};
  size_t nprefixes = d ? dispatch_prefixes(d, prefixes) : 1;
  MacroEntry *best = NULL, *own = NULL;
  bool has_builtin = false;
  char full[LONGEST_NAME];
  for (size_t j = 0; j < nprefixes; j++) {
    int len = snprintf(full, sizeof full, "materialization_%.*s_%s", STR_ARG(name), prefixes[j]);
    const Slot *s =
        len < 0 || (size_t)len >= sizeof full ? NULL : macros_slot(m, str_n(full, (size_t)len));
    MacroEntry *any_here = NULL, *own_here = NULL;
    for (size_t i = 0; s && i < s->entries.n; i++) {
      MacroEntry *e = s->entries.items[i];
      int rank = package_rank(e->package);
      has_builtin |= e->package->is_internal;
      if (!any_here || rank < package_rank(any_here->package))
        any_here = e;
      if (rank != 1 && (!own_here || rank < package_rank(own_here->package)))
        own_here = e;
    }
    best = best ? best : any_here;
    own = own ? own : own_here;
  }
  *builtin = has_builtin ? own : NULL;
  return best;
}

MacroEntry *macros_materialization(const Macros *m, Str name, Str adapter_type) {
  MacroEntry *builtin, *best = best_materialization(m, name, adapter_type, &builtin);
  return builtin && package_rank(best->package) == 1 && macros_explicit_overrides(m->project)
             ? builtin
             : best;
}

bool macros_explicit_overrides(const Project *p) {
  return project_flag(p, "require_explicit_package_overrides_for_builtin_materializations");
}

bool macros_replaces_builtin(const Macros *m, const MacroEntry *e, Str adapter_type) {
  Str name = str_sub(e->name, strlen("materialization_"), SIZE_MAX);
  ptrdiff_t end = str_rfind(name, STR("_"));
  MacroEntry *builtin;
  return end > 0 &&
         best_materialization(m, str_sub(name, 0, (size_t)end), adapter_type, &builtin) == e &&
         builtin && package_rank(e->package) == 1;
}

Str *macros_materialization_names(Arena *a, const Macros *m, size_t *n) {
  VEC(Str) names = {0};
  for (size_t i = 0; i < m->materializations.n; i++) {
    Str name = str_sub(m->materializations.items[i]->name, strlen("materialization_"), SIZE_MAX);
    ptrdiff_t end = str_rfind(name, STR("_"));
    name = str_sub(name, 0, end < 0 ? name.len : (size_t)end);
    bool seen = false;
    for (size_t j = 0; j < names.n && !seen; j++)
      seen = str_eq(names.items[j], name);
    if (!seen)
      vec_push(a, &names, name);
  }
  *n = names.n;
  return names.items;
}

MacroEntry *macros_generic_test(const Macros *m, const Package *of_node, Str ns, Str name) {
  char full[512];
  int len = snprintf(full, sizeof full, "test_%.*s", STR_ARG(name));
  if (len < 0 || (size_t)len >= sizeof full)
    return NULL;
  Str test = str_n(full, (size_t)len);
  return ns.len ? macros_find_in(m, ns, test) : macros_find(m, of_node, test);
}
