// Unit tests: rows given to a model in place of what it reads, and the rows expected of it. In:
// their YAML entries, fixtures (tests/fixtures/NAME.csv or .sql) and seeds. Out: nodes whose rows
// are lists of dicts or a query, one for each version of the model; after linking, the stand-ins
// that ref(), source() and `this` mean while the model's text is rendered for the test.
#include "unit_tests.h"

#include "../base/csv.h"
#include "../base/fs.h"
#include "exposures.h"
#include "files.h"
#include "props.h"

// --- files of rows

void load_fixtures(Load *load) {
  for (size_t i = 0; i < load->files.n; i++) {
    const File *f = &load->files.items[i];
    if (f->kind != FILE_FIXTURE)
      continue;
    Str name = load_without_ending(f->path);
    Str key = str_fmt(load->a, "%.*s.%.*s", STR_ARG(f->package->name), STR_ARG(name));
    const File *had = map_put(load->a, &load->fixtures, key, (void *)(uintptr_t)f);
    if (!had)
      continue;
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_NAME, f->source, (Span){0},
                      "there are two fixtures named '%.*s'", STR_ARG(name));
    diag_note(load->diags, d, had->source, (Span){0}, "the other one is here");
    diag_hint(load->diags, d, "unit tests name a fixture without its folder and ending");
  }
}

// What is being read: an entry of `given`, or `expect`.
typedef struct Rows {
  Load *load;
  const File *f;
  Node *test;
  const Yaml *yaml;
  Value written;
  bool given;
} Rows;

static bool wrong(const Rows *r, const char *key, const char *hint, const char *before, Str what,
                  const char *after) {
  const Yaml *at = yaml_get(r->yaml, str_c(key));
  Span span = at ? at->span : r->yaml ? r->yaml->span : r->test->patch->span;
  Diag *d =
      diag_at(r->load->diags, SEV_ERROR, CODE_UNIT_TEST, r->f->source, span,
              "unit test '%.*s'%s%.*s%s", STR_ARG(r->test->name), before, STR_ARG(what), after);
  diag_hint(r->load->diags, d, "%s", hint);
  return false;
}

// One line of CSV.
typedef struct Line {
  Arena *a;
  List *fields; // texts
} Line;

static void add_field(void *data, size_t column, Str text) {
  Line *line = data;
  (void)column;
  list_push(line->a, line->fields, val_str(str_dup(line->a, text)));
}

// The next line that is not empty.
static bool next_line(Csv *c, size_t ncolumns, Line *line) {
  do {
    line->fields = val_list(line->a, ncolumns).list;
    if (!csv_row(c, ncolumns, add_field, line))
      return false;
  } while (line->fields->n == 1 && !line->fields->items[0].len);
  return true;
}

// A dict for each line under the names of the first; what is empty is NULL. Empty lines do not
// count.
static bool csv_rows(const Rows *r, const char *key, Str text, Value *rows) {
  Arena *a = r->load->a;
  Line names = {.a = a}, line = {.a = a};
  *rows = val_list(a, 8);
  Csv c;
  if (!text.len)
    return true;
  bool good = csv_open_text(&c, a, text, ',');
  bool named = good && next_line(&c, 0, &names);
  while (named && next_line(&c, names.fields->n, &line)) {
    Value row = val_dict(a);
    for (size_t i = 0; i < names.fields->n; i++) {
      bool there = i < line.fields->n && line.fields->items[i].len;
      dict_set(a, row.dict, names.fields->items[i], there ? line.fields->items[i] : val_none());
    }
    list_push(a, rows->list, row);
  }
  if (good)
    csv_close(&c);
  if (!c.trouble.len)
    return true;
  return wrong(
      r, key, c.hint.len ? str_cstr(a, c.hint) : "rows are CSV with the names in the first line",
      ": ",
      str_fmt(a, "line %llu of the rows: %.*s", (unsigned long long)c.bad.line, STR_ARG(c.trouble)),
      "");
}

static bool no_fixture(const Rows *r, Str name) {
  Load *load = r->load;
  Str *names = arena_array(load->a, Str, load->fixtures.n + 1);
  size_t n = 0;
  for (size_t i = 0; i < load->fixtures.n; i++) {
    const File *f = load->fixtures.entries[i].value;
    if (f->package == r->f->package)
      names[n++] = load_without_ending(f->path);
  }
  Str near = str_nearest(name, names, n);
  const char *hint =
      near.len ? str_fmt(load->a, "did you mean '%.*s'?", STR_ARG(near)).ptr
               : "fixtures are files of a folder tests/fixtures, named without their ending";
  return wrong(r, "fixture", hint, ": there is no fixture '", name, "'");
}

