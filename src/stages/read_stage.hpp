// The fields of a line that make it wait, read and judged. For manifests, whose lines are told of
// every problem, and for the queue's texts.

#pragma once

#include "stages/stage_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::stages {

// JSON texts as they stand in a line; empty: the line does not have it, or it is null.
struct StageFields {
    std::string_view after, each, files, when, on_failed;
};

struct StageProblem {
    std::string pointer;  // JSON pointer in the line
    std::string what, what_to_do;
};

// Fills everything but `is_body` and `request`. Problems are appended: with one the line is not to
// be used. Placeholders are judged, too, but those of the request.
void read_stage(const StageFields& fields, StageLine& line, std::vector<StageProblem>& problems);

// What the placeholders of a request come to.
struct TemplateUse {
    std::vector<std::string> pointers;  // in the line: strings that hold one
    std::int64_t late = 0;  // results and files that they stand for; of a list each one counts
};
// Judges every string of a request. `at`: JSON pointer of the request in the line. `may_publish`:
// links that must be published are fine.
TemplateUse read_templates(const StageLine& line, std::string_view request, const std::string& at,
                           bool may_publish, std::vector<StageProblem>& problems);

}  // namespace nightshift::stages
