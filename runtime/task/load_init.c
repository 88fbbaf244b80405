// load init: the YAML of a load from what a database has. In: the address of a database. Out: one
// file with its tables as a load, and as the sources that models read, with columns and types;
// nothing else is written, here or there.
#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/load_source.h"
#include "../../compiler/project/globals.h"
#include "../engine/engine.h"
#include "../run/files.h"
#include "../run/run.h"
#include "task.h"

#include <ctype.h>

// "postgres://user:password@host:port/database?schema=s", in its parts.
typedef struct Address {
  const Dialect *dialect;
  Str user, password, host, port, database, schema;
} Address;

typedef struct Looking {
  Run *run;
  Arena *a;
  Address of;
  Str name, into; // of the load; the schema that its tables go to
  const Target *target;
  const Engine *engine;
  Session *session;
} Looking;

// --- the address

static int hex(char c) {
  return c >= '0' && c <= '9'         ? c - '0'
         : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                      : -1;
}

// %40 -> @, as addresses are written.
static Str decoded(Arena *a, Str s) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    int high = s.ptr[i] == '%' && i + 2 < s.len + 0 ? hex(s.ptr[i + 1]) : -1;
    int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;
    buf_addc(&b, low >= 0 ? (char)(high * 16 + low) : s.ptr[i]);
    i += low >= 0 ? 2 : 0;
  }
  return buf_str(&b);
}

static Str before(Str *rest, const char *mark) {
  ptrdiff_t at = str_find(*rest, str_c(mark), 0);
  if (at < 0)
    return (Str){0};
  Str out = str_sub(*rest, 0, (size_t)at);
  *rest = str_sub(*rest, (size_t)at + strlen(mark), rest->len);
  return out;
}

static bool read_address(Arena *a, Str url, Address *out) {
  Str scheme = before(&url, "://"), query = {0};
  *out = (Address){0};
  for (size_t i = 0; dialects[i] && scheme.len; i++) // "postgresql" too
    if (dialects[i]->source && str_starts(scheme, str_c(dialects[i]->type)))
      out->dialect = dialects[i];
  ptrdiff_t mark = str_find(url, STR("?"), 0);
  if (mark >= 0) {
    query = str_sub(url, (size_t)mark + 1, url.len);
    url = str_sub(url, 0, (size_t)mark);
  }
  ptrdiff_t at = str_rfind(url, STR("@"));
  if (at >= 0) {
    Str who = str_sub(url, 0, (size_t)at), user = before(&who, ":");
    url = str_sub(url, (size_t)at + 1, url.len);
    out->user = decoded(a, user.len ? user : who);
    out->password = user.len ? decoded(a, who) : (Str){0};
  }
  Str server = before(&url, "/");
  out->database = decoded(a, server.len ? url : (Str){0});
  server = server.len ? server : url;
  Str host = before(&server, ":");
  out->host = host.len ? host : server;
  out->port = host.len ? server : (Str){0};
  Str one;
  while (query.len && str_cut(&query, '&', &one))
    if (str_starts(one, STR("schema=")))
      out->schema = decoded(a, str_sub(one, 7, one.len));
  return out->dialect && out->host.len;
}

// --- the connection

static void quoted(Buf *b, Str text) {
  buf_addc(b, '"');
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == '"' || text.ptr[i] == '\\')
      buf_addc(b, '\\');
    buf_addc(b, text.ptr[i]);
  }
  buf_addc(b, '"');
}

static Str secret_name(Looking *l) {
  Buf b = {.arena = l->a};
  buf_adds(&b, "DBT_ENV_SECRET_");
  for (size_t i = 0; i < l->name.len; i++)
    buf_addc(&b, isalnum((unsigned char)l->name.ptr[i])
                     ? (char)toupper((unsigned char)l->name.ptr[i])
                     : '_');
  buf_adds(&b, "_PASSWORD");
  return buf_str(&b);
}

// `from:`, with the variable of the password, or with the password itself (to connect).
static Str from_yaml(Looking *l, const char *indent, bool secret) {
  const Address *of = &l->of;
  Buf b = {.arena = l->a};
  const struct {
    const char *key;
    Str value;
  } keys[] = {
      {"host",     of->host                                                                },
      {"user",     of->user                                                                },
      {"database", of->dialect->has_databases ? of->database : (Str){0}                    },
      {"schema",   of->dialect->has_databases || of->schema.len ? of->schema : of->database},
  };
  buf_addf(&b, "%stype: %s\n", indent, of->dialect->type);
  for (size_t i = 0; i < COUNT(keys); i++)
    if (keys[i].value.len) {
      buf_addf(&b, "%s%s: ", indent, keys[i].key);
      quoted(&b, keys[i].value);
      buf_addc(&b, '\n');
    }
  Str port = of->port.len ? of->port : str_fmt(l->a, "%d", of->dialect->source->port);
  buf_addf(&b, "%sport: %.*s\n%spassword: ", indent, STR_ARG(port), indent);
  if (secret && of->password.len)
    quoted(&b, of->password);
  else
    buf_addf(&b, "\"{{ env_var('%.*s', '') }}\"", STR_ARG(secret_name(l)));
  buf_addc(&b, '\n');
  return buf_str(&b);
}

