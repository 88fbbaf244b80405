// The line that says what runs. In: the steps of nodes. Out: a line that a thread draws five times
// a second; lines of the run go above it.
#include "live.h"

#include "../../compiler/base/buf.h"
#include "../../compiler/base/memory.h"
#include "../../compiler/base/utf8.h"
#include "../engine/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200 };

bool live_possible(int fd) {
  const char *term = getenv("TERM");
  return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

unsigned live_width(void) {
  struct winsize w;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1)
    return w.ws_col;
  return 80;
}

static void add_duration(Buf *b, double s) {
  if (s < 60)
    buf_addf(b, "%.0fs", s);
  else if (s < 3600)
    buf_addf(b, "%dm%02ds", (int)s / 60, (int)s % 60);
  else
    buf_addf(b, "%dh%02dm", (int)s / 3600, (int)s % 3600 / 60);
}

// "1,234,567 rows, 45 MB/s, 12s left".
static void add_moved(Buf *b, const LiveNode *l, double seconds) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%lld", (long long)l->rows);
  buf_addc(b, ' ');
  for (int i = 0; i < n; i++)
    buf_addf(b, "%s%c", i && (n - i) % 3 == 0 ? "," : "", digits[i]);
  buf_adds(b, " rows");
  if (seconds < 1)
    return;
  double rate = (double)l->bytes / 1e6 / seconds;
  buf_addf(b, rate < 10 ? " %.1f MB/s" : " %.0f MB/s", rate);
  if (l->all > l->rows) {
    buf_addc(b, ' ');
    add_duration(b, seconds * (double)(l->all - l->rows) / (double)l->rows);
    buf_adds(b, " left");
  }
}

// A running node and since when, in at most `room` columns. False: it does not fit.
static bool add_running(Buf *b, const LiveNode *l, double now, size_t room, bool cut) {
  Arena a = {0};
  Buf time = {.arena = &a};
  add_duration(&time, now - l->since);
  if (l->rows)
    add_moved(&time, l, now - l->since);
  size_t left = room > time.len + 1 ? room - time.len - 1 : 0;
  bool fits = utf8_width(l->node->name) <= left, shown = fits || (cut && left > 8);
  if (shown)
    buf_addf(b, "%.*s %.*s", STR_ARG(utf8_fit(&a, l->node->name, left)), STR_ARG(buf_str(&time)));
  arena_free(&a);
  return shown;
}

// "12 of 58 done, running: dim_track 3s, fct_invoice_line 1s, 2 more". How long the rest takes is
// not said: nodes differ too much for a guess.
static void compose(Buf *b, const Live *l, unsigned width) {
  double now = engine_now();
  buf_addf(b, "%zu of %zu done", l->done, l->total);
  for (size_t i = 0; i < l->nnow; i++) {
    size_t rest = l->nnow - i - 1, before = b->len;
    buf_addf(b, "%s", i ? ", " : ", running: ");
    size_t used = utf8_width(buf_str(b)) + (rest ? 10 : 1); // for ", 99 more"
    if (used < width && add_running(b, &l->now[i], now, width - used, i == 0))
      continue;
    b->len = before;
    buf_addf(b, i ? ", %zu more" : ", %zu running", rest + 1);
    break;
  }
}

static void draw(Live *l) {
  Arena a = {0};
  Buf text = {.arena = &a}, b = {.arena = &a};
  unsigned width = live_width();
  const char *color = l->waits ? l->as_waits : l->color ? "2" : NULL;
  if (l->waits)
    buf_add(&text, str_c(l->waits));
  else
    compose(&text, l, width);
  Str s = utf8_fit(&a, utf8_shown(&a, buf_str(&text)), width - 1); // the last column stays free
  buf_adds(&b, "\r\033[K");
  if (color)
    buf_addf(&b, "\033[%sm", color);
  buf_add(&b, s);
  if (color)
    buf_adds(&b, "\033[0m");
  fwrite(b.ptr, 1, b.len, stdout);
  fflush(stdout);
  l->drawn = true;
  arena_free(&a);
}

void live_hide(Live *l) {
  if (!l->drawn)
    return;
  fputs("\r\033[K", stdout);
  l->drawn = false;
}

void live_show(Live *l) {
  if (l->waits || (l->on && !l->ending))
    draw(l);
}

void live_wait(Live *l, Str text, const char *color) {
  live_hide(l);
  free(l->waits);
  l->waits = NULL;
  l->as_waits = color;
  if (!text.len) {
    fflush(stdout);
    return;
  }
  l->waits = memory_must(strndup(text.ptr, text.len));
  draw(l);
}

static void *live_main(void *arg) {
  Live *l = arg;
  pthread_mutex_lock(l->lock);
  while (!l->ending) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&l->wake, l->lock, &until);
    if (!l->ending)
      draw(l);
  }
  live_hide(l);
  fflush(stdout);
  pthread_mutex_unlock(l->lock);
  return NULL;
}

void live_start(Live *l, pthread_mutex_t *lock, size_t total, bool color) {
  free(l->waits);
  *l = (Live){.lock = lock, .total = total, .color = color};
  pthread_cond_init(&l->wake, NULL);
  l->on = pthread_create(&l->thread, NULL, live_main, l) == 0;
}

void live_end(Live *l) {
  if (!l->on)
    return;
  pthread_mutex_lock(l->lock);
  l->ending = true;
  pthread_cond_signal(&l->wake);
  pthread_mutex_unlock(l->lock);
  pthread_join(l->thread, NULL);
  l->on = false;
  pthread_cond_destroy(&l->wake);
  free(l->now);
  l->now = NULL;
  l->nnow = l->cap = 0;
}

void live_node_started(Live *l, const Node *n) {
  if (!l->on)
    return;
  if (l->nnow == l->cap) {
    size_t cap = l->cap ? 2 * l->cap : 8;
    LiveNode *more = memory_must(realloc(l->now, cap * sizeof *more));
    l->now = more;
    l->cap = cap;
  }
  l->now[l->nnow++] = (LiveNode){.node = n, .since = engine_now(), .all = -1};
}

void live_node_moved(Live *l, const Node *n, int64_t rows, int64_t bytes, int64_t all) {
  for (size_t i = 0; l->on && i < l->nnow; i++)
    if (l->now[i].node == n) {
      l->now[i].rows = rows;
      l->now[i].bytes = bytes;
      l->now[i].all = all;
    }
}

void live_node_ended(Live *l, const Node *n) {
  if (!l->on)
    return;
  l->done++;
  for (size_t i = 0; i < l->nnow; i++)
    if (l->now[i].node == n) {
      memmove(l->now + i, l->now + i + 1, (l->nnow - i - 1) * sizeof *l->now);
      l->nnow--;
      return;
    }
}
