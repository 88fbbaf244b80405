// In: macro blocks found in files. Out: registered macros with their ids, what each calls, and what
// schema files say of them. Leaves lookup and dispatch to context/.
#include "macros.h"
#include "../template/late.h"

#include "docs.h"
#include "props.h"

#include <stdarg.h>
#include <stdio.h>

// --- registering

Str load_macro_name(Load *load, const Block *b) {
  switch (b->kind) {
  case BLOCK_MATERIALIZATION:
    return str_fmt(load->a, "materialization_%.*s_%.*s", STR_ARG(b->name),
                   STR_ARG(b->adapter.len ? b->adapter : STR("default")));
  case BLOCK_TEST:
    return str_fmt(load->a, "test_%.*s", STR_ARG(b->name));
  default:
    return b->name;
  }
}

static const Source *macro_source(const MacroEntry *e) { return e->macro->source; }

static void duplicate(Load *load, const File *f, const FoundMacro *m, Str name,
                      const MacroEntry *had) {
  Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, m->block->head,
                    "there are two macros named '%.*s' in package '%.*s'", STR_ARG(name),
                    STR_ARG(f->package->name));
  diag_note(load->diags, d, macro_source(had), had->macro->head, "the other one is here");
}

// The words of supported_languages=['sql', 'python'] in the head of a materialization.
static Value languages(Load *load, const FoundMacro *m) {
  if (m->block->kind != BLOCK_MATERIALIZATION)
    return val_none();
  Value v = val_list(load->a, 2);
  Str text = m->source->text;
  ptrdiff_t end = str_find(text, STR("%}"), 0), at = str_find(text, STR("supported_languages"), 0);
  bool open = false;
  for (size_t i = at < 0 ? text.len : (size_t)at, from = 0; end > 0 && i < (size_t)end; i++) {
    if (text.ptr[i] != '\'' && text.ptr[i] != '"')
      continue;
    if (open)
      list_push(load->a, v.list, val_str(str_sub(text, from, i)));
    open = !open;
    from = i + 1;
  }
  if (!v.list->n)
    list_push(load->a, v.list, val_lit("sql"));
  return v;
}

// Not among the tests: of generic tests there dbt notes no arguments.
static bool in_macro_paths(const File *f) {
  for (size_t i = 0; i < f->package->nmacro_paths; i++) {
    Str path = f->package->macro_paths[i];
    if (str_starts(f->original_path, path) && f->original_path.ptr[path.len] == '/')
      return true;
  }
  return false;
}

static Value declared_arguments(Arena *a, const Macro *m) {
  size_t n;
  const Str *names = macro_params(m, &n);
  Value out = val_list(a, n);
  for (size_t i = 0; i < n; i++) {
    Value one = val_dict(a);
    dict_sets(a, one.dict, STR("name"), val_str(names[i]));
    dict_sets(a, one.dict, STR("type"), val_none());
    dict_sets(a, one.dict, STR("description"), val_lit(""));
    list_push(a, out.list, one);
  }
  return out;
}

static void add_macro(Load *load, const File *f, const FoundMacro *m) {
  Str name = load_macro_name(load, m->block);
  Str id = str_fmt(load->a, "macro.%.*s.%.*s", STR_ARG(f->package->name), STR_ARG(name));
  MacroEntry *had = map_get(&load->macro_ids, id);
  if (had) {
    duplicate(load, f, m, name, had);
    return;
  }
  MacroEntry *e = arena_new(load->a, MacroEntry);
  e->id = id;
  e->name = name;
  e->package = f->package;
  e->macro = m->macro;
  e->path = e->original_path = f->original_path;
  e->meta = val_dict(load->a);
  e->docs = val_dict(load->a);
  dict_sets(load->a, e->docs.dict, STR("show"), val_bool(true));
  dict_sets(load->a, e->docs.dict, STR("node_color"), val_none());
  bool declared = project_flag(load->p, "validate_macro_args") && in_macro_paths(f);
  e->arguments = declared ? declared_arguments(load->a, m->macro) : val_list(load->a, 0);
  e->supported_languages = languages(load, m);
  map_put(load->a, &load->macro_ids, id, e);
  macros_add(load->a, load->macros, e);
  ptr_map_add(load->a, &load->macro_sources, m->macro->source);
}

