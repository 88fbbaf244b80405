// In: findings. Out: their text for people. Leaves the choice of stream and of going on to the cli.
#include "diag.h"
#include "map.h"
#include "secret.h"
#include "utf8.h"
#include "vec.h"

#include "program.h"

// Where lines and columns stand at every MARK bytes of a text, so that the places of very many
// findings in a long one are found without counting from its start.
typedef struct Mark {
  unsigned line, col; // lines and, in the line at hand, characters that come before
} Mark;

enum { MARK = 4096 };

typedef struct Places {
  pthread_mutex_t lock;
  Arena arena;
  Map marks; // the bytes of a text's Str -> its Marks
} Places;

void diags_init(Diags *d) {
  *d = (Diags){0};
  pthread_mutex_init(&d->lock, NULL);
}

void diags_free(Diags *d) {
  if (d->places) {
    arena_free(&d->places->arena);
    pthread_mutex_destroy(&d->places->lock);
  }
  d->places = NULL;
  arena_free(&d->arena);
  d->first = d->last = NULL;
  d->errors = d->warnings = 0;
}

// --- places

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Behind what a YAML scalar or a text in quotes starts with: |, >- or a quote.
static size_t skip_opening(Str s) {
  size_t i = 0;
  if (s.len && (s.ptr[0] == '|' || s.ptr[0] == '>'))
    while (i < s.len && s.ptr[i] != '\n')
      i++;
  else if (s.len && (s.ptr[0] == '\'' || s.ptr[0] == '"'))
    i++;
  while (i < s.len && is_blank(s.ptr[i]))
    i++;
  return i;
}

// How much of the written text stands for the next character of what was made of it: that one, or
// an escape of it; 0: it is not there.
static size_t written_as(Str written, size_t at, char c) {
  if (at >= written.len)
    return 0;
  char first = written.ptr[at], second = at + 1 < written.len ? written.ptr[at + 1] : 0;
  if (first == '\\' &&
      (second == c || (second == 'n' && c == '\n') || (second == 't' && c == '\t')))
    return 2;
  return first != c ? 0 : c == '\'' && second == '\'' ? 2 : 1;
}

// Where byte `to` of a text stands in the text it was written as: blanks may differ (it is folded
// or indented there), quotes be escaped. -1: it is another text.
static ptrdiff_t follow(Str text, size_t to, Str written) {
  size_t at = skip_opening(written), i = 0;
  while (i < text.len && is_blank(text.ptr[i]))
    i++;
  while (i < to) {
    size_t n = written_as(written, at, text.ptr[i]);
    bool blank = is_blank(text.ptr[i]);
    i += n || blank;
    at += n;
    if (!n && !blank)
      return -1;
    while (blank && i < text.len && is_blank(text.ptr[i]))
      i++;
    while ((blank || (at && written.ptr[at - 1] == '\n')) && at < written.len &&
           is_blank(written.ptr[at]))
      at++;
  }
  return to < text.len && !written_as(written, at, text.ptr[to]) ? -1 : (ptrdiff_t)at;
}

bool source_is_written(Str text, Str written) {
  return text.len && follow(text, text.len, written) >= 0;
}

void source_in_file(const Source **src, Span *span) {
  while (*src && (*src)->made_by) {
    const Source *by = (*src)->made_by;
    Span at = (*src)->made_at;
    Str written = str_sub(by->text, at.at, (size_t)at.at + at.len);
    ptrdiff_t found = follow((*src)->text, span->at, written);
    if (found >= 0)
      at = (Span){at.at + (uint32_t)found,
                  span->len < at.len - found ? span->len : at.len - (uint32_t)found};
    *span = at;
    *src = by;
  }
}

static void place_in_file(Diag *f) {
  source_in_file(&f->source, &f->span);
  if (f->source && f->source->own) {
    f->source = NULL;
    f->inside = true;
  }
}

// Made with the first finding. d->lock is held.
static struct Places *places_of(Diags *d) {
  if (!d->places) {
    d->places = arena_new(&d->arena, Places);
    *d->places = (Places){0};
    pthread_mutex_init(&d->places->lock, NULL);
  }
  return d->places;
}

