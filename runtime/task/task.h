// The tasks of the commands, each in the file of its name; task/commands.c says which does what.
#ifndef STARC_TASK_H
#define STARC_TASK_H
#include "../run/command.h"

Task task_build, task_retry, task_compile, task_parse, task_ls, task_show, task_operation,
    task_freshness, task_docs_generate, task_docs_diff, task_docs_serve, task_serve, task_debug,
    task_init, task_clean, task_deps, task_words, task_locks, task_check, task_source_check,
    task_lineage, task_sync, task_engine, task_load_init, task_history;

// A command with --watch: its own task again and again, until a signal ends it.
Task task_watch;

#endif
