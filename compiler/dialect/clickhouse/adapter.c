// What only ClickHouse's adapter has: exchange, clusters, settings, strategies, versions, sources
// on S3. Names and results are dbt-clickhouse's.
#include "../../context/adapter.h"
#include "../../context/adapter_columns.h"
#include "../../context/adapter_relations.h"
#include "../../context/ask.h"
#include "../../context/column.h"
#include "../../context/config_object.h"
#include "../../context/evaluation.h"
#include "../../context/refs.h"
#include "../../context/relation.h"
#include "../../context/results.h"
#include "../../context/table.h"
#include "../../context/table_print.h"
#include "../../template/ops_access.h"
#include "clickhouse.h"
#include "lineage.h"

static const Target *target_of(Eval *ev) { return context_of(ev)->shared->project->target; }

static Str target_text(Eval *ev, const char *key) {
  const Target *t = target_of(ev);
  return t ? target_str(t, str_c(key), STR("")) : STR("");
}
static bool target_flag(Eval *ev, const char *key, bool otherwise) {
  const Target *t = target_of(ev);
  return t ? target_bool(t, str_c(key), otherwise) : otherwise;
}

// --- databases and exchange

// A literal with its quotes and backslashes escaped.
static void literal(Buf *out, Str s) {
  buf_adds(out, "'");
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '\'' || s.ptr[i] == '\\')
      buf_adds(out, "\\");
    buf_addc(out, s.ptr[i]);
  }
  buf_adds(out, "'");
}

// {name, engine, comment} of a database, by the macro clickhouse__get_database; or none.
static Value database_facts(Eval *ev, Context *c, Str schema) {
  Value found = context_call_macro(ev, c, "clickhouse__get_database",
                                   (Kwarg[]){
                                       {STR("database"), val_str(schema)}
  },
                                   1);
  Value rows = ops_list(ev, found);
  if (!rows.list->n)
    return val_none();
  Value facts = val_dict(eval_arena(ev));
  static const char *const keys[] = {"name", "engine", "comment"};
  for (size_t i = 0; i < COUNT(keys); i++)
    dict_sets(eval_arena(ev), facts.dict, str_c(keys[i]),
              ops_item(ev, rows.list->items[0], val_str(str_c(keys[i]))));
  return facts;
}

static Value fn_get_ch_database(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value schema = v[0];
  return database_facts(ev, context_of(ev), text_or_empty(a, schema));
}

static bool schema_exchanges(Eval *ev, Str schema) {
  Value facts = database_facts(ev, context_of(ev), schema);
  return clickhouse_exchanges(text_or_empty(eval_arena(ev), val_get(facts, STR("engine"))));
}

static Value fn_can_exchange(Eval *ev, const Value *v) {
  if (!val_is_str(v[1], STR("table")))
    return val_bool(false);
  return val_bool(schema_exchanges(ev, text_or_empty(eval_arena(ev), v[0])));
}

static Value fn_supports_exchange(Eval *ev, const Value *v) {
  (void)v;
  const Target *t = target_of(ev);
  return val_bool(target_flag(ev, "cluster_mode", false) || (t && schema_exchanges(ev, t->schema)));
}

// The rows are lines of a text, a column of one each.
static Str text_of_rows(Arena *a, Value rows) {
  Buf text = {.arena = a};
  for (size_t i = 0; i < val_count(rows); i++) {
    Value row = rows.list->items[i];
    if (val_count(row))
      buf_add(&text, val_to_str(a, row.list->items[0]));
    buf_addc(&text, '\n');
  }
  return buf_str(&text);
}

static Value resolved_columns(Arena *a, const ResolvedQuery *q) {
  if (!q->columns)
    return val_none();
  Value columns = val_list(a, q->ncolumns);
  for (size_t i = 0; i < q->ncolumns; i++) {
    Value pair = val_list(a, 2);
    list_push(a, pair.list, val_str(q->columns[i].name));
    list_push(a, pair.list, val_str(q->columns[i].type));
    list_push(a, columns.list, pair);
  }
  return columns;
}

