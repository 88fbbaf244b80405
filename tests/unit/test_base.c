// base/: arenas, slices, maps, values and their Python text, findings, JSON, secrets, files.
#include "../../compiler/artifacts/events.h"
#include "../../compiler/base/csv.h"
#include "../../compiler/base/diag.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/hash.h"
#include "../../compiler/base/map.h"
#include "../../compiler/base/ptr_map.h"
#include "../../compiler/base/secret.h"
#include "../../compiler/base/sort.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/base/work.h"
#include "../../compiler/value/intern.h"
#include "../../compiler/value/json.h"
#include "../../compiler/value/value.h"
#include "check.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

static Arena arena;

static Str repr(Value v) {
  Buf b = {.arena = &arena};
  val_repr(&b, v);
  return buf_str(&b);
}

static void arenas(void) {
  Arena a = {0};
  char *p = arena_alloc(&a, 10);
  memcpy(p, "0123456789", 10);
  CHECK(arena_grow(&a, p, 10, 100) == p); // the last block grows in place
  char *q = arena_alloc(&a, 1);
  char *moved = arena_grow(&a, p, 100, 5000);
  CHECK(moved != p && q != moved && !memcmp(moved, "0123456789", 10));
  CHECK(((uintptr_t)arena_alloc(&a, 3) & 7) == 0);
  enum { BIG = 1 << 18 };
  char *big = arena_grow(&a, arena_calloc(&a, 1, BIG), BIG, 4 * BIG);
  CHECK(a.total < 5 * BIG && !big[BIG - 1]); // no copy of it is left behind
  char *small = arena_alloc(&a, 8);
  arena_drop(&a, big, 4 * BIG);
  arena_drop(&a, small, 8); // stays
  CHECK(a.total < BIG && memset(small, 'x', 8) == arena_grow(&a, small, 8, 16));
  arena_reset(&a);
  CHECK(a.chunk != NULL);
  arena_free(&a);
  CHECK(a.chunk == NULL && a.total == 0);
}

// As printf has it, also what str_fmt leaves to it.
static void formats(void) {
  char want[200];
  CHECK_STR(
      str_fmt(&arena, "%s|%.*s|%d|%d|%zu|", "a", 2, "bcd", -12, INT_MIN, SIZE_MAX),
      (snprintf(want, sizeof want, "%s|%.*s|%d|%d|%zu|", "a", 2, "bcd", -12, INT_MIN, SIZE_MAX),
       want));
  CHECK_STR(str_fmt(&arena, "%.*s%.*s.", -1, "whole", 9, "to\0nul"), "wholeto.");
  CHECK_STR(str_fmt(&arena, "%5d %-3s%% %x", 7, "a", 255), "    7 a  % ff");
  CHECK_STR(str_fmt(&arena, "%02d:%06d|%03d %02d", 7, 42, -5, 123), "07:000042|-05 123");
  CHECK_STR(str_fmt(&arena, "no more"), "no more");
  Arena small = {0};
  for (size_t i = 0; i < 3000; i++) { // some of them where a chunk ends
    Str s = str_fmt(&small, "%zu and %s", i, "more");
    CHECK(s.ptr[s.len] == 0 && str_ends(s, STR(" and more")) && s.len == strlen(s.ptr));
  }
  arena_free(&small);
  Buf b = {0};
  for (int i = 0; i < 40; i++)
    buf_addf(&b, "%d.", i);
  CHECK(str_starts(buf_str(&b), STR("0.1.2.")) && str_ends(buf_str(&b), STR(".38.39.")));
  buf_free(&b);
  CHECK(buf_room(&b, 0)); // where no bytes go is a place too
  buf_free(&b);
}

