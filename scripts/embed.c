// In: names of files below compiler/macros. Out (standard output): C source with their texts as
// EmbeddedMacro embedded_macros[] = {{"default/adapters/x.sql", text, length}, ..., {0}}.
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
    printf("%d,%s", c, n % 24 == 23 ? "\n" : "");
  fclose(f);
  return n;
}

int main(int argc, char **argv) {
  const char *prefix = "compiler/macros/";
  long *sizes = calloc((size_t)argc, sizeof *sizes);
  puts("#include \"compiler/macros/embedded.h\"");
  for (int i = 1; i < argc; i++) {
    printf("static const unsigned char f%d[] = {\n", i);
    sizes[i] = emit_bytes(argv[i]);
    puts("0};");
  }
  puts("const EmbeddedMacro embedded_macros[] = {");
  for (int i = 1; i < argc; i++) {
    const char *name = strncmp(argv[i], prefix, strlen(prefix)) ? argv[i] : argv[i] + strlen(prefix);
    printf("{\"%s\", (const char *)f%d, %ld},\n", name, i, sizes[i]);
  }
  puts("{0}};");
  free(sizes);
  return 0;
}
