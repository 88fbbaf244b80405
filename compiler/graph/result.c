// In: a status. Out: dbt's word for it.
#include "result.h"

const Str run_status_names[] = {
    STR_INIT("success"),       STR_INIT("error"), STR_INIT("skipped"), STR_INIT("partial success"),
    STR_INIT("no-op"),         STR_INIT("pass"),  STR_INIT("warn"),    STR_INIT("fail"),
    STR_INIT("runtime error"),
};
