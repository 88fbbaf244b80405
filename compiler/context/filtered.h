// Relations that are read in part (--empty, --sample, microbatch, a limit of their own) print as
// dbt prints them: "(select * from r where ..) _dbt_limit_subq_r". That is right only where a table
// is read and no alias follows, and what follows is not known while a template is rendered. So the
// text is settled afterwards, from its tokens: every way of writing a table stays valid.
#ifndef STARC_FILTERED_H
#define STARC_FILTERED_H
#include "../dialect/dialect.h"
#include "../template/eval.h"

// Adds the text of a relation that is read in part. `name`: as the database spells it; `filter`:
// what stands behind it, " where false limit 0"; `identifier`: its last part, without quotes.
void filtered_print(Buf *out, const Dialect *d, Str name, Str filter, Str identifier, bool limit);

// The text with each of these where it stands: as a subquery with the alias that the user wrote,
// or with one of its own by which the rest of the text can name it; clauses that only a table takes
// (FINAL, TABLESAMPLE) move into it; where the relation is named and not read (insert into, a
// qualifier, a comment) as its bare name. The same text comes back where there is none. `map`: of
// the text, is kept right; NULL: there is none.
Str filtered_settle(Arena *a, const Dialect *d, Str text, SourceMap *map);

#endif
