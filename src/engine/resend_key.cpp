#include "engine/resend_key.hpp"

#include "core/glob.hpp"
#include "jobs/job_table.hpp"

namespace nightshift {

std::string resend_key(std::string_view endpoint, std::string_view model, std::string_view body) {
    if (endpoint != "generate_content") return std::string(endpoint);
    const bool image = glob_matches("gemini-*image*", model) ||
                       (body.find("responseModalities") != std::string_view::npos &&
                        body.find("IMAGE") != std::string_view::npos);
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
