// The pages of the template language and of the names that templates have. In: the tables of native
// functions, whose documentation is a line, and behind it, from lines of their own, an example and
// `=> ` what it comes to. Out: Markdown: what tests/docs/run.py renders and compares.
#include "../../compiler/base/program.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/context/adapter.h"
#include "../../compiler/context/context.h"
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/project/globals.h"
#include "help.h"
#include "markdown.h"
#include "reference.h"

#include <string.h>

// The example of a row, or NULL.
static const char *example_of(const Native *n) {
  const char *end = strchr(n->doc, '\n');
  return end ? end + 1 : NULL;
}

static Str meaning_of(const Native *n) { return (Str){n->doc, strcspn(n->doc, "\n")}; }

// "ref(package_or_name, name=...)", "str.upper()", "target"
static Str usage_of(Arena *a, const char *of, const Native *n) {
  return n->signature ? native_usage(a, of, n) : str_c(n->name);
}

// The lines of an example, what it comes to as a comment at the end of its last one.
static void add_example(Buf *out, const char *example) {
  enum { COLUMN = 48 };
  const char *result = strstr(example, "\n=> ");
  size_t len = result ? (size_t)(result - example) : strlen(example), line = out->len;
  for (size_t i = 0; i < len; i++) {
    buf_addc(out, example[i]);
    if (example[i] == '\n')
      line = out->len;
  }
  if (result) {
    do
      buf_addc(out, ' ');
    while (out->len - line < COLUMN);
    buf_addf(out, " {# %s #}", result + strlen("\n=> "));
  }
  buf_addc(out, '\n');
}

// An example by itself. One that is no template is a schema file, which is read; `=> skip: ` says
// why it is not run.
static void example_block(Buf *out, const char *example) {
  const char *skip = strstr(example, "\n=> skip: ");
  if (skip)
    buf_addf(out, "\n<!-- docs: skip: %s -->\n```jinja\n%.*s\n```\n", skip + strlen("\n=> skip: "),
             (int)(skip - example), example);
  else if (*example != '{' && strstr(example, ":\n")) {
    buf_addf(out, "\n<!-- docs: into: models/example.yml -->\n```yaml\n%s\n```\n", example);
    buf_adds(out, "<!-- docs: run: starc parse --quiet -->\n");
  } else {
    buf_adds(out, "\n```jinja\n");
    add_example(out, example);
    buf_adds(out, "```\n");
  }
}

// --- tables of functions and methods

static void table(Buf *out, const NativeTable *t) {
  Arena a = {0};
  bool any = false;
  buf_addf(out, "\n## %s\n\n| %s | meaning |\n|---|---|\n", t->title, t->kind);
  for (const Native *n = t->rows; n->name; n = native_next(t, n)) {
    buf_addc(out, '|');
    reference_cell(out, str_cstr(&a, usage_of(&a, t->of, n)), true);
    reference_cell(out, str_cstr(&a, meaning_of(n)), false);
    buf_addc(out, '\n');
    any |= example_of(n) != NULL;
  }
  if (any) {
    buf_adds(out, "\n```jinja\n");
    for (const Native *n = t->rows; n->name; n = native_next(t, n))
      if (example_of(n))
        add_example(out, example_of(n));
    buf_adds(out, "```\n");
  }
  arena_free(&a);
}

static const char how[] =
    "In the examples the comment\n`{# .. #}` says what the text before it comes to,";

void reference_template(Buf *out) {
  reference_head(out, "Template language");
  buf_addf(
      out,
      "\n<!-- docs: project: plain -->\nThe language is Jinja2's. What a project can name besides "
      "(`ref`, `var`, ...) is on the page\n[functions](functions.md). The value that a filter "
      "or a test works on is its first parameter.\nParameters before `/` are given by place "
      "only, those behind `*` by name only; `...` stands for\na default that cannot be written. "
      "%s in a model on the embedded ClickHouse.\n",
      how);
  for (const NativeTable *t = native_tables; t->title; t++)
    table(out, t);
}

// --- names

static int by_name(const void *a, const void *b) {
  return strcmp((*(const Native *const *)a)->name, (*(const Native *const *)b)->name);
}

enum { MOST = 256 };

// The names of every template, in order, each once; how many.
static size_t gather(const Native *rows[MOST]) {
  const Native *name;
  size_t n = 0, kept = 0;
  for (size_t i = 0; n < MOST && (name = globals_name(i)); i++)
    rows[n++] = name;
  for (size_t i = 0; n < MOST && (name = context_name(i)); i++)
    rows[n++] = name;
  sort_items(rows, n, sizeof *rows, by_name);
  for (size_t i = 0; i < n; i++)
    if (!kept || strcmp(rows[i]->name, rows[kept - 1]->name))
      rows[kept++] = rows[i];
  return kept;
}

