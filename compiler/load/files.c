// In: the packages' folders. Out: every file read, checked and parsed, in a fixed order. Leaves
// what the files mean to the rest of load/.
#include "files.h"

#include "../base/fs.h"
#include "../base/hash.h"
#include "../base/utf8.h"
#include "ignore.h"
#include "macros.h"
#include "python.h"
#include "threads.h"

#include <stdlib.h>

enum { SEED_HASHED = 1 << 20 }; // as ProjectOptions.seed_hashed, which it stands in for

// --- listing

static Str clean_root(Str root) {
  while (str_starts(root, STR("./")))
    root = str_sub(root, 2, root.len);
  while (root.len > 1 && root.ptr[root.len - 1] == '/')
    root.len--;
  return root;
}

static Str shown_path(Load *l, Str absolute, Str original) {
  Str root = l->p->root;
  if (root.len && str_starts(absolute, root) && absolute.len > root.len &&
      absolute.ptr[root.len] == '/')
    return str_sub(absolute, root.len + 1, absolute.len);
  return absolute.len ? absolute : original;
}

typedef struct Listing {
  Load *l;
  Package *package;
  Map *seen; // kind and path: a folder may be listed twice
  Ignore ignore;
  bool ok;
} Listing;

static void add_file(Listing *x, FileKind kind, Str root, const FsEntry *e) {
  Load *l = x->l;
  Str original =
      str_is(root, ".") ? e->rel : str_fmt(l->a, "%.*s/%.*s", STR_ARG(root), STR_ARG(e->rel));
  if (x->ignore.patterns.n && load_is_ignored(&x->ignore, original))
    return;
  Str key = str_fmt(l->a, "%d/%.*s", (int)kind, STR_ARG(original));
  if (map_put(l->a, x->seen, key, x))
    return;
  File f = {.kind = kind,
            .package = x->package,
            .absolute = e->path,
            .root = root,
            .path = e->rel,
            .original_path = original,
            .size = e->size};
  f.source = arena_new(l->a, Source);
  f.source->path = shown_path(l, e->path, original);
  vec_push(l->a, &l->files, f);
}

static bool in_folder(Str path, const char *folder) {
  Str f = str_c(folder);
  return str_starts(path, f) && path.len > f.len && path.ptr[f.len] == '/';
}

static void add_by_ending(Listing *x, FileKind sql, Str root, const FsEntry *e) {
  bool yaml = str_ends_nocase(e->rel, STR(".yml")) || str_ends_nocase(e->rel, STR(".yaml"));
  if (yaml)
    add_file(x, FILE_YAML, root, e);
  else if (sql == FILE_DOCS)
    add_file(x, FILE_DOCS, root, e);
  else if (sql == FILE_SEED)
    add_file(x, FILE_SEED, root, e);
  else if (str_ends_nocase(e->rel, STR(".py")))
    add_file(x, sql == FILE_FUNCTION ? sql : FILE_PYTHON, root, e);
  else if (sql == FILE_TEST && in_folder(e->rel, "generic"))
    add_file(x, FILE_MACROS, root, e);
  else if (sql != FILE_TEST || !in_folder(e->rel, "fixtures"))
    add_file(x, sql, root, e);
}

enum { ENDINGS = 8 }; // the most that the files of a folder may have

// The endings of texts with templates: ".sql", and ".sql.j2" and its like where the project wants
// them. Returns how many there are.
static size_t add_endings(const Listing *x, const char *ending, Str out[ENDINGS]) {
  static const char *const jinja[] = {".j2", ".jinja2", ".jinja"};
  size_t n = 0;
  out[n++] = str_c(ending);
  bool template = !strcmp(ending, ".sql") || !strcmp(ending, ".md");
  if (!template || !project_flag(x->l->p, "allow_jinja_file_extensions"))
    return n;
  for (size_t i = 0; i < COUNT(jinja); i++)
    out[n++] = str_fmt(x->l->a, "%s%s", ending, jinja[i]);
  return n;
}