static void slices(void) {
  Str rest = STR("a,,b"), part;
  CHECK(str_cut(&rest, ',', &part) && str_is(part, "a"));
  CHECK(str_cut(&rest, ',', &part) && part.len == 0);
  CHECK(str_cut(&rest, ',', &part) && str_is(part, "b"));
  CHECK(!str_cut(&rest, ',', &part));
  CHECK_STR(str_trim(STR(" \t x y\n")), "x y");
  CHECK(str_find(STR("abcabc"), STR("c"), 3) == 5 && str_rfind(STR("abcabc"), STR("ab")) == 3);
  CHECK(str_find(STR("abc"), STR("x"), 0) == -1);
  CHECK(str_cmp(STR("ab"), STR("b")) < 0 && str_cmp(STR("ab"), STR("a")) > 0);
  CHECK(str_distance(STR("dim_customr"), STR("dim_customer"), 3) == 1);
  CHECK(str_distance(STR("ab"), STR("ba"), 3) == 1); // neighbours swapped
  Str names[] = {STR("orders"), STR("customers"), STR("dim_customer")};
  CHECK_STR(str_nearest(STR("dim_customr"), names, 3), "dim_customer");
  CHECK(str_nearest(STR("zzzzzz"), names, 3).ptr == NULL);
  CHECK(str_nearest(STR("NOPE"), (Str[]){STR("HOME")}, 1).ptr == NULL);
  Buf few = {.arena = &arena};
  for (size_t i = 0; i < LISTED + 5; i++)
    buf_add_listed(&few, i, STR("n"));
  buf_add_more(&few, LISTED + 5);
  CHECK(few.len == 3 * LISTED - 2 + 15 && str_ends(buf_str(&few), STR("n, n ... and 5 more")));
  char long_name[400], near_name[400]; // which differ in the last byte
  memset(long_name, 'm', sizeof long_name);
  memset(near_name, 'm', sizeof near_name);
  near_name[399] = 'n';
  CHECK(str_nearest(str_n(long_name, 400), (Str[]){str_n(near_name, 400)}, 1).ptr == near_name);
  CHECK(str_distance(STR("aXbcd"), STR("aYbc"), 5) == 2 &&
        str_distance(STR("ba"), STR("ab"), 2) == 1);
  CHECK(str_distance(STR("aa"), STR("aaa"), 2) == 1 && str_distance(STR(""), STR("ab"), 2) == 2);
  CHECK(str_nearest((Str){0}, (Str[]){STR("ab"), STR("a")}, 2).ptr == NULL);
  const Str parts[] = {STR("stg_group6_chinook___track"), STR("stg_group6_chinook___customer"),
                       STR("fct_orders"), STR("order_id")};
  CHECK_STR(str_nearest(STR("stg_angel_chinook___customer"), parts, 4),
            "stg_group6_chinook___customer");
  CHECK_STR(str_nearest(STR("orders"), parts, 4), "fct_orders");
  CHECK(str_nearest(STR("customer_id"), parts, 4).ptr == NULL);
  CHECK(str_nearest(parts[2], parts + 2, 1).ptr == NULL); // what was written helps nobody
  CHECK_STR(
      str_nearest(STR("average_units_by_contry"), (Str[]){STR("average_unit_price_by_country")}, 1),
      "average_unit_price_by_country");
  Arena a = {0};
  CHECK_STR(str_hint_for(&a, STR("xyz"), names, 3), "there are orders, customers and dim_customer");
  CHECK_STR(str_hint_for(&a, STR("xyz"), names, 1), "there is only orders");
  arena_free(&a);
}

static void maps(void) {
  Map m = {0};
  for (int i = 0; i < 5000; i++)
    map_put(&arena, &m, str_fmt(&arena, "key%d", i), (void *)(intptr_t)(i + 1));
  CHECK(m.n == 5000 && map_get(&m, STR("key4321")) == (void *)4322);
  CHECK(map_put(&arena, &m, STR("key7"), (void *)99) == (void *)8 && m.n == 5000);
  CHECK(map_get(&m, STR("nope")) == NULL && str_is(m.entries[3].key, "key3"));
  PtrMap p = {0};
  char places[5000];
  for (size_t i = 0; i < sizeof places; i++)
    CHECK(!ptr_map_put(&arena, &p, &places[i], &places[i]));
  CHECK(p.n == sizeof places && ptr_map_get(&p, &places[4321]) == &places[4321]);
  CHECK(ptr_map_put(&arena, &p, &places[7], &m) == &places[7] && p.n == sizeof places);
  CHECK(ptr_map_get(&p, &places[7]) == &m && !ptr_map_add(&arena, &p, &places[7]));
  CHECK(!ptr_map_get(&p, &p) && !ptr_map_get(&p, NULL) && ptr_map_add(&arena, &p, &p));
}

