// Additions to a YAML file that leave every other byte as it is: comments, order, quotes, indents.
// In: a tree with its places (yaml.h), and what is to be added. Out: pieces of text and where they
// go, in the style of what stands around; whether the text with them reads as it was meant.
//
//   yaml_edit_open(&e, a, src, root);
//   if (yaml_add_item(&e, columns, 2, column) && yaml_edit_close(&e, &text, diags)) ...
#ifndef STARC_YAML_EDIT_H
#define STARC_YAML_EDIT_H
#include "../base/patch.h"
#include "yaml.h"

// One thing that is added, to see that it is read back.
typedef struct YamlMeant {
  const Yaml *of; // the list or dict of the tree that it is added to
  size_t at;      // of a list: before which of its items
  Value key;      // of a dict; none: of a list
  Value value;
  size_t piece; // of the patch
} YamlMeant;

// How a file is written.
typedef struct YamlStyle {
  Str eol;         // "\n", "\r\n"
  unsigned offset; // of a list's dashes from the key that it is of
  unsigned dash;   // from a dash to what stands behind it
  char quote;      // where a text needs quotes: '"' or '\''
} YamlStyle;

typedef struct YamlEdit {
  Arena *arena;
  const Source *src;
  const Yaml *root;
  YamlStyle style;
  Patch patch; // places in src->text
  VEC(YamlMeant) meant;
} YamlEdit;

// The list or dict of a tree that stands where y does, in another tree of the same text; NULL:
// none.
const Yaml *yaml_same_place(const Yaml *root, const Yaml *y);

// root is the tree of src; an empty file: a scalar none.
void yaml_edit_open(YamlEdit *e, Arena *a, const Source *src, const Yaml *root);
// The list gets an item before its at-th, which is a dict of texts, lists and dicts. False: the
// place cannot be told, since it is shared by an anchor, or not written in the usual way; nothing
// is added.
bool yaml_add_item(YamlEdit *e, const Yaml *list, size_t at, Value item);
// The dict gets a key behind another one that it has, or last (an empty text). An empty value that
// the key has gives way. False: as above, or the key has a value.
bool yaml_add_key(YamlEdit *e, const Yaml *dict, Str behind, Str key, Value value);
// A scalar gets another text. False: as above.
bool yaml_set_text(YamlEdit *e, const Yaml *dict, Str key, Str text);
// The text with all that was added, in the arena. False: it would not read as it was meant, which
// is recorded at the place.
bool yaml_edit_close(YamlEdit *e, Str *text, Diags *diags);

// Writes a value in block style, each line with this indent but the first, which the caller has
// begun; without the last end of line.
void yaml_write_block(const YamlStyle *style, Buf *out, Value v, unsigned indent);
// Writes a value on one line; json: keys and texts in quotes.
void yaml_write_flow(const YamlStyle *style, Buf *out, Value v, bool json);

#endif
