// See arrow_text.h.
#include "arrow_text.h"

#include <inttypes.h>
#include <string.h>

static const struct {
  char format;
  const char *type;
} types[] = {
    {'u', "String" },
    {'U', "String" },
    {'z', "String" },
    {'b', "Bool"   },
    {'c', "Int8"   },
    {'C', "UInt8"  },
    {'s', "Int16"  },
    {'S', "UInt16" },
    {'i', "Int32"  },
    {'I', "UInt32" },
    {'l', "Int64"  },
    {'L', "UInt64" },
    {'f', "Float32"},
    {'g', "Float64"},
};

static const char *type_of(const ArrowSchema *column) {
  const char *format = column->dictionary ? column->dictionary->format : column->format;
  for (size_t i = 0; i < COUNT(types) && format[0] && !format[1]; i++)
    if (types[i].format == format[0])
      return types[i].type;
  return NULL;
}

static void add_escaped(Buf *out, Str text) {
  static const char special[] = "\b\f\n\r\t\\", letters[] = "bfnrt\\";
  for (size_t i = 0; i < text.len; i++) {
    const char *at = text.ptr[i] ? strchr(special, text.ptr[i]) : NULL;
    if (at)
      buf_addf(out, "\\%c", letters[at - special]);
    else if (!text.ptr[i])
      buf_adds(out, "\\0");
    else
      buf_addc(out, text.ptr[i]);
  }
}

static bool bit(const void *bits, int64_t i) {
  return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

static int64_t whole(char format, const void *data, int64_t i) {
  switch (format) {
  case 'c':
    return ((const int8_t *)data)[i];
  case 'C':
    return ((const uint8_t *)data)[i];
  case 's':
    return ((const int16_t *)data)[i];
  case 'S':
    return ((const uint16_t *)data)[i];
  case 'i':
    return ((const int32_t *)data)[i];
  case 'I':
    return ((const uint32_t *)data)[i];
  default:
    return ((const int64_t *)data)[i];
  }
}

static Str slice(char format, const ArrowArray *column, int64_t i) {
  const char *data = column->buffers[2];
  if (format == 'U') {
    const int64_t *ends = column->buffers[1];
    return str_n(data + ends[i], (size_t)(ends[i + 1] - ends[i]));
  }
  const int32_t *ends = column->buffers[1];
  return str_n(data + ends[i], (size_t)(ends[i + 1] - ends[i]));
}

// Row i of a column whose type has a row in `types`.
static void add_value(Buf *out, const ArrowSchema *type, const ArrowArray *column, int64_t i) {
  char format = type->format[0];
  i += column->offset;
  if (column->null_count && column->buffers[0] && !bit(column->buffers[0], i)) {
    buf_adds(out, "\\N");
    return;
  }
  if (type->dictionary) {
    add_value(out, type->dictionary, column->dictionary, whole(format, column->buffers[1], i));
    return;
  }
  if (format == 'u' || format == 'U' || format == 'z')
    add_escaped(out, slice(format, column, i));
  else if (format == 'b')
    buf_addf(out, "%s", bit(column->buffers[1], i) ? "true" : "false");
  else if (format == 'f')
    buf_addf(out, "%.9g", (double)((const float *)column->buffers[1])[i]);
  else if (format == 'g')
    buf_addf(out, "%.17g", ((const double *)column->buffers[1])[i]);
  else if (format == 'L')
    buf_addf(out, "%" PRIu64, ((const uint64_t *)column->buffers[1])[i]);
  else
    buf_addf(out, "%" PRId64, whole(format, column->buffers[1], i));
}

static bool header(const ArrowSchema *schema, Buf *out, Buf *why) {
  enum { NULLABLE = 2 };
  for (int64_t i = 0; i < schema->n_children; i++) {
    const ArrowSchema *column = schema->children[i];
    buf_addf(out, "%s", i ? "\t" : "");
    add_escaped(out, str_c(column->name));
    if (type_of(column))
      continue;
    buf_addf(why, "Code: 1000. column %s is of a type that is not read here (Arrow %s)",
             column->name, column->format);
    return false;
  }
  buf_addc(out, '\n');
  for (int64_t i = 0; i < schema->n_children; i++) {
    bool nullable = schema->children[i]->flags & NULLABLE;
    buf_addf(out, "%s%s%s%s", i ? "\t" : "", nullable ? "Nullable(" : "",
             type_of(schema->children[i]), nullable ? ")" : "");
  }
  buf_addc(out, '\n');
  return true;
}

static void add_rows(Buf *out, const ArrowSchema *schema, const ArrowArray *rows) {
  for (int64_t i = 0; i < rows->length; i++) {
    for (int64_t k = 0; k < schema->n_children; k++) {
      if (k)
        buf_addc(out, '\t');
      add_value(out, schema->children[k], rows->children[k], rows->offset + i);
    }
    buf_addc(out, '\n');
  }
}

static bool fails(ArrowStream *stream, Buf *why) {
  const char *text = stream->get_last_error(stream);
  buf_addf(why, "%s", text ? text : "Code: 1000. the answer cannot be read");
  return false;
}

static bool read_all(ArrowStream *stream, const ArrowSchema *schema, Buf *out, Buf *why) {
  if (!schema->n_children) // a statement that answers with nothing
    return true;
  if (!header(schema, out, why))
    return false;
  for (;;) {
    ArrowArray rows = {0};
    if (stream->get_next(stream, &rows))
      return fails(stream, why);
    if (!rows.release)
      return true;
    add_rows(out, schema, &rows);
    rows.release(&rows);
  }
}

bool arrow_text(ArrowStream *stream, Buf *out, Buf *why) {
  ArrowSchema schema = {0};
  bool good = stream->get_schema(stream, &schema) == 0 ? read_all(stream, &schema, out, why)
                                                       : fails(stream, why);
  if (schema.release)
    schema.release(&schema);
  stream->release(stream);
  return good;
}
