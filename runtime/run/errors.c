// A failure of a node as the user should see it: at the model's own line. In: what the evaluator
// recorded and, for an error of the database, where in the statement it lies. Out: the result's
// finding and message.
#include "errors.h"
#include "../../compiler/base/program.h"
#include "../../compiler/dialect/sql_look.h"
#include "../../compiler/graph/config_place.h"
#include "../../compiler/graph/value_place.h"
#include "node_run.h"
#include "slips.h"
#include "source_files.h"
#include "warehouse.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

// A source in the results' arena: a text that a template made is gone with the node's own arena.
static const Source *keep_source(Run *r, const Source *src, Str path) {
  pthread_mutex_lock(&r->lock);
  Source *kept = arena_new(&r->results_arena, Source);
  pthread_mutex_unlock(&r->lock);
  *kept = *src;
  kept->path = result_text(r, path);
  kept->text = result_text(r, src->text);
  if (src->outer.ptr)
    kept->outer = result_text(r, src->outer);
  return kept;
}

// Copies a finding with its notes and sources into the results' arena.
Diag *result_diag(Run *r, const Diag *d) {
  pthread_mutex_lock(&r->lock);
  Diag *kept = arena_new(&r->results_arena, Diag);
  pthread_mutex_unlock(&r->lock);
  *kept = *d;
  kept->file = result_text(r, d->file);
  kept->message = result_text(r, d->message);
  kept->hint = result_text(r, d->hint);
  kept->source = d->source ? keep_source(r, d->source, d->source->path) : NULL;
  kept->parts = NULL;  // said once, when it was reported
  kept->places = NULL; // of the findings it was one of, which end before it
  kept->next = NULL;
  Diag **to = &kept->notes;
  *to = NULL;
  for (const Diag *n = d->notes; n; n = n->next, to = &(*to)->next)
    *to = result_diag(r, n);
  return kept;
}

// --- where in the compiled text

bool next_quoted(Str message, size_t *at, Str *name) {
  for (size_t i = *at; i < message.len; i++) {
    char q = message.ptr[i];
    if (q != '\'' && q != '`' && q != '"')
      continue;
    size_t end = i + 1;
    while (end < message.len && message.ptr[end] != q)
      end++;
    *name = str_sub(message, i + 1, end);
    *at = end < message.len && name->len < 200 ? end + 1 : i + 1;
    return true;
  }
  return false;
}

static bool is_name_quote(char c) { return c == '"' || c == '`'; }

// Whether the word at a place has `first` and a dot in front of it, in any quotes.
static bool stands_behind(Str text, size_t at, Str first) {
  at -= at && is_name_quote(text.ptr[at - 1]);
  if (!at || text.ptr[at - 1] != '.')
    return false;
  at--;
  at -= at && is_name_quote(text.ptr[at - 1]);
  return str_ends(str_sub(text, 0, at), first);
}

// Where a text has a name, or of a dotted one its last part, behind its first one where there is
// such a place: an alias may have the same name. -1: nowhere.
static ptrdiff_t find_name(Str text, Str name, size_t *len) {
  ptrdiff_t at = name.len < 200 ? str_find_word(text, name, 0) : -1;
  ptrdiff_t dot = str_rfind(name, STR("."));
  if (at < 0 && dot >= 0) {
    Str first = str_sub(name, 0, (size_t)dot);
    name = str_sub(name, (size_t)dot + 1, name.len);
    at = str_find_word(text, name, 0);
    for (ptrdiff_t next = at; next >= 0; next = str_find_word(text, name, (size_t)next + 1))
      if (stands_behind(text, (size_t)next, first)) {
        at = next;
        break;
      }
  }
  *len = name.len;
  return at;
}

// The first name in quotes of a message that the text holds; -1: none.
static ptrdiff_t find_named(Str text, Str message, size_t *len) {
  Str name;
  for (size_t i = 0; next_quoted(message, &i, &name);) {
    ptrdiff_t at = find_name(text, name, len);
    if (at >= 0)
      return at;
  }
  return -1;
}

// Where a failure lies: in a source, and what stands there in the compiled text.
typedef struct Place {
  const Source *src;
  Span span;
  const CallSite *via; // the macros that were called on the way there
  const Source *used;  // the value that it is in was put here; NULL: that is not known
  Span used_at;
  Str word;
  bool known;         // it was found; else nothing here counts
  bool mapped;        // by the source map of what was sent
  bool literal;       // the user wrote it so, no expression made it
  bool led;           // one of starc's own macros wrote it: this is the call that led there
  bool config;        // it is in the node's config, not in its query
  bool hook;          // it is in a statement that runs around the query
  bool cut_short;     // the statement fails right behind it
  bool open;          // a bracket that nothing closes
  const Compiled *in; // the text that the database said it stopped in, and where; NULL: it did not
  size_t at;
} Place;

