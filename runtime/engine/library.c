// Loading of client libraries by dlopen. In: a table of names. Out: their addresses.
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>

#include "util.h"

static bool bind(const Library *l, void *handle, Arena *a, DbError *error) {
  char *to = l->table;
  for (const char *const *name = l->functions; *name; name++, to += sizeof(void *)) {
    void *symbol = dlsym(handle, *name);
    if (!symbol)
      return engine_fail_hint(a, error, str_fmt(a, "install a newer %s", l->package),
                              "%s is too old: it has no %s", l->file, *name);
    memcpy(to, &symbol, sizeof symbol);
  }
  return true;
}

bool library_load(Library *l, Arena *a, DbError *error) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  if (!l->loaded) {
    void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
    if (handle)
      l->loaded = bind(l, handle, a, error);
    else
      engine_fail_hint(a, error, str_fmt(a, "install %s", l->package), "cannot load %s", dlerror());
  }
  bool good = l->loaded;
  pthread_mutex_unlock(&lock);
  return good;
}
