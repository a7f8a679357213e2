#include "jobs/job.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job audio_speech();
}

TEST_CASE("the job audio_speech bears the name of its endpoint") {
    CHECK(nightshift::jobs::audio_speech().endpoint == "audio_speech");
}
