// In: a parsed template and a Host. Out: text (with its source map) or a value. Statements are
// here; expressions, calls and loops in files of their own. Errors unwind by longjmp to the public
// entry.
#include "call.h"
#include "eval_expr.h"
#include "interp.h"
#include "loop.h"
#include "native.h"

#include <stdio.h>

enum { CALLS = 500 };
enum { MEMORY_PER_OUTPUT = 8 };                    // texts may take a part of the memory
enum { NS_PER_STEP = 100, NS_PER_S = 1000000000 }; // of a step that a native counts beforehand

static struct { size_t mib, seconds; } allowed = {EVAL_MEMORY, EVAL_TIME};

void eval_allow(unsigned mib, unsigned seconds) {
  allowed.mib = mib;
  allowed.seconds = seconds;
}

// --- limits
static _Noreturn void out_of_time(Eval *ev) {
  eval_fail_hint(ev, CODE_TEMPLATE_LIMIT,
                 STR("is there a loop that does not end? --template-time gives it more time"),
                 "the template works for more than %zu s", allowed.seconds);
}

// How the evaluation's work ends: in an error at the place being evaluated. That may take memory.
static void work_ended(Work *w, WorkEnd why) {
  Eval *ev = w->data;
  work_now = NULL; // until the entry that the error goes to
  switch (why) {
  case WORK_TIME:
    out_of_time(ev);
  case WORK_NO_MEMORY:
    eval_fail_code(ev, CODE_TEMPLATE_LIMIT, "the system has no memory left for the template");
  case WORK_DEEP:
    eval_fail_hint(ev, CODE_NESTED_TOO_DEEP,
                   STR("is there a list or dict that was put into itself?"),
                   "maximum recursion depth exceeded: a value is nested too deeply");
  case WORK_LONG:
    eval_check_size(ev, (uint64_t)ev->max_output + 1);
    break;
  case WORK_CROWDED:
    eval_fail_hint(ev, CODE_TEMPLATE_LIMIT,
                   STR("--template-memory gives them more; fewer --threads need less"),
                   "the templates that run at the same time use more than %zu MiB of memory, and "
                   "this one more than its part",
                   allowed.mib);
  case WORK_MEMORY:
    break;
  }
  eval_fail_hint(ev, CODE_TEMPLATE_LIMIT, STR("--template-memory gives it more"),
                 "the template uses more than %zu MiB of memory", allowed.mib);
}

void eval_refuel(Eval *ev) {
  work_look(&ev->work);
  if (!ev->steps_left) {
    ev->fuel = FUEL; // the message itself may take steps
    eval_fail_hint(ev, CODE_TEMPLATE_LIMIT, STR("is there a loop that does not end?"),
                   "the template takes too many steps");
  }
  uint64_t more = ev->steps_left < FUEL ? ev->steps_left : FUEL;
  ev->steps_left -= more;
  ev->fuel = more;
}

void eval_step(Eval *ev, uint64_t n) {
  if (n > allowed.seconds * (NS_PER_S / NS_PER_STEP))
    out_of_time(ev);
  uint64_t left = ev->fuel + ev->steps_left;
  if (n >= left) {
    ev->fuel = 1;
    ev->steps_left = 0;
    eval_refuel(ev);
  }
  if (n < ev->fuel) {
    ev->fuel -= n;
    return;
  }
  ev->steps_left = left - n;
  eval_refuel(ev);
}

void eval_check_size(Eval *ev, uint64_t n) {
  if (n > ev->max_output || ev->out.len > ev->max_output)
    eval_fail_hint(ev, CODE_TEMPLATE_LIMIT,
                   STR("--template-memory gives it more: a text may take an eighth"),
                   "the text is bigger than %zu MiB", ev->max_output >> 20);
}

void eval_stack_fail(Eval *ev) {
  ev->stack_end = NULL;
  eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "nested too deeply for this thread's stack");
}

// --- errors
static Span place_of(const Eval *ev, const Expr *e) {
  if (!e)
    return ev->stmt_place;
  if (e->mark == e->at || e->mark >= e->at + e->len)
    return (Span){e->at, e->len};
  if (e->kind == EX_BINARY || e->kind == EX_CONCAT || e->kind == EX_COMPARE)
    return (Span){e->at, e->len};
  return (Span){e->mark, e->at + e->len - e->mark};
}

