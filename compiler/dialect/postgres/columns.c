// Postgres' types as the columns of templates know them. In: a type's name. Out: what kind it is,
// how dbt calls it, its text with sizes.
#include "../../context/adapter.h"
#include "../../context/column.h"
#include "postgres.h"

static const char *const strings[] = {"text", "character varying", "character", "varchar", NULL};
static const char *const integers[] = {"smallint",  "integer", "bigint", "smallserial", "serial",
                                       "bigserial", "int2",    "int4",   "int8",        "serial2",
                                       "serial4",   "serial8", NULL};
static const char *const floats[] = {"real",   "float4", "float", "double precision",
                                     "float8", "double", NULL};
static const char *const numerics[] = {"numeric", "decimal", NULL};

static bool is_string(Str type) { return column_in_words(type, strings); }
static bool is_integer(Str type) { return column_in_words(type, integers); }
static bool is_float(Str type) { return column_in_words(type, floats); }
static bool is_numeric(Str type) { return column_in_words(type, numerics); }

// How dbt calls the types of a query's columns: by families, as its driver does, so that a contract
// for text is kept by any length of it. What is not here keeps its own name.
static const struct {
  const char *type, *family;
} families[] = {
    {"bigint",                      "LONGINTEGER"},
    {"integer",                     "INTEGER"    },
    {"smallint",                    "INTEGER"    },
    {"real",                        "FLOAT"      },
    {"double precision",            "FLOAT"      },
    {"numeric",                     "DECIMAL"    },
    {"text",                        "STRING"     },
    {"character varying",           "STRING"     },
    {"character",                   "STRING"     },
    {"name",                        "STRING"     },
    {"\"char\"",                    "STRING"     },
    {"boolean",                     "BOOLEAN"    },
    {"date",                        "DATE"       },
    {"time without time zone",      "TIME"       },
    {"time with time zone",         "TIME"       },
    {"timestamp without time zone", "DATETIME"   },
    {"timestamp with time zone",    "DATETIMETZ" },
    {"interval",                    "INTERVAL"   },
    {"bytea",                       "BINARY"     },
    {"json",                        "JSON"       },
    {"jsonb",                       "JSONB"      },
    {"oid",                         "ROWID"      },
};

static Str family(Arena *a, Str type) {
  bool array = str_ends(type, STR("[]"));
  Str base = array ? str_sub(type, 0, type.len - 2) : type;
  ptrdiff_t open = str_find(base, STR("("), 0);
  base = open < 0 ? base : str_sub(base, 0, (size_t)open);
  for (size_t i = 0; i < COUNT(families); i++)
    if (str_eq(base, str_c(families[i].type)))
      return array ? str_fmt(a, "%sARRAY", families[i].family) : str_c(families[i].family);
  return type;
}

static Str varchar(Arena *a, Value size) {
  return str_fmt(a, "character varying(%lld)", size.kind == VAL_INT ? (long long)size.i : 256LL);
}

static Str numeric(Arena *a, Str word, Value precision, Value scale) {
  return column_sized(a, word, ",", precision, scale);
}

static Str data_type(Arena *a, const ColumnObj *c) {
  if (str_eq_nocase(c->dtype, STR("text")) ||
      (str_eq_nocase(c->dtype, STR("character varying")) && c->char_size.kind != VAL_INT))
    return c->dtype;
  if (is_string(c->dtype))
    return varchar(a, c->char_size);
  return is_numeric(c->dtype) ? numeric(a, c->dtype, c->precision, c->scale) : c->dtype;
}

static Str literal(Arena *a, const ColumnObj *c, Str text) {
  return str_fmt(a, "%.*s::%.*s", STR_ARG(text), STR_ARG(data_type(a, c)));
}

static void repr(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  buf_adds(out, "PostgresColumn(column=");
  val_repr(out, val_str(c->name));
  buf_adds(out, ", dtype=");
  val_repr(out, val_str(c->dtype));
  buf_adds(out, ", char_size=");
  val_repr(out, c->char_size);
  buf_adds(out, ", numeric_precision=");
  val_repr(out, c->precision);
  buf_adds(out, ", numeric_scale=");
  val_repr(out, c->scale);
  buf_adds(out, ")");
}

const ColumnRules postgres_columns = {.type = COLUMN_TYPE("PostgresColumn", .repr = repr),
                                      .nfields = 6,
                                      .sized = true,
                                      .is_string = is_string,
                                      .is_integer = is_integer,
                                      .is_float = is_float,
                                      .is_numeric = is_numeric,
                                      .family = family,
                                      .data_type = data_type,
                                      .string_type = varchar,
                                      .numeric_type = numeric,
                                      .literal = literal};
