// One long run with 200 requests in flight: what the process holds must not grow.

#include "tests/crash/gateway.hpp"
#include "tests/crash/modes.hpp"
#include "tests/crash/workload.hpp"
#include "tests/oracle/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <numeric>

namespace nightshift::test {
namespace {

namespace fs = std::filesystem;

constexpr double gateway_speed = 100;
constexpr int in_flight = 200;
constexpr int tasks_per_second = 250;  // more than replies after a second let through
constexpr std::chrono::milliseconds sample_every(500);
constexpr double growth_max = 1.1;
constexpr long growth_max_kib = 4096;

struct Sample {
    long rss_kib = 0, threads = 0, descriptors = 0;
};

Sample sample_of(pid_t pid) {
    const auto folder = fs::path("/proc") / std::to_string(pid);
    Sample sample;
    std::ifstream status(folder / "status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") status >> sample.rss_kib;
        if (word == "Threads:") status >> sample.threads;
    }
    for ([[maybe_unused]] const auto& each : fs::directory_iterator(folder / "fd")) {
        ++sample.descriptors;
    }
    return sample;
}

template <class Of>
std::vector<long> column(const std::vector<Sample>& samples, Of of) {
    std::vector<long> values;
    for (const auto& each : samples) values.push_back(of(each));
    return values;
}

// The median of quarter 0 to 3.
long quarter(const std::vector<long>& values, std::size_t which) {
    const auto size = static_cast<std::ptrdiff_t>(values.size() / 4);
    std::vector<long> part(values.begin() + static_cast<std::ptrdiff_t>(which) * size,
                           values.begin() + static_cast<std::ptrdiff_t>(which + 1) * size);
    std::nth_element(part.begin(), part.begin() + size / 2, part.end());
    return part[static_cast<std::size_t>(size / 2)];
}

void tell(const char* name, const std::vector<long>& values) {
    fmt::print("{}: first={} last={} max={} quarters={},{},{},{}\n", name, values.front(),
               values.back(), *std::max_element(values.begin(), values.end()), quarter(values, 0),
               quarter(values, 1), quarter(values, 2), quarter(values, 3));
}

bool is_flat(const std::vector<Sample>& samples) {
    const auto rss = column(samples, [](const Sample& each) { return each.rss_kib; });
    const auto threads = column(samples, [](const Sample& each) { return each.threads; });
    const auto open = column(samples, [](const Sample& each) { return each.descriptors; });
    tell("rss_kib", rss);
    tell("threads", threads);
    tell("descriptors", open);
    const auto rss_bound =
        static_cast<long>(static_cast<double>(quarter(rss, 1)) * growth_max) + growth_max_kib;
    return quarter(rss, 3) <= rss_bound && quarter(threads, 3) <= quarter(threads, 1) &&
           quarter(open, 3) <= quarter(open, 1) + in_flight / 20;
}

}  // namespace

int crash_soak(const CrashOptions& options) {
    const Gateway gateway(options.dir / "gateway", slow_gateway(), gateway_speed);
    const int tasks = tasks_per_second * options.seconds;
    std::ofstream(options.dir / "m.jsonl") << small_manifest(tasks, options.seed);
    Program program(
        options.dir,
        {"run", "m.jsonl", "-o", "run", "-j", std::to_string(in_flight), "--poll-interval", "0.5",
         "--progress", "none"},
        {{"NIGHTSHIFT_BASE_URL", gateway.base_url()}, {"NIGHTSHIFT_API_KEY", "sk-sandbox-soak"}});
    std::vector<Sample> samples;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
    bool early = false;
    while (std::chrono::steady_clock::now() < end && !early) {
        early = program.ends_within(sample_every);
        if (!early) samples.push_back(sample_of(program.pid()));
    }
    program.signal(SIGTERM);
    const auto ended = program.wait();
    if (samples.size() < 4) {
        fmt::print("the run ended at once with exit code {}: {}\n", ended.exit_code, ended.err);
        return 1;
    }
    bool good = is_flat(samples);
    auto remains = remains_of(options.dir / "run", gateway.books(), "sk-sandbox-soak");
    remains.ended = false;
    const auto found = violations(remains);
    for (const auto& text : found) fmt::print("  {}\n", text);
    if (ended.exit_code != 128 + SIGTERM && ended.exit_code != 0) {
        fmt::print("  the run ended with exit code {}: {}\n", ended.exit_code, ended.err);
        good = false;
    }
    fmt::print("soak seconds={} posts={} violations={} flat={} kept={}\n", options.seconds,
               remains.books.size(), found.size(), good ? "yes" : "no",
               good && found.empty() ? "" : options.dir.string());
    return good && found.empty() ? 0 : 1;
}

}  // namespace nightshift::test