static bool told(Looking *l, const DbError *e) {
  Diag *d = diag_error(&l->run->diags, e->unconnected ? CODE_CONNECTION_FAILED : db_error_code(e),
                       STR("--from"), "%.*s", STR_ARG(e->brief.len ? e->brief : e->message));
  if (e->hint.len)
    diag_hint(&l->run->diags, d, "%.*s", STR_ARG(e->hint));
  return run_report(l->run) && false;
}

static bool connect(Looking *l) {
  Run *r = l->run;
  Source *src = arena_new(l->a, Source);
  *src = (Source){.path = STR("--from"),
                  .text = str_cat(l->a, STR("from:\n"), from_yaml(l, "  ", true))};
  const Yaml *y = yaml_load(l->a, src, &r->diags);
  const YamlEntry *from = y ? yaml_entry(y, STR("from")) : NULL;
  Globals g;
  globals_init(l->a, &g, r->project);
  l->target = from ? profile_source(l->a, &g, r->project->root, from, &r->diags) : NULL;
  if (!l->target)
    return run_report(r) && false;
  DbError error = {.at = -1};
  l->engine = engine_for(l->target, l->a, &error);
  l->session = l->engine ? l->engine->open(l->target, NULL, l->a, &error) : NULL;
  error.unconnected = true;
  if (str_find(error.hint, STR("profiles.yml"), 0) >= 0)
    error.hint = STR("check host, port, user and password in the address");
  return l->session || told(l, &error);
}

typedef VEC(Str) Cells;

static bool take(void *data, const Cell *cells, size_t n) {
  Cells *out = ((Cells **)data)[0];
  Arena *a = ((Arena **)data)[1];
  for (size_t i = 0; i < n; i++)
    vec_push(a, out, cells[i].is_null ? (Str){0} : str_dup(a, cells[i].text));
  return true;
}

static bool ask(Looking *l, Str sql, Cells *cells) {
  *cells = (Cells){0};
  void *data[] = {cells, l->a};
  RowSink sink = {.data = data, .row = take};
  StmtResult result;
  DbError error = {.at = -1};
  return l->engine->exec(l->session, l->a, &(Stmt){.sql = sql}, &sink, &result, &error) ||
         told(l, &error);
}

// --- the file

static void add_name(Buf *b, Str name) {
  bool plain = name.len && !isdigit((unsigned char)name.ptr[0]);
  for (size_t i = 0; i < name.len; i++)
    plain &= isalnum((unsigned char)name.ptr[i]) || name.ptr[i] == '_';
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  for (size_t i = 0; i < COUNT(words); i++)
    plain &= !str_eq_nocase(name, str_c(words[i]));
  plain ? buf_add(b, name) : quoted(b, name);
}

enum { NAME, TYPE, NOT_NULL, ROWS, WHAT, IS_KEY, FIELDS };

// A table's line of the load: with its key as a comment, which `merge` wants.
static void add_table(Buf *b, Str table, const Cells *columns) {
  buf_adds(b, "      - {name: ");
  add_name(b, table);
  buf_addc(b, '}');
  size_t keys = 0;
  for (size_t i = 0; i + FIELDS <= columns->n; i += FIELDS)
    if (str_is(columns->items[i + IS_KEY], "t")) {
      buf_add(b, keys++ ? STR(", ") : STR("  # key: ["));
      add_name(b, columns->items[i + NAME]);
    }
  buf_add(b, keys ? STR("]\n") : STR("\n"));
}

static bool add_source(Looking *l, Buf *b, Str table, const Cells *columns) {
  const LoadRules *from = l->of.dialect->load_rules, *to = l->run->dialect->load_rules;
  buf_adds(b, "      - name: ");
  add_name(b, table);
  buf_adds(b, "\n        columns:\n");
  for (size_t i = 0; i + FIELDS <= columns->n; i += FIELDS) {
    const Str *cell = &columns->items[i];
    const LoadType *t = from->type(l->a, cell[TYPE]);
    bool nullable = l->of.dialect->nullable ? t->nullable : !str_is(cell[NOT_NULL], "t");
    Str why = {0}, type = to->type_name(l->a, t, nullable, &why);
    buf_adds(b, "          - {name: ");
    add_name(b, cell[NAME]);
    if (type.len) {
      buf_adds(b, ", data_type: ");
      quoted(b, type);
    }
    buf_adds(b, "}\n");
  }
  return true;
}

