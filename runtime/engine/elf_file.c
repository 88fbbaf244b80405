// See elf_file.h.
#include "elf_file.h"

#ifdef __linux__

#include "../../compiler/base/buf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#elif defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#else
enum { MACHINE = EM_NONE };
#endif

// A file's bytes; those of a library are looked at where they lie.
static bool map(const char *path, Str *bytes) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  void *at = MAP_FAILED;
  if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (fd >= 0)
    close(fd);
  if (at == MAP_FAILED)
    return false;
  *bytes = str_n(at, (size_t)st.st_size);
  return true;
}

// n records of `size` bytes at `at`. NULL: they are not in the file.
static const void *records(Str file, uint64_t at, uint64_t n, size_t size) {
  bool inside = at <= file.len && n <= (file.len - at) / size && at % 8 == 0;
  return inside ? file.ptr + at : NULL;
}

static const Elf64_Ehdr *header(Str file) {
  const Elf64_Ehdr *h = records(file, 0, 1, sizeof *h);
  bool good = h && memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
              h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_phentsize == sizeof(Elf64_Phdr) &&
              h->e_type == ET_DYN;
  return good ? h : NULL;
}

// Whether one of its tables of symbols has the name as its own.
static bool table_exports(Str file, const Elf64_Shdr *table, const Elf64_Shdr *texts, Str name) {
  size_t n = table->sh_size / sizeof(Elf64_Sym);
  const Elf64_Sym *symbols = records(file, table->sh_offset, n, sizeof *symbols);
  if (!symbols || texts->sh_offset > file.len || texts->sh_size > file.len - texts->sh_offset)
    return false;
  Str all = str_sub(file, texts->sh_offset, texts->sh_offset + texts->sh_size);
  for (size_t i = 0; i < n; i++)
    if (symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_name < all.len &&
        all.len - symbols[i].st_name > name.len &&
        memcmp(all.ptr + symbols[i].st_name, name.ptr, name.len) == 0 &&
        !all.ptr[symbols[i].st_name + name.len])
      return true;
  return false;
}

// By one of the faces (chdb_c.c, chdb_adbc.c). A file without sections is left to the loader.
static bool is_engine(Str file, const Elf64_Ehdr *h) {
  const Elf64_Shdr *sections = records(file, h->e_shoff, h->e_shnum, sizeof *sections);
  bool any = false;
  for (size_t i = 0; sections && i < h->e_shnum; i++) {
    if (sections[i].sh_type != SHT_DYNSYM || sections[i].sh_link >= h->e_shnum)
      continue;
    any = true;
    const Elf64_Shdr *texts = &sections[sections[i].sh_link];
    if (table_exports(file, &sections[i], texts, STR("chdb_connect")) ||
        table_exports(file, &sections[i], texts, STR("AdbcDriverInit")))
      return true;
  }
  return !any;
}

static bool is_whole(Str file, const Elf64_Ehdr *h, const Elf64_Phdr *parts) {
  size_t sections = (size_t)h->e_shnum * sizeof(Elf64_Shdr);
  if (h->e_shoff > file.len || sections > file.len - h->e_shoff)
    return false;
  for (size_t i = 0; i < h->e_phnum; i++)
    if (parts[i].p_type == PT_LOAD &&
        (parts[i].p_offset > file.len || parts[i].p_filesz > file.len - parts[i].p_offset))
      return false;
  return true;
}

static const char *problem_of(Str file) {
  const Elf64_Ehdr *h = header(file);
  if (!h)
    return "is no shared library";
  if (h->e_machine != MACHINE)
    return "is for another processor";
  const Elf64_Phdr *parts = records(file, h->e_phoff, h->e_phnum, sizeof *parts);
  if (!parts || !is_whole(file, h, parts))
    return "is cut short";
  if (!is_engine(file, h))
    return "is no embedded ClickHouse: it has neither chdb_connect nor AdbcDriverInit";
  return NULL;
}

const char *elf_problem(const char *path) {
  Str file;
  if (!map(path, &file))
    return NULL;
  const char *problem = problem_of(file);
  munmap((void *)file.ptr, file.len);
  return problem;
}

// --- the names that are wanted

typedef struct Names {
  Buf symbols, texts; // Elf64_Sym, and what their st_name counts in
  size_t n;
} Names;

static void unexpected(void) {
  fputs("starc: the embedded ClickHouse called a function of Python, which is not there\n", stderr);
  abort();
}

static int no(void) { return 0; }

// Where a name of Python lives in this program. Its objects have names of three kinds.
static uintptr_t place_of(Str name) {
  static _Alignas(16) char zeros[1024];
  bool object = str_starts(name, STR("PyExc_")) || str_ends(name, STR("_Type")) ||
                str_ends(name, STR("Struct"));
  if (object)
    return (uintptr_t)zeros;
  return str_is(name, "Py_IsInitialized") ? (uintptr_t)no : (uintptr_t)unexpected;
}

static void add_name(Names *names, Str name) {
  Elf64_Sym symbol = {.st_name = (Elf64_Word)names->texts.len,
                      .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
                      .st_shndx = SHN_ABS,
                      .st_value = place_of(name)};
  buf_add(&names->symbols, str_n((const char *)&symbol, sizeof symbol));
  buf_add(&names->texts, name);
  buf_addc(&names->texts, '\0');
  names->n++;
}

