#include "cli/live/append_client.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/live/run_client.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;
using control::Json;

// A copy of what a shell handed over, which the other process can open; gone with its owner.
class Spool {
public:
    Spool(const RunFolders& folders, const std::string& given)
        : path_(fs::absolute(folders.hidden() / fmt::format("append-{}", getpid()))) {
        const int from = open_input(given);
        unlink(path_.c_str());  // of a process that had this number and was killed
        const int fd =
            open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) refuse("open");
        std::array<char, 1 << 16> bytes{};
        bool whole = true;
        for (;;) {
            const auto got = read(from, bytes.data(), bytes.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) {
                whole = whole && got == 0;
                break;
            }
            if (write(fd, bytes.data(), static_cast<std::size_t>(got)) == got) continue;
            whole = false;
            break;
        }
        close(fd);
        close(from);
        if (!whole) refuse("copy stdin to");
    }
    ~Spool() { unlink(path_.c_str()); }
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    const fs::path& path() const { return path_; }

private:
    [[noreturn]] void refuse(const char* what) const {
        const std::string cause = std::strerror(errno);
        unlink(path_.c_str());
        throw StorageError(std::string(what) + " " + path_.string() + ": " + cause);
    }

    fs::path path_;
};

const char* word_of(OnChange on_change) {
    if (on_change == OnChange::skip) return "skip";
    return on_change == OnChange::replace ? "replace" : "error";
}

// The other process knows the files by their whole paths.
std::string as_given(std::string line, const std::vector<std::string>& manifests) {
    for (const auto& manifest : manifests) {
        const auto whole = fs::absolute(manifest).string();
        if (manifest != "-" && line.rfind(whole + ":", 0) == 0) {
            return manifest + line.substr(whole.size());
        }
    }
    return line;
}

void print_told(const Json& result, const std::vector<std::string>& manifests) {
    const auto told = result.value("told", std::vector<std::string>());
    for (const auto& line : told) {
        screen::say(stderr, as_given(term_safe(line), manifests) + "\n");
    }
    const auto problems = result.value("problems", std::int64_t{0});
    const auto shown = static_cast<std::int64_t>(told.size());
    if (problems > shown) {
        screen::say(stderr, fmt::format("... and more, {} in all; `nightshift check` lists them\n",
                                        problems));
    }
}

}  // namespace

Loaded append_beside(const RunFolders& folders, const RunArguments& run, const Settings& settings) {
    control::Request request{.command = "append", .arguments = Json::object()};
    auto& order = request.arguments;
    std::optional<Spool> spool;
    for (const auto& manifest : run.manifests) {
        if (!is_handed_over(manifest)) {
            close(open_input(manifest));  // what is no file is refused here
            order["manifests"].push_back(fs::absolute(manifest).string());
        } else if (!spool) {
            spool.emplace(folders, manifest);
            order["spooled"] = spool->path().string();
            order["manifests"].push_back(spool->path().string());
        } else {
            throw UsageError("run --append: one manifest can be handed over, not two; give a file");
        }
    }
    order["skip_invalid"] = settings.skip_invalid;
    order["stream"] = settings.stream;
    order["on_change"] = word_of(settings.on_change);
    order["model"] = settings.default_model;
    order["i2v_media_type"] = settings.i2v_image_type;
    const auto result = ask_run(folders, request, std::nullopt);
    print_told(result, run.manifests);
    if (result.value("refused", false)) {
        const auto problems = result.value("problems", std::int64_t{0});
        throw UsageError(
            fmt::format("{} problem{} in the manifest: nothing of it was appended; "
                        "--skip-invalid leaves bad lines out",
                        problems, problems == 1 ? "" : "s"));
    }
    const auto broken_off = result.value("broken_off", std::string());
    if (!broken_off.empty()) {
        throw UsageError(fmt::format("{}: {} tasks are in; give the manifest again for the others",
                                     term_safe(broken_off, 500),
                                     result.value("added", std::int64_t{0})));
    }
    Loaded loaded;
    loaded.added = result.value("added", std::int64_t{0});
    loaded.known = result.value("known", std::int64_t{0});
    loaded.replaced = result.value("replaced", std::int64_t{0});
    loaded.bad_lines = result.value("bad_lines", std::int64_t{0});
    return loaded;
}

}  // namespace nightshift::cli