static void list_roots(Listing *x, FileKind kind, const Str *roots, size_t nroots,
                       const char *ending) {
  Str exts[ENDINGS];
  size_t n = add_endings(x, ending, exts);
  if (kind != FILE_DOCS) {
    exts[n++] = STR(".yml");
    exts[n++] = STR(".yaml");
  }
  if (kind == FILE_MODEL || kind == FILE_FUNCTION)
    exts[n++] = STR(".py");
  for (size_t i = 0; i < nroots; i++) {
    Str root = clean_root(roots[i]);
    FsEntry *entries;
    size_t nentries;
    if (!fs_walk(x->l->a, fs_join(x->l->a, x->package->root, root), exts, n, FS_LINKED_FILES,
                 &entries, &nentries, x->l->diags)) {
      x->ok = false;
      continue;
    }
    vec_reserve(x->l->a, &x->l->files, nentries);
    for (size_t k = 0; k < nentries; k++)
      add_by_ending(x, kind, root, &entries[k]);
  }
}

// A folder of each of the test paths; it may be a link, and is a search path of its own.
static Str *below_tests(Arena *a, const Package *p, const char *folder) {
  Str *paths = arena_array(a, Str, p->ntest_paths + 1);
  for (size_t i = 0; i < p->ntest_paths; i++)
    paths[i] = fs_join(a, p->test_paths[i], str_c(folder));
  return paths;
}

static void list_fixtures(Listing *x) {
  Str exts[ENDINGS];
  size_t nexts = add_endings(x, ".sql", exts);
  exts[nexts++] = STR(".csv");
  const Str *roots = below_tests(x->l->a, x->package, "fixtures");
  for (size_t i = 0; i < x->package->ntest_paths; i++) {
    Str root = clean_root(roots[i]);
    FsEntry *files;
    size_t n;
    x->ok &= fs_walk(x->l->a, fs_join(x->l->a, x->package->root, root), exts, nexts,
                     FS_LINKED_FILES, &files, &n, x->l->diags);
    for (size_t k = 0; x->ok && k < n; k++)
      add_file(x, FILE_FIXTURE, root, &files[k]);
  }
}

static void list_package(Load *l, Package *p) {
  Map seen = {0};
  Listing x = {.l = l, .package = p, .seen = &seen, .ok = true};
  load_read_ignore(l, p, &x.ignore);
  list_roots(&x, FILE_MODEL, p->model_paths, p->nmodel_paths, ".sql");
  list_roots(&x, FILE_SEED, p->seed_paths, p->nseed_paths, ".csv");
  list_roots(&x, FILE_SNAPSHOT, p->snapshot_paths, p->nsnapshot_paths, ".sql");
  list_roots(&x, FILE_TEST, p->test_paths, p->ntest_paths, ".sql");
  list_roots(&x, FILE_MACROS, below_tests(l->a, p, "generic"), p->ntest_paths, ".sql");
  list_roots(&x, FILE_MACROS, p->macro_paths, p->nmacro_paths, ".sql");
  list_roots(&x, FILE_ANALYSIS, p->analysis_paths, p->nanalysis_paths, ".sql");
  list_roots(&x, FILE_FUNCTION, p->function_paths, p->nfunction_paths, ".sql");
  list_roots(&x, FILE_YAML, p->schema_paths, p->nschema_paths, ".yml");
  list_roots(&x, FILE_DOCS, p->docs_paths, p->ndocs_paths, ".md");
  list_fixtures(&x);
}

// The project's documents of other tools; those of packages are not read, as in dbt.
static void list_osi(Load *l) {
  Map seen = {0};
  Package *p = l->p->packages[0];
  Listing x = {.l = l, .package = p, .seen = &seen};
  for (size_t i = 0; l->p->level >= DBT_1_12 && i < p->nosi_paths; i++) {
    const Str json[] = {STR(".json")};
    Str root = clean_root(p->osi_paths[i]);
    FsEntry *files;
    size_t n;
    if (!fs_walk(l->a, fs_join(l->a, p->root, root), json, COUNT(json), FS_LINKED_FILES, &files, &n,
                 l->diags))
      continue;
    for (size_t k = 0; k < n; k++)
      add_file(&x, FILE_OSI, root, &files[k]);
  }
}

