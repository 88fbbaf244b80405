// Semantic versions: reading, order, ranges.
#include "semver.h"

static bool number(Str *s, int64_t *out) {
  size_t n = 0;
  *out = 0;
  while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9' && n < 18)
    *out = *out * 10 + (s->ptr[n++] - '0');
  if (!n || (n > 1 && s->ptr[0] == '0'))
    return false;
  *s = str_sub(*s, n, s->len);
  return true;
}

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.';
}

static Str word(Str *s) {
  size_t n = 0;
  while (n < s->len && is_word(s->ptr[n]))
    n++;
  Str out = str_sub(*s, 0, n);
  *s = str_sub(*s, n, s->len);
  return out;
}

static SemverOp op_of(Str *s) {
  static const struct {
    Str text;
    SemverOp op;
  } ops[] = {
      {STR_INIT(">="), SEMVER_GE   },
      {STR_INIT("<="), SEMVER_LE   },
      {STR_INIT(">"),  SEMVER_GT   },
      {STR_INIT("<"),  SEMVER_LT   },
      {STR_INIT("="),  SEMVER_EXACT}
  };
  for (size_t i = 0; i < COUNT(ops); i++)
    if (str_starts(*s, ops[i].text)) {
      *s = str_sub(*s, ops[i].text.len, s->len);
      return ops[i].op;
    }
  return SEMVER_EXACT;
}

bool semver_parse(Str text, Semver *out) {
  *out = (Semver){0};
  Str s = str_trim(text);
  out->op = op_of(&s);
  out->text = s;
  for (int i = 0; i < 3; i++) {
    if (i) {
      if (!s.len || s.ptr[0] != '.')
        return false;
      s = str_sub(s, 1, s.len);
    }
    if (!number(&s, &out->parts[i]))
      return false;
  }
  if (s.len && s.ptr[0] != '+') {
    if (s.ptr[0] == '-')
      s = str_sub(s, 1, s.len);
    out->pre = word(&s);
    if (!out->pre.len)
      return false;
  }
  if (s.len && s.ptr[0] == '+') {
    s = str_sub(s, 1, s.len);
    word(&s);
  }
  return s.len == 0;
}

static bool all_digits(Str s, int64_t *n) {
  Str rest = s;
  *n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
    *n = *n * 10 + (s.ptr[i] - '0');
  }
  return rest.len > 0 && rest.len < 18;
}

// "rc.2" before "rc.10", numbers before words.
static int compare_pre(Str a, Str b) {
  Str x = a, y = b, p, q;
  while (x.ptr && y.ptr && str_cut(&x, '.', &p) && str_cut(&y, '.', &q)) {
    int64_t m, n;
    bool dm = all_digits(p, &m), dn = all_digits(q, &n);
    int c = dm && dn ? (m > n) - (m < n) : dm ? -1 : dn ? 1 : str_cmp(p, q);
    if (c)
      return c;
  }
  return (a.len > b.len) - (a.len < b.len);
}

static bool lower_bound(SemverOp op) { return op == SEMVER_GT || op == SEMVER_GE; }
static bool upper_bound(SemverOp op) { return op == SEMVER_LT || op == SEMVER_LE; }

int semver_compare(const Semver *a, const Semver *b) {
  for (int i = 0; i < 3; i++)
    if (a->parts[i] != b->parts[i])
      return a->parts[i] < b->parts[i] ? -1 : 1;
  if (a->pre.len || b->pre.len) {
    if (!a->pre.len)
      return a->op == SEMVER_LT ? -1 : 1;
    if (!b->pre.len)
      return -1;
    int c = compare_pre(a->pre, b->pre);
    if (c)
      return c;
  }
  if ((a->op == SEMVER_GE && b->op == SEMVER_LE) || (a->op == SEMVER_LE && b->op == SEMVER_GE))
    return 0;
  if ((a->op == SEMVER_LT && b->op == SEMVER_LE) || (b->op == SEMVER_GT && a->op == SEMVER_GE) ||
      (upper_bound(a->op) && lower_bound(b->op)))
    return -1;
  if ((b->op == SEMVER_LT && a->op == SEMVER_LE) || (a->op == SEMVER_GT && b->op == SEMVER_GE) ||
      (lower_bound(a->op) && upper_bound(b->op)))
    return 1;
  return 0;
}

// --- ranges

static SemverRange range_of(const Semver *s) {
  SemverRange r = {.start = *s, .end = *s};
  r.has_start = s->op == SEMVER_EXACT || lower_bound(s->op);
  r.has_end = s->op == SEMVER_EXACT || upper_bound(s->op);
  return r;
}

// The tighter of two bounds; `sign` is 1 for lower ones, -1 for upper ones.
static bool tighter(bool has_a, const Semver *a, bool has_b, const Semver *b, int sign, bool *has,
                    Semver *out) {
  *has = has_a || has_b;
  if (!has_a || !has_b) {
    *out = has_a ? *a : *b;
    return true;
  }
  bool exact_a = a->op == SEMVER_EXACT, exact_b = b->op == SEMVER_EXACT;
  if (!exact_a && !exact_b) {
    *out = semver_compare(a, b) * sign < 0 ? *b : *a;
    return true;
  }
  const Semver *exact = exact_a ? a : b, *bound = exact_a ? b : a;
  int c = semver_compare(bound, exact) * sign;
  *out = *exact;
  return c < 0 || (c == 0 && bound->op == (sign > 0 ? SEMVER_GE : SEMVER_LE));
}

static bool both(const SemverRange *a, const SemverRange *b, SemverRange *out) {
  bool exact_a = a->has_start && a->start.op == SEMVER_EXACT;
  bool exact_b = b->has_start && b->start.op == SEMVER_EXACT;
  if (exact_a && exact_b) {
    *out = *a;
    return semver_compare(&a->start, &b->start) == 0;
  }
  SemverRange r = {0};
  if (!tighter(a->has_start, &a->start, b->has_start, &b->start, 1, &r.has_start, &r.start) ||
      !tighter(a->has_end, &a->end, b->has_end, &b->end, -1, &r.has_end, &r.end))
    return false;
  *out = r;
  return !r.has_start || !r.has_end || semver_compare(&r.start, &r.end) <= 0;
}

bool semver_reduce(const Semver *specs, size_t n, SemverRange *out) {
  *out = (SemverRange){0};
  for (size_t i = n; i-- > 0;) { // dbt starts with the last one
    SemverRange one = range_of(&specs[i]), before = *out;
    if (i == n - 1)
      *out = one;
    else if (!both(&before, &one, out))
      return false;
  }
  return true;
}

bool semver_in(const Semver *version, const SemverRange *range) {
  SemverRange r, one = range_of(version);
  return both(range, &one, &r);
}
