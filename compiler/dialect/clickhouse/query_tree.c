// See query_tree.h. Two blanks a level: the parent of a line is the last one before it that stands
// further left. A line that starts with no word is a part of the one before it, for names may hold
// line ends. Each byte is looked at a fixed number of times.
#include "query_tree.h"

#include "../../base/vec.h"

static const struct {
  Str text;
  TreeWord word;
} words[] = {
    {STR_INIT("COLUMN"),                    TREE_COLUMN            },
    {STR_INIT("FUNCTION"),                  TREE_FUNCTION          },
    {STR_INIT("ARGUMENTS"),                 TREE_ARGUMENTS         },
    {STR_INIT("LIST"),                      TREE_LIST              },
    {STR_INIT("CONSTANT"),                  TREE_CONSTANT          },
    {STR_INIT("EXPRESSION"),                TREE_EXPRESSION        },
    {STR_INIT("PROJECTION COLUMNS"),        TREE_PROJECTION_COLUMNS},
    {STR_INIT("PROJECTION"),                TREE_PROJECTION        },
    {STR_INIT("JOIN TREE"),                 TREE_JOIN_TREE         },
    {STR_INIT("QUERY"),                     TREE_QUERY             },
    {STR_INIT("TABLE"),                     TREE_TABLE             },
    {STR_INIT("WHERE"),                     TREE_WHERE             },
    {STR_INIT("UNION"),                     TREE_UNION             },
    {STR_INIT("QUERIES"),                   TREE_QUERIES           },
    {STR_INIT("JOIN"),                      TREE_JOIN              },
    {STR_INIT("LEFT TABLE EXPRESSION"),     TREE_TABLE_EXPRESSION  },
    {STR_INIT("RIGHT TABLE EXPRESSION"),    TREE_TABLE_EXPRESSION  },
    {STR_INIT("TABLE EXPRESSION"),          TREE_TABLE_EXPRESSION  },
    {STR_INIT("JOIN EXPRESSION"),           TREE_JOIN_EXPRESSION   },
    {STR_INIT("JOIN EXPRESSIONS"),          TREE_JOIN_EXPRESSION   },
    {STR_INIT("CROSS JOIN"),                TREE_CROSS_JOIN        },
    {STR_INIT("ARRAY_JOIN"),                TREE_ARRAY_JOIN        },
    {STR_INIT("TABLE_FUNCTION"),            TREE_TABLE_FUNCTION    },
    {STR_INIT("LAMBDA"),                    TREE_LAMBDA            },
    {STR_INIT("SORT"),                      TREE_SORT              },
    {STR_INIT("WINDOW"),                    TREE_WINDOW            },
    {STR_INIT("PARTITION BY"),              TREE_PARTITION_BY      },
    {STR_INIT("ORDER BY"),                  TREE_ORDER_BY          },
    {STR_INIT("GROUP BY"),                  TREE_GROUP_BY          },
    {STR_INIT("HAVING"),                    TREE_HAVING            },
    {STR_INIT("PREWHERE"),                  TREE_PREWHERE          },
    {STR_INIT("QUALIFY"),                   TREE_QUALIFY           },
    {STR_INIT("LIMIT BY LIMIT"),            TREE_LIMIT             },
    {STR_INIT("LIMIT BY OFFSET"),           TREE_OFFSET            },
    {STR_INIT("LIMIT BY"),                  TREE_LIMIT_BY          },
    {STR_INIT("LIMIT"),                     TREE_LIMIT             },
    {STR_INIT("OFFSET"),                    TREE_OFFSET            },
    {STR_INIT("PARAMETERS"),                TREE_PARAMETERS        },
    {STR_INIT("CORRELATED COLUMNS"),        TREE_CORRELATED_COLUMNS},
    {STR_INIT("MATERIALIZED CTE SUBQUERY"), TREE_CTE_SUBQUERY      },
    {STR_INIT("WITH"),                      TREE_WITH              },
    {STR_INIT("FRAME BEGIN OFFSET"),        TREE_FRAME             },
    {STR_INIT("FRAME END OFFSET"),          TREE_FRAME             },
    {STR_INIT("FILL FROM"),                 TREE_FILL              },
    {STR_INIT("FILL TO"),                   TREE_FILL              },
    {STR_INIT("FILL STEP"),                 TREE_FILL              },
    {STR_INIT("FILL STALENESS"),            TREE_FILL              },
    {STR_INIT("INTERPOLATE"),               TREE_INTERPOLATE       },
    {STR_INIT("INTERPOLATE_EXPRESSION"),    TREE_EXPRESSION        },
    {STR_INIT("IDENTIFIER"),                TREE_IDENTIFIER        },
    {STR_INIT("MATCHER"),                   TREE_MATCHER           },
    {STR_INIT("SETTINGS"),                  TREE_SETTINGS          },
};

