// In: a source whose `from:` names files. Out: its target and the location of its files. An engine
// inside the process has one data folder at a time, so all who need one share it.
#include "files.h"
#include "local_files.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/dialect/file_place.h"
#include "../../compiler/project/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

// --- the engine

static struct {
  pthread_mutex_t lock; // guards what follows
  char folder[4096];    // empty: not made yet
} own = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void remove_folder(void) {
  Diags ignored = {0};
  diags_init(&ignored);
  fs_remove(str_c(own.folder), &ignored);
  diags_free(&ignored);
}

// The engine may write where it wrote first, and nowhere else: one folder for the whole process.
static bool make_folder(Diags *diags) {
  if (*own.folder)
    return true;
  const char *temp = getenv("TMPDIR");
  int n = snprintf(own.folder, sizeof own.folder, "%s/starc-files-XXXXXX",
                   temp && *temp ? temp : "/tmp");
  bool fits = n > 0 && (size_t)n < sizeof own.folder;
  if (fits && mkdtemp(own.folder))
    return atexit(remove_folder) == 0;
  diag_error(diags, CODE_FILE_ACCESS, str_c(fits ? own.folder : temp),
             "no folder can be made for the engine that reads files: %s",
             strerror(fits ? errno : ENAMETOOLONG));
  *own.folder = 0;
  return false;
}

static const Target *target_of(Arena *a, const Project *p, Diags *diags) {
  if (p->target->inside)
    return p->target;
  size_t i = 0;
  while (dialects[i] && !(dialects[i]->source && dialects[i]->source->files))
    i++;
  pthread_mutex_lock(&own.lock);
  bool good = dialects[i] && make_folder(diags);
  pthread_mutex_unlock(&own.lock);
  if (!good)
    return NULL;
  Target *t = arena_new(a, Target);
  *t = (Target){.name = STR("files"),
                .root = p->root,
                .folders = p->target->folders,
                .nfolders = p->target->nfolders,
                .any_file = p->target->any_file,
                .type = str_c(dialects[i]->type),
                .dialect = dialects[i]};
  t->threads = 1;
  t->keys = val_dict(a);
  target_inside(a, t, str_dup(a, str_c(own.folder)));
  return t;
}

// --- what `from:` says

enum { PATH, ENDPOINT, REGION, KEY_ID, SECRET_KEY, SESSION_TOKEN, KEYS };
static const Str keys[] = {STR_INIT("path"),   STR_INIT("endpoint"), STR_INIT("region"),
                           STR_INIT("key_id"), STR_INIT("secret"),   STR_INIT("session_token"),
                           STR_INIT("type")};

// A finding about a key of `from:`.
static Diag *wrong_key(LoadSource *s, Diags *diags, int key, const char *what) {
  const YamlEntry *e = yaml_entry(s->node->load->from->value, keys[key]);
  return diag_at(diags, SEV_ERROR, CODE_CONFIG_VALUE, e->key->src, e->key->span, "%s", what);
}

static bool read_keys(LoadSource *s, Globals *g, Str said[KEYS], Diags *diags) {
  const Yaml *from = s->node->load->from->value;
  bool good = true;
  for (int k = 0; k < KEYS; k++) {
    const Yaml *y = yaml_get(from, keys[k]);
    Value v = val_none();
    said[k] = (Str){0};
    if (!y)
      continue;
    good &= globals_render_yaml(&s->arena, g, y, NULL, NULL, &v, diags);
    if (val_is_seq(v) || val_is(v, VAL_DICT))
      wrong_key(s, diags, k, "a text is wanted here"), good = false;
    else if (!val_is_absent(v))
      said[k] = val_to_str(&s->arena, v);
  }
  for (size_t i = 0; i < from->n; i++) {
    bool known = false;
    for (size_t k = 0; k < COUNT(keys); k++)
      known |= str_eq(keys[k], from->entries[i].key->text);
    if (!known)
      check_unknown(diags, from->entries[i].key, "the files of a load", keys, COUNT(keys));
  }
  return good;
}

static bool keys_fit(LoadSource *s, const Str said[KEYS], Diags *diags) {
  if (!said[KEY_ID].len != !said[SECRET_KEY].len) {
    bool id = said[KEY_ID].len, there = yaml_get(s->node->load->from->value, keys[SECRET_KEY]);
    Diag *d = wrong_key(s, diags, id ? KEY_ID : SECRET_KEY,
                        id ? "a `key_id` needs its `secret`" : "a `secret` needs its `key_id`");
    diag_hint(diags, d,
              id && there ? "the `secret` is empty: is its variable set?"
                          : "without both the files are read as anybody may read them");
    return false;
  }
  if (said[SESSION_TOKEN].len && !said[KEY_ID].len) {
    wrong_key(s, diags, SESSION_TOKEN, "a `session_token` needs its `key_id` and `secret`");
    return false;
  }
  return true;
}