static bool read_fixture(const Rows *r, Str name, Str form, Str *text) {
  Arena *a = r->load->a;
  const File *f = map_get(&r->load->fixtures,
                          str_fmt(a, "%.*s.%.*s", STR_ARG(r->f->package->name), STR_ARG(name)));
  if (!f)
    return no_fixture(r, name);
  bool sql = !str_ends_nocase(f->path, STR(".csv"));
  if (sql != str_is(form, "sql"))
    return wrong(r, "fixture", sql ? "write `format: sql` for it" : "write `format: csv` for it",
                 ": rows in the format ",
                 str_fmt(a, "%.*s cannot come from '%.*s", STR_ARG(form), STR_ARG(name)),
                 sql ? ".sql'" : ".csv'");
  *text = f->source->text;
  return true;
}

// The rows of the seed that is given without rows.
static bool seed_rows(const Rows *r, Value *rows) {
  Load *load = r->load;
  Str input = val_to_str(load->a, val_get(r->written, STR("input")));
  Capture k = {.arena = load->a, .config = val_dict(load->a)};
  if (!load_capture_reference(load, r->f, r->test, &k, input))
    return false;
  const File *seed = NULL;
  for (size_t i = 0; k.nrefs && i < load->files.n && !seed; i++) {
    const File *f = &load->files.items[i];
    if (f->kind == FILE_SEED && str_eq(load_without_ending(f->path), k.refs[0].name) &&
        (!k.refs[0].package.len || str_eq(f->package->name, k.refs[0].package)))
      seed = f;
  }
  Str text;
  if (!seed)
    return wrong(r, "input", "give it `rows`, or `rows: []`", " gives no rows for ", input,
                 ", which is not a seed");
  if (!fs_read(load->a, seed->absolute, seed->source->path, &text, load->diags))
    return false;
  return csv_rows(r, "input", text, rows);
}

static bool dict_rows(const Rows *r, Value given, bool fixture, Value *rows) {
  if (val_is_absent(given)) {
    if (r->given && !fixture)
      return seed_rows(r, rows);
    given = val_undef(NULL);
  }
  bool good = given.kind == VAL_LIST;
  for (size_t i = 0; good && i < given.list->n; i++)
    good = given.list->items[i].kind == VAL_DICT;
  if (!good)
    return wrong(r, "rows", "with `format: csv` or `format: sql` rows are a text", ": ",
                 r->given ? STR("given rows") : STR("expected rows"),
                 " are a list of dicts, column to value");
  *rows = given;
  return true;
}

// A database takes the type of a column from its first row: one without NULL changes places with
// it.
static Value whole_row_first(Arena *a, Value rows) {
  size_t first = 0;
  for (bool whole = false; first < rows.list->n; first++) {
    size_t at = 0;
    whole = true;
    for (DictEntry *e; (e = dict_next(rows.list->items[first].dict, &at));)
      whole &= e->value.kind != VAL_NONE;
    if (whole)
      break;
  }
  if (!first || first >= rows.list->n)
    return rows;
  Value out = val_list(a, rows.list->n);
  for (size_t i = 0; i < rows.list->n; i++)
    list_push(a, out.list, rows.list->items[i == 0 ? first : i == first ? 0 : i]);
  return out;
}

// The text of rows as a template leaves it: without its last line end.
static Str text_of_rows(Str text) {
  return str_ends(text, STR("\n")) ? str_sub(text, 0, text.len - 1) : text;
}

