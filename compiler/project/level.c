// The table of dbt's releases, and the one of flags with their defaults by release.
#include "level.h"

#include <string.h>

const DbtRelease dbt_releases[DBT_LEVELS] = {
    [DBT_1_11] = {"1.11", "1.11.16"},
    [DBT_1_12] = {"1.12", "1.12.6" },
};

bool dbt_level_parse(Str text, DbtLevel *out) {
  for (int i = 0; i < DBT_LEVELS; i++) {
    Str level = str_c(dbt_releases[i].level);
    if (!str_starts(text, level) || (text.len > level.len && text.ptr[level.len] != '.'))
      continue;
    *out = (DbtLevel)i;
    return true;
  }
  return false;
}

// clang-format off
const FlagDefault flag_defaults[] = {
    // what a project may set, and dbt's rules of old that one may keep
    {"allow_jinja_file_extensions",                                     DBT_1_12, {false, false}},
    {"enable_grouped_warn_error_parser_logs",                           DBT_1_12, {false, false}},
    {"latest_version_pointer_enabled_by_default",                       DBT_1_12, {false, false}},
    {"require_all_warnings_handled_by_warn_error",                      DBT_1_11, {false, true }},
    {"require_batched_execution_for_custom_microbatch_strategy",        DBT_1_11, {false, true }},
    {"require_corrected_analysis_fqns",                                 DBT_1_12, {false, false}},
    {"require_explicit_package_overrides_for_builtin_materializations", DBT_1_11, {true,  true }},
    {"require_generic_test_arguments_property",                         DBT_1_11, {true,  true }},
    {"require_nested_cumulative_type_params",                           DBT_1_11, {false, true }},
    {"require_ref_searches_node_package_before_root",                   DBT_1_11, {false, false}},
    {"require_resource_names_without_spaces",                           DBT_1_11, {true,  true }},
    {"require_source_and_semantic_model_names_without_spaces",          DBT_1_12, {false, false}},
    {"require_sql_header_in_test_configs",                              DBT_1_12, {false, false}},
    {"require_unique_project_resource_names",                           DBT_1_11, {false, false}},
    {"require_valid_schema_from_generate_schema_name",                  DBT_1_12, {false, false}},
    {"require_yaml_configuration_for_mf_time_spines",                   DBT_1_11, {false, true }},
    {"skip_nodes_if_on_run_start_fails",                                DBT_1_11, {false, true }},
    {"source_freshness_run_project_hooks",                              DBT_1_11, {true,  true }},
    {"state_modified_compare_more_unrendered_values",                   DBT_1_11, {false, true }},
    {"state_modified_compare_vars",                                     DBT_1_11, {false, false}},
    {"support_custom_ref_kwargs",                                       DBT_1_12, {false, false}},
    {"use_catalogs_v2",                                                 DBT_1_12, {false, false}},
    {"validate_macro_args",                                             DBT_1_11, {false, true }},
    // of dbt's own working
    {"hints_enabled",                                                   DBT_1_12, {false, true }},
    {"introspect",                                                      DBT_1_11, {true,  true }},
    {"macro_debugging",                                                 DBT_1_11, {false, false}},
    {"partial_parse",                                                   DBT_1_11, {true,  true }},
    {"partial_parse_file_diff",                                         DBT_1_11, {true,  true }},
    {"send_anonymous_usage_stats",                                      DBT_1_11, {false, false}},
    {"show_all_deprecations",                                           DBT_1_11, {false, false}},
    {"show_resource_report",                                            DBT_1_11, {false, false}},
    {"snowflake_projects_otel",                                         DBT_1_12, {false, false}},
    {"static_parser",                                                   DBT_1_11, {true,  true }},
    {"strict_mode",                                                     DBT_1_11, {false, false}},
    {"upload_to_artifacts_ingest_api",                                  DBT_1_11, {false, false}},
    {"use_fast_test_edges",                                             DBT_1_11, {false, false}},
    {"use_v2_parser",                                                   DBT_1_12, {false, false}},
    {0},
};
// clang-format on

const FlagDefault *flag_default_find(Str name) {
  for (const FlagDefault *f = flag_defaults; f->name; f++)
    if (str_eq(str_c(f->name), name))
      return f;
  return NULL;
}
