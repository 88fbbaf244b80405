// package-lock.yml is written, packages.yml gets another package. Both stay as they are when
// something fails.
#include "lock.h"
#include "deps.h"
#include "resolve.h"

#include "../../compiler/base/fs.h"
#include "../../compiler/base/secret.h"

static void put(Deps *d, Value item, const char *key, Str text) {
  if (text.len)
    dict_sets(d->a, item.dict, str_c(key), val_str(text));
}

static Value lock_item(Deps *d, const Pinned *p) {
  const Require *r = &p->require;
  Value item = val_dict(d->a);
  Str what = r->kind == REQUIRE_LOCAL || r->kind == REQUIRE_HUB ? r->what : r->written;
  Str masked = secret_mask(d->a, what);
  if (!str_eq(masked, what))
    diag_warn(d->diags, CODE_PACKAGE_SECRET, (Str){0},
              "package-lock.yml is written without the secret in '%.*s': take it from env_var in "
              "packages.yml, so that the lock file can be used",
              STR_ARG(masked));
  put(d, item, r->is_private ? "private" : require_keys[r->kind].ptr, masked);
  put(d, item, "provider", r->provider);
  if (r->kind == REQUIRE_HUB)
    put(d, item, "version", r->versions[0]);
  if (r->kind == REQUIRE_GIT) {
    put(d, item, "revision", r->revision);
    put(d, item, "subdirectory", r->subdirectory);
  }
  put(d, item, "name", p->name);
  return item;
}

bool lock_write(Deps *d, const Requirements *wanted, const Pinned *pinned, size_t n) {
  Value list = val_list(d->a, n), file = val_dict(d->a);
  for (size_t i = 0; i < n; i++)
    list_push(d->a, list.list, lock_item(d, &pinned[i]));
  dict_sets(d->a, file.dict, STR("packages"), list);
  dict_sets(d->a, file.dict, STR("sha1_hash"), val_str(requirements_hash(d->a, wanted)));
  Buf b = {.arena = d->a};
  yaml_dump(&b, file, true);
  Str path = fs_join(d->a, d->root, STR("package-lock.yml"));
  if (!fs_write(path, buf_str(&b), d->diags))
    return false;
  deps_say(d, EV_DepsLockUpdating, EVENT_FIELDS({"lock_filepath", val_str(path)}),
           "Updated package-lock.yml");
  return true;
}

// --- --add-package

typedef struct Edit {
  Deps *d;
  Str text;
  Buf out;
} Edit;

static size_t line_start(Str text, size_t at) {
  while (at > 0 && text.ptr[at - 1] != '\n')
    at--;
  return at;
}

static bool is_boundary(Str s, size_t at) {
  return at >= s.len || s.ptr[at] == '/' || s.ptr[at] == '.';
}

// Whether an identifier names the package, with _ and - taken for one.
static bool same_package(Arena *a, Str identifier, Str name) {
  Str names[2] = {name, fs_basename(name)};
  for (int k = 0; k < 2; k++) {
    char *x = str_cstr(a, identifier), *y = str_cstr(a, names[k]);
    for (char *c = x; *c; c++)
      *c = *c == '_' ? '-' : *c;
    for (char *c = y; *c; c++)
      *c = *c == '_' ? '-' : *c;
    Str xs = str_c(x), ys = str_c(y);
    ptrdiff_t at = ys.len ? str_find(xs, ys, 0) : -1;
    if (at >= 0 && (at == 0 || is_boundary(xs, (size_t)at - 1)) &&
        is_boundary(xs, (size_t)at + ys.len))
      return true;
  }
  return false;
}

static Str item_text(Deps *d, const DepsOptions *o, Str indent) {
  ptrdiff_t at = str_rfind(o->add, STR("@"));
  // git@host:org/repo has an @ that starts no version
  if (at >= 0 && str_find(str_sub(o->add, (size_t)at, o->add.len), STR(":"), 0) > 0 &&
      str_is(o->source, "git"))
    at = -1;
  Str name = at > 0 ? str_sub(o->add, 0, (size_t)at) : o->add;
  Str version = at > 0 ? str_sub(o->add, (size_t)at + 1, o->add.len) : (Str){0};
  Value item = val_dict(d->a), list = val_list(d->a, 1), versions = val_list(d->a, 2);
  bool git = str_is(o->source, "git"), local = str_is(o->source, "local");
  dict_sets(d->a, item.dict,
            git     ? STR("git")
            : local ? STR("local")
                    : STR("package"),
            val_str(name));
  Str rest = version, part;
  while (version.len && str_cut(&rest, ',', &part))
    list_push(d->a, versions.list, val_str(str_trim(part)));
  if (version.len && !local)
    dict_sets(d->a, item.dict, git ? STR("revision") : STR("version"),
              versions.list->n > 1 ? versions : versions.list->items[0]);
  list_push(d->a, list.list, item);
  Buf b = {.arena = d->a}, out = {.arena = d->a};
  yaml_dump(&b, list, false);
  Str lines = buf_str(&b), line;
  while (lines.len && str_cut(&lines, '\n', &line))
    if (line.len)
      buf_addf(&out, "%.*s%.*s\n", STR_ARG(indent), STR_ARG(line));
  return buf_str(&out);
}

