// In: a project. Out: a target of an engine that reads files. An engine inside the process has one
// data folder at a time, so all who need one share it.
#include "files.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/dialect/load_source.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static struct {
  pthread_mutex_t lock; // guards what follows
  char folder[64];
  size_t users;
} own = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool make_folder(Diags *diags) {
  if (own.users)
    return true;
  const char *temp = getenv("TMPDIR");
  int n = snprintf(own.folder, sizeof own.folder, "%s/starc-files-XXXXXX",
                   temp && *temp ? temp : "/tmp");
  if (n > 0 && (size_t)n < sizeof own.folder && mkdtemp(own.folder))
    return true;
  diag_error(diags, CODE_FILE_ACCESS, str_c(own.folder),
             "no folder can be made for the engine that reads files: %s", strerror(errno));
  return false;
}

const Target *load_files_target(Arena *a, const Project *p, Diags *diags) {
  if (p->target->inside)
    return p->target;
  size_t i = 0;
  while (dialects[i] && !(dialects[i]->source && dialects[i]->source->files))
    i++;
  pthread_mutex_lock(&own.lock);
  bool good = dialects[i] && make_folder(diags);
  own.users += good;
  pthread_mutex_unlock(&own.lock);
  if (!good)
    return NULL;
  Target *t = arena_new(a, Target);
  *t = (Target){.name = STR("files"),
                .root = p->root,
                .type = str_c(dialects[i]->type),
                .dialect = dialects[i]};
  t->threads = 1;
  t->keys = val_dict(a);
  target_inside(a, t, str_dup(a, str_c(own.folder)));
  return t;
}

void load_files_done(void) {
  pthread_mutex_lock(&own.lock);
  if (own.users && !--own.users) {
    Diags ignored = {0};
    diags_init(&ignored);
    fs_remove(str_c(own.folder), &ignored);
    diags_free(&ignored);
  }
  pthread_mutex_unlock(&own.lock);
}
