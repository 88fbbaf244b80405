// See suppose.h. The project is looked at twice: as it is, and with what is supposed. What is told
// are the differences.
#include "suppose.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/value/json.h"
#include "../check/findings.h"
#include "../check/names.h"
#include "../check/place.h"
#include "../check/types.h"
#include "../run/signals.h"
#include "build.h"
#include "doubt.h"
#include "draft.h"
#include "mixed.h"
#include "name.h"
#include "named.h"

// A column that is to be gone, or to have another type.
typedef struct Change {
  const char *option;
  Str text;       // of the node and column, as typed
  const Node *of; // the node that has it
  Str column;     // its name; as typed until the node's columns are known
  Str type;       // the new one; empty: it is gone
  uint32_t at;    // of LineageGraph.columns; LINEAGE_NONE: no node reads its source
} Change;

typedef enum Effect {
  FAILS,
  LEFT,
  GONE,
  RETYPED,
  COMPARES,
  READS,
  BY_HAND,
  BY_HAND_TYPE,
  MAY_READ,
  UNKNOWN,
  EFFECTS
} Effect;
static const char *const effect_words[EFFECTS] = {
    [FAILS] = "fails",      [LEFT] = "not checked",     [GONE] = "gone",
    [RETYPED] = "retyped",  [COMPARES] = "compares",    [READS] = "rows",
    [BY_HAND] = "by hand",  [BY_HAND_TYPE] = "by hand", [MAY_READ] = "may read",
    [UNKNOWN] = "not known"};

typedef struct Row {
  Effect effect;
  Str id, name;         // of a node, its name with its kind where it is no column
  Str column, was, now; // empty: it is about the node
  Str why;
} Row;

typedef struct Suppose {
  Run *run;
  Arena *a;
  Check *check;
  bool inside;            // the check's engine is inside of starc
  LineageGraph *g;        // as it is
  LineageBuild *was, *is; // what tells comparisons; `is` NULL: no type is another
  Change *changes;
  size_t nchanges;
  const CheckedNode **before, **after; // by Node.index; NULL: not looked at
  bool *affected;                      // by LineageGraph.columns: it is supposed, or goes with it
  bool *bound;                         // by Node.index: its later text was looked at again
  Str *later;                          // by Node.index: why that fails; empty: it does not
  VEC(Row) rows;
  size_t counts[EFFECTS];
} Suppose;

// --- what is asked

static bool refuse(Suppose *s, const Change *c, Code code, const char *why, Str what,
                   const char *hint) {
  Diag *d = diag_error(&s->run->diags, code, str_c(c->option), "'%.*s' %s", STR_ARG(what), why);
  if (hint)
    diag_hint(&s->run->diags, d, "%s", hint);
  return false;
}

// What was recorded since is about the option.
static void blame_option(Run *r, const Diag *before, const Change *c) {
  for (Diag *d = before ? before->next : r->diags.first; d; d = d->next)
    if (!d->file.len)
      d->file = str_c(c->option);
}

// Finds the node of a text, and what stands behind it. False: recorded.
static bool find_node(Suppose *s, const LineageGraph *names, Change *c) {
  const LineageNode *n = NULL;
  const Diag *before = s->run->diags.last;
  bool good = lineage_find(names, c->text, &n, &c->column, &s->run->diags);
  if (good && !n)
    lineage_not_found(names, c->text, &s->run->diags);
  blame_option(s->run, before, c);
  if (!good || !n)
    return false;
  c->of = n->node;
  if (!c->column.len)
    return refuse(s, c, CODE_OPTION_VALUE, "names no column", c->text, "write NODE.COLUMN");
  if (str_is(n->made, "ephemeral"))
    return refuse(s, c, CODE_OPTION_VALUE, "is a part of the queries that read it, and no relation",
                  n->name, "ask for a column that it reads, or that they make");
  if (n->node->kind != NODE_SOURCE && !node_is_refable(n->node))
    return refuse(s, c, CODE_OPTION_VALUE, "makes no columns", n->name, NULL);
  return true;
}

