#include "jobs/job.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job generate_content();
}

TEST_CASE("the job generate_content bears the name of its endpoint") {
    CHECK(nightshift::jobs::generate_content().endpoint == "generate_content");
}
