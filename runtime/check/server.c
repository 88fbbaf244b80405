// See server.h. Each thing is made alone: one that is refused is told, and takes no other along.
#include "server.h"
#include "../../compiler/dialect/sql_look.h"
#include "functions.h"
#include "live.h"
#include "lock.h"

// --- what is known

static void ask(CheckServer *s, Conn *conn) {
  Arena *a = &s->run->arena;
  s->known = true;
  for (size_t i = 0; lock_server_parts[i]; i++) {
    Diags diags = {0};
    Value part;
    diags_init(&diags);
    bool good = live_server(s->run, conn, str_c(lock_server_parts[i]), &part, &diags);
    if (good && part.kind == VAL_DICT)
      dict_sets(a, s->parts.dict, str_c(lock_server_parts[i]), part);
    s->known = s->known && good;
    diags_free(&diags);
  }
}

static void of_lock(CheckServer *s, const SchemaLock *lock) {
  for (size_t i = 0; lock_server_parts[i]; i++) {
    Value part = lock_part(lock, str_c(lock_server_parts[i]));
    if (part.kind == VAL_DICT)
      dict_sets(&s->run->arena, s->parts.dict, str_c(lock_server_parts[i]), part);
    s->known = s->known || part.kind == VAL_DICT;
  }
}

void server_know(CheckServer *s, Run *r) {
  *s = (CheckServer){.run = r,
                     .target = r->project->target,
                     .engine = r->sessions.engine,
                     .parts = val_dict(&r->arena)};
  Target unused = *s->target;
  of_lock(s, lock_read(r));
  if (!r->options->check_target.len && !target_inside(&r->arena, &unused, STR("")))
    s->known = true; // it is the place
  if (s->known || !s->target->inside || r->options->offline)
    return;
  DbError error = {.at = -1};
  s->known = live_is_new(r); // and has nothing
  Conn *conn = s->known ? NULL : live_open(r, &error);
  if (conn)
    ask(s, conn);
  if (conn)
    conn_close(conn);
}

// --- making it

// Whether a node of the project makes a relation of that name.
static bool is_made(const Run *r, Value how) {
  Str schema = val_text(val_get(how, STR("schema"))), name = val_text(val_get(how, STR("name")));
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    if (node_is_refable(n) && str_eq(n->schema, schema) && str_eq(n->alias, name))
      return true;
  }
  return false;
}

static Str relation_key(Arena *a, Value how) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(val_text(val_get(how, STR("schema")))), '\0',
                 STR_ARG(val_text(val_get(how, STR("name")))));
}

bool server_has(const CheckServer *s, const Node *source) {
  return map_get(&s->made, str_fmt(&s->run->arena, "%.*s%c%.*s", STR_ARG(source->schema), '\0',
                                   STR_ARG(source->alias)));
}

bool server_lacks(const CheckServer *s, Str message) {
  for (size_t i = 0; i < s->unmade.n; i++)
    if (str_find_word(message, s->unmade.entries[i].key, 0) >= 0)
      return true;
  return false;
}

// Whether a text is one statement that makes a function or a type, which runs nothing.
static bool is_harmless(Run *r, Str text) {
  SqlShape shape = sql_shape(r->dialect->sql, text);
  Str rest = text, word;
  bool makes = false;
  while (!makes && str_cut(&rest, ' ', &word) &&
         str_among_nocase(word, "create or replace function procedure type domain"))
    makes = str_among_nocase(word, "function procedure type domain");
  return makes && !shape.empty && shape.second < 0;
}

// `last`: what is refused is told.
static bool make(CheckServer *s, CheckPlace *p, const char *part, const DictEntry *e, bool last) {
  Arena a = {0};
  Diags diags = {0};
  Value pos[3] = {val_str(str_c(part)), e->key, e->value}, out;
  Args args = {pos, 3, NULL, 0};
  diags_init(&diags);
  bool good = e->value.kind != VAL_STR || is_harmless(s->run, val_text(e->value));
  if (!good)
    diag_error(&diags, CODE_LOCK_FILE, (Str){0}, "its text makes neither a function nor a type");
  good = good && place_call(p, &a, STR("starc_check_make"), &args, &out, &diags);
  if (good && e->value.kind == VAL_DICT)
    map_add(&s->run->arena, &s->made, relation_key(&s->run->arena, e->value));
  if (!good && last && e->value.kind == VAL_STR)
    map_add(&s->run->arena, &s->unmade, function_name(val_text(e->key)));
  if (!good && last && diags.first && !(e->value.kind == VAL_STR && !val_text(e->value).len))
    run_tell(s->run, (Event){.kind = EV_AdapterEventDebug, .level = LEVEL_WARN},
             "'%.*s' of the server is not taken: %.*s", STR_ARG(val_text(e->key)),
             STR_ARG(diags.first->message));
  diags_free(&diags);
  arena_free(&a);
  return good;
}

// A type may be made of others, in any order: as long as one more of them is made, all that were
// not are tried again.
static void make_part(CheckServer *s, CheckPlace *p, const char *word, const Dict *part) {
  Map made = {0};
  Arena a = {0};
  for (bool more = true, last = false; more || last;) {
    more = false;
    size_t at = 0;
    for (DictEntry *e; (e = dict_next(part, &at));)
      if (!map_get(&made, val_text(e->key)) &&
          (e->value.kind != VAL_DICT || !is_made(s->run, e->value)) && make(s, p, word, e, last)) {
        map_add(&a, &made, val_text(e->key));
        more = true;
      }
    last = !more && !last && made.n < part->n;
  }
  arena_free(&a);
}

void server_make(CheckServer *s, CheckPlace *p) {
  bool elsewhere = p->folder.len || s->run->options->check_target.len;
  for (size_t i = 0; elsewhere && lock_server_parts[i]; i++) {
    Value part = val_get(s->parts, str_c(lock_server_parts[i]));
    if (part.kind == VAL_DICT)
      make_part(s, p, lock_server_parts[i], part.dict);
  }
}

// --- asking late

void server_swap(CheckServer *s) {
  Run *r = s->run;
  Target *target = r->project->target;
  const Engine *engine = r->sessions.engine;
  r->project->target = s->target;
  r->sessions.engine = s->engine;
  s->target = target;
  s->engine = engine;
}

bool server_ask(CheckServer *s, CheckPlace *p, const RunResult *res) {
  if (!res->diag || res->diag->code != CODE_MISSING_FUNCTION || s->known || s->asked ||
      s->target->inside || s->run->options->offline || !p->folder.len)
    return false;
  DbError error = {.at = -1};
  s->asked = true;
  server_swap(s);
  Conn *conn = live_open(s->run, &error);
  if (conn)
    ask(s, conn);
  if (conn)
    conn_close(conn);
  server_swap(s);
  if (conn)
    server_make(s, p);
  return conn != NULL;
}