// Parts COLUMN=TYPE: a column in quotes may have the sign in its name, and so may a type.
static bool part_type(Suppose *s, Change *c) {
  char first = c->column.ptr[0];
  size_t from = 0;
  ptrdiff_t close = first == '"' || first == '`' ? str_find(c->column, str_n(&first, 1), 1) : -1;
  if (close > 0)
    from = (size_t)close;
  ptrdiff_t sign = str_find(c->column, STR("="), from);
  if (sign > 0) {
    c->type = str_trim(str_sub(c->column, (size_t)sign + 1, c->column.len));
    c->column = str_trim(str_sub(c->column, 0, (size_t)sign));
  }
  if (sign > 0 && c->type.len && type_is_one(s->run, c->type))
    return true;
  return refuse(s, c, CODE_OPTION_VALUE, "says no type", c->text, "write NODE.COLUMN=TYPE");
}

static bool read_changes(Suppose *s) {
  const RunOptions *o = s->run->options;
  const LineageGraph *names = lineage_names(s->a, s->run->graph);
  s->changes = arena_array(s->a, Change, o->drops.n + o->retypes.n + 1);
  bool good = true;
  for (size_t i = 0; i < o->drops.n; i++) {
    Change *c = &s->changes[s->nchanges++];
    *c = (Change){.option = "--drop", .text = o->drops.items[i], .at = LINEAGE_NONE};
    good &= find_node(s, names, c);
  }
  for (size_t i = 0; i < o->retypes.n; i++) {
    Change *c = &s->changes[s->nchanges++];
    *c = (Change){.option = "--retype", .text = o->retypes.items[i], .at = LINEAGE_NONE};
    good &= find_node(s, names, c) && part_type(s, c);
  }
  if (o->update_sources) {
    diag_error(&s->run->diags, CODE_OPTION_VALUE, STR("--update-sources"),
               "it writes what is, and %s asks what would be", s->changes[0].option);
    good = false;
  }
  return run_report(s->run) && good;
}

// --- columns as they are

static Value pair_of(Arena *a, Str name, Str type) {
  Value pair = val_list(a, 2);
  list_push(a, pair.list, val_str(name));
  list_push(a, pair.list, val_str(type));
  return pair;
}

// [name, type] of the columns of a node; none: they are not known.
static Value columns_of(const Suppose *s, const Node *n) {
  Value of_source = n->kind == NODE_SOURCE ? check_source_columns(s->check, n) : val_none();
  const LineageNode *known = lineage_node(s->g, n->id);
  if (of_source.kind == VAL_LIST || !known)
    return of_source;
  Value columns = val_list(s->a, known->ncolumns);
  for (uint32_t i = 0; i < known->ncolumns; i++) {
    const LineageColumn *c = &s->g->columns[known->rows + 1 + i];
    if (!c->type.len)
      return val_none();
    list_push(s->a, columns.list, pair_of(s->a, c->name, c->type));
  }
  return known->ncolumns ? columns : val_none();
}

static Str name_at(Value columns, size_t i) {
  return val_text(columns.list->items[i].list->items[0]);
}
static Str type_at(Value columns, size_t i) {
  return val_text(columns.list->items[i].list->items[1]);
}

// The column's own name, as the node has it. False: recorded.
static bool find_column(Suppose *s, Change *c, Value columns) {
  LineageDraft *d = draft_new(s->a);
  LineageNode what = lineage_describe(s->a, c->of);
  DraftNode *n = draft_node(d, &what);
  for (size_t i = 0; i < val_count(columns); i++)
    draft_column(d, n, name_at(columns, i));
  const LineageGraph *own = draft_close(d);
  const Diag *before = s->run->diags.last;
  uint32_t at = lineage_find_column(own, &own->nodes[0], c->column, &s->run->diags);
  blame_option(s->run, before, c);
  if (at == LINEAGE_NONE)
    return false;
  c->column = own->columns[at].name;
  const LineageNode *known = lineage_node(s->g, c->of->id);
  c->at = known ? lineage_column(s->g, known, c->column) : LINEAGE_NONE;
  return true;
}

static Str first_line(Str text) {
  Str line = text;
  str_cut(&text, '\n', &line);
  return line;
}

