// argv, the environment and a project's flags -> RunOptions, by the tables of options.c. Options
// may stand before and behind the command. Later sources never undo earlier ones: the command line
// wins over the environment, that over the project's flags, those over the defaults.
#include "arguments.h"
#include "options.h"

#include "../../compiler/artifacts/report.h"
#include "../../compiler/base/address.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/program.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/value/json.h"
#include "../run/reports.h"
#include "../run/run.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

typedef struct Parse {
  Arena *arena;
  RunOptions *out;
  const Command *command;
  CommandSet bits;
  int argc, at;
  char **argv;
  bool set[MAX_OPTIONS]; // by row
  bool no_more_options;  // behind "--"
  Str *message;
} Parse;

static bool fail(Parse *p, Str text) {
  *p->message = text;
  return false;
}

static size_t row(const Option *o) { return (size_t)(o - options); }
static void *field(Parse *p, const Option *o) { return (char *)p->out + o->field; }

static Str dashed(Arena *a, Str s) {
  char *t = str_cstr(a, s);
  for (char *c = t; *c; c++)
    *c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
  return str_c(t);
}

static bool truth(Str s, bool *out) {
  static const char *const yes[] = {"1", "true", "t", "yes", "y", "on"};
  static const char *const no[] = {"0", "false", "f", "no", "n", "off", ""};
  for (size_t i = 0; i < COUNT(yes); i++)
    if (str_eq_nocase(s, str_c(yes[i])))
      return *out = true;
  for (size_t i = 0; i < COUNT(no); i++)
    if (str_eq_nocase(s, str_c(no[i]))) {
      *out = false;
      return true;
    }
  return false;
}

static bool one_of(const char *choices, Str value) {
  Str rest = str_c(choices), part;
  while (str_cut(&rest, '|', &part))
    if (str_eq_nocase(part, value))
      return true;
  return false;
}

// The numbers that an option takes, where not all will do.
static const struct {
  const char *name;
  long long least, most;
} ranges[] = {
    {"threads",         1,  256    },
    {"template-memory", 16, 1 << 20},
    {"template-time",   1,  86400  },
};

// `shown`: how the option was named, for the message.
static bool store_int(Parse *p, const Option *o, Str value, Str shown) {
  char *text = str_cstr(p->arena, str_trim(value)), *end;
  errno = 0;
  long long n = strtoll(text, &end, 10);
  if (!*text || *end || errno)
    return fail(p, str_fmt(p->arena, "%.*s needs a whole number, not '%s'", STR_ARG(shown), text));
  for (size_t i = 0; i < COUNT(ranges); i++)
    if (strcmp(o->name, ranges[i].name) == 0 && (n < ranges[i].least || n > ranges[i].most))
      return fail(p, str_fmt(p->arena, "%.*s must be between %lld and %lld, not %lld",
                             STR_ARG(shown), ranges[i].least, ranges[i].most, n));
  *(int64_t *)field(p, o) = n;
  return true;
}

static bool is_list(const Option *o) {
  return o->kind == OPT_WORDS || o->kind == OPT_TEXTS || o->kind == OPT_REPORT;
}

static void add_word(Parse *p, Words *w, Str value) { vec_push(p->arena, w, value); }

// One argument may hold several words, as dbt's options have them.
static void add_words(Parse *p, const Option *o, Str value) {
  size_t before = ((Words *)field(p, o))->n;
  Str rest = value, word;
  while (str_cut(&rest, ' ', &word))
    if (word.len)
      add_word(p, field(p, o), word);
  if (((Words *)field(p, o))->n == before)
    add_word(p, field(p, o), value);
}

static bool is_of_any_form(const Option *o) { return strcmp(o->name, "report") == 0; }