// Where the project's flag lets packages replace what is built in.
static void warn_of_replaced(Load *load) {
  if (!load->shared->dialect || macros_explicit_overrides(load->p))
    return;
  for (size_t i = 0; i < load->g->nmacros; i++) {
    const MacroEntry *e = load->g->macros[i];
    if (!str_starts(e->name, STR("materialization_")) ||
        !macros_replaces_builtin(load->macros, e, str_c(load->shared->dialect->type)))
      continue;
    Diag *d = diag_at(load->diags, SEV_WARNING, CODE_PACKAGE_MATERIALIZATION, macro_source(e),
                      e->macro->head, "the package '%.*s' replaces a built-in materialization",
                      STR_ARG(e->package->name));
    diag_part(load->diags, d, "package_name", e->package->name);
    diag_part(load->diags, d, "materialization_name", e->name);
    diag_hint(load->diags, d,
              "to go on without the flag, write one in the project that returns %.*s.%.*s()",
              STR_ARG(e->package->name), STR_ARG(e->name));
  }
}

void load_macros(Load *load) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    for (size_t k = 0; f->kind == FILE_MACROS && k < f->nmacros; k++)
      add_macro(load, f, &f->macros[k]);
  }
  load->g->nmacros = load->macro_ids.n;
  load->g->macros = arena_array(load->a, MacroEntry *, load->macro_ids.n + 1);
  for (size_t i = 0; i < load->macro_ids.n; i++)
    load->g->macros[i] = load->macro_ids.entries[i].value;
  warn_of_replaced(load);
}

// --- what a macro calls

typedef struct Calls {
  Load *load;
  MacroEntry *from;
  StrVec ids;
} Calls;

static void depends(Calls *c, const MacroEntry *e) {
  if (!e || e == c->from)
    return;
  for (size_t i = 0; i < c->ids.n; i++)
    if (str_eq(c->ids.items[i], e->id))
      return;
  vec_push(c->load->a, &c->ids, e->id);
}

static void depends_on_dispatch(Calls *c, Str name, Str ns) {
  if (!c->load->shared->dialect)
    return;
  Str *packages;
  size_t n = macros_dispatch_packages(c->load->a, c->load->p, ns, &packages);
  depends(c, macros_dispatch(c->load->a, c->load->macros, c->load->shared->dialect,
                             c->from->package, packages, n, name, NULL));
}

static void called(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  (void)span;
  Calls *c = data;
  if (str_is(callee, "adapter.dispatch")) {
    if (!nargs || !args[0].ptr)
      return;
    depends(c,
            macros_find(c->load->macros, c->from->package, args[0])); // as dbt: the bare name too
    depends_on_dispatch(c, args[0], nargs > 1 ? args[1] : (Str){0});
    return;
  }
  ptrdiff_t dot = str_find(callee, STR("."), 0);
  if (dot < 0)
    depends(c, macros_find(c->load->macros, c->from->package, callee));
  else
    depends(c, macros_find_in(c->load->macros, str_sub(callee, 0, (size_t)dot),
                              str_sub(callee, (size_t)dot + 1, callee.len)));
}

void load_macro_depends(Load *load) {
  for (size_t i = 0; i < load->g->nmacros; i++) {
    Calls c = {.load = load, .from = load->g->macros[i]};
    macro_calls(c.from->macro, called, &c);
    c.from->macro_ids = c.ids.items;
    c.from->nmacro_ids = c.ids.n;
  }
}

// --- macros: in schema files

// "list[str]", "dict[str, optional[int]]": reads one type; the rest, or NULL.
static const char *type_end(const char *s, const char *end) {
  static const struct {
    Str name;
    int params;
  } types[] = {
      {STR_INIT("str"),      0},
      {STR_INIT("string"),   0},
      {STR_INIT("bool"),     0},
      {STR_INIT("int"),      0},
      {STR_INIT("integer"),  0},
      {STR_INIT("float"),    0},
      {STR_INIT("any"),      0},
      {STR_INIT("list"),     1},
      {STR_INIT("dict"),     2},
      {STR_INIT("optional"), 1},
      {STR_INIT("relation"), 0},
      {STR_INIT("column"),   0},
  };
  const char *word = s;
  while (s < end && *s >= 'a' && *s <= 'z')
    s++;
  for (size_t i = 0; i < COUNT(types); i++) {
    if (!str_eq(types[i].name, str_n(word, (size_t)(s - word))))
      continue;
    for (int k = 0; k < types[i].params; k++) {
      if (s >= end || *s != (k ? ',' : '['))
        return NULL;
      s = type_end(s + 1, end);
      if (!s)
        return NULL;
    }
    return !types[i].params ? s : s < end && *s == ']' ? s + 1 : NULL;
  }
  return NULL;
}

static bool macro_type_valid(Str type) {
  char text[256];
  size_t n = 0;
  for (size_t i = 0; i < type.len; i++)
    if (type.ptr[i] != ' ' && type.ptr[i] != '\t' && n < sizeof text)
      text[n++] = type.ptr[i];
  return !n || type_end(text, text + n) == text + n;
}

