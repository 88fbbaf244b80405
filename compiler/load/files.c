// In: the packages' folders. Out: every file read, checked and parsed, in a fixed order. Leaves
// what the files mean to the rest of load/.
#include "files.h"
#include "../template/blocks.h"
#include "../template/late.h"

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

static Str shown_path(Load *load, Str absolute, Str original) {
  Str root = load->p->root;
  if (root.len && str_starts(absolute, root) && absolute.len > root.len &&
      absolute.ptr[root.len] == '/')
    return str_sub(absolute, root.len + 1, absolute.len);
  return absolute.len ? absolute : original;
}

typedef struct Listing {
  Load *load;
  Package *package;
  Map *seen; // kind and path: a folder may be listed twice
  Ignore ignore;
  bool ok;
} Listing;

static void add_file(Listing *listing, FileKind kind, Str root, const FsEntry *e) {
  Load *load = listing->load;
  Str original =
      str_is(root, ".") ? e->rel : str_fmt(load->a, "%.*s/%.*s", STR_ARG(root), STR_ARG(e->rel));
  if (listing->ignore.patterns.n && load_is_ignored(&listing->ignore, original))
    return;
  Str key = str_fmt(load->a, "%d/%.*s", (int)kind, STR_ARG(original));
  if (map_put(load->a, listing->seen, key, listing))
    return;
  File f = {.kind = kind,
            .package = listing->package,
            .absolute = e->path,
            .root = root,
            .path = e->rel,
            .original_path = original,
            .size = e->size};
  f.source = arena_new(load->a, Source);
  f.source->path = shown_path(load, e->path, original);
  vec_push(load->a, &load->files, f);
}

static bool in_folder(Str path, const char *folder) {
  Str f = str_c(folder);
  return str_starts(path, f) && path.len > f.len && path.ptr[f.len] == '/';
}

static void add_by_ending(Listing *listing, FileKind sql, Str root, const FsEntry *e) {
  bool yaml = str_ends_nocase(e->rel, STR(".yml")) || str_ends_nocase(e->rel, STR(".yaml"));
  if (yaml)
    add_file(listing, FILE_YAML, root, e);
  else if (sql == FILE_DOCS)
    add_file(listing, FILE_DOCS, root, e);
  else if (sql == FILE_SEED)
    add_file(listing, FILE_SEED, root, e);
  else if (str_ends_nocase(e->rel, STR(".py")))
    add_file(listing, sql == FILE_FUNCTION ? sql : FILE_PYTHON, root, e);
  else if (sql == FILE_TEST && in_folder(e->rel, "generic"))
    add_file(listing, FILE_MACROS, root, e);
  else if (sql != FILE_TEST || !in_folder(e->rel, "fixtures"))
    add_file(listing, sql, root, e);
}

enum { ENDINGS = 8 }; // the most that the files of a folder may have

// The endings of texts with templates: ".sql", and ".sql.j2" and its like where the project wants
// them. Returns how many there are.
static size_t add_endings(const Listing *listing, const char *ending, Str out[ENDINGS]) {
  static const char *const jinja[] = {".j2", ".jinja2", ".jinja"};
  size_t n = 0;
  out[n++] = str_c(ending);
  bool template = !strcmp(ending, ".sql") || !strcmp(ending, ".md");
  if (!template || !project_flag(listing->load->p, "allow_jinja_file_extensions"))
    return n;
  for (size_t i = 0; i < COUNT(jinja); i++)
    out[n++] = str_fmt(listing->load->a, "%s%s", ending, jinja[i]);
  return n;
}

static void list_roots(Listing *listing, FileKind kind, const Str *roots, size_t nroots,
                       const char *ending) {
  Str exts[ENDINGS];
  size_t n = add_endings(listing, ending, exts);
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
    if (!fs_walk(listing->load->a, fs_join(listing->load->a, listing->package->root, root), exts, n,
                 FS_LINKED_FILES, &entries, &nentries, listing->load->diags)) {
      listing->ok = false;
      continue;
    }
    vec_reserve(listing->load->a, &listing->load->files, nentries);
    for (size_t k = 0; k < nentries; k++)
      add_by_ending(listing, kind, root, &entries[k]);
  }
}

// A folder of each of the test paths; it may be a link, and is a search path of its own.
static Str *below_tests(Arena *a, const Package *p, const char *folder) {
  Str *paths = arena_array(a, Str, p->ntest_paths + 1);
  for (size_t i = 0; i < p->ntest_paths; i++)
    paths[i] = fs_join(a, p->test_paths[i], str_c(folder));
  return paths;
}

