// See files.h: which files, under which names, with which headers.
#include "files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"

static const struct {
  const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"      },
    {".json", "application/json"              },
    {".js",   "text/javascript; charset=utf-8"},
    {".css",  "text/css; charset=utf-8"       },
    {".svg",  "image/svg+xml"                 },
    {".png",  "image/png"                     },
    {".jpg",  "image/jpeg"                    },
    {".jpeg", "image/jpeg"                    },
    {".gif",  "image/gif"                     },
    {".webp", "image/webp"                    },
    {".sql",  "text/plain; charset=utf-8"     },
    {".md",   "text/plain; charset=utf-8"     },
    {".txt",  "text/plain; charset=utf-8"     },
};

static const char *type_of(const char *path) {
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_ends(str_c(path), str_c(types[i].ending)))
      return types[i].type;
  return "application/octet-stream";
}

// Nothing comes from elsewhere, and nothing leaves.
#define POLICY(code)                                                                               \
  "default-src 'none'; script-src " code "; style-src " code "; worker-src blob:; "                \
  "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "          \
  "frame-ancestors 'none'"
static const char policy[] = POLICY("'self'");
// A page of another version has its code inside, and a policy of its own for that.
static const char policy_inside[] = POLICY("'self' 'unsafe-inline'");

static void guard_with(struct MHD_Response *r, const char *with) {
  mhd.MHD_add_response_header(r, "Content-Security-Policy", with);
  mhd.MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
  mhd.MHD_add_response_header(r, "X-Frame-Options", "DENY");
  mhd.MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
}

static void guard(struct MHD_Response *r) { guard_with(r, policy); }

enum MHD_Result docs_files_say(struct MHD_Connection *c, unsigned status, const char *text) {
  struct MHD_Response *r = mhd.MHD_create_response_from_buffer(
      strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  mhd.MHD_add_response_header(r, "Content-Type", "text/plain; charset=utf-8");
  guard(r);
  if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
    mhd.MHD_add_response_header(r, "Allow", "GET, HEAD");
  enum MHD_Result done = mhd.MHD_queue_response(c, status, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// The file that an address names: a plain one below the root, wherever links lead (of a page alone,
// no link at all). -1: none.
static int open_file(const DocsFiles *f, const char *address, char real[PATH_MAX], off_t *size) {
  char path[PATH_MAX];
  const char *name = strcmp(address, "/") == 0 ? "/index.html" : address;
  size_t n = strlen(f->root);
  if (!n || *name != '/' ||
      snprintf(path, sizeof path, "%s%s", f->root, name) >= (int)sizeof path ||
      !realpath(path, real) || strncmp(real, f->root, n) != 0 || real[n] != '/' ||
      (f->page_only && strcmp(real, path) != 0))
    return -1;
  struct stat st;
  int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
    close(fd);
    return -1;
  }
  *size = fd < 0 ? 0 : st.st_size;
  return fd;
}

static enum MHD_Result give(struct MHD_Connection *c, struct MHD_Response *r, const char *type,
                            const char *with) {
  if (!r)
    return MHD_NO;
  mhd.MHD_add_response_header(r, "Content-Type", type);
  mhd.MHD_add_response_header(r, "Cache-Control", "no-cache"); // docs generate may run meanwhile
  guard_with(r, with);
  enum MHD_Result done = mhd.MHD_queue_response(c, MHD_HTTP_OK, r);
  mhd.MHD_destroy_response(r);
  return done;
}

// One of the two files that the page's code is in.
static enum MHD_Result give_code(struct MHD_Connection *c, Str text, const char *type) {
  return give(c,
              mhd.MHD_create_response_from_buffer(text.len, (void *)(uintptr_t)text.ptr,
                                                  MHD_RESPMEM_PERSISTENT),
              type, policy);
}

// Sets *text to the page, linked to those two. False: it is of another version, or too large for
// that; `fd` is at its start.
static bool linked(int fd, off_t size, Buf *text) {
  Buf page = {0};
  char *to = buf_room(&page, (size_t)size);
  off_t n = 0;
  for (ssize_t got; n < size && (got = pread(fd, to + n, (size_t)(size - n), n)) > 0;)
    n += got;
  page.len = (size_t)n;
  bool good = shell_linked(text, buf_str(&page));
  buf_free(&page);
  return good;
}

// data/NNNN-HASH.js: letters, digits and hyphens alone, so that no part of it leads elsewhere.
static bool is_chunk(const char *address) {
  Str name = str_c(address);
  if (!str_starts(name, STR("/data/")) || !str_ends(name, STR(".js")))
    return false;
  name = str_sub(name, strlen("/data/"), name.len - strlen(".js"));
  for (size_t i = 0; i < name.len; i++)
    if (name.ptr[i] != '-' && (name.ptr[i] == '_' || !str_word_char(name.ptr[i])))
      return false;
  return name.len > 0;
}

static bool of_page(const char *address) {
  return strcmp(address, "/") == 0 || strcmp(address, "/index.html") == 0 || is_chunk(address);
}

enum MHD_Result docs_files_give(const DocsFiles *f, struct MHD_Connection *c, const char *address) {
  if (str_ends(str_c(address), STR("/" SHELL_SCRIPT)))
    return give_code(c, shell_script(), "text/javascript; charset=utf-8");
  if (str_ends(str_c(address), STR("/" SHELL_STYLE)))
    return give_code(c, shell_style(), "text/css; charset=utf-8");
  char real[PATH_MAX];
  off_t size;
  int fd = f->page_only && !of_page(address) ? -1 : open_file(f, address, real, &size);
  if (fd < 0)
    return docs_files_say(c, MHD_HTTP_NOT_FOUND,
                          f->page_only && of_page(address) && !is_chunk(address)
                              ? "there is no page yet: starc docs generate makes it\n"
                              : "there is no such file\n");
  bool page = strcmp(type_of(real), types[0].type) == 0;
  Buf text = {0};
  if (page && linked(fd, size, &text)) {
    close(fd);
    struct MHD_Response *r =
        mhd.MHD_create_response_from_buffer(text.len, (void *)text.ptr, MHD_RESPMEM_MUST_COPY);
    buf_free(&text);
    return give(c, r, type_of(real), policy);
  }
  struct MHD_Response *r = mhd.MHD_create_response_from_fd((size_t)size, fd);
  if (!r)
    close(fd);
  return give(c, r, type_of(real), page ? policy_inside : policy);
}