// {input, rows, format, fixture} with the rows as the test uses them.
static bool read_rows(const Rows *r, Value *out) {
  Arena *a = r->load->a;
  Value format = val_get(r->written, STR("format")), rows = val_get(r->written, STR("rows"));
  Value fixture = val_get(r->written, STR("fixture"));
  Str form = format.kind == VAL_STR ? val_text(format) : STR("dict"), text = {0};
  bool named = fixture.kind == VAL_STR && fixture.len;
  if (!str_is(form, "dict") && !str_is(form, "csv") && !str_is(form, "sql"))
    return wrong(r, "format", "it can be dict, csv or sql", ": rows cannot be in the format '",
                 form, "'");
  if (str_is(form, "dict")) {
    if (!dict_rows(r, rows, named, &rows))
      return false;
  } else {
    if (!named && rows.kind != VAL_STR)
      return wrong(r, "rows", "write it as a text, or name a fixture", ": rows in the format ",
                   form, " are a text");
    if (named && !read_fixture(r, val_text(fixture), form, &text))
      return false;
    text = named ? text : val_text(rows);
    if (str_is(form, "sql"))
      rows = val_str(text_of_rows(text));
    else if (!csv_rows(r, named ? "fixture" : "rows", text, &rows))
      return false;
  }
  if (rows.kind == VAL_LIST)
    rows = whole_row_first(a, rows);
  *out = val_dict(a);
  if (r->given)
    dict_sets(a, out->dict, STR("input"), val_get(r->written, STR("input")));
  dict_sets(a, out->dict, STR("rows"), rows);
  dict_sets(a, out->dict, STR("format"), val_str(form));
  dict_sets(a, out->dict, STR("fixture"), named ? fixture : val_none());
  return true;
}

static bool check_keys(Load *load, const File *f, const Yaml *y, bool given) {
  static const Str known[] = {STR_INIT("rows"), STR_INIT("format"), STR_INIT("fixture"),
                              STR_INIT("input")};
  size_t nknown = given ? 4 : 3;
  bool ok = true;
  for (size_t i = 0; y && y->kind == YAML_DICT && i < y->n; i++) {
    Str key = yaml_str(y->entries[i].key);
    bool found = false;
    for (size_t k = 0; k < nknown; k++)
      found |= str_eq(key, known[k]);
    if (found)
      continue;
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_UNKNOWN_KEY, f->source, y->entries[i].key->span,
                      "%s of a unit test %s no key '%.*s'", given ? "an input" : "what is expected",
                      "has", STR_ARG(key));
    diag_nearest(load->diags, d, key, known, nknown);
    ok = false;
  }
  return ok;
}

// --- the checksum by which state:modified knows a unit test: dbt's, over the text that Python
// gives of what dbt reads the entry into

// What dbt reads these two keys of an entry into.
static const char *const version_fields[] = {"include", "exclude", NULL};
static const char *const override_fields[] = {"macros", "vars", "env_vars", NULL};

static void repr_fields(Buf *b, Value of, const char *const *fields) {
  for (size_t i = 0; fields[i]; i++) {
    Value v = val_get(of, str_c(fields[i]));
    buf_addf(b, "%s%s=", i ? ", " : "", fields[i]);
    val_repr(b, v.kind == VAL_UNDEF ? val_none() : v);
  }
}

static void repr_rows(Buf *b, Value of, bool given) {
  static const char *const input[] = {"input", "rows", NULL}, *const rows[] = {"rows", NULL},
                           *const fixture[] = {"fixture", NULL};
  Str form = val_text(val_get(of, STR("format")));
  buf_addf(b, "UnitTest%sFixture(", given ? "Input" : "Output");
  repr_fields(b, of, given ? input : rows);
  buf_addf(b, ", format=<UnitTestFormat.%s: '%.*s'>, ",
           str_is(form, "sql")   ? "SQL"
           : str_is(form, "csv") ? "CSV"
                                 : "Dict",
           STR_ARG(form));
  repr_fields(b, of, fixture);
  buf_addc(b, ')');
}

static void repr_optional(Buf *b, const char *type, Value of, const char *const *fields) {
  if (of.kind != VAL_DICT) {
    buf_adds(b, "None");
    return;
  }
  buf_addf(b, "%s(", type);
  repr_fields(b, of, fields);
  buf_addc(b, ')');
}

