// In: the config trees of a project file. Out: findings at their places: values of the wrong type,
// names that are nearly those of config keys, paths that no node has.
#include "check.h"
#include "config_parts.h"

static bool check_entry(Diags *diags, const Target *t, ConfigKind kind, const YamlEntry *e,
                        Value v) {
  Str name = config_bare(e->key->text);
  const ConfigKey *k = config_key(kind, name, t);
  if (k)
    return config_check_value(diags, e->value->src,
                              e->value->span.len ? e->value->span : e->key->span, k, t, v);
  config_doubt_name(diags, e->key->src, e->key->span, kind, name);
  return true;
}

static bool check_level(Diags *diags, const Target *t, ConfigKind kind, const Yaml *level,
                        Value rendered) {
  bool ok = true;
  for (size_t i = 0; level->kind == YAML_DICT && i < level->n; i++) {
    const YamlEntry *e = &level->entries[i];
    const Value *v = rendered.kind == VAL_DICT ? dict_get(rendered.dict, e->key->scalar) : NULL;
    if (!v || e->key->scalar.kind != VAL_STR)
      continue;
    if (config_is_key(e->key->text, e->value->kind == YAML_DICT))
      ok = check_entry(diags, t, kind, e, *v) && ok;
    else
      ok = check_level(diags, t, kind, e->value, *v) && ok;
  }
  return ok;
}

bool config_check_trees(const Package *p, const Target *t, Diags *diags) {
  bool ok = true;
  // That of analyses counts by a flag only, and a node's is the models'.
  for (ConfigKind kind = 0; kind < CONFIG_ANALYSIS; kind++) {
    const Yaml *tree = config_yaml_of(p, kind);
    if (tree)
      ok = check_level(diags, t, kind, tree, config_tree_of(p, kind)) && ok;
  }
  return ok;
}

// --- paths that apply to nothing
typedef struct Unused {
  const ConfigFqn *nodes;
  size_t n;
  ConfigKind kind;
  Str path[64]; // folders from the top of the tree
  const Source *src;
  Diags *diags;
} Unused;

static bool applies(const Unused *u, size_t depth) {
  for (size_t i = 0; i < u->n; i++) {
    if (u->nodes[i].kind != u->kind || u->nodes[i].nfqn < depth)
      continue;
    size_t k = 0;
    while (k < depth && str_eq(u->nodes[i].fqn[k], u->path[k]))
      k++;
    if (k == depth)
      return true;
  }
  return false;
}

// A folder's name that is a config key's is most likely that key, without its +.
static void report(const Unused *u, size_t depth, const YamlEntry *at) {
  Buf path = {0};
  Str section = config_section(u->kind);
  buf_add(&path, section);
  for (size_t i = 0; i < depth; i++)
    buf_addf(&path, ".%.*s", STR_ARG(u->path[i]));
  Diag *d = diag_at(u->diags, SEV_WARNING, CODE_UNUSED_CONFIG, at ? u->src : NULL,
                    at ? at->key->span : (Span){0}, "configuration that applies to nothing: %.*s",
                    STR_ARG(path));
  diag_part(u->diags, d, "unused_config_paths", buf_str(&path));
  if (u->kind != CONFIG_MODEL && u->kind != CONFIG_SEED) // these are known by their files
    diag_lack(u->diags, d, LACK_ENTRY, (Str){0});
  const ConfigKey *k = config_key(u->kind, u->path[depth - 1], NULL);
  if (k && k->types & TYPE_DICT)
    diag_hint(u->diags, d, "write '+%s:' if the config is meant, not a folder", k->name);
  else
    diag_hint(u->diags, d, "the path under '%.*s:' is the package's name, then folders",
              STR_ARG(section));
  buf_free(&path);
}

// A path is told of where it ends; one that does not apply is not looked into further.
static void look_for_unused(Unused *u, const Yaml *written, Value level, size_t depth) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(level.dict, &at));) {
    if (e->key.kind != VAL_STR || config_is_key(val_text(e->key), e->value.kind == VAL_DICT) ||
        depth >= COUNT(u->path))
      continue;
    u->path[depth] = val_text(e->key);
    const YamlEntry *entry = yaml_entry_near(written, at - 1, val_text(e->key));
    if (!applies(u, depth + 1)) {
      if (e->value.dict->n)
        report(u, depth + 1, entry);
      continue;
    }
    look_for_unused(u, entry ? entry->value : NULL, e->value, depth + 1);
  }
}

void config_check_unused(const Project *p, const ConfigFqn *nodes, size_t n, Diags *diags) {
  const Package *root = p->packages[0];
  for (ConfigKind kind = 0; kind < CONFIG_NODE; kind++) {
    bool counts = kind != CONFIG_ANALYSIS || config_of_analyses(p) == kind;
    Unused u = {.nodes = nodes, .n = n, .kind = kind, .src = &root->source, .diags = diags};
    Value tree = config_tree_of(root, kind);
    if (kind == CONFIG_ANALYSIS && counts && config_yaml_of(root, kind))
      check_level(diags, p->target, kind, config_yaml_of(root, kind), tree);
    if (counts && tree.kind == VAL_DICT)
      look_for_unused(&u, config_yaml_of(root, kind), tree, 0);
  }
}