static Value fn_resolved(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str sql = context_text_arg(ev, v[0], "adapter.starc_resolved", "the query");
  Str answer = text_of_rows(a, v[1]);
  const ResolvedWatch *w = c->resolves;
  bool planned = !w || w->resolved(w->data, sql, answer);
  ResolvedQuery q = clickhouse_resolved(a, answer);
  Value out = val_dict(a);
  dict_sets(a, out.dict, STR("plan"), val_bool(planned && q.plan_may_refuse));
  dict_sets(a, out.dict, STR("columns"), resolved_columns(a, &q));
  return out;
}

static Value fn_engine_clause(Eval *ev, const Value *v) {
  (void)v;
  Str engine = target_text(ev, "database_engine");
  return val_str(engine.len ? str_fmt(eval_arena(ev), "ENGINE %.*s", STR_ARG(engine)) : STR(""));
}

// --- clusters

// The engine inside starc is in no cluster, whatever the target is that it stands for.
static Value fn_cluster_name(Eval *ev, const Value *v) {
  (void)v;
  const Target *t = target_of(ev);
  Str cluster = target_text(ev, "cluster");
  Buf out = {.arena = eval_arena(ev)};
  if (!cluster.len || (t && t->inside))
    return val_none();
  dialect_double_quoted(&out, cluster);
  return val_str(buf_str(&out));
}

static Value fn_local_suffix(Eval *ev, const Value *v) {
  (void)v;
  const Target *t = target_of(ev);
  Str s = t ? target_str(t, STR("local_suffix"), STR("local")) : STR("local");
  bool ready = !s.len || s.ptr[0] == '_';
  return val_str(ready ? s : str_fmt(eval_arena(ev), "_%.*s", STR_ARG(s)));
}

static Value fn_local_prefix(Eval *ev, const Value *v) {
  (void)v;
  Str s = target_text(ev, "local_db_prefix");
  bool ready = !s.len || s.ptr[s.len - 1] == '_';
  return val_str(ready ? s : str_fmt(eval_arena(ev), "%.*s_", STR_ARG(s)));
}

static bool has_nocase(Str s, const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= s.len; i++)
    if (str_eq_nocase(str_sub(s, i, i + n), str_c(word)))
      return true;
  return false;
}

bool clickhouse_on_cluster(const Target *t) {
  return t && str_trim(target_str(t, STR("cluster"), STR(""))).len &&
         !has_nocase(target_str(t, STR("database_engine"), STR("")), "replicated");
}

static Value fn_should_on_cluster(Eval *ev, const Value *v) {
  (void)v;
  return val_bool(clickhouse_on_cluster(target_of(ev)));
}

// --- settings

// key=value pairs as ClickHouse reads them; text is quoted unless it is quoted already.
static void print_settings(Arena *a, Buf *out, Value settings) {
  DictEntry *e;
  bool first = true;
  for (size_t at = 0; (e = dict_next(settings.dict, &at)); first = false) {
    buf_addf(out, "%s%.*s=", first ? "" : ", ", STR_ARG(val_to_str(a, e->key)));
    if (e->value.kind == VAL_BOOL) {
      buf_addf(out, "%d", e->value.b);
    } else if (e->value.kind != VAL_STR) {
      buf_add(out, val_to_str(a, e->value));
    } else {
      Str s = val_text(e->value);
      bool quoted = s.len > 1 && s.ptr[0] == '\'' && s.ptr[s.len - 1] == '\'';
      if (quoted)
        buf_add(out, s);
      else
        literal(out, s);
    }
  }
}

static Value settings_text(Eval *ev, Value settings) {
  if (settings.kind != VAL_DICT || !settings.dict->n)
    return val_lit("");
  Buf out = {.arena = eval_arena(ev)};
  buf_adds(&out, "\nSETTINGS ");
  print_settings(eval_arena(ev), &out, settings);
  buf_adds(&out, "\n");
  return val_str(buf_str(&out));
}

