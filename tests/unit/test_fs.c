// base/fs and base/secret: files are replaced whole or not at all, folders are walked in one order,
// secrets do not get out.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/value/json.h"
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static Arena arena;
static Diags diags;
static Str root;

static Str at(const char *name) { return fs_join(&arena, root, str_c(name)); }

static Str content(const char *name) {
  Str text = {0};
  return fs_read(&arena, at(name), str_c(name), &text, &diags) ? text : STR("?");
}

// A pipe at the path gets the text and stays a pipe; without a reader it is an error, not a wait.
static void pipes(void) {
  char read_back[16] = {0};
  CHECK(mkfifo(at("pipe").ptr, 0600) == 0);
  size_t errors = diags.errors;
  CHECK(!fs_write(at("pipe"), STR("lost"), &diags) && diags.errors == errors + 1);
  int fd = open(at("pipe").ptr, O_RDONLY | O_NONBLOCK);
  CHECK(fd >= 0 && fs_write(at("pipe"), STR("sent"), &diags));
  CHECK(read(fd, read_back, sizeof read_back) == 4 && !strcmp(read_back, "sent"));
  CHECK(fs_write_quick(at("pipe"), STR("more"), &diags));
  CHECK(read(fd, read_back, sizeof read_back) == 4 && !strcmp(read_back, "more"));
  close(fd);
  struct stat st;
  CHECK(stat(at("pipe").ptr, &st) == 0 && S_ISFIFO(st.st_mode));
  CHECK(unlink(at("pipe").ptr) == 0);
}

static size_t count(Str dir) {
  FsEntry *all;
  size_t n;
  fs_walk(&arena, dir, NULL, 0, FS_LINKED_FILES, &all, &n, &diags);
  return n;
}

static void paths(void) {
  CHECK_STR(fs_join(&arena, STR("a"), STR("b")), "a/b");
  CHECK_STR(fs_join(&arena, STR("a/"), STR("b")), "a/b");
  CHECK_STR(fs_join(&arena, STR("a"), STR("/b")), "/b");
  CHECK_STR(fs_join(&arena, STR(""), STR("b")), "b");
  CHECK_STR(fs_dirname(&arena, STR("a/b/c")), "a/b");
  CHECK_STR(fs_dirname(&arena, STR("c")), ".");
  CHECK_STR(fs_dirname(&arena, STR("/c")), "/");
  CHECK_STR(fs_basename(STR("a/b")), "b");
  CHECK_STR(fs_absolute(&arena, STR("/a/./b/../c//d")), "/a/c/d");
  CHECK_STR(fs_absolute(&arena, STR("/../..")), "/");
}

static void replacing(void) {
  CHECK(fs_write(at("deep/er/x"), STR("one"), &diags)); // makes the folders
  CHECK_STR(content("deep/er/x"), "one");
  CHECK(fs_write(at("deep/er/x"), STR(""), &diags));
  CHECK_STR(content("deep/er/x"), "");
  CHECK(chmod(at("deep/er/x").ptr, 0640) == 0);
  CHECK(fs_write_quick(at("deep/er/x"), STR("two"), &diags));
  struct stat st;
  CHECK(stat(at("deep/er/x").ptr, &st) == 0 && (st.st_mode & 0777) == 0640);
  ino_t file = st.st_ino;
  CHECK(fs_write_quick(at("deep/er/x"), STR("two"), &diags)); // it holds that already
  CHECK(stat(at("deep/er/x").ptr, &st) == 0 && st.st_ino == file);
  CHECK(fs_write_quick(at("deep/er/x"), STR("owt"), &diags));
  CHECK(stat(at("deep/er/x").ptr, &st) == 0 && st.st_ino != file);
  CHECK_STR(content("deep/er/x"), "owt");
  CHECK(symlink("deep/er/x", at("link").ptr) == 0);
  CHECK(fs_write(at("link"), STR("through"), &diags)); // a link stays a link
  CHECK_STR(content("deep/er/x"), "through");
  CHECK(lstat(at("link").ptr, &st) == 0 && S_ISLNK(st.st_mode));
  FsWriter w;
  CHECK(fs_writer_open(&w, at("deep/er/x"), &diags));
  fputs("half", w.file);
  fs_writer_abort(&w);
  CHECK_STR(content("deep/er/x"), "through");
  CHECK(count(at("deep")) == 1); // no temporary file is left
}

