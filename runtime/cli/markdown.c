// Markdown for a terminal: line by line, blocks in the order of the page. In and out: markdown.h.
#include "markdown.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/base/vec.h"

#include <string.h>

enum { CODE_INDENT = 4, MOST_CELLS = 12 };

typedef struct Row {
  Str cells[MOST_CELLS];
  size_t n;
} Row;

// What is collected until its end is seen: a paragraph or the point of a list, and a table.
typedef struct Page {
  Arena *a;
  Buf *out;
  size_t width, indent, marker; // of the paragraph: where its lines begin; its point's mark
  Buf words;
  VEC(Row) rows;
} Page;

// --- inside a line

// The end of a span that begins at `at` and ends with `mark`, or 0.
static size_t span_end(Str s, size_t at, Str mark) {
  ptrdiff_t end = str_find(s, mark, at + mark.len);
  return end < 0 || (size_t)end == at + mark.len ? 0 : (size_t)end;
}

// A link at `at`: its text, and what stands behind it.
static bool link_at(Str s, size_t at, Str *text, size_t *behind) {
  size_t depth = 0, i = at;
  for (; i < s.len; i++) {
    depth += s.ptr[i] == '[';
    if (s.ptr[i] == ']' && --depth == 0)
      break;
  }
  ptrdiff_t end = i + 1 < s.len && s.ptr[i + 1] == '(' ? str_find(s, STR(")"), i) : -1;
  if (end < 0)
    return false;
  *text = str_sub(s, at + 1, i);
  *behind = (size_t)end + 1;
  return true;
}

// Text without the marks of links and emphasis. What stands between backticks stays as it is.
static void plain_text(Buf *out, Str s) {
  for (size_t i = 0, end; i < s.len;) {
    Str text;
    bool image = s.ptr[i] == '!' && i + 1 < s.len && s.ptr[i + 1] == '[';
    bool open = i + 1 < s.len && s.ptr[i + 1] != ' ' && (!i || strchr(" (\"", s.ptr[i - 1]));
    if (s.ptr[i] == '`' && (end = span_end(s, i, STR("`")))) {
      buf_add(out, str_sub(s, i, end + 1));
      i = end + 1;
    } else if ((s.ptr[i] == '[' || image) && link_at(s, i + image, &text, &end)) {
      if (!image)
        plain_text(out, text);
      i = end;
    } else if (str_starts(str_sub(s, i, s.len), STR("**")) && (end = span_end(s, i, STR("**")))) {
      plain_text(out, str_sub(s, i + 2, end));
      i = end + 2;
    } else if (s.ptr[i] == '*' && open && (end = span_end(s, i, STR("*")))) {
      plain_text(out, str_sub(s, i + 1, end));
      i = end + 1;
    } else {
      buf_addc(out, s.ptr[i++]);
    }
  }
}

static Str plain(Arena *a, Str s) {
  Buf b = {.arena = a};
  plain_text(&b, str_trim(s));
  return buf_str(&b);
}

static void blanks(Buf *out, size_t n) {
  while (n--)
    buf_addc(out, ' ');
}

// One empty line between blocks.
static void gap(const Page *p) {
  Str s = buf_str(p->out);
  if (s.len && !str_ends(s, STR("\n\n")))
    buf_addc(p->out, '\n');
}

// --- blocks

static void end_paragraph(Page *p) {
  Str words = plain(p->a, buf_str(&p->words));
  p->words.len = 0;
  if (!words.len)
    return;
  if (!p->marker)
    gap(p);
  blanks(p->out, p->indent - p->marker);
  utf8_wrap(p->out, words, p->indent - p->marker, p->indent, p->width);
  buf_addc(p->out, '\n');
  p->indent = p->marker = 0;
}

static void table_columns(const Page *p, size_t *widths) {
  for (size_t r = 0; r < p->rows.n; r++)
    for (size_t i = 0; i < p->rows.items[r].n; i++) {
      size_t w = utf8_width(p->rows.items[r].cells[i]);
      widths[i] = w > widths[i] ? w : widths[i];
    }
}

static void aligned_row(const Page *p, const Row *row, const size_t *widths) {
  Buf line = {.arena = p->a};
  for (size_t i = 0; i < row->n; i++) {
    buf_add(&line, row->cells[i]);
    if (i + 1 < row->n)
      blanks(&line, widths[i] + 2 - utf8_width(row->cells[i]));
  }
  Str s = buf_str(&line);
  while (s.len && s.ptr[s.len - 1] == ' ')
    s.len--;
  buf_addf(p->out, "%.*s\n", STR_ARG(s));
}

// A row of a wide table: its first cell, and below it the others with their heads.
static void listed_row(const Page *p, const Row *head, const Row *row) {
  utf8_wrap(p->out, row->cells[0], 0, 2, p->width);
  buf_addc(p->out, '\n');
  for (size_t i = 1; i < row->n; i++) {
    Str name = i < head->n ? head->cells[i] : (Str){0};
    Str text =
        str_fmt(p->a, "%.*s%s%.*s", STR_ARG(name), name.len ? ": " : "", STR_ARG(row->cells[i]));
    if (!row->cells[i].len)
      continue;
    blanks(p->out, CODE_INDENT);
    utf8_wrap(p->out, text, CODE_INDENT, CODE_INDENT, p->width);
    buf_addc(p->out, '\n');
  }
}

