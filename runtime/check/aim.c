// See aim.h. The profile is read once more, as if the target had been asked for; names and schemas
// are rendered by the run's own.
#include "aim.h"
#include "../../compiler/project/globals.h"

static Target *refuse(Run *r, const char *why, const char *hint) {
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--check-target"), "%s", why);
  diag_hint(&r->diags, d, "%s", hint);
  run_report(r);
  return NULL;
}

static Target *read_target(Run *r) {
  Project *p = r->project;
  Globals g;
  globals_init(p->arena, &g, p);
  g.secrets = true;
  ProjectOptions *o = arena_new(&r->arena, ProjectOptions);
  *o = *p->options;
  o->target = r->options->check_target;
  Profile *profile = profile_open(&r->arena, &g, o, p->root, p->profile->name, NULL, &r->diags);
  return profile ? profile->target : NULL;
}

Target *aim_target(Run *r) {
  Target *own = r->project->target, unused = *own;
  if (!r->options->check_target.len)
    return own;
  if (target_inside(&r->arena, &unused, STR("")))
    return refuse(r, "nodes of this target are looked at inside starc: no other target is needed",
                  "leave it out");
  if (r->options->embedded || own->is_default)
    return refuse(r, "there is no profile that could have another target", "leave it out");
  Target *t = read_target(r);
  if (!t)
    run_report(r);
  else if (t->dialect != own->dialect)
    return refuse(r, "this target is of another database than the one that is built",
                  "name one of the same type");
  return t;
}
