// Which tables the source of a load has, for `tables: all`. In: the connection of a load, the
// loads.json of an earlier command. Out: names. Leaves to compiler/load which of them are taken.
#ifndef STARC_LOAD_LISTING_H
#define STARC_LOAD_LISTING_H
#include "../../compiler/context/context.h"

typedef struct LoadLists {
  const Project *project;
  bool asks;  // the sources; else what loads.json has is taken
  Value kept; // what loads.json had before, a dict by unique id
} LoadLists;

// The tables and views of a source, as LoadLister wants it; data: LoadLists. What starc itself made
// is none of them. Told as warnings: tables that are gone since the last time, a list that is not
// known.
bool load_listing(void *data, Arena *a, const LoadListing *of, Value *names, Diags *diags);

#endif