// Bytes [at, at + len) of a text in their source: of the user's, where starc's own macros wrote
// them for somebody. False: they came from nowhere in particular.
static bool map_back(const Compiled *code, size_t at, size_t len, Place *p) {
  const SourceSpan *s = source_map_find(&code->map, at);
  if (!s || !s->src)
    return false;
  *p = (Place){
      .src = s->src,
      .span = {s->at, s->at_len},
      .via = s->via,
      .word = str_sub(code->code, at, at + len),
      .literal = s->literal
  };
  if (s->literal) {
    size_t into = at - s->out;
    size_t room = s->len > into ? s->len - into : 0;
    p->span = (Span){s->at + (uint32_t)into, (uint32_t)(len < room ? len : room)};
  }
  for (; p->src && p->src->own; p->via = p->via->up) {
    if (!p->via)
      return false;
    p->src = p->via->src;
    p->span = p->via->at;
    p->literal = false;
    p->led = true;
  }
  return p->src != NULL;
}

// The value that a byte of a text belongs to: where that was written.
static bool value_back(const Run *r, const Node *n, const Compiled *code, size_t at, size_t len,
                       Place *p) {
  const SourceSpan *s = source_map_find(&code->map, at);
  if (!s || !s->value || s->literal)
    return false;
  size_t into = at - s->out, room = s->len - into;
  Str text = s->made ? str_n(s->value, 1) : str_n(s->value + into, len < room ? len : room);
  *p = (Place){.literal = true, .config = true, .word = str_sub(code->code, at, at + len)};
  return value_place(r->graph, n, text, s->made, &p->src, &p->span);
}

// Whether a person wrote the bytes at a place: literally, or in the expression of their own text.
static bool is_exact(const Place *p) { return p->literal || (!p->via && !p->led); }

// Bytes of a text in the file that has them: where an expression in a macro made them of a value,
// where that was written, if that is known.
static bool trace_back(const Run *r, const Node *n, const Compiled *code, size_t at, size_t len,
                       Place *p) {
  Place of_value;
  bool mapped = map_back(code, at, len, p);
  if ((mapped && is_exact(p)) || !value_back(r, n, code, at, len, &of_value))
    return mapped;
  bool by_test = n->test && n->test->generic; // where it was written is where the macro is called
  if (mapped && !p->led && !by_test) {
    of_value.used = p->src;
    of_value.used_at = p->span;
    of_value.via = p->via;
  }
  *p = of_value;
  return true;
}

// The name at a place, with its schema, for the caret to underline.
static size_t word_len(Str text, size_t at) {
  size_t end = at;
  while (end < text.len &&
         (str_word_char(text.ptr[end]) || (text.ptr[end] == '.' && end > at && end + 1 < text.len &&
                                           str_word_char(text.ptr[end + 1]))))
    end++;
  return end > at ? end - at : 1;
}

// Some databases give no place for an unknown name: names stand in quotes in the message, and the
// first of them is taken that the node's query or its config (unique_key, updated_at) holds. The
// name of what is made says nothing: the node's entry has it in any case.
static bool locate_name(const Run *r, Str message, const Compiled *code, const Node *n, Place *p) {
  Str name;
  for (size_t i = 0; next_quoted(message, &i, &name);) {
    size_t len;
    ptrdiff_t at = find_name(code->code, name, &len);
    if (at >= 0 && trace_back(r, n, code, (size_t)at, len, p))
      return true;
    if (str_eq(name, n->alias))
      continue;
    *p = (Place){.literal = true, .config = true, .word = name};
    if (node_config_word(n, r->project->packages[0], name, &p->src, &p->span) ||
        node_yaml_word(n, name, &p->src, &p->span))
      return true;
  }
  return false;
}

// The rows of a unit test are a piece of YAML: the first name in quotes that stands in it is meant,
// else where it starts.
static void narrow_to_name(Str message, const Source *src, Span *span) {
  size_t len;
  ptrdiff_t at = find_named(str_sub(src->text, span->at, span->at + span->len), message, &len);
  *span = at < 0 ? (Span){span->at, 0} : (Span){span->at + (uint32_t)at, (uint32_t)len};
}

// The first name in quotes that the node's own text has: of a unit test what it expects.
static bool named_in_node(const Node *n, Str message, Span *span) {
  const Yaml *expect = n->kind == NODE_UNIT_TEST ? yaml_get(n->patch, STR("expect")) : NULL;
  size_t from = expect ? expect->span.at : 0, len;
  Str text = n->source ? n->source->text : (Str){0};
  ptrdiff_t at = from < text.len ? find_named(str_sub(text, from, text.len), message, &len) : -1;
  if (at >= 0)
    *span = (Span){(uint32_t)(from + (size_t)at), (uint32_t)len};
  return at >= 0;
}