static bool capital(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

// How many bytes of a line are words in capitals, with one blank between them.
static size_t capitals(Str line) {
  size_t end = 0;
  for (size_t at = 0; at < line.len && capital(line.ptr[at]); at = end + 1) {
    for (end = at; end < line.len && capital(line.ptr[end]);)
      end++;
    if (end < line.len && line.ptr[end] != ' ')
      return at ? at - 1 : 0; // a word that goes on in small letters is none
    if (end == line.len)
      break;
  }
  return end;
}

// The number behind " id: ", which makes a line a node.
static uint32_t read_id(Str rest) {
  if (!str_starts(rest, STR(" id: ")))
    return TREE_NO_ID;
  uint64_t id = 0;
  size_t at = 5;
  for (; at < rest.len && str_digit_char(rest.ptr[at]) && id < TREE_NO_ID; at++)
    id = id * 10 + (uint64_t)(rest.ptr[at] - '0');
  bool ends = at == rest.len || rest.ptr[at] == ',';
  return at > 5 && ends && id < TREE_NO_ID ? (uint32_t)id : TREE_NO_ID;
}

// What may stand behind the word of a section: nothing, or the name of what is below.
static bool may_follow(TreeWord word, Str rest) {
  return !rest.len || str_is(rest, " ") || word == TREE_EXPRESSION || word == TREE_SETTINGS;
}

// Reads the start of a line; false: it is no line of its own.
static bool read_start(Str line, TreeNode *n) {
  Str start = str_sub(line, 0, capitals(line)), rest = str_sub(line, start.len, line.len);
  if (!start.len)
    return false;
  n->word = TREE_OTHER;
  n->id = read_id(rest);
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq(words[i].text, start))
      n->word = words[i].word;
  if (n->id == TREE_NO_ID && n->word == TREE_OTHER)
    for (size_t i = 0; i < COUNT(words); i++) // "EXPRESSION ID": a name in capitals
      if ((words[i].word == TREE_EXPRESSION || words[i].word == TREE_SETTINGS) &&
          str_starts(line, words[i].text) && line.ptr[words[i].text.len] == ' ')
        n->word = words[i].word;
  return n->id != TREE_NO_ID || may_follow(n->word, rest);
}

typedef struct Level {
  size_t indent;
  uint32_t at, children;
} Level;

typedef struct Reader {
  Arena *a;
  VEC(TreeNode) nodes;
  VEC(Level) open; // the lines above this one, each further right than the one before it
  size_t names;    // below PROJECTION COLUMNS: where names start; else 0
} Reader;

// Ends what stands as far right as `indent`, or further.
static void close_to(Reader *r, size_t indent) {
  while (r->open.n && r->open.items[r->open.n - 1].indent >= indent)
    r->nodes.items[r->open.items[--r->open.n].at].end = (uint32_t)r->nodes.n;
}

static void add(Reader *r, size_t indent, TreeNode n) {
  close_to(r, indent);
  Level *up = r->open.n ? &r->open.items[r->open.n - 1] : NULL;
  n.parent = up ? up->at : 0;
  n.nth = up ? up->children++ : 0;
  r->names = n.word == TREE_PROJECTION_COLUMNS ? indent + 2 : n.word == TREE_NAME ? r->names : 0;
  vec_push(r->a, &r->open, ((Level){.indent = indent, .at = (uint32_t)r->nodes.n}));
  vec_push(r->a, &r->nodes, n);
}

static size_t indent_of(Str line) {
  size_t indent = 0;
  while (indent < line.len && line.ptr[indent] == ' ')
    indent++;
  return indent;
}

// The line goes on with the one before it.
static void join(Reader *r, Str line) {
  TreeNode *last = &r->nodes.items[r->nodes.n - 1];
  last->text.len = (size_t)(line.ptr + line.len - last->text.ptr);
}

