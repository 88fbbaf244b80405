// Any bytes as a command line, an argument a line: no crash, no hang; what is refused has a
// message. What is taken is followed as far as it goes without a file or a database: the texts of
// options are read (--vars, --sample, --wait, --warn-error-options, --report ...), nodes are
// selected from a project, the options become run_results' args and those of a retry.
#include "fuzz_project.h"

#include "../../compiler/base/program.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/graph/batch.h"
#include "../../runtime/cli/arguments.h"
#include "../../runtime/cli/completion.h"
#include "../../runtime/cli/help.h"
#include "../../runtime/cli/options.h"
#include "../../runtime/cli/reference.h"
#include "../../runtime/run/args.h"
#include "../../runtime/run/microbatch.h"
#include "../../runtime/run/node_lock.h"
#include "../../runtime/run/sample.h"
#include "../../runtime/run/warn.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const Run *base;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  static RunOptions options;
  fuzz_environment();
  base = fuzz_base(&options);
  return 0;
}

typedef VEC(char *) Argv;

static Argv split(Arena *a, Str text) {
  Argv argv = {0};
  vec_push(a, &argv, str_cstr(a, STR("starc")));
  for (Str line; str_cut(&text, '\n', &line);)
    vec_push(a, &argv, str_cstr(a, line));
  vec_push(a, &argv, NULL);
  return argv;
}

static void help(Arena *a, const Command *c, const RunOptions *o) {
  Buf b = {.arena = a};
  Str near;
  help_command(&b, c, o->args.n > 0);
  for (size_t i = 0; i < o->args.n; i++) {
    reference_page(&b, o->args.items[i]);
    completion_script(&b, o->args.items[i]);
    command_find(o->args.items[i]);
    code_find(o->args.items[i], &near);
  }
}

static void read_texts(Run *r, const RunOptions *o) {
  Value v;
  int64_t time;
  if (warn_read(r, o->warn_error_options))
    for (Code c = 0; c < CODE_COUNT; c++)
      warn_rule(r, c);
  run_report(r);
  sample_span(r);
  microbatch_span(r);
  node_lock_options(r);
  batch_time_parse(o->now, &time);
  yaml_inline(&r->arena, o->vars, STR("--vars"), &v, &r->diags);
  yaml_inline(&r->arena, o->macro_args, STR("--args"), &v, &r->diags);
}

static void follow(Run *r, RunOptions *o) {
  RunOptions then;
  Str message = {0};
  read_texts(r, o);
  run_select(r, ~0u);
  Value args = run_args(&r->arena, r->project, o);
  run_flags(&r->arena, o);
  if (!options_earlier(&r->arena, o, args, &then, &message) && !message.len)
    abort();
  options_project_flags(&r->arena, o, args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  RunOptions o;
  Run r = fuzz_run(base, &o);
  Argv argv = split(&r.arena, str_n((const char *)data, size));
  Str message = {0};
  bool good = options_parse(&r.arena, (int)argv.n - 1, argv.items, &o, &message);
  if (!good && !message.len)
    abort();
  if (good && o.command) {
    help(&r.arena, o.command, &o);
    if (!o.help && !o.version)
      follow(&r, &o);
  }
  fuzz_run_end(&r);
  secret_forget();
  return 0;
}
