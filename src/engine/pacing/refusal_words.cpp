#include "engine/pacing/refusal_words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace nightshift {
namespace {

struct Words {
    std::string_view part;
    Scarce scarce;
};

// The first that occurs counts: a text about tokens may name requests, too.
constexpr std::array<Words, 10> known = {{{"concurren", Scarce::concurrency},
                                          {"simultaneous", Scarce::concurrency},
                                          {"并发", Scarce::concurrency},
                                          {"tokens per", Scarce::tokens},
                                          {"tpm", Scarce::tokens},
                                          {"input token", Scarce::tokens},
                                          {"output token", Scarce::tokens},
                                          {"requests per", Scarce::requests},
                                          {"rpm", Scarce::requests},
                                          {"请求数限制", Scarce::requests}}};

}  // namespace

Scarce scarce_in(std::string_view words) {
    std::string text(words);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    for (const auto& each : known) {
        if (text.find(each.part) != std::string::npos) return each.scarce;
    }
    return Scarce::unknown;
}

}  // namespace nightshift
