// Bits written from the most significant one down, with the Exp-Golomb codes of H.264 (9.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nightshift::sandbox {

class Bits {
public:
    void put(std::uint64_t value, int count) {
        for (int i = count - 1; i >= 0; --i) {
            byte_ = (byte_ << 1U) | static_cast<unsigned>((value >> i) & 1U);
            if (++filled_ == 8) flush_byte();
        }
    }
    void put(std::string_view digits) {  // "0101"
        for (const char digit : digits) put(digit == '1' ? 1 : 0, 1);
    }
    void put_ue(std::uint32_t value) {
        int length = 0;
        while (((static_cast<std::uint64_t>(value) + 1) >> (length + 1)) != 0) ++length;
        put(0, length);
        put(static_cast<std::uint64_t>(value) + 1, length + 1);
    }
    void put_se(int value) {
        const auto size = static_cast<std::uint32_t>(value < 0 ? -value : value);
        put_ue(value > 0 ? 2 * size - 1 : 2 * size);
    }
    void align() {  // zero bits up to a whole byte
        while (filled_ != 0) put(0, 1);
    }
    std::size_t size() const { return bytes_.size() * 8 + static_cast<std::size_t>(filled_); }
    std::string& bytes() { return bytes_; }  // whole bytes only

private:
    void flush_byte() {
        bytes_ += static_cast<char>(byte_);
        byte_ = 0;
        filled_ = 0;
    }

    std::string bytes_;
    unsigned byte_ = 0;
    int filled_ = 0;
};

}  // namespace nightshift::sandbox
