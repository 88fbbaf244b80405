// modules.re: Python's re over base/regex. In: patterns and texts. Out: matches, pieces, texts.
// Positions are characters, as in Python; the engine counts bytes.
#include "../../base/regex.h"
#include "std.h"

typedef struct Pattern {
  Object object;
  const Regex *regex;
  Str text;
  int flags;
} Pattern;

typedef struct Match {
  Object object;
  Pattern *pattern;
  Value string;
  Str subject; // up to endpos
  int64_t pos, endpos;
  RegexSpan *spans;
} Match;

static const ObjectType pattern_type, match_type;

static Value pattern_new(Eval *ev, Str text, int flags) {
  Str error = {0};
  Regex *r = regex_cached(eval_arena(ev), text, flags & ~32, &error);
  if (!r)
    eval_fail(ev, "%.*s", STR_ARG(error));
  Pattern *p = arena_new(eval_arena(ev), Pattern);
  *p = (Pattern){{&pattern_type}, r, text, flags};
  return val_obj(p);
}

static Pattern *pattern_of(Eval *ev, Value v, Value flags) {
  int f = (int)need_int(ev, flags, 0, 0xffff, "flags");
  if (val_is_type(v, &pattern_type)) {
    if (f)
      eval_fail(ev, "cannot process flags argument with a compiled pattern");
    return (Pattern *)v.obj;
  }
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  if (v.kind != VAL_STR)
    eval_fail(ev, "first argument must be string or compiled pattern");
  return (Pattern *)pattern_new(ev, val_text(v), f).obj;
}

// --- matching
static Str subject_of(Eval *ev, Value v) {
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(ev, v);
  if (v.kind != VAL_STR)
    eval_fail(ev, "expected string or bytes-like object, got '%s'", val_type_name(v));
  return val_text(v);
}

static bool exec(Eval *ev, const Pattern *p, Str s, size_t from, RegexAnchor how,
                 RegexSpan **spans) {
  Str error = {0};
  eval_step(ev, 2);
  int n = regex_exec(p->regex, s, from, how, eval_arena(ev), spans, &error);
  if (n < 0)
    eval_fail(ev, "%.*s", STR_ARG(error));
  return n == 1;
}

static Value match_new(Eval *ev, Pattern *p, Value string, Str subject, RegexSpan *spans) {
  Match *m = arena_new(eval_arena(ev), Match);
  *m = (Match){{&match_type}, p, string, subject, 0, (int64_t)utf8_count(subject), spans};
  return val_obj(m);
}

// One match of the kind asked for, or none.
static Value one(Eval *ev, Pattern *p, Value string, Value pos, Value endpos, RegexAnchor how) {
  Str s = subject_of(ev, string);
  int64_t n = (int64_t)utf8_count(s), from = need_index(ev, pos), to = need_index(ev, endpos);
  from = from < 0 ? 0 : from > n ? n : from;
  to = to < 0 ? 0 : to > n ? n : to;
  Str subject = str_sub(s, 0, utf8_offset(s, (size_t)to));
  RegexSpan *spans;
  if (from > to || !exec(ev, p, subject, utf8_offset(s, (size_t)from), how, &spans))
    return val_none();
  Value m = match_new(ev, p, string, subject, spans);
  ((Match *)m.obj)->pos = from;
  return m;
}

static Value first_match(Eval *ev, Value self, const Args *args, const char *name,
                         RegexAnchor how) {
  Value v[3] = {val_none(), val_int(0), val_int(INT64_MAX)};
  if (val_is_type(self, &pattern_type)) {
    args_bind(ev, name, args, PARAMS("string", "pos", "endpos"), 3, 1, v);
    return one(ev, (Pattern *)self.obj, v[0], v[1], v[2], how);
  }
  Value w[3] = {val_none(), val_none(), val_int(0)};
  args_bind(ev, name, args, PARAMS("pattern", "string", "flags"), 3, 2, w);
  return one(ev, pattern_of(ev, w[0], w[2]), w[1], v[1], v[2], how);
}
static Value r_match(Eval *ev, Value self, const Args *args) {
  return first_match(ev, self, args, "match", REGEX_MATCH);
}
static Value r_search(Eval *ev, Value self, const Args *args) {
  return first_match(ev, self, args, "search", REGEX_SEARCH);
}
static Value r_fullmatch(Eval *ev, Value self, const Args *args) {
  return first_match(ev, self, args, "fullmatch", REGEX_FULLMATCH);
}

