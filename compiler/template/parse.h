// The parser's own: what its files share (parse_stmt: tags, parse_macro: macros, parse_expr:
// expressions, scope: names), and parse.c's tokens and bodies. In: tokens. Out: the tree of ast.h.
// An error leaves by longjmp to template_parse.
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

#endif
