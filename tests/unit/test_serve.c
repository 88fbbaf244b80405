// The parts of serve that need neither a socket nor an engine: what a request asks for, statements,
// rights, compression.
#include "check.h"
#include "compiler/base/buf.h"
#include "compiler/base/secret.h"
#include "runtime/serve/access.h"
#include "runtime/serve/city.h"
#include "runtime/serve/codec.h"
#include "runtime/serve/log.h"
#include "runtime/serve/request.h"
#include "runtime/serve/rights.h"
#include "runtime/serve/statement.h"

static Arena arena;

// As the clients of ClickHouse count them.
static void test_city(void) {
  static const struct {
    size_t n;
    uint64_t low, high;
  } known[] = {
      {0,    0x3df09dfc64c09a2b, 0x3cb540c392e51e29},
      {1,    0x68c4d90df5a5eb8f, 0xbe4ed390c455dce6},
      {7,    0x61143721a76fca6b, 0x77a34566a7f31f27},
      {15,   0xd4d6751e5483a5e4, 0xf8564cb39abc8640},
      {17,   0x92b012730a3b6b89, 0x69ade1384ca751ed},
      {100,  0xd9632a055979b67a, 0x5bd17dc366eea6e9},
      {143,  0x052b1d7cabaffa2b, 0xce3f475f7b6c76b7},
      {144,  0x15c0fe45b85cb416, 0x7ceaf3c65dadd43b},
      {160,  0x79b8137edeea63c2, 0x08a8c0d0a0f33160},
      {1000, 0x244afcaf612a4119, 0xc46cef988b902294},
  };
  char bytes[1000];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)((i * 37 + 11) % 256);
  for (size_t i = 0; i < COUNT(known); i++) {
    City128 sum = city_hash128(str_n(bytes, known[i].n));
    CHECK(sum.low == known[i].low && sum.high == known[i].high);
  }
}

static void test_codecs(void) {
  static const CodecKind kinds[] = {CODEC_NONE, CODEC_GZIP, CODEC_DEFLATE, CODEC_LZ4, CODEC_BLOCKS};
  DbError error = {.at = -1};
  Buf text = {.arena = &arena};
  for (int i = 0; i < 400000; i++)
    buf_addf(&text, "%d\t", i % 10007 * 7919 % 10007);
  for (size_t k = 0; k < COUNT(kinds); k++) {
    Buf packed = {0}, back = {0};
    Codec *to = codec_encoder(kinds[k], 3, &arena, &error);
    Codec *from = codec_decoder(kinds[k], &arena, &error);
    for (size_t at = 0; at < text.len; at += 70001)
      CHECK(codec_feed(to, str_sub(buf_str(&text), at, at + 70001), SIZE_MAX, &packed));
    CHECK(codec_end(to, &packed));
    for (size_t at = 0; at < packed.len; at += 1009)
      CHECK(codec_feed(from, str_sub(buf_str(&packed), at, at + 1009), SIZE_MAX, &back));
    CHECK(codec_end(from, &back));
    CHECK(str_eq(buf_str(&text), buf_str(&back)));
    codec_free(from);
    if (kinds[k] != CODEC_NONE) { // cut off, changed, and one that would become too large
      from = codec_decoder(kinds[k], &arena, &error);
      back.len = 0;
      CHECK(!codec_feed(from, str_sub(buf_str(&packed), 0, packed.len - 9), SIZE_MAX, &back) ||
            !codec_end(from, &back));
      codec_free(from);
      from = codec_decoder(kinds[k], &arena, &error);
      back.len = 0;
      CHECK(!codec_feed(from, buf_str(&packed), 100000, &back));
      CHECK(back.len < 400000);
      codec_free(from);
    }
    codec_free(to);
    buf_free(&packed);
    buf_free(&back);
  }
  CHECK(codec_accepted(STR("br, gzip;q=0.5, deflate")) == CODEC_GZIP);
  CHECK(codec_accepted(STR("gzip;q=0, lz4")) == CODEC_LZ4);
  CHECK(codec_accepted(STR("br, gzip;q=0.000")) == CODEC_NONE);
  CHECK(codec_accepted(STR("")) == CODEC_NONE);
}

