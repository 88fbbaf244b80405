// project/dotenv: what python-dotenv makes of the same texts, and what it warns of.
#include "compiler/project/dotenv.h"

#include "check.h"

#include <stdlib.h>

// The file as "NAME=value|NAME|", in order; *warnings: how many lines were left out.
static Str read_text(Arena *a, const char *text, size_t *warnings) {
  Diags diags;
  Dotenv file;
  Buf b = {.arena = a};
  diags_init(&diags);
  dotenv_parse(a, STR(".env"), str_c(text), &file, &diags);
  for (size_t i = 0; i < file.n; i++)
    buf_addf(&b, "%.*s%s%.*s|", STR_ARG(file.items[i].name), file.items[i].has_value ? "=" : "",
             STR_ARG(file.items[i].value));
  *warnings = diags.warnings;
  diags_free(&diags);
  return str_dup(a, buf_str(&b));
}

static const struct {
  const char *text, *read;
  size_t warnings;
} cases[] = {
    {"A=1\nB = two words  \n",                                            "A=1|B=two words|",                0},
    {"# a comment\n\n  A=1 # behind\nB=#no comment\nC= # one\nD=a#b\n",
     "A=1|B=#no comment|C=|D=a#b|",                                                                          0},
    {"export A=1\nexport\tB=2\nexport=3\nexported=4\n",                   "A=1|B=2|export=3|exported=4|",    0},
    {"A='one # \\'two\\' \\n'\nB=\"x\\ty\\\"z\\q\" # c\n",                "A=one # 'two' \\n|B=x\ty\"z\\q|", 0},
    {"A='first\nsecond'\r\nB=\"x\r\ny\"\n'A KEY'=5\n",                    "A=first\nsecond|B=x\ny|A KEY=5|", 0},
    {"\xef\xbb\xbf"
     "A=1\rB=2",                                                     "A=1|B=2|",                        0},
    {"A\nB=\nC",                                                          "A|B=|C|",                         0},
    {"A=1\nA=2\nB=${A}-${NONE}-${NONE:-d}-${A:-d}-$A-${A:x}\n",           "A=2|B=2--d-2-$A-${A:x}|",         0},
    {"A=${A:-d}\nA=${A}e\n",                                              "A=de|",                           0},
    {"B=${STARC_TEST_SET}\nSTARC_TEST_SET=file\nC='${STARC_TEST_SET}'\n",
     "B=shell|STARC_TEST_SET=file|C=shell|",                                                                 0},
    {"A=\"never closed\nB=2\n",                                           "B=2|",                            1},
    {"A='x' y\nB c\n=d\nE=5\n",                                           "E=5|",                            3},
    {"'A=B'=1\n",                                                         "",                                1},
    {"",                                                                  "",                                0},
    {"\xc2\xa0"
     "A\xc2\xa0=\xc2\xa0x\xc2\xa0#c",                                "A=x|",                            0},
};

static void check_refused(void) {
  CHECK(dotenv_refuses(STR("LD_PRELOAD")) && dotenv_refuses(STR("PATH")));
  CHECK(dotenv_refuses(STR("GIT_SSH_COMMAND")) && dotenv_refuses(STR("STARC_ALLOW_LIBRARY")));
  CHECK(dotenv_refuses(STR("HOME")) && dotenv_refuses(STR("XDG_CONFIG_HOME")));
  CHECK(dotenv_refuses(STR("BASH_ENV")) && dotenv_refuses(STR("BASH_FUNC_git%%")));
  CHECK(!dotenv_refuses(STR("GIT_SHA")) && !dotenv_refuses(STR("PATHS")));
  CHECK(!dotenv_refuses(STR("PGPASSWORD")) && !dotenv_refuses(STR("DBT_ENV_SECRET_X")));
}

int main(void) {
  setenv("STARC_TEST_SET", "shell", 1);
  for (size_t i = 0; i < COUNT(cases); i++) {
    Arena a = {0};
    size_t warnings;
    CHECK_STR(read_text(&a, cases[i].text, &warnings), cases[i].read);
    CHECK(warnings == cases[i].warnings);
    arena_free(&a);
  }
  check_refused();
  return check_done();
}
