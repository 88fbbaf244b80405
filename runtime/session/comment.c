// See comment.h.
#include "comment.h"

#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/value/json.h"

// query-comment is a text, none, or {comment, append, job-label}.
bool comment_init(Sessions *s, Arena *a, Diags *diags) {
  QueryComment *q = &s->comment;
  Value setting = s->context->project->packages[0]->query_comment, text = setting;
  if (setting.kind == VAL_DICT) {
    Value append = val_get(setting, STR("append"));
    q->append = append.kind == VAL_BOOL && append.b;
    text = val_get(setting, STR("comment"));
  }
  q->is_default = text.kind == VAL_UNDEF;
  q->off = !q->is_default && !val_truth(text);
  if (q->is_default || q->off)
    return true;
  Source *src = arena_new(a, Source);
  src->path = STR("query-comment");
  // As the body of a macro, so that it may return().
  src->text = str_fmt(a, "{%%- macro query_comment_macro() -%%}%.*s{%%- endmacro -%%}",
                      STR_ARG(val_to_str(a, text)));
  q->template = template_parse(a, src, diags);
  return q->template != NULL;
}

static Str default_comment(Arena *a, const Conn *c, const Node *n) {
  const Project *project = c->of->context->project;
  Buf b = {.arena = a};
  Json j = {.out = &b};
  json_open_object(&j);
  json_key_str(&j, "app", STR("dbt"));
  json_key_str(&j, "dbt_version", str_c(dbt_releases[project->level].version));
  json_key_str(&j, "profile_name", project->target->profile_name);
  json_key_str(&j, "target_name", project->target->name);
  if (n)
    json_key_str(&j, "node_id", n->id);
  else
    json_key_str(&j, "connection_name", c->name);
  json_key_str(&j, "invocation_id", project->invocation_id);
  json_close_object(&j);
  return buf_str(&b);
}

// *why: what its template failed with, which is told; empty: nothing.
static Str own_comment(Arena *a, const Conn *c, const Node *n, Str *why) {
  const ContextShared *shared = c->of->context;
  Context *ctx = arena_new(a, Context);
  context_init(ctx, CONTEXT_COMMENT, shared, a, n, shared->project->packages[0], NULL);
  context_set(ctx, STR("node"), n ? node_value(a, shared->graph, n) : val_none());
  context_set(ctx, STR("connection_name"), val_str(c->name));
  Diags diags = {0};
  diags_init(&diags);
  EvalOptions o = context_options(ctx, &diags);
  Str out = {0};
  size_t nmacros;
  Macro *const *macros = template_macros(c->of->comment.template, &nmacros);
  Args none = {0};
  Value v;
  bool good = nmacros && eval_macro(macros[0], &none, &o, &v);
  if (good)
    out = val_to_str(a, v);
  *why = good ? (Str){0} : diags.first ? str_dup(a, diags.first->message) : STR("its macro failed");
  if (!good && diags.first)
    c->of->calls->finding(c->of->data, diags.first, n);
  diags_free(&diags);
  return good ? str_trim(out) : (Str){0};
}

bool comment_check(Sessions *s, Diags *diags) {
  if (!s->comment.template)
    return true;
  Arena a = {0};
  const Conn none = {.of = s, .name = STR("main")};
  Str why, text = own_comment(&a, &none, NULL, &why);
  bool good = !why.len && str_find(text, STR("*/"), 0) < 0;
  if (!good && !why.len) {
    Diag *d = diag_error(diags, CODE_CONFIG_VALUE, STR("query-comment"),
                         "the comment of statements may not hold \"*/\", which would end it: %.*s",
                         STR_ARG(text));
    diag_hint(diags, d, "take it out of `query-comment:` or the macro that it calls");
  }
  arena_free(&a);
  return good;
}

// "*/" inside would end the comment early, and "/*" begin one within it.
static Str harmless(Arena *a, Str s) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    buf_addc(&b, s.ptr[i]);
    char next = i + 1 < s.len ? s.ptr[i + 1] : 0;
    if ((s.ptr[i] == '*' && next == '/') || (s.ptr[i] == '/' && next == '*'))
      buf_addc(&b, ' ');
  }
  return buf_str(&b);
}

void comment_for(Conn *c, const Node *n) {
  const QueryComment *q = &c->of->comment;
  c->comment = c->bad_comment = (Str){0};
  if (q->off || (!q->is_default && !q->template))
    return;
  Arena a = {0};
  Str why = {0};
  Str s = q->is_default ? default_comment(&a, c, n) : own_comment(&a, c, n, &why);
  if (why.len)
    c->bad_comment = sessions_text(c->of, why);
  if (s.len)
    c->comment = sessions_text(c->of, harmless(&a, s));
  arena_free(&a);
}
