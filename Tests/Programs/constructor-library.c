// A library with a constructor that makes a getsid call.
// The loader runs it before it jumps to the program's entry point.
#include <unistd.h>

__attribute__((constructor)) static void begin(void) { getsid(0); }
