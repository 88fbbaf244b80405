// See sources.h. In: the lock file, YAML, and the target where it answers. Out: lists of [name,
// type].
#include "sources.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/dialect/file_place.h"
#include "live.h"
#include "lock.h"
#include "reads.h"
#include "types.h"
#include "update.h"

Value columns_of_yaml(Arena *a, const Node *n) {
  Value columns = val_list(a, n->ncolumns);
  for (size_t i = 0; i < n->ncolumns; i++) {
    if (!n->columns[i]->data_type.len)
      return val_none();
    Value pair = val_list(a, 2);
    list_push(a, pair.list, val_str(n->columns[i]->name));
    list_push(a, pair.list, val_str(n->columns[i]->data_type));
    list_push(a, columns.list, pair);
  }
  return n->ncolumns ? columns : val_none();
}

static Value pairs(Arena *a, LockedColumns columns) {
  Value out = val_list(a, columns.n);
  for (size_t i = 0; i < columns.n; i++) {
    Value pair = val_list(a, 2);
    list_push(a, pair.list, val_str(columns.items[i].name));
    list_push(a, pair.list, val_str(columns.items[i].type));
    list_push(a, out.list, pair);
  }
  return columns.n ? out : val_none();
}

Value columns_it_had(Run *r, const Node *n) {
  const SchemaLock *lock = lock_read(r);
  Value had = lock ? pairs(&r->arena, lock_node_columns(lock, n->id)) : val_none();
  return had.kind == VAL_LIST ? had : columns_of_yaml(&r->arena, n);
}

const Source *source_place(const Node *source, Span *span) {
  const Yaml *name = yaml_get(source->patch, STR("name"));
  *span = name ? name->span : source->info->asked_span;
  return name ? name->src : source->info->asked_src;
}

// --- which

static bool add_source(void *data, const Node *n) {
  SourceList *s = data;
  if (n->kind == NODE_SOURCE)
    s->items[s->n++] = n;
  return true;
}

SourceList sources_of(Run *r, const Node *const *nodes, size_t n, bool all) {
  SourceList s = {.items = arena_array(&r->arena, const Node *, r->graph->nnodes + 1)};
  Reads reads;
  reads_init(&reads, &r->arena, r->graph);
  for (size_t i = 0; i < n; i++) {
    if (nodes[i]->kind == NODE_SOURCE && reads_first(&reads, nodes[i]))
      add_source(&s, nodes[i]);
    reads_each(&reads, nodes[i], add_source, &s);
  }
  for (size_t i = 0; all && i < r->graph->nnodes; i++)
    if (reads_first(&reads, r->graph->nodes[i]))
      add_source(&s, r->graph->nodes[i]);
  return s;
}

// --- asking the target

// What is left of a trouble with the target: told once, as the check goes on without it.
static void not_asked(Run *r, Str why) {
  run_tell(r, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN},
           "the target was not asked for the columns of sources: %.*s", STR_ARG(why));
}

// Files that could not be read are told at their sources, with what to do; another trouble once.
static void tell_unread(Run *r, const SourceList *asked, const Diags *diags) {
  for (const Diag *d = diags->first; d; d = d->next) {
    const Node *of = NULL;
    for (size_t i = 0; i < asked->n && !of; i++) {
      const SourceInfo *info = asked->items[i]->info;
      if (info->reads.len && d->source == info->location_src &&
          d->span.at == info->location_span.at)
        of = asked->items[i];
    }
    if (of) {
      map_add(&r->arena, &r->unread_sources, of->id);
      diag_add(&r->diags, d, SEV_WARNING);
    } else {
      not_asked(r, d->message);
      return;
    }
  }
}

// Those that the lock file does not have, from the target where it answers.
static void ask_target(Run *r, const SourceList *missing, Map *asked) {
  DbError error = {.at = -1};
  Diags diags = {0};
  Value found = val_dict(&r->arena);
  Conn *conn = live_open(r, &error);
  diags_init(&diags);
  if (!conn)
    not_asked(r, error.message);
  else if (!live_sources(r, conn, missing->items, missing->n, found.dict, &diags))
    tell_unread(r, missing, &diags);
  for (size_t i = 0; i < missing->n; i++) {
    LockedColumns columns = lock_columns(&r->arena, val_get(found, missing->items[i]->id));
    if (columns.n)
      *(Value *)map_get(asked, missing->items[i]->id) = pairs(&r->arena, columns);
  }
  diags_free(&diags);
  if (conn)
    conn_close(conn);
}

// Whether what the options ask for can be had. False: recorded.
static bool options_agree(Run *r) {
  const RunOptions *o = r->options;
  Target unused = *r->project->target;
  Diag *d = NULL;
  if (o->offline && o->update_sources)
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--offline"),
                   "--update-sources asks the target, and --offline asks nobody");
  else if (o->offline && !o->check_target.len && !target_inside(&r->arena, &unused, STR("")))
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--offline"),
                   "nodes are looked at in %s itself, and --offline asks no server",
                   r->dialect->title);
  if (d && !o->update_sources)
    diag_hint(&r->diags, d, "name a target where they can be: --check-target NAME");
  return !d;
}

// A target that the lock file does not have is taken to be like one that it has.
static void tell_borrowed(Run *r, const SchemaLock *lock) {
  Str from = lock_target(lock), own = r->project->target->name;
  if (from.len && !str_eq(from, own) && !r->options->update_sources)
    run_say(r, EV_CheckNote, NULL,
            "schemas.lock.json has nothing of target %.*s: what it has of target %.*s counts",
            STR_ARG(own), STR_ARG(from));
}

