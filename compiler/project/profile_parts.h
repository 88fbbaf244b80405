// What profile.c shares with the databases that finish a target, and nobody else sees.
#ifndef STARC_PROFILE_PARTS_H
#define STARC_PROFILE_PARTS_H
#include "globals.h"
#include "profile.h"

typedef struct Search Search;
struct Search {
  Arena *arena;
  const Globals *g;
  const ProjectOptions *o;
  Str root;
  Diags *diags;
  Buf looked;            // files that were tried, for the message
  bool of_user;          // the file is the user's own: not one that came with the project
  const char *what;      // that is read, for messages: "a target of profiles.yml"
  bool source;           // it is read from only: it needs no schema
  const Yaml *file;      // profiles.yml once it is read
  const Yaml *chosen_at; // where the project file names its profile; NULL: it was an option
};

// Records a finding at a key of the target, else at the target. False always.
bool profile_wrong(Search *s, const YamlEntry *entry, Str key, const char *message,
                   const char *hint);
// A folder as a profile names it: relative to the project, ~ is the home folder.
Str profile_folder(Search *s, Str path);
// Whether a folder is `top` or lies in it, whatever links lead there.
bool profile_is_below(Arena *a, Str folder, Str top);

// A key that opens more than a project may open for itself: not in a profiles.yml that came with
// it, unless an option allows it.
typedef struct ProfileGuard {
  size_t option; // of ProjectOptions: the bool that allows it
  Code code;
  const char *finding, *hint;
  const char *modest; // a value that opens no more; NULL: every value does
} ProfileGuard;

// How targets of a database are read.
typedef struct ProfileRules {
  const ProfileKey *keys; // beside profile_keys; ends with name NULL
  // Looks at the keys together, sets `driver`. False: an error was recorded. NULL: nothing to do.
  bool (*finish)(Search *s, Target *t, const YamlEntry *entry);
  // Fills the target of those who have no profile: schema, threads, keys. NULL: it needs one.
  void (*standalone)(Search *s, Target *t);
  const ProfileStart *starts; // ends with type NULL
  // See target_inside. NULL: no engine of this database runs inside starc.
  void (*inside)(Arena *a, Target *t, Str folder);
} ProfileRules;

#endif
