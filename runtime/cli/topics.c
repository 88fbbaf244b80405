// The guides in the terminal. In: the pages that the build embedded (topics.h). Leaves Markdown to
// markdown.c, unpacking to the codec and the commands' own help to help.c.
#include "topics.h"
#include "../../compiler/base/program.h"
#include "../serve/codec.h"
#include "help.h"
#include "markdown.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_PAGES = 256 };

static const struct {
  const char *part, *title;
} parts[] = {
    {"start",          "Start"          },
    {"start/tutorial", "Tutorial"       },
    {"guides",         "Guides"         },
    {"",               "Guides"         },
    {"from-dbt",       "Coming from dbt"}
};
enum { PARTS = sizeof parts / sizeof *parts };

const ManualPage *topic_find(Str name, Str *near) {
  Str names[MOST_PAGES];
  size_t n = 0;
  for (const ManualPage *p = manual_pages; p->name && n < MOST_PAGES; p++) {
    if (str_eq(name, str_c(p->name)) || str_eq(name, str_c(p->topic)))
      return p;
    names[n++] = str_c(p->name);
  }
  *near = str_nearest(name, names, n);
  return NULL;
}

Str topic_namesakes(Arena *scratch, Str name) {
  Buf found = {.arena = scratch};
  Str end = str_fmt(scratch, "/%.*s", STR_ARG(name));
  for (const ManualPage *p = manual_pages; p->name; p++)
    if (name.len && str_ends(str_c(p->topic), end))
      buf_addf(&found, "%s%s", found.len ? "' or '" : "", p->name);
  return buf_str(&found);
}

// Without the s of a plural.
static Str singular(Str word) {
  bool plural =
      word.len > 3 && str_ends_nocase(word, STR("s")) && !str_ends_nocase(word, STR("ss"));
  return str_sub(word, 0, word.len - plural);
}

static bool has_word(Str text, Str word) {
  for (size_t at = 0, end; at < text.len; at = end + 1) {
    for (end = at; end < text.len && str_word_char(text.ptr[end]);)
      end++;
    if (str_eq_nocase(singular(str_sub(text, at, end)), word))
      return true;
  }
  return false;
}

size_t topics_of(Str word, const ManualPage **one, Buf *names) {
  size_t n = 0;
  word = singular(word);
  for (const ManualPage *p = manual_pages; p->name && word.len; p++)
    if (has_word(str_c(p->name), word) || has_word(str_c(p->title), word)) {
      buf_addf(names, "%s%s", n++ ? ", " : "", p->name);
      *one = p;
    }
  return n;
}

void topics_list(Buf *out) {
  size_t width = 0;
  for (const ManualPage *p = manual_pages; p->name; p++) {
    size_t n = str_c(p->name).len;
    width = n > width ? n : width;
  }
  buf_addf(out, "The manual's guides: %s help topic NAME shows one\n", program_name());
  const char *before = "";
  for (size_t i = 0; i < PARTS; i++)
    for (const ManualPage *p = manual_pages; p->name; p++) {
      if (strcmp(p->part, parts[i].part) != 0)
        continue;
      if (strcmp(before, parts[i].title) != 0)
        buf_addf(out, "\n%s\n", parts[i].title);
      before = parts[i].title;
      help_row(out, p->name, p->title, width + 4);
    }
  buf_addf(out, "\nThe reference: %s help COMMAND, %s help error, %s reference PAGE\n",
           program_name(), program_name(), program_name());
}

void topic_page(Arena *scratch, Buf *out, const ManualPage *page) {
  DbError error = {0};
  Buf text = {0};
  Codec *c = codec_decoder(CODEC_DEFLATE, scratch, &error);
  bool whole = c && codec_feed(c, (Str){page->packed, page->len}, page->size, &text);
  if (!whole || !codec_end(c, &text) || text.len != page->size)
    abort(); // the build packed it
  codec_free(c);
  markdown_terminal(scratch, out, buf_str(&text), HELP_WIDTH);
  buf_free(&text);
}

void topics_names(Buf *out, const char *between) {
  for (const ManualPage *p = manual_pages; p->name; p++)
    buf_addf(out, "%s%s", p == manual_pages ? "" : between, p->name);
}

// The user's pager, else less, which ends by itself where all fits on the screen.
static FILE *open_pager(void) {
  const char *pager = getenv("STARC_PAGER");
  if (!pager)
    pager = getenv("PAGER");
  if (!pager)
    pager = "command -v less >/dev/null || exit 127; exec less";
  if (!*pager || !strcmp(pager, "cat"))
    return NULL;
  setenv("LESS", "FRX", 0);
  return popen(pager, "w");
}

// What a shell says of a program that is not there, or that is none.
static bool not_started(int status) {
  return WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127);
}

// Who leaves the pager early wants no more: that is no failure. A Ctrl-C is the pager's.
static bool through_pager(Str text) {
  FILE *pager = open_pager();
  if (!pager)
    return false;
  static const int left[] = {SIGPIPE, SIGINT, SIGQUIT};
  enum { LEFT = sizeof left / sizeof *left };
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before[LEFT];
  for (size_t i = 0; i < LEFT; i++)
    sigaction(left[i], &ignore, &before[i]);
  fwrite(text.ptr, 1, text.len, pager);
  int status = pclose(pager);
  for (size_t i = 0; i < LEFT; i++)
    sigaction(left[i], &before[i], NULL);
  return !not_started(status);
}

void topic_print(Str text) {
  if (!isatty(STDOUT_FILENO) || !through_pager(text))
    fwrite(text.ptr, 1, text.len, stdout);
}
