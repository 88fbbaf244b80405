// The program: reads the command line, hands over to a task, ends with its exit code.
#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/address.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/program.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/template/eval.h"
#include "../lineage/pick.h"
#include "../run/reports.h"
#include "../run/run.h"
#include "../task/task.h"
#include "arguments.h"
#include "completion.h"
#include "environment.h"
#include "error_pages.h"
#include "help.h"
#include "options.h"
#include "output.h"
#include "reference.h"
#include "topics.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// An empty text has no bytes to point at.
static void print_text(const Buf *text) {
  if (text->len)
    fwrite(text->ptr, 1, text->len, stdout);
}

// As the project would be read in which the program stands, if it stands in one.
static void print_version(const RunOptions *o) {
  Arena a = {0};
  Buf b = {0};
  ProjectOptions where = {.project_dir = o->project_dir, .dbt_version = o->dbt_version};
  version_text(&b, project_level(&a, &where));
  arena_free(&a);
  print_text(&b);
  buf_free(&b);
}

// To standard error; what is wrong with a command line. Gives its exit code.
__attribute__((format(printf, 1, 2))) static int say(const char *fmt, ...) {
  Arena a = {0};
  va_list ap;
  va_start(ap, fmt);
  output_text(stderr, str_vfmt(&a, fmt, ap));
  va_end(ap);
  arena_free(&a);
  return EXIT_USAGE;
}

// Says that nothing has this name, which the nearest is, and how all of them are listed.
static int unknown_topic(const char *what, Str name, Str near, const char *list) {
  return say("there is no %s '%.*s'%s%.*s%s\n%s %s\n", what, STR_ARG(name),
             near.len ? ": did you mean '" : "", STR_ARG(near), near.len ? "'?" : "",
             program_name(), list);
}

static int unknown_command(Arena *scratch, Str name) {
  Str names[64];
  size_t n = 0;
  for (const Command *k = commands; k->name && n < 64; k++)
    names[n++] = str_c(k->name);
  Str near = str_nearest(name, names, n), topic;
  if (!near.len)
    near = topic_namesakes(scratch, name);
  if (!near.len && !topic_find(name, &topic))
    near = topic;
  Buf none = {.arena = scratch}, guides = {.arena = scratch};
  const ManualPage *one;
  if (topics_of(name, &one, &guides) > 1)
    return say("there is no command '%.*s'; guides about it: %.*s\n%s help topic NAME shows one\n",
               STR_ARG(name), STR_ARG(buf_str(&guides)), program_name());
  if (!near.len && !reference_config_entry(scratch, &none, name, &topic))
    near = topic;
  if (!near.len && !reference_name_entry(scratch, &none, name, &topic))
    near = topic;
  return unknown_topic("command", name, near, "help lists the commands, help topics the guides");
}

// The words from `at` to before `end`, a blank between.
static Str joined(Arena *a, const Words *words, size_t at, size_t end) {
  Buf b = {.arena = a};
  for (size_t i = at; i < end; i++)
    buf_addf(&b, "%s%.*s", i > at ? " " : "", STR_ARG(words->items[i]));
  return buf_str(&b);
}

// `words`: "error", and the code if one is asked for.
static int error_help(Buf *text, const Words *words) {
  if (words->n == 1) {
    help_errors(text);
    return EXIT_GOOD;
  }
  Str near = {0};
  Code code = code_find(words->items[1], &near);
  if (!code)
    return unknown_topic("error", words->items[1], near, "help error lists them");
  help_error(text, code);
  return EXIT_GOOD;
}

// Says how a config key and a name of templates that are called like a command or a guide are
// shown.
static void same_name(Buf *text, Str name) {
  Buf none = {.arena = text->arena};
  Str near;
  if (reference_config_entry(text->arena, &none, name, &near))
    buf_addf(text, "\nThe config key: %s help config %.*s\n", program_name(), STR_ARG(name));
  if (reference_name_entry(text->arena, &none, name, &near))
    buf_addf(text, "\nThe name in templates: %s help name %.*s\n", program_name(), STR_ARG(name));
}

// Shown at once, since it may be longer than a screen. `name`: as it was asked for.
static int guide(Arena *a, const ManualPage *page, Str name) {
  Buf text = {.arena = a};
  topic_page(a, &text, page);
  same_name(&text, name);
  topic_print(buf_str(&text));
  return EXIT_GOOD;
}

// `words`: "topics", or "topic" and the guide that is asked for.
static int topic_help(Buf *text, const Words *words) {
  if (words->n == 1) {
    topics_list(text);
    return EXIT_GOOD;
  }
  Str name = joined(text->arena, words, 1, words->n), near;
  const ManualPage *page = topic_find(name, &near);
  if (page)
    return guide(text->arena, page, name);
  Str same = topic_namesakes(text->arena, name);
  return unknown_topic("topic", name, same.len ? same : near, "help topics lists them");
}

