// Models whose rows are a file, or a folder of files by partition (materialization external). In:
// the config of a model. Out: where its rows are written beside, as the engine's table functions,
// and then in their place: one rename, or two folders that change places. Statements are in
// macros/clickhouse/external.sql.
//
// The engine writes below its data folder, which no pattern of the project's readers finds and
// where it may always write, or, where the location is on another file system, into a hidden folder
// beside it. starc itself moves what is whole, so it looks first whether the project may write
// there: where the engine could. Buckets are external_bucket.c's.
#include "external.h"
#include "../../base/fs.h"
#include "../../base/hash.h"
#include "../../base/system.h"
#include "../../context/evaluation.h"
#include "../../context/external_place.h"

#include "../file_place.h"
#include "../load_source.h"
#include "clickhouse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char marker[] = ".starc_external"; // of a folder that starc made, and may replace

// --- what the config says

Str external_text(const Node *n, const char *key) {
  Value v = node_config(n, str_c(key));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

Str external_format(Str name, bool parts) {
  return parts || str_find(name, STR("."), 0) < 0 ? STR("Parquet")
                                                  : clickhouse_source.format_of(name);
}

Value external_trouble(Arena *a, const char *key, Str message, Str hint) {
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("key"), val_str(str_c(key)));
  dict_sets(a, d.dict, STR("error"), val_str(message));
  dict_sets(a, d.dict, STR("hint"), val_text_or_none(hint));
  return d;
}

// The ending of a file of a format, as people give it.
static Str ending(Arena *a, Str format) {
  static const char *const first[] = {"parquet", "csv", "tsv", "jsoneachrow", "arrow", "orc"};
  static const char *const shown[] = {"parquet", "csv", "tsv", "jsonl", "arrow", "orc"};
  char *low = str_cstr(a, format);
  for (size_t i = 0; low[i]; i++)
    if (low[i] >= 'A' && low[i] <= 'Z')
      low[i] += 'a' - 'A';
  for (size_t i = 0; i < COUNT(first); i++)
    if (str_starts(str_c(low), str_c(first[i])))
      return str_c(shown[i]);
  return str_c(low);
}

// --- where it may be written

// In a folder of the project, but neither at its top nor in hidden ones; or where file_access says.
static bool may_write(Arena *a, const Target *t, Str path) {
  Str real = fs_real_part(a, path), root = fs_real(a, t->root);
  if (t->any_file)
    return true;
  for (size_t i = 0; i < t->nfolders; i++)
    if (fs_is_below(real, fs_real(a, t->folders[i])))
      return true;
  if (!fs_is_below(real, root))
    return false;
  Str rest = str_sub(real, root.len + 1, real.len);
  return str_find(rest, STR("/"), 0) > 0 && rest.ptr[0] != '.' && str_find(rest, STR("/."), 0) < 0;
}

static bool same_system(Arena *a, Str one, Str other) {
  struct stat x, y;
  return stat(str_cstr(a, one), &x) == 0 && stat(str_cstr(a, other), &y) == 0 &&
         x.st_dev == y.st_dev;
}

// The folder in which the node's rows are written; empty: it cannot be made.
static Str beside(Arena *a, const Context *c, Str location, Diags *diags) {
  const Target *t = c->shared->project->target;
  Str data = fs_absolute(a, fs_join(a, t->root, target_str(t, STR("path"), STR(""))));
  Str made = fs_join(a, data, str_fmt(a, "starc_external/%.*s", STR_ARG(c->node->id)));
  Str parent = fs_dirname(a, location);
  if (!fs_remove(made, diags) || !fs_mkdirs(made, diags) || !fs_mkdirs(parent, diags))
    return (Str){0};
  if (same_system(a, made, parent))
    return made;
  fs_remove(made, diags);
  made = fs_join(a, parent, str_fmt(a, ".starc_%.*s", STR_ARG(c->node->id)));
  return fs_remove(made, diags) && fs_mkdirs(made, diags) ? made : (Str){0};
}

// What says that an external model made the file at a location, and so may replace it. A folder has
// a file of its own for that.
static Str made_mark(Arena *a, const Target *t, Str location) {
  char sum[33];
  hash_md5_hex(fs_real_part(a, location), sum);
  Str data = fs_join(a, t->root, target_str(t, STR("path"), STR("")));
  return fs_join(a, fs_absolute(a, data), str_fmt(a, "starc_external_made/%s", sum));
}

// --- the plan

