// See stamp.h. In: the project as it was read, and two files' worth beside it: the lock file, the
// environment. Each piece stands with its length, so that two pieces are never taken for one.
#include "stamp.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/value/json.h"
#include "../run/version.h"
#include "file.h"

static void add(Buf *b, Str s) {
  buf_addf(b, "%zu:", s.len);
  buf_add(b, s);
}

static void add_value(Buf *b, Value v) {
  Json j = {.out = b, .raw_utf8 = true};
  if (v.kind != VAL_UNDEF)
    json_value(&j, v);
  buf_addc(b, ';');
}

// The variables of the environment that a text asks for by their names.
static void add_environment(Buf *b, Str text) {
  static const Str call = STR_INIT("env_var");
  for (ptrdiff_t at = -1; (at = str_find(text, call, (size_t)(at + 1))) >= 0;) {
    Str rest = str_trim(str_sub(text, (size_t)at + call.len, text.len)), name, value = {0};
    if (!rest.len || rest.ptr[0] != '(')
      continue;
    rest = str_trim(str_sub(rest, 1, rest.len));
    if (!rest.len || (rest.ptr[0] != '\'' && rest.ptr[0] != '"'))
      continue;
    char quote = rest.ptr[0];
    rest = str_sub(rest, 1, rest.len);
    Arena a = {0};
    if (str_cut(&rest, quote, &name) && project_env(&a, name, &value))
      add(b, value);
    arena_free(&a);
  }
}

static void add_text(Buf *b, Str text) {
  add(b, text);
  add_environment(b, text);
}

static void add_node(Buf *b, const Node *n) {
  add(b, n->id);
  add_text(b, n->raw_code);
  if (n->kind == NODE_SEED)
    add(b, n->checksum);
  add_value(b, n->config);
  add_value(b, n->extra);
  if (n->test)
    add_value(b, n->test->kwargs);
  if (n->info)
    add(b, n->relation_name); // of nodes it is another one while they are checked
  for (size_t i = 0; i < n->ncolumns; i++) {
    add(b, n->columns[i]->name);
    add(b, n->columns[i]->data_type);
  }
  for (size_t i = 0; i < n->nneeds; i++) // of an exposure it is all that it says
    add(b, n->needs[i]->id);
}

// Each file once; what comes with starc is known by its version.
static void add_macros(Buf *b, const Graph *g) {
  const Source *last = NULL;
  for (size_t i = 0; i < g->nmacros; i++) {
    const Source *file = g->macros[i]->macro->source;
    if (!file || file == last || file->own)
      continue;
    last = file;
    add_text(b, file->text);
  }
}

// What templates can ask of it but the number of threads, which an option gives.
static void add_target(Buf *b, Value keys) {
  size_t at = 0;
  for (DictEntry *e; keys.kind == VAL_DICT && (e = dict_next(keys.dict, &at));) {
    if (val_is_str(e->key, STR("threads")))
      continue;
    add_value(b, e->key);
    add_value(b, e->value);
  }
}

static void add_project(Buf *b, const Run *r) {
  const Project *p = r->project;
  const Target *t = p->profile && p->profile->target ? p->profile->target : p->target;
  add(b, STR(STARC_VERSION));
  add(b, t->name);
  add(b, t->type);
  add(b, t->database);
  add(b, t->schema);
  add_value(b, p->vars_cli);
  add_target(b, t->keys);
  for (size_t i = 0; i < p->npackages; i++) {
    const Package *package = p->packages[i];
    const Value says[] = {package->vars, package->vars_file, package->dispatch, package->quoting,
                          package->flags};
    add(b, package->name);
    for (size_t k = 0; k < sizeof says / sizeof *says; k++)
      add_value(b, says[k]);
  }
}

static void add_lock(Buf *b, const Run *r) {
  Arena a = {0};
  Diags ignored = {0};
  Str path = fs_join(&a, r->project->root, STR("schemas.lock.json")), text = {0};
  diags_init(&ignored);
  if (fs_exists(path) && fs_read(&a, path, path, &text, &ignored))
    add(b, text);
  diags_free(&ignored);
  arena_free(&a);
}

Str lineage_stamp(Arena *a, const Run *r) {
  Buf all = {0};
  char hex[65];
  buf_addf(&all, "%d;", LINEAGE_VERSION);
  add_project(&all, r);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    add_node(&all, r->graph->nodes[i]);
  add_macros(&all, r->graph);
  add_lock(&all, r);
  hash_sha256_hex(buf_str(&all), hex);
  buf_free(&all);
  return str_dup(a, str_c(hex));
}
