// In: a node with its config, and what a schema file says of it. Out: the fields that repeat the
// config or come from the entry, as they stand in the manifest.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// --- fields that repeat the config, as in the manifest
#include "node_fields.h"

#include "docs.h"
#include "semantic.h"

Value load_sorted_tags(Arena *a, Value x, Value y) {
  Value out = val_list(a, 4), both[2] = {x, y};
  for (int b = 0; b < 2; b++)
    for (size_t i = 0; val_is_seq(both[b]) && i < both[b].list->n; i++) {
      Value tag = both[b].list->items[i];
      size_t at = 0;
      while (at < out.list->n && str_cmp(val_text(out.list->items[at]), val_text(tag)) < 0)
        at++;
      if (at == out.list->n || !val_eq(out.list->items[at], tag))
        list_insert(a, out.list, at, tag);
    }
  return out;
}

static Value joined(Arena *a, Value first, Value then) {
  Value out = val_list(a, 4), both[2] = {first, then};
  for (int b = 0; b < 2; b++)
    for (size_t i = 0; val_is_seq(both[b]) && i < both[b].list->n; i++)
      list_push(a, out.list, both[b].list->items[i]);
  return out;
}

static bool holds_value(Value list, Value v) {
  for (size_t i = 0; i < list.list->n; i++)
    if (val_eq(list.list->items[i], v))
      return true;
  return false;
}

static Value each_once(Arena *a, Value list) {
  Arena scratch = {0};
  Map texts = {0};
  Value out = val_list(a, list.list->n);
  for (size_t i = 0; i < list.list->n; i++) {
    Value v = list.list->items[i];
    if (v.kind == VAL_STR ? map_add(&scratch, &texts, val_text(v)) : !holds_value(out, v))
      list_push(a, out.list, v);
  }
  arena_free(&scratch);
  return out.list->n < list.list->n ? out : list;
}

static Value no_contract(Arena *a) {
  Value c = val_dict(a);
  dict_sets(a, c.dict, STR("enforced"), val_bool(false));
  dict_sets(a, c.dict, STR("alias_types"), val_bool(true));
  dict_sets(a, c.dict, STR("checksum"), val_none());
  return c;
}

void load_config_fields(Arena *a, Node *n) {
  Value enabled = node_config(n, STR("enabled"));
  n->enabled = val_is(enabled, VAL_UNDEF) || val_truth(enabled);
  Value v = node_config(n, STR("tags"));
  bool extra_tags = val_is_seq(n->tags) && n->tags.list->n;
  bool sorted = n->kind == NODE_TEST ? n->test && n->test->generic : extra_tags;
  if (val_is_seq(v) && n->kind == NODE_OPERATION)
    n->tags = each_once(a, joined(a, n->tags, v));
  else if (val_is_seq(v))
    n->tags = sorted ? load_sorted_tags(a, n->tags, v) : each_once(a, v);
  v = node_config(n, STR("meta"));
  n->meta = val_is(v, VAL_DICT) ? v : n->meta;
  v = node_config(n, STR("docs"));
  if (val_is(v, VAL_DICT))
    n->docs = v;
  v = node_config(n, STR("group"));
  if (val_is(v, VAL_STR))
    n->group = val_text(v);
  v = node_config(n, STR("access"));
  if (val_is(v, VAL_STR))
    n->access = val_text(v);
  else if (n->kind == NODE_MODEL && !n->access.len)
    n->access = STR("protected");
  v = node_config(n, STR("contract"));
  n->contract = no_contract(a);
  if (val_is(v, VAL_DICT)) {
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(v.dict, &at));)
      dict_set(a, n->contract.dict, e->key, e->value);
  }
}

// --- what the patch says beside config

static Value names_in(Value list, Str name) {
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    if (val_is_str(list.list->items[i], name))
      return val_bool(true);
  return val_bool(val_is(list, VAL_STR) &&
                  (str_is(val_text(list), "*") || str_is(val_text(list), "all")));
}

const PropColumn *load_columns_of(Arena *a, const Work *w, size_t *n) {
  const Prop *p = w->prop;
  const PropVersion *v = w->version;
  if (!v || !v->has_columns) {
    *n = p->ncolumns;
    return p->columns;
  }
  PropColumn *out = arena_array(a, PropColumn, p->ncolumns + v->ncolumns + 1);
  *n = 0;
  bool listed = !val_is(v->include, VAL_NONE) && !val_is(v->include, VAL_UNDEF);
  for (size_t i = 0; i < p->ncolumns; i++) {
    bool in = !listed || names_in(v->include, p->columns[i].name).b;
    if (!in || names_in(v->exclude, p->columns[i].name).b)
      continue;
    bool own = false;
    for (size_t k = 0; k < v->ncolumns; k++)
      own |= str_eq(v->columns[k].name, p->columns[i].name);
    if (!own)
      out[(*n)++] = p->columns[i];
  }
  for (size_t k = 0; k < v->ncolumns; k++)
    out[(*n)++] = v->columns[k];
  return out;
}

