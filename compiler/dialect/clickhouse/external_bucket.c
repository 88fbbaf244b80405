// External models in a bucket. In: the config of a model. Out: the table functions that write its
// object and read it. A store shows an object when all of it has come, so it is written where it
// stays; what a killed run had sent is an upload that nobody sees. A folder of partitions is not
// written: no step puts one folder in another's place, and rows of partitions that are gone would
// stay.
#include "../../base/fs.h"
#include "../../base/secret.h"
#include "../../project/globals.h"
#include "../file_place.h"
#include "../load_source.h"
#include "clickhouse.h"
#include "external.h"

// A key of the store: where it stands as a template in the text of the config, a secret of the
// environment may be in it. False: *why says what is wrong with it.
static bool store_key(Arena *a, const Context *c, const char *key, Str *out, Value *why) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = c->node->original_path, .text = external_text(c->node, key)};
  *out = src->text;
  if (str_find(src->text, STR("{{"), 0) < 0)
    return true;
  Globals g;
  Value v = val_none();
  Diags diags;
  globals_init(a, &g, c->shared->project);
  g.package = c->node->package;
  g.secrets = true;
  diags_init(&diags);
  bool good = globals_render(a, &g, src, &v, &diags);
  if (good)
    *out = val_is_absent(v) ? (Str){0} : val_to_str(a, v);
  else
    *why = external_trouble(a, key, str_dup(a, diags.first->message), (Str){0});
  diags_free(&diags);
  return good;
}

static Value wrong_keys(Arena *a, const LoadFiles *f) {
  Str hint = STR("is its variable set? Without both the bucket is written to as anybody may");
  if (!f->key_id.len != !f->secret.len)
    return f->key_id.len
               ? external_trouble(a, "key_id", STR("a `key_id` needs its `secret`"), hint)
               : external_trouble(a, "secret", STR("a `secret` needs its `key_id`"), hint);
  if (f->session_token.len && !f->key_id.len)
    return external_trouble(a, "session_token",
                            STR("a `session_token` needs its `key_id` and `secret`"), (Str){0});
  return val_none();
}

// An object of no bytes; and how many objects have the location's name, without reading one.
static void put_looks(Arena *a, Value plan, LoadFiles f) {
  Str name = f.location;
  f.format = STR("RawBLOB");
  f.structure = STR("nothing String");
  dict_sets(a, plan.dict, STR("empty"), val_str(clickhouse_source.files(a, &f)));
  f.location = str_cat(a, str_sub(name, 0, name.len - 1), STR("?")); // a pattern: none is no error
  f.format = STR("One");
  f.structure = STR("one UInt8");
  Str like = str_fmt(a, "endsWith(_path, %.*s)",
                     STR_ARG(clickhouse_source.literal(
                         a, str_sub(name, (size_t)str_rfind(name, STR("/")), name.len))));
  dict_sets(a, plan.dict, STR("there"),
            val_str(str_fmt(a, "select count() from %.*s where %.*s",
                            STR_ARG(clickhouse_source.files(a, &f)), STR_ARG(like))));
}

Value external_bucket(Arena *a, const Context *c, Str location, Str structure) {
  const Node *n = c->node;
  Str endpoint, region;
  Value why = val_none();
  LoadFiles f = {.in_store = true, .structure = structure, .format = external_text(n, "format")};
  if (!store_key(a, c, "key_id", &f.key_id, &why) || !store_key(a, c, "secret", &f.secret, &why) ||
      !store_key(a, c, "session_token", &f.session_token, &why) ||
      !store_key(a, c, "endpoint", &endpoint, &why) || !store_key(a, c, "region", &region, &why))
    return why;
  secret_add(f.secret);
  secret_add(f.session_token);
  why = wrong_keys(a, &f);
  if (val_is(why, VAL_DICT))
    return why;
  f.location = file_at_server(a, location, endpoint, region);
  if (!f.format.len)
    f.format = external_format(fs_basename(location), false);
  Value plan = val_dict(a);
  dict_sets(a, plan.dict, STR("write"), val_str(clickhouse_source.files(a, &f)));
  dict_sets(a, plan.dict, STR("read"), val_str(clickhouse_source.files(a, &f)));
  dict_sets(a, plan.dict, STR("partition"), val_none());
  dict_sets(a, plan.dict, STR("location"), val_str(location));
  dict_sets(a, plan.dict, STR("replaces"), val_bool(external_replaces(c)));
  dict_sets(a, plan.dict, STR("settings"), val_lit("s3_truncate_on_insert = 1"));
  put_looks(a, plan, f);
  return plan;
}
