// See findings.h. A finding's kind is its code: config `check: {ignore: [..]}` of the node, or of
// the node that a test is about, and warn_error_options name it.
#include "findings.h"
#include "../../compiler/base/vec.h"
#include "../run/errors.h"
#include "../run/warehouse.h"
#include "../run/warn.h"
#include "columns.h"
#include "lock.h"
#include "names.h"
#include "stale.h"

#include <string.h>

void findings_init(Findings *f, Run *r) {
  *f =
      (Findings){.run = r, .of = arena_array(&r->arena, const CheckedNode *, r->graph->nnodes + 1)};
}

// --- what config and options say

static bool lists(Value listed, Str word) {
  if (listed.kind == VAL_STR)
    return str_eq(val_text(listed), word);
  for (size_t i = 0; val_is_seq(listed) && i < listed.list->n; i++)
    if (val_is_str(listed.list->items[i], word))
      return true;
  return false;
}

static bool ignored(const Node *n, Code code) {
  Value said = n ? val_get(node_config(n, STR("check")), STR("ignore")) : val_none();
  if (lists(said, str_c(code_row(code)->word)))
    return true;
  return n && n->test && (ignored(n->test->attached, code) || ignored(n->test->on_source, code));
}

bool finding_is_silenced(const Run *r, const Node *n, Code code) {
  return ignored(n, code) || (warn_names(r, code) && warn_rule(r, code) == WARN_SILENT);
}

// Its severity by the options; whether it is told at all.
static void settle(const Findings *f, Finding *found) {
  Diag *d = found->diag;
  WarnRule rule = warn_rule(f->run, d->code);
  bool error = d->severity == SEV_ERROR;
  if (error && !warn_names(f->run, d->code))
    rule = WARN_ERROR; // `error: all` and `silence: all` are about warnings
  found->silenced = ignored(found->node, d->code) || rule == WARN_SILENT;
  d->severity = rule == WARN_ERROR ? SEV_ERROR : SEV_WARNING;
}

static Finding *add(Findings *f, const Node *n, const Diag *d) {
  Arena *a = &f->run->arena;
  vec_room(a, f->items, f->n, f->cap);
  Finding *found = &f->items[f->n++];
  *found = (Finding){.diag = diag_copy(a, d), .node = n};
  settle(f, found);
  return found;
}

void findings_take(Findings *f, const Node *n) {
  Diags *from = &f->run->diags;
  for (const Diag *d = from->first; d; d = d->next)
    add(f, n, d);
  arena_adopt(&f->run->arena, &from->arena); // texts that findings point into
  diags_free(from);
  diags_init(from);
}

// --- tests on columns that are not there

typedef struct Place {
  const Source *src;
  size_t at; // as wide as a pointer: a key has no gaps
} Place;

static Str place_key(const Place *p) { return str_n((const char *)p, sizeof *p); }

static Place place_of_test(const Node *test, const Diag *d) {
  const Yaml *column = test->test->column;
  return column ? (Place){column->src, column->span.at} : (Place){d->source, d->span.at};
}

static Str without_quotes(Str name) {
  bool quoted = name.len > 2 && strchr("\"`", name.ptr[0]) && name.ptr[name.len - 1] == name.ptr[0];
  return quoted ? str_sub(name, 1, name.len - 1) : name;
}

// The column that a test looks at: it stands at it, or is given its name. Empty: none.
static Str column_of(const Node *test) {
  const TestInfo *t = test->test;
  Value given = t ? val_get(t->kwargs, STR("column_name")) : val_none();
  Str name = !t                      ? (Str){0}
             : t->column_name.len    ? t->column_name
             : given.kind == VAL_STR ? val_text(given)
                                     : (Str){0};
  return without_quotes(name);
}

