// See breaking.h. In: columns then and now. Out: findings at the model's own lines.
#include "breaking.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/sql_look.h"
#include "../../compiler/graph/state.h"
#include "../../compiler/value/json.h"
#include "../check/columns.h"
#include "../check/lock.h"
#include "../check/stale.h"

// --- columns then

// Columns that a node had.
typedef struct Then {
  const DbColumn *items;
  size_t n;
  bool exact; // names are the database's own: another case is another column
} Then;

typedef struct Earlier {
  Value catalog; // its dict of nodes, or undefined
  const StateIndex *state;
  const SchemaLock *lock; // NULL: there is a state
  Then **known;           // by Node.index: what was asked for before
} Earlier;

static void add(DbColumn *columns, size_t *n, Value name, Value type) {
  if (name.kind == VAL_STR)
    columns[(*n)++] = (DbColumn){val_text(name), type.kind == VAL_STR ? val_text(type) : (Str){0}};
}

// {name: {type}} of a catalog or {name: {data_type}} of a manifest, whose types are words of a
// person.
static const DbColumn *of_dict(Arena *a, Value dict, bool typed, size_t *n) {
  size_t room = dict.kind == VAL_DICT ? dict.dict->n : 0;
  DbColumn *columns = arena_array(a, DbColumn, room + 1);
  size_t at = 0;
  for (DictEntry *e; dict.kind == VAL_DICT && (e = dict_next(dict.dict, &at));)
    add(columns, n, e->key, typed ? val_get(e->value, STR("type")) : val_none());
  return columns;
}

// Names of a manifest are words of a person, and a catalog may be of a program that folds them;
// those of the lock file were read from the database as they are now.
static Then read_then(Arena *a, const Earlier *e, const Node *node) {
  Then then = {0};
  Value in_catalog = val_get(e->catalog, node->id);
  const Value *old = e->state ? map_get(&e->state->nodes, node->id) : NULL;
  if (in_catalog.kind == VAL_DICT) {
    then.items = of_dict(a, val_get(in_catalog, STR("columns")), true, &then.n);
  } else if (old && val_truth(val_get(val_get(*old, STR("contract")), STR("enforced")))) {
    then.items = of_dict(a, val_get(*old, STR("columns")), false, &then.n);
  } else if (e->lock) {
    LockedColumns locked = lock_node_columns(e->lock, node->id);
    then = (Then){locked.items, locked.n, true};
  }
  return then;
}

// Each node once: a column that is gone is looked for in many.
static const Then *columns_then(Arena *a, const Earlier *e, const Node *node) {
  Then **then = &e->known[node->index];
  if (!*then) {
    *then = arena_new(a, Then);
    **then = read_then(a, e, node);
  }
  return *then;
}

// --- what is different

static Str type_head(Str type) {
  ptrdiff_t open = str_find(type, STR("("), 0);
  return open < 0 ? type : str_trim(str_sub(type, 0, (size_t)open));
}

// A catalog may leave out what stands in brackets: numeric of numeric(10,2).
static bool same_type(Str then, Str now) {
  bool bare = str_find(then, STR("("), 0) < 0;
  return !then.len || str_eq_nocase(then, bare ? type_head(now) : now);
}

static const DbColumn *column_named(const CheckedNode *c, Str name, bool exact) {
  const DbColumn *near = NULL;
  for (size_t i = 0; i < c->ncolumns; i++)
    if (str_eq(c->columns[i].name, name))
      return &c->columns[i];
    else if (!exact && !near && str_eq_nocase(c->columns[i].name, name))
      near = &c->columns[i];
  return near;
}

// --- who reads it

// A reader that is known to read the column, one of which that cannot be told, one that does not.
typedef enum Reading { READS_NOT, READS, MAY_READ } Reading;

static bool has_star(const CheckedNode *c) {
  return c->result && str_find(c->result->compiled_code, STR("*"), 0) >= 0;
}

