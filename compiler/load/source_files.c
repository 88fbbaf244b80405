// In: the config of a source that names files. Out: what stands for the source in a statement, the
// database's own table function. Keys of object stores are rendered here, and stand nowhere else:
// config, and so the manifest, has them as they were written.
#include "source_files.h"

#include "../base/fs.h"
#include "../base/secret.h"
#include "../dialect/file_place.h"
#include "../dialect/load_source.h"
#include "../graph/config_place.h"

enum { KEY_ID, SECRET_KEY, SESSION_TOKEN, ENDPOINT, REGION, FORMAT, STRUCTURE, TEXTS };
static const Str text_keys[TEXTS] = {
    STR_INIT("key_id"), STR_INIT("secret"), STR_INIT("session_token"), STR_INIT("endpoint"),
    STR_INIT("region"), STR_INIT("format"), STR_INIT("structure")};

// Where a key was written in the source's YAML; NULL: elsewhere, or nowhere.
static const Yaml *yaml_of(const Node *n, Str key) {
  const Yaml *both[] = {n->patch, n->info->yaml};
  for (size_t i = 0; i < 2; i++) {
    const Yaml *config = yaml_get(both[i], STR("config"));
    const Yaml *places[] = {config, yaml_get(config, STR("meta")), yaml_get(both[i], STR("meta"))};
    for (size_t k = 0; k < COUNT(places); k++)
      if (yaml_get(places[k], key))
        return yaml_get(places[k], key);
  }
  return NULL;
}

// Where a key was written; where nobody knows, the table's name.
static const Source *place_of(const Load *load, const Node *n, Str key, Span *span) {
  const Yaml *at = yaml_of(n, key), *name = yaml_get(n->patch, STR("name"));
  const Source *src = at ? at->src : name ? name->src : n->patch_source;
  *span = at ? at->span : name ? name->span : (Span){0};
  if (!at)
    node_config_place(n, load->p->packages[0], key, &src, span);
  return src;
}

static Diag *wrong(Load *load, const Node *n, Str key, Code code, const char *what) {
  Span span;
  const Source *src = place_of(load, n, key, &span);
  return diag_at(load->diags, SEV_ERROR, code, src, span, "%s", what);
}

// --- what is said

// The location and the key that has it; empty: none.
static Value said_location(const Node *n, Str *key) {
  static const Str keys[] = {STR_INIT("location"), STR_INIT("external_location")};
  for (size_t i = 0; i < 2; i++) {
    Value v = node_config(n, keys[i]);
    *key = keys[i];
    if (!val_is_absent(v) && val_truth(v))
      return v;
  }
  return val_get(node_config(n, STR("meta")), keys[1]);
}

// A key of an object store is left as written in config: only here it becomes a text.
static bool text_of(Load *load, const Node *n, Str key, Str *out) {
  Value v = node_config(n, key);
  const Yaml *at = yaml_of(n, key);
  *out = (Str){0};
  if (at) {
    Globals with_secrets = load->globals[n->package->index];
    with_secrets.secrets = true;
    if (!globals_render_yaml(load->a, &with_secrets, at, NULL, NULL, &v, load->diags))
      return false;
  }
  if (val_is_seq(v) || val_is(v, VAL_DICT)) {
    wrong(load, n, key, CODE_WRONG_TYPE, "a text is wanted here");
    return false;
  }
  if (!val_is_absent(v))
    *out = val_to_str(load->a, v);
  return true;
}

static bool keys_fit(Load *load, const Node *n, const Str said[TEXTS]) {
  if (!said[KEY_ID].len != !said[SECRET_KEY].len) {
    bool id = said[KEY_ID].len;
    Diag *d = wrong(load, n, text_keys[id ? KEY_ID : SECRET_KEY], CODE_CONFIG_VALUE,
                    id ? "a `key_id` needs its `secret`" : "a `secret` needs its `key_id`");
    diag_hint(load->diags, d,
              "is its variable set? Without both the files are read as anybody may "
              "read them");
    return false;
  }
  if (said[SESSION_TOKEN].len && !said[KEY_ID].len) {
    wrong(load, n, text_keys[SESSION_TOKEN], CODE_CONFIG_VALUE,
          "a `session_token` needs its `key_id` and `secret`");
    return false;
  }
  return true;
}

// {name}, {identifier}, {schema} ... of the source. Other braces are the pattern's own: {a,b}.
static Str filled(Arena *a, const Node *n, Str text) {
  const struct {
    Str name, value;
  } words[] = {
      {STR("{name}"),        n->name             },
      {STR("{identifier}"),  n->info->identifier },
      {STR("{schema}"),      n->schema           },
      {STR("{database}"),    n->database         },
      {STR("{source_name}"), n->info->source_name},
  };
  Buf out = {.arena = a};
  for (size_t i = 0; i < text.len;) {
    size_t k = 0;
    Str rest = str_sub(text, i, text.len);
    while (k < COUNT(words) && !str_starts(rest, words[k].name))
      k++;
    if (k < COUNT(words))
      buf_add(&out, words[k].value);
    else
      buf_addc(&out, text.ptr[i]);
    i += k < COUNT(words) ? words[k].name.len : 1;
  }
  return buf_str(&out);
}

