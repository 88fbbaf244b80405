// Any bytes as profiles.yml: no crash, no hang; without a target there is a finding, with one its
// keys can be shown, and neither shows its password. The first byte says who the file belongs to
// and which profile and target are asked for.
#include "fuzz_project.h"

#include "../../compiler/project/globals.h"
#include "../../compiler/value/json.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  fuzz_environment();
  eval_allow(64, 1);
  return 0;
}

enum { OWN = 1, LIBRARY = 2, NAMED = 4, TARGET = 8 }; // bits of the first byte

// A secret that nothing but its own key says, and that no word of a message can be.
static bool can_be_told(Str text, Str secret) {
  ptrdiff_t at = str_find(text, secret, 0);
  if (secret.len < 8 || at < 0 || str_find(text, secret, (size_t)at + 1) >= 0)
    return false;
  for (size_t i = 0; i < secret.len; i++)
    if (secret.ptr[i] >= '0' && secret.ptr[i] <= '9')
      return true;
  return false;
}

static void look_at(Arena *a, const Profile *p, Str text) {
  const Target *t = p->target;
  Value seen = globals_target(a, t);
  Buf out = {.arena = a};
  Json j = {.out = &out};
  json_value(&j, seen);
  val_repr(&out, seen);
  const ProfileKey *k;
  for (size_t i = 0; (k = profile_key_at(t->dialect, i)); i++) {
    target_str(t, str_c(k->name), STR(""));
    target_int(t, str_c(k->name), 0);
    target_bool(t, str_c(k->name), false);
  }
  if (t->threads < 1 || (can_be_told(text, t->password.hidden) &&
                         str_find(buf_str(&out), t->password.hidden, 0) >= 0))
    abort();
}

static void read_profiles(Arena *a, uint8_t bits, Str text) {
  Diags d = {0};
  Str dir = fuzz_folder();
  fuzz_file("profiles.yml", text);
  ProjectOptions o = {.profiles_dir = dir,
                      .allow_library = bits & LIBRARY,
                      .target = bits & TARGET ? STR("dev") : STR("")};
  Globals g = {.secrets = true, .vars_cli = val_dict(a)};
  dict_sets(a, g.vars_cli.dict, STR("v"), val_int(5432));
  Str root = bits & OWN ? dir : STR("/nonexistent/shop");
  Profile *p = profile_open(a, &g, &o, root, bits & NAMED ? STR("shop") : STR(""), NULL, &d);
  if (p)
    look_at(a, p, text);
  else if (!d.errors)
    abort();
  fuzz_show(a, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  Arena a = {0};
  read_profiles(&a, *data, str_n((const char *)data + 1, size - 1));
  arena_free(&a);
  secret_forget();
  return 0;
}
