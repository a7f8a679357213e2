#include "base/log_file.hpp"

#include "base/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace nightshift::cli {
namespace {

constexpr std::chrono::milliseconds collected_for{100};  // lines that are written together

}  // namespace

struct LineWriter::State {
    State(std::string the_path, LineWriterBounds the_bounds)
        : path(std::move(the_path)), bounds(the_bounds) {}
    ~State() { close_file(); }

    const std::string path;
    const LineWriterBounds bounds;

    // Shared, under the mutex.
    std::mutex mutex;
    std::condition_variable changed;
    std::string backlog;
    std::size_t dropped = 0;
    bool reopen = false, ending = false, ended = false;

    // The thread's own, once it runs.
    int fd = -1;
    std::size_t written = 0;

    // Not blocking for a pipe that nobody reads; blocking for what is written then.
    bool open_file() {
        fd = ::open(path.c_str(),
                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0) return false;
        ::fcntl(fd, F_SETFL, O_APPEND);
        struct stat facts {};
        written = ::fstat(fd, &facts) == 0 ? static_cast<std::size_t>(facts.st_size) : 0;
        return true;
    }

    void close_file() {
        if (fd >= 0) ::close(std::exchange(fd, -1));
    }

    void rotate() {
        close_file();
        for (auto number = bounds.files; number > 0; --number) {
            const auto from = number == 1 ? path : path + "." + std::to_string(number - 1);
            ::rename(from.c_str(), (path + "." + std::to_string(number)).c_str());
        }
        open_file();
    }

    void put(std::string_view text) {
        if (written >= bounds.file_bytes) rotate();
        if (fd < 0 && !open_file()) return;
        written += text.size();
        while (!text.empty()) {
            const auto size = ::write(fd, text.data(), text.size());
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return;  // a full disk: the queue will say so
            text.remove_prefix(static_cast<std::size_t>(size));
        }
    }

    bool is_much() const { return backlog.size() >= bounds.backlog_bytes / 4; }

    void loop() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return ending || reopen || !backlog.empty(); });
            changed.wait_for(lock, collected_for, [this] { return ending || reopen || is_much(); });
            auto text = std::exchange(backlog, {});
            const auto lost = std::exchange(dropped, 0);
            const bool again = std::exchange(reopen, false);
            const bool last = ending && text.empty() && !again;
            lock.unlock();
            if (lost > 0) text += "log: " + std::to_string(lost) + " lines were dropped here\n";
            if (!text.empty()) put(text);
            if (again) close_file();
            if (again) open_file();
            lock.lock();
            if (!last) continue;
            ended = true;
            changed.notify_all();
            return;
        }
    }
};

LineWriter::LineWriter(const std::filesystem::path& path, LineWriterBounds bounds)
    : state_(std::make_shared<State>(path.string(), bounds)) {
    if (!state_->open_file()) {
        throw StorageError("open " + path.string() + ": " + std::generic_category().message(errno));
    }
    std::thread([state = state_] { state->loop(); }).detach();
}

LineWriter::~LineWriter() {
    std::unique_lock lock(state_->mutex);
    state_->ending = true;
    state_->changed.notify_all();
    const auto patience = std::chrono::duration<double>(state_->bounds.drain_s);
    state_->changed.wait_for(lock, patience, [this] { return state_->ended; });
}

void LineWriter::write(std::string line) {
    const std::lock_guard lock(state_->mutex);
    if (state_->backlog.size() + line.size() > state_->bounds.backlog_bytes) {
        ++state_->dropped;
        return;
    }
    const bool first = state_->backlog.empty();
    state_->backlog += line;
    if (first || state_->is_much()) state_->changed.notify_all();
}

void LineWriter::reopen() {
    const std::lock_guard lock(state_->mutex);
    state_->reopen = true;
    state_->changed.notify_all();
}

}  // namespace nightshift::cli
