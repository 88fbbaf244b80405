// What a microbatch model has to say of itself. In: the linked graph. Out: findings at the models.
#include "microbatch.h"

#include "../graph/batch.h"
#include "../graph/config_place.h"
#include "load.h"

bool load_batches_wanted(const Macros *m, const Project *p) {
  const MacroEntry *e = macros_find(m, p->packages[0], STR("get_incremental_microbatch_sql"));
  return !e || e->package->is_internal ||
         project_flag(p, "require_batched_execution_for_custom_microbatch_strategy");
}

static void wrong(Load *load, const Node *n, const char *key, const char *what, const char *hint) {
  Value v = node_config(n, str_c(key));
  bool set = v.kind != VAL_NONE && v.kind != VAL_UNDEF;
  const Source *src = n->source;
  Span span = {0};
  if (!set && node_config_place(n, load->p->packages[0], str_c(key), &src, &span))
    return; // it was given and refused, which was told
  node_config_place(n, load->p->packages[0], set ? str_c(key) : STR("incremental_strategy"), &src,
                    &span);
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_MICROBATCH, src, span,
                    "Microbatch model '%.*s' must provide %s%s%.*s", STR_ARG(n->name), what,
                    set ? ", but got: " : "", STR_ARG(set ? val_to_str(load->a, v) : STR("")));
  diag_hint(load->diags, d, "%s", hint);
}

static bool is_text(Value v) { return v.kind == VAL_STR && v.len; }

// No row is read before `begin`.
static void doubt_begin(Load *load, const Node *n) {
  const Source *src = n->source;
  Span span = {0};
  node_config_place(n, load->p->packages[0], STR("begin"), &src, &span);
  Diag *d = diag_at(load->diags, SEV_WARNING, CODE_MICROBATCH, src, span,
                    "the 'begin' of microbatch model '%.*s' lies in the future: it reads no rows",
                    STR_ARG(n->name));
  diag_hint(load->diags, d, "begin: where the first batch starts");
}

static void check_model(Load *load, const Node *n) {
  BatchSize size;
  int64_t at;
  Value begin = node_config(n, STR("begin")), batch = node_config(n, STR("batch_size"));
  Value lookback = node_config(n, STR("lookback"));
  Value side = node_config(n, STR("concurrent_batches"));
  if (!is_text(node_config(n, STR("event_time"))))
    wrong(load, n, "event_time",
          "an 'event_time' (string) config that indicates the name of the event time column",
          "for example: event_time='created_at'");
  if (val_is_absent(begin))
    wrong(load, n, "begin",
          "a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model "
          "should be built from",
          "for example: begin='2025-01-01'");
  else if (!batch_time_parse(val_to_str(load->a, begin), &at))
    wrong(load, n, "begin", "a 'begin' config of valid datetime (ISO format)",
          "for example: begin='2025-01-01'");
  else if (at > load->p->started_us)
    doubt_begin(load, n);
  if (!is_text(batch) || !batch_size_parse(val_text(batch), &size))
    wrong(load, n, "batch_size",
          "a 'batch_size' config that is one of ['hour', 'day', 'month', 'year']",
          "for example: batch_size='day'");
  if (lookback.kind == VAL_INT && lookback.i < 0)
    wrong(load, n, "lookback", "a 'lookback' config that is not below 0",
          "how many batches before the newest are built again, 1 when absent");
  else if (lookback.kind != VAL_INT && lookback.kind != VAL_NONE && lookback.kind != VAL_UNDEF)
    wrong(load, n, "lookback", "the optional 'lookback' config as type int",
          "how many batches before the newest are built again, 1 when absent");
  if (side.kind != VAL_BOOL && side.kind != VAL_NONE && side.kind != VAL_UNDEF)
    wrong(load, n, "concurrent_batches", "the optional 'concurrent_batches' config as type bool",
          "true: batches run side by side; false: one after the other");
}

// Without a parent that has an event_time each batch reads everything.
static void check_inputs(Load *load, const Node *n) {
  for (size_t i = 0; i < n->nneeds; i++)
    if (is_text(node_config(n->needs[i], STR("event_time"))))
      return;
  const Source *src = n->source;
  Span span = {0};
  node_config_place(n, load->p->packages[0], STR("incremental_strategy"), &src, &span);
  Diag *d = diag_at(load->diags, SEV_WARNING, CODE_MICROBATCH, src, span,
                    "The microbatch model '%.*s' has no 'ref' or 'source' input with an "
                    "'event_time' configuration: each batch reads all rows, and rows come in twice",
                    STR_ARG(n->name));
  diag_hint(load->diags, d, "set event_time in the config of the models and sources it reads");
}

void load_check_batches(Load *load) {
  if (!load_batches_wanted(load->macros, load->p))
    return;
  for (size_t i = 0; i < load->g->nnodes; i++)
    if (node_is_microbatch(load->g->nodes[i])) {
      size_t before = load->diags->errors;
      check_model(load, load->g->nodes[i]);
      if (load->diags->errors == before)
        check_inputs(load, load->g->nodes[i]);
    }
}