Diag *diag_vat(Diags *d, Severity sev, Code code, const Source *src, Span span, const char *fmt,
               va_list ap) {
  pthread_mutex_lock(&d->lock);
  Diag *f = arena_new(&d->arena, Diag);
  *f = (Diag){.severity = sev, .code = code, .source = src, .span = span};
  f->places = places_of(d);
  place_in_file(f);
  f->message = str_vfmt(&d->arena, program_words(&d->arena, fmt), ap);
  if (d->last)
    d->last->next = f;
  else
    d->first = f;
  d->last = f;
  d->errors += sev == SEV_ERROR;
  d->warnings += sev == SEV_WARNING;
  pthread_mutex_unlock(&d->lock);
  return f;
}

Diag *diag_at(Diags *d, Severity sev, Code code, const Source *src, Span span, const char *fmt,
              ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *f = diag_vat(d, sev, code, src, span, fmt, ap);
  va_end(ap);
  return f;
}

__attribute__((format(printf, 5, 0))) static Diag *in_file(Diags *d, Severity sev, Code code,
                                                           Str file, const char *fmt, va_list ap) {
  Diag *f = diag_vat(d, sev, code, NULL, (Span){0}, fmt, ap);
  pthread_mutex_lock(&d->lock);
  f->file = str_dup(&d->arena, file);
  pthread_mutex_unlock(&d->lock);
  return f;
}

Diag *diag_error(Diags *d, Code code, Str file, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *f = in_file(d, SEV_ERROR, code, file, fmt, ap);
  va_end(ap);
  return f;
}

Diag *diag_warn(Diags *d, Code code, Str file, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Diag *f = in_file(d, SEV_WARNING, code, file, fmt, ap);
  va_end(ap);
  return f;
}

void diag_hint(Diags *d, Diag *f, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  pthread_mutex_lock(&d->lock);
  f->hint = str_vfmt(&d->arena, program_words(&d->arena, fmt), ap);
  pthread_mutex_unlock(&d->lock);
  va_end(ap);
}

Diag *diag_note(Diags *d, Diag *f, const Source *src, Span span, const char *fmt, ...) {
  source_in_file(&src, &span);
  if (src && src->own)
    return f;
  if (f->inside && !f->source) {
    f->source = src;
    f->span = span;
    return f;
  }
  va_list ap;
  va_start(ap, fmt);
  pthread_mutex_lock(&d->lock);
  Diag *n = arena_new(&d->arena, Diag);
  *n = (Diag){.severity = SEV_NOTE, .source = src, .span = span, .places = f->places};
  n->message = str_vfmt(&d->arena, program_words(&d->arena, fmt), ap);
  Diag **tail = &f->notes;
  while (*tail)
    tail = &(*tail)->next;
  *tail = n;
  pthread_mutex_unlock(&d->lock);
  va_end(ap);
  return n;
}

bool diag_nearest(Diags *d, Diag *f, Str name, const Str *names, size_t n) {
  Arena scratch = {0};
  Str hint = str_hint_for(&scratch, name, names, n);
  if (hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(hint));
  arena_free(&scratch);
  return hint.len > 0;
}

bool diag_nearest_word(Diags *d, Diag *f, Str word, const char *words) {
  Arena a = {0};
  VEC(Str) names = {0};
  Str rest = str_c(words), one;
  while (str_cut(&rest, ' ', &one))
    vec_push(&a, &names, one);
  bool said = diag_nearest(d, f, word, names.items, names.n);
  arena_free(&a);
  return said;
}

void diag_lack(Diags *d, Diag *f, Lack lack, Str name) {
  pthread_mutex_lock(&d->lock);
  f->lack = lack;
  f->lacking = str_dup(&d->arena, name);
  pthread_mutex_unlock(&d->lock);
}

static void add_part(Arena *a, Diag *f, const char *name, Str text) {
  DiagPart *part = arena_new(a, DiagPart);
  *part = (DiagPart){name, str_dup(a, text), f->parts};
  f->parts = part;
}

void diag_part(Diags *d, Diag *f, const char *name, Str text) {
  pthread_mutex_lock(&d->lock);
  add_part(&d->arena, f, name, text);
  pthread_mutex_unlock(&d->lock);
}

void diags_drop(Diags *d, const Diag *from, bool (*follows)(void *data, const Diag *f),
                void *data) {
  Diag **at = &d->first, *last = NULL;
  bool behind = !from;
  while (*at) {
    Diag *f = *at;
    if (behind && follows(data, f)) {
      d->errors -= f->severity == SEV_ERROR;
      d->warnings -= f->severity == SEV_WARNING;
      *at = f->next;
      continue;
    }
    behind |= f == from;
    last = f;
    at = &f->next;
  }
  d->last = last;
}

