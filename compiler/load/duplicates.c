// In: nodes with their names. Out: errors of two that have one id, that ref() could not tell apart,
// or that build one relation.
#include "duplicates.h"

#include "../graph/config_place.h"
#include "models.h"
#include "node_names.h"

// The file that a node stands in.
static const File *file_of_node(const Load *load, const Node *n) {
  for (size_t i = 0; i < load->files.n; i++)
    if (load->files.items[i].source && str_eq(load->files.items[i].source->path, n->source->path))
      return &load->files.items[i];
  return NULL;
}

static bool is_yaml_snapshot(const Load *load, const Node *n) {
  const File *f = n->kind == NODE_SNAPSHOT ? file_of_node(load, n) : NULL;
  return f && f->kind == FILE_YAML;
}

// A snapshot has a name in its file; any other node is the file.
static Span name_place(const Load *load, const Node *n, const Source **src) {
  const File *f = n->kind == NODE_SNAPSHOT ? file_of_node(load, n) : NULL;
  *src = f ? f->source : n->source;
  for (const Block *b = f ? f->blocks : NULL; b; b = b->next)
    if (str_eq(b->name, n->name))
      return b->head;
  if (f && f->kind == FILE_YAML && n->patch_source == f->source)
    return load_name_span(n);
  return (Span){0};
}

static Diag *two_of(Load *load, const Node *n, const Node *had, Severity sev, Code code,
                    const char *what) {
  const Source *src, *other;
  Span span = name_place(load, n, &src), other_span = name_place(load, had, &other);
  if (code == CODE_DUPLICATE_RELATION) { // what gives it its name, where somebody wrote that
    node_config_place(n, load->p->packages[0], STR("alias"), &src, &span);
    node_config_place(had, load->p->packages[0], STR("alias"), &other, &other_span);
  }
  Diag *d = diag_at(load->diags, sev, code, src, span, "there are two %s", what);
  diag_lack(load->diags, d, LACK_ENTRY, n->name); // a schema file may switch one off
  diag_note(load->diags, d, other, other_span, "the other one is here");
  return d;
}

// dbt allows it where the two build different relations; ref() then means one of them.
static void two_kinds(Load *load, const Node *n, const Node *had) {
  Severity sev =
      project_flag(load->p, "require_unique_project_resource_names") || n->kind == had->kind
          ? SEV_ERROR
          : SEV_WARNING;
  Diag *d = two_of(load, n, had, sev, CODE_SHARED_NAME,
                   str_fmt(load->a, "nodes named '%.*s': a %.*s and a %.*s", STR_ARG(n->name),
                           STR_ARG(node_kind_names[had->kind]), STR_ARG(node_kind_names[n->kind]))
                       .ptr);
  diag_part(load->diags, d, "resource_name", n->name);
  diag_part(load->diags, d, "package_name", n->package->name);
  diag_part(load->diags, d, "unique_id1", had->id);
  diag_part(load->diags, d, "unique_id2", n->id);
  if (sev == SEV_ERROR)
    return;
  diag_hint(load->diags, d, "ref('%.*s') means the %.*s: give one of them another name",
            STR_ARG(n->name), STR_ARG(node_kind_names[graph_meant(had, n)->kind]));
}

// Two nodes that ref() could not tell apart, or of one id.
static void check_name(Load *load, const Node *n) {
  if (n->unread) // its config() may switch it off, or give it another name
    return;
  const Node *had = map_put(&load->taken, &load->by_id, n->id, (void *)(uintptr_t)n);
  if (had && is_yaml_snapshot(load, n) && is_yaml_snapshot(load, had))
    return; // described twice, which is told
  if (had) {
    two_of(
        load, n, had, SEV_ERROR, CODE_DUPLICATE_MODEL,
        str_fmt(load->a, "%.*s named '%.*s'", STR_ARG(node_kind_plurals[n->kind]), STR_ARG(n->name))
            .ptr);
    return;
  }
  if (!node_is_refable(n))
    return;
  Str key = str_fmt(&load->taken, "ref/%.*s.%.*s%s%.*s", STR_ARG(n->package->name),
                    STR_ARG(n->name), n->version.len ? ".v" : "", STR_ARG(n->version));
  had = map_put(&load->taken, &load->by_id, key, (void *)(uintptr_t)n);
  if (had)
    two_kinds(load, n, had);
}

