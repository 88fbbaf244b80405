// In: profiles.yml and what names a profile and a target. Out: the target with typed keys, aliases
// resolved, passwords kept apart. Leaves connecting to the engines.
#include "../base/fs.h"
#include "../base/vec.h"
#include "check.h"
#include "profile_parts.h"
#include "project.h"

#include <stddef.h>
#include <stdlib.h>

enum { I = TYPE_INT, S = TYPE_STR, L = TYPE_LIST };

static const ProfileGuard file_access = {
    .option = offsetof(ProjectOptions, allow_files),
    .code = CODE_PROFILE_FILES,
    .finding = "a profiles.yml in the project's folder cannot open files outside of it",
    .hint = "put the profile into ~/.dbt/profiles.yml, or say --allow-files",
    .modest = "project",
};

// clang-format off
const ProfileKey profile_keys[] = {
    // name, types; the words are last
    {"type",                  S, .required = true, .doc = "the database, one of those below"},
    {"threads",               I, .fallback = "1", .doc = "how many nodes are built at once"},
    {"file_access",           S | L, .fallback = "project", .guard = &file_access,
     .doc = "files that loads read, and SQL of the embedded ClickHouse opens by file(), INTO OUTFILE ...: project, any, or a list of further folders"},
    {0},
};
// clang-format on
enum { NCOMMON = COUNT(profile_keys) - 1 };

const ProfileKey *profile_key_at(const Dialect *d, size_t i) {
  const ProfileKey *k = i < NCOMMON ? &profile_keys[i] : &d->profile->keys[i - NCOMMON];
  return k->name ? k : NULL;
}

const ProfileStart *profile_start(Str type) {
  for (size_t i = 0; dialects[i]; i++)
    for (const ProfileStart *start = dialects[i]->profile->starts; start->type; start++)
      if (!type.len || str_eq(type, str_c(start->type)))
        return start;
  return NULL;
}

const char *profile_start_types(void) {
  static char types[128];
  Buf out = {.ptr = types, .cap = sizeof types};
  for (size_t i = 0; dialects[i]; i++)
    for (const ProfileStart *start = dialects[i]->profile->starts; start->type; start++)
      if (out.len + strlen(start->type) + 2 < sizeof types)
        buf_addf(&out, "%s%s", out.len ? "|" : "", start->type);
  types[out.len] = 0;
  return types;
}

// --- reading keys of a target
Value target_value(const Target *t, Str key) {
  Value v = val_get(t->keys, key);
  return v.kind == VAL_NONE ? val_undef(NULL) : v;
}

Str target_str(const Target *t, Str key, Str otherwise) {
  Value v = target_value(t, key);
  return v.kind == VAL_STR ? val_text(v) : otherwise;
}

int64_t target_int(const Target *t, Str key, int64_t otherwise) {
  Value v = target_value(t, key);
  return v.kind == VAL_INT ? v.i : otherwise;
}

bool target_bool(const Target *t, Str key, bool otherwise) {
  Value v = target_value(t, key);
  return v.kind == VAL_BOOL ? v.b : otherwise;
}

// --- finding the file

// What is offered where a profile is missing.
#define OR_EMBEDDED "or --embedded: a warehouse inside starc, in .starc/warehouse)"
#define ASK_EMBEDDED " (" OR_EMBEDDED

// A path as a person writes it: what is below the home folder begins with ~.
static Str homely(Arena *a, Str path) {
  Str home = fs_home(a);
  bool below =
      home.len > 1 && str_starts(path, home) && str_sub(path, home.len, path.len).ptr[0] == '/';
  return below ? str_cat(a, STR("~"), str_sub(path, home.len, path.len)) : path;
}

static bool try_dir(Search *s, Str dir, Str *path) {
  *path = fs_join(s->arena, dir, STR("profiles.yml"));
  buf_addf(&s->looked, "%s%.*s", s->looked.len ? ", " : "", STR_ARG(homely(s->arena, *path)));
  return fs_exists(*path);
}

static Str env_dir(Arena *a, Str name) {
  Str dir = {0};
  return project_env(a, name, &dir) ? dir : (Str){0};
}

// Whether a folder is `top` or lies in it, whatever links lead there.
bool profile_is_below(Arena *a, Str folder, Str top) {
  Str inner = fs_real(a, folder), outer = fs_real(a, top);
  return str_starts(inner, outer) &&
         (inner.len == outer.len || inner.ptr[outer.len] == '/' || outer.ptr[outer.len - 1] == '/');
}