// The type as the database calls it. False: it is none, which is recorded.
static bool name_type(Suppose *s, Change *c) {
  Value types = val_list(s->a, 1), names;
  list_push(s->a, types.list, val_str(c->type));
  Value pos[2] = {relation_of_node(s->a, &s->run->shared, c->of), types};
  Args args = {pos, 2, NULL, 0};
  Diags said = {0};
  diags_init(&said);
  bool good =
      place_call(check_place(s->check), s->a, STR("starc_check_type_names"), &args, &names, &said);
  good = good && val_count(names) == 1; // "int, x int" would be two
  if (good)
    c->type = val_text(names.list->items[0]);
  Str line = said.first ? str_dup(s->a, first_line(said.first->message)) : (Str){0};
  if (!good) {
    Diag *d = diag_error(&s->run->diags, CODE_OPTION_VALUE, str_c(c->option),
                         "'%.*s' is no type of the database", STR_ARG(c->type));
    if (line.len)
      diag_hint(&s->run->diags, d, "%.*s", STR_ARG(line));
  }
  diags_free(&said);
  return good;
}

static bool find_columns(Suppose *s) {
  bool good = true;
  for (size_t i = 0; i < s->nchanges; i++) {
    Change *c = &s->changes[i];
    good &= find_column(s, c, columns_of(s, c->of)) && (!c->type.len || name_type(s, c));
  }
  return run_report(s->run) && good;
}

// --- supposing

// A source and the node that fills its table are one relation.
static bool same_relation(const Node *a, const Node *b) {
  return a == b || (a->relation_name.len && str_eq(a->relation_name, b->relation_name));
}

static const Change *change_of(const Suppose *s, const Node *n, Str column) {
  for (size_t i = 0; i < s->nchanges; i++)
    if (same_relation(s->changes[i].of, n) && str_eq(s->changes[i].column, column))
      return &s->changes[i];
  return NULL;
}

static bool is_supposed(const Suppose *s, const Node *n) {
  for (size_t i = 0; i < s->nchanges; i++)
    if (same_relation(s->changes[i].of, n))
      return true;
  return false;
}

// All changes of a node at once. False: nothing would be left of it; recorded.
static bool suppose(Suppose *s, const Change *first) {
  Value had = columns_of(s, first->of), columns = val_list(s->a, val_count(had));
  for (size_t i = 0; i < val_count(had); i++) {
    const Change *c = change_of(s, first->of, name_at(had, i));
    if (!c || c->type.len)
      list_push(s->a, columns.list, pair_of(s->a, name_at(had, i), c ? c->type : type_at(had, i)));
  }
  if (!columns.list->n)
    return refuse(s, first, CODE_OPTION_VALUE, "would have no columns left", first->of->name, NULL);
  check_suppose(s->check, first->of, columns);
  return true;
}

// Who reads it under a name of its own writing is no child in the graph.
static void forget_readers(Suppose *s, const Change *c) {
  if (c->at == LINEAGE_NONE)
    return;
  LineageEdges users = s->g->columns[c->at].users;
  for (uint32_t i = 0; i < users.n; i++) {
    const Node *reader = lineage_node_of(s->g, users.items[i].column)->node;
    if (reader && reader->kind != NODE_SOURCE)
      check_forget(s->check, reader);
  }
}

// A column cannot be gone and have a type, nor two. False: recorded.
static bool changes_agree(Suppose *s) {
  bool good = true;
  for (size_t i = 0; i < s->nchanges; i++)
    for (size_t k = 0; k < i; k++) {
      const Change *a = &s->changes[k], *b = &s->changes[i];
      if (!same_relation(a->of, b->of) || !str_eq(a->column, b->column) || str_eq(a->type, b->type))
        continue;
      Diag *d = diag_error(&s->run->diags, CODE_OPTION_VALUE, str_c(b->option),
                           "'%.*s' is said by %s '%.*s' already, to be another thing",
                           STR_ARG(b->text), a->option, STR_ARG(a->text));
      diag_hint(&s->run->diags, d, "ask for one of them at a time");
      good = false;
    }
  return good;
}

static bool suppose_all(Suppose *s) {
  if (!changes_agree(s))
    return run_report(s->run) && false;
  for (size_t i = 0; i < s->nchanges; i++) {
    bool again = false;
    for (size_t k = 0; k < i; k++)
      again |= s->changes[k].of == s->changes[i].of;
    forget_readers(s, &s->changes[i]);
    if (!again && !suppose(s, &s->changes[i]))
      return run_report(s->run) && false;
  }
  return true;
}

// --- differences

static void add_row(Suppose *s, Row row) {
  s->counts[row.effect]++;
  vec_push(s->a, &s->rows, row);
}

static Str with_kind(const Suppose *s, const Node *n) {
  Str name = n->kind == NODE_SOURCE ? lineage_describe(s->a, n).name : node_versioned_name(s->a, n);
  return str_fmt(s->a, "%.*s %.*s", STR_ARG(node_kind_names[n->kind]), STR_ARG(name));
}

