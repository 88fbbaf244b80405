// What starc leaves in target/ for other programs: dbt's artifacts, key by key and in dbt's order,
// each replaced atomically, so that a full disk or a kill leaves the earlier file. Here is what all
// of them begin and end with.
#ifndef STARC_ARTIFACTS_ARTIFACT_H
#define STARC_ARTIFACTS_ARTIFACT_H
#include "../base/fs.h"
#include "../project/project.h"
#include "../value/json.h"

// A file on its way: `json` writes into it, `scratch` is the writer's.
typedef struct Artifact {
  FsWriter file;
  Buf buffer;
  Json json;
  Arena scratch;
} Artifact;
// Opens `path` and the outermost object. False: recorded. It must not move while it is open.
bool artifact_open(Artifact *a, Str path, Diags *diags);
// Closes the object, frees, and puts the file in its place. `durable`: also past a power failure.
// False: recorded, an earlier file stays.
bool artifact_close(Artifact *a, bool durable, Diags *diags);
// "2026-01-31T12:00:00.123456Z" of microseconds since 1970; 0: an empty slice.
Str artifact_time(Arena *a, int64_t us);
// Writes "metadata": {...} with the keys all artifacts share; the caller adds its own and closes.
void artifact_metadata(Json *j, const Project *p, Str schema);
// DBT_ENV_CUSTOM_ENV_* of the environment with the prefix cut, as dbt_metadata_envs.
Value artifact_envs(Arena *a);

#endif
