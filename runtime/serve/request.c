// See request.h.
#include "request.h"

#include "../../compiler/base/base64.h"
#include "../../compiler/base/vec.h"

#include <stdio.h>
#include <stdlib.h>

enum {
  BAD_ARGUMENTS = 36,
  AUTHENTICATION_FAILED = 516,
  CANNOT_PARSE_NUMBER = 72,
};

bool request_fail(Arena *a, ServeProblem *problem, int code, const char *name, const char *fmt,
                  ...) {
  va_list ap;
  va_start(ap, fmt);
  Str text = str_vfmt(a, fmt, ap);
  va_end(ap);
  *problem = (ServeProblem){
      code, str_fmt(a, "Code: %d. DB::Exception: %.*s (%s)", code, STR_ARG(text), name)};
  return false;
}

typedef struct Reader {
  Arena *a;
  ServeRequest *r;
  ServeProblem *problem;
  VEC(ServePair) settings, params;
} Reader;

static Str header(const ServePair *headers, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (str_eq_nocase(headers[i].name, str_c(name)))
      return headers[i].value;
  return (Str){0};
}

static bool read_flag(Reader *r, const ServePair *p, bool *out) {
  *out = str_is(p->value, "1") || str_eq_nocase(p->value, STR("true"));
  return *out || str_is(p->value, "0") || str_eq_nocase(p->value, STR("false")) ||
         request_fail(r->a, r->problem, CANNOT_PARSE_NUMBER, "CANNOT_PARSE_NUMBER",
                      "%.*s must be 0 or 1", STR_ARG(p->name));
}

static bool read_timeout(Reader *r, const ServePair *p) {
  enum { MOST = 3600 };
  if (!str_all_digits(p->value) || p->value.len > 9)
    return request_fail(r->a, r->problem, 374, "INVALID_SESSION_TIMEOUT",
                        "session_timeout must be a number of seconds");
  double seconds = atof(str_cstr(r->a, p->value));
  r->r->session_timeout = seconds;
  return seconds <= MOST || request_fail(r->a, r->problem, 374, "INVALID_SESSION_TIMEOUT",
                                         "session_timeout is more than %d seconds", MOST);
}

// What is no setting of the engine.
static bool read_argument(Reader *r, const ServePair *p, bool *known) {
  ServeRequest *to = r->r;
  const struct {
    const char *name;
    Str *text;
    bool *flag;
  } names[] = {
      {"query",                                        &to->query,      NULL              },
      {"database",                                     &to->database,   NULL              },
      {"default_format",                               &to->format,     NULL              },
      {"query_id",                                     &to->query_id,   NULL              },
      {"session_id",                                   &to->session_id, NULL              },
      {"user",                                         &to->user,       NULL              },
      {"password",                                     &to->password,   NULL              },
      {"session_check",                                NULL,            &to->session_check},
      {"compress",                                     NULL,            &to->compress     },
      {"decompress",                                   NULL,            &to->decompress   },
      {"wait_end_of_query",                            NULL,            &to->wait_end     },
      {"quota_key",                                    NULL,            NULL              },
      {"stacktrace",                                   NULL,            NULL              },
      {"role",                                         NULL,            NULL              },
      {"buffer_size",                                  NULL,            NULL              },
      {"client_protocol_version",                      NULL,            NULL              },
      {"close_session",                                NULL,            NULL              },
      {"http_wait_end_of_query",                       NULL,            &to->wait_end     },
      {"enable_http_compression",                      NULL,            &to->encode       },
      {"send_progress_in_http_headers",                NULL,            NULL              },
      {"http_headers_progress_interval_ms",            NULL,            NULL              },
      {"http_response_buffer_size",                    NULL,            NULL              },
      {"http_write_exception_in_output_format",        NULL,            NULL              },
      {"cancel_http_readonly_queries_on_client_close", NULL,            NULL              },
      {"add_http_cors_header",                         NULL,            NULL              },
  };
  *known = true;
  if (str_is(p->name, "session_timeout"))
    return read_timeout(r, p);
  if (str_is(p->name, "http_zlib_compression_level")) {
    to->level = p->value.len == 1 && p->value.ptr[0] > '0' ? p->value.ptr[0] - '0' : 3;
    return true;
  }
  for (size_t i = 0; i < COUNT(names); i++) {
    if (!str_eq(p->name, str_c(names[i].name)))
      continue;
    if (names[i].text)
      *names[i].text = p->value;
    return !names[i].flag || read_flag(r, p, names[i].flag);
  }
  *known = false;
  return true;
}