static void list_fixtures(Listing *listing) {
  Str exts[ENDINGS];
  size_t nexts = add_endings(listing, ".sql", exts);
  exts[nexts++] = STR(".csv");
  const Str *roots = below_tests(listing->load->a, listing->package, "fixtures");
  for (size_t i = 0; i < listing->package->ntest_paths; i++) {
    Str root = clean_root(roots[i]);
    FsEntry *files;
    size_t n;
    listing->ok &=
        fs_walk(listing->load->a, fs_join(listing->load->a, listing->package->root, root), exts,
                nexts, FS_LINKED_FILES, &files, &n, listing->load->diags);
    for (size_t k = 0; listing->ok && k < n; k++)
      add_file(listing, FILE_FIXTURE, root, &files[k]);
  }
}

static void list_package(Load *load, Package *p) {
  Map seen = {0};
  Listing listing = {.load = load, .package = p, .seen = &seen, .ok = true};
  load_read_ignore(load, p, &listing.ignore);
  list_roots(&listing, FILE_MODEL, p->model_paths, p->nmodel_paths, ".sql");
  list_roots(&listing, FILE_SEED, p->seed_paths, p->nseed_paths, ".csv");
  list_roots(&listing, FILE_SNAPSHOT, p->snapshot_paths, p->nsnapshot_paths, ".sql");
  list_roots(&listing, FILE_TEST, p->test_paths, p->ntest_paths, ".sql");
  list_roots(&listing, FILE_MACROS, below_tests(load->a, p, "generic"), p->ntest_paths, ".sql");
  list_roots(&listing, FILE_MACROS, p->macro_paths, p->nmacro_paths, ".sql");
  list_roots(&listing, FILE_ANALYSIS, p->analysis_paths, p->nanalysis_paths, ".sql");
  list_roots(&listing, FILE_FUNCTION, p->function_paths, p->nfunction_paths, ".sql");
  list_roots(&listing, FILE_YAML, p->schema_paths, p->nschema_paths, ".yml");
  list_roots(&listing, FILE_YAML, p->load_paths, p->nload_paths, ".yml");
  list_roots(&listing, FILE_DOCS, p->docs_paths, p->ndocs_paths, ".md");
  list_fixtures(&listing);
}

// The project's documents of other tools; those of packages are not read, as in dbt.
static void list_osi(Load *load) {
  Map seen = {0};
  Package *p = load->p->packages[0];
  Listing listing = {.load = load, .package = p, .seen = &seen};
  for (size_t i = 0; load->p->level >= DBT_1_12 && i < p->nosi_paths; i++) {
    const Str json[] = {STR(".json")};
    Str root = clean_root(p->osi_paths[i]);
    FsEntry *files;
    size_t n;
    if (!fs_walk(load->a, fs_join(load->a, p->root, root), json, COUNT(json), FS_LINKED_FILES,
                 &files, &n, load->diags))
      continue;
    for (size_t k = 0; k < n; k++)
      add_file(&listing, FILE_OSI, root, &files[k]);
  }
}

// starc's own macros: the default ones and those of the adapter in use.
static Package *package_for(Load *load, Str folder) {
  Package *p = NULL;
  if (!str_is(folder, "default"))
    p = map_get(&load->p->by_name, str_fmt(load->a, "dbt_%.*s", STR_ARG(folder)));
  p = p ? p : map_get(&load->p->by_name, STR("dbt"));
  return p ? p : load->p->packages[load->p->npackages - 1];
}

// Each macro of such a file, without parsing any. Its name is what load_macros calls it.
static void place_embedded(Load *load, File *f) {
  f->macros = arena_array(load->a, FoundMacro, f->embedded->nblocks + 1);
  for (size_t i = 0; i < f->embedded->nblocks; i++) {
    const EmbeddedBlock *e = &f->embedded->blocks[i];
    Block *b = arena_new(load->a, Block);
    *b = (Block){.kind = e->kind, .adapter = str_c(e->adapter), .head = e->head, .whole = e->whole};
    b->name = str_sub(f->source->text, e->head.at, (size_t)e->head.at + e->head.len);
    Source *src = load_cut(load->a, f->source, e->whole);
    src->own = true;
    LateText late = {
        load_macro_name(load, b), {e->head.at - e->whole.at, e->head.len},
          e->calls
    };
    f->macros[f->nmacros++] =
        (FoundMacro){b, macro_late(load->a, macros_late(load->macros), src, &late), src};
  }
  f->ok = true;
}