// The database told where in the statement, and nobody followed the text there: it was put together
// anew. Where most of what stands around it stands in the query, in config, YAML or the file.
static bool locate_alike(const Run *r, const DbError *e, const Compiled *sent, const Compiled *code,
                         const Node *n, Place *p) {
  enum { LEAST = 8 }; // characters that are the same: fewer stand everywhere
  Str sql = sent->code;
  if (e->at < 0 || (size_t)e->at >= sql.len || e->unmatched)
    return false;
  size_t at = (size_t)e->at, len = word_len(sql, at), found;
  if (code && str_find_around(code->code, sql, at, len, &found) >= LEAST &&
      trace_back(r, n, code, found, len, p)) {
    p->in = code;
    p->at = found;
    return true;
  }
  *p = (Place){.literal = true, .config = true, .word = str_sub(sql, at, at + len)};
  return node_written_piece(n, r->project->packages[0], sql, at, len, &p->src, &p->span);
}

// A generic test is a macro's text: what the user wrote of it is its entry, and its column's.
static bool locate_in_test(const DbError *e, const Node *n, Place *p) {
  const TestInfo *t = n->test;
  Str message = e->brief.len ? e->brief : e->message, name;
  *p = (Place){.literal = true, .config = true};
  for (size_t i = 0; next_quoted(message, &i, &name);) {
    p->word = name;
    if (node_yaml_word(n, name, &p->src, &p->span))
      return true;
    if (!t->column || !str_eq_nocase(name, t->column_name))
      continue;
    p->src = t->column->src;
    p->span = t->column->span;
    return true;
  }
  return false;
}

// Which of the node's constraints a row or a table does not fit.
static bool locate_constraint(const Run *r, const DbError *e, const Node *n, Place *p) {
  static const struct {
    Str broken, type;
    Str config; // what else may have asked for it
  } asked[] = {
      {STR_INIT("not_null"),    STR_INIT("not_null"),    {0}                },
      {STR_INIT("foreign_key"), STR_INIT("foreign_key"), {0}                },
      {STR_INIT("check"),       STR_INIT("check"),       {0}                },
      {STR_INIT("unique"),      STR_INIT("primary_key"), {0}                },
      {STR_INIT("unique"),      STR_INIT("unique"),      STR_INIT("indexes")},
  };
  for (size_t i = 0; e->constraint.len && i < COUNT(asked); i++) {
    if (!str_eq(e->constraint, asked[i].broken))
      continue;
    *p = (Place){.literal = true, .config = true};
    Str about = str_starts(e->detail, STR("Key (")) ? e->detail : e->message;
    if (node_constraint_place(n, asked[i].type, about, &p->src, &p->span) ||
        (asked[i].config.len &&
         node_config_place(n, r->project->packages[0], asked[i].config, &p->src, &p->span)))
      return true;
  }
  return false;
}

// A table that is not there, named by a statement that the file made beside its query: a header.
static bool locate_in_file(const DbError *e, const Node *n, Place *p) {
  if (!e->no_relation || !n->source || n->source->made_by)
    return false;
  size_t len;
  ptrdiff_t at = find_named(n->source->text, e->message, &len);
  if (at < 0 && e->name.len)
    at = find_name(n->source->text, e->name, &len);
  if (at < 0)
    return false;
  *p = (Place){
      .src = n->source, .span = {(uint32_t)at, (uint32_t)len},
           .literal = true
  };
  p->word = str_sub(n->source->text, (size_t)at, (size_t)at + len);
  return true;
}

// The config key that wrote the part of a table which the error is about.
static bool locate_part(const Run *r, const DbError *e, const Node *n, Place *p) {
  if (!e->config.len)
    return false;
  *p = (Place){.literal = true, .config = true};
  return node_config_place(n, r->project->packages[0], e->config, &p->src, &p->span);
}

// Byte `at` of the statement, where it is known who wrote it. False, with *loose: an expression in
// a macro made it, whose text says less than a name in the message may.
static bool locate_byte(const Run *r, const Node *n, const Compiled *sent, size_t at, Place *p,
                        Place *loose) {
  bool found = trace_back(r, n, sent, at, word_len(sent->code, at), p);
  p->in = sent;
  p->at = at;
  if (found && !is_exact(p))
    *loose = *p;
  return found && is_exact(p);
}

