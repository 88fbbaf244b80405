// The page of config keys. In: the tables of keys, of every database and of one. Out: Markdown:
// what each kind of node and each database has, then the keys, each with what it takes and an
// example as it stands in a project. Its comments
// (`docs:`) have tests/docs/run.py put each example into a project and read that.
#include "../../compiler/base/program.h"
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/project/config.h"
#include "help.h"
#include "markdown.h"
#include "reference.h"

#include <string.h>

// A kind of node as the page has it: what examples of keys of this kind stand in (EXAMPLE: at the
// place of the key), the file that is. Kinds without a row have no page.
typedef struct Shelf {
  ConfigKind kind;
  const char *title, *word;
  const char *file, *around;
  const char *first, *last; // comments for the tests before and behind the kind's keys; or NULL
} Shelf;

// clang-format off
static const Shelf shelves[] = {
    {CONFIG_MODEL,     "Models",     "models",     "models/orders.sql", .around = NULL},
    {CONFIG_SEED,      "Seeds",      "seeds",      "models/example.yml",
     .around = "seeds:\n  - name: country\n    config:\n      "},
    {CONFIG_SNAPSHOT,  "Snapshots",  "snapshots",  "models/example.yml",
     .around = "snapshots:\n  - name: orders_history\n    relation: ref('orders')\n    config:\n      unique_key: order_id\n      "},
    {CONFIG_TEST,      "Data tests", "tests",      "models/example.yml",
     .around = "models:\n  - name: orders\n    columns:\n      - name: order_id\n        data_tests:\n          - not_null:\n"
     "              config:\n                "},
    {CONFIG_UNIT_TEST, "Unit tests", "unit tests", .around = NULL},
    {CONFIG_SOURCE,    "Sources",    "sources",    "models/example.yml",
     .around = "sources:\n  - name: shop\n    tables:\n      - name: orders\n        config:\n          "},
    {CONFIG_EXPOSURE,  "Exposures",  "exposures",  "models/example.yml",
     .around = "exposures:\n  - name: weekly_sales\n    type: dashboard\n    owner: {name: Ada}\n    config:\n      "},
    {CONFIG_FUNCTION,  "Functions",  "functions",  "models/example.yml",
     .around = "functions:\n  - name: is_odd\n    arguments: [{name: n, data_type: Int64}]\n    returns: {data_type: UInt8}\n"
     "    config:\n      ",
     .first = "<!-- docs: file: functions/is_odd.sql\nn % 2 = 1\n-->\n",
     .last = "<!-- docs: run: rm functions/is_odd.sql -->\n"},
    {CONFIG_LOAD,      "Loads",      "loads",      "models/example.yml",
     .around = "loads:\n  - name: crm\n    from: {type: postgres, host: db.example.com, dbname: crm, user: app}\n"
     "    tables:\n      - name: orders\n        "},
};
// clang-format on
enum { SHELVES = COUNT(shelves) };

// Of the kind that the key's example is of, else of the first that has the key.
static const Shelf *shelf_of(const ConfigKey *k) {
  for (size_t i = 0; i < SHELVES; i++)
    if (k->of && shelves[i].kind == k->of)
      return &shelves[i];
  for (size_t i = 0; i < SHELVES; i++)
    if (k->kinds & 1u << shelves[i].kind)
      return &shelves[i];
  return NULL;
}

// "models, seeds"
static void kind_words(Buf *out, const ConfigKey *k) {
  const char *between = "";
  for (size_t i = 0; i < SHELVES; i++)
    if (k->kinds & 1u << shelves[i].kind) {
      buf_addf(out, "%s%s", between, shelves[i].word);
      between = ", ";
    }
}

// A key, and whether another of its name stands above it: then its heading says of what it is.
typedef struct Entry {
  const ConfigKey *key;
  const Dialect *owner; // NULL: every database has it
  bool again;
} Entry;

typedef struct Page {
  Entry entries[512];
  size_t n;
} Page;

static void page_add(Page *p, const ConfigKey *k, const Dialect *owner) {
  bool again = false;
  for (size_t i = 0; i < p->n; i++)
    again |= !strcmp(p->entries[i].key->name, k->name);
  if (p->n < COUNT(p->entries))
    p->entries[p->n++] = (Entry){k, owner, again};
}

// In the page's order: by the first kind that has them, then those of one database.
static void page_gather(Page *p) {
  for (size_t i = 0; i < SHELVES; i++)
    for (const ConfigKey *k = config_keys; k->name; k++)
      if (shelf_of(k) == &shelves[i])
        page_add(p, k, NULL);
  for (size_t i = 0; dialects[i]; i++)
    for (const ConfigKey *k = dialects[i]->config->keys; k->name; k++)
      page_add(p, k, dialects[i]);
}

// What tells a key from another of its name: "of sources", "on ClickHouse".
static void apart(Buf *out, const Entry *e) {
  if (e->owner) {
    buf_addf(out, "on %s", e->owner->title);
    return;
  }
  buf_adds(out, "of ");
  kind_words(out, e->key);
}