// Whether a query that failed has the column in its text, or all columns.
static bool may_name(const CheckedNode *c, Str column) {
  Str code = c->result ? c->result->compiled_code : (Str){0};
  return !code.len || str_find_word(code, column, 0) >= 0 || has_star(c);
}

// What reads a column that is gone fails for want of it. A test of a column reads that one.
static Reading reads_gone(const Findings *f, const Node *n, const Node *reader, Str column) {
  const CheckedNode *c = f->of[reader->index];
  const Diag *d = c && c->result ? c->result->diag : NULL;
  if (reader->test && reader->test->attached == n && reader->test->column_name.len)
    return str_eq_nocase(reader->test->column_name, column) ? READS : READS_NOT;
  if (c && c->result && !may_name(c, column))
    return READS_NOT;
  if (!c || c->state == CHECK_PARENT || c->state == CHECK_UNKNOWN || c->state == CHECK_LEFT)
    return MAY_READ;
  bool wrong = c->state == CHECK_WRONG && d && message_names_column(d->message, column);
  return wrong ? READS : c->state == CHECK_WRONG ? MAY_READ : READS_NOT;
}

// By the graph of columns, which has no exposures.
static Reading reads_now(const LineageGraph *g, const Node *reader, const LineageColumn *column) {
  const LineageNode *as = g ? lineage_node(g, reader->id) : NULL;
  if (!as || !column)
    return MAY_READ;
  for (uint32_t i = 0; i < column->users.n; i++)
    if (lineage_node_of(g, column->users.items[i].column) == as)
      return READS;
  for (uint32_t i = as->rows; i <= as->rows + as->ncolumns; i++)
    if (lineage_unknown(g, i).len)
      return MAY_READ;
  return READS_NOT;
}

// "model totals, test unique_orders_id and 3 more"
static size_t list_readers(Buf *b, const Node *n, const Reading *how, Reading wanted) {
  enum { NAMED = 4 };
  size_t found = 0;
  for (size_t i = 0; i < n->nfeeds; i++)
    if (how[i] == wanted && found++ < NAMED)
      buf_addf(b, "%s%.*s %.*s", found > 1 ? ", " : "", STR_ARG(node_kind_names[n->feeds[i]->kind]),
               STR_ARG(n->feeds[i]->name));
  if (found > NAMED)
    buf_addf(b, " and %zu more", found - NAMED);
  return found;
}

// "model totals reads it, exposure board may"; empty: nobody.
static Str readers(Arena *a, const Findings *f, const LineageGraph *g, const Node *n, Str column,
                   bool gone) {
  const LineageNode *as = g ? lineage_node(g, n->id) : NULL;
  uint32_t at = as ? lineage_column(g, as, column) : LINEAGE_NONE;
  const LineageColumn *known = at == LINEAGE_NONE ? NULL : &g->columns[at];
  Reading *how = arena_array(a, Reading, n->nfeeds + 1);
  Buf b = {.arena = a};
  for (size_t i = 0; i < n->nfeeds; i++)
    how[i] = gone ? reads_gone(f, n, n->feeds[i], column) : reads_now(g, n->feeds[i], known);
  size_t sure = list_readers(&b, n, how, READS);
  if (sure)
    buf_addf(&b, " read%s it", sure == 1 ? "s" : "");
  size_t before = b.len;
  if (sure)
    buf_adds(&b, ", ");
  if (list_readers(&b, n, how, MAY_READ))
    buf_addf(&b, " may%s", sure ? "" : " read it");
  else
    b.len = before;
  return buf_str(&b);
}

// --- where

