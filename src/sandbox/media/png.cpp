// PNG 5.3 (chunks), 11.2 (IHDR, PLTE, IDAT, IEND); rows are unfiltered.
#include "sandbox/media/png.hpp"

#include <zlib.h>

#include <stdexcept>
#include <string_view>

namespace nightshift::sandbox {
namespace {

void put32(std::string& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>((value >> shift) & 255U);
    }
}

void put_chunk(std::string& file, std::string_view type, std::string_view data) {
    put32(file, static_cast<std::uint32_t>(data.size()));
    const std::size_t start = file.size();
    file += type;
    file += data;
    const auto* bytes = reinterpret_cast<const Bytef*>(file.data() + start);
    put32(file, static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(data.size() + 4))));
}

std::string deflated(const Picture& picture) {
    std::string raw;
    const auto width = static_cast<std::size_t>(picture.width());
    raw.reserve((width + 1) * static_cast<std::size_t>(picture.height()));
    for (int y = 0; y < picture.height(); ++y) {
        raw += '\0';  // filter type None
        raw.append(reinterpret_cast<const char*>(picture.row(y)), width);
    }
    uLongf size = compressBound(raw.size());
    std::string packed(size, '\0');
    // Level 1: flat areas shrink to next to nothing at any level, and 1 is the fastest.
    const int code = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                               reinterpret_cast<const Bytef*>(raw.data()), raw.size(), 1);
    if (code != Z_OK) throw std::runtime_error("sandbox: zlib could not compress a picture");
    packed.resize(size);
    return packed;
}

}  // namespace

std::string png(const Picture& picture) {
    std::string header;
    put32(header, static_cast<std::uint32_t>(picture.width()));
    put32(header, static_cast<std::uint32_t>(picture.height()));
    header += std::string_view("\x08\x03\0\0\0", 5);  // 8 bit, palette, no interlace
    std::string palette;
    for (const Colour& colour : picture.palette()) {
        palette += static_cast<char>(colour.red);
        palette += static_cast<char>(colour.green);
        palette += static_cast<char>(colour.blue);
    }

    std::string file = "\x89PNG\r\n\x1a\n";
    put_chunk(file, "IHDR", header);
    put_chunk(file, "PLTE", palette);
    put_chunk(file, "IDAT", deflated(picture));
    put_chunk(file, "IEND", {});
    return file;
}

}  // namespace nightshift::sandbox
