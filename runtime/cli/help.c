// Help from the tables: the short help by task, one command's page, the reference as Markdown and
// the version.
#include "help.h"
#include "options.h"
#include "topics.h"

#include "../../compiler/artifacts/report.h"
#include "../../compiler/base/program.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/dialect/dialect.h"
#include "../run/version.h"

static const char *const tasks[] = {"Build the warehouse", "Look before you build",
                                    "Start and maintain a project", "Help", NULL};

static void pad(Buf *out, size_t from, size_t to) {
  size_t len = out->len - from;
  while (len++ < to)
    buf_addc(out, ' ');
}

void help_wrapped(Buf *out, const char *text, size_t indent, size_t width) {
  utf8_wrap(out, str_c(text), indent, indent, width);
  buf_addc(out, '\n');
}

void version_text(Buf *out, DbtLevel level) {
  buf_addf(out, "Core:\n  - installed: %s\n  - made by:   starc %s\n\n",
           dbt_releases[level].version, STARC_VERSION);
  buf_adds(out, "Plugins:\n");
  size_t widest = 0;
  for (size_t i = 0; dialects[i]; i++)
    widest = strlen(dialects[i]->type) > widest ? strlen(dialects[i]->type) : widest;
  for (size_t i = 0; dialects[i]; i++)
    buf_addf(out, "  - %s:%*s %s\n", dialects[i]->type, (int)(widest - strlen(dialects[i]->type)),
             "", STARC_VERSION);
  buf_addc(out, '\n');
  buf_addf(out, "starc %s\n", STARC_VERSION);
}

static const char *or_empty(const char *s) { return s ? s : ""; }

void help_row(Buf *out, const char *head, const char *text, size_t column) {
  size_t from = out->len;
  buf_addf(out, "  %s", head);
  if (out->len - from >= column)
    buf_addc(out, '\n'), from = out->len;
  pad(out, from, column);
  help_wrapped(out, text, column, HELP_WIDTH);
}

void help_short(Buf *out) {
  buf_addf(out, "starc %s builds tables from SQL templates: raw data in, tested relations out.\n\n",
           STARC_VERSION);
  buf_addf(out, "Usage: %s COMMAND [OPTION]...\n", program_name());
  for (size_t t = 0; tasks[t]; t++) {
    buf_addf(out, "\n%s\n", tasks[t]);
    for (const Command *c = commands; c->name; c++) {
      if (!c->heading || strcmp(c->heading, tasks[t]))
        continue;
      Buf head = {0};
      buf_addf(&head, "%s%s%s", c->name, c->args ? " " : "", or_empty(c->args));
      help_row(out, buf_cstr(&head), c->summary, 28);
      buf_free(&head);
    }
  }
  buf_adds(out, "\nMost used options\n");
  help_row(out, "-s, --select SELECTOR...", "only these: name, +name, name+, tag:x, path:x", 28);
  help_row(out, "-t, --target NAME", "which output of the profile", 28);
  help_row(out, "-f, --full-refresh", "incremental models and seeds from nothing", 28);
  Buf last = {0};
  buf_addf(&last,
           "%s help COMMAND shows a command with its options, %s help error CODE explains a "
           "message that ends in [CODE], %s help topics lists the guides. A first project: %s init "
           "shop",
           program_name(), program_name(), program_name(), program_name());
  buf_addc(out, '\n');
  help_wrapped(out, buf_cstr(&last), 0, HELP_WIDTH);
  buf_free(&last);
}

// "-s, -m, --select SELECTOR..., --models"
static void option_head(Buf *out, const Option *o) {
  for (const char *s = o->shorts; s && *s; s++)
    buf_addf(out, "-%c, ", *s);
  bool on_by_default = o->kind == OPT_FLAG && o->otherwise && !strcmp(o->otherwise, "true");
  buf_addf(out, "--%s%s", on_by_default ? "no-" : "", o->name);
  if (o->kind == OPT_FLAG && !o->otherwise)
    buf_addf(out, ", --no-%s", o->name);
  Str rest = str_c(o->aliases), part;
  while (rest.len && str_cut(&rest, '|', &part))
    buf_addf(out, ", --%.*s", STR_ARG(part));
  if (o->arg)
    buf_addf(out, " %s%s", o->arg, o->kind == OPT_WORDS ? "..." : "");
}