// What stands in front of byte `at`, where that is the user's text and nothing but blanks between:
// it ends too early.
static bool locate_end(const Run *r, const Node *n, const Compiled *sent, size_t at, Place *p) {
  Str before = str_sub(sent->code, 0, at), bare = str_trim(before);
  size_t end = (size_t)(bare.ptr - before.ptr) + bare.len;
  bool found = end && ((map_back(sent, end - 1, 1, p) && p->literal) ||
                       value_back(r, n, sent, end - 1, 1, p));
  p->cut_short = found;
  return found;
}

// A syntax error that starc's own macros did not make: of a value that they put between has a
// bracket no partner.
static bool locate_broken_value(const Run *r, const Node *n, const DbError *e, const Compiled *sent,
                                Place *p) {
  for (size_t i = 0; (e->syntax || e->unmatched) && i < sent->map.n; i++) {
    const SourceSpan *s = &sent->map.spans[i];
    Str value = str_sub(sent->code, s->out, (size_t)s->out + s->len);
    ptrdiff_t at = s->value && !s->literal ? sql_unmatched(r->dialect->sql, value) : -1;
    if (at >= 0 && value_back(r, n, sent, s->out + (size_t)at, 1, p))
      return p->open = true;
  }
  return false;
}

// The database told where in the statement, and it is known who wrote that.
static bool locate_sent(const Run *r, const Node *n, const DbError *e, const Compiled *sent,
                        Place *p, Place *loose) {
  Str sql = sent->code;
  size_t at = e->at < 0 || e->unmatched ? SIZE_MAX : (size_t)e->at;
  if (at > sql.len)
    return e->unmatched && locate_broken_value(r, n, e, sent, p);
  Place of_quote = {0};
  bool quote = at + 1 < sql.len && strchr("'\"`", sql.ptr[at]); // a macro put it around a value
  return (at < sql.len && locate_byte(r, n, sent, at, p, loose)) ||
         (quote && locate_byte(r, n, sent, at + 1, p, &of_quote)) ||
         (!loose->src && locate_end(r, n, sent, at, p)) || locate_broken_value(r, n, e, sent, p);
}

// The bracket, function or word that the error is about, where the text has it once: also by the
// last part of a name with dots.
static bool locate_only(const Run *r, const Node *n, const DbError *e, const Compiled *code,
                        Place *p) {
  const SqlRules *sql = r->dialect->sql;
  ptrdiff_t dot = str_rfind(e->name, STR("."));
  Str last = str_sub(e->name, (size_t)(dot + 1), e->name.len);
  ptrdiff_t at =
      e->unmatched ? sql_unmatched(sql, code->code) : sql_only_place(sql, code->code, e->name);
  bool whole = at >= 0;
  if (!whole && dot >= 0 && !e->unmatched)
    at = sql_only_place(sql, code->code, last);
  size_t len = e->unmatched ? 1 : whole ? e->name.len : last.len;
  return at >= 0 && trace_back(r, n, code, (size_t)at, len, p);
}

// A name in quotes of a message, where what was sent has it once written by a person.
static bool locate_in_sent(const Run *r, const Node *n, const DbError *e, const Compiled *sent,
                           Place *p) {
  Str name;
  for (size_t i = 0;
       !e->unmatched && next_quoted(e->brief.len ? e->brief : e->message, &i, &name);) {
    size_t len;
    ptrdiff_t at = find_name(sent->code, name, &len);
    if (at >= 0 && trace_back(r, n, sent, (size_t)at, len, p) && is_exact(p))
      return true;
  }
  return false;
}

// In a hook, which is a whole statement: where it starts, if nothing better is known.
static bool locate_in_hook(const Run *r, const Node *n, const DbError *e, const Compiled *hook,
                           Place *p) {
  size_t len;
  ptrdiff_t named = find_named(hook->code, e->brief.len ? e->brief : e->message, &len);
  Str bare = str_trim(hook->code);
  return (!e->unmatched && named >= 0 && trace_back(r, n, hook, (size_t)named, len, p)) ||
         locate_only(r, n, e, hook, p) ||
         (bare.len && map_back(hook, (size_t)(bare.ptr - hook->code.ptr), 1, p));
}

// The second column of a name, which the query brings.
static bool locate_twice(const Run *r, const Node *n, const DbError *e, const Compiled *code,
                         Place *p) {
  size_t len;
  ptrdiff_t at = e->column_twice && e->name.len
                     ? sql_column_twice(r->dialect->sql, code->code, e->name, &len)
                     : -1;
  return at >= 0 && trace_back(r, n, code, (size_t)at, len, p);
}

