// See source_files.h. In: a failed statement and what the database said. Out: which source, why.
#include "source_files.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/dialect/file_place.h"

#include <glob.h>

// What engines and stores say of files, and what is usually the cause. The first that is found.
static const struct {
  const char *said, *hint;
} causes[] = {
    {"Permission denied",
     "files outside of the project need `file_access` in the profile, see docs/security.md"             },
    {"no files with provided path", NULL                                                                },
    {"CANNOT_STAT",                 NULL                                                                },
    {"FILE_DOESNT_EXIST",           NULL                                                                },
    {"No such file",                NULL                                                                },
    {"InvalidTableLocation",        NULL                                                                },
    {"Path does not exist",         NULL                                                                },
    {"UNKNOWN_FORMAT",
     "`format` is ClickHouse's name of one: CSVWithNames, Parquet, JSONEachRow .."                      },
    {"InvalidAccessKeyId",          "the store does not know this `key_id`"                             },
    {"SignatureDoesNotMatch",       "`secret` is not the one of this `key_id`"                          },
    {"ExpiredToken",                "`session_token` is not valid any more: get a new one"              },
    {"Access Denied",               "the key may not read this: check its rights, `key_id` and `secret`"},
    {"AccessDenied",                "the key may not read this: check its rights, `key_id` and `secret`"},
    {"response code: 403",          "the key may not read this: check its rights, `key_id` and `secret`"},
    {"status code: 403",            "the server does not let you read this: does it want a key?"        },
    {"NoSuchBucket",                "is the bucket's name right?"                                       },
    {"NoSuchKey",                   "no such file in the bucket"                                        },
    {"response code: 404",          "no such file or no such bucket"                                    },
    {"status code: 404",            "the server has no such file"                                       },
    {"PermanentRedirect",           "the bucket is in another region: `region:` names it"               },
    {"Not found address",           "is the host's name right? `endpoint:` names a store of your own"   },
    {"Connection refused",          "nothing answers there: check the location and `endpoint`"          },
    {"magic bytes",                 "`format` is not that of the file, or the file is cut off"          },
    {"format cannot be detected",
     "say what they are: `format: CSVWithNames`, Parquet, JSONEachRow .."                               },
    {"table structure cannot be",
     "is `format` right? `structure: 'id Int64, name String'` says the columns"                         },
    {"CANNOT_PARSE",                "is `format` right? `structure` says the columns and their types"   },
    {"INCORRECT_DATA",              "is `format` right? `structure` says the columns and their types"   },
    {"CANNOT_EXTRACT_TABLE",
     "is `format` right? `structure: 'id Int64, name String'` says the columns"                         },
};

static size_t cause_of(Str message) {
  size_t i = 0;
  while (i < COUNT(causes) && str_find(message, str_c(causes[i].said), 0) < 0)
    i++;
  return i;
}

// How many files a path of this machine names; -1: it is an address.
static long count(Arena *a, Str location) {
  if (file_scheme(location))
    return -1;
  glob_t found = {0};
  long n = glob(str_cstr(a, location), GLOB_BRACE | GLOB_NOSORT, NULL, &found)
               ? 0
               : (long)found.gl_pathc;
  globfree(&found);
  return n;
}

static Str missing_hint(Arena *a, const Node *source) {
  Str location = source->info->location;
  if (count(a, location))
    return STR("there are files, but the engine may not open them: those outside of the project "
               "need `file_access` in the profile, those of the project `starc serve "
               "--project-files` while that has the warehouse");
  return str_fmt(a, "no file is there: looked for %.*s", STR_ARG(location));
}

// Whether a message names the file, or the last part of a pattern.
static bool names_file(Str message, Str location) {
  ptrdiff_t slash = str_rfind(location, STR("/"));
  Str last = str_sub(location, (size_t)(slash + 1), location.len), name = last;
  str_cut(&last, '?', &name); // what follows in an address
  return name.len > 2 && str_find_word(message, name, 0) >= 0;
}

const Node *source_files_blamed(const Run *r, Arena *a, Str sql, const DbError *e, Str *hint) {
  size_t cause = cause_of(e->message);
  const Node *read = NULL, *empty = NULL, *named = NULL, *like = NULL;
  size_t nread = 0, nlike = 0;
  for (size_t i = 0; r->graph && cause < COUNT(causes) && i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    if (n->kind != NODE_SOURCE || !n->info->reads.len)
      continue;
    if (str_find(e->message, n->info->location, 0) >= 0)
      named = n;
    if (str_find(sql, n->info->reads, 0) < 0)
      continue;
    read = n;
    nread++;
    if (names_file(e->message, n->info->location)) {
      like = n;
      nlike++;
    }
    if (!count(a, n->info->location))
      empty = n;
  }
  const Node *of = named                          ? named
                   : empty && !causes[cause].hint ? empty
                   : nlike == 1                   ? like
                   : nread == 1                   ? read
                                                  : NULL;
  if (of && e->elsewhere && !cause)
    *hint = e->hint;
  else if (of)
    *hint = causes[cause].hint ? str_c(causes[cause].hint) : missing_hint(a, of);
  return of;
}

Str source_files_unnamed(const Run *r, Arena *a, Str sql) {
  for (size_t i = 0; r->graph && i < r->graph->nnodes; i++) {
    const Node *n = r->graph->nodes[i];
    Str where = n->kind == NODE_SOURCE ? n->info->location : (Str){0};
    if (n->kind == NODE_SOURCE && n->info->reads.len && str_find(sql, n->info->reads, 0) >= 0 &&
        val_is_absent(node_config(n, STR("format"))) &&
        (str_find(where, STR(".csv"), 0) >= 0 || str_find(where, STR(".tsv"), 0) >= 0))
      return str_fmt(
          a,
          "the first line of '%.*s' may be taken for a row, and its columns be c1, c2 ..: "
          "`format: %s` at the source '%.*s' has the names of that line",
          STR_ARG(fs_basename(where)),
          str_find(where, STR(".csv"), 0) >= 0 ? "CSVWithNames" : "TSVWithNames", STR_ARG(n->name));
  }
  return (Str){0};
}

Diag *source_files_diag(const Node *source, const DbError *e, Str hint, Diags *diags) {
  Str said = e->brief.len ? e->brief : e->message, line = said;
  str_cut(&said, '\n', &line);
  Diag *d = diag_at(diags, SEV_ERROR, db_error_code(e), source->info->location_src,
                    source->info->location_span, "source '%.*s.%.*s' cannot be read: %.*s",
                    STR_ARG(source->info->source_name), STR_ARG(source->name), STR_ARG(line));
  diag_hint(diags, d, "%.*s", STR_ARG(hint));
  return d;
}
