// Loads each library that is named, calls its function `call`, and unloads it before the next.
// Libraries of the same size are mapped to the same addresses.
#include <dlfcn.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        void *library = dlopen(argv[i], RTLD_NOW);
        if (!library) return 1;
        int (*call)(void) = (int (*)(void))dlsym(library, "call");
        if (!call || !call()) return 2;
        dlclose(library);
    }
    return 0;
}