// "read_csv('x')": dbt-duckdb takes SQL too.
static bool is_call(Str location) {
  size_t i = 0;
  while (i < location.len && str_word_char(location.ptr[i]))
    i++;
  return i && i < location.len && location.ptr[i] == '(' && str_ends(location, STR(")"));
}

// --- the target

// False: it cannot read these files.
static bool target_reads(Load *load, const Node *n, Str key, Str location) {
  const Target *t = load->p->target;
  const Dialect *d = load->shared->dialect;
  bool own_key = str_is(key, "location");
  if (!d || !t)
    return false;
  if (!d->source || !d->source->files) {
    if (!own_key) // dbt's other adapters know nothing of the key
      return false;
    Diag *f = wrong(load, n, key, CODE_CONFIG_VALUE,
                    str_cstr(load->a, str_fmt(load->a,
                                              "%s reads no files: '%.*s' is none of its "
                                              "tables",
                                              d->title, STR_ARG(n->name))));
    diag_hint(load->diags, f,
              "`starc load` brings files into it (type: files); or give `location` a value for "
              "another target alone: \"{{ '..' if target.type == 'clickhouse' }}\"");
    return false;
  }
  if (t->inside || file_scheme(location))
    return true;
  Diag *f = wrong(load, n, key, CODE_CONFIG_VALUE,
                  str_cstr(load->a, str_fmt(load->a,
                                            "'%.*s' is a path of this machine, and the target "
                                            "'%.*s' is a server",
                                            STR_ARG(location), STR_ARG(t->name))));
  diag_hint(load->diags, f,
            "put the files where the server reads them (s3://, https://), or let `starc load` "
            "bring them (type: files)");
  return false;
}

static void set_reads(Load *load, Node *n, Str location) {
  Arena *a = load->a;
  Str said[TEXTS];
  bool good = true;
  for (size_t k = 0; k < TEXTS; k++)
    good &= text_of(load, n, text_keys[k], &said[k]);
  secret_add(said[SECRET_KEY]);
  secret_add(said[SESSION_TOKEN]);
  if (!good || !keys_fit(load, n, said))
    return;
  bool scheme = file_scheme(location);
  Str path = scheme ? location : fs_absolute(a, fs_join(a, load->p->root, location));
  profile_hide_address(path);
  LoadFiles files = {.location = file_at_server(a, path, said[ENDPOINT], said[REGION]),
                     .format = said[FORMAT],
                     .structure = said[STRUCTURE],
                     .key_id = said[KEY_ID],
                     .secret = said[SECRET_KEY],
                     .session_token = said[SESSION_TOKEN],
                     .in_store = file_in_bucket(path) ||
                                 (scheme && (said[ENDPOINT].len || said[KEY_ID].len)),
                     .settings = node_config(n, STR("settings"))};
  n->info->location = files.location;
  n->info->reads = load->shared->dialect->source->files(a, &files);
}

// A secret that stands in the file itself is hidden first: findings show lines of the file.
static void hide_written(const Node *n) {
  static const int hidden[] = {SECRET_KEY, SESSION_TOKEN};
  for (size_t i = 0; i < COUNT(hidden); i++) {
    const Yaml *at = yaml_of(n, text_keys[hidden[i]]);
    if (at && at->kind == YAML_SCALAR && str_find(at->text, STR("{{"), 0) < 0)
      secret_add(at->text);
  }
}

void load_hide_model_keys(const Node *n) {
  static const int hidden[] = {SECRET_KEY, SESSION_TOKEN};
  bool writes = n->kind == NODE_MODEL && str_is(node_materialized(n), "external");
  for (size_t i = 0; writes && i < COUNT(hidden); i++) {
    Value v = node_config(n, text_keys[hidden[i]]);
    if (val_is(v, VAL_STR) && str_find(val_text(v), STR("{{"), 0) < 0)
      secret_add(val_text(v));
  }
}

void load_source_files(Load *load, Node *n) {
  Str key;
  hide_written(n);
  Value said = said_location(n, &key);
  if (!n->enabled || val_is_absent(said) || !val_truth(said))
    return;
  if (said.kind != VAL_STR) {
    wrong(load, n, key, CODE_WRONG_TYPE, "a location is a text: a path or an address");
    return;
  }
  Str location = filled(load->a, n, val_text(said));
  bool call = is_call(location);
  if (!target_reads(load, n, key, call ? STR("://") : location))
    return;
  n->info->location_src = place_of(load, n, key, &n->info->location_span);
  if (call)
    n->info->reads = n->info->location = location;
  else
    set_reads(load, n, location);
}
