// modules.re: Python's re over base/regex. In: patterns and texts. Out: matches, pieces, texts.
// Positions are characters, as in Python; the engine counts bytes.
#include "../../base/regex.h"
#include "../ops_access.h"
#include "methods_seq.h"
#include "modules.h"
#include "std.h"
#include "std_text.h"

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

// The functions of the module (r_) get a pattern and flags, the methods of a pattern (p_) the part
// of the text: pos and endpos.
static Value search(Eval *ev, const Value *v, RegexAnchor how) {
  return one(ev, pattern_of(ev, v[0], v[2]), v[1], val_int(0), val_int(INT64_MAX), how);
}
static Value search_with(Eval *ev, const Value *v, RegexAnchor how) {
  return one(ev, (Pattern *)v[0].obj, v[1], v[2], v[3], how);
}
static Value r_match(Eval *ev, const Value *v) { return search(ev, v, REGEX_MATCH); }
static Value p_match(Eval *ev, const Value *v) { return search_with(ev, v, REGEX_MATCH); }
static Value r_search(Eval *ev, const Value *v) { return search(ev, v, REGEX_SEARCH); }
static Value p_search(Eval *ev, const Value *v) { return search_with(ev, v, REGEX_SEARCH); }
static Value r_fullmatch(Eval *ev, const Value *v) { return search(ev, v, REGEX_FULLMATCH); }
static Value p_fullmatch(Eval *ev, const Value *v) { return search_with(ev, v, REGEX_FULLMATCH); }

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

static Scan scan_of(Eval *ev, const Value *v) {
  return (Scan){.p = pattern_of(ev, v[0], v[2]), .string = v[1], .s = subject_of(ev, v[1])};
}
static Scan scan_with(Eval *ev, const Value *v) {
  Str s = subject_of(ev, v[1]);
  int64_t n = (int64_t)utf8_count(s), from = need_index(ev, v[2]), to = need_index(ev, v[3]);
  return (Scan){.p = (Pattern *)v[0].obj,
                .string = v[1],
                .s = str_sub(s, 0,
                             utf8_offset(s, (size_t)(to < 0   ? 0
                                                     : to > n ? n
                                                              : to))),
                .at = utf8_offset(s, (size_t)(from < 0   ? 0
                                              : from > n ? n
                                                         : from))};
}

static Value find_all(Eval *ev, Scan c) {
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

static Value r_findall(Eval *ev, const Value *v) { return find_all(ev, scan_of(ev, v)); }
static Value p_findall(Eval *ev, const Value *v) { return find_all(ev, scan_with(ev, v)); }

static bool finditer_next(Eval *ev, void *state, Value *out) {
  Scan *c = state;
  if (!scan_next(ev, c))
    return false;
  *out = match_new(ev, c->p, c->string, c->s, c->spans);
  return true;
}
static const ObjectType finditer_type = {.name = "callable_iterator", .iter = stream_iter};

static Value find_each(Eval *ev, Scan scan) {
  Scan *c = arena_new(eval_arena(ev), Scan);
  *c = scan;
  return stream_new(eval_arena(ev), &finditer_type, finditer_next, c);
}
static Value r_finditer(Eval *ev, const Value *v) { return find_each(ev, scan_of(ev, v)); }
static Value p_finditer(Eval *ev, const Value *v) { return find_each(ev, scan_with(ev, v)); }

// v: a pattern, the text and maxsplit.
static Value split(Eval *ev, const Value *v, Value flags) {
  Arena *a = eval_arena(ev);
  Scan c = {.p = pattern_of(ev, v[0], flags), .string = v[1], .s = subject_of(ev, v[1])};
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

static Value r_split(Eval *ev, const Value *v) { return split(ev, v, v[3]); }
static Value p_split(Eval *ev, const Value *v) { return split(ev, v, val_int(0)); }

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

// v: a pattern, repl, the text and count.
static Value substitute(Eval *ev, const Value *v, Value flags, int64_t *count) {
  Pattern *p = pattern_of(ev, v[0], flags);
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
static Value with_count(Eval *ev, const Value *v, Value flags) {
  int64_t n;
  Value s = substitute(ev, v, flags, &n);
  return tuple_of(eval_arena(ev), (Value[]){s, val_int(n)}, 2);
}
static Value r_sub(Eval *ev, const Value *v) { return substitute(ev, v, v[4], &(int64_t){0}); }
static Value p_sub(Eval *ev, const Value *v) {
  return substitute(ev, v, val_int(0), &(int64_t){0});
}
static Value r_subn(Eval *ev, const Value *v) { return with_count(ev, v, v[4]); }
static Value p_subn(Eval *ev, const Value *v) { return with_count(ev, v, val_int(0)); }

// --- the rest of the module
static Value r_compile(Eval *ev, const Value *v) { return val_obj(pattern_of(ev, v[0], v[1])); }

static Value r_escape(Eval *ev, const Value *v) {
  Str s = subject_of(ev, v[0]);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] && strchr("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", s.ptr[i]))
      buf_addc(&b, '\\');
    buf_addc(&b, s.ptr[i]);
  }
  return str_value(&b, 0);
}

static Value r_purge(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_none();
}

// --- Match
static Match *match_of(Value v) { return (Match *)v.obj; }

static Value mm_group(Eval *ev, const Value *v) {
  const Match *m = match_of(v[0]);
  const List *which = v[1].list;
  if (!which->n)
    return group_value(m, 0, val_none());
  Value t = val_tuple(eval_arena(ev), which->n);
  for (size_t i = 0; i < which->n; i++)
    list_push(eval_arena(ev), t.list,
              group_value(m, group_number(ev, m->pattern, which->items[i]), val_none()));
  return which->n == 1 ? t.list->items[0] : t;
}

