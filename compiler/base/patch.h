// Small changes to a text: what goes where, the text with them, and how they differ line by line.
//
//   patch_add(&p, at, 0, STR("new"), 0);
//   patch_apply(&p, text, &out);
#ifndef STARC_PATCH_H
#define STARC_PATCH_H
#include "buf.h"
#include "vec.h"

typedef struct PatchPiece {
  size_t at, drop; // so many bytes are taken out there
  Str text;        // comes in their place
  unsigned order;  // of pieces at one place the lowest comes first
  size_t number;   // of its making; then the first made comes first
} PatchPiece;

typedef struct Patch {
  Arena *arena;
  VEC(PatchPiece) pieces;
} Patch;

// The text is referred to.
void patch_add(Patch *p, size_t at, size_t drop, Str text, unsigned order);
// Puts the pieces into the order of their places, which the others need.
void patch_sort(Patch *p);
// Adds the text with the pieces in it.
void patch_apply(const Patch *p, Str text, Buf *out);

// What diff -u says of the two; paths as they are shown. Without pieces: nothing.
typedef struct PatchDiff {
  Str old_path, new_path; // "a/models/x.yml"; "/dev/null"
  bool color;             // ANSI
} PatchDiff;
void patch_diff(const Patch *p, Str text, PatchDiff how, Buf *out);

#endif
