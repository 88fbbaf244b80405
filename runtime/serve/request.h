// A request of ClickHouse's HTTP interface -> what it asks for. In: its address's arguments and its
// headers, decoded. Out: a query's settings, parameters, format, session, and who asks. Pure: no
// socket, no engine.
#ifndef STARC_SERVE_REQUEST_H
#define STARC_SERVE_REQUEST_H
#include "backend.h"

// What is wrong with a request, or with a statement: the code that ClickHouse gives it (0: none).
typedef struct ServeProblem {
  int code;
  Str text; // "Code: 516. DB::Exception: ..." without what the version adds
} ServeProblem;

typedef struct ServeRequest {
  Str query; // of the address; the body comes behind it
  Str database, format, query_id, session_id, user, password;
  double session_timeout; // seconds
  bool session_check;     // the session must be there
  bool compress,
      decompress; // the blocks of ClickHouse's own compression, of the answer and the body
  bool wait_end;  // the answer is sent when all of it is there
  bool encode;    // the answer may be compressed as Accept-Encoding says
  int64_t level;  // of that
  Str encoding, accept, content_type; // headers: of the body; of the answer; what the body is
  const ServePair *arguments;         // all of the address
  size_t narguments;
  ServePair *settings, *params;
  size_t nsettings, nparams;
} ServeRequest;

// Reads a request. False: *problem. Texts are slices of what was given, or the arena's.
bool request_read(Arena *a, const ServePair *arguments, size_t narguments, const ServePair *headers,
                  size_t nheaders, ServeRequest *r, ServeProblem *problem);

// Fills *problem (printf). False.
bool request_fail(Arena *a, ServeProblem *problem, int code, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

// The status by which HTTP tells an exception of this code.
unsigned request_status(int code);

// A table that comes with a request (a part of multipart/form-data): `table` is the part's name,
// and the address says table_structure or table_types, and table_format. False: *problem.
bool request_external(Arena *a, const ServeRequest *r, Str table, Str data, ServeExternal *external,
                      ServeProblem *problem);

// What Content-Type says of a format.
const char *request_content_type(Str format);

#endif