// Walks all matches of a text from left to right.
typedef struct Scan {
  Pattern *p;
  Value string;
  Str s;
  size_t at;
  bool empty, done; // the last match was empty
  RegexSpan *spans;
} Scan;

static bool scan_next(Eval *ev, Scan *c) {
  if (c->done || !exec(ev, c->p, c->s, c->at, c->empty ? REGEX_ADVANCE : REGEX_SEARCH, &c->spans)) {
    c->done = true;
    return false;
  }
  c->empty = c->spans[0].start == c->spans[0].end;
  c->at = (size_t)c->spans[0].end;
  return true;
}

static Value group_value(const Match *m, size_t i, Value missing) {
  RegexSpan s = m->spans[i];
  return s.start < 0 ? missing : val_str(str_sub(m->subject, (size_t)s.start, (size_t)s.end));
}

static Value span_text(const Scan *c, size_t i, Value missing) {
  RegexSpan s = c->spans[i];
  return s.start < 0 ? missing : val_str(str_sub(c->s, (size_t)s.start, (size_t)s.end));
}

static Scan scan_args(Eval *ev, Value self, const Args *args, const char *name) {
  Value v[3] = {val_none(), val_none(), val_int(0)};
  Scan c = {0};
  if (val_is_type(self, &pattern_type)) {
    Value w[3] = {val_none(), val_int(0), val_int(INT64_MAX)};
    args_bind(ev, name, args, PARAMS("string", "pos", "endpos"), 3, 1, w);
    c.p = (Pattern *)self.obj;
    c.string = w[0];
    Str s = subject_of(ev, w[0]);
    int64_t n = (int64_t)utf8_count(s), from = need_index(ev, w[1]), to = need_index(ev, w[2]);
    c.s = str_sub(s, 0, utf8_offset(s, (size_t)(to < 0 ? 0 : to > n ? n : to)));
    c.at = utf8_offset(s, (size_t)(from < 0 ? 0 : from > n ? n : from));
    return c;
  }
  args_bind(ev, name, args, PARAMS("pattern", "string", "flags"), 3, 2, v);
  c.p = pattern_of(ev, v[0], v[2]);
  c.string = v[1];
  c.s = subject_of(ev, v[1]);
  return c;
}

static Value r_findall(Eval *ev, Value self, const Args *args) {
  Scan c = scan_args(ev, self, args, "findall");
  Arena *a = eval_arena(ev);
  Value out = val_list(a, 8);
  size_t groups = regex_groups(c.p->regex);
  while (scan_next(ev, &c)) {
    if (groups <= 1) {
      list_push(a, out.list, span_text(&c, groups, val_lit("")));
      continue;
    }
    Value t = val_tuple(a, groups);
    for (size_t i = 1; i <= groups; i++)
      list_push(a, t.list, span_text(&c, i, val_lit("")));
    list_push(a, out.list, t);
  }
  return out;
}

static bool finditer_next(Eval *ev, void *state, Value *out) {
  Scan *c = state;
  if (!scan_next(ev, c))
    return false;
  *out = match_new(ev, c->p, c->string, c->s, c->spans);
  return true;
}
static const ObjectType finditer_type = {.name = "callable_iterator", .iter = stream_iter};

static Value r_finditer(Eval *ev, Value self, const Args *args) {
  Scan *c = arena_new(eval_arena(ev), Scan);
  *c = scan_args(ev, self, args, "finditer");
  return stream_new(eval_arena(ev), &finditer_type, finditer_next, c);
}

// Arguments of sub, subn and split: a pattern first unless bound to one.
static void tail_args(Eval *ev, Value self, const Args *args, const char *name,
                      const char *const *params, size_t n, size_t required, Value *v) {
  bool bound = val_is_type(self, &pattern_type);
  args_bind(ev, name, args, params + bound, n - bound - bound, required - bound, v + bound);
  if (bound)
    v[0] = self;
}