static const DbColumn *column_named(const CheckedNode *c, Str name) {
  for (size_t i = 0; i < c->ncolumns; i++)
    if (str_eq(c->columns[i].name, name))
      return &c->columns[i];
  return NULL;
}

// What it is made of that is affected itself; empty: not known.
static Str affected_by(const Suppose *s, uint32_t at) {
  LineageEdges inputs = at == LINEAGE_NONE ? (LineageEdges){0} : s->g->columns[at].inputs;
  for (uint32_t i = 0; i < inputs.n; i++)
    if (s->affected[inputs.items[i].column])
      return str_fmt(s->a, "from %.*s", STR_ARG(lineage_shown(s->a, s->g, inputs.items[i].column)));
  return (Str){0};
}

static uint32_t place_in_graph(const Suppose *s, const Node *n, Str column) {
  const LineageNode *known = lineage_node(s->g, n->id);
  return known ? lineage_column(s->g, known, column) : LINEAGE_NONE;
}

// The columns of a node that is good both times.
static void compare_columns(Suppose *s, const CheckedNode *was, const CheckedNode *now) {
  const Node *n = was->node;
  Str name = node_versioned_name(s->a, n);
  for (size_t i = 0; i < was->ncolumns; i++) {
    const DbColumn *then = &was->columns[i];
    bool same_place = i < now->ncolumns && str_eq(now->columns[i].name, then->name);
    const DbColumn *c = same_place ? &now->columns[i] : column_named(now, then->name);
    uint32_t at = place_in_graph(s, n, then->name);
    if (change_of(s, n, then->name) || (c && str_eq(c->type, then->type)))
      continue;
    Str why = affected_by(s, at);
    if (at != LINEAGE_NONE)
      s->affected[at] = true;
    add_row(s, (Row){.effect = c ? RETYPED : GONE,
                     .id = n->id,
                     .name = name,
                     .column = then->name,
                     .was = then->type,
                     .now = c ? c->type : (Str){0},
                     .why = why});
  }
}

static void compare_node(Suppose *s, const CheckedNode *was, const CheckedNode *now) {
  Row row = {.id = now->node->id, .name = with_kind(s, now->node)};
  row.effect = now->state == CHECK_WRONG ? FAILS : LEFT;
  if (row.effect == LEFT && now->because)
    row.why = str_fmt(s->a, "below %.*s", STR_ARG(now->because->name));
  if (now->state != CHECK_GOOD)
    add_row(s, row);
  else if (was->ncolumns)
    compare_columns(s, was, now);
}

// What is supposed is affected, under each name that its relation has.
static void begin_affected(Suppose *s) {
  for (uint32_t i = 0; i < s->g->ncolumns; i++) {
    const LineageNode *of = lineage_node_of(s->g, i);
    s->affected[i] = of->node && change_of(s, of->node, s->g->columns[i].name);
  }
}

// Parents before children.
static void compare(Suppose *s, const Checked *after) {
  Node **order = graph_order(s->a, s->run->graph);
  begin_affected(s);
  for (size_t i = 0; i < after->n; i++)
    s->after[after->nodes[i].node->index] = &after->nodes[i];
  for (size_t i = 0; i < s->run->graph->nnodes; i++) {
    const CheckedNode *was = s->before[order[i]->index], *now = s->after[order[i]->index];
    if (was && now && was->state == CHECK_GOOD)
      compare_node(s, was, now);
  }
}

// --- comparisons

static bool was_mixed(const Suppose *s, const LineageMixed *m) {
  size_t n = 0;
  const LineageMixed *before = lineage_mixed(s->was, &n);
  bool found = false;
  for (size_t i = 0; i < n && !found; i++)
    found = before[i].node == m->node && str_eq(before[i].types.left, m->types.left) &&
            str_eq(before[i].types.right, m->types.right);
  return found;
}

// Comparisons of different types that were none before.
static void add_mixed(Suppose *s) {
  size_t n = 0;
  const LineageMixed *now = s->is ? lineage_mixed(s->is, &n) : NULL;
  for (size_t i = 0; i < n; i++)
    if (!was_mixed(s, &now[i]) && !finding_is_silenced(s->run, now[i].node, CODE_MIXED_TYPES))
      add_row(s, (Row){.effect = COMPARES,
                       .id = now[i].node->id,
                       .name = with_kind(s, now[i].node),
                       .why = mixed_shown(s->a, &now[i].types)});
}

