// Completion scripts for bash, zsh and fish, written out from the tables.
#include "completion.h"
#include "options.h"

#include "../../compiler/base/program.h"

#include <stddef.h>

static void option_words(Buf *out, CommandSet bits) {
  for (const Option *o = options; o->name; o++) {
    if (!(o->commands & bits) || o->field < 0)
      continue;
    bool off = o->kind == OPT_FLAG && o->otherwise && !strcmp(o->otherwise, "true");
    buf_addf(out, "--%s%s ", off ? "no-" : "", o->name);
  }
}

// First words of commands, each once.
static void command_words(Buf *out, const char *separator) {
  Str seen[64];
  size_t n = 0;
  for (const Command *c = commands; c->name; c++) {
    if (c->bit == CMD_WORDS) // the scripts' own
      continue;
    Str rest = str_c(c->name), word;
    str_cut(&rest, ' ', &word);
    bool known = false;
    for (size_t i = 0; i < n; i++)
      known |= str_eq(seen[i], word);
    if (!known && n < 64) {
      seen[n++] = word;
      buf_addf(out, "%.*s%s", STR_ARG(word), separator);
    }
  }
}

// The pattern of a command in a shell's `case`, with its other names.
static void command_pattern(Buf *out, const Command *c) {
  buf_addf(out, "'%s'", c->name);
  Str rest = str_c(strchr(c->name, ' ') ? "" : c->aliases), part;
  while (rest.len && str_cut(&rest, '|', &part))
    buf_addf(out, "|'%.*s'", STR_ARG(part));
}

// The words that the argument of a command may be.
static void argument_words(Buf *out, const Command *c) {
  for (const char *s = c->args; *s; s++)
    buf_addc(out, *s == '|' ? ' ' : *s);
}

// shell `case` arms: which options follow a command, by its first word.
static void case_arms(Buf *out) {
  for (const Command *c = commands; c->name; c++) {
    buf_adds(out, "    ");
    command_pattern(out, c);
    buf_adds(out, ") words='");
    if (c->least) // what it takes, not the options of all commands
      argument_words(out, c);
    else if (c->bit == CMD_HELP)
      command_words(out, " ");
    else
      option_words(out, c->bit);
    buf_adds(out, "'");
    if (c->bit == CMD_OPERATION)
      buf_adds(out, "\n      case $cur in -*) ;; *) words=$($program completion-words macros "
                    "2>/dev/null) ;; esac");
    buf_adds(out, " ;;\n");
  }
  buf_adds(out,
           "    docs) words='generate diff serve' ;;\n    source) words='check freshness' ;;\n");
}

// Whether an option before this one has its name: what it means depends on the command.
static bool is_twin(const Option *o) {
  for (const Option *before = options; before < o; before++)
    if (!strcmp(before->name, o->name))
      return true;
  return false;
}

static void choice_words(Buf *out, const Option *o) {
  buf_adds(out, ") words='");
  for (const char *c = o->kind == OPT_CHOICE ? option_choices(o) : ""; *c; c++)
    buf_addc(out, *c == '|' ? ' ' : *c);
  buf_adds(out, "' ;;\n");
}

static void choice_arms(Buf *out) {
  for (const Option *o = options; o->name; o++) {
    if (o->kind != OPT_CHOICE || is_twin(o))
      continue;
    buf_addf(out, "    --%s) case $command in\n", o->name);
    for (const Option *twin = o + 1; twin->name; twin++)
      for (const Command *c = commands; c->name && !strcmp(twin->name, o->name); c++)
        if (twin->commands & c->bit) {
          buf_adds(out, "      ");
          command_pattern(out, c);
          choice_words(out, twin);
        }
    buf_adds(out, "      *");
    choice_words(out, o);
    buf_adds(out, "    esac ;;\n");
  }
}

// Options whose value only the user knows: no words, so that the shell offers files.
static void value_arm(Buf *out) {
  const char *between = "    ";
  for (const Option *o = options; o->name; o++)
    if ((o->kind == OPT_TEXT || o->kind == OPT_INT) && !is_twin(o)) {
      buf_addf(out, "%s--%s", between, o->name);
      between = "|";
    }
  buf_adds(out, ") ;;\n");
}

// What only the project knows comes from the program itself, under the name it was called by. A
// selector may begin with the operators of the graph, which its words have not.
static void project_cases(Buf *out) {
  buf_adds(out,
           "    -s|-m|--select|--models|--exclude)\n"
           "      operator=${cur%%[!0-9+@]*}; case $operator in *[+@]) ;; *) operator='' ;; esac\n"
           "      words=$($program completion-words selectors 2>/dev/null) ;;\n"
           "    -t|--target) words=$($program completion-words targets 2>/dev/null) ;;\n");
}

// "--target|-t": the names of the options of a kind, each once.
static void option_pattern(Buf *out, bool lists) {
  const char *between = "";
  for (const Option *o = options; o->name; o++) {
    if (o->kind == OPT_FLAG || (o->kind == OPT_WORDS) != lists || is_twin(o))
      continue;
    buf_addf(out, "%s--%s", between, o->name);
    between = "|";
    for (const char *s = o->shorts; s && *s; s++)
      buf_addf(out, "|-%c", *s);
  }
}

