// See drift.h. In: the lock file, YAML, what the target answers. Out: a finding for each column
// that is gone or has another type, a note for new ones. A column that YAML lists is shown there,
// others at their line of the lock file.
#include "drift.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/graph/load_node.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "live.h"
#include "lock.h"
#include "sources.h"

#include <ctype.h>

enum { MOST = 20, MOST_NAMES = 10 }; // findings of a source; names in a note

// One source.
typedef struct Look {
  Run *run;
  Conn *conn;
  const SchemaLock *lock;
  const Node *source;
  Severity severity;
  LockedColumns now, before; // before: what the lock file has
  Map now_of, before_of;     // by name -> const DbColumn *
  DriftReaders readers;
  Map *types;          // what the database calls a type of YAML -> Str *
  size_t told, untold; // findings
  Drift *out;
} Look;

typedef struct Place {
  const Source *src;
  Span span;
} Place;

// --- places

static Str shown(const Look *k) {
  return str_fmt(&k->run->arena, "%.*s.%.*s", STR_ARG(k->source->info->source_name),
                 STR_ARG(k->source->name));
}

static Place place_of_table(const Look *k) {
  Place p;
  p.src = source_place(k->source, &p.span);
  return p;
}

static const Column *listed(const Look *k, Str name) {
  for (size_t i = 0; i < k->source->ncolumns; i++)
    if (str_eq(k->source->columns[i]->name, name))
      return k->source->columns[i];
  return NULL;
}

static Place place_in_yaml(const Column *c, Str key) {
  const Yaml *at = yaml_get(c->yaml, key);
  at = at ? at : c->yaml;
  return (Place){at->src, at->span};
}

static Place place_in_lock(const Look *k, Str piece) {
  Place p = {0};
  p.src = lock_place(k->lock, piece, &p.span);
  ptrdiff_t at = p.span.len ? -1 : str_find(p.src->text, k->source->id, 0);
  if (at >= 0) // a name that the file writes with escapes: its source
    p.span = (Span){(uint32_t)at, (uint32_t)k->source->id.len};
  return p;
}

// --- findings

// False: of this source there were enough.
static bool may_tell(Look *k) {
  if (k->told++ < MOST)
    return true;
  k->untold++;
  return false;
}

