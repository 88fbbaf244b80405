// Command lines of dbt in files that are no part of the project: CI, containers, scripts. In: the
// text of such files. Out: a finding for each line that starc's own command line would refuse, and
// for each place that installs dbt. What is prose is passed over: a line counts where a shell would
// start a program, and its first word is a command.
#include "from_dbt.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/sort.h"

#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>

// Of a line, a file, all files; a file that passes them is not read on.
enum {
  MOST_WORDS = 200,
  MOST_BEFORE = 4096,
  MOST_BYTES = 1 << 20,
  MOST_COMMANDS = 1000,
  MOST_FINDINGS = 20,
  MOST_FILES = 2000
};

typedef struct Reading {
  Look *l;
  Source src;
  size_t at;      // in src.text
  char close;     // the quote that the command stands in; 0: none
  bool list;      // ["dbt", "build"]
  size_t *taken;  // lines that are taken as they are, of all files
  bool installed; // said of this file
  unsigned ncommands, nfindings;
} Reading;

// --- which files

static const char *const names[] = {".gitlab-ci.yml",
                                    "*.gitlab-ci.yml",
                                    ".travis.yml",
                                    "azure-pipelines*.yml",
                                    "bitbucket-pipelines.yml",
                                    "Jenkinsfile*",
                                    "cloudbuild*.y*ml",
                                    "buildspec*.y*ml",
                                    "Dockerfile*",
                                    "*.Dockerfile",
                                    "Containerfile*",
                                    "docker-compose*.y*ml",
                                    "compose*.y*ml",
                                    "Makefile",
                                    "makefile",
                                    "GNUmakefile",
                                    "*.mk",
                                    "justfile",
                                    "Justfile",
                                    "Taskfile.y*ml",
                                    "tox.ini",
                                    "package.json",
                                    "Procfile",
                                    "*.sh",
                                    "*.bash",
                                    ".pre-commit-config.yaml",
                                    "pyproject.toml",
                                    "requirements*.txt",
                                    "requirements*.in",
                                    "Pipfile",
                                    "environment.y*ml",
                                    "setup.cfg"};
static const char *const folders[] = {".github/workflows",
                                      ".github/actions",
                                      ".circleci",
                                      ".gitlab",
                                      ".buildkite",
                                      ".azure",
                                      ".ci",
                                      "ci",
                                      "scripts",
                                      "script",
                                      "bin",
                                      "docker",
                                      "deploy",
                                      "dags",
                                      "airflow"};

static bool is_text(Str text) { return !memchr(text.ptr ? text.ptr : "", 0, text.len); }

// --- words of a shell

static bool ends_word(const Reading *r, char c) {
  return !c || isspace((unsigned char)c) || strchr(";|&<>)`", c) || (r->close && c == r->close);
}

static char byte(const Reading *r, size_t at) {
  return at < r->src.text.len ? r->src.text.ptr[at] : 0;
}

// The bytes up to and with the mark, or of the line's rest where there is none.
static void take_until(Reading *r, Buf *b, const char *mark) {
  size_t n = strlen(mark);
  while (byte(r, r->at) && byte(r, r->at) != '\n') {
    if (r->src.text.len - r->at >= n && !memcmp(r->src.text.ptr + r->at, mark, n)) {
      buf_add(b, str_c(mark));
      r->at += n;
      return;
    }
    buf_addc(b, byte(r, r->at++));
  }
}

// A long option that opens the next line goes on with this one: YAML folds them.
static bool goes_on(const Reading *r, size_t newline) {
  size_t at = newline + 1;
  while (byte(r, at) == ' ' || byte(r, at) == '\t')
    at++;
  return byte(r, at) == '-' && byte(r, at + 1) == '-' && isalpha((unsigned char)byte(r, at + 2));
}

static void skip_blanks(Reading *r) {
  for (;; r->at++) {
    char c = byte(r, r->at);
    if (c == '\\' && byte(r, r->at + 1) == '\r' && byte(r, r->at + 2) == '\n')
      r->at += 2;
    else if (c == '\\' && byte(r, r->at + 1) == '\n')
      r->at++;
    else if (!(c == ' ' || c == '\t' || c == '\r' || (c == '\n' && goes_on(r, r->at))))
      return;
  }
}

