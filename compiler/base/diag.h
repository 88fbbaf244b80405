// Findings with a place: what is wrong, where, and what to do next. Library code records them and
// returns failure; only the cli prints, through diag_print.
#ifndef STARC_DIAG_H
#define STARC_DIAG_H
#include "codes.h"

#include <pthread.h>

// Bytes [at, at + len) of a Source's text. len 0: a place, not an excerpt to underline.
typedef struct Span {
  uint32_t at, len;
} Span;

// A text that findings can point into. Lives as long as the findings about it (project arena).
typedef struct Source {
  Str path;  // as shown to the user, relative to the project
  Str text;  // the whole text, as in the file
  Str outer; // for a text cut out of a larger file (a macro, a YAML scalar): that file's text
  size_t at; // where in `outer` this text starts, if outer.ptr; line numbers then count there
  // For a piece of a file too big to hold: the number of the text's first line, and how many
  // columns of that line come before the text. 0: the text is whole.
  uint32_t first_line, first_col;
  // For a text that no file has as it is (the call of a generic test, a folded YAML scalar): what
  // made it. Findings show that: the same place in it, where the text can be followed there.
  const struct Source *made_by;
  Span made_at;
  bool own;         // comes with starc: findings never show it, but who called it
  bool well_formed; // a template that was parsed and let go: it is parsed anew when it is rendered
} Source;

typedef enum Severity { SEV_ERROR, SEV_WARNING, SEV_NOTE } Severity;

// What a finding misses: where it may have been, so that a file that could not be read explains it.
typedef enum Lack {
  LACK_NOTHING,
  LACK_ENTRY, // a node, source, group, version, metric ...: what schema files declare
  LACK_MACRO, // a macro, generic test or materialization
  LACK_DOCS   // a docs block
} Lack;

// One finding. Text is copied into the Diags' arena; sources are referred to.
// A name or text that a finding's message was made of, for programs that read logs.
typedef struct DiagPart {
  const char *name; // dbt's word for it: "model_name"
  Str text;
  struct DiagPart *next;
} DiagPart;

typedef struct Diag {
  Severity severity;
  Code code;            // what kind of finding it is; CODE_NONE for notes
  const Source *source; // NULL: no place (a connection, a command line)
  Span span;
  bool inside;        // it lies in starc's own text: source is NULL until a note brings one
  Str file;           // shown in place of source->path when there is no source: a path, or empty
  Str message;        // one line, lower case, no full stop
  Str hint;           // after the caret or on a line of its own: "did you mean 'x'?", may be empty
  size_t again;       // how often it was found once more, on other ways (diags_join)
  Lack lack;          // what it says is not there
  Str lacking;        // the name of that, words joined by '.'; empty: any may be meant
  DiagPart *parts;    // NULL: none
  struct Diag *notes; // chained by next: call sites of macros, the other place of a duplicate
  struct Places *places; // of its Diags
  struct Diag *next;
} Diag;

// A collection of findings. {0} is empty. Safe to add to from many threads (one lock).
typedef struct Diags {
  Arena arena;
  Diag *first, *last;
  size_t errors, warnings;
  struct Places *places; // where lines lie in the texts of the findings that were shown
  pthread_mutex_t lock;  // zero-initialised works on Linux; diags_init for the fussy
} Diags;

void diags_init(Diags *d);
void diags_free(Diags *d);

// Records a finding about src[span]. Never prints, never exits. Returns it so that a hint or notes
// can be added before another thread could look at it. src may be NULL.
Diag *diag_at(Diags *d, Severity sev, Code code, const Source *src, Span span, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
Diag *diag_vat(Diags *d, Severity sev, Code code, const Source *src, Span span, const char *fmt,
               va_list ap) __attribute__((format(printf, 6, 0)));

// Whether a text stands at the start of another one, as YAML scalars and texts in quotes write it:
// folded, indented, with escapes.
bool source_is_written(Str text, Str written);
// Moves a place in a text that no file has to where a file has it: span by span outwards.
void source_in_file(const Source **src, Span *span);

// Records an error without a place; `file` may be empty.
Diag *diag_error(Diags *d, Code code, Str file, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
Diag *diag_warn(Diags *d, Code code, Str file, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

// Adds to a finding: the hint (printf), a note at a place.
void diag_hint(Diags *d, Diag *f, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
// A finding inside starc's own text has no place: the first note about another text gives it one.
Diag *diag_note(Diags *d, Diag *f, const Source *src, Span span, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

// Adds the hint for a name that is none of the n (str_hint_for). False: there is nothing to say.
bool diag_nearest(Diags *d, Diag *f, Str name, const Str *names, size_t n);
// The same of words that are parted by one blank each.
bool diag_nearest_word(Diags *d, Diag *f, Str word, const char *words);

// Notes that the finding is about something that is not there: it is dropped when a file that could
// have held that was not read (diags_drop).
void diag_lack(Diags *d, Diag *f, Lack lack, Str name);

// Notes a part of the message; name stays as it is, text is copied.
void diag_part(Diags *d, Diag *f, const char *name, Str text);

// A copy of one finding with its notes, all texts in `a`; sources stay referred to.
Diag *diag_copy(Arena *a, const Diag *f);
// Records a copy of a finding of another collection, as an error, a warning ...
void diag_add(Diags *to, const Diag *f, Severity sev);

// Whether it is trouble with the database itself, which hits every node that runs: no connection, a
// server that is busy or read-only. NULL: no.
bool diag_is_trouble(const Diag *f);
// Whether two findings are the same trouble, which is told once: what is to be done about it is the
// same, however the driver words it. Either may be NULL.
bool diag_same_trouble(const Diag *a, const Diag *b);

// Makes warnings of the errors.
void diags_soften(Diags *d);

// Makes one of findings that say the same of the same place, as those in a macro that many call.
void diags_join(Diags *d);

// Takes out the findings behind `from` (NULL: all) of which `follows` says true.
void diags_drop(Diags *d, const Diag *from, bool (*follows)(void *data, const Diag *f), void *data);

// Moves all findings of `from` behind those of `to` with the
// sources that it holds, and empties `from`.
void diags_move(Diags *to, Diags *from);

// Line and column of a byte: both count from 1, the column in characters (UTF-8 code points).
typedef struct LineCol {
  unsigned line, col;
} LineCol;
LineCol source_locate(const Source *src, size_t at);

// Writes "path:3:13: error: message [code]", the excerpt with its line number, the caret line and
// the hint, then the notes. The code stands last: the start of the line is what editors look for.
// Tabs are shown as one space; a line longer than 160 characters, or than the width, is shown
// around the caret; control characters are shown as '?'. On a terminal sentences are broken between
// words.
typedef struct DiagLook {
  bool color;   // ANSI colours
  size_t width; // of the terminal in columns; 0: each sentence is one line, whatever its length
} DiagLook;
#define DIAG_PLAIN ((DiagLook){0})
void diag_print(Buf *out, const Diag *d, DiagLook look);

// One line only, without the code: "path:3:13: error: message (hint)".
void diag_brief(Buf *out, const Diag *d);

#endif
