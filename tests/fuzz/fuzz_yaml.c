// Any bytes as YAML: no crash, no hang, and what is read writes and reads back the same. The same
// bytes are read as a schema file, and as JSON.
#include "../../compiler/project/properties.h"
#include "../../compiler/value/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Values that Python would find equal; nan is not, so texts are compared.
static void same_or_die(Arena *a, Value x, Value y) {
  Buf bx = {.arena = a}, by = {.arena = a};
  val_repr(&bx, x);
  val_repr(&by, y);
  if (!str_eq(buf_str(&bx), buf_str(&by)))
    abort();
}

// Texts with control characters cannot be told from folded ones, and need no round trip.
static bool writable(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] < 32 || (unsigned char)s.ptr[i] > 126)
      return false;
  return true;
}

static void dump_and_load(Arena *a, Value v, Diags *d) {
  Buf out = {.arena = a};
  Value again;
  yaml_dump(&out, v, false);
  if (!yaml_inline(a, buf_str(&out), STR("dump"), &again, d))
    abort();
  same_or_die(a, v, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena a = {0};
  Diags d = {0};
  Source src = {.path = STR("f.yml"), .text = str_n((const char *)data, size)};
  const Yaml *y = yaml_load(&a, &src, &d);
  if (y && writable(src.text) && size < 4096)
    dump_and_load(&a, yaml_value(&a, y), &d);
  if (!y && !d.errors)
    abort();
  Globals g = {0};
  PropFile file;
  if (memmem(data, size, "{{", 2) == NULL && memmem(data, size, "{%", 2) == NULL)
    properties_read(&a, &g, &src, &file, &d);
  Value v;
  if (json_read(&a, &src, &v, &d)) {
    Buf out = {.arena = &a};
    Json j = {.out = &out};
    json_value(&j, v);
  }
  Buf shown = {.arena = &a};
  for (const Diag *f = d.first; f; f = f->next)
    diag_print(&shown, f, DIAG_PLAIN);
  diags_free(&d);
  arena_free(&a);
  return 0;
}
