// In: the row of a native function and the arguments of a call. Out: a Value for each name of its
// signature, or an error in Python's words that shows the signature. Leaves the functions
// themselves to the tables that list them.
#include "signature.h"

#include "../base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

// --- reading a signature

static const Undef not_given = {.name = STR_INIT("")};

bool native_given(Value v) { return v.kind != VAL_UNDEF || v.undef != &not_given; }

static bool is_required(const Signature *s, unsigned i) { return s->required >> i & 1; }

// One part of a signature, up to a comma that stands in no text.
static Str next_part(Str *rest) {
  bool quoted = false;
  size_t n = 0;
  for (; n < rest->len && (quoted || rest->ptr[n] != ','); n++)
    quoted ^= rest->ptr[n] == '\'';
  Str part = str_trim(str_sub(*rest, 0, n));
  *rest = str_sub(*rest, n + 1, rest->len);
  return part;
}

static bool number_of(Str s, Value *out) {
  char text[32], *end;
  if (!s.len || s.len >= sizeof text)
    return false;
  memcpy(text, s.ptr, s.len);
  text[s.len] = 0;
  *out = val_int(strtoll(text, &end, 10));
  if (*end)
    *out = val_float(strtod(text, &end));
  return !*end;
}

static bool default_of(Str s, Value *out) {
  static const struct {
    const char *word;
    Value value;
  } words[] = {
      {"none",  {.kind = VAL_NONE}                      },
      {"true",  {.kind = VAL_BOOL, .b = true}           },
      {"false", {.kind = VAL_BOOL}                      },
      {"...",   {.kind = VAL_UNDEF, .undef = &not_given}},
      {"[]",    {.kind = VAL_LIST}                      },
      {"{}",    {.kind = VAL_DICT}                      },
  };
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_eq(s, str_c(words[i].word))) {
      *out = words[i].value;
      return true;
    }
  if (s.len < 2 || s.ptr[0] != '\'' || s.ptr[s.len - 1] != '\'')
    return number_of(s, out);
  *out = val_str(str_sub(s, 1, s.len - 1));
  return true;
}

static bool is_name(Str s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (!i || c < '0' || c > '9'))
      return false;
  }
  return s.len > 0;
}

static const char *add_name(Signature *s, Str part) {
  Param *p = &s->params[s->n];
  ptrdiff_t equals = str_find(part, STR("="), 0);
  if (equals < 0)
    s->required |= UINT32_C(1) << s->n;
  p->name = equals < 0 ? part : str_sub(part, 0, (size_t)equals);
  if (equals >= 0 && !default_of(str_sub(part, (size_t)equals + 1, part.len), &p->otherwise))
    return "a default is none, true, false, ..., [], {}, a number or a text in single quotes";
  return is_name(p->name) ? NULL : "a name has letters, digits and underscores";
}

// Where places end: at `*` or `*name`. Later names are given by name only.
static const char *add_part(Signature *s, Str part, bool *places) {
  if (s->named < SIGNATURE_MOST)
    return "something stands behind **name";
  if (str_is(part, "/")) {
    s->only_at = s->n;
    return *places ? NULL : "/ stands behind *";
  }
  if (str_starts(part, STR("**"))) {
    s->named = s->n;
    s->params[s->n].name = str_sub(part, 2, part.len);
  } else if (str_starts(part, STR("*"))) {
    if (!*places)
      return "* stands there twice";
    *places = false;
    if (part.len == 1)
      return NULL;
    s->rest = s->n;
    s->params[s->n].name = str_sub(part, 1, part.len);
  } else {
    const char *wrong = add_name(s, part);
    if (wrong)
      return wrong;
    s->by_at += *places;
  }
  s->n++;
  return is_name(s->params[s->n - 1].name) ? NULL : "a name has letters, digits and underscores";
}

// At most so many names does it have.
static size_t names_in(const char *text) {
  size_t n = 1;
  for (; *text; text++)
    n += *text == ',';
  return n;
}

static void read_signature(Signature *s) {
  Str rest = str_c(s->text);
  bool places = true;
  s->rest = s->named = SIGNATURE_MOST;
  if (names_in(s->text) > SIGNATURE_MOST)
    s->wrong = "too many names";
  while (rest.len && !s->wrong)
    s->wrong = add_part(s, next_part(&rest), &places);
  s->self = s->n && str_is(s->params[0].name, "self");
  if (s->self && !s->only_at)
    s->only_at = 1;
  for (unsigned i = 1; i < s->by_at; i++)
    if (is_required(s, i) && !is_required(s, i - 1))
      s->wrong = "a name without a default stands behind one with a default";
}