static Value model_config(Value model, const char *key) {
  return val_get(val_get(model, STR("config")), str_c(key));
}

// The settings of a table: the model's own and, for the MergeTree family, no deduplication of
// repeated inserts unless the profile allows it.
static Value fn_model_settings(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value own = model_config(v[0], "settings"), all = val_dict(a);
  if (own.kind == VAL_DICT)
    all = val_copy(a, own, false);
  Str how = text_or_empty(a, model_config(v[0], "materialized"));
  bool fills =
      str_is(how, "table") || str_is(how, "incremental") || str_is(how, "materialized_view");
  Str engine = val_is_absent(v[1]) ? STR("MergeTree") : val_to_str(a, v[1]);
  Str window = STR("replicated_deduplication_window");
  if (fills && has_nocase(engine, "MergeTree") && !dict_gets(all.dict, window) &&
      !target_flag(ev, "allow_automatic_deduplication", false))
    dict_sets(a, all.dict, window, val_lit("0"));
  return settings_text(ev, all);
}

static Value fn_query_settings(Eval *ev, const Value *v) {
  Value model = v[0];
  return settings_text(ev, model_config(model, "query_settings"));
}

static Value fn_filter_settings(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  if (v[0].kind != VAL_DICT)
    return val_dict(a);
  Value all = val_copy(a, v[0], false);
  if (!has_nocase(text_or_empty(a, v[1]), "MergeTree"))
    dict_remove(all.dict, val_lit("replicated_deduplication_window"));
  return all;
}

// --- versions

static bool next_number(Str *s, int64_t *n) {
  *n = 0;
  size_t i = 0;
  for (; i < s->len && s->ptr[i] >= '0' && s->ptr[i] <= '9' && i < 15; i++)
    *n = *n * 10 + (s->ptr[i] - '0');
  if (!i)
    return false;
  *s = str_sub(*s, i < s->len && s->ptr[i] == '.' ? i + 1 : i, s->len);
  return true;
}

// Compares as many parts as both have.
static int version_cmp(Str a, Str b) {
  int64_t x, y;
  while (next_number(&a, &x) && next_number(&b, &y))
    if (x != y)
      return x < y ? -1 : 1;
  return 0;
}

static int against_server(Eval *ev, Value version) {
  Context *c = context_of(ev);
  Str wanted = context_text_arg(ev, version, "adapter.is_before_version", "the version"), text;
  int64_t number;
  DbError error = {.at = -1};
  if (context_standins(c))
    return 1;
  context_may_ask(ev, c);
  if (!c->db->version(c->db->data, eval_arena(ev), &text, &number, &error))
    context_db_fail(ev, c, &error, STR(""));
  return version_cmp(text, wanted);
}
static Value fn_is_before(Eval *ev, const Value *v) {
  return val_bool(against_server(ev, v[0]) < 0);
}
static Value fn_is_at_or_after(Eval *ev, const Value *v) {
  return val_bool(against_server(ev, v[0]) >= 0);
}

// --- incremental strategies

static Value fn_calculate_strategy(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Str s = text_or_empty(a, v[0]);
  if (!s.len || str_is(s, "default"))
    return target_flag(ev, "use_lw_deletes", false) ? val_lit("delete_insert") : val_lit("legacy");
  return str_is(s, "delete+insert") ? val_lit("delete_insert") : val_str(s);
}