// *path is empty when there is no profiles.yml anywhere. False: a folder was named and has none.
static bool find_file(Search *s, Str *path) {
  Arena *a = s->arena;
  Str named[] = {s->o->profiles_dir, env_dir(a, STR("STARC_PROFILES_DIR")),
                 env_dir(a, STR("DBT_PROFILES_DIR"))};
  for (size_t i = 0; i < 3; i++)
    if (named[i].len) {
      s->of_user = !s->o->profiles_by_dotenv && !profile_is_below(a, named[i], s->root);
      if (try_dir(s, named[i], path))
        return true;
      static const char *const who[] = {"--profiles-dir", "STARC_PROFILES_DIR", "DBT_PROFILES_DIR"};
      Diag *f = diag_error(s->diags, CODE_PROFILES_MISSING, *path, "there is no such file");
      diag_hint(s->diags, f,
                "%s names its folder: dbt looked for a profiles.yml file in %.*s" ASK_EMBEDDED,
                who[i], STR_ARG(named[i]));
      return false;
    }
  Str home = fs_home(a);
  Str dirs[] = {s->root, fs_join(a, home, STR(".starc")), fs_join(a, home, STR(".dbt"))};
  for (size_t i = 0; i < 3; i++) {
    s->of_user = !profile_is_below(a, dirs[i], s->root);
    if (try_dir(s, dirs[i], path))
      return true;
  }
  *path = (Str){0};
  return true;
}

// --- choosing
static Str names_of(Arena *a, const Yaml *dict, Str **names, size_t *n) {
  Buf b = {.arena = a};
  *names = arena_array(a, Str, dict->n);
  *n = 0;
  for (size_t i = 0; i < dict->n; i++) {
    Str name = dict->entries[i].key->text;
    if (str_is(name, "config") && dict->n > 1)
      continue; // dbt's old global settings
    buf_add_listed(&b, *n, name);
    (*names)[(*n)++] = name;
  }
  buf_add_more(&b, *n);
  return str_n(buf_cstr(&b), b.len);
}

// `profile`: whose target is not there; empty: the profile itself is not.
static void no_such(Search *s, const Yaml *at, Span span, Str profile, Str name, const Yaml *dict) {
  Str *names;
  size_t n;
  Str all = names_of(s->arena, dict, &names, &n);
  Diag *f = profile.len ? diag_at(s->diags, SEV_ERROR, CODE_PROFILE_TARGET, at->src, span,
                                  "The profile '%.*s' does not have a target named '%.*s'.",
                                  STR_ARG(profile), STR_ARG(name))
                        : diag_at(s->diags, SEV_ERROR, CODE_PROFILE_NOT_FOUND, at->src, span,
                                  "Could not find profile named '%.*s'", STR_ARG(name));
  Str near = str_hint_for(s->arena, name, names, n);
  if (!near.len)
    near = str_fmt(s->arena, "there %s: %.*s", n == 1 ? "is" : "are", STR_ARG(all));
  if (profile.len)
    diag_hint(s->diags, f, "%.*s", STR_ARG(near));
  else
    diag_hint(s->diags, f, "%.*s (in %.*s; " OR_EMBEDDED, STR_ARG(near), STR_ARG(dict->src->path));
}

// There is no profiles.yml, and something that is asked for has to stand in it.
static void no_file(Search *s, Str name) {
  const Yaml *y = s->chosen_at;
  Str asked = name.len ? name : s->o->target;
  const char *what = name.len ? "profile" : "target";
  Diag *f = y && name.len ? diag_at(s->diags, SEV_ERROR, CODE_PROFILES_MISSING, y->src, y->span,
                                    "Could not find profile named '%.*s': there is no profiles.yml",
                                    STR_ARG(name))
                          : diag_error(s->diags, CODE_PROFILES_MISSING,
                                       name.len ? STR("--profile") : STR("--target"),
                                       "Could not find %s named '%.*s': there is no profiles.yml",
                                       what, STR_ARG(asked));
  diag_hint(s->diags, f, "looked for %.*s" ASK_EMBEDDED, STR_ARG(s->looked));
}

static bool need_dict(Search *s, const Yaml *y, const char *what) {
  if (y->kind == YAML_DICT && y->n)
    return true;
  diag_at(s->diags, SEV_ERROR, CODE_PROFILE_VALUE, y->src, y->span, "%s must be a dict", what);
  return false;
}