// A call as source maps and notes have it.
static const CallSite *site_of(Eval *ev, Call *c) {
  if (!c || c->site)
    return c ? c->site : NULL;
  CallSite *site = arena_new(ev->arena, CallSite);
  Span at = c->place ? place_of(ev, c->place) : c->stmt_place;
  *site = (CallSite){site_of(ev, c->up), c->src, at, c->macro ? c->macro->name : (Str){0}};
  return c->site = site;
}

__attribute__((format(printf, 4, 0))) static _Noreturn void
fail(Eval *ev, Code code, const Unknown *what, const char *fmt, va_list ap) {
  Diag *d = diag_vat(ev->opts.diags, SEV_ERROR, code, ev->src, place_of(ev, ev->place), fmt, ap);
  if (what->lack)
    diag_lack(ev->opts.diags, d, what->lack, what->name);
  if (what->hint.len)
    diag_hint(ev->opts.diags, d, "%.*s", STR_ARG(what->hint));
  else if (!diag_nearest(ev->opts.diags, d, what->name, what->names, what->n) &&
           what->otherwise.len)
    diag_hint(ev->opts.diags, d, "%.*s", STR_ARG(what->otherwise));
  call_notes(ev->opts.diags, d, site_of(ev, ev->calls));
  longjmp(*ev->fail, 1);
}

void eval_fail(Eval *ev, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(ev, CODE_TEMPLATE_VALUE, &(Unknown){0}, fmt, ap);
}

void eval_fail_code(Eval *ev, Code code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(ev, code, &(Unknown){0}, fmt, ap);
}

void eval_fail_hint(Eval *ev, Code code, Str hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(ev, code, &(Unknown){.hint = hint}, fmt, ap);
}

void eval_fail_unknown(Eval *ev, Code code, Unknown what, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(ev, code, &what, fmt, ap);
}

void eval_abort(Eval *ev) { longjmp(*ev->fail, 1); }

// --- what natives may ask
Arena *eval_arena(Eval *ev) { return ev->arena; }
void *eval_host_data(Eval *ev) { return ev->opts.host ? ev->opts.host->data : NULL; }
const EvalOptions *eval_options(Eval *ev) { return &ev->opts; }

Span eval_place(Eval *ev, const Source **src) {
  *src = ev->src;
  return ev->place ? (Span){ev->place->at, ev->place->len} : ev->stmt_place;
}

Span eval_outer_place(Eval *ev, const Source **src) {
  const Call *outermost = NULL;
  for (const Call *c = ev->calls; c; c = c->up)
    if (c->macro && c->src)
      outermost = c;
  if (!outermost)
    return eval_place(ev, src);
  *src = outermost->src;
  return outermost->place ? (Span){outermost->place->at, outermost->place->len} : ev->stmt_place;
}

int eval_depth(Eval *ev) { return ev->calls ? ev->calls->level : 0; }

// --- frames and text
Frame *eval_frame(Eval *ev, const Function *fn, Frame *up) {
  Frame *f = arena_alloc(ev->arena, sizeof *f + fn->nslots * sizeof *f->slots);
  f->slots = (Value *)(void *)(f + 1);
  f->up = up;
  f->fn = fn;
  for (uint32_t i = 0; i < fn->nslots; i++)
    f->slots[i] = (Value){.kind = VAL_UNDEF, .flags = VAL_MISSING};
  return f;
}

void eval_enter_scope(Eval *ev, Frame *f, const Scope *s) {
  (void)ev;
  for (uint32_t i = 0; i < s->ninit; i++) {
    const Sym *y = s->init[i];
    Value *slot = &f->slots[y->slot];
    if (!y->outer) {
      *slot = (Value){.kind = VAL_UNDEF, .flags = VAL_MISSING};
      continue;
    }
    Frame *g = f;
    for (unsigned n = y->outer_up; n; n--)
      g = g->up;
    *slot = g->slots[y->outer->slot];
  }
}

// What a call block gave that is no text makes the text around it fail, once that is joined: a
// macro that returns before never gets there.
static void check_joined(Eval *ev, size_t from) {
  if (!ev->unjoined || ev->unjoined_at < from)
    return;
  ev->place = NULL;
  ev->stmt_place = ev->unjoined_place;
  eval_fail(ev, "sequence item 0: expected str instance, %s found", ev->unjoined);
}

