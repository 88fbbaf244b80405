// Ctrl-C, SIGTERM and the end of the terminal; of a pipe, that nobody reads it any more. One thread
// waits for them, so no code runs inside a signal handler: the first sets run->stop and cancels
// what the databases are doing, again and again until the run has ended; the second leaves at once.
// Between the runs of a watch a handler wakes who waits for files.
#include "signals.h"
#include "run.h"

#include "../../compiler/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct Watch {
  Run *run;
  pthread_t thread;
  bool on;
  bool pipe; // standard output is one that is looked at
} Watch;
static Watch watch; // there is one set of signals in a process

static const struct {
  int number;
  const char *said;
} ends[] = {
    {SIGINT,  "Ctrl-C"                          },
    {SIGTERM, "SIGTERM"                         },
    {SIGHUP,  "the terminal was closed"         },
    {SIGPIPE, "nobody reads the output any more"}
};
enum { ENDS = COUNT(ends), SENT = ENDS - 1 }; // the last one is found out

// What changes something, and goes on for long. A command that prints data ends with its reader, by
// the signal.
enum {
  BUILDS = CMD_BUILD | CMD_RUN | CMD_TEST | CMD_SEED | CMD_SNAPSHOT | CMD_CLONE | CMD_OPERATION |
           CMD_LOAD
};

// A signal that was ignored when the program started stays so: nohup outlives its terminal.
static void wanted(sigset_t *set) {
  sigemptyset(set);
  for (size_t i = 0; i < SENT; i++) {
    struct sigaction now;
    if (ends[i].number != SIGHUP || sigaction(SIGHUP, NULL, &now) != 0 || now.sa_handler != SIG_IGN)
      sigaddset(set, ends[i].number);
  }
  sigaddset(set, SIGUSR2); // the run has ended
}

const char *signals_said(int number) {
  size_t i = 0;
  while (i + 1 < ENDS && ends[i].number != number)
    i++;
  return ends[i].said;
}

// Who started the run is gone, mostly: an orchestrator that was killed. The kernel tells it of a
// pipe without anything being written.
static bool reader_gone(void) {
  struct pollfd p = {.fd = STDOUT_FILENO};
  return poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP));
}

static void stop(Run *r, int sig) {
  r->signal = sig;
  atomic_store(&r->stop.stop, true);
  run_tell(r, (Event){.kind = EV_Interrupted, .level = LEVEL_WARN},
           "%s: stopping, running statements are cancelled (again: leave at once)",
           signals_said(sig));
  sessions_cancel(&r->sessions);
}

// Nothing came for a while.
static void look(Run *r) {
  if (r->signal)
    sessions_cancel(&r->sessions);
  else if (watch.pipe && reader_gone())
    stop(r, SIGPIPE);
}

static void *watch_main(void *arg) {
  Run *r = arg;
  sigset_t set;
  wanted(&set);
  enum { AGAIN_MS = 200 }; // how often it looks or cancels again
  for (;;) {
    int sig = system_signal(&set, r->signal || watch.pipe ? AGAIN_MS : -1);
    if (sig == SIGUSR2)
      return NULL;
    if (sig < 0 || (r->signal && sig == SIGHUP)) // the shell sends what the terminal has sent
      look(r);
    else if (r->signal && r->signal != SIGPIPE)
      _exit(128 + sig);
    else
      stop(r, sig);
  }
}

static bool output_is_pipe(void) {
  struct stat st;
  return fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool pipe_ends_us(void) {
  struct sigaction now;
  return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
}

// With the default action a line that nobody reads would end the run on the spot: statements left
// running, no artifacts. Who ignores the signal wants the run to go on.
static void watch_output(const Run *r) {
  if (watch.pipe) // in a run before this one
    return;
  watch.pipe = (r->options->command->bit & BUILDS) && output_is_pipe() && pipe_ends_us();
  if (watch.pipe)
    signal(SIGPIPE, SIG_IGN);
}

void signals_watch(Run *r) {
  sigset_t set;
  wanted(&set);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  watch.run = r;
  watch_output(r);
  watch.on = pthread_create(&watch.thread, NULL, watch_main, r) == 0;
  if (!watch.on)
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void signals_end(Run *r) {
  (void)r;
  if (!watch.on)
    return;
  pthread_kill(watch.thread, SIGUSR2);
  pthread_join(watch.thread, NULL);
  watch.on = false;
}

// --- between runs

static int woken[2] = {-1, -1}; // a pipe: what handlers write, who waits reads

static void wake(int sig) {
  int kept = errno;
  unsigned char byte = (unsigned char)sig;
  (void)!write(woken[1], &byte, 1);
  errno = kept;
}

// Sets what the signals of the set do; what they did before is in `old`.
static void listen(const sigset_t *set, struct sigaction old[SENT]) {
  struct sigaction action = {.sa_handler = wake};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < SENT; i++)
    if (sigismember(set, ends[i].number) == 1)
      sigaction(ends[i].number, &action, &old[i]);
}

static void listen_no_more(const sigset_t *set, const struct sigaction old[SENT]) {
  for (size_t i = 0; i < SENT; i++)
    if (sigismember(set, ends[i].number) == 1)
      sigaction(ends[i].number, &old[i], NULL);
}

static bool open_pipe(void) {
  if (woken[0] >= 0 || !system_pipe(woken, 0))
    return woken[0] >= 0;
  for (size_t i = 0; i < 2; i++)
    (void)fcntl(woken[i], F_SETFL, fcntl(woken[i], F_GETFL) | O_NONBLOCK);
  return true;
}

// The signal that came, SIGPIPE, or 0.
static int wait_for(int fd, int ms) {
  bool looks = output_is_pipe() && (watch.pipe || pipe_ends_us());
  struct pollfd fds[] = {
      {.fd = woken[0],    .events = POLLIN},
      {.fd = fd,                 .events = POLLIN},
      {.fd = looks ? STDOUT_FILENO : -1},
  };
  unsigned char sig = 0;
  (void)poll(fds, COUNT(fds), ms); // a signal cuts it off: its byte is there
  if (read(woken[0], &sig, 1) == 1)
    return sig;
  return fds[2].revents & (POLLERR | POLLHUP) ? SIGPIPE : 0;
}

int signals_wait(int fd, int ms) {
  struct sigaction old[SENT];
  sigset_t set;
  if (!open_pipe())
    return SIGTERM; // no descriptor is left: nothing can go on
  wanted(&set);
  sigdelset(&set, SIGUSR2);
  listen(&set, old);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  int sig = wait_for(fd, ms);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  listen_no_more(&set, old);
  return sig;
}

void signals_hold(bool hold) {
  sigset_t set;
  wanted(&set);
  pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