static bool locate(const Run *r, const DbError *e, const Compiled *code, const Node *n, Place *p) {
  if (locate_twice(r, n, e, code, p) || (n->test && n->test->generic && locate_in_test(e, n, p)) ||
      (!e->unmatched && locate_name(r, e->brief.len ? e->brief : e->message, code, n, p)) ||
      locate_only(r, n, e, code, p))
    return true;
  *p = (Place){.literal = true, .config = true, .word = e->name};
  return node_config_word(n, r->project->packages[0], e->name, &p->src, &p->span) ||
         node_yaml_word(n, e->name, &p->src, &p->span) || locate_constraint(r, e, n, p) ||
         locate_part(r, e, n, p) || locate_in_file(e, n, p);
}

// A statement that ends inside a bracket of the query.
static bool locate_open(const Run *r, const DbError *e, const Compiled *code, Place *p) {
  ptrdiff_t at = e->syntax && code ? sql_unmatched(r->dialect->sql, code->code) : -1;
  return at >= 0 && code->code.ptr[at] == '(' && map_back(code, (size_t)at, 1, p) &&
         (p->open = true);
}

// --- what to do about it

// What a call of ref() or source() names: its last word in quotes. Else the node itself.
static Str named_by(const Node *n, Str call) {
  Str name = n->name;
  bool names = str_starts(call, STR("ref")) || str_starts(call, STR("source"));
  ptrdiff_t end = names ? str_find(call, STR(")"), 0) : -1;
  for (size_t i = 0; end >= 0 && i < (size_t)end; i++) {
    ptrdiff_t close =
        strchr("'\"", call.ptr[i]) ? str_find(call, str_sub(call, i, i + 1), i + 1) : -1;
    if (close < 0)
      continue;
    name = str_sub(call, i + 1, (size_t)close);
    i = (size_t)close;
  }
  return name;
}

// The load that fills the source of this name; NULL: others do.
static const Node *load_of(const Node *n, Str source) {
  for (size_t i = 0; i < n->nneeds; i++) {
    const Node *need = n->needs[i];
    if (need->kind == NODE_SOURCE && str_eq(need->name, source) && need->nneeds &&
        need->needs[0]->kind == NODE_LOAD)
      return need->needs[0];
  }
  return NULL;
}

static Str source_hint(Arena *a, const Node *n, Str call) {
  const Node *load = load_of(n, named_by(n, call));
  if (!load)
    return STR("a source is loaded by others: check its database, schema and name in the YAML");
  return str_fmt(a, "a load fills it: %s load --select load:%.*s.%.*s", program_name(),
                 STR_ARG(load->load->load), STR_ARG(load->load->table));
}

// A table that is not there: most often a model that is named without ref(), or one not built yet.
static Str relation_hint(const Run *r, Arena *a, const Node *n, const Place *p) {
  Str written = str_sub(p->src->text, p->span.at, p->src->text.len);
  if (!p->literal && str_starts(written, STR("source")))
    return source_hint(a, n, written);
  if (!p->literal && p->hook && !str_starts(written, STR("ref")))
    return STR("it has to be there when the hook runs");
  if (!p->literal && r->options->defer && str_starts(written, STR("ref")) &&
      !r->options->favor_state)
    return STR("--defer reads what is not built here where the state says that it was built");
  if (!p->literal)
    return str_fmt(a, "if it is not built yet: %s build --select +%.*s", program_name(),
                   STR_ARG(named_by(n, written)));
  ptrdiff_t dot = str_rfind(p->word, STR("."));
  Str name = dot < 0 ? p->word : str_sub(p->word, (size_t)dot + 1, p->word.len);
  const Graph *g = r->loaded.graph;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *m = g->nodes[i];
    if (!str_eq(m->name, name) || m == n)
      continue;
    if (m->kind == NODE_SOURCE)
      return str_fmt(a, "it is a source: write {{ source('%.*s', '%.*s') }}",
                     STR_ARG(m->info->source_name), STR_ARG(name));
    if (m->kind == NODE_MODEL || m->kind == NODE_SEED || m->kind == NODE_SNAPSHOT)
      return str_fmt(a, "it is a %.*s: write {{ ref('%.*s') }}", STR_ARG(node_kind_names[m->kind]),
                     STR_ARG(name));
  }
  return STR("a model is named with ref('x'), another table with source('y', 'x') or its schema");
}

// --- the result

// A finding about the node as a whole: a generic test has a line of its own in a file of others.
static Diag *node_diag(Diags *d, Code code, const Node *n, Str message) {
  if (n->source && n->source->made_by)
    return diag_at(d, SEV_ERROR, code, n->source, (Span){0}, "%.*s", STR_ARG(message));
  return diag_error(d, code, n->original_path, "%.*s", STR_ARG(message));
}