// What the query of a node writes for one of its columns, in the node's own text; len 0: it is not
// there as it is (a star, a macro).
static Span item_place(const Run *r, const CheckedNode *c, Str column) {
  size_t len;
  Str code = c->result ? c->result->compiled_code : (Str){0};
  Str text = c->node->source ? c->node->source->text : (Str){0};
  ptrdiff_t at = code.len ? sql_column_twice(r->dialect->sql, code, column, &len) : -1;
  ptrdiff_t own = at < 0 ? -1 : str_find(text, str_sub(code, (size_t)at, (size_t)at + len), 0);
  return own < 0 ? (Span){0} : (Span){(uint32_t)own, (uint32_t)len};
}

// The last `select` in front of a place; len 0: there is none.
static Span select_before(Str text, size_t end) {
  Str word = STR("select");
  Span found = {0};
  for (ptrdiff_t at = -1; (at = str_find_word(text, word, (size_t)(at + 1))) >= 0;)
    if ((size_t)at < end)
      found = (Span){(uint32_t)at, (uint32_t)word.len};
  return found;
}

typedef struct Place {
  const Source *src; // NULL: not known
  Span span;
  bool is_query; // it is where the query starts: the column itself is not in the text
} Place;

// In the node's own text: what makes the column now, else the `select` of the query.
static Place own_place(const Run *r, const CheckedNode *c, const DbColumn *now) {
  Str text = c->node->source ? c->node->source->text : (Str){0};
  Span item = now ? item_place(r, c, now->name) : (Span){0};
  Span first = item_place(r, c, c->columns[0].name);
  Span at = item.len ? item : select_before(text, first.len ? first.at : text.len);
  return (Place){at.len ? c->node->source : NULL, at, !item.len};
}

// The name of the column in the YAML of the node.
static Place yaml_place(const Node *n, Str column) {
  for (size_t i = 0; i < n->ncolumns; i++) {
    const Yaml *name = n->columns[i]->yaml ? yaml_get(n->columns[i]->yaml, STR("name")) : NULL;
    if (name && str_eq_nocase(n->columns[i]->name, column))
      return (Place){name->src, name->span, true};
  }
  return (Place){0};
}

// The node above from which a `select *` took the change; NULL: it is the node's own.
static const CheckedNode *changed_above(const Findings *f, const Earlier *e, const CheckedNode *c,
                                        const DbColumn *then, const DbColumn *now) {
  for (size_t i = 0; has_star(c) && i < c->node->nneeds; i++) {
    const CheckedNode *above = f->of[c->node->needs[i]->index];
    if (!above || !checked_columns(above))
      continue;
    const Then *had = columns_then(&f->run->arena, e, above->node);
    const DbColumn *its = column_named(above, then->name, had->exact);
    for (size_t k = 0; k < had->n; k++)
      if (str_eq(had->items[k].name, then->name) &&
          (now ? its && !same_type(had->items[k].type, its->type) : !its))
        return above;
  }
  return NULL;
}

// Whether the query says the column itself, and does not take it with a star.
static bool says_column(const Run *r, const CheckedNode *c, Str column) {
  Span item = item_place(r, c, column);
  return item.len && c->node->source->text.ptr[item.at + item.len - 1] != '*';
}

// A column of a node that is gone or has another type, and the node that made that so.
typedef struct Change {
  const CheckedNode *of, *root;
  const DbColumn *then, *now; // now NULL: gone
} Change;

typedef struct Changes {
  Findings *found;
  const Earlier *earlier;
  const LineageGraph *graph;
  Change *items;
  size_t n, cap;
} Changes;

// The node that made the change, however many `select *` stand between.
static const CheckedNode *root_of(const Changes *all, const CheckedNode *c, const DbColumn *then,
                                  const DbColumn *now) {
  const CheckedNode *above;
  while (!(now && says_column(all->found->run, c, now->name)) &&
         (above = changed_above(all->found, all->earlier, c, then, now))) {
    c = above;
    now = now ? column_named(c, then->name, true) : NULL;
  }
  return c;
}

