// Errors of Postgres. In: a failed result of libpq. Out: a DbError: what is wrong, where in the
// text or in the data that were sent, the kinds that others ask for, what can be done about it.
#include "postgres_session.h"

#include "../../compiler/base/utf8.h"

#include <ctype.h>
#include <stdlib.h>

static ptrdiff_t byte_position(Str sql, const char *position) {
  long n = position ? strtol(position, NULL, 10) : 0;
  return n < 1 ? -1 : (ptrdiff_t)utf8_offset(sql, (size_t)n - 1);
}

static Str field(Arena *a, const PGresult *r, int code) {
  const char *text = pq.PQresultErrorField(r, code);
  return text ? engine_text(a, str_c(text)) : (Str){0};
}

static Str join_detail(Arena *a, Str detail, Str more) {
  if (!detail.len || !more.len)
    return detail.len ? detail : more;
  return str_fmt(a, "%.*s\n%.*s", STR_ARG(detail), STR_ARG(more));
}

// "COPY t, line 3, column id: "x"" -> 3, id. PostgreSQL counts lines from 1.
static void copy_place(DbError *e, Str context) {
  ptrdiff_t copy = str_starts(context, STR("COPY ")) ? 0 : str_find(context, STR("\nCOPY "), 0);
  ptrdiff_t at = copy < 0 ? -1 : str_find(context, STR(", line "), (size_t)copy);
  if (at < 0)
    return;
  size_t i = (size_t)at + 7;
  for (; i < context.len && isdigit((unsigned char)context.ptr[i]) && e->row < 1000000000; i++)
    e->row = e->row * 10 + (context.ptr[i] - '0');
  Str rest = str_sub(context, i, context.len);
  ptrdiff_t end = str_find(rest, STR(": "), 0), line = str_find(rest, STR("\n"), 0);
  if (end < 0 || (line >= 0 && line < end))
    end = line < 0 ? (ptrdiff_t)rest.len : line;
  if (str_starts(rest, STR(", column ")) && end > 9)
    e->column = str_sub(rest, 9, (size_t)end);
}

// The excerpt of a message may run over lines: "... at or near "'abc".
static Str one_line(Arena *a, Str message) {
  ptrdiff_t end = str_find(message, STR("\n"), 0);
  return end < 0 ? (Str){0} : str_cat(a, str_sub(message, 0, (size_t)end), STR("..."));
}

// "permission denied for schema x" -> what somebody with more rights can do about it.
static Str grant_hint(Arena *a, Str message) {
  static const char *const rights[][2] = {
      {"database", "CREATE ON DATABASE"     },
      {"schema",   "USAGE, CREATE ON SCHEMA"},
      {"table",    "SELECT ON"              },
      {"view",     "SELECT ON"              },
      {"sequence", "USAGE ON SEQUENCE"      },
      {"function", "EXECUTE ON FUNCTION"    },
  };
  Str rest = message, mark = STR("permission denied for ");
  if (!str_starts(rest, mark))
    return STR("the database user needs a right it does not have: GRANT it, or use another user");
  rest = str_sub(rest, mark.len, rest.len);
  ptrdiff_t space = str_find(rest, STR(" "), 0);
  for (size_t i = 0; space > 0 && i < COUNT(rights); i++)
    if (str_eq(str_sub(rest, 0, (size_t)space), str_c(rights[i][0])))
      return str_fmt(a, "the user of the target needs GRANT %s %.*s, or use another user or schema",
                     rights[i][1], STR_ARG(str_sub(rest, (size_t)space + 1, rest.len)));
  return STR("the database user needs a right it does not have: GRANT it, or use another user");
}

// What an error without a position is about: an operator, a type.
static Str named_by(Arena *a, Str code, Str message) {
  Str mark = STR("type "), rest = str_sub(message, mark.len, message.len);
  ptrdiff_t end = str_find(rest, STR(" does not exist"), 0);
  Str twice = engine_word(message, "column \"", "\" specified more than once");
  Str value = STR("invalid input syntax for type ");
  if (str_is(code, "22012"))
    return STR("/"); // division by zero
  if (twice.len)
    return str_dup(a, twice);
  if (str_starts(message, value)) { // it may be cast once: "x::date"
    ptrdiff_t colon = str_find(message, STR(":"), 0);
    return colon < 0 ? (Str){0} : str_dup(a, str_sub(message, value.len, (size_t)colon));
  }
  return str_starts(message, mark) && end > 0 ? str_dup(a, str_sub(rest, 0, (size_t)end))
                                              : (Str){0};
}

