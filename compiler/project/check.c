// In: values and what they should be. Out: findings at their places.
#include "check.h"
#include "yaml_scalar.h"

const char *check_kind(Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
  case VAL_NONE:
    return "nothing";
  case VAL_BOOL:
    return v.b ? "true" : "false";
  case VAL_INT:
  case VAL_BIGINT:
    return "a whole number";
  case VAL_FLOAT:
    return "a number";
  case VAL_STR:
    return "text";
  case VAL_LIST:
  case VAL_TUPLE:
  case VAL_SET:
    return "a list";
  case VAL_DICT:
    return "a dict";
  case VAL_FUNC:
  case VAL_OBJECT:
    break;
  }
  return val_type_name(v);
}

static const struct {
  unsigned bit;
  const char *name;
} type_names[] = {
    {TYPE_BOOL,  "true or false"           },
    {TYPE_INT,   "a whole number"          },
    {TYPE_STR,   "text"                    },
    {TYPE_LIST,  "a list"                  },
    {TYPE_DICT,  "a dict"                  },
    {TYPE_FLOAT, "a number with a fraction"},
};

Str check_types(Arena *a, unsigned types) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < COUNT(type_names); i++)
    if (types & type_names[i].bit)
      buf_addf(&b, "%s%s", b.len ? " or " : "", type_names[i].name);
  return str_n(buf_cstr(&b), b.len);
}

bool check_fits(Value v, unsigned types) {
  if (types == TYPE_ANY || v.kind == VAL_NONE)
    return true;
  unsigned bit = v.kind == VAL_BOOL                          ? TYPE_BOOL
                 : v.kind == VAL_INT || v.kind == VAL_BIGINT ? TYPE_INT
                 : v.kind == VAL_FLOAT                       ? TYPE_FLOAT
                 : v.kind == VAL_STR                         ? TYPE_STR
                 : val_is_seq(v)                             ? TYPE_LIST
                 : v.kind == VAL_DICT                        ? TYPE_DICT
                                                             : 0;
  return types & bit;
}

bool check_value(Diags *diags, const Yaml *y, Value v, unsigned types, Str key) {
  if (check_fits(v, types))
    return true;
  Arena scratch = {0};
  Str wanted = check_types(&scratch, types);
  diag_at(diags, SEV_ERROR, CODE_WRONG_TYPE, y ? y->src : NULL, y ? y->span : (Span){0},
          "'%.*s' must be %.*s, not %s", STR_ARG(key), STR_ARG(wanted), check_kind(v));
  arena_free(&scratch);
  return false;
}

static void unknown(Diags *diags, Severity severity, const Yaml *key, const char *what,
                    const Str *names, size_t n) {
  Diag *f = diag_at(diags, severity, CODE_UNKNOWN_KEY, key->src, key->span,
                    "unknown key '%.*s' in %s", STR_ARG(key->text), what);
  diag_part(diags, f, "key", key->text);
  diag_nearest(diags, f, key->text, names, n);
}

void check_unknown(Diags *diags, const Yaml *key, const char *what, const Str *names, size_t n) {
  unknown(diags, SEV_WARNING, key, what, names, n);
}

void check_refuse(Diags *diags, const Yaml *key, const char *what, const Str *names, size_t n) {
  unknown(diags, SEV_ERROR, key, what, names, n);
}

static bool at_place(void *data, const Diag *f) {
  const Yaml *y = data;
  return f->source == y->src && f->span.at == y->span.at && f->code == CODE_UNKNOWN_KEY;
}

Diag *check_misspelled(Diags *diags, const Yaml *y, const char *what, Str key) {
  const Yaml *found = NULL;
  for (size_t i = 0; y->kind == YAML_DICT && i < y->n && !found; i++)
    if (str_nearest(y->entries[i].key->text, &key, 1).len)
      found = y->entries[i].key;
  if (!found)
    return NULL;
  diags_drop(diags, NULL, at_place, (void *)(uintptr_t)found);
  Diag *f = diag_at(diags, SEV_ERROR, CODE_MISSING_KEY, found->src, found->span,
                    "'%.*s' is no key of %s", STR_ARG(found->text), what);
  diag_hint(diags, f, "did you mean '%.*s', which is needed?", STR_ARG(key));
  return f;
}

Value check_coerce(Arena *a, Value v, unsigned types) {
  if (v.kind != VAL_STR || types & TYPE_STR || types == TYPE_ANY)
    return v;
  YamlTag tag = yaml_resolve(str_trim(val_text(v)));
  Value out;
  bool wanted = (tag == TAG_INT && types & TYPE_INT) || (tag == TAG_BOOL && types & TYPE_BOOL);
  return wanted && !yaml_construct(a, tag, str_trim(val_text(v)), &out) ? out : v;
}