static Value mm_groups(Eval *ev, const Value *v) {
  const Match *m = match_of(v[0]);
  Value t = val_tuple(eval_arena(ev), 4);
  for (size_t i = 1; i <= regex_groups(m->pattern->regex); i++)
    list_push(eval_arena(ev), t.list, group_value(m, i, v[1]));
  return t;
}

static Value mm_groupdict(Eval *ev, const Value *v) {
  const Match *m = match_of(v[0]);
  Value d = val_dict(eval_arena(ev));
  for (size_t i = 1; i <= regex_groups(m->pattern->regex); i++)
    if (regex_group_name(m->pattern->regex, i).len)
      dict_sets(eval_arena(ev), d.dict, regex_group_name(m->pattern->regex, i),
                group_value(m, i, v[1]));
  return d;
}

static int64_t char_at(const Match *m, ptrdiff_t byte) {
  return byte < 0 ? -1 : (int64_t)utf8_count(str_sub(m->subject, 0, (size_t)byte));
}

static RegexSpan span_arg(Eval *ev, const Value *v) {
  const Match *m = match_of(v[0]);
  return m->spans[group_number(ev, m->pattern, v[1])];
}
static Value mm_start(Eval *ev, const Value *v) {
  return val_int(char_at(match_of(v[0]), span_arg(ev, v).start));
}
static Value mm_end(Eval *ev, const Value *v) {
  return val_int(char_at(match_of(v[0]), span_arg(ev, v).end));
}
static Value mm_span(Eval *ev, const Value *v) {
  RegexSpan s = span_arg(ev, v);
  const Match *m = match_of(v[0]);
  return tuple_of(eval_arena(ev),
                  (Value[]){val_int(char_at(m, s.start)), val_int(char_at(m, s.end))}, 2);
}
static Value mm_expand(Eval *ev, const Value *v) {
  Buf b = {.arena = eval_arena(ev)};
  const Match *m = match_of(v[0]);
  expand(ev, &b, m->pattern, need_str(ev, "expand", v[1]), m->subject, m->spans);
  return str_value(&b, 0);
}

// clang-format off
const Native match_methods[] = {
    {"group",     mm_group,     "self, *groups",
     "what a group matched, all of it without a number; a tuple of several"},
    {"groups",    mm_groups,    "self, default=none", "what all groups matched"},
    {"groupdict", mm_groupdict, "self, default=none", "what the groups that have names matched"},
    {"start",     mm_start,     "self, group=0, /",   "where a group begins"},
    {"end",       mm_end,       "self, group=0, /",   "where a group ends"},
    {"span",      mm_span,      "self, group=0, /",   "where a group begins and ends"},
    {"expand",    mm_expand,    "self, template, /",  "a text with \\1 and \\g<name> filled in"},
    {0},
};
// clang-format on

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
  size_t last = last_group(m);
  if (native_find(eval_arena(ev), match_methods, "Match", name, val_obj(o), out))
    return true;
  if (str_is(name, "string"))
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
// clang-format off
const Native pattern_methods[] = {
    {"match",     p_match,     "self, string, pos=0, endpos=9223372036854775807", "a match at the start, or none"},
    {"search",    p_search,    "self, string, pos=0, endpos=9223372036854775807", "the first match, or none"},
    {"fullmatch", p_fullmatch, "self, string, pos=0, endpos=9223372036854775807", "a match of the whole text, or none"},
    {"findall",   p_findall,   "self, string, pos=0, endpos=9223372036854775807", "what matched, or its groups"},
    {"finditer",  p_finditer,  "self, string, pos=0, endpos=9223372036854775807", "all matches, one after the other"},
    {"split",     p_split,     "self, string, maxsplit=0",                        "the pieces between the matches"},
    {"sub",       p_sub,       "self, repl, string, count=0",
     "matches replaced by a text, or by what a function gives"},
    {"subn",      p_subn,      "self, repl, string, count=0",                     "the same, and how many they were"},
    {0},
};
// clang-format on

static bool pattern_attr(Eval *ev, Object *o, Str name, Value *out) {
  Pattern *p = (Pattern *)o;
  if (native_find(eval_arena(ev), pattern_methods, "Pattern", name, val_obj(o), out))
    return true;
  if (str_is(name, "pattern")) {
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

// clang-format off
const Native re_functions[] = {
    {"match",     r_match,     "pattern, string, flags=0",                "a match at the start, or none"},
    {"search",    r_search,    "pattern, string, flags=0",                "the first match, or none"},
    {"fullmatch", r_fullmatch, "pattern, string, flags=0",                "a match of the whole text, or none"},
    {"findall",   r_findall,   "pattern, string, flags=0",                "what matched, or its groups"},
    {"finditer",  r_finditer,  "pattern, string, flags=0",                "all matches, one after the other"},
    {"split",     r_split,     "pattern, string, maxsplit=0, flags=0",    "the pieces between the matches"},
    {"sub",       r_sub,       "pattern, repl, string, count=0, flags=0",
     "matches replaced by a text, or by what a function gives"},
    {"subn",      r_subn,      "pattern, repl, string, count=0, flags=0", "the same, and how many they were"},
    {"compile",   r_compile,   "pattern, flags=0",                        "the pattern with these as methods"},
    {"escape",    r_escape,    "pattern",                                 "the text as a pattern for itself"},
    {"purge",     r_purge,     "",                                        "does nothing"},
    {0},
};
// clang-format on

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
  Value d = module_of(a, re_functions, "re");
  for (size_t i = 0; i < COUNT(constants); i++)
    dict_sets(a, d.dict, str_c(constants[i].name), val_int(constants[i].value));
  return d;
}