// What is the matter with the server or the session rather than with the statement.
static const struct {
  const char *code, *text; // the SQLSTATE, and what the message holds, NULL: anything
  const char *hint;
} busy_cures[] = {
    {"55P03", NULL,
     "another session holds a lock that this needs: wait for it, or raise lock_timeout; who "
     "it is: select pid, query from pg_stat_activity where state <> 'idle'"                             },
    {"57014", "statement timeout",
     "statement_timeout is too short for it: raise it for this user, or with `options` in "
     "profiles.yml"                                                                                     },
    {"57P01", NULL,                "the server ended the connection: is it shutting down?"              },
    {"57P02", NULL,                "the server ended: look at its log, then try again"                  },
    {"57P03", NULL,                "the server is starting up or shutting down: try again in a moment"  },
    {"53100", NULL,                "the disk of the server is full"                                     },
    {"53200", NULL,                "the server has no memory left: fewer threads, or a smaller work_mem"},
    {"53300", NULL,                "the server is full: fewer threads, or raise max_connections"        },
    {"40P01", NULL,                "another session waited for what this one held: run it again"        },
    {"25006", NULL,
     "the server or the session is read-only: is it a standby, or is "
     "default_transaction_read_only on?"                                                                },
};

static void note_busy(DbError *e) {
  for (size_t i = 0; i < COUNT(busy_cures) && !e->busy; i++) {
    Str text = str_c(busy_cures[i].text ? busy_cures[i].text : "");
    e->busy = str_eq(e->code, str_c(busy_cures[i].code)) && str_find(e->message, text, 0) >= 0;
    if (e->busy && !e->hint.len)
      e->hint = str_c(busy_cures[i].hint);
  }
}

// Of a hint as "Perhaps you meant to reference the column "a.id".": the bare name of the column.
static Str nearest_column(Str hint) {
  Str lead = STR("Perhaps you meant to reference the column \"");
  ptrdiff_t end = str_starts(hint, lead) ? str_find(hint, STR("\""), lead.len) : -1;
  Str name = end < 0 ? (Str){0} : str_sub(hint, lead.len, (size_t)end);
  ptrdiff_t dot = str_rfind(name, STR("."));
  return str_sub(name, (size_t)(dot + 1), name.len);
}

// What the SQLSTATE tells beyond that.
static void note_kind(DbError *e) {
  static const struct {
    const char *code, *constraint;
  } broken[] = {
      {"23502", "not_null"   },
      {"23503", "foreign_key"},
      {"42830", "foreign_key"},
      {"23514", "check"      },
      {"23505", "unique"     },
  };
  for (size_t i = 0; i < COUNT(broken); i++)
    if (str_eq(e->code, str_c(broken[i].code)))
      e->constraint = str_c(broken[i].constraint);
  e->syntax = str_is(e->code, "42601");
  e->denied = str_is(e->code, "42501");
  e->deadlock = str_is(e->code, "40P01");
  e->raced = str_is(e->code, "23505") || str_is(e->code, "42P06") || str_is(e->code, "XX000");
  e->unknown_type = engine_word(e->message, "type \"", "\" does not exist");
  e->nearest = nearest_column(e->hint);
}

void pg_statement_failed(Arena *a, DbError *e, Str sql, const PGresult *r) {
  Str message = field(a, r, PG_DIAG_MESSAGE_PRIMARY);
  if (!message.len)
    message = engine_text(a, str_c(pq.PQresultErrorMessage(r)));
  if (!message.len)
    message = STR("the server gives no reason");
  *e = (DbError){.message = message,
                 .hint = field(a, r, PG_DIAG_MESSAGE_HINT),
                 .code = field(a, r, PG_DIAG_SQLSTATE),
                 .at = byte_position(sql, pq.PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION))};
  e->brief = one_line(a, message);
  e->no_relation = str_is(e->code, "42P01") || str_is(e->code, "3F000");
  e->no_function = str_is(e->code, "42883") && str_starts(message, STR("function "));
  e->timed_out = str_is(e->code, "57014") && str_find(message, STR("statement timeout"), 0) >= 0;
  e->locked = str_is(e->code, "55P03");
  e->no_memory = str_is(e->code, "53200");
  e->alone = str_is(e->code, "25001") || str_is(e->code, "2D000");
  e->no_column = str_is(e->code, "42703");
  e->wrong_type = str_is(e->code, "42804");
  e->wrong_argument = str_is(e->code, "42883") && str_starts(message, STR("operator "));
  e->column_twice = str_is(e->code, "42701");
  note_kind(e);
  note_busy(e);
  e->name = named_by(a, e->code, message);
  copy_place(e, field(a, r, PG_DIAG_CONTEXT));
  if (str_is(e->code, "42501") && !e->hint.len)
    e->hint = grant_hint(a, message);
  e->detail = join_detail(a, field(a, r, PG_DIAG_MESSAGE_DETAIL), field(a, r, PG_DIAG_CONTEXT));
}
