// Ids, links and the small film cache. The request id's form is wire contract 1.3.
#include "sandbox/state/gateway_state.hpp"

#include "sandbox/media/clip.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace nightshift::sandbox {
namespace {

constexpr std::size_t fetches_kept = 100'000;
constexpr std::size_t films_kept = 4;  // a film is below 2 MB

std::filesystem::path file_in(const std::filesystem::path& folder, std::string_view name) {
    if (folder.empty()) return {};
    std::filesystem::create_directories(folder);
    return folder / name;
}

}  // namespace

std::int64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

World::World(Options options)
    : options_(std::move(options)),
      catalog_(options_.extra_models),
      books_(file_in(options_.state_dir, "books.jsonl")),
      tasks_(file_in(options_.state_dir, "tasks.jsonl")),
      faults_(read_faults(options_.faults_file, options_.seed)),
      limits_(read_limits(options_.limits_file), options_.speed, now_ms()),
      dice_(mix(options_.seed, static_cast<std::uint64_t>(now_ms()))) {}

std::string World::request_id() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto all = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
    const auto seconds = static_cast<std::time_t>(all / 1'000'000'000);
    return fmt::format("{:%Y%m%d%H%M%S}{:09}{}", fmt::gmtime(seconds), all % 1'000'000'000,
                       dice_.alnum(16));
}

std::string World::link_to(const std::string& name, std::int64_t lifetime_s) {
    const std::int64_t now = now_ms();
    const Link link{
        .name = name, .expires_s = now / 1000 + lifetime_s, .issued_ms = now, .serial = ++links_};
    return results_origin + signed_target(link, options_.seed);
}

std::int64_t World::fetches_of(const std::string& signature) {
    if (fetches_.size() >= fetches_kept) fetches_.clear();
    return ++fetches_[signature];
}

std::string World::film_of(const Task& task) {
    for (const auto& [id, file] : films_) {
        if (id == task.id) return file;
    }
    std::string file = film_file(Film{.roll = task.roll,
                                      .width = task.width,
                                      .height = task.height,
                                      .seconds = task.seconds,
                                      .sound = task.audio});
    films_.emplace_back(task.id, file);
    if (films_.size() > films_kept) films_.pop_front();
    return file;
}

}  // namespace nightshift::sandbox
