// See user_settings.h.
#include "user_settings.h"

#include "../../compiler/base/fs.h"

static Value flags_of(Run *r, Source *src, Str path, Diags *found) {
  if (!fs_read(&r->arena, path, src->path, &src->text, found))
    return val_undef(NULL);
  const Yaml *y = yaml_load(&r->arena, src, found), *flags = yaml_get(y, STR("flags"));
  if (!flags || flags->kind == YAML_DICT)
    return flags ? yaml_value(&r->arena, flags) : val_undef(NULL);
  diag_at(found, SEV_ERROR, CODE_WRONG_TYPE, src, flags->span, "'flags' must be a dict");
  return val_undef(NULL);
}

Value user_settings_flags(Run *r) {
  Str path = fs_join(&r->arena, fs_home(&r->arena), STR(".dbt/user_settings.yml"));
  if (r->project->level < DBT_1_12 || !fs_exists(path))
    return val_undef(NULL);
  Source *src = arena_new(&r->arena, Source);
  src->path = STR("~/.dbt/user_settings.yml");
  Diags found;
  diags_init(&found);
  Value flags = flags_of(r, src, path, &found);
  diags_soften(&found);
  diags_move(&r->diags, &found);
  diags_free(&found);
  return flags;
}
