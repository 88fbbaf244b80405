// In: a linked graph. Out: warnings of models that are past their deprecation date, and of models
// that refer to one that has such a date; an error when metrics have no time spine to stand on.
#include "deprecated.h"

#include <stdio.h>
#include <time.h>

// Seconds since 1970 of "2030-01-31T00:00:00+02:00"; -1: not a date.
static int64_t moment(Str s) {
  struct tm t = {0};
  char sign = '+';
  int hours = 0, minutes = 0;
  char text[64] = {0};
  if (s.len < 19 || s.len >= sizeof text)
    return -1;
  memcpy(text, s.ptr, s.len);
  if (sscanf(text, "%d-%d-%dT%d:%d:%d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
             &t.tm_sec) != 6)
    return -1;
  char *zone = strpbrk(text + 19, "+-");
  if (zone && sscanf(zone, "%c%d:%d", &sign, &hours, &minutes) != 3)
    return -1;
  t.tm_year -= 1900;
  t.tm_mon--;
  int64_t offset = hours * 3600 + minutes * 60;
  return (int64_t)timegm(&t) - (sign == '-' ? -offset : offset);
}

static void warn_of_child(Load *load, const Node *n, const Node *child, bool past) {
  const Source *src = child->source;
  Span span = {0};
  for (size_t i = 0; i < child->nrefs; i++)
    if (str_eq(child->refs[i].name, n->name)) {
      src = child->refs[i].src;
      span = child->refs[i].span;
    }
  Str date = val_text(n->more->deprecation_date);
  Diag *d = diag_at(load->diags, SEV_WARNING,
                    past ? CODE_DEPRECATED_REFERENCE : CODE_UPCOMING_DEPRECATION, src, span,
                    "'%.*s' refers to %.*s, which %s on %.*s", STR_ARG(child->name),
                    STR_ARG(node_versioned_name(load->a, n)),
                    past ? "was deprecated" : "is to be deprecated", STR_ARG(date));
  Str latest = val_to_str(load->a, n->more->latest_version);
  diag_part(load->diags, d, "model_name", child->name);
  diag_part(load->diags, d, "ref_model_package", n->package->name);
  diag_part(load->diags, d, "ref_model_name", n->name);
  diag_part(load->diags, d, "ref_model_version", n->version);
  diag_part(load->diags, d, "ref_model_latest_version", n->version.len ? latest : STR(""));
  diag_part(load->diags, d, "ref_model_deprecation_date", date);
  if (n->version.len && !str_eq(latest, n->version))
    diag_hint(load->diags, d, "there is a newer version: ref('%.*s', '%.*s', v=%.*s)",
              STR_ARG(n->package->name), STR_ARG(n->name), STR_ARG(latest));
}

static void check_model(Load *load, const Node *n) {
  int64_t when = moment(val_text(n->more->deprecation_date));
  if (when < 0)
    return;
  bool past = when < load->now_us / 1000000;
  const Yaml *name = n->patch ? yaml_get(n->patch, STR("name")) : NULL;
  if (past) {
    Diag *d = diag_at(
        load->diags, SEV_WARNING, CODE_DEPRECATED_MODEL, n->patch_source,
        name ? name->span : (Span){0}, "the model %.*s has passed its deprecation date of %.*s",
        STR_ARG(node_versioned_name(load->a, n)), STR_ARG(val_text(n->more->deprecation_date)));
    diag_part(load->diags, d, "model_name", n->name);
    diag_part(load->diags, d, "model_version", n->version);
    diag_part(load->diags, d, "deprecation_date", val_text(n->more->deprecation_date));
    diag_hint(load->diags, d, "disable or remove it");
  }
  for (size_t i = 0; i < n->nfeeds; i++)
    if (n->feeds[i]->kind == NODE_MODEL)
      warn_of_child(load, n, n->feeds[i], past);
}

void load_check_deprecated(Load *load) {
  for (size_t i = 0; i < load->g->nnodes; i++) {
    const Node *n = load->g->nodes[i];
    if (n->kind == NODE_MODEL && val_is(n->more->deprecation_date, VAL_STR))
      check_model(load, n);
  }
}

// --- time spines

// Finer than or as fine as a day.
static bool fine_enough(Str grain) {
  return str_among_nocase(grain, "nanosecond microsecond millisecond second minute hour day");
}

static const Column *column_of(const Node *n, Str name) {
  for (size_t i = 0; i < n->ncolumns; i++)
    if (str_eq(n->columns[i]->name, name))
      return n->columns[i];
  return NULL;
}

static void no_column(Load *load, const Node *n, const Yaml *spine, Str name) {
  ptrdiff_t at = spine ? str_find(n->patch_source->text, name, spine->span.at) : -1;
  Span span = at >= 0 ? (Span){(uint32_t)at, (uint32_t)name.len} : n->patch->span;
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, n->patch_source, span,
                    "the time spine '%.*s' has no column '%.*s'", STR_ARG(n->name), STR_ARG(name));
  Str *names = arena_array(load->a, Str, n->ncolumns + 1);
  for (size_t i = 0; i < n->ncolumns; i++)
    names[i] = n->columns[i]->name;
  if (!diag_nearest(load->diags, d, name, names, n->ncolumns))
    diag_hint(load->diags, d, "list it under the model's `columns:`");
}

