// In: a project. Out: the parts that every artifact starts with.

#include "artifact.h"

#include "../base/clock.h"
#include "../project/globals.h"

#include <time.h>

extern char **environ;

Str artifact_time(Arena *a, int64_t us) {
  if (!us)
    return (Str){0};
  time_t seconds = (time_t)(us / 1000000);
  struct tm tm;
  gmtime_r(&seconds, &tm);
  return str_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(us % 1000000));
}

Value artifact_envs(Arena *a) {
  static const char prefix[] = "DBT_ENV_CUSTOM_ENV_";
  Value d = val_dict(a);
  for (char **e = environ; *e; e++) {
    const char *eq = strchr(*e, '=');
    if (!eq || strncmp(*e, prefix, sizeof prefix - 1))
      continue;
    const char *name = *e + sizeof prefix - 1;
    dict_sets(a, d.dict, str_dup(a, str_n(name, (size_t)(eq - name))),
              val_str(str_dup(a, str_c(eq + 1))));
  }
  return d;
}

bool artifact_open(Artifact *a, Str path, Diags *diags) {
  *a = (Artifact){0};
  if (!fs_writer_open(&a->file, path, diags))
    return false;
  a->json = (Json){.out = &a->buffer, .file = a->file.file};
  json_open_object(&a->json);
  return true;
}

bool artifact_close(Artifact *a, bool durable, Diags *diags) {
  json_close_object(&a->json);
  json_flush(&a->json);
  buf_free(&a->buffer);
  arena_free(&a->scratch);
  return durable ? fs_writer_commit(&a->file, diags) : fs_writer_commit_quick(&a->file, diags);
}

void artifact_metadata(Json *j, const Project *p, Str schema) {
  Arena scratch = {0};
  json_key(j, STR("metadata"));
  json_open_object(j);
  json_key_str(j, "dbt_schema_version",
               str_fmt(&scratch, "https://schemas.getdbt.com/dbt/%.*s.json", STR_ARG(schema)));
  json_key_str(j, "dbt_version", str_c(dbt_releases[p->level].version));
  json_key_str(j, "generated_at", artifact_time(&scratch, clock_us()));
  json_key_str(j, "invocation_id", p->invocation_id);
  json_key_str(j, "invocation_started_at", artifact_time(&scratch, p->started_us));
  json_key(j, STR("env"));
  json_value(j, artifact_envs(&scratch));
  arena_free(&scratch);
}