// A word of a message, in quotes or behind "column".
static bool says_column(Str message, Str name) {
  for (size_t i = 0; i + name.len <= message.len; i++) {
    ptrdiff_t at = str_find(message, name, i);
    if (at < 0)
      return false;
    i = (size_t)at;
    char before = i ? message.ptr[i - 1] : ' ';
    size_t end = i + name.len;
    bool whole = end == message.len || !str_word_char(message.ptr[end]);
    if (whole && (before == '\'' || before == '"' || before == '`' ||
                  str_ends(str_sub(message, 0, i), STR("column "))))
      return true;
  }
  return false;
}

// What a macro had to say about the columns of its statement, if this is about one of them. An
// unknown column that the query itself names is the query's own mistake.
static const Advice *advice_for(const Advice *a, const DbError *e, bool in_query) {
  if (!a || !a->hint.len || !val_is_seq(a->columns) ||
      !(e->wrong_type || (e->no_column && !in_query)))
    return NULL;
  for (size_t i = 0; i < a->columns.list->n; i++)
    if (a->columns.list->items[i].kind == VAL_STR &&
        says_column(e->message, val_text(a->columns.list->items[i])))
      return a;
  return NULL;
}

// A column that a config key names and the relation has not: the nearest that it has, else all.
static Str columns_hint(Arena *a, const Advice *said, Str wrong) {
  if (!said || !val_is_seq(said->columns) || !said->columns.list->n)
    return (Str){0};
  size_t n = said->columns.list->n;
  Str *names = arena_array(a, Str, n);
  for (size_t i = 0; i < n; i++)
    names[i] = val_to_str(a, said->columns.list->items[i]);
  return str_hint_for(a, wrong, names, n);
}

// A syntax error that comes of a slip right before it: the place moves there. Empty: it does not.
static Str slip_hint(const Run *r, Arena *a, const DbError *e, Place *p) {
  SqlSlip slip;
  Place there;
  if (!e->syntax || !p->in || !sql_slip(a, r->dialect->sql, p->in->code, p->at, &slip) ||
      !map_back(p->in, slip.at, slip.len, &there) || !there.literal)
    return (Str){0};
  there.known = true;
  *p = there;
  return slip.hint;
}

// For the tests, which count them: how a place that the database told was found.
static void tell_how(const DbError *e, const Place *p) {
  const char *path = getenv("STARC_TESTS") ? getenv("STARC_TEST_PLACES") : NULL;
  FILE *f = path && e->at >= 0 ? fopen(path, "a") : NULL;
  if (!f)
    return;
  fprintf(f, "%s\t%.*s\n",
          !p->known   ? "nowhere"
          : p->mapped ? "map"
                      : "search",
          STR_ARG(e->message));
  fclose(f);
}

// Where the error is, of all that may tell it: the statement's map, what the message names, the
// node.
static void find_place(Run *r, const Node *n, const Failure *failure, const Compiled *sent,
                       Place *p) {
  const DbError *e = failure->error;
  const Compiled *code = failure->code;
  Place loose = {0};
  if (e->src) { // a row of a file
    *p = (Place){.src = keep_source(r, e->src, n->original_path), .span = e->span, .known = true};
    return;
  }
  bool mapped = locate_sent(r, n, e, sent, p, &loose);
  bool known =
      mapped ||
      (code && (locate_alike(r, e, sent, code, n, p) ||
                (failure->hook.len ? locate_in_hook(r, n, e, code, p) : locate(r, e, code, n, p))));
  known = known || locate_in_sent(r, n, e, sent, p);
  if (!known && loose.src) {
    *p = loose;
    known = mapped = true;
  }
  known = known || locate_open(r, e, code, p);
  if (!known && n->kind == NODE_UNIT_TEST && named_in_node(n, e->message, &p->span)) {
    p->src = n->source;
    known = true;
  }
  if (p->src && p->src->made_by && n->kind == NODE_UNIT_TEST) {
    p->span = p->src->made_at;
    p->src = p->src->made_by;
    narrow_to_name(e->message, p->src, &p->span);
  }
  p->known =
      known || node_type_place(n, r->project->packages[0], e->unknown_type, &p->src, &p->span);
  p->mapped = mapped;
  tell_how(e, p);
}

// What a macro advises about the error, at the config that it names where no other place is known.
static const Advice *advice_at(const Run *r, const Node *n, const Failure *failure, Place *p) {
  const Compiled *code = failure->code;
  const Package *root = r->project->packages[0];
  bool in_query = p->known && code && str_find(failure->sql, str_trim(code->code), 0) >= 0;
  const Advice *advice =
      p->known && p->config ? NULL : advice_for(failure->said, failure->error, in_query);
  if (advice && !p->known)
    p->known = node_config_place(n, root, advice->key, &p->src, &p->span) ||
               node_config_place(n, root, STR("materialized"), &p->src, &p->span);
  return advice;
}

