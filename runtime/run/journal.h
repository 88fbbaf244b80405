// What a retry needs, kept while a run goes on: target/starc_journal.jsonl. The first line says
// which command it is and which nodes it wants; each further line is a node that is done. A run
// that can write run_results.json removes it; after a kill it is what is left. Of several runs in
// one folder the first has that name, the others starc_journal.PID.jsonl.
#ifndef STARC_JOURNAL_H
#define STARC_JOURNAL_H
#include "run.h"

// Starts the journal of a run of these nodes. A target folder that cannot be written to is told
// once, as a warning: the run goes on.
void journal_open(Run *r, const Node *const *nodes, size_t n);
// Appends a result. From any thread.
void journal_add(Run *r, const RunResult *res);
// A microbatch model is begun: the batches it wants, and a list of those that an earlier run did;
// and one of them is done.
void journal_batches(Run *r, const Node *n, const Batch *batches, size_t nbatches, Value before);
void journal_batch(Run *r, const Node *n, const Batch *b);
void journal_close(Run *r);
// Removes it, or what ended runs left: run_results.json stands and says more.
void journal_forget(Run *r);

// What a journal says. Ids are in the order of the run; args is its command's options.
typedef struct JournalRead {
  bool found;
  Value args;
  Words wanted;
  Map done;      // unique id -> Value * (its line)
  Value batches; // unique id -> {successful, failed} of microbatch models that were begun
} JournalRead;
// Reads the newest journal of a target folder that is no longer written; a last line that is cut
// off is as if it were not there. False: there is one and its first line cannot be read; recorded.
bool journal_read(Arena *a, Str target_dir, Str shown, JournalRead *out, Diags *diags);

#endif
