// In: a parsed template. Out: the calls it spells out, without evaluating it.
#include "calls.h"
#include "../base/sort.h"
#include "ast.h"

#include <ctype.h>
#include <stdlib.h>

enum { DOTS = 16, ARGS = TEMPLATE_CALL_ARGS };

static int by_place(const void *x, const void *y) {
  const Expr *a = *(const Expr *const *)x, *b = *(const Expr *const *)y;
  if (a->at != b->at)
    return a->at < b->at ? -1 : 1;
  return a->len > b->len ? -1 : a->len < b->len;
}

// "a" or "a.b.c": the text in the source, made whole when it was written with blanks. False: the
// callee is something else.
static bool dotted_name(const Expr *e, Buf *out) {
  if (e->kind == EX_NAME) {
    buf_add(out, e->sym->name->text);
    return true;
  }
  if (e->kind != EX_ATTR)
    return false;
  const Expr *parts[DOTS];
  size_t n = 0;
  for (; e->kind == EX_ATTR; e = e->of) {
    if (n == DOTS)
      return false;
    parts[n++] = e;
  }
  if (e->kind != EX_NAME)
    return false;
  buf_add(out, e->sym->name->text);
  while (n--) {
    buf_addc(out, '.');
    buf_add(out, parts[n]->attr);
  }
  return true;
}

static size_t string_args(const ArgList *list, Str args[ARGS]) {
  size_t n = list->npos < ARGS ? list->npos : ARGS;
  for (size_t i = 0; i < n; i++) {
    const Expr *e = list->pos[i];
    args[i] = (Str){0};
    if (e->kind == EX_CONST && e->value.kind == VAL_STR)
      args[i] = e->value.len ? val_text(e->value) : STR("");
  }
  return n;
}

void template_calls(const Template *t, TemplateCallFn *fn, void *data) {
  size_t n = 0;
  for (const Expr *e = t->calls; e; e = e->older)
    n++;
  if (!n)
    return;
  Arena scratch = {0};
  const Expr **calls = arena_alloc(&scratch, n * sizeof *calls);
  size_t i = n;
  for (const Expr *e = t->calls; e; e = e->older)
    calls[--i] = e;
  sort_items(calls, n, sizeof *calls, by_place);
  for (i = 0; i < n; i++) {
    Buf name = {.arena = &scratch};
    Str args[ARGS];
    if (dotted_name(calls[i]->callee, &name)) {
      size_t nargs = string_args(calls[i]->args, args);
      fn(data, buf_str(&name), args, nargs, (Span){calls[i]->at, calls[i]->len});
    }
  }
  arena_free(&scratch);
}

void template_plain_calls(const Template *t, TemplateCallFn *fn, void *data) {
  for (const Stmt *s = t->body; s; s = s->next) {
    if (s->kind != ST_OUTPUT || s->expr->kind != EX_CALL || s->expr->callee->kind != EX_NAME)
      continue;
    Str args[ARGS];
    size_t nargs = string_args(s->expr->args, args);
    fn(data, s->expr->callee->sym->name->text, args, nargs, (Span){s->expr->at, s->expr->len});
  }
}

// Text or a boolean, or a list of text: what dbt's static parser takes as an argument.
static bool is_literal(const Expr *e) {
  if (e->kind == EX_CONST)
    return e->value.kind == VAL_STR || e->value.kind == VAL_BOOL || e->value.kind == VAL_INT;
  if (e->kind != EX_LIST && e->kind != EX_DICT)
    return false;
  for (size_t i = 0; i < (e->kind == EX_DICT ? 2 * (size_t)e->n : e->n); i++)
    if (!is_literal(e->items[i]))
      return false;
  return true;
}

static bool is_one_of(Str s, const Str *names, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (str_eq(s, names[i]))
      return true;
  return false;
}

bool template_only_calls(const Template *t, const Str *names, size_t n) {
  for (const Stmt *s = t->body; s; s = s->next) {
    if (s->kind == ST_TEXT)
      continue;
    if (s->kind != ST_OUTPUT || s->expr->kind != EX_CALL || s->expr->callee->kind != EX_NAME ||
        !is_one_of(s->expr->callee->sym->name->text, names, n))
      return false;
    const ArgList *args = s->expr->args;
    if (args->star || args->starstar)
      return false;
    for (size_t i = 0; i < args->npos; i++)
      if (!is_literal(args->pos[i]))
        return false;
    for (size_t i = 0; i < args->nkw; i++)
      if (!is_literal(args->kw[i].value))
        return false;
  }
  return true;
}

// --- what dbt's static reader takes

// True and False, as Python writes them; text; of ref() a version that is a number too.
static bool is_bare_value(const Template *t, const Expr *e, bool number) {
  if (e->kind == EX_CONST && e->value.kind == VAL_BOOL)
    return e->at < t->src->text.len && (t->src->text.ptr[e->at] | 32) != t->src->text.ptr[e->at];
  if (e->kind == EX_CONST)
    return e->value.kind == VAL_STR || (number && e->value.kind == VAL_INT);
  size_t n = e->kind == EX_DICT ? 2 * (size_t)e->n : e->n;
  for (size_t i = 0; i < n; i++)
    if (!is_bare_value(t, e->items[i], number))
      return false;
  return true;
}

static bool is_bare_call(const Template *t, const Expr *call) {
  static const Str hooks[] = {STR_INIT("pre_hook"), STR_INIT("post_hook")};
  const ArgList *args = call->args;
  bool number = !str_is(call->callee->sym->name->text, "config");
  for (size_t i = 0; i < args->npos; i++)
    if (!is_bare_value(t, args->pos[i], number))
      return false;
  for (size_t i = 0; i < args->nkw; i++)
    if (is_one_of(args->kw[i].name, hooks, 2) || !is_bare_value(t, args->kw[i].value, number))
      return false;
  return true;
}

// Whether the tag around an expression cuts blanks: "{{-" or "-}}".
static bool cuts_blanks(Str text, const Expr *e) {
  size_t from = e->at, to = (size_t)e->at + e->len;
  while (from && isspace((unsigned char)text.ptr[from - 1]))
    from--;
  while (to < text.len && isspace((unsigned char)text.ptr[to]))
    to++;
  return (from && text.ptr[from - 1] == '-') || (to < text.len && text.ptr[to] == '-');
}

bool template_is_bare(const Template *t) {
  if (str_find(t->src->text, STR("{%"), 0) >= 0)
    return false;
  for (const Stmt *s = t->body; s; s = s->next)
    if (s->kind == ST_OUTPUT && (cuts_blanks(t->src->text, s->expr) || !is_bare_call(t, s->expr)))
      return false;
  return true;
}