static Str checksum_of(Arena *a, Value entry) {
  Buf b = {.arena = a};
  Value given = val_get(entry, STR("given"));
  buf_addf(&b, "%.*s-", STR_ARG(val_to_str(a, val_get(entry, STR("model")))));
  repr_optional(&b, "UnitTestNodeVersions", val_get(entry, STR("versions")), version_fields);
  buf_adds(&b, "-[");
  for (size_t i = 0; i < given.list->n; i++) {
    buf_addf(&b, "%s", i ? ", " : "");
    repr_rows(&b, given.list->items[i], true);
  }
  buf_adds(&b, "]-");
  repr_rows(&b, val_get(entry, STR("expect")), false);
  buf_addc(&b, '-');
  repr_optional(&b, "UnitTestOverrides", val_get(entry, STR("overrides")), override_fields);
  for (size_t i = 0; i < given.list->n; i++) // rows of files again
    if (val_truth(val_get(given.list->items[i], STR("fixture")))) {
      buf_addc(&b, '-');
      val_print(&b, val_get(given.list->items[i], STR("rows")));
    }
  return load_sha256(a, buf_str(&b));
}

// The keys of a dict that dbt always has, with what stands for one that is not written.
static void complete(Arena *a, Value entry, Str key, const char *const *fields, Value otherwise) {
  Value of = val_get(entry, key), out = val_dict(a);
  if (of.kind != VAL_DICT)
    return;
  for (size_t i = 0; fields[i]; i++) {
    Value v = val_get(of, str_c(fields[i]));
    bool written = v.kind != VAL_UNDEF && v.kind != VAL_NONE;
    dict_sets(a, out.dict, str_c(fields[i]), written ? v : otherwise);
  }
  dict_sets(a, entry.dict, key, out);
}

// Puts the rows of `given` and `expect` into the node in their final form, and its checksum.
bool load_unit_rows(Load *load, const File *f, Node *n) {
  Value inputs = val_get(n->extra, STR("given")), list = val_list(load->a, 4), expect;
  const Yaml *given = yaml_get(n->patch, STR("given"));
  bool ok = true;
  for (size_t i = 0; val_is_seq(inputs) && i < inputs.list->n; i++) {
    const Yaml *y = yaml_item(given, i);
    Rows r = {load, f, n, y, inputs.list->items[i], true};
    Value one = val_dict(load->a);
    ok &= check_keys(load, f, y, true);
    if (val_get(r.written, STR("input")).kind != VAL_STR)
      ok = wrong(&r, "input", "input: ref('model'), source('source', 'table') or this",
                 ": an input has to say what its rows stand for", STR(""), "");
    else
      ok &= read_rows(&r, &one);
    list_push(load->a, list.list, one);
  }
  Rows r = {load, f, n, yaml_get(n->patch, STR("expect")), val_get(n->extra, STR("expect")), false};
  if (r.written.kind != VAL_DICT)
    return wrong(&r, "expect", "add `expect:` with `rows:`", " expects nothing", STR(""), "");
  ok &= check_keys(load, f, r.yaml, false) && read_rows(&r, &expect);
  if (!ok)
    return false;
  n->extra = val_copy(load->a, n->extra, false);
  dict_sets(load->a, n->extra.dict, STR("given"), list);
  dict_sets(load->a, n->extra.dict, STR("expect"), expect);
  complete(load->a, n->extra, STR("versions"), version_fields, val_none());
  complete(load->a, n->extra, STR("overrides"), override_fields, val_dict(load->a));
  n->checksum = checksum_of(load->a, n->extra);
  return true;
}

// --- versions

static bool names_version(Arena *a, Value list, Str version) {
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++)
    if (str_eq(val_to_str(a, list.list->items[i]), version))
      return true;
  return false;
}

// The versions of the model that the test is for; none: the model has no versions.
bool load_unit_versions(Load *load, const File *f, const Node *n, const PropVersion **out,
                        size_t *nout) {
  Arena *a = load->a;
  Value chosen = val_get(n->extra, STR("versions"));
  Value include = val_get(chosen, STR("include")), exclude = val_get(chosen, STR("exclude"));
  Str model = val_to_str(a, val_get(n->extra, STR("model")));
  const Prop *p = load_find_prop(load, PROP_MODEL, f->package, model);
  const Yaml *at = yaml_get(n->patch, STR("versions"));
  *nout = 0;
  if (!p || !p->nversions) {
    if (!val_is_seq(include) && !val_is_seq(exclude))
      return true;
    diag_at(load->diags, SEV_ERROR, CODE_UNIT_TEST, f->source, at ? at->span : n->patch->span,
            "unit test '%.*s' chooses versions of '%.*s', which has none", STR_ARG(n->name),
            STR_ARG(model));
    return false;
  }
  for (size_t i = 0; i < p->nversions; i++) {
    Str v = p->versions[i].v;
    bool in = val_is_seq(exclude)   ? !names_version(a, exclude, v)
              : val_is_seq(include) ? names_version(a, include, v)
                                    : true;
    if (in)
      out[(*nout)++] = &p->versions[i];
  }
  if (*nout)
    return true;
  diag_at(load->diags, SEV_ERROR, CODE_UNIT_TEST, f->source, at ? at->span : n->patch->span,
          "unit test '%.*s' names no version that '%.*s' has", STR_ARG(n->name), STR_ARG(model));
  return false;
}

