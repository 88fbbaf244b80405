// Which arguments of ClickHouse's functions are in their value, and which only choose it. In: a
// function of a tree. Out: its rule. All that is not listed computes with all of its arguments.
#include "lineage.h"

static const struct {
  Str name;
  ArgumentRule rule;
} functions[] = {
    {STR_INIT("_CAST"),              ARGUMENT_SAME      },
    {STR_INIT("if"),                 ARGUMENT_IF        },
    {STR_INIT("multiIf"),            ARGUMENT_MULTI_IF  },
    {STR_INIT("caseWithExpression"), ARGUMENT_CASE      },
    {STR_INIT("nullIf"),             ARGUMENT_NULL_IF   },
    {STR_INIT("in"),                 ARGUMENT_IN        },
    {STR_INIT("notIn"),              ARGUMENT_IN        },
    {STR_INIT("globalIn"),           ARGUMENT_IN        },
    {STR_INIT("globalNotIn"),        ARGUMENT_IN        },
    {STR_INIT("nullIn"),             ARGUMENT_IN        },
    {STR_INIT("notNullIn"),          ARGUMENT_IN        },
    {STR_INIT("globalNullIn"),       ARGUMENT_IN        },
    {STR_INIT("globalNotNullIn"),    ARGUMENT_IN        },
    {STR_INIT("exists"),             ARGUMENT_EXISTS    },
    {STR_INIT("arrayJoin"),          ARGUMENT_ROWS      },
    {STR_INIT("grouping"),           ARGUMENT_NONE      },
    {STR_INIT("joinGet"),            ARGUMENT_LOOKUP    },
    {STR_INIT("joinGetOrNull"),      ARGUMENT_LOOKUP    },
    {STR_INIT("dictHas"),            ARGUMENT_LOOKUP_KEY},
    {STR_INIT("dictIsIn"),           ARGUMENT_LOOKUP_KEY},
    {STR_INIT("dictGetHierarchy"),   ARGUMENT_LOOKUP_KEY},
    {STR_INIT("dictGetChildren"),    ARGUMENT_LOOKUP_KEY},
    {STR_INIT("dictGetDescendants"), ARGUMENT_LOOKUP_KEY},
};

// What may stand behind the name of an aggregate function and adds no argument.
static const Str plain[] = {STR_INIT("State"),     STR_INIT("SimpleState"), STR_INIT("OrNull"),
                            STR_INIT("OrDefault"), STR_INIT("Distinct"),    STR_INIT("Array"),
                            STR_INIT("ForEach"),   STR_INIT("Map"),         STR_INIT("Null")};
// And what adds a last argument that only chooses.
static const Str choosing[] = {STR_INIT("If"), STR_INIT("ArgMin"), STR_INIT("ArgMax"),
                               STR_INIT("Resample")};

// Cuts one of these off the end of a name.
static bool cut_end(Str *name, const Str *ends, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (name->len > ends[i].len && str_ends(*name, ends[i])) {
      name->len -= ends[i].len;
      return true;
    }
  return false;
}

// sumIf(x, condition), argMax(x, by), argMaxIfOrNull(x, by, condition)
static uint32_t values_of(Str name, uint32_t count) {
  uint32_t chosen_by = 0;
  for (;;) {
    if (str_among(name, "argMin argMax"))
      return 1;
    if (cut_end(&name, choosing, COUNT(choosing)))
      chosen_by++;
    else if (!cut_end(&name, plain, COUNT(plain)))
      return chosen_by < count ? count - chosen_by : 0;
  }
}

static ArgumentRule lookup_rule(Str name) {
  for (size_t i = 0; i < COUNT(functions); i++)
    if (str_eq(functions[i].name, name))
      return functions[i].rule;
  if (!str_starts(name, STR("dictGet")))
    return ARGUMENT_COMPUTED;
  return str_ends(name, STR("OrDefault")) ? ARGUMENT_LOOKUP_OR : ARGUMENT_LOOKUP;
}

FunctionRule clickhouse_function_rule(const TreeNode *function, uint32_t count) {
  Str name = tree_field(function, "function_name");
  if (str_among(tree_field(function, "function_type"), "aggregate window"))
    return (FunctionRule){ARGUMENT_AGGREGATED, values_of(name, count)};
  return (FunctionRule){lookup_rule(name), 0};
}

LineageStep clickhouse_argument_step(FunctionRule rule, uint32_t nth, uint32_t count) {
  bool last = nth + 1 == count, chooses = false;
  switch (rule.arguments) {
  case ARGUMENT_AGGREGATED:
    return nth < rule.values ? STEP_AGGREGATED : STEP_CONDITION;
  case ARGUMENT_SAME:
    return STEP_SAME;
  case ARGUMENT_IN:
    return nth ? STEP_JOIN : STEP_COMPUTED;
  case ARGUMENT_EXISTS:
  case ARGUMENT_LOOKUP:
    return STEP_JOIN;
  case ARGUMENT_LOOKUP_OR:
    return last ? STEP_COMPUTED : STEP_JOIN;
  case ARGUMENT_IF:
    chooses = !nth;
    break;
  case ARGUMENT_MULTI_IF:
    chooses = nth % 2 == 0 && !last;
    break;
  case ARGUMENT_CASE:
    chooses = !nth || (nth % 2 == 1 && !last);
    break;
  case ARGUMENT_NULL_IF:
    chooses = nth == 1;
    break;
  default:
    break;
  }
  return chooses ? STEP_CONDITION : STEP_COMPUTED;
}
