#include "cli/run/last_words.hpp"

#include "cli/input/exit_code.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <cstdlib>
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
    for (const std::string_view words : {"nightshift: ", lack_words, "\n"}) {
        if (::write(STDERR_FILENO, words.data(), words.size()) < 0) break;
    }
    _exit(exit_storage);
}

}  // namespace

void prepare_for_lack() {
    std::set_terminate(end_without_handler);
}

}  // namespace nightshift::cli
