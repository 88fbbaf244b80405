// In: version requirements like ">=1.3.0" or [">=1.0.0", "<2.0.0"]. Out: whether we meet them, and
// the release of dbt that a project is read as.
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

// --- the project's release of dbt

// Whether a version meets all terms of a text; what is no requirement is told by version_check.
static bool meets_text(Str text, Version ours) {
  bool parsed, good = true;
  for (Str term; str_cut(&text, ',', &term);)
    good &= meets(str_trim(term), ours, &parsed);
  return good;
}

static bool meets_all(Arena *a, Value terms, Version ours) {
  if (!val_is_seq(terms))
    return terms.kind != VAL_STR || meets_text(val_text(terms), ours);
  bool good = true;
  for (size_t i = 0; i < terms.list->n; i++)
    good &= meets_text(val_to_str(a, terms.list->items[i]), ours);
  return good;
}

// The newest release that meets the terms; false: none does.
static bool newest_for(Arena *a, Value terms, DbtLevel *out) {
  for (int i = DBT_NEWEST; i >= 0; i--)
    if (meets_all(a, terms, parse(str_c(dbt_releases[i].version)))) {
      *out = (DbtLevel)i;
      return true;
    }
  return false;
}

bool level_choose(Opening *o, const Package *root) {
  Project *p = o->project;
  const Yaml *y = yaml_get(root->yaml, STR("require-dbt-version"));
  Value terms = val_undef(NULL);
  p->level_why = STR("the newest that starc knows");
  if (y && !globals_render_yaml(o->arena, &o->globals, y, NULL, NULL, &terms, o->diags))
    return false;
  if (dbt_level_parse(o->options->dbt_version, &p->level))
    p->level_why = STR("as --dbt-version or STARC_DBT_VERSION says");
  else if (y && newest_for(o->arena, terms, &p->level))
    p->level_why = STR("the newest that require-dbt-version of the project allows");
  o->globals.level = p->level;
  return true;
}

// --- what a package requires

// Not with --no-version-check, or where the root project's `flags:` say so.
bool versions_matter(const Project *project, const Package *root) {
  int said = project->options->version_check;
  Value flag = val_get(root->flags, STR("version_check"));
  return said ? said > 0 : flag.kind != VAL_BOOL || flag.b;
}

// How to go on where a requirement is not met: another release of dbt may meet it.
static void hint_version(Opening *o, const Package *p, Diag *f, const char *key) {
  DbtLevel fits;
  bool dbt = strcmp(key, "require-dbt-version") == 0 &&
             newest_for(o->arena, val_get(p->config, str_c(key)), &fits);
  if (dbt && p->is_root)
    diag_hint(o->diags, f, "dbt %s fits: leave out --dbt-version and STARC_DBT_VERSION",
              dbt_releases[fits].level);
  else if (dbt)
    diag_hint(o->diags, f,
              "use another version of the package, or another dbt: --dbt-version %s, or "
              "require-dbt-version of the project",
              dbt_releases[fits].level);
  else if (p->is_root)
    diag_hint(o->diags, f, "change the key, or go on at your own risk with --no-version-check");
  else
    diag_hint(o->diags, f,
              "use another version of the package, change the key, or go on at your own risk with "
              "--no-version-check");
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
    if (parsed)
      hint_version(o, p, f, key);
    else
      diag_hint(o->diags, f, "as in '>=1.3.0'");
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
  bool dbt = check_key(o, p, "require-dbt-version", dbt_releases[o->project->level].version);
  return check_key(o, p, "require-starc-version", STARC_VERSION) && dbt;
}