// Reads the line up to the cursor: cur, the word that is being typed; prev, the option whose value
// it is; command.
static void bash_reads_line(Buf *out) {
  buf_adds(
      out,
      "  local line=(${COMP_LINE:0:COMP_POINT}) cur='' prev='' command='' words='' operator='' w\n"
      "  local program=${line[0]} last=$((${#line[@]} - 1))\n"
      "  case ${COMP_LINE:0:COMP_POINT} in\n    *[[:blank:]]) ;;\n"
      "    *) cur=${line[last]}; line=(\"${line[@]:0:last}\") ;;\n  esac\n"
      "  for w in \"${line[@]:1}\"; do\n"
      "    case $w in -*) prev=$w; continue ;; esac\n    case $prev in\n      ");
  option_pattern(out, true);
  buf_adds(out, ") continue ;;\n      ");
  option_pattern(out, false);
  buf_adds(out, ") prev=''; continue ;;\n    esac\n    prev=''\n"
                "    if [ -z \"$command\" ]; then command=$w\n"
                "    elif [ \"$command\" = docs ] || [ \"$command\" = source ]; then "
                "command=\"$command $w\"; fi\n  done\n");
}

static void bash_script(Buf *out) {
  buf_adds(out, "_starc_complete() {\n");
  bash_reads_line(out);
  buf_adds(out, "  case $prev in\n");
  choice_arms(out);
  project_cases(out);
  buf_adds(out, "    --profiles-dir|--project-dir|--target-path|--state|--log-path) "
                "COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n");
  value_arm(out);
  buf_adds(out, "    *) case $command in\n");
  case_arms(out);
  buf_adds(out, "    '') words='");
  command_words(out, " ");
  buf_adds(out,
           "' ;;\n    esac ;;\n  esac\n"
           "  COMPREPLY=($(compgen -P \"$operator\" -W \"$words\" -- \"${cur#\"$operator\"}\"))\n"
           // The shell parts words at colons: what stands before the last one is done.
           "  case $COMP_WORDBREAKS in\n"
           "    *:*) COMPREPLY=(\"${COMPREPLY[@]#\"${cur%\"${cur##*:}\"}\"}\") ;;\n  esac\n}\n");
  buf_addf(out, "complete -o default -F _starc_complete %s\n", program_name());
}

static void zsh_script(Buf *out) {
  buf_adds(out, "#compdef starc\nautoload -U +X bashcompinit && bashcompinit\n");
  bash_script(out);
  // As a file of $fpath it is run for the first word that is to be completed.
  buf_adds(out, "[ \"$funcstack[1]\" = _starc ] && _bash_complete -o default -F _starc_complete\n");
}

static void fish_text(Buf *out, const char *s) {
  buf_addc(out, '\'');
  for (; *s; s++) {
    if (*s == '\'' || *s == '\\')
      buf_addc(out, '\\');
    buf_addc(out, *s);
  }
  buf_addc(out, '\'');
}

static void fish_options(Buf *out, const Command *c) {
  const char *space = strchr(c->name, ' ');
  for (const Option *o = options; o->name; o++) {
    if (!(o->commands & c->bit) || o->field < 0 || option_is_common(o))
      continue;
    bool off = o->kind == OPT_FLAG && o->otherwise && !strcmp(o->otherwise, "true");
    buf_addf(out, "complete -c starc -n '__fish_seen_subcommand_from %s' -l %s%s",
             space ? space + 1 : c->name, off ? "no-" : "", o->name);
    for (const char *s = o->shorts; s && *s; s++)
      buf_addf(out, " -s %c", *s);
    if (o->kind == OPT_CHOICE) {
      buf_adds(out, " -x -a '");
      for (const char *s = option_choices(o); *s; s++)
        buf_addc(out, *s == '|' ? ' ' : *s);
      buf_addc(out, '\'');
    } else if (o->kind == OPT_WORDS && strstr(o->arg, "SELECTOR")) {
      buf_adds(out, " -x -a '(starc completion-words selectors 2>/dev/null)'");
    } else if (o->kind != OPT_FLAG) {
      buf_adds(out, " -r");
    }
    buf_adds(out, " -d ");
    fish_text(out, o->help);
    buf_addc(out, '\n');
  }
}

static void fish_script(Buf *out) {
  buf_adds(out, "complete -c starc -f\n");
  for (const Command *c = commands; c->name; c++) {
    if (c->bit == CMD_WORDS) // the scripts' own
      continue;
    const char *space = strchr(c->name, ' ');
    if (space)
      buf_addf(out,
               "complete -c starc -n __fish_use_subcommand -a %.*s\n"
               "complete -c starc -n '__fish_seen_subcommand_from %.*s' -a %s -d ",
               (int)(space - c->name), c->name, (int)(space - c->name), c->name, space + 1);
    else
      buf_addf(out, "complete -c starc -n __fish_use_subcommand -a %s -d ", c->name);
    fish_text(out, c->summary);
    buf_addc(out, '\n');
    fish_options(out, c);
  }
  buf_adds(out, "complete -c starc -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n"
                "complete -c starc -n '__fish_seen_subcommand_from run-operation' -a "
                "'(starc completion-words macros 2>/dev/null)'\n");
  for (const Option *o = options; o->name; o++) {
    if (o->field < 0 || !option_is_common(o))
      continue;
    bool target = o->field == offsetof(RunOptions, target);
    buf_addf(out, "complete -c starc -l %s%s -d ", o->name,
             target                ? " -x -a '(starc completion-words targets 2>/dev/null)'"
             : o->kind == OPT_FLAG ? ""
                                   : " -r");
    fish_text(out, o->help);
    buf_addc(out, '\n');
  }
}

bool completion_script(Buf *out, Str shell) {
  static const struct {
    const char *name;
    void (*write)(Buf *out);
  } shells[] = {
      {"bash", bash_script},
      {"zsh",  zsh_script },
      {"fish", fish_script}
  };
  for (size_t i = 0; i < COUNT(shells); i++)
    if (str_eq(shell, str_c(shells[i].name))) {
      shells[i].write(out);
      return true;
    }
  return false;
}
