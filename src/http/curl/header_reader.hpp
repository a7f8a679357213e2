// Response heads as libcurl hands them over, line by line: the status and fields of the last
// response, with bounds over all of them. 1xx responses leave nothing behind but their size.

#pragma once

#include "http/message.hpp"

#include <string_view>

namespace nightshift::http {

class HeadReader {
public:
    enum class Step {
        more,         // go on
        complete,     // that was the empty line behind the fields of a final response
        too_large,    // over 300 kB or 256 lines in all
        two_lengths,  // that differ: nobody can say where the body ends (RFC 9112 6.3)
    };
    Step take(std::string_view line);

    int status = 0;           // of a final response; 0 until there is one
    Headers headers;          // names in lower case
    bool compressed = false;  // the body is, by Content-Encoding

private:
    enum class Part { head, informational_head, body };

    void take_status(std::string_view line);
    bool take_field(std::string_view line);  // false: two lengths

    Part part_ = Part::head;
    std::size_t bytes_ = 0;
    int lines_ = 0;
    std::string length_;  // Content-Length as written
};

// The digits of `text` as a number; 0 when it holds anything else or too many of them.
std::size_t number_in(std::string_view text);

}  // namespace nightshift::http
