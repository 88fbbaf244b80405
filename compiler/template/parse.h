// The parser's own: shared by its files (parse.c: tokens and bodies, parse_stmt.c: tags,
// parse_macro.c: macros, parse_expr.c: expressions, scope.c: names). In: tokens. Out: the tree of
// ast.h. An error leaves by longjmp to template_parse.
#ifndef STARC_PARSE_H
#define STARC_PARSE_H
#include "../base/stack.h"
#include "ast.h"
#include "lex.h"

#include <setjmp.h>

enum { PARSE_NESTING = 1000, PARSE_TAGS = PARSE_NESTING + 8 };

typedef struct Names {
  Name **slots;
  size_t n, nslots;
} Names;

// A filter or test that nobody has, met outside of any condition: an error once all else is well.
typedef struct Pending {
  const char *kind; // "filter", "test"
  Str name;
  Span span;
} Pending;

typedef struct Parser {
  Arena *arena;
  const Source *src;
  Diags *diags;
  Template *t;
  Token tok, ahead;
  bool has_ahead;
  uint32_t prev_end; // where the token before tok ended
  unsigned depth;
  const char *stack_end; // no deeper than this
  bool has_cr;           // the text has a carriage return somewhere
  Names names;
  Scope *scope, *scopes, **scopes_tail;
  uint32_t nscopes;
  Function *fn;
  unsigned loops;  // loops around this place in this function
  unsigned soft;   // inside a condition: unknown filters fail only when they run
  unsigned branch; // inside an if of this scope: what is set here may not be
  Pending *pending;
  size_t npending, pending_cap;
  void **stack; // items of lists being parsed
  size_t nstack, stack_cap;
  unsigned ntags, nends;
  bool blames_open; // the error is about the innermost open tag
  // Not cleared at the start:
  Lexer lex;
  Str tags[PARSE_TAGS];        // open tags, for messages
  const Str *ends[PARSE_TAGS]; // what closes them
  Name *first_slots[32];       // of names: nobody needs the table when the template is parsed
  jmp_buf fail;
} Parser;

// --- parse.c
_Noreturn void parse_fail(Parser *p, Span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void parse_fail_hint(Parser *p, Code code, Span span, const char *hint, const char *fmt,
                               ...) __attribute__((format(printf, 5, 6)));
void parse_advance(Parser *p);
Token parse_look(Parser *p); // the token after the current one
// The current token has this kind: goes past it, else fails as Jinja does.
void parse_expect(Parser *p, TokenKind k);
Token parse_expect_name(Parser *p); // the same for T_NAME: the token
bool parse_skip(Parser *p, TokenKind k);
// The current token is this name. Inline, for names known to the compiler.
static inline bool parse_at_word(const Parser *p, Str word) {
  return p->tok.kind == T_NAME && p->tok.len == word.len &&
         memcmp(p->lex.text.ptr + p->tok.at, word.ptr, word.len) == 0;
}
bool parse_skip_word(Parser *p, Str word);
static inline Str parse_text(const Parser *p, Token t) {
  return (Str){p->lex.text.ptr + t.at, t.len};
}
// The current token is this name: goes past it, else fails as Jinja does.
void parse_expect_word(Parser *p, Str word);
// Fails: something called `what` should stand here.
_Noreturn void parse_expected(Parser *p, Str what);
// Fails: nothing knows this tag here. {NULL}: the template ended too early.
_Noreturn void parse_fail_tag(Parser *p, Str tag, Span span);
// The filter or test whose name is nearest, or empty.
Str parse_nearest_builtin(bool filter, Str name);
// Counts nesting: enter fails past the limit or near the end of the stack.
_Noreturn void parse_too_deep(Parser *p);
static inline void parse_enter(Parser *p) {
  if (++p->depth > PARSE_NESTING || (const char *)__builtin_frame_address(0) < p->stack_end)
    parse_too_deep(p);
}
static inline void parse_leave(Parser *p) { p->depth--; }
static inline Span parse_span(const Token *t) { return (Span){t->at, t->len}; }

// Statements in a row.
typedef struct StmtList {
  Stmt *first, **tail;
} StmtList;

Stmt *parse_new(Parser *p, StmtKind kind, uint32_t at); // from `at` to the end of the last token
void parse_append(StmtList *l, Stmt *s);
// The rest of an opening tag, and the body up to one of the end tags (names, then NULL), which
// stays the current token; whole_body goes past its name.
Stmt *parse_body(Parser *p, const Str *ends);
Stmt *parse_whole_body(Parser *p, const Str *ends);

// What is true of a place and not of the scopes and functions inside it.
typedef struct Place {
  unsigned soft, branch, loops;
  Function *fn;
} Place;

// Goes inside; `fn` (or NULL) is the function that begins here. Leave with what enter gave.
Place parse_place_enter(Parser *p, Function *fn);
void parse_place_leave(Parser *p, Place was);

// --- parse_stmt.c
void parse_statement(Parser *p, StmtList *l); // the current token is the tag's name

// --- parse_macro.c: as parse_statement, of one tag
void parse_macro(Parser *p, StmtList *l); // also test and data_test
void parse_materialization(Parser *p, StmtList *l);
void parse_docs(Parser *p, StmtList *l);
void parse_call_block(Parser *p, StmtList *l);

// --- parse_expr.c
Expr *parse_expression(Parser *p);
Expr *parse_no_condition(Parser *p); // without inline if
// "a, b": a tuple, or one expression. ends_in: ends before "in" or "recursive".
Expr *parse_tuple(Parser *p, bool condition, Str end_word, bool parens);
// What can be assigned to; its names are bound later, by scope_target.
Expr *parse_target(Parser *p, Str end_word, bool with_namespace);
Str parse_target_name(Parser *p, Span *span);
// "a | b(c)" on input (may be NULL); inline_first: starts with the name, without "|".
Expr *parse_filters(Parser *p, Expr *input, bool inline_first);
ArgList *parse_args(Parser *p);
void *parse_copy_stack(Parser *p, size_t from, size_t *n); // pops items [from..) into the arena
void parse_push(Parser *p, void *item);

// --- scope.c
Name *scope_intern(Parser *p, Str text);
Scope *scope_open(Parser *p, Function *fn);
void scope_close(Parser *p);
// Closes the innermost scope for a while, and opens it again.
void scope_suspend(Parser *p);
void scope_resume(Parser *p, Scope *s);
Sym *scope_load(Parser *p, Str name);
Sym *scope_store(Parser *p, Str name);
Sym *scope_param(Parser *p, Str name);
// Binds all names of the template to slots.
void scope_bind(Parser *p);
// A copy of a target with its names bound as stored in p->scope.
Expr *scope_target(Parser *p, const Expr *target);

#endif
