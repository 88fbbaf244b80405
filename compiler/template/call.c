// In: something callable and arguments. Out: its result. Macros bind their arguments as Jinja does;
// return() unwinds to the nearest macro by longjmp.
#include "call.h"
#include "eval_expr.h"
#include "interp.h"
#include "late.h"
#include "ops_access.h"
#include "signature.h"

// A macro or call block made while a template runs: it sees the frame around it.
typedef struct Closure {
  Object object;
  const MacroDef *def;
  Frame *up;
  bool lenient, autoescape;
} Closure;

Value call_closure(Eval *ev, const MacroDef *m, Frame *up) {
  Closure *c = arena_new(ev->arena, Closure);
  *c = (Closure){{&closure_type}, m, up, ev->lenient, ev->autoescape};
  return val_obj(c);
}

// --- evaluating arguments
static void add_pos(Eval *ev, ArgBuf *b, Value **pos, size_t *cap, Value v) {
  if (b->args.npos == *cap) {
    Value *more = arena_alloc(ev->arena, *cap * 2 * sizeof *more);
    memcpy(more, *pos, *cap * sizeof *more);
    *pos = more;
    *cap *= 2;
  }
  (*pos)[b->args.npos++] = v;
}

static void add_kw(Eval *ev, ArgBuf *b, Kwarg **kw, size_t *cap, Str name, Value v) {
  for (size_t i = 0; i < b->args.nkw; i++)
    if (str_eq((*kw)[i].name, name))
      eval_fail_code(ev, CODE_WRONG_ARGUMENT, "got multiple values for keyword argument '%.*s'",
                     STR_ARG(name));
  if (b->args.nkw == *cap) {
    Kwarg *more = arena_alloc(ev->arena, *cap * 2 * sizeof *more);
    memcpy(more, *kw, *cap * sizeof *more);
    *kw = more;
    *cap *= 2;
  }
  (*kw)[b->args.nkw++] = (Kwarg){name, v};
}

static void add_star(Eval *ev, Frame *f, const Expr *e, ArgBuf *b, Value **pos, size_t *cap) {
  Value v = eval_expr(ev, f, e), item;
  Iter it;
  ev->place = e;
  ops_iter(ev, v, &it);
  while (iter_next(ev, &it, &item)) {
    eval_tick(ev);
    add_pos(ev, b, pos, cap, item);
  }
}

static void add_starstar(Eval *ev, Frame *f, const Expr *e, ArgBuf *b, Kwarg **kw, size_t *cap) {
  Value v = eval_expr(ev, f, e);
  ev->place = e;
  if (v.kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "argument after ** must be a mapping, not %s",
                   val_type_name(v));
  size_t at = 0;
  for (DictEntry *d; (d = dict_next(v.dict, &at));) {
    if (d->key.kind != VAL_STR)
      eval_fail_code(ev, CODE_WRONG_ARGUMENT, "keywords must be strings");
    add_kw(ev, b, kw, cap, val_text(d->key), d->value);
  }
}

void call_args(Eval *ev, Frame *f, const ArgList *list, const Value *first, const Value *caller,
               ArgBuf *b) {
  Value *pos = b->pos;
  Kwarg *kw = b->kw;
  size_t pos_cap = COUNT(b->pos), kw_cap = COUNT(b->kw);
  b->args = (Args){0};
  if (first)
    pos[b->args.npos++] = *first;
  if (list) {
    for (uint32_t i = 0; i < list->npos; i++) {
      Value v = eval_expr(ev, f, list->pos[i]);
      add_pos(ev, b, &pos, &pos_cap, v);
    }
    if (list->star)
      add_star(ev, f, list->star, b, &pos, &pos_cap);
    for (uint32_t i = 0; i < list->nkw; i++) {
      Value v = eval_expr(ev, f, list->kw[i].value);
      add_kw(ev, b, &kw, &kw_cap, list->kw[i].name, v);
    }
    if (list->starstar)
      add_starstar(ev, f, list->starstar, b, &kw, &kw_cap);
  }
  if (caller)
    add_kw(ev, b, &kw, &kw_cap, STR("caller"), *caller);
  b->args.pos = pos;
  b->args.kw = kw;
}

// --- binding them to a macro's parameters
// The place of a parameter among those behind the positional ones, searched from `next` on, where
// it is when keywords come in the order of the parameters; nparams: there is none.
static uint32_t param_at(const MacroDef *m, Str name, uint32_t taken, uint32_t next) {
  for (uint32_t i = next; i < m->nparams; i++)
    if (str_eq(m->params[i], name))
      return i;
  for (uint32_t i = taken; i < next; i++)
    if (str_eq(m->params[i], name))
      return i;
  return m->nparams;
}

