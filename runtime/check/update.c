// See update.h. What did not change keeps the day that it was first seen, so that a difference of
// the file is a difference of the target.
#include "update.h"
#include "../../compiler/base/sort.h"
#include "../run/warehouse.h"
#include "drift.h"
#include "functions.h"
#include "live.h"
#include "sources.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// --- sources

static bool is_part_of_project(const RunOptions *o) {
  return o->select.n || o->models.n || o->exclude.n || o->selector.len;
}

static Str today(Run *r) {
  time_t now = (time_t)(r->project->started_us / 1000000);
  struct tm tm;
  char text[32] = "";
  if (gmtime_r(&now, &tm))
    strftime(text, sizeof text, "%Y-%m-%d", &tm);
  return str_dup(&r->arena, str_c(text));
}

static bool same_columns(Arena *a, Value left, Value right) {
  LockedColumns l = lock_columns(a, left), r = lock_columns(a, right);
  bool same = l.n == r.n;
  for (size_t i = 0; same && i < l.n; i++)
    same = str_eq(l.items[i].name, r.items[i].name) && str_eq(l.items[i].type, r.items[i].type);
  return same;
}

// A source of the target, with the day since when it is so.
static Value with_day(Run *r, Value now, Value before) {
  Arena *a = &r->arena;
  bool same = same_columns(a, now, before) &&
              val_eq(val_get(now, STR("kind")), val_get(before, STR("kind")));
  Value since = val_get(before, STR("since")), out = val_dict(a);
  dict_sets(a, out.dict, STR("relation"), val_get(now, STR("relation")));
  dict_sets(a, out.dict, STR("kind"), val_get(now, STR("kind")));
  dict_sets(a, out.dict, STR("since"), same && since.kind == VAL_STR ? since : val_str(today(r)));
  dict_sets(a, out.dict, STR("columns"), val_get(now, STR("columns")));
  return out;
}

// The sources as they are now; of those that were not asked for, as they were.
static Value all_sources(Run *r, const SourceList *asked, Value found, Value before, bool part) {
  Arena *a = &r->arena;
  Value out = val_dict(a);
  if (part && before.kind == VAL_DICT)
    dict_start(a, out.dict, before.dict);
  for (size_t i = 0; i < asked->n; i++) {
    Str id = asked->items[i]->id;
    Value now = val_get(found, id);
    dict_remove(out.dict, val_str(id));
    if (now.kind == VAL_DICT)
      dict_sets(a, out.dict, id, with_day(r, now, val_get(before, id)));
  }
  return lock_sorted(a, out);
}

// --- the section

// What functions, sources and nodes need of the target's types, which are last known.
static void keep_types(Run *r, Dict *section, Value nodes) {
  Arena a = {0};
  Value *types = dict_gets(section, STR("types"));
  if (!types)
    return;
  Value all = *types;
  dict_remove(section, val_str(STR("types")));
  Str columns = str_cat(&a, val_to_str(&a, (Value){.kind = VAL_DICT, .dict = section}),
                        val_to_str(&a, nodes));
  all = types_kept(r, all, columns);
  if (all.dict->n)
    dict_sets(&r->arena, section, STR("types"), lock_sorted(&r->arena, all));
  arena_free(&a);
}

// Texts are of functions alone.
static Value kept(Run *r, const char *part, Value of) {
  return strcmp(part, "functions") == 0 ? functions_kept(r, of) : of;
}

static void add_server(Run *r, Conn *conn, Dict *section) {
  for (size_t i = 0; lock_server_parts[i]; i++) {
    Diags diags = {0};
    Value part;
    diags_init(&diags);
    if (!live_server(r, conn, str_c(lock_server_parts[i]), &part, &diags))
      run_tell(r, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN},
               "%s are not known: %.*s", lock_server_parts[i],
               STR_ARG(diags.first ? diags.first->message : STR("the target does not say")));
    else if (part.kind == VAL_DICT)
      dict_sets(&r->arena, section, str_c(lock_server_parts[i]),
                lock_sorted(&r->arena, kept(r, lock_server_parts[i], part)));
    diags_free(&diags);
  }
}

