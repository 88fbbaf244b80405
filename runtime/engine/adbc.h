// ADBC 1.1.0 and Arrow's C data interface, as far as starc uses them: the layout that both
// specifications fix, so that no other header is needed. Members that are not called are void *.
#ifndef STARC_ADBC_H
#define STARC_ADBC_H
#include <stdint.h>

typedef struct ArrowSchema {
  const char *format, *name, *metadata;
  int64_t flags, n_children;
  struct ArrowSchema **children, *dictionary;
  void (*release)(struct ArrowSchema *); // NULL: it is released
  void *private_data;
} ArrowSchema;

typedef struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
} ArrowArray;

typedef struct ArrowStream {
  int (*get_schema)(struct ArrowStream *, ArrowSchema *);
  int (*get_next)(struct ArrowStream *, ArrowArray *); // the end: an array that is released
  const char *(*get_last_error)(struct ArrowStream *);
  void (*release)(struct ArrowStream *);
  void *private_data;
} ArrowStream;

typedef struct AdbcError {
  char *message;
  int32_t vendor_code;
  char sqlstate[5];
  void (*release)(struct AdbcError *);
  void *private_data, *private_driver;
} AdbcError;

// A database, a connection, a statement: the driver's.
typedef struct AdbcHandle {
  void *private_data, *private_driver;
} AdbcHandle;

enum { ADBC_VERSION = 1001000, ADBC_CANCELLED = 11 };

// Every function gives 0, or what is wrong; all in the order of the specification.
typedef struct AdbcDriver {
  void *private_data, *private_manager, *release;
  uint8_t (*database_init)(AdbcHandle *, AdbcError *);
  uint8_t (*database_new)(AdbcHandle *, AdbcError *);
  uint8_t (*database_set)(AdbcHandle *, const char *key, const char *value, AdbcError *);
  uint8_t (*database_release)(AdbcHandle *, AdbcError *);
  void *commit, *get_info, *get_objects, *get_table_schema, *get_table_types;
  uint8_t (*connection_init)(AdbcHandle *, AdbcHandle *database, AdbcError *);
  uint8_t (*connection_new)(AdbcHandle *, AdbcError *);
  void *connection_set, *read_partition;
  uint8_t (*connection_release)(AdbcHandle *, AdbcError *);
  void *rollback, *bind, *bind_stream;
  // stream NULL: rows are not wanted, and `affected` is how many were written.
  uint8_t (*execute)(AdbcHandle *, ArrowStream *, int64_t *affected, AdbcError *);
  void *execute_partitions, *get_parameter_schema;
  uint8_t (*statement_new)(AdbcHandle *connection, AdbcHandle *statement, AdbcError *);
  void *prepare;
  uint8_t (*statement_release)(AdbcHandle *, AdbcError *);
  void *statement_set;
  uint8_t (*set_query)(AdbcHandle *, const char *sql, AdbcError *);
  void *set_plan;
  // since 1.1.0
  void *of_errors[3], *of_databases[7], *of_connections[10], *of_statements[9];
} AdbcDriver;

#endif