// --- what a node reads of its own relation

// The texts of nodes that are supposed to be others, for a relation that stands already: that of
// an incremental model reads it. They are bound while it stands with its supposed columns.
static void bind_later(void *data, CheckPlace *p, CheckedNode *const *nodes, size_t n) {
  Suppose *s = data;
  for (size_t i = 0; i < n; i++) {
    const Node *of = nodes[i]->node;
    const CheckedNode *was = s->before[of->index];
    if (!is_supposed(s, of) || nodes[i]->state != CHECK_GOOD || !was || !was->later ||
        s->bound[of->index])
      continue;
    s->bound[of->index] = true;
    Value pos[2] = {relation_of_node(s->a, &s->run->shared, of),
                    val_str(was->later->compiled_code)};
    Args args = {pos, 2, NULL, 0};
    Value ignored;
    Diags said = {0};
    diags_init(&said);
    if (!place_call(p, s->a, STR("starc_check_binds"), &args, &ignored, &said) && said.first)
      s->later[of->index] = place_names(p, s->a, first_line(said.first->message));
    diags_free(&said);
  }
}

// Whether a snapshot adds the column by itself.
static bool is_of_snapshots(const Node *snapshot, Str column) {
  static const Str names[] = {STR_INIT("dbt_scd_id"), STR_INIT("dbt_updated_at"),
                              STR_INIT("dbt_valid_from"), STR_INIT("dbt_valid_to"),
                              STR_INIT("dbt_is_deleted")};
  Value own = node_config(snapshot, STR("snapshot_meta_column_names"));
  bool found = false;
  for (size_t i = 0; i < COUNT(names) && !found; i++) {
    Value as = val_get(own, names[i]);
    found = str_eq_nocase(as.kind == VAL_STR ? val_text(as) : names[i], column);
  }
  return found;
}

// Why the next run of a snapshot needs the column in its own relation; empty: it does not.
static Str why_kept(const Suppose *s, const Change *c) {
  if (is_of_snapshots(c->of, c->column))
    return STR("a snapshot keeps it by itself");
  Str keys = c->at == LINEAGE_NONE ? (Str){0} : s->g->columns[c->at].keys, key;
  while (str_cut(&keys, ' ', &key))
    if (key.len && !val_is_str(node_config(c->of, key), STR("all"))) // check_cols: all there are
      return str_fmt(s->a, "its %.*s names it", STR_ARG(key));
  return (Str){0};
}

// Whether the node's own query reads the column of its relation.
static bool reads_itself(const Suppose *s, const Change *c) {
  LineageEdges users = c->at == LINEAGE_NONE ? (LineageEdges){0} : s->g->columns[c->at].users;
  bool found = false;
  for (uint32_t i = 0; i < users.n && !found; i++)
    found = lineage_node_of(s->g, users.items[i].column)->node == c->of;
  return found;
}

// Nodes that are good with what is supposed, and would not be run again over it: or they would, and
// the name is another column's then.
static void add_own(Suppose *s, const Change *c) {
  Effect effect = FAILS;
  Str later = s->later[c->of->index], why = {0};
  if (later.len)
    why = str_fmt(s->a, "its text on later runs: %.*s", STR_ARG(later));
  else if (c->of->kind == NODE_SNAPSHOT && !c->type.len)
    why = why_kept(s, c);
  if (!why.len && !c->type.len && s->bound[c->of->index] && reads_itself(s, c)) {
    effect = READS;
    why = STR("its text on later runs reads it");
  }
  s->later[c->of->index] = (Str){0}; // once
  s->bound[c->of->index] &= !later.len;
  if (why.len)
    add_row(s, (Row){.effect = effect, .id = c->of->id, .name = with_kind(s, c->of), .why = why});
}

// --- who reads it and does not fail

static bool is_good(const Suppose *s, const Node *n) {
  const CheckedNode *now = n ? s->after[n->index] : NULL;
  return now && now->state == CHECK_GOOD;
}

static bool has_input(const Node *reader, const Node *n) {
  for (size_t i = 0; i < reader->nneeds; i++)
    if (reader->needs[i] == n)
      return true;
  return false;
}

