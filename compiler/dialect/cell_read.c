// Texts of cells -> numbers and moments. Leaves to cell.c what a type holds of them.
#include "cell.h"

static bool is_digit(Str s, size_t i) { return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; }

// --- numbers

static bool take_word(Str s, CellNumber *n) {
  n->nan = str_eq_nocase(s, STR("nan"));
  n->infinite = str_eq_nocase(s, STR("inf")) || str_eq_nocase(s, STR("infinity"));
  return n->nan || n->infinite;
}

// "e-2" from s[i] on: moves the point.
static bool take_exponent(CellNumber *n, Str s, size_t i) {
  bool down = i < s.len && s.ptr[i] == '-';
  i += down || (i < s.len && s.ptr[i] == '+');
  long by = 0;
  if (!is_digit(s, i))
    return false;
  for (; is_digit(s, i) && by < 100000; i++)
    by = by * 10 + (s.ptr[i] - '0');
  n->point += down ? -by : by;
  return i == s.len;
}

// One digit of the text. False: no room.
static bool add_digit(CellNumber *n, char c, bool behind) {
  if (!n->n && c == '0') {
    n->point -= behind;
    return true;
  }
  if (n->n == CELL_DIGITS)
    return false;
  n->digits[n->n++] = c;
  n->point += !behind;
  return true;
}

static void settle(CellNumber *n) {
  while (n->n && n->digits[n->n - 1] == '0')
    n->n--;
  if (!n->n)
    n->point = 0;
}

// What a number can begin with: most texts are none, and need no further look.
static bool may_begin(char c, bool loose) {
  return (c >= '0' && c <= '9') ||
         (c < 'A' ? c && strchr(loose ? "+-.$%" : "+-.", c) : (c | 32) == 'n' || (c | 32) == 'i');
}

// The digits from *i on with at most one point among them. False: none, or too many.
static bool take_digits(CellNumber *n, Str s, size_t *i, bool *behind) {
  size_t digits = 0;
  for (; *i < s.len; ++*i) {
    char c = s.ptr[*i];
    if (c == '.' && !*behind)
      *behind = true;
    else if (c < '0' || c > '9')
      break;
    else if (digits++, !add_digit(n, c, *behind))
      return false;
  }
  return digits;
}

bool cell_number(Str s, CellNumber *n) {
  if (!s.len || !s.ptr[0] || !may_begin(s.ptr[0], false))
    return false;
  bool sign = s.ptr[0] == '-' || s.ptr[0] == '+', behind = false, exponent = false;
  size_t i = sign;
  n->negative = s.ptr[0] == '-';
  n->nan = n->infinite = n->more_zeros = n->plain = n->whole_text = false;
  n->n = 0;
  n->point = 0;
  if (!is_digit(s, i) && take_word(str_sub(s, i, s.len), n))
    return true;
  n->more_zeros = is_digit(s, i + 1) && s.ptr[i] == '0';
  n->plain = is_digit(s, i) && !n->more_zeros && s.ptr[0] != '+' && s.ptr[s.len - 1] != '.';
  if (!take_digits(n, s, &i, &behind))
    return false;
  if (i < s.len) {
    exponent = (s.ptr[i] | 32) == 'e';
    if (!exponent || !take_exponent(n, s, i + 1))
      return false;
  }
  n->plain &= !exponent;
  n->whole_text = !behind && !exponent;
  settle(n);
  return true;
}

// Whether the commas from s[i] on part groups of three digits, up to a point, an exponent, the end.
static bool good_groups(Str s, size_t i) {
  size_t run = 0, groups = 0;
  for (; i < s.len && (is_digit(s, i) || s.ptr[i] == ',' || s.ptr[i] == '_'); i++) {
    if (s.ptr[i] == ',') {
      if (groups ? run != 3 : !run || run > 3)
        return false;
      groups++;
      run = 0;
    } else {
      run += s.ptr[i] != '_';
    }
  }
  return (!groups || run == 3) && str_find(s, STR(","), i) < 0;
}

static Str strip(Str s, char c, bool *found) {
  size_t before = s.len;
  while (s.len && s.ptr[0] == c)
    s = str_sub(s, 1, s.len);
  while (s.len && s.ptr[s.len - 1] == c)
    s.len--;
  *found |= s.len < before;
  return s;
}

static bool has_marks(Str s) {
  uint64_t all = 0;
  return str_until(s, "%$,_", &all) < s.len;
}

