// In: catalogs.yml beside the root's project file. Out: what is wrong with it. It describes
// catalogs of lake tables; dbt knows of none for Postgres and ClickHouse, so that each entry is an
// error in the end, as it is there. Checked in the form of dbt 1, or of v2 where the project's flag
// says so.
#include "catalogs.h"

#include "../base/fs.h"
#include "../project/check.h"
#include "../project/globals.h"

typedef struct Catalogs {
  Load *load;
  const Source *src;
  bool v2;
} Catalogs;

// A key of an entry, and what it may hold.
typedef struct CatalogKey {
  const char *name;
  unsigned types;
  enum { OPTIONAL, NOT_NULL, NEEDED } how; // OPTIONAL: null is as if it were not there
} CatalogKey;

enum { MOST_KEYS = 8 };

static const CatalogKey catalog_keys[] = {
    {"name",                     TYPE_STR, NEEDED},
    {"active_write_integration",                    TYPE_STR, OPTIONAL},
    {"write_integrations", TYPE_LIST, NOT_NULL},
    {0                 }
};
static const CatalogKey integration_keys[] = {
    {"name",            TYPE_STR, NEEDED},
    {"catalog_type",           TYPE_STR, NEEDED},
    {"external_volume",    TYPE_STR, OPTIONAL},
    {"table_format",           TYPE_STR, OPTIONAL},
    {"file_format", TYPE_STR, OPTIONAL},
    {"catalog_database",         TYPE_STR, OPTIONAL},
    {"adapter_properties",    TYPE_DICT, NOT_NULL},
    {0        }
};
static const CatalogKey catalog_keys_v2[] = {
    {"name",         TYPE_STR, NEEDED},
    {"type",        TYPE_STR, NEEDED},
    {"table_format",         TYPE_STR, NEEDED},
    {"config",        TYPE_DICT, NEEDED},
    {0}
};

#define WRONG(c, code, y, ...)                                                                     \
  diag_at((c)->load->diags, SEV_ERROR, (code), (c)->src, (y)->span, __VA_ARGS__)

// --- the shape of an entry

static bool is_null(const Yaml *y) { return y->kind == YAML_SCALAR && y->scalar.kind == VAL_NONE; }

static bool check_keys(const Catalogs *c, const Yaml *y, const char *what, const CatalogKey *keys) {
  Str names[MOST_KEYS];
  size_t n = 0, before = c->load->diags->errors;
  for (; keys[n].name; n++)
    names[n] = str_c(keys[n].name);
  for (uint32_t i = 0; i < y->n; i++) {
    const Yaml *key = y->entries[i].key, *value = y->entries[i].value;
    size_t k = 0;
    while (k < n && !str_eq(key->text, names[k]))
      k++;
    if (k < n && is_null(value) && keys[k].how != OPTIONAL)
      WRONG(c, CODE_WRONG_TYPE, value, "'%s' must be %.*s, not null", keys[k].name,
            STR_ARG(check_types(c->load->a, keys[k].types)));
    else if (k < n)
      check_value(c->load->diags, value, yaml_value(c->load->a, value), keys[k].types, names[k]);
    else
      diag_nearest(
          c->load->diags,
          WRONG(c, CODE_UNKNOWN_KEY, key, "unknown key '%.*s' in %s", STR_ARG(key->text), what),
          key->text, names, n);
  }
  for (size_t k = 0; k < n; k++)
    if (keys[k].how == NEEDED && !yaml_get(y, names[k]))
      WRONG(c, CODE_MISSING_KEY, y, "%s without `%s:`", what, keys[k].name);
  return c->load->diags->errors == before;
}

static bool check_entry(const Catalogs *c, const Yaml *y, const char *what,
                        const CatalogKey *keys) {
  if (y->kind != YAML_DICT) {
    WRONG(c, CODE_WRONG_TYPE, y, "%s is a mapping, not %s", what,
          check_kind(yaml_value(c->load->a, y)));
    return false;
  }
  return check_keys(c, y, what, keys);
}

// --- the integration that is used

static const Yaml *named(const Yaml *list, Str name, uint32_t before) {
  for (uint32_t i = 0; i < before; i++)
    if (str_eq(yaml_str(yaml_get(list->items[i], STR("name"))), name))
      return list->items[i];
  return NULL;
}

static bool check_integrations(const Catalogs *c, const Yaml *list) {
  bool good = true;
  for (uint32_t i = 0; list && i < list->n; i++) {
    const Yaml *y = list->items[i], *name = yaml_get(y, STR("name"));
    good = check_entry(c, y, "a write integration", integration_keys) && good;
    if (!good || !named(list, yaml_str(name), i))
      continue;
    WRONG(c, CODE_DUPLICATE_NAME, name, "two write integrations are named '%.*s'",
          STR_ARG(yaml_str(name)));
    good = false;
  }
  return good;
}

