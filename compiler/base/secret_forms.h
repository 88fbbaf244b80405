// How a secret looks where it was written as something else.
#ifndef STARC_SECRET_FORMS_H
#define STARC_SECRET_FORMS_H
#include "buf.h"

// Gives `add` every form of s that is not s itself: quoted for JSON (up to three times), SQL,
// Python and HTML, percent-encoded, base64 at each place that it can have among other bytes. The
// text is good during the call.
void secret_forms(Str s, void (*add)(void *data, Str form), void *data);

#endif
