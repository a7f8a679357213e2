// nightshift: runs a manifest of generative-model tasks against one gateway, to the end, once.

#include "cli/command_line.hpp"

int main(int argc, char** argv) {
    return nightshift::cli::main(argc, argv);
}
