// Targets of Postgres: the keys of a profile, and the one that a new project starts with.
#include "../../project/config.h"
#include "../../project/profile_parts.h"
#include "../../project/project.h"
#include "postgres.h"

enum { B = TYPE_BOOL, I = TYPE_INT, S = TYPE_STR };

// clang-format off
static const ProfileKey keys[] = {
    // name, types; the words are last
    {"host",                  S, .required = true, .doc = "name or address of the server"},
    {"port",                  I, .required = true, .doc = "its port"},
    {"user",                  S, .required = true, .doc = "who connects"},
    {"password",              S, .alias = "pass", .required = true, .secret = true, .doc = "the user's password"},
    {"database",              S, .alias = "dbname", .required = true, .doc = "the database to build in"},
    {"schema",                S, .required = true, .doc = "the schema to build in"},
    {"connect_timeout",       I, .fallback = "10", .doc = "seconds to wait for a connection"},
    {"role",                  S, .fallback = "~", .doc = "role taken on after connecting"},
    {"search_path",           S, .fallback = "~", .doc = "schemas searched for names"},
    {"keepalives_idle",       I, .fallback = "0", .doc = "seconds without traffic before a keepalive; 0: the system's"},
    {"sslmode",               S, .fallback = "~",
     .doc = "TLS: disable, allow, prefer, require, verify-ca, verify-full"},
    {"sslcert",               S, .fallback = "~", .doc = "file of the client certificate"},
    {"sslkey",                S, .fallback = "~", .doc = "file of the client certificate's key"},
    {"sslrootcert",           S, .fallback = "~", .doc = "file of the certificates to trust"},
    {"application_name",      S, .fallback = "dbt", .doc = "name shown in pg_stat_activity"},
    {"autocommit",            B, .fallback = "false", .unused = "each node is one transaction",
     .cure = "what cannot run in one goes into a hook with transaction: false",
     .doc = "accepted, without effect: each node is one transaction"},
    {"retries",               I, .fallback = "1", .doc = "more tries when connecting fails"},
    {"sslcrl",                S, .doc = "file of revoked certificates"},
    {"sslpassword",           S, .secret = true, .doc = "password of the client certificate's key"},
    {"gssencmode",            S, .doc = "passed to libpq"},
    {"channel_binding",       S, .doc = "passed to libpq"},
    {"target_session_attrs",  S, .doc = "passed to libpq"},
    {"krbsrvname",            S, .doc = "passed to libpq"},
    {"hostaddr",              S, .doc = "passed to libpq"},
    {"passfile",              S, .doc = "passed to libpq"},
    {"service",               S, .stands_for = true, .doc = "passed to libpq"},
    {"options",               S, .doc = "passed to libpq"},
    {0},
};
// clang-format on

static const ProfileStart starts[] = {
    {"postgres",
     "%NAME%:\n  target: dev\n  outputs:\n    dev:\n      type: postgres\n"
     "      host: \"{{ env_var('POSTGRES_HOST', 'localhost') }}\"\n"
     "      port: \"{{ env_var('POSTGRES_PORT', '5432') | int }}\"\n"
     "      user: \"{{ env_var('POSTGRES_USER', 'postgres') }}\"\n"
     "      password: \"{{ env_var('DBT_ENV_SECRET_POSTGRES_PASSWORD', '') }}\"\n"
     "      dbname: \"{{ env_var('POSTGRES_DB', 'postgres') }}\"\n"
     "      schema: %NAME%\n      threads: 4\n", "POSTGRES_HOST, _PORT, _USER, _DB, DBT_ENV_SECRET_POSTGRES_PASSWORD"},
    {0},
};

const ProfileRules postgres_profile = {.keys = keys, .starts = starts};