// The spans of what was written from `from` on become those of the text that it is now.
static void keep_spans(Eval *ev, Str text, size_t from) {
  SourceMap own = {.arena = ev->arena};
  if (origins_may_copy(ev->origins))
    source_map_copy(&own, 0, &ev->spans, from, ev->out.len);
  source_map_cut(&ev->spans, from);
  ev->origins->copied += own.n;
  if (own.n)
    origins_add(ev->origins, text, &own);
}

Value eval_captured(Eval *ev, size_t from) {
  check_joined(ev, from);
  size_t n = ev->out.len - from;
  char *s = arena_alloc(ev->arena, n);
  if (n)
    memcpy(s, ev->out.ptr + from, n);
  if (ev->origins)
    keep_spans(ev, str_n(s, n), from);
  ev->out.len = from;
  ev->captures--;
  return val_str(str_n(s, n));
}

void eval_cut(Eval *ev, size_t from) {
  if (ev->unjoined_at >= from)
    ev->unjoined = NULL;
  source_map_cut(&ev->spans, from);
  ev->out.len = from;
}

void eval_drop_capture(Eval *ev, size_t from) {
  eval_cut(ev, from);
  ev->captures--;
}

static void add_text(Eval *ev, Str s) {
  if (s.len > ev->max_output - ev->out.len)
    eval_check_size(ev, (uint64_t)ev->max_output + 1);
  buf_add(&ev->out, s);
}

void eval_write(Eval *ev, Value v) {
  if (v.kind == VAL_STR && !ev->autoescape) {
    add_text(ev, val_text(v));
    return;
  }
  if (ev->autoescape) {
    add_text(ev, val_text(eval_escape(ev, v)));
    return;
  }
  val_print(&ev->out, v);
  if (ev->out.len > ev->max_output)
    eval_check_size(ev, 0);
}

static void fail_here(Eval *ev, const Stmt *s) {
  ev->place = NULL;
  ev->stmt_place = (Span){s->at, s->len};
  if (s->hint)
    eval_fail_hint(ev, CODE_TEMPLATE_SYNTAX, str_c(s->hint), "%s", s->message);
  eval_fail_code(ev, CODE_TEMPLATE_SYNTAX, "%s", s->message);
}

// --- where texts come from

static SourceSpan span_here(Eval *ev, Span at, bool literal) {
  return (SourceSpan){.src = ev->src,
                      .at = at.at,
                      .at_len = at.len,
                      .literal = literal,
                      .via = site_of(ev, ev->calls)};
}

// The text that a source was parsed from: those that are equal may share a template.
static Str parsed_text(const Eval *ev, const Source *src) {
  return ev->calls || src != ev->opts.source ? src->text : ev->root;
}

// A text that is written in a template on the way here: a constant, as it stands there.
static bool written_in(Eval *ev, const Source *src, const CallSite *via, Str text,
                       SourceSpan *out) {
  Str whole = src ? parsed_text(ev, src) : (Str){0};
  uintptr_t from = (uintptr_t)whole.ptr, at = (uintptr_t)text.ptr;
  if (!whole.len || at < from || at - from + text.len > whole.len)
    return false;
  *out = (SourceSpan){.src = src,
                      .at = (uint32_t)(at - from),
                      .at_len = (uint32_t)text.len,
                      .literal = true,
                      .via = via};
  return true;
}

static bool written_on_the_way(Eval *ev, Str text, SourceSpan *out) {
  if (written_in(ev, ev->src, site_of(ev, ev->calls), text, out))
    return true;
  for (Call *c = ev->calls; c; c = c->up)
    if (written_in(ev, c->src, c->up ? site_of(ev, c->up) : NULL, text, out))
      return true;
  return false;
}

// Notes where bytes of a map come from that are the text of a value; unless more is known of it,
// from `otherwise`.
static void map_value(Eval *ev, SourceMap *m, size_t out, Value v, size_t len,
                      SourceSpan otherwise) {
  Str text = v.kind == VAL_STR && v.len == len ? val_text(v) : (Str){0};
  const Origin *of = origins_may_copy(ev->origins) ? origins_find(ev->origins, text) : NULL;
  if (of) {
    size_t from = (size_t)(text.ptr - of->text.ptr), had = m->n;
    source_map_fill(m, out, &of->map, from, from + text.len, otherwise);
    ev->origins->copied += m->n - had;
    return;
  }
  if (text.len && !written_on_the_way(ev, text, &otherwise))
    otherwise.value = text.ptr;
  otherwise.out = (uint32_t)out;
  otherwise.len = (uint32_t)len;
  source_map_add(m, otherwise);
}