static void dicts(void) {
  Value d = val_dict(&arena);
  for (int i = 0; i < 1000; i++)
    dict_set(&arena, d.dict, val_int(i), val_int(i * i));
  CHECK(dict_get(d.dict, val_float(30.0))->i == 900); // 30 and 30.0 are one key
  dict_set(&arena, d.dict, val_bool(true), val_lit("x"));
  CHECK(d.dict->n == 1000 && val_is_str(*dict_get(d.dict, val_int(1)), STR("x")));
  for (int i = 0; i < 1000; i += 2)
    CHECK(dict_remove(d.dict, val_int(i)));
  CHECK(d.dict->n == 500 && !dict_get(d.dict, val_int(10)) && dict_get(d.dict, val_int(11)));
  dict_set(&arena, d.dict, val_int(10), val_none());
  size_t at = 0, n = 0;
  int64_t last = 0;
  for (DictEntry *e; (e = dict_next(d.dict, &at)); n++)
    last = e->key.i;
  CHECK(n == 501 && last == 10); // put back at the end
  Value list = val_list(&arena, 0);
  uint64_t hash;
  CHECK(!val_hash(list, &hash));
}

static void texts(void) {
  Value l = val_list(&arena, 0);
  list_push(&arena, l.list, val_int(1));
  list_push(&arena, l.list, val_lit("it's"));
  list_push(&arena, l.list, val_lit("both'\""));
  list_push(&arena, l.list, val_none());
  list_push(&arena, l.list, val_bool(true));
  CHECK_STR(repr(l), "[1, \"it's\", 'both\\'\"', None, True]");
  list_push(&arena, l.list, l);
  CHECK(str_ends(repr(l), STR(", True, [...]]")));
  Value t = val_tuple(&arena, 1);
  CHECK_STR(repr(t), "()");
  list_push(&arena, t.list, val_lit("\n\x7f\xc2\xa0\xc3\xa9"));
  CHECK_STR(repr(t), "('\\n\\x7f\\xa0\xc3\xa9',)");
  CHECK_STR(repr(val_set(&arena)), "set()");
  static const struct {
    double f;
    const char *text;
  } floats[] = {
      {1,                      "1.0"                    },
      {0.1 + 0.2,              "0.30000000000000004"    },
      {1e15,                   "1000000000000000.0"     },
      {1e16,                   "1e+16"                  },
      {1e-5,                   "1e-05"                  },
      {0.0001,                 "0.0001"                 },
      {-0.0,                   "-0.0"                   },
      {123456.789,             "123456.789"             },
      {1e22,                   "1e+22"                  },
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {5e-324,                 "5e-324"                 },
      {INFINITY,               "inf"                    },
      {1764450123.123456,      "1764450123.123456"      },
      {1764450123.5,           "1764450123.5"           },
      {-1764450123.000001,     "-1764450123.000001"     },
      {7999999999.999999,      "7999999999.999999"      },
      {8589934592.000001,      "8589934592.000002"      }, // above 2**33
      {0.000125,               "0.000125"               },
      {0.0001000001,           "0.0001000001"           },
      {2.5,                    "2.5"                    }
  };
  for (size_t i = 0; i < COUNT(floats); i++)
    CHECK_STR(repr(val_float(floats[i].f)), floats[i].text);
  CHECK(val_eq(val_int(1), val_bool(true)) && !val_eq(val_int(1), val_lit("1")));
  CHECK(!val_eq(val_int(9007199254740993), val_float(9007199254740992.0)));
}

static Value pair_of(Arena *a, const char *first, Value x, const char *then, Value y) {
  Value d = val_dict(a), inner = val_list(a, 1);
  list_push(a, inner.list, y);
  dict_sets(a, d.dict, str_dup(a, str_c(first)), x);
  dict_sets(a, d.dict, str_dup(a, str_c(then)), inner);
  return d;
}

