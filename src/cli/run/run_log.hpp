// The log of a run: DIR/.nightshift/log, rotating, for its owner only. Written beside whatever the
// screen shows; what comes from the gateway is made safe, and the key never reaches it. As text, or
// one JSON object a line: {time, event: task|notice|run, ...} (docs/json.md).

#pragma once

#include "base/log_file.hpp"
#include "engine/run/progress.hpp"

#include <filesystem>
#include <string>

namespace nightshift::cli {

class RunLog : public ProgressListener {
public:
    // Everything is passed on to `screen`, which must outlive this.
    enum class Format { text, json };
    RunLog(const std::filesystem::path& path, Format format, ProgressListener& screen);

    void on_task(const TaskEvent& event) override;
    void on_accepted(const std::string& endpoint, int http_status) override {
        screen_.on_accepted(endpoint, http_status);
    }
    void on_notice(const std::string& text) override;
    void line(const std::string& text);
    void reopen() { file_.reopen(); }  // after logrotate

private:
    void write(const char* event, const std::string& text);

    LineWriter file_;
    Format format_;
    ProgressListener& screen_;
};

}  // namespace nightshift::cli
