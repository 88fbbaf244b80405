// ClickHouse without a connection: splitting texts into statements, reading error texts, settings.
// In: text. Out: slices of it and DbErrors. Leaves the transport to the two engines.
#include "clickhouse_common.h"

#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/sql_look.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

static bool gives_rows(Str word) {
  static const Str words[] = {STR_INIT("select"),  STR_INIT("with"),     STR_INIT("show"),
                              STR_INIT("desc"),    STR_INIT("describe"), STR_INIT("exists"),
                              STR_INIT("explain"), STR_INIT("check"),    STR_INIT("from"),
                              STR_INIT("values")};
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq_nocase(word, words[i]))
      return true;
  return false;
}

// Where an INSERT names the format of the data behind it: from there on they are no SQL.
static bool names_format(Str sql) {
  Sql s = sql_open(&sql_clickhouse, sql);
  size_t depth = 0;
  bool format = false;
  for (SqlToken t; sql_solid(&s, &t); format = !depth && sql_is(&s, &t, "format")) {
    if (format && t.kind == SQL_WORD)
      return true;
    depth += sql_is(&s, &t, "(");
    depth -= depth && sql_is(&s, &t, ")");
  }
  return false;
}

ChPiece *ch_split(Arena *a, Str sql, size_t *n) {
  VEC(ChPiece) pieces = {0};
  SqlStatement one;
  for (size_t at = 0; sql_statement(&sql_clickhouse, sql, &at, &one);) {
    while (isspace((unsigned char)sql.ptr[one.at]))
      one.at++;
    Str text = str_sub(sql, one.at, one.end), word = sql_first_word(&sql_clickhouse, text);
    bool insert = str_eq_nocase(word, STR("insert"));
    if (insert && names_format(text)) {
      text = str_sub(sql, one.at, sql.len);
      at = sql.len;
    }
    bool whole = str_eq_nocase(word, STR("explain"));
    vec_push(a, &pieces, ((ChPiece){text, one.at, gives_rows(word), whole, insert}));
  }
  *n = pieces.n;
  return pieces.items;
}

// --- errors

int ch_error_code(Str text) {
  ptrdiff_t at = str_find(text, STR("Code: "), 0);
  int code = 0;
  for (size_t i = at < 0 ? text.len : (size_t)at + 6; i < text.len; i++) {
    if (!isdigit((unsigned char)text.ptr[i]) || code > 100000)
      break;
    code = code * 10 + (text.ptr[i] - '0');
  }
  return code;
}

// clang-format off
// busy: it is about the server or the user, not about the statement.
static const struct {
  int code;
  bool busy;
  Str hint;
} cures[] = {
    {516, false, STR_INIT("check user and password of the target in profiles.yml")},
    {192, false, STR_INIT("check the user of the target in profiles.yml")},
    {193, false, STR_INIT("check the password of the target in profiles.yml")},
    {194, false, STR_INIT("the user needs a password in profiles.yml")},
    {701, false, STR_INIT("check cluster of the target in profiles.yml; the server's are in system.clusters")},
    {497, false, STR_INIT("the database user needs this right: GRANT it, or use another user")},
    {115, false, STR_INIT("check custom_settings in profiles.yml and the settings of the model")},
    {252, false, STR_INIT("too many parts: insert in larger pieces or use a coarser partition_by")},
    {44,  false, STR_INIT("a Nullable column cannot be a key: make it not nullable or set allow_nullable_key: 1 in the model's settings")},
    {76,  true,  STR_INIT("another process has the data folder open, or its files cannot be written")},
    {159, true,  STR_INIT("the query took longer than max_execution_time allows: raise it in custom_settings")},
    {164, true,  STR_INIT("the database user is read-only (profile readonly=1): it cannot change settings or data")},
    {201, true,  STR_INIT("the user has used up its quota: wait for the next interval; see system.quota_usage")},
    {202, true,  STR_INIT("wait for other queries to end, or use fewer threads; who runs them: select user, query from system.processes")},
    {241, true,  STR_INIT("the query needs more memory than allowed: max_memory_usage, or fewer threads")},
    {242, true,  STR_INIT("the table is read-only: its replica has lost the coordinator, see system.replicas")},
    {243, true,  STR_INIT("the disk of the database is full: free space there, and run it again")},
    {439, true,  STR_INIT("the server has no threads left: wait for other queries to end, or use fewer threads")},
    {473, true,  STR_INIT("another query holds a lock that this needs: run it again; see system.processes")},
    {745, true,  STR_INIT("the server is overloaded: wait for other queries to end, or use fewer threads")},
};
// clang-format on

