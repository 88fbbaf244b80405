// --sample: a span of time, so far back from now or from a start to an end. In: the option. Out:
// the flags that ref() and source() read.
#include "sample.h"
#include "../../compiler/graph/batch.h"
#include "microbatch.h"

static bool sample_wrong(Run *r, Str given) {
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "--sample is no span of time: '%.*s'",
                       STR_ARG(given));
  diag_hint(&r->diags, d,
            "a number and hours, days, months or years ('3 days'), or both ends "
            "('{start: 2025-01-01, end: 2025-01-08}')");
  return run_report(r) && false;
}

static bool both_ends(Run *r, Str text) {
  Value v;
  Diags ignored = {0};
  diags_init(&ignored);
  bool good = yaml_inline(&r->arena, text, STR("--sample"), &v, &ignored) && v.kind == VAL_DICT;
  diags_free(&ignored);
  Flags *f = &r->flags;
  return good &&
         batch_time_parse(val_to_str(&r->arena, val_get(v, STR("start"))), &f->sample_from) &&
         batch_time_parse(val_to_str(&r->arena, val_get(v, STR("end"))), &f->sample_to) &&
         f->sample_from < f->sample_to;
}

// "3 days", "1 hour"
static bool so_far_back(Run *r, Str text) {
  Str unit = text, number;
  BatchSize size;
  int64_t n = 0;
  if (!str_cut(&unit, ' ', &number) || !number.len || number.len > 6)
    return false;
  for (size_t i = 0; i < number.len; i++) {
    if (number.ptr[i] < '0' || number.ptr[i] > '9')
      return false;
    n = n * 10 + (number.ptr[i] - '0');
  }
  char *low = str_cstr(&r->arena, unit);
  for (char *c = low; *c; c++)
    *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
  unit = str_c(low);
  if (str_ends(unit, STR("s")))
    unit.len--;
  if (!n || !batch_size_parse(unit, &size))
    return false;
  r->flags.sample_to = r->project->started_us;
  r->flags.sample_from = batch_shift(r->flags.sample_to, size, -n);
  return true;
}

bool sample_span(Run *r) {
  Str text = str_trim(r->options->sample);
  if (!text.len)
    return true;
  r->flags.sample = str_starts(text, STR("{")) ? both_ends(r, text) : so_far_back(r, text);
  return r->flags.sample || sample_wrong(r, text);
}