// Those of one table of symbols.
static void gather(Str file, const Elf64_Shdr *table, const Elf64_Shdr *texts, Names *names) {
  size_t n = table->sh_size / sizeof(Elf64_Sym);
  const Elf64_Sym *symbols = records(file, table->sh_offset, n, sizeof *symbols);
  if (!symbols || texts->sh_offset > file.len || texts->sh_size > file.len - texts->sh_offset)
    return;
  Str all = str_sub(file, texts->sh_offset, texts->sh_offset + texts->sh_size);
  for (size_t i = 0; i < n; i++) {
    if (symbols[i].st_shndx != SHN_UNDEF || symbols[i].st_name >= all.len)
      continue;
    const char *text = all.ptr + symbols[i].st_name;
    const char *end = memchr(text, '\0', all.len - symbols[i].st_name);
    Str name = {text, end ? (size_t)(end - text) : 0};
    if (str_starts(name, STR("Py")) || str_starts(name, STR("_Py")))
      add_name(names, name);
  }
}

static void gather_all(Str file, Names *names) {
  const Elf64_Ehdr *h = header(file);
  const Elf64_Shdr *sections = h ? records(file, h->e_shoff, h->e_shnum, sizeof *sections) : NULL;
  for (size_t i = 0; sections && i < h->e_shnum; i++)
    if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < h->e_shnum)
      gather(file, &sections[i], &sections[sections[i].sh_link], names);
}

// --- the library that has them

// One piece of memory, at 0: header, two parts, what the loader wants to know, a hash table of one
// bucket, the symbols, their texts.
static void build(const Names *names, Buf *out) {
  struct Head {
    Elf64_Ehdr file;
    Elf64_Phdr parts[2];
    Elf64_Dyn dynamic[6];
    Elf64_Word buckets, chains, first;
  } head = {0};
  size_t chains = names->n * sizeof(Elf64_Word);
  size_t symbols = (sizeof head + chains + 7) / 8 * 8;
  size_t texts = symbols + names->symbols.len, all = texts + names->texts.len;
  head.file = (Elf64_Ehdr){
      .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
                  ELFOSABI_SYSV},
      .e_type = ET_DYN,
      .e_machine = MACHINE,
      .e_version = EV_CURRENT,
      .e_phoff = offsetof(struct Head, parts),
      .e_ehsize = sizeof head.file,
      .e_phentsize = sizeof *head.parts,
      .e_phnum = 2
  };
  head.parts[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                               .p_flags = PF_R | PF_W, // older loaders write into `dynamic`
                               .p_filesz = all,
                               .p_memsz = all,
                               .p_align = 65536};
  size_t dynamic = offsetof(struct Head, dynamic);
  head.parts[1] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
                               .p_flags = PF_R | PF_W,
                               .p_offset = dynamic,
                               .p_vaddr = dynamic,
                               .p_paddr = dynamic,
                               .p_filesz = sizeof head.dynamic,
                               .p_memsz = sizeof head.dynamic,
                               .p_align = 8};
  head.dynamic[0] = (Elf64_Dyn){DT_HASH, {offsetof(struct Head, buckets)}};
  head.dynamic[1] = (Elf64_Dyn){DT_SYMTAB, {symbols}};
  head.dynamic[2] = (Elf64_Dyn){DT_STRTAB, {texts}};
  head.dynamic[3] = (Elf64_Dyn){DT_STRSZ, {names->texts.len}};
  head.dynamic[4] = (Elf64_Dyn){DT_SYMENT, {sizeof(Elf64_Sym)}};
  head.buckets = 1;
  head.chains = (Elf64_Word)names->n;
  head.first = names->n > 1; // symbol 0 is nobody's
  buf_add(out, str_n((const char *)&head, offsetof(struct Head, first) + sizeof head.first));
  for (Elf64_Word i = 0; i < names->n; i++) {
    Elf64_Word next = i && i + 1 < names->n ? i + 1 : 0;
    buf_add(out, str_n((const char *)&next, sizeof next));
  }
  while (out->len < symbols)
    buf_addc(out, '\0');
  buf_add(out, buf_str(&names->symbols));
  buf_add(out, buf_str(&names->texts));
}

// A file without a name in any folder: of memory, else of the folder for such files.
static int nameless(void) {
  int fd = memfd_create("starc-python-names", MFD_CLOEXEC);
  const char *tmp = getenv("TMPDIR");
  return fd >= 0 ? fd : open(tmp && *tmp ? tmp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int write_out(Str bytes) {
  int fd = nameless();
  while (fd >= 0 && bytes.len) {
    ssize_t put = write(fd, bytes.ptr, bytes.len);
    if (put <= 0) {
      close(fd);
      return -1;
    }
    bytes = str_sub(bytes, (size_t)put, bytes.len);
  }
  return fd;
}

int elf_python_names(const char *path) {
  Str file;
  if (!map(path, &file))
    return -1;
  Names names = {0};
  Elf64_Sym none = {0};
  buf_add(&names.symbols, str_n((const char *)&none, sizeof none));
  buf_addc(&names.texts, '\0');
  names.n = 1;
  gather_all(file, &names);
  munmap((void *)file.ptr, file.len);
  Buf out = {0};
  if (names.n > 1)
    build(&names, &out);
  int fd = out.len ? write_out(buf_str(&out)) : -1;
  buf_free(&out);
  buf_free(&names.symbols);
  buf_free(&names.texts);
  return fd;
}

#else // files of another kind, which the loader alone judges

#include <stddef.h>

const char *elf_problem(const char *path) {
  (void)path;
  return NULL;
}

int elf_python_names(const char *path) {
  (void)path;
  return -1;
}

#endif
