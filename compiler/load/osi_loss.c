// In: semantic models and metrics that are linked. Out: a warning of each that osi_document.json
// has no form for, as dbt 1.12 gives: who reads that file does not see what is missing.
#include "models.h"
#include "osi.h"
#include "semantic_check.h"

typedef struct Loss {
  const char *type, *element; // dbt's name of the kind; what is lost
  const char *told;           // behind the element's name
} Loss;

static const Loss conversion = {"CONVERSION_METRIC_DROPPED", "metric",
                                "is not in osi_document.json, which has no conversions"};
static const Loss hidden = {"PRIVATE_METRIC_DROPPED", "metric",
                            "is not in osi_document.json, since it is private"};
static const Loss natural = {"NATURAL_ENTITY_DROPPED", "entity",
                             "is not in osi_document.json, which has no natural entities"};
static const Loss cumulative = {"CUMULATIVE_SEMANTICS_LOSS", "metric",
                                "is in osi_document.json without its window: it is not cumulative "
                                "there"};

static void tell(const Checked *c, Span span, Str name, const Loss *loss) {
  Diag *d = diag_at(c->l->diags, SEV_WARNING, CODE_OSI_LOSS, c->n->patch_source, span,
                    "the %s '%.*s' %s", loss->element, STR_ARG(name), loss->told);
  diag_part(c->l->diags, d, "issue_type", str_c(loss->type));
  diag_part(c->l->diags, d, "element_name", name);
  diag_part(c->l->diags, d, "converter_name", STR("MSIToOSIConverter"));
}

static void check_entities(Checked *c) {
  Value list = semantic_part(c->n, "entities");
  c->list = yaml_get(c->n->patch, STR("entities"));
  for (size_t i = 0; i < val_count(list); i++)
    if (val_is_str(val_get(list.list->items[i], STR("type")), STR("natural")))
      tell(c, semantic_place(c, i, "type"), semantic_name(list.list->items[i]), &natural);
}

static void check_metric(const Checked *c) {
  Value type = val_get(c->n->extra, STR("type"));
  Value private = val_get(val_get(c->n->extra, STR("type_params")), STR("is_private"));
  if (val_is_str(type, STR("conversion")))
    tell(c, load_name_span(c->n), c->n->name, &conversion);
  else if (val_is(private, VAL_BOOL) && private.b)
    tell(c, load_name_span(c->n), c->n->name, &hidden);
  else if (val_is_str(type, STR("cumulative")))
    tell(c, load_name_span(c->n), c->n->name, &cumulative);
}

void load_check_osi_loss(Load *l) {
  static const NodeKind order[] = {NODE_SEMANTIC_MODEL, NODE_METRIC}; // dbt's
  for (size_t k = 0; l->p->level >= DBT_1_12 && k < COUNT(order); k++)
    for (size_t i = 0; i < l->nodes.n; i++) {
      Checked c = {.l = l, .n = l->nodes.items[i]};
      if (!c.n->enabled || c.n->kind != order[k])
        continue;
      if (k)
        check_metric(&c);
      else
        check_entities(&c);
    }
}
