// In: nodes with their config merged. Out: findings at values that dbt's config classes refuse:
// colours of docs, half a freshness, several disabled files that one entry switches on.
#include "config_values.h"
#include "source_files.h"

#include "../graph/config_place.h"
#include "../graph/freshness.h"

#include <ctype.h>

// --- docs.node_color: what CSS calls a colour

static const char colors[] =
    "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue "
    "blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue "
    "cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey "
    "darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon "
    "darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet "
    "deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen "
    "fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew "
    "hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon "
    "lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey "
    "lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey "
    "lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine "
    "mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue "
    "mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose "
    "moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid "
    "palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink "
    "plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon "
    "sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey "
    "snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white "
    "whitesmoke yellow yellowgreen";

// "#a0f" or "#aa00ff".
static bool is_hex_color(Str s) {
  bool good = (s.len == 4 || s.len == 7) && s.ptr[0] == '#';
  for (size_t i = 1; good && i < s.len; i++)
    good = isxdigit((unsigned char)s.ptr[i]);
  return good;
}

static bool is_color(Str s) { return str_among_nocase(s, colors) || is_hex_color(s); }

// An error at a word of the value of one of the node's config keys, else at the key.
static Diag *wrong(Load *load, const Node *n, const char *key, Str word, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static Diag *wrong(Load *load, const Node *n, const char *key, Str word, const char *fmt, ...) {
  const Source *src = n->patch_source ? n->patch_source : n->source;
  Span span = {0};
  const Package *root = load->p->packages[0];
  bool placed = (word.len && node_config_word_of(n, root, str_c(key), word, &src, &span)) ||
                node_config_place(n, root, str_c(key), &src, &span);
  const Yaml *whole = !placed && n->info ? yaml_get(n->info->yaml, STR("config")) : NULL;
  if (whole && yaml_get(whole, str_c(key))) { // of all tables of the source
    src = yaml_get(whole, str_c(key))->src;
    span = yaml_get(whole, str_c(key))->span;
  }
  va_list ap;
  va_start(ap, fmt);
  Diag *d = diag_vat(load->diags, SEV_ERROR, CODE_CONFIG_VALUE, src, span, fmt, ap);
  va_end(ap);
  return d;
}

static void check_color(Load *load, const Node *n) {
  Value color = val_get(node_config(n, STR("docs")), STR("node_color"));
  if (!val_truth(color) || (color.kind == VAL_STR && is_color(val_text(color))))
    return;
  Str text = val_to_str(load->a, color);
  Diag *d = wrong(load, n, "docs", text, "'%.*s' is not a colour", STR_ARG(text));
  if (!diag_nearest_word(load->diags, d, text, colors))
    diag_hint(load->diags, d, "a name that CSS has, or as in \"#ff9900\"");
}

// --- freshness of models: {count, period} of warn_after and error_after; build_after has
// updates_on

static void check_word(Load *load, const Node *n, Value after, const char *of, const char *key,
                       const char *words) {
  Value v = val_get(after, str_c(key));
  if (val_is_absent(v) || (v.kind == VAL_STR && str_among(val_text(v), words)))
    return;
  Str text = val_to_str(load->a, v);
  Diag *d =
      wrong(load, n, "freshness", text, "'%s' of %s cannot be '%.*s'", key, of, STR_ARG(text));
  diag_nearest_word(load->diags, d, text, words);
}

static void check_span(Load *load, const Node *n, Value freshness, const char *of) {
  Value after = val_get(freshness, str_c(of));
  if (val_is_absent(after))
    return;
  if (after.kind != VAL_DICT) {
    diag_hint(load->diags, wrong(load, n, "freshness", str_c(of), "'%s' must be a dict", of),
              "%s: {count: 1, period: day}", of);
    return;
  }
  Value count = val_get(after, STR("count")), period = val_get(after, STR("period"));
  check_word(load, n, after, of, "period", "minute hour day");
  check_word(load, n, after, of, "updates_on", "any all");
  if (!val_is_absent(count) && count.kind != VAL_INT)
    wrong(load, n, "freshness", val_to_str(load->a, count), "'count' of %s must be a whole number",
          of);
  else if (val_is_absent(count) != val_is_absent(period))
    diag_hint(load->diags,
              wrong(load, n, "freshness", str_c(of), "%s has a %s and no %s", of,
                    val_is_absent(count) ? "period" : "count",
                    val_is_absent(count) ? "count" : "period"),
              "%s: {count: 1, period: day}", of);
}

static const Str freshness_keys[] = {STR_INIT("build_after"),     STR_INIT("warn_after"),
                                     STR_INIT("error_after"),     STR_INIT("filter"),
                                     STR_INIT("loaded_at_field"), STR_INIT("loaded_at_query")};

// A limit under a name that is nearly a key's would guard nothing.
static void check_freshness_keys(Load *load, const Node *n, Value freshness) {
  size_t at = 0;
  for (DictEntry *e; freshness.kind == VAL_DICT && (e = dict_next(freshness.dict, &at));) {
    Str key = val_to_str(load->a, e->key);
    bool known = false;
    for (size_t i = 0; i < COUNT(freshness_keys); i++)
      known |= str_eq(key, freshness_keys[i]);
    if (known || !str_nearest(key, freshness_keys, COUNT(freshness_keys)).len)
      continue;
    Diag *d = wrong(load, n, "freshness", key, "freshness has no key '%.*s'", STR_ARG(key));
    diag_nearest(load->diags, d, key, freshness_keys, COUNT(freshness_keys));
  }
}

static void check_both_ways(Load *load, const Node *n) {
  const Source *src;
  Span span;
  freshness_place(n, load->p->packages[0], &src, &span);
  diag_hint(load->diags,
            diag_at(load->diags, SEV_ERROR, CODE_CONFLICTING_KEYS, src, span,
                    "both loaded_at_field and loaded_at_query are given"),
            "one of them says when rows came");
}

static void check_freshness(Load *load, const Node *n) {
  static const char *const spans[] = {"build_after", "warn_after", "error_after"};
  Value freshness = node_config(n, STR("freshness"));
  FreshnessRules rules;
  if (n->kind != NODE_MODEL)
    return;
  check_freshness_keys(load, n, freshness);
  for (size_t i = 0; i < 3; i++)
    check_span(load, n, freshness, spans[i]);
  if (freshness_rules(n, &rules) && rules.loaded_at_field.len && rules.loaded_at_query.len)
    check_both_ways(load, n);
}

// --- check: {ignore: [code]}

static void check_code(Load *load, const Node *n, Value v) {
  Str near = {0}, word = val_to_str(load->a, v);
  if (code_find(word, &near))
    return;
  Diag *d = wrong(load, n, "check", word, "no finding has the code '%.*s'", STR_ARG(word));
  if (near.len)
    diag_hint(load->diags, d, "did you mean '%.*s'?", STR_ARG(near));
  else
    diag_hint(load->diags, d, "a finding ends in its code, [missing-column] for one");
}

static void check_ignored(Load *load, const Node *n) {
  Value check = node_config(n, STR("check"));
  size_t at = 0;
  for (DictEntry *e; check.kind == VAL_DICT && (e = dict_next(check.dict, &at));)
    if (!val_is_str(e->key, STR("ignore")))
      diag_nearest_word(load->diags,
                        wrong(load, n, "check", val_to_str(load->a, e->key),
                              "'check' takes the key 'ignore' only"),
                        val_to_str(load->a, e->key), "ignore");
  Value ignore = val_get(check, STR("ignore"));
  if (ignore.kind == VAL_STR)
    check_code(load, n, ignore);
  else if (!val_is_absent(ignore) && !val_is_seq(ignore))
    wrong(load, n, "check", STR("ignore"), "'ignore' takes codes of findings: a list, or one");
  for (size_t i = 0; val_is_seq(ignore) && i < ignore.list->n; i++)
    check_code(load, n, ignore.list->items[i]);
}

// --- one entry for several files

// An entry that says `enabled: true` to several disabled files of its name says nothing of any.
static void check_twins(Load *load, const Work *w) {
  const Node *n = w->node;
  if (n->enabled || !w->prop || !val_truth(val_get(w->prop->config, STR("enabled"))))
    return;
  for (size_t i = 0; &load->work.items[i] < w; i++) {
    const Node *had = load->work.items[i].node;
    if (had->enabled || load->work.items[i].prop != w->prop || !str_eq(had->id, n->id))
      continue;
    const Yaml *at = yaml_get(yaml_get(w->prop->yaml, STR("config")), STR("enabled"));
    Diag *d = diag_at(load->diags, SEV_ERROR, CODE_DUPLICATE_MODEL, w->prop->src,
                      at ? at->span : w->prop->name_span,
                      "this enables one of several disabled files named '%.*s'", STR_ARG(n->name));
    diag_note(load->diags, d, had->source, (Span){0}, "one is here");
    diag_note(load->diags, d, n->source, (Span){0}, "the other one is here");
    diag_hint(load->diags, d, "enable one in its file, or by its folder in the project file");
    return;
  }
}

void load_check_config(Load *load) {
  for (size_t i = 0; i < load->work.n; i++) {
    const Work *w = &load->work.items[i];
    if (w->prop && w->node->kind != NODE_TEST)
      check_twins(load, w);
    if (!w->node->enabled || w->node->unread)
      continue;
    load_hide_model_keys(w->node);
    check_color(load, w->node);
    check_freshness(load, w->node);
    check_ignored(load, w->node);
  }
}

void load_check_source_config(Load *load) {
  for (size_t i = 0; i < load->g->nnodes; i++)
    if (load->g->nodes[i]->kind == NODE_SOURCE)
      check_ignored(load, load->g->nodes[i]);
}