static Value r_split(Eval *ev, Value self, const Args *args) {
  Value v[4] = {val_none(), val_none(), val_int(0), val_int(0)};
  tail_args(ev, self, args, "split", PARAMS("pattern", "string", "maxsplit", "flags"), 4, 2, v);
  Arena *a = eval_arena(ev);
  Scan c = {.p = pattern_of(ev, v[0], v[3]), .string = v[1], .s = subject_of(ev, v[1])};
  int64_t most = need_index(ev, v[2]);
  Value out = val_list(a, 8);
  size_t from = 0;
  for (int64_t n = 0; (most == 0 || n < most) && scan_next(ev, &c); n++) {
    list_push(a, out.list, val_str(str_sub(c.s, from, (size_t)c.spans[0].start)));
    for (size_t i = 1; i <= regex_groups(c.p->regex); i++)
      list_push(a, out.list, span_text(&c, i, val_none()));
    from = (size_t)c.spans[0].end;
  }
  list_push(a, out.list, val_str(str_sub(c.s, from, c.s.len)));
  return out;
}

// --- templates of sub and expand
static size_t group_number(Eval *ev, const Pattern *p, Value v) {
  size_t n = regex_groups(p->regex);
  if (val_is_whole(v)) {
    int64_t i = need_index(ev, v);
    if (i >= 0 && (size_t)i <= n)
      return (size_t)i;
  } else if (v.kind == VAL_STR) {
    for (size_t i = 1; i <= n; i++)
      if (val_text(v).len && str_eq(regex_group_name(p->regex, i), val_text(v)))
        return i;
  }
  eval_fail(ev, "no such group");
}

static bool digit(Str s, size_t at) { return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; }
static bool octal(Str s, size_t at) { return at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '7'; }

// \g<name> at s[at]: the group; *at moves behind it.
static size_t named_group(Eval *ev, const Pattern *p, Str s, size_t *at) {
  ptrdiff_t end = *at + 2 < s.len && s.ptr[*at + 2] == '<' ? str_find(s, STR(">"), *at) : -1;
  if (end < 0)
    eval_fail(ev, "missing group name at position %zu", *at + 2);
  Str name = str_sub(s, *at + 3, (size_t)end);
  Value n;
  *at = (size_t)end + 1;
  if (!name.len)
    eval_fail(ev, "missing group name");
  if (digit(name, 0)) {
    if (!bigint_parse(eval_arena(ev), name, 10, &n) || n.kind != VAL_INT ||
        (size_t)n.i > regex_groups(p->regex))
      eval_fail(ev, "invalid group reference %.*s", STR_ARG(name));
    return (size_t)n.i;
  }
  for (size_t i = 1; i <= regex_groups(p->regex); i++)
    if (str_eq(regex_group_name(p->regex, i), name))
      return i;
  eval_fail(ev, "unknown group name '%.*s'", STR_ARG(name));
}

// A backslash and digits: a group, or with a leading 0 or three octal digits a character.
static bool numbered(Eval *ev, const Pattern *p, Str s, size_t *at, uint32_t *cp, size_t *group) {
  size_t i = *at + 1;
  if (s.ptr[i] == '0' || (octal(s, i) && s.ptr[i] <= '3' && octal(s, i + 1) && octal(s, i + 2))) {
    uint32_t n = 0;
    size_t k = 0;
    for (; k < 3 && octal(s, i + k); k++)
      n = n * 8 + (uint32_t)(s.ptr[i + k] - '0');
    *cp = n;
    *at = i + k;
    return true;
  }
  *group = (size_t)(s.ptr[i] - '0');
  i++;
  if (digit(s, i))
    *group = *group * 10 + (size_t)(s.ptr[i++] - '0');
  if (*group > regex_groups(p->regex))
    eval_fail(ev, "invalid group reference %zu at position %zu", *group, *at + 1);
  *at = i;
  return false;
}

static void add_group(Buf *out, Str subject, const RegexSpan *spans, size_t i) {
  if (spans[i].start >= 0)
    buf_add(out, str_sub(subject, (size_t)spans[i].start, (size_t)spans[i].end));
}

// Spans NULL: only checks the template.
static void expand(Eval *ev, Buf *out, const Pattern *p, Str t, Str subject,
                   const RegexSpan *spans) {
  for (size_t at = 0; at < t.len;) {
    if (t.ptr[at] != '\\') {
      buf_addc(out, t.ptr[at++]);
      continue;
    }
    if (at + 1 >= t.len)
      eval_fail(ev, "bad escape (end of pattern) at position %zu", at);
    char c = t.ptr[at + 1];
    size_t group = 0;
    uint32_t cp = 0;
    static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v";
    const char *e = NULL;
    for (size_t i = 0; i + 1 < sizeof plain; i += 2)
      if (plain[i] == c)
        e = plain + i + 1;
    if (c == 'g') {
      group = named_group(ev, p, t, &at);
      if (spans)
        add_group(out, subject, spans, group);
    } else if (digit(t, at + 1)) {
      if (numbered(ev, p, t, &at, &cp, &group))
        utf8_add(out, cp);
      else if (spans)
        add_group(out, subject, spans, group);
    } else if (e) {
      buf_addc(out, *e);
      at += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      eval_fail(ev, "bad escape \\%c at position %zu", c, at);
    } else {
      if (c != '\\')
        buf_addc(out, '\\');
      buf_addc(out, c);
      at += 2;
    }
  }
}