// --junit FILE is --report junit=FILE.
static bool store_report(Parse *p, const Option *o, Str value, Str shown) {
  Str file, message;
  if (!is_of_any_form(o))
    value = str_fmt(p->arena, "%s=%.*s", o->name, STR_ARG(value));
  if (!report_find(p->arena, value, &file, &message))
    return fail(p, str_fmt(p->arena, "%.*s: %.*s", STR_ARG(shown), STR_ARG(message)));
  Words *before = field(p, o);
  for (size_t i = 0; i < before->n; i++)
    if (str_eq(before->items[i], value))
      return true; // the same once more, as by a variable and an option
  if (reports_clash(p->out, value))
    return fail(p, str_fmt(p->arena, "%.*s: one report alone can go to %.*s", STR_ARG(shown),
                           STR_ARG(str_is(file, "-") ? STR("standard output") : file)));
  add_word(p, field(p, o), value);
  return true;
}

static bool store_value(Parse *p, const Option *o, Str value, Str shown) {
  p->set[row(o)] = true;
  if (o->field < 0)
    return true;
  switch (o->kind) {
  case OPT_INT:
    return store_int(p, o, value, shown);
  case OPT_CHOICE:
    if (!one_of(option_choices(o), value))
      return fail(p, str_fmt(p->arena, "%.*s knows no '%.*s': it is one of %s", STR_ARG(shown),
                             STR_ARG(value), option_choices(o)));
    *(Str *)field(p, o) = dashed(p->arena, value);
    return true;
  case OPT_WORDS:
    add_words(p, o, value);
    return true;
  case OPT_TEXTS:
    add_word(p, field(p, o), value);
    return true;
  case OPT_REPORT:
    return store_report(p, o, value, shown);
  default:
    if (!value.len && o->arg && strcmp(o->arg, "FILE") == 0) // a variable that is not set
      return fail(p, str_fmt(p->arena, "%.*s needs the name of a file", STR_ARG(shown)));
    *(Str *)field(p, o) = value;
    return true;
  }
}

static void store_flag(Parse *p, const Option *o, bool on) {
  p->set[row(o)] = true;
  if (o->field < 0)
    return;
  *(bool *)field(p, o) = on;
  if (o->field == offsetof(RunOptions, use_colors))
    p->out->use_colors_set = 1;
}

static void store_arg(Parse *p, Str value) { add_word(p, &p->out->args, value); }

static bool is_option(const char *arg) { return arg[0] == '-' && arg[1]; }

// --- messages for what is not known

// The options of the command: their names, where they are few, else where they are listed.
static void add_own_options(Parse *p, Buf *b) {
  enum { FEW = 12 };
  Buf names = {.arena = p->arena};
  size_t n = 0;
  for (const Option *o = options; p->command && o->name; o++)
    if (o->commands & p->bits && o->field >= 0)
      buf_addf(&names, "%s--%s", n++ ? ", " : "", o->name);
  if (n && n <= FEW)
    buf_addf(b, "\n%s %s takes %.*s", program_name(), p->command->name, STR_ARG(buf_str(&names)));
  else if (p->command)
    buf_addf(b, "\n%s help %s lists its options", program_name(), p->command->name);
  else
    buf_addf(b, "\n%s help lists the options", program_name());
}

// Which commands know an option of this name; it may have several rows.
static void add_where_it_belongs(Buf *b, const char *name) {
  CommandSet where = 0;
  for (const Option *o = options; o->name; o++)
    if (!strcmp(o->name, name))
      where |= o->commands;
  if ((where & CMD_PROJECT) == CMD_PROJECT) {
    buf_adds(b, "; it belongs to commands that work on a project");
    return;
  }
  buf_adds(b, "; it belongs to");
  const char *comma = "";
  for (const Command *c = commands; c->name; c++)
    if (c->bit & where) {
      buf_addf(b, "%s %s", comma, c->name);
      comma = ",";
    }
}

static bool unknown_option(Parse *p, Str name) {
  Words names = {0};
  for (const Option *o = options; o->name; o++)
    if (o->commands & p->bits) {
      add_word(p, &names, str_c(o->name));
      if (o->kind == OPT_FLAG)
        add_word(p, &names, str_fmt(p->arena, "no-%s", o->name));
    }
  Str near = str_nearest(name, names.items, names.n);
  const Option *elsewhere = option_find(name, CMD_ALL);
  if (!elsewhere && str_starts(name, STR("no-")))
    elsewhere = option_find(str_sub(name, 3, name.len), CMD_ALL);
  Buf b = {.arena = p->arena};
  buf_addf(&b, "there is no option --%.*s", STR_ARG(name));
  if (p->command)
    buf_addf(&b, " of %s %s", program_name(), p->command->name);
  if (elsewhere)
    add_where_it_belongs(&b, elsewhere->name);
  else if (near.len)
    buf_addf(&b, ": did you mean --%.*s?", STR_ARG(near));
  add_own_options(p, &b);
  return fail(p, buf_str(&b));
}