static bool compose(Looking *l, Buf *out, size_t *ntables) {
  const LoadSourceRules *rules = l->of.dialect->source;
  Str schema = l->target->schema.len ? l->target->schema : str_c(rules->default_schema);
  Cells tables, columns;
  Buf sources = {.arena = l->a};
  if (!ask(l, rules->tables(l->a, schema), &tables))
    return false;
  buf_addf(out,
           "# mode: replace (what stands here), append (cursor: {column: id}) or merge (key: [id], "
           "and a\n"
           "# cursor that says which rows are new).\n"
           "loads:\n  - name: %.*s\n    from:\n%.*s    schema: %.*s\n    tables:\n",
           STR_ARG(l->name), STR_ARG(from_yaml(l, "      ", false)), STR_ARG(l->into));
  for (size_t i = 0; i + 1 < tables.n; i += 2) {
    if (!ask(l, rules->columns(l->a, l->of.dialect->load_rules, schema, tables.items[i]), &columns))
      return false;
    add_table(out, tables.items[i], &columns);
    add_source(l, &sources, tables.items[i], &columns);
  }
  *ntables = tables.n / 2;
  buf_addf(out, "\nsources:\n  - name: %.*s\n    schema: %.*s\n    tables:\n%.*s", STR_ARG(l->name),
           STR_ARG(l->into), STR_ARG(buf_str(&sources)));
  return true;
}

static bool good_name(Str s) {
  bool good = s.len && !isdigit((unsigned char)s.ptr[0]);
  for (size_t i = 0; i < s.len; i++)
    good &= isalnum((unsigned char)s.ptr[i]) || s.ptr[i] == '_';
  return good;
}

// False: reported.
static bool begin(Looking *l, Str *path) {
  Run *r = l->run;
  const RunOptions *o = r->options;
  Diag *d = NULL;
  if (!read_address(l->a, o->load_from, &l->of)) {
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--from"), "%s",
                   o->load_from.len ? "this is no address of a database that loads are brought from"
                                    : "which database?");
    diag_hint(&r->diags, d, "as in postgres://user@host:5432/database?schema=public");
    return run_report(r) && false;
  }
  if (l->of.password.len)
    secret_add(l->of.password);
  l->name = o->load_name.len ? o->load_name : l->of.database;
  l->into = o->load_schema.len ? o->load_schema : l->name;
  if (!good_name(l->name) || !good_name(l->into)) {
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--name"), "'%.*s' cannot be a load's name",
                   STR_ARG(good_name(l->name) ? l->into : l->name));
    diag_hint(&r->diags, d, "letters, digits and _, not a digit first");
    return run_report(r) && false;
  }
  const Package *root = r->project->packages[0];
  Str folder = root->nload_paths ? root->load_paths[0] : STR("loads");
  *path =
      fs_join(l->a, r->project->root, fs_join(l->a, folder, str_cat(l->a, l->name, STR(".yml"))));
  if (!fs_exists(*path))
    return true;
  d = diag_error(&r->diags, CODE_FILE_EXISTS, run_shown(l->a, r, *path),
                 "there is something of that name already");
  diag_hint(&r->diags, d, "--name gives the load another name");
  return run_report(r) && false;
}

static int look(Run *r) {
  Looking l = {.run = r, .a = &r->arena};
  Str path;
  Buf text = {.arena = l.a};
  size_t ntables = 0;
  if (!begin(&l, &path))
    return EXIT_USAGE;
  bool good = connect(&l) && compose(&l, &text, &ntables);
  if (l.session)
    l.engine->close(l.session);
  if (!good)
    return EXIT_USAGE;
  if (!fs_write(path, buf_str(&text), &r->diags)) {
    run_report(r);
    return EXIT_FAILED;
  }
  run_say(r, EV_LoadInitDone, NULL,
          "%.*s: a load of %zu table%s, and the source '%.*s' that it fills",
          STR_ARG(run_shown(l.a, r, path)), ntables, ntables == 1 ? "" : "s", STR_ARG(l.name));
  run_say(r, EV_LoadInitDone, NULL, "next: export %.*s=.., then `starc load --dry-run`",
          STR_ARG(secret_name(&l)));
  return EXIT_GOOD;
}

int task_load_init(RunOptions *o, Reporter *report) { return run_task(o, report, look); }
