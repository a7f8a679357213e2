// PNG: W3C PNG 5. JPEG: ITU T.81 annex B. WebP: RFC 9649. GIF: GIF89a specification.

#include "files/media/media_facts.hpp"

namespace nightshift {
namespace {

void set_size(MediaFacts& facts, std::uint64_t width, std::uint64_t height) {
    constexpr std::uint64_t side_max = 1u << 30;
    if (width == 0 || height == 0 || width > side_max || height > side_max) return;
    facts.width = static_cast<int>(width);
    facts.height = static_cast<int>(height);
}

// Offset of the first marker at or behind `offset` inside entropy-coded data, or the size.
std::uint64_t end_of_scan(ByteSource& source, std::uint64_t offset) {
    for (;;) {
        const auto window = source.at(offset, ByteSource::window_bytes);
        if (window.size() < 2) return source.size();
        const auto mark = window.find('\xff');
        if (mark == std::string_view::npos) {
            offset += window.size();
            continue;
        }
        if (mark + 1 == window.size()) {
            offset += mark;  // the byte behind it is in the next window
            continue;
        }
        const auto code = static_cast<unsigned char>(window[mark + 1]);
        const bool stuffed = code == 0 || (code >= 0xd0 && code <= 0xd7);  // or a restart
        if (!stuffed) return offset + mark;
        offset += mark + 2;
    }
}

bool is_start_of_frame(unsigned code) {
    return code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc;
}

// Behind the sub-blocks of a GIF, each a length byte and so many bytes, up to a length of 0.
std::uint64_t end_of_sub_blocks(ByteSource& source, std::uint64_t offset) {
    for (;;) {
        const auto length = source.at(offset, 1);
        if (length.empty()) return source.size();
        offset += 1 + static_cast<unsigned char>(length.front());
        if (length.front() == 0) return offset;
    }
}

std::uint64_t color_table_bytes(std::uint64_t flags) {
    return (flags & 0x80) != 0 ? 3u << ((flags & 7) + 1) : 0;
}

}  // namespace

// Complete: chunks from IHDR to IEND, with picture data between them.
void png_facts(ByteSource& source, MediaFacts& facts) {
    std::uint64_t offset = 8;
    bool data = false;
    while (offset < source.size()) {
        const auto head = source.at(offset, 16);
        const auto type = head.size() < 8 ? std::string_view{} : head.substr(4, 4);
        const auto end = offset + 12 + big_endian(head, 0, 4);
        if (type.empty() || end > source.size()) return;
        if (offset == 8) {
            if (type != "IHDR") return;
            set_size(facts, big_endian(head, 8, 4), big_endian(head, 12, 4));
        }
        data = data || type == "IDAT";
        if (type == "IEND") {
            facts.complete = data && facts.width.has_value();
            return;
        }
        offset = end;
    }
}

// Complete: segments and scans up to the end-of-image marker. Bytes behind it are allowed.
void jpeg_facts(ByteSource& source, MediaFacts& facts) {
    std::uint64_t offset = 2;
    bool scanned = false;
    while (offset < source.size()) {
        const auto head = source.at(offset, 9);
        if (head.size() < 2 || head.front() != '\xff') return;
        const auto code = static_cast<unsigned char>(head[1]);
        if (code == 0xd9) {
            facts.complete = scanned && facts.width.has_value();
            return;
        }
        if (code == 0xff) {  // a fill byte
            ++offset;
            continue;
        }
        const auto length = big_endian(head, 2, 2);
        if (length < 2) return;
        if (is_start_of_frame(code)) {
            set_size(facts, big_endian(head, 7, 2), big_endian(head, 5, 2));
        }
        offset += 2 + length;
        if (code == 0xda) {
            scanned = true;
            offset = end_of_scan(source, offset);
        }
    }
}

// Complete: as long as its RIFF header says.
void webp_facts(ByteSource& source, MediaFacts& facts) {
    const auto head = source.at(0, 40);
    const auto kind = head.size() < 30 ? std::string_view{} : head.substr(12, 4);
    if (kind == "VP8X") {
        set_size(facts, little_endian(head, 24, 3) + 1, little_endian(head, 27, 3) + 1);
    } else if (kind == "VP8L") {
        const auto bits = little_endian(head, 21, 4);
        set_size(facts, (bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    } else if (kind == "VP8 ") {
        set_size(facts, little_endian(head, 26, 2) & 0x3fff, little_endian(head, 28, 2) & 0x3fff);
    }
    facts.complete = facts.width.has_value() && little_endian(head, 4, 4) + 8 <= source.size();
}

// Complete: blocks up to the trailer.
void gif_facts(ByteSource& source, MediaFacts& facts) {
    const auto screen = source.at(0, 13);
    set_size(facts, little_endian(screen, 6, 2), little_endian(screen, 8, 2));
    std::uint64_t offset = 13 + color_table_bytes(little_endian(screen, 10, 1));
    while (offset < source.size()) {
        const auto head = source.at(offset, 10);
        if (head.front() == ';') {
            facts.complete = true;
            return;
        }
        if (head.front() == '!') {
            offset = end_of_sub_blocks(source, offset + 2);
        } else if (head.front() == ',' && head.size() == 10) {
            const auto data = offset + 10 + color_table_bytes(little_endian(head, 9, 1)) + 1;
            offset = end_of_sub_blocks(source, data);
        } else {
            return;
        }
    }
}

}  // namespace nightshift
