// In: the names a template reads and sets, scope by scope. Out: where each lives: a slot of a frame
// or the host. The rules are Jinja's static ones, so a name's meaning never depends on which way
// the evaluation went.
#include "scope.h"
#include "parse.h"

static void grow_names(Parser *p) {
  Names *t = &p->names;
  size_t nslots = t->nslots ? t->nslots * 2 : COUNT(p->first_slots);
  bool first = nslots == COUNT(p->first_slots);
  Name **slots = first ? p->first_slots : arena_array(p->arena, Name *, nslots);
  if (first)
    arena_clear(slots, sizeof p->first_slots);
  for (size_t i = 0; i < t->nslots; i++)
    if (t->slots[i]) {
      size_t k = t->slots[i]->hash & (nslots - 1);
      while (slots[k])
        k = (k + 1) & (nslots - 1);
      slots[k] = t->slots[i];
    }
  t->slots = slots;
  t->nslots = nslots;
}

Name *scope_intern(Parser *p, Str text) {
  Names *t = &p->names;
  if ((t->n + 1) * 2 > t->nslots)
    grow_names(p);
  uint64_t hash = str_hash(text);
  size_t k = hash & (t->nslots - 1);
  for (; t->slots[k]; k = (k + 1) & (t->nslots - 1))
    if (t->slots[k]->hash == hash && str_eq(t->slots[k]->text, text))
      return t->slots[k];
  Name *n = arena_new(p->arena, Name);
  n->text = text;
  n->hash = hash;
  t->slots[k] = n;
  t->n++;
  return n;
}

Scope *scope_open(Parser *p, Function *fn) {
  Scope *s = arena_new(p->arena, Scope);
  s->parent = p->scope;
  s->fn = fn;
  s->tail = &s->syms;
  s->isolate = s->parent ? s->parent->isolate : NULL;
  s->number = p->nscopes++;
  *p->scopes_tail = s;
  p->scopes_tail = &s->next;
  p->scope = s;
  return s;
}

void scope_close(Parser *p) {
  for (Sym *y = p->scope->syms; y; y = y->next)
    y->name->top = y->shadow;
  p->scope = p->scope->parent;
}

void scope_suspend(Parser *p) { scope_close(p); }

void scope_resume(Parser *p, Scope *s) {
  for (Sym *y = s->syms; y; y = y->next) {
    y->shadow = y->name->top;
    y->name->top = y;
  }
  p->scope = s;
}

static Sym *mention(Parser *p, Str text, bool *fresh) {
  Name *n = scope_intern(p, text);
  *fresh = !n->top || n->top->scope != p->scope;
  if (!*fresh)
    return n->top;
  Sym *y = arena_new(p->arena, Sym);
  y->name = n;
  y->scope = p->scope;
  y->shadow = n->top;
  n->top = y;
  *p->scope->tail = y;
  p->scope->tail = &y->next;
  return y;
}

Sym *scope_load(Parser *p, Str name) {
  bool fresh;
  Sym *y = mention(p, name, &fresh);
  y->name->loads++;
  return y;
}

Sym *scope_store(Parser *p, Str name) {
  bool fresh;
  Sym *y = mention(p, name, &fresh);
  if (fresh && !p->branch)
    y->store_first = true;
  y->stored = true;
  return y;
}

Sym *scope_param(Parser *p, Str name) {
  Sym *y = scope_store(p, name);
  y->param = true;
  return y;
}

static uint16_t frames_out(const Sym *y, const Sym *outer) {
  unsigned up = outer->up;
  for (const Function *f = y->scope->fn; f && f != outer->scope->fn; f = f->up)
    up++;
  return (uint16_t)up;
}

static void bind_stored(Sym *y, const Sym *outer) {
  y->slot = y->scope->fn->nslots++;
  y->up = 0;
  y->fallback = y->store_first || y->param ? FALLBACK_UNDEFINED : FALLBACK_HOST;
  if (!outer || y->param)
    return;
  y->fallback = outer->fallback;
  if (!outer->host) {
    y->outer = outer;
    y->outer_up = frames_out(y, outer);
  }
}

static void bind_loaded(Sym *y, const Sym *outer) {
  if (!outer || outer->host) {
    y->host = true;
    y->fallback = FALLBACK_HOST;
    return;
  }
  y->up = frames_out(y, outer);
  y->slot = outer->slot;
  y->fallback = outer->fallback;
}

// The innermost symbol of a name that the scope can see from outside.
static const Sym *visible(const Scope *s, const Sym *y) {
  if (s->isolate)
    while (y && y->scope->number < s->isolate->number && y->scope->parent)
      y = y->shadow;
  return y;
}

static void bind_scope(Parser *p, Scope *s) {
  uint32_t n = 0;
  for (Sym *y = s->syms; y; y = y->next) {
    const Sym *outer = visible(s, y->name->top);
    y->shadow = y->name->top;
    y->name->top = y;
    if (y->stored)
      bind_stored(y, outer);
    else
      bind_loaded(y, outer);
    n += y->stored && !y->param;
  }
  s->init = arena_alloc(p->arena, n * sizeof *s->init);
  for (Sym *y = s->syms; y; y = y->next)
    if (y->stored && !y->param)
      s->init[s->ninit++] = y;
}

static void leave_scope(Scope *s) {
  for (Sym *y = s->syms; y; y = y->next)
    y->name->top = y->shadow;
}

void scope_bind(Parser *p) {
  Scope *open = NULL;
  for (Scope *s = p->scopes; s; s = s->next) {
    for (; open != s->parent; open = open->parent)
      leave_scope(open);
    bind_scope(p, s);
    open = s;
  }
}

Expr *scope_target(Parser *p, const Expr *target) {
  Expr *e = arena_alloc(p->arena, sizeof *e);
  *e = *target;
  if (e->kind == EX_NAME) {
    e->sym = scope_store(p, target->target);
  } else if (e->kind == EX_TUPLE) {
    e->items = arena_alloc(p->arena, e->n * sizeof *e->items);
    for (uint32_t i = 0; i < e->n; i++)
      e->items[i] = scope_target(p, target->items[i]);
  } else if (e->kind == EX_NSREF) {
    e->of = arena_alloc(p->arena, sizeof *e->of);
    *e->of = *target->of;
    e->of->sym = scope_load(p, target->of->target);
  }
  return e;
}