static bool formats(const char *sql, const char *name) {
  return str_eq(statement_format(str_c(sql)).name, str_c(name));
}

static bool leads(const char *sql, const char *as) {
  Buf out = {.arena = &arena};
  statement_into(&out, str_c(sql), "/f", STR("TSV"));
  return str_eq(buf_str(&out), str_c(as));
}

static void test_statements(void) {
  Str sql;
  CHECK(formats("select 1 format JSON", "JSON"));
  CHECK(formats("select 1 FORMAT CSV settings a = 1", "CSV"));
  CHECK(formats("select 1 settings a = 1 format CSV", "CSV"));
  CHECK(formats("select format('{}', 1) from t", ""));
  CHECK(formats("select 'x format CSV' -- format CSV", ""));
  CHECK(formats("select * from (select 1 format CSV) limit 1", ""));
  CHECK(formats("select a format, b from t", ""));
  CHECK(leads("select 1", "select 1\nINTO OUTFILE '/f' TRUNCATE FORMAT TSV"));
  CHECK(leads("select 1 format CSV settings a = 1",
              "select 1 \nINTO OUTFILE '/f' TRUNCATE FORMAT CSV settings a = 1"));
  CHECK(statement_single(STR(" select 1 ; -- x\n"), &sql) && str_is(str_trim(sql), "select 1"));
  CHECK(!statement_single(STR("select 1; select 2"), &sql));
  CHECK(!statement_single(STR(" -- nothing\n ;"), &sql));
  CHECK(statement_single(STR("insert into t format CSV 1;2\n3;4 "), &sql) &&
        str_is(sql, "insert into t format CSV 1;2\n3;4 "));
  CHECK(statement_single(STR("insert into t select 1;"), &sql) &&
        str_is(sql, "insert into t select 1"));
  CHECK(!statement_single(STR("insert into t select 1; drop table t"), &sql));
  CHECK(statement_single(STR("insert into t values ('a;b');"), &sql) &&
        str_is(sql, "insert into t values ('a;b')"));
  CHECK(!statement_single(STR("insert into t values (1); drop table t"), &sql));
  size_t at;
  CHECK(statement_data(STR("insert into t (a) format CSV\n1\n2"), &at) && at == 29);
  CHECK(statement_data(STR("insert into t values (1)"), &at) && at == 20);
  CHECK(!statement_data(STR("insert into t select 1"), &at));
  CHECK(!statement_data(STR("select 1 format CSV"), &at));
  Buf out = {.arena = &arena};
  CHECK(statement_from(&out, STR("insert into t (a) settings b = 1 format CSV\n"), "/f"));
  CHECK(str_is(buf_str(&out), "insert into t (a) FROM INFILE '/f' settings b = 1 format CSV\n"));
}

static bool allows_role(const char *plain, const ServeRole *role) {
  ServeProblem problem;
  return rights_allow(&arena, str_c(plain), role, false, &problem);
}

static bool allows(const char *plain, bool reads) {
  ServeProblem problem;
  return rights_allow(&arena, str_c(plain), NULL, reads, &problem);
}

