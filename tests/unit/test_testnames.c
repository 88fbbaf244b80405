// Unit tests of load/names: names and hashes of generic tests, as dbt 1.11 made them.
#include "check.h"
#include "compiler/load/names.h"

#include <stdio.h>

static Arena arena;

static Value list(size_t n, const Value *items) {
  Value v = val_list(&arena, n);
  for (size_t i = 0; i < n; i++)
    list_push(&arena, v.list, items[i]);
  return v;
}

static Value dict(size_t n, const Kwarg *items) {
  Value v = val_dict(&arena);
  for (size_t i = 0; i < n; i++)
    dict_sets(&arena, v.dict, items[i].name, items[i].value);
  return v;
}
#define LIST(...) list(sizeof((Value[]){__VA_ARGS__}) / sizeof(Value), (const Value[]){__VA_ARGS__})
#define DICT(...) dict(sizeof((Kwarg[]){__VA_ARGS__}) / sizeof(Kwarg), (const Kwarg[]){__VA_ARGS__})
#define S(text) val_lit(text)
#define K(name, value)                                                                             \
  { STR_INIT(name), value }

typedef struct Case {
  const char *name, *ns, *type, *target, *model; // model: what get_where_subquery() is given
} Case;

static void expect(const Case *c, Value args, const char *want, const char *brief_want, int line) {
  Str brief, full = test_full_name(&arena, str_c(c->type), str_c(c->target), args, &brief);
  Str model = str_fmt(&arena, "{{ get_where_subquery(%s) }}", c->model);
  dict_sets(&arena, args.dict, STR("model"), val_str(model));
  Str hash = test_hash(&arena, full, args, str_c(c->name), str_c(c->ns));
  Str got = str_fmt(&arena, "%.*s.%.*s", STR_ARG(full), STR_ARG(hash));
  bool ok = str_eq(got, str_c(want)) && (!brief_want || str_eq(brief, str_c(brief_want)));
  if (!check_count(ok))
    printf("line %d: want %s %s\n         got  %.*s %.*s\n", line, want,
           brief_want ? brief_want : "", STR_ARG(got), STR_ARG(brief));
}
#define EXPECT(args, want, brief, ...) expect(&(Case){__VA_ARGS__}, args, want, brief, __LINE__)

int main(void) {
  EXPECT(DICT(K("column_name", S("id"))), "unique_dim_customers_id.574bf63ca1", NULL, "unique", "",
         "unique", "dim_customers", "ref('dim_customers')");
  EXPECT(DICT(K("column_name", S("id"))), "dbt_not_null_stg_orders_id.5e0fbf22cc", NULL, "not_null",
         "dbt", "dbt_not_null", "stg_orders", "ref('stg_orders')");
  EXPECT(DICT(K("column_name", S("\"name\""))), "not_null_dim_customers__name_.e5e47f2bfc", NULL,
         "not_null", "", "not_null", "dim_customers", "ref('dim_customers')");
  EXPECT(DICT(K("column_name", S("n")),
              K("nested",
                DICT(K("a", val_int(1)), K("b", LIST(val_int(1), S("two words"), val_bool(true))),
                     K("c", val_none()))),
              K("zz", S("x y-z.\xC3\xA9"))),
         "nested_dim_customers_n__1___1_two_words_True___None__x_y_z_.123d4b70f6", NULL, "nested",
         "", "nested", "dim_customers", "ref('dim_customers')");
  EXPECT(DICT(K("column_list", LIST(S("id"), S("name"))), K("flag", val_bool(true)),
              K("flt", val_float(1.0))),
         "multi_dim_customers_id__name__True__1_0.2275329b81", NULL, "multi", "", "multi",
         "dim_customers", "ref('dim_customers')");
  EXPECT(DICT(K("values", LIST(val_int(1), val_int(2))), K("quote", val_bool(false)),
              K("column_name", S("id"))),
         "source_accepted_values_raw_raw_customers_id__False__1__2.b94bba9a2a", NULL,
         "accepted_values", "", "source_accepted_values", "raw_raw_customers",
         "source('raw', 'raw_customers')");
  EXPECT(DICT(K("column_list", LIST(S("id")))), "multi_fct_v1_id.827afb32eb", NULL, "multi", "",
         "multi", "fct_v1", "ref('fct', version='1')");
  EXPECT(DICT(K("column_name", S("id"))), "unique_fct_v1_id.fa0347254a", NULL, "unique", "",
         "unique", "fct_v1", "ref('fct', version='1')");
  EXPECT(DICT(K("to", S("ref('stg_orders')")), K("field", S("id")), K("column_name", S("n"))),
         "relationships_dim_customers_n__id__ref_stg_orders_.1ac8063079", NULL, "relationships", "",
         "relationships", "dim_customers", "ref('dim_customers')");
  arena_free(&arena);
  return check_done();
}
