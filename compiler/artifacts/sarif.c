// In: problems. Out: SARIF 2.1.0, for GitHub's code scanning and others: a rule for each code that
// was found, with its page; a result for each problem in a file. What lies in none (a connection,
// an option) is a notification of the invocation. Silenced findings are left out: code scanning
// takes no notice of `suppressions`, and would show them.
#include "report.h"

#include "../base/hash.h"
#include "../base/vec.h"
#include "../project/globals.h"
#include "../value/json.h"

enum { MOST_RESULTS = 25000, LONG = 4096, PRINT = 16 }; // code scanning takes no more results

#define ROOT "%SRCROOT%" // whoever reads the report knows where the files are

typedef struct Sarif {
  Arena arena;
  Json json;
  const Report *report;
  const CodeRow **rules;
  size_t nrules;
  Map prints; // fingerprint -> how often it was there (as a pointer)
} Sarif;

static void text_object(Json *j, Str name, const char *inner, Str text) {
  json_key(j, name);
  json_open_object(j);
  json_name(j, str_c(inner));
  json_str(j, text);
  json_close_object(j);
}

// --- rules

static size_t rule_of(const Sarif *s, const CodeRow *code) {
  size_t i = 0;
  while (i < s->nrules && s->rules[i] != code)
    i++;
  return i;
}

static void find_rules(Sarif *s) {
  s->rules = arena_array(&s->arena, const CodeRow *, CODE_COUNT);
  for (size_t i = 0; i < s->report->nproblems; i++) {
    const CodeRow *code = s->report->problems[i].code;
    if (code->word[0] && rule_of(s, code) == s->nrules)
      s->rules[s->nrules++] = code;
  }
}

static void rule(Sarif *s, const CodeRow *code) {
  Json *j = &s->json;
  Arena *a = &s->arena;
  json_open_object(j);
  json_key_str(j, "id", str_c(code->word));
  text_object(j, STR("shortDescription"), "text", str_fmt(a, "%s.", code->meaning));
  text_object(j, STR("fullDescription"), "text", str_c(code->cause));
  json_key(j, STR("help"));
  json_open_object(j);
  json_key_str(j, "text",
               str_fmt(a, "%s\n\nFor example:\n\n%s\n\nWhat to do: %s", code->cause, code->example,
                       code->todo));
  json_key_str(
      j, "markdown",
      str_fmt(a, "%s\n\n```\n%s\n```\n\nWhat to do: %s", code->cause, code->example, code->todo));
  json_close_object(j);
  json_close_object(j);
}

static void tool(Sarif *s) {
  Json *j = &s->json;
  json_name(j, STR("tool"));
  json_open_object(j);
  json_name(j, STR("driver"));
  json_open_object(j);
  json_key_str(j, "name", STR("starc"));
  json_key_str(j, "version", STR(STARC_VERSION));
  json_key_str(j, "semanticVersion", STR(STARC_VERSION));
  json_name(j, STR("rules"));
  json_open_array(j);
  for (size_t i = 0; i < s->nrules; i++)
    rule(s, s->rules[i]);
  json_close_array(j);
  json_close_object(j);
  json_close_object(j);
}

// --- places

static void number(Json *j, const char *name, unsigned n) {
  json_name(j, str_c(name));
  json_int(j, n);
}

// A place at which there is no excerpt is the first line: a region is asked for.
static void physical(Sarif *s, Str path, ProblemPlace at) {
  Json *j = &s->json;
  json_name(j, STR("physicalLocation"));
  json_open_object(j);
  json_name(j, STR("artifactLocation"));
  json_open_object(j);
  json_key_str(j, "uri", report_uri(&s->arena, path));
  if (path.ptr[0] != '/')
    json_key_str(j, "uriBaseId", STR(ROOT));
  json_close_object(j);
  json_name(j, STR("region"));
  json_open_object(j);
  number(j, "startLine", at.from.line ? at.from.line : 1);
  if (at.from.line)
    number(j, "startColumn", at.from.col);
  if (at.to.line) {
    number(j, "endLine", at.to.line);
    number(j, "endColumn", at.to.col);
  }
  json_close_object(j);
  json_close_object(j);
}

static void location(Sarif *s, const Problem *p) {
  Json *j = &s->json;
  json_name(j, STR("locations"));
  json_open_array(j);
  json_open_object(j);
  physical(s, p->path, problem_place(p));
  if (p->node) {
    json_name(j, STR("logicalLocations"));
    json_open_array(j);
    json_open_object(j);
    json_key_str(j, "name", report_text(&s->arena, p->node->name, LONG));
    json_key_str(j, "fullyQualifiedName", report_text(&s->arena, p->node->id, LONG));
    json_close_object(j);
    json_close_array(j);
  }
  json_close_object(j);
  json_close_array(j);
}

// The call sites of a macro, the other place of a duplicate.
static void related(Sarif *s, const Problem *p) {
  Json *j = &s->json;
  bool any = false;
  for (const Diag *n = p->diag ? p->diag->notes : NULL; n; n = n->next) {
    Str path = n->source ? report_path(&s->arena, s->report, n->source->path) : (Str){0};
    if (!path.len)
      continue;
    if (!any) {
      json_name(j, STR("relatedLocations"));
      json_open_array(j);
    }
    any = true;
    Problem place = {.source = n->source, .span = n->span};
    json_open_object(j);
    physical(s, path, problem_place(&place));
    text_object(j, STR("message"), "text", report_text(&s->arena, n->message, LONG));
    json_close_object(j);
  }
  if (any)
    json_close_array(j);
}

// --- results