// The profile of that name; with no name, the only one of a file that is the project's own.
static const YamlEntry *choose_profile(Search *s, const Yaml *file, Str name) {
  if (!need_dict(s, file, "profiles.yml"))
    return NULL;
  const YamlEntry *e = name.len ? yaml_entry(file, name) : NULL;
  if (!e && !name.len && file->n == 1)
    e = &file->entries[0];
  if (!e && !name.len) {
    Diag *f = diag_at(s->diags, SEV_ERROR, CODE_PROFILE_NOT_FOUND, file->src, (Span){0, 0},
                      "no profile is chosen");
    diag_hint(s->diags, f, "set `profile:` in the project file or pass --profile");
  } else if (!e) {
    const Yaml *at = s->chosen_at ? s->chosen_at : file;
    no_such(s, at, s->chosen_at ? at->span : (Span){0}, STR(""), name, file);
  }
  return e && need_dict(s, e->value, "a profile") ? e : NULL;
}

// Renders one YAML value; what is no template stays as it is.
static bool render(Search *s, const Yaml *y, Value *out) {
  return globals_render_yaml(s->arena, s->g, y, NULL, NULL, out, s->diags);
}

// The name of the target that is asked for, and what is to be shown where there is no such one.
static bool target_name(Search *s, const YamlEntry *profile, const Yaml *outputs, Str *name,
                        Span *span) {
  const Yaml *target = yaml_get(profile->value, STR("target"));
  Value v = val_lit("default");
  *span = profile->key->span;
  if (s->o->target.len) {
    v = val_str(s->o->target);
  } else if (target) {
    *span = target->span;
    if (!render(s, target, &v))
      return false;
  } else if (outputs->n == 1) {
    v = val_str(outputs->entries[0].key->text);
  }
  *name = val_to_str(s->arena, v);
  return true;
}

static const YamlEntry *choose_target(Search *s, const YamlEntry *profile) {
  const Yaml *outputs = yaml_get(profile->value, STR("outputs"));
  Str name;
  Span span;
  if (!outputs) {
    Diag *f = diag_at(s->diags, SEV_ERROR, CODE_PROFILE_KEY, profile->key->src, profile->key->span,
                      "the profile '%.*s' has no `outputs:`", STR_ARG(profile->key->text));
    diag_hint(s->diags, f, "it lists the targets: a name, and below it type, host, ...");
    return NULL;
  }
  if (!need_dict(s, outputs, "`outputs:`"))
    return NULL;
  if (!target_name(s, profile, outputs, &name, &span))
    return NULL;
  const YamlEntry *e = NULL;
  for (size_t i = 0; i < outputs->n && !e; i++)
    if (str_eq(outputs->entries[i].key->text, name))
      e = &outputs->entries[i];
  if (!e)
    no_such(s, outputs, span, profile->key->text, name, outputs);
  return e && need_dict(s, e->value, "a target") ? e : NULL;
}

// --- reading the target
static const char *const other_types[] = {
    "snowflake", "bigquery",  "redshift", "duckdb", "databricks", "spark", "trino",
    "athena",    "sqlserver", "mysql",    "sqlite", "oracle",     "fabric"};

// "clickhouse and postgres"
static Str listed_types(Arena *a, const char *between) {
  Buf out = {.arena = a};
  for (size_t i = 0; dialects[i]; i++)
    buf_addf(&out, "%s%s", !i ? "" : dialects[i + 1] ? ", " : between, dialects[i]->type);
  return buf_str(&out);
}

// The dialect of a type. NULL: there is none, and that was said.
static const Dialect *known_type(Search *s, Str type, const Yaml *y) {
  const Dialect *found = dialect_find(type);
  if (found)
    return found;
  Str types[8], near = {0};
  size_t n = 0;
  for (; dialects[n] && n < COUNT(types); n++)
    types[n] = str_c(dialects[n]->type);
  Diag *f = diag_at(s->diags, SEV_ERROR, CODE_PROFILE_TYPE, y->src, y->span,
                    "unknown database type '%.*s'", STR_ARG(type));
  near = str_nearest(type, types, n);
  for (size_t i = 0; i < COUNT(other_types); i++)
    if (str_eq(type, str_c(other_types[i])))
      near = (Str){0};
  if (near.len)
    diag_hint(s->diags, f, "did you mean '%.*s'?", STR_ARG(near));
  else
    diag_hint(s->diags, f, "starc builds in %.*s", STR_ARG(listed_types(s->arena, " and ")));
  return NULL;
}

