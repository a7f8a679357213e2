#include "base/text/did_you_mean.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using Names = std::vector<std::string>;

TEST_CASE("the nearest names come first, with those that only go further") {
    const Names offered{"wan2.2-t2v-plus-2025", "wan2.2-i2v", "gpt-5.5", "Sora-2", "sora-2-pro"};

    CHECK(nearest_few("wan2.2-t2v", offered, 3) == Names{"wan2.2-i2v", "wan2.2-t2v-plus-2025"});
    CHECK(nearest_few("sora-2", offered, 1) == Names{"Sora-2"});
    CHECK(nearest_few("sora-2-pro-max-4k", offered, 1) == Names{"sora-2-pro"});
    CHECK(nearest_few("qwen", offered, 3).empty());
    CHECK(nearest_few("", offered, 3).empty());
}

TEST_CASE("alternatives are joined as a sentence would") {
    CHECK(alternatives({}).empty());
    CHECK(alternatives({"a"}) == R"("a")");
    CHECK(alternatives({"a", "b", "c\x1b"}).starts_with(R"("a", "b" or "c)"));
    CHECK(alternatives({"a", "b", "c\x1b"}).find('\x1b') == std::string::npos);
}
