// In: an allocation that failed. Out: the end of the process, said in one line. Work that can end
// alone (a template's) is asked before: see work.h.
#include "memory.h"

#include <stdlib.h>
#include <unistd.h>

void memory_none(void) {
  static const char words[] = "starc: error: out of memory: the system gave no more\n";
  (void)!write(STDERR_FILENO, words, sizeof words - 1);
  _exit(1);
}

void *memory_must(void *p) {
  if (!p)
    memory_none();
  return p;
}