// Values alike are one, also once what they were made of is gone; those that only Python calls
// equal are not.
static void interned(void) {
  Intern in = INTERN_INIT;
  Arena a = {0};
  Value one = pair_of(&a, "x", val_int(1), "y", val_lit("t")), again = one;
  CHECK(intern(&in, &one) && one.dict != again.dict && one.dict->frozen && !again.dict->frozen);
  Value others[] = {pair_of(&a, "x", val_bool(true), "y", val_lit("t")),
                    pair_of(&a, "x", val_float(1), "y", val_lit("t")),
                    pair_of(&a, "y", val_int(1), "x", val_lit("t")),
                    pair_of(&a, "x", val_int(1), "y", val_lit("u")),
                    pair_of(&a, "x", val_int(1), "y", val_none()),
                    val_list(&a, 0),
                    val_tuple(&a, 0),
                    val_dict(&a),
                    val_none(),
                    val_int(0)};
  enum { OTHERS = sizeof others / sizeof *others };
  for (size_t i = 0; i < OTHERS; i++)
    CHECK(intern(&in, &others[i]) && in.n == i + 2);
  arena_free(&a);
  for (int i = 0; i < 200; i++) { // the table grows, and knows the first ones still
    Value v = pair_of(&a, "x", val_int(1), "y", val_int(i)),
          first = pair_of(&a, "x", val_int(1), "y", val_lit("t"));
    CHECK(intern(&in, &v) && intern(&in, &first) && first.dict == one.dict);
  }
  CHECK(in.n == 1 + OTHERS + 200);
  Value of_now = val_answer(&a, "f", val_none()), had = pair_of(&a, "x", of_now, "y", val_none()),
        same = had;
  CHECK(!intern(&in, &had) && had.dict == same.dict);
  arena_free(&a);
  arena_free(&in.arena);
}

static void findings(void) {
  Diags d;
  diags_init(&d);
  Source src = {.path = STR("models/a.sql"), .text = STR("select\n\tré('x')\nfrom t")};
  Diag *f = diag_at(&d, SEV_ERROR, CODE_UNKNOWN_REF, &src, (Span){8, 3}, "no %s", "thing");
  diag_hint(&d, f, "did you mean '%s'?", "ref");
  diag_note(&d, f, &src, (Span){17, 4}, "from here");
  Buf out = {.arena = &arena};
  diag_print(&out, f, DIAG_PLAIN);
  CHECK_STR(buf_str(&out), "models/a.sql:2:2: error: no thing [unknown-ref]\n"
                           "   2 |  r\xc3\xa9('x')\n"
                           "     |  ^~ did you mean 'ref'?\n"
                           "models/a.sql:3:1: note: from here\n"
                           "   3 | from t\n"
                           "     | ^~~~\n");
  Source piece = {.path = STR("m.sql"), .text = STR("b\nc"), .outer = STR("a\nb\nc"), .at = 2};
  LineCol lc = source_locate(&piece, 2);
  CHECK(lc.line == 3 && lc.col == 1);
  Diags all;
  diags_init(&all);
  diags_move(&all, &d);
  CHECK(all.errors == 1 && d.errors == 0 && all.first && all.first->notes);
  diag_at(&all, SEV_ERROR, CODE_UNKNOWN_REF, &src, (Span){4000, 9}, "past the end");
  diag_print(&out, all.last, (DiagLook){.color = true});
  diags_free(&all);
}

// The finding in a terminal of so many columns is `want`, without color.
static void check_look(const Diag *f, size_t width, const char *want) {
  Buf out = {.arena = &arena};
  diag_print(&out, f, (DiagLook){.width = width});
  CHECK_STR(buf_str(&out), want);
}

static void findings_on_a_terminal(void) {
  Diags d;
  diags_init(&d);
  Source src = {.path = STR("a.sql"), .text = STR("select 1 as one, 2 as two, 3 as three from t")};
  Diag *f = diag_at(&d, SEV_ERROR, CODE_UNKNOWN_REF, &src, (Span){7, 1}, "no thing of that name");
  diag_hint(&d, f, "there are many others that it could be");
  check_look(f, 40,
             "a.sql:1:8: error: no thing of that name\n"
             "    [unknown-ref]\n"
             "   1 | select 1 as one, 2 as two, 3 as t\n"
             "     |        ^ there are many others\n"
             "                that it could be\n");
  f->span = (Span){32, 5};
  check_look(f, 40,
             "a.sql:1:33: error: no thing of that name\n"
             "    [unknown-ref]\n"
             "   1 |  2 as two, 3 as three from t\n"
             "     |                 ^~~~~\n"
             "     = there are many others that it\n"
             "       could be\n");
  secret_add(STR("two words"));
  f = diag_at(&d, SEV_ERROR, CODE_NONE, NULL, (Span){0}, "no one let it in by two words");
  diag_hint(&d, f, "ask who gave you two words for it");
  check_look(f, 30,
             "error: no one let it in by\n    *****\n     = ask who gave you *****\n"
             "       for it\n");
  check_look(f, 0, "error: no one let it in by *****\n     = ask who gave you ***** for it\n");
  secret_forget();
  diags_free(&d);
}