// The next word of the command. False: it ends here.
static bool next_word(Reading *r, Str *out) {
  Buf b = {.arena = r->l->a};
  skip_blanks(r);
  char c = byte(r, r->at);
  if (ends_word(r, c) || c == '#')
    return false;
  bool quoted = false;
  while (!ends_word(r, c = byte(r, r->at)) && b.len < MOST_BYTES) {
    char after = byte(r, r->at + 1);
    if (c == '{' && after == '{') {
      take_until(r, &b, "}}");
    } else if (c == '$' && after == '{') {
      take_until(r, &b, byte(r, r->at + 2) == '{' ? "}}" : "}");
    } else if (c == '$' && after == '(') {
      take_until(r, &b, ")");
    } else if (c == '\'' || c == '"') {
      quoted = true;
      for (r->at++; byte(r, r->at) && byte(r, r->at) != c; r->at++) {
        if (c == '"' && byte(r, r->at) == '\\' && byte(r, r->at + 1))
          r->at++;
        buf_addc(&b, byte(r, r->at));
      }
      r->at += byte(r, r->at) == c;
    } else if (c == '\\') {
      if (after == '\n' || after == '\r')
        break;
      r->at++;
      if (after) {
        buf_addc(&b, after);
        r->at++;
      }
    } else {
      buf_addc(&b, c);
      r->at++;
    }
  }
  *out = buf_str(&b);
  return quoted || !(str_all_digits(*out) && (c == '>' || c == '<')); // 2>file
}

// The next text of a list ["dbt", "build"].
static bool next_item(Reading *r, Str *out) {
  Buf b = {.arena = r->l->a};
  char quote;
  while (byte(r, r->at) == ',' || isspace((unsigned char)byte(r, r->at)))
    r->at++;
  quote = byte(r, r->at);
  if (quote != '"' && quote != '\'')
    return false;
  for (r->at++; byte(r, r->at) && byte(r, r->at) != quote; r->at++)
    buf_addc(&b, byte(r, r->at));
  r->at += byte(r, r->at) == quote;
  *out = buf_str(&b);
  return true;
}

// --- where a shell would start dbt

// What stands on the line before byte `at`, of a long one the end.
static Str line_before(const Reading *r, size_t at) {
  size_t from = at;
  while (from && at - from < MOST_BEFORE && r->src.text.ptr[from - 1] != '\n')
    from--;
  return str_sub(r->src.text, from, at);
}

// The quote that is open at the end of a line's part; 0: none.
static char open_quote(Str part) {
  char open = 0;
  for (size_t i = 0; i < part.len; i++) {
    char c = part.ptr[i];
    if (c == '\\')
      i++;
    else if (open ? c == open : c == '"' || c == '\'')
      open = open ? 0 : c;
  }
  return open;
}

static bool has_word(Str text, const char *words) {
  Str word;
  for (Str rest = text; str_cut(&rest, ' ', &word);)
    if (word.len && str_among(word, words))
      return true;
  return false;
}

// Whether a program's name is what comes behind this part of a line.
static bool starts_program(Str before) {
  Str line = str_trim(before), key = line, part = line;
  if (str_starts(line, STR("#")) || str_starts(line, STR("//")) ||
      str_find(line, STR(" #"), 0) >= 0)
    return false;
  if (str_starts(key, STR("- ")))
    key = str_trim(str_sub(key, 2, key.len));
  ptrdiff_t colon = str_find(key, STR(":"), 0);
  if (colon > 0 && str_among(str_sub(key, 0, (size_t)colon),
                             "name description title displayName label summary id key uses image"))
    return false;
  for (size_t i = line.len; i-- > 0;)
    if (strchr(";|&(`", line.ptr[i])) {
      part = str_trim(str_sub(line, i + 1, line.len));
      break;
    }
  if (has_word(part, "echo printf cd mkdir rm cp git pip pip3 install add"))
    return false;
  if (!part.len || str_is(part, "-") || strchr("\"'`:@!{[", part.ptr[part.len - 1]))
    return true;
  ptrdiff_t blank = str_rfind(part, STR(" "));
  Str last = str_sub(part, (size_t)(blank + 1), part.len);
  return str_among(
             last,
             "run exec then do else time sudo env uv uvx RUN CMD ENTRYPOINT nohup xargs if") ||
         str_find(last, STR("="), 0) > 0 || has_word(part, "run exec uvx docker podman");
}

// Whether dbt at this byte is a word of its own, or a program's path.
static bool is_dbt(const Reading *r, size_t at) {
  char before = at ? r->src.text.ptr[at - 1] : '\n', behind = byte(r, at + 3);
  if (before == '/' ? !str_ends(str_sub(r->src.text, 0, at), STR("bin/"))
                    : str_word_char(before) || strchr("-.$", before) != NULL)
    return false;
  return isspace((unsigned char)behind) || behind == '"' || behind == '\'';
}

// --- what starc says of it

static const struct {
  const char *name, *todo;
} only_dbt[] = {
    {"cloud",       "it belongs to dbt Cloud: leave the line away, or keep dbt Cloud's program for it"},
    {"environment",
     "it belongs to dbt Cloud: leave the line away, or keep dbt Cloud's program for it"               },
    {"sl",          "queries of the semantic layer are not there: ask a mart by SQL"                  },
    {"lint",        "`starc check` finds errors of SQL; style is sqlfluff's"                          },
    {"compare",     "`starc check --state DIR` and `starc lineage` say what a change does"            },
    {"login",       "there is nobody to log in to: leave the line away"                               },
    {"system",      "starc is updated as it was installed: docs/install.md"                           },
    {"rpc",         "dbt has it no more: docs/orchestrators.md"                                       },
};

