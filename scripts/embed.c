// In: names of files below a folder `macros`. Out (standard output): C source with their texts as
// EmbeddedMacro embedded_macros[] = {{"default/adapters/x.sql", text, length}, ..., {0}}.
// With "--text NAME FILE": const char NAME[] and const size_t NAME_len.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long emit_bytes(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    perror(path);
    exit(1);
  }
  long n = 0;
  for (int c; (c = getc(f)) != EOF; n++)
    printf("%d,%s", (signed char)c, n % 24 == 23 ? "\n" : "");
  fclose(f);
  return n;
}

static int one_text(const char *name, const char *path) {
  printf("#include <stddef.h>\nextern const char %s[];\nextern const size_t %s_len;\n", name, name);
  printf("const char %s[] = {\n", name);
  long n = emit_bytes(path);
  printf("0};\nconst size_t %s_len = %ld;\n", name, n);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "--text") == 0)
    return one_text(argv[2], argv[3]);
  static const char folder[] = "macros/";
  long *sizes = calloc((size_t)argc, sizeof *sizes);
  puts("#include \"compiler/macros/embedded.h\"");
  for (int i = 1; i < argc; i++) {
    printf("static const char f%d[] = {\n", i);
    sizes[i] = emit_bytes(argv[i]);
    puts("0};");
  }
  puts("const EmbeddedMacro embedded_macros[] = {");
  for (int i = 1; i < argc; i++) {
    const char *below = strstr(argv[i], folder);
    printf("{\"%s\", f%d, %ld},\n", below ? below + strlen(folder) : argv[i], i, sizes[i]);
  }
  puts("{0}};");
  free(sizes);
  return 0;
}
