// See types.h. All new types of a relation are asked for in one question; where it is refused, each
// alone.
#include "types.h"
#include "../../compiler/dialect/sql.h"
#include "../../compiler/dialect/sql_look.h"

bool type_is_one(const Run *r, Str type) {
  Sql s = sql_open(r->dialect->sql, type);
  bool solid = false;
  for (SqlToken t; sql_next(&s, &t); solid |= t.kind != SQL_SPACE)
    if (t.kind == SQL_COMMENT || t.open || sql_is(&s, &t, ";"))
      return false;
  return solid && sql_unmatched(r->dialect->sql, type) < 0;
}

static Str type_of(Value columns, size_t i) {
  return val_text(columns.list->items[i].list->items[1]);
}

static Str not_one(Arena *a, Str type) { return str_fmt(a, "'%.*s' is no type", STR_ARG(type)); }

// Empty: they are types. Else why not, in the arena: of one the first line of what the database
// says.
static Str ask(CheckPlace *p, Arena *a, Value types) {
  Args args = {&types, 1, NULL, 0};
  Diags diags = {0};
  Value unused;
  Str why = {0}, rest;
  diags_init(&diags);
  if (!place_call(p, a, STR("starc_check_are_types"), &args, &unused, &diags)) {
    rest = diags.first ? diags.first->message : STR("the database does not take it");
    str_cut(&rest, '\n', &why);
    bool cut = diags.first && diags.first->code == CODE_SQL_SYNTAX; // it ends before the text does
    why = cut ? not_one(a, val_text(types.list->items[0])) : place_names(p, a, why);
  }
  diags_free(&diags);
  return why;
}

// Why not; empty: it is one.
static Str ask_one(CheckPlace *p, Arena *a, Str type) {
  Value types = val_list(a, 1);
  list_push(a, types.list, val_str(type));
  return type_is_one(p->run, type) ? ask(p, a, types) : not_one(a, type);
}

static void keep(CheckPlace *p, Str type, Str why) {
  Arena *a = &p->run->arena;
  Str *kept = arena_new(a, Str);
  *kept = str_dup(a, why);
  map_put(a, &p->types, str_dup(a, type), kept);
}

// Those of the columns that were not asked for yet, each once.
static Value new_types(const CheckPlace *p, Arena *a, Value columns) {
  Value types = val_list(a, columns.list->n);
  Map seen = {0};
  for (size_t i = 0; i < columns.list->n; i++)
    if (!map_get(&p->types, type_of(columns, i)) && map_add(a, &seen, type_of(columns, i)))
      list_push(a, types.list, val_str(type_of(columns, i)));
  return types;
}

static bool all_one(const Run *r, Value types) {
  for (size_t i = 0; i < types.list->n; i++)
    if (!type_is_one(r, val_text(types.list->items[i])))
      return false;
  return true;
}

bool types_hold(CheckPlace *p, Value columns, TypeRefused *refused, void *data) {
  Arena a = {0};
  Value types = new_types(p, &a, columns);
  bool good = !types.list->n || (all_one(p->run, types) && !ask(p, &a, types).len);
  for (size_t i = 0; i < types.list->n; i++) {
    Str type = val_text(types.list->items[i]);
    keep(p, type, good ? (Str){0} : ask_one(p, &a, type));
  }
  Map told = {0};
  good = true;
  for (size_t i = 0; i < columns.list->n; i++) {
    const Str *why = map_get(&p->types, type_of(columns, i));
    if (why->len && map_add(&a, &told, type_of(columns, i)))
      refused(data, i, *why);
    good &= !why->len;
  }
  arena_free(&a);
  return good;
}
