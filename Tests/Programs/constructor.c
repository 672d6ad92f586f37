// Makes a getpgrp call in a constructor of its own and getppid in main.
// Linked with constructor-library.c, whose constructor runs before the program's entry point.
#include <unistd.h>

__attribute__((constructor)) static void begin(void) { getpgrp(); }

int main(void) { return getppid() < 0; }
