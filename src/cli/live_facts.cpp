#include "cli/live_facts.hpp"

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

}  // namespace nightshift::cli
