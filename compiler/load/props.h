// What schema files say of nodes, found by name.
#ifndef STARC_LOAD_PROPS_H
#define STARC_LOAD_PROPS_H
#include "internal.h"

// Which version of which model a file is.
typedef struct VersionOf {
  Prop *prop;
  const PropVersion *version;
} VersionOf;

// Indexes the entries of all schema files.
void load_props(Load *load);

// The entry of that name in a package, or NULL; the first marks it as used.
Prop *load_find_prop(Load *load, PropKind kind, const Package *p, Str name);
const Prop *load_look_up_prop(const Load *load, PropKind kind, const Package *p, Str name);

// Whether the entry found its node.
bool load_prop_used(const Load *load, const Prop *p, const Package *of);

// What the file of that name is a version of; NULL: of nothing.
const VersionOf *load_version_of(const Load *load, const Package *p, Str file);

// Warnings of entries and versions that found no node.
void load_unused_props(Load *load);

// The error that a schema file describes again what one has described.
void load_described_twice(Load *load, const File *f, const Prop *prop, const Prop *had);

#endif