// starc's own macros: the default ones and those of the adapter in use.
static Package *package_for(Load *l, Str folder) {
  Package *p = NULL;
  if (!str_is(folder, "default"))
    p = map_get(&l->p->by_name, str_fmt(l->a, "dbt_%.*s", STR_ARG(folder)));
  p = p ? p : map_get(&l->p->by_name, STR("dbt"));
  return p ? p : l->p->packages[l->p->npackages - 1];
}

// Each macro of such a file, without parsing any. Its name is what load_macros calls it.
static void place_embedded(Load *l, File *f) {
  f->macros = arena_array(l->a, FoundMacro, f->embedded->nblocks + 1);
  for (size_t i = 0; i < f->embedded->nblocks; i++) {
    const EmbeddedBlock *e = &f->embedded->blocks[i];
    Block *b = arena_new(l->a, Block);
    *b = (Block){.kind = e->kind, .adapter = str_c(e->adapter), .head = e->head, .whole = e->whole};
    b->name = str_sub(f->source->text, e->head.at, (size_t)e->head.at + e->head.len);
    Source *src = load_cut(l->a, f->source, e->whole);
    src->own = true;
    LateText late = {
        load_macro_name(l, b), {e->head.at - e->whole.at, e->head.len},
          e->calls
    };
    f->macros[f->nmacros++] =
        (FoundMacro){b, macro_late(l->a, macros_late(l->macros), src, &late), src};
  }
  f->ok = true;
}

static void list_embedded(Load *l) {
  Str type = l->shared->dialect ? str_c(l->shared->dialect->type) : STR("default");
  for (const EmbeddedFile *m = embedded_files; m->path; m++) {
    Str path = str_c(m->path);
    ptrdiff_t slash = str_find(path, STR("/"), 0);
    Str folder = str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
    if (!str_is(folder, "default") && !str_eq(folder, type))
      continue;
    File f = {.kind = FILE_MACROS,
              .package = package_for(l, folder),
              .root = STR("macros"),
              .path = path,
              .embedded = m,
              .size = -1};
    f.original_path = str_fmt(l->a, "macros/%.*s", STR_ARG(path));
    f.source = arena_new(l->a, Source);
    *f.source = (Source){.path = f.original_path, .text = str_n(m->text, m->len)};
    place_embedded(l, &f);
    vec_push(l->a, &l->files, f);
  }
}

void load_list_files(Load *l) {
  for (size_t i = 0; i < l->p->npackages; i++)
    if (!l->p->packages[i]->is_internal)
      list_package(l, l->p->packages[i]);
  list_osi(l);
  l->nread = l->files.n;
  list_embedded(l);
}

// --- reading

Source *load_cut(Arena *a, const Source *of, Span span) {
  Source *s = arena_new(a, Source);
  s->path = of->path;
  s->text = str_sub(of->text, span.at, (size_t)span.at + span.len);
  s->outer = of->outer.ptr ? of->outer : of->text;
  s->at = of->at + span.at;
  return s;
}

static bool read_text(Arena *a, File *f) {
  Str whole;
  if (!fs_read(a, f->absolute, f->source->path, &whole, f->diags))
    return false;
  Str text = whole;
  if (str_starts(text, STR("\xEF\xBB\xBF")))
    text = str_sub(text, 3, text.len);
  text = str_trim(text);
  *f->source = (Source){.path = f->source->path, .text = text, .outer = whole};
  f->source->at = text.len ? (size_t)(text.ptr - whole.ptr) : 0;
  if (text.len > UINT32_MAX / 2) {
    diag_at(f->diags, SEV_ERROR, CODE_FILE_TOO_BIG, f->source, (Span){0}, "this file is too big");
    return false;
  }
  if (text.len && memchr(text.ptr, 0, text.len)) {
    f->source->text = f->source->outer = (Str){0};
    diag_error(f->diags, CODE_FILE_ENCODING, f->source->path,
               "this is not a text file: it holds a NUL byte");
    return false;
  }
  ptrdiff_t bad = utf8_invalid(text);
  if (bad >= 0) {
    Diag *d = diag_at(f->diags, SEV_ERROR, CODE_FILE_ENCODING, f->source, (Span){(uint32_t)bad, 1},
                      "this file is not UTF-8: byte 0x%02x", (unsigned char)text.ptr[bad]);
    diag_hint(f->diags, d, "save it as UTF-8");
    return false;
  }
  return true;
}