// Whether a test failed because its node has not the column that it looks at.
static bool lacks_column(const Findings *f, const CheckedNode *c) {
  const Node *n = c->node;
  const Diag *d = c->state == CHECK_WRONG ? c->result->diag : NULL;
  Str column = column_of(n), name;
  if (!d || d->code != CODE_MISSING_COLUMN || !column.len)
    return false;
  const CheckedNode *on = n->test->attached ? f->of[n->test->attached->index] : NULL;
  if (on && columns_have(on, column))
    return false;
  for (size_t i = 0; next_quoted(d->message, &i, &name);)
    if (str_eq_nocase(name, column))
      return true;
  return false;
}

// A column that is not there, by its place.
typedef struct Tested {
  size_t n;   // how many tests look at it
  Diag *told; // the finding of them all; NULL: not yet
} Tested;

static void count_tests(Findings *f, const Checked *checked) {
  for (size_t i = 0; i < checked->n; i++) {
    if (!lacks_column(f, &checked->nodes[i]))
      continue;
    Place p = place_of_test(checked->nodes[i].node, checked->nodes[i].result->diag);
    Tested *t = map_get(&f->tested, place_key(&p));
    if (!t) {
      t = arena_new(&f->run->arena, Tested);
      *t = (Tested){0};
      Str key = str_dup(&f->run->arena, place_key(&p));
      map_put(&f->run->arena, &f->tested, key, t);
    }
    t->n++;
  }
}

// The columns of a node as a build makes them, of a source as the lock file has them by now.
static LockedColumns columns_now(const Findings *f, const Node *n) {
  const CheckedNode *c = f->of[n->index];
  if (c)
    return (LockedColumns){c->columns, checked_columns(c) ? c->ncolumns : 0};
  const SchemaLock *lock = f->run->schema_lock;
  return lock && n->kind == NODE_SOURCE ? lock_source_columns(lock, n->id) : (LockedColumns){0};
}

static LockedColumns columns_then(const Findings *f, const Node *n) {
  const SchemaLock *lock = f->run->schema_lock;
  return lock ? lock_columns_before(lock, n->id) : (LockedColumns){0};
}

// One finding at the column for all tests of it, from the first of them. NULL: told before; *told
// is that of the first.
static Finding *tested_column(Findings *f, const CheckedNode *c, Diag **told) {
  const TestInfo *t = c->node->test;
  const Node *on = t->attached ? t->attached : t->on_source;
  const Diag *had = c->result->diag;
  Place p = place_of_test(c->node, had);
  Tested *tested = map_get(&f->tested, place_key(&p));
  *told = tested->told;
  if (tested->told)
    return NULL;
  Str name = column_of(c->node);
  Diags made = {0};
  diags_init(&made);
  Span span = t->column ? t->column->span : had->span;
  Diag *d = diag_at(&made, SEV_ERROR, CODE_TESTED_COLUMN, p.src, span,
                    "'%.*s' has no column '%.*s', which %zu test%s at", STR_ARG(on->name),
                    STR_ARG(name), tested->n, tested->n == 1 ? " looks" : "s look");
  if (!columns_hint(&made, d, columns_now(f, on), columns_then(f, on), name))
    diag_hint(&made, d, "%.*s", STR_ARG(had->hint));
  Finding *found = add(f, c->node, d);
  *told = tested->told = found->diag;
  diags_free(&made);
  return found;
}

// --- nodes

// What the database refused; where that is a relation which the project makes and the node names by
// hand, this is said of it.
static Finding *of_error(Findings *f, const struct Names *names, const CheckedNode *c) {
  const Diag *d = c->result->diag;
  const Node *of =
      d->code == CODE_MISSING_RELATION ? names_missing(names, c->node, d->message) : NULL;
  if (!of)
    return add(f, c->node, d);
  Diags made = {0};
  diags_init(&made);
  Finding *found = add(f, c->node, names_missing_diag(names, &made, c->node, of));
  diags_free(&made);
  return found;
}

static bool has_column(LockedColumns columns, Str name) {
  for (size_t i = 0; i < columns.n; i++)
    if (str_eq_nocase(columns.items[i].name, name))
      return true;
  return false;
}

