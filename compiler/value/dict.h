// Dicts and sets in order of insertion, over Python's keys.
#ifndef STARC_VALUE_DICT_H
#define STARC_VALUE_DICT_H
#include "types.h"

Value val_dict(Arena *a);
Value val_set(Arena *a);

// Keys compare as in Python: 1, 1.0 and True are one key.
// Pointers to values are good until the next dict_set.
Value *dict_get(const Dict *d, Value key); // NULL: not there
Value *dict_gets(const Dict *d, Str key);
DictEntry *dict_entry(const Dict *d, Value key);      // the same with its key
void dict_set(Arena *a, Dict *d, Value key, Value v); // a known key keeps its place
// Makes room for n entries at once in an empty dict, where growing would leave copies behind.
void dict_reserve(Arena *a, Dict *d, size_t n);
// Makes an empty dict begin with the entries of another, none of them removed, and room for some
// more. The values are shared.
void dict_start(Arena *a, Dict *d, const Dict *from);
void dict_sets(Arena *a, Dict *d, Str key, Value v);
bool dict_remove(Dict *d, Value key);            // false: was not there
bool dict_within(const Dict *d, const Dict *of); // whether it has each key of d
// Walks in order: size_t at = 0; DictEntry *e; while ((e = dict_next(d, &at))) ...
DictEntry *dict_next(const Dict *d, size_t *at);
// The value under key if d is a dict and has it, else Undefined. For reading project data.
Value val_get(Value d, Str key);

#endif