// Lines of 1 to 8191 characters, of two bytes each: shown places are those that counting finds.
static void places_in_long_text(void) {
  Buf text = {.arena = &arena};
  for (size_t length = 1; length < 10000; length *= 2, buf_addc(&text, '\n'))
    for (size_t i = 0; i < length * 2 - 1; i++)
      buf_adds(&text, "\xc3\xa9");
  Source src = {.path = STR("a.sql"), .text = buf_str(&text)};
  Diags d;
  diags_init(&d);
  for (size_t at = src.text.len + 9; at > 500; at -= 499) {
    Diag *f = diag_at(&d, SEV_ERROR, CODE_UNKNOWN_REF, &src, (Span){(uint32_t)at, 1}, "x");
    LineCol lc = source_locate(&src, at);
    Buf out = {.arena = &arena};
    diag_brief(&out, f);
    CHECK_STR(buf_str(&out), str_fmt(&arena, "a.sql:%u:%u: error: x", lc.line, lc.col).ptr);
  }
  diags_free(&d);
}

// Memory that threads share. Each takes in steps of 1; *why becomes why it had to end.
typedef struct Taker {
  Work work;
  jmp_buf out;
  int why, taken;
} Taker;

static void taker_ends(Work *w, WorkEnd why) {
  Taker *t = w->data;
  t->why = (int)why;
  longjmp(t->out, 1);
}

static void take(Taker *t, int n) {
  Arena *a = &arena;
  *t = (Taker){.why = -1};
  t->work = (Work){.arena = a, .memory = 100, .time = INT64_MAX, .end = taker_ends, .data = t};
  work_begin(&t->work);
  if (!setjmp(t->out))
    for (; t->taken < n; t->taken++)
      work_take(a, 1);
}

// Its work goes on when the thread has ended: it holds 30.
static void *take_elsewhere(void *data) {
  take(data, 30);
  return NULL;
}

static void memory_of_threads(void) {
  Taker mine, other;
  take(&mine, 200);
  CHECK(mine.why == WORK_MEMORY && mine.taken == 100);
  work_end(&mine.work);
  pthread_t thread;
  pthread_create(&thread, NULL, take_elsewhere, &other);
  pthread_join(thread, NULL);
  CHECK(other.why == -1);
  take(&mine, 200);
  CHECK(mine.why == WORK_CROWDED && mine.taken == 70);
  work_end(&mine.work);
  work_end(&other.work);
  take(&mine, 90);
  CHECK(mine.why == -1);
  work_end(&mine.work);
}

static void names_of_large_projects(void) {
  for (int i = 0; i < 100000; i++)
    CHECK(str_may_search(200));
  bool may = true;
  for (int i = 0; i < 1000 && may; i++)
    may = str_may_search(20000);
  CHECK(!may && str_may_search(200) && !str_may_search(300));
}

static void json(void) {
  Diags d;
  diags_init(&d);
  Source src = {.path = STR("x.json"),
                .text = STR("{\"b\": [1, 2.5, null, true, \"\\u00e9\\n\"], \"a\": {}}")};
  Value v;
  CHECK(json_read(&arena, &src, &v, &d));
  Buf out = {.arena = &arena};
  Json j = {.out = &out};
  json_value(&j, v);
  CHECK_STR(buf_str(&out), "{\"b\": [1, 2.5, null, true, \"\\u00e9\\n\"], \"a\": {}}");
  Source bad = {.path = STR("x.json"), .text = STR("{\"a\": 1,,}")};
  CHECK(!json_read(&arena, &bad, &v, &d) && d.errors == 1);
  diags_free(&d);
}

