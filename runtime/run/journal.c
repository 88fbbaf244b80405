// See journal.h. In: results as they come. Out: one JSON object a line, each written by one call,
// so that a kill cuts off the last line at most.
#include "journal.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/system.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/value/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOURNAL_VERSION = 1 }; // a number more for what an older reader would read wrong
static const char file_name[] = "starc_journal.jsonl", file_head[] = "starc_journal.";

static void told_broken(Run *r, const char *what) {
  Arena a = {0}; // any worker may say this
  run_say(r, EV_JournalFailed, NULL,
          "%s/%s cannot be written (%s): a run that is killed now cannot be retried exactly",
          str_cstr(&a, r->target_shown), file_name, what);
  arena_free(&a);
}

// --- several runs in one folder

// Opens what says that a run is at work: the folder for the usual name, else the journal itself.
// -1: a run is.
static int claim(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
    close(fd);
    return -1;
  }
  return fd;
}

// The journals of a folder whose runs have ended, each given to `each` with its path.
static void each_left(Str dir, void (*each)(void *data, const char *path), void *data) {
  Arena a = {0};
  DIR *d = opendir(str_cstr(&a, dir));
  for (struct dirent *e; d && (e = readdir(d));) {
    bool usual = !strcmp(e->d_name, file_name);
    if (!str_starts(str_c(e->d_name), str_c(file_head)) ||
        !str_ends(str_c(e->d_name), STR(".jsonl")))
      continue;
    Str path = fs_join(&a, dir, str_c(e->d_name));
    int fd = usual ? claim(str_cstr(&a, dir), O_RDONLY | O_DIRECTORY)
                   : claim(str_cstr(&a, path), O_RDONLY);
    if (fd >= 0)
      each(data, str_cstr(&a, path));
    if (fd >= 0)
      close(fd);
  }
  if (d)
    closedir(d);
  arena_free(&a);
}

static void remove_left(void *data, const char *path) {
  (void)data;
  unlink(path);
}

typedef struct Newest {
  Arena *a;
  Str path;
  struct timespec at;
} Newest;

static void take_newest(void *data, const char *path) {
  Newest *n = data;
  struct stat st;
  if (stat(path, &st))
    return;
  struct timespec at = system_mtime(&st);
  bool newer =
      at.tv_sec > n->at.tv_sec || (at.tv_sec == n->at.tv_sec && at.tv_nsec >= n->at.tv_nsec);
  if (n->path.len && !newer)
    return;
  n->path = str_dup(n->a, str_c(path));
  n->at = at;
}

// The name of this run's journal. Who gets the usual one removes what ended runs beside it left.
static Str own_path(Run *r) {
  Str dir = r->project->target_dir;
  int fd = claim(str_cstr(&r->arena, dir), O_RDONLY | O_DIRECTORY);
  if (fd < 0 && errno == EWOULDBLOCK)
    return fs_join(&r->arena, dir, str_fmt(&r->arena, "%s%ld.jsonl", file_head, (long)getpid()));
  if (fd >= 0)
    r->journal_folder = fd;
  return fs_join(&r->arena, dir, str_c(file_name));
}

// --- writing