// False: it is not one, or wrong.
static bool check_spine(Load *load, const Node *n) {
  const Yaml *spine = yaml_get(n->patch, STR("time_spine"));
  Value name = val_get(n->more->time_spine, STR("standard_granularity_column"));
  Value custom = val_get(n->more->time_spine, STR("custom_granularities"));
  const Column *c = val_is(name, VAL_STR) ? column_of(n, val_text(name)) : NULL;
  if (!c) {
    no_column(load, n, spine, val_is(name, VAL_STR) ? val_text(name) : STR(""));
    return false;
  }
  if (!c->more->granularity.len) {
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, n->patch_source, c->yaml->span,
                      "the column '%.*s' of the time spine '%.*s' says no granularity",
                      STR_ARG(c->name), STR_ARG(n->name));
    diag_hint(load->diags, d, "add `granularity: day` to it");
    return false;
  }
  for (size_t i = 0; val_is_seq(custom) && i < custom.list->n; i++) {
    Value of = val_get(custom.list->items[i], STR("column_name"));
    if (!val_is(of, VAL_STR))
      of = val_get(custom.list->items[i], STR("name"));
    if (val_is(of, VAL_STR) && !column_of(n, val_text(of)))
      no_column(load, n, spine, val_text(of));
  }
  return fine_enough(c->more->granularity);
}

void load_check_spines(Load *load) {
  const Node *needs = NULL;
  bool has = false;
  size_t before = load->diags->errors;
  for (size_t i = 0; i < load->g->nnodes; i++) {
    const Node *n = load->g->nodes[i];
    if (n->kind == NODE_SEMANTIC_MODEL && !needs)
      needs = n;
    if (n->kind != NODE_MODEL)
      continue;
    if (val_is(n->more->time_spine, VAL_DICT))
      has |= check_spine(load, n);
    has |= str_is(n->name, "metricflow_time_spine");
  }
  if (!needs || has || load->diags->errors > before)
    return;
  const Yaml *name = yaml_get(needs->patch, STR("name"));
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_SEMANTIC_MODEL, needs->patch_source,
                    name ? name->span : (Span){0},
                    "semantic models need a time spine of days or finer, and the project has none");
  diag_lack(load->diags, d, LACK_ENTRY, STR("time_spine"));
  diag_hint(load->diags, d,
            "give a model with a row for each day `time_spine:` in its schema file");
}

// What has a blank in a name of its own: the source of a table, but not the table.
static bool blank_named(const Load *load, size_t at) {
  const Node *n = load->g->nodes[at];
  if (n->kind == NODE_SEMANTIC_MODEL)
    return str_find(n->name, STR(" "), 0) >= 0;
  if (n->kind != NODE_SOURCE || str_find(n->info->source_name, STR(" "), 0) < 0)
    return false;
  for (size_t i = 0; i < at; i++) // a source is told of once
    if (load->g->nodes[i]->kind == NODE_SOURCE && load->g->nodes[i]->package == n->package &&
        str_eq(load->g->nodes[i]->info->source_name, n->info->source_name))
      return false;
  return true;
}
static void tell_blank(Load *load, const Node *n, bool forbidden, const char *flag) {
  Severity severity = forbidden ? SEV_ERROR : SEV_WARNING;
  const Yaml *entry = n->kind == NODE_SOURCE ? n->info->yaml : n->patch;
  const Yaml *name = yaml_get(entry, STR("name")), *at = name ? name : entry;
  Str whose = n->kind == NODE_SOURCE ? n->info->source_name : n->name;
  Str id = str_fmt(load->a, "%s.%.*s.%.*s", n->kind == NODE_SOURCE ? "source" : "semantic_model",
                   STR_ARG(n->package->name), STR_ARG(whose));
  Diag *d = diag_at(load->diags, severity, CODE_BLANK_NAME, at ? at->src : n->source,
                    at ? at->span : (Span){0}, "'%.*s' has a blank in its name", STR_ARG(id));
  diag_part(load->diags, d, "unique_id", id);
  diag_part(load->diags, d, "level", forbidden ? STR("error") : STR("warn"));
  diag_hint(load->diags, d,
            forbidden ? "the project's flag %s forbids it"
                      : "a later dbt forbids it, as the flag %s does now",
            flag);
}

void load_check_blanks(Load *load) {
  static const char flag[] = "require_source_and_semantic_model_names_without_spaces";
  if (load->p->level < DBT_1_12)
    return;
  bool forbidden = project_flag(load->p, flag);
  for (size_t i = 0; i < load->g->nnodes; i++)
    if (blank_named(load, i))
      tell_blank(load, load->g->nodes[i], forbidden, flag);
}