// All that were read. Who asks first adds one; two threads that ask at once may both.
enum { BUCKETS = 512 };
static _Atomic(Signature *) known[BUCKETS];

static const Signature *learn(const char *text, _Atomic(Signature *) *bucket) {
  Signature *s = memory_must(calloc(1, sizeof *s + names_in(text) * sizeof *s->params));
  s->text = text;
  read_signature(s);
  s->next = atomic_load(bucket);
  while (!atomic_compare_exchange_weak(bucket, &s->next, s))
    continue;
  return s;
}

const Signature *signature_of(const char *text) {
  _Atomic(Signature *) *bucket = &known[(uintptr_t)text * UINT64_C(0x9E3779B97F4A7C15) >> 55];
  const Signature *s = atomic_load_explicit(bucket, memory_order_acquire);
  while (s && s->text != text)
    s = s->next;
  return s ? s : learn(text, bucket);
}

// --- errors

static Str full_name(Arena *a, const char *of, const Native *n) {
  return of ? str_fmt(a, "%s.%s", of, n->name) : str_c(n->name);
}

Str native_usage(Arena *a, const char *of, const Native *n) {
  Str text = str_c(n->signature);
  if (signature_of(n->signature)->self) {
    next_part(&text);
    text = str_trim(text);
    if (str_starts(text, STR("/")))
      next_part(&text);
  }
  return str_fmt(a, "%.*s(%.*s)", STR_ARG(full_name(a, of, n)), STR_ARG(str_trim(text)));
}

// Fails with the function's name before the words, and the signature as the hint.
static _Noreturn __attribute__((format(printf, 3, 4))) void misfit(Eval *ev, const Func *f,
                                                                   const char *fmt, ...) {
  Buf b = {.arena = eval_arena(ev)};
  va_list words;
  va_start(words, fmt);
  buf_addvf(&b, fmt, words);
  va_end(words);
  Str hint = str_fmt(b.arena, "it is %.*s", STR_ARG(native_usage(b.arena, f->of, f->native)));
  eval_fail_hint(ev, CODE_WRONG_ARGUMENT, hint, "%.*s() %.*s",
                 STR_ARG(full_name(b.arena, f->of, f->native)), STR_ARG(buf_str(&b)));
}

// Whether Python would have written it in C: nothing can be given by name.
static bool places_only(const Signature *s) {
  return s->only_at >= s->by_at && s->n == s->by_at && s->by_at > s->self;
}

static unsigned least_of(const Signature *s) {
  unsigned n = s->self;
  while (n < s->by_at && is_required(s, n))
    n++;
  return n - s->self;
}

static _Noreturn void wrong_count(Eval *ev, const Func *f, const Signature *s, size_t given) {
  size_t least = least_of(s), most = s->by_at - s->self, n = given < least ? least : most;
  if (most == 0)
    misfit(ev, f, "takes no %s (%zu given)", s->n > s->self ? "positional arguments" : "arguments",
           given);
  if (places_only(s))
    misfit(ev, f, "takes %s %zu argument%s (%zu given)",
           least == most   ? "exactly"
           : given < least ? "at least"
                           : "at most",
           n, n == 1 ? "" : "s", given);
  Str from = least < most ? str_fmt(eval_arena(ev), "from %zu to ", least) : STR("");
  misfit(ev, f, "takes %.*s%zu positional argument%s but %zu %s given", STR_ARG(from), most,
         least == most && most == 1 ? "" : "s", given, given == 1 ? "was" : "were");
}

static _Noreturn void unknown_name(Eval *ev, const Func *f, const Signature *s, Str name) {
  if (s->only_at >= s->by_at && s->by_at + (s->rest < s->n) == s->n)
    misfit(ev, f, "takes no keyword arguments");
  Str names[SIGNATURE_MOST];
  size_t n = 0;
  for (unsigned i = s->only_at; i < s->n; i++)
    if (i != s->rest && i != s->named)
      names[n++] = s->params[i].name;
  Arena *a = eval_arena(ev);
  eval_fail_unknown(
      ev, CODE_WRONG_ARGUMENT,
      (Unknown){.name = name,
                .names = names,
                .n = n,
                .otherwise = str_fmt(a, "it is %.*s", STR_ARG(native_usage(a, f->of, f->native)))},
      "%.*s() got an unexpected keyword argument '%.*s'", STR_ARG(full_name(a, f->of, f->native)),
      STR_ARG(name));
}