// What was written from `from` on is a value's text, of the expression at a place.
static void note_value(Eval *ev, size_t from, Value v, uint32_t at, uint32_t len) {
  if (ev->origins)
    map_value(ev, &ev->spans, from, v, ev->out.len - from, span_here(ev, (Span){at, len}, false));
}

void eval_note_joined(Eval *ev, Str joined, const Value *of, const size_t *ends, size_t n) {
  SourceSpan here = span_here(ev, place_of(ev, ev->place), false);
  SourceMap own = {.arena = ev->arena};
  // The first one may have gone on in place.
  Origin *grown = of[0].kind == VAL_STR && val_text(of[0]).ptr == joined.ptr
                      ? origins_find(ev->origins, val_text(of[0]))
                      : NULL;
  SourceMap *map = grown ? &grown->map : &own;
  for (size_t i = grown != NULL; i < n; i++) {
    size_t out = i ? ends[i - 1] : 0;
    map_value(ev, map, out, of[i], ends[i] - out, here);
  }
  if (grown)
    grown->text.len = joined.len;
  else
    origins_add(ev->origins, joined, map);
}

MadeText eval_text(Eval *ev) { return (MadeText){{.arena = ev->arena}, {.arena = ev->arena}}; }

void eval_text_add(Eval *ev, MadeText *t, Value v) {
  size_t from = t->out.len;
  val_print(&t->out, v);
  if (!ev->origins || !origins_may_copy(ev->origins))
    return;
  map_value(ev, &t->map, from, v, t->out.len - from, span_here(ev, place_of(ev, ev->place), false));
  ev->origins->copied++;
}

Value eval_text_end(Eval *ev, MadeText *t, uint8_t flags) {
  Str text = buf_str(&t->out);
  if (ev->origins && t->map.n)
    origins_add(ev->origins, text, &t->map);
  Value v = val_str(text);
  v.flags = flags;
  return v;
}

// --- statements
static void text(Eval *ev, const Stmt *s) {
  if (ev->parts && !ev->captures) {
    list_push(ev->arena, ev->parts, val_str(s->text));
    return;
  }
  size_t from = ev->out.len;
  add_text(ev, s->text);
  if (ev->origins) {
    SourceSpan span = span_here(ev, (Span){s->at, s->len}, true);
    span.out = (uint32_t)from;
    span.len = (uint32_t)s->text.len;
    source_map_add(&ev->spans, span);
  }
}

static void output(Eval *ev, Frame *f, const Stmt *s) {
  size_t from = ev->out.len;
  Value v = eval_expr(ev, f, s->expr);
  if (ev->parts && !ev->captures) {
    if (s->expr->constant && v.kind != VAL_STR)
      v = val_str(val_to_str(ev->arena, v));
    list_push(ev->arena, ev->parts, v);
    return;
  }
  eval_write(ev, v);
  note_value(ev, from, v, s->expr->at, s->expr->len);
}

// What a call or filter block makes must be text already. The complaint can wait (check_joined).
static void write_joined(Eval *ev, Value v, const Stmt *s) {
  if (ev->parts && !ev->captures) {
    list_push(ev->arena, ev->parts, v);
    return;
  }
  if (v.kind == VAL_STR) {
    add_text(ev, val_text(v));
  } else if (!ev->unjoined) {
    ev->unjoined = val_type_name(v);
    ev->unjoined_at = ev->out.len;
    ev->unjoined_place = (Span){s->at, s->len};
  }
}

static void set(Eval *ev, Frame *f, const Stmt *s) {
  Value v = eval_expr(ev, f, s->value);
  eval_assign(ev, f, s->target, v);
}

static Value marked_safe(const Eval *ev, Value v) {
  if (ev->autoescape && v.kind == VAL_STR)
    v.flags |= VAL_SAFE;
  return v;
}

