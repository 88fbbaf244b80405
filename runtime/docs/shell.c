// In: a page that site_write made. Out: the same without code of its own.
#include "shell.h"

#include "site_html.h"

// What stands between two marks in the shell.
static Str between(Str open, Str close) {
  Str shell = str_n(site_html, site_html_len);
  ptrdiff_t at = str_find(shell, open, 0);
  size_t from = (size_t)at + open.len;
  ptrdiff_t end = at < 0 ? -1 : str_find(shell, close, from);
  return end < 0 ? (Str){0} : str_sub(shell, from, (size_t)end);
}

// The only script without a type stands behind the licences, whose "<" are escaped.
Str shell_script(void) { return between(STR("</script>\n<script>"), STR("</script>")); }

Str shell_style(void) { return between(STR("<style>"), STR("</style>")); }

bool shell_linked(Buf *out, Str page) {
  Str style = shell_style(), script = shell_script();
  ptrdiff_t at_style = str_find(page, style, 0);
  ptrdiff_t at_script = at_style < 0 ? -1 : str_find(page, script, (size_t)at_style + style.len);
  if (at_script < 0 || !style.len || !script.len)
    return false;
  size_t style_from = (size_t)at_style - strlen("<style>");
  size_t style_to = (size_t)at_style + style.len + strlen("</style>");
  size_t script_from = (size_t)at_script - strlen("<script>");
  buf_add(out, str_sub(page, 0, style_from));
  buf_adds(out, "<link rel=\"stylesheet\" href=\"" SHELL_STYLE "\">");
  buf_add(out, str_sub(page, style_to, script_from));
  buf_adds(out, "<script src=\"" SHELL_SCRIPT "\">");
  buf_add(out, str_sub(page, (size_t)at_script + script.len, page.len));
  return true;
}
