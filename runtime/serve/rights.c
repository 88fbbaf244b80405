// See rights.h.
#include "rights.h"

#include "../../compiler/base/buf.h"
#include "../../compiler/dialect/sql.h"

#include <inttypes.h>

// --- the configuration

// A dictionary may run programs and read addresses, so it is starc's alone to make.
#define WRITES_IN                                                                                  \
  "CHECK, SHOW, SELECT, INSERT, ALTER TABLE, ALTER VIEW, ALTER DATABASE, CREATE DATABASE, CREATE " \
  "TABLE, CREATE VIEW, DROP DATABASE, DROP TABLE, DROP VIEW, UNDROP TABLE, TRUNCATE, OPTIMIZE, "   \
  "dictGet"
#define READS_IN "SHOW, SELECT, dictGet"

static void grant(Buf *out, Str what) {
  buf_adds(out, "<query>GRANT ");
  buf_add_spelled(out, what, spelled_xml);
  buf_adds(out, "</query>");
}

static Str quoted_name(Arena *a, Str name) {
  Buf out = {.arena = a};
  buf_addc(&out, '`');
  for (size_t i = 0; i < name.len; i++)
    buf_addf(&out, "%s%c", name.ptr[i] == '`' || name.ptr[i] == '\\' ? "\\" : "", name.ptr[i]);
  buf_addc(&out, '`');
  return buf_str(&out);
}

static void add_grants(Arena *a, Buf *out, const ServeRole *r) {
  static const char *const of_all[] = {"system", "information_schema", "INFORMATION_SCHEMA"};
  bool writes = r->reach == REACH_WRITE;
  const char *in = writes ? WRITES_IN : READS_IN;
  if (r->reach == REACH_ALL) {
    grant(out, STR("ALL ON *.*"));
    return;
  }
  grant(out, STR("CREATE TEMPORARY TABLE ON *.*"));
  if (writes && !r->ndatabases) // functions are of no database
    grant(out, STR("CREATE FUNCTION, DROP FUNCTION ON *.*"));
  if (!r->ndatabases)
    grant(out, str_fmt(a, "%s ON *.*", in));
  for (size_t i = 0; i < COUNT(of_all) && r->ndatabases; i++)
    grant(out, str_fmt(a, "SELECT ON %s.*", of_all[i]));
  for (size_t i = 0; i < r->ndatabases; i++)
    grant(out, str_fmt(a, "%s ON %.*s.*", in, STR_ARG(quoted_name(a, r->databases[i]))));
}

// The settings that bounds are, and their values.
typedef struct Bound {
  const char *setting;
  uint64_t most;
} Bound;
enum { BOUNDS = 3 };

static void bounds_of(const ServeRole *r, Bound out[BOUNDS]) {
  out[0] = (Bound){"max_memory_usage", r->bounds.memory};
  out[1] = (Bound){"max_execution_time", r->bounds.seconds};
  out[2] = (Bound){"max_result_rows", r->bounds.rows};
}

void rights_add_bounds(Buf *out, const ServeRole *role) {
  Bound bounds[BOUNDS];
  bounds_of(role, bounds);
  for (size_t i = 0; i < BOUNDS; i++)
    if (bounds[i].most)
      buf_addf(out, ", %s = %" PRIu64, bounds[i].setting, bounds[i].most);
}

// 0 means that there is no bound, so it is below the least.
static void add_profile(Buf *out, const ServeRole *r, size_t number) {
  Bound bounds[BOUNDS];
  bounds_of(r, bounds);
  buf_addf(out, "<" RIGHTS_ROLE "><constraints>", number);
  for (size_t i = 0; i < BOUNDS && r->reach == REACH_READ; i++)
    if (bounds[i].most)
      buf_addf(out, "<%s><min>1</min><max>%" PRIu64 "</max></%s>", bounds[i].setting,
               bounds[i].most, bounds[i].setting);
  buf_addf(out, "</constraints></" RIGHTS_ROLE ">", number);
}

// Tables of the engine that hold statements of others, and what they failed with, with all that
// stands in them. Those of a log are there where the engine keeps one.
static const char *const of_others[] = {"processes",
                                        "asynchronous_inserts",
                                        "query_cache",
                                        "query_condition_cache",
                                        "errors",
                                        "query_log",
                                        "query_thread_log",
                                        "query_views_log",
                                        "query_metric_log",
                                        "asynchronous_insert_log",
                                        "processors_profile_log",
                                        "opentelemetry_span_log",
                                        "text_log",
                                        "crash_log",
                                        "session_log",
                                        "error_log"};

