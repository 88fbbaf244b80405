// See both.h.
#include "both.h"

#include "../project/check.h"

// --- reading

Both both_get(Both of, const char *key) {
  return (Both){val_get(of.value, str_c(key)), yaml_get(of.yaml, str_c(key))};
}

Both both_item(Both list, size_t i) {
  if (!val_is_seq(list.value) || i >= list.value.list->n)
    return both_nothing;
  return (Both){list.value.list->items[i], yaml_item(list.yaml, i)};
}

bool both_absent(Both b) { return val_is_absent(b.value); }

size_t both_count(Load *load, Both list, const char *key) {
  if (both_absent(list) || val_is_seq(list.value))
    return both_absent(list) ? 0 : list.value.list->n;
  diag_at(load->diags, SEV_ERROR, CODE_WRONG_TYPE, list.yaml->src, list.yaml->span,
          "'%s' must be a list, not %s", key, check_kind(list.value));
  return 0;
}

bool both_is_dict(Load *load, Both b, const char *what) {
  if (!val_is(b.value, VAL_DICT))
    diag_at(load->diags, SEV_ERROR, CODE_WRONG_TYPE, b.yaml->src, b.yaml->span,
            "%s must be a dict, not %s", what, check_kind(b.value));
  return val_is(b.value, VAL_DICT);
}

// --- building

static Yaml *yaml_new(Load *load, const Yaml *near, YamlKind kind) {
  Yaml *y = arena_new(load->a, Yaml);
  *y = (Yaml){.kind = kind, .span = near->span, .src = near->src};
  return y;
}

Both both_text(Load *load, Str text, const Yaml *near) {
  Yaml *y = yaml_new(load, near, YAML_SCALAR);
  y->scalar = val_str(text);
  y->text = text;
  return (Both){val_str(text), y};
}

Both both_dict(Load *load, const Yaml *near) {
  return (Both){val_dict(load->a), yaml_new(load, near, YAML_DICT)};
}

Both both_list(Load *load, const Yaml *near) {
  return (Both){val_list(load->a, 4), yaml_new(load, near, YAML_LIST)};
}

static void put_yaml(Load *load, Yaml *to, Str key, Yaml *value) {
  size_t size = to->n * sizeof *to->entries;
  to->entries = arena_grow(load->a, to->entries, size, size + sizeof *to->entries);
  Yaml *name = yaml_new(load, value, YAML_SCALAR);
  name->text = key;
  name->scalar = val_str(key);
  to->entries[to->n++] = (YamlEntry){name, value};
}

void both_put(Load *load, Both to, const char *key, Both b) {
  if (b.value.kind == VAL_UNDEF)
    return;
  dict_sets(load->a, to.value.dict, str_c(key), b.value);
  put_yaml(load, to.yaml, str_c(key), b.yaml ? b.yaml : to.yaml);
}

void both_put_value(Load *load, Both to, const char *key, Value v) {
  dict_sets(load->a, to.value.dict, str_c(key), v);
}

void both_push(Load *load, Both to, Both b) {
  size_t size = to.yaml->n * sizeof *to.yaml->items;
  list_push(load->a, to.value.list, b.value);
  to.yaml->items = arena_grow(load->a, to.yaml->items, size, size + sizeof *to.yaml->items);
  to.yaml->items[to.yaml->n++] = b.yaml;
}

void both_take(Load *load, Both to, Both from, const char *names) {
  Str rest = str_c(names), name;
  while (str_cut(&rest, ' ', &name)) {
    const char *key = str_cstr(load->a, name);
    both_put(load, to, key, both_get(from, key));
  }
}

Both both_or(Both b, Both otherwise) { return both_absent(b) ? otherwise : b; }

Both both_of_prop(const Prop *p) {
  union {
    const Yaml *in;
    Yaml *out;
  } tree = {.in = p->yaml}; // read only, as all of them
  return (Both){p->value, tree.out};
}

static Str description_of(Value entry) {
  Value v = val_get(entry, STR("description"));
  return val_is(v, VAL_STR) ? val_text(v) : (Str){0};
}

void both_prop(Load *load, PropKind kind, const Source *src, Both made, Both written, Prop *out) {
  const Yaml *name = yaml_get(made.yaml, STR("name"));
  Value config = val_get(made.value, STR("config")), on = val_get(config, STR("enabled"));
  if (written.yaml)
    put_yaml(load, made.yaml, BOTH_WRITTEN, written.yaml);
  *out = (Prop){.kind = kind,
                .name = val_to_str(load->a, val_get(made.value, STR("name"))),
                .name_span = name ? name->span : made.yaml->span,
                .yaml = made.yaml,
                .src = src,
                .description = description_of(made.value),
                .config = val_is(config, VAL_DICT) ? config : val_dict(load->a),
                .enabled = !val_is(on, VAL_BOOL) || on.b,
                .value = made.value};
}
