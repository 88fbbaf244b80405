// Values as JSON and as pprint spreads them. In: a Value. Out: text. Leaves artifacts' streamed
// JSON to value/json.
#include "builtins_json.h"

#include "../ops_access.h"
#include "methods_seq.h"
#include "named_tuple.h"
#include "std.h"
#include "std_text.h"

#include <math.h>

static void json_text(Buf *out, Str s) {
  buf_addc(out, '"');
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    static const char escapes[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    const char *e = c < 128 && c ? strchr(escapes, (int)c) : NULL;
    while (e && (e - escapes) % 2)
      e = strchr(e + 1, (int)c);
    if (e)
      buf_addf(out, "\\%c", e[1]);
    else if (c >= 32 && c < 127)
      buf_addc(out, (char)c);
    else if (c < 0x10000)
      buf_addf(out, "\\u%04x", c);
    else
      buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
               0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  buf_addc(out, '"');
}

typedef struct Dumper {
  Eval *ev;
  Buf *out;
  bool sort;
  int indent;
} Dumper;

static void new_line(Dumper *d, int depth) {
  if (d->indent < 0)
    return;
  buf_addc(d->out, '\n');
  for (int64_t i = 0; i < (int64_t)d->indent * depth; i++)
    buf_addc(d->out, ' ');
}

static void comma(Dumper *d, bool first, int depth) {
  if (!first)
    buf_add(d->out, d->indent < 0 ? STR(", ") : STR(","));
  new_line(d, depth);
}

// A key as text: numbers and constants as JSON spells them.
static Str json_key(Dumper *d, Value key) {
  Buf b = {.arena = eval_arena(d->ev)};
  if (key.kind == VAL_STR)
    return val_text(key);
  if (key.kind == VAL_FLOAT)
    val_print_json_float(&b, key.f);
  else if (key.kind == VAL_BOOL)
    buf_add(&b, key.b ? STR("true") : STR("false"));
  else if (key.kind == VAL_NONE)
    buf_adds(&b, "null");
  else if (val_is_whole(key))
    val_print(&b, key);
  else
    eval_fail(d->ev, "keys must be str, int, float, bool or None, not %s", val_type_name(key));
  return buf_str(&b);
}

static void json_value(Dumper *d, Value v, int depth);

static void json_dict(Dumper *d, const Dict *dict, int depth) {
  Arena *a = eval_arena(d->ev);
  size_t n = 0, at = 0;
  Value *keys = arena_array(a, Value, dict->n + 1), *values = arena_array(a, Value, dict->n + 1);
  for (DictEntry *e; (e = dict_next(dict, &at)); n++) {
    keys[n] = e->key;
    values[n] = tuple_of(a, (Value[]){e->key, e->value}, 2);
  }
  if (d->sort)
    sort_values(d->ev, values, keys, n, false, true);
  buf_addc(d->out, '{');
  for (size_t i = 0; i < n; i++) {
    comma(d, !i, depth + 1);
    json_text(d->out, json_key(d, values[i].list->items[0]));
    buf_adds(d->out, ": ");
    json_value(d, values[i].list->items[1], depth + 1);
  }
  if (n)
    new_line(d, depth);
  buf_addc(d->out, '}');
}

static void json_list(Dumper *d, const List *l, int depth) {
  buf_addc(d->out, '[');
  for (size_t i = 0; i < l->n; i++) {
    comma(d, !i, depth + 1);
    json_value(d, l->items[i], depth + 1);
  }
  if (l->n)
    new_line(d, depth);
  buf_addc(d->out, ']');
}

static void json_value(Dumper *d, Value v, int depth) {
  if (depth > 900)
    eval_fail(d->ev, "Circular reference detected");
  eval_step(d->ev, 1);
  if (v.kind == VAL_STR)
    json_text(d->out, val_text(v));
  else if (v.kind == VAL_NONE)
    buf_adds(d->out, "null");
  else if (v.kind == VAL_BOOL)
    buf_add(d->out, v.b ? STR("true") : STR("false"));
  else if (val_is_whole(v))
    val_print(d->out, v);
  else if (v.kind == VAL_FLOAT)
    val_print_json_float(d->out, v.f);
  else if (val_is_seq(v))
    json_list(d, v.list, depth);
  else if (v.kind == VAL_DICT)
    json_dict(d, v.dict, depth);
  else if (v.kind == VAL_OBJECT &&
           (v.obj->type->iter == named_iter || !strcmp(v.obj->type->name, "_GroupTuple")))
    json_list(d, ops_list(d->ev, v).list, depth);
  else
    eval_fail(d->ev, "Object of type %s is not JSON serializable", val_type_name(v));
}

void json_dump(Eval *ev, Buf *out, Value v, bool sort_keys, int indent) {
  json_value(&(Dumper){ev, out, sort_keys, indent}, v, 0);
}

Str ops_json(Eval *ev, Value v, bool sort_keys, int indent) {
  Buf b = {.arena = eval_arena(ev)};
  json_dump(ev, &b, v, sort_keys, indent);
  return buf_str(&b);
}

Value f_tojson(Eval *ev, const Value *v) {
  int indent = v[1].kind == VAL_NONE ? -1 : (int)need_int(ev, v[1], -1000, 1000, "indent");
  if (v[1].kind != VAL_NONE && indent < 0)
    indent = 0;
  Str s = ops_json(ev, v[0], true, indent);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < s.len; i++)
    if (strchr("<>&'", s.ptr[i]))
      buf_addf(&b, "\\u%04x", (unsigned char)s.ptr[i]);
    else
      buf_addc(&b, s.ptr[i]);
  return str_value(&b, VAL_SAFE);
}