static bool unknown_letter(Parse *p, char letter) {
  const Option *elsewhere = option_find_short(letter, CMD_ALL);
  Buf b = {.arena = p->arena};
  buf_addf(&b, "there is no option -%c", letter);
  if (p->command)
    buf_addf(&b, " of %s %s", program_name(), p->command->name);
  if (elsewhere && p->command) {
    buf_addf(&b, ": it is --%s", elsewhere->name);
    add_where_it_belongs(&b, elsewhere->name);
  }
  add_own_options(p, &b);
  return fail(p, buf_str(&b));
}

static bool unknown_command(Parse *p, Str name) {
  Words names = {0};
  for (const Command *c = commands; c->name; c++)
    add_word(p, &names, str_c(c->name));
  Str near = str_nearest(name, names.items, names.n);
  Buf b = {.arena = p->arena};
  buf_addf(&b, "there is no command '%.*s'", STR_ARG(name));
  if (near.len)
    buf_addf(&b, ": did you mean '%.*s'?", STR_ARG(near));
  buf_addf(&b, "\n%s help lists the commands", program_name());
  return fail(p, buf_str(&b));
}

// --- reading argv

// The option for a long name as typed; *on is false for --no-x.
static const Option *long_option(Parse *p, Str name, bool *on) {
  *on = true;
  const Option *o = option_find(name, p->bits);
  if (!o && str_starts(name, STR("no-"))) {
    o = option_find(str_sub(name, 3, name.len), p->bits);
    *on = false;
    if (o && o->kind != OPT_FLAG)
      return NULL;
  }
  return o;
}

// The value of an option: behind '=' or the next argument; lists take all up to the next option.
static bool take_value(Parse *p, const Option *o, Str shown, bool attached, Str value) {
  if (attached)
    return store_value(p, o, value, shown);
  bool last = p->at + 1 >= p->argc;
  if (o->lone && (last || is_option(p->argv[p->at + 1])))
    return store_value(p, o, str_c(o->lone), shown);
  if (last || (o->kind == OPT_WORDS && is_option(p->argv[p->at + 1])))
    return fail(p, str_fmt(p->arena, "%.*s needs a value: %.*s %s", STR_ARG(shown), STR_ARG(shown),
                           o->arg));
  if (!store_value(p, o, str_c(p->argv[++p->at]), shown))
    return false;
  while (o->kind == OPT_WORDS && p->command && p->at + 1 < p->argc &&
         !is_option(p->argv[p->at + 1]))
    if (!store_value(p, o, str_c(p->argv[++p->at]), shown))
      return false;
  return true;
}

static bool read_long(Parse *p, Str arg) {
  Str name = str_sub(arg, 2, arg.len), value = {0};
  ptrdiff_t eq = str_find(name, STR("="), 0);
  if (eq >= 0) {
    value = str_sub(name, (size_t)eq + 1, name.len);
    name = str_sub(name, 0, (size_t)eq);
  }
  bool on;
  const Option *o = long_option(p, name, &on);
  if (!o)
    return unknown_option(p, name);
  Str shown = str_fmt(p->arena, "--%.*s", STR_ARG(name));
  if (o->kind != OPT_FLAG)
    return take_value(p, o, shown, eq >= 0, value);
  if (eq >= 0)
    return fail(p, str_fmt(p->arena, "%.*s takes no value", STR_ARG(shown)));
  store_flag(p, o, on);
  return true;
}

