// Base64 as it stands in texts: of either alphabet, broken into lines, with the escapes of URLs
// ("%2B") and JSON ("\/", "\n"), with or without padding, and words before and behind it.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

class Base64Text {
public:
    // Reads at `begin`. A line is joined where it has no more digits than the first and does not
    // begin as an image does; one with words behind its digits is the last.
    Base64Text(std::string_view text, std::size_t begin);

    std::size_t digits() const { return digits_.size(); }
    std::size_t lines() const { return lines_.size(); }
    // The last of several lines has words behind its digits, which may be a word, too.
    bool is_ragged() const { return ragged_; }
    // Behind the n-th line, in the text.
    std::size_t end(std::size_t lines) const { return lines == 0 ? begin_ : lines_[lines - 1].end; }
    // The decoded bytes of the first lines; a digit too many is left out.
    std::string bytes(std::size_t lines) const;

private:
    struct Line {
        std::size_t end = 0;     // in the text
        std::size_t digits = 0;  // up to its end
    };
    std::size_t read_line(std::string_view text, std::size_t at);

    std::size_t begin_;
    std::string digits_;  // without padding
    std::vector<Line> lines_;
    bool padded_ = false, ragged_ = false;
};

// True when base64 of a supported image begins the text.
bool begins_like_base64_of_an_image(std::string_view text);

}  // namespace nightshift::jobs
