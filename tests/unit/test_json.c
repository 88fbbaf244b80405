// value/json: what the writer puts out, byte for byte as Python's json.dumps, and what the reader
// makes of good and bad texts.
#include "../../compiler/value/json.h"
#include "check.h"

#include <stdlib.h>

static Arena arena;

static bool read_value(const char *text, size_t len, Value *out, Str *why, uint32_t *at) {
  Diags d;
  diags_init(&d);
  Source *src = arena_new(&arena, Source);
  *src = (Source){.path = STR("x.json"), .text = str_n(text, len)};
  bool ok = json_read(&arena, src, out, &d);
  if (!ok && d.first) {
    *why = str_dup(&arena, d.first->message);
    *at = d.first->span.at;
  }
  diags_free(&d);
  return ok;
}

static Str dumps(Value v, bool compact, bool raw, int indent) {
  Buf b = {.arena = &arena};
  Json j = {.out = &b, .compact = compact, .raw_utf8 = raw, .indent = indent};
  json_value(&j, v);
  return buf_str(&b);
}

// A text read and written again.
static Str round_trip(const char *text) {
  Value v;
  Str why = STR("not told");
  uint32_t at = 0;
  if (!read_value(text, strlen(text), &v, &why, &at))
    return str_fmt(&arena, "%u: %.*s", at, STR_ARG(why));
  return dumps(v, false, false, 0);
}

// Text and what Python's json.dumps(json.loads(text)) gives; or the place and reason of the error.
static const struct {
  const char *text, *want;
} cases[] = {
    {"{}",                                       "{}"                                                              },
    {" [ ] ",                                    "[]"                                                              },
    {"{\"a\":1,\"b\":[true,false,null]}",        "{\"a\": 1, \"b\": [true, false, null]}"                          },
    {"1.0",                                      "1.0"                                                             },
    {"-0",                                       "0"                                                               },
    {"1e3",                                      "1000.0"                                                          },
    {"1E+2",                                     "100.0"                                                           },
    {"1e-7",                                     "1e-07"                                                           },
    {"1e400",                                    "Infinity"                                                        },
    {"123456789012345678901234567890",           "123456789012345678901234567890"                                  },
    {"-9223372036854775808",                     "-9223372036854775808"                                            },
    {"[NaN, Infinity, -Infinity]",               "[NaN, Infinity, -Infinity]"                                      },
    {"\"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80\"", "\"\\u00e9\\u65e5\\ud83d\\ude00\""                                },
    {"\"\\u00e9\\ud83d\\ude00\\n\\/\\b\"",       "\"\\u00e9\\ud83d\\ude00\\n/\\b\""                                },
    {"\"\\u0000\x7f\"",                          "\"\\u0000\\u007f\""                                              },
    {"{\"a\":1,\"a\":2}",                        "{\"a\": 2}"                                                      },
    {"\xef\xbb\xbf[1]",                          "[1]"                                                             },
    {"[1,]",                                     "2: not valid JSON: a comma with nothing behind it"               },
    {"[1 2]",                                    "3: not valid JSON: ',' or ']' was expected here"                 },
    {"{a: 1}",                                   "1: not valid JSON: a key in double quotes was expected here"     },
    {"{\"a\" 1}",                                "5: not valid JSON: ':' was expected here"                        },
    {"[1",                                       "2: not valid JSON: it ends inside [...]"                         },
    {"\"abc",                                    "0: not valid JSON: this text is not closed"                      },
    {"\"a\nb\"",                                 "2: not valid JSON: a control character in a text must be escaped"},
    {"\"\\x\"",                                  "1: not valid JSON: no such escape"                               },
    {"\"\\u12g4\"",                              "1: not valid JSON: \\u takes four hexadecimal digits"            },
    {"01",                                       "0: not valid JSON: a value was expected here"                    },
    {"tru",                                      "0: not valid JSON: a value was expected here"                    },
    {"1 2",                                      "2: not valid JSON: something follows behind the end"             },
    {"\"\xff\"",                                 "0: not valid JSON: bytes that are not UTF-8"                     },
    {"",                                         "0: not valid JSON: the file is empty"                            },
};

static void table(void) {
  for (size_t i = 0; i < COUNT(cases); i++)
    CHECK_STR(round_trip(cases[i].text), cases[i].want);
}

static void deep(void) {
  char text[4001];
  memset(text, '[', 4000);
  text[4000] = 0;
  Value v;
  Str why = {0};
  uint32_t at = 0;
  CHECK(!read_value(text, 4000, &v, &why, &at));
  CHECK_STR(why, "not valid JSON: it nests too deep");
  Value self = val_list(&arena, 1); // a list that holds itself must end
  list_push(&arena, self.list, self);
  Buf b = {.arena = &arena};
  Json j = {.out = &b};
  json_value(&j, self);
  CHECK(j.too_deep);
  CHECK(b.len > 2000 && b.len < 10000);
}