static Value substitute(Eval *ev, Value self, const Args *args, const char *name, int64_t *count) {
  Value v[5] = {val_none(), val_none(), val_none(), val_int(0), val_int(0)};
  tail_args(ev, self, args, name, PARAMS("pattern", "repl", "string", "count", "flags"), 5, 3, v);
  Pattern *p = pattern_of(ev, v[0], v[4]);
  Scan c = {.p = p, .string = v[2], .s = subject_of(ev, v[2])};
  int64_t most = need_index(ev, v[3]);
  Buf b = {.arena = eval_arena(ev)}, check = {.arena = eval_arena(ev)};
  bool text = v[1].kind == VAL_STR;
  if (text)
    expand(ev, &check, p, val_text(v[1]), c.s, NULL);
  size_t from = 0;
  for (*count = 0; (most == 0 || *count < most) && scan_next(ev, &c); ++*count) {
    buf_add(&b, str_sub(c.s, from, (size_t)c.spans[0].start));
    from = (size_t)c.spans[0].end;
    if (text) {
      expand(ev, &b, p, val_text(v[1]), c.s, c.spans);
      continue;
    }
    Value m = match_new(ev, p, v[2], c.s, c.spans);
    Value r = eval_call(ev, v[1], &(Args){.pos = &m, .npos = 1});
    if (r.kind != VAL_STR && r.kind != VAL_NONE)
      eval_fail(ev, "expected str instance, %s found", val_type_name(r));
    if (r.kind == VAL_STR)
      buf_add(&b, val_text(r));
  }
  buf_add(&b, str_sub(c.s, from, c.s.len));
  return str_value(&b, 0);
}
static Value r_sub(Eval *ev, Value self, const Args *args) {
  int64_t n;
  return substitute(ev, self, args, "sub", &n);
}
static Value r_subn(Eval *ev, Value self, const Args *args) {
  int64_t n;
  Value s = substitute(ev, self, args, "subn", &n);
  return tuple_of(eval_arena(ev), (Value[]){s, val_int(n)}, 2);
}

// --- the rest of the module
static Value r_compile(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v[2] = {val_none(), val_int(0)};
  args_bind(ev, "compile", args, PARAMS("pattern", "flags"), 2, 1, v);
  return val_obj(pattern_of(ev, v[0], v[1]));
}

static Value r_escape(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v[1];
  args_bind(ev, "escape", args, PARAMS("pattern"), 1, 1, v);
  Str s = subject_of(ev, v[0]);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] && strchr("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", s.ptr[i]))
      buf_addc(&b, '\\');
    buf_addc(&b, s.ptr[i]);
  }
  return str_value(&b, 0);
}

static Value r_purge(Eval *ev, Value self, const Args *args) {
  (void)self;
  args_positional(ev, "purge", args, 0, 0);
  return val_none();
}

// --- Match
static Match *match_of(Value v) { return (Match *)v.obj; }

static Value mm_group(Eval *ev, Value self, const Args *args) {
  const Match *m = match_of(self);
  args_positional(ev, "group", args, 0, SIZE_MAX);
  if (args->npos <= 1) {
    Value which = arg_or(args, 0, val_int(0));
    return group_value(m, group_number(ev, m->pattern, which), val_none());
  }
  Value t = val_tuple(eval_arena(ev), args->npos);
  for (size_t i = 0; i < args->npos; i++)
    list_push(eval_arena(ev), t.list,
              group_value(m, group_number(ev, m->pattern, args->pos[i]), val_none()));
  return t;
}

static Value mm_groups(Eval *ev, Value self, const Args *args) {
  Value v[1] = {val_none()};
  args_bind(ev, "groups", args, PARAMS("default"), 1, 0, v);
  const Match *m = match_of(self);
  Value t = val_tuple(eval_arena(ev), 4);
  for (size_t i = 1; i <= regex_groups(m->pattern->regex); i++)
    list_push(eval_arena(ev), t.list, group_value(m, i, v[0]));
  return t;
}

