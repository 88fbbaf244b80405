// Ctrl-C, SIGTERM and the end of the terminal; of a pipe, that nobody reads it any more. One thread
// waits for them, so no code runs inside a signal handler: the first sets run->stop and cancels
// what the databases are doing, again and again until the run has ended; the second leaves at once.
#include "signals.h"
#include "run.h"

#include "../../compiler/base/system.h"

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

static const char *said(int number) {
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
           "%s: stopping, running statements are cancelled (again: leave at once)", said(sig));
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

// With the default action a line that nobody reads would end the run on the spot: statements left
// running, no artifacts. Who ignores the signal wants the run to go on.
static void watch_output(const Run *r) {
  struct sigaction now;
  struct stat st;
  watch.pipe = (r->options->command->bit & BUILDS) && fstat(STDOUT_FILENO, &st) == 0 &&
               (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) &&
               sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
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
