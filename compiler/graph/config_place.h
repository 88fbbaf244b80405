// Where a node's config was written: for messages about a key or about what a key names.
#ifndef STARC_CONFIG_PLACE_H
#define STARC_CONFIG_PLACE_H
#include "../project/config.h"
#include "node.h"

// What the config of a node of each kind is looked up as.
extern const ConfigKind node_config_kinds[NODE_KINDS];

// What somebody wrote for a config key.
typedef struct ConfigWritten {
  const Source *src;
  Span span;         // what to show: the value where that is one word, else the key
  size_t end;        // where the value ends at the latest
  const Yaml *value; // NULL: it stands in a call of config()
} ConfigWritten;

// Looked for in config() of the file, in the node's properties, then in the project files' trees,
// deepest first; `root` is the root project. False: nobody wrote it.
bool node_config_written(const Node *n, const Package *root, Str key, ConfigWritten *out);

// The place of a key that a node has: of its value where that is one word, else of the key.
// False: nobody wrote it.
bool node_config_place(const Node *n, const Package *root, Str key, const Source **src, Span *span);

// The place of a word that stands in the value of one of the node's keys ("at" in
// unique_key=['id', 'at']). False: no key's value has the word, or nobody wrote it.
bool node_config_word(const Node *n, const Package *root, Str word, const Source **src, Span *span);

// The same, of one key.
bool node_config_word_of(const Node *n, const Package *root, Str key, Str word, const Source **src,
                         Span *span);

// The place of a word of a type: in a data_type of the node's properties or in its column_types.
bool node_type_place(const Node *n, const Package *root, Str word, const Source **src, Span *span);

// The place of a word in what YAML says of the node beside its config: constraints, columns, the
// arguments of a test. Descriptions are left out.
bool node_yaml_word(const Node *n, Str word, const Source **src, Span *span);

// The place of text[at, at + len) in the node's config and YAML, else in its file: where most of
// what stands around it in the text stands there too, and at least a few characters of it.
bool node_written_piece(const Node *n, const Package *root, Str text, size_t at, size_t len,
                        const Source **src, Span *span);

// The place of a constraint of that type ("check") in the node's YAML: of the column whose name
// stands in `about`, else the first one.
bool node_constraint_place(const Node *n, Str type, Str about, const Source **src, Span *span);

// hook_place.c: the source of a text that is a hook of the node: findings about it are shown where
// it was written, in config(), a schema file or a project file, else at the key. *key: "pre-hook"
// or "post-hook". NULL: no hook has this text.
const Source *node_hook_source(Arena *a, const Node *n, const Package *root, Str text, Str *key);

// For who asks for all hooks of a node in their order: where the one before was found, from where
// on the next is searched first. {0} at the first of a key.
typedef struct HookPlace {
  size_t item; // of the list in YAML
  size_t at;   // in the text of the node
} HookPlace;

// The same for a hook that stands under `key` in the node's config.
const Source *node_hook_source_of(Arena *a, const Node *n, const Package *root, Str key, Str text,
                                  HookPlace *after);

#endif