static bool of_external(Str name) {
  return str_ends(name, STR("_structure")) || str_ends(name, STR("_types")) ||
         str_ends(name, STR("_format"));
}

static bool read_arguments(Reader *r, const ServePair *arguments, size_t n) {
  bool multipart = str_starts(r->r->content_type, STR("multipart/form-data"));
  for (size_t i = 0; i < n; i++) {
    const ServePair *p = &arguments[i];
    bool known;
    if (!read_argument(r, p, &known))
      return false;
    if (known || !p->name.len)
      continue;
    if (multipart && of_external(p->name))
      continue;
    if (str_starts(p->name, STR("param_")))
      vec_push(r->a, &r->params, ((ServePair){str_sub(p->name, 6, p->name.len), p->value}));
    else
      vec_push(r->a, &r->settings, *p);
  }
  return true;
}

// --- who asks

static bool take_basic(Reader *r, Str header) {
  Str scheme, rest = header;
  str_cut(&rest, ' ', &scheme);
  if (!str_eq_nocase(scheme, STR("basic")))
    return request_fail(
        r->a, r->problem, AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED",
        "of the ways to say who one is that Authorization has, only Basic is known");
  Buf text = {.arena = r->a};
  base64_read(&text, str_trim(rest));
  Str both = buf_str(&text);
  ptrdiff_t colon = str_find(both, STR(":"), 0);
  r->r->user = str_sub(both, 0, colon < 0 ? both.len : (size_t)colon);
  r->r->password = colon < 0 ? (Str){0} : str_sub(both, (size_t)colon + 1, both.len);
  return true;
}

// One of three ways: two at once may be a trick of somebody in between.
static bool read_user(Reader *r, const ServePair *headers, size_t n) {
  ServeRequest *to = r->r;
  Str user = header(headers, n, "X-ClickHouse-User"), key = header(headers, n, "X-ClickHouse-Key");
  Str basic = header(headers, n, "Authorization");
  bool in_address = to->user.len || to->password.len;
  int ways = (user.len || key.len) + (basic.len > 0) + in_address;
  if (ways > 1)
    return request_fail(r->a, r->problem, AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED",
                        "user and password are given in more than one way: in X-ClickHouse-User "
                        "and -Key, Authorization, or the address");
  if (user.len || key.len) {
    to->user = user;
    to->password = key;
  }
  if (basic.len && !take_basic(r, basic))
    return false;
  if (!to->user.len)
    to->user = STR("default");
  return true;
}

bool request_read(Arena *a, const ServePair *arguments, size_t narguments, const ServePair *headers,
                  size_t nheaders, ServeRequest *r, ServeProblem *problem) {
  *r = (ServeRequest){.session_timeout = 60,
                      .level = 3,
                      .encode = false,
                      .encoding = header(headers, nheaders, "Content-Encoding"),
                      .accept = header(headers, nheaders, "Accept-Encoding"),
                      .content_type = header(headers, nheaders, "Content-Type"),
                      .arguments = arguments,
                      .narguments = narguments};
  *problem = (ServeProblem){0};
  Reader reader = {.a = a, .r = r, .problem = problem};
  bool good =
      read_arguments(&reader, arguments, narguments) && read_user(&reader, headers, nheaders);
  r->settings = reader.settings.items;
  r->nsettings = reader.settings.n;
  r->params = reader.params.items;
  r->nparams = reader.params.n;
  if (!r->database.len)
    r->database = header(headers, nheaders, "X-ClickHouse-Database");
  if (!r->format.len)
    r->format = header(headers, nheaders, "X-ClickHouse-Format");
  for (size_t i = 0; i < r->format.len && good; i++)
    if (!str_word_char(r->format.ptr[i]))
      good = request_fail(a, problem, 73, "UNKNOWN_FORMAT", "unknown format");
  if (!r->format.len)
    r->format = STR("TabSeparated");
  return good;
}

