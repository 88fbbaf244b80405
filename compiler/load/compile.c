// In: a node and a context to render it with. Out: the text that is run, with the CTEs of ephemeral
// parents put in as dbt does, and the map from its bytes to the sources. Leaves running to
// runtime/.
#include "compile.h"

#include "../base/vec.h"
#include "../context/filtered.h"
#include "../context/kept.h"
#include "../context/refs.h"
#include "../dialect/sql_look.h"

enum { MAX_DEPTH = 500 };

// --- generic tests: their arguments

// "ref('x')", "var('y')": a call written without braces.
bool compile_is_call(Str s) {
  static const Str names[] = {STR_INIT("env_var"), STR_INIT("ref"), STR_INIT("var"),
                              STR_INIT("source"), STR_INIT("doc")};
  s = str_trim(s);
  if (!s.len || s.ptr[s.len - 1] != ')' || memchr(s.ptr, '\n', s.len))
    return false;
  for (size_t i = 0; i < COUNT(names); i++) {
    if (!str_starts(s, names[i]))
      continue;
    Str rest = str_trim(str_sub(s, names[i].len, s.len));
    if (rest.len > 2 && rest.ptr[0] == '(')
      return true;
  }
  return false;
}

// What a text of YAML was rendered to comes from there.
static void note_made(Context *c, Str written, Value v) {
  SourceMap map = {.arena = c->arena};
  if (v.kind != VAL_STR)
    return;
  source_map_add(&map, (SourceSpan){.len = v.len, .value = written.ptr, .made = true});
  context_origin(c, val_text(v), &map);
}

static bool render_text(Context *c, Arena *a, const Node *n, Str text, Value *out, Diags *diags) {
  Str written = text;
  if (compile_is_call(text))
    text = str_fmt(a, "{{ %.*s }}", STR_ARG(text));
  if (!text.len || !memchr(text.ptr, '{', text.len)) {
    if (text.len && text.ptr[text.len - 1] == '\n')
      text.len--;
    *out = val_str(text);
    return true;
  }
  Source *src = arena_new(a, Source);
  *src = (Source){.path = n->source->path,
                  .text = text,
                  .made_by = n->source->made_by,
                  .made_at = n->source->made_at};
  Template *t = template_parse(a, src, diags);
  EvalOptions o = context_options(c, diags);
  if (!t || !template_render_native(t, &o, out))
    return false;
  note_made(c, written, *out);
  return true;
}

static bool render_value(Context *c, Arena *a, const Node *n, Value v, Value *out, Diags *diags,
                         unsigned depth) {
  bool ok = true;
  *out = v;
  if (val_is(v, VAL_STR))
    return render_text(c, a, n, val_text(v), out, diags);
  if (depth > MAX_DEPTH)
    return true;
  if (val_is(v, VAL_LIST)) {
    *out = val_list(a, v.list->n);
    for (size_t i = 0; ok && i < v.list->n; i++) {
      Value item;
      ok = render_value(c, a, n, v.list->items[i], &item, diags, depth + 1);
      list_push(a, out->list, item);
    }
  } else if (val_is(v, VAL_DICT)) {
    *out = val_dict(a);
    size_t at = 0;
    for (DictEntry *e; ok && (e = dict_next(v.dict, &at));) {
      Value item;
      ok = render_value(c, a, n, e->value, &item, diags, depth + 1);
      dict_set(a, out->dict, e->key, item);
    }
  }
  return ok;
}

bool compile_test_kwargs(Context *c, Arena *a, const Node *n, Value *out, Diags *diags) {
  *out = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(n->test->kwargs.dict, &at));) {
    Value v = e->value;
    if (!val_is_str(e->key, STR("column_name")) && !render_value(c, a, n, v, &v, diags, 0))
      return false;
    dict_set(a, out->dict, e->key, v);
  }
  return true;
}

// --- text with a map

typedef struct Piece {
  Str text;
  SourceMap map;
} Piece;

// Adds bytes [from, to) of a piece, with their spans.
static void add_part(Buf *out, SourceMap *map, const Piece *p, size_t from, size_t to) {
  source_map_copy(map, out->len, &p->map, from, to);
  buf_add(out, str_sub(p->text, from, to));
}

// --- ephemeral parents

typedef struct Cte {
  Str id;
  Piece piece; // " __dbt__cte__x as (...)"
} Cte;

