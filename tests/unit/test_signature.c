// Signatures of native functions: what their texts mean, which texts are none, and that each row of
// each table has one, a line of documentation and a name of its own.
#include "../../compiler/artifacts/osi_parts.h"
#include "../../compiler/context/adapter.h"
#include "../../compiler/project/names.h"
#include "check.h"

static bool wrong(const char *text) { return signature_of(text)->wrong != NULL; }

static void texts(void) {
  const Signature *s = signature_of("self, sep=none, /, n=-1, *rest, fill='a, b', x=0.5, **named");
  CHECK(!s->wrong && s->self && s->n == 7 && s->only_at == 2 && s->by_at == 3);
  CHECK(s->rest == 3 && s->named == 6);
  CHECK(s->required == 1);
  CHECK(s->params[1].otherwise.kind == VAL_NONE && s->params[2].otherwise.i == -1);
  CHECK_STR(val_text(s->params[4].otherwise), "a, b");
  CHECK(s->params[5].otherwise.kind == VAL_FLOAT && s->params[5].otherwise.f == 0.5);
  CHECK(signature_of("")->n == 0 && !wrong(""));
  CHECK(!native_given(signature_of("a=...")->params[0].otherwise));
  const Signature *keyword = signature_of("a, *, b");
  CHECK(keyword->by_at == 1 && keyword->n == 2 && keyword->required == 3);
  static const char *const none[] = {"a=1, b", "a=nothing", "**k, a", "*a, *b", "a b",
                                     "1a",     "a,,b",      "*a, /",  "a='open"};
  for (size_t i = 0; i < COUNT(none); i++)
    CHECK_SAYS(wrong(none[i]), "'%s' was taken", none[i]);
}

static void usage(void) {
  Arena a = {0};
  Native n = {"split", NULL, "self, /, sep=none", ""};
  CHECK_STR(native_usage(&a, "str", &n), "str.split(sep=none)");
  n = (Native){"now", NULL, "", ""};
  CHECK_STR(native_usage(&a, NULL, &n), "now()");
  arena_free(&a);
}

// Behind the line of documentation, with what it comes to; or a schema file.
static bool has_example(const Native *n) {
  const char *example = strchr(n->doc, '\n');
  return example && strstr(example, n->name) &&
         (strstr(example, "\n=> ") || strstr(example, ":\n"));
}

// Of the language: where a table's first row has an example, each has.
static void language_rows(const NativeTable *t) {
  for (const Native *n = t->rows; n->name && has_example(t->rows); n = native_next(t, n))
    CHECK_SAYS(has_example(n), "%s: %s has no example with its name", t->title, n->name);
}

static void rows(const NativeTable *t) {
  for (const Native *n = t->rows; n->name; n = native_next(t, n)) {
    const char *why = signature_of(n->signature)->wrong;
    CHECK_SAYS(!why, "%s(%s): %s", n->name, n->signature, why ? why : "");
    CHECK_SAYS(n->doc[0], "%s: %s has no documentation", t->title, n->name);
    for (const Native *m = t->rows; m != n; m = native_next(t, m))
      CHECK_SAYS(strcmp(m->name, n->name), "%s: %s twice", t->title, n->name);
  }
}

// A name that is no function has no C function, and maybe no signature.
static void name(const Native *n) {
  CHECK_SAYS(n->doc[0], "%s has no documentation", n->name);
  CHECK_SAYS(has_example(n), "%s has no example with its name", n->name);
  CHECK_SAYS(!n->fn || n->signature, "%s has no signature", n->name);
  CHECK_SAYS(!n->signature || !wrong(n->signature), "%s(%s)", n->name, n->signature);
}

int main(void) {
  texts();
  usage();
  for (const NativeTable *t = native_tables; t->title; t++) {
    rows(t);
    language_rows(t);
  }
  for (const NativeTable *t = context_natives; t->title; t++)
    if (t->rows != column_makers) // one name, as the database has it
      rows(t);
  for (size_t i = 0; dialects[i]; i++)
    for (const NativeTable *t = dialects[i]->adapter->natives; t->title; t++)
      rows(t);
  const NativeTable others[] = {
      {"var",        NULL, "", var_methods,       sizeof(Native)},
      {"context",    NULL, "", name_set_methods,  sizeof(Native)},
      {"filters",    NULL, "", filter_functions,  sizeof(Native)},
      {"dimensions", NULL, "", dimension_methods, sizeof(Native)}
  };
  for (size_t i = 0; i < COUNT(others); i++)
    rows(&others[i]);
  const Native *n;
  for (size_t i = 0; (n = globals_name(i)); i++)
    name(n);
  for (size_t i = 0; (n = context_name(i)); i++)
    name(n);
  return check_done();
}