void load_files_aim(LoadSource *s, Globals *g, Diags *diags) {
  Arena *a = &s->arena;
  Str said[KEYS];
  g->secrets = true;
  s->is_files = true;
  bool good = read_keys(s, g, said, diags);
  if (said[SECRET_KEY].len)
    secret_add(said[SECRET_KEY]);
  if (said[SESSION_TOKEN].len)
    secret_add(said[SESSION_TOKEN]);
  Str path = said[PATH], names = load_text(s->node, "files");
  names = names.len ? names : str_cat(a, s->node->load->table, STR(".*"));
  Str folder =
      file_scheme(path) ? path : fs_absolute(a, fs_join(a, s->shared->project->root, path));
  Str location = file_scheme(names) ? names : fs_join(a, folder, names);
  profile_hide_address(location);
  s->files = (LoadFiles){.location = file_at_server(a, location, said[ENDPOINT], said[REGION]),
                         .format = load_text(s->node, "format"),
                         .structure = load_text(s->node, "structure"),
                         .key_id = said[KEY_ID],
                         .secret = said[SECRET_KEY],
                         .session_token = said[SESSION_TOKEN]};
  s->files.in_store = file_in_bucket(location) ||
                      (file_scheme(location) && (said[ENDPOINT].len || said[KEY_ID].len));
  good = good && keys_fit(s, said, diags);
  s->target = good ? target_of(a, s->shared->project, diags) : NULL;
}

// --- what is there

// All names say the same, or nothing is said.
static void choose_format(LoadSource *s) {
  Str where = s->files.location;
  if (s->files.format.len || !s->rules->format_of)
    return;
  if (load_is_address(where)) {
    ptrdiff_t ask = str_find(where, STR("?"), 0);
    s->files.format = s->rules->format_of(ask < 0 ? where : str_sub(where, 0, (size_t)ask));
    return;
  }
  for (size_t i = 0; i < s->seen.n; i++) {
    Str format = s->rules->format_of(s->seen.items[i].path);
    if (i && !str_eq(format, s->files.format))
      format = (Str){0};
    s->files.format = format;
    if (!format.len)
      return;
  }
}

bool load_files_look(LoadSource *s, int64_t *n, DbError *error) {
  LoadRows rows;
  *n = -1;
  if (!load_local_look(s, n, error))
    return false;
  choose_format(s);
  const char *told = s->rules->all_columns ? s->rules->all_columns(&s->files) : NULL;
  if (told && !load_ask(s, str_c(told), &rows, error))
    return false;
  Str sql =
      load_is_address(s->files.location) ? s->rules->count_files(&s->arena, &s->files) : (Str){0};
  if (!sql.len)
    return true;
  if (!load_ask(s, sql, &rows, error))
    return false;
  *n = rows.cells.n ? strtoll(str_cstr(&s->arena, rows.cells.items[0]), NULL, 10) : 0;
  if (*n)
    return true;
  Str names = load_text(s->node, "files");
  return load_wrong(s, error, names.len ? "files" : "name", (Str){0},
                    str_fmt(&s->arena, "looked for %.*s", STR_ARG(s->files.location)),
                    "'%.*s' has no file to read", STR_ARG(s->node->name));
}

// What object stores and servers say, and what is usually the cause. The first that is found.
static const struct {
  const char *said, *hint;
} causes[] = {
    {"NoSuchBucket",                   "is the bucket's name right in `path`?"                             },
    {"InvalidAccessKeyId",             "check `key_id` in `from:`: the store does not know it"             },
    {"SignatureDoesNotMatch",          "check `secret` in `from:`: it is not the one of that `key_id`"     },
    {"InvalidToken",                   "check `session_token` in `from:`: it is not valid"                 },
    {"ExpiredToken",                   "`session_token` in `from:` is not valid any more: get a new one"   },
    {"AccessDenied",                   "the key may not read this: check its rights, `key_id` and `secret`"},
    {"Access Denied",                  "the key may not read this: check its rights, `key_id` and `secret`"},
    {"HTTP response code: 403",
     "the key may not read this: check its rights, `key_id` and `secret`"                                  },
    {"status code: 403",               "the server does not let you read this: does it want a key?"        },
    {"NoSuchKey",                      "no such file: check `path` and `files`"                            },
    {"HTTP response code: 404",        "no such file or no such bucket: check `path` and `files`"          },
    {"status code: 404",               "no such file: check `path` and `files`"                            },
    {"PermanentRedirect",              "the bucket is in another region: `region:` in `from:` names it"    },
    {"message: ''",                    "the store gives no reason: does it want a `key_id` and a `secret`?"},
    {"Not found address",
     "is the host's name right? `endpoint:` in `from:` names a store of your own"                          },
    {"EMPTY_DATA_PASSED",
     "no row is there that tells types: `structure: \"id Int64, name String\"` says them"                  },
    {"CANNOT_EXTRACT_TABLE_STRUCTURE",
     "`structure: \"id Int64, name String\"` says what the files do not tell"                              },
    {"inflate failed",                 "a packed file is cut off or damaged: is it still on its way?"      },
    {"Connection refused",             "nothing answers there: check `endpoint` and `path` in `from:`"     },
};

void load_files_failed(LoadSource *s, DbError *error) {
  Str where = s->files.location, hint = error->hint;
  for (size_t i = 0; i < COUNT(causes) && !hint.len; i++)
    if (str_find(error->message, str_c(causes[i].said), 0) >= 0)
      hint = str_c(causes[i].hint);
  error->hint = hint.len
                    ? str_fmt(&s->arena, "%.*s; looked for %.*s", STR_ARG(hint), STR_ARG(where))
                    : str_fmt(&s->arena, "looked for %.*s", STR_ARG(where));
}
