// In: the text of a macro that is known to be well-formed, and the calls that were found in it when
// that was seen (scripts/embed.c). Out: a macro as any other, whose text is parsed when something
// first asks what is in it. Leaves to its maker that the text is what was looked at.
//
// Most of starc's own macros are never called in a run, and parsing all of them took more time than
// all else that a command on a small project does. A tree written out as a table by the build would
// save the rest, too: it has ten times the size of the text and pointers everywhere, which the
// loader would have to relocate at each start, in every command.
#include "late.h"
#include "call.h"
#include "calls.h"
#include "interp.h"

#include <pthread.h>

struct LateMacros {
  pthread_mutex_t lock; // guards what follows, and is held while a text is parsed
  Arena arena;          // the trees
};

// What a late macro is beside a Macro.
typedef struct Late {
  LateMacros *all;
  const char *calls;
} Late;

LateMacros *late_macros_new(Arena *a) {
  LateMacros *all = arena_new(a, LateMacros);
  pthread_mutex_init(&all->lock, NULL);
  return all;
}

void late_macros_free(LateMacros *all) {
  arena_free(&all->arena);
  pthread_mutex_destroy(&all->lock);
}

Macro *macro_late(Arena *a, LateMacros *all, const Source *src, const LateText *text) {
  Late *late = arena_new(a, Late);
  *late = (Late){all, text->calls};
  Macro *m = arena_new(a, Macro);
  m->object.type = &macro_type;
  m->name = text->name;
  m->source = src;
  m->span = (Span){0, (uint32_t)src->text.len};
  m->head = text->head;
  m->late = late;
  return m;
}

// Parses the text; under the lock. NULL: this thread's stack has no room for that.
static const MacroDef *parsed(Arena *a, const Macro *m) {
  Diags diags;
  diags_init(&diags);
  const Template *t = template_parse(a, m->source, &diags);
  diags_free(&diags);
  if (!t || !t->nmacros)
    return NULL;
  MacroDef *def = (MacroDef *)(uintptr_t)t->macros[0]->ast;
  def->macro = (Macro *)(uintptr_t)m;
  return def;
}

const MacroDef *macro_def(const Macro *m) {
  const MacroDef *def = m->ast;
  if (def)
    return def;
  LateMacros *all = m->late->all;
  Work *work = work_lock(&all->lock);
  def = m->ast;
  if (!def)
    ((Macro *)(uintptr_t)m)->ast = def = parsed(&all->arena, m);
  work_unlock(&all->lock, work);
  return def;
}

void macro_calls(const Macro *m, TemplateCallFn *fn, void *data) {
  if (!m->late) {
    template_calls(m->template, fn, data);
    return;
  }
  enum { MOST = TEMPLATE_CALL_ARGS };
  for (const char *at = m->late->calls; *at;) {
    Str callee = str_c(at), args[MOST];
    at += callee.len + 1;
    size_t n = 0;
    for (; *at && n < MOST; n++) {
      Str arg = str_c(at);
      args[n] = *at == LATE_TEXT ? str_sub(arg, 1, arg.len) : (Str){0};
      at += arg.len + 1;
    }
    at++;
    fn(data, callee, args, n, (Span){0});
  }
}

const Str *macro_params(const Macro *m, size_t *n) {
  const MacroDef *def = macro_def(m);
  *n = def ? def->nparams : 0;
  return def ? def->params : NULL;
}

bool macro_param_optional(const Macro *m, size_t i) {
  const MacroDef *def = macro_def(m);
  return def && def->defaults[i];
}