static void end_table(Page *p) {
  if (!p->rows.n)
    return;
  size_t widths[MOST_CELLS] = {0}, all = 0;
  table_columns(p, widths);
  for (size_t i = 0; i < MOST_CELLS; i++)
    all += widths[i] ? widths[i] + 2 : 0;
  bool fits = all <= p->width + 2;
  const Row *head = &p->rows.items[0];
  gap(p);
  for (size_t r = !fits; r < p->rows.n; r++)
    if (fits)
      aligned_row(p, &p->rows.items[r], widths);
    else
      listed_row(p, head, &p->rows.items[r]);
  p->rows.n = 0;
}

static void end_block(Page *p) {
  end_paragraph(p);
  end_table(p);
}

static void heading(Page *p, Str line) {
  size_t level = 0;
  while (level < line.len && line.ptr[level] == '#')
    level++;
  Str text = plain(p->a, str_sub(line, level, line.len));
  gap(p);
  buf_addf(p->out, "%.*s\n", STR_ARG(text));
  for (size_t i = utf8_width(text); level < 3 && i; i--)
    buf_addc(p->out, level == 1 ? '=' : '-');
  buf_add(p->out, level < 3 ? STR("\n") : STR(""));
  buf_addc(p->out, '\n');
}

// "| a | `b|c` \| d |": a bar inside backticks or behind a backslash parts nothing.
static Row table_row(Arena *a, Str line) {
  Row row = {0};
  Buf cell = {.arena = a};
  bool code = false;
  for (size_t i = 1; i < line.len && row.n < MOST_CELLS; i++) {
    char c = line.ptr[i];
    if (c == '\\' && i + 1 < line.len && line.ptr[i + 1] == '|') {
      buf_addc(&cell, line.ptr[++i]);
    } else if (c == '|' && !code) {
      row.cells[row.n++] = plain(a, buf_str(&cell));
      cell = (Buf){.arena = a};
    } else {
      code ^= c == '`';
      buf_addc(&cell, c);
    }
  }
  return row;
}

static bool only_of(Str s, const char *set) {
  for (size_t i = 0; i < s.len; i++)
    if (!strchr(set, s.ptr[i]))
      return false;
  return true;
}

// The width of a list's mark with its blank: "- ", "12. ". 0: none.
static size_t list_mark(Str s) {
  size_t i = 0;
  while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
    i++;
  bool point = i ? i < s.len && s.ptr[i] == '.' : s.len && strchr("-*", s.ptr[0]);
  return point && i + 1 < s.len && s.ptr[i + 1] == ' ' ? i + 2 : 0;
}

static void prose(Page *p, Str line) {
  Str text = str_trim(line);
  size_t lead = (size_t)(text.ptr - line.ptr), mark = list_mark(text);
  if (mark) {
    end_block(p);
    p->indent = lead + mark;
    p->marker = mark;
  }
  if (p->words.len)
    buf_addc(&p->words, ' ');
  buf_add(&p->words, text);
}

// The file that a block is, where its fence says so: ```sql title="models/a.sql".
static void code_title(Page *p, Str fence) {
  ptrdiff_t at = str_find(fence, STR("title=\""), 0);
  if (at < 0)
    return;
  Str rest = str_sub(fence, (size_t)at + strlen("title=\""), fence.len), name = {0};
  str_cut(&rest, '"', &name);
  gap(p);
  buf_addf(p->out, "%.*s:\n", STR_ARG(name));
}

// The lines of a block of code, behind its fence.
static void code(Page *p, Str *rest, size_t lead, Str marks) {
  Str line;
  gap(p);
  while (str_cut(rest, '\n', &line) && !str_eq(str_trim(line), marks)) {
    size_t cut = 0;
    while (cut < lead && cut < line.len && line.ptr[cut] == ' ')
      cut++;
    line = str_sub(line, cut, line.len);
    if (line.len)
      blanks(p->out, CODE_INDENT);
    buf_addf(p->out, "%.*s\n", STR_ARG(line));
  }
  buf_addc(p->out, '\n');
}

static void skip_comment(Str *rest, Str line) {
  while (str_find(line, STR("-->"), 0) < 0 && str_cut(rest, '\n', &line))
    ;
}

void markdown_terminal(Arena *scratch, Buf *out, Str text, size_t width) {
  Page p = {.a = scratch, .out = out, .width = width, .words = {.arena = scratch}};
  Str rest = text, line;
  while (rest.ptr && str_cut(&rest, '\n', &line)) {
    Str s = str_trim(line);
    if (str_starts(s, STR("<!--"))) {
      skip_comment(&rest, line);
    } else if (str_starts(s, STR("```"))) {
      end_block(&p);
      size_t n = 0;
      while (n < s.len && s.ptr[n] == '`')
        n++;
      code_title(&p, s);
      code(&p, &rest, (size_t)(s.ptr - line.ptr), str_sub(s, 0, n));
    } else if (str_starts(line, STR("#"))) {
      end_block(&p);
      heading(&p, line);
    } else if (str_starts(s, STR("|"))) {
      end_paragraph(&p);
      if (!only_of(s, "|-: ")) {
        Row row = table_row(scratch, s);
        vec_push(scratch, &p.rows, row);
      }
    } else if (!s.len) {
      end_block(&p);
      gap(&p);
    } else {
      end_table(&p);
      prose(&p, line);
    }
  }
  end_block(&p);
}
