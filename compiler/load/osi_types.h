// What reading an OSI document (load/osi.c) and writing one (artifacts/osi.c) have in common.
#ifndef STARC_OSI_TYPES_H
#define STARC_OSI_TYPES_H

// Types of data: dbt's word and the one of a document.
static const struct OsiDatatype {
  const char *dbt, *osi;
} osi_datatypes[] = {
    {"string",      "String"    },
    {"integer",     "Integer"   },
    {"decimal",     "Decimal"   },
    {"float",       "Float"     },
    {"boolean",     "Boolean"   },
    {"date",        "Date"      },
    {"time",        "Time"      },
    {"datetime",    "DateTime"  },
    {"datetime_tz", "DateTimeTz"},
    {"opaque",      "Opaque"    },
};
#define OSI_DATATYPES (sizeof osi_datatypes / sizeof osi_datatypes[0])

#endif
