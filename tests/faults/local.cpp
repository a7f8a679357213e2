#include "tests/faults/local.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <thread>

namespace nightshift::test {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = std::chrono::seconds(20);

std::string little_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

}  // namespace

bool soon(const std::function<bool()>& condition, double seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

void Gate::pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait_for(lock, patience, [this] { return open_; });
}

void Gate::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
}

bool Gate::wait_for(int waiting) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return came_ >= waiting; });
}

nlohmann::json counts_of(const ScratchFolder& folder, const std::string& dir) {
    const auto status = run(folder.path(), {"status", dir, "--json"});
    const auto parsed = nlohmann::json::parse(status.out, nullptr, false);
    return parsed.is_object() ? parsed["counts"] : nlohmann::json(status.err);
}

std::string integrity_of(const fs::path& database) {
    sqlite3* db = nullptr;
    std::string answer = "not opened";
    if (sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
        auto keep = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0];
            return 0;
        };
        sqlite3_exec(db, "PRAGMA integrity_check", keep, &answer, nullptr);
    }
    sqlite3_close(db);
    return answer;
}

SmallDisk::SmallDisk(const ScratchFolder& folder, const std::string& options)
    : path_(folder.path() / "disk") {
    fs::create_directories(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::leave_free(std::uint64_t bytes) const {
    struct statvfs facts {};
    statvfs(path_.c_str(), &facts);
    const std::uint64_t left = facts.f_bavail * facts.f_frsize;
    std::ofstream ballast(path_ / "ballast", std::ios::binary | std::ios::app);
    if (left > bytes) ballast << std::string(left - bytes, 'x');
}

void SmallDisk::make_room() const {
    fs::remove(path_ / "ballast");
}

std::string speech_lines(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
        lines +=
            fmt::format(
                R"({{"id":"s{0}","model":"qwen3-tts-flash","voice":"Cherry","input":"number {0}."}})",
                i) +
            "\n";
    }
    return lines;
}

Canned speech_reply(std::size_t bytes) {
    const auto data = static_cast<std::uint32_t>(bytes / 2 * 2);
    constexpr std::uint32_t rate_hz = 24'000;
    auto wav = "RIFF" + little_endian(36 + data, 4) + "WAVEfmt " + little_endian(16, 4) +
               little_endian(1, 2) + little_endian(1, 2) + little_endian(rate_hz, 4) +
               little_endian(2 * rate_hz, 4) + little_endian(2, 2) + little_endian(16, 2) + "data" +
               little_endian(data, 4) + std::string(data, '\0');
    return {200, {{"Content-Type", "audio/wav"}}, std::move(wav)};
}

std::string unpaid_or_twice(const ReplayServer& server, const fs::path& dir, int tasks) {
    std::map<std::string, int> asked;
    for (const auto& request : server.seen()) {
        const auto text = nlohmann::json::parse(request.body)["input"].get<std::string>();
        ++asked["s" + text.substr(7, text.size() - 8)];
    }
    std::map<std::string, nlohmann::json> lines;
    std::string wrong;
    for (const auto& line : read_jsonl(dir / "ledger.jsonl")) {
        const auto id = line["id"].get<std::string>();
        if (!lines.emplace(id, line).second) wrong += id + " has two lines\n";
    }
    for (int i = 0; i < tasks; ++i) {
        const auto id = "s" + std::to_string(i);
        const auto found = lines.find(id);
        if (found == lines.end() || found->second["state"] != "succeeded") {
            wrong += id + " has no succeeded line\n";
            continue;
        }
        const auto& output = found->second["outputs"][0];
        const auto path = dir / output["path"].get<std::string>();
        if (fs::file_size(path) != output["bytes"]) wrong += id + " has a short file\n";
        if (asked[id] - 1 > found->second["maybe_billed"].get<int>()) {
            wrong += fmt::format("{} was paid {} times\n", id, asked[id]);
        }
    }
    return wrong;
}

}  // namespace nightshift::test
