// See workflow.h. What the runner reads: ActionCommand.cs in GitHub's repository actions/runner.
#include "workflow.h"

#include "utf8.h"

static bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

static size_t name_end(Str s, size_t at) {
  while (at < s.len && is_name(s.ptr[at]))
    at++;
  return at;
}

static bool stands(Str s, size_t at, const char *word) {
  return str_starts(str_sub(s, at, s.len), str_c(word));
}

// ::NAME:: or ::NAME of=it:: at the first colon.
static bool is_command(Str line, size_t at) {
  size_t end = stands(line, at, "::") ? name_end(line, at + 2) : 0;
  return end > at + 2 && (stands(line, end, "::") ||
                          (stands(line, end, " ") && str_find(line, STR("::"), end) >= 0));
}

static size_t first_word(Str line) {
  size_t at = 0;
  for (size_t next = 0; at < line.len && utf8_isspace(utf8_next(line, &next));)
    at = next;
  return at;
}

// The first colon of a line's command, and the first # of a pair.
static const struct {
  const char *colon, *hash;
} spelled[] = {
    [WORKFLOW_LINES] = {": ",      "# "     },
    [WORKFLOW_JSON] = {"\\u003a", "\\u0023"},
    [WORKFLOW_MARKUP] = {"&#58;",   "&#35;"  },
};

static void add_line(Buf *out, Str line, WorkflowText form) {
  size_t start = first_word(line);
  bool command = is_command(line, start);
  for (size_t i = 0; i < line.len; i++) {
    bool hashes = stands(line, i, "##") && stands(line, name_end(line, i + 2), "[");
    if (hashes)
      buf_add(out, str_c(spelled[form].hash));
    else if (command && i == start)
      buf_add(out, str_c(spelled[form].colon));
    else
      buf_addc(out, line.ptr[i]);
  }
}

Str workflow_unheard(Arena *a, Str text, WorkflowText form) {
  if (form == WORKFLOW_HEARD ||
      (str_find(text, STR("::"), 0) < 0 && str_find(text, STR("##"), 0) < 0))
    return text;
  Buf out = {.arena = a};
  Str rest = text, line;
  while (str_cut(&rest, '\n', &line)) {
    add_line(&out, line, form);
    if (rest.ptr)
      buf_addc(&out, '\n');
  }
  return buf_str(&out);
}