// Only starc's own processes see rows of it. The engine's connection has all roles before it takes
// one.
static void add_hidden(Buf *out, const char *table, const ServeRole *roles, size_t n) {
  buf_addf(out, "<%s><filter>0", table);
  for (size_t i = 0; i < n; i++)
    if (roles[i].reach == REACH_ALL)
      buf_addf(out, " OR has(currentRoles(), '" RIGHTS_ROLE "')", i);
  buf_addf(out, "</filter></%s>", table);
}

static void add_filter(Buf *out, const char *table, const char *column, const ServeRole *roles,
                       size_t n) {
  buf_addf(out, "<%s><filter>NOT match(%s, '__(dbt|starc)_')", table, column);
  for (size_t i = 0; i < n; i++)
    if (roles[i].reach != REACH_READ)
      buf_addf(out, " OR has(currentRoles(), '" RIGHTS_ROLE "')", i);
  buf_addf(out, "</filter></%s>", table);
}

Str rights_config(Arena *a, const ServeRole *roles, size_t n) {
  Buf out = {.arena = a};
  buf_adds(&out, "<clickhouse><profiles><default/>");
  for (size_t i = 0; i < n; i++)
    add_profile(&out, &roles[i], i);
  buf_adds(&out, "</profiles><quotas><default/></quotas><roles>");
  for (size_t i = 0; i < n; i++) {
    buf_addf(&out, "<" RIGHTS_ROLE "><grants>", i);
    add_grants(a, &out, &roles[i]);
    buf_addf(&out, "</grants></" RIGHTS_ROLE ">", i);
  }
  buf_adds(&out, "</roles><users><default><password/><networks><ip>::/0</ip></networks>"
                 "<profile>default</profile><quota>default</quota><grants>");
  for (size_t i = 0; i < n; i++)
    grant(&out, str_fmt(a, RIGHTS_ROLE, i));
  buf_adds(&out, "</grants><databases><system>");
  add_filter(&out, "tables", "name", roles, n);
  add_filter(&out, "columns", "table", roles, n);
  for (size_t i = 0; i < COUNT(of_others); i++)
    add_hidden(&out, of_others[i], roles, n);
  buf_adds(&out, "</system></databases></default></users></clickhouse>");
  return buf_str(&out);
}

// --- statements

// Whether the word stands in the text, in any case, also as a part of a longer one.
static bool holds(Str text, const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= text.len; i++)
    if ((text.ptr[i] | 0x20) == word[0] && str_eq_nocase(str_n(text.ptr + i, n), str_n(word, n)))
      return true;
  return false;
}

bool rights_suspects(Str sql) {
  static const char *const words[] = {"file",         "role",    "kill",    "profile",
                                      RIGHTS_TAG,     "default", "definer", "security",
                                      "materialized", "window",  "modify",  "values_interpret",
                                      "values_deduce"};
  bool found = memchr(sql.ptr, '\\', sql.len);
  for (size_t i = 0; i < COUNT(words) && !found; i++)
    found = holds(sql, words[i]);
  return found;
}

static bool refuse(Arena *a, ServeProblem *problem, const char *what) {
  return request_fail(a, problem, 497, "ACCESS_DENIED",
                      "%s is not for clients of serve: it would reach what their rights do not",
                      what);
}

// Settings of which the client's rights are made, or those of views that it makes, or by which its
// data are run.
static bool is_reserved(Str name) {
  return str_eq_nocase(name, STR("profile")) || str_is(name, RIGHTS_TAG) ||
         str_is(name, "default_normal_view_sql_security") ||
         str_is(name, "default_materialized_view_sql_security") ||
         str_is(name, "default_view_definer") ||
         str_is(name, "input_format_values_interpret_expressions") ||
         str_is(name, "input_format_values_deduce_templates_of_expressions");
}

// Settings that hold a client. The engine lets anyone give them the value DEFAULT, which is no
// limit, whatever constraints there are.
static bool is_bound(Str name) {
  Bound bounds[BOUNDS];
  bounds_of(&(ServeRole){0}, bounds);
  bool found = str_is(name, "readonly");
  for (size_t i = 0; i < BOUNDS && !found; i++)
    found = str_eq(name, str_c(bounds[i].setting));
  return found;
}

static Str without_quotes(Str name) {
  bool quoted = name.len > 1 && (name.ptr[0] == '`' || name.ptr[0] == '"');
  return quoted ? str_sub(name, 1, name.len - 1) : name;
}

// Settings whose values are expressions.
static bool is_expression(Str name) {
  return str_starts(name, STR("additional_")) || str_starts(name, STR("parallel_replicas_"));
}

bool rights_allow_setting(Str name, Str value) {
  return !is_reserved(name) && !(is_expression(name) && rights_suspects(value));
}