static Value fn_validate_strategy(Eval *ev, const Value *v) {
  static const Str known[] = {STR_INIT("append"), STR_INIT("delete_insert"),
                              STR_INIT("insert_overwrite"), STR_INIT("legacy"),
                              STR_INIT("microbatch")};
  Arena *a = eval_arena(ev);
  Str s = text_or_empty(a, v[0]);
  bool found = false;
  for (size_t i = 0; i < COUNT(known); i++)
    found |= str_eq(s, known[i]);
  if (!found)
    context_fail_config(ev, CODE_CONFIG_VALUE, STR("incremental_strategy"),
                        str_hint_for(a, s, known, COUNT(known)),
                        "ClickHouse has no incremental strategy '%.*s'", STR_ARG(s));
  bool key = !val_is_absent(v[2]) && val_truth(v[2]);
  bool partition = !val_is_absent(v[3]) && val_truth(v[3]);
  bool by_key = str_is(s, "delete_insert") || str_is(s, "microbatch");
  if (str_is(s, "delete_insert") && !key)
    context_fail_config(ev, CODE_MISSING_KEY, STR("incremental_strategy"),
                        STR("unique_key: the column or columns whose rows are replaced; without "
                            "one, the strategy append adds rows"),
                        "the incremental strategy delete_insert needs a unique_key");
  if (str_is(s, "insert_overwrite") && !partition)
    context_fail_config(ev, CODE_MISSING_KEY, STR("incremental_strategy"),
                        STR("partition_by: what divides the table into the parts that a run "
                            "replaces, 'toYYYYMM(day)' for one"),
                        "the incremental strategy insert_overwrite needs partition_by");
  if (str_is(s, "insert_overwrite") && key)
    context_fail_config(ev, CODE_CONFLICTING_KEYS, STR("unique_key"),
                        STR("whole partitions are replaced; by key it is delete_insert"),
                        "the incremental strategy insert_overwrite takes no unique_key");
  if (!by_key && !val_is_absent(v[1]) && val_truth(v[1]))
    context_fail_config(ev, CODE_CONFLICTING_KEYS,
                        val_is_absent(val_get(config_of(context_of(ev)), STR("predicates")))
                            ? STR("incremental_predicates")
                            : STR("predicates"),
                        STR("they narrow what delete_insert and microbatch replace"),
                        "incremental predicates do not work with the strategy '%.*s'", STR_ARG(s));
  return val_none();
}

// --- schema changes

typedef struct Changes {
  Object object;
  Str policy;
  Value add, drop, modify; // lists of columns
} Changes;

static bool changes_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  const Changes *c = (const Changes *)o;
  bool sync = c->drop.list->n || c->modify.list->n, any = sync || c->add.list->n;
  if (str_is(name, "on_schema_change"))
    *out = val_str(c->policy);
  else if (str_is(name, "columns_to_add"))
    *out = c->add;
  else if (str_is(name, "columns_to_drop"))
    *out = c->drop;
  else if (str_is(name, "columns_to_modify"))
    *out = c->modify;
  else if (str_is(name, "has_schema_changes"))
    *out = val_bool(any);
  else if (str_is(name, "has_sync_changes"))
    *out = val_bool(sync);
  else if (str_is(name, "has_conflicting_changes"))
    *out =
        val_bool(str_is(c->policy, "fail") ? any : !str_is(c->policy, "sync_all_columns") && sync);
  else
    return false;
  return true;
}
static const ObjectType changes_type = {.name = "ClickHouseColumnChanges", .attr = changes_attr};

static const ColumnObj *by_name(Value columns, Str name) {
  for (size_t i = 0; i < columns.list->n; i++) {
    const ColumnObj *c = (const ColumnObj *)columns.list->items[i].obj;
    if (is_column(columns.list->items[i]) && str_eq(c->name, name))
      return c;
  }
  return NULL;
}

// "label: name Type, .."; nothing without a column.
static void name_them(Eval *ev, Buf *out, const char *label, Value columns) {
  Arena *a = eval_arena(ev);
  if (columns.list->n)
    buf_addf(out, "%s%s", out->len ? "; " : "", label);
  for (size_t i = 0; i < columns.list->n; i++) {
    const ColumnObj *c = (const ColumnObj *)columns.list->items[i].obj;
    buf_addf(out, "%s%.*s %.*s", i ? ", " : "", STR_ARG(c->name), STR_ARG(column_whole_type(a, c)));
  }
}