// ILLEGAL_COLUMN has many causes, of which one has a cure here.
enum { ILLEGAL_COLUMN = 44, NOT_ENOUGH_SPACE = 243 };

static void cure(DbError *e, int code) {
  if (str_find(e->message, STR("No space left on device"), 0) >= 0) // of any code
    code = NOT_ENOUGH_SPACE;
  bool other = code == ILLEGAL_COLUMN && str_find(e->message, STR("ullable"), 0) < 0;
  for (size_t i = 0; !other && i < COUNT(cures); i++)
    if (cures[i].code == code) {
      e->hint = cures[i].hint;
      e->busy = cures[i].busy;
    }
}

// "failed at position 7 (1)" -> 6; -1 when the text names no place.
static ptrdiff_t error_position(Str text) {
  Str mark = STR("failed at position ");
  ptrdiff_t at = str_find(text, mark, 0);
  if (at < 0)
    return -1;
  ptrdiff_t n = 0;
  for (size_t i = (size_t)at + mark.len; i < text.len && isdigit((unsigned char)text.ptr[i]); i++) {
    if (n > PTRDIFF_MAX / 20)
      return -1;
    n = n * 10 + (text.ptr[i] - '0');
  }
  return n - 1;
}

// Without "Code: N. DB::Exception: " in front and " (version ...)" behind, and without the
// addresses of a stack that an error within it may have.
static Str error_core(Str text) {
  Str mark = STR("DB::Exception: ");
  text = str_trim(text);
  ptrdiff_t at = str_find(text, mark, 0);
  while (str_starts(text, STR("Code: ")) && at >= 0 && at < 40) { // one may hold another
    text = str_sub(text, (size_t)at + mark.len, text.len);
    at = str_find(text, mark, 0);
  }
  ptrdiff_t version = str_find(text, STR(" (version "), 0);
  if (version > 0 && str_ends(text, STR(")")))
    text = str_sub(text, 0, (size_t)version);
  ptrdiff_t stack = str_find(text, STR(", Stack trace (when copying"), 0);
  return stack > 0 ? str_sub(text, 0, (size_t)stack) : text;
}

// The text between two marks, from `from` on. False: they are not there.
static bool between(Str text, Str left, Str right, size_t from, Str *found, size_t *start,
                    size_t *end) {
  ptrdiff_t at = str_find(text, left, from);
  ptrdiff_t to = at < 0 ? -1 : str_find(text, right, (size_t)at + left.len);
  if (to < 0)
    return false;
  *found = str_sub(text, (size_t)at + left.len, (size_t)to);
  *start = (size_t)at;
  *end = (size_t)to + right.len;
  return true;
}

