// One line of a manifest, in any of the accepted shapes, becomes a task or a list of problems.
//
// Shapes (contract section 3, formats.md 6):
//   request line    {"custom_id", "method", "url", "body"}   OpenAI Batch, vLLM, Mistral
//   short line      {"id", "model", "prompt" | "messages", ...}
//   Anthropic line  {"custom_id", "params"}
//   Gemini line     {"key", "request"}                       Vertex: without key
// each with the fields priority, tags, metadata, timeout, max_attempts, expect beside.
// The body of all but short lines is the very bytes of the line.

#pragma once

#include "manifest/endpoint_spec.hpp"
#include "manifest/problem.hpp"
#include "model/price.hpp"
#include "stages/stage_line.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Text of one JSON document of a manifest. Borrowed until the reader's next line; at least
// 64 readable bytes follow it (what simdjson wants).
struct RawLine {
    std::string_view text;
    std::int64_t line = 0;    // of its first byte, from 1
    std::int64_t column = 1;  // of its first byte: above 1 inside an Anthropic document
    bool by_recipe = false;   // its texts are data, and its files were looked at
};

// A line that passed. `id` is empty when the line has none: intake gives it one.
struct ManifestTask {
    std::string id, endpoint, model;
    std::string path;  // what is posted to, with query
    // Sent byte for byte; of a line that waits: its stage text (stages/stage_line.hpp).
    std::string body;
    bool stream = false;
    std::int64_t priority = 0;
    std::string envelope;  // JSON object of those of tags, metadata, timeout, max_attempts,
                           // expect, task, row, variant that the line has, in this order, values
                           // as written; with `files` besides folder: where their paths begin
    bool waits = false;    // has after, each or files: its request is made when it is claimed
    std::vector<stages::NeededId> needs;  // of `after`
    bool needs_only_success = false;      // stages::needs_only_success
    std::int64_t line = 0, column = 1;    // where it begins
    Estimate estimate;
};

struct LineOptions {
    std::string default_model;   // --model: of Gemini lines without one
    bool stream = false;         // --stream: short text lines ask for a stream
    bool judge_only = false;     // fields that no run carries out yet are fine (check)
    bool takes_waiting = true;   // lines that wait are taken; else refused as not run yet
    std::string i2v_image_type;  // media type of an i2v image; empty: as the schema has it
    std::string folder;          // where paths of `files` begin: the manifest's own; absolute
    std::vector<std::string> allowed_folders;  // --allow-files: paths may lead there, too; absolute
    // "" when the link is public http(s), else what is wrong with it. Unset: only the form is
    // looked at. (http::problem_of_media_url; here so that the manifest does not know http.)
    std::function<std::string(std::string_view)> problem_of_media_url;
};

class LineParser {
public:
    LineParser(const EndpointTable& table, LineOptions options);
    ~LineParser();

    // True when `task` was filled (all of it is overwritten). Problems and warnings are appended
    // to `problems`, without their file. A blank line must not be given.
    bool parse(const RawLine& line, ManifestTask& task, std::vector<Problem>& problems);

    // LineOptions::folder of the lines that come.
    void set_folder(std::string folder);

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace nightshift
