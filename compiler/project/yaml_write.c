// In: a value. Out: YAML text in a file's own style: indents, quotes, ends of lines. Texts stand
// without quotes where they can, on one line where they are one.
#include "yaml_edit.h"
#include "yaml_scalar.h"

// Whether a byte, or a character of several, is a break or a control for YAML.
static bool is_special(Str text, size_t i) {
  unsigned char c = (unsigned char)text.ptr[i];
  Str rest = str_sub(text, i, text.len);
  return c < ' ' || c == 127 || str_starts(rest, STR("\xC2\x85")) ||
         str_starts(rest, STR("\xE2\x80\xA8")) || str_starts(rest, STR("\xE2\x80\xA9")) ||
         str_starts(rest, STR("\xEF\xBB\xBF"));
}

static bool has_special(Str text, bool lines) {
  for (size_t i = 0; i < text.len; i++)
    if (is_special(text, i) && !(lines && text.ptr[i] == '\n'))
      return true;
  return false;
}

// Whether it reads as this text without quotes, on one line.
static bool is_plain(Str text, bool flow) {
  static const char starts[] = "-?:,[]{}#&*!|>'\"%@`=<~.";
  if (!text.len || yaml_resolve(text) != TAG_STR || has_special(text, false))
    return false;
  char first = text.ptr[0], last = text.ptr[text.len - 1];
  if (strchr(starts, first) || first == ' ' || last == ' ' || last == ':')
    return false;
  if (str_find(text, STR(": "), 0) >= 0 || str_find(text, STR(" #"), 0) >= 0)
    return false;
  for (size_t i = 0; flow && i < text.len; i++)
    if (strchr(",[]{}:", text.ptr[i]))
      return false;
  return true;
}

static void write_double(Buf *out, Str text) {
  buf_addc(out, '"');
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\')
      buf_addf(out, "\\%c", c);
    else if (c == '\n')
      buf_adds(out, "\\n");
    else if (c == '\t')
      buf_adds(out, "\\t");
    else if (c < ' ' || c == 127)
      buf_addf(out, "\\x%02x", c);
    else if (is_special(text, i)) { // of two or three bytes
      bool two = c == 0xC2;
      buf_add(out, two                         ? STR("\\N")
                   : c == 0xEF                 ? STR("\\ufeff")
                   : text.ptr[i + 2] == '\xA8' ? STR("\\L")
                                               : STR("\\P"));
      i += two ? 1 : 2;
    } else
      buf_addc(out, (char)c);
  }
  buf_addc(out, '"');
}

static void write_single(Buf *out, Str text) {
  buf_addc(out, '\'');
  for (size_t i = 0; i < text.len; i++) {
    buf_addc(out, text.ptr[i]);
    if (text.ptr[i] == '\'')
      buf_addc(out, '\'');
  }
  buf_addc(out, '\'');
}

// In the file's quotes, or the other ones where these need no escape.
static void write_quoted(const YamlStyle *style, Buf *out, Str text) {
  bool escapes = has_special(text, false);
  bool in_double = str_find(text, STR("\""), 0) >= 0 || str_find(text, STR("\\"), 0) >= 0;
  bool in_single = str_find(text, STR("'"), 0) >= 0;
  if (!escapes && (style->quote == '\'' ? !in_single || in_double : in_double && !in_single))
    write_single(out, text);
  else
    write_double(out, text);
}

static void write_scalar(const YamlStyle *style, Buf *out, Value v, bool flow, bool json) {
  Arena a = {0};
  Str text = val_to_str(&a, v);
  if (v.kind == VAL_BOOL)
    buf_add(out, v.b ? STR("true") : STR("false"));
  else if (json)
    write_double(out, text);
  else if (is_plain(text, flow))
    buf_add(out, text);
  else
    write_quoted(style, out, text);
  arena_free(&a);
}

void yaml_write_flow(const YamlStyle *style, Buf *out, Value v, bool json) {
  size_t at = 0, n = 0;
  if (v.kind == VAL_DICT) {
    buf_addc(out, '{');
    for (DictEntry *e; (e = dict_next(v.dict, &at));) {
      if (n++)
        buf_adds(out, ", ");
      write_scalar(style, out, e->key, true, json);
      buf_adds(out, ": ");
      yaml_write_flow(style, out, e->value, json);
    }
    buf_addc(out, '}');
  } else if (v.kind == VAL_LIST) {
    buf_addc(out, '[');
    for (size_t i = 0; i < v.list->n; i++) {
      if (i)
        buf_adds(out, ", ");
      yaml_write_flow(style, out, v.list->items[i], json);
    }
    buf_addc(out, ']');
  } else
    write_scalar(style, out, v, true, json);
}

static void new_line(const YamlStyle *style, Buf *out, unsigned indent) {
  buf_add(out, style->eol);
  for (unsigned i = 0; i < indent; i++)
    buf_addc(out, ' ');
}

// Whether several lines can stand as they are behind a '|'.
static bool is_literal(Str text) {
  ptrdiff_t end = str_find(text, STR("\n"), 0);
  return end > 0 && text.ptr[0] != ' ' && !has_special(text, true) &&
         !str_ends(text, STR("\n\n")) && !str_ends(text, STR(" "));
}

static void write_literal(const YamlStyle *style, Buf *out, Str text, unsigned indent) {
  bool ended = str_ends(text, STR("\n"));
  Str line, rest = str_sub(text, 0, text.len - ended);
  buf_add(out, ended ? STR("|") : STR("|-"));
  while (str_cut(&rest, '\n', &line)) {
    new_line(style, out, line.len ? indent : 0);
    buf_add(out, line);
  }
}

static void write_entry(const YamlStyle *style, Buf *out, const DictEntry *e, unsigned indent) {
  write_scalar(style, out, e->key, false, false);
  buf_addc(out, ':');
  if (e->value.kind == VAL_LIST && e->value.list->n) {
    new_line(style, out, indent + style->offset);
    yaml_write_block(style, out, e->value, indent + style->offset);
  } else if (e->value.kind == VAL_STR && is_literal(val_text(e->value))) {
    buf_addc(out, ' ');
    write_literal(style, out, val_text(e->value), indent + 2);
  } else {
    buf_addc(out, ' ');
    if (e->value.kind == VAL_DICT || e->value.kind == VAL_LIST)
      yaml_write_flow(style, out, e->value, false);
    else
      write_scalar(style, out, e->value, false, false);
  }
}

void yaml_write_block(const YamlStyle *style, Buf *out, Value v, unsigned indent) {
  size_t at = 0, n = 0;
  if (v.kind == VAL_DICT) {
    for (DictEntry *e; (e = dict_next(v.dict, &at));) {
      if (n++)
        new_line(style, out, indent);
      write_entry(style, out, e, indent);
    }
    return;
  }
  for (size_t i = 0; v.kind == VAL_LIST && i < v.list->n; i++) {
    if (i)
      new_line(style, out, indent);
    buf_addf(out, "-%*s", (int)style->dash - 1, "");
    yaml_write_block(style, out, v.list->items[i], indent + style->dash);
  }
  if (v.kind != VAL_LIST)
    write_scalar(style, out, v, false, false);
}