// "Syntax error: failed at position 9 (selct) (line 1, col 9): ... Expected one of: a, b, c, ..."
// -> "Syntax error at 'selct', expected one of: a, b, c": the position is of a text that the user
// did not write, and the whole list may have hundreds of words.
static Str brief_syntax(Arena *a, Str text) {
  enum { WORDS = 4 };
  Str token, list;
  size_t start, end;
  if (!str_starts(text, STR("Syntax error")) ||
      !between(text, STR("failed at position "), STR(" ("), 0, &token, &start, &end))
    return (Str){0};
  Buf b = {.arena = a};
  if (between(text, STR("("), STR(") (line "), end - 2, &token, &start, &end))
    buf_addf(&b, "Syntax error at '%.*s'", STR_ARG(token));
  else
    buf_adds(&b, "Syntax error at the end");
  if (between(text, STR("Expected one of: "), STR(". ("), end, &list, &start, &end)) {
    buf_adds(&b, ", expected one of: ");
    Str word;
    for (int i = 0; i < WORDS && str_cut(&list, ',', &word);) {
      word = str_trim(word);
      if (!str_is(word, "token") && !str_is(word, "token sequence"))
        buf_addf(&b, "%s%.*s", i++ ? ", " : "", STR_ARG(word));
    }
    if (list.len)
      buf_adds(&b, ", ...");
  }
  return buf_str(&b);
}

// The names that the server would rather have: the one nearest to the wrong name, else the first.
static Str offered(Str text, Str wrong) {
  enum { NAMES = 16 };
  Str list, part, names[NAMES];
  size_t start, end, n = 0;
  if (between(text, STR(", maybe you meant: '"), STR("'"), 0, &list, &start, &end))
    return str_nearest(wrong, &list, 1); // of "Missing columns"; it may be meant for another one
  if (!between(text, STR("aybe you meant: ["), STR("]"), 0, &list, &start, &end) &&
      !between(text, STR("aybe you meant ["), STR("]"), 0, &list, &start, &end))
    return (Str){0};
  while (n < NAMES && str_cut(&list, ',', &part)) {
    part = str_trim(part);
    if (part.len > 2)
      names[n++] = str_sub(part, 1, part.len - 1);
  }
  Str near = str_nearest(wrong, names, n);
  return near.len ? near : n ? names[0] : (Str){0};
}

// The first quoted word of a text.
static Str first_quoted(Str text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.ptr[i] == '`' || text.ptr[i] == '\'') {
      ptrdiff_t end = str_find(text, str_sub(text, i, i + 1), i + 1);
      return end < 0 ? (Str){0} : str_sub(text, i + 1, (size_t)end);
    }
  return (Str){0};
}

// Without "in scope SELECT ..." and without the names it may mean, of which one is the hint.
static Str brief_name(Arena *a, Str text, DbError *e) {
  static const char *const tails[] = {
      " in scope ",          ": In scope ",          ". In scope ",
      ". In query ",         ". Maybe you meant: [", ": Maybe you meant [",
      ": while executing '", " while processing: '", ": While processing "};
  ptrdiff_t kind = str_rfind(text, STR(" ("));
  if (kind < 0)
    return (Str){0};
  Str core = str_sub(text, 0, (size_t)kind), near = offered(core, first_quoted(core));
  if (near.len)
    e->hint = str_fmt(a, "did you mean '%.*s'?", STR_ARG(near));
  size_t end = core.len;
  for (size_t i = 0; i < COUNT(tails); i++) {
    ptrdiff_t at = str_find(core, str_c(tails[i]), 0);
    if (at < 0)
      continue;
    if (strstr(tails[i], "In ") || strstr(tails[i], " in ")) {
      Str within = str_sub(core, (size_t)at + strlen(tails[i]), core.len);
      ptrdiff_t stop = str_find(within, STR(". Maybe you meant"), 0);
      within = stop < 0 ? within : str_sub(within, 0, (size_t)stop);
      e->within = str_ends(within, STR(".")) ? str_sub(within, 0, within.len - 1) : within;
    }
    if ((size_t)at < end)
      end = (size_t)at;
  }
  if (end == core.len)
    return (Str){0};
  return str_cat(a, str_sub(core, 0, end), str_sub(text, (size_t)kind, text.len));
}