static void test_rights(void) {
  CHECK(rights_suspects(STR("select FILE('x')")) && rights_suspects(STR("select `\\x66`")));
  CHECK(!rights_suspects(STR("select a from t where b = 'c'")));
  CHECK(allows("SELECT 'file(', file FROM t", true));
  CHECK(!allows("SELECT file('x')", true));
  CHECK(!allows("SELECT * APPLY file FROM t", true));
  CHECK(!allows("SELECT 1 INTO OUTFILE 'a' FORMAT CSV", true));
  CHECK(!allows("INSERT INTO t FROM INFILE 'x' FORMAT CSV", false));
  CHECK(!allows("SET ROLE NONE", true) && !allows("SET DEFAULT ROLE NONE TO u", true));
  CHECK(allows("SET max_threads = 1, role = 'x'", true));
  CHECK(!allows("KILL QUERY WHERE 1 ASYNC", true) && allows("KILL QUERY WHERE 1 ASYNC", false));
  CHECK(!allows(
      "INSERT INTO t SETTINGS input_format_values_interpret_expressions = 1 FORMAT Values", false));
  CHECK(!allows("SET max_threads = 1, profile = 'x'", false));
  CHECK(!allows("SELECT 1 SETTINGS `profile` = 'x'", true));
  CHECK(!allows("SELECT (SELECT 1 SETTINGS max_threads = 1, PROFILE = DEFAULT)", true));
  CHECK(!allows("SELECT 1 SETTINGS chdb_client_name = 'x'", true));
  CHECK(allows("SELECT a, profile = 'x' FROM settings WHERE profile = 'y'", true));
  CHECK(allows("SELECT 1 SETTINGS max_threads = 1 UNION ALL SELECT a, profile = 'x'", true));
  CHECK(!allows("SET readonly = DEFAULT", true) && !allows("SET readonly = DEFAULT", false));
  CHECK(!allows("INSERT INTO t SETTINGS `readonly` = DEFAULT SELECT 1", true));
  CHECK(!allows("SELECT (SELECT 1 SETTINGS max_threads = 1, max_result_rows = DEFAULT)", true));
  CHECK(!allows("EXPLAIN SELECT 1 SETTINGS max_memory_usage = DEFAULT", true));
  CHECK(allows("SET max_threads = DEFAULT, readonly = 2", true));
  CHECK(!allows("CREATE VIEW v (x Int8) DEFINER = u SQL SECURITY DEFINER AS SELECT 1", false));
  CHECK(!allows("ALTER TABLE v (MODIFY SQL SECURITY NONE)", false));
  CHECK(allows("SELECT definer = 'x' FROM system.tables", true));
  ServeRole some = {.reach = REACH_WRITE, .ndatabases = 1}, all = {.reach = REACH_WRITE};
  const char *kept = "CREATE OR REPLACE MATERIALIZED VIEW v ENGINE = Memory AS SELECT 1";
  CHECK(!allows_role(kept, &some) && allows_role(kept, &all));
  CHECK(!allows_role("ALTER TABLE v (MODIFY QUERY SELECT 1)", &some));
  CHECK(allows_role("CREATE TABLE v (a Int8 MATERIALIZED view) ENGINE = Memory", &some));
  CHECK(!rights_allow_setting(STR("default_view_definer"), STR("x")));
  CHECK(!rights_allow_setting(STR("profile"), STR("x")));
  CHECK(!rights_allow_setting(STR("chdb_client_name"), STR("x")));
  CHECK(!rights_allow_setting(STR("additional_result_filter"), STR("file('x')")));
  CHECK(rights_allow_setting(STR("log_comment"), STR("file('x')")));
  ServeRole roles[] = {
      {.databases = (Str[]){STR("a`b<")},   .ndatabases = 1, .bounds = {.memory = 9, .rows = 8}},
      {.reach = REACH_WRITE, .bounds = {.seconds = 7}},
      {.reach = REACH_ALL               },
  };
  Str config = rights_config(&arena, roles, COUNT(roles));
  CHECK(str_find(config, STR("dictGet ON `a\\`b&lt;`.*"), 0) > 0);
  CHECK(str_find(config, STR("CREATE DICTIONARY"), 0) < 0);
  CHECK(str_find(config, STR("<max_result_rows><min>1</min><max>8</max></max_result_rows>"), 0) >
        0);
  CHECK(str_find(config, STR("max_execution_time"), 0) < 0); // who writes may have more
  Buf bounds = {.arena = &arena};
  rights_add_bounds(&bounds, &roles[0]);
  rights_add_bounds(&bounds, &roles[1]);
  CHECK(str_is(buf_str(&bounds),
               ", max_memory_usage = 9, max_result_rows = 8, max_execution_time = 7"));
  CHECK(str_find(config, STR("has(currentRoles(), 'serve_2')"), 0) > 0);
  CHECK(str_find(config, STR("has(currentRoles(), 'serve_0')"), 0) < 0);
  CHECK(str_find(config, STR("<processes><filter>0 OR has(currentRoles(), 'serve_2')</filter>"),
                 0) > 0);
  CHECK(str_find(config, STR("CREATE FUNCTION"), 0) > 0);
  ServeRole some_written[] = {
      {.reach = REACH_WRITE, .databases = roles[0].databases, .ndatabases = 1}
  };
  CHECK(str_find(rights_config(&arena, some_written, 1), STR("CREATE FUNCTION"), 0) < 0);
}

