// init --example: a small project that shows one thing. In: the name of an example, a folder. Out:
// its files there, as they lie in examples/, and what to do next.
#include "example.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/program.h"

#include <dirent.h>

// clang-format off
static const struct {
  const char *name, *about, *show; // what `starc show` prints a model of
  bool inside;                     // its sources are files that the embedded engine reads
} examples[] = {
    {"chinook", "a music shop: sources, refs, tests, an incremental model, a snapshot, an exposure", "sales_by_month", true},
    {"incremental", "tables that grow: appended rows, replaced rows, a new column", "visits_by_page", false},
    {"snapshot", "how rows were: changes seen by columns, or by a time", "customers_now", false},
    {"unit-tests", "logic that is tested without data: dicts, CSV, SQL, a table that is there", "orders", false},
    {"load", "files become tables, each row once", "revenue_by_country", true},
};
// clang-format on

const char *example_choices(void) {
  static char choices[128];
  Buf out = {.ptr = choices, .cap = sizeof choices};
  for (size_t i = 0; i < COUNT(examples); i++)
    if (out.len + strlen(examples[i].name) + sizeof "||list" < sizeof choices)
      buf_addf(&out, "%s|", examples[i].name);
  strcpy(choices + out.len, "list");
  return choices;
}

static int list(Run *r) {
  Buf b = {.arena = &r->arena};
  for (size_t i = 0; i < COUNT(examples); i++)
    buf_addf(&b, "  %-12s %s\n", examples[i].name, examples[i].about);
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(&r->arena, "%.*s\n%s init --example %s writes the first one into a folder",
                       STR_ARG(buf_str(&b)), program_name(), examples[0].name));
  return EXIT_GOOD;
}

// Whether files can be put there: nothing is, or a folder that holds nothing. False: reported.
static bool is_free(Run *r, Str folder) {
  if (!fs_exists(folder))
    return true;
  size_t n = 0;
  DIR *dir = fs_is_dir(folder) ? opendir(str_cstr(&r->arena, folder)) : NULL;
  for (struct dirent *e; dir && (e = readdir(dir));)
    n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  if (dir)
    closedir(dir);
  if (dir && !n)
    return true;
  Diag *d =
      diag_error(&r->diags, CODE_FILE_EXISTS, folder,
                 n ? "the folder has files already" : "there is something of that name already");
  diag_hint(&r->diags, d, "choose another folder: %s init --example %.*s FOLDER", program_name(),
            STR_ARG(r->options->init_example));
  return run_report(r) && false;
}

// The name of the project, and of its profile: that of the folder as a name.
static Str project_name(Arena *a, Str example) {
  char *name = str_cstr(a, example);
  for (char *c = name; *c; c++)
    *c = *c == '-' ? '_' : *c;
  return str_c(name);
}

// With the profile of `start`. False: reported.
static bool write_files(Run *r, Str name, Str folder, const ProfileStart *start) {
  Arena *a = &r->arena;
  Str above = str_cat(a, name, STR("/"));
  for (const ExampleFile *f = example_files; f->path; f++) {
    Str path = str_c(f->path);
    if (!str_starts(path, above))
      continue;
    path = str_sub(path, above.len, path.len);
    Str text = str_is(path, "profiles.yml") ? init_filled(a, start->text, project_name(a, name))
                                            : str_n(f->text, f->len);
    if (!fs_write(fs_join(a, folder, path), text, &r->diags))
      return run_report(r) && false;
  }
  return true;
}

int example_init(Run *r) {
  const RunOptions *o = r->options;
  Str name = o->init_example, folder = o->args.n ? o->args.items[0] : name;
  size_t at = 0;
  while (at < COUNT(examples) && !str_eq(name, str_c(examples[at].name)))
    at++;
  if (at == COUNT(examples))
    return list(r);
  const ProfileStart *start = profile_start(o->init_type);
  Str there = str_is(folder, ".") ? STR("") : str_fmt(&r->arena, "  cd %.*s\n", STR_ARG(folder));
  if (examples[at].inside && start != profile_start(STR(""))) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--type"),
                         "the example %.*s is for the embedded engine, not for %s", STR_ARG(name),
                         start->type);
    diag_hint(&r->diags, d, "leave --type away: it needs nothing to be installed or started");
    run_report(r);
    return EXIT_USAGE;
  }
  if (!is_free(r, folder))
    return EXIT_USAGE;
  if (!write_files(r, name, folder, start))
    return EXIT_FAILED;
  run_print_as(r, EV_DebugCmdOut,
               str_fmt(&r->arena,
                       "Made the example %.*s in %.*s: %s. Next:\n\n%.*s%.*s  %s build\n  %s "
                       "show --select %s\n\nREADME.md says what to try.",
                       STR_ARG(name), STR_ARG(folder), examples[at].about, STR_ARG(there),
                       STR_ARG(init_server(&r->arena, start)), program_name(), program_name(),
                       examples[at].show));
  return EXIT_GOOD;
}