// "... of function plus" -> "+": how the function is written in a query.
static Str function_name(Str text) {
  static const char *const operators[][2] = {
      {"plus",            "+"       },
      {"minus",           "-"       },
      {"multiply",        "*"       },
      {"divide",          "/"       },
      {"modulo",          "%"       },
      {"equals",          "="       },
      {"notEquals",       "!="      },
      {"less",            "<"       },
      {"greater",         ">"       },
      {"lessOrEquals",    "<="      },
      {"greaterOrEquals", ">="      },
      {"concat",          "||"      },
      {"and",             "and"     },
      {"or",              "or"      },
      {"not",             "not"     },
      {"like",            "like"    },
      {"notLike",         "not like"},
      {"CAST",            "cast"    },
      {"in",              "in"      },
  };
  ptrdiff_t at = str_find(text, STR("unction "), 0);
  if (at < 0)
    at = str_find(text, STR("UNCTION "), 0);
  if (at < 0)
    return (Str){0};
  size_t from = (size_t)at + 8, to = from;
  while (to < text.len && str_word_char(text.ptr[to]))
    to++;
  Str name = str_sub(text, from, to);
  for (size_t i = 0; i < COUNT(operators); i++)
    if (str_eq(name, str_c(operators[i][0])))
      return str_c(operators[i][1]);
  return name;
}

// "String is not closed: Syntax error: failed at position 9 ..." and unmatched parentheses.
static Str brief_quotes(Arena *a, Str text, DbError *e) {
  ptrdiff_t at = str_find(text, STR(": Syntax error: failed at position "), 0);
  if (at > 0)
    return str_cat(a, str_sub(text, 0, (size_t)at), STR(" (SYNTAX_ERROR)"));
  e->unmatched =
      str_starts(text, STR("Syntax error")) && str_find(text, STR("Unmatched parentheses"), 0) >= 0;
  return e->unmatched ? STR("Unmatched parentheses (SYNTAX_ERROR)") : (Str){0};
}

// "Cannot parse date here: ... (at row 3)\n...Column 0, name: id, type: Date, ERROR: text "x" is
// not like Date" -> that of the column.
static Str brief_row(Arena *a, Str text, DbError *e) {
  Str row, name, type, why;
  size_t start, end;
  if (!between(text, STR("(at row "), STR(")"), 0, &row, &start, &end))
    return (Str){0};
  for (size_t i = 0; i < row.len && isdigit((unsigned char)row.ptr[i]) && e->row < 1000000000; i++)
    e->row = e->row * 10 + (row.ptr[i] - '0');
  Str first = str_sub(text, 0, start);
  ptrdiff_t wrong = str_find(text, STR(" ERROR: "), 0);
  ptrdiff_t column = wrong < 0 ? -1 : str_rfind(str_sub(text, 0, (size_t)wrong), STR("\nColumn "));
  if (column >= 0 && between(text, STR("name: "), STR(","), (size_t)column, &name, &start, &end) &&
      between(text, STR("type: "), STR(", "), (size_t)column, &type, &start, &end)) {
    e->column = str_trim(name);
    why = str_sub(text, (size_t)wrong + 8, text.len);
    ptrdiff_t line = str_find(why, STR("\n"), 0);
    why = line < 0 ? why : str_sub(why, 0, (size_t)line);
    return str_fmt(a, "column '%.*s' is %.*s: %.*s", STR_ARG(e->column), STR_ARG(str_trim(type)),
                   STR_ARG(str_trim(why)));
  }
  ptrdiff_t here = str_find(first, STR(" here: "), 0);
  return str_dup(a, str_trim(here < 0 ? first : str_sub(first, 0, (size_t)here)));
}

