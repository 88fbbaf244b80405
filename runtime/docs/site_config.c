// In: the project's file. Out: the title, logo and repository of the documentation page.
#include "site.h"

#include "../../compiler/base/base64.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/project/check.h"

// Bytes of a picture: it stands in the page once.
enum { MOST_LOGO = 256 * 1024 };

typedef struct Reader {
  Arena *a;
  const Project *p;
  const Yaml *yaml; // of `docs`; NULL: not of a file
  Diags *diags;
} Reader;

static Diag *wrong(const Reader *r, const char *key, const char *why) {
  const Yaml *at = r->yaml ? yaml_get(r->yaml, str_c(key)) : NULL;
  return diag_at(r->diags, SEV_ERROR, CODE_WRONG_VALUE, at ? at->src : NULL,
                 at ? at->span : (Span){0}, "'%s' of 'docs' %s", key, why);
}

static bool text_of(const Reader *r, Value docs, const char *key, Str *out) {
  Value v = val_get(docs, str_c(key));
  if (val_is_absent(v))
    return true;
  if (!val_is(v, VAL_STR)) {
    wrong(r, key, "must be text");
    return false;
  }
  *out = str_trim(val_text(v));
  return true;
}

static const struct {
  Str ending, type;
} pictures[] = {
    {STR_INIT(".svg"),  STR_INIT("image/svg+xml")},
    {STR_INIT(".png"),  STR_INIT("image/png")    },
    {STR_INIT(".webp"), STR_INIT("image/webp")   },
    {STR_INIT(".jpg"),  STR_INIT("image/jpeg")   },
    {STR_INIT(".jpeg"), STR_INIT("image/jpeg")   },
    {STR_INIT(".gif"),  STR_INIT("image/gif")    },
};

// A file of the project, and of no other place, as a data: address.
static bool read_logo(const Reader *r, Str file, Str *out) {
  Str root = r->p->root, path = fs_real(r->a, fs_join(r->a, root, file)), type = {0}, bytes;
  for (size_t i = 0; i < COUNT(pictures); i++)
    if (str_ends(file, pictures[i].ending))
      type = pictures[i].type;
  if (!type.len || !fs_is_below(path, fs_real(r->a, root))) {
    Diag *d = wrong(r, "logo", type.len ? "is outside of the project" : "is no picture");
    diag_hint(r->diags, d, "name a .svg, .png, .webp, .jpg or .gif in the project's folder");
    return false;
  }
  if (!fs_read(r->a, path, file, &bytes, r->diags))
    return false;
  if (bytes.len > MOST_LOGO) {
    Diag *d = wrong(r, "logo", "is too large");
    diag_hint(r->diags, d, "at most 256 kB, since it stands in the page");
    return false;
  }
  Buf b = {0};
  buf_addf(&b, "data:%.*s;base64,", STR_ARG(type));
  base64_add(&b, bytes, base64_letters);
  *out = str_dup(r->a, buf_str(&b));
  buf_free(&b);
  return true;
}

static void check_names(const Reader *r) {
  static const Str names[] = {STR_INIT("title"), STR_INIT("repository"), STR_INIT("logo")};
  for (size_t i = 0; r->yaml && r->yaml->kind == YAML_DICT && i < r->yaml->n; i++) {
    bool known = false;
    for (size_t k = 0; k < COUNT(names); k++)
      known = known || str_eq(r->yaml->entries[i].key->text, names[k]);
    if (!known)
      check_unknown(r->diags, r->yaml->entries[i].key, "'docs'", names, COUNT(names));
  }
}

bool site_config(Arena *a, const Project *p, SiteConfig *out, Diags *diags) {
  const Package *root = p->packages[0];
  Value docs = val_get(root->config, STR("docs"));
  const Yaml *yaml = yaml_get(root->yaml, STR("docs"));
  if (val_is_absent(docs)) {
    const Yaml *vars = root->vars_yaml ? root->vars_yaml : yaml_get(root->yaml, STR("vars"));
    const Yaml *starc = vars ? yaml_get(vars, STR("starc")) : NULL;
    docs = val_get(val_get(root->vars, STR("starc")), STR("docs"));
    yaml = starc ? yaml_get(starc, STR("docs")) : NULL;
  }
  Reader r = {a, p, yaml, diags};
  Str logo = {0};
  *out = (SiteConfig){.title = root->name};
  check_names(&r);
  if (!text_of(&r, docs, "title", &out->title) || !text_of(&r, docs, "logo", &logo) ||
      !text_of(&r, docs, "repository", &out->repository))
    return false;
  while (str_ends(out->repository, STR("/")))
    out->repository.len--;
  if (out->repository.len && !str_starts(out->repository, STR("https://")) &&
      !str_starts(out->repository, STR("http://"))) {
    Diag *d = wrong(&r, "repository", "is no address");
    diag_hint(diags, d, "such as https://example.com/shop/blob/main, before a file's path");
    return false;
  }
  return !logo.len || read_logo(&r, logo, &out->logo);
}
