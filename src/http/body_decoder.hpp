// Content-Encoding undone (RFC 9110 8.4), for bodies that are what the header says and for those
// that are not: a proxy unpacks a body and leaves the header, a gateway names a character set in
// it. The bytes decide.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::http {

class BodyDecoder {
public:
    // Takes what is unpacked, at most 64 KiB at once; false ends it.
    using Take = std::function<bool(std::string_view)>;
    enum class Result {
        fine,
        refused,  // by what takes it
        broken,   // packed, and not as its coding has it
    };

    // The values of all Content-Encoding headers, joined with commas. What is not gzip, deflate or
    // zstd changes nothing.
    explicit BodyDecoder(std::string_view codings);
    ~BodyDecoder();
    BodyDecoder(const BodyDecoder&) = delete;
    BodyDecoder& operator=(const BodyDecoder&) = delete;

    Result decode(std::string_view bytes, const Take& take);
    // No more bytes will come: false when the packed body is not whole.
    bool finish(const Take& take);

    // For an Accept-Encoding header.
    static std::string_view accepted() { return "deflate, gzip, zstd"; }

private:
    class Layer;
    class Inflate;
    class Unzstd;
    Result pass(std::size_t layer, std::string_view bytes, const Take& take);

    std::vector<std::unique_ptr<Layer>> layers_;  // in the order of undoing
};

}  // namespace nightshift::http