// Of who builds, not of what is read from.
static bool is_builders(Str name) { return str_is(name, "file_access"); }

static const ProfileKey *find_key(const Dialect *d, Str name) {
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(d, i)); i++)
    if (str_eq(str_c(k->name), name) || (k->alias && str_eq(str_c(k->alias), name)))
      return k;
  return NULL;
}

static void unknown_key(Search *s, const Dialect *d, const Yaml *key) {
  VEC(Str) names = {0};
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(d, i)); i++) {
    vec_push(s->arena, &names, str_c(k->name));
    if (k->alias)
      vec_push(s->arena, &names, str_c(k->alias));
  }
  check_unknown(s->diags, key, s->what, names.items, names.n);
}

// A password with braces that are no template is taken as it is.
static bool password_value(Search *s, const Yaml *y, Value *out) {
  Diags ignored = {0};
  Source src = {.path = y->src->path, .text = y->text};
  bool plain = y->kind == YAML_SCALAR && y->scalar.kind == VAL_STR &&
               !template_parse(s->arena, &src, &ignored);
  diags_free(&ignored);
  if (plain) {
    *out = y->scalar;
    return true;
  }
  return render(s, y, out);
}

// Words that stand open in every project: masking them would hide half of the output.
static bool too_common(Str password, const Target *t) {
  static const Str words[] = {STR_INIT("password"), STR_INIT("default"), STR_INIT("public"),
                              STR_INIT("admin"),    STR_INIT("root"),    STR_INIT("user"),
                              STR_INIT("test")};
  for (size_t i = 0; dialects[i]; i++)
    if (str_eq_nocase(password, str_c(dialects[i]->type)))
      return true;
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq_nocase(password, words[i]))
      return true;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(t->keys.dict, &at));)
    if (val_is_str(e->value, password))
      return true;
  return password.len < 4 || str_eq(password, t->name) || str_eq(password, t->profile_name);
}

typedef struct Reading {
  Search *s;
  Target *t;
  Value password; // text once read
  bool ok;
} Reading;

// Whether the key may open what it names: whoever wrote the project does not choose it.
static bool may_open(Search *s, const YamlEntry *e, const ProfileGuard *g) {
  if (!g || s->of_user || *(const bool *)((const char *)s->o + g->option) ||
      (g->modest && str_eq(e->value->text, str_c(g->modest))))
    return true;
  Diag *d = diag_at(s->diags, SEV_ERROR, g->code, e->key->src, e->key->span, "%s", g->finding);
  diag_hint(s->diags, d, "%s", g->hint);
  return false;
}

static void read_key(Reading *r, const YamlEntry *e) {
  Search *s = r->s;
  const ProfileKey *k = find_key(r->t->dialect, e->key->text);
  Value v;
  if (s->source && is_builders(e->key->text))
    k = NULL;
  if (k)
    r->ok = may_open(s, e, k->guard) && r->ok;
  if (!k) {
    unknown_key(s, r->t->dialect, e->key);
    r->ok = render(s, e->value, &v) && r->ok;
    dict_sets(s->arena, r->t->keys.dict, e->key->text, v);
    return;
  }
  Str name = str_c(k->name);
  if (!(k->secret ? password_value : render)(s, e->value, &v)) {
    r->ok = false;
    return;
  }
  if (k->types == TYPE_STR && v.kind != VAL_NONE && check_fits(v, TYPE_INT | TYPE_BOOL))
    v = k->secret || v.kind != VAL_BOOL
            ? val_str(val_is(v, VAL_BOOL) ? e->value->text : val_to_str(s->arena, v))
            : v;
  v = check_coerce(s->arena, v, k->types);
  if (!check_value(s->diags, e->value, v, k->types, name)) {
    r->ok = false;
    return;
  }
  if (str_is(name, "password")) {
    r->password = v;
    return;
  }
  if (k->unused && val_truth(v)) {
    Diag *f = diag_at(s->diags, SEV_WARNING, CODE_PROFILE_UNUSED, e->key->src, e->key->span,
                      "'%s' has no effect: %s", k->name, k->unused);
    diag_hint(s->diags, f, "%s", k->cure);
  }
  if (dict_gets(r->t->keys.dict, name) && !str_eq(name, e->key->text)) {
    diag_at(s->diags, SEV_ERROR, CODE_PROFILE_KEY, e->key->src, e->key->span,
            "'%.*s' and '%s' are the same key", STR_ARG(e->key->text), k->name);
    r->ok = false;
  }
  dict_sets(s->arena, r->t->keys.dict, name, v);
}