// The column that a message misses is there behind a dot.
static bool tell_dotted(const Findings *f, Diag *d, const Node *parent) {
  Arena *a = &f->run->arena;
  LockedColumns now = columns_now(f, parent);
  for (size_t i = 0; i < now.n && parent->kind != NODE_SOURCE; i++) {
    Str column = now.items[i].name;
    ptrdiff_t dot = str_rfind(column, STR("."));
    Str last = dot > 0 ? str_sub(column, (size_t)dot + 1, column.len) : (Str){0};
    if (!last.len || !message_names_column(d->message, last) || !columns_dotted(now, last).len)
      continue;
    d->hint = str_fmt(a, "of '%.*s': %.*s", STR_ARG(parent->name),
                      STR_ARG(columns_dotted_hint(a, column, last)));
    return true;
  }
  return false;
}

// The name that a database's message misses: "column z.name does not exist", "Identifier 'z.name'
// cannot be resolved from table with name z". Empty: it is written in another way.
static Str missed_name(Str message) {
  static const Str before = STR_INIT("column ");
  Str name = {0};
  size_t at = 0;
  ptrdiff_t end = str_find(message, STR(" does not exist"), 0);
  if (str_starts(message, before) && end > 0)
    return str_sub(message, before.len, (size_t)end);
  next_quoted(message, &at, &name);
  return name;
}

// Whether the text calls the relation so: its own name, or an alias behind it.
static bool calls_it(Str text, Str relation, Str alias) {
  bool found = str_eq(relation, alias);
  for (ptrdiff_t at = -1; !found && (at = str_find_word(text, relation, (size_t)(at + 1))) >= 0;) {
    Str rest = str_sub(text, (size_t)at + relation.len, text.len);
    while (rest.len && strchr("\"` \t\r\n", rest.ptr[0]))
      rest = str_sub(rest, 1, rest.len);
    if (str_find_word(rest, STR("as"), 0) == 0 || str_find_word(rest, STR("AS"), 0) == 0)
      rest = str_trim(str_sub(rest, 2, rest.len));
    found = str_find_word(rest, alias, 0) == 0;
  }
  return found;
}

// Whether a name before the column, if there is one, is that of another relation which is read.
static bool is_of_another(const CheckedNode *c, const Node *parent, Str alias) {
  Str text = c->result->compiled_code;
  if (!alias.len || calls_it(text, parent->alias, alias))
    return false;
  for (size_t i = 0; i < c->node->nneeds; i++)
    if (calls_it(text, c->node->needs[i]->alias, alias))
      return true;
  return false;
}

// Whether the finding misses a column of this name of what the node reads.
static bool misses(const CheckedNode *c, const Diag *d, const Node *parent, Str column) {
  Str name = d->code == CODE_MISSING_COLUMN ? missed_name(d->message) : (Str){0}, alias = {0};
  if (!name.len)
    return str_find_word(d->message, column, 0) >= 0;
  if (str_eq_nocase(without_quotes(name), column)) // it may have a dot of its own
    return true;
  ptrdiff_t dot = str_rfind(name, STR("."));
  if (dot >= 0) {
    alias = without_quotes(str_sub(name, 0, (size_t)dot));
    name = str_sub(name, (size_t)dot + 1, name.len);
  }
  return str_eq_nocase(without_quotes(name), column) && !is_of_another(c, parent, alias);
}

// The column that a message misses was there when the lock file was written: what it may be now.
static bool tell_change(const Findings *f, const CheckedNode *c, Diag *d, const Node *parent) {
  Arena *a = &f->run->arena;
  LockedColumns now = columns_now(f, parent), then = columns_then(f, parent);
  for (size_t i = 0; now.n && i < then.n; i++) {
    Str gone = then.items[i].name;
    if (has_column(now, gone) || !misses(c, d, parent, gone))
      continue;
    Str other = columns_became(a, now, then, gone);
    d->hint = str_fmt(a, "'%.*s' had it when schemas.lock.json was written%s%.*s%s",
                      STR_ARG(parent->name), other.len ? "; did it become '" : "", STR_ARG(other),
                      other.len ? "'?" : "");
    return true;
  }
  return false;
}