// One line, one write. False: it did not go out whole; the journal is given up.
static bool put_line(int fd, Buf *b) {
  buf_addc(b, '\n');
  size_t at = 0;
  while (at < b->len) {
    ssize_t n = write(fd, b->ptr + at, b->len - at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += (size_t)n;
  }
  return true;
}

static void head_line(Buf *b, Run *r, const Node *const *nodes, size_t n) {
  Json j = {.out = b, .compact = true};
  json_open_object(&j);
  json_key(&j, STR("version"));
  json_int(&j, JOURNAL_VERSION);
  json_key_str(&j, "invocation_id", r->project->invocation_id);
  json_key(&j, STR("args"));
  json_value(&j, r->options->given);
  json_key(&j, STR("nodes"));
  json_open_array(&j);
  for (size_t i = 0; i < n; i++)
    json_str(&j, nodes[i]->id);
  json_close_array(&j);
  json_close_object(&j);
}

static void close_journal(Run *r) {
  if (r->journal >= 0)
    close(r->journal);
  r->journal = -1;
}

// Says by the file itself that its run is at work. False: between its making and this another run
// took it for one that was left, and removed it.
static bool lock_journal(int fd) {
  struct stat st;
  while (flock(fd, LOCK_EX) && errno == EINTR)
    ;
  return fstat(fd, &st) || st.st_nlink;
}

void journal_open(Run *r, const Node *const *nodes, size_t n) {
  r->journal = -1;
  if (!r->options->write_json)
    return;
  Diags diags = {0};
  diags_init(&diags);
  Buf b = {0};
  Str path = r->journal_path = own_path(r);
  head_line(&b, r, nodes, n);
  buf_addc(&b, '\n');
  // All or nothing: a run that is killed here leaves the earlier journal, and has done nothing yet.
  do {
    close_journal(r);
    if (!fs_write(path, buf_str(&b), &diags))
      told_broken(r, str_cstr(&r->results_arena, diags.first->message));
    else
      r->journal = open(str_cstr(&r->arena, path), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
  } while (r->journal >= 0 && !r->journal_folder && !lock_journal(r->journal));
  if (r->journal >= 0 && r->journal_folder)
    each_left(r->project->target_dir, remove_left, NULL);
  buf_free(&b);
  diags_free(&diags);
}

static void append(Run *r, Buf *b) {
  pthread_mutex_lock(&r->lock);
  bool good = r->journal < 0 || put_line(r->journal, b);
  int error = errno;
  if (!good)
    close_journal(r);
  pthread_mutex_unlock(&r->lock);
  if (!good)
    told_broken(r, strerror(error));
  buf_free(b);
}

void journal_add(Run *r, const RunResult *res) {
  if (r->journal < 0)
    return;
  Buf b = {0};
  Json j = {.out = &b, .compact = true};
  json_open_object(&j);
  json_key_str(&j, "unique_id", res->node->id);
  json_key_str(&j, "status", run_status_names[res->status]);
  json_close_object(&j);
  append(r, &b);
}

static void put_batch(Json *j, const Batch *b) {
  Arena a = {0};
  json_open_array(j);
  json_str(j, batch_time_iso(&a, b->start));
  json_str(j, batch_time_iso(&a, b->end));
  json_close_array(j);
  arena_free(&a);
}

void journal_batches(Run *r, const Node *n, const Batch *batches, size_t nbatches, Value before) {
  if (r->journal < 0)
    return;
  Buf b = {0};
  Json j = {.out = &b, .compact = true};
  json_open_object(&j);
  json_key_str(&j, "batches_of", n->id);
  json_key(&j, STR("wanted"));
  json_open_array(&j);
  for (size_t i = 0; i < nbatches; i++)
    put_batch(&j, &batches[i]);
  json_close_array(&j);
  json_key(&j, STR("before"));
  json_value(&j, val_is_seq(before) ? before : val_none());
  json_close_object(&j);
  append(r, &b);
}

void journal_batch(Run *r, const Node *n, const Batch *batch) {
  if (r->journal < 0)
    return;
  Buf b = {0};
  Json j = {.out = &b, .compact = true};
  json_open_object(&j);
  json_key_str(&j, "batches_of", n->id);
  json_key(&j, STR("done"));
  put_batch(&j, batch);
  json_close_object(&j);
  append(r, &b);
}

void journal_close(Run *r) {
  close_journal(r);
  if (r->journal_folder > 0)
    close(r->journal_folder);
  r->journal_folder = 0;
}

void journal_forget(Run *r) {
  if (r->journal_path.len)
    unlink(str_cstr(&r->arena, r->journal_path));
  else
    each_left(r->project->target_dir, remove_left, NULL);
}

// --- reading

static bool read_head(Arena *a, const Source *file, Str line, JournalRead *out, Diags *diags) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = file->path, .text = line};
  Value v;
  if (!json_read(a, src, &v, diags))
    return false;
  Value version = val_get(v, STR("version")), nodes = val_get(v, STR("nodes"));
  if (version.kind == VAL_INT && version.i > JOURNAL_VERSION) {
    Diag *d = diag_error(diags, CODE_STATE_VERSION, file->path,
                         "this journal has version %lld, and this starc reads version %d",
                         (long long)version.i, JOURNAL_VERSION);
    diag_hint(diags, d, "a newer starc wrote it: retry with that one, or start the command anew");
    return false;
  }
  if (version.kind != VAL_INT || version.i < 1 || !val_is_seq(nodes)) {
    Diag *d = diag_error(diags, CODE_STATE_VERSION, file->path,
                         "this is no journal of a run that starc can read");
    diag_hint(diags, d, "remove it; `starc retry` then goes by run_results.json");
    return false;
  }
  out->args = val_get(v, STR("args"));
  out->wanted.items = arena_array(a, Str, nodes.list->n + 1);
  for (size_t i = 0; i < nodes.list->n; i++)
    if (nodes.list->items[i].kind == VAL_STR)
      out->wanted.items[out->wanted.n++] = val_text(nodes.list->items[i]);
  return true;
}