// --- pprint: what does not fit into 80 columns is spread, one item per line
typedef struct Printer {
  Eval *ev;
  Buf *out;
} Printer;

// Python's order for keys of any types: as they compare, else by type name.
static bool keys_sorted(Eval *ev, const Dict *d, Value *items) {
  size_t n = 0, at = 0;
  Value *keys = arena_array(eval_arena(ev), Value, d->n + 1);
  bool same = true;
  for (DictEntry *e; (e = dict_next(d, &at)); n++) {
    keys[n] = e->key;
    items[n] = tuple_of(eval_arena(ev), (Value[]){e->key, e->value}, 2);
    same = same &&
           (val_is_number(keys[n]) ? val_is_number(keys[0]) : keys[n].kind == keys[0].kind) &&
           (val_is_number(keys[n]) || keys[n].kind == VAL_STR);
  }
  for (size_t i = 0; !same && i < n; i++)
    keys[i] = str_c_value(val_type_name(keys[i]));
  sort_values(ev, items, keys, n, false, true);
  return n > 0;
}

// repr with the keys of dicts in order.
static void sorted_repr(Eval *ev, Buf *out, Value v, int depth) {
  if (depth > 900)
    eval_fail_code(ev, CODE_NESTED_TOO_DEEP, "nested too deep to print");
  eval_step(ev, 1);
  if (v.kind == VAL_DICT) {
    Value *items = arena_array(eval_arena(ev), Value, v.dict->n + 1);
    keys_sorted(ev, v.dict, items);
    buf_addc(out, '{');
    for (size_t i = 0; i < v.dict->n; i++) {
      if (i)
        buf_adds(out, ", ");
      sorted_repr(ev, out, items[i].list->items[0], depth + 1);
      buf_adds(out, ": ");
      sorted_repr(ev, out, items[i].list->items[1], depth + 1);
    }
    buf_addc(out, '}');
  } else if (val_is_seq(v)) {
    bool tuple = v.kind == VAL_TUPLE;
    buf_addc(out, tuple ? '(' : '[');
    for (size_t i = 0; i < v.list->n; i++) {
      if (i)
        buf_adds(out, ", ");
      sorted_repr(ev, out, v.list->items[i], depth + 1);
    }
    if (tuple && v.list->n == 1)
      buf_addc(out, ',');
    buf_addc(out, tuple ? ')' : ']');
  } else {
    val_repr(out, v);
  }
}

static void pad(Buf *out, int64_t n) {
  for (; n > 0; n--)
    buf_addc(out, ' ');
}

static void pretty(Printer *p, Value v, int64_t indent, int64_t allowance, int level);

static void pretty_items(Printer *p, const List *l, int64_t indent, int64_t allowance, int level,
                         bool tuple) {
  buf_addc(p->out, tuple ? '(' : '[');
  for (size_t i = 0; i < l->n; i++) {
    if (i) {
      buf_adds(p->out, ",\n");
      pad(p->out, indent + 1);
    }
    bool last = i + 1 == l->n;
    pretty(p, l->items[i], indent + 1, last ? allowance + (tuple && l->n == 1 ? 2 : 1) : 1, level);
  }
  if (tuple && l->n == 1)
    buf_addc(p->out, ',');
  buf_addc(p->out, tuple ? ')' : ']');
}