static Str structure_of(Arena *a, Value columns) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < val_count(columns); i++) {
    Value pair = columns.list->items[i];
    buf_addf(&b, "%s", i ? ", " : "");
    dialect_clickhouse.quote_name(&b, val_to_str(a, pair.list->items[0]));
    buf_addf(&b, " %.*s", STR_ARG(val_to_str(a, pair.list->items[1])));
  }
  return buf_str(&b);
}

// "concat('country=', .., '/year=', ..)": the folders of a partition, as Hive names them.
static Str partition_of(Arena *a, Value by) {
  Buf b = {.arena = a};
  Value one = by;
  size_t n = val_is_seq(by) ? val_count(by) : val_is(by, VAL_STR) && val_text(by).len;
  if (!n)
    return (Str){0};
  buf_adds(&b, "concat('', ");
  for (size_t i = 0; i < n; i++) {
    if (val_is_seq(by))
      one = by.list->items[i];
    Str column = val_to_str(a, one);
    buf_addf(&b, "%s%.*s, ", i ? "'/', " : "",
             STR_ARG(clickhouse_source.literal(a, str_cat(a, column, STR("=")))));
    buf_adds(&b, "ifNull(encodeURLComponent(toString(");
    dialect_clickhouse.quote_name(&b, column);
    buf_addf(&b, ")), '__HIVE_DEFAULT_PARTITION__')%s", i + 1 < n ? ", " : ")");
  }
  return buf_str(&b);
}

bool external_replaces(const Context *c) {
  Value overwrite = node_config(c->node, STR("overwrite"));
  return !val_is(overwrite, VAL_BOOL) || val_truth(overwrite) ||
         (c->shared->flags && c->shared->flags->full_refresh);
}

// Somebody wrote that it does, whatever is there.
static bool must_replace(const Context *c) {
  return external_replaces(c) && ((c->shared->flags && c->shared->flags->full_refresh) ||
                                  val_is(node_config(c->node, STR("overwrite")), VAL_BOOL));
}

// Why the location cannot be written to; none: it can.
static Value refused(Arena *a, const Context *c, Str location, bool parts) {
  const Target *t = c->shared->project->target;
  Str shown = str_fmt(a, "'%.*s'", STR_ARG(location));
  if (file_in_bucket(location))
    return parts ? external_trouble(a, "partition_by",
                                    STR("a folder of partitions cannot be written into a bucket"),
                                    STR("no store puts a folder in another's place: leave "
                                        "`partition_by` out, or write below the project"))
                 : val_none();
  if (!t->inside || file_scheme(location))
    return external_trouble(
        a, "location",
        str_fmt(a,
                "%.*s cannot be written: an external model is a file of this machine or of a "
                "bucket",
                STR_ARG(shown)),
        t->inside
            ? STR("give a path of the project, or a bucket's: location: exports/{name}.parquet")
            : STR("a server writes to buckets: location: s3://..; files of this machine are "
                  "written by the embedded ClickHouse (driver: embedded)"));
  if (!may_write(a, t, location))
    return external_trouble(
        a, "location", str_cat(a, shown, STR(" is not where this project may write")),
        STR("below a folder of the project, neither hidden nor a link out of it; "
            "`file_access` of the profile opens others"));
  if (!fs_exists(location))
    return val_none();
  if (!external_replaces(c))
    return external_trouble(a, "overwrite", str_cat(a, shown, STR(" is there already")),
                            STR("`overwrite: true` or --full-refresh replaces it"));
  if (parts != fs_is_dir(location))
    return external_trouble(a, "location",
                            str_fmt(a, "%.*s is a %s, and the model's rows are a %s",
                                    STR_ARG(shown), parts ? "file" : "folder",
                                    parts ? "folder" : "file"),
                            STR("name another location, or remove what is there"));
  if (parts && !fs_exists(fs_join(a, location, str_c(marker))))
    return external_trouble(a, "location",
                            str_cat(a, shown, STR(" is a folder that no external model made")),
                            STR("a build would take all that is in it: name a new folder"));
  if (!parts && !must_replace(c) && !fs_exists(made_mark(a, t, location)))
    return external_trouble(
        a, "location",
        str_cat(a, shown,
                STR(" is there already, and no external model of this warehouse made it")),
        STR("name another file; or, if nobody needs it, `overwrite: true` in the config or "
            "--full-refresh replaces it"));
  return val_none();
}