static bool drop_pair(List *l, Value pair) {
  for (size_t i = 0; i < l->n; i++)
    if (val_eq(l->items[i], pair)) {
      memmove(&l->items[i], &l->items[i + 1], (l->n - i - 1) * sizeof *l->items);
      l->n--;
      return true;
    }
  return false;
}

// What was wanted starts as failed; what is done moves over.
static void read_batches(Arena *a, Value line, JournalRead *out) {
  Value id = val_get(line, STR("batches_of")), wanted = val_get(line, STR("wanted"));
  if (val_is_seq(wanted)) {
    Value d = val_dict(a);
    Value before = val_get(line, STR("before"));
    dict_sets(a, d.dict, STR("successful"),
              val_is_seq(before) ? val_copy(a, before, false) : val_list(a, 4));
    dict_sets(a, d.dict, STR("failed"), val_copy(a, wanted, false));
    dict_sets(a, out->batches.dict, val_text(id), d);
    return;
  }
  const Value *d = dict_gets(out->batches.dict, val_text(id));
  Value pair = val_get(line, STR("done"));
  if (d && drop_pair(val_get(*d, STR("failed")).list, pair))
    list_push(a, val_get(*d, STR("successful")).list, pair);
}

static void read_line(Arena *a, const Source *file, Str line, JournalRead *out) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = file->path, .text = line};
  Diags ignored = {0};
  diags_init(&ignored);
  Value *v = arena_new(a, Value);
  if (json_read(a, src, v, &ignored) && val_get(*v, STR("unique_id")).kind == VAL_STR)
    map_put(a, &out->done, val_text(val_get(*v, STR("unique_id"))), v);
  else if (val_get(*v, STR("batches_of")).kind == VAL_STR)
    read_batches(a, *v, out);
  diags_free(&ignored);
}

bool journal_read(Arena *a, Str target_dir, Str shown, JournalRead *out, Diags *diags) {
  *out = (JournalRead){.args = val_undef(NULL), .batches = val_dict(a)};
  Newest newest = {.a = a};
  each_left(target_dir, take_newest, &newest);
  out->found = newest.path.len > 0;
  if (!out->found)
    return true;
  Source file = {.path = fs_join(a, shown, fs_basename(newest.path))};
  if (!fs_read(a, newest.path, file.path, &file.text, diags))
    return false;
  Str rest = file.text, line;
  bool first = true;
  while (str_cut(&rest, '\n', &line)) {
    if (first && !read_head(a, &file, line, out, diags))
      return false;
    if (!first && line.len && rest.ptr) // behind the last newline stands what was cut off
      read_line(a, &file, line, out);
    first = false;
  }
  return true;
}
