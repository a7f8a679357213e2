#include "cli/status/live_status_file.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

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
    std::error_code error;
    const auto path = folders.hidden() / "live.json";
    if (!std::filesystem::is_regular_file(path, error)) return {};
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto json = Json::parse(text, nullptr, false);
    std::vector<LaneWait> waits;
    if (!json.is_object() || !json.contains("waits")) return waits;
    for (const auto& wait : json["waits"]) {
        const auto field = [&wait](const char* name) {
            const auto found = wait.find(name);
            return found != wait.end() && found->is_string() ? found->get<std::string>() : "";
        };
        if (!wait.is_object()) continue;
        waits.push_back({field("endpoint"), field("model"), field("waiting"), field("paused")});
    }
    return waits;
}

}  // namespace nightshift::cli