// *next: behind the parameter that the keyword before it was.
static void bind_keyword(Eval *ev, const MacroDef *m, Frame *g, const Kwarg *k, uint32_t taken,
                         uint32_t *next, Value rest) {
  uint32_t at = param_at(m, k->name, taken, *next);
  if (at < m->nparams) {
    g->slots[m->syms[at]->slot] = k->value;
    *next = at + 1;
    return;
  }
  if (m->caller && str_is(k->name, "caller")) {
    g->slots[m->caller->slot] = k->value;
    return;
  }
  if (m->wants_kwargs) {
    dict_sets(ev->arena, rest.dict, k->name, k->value);
    return;
  }
  if (str_is(k->name, "caller"))
    eval_fail_hint(ev, CODE_WRONG_ARGUMENT, STR("its body does not use caller()"),
                   "macro '%.*s' was invoked with two values for the special caller argument. "
                   "This is most likely a bug.",
                   STR_ARG(m->name));
  eval_fail_unknown(
      ev, CODE_WRONG_ARGUMENT, (Unknown){.name = k->name, .names = m->params, .n = m->nparams},
      "macro '%.*s' takes no keyword argument '%.*s'", STR_ARG(m->name), STR_ARG(k->name));
}

static void bind_args(Eval *ev, const MacroDef *m, Frame *g, const Args *args) {
  uint32_t taken = args->npos < m->nparams ? (uint32_t)args->npos : m->nparams;
  for (uint32_t i = 0; i < taken; i++)
    g->slots[m->syms[i]->slot] = args->pos[i];
  static const Undef no_caller = {.name = STR_INIT("caller"),
                                  .hint = STR_INIT("No caller defined")};
  if (m->caller)
    g->slots[m->caller->slot] = val_undef(&no_caller);
  Value rest = m->wants_kwargs ? val_dict(ev->arena) : val_none();
  uint32_t next = taken;
  for (size_t i = 0; i < args->nkw; i++)
    bind_keyword(ev, m, g, &args->kw[i], taken, &next, rest);
  if (m->wants_kwargs)
    g->slots[m->kwargs->slot] = rest;
  if (m->wants_varargs) {
    Value more = val_tuple(ev->arena, args->npos - taken);
    for (size_t i = taken; i < args->npos; i++)
      list_push(ev->arena, more.list, args->pos[i]);
    g->slots[m->varargs->slot] = more;
  } else if (args->npos > m->nparams) {
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "macro '%.*s' takes not more than %u argument(s)",
                   STR_ARG(m->name), m->nparams);
  }
}

static void fill_defaults(Eval *ev, const MacroDef *m, Frame *g) {
  for (uint32_t i = 0; i < m->nparams; i++) {
    Value *slot = &g->slots[m->syms[i]->slot];
    if (slot->kind != VAL_UNDEF || !(slot->flags & VAL_MISSING))
      continue;
    if (m->defaults[i]) {
      Value v = eval_expr(ev, g, m->defaults[i]);
      *slot = v;
      continue;
    }
    Undef *u = arena_new(ev->arena, Undef);
    u->name = m->params[i];
    u->hint = str_fmt(ev->arena, "parameter '%.*s' was not provided", STR_ARG(u->name));
    *slot = val_undef(u);
  }
}

// --- running
typedef struct Saved { // what a call changes
  const Expr *place;
  Span stmt_place;
  const Source *src;
  size_t out;
  unsigned captures, depth;
  bool lenient, autoescape;
} Saved;

static Saved save(const Eval *ev) {
  return (Saved){ev->place,    ev->stmt_place, ev->src,     ev->out.len,
                 ev->captures, ev->depth,      ev->lenient, ev->autoescape};
}

static void put_back(Eval *ev, const Saved *s) {
  ev->place = s->place;
  ev->stmt_place = s->stmt_place;
  ev->src = s->src;
  ev->captures = s->captures;
  ev->depth = s->depth;
  ev->lenient = s->lenient;
  ev->autoescape = s->autoescape;
}

static Value run_body(Eval *ev, const MacroDef *m, Frame *up, const Args *args) {
  Frame *g = eval_frame(ev, &m->fn, up);
  bind_args(ev, m, g, args);
  ev->src = m->fn.template->src;
  size_t from = eval_capture(ev);
  fill_defaults(ev, m, g);
  eval_enter_scope(ev, g, m->scope);
  eval_body(ev, g, m->body);
  Value v = eval_captured(ev, from);
  if (ev->autoescape)
    v.flags |= VAL_SAFE;
  return v;
}

static void deeper(Eval *ev) {
  if (++ev->depth > ev->max_depth)
    eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "macros call each other more than %u deep",
                   ev->max_depth);
  eval_check_stack(ev);
}