static Diag *annotation(Load *load, const File *f, const Prop *prop, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static Diag *annotation(Load *load, const File *f, const Prop *prop, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(load->diags, SEV_WARNING, CODE_MACRO_ANNOTATION, f->source, prop->name_span,
                     fmt, ap);
  va_end(ap);
  return d;
}

// flags: validate_macro_args: what the YAML says of a macro's arguments is held against its text.
static void check_arguments(Load *load, const File *f, const Prop *prop, const MacroEntry *e) {
  size_t n;
  const Str *names = macro_params(e->macro, &n);
  const List *said = prop->arguments.list;
  if (!said->n)
    return;
  for (size_t i = 0; i < said->n; i++) {
    Str name = val_text(val_get(said->items[i], STR("name")));
    Value type = val_get(said->items[i], STR("type"));
    if (i < n && !str_eq(name, names[i]))
      annotation(load, f, prop,
                 "argument %zu of the macro '%.*s' is '%.*s' here, '%.*s' in its text", i + 1,
                 STR_ARG(e->name), STR_ARG(name), STR_ARG(names[i]));
    if (type.kind == VAL_STR && !macro_type_valid(val_text(type)))
      diag_hint(
          load->diags,
          annotation(load, f, prop, "'%.*s' of the macro '%.*s' has the type '%.*s', which is none",
                     STR_ARG(name), STR_ARG(e->name), STR_ARG(val_text(type))),
          "str, bool, int, float, any, relation, column, list[..], dict[.., ..] or optional[..]");
  }
  if (said->n != n)
    annotation(load, f, prop, "the macro '%.*s' has %zu argument%s here and %zu in its text",
               STR_ARG(e->name), said->n, said->n == 1 ? "" : "s", n);
}

static void patch_macro(Load *load, const File *f, const Prop *prop, MacroEntry *e) {
  e->description =
      load_description(load, load->a, f->package, f->source, prop->description, NULL, load->diags);
  if (val_is(prop->meta, VAL_DICT))
    e->meta = prop->meta;
  if (val_is(prop->docs, VAL_DICT) && prop->docs.dict->n)
    e->docs = prop->docs;
  if (!val_is(prop->arguments, VAL_LIST))
    ;
  else if (!project_flag(load->p, "validate_macro_args"))
    e->arguments = load_described(load, f, prop->arguments);
  else {
    check_arguments(load, f, prop, e);
    if (prop->arguments.list->n)
      e->arguments = load_described(load, f, prop->arguments);
  }
  e->patch_path =
      str_fmt(load->a, "%.*s://%.*s", STR_ARG(f->package->name), STR_ARG(f->original_path));
}

static void hint_macro(Load *load, Diag *d, const Package *p, Str name) {
  if (!str_may_search(load->g->nmacros))
    return;
  Str *names = arena_array(load->a, Str, load->g->nmacros + 1);
  size_t n = 0;
  for (size_t i = 0; i < load->g->nmacros; i++)
    if (load->g->macros[i]->package == p)
      names[n++] = load->g->macros[i]->name;
  diag_nearest(load->diags, d, name, names, n);
}

void load_macro_patches(Load *load) {
  Map described = {0}; // ids -> Prop
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (f->kind != FILE_YAML)
      continue;
    for (size_t k = 0; k < f->props->nprops[PROP_MACRO]; k++) {
      const Prop *prop = f->props->props[PROP_MACRO][k];
      Str id = str_fmt(load->a, "macro.%.*s.%.*s", STR_ARG(f->package->name), STR_ARG(prop->name));
      MacroEntry *e = map_get(&load->macro_ids, id);
      if (!e) // a generic test is described under its own name
        e = map_get(&load->macro_ids, str_fmt(load->a, "macro.%.*s.test_%.*s",
                                              STR_ARG(f->package->name), STR_ARG(prop->name)));
      const Prop *had = e ? map_put(load->a, &described, e->id, (void *)(uintptr_t)prop) : NULL;
      if (had)
        load_described_twice(load, f, prop, had);
      if (e) {
        patch_macro(load, f, prop, e);
        continue;
      }
      Diag *d = diag_at(load->diags, SEV_WARNING, CODE_UNKNOWN_NODE, f->source, prop->name_span,
                        "there is no macro named '%.*s'", STR_ARG(prop->name));
      diag_lack(load->diags, d, LACK_MACRO, prop->name);
      hint_macro(load, d, f->package, prop->name);
    }
  }
}
