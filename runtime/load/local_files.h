// Files of this machine as the source of a load: whether they may be read and can be, and whether
// they stayed as they were meanwhile. In: an open source whose files are known by a location, which
// may have wildcards. Out: errors at the place of the files in the YAML. Leaves what is in them to
// the engine.
#ifndef STARC_LOAD_LOCAL_FILES_H
#define STARC_LOAD_LOCAL_FILES_H
#include "source_parts.h"

// Looks at the files, keeps what tells later that they changed, and says how many there are (*n;
// -1: that is not known, the location is an address). False: *error: they are outside of what the
// target opens, or are none that an end is known of.
bool load_local_look(LoadSource *s, int64_t *n, DbError *error);
// False: *error says which of the files changed since load_local_look().
bool load_local_same(LoadSource *s, DbError *error);
// Whether a location is an address of a server or store.
bool load_is_address(Str location);

#endif