#define PAIR(name, value)                                                                          \
  { STR_INIT(name), STR_INIT(value) }

static void test_requests(void) {
  ServeRequest r;
  ServeProblem problem;
  static const ServePair arguments[] = {
      PAIR("query", "select 1"), PAIR("database", "d"), PAIR("param_x", "5"),
      PAIR("max_threads", "2"),  PAIR("compress", "1"), PAIR("session_timeout", "9"),
  };
  static const ServePair basic[] = {PAIR("authorization", "Basic YW5hOnA6dw==")};
  CHECK(request_read(&arena, arguments, COUNT(arguments), basic, 1, &r, &problem));
  CHECK(str_is(r.query, "select 1") && str_is(r.database, "d") && r.compress);
  CHECK(str_is(r.user, "ana") && str_is(r.password, "p:w"));
  CHECK(r.nparams == 1 && str_is(r.params[0].name, "x") && r.nsettings == 1);
  CHECK(str_is(r.format, "TabSeparated") && r.session_timeout > 8.5);
  static const ServePair both[] = {PAIR("Authorization", "Basic YTpi"),
                                   PAIR("X-ClickHouse-User", "a")};
  CHECK(!request_read(&arena, NULL, 0, both, 2, &r, &problem) && problem.code == 516);
  static const ServePair bearer[] = {PAIR("Authorization", "Bearer x")};
  CHECK(!request_read(&arena, NULL, 0, bearer, 1, &r, &problem) && problem.code == 516);
  static const ServePair bad[] = {PAIR("compress", "maybe")};
  CHECK(!request_read(&arena, bad, 1, NULL, 0, &r, &problem) && problem.code == 72);
  static const ServePair odd[] = {PAIR("default_format", "CSV; drop")};
  CHECK(!request_read(&arena, odd, 1, NULL, 0, &r, &problem) && problem.code == 73);
  CHECK(request_status(60) == 404 && request_status(62) == 400 && request_status(516) == 403);
  CHECK(request_status(395) == 500);
  ServeExternal external;
  static const ServePair types[] = {PAIR("t_types", "UInt8,Tuple(a Int8, b Int8),String")};
  CHECK(request_read(&arena, types, 1, NULL, 0, &r, &problem));
  CHECK(request_external(&arena, &r, STR("t"), STR("x"), &external, &problem));
  CHECK(str_is(external.structure, "_1 UInt8, _2 Tuple(a Int8, b Int8), _3 String"));
}

// user: NULL: nobody is let in.
static bool is_user(const ServeAccess *access, const char *name, const char *password,
                    const ServeUser *user) {
  const ServeUser *found = NULL;
  AccessFound how = access_check(access, str_c(name), str_c(password), &found);
  return user ? how == ACCESS_GOOD && found == user : how == ACCESS_WRONG;
}

