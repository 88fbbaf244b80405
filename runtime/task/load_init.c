// load init: the YAML of a load from what a database has. In: the address of a database. Out: one
// file with its tables as a load, and as the sources that models read, with columns and types;
// nothing else is written, here or there.
#include "../../compiler/base/address.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/graph/load_node.h"
#include "../../compiler/project/globals.h"
#include "../engine/engine.h"
#include "../run/files.h"
#include "../run/run.h"
#include "load_address.h"
#include "task.h"

#include <ctype.h>

typedef struct Looking {
  Run *run;
  Arena *a;
  LoadAddress of;
  Str name, into;    // of the load; the schema that its tables go to
  bool has_password; // in the address, or in the variable
  Buf left_out;      // names of tables
  const Target *target;
  const Engine *engine;
  Session *session;
} Looking;

// --- the connection

// A text of YAML, in which braces are no template.
static void quoted(Buf *b, Str text) {
  bool raw = str_find(text, STR("{{"), 0) >= 0 || str_find(text, STR("{%"), 0) >= 0 ||
             str_find(text, STR("{#"), 0) >= 0;
  buf_add(b, raw ? STR("\"{% raw %}") : STR("\""));
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c < 32 || c == 127) {
      buf_addf(b, "\\x%02x", c);
      continue;
    }
    if (c == '"' || c == '\\')
      buf_addc(b, '\\');
    buf_addc(b, text.ptr[i]);
  }
  buf_add(b, raw ? STR("{% endraw %}\"") : STR("\""));
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

static bool is_plain(Str text) {
  bool number = text.len > 0;
  for (size_t i = 0; i < text.len; i++)
    number &= isdigit((unsigned char)text.ptr[i]) != 0;
  return number || str_is(text, "true") || str_is(text, "false");
}

// `from:`; the password stands in a variable.
static Str from_yaml(Looking *l, const char *indent) {
  const LoadAddress *of = &l->of;
  Buf b = {.arena = l->a};
  size_t at = 0;
  buf_addf(&b, "%stype: %s\n", indent, of->dialect->type);
  for (DictEntry *e; (e = dict_next(of->keys.dict, &at));) {
    Str value = val_text(e->value);
    buf_addf(&b, "%s%.*s: ", indent, STR_ARG(val_text(e->key)));
    if (is_plain(value))
      buf_add(&b, value);
    else
      quoted(&b, value);
    buf_addc(&b, '\n');
  }
  if (l->has_password)
    buf_addf(&b, "%spassword: \"{{ env_var('%.*s') }}\"\n", indent, STR_ARG(secret_name(l)));
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
  bool password = l->has_password;
  l->has_password = false; // it does not stand in a text
  *src = (Source){.path = STR("--from"), .text = str_cat(l->a, STR("from:\n"), from_yaml(l, "  "))};
  l->has_password = password;
  const Yaml *y = yaml_load(l->a, src, &r->diags);
  const YamlEntry *from = y ? yaml_entry(y, STR("from")) : NULL;
  Globals g;
  globals_init(l->a, &g, r->project);
  Target *target = from ? profile_source(l->a, &g, r->project->root, from, &r->diags) : NULL;
  if (!target)
    return run_report(r) && false;
  target->password = (Secret){l->of.password};
  l->target = target;
  DbError error = {.at = -1};
  l->engine = engine_for(l->target, l->a, &error);
  l->session = l->engine ? l->engine->open(l->target, NULL, l->a, &error) : NULL;
  error.unconnected = true;
  if (str_find(error.hint, STR("profiles.yml"), 0) >= 0)
    error.hint = STR("check host, port, user and password in the address");
  if (!l->has_password)
    error.hint = str_fmt(l->a, "export %.*s=.. where it needs a password; or say user:password@",
                         STR_ARG(secret_name(l)));
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
// A name in which * ? and [ stand for themselves: as a pattern, in which each is a set of its own.
static Str as_itself(Arena *a, Str name) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < name.len; i++)
    buf_addf(&b, strchr("*?[", name.ptr[i]) ? "[%c]" : "%c", name.ptr[i]);
  return buf_str(&b);
}

