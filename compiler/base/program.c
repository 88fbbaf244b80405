// In: argv[0]. Out: texts that name the program as its user does, who may have it as `dbt`.
#include "program.h"

#include "buf.h"

static const char *called = "starc"; // written once, before there are threads

void program_called(const char *argv0) {
  const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
  const char *last = slash ? slash + 1 : argv0;
  if (last && *last)
    called = last;
}

const char *program_name(void) { return called; }

// `text` with the name behind each opening backquote; `percent` is what stands for a %.
static Str renamed(Arena *a, Str text, Str percent) {
  Str command = STR("`starc ");
  ptrdiff_t at = strcmp(called, "starc") ? str_find(text, command, 0) : -1;
  if (at < 0)
    return text;
  Buf b = {.arena = a};
  size_t from = 0;
  for (; at >= 0; from = (size_t)at + command.len - 1, at = str_find(text, command, from)) {
    buf_add(&b, str_sub(text, from, (size_t)at + 1));
    for (const char *c = called; *c; c++)
      buf_add(&b, *c == '%' ? percent : str_n(c, 1));
  }
  buf_add(&b, str_sub(text, from, text.len));
  return buf_str(&b);
}

const char *program_words(Arena *a, const char *fmt) {
  Str text = renamed(a, str_c(fmt), STR("%%"));
  return text.ptr == fmt ? fmt : str_cstr(a, text);
}

Str program_text(Arena *a, Str text) { return renamed(a, text, STR("%")); }
