// Helpers shared by the engines. In: driver's texts. Out: DbErrors, times. Knows no driver.
#include "util.h"

#include "../../compiler/base/program.h"
#include "../../compiler/base/system.h"
#include "../../compiler/base/utf8.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// What is no text is shown by its bytes: a server that is another one answers anything.
static Str as_text(Arena *a, Str s) {
  ptrdiff_t bad = utf8_invalid(s);
  if (bad < 0)
    return s;
  Buf out = {.arena = a};
  for (; bad >= 0; bad = utf8_invalid(s)) {
    buf_add(&out, str_sub(s, 0, (size_t)bad));
    buf_addf(&out, "\\x%02x", (unsigned char)s.ptr[bad]);
    s = str_sub(s, (size_t)bad + 1, s.len);
  }
  buf_add(&out, s);
  return buf_str(&out);
}

// No one reads more of a message; secrets are masked before it is cut.
enum { LONGEST = 64 * 1024 };

Str engine_text(Arena *a, Str text) {
  text = as_text(a, secret_mask(a, str_trim(text)));
  if (text.len <= LONGEST)
    return str_dup(a, text);
  size_t at = LONGEST;
  while (((unsigned char)text.ptr[at] & 0xc0) == 0x80)
    at--;
  return str_fmt(a, "%.*s… (%zu bytes)", (int)at, text.ptr, text.len);
}

__attribute__((format(printf, 5, 0))) static bool fail(Arena *a, DbError *e, Str code, Str hint,
                                                       const char *fmt, va_list ap) {
  *e = (DbError){.at = -1, .code = str_dup(a, code)};
  e->hint = program_text(a, hint);
  e->message = engine_text(a, str_vfmt(a, fmt, ap));
  return false;
}

bool engine_fail(Arena *a, DbError *e, Str code, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(a, e, code, STR(""), fmt, ap);
  va_end(ap);
  return false;
}

bool engine_fail_hint(Arena *a, DbError *e, Str hint, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fail(a, e, STR(""), hint, fmt, ap);
  va_end(ap);
  return false;
}

bool engine_row_too_large(Arena *a, DbError *e, size_t most) {
  return engine_fail_hint(a, e, STR("--template-memory lets it have more; or read less of it"),
                          "a row of the answer has more than %zu MiB", most >> 20);
}

Str engine_word(Str message, const char *before, const char *after) {
  ptrdiff_t at = str_find(message, str_c(before), 0);
  size_t from = (size_t)at + strlen(before), end = from;
  if (at < 0)
    return (Str){0};
  while (end < message.len && str_word_char(message.ptr[end]))
    end++;
  bool whole = !after || str_starts(str_sub(message, end, message.len), str_c(after));
  return whole ? str_sub(message, from, end) : (Str){0};
}

double engine_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void engine_cond_init(pthread_cond_t *cond) { system_cond_init(cond); }

void engine_cond_until(pthread_cond_t *cond, pthread_mutex_t *lock, double at) {
  struct timespec until = {(time_t)at, (long)((at - floor(at)) * 1e9)};
  system_cond_until(cond, lock, until);
}

double engine_backoff(int attempt) {
  double wait = 0.1;
  for (int i = 1; i < attempt && wait < 5; i++)
    wait *= 2;
  return fmin(wait, 5);
}

bool bell_open(Bell *b) {
  int ends[2] = {-1, -1};
  bool good = system_pipe(ends, 0);
  for (int i = 0; good && i < 2; i++)
    fcntl(ends[i], F_SETFL, fcntl(ends[i], F_GETFL) | O_NONBLOCK);
  b->fd = ends[0];
  b->into = ends[1];
  return good;
}

void bell_close(Bell *b) {
  if (b->fd >= 0) {
    close(b->fd);
    close(b->into);
  }
  b->fd = b->into = -1;
}

void bell_ring(Bell *b) {
  ssize_t put = write(b->into, "", 1);
  (void)put; // only a full pipe refuses, and then it has rung already
}

void bell_reset(Bell *b) {
  char rung[64];
  while (read(b->fd, rung, sizeof rung) > 0)
    ;
}

bool bell_rung(const Bell *b) { return bell_sleep(b, 0); }

bool bell_sleep(const Bell *b, double seconds) {
  double until = engine_now() + seconds;
  for (;;) {
    struct pollfd p = {.fd = b->fd, .events = POLLIN};
    double left = fmax(0, until - engine_now());
    if (poll(&p, 1, (int)ceil(left * 1000)) > 0)
      return true;
    if (engine_now() >= until)
      return false;
  }
}

double number_or_test(double number, const char *variable) {
  const char *tests = getenv("STARC_TESTS"), *given = getenv(variable);
  double other = tests && *tests == '1' && given ? strtod(given, NULL) : 0;
  return other > 0 ? other : number;
}