static Value query_columns(Eval *ev, Context *c, Str sql, Value query_settings) {
  Buf full = {.arena = eval_arena(ev)};
  buf_addf(&full, "select * from (\n%.*s\n) limit 0", STR_ARG(sql));
  buf_add(&full, val_text(settings_text(ev, query_settings)));
  return adapter_query_columns(ev, c, buf_str(&full));
}

static Value fn_check_changes(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  need_relation(ev, v[1], "adapter.check_incremental_schema_changes");
  Str policy = text_or_empty(a, v[0]);
  static const char *const policies[] = {"ignore", "fail", "append_new_columns",
                                         "sync_all_columns"};
  bool known = false;
  for (size_t i = 0; i < 4; i++)
    known |= str_eq(policy, str_c(policies[i]));
  if (!known)
    context_fail_config(ev, CODE_CONFIG_VALUE, STR("on_schema_change"), STR(""),
                        "on_schema_change is ignore, fail, append_new_columns or "
                        "sync_all_columns, not '%.*s'",
                        STR_ARG(policy));
  Value have = adapter_column_list(ev, c, v[1]);
  Value want = query_columns(ev, c, text_or_empty(a, v[2]), v[4]);
  Changes *x = arena_new(a, Changes);
  *x = (Changes){{&changes_type}, policy, val_list(a, 2), val_list(a, 2), val_list(a, 2)};
  for (size_t i = 0; i < want.list->n; i++) {
    const ColumnObj *w = (const ColumnObj *)want.list->items[i].obj;
    const ColumnObj *h = by_name(have, w->name);
    if (!h)
      list_push(a, x->add.list, want.list->items[i]);
    else if (!str_eq(h->dtype, w->dtype))
      list_push(a, x->modify.list, want.list->items[i]);
  }
  for (size_t i = 0; i < have.list->n; i++)
    if (is_column(have.list->items[i]) &&
        !by_name(want, ((const ColumnObj *)have.list->items[i].obj)->name))
      list_push(a, x->drop.list, have.list->items[i]);
  Value conflict;
  changes_attr(ev, &x->object, STR("has_conflicting_changes"), &conflict);
  if (!str_is(policy, "ignore") && val_truth(conflict)) {
    Buf what = {.arena = a};
    name_them(ev, &what, "new: ", x->add);
    name_them(ev, &what, "gone: ", x->drop);
    name_them(ev, &what, "of another type: ", x->modify);
    Str kind = text_or_empty(a, v[3]);
    Str key = str_is(kind, "table") ? STR("mv_on_schema_change") : STR("on_schema_change");
    bool adds = str_is(policy, "append_new_columns") || x->modify.list->n || x->drop.list->n;
    context_fail_config(
        ev, CODE_SCHEMA_CHANGE, key,
        str_fmt(a, "--full-refresh builds it anew; sync_all_columns%s changes its columns",
                adds ? "" : " or append_new_columns"),
        "The source and target schemas on this %.*s model are out of sync: the query's columns "
        "are not those of %.*s, and %.*s is %.*s (%.*s)",
        STR_ARG(kind), STR_ARG(relation_str(a, (RelationObj *)v[1].obj)), STR_ARG(key),
        STR_ARG(policy), STR_ARG(buf_str(&what)));
  }
  return val_obj(x);
}

static Value fn_columns_of_query(Eval *ev, const Value *v) {
  Value sql = v[0];
  return query_columns(
      ev, context_of(ev),
      context_text_arg(ev, sql, "adapter.get_column_schema_from_query", "the statement"), v[2]);
}

static Value fn_format_columns(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value given = ops_list(ev, v[0]);
  Value all = val_list(a, given.list->n);
  for (size_t i = 0; i < given.list->n; i++) {
    if (!is_column(given.list->items[i]))
      eval_fail_code(ev, CODE_WRONG_ARGUMENT, "format_columns() takes columns, not %s",
                     val_type_name(given.list->items[i]));
    const ColumnObj *c = (const ColumnObj *)given.list->items[i].obj;
    Value d = val_dict(a);
    dict_sets(a, d.dict, STR("name"), val_str(c->name));
    dict_sets(a, d.dict, STR("data_type"), val_str(column_data_type(a, c)));
    list_push(a, all.list, d);
  }
  return all;
}