bool diag_is_trouble(const Diag *f) {
  return f && (f->code == CODE_CONNECTION_FAILED || f->code == CODE_DATABASE_UNAVAILABLE);
}

bool diag_same_trouble(const Diag *a, const Diag *b) {
  return diag_is_trouble(a) && diag_is_trouble(b) && a->code == b->code && str_eq(a->hint, b->hint);
}

void diags_soften(Diags *d) {
  for (Diag *f = d->first; f; f = f->next)
    if (f->severity == SEV_ERROR)
      f->severity = SEV_WARNING;
  d->warnings += d->errors;
  d->errors = 0;
}

typedef struct Seen {
  Arena arena;
  Map map; // sameness -> the first Diag
} Seen;

// What makes two findings one.
static Str sameness(Arena *a, const Diag *f) {
  return str_fmt(a, "%d %p %u %u %.*s", f->severity, (const void *)f->source, f->span.at,
                 f->span.len, STR_ARG(f->message));
}

static bool said_before(void *data, const Diag *f) {
  Seen *seen = data;
  if (!f->source)
    return false;
  Str key = sameness(&seen->arena, f);
  Diag *first = map_get(&seen->map, key);
  if (first)
    first->again += f->notes != NULL;
  else
    map_put(&seen->arena, &seen->map, key, (void *)(uintptr_t)f);
  return first != NULL;
}

void diags_join(Diags *d) {
  Seen seen = {0};
  diags_drop(d, NULL, said_before, &seen);
  arena_free(&seen.arena);
}

Diag *diag_copy(Arena *a, const Diag *f) {
  Diag *c = arena_new(a, Diag);
  *c = *f;
  c->file = str_dup(a, f->file);
  c->message = str_dup(a, f->message);
  c->hint = str_dup(a, f->hint);
  c->lacking = str_dup(a, f->lacking);
  c->parts = NULL;
  for (const DiagPart *p = f->parts; p; p = p->next)
    add_part(a, c, p->name, p->text);
  c->next = NULL;
  c->places = NULL; // of who takes the copy
  Diag **tail = &c->notes;
  *tail = NULL;
  for (const Diag *n = f->notes; n; n = n->next, tail = &(*tail)->next)
    *tail = diag_copy(a, n);
  return c;
}

void diag_add(Diags *to, const Diag *f, Severity sev) {
  pthread_mutex_lock(&to->lock);
  Diag *c = diag_copy(&to->arena, f);
  c->severity = sev;
  c->places = places_of(to);
  for (Diag *n = c->notes; n; n = n->next)
    n->places = c->places;
  if (to->last)
    to->last->next = c;
  else
    to->first = c;
  to->last = c;
  to->errors += sev == SEV_ERROR;
  to->warnings += sev == SEV_WARNING;
  pthread_mutex_unlock(&to->lock);
}

void diags_move(Diags *to, Diags *from) {
  for (const Diag *f = from->first; f; f = f->next)
    diag_add(to, f, f->severity);
  pthread_mutex_lock(&to->lock);
  arena_adopt(&to->arena, &from->arena); // texts of templates that findings point into
  pthread_mutex_unlock(&to->lock);
  diags_free(from);
}

// The text that line numbers count in, and where `at` lies in it.
static Str whole_text(const Source *src, size_t *at) {
  if (src->outer.ptr) {
    *at += src->at;
    return src->outer;
  }
  return src->text;
}

static size_t line_start(Str text, size_t at) {
  while (at && text.ptr[at - 1] != '\n')
    at--;
  return at;
}

static unsigned count_lines(Str s) {
  unsigned n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == '\n';
  return n;
}