// Whether a key says where the others are found.
static bool has_stand_in(const Target *t) {
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++)
    if (k->stands_for && target_value(t, str_c(k->name)).kind != VAL_UNDEF)
      return true;
  return false;
}

// A source needs no schema; a password may stand in a file, or not be asked for.
static bool is_needed(const Reading *r, const ProfileKey *k) {
  Str name = str_c(k->name);
  return k->required && !(r->s->source && (str_is(name, "schema") || str_is(name, "password") ||
                                           has_stand_in(r->t)));
}

static void required_keys(Reading *r, const YamlEntry *entry) {
  Buf missing = {.arena = r->s->arena};
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(r->t->dialect, i)); i++) {
    if (!is_needed(r, k))
      continue;
    bool there = str_is(str_c(k->name), "password")
                     ? r->password.kind == VAL_STR
                     : target_value(r->t, str_c(k->name)).kind != VAL_UNDEF;
    bool written = yaml_get(entry->value, str_c(k->name)) ||
                   (k->alias && yaml_get(entry->value, str_c(k->alias)));
    if (there || (written && !r->ok)) // what is wrong with it was told
      continue;
    if (check_misspelled(r->s->diags, entry->value, r->s->what, str_c(k->name)))
      r->ok = false;
    else
      buf_addf(&missing, "%s%s", missing.len ? ", " : "", k->name);
  }
  if (!missing.len)
    return;
  diag_at(r->s->diags, SEV_ERROR, CODE_PROFILE_KEY, entry->key->src, entry->key->span,
          r->s->source ? "the connection `%.*s:` lacks %.*s" : "the target '%.*s' lacks %.*s",
          STR_ARG(r->t->name), STR_ARG(missing));
  r->ok = false;
}

static void add_defaults(Arena *a, Target *t) {
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++) {
    Str name = str_c(k->name);
    Value v;
    Diags none = {0};
    if (k->fallback && !dict_gets(t->keys.dict, name) &&
        yaml_inline(a, str_c(k->fallback), name, &v, &none))
      dict_sets(a, t->keys.dict, name, v);
    diags_free(&none);
  }
}

bool profile_wrong(Search *s, const YamlEntry *entry, Str key, const char *message,
                   const char *hint) {
  const Yaml *y = yaml_get(entry->value, key);
  y = y ? y : entry->key;
  Diag *f = diag_at(s->diags, SEV_ERROR, CODE_PROFILE_VALUE, y->src, y->span, "%s", message);
  diag_hint(s->diags, f, "%s", hint);
  return false;
}

Str profile_folder(Search *s, Str path) {
  if (str_starts(path, STR("~/")))
    return fs_join(s->arena, fs_home(s->arena), str_sub(path, 2, path.len));
  return fs_absolute(s->arena, fs_join(s->arena, s->root, path));
}

// Secrets beside the password, which are among the keys.
static void hide_others(const Target *t) {
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++) {
    Str text = k->secret ? target_str(t, str_c(k->name), STR("")) : STR("");
    if (text.len >= 4)
      secret_add(text);
  }
}

// The folders of `file_access`: one or a list of them, or one of two words.
static bool read_file_access(Search *s, Target *t, const YamlEntry *entry) {
  Value v = target_value(t, STR("file_access"));
  bool list = v.kind == VAL_LIST;
  size_t n = list ? v.list->n : 1;
  Str *folders = arena_array(s->arena, Str, n + 1);
  Str word = target_str(t, STR("file_access"), STR(""));
  t->folders = folders;
  t->any_file = str_is(word, "any");
  if (t->any_file || v.kind == VAL_UNDEF || str_is(word, "project"))
    return true;
  for (size_t i = 0; i < n; i++) {
    Value one = list ? v.list->items[i] : v;
    Str folder = one.kind == VAL_STR ? profile_folder(s, val_text(one)) : (Str){0};
    if (!folder.len || !fs_is_dir(folder))
      return profile_wrong(s, entry, STR("file_access"),
                           "`file_access` names a folder that is not there",
                           "it is project, any, or a list of folders");
    folders[t->nfolders++] = folder;
  }
  return true;
}

