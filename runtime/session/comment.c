// The comment in front of each statement: dbt's JSON about who sends it, the project's own text, or
// none. In: the project's query-comment. Out: text for conn.c.
#include "../../compiler/context/context.h"
#include "../../compiler/graph/manifest_node.h"
#include "../../compiler/value/json.h"
#include "../run/version.h"
#include "conn.h"

// query-comment is a text, none, or {comment, append, job-label}.
bool comment_init(Run *r) {
  Value setting = r->project->packages[0]->query_comment, text = setting;
  if (setting.kind == VAL_DICT) {
    Value append = val_get(setting, STR("append"));
    r->comment_append = append.kind == VAL_BOOL && append.b;
    text = val_get(setting, STR("comment"));
  }
  r->comment_default = text.kind == VAL_UNDEF;
  r->comment_off = !r->comment_default && !val_truth(text);
  if (r->comment_default || r->comment_off)
    return true;
  Source *src = arena_new(&r->arena, Source);
  src->path = STR("query-comment");
  // As the body of a macro, so that it may return().
  src->text = str_fmt(&r->arena, "{%%- macro query_comment_macro() -%%}%.*s{%%- endmacro -%%}",
                      STR_ARG(val_to_str(&r->arena, text)));
  r->comment_template = template_parse(&r->arena, src, &r->diags);
  return r->comment_template != NULL;
}

static Str default_comment(Arena *a, const Run *r, const Conn *c, const Node *n) {
  Buf b = {.arena = a};
  Json j = {.out = &b};
  json_open_object(&j);
  json_key_str(&j, "app", STR("dbt"));
  json_key_str(&j, "dbt_version", str_c(dbt_releases[r->project->level].version));
  json_key_str(&j, "profile_name", r->project->target->profile_name);
  json_key_str(&j, "target_name", r->project->target->name);
  if (n)
    json_key_str(&j, "node_id", n->id);
  else
    json_key_str(&j, "connection_name", c->name);
  json_key_str(&j, "invocation_id", r->project->invocation_id);
  json_close_object(&j);
  return buf_str(&b);
}

// *why: what its template failed with, which is told; empty: nothing.
static Str own_comment(Arena *a, Run *r, const Conn *c, const Node *n, Str *why) {
  Context *ctx = arena_new(a, Context);
  context_init(ctx, CONTEXT_COMMENT, &r->shared, a, n, r->project->packages[0], NULL);
  context_set(ctx, STR("node"), n ? node_value(a, r->graph, n) : val_none());
  context_set(ctx, STR("connection_name"), val_str(c->name));
  Diags diags = {0};
  diags_init(&diags);
  EvalOptions o = context_options(ctx, &diags);
  Str out = {0};
  size_t nmacros;
  Macro *const *macros = template_macros(r->comment_template, &nmacros);
  Args none = {0};
  Value v;
  bool good = nmacros && eval_macro(macros[0], &none, &o, &v);
  if (good)
    out = val_to_str(a, v);
  *why = good ? (Str){0} : diags.first ? str_dup(a, diags.first->message) : STR("its macro failed");
  if (!good && diags.first)
    run_finding(r, diags.first, n);
  diags_free(&diags);
  return good ? str_trim(out) : (Str){0};
}

bool comment_check(Run *r) {
  if (!r->comment_template)
    return true;
  Arena a = {0};
  const Conn none = {.run = r, .name = STR("main")};
  Str why, s = own_comment(&a, r, &none, NULL, &why);
  bool good = !why.len && str_find(s, STR("*/"), 0) < 0;
  if (!good && !why.len) {
    Diag *d = diag_error(&r->diags, CODE_CONFIG_VALUE, STR("query-comment"),
                         "the comment of statements may not hold \"*/\", which would end it: %.*s",
                         STR_ARG(s));
    diag_hint(&r->diags, d, "take it out of `query-comment:` or the macro that it calls");
    run_report(r);
  }
  arena_free(&a);
  return good;
}

// "*/" inside would end the comment early.
static Str harmless(Arena *a, Str s) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    buf_addc(&b, s.ptr[i]);
    if (s.ptr[i] == '*' && i + 1 < s.len && s.ptr[i + 1] == '/')
      buf_addc(&b, ' ');
  }
  return buf_str(&b);
}

void comment_for(Conn *c, const Node *n) {
  Run *r = c->run;
  c->comment = c->bad_comment = (Str){0};
  if (r->comment_off || (!r->comment_default && !r->comment_template))
    return;
  Arena a = {0};
  Str why = {0};
  Str s = r->comment_default ? default_comment(&a, r, c, n) : own_comment(&a, r, c, n, &why);
  if (why.len)
    c->bad_comment = result_text(r, why);
  if (s.len)
    c->comment = result_text(r, harmless(&a, s));
  arena_free(&a);
}

void conn_for(Conn *c, const Node *n) {
  c->node = n;
  if (n)
    c->name = n->id;
  if (c->session && c->run->engine->next_node)
    c->run->engine->next_node(c->session);
  comment_for(c, n);
}
