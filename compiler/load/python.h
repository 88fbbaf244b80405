// Models in Python.
#ifndef STARC_LOAD_PYTHON_H
#define STARC_LOAD_PYTHON_H
#include "internal.h"

// The file as a template that makes the calls of dbt.ref() and its like.
Template *load_python_body(Arena *a, const Source *src, Diags *diags);

#endif
