#include "http/body_decoder.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>

namespace nightshift::http {
namespace {

constexpr std::size_t piece_bytes = 64u << 10;
constexpr std::size_t layers_max = 5;
constexpr std::size_t look_bytes = 4;  // enough to tell what is packed
constexpr std::string_view gzip_magic = "\x1F\x8B", zstd_magic = "\x28\xB5\x2F\xFD";

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string folded(std::string_view text) {
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return small;
}

// RFC 1950: the method is 8, and both bytes together are a multiple of 31.
bool begins_like_zlib(std::string_view head) {
    if (head.size() < 2) return false;
    const auto first = static_cast<unsigned char>(head[0]);
    const auto second = static_cast<unsigned char>(head[1]);
    return (first & 0x0F) == 8 && (first * 256 + second) % 31 == 0;
}

// JSON, events, pages and media: the first bytes of a raw deflate stream, which has no mark of its
// own, are hardly ever those.
bool begins_like_a_reply(std::string_view head) {
    constexpr std::array<std::string_view, 8> magics = {
        "RIFF", "ID3", "OggS", "fLaC", "\xFF\xD8\xFF", "\x89PNG", "\xFF\xFB", "\xFF\xF3"};
    const auto is_text = [](char c) {
        return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t';
    };
    return std::any_of(magics.begin(), magics.end(),
                       [head](std::string_view magic) { return head.starts_with(magic); }) ||
           std::all_of(head.begin(), head.end(), is_text);
}

}  // namespace

// One coding. Looks at the first bytes before it believes in it.
class BodyDecoder::Layer {
public:
    virtual ~Layer() = default;

    Result decode(std::string_view bytes, const Take& take) {
        if (is_packed_) return *is_packed_ ? unpack(bytes, take) : hand_on(bytes, take);
        head_ += bytes;
        return head_.size() < look_bytes ? Result::fine : decide(take);
    }
    // Nothing more comes. Behind it `is_whole` tells.
    Result finish(const Take& take) {
        return is_packed_ || head_.empty() ? Result::fine : decide(take);
    }
    virtual bool is_whole() const = 0;

protected:
    virtual bool begins_here(std::string_view head) = 0;
    virtual Result unpack(std::string_view bytes, const Take& take) = 0;
    bool is_packed() const { return is_packed_.value_or(false); }
    static Result hand_on(std::string_view bytes, const Take& take) {
        return bytes.empty() || take(bytes) ? Result::fine : Result::refused;
    }
    std::array<char, piece_bytes> piece_;

private:
    Result decide(const Take& take) {
        is_packed_ = begins_here(head_);
        const auto head = std::move(head_);
        return decode(head, take);
    }

    std::string head_;
    std::optional<bool> is_packed_;
};

class BodyDecoder::Inflate : public Layer {
public:
    explicit Inflate(bool is_gzip) : is_gzip_(is_gzip) {}
    ~Inflate() override {
        if (is_packed()) inflateEnd(&stream_);
    }
    bool is_whole() const override { return !is_packed() || ended_; }

private:
    bool begins_here(std::string_view head) override {
        const bool gzip = head.starts_with(gzip_magic);
        const bool zlib = !is_gzip_ && begins_like_zlib(head);
        const bool raw = !is_gzip_ && !begins_like_a_reply(head);
        if (!gzip && !zlib && !raw) return false;
        const int window = gzip ? 15 + 16 : zlib ? 15 : -15;
        if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
        return true;
    }

    // What follows the end is left out, as others do; a further gzip member goes on.
    Result unpack(std::string_view bytes, const Take& take) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0 || stream_.avail_out == 0) {
            if (ended_) {
                const bool another = stream_.avail_in > 0 && *stream_.next_in == 0x1F;
                if (!is_gzip_ || !another) return Result::fine;
                inflateReset(&stream_);
                ended_ = false;
            }
            stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
            stream_.avail_out = static_cast<uInt>(piece_.size());
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Result::broken;
            const auto unpacked = piece_.size() - stream_.avail_out;
            if (hand_on({piece_.data(), unpacked}, take) != Result::fine) return Result::refused;
            ended_ = code == Z_STREAM_END;
            if (code == Z_BUF_ERROR) break;
        }
        return Result::fine;
    }

    bool is_gzip_;
    bool ended_ = false;
    z_stream stream_{};
};

class BodyDecoder::Unzstd : public Layer {
public:
    Unzstd() : stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {
        if (stream_ == nullptr) throw std::bad_alloc();
    }
    bool is_whole() const override { return !is_packed() || ended_; }

private:
    bool begins_here(std::string_view head) override { return head.starts_with(zstd_magic); }

    Result unpack(std::string_view bytes, const Take& take) override {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        bool full = true;
        while (in.pos < in.size || full) {
            ZSTD_outBuffer out{piece_.data(), piece_.size(), 0};
            const auto code = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (ZSTD_isError(code) != 0) return Result::broken;
            if (hand_on({piece_.data(), out.pos}, take) != Result::fine) return Result::refused;
            ended_ = code == 0;
            full = out.pos == out.size;
        }
        return Result::fine;
    }

    bool ended_ = false;
    std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
};

BodyDecoder::BodyDecoder(std::string_view codings) {
    while (!codings.empty() && layers_.size() < layers_max) {
        const auto comma = std::min(codings.rfind(',') + 1, codings.size());
        const auto coding = folded(trimmed(codings.substr(comma)));
        codings = codings.substr(0, comma == 0 ? 0 : comma - 1);
        if (coding == "gzip" || coding == "x-gzip" || coding == "deflate") {
            layers_.push_back(std::make_unique<Inflate>(coding != "deflate"));
        } else if (coding == "zstd") {
            layers_.push_back(std::make_unique<Unzstd>());
        }
    }
}

BodyDecoder::~BodyDecoder() = default;

BodyDecoder::Result BodyDecoder::pass(std::size_t layer, std::string_view bytes, const Take& take) {
    if (layer == layers_.size()) return take(bytes) ? Result::fine : Result::refused;
    auto inner = Result::fine;
    const auto result = layers_[layer]->decode(bytes, [&](std::string_view unpacked) {
        inner = pass(layer + 1, unpacked, take);
        return inner == Result::fine;
    });
    return inner == Result::fine ? result : inner;
}

BodyDecoder::Result BodyDecoder::decode(std::string_view bytes, const Take& take) {
    return pass(0, bytes, take);
}

bool BodyDecoder::finish(const Take& take) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto result = layers_[i]->finish(
            [&](std::string_view unpacked) { return pass(i + 1, unpacked, take) == Result::fine; });
        if (result != Result::fine || !layers_[i]->is_whole()) return false;
    }
    return true;
}

}  // namespace nightshift::http