// What helps where neither the database nor a macro says anything.
static Str own_hint(Run *r, Arena *a, const Node *n, const DbError *e, const Place *p) {
  if (e->no_relation && p->known)
    return relation_hint(r, a, n, p);
  if (e->column_twice)
    return STR("give one of them another name: x.id as x_id");
  if (p->known && (e->unmatched || p->open))
    return str_is(p->word, "(") ? STR("nothing closes it") : STR("nothing opens it");
  if (p->cut_short)
    return p->config ? STR("it ends here, too early") : STR("the query ends here, too early");
  return !p->known && e->within.len ? str_fmt(a, "in %.*s", STR_ARG(e->within)) : (Str){0};
}

// One line; the place may move to what the hint is about.
static Str hint_for(Run *r, Arena *a, const Node *n, const Failure *failure, Place *p) {
  const DbError *e = failure->error;
  const Advice *advice = advice_at(r, n, failure, p);
  Str hint = e->hint.len ? e->hint : e->detail, slip = {0};
  if (p->known)
    slip = slip_hint(r, a, e, p);
  if (slip.len)
    hint = slip;
  if (advice)
    hint = advice->hint;
  else if (p->known && p->config && e->nearest.len) // others name tables that the user never wrote
    hint = str_fmt(a, "did you mean '%.*s'?", STR_ARG(e->nearest));
  else if (p->known && p->config && !hint.len && e->no_column)
    hint = columns_hint(a, failure->said, p->word);
  p->hook = failure->hook.len || n->kind == NODE_OPERATION;
  if (!hint.len)
    hint = own_hint(r, a, n, e, p);
  ptrdiff_t line = str_find(hint, STR("\n"), 0);
  return line < 0 ? hint : str_sub(hint, 0, (size_t)line);
}

Diag *database_diag(Run *r, const Node *n, const Failure *failure) {
  const DbError *e = failure->error;
  Diags d = {0};
  diags_init(&d);
  if (is_warehouse_error(e)) {
    Diag *kept = result_diag(r, warehouse_diag(&d, e));
    diags_free(&d);
    return kept;
  }
  Place p = {0};
  Compiled sent = {.code = failure->sql};
  if (failure->map)
    sent.map = *failure->map;
  find_place(r, n, failure, &sent, &p);
  Str hint = hint_for(r, &d.arena, n, failure, &p);
  Str files_hint;
  const Node *files = source_files_blamed(r, &d.arena, failure->sql, e, &files_hint);
  if (files) {
    Diag *f = source_files_diag(files, e, files_hint, &d);
    if (p.known)
      diag_note(&d, f, p.src, p.span, "it is read here");
    Diag *kept = result_diag(r, f);
    diags_free(&d);
    return kept;
  }
  bool brief = e->brief.len && (p.known || e->within.len); // the whole is in the artifacts
  Str text = brief ? e->brief : e->message;
  if (failure->hook.len)
    text = str_fmt(&d.arena, "%.*s: %.*s", STR_ARG(failure->hook), STR_ARG(text));
  Diag *f = p.known ? diag_at(&d, SEV_ERROR, db_error_code(e), p.src, p.span, "%.*s", STR_ARG(text))
                    : node_diag(&d, db_error_code(e), n, text);
  if (p.used)
    diag_note(&d, f, p.used, p.used_at, "its value is used here");
  if (p.known)
    source_notes(&d, f, p.used ? p.used : p.src, p.via);
  Str names = e->no_column ? source_files_unnamed(r, &d.arena, failure->sql) : (Str){0};
  if (names.len)
    hint = names;
  if (e->src) // what is known of the place, and not what a statement's text may mean
    hint = e->hint;
  if (hint.len)
    diag_hint(&d, f, "%.*s", STR_ARG(hint));
  Diag *kept = result_diag(r, f);
  diags_free(&d);
  return kept;
}

// The first name in quotes of a message that the node's config, YAML or own text has.
static bool named_in_files(const Run *r, const Node *n, Str message, const Source **src,
                           Span *span) {
  Str name;
  for (size_t i = 0; next_quoted(message, &i, &name);)
    if (node_config_word(n, r->project->packages[0], name, src, span) ||
        node_yaml_word(n, name, src, span))
      return true;
  *src = n->source;
  return n->source && named_in_node(n, message, span);
}