static void option_text(Buf *out, const Option *o) {
  bool on = o->kind == OPT_FLAG && o->otherwise && !strcmp(o->otherwise, "true");
  if (on && strncmp(o->help, "accepted", strlen("accepted")) != 0)
    buf_adds(out, "do not ");
  buf_addf(out, "%s", o->help);
  for (const ReportForm *f = report_forms;
       o->kind == OPT_REPORT && !strcmp(o->name, "report") && f->name; f++)
    buf_addf(out, "; %s: %s", f->name, f->doc);
  if (o->kind != OPT_FLAG && o->otherwise && strcmp(o->otherwise, "{}") &&
      !strstr(o->help, "default"))
    buf_addf(out, " (default: %s)", o->otherwise);
  if (o->env)
    buf_addf(out, " [%s%.*s]", strncmp(o->env, "STARC_", 6) ? "STARC_" : "",
             (int)strcspn(o->env, "|"), o->env);
}

static void option_row(Buf *out, const Option *o) {
  Buf head = {0}, text = {0};
  option_head(&head, o);
  option_text(&text, o);
  help_row(out, buf_cstr(&head), buf_cstr(&text), 28);
  buf_free(&head);
  buf_free(&text);
}

static bool own_option(const Option *o, const Command *c) {
  return o->field >= 0 && o->commands & c->bit && !option_is_common(o);
}

void help_command(Buf *out, const Command *c, bool all) {
  buf_addf(out, "Usage: %s %s%s%s [OPTION]...\n\n%s\n", program_name(), c->name, c->args ? " " : "",
           or_empty(c->args), c->summary);
  if (c->detail)
    help_wrapped(out, c->detail, 0, HELP_WIDTH);
  Str rest = str_c(c->aliases), part;
  while (rest.len && str_cut(&rest, '|', &part))
    buf_addf(out, "Also called: %s %.*s\n", program_name(), STR_ARG(part));
  bool any = false;
  all |= !(c->bit & CMD_PROJECT); // few, then
  for (const Option *o = options; o->name; o++)
    if (own_option(o, c)) {
      if (!any)
        buf_adds(out, "\nOptions\n");
      any = true;
      option_row(out, o);
    }
  if (!all) {
    buf_addf(out, "\nOptions of every command, --target and --threads too: %s %s --help all\n",
             program_name(), c->name);
    return;
  }
  buf_adds(out, "\nOptions of every command\n");
  for (const Option *o = options; o->name; o++)
    if (o->field >= 0 && option_is_common(o) && o->commands & c->bit)
      option_row(out, o);
  buf_adds(out, "\nOptions may stand before or behind the command. Each variable in brackets is\n"
                "also read as DBT_ENGINE_x and DBT_x.\n");
}

// --- Markdown

static void markdown_rows(Buf *out, const Command *c) {
  buf_adds(out, "| option | meaning |\n|---|---|\n");
  for (const Option *o = options; o->name; o++) {
    if (c ? !own_option(o, c) : o->field < 0 || !option_is_common(o))
      continue;
    buf_adds(out, "| `");
    option_head(out, o);
    buf_adds(out, "` | ");
    Buf text = {0};
    option_text(&text, o);
    Str s = buf_str(&text);
    for (size_t i = 0; i < s.len; i++) {
      if (s.ptr[i] == '|')
        buf_addc(out, '\\');
      buf_addc(out, s.ptr[i]);
    }
    buf_free(&text);
    buf_adds(out, " |\n");
  }
}