static bool make_section(Run *r, Conn *conn, SchemaLock *lock, const SourceList *asked, bool part) {
  Arena *a = &r->arena;
  const Target *t = r->project->target;
  bool own = str_eq(lock_target(lock), t->name);
  Value section = val_dict(a), found = val_dict(a), undefined = {.kind = VAL_UNDEF};
  if (!live_sources(r, conn, asked->items, asked->n, found.dict, &r->diags))
    return false;
  Value before = own ? lock_part(lock, STR("sources")) : undefined;
  Value nodes = own ? lock_part(lock, STR("nodes")) : undefined;
  dict_sets(a, section.dict, STR("type"), val_str(t->type));
  dict_sets(a, section.dict, STR("sources"), all_sources(r, asked, found, before, part));
  add_server(r, conn, section.dict);
  keep_types(r, section.dict, nodes);
  dict_sets(a, section.dict, STR("nodes"), nodes.kind == VAL_DICT ? nodes : val_dict(a));
  if (own)
    drift_note(r, lock, asked->items, asked->n, found);
  lock_replace(lock, t->name, section);
  return true;
}

bool update_sources(Run *r, SchemaLock *lock, const Node *const *nodes, size_t n) {
  bool part = is_part_of_project(r->options);
  SourceList asked = sources_of(r, nodes, n, !part);
  DbError error = {.at = -1};
  Conn *conn = live_open(r, &error);
  if (!conn)
    warehouse_diag(&r->diags, &error);
  bool good = conn && make_section(r, conn, lock, &asked, part);
  if (conn)
    conn_close(conn);
  return run_report(r) && good;
}

// --- after the check

// The columns of nodes that are good now, else those that they had; in order of their ids.
static Value all_nodes(Run *r, const Checked *checked, Value before) {
  Arena *a = &r->arena;
  Value out = val_dict(a);
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    Str id = r->graph->nodes[i]->id;
    Value had = val_get(before, id);
    if (had.kind == VAL_DICT)
      dict_sets(a, out.dict, id, had);
  }
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    if (c->state == CHECK_GOOD && checked_columns(c))
      dict_sets(a, out.dict, c->node->id, lock_columns_value(a, c->columns, c->ncolumns));
  }
  return lock_sorted(a, out);
}

bool update_save(Run *r, const Checked *checked) {
  SchemaLock *lock = lock_read(r);
  Value before = lock_part(lock, STR("nodes"));
  dict_sets(&r->arena, lock_section(lock).dict, STR("nodes"), all_nodes(r, checked, before));
  return lock_save(r, lock) || run_report(r);
}

// --- after loads

// Whether a source is otherwise than the section has it.
static bool is_other(Run *r, const SchemaLock *lock, Str id, Value now) {
  return !same_columns(&r->arena, now, val_get(lock_part(lock, STR("sources")), id));
}

static void tell_changed(Run *r, Value changed) {
  Buf names = {0};
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(changed.dict, &at));)
    buf_add_listed(&names, n++, val_text(val_get(e->value, STR("relation"))));
  buf_add_more(&names, n);
  run_say(r, EV_LockFollows, NULL, "schemas.lock.json: has the columns of %.*s as they are now",
          STR_ARG(buf_str(&names)));
  buf_free(&names);
}

// What was loaded is loaded: a file that does not follow is a warning.
static void warn(Run *r) {
  for (Diag *d = r->diags.first; d; d = d->next) {
    d->severity = SEV_WARNING;
    if (!d->hint.len)
      diag_hint(&r->diags, d, "the load is done; schemas.lock.json is as it was");
  }
  run_report(r);
}

void update_loaded(Run *r, const Node *const *sources, size_t n) {
  Arena *a = &r->arena;
  SchemaLock *lock = n ? lock_read(r) : NULL;
  if (!lock || !str_eq(lock_target(lock), r->project->target->name)) {
    warn(r);
    return;
  }
  DbError error = {.at = -1};
  Value found = val_dict(a), changed = val_dict(a);
  Conn *conn = live_open(r, &error);
  if (!conn)
    warehouse_diag(&r->diags, &error);
  bool good = conn && live_sources(r, conn, sources, n, found.dict, &r->diags);
  if (conn)
    conn_close(conn);
  for (size_t i = 0; good && i < n; i++) {
    Str id = sources[i]->id;
    Value now = val_get(found, id), had = val_get(lock_part(lock, STR("sources")), id);
    if (now.kind == VAL_DICT && is_other(r, lock, id, now))
      dict_sets(a, changed.dict, id, with_day(r, now, had));
  }
  good = good && (!changed.dict->n || lock_amend(r, r->project->target->name, changed));
  if (good && changed.dict->n)
    tell_changed(r, changed);
  warn(r);
}
