// In: selection text from the command line and definitions of selectors.yml. Out: a tree of
// criteria. Leaves finding the nodes to methods.c and combining the sets to select.c.
#include "spec.h"

#include "../base/vec.h"

enum { MAX_NESTING = 100, MAX_NAMED = 100000 };

Spec *spec_new(Arena *a, SpecKind kind) {
  Spec *s = arena_new(a, Spec);
  s->kind = kind;
  s->parents_depth = s->children_depth = UINT32_MAX;
  return s;
}

void spec_add(Arena *a, Spec *s, Spec *part) {
  vec_room(a, s->parts, s->nparts, s->cap);
  s->parts[s->nparts++] = part;
}

bool spec_indirect(Str word, Indirect *out) {
  static const char *const words[] = {"eager", "cautious", "buildable", "empty"};
  for (int i = 0; i < 4; i++)
    if (str_eq_nocase(word, str_c(words[i]))) {
      *out = (Indirect)i;
      return true;
    }
  return false;
}

static Diag *complain(SpecReader *r, const Source *src, Span span, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static Diag *complain(SpecReader *r, const Source *src, Span span, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(r->diags, SEV_ERROR, CODE_SELECTOR_SYNTAX, src, span, fmt, ap);
  va_end(ap);
  return d;
}

// --- one word

static bool is_method_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || str_digit_char(c) || c == '_' ||
         c == '.';
}

static uint32_t depth_of(Str digits) {
  if (!digits.len)
    return UINT32_MAX;
  uint32_t d = 0;
  for (size_t i = 0; i < digits.len; i++)
    d = d > 100000000 ? d : d * 10 + (uint32_t)(digits.ptr[i] - '0');
  return d;
}

// "+" or "2+" in front.
static void take_parents(Str *s, Spec *out) {
  size_t i = 0;
  while (i < s->len && str_digit_char(s->ptr[i]))
    i++;
  if (i == s->len || s->ptr[i] != '+')
    return;
  out->parents = true;
  out->parents_depth = depth_of(str_sub(*s, 0, i));
  *s = str_sub(*s, i + 1, s->len);
}

// "+" or "+2" behind.
static void take_children(Str *s, Spec *out) {
  size_t i = s->len;
  while (i && str_digit_char(s->ptr[i - 1]))
    i--;
  if (!i || s->ptr[i - 1] != '+')
    return;
  out->children = true;
  out->children_depth = depth_of(str_sub(*s, i, s->len));
  *s = str_sub(*s, 0, i - 1);
}

static void hint_selector(SpecReader *r, Diag *d, Str name) {
  const Yaml *list = r->g->selectors_yaml;
  if (!list || list->kind != YAML_LIST) {
    diag_hint(r->diags, d, "the project has no selectors.yml");
    return;
  }
  if (!str_may_search(list->n))
    return;
  Str *names = arena_array(r->a, Str, list->n);
  for (size_t i = 0; i < list->n; i++)
    names[i] = yaml_str(yaml_get(list->items[i], STR("name")));
  diag_nearest(r->diags, d, name, names, list->n);
}

// The definitions of selectors.yml whose names match become parts of the criterion.
static bool add_selectors(SpecReader *r, Spec *s) {
  Str pattern = val_to_str(r->a, s->value);
  const Yaml *list = r->g->selectors_yaml;
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++) {
    Str name = yaml_str(yaml_get(list->items[i], STR("name")));
    if (!select_glob(name, pattern))
      continue;
    Spec *part = spec_named(r, name, NULL);
    if (!part)
      return false;
    spec_add(r->a, s, part);
  }
  if (s->nparts)
    return true;
  Diag *d = diag_at(r->diags, SEV_ERROR, CODE_UNKNOWN_SELECTOR, s->src, s->span,
                    "there is no selector named '%.*s'", STR_ARG(pattern));
  hint_selector(r, d, pattern);
  return false;
}

static bool set_method(SpecReader *r, Spec *s, Str word) {
  ptrdiff_t dot = str_find(word, STR("."), 0);
  Str name = dot < 0 ? word : str_sub(word, 0, (size_t)dot);
  s->args = dot < 0 ? (Str){0} : str_sub(word, (size_t)dot + 1, word.len);
  s->method = select_method(name);
  if (s->method)
    return !str_is(name, "selector") || add_selectors(r, s);
  Diag *d = complain(r, s->src, s->span, "unknown selection method '%.*s' in '%.*s'", STR_ARG(name),
                     STR_ARG(s->raw));
  Str near = method_nearest(name);
  if (near.len) {
    diag_hint(r->diags, d, "did you mean '%.*s:'?", STR_ARG(near));
  } else {
    Buf all = {.arena = r->a};
    for (const Method *m = methods; m->name; m++)
      buf_addf(&all, "%s%s", m == methods ? "" : ", ", m->name);
    diag_hint(r->diags, d, "methods: %.*s", STR_ARG(buf_str(&all)));
  }
  return false;
}

