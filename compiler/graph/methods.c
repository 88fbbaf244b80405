// In: one criterion ("tag:nightly"). Out: the bits of the nodes it names. Leaves relatives and sets
// to select.c. With many criteria an index by name and path is built, so that each costs little.
#include "spec.h"
#include "state.h"

#include "../base/utf8.h"
#include "../base/vec.h"

// --- fnmatch

// Matches one [seq]; *p is behind '['. Returns -1 when there is no closing ']'.
static int in_set(Str pattern, size_t *p, uint32_t c) {
  size_t at = *p;
  bool negate = at < pattern.len && pattern.ptr[at] == '!';
  at += negate;
  size_t first = at;
  bool found = false;
  for (;;) {
    if (at >= pattern.len)
      return -1;
    if (pattern.ptr[at] == ']' && at > first)
      break;
    uint32_t lo = utf8_next(pattern, &at), hi = lo;
    if (at + 1 < pattern.len && pattern.ptr[at] == '-' && pattern.ptr[at + 1] != ']') {
      at++;
      hi = utf8_next(pattern, &at);
    }
    found |= c >= lo && c <= hi;
  }
  *p = at + 1;
  return found != negate;
}

// One pattern element against the character at text[*t]; moves both on when they agree.
static bool one_fits(Str text, size_t *t, Str pattern, size_t *p) {
  if (*t >= text.len)
    return false;
  size_t at = *t, q = *p;
  uint32_t c = utf8_next(text, &at), want = utf8_next(pattern, &q);
  bool fits;
  if (want == '?') {
    fits = true;
  } else if (want == '[') {
    size_t set = q;
    int in = in_set(pattern, &set, c);
    fits = in < 0 ? c == '[' : in > 0;
    q = in < 0 ? q : set;
  } else {
    fits = c == want;
  }
  if (fits)
    *t = at, *p = q;
  return fits;
}

bool select_glob(Str text, Str pattern) {
  size_t t = 0, p = 0, star = SIZE_MAX, mark = 0;
  for (;;) {
    if (p < pattern.len && pattern.ptr[p] == '*') {
      star = ++p;
      mark = t;
      continue;
    }
    if (p == pattern.len && t == text.len)
      return true;
    if (p < pattern.len && one_fits(text, &t, pattern, &p))
      continue;
    if (star == SIZE_MAX || mark >= text.len)
      return false;
    utf8_next(text, &mark); // the star takes one more
    t = mark;
    p = star;
  }
}

bool select_has_wildcard(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == '*' || s.ptr[i] == '?' || s.ptr[i] == '[' || s.ptr[i] == ']')
      return true;
  return false;
}

// --- an index: names, dotted prefixes of fqn, folders and files -> nodes

typedef VEC(uint32_t) Hits;

struct SelectIndex {
  Map leaves;   // last part of the fqn (for versions: name, name_v2) -> Hits
  Map prefixes; // "pkg", "pkg.dir", ... and the same without the package -> Hits
  Map paths;    // file and each folder above it -> Hits
};

static void hit(Arena *a, Map *m, Str key, uint32_t index) {
  Hits *h = map_get(m, key);
  if (!h) {
    h = (Hits *)arena_new(a, Hits);
    map_put(a, m, key, h);
  }
  if (!h->n || h->items[h->n - 1] != index)
    vec_push(a, h, index);
}

static bool versioned(const Node *n) { return n->version.len > 0 && n->kind != NODE_UNIT_TEST; }

static void index_prefixes(Arena *a, Map *m, Str joined, uint32_t index) {
  for (size_t i = 1; i <= joined.len; i++)
    if (i == joined.len || joined.ptr[i] == '.')
      hit(a, m, str_sub(joined, 0, i), index);
}

static Str join_fqn(Arena *a, const Node *n, size_t from) {
  Buf b = {.arena = a};
  for (size_t i = from; i < n->nfqn; i++) {
    if (i > from)
      buf_addc(&b, '.');
    buf_add(&b, n->fqn[i]);
  }
  return buf_str(&b);
}

