#include "jobs/job.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job videos();
}

TEST_CASE("the job videos bears the name of its endpoint") {
    CHECK(nightshift::jobs::videos().endpoint == "videos");
}