// Where an item of a list ends that starts on the line at `from`: behind its last line that stands
// further right than its dash.
static size_t item_end(Str text, size_t from, size_t dash) {
  size_t end = from;
  for (size_t at = from; at < text.len;) {
    size_t indent = 0, stop = at;
    while (stop < text.len && text.ptr[stop] != '\n')
      stop++;
    while (at + indent < stop && text.ptr[at + indent] == ' ')
      indent++;
    bool blank = at + indent == stop || text.ptr[at + indent] == '#';
    if (at != from && !blank && indent <= dash)
      break;
    at = stop + (stop < text.len);
    if (!blank)
      end = at;
  }
  return end;
}

// A file that has no list of packages yet, or an empty one, with the first.
static Str with_first(Deps *d, const DepsOptions *o, const Requirements *had, Str text) {
  Buf b = {.arena = d->a};
  if (had->yaml || str_find(text, STR("packages:"), 0) >= 0)
    text = (Str){0}; // an empty list is written anew
  buf_add(&b, text);
  if (text.len && text.ptr[text.len - 1] != '\n')
    buf_addc(&b, '\n');
  buf_addf(&b, "packages:\n%.*s", STR_ARG(item_text(d, o, STR("  "))));
  return buf_str(&b);
}

// Whether an entry of packages.yml is about the package of that name.
static bool is_about(const Deps *d, const Yaml *entry, Str name) {
  bool same = false;
  for (int k = 0; k < 4 && !same; k++) {
    Str id = yaml_str(yaml_get(entry, require_keys[k]));
    same = id.len && same_package(d->a, id, name);
  }
  return same;
}

// The file with the package in place of an earlier way of asking for it. Comments stay.
static bool edited(Deps *d, const DepsOptions *o, const Requirements *had, Str text, Str *out) {
  Buf b = {.arena = d->a};
  ptrdiff_t at = str_find(o->add, STR("@"), 1);
  Str name = at > 0 ? str_sub(o->add, 0, (size_t)at) : o->add;
  if (!had->yaml || !had->yaml->n) {
    *out = with_first(d, o, had, text);
    return true;
  }
  size_t first = had->yaml->items[0]->span.at, start = line_start(text, first);
  if (text.ptr[had->yaml->span.at] == '[' || first < start + 2) {
    Diag *f = diag_at(d->diags, SEV_ERROR, CODE_PACKAGES_FILE, had->yaml->src, had->yaml->span,
                      "this list is written in a way that --add-package cannot extend");
    diag_hint(d->diags, f, "write one package per line, each behind '- '");
    return false;
  }
  size_t dash = first;
  while (dash > start && text.ptr[dash] != '-')
    dash--;
  Str indent = str_sub(text, start, dash);
  size_t kept = 0, end = 0;
  for (size_t i = 0; i < had->yaml->n; i++) {
    const Yaml *y = had->yaml->items[i];
    size_t from = line_start(text, y->span.at), to = item_end(text, from, dash - start);
    end = to;
    if (!is_about(d, y, name))
      continue;
    buf_add(&b, str_sub(text, kept, from));
    kept = to;
    deps_say(d, EV_DepsFoundDuplicatePackage, NULL, "Replaced the earlier entry of %.*s",
             STR_ARG(name));
  }
  buf_add(&b, str_sub(text, kept, end));
  if (b.len && b.ptr[b.len - 1] != '\n')
    buf_addc(&b, '\n');
  buf_add(&b, item_text(d, o, indent));
  buf_add(&b, str_sub(text, end, text.len));
  *out = buf_str(&b);
  return true;
}

bool add_package(Deps *d, const DepsOptions *o) {
  Requirements had;
  if (!requirements_read(d->a, &d->globals, d->root, &had, d->diags))
    return false;
  Str file = had.file.len ? had.file : STR("packages.yml"), text = {0};
  Str path = fs_join(d->a, d->root, file);
  if (fs_exists(path) && !fs_read(d->a, path, file, &text, d->diags))
    return false;
  if (!edited(d, o, &had, text, &text) || !fs_write(path, text, d->diags))
    return false;
  ptrdiff_t at = str_find(o->add, STR("@"), 0);
  size_t end = at < 0 ? o->add.len : (size_t)at;
  Str version = at < 0 ? STR("") : str_sub(o->add, end + 1, o->add.len);
  deps_say(d, EV_DepsAddPackage,
           EVENT_FIELDS({"package_name", val_str(str_sub(o->add, 0, end))},
                        {"packages_filepath", val_str(path)}, {"version", val_str(version)}),
           "Added %.*s to %.*s", STR_ARG(o->add), STR_ARG(file));
  return true;
}
