// The tokens of a template, made one at a time as the parser asks. In: a Source. Out: tokens with
// their place. Leaves grammar to the parser. Bytes that are not UTF-8 are passed through.
#ifndef STARC_LEX_H
#define STARC_LEX_H
#include "../base/diag.h"
#include "../value/value.h"

typedef enum TokenKind {
  T_EOF,
  T_DATA,
  T_VAR_BEGIN,
  T_VAR_END,
  T_BLOCK_BEGIN,
  T_BLOCK_END,
  T_NAME,
  T_STRING,
  T_INT,
  T_FLOAT,
  T_ADD,
  T_SUB,
  T_DIV,
  T_FLOORDIV,
  T_MUL,
  T_MOD,
  T_POW,
  T_TILDE,
  T_LBRACKET,
  T_RBRACKET,
  T_LPAREN,
  T_RPAREN,
  T_LBRACE,
  T_RBRACE,
  T_EQ,
  T_NE,
  T_GT,
  T_GE,
  T_LT,
  T_LE,
  T_ASSIGN,
  T_DOT,
  T_COLON,
  T_PIPE,
  T_COMMA,
  T_SEMICOLON
} TokenKind;

typedef struct Token {
  uint8_t kind;     // TokenKind
  bool escapes;     // a string that is not what stands between its quotes
  uint32_t at, len; // in the text; of data: after trimming
} Token;

enum { LEX_BRACKETS = 4096 }; // open brackets at once

typedef struct Lexer {
  Str text;
  uint32_t pos;
  uint8_t mode;      // where pos is: text, a {{ tag, a {% tag; or that it failed
  bool skip_space;   // the last tag ended in "-"
  uint32_t nopen;    // brackets open in this tag
  const char *error; // set with T_EOF: what is wrong
  uint32_t error_at, error_len;
  char message[96];       // room for it
  const char *error_hint; // what to do about it, or NULL
  char open[LEX_BRACKETS];
} Lexer;

void lex_init(Lexer *l, Str text);
// The next token. When l->error is set it is T_EOF and the text is wrong at error_at.
void lex_next(Lexer *l, Token *t);

// What Jinja calls a token in messages: "end of print statement", "name", ",", ...
const char *lex_describe(TokenKind k);

// The value of a string token without its quotes, newlines made "\n" and escapes resolved as
// Python does. NULL ptr: *error says why.
Str lex_string(Arena *a, Str quoted, const char **error);
// The value of a number token.
Value lex_number(Arena *a, Str digits, bool is_float);

// How many bytes of Python's white space start at s[at] (end before s[at]); 0: none.
size_t lex_space(Str s, size_t at);
size_t lex_space_before(Str s, size_t at);
// Length of a number or identifier at s[at]; 0: none.
size_t lex_float(Str s, size_t at);
size_t lex_int(Str s, size_t at);
size_t lex_name(Str s, size_t at);
// Length of the quoted string at s[at], quotes included; 0: not closed.
size_t lex_quoted(Str s, size_t at);
// Whether s[at] opens a tag with that keyword ("{%- raw -%}"): its length, else 0. *trims: it ends
// in "-".
size_t lex_bare_tag(Str s, size_t at, Str keyword, bool *trims);

#endif