// A column that is gone was in a natural join, a `distinct`, a comparison of whole rows; or the
// reader names its relation by hand, and what it was looked at with is the target's. So it is of
// one that has another type, but inside of starc, where its relation is the supposed one.
static void add_silent(Suppose *s, uint32_t column, bool gone, bool *told) {
  if (!gone && s->inside)
    return;
  LineageEdges users = s->g->columns[column].users;
  const LineageNode *of = lineage_node_of(s->g, column);
  for (uint32_t i = 0; i < users.n; i++) {
    uint32_t user = users.items[i].column;
    const Node *reader = lineage_node_of(s->g, user)->node;
    if (!is_good(s, reader) || s->affected[user] || told[reader->index] || !of->node ||
        reader == of->node)
      continue;
    bool by_hand = !has_input(reader, of->node) && !str_is(of->made, "ephemeral");
    if (!by_hand && !gone)
      continue;
    told[reader->index] = true;
    add_row(s, (Row){.effect = !gone     ? BY_HAND_TYPE
                               : by_hand ? BY_HAND
                                         : READS,
                     .id = reader->id,
                     .name = with_kind(s, reader),
                     .why = str_fmt(s->a,
                                    by_hand ? "it reads %.*s by the relation's name"
                                            : "it reads %.*s without naming it",
                                    STR_ARG(lineage_shown(s->a, s->g, column)))});
  }
}

// Exposures and saved queries, which nobody binds.
static void add_unbound(Suppose *s, uint32_t column, bool *told) {
  LineageEdges users = s->g->columns[column].users;
  for (uint32_t i = 0; i < users.n; i++) {
    const Node *reader = lineage_node_of(s->g, users.items[i].column)->node;
    if (!reader || (reader->kind != NODE_EXPOSURE && reader->kind != NODE_SAVED_QUERY) ||
        told[reader->index])
      continue;
    told[reader->index] = true;
    add_row(s, (Row){.effect = MAY_READ,
                     .id = reader->id,
                     .name = with_kind(s, reader),
                     .why = str_fmt(s->a, "it reads %.*s",
                                    STR_ARG(lineage_shown(s->a, s->g, column)))});
  }
}

static void add_doubts(Suppose *s) {
  Arena a = {0};
  uint32_t *starts = arena_array(&a, uint32_t, s->nchanges + 1), n = 0;
  for (size_t i = 0; i < s->nchanges; i++)
    if (s->changes[i].at != LINEAGE_NONE)
      starts[n++] = s->changes[i].at;
  LineageAsked asked = {.starts = starts, .n = n, .way = {.influence = true}};
  LineageDoubts doubts = {0};
  if (n)
    doubts = lineage_doubts(&a, s->g, &asked);
  for (size_t i = 0; i < doubts.n; i++)
    add_row(s, (Row){.effect = UNKNOWN,
                     .id = doubts.items[i].node->id,
                     .name = doubts.items[i].node->name,
                     .why = lineage_doubt_shown(s->a, s->g, &doubts.items[i])});
  arena_free(&a);
}

// By column: it is affected, or its value is made of what is.
static bool *find_reached(Suppose *s) {
  Arena a = {0};
  bool *reached = arena_array(s->a, bool, s->g->ncolumns + 1);
  uint32_t *starts = arena_array(&a, uint32_t, s->g->ncolumns + 1);
  size_t n = 0;
  for (uint32_t i = 0; i < s->g->ncolumns; i++)
    if (s->affected[i])
      starts[n++] = i;
  LineageVisits v = lineage_walk(&a, s->g, starts, n, (LineageWay){.down = true});
  for (size_t i = 0; i < v.n; i++)
    reached[v.items[i].column] = true;
  arena_free(&a);
  return reached;
}

// Texts that nobody binds: without its column a source's age cannot be asked for.
static void add_named(Suppose *s, const Change *c) {
  size_t at = 0;
  if (c->type.len)
    return;
  for (NamedBy by; named_next(c->of, c->column, &at, &by);)
    add_row(s, (Row){.effect = c->of->kind == NODE_SOURCE && by.node == c->of ? FAILS : MAY_READ,
                     .id = by.node->id,
                     .name = with_kind(s, by.node),
                     .why = named_why(s->a, c->of, &by)});
}