Str load_sha256(Arena *a, Str text) {
  char hex[65];
  hash_sha256_hex(text, hex);
  return str_dup(a, str_c(hex));
}

// Where the next character that is white space, or is none, stands in a text from `at` on.
static size_t next_space(Str text, size_t at, bool space) {
  for (size_t next = at; at < text.len; at = next) {
    unsigned char c = (unsigned char)text.ptr[at];
    bool is = c == ' ';
    if (c >= 0x80)
      is = utf8_isspace(utf8_next(text, &next));
    else if (next++, c < ' ')
      is = utf8_isspace(c);
    if (is == space)
      break;
  }
  return at;
}

// The words of a text with one blank between them.
static Str compacted(Arena *a, Str text) {
  char *out = arena_alloc(a, text.len + 1);
  size_t n = 0;
  for (size_t at = 0; (at = next_space(text, at, false)) < text.len;) {
    size_t end = next_space(text, at, true);
    if (n)
      out[n++] = ' ';
    memcpy(out + n, text.ptr + at, end - at);
    n += end - at;
    at = end;
  }
  return str_n(out, n);
}

Str load_checksum(const Load *l, Arena *a, Str text) {
  if (l->p->level < DBT_1_12)
    return load_sha256(a, text);
  Arena scratch = {0};
  Str out = load_sha256(a, compacted(&scratch, text));
  arena_free(&scratch);
  return out;
}

// The number of a \\uXXXX at s[at]; 0: there is none.
static uint32_t escaped(Str s, size_t at) {
  enum { ESCAPE = 6 };
  uint32_t out = 0;
  if (at + ESCAPE > s.len || s.ptr[at] != '\\' || s.ptr[at + 1] != 'u')
    return 0;
  for (size_t i = at + 2; i < at + ESCAPE; i++) {
    const char *digits = "0123456789abcdef", *d = strchr(digits, s.ptr[i] | 0x20);
    if (!d || !*d)
      return 0;
    out = out << 4 | (uint32_t)(d - digits);
  }
  return out;
}

// JSON as YAML reads it: a character that JSON writes as a pair of escapes is one there. The same
// text when there is none.
static Str json_as_yaml(Arena *a, Str s) {
  enum { ESCAPE = 6 };
  Buf out = {.arena = a};
  size_t from = 0;
  for (size_t at = 0; at < s.len; at++) {
    if (s.ptr[at] != '\\')
      continue;
    uint32_t high = escaped(s, at), low = high ? escaped(s, at + ESCAPE) : 0;
    if (high >> 10 == 0xD800 >> 10 && low >> 10 == 0xDC00 >> 10) {
      uint32_t cp = 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF));
      buf_add(&out, str_sub(s, from, at));
      buf_addf(&out, "\\U%08x", cp);
      from = at + 2 * ESCAPE;
      at = from - 1;
    } else {
      at++; // what is escaped is no escape
    }
  }
  if (!from)
    return s;
  buf_add(&out, str_sub(s, from, s.len));
  return buf_str(&out);
}

static void read_json(Arena *a, File *f) {
  Str text = json_as_yaml(a, f->source->text);
  if (text.ptr != f->source->text.ptr)
    *f->source = (Source){.path = f->source->path, .text = text};
  f->path = fs_basename(f->path); // its folders are in no node's fqn
  f->ok = true;
}

static bool parse_body(const Load *l, Arena *a, File *f) {
  f->checksum = load_checksum(l, a, f->source->text);
  f->body = template_parse(a, f->source, f->diags);
  return f->body != NULL;
}

// Of a model's text only that it is well-formed is kept: its tree, which is larger, is made again
// where the model is evaluated or compiled.
static bool check_body(const Load *l, Arena *a, File *f) {
  Arena scratch = {0};
  f->checksum = load_checksum(l, a, f->source->text);
  f->source->well_formed = template_parse(&scratch, f->source, f->diags) != NULL;
  if (f->diags->first) // findings may point into it
    arena_adopt(a, &scratch);
  arena_free(&scratch);
  return f->source->well_formed;
}