static void pretty_dict(Printer *p, const Dict *d, int64_t indent, int64_t allowance, int level) {
  Value *items = arena_array(eval_arena(p->ev), Value, d->n + 1);
  keys_sorted(p->ev, d, items);
  buf_addc(p->out, '{');
  for (size_t i = 0; i < d->n; i++) {
    if (i) {
      buf_adds(p->out, ",\n");
      pad(p->out, indent + 1);
    }
    Buf key = {.arena = eval_arena(p->ev)};
    sorted_repr(p->ev, &key, items[i].list->items[0], 0);
    buf_add(p->out, buf_str(&key));
    buf_adds(p->out, ": ");
    bool last = i + 1 == d->n;
    pretty(p, items[i].list->items[1], indent + 1 + (int64_t)utf8_count(buf_str(&key)) + 2,
           last ? allowance + 1 : 1, level);
  }
  buf_addc(p->out, '}');
}

static Str repr_of(Eval *ev, Str s) {
  Buf b = {.arena = eval_arena(ev)};
  val_repr(&b, val_str(s));
  return buf_str(&b);
}

// The pieces a long text is spread over: its lines, and long lines by words.
static void text_pieces(Printer *p, Str s, int64_t width, int64_t allowance, List *pieces) {
  Arena *a = eval_arena(p->ev);
  Value lines = str_splitlines(a, s, true);
  for (size_t i = 0; i < lines.list->n; i++) {
    Str line = val_text(lines.list->items[i]);
    int64_t room = width - (i + 1 == lines.list->n ? allowance : 0);
    if ((int64_t)utf8_count(repr_of(p->ev, line)) <= room) {
      list_push(a, pieces, val_str(repr_of(p->ev, line)));
      continue;
    }
    size_t start = 0, end = 0; // the piece gathered so far
    while (end < line.len) {
      size_t next = end; // a word and the white space behind it
      while (next < line.len && !utf8_isspace(utf8_next(line, &(size_t){next})))
        utf8_next(line, &next);
      while (next < line.len && utf8_isspace(utf8_next(line, &(size_t){next})))
        utf8_next(line, &next);
      int64_t most = next == line.len && i + 1 == lines.list->n ? width - allowance : width;
      if (end > start && (int64_t)utf8_count(repr_of(p->ev, str_sub(line, start, next))) > most) {
        list_push(a, pieces, val_str(repr_of(p->ev, str_sub(line, start, end))));
        start = end;
      }
      end = next;
      eval_step(p->ev, 1);
    }
    if (end > start)
      list_push(a, pieces, val_str(repr_of(p->ev, str_sub(line, start, end))));
  }
}

static void pretty_text(Printer *p, Str s, int64_t indent, int64_t allowance, int level) {
  if (!s.len) {
    buf_adds(p->out, "''");
    return;
  }
  bool top = level == 1;
  Value pieces = val_list(eval_arena(p->ev), 8);
  indent += top;
  allowance += top;
  text_pieces(p, s, 80 - indent, allowance, pieces.list);
  if (pieces.list->n == 1) {
    buf_add(p->out, val_text(pieces.list->items[0]));
    return;
  }
  if (top)
    buf_addc(p->out, '(');
  for (size_t i = 0; i < pieces.list->n; i++) {
    if (i) {
      buf_addc(p->out, '\n');
      pad(p->out, indent);
    }
    buf_add(p->out, val_text(pieces.list->items[i]));
  }
  if (top)
    buf_addc(p->out, ')');
}

static void pretty(Printer *p, Value v, int64_t indent, int64_t allowance, int level) {
  if (level > 900)
    eval_fail_code(p->ev, CODE_NESTED_TOO_DEEP, "nested too deep to print");
  eval_step(p->ev, 1 + (uint64_t)indent / 16);
  Buf whole = {.arena = eval_arena(p->ev)};
  sorted_repr(p->ev, &whole, v, 0);
  bool spread = (int64_t)utf8_count(buf_str(&whole)) > 80 - indent - allowance;
  if (spread && v.kind == VAL_DICT && v.dict->n)
    pretty_dict(p, v.dict, indent, allowance, level + 1);
  else if (spread && val_is_seq(v))
    pretty_items(p, v.list, indent, allowance, level + 1, v.kind == VAL_TUPLE);
  else if (spread && v.kind == VAL_STR && !(v.flags & VAL_SAFE))
    pretty_text(p, val_text(v), indent, allowance, level + 1);
  else
    buf_add(p->out, buf_str(&whole));
}

Value f_pprint(Eval *ev, const Value *v) {
  Buf b = {.arena = eval_arena(ev)};
  pretty(&(Printer){ev, &b}, v[0], 0, 0, 0);
  return str_value(&b, 0);
}
