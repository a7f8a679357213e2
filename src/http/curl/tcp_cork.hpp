// Holds back what is written to sockets until it goes (tcp(7), TCP_CORK): what several requests
// write to one connection, two TLS records each, leaves in a few segments and wakes the other end
// once. The system holds nothing back for longer than 200 ms.

#pragma once

#include <vector>

namespace nightshift::http {

class Cork {
public:
    // Descriptors that are no TCP sockets are left as they are; they may be closed meanwhile.
    explicit Cork(std::vector<int> sockets);
    ~Cork();
    Cork(const Cork&) = delete;
    Cork& operator=(const Cork&) = delete;

private:
    std::vector<int> sockets_;
};

}  // namespace nightshift::http
