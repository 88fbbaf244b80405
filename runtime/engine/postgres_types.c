// Names of Postgres' types. In: a type's number and modifier. Out: the name that SQL has for it.
#include "postgres_session.h"

// The types a warehouse meets, by their fixed numbers. array: number of the array of it, or 0.
static const struct {
  Oid oid, array;
  const char *name;
} pg_types[] = {
    {16,   1000, "boolean"                    },
    {17,   1001, "bytea"                      },
    {18,   1002, "\"char\""                   },
    {19,   1003, "name"                       },
    {20,   1016, "bigint"                     },
    {21,   1005, "smallint"                   },
    {23,   1007, "integer"                    },
    {25,   1009, "text"                       },
    {26,   1028, "oid"                        },
    {114,  199,  "json"                       },
    {142,  143,  "xml"                        },
    {600,  1017, "point"                      },
    {650,  651,  "cidr"                       },
    {700,  1021, "real"                       },
    {701,  1022, "double precision"           },
    {774,  775,  "macaddr8"                   },
    {790,  791,  "money"                      },
    {829,  1040, "macaddr"                    },
    {869,  1041, "inet"                       },
    {1042, 1014, "character"                  },
    {1043, 1015, "character varying"          },
    {1082, 1182, "date"                       },
    {1083, 1183, "time without time zone"     },
    {1114, 1115, "timestamp without time zone"},
    {1184, 1185, "timestamp with time zone"   },
    {1186, 1187, "interval"                   },
    {1266, 1270, "time with time zone"        },
    {1560, 1561, "bit"                        },
    {1562, 1563, "bit varying"                },
    {1700, 1231, "numeric"                    },
    {2205, 2210, "regclass"                   },
    {2249, 2287, "record"                     },
    {2278, 0,    "void"                       },
    {2950, 2951, "uuid"                       },
    {3220, 3221, "pg_lsn"                     },
    {3614, 3643, "tsvector"                   },
    {3615, 3645, "tsquery"                    },
    {3802, 3807, "jsonb"                      },
    {3904, 3905, "int4range"                  },
    {3906, 3907, "numrange"                   },
    {3908, 3909, "tsrange"                    },
    {3910, 3911, "tstzrange"                  },
    {3912, 3913, "daterange"                  },
    {3926, 3927, "int8range"                  },
    {705,  0,    "text"                       }, // "unknown": a literal without a type
};

static Str with_modifier(Arena *a, Oid oid, int mod, const char *name) {
  if (mod < 4)
    return str_c(name);
  if (oid == 1700)
    return str_fmt(a, "%s(%d,%d)", name, ((mod - 4) >> 16) & 0xffff, (mod - 4) & 0x7ff);
  if (oid == 1042 || oid == 1043)
    return str_fmt(a, "%s(%d)", name, mod - 4);
  return str_c(name);
}

Str pg_type_name(Arena *a, Oid oid, int mod) {
  for (size_t i = 0; i < COUNT(pg_types); i++) {
    if (pg_types[i].oid == oid)
      return with_modifier(a, oid, mod, pg_types[i].name);
    if (pg_types[i].array && pg_types[i].array == oid)
      return str_fmt(a, "%s[]", pg_types[i].name);
  }
  return str_fmt(a, "type %u", oid); // of the user's own making
}
