// What arrives while a ClickHouse table is filled: which step is due, and when all begins again.
// The steps are a script: what the blocks are at each look, and how each insert ends.
#include "../../compiler/dialect/clickhouse/catch_up.h"
#include "check.h"

static Arena arena;

typedef struct Script {
  const int64_t *highest; // of the one block, at each look; the last one stays
  size_t looks, at;
  size_t sources;
  size_t busy;      // so many times an insert is under way
  bool wrote;       // the views have written
  size_t merged;    // so many inserts meet a merged part
  size_t last_from; // the insert, from 1, that is told to be the last try; 0: none was
  size_t inserts;
  Buf said; // the steps: w watch, u unwatch, s sources, l look, b busy, i insert
} Script;

static Script *note(void *data, char step) {
  Script *s = data;
  buf_addc(&s->said, step);
  return s;
}

static void watch(void *data) { note(data, 'w'); }
static void unwatch(void *data) { note(data, 'u'); }
static size_t sources(void *data) { return note(data, 's')->sources; }
static bool wrote(void *data) { return ((Script *)data)->wrote; }

static CatchBlocks blocks(void *data) {
  Script *s = note(data, 'l');
  CatchBlock *one = arena_new(&arena, CatchBlock);
  *one = (CatchBlock){STR("d"), STR("t"), STR("all"), s->highest[s->at]};
  s->at += s->at + 1 < s->looks;
  return (CatchBlocks){one, 1};
}

static bool busy(void *data) {
  Script *s = note(data, 'b');
  return s->busy && s->busy--;
}

static bool insert(void *data, size_t index, CatchBlocks up_to, bool last) {
  Script *s = note(data, 'i');
  (void)index, (void)up_to;
  s->inserts++;
  if (last && !s->last_from)
    s->last_from = s->inserts;
  return last || !(s->merged && s->merged--);
}

static CatchSteps steps_of(Script *s) {
  s->said = (Buf){.arena = &arena};
  return (CatchSteps){s, watch, unwatch, sources, blocks, busy, NULL, insert};
}

static void test_begin(void) {
  const int64_t still[] = {7}, grows[] = {7, 8, 8, 8};
  Script none = {.highest = still, .looks = 1};
  CatchSteps steps = steps_of(&none);
  Caught c = catch_begin(&steps);
  CHECK(c.clean && !c.up_to.n); // nothing feeds them that keeps parts
  CHECK_STR(buf_str(&none.said), "ws");

  Script quiet = {.highest = still, .looks = 1, .sources = 1};
  steps = steps_of(&quiet);
  c = catch_begin(&steps);
  CHECK(c.clean && c.up_to.items[0].highest == 7);
  CHECK_STR(buf_str(&quiet.said), "wsulwbl");

  Script inserted = {.highest = grows, .looks = 4, .sources = 1};
  steps = steps_of(&inserted);
  c = catch_begin(&steps);
  CHECK(c.clean && c.up_to.items[0].highest == 8);
  CHECK_STR(buf_str(&inserted.said), "wsulwblulwbl");

  Script under_way = {.highest = still, .looks = 1, .sources = 1, .busy = 1};
  steps = steps_of(&under_way);
  c = catch_begin(&steps);
  CHECK(c.clean);
  CHECK_STR(buf_str(&under_way.said), "wsulwblulwbl");
}

// One insert among the steps: at any of them it begins, with the views of that time, is committed,
// and ends.
typedef struct World {
  size_t now, begins, commits, ends;
  size_t tries, views, taken; // of which try the views are that are there; that the insert took
} World;

static World *tick(void *data) {
  World *w = data;
  if (++w->now == w->begins)
    w->taken = w->views;
  return w;
}
static void world_watch(void *data) {
  World *w = tick(data);
  w->views = ++w->tries;
}
static void world_unwatch(void *data) { tick(data)->views = 0; }
static size_t world_sources(void *data) { return tick(data)->now > 0; }
static bool world_busy(void *data) {
  const World *w = tick(data);
  return w->begins <= w->now && w->now < w->ends;
}
static CatchBlocks world_blocks(void *data) {
  const World *w = tick(data);
  CatchBlock *one = arena_new(&arena, CatchBlock);
  *one = (CatchBlock){STR("d"), STR("t"), STR("all"), 7 + (w->commits <= w->now)};
  return (CatchBlocks){one, 1};
}