static bool of_reads(const Findings *f, const CheckedNode *c, Diag *d, const Node *n) {
  for (size_t i = 0; i < n->nneeds; i++)
    if (tell_dotted(f, d, n->needs[i]) || tell_change(f, c, d, n->needs[i]))
      return true;
  return false;
}

// Whether the finding is about a column that what the node reads has not: rows that are given to a
// unit test stand for what its model reads.
static bool is_of_column(const CheckedNode *c, const Diag *d) {
  return d->code == CODE_MISSING_COLUMN ||
         (d->code == CODE_CONFIG_VALUE && c->node->kind == NODE_UNIT_TEST);
}

static void of_change(const Findings *f, const CheckedNode *c) {
  Diag *d = c->state == CHECK_WRONG ? c->result->diag : NULL;
  if (!d || !is_of_column(c, d))
    return;
  if (!of_reads(f, c, d, c->node) && c->node->kind == NODE_UNIT_TEST)
    for (size_t i = 0; i < c->node->nneeds && !of_reads(f, c, d, c->node->needs[i]); i++)
      ;
}

// Whether a place is in the text of a model, which others may have in theirs.
static bool in_model(const Findings *f, const Source *src) {
  const Graph *g = f->run->graph;
  for (size_t i = 0; i < g->nnodes; i++)
    if (g->nodes[i]->kind == NODE_MODEL && g->nodes[i]->source &&
        str_eq(g->nodes[i]->source->path, src->path))
      return true;
  return false;
}

// The node whose error is the same one: it stands in the text of another node, which several have
// in theirs (a unit test its model's, a reader that of an ephemeral model). NULL: none.
static const Node *told_before(const Findings *f, const CheckedNode *c) {
  const Diag *d = c->result->diag;
  bool own = c->node->source && d->source && str_eq(d->source->path, c->node->source->path);
  if (!d->source || own || !in_model(f, d->source))
    return NULL;
  for (size_t i = 0; i < f->n; i++) {
    const Diag *had = f->items[i].diag;
    if (f->items[i].held && had->source && had->span.at == d->span.at &&
        str_eq(had->source->path, d->source->path) && str_eq(had->message, d->message))
      return f->items[i].node;
  }
  return NULL;
}

// Told once: the others are not checked because of it.
static void fold(CheckedNode *c, const Node *told) {
  c->state = CHECK_PARENT;
  c->because = c->result->cause = told;
  c->result->status = RUN_SKIPPED;
  c->result->diag = NULL;
}

static void of_wrong(Findings *f, const struct Names *names, CheckedNode *c) {
  if (c->state != CHECK_WRONG || !c->result->diag)
    return;
  const Node *before = told_before(f, c);
  if (before) {
    fold(c, before);
    return;
  }
  RunResult *res = c->result;
  Diag *told = NULL;
  Finding *found = lacks_column(f, c) ? tested_column(f, c, &told) : of_error(f, names, c);
  Code code = found ? found->diag->code : CODE_TESTED_COLUMN;
  bool error = found ? found->diag->severity == SEV_ERROR && !found->silenced
                     : !ignored(c->node, code) &&
                           (!warn_names(f->run, code) || warn_rule(f->run, code) == WARN_ERROR);
  if (found)
    found->held = error;
  if (error) { // reports say of it what was told
    res->diag = found ? found->diag : told;
    res->message = res->diag->message;
    return;
  }
  res->status = RUN_SUCCESS;
  res->diag = NULL;
}

static bool told_by_test(const Findings *f, const Yaml *column) {
  Place p = {column->src, column->span.at};
  return map_get(&f->tested, place_key(&p)) != NULL;
}