bool sources_ask(Run *r, const Node *const *nodes, size_t n, Map *asked) {
  const RunOptions *o = r->options;
  SchemaLock *lock = options_agree(r) ? lock_read(r) : NULL;
  SourceList all = sources_of(r, nodes, n, false), missing = {0};
  if (!lock)
    return run_report(r) && false;
  tell_borrowed(r, lock);
  if (o->update_sources && !update_sources(r, lock, nodes, n))
    return false;
  missing.items = arena_array(&r->arena, const Node *, all.n + 1);
  for (size_t i = 0; i < all.n; i++) {
    Value *columns = arena_new(&r->arena, Value);
    *columns = pairs(&r->arena, lock_source_columns(lock, all.items[i]->id));
    map_put(&r->arena, asked, all.items[i]->id, columns);
    if (columns->kind != VAL_LIST)
      missing.items[missing.n++] = all.items[i];
  }
  if (missing.n && !o->update_sources && !o->offline && !live_is_new(r))
    ask_target(r, &missing, asked);
  for (size_t i = 0; i < missing.n; i++) {
    Value *columns = map_get(asked, missing.items[i]->id);
    if (columns->kind != VAL_LIST)
      *columns = columns_of_yaml(&r->arena, missing.items[i]);
  }
  return true;
}

Value columns_of_files(CheckPlace *p, const Node *source) {
  Run *r = p->run;
  if (!source->info->reads.len || file_scheme(source->info->location) || !p->folder.len)
    return val_none();
  Diags ignored;
  diags_init(&ignored);
  Value out;
  const StatementGuard *guard = p->conn->guard; // which lets no text open a file
  p->conn->guard = NULL;
  r->shared.files_as_tables = false; // one thread checks
  Value relation = relation_of_node(&r->arena, &r->shared, source);
  Args args = {&relation, 1, NULL, 0};
  bool good = place_call(p, &r->arena, STR("starc_check_files"), &args, &out, &ignored);
  r->shared.files_as_tables = true;
  p->conn->guard = guard;
  diags_free(&ignored);
  return good && val_count(out) ? out : val_none();
}

// --- making relations

typedef struct Making {
  Run *run;
  const Node *node;
  Value columns;
} Making;

static Str cell(Value columns, size_t i, size_t at) {
  return val_text(columns.list->items[i].list->items[at]);
}

// The column whose name or type the database complains about; none: their number.
static size_t blamed(Value columns, Str message) {
  for (size_t i = 0; i < columns.list->n; i++)
    if (cell(columns, i, 0).len && str_find_word(message, cell(columns, i, 0), 0) >= 0)
      return i;
  return columns.list->n;
}

// Where the YAML gives the type of a column, else its name.
static const Yaml *yaml_type(const Node *n, Str name) {
  for (size_t i = 0; i < n->ncolumns; i++)
    if (str_eq(n->columns[i]->name, name) && n->columns[i]->yaml) {
      const Yaml *type = yaml_get(n->columns[i]->yaml, STR("data_type"));
      return type ? type : yaml_get(n->columns[i]->yaml, STR("name"));
    }
  return NULL;
}

// Whether the lock file has the columns of the node.
static bool is_locked(const Run *r, const Node *n) {
  const SchemaLock *l = r->schema_lock;
  return l && (lock_source_columns(l, n->id).n || lock_node_columns(l, n->id).n);
}

// Told where the lock file has the column, else its YAML, else where the node is described.
static void tell_refused(void *data, size_t column, Str why) {
  const Making *m = data;
  Run *r = m->run;
  const Node *n = m->node;
  bool locked = is_locked(r, n), one = column < m->columns.list->n;
  const Yaml *yaml = one && !locked ? yaml_type(n, cell(m->columns, column, 0)) : NULL;
  Span span = {0};
  const Source *src = n->kind == NODE_SOURCE ? source_place(n, &span) : n->source;
  if (yaml) {
    span = yaml->span;
    src = yaml->src;
  }
  for (size_t part = 2; locked && part--;) { // its type, which may be empty or escaped; its name
    src = lock_place(r->schema_lock, one ? cell(m->columns, column, part) : (Str){0}, &span);
    if (span.len)
      break;
  }
  Diag *d =
      diag_at(&r->diags, SEV_WARNING, locked ? CODE_LOCK_STALE : CODE_UNKNOWN_COLUMNS, src, span,
              "the columns of '%.*s' are not taken: %.*s", STR_ARG(n->name), STR_ARG(why));
  diag_hint(&r->diags, d,
            r->options->check_target.len ? "the database of --check-target needs what the types of "
                                           "the target come of, an extension for one"
            : locked                     ? "starc check --update-sources asks the target anew"
                                         : "give its columns the types of the database");
}

bool relation_make(CheckPlace *p, const Node *n, Value columns) {
  Run *r = p->run;
  Arena a = {0};
  Value pos[2] = {relation_of_node(&a, &r->shared, n), columns}, out;
  Args args = {pos, 2, NULL, 0};
  Diags diags = {0};
  diags_init(&diags);
  Making m = {r, n, columns};
  bool good = types_hold(p, columns, tell_refused, &m);
  if (good && !place_call(p, &a, STR("starc_check_table"), &args, &out, &diags)) {
    good = false;
    Str line = diags.first ? place_names(p, &a, diags.first->message) : (Str){0}, rest = line;
    if (str_cut(&rest, '\n', &line))
      tell_refused(&m, blamed(columns, line), line);
  }
  diags_free(&diags);
  arena_free(&a);
  return good;
}