static bool read_short(Parse *p, Str arg) {
  for (size_t i = 1; i < arg.len; i++) {
    const Option *o = option_find_short(arg.ptr[i], p->bits);
    Str shown = str_fmt(p->arena, "-%c", arg.ptr[i]);
    if (!o)
      return unknown_letter(p, arg.ptr[i]);
    if (o->kind != OPT_FLAG) {
      Str value = str_sub(arg, i + 1, arg.len);
      if (value.len && value.ptr[0] == '=')
        value = str_sub(value, 1, value.len);
      return take_value(p, o, shown, i + 1 < arg.len, value);
    }
    store_flag(p, o, true);
  }
  return true;
}

// Skips the value of an option while looking for the command.
static int skip_option(const char *arg) {
  Str s = str_c(arg);
  if (str_find(s, STR("="), 0) >= 0)
    return 0;
  const Option *o = arg[1] == '-' ? option_find(str_sub(s, 2, s.len), CMD_ALL)
                                  : option_find_short(arg[s.len - 1], CMD_ALL);
  return o && o->kind != OPT_FLAG && (arg[1] == '-' || s.len == 2);
}

// Finds the command: the first argument that is no option and no option's value, alone or with the
// next word. at[0..1] are the places of its words, -1: none.
static bool find_command(Parse *p, int at[2]) {
  at[0] = at[1] = -1;
  int i = 1;
  for (; i < p->argc && is_option(p->argv[i]); i++)
    i += skip_option(p->argv[i]);
  if (i >= p->argc)
    return true;
  Str word = str_c(p->argv[i]);
  at[0] = i;
  for (int k = i + 1; k < p->argc; k++) {
    if (is_option(p->argv[k])) {
      k += skip_option(p->argv[k]);
      continue;
    }
    Str both = str_fmt(p->arena, "%.*s %s", STR_ARG(word), p->argv[k]);
    if ((p->command = command_find(both)))
      at[1] = k;
    break;
  }
  if (!p->command)
    p->command = command_find(word);
  if (p->command)
    return true;
  if (str_is(word, "docs"))
    return fail(p,
                str_fmt(p->arena, "%s docs needs one of: generate, diff, serve", program_name()));
  if (str_is(word, "source"))
    return fail(p, str_fmt(p->arena, "%s source needs one of: check, freshness", program_name()));
  Str before = str_c(p->argv[i - 1]); // perhaps the word is the value of an option that nobody has
  bool on;
  if (i > 1 && str_starts(before, STR("--")) && str_find(before, STR("="), 0) < 0) {
    before = str_sub(before, 2, before.len);
    if (!long_option(p, before, &on))
      return unknown_option(p, before);
  }
  return unknown_command(p, word);
}

static bool read_argv(Parse *p, const int command_at[2]) {
  for (p->at = 1; p->at < p->argc; p->at++) {
    if (p->at == command_at[0] || p->at == command_at[1])
      continue;
    Str arg = str_c(p->argv[p->at]);
    if (p->no_more_options || !is_option(p->argv[p->at]))
      store_arg(p, arg);
    else if (str_is(arg, "--"))
      p->no_more_options = true;
    else if (!(str_starts(arg, STR("--")) ? read_long(p, arg) : read_short(p, arg)))
      return false;
  }
  return true;
}

// --- defaults and the environment

static void set_defaults(Parse *p) {
  for (const Option *o = options; o->name; o++) {
    if (!o->otherwise || o->field < 0 || !(o->commands & p->bits))
      continue;
    if (o->kind == OPT_FLAG)
      *(bool *)field(p, o) = str_is(str_c(o->otherwise), "true");
    else
      store_value(p, o, str_c(o->otherwise), str_c(o->name));
  }
  memset(p->set, 0, sizeof p->set);
}

// The value of the first variable there is that stands for one name of an option's list; *shown is
// the variable.
static const char *env_value(Parse *p, Str name, Str *shown) {
  static const char *const prefixes[] = {"STARC_", "DBT_ENGINE_", "DBT_"};
  for (size_t i = 0; i < 3; i++) {
    *shown = str_starts(name, STR("STARC_")) ? name : str_cat(p->arena, str_c(prefixes[i]), name);
    const char *v = getenv(str_cstr(p->arena, *shown));
    if (v && *v)
      return v;
  }
  return NULL;
}

