// See serve_users.h.
#include "serve_users.h"

#include "../../compiler/base/fs.h"
#include "../run/files.h"

#include <errno.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

// --- users of a file

static void refuse_option(Run *r, const char *option, Str file) {
  Diag *d = diag_error(&r->diags, CODE_SERVE_USERS, str_c(option),
                       "who may come and do what stands in %.*s", STR_ARG(file));
  diag_hint(&r->diags, d, "leave it out, or the file");
}

// The path of the file. Empty: there is none.
static Str find_file(Run *r) {
  Str own = fs_join(&r->arena, r->project->root, STR("starc_serve.yml"));
  Str named = r->options->users;
  return named.len ? fs_absolute(&r->arena, named) : fs_exists(own) ? own : (Str){0};
}

static bool read_file(Run *r, Str path, const ServeUsers *running, ServeUsers *out) {
  Globals g;
  Source *src = arena_new(&r->arena, Source);
  src->path = run_shown(&r->arena, r, path);
  globals_init(&r->arena, &g, r->project);
  return fs_read(&r->arena, path, src->path, &src->text, &r->diags) &&
         users_read(&r->arena, &g, src, running, out, &r->diags);
}

static Str listed(Run *r, const ServeAccess *access) {
  enum { MOST = 10 };
  Buf out = {.arena = &r->arena};
  for (size_t i = 0; i < access->nusers && i < MOST; i++)
    buf_addf(&out, "%s%.*s%s", i ? ", " : "", STR_ARG(access->users[i].name),
             access->users[i].readonly ? "" : " (writes)");
  if (access->nusers > MOST)
    buf_addf(&out, " and %zu more", access->nusers - MOST);
  return buf_str(&out);
}

static bool by_file(Run *r, ServeWho *who) {
  const RunOptions *o = r->options;
  Str shown = run_shown(&r->arena, r, who->file);
  if (o->write)
    refuse_option(r, "--write", shown);
  if (o->no_password)
    refuse_option(r, "--no-password", shown);
  if (getenv("STARC_SERVE_PASSWORD"))
    diag_hint(&r->diags,
              diag_warn(&r->diags, CODE_SERVE_USERS, STR("STARC_SERVE_PASSWORD"),
                        "the variable is not used: who may come stands in %.*s", STR_ARG(shown)),
              "`password: \"{{ env_var('DBT_ENV_SECRET_X') }}\"` of a user takes a variable");
  if (!read_file(r, who->file, NULL, &who->users) || r->diags.errors)
    return false;
  who->may = str_fmt(&r->arena, "users of %.*s", STR_ARG(shown));
  who->told = str_fmt(&r->arena, "Users of %.*s: %.*s", STR_ARG(shown),
                      STR_ARG(listed(r, &who->users.access)));
  return true;
}

const ServeAccess *serve_who_again(Run *r, ServeWho *who) {
  ServeUsers *users = arena_new(&r->arena, ServeUsers);
  if (!read_file(r, who->file, &who->users, users))
    return NULL;
  who->told =
      str_fmt(&r->arena, "Users of %.*s, read again: %.*s",
              STR_ARG(run_shown(&r->arena, r, who->file)), STR_ARG(listed(r, &users->access)));
  return &users->access;
}

// --- one user

static bool by_options(Run *r, ServeWho *who) {
  Arena *a = &r->arena;
  const RunOptions *o = r->options;
  Str own = str_c(getenv("STARC_SERVE_PASSWORD"));
  Str token = o->no_password || own.len ? (Str){0} : access_token(a);
  ServeUser *user = arena_new(a, ServeUser);
  ServeRole *role = arena_new(a, ServeRole);
  role->reach = o->write ? REACH_WRITE : REACH_READ;
  who->users.rights = (ServeRights){.roles = role, .n = 1, .memory = users_memory()};
  role->bounds = users_bounds(who->users.rights.memory, role->reach);
  *user = (ServeUser){.name = STR("default"), .readonly = !o->write};
  access_set_password(user, o->no_password ? (Str){0} : own.len ? own : token);
  who->users.access = (ServeAccess){.users = user, .nusers = 1};
  who->may = o->write ? STR("read and write") : STR("read-only");
  who->told = str_fmt(a, "User default, %s%.*s",
                      o->no_password ? "no password"
                      : own.len      ? "password of STARC_SERVE_PASSWORD"
                                     : "password ",
                      STR_ARG(token));
  return true;
}

// The role of who comes by the folder's socket.
static void add_own_role(Run *r, ServeRights *rights) {
  ServeRole *roles = arena_array(&r->arena, ServeRole, rights->n + 1);
  memcpy(roles, rights->roles, rights->n * sizeof *roles);
  roles[rights->n++] = (ServeRole){.reach = REACH_ALL};
  rights->roles = roles;
}

bool serve_who(Run *r, ServeWho *who) {
  who->file = find_file(r);
  bool good = who->file.len ? by_file(r, who) : by_options(r, who);
  if (good)
    add_own_role(r, &who->users.rights);
  return good;
}

// --- --hash-password

// A line of standard input, which a terminal does not show meanwhile. False: there is none.
static bool read_line(char *line, size_t room) {
  struct termios before, silent;
  bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fputs("Password: ", stderr);
  }
  bool good = fgets(line, (int)room, stdin);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputs("\n", stderr);
  }
  line[good ? strcspn(line, "\r\n") : 0] = 0;
  return good && line[0];
}

int serve_hash_password(RunOptions *o, Reporter *report) {
  char line[1024];
  Run r = {.options = o, .report = report};
  diags_init(&r.diags);
  bool good = read_line(line, sizeof line);
  if (good) {
    run_print(&r, access_hash(&r.arena, str_c(line)));
  } else {
    Diag *d = diag_error(&r.diags, CODE_OPTION_VALUE, STR("--hash-password"),
                         "standard input has no password in its first line");
    diag_hint(&r.diags, d, "type it, or let it be read: starc serve --hash-password < FILE");
    run_report(&r);
  }
  diags_free(&r.diags);
  arena_free(&r.arena);
  return good ? EXIT_GOOD : EXIT_USAGE;
}
