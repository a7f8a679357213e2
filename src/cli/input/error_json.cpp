#include "cli/input/error_json.hpp"

#include <nlohmann/json.hpp>

namespace nightshift::cli {

std::string error_json(int exit_code, const std::string& message,
                       const std::vector<Problem>& problems) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const auto& problem : problems) {
        list.push_back({{"file", problem.file},
                        {"line", problem.line},
                        {"column", problem.column},
                        {"what", problem.what},
                        {"what_to_do", problem.what_to_do}});
    }
    const Json json = {{"type", "error"},
                       {"schema", 1},
                       {"exit_code", exit_code},
                       {"message", message},
                       {"problems", std::move(list)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nightshift::cli
