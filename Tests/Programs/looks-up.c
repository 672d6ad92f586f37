// Looks up a user, or a host, which is the name service's work.

#include <netdb.h>
#include <pwd.h>

#ifdef HOST
#define LOOK_UP gethostbyname
#else
#define LOOK_UP getpwnam
#endif

int main(int count, char **arguments) { return count > 5 && LOOK_UP(arguments[1]); }