static Diag *tell(Look *k, Code code, Place at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static Diag *tell(Look *k, Code code, Place at, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(&k->run->diags, k->severity, code, at.src, at.span, fmt, ap);
  va_end(ap);
  return d;
}

static Str read_by(const Look *k, Str column) {
  return k->readers.told ? k->readers.told(k->readers.data, k->source, column) : (Str){0};
}

// A new column of the same type whose name is near, or which alone is new where one alone is gone:
// perhaps it was renamed. Empty: none.
static Str renamed(const Look *k, const DbColumn *gone) {
  Str *names = arena_array(&k->run->arena, Str, k->now.n + 1);
  size_t n = 0, added = 0, kept = 0;
  for (size_t i = 0; i < k->now.n; i++) {
    bool is_new = !map_get(&k->before_of, k->now.items[i].name);
    added += is_new;
    kept += !is_new;
    if (is_new && str_eq(k->now.items[i].type, gone->type))
      names[n++] = k->now.items[i].name;
  }
  Str near = str_nearest(gone->name, names, n);
  return near.len ? near : n == 1 && added == 1 && kept + 1 == k->before.n ? names[0] : (Str){0};
}

static void tell_gone(Look *k, const DbColumn *gone) {
  k->out->of_lock = true;
  if (!may_tell(k))
    return;
  const Column *in_yaml = listed(k, gone->name);
  Place lock = place_in_lock(k, gone->name);
  Diag *d =
      tell(k, CODE_SOURCE_COLUMN_GONE, in_yaml ? place_in_yaml(in_yaml, STR("name")) : lock,
           "the column '%.*s' of source '%.*s' is gone", STR_ARG(gone->name), STR_ARG(shown(k)));
  if (in_yaml)
    diag_note(&k->run->diags, d, lock.src, lock.span, "it was here");
  Str other = renamed(k, gone), readers = read_by(k, gone->name);
  if (other.len)
    diag_hint(&k->run->diags, d, "did it become '%.*s'?%s%.*s", STR_ARG(other),
              readers.len ? " " : "", STR_ARG(readers));
  else if (readers.len)
    diag_hint(&k->run->diags, d, "%.*s", STR_ARG(readers));
}

static void tell_retyped(Look *k, const DbColumn *was, const DbColumn *is) {
  k->out->of_lock = true;
  if (!may_tell(k))
    return;
  const Column *in_yaml = listed(k, was->name);
  Place lock = place_in_lock(k, was->type.len ? was->type : was->name);
  Diag *d = tell(k, CODE_SOURCE_COLUMN_TYPE, in_yaml ? place_in_yaml(in_yaml, STR("name")) : lock,
                 "the column '%.*s' of source '%.*s' is %.*s now, it was %.*s", STR_ARG(was->name),
                 STR_ARG(shown(k)), STR_ARG(is->type), STR_ARG(was->type));
  if (in_yaml)
    diag_note(&k->run->diags, d, lock.src, lock.span, "it was here");
  Str readers = read_by(k, was->name);
  if (readers.len)
    diag_hint(&k->run->diags, d, "%.*s", STR_ARG(readers));
}

static void tell_added(Look *k) {
  Buf names = {.arena = &k->run->arena};
  size_t n = 0;
  for (size_t i = 0; k->before.n && i < k->now.n; i++) {
    const DbColumn *c = &k->now.items[i];
    if (map_get(&k->before_of, c->name))
      continue;
    if (n++ < MOST_NAMES)
      buf_addf(&names, "%s%.*s %.*s", n > 1 ? ", " : "", STR_ARG(c->name), STR_ARG(c->type));
  }
  if (!n)
    return;
  if (n > MOST_NAMES)
    buf_addf(&names, " and %zu more", n - MOST_NAMES);
  k->out->added += n;
  k->out->of_lock = true;
  Place at = place_of_table(k);
  diag_at(&k->run->diags, SEV_NOTE, CODE_SOURCE_COLUMN_NEW, at.src, at.span,
          "source '%.*s' has %zu new column%s: %.*s", STR_ARG(shown(k)), n, n == 1 ? "" : "s",
          STR_ARG(buf_str(&names)));
}

// --- types of YAML, which may have other words for them

// Equal but for case and blanks.
static bool same_words(Str left, Str right) {
  size_t i = 0, j = 0;
  for (;;) {
    while (i < left.len && left.ptr[i] == ' ')
      i++;
    while (j < right.len && right.ptr[j] == ' ')
      j++;
    if (i == left.len || j == right.len)
      return i == left.len && j == right.len;
    if (tolower((unsigned char)left.ptr[i++]) != tolower((unsigned char)right.ptr[j++]))
      return false;
  }
}

// What the database calls the type; empty: it is no type there.
static Str own_type(Look *k, Str type) {
  Arena *a = &k->run->arena;
  Str *known = map_get(k->types, type);
  if (known)
    return *known;
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &k->run->shared, a, NULL, NULL, &k->conn->db);
  Diags ignored = {0};
  diags_init(&ignored);
  Value pos = val_str(type), out;
  Args args = {&pos, 1, NULL, 0};
  bool good = context_call(c, STR("starc_check_type"), &args, &out, &ignored);
  context_settle(c, k->conn, false);
  diags_free(&ignored);
  known = arena_new(a, Str);
  *known = good && out.kind == VAL_STR ? val_text(out) : (Str){0};
  map_put(a, k->types, type, known);
  return *known;
}

// Without its sizes: "numeric(10,2)" -> "numeric".
static Str without_sizes(Arena *a, Str type, Str *sizes) {
  ptrdiff_t from = str_find(type, STR("("), 0), to = str_find(type, STR(")"), 0);
  *sizes = (Str){0};
  if (from < 0 || to < from)
    return type;
  *sizes = str_sub(type, (size_t)from, (size_t)to + 1);
  return str_cat(a, str_sub(type, 0, (size_t)from), str_sub(type, (size_t)to + 1, type.len));
}

