// In: version requirements like ">=1.3.0" or [">=1.0.0", "<2.0.0"]. Out: whether we meet them.
#include "check.h"
#include "project_parts.h"

typedef struct Version {
  int parts[3];
  bool ok;
} Version;

static Version parse(Str s) {
  Version v = {.ok = true};
  size_t at = 0;
  for (int i = 0; i < 3; i++) {
    size_t from = at;
    while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9' && at - from < 6)
      v.parts[i] = v.parts[i] * 10 + (s.ptr[at++] - '0');
    v.ok = v.ok && at > from;
    if (i == 2 || at == s.len || s.ptr[at] != '.')
      break;
    at++;
  }
  // what follows (rc1, b2) does not order here: a release is what we are
  return v;
}

static int compare(Version a, Version b) {
  for (int i = 0; i < 3; i++)
    if (a.parts[i] != b.parts[i])
      return a.parts[i] < b.parts[i] ? -1 : 1;
  return 0;
}

// One term: an operator (none is =) and a version.
static bool meets(Str term, Version ours, bool *parsed) {
  static const char ops[] = "<>=!~^";
  size_t at = 0;
  while (at < term.len && strchr(ops, term.ptr[at]) && term.ptr[at])
    at++;
  Str op = str_sub(term, 0, at);
  Version wanted = parse(str_trim(str_sub(term, at, term.len)));
  *parsed = wanted.ok && (op.len == 0 || str_is(op, "=") || str_is(op, "<") || str_is(op, ">") ||
                          str_is(op, "<=") || str_is(op, ">=") || str_is(op, "!="));
  if (!*parsed)
    return true;
  int c = compare(ours, wanted);
  if (op.len == 0 || str_is(op, "="))
    return c == 0;
  if (str_is(op, "!="))
    return c != 0;
  return op.ptr[0] == '<' ? c < 0 || (c == 0 && op.len == 2) : c > 0 || (c == 0 && op.len == 2);
}

// Not with --no-version-check, or where the root project's `flags:` say so.
bool versions_matter(const Project *project, const Package *root) {
  int said = project->options->version_check;
  Value flag = val_get(root->flags, STR("version_check"));
  return said ? said > 0 : flag.kind != VAL_BOOL || flag.b;
}

// Terms stand in a list or, with commas, in one text. A list's items bound one version together.
static bool check_text(Opening *o, const Package *p, const Yaml *y, Str text, const char *key,
                       const char *ours) {
  bool matters = versions_matter(o->project, p->is_root ? p : o->project->packages[0]);
  for (Str term; str_cut(&text, ',', &term);) {
    bool parsed;
    bool ok = meets(str_trim(term), parse(str_c(ours)), &parsed);
    if (parsed && (ok || !matters))
      continue;
    Diag *f = diag_at(o->diags, SEV_ERROR, CODE_WRONG_VERSION, y->src, y->span,
                      parsed ? "'%.*s' does not work with this version: %s is '%.*s', this is %s"
                             : "'%.*s': %s is not a version requirement: '%.*s' (this is %s)",
                      STR_ARG(p->name), key, STR_ARG(term), ours);
    diag_hint(o->diags, f,
              parsed ? "use another version of the package, change the key, or go on at your own "
                       "risk with --no-version-check"
                     : "as in '>=1.3.0'");
    return false;
  }
  return true;
}

static bool check_key(Opening *o, const Package *p, const char *key, const char *ours) {
  const Yaml *y = yaml_get(p->yaml, str_c(key));
  Value v = val_get(p->config, str_c(key));
  bool ok = true;
  if (v.kind == VAL_STR)
    return check_text(o, p, y, val_text(v), key, ours);
  if (val_is_seq(v))
    for (size_t i = 0; i < v.list->n && ok; i++)
      ok = check_text(o, p, y->kind == YAML_LIST && i < y->n ? y->items[i] : y,
                      val_to_str(o->arena, v.list->items[i]), key, ours);
  return ok;
}

bool version_check(Opening *o, const Package *p) {
  bool dbt = check_key(o, p, "require-dbt-version", DBT_COMPATIBLE_VERSION);
  return check_key(o, p, "require-starc-version", STARC_VERSION) && dbt;
}