// starc_try(sql): runs a statement whose failure is not the end. Gives {response, error}, one of
// them none.
static Value fn_try(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  DbResult r = {.affected = -1};
  DbError error = {.at = -1};
  Str sql = context_text_arg(ev, v[0], "adapter.starc_try", "the statement");
  context_may_ask(ev, c);
  bool good = c->db->query(c->db->data, a, sql, false, -1, &r, &error);
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("response"), good ? response_value(c->arena, &r) : val_none());
  dict_sets(a, d.dict, STR("error"), good ? val_none() : val_str(error.message));
  return d;
}

// starc_batch_condition(): which rows of the model lie in the batch that is run, as the rows of its
// inputs are chosen; empty: there is no batch.
static Value fn_batch_condition(Eval *ev, const Value *v) {
  (void)v;
  const Context *c = context_of(ev);
  int64_t from, to;
  bool batch = c->node && c->node->more->batch && context_span(c, &from, &to);
  return val_str(batch ? event_condition(c, c->node, from, to) : STR(""));
}

// --- sources outside

static Value fn_get_csv_data(Eval *ev, const Value *v) {
  return val_str(table_csv(ev, need_table(ev, v[0], "adapter.get_csv_data")));
}

// What stands for the profile's password until a CREATE DICTIONARY is sent: a template that prints
// it shows nothing, and no other statement is given it.
static const char password_mark[] = "__starc_profile_password__";

Str clickhouse_with_password(Arena *a, const Target *t, Str sql) {
  Str mark = str_c(password_mark);
  ptrdiff_t at = str_find(sql, mark, 0);
  if (at < 0 || !t || !has_nocase(sql, "create") || !has_nocase(sql, "dictionary"))
    return sql;
  Buf out = {.arena = a}, quoted = {.arena = a};
  literal(&quoted, t->password.hidden);
  Str inside = str_sub(buf_str(&quoted), 1, quoted.len - 1); // the mark stands in quotes already
  size_t from = 0;
  for (; at >= 0; at = str_find(sql, mark, from)) {
    buf_add(&out, str_sub(sql, from, (size_t)at));
    buf_add(&out, inside);
    from = (size_t)at + mark.len;
  }
  buf_add(&out, str_sub(sql, from, sql.len));
  return buf_str(&out);
}

// What a dictionary's source is given.
static Value fn_get_credentials(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Target *t = target_of(ev);
  Value d = val_dict(a);
  Str user = target_text(ev, "user");
  dict_sets(a, d.dict, STR("user"), val_str(user.len ? user : STR("default")));
  bool secret = t && t->password.hidden.len;
  dict_sets(a, d.dict, STR("password"), secret ? val_str(str_c(password_mark)) : val_lit(""));
  dict_sets(a, d.dict, STR("database"), val_lit(""));
  dict_sets(a, d.dict, STR("host"), val_str(target_text(ev, "host")));
  dict_sets(a, d.dict, STR("port"), val_int(t ? target_int(t, STR("port"), 8123) : 8123));
  Value over = v[0];
  DictEntry *e;
  for (size_t at = 0; over.kind == VAL_DICT && (e = dict_next(over.dict, &at));)
    dict_set(a, d.dict, e->key, e->value);
  return d;
}

// s3('url', 'key', 'secret', 'format', 'structure', 'compression')
// The parts of s3source_clause()'s signature, behind the two that may hold them.
static const char *const s3_parts[] = {"bucket",
                                       "path",
                                       "fmt",
                                       "structure",
                                       "aws_access_key_id",
                                       "aws_secret_access_key",
                                       "role_arn",
                                       "compression",
                                       "external_id"};
enum { S3_PARTS = COUNT(s3_parts) };

