// See catch_up.h. The steps are macros of macros/clickhouse/view_catchup.sql, which send the
// statements; which one is due, and when all begins again, is decided here.
#include "catch_up.h"
#include "../../context/evaluation.h"
#include "../../context/fixture_value.h"
#include "../../template/ops.h"
#include "../../template/ops_access.h"
#include "clickhouse.h"

const char catch_merged[] = "rows that arrived were merged with older ones before these were read: "
                            "run the model again";

// --- the protocol

static bool same_blocks(CatchBlocks x, CatchBlocks y) {
  bool same = x.n == y.n;
  for (size_t i = 0; same && i < x.n; i++)
    same = str_eq(x.items[i].database, y.items[i].database) &&
           str_eq(x.items[i].table, y.items[i].table) &&
           str_eq(x.items[i].partition, y.items[i].partition) &&
           x.items[i].highest == y.items[i].highest;
  return same;
}

// Which tables feed the views is known once they are there: the first moment only shows that.
//
// An insert takes the views that are there when it begins, and its block is there before it is no
// longer under way. So where none is under way after the views came, each that had not seen them is
// over, and its block is among those that are looked at next: one more than before the views shows
// it, none is the proof that there was none. To ask for the blocks first would miss an insert that
// ends between the two questions.
Caught catch_begin(const CatchSteps *s) {
  Caught c = {0};
  size_t sources = 0;
  for (int try = 1; try <= CATCH_TRIES; try++) {
    CatchBlocks before = sources ? s->blocks(s->data) : (CatchBlocks){0};
    bool known = sources > 0;
    s->watch(s->data);
    if (!known)
      sources = s->sources(s->data);
    bool quiet = known && !s->busy(s->data);
    if (known || (sources && s->wrote))
      c.up_to = s->blocks(s->data);
    c.clean = !sources || (quiet && same_blocks(before, c.up_to));
    if (c.clean || (s->wrote && s->wrote(s->data)))
      break;
    if (try < CATCH_TRIES)
      s->unwatch(s->data);
  }
  return c;
}

Caught catch_up(const CatchSteps *s, size_t inserts) {
  for (int try = 1;; try++) {
    Caught c = catch_begin(s);
    size_t done = 0;
    while (done < inserts && s->insert(s->data, done, c.up_to, try >= CATCH_TRIES))
      done++;
    if (done == inserts)
      return c;
    s->unwatch(s->data);
  }
}

// --- the setting

static bool same_table(const CatchBlock *x, const CatchBlock *y) {
  return str_eq(x->database, y->database) && str_eq(x->table, y->table);
}

// A text as SQL has it, with what stands before it.
static void add_text(Buf *out, const char *before, Str text) {
  buf_add(out, str_c(before));
  fixture_quoted(out, '\'', text);
}

// The highest block of the partition at hand, as SQL.
static Str last_block(Arena *a, CatchBlocks of) {
  Buf partitions = {.arena = a}, highest = {.arena = a};
  for (size_t i = 0; i < of.n; i++) {
    add_text(&partitions, i ? ", " : "", of.items[i].partition);
    buf_addf(&highest, "%s%lld", i ? ", " : "", (long long)of.items[i].highest);
  }
  return str_fmt(a, "transform(_partition_id, [%.*s], [%.*s], -1)", STR_ARG(buf_str(&partitions)),
                 STR_ARG(buf_str(&highest)));
}

// 'database.table': 'condition on the parts', as an entry of a map.
static void add_filter(Arena *a, Buf *out, CatchBlocks of) {
  Str last = last_block(a, of);
  Str parts = STR("toInt64(splitByChar('_', _part)");
  Str condition =
      str_fmt(a, "%.*s[3]) <= %.*s and throwIf(%.*s[2]) <= %.*s and %.*s[3]) > %.*s, '%s') = 0",
              STR_ARG(parts), STR_ARG(last), STR_ARG(parts), STR_ARG(last), STR_ARG(parts),
              STR_ARG(last), catch_merged);
  Str name = str_fmt(a, "%.*s.%.*s", STR_ARG(of.items->database), STR_ARG(of.items->table));
  add_text(out, out->len ? ", " : "", name);
  add_text(out, ": ", condition);
}

Str catch_setting(Arena *a, CatchBlocks up_to) {
  Buf filters = {.arena = a};
  for (size_t i = 0, n; i < up_to.n; i += n) {
    for (n = 1; i + n < up_to.n && same_table(&up_to.items[i], &up_to.items[i + n]); n++)
      ;
    add_filter(a, &filters, (CatchBlocks){up_to.items + i, n});
  }
  return filters.len ? str_fmt(a, "additional_table_filters = {%.*s}", STR_ARG(buf_str(&filters)))
                     : (Str){0};
}

