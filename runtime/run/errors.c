// A failure of a node as the user should see it: at the model's own line. In: what the evaluator
// recorded and, for an error of the database, where in the statement it lies. Out: the result's
// finding and message.
#include "node_run.h"

#include <ctype.h>

// Copies a finding with its notes into the results' arena; sources stay referred to.
static Diag *keep_diag(Run *r, const Diag *d) {
  pthread_mutex_lock(&r->lock);
  Diag *kept = arena_new(&r->results_arena, Diag);
  pthread_mutex_unlock(&r->lock);
  *kept = *d;
  kept->code = result_text(r, d->code);
  kept->file = result_text(r, d->file);
  kept->message = result_text(r, d->message);
  kept->hint = result_text(r, d->hint);
  kept->next = NULL;
  Diag **to = &kept->notes;
  *to = NULL;
  for (const Diag *n = d->notes; n; n = n->next, to = &(*to)->next)
    *to = keep_diag(r, n);
  return kept;
}

// --- where in the compiled text

static bool is_word(char c) {
  return isalnum((unsigned char)c) || c == '_' || (unsigned char)c > 127;
}

// The first place of `name` as a whole word, -1: none.
static ptrdiff_t find_word(Str text, Str name) {
  for (size_t from = 0; name.len;) {
    ptrdiff_t at = str_find(text, name, from);
    if (at < 0)
      return -1;
    size_t end = (size_t)at + name.len;
    if ((!at || !is_word(text.ptr[at - 1])) && (end >= text.len || !is_word(text.ptr[end])))
      return at;
    from = (size_t)at + 1;
  }
  return -1;
}

// Some databases give no place for an unknown name: names stand in quotes in the message, and the
// first of them that the text holds is taken; of a dotted one also the last part.
static ptrdiff_t find_named(Str text, Str message, size_t *len) {
  for (size_t i = 0; i < message.len; i++) {
    char q = message.ptr[i];
    if (q != '\'' && q != '`' && q != '"')
      continue;
    size_t end = i + 1;
    while (end < message.len && message.ptr[end] != q)
      end++;
    Str name = str_sub(message, i + 1, end);
    ptrdiff_t at = name.len < 200 ? find_word(text, name) : -1;
    ptrdiff_t dot = str_rfind(name, STR("."));
    if (at < 0 && dot >= 0) {
      name = str_sub(name, (size_t)dot + 1, name.len);
      at = find_word(text, name);
    }
    if (at >= 0) {
      *len = name.len;
      return at;
    }
    if (end < message.len && name.len < 200)
      i = end;
  }
  return -1;
}

// Byte `at` of the compiled text in its source. False: it came from nowhere in particular.
static bool map_back(const SourceMap *m, size_t at, size_t len, const Source **src, Span *span) {
  const SourceSpan *s = source_map_find(m, at);
  if (!s || !s->src)
    return false;
  *src = s->src;
  if (s->literal) {
    size_t into = at - s->out;
    size_t room = s->len > into ? s->len - into : 0;
    *span = (Span){s->at + (uint32_t)into, (uint32_t)(len < room ? len : room)};
  } else {
    *span = (Span){s->at, s->at_len};
  }
  return true;
}

// The word at a place, for the caret to underline.
static size_t word_len(Str text, size_t at) {
  size_t end = at;
  while (end < text.len && is_word(text.ptr[end]))
    end++;
  return end > at ? end - at : 1;
}

static bool locate(const DbError *e, Str sql, const Compiled *code, const Source **src,
                   Span *span) {
  Str text = code->code;
  ptrdiff_t start = text.len ? str_find(sql, text, 0) : -1;
  if (start < 0 && text.len) { // statements may be sent without blank ends
    Str bare = str_trim(text);
    start = bare.len ? str_find(sql, bare, 0) : -1;
    if (start >= 0)
      start -= bare.ptr - text.ptr;
  }
  if (e->at >= 0 && start > -(ptrdiff_t)text.len && str_find(sql, str_trim(text), 0) >= 0 &&
      e->at >= start && (size_t)(e->at - start) < text.len) {
    size_t at = (size_t)(e->at - start);
    return map_back(&code->map, at, word_len(text, at), src, span);
  }
  size_t len = 0;
  ptrdiff_t at = find_named(text, e->message, &len);
  return at >= 0 && map_back(&code->map, (size_t)at, len, src, span);
}

// --- the result

static void database_diag(Run *r, RunResult *res, const Context *c, const Compiled *code) {
  const DbError *e = context_db_error(c);
  const Node *n = res->node;
  const Source *src = NULL;
  Span span = {0};
  Diags d = {0};
  diags_init(&d);
  bool placed = code && locate(e, context_failed_sql(c), code, &src, &span);
  Str text = placed && e->brief.len ? e->brief : e->message; // the whole is in the artifacts
  Diag *f = placed ? diag_at(&d, SEV_ERROR, src, span, "%.*s", STR_ARG(text))
                   : diag_error(&d, n->original_path, "%.*s", STR_ARG(text));
  Str hint = e->hint.len ? e->hint : e->detail;
  if (hint.len)
    diag_hint(&d, f, "%.*s", STR_ARG(hint));
  f->code = STR("database");
  res->diag = keep_diag(r, f);
  diags_free(&d);
}

// Whether it lies in a macro that comes with starc: no file of the project has such a path.
static bool in_own_macro(const Run *r, const Diag *d) {
  for (size_t i = 0; i < r->loaded.graph->nmacros; i++) {
    const MacroEntry *m = r->loaded.graph->macros[i];
    if (m->package->is_internal && d->source && str_eq(m->original_path, d->source->path))
      return true;
  }
  return false;
}

// A finding inside starc's own macros is about who called them: it is shown at the call, if a file
// of the project holds it, else at the first quoted word of the message that the node's text holds,
// else at its file.
static Diag *own_diag(Run *r, Diags *d, const Diag *found, const Node *n) {
  const Diag *call = found->notes;
  while (call && in_own_macro(r, call))
    call = call->next;
  size_t len = 0;
  const Source *src = n->source;
  ptrdiff_t at = src && !call ? find_named(src->text, found->message, &len) : -1;
  Span span = call ? call->span : (Span){(uint32_t)(at < 0 ? 0 : at), (uint32_t)len};
  Diag *f = call || at >= 0 ? diag_at(d, SEV_ERROR, call ? call->source : src, span, "%.*s",
                                      STR_ARG(found->message))
                            : diag_error(d, n->original_path, "%.*s", STR_ARG(found->message));
  if (found->hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(found->hint));
  return f;
}

void result_fail(Run *r, RunResult *res, Diags *diags, const Context *c, const Compiled *code) {
  const Node *n = res->node;
  bool database = c && context_db_error(c) && context_db_error(c)->message.len;
  if (database)
    database_diag(r, res, c, code);
  const Diag *first = diags->first;
  while (first && first->severity != SEV_ERROR)
    first = first->next;
  if (!database && first) {
    Diags own = {0};
    diags_init(&own);
    res->diag = keep_diag(r, in_own_macro(r, first) ? own_diag(r, &own, first, n) : first);
    diags_free(&own);
  }
  Str said = database    ? context_db_error(c)->message
             : res->diag ? res->diag->message
                         : STR("failed without a message");
  Buf b = {0};
  res->failed_in = database ? "Database" : "Compilation";
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