// A model's name, a package or a state must not bring rows from elsewhere: beside other nodes loads
// are found by what is said of loads alone.
static bool hidden_load(const Search *s, const Node *n) {
  return n->kind == NODE_LOAD && !s->loads_only;
}

static bool has_fqn(const Search *s, const Node *n) {
  return n->kind != NODE_SOURCE && !hidden_load(s, n) && n->nfqn;
}

static void index_node(Search *s, const Node *n) {
  Arena *a = s->a;
  struct SelectIndex *x = s->index;
  for (size_t i = 1; i <= n->original_path.len; i++)
    if (i == n->original_path.len || n->original_path.ptr[i] == '/')
      hit(a, &x->paths, str_sub(n->original_path, 0, i), n->index);
  Str yaml = n->patch_path;
  ptrdiff_t at = str_find(yaml, STR("://"), 0);
  if (at >= 0)
    hit(a, &x->paths, str_sub(yaml, (size_t)at + 3, yaml.len), n->index);
  if (!has_fqn(s, n))
    return;
  Str last = n->fqn[n->nfqn - 1];
  if (versioned(n) && n->nfqn > 1) {
    Str name = n->fqn[n->nfqn - 2];
    hit(a, &x->leaves, name, n->index);
    hit(a, &x->leaves, str_fmt(a, "%.*s_%.*s", STR_ARG(name), STR_ARG(last)), n->index);
  } else {
    hit(a, &x->leaves, last, n->index);
  }
  Str joined = join_fqn(a, n, 0);
  index_prefixes(a, &x->prefixes, joined, n->index);
  if (n->nfqn > 1)
    index_prefixes(a, &x->prefixes, str_sub(joined, n->fqn[0].len + 1, joined.len), n->index);
}

void select_index_build(Search *s) {
  s->index = arena_new(s->a, struct SelectIndex);
  for (size_t i = 0; i < s->g->nnodes; i++)
    index_node(s, s->g->nodes[i]);
}

static void take_hits(Search *s, const Map *m, Str key) {
  const Hits *h = map_get(m, key);
  for (size_t i = 0; h && i < h->n; i++)
    bit_set(s->bits, h->items[i]);
}

// --- fqn

// Walks the dotted parts of a list of names as one sequence.
typedef struct Parts {
  const Str *names;
  size_t n;
  Str rest; // of names[0]
} Parts;

static bool next_part(Parts *p, Str *part) {
  while (!p->rest.ptr) {
    if (!p->n)
      return false;
    p->rest = p->names[0].ptr ? p->names[0] : STR("");
    p->names++, p->n--;
  }
  return str_cut(&p->rest, '.', part);
}

// "_".join of the last two dotted parts of s.
static bool last_two_are(Str s, Str x, Str y) {
  ptrdiff_t dot = str_rfind(s, STR("."));
  Str last = dot < 0 ? (Str){0} : str_sub(s, (size_t)dot + 1, s.len);
  Str before = dot < 0 ? s : str_sub(s, 0, (size_t)dot);
  ptrdiff_t dot2 = str_rfind(before, STR("."));
  if (dot2 >= 0)
    before = str_sub(before, (size_t)dot2 + 1, before.len);
  // compare before + "_" + last (or before alone) with x + "_" + y
  size_t len = dot < 0 ? before.len : before.len + 1 + last.len;
  if (len != x.len + 1 + y.len)
    return false;
  for (size_t i = 0; i < len; i++) {
    char c = i < before.len ? before.ptr[i] : i == before.len ? '_' : last.ptr[i - before.len - 1];
    char d = i < x.len ? x.ptr[i] : i == x.len ? '_' : y.ptr[i - x.len - 1];
    if (c != d)
      return false;
  }
  return true;
}

static size_t count_parts(const Str *names, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    count++;
    for (size_t k = 0; k < names[i].len; k++)
      count += names[i].ptr[k] == '.';
  }
  return count;
}

static Str rest_joined(Buf *b, Str part, Parts *p) {
  b->len = 0;
  buf_add(b, part);
  for (Str more; next_part(p, &more);) {
    buf_addc(b, '.');
    buf_add(b, more);
  }
  return buf_str(b);
}