// NULL: which one is used is not said; recorded.
static const Yaml *active(const Catalogs *c, const Yaml *catalog, const Yaml *list) {
  const Yaml *said = yaml_get(catalog, STR("active_write_integration"));
  if (said && (is_null(said) || !said->text.len))
    said = NULL;
  uint32_t n = list ? list->n : 0;
  const Yaml *found = said ? n ? named(list, yaml_str(said), n) : NULL : NULL;
  if (!said && n == 1)
    return list->items[0];
  if (!said)
    WRONG(c, CODE_MISSING_KEY, catalog,
          n ? "a catalog with several write integrations says which one is used: "
              "`active_write_integration:`"
            : "a catalog without `write_integrations:`");
  else if (!found)
    WRONG(c, CODE_WRONG_VALUE, said, "no write integration of the catalog is named '%.*s'",
          STR_ARG(yaml_str(said)));
  return found;
}

static void unsupported(const Catalogs *c, const Yaml *at) {
  const Dialect *d = c->load->shared->dialect;
  Diag *f = WRONG(c, CODE_UNSUPPORTED, at, "%s has no catalogs: '%.*s' is not supported",
                  d ? d->type : "the database", STR_ARG(yaml_str(at)));
  diag_hint(c->load->diags, f,
            "take the catalog out of the file: its tables are made in the database");
}

// `config:` says something of platforms, each in a mapping.
static bool check_platforms(const Catalogs *c, const Yaml *config) {
  size_t before = c->load->diags->errors;
  for (uint32_t i = 0; i < config->n; i++)
    check_value(c->load->diags, config->entries[i].value,
                yaml_value(c->load->a, config->entries[i].value), TYPE_DICT,
                config->entries[i].key->text);
  return c->load->diags->errors == before;
}

static void check_catalog(const Catalogs *c, const Yaml *y) {
  if (!check_entry(c, y, "a catalog", c->v2 ? catalog_keys_v2 : catalog_keys))
    return;
  if (c->v2) {
    if (!check_platforms(c, yaml_get(y, STR("config"))))
      return;
    Str format = yaml_str(yaml_get(y, STR("table_format")));
    if (!str_eq_nocase(format, STR("default")) && !str_eq_nocase(format, STR("iceberg")))
      diag_hint(c->load->diags,
                WRONG(c, CODE_WRONG_VALUE, yaml_get(y, STR("table_format")),
                      "'%.*s' is no table_format", STR_ARG(format)),
                "there are default and iceberg");
    else
      unsupported(c, yaml_get(y, STR("type")));
    return;
  }
  const Yaml *list = yaml_get(y, STR("write_integrations"));
  const Yaml *used = check_integrations(c, list) ? active(c, y, list) : NULL;
  if (used)
    unsupported(c, yaml_get(used, STR("catalog_type")));
}

// --- the file

static void check_file(const Catalogs *c, const Yaml *y) {
  static const Str keys[] = {STR_INIT("catalogs")};
  if (is_null(y) || (y->kind != YAML_SCALAR && !y->n)) {
    WRONG(c, CODE_WRONG_VALUE, y, "catalogs.yml is empty");
    return;
  }
  if (!check_value(c->load->diags, y, yaml_value(c->load->a, y), TYPE_DICT, STR("catalogs.yml")))
    return;
  for (uint32_t i = 0; c->v2 && i < y->n; i++)
    if (!str_eq(y->entries[i].key->text, keys[0]))
      diag_nearest(c->load->diags,
                   WRONG(c, CODE_UNKNOWN_KEY, y->entries[i].key,
                         "unknown key '%.*s' in catalogs.yml", STR_ARG(y->entries[i].key->text)),
                   y->entries[i].key->text, keys, 1);
  const Yaml *list = yaml_get(y, keys[0]);
  if (!list)
    return;
  if (list->kind != YAML_LIST) {
    WRONG(c, CODE_WRONG_TYPE, list, "'catalogs' must be a list, not %s",
          check_kind(yaml_value(c->load->a, list)));
    return;
  }
  for (uint32_t i = 0; i < list->n; i++) {
    const Yaml *name = yaml_get(list->items[i], STR("name"));
    if (c->v2 && name && named(list, yaml_str(name), i))
      WRONG(c, CODE_DUPLICATE_NAME, name, "two catalogs are named '%.*s'", STR_ARG(yaml_str(name)));
    check_catalog(c, list->items[i]);
  }
}

void load_check_catalogs(Load *load) {
  Str path = fs_join(load->a, load->p->packages[0]->root, STR("catalogs.yml"));
  if (!fs_exists(path))
    return;
  Source *src = arena_new(load->a, Source);
  src->path = STR("catalogs.yml");
  if (!fs_read(load->a, path, src->path, &src->text, load->diags))
    return;
  const Yaml *y = yaml_load(load->a, src, load->diags);
  Catalogs c = {load, src, load->p->level >= DBT_1_12 && project_flag(load->p, "use_catalogs_v2")};
  if (y)
    check_file(&c, y);
}
