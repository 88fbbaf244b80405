// The text of a resolved query -> nodes. One pass without recursion: what is open is a stack, and
// what has been read of the open ones lies in one array, from which each takes its own when closed.
#include "rule.h"

#include "../../base/buf.h"
#include "../../base/vec.h"

enum {
  DEEPEST = 50000,     // levels of brackets; a server's own stack ends far before
  LONGEST = 1 << 30,   // bytes of text: a count of them fits into RuleValue.n
  LONGEST_NUMBER = 10, // digits of an int or an oid
};

typedef struct Level {
  Str label;    // of a node; empty: a list
  Str field;    // whose value comes next
  bool pending; // field was read, its value was not
  size_t base;  // where what it holds begins in Reader.held
} Level;

typedef struct Reader {
  Arena *a;
  Str text;
  size_t at;
  VEC(Level) levels;
  VEC(RuleField) held;
  RuleValue result;
  const char *why;
} Reader;

static bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
static bool bracket(char c) { return c == '(' || c == ')' || c == '{' || c == '}'; }

// What stands until the next blank or bracket; a backslash keeps the byte behind it.
static Str token(Reader *r) {
  size_t from = r->at;
  while (r->at < r->text.len && !blank(r->text.ptr[r->at]) && !bracket(r->text.ptr[r->at]))
    r->at += r->text.ptr[r->at] == '\\' && r->at + 1 < r->text.len ? 2 : 1;
  return str_sub(r->text, from, r->at);
}

static RuleValue atom(Str s) {
  if (str_is(s, "<>"))
    return (RuleValue){0};
  if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
    return (RuleValue){.kind = RULE_TEXT, .n = (uint32_t)s.len - 2, .text = s.ptr + 1};
  return (RuleValue){.kind = RULE_ATOM, .n = (uint32_t)s.len, .text = s.ptr};
}

// A value is whole: it goes to what is open, else it is the result.
static void give(Reader *r, RuleValue v) {
  if (!r->levels.n) {
    r->result = v;
    return;
  }
  Level *top = &r->levels.items[r->levels.n - 1];
  vec_push(r->a, &r->held, ((RuleField){top->field, v}));
  top->field = (Str){0};
  top->pending = false;
}

static bool open_level(Reader *r, char c) {
  r->at++;
  if (r->levels.n == DEEPEST)
    return r->why = "it is nested too deep", false;
  Level level = {.base = r->held.n};
  if (c == '{' && !(level.label = token(r)).len)
    return r->why = "a node without a label", false;
  vec_push(r->a, &r->levels, level);
  return true;
}

static RuleValue list_of(Reader *r, const RuleField *held, size_t n) {
  RuleValue *items = arena_alloc(r->a, n * sizeof *items);
  for (size_t i = 0; i < n; i++)
    items[i] = held[i].value;
  return (RuleValue){.kind = RULE_LIST, .n = (uint32_t)n, .items = items};
}

static RuleValue node_of(Reader *r, Str label, const RuleField *held, size_t n) {
  RuleNode *node = arena_new(r->a, RuleNode);
  RuleField *fields = arena_alloc(r->a, n * sizeof *fields);
  if (n)
    memcpy(fields, held, n * sizeof *fields);
  *node = (RuleNode){label, fields, n};
  return (RuleValue){.kind = RULE_NODE, .n = 1, .node = node};
}

static bool close_level(Reader *r, char c) {
  Level top = r->levels.n ? r->levels.items[r->levels.n - 1] : (Level){0};
  if (!r->levels.n || (c == '}') != (top.label.len > 0) || top.pending)
    return r->why = "a bracket closes what is not open", false;
  r->at++;
  size_t n = r->held.n - top.base;
  const RuleField *held = n ? r->held.items + top.base : NULL;
  RuleValue v = top.label.len ? node_of(r, top.label, held, n) : list_of(r, held, n);
  r->levels.n--;
  r->held.n = top.base;
  give(r, v);
  return true;
}

