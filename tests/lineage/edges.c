// Prints what a dialect reads from a database's answer about the columns of a query. In: the name
// of the dialect, what CTEs to stop at, the answer on stdin. Out: a line each, parted by tabs:
//   query NAME            the query itself (an empty name), then each CTE
//   column NAME UNKNOWN   an output, and why it is not known
//   rows UNKNOWN          what decides which rows there are
//   STEP SCHEMA RELATION COLUMN   an input of the column or the rows above
// usage: edges TYPE [STOP] < ANSWER
//        edges TYPE --ask SCHEMA NAME < QUERY   the statement whose answer that is
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/dialect/lineage.h"

#include <stdio.h>

static const char *const steps[] = {"same", "computed", "aggregated", "condition", "window",
                                    "join", "filter",   "group",      "sort"};

// A tab and the text; what would break the line is written as its escape.
static void field(Str s) {
  putchar('\t');
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '\n' || s.ptr[i] == '\t' || s.ptr[i] == '\\')
      printf("\\%c", s.ptr[i] == '\n' ? 'n' : s.ptr[i] == '\t' ? 't' : '\\');
    else
      putchar(s.ptr[i]);
}

static void print_inputs(const LineageInput *inputs, size_t n) {
  for (size_t i = 0; i < n; i++) {
    printf("%s", steps[inputs[i].step]);
    field(inputs[i].schema);
    field(inputs[i].relation);
    field(inputs[i].column);
    putchar('\n');
  }
}

static void print_lineage(Str name, const QueryLineage *lineage) {
  printf("query");
  field(name);
  putchar('\n');
  for (size_t i = 0; i < lineage->ncolumns; i++) {
    printf("column");
    field(lineage->columns[i].name);
    field(lineage->columns[i].unknown);
    putchar('\n');
    print_inputs(lineage->columns[i].inputs, lineage->columns[i].n);
  }
  printf("rows");
  field(lineage->unknown);
  putchar('\n');
  print_inputs(lineage->rows, lineage->nrows);
}

static void read_all(Buf *text) {
  size_t n;
  while ((n = fread(buf_room(text, 65536), 1, 65536, stdin)) > 0)
    text->len += n;
}

static void print_question(const Dialect *d, const char *schema, const char *name, Str query) {
  Relation made = {.schema = str_c(schema), .identifier = str_c(name)};
  Buf out = {0};
  d->lineage->ask(&out, &made, query);
  printf("%s\n", buf_cstr(&out));
  buf_free(&out);
}

static void print_answer(const Dialect *d, Str answer, Str stop) {
  Arena a = {0};
  QueryLineage lineage = d->lineage->read(&a, answer, stop);
  print_lineage((Str){0}, &lineage);
  for (size_t i = 0; i < lineage.nctes; i++)
    print_lineage(lineage.ctes[i].name, &lineage.ctes[i].lineage);
  arena_free(&a);
}

int main(int argc, char **argv) {
  const Dialect *d = argc > 1 ? dialect_find(str_c(argv[1])) : NULL;
  if (!d || !d->lineage) {
    fprintf(stderr, "usage: edges TYPE [STOP] < ANSWER\n");
    return 2;
  }
  Buf text = {0};
  read_all(&text);
  if (argc == 5 && str_is(str_c(argv[2]), "--ask"))
    print_question(d, argv[3], argv[4], buf_str(&text));
  else
    print_answer(d, buf_str(&text), str_c(argc > 2 ? argv[2] : NULL));
  buf_free(&text);
  return 0;
}