static void section(Buf *out, const char *of, const Native *n) {
  Arena a = {0};
  buf_addf(out, "\n### %s%s%s\n\n`%.*s`: %.*s.\n", of ? of : "", of ? "." : "", n->name,
           STR_ARG(usage_of(&a, of, n)), STR_ARG(meaning_of(n)));
  if (example_of(n))
    example_block(out, example_of(n));
  arena_free(&a);
}

static void macros(Buf *out, const char *title, const char *of, const Native *n) {
  buf_addf(out, "\n## %s\n", title);
  for (; n->name; n++)
    section(out, of, n);
}

// What the examples stand among, for the tests.
static const char around[] =
    "<!-- docs: project: plain -->\n"
    "<!-- docs: file: models/around.yml\n"
    "sources:\n  - name: shop\n    tables: [{name: customers}]\n"
    "functions:\n  - name: is_odd\n    arguments: [{name: n, data_type: Int64}]\n"
    "    returns: {data_type: UInt8}\n-->\n"
    "<!-- docs: file: models/orders.sql\n"
    "select 1 as order_id, 10 as amount union all select 2, 20\n-->\n"
    "<!-- docs: file: functions/is_odd.sql\nn % 2 = 1\n-->\n"
    "<!-- docs: file: docs.md\n{% docs order_status %}placed, sent or paid{% enddocs %}\n-->\n"
    "<!-- docs: run: mv docs.md models/ && starc run --select orders -->\n";

void reference_functions(Buf *out) {
  const Native *rows[MOST];
  size_t n = gather(rows);
  reference_head(out, "What a template can name");
  buf_addf(
      out,
      "\n%s\nBesides these there are the project's macros, those of its packages, and dbt's own "
      "under their names.\nParameters are written as on the page [template](template.md). %s "
      "in a model of a project `shop` whose target `dev` is the embedded ClickHouse.\n"
      "`starc help name NAME` shows one of them in the terminal.\n\n",
      around, how);
  for (size_t i = 0; i < n; i++)
    buf_addf(out, "%s[`%s`](#%s)", i ? " " : "", rows[i]->name, rows[i]->name);
  buf_adds(out, "\n\n## Names\n");
  for (size_t i = 0; i < n; i++)
    section(out, NULL, rows[i]);
  macros(out, "Macros that projects call", NULL, public_macros);
  macros(out, "Macros for SQL of every database", "dbt", public_dbt_macros);
  for (const NativeTable *t = context_natives; t->title; t++)
    table(out, t);
  for (size_t i = 0; dialects[i]; i++)
    for (const NativeTable *t = dialects[i]->adapter->natives; t->title; t++)
      table(out, t);
}

// --- one of them

typedef struct Search {
  Arena *scratch;
  Buf text;
  Str name;
  Str names[2048];
  size_t n;
} Search;

static void look(Search *s, const char *of, const Native *n) {
  Str full = of ? str_fmt(s->scratch, "%s.%s", of, n->name) : str_c(n->name);
  if (s->n < COUNT(s->names))
    s->names[s->n++] = full;
  if (str_eq(s->name, full) || str_eq(s->name, str_c(n->name)))
    section(&s->text, of, n);
}

static void look_tables(Search *s, const NativeTable *t) {
  for (; t->title; t++)
    for (const Native *n = t->rows; n->name; n = native_next(t, n))
      look(s, t->of, n);
}

bool reference_name_entry(Arena *scratch, Buf *out, Str name, Str *near) {
  Search *s = arena_new(scratch, Search);
  *s = (Search){.scratch = scratch, .text = {.arena = scratch}, .name = name};
  const Native *rows[MOST];
  size_t n = gather(rows);
  for (size_t i = 0; i < n; i++)
    look(s, NULL, rows[i]);
  for (const Native *m = public_macros; m->name; m++)
    look(s, NULL, m);
  for (const Native *m = public_dbt_macros; m->name; m++)
    look(s, "dbt", m);
  look_tables(s, native_tables);
  look_tables(s, context_natives);
  for (size_t i = 0; dialects[i]; i++)
    look_tables(s, dialects[i]->adapter->natives);
  *near = str_nearest(name, s->names, s->n);
  if (s->text.len)
    markdown_terminal(scratch, out, buf_str(&s->text), HELP_WIDTH);
  return s->text.len > 0;
}

void reference_names_list(Arena *scratch, Buf *out) {
  const Native *rows[MOST];
  size_t n = gather(rows);
  buf_addf(out, "What a template can name: %s help name NAME shows one\n\n", program_name());
  for (size_t i = 0; i < n; i++)
    help_row(out, rows[i]->name, str_cstr(scratch, meaning_of(rows[i])), 28);
  buf_adds(out, "\nMacros\n");
  for (const Native *m = public_macros; m->name; m++)
    help_row(out, m->name, str_cstr(scratch, meaning_of(m)), 28);
  for (const Native *m = public_dbt_macros; m->name; m++)
    help_row(out, str_cstr(scratch, str_fmt(scratch, "dbt.%s", m->name)),
             str_cstr(scratch, meaning_of(m)), 28);
}