// --- after linking: what stands in for what

typedef struct Resolve {
  Load *load;
  Node *test;
  const File *f;
  UnitTest *unit;
} Resolve;

// The names of two CTEs may not be one.
static Str cte_name(Arena *a, const UnitTest *u, Str base) {
  Str name = str_fmt(a, "__dbt__cte__%.*s", STR_ARG(base));
  for (int k = 2;; k++) {
    bool taken = false;
    for (size_t i = 0; i < u->ninputs; i++)
      taken |= str_eq_nocase(u->inputs[i].stand_in->more->cte_name, name);
    if (!taken)
      return name;
    name = str_fmt(a, "__dbt__cte__%.*s__%d", STR_ARG(base), k);
  }
}

// What the rows of an input are written as, for messages about them: from its start to its end.
static Span rows_place(const Resolve *r, const Yaml *input) {
  const Yaml *rows = yaml_get(input, STR("rows"));
  if (!rows)
    return input ? input->span : r->test->patch->span;
  const Yaml *last = rows;
  while (last->n && last->kind != YAML_SCALAR)
    last = last->kind == YAML_LIST ? last->items[last->n - 1] : last->entries[last->n - 1].value;
  return (Span){rows->span.at, last->span.at + last->span.len - rows->span.at};
}

static Node *stand_in(Resolve *r, const Node *of, Value input, const Yaml *yaml) {
  Arena *a = r->load->a;
  Node *n = arena_new(a, Node);
  *n = *of;
  n->kind = NODE_MODEL;
  n->id = str_fmt(a, "model.%.*s.%.*s%s%.*s%s%.*s", STR_ARG(of->package->name),
                  STR_ARG(of->info ? of->info->source_name : STR("")), of->info ? "__" : "",
                  STR_ARG(of->name), of->version.len ? ".v" : "", STR_ARG(of->version));
  n->config = val_dict(a);
  dict_sets(a, n->config.dict, STR("materialized"), val_lit("ephemeral"));
  n->needs = n->feeds = NULL;
  n->nneeds = n->nfeeds = 0;
  n->unit = r->unit;
  NodeMore *more = node_more(a, n);
  more->given_rows = val_get(input, STR("rows"));
  Source *src = arena_new(a, Source);
  bool sql = more->given_rows.kind == VAL_STR;
  *src = (Source){.path = r->f->source->path,
                  .text = sql ? val_text(more->given_rows)
                              : STR("{{ get_fixture_sql(_dbt_fixture_rows, none) }}"),
                  .made_by = r->f->source,
                  .made_at = rows_place(r, yaml)};
  n->source = src;
  n->raw_code = src->text;
  n->body = template_parse(a, src, r->load->diags);
  Str base = of->info ? str_fmt(a, "%.*s__%.*s", STR_ARG(of->info->source_name), STR_ARG(of->name))
             : of->alias.len ? of->alias
                             : of->name;
  more->cte_name = cte_name(a, r->unit, base);
  return n->body ? n : NULL;
}