// A limit on file size stands in for a full disk: the write fails after the file was opened.
static void full_disk(void) {
  CHECK(fs_write(at("big"), STR("old"), &diags));
  struct rlimit before, small = {4096, RLIM_INFINITY};
  getrlimit(RLIMIT_FSIZE, &before);
  small.rlim_max = before.rlim_max;
  setrlimit(RLIMIT_FSIZE, &small);
  static char text[100000];
  memset(text, 'x', sizeof text);
  size_t errors = diags.errors;
  CHECK(!fs_write(at("big"), str_n(text, sizeof text), &diags));
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(diags.errors == errors + 1);
  CHECK(str_find(diags.last->message, STR("File too large"), 0) > 0);
  CHECK_STR(content("big"), "old");
  CHECK(fs_remove(at("big"), &diags));
}

static void failures(void) {
  size_t errors = diags.errors;
  Str text;
  CHECK(!fs_read(&arena, at("nope"), STR("nope"), &text, &diags));
  CHECK_STR(diags.last->message, "cannot open the file: No such file or directory");
  CHECK_STR(diags.last->file, "nope");
  CHECK(!fs_read(&arena, root, STR("dir"), &text, &diags));
  CHECK_STR(diags.last->message, "cannot read the file: Is a directory");
  CHECK(fs_write(at("plain"), STR("x"), &diags));
  CHECK(!fs_write(at("plain/below"), STR("x"), &diags));
  CHECK(!fs_mkdirs(at("plain/dir"), &diags));
  CHECK(diags.errors == errors + 4);
  CHECK(fs_remove(at("plain"), &diags));
  CHECK(fs_remove(at("plain"), &diags)); // gone already: fine
}

static Str walked(const char *dir, FsLinks links) {
  static const Str sql[] = {STR_INIT(".sql")};
  FsEntry *all;
  size_t n;
  Buf names = {.arena = &arena};
  CHECK(fs_walk(&arena, at(dir), sql, 1, links, &all, &n, &diags));
  for (size_t i = 0; i < n; i++)
    buf_addf(&names, "%.*s ", STR_ARG(all[i].rel));
  return buf_str(&names);
}

static void walking(void) {
  const char *files[] = {"w/b.sql",      "w/a.sql",  "w/z/q.yml", "w/z/deep/c.sql",
                         "w/.git/x.sql", "w/.h.sql", "w/a/n.sql"};
  for (size_t i = 0; i < COUNT(files); i++)
    fs_write_quick(at(files[i]), STR("1"), &diags);
  CHECK(symlink("..", at("w/z/up").ptr) == 0); // a loop
  CHECK(symlink("nowhere", at("w/dead.sql").ptr) == 0);
  CHECK(symlink("z/deep", at("w/linked").ptr) == 0);
  static const Str sql[] = {STR_INIT(".sql")};
  FsEntry *all;
  size_t n;
  CHECK(symlink("w", at("root").ptr) == 0 && symlink("z/deep/c.sql", at("w/d.sql").ptr) == 0);
  CHECK_STR(walked("w", FS_LINKED_FOLDERS), "a.sql a/n.sql b.sql d.sql linked/c.sql z/deep/c.sql ");
  CHECK_STR(walked("root", FS_LINKED_FILES), "a.sql a/n.sql b.sql d.sql z/deep/c.sql ");
  CHECK(fs_walk(&arena, at("w"), sql, 1, FS_LINKED_FILES, &all, &n, &diags));
  CHECK(n && all[0].size == 1 && all[0].mtime_ns > 0);
  CHECK(str_ends(all[0].path, STR("/w/a.sql")));
  CHECK(fs_walk(&arena, at("none"), sql, 1, FS_LINKED_FILES, &all, &n, &diags) && n == 0);
}