static Value fn_s3source(Eval *ev, const Value *given) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value named = val_undef(NULL);
  if (given[0].kind == VAL_STR && given[0].len)
    project_var(c->shared->project, c->package, val_text(given[0]), &named);
  Value v[S3_PARTS];
  for (size_t i = 0; i < S3_PARTS; i++) {
    Value from = val_get(given[1], str_c(s3_parts[i]));
    from = val_is_absent(from) ? val_get(named, str_c(s3_parts[i])) : from;
    v[i] = given[i + 2];
    if (val_is_absent(v[i]) || !val_truth(v[i]))
      v[i] = val_is_absent(from) ? val_none() : from;
  }
  Str bucket = text_or_empty(a, v[0]), path = text_or_empty(a, v[1]);
  Buf url = {.arena = a}, out = {.arena = a}, structure = {.arena = a};
  if (!str_starts(bucket, STR("http")))
    buf_adds(&url, "https://");
  buf_add(&url, bucket);
  if (path.len && path.ptr[0] != '/' && !str_ends(bucket, STR("/")))
    buf_adds(&url, "/");
  buf_add(&url, path);
  DictEntry *e;
  bool first = true;
  if (v[3].kind == VAL_DICT)
    for (size_t at = 0; (e = dict_next(v[3].dict, &at)); first = false)
      buf_addf(&structure, "%s%.*s %.*s", first ? "" : ",", STR_ARG(val_to_str(a, e->key)),
               STR_ARG(val_to_str(a, e->value)));
  else if (val_is_seq(v[3]))
    for (size_t i = 0; i < v[3].list->n; i++)
      buf_addf(&structure, "%s%.*s", i ? "," : "", STR_ARG(val_to_str(a, v[3].list->items[i])));
  else
    buf_add(&structure, text_or_empty(a, v[3]));
  Str key = text_or_empty(a, v[4]), secret = text_or_empty(a, v[5]);
  if (key.len && !secret.len)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "s3source_clause() has a key id and no secret key for it");
  buf_adds(&out, "s3(");
  literal(&out, buf_str(&url));
  Str parts[] = {key, key.len ? secret : STR(""), text_or_empty(a, v[2]), buf_str(&structure),
                 text_or_empty(a, v[7])};
  for (size_t i = 0; i < COUNT(parts); i++)
    if (parts[i].len) {
      buf_adds(&out, ", ");
      literal(&out, parts[i]);
    }
  Str role = text_or_empty(a, v[6]), id = text_or_empty(a, v[8]);
  if (id.len && !role.len)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "s3source_clause() has an external_id and no role_arn for it");
  if (role.len) {
    buf_adds(&out, ", extra_credentials(role_arn=");
    literal(&out, role);
    if (id.len) {
      buf_adds(&out, ", external_id=");
      literal(&out, id);
    }
    buf_adds(&out, ")");
  }
  buf_adds(&out, ")");
  return val_str(buf_str(&out));
}

// Whether a schema is among those that are listed.
static Value fn_check_schema_exists(Eval *ev, const Value *v) {
  return val_bool(ops_in(ev, v[1], adapter_list_schemas(ev, context_of(ev), v[0])));
}