// The name that an error is about where it stands without quotes, or the word it is written with.
static Str bare_name(Str text) {
  static const struct {
    const char *before, *after; // after NULL: the word behind `before`
    const char *name;           // NULL: what stands there
  } forms[] = {
      {"Unknown codec family: ",                NULL,              NULL   },
      {"Unknown table engine ",                 NULL,              NULL   },
      {"Unknown data type family: ",            NULL,              NULL   },
      {"Table ",                                " does not exist", NULL   },
      {"Version column ",                       " does not exist", NULL   },
      {"Sign column ",                          " does not exist", NULL   },
      {"Multiple expressions ",                 " and ",           NULL   },
      {"Different number of columns in UNION_", NULL,              "union"},
  };
  for (size_t i = 0; i < COUNT(forms); i++) {
    Str before = str_c(forms[i].before), name;
    size_t start, end = before.len;
    if (!str_starts(text, before))
      continue;
    if (forms[i].name)
      return str_c(forms[i].name);
    while (!forms[i].after && end < text.len && str_word_char(text.ptr[end]))
      end++;
    if (!forms[i].after)
      return str_sub(text, before.len, end);
    if (between(text, before, str_c(forms[i].after), 0, &name, &start, &end))
      return name;
  }
  return (Str){0};
}

enum {
  CANNOT_PARSE = 6,
  ILLEGAL_ARGUMENT_TYPE = 43,
  UNKNOWN_FUNCTION = 46,
  UNKNOWN_IDENTIFIER = 47,
  TYPE_MISMATCH = 53,
  NO_COMMON_TYPE = 386,
  TABLE_EXISTS = 57,
  NO_TABLE = 60,
  SYNTAX_ERROR = 62,
  CANNOT_CONVERT = 70,
  NO_DATABASE = 81,
  DATABASE_EXISTS = 82,
  TIMEOUT_EXCEEDED = 159,
  ALIAS_TWICE = 179,
  MEMORY_LIMIT_EXCEEDED = 241,
  TOO_MANY_PARTS = 252,
  UNFINISHED = 341,
  NULL_IN_COLUMN = 349,
  AMBIGUOUS_COLUMN = 352,
  NO_NAMED_COLLECTION = 669,
  NOT_ENOUGH_PRIVILEGES = 497
};

// The key that the part of a table was written in which a message is about; empty: it tells none.
static Str config_of(Str message) {
  static const struct {
    const char *begins, *key;
  } parts[] = {
      {"Primary key",                    "primary_key" },
      {"Sorting key",                    "order_by"    },
      {"Partition key",                  "partition_by"},
      {"TTL ",                           "ttl"         },
      {"Too many partitions",            "partition_by"},
      {"Unknown dictionary layout type", "layout"      },
  };
  for (size_t i = 0; i < COUNT(parts); i++)
    if (str_starts(message, str_c(parts[i].begins)))
      return str_c(parts[i].key);
  return (Str){0};
}

// "Exception happened during execution of mutation 'x' with part 'y' reason: 'Code: ..": what is
// behind it is what happened.
static bool is_of_mutation(Arena *a, DbError *e, int code) {
  Str mark = STR("reason: 'Code: ");
  ptrdiff_t at = code == UNFINISHED ? str_find(e->message, mark, 0) : -1;
  if (at < 0)
    return false;
  DbError inner;
  ch_error(a, &inner, str_sub(e->message, (size_t)at + mark.len - 6, e->message.len), 0);
  inner.code = e->code;
  *e = inner;
  return true;
}

// What two columns of one name are called: "Cannot add column id: column with this name already
// exists", or the line below the first one of a "Block structure mismatch". Empty: it is not about
// that.
static Str twice_named(Str message, int code) {
  Str name = {0}, rest = message, line;
  size_t start, end;
  if (code == ILLEGAL_COLUMN && between(message, STR("Cannot add column "),
                                        STR(": column with this name"), 0, &name, &start, &end))
    return name;
  Str before = STR(" for alias ");
  if (code == ALIAS_TWICE && (between(message, before, STR(". In scope"), 0, &name, &start, &end) ||
                              between(message, before, STR(" ("), 0, &name, &start, &end)))
    return name;
  if (code != AMBIGUOUS_COLUMN || !str_cut(&rest, '\n', &line) || !str_cut(&rest, '\n', &line))
    return (Str){0};
  str_cut(&line, ' ', &name);
  return name;
}