// dbt's rule for one fqn (with or without its package).
static bool fqn_fits(Search *s, const Str *fqn, size_t n, Str want, bool has_versions, Buf *room) {
  if (!n)
    return false;
  if (has_versions && n > 1) {
    if (str_eq(fqn[n - 2], want) || last_two_are(want, fqn[n - 2], fqn[n - 1]))
      return true;
  } else if (str_eq(fqn[n - 1], want)) {
    return true;
  }
  if (count_parts(fqn, n) < count_parts(&want, 1))
    return false;
  Parts p = {fqn, n, {0}};
  Str rest = want.ptr ? want : STR(""), piece, part;
  for (Str here = rest; str_cut(&rest, '.', &piece); here = rest) {
    next_part(&p, &part);
    if (select_has_wildcard(piece)) {
      if (select_glob(rest_joined(room, part, &p), here))
        return true;
      return str_find(want, STR("."), 0) < 0 &&
             select_glob(has_versions && n > 1 ? fqn[n - 2] : fqn[n - 1], want);
    }
    if (!str_eq(part, piece))
      return false;
  }
  (void)s;
  return true;
}

static void by_fqn(Search *s, Str value) {
  if (str_is(value, "*")) {
    for (size_t i = 0; i < s->g->nnodes; i++)
      if (s->g->nodes[i]->kind != NODE_SOURCE && !hidden_load(s, s->g->nodes[i]))
        bit_set(s->bits, i);
    return;
  }
  if (s->index && !select_has_wildcard(value)) {
    take_hits(s, &s->index->leaves, value);
    take_hits(s, &s->index->prefixes, value);
    ptrdiff_t dot = str_rfind(value, STR("."));
    if (dot > 0) {
      ptrdiff_t before = str_rfind(str_sub(value, 0, (size_t)dot), STR("."));
      Str two = str_dup(s->a, str_sub(value, (size_t)(before + 1), value.len));
      ((char *)(uintptr_t)two.ptr)[(size_t)(dot - before - 1)] = '_';
      const Hits *h = map_get(&s->index->leaves, two);
      for (size_t i = 0; h && i < h->n; i++)
        if (versioned(s->g->nodes[h->items[i]]))
          bit_set(s->bits, h->items[i]);
    }
    return;
  }
  Buf room = {.arena = s->a};
  for (size_t i = 0; i < s->g->nnodes; i++) {
    const Node *n = s->g->nodes[i];
    if (!has_fqn(s, n))
      continue;
    bool v = versioned(n);
    if (fqn_fits(s, n->fqn, n->nfqn, value, v, &room) ||
        fqn_fits(s, n->fqn + 1, n->nfqn - 1, value, v, &room))
      bit_set(s->bits, i);
  }
}

// --- simple properties

#define EACH(s, i, n)                                                                              \
  const Node *n;                                                                                   \
  for (size_t i = 0; i < (s)->g->nnodes && (n = (s)->g->nodes[i], true); i++)

static void by_tag(Search *s, Str value) {
  EACH(s, i, n) {
    for (size_t k = 0; val_is_seq(n->tags) && k < n->tags.list->n; k++) {
      Value tag = n->tags.list->items[k];
      if (val_is(tag, VAL_STR) && select_glob(val_text(tag), value))
        bit_set(s->bits, i);
    }
  }
}

static bool is_parsed(const Node *n) { return n->kind <= NODE_OPERATION; }

static void by_group(Search *s, Str value) {
  EACH(s, i, n) {
    Value g = node_config(n, STR("group"));
    Str group = val_is(g, VAL_STR) ? val_text(g) : n->group;
    if ((is_parsed(n) || n->kind == NODE_METRIC) && group.len && select_glob(group, value))
      bit_set(s->bits, i);
  }
}

static void by_access(Search *s, Str value) {
  EACH(s, i, n)
  if (n->kind == NODE_MODEL && str_eq(n->access, value))
    bit_set(s->bits, i);
}