// `words`: "config", and the key if one is asked for.
static int config_help(Buf *text, const Words *words) {
  Str near;
  if (words->n == 1)
    reference_config_list(text->arena, text);
  else if (!reference_config_entry(text->arena, text, words->items[1], &near))
    return unknown_topic("config key", words->items[1], near, "help config lists them");
  return EXIT_GOOD;
}

// `words`: "name", and the name of a template's if one is asked for.
static int name_help(Buf *text, const Words *words) {
  Str near;
  if (words->n == 1)
    reference_names_list(text->arena, text);
  else if (!reference_name_entry(text->arena, text, words->items[1], &near))
    return unknown_topic("name", words->items[1], near, "help name lists them");
  return EXIT_GOOD;
}

// The only guide that is about a word which is no guide's name; NULL: there is none, or more.
static const ManualPage *only_guide(Arena *scratch, Str word) {
  Buf names = {.arena = scratch};
  const ManualPage *one = NULL;
  return topics_of(word, &one, &names) == 1 ? one : NULL;
}

// A config key, a name of templates, or both. False: it is neither.
static bool reference_help(Buf *text, Str name) {
  Str near;
  bool key = reference_config_entry(text->arena, text, name, &near);
  return reference_name_entry(text->arena, text, name, &near) || key;
}

// `words`: the names behind help; "all" behind a command asks for the common options too.
static int command_help(Buf *text, const Command *c, const Words *words) {
  size_t n = words->n;
  bool all = n > (c ? 0 : 1) && str_is(words->items[n - 1], "all");
  Str name = c ? str_c(c->name) : joined(text->arena, words, 0, n - all), near;
  if (!name.len) {
    help_short(text);
    return EXIT_GOOD;
  }
  if (!c)
    c = command_find(name);
  const ManualPage *page = topic_find(name, &near);
  if (!c)
    return unknown_command(text->arena, name);
  help_command(text, c, all);
  if (page)
    buf_addf(text, "\nThe guide: %s help topic %s\n", program_name(), page->name);
  same_name(text, name);
  return EXIT_GOOD;
}

static int print_help(const Command *c, const Words *words) {
  Arena a = {0};
  Buf text = {.arena = &a};
  Str first = !c && words->n ? words->items[0] : (Str){0}, near;
  int code;
  if (str_is(first, "error"))
    code = error_help(&text, words);
  else if (str_is(first, "topic") || str_is(first, "topics"))
    code = topic_help(&text, words);
  else if (str_is(first, "config"))
    code = config_help(&text, words);
  else if (str_is(first, "name"))
    code = name_help(&text, words);
  else if (first.len && words->n == 1 && !command_find(first) && topic_find(first, &near))
    code = guide(&a, topic_find(first, &near), first);
  else if (first.len && words->n == 1 && !command_find(first) && reference_help(&text, first))
    code = EXIT_GOOD;
  else if (first.len && words->n == 1 && !command_find(first) && only_guide(&a, first))
    code = guide(&a, only_guide(&a, first), first);
  else
    code = command_help(&text, c, words);
  print_text(&text);
  arena_free(&a);
  return code;
}

// Commands that need no project, and have no task. False: it is none of them.
static bool answer(const RunOptions *o, int *code) {
  Buf b = {0};
  *code = EXIT_GOOD;
  switch (o->command->bit) {
  case CMD_VERSION:
    print_version(o);
    return true;
  case CMD_HELP:
    *code = print_help(NULL, &o->args);
    return true;
  case CMD_MAN:
    help_man(&b);
    break;
  case CMD_REFERENCE:
    if (!reference_page(&b, o->args.n ? o->args.items[0] : STR("cli"))) {
      *code = say("no reference page '%.*s': there is", STR_ARG(o->args.items[0]));
      for (size_t i = 0; reference_pages[i]; i++)
        say("%s %s", i ? "," : "", reference_pages[i]);
      say("\n");
    }
    break;
  case CMD_COMPLETION:
    if (!completion_script(&b, o->args.items[0]))
      *code =
          say("no completion for '%.*s': there is bash, zsh and fish\n", STR_ARG(o->args.items[0]));
    break;
  default:
    return false;
  }
  print_text(&b);
  buf_free(&b);
  return true;
}

// The last event of every command.
static void tell_completed(Output *out, int64_t from, bool good) {
  Arena a = {0};
  int64_t to = clock_us();
  double seconds = (double)(to - from) / 1e6;
  Str command = val_to_str(&a, val_get(out->options->given, STR("invocation_command")));
  Event e = {.kind = EV_CommandCompleted,
             .level = LEVEL_DEBUG,
             .shown_with = LEVEL_DEBUG,
             .msg = str_fmt(&a, "Command `%.*s` %s after %.2f seconds", STR_ARG(command),
                            good ? "succeeded" : "failed", seconds),
             .fields = EVENT_FIELDS({"command", val_str(command)},
                                    {"completed_at", val_str(artifact_time(&a, to))},
                                    {"elapsed", val_float(seconds)}, {"success", val_bool(good)})};
  out->reporter.event(out, &e);
  arena_free(&a);
}

