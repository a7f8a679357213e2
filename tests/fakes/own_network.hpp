// A network of a test's own, so that packets can be dropped and names resolved without touching
// the machine's: a thread in a fresh network and mount namespace, with loopback up.

#pragma once

#include <functional>
#include <string>

namespace nightshift::test {

// Runs `body` on a thread whose sockets live in the new network, and so do those of the threads
// and programs that it starts. Where that takes rights that the test does not have (root's),
// or iproute2 is missing, it says so and does nothing; false then. What `body` throws comes out
// here.
bool in_own_network(const std::function<void()>& body);

// For use inside of it; all throw std::runtime_error when the machine refuses.
void run_tool(const std::string& command);                          // a shell command
void replace_file(const std::string& path, const std::string& by);  // /etc/resolv.conf, ...

// While it lives every packet on loopback is dropped without a word.
class BlackHole {
public:
    BlackHole();
    ~BlackHole();
    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;
};

}  // namespace nightshift::test
