// In: the file vars.yml beside the root's project file. Out: the project's variables, which the
// project file may use as well; then it has none of its own.
#include "../base/fs.h"
#include "check.h"
#include "project_parts.h"

// Reads the file's tree. *y is NULL when there is none.
static bool read_tree(Opening *o, Str root, const Yaml **y) {
  Str path = fs_join(o->arena, root, STR("vars.yml"));
  *y = NULL;
  if (!fs_exists(path))
    return true;
  Source *src = arena_new(o->arena, Source);
  src->path = STR("vars.yml");
  return fs_read(o->arena, path, src->path, &src->text, o->diags) &&
         (*y = yaml_load(o->arena, src, o->diags)) != NULL;
}

static bool is_nothing(const Yaml *y) {
  return !y || (y->kind == YAML_SCALAR && y->scalar.kind == VAL_NONE) ||
         (y->kind == YAML_DICT && !y->n);
}

// Both files may not set variables: which one counts would be a guess.
static bool only_here(Opening *o, const Package *root, const YamlEntry *here) {
  const YamlEntry *there = yaml_entry(root->yaml, STR("vars"));
  if (!there || is_nothing(there->value))
    return true;
  Diag *f = diag_at(o->diags, SEV_ERROR, CODE_WRONG_VALUE, there->key->src, there->key->span,
                    "variables stand in vars.yml, so the project file cannot have `vars:`");
  diag_hint(o->diags, f, "move them to one of the two");
  diag_note(o->diags, f, here->key->src, here->key->span, "the other ones");
  return false;
}

bool vars_file_read(Opening *o, Package *root) {
  static const Str keys[] = {STR_INIT("vars")};
  const Yaml *y;
  if (o->project->level < DBT_1_12)
    return true;
  if (!read_tree(o, root->root, &y))
    return false;
  if (is_nothing(y))
    return true;
  if (!check_value(o->diags, y, yaml_value(o->arena, y), TYPE_DICT, STR("vars.yml")))
    return false;
  for (size_t i = 0; i < y->n; i++)
    if (!str_eq(y->entries[i].key->text, keys[0]))
      check_unknown(o->diags, y->entries[i].key, "vars.yml", keys, 1);
  const YamlEntry *vars = yaml_entry(y, keys[0]);
  if (!vars || is_nothing(vars->value))
    return true;
  Value v = yaml_value(o->arena, vars->value);
  if (!check_value(o->diags, vars->value, v, TYPE_DICT, keys[0]) || !only_here(o, root, vars))
    return false;
  root->vars_yaml = vars->value;
  root->vars_file = v;
  return true;
}
