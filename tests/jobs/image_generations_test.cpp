#include "jobs/job.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job image_generations();
}

TEST_CASE("the job image_generations bears the name of its endpoint") {
    CHECK(nightshift::jobs::image_generations().endpoint == "image_generations");
}