static void collect(Changes *all, const CheckedNode *c) {
  Arena *a = &all->found->run->arena;
  const Then *then = columns_then(a, all->earlier, c->node);
  for (size_t i = 0; i < then->n; i++) {
    const DbColumn *was = &then->items[i], *now = column_named(c, was->name, then->exact);
    if (now && same_type(was->type, now->type))
      continue;
    vec_room(a, all->items, all->n, all->cap);
    all->items[all->n++] = (Change){c, root_of(all, c, was, now), was, now};
  }
}

// The column that a gone one may be now; NULL: none.
static const DbColumn *became(const Changes *all, const Change *change) {
  Arena *a = &all->found->run->arena;
  const Then *then = columns_then(a, all->earlier, change->of->node);
  Str name = columns_became(a, (LockedColumns){change->of->columns, change->of->ncolumns},
                            (LockedColumns){then->items, then->n}, change->then->name);
  return name.len ? column_named(change->of, name, true) : NULL;
}

// Where the text makes the column, or what it became, under its own name; else the query.
static Place place_of(const Changes *all, const Change *change) {
  const CheckedNode *c = change->of;
  const DbColumn *now = change->now ? change->now : became(all, change);
  Place p = own_place(all->found->run, c, now);
  if (!p.src)
    return yaml_place(c->node, change->then->name);
  Str item = str_sub(p.src->text, p.span.at, p.span.at + p.span.len);
  if (!change->now && now && str_ends(item, now->name))
    p.span = (Span){p.span.at + p.span.len - (uint32_t)now->name.len, (uint32_t)now->name.len};
  return p;
}

// Whether a change is told with another one: of the same node, or made by it.
static bool goes_with(const Change *change, const Change *first) {
  return change->root == first->root && !change->now == !first->now;
}

// " (now 'b'?)", or nothing.
static Str new_name(Arena *a, const Changes *all, const Change *change) {
  const DbColumn *other = change->now ? NULL : became(all, change);
  return other ? str_fmt(a, " (now '%.*s'?)", STR_ARG(other->name)) : (Str){0};
}

// What is told of one column of the node.
static void add_column(Buf *b, const Changes *all, const Change *change, size_t nth) {
  Str name = change->then->name;
  if (change->now)
    buf_addf(b, "%s'%.*s'%s%.*s%s is now %.*s, and was %.*s", nth ? "; " : "", STR_ARG(name),
             nth ? "" : " of '", STR_ARG(nth ? (Str){0} : change->of->node->name), nth ? "" : "'",
             STR_ARG(change->now->type), STR_ARG(change->then->type));
  else
    buf_addf(b, "%s'%.*s'%.*s", nth ? ", " : "", STR_ARG(name),
             STR_ARG(new_name(b->arena, all, change)));
}

static Str told(Arena *a, const Changes *all, const Change *first) {
  enum { MOST = 10 };
  Buf b = {.arena = a};
  size_t n = 0;
  for (size_t i = 0; i < all->n; i++) {
    const Change *change = &all->items[i];
    if (goes_with(change, first) && change->of == first->of && n++ < MOST)
      add_column(&b, all, change, n - 1);
  }
  if (n > MOST)
    buf_addf(&b, " and %zu more", n - MOST);
  if (first->now)
    return buf_str(&b);
  Str of = first->of->node->name;
  if (n > 1)
    return str_fmt(a, "'%.*s' has no columns %.*s any more", STR_ARG(of), STR_ARG(buf_str(&b)));
  return str_fmt(a, "'%.*s' has no column '%.*s' any more%.*s", STR_ARG(of),
                 STR_ARG(first->then->name), STR_ARG(new_name(a, all, first)));
}