static void forms(void) {
  Value d = val_dict(&arena), l = val_list(&arena, 2);
  list_push(&arena, l.list, val_int(1));
  list_push(&arena, l.list, val_lit("\xc3\xa9"));
  dict_sets(&arena, d.dict, STR("k"), l);
  dict_sets(&arena, d.dict, STR("e"), val_dict(&arena));
  CHECK_STR(dumps(d, true, true, 0), "{\"k\":[1,\"\xc3\xa9\"],\"e\":{}}");
  CHECK_STR(dumps(d, false, false, 2),
            "{\n  \"k\": [\n    1,\n    \"\\u00e9\"\n  ],\n  \"e\": {}\n}");
  Value keys = val_dict(&arena);
  dict_set(&arena, keys.dict, val_bool(true), val_int(1));
  dict_set(&arena, keys.dict, val_none(), val_int(2));
  dict_set(&arena, keys.dict, val_float(1.5), val_int(3));
  dict_set(&arena, keys.dict, val_int(7), val_int(4));
  CHECK_STR(dumps(keys, false, false, 0), "{\"true\": 1, \"null\": 2, \"1.5\": 3, \"7\": 4}");
  CHECK_STR(dumps(val_lit("a\xff!"), false, false, 0), "\"a\\ufffd!\"");
}

static void streamed(void) {
  char *bytes = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&bytes, &n);
  Buf b = {0};
  Json j = {.out = &b, .file = f};
  json_open_array(&j);
  size_t most = 0;
  for (int i = 0; i < 50000; i++) {
    json_str(&j, STR("0123456789"));
    most = b.cap > most ? b.cap : most;
  }
  json_close_array(&j);
  fclose(f);
  CHECK(n == 50000 * 14); // 12 for the text, 2 for ", " or the brackets
  CHECK(most < 256 << 10);
  CHECK(bytes[0] == '[' && bytes[n - 1] == ']');
  buf_free(&b);
  free(bytes);
}

// Texts are looked at eight bytes at a time: every byte at every place beside plain ones.
static void eight_at_a_time(void) {
  for (int c = 0; c < 256; c++)
    for (size_t at = 0; at < 17; at++) {
      char text[17];
      memset(text, 'x', sizeof text);
      text[at] = (char)c;
      Str alone = dumps(val_str(str_n(&text[at], 1)), false, false, 0);
      Str wanted = str_fmt(&arena, "\"%.*s%.*s%.*s\"", (int)at, "xxxxxxxxxxxxxxxx",
                           (int)alone.len - 2, alone.ptr + 1, (int)(16 - at), "xxxxxxxxxxxxxxxx");
      CHECK(str_eq(dumps(val_str(str_n(text, sizeof text)), false, false, 0), wanted));
    }
}

// An object whose members were written apart, as threads do, with commas where they belong.
static void members(void) {
  for (int indent = 0; indent < 3; indent += 2) {
    Buf out = {.arena = &arena}, apart = {.arena = &arena}, whole = {.arena = &arena};
    Json j = {.out = &out, .indent = indent}, w = {.out = &whole, .indent = indent};
    json_open_object(&j);
    json_open_object(&w);
    Json part = j;
    part.out = &apart;
    json_key_str(&part, "a", STR("1"));
    json_key_str(&part, "b", STR("2"));
    json_members(&j, buf_str(&apart));
    json_members(&j, STR(""));
    json_key_str(&j, "c", STR("3"));
    json_close_object(&j);
    json_key_str(&w, "a", STR("1"));
    json_key_str(&w, "b", STR("2"));
    json_key_str(&w, "c", STR("3"));
    json_close_object(&w);
    CHECK_STR(buf_str(&out), buf_cstr(&whole));
  }
}

// A frozen dict that comes again is copied from the text before, also where that moves.
static void again(void) {
  Value shared = val_dict(&arena), other = val_dict(&arena), list = val_list(&arena, 0);
  dict_sets(&arena, shared.dict, STR("key"), val_lit("a \"word\""));
  dict_sets(&arena, other.dict, STR("in"), shared);
  val_freeze(other);
  for (int i = 0; i < 100; i++)
    list_push(&arena, list.list, i % 3 ? shared : other);
  Buf plain = {0}, copied = {0};
  Json j = {.out = &plain}, k = {.out = &copied, .remembers = true};
  json_value(&j, list);
  json_value(&k, list);
  CHECK(str_eq(buf_str(&plain), buf_str(&copied)));
  CHECK(k.seen[((uintptr_t)shared.dict / sizeof *shared.dict) % JSON_SEEN].len ==
        strlen("{\"key\": \"a \\\"word\\\"\"}"));
  buf_free(&plain);
  buf_free(&copied);
}

int main(void) {
  table();
  eight_at_a_time();
  members();
  again();
  deep();
  forms();
  streamed();
  arena_free(&arena);
  return check_done();
}
