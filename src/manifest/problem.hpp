// What is wrong, or doubtful, with a line of a manifest or of the configuration file.

#pragma once

#include <cstdint>
#include <string>

namespace nightshift {

struct Problem {
    bool warning = false;     // true: the line is taken all the same
    std::string file;         // as the command line names it; "-" is stdin
    std::int64_t line = 0;    // from 1; 0: the file as a whole
    std::int64_t column = 0;  // byte of the line, from 1; 0: the line as a whole
    std::string what;
    std::string what_to_do;  // may be empty

    // "file:line:column: what; what to do", safe to print.
    std::string text() const;
};

}  // namespace nightshift
