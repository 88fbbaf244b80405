// See yaml_edit.h. A block's lines are found by the places of what is in it, and by indent below
// that; what is in brackets ends where its bracket does. Whatever this gets wrong is found by
// reading the text again.
#include "yaml_edit.h"

#include "../base/sort.h"

#include <stdlib.h>

enum { ORDER_INLINE = 0, ORDER_FIRST = 1000000 }; // of pieces at one place, see line_order()

// --- lines

static Str text_of(const YamlEdit *e) { return e->src->text; }

static size_t line_start(Str text, size_t at) {
  while (at && text.ptr[at - 1] != '\n')
    at--;
  return at;
}

// Where the line's text ends: before "\n", "\r\n", or the end of all.
static size_t line_end(Str text, size_t at) {
  while (at < text.len && text.ptr[at] != '\n')
    at++;
  return at && at < text.len && text.ptr[at - 1] == '\r' ? at - 1 : at;
}

static size_t next_line(Str text, size_t at) {
  while (at < text.len && text.ptr[at] != '\n')
    at++;
  return at < text.len ? at + 1 : text.len;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// In characters: what stands before it on its line may be of several bytes each.
static unsigned column_of(Str text, size_t at) {
  unsigned n = 0;
  for (size_t i = line_start(text, at); i < at; i++)
    n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
  return n;
}

// The indent of the line that starts there; `at` moves to its first character.
static unsigned indent_at(Str text, size_t *at) {
  size_t from = *at;
  while (*at < text.len && text.ptr[*at] == ' ')
    (*at)++;
  return (unsigned)(*at - from);
}

static bool only_spaces(Str text, size_t from, size_t to) {
  for (; from < to; from++)
    if (text.ptr[from] != ' ')
      return false;
  return true;
}

// Whether nothing but a comment follows on the line.
static bool ends_line(Str text, size_t at) {
  size_t from = at;
  while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
    at++;
  return at >= text.len || text.ptr[at] == '\n' || text.ptr[at] == '\r' ||
         (text.ptr[at] == '#' && at > from);
}

// Of pieces behind one line the deeper indented ones come first, items before keys.
static unsigned line_order(unsigned indent, bool item) {
  unsigned depth = 2 * indent + item;
  return depth < ORDER_FIRST ? ORDER_FIRST - depth : 1;
}

// --- places of nodes

// Where a node itself starts: behind its anchor and tag.
static size_t start_of(Str text, const Yaml *y) {
  size_t at = y->span.at;
  while (at < text.len && (text.ptr[at] == '&' || text.ptr[at] == '!')) {
    while (at < text.len && !is_blank(text.ptr[at]))
      at++;
    for (bool comment = false; at < text.len; at++) {
      comment = text.ptr[at] == '#' || (comment && text.ptr[at] != '\n');
      if (!comment && !is_blank(text.ptr[at]))
        break;
    }
  }
  return at;
}

static bool is_anchored(Str text, const Yaml *y) {
  return y->span.at < text.len && text.ptr[y->span.at] == '&';
}

// Whether an alias elsewhere stands for the node too.
static bool is_shared(Str text, const Yaml *y) {
  if (!is_anchored(text, y))
    return false;
  size_t end = y->span.at;
  while (end < text.len && !is_blank(text.ptr[end]) && !strchr(",]}", text.ptr[end]))
    end++;
  Arena a = {0};
  Str name = str_sub(text, (size_t)y->span.at + 1, end);
  bool shared = str_find_word(text, str_cat(&a, STR("*"), name), 0) >= 0 ||
                str_find(text, str_cat(&a, STR("*"), name), 0) >= 0;
  arena_free(&a);
  return shared;
}

// The child in which a place lies: the last that starts no later. An alias starts before the node.
static const Yaml *child_at(const Yaml *in, size_t at) {
  const Yaml *nearest = NULL;
  for (size_t i = 0; in->kind != YAML_SCALAR && i < in->n; i++) {
    const Yaml *child = in->kind == YAML_LIST ? in->items[i] : in->entries[i].value;
    if (child->kind != YAML_SCALAR && child->span.at >= in->span.at && child->span.at <= at &&
        (!nearest || child->span.at > nearest->span.at))
      nearest = child;
  }
  return nearest;
}

const Yaml *yaml_same_place(const Yaml *root, const Yaml *y) {
  for (; root; root = child_at(root, y->span.at))
    if (root->span.at == y->span.at && root->kind == y->kind)
      return root;
  return NULL;
}

// The same of what it stands in.
static bool stands_shared(const YamlEdit *e, const Yaml *y) {
  for (const Yaml *in = e->root; in && in != y; in = child_at(in, y->span.at))
    if (is_shared(text_of(e), in))
      return true;
  return is_shared(text_of(e), y);
}

// Whether a key stands in the dict itself, not in one that is merged in, with its value behind it.
static bool is_own(const Yaml *dict, const YamlEntry *entry) {
  return entry->key->span.at >= dict->span.at;
}
static bool value_is_own(const YamlEntry *entry) {
  return entry->value->span.at >= entry->key->span.at;
}

// Where the text of what stands in a node ends; `from`: what stands before that is no part of it.
static size_t end_of(Str text, const Yaml *y, size_t from) {
  if (y->span.at < from)
    return from;
  size_t end = (size_t)y->span.at + y->span.len, start = start_of(text, y);
  if (y->kind == YAML_SCALAR) {
    bool block = y->quoted && start < text.len && strchr("|>", text.ptr[start]);
    bool keep = block && memchr(text.ptr + start, '+', line_end(text, start) - start);
    while (block && !keep && end > start && is_blank(text.ptr[end - 1]))
      end--;
    return end;
  }
  for (size_t i = 0; !y->flow && i < y->n; i++) {
    size_t of = y->kind == YAML_LIST ? end_of(text, y->items[i], y->span.at)
                                     : end_of(text, y->entries[i].key, y->span.at);
    if (y->kind == YAML_DICT && is_own(y, &y->entries[i]))
      of = end_of(text, y->entries[i].value, of);
    end = of > end ? of : end;
  }
  return end;
}

// The end of the last line of a block that has text up to `end` and whose lines are indented more
// than `indent`: comments and merged keys below that text are in it, blank lines behind it are not.
static size_t block_end(Str text, size_t end, unsigned indent) {
  end = end && text.ptr[end - 1] == '\n' ? line_end(text, line_start(text, end - 1))
                                         : line_end(text, end);
  for (size_t at = next_line(text, end); at < text.len; at = next_line(text, at)) {
    size_t first = at;
    unsigned deep = indent_at(text, &first);
    if (first < text.len && (text.ptr[first] == '\n' || text.ptr[first] == '\r'))
      continue;
    if (deep <= indent)
      break;
    end = line_end(text, at);
  }
  return end;
}

// The column of a block dict's keys. False: it cannot be told.
static bool key_column(Str text, const Yaml *dict, unsigned *column) {
  size_t first = text.len;
  if (!is_anchored(text, dict) && !dict->flow) {
    *column = column_of(text, start_of(text, dict));
    return true;
  }
  for (size_t i = 0; i < dict->n; i++)
    if (is_own(dict, &dict->entries[i]) && dict->entries[i].key->span.at < first)
      first = dict->entries[i].key->span.at;
  *column = column_of(text, first);
  return first < text.len;
}

// --- style

// Of a list in block style with items: how its dashes stand from the key at this column.
static void learn_list(YamlStyle *style, Str text, unsigned key, const Yaml *list) {
  size_t dash = start_of(text, list);
  if (list->flow || !list->n || dash >= text.len || text.ptr[dash] != '-')
    return;
  unsigned at = column_of(text, dash), item = column_of(text, start_of(text, list->items[0]));
  if (at >= key && at - key <= 8)
    style->offset = at - key;
  if (item > at && item - at <= 8)
    style->dash = item - at;
}

// The innermost lists come last, and count: those of columns.
static void learn(YamlEdit *e, const Yaml *y, size_t counts[2]) {
  Str text = text_of(e);
  unsigned column = 0;
  if (y->kind == YAML_SCALAR && y->quoted && y->span.at < text.len) {
    counts[0] += text.ptr[y->span.at] == '"';
    counts[1] += text.ptr[y->span.at] == '\'';
  }
  for (size_t i = 0; y->kind != YAML_SCALAR && i < y->n; i++) {
    const Yaml *child = y->kind == YAML_LIST ? y->items[i] : y->entries[i].value;
    if (child->span.at < y->span.at)
      continue; // an alias
    if (y->kind == YAML_DICT && child->kind == YAML_LIST && !y->flow &&
        key_column(text, y, &column))
      learn_list(&e->style, text, column, child);
    learn(e, child, counts);
  }
}

void yaml_edit_open(YamlEdit *e, Arena *a, const Source *src, const Yaml *root) {
  size_t counts[2] = {0};
  *e = (YamlEdit){.arena = a, .src = src, .root = root, .patch = {.arena = a}};
  Str whole = src->outer.ptr ? src->outer : src->text;
  const char *end = whole.len ? memchr(whole.ptr, '\n', whole.len) : NULL;
  e->style = (YamlStyle){.eol = end > whole.ptr && end[-1] == '\r' ? STR("\r\n") : STR("\n"),
                         .offset = 2,
                         .dash = 2,
                         .quote = '"'};
  learn(e, root, counts);
  if (counts[1] > counts[0])
    e->style.quote = '\'';
}

// --- adding

static bool mean(YamlEdit *e, const Yaml *of, size_t at, Value key, Value value, size_t piece) {
  YamlMeant meant = {of, at, key, value, piece};
  vec_push(e->arena, &e->meant, meant);
  return true;
}

static size_t add_piece(YamlEdit *e, size_t at, size_t drop, Str text, unsigned order) {
  patch_add(&e->patch, at, drop, text, order);
  return e->patch.pieces.n - 1;
}

static void add_indent(Buf *b, unsigned indent) { buf_addf(b, "%*s", (int)indent, ""); }

// Whether the items of a block list have an empty line between them.
static bool has_gaps(Str text, const Yaml *list, unsigned column) {
  for (size_t i = 0; i + 1 < list->n; i++) {
    size_t end = block_end(text, end_of(text, list->items[i], list->span.at), column);
    size_t next = next_line(text, end), first = next;
    indent_at(text, &first);
    if (first < text.len && text.ptr[first] != '\n' && text.ptr[first] != '\r')
      return false;
  }
  return list->n > 1;
}

// The start of the comments that stand right above a line, with its indent.
static size_t above_comments(Str text, size_t start, unsigned indent) {
  while (start) {
    size_t before = line_start(text, start - 1), first = before;
    if (indent_at(text, &first) != indent || text.ptr[first] != '#')
      break;
    start = before;
  }
  return start;
}

static bool add_block_item(YamlEdit *e, const Yaml *list, size_t at, Value item) {
  Str text = text_of(e);
  size_t dash = start_of(text, list), start = line_start(text, dash);
  if (dash >= text.len || text.ptr[dash] != '-' || !only_spaces(text, start, dash))
    return false;
  unsigned column = column_of(text, dash);
  YamlStyle style = e->style;
  learn_list(&style, text, column, list);
  style.offset = e->style.offset;
  if (at && list->items[at - 1]->span.at < list->span.at)
    return false; // an alias
  bool gaps = has_gaps(text, list, column), as_flow = true;
  for (size_t i = 0; i < list->n; i++)
    as_flow &= list->items[i]->kind == YAML_DICT && list->items[i]->flow;
  Buf b = {.arena = e->arena};
  if (at) {
    buf_add(&b, style.eol);
    if (gaps)
      buf_add(&b, style.eol);
  }
  add_indent(&b, column);
  buf_addf(&b, "-%*s", (int)style.dash - 1, "");
  if (as_flow)
    yaml_write_flow(&style, &b, item, false);
  else
    yaml_write_block(&style, &b, item, column + style.dash);
  if (!at)
    buf_add(&b, style.eol);
  if (!at && gaps)
    buf_add(&b, style.eol);
  size_t place = at ? block_end(text, end_of(text, list->items[at - 1], list->span.at), column)
                    : above_comments(text, start, column);
  size_t piece = add_piece(e, place, 0, buf_str(&b), line_order(column, true));
  return mean(e, list, at, val_none(), item, piece);
}

// Whether keys of a dict in brackets stand in double quotes, as in JSON.
static bool is_json(Str text, const Yaml *y) {
  const Yaml *key = y->kind == YAML_DICT && y->n ? y->entries[0].key : NULL;
  if (y->kind == YAML_LIST && y->n)
    return is_json(text, y->items[0]);
  return key && key->quoted && text.ptr[key->span.at] == '"';
}

// Items that stand on lines of their own: the new one gets one too. False: they do not.
static bool add_own_line(YamlEdit *e, const Yaml *list, size_t at, Str written, Value item) {
  Str text = text_of(e);
  const Yaml *before = list->items[at - 1];
  size_t start = before->span.at, end = end_of(text, before, list->span.at), comma = end;
  if (!only_spaces(text, line_start(text, start), start))
    return false;
  while (comma < text.len && text.ptr[comma] == ' ')
    comma++;
  bool has_comma = comma < text.len && text.ptr[comma] == ',';
  if (!ends_line(text, has_comma ? comma + 1 : end))
    return false;
  Buf b = {.arena = e->arena};
  buf_add(&b, e->style.eol);
  add_indent(&b, column_of(text, start));
  buf_add(&b, written);
  if (has_comma)
    buf_addc(&b, ',');
  else
    add_piece(e, end, 0, STR(","), ORDER_INLINE);
  size_t piece = add_piece(e, line_end(text, end), 0, buf_str(&b), line_order(0, true));
  return mean(e, list, at, val_none(), item, piece);
}

static bool add_flow_item(YamlEdit *e, const Yaml *list, size_t at, Value item) {
  Str text = text_of(e);
  Buf b = {.arena = e->arena};
  for (size_t i = 0; i < list->n; i++)
    if (list->items[i]->span.at < list->span.at || !list->items[i]->span.len)
      return false;
  yaml_write_flow(&e->style, &b, item, is_json(text, list));
  Str written = buf_str(&b);
  if (at && add_own_line(e, list, at, written, item))
    return true;
  size_t place = !list->n ? start_of(text, list) + 1
                 : at     ? end_of(text, list->items[at - 1], list->span.at)
                          : list->items[0]->span.at;
  if (list->n)
    written = at ? str_cat(e->arena, STR(", "), written) : str_cat(e->arena, written, STR(", "));
  size_t piece = add_piece(e, place, 0, written, ORDER_INLINE);
  return mean(e, list, at, val_none(), item, piece);
}

bool yaml_add_item(YamlEdit *e, const Yaml *list, size_t at, Value item) {
  if (list->kind != YAML_LIST || stands_shared(e, list) || at > list->n)
    return false;
  return list->flow ? add_flow_item(e, list, at, item)
         : list->n  ? add_block_item(e, list, at, item)
                    : false;
}

// The last own key of a dict by its place.
static const YamlEntry *last_entry(const Yaml *dict) {
  const YamlEntry *last = NULL;
  for (size_t i = 0; i < dict->n; i++)
    if (is_own(dict, &dict->entries[i]) &&
        (!last || dict->entries[i].key->span.at > last->key->span.at))
      last = &dict->entries[i];
  return last;
}

static size_t entry_end(Str text, const YamlEntry *entry) {
  size_t end = (size_t)entry->key->span.at + entry->key->span.len;
  return value_is_own(entry) ? end_of(text, entry->value, end) : end;
}

static Value dict_of(Arena *a, Str key, Value value) {
  Value v = val_dict(a);
  dict_sets(a, v.dict, key, value);
  return v;
}

static bool add_flow_key(YamlEdit *e, const Yaml *dict, const YamlEntry *behind, Str key,
                         Value value) {
  Str text = text_of(e);
  Buf b = {.arena = e->arena};
  if (text.ptr[start_of(text, dict)] != '{' || (behind && !value_is_own(behind)))
    return false; // [a: 1] is a dict without braces
  yaml_write_flow(&e->style, &b, dict_of(e->arena, key, value), is_json(text, dict));
  Str written = str_sub(buf_str(&b), 1, b.len - 1); // without the braces
  if (behind)
    written = str_cat(e->arena, STR(", "), written);
  size_t at = behind ? entry_end(text, behind) : start_of(text, dict) + 1;
  size_t piece = add_piece(e, at, 0, written, ORDER_INLINE);
  return mean(e, dict, 0, val_str(key), value, piece);
}

static bool add_block_key(YamlEdit *e, const Yaml *dict, const YamlEntry *behind, Str key,
                          Value value) {
  Str text = text_of(e);
  unsigned column;
  if (!behind || !key_column(text, dict, &column))
    return false;
  Buf b = {.arena = e->arena};
  buf_add(&b, e->style.eol);
  if (dict == e->root)
    buf_add(&b, e->style.eol); // sections have an empty line between them
  add_indent(&b, column);
  yaml_write_block(&e->style, &b, dict_of(e->arena, key, value), column);
  size_t at = block_end(text, entry_end(text, behind), column);
  size_t piece = add_piece(e, at, 0, buf_str(&b), line_order(column, false));
  return mean(e, dict, 0, val_str(key), value, piece);
}

static bool is_empty(const Yaml *y) {
  return y->kind == YAML_SCALAR ? val_is_absent(y->scalar) || !y->text.len : !y->n;
}

// Of a key that stays on its line.
static void write_value(const YamlEdit *e, const Yaml *dict, const YamlStyle *style, Buf *out,
                        Value v) {
  if (dict->flow || v.kind == VAL_LIST || v.kind == VAL_DICT)
    yaml_write_flow(style, out, v, dict->flow && is_json(text_of(e), dict));
  else
    yaml_write_block(style, out, v, 0);
}

// A key with nothing behind it, null, "" or [].
static bool fill_key(YamlEdit *e, const Yaml *dict, const YamlEntry *entry, Value value) {
  Str text = text_of(e);
  const Yaml *old = entry->value;
  unsigned column;
  Buf b = {.arena = e->arena};
  size_t colon = (size_t)entry->key->span.at + entry->key->span.len;
  if (!is_empty(old) || !value_is_own(entry) || is_anchored(text, old))
    return false;
  while (colon < text.len && (text.ptr[colon] == ' ' || text.ptr[colon] == '\t'))
    colon++;
  if (colon == text.len || text.ptr[colon] != ':')
    return false; // {a} has a key a
  size_t end = (size_t)old->span.at + old->span.len, from = colon + 1;
  end = end < from || !old->span.len ? from : end;
  if (line_start(text, end) != line_start(text, from))
    return false;
  bool lines = !dict->flow && value.kind == VAL_LIST;
  if (lines && !key_column(text, dict, &column))
    return false;
  if (!lines) {
    buf_addc(&b, ' ');
    write_value(e, dict, &e->style, &b, value);
    return mean(e, dict, 0, entry->key->scalar, value,
                add_piece(e, from, end - from, buf_str(&b), ORDER_INLINE));
  }
  if (end > from)
    add_piece(e, from, end - from, (Str){0}, ORDER_INLINE);
  buf_add(&b, e->style.eol);
  add_indent(&b, column + e->style.offset);
  yaml_write_block(&e->style, &b, value, column + e->style.offset);
  return mean(e, dict, 0, entry->key->scalar, value,
              add_piece(e, line_end(text, end), 0, buf_str(&b), line_order(column, false)));
}

// An empty file, or one of comments.
static bool add_first(YamlEdit *e, Str key, Value value) {
  Buf b = {.arena = e->arena};
  if (text_of(e).len)
    buf_add(&b, e->style.eol);
  yaml_write_block(&e->style, &b, dict_of(e->arena, key, value), 0);
  size_t piece = add_piece(e, text_of(e).len, 0, buf_str(&b), ORDER_INLINE);
  return mean(e, e->root, 0, val_str(key), value, piece);
}

bool yaml_add_key(YamlEdit *e, const Yaml *dict, Str behind, Str key, Value value) {
  if (dict == e->root && dict->kind == YAML_SCALAR && is_empty(dict))
    return add_first(e, key, value);
  if (dict->kind != YAML_DICT || stands_shared(e, dict))
    return false;
  const YamlEntry *has = yaml_entry(dict, key);
  if (has)
    return is_own(dict, has) && fill_key(e, dict, has, value);
  const YamlEntry *after = behind.len ? yaml_entry(dict, behind) : last_entry(dict);
  if (after && !is_own(dict, after))
    after = last_entry(dict);
  return dict->flow ? add_flow_key(e, dict, after, key, value)
                    : add_block_key(e, dict, after, key, value);
}

bool yaml_set_text(YamlEdit *e, const Yaml *dict, Str key, Str value) {
  const YamlEntry *entry = yaml_entry(dict, key);
  Str text = text_of(e);
  if (!entry || !is_own(dict, entry) || !value_is_own(entry) || stands_shared(e, dict) ||
      entry->value->kind != YAML_SCALAR || is_anchored(text, entry->value))
    return false;
  Span span = entry->value->span;
  size_t start = start_of(text, entry->value);
  bool block = start < text.len && strchr("|>", text.ptr[start]);
  if (!span.len || block)
    return false;
  YamlStyle style = e->style;
  Buf b = {.arena = e->arena};
  char quote = entry->value->quoted ? text.ptr[start] : 0;
  if (quote) { // in the quotes that it has
    style.quote = quote;
    buf_addc(&b, quote);
    bool plain = !strpbrk(str_cstr(e->arena, value), "\"'\\") && value.len;
    buf_add(&b, value);
    buf_addc(&b, quote);
    if (!plain) {
      b.len = 0;
      write_value(e, dict, &style, &b, val_str(value));
    }
  } else
    write_value(e, dict, &style, &b, val_str(value));
  size_t piece = add_piece(e, span.at, span.len, buf_str(&b), ORDER_INLINE);
  return mean(e, dict, 0, entry->key->scalar, val_str(value), piece);
}

// --- reading back

typedef struct Reread {
  const YamlEdit *e;
  const YamlMeant *next, *end;
  const Yaml *at; // of the old tree, what is not as it was meant; NULL: all is
  Arena scratch;
} Reread;

static void compare(Reread *r, const Yaml *old, const Yaml *now);

static bool takes(Reread *r, const Yaml *of, const Yaml *now) {
  bool same = val_eq(yaml_value(&r->scratch, now), r->next->value);
  r->next += same;
  if (!same)
    r->at = of;
  return same;
}

// Whether the next thing that was meant is this key of this dict.
static bool is_meant(const Reread *r, const Yaml *dict, const Yaml *key) {
  return r->next < r->end && r->next->of == dict && val_eq(r->next->key, key->scalar);
}

static void compare_dicts(Reread *r, const Yaml *old, const Yaml *now) {
  size_t had = 0;
  for (size_t i = 0; i < now->n && !r->at; i++) {
    const YamlEntry *entry = &now->entries[i];
    bool known = old->kind == YAML_DICT && had < old->n &&
                 val_eq(old->entries[had].key->scalar, entry->key->scalar);
    if (is_meant(r, old, entry->key))
      takes(r, old, entry->value);
    else if (known)
      compare(r, old->entries[had].value, entry->value);
    else
      r->at = old;
    had += known;
  }
  if (!r->at && old->kind == YAML_DICT && had < old->n)
    r->at = old->entries[had].value;
}

static void compare_lists(Reread *r, const Yaml *old, const Yaml *now) {
  size_t had = 0;
  for (size_t i = 0; i < now->n && !r->at; i++) {
    bool meant = r->next < r->end && r->next->of == old && r->next->key.kind == VAL_NONE &&
                 r->next->at == had;
    if (meant)
      takes(r, old, now->items[i]);
    else if (had < old->n)
      compare(r, old->items[had++], now->items[i]);
    else
      r->at = old;
  }
  if (!r->at && had < old->n)
    r->at = old->items[had];
}

static void compare(Reread *r, const Yaml *old, const Yaml *now) {
  bool first = old == r->e->root && old->kind == YAML_SCALAR && now->kind == YAML_DICT;
  if (old->kind == YAML_SCALAR && !first) {
    if (now->kind != YAML_SCALAR || !val_eq(old->scalar, now->scalar) ||
        !str_eq(old->text, now->text))
      r->at = old;
  } else if (now->kind != old->kind && !first) {
    r->at = old;
  } else if (old->kind == YAML_LIST)
    compare_lists(r, old, now);
  else
    compare_dicts(r, old, now);
}

static int by_place(const void *x, const void *y) {
  const YamlMeant *a = x, *b = y;
  return a->piece < b->piece ? -1 : a->piece > b->piece;
}

// What was meant, in the order of the file.
static void sort_meant(YamlEdit *e) {
  size_t *place = arena_array(e->arena, size_t, e->patch.pieces.n + 1);
  patch_sort(&e->patch);
  for (size_t i = 0; i < e->patch.pieces.n; i++)
    place[e->patch.pieces.items[i].number] = i;
  for (size_t i = 0; i < e->meant.n; i++)
    e->meant.items[i].piece = place[e->meant.items[i].piece];
  if (e->meant.n)
    sort_items(e->meant.items, e->meant.n, sizeof *e->meant.items, by_place);
}

bool yaml_edit_close(YamlEdit *e, Str *text, Diags *diags) {
  Buf out = {.arena = e->arena};
  Diags ignored = {0};
  diags_init(&ignored);
  sort_meant(e);
  patch_apply(&e->patch, text_of(e), &out);
  *text = buf_str(&out);
  Source src = {.path = e->src->path, .text = *text};
  Reread r = {.e = e, .next = e->meant.items, .end = e->meant.items + e->meant.n};
  const Yaml *now = yaml_load(&r.scratch, &src, &ignored);
  if (now)
    compare(&r, e->root, now);
  bool good = now && !r.at && r.next == r.end;
  if (!good)
    diag_at(diags, SEV_ERROR, CODE_YAML_EDIT, e->src,
            r.at             ? r.at->span
            : r.next < r.end ? r.next->of->span
                             : (Span){0},
            "the file cannot be changed without changing what it says elsewhere");
  arena_free(&r.scratch);
  diags_free(&ignored);
  return good;
}
