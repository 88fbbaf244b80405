// SQLite's answers: schemas are files that are attached, types are affinities. The proof that a
// third database needs no edit outside of its own files; it is linked into a test program only.
#include "../../../compiler/context/adapter.h"
#include "../../../compiler/project/config.h"
#include "../../../compiler/project/profile_parts.h"
#include "compiler/context/column.h"
#include "compiler/context/fixture_value.h"

// --- text

static void relation(Buf *out, const Relation *r) {
  if (r->schema.len)
    dialect_double_quoted(out, r->schema);
  if (r->schema.len && r->identifier.len)
    buf_addc(out, '.');
  if (r->identifier.len)
    dialect_double_quoted(out, r->identifier);
}

static Str translate_type(Str type) {
  return str_eq_nocase(type, STR("string")) ? STR("text") : type;
}

static const char *const parents[] = {NULL}, *const strategies[] = {"append", "delete+insert",
                                                                    NULL};
static const char *const operators[] = {"||", "->>", "->", "<<", ">>", "<>",
                                        "<=", ">=",  "==", "!=", NULL};
static const char *const after_table[] = {"where",  "group", "having", "order",  "limit", "union",
                                          "except", "join",  "inner",  "left",   "cross", "natural",
                                          "on",     "using", "as",     "window", NULL};
static const char *const table_clauses[] = {NULL};
static const SqlRules sql = {.backquotes = true,
                             .high_words = true,
                             .escaped = "",
                             .plain = "",
                             .bits = "xX",
                             .operators = operators,
                             .after_table = after_table,
                             .table_clauses = table_clauses};

// --- types

static const char *const texts[] = {"text", NULL}, *const booleans[] = {"boolean", NULL};
static const char *const integers[] = {"bigint", "text", NULL};
static const char *const numbers[] = {"double precision", NULL};
static const char *const dates[] = {"date", NULL}, *const datetimes[] = {"datetime", NULL};
static const char *const *const seed_types[] = {
    [SEED_TEXT] = texts, [SEED_INTEGER] = integers,   [SEED_NUMBER] = numbers,
    [SEED_DATE] = dates, [SEED_DATETIME] = datetimes, [SEED_BOOLEAN] = booleans};

static const CellType *cell_type(Arena *a, Str type) {
  CellType *t = arena_new(a, CellType);
  if (str_eq_nocase(type, STR("bigint")))
    *t = (CellType){.kind = CELL_INTEGER,
                    .least = STR("-9223372036854775808"),
                    .most = STR("9223372036854775807")};
  else if (str_eq_nocase(type, STR("double precision")))
    *t = (CellType){.kind = CELL_FLOAT, .wide = true};
  else if (str_eq_nocase(type, STR("date")))
    *t = (CellType){.kind = CELL_DATE};
  t->name = str_dup(a, type);
  t->nullable = true;
  return t;
}

static const char *const strings[] = {"text", "varchar", "", NULL};
static const char *const wholes[] = {"bigint", "integer", "int", NULL};
static const char *const floats[] = {"double precision", "real", NULL};
static const char *const numerics[] = {"numeric", "decimal", "num", NULL};
static bool is_string(Str type) { return column_in_words(type, strings); }
static bool is_integer(Str type) { return column_in_words(type, wholes); }
static bool is_float(Str type) { return column_in_words(type, floats); }
static bool is_numeric(Str type) { return column_in_words(type, numerics); }

static Str data_type(Arena *a, const ColumnObj *c) {
  (void)a;
  return c->dtype;
}
static Str string_type(Arena *a, Value size) {
  (void)a, (void)size;
  return STR("text");
}
static Str numeric_type(Arena *a, Str word, Value precision, Value scale) {
  return column_sized(a, word, ",", precision, scale);
}
static Str literal(Arena *a, const ColumnObj *c, Str text) {
  return str_fmt(a, "cast(%.*s as %.*s)", STR_ARG(text), STR_ARG(c->dtype));
}

static const ColumnRules columns = {.type = COLUMN_TYPE("SQLiteColumn"),
                                    .nfields = 2,
                                    .sized = true,
                                    .is_string = is_string,
                                    .is_integer = is_integer,
                                    .is_float = is_float,
                                    .is_numeric = is_numeric,
                                    .data_type = data_type,
                                    .string_type = string_type,
                                    .numeric_type = numeric_type,
                                    .literal = literal};

// --- templates

static void fixture_text(Eval *ev, Buf *out, Value v, Str type) {
  (void)type;
  buf_add(out, fixture_plain(ev, v));
}

static const Method methods[] = {
    {{0}, REAL}
};
static const NativeTable natives[] = {{0}};
static const char *const movable[] = {"table", NULL};
static const ListedField listed[] = {LISTED_NAME, LISTED_SCHEMA, LISTED_TYPE};
static const AdapterRules adapter = {.object = {&adapter_type},
                                     .relation = RELATION_TYPE("SQLiteRelation"),
                                     .column = &columns,
                                     .methods = methods,
                                     .natives = natives,
                                     .movable = movable,
                                     .other_kind = "external",
                                     .listed = listed,
                                     .nlisted = COUNT(listed),
                                     .fixture_text = fixture_text};

// --- the project

static const ProfileKey profile_keys_own[] = {
    {"path",            TYPE_STR, .required = true, .doc = "the folder of the files, one a schema"},
    {"schema", TYPE_STR, .fallback = "main", .doc = "the schema to build in"},
    {0                },
};

static bool finish(Search *s, Target *t, const YamlEntry *entry) {
  (void)entry;
  t->inside = true;
  dict_sets(s->arena, t->keys.dict, STR("path"),
            val_str(profile_folder(s, target_str(t, STR("path"), STR("")))));
  return true;
}

static const ProfileStart starts[] = {
    {"sqlite",
     "%NAME%:\n  target: dev\n  outputs:\n    dev:\n      type: sqlite\n"
     "      path: .starc/sqlite\n      schema: %NAME%\n", NULL},
    {0   },
};
static const ProfileRules profile = {.keys = profile_keys_own, .finish = finish, .starts = starts};

static const ConfigKey config_keys_own[] = {
    {"strict",   CONFIG_OF_MODELS, TYPE_BOOL, .doc = "a strict table", .example = "strict=true"},
    {0},
};
static const char *const order[] = {"strict", NULL};
static const ConfigRules config = {.keys = config_keys_own, .n = 1, .order = order};

extern const Dialect dialect_sqlite;
const Dialect dialect_sqlite = {
    .type = "sqlite",
    .title = "SQLite",
    .parents = parents,
    .sql = &sql,
    .quote = '"',
    .transactions = true,
    .quote_by_default = {true, true,       true},
    .quote_name = dialect_double_quoted,
    .relation = relation,
    .seed_types = seed_types,
    .cell_type = cell_type,
    .load = {"insert into ",    ")"},
    .strategies = strategies,
    .instant = {"'",    "'"           },
    .translate_type = translate_type,
    .profile = &profile,
    .config = &config,
    .adapter = &adapter
};
