// Packages out of git repositories, by the git program: one commit is fetched, without its history
// and without leaving the URL (which may hold a token) in the folder.
#include "git.h"
#include "deps.h"

#include "../../compiler/base/base64.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../engine/util.h"
#include "child.h"
#include "links.h"

#include <stdlib.h>
#include <unistd.h>

extern char **environ;

// Whether git would take from a variable of the environment where its repository is, what is in it
// or how it is configured: what a package is must not depend on these. How git reaches a server is
// the user's (GIT_SSH_COMMAND, GIT_ASKPASS, GIT_SSL_*, proxies).
static bool is_dropped(Str variable) {
  static const char *const kept[] = {"GIT_SSH",
                                     "GIT_ASKPASS",
                                     "GIT_SSL_",
                                     "GIT_TERMINAL_PROMPT",
                                     "GIT_ALLOW_PROTOCOL",
                                     "GIT_HTTP",
                                     "GIT_TRACE",
                                     "GIT_CURL",
                                     "GIT_PROXY"};
  for (size_t i = 0; i < COUNT(kept); i++)
    if (str_starts(variable, str_c(kept[i])))
      return false;
  return str_starts(variable, STR("GIT_")) || str_starts(variable, STR("LC_ALL="));
}

// The settings that git gets beside its files: in the environment, where no list of processes shows
// them. What a package names may be fetched by these ways only.
typedef struct Setting {
  Str key, value;
} Setting;

static char **git_env(Arena *a, Str url, Str header) {
  int seconds = (int)number_or_test(30, "STARC_TEST_SLOW");
  Str slow = str_fmt(a, "%d", seconds);
  const Setting settings[] = {
      {STR("remote.package.url"), url             },
      {STR("http.extraHeader"),   header          },
      {STR("http.lowSpeedLimit"), STR("1000")     }, // bytes a second, as in fetch.c
      {STR("http.lowSpeedTime"),  slow            },
      {STR("core.fsmonitor"),     STR("false")    },
      {STR("core.hooksPath"),     STR("/dev/null")}
  };
  enum { SETTINGS = COUNT(settings) };
  size_t n = 0, kept = 0, used = 0;
  while (environ[n])
    n++;
  char **env = arena_array(a, char *, n + 2 * SETTINGS + 5);
  for (size_t i = 0; i < n; i++)
    if (!is_dropped(str_c(environ[i])))
      env[kept++] = environ[i];
  for (size_t i = 0; i < SETTINGS; i++)
    if (settings[i].value.len) {
      env[kept++] =
          str_cstr(a, str_fmt(a, "GIT_CONFIG_KEY_%zu=%.*s", used, STR_ARG(settings[i].key)));
      env[kept++] =
          str_cstr(a, str_fmt(a, "GIT_CONFIG_VALUE_%zu=%.*s", used++, STR_ARG(settings[i].value)));
    }
  env[kept++] = str_cstr(a, str_fmt(a, "GIT_CONFIG_COUNT=%zu", used));
  if (!getenv("GIT_ALLOW_PROTOCOL"))
    env[kept++] = str_cstr(a, STR("GIT_ALLOW_PROTOCOL=file:git:http:https:ssh"));
  if (!getenv("GIT_TERMINAL_PROMPT")) // nobody can type a password
    env[kept++] = str_cstr(a, STR("GIT_TERMINAL_PROMPT=0"));
  env[kept++] = str_cstr(a, STR("LC_ALL=C"));
  return env;
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9'                 ? c - '0'
         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                              : -1;
}

static Str url_decoded(Arena *a, Str s) {
  Buf out = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    int high = s.ptr[i] == '%' && s.len - i > 2 ? hex_digit(s.ptr[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(s.ptr[i + 2]) : -1;
    buf_addc(&out, low >= 0 ? (char)(high << 4 | low) : s.ptr[i]);
    i += low >= 0 ? 2 : 0;
  }
  return buf_str(&out);
}

// What stands before the host of an http(s) URL becomes the header that it stands for: git hands
// the URL to its helpers as an argument, which every user of the machine can read.
static Str without_password(Arena *a, Str url, Str *header) {
  ptrdiff_t scheme = str_find(url, STR("://"), 0);
  *header = (Str){0};
  if (scheme < 0 || !str_starts(url, STR("http")))
    return url;
  Str rest = str_sub(url, (size_t)scheme + 3, url.len);
  ptrdiff_t slash = str_find(rest, STR("/"), 0);
  ptrdiff_t at = str_rfind(str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash), STR("@"));
  Str user = str_sub(rest, 0, at < 0 ? 0 : (size_t)at);
  if (!user.len)
    return url;
  Buf letters = {.arena = a};
  Str plain = url_decoded(a, user);
  base64_add(&letters, str_find(plain, STR(":"), 0) < 0 ? str_cat(a, plain, STR(":")) : plain,
             base64_letters);
  *header = str_fmt(a, "Authorization: Basic %.*s", STR_ARG(buf_str(&letters)));
  secret_add(buf_str(&letters));
  return str_fmt(a, "%.*s://%.*s", (int)scheme, url.ptr,
                 STR_ARG(str_sub(rest, (size_t)at + 1, rest.len)));
}

