// libarchive, loaded at its first use: libarchive.archive_read_next_header(...). The only file that
// includes its headers.
#ifndef STARC_LIBARCHIVE_H
#define STARC_LIBARCHIVE_H
#include <archive.h>
#include <archive_entry.h>

#include "../engine/library.h"

#define LIBARCHIVE_FUNCTIONS(X)                                                                    \
  X(archive_read_new)                                                                              \
  X(archive_read_support_filter_gzip)                                                              \
  X(archive_read_support_filter_bzip2)                                                             \
  X(archive_read_support_filter_xz)                                                                \
  X(archive_read_support_filter_zstd)                                                              \
  X(archive_read_support_format_tar)                                                               \
  X(archive_read_support_format_gnutar)                                                            \
  X(archive_read_support_format_zip)                                                               \
  X(archive_read_open_memory)                                                                      \
  X(archive_read_next_header)                                                                      \
  X(archive_read_data)                                                                             \
  X(archive_read_free)                                                                             \
  X(archive_error_string)                                                                          \
  X(archive_entry_pathname)                                                                        \
  X(archive_entry_symlink)                                                                         \
  X(archive_entry_hardlink)                                                                        \
  X(archive_entry_filetype)                                                                        \
  X(archive_entry_perm)                                                                            \
  X(archive_entry_size)

// Filled by libarchive_load; not to be used before.
extern struct LibArchive { LIBARCHIVE_FUNCTIONS(LIBRARY_MEMBER) } libarchive;

// Loads the library, once. False: *error says why.
bool libarchive_load(Arena *a, DbError *error);
#endif
