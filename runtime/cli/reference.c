// The pages of docs/reference/, written out from the tables that the program itself works by: so
// they cannot say what it does not do. `make reference` writes the files, a test compares them.
#include "reference.h"
#include "../../compiler/artifacts/events.h"
#include "../../compiler/project/profile_parts.h"
#include "error_pages.h"
#include "help.h"
#include "options.h"

#include <stdlib.h>

const char *const reference_pages[] = {"cli",      "template", "functions", "config",
                                       "profiles", "errors",   "events",    NULL};

void reference_cell(Buf *out, const char *text, bool code) {
  buf_addf(out, " %s", code ? "`" : "");
  for (; *text; text++) {
    if (*text == '|')
      buf_addc(out, '\\');
    buf_addc(out, *text);
  }
  buf_addf(out, "%s |", code ? "`" : "");
}

void reference_head(Buf *out, const char *title) {
  buf_addf(out, "# %s\n\nMade by `make reference` from the program's own tables.\n", title);
}

// --- profiles

static void type_words(Buf *out, unsigned types) {
  static const char *const words[] = {"true or false", "whole number", "text", "list", "mapping"};
  bool any = false;
  for (unsigned i = 0; i < 5; i++)
    if (types & 1u << i) {
      buf_addf(out, "%s%s", any ? ", " : "", words[i]);
      any = true;
    }
  if (!any)
    buf_adds(out, "any");
}

static void profile_table(Buf *out, const char *title, const ProfileKey *k) {
  buf_addf(out, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", title);
  for (; k->name; k++) {
    Buf b = {0};
    buf_addf(out, "| `%s`%s%s%s |", k->name, k->alias ? ", `" : "", k->alias ? k->alias : "",
             k->alias ? "`" : "");
    type_words(&b, k->types);
    reference_cell(out, buf_cstr(&b), false);
    if (k->required)
      buf_adds(out, " required |");
    else if (k->fallback && strcmp(k->fallback, "~") != 0 && strcmp(k->fallback, "''") != 0)
      reference_cell(out, k->fallback, true);
    else
      buf_adds(out, " |");
    b.len = 0;
    buf_addf(&b, "%s%s", k->doc, k->secret ? "; never shown" : "");
    reference_cell(out, buf_cstr(&b), false);
    buf_addc(out, '\n');
    buf_free(&b);
  }
}

static void profiles_page(Buf *out) {
  reference_head(out, "Keys of profiles.yml");
  buf_adds(
      out,
      "\nThe file is looked for in `--profiles-dir`, `STARC_PROFILES_DIR`, `DBT_PROFILES_DIR`, the "
      "project, `~/.starc`\nand `~/.dbt`. Without one the target is an embedded ClickHouse in "
      "`.starc/warehouse` of the project.\n");
  profile_table(out, "Every database", profile_keys);
  for (size_t i = 0; dialects[i]; i++)
    profile_table(out, dialects[i]->title, dialects[i]->profile->keys);
}

static void event_rows(Buf *out, const char *title, bool own) {
  static const char *const levels[] = {[LEVEL_OWN] = "by the result",
                                       [LEVEL_DEBUG] = "debug",
                                       [LEVEL_INFO] = "info",
                                       [LEVEL_WARN] = "warn",
                                       [LEVEL_ERROR] = "error"};
  buf_addf(out, "\n## %s\n\n| name | code | level | data |\n|---|---|---|---|\n", title);
  for (int i = 0; i < EVENT_KINDS; i++) {
    const EventRow *row = event_row((EventKind)i);
    if ((*row->code == 'S') != own)
      continue;
    const char *data = row->data;
    Str key, type;
    buf_addf(out, "| %s | %s | %s |", row->name, row->code, levels[row->level]);
    while (event_next_key(&data, &key, &type))
      buf_addf(out, " %.*s", STR_ARG(key));
    buf_adds(out, " |\n");
  }
}

static void events_page(Buf *out) {
  reference_head(out, "Events of structured logs");
  buf_adds(
      out,
      "\n`--log-format json` writes an event a line, `--log-format-file json` the same into the "
      "log "
      "file:\n`{\"data\": {...}, \"info\": {...}}`. `info` has the name, code and level of the "
      "event, "
      "its text (`msg`), `ts`,\n`thread`, `pid`, `invocation_id`, and under `extra` the variables "
      "`DBT_ENV_CUSTOM_ENV_*` by what follows that\nprefix. `data` has the keys below: all of "
      "them, but "
      "for `node_info` of an event that is about no node, and\n`group` of a node without one.\n\n"
      "`node_info` is what is known of the node: its id, name, path, kind, materialization, "
      "relation, "
      "checksum, `meta`,\n`node_status` (started, compiling, executing, then the status of the "
      "result; None once the run is summed up),\n`node_started_at` and `node_finished_at`.\n");
  event_rows(out, "Those of dbt, with its names, codes, levels and data", false);
  event_rows(out, "Those of starc alone", true);
}

bool reference_page(Buf *out, Str page) {
  static void (*const write[])(Buf *) = {help_reference,   reference_template, reference_functions,
                                         reference_config, profiles_page,      help_errors_page,
                                         events_page};
  for (size_t i = 0; reference_pages[i]; i++)
    if (str_eq(page, str_c(reference_pages[i]))) {
      write[i](out);
      return true;
    }
  return false;
}