static Value call_made(Eval *ev, const Closure *c, const Args *args) {
  Saved was = save(ev);
  Call call = {.up = ev->calls, .place = ev->place, .stmt_place = ev->stmt_place, .src = ev->src};
  call.macro = c->def->macro;
  call.level = eval_depth(ev) + (call.macro != NULL);
  deeper(ev);
  ev->calls = &call;
  ev->lenient = c->lenient;
  Value v = run_body(ev, c->def, c->up, args);
  ev->calls = call.up;
  put_back(ev, &was);
  return v;
}

static __attribute__((noinline)) Value call_macro(Eval *ev, const Macro *m, const Args *args) {
  const Host *h = ev->opts.host;
  const Saved was = save(ev);
  jmp_buf returns;
  Call call = {.up = ev->calls, .macro = m, .catches = true, .returns = &returns};
  call.place = ev->place;
  call.stmt_place = ev->stmt_place;
  call.src = ev->calls || ev->place ? ev->src : NULL; // NULL: called from C
  call.level = eval_depth(ev) + 1;
  deeper(ev);
  const MacroDef *def = macro_def(m);
  if (!def)
    eval_stack_fail(ev);
  ev->calls = &call;
  ev->lenient = false;
  if (h && h->enter)
    h->enter(h->data, ev, m, call.level);
  if (_setjmp(returns) == 0)
    call.result = run_body(ev, def, NULL, args);
  else
    eval_cut(ev, was.out);
  if (h && h->leave)
    h->leave(h->data, ev, m);
  ev->calls = call.up;
  put_back(ev, &was);
  return call.result;
}

void eval_return(Eval *ev, Value v) {
  Call *c = ev->calls;
  while (c && !c->catches)
    c = c->up;
  if (!c)
    eval_fail_hint(ev, CODE_TEMPLATE_VALUE, STR("it ends the macro it is called in"),
                   "return() was called outside of a macro");
  c->result = v;
  longjmp(*c->returns, 1);
}

Value call_value(Eval *ev, Value callee, const Args *args) {
  const Expr *place = ev->place;
  eval_tick(ev);
  if (callee.kind == VAL_FUNC) {
    eval_check_stack(ev);
    Value v = native_call(ev, callee.func, args);
    ev->place = place;
    return v;
  }
  if (callee.kind == VAL_OBJECT) {
    const ObjectType *t = callee.obj->type;
    if (t == &macro_type)
      return call_macro(ev, (const Macro *)callee.obj, args);
    if (t == &closure_type)
      return call_made(ev, (const Closure *)callee.obj, args);
    if (t->call) {
      eval_check_stack(ev);
      Value v = t->call(ev, callee.obj, args);
      ev->place = place;
      return v;
    }
  }
  if (callee.kind == VAL_UNDEF) {
    if (callee.flags & VAL_LENIENT)
      return callee;
    ops_undef_called(ev, callee);
  }
  eval_fail(ev, "'%s' object is not callable", val_type_name(callee));
}

Value eval_call(Eval *ev, Value callee, const Args *args) { return call_value(ev, callee, args); }

// --- macros as values
static void repr(const Object *o, Buf *out) {
  Str name = o->type == &macro_type ? ((const Macro *)o)->name : ((const Closure *)o)->def->name;
  buf_addf(out, "<Macro '%.*s'>", STR_ARG(name));
}

static bool attr(Eval *ev, Object *o, Str name, Value *out) {
  const MacroDef *m =
      o->type == &macro_type ? macro_def((const Macro *)o) : ((const Closure *)o)->def;
  if (!m)
    eval_stack_fail(ev);
  if (str_is(name, "name")) {
    *out = val_str(m->name);
  } else if (str_is(name, "arguments")) {
    *out = val_tuple(ev->arena, m->nparams);
    for (uint32_t i = 0; i < m->nparams; i++)
      list_push(ev->arena, out->list, val_str(m->params[i]));
  } else if (str_is(name, "catch_kwargs")) {
    *out = val_bool(m->wants_kwargs);
  } else if (str_is(name, "catch_varargs")) {
    *out = val_bool(m->wants_varargs);
  } else if (str_is(name, "caller")) {
    *out = val_bool(m->wants_caller);
  } else {
    return false;
  }
  return true;
}

// What makes `is callable` true of macros; call_value knows them without it.
static Value call_object(Eval *ev, Object *o, const Args *args) {
  return call_value(ev, val_obj(o), args);
}

const ObjectType macro_type = {.name = "Macro", .attr = attr, .repr = repr, .call = call_object};
const ObjectType closure_type = {.name = "Macro", .attr = attr, .repr = repr, .call = call_object};
