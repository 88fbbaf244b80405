// Pages of other sites: whether they may ask, and the headers by which their browsers know it
// (CORS). In: the origins that are let in; a request. Out: yes or no; headers of answers.
#ifndef STARC_SERVE_ORIGIN_H
#define STARC_SERVE_ORIGIN_H
#include "http.h"
#include "serve.h"

// False: a page of a site that is not let in asks, which a browser tells: it could send what it may
// not read the answer of. One that only links to it, or has it as an image, is not let in either.
// Else *origin is the other site that asks, or NULL: the site's own name and port, or no page.
bool origin_read(const ServeOptions *o, struct MHD_Connection *connection, const char **origin);
// Lets the page read this answer.
void origin_add(struct MHD_Response *r, const char *origin);
// The answer to a browser that asks before the page's request.
enum MHD_Result origin_preflight(struct MHD_Connection *connection, const char *origin);

#endif
