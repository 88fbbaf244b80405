// See origin.h.
#include "origin.h"

#include <string.h>

static bool is_let_in(const ServeOptions *o, const char *origin) {
  for (size_t i = 0; i < o->norigins; i++)
    if (str_is(o->origins[i], "*") || str_eq_nocase(o->origins[i], str_c(origin)))
      return true;
  return false;
}

bool origin_read(const ServeOptions *o, struct MHD_Connection *connection, const char **origin) {
  const char *said = mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin");
  const char *host = mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
  const char *name = said ? strstr(said, "://") : NULL;
  bool own = name && host && strcmp(name + 3, host) == 0;
  *origin = said && !own && is_let_in(o, said) ? said : NULL;
  // An image or a link of a page asks without an Origin.
  const char *site = mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Sec-Fetch-Site");
  bool from_page = site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
  return said ? own || *origin : !from_page;
}

void origin_add(struct MHD_Response *r, const char *origin) {
  mhd.MHD_add_response_header(r, "Access-Control-Allow-Origin", origin);
  mhd.MHD_add_response_header(r, "Vary", "Origin");
  mhd.MHD_add_response_header(
      r, "Access-Control-Expose-Headers",
      "X-ClickHouse-Server-Display-Name, X-ClickHouse-Query-Id, X-ClickHouse-Timezone, "
      "X-ClickHouse-Format, X-ClickHouse-Summary, X-ClickHouse-Exception-Code, "
      "X-ClickHouse-Exception-Tag");
}

enum MHD_Result origin_preflight(struct MHD_Connection *connection, const char *origin) {
  struct MHD_Response *r =
      mhd.MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
  if (!r)
    return MHD_NO;
  origin_add(r, origin);
  mhd.MHD_add_response_header(r, "Access-Control-Allow-Methods", "GET, HEAD, POST");
  mhd.MHD_add_response_header(r, "Access-Control-Allow-Headers",
                              "Authorization, Content-Type, Content-Encoding, X-ClickHouse-User, "
                              "X-ClickHouse-Key, X-ClickHouse-Database, X-ClickHouse-Format");
  mhd.MHD_add_response_header(r, "Access-Control-Max-Age", "3600");
  enum MHD_Result done = mhd.MHD_queue_response(connection, MHD_HTTP_NO_CONTENT, r);
  mhd.MHD_destroy_response(r);
  return done;
}