// Runs git in a folder, see child_run. False: it failed; `*missing`: it could not be started.
static bool git(Deps *d, Str dir, char **env, const char *const *words, Str *said, bool *missing) {
  char *argv[16];
  size_t n = 0;
  argv[n++] = str_cstr(d->a, STR("git"));
  argv[n++] = str_cstr(d->a, STR("-C"));
  argv[n++] = str_cstr(d->a, dir);
  while (*words && n < 15)
    argv[n++] = str_cstr(d->a, str_c(*words++));
  argv[n] = NULL;
  return child_run(d->a, argv, env, said, missing);
}

static bool git_failed(Deps *d, const Require *r, Str revision, Str said, bool missing) {
  if (missing) {
    Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "the program git is needed for '%.*s'",
                         STR_ARG(url_shown(d->a, r->written)));
    diag_hint(d->diags, f, "install git");
    return false;
  }
  ptrdiff_t line = str_rfind(said, STR("\n"));
  ptrdiff_t fatal = str_find(said, STR("fatal: "), 0);
  if (fatal >= 0)
    said = str_sub(said, (size_t)fatal + 7, said.len);
  else if (line >= 0)
    said = str_sub(said, (size_t)line + 1, said.len);
  Str first = said;
  str_cut(&said, '\n', &first);
  Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "git cannot get %.*s of '%.*s': %.*s",
                       STR_ARG(revision), STR_ARG(url_shown(d->a, r->written)), STR_ARG(first));
  diag_hint(
      d->diags, f,
      "check the address, the revision and your access; or put the package's folder into %.*s "
      "by hand",
      STR_ARG(fs_basename(d->install)));
  return false;
}

// The links of a repository are as those of an archive.
static bool stays_inside(Deps *d, const Require *r, Str folder) {
  Links links = {0};
  Str bad;
  const char *why;
  if (!links_collect(d->a, &links, folder, d->diags))
    return false;
  if (links_stay(d->a, &links, 0, &bad, &why))
    return true;
  Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "'%.*s' is not taken: %.*s %s",
                       STR_ARG(url_shown(d->a, r->written)), STR_ARG(bad), why);
  diag_hint(d->diags, f, "nothing of it was installed; ask whoever made it");
  return false;
}

// What git would take for an option, for several commits or for a place to write them to is none.
static bool names_one_commit(Str revision) {
  bool good = revision.len && revision.ptr[0] != '-' && revision.ptr[0] != '+';
  for (size_t i = 0; i < revision.len && good; i++)
    good = (unsigned char)revision.ptr[i] > ' ' && !strchr("~^:?*[\\\177", revision.ptr[i]);
  return good;
}

// Brings the files of a revision into the folder. False: recorded.
static bool fetch_revision(Deps *d, const Require *r, Str revision, Str folder, Str *commit) {
  const char *rev = str_cstr(d->a, revision);
  Str said, header, url = without_password(d->a, r->what, &header);
  char **env = git_env(d->a, url, header);
  bool missing = false;
  const char *const init[] = {"init", "-q", NULL};
  const char *const get[] = {"fetch", "-q",      "--depth", "1", "--no-tags",
                             "--",    "package", rev,       NULL};
  const char *const checkout[] = {"checkout", "-q", "--detach", "FETCH_HEAD", NULL};
  const char *const what[] = {"rev-parse", "HEAD", NULL};
  if (!git(d, folder, env, init, &said, &missing) || !git(d, folder, env, get, &said, &missing) ||
      !git(d, folder, env, checkout, &said, &missing) ||
      !git(d, folder, env, what, commit, &missing))
    return git_failed(d, r, revision, said, missing);
  return true;
}

bool git_checkout(Deps *d, const Require *r, Str revision, Str *folder, Str *commit) {
  Str key = str_fmt(d->a, "git %.*s %.*s", STR_ARG(r->what), STR_ARG(revision));
  Str *known = map_get(&d->fetched, key);
  if (known) {
    *folder = known[0];
    *commit = known[1];
    return true;
  }
  if (r->what.ptr[0] == '-') {
    deps_error(d, r, CODE_PACKAGE_GIT, "a git address cannot start with '-'");
    return false;
  }
  if (!names_one_commit(revision)) {
    Diag *f = deps_error(d, r, CODE_PACKAGE_GIT, "'%.*s' is no revision", STR_ARG(revision));
    diag_hint(d->diags, f, "a revision is a tag, a branch or the whole hash of a commit");
    return false;
  }
  *folder = deps_folder(d);
  if (!folder->len || !fetch_revision(d, r, revision, *folder, commit))
    return false;
  if (!fs_remove(fs_join(d->a, *folder, STR(".git")), d->diags) || !stays_inside(d, r, *folder))
    return false;
  Str *both = arena_array(d->a, Str, 2);
  both[0] = *folder;
  both[1] = *commit = str_dup(d->a, *commit);
  map_put(d->a, &d->fetched, key, both);
  map_put(d->a, &d->fetched, str_fmt(d->a, "git %.*s %.*s", STR_ARG(r->what), STR_ARG(*commit)),
          both);
  return true;
}