bool cell_loose_number(Str s, CellNumber *n, bool *marks) {
  char room[2 * CELL_DIGITS];
  size_t len = 0;
  *marks = false;
  if (!s.len || !s.ptr[0] || !may_begin(s.ptr[0], true))
    return false;
  if (cell_number(s, n))
    return true;
  if (!has_marks(s)) // it would be the same text again
    return false;
  s = strip(s, '%', marks);
  bool sign = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  if (sign)
    room[len++] = s.ptr[0];
  s = strip(str_sub(s, sign, s.len), '$', marks);
  if (s.len + 2 > sizeof room || !good_groups(s, 0) ||
      (s.len && (s.ptr[0] == '+' || (sign && s.ptr[0] == '-'))))
    return false;
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != ',' && !(s.ptr[i] == '_' && i && is_digit(s, i - 1) && is_digit(s, i + 1)))
      room[len++] = s.ptr[i];
  bool good = cell_number(str_n(room, len), n);
  n->plain = false;
  return good;
}

bool cell_is_whole(const CellNumber *n) {
  return !n->nan && !n->infinite && (long)n->n <= n->point + (n->n == 0);
}

void cell_number_print(Buf *out, const CellNumber *n) {
  if (n->negative && (n->n || n->infinite))
    buf_addc(out, '-');
  if (n->nan || n->infinite) {
    buf_add(out, n->nan ? STR("nan") : STR("inf"));
    return;
  }
  if (n->point <= 0)
    buf_addc(out, '0');
  for (long i = 0; i < n->point; i++)
    buf_addc(out, i < (long)n->n ? n->digits[i] : '0');
  if ((long)n->n <= n->point)
    return;
  buf_addc(out, '.');
  for (long i = n->point; i < (long)n->n; i++)
    buf_addc(out, i < 0 ? '0' : n->digits[i]);
}

// --- moments

// `least` to `most` digits.
static bool take(Str s, size_t *i, int least, int most, int *out) {
  int n = 0;
  *out = 0;
  for (; n < most && is_digit(s, *i); n++, (*i)++)
    *out = *out * 10 + (s.ptr[*i] - '0');
  return n >= least;
}

static bool take_char(Str s, size_t *i, char c) {
  if (*i >= s.len || s.ptr[*i] != c)
    return false;
  ++*i;
  return true;
}

static bool take_day(Str s, size_t *i, CellMoment *m) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!take(s, i, 4, 4, &m->year))
    return false;
  m->mark = *i < s.len && strchr("-/.", s.ptr[*i]) ? s.ptr[*i] : 0;
  *i += m->mark != 0;
  if (!take(s, i, m->mark ? 1 : 2, 2, &m->month) || (m->mark && !take_char(s, i, m->mark)) ||
      !take(s, i, m->mark ? 1 : 2, 2, &m->day))
    return false;
  bool leap = (m->year % 4 == 0 && m->year % 100 != 0) || m->year % 400 == 0;
  m->impossible = m->year < 1 || m->month < 1 || m->month > 12 || m->day < 1 ||
                  m->day > days[m->month - 1] + (m->month == 2 && leap);
  return true;
}

// One part of a time.
static bool take_part(Str s, size_t *i, CellMoment *m, int most, int *out) {
  size_t from = *i;
  bool good = take(s, i, 1, 2, out);
  m->two_digits &= *i == from + 2;
  m->impossible |= *out > most;
  return good;
}

static bool take_time(Str s, size_t *i, CellMoment *m) {
  m->two_digits = true;
  if (!take_part(s, i, m, 23, &m->hour))
    return false;
  if (!take_char(s, i, ':'))
    return m->between == 'T';
  if (!take_part(s, i, m, 59, &m->minute))
    return false;
  m->seconds = take_char(s, i, ':');
  if (m->seconds && !take_part(s, i, m, 59, &m->second))
    return false;
  if (!m->seconds || !take_char(s, i, '.'))
    return true;
  size_t from = *i;
  while (is_digit(s, *i))
    ++*i;
  m->fraction = str_sub(s, from, *i);
  while (m->fraction.len && m->fraction.ptr[m->fraction.len - 1] == '0')
    m->fraction.len--;
  return *i > from;
}

static bool take_zone(Str s, size_t *i, CellMoment *m) {
  int hours, minutes = 0;
  if (*i == s.len)
    return true;
  m->zoned = true;
  if (take_char(s, i, 'Z'))
    return true;
  bool west = take_char(s, i, '-');
  if ((!west && !take_char(s, i, '+')) || !take(s, i, 2, 2, &hours))
    return false;
  bool more = take_char(s, i, ':') || *i < s.len;
  if (more && !take(s, i, 2, 2, &minutes))
    return false;
  m->impossible |= hours > 15 || minutes > 59;
  m->offset = (hours * 60 + minutes) * (west ? -1 : 1);
  return true;
}

bool cell_moment(Str s, CellMoment *m) {
  size_t i = 0;
  *m = (CellMoment){0};
  if (!take_day(s, &i, m))
    return false;
  if (i == s.len)
    return true;
  m->between = s.ptr[i++];
  m->timed = true;
  return (m->between == ' ' || m->between == 'T') && take_time(s, &i, m) && take_zone(s, &i, m) &&
         i == s.len;
}