// --- tables that come with it

static Str argument_of(const ServeRequest *r, Str table, const char *what) {
  Str end = str_c(what);
  for (size_t i = 0; i < r->narguments; i++) {
    Str name = r->arguments[i].name;
    if (name.len == table.len + end.len && str_starts(name, table) && str_ends(name, end))
      return r->arguments[i].value;
  }
  return (Str){0};
}

// "UInt8,Array(String)" -> "_1 UInt8, _2 Array(String)".
static Str named_types(Arena *a, Str types) {
  Buf out = {.arena = a};
  int depth = 0, n = 1;
  buf_addf(&out, "_%d ", n);
  for (size_t i = 0; i < types.len; i++) {
    char c = types.ptr[i];
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    buf_addc(&out, c);
    if (c == ',' && !depth)
      buf_addf(&out, " _%d ", ++n);
  }
  return buf_str(&out);
}

bool request_external(Arena *a, const ServeRequest *r, Str table, Str data, ServeExternal *external,
                      ServeProblem *problem) {
  Str types = argument_of(r, table, "_types");
  *external = (ServeExternal){.name = table,
                              .structure = argument_of(r, table, "_structure"),
                              .format = argument_of(r, table, "_format"),
                              .data = data};
  if (!external->structure.len && types.len)
    external->structure = named_types(a, types);
  if (!external->format.len)
    external->format = STR("TabSeparated");
  for (size_t i = 0; i < external->format.len; i++)
    if (!str_word_char(external->format.ptr[i]))
      return request_fail(a, problem, 73, "UNKNOWN_FORMAT", "unknown format");
  return external->structure.len ||
         request_fail(a, problem, BAD_ARGUMENTS, "BAD_ARGUMENTS",
                      "the address has no %.*s_structure and no %.*s_types", STR_ARG(table),
                      STR_ARG(table));
}

// --- how it is told

unsigned request_status(int code) {
  static const struct {
    unsigned status;
    int codes[32];
  } rows[] = {
      {400, {6,  8,  15,  25,  26,  27,  36,  37,  38,  41,  44,  53,  62,
             67, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676}},
      {401, {194}                                                                     },
      {403, {192, 193, 497, 512, 516}                                                 },
      {404, {46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511}                  },
      {408, {159}                                                                     },
      {411, {381}                                                                     },
      {413, {229}                                                                     },
      {501, {48}                                                                      },
      {503, {76, 202, 209, 439}                                                       },
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    for (size_t j = 0; j < COUNT(rows[i].codes) && rows[i].codes[j]; j++)
      if (rows[i].codes[j] == code)
        return rows[i].status;
  return 500;
}

const char *request_content_type(Str format) {
  static const struct {
    const char *starts, *type;
  } types[] = {
      {"TabSeparated",       "text/tab-separated-values; charset=UTF-8"},
      {"TSV",                "text/tab-separated-values; charset=UTF-8"},
      {"CSVWithNames",       "text/csv; charset=UTF-8; header=present" },
      {"CSV",                "text/csv; charset=UTF-8; header=absent"  },
      {"JSONEachRow",        "application/x-ndjson; charset=UTF-8"     },
      {"JSONCompactEachRow", "application/x-ndjson; charset=UTF-8"     },
      {"JSON",               "application/json; charset=UTF-8"         },
      {"XML",                "application/xml; charset=UTF-8"          },
      {"Markdown",           "text/markdown; charset=UTF-8"            },
      {"Native",             "application/octet-stream"                },
      {"RowBinary",          "application/octet-stream"                },
      {"Parquet",            "application/octet-stream"                },
      {"Arrow",              "application/octet-stream"                },
      {"ORC",                "application/octet-stream"                },
      {"Avro",               "application/octet-stream"                },
      {"MsgPack",            "application/octet-stream"                },
      {"BSON",               "application/octet-stream"                },
      {"Npy",                "application/octet-stream"                },
      {"Protobuf",           "application/octet-stream"                },
      {"CapnProto",          "application/octet-stream"                },
  };
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_starts(format, str_c(types[i].starts)))
      return types[i].type;
  return "text/plain; charset=UTF-8";
}
