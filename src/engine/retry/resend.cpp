#include "engine/retry/resend.hpp"

#include "base/text/glob.hpp"
#include "jobs/job_table.hpp"

#include <charconv>
#include <cmath>

namespace nightshift {

ResendRule ResendRule::parse(std::string_view text) {
    if (text == "all") return {.all = true};
    if (text == "none") return {};
    ResendRule rule;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, rule.percent);
    if (error != std::errc() || rest + 1 != end || *rest != '%' || !(rule.percent >= 0) ||
        rule.percent > 100) {
        throw UsageError("--resend: \"" + std::string(text) +
                         "\": must be all, none or N% (0 to 100)");
    }
    return rule;
}

ResendRule ResendRule::of(Resend preset) {
    if (preset == Resend::all) return {.all = true};
    return preset == Resend::one_percent ? ResendRule{.percent = 1} : ResendRule{};
}

void ResendBudget::set(const std::string& key, ResendRule rule, std::int64_t tasks,
                       std::int64_t used) {
    const auto allowed = std::ceil(static_cast<double>(tasks) * rule.percent / 100 - 1e-9);
    accounts_[key] = {rule, static_cast<std::int64_t>(allowed), used};
}

bool ResendBudget::would_allow(const std::string& key) const {
    const auto found = accounts_.find(key);
    if (found == accounts_.end()) return false;
    return found->second.rule.all || found->second.used < found->second.allowed;
}

bool ResendBudget::take(const std::string& key) {
    if (!would_allow(key)) return false;
    ++accounts_[key].used;
    return true;
}

std::int64_t ResendBudget::used(const std::string& key) const {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? 0 : found->second.used;
}

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
