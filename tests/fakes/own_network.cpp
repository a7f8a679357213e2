#include "tests/fakes/own_network.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <thread>

namespace nightshift::test {
namespace {

const std::string path_prefix = "PATH=/usr/sbin:/sbin:$PATH ";

void must(bool done, const std::string& what) {
    if (!done) throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

bool in_own_network(const std::function<void()>& body) {
    bool allowed = false;
    std::string refusal;
    std::exception_ptr error;
    // Namespaces belong to threads, and what a thread starts inherits them.
    std::thread thread([&] {
        try {
            must(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "unshare");
            must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mount /");
            run_tool("ip link set lo up");
            allowed = true;
        } catch (const std::runtime_error& failure) {
            refusal = failure.what();
            return;
        }
        try {
            body();
        } catch (...) {
            error = std::current_exception();
        }
    });
    thread.join();
    if (error) std::rethrow_exception(error);
    if (!allowed) {
        MESSAGE("not tested here: a network of its own takes root and iproute2 (", refusal, ")");
    }
    return allowed;
}

void run_tool(const std::string& command) {
    // ss says a word about sockets of families that it cannot end.
    const int status = std::system((path_prefix + command + " >/dev/null 2>&1").c_str());
    if (status != 0) throw std::runtime_error("failed: " + command);
}

void replace_file(const std::string& path, const std::string& by) {
    must(mount(by.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0, "mount on " + path);
}

BlackHole::BlackHole() {
    run_tool("tc qdisc replace dev lo root blackhole");
}

BlackHole::~BlackHole() {
    static_cast<void>(std::system((path_prefix + "tc qdisc del dev lo root").c_str()));
}

}  // namespace nightshift::test