// Of the lines below PROJECTION COLUMNS only the word that ends them is known.
static void read_name(Reader *r, Str line) {
  size_t indent = indent_of(line);
  TreeNode n = {.text = str_sub(line, r->names, line.len), .word = TREE_NAME, .id = TREE_NO_ID};
  if (indent >= r->names)
    add(r, r->names, n);
  else if (indent + 2 == r->names && str_is(str_sub(line, indent, line.len), "PROJECTION"))
    add(r, indent,
        (TreeNode){str_sub(line, indent, line.len), TREE_PROJECTION, TREE_NO_ID, 0, 0, 0});
  else
    join(r, line);
}

static const char *read_line(Reader *r, Str line) {
  size_t indent = indent_of(line);
  TreeNode n = {.text = str_sub(line, indent, line.len)};
  if (r->names)
    read_name(r, line);
  else if (read_start(n.text, &n) && !r->nodes.n == !indent) // the root alone stands at the left
    add(r, indent, n);
  else if (r->nodes.n)
    join(r, line);
  return r->nodes.n ? NULL : "the answer is not the tree of a query";
}

// Ids of an honest tree are less than its lines; others are not looked up.
static void note_ids(Arena *a, QueryTree *t) {
  uint32_t *by_id = arena_array(a, uint32_t, (size_t)t->n + 1);
  for (uint32_t i = 0; i < t->n; i++)
    if (t->nodes[i].id <= t->n && !by_id[t->nodes[i].id])
      by_id[t->nodes[i].id] = i + 1;
  t->by_id = by_id;
  t->nids = t->n + 1;
}

const char *query_tree_read(Arena *a, Str text, QueryTree *out) {
  *out = (QueryTree){0};
  if (text.len > INT32_MAX)
    return "the tree of the query is larger than 2 GB";
  Reader r = {.a = a};
  Str line;
  for (Str rest = text; str_cut(&rest, '\n', &line);) {
    const char *wrong = line.len ? read_line(&r, line) : NULL;
    if (wrong)
      return wrong;
  }
  close_to(&r, 0);
  if (!r.nodes.n || (r.nodes.items[0].word != TREE_QUERY && r.nodes.items[0].word != TREE_UNION))
    return "the answer is not the tree of a query";
  out->nodes = r.nodes.items;
  out->n = (uint32_t)r.nodes.n;
  note_ids(a, out);
  return NULL;
}

// Whether ", key: " stands at s[at].
static bool key_at(Str s, size_t at, Str key) {
  return at + key.len + 4 <= s.len && memcmp(s.ptr + at, ", ", 2) == 0 &&
         memcmp(s.ptr + at + 2, key.ptr, key.len) == 0 &&
         memcmp(s.ptr + at + 2 + key.len, ": ", 2) == 0;
}

// Where a value ends: before the next key.
static size_t value_end(Str s, size_t from) {
  for (size_t at = from; at + 2 < s.len; at++) {
    if (s.ptr[at] != ',' || s.ptr[at + 1] != ' ')
      continue;
    size_t end = at + 2;
    while (end < s.len && (s.ptr[end] == '_' || (s.ptr[end] >= 'a' && s.ptr[end] <= 'z')))
      end++;
    if (end > at + 2 && end + 1 < s.len && s.ptr[end] == ':' && s.ptr[end + 1] == ' ')
      return at;
    at = end - 1;
  }
  return s.len;
}

// Of these the last one of a line is meant. The rest up to it may be a name.
static bool last_counts(Str key) {
  return str_among(key, "result_type source_id constant_value_type");
}

static ptrdiff_t last_key(Str s, Str key) {
  for (size_t at = s.len; at-- > 0;)
    if (s.ptr[at] == ',' && key_at(s, at, key))
      return (ptrdiff_t)at;
  return -1;
}

static ptrdiff_t first_key(Str s, Str key) {
  for (size_t at = 0; at < s.len; at++)
    if (s.ptr[at] == ',' && key_at(s, at, key))
      return (ptrdiff_t)at;
  return -1;
}

// A line without what stands behind its names and values: behind the last of those keys.
static Str before_last(Str s, const char *key) {
  ptrdiff_t at = last_key(s, str_c(key));
  return at < 0 ? s : str_sub(s, 0, (size_t)at);
}

Str tree_field(const TreeNode *n, const char *name) {
  Str s = n->text, key = str_c(name);
  bool last = last_counts(key), text = str_among(key, "column_name constant_value");
  if (n->word == TREE_COLUMN && !str_is(key, "source_id"))
    s = before_last(s, "source_id");
  if (text)
    s = before_last(s, n->word == TREE_COLUMN ? "result_type" : "constant_value_type");
  ptrdiff_t at = last ? last_key(s, key) : first_key(s, key);
  if (at < 0)
    return (Str){0};
  size_t from = (size_t)at + key.len + 4;
  return str_sub(s, from, last || text ? s.len : value_end(s, from));
}