static Str default_method(Str value) {
  static const Str endings[] = {STR_INIT(".sql"), STR_INIT(".py"), STR_INIT(".csv")};
  if (str_find(value, STR("/"), 0) >= 0)
    return STR("path");
  for (size_t i = 0; i < COUNT(endings); i++)
    if (str_ends_nocase(value, endings[i]))
      return STR("file");
  return STR("fqn");
}

Spec *spec_word(SpecReader *r, Str raw, const Source *src, Span span) {
  Spec *s = spec_new(r->a, SPEC_CRITERION);
  s->raw = raw;
  s->src = src;
  s->span = span;
  s->indirect = r->indirect;
  Str rest = raw;
  if (rest.len && rest.ptr[0] == '@') {
    s->childrens_parents = true;
    rest = str_sub(rest, 1, rest.len);
  }
  take_parents(&rest, s);
  size_t i = 0;
  while (i < rest.len && is_method_char(rest.ptr[i]))
    i++;
  Str method = {0};
  if (i && i < rest.len && rest.ptr[i] == ':') {
    method = str_sub(rest, 0, i);
    rest = str_sub(rest, i + 1, rest.len);
  }
  take_children(&rest, s);
  if (s->children && s->childrens_parents) {
    Diag *d = complain(r, src, span, "'@' in front and '+' behind do not go together in '%.*s'",
                       STR_ARG(raw));
    diag_hint(r->diags, d, "@x already holds all children of x and all their parents");
    return NULL;
  }
  s->value = val_str(rest);
  return set_method(r, s, method.len ? method : default_method(rest)) ? s : NULL;
}

// --- command-line arguments

static bool add_alternatives(SpecReader *r, Spec *into, Str arg, bool expect) {
  bool ok = true;
  for (Str word; str_cut(&arg, ' ', &word);) {
    word = str_trim(word);
    if (!word.len)
      continue;
    Spec *all = spec_new(r->a, SPEC_INTERSECTION);
    all->raw = word;
    all->expect = expect;
    all->indirect = r->indirect;
    Str rest = word;
    for (Str part; str_cut(&rest, ',', &part);) {
      Spec *one = spec_word(r, part, NULL, (Span){0});
      ok &= one != NULL;
      if (one)
        spec_add(r->a, all, one);
    }
    spec_add(r->a, into, all);
  }
  return ok;
}

Spec *spec_union(SpecReader *r, const Str *args, size_t n, bool expect) {
  Spec *any = spec_new(r->a, SPEC_UNION);
  any->indirect = r->indirect;
  bool ok = true;
  for (size_t i = 0; i < n; i++)
    ok &= add_alternatives(r, any, args[i], expect);
  return ok ? any : NULL;
}

// --- selectors.yml

static Spec *definition(SpecReader *r, const Yaml *y, unsigned depth);

static Spec *difference(SpecReader *r, Spec *from, Spec *less) {
  if (!from || !less)
    return from;
  Spec *d = spec_new(r->a, SPEC_DIFFERENCE);
  spec_add(r->a, d, from);
  spec_add(r->a, d, less);
  return d;
}

// A list under "exclude" as one union. *ok is cleared on errors.
static Spec *exclusions(SpecReader *r, const Yaml *list, unsigned depth, bool *ok) {
  if (list->kind != YAML_LIST) {
    complain(r, list->src, list->span, "'exclude' must be a list");
    *ok = false;
    return NULL;
  }
  Spec *any = spec_new(r->a, SPEC_UNION);
  for (size_t i = 0; i < list->n; i++) {
    Spec *part = definition(r, list->items[i], depth + 1);
    *ok &= part != NULL;
    if (part)
      spec_add(r->a, any, part);
  }
  return any->nparts ? any : NULL;
}