static bool is_variable(Str word) {
  return str_starts(word, STR("$")) || str_starts(word, STR("{{"));
}

// Words of variables may be anything: as they are, a number, or nothing.
static bool would_take(Look *l, const Str *words, size_t n, Str *message) {
  enum { AS_IT_IS, A_NUMBER, NOTHING, WAYS };
  Arena scratch = {0};
  bool taken = false;
  for (int way = AS_IT_IS; way < WAYS && !taken; way++) {
    char *argv[MOST_WORDS + 2];
    int argc = 0;
    RunOptions out;
    Str said = {0};
    for (size_t i = 0; i < n; i++)
      if (!is_variable(words[i]) || way == AS_IT_IS)
        argv[argc++] = str_cstr(&scratch, words[i]);
      else if (way == A_NUMBER)
        argv[argc++] = "1";
    argv[argc] = NULL;
    taken = l->run->options->parse(&scratch, argc, argv, &out, &said);
    if (!taken && way != NOTHING)
      *message = str_dup(l->a, said);
  }
  arena_free(&scratch);
  return taken;
}

static LookFinding here(Reading *r, size_t at, LookWeight weight) {
  return (LookFinding){.area = LOOK_COMMANDS,
                       .weight = weight,
                       .file = r->src.path,
                       .line = source_locate(&r->src, at).line};
}

static void look_at_line(Reading *r, size_t at, const Str *words, size_t n) {
  Look *l = r->l;
  Buf shown = {.arena = l->a};
  Str message = {0}, first;
  size_t command = 1;
  while (command < n && str_starts(words[command], STR("-")))
    command++;
  if (n < 2)
    return;
  if (would_take(l, words, n, &message)) {
    ++*r->taken;
    return;
  }
  const char *todo = NULL;
  for (size_t i = 0; command < n && i < COUNT(only_dbt); i++)
    if (str_eq(words[command], str_c(only_dbt[i].name)))
      todo = only_dbt[i].todo;
  if (!todo && str_starts(message, STR("there is no command")))
    return; // prose
  for (size_t i = 0; i < n && shown.len < 100; i++)
    buf_addf(&shown, "%s%.*s", i ? " " : "", STR_ARG(words[i]));
  str_cut(&message, '\n', &first);
  LookFinding f = here(r, at, LOOK_TODO);
  f.text = str_fmt(l->a, "`%.*s`: %.*s", STR_ARG(buf_str(&shown)), STR_ARG(first));
  f.todo = todo ? str_c(todo) : message;
  if (++r->nfindings == MOST_FINDINGS)
    f.text =
        str_fmt(l->a, "%.*s; what else there is in this file is not looked at", STR_ARG(f.text));
  look_add(l, f);
}

static void read_command(Reading *r, size_t at) {
  Str before = line_before(r, at), words[MOST_WORDS];
  size_t n = 0;
  r->ncommands++;
  if (str_ends(before, STR("bin/"))) {
    size_t from = before.len;
    while (from && !isspace((unsigned char)before.ptr[from - 1]) &&
           !strchr("\"'", before.ptr[from - 1]))
      from--;
    before = str_sub(before, 0, from);
  }
  r->close = open_quote(before);
  r->list = r->close && byte(r, at + 3) == r->close;
  if (!starts_program(before) && !r->list)
    return;
  r->at = at + 3 + r->list;
  words[n++] = STR("dbt");
  while (n < MOST_WORDS && (r->list ? next_item : next_word)(r, &words[n]))
    n++;
  look_at_line(r, at, words, n);
}

// dbt as a package of Python or an image: once a file.
static void read_package(Reading *r, size_t at) {
  Str rest = str_sub(r->src.text, at, r->src.text.len), line = str_trim(line_before(r, at));
  char before = at ? r->src.text.ptr[at - 1] : '\n';
  if (r->installed || str_word_char(before) || before == '-' || str_starts(line, STR("#")) ||
      str_find(line, STR("uses:"), 0) >= 0)
    return;
  size_t end = strlen("dbt-");
  while (end < rest.len && islower((unsigned char)rest.ptr[end]))
    end++;
  Str name = str_sub(rest, 0, end), of = str_sub(rest, strlen("dbt-"), end);
  if (!dialect_find(of) &&
      !str_among(of,
                 "core snowflake bigquery redshift databricks duckdb spark trino athena sqlserver"))
    return;
  if (str_word_char(byte(r, at + end)) || byte(r, at + end) == '-')
    return;
  r->installed = true;
  LookFinding f = here(r, at, LOOK_OTHER);
  f.text =
      str_fmt(r->l->a, "%.*s is installed here: starc needs neither it nor Python", STR_ARG(name));
  f.todo =
      STR("docs/ci.md has the step that installs starc; docs/install.md the name `dbt` for it");
  look_add(r->l, f);
}