static void check_relation(Load *load, const Node *n) {
  if (!n->relation_name.len || !node_is_refable(n) || n->unread)
    return;
  Str key = str_fmt(&load->taken, "relation/%.*s", STR_ARG(n->relation_name));
  const Node *had = map_put(&load->taken, &load->by_id, key, (void *)(uintptr_t)n);
  if (had && !str_eq(had->id, n->id))
    two_of(load, n, had, SEV_ERROR, CODE_DUPLICATE_RELATION,
           str_fmt(load->a, "nodes that build the relation %.*s: '%.*s' and '%.*s'",
                   STR_ARG(n->relation_name), STR_ARG(had->name), STR_ARG(n->name))
               .ptr);
}

// What a load brings, a model would take away again.
static void check_load(Load *load, const Node *n) {
  Str key = str_fmt(&load->taken, "load/%.*s", STR_ARG(n->relation_name));
  const Node *fills = n->relation_name.len ? map_get(&load->by_id, key) : NULL;
  if (!fills || !node_is_refable(n) || n->unread)
    return;
  const Source *src;
  Span span = name_place(load, n, &src);
  node_config_place(n, load->p->packages[0], STR("alias"), &src, &span);
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_RELATION, src, span,
                    "the %.*s '%.*s' builds the relation %.*s, which the load '%.*s' fills",
                    STR_ARG(node_kind_names[n->kind]), STR_ARG(n->name), STR_ARG(n->relation_name),
                    STR_ARG(fills->name));
  diag_note(load->diags, d, fills->patch_source, fills->patch->span, "the load is here");
  diag_hint(load->diags, d, "`schema: raw` at the load puts what it brings beside what is built");
}

// The view of a latest version stands beside the nodes: it takes no other's name, not its model's
// either. Called once all nodes have theirs.
static void check_pointer(Load *load, const Node *n) {
  if (!n->more->pointer.len || n->unread)
    return;
  Str relation = load_pointer_relation(load, &load->taken, n);
  Str taken = str_fmt(&load->taken, "relation/%.*s", STR_ARG(relation));
  const Node *had = map_put(&load->taken, &load->by_id, taken, (void *)(uintptr_t)n);
  if (!had)
    return;
  const Source *src = n->source, *other = had->source;
  Span span = {0}, other_span = {0};
  Str key = STR("latest_version_pointer");
  if (!node_config_place(n, load->p->packages[0], key, &src, &span))
    node_config_place(n, load->p->packages[0], STR("alias"), &src, &span);
  Diag *d =
      diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_RELATION, src, span,
              "the view of the latest version of '%.*s' would take the place of %.*s, which "
              "%s%.*s%s builds",
              STR_ARG(n->name), STR_ARG(relation), had == n ? "the version itself" : "'",
              STR_ARG(had == n ? STR("") : node_versioned_name(load->a, had)), had == n ? "" : "'");
  if (had != n) {
    node_config_place(had, load->p->packages[0], STR("alias"), &other, &other_span);
    diag_note(load->diags, d, other, other_span, "the other one is here");
  }
  diag_hint(load->diags, d,
            "give the view another name, latest_version_pointer: {alias: ...}, or switch it off, "
            "{enabled: false}");
}

void load_check_duplicates(Load *load) {
  for (size_t i = 0; i < load->work.n; i++) {
    const Node *n = load->work.items[i].node;
    if (n->enabled) {
      check_name(load, n);
      check_relation(load, n);
      check_load(load, n);
    }
  }
  for (size_t i = 0; i < load->work.n; i++)
    if (load->work.items[i].node->enabled)
      check_pointer(load, load->work.items[i].node);
  arena_free(&load->taken);
  load->by_id = (Map){0};
}
