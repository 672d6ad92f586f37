// Calls the function NAME of a library that it is linked with.

long NAME(void);

int main(void) { return NAME() == 1; }
