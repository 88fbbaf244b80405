// `history:` of the project file: how many runs are kept, and where. In: the key as written. Out:
// Package.history_*. Leaves keeping them to runtime/history/.
#include "project_parts.h"

enum { KEPT = 100, MOST_KEPT = 100000 };

static bool wrong(Opening *o, const Yaml *at, const char *what, const char *hint) {
  Diag *f =
      diag_at(o->diags, SEV_ERROR, CODE_WRONG_VALUE, at->src, at->span, "`history:` %s", what);
  diag_hint(o->diags, f, "%s", hint);
  return false;
}

bool history_key_read(Opening *o, Package *p, Value v) {
  const Yaml *y = yaml_get(p->yaml, STR("history"));
  Value keep = val_get(v, STR("keep")), where = val_get(v, STR("where"));
  size_t at = 0;
  p->history_keep = KEPT;
  if (!y || v.kind != VAL_DICT)
    return true; // its type was checked
  for (DictEntry *e; (e = dict_next(v.dict, &at));)
    if (!val_is_str(e->key, STR("keep")) && !val_is_str(e->key, STR("where")))
      return wrong(o, y,
                   str_cstr(o->arena, str_fmt(o->arena, "has no key '%.*s'",
                                              STR_ARG(val_to_str(o->arena, e->key)))),
                   "its keys are keep and where, as in {keep: 100, where: folder}");
  if (!val_is_absent(keep)) {
    if (keep.kind != VAL_INT || keep.i < 0 || keep.i > MOST_KEPT)
      return wrong(o, yaml_get(y, STR("keep")), "keeps a number of runs, from 0 to 100000",
                   "keep: 100 keeps the last hundred, keep: 0 none");
    p->history_keep = keep.i;
  }
  p->history_shared = val_is_str(where, STR("warehouse"));
  if (!val_is_absent(where) && !p->history_shared && !val_is_str(where, STR("folder")))
    return wrong(o, yaml_get(y, STR("where")), "is kept in a folder or in the warehouse",
                 "where: folder is .starc/history of the project, where: warehouse the table "
                 "starc_history of the target's schema");
  return true;
}
