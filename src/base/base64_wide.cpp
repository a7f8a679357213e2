#include "base/base64_wide.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nightshift {

#if defined(__x86_64__)

namespace {

constexpr int block_digits = 32, block_bytes = 24;

// Characters next to each other whose values are so, too: value = character + distance.
struct Range {
    char first, last;
    char distance;
};
constexpr Range ranges[] = {{'A', 'Z', -65}, {'a', 'z', -71}, {'0', '9', 4}};
constexpr Range singles[] = {{'+', '+', 19}, {'-', '-', 17}, {'/', '/', 16}, {'_', '_', -32}};

// Four six-bit values in each 32 bits, the first one lowest, become three bytes in their order.
__attribute__((target("avx2"))) __m256i packed(__m256i values) {
    const auto pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const auto fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const auto in_order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                           2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const auto halves = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(fours, in_order), halves);
}

__attribute__((target("avx2"))) void decode_by_avx2(const unsigned char*& from,
                                                    const unsigned char* end, char*& to) {
    for (; end - from >= block_digits; from += block_digits, to += block_bytes) {
        const auto digits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
        auto known = _mm256_setzero_si256(), distances = known;
        const auto add = [&](__m256i mask, char distance) __attribute__((target("avx2"))) {
            known = _mm256_or_si256(known, mask);
            const auto here = _mm256_and_si256(mask, _mm256_set1_epi8(distance));
            distances = _mm256_or_si256(distances, here);
        };
        for (const auto& [first, last, distance] : ranges) {
            const auto below = _mm256_set1_epi8(static_cast<char>(first - 1));
            const auto above = _mm256_set1_epi8(static_cast<char>(last + 1));
            add(_mm256_and_si256(_mm256_cmpgt_epi8(digits, below),
                                 _mm256_cmpgt_epi8(above, digits)),
                distance);
        }
        for (const auto& single : singles) {
            add(_mm256_cmpeq_epi8(digits, _mm256_set1_epi8(single.first)), single.distance);
        }
        if (_mm256_movemask_epi8(known) != -1) return;
        const auto bytes = packed(_mm256_add_epi8(digits, distances));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
    }
}

}  // namespace

void decode_base64_blocks(const unsigned char*& from, const unsigned char* end, char*& to) {
    static const bool can = __builtin_cpu_supports("avx2") != 0;
    if (can) decode_by_avx2(from, end, to);
}

#else

void decode_base64_blocks(const unsigned char*&, const unsigned char*, char*&) {}

#endif

}  // namespace nightshift
