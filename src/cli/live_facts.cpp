#include "cli/live_facts.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace nightshift::cli {

using Json = nlohmann::ordered_json;

std::string live_json(const RunStatus& status) {
    Json waits = Json::array();
    for (const auto& lane : status.lanes) {
        if (lane.waiting.empty()) continue;
        waits.push_back({{"endpoint", lane.endpoint},
                         {"model", lane.model},
                         {"waiting", lane.waiting},
                         {"paused", lane.paused}});
    }
    return Json{{"schema", 1}, {"waits", std::move(waits)}}.dump(-1, ' ', false,
                                                                 Json::error_handler_t::replace);
}

std::vector<LaneWait> read_live_waits(const RunFolders& folders) {
    std::ifstream file(folders.hidden() / "live.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto json = Json::parse(text, nullptr, false);
    std::vector<LaneWait> waits;
    if (!json.is_object() || !json.contains("waits")) return waits;
    for (const auto& wait : json["waits"]) {
        if (!wait.is_object()) continue;
        waits.push_back({wait.value("endpoint", ""), wait.value("model", ""),
                         wait.value("waiting", ""), wait.value("paused", "")});
    }
    return waits;
}

bool write_whole(const std::filesystem::path& path, const std::string& text) {
    const auto aside = path.string() + ".part";
    const int fd = open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    std::size_t written = 0;
    while (written < text.size()) {
        const auto got = write(fd, text.data() + written, text.size() - written);
        if (got <= 0) break;
        written += static_cast<std::size_t>(got);
    }
    const bool closed = close(fd) == 0;
    const bool whole = closed && written == text.size();
    if (!whole || rename(aside.c_str(), path.c_str()) != 0) {
        unlink(aside.c_str());
        return false;
    }
    return true;
}

}  // namespace nightshift::cli
