// docs diff: the artifacts of --state are read before anything is compiled; afterwards a few lines
// say what changed. The page itself is docs_generate.c's.
#include "docs_diff.h"

#include "../../compiler/base/fs.h"
#include "../lineage/file.h"

enum { MOST_LINES = 12 };

Value docs_lineage(Run *r, Str dir) {
  Arena *a = &r->arena;
  Source *src = arena_new(a, Source);
  Diags ignored;
  Value whole = val_none();
  diags_init(&ignored);
  src->path = fs_join(a, dir, STR("lineage.json"));
  if (fs_exists(src->path) && fs_read(a, src->path, src->path, &src->text, &ignored) &&
      !json_read(a, src, &whole, &ignored))
    whole = val_none();
  diags_free(&ignored);
  Value version = val_get(val_get(whole, STR("metadata")), STR("version"));
  return val_is(version, VAL_INT) && version.i == LINEAGE_VERSION ? val_get(whole, STR("nodes"))
                                                                  : val_none();
}

// The folder is the project's own, as run_open has it.
static Str state_folder(Arena *a, const Run *r) {
  return fs_absolute(a, fs_join(a, r->project->root, r->options->state));
}

bool docs_diff_in_target(const Run *r) {
  Arena scratch = {0};
  bool same = str_eq(state_folder(&scratch, r), r->project->target_dir);
  arena_free(&scratch);
  return same;
}

bool docs_diff_open(Run *r, SiteThen *then) {
  const StateIndex *s = r->state;
  *then = (SiteThen){.state = s, .type = r->project->profile->target->type};
  if (!s || !s->has_manifest) {
    state_missing(s, &r->diags, "docs diff", "manifest.json");
    return run_report(r);
  }
  Str dir = state_folder(&r->arena, r);
  then->lineage = docs_diff_in_target(r) ? val_none() : docs_lineage(r, dir);
  return state_load_catalog(&r->arena, dir, s->shown, &then->catalog, &r->diags) || run_report(r);
}

SiteDiff *docs_diff_compare(Run *r, SiteThen *then, Value catalog, Value lineage) {
  then->catalog_now = catalog;
  then->lineage_now = lineage;
  return site_diff(&r->arena, r->graph, then);
}

// --- the terminal

typedef struct Told {
  Run *run;
  Buf lines;
  size_t n; // of them, shown or not
  size_t added[NODE_KINDS], changed[NODE_KINDS], gone[NODE_KINDS];
} Told;

static void line(Told *t, NodeKind kind, char sign, Str name, Str what) {
  if (kind == NODE_TEST || kind == NODE_UNIT_TEST || t->n++ >= MOST_LINES)
    return;
  buf_addf(&t->lines, "  %c %.*s %.*s%s%.*s\n", sign, STR_ARG(node_kind_names[kind]), STR_ARG(name),
           what.len ? ": " : "", STR_ARG(what));
}

static Str shown_name(Arena *a, const Node *n) {
  return n->kind == NODE_SOURCE
             ? str_fmt(a, "%.*s.%.*s", STR_ARG(n->info->source_name), STR_ARG(n->name))
             : node_versioned_name(a, n);
}

static void tell_nodes(Told *t, const SiteDiff *d, const bool *chosen, bool added) {
  Run *r = t->run;
  for (size_t i = 0; i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    const char *how = chosen && !chosen[n->index] ? NULL : site_diff_how(d, n);
    if (!how || (*how == 'a') != added)
      continue;
    (added ? t->added : t->changed)[n->kind]++;
    line(t, n->kind, added ? '+' : '~', shown_name(&r->arena, n),
         added ? (Str){0} : site_diff_what(&r->arena, d, n));
  }
}

static void tell_gone(Told *t, const SiteDiff *d) {
  const Value *const *gone;
  size_t n = site_diff_gone(d, &gone);
  for (size_t i = 0; i < n; i++) {
    Value kind = val_get(*gone[i], STR("resource_type")), name = val_get(*gone[i], STR("name"));
    for (size_t k = 0; k < NODE_KINDS; k++)
      if (val_is_str(kind, node_kind_names[k]) && val_is(name, VAL_STR)) {
        t->gone[k]++;
        line(t, (NodeKind)k, '-', val_text(name), (Str){0});
      }
  }
}

static void count(Told *t, Buf *out, size_t *kinds, const char *word) {
  Str some = node_kinds_counted(&t->run->arena, kinds);
  if (some.len)
    buf_addf(out, "%s%.*s %s", out->len ? "; " : "", STR_ARG(some), word);
}

void docs_diff_tell(Run *r, const SiteDiff *d, const bool *chosen, Str folder) {
  Told t = {.run = r};
  Buf counts = {0}, all = {0};
  tell_nodes(&t, d, chosen, true);
  tell_nodes(&t, d, chosen, false);
  if (!chosen)
    tell_gone(&t, d);
  count(&t, &counts, t.added, "added");
  count(&t, &counts, t.changed, "changed");
  count(&t, &counts, t.gone, "removed");
  buf_addf(&all, "Against %.*s: ", STR_ARG(r->state->shown));
  buf_add(&all, counts.len ? buf_str(&counts) : STR("nothing is added, changed or removed"));
  buf_addc(&all, '\n');
  buf_add(&all, buf_str(&t.lines));
  if (t.n > MOST_LINES)
    buf_addf(&all, "  and %zu more\n", t.n - MOST_LINES);
  buf_addf(&all, "Page written: %.*s/index.html\n", STR_ARG(folder));
  run_print(r, buf_str(&all));
  buf_free(&t.lines);
  buf_free(&counts);
  buf_free(&all);
}
