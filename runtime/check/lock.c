// See lock.h. The file is JSON with one column a line, so that a difference in git is one line a
// column; what did not change stays as it was, byte for byte.
#include "lock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/value/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOCK_VERSION = 1 };
static const char file_name[] = "schemas.lock.json";
#define MAKE_ANEW "remove it, then make it anew: starc check --update-sources"

const char *const lock_server_parts[] = {"types", "functions", "dictionaries", "named_collections",
                                         NULL};

struct SchemaLock {
  Arena *arena;  // the run's
  Source source; // the file; no text: there is none
  Value file;    // a dict, or undefined
  Str target;    // whose section it is
  Value section; // a dict, or undefined
  Value before;  // as it was read
};

// --- reading

const Source *lock_place(const SchemaLock *l, Str what, Span *span) {
  *span = (Span){0};
  if (what.len && str_holds(l->source.text, what))
    *span = (Span){(uint32_t)(what.ptr - l->source.text.ptr), (uint32_t)what.len};
  return &l->source;
}

// Says why, and what is meant: a piece of the file, or none.
static bool refuse(const SchemaLock *l, Diags *diags, Str at, const char *why) {
  Span span;
  const Source *src = lock_place(l, at, &span);
  Diag *d = diag_at(diags, SEV_ERROR, CODE_LOCK_FILE, src, span, "%s%s%.*s%s", why,
                    at.len ? ": '" : "", STR_ARG(at), at.len ? "'" : "");
  diag_hint(diags, d, MAKE_ANEW);
  return false;
}

static bool refuse_newer(const SchemaLock *l, Diags *diags, long long version) {
  Diag *d = diag_at(diags, SEV_ERROR, CODE_LOCK_FILE, &l->source, (Span){0},
                    "a later version of starc wrote it: it has version %lld, and this starc reads "
                    "version %d",
                    version, LOCK_VERSION);
  diag_hint(diags, d, "use that version of starc; for this one " MAKE_ANEW);
  return false;
}

// A dict of dicts, or nothing; each of them has columns where `columns` says so.
static bool is_part(const SchemaLock *l, Value section, Str name, bool columns, Diags *diags) {
  Value part = val_get(section, name);
  size_t at = 0;
  if (part.kind == VAL_UNDEF)
    return true;
  if (part.kind != VAL_DICT)
    return refuse(l, diags, name, "this is not an object");
  for (DictEntry *e; (e = dict_next(part.dict, &at));) {
    Value of = val_get(e->value, STR("columns"));
    size_t i = 0;
    if (!columns ? e->value.kind == VAL_UNDEF : of.kind != VAL_DICT)
      return refuse(l, diags, val_text(e->key), "there are no columns");
    for (DictEntry *c; columns && (c = dict_next(of.dict, &i));)
      if (c->value.kind != VAL_STR)
        return refuse(l, diags, val_text(c->key), "the type of a column is no text");
  }
  return true;
}

static bool is_section(const SchemaLock *l, Value v, Str name, Diags *diags) {
  if (val_get(v, STR("type")).kind != VAL_STR)
    return refuse(l, diags, name, "the section of a target has no type");
  return is_part(l, v, STR("sources"), true, diags) && is_part(l, v, STR("nodes"), true, diags) &&
         is_part(l, v, STR("dictionaries"), true, diags) &&
         is_part(l, v, STR("functions"), false, diags) &&
         is_part(l, v, STR("types"), false, diags) &&
         is_part(l, v, STR("named_collections"), false, diags);
}

// The whole file: its version, whose it is, each section.
static bool is_lock(const SchemaLock *l, Str project, Diags *diags) {
  Value version = val_get(l->file, STR("version")), name = val_get(l->file, STR("project"));
  Value targets = val_get(l->file, STR("targets"));
  size_t at = 0;
  if (version.kind != VAL_INT || targets.kind != VAL_DICT || name.kind != VAL_STR)
    return refuse(l, diags, (Str){0}, "this is no lock file of schemas");
  if (version.i > LOCK_VERSION)
    return refuse_newer(l, diags, version.i);
  if (!str_eq(val_text(name), project))
    return refuse(l, diags, val_text(name), "it is of another project");
  for (DictEntry *e; (e = dict_next(targets.dict, &at));)
    if (!is_section(l, e->value, val_text(e->key), diags))
      return false;
  return true;
}

static Str lock_path(Run *r) { return fs_join(&r->arena, r->project->root, str_c(file_name)); }

// Reads into *l. False: recorded. No file is good.
static bool read_file(Run *r, SchemaLock *l, Diags *diags) {
  Arena *a = &r->arena;
  Str path = lock_path(r);
  *l = (SchemaLock){.arena = a, .source.path = run_shown(a, r, path), .file = {.kind = VAL_UNDEF}};
  if (!fs_exists(path))
    return true;
  if (!fs_read(a, path, l->source.path, &l->source.text, diags))
    return false;
  if (json_read(a, &l->source, &l->file, diags))
    return is_lock(l, r->project->packages[0]->name, diags);
  bool merge = str_find(l->source.text, STR("\n<<<<<<<"), 0) >= 0;
  diag_hint(diags, diags->last,
            merge ? "take one side of the merge, then: starc check --update-sources" : MAKE_ANEW);
  return false;
}

// The target's own section, else the first of the same database, which is told.
static void choose_section(Run *r, SchemaLock *l) {
  const Target *t = r->project->target;
  Value targets = val_get(l->file, STR("targets"));
  size_t at = 0;
  l->section = val_get(targets, t->name);
  l->target = l->section.kind == VAL_DICT ? t->name : (Str){0};
  if (targets.kind != VAL_DICT || l->target.len)
    return;
  for (DictEntry *e; (e = dict_next(targets.dict, &at));)
    if (str_eq(val_text(val_get(e->value, STR("type"))), t->type)) {
      l->section = e->value;
      l->target = val_text(e->key);
      return;
    }
}

