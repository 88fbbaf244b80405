// Who may ask what of serve. In: users with hashes of their passwords; a name and a password as a
// client gives them. Out: the user, or none.
#ifndef STARC_SERVE_ACCESS_H
#define STARC_SERVE_ACCESS_H
#include "../../compiler/base/str.h"

typedef struct ServeUser {
  Str name;
  char sha256[65]; // of the password, in hex; empty: any password will do
  bool readonly;
  size_t role;  // the number of its rights in the backend
  bool trusted; // its statements are not looked at
} ServeUser;

typedef struct ServeAccess {
  ServeUser *users;
  size_t nusers;
} ServeAccess;

// Sets the user's password. Empty: any will do.
void access_set_password(ServeUser *user, Str password);

// The user of that name, if the password is theirs; NULL. How long it takes says nothing of either.
const ServeUser *access_check(const ServeAccess *access, Str name, Str password);

// A password that nobody guesses, in letters and digits; `a`'s.
Str access_token(Arena *a);

#endif
