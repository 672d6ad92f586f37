// Does nothing behind the guard that keeps the programs of this folder in a sandbox.
// Leaves with status 0 where the others would begin.
#include "sandboxed.h"

int main(int argc, char **argv) {
    require_sandbox(argc, argv);
    return 0;
}
