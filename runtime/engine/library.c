// Loading of client libraries by dlopen, or finding them linked in. In: a table of names. Out:
// their addresses.
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "util.h"

// Where systems keep the certificates that they trust. The linked-in OpenSSL knows one place only.
static void find_certificates(void) {
  static const char *const files[] = {
      "/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine, Arch
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora
      "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, older ones of its kin
      "/etc/ssl/ca-bundle.pem",                            // SUSE
      "/etc/ssl/cert.pem",                                 // Alpine, macOS
  };
  for (size_t i = 0; i < COUNT(files); i++)
    if (access(files[i], R_OK) == 0) {
      setenv("SSL_CERT_FILE", files[i], 0);
      return;
    }
}

// The address of f: linked in, or of the loaded library.
static void *address(const LibraryFunction *f, void *handle) {
  void *symbol = NULL;
  if (f->linked)
    memcpy(&symbol, &f->linked, sizeof symbol);
  else
    symbol = dlsym(handle, f->name);
  return symbol;
}

static bool bind(const Library *l, void *handle, Arena *a, DbError *error) {
  char *to = l->table;
  for (const LibraryFunction *f = l->functions; f->name; f++, to += sizeof(void *)) {
    void *symbol = address(f, handle);
    if (!symbol)
      return engine_fail_hint(a, error, str_fmt(a, "install a newer %s", l->package),
                              "%s is too old: it has no %s", l->file, f->name);
    memcpy(to, &symbol, sizeof symbol);
  }
  return true;
}

static bool load(const Library *l, Arena *a, DbError *error) {
  if (l->functions->linked) {
    find_certificates();
    return bind(l, NULL, a, error);
  }
  void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return engine_fail_hint(a, error, str_fmt(a, "install %s", l->package), "cannot load %s",
                            dlerror());
  return bind(l, handle, a, error);
}

bool library_load(Library *l, Arena *a, DbError *error) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  if (!l->loaded)
    l->loaded = load(l, a, error);
  bool good = l->loaded;
  pthread_mutex_unlock(&lock);
  return good;
}