// A date as dbt keeps it: with a time and the offset of a time zone, the machine's when none is
// given.
static Value deprecation_date(Arena *a, Value written) {
  struct tm t = {.tm_isdst = -1};
  if (!val_is(written, VAL_STR))
    return val_none();
  Str s = str_dup(a, val_text(written));
  if (s.len != 10 && s.len < 19)
    return written;
  if (s.len > 10)
    ((char *)(uintptr_t)s.ptr)[10] = 'T';
  ptrdiff_t zone = str_find(s, STR("+"), 10);
  zone = zone < 0 ? str_find(s, STR("-"), 10) : zone;
  if (s.len > 10 && zone >= 0)
    return val_str(s);
  if (str_ends(s, STR("Z")))
    return val_str(str_cat(a, str_sub(s, 0, s.len - 1), STR("+00:00")));
  s = s.len == 10 ? str_cat(a, s, STR("T00:00:00")) : s;
  if (sscanf(s.ptr, "%d-%d-%dT%d:%d:%d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min,
             &t.tm_sec) != 6)
    return val_str(s);
  t.tm_year -= 1900;
  t.tm_mon--;
  mktime(&t); // finds the offset of that moment
  long minutes = labs(t.tm_gmtoff) / 60;
  return val_str(str_fmt(a, "%.*s%c%02ld:%02ld", STR_ARG(s), t.tm_gmtoff < 0 ? '-' : '+',
                         minutes / 60, minutes % 60));
}

// A time spine with all that dbt's has.
static Value whole_spine(Arena *a, Value spine) {
  Value list = val_get(spine, STR("custom_granularities"));
  if (!val_is_seq(list))
    return spine;
  Value out = val_copy(a, spine, false), all = val_list(a, list.list->n);
  for (size_t i = 0; i < list.list->n; i++) {
    Value one = list.list->items[i];
    if (val_is(one, VAL_DICT) && val_is(val_get(one, STR("column_name")), VAL_UNDEF)) {
      one = val_copy(a, one, false);
      dict_sets(a, one.dict, STR("column_name"), val_none());
    }
    list_push(a, all.list, one);
  }
  dict_sets(a, out.dict, STR("custom_granularities"), all);
  return out;
}

void load_apply_patch(Load *load, Arena *a, Work *w) {
  Node *n = w->node;
  const Prop *p = w->prop;
  const PropVersion *v = w->version;
  n->patch = p->yaml;
  n->patch_source = p->src;
  Str description = v && v->has_description ? v->description : p->description;
  n->description = load_description_of(load, a, n, p->src, description, w->diags);
  w->columns = load_columns_of(a, w, &w->ncolumns);
  n->columns = load_columns(load, a, n, p->src, w->columns, w->ncolumns, w->diags);
  n->ncolumns = w->ncolumns;
  n->constraints = v && v->has_constraints ? v->constraints : p->constraints;
  if (p->group.len)
    n->group = p->group;
  if (p->access.len)
    n->access = p->access;
  if (v && v->access.len)
    n->access = v->access;
  Value date = deprecation_date(a, v ? v->deprecation_date : p->deprecation_date);
  Value spine = v ? val_none() : whole_spine(a, p->time_spine);
  if (val_is_absent(date) && val_is_absent(spine))
    return;
  NodeMore *more = node_more(a, n);
  more->deprecation_date = date;
  more->time_spine = spine;
}

// --- columns

Column **load_columns(Load *load, Arena *a, const Node *of, const Source *src, const PropColumn *cs,
                      size_t n, Diags *diags) {
  Column **out = arena_array(a, Column *, n + 1);
  Column *all = arena_array(a, Column, n);
  for (size_t i = 0; i < n; i++) {
    const PropColumn *c = &cs[i];
    all[i] = (Column){.name = c->name,
                      .data_type = c->data_type,
                      .quote = c->quote,
                      .meta = c->meta,
                      .tags = c->tags,
                      .constraints = c->constraints,
                      .config = c->config,
                      .more = c->more,
                      .yaml = c->yaml};
    if (of->enabled) {
      all[i].description =
          load_description(load, a, of->package, src, c->description, &all[i].doc_blocks, diags);
    } else {
      all[i].description = c->description;
      all[i].doc_blocks = load->no_list;
    }
    semantic_column(a, &all[i]);
    out[i] = &all[i];
  }
  return out;
}