static bool read_env_value(Parse *p, const Option *o, Str shown, Str value, bool opposite) {
  bool on;
  Str part;
  switch (o->kind) {
  case OPT_FLAG:
    if (!truth(value, &on))
      return fail(p, str_fmt(p->arena, "%.*s is '%.*s': it must be 1, 0, true or false",
                             STR_ARG(shown), STR_ARG(value)));
    store_flag(p, o, on != opposite);
    return true;
  case OPT_REPORT:
    if (!is_of_any_form(o))
      return store_value(p, o, value, shown);
    while (str_cut(&value, ' ', &part))
      if (part.len && !store_value(p, o, part, shown))
        return false;
    return true;
  default:
    return store_value(p, o, value, shown);
  }
}

// Notes that a variable has another name by now. `shown` ends in the older one.
static void note_renamed(Parse *p, Str shown, Str older, Str newer, bool opposite) {
  add_word(p, &p->out->renamed, shown);
  add_word(p, &p->out->renamed,
           str_fmt(p->arena, "%.*s%.*s%s", (int)(shown.len - older.len), shown.ptr, STR_ARG(newer),
                   opposite ? ", with the opposite value," : ""));
}

// Reads the first variable there is of an option's names: the newest stands first.
static bool read_env_of(Parse *p, const Option *o) {
  Str names = str_c(o->env), newest = {0}, name, shown;
  while (str_cut(&names, '|', &name)) {
    bool opposite = str_starts(name, STR("!"));
    name = opposite ? str_sub(name, 1, name.len) : name;
    const char *value = env_value(p, name, &shown);
    if (value && newest.len)
      note_renamed(p, shown, name, newest, opposite);
    if (value)
      return read_env_value(p, o, shown, str_c(value), opposite);
    newest = newest.len ? newest : name;
  }
  return true;
}

static bool read_env(Parse *p) {
  for (const Option *o = options; o->name; o++) {
    if (!o->env || p->set[row(o)] || !(o->commands & p->bits))
      continue;
    if (!read_env_of(p, o))
      return false;
  }
  return true;
}

// DBT_ENGINE_ belongs to options: what else begins so is most likely meant to be one.
static void look_for_strange(Parse *p) {
  static const char dbts[] =
      "INVOCATION_ENV|RECORDED_FILE_PATH|TEST_STATE_MODIFIED|PACKAGE_HUB_URL|DOWNLOAD_DIR|"
      "PP_FILE_DIFF_TEST|PP_TEST";
  Words names = {0};
  Str rest = str_c(dbts);
  for (Str part; str_cut(&rest, '|', &part);)
    add_word(p, &names, str_cat(p->arena, STR("DBT_ENGINE_"), part));
  for (const Option *o = options; o->name; o++)
    for (Str all = str_c(o->env ? o->env : ""), part; o->env && str_cut(&all, '|', &part);)
      add_word(p, &names,
               str_cat(p->arena, STR("DBT_ENGINE_"),
                       str_sub(part, str_starts(part, STR("!")), part.len)));
  for (char **e = environ; *e; e++) {
    Str var = str_c(*e), name;
    if (!str_starts(var, STR("DBT_ENGINE_")) || !str_cut(&var, '=', &name))
      continue;
    bool known = false;
    for (size_t i = 0; i < names.n && !known; i++)
      known = str_eq(names.items[i], name);
    if (known)
      continue;
    add_word(p, &p->out->strange, name);
    add_word(p, &p->out->strange, str_nearest(name, names.items, names.n));
  }
}

// Every option as Python's click would hand it on: for run_results.json and invocation_args_dict.
static Value option_value(Parse *p, const Option *o) {
  switch (o->kind) {
  case OPT_FLAG:
    return val_bool(*(bool *)field(p, o));
  case OPT_INT: {
    int64_t n = *(int64_t *)field(p, o);
    return n || o->otherwise ? val_int(n) : val_none();
  }
  case OPT_WORDS:
  case OPT_TEXTS:
  case OPT_REPORT: {
    Words *w = field(p, o);
    Value l = val_list(p->arena, w->n);
    for (size_t i = 0; i < w->n; i++)
      list_push(p->arena, l.list, val_str(w->items[i]));
    return l;
  }
  default: {
    Str s = *(Str *)field(p, o);
    return s.ptr ? val_str(address_shown(p->arena, s)) : val_none();
  }
  }
}