static Value mm_groupdict(Eval *ev, Value self, const Args *args) {
  Value v[1] = {val_none()};
  args_bind(ev, "groupdict", args, PARAMS("default"), 1, 0, v);
  const Match *m = match_of(self);
  Value d = val_dict(eval_arena(ev));
  for (size_t i = 1; i <= regex_groups(m->pattern->regex); i++)
    if (regex_group_name(m->pattern->regex, i).len)
      dict_sets(eval_arena(ev), d.dict, regex_group_name(m->pattern->regex, i),
                group_value(m, i, v[0]));
  return d;
}

static int64_t char_at(const Match *m, ptrdiff_t byte) {
  return byte < 0 ? -1 : (int64_t)utf8_count(str_sub(m->subject, 0, (size_t)byte));
}

static RegexSpan span_arg(Eval *ev, Value self, const Args *args, const char *name) {
  args_positional(ev, name, args, 0, 1);
  const Match *m = match_of(self);
  return m->spans[group_number(ev, m->pattern, arg_or(args, 0, val_int(0)))];
}
static Value mm_start(Eval *ev, Value self, const Args *args) {
  return val_int(char_at(match_of(self), span_arg(ev, self, args, "start").start));
}
static Value mm_end(Eval *ev, Value self, const Args *args) {
  return val_int(char_at(match_of(self), span_arg(ev, self, args, "end").end));
}
static Value mm_span(Eval *ev, Value self, const Args *args) {
  RegexSpan s = span_arg(ev, self, args, "span");
  Value v[2] = {val_int(char_at(match_of(self), s.start)), val_int(char_at(match_of(self), s.end))};
  return tuple_of(eval_arena(ev), v, 2);
}
static Value mm_expand(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "expand", args, 1, 1);
  Buf b = {.arena = eval_arena(ev)};
  const Match *m = match_of(self);
  expand(ev, &b, m->pattern, need_str(ev, "expand", args->pos[0]), m->subject, m->spans);
  return str_value(&b, 0);
}

static const Method match_methods[] = {
    {"group",     mm_group    },
    {"groups",    mm_groups   },
    {"groupdict", mm_groupdict},
    {"start",     mm_start    },
    {"end",       mm_end      },
    {"span",      mm_span     },
    {"expand",    mm_expand   },
    {NULL,        NULL        }
};

// The group that closed last, or 0.
static size_t last_group(const Match *m) {
  size_t last = 0;
  for (size_t i = 1; i <= regex_groups(m->pattern->regex); i++)
    if (m->spans[i].start >= 0 && (!last || m->spans[i].end > m->spans[last].end))
      last = i;
  return last;
}

static bool match_attr(Eval *ev, Object *o, Str name, Value *out) {
  Match *m = (Match *)o;
  const Method *f = method_find(match_methods, name);
  size_t last = last_group(m);
  if (f)
    *out = val_func(eval_arena(ev), f->name, f->fn, val_obj(o));
  else if (str_is(name, "string"))
    *out = m->string;
  else if (str_is(name, "re"))
    *out = val_obj(m->pattern);
  else if (str_is(name, "pos"))
    *out = val_int(m->pos);
  else if (str_is(name, "endpos"))
    *out = val_int(m->endpos);
  else if (str_is(name, "lastindex"))
    *out = last ? val_int((int64_t)last) : val_none();
  else if (str_is(name, "lastgroup"))
    *out = last && regex_group_name(m->pattern->regex, last).len
               ? val_str(regex_group_name(m->pattern->regex, last))
               : val_none();
  else
    return false;
  return true;
}

static bool match_item(Eval *ev, Object *o, Value key, Value *out) {
  Match *m = (Match *)o;
  size_t n = regex_groups(m->pattern->regex);
  bool known = val_is_whole(key) && need_index(ev, key) >= 0 && (size_t)need_index(ev, key) <= n;
  for (size_t i = 1; i <= n && !known; i++)
    known = key.kind == VAL_STR && val_text(key).len &&
            str_eq(regex_group_name(m->pattern->regex, i), val_text(key));
  if (known)
    *out = group_value(m, group_number(ev, m->pattern, key), val_none());
  return known;
}