// A type of YAML that no database knows says nothing; without sizes it stands for any.
static bool is_type(Look *k, Str said, Str real) {
  Str sizes, own_sizes, words[] = {STR(" ALIAS"), STR(" MATERIALIZED")};
  for (size_t i = 0; i < 2; i++)
    if (str_ends(real, words[i]))
      real = str_sub(real, 0, real.len - words[i].len);
  if (same_words(said, real))
    return true;
  Str own = own_type(k, said);
  if (!own.len || same_words(own, real))
    return true;
  Str base = without_sizes(&k->run->arena, real, &sizes);
  without_sizes(&k->run->arena, said, &own_sizes);
  return same_words(own, base) && (!own_sizes.len || same_words(own_sizes, sizes));
}

static const DbColumn *column_now(const Look *k, Str name) {
  const DbColumn *c = map_get(&k->now_of, name);
  for (size_t i = 0; !c && i < k->now.n; i++)
    if (str_eq_nocase(k->now.items[i].name, name))
      c = &k->now.items[i];
  return c;
}

// A column of YAML that is not there: told already where the lock file has it.
static void tell_listed(Look *k, const Column *c) {
  if (map_get(&k->before_of, c->name) || !may_tell(k))
    return;
  Severity had = k->severity;
  k->severity = k->before.n ? SEV_WARNING : had; // it was not there before either
  Diag *d = tell(k, k->before.n ? CODE_LISTED_COLUMN : CODE_SOURCE_COLUMN_GONE,
                 place_in_yaml(c, STR("name")), "source '%.*s' has no column '%.*s'",
                 STR_ARG(shown(k)), STR_ARG(c->name));
  k->severity = had;
  Str *names = arena_array(&k->run->arena, Str, k->now.n + 1);
  for (size_t i = 0; i < k->now.n; i++)
    names[i] = k->now.items[i].name;
  if (!diag_nearest(&k->run->diags, d, c->name, names, k->now.n))
    diag_hint(&k->run->diags, d, "%.*s", STR_ARG(read_by(k, c->name)));
}

static void tell_yaml_type(Look *k, const Column *c, const DbColumn *is) {
  const DbColumn *was = map_get(&k->before_of, is->name);
  bool told = was && !str_eq(was->type, is->type);
  const Node *load = k->source->nneeds ? k->source->needs[0] : NULL;
  if (load && load->kind == NODE_LOAD && load_column_config(&k->run->arena, load, c->name).type.len)
    return; // the load's own word for it decides
  if (told || is_type(k, c->data_type, is->type) || !may_tell(k))
    return;
  Diag *d = tell(k, CODE_SOURCE_COLUMN_TYPE, place_in_yaml(c, STR("data_type")),
                 "the column '%.*s' of source '%.*s' is %.*s, its YAML says %.*s",
                 STR_ARG(is->name), STR_ARG(shown(k)), STR_ARG(is->type), STR_ARG(c->data_type));
  diag_hint(&k->run->diags, d, "%.*s", STR_ARG(read_by(k, is->name)));
}

static void compare_yaml(Look *k) {
  for (size_t i = 0; i < k->source->ncolumns; i++) {
    const Column *c = k->source->columns[i];
    const DbColumn *is = column_now(k, c->name);
    if (!is)
      tell_listed(k, c);
    else if (c->data_type.len)
      tell_yaml_type(k, c, is);
  }
}

// --- one source, all sources

static void tell_no_relation(Look *k) {
  Diag *d = tell(k, CODE_SOURCE_GONE, place_of_table(k),
                 k->before.n ? "source '%.*s' is gone: the target has no table %.*s any more"
                             : "source '%.*s' is not there: the target has no table %.*s",
                 STR_ARG(shown(k)), STR_ARG(k->source->relation_name));
  k->out->of_lock |= k->before.n > 0;
  k->out->compared++;
  diag_hint(&k->run->diags, d, "or this user may not see it; %.*s", STR_ARG(read_by(k, (Str){0})));
}