static bool finish(Reading *r, const YamlEntry *entry) {
  Target *t = r->t;
  Arena *a = r->s->arena;
  if (r->ok)
    r->ok = read_file_access(r->s, t, entry);
  if (r->ok && t->dialect->profile->finish)
    r->ok = t->dialect->profile->finish(r->s, t, entry);
  if (!r->ok)
    return false;
  add_defaults(a, t);
  t->schema = target_str(t, STR("schema"), STR(""));
  t->database = target_str(t, STR("database"), STR(""));
  int64_t threads = target_int(t, STR("threads"), 1);
  if (threads < 1 || threads > 1024)
    return profile_wrong(r->s, entry, STR("threads"), "`threads` is a number from 1 to 1024",
                         "4 is a good start");
  t->threads = (int)threads;
  if (r->password.kind == VAL_STR) {
    Str text = val_text(r->password);
    t->password = too_common(text, t) ? (Secret){text} : secret_make(text);
  }
  hide_others(t);
  return true;
}

static Target *read_target(Search *s, Str profile, const YamlEntry *entry) {
  const YamlEntry *type = yaml_entry(entry->value, STR("type"));
  Value v = val_none();
  if (!type) {
    profile_wrong(s, entry, STR("type"),
                  s->source ? "a connection needs a `type:`" : "a target needs a `type:`",
                  str_cstr(s->arena, listed_types(s->arena, " or ")));
    return NULL;
  }
  if (!render(s, type->value, &v) || !check_value(s->diags, type->value, v, TYPE_STR, STR("type")))
    return NULL;
  Target *t = arena_new(s->arena, Target);
  *t = (Target){.name = entry->key->text,
                .profile_name = profile,
                .type = val_to_str(s->arena, v),
                .yaml = entry->value};
  t->dialect = known_type(s, t->type, type->value);
  if (!t->dialect)
    return NULL;
  t->keys = val_dict(s->arena);
  Reading r = {.s = s, .t = t, .password = val_none(), .ok = true};
  for (size_t i = 0; i < entry->value->n; i++)
    read_key(&r, &entry->value->entries[i]);
  required_keys(&r, entry);
  return finish(&r, entry) ? t : NULL;
}

// --- the default
static Profile *embedded(Search *s, Str name) {
  const Dialect *const *d = dialects;
  while (*d && !(*d)->profile->standalone)
    d++;
  Profile *p = arena_new(s->arena, Profile);
  Target *t = arena_new(s->arena, Target);
  *t = (Target){.name = STR("default"),
                .root = s->root,
                .profile_name = name.len ? name : STR("default"),
                .type = str_c((*d)->type),
                .dialect = *d,
                .keys = val_dict(s->arena),
                .is_default = true};
  dict_sets(s->arena, t->keys.dict, STR("type"), val_str(t->type));
  (*d)->profile->standalone(s, t);
  dict_sets(s->arena, t->keys.dict, STR("schema"), val_str(t->schema));
  dict_sets(s->arena, t->keys.dict, STR("threads"), val_int(t->threads));
  add_defaults(s->arena, t);
  *p = (Profile){.name = t->profile_name, .dir = s->root, .ntargets = 1, .target = t};
  p->targets = arena_array(s->arena, Target *, 1);
  p->targets[0] = t;
  return p;
}

// All targets by name; only the chosen one is read.
static void list_targets(Search *s, Profile *p, const Yaml *outputs) {
  p->targets = arena_array(s->arena, Target *, outputs->n);
  for (size_t i = 0; i < outputs->n; i++) {
    const YamlEntry *e = &outputs->entries[i];
    Target *t = p->target;
    if (!t || !str_eq(e->key->text, t->name)) {
      t = arena_new(s->arena, Target);
      *t = (Target){.name = e->key->text,
                    .profile_name = p->name,
                    .keys = val_dict(s->arena),
                    .yaml = e->value,
                    .type = yaml_str(yaml_get(e->value, STR("type")))};
    }
    p->targets[p->ntargets++] = t;
  }
}

// Below the project its path is shown relative to it.
static Str shown(const Search *s, Str path) {
  return str_starts(path, s->root) && path.len > s->root.len && path.ptr[s->root.len] == '/'
             ? str_sub(path, s->root.len + 1, path.len)
             : path;
}

// Another key of the same target has the value: hiding it would hide what is no secret.
static bool is_common_value(const Yaml *target, const Yaml *value) {
  for (size_t i = 0; i < target->n; i++) {
    const Yaml *other = target->entries[i].value;
    if (other != value && other && other->kind == YAML_SCALAR && str_eq(other->text, value->text))
      return true;
  }
  return false;
}

