// load/'s own: a project while it is being read. Each step has a header named as its .c.
#ifndef STARC_LOAD_INTERNAL_H
#define STARC_LOAD_INTERNAL_H
#include "../base/ptr_map.h"
#include "../base/vec.h"
#include "../context/context.h"
#include "../macros/embedded.h"
#include "../project/config.h"
#include "../project/properties.h"
#include "../template/blocks.h"
#include "../value/intern.h"

typedef enum FileKind {
  FILE_MACROS, // macros, materializations, generic tests
  FILE_MODEL,
  FILE_SEED,
  FILE_SNAPSHOT, // snapshot blocks
  FILE_TEST,     // a singular test
  FILE_ANALYSIS,
  FILE_FUNCTION, // the body of a function
  FILE_FIXTURE,  // rows of unit tests, CSV or a query
  FILE_DOCS,
  FILE_YAML,
  FILE_OSI, // a document of the Open Semantic Interchange, JSON
  FILE_PYTHON
} FileKind;

// A macro block of a file.
typedef struct FoundMacro {
  const Block *block;
  const Macro *macro;
  const Source *source;
} FoundMacro;

// One file of a package. Read and parsed on any thread; from then on read only.
typedef struct File {
  FileKind kind;
  Package *package;
  Str absolute, root; // root: the resource folder, "models"
  Str path;           // below root
  Str original_path;  // below the package
  int64_t size;
  const EmbeddedFile *embedded; // of starc's own macros; NULL: a file of the disk
  Source *source;               // stripped text; line numbers count in the file
  bool ok;                      // read and parsed
  Str checksum;                 // sha256 of the stripped text, or of a seed's
  Template *body;               // singular tests, analyses, functions, models in Python
  Block *blocks;                // snapshots, docs
  FoundMacro *macros;
  size_t nmacros;
  PropFile *props; // of a FILE_YAML, else NULL
  Diags *diags;    // of this file, joined in order afterwards; NULL: there are none
  size_t follow;   // findings that are left out since this file was not read
} File;

typedef VEC(File) FileVec;
typedef VEC(Node *) NodeVec;
typedef VEC(Str) StrVec;

// A node on its way: what is known of it before its body is evaluated.
typedef struct Work {
  Node *node;
  const File *file;
  const Prop *prop;           // the patch, or NULL
  const PropVersion *version; // of the patch
  const PropTest *test;       // generic tests
  ConfigKind kind;
  Value call, call_unrendered; // generic tests: their config
  const File **overloads;      // of a function: the files of their bodies
  size_t noverloads;
  bool plain_test; // a built-in test whose references are known without evaluating it
  const PropColumn *columns;
  size_t ncolumns;
  Diags *diags; // while it is evaluated, and afterwards where there are findings
} Work;
typedef VEC(Work) WorkVec;

// The project on its way; each step reads what those before it left here.
typedef struct Load {
  Arena *a;
  Project *p;
  ContextShared *shared;
  Graph *g;
  Macros *macros;
  Diags *diags;
  Globals *globals; // one per package, for YAML
  int64_t now_us;
  bool plain_names[4]; // of generate_*_name: the built-in one is in force

  FileVec files; // those that come with starc behind the others
  size_t nread;  // how many are files of the disk
  WorkVec work;  // nodes that are evaluated
  NodeVec nodes; // all, in the order they were made; sorted into the graph at the end

  // Found by name.
  Map props;     // "models/pkg/name" -> Prop
  Map models;    // "pkg.file" -> which version of which model it is
  Map overloads; // "package/name" of a file of functions/ -> Prop of what it is an overload of
  bool has_overloads;
  Map macro_ids; // "macro.pkg.name" -> MacroEntry
  Map docs;      // "pkg.name" and "name" -> DocBlock
  Map fixtures;  // "pkg.name" -> File
  Map groups;    // "pkg.name" -> Prop
  Map by_id;     // ids, names and relations taken -> Node; until they are checked
  Arena taken;   // by_id and its keys
  Map bodies;    // text of generic tests -> Template

  // Found by where it stands.
  PtrMap file_of;       // Source -> File
  PtrMap macro_sources; // the Sources of macros, a set

  // What many nodes have in common.
  Value no_dict, no_list; // empty and frozen: of all nodes that have nothing
  Intern shared_values;   // configs, tags, contracts: nodes of one folder mostly have the same
  Value *test_config;     // per package: the config of tests that say nothing; undefined: none
} Load;

#endif