static void compare_lock(Look *k) {
  for (size_t i = 0; i < k->before.n; i++) {
    const DbColumn *was = &k->before.items[i], *is = map_get(&k->now_of, was->name);
    if (!is)
      tell_gone(k, was);
    else if (!str_eq(is->type, was->type))
      tell_retyped(k, was, is);
  }
  tell_added(k);
}

static void index_columns(Arena *a, Map *map, const LockedColumns *columns) {
  for (size_t i = 0; i < columns->n; i++)
    map_put(a, map, columns->items[i].name, (void *)&columns->items[i]);
}

static void compare(Look *k) {
  Arena *a = &k->run->arena;
  index_columns(a, &k->now_of, &k->now);
  index_columns(a, &k->before_of, &k->before);
  k->out->compared++;
  k->out->blind += !k->before.n && !k->source->ncolumns;
  compare_lock(k);
  compare_yaml(k);
  if (k->untold)
    tell(k, CODE_SOURCE_COLUMN_GONE, place_of_table(k),
         "source '%.*s' has %zu more columns that are gone or have another type", STR_ARG(shown(k)),
         k->untold);
}

static bool ignores(const Node *source) {
  return val_is_str(node_config(source, STR("drift")), STR("ignore"));
}

// Those that are looked at.
static const Node **asked_of(Run *r, const Node *const *sources, size_t n, size_t *asked,
                             Drift *out) {
  const Node **list = arena_array(&r->arena, const Node *, n + 1);
  for (size_t i = 0; i < n; i++) {
    bool far = live_is_elsewhere(r, sources[i]);
    if (ignores(sources[i]))
      continue;
    out->elsewhere += far;
    if (!far)
      list[(*asked)++] = sources[i];
  }
  return list;
}

static void look(Run *r, Conn *conn, const Node *const *sources, size_t n, Value found,
                 DriftReaders readers, Drift *out) {
  const SchemaLock *lock = r->schema_lock;
  Map types = {0};
  for (size_t i = 0; i < n; i++) {
    const Node *source = sources[i];
    bool warns = val_is_str(node_config(source, STR("drift")), STR("warn"));
    Look k = {.run = r,
              .conn = conn,
              .lock = lock,
              .source = source,
              .severity = warns ? SEV_WARNING : SEV_ERROR,
              .now = lock_columns(&r->arena, val_get(found, source->id)),
              .before = lock_source_columns(lock, source->id),
              .types = &types,
              .readers = readers,
              .out = out};
    if (k.now.n)
      compare(&k);
    else
      tell_no_relation(&k);
  }
}

bool drift_find(Run *r, const Node *const *sources, size_t n, DriftReaders readers, Drift *out) {
  *out = (Drift){0};
  const SchemaLock *lock = lock_read(r);
  if (!lock)
    return false;
  size_t asked = 0;
  const Node **list = asked_of(r, sources, n, &asked, out);
  out->no_lock = !lock_target(lock).len;
  if (!out->no_lock && !str_eq(lock_target(lock), r->project->target->name))
    out->borrowed_from = lock_target(lock);
  if (!asked)
    return true;
  DbError error = {.at = -1};
  Conn *conn = live_open(r, &error);
  if (!conn) {
    warehouse_diag(&r->diags, &error);
    return false;
  }
  Value found = val_dict(&r->arena);
  bool good = live_sources(r, conn, list, asked, found.dict, &r->diags);
  if (good)
    look(r, conn, list, asked, found, readers, out);
  conn_close(conn);
  return good;
}

void drift_note(Run *r, const SchemaLock *lock, const Node *const *sources, size_t n, Value found) {
  Arena *a = &r->arena;
  Drift out = {0};
  for (size_t i = 0; i < n; i++) {
    Look k = {.run = r,
              .lock = lock,
              .source = sources[i],
              .severity = SEV_NOTE,
              .now = lock_columns(a, val_get(found, sources[i]->id)),
              .before = lock_columns_before(lock, sources[i]->id),
              .out = &out};
    index_columns(a, &k.now_of, &k.now);
    index_columns(a, &k.before_of, &k.before);
    if (k.now.n)
      compare_lock(&k);
  }
}