static Spec *combination(SpecReader *r, const Yaml *list, SpecKind kind, unsigned depth) {
  if (list->kind != YAML_LIST) {
    complain(r, list->src, list->span, "'%s' must be a list of definitions",
             kind == SPEC_UNION ? "union" : "intersection");
    return NULL;
  }
  Spec *all = spec_new(r->a, kind), *less = NULL;
  const Yaml *seen = NULL;
  bool ok = true;
  for (size_t i = 0; i < list->n; i++) {
    const Yaml *item = list->items[i], *exclude = yaml_get(item, STR("exclude"));
    if (exclude && !yaml_get(item, STR("method"))) {
      if (seen) {
        complain(r, item->src, item->span, "a second 'exclude' in one list of definitions");
        ok = false;
      }
      seen = item;
      less = exclusions(r, exclude, depth, &ok);
      continue;
    }
    Spec *part = definition(r, item, depth + 1);
    ok &= part != NULL;
    if (part)
      spec_add(r->a, all, part);
  }
  return ok ? difference(r, all, less) : NULL;
}

static bool truthy(const Yaml *y) { return y && y->kind == YAML_SCALAR && val_truth(y->scalar); }

static uint32_t yaml_depth(const Yaml *y) {
  if (!y || y->kind != YAML_SCALAR)
    return UINT32_MAX;
  for (size_t i = 0; i < y->text.len; i++)
    if (!str_digit_char(y->text.ptr[i]))
      return UINT32_MAX;
  return depth_of(y->text);
}

static const Str known_keys[] = {
    STR_INIT("method"),
    STR_INIT("value"),
    STR_INIT("children"),
    STR_INIT("parents"),
    STR_INIT("children_depth"),
    STR_INIT("parents_depth"),
    STR_INIT("childrens_parents"),
    STR_INIT("indirect_selection"),
    STR_INIT("exclude"),
};

static void warn_unknown_keys(SpecReader *r, const Yaml *y) {
  for (size_t i = 0; i < y->n; i++) {
    Str key = yaml_str(y->entries[i].key);
    bool known = false;
    for (size_t k = 0; k < COUNT(known_keys); k++)
      known |= str_eq(known_keys[k], key);
    if (known)
      continue;
    Diag *d = diag_at(r->diags, SEV_WARNING, CODE_UNKNOWN_KEY, y->src, y->entries[i].key->span,
                      "unknown key '%.*s' in a selector's definition", STR_ARG(key));
    diag_nearest(r->diags, d, key, known_keys, COUNT(known_keys));
  }
}

static Spec *criterion(SpecReader *r, const Yaml *at, Str method, const Yaml *value) {
  Spec *s = spec_new(r->a, SPEC_CRITERION);
  s->src = at->src;
  s->span = at->span;
  s->raw = str_fmt(r->a, "%.*s:%.*s", STR_ARG(method), STR_ARG(yaml_as_text(r->a, value)));
  s->indirect = r->indirect;
  s->value = yaml_value(r->a, value);
  return set_method(r, s, method) ? s : NULL;
}

static Spec *full_definition(SpecReader *r, const Yaml *y, unsigned depth) {
  const Yaml *method = yaml_get(y, STR("method")), *value = yaml_get(y, STR("value"));
  if (!method || !value) {
    Diag *d = complain(r, y->src, y->span, "a definition needs 'method' and 'value'");
    diag_hint(r->diags, d, "or one key: {tag: nightly}");
    return NULL;
  }
  if (str_is(yaml_str(method), "selector") && y->n == 2 &&
      !select_has_wildcard(yaml_as_text(r->a, value))) // the definition itself
    return spec_named(r, yaml_as_text(r->a, value), value);
  warn_unknown_keys(r, y);
  Spec *s = criterion(r, y, yaml_str(method), value);
  if (!s)
    return NULL;
  s->children = truthy(yaml_get(y, STR("children")));
  s->parents = truthy(yaml_get(y, STR("parents")));
  s->childrens_parents = truthy(yaml_get(y, STR("childrens_parents")));
  s->children_depth = yaml_depth(yaml_get(y, STR("children_depth")));
  s->parents_depth = yaml_depth(yaml_get(y, STR("parents_depth")));
  if (s->children && s->childrens_parents) {
    complain(r, y->src, y->span, "'childrens_parents' and 'children' do not go together");
    return NULL;
  }
  const Yaml *indirect = yaml_get(y, STR("indirect_selection"));
  if (indirect && !spec_indirect(yaml_as_text(r->a, indirect), &s->indirect)) {
    Diag *d = complain(r, y->src, indirect->span, "unknown indirect_selection");
    diag_hint(r->diags, d, "eager, cautious, buildable or empty");
    return NULL;
  }
  const Yaml *exclude = yaml_get(y, STR("exclude"));
  bool ok = true;
  Spec *less = exclude ? exclusions(r, exclude, depth, &ok) : NULL;
  return ok ? difference(r, s, less) : NULL;
}

