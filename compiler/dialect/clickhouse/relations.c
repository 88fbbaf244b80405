// What ClickHouse tells of a relation beyond dbt's fields: whether it can be exchanged, lives on a
// cluster, is refreshed, what writes into it. In: rows of its list, nodes. Out: fields of relations
// and their names in templates.
#include "clickhouse.h"

#include "../../context/adapter.h"
#include "../../context/evaluation.h"
#include "../../context/relation.h"
#include "../../value/json.h"

static const char *const exchange_engines[] = {"Atomic", "Replicated", "Shared", NULL};
bool clickhouse_exchanges(Str engine) {
  for (size_t i = 0; exchange_engines[i]; i++)
    if (str_eq(engine, str_c(exchange_engines[i])))
      return true;
  return false;
}

// --- as they are listed

// A list that the database gave as the text of a JSON array, or none.
static Value json_list(Arena *a, Value cell) {
  Value v = val_none();
  if (cell.kind != VAL_STR)
    return cell.kind == VAL_LIST ? cell : v;
  Diags ignored = {0};
  diags_init(&ignored);
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("mvs_pointing_to_it"), .text = val_text(cell)};
  bool good = json_read(a, src, &v, &ignored);
  diags_free(&ignored);
  return good && v.kind == VAL_LIST && v.list->n ? v : val_none();
}

void clickhouse_read_listed(Arena *a, const Value cells[LISTED_FIELDS], RelationObj *o) {
  bool exchanges = clickhouse_exchanges(text_or_empty(a, cells[LISTED_ENGINE]));
  o->can_exchange = exchanges && str_is(o->type, "table");
  o->can_on_cluster = val_truth(cells[LISTED_ON_CLUSTER]);
  o->is_refreshable = val_truth(cells[LISTED_REFRESHABLE]);
  o->refreshable_append = val_truth(cells[LISTED_APPEND]);
  o->mvs = json_list(a, cells[LISTED_MVS]);
}

// --- of nodes

static bool says_true(Value v) {
  return v.kind == VAL_STR ? str_eq_nocase(val_text(v), STR("true"))
                           : !val_is_absent(v) && val_truth(v);
}

void clickhouse_read_node(const ContextShared *s, const Node *n, RelationObj *o) {
  o->can_on_cluster = !n->info && clickhouse_on_cluster(s->project->target) &&
                      !says_true(node_config(n, STR("disable_on_cluster")));
}

// --- names in templates

static Value fn_derivative(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  RelationObj *o = relation_copy(a, (const RelationObj *)v[0].obj);
  Str suffix = text_or_empty(a, v[1]);
  o->r.identifier = val_truth(v[3]) ? suffix : str_cat(a, o->r.identifier, suffix);
  if (!val_is_absent(v[2]))
    relation_set_type(ev, o, v[2]);
  return relation_obj_value(o);
}

static Value fn_on_cluster(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(((const RelationObj *)v[0].obj)->can_on_cluster);
}

// clang-format off
const Native clickhouse_relation_methods[] = {
    {"derivative",     fn_derivative, "self, suffix, relation_type=none, interpret_suffix_as_full_identifier=false",
     "a relation beside it, with suffix behind its name"},
    {"get_on_cluster", fn_on_cluster, "self, *args, **kwargs", "whether it is made on the cluster"},
    {0},
};
// clang-format on

bool clickhouse_relation_attr(Arena *a, RelationObj *o, Str name, Value *out) {
  const struct {
    const char *name;
    bool flag;
  } flags[] = {
      {"can_exchange",       o->can_exchange                    },
      {"can_on_cluster",     o->can_on_cluster                  },
      {"should_on_cluster",  !o->include[2] || o->can_on_cluster}, // a schema: on all
      {"is_temporary",       o->is_temporary                    },
      {"is_refreshable",     o->is_refreshable                  },
      {"refreshable_append", o->refreshable_append              }
  };
  for (size_t i = 0; i < COUNT(flags); i++)
    if (str_eq(name, str_c(flags[i].name))) {
      *out = val_bool(flags[i].flag);
      return true;
    }
  if (!str_is(name, "mvs_pointing_to_it"))
    return native_find(a, clickhouse_relation_methods, "Relation", name, val_obj(o), out);
  *out = o->mvs.kind == VAL_NONE ? val_list(a, 0) : o->mvs;
  return true;
}