// What a project names is a file: nothing waits for a pipe, nor reads a device to its end.
static void only_files(void) {
  Str text;
  CHECK(mkfifo(at("pipe.yml").ptr, 0600) == 0);
  CHECK(symlink("/dev/zero", at("zero.yml").ptr) == 0);
  CHECK(!fs_read(&arena, at("pipe.yml"), STR("pipe.yml"), &text, &diags));
  CHECK(!fs_read(&arena, at("zero.yml"), STR("zero.yml"), &text, &diags));
  CHECK(diags.last && str_find(diags.last->message, STR("a pipe, a socket or a device"), 0) > 0);
  fs_write_quick(at("big.yml"), STR("x"), &diags);
  CHECK(truncate(at("big.yml").ptr, ((off_t)1 << 30) + 1) == 0);
  CHECK(!fs_read(&arena, at("big.yml"), STR("big.yml"), &text, &diags));
  CHECK(unlink(at("big.yml").ptr) == 0);
}

// Folders that all link to each other: the ways through them have no end.
static void linked_folders(void) {
  FsEntry *all;
  size_t n;
  for (int i = 0; i < 12; i++) {
    fs_write_quick(at(str_cstr(&arena, str_fmt(&arena, "net/f%d/x", i))), STR("1"), &diags);
    for (int k = 0; k < 12; k++)
      CHECK(symlink(str_cstr(&arena, str_fmt(&arena, "../f%d", k)),
                    at(str_cstr(&arena, str_fmt(&arena, "net/f%d/to%d", i, k))).ptr) == 0);
  }
  CHECK(!fs_walk(&arena, at("net"), NULL, 0, FS_LINKED_FOLDERS, &all, &n, &diags));
  CHECK(diags.last && str_find(diags.last->hint, STR("lead to each other"), 0) > 0);
  CHECK(fs_walk(&arena, at("net"), NULL, 0, FS_LINKED_FILES, &all, &n, &diags) && n == 12);
}

static void removing(void) {
  fs_write_quick(at("keep/x"), STR("1"), &diags);
  fs_write_quick(at("gone/a/b/c"), STR("1"), &diags);
  CHECK(symlink("../keep", at("gone/link").ptr) == 0);
  CHECK(fs_remove(at("gone"), &diags));
  CHECK(!fs_exists(at("gone")) && fs_exists(at("keep/x"))); // links are not followed
}

// A secret does not come out as another writer wrote it.
static void secret_in_other_forms(void) {
  static const char *const texts[] = {
      "pa\"s \\w'\xc3\xb6<9Q",              // itself
      "pa\\\"s \\\\w'\\u00f6<9Q",           // JSON
      "pa\\\"s \\\\w'\xc3\xb6<9Q",          // JSON that keeps letters
      "pa\\\\\\\"s \\\\\\\\w'\\\\u00f6<9Q", // JSON in JSON
      "pa\\\\\\\"s \\\\\\\\w'\\u00f6<9Q",   // of which one keeps letters
      "pa\\\"s \\\\w''\\u00f6<9Q",          // SQL in JSON
      "pa\"s \\w''\xc3\xb6<9Q",             // SQL
      "pa\"s \\\\w\\'\xc3\xb6<9Q",          // Python, ClickHouse
      "pa&#34;s \\w&#39;\xc3\xb6&lt;9Q",    // HTML
      "pa%22s%20%5Cw%27%C3%B6%3C9Q",        // URL
      "pa%22s+%5Cw%27%C3%B6%3C9Q",          // form
      "pa%22s%20%5cw%27%c3%b6%3c9Q",        // in small letters
      "cGEicyBcdyfDtjw5UQ==",               // base64
      "pa\"s\n    \\w'\xc3\xb6<9Q",         // wrapped
  };
  secret_add(STR("pa\"s \\w'\xc3\xb6<9Q"));
  for (size_t i = 0; i < COUNT(texts); i++)
    CHECK_STR(secret_mask(&arena, str_fmt(&arena, "(%s)", texts[i])), "(*****)");
  // Behind a name of one, two and three bytes: what base64 makes of "u:...", "us:...", "usr:...".
  static const char *const basic[] = {"dTpwYSJzIFx3J8O2PDlR",
                                      "dXM6cGEicyBcdyfDtjw5UQ==", "dXNyOnBhInMgXHcnw7Y8OVE="};
  for (size_t i = 0; i < COUNT(basic); i++)
    CHECK(str_find(secret_mask(&arena, str_c(basic[i])), STR("*****"), 0) >= 0);
  secret_add(STR("overlap-one"));
  secret_add(STR("one-after"));
  CHECK_STR(secret_mask(&arena, STR("overlap-one-after")), "*****");
  secret_add(STR("q rstuvwx"));
  CHECK_STR(secret_mask(&arena, STR("(q\n  rstuvwx)")), "(*****)");
  size_t from, to;
  CHECK(secret_across(STR("ab overlap-one cd"), 6, &from, &to) && from == 3 && to == 14);
  CHECK(!secret_across(STR("ab overlap-one cd"), 3, &from, &to));
  CHECK(!secret_across(STR("ab overlap-one cd"), 14, &from, &to));
}