typedef struct Compile {
  Context *c;
  const Graph *g;
  Diags *diags;
  VEC(Cte) ctes; // in the order they are written
  Map seen;
  unsigned depth;
  const Node *failed_in;
} Compile;

static bool render(Context *c, const Node *n, Piece *out, Value *parents, Diags *diags) {
  *parents = val_list(c->arena, 2);
  c->ephemeral = parents;
  if (n->test && n->test->generic) {
    Value kwargs;
    if (!compile_test_kwargs(c, c->arena, n, &kwargs, diags))
      return false;
    context_set(c, STR("_dbt_generic_test_kwargs"), kwargs);
  }
  if (n->more->given_rows.kind == VAL_LIST)
    context_set(c, STR("_dbt_fixture_rows"), n->more->given_rows);
  out->map = (SourceMap){.arena = c->arena};
  EvalOptions o = context_options(c, diags);
  o.map = &out->map;
  o.source = n->source;
  out->text = n->raw_code;
  const Template *body = n->body;
  if (!body && n->source && n->source->well_formed)
    body = template_parse(c->arena, n->source, diags);
  if (body && !template_render(body, &o, &out->text))
    return false;
  if (!body && n->source)
    source_map_add(&out->map, (SourceSpan){.len = (uint32_t)n->raw_code.len,
                                           .src = n->source,
                                           .at_len = (uint32_t)n->raw_code.len,
                                           .literal = true});
  out->text = filtered_settle(c->arena, c->shared->dialect, out->text, &out->map);
  return true;
}

static bool add_ctes(Compile *compile, Value parents);

// Nothing in brackets is no CTE.
static bool has_text(Compile *compile, const Node *n, Str text) {
  if (!sql_shape(compile->c->shared->dialect->sql, text).empty)
    return true;
  Diag *d = diag_at(compile->diags, SEV_ERROR, CODE_STATEMENT_COUNT, n->source, (Span){0},
                    "'%.*s' has no statement", STR_ARG(n->name));
  diag_hint(compile->diags, d, "a %.*s is one select", STR_ARG(node_kind_names[n->kind]));
  return false;
}

// The node of an id: in a unit test what stands in for it.
static const Node *node_of(const Compile *compile, Str id) {
  const UnitTest *u = compile->c->node ? compile->c->node->unit : NULL;
  for (size_t i = 0; u && i < u->ninputs; i++)
    if (str_eq(u->inputs[i].stand_in->id, id))
      return u->inputs[i].stand_in;
  return map_get(&compile->g->by_id, id);
}

// The types of rows given for an ephemeral model are those of its query: no relation has them.
static bool give_query(Compile *compile, Context *c, const Node *stand_in) {
  const UnitTest *u = compile->c->node ? compile->c->node->unit : NULL;
  const Node *of = NULL;
  for (size_t i = 0; u && i < u->ninputs; i++)
    if (u->inputs[i].stand_in == stand_in)
      of = u->inputs[i].of;
  if (!of || stand_in->more->given_rows.kind != VAL_LIST ||
      !str_is(node_materialized(of), "ephemeral"))
    return true;
  Context *own = arena_new(c->arena, Context);
  Compiled code = {0};
  context_init(own, c->kind, c->shared, c->arena, of, of->package, c->db);
  own->thread = c->thread;
  own->asks_nothing = c->asks_nothing;
  if (!compile_node(own, compile->g, &code, compile->diags)) {
    compile->failed_in = code.failed_in ? code.failed_in : of;
    return false;
  }
  context_set(c, STR("_dbt_fixture_query"), val_str(code.code));
  return true;
}

static bool add_cte(Compile *compile, const Node *n) {
  Arena *a = compile->c->arena;
  if (map_put(a, &compile->seen, n->id, compile))
    return true;
  if (++compile->depth > MAX_DEPTH) {
    Diag *d = diag_at(compile->diags, SEV_ERROR, CODE_NESTED_TOO_DEEP, n->source, (Span){0},
                      "more than %d ephemeral models stand on each other", MAX_DEPTH);
    diag_hint(compile->diags, d, "make one of them a view or a table");
    return false;
  }
  Context *c = arena_new(a, Context);
  context_init(c, compile->c->kind, compile->c->shared, a, n, n->package, compile->c->db);
  c->thread = compile->c->thread;
  c->asks_nothing = compile->c->asks_nothing;
  Piece body;
  Value parents;
  if (!give_query(compile, c, n))
    return false;
  if (!render(c, n, &body, &parents, compile->diags) || !has_text(compile, n, body.text)) {
    compile->failed_in = n;
    return false;
  }
  if (!add_ctes(compile, parents))
    return false;
  compile->depth--;
  Buf out = {.arena = a};
  Cte cte = {.id = n->id, .piece.map.arena = a};
  Str name = context_cte_name(a, n);
  buf_addc(&out, ' ');
  if (context_cte_is_plain(name))
    buf_add(&out, name);
  else
    compile->c->shared->dialect->quote_name(&out, name);
  buf_adds(&out, " as (\n");
  add_part(&out, &cte.piece.map, &body, 0, body.text.len);
  buf_adds(&out, "\n)");
  cte.piece.text = buf_str(&out);
  vec_push(a, &compile->ctes, cte);
  return true;
}