static Str brief_twice(Arena *a, DbError *e, int code) {
  Str name = twice_named(e->message, code);
  e->column_twice = name.len > 0;
  return name.len && code != ALIAS_TWICE
             ? str_fmt(a, "two columns are named '%.*s' (%s)", STR_ARG(name),
                       code == ILLEGAL_COLUMN ? "ILLEGAL_COLUMN" : "AMBIGUOUS_COLUMN_NAME")
             : (Str){0};
}

// The error in one line, from the first reader that finds its like.
// "Correlated subqueries are not supported in JOINs yet, but found in expression:  totals." names a
// CTE, or has a whole query in the server's own words. The name is put into quotes, as others are.
static Str brief_correlated(Arena *a, DbError *e) {
  Str found;
  size_t start, end;
  if (!str_starts(e->message, STR("Correlated subqueries ")) ||
      !between(e->message, STR(" in expression: "), STR(". ("), 0, &found, &start, &end))
    return (Str){0};
  e->hint = STR("a column in it is of none of the tables that it reads itself, but of the query "
                "around it: that has to be joined there");
  found = str_trim(found);
  for (size_t i = 0; i < found.len; i++)
    if (!str_word_char(found.ptr[i]))
      return (Str){0};
  return str_fmt(a, "%.*s in expression '%.*s' (%.*s", (int)start, e->message.ptr, STR_ARG(found),
                 STR_ARG(str_sub(e->message, end, e->message.len)));
}

static Str brief_of(Arena *a, DbError *e, int code) {
  Str name;
  size_t start, end;
  if (code == NO_DATABASE &&
      between(e->message, STR("Database "), STR(" does not exist"), 0, &name, &start, &end))
    e->brief = str_fmt(a, "Database %s%.*s%s does not exist (UNKNOWN_DATABASE)",
                       str_starts(name, STR("`")) ? "" : "`", STR_ARG(name),
                       str_starts(name, STR("`")) ? "" : "`");
  if (code == TOO_MANY_PARTS && (end = (size_t)str_find(e->message, STR(". "), 0)) < 200)
    e->brief = str_cat(a, str_sub(e->message, 0, end), STR(" (TOO_MANY_PARTS)"));
  if (!e->brief.len)
    e->brief = brief_correlated(a, e);
  if (!e->brief.len)
    e->brief = brief_twice(a, e, code);
  if (!e->brief.len)
    e->brief = brief_quotes(a, e->message, e);
  if (!e->brief.len)
    e->brief = brief_syntax(a, e->message);
  if (!e->brief.len)
    e->brief = brief_row(a, e->message, e);
  return e->brief.len ? e->brief : brief_name(a, e->message, e);
}

bool ch_error(Arena *a, DbError *e, Str text, size_t at) {
  int code = ch_error_code(text);
  ptrdiff_t place = error_position(text);
  *e = (DbError){.message = engine_text(a, error_core(text)),
                 .code = code ? str_fmt(a, "%d", code) : (Str){0},
                 .at = place < 0 ? -1 : place + (ptrdiff_t)at,
                 .no_relation = code == NO_TABLE || code == NO_DATABASE,
                 .no_column = code == UNKNOWN_IDENTIFIER,
                 .no_function = code == UNKNOWN_FUNCTION || code == NO_NAMED_COLLECTION ||
                                str_starts(error_core(text), STR("Dictionary (`")),
                 .timed_out = code == TIMEOUT_EXCEEDED,
                 .no_memory = code == MEMORY_LIMIT_EXCEEDED,
                 .wrong_type = code == CANNOT_PARSE || code == TYPE_MISMATCH ||
                               code == NO_COMMON_TYPE || code == CANNOT_CONVERT ||
                               code == NULL_IN_COLUMN,
                 .wrong_argument = code == ILLEGAL_ARGUMENT_TYPE,
                 .syntax = code == SYNTAX_ERROR,
                 .denied = code == NOT_ENOUGH_PRIVILEGES,
                 .raced = code == DATABASE_EXISTS || code == TABLE_EXISTS};
  e->unknown_type = engine_word(e->message, "data type family: ", NULL);
  e->config = config_of(e->message);
  cure(e, code);
  if (is_of_mutation(a, e, code))
    return false;
  if (!e->hint.len && str_find(e->message, STR("renameTable() is not supported"), 0) >= 0)
    e->hint =
        STR("the engine of this database cannot rename tables, and so none can be put in place: "
            "use a database of the engine Atomic");
  e->brief = brief_of(a, e, code);
  e->name = bare_name(e->message);
  if (!e->name.len)
    e->name = function_name(e->message);
  if (e->column_twice)
    e->name = twice_named(e->message, code);
  Str name;
  size_t start, end;
  if (between(e->message, STR(" layout type: "), STR(":"), 0, &name, &start, &end))
    e->name = name;
  return false;
}

