// Targets of ClickHouse: a server that is asked over HTTP, or a data folder inside starc. In: the
// keys of a profile. Out: a target whose driver, folder and files are known.
#include "../../base/fs.h"
#include "../../project/config.h"
#include "../../project/profile_parts.h"
#include "../../project/project.h"
#include "clickhouse.h"

#include <stddef.h>

enum { B = TYPE_BOOL, I = TYPE_INT, S = TYPE_STR, L = TYPE_LIST, D = TYPE_DICT };
enum { THREADS = 4 }; // of a database inside starc

static const ProfileGuard library = {
    .option = offsetof(ProjectOptions, allow_library),
    .code = CODE_PROFILE_LIBRARY,
    .finding = "a profiles.yml in the project's folder cannot name a library to load",
    .hint = "put the profile into ~/.dbt/profiles.yml, set STARC_LIBCHDB, or say --allow-library",
};

// clang-format off
static const ProfileKey keys[] = {
    // name, types; the words are last
    {"driver",                S, .fallback = "~", .doc = "http (a server) or embedded (inside starc)"},
    {"path",                  S, .doc = "embedded: the data folder, relative to the project"},
    {"library",               S, .guard = &library,
     .doc = "embedded: file of libchdb.so when it is not found by itself"},
    {"host",                  S, .fallback = "localhost", .doc = "name or address of the server"},
    {"port",                  I, .fallback = "~", .doc = "its HTTP port: 8123, with TLS 8443"},
    {"user",                  S, .fallback = "default", .doc = "who connects"},
    {"password",              S, .secret = true, .doc = "the user's password"},
    {"database",              S, .doc = "must be absent or the same as schema"},
    {"schema",                S, .fallback = "default", .doc = "the ClickHouse database to build in"},
    {"retries",               I, .fallback = "1", .doc = "more tries when connecting fails"},
    {"cluster",               S, .fallback = "~", .doc = "adds ON CLUSTER to statements"},
    {"database_engine",       S, .fallback = "~", .doc = "engine of databases that are created"},
    {"cluster_mode",          B, .fallback = "false",
     .doc = "a replicated server: EXCHANGE works, writes wait for the other replicas"},
    {"secure",                B, .fallback = "false", .doc = "TLS"},
    {"verify",                B, .fallback = "true", .doc = "check the server's certificate"},
    {"client_cert",           S, .fallback = "~", .doc = "file of the client certificate"},
    {"client_cert_key",       S, .fallback = "~", .doc = "file of its key"},
    {"ca_cert",               S, .doc = "file of the certificates to trust"},
    {"connect_timeout",       I, .fallback = "10", .doc = "seconds to wait for a connection"},
    {"send_receive_timeout",  I, .fallback = "300",
     .doc = "seconds in which an answer must get on: by a row, by 1000 bytes a second, or by a sign that the server works"},
    {"sync_request_timeout",  I, .fallback = "5", .doc = "accepted; of the native driver"},
    {"compress_block_size",   I, .fallback = "1048576", .doc = "accepted; of the native driver"},
    {"compression",           S | B, .fallback = "''", .doc = "any text: gzip answers"},
    {"check_exchange",        B, .fallback = "true",
     .doc = "accepted: the engine of a database tells whether it can exchange tables"},
    {"custom_settings",       D, .fallback = "{}", .doc = "settings of every query"},
    {"use_lw_deletes",        B, .fallback = "false", .doc = "the default incremental strategy is delete_insert"},
    {"allow_automatic_deduplication",B, .fallback = "false", .doc = "keep insert deduplication on"},
    {"tcp_keepalive",         B | L, .fallback = "false", .doc = "accepted; of the native driver"},
    {"reuse_connections",     B, .fallback = "true", .doc = "false: a new connection for each node"},
    {"server_host_name",      S, .fallback = "~", .doc = "name in the server's certificate"},
    {"local_suffix",          S, .fallback = "local", .doc = "suffix of shard tables"},
    {"local_db_prefix",       S, .fallback = "''", .doc = "prefix of shard databases"},
    {0},
};
// clang-format on

static const ProfileStart starts[] = {
    {"embedded",
     "%NAME%:\n  target: dev\n  outputs:\n    dev: # ClickHouse inside starc\n"
     "      type: clickhouse\n      driver: embedded\n      path: .starc/warehouse\n"
     "      schema: %NAME%\n      threads: 4\n", NULL},
    {"clickhouse",
     "%NAME%:\n  target: dev\n  outputs:\n    dev:\n      type: clickhouse\n"
     "      host: \"{{ env_var('CLICKHOUSE_HOST', 'localhost') }}\"\n"
     "      port: \"{{ env_var('CLICKHOUSE_PORT', '8123') | int }}\"\n"
     "      user: \"{{ env_var('CLICKHOUSE_USER', 'default') }}\"\n"
     "      password: \"{{ env_var('DBT_ENV_SECRET_CLICKHOUSE_PASSWORD', '') }}\"\n"
     "      schema: %NAME%\n      threads: 4\n", "CLICKHOUSE_HOST, _PORT, _USER, DBT_ENV_SECRET_CLICKHOUSE_PASSWORD"},
    {0},
};