// The line of a place, without the blanks around it.
static Str line_of(const Problem *p) {
  if (!p->source)
    return (Str){0};
  bool within = p->source->outer.ptr != NULL;
  Str text = within ? p->source->outer : p->source->text;
  size_t at = p->span.at + (within ? p->source->at : 0), from = at < text.len ? at : text.len,
         to = from;
  while (from > 0 && text.ptr[from - 1] != '\n')
    from--;
  while (to < text.len && text.ptr[to] != '\n')
    to++;
  return str_trim(str_sub(text, from, to));
}

// The same for the same mistake when lines above it come and go: of the rule, the file, the node
// and what the line says; the second one of them is :2. Numbers in a message may change.
static void fingerprint(Sarif *s, const Problem *p) {
  Arena *a = &s->arena;
  char hex[65];
  hash_sha256_hex(str_fmt(a, "%s\n%.*s\n%.*s\n%.*s", p->code->word, STR_ARG(p->path),
                          STR_ARG(p->node ? p->node->id : STR("")), STR_ARG(line_of(p))),
                  hex);
  Str print = str_dup(a, str_n(hex, PRINT));
  uintptr_t n = (uintptr_t)map_get(&s->prints, print) + 1;
  map_put(a, &s->prints, print, (void *)n);
  json_name(&s->json, STR("partialFingerprints"));
  json_open_object(&s->json);
  json_key_str(&s->json, "primaryLocationLineHash",
               str_fmt(a, "%.*s:%zu", STR_ARG(print), (size_t)n));
  json_close_object(&s->json);
}

static void message(Sarif *s, const Problem *p) {
  Buf text = {.arena = &s->arena};
  if (!p->path.len) // a location has the file
    buf_add(&text, problem_words(&s->arena, p));
  buf_add(&text, p->message);
  if (p->again)
    buf_addf(&text, "\nand %zu more node%s", p->again, p->again == 1 ? "" : "s");
  if (p->hint.len)
    buf_addf(&text, "\n%.*s", STR_ARG(p->hint));
  text_object(&s->json, STR("message"), "text", report_text(&s->arena, buf_str(&text), LONG));
}

static void level(Json *j, Severity severity) {
  static const char *const words[] = {"error", "warning", "note"};
  json_key_str(j, "level", str_c(words[severity]));
}

static bool is_result(const Problem *p) { return p->path.len && p->code->word[0]; }

static void result(Sarif *s, const Problem *p) {
  Json *j = &s->json;
  json_open_object(j);
  json_key_str(j, "ruleId", str_c(p->code->word));
  number(j, "ruleIndex", (unsigned)rule_of(s, p->code));
  level(j, p->severity);
  message(s, p);
  location(s, p);
  related(s, p);
  fingerprint(s, p);
  json_close_object(j);
}

static void results(Sarif *s) {
  json_name(&s->json, STR("results"));
  json_open_array(&s->json);
  for (size_t i = 0, n = 0; i < s->report->nproblems && n < MOST_RESULTS; i++)
    if (is_result(&s->report->problems[i])) {
      result(s, &s->report->problems[i]);
      n++;
    }
  json_close_array(&s->json);
}

static void notification(Sarif *s, const Problem *p) {
  Json *j = &s->json;
  json_open_object(j);
  level(j, p->severity);
  message(s, p);
  if (p->code->word[0]) {
    json_name(j, STR("associatedRule"));
    json_open_object(j);
    json_key_str(j, "id", str_c(p->code->word));
    number(j, "index", (unsigned)rule_of(s, p->code));
    json_close_object(j);
  }
  json_close_object(j);
}

static void invocation(Sarif *s) {
  Json *j = &s->json;
  json_name(j, STR("invocations"));
  json_open_array(j);
  json_open_object(j);
  json_name(j, STR("executionSuccessful"));
  json_bool(j, s->report->exit_code == 0);
  number(j, "exitCode", (unsigned)s->report->exit_code);
  json_name(j, STR("toolExecutionNotifications"));
  json_open_array(j);
  for (size_t i = 0; i < s->report->nproblems; i++)
    if (!is_result(&s->report->problems[i]))
      notification(s, &s->report->problems[i]);
  json_close_array(j);
  json_close_object(j);
  json_close_array(j);
}

static void bases(Json *j) {
  json_name(j, STR("originalUriBaseIds"));
  json_open_object(j);
  json_name(j, STR(ROOT));
  json_open_object(j);
  text_object(j, STR("description"), "text", STR("The folder of the repository."));
  json_close_object(j);
  json_close_object(j);
}

// Two commands on one commit are two analyses: what one found does not end what the other did.
static void run(Sarif *s) {
  Json *j = &s->json;
  Str command = s->report->command;
  json_open_object(j);
  tool(s);
  json_name(j, STR("automationDetails"));
  json_open_object(j);
  json_key_str(j, "id", str_fmt(&s->arena, "starc %.*s/", STR_ARG(command)));
  json_close_object(j);
  json_key_str(j, "columnKind", STR("unicodeCodePoints"));
  bases(j);
  invocation(s);
  results(s);
  json_close_object(j);
}

void sarif_report(Buf *out, const Report *r) {
  Sarif s = {
      .json = {.out = out, .masked = true, .raw_utf8 = true, .indent = 1},
        .report = r
  };
  Json *j = &s.json;
  find_rules(&s);
  json_open_object(j);
  json_key_str(j, "$schema", STR("https://json.schemastore.org/sarif-2.1.0.json"));
  json_key_str(j, "version", STR("2.1.0"));
  json_name(j, STR("runs"));
  json_open_array(j);
  run(&s);
  json_close_array(j);
  json_close_object(j);
  buf_addc(out, '\n');
  arena_free(&s.arena);
}
