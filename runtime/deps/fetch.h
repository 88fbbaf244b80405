// Downloads.
#ifndef STARC_DEPS_FETCH_H
#define STARC_DEPS_FETCH_H
#include "deps.h"

typedef struct Fetched {
  Str body;
  long status;     // of HTTP; 0: no answer
  bool from_cache; // the network gave nothing, an earlier download did
  Str why;         // failure: what to say
} Fetched;
// GETs a URL, with a few attempts. `keep`: a name in the cache, empty: not kept; what is there
// stands in when the network fails, and (with `frozen`) without asking.
bool fetch(Deps *d, Str url, Str keep, bool frozen, Fetched *out);

#endif