static void add_readers(Suppose *s) {
  bool *told = arena_array(s->a, bool, s->run->graph->nnodes + 1);
  const bool *reached = find_reached(s);
  for (uint32_t i = 0; i < s->g->ncolumns; i++) {
    const LineageNode *of = lineage_node_of(s->g, i);
    if (!reached[i] || !of->node)
      continue;
    add_unbound(s, i, told);
    if (!s->affected[i])
      continue;
    const Change *c = change_of(s, of->node, s->g->columns[i].name);
    const CheckedNode *now = s->after[of->node->index];
    bool gone = c ? !c->type.len : now && !column_named(now, s->g->columns[i].name);
    add_silent(s, i, gone, told);
  }
  for (size_t i = 0; i < s->nchanges; i++) {
    add_own(s, &s->changes[i]);
    add_named(s, &s->changes[i]);
  }
  add_doubts(s);
}

// --- telling

static Str changes_shown(const Suppose *s, bool types) {
  Buf b = {.arena = s->a};
  for (size_t i = 0; i < s->nchanges; i++) {
    const Change *c = &s->changes[i];
    buf_addf(&b, "%s%.*s.%.*s", i ? ", " : "", STR_ARG(lineage_describe(s->a, c->of).name),
             STR_ARG(c->column));
    if (types && c->type.len)
      buf_addf(&b, " as %.*s", STR_ARG(c->type));
  }
  return buf_str(&b);
}

static void print_row(Run *r, const Row *row) {
  Buf b = {0};
  buf_addf(&b, "  %-11s  %.*s", effect_words[row->effect], STR_ARG(row->name));
  if (row->column.len)
    buf_addf(&b, ".%.*s", STR_ARG(row->column));
  if (row->now.len)
    buf_addf(&b, "  %.*s, was %.*s", STR_ARG(row->now), STR_ARG(row->was));
  if (row->why.len)
    buf_addf(&b, "  (%.*s)", STR_ARG(row->why));
  run_print(r, buf_str(&b));
  buf_free(&b);
}

static void text_or_null(Json *j, const char *key, Str text) {
  json_name(j, str_c(key));
  if (text.len)
    json_str(j, text);
  else
    json_null(j);
}

static void print_json(Run *r, const Row *row) {
  Buf b = {0};
  Json j = {.out = &b, .raw_utf8 = true};
  json_open_object(&j);
  json_key_str(&j, "effect", str_c(effect_words[row->effect]));
  json_key_str(&j, "node", row->id);
  text_or_null(&j, "column", row->column);
  text_or_null(&j, "was", row->was);
  text_or_null(&j, "now", row->now);
  text_or_null(&j, "why", row->why);
  json_close_object(&j);
  run_print(r, buf_str(&b));
  buf_free(&b);
}

static void add_count(Buf *b, size_t n, const char *one, const char *many) {
  if (n)
    buf_addf(b, "%s%zu %s", str_ends(buf_str(b), STR(":")) ? " " : ", ", n, n == 1 ? one : many);
}

static void print_verdict(Suppose *s) {
  const size_t *n = s->counts;
  size_t fails = n[FAILS] + n[BY_HAND];
  bool drops = true;
  for (size_t i = 0; i < s->nchanges; i++)
    drops &= !s->changes[i].type.len;
  Str shown = changes_shown(s, true);
  Buf b = {.arena = s->a};
  if (!s->rows.n && drops)
    buf_addf(&b, "Nothing reads %.*s: %s may go", STR_ARG(shown), s->nchanges == 1 ? "it" : "they");
  else if (!s->rows.n)
    buf_addf(&b, "Nothing changes with %.*s", STR_ARG(shown));
  else
    buf_addf(&b, "%s %.*s:", drops ? "Without" : "With", STR_ARG(shown));
  if (s->rows.n && !fails)
    buf_adds(&b, " nothing fails");
  add_count(&b, fails, "node fails", "nodes fail");
  add_count(&b, n[GONE], "column goes with it", "columns go with it");
  add_count(&b, n[RETYPED], "column changes its type", "columns change their type");
  add_count(&b, n[COMPARES], "comparison is of different types",
            "comparisons are of different types");
  add_count(&b, n[READS] + n[MAY_READ], "more may be touched", "more may be touched");
  add_count(&b, n[LEFT] + n[UNKNOWN] + n[BY_HAND_TYPE], "is not known", "are not known");
  run_print(s->run, buf_str(&b));
}

