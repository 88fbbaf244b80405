// ClickHouse's names of types -> their parts. Leaves to cells.c and load.c what they mean.
#include "type_parts.h"

#include "../../base/buf.h"

Str clickhouse_type_head(Str type, Str *arguments) {
  ptrdiff_t open = str_find(type, STR("("), 0);
  *arguments = (Str){0};
  if (open < 0 || !str_ends(type, STR(")")))
    return type;
  *arguments = str_sub(type, (size_t)open + 1, type.len - 1);
  return str_trim(str_sub(type, 0, (size_t)open));
}

bool clickhouse_type_argument(Str *rest, Str *out) {
  int depth = 0;
  char quote = 0; // the one that closes
  size_t i = 0;
  if (!str_trim(*rest).len)
    return false;
  for (; i < rest->len; i++) {
    char c = rest->ptr[i];
    if (quote && c == '\\')
      i++;
    else if (quote)
      quote = c == quote ? 0 : quote;
    else if (c == '\'' || c == '`')
      quote = c;
    else if (c == ',' && !depth)
      break;
    else
      depth += (c == '(') - (c == ')');
  }
  i = i < rest->len ? i : rest->len;
  *out = str_trim(str_sub(*rest, 0, i));
  *rest = str_sub(*rest, i + (i < rest->len), rest->len);
  return true;
}

long clickhouse_type_number(Str s) {
  long n = 0;
  for (size_t i = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && n < 1000000; i++)
    n = n * 10 + (s.ptr[i] - '0');
  return n;
}

bool clickhouse_type_label(Arena *a, Str text, Str *name, Str *number) {
  ptrdiff_t end = str_rfind(text, STR("'"));
  if (end < 1 || text.ptr[0] != '\'')
    return false;
  Buf b = {.arena = a};
  for (size_t i = 1; i < (size_t)end; i++) {
    i += text.ptr[i] == '\\' && i + 1 < (size_t)end;
    buf_addc(&b, text.ptr[i]);
  }
  ptrdiff_t is = str_find(text, STR("="), (size_t)end);
  *name = buf_str(&b);
  *number = is < 0 ? *name : str_trim(str_sub(text, (size_t)is + 1, text.len));
  return true;
}
