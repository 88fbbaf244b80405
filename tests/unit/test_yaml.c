// project/yaml: values by YAML 1.1 as PyYAML's safe loader gives them, places, and what is refused.
#include "../../compiler/project/yaml.h"
#include "check.h"

static Arena arena;

// repr() of the value of a text, or "error: MESSAGE".
static Str read_text(const char *text) {
  Diags d;
  diags_init(&d);
  Source *src = arena_new(&arena, Source);
  *src = (Source){.path = STR("x.yml"), .text = str_c(text)};
  Yaml *y = yaml_load(&arena, src, &d);
  Buf b = {.arena = &arena};
  if (y) {
    val_repr(&b, yaml_value(&arena, y));
  } else {
    buf_adds(&b, "error: ");
    buf_add(&b, d.first ? d.first->message : STR("not told"));
  }
  diags_free(&d);
  return buf_str(&b);
}

static bool refused(const char *text) { return str_starts(read_text(text), STR("error: ")); }

// What Python printed for yaml.safe_load(text).
static const struct {
  const char *text, *repr;
} cases[] = {
    {"",                                     "None"                                  },
    {"yes",                                  "True"                                  },
    {"Off",                                  "False"                                 },
    {"y",                                    "'y'"                                   },
    {"'yes'",                                "'yes'"                                 },
    {"~",                                    "None"                                  },
    {"0o17",                                 "'0o17'"                                },
    {"017",                                  "15"                                    },
    {"0x1F",                                 "31"                                    },
    {"0b101",                                "5"                                     },
    {"1_000",                                "1000"                                  },
    {"190:20:30",                            "685230"                                },
    {"1e3",                                  "'1e3'"                                 },
    {"1.0e+3",                               "1000.0"                                },
    {".5",                                   "0.5"                                   },
    {"-.inf",                                "-inf"                                  },
    {"123456789012345678901234567890",       "123456789012345678901234567890"        },
    {"1.2.3",                                "'1.2.3'"                               },
    {"{a: 1, b: [x, 'y', null]}",            "{'a': 1, 'b': ['x', 'y', None]}"       },
    {"- a\n- b: c\n",                        "['a', {'b': 'c'}]"                     },
    {"a: &x {k: 1}\nb:\n  <<: *x\n  j: 2\n", "{'a': {'k': 1}, 'b': {'k': 1, 'j': 2}}"},
    {"a: |\n  one\n  two\n",                 "{'a': 'one\\ntwo\\n'}"                 },
    {"a: >-\n  one\n  two\n",                "{'a': 'one two'}"                      },
    {"a: \"x\\ty\"",                         "{'a': 'x\\ty'}"                        },
    {"a: b # c",                             "{'a': 'b'}"                            },
    {"a:\r\n  - 1\r\n",                      "{'a': [1]}"                            },
    {"\xef\xbb\xbf"
     "a: 1",                            "{'a': 1}"                              },
    {"!!str 12",                             "'12'"                                  },
};

static void places(void) {
  Diags d;
  diags_init(&d);
  Source src = {.path = STR("x.yml"), .text = STR("models:\n  - name: a\n    columns: [id]\n")};
  Yaml *y = yaml_load(&arena, &src, &d);
  CHECK(y && y->kind == YAML_DICT && y->n == 1);
  Yaml *model = yaml_get(y, STR("models"))->items[0];
  LineCol lc = source_locate(&src, yaml_get(model, STR("columns"))->items[0]->span.at);
  CHECK(lc.line == 3 && lc.col == 15);
  lc = source_locate(&src, yaml_entry(model, STR("columns"))->key->span.at);
  CHECK(lc.line == 3 && lc.col == 5);
  CHECK(yaml_get(model, STR("nope")) == NULL && yaml_get(NULL, STR("x")) == NULL);
  diags_free(&d);
}

int main(void) {
  for (size_t i = 0; i < COUNT(cases); i++)
    CHECK_STR(read_text(cases[i].text), cases[i].repr);
  places();
  CHECK(refused("a:\n\t- 1\n"));
  CHECK(refused("a: 'open\n"));
  CHECK(refused("a: [1, 2\n"));
  CHECK(refused("a: caf\xe9\n"));
  CHECK(refused("a: *nowhere\n"));
  arena_free(&arena);
  return check_done();
}
