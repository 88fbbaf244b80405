// See stale.h. A column that is missed may come of the mended node if that node's own text writes
// the name or a star. Through a node that is good a column comes only with a star, a type always.
#include "stale.h"
#include "../../compiler/dialect/sql_look.h"
#include "../run/errors.h"

typedef struct Search {
  const Stale *stale;
  const SqlRules *rules;
  const Diag *diag;
  const Node *found; // that is not certain
} Search;

bool message_names_column(Str message, Str column) {
  Str name;
  for (size_t i = 0; next_quoted(message, &i, &name);) {
    ptrdiff_t dot = str_rfind(name, STR("."));
    if (str_eq_nocase(name, column) ||
        (dot >= 0 && str_eq_nocase(str_sub(name, (size_t)dot + 1, name.len), column)))
      return true;
  }
  Arena a = {0};
  bool found = str_find(message, str_fmt(&a, ".%.*s ", STR_ARG(column)), 0) >= 0;
  arena_free(&a);
  return found;
}

// Whether a star stands where columns are listed, and is no product or argument.
static bool is_star(const Sql *s, const SqlToken *t, const SqlToken *before) {
  static const char *const words[] = {"select", "distinct", "all", ",", ".", NULL};
  return sql_is(s, t, "columns") || (sql_is(s, t, "*") && sql_among(s, before, words));
}

// Whether the query of a node passes on columns that its text does not name. A text that nobody
// could make may do anything.
static bool has_star(const Search *s, const CheckedNode *c) {
  Str code = c->result ? c->result->compiled_code : (Str){0};
  Sql sql = sql_open(s->rules, code);
  SqlToken before = {0};
  for (SqlToken t; sql_solid(&sql, &t); before = t)
    if (is_star(&sql, &t, &before))
      return true;
  return !code.len;
}

// Whether its own text writes a column that the error is about.
static bool may_write(const Search *s, const CheckedNode *c) {
  Sql sql = sql_open(s->rules, c->result ? c->result->compiled_code : (Str){0});
  for (SqlToken t; sql_solid(&sql, &t);) {
    Str name = sql_text(&sql, &t);
    if (t.kind == SQL_NAME && name.len > 2)
      name = str_sub(name, 1, name.len - 1);
    if ((t.kind == SQL_NAME || t.kind == SQL_WORD) && message_names_column(s->diag->message, name))
      return true;
  }
  return false;
}

static bool is_certain(void *data, const Node *parent);

// Whether what the node reads is certain.
static bool reads_certain(Search *s, const Node *n) {
  return !reads_each(s->stale->reads, n, is_certain, s);
}

static bool is_certain(void *data, const Node *parent) {
  Search *s = data;
  const CheckedNode *c = s->stale->known[parent->index];
  if (!c || s->stale->supposed[parent->index])
    return true;
  bool of_type = s->diag->code == CODE_SQL_TYPE || s->diag->code == CODE_CONTRACT_MISMATCH;
  bool old = c->stood_in && !c->made;
  if (old && (of_type || has_star(s, c) || may_write(s, c))) {
    s->found = c->state == CHECK_PARENT ? c->because : parent;
    return false;
  }
  return !(of_type || has_star(s, c)) || reads_certain(s, parent);
}

const Node *stale_above(const Stale *stale, const Node *n, const Diag *d) {
  Search s = {.stale = stale, .rules = stale->rules, .diag = d};
  Code code = d->code;
  bool follows = code == CODE_MISSING_COLUMN || code == CODE_DUPLICATE_COLUMN ||
                 code == CODE_CONFIG_VALUE || code == CODE_SQL_TYPE ||
                 code == CODE_CONTRACT_MISMATCH;
  if (!follows)
    return NULL;
  reads_begin(stale->reads);
  reads_certain(&s, n);
  return s.found;
}