static Spec *definition(SpecReader *r, const Yaml *y, unsigned depth) {
  if (depth > MAX_NESTING) {
    complain(r, y->src, y->span, "definitions are nested too deeply");
    return NULL;
  }
  if (y->kind == YAML_SCALAR && val_is(y->scalar, VAL_STR))
    return spec_word(r, val_text(y->scalar), y->src, y->span);
  if (y->kind != YAML_DICT || !y->n) {
    Diag *d = complain(r, y->src, y->span, "a definition must be text or a mapping");
    diag_hint(r->diags, d, "keys: union, intersection, or method and value");
    return NULL;
  }
  const Yaml *list = yaml_get(y, STR("union"));
  if (list)
    return combination(r, list, SPEC_UNION, depth);
  list = yaml_get(y, STR("intersection"));
  if (list)
    return combination(r, list, SPEC_INTERSECTION, depth);
  if (y->n == 1)
    return criterion(r, y, yaml_str(y->entries[0].key), y->entries[0].value);
  return full_definition(r, y, depth);
}

// Selectors that name each other twice over stand for more definitions than there is room for.
static bool may_name(SpecReader *r, const Yaml *y) {
  r->nnamed = r->nopen ? r->nnamed + 1 : 0;
  if (r->nnamed == MAX_NAMED)
    complain(r, y->src, y->span,
             "selectors that name each other stand for more than %d definitions", MAX_NAMED);
  if (r->nopen == MAX_NESTING)
    complain(r, y->src, y->span, "selectors that name each other are nested more than %d deep",
             MAX_NESTING);
  return r->nnamed < MAX_NAMED && r->nopen < MAX_NESTING;
}

Spec *spec_named(SpecReader *r, Str name, const Yaml *at) {
  const Yaml *y = map_get(&r->g->selector_of, name);
  if (!y) {
    Diag *d = at ? diag_at(r->diags, SEV_ERROR, CODE_UNKNOWN_SELECTOR, at->src, at->span,
                           "there is no selector named '%.*s'", STR_ARG(name))
                 : diag_error(r->diags, CODE_UNKNOWN_SELECTOR, STR("selectors.yml"),
                              "there is no selector named '%.*s'", STR_ARG(name));
    hint_selector(r, d, name);
    return NULL;
  }
  for (size_t i = 0; i < r->nopen; i++)
    if (str_eq(r->open[i], name)) {
      complain(r, y->src, y->span, "selector '%.*s' is defined by itself", STR_ARG(name));
      return NULL;
    }
  const Yaml *def = yaml_get(y, STR("definition"));
  if (!may_name(r, at ? at : y))
    return NULL;
  if (!def) {
    complain(r, y->src, y->span, "selector '%.*s' has no 'definition'", STR_ARG(name));
    return NULL;
  }
  if (!r->open)
    r->open = arena_array(r->a, Str, MAX_NESTING);
  r->open[r->nopen++] = name;
  Spec *s = definition(r, def, 0);
  r->nopen--;
  return s;
}

Str spec_default(const Graph *g) {
  const Yaml *list = g->selectors_yaml;
  for (size_t i = 0; list && list->kind == YAML_LIST && i < list->n; i++)
    if (truthy(yaml_get(list->items[i], STR("default"))))
      return yaml_str(yaml_get(list->items[i], STR("name")));
  return (Str){0};
}

bool select_check_selectors(Arena *a, const Graph *g, Diags *diags) {
  const Yaml *list = g->selectors_yaml, *first = NULL;
  if (!list)
    return true;
  SpecReader r = {.a = a, .g = g, .diags = diags};
  if (list->kind != YAML_LIST) {
    complain(&r, list->src, list->span, "'selectors' must be a list");
    return false;
  }
  bool ok = true;
  for (size_t i = 0; i < list->n; i++) {
    const Yaml *y = list->items[i], *name = yaml_get(y, STR("name"));
    if (!yaml_str(name).len) {
      complain(&r, y->src, y->span, "a selector needs a 'name'");
      ok = false;
      continue;
    }
    const Yaml *same = map_get(&g->selector_of, yaml_str(name));
    if (same != y) {
      Diag *d = complain(&r, y->src, name->span, "two selectors are named '%.*s'",
                         STR_ARG(yaml_str(name)));
      diag_note(diags, d, same->src, same->span, "the first one");
      ok = false;
      continue;
    }
    if (truthy(yaml_get(y, STR("default")))) {
      if (first) {
        Diag *d = complain(&r, y->src, y->span, "two selectors have default: true");
        diag_note(diags, d, first->src, first->span, "the first one");
        ok = false;
      }
      first = y;
    }
    ok &= spec_named(&r, yaml_str(name), name) != NULL;
    if (r.nnamed >= MAX_NAMED)
      return false; // those that name this one are too many as well
  }
  return ok;
}