// Whether SET or SETTINGS gives one of these a value that it may not have: "name =" behind such a
// word or a comma.
static bool sets_reserved(Str plain) {
  static const char *const ends[] = {"select", "from", "format", "union", "intersect", NULL};
  Sql s = sql_open(&sql_clickhouse, plain);
  bool settings = false;
  Str before = {0};
  for (SqlToken t; sql_solid(&s, &t);) {
    Str text = sql_text(&s, &t);
    Sql next = s;
    SqlToken after, value;
    bool named = sql_solid(&next, &after) && sql_is(&next, &after, "=");
    bool none = named && sql_solid(&next, &value) && sql_is(&next, &value, "default");
    bool opens = t.kind == SQL_WORD && (sql_is(&s, &t, "settings") || sql_is(&s, &t, "set"));
    bool may = settings && named &&
               (str_is(before, ",") || str_eq_nocase(before, STR("settings")) ||
                str_eq_nocase(before, STR("set")));
    text = without_quotes(text);
    if (may && (is_reserved(text) || (none && is_bound(text))))
      return true;
    settings = opens || (settings && !sql_among(&s, &t, ends));
    before = text;
  }
  return false;
}

// What a statement that makes or changes a view says of whose rights it has. A view is the reader's
// to read with their own; one of another's, and a materialized one always, is read with all rights.
static const char *view_rights(Str plain, bool restricted) {
  static const char *const makes[] = {"create", "attach", "replace", "alter", NULL};
  static const char *const head[] = {"create", "attach", "replace", "or", NULL};
  static const char *const deferred[] = {"materialized", "window", NULL};
  Sql s = sql_open(&sql_clickhouse, plain);
  bool first = true, in_head = true;
  Sql at = s;
  SqlToken before = {0};
  for (SqlToken t; sql_solid(&s, &t); first = false, before = t) {
    if (first && !sql_among(&s, &t, makes))
      return NULL;
    Sql next = s;
    SqlToken after;
    bool more = sql_solid(&next, &after);
    if (t.kind == SQL_WORD && sql_is(&s, &t, "definer") && more && sql_is(&next, &after, "="))
      return "DEFINER";
    if (t.kind == SQL_WORD && sql_is(&s, &t, "sql") && more && sql_is(&next, &after, "security"))
      return "SQL SECURITY";
    if (!restricted || first)
      continue;
    if (in_head && sql_among(&s, &t, deferred) && more && sql_is(&next, &after, "view"))
      return "a view that is kept up, for who sees some databases,";
    in_head = in_head && sql_among(&s, &t, head);
    if (sql_is(&s, &t, "query") && sql_is(&at, &before, "modify"))
      return "MODIFY QUERY, for who sees some databases,";
  }
  return NULL;
}

bool rights_allow(Arena *a, Str plain, const ServeRole *role, bool reads, ServeProblem *problem) {
  Sql s = sql_open(&sql_clickhouse, plain);
  bool first = true, set = false;
  Str before = {0};
  const char *view = view_rights(plain, role && role->ndatabases);
  if (view)
    return refuse(a, problem, view);
  if (sets_reserved(plain))
    return refuse(a, problem, "a setting that holds rights");
  for (SqlToken t; sql_solid(&s, &t); first = false) {
    Str text = sql_text(&s, &t);
    Sql next = s;
    SqlToken after;
    bool called = sql_solid(&next, &after) && sql_is(&next, &after, "(");
    if (first) {
      set = sql_is(&s, &t, "set");
      if (reads && sql_is(&s, &t, "kill"))
        return refuse(a, problem, "KILL");
    }
    if (t.kind == SQL_WORD && str_eq_nocase(before, STR("into")) && sql_is(&s, &t, "outfile"))
      return request_fail(a, problem, 358, "INTO_OUTFILE_NOT_ALLOWED",
                          "INTO OUTFILE is not allowed");
    if (t.kind == SQL_WORD && str_eq_nocase(before, STR("from")) && sql_is(&s, &t, "infile"))
      return refuse(a, problem, "FROM INFILE");
    if (str_eq_nocase(text, STR("file")) && (called || str_eq_nocase(before, STR("apply"))))
      return refuse(a, problem, "the function file");
    if (set && (str_eq_nocase(before, STR("set")) || str_eq_nocase(before, STR("default"))) &&
        sql_is(&s, &t, "role"))
      return refuse(a, problem, "SET ROLE");
    if (t.kind == SQL_WORD && !called && is_expression(text) && rights_suspects(plain))
      return refuse(a, problem, "a setting that is an expression");
    before = text;
  }
  return true;
}