// The first column in YAML that the table of a contract's finding names.
static bool contract_place(const Node *n, const Diag *found, const Source **src, Span *span) {
  for (size_t i = 0; i < n->ncolumns; i++) {
    const Column *c = n->columns[i];
    const Yaml *name = c->yaml ? yaml_get(c->yaml, STR("name")) : NULL;
    Buf row = {0};
    buf_addf(&row, "\n| %.*s ", STR_ARG(c->name));
    bool named = str_find(found->message, buf_str(&row), 0) >= 0;
    buf_free(&row);
    if (!name || !named)
      continue;
    *src = name->src;
    *span = name->span;
    return true;
  }
  return false;
}

// A finding inside starc's own macros that no file of the project led to: it is shown where its
// names are, else at the node's file.
static Diag *own_diag(const Run *r, Diags *d, const Diag *found, const Node *n) {
  const Source *src;
  Span span = {0};
  bool contract = found->code == CODE_CONTRACT_MISMATCH;
  bool placed =
      (contract && contract_place(n, found, &src, &span)) ||
      named_in_files(r, n, found->message, &src, &span) ||
      (contract && node_config_place(n, r->project->packages[0], STR("contract"), &src, &span));
  Diag *f = placed ? diag_at(d, SEV_ERROR, found->code, src, span, "%.*s", STR_ARG(found->message))
                   : node_diag(d, found->code, n, found->message);
  if (found->hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(found->hint));
  return f;
}

// A finding of the evaluator about a node.
static Diag *template_diag(Run *r, const Diag *found, const Node *n) {
  Diags own = {0};
  diags_init(&own);
  Diag *kept =
      result_diag(r, found->inside && !found->source ? own_diag(r, &own, found, n) : found);
  if (found->inside && kept->source && n->kind == NODE_UNIT_TEST)
    narrow_to_name(kept->message, kept->source, &kept->span);
  diags_free(&own);
  return kept;
}

// The hook that the statement which failed is, or NULL.
static const Rendered *failed_hook(const Context *c) {
  Str sql = str_trim(context_failed_sql(c));
  const Rendered *hook = context_rendered(c);
  while (hook && (!sql.len || !str_eq(str_trim(hook->code), sql)))
    hook = hook->next;
  return hook;
}

static Diag *failure_diag(Run *r, const Node *n, const Context *c, const Compiled *code) {
  Failure f = {.error = context_db_error(c),
               .sql = context_failed_sql(c),
               .code = code,
               .said = context_advice(c),
               .map = context_failed_map(c)};
  const Rendered *hook = failed_hook(c);
  Compiled of_hook = {0};
  if (hook) {
    of_hook.code = hook->code;
    of_hook.map = hook->map;
    f.code = &of_hook;
    f.hook = hook->key;
    f.said = NULL;
  }
  return database_diag(r, n, &f);
}

static const Diag *first_error(const Diags *diags) {
  const Diag *first = diags->first;
  while (first && first->severity != SEV_ERROR)
    first = first->next;
  return first;
}

// The finding of a node that failed. A query that a text makes while it is rendered and that has no
// place of its own is shown where the text makes it; not where the warehouse is what is wrong.
static Diag *fail_diag(Run *r, const Node *n, const Context *c, const Compiled *code,
                       const Diag *found, bool database) {
  Diag *d = database ? failure_diag(r, n, c, code) : NULL;
  bool rendering = !code || !code->code.len;
  bool placed = (d && d->source) || (database && is_warehouse_error(context_db_error(c)));
  bool asked = d && !placed && rendering && found && found->source;
  return (d && !asked) || !found ? d : template_diag(r, found, n);
}

void result_fail(Run *r, RunResult *res, Diags *diags, const Context *c, const Compiled *code) {
  const Node *n = res->node;
  bool database = c && context_db_error(c) && context_db_error(c)->message.len;
  const Diag *first = first_error(diags);
  if (database || first)
    res->diag = fail_diag(r, n, c, code, first, database);
  Str said = database    ? context_db_error(c)->message
             : res->diag ? res->diag->message
                         : STR("failed without a message");
  Buf b = {0};
  bool locked = res->diag && res->diag->code == CODE_RELATION_LOCKED;
  res->failed_in = database ? "Database" : locked ? "Runtime" : "Compilation";
  buf_addf(&b, "%s Error in %.*s %.*s (%.*s)\n", res->failed_in, STR_ARG(node_kind_names[n->kind]),
           STR_ARG(n->name), STR_ARG(n->original_path));
  Str rest = said, line;
  while (str_cut(&rest, '\n', &line))
    buf_addf(&b, "  %.*s\n", STR_ARG(line));
  if (res->diag && res->diag->hint.len)
    buf_addf(&b, "  %.*s\n", STR_ARG(res->diag->hint));
  if (res->compiled_path.len)
    buf_addf(&b, "  compiled code at %.*s\n", STR_ARG(res->compiled_path));
  b.len--;
  res->message = result_text(r, buf_str(&b));
  buf_free(&b);
}