// Ten thousand of them, as of a profiles.yml that a program wrote.
static void many_secrets(void) {
  for (int i = 0; i < 10000; i++)
    secret_add(str_fmt(&arena, "many\"%d-x", i));
  for (int i = 0; i < 10000; i += 333) {
    CHECK_STR(secret_mask(&arena, str_fmt(&arena, "(many\"%d-x)", i)), "(*****)");
    CHECK_STR(secret_mask(&arena, str_fmt(&arena, "(many\\\"%d-x)", i)), "(*****)");
  }
  CHECK_STR(secret_mask(&arena, STR("many\"x-x")), "many\"x-x");
  secret_forget();
  CHECK_STR(secret_mask(&arena, STR("many\"1-x")), "many\"1-x");
}

// Secrets are found wherever they stand, next to what looks like them.
static void secrets_in_any_place(void) {
  static const char *const hidden[] = {"abcabd", "cabcabcc", "bbbbbbb"};
  unsigned seed = 1;
  size_t found = 0;
  for (size_t i = 0; i < COUNT(hidden); i++)
    secret_add(str_c(hidden[i]));
  for (int i = 0; i < 20000; i++) {
    char text[24];
    size_t n = sizeof text - (size_t)i % 12;
    for (size_t k = 0; k < n; k++)
      text[k] = "abcabd"[(seed = seed * 1103515245 + 12345) >> 16 & 3 ? k % 3 : (seed >> 20) % 6];
    Str s = str_n(text, n);
    bool any = false;
    for (size_t k = 0; k < COUNT(hidden); k++)
      any |= str_find(s, str_c(hidden[k]), 0) >= 0;
    found += any;
    CHECK((secret_mask(&arena, s).ptr == text) == !any);
  }
  CHECK(found > 100 && found < 19900);
  secret_add(STR("dcb")); // a short one
  CHECK_STR(secret_mask(&arena, STR("abdcb abcabd")), "ab***** *****");
  secret_forget();
}

static void secrets(void) {
  Str plain = STR("nothing here");
  CHECK(secret_mask(&arena, plain).ptr == plain.ptr);
  secret_add(STR("hunter2"));
  secret_add(STR("hunter2-long"));
  secret_add(STR(""));
  CHECK_STR(secret_mask(&arena, STR("a hunter2-long, hunter2hunter2.")), "a *****, **********.");
  CHECK(secret_mask(&arena, plain).ptr == plain.ptr);
  char *bytes = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&bytes, &n);
  Buf b = {0};
  Json j = {.out = &b, .file = f};
  json_open_object(&j);
  json_key_str(&j, "password", STR("hunter2"));
  json_close_object(&j);
  fclose(f);
  CHECK_STR(str_n(bytes, n), "{\"password\": \"*****\"}");
  buf_free(&b);
  free(bytes);
}

int main(void) {
  diags_init(&diags);
  char dir[] = "/tmp/test_fs.XXXXXX";
  if (!mkdtemp(dir))
    return 1;
  root = str_c(dir);
  signal(SIGXFSZ, SIG_IGN);
  paths();
  replacing();
  full_disk();
  failures();
  walking();
  only_files();
  linked_folders();
  removing();
  pipes();
  secrets();
  secret_in_other_forms();
  many_secrets();
  secrets_in_any_place();
  CHECK(fs_remove(root, &diags));
  diags_free(&diags);
  arena_free(&arena);
  return check_done();
}