// All bytes but those that continue a character.
static unsigned count_chars(Str s) {
  unsigned n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

// Moves m over s.
static Mark move_mark(Mark m, Str s) {
  unsigned lines = count_lines(s);
  size_t start = lines ? line_start(s, s.len) : 0;
  unsigned chars = count_chars(str_sub(s, start, s.len));
  return (Mark){m.line + lines, lines ? chars : m.col + chars};
}

static const Mark *make_marks(Arena *a, Str text) {
  Mark *marks = arena_array(a, Mark, text.len / MARK + 1);
  marks[0] = (Mark){0};
  for (size_t i = 1; i <= text.len / MARK; i++)
    marks[i] = move_mark(marks[i - 1], str_sub(text, (i - 1) * MARK, i * MARK));
  return marks;
}

// The last mark of a text before byte `at`.
static Mark mark_before(Places *p, Str text, size_t at) {
  if (!p || at < MARK)
    return (Mark){0};
  pthread_mutex_lock(&p->lock);
  const Mark *marks = map_get(&p->marks, str_n((const char *)&text, sizeof text));
  if (!marks) {
    marks = make_marks(&p->arena, text);
    Str key = str_dup(&p->arena, str_n((const char *)&text, sizeof text));
    map_put(&p->arena, &p->marks, key, (void *)(uintptr_t)marks);
  }
  Mark found = marks[at / MARK];
  pthread_mutex_unlock(&p->lock);
  return found;
}

static LineCol locate(Places *places, const Source *src, size_t at) {
  Str text = whole_text(src, &at);
  if (at > text.len)
    at = text.len;
  Mark m = mark_before(places, text, at);
  m = move_mark(m, str_sub(text, places && at >= MARK ? at - at % MARK : 0, at));
  return (LineCol){m.line + (src->first_line ? src->first_line : 1),
                   m.col + 1 + (m.line ? 0 : src->first_col)};
}

LineCol source_locate(const Source *src, size_t at) { return locate(NULL, src, at); }

enum { EXCERPT = 160, LONG_SECRET = 1024 };

static void add_clean(Buf *out, Str s) {
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    buf_addc(out, c == '\t' ? ' ' : c < 32 || c == 127 ? '?' : (char)c);
  }
}

static void paint(Buf *out, bool color, const char *code) {
  if (color)
    buf_addf(out, "\033[%sm", code);
}

// Where the line of byte `at` ends, or so far behind it that no excerpt shows more.
static size_t line_end(Str text, size_t at) {
  size_t to = at, most = text.len - at > 2 * EXCERPT ? at + 2 * EXCERPT : text.len;
  while (to < most && text.ptr[to] != '\n' && text.ptr[to] != '\r')
    to++;
  return to;
}

// Moves the ends of an excerpt off the secrets that they would cut; what is pointed at stays in.
static void keep_whole(Str text, size_t at, size_t *from, size_t *to) {
  size_t first, behind, start = *from > LONG_SECRET ? *from - LONG_SECRET : 0;
  Str line = str_sub(text, start, *to + LONG_SECRET < text.len ? *to + LONG_SECRET : text.len);
  if (secret_across(line, *from - start, &first, &behind))
    *from = start + (start + behind <= at ? behind : first);
  if (secret_across(line, *to - start, &first, &behind))
    *to = start + (start + first > at ? first : behind);
}

// The part of a line that an excerpt of `most` bytes shows of it: around `at`, no character and no
// secret cut.
static void window(Str text, size_t at, size_t most, size_t *from, size_t *to) {
  if (*to - *from <= most)
    return;
  if (at - *from > most / 2)
    *from = at - most / 2;
  while (*from < at && ((unsigned char)text.ptr[*from] & 0xC0) == 0x80)
    ++*from;
  if (*to - *from > most)
    *to = *from + most;
  while (*to > at && *to < text.len && ((unsigned char)text.ptr[*to] & 0xC0) == 0x80)
    --*to;
  keep_whole(text, at, from, to);
}

static void blanks(Buf *out, size_t n) {
  while (n-- > 0)
    buf_addc(out, ' ');
}

enum { GUTTER = 7, GOES_ON = 4, NARROW = 24 }; // "   1 | "; an indent; a column for no sentence

// "     = hint", in lines of `width` columns.
static void hint_below(Buf *out, Str hint, size_t width) {
  buf_adds(out, "     = ");
  utf8_wrap(out, hint, GUTTER, GUTTER, width);
  buf_addc(out, '\n');
}

// Ends the caret's line, `col` columns long, with the hint: behind it, or below where that is
// narrow.
static void hint_behind(Buf *out, Str hint, size_t col, size_t width) {
  bool below = width && col + 1 + utf8_width(hint) > width && width < col + 1 + NARROW;
  if (hint.len && !below) {
    buf_addc(out, ' ');
    utf8_wrap(out, hint, col + 1, col + 1, width);
  }
  buf_addc(out, '\n');
  if (hint.len && below)
    hint_below(out, hint, width);
}