static Str underscored(Arena *a, const char *name) {
  char *t = str_cstr(a, str_c(name));
  for (char *c = t; *c; c++)
    if (*c == '-')
      *c = '_';
  return str_c(t);
}

static void collect_given(Parse *p) {
  Arena *a = p->arena;
  Value d = val_dict(a);
  for (const Option *o = options; o->name; o++) {
    bool mine = p->command && (o->commands & p->command->bit);
    if (o->field < 0 || !mine || o->field == offsetof(RunOptions, help) ||
        o->field == offsetof(RunOptions, version))
      continue;
    dict_sets(a, d.dict, underscored(a, o->name), option_value(p, o));
  }
  const Command *c = p->command;
  const char *which = !c ? "" : c->which ? c->which : c->name;
  dict_sets(a, d.dict, STR("which"), val_str(str_c(which)));
  if (command_is(p->out, CMD_OPERATION) && p->out->args.n)
    dict_sets(a, d.dict, STR("macro"), val_str(p->out->args.items[0]));
  Buf line = {.arena = a};
  buf_adds(&line, "starc");
  for (int i = 1; i < p->argc; i++)
    buf_addf(&line, " %.*s", STR_ARG(address_shown(a, str_c(p->argv[i]))));
  dict_sets(a, d.dict, STR("invocation_command"), val_str(buf_str(&line)));
  p->out->given = d;
}

static bool both(const Parse *p, const char *one, const char *other) {
  const Option *x = option_find(str_c(one), p->bits), *y = option_find(str_c(other), p->bits);
  return x && y && p->set[row(x)] && p->set[row(y)];
}

// run-operation calls a macro or sends a statement.
static bool check_operation(Parse *p) {
  bool sql = p->out->operation_sql.len > 0, macro = p->out->args.n > 0;
  if (!sql && !macro)
    return fail(p, str_fmt(p->arena, "%s run-operation needs MACRO or --sql", program_name()));
  if (sql && macro)
    return fail(p, STR("--sql is a statement in place of a macro: give one of them"));
  if (both(p, "sql", "args"))
    return fail(p, STR("--args are those of a macro: write what --sql sends into its text"));
  return true;
}

// What a word that no command takes was meant for.
static const char *meant_by(Parse *p, const Command *c, Str word) {
  bool model = str_ends(word, STR(".sql")) || str_ends(word, STR(".py"));
  if (c->bit == CMD_SHOW && !model && memchr(word.ptr, '.', word.len) && fs_exists(word))
    return str_cstr(p->arena, str_fmt(p->arena, ": did you mean --inline \"select * from '%.*s'\"?",
                                      STR_ARG(word)));
  return c->bit & CMD_SELECT ? ": did you mean --select?" : "";
}

static bool check_args(Parse *p) {
  const Command *c = p->command;
  size_t n = p->out->args.n;
  if (n < (size_t)c->least)
    return fail(p, str_fmt(p->arena, "%s %s needs %s", program_name(), c->name, c->args));
  if (n > (size_t)c->most) {
    Str extra = p->out->args.items[c->most];
    return fail(p, str_fmt(p->arena, "%s %s does not know what to do with '%.*s'%s", program_name(),
                           c->name, STR_ARG(extra), meant_by(p, c, extra)));
  }
  return true;
}

// Options of which one makes the other senseless.
static bool check_together(Parse *p) {
  static const char *const queries[] = {"inline", "inline-direct"};
  static const char *const selections[] = {"select", "selector"};
  if (both(p, "warn-error", "warn-error-options"))
    return fail(p, STR("--warn-error and --warn-error-options say the same thing in two ways: "
                       "give one of them"));
  if (both(p, "inline", "inline-direct"))
    return fail(p, STR("--inline and --inline-direct name a query each: give one of them"));
  for (size_t i = 0; i < 4; i++)
    if (both(p, queries[i / 2], selections[i % 2]))
      return fail(p, str_fmt(p->arena,
                             "--%s is a query of its own, and --%s names nodes: give one of them",
                             queries[i / 2], selections[i % 2]));
  return true;
}