static bool parse_macros(Arena *a, File *f) {
  bool ok;
  Block *blocks = template_blocks(a, f->source, EMBEDDED_KINDS, &ok, f->diags);
  size_t n = 0;
  for (Block *b = blocks; b; b = b->next)
    n++;
  f->macros = arena_array(a, FoundMacro, n + 1);
  for (Block *b = blocks; b; b = b->next) {
    Source *src = load_cut(a, f->source, b->whole);
    Template *t = template_parse(a, src, f->diags);
    size_t nmacros = 0;
    Macro *const *macros = t ? template_macros(t, &nmacros) : NULL;
    ok &= nmacros > 0;
    if (nmacros)
      f->macros[f->nmacros++] = (FoundMacro){b, macros[0], src};
  }
  return ok;
}

static bool parse_blocks(const Load *l, Arena *a, File *f, BlockKind kind) {
  bool ok;
  f->checksum = load_checksum(l, a, f->source->text);
  f->blocks = template_blocks(a, f->source, 1u << kind, &ok, f->diags);
  return ok;
}

static bool read_seed(Load *l, Arena *a, File *f) {
  int64_t most = l->p->options->seed_hashed;
  if (f->size > (most ? most : SEED_HASHED))
    return true;
  Str text;
  if (!fs_read(a, f->absolute, f->source->path, &text, f->diags))
    return false;
  f->checksum = load_sha256(a, str_trim(text));
  return true;
}

static void read_parts(Load *l, Arena *a, File *f) {
  if (f->kind == FILE_SEED) {
    Arena scratch = {0}; // its text is not kept
    f->ok = read_seed(l, &scratch, f);
    f->checksum = str_dup(a, f->checksum);
    arena_free(&scratch);
    return;
  }
  if (!read_text(a, f))
    return;
  switch (f->kind) {
  case FILE_MACROS:
    f->ok = parse_macros(a, f);
    break;
  case FILE_SNAPSHOT:
    f->ok = parse_blocks(l, a, f, BLOCK_SNAPSHOT);
    break;
  case FILE_DOCS:
    f->ok = parse_blocks(l, a, f, BLOCK_DOCS);
    break;
  case FILE_YAML:
    f->ok = properties_read(a, &l->globals[f->package->index], f->source, f->props, f->diags);
    break;
  case FILE_OSI:
    read_json(a, f);
    break;
  case FILE_FIXTURE:
    f->ok = true;
    break;
  case FILE_PYTHON:
    f->checksum = load_checksum(l, a, f->source->text);
    f->body = load_python_body(a, f->source, f->diags);
    f->ok = f->body != NULL;
    break;
  case FILE_MODEL:
    f->ok = check_body(l, a, f);
    break;
  default:
    f->ok = parse_body(l, a, f);
  }
}

static void read_file(Load *l, Arena *a, size_t i) {
  File *f = &l->files.items[i];
  Diags found = {0};
  f->diags = &found;
  if (f->kind == FILE_YAML)
    f->props = arena_new(a, PropFile);
  read_parts(l, a, f);
  f->diags = load_keep_diags(a, &found);
}

void load_read_files(Load *l) {
  load_parallel(l, l->nread, read_file);
  for (size_t i = 0; i < l->nread; i++)
    if (l->files.items[i].diags)
      diags_move(l->diags, l->files.items[i].diags);
}

void load_index_files(Load *l) {
  for (size_t i = 0; i < l->files.n; i++)
    if (l->files.items[i].source)
      ptr_map_put(l->a, &l->file_of, l->files.items[i].source, &l->files.items[i]);
}

const File *load_file_of(const Load *l, const Source *src) { return ptr_map_get(&l->file_of, src); }

Str load_without_ending(Str path) {
  static const Str jinja[] = {STR_INIT(".j2"), STR_INIT(".jinja2"), STR_INIT(".jinja")};
  Str name = fs_basename(path);
  for (size_t i = 0; i < COUNT(jinja); i++)
    if (str_ends_nocase(name, jinja[i])) // "orders.sql.j2" has two
      name = str_sub(name, 0, name.len - jinja[i].len);
  ptrdiff_t dot = str_rfind(name, STR("."));
  return dot > 0 ? str_sub(name, 0, (size_t)dot) : name;
}
