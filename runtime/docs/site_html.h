// The text of the page's shell (site/build.mjs makes it), compiled in by scripts/embed.c.
#ifndef STARC_DOCS_SITE_HTML_H
#define STARC_DOCS_SITE_HTML_H
#include <stddef.h>

extern const char site_html[];
extern const size_t site_html_len;

#endif