// --- settings

static Str setting_text(Arena *a, Value v) {
  if (v.kind == VAL_BOOL)
    return v.b ? STR("1") : STR("0");
  return val_to_str(a, v);
}

// A target whose tables have replicas: what was written has to be there wherever it is read next.
typedef enum Replicas { ANY_TARGET, REPLICATED, SHARED } Replicas;

static Replicas replicas_of(const Target *t) {
  Str engine = target_str(t, STR("database_engine"), STR(""));
  if (target_bool(t, STR("cluster_mode"), false) || str_is(engine, "Replicated"))
    return REPLICATED;
  return str_is(engine, "Shared") ? SHARED : ANY_TARGET;
}

ChSetting *ch_settings(Arena *a, const Target *t, int64_t version, size_t *n) {
  // Every statement has taken effect when it returns. 3 means "on all replicas that are up".
  static const struct {
    ChSetting s;
    int64_t since;
    Replicas only; // for such targets
  } defaults[] = {
      {{STR_INIT("mutations_sync"), STR_INIT("3")},                                   20000000, ANY_TARGET},
      {{STR_INIT("alter_sync"), STR_INIT("3")},                                       23003000, ANY_TARGET},
      {{STR_INIT("lightweight_deletes_sync"), STR_INIT("3")},                         24004000, ANY_TARGET},
      {{STR_INIT("insert_distributed_sync"), STR_INIT("1")},                          0,        ANY_TARGET},
      {{STR_INIT("allow_nondeterministic_mutations"), STR_INIT("1")},                 20000000, ANY_TARGET},
 // An insert that has returned is visible, whatever the server's default.
      {{STR_INIT("wait_for_async_insert"), STR_INIT("1")},                            21011000, ANY_TARGET},
 // Lines that are sent are rows, also where the first has the columns' names or types as
  // values.
      {{STR_INIT("input_format_tsv_detect_header"), STR_INIT("0")},                   23001000, ANY_TARGET},
 // 2328.60 of a Decimal(12, 2) is not shown as 2328.6.
      {{STR_INIT("output_format_decimal_trailing_zeros"), STR_INIT("1")},             22003000, ANY_TARGET},
      {{STR_INIT("database_replicated_enforce_synchronous_settings"), STR_INIT("1")},
       20000000,                                                                                REPLICATED},
      {{STR_INIT("insert_quorum"), STR_INIT("auto")},                                 22003000, REPLICATED},
      {{STR_INIT("select_sequential_consistency"), STR_INIT("1")},                    20000000, SHARED    },
  };
  // The engine inside asks servers and stores for files. Its own numbers, 10 and 500, are minutes
  // of waiting for one that is not there. A server's are its own: it may have its tables in a
  // store.
  static const ChSetting inside[] = {
      {STR_INIT("http_max_tries"),    STR_INIT("3")},
      {STR_INIT("s3_retry_attempts"), STR_INIT("4")}
  };
  Value custom = target_value(t, STR("custom_settings"));
  const Dict *d = custom.kind == VAL_DICT ? custom.dict : NULL;
  ChSetting *out = arena_array(a, ChSetting, COUNT(defaults) + COUNT(inside) + (d ? d->n : 0) + 1);
  Replicas replicas = replicas_of(t);
  *n = 0;
  for (size_t i = 0; i < COUNT(defaults); i++)
    if (version >= defaults[i].since && (!defaults[i].only || defaults[i].only == replicas) &&
        !(d && dict_gets(d, defaults[i].s.name)))
      out[(*n)++] = defaults[i].s;
  for (size_t i = 0; t->inside && i < COUNT(inside); i++)
    if (!(d && dict_gets(d, inside[i].name)))
      out[(*n)++] = inside[i];
  size_t at = 0;
  for (DictEntry *e; d && (e = dict_next(d, &at));)
    if (!t->reads_only || !str_is(val_to_str(a, e->key), "readonly"))
      out[(*n)++] = (ChSetting){val_to_str(a, e->key), setting_text(a, e->value)};
  if (t->reads_only) // 2: other settings may change, this one may not
    out[(*n)++] = (ChSetting){STR("readonly"), STR("2")};
  return out;
}