// A token: in a node the name of a field or its value. What follows a value there, like the bytes
// of a constant in [ ], belongs to no field.
static void take_token(Reader *r) {
  Str s = token(r);
  Level *top = r->levels.n ? &r->levels.items[r->levels.n - 1] : NULL;
  if (!top || !top->label.len || top->pending) {
    give(r, atom(s));
  } else if (s.ptr[0] == ':') {
    top->field = str_sub(s, 1, s.len);
    top->pending = true;
  }
}

// One bracket or token. False: it ends here, r->why says why.
static bool advance(Reader *r) {
  while (r->at < r->text.len && blank(r->text.ptr[r->at]))
    r->at++;
  if (r->at == r->text.len)
    return r->why = r->levels.n ? "it ends too early" : "nothing is there", false;
  char c = r->text.ptr[r->at];
  if (c == ')' || c == '}')
    return close_level(r, c);
  if (c != '(' && c != '{')
    return take_token(r), true;
  const Level *top = r->levels.n ? &r->levels.items[r->levels.n - 1] : NULL;
  if (top && top->label.len && !top->pending)
    return r->why = "a value without a field", false;
  return open_level(r, c);
}

bool rule_read(Arena *a, Str text, size_t *at, RuleValue *out, const char **why) {
  Reader r = {.a = a, .text = text, .at = *at};
  *out = (RuleValue){0};
  if (text.len > LONGEST)
    return *why = "it is too long", false;
  do
    if (!advance(&r))
      return *why = r.why, false;
  while (r.levels.n);
  *out = r.result;
  *at = r.at;
  return true;
}

RuleValue rule_value(const RuleNode *node, Str field) {
  for (size_t i = 0; node && i < node->n; i++)
    if (str_eq(node->fields[i].name, field))
      return node->fields[i].value;
  return (RuleValue){0};
}

const RuleNode *rule_node(const RuleNode *node, Str field) {
  return rule_as_node(rule_value(node, field));
}

bool rule_true(const RuleNode *node, Str field) {
  RuleValue v = rule_value(node, field);
  return v.kind == RULE_ATOM && str_is(str_n(v.text, v.n), "true");
}

long rule_int(const RuleNode *node, Str field) {
  RuleValue v = rule_value(node, field);
  if (v.kind != RULE_ATOM)
    return 0;
  bool minus = v.n && v.text[0] == '-';
  long number = 0;
  for (uint32_t i = minus; i < v.n; i++) {
    if (!str_digit_char(v.text[i]) || i >= LONGEST_NUMBER + (uint32_t)minus)
      return 0;
    number = number * 10 + (v.text[i] - '0');
  }
  return minus ? -number : number;
}

Str rule_as_text(Arena *a, RuleValue v) {
  if (v.kind != RULE_ATOM && v.kind != RULE_TEXT)
    return (Str){0};
  Str written = str_n(v.text, v.n);
  if (!written.len || !memchr(written.ptr, '\\', written.len))
    return written;
  Buf out = {.arena = a};
  for (size_t i = 0; i < written.len; i++) {
    i += written.ptr[i] == '\\' && i + 1 < written.len;
    buf_addc(&out, written.ptr[i]);
  }
  return buf_str(&out);
}

Str rule_text(Arena *a, const RuleNode *node, Str field) {
  return rule_as_text(a, rule_value(node, field));
}

void rule_visit(Arena *a, RuleValue value, bool (*visit)(void *with, const RuleNode *node),
                void *with) {
  VEC(RuleValue) open = {0};
  vec_push(a, &open, value);
  while (open.n) {
    RuleValue v = open.items[--open.n];
    for (size_t i = rule_count(v); i-- > 0;)
      if (v.items[i].kind >= RULE_LIST)
        vec_push(a, &open, v.items[i]);
    if (v.kind == RULE_NODE && visit(with, v.node))
      for (size_t i = v.node->n; i-- > 0;)
        if (v.node->fields[i].value.kind >= RULE_LIST)
          vec_push(a, &open, v.node->fields[i].value);
  }
}
