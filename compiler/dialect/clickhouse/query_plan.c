// What a check need not ask ClickHouse again, once a query is resolved. In: the answer of EXPLAIN
// QUERY TREE. Out: whether a plan may refuse the query all the same; its columns, where a table
// that is made of their names and types has just these. What ClickHouse (26.5) looks at only when
// it plans: the types of a join's keys, the values of IN, the rows that WITH FILL adds, windows,
// patterns and formats, functions of values that a subquery gives as constants, and more. So only
// what is listed here is known to have none of it; whatever else is in a tree, also in one of a
// later version, may.
#include "../../base/map.h"
#include "lineage.h"

// What may stand in a line of a node, beside its id. NULL: anything.
static const struct {
  TreeWord word;
  const char *keys;
} plain_nodes[] = {
    {TREE_QUERY,    "alias is_subquery is_cte cte_name is_distinct"                           },
    {TREE_TABLE,    "alias table_name"                                                        },
    {TREE_JOIN,     "strictness kind"                                                         },
    {TREE_SORT,     "sort_direction nulls_sort_direction with_fill"                           },
    {TREE_COLUMN,   NULL                                                                      },
    {TREE_CONSTANT, NULL                                                                      },
    {TREE_LIST,     NULL                                                                      },
    {TREE_NAME,     NULL                                                                      },
    {TREE_FUNCTION, "function_name function_type result_type alias nulls_action function_kind"},
};

static const TreeWord plain_sections[] = {
    TREE_PROJECTION_COLUMNS, TREE_PROJECTION, TREE_JOIN_TREE,        TREE_WHERE,
    TREE_GROUP_BY,           TREE_HAVING,     TREE_ORDER_BY,         TREE_ARGUMENTS,
    TREE_PARAMETERS,         TREE_EXPRESSION, TREE_TABLE_EXPRESSION, TREE_JOIN_EXPRESSION,
};

// Whether a line has no ", key: " of another key than these.
static bool has_only(Str line, const char *keys) {
  for (size_t at = 0; at + 2 < line.len; at++) {
    if (line.ptr[at] != ',' || line.ptr[at + 1] != ' ')
      continue;
    size_t end = at + 2;
    while (end < line.len && (line.ptr[end] == '_' || str_word_char(line.ptr[end])))
      end++;
    bool key = end < line.len && line.ptr[end] == ':';
    if (key && !str_among(str_sub(line, at + 2, end), keys))
      return false;
  }
  return true;
}

// --- functions

// What refuses no constant once the types of its arguments are known.
static const char total[] =
    "and or not xor equals notEquals less greater lessOrEquals greaterOrEquals plus minus multiply "
    "divide negate if multiIf coalesce ifNull nullIf assumeNotNull toNullable concat CAST _CAST "
    "materialize identity tuple array tupleElement like notLike ilike notILike count sum min max "
    "avg any";

// A pattern, a format, a time zone, a place in a text: they are looked at when the function is
// bound, which is when the query is planned.
static bool may_refuse_constant(const QueryTree *t, const TreeNode *n, Str name) {
  const TreeNode *list = tree_list(t, n, TREE_ARGUMENTS);
  if (str_among(name, total))
    return false;
  for (const TreeNode *of = list ? tree_first(t, list) : NULL; of; of = tree_next(t, of))
    if (of->word == TREE_CONSTANT)
      return true;
  return false;
}

// What has a set of values, rows of its own, or a form that only the plan gives it.
static bool is_plain_function(const QueryTree *t, const TreeNode *n) {
  Str name = tree_field(n, "function_name"), type = tree_field(n, "function_type");
  return str_among(type, "ordinary aggregate") && !str_ends(name, STR("In")) &&
         !str_ends(name, STR("IgnoreSet")) &&
         !str_among(name, "in exists grouping arrayJoin indexHint joinGet joinGetOrNull") &&
         !may_refuse_constant(t, n, name);
}

// --- queries

// A value of a subquery that is the same for all rows is computed with when the plan is made.
static bool is_given_up(const QueryTree *t, const TreeNode *constant) {
  const TreeNode *section = tree_parent(t, tree_parent(t, constant));
  return section && section->word == TREE_PROJECTION && section->parent;
}

static bool is_plain_query(const QueryTree *t, const TreeNode *n) {
  const TreeNode *up = tree_parent(t, n);
  return !up || up->word == TREE_JOIN_TREE || up->word == TREE_TABLE_EXPRESSION;
}

// --- joins

// A type of one value that is the same wherever its name is written.
static bool is_simple(Str type) {
  size_t end = 0;
  while (end < type.len && type.ptr[end] != '(')
    end++;
  return str_among(
      str_sub(type, 0, end),
      "Int8 Int16 Int32 Int64 Int128 Int256 UInt8 UInt16 UInt32 UInt64 UInt128 UInt256 "
      "Float32 Float64 Decimal String FixedString Date Date32 DateTime DateTime64 Bool "
      "UUID IPv4 IPv6");
}

// Takes "Nullable(" and ")" away.
static bool unwrap(Str *type, const char *wrapper) {
  Str start = str_c(wrapper);
  if (!str_starts(*type, start) || !str_ends(*type, STR(")")))
    return false;
  *type = str_sub(*type, start.len, type->len - 1);
  return true;
}

// A type whose values can be the key of any join.
static bool is_key_type(Str type) {
  unwrap(&type, "LowCardinality(");
  unwrap(&type, "Nullable(");
  return is_simple(type);
}

