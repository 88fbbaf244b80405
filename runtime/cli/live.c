// A thread wakes five times a second and draws the line; lines of the run go above it.
#include "live.h"

#include "../../compiler/base/buf.h"
#include "../../compiler/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200 };

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool live_possible(void) {
  const char *term = getenv("TERM");
  return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

unsigned live_width(void) {
  struct winsize w;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
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

// What is left takes as long as what is done did, roughly. Nothing is said before that means much.
static void add_time_left(Buf *b, const Live *l, double now) {
  double passed = now - l->began;
  if (l->done < 3 || passed < 2)
    return;
  buf_adds(b, ", about ");
  add_duration(b, passed / (double)l->done * (double)(l->total - l->done));
  buf_adds(b, " left");
}

// A running node and since when, in at most `room` characters. False: it does not fit.
static bool add_running(Buf *b, const LiveNode *l, double now, size_t room, bool cut) {
  Buf time = {0};
  add_duration(&time, now - l->since);
  Str name = l->node->name;
  size_t left = room > time.len + 1 ? room - time.len - 1 : 0;
  bool fits = utf8_count(name) <= left;
  if (!fits && cut && left > 8) {
    buf_add(b, str_sub(name, 0, utf8_offset(name, left - 1)));
    buf_addf(b, "… %.*s", STR_ARG(buf_str(&time)));
  } else if (fits) {
    buf_addf(b, "%.*s %.*s", STR_ARG(name), STR_ARG(buf_str(&time)));
  }
  buf_free(&time);
  return fits || (cut && left > 8);
}

// "12 of 58 done, about 8s left, running: dim_track 3s, fct_invoice_line 1s, 2 more"
static void compose(Buf *b, const Live *l, unsigned width) {
  double now = now_s();
  buf_addf(b, "%zu of %zu done", l->done, l->total);
  add_time_left(b, l, now);
  for (size_t i = 0; i < l->nnow; i++) {
    size_t rest = l->nnow - i - 1, before = b->len;
    buf_addf(b, "%s", i ? ", " : ", running: ");
    size_t used = utf8_count(buf_str(b)) + (rest ? 10 : 1); // for ", 99 more"
    if (used < width && add_running(b, &l->now[i], now, width - used, i == 0))
      continue;
    b->len = before;
    buf_addf(b, i ? ", %zu more" : ", %zu running", rest + 1);
    break;
  }
}

static void draw(Live *l) {
  Buf text = {0}, b = {0};
  unsigned width = live_width();
  compose(&text, l, width);
  Str s = buf_str(&text);
  if (utf8_count(s) >= width) // a terminal this narrow
    s = str_sub(s, 0, utf8_offset(s, width ? width - 1 : 0));
  buf_addf(&b, "\r\033[K%s%.*s%s", l->color ? "\033[2m" : "", STR_ARG(s),
           l->color ? "\033[0m" : "");
  fwrite(b.ptr, 1, b.len, stdout);
  fflush(stdout);
  l->drawn = true;
  buf_free(&text);
  buf_free(&b);
}

void live_hide(Live *l) {
  if (!l->drawn)
    return;
  fputs("\r\033[K", stdout);
  l->drawn = false;
}

void live_show(Live *l) {
  if (l->on && !l->ending)
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
  *l = (Live){.lock = lock, .total = total, .color = color, .began = now_s()};
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
    LiveNode *more = realloc(l->now, cap * sizeof *more);
    if (!more)
      abort();
    l->now = more;
    l->cap = cap;
  }
  l->now[l->nnow++] = (LiveNode){n, now_s()};
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