static bool add_ctes(Compile *compile, Value parents) {
  for (size_t i = 0; i < parents.list->n; i++) {
    Value id = val_get(parents.list->items[i], STR("id"));
    const Node *n = val_is(id, VAL_STR) ? node_of(compile, val_text(id)) : NULL;
    if (n && !add_cte(compile, n))
      return false;
  }
  return true;
}

static void inject(Compile *compile, const Piece *body, Compiled *out) {
  Arena *a = compile->c->arena;
  Buf text = {.arena = a};
  bool joins;
  size_t at = sql_place_of_ctes(compile->c->shared->dialect->sql, body->text, &joins);
  out->map = (SourceMap){.arena = a};
  add_part(&text, &out->map, body, 0, at);
  if (!joins)
    buf_adds(&text, "with");
  for (size_t i = 0; i < compile->ctes.n; i++) {
    if (i)
      buf_adds(&text, ", ");
    add_part(&text, &out->map, &compile->ctes.items[i].piece, 0,
             compile->ctes.items[i].piece.text.len);
  }
  if (joins)
    buf_addc(&text, ',');
  buf_addc(&text, ' ');
  add_part(&text, &out->map, body, at, body->text.len);
  out->code = buf_str(&text);
}

// The relations that the foreign keys in a list of constraints refer to.
static bool resolve_keys(Context *c, Value constraints, Value names, Diags *diags) {
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++) {
    Value to = val_get(constraints.list->items[i], STR("to"));
    if (to.kind != VAL_STR || !compile_is_call(val_text(to)))
      continue;
    Source *src = arena_new(c->arena, Source);
    *src = (Source){.path = c->node->source->path,
                    .text = str_fmt(c->arena, "{{ (%.*s).render() }}", STR_ARG(val_text(to)))};
    Template *t = template_parse(c->arena, src, diags);
    EvalOptions o = context_options(c, diags);
    Str name;
    if (!t || !template_render(t, &o, &name))
      return false;
    dict_sets(c->arena, names.dict, val_text(to), val_str(name));
  }
  return true;
}

static bool resolve_all_keys(Context *c, Value *names, Diags *diags) {
  const Node *n = c->node;
  *names = val_dict(c->arena);
  bool good = n->kind != NODE_MODEL || n->unit || resolve_keys(c, n->constraints, *names, diags);
  for (size_t i = 0; good && n->kind == NODE_MODEL && !n->unit && i < n->ncolumns; i++)
    good = resolve_keys(c, n->columns[i]->constraints, *names, diags);
  return good;
}

bool compile_node(Context *c, const Graph *g, Compiled *out, Diags *diags) {
  Compile compile = {.c = c, .g = g, .diags = diags};
  Piece body;
  Value *kept = arena_new(c->arena, Value);
  bool good = render(c, c->node, &body, kept, diags) && add_ctes(&compile, *kept) &&
              resolve_all_keys(c, &out->keys_to, diags);
  context_keep(c);
  out->failed_in = compile.failed_in;
  if (!good)
    return false;
  if (c->shared->flags && c->shared->flags->bare)
    compile.ctes.n = 0;
  out->extra_ctes = val_list(c->arena, compile.ctes.n);
  for (size_t i = 0; i < compile.ctes.n; i++) {
    Value d = val_dict(c->arena);
    dict_sets(c->arena, d.dict, STR("id"), val_str(compile.ctes.items[i].id));
    dict_sets(c->arena, d.dict, STR("sql"), val_str(compile.ctes.items[i].piece.text));
    list_push(c->arena, out->extra_ctes.list, d);
  }
  if (compile.ctes.n) {
    inject(&compile, &body, out);
  } else {
    out->code = body.text;
    out->map = body.map;
  }
  return true;
}