// --- inside starc

// All below the data folder is open to SQL: one that a project names outside of its own folder is
// new, or was a data folder before.
static bool is_modest_path(const Search *s, Str path) {
  Str lock = fs_join(s->arena, path, STR("starc.lock"));
  return s->of_user || s->o->allow_files || !fs_is_dir(path) ||
         profile_is_below(s->arena, path, s->root) || fs_exists(lock);
}

// The driver, and whether what it is given can be. False: an error was recorded.
static bool choose_driver(Search *s, Target *t, const YamlEntry *entry) {
  Str driver = target_str(t, STR("driver"), STR(""));
  int64_t port = target_int(t, STR("port"), 0);
  bool native_port = port == 9000 || port == 9440;
  t->driver = driver.len                             ? driver
              : dict_gets(t->keys.dict, STR("path")) ? STR("embedded")
                                                     : STR("http");
  t->inside = str_is(t->driver, "embedded");
  bool http = str_is(t->driver, "http");
  if (str_is(t->driver, "native") || (http && native_port && !driver.len))
    return profile_wrong(s, entry, native_port ? STR("port") : STR("driver"),
                         "starc does not speak ClickHouse's native protocol",
                         "use driver http with the server's HTTP port (8123, with TLS 8443)");
  if (!http && !t->inside)
    return profile_wrong(s, entry, STR("driver"), "unknown driver", "it is http or embedded");
  return true;
}

static void set(Search *s, Target *t, const char *key, Value v) {
  dict_sets(s->arena, t->keys.dict, str_c(key), v);
}

// The data folder, the project's, whose files SQL can open, and how many work in it.
static bool finish_inside(Search *s, Target *t, const YamlEntry *entry) {
  t->root = s->root;
  Str path = profile_folder(s, target_str(t, STR("path"), STR(".starc/warehouse")));
  set(s, t, "path", val_str(path));
  if (!is_modest_path(s, path))
    return profile_wrong(s, entry, STR("path"),
                         "this folder outside of the project is no data folder yet",
                         "a profiles.yml in the project's folder may name a new one; or put the "
                         "profile into ~/.dbt/profiles.yml, or say --allow-files");
  if (!dict_gets(t->keys.dict, STR("threads")))
    set(s, t, "threads", val_int(THREADS));
  return true;
}

static bool finish(Search *s, Target *t, const YamlEntry *entry) {
  if (!choose_driver(s, t, entry) || (t->inside && !finish_inside(s, t, entry)))
    return false;
  Str database = target_str(t, STR("database"), STR(""));
  if (!dict_gets(t->keys.dict, STR("schema")) && (database.len || t->inside))
    set(s, t, "schema", val_str(database.len ? database : STR("analytics")));
  if (database.len && !str_eq(database, target_str(t, STR("schema"), STR("default"))))
    return profile_wrong(s, entry, STR("database"), "`database` and `schema` differ",
                         "in ClickHouse they are one thing: leave `database` out");
  dict_remove(t->keys.dict, val_lit("database"));
  return true;
}

static void standalone(Search *s, Target *t) {
  t->driver = STR("embedded");
  t->inside = true;
  t->schema = STR("analytics");
  t->threads = THREADS;
  set(s, t, "driver", val_str(t->driver));
  set(s, t, "path", val_str(profile_folder(s, STR(".starc/warehouse"))));
}

// Data that may be lost need not reach the disk: neither what is in tables, nor what says which
// there are. Answers are short, so that the threads that would write them cost more than they save.
static void inside(Arena *a, Target *t, Str folder) {
  Value custom = target_value(t, STR("custom_settings"));
  custom = custom.kind == VAL_DICT ? val_copy(a, custom, false) : val_dict(a);
  dict_sets(a, custom.dict, STR("fsync_metadata"), val_int(0));
  dict_sets(a, custom.dict, STR("output_format_parallel_formatting"), val_int(0));
  t->driver = STR("embedded");
  t->inside = true;
  t->keys = val_copy(a, t->keys, false);
  dict_sets(a, t->keys.dict, STR("driver"), val_str(t->driver));
  dict_sets(a, t->keys.dict, STR("path"), val_str(folder));
  dict_sets(a, t->keys.dict, STR("database_engine"), val_lit("Memory"));
  dict_sets(a, t->keys.dict, STR("custom_settings"), custom);
}

const ProfileRules clickhouse_profile = {keys, finish, standalone, starts, inside};