// A step that a program of the name dbt cannot stand for.
static void read_runner(Reading *r, size_t at) {
  r->nfindings++;
  LookFinding f = here(r, at, LOOK_OTHER);
  f.text = STR("dbtRunner runs dbt inside of Python, which starc cannot stand for");
  f.todo = STR("start `starc` as a program: docs/orchestrators.md");
  look_add(r->l, f);
}

static void read_file(Look *l, Str path, Str shown, size_t *taken) {
  Reading r = {.l = l, .src.path = shown, .taken = taken};
  Diags diags;
  diags_init(&diags);
  if (!fs_read(l->a, path, shown, &r.src.text, &diags)) {
    look_add(l, (LookFinding){.area = LOOK_COMMANDS,
                              .weight = LOOK_OTHER,
                              .file = shown,
                              .text = STR("cannot be read, so its commands are not looked at")});
  } else if (r.src.text.len <= MOST_BYTES && is_text(r.src.text)) {
    for (ptrdiff_t at = -1; r.nfindings < MOST_FINDINGS && r.ncommands < MOST_COMMANDS &&
                            (at = str_find(r.src.text, STR("dbt"), (size_t)(at + 1))) >= 0;) {
      if (is_dbt(&r, (size_t)at))
        read_command(&r, (size_t)at);
      else if (byte(&r, (size_t)at + 3) == '-')
        read_package(&r, (size_t)at);
      else if (str_starts(str_sub(r.src.text, (size_t)at, r.src.text.len), STR("dbtRunner(")))
        read_runner(&r, (size_t)at);
    }
  }
  diags_free(&diags);
}

// --- folders

// The files of such names in a folder itself, in the order of their names.
static size_t listed(Look *l, Str folder, Str **out) {
  VEC(Str) found = {0};
  DIR *dir = opendir(str_cstr(l->a, folder));
  for (struct dirent *e; dir && (e = readdir(dir));)
    for (size_t i = 0; i < COUNT(names); i++)
      if (!fnmatch(names[i], e->d_name, 0)) {
        Str name = str_dup(l->a, str_c(e->d_name));
        vec_push(l->a, &found, name);
        break;
      }
  if (dir)
    closedir(dir);
  if (found.n)
    sort_items(found.items, found.n, sizeof *found.items, str_order);
  *out = found.items;
  return found.n;
}

// `above`: what leads from the project to this folder, "../" or nothing.
static void read_folder(Look *l, Str folder, Str above, size_t *taken) {
  Str *found;
  size_t n = listed(l, folder, &found), all = 0;
  for (size_t i = 0; i < n; i++)
    if (!fs_is_dir(fs_join(l->a, folder, found[i])))
      read_file(l, fs_join(l->a, folder, found[i]), str_cat(l->a, above, found[i]), taken);
  for (size_t i = 0; i < COUNT(folders); i++) {
    FsEntry *files;
    Diags diags;
    diags_init(&diags);
    Str below = str_c(folders[i]);
    if (fs_walk(l->a, fs_join(l->a, folder, below), NULL, 0, FS_LINKED_FILES, &files, &n, &diags))
      for (size_t k = 0; k < n && all < MOST_FILES; k++, all++)
        if (files[k].size <= MOST_BYTES)
          read_file(
              l, files[k].path,
              str_fmt(l->a, "%.*s%.*s/%.*s", STR_ARG(above), STR_ARG(below), STR_ARG(files[k].rel)),
              taken);
    diags_free(&diags);
  }
}

void look_commands(Look *l) {
  size_t taken = 0;
  Str above = STR(""), root = l->project->root;
  read_folder(l, root, above, &taken);
  for (Str folder = root; !fs_exists(fs_join(l->a, folder, STR(".git")));) {
    folder = fs_dirname(l->a, folder);
    above = str_cat(l->a, above, STR("../"));
    if (str_is(folder, "/") || !folder.len)
      break;
    if (fs_exists(fs_join(l->a, folder, STR(".git"))))
      read_folder(l, folder, above, &taken);
  }
  if (taken)
    look_add(l, (LookFinding){.area = LOOK_COMMANDS,
                              .text = str_fmt(
                                  l->a, "%zu line%s that call%s dbt: starc takes %s as %s", taken,
                                  taken == 1 ? "" : "s", taken == 1 ? "s" : "",
                                  taken == 1 ? "it" : "them", taken == 1 ? "it is" : "they are")});
}