static Diag *about_input(Resolve *r, Severity sev, const Yaml *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static Diag *about_input(Resolve *r, Severity sev, const Yaml *at, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  Str what = str_vfmt(r->load->a, fmt, ap);
  va_end(ap);
  return diag_at(r->load->diags, sev, CODE_UNIT_TEST, r->f->source,
                 at ? at->span : r->test->patch->span, "unit test '%.*s'%.*s",
                 STR_ARG(r->test->name), STR_ARG(what));
}

static void no_such_input(Resolve *r, const Yaml *at, Str input, Str name, Str hint) {
  Diag *d =
      about_input(r, SEV_ERROR, at, " gives rows for %.*s, which was not found", STR_ARG(input));
  if (hint.len)
    diag_hint(r->load->diags, d, "%.*s", STR_ARG(hint));
  diag_lack(r->load->diags, d, LACK_ENTRY, name);
}

static void disabled_input(Resolve *r, const Yaml *at, Str input) {
  Diag *d =
      about_input(r, SEV_ERROR, at, " gives rows for %.*s, which is disabled", STR_ARG(input));
  diag_hint(r->load->diags, d, "take the input away, or enable what it names");
}

static void wrong_input(Resolve *r, const Yaml *at, Str input) {
  Diag *d = about_input(r, SEV_ERROR, at, ": '%.*s' is no input", STR_ARG(input));
  diag_hint(r->load->diags, d, "input: ref('model'), source('source', 'table') or this");
}

static bool reads(const Node *tested, const Node *input) {
  for (size_t i = 0; i < tested->nneeds; i++)
    if (tested->needs[i] == input)
      return true;
  return tested == input;
}

// What an input stands for; NULL: nothing, which is told.
static Node *input_node(Resolve *r, const Yaml *at, Str text) {
  Load *load = r->load;
  Node *of = NULL, *tested = r->unit->tested;
  if (str_is(text, "this"))
    return tested;
  Capture k = {.arena = load->a, .config = val_dict(load->a)};
  if (!load_capture_reference(load, r->f, r->test, &k, text))
    return NULL;
  if (k.nrefs) {
    const Ref *ref = &k.refs[0];
    RefResult found = graph_ref(load->g, tested, ref->package, ref->name, ref->version, &of);
    if (found == REF_DISABLED)
      disabled_input(r, at, text);
    else if (found != REF_FOUND)
      no_such_input(r, at, text, ref->name, graph_hint(load->a, load->g, ref->name));
    return found == REF_FOUND ? of : NULL;
  }
  if (!k.nsources) {
    wrong_input(r, at, text);
    return NULL;
  }
  const SourceRef *ref = &k.sources[0];
  RefResult found = graph_source(load->g, tested, ref->source, ref->table, &of);
  if (found == REF_DISABLED)
    disabled_input(r, at, text);
  else if (found != REF_FOUND)
    no_such_input(r, at, text,
                  str_fmt(load->a, "%.*s.%.*s", STR_ARG(ref->source), STR_ARG(ref->table)),
                  graph_hint_source(load->a, load->g, ref->source, ref->table));
  return found == REF_FOUND ? of : NULL;
}

static void resolve_input(Resolve *r, const Yaml *y, Value input) {
  Load *load = r->load;
  Str text = str_trim(val_to_str(load->a, val_get(input, STR("input"))));
  const Yaml *at = yaml_get(y, STR("input"));
  Node *of = input_node(r, at, text);
  if (!of)
    return;
  if (!reads(r->unit->tested, of)) {
    Diag *d = about_input(r, SEV_WARNING, at, " gives rows for %.*s, which '%.*s' does not read",
                          STR_ARG(text), STR_ARG(r->unit->tested->name));
    diag_hint(load->diags, d, "take the input away, or correct its name");
  }
  UnitInput *in = &r->unit->inputs[r->unit->ninputs];
  in->of = of;
  in->stand_in = stand_in(r, of, input, y);
  r->unit->ninputs += in->stand_in != NULL;
  r->unit->has_this |= of == r->unit->tested;
}

// A test whose inputs are not there fails when it runs, and nothing else does: until then what is
// wrong with them is a warning.
static void resolve_inputs(Resolve *r, Value inputs) {
  Load *load = r->load;
  const Yaml *given = yaml_get(r->test->patch, STR("given"));
  Diags found = {0}, *all = load->diags;
  const Diag **tail = &r->unit->trouble;
  diags_init(&found);
  load->diags = &found;
  for (size_t i = 0; val_is_seq(inputs) && i < inputs.list->n; i++)
    resolve_input(r, yaml_item(given, i), inputs.list->items[i]);
  load->diags = all;
  for (const Diag *f = found.first; f; f = f->next) {
    diag_add(all, f, SEV_WARNING);
    if (f->severity != SEV_ERROR)
      continue;
    Diag *kept = diag_copy(load->a, f);
    *tail = kept;
    tail = (const Diag **)&kept->next;
  }
  diags_free(&found);
}

// Whether it calls is_incremental() of dbt or of an adapter, "macro.dbt_x.is_incremental".
static bool may_be_incremental(const Node *n) {
  for (size_t i = 0; i < n->nmacro_ids; i++)
    if (str_starts(n->macro_ids[i], STR("macro.dbt")) &&
        str_ends(n->macro_ids[i], STR(".is_incremental")))
      return true;
  return false;
}

// An incremental model reads either nothing of itself or rows that the test has to give.
static void check_incremental(Resolve *r) {
  Value on = val_get(r->unit->macros, STR("is_incremental"));
  if (!may_be_incremental(r->unit->tested))
    return;
  const Yaml *at = yaml_get(r->test->patch, STR("overrides"));
  Span span = at ? at->span : r->test->patch->span;
  Diag *d;
  if (on.kind != VAL_BOOL) {
    d = diag_at(r->load->diags, SEV_ERROR, CODE_UNIT_TEST, r->f->source, span,
                "unit test '%.*s' has to say whether '%.*s' is incremental", STR_ARG(r->test->name),
                STR_ARG(r->unit->tested->name));
    diag_hint(r->load->diags, d, "overrides: {macros: {is_incremental: true}} (or false)");
    return;
  }
  if (on.b && !r->unit->has_this) {
    d = diag_at(r->load->diags, SEV_ERROR, CODE_UNIT_TEST, r->f->source, span,
                "unit test '%.*s' runs '%.*s' incrementally and gives no rows for the model itself",
                STR_ARG(r->test->name), STR_ARG(r->unit->tested->name));
    diag_hint(r->load->diags, d, "add a given with `input: this`");
    return;
  }
}

// The node that is rendered and run: the model's text under the test's name.
static Node *runner_of(Arena *a, Node *test, UnitTest *u) {
  Node *n = arena_new(a, Node);
  *n = *test;
  n->unit = u;
  n->raw_code = u->tested->raw_code;
  n->body = u->tested->body;
  n->source = u->tested->source;
  n->database = u->tested->database;
  n->schema = u->tested->schema;
  n->group = u->tested->group;
  n->alias = n->name = test->version.len
                           ? str_fmt(a, "%.*s_v%.*s", STR_ARG(test->name), STR_ARG(test->version))
                           : test->name;
  n->config = val_copy(a, test->config, false);
  Value rows = val_get(val_get(test->extra, STR("expect")), STR("rows"));
  bool sql = rows.kind == VAL_STR;
  dict_sets(a, n->config.dict, STR("materialized"), val_lit("unit"));
  dict_sets(a, n->config.dict, STR("expected_rows"), sql ? val_list(a, 0) : rows);
  dict_sets(a, n->config.dict, STR("expected_sql"), sql ? rows : val_none());
  return n;
}

static bool is_model(Load *load, const File *f, const Node *test) {
  const Node *tested = test->needs[0];
  if (tested->kind == NODE_MODEL)
    return true;
  const Yaml *at = yaml_get(test->patch, STR("model"));
  diag_at(load->diags, SEV_ERROR, CODE_UNIT_TEST, f->source, at ? at->span : test->patch->span,
          "unit test '%.*s' is for a %.*s; unit tests are for models", STR_ARG(test->name),
          STR_ARG(node_kind_names[tested->kind]));
  return false;
}

static void resolve(Load *load, Node *test) {
  Value inputs = val_get(test->extra, STR("given"));
  Value overrides = val_get(test->extra, STR("overrides"));
  UnitTest *u = arena_new(load->a, UnitTest);
  u->tested = test->needs[0];
  u->inputs = arena_array(load->a, UnitInput, (val_is_seq(inputs) ? inputs.list->n : 0) + 1);
  u->macros = val_get(overrides, STR("macros"));
  u->vars = val_get(overrides, STR("vars"));
  u->env_vars = val_get(overrides, STR("env_vars"));
  const File *f = load_file_of(load, test->patch_source);
  Resolve r = {load, test, f, u};
  if (!is_model(load, f, test))
    return;
  resolve_inputs(&r, inputs);
  u->runner = runner_of(load->a, test, u);
  test->unit = u;
  test->schema = u->tested->schema;
  check_incremental(&r);
}

void load_unit_tests(Load *load) {
  for (size_t i = 0; i < load->g->nnodes; i++) {
    Node *n = load->g->nodes[i];
    if (n->kind == NODE_UNIT_TEST && n->nneeds)
      resolve(load, n);
  }
}
