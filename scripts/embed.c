// In: names of files below a folder `macros`. Out (standard output): C source with their texts, and
// the macros in them, as EmbeddedFile embedded_files[] = {{"default/x.sql", text, ...}, ..., {0}}
// (compiler/macros/embedded.h). Fails with the place when one of them is not well-formed, so that
// the program need not look at them when it starts. With "--text NAME FILE": const char NAME[] and
// const size_t NAME_len. With "--examples FILES": ExampleFile example_files[]
// (runtime/task/example.h). With "--pages FILES": pages of docs/, packed, as ManualPage
// manual_pages[] (runtime/cli/topics.h).
#include "compiler/base/fs.h"
#include "compiler/macros/embedded.h"
#include "compiler/template/calls.h"
#include "compiler/template/late.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// --- bytes

static void emit_bytes(Str s) {
  for (size_t i = 0; i < s.len; i++)
    printf("%d,%s", (signed char)s.ptr[i], i % 24 == 23 ? "\n" : "");
}

// The inside of a C string.
static void emit_quoted(Str s) {
  for (size_t i = 0; i < s.len; i++)
    printf("\\%03o", (unsigned char)s.ptr[i]);
}

static void fail(const Diags *diags) {
  Buf text = {0};
  for (const Diag *d = diags->first; d; d = d->next)
    diag_print(&text, d, (DiagLook){0});
  fprintf(stderr, "%.*s", STR_ARG(buf_str(&text)));
  exit(1);
}

static Str read_file(Arena *a, const char *path) {
  Str text;
  Diags diags;
  diags_init(&diags);
  if (!fs_read(a, str_c(path), str_c(path), &text, &diags))
    fail(&diags);
  diags_free(&diags);
  return text;
}

static int one_text(Arena *a, const char *name, const char *path) {
  Str text = read_file(a, path);
  printf("#include <stddef.h>\nextern const char %s[];\nextern const size_t %s_len;\n", name, name);
  printf("const char %s[] = {\n", name);
  emit_bytes(text);
  printf("0};\nconst size_t %s_len = %zu;\n", name, text.len);
  return 0;
}

// Files below a folder `examples`, as they are.
static int examples(Arena *a, int n, char **paths) {
  puts("#include \"runtime/task/example.h\"");
  for (int i = 0; i < n; i++) {
    printf("static const char f%d[] = {\n", i);
    emit_bytes(read_file(a, paths[i]));
    puts("0};");
  }
  puts("const ExampleFile example_files[] = {");
  for (int i = 0; i < n; i++) {
    const char *below = strstr(paths[i], "examples/");
    printf("{\"%s\", f%d, sizeof f%d - 1},\n", below ? below + strlen("examples/") : paths[i], i,
           i);
  }
  puts("{0}};");
  return 0;
}

// --- pages

typedef struct PageFile {
  Str topic, name, part; // of docs/guides/hooks.md: "guides/hooks", "hooks", "guides"
} PageFile;

// A folder's README.md is named as the folder.
static PageFile page_file(Str path) {
  Str inside = str_sub(path, strlen("docs/"), path.len - strlen(".md"));
  ptrdiff_t slash = str_rfind(inside, STR("/"));
  Str part = slash < 0 ? STR("") : str_sub(inside, 0, (size_t)slash);
  Str topic = part.len && str_ends(inside, STR("/README")) ? part : inside;
  ptrdiff_t last = str_rfind(topic, STR("/"));
  return (PageFile){topic, str_sub(topic, (size_t)(last + 1), topic.len), part};
}

// The page's first heading, without backticks.
static void emit_title(Str text) {
  Str line;
  while (text.ptr && str_cut(&text, '\n', &line))
    if (str_starts(line, STR("# ")))
      break;
  for (size_t i = 2; i < line.len; i++)
    if (line.ptr[i] != '`')
      emit_quoted(str_sub(line, i, i + 1));
}

static void emit_packed(Arena *a, Str text, size_t i) {
  uLongf n = compressBound(text.len);
  Bytef *packed = (Bytef *)arena_array(a, char, n);
  if (compress2(packed, &n, (const Bytef *)text.ptr, text.len, Z_BEST_COMPRESSION) != Z_OK)
    abort();
  printf("static const char p%zu[] = {\n", i);
  emit_bytes((Str){(const char *)packed, n});
  puts("0};");
}

