// Comparisons that ClickHouse takes though their sides are of different kinds: the values of one
// are read as the other's type row by row, and what cannot be read so is equal to nothing. It
// refuses most; it takes the rows of a subquery behind IN, and a number beside a time. In: a tree.
// Out: a MixedTypes for each. Constants do not count: the engine reads them while it resolves.
#include "../../base/vec.h"
#include "lineage.h"

typedef enum Family { FAMILY_OTHER, FAMILY_NUMBER, FAMILY_TEXT, FAMILY_TIME, FAMILY_UUID } Family;

typedef struct Prefix {
  const char *begin;
  Family family;
} Prefix;

// How the names of types begin. Enum, Bool, IPv4 and what is not here go with more than one kind.
static const Prefix families[] = {
    {"Int8",    FAMILY_NUMBER},
    {"Int16",   FAMILY_NUMBER},
    {"Int32",   FAMILY_NUMBER},
    {"Int64",   FAMILY_NUMBER},
    {"Int128",  FAMILY_NUMBER},
    {"Int256",  FAMILY_NUMBER},
    {"UInt",    FAMILY_NUMBER},
    {"Float",   FAMILY_NUMBER},
    {"Decimal", FAMILY_NUMBER},
    {"String",  FAMILY_TEXT  },
    {"Fixed",   FAMILY_TEXT  },
    {"Date",    FAMILY_TIME  }, // DateTime64 ..
    {"UUID",    FAMILY_UUID  },
    {NULL,      FAMILY_OTHER }
};

static const char *const wrappers[] = {"LowCardinality(", "Nullable(", NULL};
static const char *const comparisons[] = {"equals",       "notEquals",       "less", "greater",
                                          "lessOrEquals", "greaterOrEquals", NULL};
static const char *const sets[] = {"in",           "notIn",           "globalIn",
                                   "globalNotIn",  "nullIn",          "notNullIn",
                                   "globalNullIn", "globalNotNullIn", NULL};

static Str bare(Str type) {
  for (size_t i = 0; wrappers[i]; i++)
    if (str_starts(type, str_c(wrappers[i])))
      type = str_sub(type, str_c(wrappers[i]).len, type.len);
  return type;
}

static Family family_of(Str type) {
  type = bare(type);
  for (size_t i = 0; families[i].begin; i++)
    if (str_starts(type, str_c(families[i].begin)))
      return families[i].family;
  return FAMILY_OTHER;
}

static bool is_one_of(Str name, const char *const *names) {
  for (; name.len && *names; names++)
    if (str_eq(name, str_c(*names)))
      return true;
  return false;
}

// A DateTime is a number of seconds, and is compared with a whole one exactly. Not as keys of a
// join, and not a Date, which the engine compares with no number.
static bool are_seconds(Str moment, Str number) {
  moment = bare(moment);
  number = bare(number);
  bool plain = str_starts(moment, STR("DateTime")) && !str_starts(moment, STR("DateTime64"));
  return plain && (str_starts(number, STR("Int")) || str_starts(number, STR("UInt")));
}

static bool is_key(const QueryTree *t, const TreeNode *n) {
  if (!str_is(tree_field(n, "function_name"), "equals"))
    return false;
  while (n && n->word != TREE_QUERY && n->word != TREE_JOIN_EXPRESSION)
    n = tree_parent(t, n);
  return n && n->word == TREE_JOIN_EXPRESSION;
}

typedef VEC(MixedTypes) Found;

static void add_pair(Arena *a, Found *found, const TreeNode *left, const TreeNode *right) {
  Family l = left->word == TREE_CONSTANT ? FAMILY_OTHER : family_of(tree_type(left)),
         r = right->word == TREE_CONSTANT ? FAMILY_OTHER : family_of(tree_type(right));
  if (!l || !r || l == r)
    return;
  vec_push(a, found,
           ((MixedTypes){.left = tree_field(left, "column_name"),
                         .right = tree_field(right, "column_name"),
                         .left_type = tree_type(left),
                         .right_type = tree_type(right)}));
}

// The columns of a query, of a union those of its first one; NULL: not known. A node that was
// printed before has nothing below it.
static const TreeNode *columns_of(const QueryTree *t, const TreeNode *n) {
  for (uint32_t i = 0; n && i < t->n; i++) {
    const TreeNode *first = n->id == TREE_NO_ID ? n : tree_by_id(t, n->id);
    if (!first || first->word == TREE_QUERY)
      return first ? tree_list(t, first, TREE_PROJECTION) : NULL;
    const TreeNode *list = first->word == TREE_UNION ? tree_list(t, first, TREE_QUERIES) : NULL;
    n = list ? tree_first(t, list) : NULL;
  }
  return NULL;
}

// `x in (select ..)`, `(x, y) in (select ..)`.
static void add_set(Arena *a, const QueryTree *t, Found *found, const TreeNode *left,
                    const TreeNode *query) {
  const TreeNode *columns = columns_of(t, query), *tuple = NULL;
  if (columns && tree_count(t, columns) > 1 && str_is(tree_field(left, "function_name"), "tuple"))
    tuple = tree_list(t, left, TREE_ARGUMENTS);
  if (!columns || tree_count(t, columns) != (tuple ? tree_count(t, tuple) : 1))
    return;
  const TreeNode *right = tree_first(t, columns);
  for (left = tuple ? tree_first(t, tuple) : left; left && right; right = tree_next(t, right)) {
    add_pair(a, found, left, right);
    left = tuple ? tree_next(t, left) : NULL;
  }
}

// The innermost CTE around a node whose name starts with `stop`; empty: none.
static Str cte_around(const QueryTree *t, const TreeNode *n, Str stop) {
  Str name = {0};
  while (stop.len && !str_starts(name, stop) && n != t->nodes) {
    n = &t->nodes[n->parent];
    name = tree_field(n, "cte_name");
  }
  return stop.len && str_starts(name, stop) ? name : (Str){0};
}

const MixedTypes *clickhouse_mixed_types(Arena *a, const QueryTree *t, Str stop, size_t *n) {
  Found found = {0};
  for (uint32_t i = 0; i < t->n; i++) {
    const TreeNode *node = &t->nodes[i];
    Str name = node->word == TREE_FUNCTION ? tree_field(node, "function_name") : (Str){0};
    bool set = is_one_of(name, sets);
    if (!set && !is_one_of(name, comparisons))
      continue;
    const TreeNode *list = tree_list(t, node, TREE_ARGUMENTS);
    const TreeNode *left = list ? tree_first(t, list) : NULL;
    const TreeNode *right = left ? tree_next(t, left) : NULL;
    bool exact = right && !set && !is_key(t, node) &&
                 (are_seconds(tree_type(left), tree_type(right)) ||
                  are_seconds(tree_type(right), tree_type(left)));
    size_t before = found.n;
    if (right && set)
      add_set(a, t, &found, left, right);
    else if (right && !exact)
      add_pair(a, &found, left, right);
    for (size_t k = before; k < found.n; k++)
      found.items[k].cte = cte_around(t, node, stop);
  }
  *n = found.n;
  return found.items;
}