void help_reference(Buf *out) {
  buf_adds(out,
           "# Command line\n\nMade by `make reference` from the program's own tables. Options "
           "may stand before or behind\nthe command. Exit codes: 0 all good, 1 something "
           "failed, 2 wrong use, a project that cannot be\nread or compiled, or a database that "
           "cannot be reached, 130 after Ctrl-C, 143 after SIGTERM, 129 when\nits terminal was "
           "closed, 141 when nobody reads its lines any more.\n");
  for (const Command *c = commands; c->name; c++) {
    buf_addf(out, "\n## starc %s%s%s\n%s %s\n", c->name, c->args ? " " : "", or_empty(c->args),
             c->summary, or_empty(c->detail));
    bool any = false;
    for (const Option *o = options; o->name && !any; o++)
      any = own_option(o, c);
    if (any) {
      buf_addc(out, '\n');
      markdown_rows(out, c);
    }
  }
  buf_adds(
      out,
      "\n## Options of every command\n\nAs with dbt, each command that works on a project takes "
      "them, whether or not it does what they\nare about (`deps --threads 4`). `init`, `help`, "
      "`man` and the like take what is of use there;\nthe rest is an error.\n\n");
  markdown_rows(out, NULL);
  buf_adds(out, "\n## Accepted without effect\n\n");
  bool first = true;
  for (const Option *o = options; o->name; o++)
    if (o->field < 0 && option_is_common(o)) {
      buf_addf(out, "%s`--%s`", first ? "" : ", ", o->name);
      first = false;
    }
  buf_addc(out, '\n');
}

// --- the manual page

static void man_text(Buf *out, const char *s) {
  for (; *s; s++) {
    if (*s == '-' || *s == '\\')
      buf_addc(out, '\\');
    buf_addc(out, *s);
  }
}

static void man_options(Buf *out, const Command *c) {
  for (const Option *o = options; o->name; o++) {
    if (c ? !own_option(o, c) : o->field < 0 || !option_is_common(o))
      continue;
    Buf b = {0};
    option_head(&b, o);
    buf_adds(out, ".TP\n\\fB");
    man_text(out, buf_cstr(&b));
    buf_adds(out, "\\fR\n");
    b.len = 0;
    option_text(&b, o);
    man_text(out, buf_cstr(&b));
    buf_addc(out, '\n');
    buf_free(&b);
  }
}

void help_man(Buf *out) {
  buf_addf(out, ".TH STARC 1 \"\" \"starc %s\" \"User Commands\"\n", STARC_VERSION);
  buf_adds(out,
           ".SH NAME\nstarc \\- build tables from SQL templates\n.SH SYNOPSIS\n.B starc\n"
           "\\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.SH DESCRIPTION\nReads a folder of YAML files "
           "and SQL templates, works out which relation needs which, and builds them\nin "
           "ClickHouse (embedded or a server) or Postgres. Options may stand before or behind "
           "the command.\n.SH COMMANDS\n");
  for (const Command *c = commands; c->name; c++) {
    buf_addf(out, ".SS \"starc %s%s%s\"\n", c->name, c->args ? " " : "", or_empty(c->args));
    man_text(out, c->summary);
    buf_addc(out, '\n');
    man_text(out, or_empty(c->detail));
    buf_addc(out, '\n');
    man_options(out, c);
  }
  buf_adds(out, ".SH TOPICS\nGuides, shown by \\fBstarc help topic\\fR \\fINAME\\fR:\n");
  Buf names = {0};
  topics_names(&names, ", ");
  man_text(out, buf_cstr(&names));
  buf_addc(out, '\n');
  buf_free(&names);
  buf_adds(out,
           ".SH CONFIG KEYS AND NAMES OF TEMPLATES\n\\fBstarc help config\\fR and \\fBstarc help "
           "name\\fR list them, \\fBstarc help\\fR \\fIKEY\\fR shows one with an example.\n");
  buf_adds(out, ".SH OPTIONS OF EVERY COMMAND\n");
  man_options(out, NULL);
  buf_adds(
      out,
      ".SH EXIT STATUS\n.TP\n0\nall good, warnings included\n.TP\n1\na node or a check "
      "failed\n.TP\n2\nwrong use, a project that cannot be read or compiled, or a database that "
      "cannot be reached\n.TP\n130, "
      "143, 129, 141\nended by "
      "Ctrl\\-C, by SIGTERM, with its terminal, with who read its lines\n.SH "
      "FILES\n.TP\nproject.yml, "
      "dbt_project.yml\nthe project\n.TP\n"
      "profiles.yml\nconnections: \\-\\-profiles\\-dir, the project, ~/.starc, ~/.dbt\n.TP\n"
      "target/\ncompiled SQL and artifacts\n.TP\nlogs/starc.log, in a dbt project "
      "logs/dbt.log\nwhat was done, in detail\n");
}
