// The text of page.html, compiled in by scripts/embed.c.
#ifndef STARC_PAGE_HTML_H
#define STARC_PAGE_HTML_H
#include <stddef.h>

extern const char page_html[];
extern const size_t page_html_len;

#endif
