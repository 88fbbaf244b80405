// A shared library as a file, before the loader gets it. In: its path. Out: what is wrong with it,
// and the names of Python that it wants, as a small library that has them.
// On Linux: elsewhere files are of another kind, and nothing is wrong with any.
#ifndef STARC_ELF_FILE_H
#define STARC_ELF_FILE_H

// What keeps this machine from loading the file, as words that go on after its name: "is cut
// short". NULL: nothing that is seen here, or there is no such file. The loader itself would crash
// at a file that is cut short.
const char *elf_problem(const char *path);

// The engine in the Python package is an extension of Python, and wants some hundred of its
// functions and objects to be there, of which a program that talks to it by ADBC needs one: whether
// Python runs (it does not). Gives a file descriptor of a library that has them all, made here of
// the names that the file itself lists, so that no version of it needs a list in this program:
// functions that stop the program and say so, objects of zeros. It has no code and no data of its
// own (its symbols are places in this program), so it is read from anywhere.
// -1: the file wants none, or it cannot be read.
int elf_python_names(const char *path);

#endif