// --- the manifest's shape of definitions

// `all`: name of a selector -> its definition.
static Value plain_definition(Arena *a, const Map *all, const Yaml *y, unsigned depth);

static void put_flag(Arena *a, Value d, bool on, Str key) {
  if (on)
    dict_sets(a, d.dict, key, val_bool(true));
}

static void put_depth(Arena *a, Value d, uint32_t depth, Str key) {
  if (depth != UINT32_MAX)
    dict_sets(a, d.dict, key, val_str(str_fmt(a, "%u", depth)));
}

static Value word_value(Arena *a, Str text) {
  Diags ignored = {0};
  SpecReader r = {.a = a, .diags = &ignored};
  Spec *s = spec_word(&r, text, NULL, (Span){0});
  Value d = val_dict(a);
  if (s) {
    put_flag(a, d, s->childrens_parents, STR("childrens_parents"));
    put_flag(a, d, s->parents, STR("parents"));
    put_depth(a, d, s->parents_depth, STR("parents_depth"));
    Str m = str_c(s->method->name);
    if (s->args.len)
      m = str_fmt(a, "%s.%.*s", s->method->name, STR_ARG(s->args));
    dict_sets(a, d.dict, STR("method"), val_str(m));
    if (val_text(s->value).len)
      dict_sets(a, d.dict, STR("value"), s->value);
    put_flag(a, d, s->children, STR("children"));
    put_depth(a, d, s->children_depth, STR("children_depth"));
  }
  diags_free(&ignored);
  return d;
}

static Value list_value(Arena *a, const Map *all, const Yaml *list, unsigned depth) {
  Value out = val_list(a, list->n);
  for (size_t i = 0; i < list->n; i++)
    list_push(a, out.list, plain_definition(a, all, list->items[i], depth + 1));
  return out;
}

static Value plain_definition(Arena *a, const Map *all, const Yaml *y, unsigned depth) {
  if (depth > MAX_NESTING)
    return val_none();
  if (y->kind == YAML_SCALAR && val_is(y->scalar, VAL_STR))
    return word_value(a, val_text(y->scalar));
  if (y->kind != YAML_DICT || !y->n)
    return yaml_value(a, y);
  static const Str lists[] = {STR_INIT("union"), STR_INIT("intersection"), STR_INIT("exclude")};
  Value d = val_dict(a);
  for (size_t i = 0; i < 3; i++) {
    const Yaml *list = yaml_get(y, lists[i]);
    if (list && list->kind == YAML_LIST && (i < 2 || y->n == 1)) {
      dict_sets(a, d.dict, lists[i], list_value(a, all, list, depth));
      return d;
    }
  }
  if (y->n == 1) {
    dict_sets(a, d.dict, STR("method"), val_str(yaml_str(y->entries[0].key)));
    dict_sets(a, d.dict, STR("value"), yaml_value(a, y->entries[0].value));
    return d;
  }
  if (str_is(yaml_str(yaml_get(y, STR("method"))), "selector")) {
    const Yaml *named = map_get(all, yaml_str(yaml_get(y, STR("value"))));
    if (named)
      return plain_definition(a, all, named, depth + 1);
  }
  return yaml_value(a, y);
}

Value select_selectors_value(Arena *a, const Yaml *selectors) {
  Value out = val_dict(a);
  Map all = {0};
  for (size_t i = selectors && selectors->kind == YAML_LIST ? selectors->n : 0; i-- > 0;) {
    Yaml *def = yaml_get(selectors->items[i], STR("definition")); // the first of a name counts
    if (def)
      map_put(a, &all, yaml_str(yaml_get(selectors->items[i], STR("name"))), def);
  }
  for (size_t i = 0; selectors && selectors->kind == YAML_LIST && i < selectors->n; i++) {
    const Yaml *y = selectors->items[i], *def = yaml_get(y, STR("definition"));
    Value v = yaml_value(a, y);
    if (!val_is(v, VAL_DICT) || !def)
      continue;
    dict_sets(a, v.dict, STR("definition"), plain_definition(a, &all, def, 0));
    dict_sets(a, out.dict, yaml_str(yaml_get(y, STR("name"))), v);
  }
  return out;
}
