// Text that is never printed, logged or written: passwords, tokens, DBT_ENV_SECRET_* values.
#ifndef STARC_SECRET_H
#define STARC_SECRET_H
#include "buf.h"

// Registers a secret for the life of the process (copied; empty and shorter than 1 byte ignored).
// Safe from any thread.
void secret_add(Str s);

// Registers what the environment holds under the names of secrets, whether it is read or not.
void secret_add_environment(void);

// Forgets all of them, for a fuzzer between two inputs. No other thread may be at work.
void secret_forget(void);

#define SECRET_SHOWN "*****" // what stands in its place

// Whether what a variable of the environment or of --vars of this name holds is secret.
bool secret_named(Str name);

// Whether a secret lies across byte `cut` of a text, where it is to be cut, and from where to
// where. A half of it would not be known again.
bool secret_across(Str text, size_t cut, size_t *from, size_t *to);

// Whether any is known: without one there is nothing to mask.
bool secret_any(void);

// Returns `text` with every registered secret replaced by "*****", also where it
// was quoted, encoded or wrapped (secret_forms.h); the same slice when it holds none. Everything
// that leaves the process as text goes through here: terminal, logs, artifacts, compiled files,
// error messages.
Str secret_mask(Arena *a, Str text);

// A password or token: its bytes are reached by name only, so that a review finds every use.
typedef struct Secret {
  Str hidden;
} Secret;
Secret secret_make(Str s); // registers too

#endif
