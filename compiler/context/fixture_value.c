// Lists and mappings of a unit test's rows, as the text that the database reads into a value of a
// column's type. In: a value of the YAML and the type's text. Out: text, not yet a literal. Leaves
// the forms to each database's own rules, values that are neither to the macros, and what is wrong
// with a value to the database.
#include "fixture_value.h"

#include "adapter.h"
#include "evaluation.h"

bool fixture_is_nested(Value v) { return v.kind == VAL_DICT || val_is_seq(v); }

void fixture_quoted(Buf *out, char quote, Str text) {
  buf_addc(out, quote);
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == quote || text.ptr[i] == '\\')
      buf_addc(out, '\\');
    buf_addc(out, text.ptr[i]);
  }
  buf_addc(out, quote);
}

// A scalar as text, anything else as JSON.
Str fixture_plain(Eval *ev, Value v) {
  if (v.kind == VAL_BOOL)
    return v.b ? STR("true") : STR("false");
  return fixture_is_nested(v) ? ops_json(ev, v, false, -1) : val_to_str(eval_arena(ev), v);
}

// Between two items.
void fixture_comma(Buf *out, bool needed) {
  if (needed)
    buf_addc(out, ',');
}

Value fn_fixture_text(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  Str type = text_or_empty(eval_arena(ev), v[1]);
  context_of(ev)->shared->dialect->adapter->fixture_text(ev, &out, v[0], type);
  return val_str(buf_str(&out));
}
