// The kinds of errors and warnings for people: their list, a page each for the terminal, and the
// same pages as Markdown. In: the table of codes. Leaves the lookup of a word to the table.
#include "error_pages.h"
#include "../../compiler/base/codes.h"
#include "../../compiler/base/program.h"
#include "help.h"
#include "options.h"

#include <string.h>

void help_errors(Buf *out) {
  size_t width = 0;
  for (int i = 1; i < CODE_COUNT; i++) {
    size_t n = strlen(code_row((Code)i)->word);
    width = n > width ? n : width;
  }
  buf_adds(out, "Errors and warnings by the word in [brackets] behind their message\n\n");
  for (int i = 1; i < CODE_COUNT; i++)
    help_row(out, code_row((Code)i)->word, code_row((Code)i)->meaning, width + 4);
  buf_addf(out,
           "\n%s help error CODE explains one of them.\n"
           "A warning is silenced or made an error by its code:\n"
           "  --warn-error-options '{silence: [unused-config], error: [unknown-key]}'\n",
           program_name());
}

static void indented(Buf *out, const char *text) {
  Str rest = str_c(text), line;
  while (str_cut(&rest, '\n', &line))
    buf_addf(out, "%s%.*s\n", line.len ? "    " : "", STR_ARG(line));
}

void help_error(Buf *out, Code code) {
  const CodeRow *row = code_row(code);
  buf_addf(out, "%s: %s\n\n", row->word, row->meaning);
  help_wrapped(out, row->cause, 0, HELP_WIDTH);
  buf_adds(out, "\nFor example\n\n");
  indented(out, row->example);
  buf_adds(out, "\nWhat to do\n\n");
  help_wrapped(out, row->todo, 0, HELP_WIDTH);
}

void help_errors_page(Buf *out) {
  buf_adds(
      out,
      "# Errors and warnings\n<!-- docs: page: by: tests/docs/errors.py -->\n\nMade by `make "
      "reference` from the program's own tables. Each message ends in the word of its kind,\n"
      "`[unknown-ref]` for one; `starc help error unknown-ref` shows its page in the terminal. "
      "A warning is\nsilenced or made an error by its word: `--warn-error-options '{silence: "
      "[unused-config], error: [unknown-key]}'`.\ndbt's names of warnings are taken there too.\n\n"
      "The examples were run. A comment with a file's name begins each file, `$` a command, and "
      "below "
      "it stands the first\nline of what it says. They are added to a project `shop` with the "
      "models "
      "`orders` (order_id, customer_id, amount),\n`stg_orders` (order_id, amount) and `customers` "
      "(customer_id, name), which builds on the embedded ClickHouse.\n");
  for (int i = 1; i < CODE_COUNT; i++) {
    const CodeRow *row = code_row((Code)i);
    buf_addf(out, "\n## %s\n\n*%s.*\n\n%s\n\n```text\n%s\n```\n\nWhat to do: %s\n", row->word,
             row->meaning, row->cause, row->example, row->todo);
  }
}