// What a name, a row or a server says does not steer the terminal.
static void terminals(void) {
  static const char *const cases[][2] = {
      {"plain \xc3\xa4\n\tb",             "plain \xc3\xa4\n\tb"               },
      {"\033]0;t\007",                    "\\x1b]0;t\\x07"                    },
      {"\033[2Ja\033[1;31mb\033[0m",      "\\x1b[2Ja\033[1;31mb\033[0m"       },
      {"\033[8mx\033[1;8;2my\033[38;5;8", "\\x1b[8mx\\x1b[1;8;2my\\x1b[38;5;8"},
      {"a\r\nb\rc\x7f\b",                 "a\nb\\x0dc\\x7f\\x08"              },
      {"\xc2\x9b"
       "2J\x9b"
       "2J",                       "\\x9b2J\\x9b2J"                    },
      {"\xe2\x80\xae",                    "\\u202e"                           },
      {"a\033[31mb\n",                    "a\033[31mb\033[0m\n"               },
      {"\033[1;31mb\033[m\033[10m",       "\033[1;31mb\033[m\033[10m\033[0m"  },
      {"\033[31mb\033[1;0m\n",            "\033[31mb\033[1;0m\n"              },
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    CHECK_STR(utf8_shown(&arena, str_c(cases[i][0])), cases[i][1]);
  CHECK_STR(utf8_plain(&arena, STR("a\033[31mb\033[0m\r\n")), "a\\x1b[31mb\\x1b[0m\n");
  Str same = STR("nothing");
  CHECK(utf8_shown(&arena, same).ptr == same.ptr);
}

static void no_field(void *data, size_t column, Str text) { (void)data, (void)column, (void)text; }

// A quote that is left open in a large file is told where it opens.
static void fields_without_end(void) {
  static const size_t size = (size_t)65 << 20;
  char *text = malloc(size);
  memset(text, 'x', size);
  for (size_t i = 0; i < size; i += 80)
    text[i] = '\n';
  memcpy(text, "a,b\n1,\"", 7);
  Csv csv;
  CHECK(csv_open_text(&csv, &arena, str_n(text, size), ','));
  CHECK(csv_row(&csv, 0, no_field, NULL) && !csv_row(&csv, 2, no_field, NULL));
  CHECK_STR(csv.trouble, "a field is bigger than 64 MB");
  CHECK_STR(csv.hint, "is the quote that opens here closed?");
  CHECK(csv.bad.line == 2 && csv.bad.at == 2);
  csv_close(&csv);
  free(text);
}

static void secrets(void) {
  CHECK_STR(secret_mask(&arena, STR("nothing to hide")), "nothing to hide");
  secret_add(STR("swordfish"));
  CHECK_STR(secret_mask(&arena, STR("password=swordfish;swordfish!")), "password=*****;*****!");
  secret_add(STR("fromafile\n"));
  secret_add(STR("BEGIN KEY\nab\n  cdefgh\r\nEND\n"));
  CHECK_STR(secret_mask(&arena, STR("fromafile: BEGIN KEY\n  ab\n  cdefgh")),
            "*****: *****\n  ab\n  *****");
  secret_add(STR("q'a\033\"\xe2\x80\xa8z"));
  CHECK_STR(secret_mask(&arena, STR("['q\\'a\\x1b\"\\u2028z', \"q'a\\x1b\"\\u2028z\"]")),
            "['*****', \"*****\"]");
}

static void files(void) {
  Diags d;
  diags_init(&d);
  char dir[] = "/tmp/starc-test-XXXXXX";
  CHECK(mkdtemp(dir) != NULL);
  Str path = str_fmt(&arena, "%s/sub/a.txt", dir), text;
  CHECK(fs_write(path, STR("one"), &d) && fs_write(path, STR("two"), &d));
  CHECK(fs_read(&arena, path, path, &text, &d) && str_is(text, "two"));
  CHECK(fs_write(str_fmt(&arena, "%s/.hidden", dir), STR("x"), &d));
  FsEntry *found;
  size_t n;
  Str ext = STR(".txt");
  CHECK(fs_walk(&arena, str_c(dir), &ext, 1, FS_LINKED_FILES, &found, &n, &d) && n == 1 &&
        str_is(found[0].rel, "sub/a.txt"));
  FsWriter w;
  CHECK(fs_writer_open(&w, path, &d));
  fputs("three", w.file);
  fs_writer_abort(&w);
  CHECK(fs_read(&arena, path, path, &text, &d) && str_is(text, "two"));
  CHECK(!fs_read(&arena, STR("/no/such/file"), STR("x"), &text, &d) && d.errors == 1);
  CHECK(fs_remove(str_c(dir), &d) && !fs_exists(path));
  diags_free(&d);
}

// Each kind of finding has a word of its own and a page that says something.
static void codes(void) {
  for (int i = 1; i < CODE_COUNT; i++) {
    const CodeRow *row = code_row((Code)i);
    Str near;
    CHECK(code_find(str_c(row->word), &near) == (Code)i);
    CHECK(strspn(row->word, "abcdefghijklmnopqrstuvwxyz-") == strlen(row->word));
    CHECK(*row->meaning && strlen(row->meaning) < 60 && !strchr(row->meaning, '\n'));
    CHECK(strlen(row->cause) > 20 && *row->example && strlen(row->todo) > 10);
  }
  Str near;
  CHECK(!code_find(STR("unknwn-ref"), &near));
  CHECK_STR(near, "unknown-ref");
}

// Each event has a name and a code of its own (dbt gave D041 to two), and keys in order with types
// that are known. What dbt has is compared in tests/compat/events.py.
static void events(void) {
  Arena a = {0};
  Map names = {0}, event_codes = {0};
  for (int i = 0; i < EVENT_KINDS; i++) {
    const EventRow *row = event_row((EventKind)i);
    CHECK(!map_get(&names, str_c(row->name)));
    CHECK(!strcmp(row->code, "D041") || !map_get(&event_codes, str_c(row->code)));
    map_put(&a, &names, str_c(row->name), (void *)row);
    map_put(&a, &event_codes, str_c(row->code), (void *)row);
    CHECK(strlen(row->code) == 4 && row->level <= LEVEL_ERROR);
    const char *data = row->data;
    Str key, type, last = STR("");
    size_t n = 0;
    for (; event_next_key(&data, &key, &type); n++, last = key) {
      CHECK(str_cmp(last, key) < 0);
      bool made = str_is(type, "msg") || str_is(type, "node") || str_is(type, "group");
      CHECK(made || type.ptr[type.len - 1] == '?' || event_empty(&a, type).kind != VAL_UNDEF);
    }
    CHECK(!*data && (n > 0) == (strlen(row->data) > 0));
  }
  arena_free(&a);
}

typedef struct Card {
  unsigned char value, number;
} Card;

static int by_value(const void *x, const void *y) {
  const Card *a = x, *b = y;
  return (a->value > b->value) - (a->value < b->value);
}

// Equal ones stay as they came, for each number of them.
static void sorted(void) {
  Card cards[100];
  for (size_t n = 0; n <= COUNT(cards); n++) {
    unsigned seed = (unsigned)n;
    size_t wrong = 0, sum = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
      seed = seed * 1103515245 + 12345;
      cards[i] = (Card){(unsigned char)(seed >> 16 & 7), (unsigned char)i};
      all += i;
    }
    sort_items(cards, n, sizeof *cards, by_value);
    for (size_t i = 0; i < n; i++) {
      sum += cards[i].number;
      wrong +=
          i && (cards[i - 1].value > cards[i].value ||
                (cards[i - 1].value == cards[i].value && cards[i - 1].number > cards[i].number));
    }
    CHECK(!wrong && sum == all);
  }
}