void options_reports(Arena *a, int argc, char **argv, RunOptions *out) {
  static const char *const names[] = {"report", "junit"};
  Str message;
  Parse p = {.arena = a, .out = out, .argc = argc, .argv = argv, .message = &message};
  p.bits = CMD_PROJECT;
  out->reports = (Words){0};
  for (size_t i = 0; i < COUNT(names); i++) {
    const Option *o = option_find(str_c(names[i]), p.bits);
    Str long_name = str_fmt(a, "--%s", o->name), with_value = str_cat(a, long_name, STR("="));
    for (p.at = 1; p.at < argc; p.at++) {
      Str arg = str_c(argv[p.at]);
      bool attached = str_starts(arg, with_value);
      if (attached || str_eq(arg, long_name))
        (void)take_value(&p, o, long_name, attached,
                         str_sub(arg, attached ? with_value.len : arg.len, arg.len));
    }
    if (!p.set[row(o)])
      (void)read_env_of(&p, o);
  }
}

bool options_parse(Arena *a, int argc, char **argv, RunOptions *out, Str *message) {
  Parse p = {.arena = a, .out = out, .argc = argc, .argv = argv, .message = message};
  *out = (RunOptions){.introspect = true}; // some commands have no option for it
  p.bits = CMD_ALL;
  int at[2];
  if (!find_command(&p, at))
    return false;
  p.bits = p.command ? p.command->bit : CMD_ALL;
  out->command = p.command;
  set_defaults(&p);
  if (!read_argv(&p, at) || !read_env(&p))
    return false;
  look_for_strange(&p);
  if (out->help || out->version || !p.command)
    return true;
  if (!check_together(&p))
    return false;
  if (reports_mix(out))
    return fail(&p, str_fmt(a, "what %s prints goes to standard output: give the report a file",
                            p.command->name));
  if (!check_args(&p) || (p.command->bit == CMD_OPERATION && !check_operation(&p)))
    return false;
  collect_given(&p);
  for (const Option *o = options; o->name; o++) // for options_project_flags
    if (p.set[row(o)] && o->commands & p.bits)
      dict_sets(a,
                out->explicit_options.dict ? out->explicit_options.dict
                                           : (out->explicit_options = val_dict(a)).dict,
                underscored(a, o->name), val_bool(true));
  return true;
}

// What a new command starts from: where things are, what is shown, which threads and variables.
static bool comes_from_now(const Option *o, const RunOptions *now) {
  static const ptrdiff_t always[] = {
      offsetof(RunOptions, project_dir), offsetof(RunOptions, profiles_dir),
      offsetof(RunOptions, target_path), offsetof(RunOptions, log_path),
      offsetof(RunOptions, defer_state), offsetof(RunOptions, warn_error),
      offsetof(RunOptions, reports),     offsetof(RunOptions, quiet),
      offsetof(RunOptions, brief),       offsetof(RunOptions, debug)};
  static const ptrdiff_t if_said[] = {offsetof(RunOptions, threads), offsetof(RunOptions, vars),
                                      offsetof(RunOptions, dbt_version)};
  Arena scratch = {0};
  for (size_t i = 0; i < COUNT(always); i++)
    if (o->field == always[i])
      return true;
  for (size_t i = 0; i < COUNT(if_said); i++)
    if (o->field == if_said[i]) {
      bool said = now->explicit_options.kind == VAL_DICT &&
                  dict_gets(now->explicit_options.dict, underscored(&scratch, o->name));
      arena_free(&scratch);
      return said;
    }
  return false;
}

static void copy_field(Parse *p, const Option *o, const RunOptions *now) {
  static const size_t sizes[] = {
      [OPT_FLAG] = sizeof(bool),   [OPT_TEXT] = sizeof(Str),    [OPT_INT] = sizeof(int64_t),
      [OPT_CHOICE] = sizeof(Str),  [OPT_WORDS] = sizeof(Words), [OPT_TEXTS] = sizeof(Words),
      [OPT_REPORT] = sizeof(Words)};
  memcpy(field(p, o), (const char *)now + o->field, sizes[o->kind]);
  p->set[row(o)] = true;
}