// --- the steps, as macros

typedef struct CatchWork {
  Eval *ev;
  Context *c;
  Value what;     // the dict that the steps are given
  Value inserts;  // texts
  Value sources;  // [[database, table]]
  Value inserted; // [[database, table]] that inserts may name instead
  CatchBlocks of; // what the views' table had before they were there
} CatchWork;

static Value part_of(const CatchWork *w, const char *key) { return val_get(w->what, str_c(key)); }

static void call_step(CatchWork *w, const char *step) {
  eval_call(w->ev, part_of(w, step), &(Args){.pos = &w->what, .npos = 1});
}

static CatchBlocks blocks_of(CatchWork *w, Value tables) {
  Arena *a = eval_arena(w->ev);
  Value rows = ops_list(w->ev, context_call_macro(w->ev, w->c, "starc_ch_blocks",
                                                  &(Kwarg){STR("tables"), tables}, 1));
  CatchBlock *items = arena_array(a, CatchBlock, rows.list->n + 1);
  for (size_t i = 0; i < rows.list->n; i++) {
    const Value *cell = rows.list->items[i].list->items;
    items[i] = (CatchBlock){val_to_str(a, cell[0]), val_to_str(a, cell[1]), val_to_str(a, cell[2]),
                            cell[3].i};
  }
  return (CatchBlocks){items, rows.list->n};
}

static bool has_written(const CatchWork *w) { return part_of(w, "written").kind == VAL_LIST; }

static void step_watch(void *data) {
  CatchWork *w = data;
  if (has_written(w))
    w->of = blocks_of(w, part_of(w, "written"));
  call_step(w, "watch");
}

static void step_unwatch(void *data) { call_step(data, "unwatch"); }

static Value tables_above(CatchWork *w, const char *macro) {
  const Kwarg views = {STR("views"), part_of(w, "beside")};
  return ops_list(w->ev, context_call_macro(w->ev, w->c, macro, &views, 1));
}

static size_t step_sources(void *data) {
  CatchWork *w = data;
  w->sources = tables_above(w, "starc_ch_fed_by");
  w->inserted = tables_above(w, "starc_ch_inserted");
  return w->sources.list->n;
}

static CatchBlocks step_blocks(void *data) {
  CatchWork *w = data;
  return blocks_of(w, w->sources);
}

static bool step_busy(void *data) {
  CatchWork *w = data;
  Value n = context_call_macro(w->ev, w->c, "starc_ch_inserts_now",
                               &(Kwarg){STR("tables"), w->inserted}, 1);
  return val_truth(n);
}

static bool step_wrote(void *data) {
  CatchWork *w = data;
  return !same_blocks(w->of, blocks_of(w, part_of(w, "written")));
}

static bool step_insert(void *data, size_t index, CatchBlocks up_to, bool last) {
  CatchWork *w = data;
  Value cut = val_str(catch_setting(eval_arena(w->ev), up_to));
  const Kwarg kw[] = {
      {STR("insert"), w->inserts.list->items[index]},
      {STR("cut"),    cut                          },
      {STR("merged"), val_str(str_c(catch_merged)) },
      {STR("last"),   val_bool(last)               }
  };
  return val_truth(context_call_macro(w->ev, w->c, "starc_ch_insert_before", kw, COUNT(kw)));
}

// starc_catch_up(work, inserts=none): catch_up, or catch_begin without inserts. Gives {clean,
// cut, inserted}: the setting of a query for what came before, and [[database, table]] of what
// inserts name that come to the views. work: beside (the views), watch and unwatch (macros,
// called with work), written ([[database, table]] that the views write into, where that cannot be
// taken back).
Value clickhouse_catch_up(Eval *ev, const Value *v) {
  CatchWork w = {.ev = ev, .c = context_of(ev), .what = v[0], .inserted = val_none()};
  const CatchSteps steps = {.data = &w,
                            .watch = step_watch,
                            .unwatch = step_unwatch,
                            .sources = step_sources,
                            .blocks = step_blocks,
                            .busy = step_busy,
                            .wrote = has_written(&w) ? step_wrote : NULL,
                            .insert = step_insert};
  bool inserts = v[1].kind != VAL_NONE;
  if (inserts)
    w.inserts = ops_list(ev, v[1]);
  Caught c = inserts ? catch_up(&steps, w.inserts.list->n) : catch_begin(&steps);
  Arena *a = eval_arena(ev);
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("clean"), val_bool(c.clean));
  dict_sets(a, d.dict, STR("cut"), val_str(catch_setting(a, c.up_to)));
  dict_sets(a, d.dict, STR("inserted"), w.inserted);
  return d;
}
