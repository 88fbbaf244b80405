// clang-format off
// builtins.ref.config and adapter.config: the project as packages read it from there, its own keys
// and those of what it depends on. In: the opened project. Out: dicts under the names of dbt's
// runtime configuration.
#include "project_object.h"

// The vars of a package: an object, for their readers call to_dict().
typedef struct Vars {
  Object object;
  Value dict;
} Vars;

static Value vars_to_dict(Eval *ev, const Value *v) {
  (void)ev;
  return ((const Vars *)v[0].obj)->dict;
}
static bool vars_attr(Eval *ev, Object *o, Str name, Value *out) {
  static const Native to_dict = {"to_dict", vars_to_dict, "self, *args, **kwargs", "the variables"};
  if (str_is(name, "vars"))
    *out = ((const Vars *)o)->dict;
  else if (str_is(name, "to_dict"))
    *out = val_func(eval_arena(ev), &to_dict, "vars", val_obj(o));
  else
    return false;
  return true;
}
static const ObjectType vars_type = {.name = "VarProvider", .attr = vars_attr};

static Value text_list(Arena *a, const Str *items, size_t n) {
  Value l = val_list(a, n);
  for (size_t i = 0; i < n; i++)
    list_push(a, l.list, val_str(items[i]));
  return l;
}

// {database, schema, identifier}: quoted unless the project says otherwise.
static Value quoting_of(Arena *a, const Package *p) {
  static const char *const parts[] = {"database", "schema", "identifier"};
  Value d = val_dict(a);
  for (size_t i = 0; i < 3; i++) {
    Value said = val_get(p->quoting, str_c(parts[i]));
    dict_sets(a, d.dict, str_c(parts[i]), said.kind == VAL_BOOL ? said : val_bool(true));
  }
  return d;
}

static Value package_dict(Arena *a, const Context *c, const Package *p) {
  Value d = val_dict(a);
  Vars *vars = arena_new(a, Vars);
  *vars = (Vars){{&vars_type}, p->vars.kind == VAL_DICT ? p->vars : val_dict(a)};
  const struct {
    Str name;
    Value v;
  } keys[] = {
      {STR("project_name"),          val_str(p->name)},
      {STR("version"),               val_text_or_none(p->version)},
      {STR("project_root"),          val_str(p->root)},
      {STR("profile_name"),          val_text_or_none(c->shared->project->packages[0]->profile_name)},
      {STR("model_paths"),           text_list(a, p->model_paths, p->nmodel_paths)},
      {STR("seed_paths"),            text_list(a, p->seed_paths, p->nseed_paths)},
      {STR("test_paths"),            text_list(a, p->test_paths, p->ntest_paths)},
      {STR("macro_paths"),           text_list(a, p->macro_paths, p->nmacro_paths)},
      {STR("snapshot_paths"),        text_list(a, p->snapshot_paths, p->nsnapshot_paths)},
      {STR("analysis_paths"),        text_list(a, p->analysis_paths, p->nanalysis_paths)},
      {STR("docs_paths"),            text_list(a, p->docs_paths, p->ndocs_paths)},
      {STR("target_path"),           val_text_or_none(p->target_path)},
      {STR("log_path"),              val_text_or_none(p->log_path)},
      {STR("packages_install_path"), val_text_or_none(p->packages_path)},
      {STR("models"),                p->models},
      {STR("seeds"),                 p->seeds},
      {STR("snapshots"),             p->snapshots},
      {STR("sources"),               p->sources},
      {STR("data_tests"),            p->tests},
      {STR("quoting"),               quoting_of(a, p)},
      {STR("dispatch"),              p->dispatch},
      {STR("vars"),                  val_obj(vars)},
  };
  // clang-format on
  for (size_t i = 0; i < COUNT(keys); i++)
    if (keys[i].v.kind != VAL_UNDEF)
      dict_sets(a, d.dict, keys[i].name, keys[i].v);
  return d;
}

Value project_object(Context *c, Eval *ev) {
  Arena *a = eval_arena(ev);
  const Project *p = c->shared->project;
  Value d = package_dict(a, c, p->packages[0]), packages = val_dict(a), target;
  for (size_t i = 0; i < p->npackages; i++)
    dict_sets(a, packages.dict, p->packages[i]->name, package_dict(a, c, p->packages[i]));
  dict_sets(a, d.dict, STR("dependencies"), packages);
  dict_sets(a, d.dict, STR("cli_vars"), p->vars_cli);
  dict_sets(a, d.dict, STR("args"), c->shared->flags ? c->shared->flags->args : val_dict(a));
  if (p->target) {
    dict_sets(a, d.dict, STR("target_name"), val_str(p->target->name));
    dict_sets(a, d.dict, STR("threads"), val_int(p->target->threads));
  }
  if (context_lookup(c, ev, STR("target"), &target))
    dict_sets(a, d.dict, STR("credentials"), target);
  return d;
}