static void tell_wrong_before(Suppose *s) {
  size_t n = 0;
  for (size_t i = 0; i < s->run->graph->nnodes; i++)
    n += s->before[i] && s->before[i]->state != CHECK_GOOD;
  if (n)
    run_tell(s->run, (Event){.kind = EV_CheckNote, .level = LEVEL_WARN},
             "%zu node%s wrong or cannot be looked at as the project is: 'starc check' says why", n,
             n == 1 ? " is" : "s are");
}

// A query that gives the column its old name again has a column near to it.
static void not_itself(const Suppose *s, Diag *d) {
  for (size_t i = 0; d && i < s->nchanges; i++) {
    Str quoted = str_fmt(s->a, "'%.*s'", STR_ARG(s->changes[i].column));
    if (str_find(d->hint, quoted, 0) >= 0)
      d->hint = (Str){0};
  }
}

// What the database says of nodes that fail now, and YAML that lists what is gone.
static bool tell_findings(Suppose *s, const Names *names, const Checked *after) {
  Checked told = {.nodes = arena_array(s->a, CheckedNode, after->n + 1)};
  Findings found;
  for (size_t i = 0; i < after->n; i++) {
    const CheckedNode *now = &after->nodes[i], *was = s->before[now->node->index];
    bool lost = was && now->state == CHECK_GOOD && now->ncolumns < was->ncolumns &&
                !is_supposed(s, now->node);
    if (now->state == CHECK_WRONG)
      not_itself(s, now->result->diag);
    if (was && was->state == CHECK_GOOD && (now->state != CHECK_GOOD || lost))
      told.nodes[told.n++] = *now;
  }
  findings_init(&found, s->run);
  findings_of_nodes(&found, names, &told);
  return findings_tell(&found);
}

static int tell(Suppose *s, const Names *names, const Checked *after) {
  bool json = str_is(s->run->options->output, "json");
  tell_wrong_before(s);
  bool good = tell_findings(s, names, after);
  for (size_t i = 0; i < s->rows.n; i++)
    (json ? print_json : print_row)(s->run, &s->rows.items[i]);
  if (!json)
    print_verdict(s);
  return good && !s->counts[FAILS] && !s->counts[BY_HAND] ? EXIT_GOOD : EXIT_FAILED;
}

// --- the whole

static void forget_findings(Run *r) {
  diags_free(&r->diags); // what is wrong as it is, is the work of a plain check
  diags_init(&r->diags);
}

static void keep_before(Suppose *s, const Checked *checked) {
  size_t n = s->run->graph->nnodes + 1;
  s->before = arena_array(s->a, const CheckedNode *, n);
  s->after = arena_array(s->a, const CheckedNode *, n);
  s->affected = arena_array(s->a, bool, s->g->ncolumns + 1);
  s->bound = arena_array(s->a, bool, n);
  s->later = arena_array(s->a, Str, n);
  for (size_t i = 0; i < checked->n; i++)
    s->before[checked->nodes[i].node->index] = &checked->nodes[i];
}

// Both looks. False: it ended, which is reported, or was stopped.
static bool look_twice(Suppose *s, const bool *bits, Checked *after) {
  Checked before;
  LineageBuild *b = s->was = lineage_begin(s->run, s->check);
  if (!check_nodes(s->check, bits, &before) || s->run->signal || !(s->g = lineage_end(b, &before)))
    return false;
  forget_findings(s->run);
  keep_before(s, &before);
  if (!find_columns(s) || !suppose_all(s))
    return false;
  s->run->nresults = 0; // of reports
  check_watch(s->check, (CheckWatch){bind_later, s});
  if (s->run->options->retypes.n)
    s->is = lineage_begin(s->run, s->check);
  bool good = check_nodes(s->check, bits, after);
  forget_findings(s->run);
  return good && !s->run->signal; // of a part nothing can be said
}

int suppose_check(Run *r, bool *bits) {
  Suppose s = {.run = r, .a = &r->arena};
  Checked after;
  Names names;
  if (!read_changes(&s))
    return EXIT_USAGE;
  for (size_t i = 0; i < s.nchanges; i++)
    bits[s.changes[i].of->index] = true;
  signals_watch(r);
  names_init(&names, r);
  s.check = check_open(r, bits);
  s.inside = s.check && check_place(s.check)->folder.len;
  bool good = s.check && look_twice(&s, bits, &after);
  check_close(s.check);
  if (!good)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  compare(&s, &after);
  add_mixed(&s);
  add_readers(&s);
  return tell(&s, &names, &after);
}