Str tree_type(const TreeNode *n) {
  if (n->word == TREE_COLUMN || n->word == TREE_FUNCTION)
    return tree_field(n, "result_type");
  return n->word == TREE_CONSTANT ? tree_field(n, "constant_value_type") : (Str){0};
}

bool tree_constant_text(Arena *a, const TreeNode *n, Str *out) {
  Str s = n->word == TREE_CONSTANT ? tree_field(n, "constant_value") : (Str){0};
  if (s.len < 2 || s.ptr[0] != '\'' || s.ptr[s.len - 1] != '\'')
    return false;
  s = str_sub(s, 1, s.len - 1);
  char *text = arena_alloc(a, s.len);
  size_t len = 0;
  for (size_t i = 0; i < s.len; i++) {
    i += s.ptr[i] == '\\' && i + 1 < s.len;
    text[len++] = s.ptr[i];
  }
  *out = str_n(text, len);
  return true;
}

const TreeNode *tree_by_id(const QueryTree *t, uint32_t id) {
  return id < t->nids && t->by_id[id] ? &t->nodes[t->by_id[id] - 1] : NULL;
}

const TreeNode *tree_source(const QueryTree *t, const TreeNode *column) {
  Str digits = column->word == TREE_COLUMN ? tree_field(column, "source_id") : (Str){0};
  uint64_t id = 0;
  if (!str_all_digits(digits) || digits.len > 9)
    return NULL;
  for (size_t i = 0; i < digits.len; i++)
    id = id * 10 + (uint64_t)(digits.ptr[i] - '0');
  return tree_by_id(t, (uint32_t)id);
}

const TreeNode *tree_parent(const QueryTree *t, const TreeNode *n) {
  return n == t->nodes ? NULL : &t->nodes[n->parent];
}

const TreeNode *tree_first(const QueryTree *t, const TreeNode *n) {
  uint32_t at = (uint32_t)(n - t->nodes);
  return at + 1 < n->end ? n + 1 : NULL;
}

const TreeNode *tree_next(const QueryTree *t, const TreeNode *n) {
  return n != t->nodes && n->end < t->nodes[n->parent].end ? &t->nodes[n->end] : NULL;
}

const TreeNode *tree_child(const QueryTree *t, const TreeNode *n, TreeWord word) {
  for (const TreeNode *c = tree_first(t, n); c; c = tree_next(t, c))
    if (c->word == word)
      return c;
  return NULL;
}

const TreeNode *tree_list(const QueryTree *t, const TreeNode *n, TreeWord word) {
  const TreeNode *section = tree_child(t, n, word);
  return section ? tree_child(t, section, TREE_LIST) : NULL;
}

uint32_t tree_count(const QueryTree *t, const TreeNode *n) {
  uint32_t count = 0;
  for (const TreeNode *c = tree_first(t, n); c; c = tree_next(t, c))
    count++;
  return count;
}

// Where the bracket or quote that ends at `end` was opened; -1: nowhere.
static ptrdiff_t opened(Str s, size_t end) {
  long depth = 0;
  for (size_t at = end; at-- > 0;) {
    char c = s.ptr[at];
    if (c == '\'' || c == '`')
      while (at > 0 && (s.ptr[at - 1] != c || (at > 1 && s.ptr[at - 2] == '\\')))
        at--;
    if ((c == '\'' || c == '`') && !at--)
      return -1;
    depth += (c == ')') - (c == '(');
    if (c == '(' && depth == 0)
      return (ptrdiff_t)at;
  }
  return -1;
}

Str tree_name(const TreeNode *line, Str type) {
  Str s = line->text;
  if (type.len && str_ends(s, type) && s.len > type.len && s.ptr[s.len - type.len - 1] == ' ')
    return str_sub(s, 0, s.len - type.len - 1);
  size_t end = s.len;
  if (end && s.ptr[end - 1] == ')') {
    ptrdiff_t at = opened(s, end);
    end = at < 0 ? 0 : (size_t)at;
  }
  while (end > 0 && s.ptr[end - 1] != ' ')
    end--;
  return end ? str_sub(s, 0, end - 1) : s;
}
