// Any bytes as a file of an earlier run, which --state, state:, result:, source_status: and retry
// read: no crash, no hang; what cannot be read has a finding; what can is compared with a project,
// selected from, and gives the options of a retry. The first byte picks the file.
#include "fuzz_project.h"

#include "../../compiler/graph/select.h"
#include "../../compiler/graph/state.h"
#include "../../runtime/cli/arguments.h"
#include "../../runtime/cli/options.h"
#include "../../runtime/run/journal.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {"manifest.json", "run_results.json", "sources.json",
                                    "starc_journal.jsonl"};
enum { FILES = COUNT(files) };

// How fresh the project's source is now, for source_status:.
#define FRESHNESS                                                                                  \
  "{\"metadata\": {\"dbt_schema_version\": "                                                       \
  "\"https://schemas.getdbt.com/dbt/sources/v3.json\"}, \"results\": [{\"unique_id\": "            \
  "\"source.shop.raw.events\", \"max_loaded_at\": \"2024-01-02T00:00:00Z\", \"status\": "          \
  "\"pass\"}]}"

static const Run *base;
static Str current;
static RunOptions plain; // nothing was asked for on the command line

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_environment();
  static Arena kept;
  Diags d = {0};
  base = fuzz_base(&plain);
  plain.given = val_dict(&kept);
  current = fs_join(&kept, fuzz_folder(), STR("current"));
  if (!fs_write(fs_join(&kept, current, STR("sources.json")), STR(FRESHNESS), &d))
    abort();
  return 0;
}

// What --select can ask of an earlier run.
static void select_by_state(Run *r, StateIndex *s) {
  static const Str asked[] = {STR_INIT("state:new"),           STR_INIT("state:modified+"),
                              STR_INIT("state:modified.body"), STR_INIT("state:old,tag:day"),
                              STR_INIT("result:error"),        STR_INIT("1+result:fail+"),
                              STR_INIT("result:warn"),         STR_INIT("source_status:fresher+")};
  for (size_t i = 0; i < COUNT(asked); i++) {
    Str one = asked[i];
    Selection sel = {.select = &one, .nselect = 1, .state = s};
    select_nodes(&r->arena, r->graph, &sel, ~0u, &r->diags);
  }
}

static void compare(Run *r, StateIndex *s) {
  bool known;
  for (size_t i = 0; i < r->graph->nnodes; i++)
    for (size_t k = 0; k < state_nwords; k++)
      state_matches(s, &r->arena, r->graph, r->graph->nodes[i], state_words[k], &r->diags, &known);
  state_removed_contracts(s, r->graph, &r->diags);
}

static void retry(Run *r, Value args) {
  RunOptions then;
  Str message = {0};
  if (!options_earlier(&r->arena, r->options, args, &then, &message) && !message.len)
    abort();
}

static void read_state(Run *r, Str dir) {
  StateIndex *s = state_load(&r->arena, dir, STR("state"), current, &r->diags);
  if (!s && !r->diags.errors)
    abort();
  if (!s)
    return;
  state_compare_macros(s, &r->arena, r->graph);
  compare(r, s);
  select_by_state(r, s);
  if (s->has_results)
    retry(r, s->args);
}

static void read_journal(Run *r, Str dir) {
  JournalRead j;
  if (journal_read(&r->arena, dir, STR("target"), &j, &r->diags))
    retry(r, j.args);
  else if (!r->diags.errors)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  Arena a = {0};
  RunOptions mine = plain;
  Run r = fuzz_run(base, &mine);
  const char *name = files[*data % FILES];
  Str path = fs_join(&a, fuzz_folder(), str_c(name));
  fuzz_file(name, str_n((const char *)data + 1, size - 1));
  if (*data % FILES == 3)
    read_journal(&r, fuzz_folder());
  else
    read_state(&r, fuzz_folder());
  unlink(str_cstr(&a, path));
  fuzz_run_end(&r);
  secret_forget();
  arena_free(&a);
  return 0;
}
