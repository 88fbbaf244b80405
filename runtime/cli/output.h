// Where what happens is shown: the terminal in text or JSON lines, and the log file.
#ifndef STARC_OUTPUT_H
#define STARC_OUTPUT_H
#include "../run/options.h"
#include "../run/report.h"
#include "live.h"
#include "many.h"

#include <pthread.h>
#include <stdio.h>

typedef struct Output {
  const RunOptions *options;
  Reporter reporter;    // its data is the Output
  pthread_mutex_t lock; // one line at a time
  FILE *log;            // NULL until the project is known, or when it cannot be written
  Buf held;             // lines of the log whose thread goes on to tell the next one
  FILE *lines;          // where lines and findings go: not where a command's result is printed
  bool color, json, log_json;
  bool otel; // lines are records of OpenTelemetry
  int64_t started_us;
  size_t warnings, errors; // findings that were told
  bool terminal;           // lines are fitted to its width, and a live line is drawn
  Live live;
  Many many; // findings that were shown
  Level level, log_level;
  char invocation_id[40];
} Output;

// Prepares output as the options ask; o must outlive it.
void output_init(Output *out, const RunOptions *o);
void output_free(Output *out);

// Writes what is said before there is an Output (a command line that is refused), as its lines are
// written: secrets masked, nothing in it steers a terminal or what runs a job.
void output_text(FILE *f, Str text);

#endif