// "the same in 'x', 'y'": the nodes that took the change with a star.
static void add_followers(Buf *b, const Changes *all, const Change *first) {
  enum { NAMED = 4 };
  const CheckedNode *last = first->of;
  size_t n = 0;
  for (size_t i = 0; i < all->n; i++) { // those of one node stand together
    const Change *change = &all->items[i];
    if (!goes_with(change, first) || change->of == first->of || change->of == last)
      continue;
    last = change->of;
    if (n++ < NAMED)
      buf_addf(b, "%s'%.*s'", n == 1 ? "the same in " : ", ", STR_ARG(last->node->name));
  }
  if (n > NAMED)
    buf_addf(b, " and %zu more", n - NAMED);
}

// Who reads it: of each column, in the node and in those that took it over.
static Str who_reads(Arena *a, const Changes *all, const Change *first, size_t ncolumns) {
  Buf b = {.arena = a};
  add_followers(&b, all, first);
  for (size_t i = 0; i < all->n; i++) {
    const Change *change = &all->items[i];
    const DbColumn *column = change->now ? change->now : change->then;
    if (!goes_with(change, first))
      continue;
    Str who = readers(a, all->found, all->graph, change->of->node, column->name, !change->now);
    if (!who.len)
      continue;
    if (b.len)
      buf_adds(&b, "; ");
    if (ncolumns > 1)
      buf_addf(&b, "'%.*s': ", STR_ARG(column->name));
    buf_add(&b, who);
  }
  return buf_str(&b);
}

static void tell(const Changes *all, const Change *first) {
  Findings *f = all->found;
  Diags *diags = &f->run->diags;
  const Node *n = first->of->node;
  Arena a = {0};
  Place at = {0};
  size_t ncolumns = 0;
  for (size_t i = 0; i < all->n; i++) {
    const Change *change = &all->items[i];
    bool own = goes_with(change, first) && change->of == first->of;
    ncolumns += own;
    Place p = own && (!at.src || at.is_query) ? place_of(all, change) : (Place){0};
    if (p.src && (!at.src || !p.is_query))
      at = p;
  }
  Diag *d = diag_at(diags, SEV_WARNING, CODE_BREAKING_CHANGE, at.src, at.span, "%.*s",
                    STR_ARG(told(&a, all, first)));
  if (!at.src)
    d->file = n->original_path;
  Str who = who_reads(&a, all, first, ncolumns);
  if (who.len)
    diag_hint(diags, d, "%.*s", STR_ARG(who));
  arena_free(&a);
  findings_take(f, n);
}

// Each node once for what is gone, and once for types.
static void tell_all(const Changes *all) {
  for (size_t i = 0; i < all->n; i++) {
    const Change *change = &all->items[i];
    bool first = change->root == change->of;
    for (size_t k = i; first && k-- && all->items[k].of == change->of;) // they stand together
      first = !goes_with(&all->items[k], change);
    if (first)
      tell(all, change);
  }
}

bool breaking_can(Run *r) {
  Arena *a = &r->arena;
  Str dir = r->options->state;
  if (!dir.len || (r->state && r->state->has_manifest) ||
      fs_exists(fs_join(a, fs_absolute(a, dir), STR("catalog.json"))))
    return true;
  state_missing(r->state, &r->diags, "starc check --state", "manifest.json or catalog.json");
  run_report(r);
  return false;
}

void breaking_find(Findings *f, const LineageGraph *g, const Checked *checked) {
  Run *r = f->run;
  Value whole = val_undef(NULL);
  Earlier e = {.state = r->state, .known = arena_array(&r->arena, Then *, r->graph->nnodes + 1)};
  if (r->options->state.len)
    state_load_catalog(&r->arena, fs_absolute(&r->arena, r->options->state), r->options->state,
                       &whole, &r->diags);
  else
    e.lock = lock_read(r);
  e.catalog = val_get(whole, STR("nodes"));
  findings_take(f, NULL); // of a file that is none
  Changes all = {.found = f, .earlier = &e, .graph = g};
  for (size_t i = 0; i < checked->n; i++)
    if (checked_columns(&checked->nodes[i]))
      collect(&all, &checked->nodes[i]);
  tell_all(&all);
}