static void excerpt(Buf *out, const Diag *d, unsigned line, DiagLook look, Str hint) {
  size_t at = d->span.at;
  Str text = whole_text(d->source, &at);
  if (at > text.len)
    at = text.len;
  size_t near = at > 2 * EXCERPT ? at - 2 * EXCERPT : 0; // no excerpt begins before that
  size_t from = near + line_start(str_sub(text, near, text.len), at - near);
  size_t to = line_end(text, at);
  bool narrow = look.width > GUTTER && look.width - GUTTER < EXCERPT;
  window(text, at, narrow ? look.width - GUTTER : EXCERPT, &from, &to);
  buf_addf(out, "%4u | ", line);
  add_clean(out, str_sub(text, from, to));
  buf_adds(out, "\n     | ");
  unsigned before = count_chars(str_sub(text, from, at));
  blanks(out, before);
  size_t end = at + d->span.len < to ? at + d->span.len : to;
  unsigned wide = count_chars(str_sub(text, at, end));
  paint(out, look.color, d->severity == SEV_ERROR ? "1;31" : "1;33");
  buf_addc(out, '^');
  for (unsigned i = 1; i < wide; i++)
    buf_addc(out, '~');
  paint(out, look.color, "0");
  hint_behind(out, hint, GUTTER + before + (wide ? wide : 1), look.width);
}

static const char *const severity_words[] = {"error", "warning", "note"};
static const char *const severity_colors[] = {"1;31", "1;33", "1;36"};

// Words of others, as a database's: a secret is masked before they are changed and broken, since
// its parts would not be known again.
static Str clean(Arena *a, Str s) { return utf8_plain(a, secret_mask(a, s)); }

// Writes where it is; the line, or 0.
static unsigned place(Buf *out, const Diag *d) {
  Arena a = {0};
  LineCol lc = {0};
  if (d->source) {
    lc = locate(d->places, d->source, d->span.at);
    buf_addf(out, "%.*s:%u:%u: ", STR_ARG(clean(&a, d->source->path)), lc.line, lc.col);
  } else if (d->file.len) {
    buf_addf(out, "%.*s: ", STR_ARG(clean(&a, d->file)));
  }
  arena_free(&a);
  return lc.line;
}

// The message behind `col` columns, with its code at the end of the first line, dim.
static void message(Buf *out, const Diag *d, Str text, size_t col, DiagLook look) {
  Str rest = text, line;
  str_cut(&rest, '\n', &line);
  col = utf8_wrap(out, line, col, GOES_ON, look.width);
  if (d->code) {
    const char *word = code_row(d->code)->word;
    bool fits = !look.width || col + 3 + strlen(word) <= look.width;
    buf_addc(out, fits ? ' ' : '\n');
    blanks(out, fits ? 0 : GOES_ON);
    paint(out, look.color, "2");
    buf_addf(out, "[%s]", word);
    paint(out, look.color, "0");
  }
  buf_addc(out, '\n');
  if (line.len < text.len)
    buf_addf(out, "%.*s\n", STR_ARG(rest));
}

void diag_print(Buf *out, const Diag *d, DiagLook look) {
  Arena a = {0};
  Str text = clean(&a, d->message), hint = clean(&a, d->hint);
  size_t start = out->len;
  unsigned line = place(out, d);
  size_t col = utf8_width(str_sub(buf_str(out), start, out->len));
  paint(out, look.color, severity_colors[d->severity]);
  buf_addf(out, "%s:", severity_words[d->severity]);
  paint(out, look.color, "0");
  buf_addc(out, ' ');
  message(out, d, text, col + strlen(severity_words[d->severity]) + 2, look);
  if (d->source && d->source->text.len)
    excerpt(out, d, line, look, hint);
  else if (hint.len)
    hint_below(out, hint, look.width);
  arena_free(&a);
  for (const Diag *n = d->notes; n; n = n->next)
    if (!d->source || n->source != d->source ||
        n->span.at != d->span.at) // else it says nothing new
      diag_print(out, n, look);
  if (d->again)
    buf_addf(out, "     = and %zu time%s more, from other places\n", d->again,
             d->again == 1 ? "" : "s");
}

void diag_brief(Buf *out, const Diag *d) {
  Arena a = {0};
  place(out, d);
  buf_addf(out, "%s: %.*s", severity_words[d->severity], STR_ARG(clean(&a, d->message)));
  if (d->hint.len)
    buf_addf(out, " (%.*s)", STR_ARG(clean(&a, d->hint)));
  arena_free(&a);
}
