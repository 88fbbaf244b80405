// Versions and ranges of packages, as dbt compares them. In: ">=1.0.0-rc1". Out: an order, and
// what several requirements leave.
#ifndef STARC_SEMVER_H
#define STARC_SEMVER_H
#include "../../compiler/base/str.h"

typedef enum SemverOp { SEMVER_EXACT, SEMVER_GT, SEMVER_GE, SEMVER_LT, SEMVER_LE } SemverOp;

// A version with its operator; none is "exactly this".
typedef struct Semver {
  SemverOp op;
  int64_t parts[3];
  Str pre;  // "rc1" of 1.0.0-rc1; empty: a release
  Str text; // without the operator
} Semver;

// False: not a version.
bool semver_parse(Str text, Semver *out);
// <0, 0, >0: dbt's order, in which operators break ties and "<1.0.0" leaves 1.0.0-rc1 out.
int semver_compare(const Semver *a, const Semver *b);

// What n requirements leave.
typedef struct SemverRange {
  bool has_start, has_end;
  Semver start, end;
} SemverRange;
// False: nothing can meet them all.
bool semver_reduce(const Semver *specs, size_t n, SemverRange *out);
bool semver_in(const Semver *version, const SemverRange *range);
#endif
