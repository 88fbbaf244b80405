// schemas.lock.json, beside the project file: what was known of the target when `starc check
// --update-sources` last asked it. In: the file. Out: columns by unique id. One section a target;
// asking the target is update.c.
#ifndef STARC_CHECK_LOCK_H
#define STARC_CHECK_LOCK_H
#include "../run/run.h"

typedef struct SchemaLock SchemaLock;

// The parts of a section that are of a whole server, in the order in which they are made; ends with
// NULL.
extern const char *const lock_server_parts[];

typedef struct LockedColumns {
  const DbColumn *items; // in order; pieces of the file's text where it has them as they are
  size_t n;              // 0: nothing is known
} LockedColumns;

// Reads the file, once a run. Its section is that of the run's target, else the first of the same
// database. NULL: the file cannot be used, which is recorded in r->diags. Without a file: a lock
// that knows nothing.
SchemaLock *lock_read(Run *r);

// Of a source, by its unique id: types as the database names them, where ClickHouse computes a
// column followed by ALIAS or MATERIALIZED.
LockedColumns lock_source_columns(const SchemaLock *l, Str unique_id);
// Of what a node made when it was last checked with --update-sources.
LockedColumns lock_node_columns(const SchemaLock *l, Str unique_id);
// Of a source or node, before this run asked the target anew.
LockedColumns lock_columns_before(const SchemaLock *l, Str unique_id);
// Of a dict {"columns": {name: type}}, or of anything else: none.
LockedColumns lock_columns(Arena *a, Value of);
// Where the file says it: a name or type of LockedColumns. A source without text: nowhere.
const Source *lock_place(const SchemaLock *l, Str what, Span *span);

// The target whose section it is; empty: there is none.
Str lock_target(const SchemaLock *l);
// The section: a dict, or undefined.
Value lock_section(const SchemaLock *l);
// A part of it, "functions" for one: a dict, or undefined.
Value lock_part(const SchemaLock *l, Str name);
// A dict with its keys in order, so that the file's order says nothing of who was asked when.
Value lock_sorted(Arena *a, Value dict);
// The dict {"columns": {name: type}} of columns.
Value lock_columns_value(Arena *a, const DbColumn *columns, size_t n);

// The section from now on, for lock_save; a dict that lives as long as the run.
void lock_replace(SchemaLock *l, Str target, Value section);
// Writes the section into the file, beside those of other targets, which another starc may have
// written a moment ago. False: recorded in r->diags; the file is as it was.
bool lock_save(Run *r, const SchemaLock *l);
// Puts sources, a dict as the section's, into the section of that target as the file has it now,
// where it has one; all else of the file stays. False: recorded in r->diags; the file is as it was.
bool lock_amend(Run *r, Str target, Value sources);

#endif