Value clickhouse_external(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  const Node *n = c->node;
  Str location = external_place(a, n, c->shared->project->root);
  Str format = external_text(n, "format");
  if (!location.len)
    return external_trouble(a, "materialized", STR("an external model needs a `location`"),
                            STR("as in location: exports/{name}.parquet"));
  Str by = partition_of(a, node_config(n, STR("partition_by")));
  Value wrong = refused(a, c, location, by.len);
  if (val_is(wrong, VAL_DICT))
    return wrong;
  if (file_in_bucket(location))
    return external_bucket(a, c, location, structure_of(a, v[1]));
  Str last = fs_basename(location);
  if (!format.len)
    format = external_format(last, by.len);
  Diags diags;
  diags_init(&diags);
  Str made = beside(a, c, location, &diags);
  Str why = diags.first ? str_dup(a, diags.first->message) : (Str){0};
  diags_free(&diags);
  if (!made.len)
    return external_trouble(a, "location", why, (Str){0});
  Str name = by.len ? str_cat(a, STR("data."), ending(a, format)) : last;
  Str inner = fs_join(a, made, by.len ? STR("rows") : last);
  Str structure = structure_of(a, v[1]);
  LoadFiles write = {.format = format, .structure = structure}, read = write;
  write.location =
      by.len ? str_fmt(a, "%.*s/{_partition_id}/%.*s", STR_ARG(inner), STR_ARG(name)) : inner;
  read.location = location;
  Value keys = node_config(n, STR("partition_by"));
  for (size_t i = 0; by.len && i < (val_is_seq(keys) ? val_count(keys) : 1); i++)
    read.location = str_cat(a, read.location, STR("/*"));
  if (by.len)
    read.location = fs_join(a, read.location, name);
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("write"), val_str(clickhouse_source.files(a, &write)));
  dict_sets(a, d.dict, STR("read"), val_str(clickhouse_source.files(a, &read)));
  dict_sets(a, d.dict, STR("partition"), val_text_or_none(by));
  dict_sets(a, d.dict, STR("settings"), val_lit("engine_file_truncate_on_insert = 1"));
  dict_sets(a, d.dict, STR("location"), val_str(location));
  dict_sets(a, d.dict, STR("folder"), val_str(made));
  dict_sets(a, d.dict, STR("beside"), val_str(inner));
  return d;
}

// --- in its place

// A query without rows leaves no file: an empty one has none either.
static bool complete(Arena *a, Str path, bool parts, Diags *diags) {
  if (parts)
    return fs_mkdirs(path, diags) && fs_write(fs_join(a, path, str_c(marker)), STR(""), diags);
  return fs_exists(path) || fs_write(path, STR(""), diags);
}

// Before it is in its place: a run that is killed then may be run again.
static bool mark_made(Arena *a, const Context *c, Str location, Diags *diags) {
  Str mark = made_mark(a, c->shared->project->target, location);
  return fs_exists(mark) ||
         (fs_mkdirs(fs_dirname(a, mark), diags) && fs_write(mark, location, diags));
}

// What was there is beside then, or gone.
static bool put(Arena *a, Str from, Str to) {
  char *one = str_cstr(a, from), *other = str_cstr(a, to);
  if (!fs_is_dir(from) || !fs_exists(to))
    return rename(one, other) == 0;
  if (system_exchange(one, other))
    return true;
  char *aside = str_cstr(a, str_cat(a, from, STR(".old"))); // the file system exchanges nothing
  return rename(other, aside) == 0 && rename(one, other) == 0;
}

Value clickhouse_external_put(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value plan = v[0];
  if (val_is_absent(val_get(plan, STR("beside")))) // it is in its place
    return val_dict(a);
  Str from = val_text(val_get(plan, STR("beside"))), to = val_text(val_get(plan, STR("location")));
  Str folder = val_text(val_get(plan, STR("folder"))), why = {0};
  bool parts = !val_is_absent(val_get(plan, STR("partition")));
  Diags diags;
  diags_init(&diags);
  if (!complete(a, from, parts, &diags) || !(parts || mark_made(a, context_of(ev), to, &diags)))
    why = str_dup(a, diags.first ? diags.first->message : STR("it cannot be written"));
  else if (!put(a, from, to))
    why = str_fmt(a, "what was written cannot take the place of '%.*s': %s", STR_ARG(to),
                  strerror(errno));
  fs_remove(folder, &diags);
  diags_free(&diags);
  return why.len ? external_trouble(a, "location", why, (Str){0}) : val_dict(a);
}