static Flow set_block(Eval *ev, Frame *f, const Stmt *s) {
  size_t from = eval_capture(ev);
  eval_enter_scope(ev, f, s->bscope);
  Flow flow = eval_body(ev, f, s->bbody);
  if (flow != FLOW_ON) {
    eval_drop_capture(ev, from);
    return flow;
  }
  Value v = marked_safe(ev, eval_captured(ev, from));
  if (s->bfilter)
    v = eval_block_filter(ev, f, s->bfilter, v);
  eval_assign(ev, f, s->btarget, v);
  return FLOW_ON;
}

static Flow filter_block(Eval *ev, Frame *f, const Stmt *s) {
  size_t from = eval_capture(ev);
  eval_enter_scope(ev, f, s->fscope);
  Flow flow = eval_body(ev, f, s->fbody);
  if (flow != FLOW_ON) {
    eval_drop_capture(ev, from);
    return flow;
  }
  Value v = eval_block_filter(ev, f, s->filter, marked_safe(ev, eval_captured(ev, from)));
  write_joined(ev, v, s);
  note_value(ev, from, v, s->at, s->len);
  return FLOW_ON;
}

static void call_block(Eval *ev, Frame *f, const Stmt *s) {
  size_t from = ev->out.len;
  const Expr *e = s->call;
  Value callee = eval_expr(ev, f, e->callee);
  Value caller = call_closure(ev, s->macro, f);
  ArgBuf b;
  call_args(ev, f, e->args, NULL, &caller, &b);
  ev->place = e;
  Value v = call_value(ev, callee, &b.args);
  ev->place = e;
  write_joined(ev, v, s);
  note_value(ev, from, v, e->at, e->len);
}

static Flow with(Eval *ev, Frame *f, const Stmt *s) {
  eval_enter_scope(ev, f, s->wscope);
  for (uint32_t i = 0; i < s->nwith; i++)
    eval_assign(ev, f, s->with[i].target, eval_expr(ev, f, s->with[i].value));
  return eval_body(ev, f, s->wbody);
}

static Flow autoescape(Eval *ev, Frame *f, const Stmt *s) {
  bool was = ev->autoescape;
  eval_enter_scope(ev, f, s->fscope);
  ev->autoescape = val_truth(eval_expr(ev, f, s->filter));
  Flow flow = eval_body(ev, f, s->fbody);
  ev->autoescape = was;
  return flow;
}

static void block(Eval *ev, Frame *f, const Stmt *s) {
  const BlockDef *b = s->block;
  if (b->required) {
    ev->place = NULL;
    ev->stmt_place = (Span){s->at, s->len};
    eval_fail(ev, "Required block '%.*s' not found", STR_ARG(b->name));
  }
  Frame *g = eval_frame(ev, &b->fn, f);
  eval_enter_scope(ev, g, b->scope);
  eval_body(ev, g, b->body);
}

static Flow if_chain(Eval *ev, Frame *f, const Stmt *s) {
  while (s && s->kind == ST_IF) {
    if (val_truth(eval_expr(ev, f, s->test)))
      return eval_body(ev, f, s->body);
    const Stmt *next = s->otherwise;
    if (!next || next->kind != ST_IF || !next->elif)
      return eval_body(ev, f, next);
    s = next;
  }
  return FLOW_ON;
}

Flow eval_body(Eval *ev, Frame *f, const Stmt *s) {
  Flow flow = FLOW_ON;
  for (; s && flow == FLOW_ON; s = s->next) {
    eval_tick(ev);
    switch ((StmtKind)s->kind) {
    case ST_TEXT:
      text(ev, s);
      break;
    case ST_OUTPUT:
      output(ev, f, s);
      break;
    case ST_IF:
      flow = if_chain(ev, f, s);
      break;
    case ST_FOR:
      flow = loop_run(ev, f, s);
      break;
    case ST_SET:
      set(ev, f, s);
      break;
    case ST_SETBLOCK:
      flow = set_block(ev, f, s);
      break;
    case ST_MACRO:
      *eval_slot(f, s->msym) = call_closure(ev, s->macro, f);
      break;
    case ST_CALL:
      call_block(ev, f, s);
      break;
    case ST_FILTER:
      flow = filter_block(ev, f, s);
      break;
    case ST_DO:
      eval_expr(ev, f, s->expr);
      break;
    case ST_WITH:
      flow = with(ev, f, s);
      break;
    case ST_BLOCK:
      block(ev, f, s);
      break;
    case ST_BREAK:
      flow = FLOW_BREAK;
      break;
    case ST_CONTINUE:
      flow = FLOW_CONTINUE;
      break;
    case ST_AUTOESCAPE:
      flow = autoescape(ev, f, s);
      break;
    case ST_FAIL:
      fail_here(ev, s);
      break;
    }
  }
  return flow;
}