static void fail(Search *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(Search *s, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  diag_vat(s->diags, SEV_ERROR, CODE_SELECTOR_SYNTAX, s->spec->src, s->spec->span, fmt, ap);
  va_end(ap);
  s->failed = true;
}

static Diag *last_diag(Search *s) { return s->diags->last; }

// Splits "pkg.name" (or the like): the last `least` to `most` parts. False: too many.
static size_t split(Str value, Str *parts, size_t most) {
  size_t n = 0;
  for (Str part; str_cut(&value, '.', &part);) {
    if (n == most)
      return most + 1;
    parts[n++] = part;
  }
  return n;
}

static void by_source(Search *s, Str value) {
  Str p[3];
  size_t n = split(value.ptr ? value : STR(""), p, 3);
  if (n > 3) {
    fail(s,
         "'%.*s' has too many parts: a source is named SOURCE, SOURCE.TABLE or "
         "PACKAGE.SOURCE.TABLE",
         STR_ARG(value));
    return;
  }
  Str package = n == 3 ? p[0] : STR("*"), source = n == 3 ? p[1] : p[0];
  Str table = n == 1 ? STR("*") : p[n - 1];
  EACH(s, i, node)
  if (node->kind == NODE_SOURCE && select_glob(node->package->name, package) &&
      select_glob(node->info->source_name, source) && select_glob(node->name, table))
    bit_set(s->bits, i);
}

static void by_kind_name(Search *s, Str value, NodeKind kind) {
  Str p[2];
  size_t n = split(value.ptr ? value : STR(""), p, 2);
  if (n > 2) {
    Str word = node_kind_names[kind];
    fail(s, "'%.*s' has too many parts: give the %.*s as NAME or PACKAGE.NAME", STR_ARG(value),
         STR_ARG(word));
    return;
  }
  Str package = n == 2 ? p[0] : STR("*"), name = p[n - 1];
  EACH(s, i, node)
  if (node->kind == kind && select_glob(node->package->name, package) &&
      select_glob(node->name, name))
    bit_set(s->bits, i);
}
static void by_load(Search *s, Str value) {
  Str p[3];
  size_t n = split(value.ptr ? value : STR(""), p, 3);
  if (n > 3) {
    fail(s, "'%.*s' has too many parts: a load is named LOAD, LOAD.TABLE or PACKAGE.LOAD.TABLE",
         STR_ARG(value));
    return;
  }
  Str package = n == 3 ? p[0] : STR("*"), load = n == 3 ? p[1] : p[0];
  Str table = n == 1 ? STR("*") : p[n - 1];
  EACH(s, i, node)
  if (node->kind == NODE_LOAD && select_glob(node->package->name, package) &&
      select_glob(node->load->load, load) && select_glob(node->load->table, table))
    bit_set(s->bits, i);
}
static void by_exposure(Search *s, Str value) { by_kind_name(s, value, NODE_EXPOSURE); }
static void by_metric(Search *s, Str value) { by_kind_name(s, value, NODE_METRIC); }
static void by_semantic_model(Search *s, Str value) { by_kind_name(s, value, NODE_SEMANTIC_MODEL); }
static void by_saved_query(Search *s, Str value) { by_kind_name(s, value, NODE_SAVED_QUERY); }
static void by_unit_test(Search *s, Str value) { by_kind_name(s, value, NODE_UNIT_TEST); }

static void by_package(Search *s, Str value) {
  if (str_is(value, "this") && s->g->project)
    value = s->g->project->packages[0]->name;
  EACH(s, i, n)
  if (select_glob(n->package->name, value) && !hidden_load(s, n))
    bit_set(s->bits, i);
}

// --- paths

enum { MAX_PARTS = 128 };

static size_t path_parts(Str path, Str *parts) {
  size_t n = 0;
  for (Str part; n < MAX_PARTS && str_cut(&path, '/', &part);)
    parts[n++] = part;
  return n;
}

bool select_path_glob(Str path, Str pattern) {
  Str text[MAX_PARTS], want[MAX_PARTS];
  size_t nt = path_parts(path, text), np = path_parts(pattern, want);
  size_t t = 0, p = 0, star = SIZE_MAX, mark = 0;
  for (;;) {
    if (p < np && str_is(want[p], "**")) {
      star = ++p;
      mark = t;
    } else if (p == np && t == nt) {
      return true;
    } else if (p < np && t < nt && select_glob(text[t], want[p])) {
      p++, t++;
    } else if (star != SIZE_MAX && mark < nt) {
      t = ++mark;
      p = star;
    } else {
      return false;
    }
  }
}

// The path or a folder above it.
static bool path_fits(Str path, Str pattern, bool wild) {
  if (!wild)
    return str_starts(path, pattern) && (path.len == pattern.len || path.ptr[pattern.len] == '/');
  for (size_t i = 1; i <= path.len; i++)
    if ((i == path.len || path.ptr[i] == '/') && select_path_glob(str_sub(path, 0, i), pattern))
      return true;
  return false;
}

static Str tidy_path(Search *s, Str value) {
  Str root = s->g->project ? s->g->project->root : (Str){0};
  if (root.len && str_starts(value, root) && value.len > root.len && value.ptr[root.len] == '/')
    value = str_sub(value, root.len + 1, value.len);
  while (str_starts(value, STR("./")))
    value = str_sub(value, 2, value.len);
  while (value.len && value.ptr[value.len - 1] == '/')
    value.len--;
  return value;
}

static void by_path(Search *s, Str value) {
  value = tidy_path(s, value);
  bool wild = select_has_wildcard(value);
  if (!value.len || str_is(value, ".")) {
    for (size_t i = 0; i < s->g->nnodes; i++)
      bit_set(s->bits, i);
    return;
  }
  if (s->index && !wild) {
    take_hits(s, &s->index->paths, value);
    return;
  }
  EACH(s, i, n) {
    ptrdiff_t at = str_find(n->patch_path, STR("://"), 0);
    Str yaml = at < 0 ? (Str){0} : str_sub(n->patch_path, (size_t)at + 3, n->patch_path.len);
    if (path_fits(n->original_path, value, wild) ||
        (yaml.len && (wild ? select_path_glob(yaml, value) : str_eq(yaml, value))))
      bit_set(s->bits, i);
  }
}

static void by_file(Search *s, Str value) {
  EACH(s, i, n) {
    ptrdiff_t slash = str_rfind(n->original_path, STR("/"));
    Str name = str_sub(n->original_path, (size_t)(slash + 1), n->original_path.len);
    ptrdiff_t dot = str_rfind(name, STR("."));
    if (select_glob(name, value) || (dot > 0 && select_glob(str_sub(name, 0, (size_t)dot), value)))
      bit_set(s->bits, i);
  }
}

// --- config

static Value descend(Value v, Str keys) {
  for (Str key; keys.ptr && str_cut(&keys, '.', &key);)
    v = val_get(v, key);
  return v;
}

static bool equal(Value have, Value want, bool fold) {
  if (fold && val_is(have, VAL_STR) && val_is(want, VAL_STR))
    return str_eq_nocase(val_text(have), val_text(want));
  if (val_eq(have, want))
    return true;
  return val_is(have, VAL_BOOL) && val_is(want, VAL_STR) &&
         str_eq_nocase(val_text(want), have.b ? STR("true") : STR("false"));
}

static void by_config(Search *s, Str value) {
  (void)value; // the typed value: selectors.yml may say true or 5
  Str keys = s->spec->args;
  if (!keys.len) {
    fail(s, "'config' needs a key: config.materialized:view");
    return;
  }
  bool fold = str_is(keys, "severity");
  EACH(s, i, n) {
    if (!is_parsed(n) && n->kind != NODE_SOURCE && n->kind != NODE_LOAD)
      continue;
    Value have = descend(n->config, keys);
    if (val_is(have, VAL_LIST)) {
      for (size_t k = 0; k < have.list->n; k++)
        if (equal(have.list->items[k], s->spec->value, fold))
          bit_set(s->bits, i);
    } else if (!val_is(have, VAL_UNDEF) && equal(have, s->spec->value, fold)) {
      bit_set(s->bits, i);
    }
  }
}

// --- kinds

static const Str other_kinds[] = {STR_INIT("macro"),   STR_INIT("doc"),
                                  STR_INIT("group"),   STR_INIT("rpc"),
                                  STR_INIT("fixture"), STR_INIT("sql operation")};

static void by_resource_type(Search *s, Str value) {
  for (size_t k = 0; k < NODE_KINDS; k++)
    if (str_eq(node_kind_names[k], value)) {
      EACH(s, i, n)
      if (n->kind == (NodeKind)k)
        bit_set(s->bits, i);
      return;
    }
  for (size_t k = 0; k < COUNT(other_kinds); k++)
    if (str_eq(other_kinds[k], value))
      return;
  fail(s, "unknown resource type '%.*s'", STR_ARG(value));
  diag_nearest(s->diags, last_diag(s), value, node_kind_names, NODE_KINDS);
}

static void by_test_name(Search *s, Str value) {
  EACH(s, i, n) {
    bool generic = n->kind == NODE_TEST && n->test && n->test->generic;
    if ((generic && select_glob(n->test->test_name, value)) ||
        (n->kind == NODE_UNIT_TEST && select_glob(n->name, value)))
      bit_set(s->bits, i);
  }
}

static void by_test_type(Search *s, Str value) {
  bool generic = str_is(value, "generic") || str_is(value, "schema") || str_is(value, "data");
  bool singular = str_is(value, "singular") || str_is(value, "data"), unit = str_is(value, "unit");
  if (!generic && !singular && !unit) {
    fail(s, "unknown test type '%.*s': expected generic, singular, unit or data", STR_ARG(value));
    return;
  }
  EACH(s, i, n) {
    bool is_generic = n->test && n->test->generic;
    if ((n->kind == NODE_TEST && (is_generic ? generic : singular)) ||
        (n->kind == NODE_UNIT_TEST && unit))
      bit_set(s->bits, i);
  }
}

// The definitions that it names were read into the criterion's parts, which select.c puts together.
static void by_selector(Search *s, Str value) { (void)s, (void)value; }

static void by_version(Search *s, Str value) {
  static const Str words[] = {STR_INIT("latest"), STR_INIT("prerelease"), STR_INIT("old"),
                              STR_INIT("none")};
  size_t w = 0;
  while (w < 4 && !str_eq(words[w], value))
    w++;
  if (w == 4) {
    fail(s, "unknown version '%.*s': expected latest, prerelease, old or none", STR_ARG(value));
    return;
  }
  EACH(s, i, n) {
    if (n->kind != NODE_MODEL)
      continue;
    int order = n->version.len
                    ? graph_version_cmp(n->version, val_to_str(s->a, n->more->latest_version))
                    : 0;
    bool fits[] = {n->version.len && order == 0, order > 0, order < 0, !n->version.len};
    if (fits[w])
      bit_set(s->bits, i);
  }
}

// --- earlier runs

// False: what the criterion needs of --state is not there; told.
static bool need_state(Search *s, Str value, const char *method, bool there, const char *file) {
  if (there)
    return true;
  state_missing(s->state, s->diags,
                str_cstr(s->a, str_fmt(s->a, "%s:%.*s", method, STR_ARG(value))), file);
  s->failed = true;
  return false;
}

static void by_state(Search *s, Str value) {
  if (!need_state(s, value, "state", s->state && s->state->has_manifest, "manifest.json"))
    return;
  bool known = true;
  size_t errors = s->diags->errors;
  Arena scratch = {0};
  EACH(s, i, n) {
    if (!hidden_load(s, n) && state_matches(s->state, &scratch, s->g, n, value, s->diags, &known))
      bit_set(s->bits, i);
    arena_reset(&scratch);
    if (!known)
      break;
  }
  arena_free(&scratch);
  if (known) {
    if (str_is(value, "modified") || str_is(value, "unmodified") ||
        str_is(value, "modified.contract"))
      state_removed_contracts(s->state, s->g, s->diags);
    s->failed |= s->diags->errors > errors;
    return;
  }
  fail(s, "unknown state '%.*s'", STR_ARG(value));
  diag_nearest(s->diags, last_diag(s), value, state_words, state_nwords);
}

static void by_result(Search *s, Str value) {
  if (!need_state(s, value, "result", s->state && s->state->has_results, "run_results.json"))
    return;
  EACH(s, i, n) {
    const Value *r = map_get(&s->state->results, n->id);
    if (r && val_is_str(val_get(*r, STR("status")), value))
      bit_set(s->bits, i);
  }
}

// Times as both artifacts write them; a longer fraction of the same second is later.
static Str loaded_at(const Map *m, Str id) {
  const Value *r = map_get(m, id);
  Value t = r ? val_get(*r, STR("max_loaded_at")) : val_none();
  Str s = val_is(t, VAL_STR) ? val_text(t) : STR("");
  return str_ends(s, STR("Z")) ? str_sub(s, 0, s.len - 1) : s;
}

static void by_source_status(Search *s, Str value) {
  if (!str_is(value, "fresher")) {
    fail(s, "unknown source status '%.*s': expected fresher", STR_ARG(value));
    return;
  }
  if (!need_state(s, value, "source_status", s->state && s->state->has_sources, "sources.json"))
    return;
  if (!s->state->has_current) {
    fail(s, "source_status:fresher compares with the sources.json of the target folder, and there "
            "is none");
    diag_hint(s->diags, last_diag(s), "run `starc source freshness` first");
    return;
  }
  EACH(s, i, n) {
    Str now = loaded_at(&s->state->current, n->id), was = loaded_at(&s->state->sources, n->id);
    bool failed_then = map_get(&s->state->sources, n->id) && !was.len;
    if (n->kind == NODE_SOURCE && now.len && !failed_then && str_cmp(now, was) > 0)
      bit_set(s->bits, i);
  }
}

// --- columns

// The nodes of a family are those that read the column; select.c adds what these are built from.
static void by_column(Search *s, Str value) {
  const Spec *spec = s->spec;
  ColumnCriterion c = {.text = value,
                       .parents = spec->parents,
                       .children = spec->children || spec->childrens_parents,
                       .parents_depth = spec->parents_depth,
                       .children_depth = spec->children_depth,
                       .src = spec->src,
                       .span = spec->span};
  if (s->failed)
    return;
  if (!s->columns) {
    fail(s, "nothing is known of columns here");
    return;
  }
  Arena scratch = {0};
  bool *picked = arena_array(&scratch, bool, s->g->nnodes + 1);
  bool *tests = arena_array(&scratch, bool, s->g->nnodes + 1);
  s->failed |= !s->columns->pick(s->columns->data, &c, picked, tests, s->diags);
  for (size_t i = 0; i < s->g->nnodes; i++) {
    if (picked[i])
      bit_set(s->bits, i);
    if (tests[i])
      bit_set(s->tests, i);
  }
  arena_free(&scratch);
}

const Method methods[] = {
    {"fqn",            by_fqn           },
    {"tag",            by_tag           },
    {"group",          by_group         },
    {"access",         by_access        },
    {"source",         by_source        },
    {"path",           by_path          },
    {"file",           by_file          },
    {"package",        by_package       },
    {"config",         by_config        },
    {"test_name",      by_test_name     },
    {"test_type",      by_test_type     },
    {"resource_type",  by_resource_type },
    {"state",          by_state         },
    {"exposure",       by_exposure      },
    {"metric",         by_metric        },
    {"result",         by_result        },
    {"source_status",  by_source_status },
    {"version",        by_version       },
    {"semantic_model", by_semantic_model},
    {"saved_query",    by_saved_query   },
    {"unit_test",      by_unit_test     },
    {"selector",       by_selector      },
    {"load",           by_load          },
    {"column",         by_column        },
    {NULL,             NULL             },
};

const Method *select_method(Str name) {
  for (const Method *m = methods; m->name; m++)
    if (str_eq(str_c(m->name), name))
      return m;
  return NULL;
}

bool method_is_by_column(const Method *m) { return m->search == by_column; }

Str method_nearest(Str name) {
  Str names[COUNT(methods)];
  size_t n = 0;
  for (const Method *m = methods; m->name; m++)
    names[n++] = str_c(m->name);
  return str_nearest(name, names, n);
}
