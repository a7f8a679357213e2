// A task's script as JSON: in a faults file and in tasks.jsonl.
#include "sandbox/faults/fault.hpp"

namespace nightshift::sandbox {

TaskScript script_of(const Json& object) {
    TaskScript script;
    for (const auto& [key, value] : object.items()) {
        if (key == "statuses") script.statuses = value.get<std::vector<std::string>>();
        if (key == "fail_reason") script.fail_reason = value.get<std::string>();
        if (key == "error_code") script.error_code = value.get<std::string>();
        if (key == "result_url") script.result_url = value.get<std::string>();
        if (key == "render_seconds") script.render_seconds = value.get<double>();
        if (key == "lost_after_polls") script.lost_after_polls = value.get<std::int64_t>();
        if (key == "stuck") script.stuck = value.get<bool>();
    }
    return script;
}

Json json_of(const TaskScript& script) {
    Json object = Json::object();
    if (!script.statuses.empty()) object["statuses"] = script.statuses;
    if (script.fail_reason) object["fail_reason"] = *script.fail_reason;
    if (script.error_code) object["error_code"] = *script.error_code;
    if (script.result_url) object["result_url"] = *script.result_url;
    if (script.render_seconds) object["render_seconds"] = *script.render_seconds;
    if (script.lost_after_polls) object["lost_after_polls"] = *script.lost_after_polls;
    if (script.stuck) object["stuck"] = true;
    return object;
}

}  // namespace nightshift::sandbox