// The value as an artifact has it; what does not fit is left at its default.
static bool earlier_value(Parse *p, const Option *o, Value v) {
  Str shown = str_c(o->name);
  if (o->kind == OPT_FLAG && v.kind == VAL_BOOL) {
    store_flag(p, o, v.b);
  } else if (is_list(o) && val_is_seq(v)) {
    for (size_t i = 0; i < v.list->n; i++)
      if (!store_value(p, o, val_to_str(p->arena, v.list->items[i]), shown))
        return false;
  } else if (o->kind == OPT_TEXT && v.kind == VAL_DICT) {
    Buf b = {.arena = p->arena};
    Json j = {.out = &b};
    json_value(&j, v);
    return store_value(p, o, buf_str(&b), shown);
  } else if (o->kind != OPT_FLAG && (v.kind == VAL_STR || v.kind == VAL_INT)) {
    return store_value(p, o, val_to_str(p->arena, v), shown);
  }
  return true;
}

// dbt writes some names with an s.
static Value earlier_arg(Arena *a, const Option *o, Value args) {
  Str name = underscored(a, o->name);
  Value v = val_get(args, name);
  return v.kind == VAL_UNDEF ? val_get(args, str_cat(a, name, STR("s"))) : v;
}

bool options_earlier(Arena *a, const RunOptions *now, Value args, RunOptions *out, Str *message) {
  Value which = val_get(args, STR("which")), macro = val_get(args, STR("macro"));
  Str name = which.kind == VAL_STR ? val_text(which) : STR("");
  *out = *now;
  Parse p = {.arena = a, .out = out, .command = command_of_artifact(name), .message = message};
  if (!p.command) {
    *message = name.len
                   ? str_fmt(a, "the last run was `%.*s`, which starc does not know", STR_ARG(name))
                   : STR("the last run's artifacts do not say which command it was");
    return false;
  }
  p.bits = p.command->bit;
  out->command = p.command;
  set_defaults(&p);
  for (const Option *o = options; o->name; o++) {
    if (o->field < 0 || !(o->commands & p.bits) || p.set[row(o)])
      continue;
    if (is_list(o))
      *(Words *)field(&p, o) = (Words){0};
    if (comes_from_now(o, now))
      copy_field(&p, o, now);
    else if (!earlier_value(&p, o, earlier_arg(a, o, args)))
      return false;
  }
  Value line = val_get(now->given, STR("invocation_command"));
  out->args = (Words){0};
  if (macro.kind == VAL_STR)
    store_arg(&p, val_text(macro));
  collect_given(&p);
  dict_sets(a, out->given.dict, STR("invocation_command"), line);
  return true;
}

void options_project_flags(Arena *a, RunOptions *out, Value flags) {
  if (flags.kind != VAL_DICT)
    return;
  const Command *c = out->command;
  Str message;
  Parse p = {
      .arena = a, .out = out, .command = c, .bits = c ? c->bit : CMD_ALL, .message = &message};
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(flags.dict, &at));) {
    if (e->key.kind != VAL_STR)
      continue;
    const Option *o = option_find(dashed(a, val_text(e->key)), p.bits);
    bool mine = out->explicit_options.kind == VAL_DICT &&
                dict_gets(out->explicit_options.dict, underscored(a, o ? o->name : ""));
    if (!o || o->field < 0 || mine || is_list(o))
      continue;
    if (o->kind == OPT_FLAG && e->value.kind == VAL_BOOL)
      store_flag(&p, o, e->value.b);
    else if (o->kind != OPT_FLAG && (e->value.kind == VAL_STR || e->value.kind == VAL_INT))
      store_value(&p, o, val_to_str(a, e->value), str_c(o->name));
    else if (o->kind != OPT_TEXT || e->value.kind != VAL_DICT || !earlier_value(&p, o, e->value))
      continue;
    if (out->given.kind == VAL_DICT)
      dict_sets(a, out->given.dict, underscored(a, o->name), option_value(&p, o));
  }
}
