// JSON: a streaming writer for artifacts and logs, and a reader into Values.
#ifndef STARC_JSON_H
#define STARC_JSON_H
#include "../base/diag.h"
#include "value.h"

enum { JSON_DEPTH = 1024 }; // how deep lists and dicts may nest, read or written

// A dict that was written, and its text in `out`.
typedef struct JsonSeen {
  const Dict *of;
  size_t at, len;
} JsonSeen;
enum { JSON_SEEN = 16 };

// Writes into `out`, flushing to `file` (FILE *, may be NULL) whenever out passes 64 KiB, so that a
// manifest of any size takes constant memory. Commas and nesting are the writer's; keys come out
// in the order given. One line, ", " and ": " as separators like Python's json.dumps, non-ASCII as
// \u escapes, unless `indent` > 0. What goes to a file is masked (secret.h).
typedef struct Json {
  Buf *out;
  void *file;    // FILE *
  bool masked;   // secrets are covered; in a file they are anyway
  bool compact;  // "," and ":" without spaces
  bool raw_utf8; // leave non-ASCII as it is
  int indent;
  bool failed;   // a write to file failed (errno says why)
  bool too_deep; // something nests past JSON_DEPTH: null stands in its place
  int depth;
  bool first[1024 + 2]; // per depth: no item yet
  bool key_open;
  bool remembers;           // frozen dicts outlive this: the text of one that comes again is copied
  JsonSeen seen[JSON_SEEN]; // such dicts; not where a file takes what `out` has
} Json;

void json_open_object(Json *j);
void json_close_object(Json *j);
void json_open_array(Json *j);
void json_close_array(Json *j);
// Members that another Json of the same form wrote for the object at hand; may be none.
void json_members(Json *j, Str members);
void json_key(Json *j, Str key);
// A key of the program's own: nothing in it is secret or wants an escape.
void json_name(Json *j, Str key);
void json_value_key(Json *j, Value key); // of a dict, as text
void json_str(Json *j, Str s);           // bytes that are not UTF-8 become U+FFFD
void json_int(Json *j, int64_t i);
void json_float(Json *j, double f); // inf and nan as NaN, Infinity like Python's
void json_bool(Json *j, bool b);
void json_null(Json *j);
// Any value: dict keys become text as in Python's json.dumps; undefined and objects as their text.
void json_value(Json *j, Value v);
void json_flush(Json *j);
#define json_key_str(j, k, s) (json_key(j, STR(k)), json_str(j, s))

// Reads one document. False: a finding was recorded at the place (src->path names the file).
// Texts without escapes stay slices of src->text. Integers past 64 bits become VAL_BIGINT, NaN and
// Infinity are accepted as Python does.
bool json_read(Arena *arena, const Source *src, Value *out, Diags *diags);

#endif
