// Lines, what they need and files, in a few words.

#pragma once

#include "stages/decide.hpp"
#include "stages/fill.hpp"
#include "stages/stage_line.hpp"
#include "stages/upstream.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>

namespace nightshift::test {

inline stages::StageLine stage_line(std::string_view text) {
    std::string error;
    auto line = stages::parse_stage_line(text, error);
    INFO(error);
    REQUIRE(line);
    return *line;
}

// "" when it is one.
inline std::string stage_error(std::string_view text) {
    std::string error;
    return stages::parse_stage_line(text, error) ? "" : error;
}

// A success whose ledger line has these members; of a failure the kind.
inline stages::Upstream succeeded(const std::string& members) {
    return {State::succeeded, "", 1, "{\"schema\":1," + members + "}"};
}
inline stages::Upstream failed(const std::string& kind) {
    return {State::failed, kind, 1, R"({"schema":1,"text":null})"};
}
inline stages::Upstream in_state(State state) {
    return {state, "", 0, ""};
}

class MemoryFiles : public stages::Files {
public:
    bool output(const std::string& path, std::string& bytes, std::string& error) override {
        return read(outputs, path, bytes, error);
    }
    bool own(const std::string& path, std::string& bytes, std::string& error) override {
        return read(mine, path, bytes, error);
    }

    std::map<std::string, std::string> outputs, mine;
    int reads = 0;

private:
    bool read(const std::map<std::string, std::string>& files, const std::string& path,
              std::string& bytes, std::string& error) {
        ++reads;
        const auto found = files.find(path);
        if (found == files.end()) {
            error = path + ": no such file";
            return false;
        }
        bytes = found->second;
        return true;
    }
};

inline std::string word_of(stages::Decision::What what) {
    using What = stages::Decision::What;
    return what == What::wait     ? "wait"
           : what == What::ready  ? "ready"
           : what == What::skip   ? "skip"
           : what == What::cancel ? "cancel"
                                  : "fail";
}

// "cancel: needs a, which failed: timeout [timeout]"
inline std::string told(const stages::Decision& decision) {
    std::string text = word_of(decision.what);
    if (!decision.message.empty()) text += ": " + decision.message;
    if (!decision.code.empty()) text += " [" + decision.code + "]";
    return text;
}

// The filled request, or "code: message".
inline std::string filled(const stages::StageLine& line, const stages::Upstreams& upstreams,
                          stages::Files& files) {
    const auto made = stages::fill(line, upstreams, files);
    return made.good ? made.line : made.code + ": " + made.message;
}
inline std::string filled(const stages::StageLine& line, const stages::Upstreams& upstreams) {
    MemoryFiles files;
    return filled(line, upstreams, files);
}

}  // namespace nightshift::test
