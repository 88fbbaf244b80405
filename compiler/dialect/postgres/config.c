// Config keys that only Postgres has.
#include "../../project/config.h"
#include "postgres.h"

// clang-format off
static const ConfigKey keys[] = {
    // name, kinds, types; MERGE_REPLACE unless said
    {"unlogged",               CONFIG_OF_MODELS | 1 << CONFIG_SEED | 1 << CONFIG_LOAD,TYPE_BOOL,    .doc = "An unlogged table",
     .example = "materialized='table', unlogged=true",
     .more = "guides/postgres.md#materializations"},
    {0},
};
// clang-format on

// What the adapter's config class declares, in its order.
static const char *const order[] = {"unlogged", "indexes", NULL};

// Of the strategy merge.
static const char *const alone[] = {"merge_update_columns", "merge_exclude_columns", NULL};

const ConfigRules postgres_config = {
    .keys = keys, .n = COUNT(keys) - 1, .order = order, .alone = alone};