static void unicode_and_digests(void) {
  Str s = STR("a\xc3\xa9\xff");
  size_t at = 0;
  CHECK(utf8_next(s, &at) == 'a' && utf8_next(s, &at) == 0xe9 && utf8_next(s, &at) == 0xdcff);
  CHECK(utf8_invalid(s) == 3 && utf8_count(s) == 3 && utf8_width(STR("\xe4\xb8\xad")) == 2);
  CHECK(utf8_invalid(STR("0123456789 \xc3\xa4 0123456789 \xff")) == 25 &&
        utf8_invalid(STR("01234567\xc3\xa4")) == -1);
  Arena fitted = {0};
  CHECK(str_is(utf8_fit(&fitted, STR("orders"), 6), "orders"));
  CHECK(str_is(utf8_fit(&fitted, STR("orders"), 5), "orde…"));
  CHECK(str_is(utf8_fit(&fitted, STR("表表表"), 5), "表表…")); // wide letters take two columns
  CHECK(str_is(utf8_fit(&fitted, STR("表表表"), 4), "表…"));
  CHECK(utf8_fit(&fitted, STR("orders"), 0).len == 0);
  arena_free(&fitted);
  char md5[33], sha[65];
  hash_md5_hex(STR("abc"), md5);
  hash_sha256_hex(STR("abc"), sha);
  CHECK_STR(str_c(md5), "900150983cd24fb0d6963f7d28e17f72");
  CHECK_STR(str_c(sha), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
  arenas();
  formats();
  interned();
  slices();
  maps();
  dicts();
  texts();
  findings();
  findings_on_a_terminal();
  places_in_long_text();
  memory_of_threads();
  names_of_large_projects();
  codes();
  events();
  sorted();
  json();
  fields_without_end();
  secrets();
  terminals();
  files();
  unicode_and_digests();
  arena_free(&arena);
  return check_done();
}