static void link_to(Buf *out, const Entry *e) {
  Buf words = {0};
  buf_addf(&words, "%s", e->key->name);
  if (e->again) {
    buf_addc(&words, ' ');
    apart(&words, e);
  }
  buf_addf(out, "[`%s`](#", e->key->name);
  for (const char *s = buf_cstr(&words); *s; s++)
    if (*s == ' ')
      buf_addc(out, '-');
    else if (*s != ',')
      buf_addc(out, *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s);
  buf_addc(out, ')');
  buf_free(&words);
}

static void value_words(Buf *out, const ConfigKey *k) {
  static const char *const words[] = {"true or false", "whole number", "text", "list", "mapping"};
  const char *between = "";
  if (k->values) {
    Str rest = str_c(k->values), word;
    while (rest.len && str_cut(&rest, ' ', &word)) {
      buf_addf(out, "%s`%.*s`", between, STR_ARG(word));
      between = " or ";
    }
    return;
  }
  for (unsigned i = 0; i < COUNT(words); i++)
    if (k->types & 1u << i) {
      buf_addf(out, "%s%s", between, words[i]);
      between = " or ";
    }
  if (!*between)
    buf_adds(out, "any value");
}

// Text with each line after the first moved to the right.
static void moved(Buf *out, const char *text, size_t by) {
  for (; *text; text++) {
    buf_addc(out, *text);
    for (size_t i = 0; *text == '\n' && i < by; i++)
      buf_addc(out, ' ');
  }
}

static void example(Buf *out, const ConfigKey *k) {
  const Shelf *s = shelf_of(k);
  buf_addf(out, "\n<!-- docs: into: %s -->\n", s->file);
  if (!s->around) {
    buf_addf(out, "```sql\n{{ config(%s) }}\n```\n", k->example);
    return;
  }
  const char *line = strrchr(s->around, '\n') + 1;
  buf_addf(out, "```yaml\n%s", s->around);
  moved(out, k->example, strlen(line));
  buf_adds(out, "\n```\n");
}

// "guides/hooks.md#around-a-model" as a link from docs/reference/, under the name that `starc help
// topic` takes.
static void guide(Buf *out, const char *more) {
  const char *end = strstr(more, ".md"), *start = end;
  while (start > more && start[-1] != '/')
    start--;
  bool area = !strncmp(more, "from-dbt/", strlen("from-dbt/")) &&
              strncmp(start, "from-", strlen("from-")) != 0;
  if (area)
    start = more;
  buf_addf(out, " More: [%.*s", (int)(end - start), start);
  buf_addf(out, "](../%s).", more);
}

static const char *const merges[] = {
    [MERGE_APPEND] = "; the lists of all layers are joined",
    [MERGE_UPDATE] = "; the keys of all layers are put together",
    [MERGE_GRANTS] = "; a privilege with + before it adds to the layers below",
};

static void takes(Buf *out, const ConfigKey *k) {
  kind_words(out, k);
  buf_adds(out, ": ");
  value_words(out, k);
  if (k->fallback && strcmp(k->fallback, "null") != 0)
    buf_addf(out, "; default `%s`", k->fallback);
  if (k->alias)
    buf_addf(out, "; also written `%s`", k->alias);
  if (k->merge != MERGE_REPLACE)
    buf_addf(out, "%s", merges[k->merge]);
  buf_adds(out, ".\n");
}

static void entry(Buf *out, const Entry *e) {
  const ConfigKey *k = e->key;
  buf_addf(out, "\n### `%s`", k->name);
  if (e->again) {
    buf_addc(out, ' ');
    apart(out, e);
  }
  buf_adds(out, "\n\nOf ");
  takes(out, k);
  buf_addf(out, "\n%s.", k->doc);
  if (k->more)
    guide(out, k->more);
  buf_addc(out, '\n');
  example(out, k);
}

// The database that alone does something with a key; NULL: every one does.
static const Dialect *database_of(const Entry *e) {
  if (!e->owner && e->key->kinds & 1u << CONFIG_MODEL)
    for (size_t i = 0; dialects[i]; i++)
      for (const char *const *name = dialects[i]->config->alone; name && *name; name++)
        if (!strcmp(*name, e->key->name))
          return dialects[i];
  return e->owner;
}

static void by_kind(Buf *out, const Page *p) {
  buf_adds(out, "\n| of | keys of every database |\n|---|---|\n");
  for (size_t i = 0; i < SHELVES; i++) {
    buf_addf(out, "| %s |", shelves[i].word);
    for (size_t j = 0; j < p->n; j++)
      if (!database_of(&p->entries[j]) && p->entries[j].key->kinds & 1u << shelves[i].kind) {
        buf_addc(out, ' ');
        link_to(out, &p->entries[j]);
      }
    buf_adds(out, " |\n");
  }
}