// Its rows come once: by the views that it took, or among the blocks from before.
static bool comes_once(World w) {
  const CatchSteps steps = {.data = &w,
                            .watch = world_watch,
                            .unwatch = world_unwatch,
                            .sources = world_sources,
                            .blocks = world_blocks,
                            .busy = world_busy};
  Caught c = catch_begin(&steps);
  while (w.now < w.begins)
    tick(&w);
  bool before = c.up_to.items[0].highest > 7, caught = w.taken == w.views;
  return c.clean && before + caught == 1;
}

static void test_an_insert_at_each_step(void) {
  enum { STEPS = 30 };
  size_t wrong = 0;
  for (size_t begins = 1; begins < STEPS; begins++)
    for (size_t commits = begins; commits < STEPS; commits++)
      for (size_t ends = commits; ends < STEPS; ends++)
        wrong += !comes_once((World){.begins = begins, .commits = commits, .ends = ends});
  CHECK(wrong == 0);
}

static void test_no_moment(void) {
  const int64_t still[] = {7};
  Script always = {.highest = still, .looks = 1, .sources = 1, .busy = SIZE_MAX};
  CatchSteps steps = steps_of(&always);
  Caught c = catch_begin(&steps);
  CHECK(!c.clean && c.up_to.n == 1);
  Str said = buf_str(&always.said);
  CHECK(said.ptr[said.len - 1] == 'l'); // the views of the last try stay
}

static void test_written(void) {
  const int64_t still[] = {7};
  Script s = {.highest = still, .looks = 1, .sources = 1, .wrote = true};
  CatchSteps steps = steps_of(&s);
  steps.wrote = wrote;
  Caught c = catch_begin(&steps);
  CHECK(!c.clean && c.up_to.n == 1); // what they wrote cannot be taken back: it goes on
  CHECK_STR(buf_str(&s.said), "wsl");
}

static void test_merged(void) {
  const int64_t still[] = {7};
  Script s = {.highest = still, .looks = 1, .sources = 0, .merged = 1};
  CatchSteps steps = steps_of(&s);
  catch_up(&steps, 2);
  CHECK_STR(buf_str(&s.said), "wsiuwsii"); // all inserts again, not the one alone
  Script always = {.highest = still, .looks = 1, .sources = 0, .merged = SIZE_MAX};
  steps = steps_of(&always);
  catch_up(&steps, 1);
  CHECK(always.inserts == CATCH_TRIES && always.last_from == CATCH_TRIES);
}

static void test_setting(void) {
  const CatchBlock rows[] = {
      {STR("d"), STR("t"),    STR("1"),   5},
      {STR("d"), STR("t"),    STR("2"),   9},
      {STR("d"), STR("it's"), STR("all"), 3}
  };
  CHECK(!catch_setting(&arena, (CatchBlocks){0}).len);
  Str one = catch_setting(&arena, (CatchBlocks){rows, 2});
  CHECK(str_find(one, STR("additional_table_filters = {'d.t': 'toInt64("), 0) == 0);
  CHECK(str_find(one, STR("transform(_partition_id, [\\'1\\', \\'2\\'], [5, 9], -1)"), 0) > 0);
  Str two = catch_setting(&arena, (CatchBlocks){rows, 3});
  CHECK(str_find(two, STR(", 'd.it\\'s': '"), 0) > 0);
  CHECK(str_find(two, str_c(catch_merged), 0) > 0);
}

int main(void) {
  test_begin();
  test_an_insert_at_each_step();
  test_no_moment();
  test_written();
  test_merged();
  test_setting();
  arena_free(&arena);
  return check_done();
}
