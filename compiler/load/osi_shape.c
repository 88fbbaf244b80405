// In: an OSI document as it is written. Out: an error at each value that cannot stand there, and
// where one is missing. Other keys are for other tools.
#include "osi_read.h"

#include "../project/check.h"

typedef enum KeyKind {
  KEY_TEXT,
  KEY_WORD,  // one of `words`
  KEY_FLAG,  // true or false
  KEY_DICT,  // of the shape `of`
  KEY_EACH,  // a list of such dicts
  KEY_TEXTS, // a list of texts
  KEY_KEYS   // a list of such lists
} KeyKind;

typedef struct OsiKey OsiKey;
typedef struct OsiShape {
  const char *what; // "a dataset"
  const OsiKey *keys;
} OsiShape;
struct OsiKey {
  const char *name;
  KeyKind kind;
  bool needed;
  const OsiShape *of;
  const char *words;
};

#define DATATYPES "String Integer Decimal Float Boolean Date Time DateTime DateTimeTz Opaque"
#define DIALECTS "ANSI_SQL SNOWFLAKE MDX TABLEAU DATABRICKS"

static const OsiShape dialect = {
    "an expression of a dialect",
    (const OsiKey[]){{.name = "dialect", .kind = KEY_WORD, .needed = true, .words = DIALECTS},
                     {.name = "expression", .kind = KEY_TEXT, .needed = true},
                     {0}}
};
static const OsiShape expression = {
    "an expression",
    (const OsiKey[]){{.name = "dialects", .kind = KEY_EACH, .needed = true, .of = &dialect}, {0}}
};
static const OsiShape dimension = {
    "a dimension", (const OsiKey[]){{.name = "is_time", .kind = KEY_FLAG, .needed = true}, {0}}
};
static const OsiShape field = {
    "a field",
    (const OsiKey[]){{.name = "name", .kind = KEY_TEXT, .needed = true},
                     {.name = "expression", .kind = KEY_DICT, .needed = true, .of = &expression},
                     {.name = "dimension", .kind = KEY_DICT, .of = &dimension},
                     {.name = "datatype", .kind = KEY_WORD, .words = DATATYPES},
                     {.name = "label", .kind = KEY_TEXT},
                     {.name = "description", .kind = KEY_TEXT},
                     {0}}
};
static const OsiShape dataset = {
    "a dataset", (const OsiKey[]){{.name = "name", .kind = KEY_TEXT, .needed = true},
                                  {.name = "source", .kind = KEY_TEXT, .needed = true},
                                  {.name = "primary_key", .kind = KEY_TEXTS},
                                  {.name = "unique_keys", .kind = KEY_KEYS},
                                  {.name = "description", .kind = KEY_TEXT},
                                  {.name = "fields", .kind = KEY_EACH, .of = &field},
                                  {0}}
};
static const OsiShape relationship = {
    "a relationship", (const OsiKey[]){{.name = "name", .kind = KEY_TEXT, .needed = true},
                                       {.name = "from", .kind = KEY_TEXT, .needed = true},
                                       {.name = "to", .kind = KEY_TEXT, .needed = true},
                                       {.name = "from_columns", .kind = KEY_TEXTS, .needed = true},
                                       {.name = "to_columns", .kind = KEY_TEXTS, .needed = true},
                                       {0}}
};
static const OsiShape metric = {
    "a metric",
    (const OsiKey[]){{.name = "name", .kind = KEY_TEXT, .needed = true},
                     {.name = "expression", .kind = KEY_DICT, .needed = true, .of = &expression},
                     {.name = "datatype", .kind = KEY_WORD, .words = DATATYPES},
                     {.name = "description", .kind = KEY_TEXT},
                     {0}}
};
static const OsiShape model = {
    "a semantic model",
    (const OsiKey[]){{.name = "name", .kind = KEY_TEXT, .needed = true},
                     {.name = "description", .kind = KEY_TEXT},
                     {.name = "datasets", .kind = KEY_EACH, .needed = true, .of = &dataset},
                     {.name = "relationships", .kind = KEY_EACH, .of = &relationship},
                     {.name = "metrics", .kind = KEY_EACH, .of = &metric},
                     {0}}
};
static const OsiShape document = {
    "an OSI document",
    (const OsiKey[]){{.name = "version", .kind = KEY_TEXT},
                     {.name = "semantic_model", .kind = KEY_EACH, .needed = true, .of = &model},
                     {0}}
};

static bool check_dict(Load *l, Both b, const OsiShape *shape);

static bool check_type(Load *l, Both b, unsigned types, const char *key) {
  if (!both_absent(b))
    return check_value(l->diags, b.yaml, b.value, types, str_c(key));
  diag_at(l->diags, SEV_ERROR, CODE_WRONG_TYPE, b.yaml->src, b.yaml->span, "'%s' is null here",
          key);
  return false;
}

static bool check_texts(Load *l, Both list, const char *key) {
  bool good = check_type(l, list, TYPE_LIST, key);
  for (size_t i = 0; good && i < val_count(list.value); i++)
    good = check_type(l, both_item(list, i), TYPE_STR, key);
  return good;
}

static bool check_word(Load *l, Both b, const OsiKey *key) {
  if (!check_type(l, b, TYPE_STR, key->name))
    return false;
  if (str_among(val_text(b.value), key->words))
    return true;
  Diag *d = diag_at(l->diags, SEV_ERROR, CODE_WRONG_VALUE, b.yaml->src, b.yaml->span,
                    "'%.*s' is no %s of an OSI document", STR_ARG(val_text(b.value)), key->name);
  if (!diag_nearest_word(l->diags, d, val_text(b.value), key->words))
    diag_hint(l->diags, d, "one of %s", key->words);
  return false;
}

static bool check_each(Load *l, Both list, const OsiKey *key) {
  bool good = check_type(l, list, TYPE_LIST, key->name);
  for (size_t i = 0; val_is_seq(list.value) && i < list.value.list->n; i++)
    good = (key->kind == KEY_KEYS ? check_texts(l, both_item(list, i), key->name)
                                  : check_dict(l, both_item(list, i), key->of)) &&
           good;
  return good;
}

static bool check_key(Load *l, Both b, const OsiKey *key) {
  switch (key->kind) {
  case KEY_TEXT:
    return check_type(l, b, TYPE_STR, key->name);
  case KEY_WORD:
    return check_word(l, b, key);
  case KEY_FLAG:
    return check_type(l, b, TYPE_BOOL, key->name);
  case KEY_DICT:
    return check_dict(l, b, key->of);
  case KEY_TEXTS:
    return check_texts(l, b, key->name);
  default:
    return check_each(l, b, key);
  }
}

static bool check_dict(Load *l, Both b, const OsiShape *shape) {
  if (!both_is_dict(l, b, shape->what))
    return false;
  bool good = true;
  for (const OsiKey *key = shape->keys; key->name; key++) {
    Both value = both_get(b, key->name);
    if (value.yaml && (key->needed || !both_absent(value))) {
      good = check_key(l, value, key) && good;
    } else if (key->needed) {
      diag_at(l->diags, SEV_ERROR, CODE_MISSING_KEY, b.yaml->src, b.yaml->span, "%s without '%s'",
              shape->what, key->name);
      good = false;
    }
  }
  return good;
}

bool osi_check(Load *l, Both whole) { return check_dict(l, whole, &document); }
