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

const char *program_words(Arena *a, const char *fmt) {
  static const char command[] = "`starc ";
  const char *at = strcmp(called, "starc") ? strstr(fmt, command) : NULL;
  if (!at)
    return fmt;
  Buf b = {.arena = a};
  for (; at; fmt = at + sizeof command - 2, at = strstr(fmt, command)) {
    buf_add(&b, str_n(fmt, (size_t)(at - fmt) + 1));
    for (const char *c = called; *c; c++)
      buf_add(&b, *c == '%' ? STR("%%") : str_n(c, 1));
  }
  buf_add(&b, str_c(fmt));
  return buf_cstr(&b);
}