// clang-format off
const Method clickhouse_methods[] = {
    {{"check_schema_exists",              fn_check_schema_exists,          "database, schema",
      "whether the schema is there"}, GIVE_FALSE},
    {{"render_raw_columns_constraints",   clickhouse_constraints_columns,  "raw_columns",
      "the columns of a contract as SQL, with their constraints"}, REAL},
    {{"render_raw_model_constraints",     clickhouse_constraints_of_model, "raw_constraints",
      "the constraints of a contract as SQL"}, REAL},
    {{"can_exchange",                     fn_can_exchange,                 "schema, rel_type",
      "whether relations of the kind can change places"}, GIVE_NONE},
    {{"supports_atomic_exchange",         fn_supports_exchange,            "",
      "whether tables can change places"}, GIVE_NONE},
    {{"should_on_cluster",                fn_should_on_cluster,            "*args, **kwargs",
      "whether relations are made on the cluster"}, GIVE_NONE},
    {{"get_ch_database",                  fn_get_ch_database,              "schema",
      "the database of that name with its engine, or none"}, GIVE_NONE},
    {{"get_clickhouse_cluster_name",      fn_cluster_name,                 "",
      "the cluster's name in quotes, or none"}, GIVE_DICT},
    {{"get_clickhouse_local_suffix",      fn_local_suffix,                 "",
      "what stands behind the names of local tables"}, GIVE_DICT},
    {{"get_clickhouse_local_db_prefix",   fn_local_prefix,                 "",
      "what stands before the databases of local tables"}, GIVE_DICT},
    {{"clickhouse_db_engine_clause",      fn_engine_clause,                "",
      "the engine clause of create database"}, REAL},
    {{"starc_resolved",                   fn_resolved,                     "sql, rows",
      "plan: whether a build makes one, which may refuse what was resolved; columns: pairs of name and type, or none"}, REAL},
    {{"get_model_settings",               fn_model_settings,               "model, engine='MergeTree'",
      "the settings clause of a table"}, REAL},
    {{"get_model_query_settings",         fn_query_settings,               "model",
      "the settings clause of a query"}, REAL},
    {{"filter_settings_by_engine",        fn_filter_settings,              "settings, engine",
      "the settings that an engine knows"}, REAL},
    {{"is_before_version",                fn_is_before,                    "version",
      "whether the server is older"}, REAL},
    {{"is_at_or_after_version",           fn_is_at_or_after,               "version",
      "whether the server is of that version or later"}, REAL},
    {{"calculate_incremental_strategy",   fn_calculate_strategy,           "strategy",
      "the strategy that a config means"}, GIVE_NONE},
    {{"validate_incremental_strategy",    fn_validate_strategy,            "strategy, predicates=none, unique_key=none, partition_by=none",
      "fails where a strategy cannot work"}, GIVE_NONE},
    {{"check_incremental_schema_changes", fn_check_changes,                "on_schema_change, existing, target_sql, materialization='incremental', query_settings=none",
      "how the columns of a query differ from those of a table"}, GIVE_NONE},
    {{"get_column_schema_from_query",     fn_columns_of_query,             "sql, *args, query_settings=none",
      "the columns of a query"}, GIVE_NONE},
    {{"format_columns",                   fn_format_columns,               "columns",
      "dicts of name and data_type"}, GIVE_NONE},
    {{"get_csv_data",                     fn_get_csv_data,                 "table", "a table as CSV"}, REAL},
    {{"get_credentials",                  fn_get_credentials,              "connection_overrides=none",
      "the connection's values, some replaced"}, REAL},
    {{"s3source_clause",                  fn_s3source,                     "config_name, s3_model_config=none, bucket=none, path=none, fmt=none, structure=none, aws_access_key_id=none, aws_secret_access_key=none, role_arn=none, compression=none, external_id=none",
      "the table function s3(...)"}, GIVE_NONE},
    {{"starc_try",                        fn_try,                          "sql",
      "runs a statement; the error's text where it fails"}, GIVE_NONE},
    {{"starc_batch_condition",            fn_batch_condition,              "", "which rows a batch reads"}, GIVE_NONE},
    {{"starc_external",                   clickhouse_external,             "relation, columns",
      "where an external model's rows are written and read, or {key, error, hint}"}, GIVE_NONE},
    {{"starc_external_put",               clickhouse_external_put,         "plan",
      "puts what was written into its place, or gives {key, error, hint}"}, GIVE_NONE},
    {{"starc_catch_up",                   clickhouse_catch_up,             "work, inserts=none",
      "fills a table while views catch what arrives"}, GIVE_NONE},
    {{0}, REAL},
};
// clang-format on

const NativeTable clickhouse_natives[] = {
    {"adapter on ClickHouse", "adapter", "method", &clickhouse_methods[0].native, sizeof(Method)},
    {"Relations on ClickHouse",               "Relation", "method", clickhouse_relation_methods, sizeof(Native)},
    {0        },
};
