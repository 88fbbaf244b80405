// See freshness.h. In: the keys of a source, the config of a model. Out: one form of both.
#include "freshness.h"
#include "config_place.h"

// Seconds of {count, period}; < 0: no limit.
static double limit_of(Value freshness, Str key) {
  Value d = val_get(freshness, key), count = val_get(d, STR("count")),
        period = val_get(d, STR("period"));
  double n = count.kind == VAL_INT ? (double)count.i : count.kind == VAL_FLOAT ? count.f : -1;
  if (n < 0 || period.kind != VAL_STR)
    return -1;
  return n * (str_is(val_text(period), "minute") ? 60
              : str_is(val_text(period), "hour") ? 3600
                                                 : 86400);
}

static Str text_of(Value v) { return v.kind == VAL_STR ? val_text(v) : (Str){0}; }

// Of a model: it stands with its limits, or beside them.
static Str model_text(const Node *n, Value limits, Str key) {
  Str inside = text_of(val_get(limits, key));
  return inside.len ? inside : text_of(node_config(n, key));
}

bool freshness_rules(const Node *n, FreshnessRules *out) {
  bool source = n->kind == NODE_SOURCE;
  if (!source && n->kind != NODE_MODEL)
    return false;
  Value limits = source ? n->info->freshness : node_config(n, STR("freshness"));
  if (limits.kind != VAL_DICT)
    return false;
  *out = (FreshnessRules){.warn_after = limit_of(limits, STR("warn_after")),
                          .error_after = limit_of(limits, STR("error_after")),
                          .limits = limits,
                          .filter = text_of(val_get(limits, STR("filter")))};
  static const Str keys[] = {STR_INIT("loaded_at_field"), STR_INIT("loaded_at_query")};
  out->loaded_at_field = source ? n->info->loaded_at_field : model_text(n, limits, keys[0]);
  out->loaded_at_query = source ? n->info->loaded_at_query : model_text(n, limits, keys[1]);
  return out->warn_after >= 0 || out->error_after >= 0;
}

void freshness_place(const Node *n, const Package *root, const Source **src, Span *span) {
  if (n->kind == NODE_SOURCE) {
    *src = n->info->asked_src;
    *span = n->info->asked_span;
    return;
  }
  *src = n->patch_source ? n->patch_source : n->source;
  *span = (Span){0};
  Value limits = node_config(n, STR("freshness"));
  static const Str keys[] = {STR_INIT("loaded_at_query"), STR_INIT("loaded_at_field")};
  for (size_t i = 0; i < 2; i++) {
    Str inside = text_of(val_get(limits, keys[i]));
    if (inside.len ? node_config_word_of(n, root, STR("freshness"), inside, src, span)
                   : node_config_place(n, root, keys[i], src, span))
      return;
  }
  node_config_place(n, root, STR("freshness"), src, span);
}

Str freshness_name(Arena *a, const Node *n) {
  if (n->kind != NODE_SOURCE)
    return n->name;
  return str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name));
}