// A key whose value is secret, by either of its names; of files of a load too.
static bool is_secret_key(Str name) {
  if (str_is(name, "secret") || str_is(name, "session_token"))
    return true;
  for (size_t i = 0; dialects[i]; i++) {
    const ProfileKey *k = find_key(dialects[i], name);
    if (k && k->secret)
      return true;
  }
  return false;
}

// "https://user:password@host/x?X-Amz-Signature=..": what opens it is no less a secret than a key.
void profile_hide_address(Str path) {
  enum { LONG = 12 }; // letters: shorter values of a query open nothing
  ptrdiff_t scheme = str_find(path, STR("://"), 0);
  if (scheme <= 0)
    return;
  Str rest = str_sub(path, (size_t)scheme + 3, path.len), one;
  ptrdiff_t slash = str_find(rest, STR("/"), 0), ask = str_find(rest, STR("?"), 0);
  Str server = str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash);
  ptrdiff_t at = str_rfind(server, STR("@")), colon = str_find(server, STR(":"), 0);
  if (colon >= 0 && colon < at)
    secret_add(str_sub(server, (size_t)colon + 1, (size_t)at));
  rest = ask < 0 ? (Str){0} : str_sub(rest, (size_t)ask + 1, rest.len);
  while (rest.len && str_cut(&rest, '&', &one)) {
    ptrdiff_t is = str_find(one, STR("="), 0);
    if (is >= 0 && one.len - (size_t)is - 1 >= LONG)
      secret_add(str_sub(one, (size_t)is + 1, one.len));
  }
}

// Every password of the file, also of targets that are not used.
static void hide_passwords(const Yaml *y) {
  for (size_t i = 0; y && y->kind == YAML_LIST && i < y->n; i++)
    hide_passwords(y->items[i]);
  for (size_t i = 0; y && y->kind == YAML_DICT && i < y->n; i++) {
    const YamlEntry *e = &y->entries[i];
    if (is_secret_key(e->key->text) && e->value && e->value->kind == YAML_SCALAR &&
        e->value->scalar.kind != VAL_NONE && e->value->text.len > 3 &&
        str_find(e->value->text, STR("{{"), 0) < 0 && !is_common_value(y, e->value))
      secret_add(e->value->text);
    if (e->value && e->value->kind == YAML_SCALAR)
      profile_hide_address(e->value->text);
    hide_passwords(e->value);
  }
}

// Where the word before byte `end` of a line begins.
static size_t word_before(Str line, size_t end) {
  size_t from = end;
  while (from > 0 && (line.ptr[from - 1] == '_' ||
                      ((line.ptr[from - 1] | 32) >= 'a' && (line.ptr[from - 1] | 32) <= 'z')))
    from--;
  return from;
}

// Where a value as it is written may end: at its quote; without quotes, with the line or a comma.
static void hide_value(Str value) {
  char first = value.len ? value.ptr[0] : 0;
  if (str_find(value, STR("{{"), 0) >= 0)
    return;
  if (first == '"' || first == '\'') {
    value = str_sub(value, 1, value.len);
    ptrdiff_t end = str_find(value, str_n(&first, 1), 0);
    value = str_sub(value, 0, end < 0 ? value.len : (size_t)end);
  }
  ptrdiff_t comma = str_find(value, STR(","), 0);
  if (value.len > 3)
    secret_add(value);
  if (comma > 3)
    secret_add(str_sub(value, 0, (size_t)comma));
}

// What stands behind the keys of secrets in a file that is no YAML: the finding shows such a line.
static void hide_written(Str text) {
  Str line;
  while (text.ptr && str_cut(&text, '\n', &line))
    for (ptrdiff_t colon = -1; (colon = str_find(line, STR(":"), (size_t)(colon + 1))) >= 0;) {
      size_t end = (size_t)colon;
      if (end && (line.ptr[end - 1] == '"' || line.ptr[end - 1] == '\''))
        end--;
      if (is_secret_key(str_sub(line, word_before(line, end), end)))
        hide_value(str_trim(str_sub(line, (size_t)colon + 1, line.len)));
    }
}

void profile_hide(const Yaml *y, Str text) {
  if (y)
    hide_passwords(y);
  else
    hide_written(text);
}

