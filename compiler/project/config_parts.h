// What config.c and config_check.c share. project.c has trees looked over through it.
#ifndef STARC_CONFIG_PARTS_H
#define STARC_CONFIG_PARTS_H
#include "config.h"

enum { CONFIG_MAX_KEYS = 128 };

// The tree of a kind in a package's project file: rendered, and as written (NULL: none).
Value config_tree_of(const Package *p, ConfigKind kind);
const Yaml *config_yaml_of(const Package *p, ConfigKind kind);
// Its key in the project file.
Str config_section(ConfigKind kind);

// In a tree a key is a config when it has a + or its value is no dict; else it is a folder.
bool config_is_key(Str key, bool dict);
// The key without its +.
Str config_bare(Str key);

// Records an error unless the value is of the key's types and words. A key of another database than
// the target's (t NULL: of any) may be anything: nobody reads it.
bool config_check_value(Diags *diags, const Source *src, Span span, const ConfigKey *k,
                        const Target *t, Value v);
// Records a warning when the name, which is none of the keys, is nearly one.
void config_doubt_name(Diags *diags, const Source *src, Span span, ConfigKind kind, Str name);

// Looks over all trees of a package's project file. False: errors were recorded.
bool config_check_trees(const Package *p, const Target *t, Diags *diags);

#endif