static void match_repr(const Object *o, Buf *out) {
  const Match *m = (const Match *)o;
  buf_addf(out,
           "<re.Match object; span=(%lld, %lld), match=", (long long)char_at(m, m->spans[0].start),
           (long long)char_at(m, m->spans[0].end));
  val_repr(out, group_value(m, 0, val_none()));
  buf_addc(out, '>');
}
static bool always(const Object *o) {
  (void)o;
  return true;
}
static const ObjectType match_type = {.name = "re.Match",
                                      .attr = match_attr,
                                      .item = match_item,
                                      .repr = match_repr,
                                      .truth = always};

// --- Pattern
// What a compiled pattern and the module itself both have.
// clang-format off
#define PATTERN_METHODS                                                                            \
  {"match", r_match}, {"search", r_search}, {"fullmatch", r_fullmatch}, {"findall", r_findall},    \
  {"finditer", r_finditer}, {"split", r_split}, {"sub", r_sub}, {"subn", r_subn}
// clang-format on
static const Method pattern_methods[] = {
    PATTERN_METHODS, {NULL, NULL}
};

static bool pattern_attr(Eval *ev, Object *o, Str name, Value *out) {
  Pattern *p = (Pattern *)o;
  const Method *m = method_find(pattern_methods, name);
  if (m) {
    *out = val_func(eval_arena(ev), m->name, m->fn, val_obj(o));
  } else if (str_is(name, "pattern")) {
    *out = val_str(p->text);
  } else if (str_is(name, "flags")) {
    *out = val_int(p->flags | (p->flags & REGEX_ASCII ? 0 : 32));
  } else if (str_is(name, "groups")) {
    *out = val_int((int64_t)regex_groups(p->regex));
  } else if (str_is(name, "groupindex")) {
    *out = val_dict(eval_arena(ev));
    for (size_t i = 1; i <= regex_groups(p->regex); i++)
      if (regex_group_name(p->regex, i).len)
        dict_sets(eval_arena(ev), out->dict, regex_group_name(p->regex, i), val_int((int64_t)i));
  } else {
    return false;
  }
  return true;
}

static void pattern_repr(const Object *o, Buf *out) {
  static const struct {
    int bit;
    const char *name;
  } flags[] = {
      {2,   "re.IGNORECASE"},
      {8,   "re.MULTILINE" },
      {16,  "re.DOTALL"    },
      {64,  "re.VERBOSE"   },
      {256, "re.ASCII"     }
  };
  const Pattern *p = (const Pattern *)o;
  buf_adds(out, "re.compile(");
  val_repr(out, val_str(p->text));
  bool first = true;
  for (size_t i = 0; i < COUNT(flags); i++)
    if (p->flags & flags[i].bit) {
      buf_add(out, first ? STR(", ") : STR("|"));
      buf_add(out, str_c(flags[i].name));
      first = false;
    }
  buf_addc(out, ')');
}
static bool pattern_eq(const Object *o, Value other) {
  const Pattern *p = (const Pattern *)o;
  return val_is_type(other, &pattern_type) && ((Pattern *)other.obj)->flags == p->flags &&
         str_eq(((Pattern *)other.obj)->text, p->text);
}
static uint64_t pattern_hash(const Object *o) { return str_hash(((const Pattern *)o)->text); }
static const ObjectType pattern_type = {.name = "re.Pattern",
                                        .attr = pattern_attr,
                                        .repr = pattern_repr,
                                        .eq = pattern_eq,
                                        .hash = pattern_hash,
                                        .truth = always};

static const Method functions[] = {
    PATTERN_METHODS,
    {"compile", r_compile},
    {"escape",  r_escape },
    {"purge",   r_purge  },
    {NULL,      NULL     }
};

static const struct {
  const char *name;
  int value;
} constants[] = {
    {"A",          256},
    {"ASCII",      256},
    {"I",          2  },
    {"IGNORECASE", 2  },
    {"M",          8  },
    {"MULTILINE",  8  },
    {"S",          16 },
    {"DOTALL",     16 },
    {"X",          64 },
    {"VERBOSE",    64 },
    {"U",          32 },
    {"UNICODE",    32 },
    {"NOFLAG",     0  },
    {"L",          4  },
    {"LOCALE",     4  }
};

Value module_re(Arena *a) {
  Value d = val_dict(a);
  for (const Method *m = functions; m->name; m++)
    dict_sets(a, d.dict, str_c(m->name), val_func(a, m->name, m->fn, val_none()));
  for (size_t i = 0; i < COUNT(constants); i++)
    dict_sets(a, d.dict, str_c(constants[i].name), val_int(constants[i].value));
  return d;
}
