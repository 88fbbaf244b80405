// In: a node's result and the width of a terminal. Out: one line that fits into it. On a wide
// terminal all is in columns; on others the kind is left out, and a name that does not fit loses
// its schema before it is cut. Leaves the clock before the line and the time of printing to
// output.c.
#include "node_line.h"

#include "../../compiler/base/utf8.h"

enum {
  CLOCK = 10,       // columns of "12:34:56  "
  KIND = 11,        // columns of a kind
  WIDE_NAME = 46,   // a name's column where nothing is cut
  WIDEST_NAME = 60, // a wide terminal gives it no more
  OUTCOME = 14,     // "  1234567 rows"
  SECONDS = 10,     // "     0.03s"
};

static const char *const words[] = {
    [RUN_SUCCESS] = "OK",   [RUN_ERROR] = "ERROR", [RUN_SKIPPED] = "SKIP",
    [RUN_PARTIAL] = "PART", [RUN_NOOP] = "NO-OP",  [RUN_PASS] = "PASS",
    [RUN_WARN] = "WARN",    [RUN_FAIL] = "FAIL",   [RUN_RUNTIME_ERROR] = "ERROR",
};

static const char *const colors[] = {
    [RUN_SUCCESS] = "32", [RUN_ERROR] = "31", [RUN_SKIPPED] = "33",
    [RUN_PARTIAL] = "33", [RUN_NOOP] = "33",  [RUN_PASS] = "32",
    [RUN_WARN] = "33",    [RUN_FAIL] = "31",  [RUN_RUNTIME_ERROR] = "31",
};

static size_t digits(size_t n) {
  size_t d = 1;
  while (n /= 10)
    d++;
  return d;
}

static void pad(Buf *out, size_t from, size_t to) {
  while (from++ < to)
    buf_addc(out, ' ');
}

// Rows, how many failed, or why a node was skipped; may be empty.
static Str outcome_of(Arena *a, const RunResult *r) {
  if (r->status == RUN_SKIPPED)
    return r->cause ? str_fmt(a, "%.*s failed", STR_ARG(r->cause->name)) : STR("");
  if (r->node->kind == NODE_TEST && r->failures > 0)
    return str_fmt(a, "%lld failing", (long long)r->failures);
  if (r->node->kind == NODE_LOAD && str_starts(r->message, STR("would "))) // a dry run
    return r->message;
  if (r->rows >= 0 && !str_is(node_materialized(r->node), "view"))
    return str_fmt(a, "%lld row%s", (long long)r->rows, r->rows == 1 ? "" : "s");
  return STR("");
}

// "shop.orders", "orders::a_unit_test"; *last is what of it tells the node from others.
static Str name_of(Arena *a, const Node *n, Str *last) {
  *last = n->name;
  if (n->kind == NODE_UNIT_TEST)
    return str_fmt(a, "%.*s::%.*s", STR_ARG(n->unit->tested->name), STR_ARG(n->name));
  if (n->kind == NODE_TEST || n->kind == NODE_OPERATION || !n->schema.len)
    return n->name;
  *last = n->alias;
  return str_fmt(a, "%.*s.%.*s", STR_ARG(n->schema), STR_ARG(n->alias));
}

// The name in `room` columns, cut only where `fit`.
static void add_name(Buf *out, Arena *a, const Node *n, size_t room, bool fit) {
  Str last, name = name_of(a, n, &last);
  if (fit && utf8_width(name) > room)
    name = utf8_fit(a, last, room);
  buf_add(out, name);
  pad(out, utf8_width(name), room);
}

static void add_right(Buf *out, Str text, size_t columns) {
  pad(out, utf8_width(text), columns);
  buf_add(out, text);
}

// The name, and right of it the outcome and the seconds, up to the last column.
static void add_narrow(Buf *out, Arena *a, const RunResult *r, size_t left) {
  Buf right = {.arena = a};
  Str outcome = utf8_fit(a, outcome_of(a, r), left / 2);
  if (outcome.len)
    buf_addf(&right, "  %.*s", STR_ARG(outcome));
  if (r->status != RUN_SKIPPED)
    buf_addf(&right, "  %.2fs", r->seconds);
  size_t used = utf8_width(buf_str(&right)) + 1; // the last column stays free
  add_name(out, a, r->node, left > used ? left - used : 1, true);
  buf_add(out, buf_str(&right));
}

// Kind, name, outcome and seconds in columns; an outcome that is not there, or long, changes how
// much the name has.
static void add_wide(Buf *out, Arena *a, const RunResult *r, size_t width, bool fit) {
  const Node *n = r->node;
  Str kind = n->kind == NODE_MODEL ? node_materialized(n) : node_kind_names[n->kind];
  Str outcome = outcome_of(a, r);
  buf_addf(out, "%-*.*s  ", KIND, STR_ARG(kind));
  if (kind.len > KIND && width > kind.len) // a long kind takes of the name's room
    width -= kind.len - KIND;
  if (r->status == RUN_SKIPPED) { // no seconds: the cause has their room
    add_name(out, a, n, width - 10, fit);
    buf_adds(out, "  ");
    add_right(out, fit ? utf8_fit(a, outcome, OUTCOME + SECONDS + 8) : outcome,
              OUTCOME + SECONDS + 8);
    return;
  }
  add_name(out, a, n, outcome.len ? width : width + OUTCOME, fit);
  if (outcome.len) {
    buf_adds(out, "  ");
    add_right(out, outcome, OUTCOME - 2);
  }
  buf_addf(out, "  %7.2fs", r->seconds);
}

void node_line(Buf *out, const NodeStep *e, bool colored, size_t columns) {
  Arena a = {0};
  const RunResult *r = e->result;
  int wide = (int)digits(e->total);
  const char *color = colored ? colors[r->status] : NULL;
  buf_addf(out, "%*zu of %zu  ", wide, e->index, e->total);
  if (color)
    buf_addf(out, "\033[%sm", color);
  buf_addf(out, "%-5s", words[r->status]);
  if (color)
    buf_adds(out, "\033[0m");
  buf_adds(out, "  ");
  size_t begun = CLOCK + 2 * (size_t)wide + 13;
  size_t left = columns > begun ? columns - begun : 1;
  size_t name = left > KIND + OUTCOME + SECONDS + 3 ? left - (KIND + OUTCOME + SECONDS + 3) : 0;
  if (!columns)
    add_wide(out, &a, r, WIDE_NAME, false);
  else if (name >= WIDE_NAME)
    add_wide(out, &a, r, name > WIDEST_NAME ? WIDEST_NAME : name, true);
  else
    add_narrow(out, &a, r, left);
  arena_free(&a);
}
