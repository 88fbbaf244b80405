// In: the folders of `osi-paths`. Out: a warning for each document there: dbt 1.12 reads semantic
// models and metrics of other tools from them, and starc does not.
#include "osi.h"

#include "../base/fs.h"

static void tell_unread(Load *l, const FsEntry *file, Str root) {
  Str path = fs_join(l->a, root, file->rel);
  Diag *d = diag_warn(l->diags, CODE_UNSUPPORTED, path,
                      "OSI documents are not read: no semantic models and metrics come from it");
  diag_hint(l->diags, d, "write them as `semantic_models:` and `metrics:` of a schema file");
}

void load_check_osi(Load *l) {
  static const Str json[] = {STR_INIT(".json")};
  const Package *root = l->p->packages[0];
  for (size_t i = 0; l->p->level >= DBT_1_12 && i < root->nosi_paths; i++) {
    FsEntry *files;
    size_t n;
    Str folder = fs_join(l->a, root->root, root->osi_paths[i]);
    if (!fs_walk(l->a, folder, json, 1, FS_LINKED_FILES, &files, &n, l->diags))
      continue;
    for (size_t k = 0; k < n; k++)
      tell_unread(l, &files[k], root->osi_paths[i]);
  }
}
