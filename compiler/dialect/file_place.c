// See file_place.h.
#include "file_place.h"

size_t file_scheme(Str path) {
  ptrdiff_t at = str_find(path, STR("://"), 0);
  return at > 0 ? (size_t)at + 3 : 0;
}

bool file_in_bucket(Str path) {
  return str_starts(path, STR("s3://")) || str_starts(path, STR("gs://")) ||
         str_starts(path, STR("oss://"));
}

Str file_at_server(Arena *a, Str path, Str endpoint, Str region) {
  Str rest = str_sub(path, file_scheme(path), path.len), bucket = rest;
  if (!file_in_bucket(path) || !(endpoint.len || region.len))
    return path;
  while (str_ends(endpoint, STR("/")))
    endpoint.len--;
  if (endpoint.len)
    return str_fmt(a, "%s%.*s/%.*s", file_scheme(endpoint) ? "" : "https://", STR_ARG(endpoint),
                   STR_ARG(rest));
  str_cut(&rest, '/', &bucket);
  if (str_find(bucket, STR("."), 0) >= 0) // its certificate is not one of names with dots
    return str_fmt(a, "https://s3.%.*s.amazonaws.com/%.*s/%.*s", STR_ARG(region), STR_ARG(bucket),
                   STR_ARG(rest));
  return str_fmt(a, "https://%.*s.s3.%.*s.amazonaws.com/%.*s", STR_ARG(bucket), STR_ARG(region),
                 STR_ARG(rest));
}