static _Noreturn void missing(Eval *ev, const Func *f, const Signature *s, uint64_t given,
                              size_t npos) {
  unsigned i = 0;
  while (!is_required(s, i) || given >> i & 1)
    i++;
  if (places_only(s))
    wrong_count(ev, f, s, npos);
  misfit(ev, f, "missing 1 required %s argument: '%.*s'",
         i < s->by_at ? "positional" : "keyword-only", STR_ARG(s->params[i].name));
}

// --- binding

static Value tuple_from(Arena *a, const Value *items, size_t n) {
  Value t = val_tuple(a, n);
  for (size_t i = 0; i < n; i++)
    list_push(a, t.list, items[i]);
  return t;
}

static inline Value default_value(Arena *a, const Param *p) {
  if (p->otherwise.kind == VAL_LIST)
    return val_list(a, 0);
  return p->otherwise.kind == VAL_DICT ? val_dict(a) : p->otherwise;
}

static unsigned place_of(const Signature *s, Str name) {
  unsigned i = s->only_at;
  while (i < s->n && (i == s->rest || i == s->named || !str_eq(s->params[i].name, name)))
    i++;
  return i;
}

static uint64_t bind_names(Eval *ev, const Func *f, const Signature *s, const Args *args,
                           uint64_t given, Value *v) {
  for (size_t k = 0; k < args->nkw; k++) {
    Str name = args->kw[k].name;
    unsigned i = place_of(s, name);
    if (i == s->n) {
      if (s->named >= s->n)
        unknown_name(ev, f, s, name);
      dict_sets(eval_arena(ev), v[s->named].dict, name, args->kw[k].value);
      continue;
    }
    if (given >> i & 1)
      misfit(ev, f, "got multiple values for argument '%.*s'", STR_ARG(name));
    v[i] = args->kw[k].value;
    given |= UINT64_C(1) << i;
  }
  return given;
}

static void bind(Eval *ev, const Func *f, const Signature *s, const Args *args, Value *v) {
  Arena *a = eval_arena(ev);
  size_t room = s->by_at - s->self, taken = args->npos < room ? args->npos : room;
  unsigned first = s->self + (unsigned)taken;
  if (s->self)
    v[0] = f->self;
  for (size_t i = 0; i < taken; i++)
    v[s->self + i] = args->pos[i];
  if (args->npos > room && s->rest >= s->n)
    wrong_count(ev, f, s, args->npos);
  for (unsigned i = first; i < s->n; i++)
    v[i] = default_value(a, &s->params[i]);
  if (s->rest < s->n)
    v[s->rest] = tuple_from(a, args->pos + taken, args->npos - taken);
  if (s->named < s->n)
    v[s->named] = val_dict(a);
  uint64_t given = (UINT64_C(1) << first) - 1;
  if (args->nkw)
    given = bind_names(ev, f, s, args, given, v);
  if (s->required & ~given)
    missing(ev, f, s, given, args->npos);
}

Value native_call(Eval *ev, const Func *f, const Args *args) {
  const Signature *s = signature_of(f->native->signature);
  if (!s->self && !args->nkw && args->npos == s->n && s->by_at == s->n)
    return f->native->fn(ev, args->pos);
  Value v[SIGNATURE_MOST];
  bind(ev, f, s, args, v);
  return f->native->fn(ev, v);
}

Args native_args(Eval *ev, Value rest, Value named) {
  Args args = {.pos = rest.list->items, .npos = rest.list->n};
  if (!named.dict->n)
    return args;
  Kwarg *kw = arena_array(eval_arena(ev), Kwarg, named.dict->n);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(named.dict, &at));)
    kw[args.nkw++] = (Kwarg){val_text(e->key), e->value};
  args.kw = kw;
  return args;
}

// --- tables

const Native *native_in(const Native *rows, Str name) {
  for (; rows->name; rows++)
    if (rows->name[0] == (name.len ? name.ptr[0] : 0) && strlen(rows->name) == name.len &&
        !memcmp(rows->name, name.ptr, name.len))
      return rows;
  return NULL;
}

bool native_find(Arena *a, const Native *rows, const char *of, Str name, Value self, Value *out) {
  const Native *n = native_in(rows, name);
  if (n)
    *out = val_func(a, n, of, self);
  return n != NULL;
}
