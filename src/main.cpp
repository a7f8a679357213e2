// nightshift: runs a manifest of generative-model tasks against one gateway, to the end, once.

#include "cli/command_line.hpp"

#ifdef NIGHTSHIFT_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef NIGHTSHIFT_MIMALLOC
    // Big replies come one after the other: what one of them let go of is mapped for the next.
    // After a fortieth of a second, which is usual, it would have to be mapped anew, at half of the
    // cost of a task with an image.
    mi_option_set_default(mi_option_decommit_delay, 500);  // milliseconds
#endif
    return nightshift::cli::main(argc, argv);
}