// Passwords of which the hash alone is known. The sums are those of Python's hashlib.pbkdf2_hmac.
static void test_hashes(void) {
#define SUM "qN+JnzxPIE2WfgrWPAkph8EAVeuwF7PZ0ordIY1Peq0="
  static const char *const bad[] = {
      "",
      "secret",
      "pbkdf2_sha256$",
      "pbkdf2_sha256$0$salt$" SUM,
      "pbkdf2_sha256$1000$$" SUM,
      "pbkdf2_sha256$99999999$salt$" SUM,
      "pbkdf2_sha256$-1$salt$" SUM,
      "pbkdf2_sha256$1000$salt$AAAA",
      "pbkdf2_sha256$1000$salt$" SUM "AAAA",
      "pbkdf2_sha256$1000$salt$!" SUM,
      "pbkdf2_sha512$1000$salt$" SUM,
  };
  ServeUser users[] = {
      {.name = STR_INIT("ana")}, {.name = STR_INIT("bob")}, {.name = STR_INIT("eve")}};
  ServeUser other = {0};
  ServeAccess access = {.users = users, .nusers = 3};
  CHECK(access_set_hash(&arena, &users[0], STR("pbkdf2_sha256$1000$salt$" SUM)));
  CHECK(access_set_hash(&arena, &users[1],
                        STR("pbkdf2_sha256$1$s$lhZd1xA24wgOlBIigTq4sBzDlaKUF9nh6mlCoh/QaBw=")));
  access_set_password(&users[2], STR("plain"));
  access_begin(&arena, &access);
  CHECK(is_user(&access, "ana", "secret", &users[0]));
  CHECK(is_user(&access, "ana", "secret", &users[0])); // as it is known now
  CHECK(is_user(&access, "ana", "Secret", NULL) && is_user(&access, "ana", "", NULL));
  CHECK(is_user(&access, "bob",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxx",
                &users[1]));
  CHECK(is_user(&access, "eve", "plain", &users[2]) && is_user(&access, "eve", "", NULL));
  CHECK(is_user(&access, "eve", "secret", NULL) && is_user(&access, "bob", "secret", NULL));
  CHECK(is_user(&access, "nobody", "", NULL) && is_user(&access, "nobody", "secret", NULL));
  for (size_t i = 0; i < COUNT(bad); i++)
    CHECK(!access_set_hash(&arena, &other, str_c(bad[i])) && !other.hash.rounds);
  Str made = access_hash(&arena, STR("mine")), again = access_hash(&arena, STR("mine"));
  CHECK(!str_eq(made, again) && access_set_hash(&arena, &other, made));
  CHECK(other.hash.rounds >= 600000);
}

static void test_access(void) {
  ServeUser users[] = {{.name = STR_INIT("ana")}, {.name = STR_INIT("all")}};
  ServeAccess access = {.users = users, .nusers = 2};
  access_set_password(&users[0], STR("secret"));
  access_set_password(&users[1], (Str){0});
  CHECK(is_user(&access, "ana", "secret", &users[0]));
  CHECK(is_user(&access, "ana", "secreT", NULL) && is_user(&access, "ana", "", NULL));
  CHECK(is_user(&access, "bob", "-", NULL) && is_user(&access, "", "", NULL));
  CHECK(is_user(&access, "all", "any", &users[1]));
  Str one = access_token(&arena), other = access_token(&arena);
  CHECK(one.len == 26 && !str_eq(one, other));
}

// What of a statement is written into the log.
static void test_log(void) {
#define LOGGED(sql) serve_log_sql(&arena, STR(sql))
  CHECK(str_is(LOGGED("select 'a' from t"), "select 'a' from t"));
  CHECK(str_is(LOGGED("create user u identified by 'x' -- y"),
               "create user u identified by '[HIDDEN]' -- y"));
  CHECK(str_is(LOGGED("select * from S3('a', 'KEY', 'b\\'c')"),
               "select * from S3('[HIDDEN]', '[HIDDEN]', '[HIDDEN]')"));
  CHECK(str_is(LOGGED("select 'https://u:p@h/' = x"), "select '[HIDDEN]' = x"));
  CHECK(str_is(LOGGED("select encrypt('a', \"b\", 'open"),
               "select encrypt('[HIDDEN]', '[HIDDEN]', '[HIDDEN]'"));
  CHECK(str_is(LOGGED("create table t (a Int8) settings aws_secret_access_key='k'"),
               "create table t (a Int8) settings aws_secret_access_key='[HIDDEN]'"));
  CHECK(str_is(LOGGED("insert into t format CSV 1,2"), "insert into t format CSV "));
  Buf sql = {.arena = &arena};
  buf_adds(&sql, "select '");
  while (sql.len < 100000)
    buf_adds(&sql, "\xc3\xa4");
  Str logged = serve_log_sql(&arena, buf_str(&sql));
  CHECK(logged.len < 4010 && str_ends(logged, STR("\xc3\xa4..")));
  buf_adds(&sql, "' identified by 'x'");
  CHECK(str_find(serve_log_sql(&arena, buf_str(&sql)), STR("identified by 'x'"), 0) < 0);
  secret_add(STR("a-known-word"));
  CHECK(str_find(LOGGED("select 'a-known-word'"), STR("a-known-word"), 0) < 0);
}

int main(void) {
  test_city();
  test_codecs();
  test_statements();
  test_rights();
  test_requests();
  test_access();
  test_hashes();
  test_log();
  arena_free(&arena);
  return check_done();
}