static void of_listed(Findings *f, const CheckedNode *c) {
  for (size_t i = 0; checked_columns(c) && i < c->node->ncolumns; i++) {
    const Column *column = c->node->columns[i];
    const Yaml *name = column->yaml ? yaml_get(column->yaml, STR("name")) : NULL;
    if (!name || columns_have(c, column->name) || told_by_test(f, name))
      continue;
    Diag *d = diag_at(&f->run->diags, SEV_WARNING, CODE_LISTED_COLUMN, name->src, name->span,
                      "'%.*s' has no column '%.*s'", STR_ARG(c->node->name), STR_ARG(column->name));
    columns_hint(&f->run->diags, d, columns_now(f, c->node), columns_then(f, c->node),
                 column->name);
    findings_take(f, c->node);
  }
}

void findings_of_nodes(Findings *f, const struct Names *names, const Checked *checked) {
  for (size_t i = 0; i < checked->n; i++)
    f->of[checked->nodes[i].node->index] = &checked->nodes[i];
  count_tests(f, checked);
  for (size_t i = 0; i < checked->n; i++) {
    of_listed(f, &checked->nodes[i]);
    of_change(f, &checked->nodes[i]);
    of_wrong(f, names, &checked->nodes[i]);
  }
}

// --- what was left

void findings_of_left(Findings *f, const Checked *checked) {
  Arena *a = &f->run->arena;
  Map told = {0}, silenced = {0};
  for (size_t i = 0; i < checked->n; i++) {
    const CheckedNode *c = &checked->nodes[i];
    Diag *d = c->state == CHECK_LEFT ? c->result->diag : NULL;
    if (!d || !map_add(a, ignored(c->node, d->code) ? &silenced : &told, d->message))
      continue;
    diag_add(&f->run->diags, d, SEV_WARNING);
    findings_take(f, c->node);
  }
}

// --- telling

static bool is_told(const Finding *found, Severity severity) {
  return !found->silenced && found->diag->severity == severity;
}

static bool tell(const Findings *f, Severity severity) {
  bool any = false;
  for (size_t i = 0; i < f->n; i++) {
    const Finding *found = &f->items[i];
    if (!is_told(found, severity))
      continue;
    any = true;
    if (found->held)
      warehouse_tell(f->run, found->diag, found->node);
    else
      run_finding(f->run, found->diag, found->node);
  }
  return any;
}

bool findings_tell(const Findings *f) {
  tell(f, SEV_WARNING);
  return !tell(f, SEV_ERROR);
}

// What a line counts: those of a severity that are told, or the silenced ones.
static bool counts(const Finding *found, bool silenced, Severity severity) {
  return silenced ? found->silenced : is_told(found, severity);
}

static void tell_line(const Findings *f, bool silenced, Severity severity, const char *word) {
  size_t by_code[CODE_COUNT] = {0}, n = 0;
  for (size_t i = 0; i < f->n; i++)
    if (counts(&f->items[i], silenced, severity)) {
      by_code[f->items[i].diag->code]++;
      n++;
    }
  if (!n)
    return;
  Arena a = {0};
  Buf line = {.arena = &a};
  buf_addf(&line, "%zu %s%s: ", n, word, n == 1 || silenced ? "" : "s");
  for (size_t shown = 0; shown < n;) { // most first
    size_t most = 0;
    for (size_t c = 1; c < CODE_COUNT; c++)
      most = by_code[c] > by_code[most] ? c : most;
    buf_addf(&line, "%s%zu %s", shown ? ", " : "", by_code[most], code_row((Code)most)->word);
    shown += by_code[most];
    by_code[most] = 0;
  }
  run_tell(f->run, (Event){.kind = EV_CheckDone, .level = LEVEL_INFO, .totals = true}, "  %.*s",
           STR_ARG(buf_str(&line)));
  arena_free(&a);
}

void findings_tell_kinds(const Findings *f) {
  tell_line(f, false, SEV_ERROR, "error");
  tell_line(f, false, SEV_WARNING, "warning");
  tell_line(f, true, SEV_NOTE, "silenced");
}
