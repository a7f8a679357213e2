#include "engine/retry/resend_key.hpp"

#include "base/text/glob.hpp"
#include "jobs/job_table.hpp"

namespace nightshift {

std::string resend_key(const Job& job, const Task& task) {
    const bool image = job.group_of != nullptr && job.group_of(task) == Group::image;
    return image ? generate_image_key : std::string(job.endpoint);
}

std::string resend_key_of_lane(std::string_view endpoint, std::string_view model) {
    const bool image = endpoint == "generate_content" && glob_matches("gemini-*image*", model);
    return image ? generate_image_key : std::string(endpoint);
}

ResendRule resend_rule(const std::string& key, const std::map<std::string, ResendRule>& options) {
    const auto endpoint = key.substr(0, key.find(':'));
    const auto option = options.find(endpoint);
    if (option != options.end()) return option->second;
    if (key == generate_image_key) return ResendRule::of(Resend::one_percent);
    const auto* job = find_job(endpoint);
    return ResendRule::of(job == nullptr ? Resend::none : job->resend);
}

}  // namespace nightshift
