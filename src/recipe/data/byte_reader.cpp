#include "recipe/data/byte_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace nightshift::recipe {
namespace {

constexpr std::size_t chunk_bytes = 256u << 10;

}  // namespace

ByteReader::ByteReader(std::unique_ptr<Source> source)
    : source_(std::move(source)), buffer_(chunk_bytes) {}

bool ByteReader::fill() {
    at_ = 0;
    have_ = source_->read(buffer_.data(), buffer_.size());
    return have_ > 0;
}

void ByteReader::take_until(std::string& to, std::string_view stops) {
    std::array<bool, 256> is_stop{};
    for (const char c : stops) is_stop[static_cast<unsigned char>(c)] = true;
    while (peek() != end) {
        std::size_t to_here = at_;
        while (to_here < have_ && !is_stop[static_cast<unsigned char>(buffer_[to_here])]) {
            line_ += buffer_[to_here] == '\n';
            ++to_here;
        }
        to.append(buffer_.data() + at_, to_here - at_);
        offset_ += to_here - at_;
        at_ = to_here;
        if (at_ < have_) return;
    }
}

std::string_view ByteReader::head() {
    constexpr std::size_t wanted = 4096;
    while (have_ < wanted) {
        const std::size_t got = source_->read(buffer_.data() + have_, buffer_.size() - have_);
        if (got == 0) break;
        have_ += got;
    }
    const std::string_view text(buffer_.data(), have_);
    if (text.starts_with("\xEF\xBB\xBF")) {
        at_ = 3;
        offset_ = 3;
    }
    return text.substr(at_, wanted);
}

std::string_view foreign_encoding(std::string_view head) {
    if (head.starts_with("\xFF\xFE")) return "UTF-16";
    if (head.starts_with("\xFE\xFF")) return "UTF-16";
    if (head.size() < 2) return {};
    if (head[0] == '\0' && head[1] != '\0') return "UTF-16BE";
    if (head[0] != '\0' && head[1] == '\0') return "UTF-16LE";
    return {};
}

}  // namespace nightshift::recipe
