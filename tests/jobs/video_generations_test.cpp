#include "jobs/job.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job video_generations();
}

TEST_CASE("the job video_generations bears the name of its endpoint") {
    CHECK(nightshift::jobs::video_generations().endpoint == "video_generations");
}