// --- entries
static void start(Eval *ev, const EvalOptions *o, const Source *own) {
  const EvalLimits *l = &o->limits;
  arena_clear(ev, sizeof *ev);
  ev->opts = *o;
  ev->arena = o->arena;
  ev->out.arena = o->arena;
  ev->src = o->source ? o->source : own;
  ev->lenient = o->lenient;
  ev->steps_left = l->steps ? l->steps : UINT64_MAX / 2;
  size_t memory = l->output ? MEMORY_PER_OUTPUT * l->output : allowed.mib << 20;
  ev->max_output =
      memory / MEMORY_PER_OUTPUT < UINT32_MAX ? memory / MEMORY_PER_OUTPUT : UINT32_MAX;
  ev->max_depth = l->calls ? l->calls : CALLS;
  ev->fuel = 1;
  ev->root = own->text;
  ev->spans.arena = o->arena;
  ev->origins = o->origins;
  ev->stack_end = stack_end();
  ev->work = (Work){.arena = o->arena,
                    .memory = (int64_t)memory,
                    .time = (int64_t)allowed.seconds * NS_PER_S,
                    .end = work_ended,
                    .data = ev};
  work_begin(&ev->work);
}

// The evaluation is over; failed: left in the middle.
static bool ended(Eval *ev, bool failed) {
  if (failed)
    val_forget_depth();
  work_end(&ev->work);
  return !failed;
}

static void run_root(Eval *ev, const Template *t) {
  Frame *f = eval_frame(ev, &t->root, NULL);
  eval_body(ev, f, t->body);
}

// The map of a text that is its own result.
static void map_whole(SourceMap *m, const Source *src) {
  uint32_t len = (uint32_t)src->text.len;
  m->n = 0;
  source_map_add(m, (SourceSpan){.len = len, .src = src, .at_len = len, .literal = true});
}

static bool is_result_of_text(const Template *t, const EvalOptions *o, Str *out) {
  if (!t->plain)
    return false;
  *out = t->src->text;
  if (o->map)
    map_whole(o->map, o->source ? o->source : t->src);
  return true;
}

bool template_render(const Template *t, const EvalOptions *o, Str *out) {
  if (is_result_of_text(t, o, out))
    return true;
  Eval ev;
  jmp_buf jmp;
  Origins of_its_own = {.arena = o->arena};
  start(&ev, o, t->src);
  if (o->map && !ev.origins)
    ev.origins = &of_its_own;
  ev.fail = &jmp;
  if (_setjmp(jmp))
    return ended(&ev, true);
  size_t guess = t->text.len + 64;
  ev.out.ptr = arena_alloc(ev.arena, guess);
  ev.out.cap = guess;
  run_root(&ev, t);
  check_joined(&ev, 0);
  *out = buf_str(&ev.out);
  if (o->map)
    *o->map = ev.spans;
  return ended(&ev, false);
}

bool template_render_native(const Template *t, const EvalOptions *o, Value *out) {
  Eval ev;
  jmp_buf jmp;
  start(&ev, o, t->src);
  ev.fail = &jmp;
  if (_setjmp(jmp))
    return ended(&ev, true);
  if (t->plain) {
    Str s = t->src->text;
    s.len -= s.len && s.ptr[s.len - 1] == '\n';
    *out = val_str(s);
    return ended(&ev, false);
  }
  ev.native = true;
  ev.parts = val_list(ev.arena, 4).list;
  run_root(&ev, t);
  *out = native_result(&ev, ev.parts);
  return ended(&ev, false);
}

bool eval_macro(const Macro *m, const Args *args, const EvalOptions *o, Value *out) {
  Eval ev;
  jmp_buf jmp;
  start(&ev, o, m->source);
  ev.fail = &jmp;
  ev.stmt_place = m->head;
  if (_setjmp(jmp))
    return ended(&ev, true);
  *out = call_value(&ev, val_obj((void *)(uintptr_t)&m->object), args);
  return ended(&ev, false);
}