// A name that two pages have is the path of both.
static void pages(Arena *a, size_t n, char **paths) {
  PageFile *files = arena_array(a, PageFile, n);
  Str *texts = arena_array(a, Str, n);
  puts("#include \"runtime/cli/topics.h\"");
  for (size_t i = 0; i < n; i++) {
    files[i] = page_file(str_c(paths[i]));
    texts[i] = read_file(a, paths[i]);
    emit_packed(a, texts[i], i);
  }
  puts("const ManualPage manual_pages[] = {");
  for (size_t i = 0; i < n; i++) {
    const PageFile *f = &files[i];
    size_t same = 0;
    for (size_t k = 0; k < n; k++)
      same += str_eq(files[k].name, f->name);
    Str name = same > 1 ? f->topic : f->name;
    printf("{\"%.*s\", \"%.*s\", \"%.*s\", \"", STR_ARG(name), STR_ARG(f->topic), STR_ARG(f->part));
    emit_title(texts[i]);
    printf("\", p%zu, sizeof p%zu - 1, %zu},\n", i, i, texts[i].len);
  }
  puts("{0}};");
}

// --- macros

// One call, as LateText has it.
static void emit_call(void *data, Str callee, const Str *args, size_t nargs, Span span) {
  (void)data;
  (void)span;
  emit_quoted(callee);
  fputs("\\0", stdout);
  for (size_t i = 0; i < nargs; i++) {
    putchar(args[i].ptr ? LATE_TEXT : LATE_OTHER);
    emit_quoted(args[i]);
    fputs("\\0", stdout);
  }
  fputs("\\0", stdout);
}

static void emit_block(Arena *a, const Source *file, const Block *b, Diags *diags) {
  Source *src = arena_new(a, Source);
  src->path = file->path;
  src->text = str_sub(file->text, b->whole.at, (size_t)b->whole.at + b->whole.len);
  src->outer = file->text;
  src->at = b->whole.at;
  const Template *t = template_parse(a, src, diags);
  if (!t)
    fail(diags);
  printf("{%d, {%u, %u}, {%u, %u}, \"", b->kind, b->head.at, b->head.len, b->whole.at,
         b->whole.len);
  emit_quoted(b->adapter);
  fputs("\", \"", stdout);
  template_calls(t, emit_call, NULL);
  fputs("\"},\n", stdout);
}

// The macros of a file as an array bN; their number.
static size_t emit_blocks(Arena *a, const Source *file, int n) {
  Diags diags;
  diags_init(&diags);
  bool ok;
  Block *blocks = template_blocks(a, file, EMBEDDED_KINDS, &ok, &diags);
  if (!ok)
    fail(&diags);
  size_t nblocks = 0;
  printf("static const EmbeddedBlock b%d[] = {\n", n);
  for (const Block *b = blocks; b; b = b->next, nblocks++)
    emit_block(a, file, b, &diags);
  puts("{0}};");
  diags_free(&diags);
  return nblocks;
}

// What is written of a file into the last table.
typedef struct Made {
  Str path;
  size_t len, nblocks;
} Made;

static Made emit_file(Arena *a, const char *path, int n) {
  Str below = str_c(path), folder = STR("macros/");
  ptrdiff_t at = str_find(below, folder, 0);
  Source file = {.path = below, .text = read_file(a, path)};
  printf("static const char f%d[] = {\n", n);
  emit_bytes(file.text);
  puts("0};");
  return (Made){at < 0 ? below : str_sub(below, (size_t)at + folder.len, below.len), file.text.len,
                emit_blocks(a, &file, n)};
}

int main(int argc, char **argv) {
  Arena a = {0};
  if (argc == 4 && strcmp(argv[1], "--text") == 0) {
    one_text(&a, argv[2], argv[3]);
    arena_free(&a);
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "--examples") == 0) {
    examples(&a, argc - 2, argv + 2);
    arena_free(&a);
    return 0;
  }
  if (argc > 2 && strcmp(argv[1], "--pages") == 0) {
    pages(&a, (size_t)argc - 2, argv + 2);
    arena_free(&a);
    return 0;
  }
  Made *made = arena_array(&a, Made, (size_t)argc);
  puts("#include \"compiler/macros/embedded.h\"");
  for (int i = 1; i < argc; i++)
    made[i] = emit_file(&a, argv[i], i);
  puts("const EmbeddedFile embedded_files[] = {");
  for (int i = 1; i < argc; i++)
    printf("{\"%.*s\", f%d, %zu, b%d, %zu},\n", STR_ARG(made[i].path), i, made[i].len, i,
           made[i].nblocks);
  puts("{0}};");
  arena_free(&a);
  return 0;
}
