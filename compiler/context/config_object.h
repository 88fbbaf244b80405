// `config` in templates, and what is wrong with its keys.
#ifndef STARC_CONTEXT_CONFIG_OBJECT_H
#define STARC_CONTEXT_CONFIG_OBJECT_H
#include "context.h"

bool config_value(Context *c, Eval *ev, Value *out);
Value config_of(const Context *c); // the node's config dict or undefined
// Fails at the place where the node's config has `key`, else where it says `materialized`.
_Noreturn void context_fail_config(Eval *ev, Code code, Str key, Str hint, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

// The config of a node in `results`: its dict, in which a key that nobody set is none.
Value config_of_result(Arena *a, Value dict);

#endif