static bool within(const QueryTree *t, const TreeNode *section, const TreeNode *n) {
  return n && n > section && n < t->nodes + section->end;
}

// Two columns of one type, one of each side.
static bool is_key(const QueryTree *t, const TreeNode *join, const TreeNode *list) {
  const TreeNode *left = tree_child(t, join, TREE_TABLE_EXPRESSION);
  const TreeNode *right = left ? tree_next(t, left) : NULL;
  const TreeNode *a = list ? tree_first(t, list) : NULL, *b = a ? tree_next(t, a) : NULL;
  if (!b || tree_next(t, b) || a->word != TREE_COLUMN || b->word != TREE_COLUMN || !right ||
      right->word != TREE_TABLE_EXPRESSION)
    return false;
  const TreeNode *of_a = tree_source(t, a), *of_b = tree_source(t, b);
  bool sides = (within(t, left, of_a) && within(t, right, of_b)) ||
               (within(t, left, of_b) && within(t, right, of_a));
  return sides && str_eq(tree_type(a), tree_type(b)) && is_key_type(tree_type(a));
}

// ON: keys, tied by `and`. USING: a list of columns with what they are on both sides.
static bool has_plain_keys(const QueryTree *t, const TreeNode *join) {
  const TreeNode *on = tree_child(t, join, TREE_JOIN_EXPRESSION);
  if (!on || !str_is(tree_field(join, "strictness"), "ALL"))
    return false;
  for (const TreeNode *n = on + 1; n < t->nodes + on->end; n++) {
    bool equals = n->word == TREE_FUNCTION && str_is(tree_field(n, "function_name"), "equals");
    bool tie = n->word == TREE_FUNCTION && str_is(tree_field(n, "function_name"), "and");
    bool both = n->word == TREE_COLUMN && tree_child(t, n, TREE_EXPRESSION);
    if ((equals || both) &&
        !is_key(t, join, tree_list(t, n, equals ? TREE_ARGUMENTS : TREE_EXPRESSION)))
      return false;
    if (!equals && !tie && !both && n->word != TREE_LIST && n->word != TREE_ARGUMENTS &&
        n->word != TREE_EXPRESSION)
      return false;
    if (equals || both)
      n = t->nodes + n->end - 1; // what is below it was looked at
  }
  return true;
}

// --- the whole

static bool is_plain_node(const QueryTree *t, const TreeNode *n) {
  switch (n->word) {
  case TREE_QUERY:
    return is_plain_query(t, n);
  case TREE_JOIN:
    return has_plain_keys(t, n);
  case TREE_FUNCTION:
    return is_plain_function(t, n);
  case TREE_CONSTANT:
    return !is_given_up(t, n);
  case TREE_SORT:
    return str_is(tree_field(n, "with_fill"), "0");
  default:
    return true;
  }
}

static bool is_plain(const QueryTree *t, const TreeNode *n) {
  for (size_t i = 0; i < COUNT(plain_nodes); i++)
    if (plain_nodes[i].word == n->word)
      return (!plain_nodes[i].keys || has_only(n->text, plain_nodes[i].keys)) &&
             is_plain_node(t, n);
  for (size_t i = 0; i < COUNT(plain_sections); i++)
    if (plain_sections[i] == n->word)
      return true;
  return (n->word == TREE_LIMIT && str_is(n->text, "LIMIT")) ||
         (n->word == TREE_OFFSET && str_is(n->text, "OFFSET"));
}

static bool may_refuse(const QueryTree *t) {
  for (uint32_t i = 0; i < t->n; i++)
    if (!is_plain(t, &t->nodes[i]))
      return true;
  return false;
}

// --- columns

// A type that a table gives its column when it is written there.
static bool is_column_type(Str type) {
  if (unwrap(&type, "Nullable("))
    return is_simple(type);
  while (unwrap(&type, "Array(")) {
  }
  return is_simple(type) || str_is(type, "LowCardinality(String)");
}

static bool is_column_name(Str name) { return name.len && !memchr(name.ptr, '.', name.len); }

// Of a query, not of a union: its columns may have other types than those of its parts.
static void read_columns(Arena *a, const QueryTree *t, ResolvedQuery *q) {
  const TreeNode *names = tree_child(t, t->nodes, TREE_PROJECTION_COLUMNS);
  const TreeNode *list = tree_list(t, t->nodes, TREE_PROJECTION);
  if (t->nodes->word != TREE_QUERY || !names || !list ||
      tree_count(t, names) != tree_count(t, list))
    return;
  struct ResolvedColumn *columns = arena_array(a, struct ResolvedColumn, tree_count(t, list) + 1);
  Map seen = {0};
  const TreeNode *line = tree_first(t, names), *of = tree_first(t, list);
  size_t n = 0;
  for (; line && of; line = tree_next(t, line), of = tree_next(t, of)) {
    Str type = tree_type(of), name = tree_name(line, type);
    if (name.len + 1 + type.len != line->text.len || !str_ends(line->text, type) ||
        !is_column_type(type) || !is_column_name(name) || !map_add(a, &seen, name))
      return;
    columns[n++] = (struct ResolvedColumn){name, type};
  }
  q->columns = columns;
  q->ncolumns = n;
}

ResolvedQuery clickhouse_resolved(Arena *a, Str answer) {
  ResolvedQuery q = {.plan_may_refuse = true};
  QueryTree t;
  if (query_tree_read(a, answer, &t))
    return q;
  q.plan_may_refuse = may_refuse(&t);
  read_columns(a, &t, &q);
  return q;
}
