// Ctrl-C, SIGTERM and the end of the terminal. One thread waits for them, so no code runs inside a
// signal handler: the first sets run->stop and cancels what the databases are doing, again and
// again until the run has ended; the second leaves at once.
#include "signals.h"
#include "run.h"

#include "../../compiler/base/system.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct Watch {
  Run *run;
  pthread_t thread;
  bool on;
} Watch;
static Watch watch; // there is one set of signals in a process

static const struct {
  int number;
  const char *said;
} ends[] = {
    {SIGINT,  "Ctrl-C"                 },
    {SIGTERM, "SIGTERM"                },
    {SIGHUP,  "the terminal was closed"}
};
enum { ENDS = COUNT(ends) };

// A signal that was ignored when the program started stays so: nohup outlives its terminal.
static void wanted(sigset_t *set) {
  sigemptyset(set);
  for (size_t i = 0; i < ENDS; i++) {
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

static void *watch_main(void *arg) {
  Run *r = arg;
  sigset_t set;
  wanted(&set);
  enum { AGAIN_MS = 200 };
  for (;;) {
    int sig = system_signal(&set, r->signal ? AGAIN_MS : -1);
    if (sig == SIGUSR2)
      return NULL;
    if (sig < 0 || (r->signal && sig == SIGHUP)) { // the shell sends what the terminal has sent
      if (r->signal)
        sessions_cancel(&r->sessions);
      continue;
    }
    if (r->signal)
      _exit(128 + sig);
    r->signal = sig;
    atomic_store(&r->stop.stop, true);
    run_tell(r, (Event){.kind = EV_Interrupted, .level = LEVEL_WARN},
             "%s: stopping, running statements are cancelled (again: leave at once)", said(sig));
    sessions_cancel(&r->sessions);
  }
}

void signals_watch(Run *r) {
  sigset_t set;
  wanted(&set);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  watch.run = r;
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