static void database_row(Buf *out, const Page *p, const Dialect *owner, bool server) {
  for (size_t j = 0; j < p->n; j++)
    if (database_of(&p->entries[j]) == owner && p->entries[j].key->server == server) {
      buf_addc(out, ' ');
      link_to(out, &p->entries[j]);
    }
  buf_adds(out, " |\n");
}

static void by_database(Buf *out, const Page *p) {
  buf_adds(out, "\n| database | keys for it alone |\n|---|---|\n");
  for (size_t i = 0; dialects[i]; i++) {
    bool server = false;
    for (const ConfigKey *k = dialects[i]->config->keys; k->name; k++)
      server |= k->server;
    buf_addf(out, "| %s%s |", dialects[i]->title, server ? ", a server and embedded" : "");
    database_row(out, p, dialects[i], false);
    if (server) {
      buf_addf(out, "| %s, a server only: the embedded one has no cluster |", dialects[i]->title);
      database_row(out, p, dialects[i], true);
    }
  }
}

// What the examples stand among, for the tests.
static const char around[] =
    "<!-- docs: project: plain -->\n"
    "<!-- docs: file: models/around.yml\n"
    "groups:\n  - name: finance\n    owner: {name: Ada}\n"
    "loads:\n  - name: shop\n    from: {type: postgres, host: db.example.com, dbname: shop, user: "
    "app}\n"
    "    tables: [orders]\n-->\n"
    "<!-- docs: file: models/events.sql\n{{ config(event_time='ordered_at') }}\nselect 1 as "
    "order_id\n-->\n"
    "<!-- docs: file: models/orders_to_keep.sql\nselect 1 as order_id\n-->\n"
    "<!-- docs: file: seeds/country.csv\ncode,name\n-->\n"
    "<!-- docs: run: export DBT_ENV_SECRET_LAKE=secret-1 DBT_ENV_SECRET_LAKE_TOKEN=secret-2 -->\n"
    "<!-- docs: then: grep -q ref models/orders.sql || echo \"select * from {{ ref('events') }}\" "
    ">> "
    "models/orders.sql; starc parse --quiet --warn-error -->\n";

void reference_config(Buf *out) {
  static Page page;
  page.n = 0;
  page_gather(&page);
  buf_adds(out, "# Config keys\n\nMade by `make reference` from the program's own tables.\n\n");
  buf_addf(out, "%s", around);
  buf_adds(out,
           "\nA key stands in one of three places. The first of them that has it wins:\n\n"
           "1. `config()` at the top of the node's file: `{{ config(materialized='table') }}`\n"
           "2. `config:` at its entry in a schema file\n"
           "3. the project file, with a `+` before it, for the project or one of its folders: "
           "`models: {shop: {+materialized: table}}`\n\n"
           "`starc help config KEY` shows a key in the terminal. "
           "Examples of keys of several kinds stand where models have them; in YAML they are "
           "written alike.\n\n## By kind and database\n");
  by_kind(out, &page);
  by_database(out, &page);
  const char *before = "", *last = NULL;
  for (size_t i = 0; i < page.n; i++) {
    const Entry *e = &page.entries[i];
    const Shelf *shelf = shelf_of(e->key);
    const char *title = e->owner ? e->owner->title : shelf->title;
    if (strcmp(title, before) != 0) {
      buf_addf(out, "\n%s## %s\n", last ? last : "", title);
      if (!e->owner && shelf->first)
        buf_addf(out, "\n%s", shelf->first);
      last = e->owner ? NULL : shelf->last;
    }
    before = title;
    entry(out, e);
  }
}

bool reference_config_entry(Arena *scratch, Buf *out, Str key, Str *near) {
  Page *page = arena_new(scratch, Page);
  page_gather(page);
  Str names[COUNT(page->entries)];
  Buf text = {.arena = scratch};
  for (size_t i = 0; i < page->n; i++) {
    const ConfigKey *k = page->entries[i].key;
    names[i] = str_c(k->name);
    if (str_eq(key, names[i]) || (k->alias && str_eq(key, str_c(k->alias))))
      entry(&text, &page->entries[i]);
  }
  *near = str_nearest(key, names, page->n);
  if (text.len)
    markdown_terminal(scratch, out, buf_str(&text), HELP_WIDTH);
  return text.len > 0;
}

void reference_config_list(Arena *scratch, Buf *out) {
  Page *page = arena_new(scratch, Page);
  page_gather(page);
  buf_addf(out, "Config keys: %s help config KEY shows one\n", program_name());
  const char *before = "";
  for (size_t i = 0; i < page->n; i++) {
    const Entry *e = &page->entries[i];
    const char *title = e->owner ? e->owner->title : shelf_of(e->key)->title;
    if (strcmp(title, before) != 0)
      buf_addf(out, "\n%s\n", title);
    before = title;
    help_row(out, e->key->name, e->key->doc, 28);
  }
}
