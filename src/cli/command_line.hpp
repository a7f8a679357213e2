// Arguments -> command -> exit code.

#pragma once

namespace nightshift::cli {

int main(int argc, char** argv);

}  // namespace nightshift::cli