SchemaLock *lock_read(Run *r) {
  if (r->schema_lock)
    return r->schema_lock;
  SchemaLock *l = arena_new(&r->arena, SchemaLock);
  if (!read_file(r, l, &r->diags))
    return NULL;
  choose_section(r, l);
  l->before = l->section;
  return r->schema_lock = l;
}

// --- what it knows

Str lock_target(const SchemaLock *l) { return l->target; }

Value lock_section(const SchemaLock *l) { return l->section; }

Value lock_part(const SchemaLock *l, Str name) { return val_get(l->section, name); }

LockedColumns lock_columns(Arena *a, Value of) {
  Value columns = val_get(of, STR("columns"));
  if (columns.kind != VAL_DICT)
    return (LockedColumns){0};
  DbColumn *items = arena_array(a, DbColumn, columns.dict->n + 1);
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(columns.dict, &at));)
    items[n++] = (DbColumn){val_text(e->key), val_text(e->value)};
  return (LockedColumns){items, n};
}

LockedColumns lock_source_columns(const SchemaLock *l, Str unique_id) {
  return lock_columns(l->arena, val_get(lock_part(l, STR("sources")), unique_id));
}

LockedColumns lock_node_columns(const SchemaLock *l, Str unique_id) {
  return lock_columns(l->arena, val_get(lock_part(l, STR("nodes")), unique_id));
}

LockedColumns lock_columns_before(const SchemaLock *l, Str unique_id) {
  Value node = val_get(val_get(l->before, STR("nodes")), unique_id);
  Value source = val_get(val_get(l->before, STR("sources")), unique_id);
  return lock_columns(l->arena, node.kind == VAL_DICT ? node : source);
}

// --- writing

Value lock_sorted(Arena *a, Value dict) {
  Str *keys = arena_array(a, Str, dict.dict->n + 1);
  size_t n = 0, at = 0;
  for (DictEntry *e; (e = dict_next(dict.dict, &at));)
    keys[n++] = val_text(e->key);
  sort_items(keys, n, sizeof *keys, str_order);
  Value out = val_dict(a);
  for (size_t i = 0; i < n; i++)
    dict_sets(a, out.dict, keys[i], *dict_gets(dict.dict, keys[i]));
  return out;
}

Value lock_columns_value(Arena *a, const DbColumn *columns, size_t n) {
  Value all = val_dict(a), out = val_dict(a);
  dict_reserve(a, all.dict, n);
  for (size_t i = 0; i < n; i++)
    dict_sets(a, all.dict, columns[i].name, val_str(columns[i].type));
  dict_sets(a, out.dict, STR("columns"), all);
  return out;
}

void lock_replace(SchemaLock *l, Str target, Value section) {
  l->target = target;
  l->section = section;
}

// The file's dict with the section in it, others as they are.
static Value with_section(Arena *a, const SchemaLock *now, const SchemaLock *l, Str project) {
  Value out = val_dict(a), targets = val_dict(a), before = val_get(now->file, STR("targets"));
  size_t at = 0;
  if (before.kind == VAL_DICT)
    for (DictEntry *e; (e = dict_next(before.dict, &at));)
      dict_set(a, targets.dict, e->key, e->value);
  dict_sets(a, targets.dict, l->target, l->section);
  dict_sets(a, out.dict, STR("version"), val_int(LOCK_VERSION));
  dict_sets(a, out.dict, STR("project"), val_str(project));
  dict_sets(a, out.dict, STR("targets"), targets);
  return out;
}

// One writer at a time: the folder's lock, which goes with the process. Where the file system has
// none the last one wins.
static int only_writer(Run *r) {
  int fd = open(str_cstr(&r->arena, r->project->root), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
    ;
  return fd;
}

// The file as it is now, with the section of l in it.
static bool write_file(Run *r, const SchemaLock *now, const SchemaLock *l) {
  Buf out = {0};
  Json j = {.out = &out, .indent = 2, .raw_utf8 = true};
  json_value(&j, with_section(&r->arena, now, l, r->project->packages[0]->name));
  buf_addc(&out, '\n');
  bool good =
      str_eq(buf_str(&out), now->source.text) || fs_write(lock_path(r), buf_str(&out), &r->diags);
  buf_free(&out);
  return good;
}

bool lock_save(Run *r, const SchemaLock *l) {
  int only = only_writer(r);
  SchemaLock now;
  bool good = read_file(r, &now, &r->diags) && write_file(r, &now, l);
  if (only >= 0)
    close(only);
  return good;
}

bool lock_amend(Run *r, Str target, Value sources) {
  Arena *a = &r->arena;
  int only = only_writer(r);
  SchemaLock now, changed;
  bool good = read_file(r, &now, &r->diags);
  Value section = good ? val_get(val_get(now.file, STR("targets")), target) : val_none();
  if (section.kind == VAL_DICT) {
    changed = now;
    changed.target = target;
    changed.section = val_copy(a, section, false);
    Value all = val_get(section, STR("sources")), out = val_dict(a);
    size_t at = 0;
    if (all.kind == VAL_DICT)
      dict_start(a, out.dict, all.dict);
    for (DictEntry *e; (e = dict_next(sources.dict, &at));)
      dict_set(a, out.dict, e->key, e->value);
    dict_sets(a, changed.section.dict, STR("sources"), lock_sorted(a, out));
    good = write_file(r, &now, &changed);
  }
  if (only >= 0)
    close(only);
  return good;
}
