// Lists and mappings of a unit test's rows, as the text that Postgres reads into a value of a
// column's type: {1,2} of an array, "a"=>"1" of an hstore. Out: text, not yet a literal.
#include "../../context/adapter.h"
#include "../../context/fixture_value.h"
#include "postgres.h"

// The items of an array; `json`: what its items are, whose lists are not a dimension more.
static void array(Eval *ev, Buf *out, Value list, bool json) {
  buf_addc(out, '{');
  for (size_t i = 0; i < list.list->n; i++) {
    Value item = list.list->items[i];
    fixture_comma(out, i);
    if (item.kind == VAL_NONE)
      buf_adds(out, "NULL");
    else if (val_is_seq(item) && !json)
      array(ev, out, item, json);
    else
      fixture_quoted(out, '"', fixture_plain(ev, item));
  }
  buf_addc(out, '}');
}

static void hstore(Eval *ev, Buf *out, const Dict *d) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    fixture_comma(out, out->len);
    fixture_quoted(out, '"', fixture_plain(ev, e->key));
    buf_adds(out, "=>");
    if (e->value.kind == VAL_NONE)
      buf_adds(out, "NULL");
    else
      fixture_quoted(out, '"', fixture_plain(ev, e->value));
  }
}

void postgres_fixture_text(Eval *ev, Buf *out, Value v, Str type) {
  if (val_is_seq(v) && str_ends(type, STR("[]")))
    array(ev, out, v, str_starts(type, STR("json")));
  else if (v.kind == VAL_DICT && str_ends(type, STR("hstore")))
    hstore(ev, out, v.dict);
  else
    buf_add(out, fixture_plain(ev, v));
}