// --- within a running evaluation
// What a failure inside eval_try must put back.
typedef struct State {
  const Expr *place;
  Span stmt_place;
  const Source *src;
  Call *calls;
  unsigned depth, captures;
  bool lenient, autoescape;
  size_t out;
  Diags *diags;
  jmp_buf *fail;
} State;

static State save(const Eval *ev) {
  return (State){ev->place,   ev->stmt_place, ev->src,     ev->calls,      ev->depth, ev->captures,
                 ev->lenient, ev->autoescape, ev->out.len, ev->opts.diags, ev->fail};
}

static void restore(Eval *ev, const State *s) {
  const Host *h = ev->opts.host;
  for (Call *c = ev->calls; c && c != s->calls; c = c->up)
    if (c->macro && c->catches && h && h->leave)
      h->leave(h->data, ev, c->macro);
  ev->place = s->place;
  ev->stmt_place = s->stmt_place;
  ev->src = s->src;
  ev->calls = s->calls;
  ev->depth = s->depth;
  ev->captures = s->captures;
  ev->lenient = s->lenient;
  ev->autoescape = s->autoescape;
  eval_cut(ev, s->out);
  val_forget_depth();
  work_now = &ev->work;
  ev->opts.diags = s->diags;
  ev->fail = s->fail;
}

bool eval_try(Eval *ev, void (*fn)(Eval *ev, void *data), void *data, Str *message) {
  State was = save(ev);
  Diags own;
  jmp_buf jmp;
  diags_init(&own);
  ev->opts.diags = &own;
  ev->fail = &jmp;
  if (_setjmp(jmp) == 0) {
    fn(ev, data);
    ev->fail = was.fail;
    ev->opts.diags = was.diags;
    if (own.first)
      diags_move(was.diags, &own); // warnings
    diags_free(&own);
    return true;
  }
  restore(ev, &was);
  const Diag *d = own.first;
  while (d && d->severity != SEV_ERROR)
    d = d->next;
  *message = d ? str_dup(ev->arena, d->message) : STR("");
  diags_free(&own);
  return false;
}

// Findings refer to their source and may be shown after this evaluation: the text goes to them.
static const Source *lasting_source(Diags *diags, Source of) {
  pthread_mutex_lock(&diags->lock);
  Source *src = arena_new(&diags->arena, Source);
  *src = of;
  src->path = str_dup(&diags->arena, of.path);
  src->text = str_dup(&diags->arena, of.text);
  pthread_mutex_unlock(&diags->lock);
  return src;
}

Str eval_render_text(Eval *ev, Source src) {
  return eval_render_source(ev, lasting_source(ev->opts.diags, src), NULL);
}

// Renders a text into a value.
static Str rendered_text(Eval *ev, const Template *t) {
  const Expr *place = ev->place;
  const Source *src = ev->src;
  size_t from = eval_capture(ev);
  ev->src = t->src;
  run_root(ev, t);
  ev->src = src;
  ev->place = place;
  ev->depth--;
  return val_text(eval_captured(ev, from));
}

// The map of a text that this evaluation made; it is known where that is followed.
static void give_map(const Eval *ev, Str text, SourceMap *map) {
  const Origin *of = map && ev->origins ? origins_find(ev->origins, text) : NULL;
  size_t from = of ? (size_t)(text.ptr - of->text.ptr) : 0;
  if (of)
    source_map_copy(map, 0, &of->map, from, from + text.len);
}

// A text without a template is its own result.
static void note_plain(const Eval *ev, const Source *src, SourceMap *map) {
  SourceMap whole = {.arena = ev->arena};
  map_whole(map ? map : &whole, src);
  if (ev->origins)
    origins_add(ev->origins, src->text, map ? map : &whole);
}

Str eval_render_source(Eval *ev, const Source *src, SourceMap *map) {
  Template *t = template_parse(ev->arena, src, ev->opts.diags);
  if (!t)
    eval_abort(ev);
  if (t->plain) {
    note_plain(ev, src, map);
    return src->text;
  }
  if (++ev->depth > ev->max_depth || stack_low())
    eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "templates render templates too deeply");
  Str text = rendered_text(ev, t);
  give_map(ev, text, map);
  return text;
}