// The profile in its file, no target read yet. NULL: recorded.
static const YamlEntry *read_file(Search *s, Profile *p, Str path, Str name) {
  *p = (Profile){.path = path, .dir = fs_dirname(s->arena, path), .source.path = shown(s, path)};
  if (!fs_read(s->arena, path, p->source.path, &p->source.text, s->diags))
    return NULL;
  const Yaml *file = yaml_load(s->arena, &p->source, s->diags);
  if (!file)
    hide_written(p->source.text);
  s->file = file;
  const YamlEntry *profile = file ? choose_profile(s, file, name) : NULL;
  if (profile)
    p->name = profile->key->text;
  return profile;
}

static Search search(Arena *a, const Globals *g, const ProjectOptions *o, Str root,
                     const Yaml *name_at, Diags *diags) {
  return (Search){.arena = a,
                  .g = g,
                  .o = o,
                  .root = root,
                  .diags = diags,
                  .looked = {.arena = a},
                  .what = "a target of profiles.yml",
                  .chosen_at = o->profile.len ? NULL : name_at};
}

Profile *profile_open(Arena *a, const Globals *g, const ProjectOptions *o, Str root, Str name,
                      const Yaml *name_at, Diags *diags) {
  Search s = search(a, g, o, root, name_at, diags);
  Str path;
  if (o->embedded)
    return embedded(&s, name);
  if (!find_file(&s, &path))
    return NULL;
  if (!path.len && !name.len && !o->target.len)
    return embedded(&s, name);
  if (!path.len) {
    no_file(&s, name);
    return NULL;
  }
  Profile *p = arena_new(a, Profile);
  const YamlEntry *profile = read_file(&s, p, path, name);
  const YamlEntry *target = profile ? choose_target(&s, profile) : NULL;
  p->target = target ? read_target(&s, profile->key->text, target) : NULL;
  if (!p->target) {
    hide_passwords(s.file); // the findings show lines of it
    return NULL;
  }
  p->chosen = p->target->name;
  list_targets(&s, p, yaml_get(profile->value, STR("outputs")));
  return p;
}

Profile *profile_outputs(Arena *a, const Globals *g, const ProjectOptions *o, Str root, Str name,
                         const Yaml *name_at, Diags *diags) {
  Search s = search(a, g, o, root, name_at, diags);
  Str path;
  Span span;
  if (!find_file(&s, &path) || !path.len)
    return NULL;
  Profile *p = arena_new(a, Profile);
  const YamlEntry *profile = read_file(&s, p, path, name);
  const Yaml *outputs = profile ? yaml_get(profile->value, STR("outputs")) : NULL;
  hide_passwords(s.file);
  if (!outputs || outputs->kind != YAML_DICT)
    return NULL;
  if (!target_name(&s, profile, outputs, &p->chosen, &span))
    p->chosen = (Str){0};
  list_targets(&s, p, outputs);
  return p;
}

Target *profile_source(Arena *a, const Globals *g, Str root, const YamlEntry *entry, Diags *diags) {
  static const ProjectOptions nothing_allowed;
  Globals secret = *g;
  secret.secrets = true;
  Search s = {.arena = a,
              .g = &secret,
              .o = &nothing_allowed,
              .root = root,
              .diags = diags,
              .what = "the connection of a load",
              .source = true};
  Target *t = read_target(&s, STR("loads"), entry);
  if (!t)
    hide_passwords(entry->value); // the findings show lines of it
  return t;
}

// --- what templates see
Value globals_target(Arena *a, const Target *t) {
  Value out = val_dict(a);
  Dict *d = out.dict;
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++) {
    const Value *v = dict_gets(t->keys.dict, str_c(k->name));
    if (k->secret || !(v || k->fallback) || (i < NCOMMON && !(t->inside && k->guard)))
      continue;
    dict_sets(a, d, str_c(k->name), v ? *v : val_none());
    if (k->alias)
      dict_sets(a, d, str_c(k->alias), v ? *v : val_none());
  }
  dict_sets(a, d, STR("type"), val_str(t->type));
  dict_sets(a, d, STR("threads"), val_int(t->threads));
  dict_sets(a, d, STR("name"), val_str(t->name));
  dict_sets(a, d, STR("target_name"), val_str(t->name));
  dict_sets(a, d, STR("profile_name"), val_str(t->profile_name));
  dict_sets(a, d, STR("database"), val_str(t->database));
  dict_sets(a, d, STR("schema"), val_str(t->schema));
  val_freeze(out);
  return out;
}

bool target_inside(Arena *a, Target *t, Str folder) {
  if (!t->dialect->profile->inside)
    return false;
  t->dialect->profile->inside(a, t, folder);
  return true;
}
