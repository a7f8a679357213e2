#include "cli/run/last_words.hpp"

#include "cli/input/exit_code.hpp"

#include <boost/system/system_error.hpp>

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace nightshift::cli {
namespace {

bool is_lack(int error) {
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == EAGAIN;
}

}  // namespace

bool is_lack(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        return is_lack(system->code().value());
    }
    const auto* boosts = dynamic_cast<const boost::system::system_error*>(&error);
    return boosts != nullptr && is_lack(boosts->code().value());
}

namespace {

// Without any allocation.
[[noreturn]] void end_for_lack() {
    for (const std::string_view words : {"nightshift: ", lack_words, "\n"}) {
        if (::write(STDERR_FILENO, words.data(), words.size()) < 0) break;
    }
    _exit(exit_storage);
}

// Whether the limit on address space (ulimit -v) leaves next to nothing: one more arena of the
// allocator, or a few stacks.
bool address_space_is_used_up() {
    constexpr unsigned long long next_to_nothing = 128ull << 20;
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
    const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    char text[64] = {};
    const bool was_read = ::read(file, text, sizeof text - 1) > 0;
    ::close(file);
    const auto pages = was_read ? std::strtoull(text, nullptr, 10) : 0;
    const auto used = pages * static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));
    return was_read && used + next_to_nothing > limit.rlim_cur;
}

// Libraries abort when they get no memory, as glibc does for the destructors of a thread's data.
void on_abort(int) {
    if (address_space_is_used_up()) end_for_lack();
}

[[noreturn]] void end_without_handler() {
    bool lacks = false;
    try {
        if (const auto error = std::current_exception()) std::rethrow_exception(error);
    } catch (const std::exception& error) {
        lacks = cli::is_lack(error);
    } catch (...) {
        lacks = false;
    }
    if (!lacks) std::abort();
    end_for_lack();
}

}  // namespace

void prepare_for_lack() {
    std::set_terminate(end_without_handler);
    std::signal(SIGABRT, on_abort);
    // mimalloc, being C, aborts where operator new should throw, unless a handler does.
    std::set_new_handler([] { throw std::bad_alloc(); });
}

}  // namespace nightshift::cli
