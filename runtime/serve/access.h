// Who may ask what of serve. In: users with passwords or hashes of them; a name and a password as a
// client gives them. Out: the user, or none.
#ifndef STARC_SERVE_ACCESS_H
#define STARC_SERVE_ACCESS_H
#include "../../compiler/base/str.h"

// A password as a file keeps it: pbkdf2_sha256$ROUNDS$SALT$SUM, the sum in base64, as Django does.
#define ACCESS_HASH_WORD "pbkdf2_sha256$"
typedef struct AccessHash {
  unsigned rounds; // 0: there is none
  Str salt;
  unsigned char sum[32];
} AccessHash;

typedef struct ServeUser {
  Str name;
  char sha256[65]; // of the password, in hex; empty, and no hash: any password will do
  AccessHash hash; // where only that is known
  bool readonly;
  unsigned queries;    // at once, 0: any number
  size_t role;         // the number of its rights in the backend
  bool some_databases; // it does not see all
  bool trusted;        // its statements are not looked at
} ServeUser;

// Users that have hashes need access_begin before the first access_check.
typedef struct ServeAccess {
  ServeUser *users;
  size_t nusers;
  struct AccessState *state; // of hashes; NULL: no user has one
} ServeAccess;

// Sets the user's password. Empty: any will do.
void access_set_password(ServeUser *user, Str password);
// Sets the hash of it; texts are `a`'s. False: it is not of that form.
bool access_set_hash(Arena *a, ServeUser *user, Str hash);
// The hash of a password with a salt of its own; `a`'s. Takes some tenths of a second.
Str access_hash(Arena *a, Str password);

// What the checks of hashes remember, in `a`: a password that was right once is known from then on
// without its hash, which takes long on purpose.
void access_begin(Arena *a, ServeAccess *access);

typedef enum AccessFound { ACCESS_GOOD, ACCESS_WRONG, ACCESS_BUSY } AccessFound;
// The user of that name, if the password is theirs. A wrong password takes as long as one of a user
// who is not there. BUSY: too many are being looked at. From any thread.
AccessFound access_check(const ServeAccess *access, Str name, Str password, const ServeUser **user);

// A password that nobody guesses, in letters and digits; `a`'s.
Str access_token(Arena *a);

#endif
