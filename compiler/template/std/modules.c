// `modules`: the Python modules that dbt lends to templates. In: nothing. Out: a dict of modules,
// each a dict of its names.
#include "modules.h"

#include "modules_datetime.h"
#include "modules_pytz.h"
#include "std.h"

Value module_of(Arena *a, const Native *functions, const char *name) {
  Value d = val_dict(a);
  for (const Native *n = functions; n->name; n++)
    dict_sets(a, d.dict, str_c(n->name), val_func(a, n, name, val_none()));
  return d;
}

Value modules_value(Arena *a) {
  Value d = val_dict(a);
  dict_sets(a, d.dict, STR("pytz"), module_pytz(a));
  dict_sets(a, d.dict, STR("datetime"), module_datetime(a));
  dict_sets(a, d.dict, STR("re"), module_re(a));
  dict_sets(a, d.dict, STR("itertools"), module_itertools(a));
  return d;
}