static void add_table(Arena *a, Buf *b, Str table, const Cells *columns) {
  buf_adds(b, "      - {name: ");
  add_name(b, as_itself(a, table));
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
    buf_addc(b, '}');
    if (nullable && type.len && l->run->dialect->nullable &&
        str_eq(type, to->type_name(l->a, t, false, &why)))
      buf_addf(b,
               "  # takes no NULL: if there is one, at the load's table columns: {%.*s: "
               "{expression: \"coalesce(..)\"}}",
               STR_ARG(cell[NAME]));
    buf_addc(b, '\n');
  }
  return true;
}

// The one whose tables it looks at.
static Str schema_of(const Looking *l) {
  Str said = l->target->schema;
  return said.len ? said : str_c(l->of.dialect->source->default_schema);
}

static bool compose(Looking *l, Buf *out, size_t *ntables) {
  const LoadSourceRules *rules = l->of.dialect->source;
  Str schema = schema_of(l);
  Cells tables, columns;
  Buf sources = {.arena = l->a};
  if (!ask(l, rules->tables(l->a, schema), &tables))
    return false;
  buf_addf(out,
           "# mode: replace (what stands here), append (cursor: {column: id}) or merge (key: [id], "
           "and a\n"
           "# cursor that says which rows are new).\n"
           "loads:\n  - name: %.*s\n    from:\n%.*s    schema: %.*s\n    tables:\n",
           STR_ARG(l->name), STR_ARG(from_yaml(l, "      ")), STR_ARG(l->into));
  l->left_out = (Buf){.arena = l->a};
  for (size_t i = 0; i + 1 < tables.n; i += 2) {
    if (load_is_own_table(tables.items[i])) {
      buf_addf(&l->left_out, "%s%.*s", l->left_out.len ? ", " : "", STR_ARG(tables.items[i]));
      continue;
    }
    ++*ntables;
    if (!ask(l, rules->columns(l->a, l->of.dialect->load_rules, schema, tables.items[i]), &columns))
      return false;
    add_table(l->a, out, tables.items[i], &columns);
    add_source(l, &sources, tables.items[i], &columns);
  }
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
  address_hide(o->load_from);
  if (!load_address_read(l->a, o->load_from, &l->of, &r->diags))
    return run_report(r) && false;
  l->name = o->load_name.len ? o->load_name : l->of.database;
  l->into = o->load_schema.len ? o->load_schema : str_cat(l->a, STR("raw_"), l->name);
  if (!good_name(l->name) || !good_name(l->into)) {
    d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--name"), "'%.*s' cannot be a load's name",
                   STR_ARG(good_name(l->name) ? l->into : l->name));
    diag_hint(&r->diags, d, "letters, digits and _, not a digit first");
    return run_report(r) && false;
  }
  if (!l->of.password.len && !project_env(l->a, secret_name(l), &l->of.password))
    l->of.password = (Str){0};
  l->has_password = l->of.password.len;
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
  if (good && !ntables) {
    Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR("--from"),
                         "there is no table in the schema '%.*s'", STR_ARG(schema_of(&l)));
    diag_hint(&r->diags, d, "?schema=NAME at the end of the address names another one");
    run_report(r);
  }
  if (!good || !ntables)
    return EXIT_USAGE;
  if (!fs_write(path, buf_str(&text), &r->diags)) {
    run_report(r);
    return EXIT_FAILED;
  }
  run_say(r, EV_LoadInitDone, NULL,
          "%.*s: a load of %zu table%s, and the source '%.*s' that it fills",
          STR_ARG(run_shown(l.a, r, path)), ntables, ntables == 1 ? "" : "s", STR_ARG(l.name));
  if (l.left_out.len)
    run_say(r, EV_LoadInitDone, NULL, "left out, since starc made them: %.*s",
            STR_ARG(buf_str(&l.left_out)));
  if (l.has_password)
    run_say(r, EV_LoadInitDone, NULL, "next: export %.*s=.., then `starc load --dry-run`",
            STR_ARG(secret_name(&l)));
  else
    run_say(r, EV_LoadInitDone, NULL, "next: `starc load --dry-run`");
  return EXIT_GOOD;
}

int task_load_init(RunOptions *o, Reporter *report) { return run_task(o, report, look); }