static void list_embedded(Load *load) {
  Str type = load->shared->dialect ? str_c(load->shared->dialect->type) : STR("default");
  for (const EmbeddedFile *m = embedded_files; m->path; m++) {
    Str path = str_c(m->path);
    ptrdiff_t slash = str_find(path, STR("/"), 0);
    Str folder = str_sub(path, 0, slash < 0 ? 0 : (size_t)slash);
    if (!str_is(folder, "default") && !str_eq(folder, type))
      continue;
    File f = {.kind = FILE_MACROS,
              .package = package_for(load, folder),
              .root = STR("macros"),
              .path = path,
              .embedded = m,
              .size = -1};
    f.original_path = str_fmt(load->a, "macros/%.*s", STR_ARG(path));
    f.source = arena_new(load->a, Source);
    *f.source = (Source){.path = f.original_path, .text = str_n(m->text, m->len)};
    place_embedded(load, &f);
    vec_push(load->a, &load->files, f);
  }
}

void load_list_files(Load *load) {
  for (size_t i = 0; i < load->p->npackages; i++)
    if (!load->p->packages[i]->is_internal)
      list_package(load, load->p->packages[i]);
  list_osi(load);
  load->nread = load->files.n;
  list_embedded(load);
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

Str load_checksum(const Load *load, Arena *a, Str text) {
  if (load->p->level < DBT_1_12)
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

static bool parse_body(const Load *load, Arena *a, File *f) {
  f->checksum = load_checksum(load, a, f->source->text);
  f->body = template_parse(a, f->source, f->diags);
  return f->body != NULL;
}

// Of a model's text only that it is well-formed is kept: its tree, which is larger, is made again
// where the model is evaluated or compiled.
static bool check_body(const Load *load, Arena *a, File *f) {
  Arena scratch = {0};
  f->checksum = load_checksum(load, a, f->source->text);
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

static bool parse_blocks(const Load *load, Arena *a, File *f, BlockKind kind) {
  bool ok;
  f->checksum = load_checksum(load, a, f->source->text);
  f->blocks = template_blocks(a, f->source, 1u << kind, &ok, f->diags);
  return ok;
}

static bool read_seed(Load *load, Arena *a, File *f) {
  int64_t most = load->p->options->seed_hashed;
  if (f->size > (most ? most : SEED_HASHED))
    return true;
  Str text;
  if (!fs_read(a, f->absolute, f->source->path, &text, f->diags))
    return false;
  f->checksum = load_sha256(a, str_trim(text));
  return true;
}

static void read_parts(Load *load, Arena *a, File *f) {
  if (f->kind == FILE_SEED) {
    Arena scratch = {0}; // its text is not kept
    f->ok = read_seed(load, &scratch, f);
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
    f->ok = parse_blocks(load, a, f, BLOCK_SNAPSHOT);
    break;
  case FILE_DOCS:
    f->ok = parse_blocks(load, a, f, BLOCK_DOCS);
    break;
  case FILE_YAML:
    f->ok = properties_read(a, &load->globals[f->package->index], f->source, f->props, f->diags);
    break;
  case FILE_OSI:
    read_json(a, f);
    break;
  case FILE_FIXTURE:
    f->ok = true;
    break;
  case FILE_PYTHON:
    f->checksum = load_checksum(load, a, f->source->text);
    f->body = load_python_body(a, f->source, f->diags);
    f->ok = f->body != NULL;
    break;
  case FILE_MODEL:
    f->ok = check_body(load, a, f);
    break;
  default:
    f->ok = parse_body(load, a, f);
  }
}

static void read_file(Load *load, Arena *a, size_t i) {
  File *f = &load->files.items[i];
  Diags found = {0};
  f->diags = &found;
  if (f->kind == FILE_YAML)
    f->props = arena_new(a, PropFile);
  read_parts(load, a, f);
  f->diags = load_keep_diags(a, &found);
}

void load_read_files(Load *load) {
  load_parallel(load, load->nread, read_file);
  for (size_t i = 0; i < load->nread; i++)
    if (load->files.items[i].diags)
      diags_move(load->diags, load->files.items[i].diags);
}

void load_index_files(Load *load) {
  for (size_t i = 0; i < load->files.n; i++)
    if (load->files.items[i].source)
      ptr_map_put(load->a, &load->file_of, load->files.items[i].source, &load->files.items[i]);
}

const File *load_file_of(const Load *load, const Source *src) {
  return ptr_map_get(&load->file_of, src);
}

Str load_without_ending(Str path) {
  static const Str jinja[] = {STR_INIT(".j2"), STR_INIT(".jinja2"), STR_INIT(".jinja")};
  Str name = fs_basename(path);
  for (size_t i = 0; i < COUNT(jinja); i++)
    if (str_ends_nocase(name, jinja[i])) // "orders.sql.j2" has two
      name = str_sub(name, 0, name.len - jinja[i].len);
  ptrdiff_t dot = str_rfind(name, STR("."));
  return dot > 0 ? str_sub(name, 0, (size_t)dot) : name;
}
