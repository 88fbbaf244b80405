// libmicrohttpd, loaded when it is first needed. Its types stay in the files that include it.
#ifndef STARC_SERVE_HTTP_H
#define STARC_SERVE_HTTP_H
#include "../engine/library.h"

#include <microhttpd.h>

#define MHD_FUNCTIONS(X)                                                                           \
  X(MHD_start_daemon)                                                                              \
  X(MHD_stop_daemon)                                                                               \
  X(MHD_quiesce_daemon)                                                                            \
  X(MHD_create_response_from_buffer)                                                               \
  X(MHD_create_response_from_callback)                                                             \
  X(MHD_create_response_from_fd)                                                                   \
  X(MHD_add_response_header)                                                                       \
  X(MHD_get_connection_info)                                                                       \
  X(MHD_get_connection_values_n)                                                                   \
  X(MHD_lookup_connection_value)                                                                   \
  X(MHD_create_post_processor)                                                                     \
  X(MHD_post_process)                                                                              \
  X(MHD_destroy_post_processor)                                                                    \
  X(MHD_queue_response)                                                                            \
  X(MHD_destroy_response)

extern struct MhdLibrary { MHD_FUNCTIONS(LIBRARY_MEMBER) } mhd;

// Once, and from any thread. False: *error.
bool mhd_load(Arena *a, DbError *error);

#endif
