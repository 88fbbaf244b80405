// What macros and names a project has: the registry that contexts look names up in.
#ifndef STARC_CONTEXT_MACROS_H
#define STARC_CONTEXT_MACROS_H
#include "../dialect/dialect.h"
#include "../graph/graph.h"

// All macros of all packages, found as dbt finds them: by the package of the node, the root, the
// namespaces, internal packages. Filled by load/ before any context is used; then immutable.
typedef struct Macros Macros;
Macros *macros_new(Arena *a, const Project *p);
LateMacros *macros_late(const Macros *m); // for those that are parsed when they are called
void macros_free(Macros *m); // what it caches beside its arena; may be left to the process's end
void macros_add(Arena *a, Macros *m, MacroEntry *e); // duplicates are the caller's to report
MacroEntry *macros_find(const Macros *m, const Package *of_node, Str name); // bare name
// What the adapter calls by a name: the root's macro, else any other package's, else the built-in.
MacroEntry *macros_find_anywhere(const Macros *m, Str name);
MacroEntry *macros_find_in(const Macros *m, Str package, Str name); // pkg.name
// The materialization for a name and adapter type: most specific adapter first, then root package
// over imported over internal. One of an imported package does not take the place of a built-in
// one, unless the project's flag lets it (dbt's rules). NULL: none.
MacroEntry *macros_materialization(const Macros *m, Str name, Str adapter_type);
bool macros_explicit_overrides(const Project *p); // that flag
// Whether a materialization of an imported package is the one of its name where the flag lets it,
// and there is a built-in one.
bool macros_replaces_builtin(const Macros *m, const MacroEntry *e, Str adapter_type);
Str *macros_materialization_names(Arena *a, const Macros *m, size_t *n); // for nearest-name hints
MacroEntry *macros_generic_test(const Macros *m, const Package *of_node, Str ns, Str name);
// The packages that adapter.dispatch(name, ns) searches, in order: the project's `dispatch:` for
// the namespace, else the root and the namespace. An empty name stands for the search of a bare
// name.
size_t macros_dispatch_packages(Arena *a, const Project *p, Str ns, Str **out);
// What adapter.dispatch(name) over these packages gives (an empty package: the search of a bare
// name), or NULL; *searched (may be NULL) collects the names that were tried.
MacroEntry *macros_dispatch(Arena *a, const Macros *m, const Dialect *d, const Package *of_node,
                            const Str *packages, size_t npackages, Str name, Buf *searched);

// The names that the context adds to those of globals.h; NULL behind the last. One that is no
// function has no fn, and no signature where it cannot be called.
const Native *context_name(size_t i);

#endif
