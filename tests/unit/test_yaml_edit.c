// project/yaml_edit, base/patch: what is added stands where it belongs, and all else as it was.
#include "../../compiler/project/yaml_edit.h"
#include "check.h"

static Arena arena;

static Value column(const char *name) {
  Value v = val_dict(&arena);
  dict_sets(&arena, v.dict, STR("name"), val_str(str_c(name)));
  return v;
}

// Adds a column to the list `columns` before its at-th item, or `x: 1, 2` to the dict; the text
// after that, or "refused", or "error".
static Str added(const char *text, int at) {
  Source *src = arena_new(&arena, Source);
  *src = (Source){.path = STR("x.yml"), .text = str_c(text)};
  Diags d;
  diags_init(&d);
  Yaml *root = yaml_load(&arena, src, &d);
  YamlEdit e;
  yaml_edit_open(&e, &arena, src, root);
  const Yaml *list = yaml_get(root, STR("columns"));
  bool good = at < 0 ? yaml_add_key(&e, root, (Str){0}, STR("x"), val_str(STR("1, 2")))
                     : yaml_add_item(&e, list, (size_t)at, column("n"));
  Str out = STR("refused");
  if (good && !yaml_edit_close(&e, &out, &d))
    out = STR("error");
  diags_free(&d);
  return out;
}

static const struct {
  const char *text;
  int at; // < 0: a key
  const char *after;
} cases[] = {
    {"columns:\n- name: a",                                      1,  "columns:\n- name: a\n- name: n"                   },
    {"columns:\n  # of a\n  - name: a",                          0,  "columns:\n  - name: n\n  # of a\n  - name: a"     },
    {"columns:\n  - a: |\n      t\n\n# end",                     1,
     "columns:\n  - a: |\n      t\n  - name: n\n\n# end"                                                                },
    {"columns:\n  - a: |+\n      t\n\nb: 1",                     1,
     "columns:\n  - a: |+\n      t\n\n  - name: n\nb: 1"                                                                },
    {"columns:\n  - <<: {b: 1}\n    a: 1\n    <<: {c: 1}\nd: 1", 1,
     "columns:\n  - <<: {b: 1}\n    a: 1\n    <<: {c: 1}\n  - name: n\nd: 1"                                            },
    {"columns: [{name: a}]",                                     0,  "columns: [{name: n}, {name: a}]"                  },
    {"columns: [{name: a}] # c",                                 1,  "columns: [{name: a}, {name: n}] # c"              },
    {"columns: [ {\"name\": \"a\"} ]",                           1,  "columns: [ {\"name\": \"a\"}, {\"name\": \"n\"} ]"},
    {"columns: [\n  {name: a} # c\n]",                           1,  "columns: [\n  {name: a}, # c\n  {name: n}\n]"     },
    {"columns: []",                                              0,  "columns: [{name: n}]"                             },
    {"columns: &c [{name: a}]\nd: *c",                           1,  "refused"                                          },
    {"columns: &c\n  - name: a\nd: 1",                           1,  "columns: &c\n  - name: a\n  - name: n\nd: 1"      },
    {"a: &a {name: a}\ncolumns: [*a]",                           1,  "refused"                                          },
    {"a: 1 # c\n  # of a\n\n# end",                              -1, "a: 1 # c\n  # of a\n\nx: 1, 2\n\n# end"           },
    {"{a: 1}",                                                   -1, "{a: 1, x: \"1, 2\"}"                              },
    {"a: 'b'\nx:",                                               -1, "a: 'b'\nx: 1, 2"                                  },
    {"a: 'b'\nx: ~ # c",                                         -1, "a: 'b'\nx: 1, 2 # c"                              },
    {"{x}",                                                      -1, "refused"                                          },
    {"x: 3",                                                     -1, "refused"                                          },
    {"# nothing",                                                -1, "# nothing\nx: 1, 2"                               },
};

int main(void) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    Str after = added(cases[i].text, cases[i].at);
    CHECK_STR(after, cases[i].after);
  }
  arena_free(&arena);
  return check_done();
}
