// The tree of a template: made by the parser, never changed afterwards, read by the evaluator.
// Names are bound to slots of frames when the parse ends (scope.c), by Jinja's rules: a name set
// anywhere in a scope belongs to that scope; one that is only read belongs to the nearest scope
// around it that knows it; one that nobody sets comes from the host.
#ifndef STARC_AST_H
#define STARC_AST_H
#include "ops.h"

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Sym Sym;
typedef struct Scope Scope;
typedef struct Function Function;

// What a name that has no value yet means when it is read.
typedef enum Fallback {
  FALLBACK_HOST,     // ask the host
  FALLBACK_UNDEFINED // it is set further down: undefined until then
} Fallback;

// An interned name, and the symbols that mean it.
typedef struct Name {
  Str text;
  uint64_t hash;
  Sym *top;       // innermost symbol at the place being parsed or bound
  uint32_t loads; // how often it has been read so far
} Name;

// A name as one scope sees it.
struct Sym {
  Name *name;
  Scope *scope;
  Sym *shadow;      // the symbol this one hides while its scope is open
  Sym *next;        // in its scope
  const Sym *outer; // stored here and known further out: starts as a copy of that one
  bool stored, param;
  bool store_first;  // the scope sets it, without condition, before it reads it
  bool host;         // bound: nobody sets it, the host has it
  uint8_t fallback;  // Fallback, when the slot is empty
  uint16_t up;       // bound: frames to go out
  uint16_t outer_up; // frames to go out to the slot of `outer`
  uint32_t slot;     // bound: where in that frame
};

struct Scope {
  Scope *parent;
  Function *fn;
  Sym *syms, **tail;
  const Scope *isolate; // the block around it that sees nothing between it and the template
  uint32_t number;      // order of opening
  Scope *next;          // in order of opening
  const Sym **init;     // bound: symbols to reset on entry
  uint32_t ninit;
};

// What runs in a frame of its own: the template, a macro, a call block, a block, a recursive loop.
struct Function {
  Function *up;
  const Template *template;
  uint32_t nslots;
};

typedef enum ExprKind {
  EX_CONST,
  EX_NAME,
  EX_LIST,
  EX_TUPLE,
  EX_DICT,
  EX_CONCAT,
  EX_BINARY,
  EX_COMPARE,
  EX_AND,
  EX_OR,
  EX_NOT,
  EX_NEG,
  EX_POS,
  EX_COND,
  EX_ATTR,
  EX_ITEM,
  EX_SLICE,
  EX_CALL,
  EX_FILTER,
  EX_TEST,
  EX_NSREF // only as a target of set: name.attr
} ExprKind;

typedef struct Keyword {
  Str name;
  Expr *value;
} Keyword;

typedef struct ArgList {
  Expr **pos;
  Keyword *kw;
  uint32_t npos, nkw;
  Expr *star, *starstar; // *args, **kwargs
} ArgList;

typedef struct Operand {
  Op op;
  Expr *value;
} Operand;

struct Expr {
  uint8_t kind;
  uint8_t op;       // Op of a binary
  bool constant;    // Jinja would compute it when it compiles: native mode makes text of it
  bool negated;     // a test after "is not"
  uint32_t at, len; // the whole expression in the source
  uint32_t mark;    // where its operator or name is: errors point there
  union {
    Value value;
    const Sym *sym;
    Str target; // a name not bound yet
    struct {
      Expr *l, *r;
    }; // binary, and, or, not/neg/pos (l), item
    struct {
      Expr *test, *yes, *no;
    }; // no may be NULL
    struct {
      Expr **items;
      uint32_t n;
    }; // list, tuple, concat; dict: 2n
    struct {
      Expr *first;
      Operand *operands;
      uint32_t nop;
    }; // compare
    struct {
      Expr *of;
      Str attr;
    }; // attr; nsref: of is the name
    struct {
      Expr *from, *to, *step;
    }; // slice; each may be NULL
    struct {
      Expr *callee;
      const ArgList *args;
      Expr *older;
    }; // call; older: the call before it
    struct {
      Expr *input;
      const ArgList *fargs;
      const Native *builtin;
    }; // filter, test
  };
};

// A filter or test nobody has: the name is kept for the error when it runs.
typedef struct UnknownBuiltin {
  Native builtin; // fn NULL
} UnknownBuiltin;

typedef enum StmtKind {
  ST_TEXT,
  ST_OUTPUT,
  ST_IF,
  ST_FOR,
  ST_SET,
  ST_SETBLOCK,
  ST_MACRO,
  ST_CALL,
  ST_FILTER,
  ST_DO,
  ST_WITH,
  ST_BLOCK,
  ST_BREAK,
  ST_CONTINUE,
  ST_AUTOESCAPE,
  ST_FAIL
} StmtKind;

// A macro's or call block's parameters and body.
typedef struct MacroDef {
  Function fn;
  Scope *scope;
  Str name;         // for messages; "caller" for a call block
  Str *params;      // nparams names
  const Sym **syms; // and their symbols
  Expr **defaults;  // NULL: none
  uint32_t nparams;
  bool wants_caller, wants_kwargs, wants_varargs;
  bool explicit_caller;                 // one of params
  const Sym *caller, *kwargs, *varargs; // where the implicit ones go
  Stmt *body;
  Span span, head;
  Macro *macro;
} MacroDef;

typedef struct ForLoop {
  Expr *target, *iter, *test; // test may be NULL
  Expr *test_target;          // the target as the test sees it
  Scope *scope, *test_scope, *else_scope;
  Stmt *body, *otherwise;
  Function *fn;    // recursive: its own frames
  const Sym *loop; // the symbol `loop` when the body names it
} ForLoop;

typedef struct Assign {
  Expr *target, *value;
} Assign;

struct Stmt {
  uint8_t kind;
  bool elif; // an if that is the elif of the one before
  uint32_t at, len;
  Stmt *next;
  union {
    Str text;   // of the source, literally; or "\n" in place of a lone CR (then len is 1)
    Expr *expr; // output, do
    struct {
      Expr *test;
      Stmt *body, *otherwise;
    }; // if (otherwise: elif or else)
    ForLoop *loop;
    struct {
      Expr *target, *value;
    }; // set
    struct {
      Expr *btarget, *bfilter;
      Stmt *bbody;
      Scope *bscope;
    }; // block set
    struct {
      const Sym *msym;
      MacroDef *macro;
      Expr *call;
    }; // macro; call block
    struct {
      Expr *filter;
      Stmt *fbody;
      Scope *fscope;
    }; // filter; autoescape
    struct {
      Assign *with;
      uint32_t nwith;
      Stmt *wbody;
      Scope *wscope;
    };
    struct {
      struct BlockDef *block;
    };
    struct {
      const char *message, *hint;
    }; // fail
  };
};

typedef struct BlockDef {
  Function fn;
  Scope *scope;
  Str name;
  bool scoped, required;
  Stmt *body;
  struct BlockDef *next;
} BlockDef;

struct Template {
  const Source *src;
  Str text; // src->text without the one final newline that Jinja drops
  bool plain;
  Function root;
  Scope *scope;
  Stmt *body;
  Macro **macros;
  size_t nmacros, macros_cap;
  Expr *calls; // all calls, the last first
  BlockDef *blocks;
};

#endif
