// The files of a documentation page as answers over HTTP, with the headers that keep a page from
// running code of others. In: a folder, the address of one of its files. Out: the answer. `docs
// serve` and `serve` give the page by this.
#ifndef STARC_DOCS_FILES_H
#define STARC_DOCS_FILES_H
#include "../../compiler/base/str.h"
#include "../serve/http.h"

typedef struct DocsFiles {
  const char *root; // the folder, without links; the caller's; empty: there is none
  bool page_only;   // only the page, its code and the files that site_files_write made
} DocsFiles;

// Answers GET and HEAD for an address ("/" is index.html) with a plain file below the root, or 404.
// No link leads out of it; folders are not listed. MHD_NO: there is no memory for an answer. Any
// thread.
enum MHD_Result docs_files_give(const DocsFiles *f, struct MHD_Connection *c, const char *address);
// Answers with a text, which stays as it is, under the same headers. Any thread.
enum MHD_Result docs_files_say(struct MHD_Connection *c, unsigned status, const char *text);

#endif
