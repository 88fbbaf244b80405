// What all databases share of load_type.h: which way a column's text is read, where whole numbers
// begin.
#include "load_type.h"

bool load_is_own(const LoadRules *to, const LoadType *t, Str type) {
  return t->of == to && t->own.len && str_eq(str_trim(type), t->own);
}

Str load_select(Arena *a, const LoadRules *from, const LoadRules *to, Str column, const LoadType *t,
                Str type) {
  return load_is_own(to, t, type) ? to->own(a, column, t) : from->select(a, column, t);
}

Str load_least(const LoadType *t) {
  static const struct {
    int bits;
    const char *least;
  } least[] = {
      {8,   "-128"                                                                          },
      {16,  "-32768"                                                                        },
      {32,  "-2147483648"                                                                   },
      {64,  "-9223372036854775808"                                                          },
      {128, "-170141183460469231731687303715884105728"                                      },
      {256, "-57896044618658097711785492504343953926634992332820282019728792003956564819968"},
  };
  for (size_t i = 0; i < COUNT(least) && !t->is_unsigned; i++)
    if (least[i].bits == t->bits)
      return str_c(least[i].least);
  return STR("0");
}

bool load_is_whole(Str number) {
  size_t i = str_starts(number, STR("-")), from = i;
  while (i < number.len && str_digit_char(number.ptr[i]))
    i++;
  return i == number.len && i > from;
}

Str load_at_least(const LoadType *t, Str number) {
  Str least = load_least(t);
  if (!str_starts(number, STR("-")) || !load_is_whole(number))
    return number;
  bool below = number.len != least.len ? number.len > least.len
                                       : memcmp(number.ptr, least.ptr, least.len) > 0;
  return below ? least : number;
}
