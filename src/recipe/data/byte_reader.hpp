// The bytes of a source one by one, with the place of each: what the readers of tables share.

#pragma once

#include "manifest/source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

class ByteReader {
public:
    explicit ByteReader(std::unique_ptr<Source> source);

    static constexpr int end = -1;
    // The byte at hand, or `end`.
    int peek() {
        if (at_ < have_ || fill()) return static_cast<unsigned char>(buffer_[at_]);
        return end;
    }
    // Takes the byte at hand.
    int get() {
        const int c = peek();
        if (c == end) return c;
        ++at_;
        ++offset_;
        if (c == '\n') ++line_;
        return c;
    }
    // Appends bytes up to the first of `stops`, which stays, or the end.
    void take_until(std::string& to, std::string_view stops);

    // What begins the text, without its byte order mark; the first 4096 bytes at most. Before any
    // other call.
    std::string_view head();

    std::uint64_t offset() const { return offset_; }  // of the byte at hand, from 0
    std::int64_t line() const { return line_; }       // the same, from 1
    std::string damage() const { return source_->damage(); }

private:
    bool fill();

    std::unique_ptr<Source> source_;
    std::vector<char> buffer_;
    std::size_t at_ = 0, have_ = 0;
    std::uint64_t offset_ = 0;
    std::int64_t line_ = 1;
};

// The name of an encoding that is not UTF-8, from the first bytes of a text, or "".
std::string_view foreign_encoding(std::string_view head);

}  // namespace nightshift::recipe
