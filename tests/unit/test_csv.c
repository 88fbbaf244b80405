// A CSV file read in parts is the file read by one reader: the same rows, places and trouble,
// wherever parts meet. Texts are made of what is dangerous there.
#include "check.h"
#include "compiler/base/belt.h"
#include "compiler/base/csv.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static Arena arena;
static uint64_t state = 17;

static unsigned below(unsigned n) {
  state = state * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)(state >> 33) % n;
}

// --- texts

static const char *const plain_pieces[] = {",",
                                           ",",
                                           "\n",
                                           "\n",
                                           "\r\n",
                                           "\r",
                                           "a",
                                           "1.50",
                                           "2024-01-31",
                                           " ",
                                           "b\"c",
                                           "\xc3\xa9",
                                           "\xe2\x82\xac",
                                           "\xf0\x9f\x98\x80",
                                           "\"x\"y\"",
                                           ""};
static const char *const quoted_pieces[] = {"\"\"", ",",        "\n",     "\r\n",   "\r",
                                            "z",    "\xc3\xa9", "\n\"\"", ",\"\",", "\"\"\"\""};
static const char *const wrong_pieces[] = {"\xff", "\xc3", "\"", "1,2,3,4,5,6", "\"open", "\n\"\n"};

static void add_quoted(Buf *b) {
  buf_addc(b, '"');
  for (unsigned n = below(6); n; n--)
    buf_add(b, str_c(quoted_pieces[below(10)]));
  buf_addc(b, '"');
}

static Str some_text(bool wrong) {
  Buf b = {.arena = &arena};
  buf_adds(&b, "k,l,m,n\n");
  for (unsigned n = below(60); n; n--) {
    if (below(4) == 0)
      add_quoted(&b);
    else if (below(300) == 0)
      for (unsigned huge = below(70000); huge; huge--)
        buf_addc(&b, "x,\n\""[below(2000) ? 0 : below(4)]);
    else
      buf_add(&b, str_c(plain_pieces[below(16)]));
    if (wrong && below(40) == 0)
      buf_add(&b, str_c(wrong_pieces[below(6)]));
    if (wrong && below(200) == 0)
      buf_addc(&b, 0);
  }
  return buf_str(&b);
}

// --- what was read, as a text

typedef struct Told {
  Buf *out;
  const Csv *csv, *whole;
} Told;

static void tell_place(Buf *out, CsvPlace p) {
  buf_addf(out, "%llu %llu %llu %llu ", (unsigned long long)p.line, (unsigned long long)p.line_at,
           (unsigned long long)p.at, (unsigned long long)p.len);
}

static void tell_field(void *data, size_t column, Str text) {
  const Told *t = data;
  tell_place(t->out, csv_part_place(t->whole, t->csv->here));
  buf_addf(t->out, "%zu:%zu:", column, text.len);
  buf_add(t->out, text);
  buf_addc(t->out, '\n');
}

static void tell_rows(Csv *c, const Csv *whole, Buf *out) {
  Told t = {out, c, whole};
  while (csv_row(c, 4, tell_field, &t)) {
    buf_addf(out, "row of %zu, blank %d: ", c->fields, c->blank);
    tell_place(out, csv_part_place(whole, c->here));
    buf_addc(out, '\n');
  }
}

static void tell_trouble(const Csv *c, Buf *out) {
  tell_place(out, c->bad);
  buf_addf(out, "%.*s|%.*s|%llu", STR_ARG(c->trouble), STR_ARG(c->hint),
           (unsigned long long)c->line);
}

static Str by_one(Str path, char delimiter) {
  Buf out = {.arena = &arena};
  Csv c;
  if (!csv_open(&c, &arena, path, delimiter))
    return STR("not opened");
  Told header = {&out, &c, &(Csv){.line = 1}};
  if (csv_row(&c, 0, tell_field, &header))
    tell_rows(&c, &(Csv){.line = 1}, &out);
  tell_trouble(&c, &out);
  csv_close(&c);
  return buf_str(&out);
}

static Str in_parts(Str path, char delimiter, size_t *nparts) {
  Buf out = {.arena = &arena};
  Csv c, part = {0};
  Arena own = {0};
  CsvParts parts;
  if (!csv_open(&c, &arena, path, delimiter))
    return STR("not opened");
  Told header = {&out, &c, &(Csv){.line = 1}};
  if (csv_row(&c, 0, tell_field, &header)) {
    csv_parts(&parts, &c);
    for (; !c.trouble.len && csv_part_next(&parts, &part, &own); ++*nparts) {
      tell_rows(&part, &c, &out);
      csv_part_add(&c, &part);
    }
  }
  tell_trouble(&c, &out);
  csv_close(&c);
  arena_free(&own);
  return buf_str(&out);
}

static void compare(Str text, char delimiter) {
  static const char *const sizes[] = {"1", "2", "3", "7", "16", "61", "300", "5000", "70000"};
  char path[64];
  int fd = memfd_create("csv", 0);
  CHECK(write(fd, text.ptr, text.len) == (ssize_t)text.len);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  Str one = by_one(str_c(path), delimiter);
  for (size_t i = 0; i < COUNT(sizes); i++) {
    size_t nparts = 0;
    setenv("STARC_TEST_CSV_PART", sizes[i], 1);
    Str parts = in_parts(str_c(path), delimiter, &nparts);
    CHECK(str_eq(parts, one));
  }
  close(fd);
}

static void random_texts(void) {
  setenv("STARC_TESTS", "1", 1);
  for (int i = 0; i < 1500; i++) {
    compare(some_text(i % 3 == 0), ",,,;\"\n\r |"[below(9)]);
    arena_reset(&arena);
  }
}

// --- the belt

typedef struct Count {
  size_t taken, most;
} Count;

static bool take(void *data, void *slot) {
  Count *c = data;
  *(size_t *)slot = c->taken;
  return c->taken < c->most && ++c->taken;
}

static void square(void *data, void *slot) {
  size_t *n = slot;
  (void)data;
  for (volatile size_t spin = 0; spin < *n % 7 * 300; spin++)
    ;
  *n = *n * *n;
}

// Pieces come in their order, whatever the threads do, and a belt can be left before its end.
static void belts(void) {
  size_t slots[6];
  for (size_t threads = 0; threads < 5; threads++)
    for (size_t stop = 0; stop < 400; stop += 133) {
      Count count = {0, 300};
      size_t n = 0, *slot;
      Belt *b = belt_new(&(BeltWork){take, square, &count, slots, sizeof *slots, threads ? 6 : 1},
                         threads);
      for (; n < stop && (slot = belt_next(b)); n++)
        CHECK(*slot == n * n);
      CHECK(n == (stop < 300 ? stop : 300));
      belt_free(b);
    }
}

int main(void) {
  random_texts();
  belts();
  arena_free(&arena);
  return check_done();
}
