// MP4: ISO 14496-12. WebM: RFC 8794 (EBML), RFC 9559 (Matroska).

#include "files/media/media_facts.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

constexpr std::uint64_t appended_max = 1 << 20;
constexpr int boxes_max = 1'000'000;  // a fragmented file has two for each second or so

struct Box {
    std::string type;
    std::uint64_t body = 0, end = 0;
    bool to_end = false;  // the last box of a file may say so instead of giving its size
};

// The box at `offset`; `end` 0 when it does not fit in front of `limit`.
Box box_at(ByteSource& source, std::uint64_t offset, std::uint64_t limit) {
    const auto head = source.at(offset, 16);
    if (head.size() < 8 || limit - offset < 8) return {};
    Box box{.type = std::string(head.substr(4, 4)), .body = offset + 8};
    auto size = big_endian(head, 0, 4);
    if (size == 1) {
        if (head.size() < 16) return {};
        size = big_endian(head, 8, 8);
        box.body = offset + 16;
    } else if (size == 0) {
        size = limit - offset;
        box.to_end = true;
    }
    if (size < box.body - offset || size > limit - offset) return {};
    box.end = offset + size;
    return box;
}

void movie_header(ByteSource& source, const Box& box, MediaFacts& facts) {
    const auto body = source.at(box.body, 32);
    const bool wide = big_endian(body, 0, 1) == 1;
    const auto scale = big_endian(body, wide ? 20 : 12, 4);
    const auto length = wide ? big_endian(body, 24, 8) : big_endian(body, 16, 4);
    const bool unknown = length == 0 || length == (wide ? UINT64_MAX : UINT32_MAX);
    if (scale == 0 || unknown) return;
    facts.duration_s = static_cast<double>(length) / static_cast<double>(scale);
}

// Width and height are 16.16 fixed point at the end of the header; audio tracks have none.
void track_header(ByteSource& source, const Box& box, MediaFacts& facts) {
    const auto version = source.at(box.body, 1);
    const std::uint64_t at = box.body + (!version.empty() && version.front() == 1 ? 88 : 76);
    if (at + 8 > box.end) return;
    const auto sides = source.at(at, 8);
    const auto width = static_cast<int>(big_endian(sides, 0, 2));
    const auto height = static_cast<int>(big_endian(sides, 4, 2));
    if (width == 0 || height == 0 || facts.width) return;
    facts.width = width;
    facts.height = height;
}

void movie(ByteSource& source, const Box& box, MediaFacts& facts) {
    auto offset = box.body;
    for (int count = 0; offset < box.end && count < boxes_max; ++count) {
        const auto child = box_at(source, offset, box.end);
        if (child.end == 0) return;
        if (child.type == "mvhd") movie_header(source, child, facts);
        if (child.type == "trak") {
            // The track's header is its first box in practice; one other may stand before it.
            auto header = box_at(source, child.body, child.end);
            if (header.end != 0 && header.type != "tkhd" && header.end < child.end) {
                header = box_at(source, header.end, child.end);
            }
            if (header.end != 0 && header.type == "tkhd") track_header(source, header, facts);
        }
        offset = child.end;
    }
}

// Of the boxes of a file so far.
struct Seen {
    bool movie = false, media = false, fragments = false;
};

// Bytes behind a film that is whole by then, which every player passes over: a line end, a label in
// JSON, a box of somebody's own that breaks off. What begins like another part of the film was cut.
bool is_appended(ByteSource& source, std::uint64_t offset, const Seen& seen) {
    if (!seen.movie || !seen.media || source.size() - offset > appended_max) return false;
    const auto head = source.at(offset, 8);
    if (head.size() < 8) {
        const bool padding = head.find_first_not_of(std::string_view("\0\r\n ", 4)) == head.npos;
        return !seen.fragments || padding;  // a film in fragments may break off in any header
    }
    constexpr std::array<std::string_view, 9> parts = {"moov", "mdat", "moof", "mfra", "sidx",
                                                       "styp", "ssix", "emsg", "prft"};
    return std::find(parts.begin(), parts.end(), head.substr(4, 4)) == parts.end();
}

// An EBML number: leading zero bits of its first byte say how many bytes follow.
struct Number {
    std::uint64_t value = 0;
    std::size_t bytes = 0;  // 0: none here
    bool unknown = false;   // all ones: a size that is not known
};

Number number_at(ByteSource& source, std::uint64_t offset, bool keep_marker) {
    const auto bytes = source.at(offset, 8);
    if (bytes.empty() || bytes.front() == 0) return {};
    const auto first = static_cast<unsigned char>(bytes.front());
    std::size_t count = 1;
    while ((first & (0x80 >> (count - 1))) == 0) ++count;
    if (bytes.size() < count) return {};
    const auto raw = big_endian(bytes, 0, count);
    const auto ones = (std::uint64_t{1} << (7 * count)) - 1;
    return {keep_marker ? raw : raw & ones, count, (raw & ones) == ones};
}

}  // namespace

// Complete: begins with ftyp, and boxes fill the file to its end, or to bytes that are no part of
// the film. Whether moov is there is not asked; but a last box without a size proves nothing unless
// moov came before it.
void mp4_facts(ByteSource& source, MediaFacts& facts) {
    std::uint64_t offset = 0;
    Seen seen;
    for (int count = 0; offset < source.size() && count < boxes_max; ++count) {
        const auto box = box_at(source, offset, source.size());
        if (offset == 0 && box.type != "ftyp") return;
        if (box.end == 0) {
            facts.complete = is_appended(source, offset, seen);
            return;
        }
        if (box.type == "moov") {
            seen.movie = true;
            movie(source, box, facts);
        }
        if (box.type == "mdat") seen.media = true;
        if (box.type == "moof") seen.fragments = true;
        if (box.to_end && !seen.movie) return;
        offset = box.end;
    }
    facts.complete = offset == source.size();
}

// Complete: the segment lies inside the file, or does not give its size.
void webm_facts(ByteSource& source, MediaFacts& facts) {
    const auto header = number_at(source, 4, false);
    if (header.bytes == 0 || header.unknown) return;
    std::uint64_t offset = 4 + header.bytes + header.value;
    constexpr std::uint64_t segment = 0x18538067;
    for (int count = 0; count < 100; ++count) {  // fillers may stand before the segment
        const auto id = number_at(source, offset, true);
        const auto size = number_at(source, offset + id.bytes, false);
        if (id.bytes == 0 || size.bytes == 0) return;
        offset += id.bytes + size.bytes;
        if (id.value == segment) {
            facts.complete =
                size.unknown || (offset <= source.size() && size.value <= source.size() - offset);
            return;
        }
        if (size.unknown || size.value > source.size()) return;
        offset += size.value;
    }
}

}  // namespace nightshift