static void quote(Buf *out, Str text, char q) {
  buf_addc(out, q);
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == q || text.ptr[i] == '\\')
      buf_addc(out, '\\');
    buf_addc(out, text.ptr[i]);
  }
  buf_addc(out, q);
}

Str ch_name(Arena *a, Str word) {
  char quote = word.len > 1 ? word.ptr[0] : 0;
  if (quote != '`' && quote != '"')
    return str_dup(a, word);
  Buf out = {.arena = a};
  for (size_t i = 1; i + 1 < word.len; i++) {
    bool escape = (word.ptr[i] == '\\' || word.ptr[i] == quote) && i + 2 < word.len;
    buf_addc(&out, word.ptr[i += escape]);
  }
  return buf_str(&out);
}

void ch_quote(Buf *out, Str text) { quote(out, text, '\''); }
void ch_quote_name(Buf *out, Str name) { quote(out, name, '`'); }

int64_t ch_version_number(Str text) {
  int64_t part[3] = {0};
  size_t n = 0;
  for (size_t i = 0; i < text.len && n < 3; i++) {
    if (text.ptr[i] == '.')
      n++;
    else if (isdigit((unsigned char)text.ptr[i]) && part[n] < 100000)
      part[n] = part[n] * 10 + (text.ptr[i] - '0');
    else
      break;
  }
  return part[0] * 1000000 + part[1] * 1000 + part[2];
}

Str ch_insert_head(Arena *a, Str head, Str from) {
  head = str_trim(head);
  while (str_ends(head, STR(";")))
    head = str_trim(str_sub(head, 0, head.len - 1));
  size_t word = head.len;
  while (word && str_word_char(head.ptr[word - 1]))
    word--;
  Str before = str_trim(str_sub(head, 0, word));
  if (before.len > 6 && str_eq_nocase(str_sub(before, before.len - 6, before.len), STR("format")))
    head = str_trim(str_sub(before, 0, before.len - 6));
  return str_fmt(a, "%.*s%.*s FORMAT TabSeparated\n", STR_ARG(head), STR_ARG(from));
}

typedef struct OneText {
  Arena *arena;
  Str text;
} OneText;

static bool first_cell(void *data, const Cell *cells, size_t n) {
  OneText *one = data;
  one->text = n ? str_dup(one->arena, cells[0].text) : (Str){0};
  return true;
}

bool ch_version(Session *s, Arena *a, Str *text, int64_t *number, DbError *error) {
  OneText one = {.arena = a};
  RowSink sink = {.data = &one, .row = first_cell};
  Stmt stmt = {.sql = STR("SELECT version()"), .idempotent = true};
  StmtResult result;
  if (!s->engine->exec(s, a, &stmt, &sink, &result, error))
    return false;
  *text = one.text;
  *number = ch_version_number(one.text);
  return true;
}