static int run_command(RunOptions *o) {
  int64_t from = clock_us();
  Output out;
  o->project_flags = options_project_flags;
  o->earlier = options_earlier;
  o->parse = options_parse;
  o->pick_columns = pick_columns;
  secret_add_environment();
  eval_allow((unsigned)o->template_memory, (unsigned)o->template_time);
  output_init(&out, o);
  int code = (o->watch ? task_watch : o->command->task)(o, &out.reporter);
  tell_completed(&out, from, code == EXIT_GOOD);
  output_free(&out);
  return code;
}

// Says what is wrong with the command line, in the reports that it asks for too.
static void refuse(Arena *arena, int argc, char **argv, RunOptions *o, Str message) {
  Diags diags;
  Buf text = {.arena = arena};
  diags_init(&diags);
  secret_add_environment(); // of .env too, by now
  say("%.*s\n", STR_ARG(message));
  Diag *d = diag_error(&diags, CODE_OPTION_VALUE, (Str){0}, "%.*s", STR_ARG(message));
  ReportFinding finding = {.diag = d};
  Report report = {.findings = &finding,
                   .command = str_c(o->command ? o->command->name : ""),
                   .exit_code = EXIT_USAGE,
                   .root = fs_absolute(arena, o->project_dir.len ? o->project_dir : STR("."))};
  options_reports(arena, argc, argv, o);
  (void)reports_ready(o, &diags);
  (void)reports_write(o, &report, &diags);
  for (const Diag *failed = d->next; failed; failed = failed->next)
    diag_print(&text, failed, DIAG_PLAIN);
  say("%s", buf_cstr(&text));
  diags_free(&diags);
}

// Sets what the file .env has, reads the options anew with it, and works on the project.
static int run_project(Arena *arena, int argc, char **argv, RunOptions *o) {
  Diags found;
  Str message = {0};
  int code = EXIT_USAGE;
  diags_init(&found);
  if (environment_from_file(arena, o, &found)) {
    RunOptions with = {0};
    if (!options_parse(arena, argc, argv, &with, &message)) {
      refuse(arena, argc, argv, &with, message);
      goto done;
    }
    with.dotenv = o->dotenv;
    with.profiles_by_dotenv = o->profiles_by_dotenv;
    *o = with;
  }
  o->found = &found;
  code = run_command(o);
done:
  diags_free(&found);
  return code;
}

// What was printed may still be on its way: a full disk is told now.
static int printed(int code) {
  bool lost = ferror(stdout);
  errno = 0;
  if (!fflush(stdout) && !lost)
    return code;
  fprintf(stderr, "%s: error: standard output cannot be written: %s\n", program_name(),
          errno ? strerror(errno) : "is the disk full?");
  return code == EXIT_GOOD ? EXIT_FAILED : code;
}

static int program(int argc, char **argv) {
  Arena arena = {0};
  RunOptions o = {0};
  Str message = {0};
  int code;
  program_called(argv[0]);
  secret_add_environment();
  if (!options_parse(&arena, argc, argv, &o, &message)) {
    refuse(&arena, argc, argv, &o, message);
    code = EXIT_USAGE;
  } else if (o.version) {
    print_version(&o);
    code = EXIT_GOOD;
  } else if (!o.command) {
    code = print_help(NULL, &o.args);
  } else if (o.help) {
    code = print_help(o.command, &o.args);
  } else if (!answer(&o, &code)) {
    code = run_project(&arena, argc, argv, &o);
  }
  arena_free(&arena);
  return printed(code);
}

typedef struct CommandLine {
  int argc;
  char **argv;
  int code;
  sigset_t signals; // that are blocked in the program
} CommandLine;

static void *program_main(void *data) {
  CommandLine *line = data;
  pthread_sigmask(SIG_SETMASK, &line->signals, NULL);
  line->code = program(line->argc, line->argv);
  return NULL;
}

// A copy of the command line, which then shows no password to who lists the machine's processes.
static char **own_words(int argc, char **argv) {
  char **words = memory_must(calloc((size_t)argc + 1, sizeof *words));
  for (int i = 0; i < argc; i++)
    words[i] = memory_must(strdup(argv[i]));
  address_hide_words(argc, argv);
  return words;
}

// The program runs in a thread of a known stack, whatever `ulimit -s` leaves to the first one,
// which takes no signals. A file that may not grow is an error of its write.
int main(int argc, char **argv) {
  enum { STACK = 64 << 20 };
  static CommandLine line;
  line = (CommandLine){.argc = argc, .argv = own_words(argc, argv)};
  pthread_t thread;
  pthread_attr_t attr;
  sigset_t all;
  signal(SIGXFSZ, SIG_IGN);
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK);
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &line.signals); // before there is another thread to take them
  bool started = pthread_create(&thread, &attr, program_main, &line) == 0;
  pthread_attr_destroy(&attr);
  if (started)
    pthread_join(thread, NULL);
  else
    program_main(&line);
  return line.code;
}
